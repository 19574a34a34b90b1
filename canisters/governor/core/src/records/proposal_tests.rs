//! Rows come back as they were written, and say where their parts are.

use super::*;

fn written<S: Slot>(slot: &S) -> Vec<u8> {
    let mut bytes = vec![0; at(S::SIZE)];
    slot.write(&mut bytes);
    bytes
}

fn time(n: u64) -> Timestamp {
    Timestamp::from_nanos(n)
}

fn row() -> ProposalRow {
    ProposalRow {
        head: Proposal {
            proposer: Principal::from_slice(&[7; 29]),
            created_at: time(1),
            digest: [2; 32],
            epoch: 3,
            state: ProposalState::Timelocked,
            since: time(4),
            until: Some(time(5)),
            voting_ends: Some(time(6)),
            eta: Some(time(7)),
            rehearsal: Some([8; 32]),
            rehearsed_at: Some(time(9)),
            rehearsal_failed: true,
            votes: 10,
            approved_at: Some(time(11)),
            started_at: Some(time(12)),
            ended_at: Some(time(13)),
            reason: String::new(),
            kind: PayloadKind::DenyModules,
            title: "\u{e9}".repeat(60),
        },
        links: ProposalLinks {
            payload: Extent { offset: 14, len: 15 },
            reason: Extent { offset: 16, len: 17 },
            newest_vote: VoteId::new(18),
        },
    }
}

#[test]
fn a_proposal_comes_back_full_and_empty() {
    let full = row();
    assert_eq!(ProposalRow::read(&written(&full)), full);
    let head = Proposal {
        until: None,
        voting_ends: None,
        eta: None,
        rehearsal: None,
        rehearsed_at: None,
        rehearsal_failed: false,
        approved_at: None,
        started_at: None,
        ended_at: None,
        title: String::new(),
        ..full.head
    };
    let empty = ProposalRow { head, links: ProposalLinks::default() };
    assert_eq!(ProposalRow::read(&written(&empty)), empty);
}

#[test]
fn parts_of_a_proposal_are_where_they_are_read() {
    let row = row();
    let bytes = written(&row);
    assert_eq!(usize::from(bytes[at(STATE_AT)]), row.head.state.at());
    let mut proposer = [0; 30];
    RowWriter::part(&mut proposer).principal(&row.head.proposer);
    assert_eq!(bytes[at(PROPOSER_AT)..][..30], proposer);
}

#[test]
#[should_panic(expected = "a stored row is damaged")]
fn a_title_that_does_not_fit_is_not_cut() {
    let mut long = row();
    long.head.title.push('a');
    written(&long);
}

#[test]
fn a_word_comes_back_and_says_whose_it_is() {
    for (ballot, rehearsal) in [(Ballot::Approve, Some([5; 32])), (Ballot::Revoked, None)] {
        let (digest, at, expires_at) = ([4; 32], time(1), time(2));
        let row = VoteRow {
            proposal: ProposalId::new(9).expect("9"),
            member: Principal::from_slice(&[6, 7]),
            vote: Vote { ballot, at, epoch: 3, digest, rehearsal, expires_at },
            proposal_prev: VoteId::new(8),
        };
        let bytes = written(&row);
        assert_eq!(VoteRow::read(&bytes), row);
        let chain = usize::try_from(CHAIN_AT).expect("small");
        let mut chain = Reader::new(&bytes[chain..]);
        assert_eq!((chain.u32(), chain.short(29)), (8, &[6, 7][..]));
    }
}
