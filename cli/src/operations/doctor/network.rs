//! The endpoint, whose signatures count there, and the canisters on it.

use candid::Principal;
use ic_management_canister_types::CanisterStatusType;

use super::Look;
use crate::{
    client::{
        Client,
        agent::{AgentClient, NO_CANISTER, PATIENCE},
        management,
    },
    exit::Exit,
    failure::Failure,
    operations::release::plan::MIN_CYCLES,
};

/// The endpoint and its root key. Without a key of its own this tool trusts whatever it names.
pub(crate) async fn endpoint(client: &AgentClient, trusted: Option<&[u8]>) -> Vec<Look> {
    let status = match client.reach(PATIENCE).await {
        Ok(status) => status,
        Err(failure) => return vec![Look::bad("endpoint", failure.message, failure.next)],
    };
    let key = trusted.map(|trusted| root_key(trusted, status.root_key.as_deref()));
    [Look::good("endpoint", status.engine)].into_iter().chain(key).collect()
}

fn root_key(trusted: &[u8], announced: Option<&[u8]>) -> Look {
    let area = "root key";
    match announced {
        None => Look::good(area, "the endpoint does not name its own"),
        Some(key) if key == trusted => {
            Look::good(area, "the endpoint names the one that is trusted")
        }
        Some(key) => Look::bad(
            area,
            "the endpoint names another one than is trusted here, so nothing it says is believed",
            format!("granary doctor --root-key {}, when you know it", hex::encode(key)),
        ),
    }
}

/// One canister: that it is there, who controls it, and what it lives on.
pub(crate) async fn canister<C: Client>(client: &C, name: &str, canister: Principal) -> Vec<Look> {
    let unknown = |failure: Failure| vec![Look::bad("canister", failure.message, failure.next)];
    let controllers = match client.controllers(canister).await {
        Ok(controllers) => controllers,
        Err(failure) if failure.code == NO_CANISTER => {
            let found = format!("{name} {canister} is not there any more");
            return vec![Look::bad("canister", found, format!("granary deploy {name}"))];
        }
        Err(failure) => return unknown(failure),
    };
    let own = client.principal();
    if !controllers.contains(&own) {
        let found = format!("{name} is not controlled by {own}, who is asking");
        return vec![Look::bad("controllers", found, "granary doctor --identity FILE")];
    }
    let status = match management::status(client, canister).await {
        Ok(status) => status,
        Err(failure) if failure.exit == Exit::Unreachable => return unknown(failure),
        Err(failure) => return unknown(failure.next(format!("granary health {name}"))),
    };
    let mut looks = Vec::new();
    if status.status != CanisterStatusType::Running {
        let found = format!("{name} is {:?} and not running", status.status).to_lowercase();
        looks.push(Look::bad("canister", found, "granary upgrade --resume"));
    }
    let cycles = u128::try_from(status.cycles.0).unwrap_or(u128::MAX);
    if cycles < MIN_CYCLES {
        let found = format!("{name} has {cycles} cycles");
        let fix = format!("icp canister top-up {name} --amount 2t");
        looks.push(Look::bad("cycles", found, fix));
    }
    if looks.is_empty() {
        let found = format!("{name} runs, is controlled by {own} and has {cycles} cycles");
        looks.push(Look::good("canister", found));
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::Answers;

    #[test]
    fn an_endpoint_that_names_another_key_is_a_finding() {
        assert_eq!(root_key(&[1], Some(&[1])).fix, None);
        assert_eq!(root_key(&[1], None).fix, None);
        let fix = root_key(&[1], Some(&[0xab])).fix;
        assert!(fix.is_some_and(|fix| fix.starts_with("granary doctor --root-key ab")));
    }

    #[tokio::test]
    async fn whoever_does_not_control_a_canister_is_told() {
        let remote = Answers::default().controlled_by(&[Principal::anonymous()]).grants();
        let looks = canister(&remote.client, "registry", remote.canister).await;
        assert_eq!(looks.len(), 1);
        assert_eq!((looks[0].area, looks[0].fix.is_some()), ("controllers", true), "{looks:?}");
        // A controller whom the management canister does not answer.
        let us = Principal::from_slice(&[7; 29]);
        let remote = Answers::default().controlled_by(&[us]).grants();
        let looks = canister(&remote.client, "registry", remote.canister).await;
        assert_eq!(looks[0].fix.as_deref(), Some("granary health registry"));
    }
}
