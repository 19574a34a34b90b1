//! What families are read and written with.

use std::ops::Bound as From;

use granary_stable::keys::FixedKey;
use granary_stable::record::{self, Record};
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::{Memory, StableBTreeMap, Storable};

use crate::fault::Fault;
use crate::row::damaged;

/// The key and the value of a record; none behind the last.
pub type Found = Option<(Vec<u8>, Vec<u8>)>;

/// The one record of a family that has one.
pub fn single(from: &[u8], value: impl FnOnce() -> Vec<u8>) -> Found {
    (from <= &[0][..]).then(|| (vec![0], value()))
}

/// The first entry of a tree from `from` on.
pub fn tree<const N: usize, V: Storable, M: Memory>(
    map: &StableBTreeMap<FixedKey<N>, V, M>,
    from: &[u8],
) -> Found {
    let from = FixedKey(padded::<N>(from)?);
    let entry = map.range((From::Included(from), From::Unbounded)).next()?;
    Some((entry.key().0.to_vec(), entry.value().into_bytes()))
}

/// The first entry of a tree of numbers from `from` on.
pub fn numbered_tree<V: Storable, M: Memory>(
    map: &StableBTreeMap<u32, V, M>,
    from: &[u8],
) -> Found {
    let from = u32::from_be_bytes(padded(from)?);
    let entry = map.range(from..).next()?;
    Some((entry.key().to_be_bytes().to_vec(), entry.value().into_bytes()))
}

/// The first row from `from` on, under its number of four bytes; `bytes` leaves its links out.
pub fn row<S: Slot, M: Memory>(
    slots: &Slots<S, M>,
    from: &[u8],
    bytes: impl FnOnce(S) -> Vec<u8>,
) -> Found {
    let number = u32::from_be_bytes(padded(from)?).max(1);
    let found = slots.get(u64::from(number).saturating_sub(1))?;
    Some((number.to_be_bytes().to_vec(), bytes(found)))
}

/// True when `value` is a record of this family.
pub fn reads<R: Record>(value: &[u8]) -> bool {
    record::decode::<R>(value).is_ok()
}

/// True when `value` has the size and the version byte 1 of a row.
pub fn sized<S: Slot>(value: &[u8]) -> bool {
    u32::try_from(value.len()) == Ok(S::SIZE) && value.first() == Some(&1)
}

/// The stored bytes of a row.
pub fn bytes_of<S: Slot>(slot: &S) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(S::SIZE).unwrap_or_default()];
    slot.write(&mut bytes);
    bytes
}

/// `from` in `N` bytes, zeroes behind it; none when it is longer.
pub fn padded<const N: usize>(from: &[u8]) -> Option<[u8; N]> {
    let mut number = [0; N];
    number.get_mut(..from.len())?.copy_from_slice(from);
    Some(number)
}

/// The key of a checked record.
pub fn fixed<const N: usize>(key: &[u8]) -> FixedKey<N> {
    FixedKey(padded(key).unwrap_or_else(damaged))
}

/// The number in a key of four or eight bytes.
pub fn number(key: &[u8]) -> Option<u64> {
    match key.len() {
        4 => padded::<4>(key).map(u32::from_be_bytes).map(u64::from),
        8 => padded::<8>(key).map(u64::from_be_bytes),
        _ => None,
    }
}

/// A record that does not follow the one before it.
pub fn gap(what: &str) -> Fault {
    Fault::import(format!("a gap before an imported {what}"))
}

/// Refuses a row that did not get the slot of its number.
pub fn check_slot(key: &[u8], slot: u64) -> Result<(), Fault> {
    if number(key) == Some(slot.saturating_add(1)) { Ok(()) } else { Err(gap("row")) }
}

/// The smallest key behind `key` among keys of its length; longer by a zero when there is none.
pub(super) fn successor(mut key: Vec<u8>) -> Vec<u8> {
    for byte in key.iter_mut().rev() {
        if let Some(next) = byte.checked_add(1) {
            *byte = next;
            return key;
        }
        *byte = 0;
    }
    // The largest key: nothing comes after it.
    key.fill(u8::MAX);
    key.push(0);
    key
}

pub(super) fn frame(family: u8, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len().saturating_add(value.len()).saturating_add(7));
    out.push(family);
    out.extend_from_slice(&u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(key);
    out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_comes_right_behind() {
        assert_eq!(successor(vec![1, 2]), [1, 3]);
        assert_eq!(successor(vec![1, 255]), [2, 0]);
        let last = successor(vec![255, 255]);
        assert_eq!(last, [255, 255, 0]);
        assert_eq!(padded::<2>(&last), None, "nothing of that width follows");
    }

    #[test]
    fn numbers_have_four_or_eight_bytes() {
        assert_eq!(number(&[0, 0, 1, 0]), Some(256));
        assert_eq!(number(&[0, 0, 0, 0, 0, 0, 1, 0]), Some(256));
        assert_eq!(number(&[1]), None);
        assert_eq!(check_slot(&[0, 0, 0, 9], 8), Ok(()));
        assert_eq!(check_slot(&[0, 0, 0, 9], 9), Err(gap("row")));
    }
}
