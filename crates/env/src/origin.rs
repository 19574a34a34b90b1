//! Where the running code comes from.

use core::hint::black_box;

use granary_resilience::lazy::Lazy;

/// Bytes of the places in front of what the build writes.
const COMMIT_MARK: usize = b"granary-source-commit:".len();
const VERSION_MARK: usize = b"granary-version:".len();

/// The build writes the commit of the canister's sources over the dots of the finished module, so
/// that a commit which leaves the sources alone compiles nothing. `granary-build` knows this text.
static SOURCE_COMMIT: [u8; 72] =
    *b"granary-source-commit:..................................................";
/// As with the commit: the version is written over the lines below. A version may be 24 bytes long.
static VERSION: [u8; 40] = *b"granary-version:________________________";

thread_local! {
    static COMMIT: Lazy<String> = const { Lazy::new() };
}

/// The commit of the canister's sources, with `+modified` behind it when they differed from it;
/// empty when the module was built outside a repository.
pub fn source_commit() -> String {
    // The compiler must not know the text: it is another one by the time this runs.
    let read = || commit_in(black_box(&SOURCE_COMMIT));
    COMMIT.with(|commit| commit.get(read).clone())
}

/// Reads the commit ahead. A query leaves nothing behind, so each would read it anew.
pub(crate) fn read_ahead() {
    drop(source_commit());
}

/// The version of the code, such as `0.1.0`.
pub fn version() -> &'static str {
    match text_in(black_box(&VERSION), VERSION_MARK, b'_') {
        // Code that no build has finished: a test.
        "" => env!("CARGO_PKG_VERSION"),
        version => version,
    }
}

fn commit_in(place: &[u8]) -> String {
    text_in(place, COMMIT_MARK, b'.').to_owned()
}

/// The text behind the first `mark` bytes, up to the byte that fills the rest.
fn text_in(place: &[u8], mark: usize, filler: u8) -> &str {
    let room = place.get(mark..).unwrap_or_default();
    let text = room.split(|byte| *byte == filler).next().unwrap_or_default();
    core::str::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_what_stands_before_the_dots() {
        assert_eq!(source_commit(), "", "a test is not a finished module");
        assert_eq!(commit_in(b"granary-source-commit:0af9+modified..."), "0af9+modified");
    }

    #[test]
    fn the_version_is_the_workspaces_until_a_build_writes_another() {
        assert_eq!(version(), env!("CARGO_PKG_VERSION"));
        assert_eq!(text_in(b"granary-version:0.2.0-rc.1____", VERSION_MARK, b'_'), "0.2.0-rc.1");
        assert_eq!(text_in(b"short", VERSION_MARK, b'_'), "");
    }
}
