//! The newest reading of each canister, and whether the newest try to read succeeded.

use std::collections::BTreeMap;

use candid::Principal;

use super::reading::Reading;
use crate::{client::Client, failure::Failure};

/// What is known of one canister.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// The newest reading there was; it stays when later tries fail.
    pub(crate) reading: Option<Reading>,
    /// Why the newest try failed.
    pub(crate) failure: Option<Failure>,
}

/// What is known of all canisters, by name.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    /// Name of the network.
    pub(crate) network: String,
    /// Controllers nobody needs to wonder about.
    pub(crate) expected: Vec<Principal>,
    pub(crate) rows: BTreeMap<String, Row>,
}

impl Board {
    pub(crate) fn new(network: &str, expected: Vec<Principal>) -> Self {
        Self { network: network.to_owned(), expected, rows: BTreeMap::new() }
    }

    /// Notes a try to read `name`. True when it went otherwise than the one before.
    pub(crate) fn note(&mut self, name: &str, tried: Result<Reading, Failure>) -> bool {
        let row = self.rows.entry(name.to_owned()).or_default();
        let failed_before = row.failure.is_some();
        match tried {
            Ok(reading) => *row = Row { reading: Some(reading), failure: None },
            Err(failure) => row.failure = Some(failure),
        }
        failed_before != row.failure.is_some()
    }
}

/// Reads `canisters` one after the other, so that no network is asked for much at once.
pub(crate) async fn read<C: Client>(
    client: &C,
    canisters: &[(String, Principal)],
    clock: impl Fn() -> u64,
) -> Vec<(String, Result<Reading, Failure>)> {
    let mut tried = Vec::with_capacity(canisters.len());
    for (name, canister) in canisters {
        tried.push((name.clone(), Reading::take(client, *canister, clock()).await));
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::{super::reading::tests::status, *};
    use crate::exit::Exit;

    #[test]
    fn a_reading_stays_when_the_next_try_fails() {
        let mut board = Board::new("local", vec![]);
        let reading = || Ok(Reading { at: 9, status: status(5), snapshots: vec![] });
        let failed = || Err(Failure::new(Exit::Unreachable, "cli.unreachable", "nobody is there"));
        assert!(!board.note("registry", reading()), "success is what one expects");
        assert!(board.note("registry", failed()));
        assert!(!board.note("registry", failed()), "told once");
        let row = &board.rows["registry"];
        assert_eq!(row.reading.as_ref().map(|reading| reading.at), Some(9));
        assert_eq!(row.failure.as_ref().map(|failure| failure.exit), Some(Exit::Unreachable));
        assert!(board.note("registry", reading()));
        assert!(board.rows["registry"].failure.is_none());
    }
}
