//! Who may call whom: what the governor tells each canister about the others.
//!
//! Everything is looked up first and said only where it differs, so wiring a wired suite changes
//! nothing.

use candid::{CandidType, Principal};
use granary_api::{common::SetPeerArgs, execution, portfolio, registry, risk_guard};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    client::{
        Client,
        common::{GET_PEERS, SET_PEER},
        remote::{Query, Remote, Update, query, update},
    },
    failure::Failure,
    operations::deploy::Places,
    suite::{EXECUTION, MICRO_GRANTS, PORTFOLIO, REGISTRY, RISK_GUARD},
};

/// Who asks whom, by name. `micro_grants` is not told of `registry` here: from then on only people
/// the registry knows can apply and review, so whoever runs the programmes decides when.
const CALLS: [(&str, &str); 4] = [
    (MICRO_GRANTS.name, EXECUTION.name),
    (EXECUTION.name, RISK_GUARD.name),
    (EXECUTION.name, PORTFOLIO.name),
    (RISK_GUARD.name, PORTFOLIO.name),
];

/// One line of `list_roles`.
#[derive(CandidType, Deserialize, PartialEq)]
pub(crate) struct Held<R> {
    pub(crate) role: R,
    pub(crate) holder: Principal,
}

/// What `set_role` takes.
#[derive(CandidType)]
pub(crate) struct SetRole<R> {
    pub(crate) role: R,
    pub(crate) holder: Principal,
    pub(crate) granted: bool,
}

/// Who holds which role, in any canister of the suite.
pub(crate) const fn list_roles<R>() -> Query<(), Vec<Held<R>>> {
    query("list_roles")
}

/// Gives a role or takes it, in any canister of the suite.
pub(crate) const fn set_role<R>() -> Update<SetRole<R>> {
    update("set_role")
}

/// Tells every canister of `places` where those are that it calls, and gives it the roles its calls
/// need. `governor` speaks for the governor of all of them. Answers what was said.
pub(crate) async fn wire<C: Client>(governor: &C, places: &Places) -> Result<Vec<String>, Failure> {
    // First the roles: whoever knows where to ask asks at once, and a refusal counts as a failure.
    let mut roles = Roles { governor, places, said: Vec::new() };
    roles.give(REGISTRY.name, registry::Role::Service, MICRO_GRANTS.name).await?;
    roles.give(PORTFOLIO.name, portfolio::Role::Execution, EXECUTION.name).await?;
    roles.give(PORTFOLIO.name, portfolio::Role::Reader, RISK_GUARD.name).await?;
    roles.give(RISK_GUARD.name, risk_guard::Role::Execution, EXECUTION.name).await?;
    roles.give(EXECUTION.name, execution::Role::MicroGrants, MICRO_GRANTS.name).await?;
    let mut said = roles.said;
    for (asking, asked) in CALLS {
        let (Some(from), Some(to)) = (places.get(asking), places.get(asked)) else { continue };
        let remote = Remote { client: governor.clone(), canister: *from };
        let peers = remote.ask(GET_PEERS).await?;
        let is_known = peers.iter().any(|peer| peer.name == asked && peer.canister == Some(*to));
        if !is_known {
            let peer = SetPeerArgs { name: asked.to_owned(), canister: Some(*to) };
            remote.update(SET_PEER, &peer).await?;
            said.push(format!("{asking} knows {asked}"));
        }
    }
    Ok(said)
}

struct Roles<'a, C> {
    governor: &'a C,
    places: &'a Places,
    said: Vec<String>,
}

impl<C: Client> Roles<'_, C> {
    /// Gives `role` at `canister` to the canister `holder`, when both exist and it has it not.
    async fn give<R>(&mut self, canister: &str, role: R, holder: &str) -> Result<(), Failure>
    where
        R: CandidType + DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let (Some(at), Some(who)) = (self.places.get(canister), self.places.get(holder)) else {
            return Ok(());
        };
        let remote = Remote { client: self.governor.clone(), canister: *at };
        let held = remote.ask(list_roles::<R>()).await?;
        if held.iter().any(|held| held.role == role && held.holder == *who) {
            return Ok(());
        }
        self.said.push(format!("{holder} is {role:?} of {canister}"));
        remote.update(set_role(), &SetRole { role, holder: *who, granted: true }).await.map(drop)
    }
}
