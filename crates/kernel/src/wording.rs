//! State errors that every canister words in the same way.

use core::fmt::Display;

use granary_errors::{CodeEntry, Error};
use granary_units::Timestamp;

/// `what` is `actual` and the request needs one of `allowed`.
pub fn wrong_state(entry: CodeEntry, what: impl Display, actual: &str, allowed: &[&str]) -> Error {
    let text = format!("{what} is {actual} and must be {}", allowed.join(" or "));
    Error::state_error(entry.code, actual, allowed, text)
}

/// Something is `actual`, in one sentence.
pub fn in_the_way(entry: CodeEntry, actual: &str, text: impl Into<String>) -> Error {
    Error::state_error(entry.code, actual, &[], text)
}

/// The code's meaning, and the time at which it begins or ends to be so.
pub fn until(entry: CodeEntry, actual: &str, until: Timestamp) -> Error {
    let text = format!("{} ({until})", entry.meaning);
    in_the_way(entry, actual, text).with("until_ns", until.as_nanos())
}

#[cfg(test)]
mod tests {
    use granary_errors::Category;

    use super::*;

    const CLOSED: CodeEntry = CodeEntry::new(
        "test.shop.closed",
        Category::StateError,
        "the shop is closed",
        "wait until it opens",
    );

    #[test]
    fn sentences_name_the_thing_and_the_way_out() {
        let error = wrong_state(CLOSED, "the shop", "Closed", &["Open", "Ajar"]);
        assert_eq!(error.message(), "the shop is Closed and must be Open or Ajar");
        let Error::StateError { actual, allowed, .. } = &error else { panic!("{error:?}") };
        assert_eq!((actual.as_str(), allowed.join(" ")), ("Closed", "Open Ajar".to_owned()));
        let error = until(CLOSED, "Closed", Timestamp::from_nanos(7));
        assert!(error.message().starts_with("the shop is closed ("), "{error}");
        assert_eq!(error.detail("until_ns"), Some(&7_u64.into()));
    }
}
