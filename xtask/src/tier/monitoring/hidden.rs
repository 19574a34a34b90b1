//! What hides what, asked of a running Alertmanager.

use std::process::Command;

use super::process::{get, wait};
use crate::process::{self as commands, Show};

/// An alert that fires, another that fires for the same or for another canister, and whether the
/// second must be hidden.
const PAIRS: [(&str, &str, bool, bool); 5] = [
    ("HealthCritical", "HealthDegraded", true, true),
    ("HealthCritical", "HealthDegraded", false, false),
    ("SealActive", "OutflowsDenied", true, true),
    ("CanisterUnreachable", "HeartbeatMissed", true, true),
    ("CanisterUnreachable", "CyclesCritical", true, false),
];
/// How long Alertmanager may take to find out.
const PATIENCE: u64 = 10;

/// Has each pair fire, on a network of its own, and looks what became of the second.
pub(super) fn check(port: u16) -> Result<String, String> {
    for (number, (source, target, same, hidden)) in PAIRS.into_iter().enumerate() {
        let network = format!("pair-{number}");
        fire(port, source, &network, "one")?;
        fire(port, target, &network, if same { "one" } else { "other" })?;
        wait(PATIENCE, || {
            let alerts = get(port, "/api/v2/alerts")?;
            let of = |alert: &&serde_json::Value| {
                let labels = &alert["labels"];
                labels["alertname"] == target && labels["network"] == network.as_str()
            };
            let alert = alerts.as_array().into_iter().flatten().find(of);
            let state = &alert.ok_or_else(|| format!("{target} did not arrive"))?["status"];
            let by = state["inhibitedBy"].as_array().map_or(0, Vec::len);
            if (by > 0) == hidden && state["state"] != "unprocessed" {
                return Ok(());
            }
            Err(format!("{source} and {target}, same canister: {same}: {state}"))
        })?;
    }
    Ok(format!("{} pairs", PAIRS.len()))
}

fn fire(port: u16, alert: &str, network: &str, canister: &str) -> Result<(), String> {
    let mut command = Command::new("amtool");
    command.arg(format!("--alertmanager.url=http://127.0.0.1:{port}")).args(["alert", "add"]);
    command.arg(format!("alertname={alert}"));
    command.args([format!("network={network}"), format!("canister={canister}")]);
    command.arg("severity=ticket");
    let ended = commands::run(&mut command, Show::Nothing)?;
    if ended.success { Ok(()) } else { Err(commands::last_words(&ended)) }
}
