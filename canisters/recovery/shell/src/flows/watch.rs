//! The governor is asked how it is.

use candid::Principal;
use granary_api::common::HealthStatus;
use granary_env::call::Answer;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_env::suite::tasks;
use recovery_core::records::Seen;

use crate::ports;
use crate::state::Here;

/// Asks, and notes the answer.
pub async fn run(target: Principal) {
    let seen = look(target).await;
    let ctx = actor();
    Here::write(|store| {
        // Refused only while the canister is being filled: then nobody is watched.
        store.note_health(&ctx, seen).ok();
        tasks::wake::<Here>(store, &ctx);
    });
}

/// Its own word; silent when it gives none in time.
pub async fn look(target: Principal) -> Seen {
    match ports::health(target).await {
        Answer::Done(health) => match health.status {
            HealthStatus::Healthy => Seen::Healthy,
            HealthStatus::Degraded => Seen::Degraded,
            HealthStatus::Critical => Seen::Critical,
        },
        Answer::NotApplied { .. } | Answer::Unknown { .. } => Seen::Silent,
    }
}
