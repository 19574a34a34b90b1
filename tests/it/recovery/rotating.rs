//! A governor whose members cannot decide any more gets others, and the old ones can do nothing.

use candid::{CandidType, Principal};
use granary_api::{governor as g, recovery as r};
use granary_tests::{
    fixtures,
    governed::{Governed, WAIT, member},
    people::{Who, applicant},
    reply::Expect,
};

use super::{
    MEMBERS, Repair,
    repaired::{Repaired, next},
};
use crate::access::governor::{creation, deny};

/// Others: none of them was a member, none is of the committee.
fn others() -> Vec<Principal> {
    (10..13).map(applicant).collect()
}

fn rotation(members: Vec<Principal>, threshold: u32) -> r::Operation {
    r::Operation::RotateGovernorMembers(r::RotateMembersArgs { members, threshold })
}

/// The code with which what an old member tries is refused.
fn refused(governed: &Governed, old: u8, method: &str, args: &impl CandidType) -> String {
    governed.as_member(old).receipt(method, args).code("no member any more")
}

#[test]
fn v12_other_members_decide_and_the_old_ones_can_do_nothing() {
    let Repaired { governed, repair } = Repaired::new();
    let governor = &governed.governor;
    let open = governed.propose(deny("one"));
    governed.approve(open, &[1]);
    let seen = governed.seen(open);
    let waiting = governed.propose(deny("two"));
    governed.approve(waiting, &[1, 2, 3]);
    let draft = governed.propose(next(&governed));
    repair.done(&rotation(others(), 2));

    let members: g::Members = governor.caller(Who::Stranger).plain("get_members").value("they");
    let mut names: Vec<_> = members.members.iter().map(|member| member.principal).collect();
    names.sort();
    let mut expected = others();
    expected.sort();
    assert_eq!((names, members.threshold, members.epoch), (expected, 2, 2));
    for id in [open, waiting, draft] {
        assert_eq!(governed.state(id), g::ProposalState::Stale, "{id}");
    }

    let needed = "governor.member.needed";
    let which = g::ProposalArgs { proposal: waiting };
    let end = g::EndProposalArgs { proposal: waiting, reason: "ours".to_owned() };
    let chunk = g::StageWasmChunkArgs {
        module: fixtures::hash("a module"),
        of: 1,
        place: 0,
        chunk: vec![1].into(),
    };
    let opened = g::OpenIncidentArgs {
        title: "A coup".to_owned(),
        text: "They took it from us.".to_owned(),
        proposal: None,
    };
    for old in 1..=5 {
        assert_eq!(refused(&governed, old, "create_proposal", &creation(deny("three"))), needed);
        assert_eq!(refused(&governed, old, "approve", &seen), needed);
        assert_eq!(refused(&governed, old, "reject", &seen), needed);
        for method in ["revoke_approval", "execute", "rehearse_release", "audit_proposal"] {
            assert_eq!(refused(&governed, old, method, &which), needed, "{method}");
        }
        // Not even who proposed it takes anything back.
        for method in ["veto", "cancel"] {
            assert_eq!(refused(&governed, old, method, &end), needed, "{method}");
        }
        assert_eq!(refused(&governed, old, "stage_wasm_chunk", &chunk), needed);
        assert_eq!(refused(&governed, old, "open_incident", &opened), needed);
        let sign = governed
            .as_member(old)
            .update_plain::<granary_api::common::Receipt>("member_heartbeat");
        assert_eq!(sign.code("no member any more"), needed);
    }
    decides(&governed);
    repair.assert_governor_runs();
}

/// Two of the new members decide, one alone does not.
fn decides(governed: &Governed) {
    let governor = &governed.governor;
    let by = |who: usize| governor.caller_principal(applicant(who));
    let id = by(10).receipt("create_proposal", &creation(deny("three"))).value("a member").id;
    let which = g::ProposalArgs { proposal: id };
    by(10).receipt("approve", &governed.seen(id)).value("a member");
    governor.advance(WAIT);
    assert_eq!(by(10).receipt("execute", &which).code("one alone"), "governor.proposal.state");
    by(12).receipt("approve", &governed.seen(id)).value("another one");
    governor.advance(WAIT);
    by(11).receipt("execute", &which).value("its wait is over");
    assert_eq!(governed.state(id), g::ProposalState::Completed);
}

/// The rotation is agreed on and waited for, and the governor refuses it.
fn fails(repair: &Repair, members: Vec<Principal>, threshold: u32, code: &str) {
    let reason = repair.fails(&rotation(members, threshold));
    assert!(reason.contains(code), "{reason}");
}

#[test]
fn v1_a_rotation_keeps_every_floor() {
    let Repaired { governed, repair } = Repaired::new();
    let governor = &governed.governor;
    let open = governed.propose(deny("one"));
    governed.approve(open, &[1, 2]);
    let before: g::Members = governor.caller(Who::Stranger).plain("get_members").value("they");
    fails(&repair, others(), 1, "common.limit: threshold");
    fails(&repair, others()[..2].to_vec(), 2, "fewer than three");
    let own = vec![governor.canister, others()[0], others()[1]];
    fails(&repair, own, 2, "the governor itself");
    // Who repairs is not who governs: two of the committee are its quorum.
    let committee = vec![MEMBERS[0].principal(), MEMBERS[1].principal(), others()[0]];
    fails(&repair, committee, 2, "governing members alone");
    let five = (1..=5).map(member).collect::<Vec<_>>();
    fails(&repair, five.clone(), 2, "common.limit: threshold");
    let submit = |operation| {
        let args = r::SubmitRequestArgs { operation, idempotency_key: None };
        repair.recovery.caller(MEMBERS[0]).receipt("submit_request", &args).code("never")
    };
    assert_eq!(submit(rotation(five, 6)), "recovery.operation.invalid");
    let twice = vec![others()[0], others()[0], others()[1]];
    assert_eq!(submit(rotation(twice, 2)), "common.person.duplicate");
    assert_eq!(submit(rotation(vec![Principal::anonymous(); 3], 2)), "common.person.invalid");
    let after: g::Members = governor.caller(Who::Stranger).plain("get_members").value("they");
    assert_eq!(after, before, "nothing of it came into force");
    governed.approve(open, &[3]);
    assert_eq!(governed.state(open), g::ProposalState::Timelocked);
}

#[test]
fn k9_a_governor_that_stands_still_takes_its_members_once_it_is_started() {
    let Repaired { governed, repair } = Repaired::new();
    repair.governor.stop();
    let reason = repair.fails(&rotation(others(), 2));
    assert!(reason.starts_with("Rotate: "), "{reason}");
    repair.done(&r::Operation::Start);
    repair.done(&rotation(others(), 2));
    decides(&governed);
}
