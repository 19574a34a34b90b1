//! Where a proposal begins, and who may not make one.

use super::*;
use crate::errors::AccessFault;
use crate::records::Payload;
use crate::rules::fixtures::{
    DAY, at, config, later, payload, person, plain, release, targets, world,
};

fn propose(
    payload: PayloadV1,
    n: u8,
    change: impl FnOnce(&mut View<'_>),
) -> Result<Change, GovernorError> {
    let (config, targets) = (config(), targets());
    let mut view = View {
        config: &config,
        world: world(&targets),
        next: ProposalId::new(4),
        pending: 0,
        pending_own: 0,
        staged: false,
    };
    change(&mut view);
    create_proposal(&view, Input { payload }, &at(7, person(n)))
}

#[test]
fn it_begins_where_its_kind_begins() {
    let (id, proposal) = propose(plain(), 1, |_| {}).expect("taken").proposal.expect("a head");
    assert_eq!((id.wire(), proposal.state), (4, ProposalState::Discussion));
    assert_eq!(proposal.until, Some(later(7 + DAY)));
    assert_eq!(proposal.digest, plain().digest(4));
    let upgrade = || payload(Payload::UpgradeRelease(release()));
    let state = |staged| {
        let change = propose(upgrade(), 1, |view| view.staged = staged).expect("taken");
        change.proposal.map(|(_, proposal)| proposal.state)
    };
    assert_eq!(state(false), Some(ProposalState::Draft));
    assert_eq!(state(true), Some(ProposalState::Staged));
}

#[test]
fn only_members_who_may_propose() {
    let refused = propose(plain(), 9, |_| {}).expect_err("a stranger");
    assert_eq!(refused, AccessFault::NotMember { needs: "Propose" }.into());
}

#[test]
fn texts_and_tables_are_bounded() {
    let long = PayloadV1 { title: "x".repeat(121), ..plain() };
    let empty = PayloadV1 { description: String::new(), ..plain() };
    for wrong in [long, empty] {
        assert!(propose(wrong, 1, |_| {}).is_err());
    }
    for full in [
        propose(plain(), 1, |view| view.pending = limits::MAX_PENDING),
        propose(plain(), 1, |view| view.pending_own = limits::MAX_PENDING_OF_ONE),
        propose(plain(), 1, |view| view.next = None),
    ] {
        assert!(matches!(full, Err(GovernorError::Kernel(Fault::Full { .. }))), "{full:?}");
    }
}
