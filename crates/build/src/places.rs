//! Writes the commit and the version into the places a canister keeps for them.
//!
//! A compiler's argument would do the same, at the price of compiling every canister anew for each
//! commit, even one that only records what was built already, and once more for each version.

/// What stands in a compiled module where something belongs: `granary_env::origin` puts it there.
pub(crate) struct Place {
    mark: &'static [u8],
    /// The byte the room behind the mark is filled with.
    filler: u8,
    /// Bytes of that room.
    room: usize,
}

/// Where the commit of the sources belongs.
pub(crate) const COMMIT: Place = Place { mark: b"granary-source-commit:", filler: b'.', room: 50 };
/// Where the version belongs.
pub(crate) const VERSION: Place = Place { mark: b"granary-version:", filler: b'_', room: 24 };

impl Place {
    /// Writes `text` into the places the module keeps for it; a module without one is left alone.
    /// False, with nothing written, when it is too long.
    pub(crate) fn write(&self, module: &mut [u8], text: &str) -> bool {
        self.fill(module, text, |room| room.iter().all(|&byte| byte == self.filler))
    }

    /// As [`Self::write`] into places that may have been written before.
    pub(crate) fn write_anew(&self, module: &mut [u8], text: &str) -> bool {
        self.fill(module, text, |room| room.iter().all(u8::is_ascii_graphic))
    }

    fn fill(&self, module: &mut [u8], text: &str, is_place: impl Fn(&[u8]) -> bool) -> bool {
        if text.len() > self.room {
            return false;
        }
        let windows = module.windows(self.mark.len() + self.room).enumerate();
        let is_found = |bytes: &[u8]| bytes.strip_prefix(self.mark).is_some_and(&is_place);
        let found: Vec<usize> =
            windows.filter_map(|(at, bytes)| is_found(bytes).then_some(at)).collect();
        for at in found {
            let room = &mut module[at + self.mark.len()..][..self.room];
            room.fill(self.filler);
            room[..text.len()].copy_from_slice(text.as_bytes());
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &[u8] =
        b"granary-source-commit:..................................................";

    #[test]
    fn every_place_is_filled_and_nothing_moves() {
        let module = [b"head ".as_slice(), PLACE, b" middle ", PLACE, b" granary-source-commit:."];
        let mut module = module.concat();
        let before = module.len();
        let commit = format!("{}+modified", "a".repeat(40));
        assert!(COMMIT.write(&mut module, &commit));
        let text = String::from_utf8(module).expect("text");
        assert_eq!(text.len(), before);
        assert_eq!(text.matches(&format!("granary-source-commit:{commit}")).count(), 2, "{text}");
        assert!(text.ends_with(" granary-source-commit:."));
    }

    #[test]
    fn a_place_is_written_anew() {
        let mut module = PLACE.to_vec();
        assert!(COMMIT.write(&mut module, &format!("{}+modified", "a".repeat(40))));
        let written = module.clone();
        assert!(COMMIT.write(&mut module, &"0".repeat(40)));
        assert_eq!(module, written, "it is no empty place");
        assert!(COMMIT.write_anew(&mut module, &"0".repeat(40)));
        let expected = format!("granary-source-commit:{}..........", "0".repeat(40));
        assert_eq!(String::from_utf8(module), Ok(expected));
    }

    #[test]
    fn what_is_too_long_is_not_written() {
        let mut module = b"granary-version:________________________".to_vec();
        let before = module.clone();
        assert!(!VERSION.write(&mut module, &"9".repeat(25)));
        assert_eq!(module, before);
        assert!(VERSION.write(&mut module, "0.2.0-rc.1"));
        assert!(module.starts_with(b"granary-version:0.2.0-rc.1___"));
    }
}
