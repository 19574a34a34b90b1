//! Incidents, and the page that shows the whole system.

use candid::candid_method;
use governor_core::records::run::RunKind;
use governor_core::store::ProposalFilter;
use governor_core::types::{ProposalId, ProposalState};
use granary_api::{common as c, governor as g};
use granary_env::suite::Host as _;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{small, text};
use crate::convert::{input, output, releases, reply};
use crate::state::Here;

/// Opens an incident.
/// Who: operators, members. Effect: an incident in its first phase; the receipt's id is its number.
/// Errors: governor.member.needed, governor.proposal.not_found, common.text.size,
/// common.capacity.full. Repeating opens another one.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn open_incident(args: g::OpenIncidentArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.open_incident(ctx, &args.title, &args.text, args.proposal))
}

/// Writes down what was done about an incident, in the same phase or a later one.
/// Who: operators, members. Effect: a note, and the phase.
/// Errors: governor.member.needed, governor.incident.not_found, governor.incident.invalid,
/// governor.incident.closed, common.text.size. Repeating writes it again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn update_incident(args: g::UpdateIncidentArgs) -> Result<c::Receipt, Error> {
    let g::UpdateIncidentArgs { incident, phase, text } = args;
    Here::verb(|store, ctx| store.update_incident(ctx, incident, input::phase(phase), &text))
}

/// An incident with its notes.
/// Who: everybody. Errors: governor.incident.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_incident(args: g::IncidentArgs) -> Result<g::Incident, Error> {
    Here::view(|store, _| store.incident(args.incident).map(output::incident))
}

/// Incidents, newest first, without their notes.
/// Who: everybody. Errors: common.page.limit, common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_incidents(args: c::PageArgs) -> Result<g::IncidentPage, Error> {
    Here::view(|store, _| store.list_incidents(args.after, args.limit).map(output::incidents))
}

/// The whole system on one page: members, open proposals, what changes canisters now, targets,
/// incidents, whom to call.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_dashboard() -> Result<g::Dashboard, Error> {
    Here::view(|store, ctx| {
        let (totals, config) = (store.totals(), store.config());
        let page = store.list_proposals(ProposalFilter::Open, None, 50, ctx.now)?;
        let running = ProposalId::from_wire(totals.running);
        let run = running.and_then(|id| store.run(RunKind::Execution, id));
        let count =
            |state| g::StateCount { state: output::state(state), count: totals.count(state) };
        Ok(g::Dashboard {
            at_ns: ctx.now.as_nanos(),
            epoch: config.epoch,
            members: u32::try_from(config.members.len()).unwrap_or(u32::MAX),
            approvers_live: output::approvers_live(config, ctx.now),
            threshold: config.rules.threshold,
            proposals: ProposalState::ALL.map(count).to_vec(),
            open_proposals: output::proposals(page).items,
            execution: run.map(releases::execution),
            targets: store.all_targets().into_iter().map(releases::target).collect(),
            newest_snapshot_at_ns: output::opt_time(totals.newest_snapshot),
            open_incidents: totals.open_incidents,
            escalation: output::escalation(&config.escalation),
        })
    })
}
