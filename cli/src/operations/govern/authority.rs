//! Who could change a canister without a proposal: by the role Governor in it, or by control of it.

use candid::{CandidType, Principal};
use granary_api::{
    execution,
    governor::{Authority, Power, Target, Way, Who},
    micro_grants, portfolio, registry, risk_guard,
};
use serde::de::DeserializeOwned;

use crate::{
    client::{Client, remote::Remote},
    failure::Failure,
    operations::wiring::{Held, SetRole, list_roles, set_role},
    suite::{EXECUTION, PORTFOLIO, REGISTRY, RISK_GUARD},
};

/// Who holds the role Governor in the canister `name`.
pub(crate) async fn governors<C: Client>(
    remote: &Remote<C>,
    name: &str,
) -> Result<Vec<Principal>, Failure> {
    let found = if name == REGISTRY.name {
        holders(remote, registry::Role::Governor).await
    } else if name == PORTFOLIO.name {
        holders(remote, portfolio::Role::Governor).await
    } else if name == RISK_GUARD.name {
        holders(remote, risk_guard::Role::Governor).await
    } else if name == EXECUTION.name {
        holders(remote, execution::Role::Governor).await
    } else {
        holders(remote, micro_grants::Role::Governor).await
    };
    found.map_err(|failure| Failure { message: format!("{name}: {}", failure.message), ..failure })
}

async fn holders<C: Client, R>(remote: &Remote<C>, role: R) -> Result<Vec<Principal>, Failure>
where
    R: CandidType + DeserializeOwned + PartialEq,
{
    let held: Vec<Held<R>> = remote.ask(list_roles()).await?;
    Ok(held.into_iter().filter(|one| one.role == role).map(|one| one.holder).collect())
}

/// The role as every canister of the suite names it.
#[derive(CandidType)]
enum Role {
    Governor,
}

/// Gives the role Governor, or takes it.
pub(crate) async fn say<C: Client>(
    remote: &Remote<C>,
    name: &str,
    holder: Principal,
    granted: bool,
) -> Result<(), Failure> {
    let args = SetRole { role: Role::Governor, holder, granted };
    let said = remote.update(set_role(), &args).await;
    said.map(drop)
        .map_err(|failure| Failure { message: format!("{name}: {}", failure.message), ..failure })
}

/// Adds what the governor has not seen yet: whoever the network says controls a target, or the
/// governor itself, beside those who are meant to.
pub(crate) async fn complete<C: Client>(
    governor: &Remote<C>,
    targets: &[Target],
    recovery: Option<Principal>,
    authority: &mut Authority,
) -> Result<(), Failure> {
    let own = governor.canister;
    let mut looked: Vec<(Principal, Power, Option<Principal>)> =
        targets.iter().map(|target| (target.canister, Power::Code, Some(own))).collect();
    looked.push((own, Power::Repair, recovery));
    for (canister, power, meant) in looked {
        for who in governor.client.controllers(canister).await? {
            let way = Way {
                power,
                target: Some(canister),
                who: Who::Alone { principal: who },
                shortest_ns: 0,
                is_weak: true,
            };
            if Some(who) != meant && !authority.ways.contains(&way) {
                authority.ways.push(way);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::Answers;

    #[tokio::test]
    async fn whoever_controls_a_canister_is_named_once() {
        let recovery = Principal::from_slice(&[3; 10]);
        let person = Principal::from_slice(&[4; 29]);
        let network = Answers::default().controlled_by(&[person, recovery]).grants();
        let known = Way {
            power: Power::Repair,
            target: Some(network.canister),
            who: Who::Alone { principal: person },
            shortest_ns: 0,
            is_weak: true,
        };
        let mut authority = Authority { epoch: 1, ways: vec![known.clone()] };
        complete(&network, &[], Some(recovery), &mut authority).await.expect("answers");
        assert_eq!(authority.ways, core::slice::from_ref(&known), "recovery is meant to");
        complete(&network, &[], None, &mut authority).await.expect("answers");
        let also = Way { who: Who::Alone { principal: recovery }, ..known.clone() };
        assert_eq!(authority.ways, [known, also]);
    }

    #[tokio::test]
    async fn only_governors_count() {
        let [one, other] = [1_u8, 2].map(|n| Principal::from_slice(&[n; 10]));
        let roles = vec![
            Held { role: portfolio::Role::Auditor, holder: other },
            Held { role: portfolio::Role::Governor, holder: one },
        ];
        let books = Answers::default().plain("list_roles", &roles).grants();
        assert_eq!(governors(&books, "portfolio").await, Ok(vec![one]));
        let failure = governors(&Answers::default().grants(), "registry").await;
        assert!(failure.expect_err("no answer").message.starts_with("registry: "));
    }
}
