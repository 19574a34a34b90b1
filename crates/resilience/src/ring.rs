//! The newest of something, at most so many.

use std::collections::VecDeque;

/// The newest items, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring<T> {
    items: VecDeque<T>,
    capacity: usize,
}

impl<T> Ring<T> {
    /// Room for `capacity` items, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { items: VecDeque::new(), capacity: capacity.max(1) }
    }

    /// Adds an item and answers the one that had to go.
    pub(crate) fn push(&mut self, item: T) -> Option<T> {
        let gone = if self.items.len() >= self.capacity { self.items.pop_front() } else { None };
        self.items.push_back(item);
        gone
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    pub(crate) fn last(&self) -> Option<&T> {
        self.items.back()
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.items.back_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }
}
