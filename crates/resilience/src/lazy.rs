//! Computed when first needed, kept until reset.

use std::cell::OnceCell;

/// A value that is computed once.
#[derive(Clone, Debug)]
pub struct Lazy<T> {
    cell: OnceCell<T>,
}

impl<T> Default for Lazy<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Lazy<T> {
    /// Nothing was computed yet.
    pub const fn new() -> Self {
        Self { cell: OnceCell::new() }
    }

    /// The value, computed now when it was not before.
    pub fn get(&self, compute: impl FnOnce() -> T) -> &T {
        self.cell.get_or_init(compute)
    }

    /// The value, computed now when it was not before; a failure is not kept.
    pub fn try_get<E>(&self, compute: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.cell.get() {
            return Ok(value);
        }
        let value = compute()?;
        Ok(self.cell.get_or_init(|| value))
    }

    /// The value when it was computed before.
    pub fn peek(&self) -> Option<&T> {
        self.cell.get()
    }

    /// Forgets the value and answers it: what it was computed from has changed.
    pub fn reset(&mut self) -> Option<T> {
        self.cell.take()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn it_is_computed_once() {
        let runs = Cell::new(0);
        let lazy = Lazy::new();
        let compute = || {
            runs.set(runs.get() + 1);
            runs.get() * 10
        };
        assert_eq!(lazy.peek(), None);
        assert_eq!((lazy.get(compute), lazy.get(compute)), (&10, &10));
        assert_eq!(runs.get(), 1);
    }

    #[test]
    fn a_reset_computes_anew() {
        let mut lazy = Lazy::new();
        lazy.get(|| 1);
        assert_eq!(lazy.reset(), Some(1));
        assert_eq!(lazy.reset(), None);
        assert_eq!(lazy.get(|| 2), &2);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let lazy = Lazy::new();
        assert_eq!(lazy.try_get(|| Err("down")), Err("down"));
        assert_eq!(lazy.try_get(|| Ok::<_, &str>(3)), Ok(&3));
        assert_eq!(lazy.try_get(|| Err("down")), Ok(&3));
    }
}
