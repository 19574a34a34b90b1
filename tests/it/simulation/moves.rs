//! What somebody may try next: mostly sensible, sometimes out of turn, now and then by the wrong
//! person.

use candid::Principal;
use granary_api::{
    common::Mode,
    micro_grants::{
        AppealDecisionArgs, ApplicationArgs, Conflict, GrantArgs, PauseStreamArgs, ProgramArgs,
        Recommendation, ReinstateGrantArgs, RequestPayoutArgs, StartStreamArgs, StreamTerms,
        SubmitMilestoneArgs,
    },
};
use granary_tests::{
    clock::{DAY, HOUR},
    fixtures::{self, DOLLAR},
    people::{Who, reviewer},
    seed::Seed,
    world::encode,
};

use super::{
    author,
    books::{Books, Effect},
};

/// Authors of a schedule.
const AUTHORS: usize = 4;

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) sender: Principal,
    pub(super) method: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) effect: Effect,
}

fn quiet(sender: Principal, method: &'static str, bytes: Vec<u8>) -> Move {
    Move { sender, method, bytes, effect: Effect::Nothing }
}

/// The next call.
pub(super) fn choose(seed: &mut Seed, books: &Books, now: u64) -> Move {
    let mut chosen = match seed.below(100) {
        0..=19 => submit(seed, books, now),
        20..=54 => about_application(seed, books, now),
        55..=94 => about_grant(seed, books, now),
        _ => about_programme(seed, books),
    };
    if seed.chance(4) {
        chosen.sender = *seed.pick(&[
            Who::Stranger.principal(),
            Who::Anonymous.principal(),
            Who::Governor.principal(),
            author(0),
        ]);
        if let Effect::Submitted { author, .. } = &mut chosen.effect {
            *author = chosen.sender;
        }
    }
    chosen
}

fn submit(seed: &mut Seed, books: &Books, now: u64) -> Move {
    let writer = seed.below(AUTHORS);
    let count = u32::try_from(seed.below(4)).expect("small");
    // Equal steps must sum to the request, so the request is a multiple of twelve units.
    let amount = 12 * u128::from(seed.word() % 170_000_000);
    let content = if count == 0 {
        fixtures::content(amount)
    } else {
        fixtures::content_in_steps(amount, count, now)
    };
    let steps = vec![amount / u128::from(count.max(1)); usize::try_from(count).expect("small")];
    Move {
        sender: author(writer),
        method: "submit_application",
        bytes: encode(&fixtures::submission(books.program, content)),
        effect: Effect::Submitted { author: author(writer), amount, steps },
    }
}

/// One of the newest applications, where something may still happen.
fn recent(seed: &mut Seed, books: &Books) -> Option<(u64, Principal)> {
    let newest: Vec<_> =
        books.applications.iter().rev().take(5).map(|(id, asked)| (*id, asked.author)).collect();
    (!newest.is_empty()).then(|| *seed.pick(&newest))
}

fn about_application(seed: &mut Seed, books: &Books, now: u64) -> Move {
    let Some((application, writer)) = recent(seed, books) else { return submit(seed, books, now) };
    let trustee = reviewer(seed.below(fixtures::PANEL));
    match seed.below(20) {
        0..=5 => {
            let conflict = if seed.chance(90) { Conflict::None } else { Conflict::Personal };
            let args = fixtures::declaration(application, conflict);
            quiet(trustee, "declare_conflict", encode(&args))
        }
        6..=12 => {
            let recommendation = match seed.below(8) {
                0 => Recommendation::Reject,
                1 => Recommendation::Changes,
                _ => Recommendation::Approve,
            };
            let score = 4 + u32::try_from(seed.below(7)).expect("small");
            let args = fixtures::review(application, recommendation, score);
            quiet(trustee, "submit_review", encode(&args))
        }
        13..=17 => Move {
            sender: Who::Manager.principal(),
            method: "finalize_application",
            bytes: encode(&ApplicationArgs { application }),
            effect: Effect::Finalized { application },
        },
        18 => {
            let args = AppealDecisionArgs { application, grounds_hash: fixtures::hash("grounds") };
            quiet(writer, "appeal_decision", encode(&args))
        }
        _ => quiet(writer, "withdraw_application", encode(&ApplicationArgs { application })),
    }
}

