//! Where the running code comes from.

use core::hint::black_box;

/// Bytes of the place in front of the commit.
const MARK_BYTES: usize = b"granary-source-commit:".len();

/// The build writes the commit of the canister's sources over the dots of the finished module, so
/// that a commit which leaves the sources alone compiles nothing. `granary-build` knows this text.
static SOURCE_COMMIT: [u8; 72] =
    *b"granary-source-commit:..................................................";

/// The commit of the canister's sources, with `+modified` behind it when they differed from it;
/// empty when the module was built outside a repository.
pub fn source_commit() -> String {
    // The compiler must not know the text: it is another one by the time this runs.
    commit_in(black_box(&SOURCE_COMMIT))
}

fn commit_in(place: &[u8]) -> String {
    let commit = place.iter().skip(MARK_BYTES).take_while(|byte| **byte != b'.');
    commit.map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_what_stands_before_the_dots() {
        assert_eq!(source_commit(), "", "a test is not a finished module");
        assert_eq!(commit_in(b"granary-source-commit:0af9+modified..."), "0af9+modified");
    }
}
