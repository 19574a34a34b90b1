//! The governor beside a deployed suite: installed once, then a controller of every canister, with
//! the role Governor in each.
//!
//! Everything is looked up first and done only where it is missing, so a run that was interrupted
//! is taken up by the next one, and a run over a finished suite changes nothing.

use candid::Principal;
use granary_api::{
    common::Profile,
    governor::{InitArgs, InstallArgs, MemberSpec, Permission, RoleGrant, Rules, TargetSpec},
};
use serde::Serialize;

use super::{authority, placement};
use crate::{
    client::{
        Client, management,
        remote::{Remote, encode},
    },
    duration,
    exit::Exit,
    failure::Failure,
    operations::release::plan::must_control,
    render::{Page, Report, page::Tone},
};

/// Who governs, by which rules, over what.
#[derive(Clone, Debug)]
pub(crate) struct Constitution {
    /// Holds the role Governor at the governor: whoever repairs it.
    pub(crate) repairs: Principal,
    pub(crate) roles: Vec<RoleGrant>,
    pub(crate) profile: Profile,
    pub(crate) members: Vec<Principal>,
    pub(crate) rules: Rules,
    /// Canisters of the suite, by name.
    pub(crate) targets: Vec<(&'static str, Principal)>,
}

/// A member with every permission, for ever.
pub(crate) fn full_member(principal: Principal) -> MemberSpec {
    use Permission::{Approve, Execute, Propose, Veto};
    let permissions = vec![Propose, Approve, Execute, Veto];
    MemberSpec { principal, permissions, weight: 1, expires_at_ns: None }
}

impl Constitution {
    /// The argument of the first install, in Candid.
    pub(crate) fn init_arg(&self) -> Result<Vec<u8>, Failure> {
        let target = |(name, canister): &(&'static str, Principal)| {
            let placement = placement::of(name)?;
            Some(TargetSpec { canister: *canister, placement })
        };
        encode(&InstallArgs::Init(InitArgs {
            governor: self.repairs,
            roles: self.roles.clone(),
            profile: self.profile,
            members: self.members.iter().copied().map(full_member).collect(),
            rules: Some(self.rules),
            recovery: None,
            methods: vec![],
            escalation: None,
            targets: self.targets.iter().filter_map(target).collect(),
            importing: None,
        }))
    }
}

/// Who brings canisters under the governor.
#[derive(Clone)]
pub(crate) struct Hands<C> {
    /// Controls them.
    pub(crate) controller: C,
    /// Holds the role Governor in each.
    pub(crate) person: C,
}

/// What was done about one canister.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Joined {
    pub(crate) name: String,
    pub(crate) canister: String,
    /// `added` or `unchanged`.
    pub(crate) controller: &'static str,
    /// `given` or `unchanged`.
    pub(crate) role: &'static str,
    /// False while the governor does not know it: members have to adopt it.
    pub(crate) is_target: bool,
}

/// Brings a canister under the governor: first as a controller, which is read back from the
/// certified state tree, then with the role. With `dry_run` it only says what would be done.
pub(crate) async fn join<C: Client>(
    hands: &Hands<C>,
    governor: Principal,
    name: &str,
    canister: Principal,
    dry_run: bool,
) -> Result<Joined, Failure> {
    let mut joined = Joined {
        name: name.to_owned(),
        canister: canister.to_text(),
        controller: "unchanged",
        role: "unchanged",
        is_target: true,
    };
    let controllers = hands.controller.controllers(canister).await?;
    if !controllers.contains(&governor) {
        must_control(&hands.controller, name, &controllers)?;
        joined.controller = "added";
    }
    if joined.controller == "added" && !dry_run {
        let more = [controllers.as_slice(), &[governor]].concat();
        management::set_controllers(&hands.controller, canister, more).await?;
        let now = hands.controller.controllers(canister).await?;
        if !now.contains(&governor) || controllers.iter().any(|one| !now.contains(one)) {
            let message = format!("the network does not say that the governor controls {name} too");
            return Err(Failure::new(Exit::Degraded, "cli.controllers", message)
                .next("granary governor deploy"));
        }
    }
    let remote = Remote { client: hands.person.clone(), canister };
    if !authority::governors(&remote, name).await?.contains(&governor) {
        joined.role = "given";
        if !dry_run {
            authority::say(&remote, name, governor, true).await?;
        }
    }
    Ok(joined)
}

/// What installing a governor came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Installed {
    pub(crate) dry_run: bool,
    pub(crate) network: String,
    /// Its id, or `new`.
    pub(crate) governor: String,
    /// `created`, `installed` or `unchanged`.
    pub(crate) action: &'static str,
    pub(crate) module_hash: String,
    pub(crate) members: Vec<String>,
    pub(crate) threshold: u32,
    pub(crate) min_delay: String,
    pub(crate) long_delay: String,
    pub(crate) observation: String,
    pub(crate) targets: Vec<Joined>,
    pub(crate) ids_file: Option<String>,
}

impl Installed {
    /// The report's words about the rules.
    pub(crate) fn with_rules(mut self, rules: &Rules) -> Self {
        self.threshold = rules.threshold;
        self.min_delay = duration::format(rules.min_delay_ns);
        self.long_delay = duration::format(rules.long_delay_ns);
        self.observation = duration::format(rules.observation_ns);
        self
    }
}

