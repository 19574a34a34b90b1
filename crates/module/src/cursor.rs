//! A place in a module, and what is read from there on.

use crate::{fault::ModuleFault, limits::NAME_BYTES_MAX};

/// What is left to read, and where that stands in the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// So many bytes.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<&'a [u8], ModuleFault> {
        let truncated = ModuleFault::Truncated { at: self.at.saturating_add(self.rest.len()) };
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(truncated)?;
        self.rest = rest;
        self.at = self.at.saturating_add(bytes);
        Ok(taken)
    }

    /// A cursor of its own over so many bytes, which this one passes over.
    pub(crate) fn part(&mut self, bytes: usize) -> Result<Self, ModuleFault> {
        let at = self.at;
        Ok(Self { rest: self.take(bytes)?, at })
    }

    pub(crate) fn byte(&mut self) -> Result<u8, ModuleFault> {
        let at = self.at;
        self.take(1)?.first().copied().ok_or(ModuleFault::Truncated { at })
    }

    /// A number of at most `bits` bits as Wasm writes it: seven bits in a byte, the lowest first.
    fn number(&mut self, bits: u32) -> Result<u64, ModuleFault> {
        let fault = ModuleFault::Number { at: self.at };
        let (mut value, mut shift) = (0_u64, 0_u32);
        loop {
            let byte = self.byte()?;
            let low = u64::from(byte & 0x7f);
            // What is shifted out, or stands above the number's bits, has no room.
            let part = low.checked_shl(shift).filter(|part| part.checked_shr(shift) == Some(low));
            value |= part.ok_or_else(|| fault.clone())?;
            if bits < u64::BITS && value.checked_shr(bits).unwrap_or(0) != 0 {
                return Err(fault);
            }
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift = shift.saturating_add(7);
            if shift >= bits {
                return Err(fault);
            }
        }
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ModuleFault> {
        let at = self.at;
        u32::try_from(self.number(u32::BITS)?).map_err(|_| ModuleFault::Number { at })
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ModuleFault> {
        self.number(u64::BITS)
    }

    /// A number that counts bytes or things.
    pub(crate) fn length(&mut self) -> Result<usize, ModuleFault> {
        let at = self.at;
        usize::try_from(self.u32()?).map_err(|_| ModuleFault::Number { at })
    }

    pub(crate) fn name(&mut self) -> Result<&'a str, ModuleFault> {
        let at = self.at;
        let length = self.length()?;
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= NAME_BYTES_MAX);
        text.ok_or(ModuleFault::Name { at })
    }

    /// How many things follow; each takes a byte at least.
    pub(crate) fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, ModuleFault> {
        let count = self.length()?;
        if count > limit { Err(ModuleFault::TooMany { what, limit }) } else { Ok(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_wasm_writes_them() {
        for (bytes, value) in [
            (&[0x00][..], 0),
            (&[0x7f], 127),
            (&[0x80, 0x01], 128),
            (&[0xe5, 0x8e, 0x26], 624_485), // Wasm's own example
            (&[0x80, 0x80, 0x80, 0x80, 0x00], 0),
            (&[0xff, 0xff, 0xff, 0xff, 0x0f], u32::MAX),
        ] {
            let mut cursor = Cursor::new(bytes);
            assert_eq!((cursor.u32(), cursor.left()), (Ok(value), 0), "{bytes:?}");
        }
        let mut cursor = Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        assert_eq!(cursor.u64(), Ok(u64::MAX));
    }

    #[test]
    fn a_number_without_end_or_room_is_none() {
        let read = |bytes: &[u8]| Cursor::new(bytes).u32();
        let fault = Err(ModuleFault::Number { at: 0 });
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0x1f]), fault, "33 bits");
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), fault, "six bytes");
        assert_eq!(read(&[0x80, 0x80]), Err(ModuleFault::Truncated { at: 2 }));
        assert_eq!(read(&[]), Err(ModuleFault::Truncated { at: 0 }));
        let long = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(Cursor::new(&long).u64(), Err(ModuleFault::Number { at: 0 }));
    }

    #[test]
    fn names_are_short_texts() {
        assert_eq!(Cursor::new(b"\x03abcd").name(), Ok("abc"));
        assert_eq!(Cursor::new(b"\x02\xff\xff").name(), Err(ModuleFault::Name { at: 0 }));
        assert_eq!(Cursor::new(b"\x04abc").name(), Err(ModuleFault::Truncated { at: 4 }));
        // 20,001 = 0b1_0011100_0100001
        let long = [&[0xa1, 0x9c, 0x01][..], &vec![b'a'; 20_001]].concat();
        assert_eq!(Cursor::new(&long).name(), Err(ModuleFault::Name { at: 0 }));
    }
}
