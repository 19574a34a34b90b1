//! Cursors over fixed layouts: numbers most significant byte first, in the order they are called.
//!
//! Running past the end is a bug of the layout, not of the data, and traps.

/// Writes a fixed layout into a buffer of exactly its size.
#[derive(Debug)]
pub struct Writer<'a> {
    rest: &'a mut [u8],
}

impl<'a> Writer<'a> {
    /// Writes from the beginning of `buffer`.
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self { rest: buffer }
    }

    /// Bytes not yet written.
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Copies `bytes`.
    ///
    /// # Panics
    /// When the buffer is too short.
    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        let Some((head, tail)) = core::mem::take(&mut self.rest).split_at_mut_checked(bytes.len())
        else {
            panic!("BUG: a fixed layout does not fit its size");
        };
        head.copy_from_slice(bytes);
        self.rest = tail;
        self
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.put(&[value])
    }

    /// A boolean as one byte.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.u8(value.into())
    }

    /// Two bytes.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Sixteen bytes.
    pub fn u128(&mut self, value: u128) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// A length byte, `bytes`, and zeros up to `capacity`; what does not fit is cut off.
    ///
    /// # Panics
    /// When `capacity` is above 255 or the buffer is too short.
    pub fn short(&mut self, bytes: &[u8], capacity: u8) -> &mut Self {
        let kept = bytes.get(..bytes.len().min(capacity.into())).unwrap_or_default();
        let Ok(len) = u8::try_from(kept.len()) else {
            panic!("BUG: a short text is at most 255 bytes");
        };
        self.u8(len).put(kept);
        for _ in len..capacity {
            self.u8(0);
        }
        self
    }
}

/// Reads a fixed layout.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the beginning of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes not yet read.
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `len` bytes.
    ///
    /// # Panics
    /// When fewer are left.
    pub fn take(&mut self, len: usize) -> &'a [u8] {
        let Some((head, tail)) = self.rest.split_at_checked(len) else {
            panic!("BUG: a stored layout is shorter than its size");
        };
        self.rest = tail;
        head
    }

    /// The next `N` bytes.
    ///
    /// # Panics
    /// When fewer are left.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let Some((head, tail)) = self.rest.split_first_chunk::<N>() else {
            panic!("BUG: a stored layout is shorter than its size");
        };
        self.rest = tail;
        *head
    }

    /// One byte.
    pub fn u8(&mut self) -> u8 {
        u8::from_be_bytes(self.array())
    }

    /// A boolean; every byte but 0 is true.
    pub fn bool(&mut self) -> bool {
        self.u8() != 0
    }

    /// Two bytes.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// Four bytes.
    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }

    /// Sixteen bytes.
    pub fn u128(&mut self) -> u128 {
        u128::from_be_bytes(self.array())
    }

    /// What [`Writer::short`] wrote with the same `capacity`.
    pub fn short(&mut self, capacity: u8) -> &'a [u8] {
        let len = self.u8();
        let field = self.take(capacity.into());
        field.get(..len.into()).unwrap_or(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut buffer = [0; 1 + 1 + 2 + 4 + 8 + 16 + 5 + 3];
        let mut writer = Writer::new(&mut buffer);
        writer.u8(1).bool(true).u16(2).u32(3).u64(4).u128(5).short(b"abc", 4).put(b"xyz");
        assert_eq!(writer.remaining(), 0);
        let mut reader = Reader::new(&buffer);
        assert_eq!((reader.u8(), reader.bool(), reader.u16(), reader.u32()), (1, true, 2, 3));
        assert_eq!((reader.u64(), reader.u128()), (4, 5));
        assert_eq!((reader.short(4), reader.take(3)), (&b"abc"[..], &b"xyz"[..]));
        assert_eq!(reader.remaining(), 0);
    }

    #[test]
    fn a_short_text_is_cut_to_its_field() {
        let mut buffer = [9; 4];
        Writer::new(&mut buffer).short(b"abcdef", 3);
        assert_eq!(&buffer, b"\x03abc");
    }

    #[test]
    #[should_panic(expected = "BUG: a fixed layout does not fit its size")]
    fn overrunning_the_buffer_traps() {
        Writer::new(&mut [0; 3]).u32(1);
    }
}
