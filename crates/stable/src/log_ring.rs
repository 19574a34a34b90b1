//! The newest log lines, in a fixed number of bytes: a new line takes the place of the oldest.

use core::fmt;

use granary_units::Timestamp;
use ic_stable_structures::Memory;

use crate::StorageFault;
use crate::bytes::{Reader, Writer};
use crate::slots::{Slot, Slots};

const COMPONENT_BYTES: u8 = 16;
const CODE_BYTES: u8 = 64;
const MESSAGE_BYTES: u8 = 200;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever changes the code.
    Debug,
    /// Something normal happened.
    Info,
    /// Something is not as it should be, and the canister copes.
    Warning,
    /// Something did not work.
    Error,
}

impl Level {
    const fn number(self) -> u8 {
        match self {
            Self::Debug => 0,
            Self::Info => 1,
            Self::Warning => 2,
            Self::Error => 3,
        }
    }

    const fn of(number: u8) -> Self {
        match number {
            0 => Self::Debug,
            1 => Self::Info,
            2 => Self::Warning,
            _ => Self::Error,
        }
    }
}

/// A line to be kept. Texts longer than their field are cut at a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewLine<'a> {
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// Which part of the canister speaks; at most 16 bytes.
    pub component: &'a str,
    /// The code of an error, or empty; at most 64 bytes.
    pub code: &'a str,
    /// Ties the lines and events of one call together.
    pub trace_id: u64,
    /// One sentence; at most 200 bytes. Never a secret.
    pub message: &'a str,
}

/// A line as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place since the first install.
    pub index: u64,
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// Which part of the canister speaks.
    pub component: String,
    /// The code of an error, or empty.
    pub code: String,
    /// Ties the lines and events of one call together.
    pub trace_id: u64,
    /// One sentence.
    pub message: String,
}

impl Slot for Line {
    const SIZE: u32 = 8 + 8 + 1 + 8 + (1 + 16) + (1 + 64) + (1 + 200);

    fn write(&self, out: &mut [u8]) {
        Writer::new(out)
            .u64(self.index)
            .u64(self.at.as_nanos())
            .u8(self.level.number())
            .u64(self.trace_id)
            .short(cut(&self.component, COMPONENT_BYTES), COMPONENT_BYTES)
            .short(cut(&self.code, CODE_BYTES), CODE_BYTES)
            .short(cut(&self.message, MESSAGE_BYTES), MESSAGE_BYTES);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            index: reader.u64(),
            at: Timestamp::from_nanos(reader.u64()),
            level: Level::of(reader.u8()),
            trace_id: reader.u64(),
            component: text(reader.short(COMPONENT_BYTES)),
            code: text(reader.short(CODE_BYTES)),
            message: text(reader.short(MESSAGE_BYTES)),
        }
    }
}

fn cut(text: &str, bytes: u8) -> &[u8] {
    let end = text.floor_char_boundary(bytes.into());
    text.get(..end).unwrap_or_default().as_bytes()
}

/// The ring in its region.
pub struct LogRing<M> {
    slots: Slots<Line, M>,
    capacity: u64,
    next: u64,
}

impl<M: Memory> LogRing<M> {
    /// Opens the ring; it keeps the newest `capacity` lines.
    ///
    /// A ring that has gone round once, or is longer already, keeps the capacity it has.
    pub fn open(memory: M, capacity: u64) -> Result<Self, StorageFault> {
        let slots = Slots::<Line, M>::open(memory)?;
        let gone_round = index_at(&slots, 0) > 0;
        let capacity = if gone_round { slots.len() } else { capacity.max(slots.len()).max(1) };
        let next = newest(&slots, capacity);
        Ok(Self { slots, capacity, next })
    }

    /// Lines written since the first install.
    pub const fn written(&self) -> u64 {
        self.next
    }

    /// Lines the ring keeps.
    pub const fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Index of the oldest line still there.
    pub const fn oldest(&self) -> u64 {
        self.next.saturating_sub(self.capacity)
    }

    /// Writes a line and answers its index.
    pub fn push(&mut self, line: &NewLine<'_>) -> Result<u64, StorageFault> {
        let index = self.next;
        let NewLine { at, level, component, code, trace_id, message } = *line;
        let line = Line {
            index,
            at,
            level,
            component: component.to_owned(),
            code: code.to_owned(),
            trace_id,
            message: message.to_owned(),
        };
        let place = index.checked_rem(self.capacity).unwrap_or_default();
        if place < self.slots.len() {
            self.slots.set(place, &line)?;
        } else {
            self.slots.push(&line)?;
        }
        self.next = index.saturating_add(1);
        Ok(index)
    }

    /// The line `index`, unless it was never written or is forgotten.
    pub fn get(&self, index: u64) -> Option<Line> {
        let place = index.checked_rem(self.capacity)?;
        self.slots.get(place).filter(|line| line.index == index)
    }

    /// At most `limit` lines of at least `level` with an index of `start` or above, oldest first,
    /// having looked at no more than `scan` lines; and the index to go on from, if lines are left.
    pub fn page(
        &self,
        start: u64,
        level: Level,
        limit: usize,
        scan: u64,
    ) -> (Vec<Line>, Option<u64>) {
        let start = start.max(self.oldest());
        let end = self.next.min(start.saturating_add(scan));
        let mut lines = Vec::new();
        for index in start..end {
            if lines.len() >= limit {
                return (lines, Some(index));
            }
            lines.extend(self.get(index).filter(|line| line.level >= level));
        }
        (lines, (end < self.next).then_some(end))
    }
}

/// The index after the newest line, found by bisection: indexes ascend around the ring and fall
/// once, behind the newest line.
fn newest<M: Memory>(slots: &Slots<Line, M>, capacity: u64) -> u64 {
    let len = slots.len().min(capacity);
    if len == 0 {
        return 0;
    }
    let first = index_at(slots, 0);
    let (mut low, mut high) = (0, len);
    // Invariant: place `low` belongs to the newest turn, place `high` does not or does not exist.
    while high.saturating_sub(low) > 1 {
        let middle = low.midpoint(high);
        if index_at(slots, middle) >= first { low = middle } else { high = middle }
    }
    index_at(slots, low).saturating_add(1)
}

/// Index of the line at `place`, or 0 when there is none.
fn index_at<M: Memory>(slots: &Slots<Line, M>, place: u64) -> u64 {
    slots.read_part::<8>(place, 0).map_or(0, u64::from_be_bytes)
}

impl<M> fmt::Debug for LogRing<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogRing").field("written", &self.next).finish_non_exhaustive()
    }
}
