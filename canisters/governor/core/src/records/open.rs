//! The proposals that are not over, with when the clock looks at each: one row, so that a vote
//! moves a number instead of an entry of the job table.

use granary_kernel::row::{RowReader, RowWriter};
use granary_stable::slots::Slot;

use crate::limits;
use crate::types::{ProposalId, Timestamp};

/// Entries the row has room for: all that may be pending, and the one that runs, with room to grow.
pub const CAPACITY: u32 = 250;

/// Where the row says when the clock looks next.
pub(crate) const NEXT_AT: u32 = 1;

const HEAD_BYTES: u32 = 11;
const ENTRY_BYTES: u32 = 12;

const _: () = {
    assert!(CAPACITY == 250);
    assert!(limits::MAX_PENDING < 250);
};

/// The list, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    entries: Vec<(ProposalId, Option<Timestamp>)>,
}

impl Open {
    /// All of them, by number.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = ProposalId> + '_ {
        self.entries.iter().map(|(id, _)| *id)
    }

    /// When the clock looks next; none while nothing waits.
    pub fn next_look(&self) -> Option<Timestamp> {
        self.entries.iter().filter_map(|(_, look_at)| *look_at).min()
    }

    /// True when one more has no room.
    pub fn is_full(&self) -> bool {
        u32::try_from(self.entries.len()).is_ok_and(|len| len >= CAPACITY)
    }

    /// The proposal is open, and the clock looks at it then.
    pub fn put(&mut self, id: ProposalId, look_at: Option<Timestamp>) {
        match self.entries.binary_search_by_key(&id.get(), |(known, _)| known.get()) {
            Ok(at) => {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.1 = look_at;
                }
            }
            Err(at) => self.entries.insert(at, (id, look_at)),
        }
    }

    /// The proposal is over.
    pub fn close(&mut self, id: ProposalId) {
        self.entries.retain(|(known, _)| *known != id);
    }

    /// Takes one that is due out of the clock's hands; whoever looks at it says when to look again.
    pub fn take_due(&mut self, now: Timestamp) -> Option<(ProposalId, Timestamp)> {
        self.entries.iter_mut().find_map(|(id, look_at)| {
            let at = look_at.filter(|at| *at <= now)?;
            *look_at = None;
            Some((*id, at))
        })
    }
}

impl Slot for Open {
    const SIZE: u32 = HEAD_BYTES + CAPACITY * ENTRY_BYTES;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.opt_time(self.next_look());
        row.u16(u16::try_from(self.entries.len()).unwrap_or(u16::MAX));
        for (id, look_at) in &self.entries {
            row.id(*id).opt_time(*look_at);
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "the list of open proposals");
        row.opt_time();
        let len = row.u16();
        Self { entries: (0..len).map(|_| (row.id(), row.opt_time())).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> ProposalId {
        ProposalId::new(n).expect("from 1")
    }

    fn at(n: u64) -> Timestamp {
        Timestamp::from_nanos(n)
    }

    fn stored(open: &Open) -> Open {
        let mut bytes = vec![0; usize::try_from(Open::SIZE).expect("small")];
        open.write(&mut bytes);
        Open::read(&bytes)
    }

    #[test]
    fn it_is_in_the_order_of_the_numbers_and_survives_the_disk() {
        let mut open = Open::default();
        assert_eq!((stored(&open), open.next_look()), (open.clone(), None));
        for (n, look_at) in [(7, Some(at(70))), (3, Some(at(30))), (5, None), (3, Some(at(40)))] {
            open.put(id(n), look_at);
        }
        assert_eq!(open.ids().map(ProposalId::get).collect::<Vec<_>>(), [3, 5, 7]);
        assert_eq!(open.next_look(), Some(at(40)));
        open.close(id(5));
        open.close(id(6));
        assert_eq!(stored(&open), open);
        assert_eq!(open.ids().map(ProposalId::get).collect::<Vec<_>>(), [3, 7]);
    }

    #[test]
    fn what_is_due_is_taken_once() {
        let mut open = Open::default();
        for n in 1..=3 {
            open.put(id(n), Some(at(u64::from(n) * 10)));
        }
        assert_eq!(open.take_due(at(9)), None);
        assert_eq!(open.take_due(at(20)), Some((id(1), at(10))));
        assert_eq!(open.take_due(at(20)), Some((id(2), at(20))));
        assert_eq!(open.take_due(at(20)), None);
        assert_eq!((open.next_look(), open.ids().count()), (Some(at(30)), 3), "all are open yet");
    }

    #[test]
    fn a_full_list_fits_its_row() {
        let mut open = Open::default();
        for n in 1..=CAPACITY {
            assert!(!open.is_full());
            open.put(id(n), Some(at(n.into())));
        }
        assert!(open.is_full());
        assert_eq!(stored(&open), open);
    }
}
