//! What a release's canisters are just now: asked for an audit, and again for an execution (V10).

use governor_core::errors::GovernorError;
use governor_core::records::Payload;
use governor_core::rules::audit::Fact;
use governor_core::types::Principal;
use granary_env::call::Answer;
use granary_env::suite::tasks;
use granary_kernel::{Ctx, Receipt};

use crate::convert::answers;
use crate::ports::Fleet;
use crate::state::{Constitution, Here};

/// Whom to ask about a proposal; nobody for one that is no release.
pub fn asked(store: &Constitution, id: u64) -> Vec<Principal> {
    let Ok(looked) = store.stored(id) else { return vec![] };
    match store.payload(looked.id).payload {
        Payload::UpgradeRelease(release) => release.items.iter().map(|one| one.target).collect(),
        // Nothing of the others depends on what a canister is just now.
        _ => vec![],
    }
}

/// Asks each of them. Silence is a fact as well: the rule judges it.
pub async fn facts<F: Fleet>(fleet: &F, canisters: &[Principal]) -> Vec<Fact> {
    let mut facts = vec![];
    for canister in canisters {
        let status = match (fleet.status(*canister).await, fleet.snapshots(*canister).await) {
            (Answer::Done(status), Answer::Done(held)) => {
                Some(answers::audit_status(&status, held.len()))
            }
            _ => None,
        };
        let version = answers::version(fleet.version(*canister).await).ok();
        let schema = version.map(|version| version.schema);
        facts.push(Fact { target: *canister, status, schema });
    }
    facts
}

/// Executes over what was found out just now: a release with an audit made of it.
pub fn execute(
    store: &mut Constitution,
    ctx: &Ctx,
    id: u64,
    facts: &[Fact],
) -> Result<Receipt, GovernorError> {
    let looked = store.stored(id)?;
    let is_release = store.payload(looked.id).payload.is_release();
    let audit = if is_release { Some(store.audited(ctx, id, facts)?.1) } else { None };
    let receipt = store.execute(ctx, id, audit)?;
    tasks::wake::<Here>(store, ctx);
    Ok(receipt)
}
