//! The parts of payloads with many: rules, settings, typed calls of other canisters.

use candid::Nat;
use governor_core::records::{Call, CallKind, CanisterSettings, Escalation, Method, Rules};
use governor_core::types::{Duration, VotingRule};
use granary_api::execution::{Finding, ResolveQuarantineArgs};
use granary_api::risk_guard::{
    ArmSeatArgs, AssetChange, AssetLimits, DestinationChange, PolicyChange, Scope, Standing,
    WindowLimit,
};

use super::words::{hex, span};
use crate::convert::shown::argument;

type Lines = Vec<(String, String)>;
/// One span of the rules.
type SpanOf = fn(&Rules) -> Duration;

fn line(label: &str, value: impl Into<String>) -> (String, String) {
    (label.to_owned(), value.into())
}

/// What would change in the rules, and what is now.
pub(super) fn rules(now: &Rules, new: &Rules) -> Lines {
    let voting = |rule| match rule {
        VotingRule::OneMemberOneVote => "one member, one vote",
        VotingRule::Weighted => "by weight",
    };
    let spans: [(&str, SpanOf); 11] = [
        ("Timelock", |rules| rules.min_delay),
        ("Timelock of who decides, and how", |rules| rules.long_delay),
        ("An approval counts", |rules| rules.approval_ttl),
        ("Discussion", |rules| rules.discussion),
        ("Vote", |rules| rules.voting_period),
        ("Execution window", |rules| rules.execution_window),
        ("Observation", |rules| rules.observation),
        ("A rehearsal counts", |rules| rules.rehearsal_ttl),
        ("Late threshold", |rules| rules.late_quorum),
        ("Late threshold prolongs by", |rules| rules.late_extension),
        ("Inactive after", |rules| rules.heartbeat),
    ];
    let mut all = vec![
        ("Approvals needed", now.threshold.to_string(), new.threshold.to_string()),
        ("Counted", voting(now.voting).to_owned(), voting(new.voting).to_owned()),
        ("Attestations", now.attestations.to_string(), new.attestations.to_string()),
    ];
    all.extend(spans.map(|(label, of)| (label, span(of(now)), span(of(new)))));
    let changed = all.into_iter().filter(|(_, now, new)| now != new);
    let lines: Lines =
        changed.map(|(label, now, new)| line(label, format!("{new} (now {now})"))).collect();
    if lines.is_empty() { vec![line("Rules", "stay as they are")] } else { lines }
}

/// What may be called from then on.
pub(super) fn methods(list: Option<&[Method]>) -> Lines {
    match list {
        None => vec![],
        Some([]) => vec![line("May be called", "nothing")],
        Some(list) => {
            let one =
                |one: &Method| line("May be called", format!("{} of {}", one.method, one.target));
            list.iter().map(one).collect()
        }
    }
}

/// Whom to call from then on.
pub(super) fn escalation(escalation: Option<&Escalation>) -> Lines {
    let Some(Escalation { primary, backup, channel, path }) = escalation else { return vec![] };
    vec![
        line("First on call", primary.as_str()),
        line("Second on call", backup.as_str()),
        line("Where people meet", channel.as_str()),
        line("After that", path.as_str()),
    ]
}

/// What becomes of each setting that is named.
pub(super) fn settings(settings: &CanisterSettings) -> Lines {
    let public = |shown: bool| if shown { "everybody sees it" } else { "controllers see it" };
    let parts = [
        settings.compute_allocation.map(|to| line("Compute allocation", format!("{to} %"))),
        settings.memory_allocation.map(|to| line("Memory allocation", format!("{to} bytes"))),
        settings.freezing_threshold_s.map(|to| line("Freezing threshold", format!("{to} s"))),
        settings.reserved_cycles_limit.map(|to| line("Reserved cycles", format!("at most {to}"))),
        settings.wasm_memory_limit.map(|to| line("Main memory", format!("at most {to} bytes"))),
        settings.wasm_memory_threshold.map(|to| line("Low memory", format!("below {to} bytes"))),
        settings.public_logs.map(|to| line("Log", public(to))),
        settings.public_snapshots.map(|to| line("List of snapshots", public(to))),
    ];
    parts.into_iter().flatten().collect()
}

