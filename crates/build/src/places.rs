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
        if text.len() > self.room {
            return false;
        }
        let mut empty = self.mark.to_vec();
        empty.resize(self.mark.len() + self.room, self.filler);
        let windows = module.windows(empty.len()).enumerate();
        let places: Vec<usize> =
            windows.filter_map(|(at, bytes)| (bytes == empty).then_some(at)).collect();
        for at in places {
            let room = module[at + self.mark.len()..at + empty.len()].iter_mut();
            room.zip(text.bytes()).for_each(|(to, from)| *to = from);
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
    fn what_is_too_long_is_not_written() {
        let mut module = b"granary-version:________________________".to_vec();
        let before = module.clone();
        assert!(!VERSION.write(&mut module, &"9".repeat(25)));
        assert_eq!(module, before);
        assert!(VERSION.write(&mut module, "0.2.0-rc.1"));
        assert!(module.starts_with(b"granary-version:0.2.0-rc.1___"));
    }
}
