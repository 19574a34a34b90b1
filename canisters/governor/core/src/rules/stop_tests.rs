//! V13: vetoes and cancellations stop what waits, and nothing else.

use super::*;
use crate::errors::StateFault;
use crate::records::Proposal;
use crate::rules::fixtures::{at, config, later, person, plain};
use crate::types::{PayloadKind, ProposalId};

fn waiting(state: ProposalState) -> Looked {
    let proposal = Proposal {
        proposer: person(1),
        created_at: later(0),
        digest: plain().digest(1),
        epoch: 1,
        state,
        since: later(0),
        until: Some(later(9)),
        voting_ends: Some(later(9)),
        eta: Some(later(9)),
        rehearsal: None,
        rehearsed_at: None,
        rehearsal_failed: false,
        votes: 3,
        approved_at: Some(later(0)),
        started_at: None,
        ended_at: None,
        reason: String::new(),
        kind: PayloadKind::DenyModules,
        title: String::new(),
    };
    Looked { id: ProposalId::new(1).expect("1"), proposal }
}

#[test]
fn v13_a_veto_stops_what_waits_and_nothing_else() {
    let mut config = config();
    config.members[3].permissions = Permissions::VETO;
    let ctx = at(3, person(4));
    for state in ProposalState::ALL {
        let change = veto(&waiting(state), &config, "it drains the treasury", &ctx);
        let may = matches!(state, ProposalState::Timelocked | ProposalState::Ready);
        assert_eq!(change.is_ok(), may, "{state:?}");
        if let Ok(change) = change {
            let (_, after) = change.proposal.expect("ended");
            assert_eq!((after.state, after.eta), (ProposalState::Vetoed, None));
            assert_eq!(after.ended_at, Some(later(3)));
        }
    }
}

#[test]
fn v13_only_a_holder_of_veto_vetoes() {
    let mut config = config();
    config.members[3].permissions = Permissions::APPROVE;
    let looked = waiting(ProposalState::Timelocked);
    for who in [4, 9] {
        let refused = veto(&looked, &config, "no", &at(3, person(who))).expect_err("no veto");
        assert_eq!(refused, AccessFault::NotMember { needs: "Veto" }.into());
    }
    assert!(veto(&looked, &config, "", &at(3, person(1))).is_err(), "a veto has a reason");
}

#[test]
fn who_proposed_takes_it_back_until_it_runs() {
    let config = config();
    for state in ProposalState::ALL {
        let change = cancel(&waiting(state), &config, "a better one", &at(3, person(1)));
        assert_eq!(change.is_ok(), state.is_pending(), "{state:?}");
    }
    let looked = waiting(ProposalState::Voting);
    let refused = cancel(&looked, &config, "mine", &at(3, person(2))).expect_err("not theirs");
    assert_eq!(refused, AccessFault::NotProposer.into());
    let over = cancel(&waiting(ProposalState::Completed), &config, "late", &at(3, person(1)));
    assert!(matches!(over, Err(GovernorError::State(StateFault::Proposal { .. }))));
}