/// What a typed call causes, and its parts; bytes that are not of its type have no parts.
pub(super) fn typed(kind: CallKind, call: &Call) -> (&'static str, Lines) {
    match kind {
        CallKind::ArmGuardianSeat => (
            "Arms a guardian's seat: its holder can stop outflows once, for a while",
            argument(call).map(|args| seat(&args)).unwrap_or_default(),
        ),
        CallKind::ApplyRiskPolicy => (
            "Proposes a change of the outflow policy: what tightens holds at once, what loosens \
             waits there once more",
            argument(call).map(|change| policy(&change)).unwrap_or_default(),
        ),
        CallKind::ResolveQuarantine => (
            "Says what became of a payment in quarantine",
            argument(call).map(|args| finding(&args)).unwrap_or_default(),
        ),
        CallKind::CallRegisteredMethod => {
            ("Calls a method of the registered list, with the governor's rights", vec![])
        }
    }
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::All => "every outflow".to_owned(),
        Scope::Asset(asset) => format!("outflows of asset {asset}"),
        Scope::Purpose(purpose) => format!("outflows for {purpose:?}"),
        Scope::Destination(destination) => format!("outflows to {}", hex(destination)),
    }
}

fn seat(args: &ArmSeatArgs) -> Lines {
    vec![
        line("Holder", args.holder.to_text()),
        line("Can stop", scope(&args.scope)),
        line("Must show up every", span(Duration::from_nanos(args.heartbeat_ns))),
    ]
}

fn finding(args: &ResolveQuarantineArgs) -> Lines {
    let found = match args.finding {
        Finding::Settled { block } => format!("it was paid in block {block} of the ledger"),
        Finding::PayAgain => "it was not paid, and is paid again".to_owned(),
        Finding::GiveUp => "it was not paid, and is given up".to_owned(),
    };
    vec![
        line("Intent", args.intent.to_string()),
        line("Finding", found),
        line("Evidence", args.evidence.as_str()),
    ]
}

fn policy(change: &PolicyChange) -> Lines {
    let PolicyChange { rules, assets, destinations } = change;
    let mut lines = vec![];
    if let Some(rules) = rules {
        let wait = |nanos| span(Duration::from_nanos(nanos));
        lines.extend([
            line("Listed destinations only", if rules.allow_list_only { "yes" } else { "no" }),
            line("First use waits", wait(rules.first_use_delay_ns)),
            line("Loosening waits", wait(rules.loosen_delay_ns)),
            line("Announcements wait", wait(rules.announce_delay_ns)),
            line("Oldest price", wait(rules.max_price_age_ns)),
            line("Largest share of an asset", format!("{} bps", rules.concentration_bps)),
            line("Largest loss in 30 days", format!("{} bps", rules.drawdown_bps)),
            line("Solvency buffer", format!("{} bps", rules.solvency_buffer_bps)),
        ]);
        lines.extend(rules.approval_tiers.iter().map(|tier| {
            let up_to = bound(tier.up_to_value.as_ref());
            let text = format!("{} approvals, {}", tier.approvals, wait(tier.delay_ns));
            line(&format!("Outflows {up_to}"), text)
        }));
    }
    lines.extend(assets.iter().flat_map(asset));
    lines.extend(destinations.iter().map(destination));
    lines
}

fn bound(value: Option<&Nat>) -> String {
    value.map_or_else(|| "of any value".to_owned(), |value| format!("up to a value of {}", value.0))
}

fn asset(change: &AssetChange) -> Lines {
    let name = format!("Asset {}", change.asset);
    let Some(limits) = &change.limits else {
        return vec![line(&name, "nothing of it leaves")];
    };
    let AssetLimits { max_per_tx_units, windows, max_tx_per_window, min_retained_bps, .. } = limits;
    let text = format!(
        "at most {} units at once, {max_tx_per_window} outflows in a window, {min_retained_bps} \
         bps of it stay",
        max_per_tx_units.0
    );
    let mut lines = vec![line(&name, text)];
    lines.extend(windows.iter().map(|window| {
        let WindowLimit { seconds, max_amount_units, max_bps_of_treasury } = window;
        let share = max_bps_of_treasury.map(|bps| format!(", {bps} bps of it")).unwrap_or_default();
        line(&name, format!("at most {} units{share} in {seconds} s", max_amount_units.0))
    }));
    lines
}

fn destination(change: &DestinationChange) -> (String, String) {
    let standing = match change.standing {
        Standing::Blocked => "blocked",
        Standing::Unlisted => "not listed",
        Standing::Allowed => "allowed",
    };
    line("Destination", format!("{}: {standing}", hex(&change.destination)))
}
