//! Writes the commit into the place a canister keeps for it.
//!
//! A compiler's argument would do the same, at the price of compiling every canister anew for each
//! commit, even one that only records what was built already.

/// What stands in a compiled module where its commit belongs: `granary_env::origin` puts it there.
const PLACE: &[u8; 72] =
    b"granary-source-commit:..................................................";
const MARK_BYTES: usize = b"granary-source-commit:".len();

/// Writes `commit` into the place the module keeps for it; a module without one is left alone.
pub(crate) fn write(module: &mut [u8], commit: &str) {
    let is_place = |(at, bytes): (usize, &[u8])| (bytes == PLACE).then_some(at);
    let places: Vec<usize> = module.windows(PLACE.len()).enumerate().filter_map(is_place).collect();
    for at in places {
        let room = module[at + MARK_BYTES..at + PLACE.len()].iter_mut();
        room.zip(commit.bytes()).for_each(|(to, from)| *to = from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_and_nothing_moves() {
        let module = [b"head ".as_slice(), PLACE, b" middle ", PLACE, b" granary-source-commit:."];
        let mut module = module.concat();
        let before = module.len();
        let commit = format!("{}+modified", "a".repeat(40));
        write(&mut module, &commit);
        let text = String::from_utf8(module).expect("text");
        assert_eq!(text.len(), before);
        assert_eq!(text.matches(&format!("granary-source-commit:{commit}")).count(), 2, "{text}");
        assert!(text.ends_with(" granary-source-commit:."));
    }
}