impl Report for Installed {
    const SCHEMA: &'static str = "granary.governor/1";

    fn text(&self, page: &mut Page) {
        let action = page.paint(Tone::Good, self.action);
        let would = if self.dry_run { "would be " } else { "" };
        page.line(format!("{would}{action} governor {} on {}", self.governor, self.network));
        page.field("module hash", &self.module_hash);
        page.field("members", format!("{}, {} approve", self.members.len(), self.threshold));
        page.field("timelock", format!("{}, {} for rules", self.min_delay, self.long_delay));
        page.field("observed for", &self.observation);
        let row = |one: &Joined| {
            let known = if one.is_target { "target" } else { "to be adopted" };
            [&one.name, one.controller, one.role, known].map(ToOwned::to_owned).to_vec()
        };
        let rows: Vec<_> = self.targets.iter().map(row).collect();
        page.table(&["canister", "controller", "role", "governor knows"], &[], &rows);
        for one in self.targets.iter().filter(|one| !one.is_target) {
            page.field("next", format!("granary proposal create adopt {}", one.name));
        }
        if let Some(file) = &self.ids_file {
            page.line(format!("noted in {file}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use granary_api::{common::Receipt, portfolio};

    use super::*;
    use crate::{client::fake::Answers, operations::wiring::Held};

    fn canister(number: u8) -> Principal {
        Principal::from_slice(&[number; 10])
    }

    fn hands(
        remote: &Remote<crate::client::fake::FakeClient>,
    ) -> Hands<crate::client::fake::FakeClient> {
        Hands { controller: remote.client.clone(), person: remote.client.clone() }
    }

    #[tokio::test]
    async fn a_canister_that_is_under_the_governor_is_left_alone() {
        let held = vec![Held { role: portfolio::Role::Governor, holder: canister(5) }];
        let books = Answers::default()
            .controlled_by(&[canister(5), canister(6)])
            .plain("list_roles", &held)
            .grants();
        let joined = join(&hands(&books), canister(5), "portfolio", books.canister, false).await;
        let joined = joined.expect("nothing to do");
        assert_eq!((joined.controller, joined.role), ("unchanged", "unchanged"));
        let sent: Vec<_> = books.client.sent().iter().map(|(method, _)| *method).collect();
        assert_eq!(sent, ["list_roles"]);
    }

    #[tokio::test]
    async fn the_role_is_given_where_it_is_missing() {
        let none: Vec<Held<portfolio::Role>> = vec![];
        let receipt = Ok(Receipt { id: 0, event: 0, at_ns: 0 });
        let books = Answers::default()
            .controlled_by(&[canister(5)])
            .plain("list_roles", &none)
            .result("set_role", &receipt)
            .grants();
        let joined = join(&hands(&books), canister(5), "portfolio", books.canister, false).await;
        assert_eq!(joined.map(|joined| joined.role), Ok("given"));
    }

    #[tokio::test]
    async fn controllers_are_added_to_and_read_back() {
        use ic_management_canister_types::UpdateSettingsArgs;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let own = Principal::from_slice(&[7; 29]);
        let books = Answers::default()
            .controlled_by(&[own, canister(6)])
            .raw("update_settings", move |arg| {
                let args: UpdateSettingsArgs = candid::decode_one(arg).expect("arguments");
                let wanted = args.settings.controllers.unwrap_or_default();
                *seen.lock().expect("nobody panicked") = wanted;
                Ok(candid::encode_args(()).expect("encodes"))
            })
            .grants();
        let failure = join(&hands(&books), canister(5), "portfolio", books.canister, false).await;
        // The fake network goes on naming the old ones, which is noticed.
        assert_eq!(failure.expect_err("it is read back").code, "cli.controllers");
        let wanted = asked.lock().expect("nobody panicked").clone();
        assert_eq!(wanted, [own, canister(6), canister(5)], "nobody is taken out");
    }

    #[tokio::test]
    async fn somebody_elses_canister_is_refused() {
        let theirs = Answers::default().controlled_by(&[canister(6)]).grants();
        let failure = join(&hands(&theirs), canister(5), "registry", theirs.canister, false).await;
        assert_eq!(failure.expect_err("not ours").code, "cli.not_controller");
        assert_eq!(theirs.client.sent(), []);
    }

    #[test]
    fn the_first_argument_names_members_and_places() {
        let constitution = Constitution {
            repairs: canister(1),
            roles: vec![],
            profile: Profile::Testing,
            members: vec![canister(2), canister(3), canister(4)],
            rules: super::super::rules::testing(3),
            targets: vec![("registry", canister(8)), ("micro_grants", canister(9))],
        };
        let bytes = constitution.init_arg().expect("encodes");
        let InstallArgs::Init(args) = candid::decode_one(&bytes).expect("decodes") else {
            panic!("a first install takes Init")
        };
        assert_eq!(args.members.len(), 3);
        assert!(args.members.iter().all(|one| one.permissions.len() == 4));
        assert_eq!(args.rules.map(|rules| rules.threshold), Some(2));
        let places: Vec<_> = args.targets.iter().map(|one| one.placement.phase).collect();
        assert_eq!(places, [1, 2]);
    }
}
