//! The last person's way around the governor, closed (V16).
//!
//! First every canister is looked at: the governor controls it, holds the role Governor in it, and
//! knows it. Only then, canister by canister, the person gives the role back and afterwards the
//! control. Each of the two steps may be repeated.

use candid::Principal;
use granary_api::governor::Target;
use serde::Serialize;

use super::{authority, install::Hands};
use crate::{
    client::{Client, management, remote::Remote},
    exit::Exit,
    failure::Failure,
    operations::release::plan::must_control,
    render::{Page, Report, page::Tone},
};

/// What a hand-over does to one canister.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Handed {
    pub(crate) name: String,
    pub(crate) canister: String,
    /// Who gives the role Governor back.
    pub(crate) roles_revoked: Vec<String>,
    /// Who controls it no longer.
    pub(crate) controllers_removed: Vec<String>,
}

/// One canister as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    handed: Handed,
    canister: Principal,
    people: Vec<Principal>,
    others: Vec<Principal>,
}

/// Looks at every canister; refuses when one of them could be lost. Nothing is changed.
pub(crate) async fn look<C: Client>(
    hands: &Hands<C>,
    governor: Principal,
    targets: &[Target],
    suite: &[(&'static str, Principal)],
) -> Result<Vec<Seen>, Failure> {
    let mut seen = Vec::new();
    for (name, canister) in suite {
        if !targets.iter().any(|target| target.canister == *canister) {
            let message = format!("the governor does not know {name}, so nobody could upgrade it");
            return Err(Failure::new(Exit::Refused, "cli.not_adopted", message)
                .next(format!("granary proposal create adopt {name}")));
        }
        let controllers = hands.controller.controllers(*canister).await?;
        if !controllers.contains(&governor) {
            let message = format!("the governor does not control {name}, so nobody would");
            return Err(Failure::new(Exit::Refused, "cli.not_controller", message)
                .next("granary governor deploy"));
        }
        let remote = Remote { client: hands.person.clone(), canister: *canister };
        let governors = authority::governors(&remote, name).await?;
        if !governors.contains(&governor) {
            let message = format!("the governor does not hold the role Governor in {name}");
            return Err(Failure::new(Exit::Refused, "cli.not_governor", message)
                .next("granary governor deploy"));
        }
        let without = |all: Vec<Principal>| -> Vec<Principal> {
            all.into_iter().filter(|one| *one != governor).collect()
        };
        let (people, others) = (without(governors), without(controllers.clone()));
        if !others.is_empty() {
            must_control(&hands.controller, name, &controllers)?;
        }
        let texts = |all: &[Principal]| all.iter().map(Principal::to_text).collect();
        let handed = Handed {
            name: (*name).to_owned(),
            canister: canister.to_text(),
            roles_revoked: texts(&people),
            controllers_removed: texts(&others),
        };
        seen.push(Seen { handed, canister: *canister, people, others });
    }
    Ok(seen)
}

/// What would be done.
pub(crate) fn plan(seen: &[Seen]) -> Vec<Handed> {
    seen.iter().map(|one| one.handed.clone()).collect()
}

/// Gives roles and control back. The person who acts gives the own role back last, because
/// afterwards nothing of this is allowed any more.
pub(crate) async fn carry_out<C: Client>(
    hands: &Hands<C>,
    governor: Principal,
    seen: &[Seen],
) -> Result<(), Failure> {
    let own = hands.person.principal();
    for one in seen {
        let remote = Remote { client: hands.person.clone(), canister: one.canister };
        let name = &one.handed.name;
        let (own, others): (Vec<Principal>, Vec<Principal>) =
            one.people.iter().copied().partition(|who| *who == own);
        for who in others.into_iter().chain(own) {
            authority::say(&remote, name, who, false).await?;
        }
        if one.others.is_empty() {
            continue;
        }
        // Looked at again just before: the last controller is never removed.
        if !hands.controller.controllers(one.canister).await?.contains(&governor) {
            let message = format!("the governor does not control {name} any more");
            return Err(Failure::new(Exit::Degraded, "cli.controllers", message)
                .next("granary governor deploy"));
        }
        management::set_controllers(&hands.controller, one.canister, vec![governor]).await?;
        let now = hands.controller.controllers(one.canister).await?;
        if now != [governor] {
            let message =
                format!("the network does not say that the governor alone controls {name}");
            return Err(Failure::new(Exit::Degraded, "cli.controllers", message)
                .next("granary governor handover"));
        }
    }
    Ok(())
}

/// What a hand-over came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Handover {
    pub(crate) dry_run: bool,
    pub(crate) governor: String,
    pub(crate) canisters: Vec<Handed>,
    /// Who controls the governor itself: they can replace its code without asking anybody.
    pub(crate) governor_controllers: Vec<String>,
}

impl Report for Handover {
    const SCHEMA: &'static str = "granary.handover/1";

    fn text(&self, page: &mut Page) {
        let word = if self.dry_run {
            page.paint(Tone::Warning, "would be handed over")
        } else {
            page.paint(Tone::Good, "handed over")
        };
        page.line(format!("{word} to the governor {}", self.governor));
        let list =
            |all: &[String]| if all.is_empty() { "nobody".to_owned() } else { all.join(" ") };
        for one in &self.canisters {
            page.title(&one.name);
            page.field("loses role", list(&one.roles_revoked));
            page.field("loses control", list(&one.controllers_removed));
        }
        page.title("what stays possible");
        page.field("members", "change the suite by proposals: granary policy explain");
        for who in &self.governor_controllers {
            page.field("still", format!("{who} can replace the governor's own code"));
        }
    }
}

#[cfg(test)]
mod tests {
    use granary_api::portfolio;

    use super::*;
    use crate::{
        client::fake::{Answers, FakeClient},
        operations::{govern::placement, wiring::Held},
    };

    fn canister(number: u8) -> Principal {
        Principal::from_slice(&[number; 10])
    }

    fn target(canister: Principal) -> Target {
        let bytes = candid::encode_one(Bare {
            canister,
            placement: placement::of("portfolio").expect("placed"),
            schema: 1,
            other_controllers: vec![],
            adopted_at_ns: 1,
        });
        candid::decode_one(&bytes.expect("encodes")).expect("absent fields are none")
    }

    /// What every version of the interface has.
    #[derive(candid::CandidType)]
    struct Bare {
        canister: Principal,
        placement: granary_api::governor::Placement,
        schema: u32,
        other_controllers: Vec<Principal>,
        adopted_at_ns: u64,
    }

    async fn looked(
        controllers: &[Principal],
        governors: &[Principal],
        known: bool,
    ) -> Result<Vec<Handed>, Failure> {
        let governor = canister(5);
        let roles: Vec<_> = governors
            .iter()
            .map(|holder| Held { role: portfolio::Role::Governor, holder: *holder })
            .collect();
        let books: Remote<FakeClient> =
            Answers::default().controlled_by(controllers).plain("list_roles", &roles).grants();
        let hands = Hands { controller: books.client.clone(), person: books.client.clone() };
        let targets = if known { vec![target(books.canister)] } else { vec![] };
        let suite = [("portfolio", books.canister)];
        look(&hands, governor, &targets, &suite).await.map(|seen| plan(&seen))
    }

    #[tokio::test]
    async fn v16_nobody_lets_go_before_the_governor_holds() {
        let (own, governor) = (Principal::from_slice(&[7; 29]), canister(5));
        let code = |result: Result<Vec<Handed>, Failure>| result.expect_err("refused").code;
        assert_eq!(code(looked(&[own, governor], &[governor], false).await), "cli.not_adopted");
        assert_eq!(code(looked(&[own], &[own, governor], true).await), "cli.not_controller");
        assert_eq!(code(looked(&[own, governor], &[own], true).await), "cli.not_governor");
        let plan = looked(&[own, governor], &[own, governor], true).await.expect("all is there");
        assert_eq!(plan[0].roles_revoked, [own.to_text()]);
        assert_eq!(plan[0].controllers_removed, [own.to_text()]);
        let over = looked(&[governor], &[governor], true).await.expect("it was handed over");
        assert!(over[0].roles_revoked.is_empty() && over[0].controllers_removed.is_empty());
        // Somebody else is a controller too, and whoever asks is not.
        assert_eq!(
            code(looked(&[canister(6), governor], &[governor], true).await),
            "cli.not_controller"
        );
    }
}
