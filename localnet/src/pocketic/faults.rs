//! Faults and orders over HTTP, under `/instances/<id>/sim/`. Stock clients never ask for these.
//!
//! | name | body | answer |
//! |---|---|---|
//! | `plan` | a plan, with a seed or a record to repeat | `null` |
//! | `record` | – | the record so far, or `null` |
//! | `end` | – | the record, or `null` |
//! | `intervene` | an intervention | `{"Ok": null}` or `{"Err": reject}` |
//! | `mark` | `{"canister_id"}` | `null` |
//! | `changes` | `{"canister_id"}` | names of the parts that changed since `mark` |
//! | `executions` | – | the last executions, oldest first |
//! | `clear_executions` | – | `null` |
//! | `advance` | `{"by_ns", "rounds"}` | `null` |

use axum::http::StatusCode;
use candid::Principal;
use serde::{Deserialize, Serialize};

use super::{Answer, Refusal, answer, parse};
use crate::{
    faults::{FaultPlan, FaultRecord, Intervention},
    instance::Instance,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPlan {
    plan: FaultPlan,
    #[serde(default)]
    seed: u64,
    /// Repeats this instead of choosing by the seed.
    #[serde(default)]
    replay: Option<FaultRecord>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    canister_id: Principal,
}

/// Rounds of one request at the most.
const ROUNDS_MAX: u64 = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// How far the clock moves before the first round.
    #[serde(default)]
    by_ns: u64,
    rounds: u64,
}

#[derive(Debug, Serialize)]
struct Execution<'a> {
    canister_id: Principal,
    entry: &'a str,
    instructions: u64,
    heap_pages: u64,
    stable_pages: u64,
    failed: bool,
}

pub(super) fn operate(instance: &mut Instance, name: &str, body: &[u8]) -> Answer {
    let network = &mut instance.network;
    match name {
        "plan" => {
            let NewPlan { plan, seed, replay } = parse(body)?;
            match replay {
                Some(record) => network.replay_faults(plan, &record),
                None => network.set_faults(plan, seed),
            }
            .map_err(Refusal::new)?;
            answer(&())
        }
        "record" => answer(&network.fault_record()),
        "end" => answer(&network.end_faults()),
        "intervene" => answer(&network.intervene(&parse::<Intervention>(body)?)),
        "mark" => {
            let Which { canister_id } = parse(body)?;
            network.mark(canister_id).ok_or_else(|| unknown(canister_id))?;
            answer(&())
        }
        "changes" => {
            let Which { canister_id } = parse(body)?;
            let changes = network.changes_since_mark(canister_id);
            answer(&changes.ok_or_else(|| unknown(canister_id))?)
        }
        "executions" => {
            let executions = network.executions().map(|trace| Execution {
                canister_id: trace.canister,
                entry: &trace.entry,
                instructions: trace.instructions,
                heap_pages: trace.heap_pages,
                stable_pages: trace.stable_pages,
                failed: trace.failed,
            });
            answer(&executions.collect::<Vec<_>>())
        }
        "clear_executions" => {
            network.clear_executions();
            answer(&())
        }
        "advance" => {
            let Advance { by_ns, rounds } = parse(body)?;
            if rounds > ROUNDS_MAX {
                return Err(Refusal::new(format!("at most {ROUNDS_MAX} rounds")));
            }
            let later = network.time_ns().checked_add(by_ns);
            let later = later.ok_or_else(|| Refusal::new("the clock ends before that"))?;
            network.set_time(later).map_err(Refusal::new)?;
            (0..rounds).for_each(|_| network.tick());
            answer(&())
        }
        _ => Err(Refusal::with_status(
            StatusCode::NOT_FOUND,
            format!("localnet has no operation sim/{name}"),
        )),
    }
}

fn unknown(canister: Principal) -> Refusal {
    Refusal::new(format!("there is no canister {canister}, or nothing to compare it with"))
}
