//! V5 and N15: uploads are what their hash says.

use super::*;
use crate::errors::AccessFault;
use crate::rules::fixtures::{DAY, at, config, later, person};

fn view(config: &Config, module: Option<Module>) -> View<'_> {
    View { config, module, is_denied: false, count: 1, own: 0, spare: vec![] }
}

fn chunk(place: u32, of: u32, bytes: &[u8]) -> Input {
    Input { module: [5; 32], of, place, bytes: bytes.to_vec() }
}

fn stage(module: Option<Module>, input: Input) -> Result<Change, GovernorError> {
    let config = config();
    stage_wasm_chunk(&view(&config, module), input, &at(0, person(1)))
}

fn taken(module: Option<Module>, input: Input) -> Module {
    stage(module, input).expect("taken").module.expect("a module").1
}

fn wrong(problem: &'static str) -> GovernorError {
    InputFault::Chunk { problem }.into()
}

/// The smallest Wasm, with one public section and one exported query.
fn wasm() -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    let name = b"icp:public suite:canister";
    let body = [&[25][..], name, b"registry"].concat();
    bytes.extend([0, u8::try_from(body.len()).expect("short")]);
    bytes.extend(body);
    bytes
}

#[test]
fn chunks_come_in_any_order_and_the_last_word_counts() {
    let module = taken(None, chunk(1, 2, b"second"));
    assert_eq!((module.bytes, module.chunks[0].bytes, module.chunks[1].bytes), (6, 0, 6));
    let module = taken(Some(module), chunk(0, 2, b"one"));
    let module = taken(Some(module), chunk(0, 2, b"first"));
    assert_eq!((module.bytes, module.chunks[0].bytes), (11, 5));
}

#[test]
fn chunks_are_bounded() {
    let module = taken(None, chunk(0, 2, b"x"));
    for (input, problem) in [
        (chunk(0, 0, b"x"), "is one of none, or of more than 100"),
        (chunk(0, 101, b"x"), "is one of none, or of more than 100"),
        (chunk(2, 2, b"x"), "has a place behind the last"),
        (chunk(0, 2, b""), "is empty, or larger than 1 MiB"),
        (chunk(0, 2, &vec![0; 1_048_577]), "is empty, or larger than 1 MiB"),
        (chunk(0, 3, b"x"), "says that the module has another number of chunks"),
    ] {
        assert_eq!(stage(Some(module.clone()), input).err(), Some(wrong(problem)));
    }
}

#[test]
fn only_proposers_upload_and_not_what_is_denied() {
    let config = config();
    let stranger = stage_wasm_chunk(&view(&config, None), chunk(0, 1, b"x"), &at(0, person(9)));
    assert_eq!(stranger.err(), Some(AccessFault::NotMember { needs: "Propose" }.into()));
    let denied = View { is_denied: true, ..view(&config, None) };
    let refused = stage_wasm_chunk(&denied, chunk(0, 1, b"x"), &at(0, person(1)));
    assert_eq!(refused.err(), Some(StateFault::Denied { module: [5; 32] }.into()));
}

#[test]
fn a_full_table_lets_go_of_what_nothing_refers_to() {
    let config = config();
    let full = |spare| View { count: limits::MAX_MODULES, spare, ..view(&config, None) };
    let stage = |view: &View<'_>| stage_wasm_chunk(view, chunk(0, 1, b"x"), &at(0, person(1)));
    let change = stage(&full(vec![[1; 32], [2; 32]])).expect("room is made");
    assert_eq!((change.dropped, change.events.len()), (vec![[1; 32]], 2));
    assert!(stage(&full(vec![])).is_err());
    let busy = View { own: limits::MAX_UPLOADS_OF_ONE, ..view(&config, None) };
    assert!(stage(&busy).is_err(), "sixteen uploads of one member");
}

fn finalize(hash: Hash, module: Option<Module>, bytes: &[u8]) -> Result<Change, GovernorError> {
    finalize_wasm(&config(), hash, module, |_| bytes.to_vec(), &at(9, person(1)))
}

#[test]
fn v5_a_module_is_what_its_hash_says() {
    let bytes = wasm();
    let hash: Hash = Sha256::digest(&bytes).into();
    let whole = taken(None, chunk(0, 1, &bytes));
    let change = finalize(hash, Some(whole.clone()), &bytes).expect("complete");
    let (_, module) = change.module.expect("a module");
    assert_eq!(
        (module.finished_at, module.packing, module.plain),
        (Some(later(9)), Packing::Raw, hash)
    );
    assert_eq!(module.stated.canister, "registry");
    assert!(module.stated.problems.iter().any(|one| one.contains("no method")), "{module:?}");
    let repeated = finalize(hash, Some(module.clone()), &bytes);
    assert_eq!(repeated.err(), Some(StateFault::ModuleDone { module: hash }.into()));
    let late = stage(Some(module), chunk(0, 1, b"swapped"));
    assert_eq!(late.err(), Some(StateFault::ModuleDone { module: [5; 32] }.into()));
    let swapped = finalize([5; 32], Some(whole), &bytes);
    let expected = InputFault::ModuleHash { expected: [5; 32], found: hash };
    assert_eq!(swapped.err(), Some(expected.into()));
}

#[test]
fn what_is_missing_or_no_wasm_is_not_completed() {
    let half = taken(None, chunk(1, 2, b"x"));
    let refused = finalize([5; 32], Some(half), b"x").err();
    assert_eq!(refused, Some(wrong("of some place is missing")));
    let unknown = finalize([5; 32], None, b"x").err();
    assert_eq!(unknown, Some(Missing::Module { module: [5; 32] }.into()));
    let text = b"no wasm at all";
    let hash: Hash = Sha256::digest(text).into();
    let module = taken(None, chunk(0, 1, text));
    let refused = finalize(hash, Some(module), text).err();
    assert!(
        matches!(refused, Some(GovernorError::Input(InputFault::Module { .. }))),
        "{refused:?}"
    );
}

#[test]
fn members_say_what_they_built() {
    let built = || Built {
        module: [5; 32],
        commit: "abc".to_owned(),
        builder: "rust 1.95".to_owned(),
        result: [6; 32],
        audit: None,
    };
    let module = taken(None, chunk(0, 1, b"x"));
    let attest = |n, module, is_repeated| {
        attest_build(&config(), module, is_repeated, built(), &at(0, person(n)))
    };
    let change = attest(2, Some(module.clone()), false).expect("a member");
    assert_eq!(change.module.map(|(_, module)| module.attestations), Some(1));
    assert_eq!(
        change.attestation.map(|(_, who, row)| (who, row.result)),
        Some((person(2), [6; 32]))
    );
    let again = attest(2, Some(module.clone()), true).expect("replaces");
    assert_eq!(again.module.map(|(_, module)| module.attestations), Some(0));
    assert!(attest(9, Some(module), false).is_err(), "a stranger");
    assert!(attest(2, None, false).is_err(), "of nothing");
}

#[test]
fn uploads_are_abandoned_after_a_month() {
    let module = taken(None, chunk(0, 2, b"x"));
    assert!(!is_abandoned(&module, later(30 * DAY - 1)));
    assert!(is_abandoned(&module, later(30 * DAY)));
    let done = Module { finished_at: Some(later(0)), ..module };
    assert!(!is_abandoned(&done, later(99 * DAY)));
}
