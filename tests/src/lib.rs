//! Harness of the integration tests: a network, installed canisters, people and a clock.
//!
//! | room | holds |
//! |---|---|
//! | [`engine`] | which server runs the tests, started once per process |
//! | [`subject`] | the canisters of the suite, one row each: module, arguments, domains |
//! | [`world`] | one installed canister on a network: install, upgrade, stop, snapshot |
//! | [`suite`] | the canisters of the suite on one network, told about each other |
//! | [`clock`] | durations, and a clock the tests move by hand |
//! | [`people`] | the identities and what each of them may do |
//! | [`reply`] | an answer: a value, a typed error, or a reject by the network |
//! | [`caller`] | any canister: calls by name, and the methods that all have |
//! | [`client`] | `micro_grants`, one function for each of its methods |
//! | [`fixtures`] | programmes, applications, grants: valid unless a test says otherwise |
//! | [`faults`] | faults and orders on purpose, on `localnet` only |
//! | [`digest`] | what the stored state is, as hashes |
//! | [`chain`] | the journal, recomputed by an outsider |
//! | [`did`] | the interface file, parsed |
//! | [`seed`] | reproducible choices from a number |
//! | [`hostile`] | malformed and ill-meant arguments for any method |
//! | [`governed`] | canisters of the suite under a governor with five members |
//! | [`ledger`] | the test ledger, one function for each of its methods |
//! | [`price_feed`] | the price feed, and a messenger that carries cycles to it |
//! | [`modules`] | small Wasm modules that fail or carry on purpose |
//! | [`surgery`] | stable memory, opened on the table: the header of another schema or canister |
//! | [`untouched`] | code and state of a canister, held against what they were |
//!
//! The tests drive the server through the unmodified `pocket-ic` crate, so they run unchanged on
//! `localnet` and, when `POCKET_IC_BIN` names one, on a real `PocketIC`.

#![warn(missing_docs)]

pub mod caller;
pub mod chain;
pub mod client;
pub mod clock;
pub mod did;
pub mod digest;
pub mod engine;
pub mod faults;
pub mod fixtures;
pub mod governed;
pub mod hostile;
pub mod ledger;
pub mod modules;
pub mod people;
pub mod price_feed;
pub mod reply;
pub mod seed;
pub mod subject;
pub mod suite;
pub mod surgery;
pub mod untouched;
pub mod world;