fn about_grant(seed: &mut Seed, books: &Books, now: u64) -> Move {
    let ids: Vec<u64> = books.grants.keys().copied().collect();
    if ids.is_empty() {
        return about_application(seed, books, now);
    }
    let id = *seed.pick(&ids);
    let grant = &books.grants[&id];
    let grantee = grant.author;
    let index = u32::try_from(seed.below(grant.steps.len().max(1))).expect("small");
    match seed.below(20) {
        0..=3 => quiet(grantee, "accept_grant", encode(&GrantArgs { grant: id })),
        4 | 5 => {
            let evidence = fixtures::evidence(&format!("work {}", seed.below(100)));
            let args = SubmitMilestoneArgs { grant: id, index, evidence };
            quiet(grantee, "submit_milestone", encode(&args))
        }
        6 | 7 => {
            let accepted = seed.chance(80);
            Move {
                sender: reviewer(seed.below(fixtures::PANEL)),
                method: "review_milestone",
                bytes: encode(&fixtures::verdict(id, index, accepted)),
                effect: Effect::Judged { grant: id, index, accepted },
            }
        }
        8..=10 => {
            let milestone = (!grant.steps.is_empty()).then_some(index);
            let args = RequestPayoutArgs { grant: id, milestone, idempotency_key: None };
            let sender = if seed.chance(50) { grantee } else { Who::Treasurer.principal() };
            Move {
                sender,
                method: "request_payout",
                bytes: encode(&args),
                effect: Effect::Queued { grant: id, milestone },
            }
        }
        11..=14 => stream(seed, id, grantee, now),
        _ => in_trouble(seed, id, grantee),
    }
}

fn stream(seed: &mut Seed, grant: u64, grantee: Principal, now: u64) -> Move {
    let manager = Who::Manager.principal();
    match seed.below(8) {
        0 | 1 => {
            let start_ns = now + HOUR;
            let terms = StreamTerms {
                start_ns,
                cliff_ns: start_ns + seed.word() % (2 * DAY),
                end_ns: start_ns + 3 * DAY + seed.word() % (20 * DAY),
            };
            Move {
                sender: manager,
                method: "start_stream",
                bytes: encode(&StartStreamArgs { grant, terms }),
                effect: Effect::StreamStarted { grant, terms },
            }
        }
        2 => {
            let paused = seed.chance(50);
            Move {
                sender: manager,
                method: "pause_stream",
                bytes: encode(&PauseStreamArgs { grant, paused }),
                effect: Effect::StreamPaused { grant, paused },
            }
        }
        _ => Move {
            sender: grantee,
            method: "claim_stream",
            bytes: encode(&GrantArgs { grant }),
            effect: Effect::StreamClaimed { grant },
        },
    }
}

fn in_trouble(seed: &mut Seed, grant: u64, grantee: Principal) -> Move {
    let manager = Who::Manager.principal();
    let reason = encode(&fixtures::reason(grant));
    match seed.below(8) {
        0 => quiet(manager, "suspend_grant", reason),
        1 | 2 => {
            let args = ReinstateGrantArgs { grant, reason_hash: None };
            quiet(manager, "reinstate_grant", encode(&args))
        }
        3 | 4 => quiet(manager, "give_notice", reason),
        5 => quiet(grantee, "reply_to_notice", reason),
        _ => Move {
            sender: manager,
            method: "terminate_grant",
            bytes: reason,
            effect: Effect::Terminated { grant },
        },
    }
}

fn about_programme(seed: &mut Seed, books: &Books) -> Move {
    let program = encode(&ProgramArgs { program: books.program });
    match seed.below(8) {
        0 => quiet(Who::Manager.principal(), "pause_program", program),
        1..=5 => quiet(Who::Manager.principal(), "open_program", program),
        other => {
            let mode = if other == 6 { Mode::OutflowsFrozen } else { Mode::Full };
            let args = granary_api::common::SetModeArgs { mode, reason: "drill".to_owned() };
            quiet(Who::Governor.principal(), "set_mode", encode(&args))
        }
    }
}

/// The least amount a schedule asks for must sometimes be below the programme's minimum.
const _: () = assert!(DOLLAR > 12);
