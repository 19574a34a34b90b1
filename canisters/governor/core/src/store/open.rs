//! Installing and upgrading.

use granary_kernel::{Base, OpenFault, open};
use ic_stable_structures::Memory;

use crate::errors::{GovernorError, InputFault};
use crate::limits;
use crate::records::{
    Config, Escalation, MemberSpec, Method, Open, Placement, Recovery, Role, Rules, Target, Totals,
};
use crate::rules::{Ctx, constitution};
use crate::store::{Store, keys};
use crate::types::Principal;

/// What a first install is given.
#[derive(Clone, Debug)]
pub struct Install {
    /// What every canister is given.
    pub common: granary_kernel::Install<Role>,
    /// This canister.
    pub own: Principal,
    /// Who governs.
    pub members: Vec<MemberSpec>,
    /// The rules of deciding.
    pub rules: Rules,
    /// Who repairs this canister.
    pub recovery: Option<Recovery>,
    /// What `CallRegisteredMethod` may call.
    pub methods: Vec<Method>,
    /// Whom to call.
    pub escalation: Escalation,
    /// Canisters this one controls from the first moment.
    pub targets: Vec<(Principal, Placement)>,
}

/// What an upgrade is given.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// What every canister is given.
    pub common: granary_kernel::Upgrade,
}

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, install: Install, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Install { common, own, members, rules, recovery, methods, escalation, targets } =
            install;
        let configure = |base: Base| {
            constitution::check_rules(&rules, base.profile)?;
            let (threshold, voting) = (rules.threshold, rules.voting);
            constitution::check_members(&members, threshold, voting, &own, ctx.now)?;
            if let Some(Recovery { committee, quorum, .. }) = &recovery {
                let people: Vec<_> = members.iter().map(|member| member.principal).collect();
                constitution::check_recovery(committee, *quorum, &people, &own)?;
            }
            let members = constitution::seated(&members, &[], 1, ctx.now);
            let (epoch, pending) = (1, None);
            Ok::<_, GovernorError>(Config {
                base,
                epoch,
                members,
                rules,
                pending,
                recovery,
                methods,
                escalation,
                own,
            })
        };
        let rows = first_targets(&targets, &own, ctx).map_err(OpenFault::arguments)?;
        open::install(memory, common, ctx, configure, |store: &mut Self| {
            store.totals.push(&Totals::default())?;
            store.open.push(&Open::default())?;
            for (canister, target) in rows {
                store
                    .targets
                    .insert(keys::principal(&canister), granary_stable::record::Stored(target));
            }
            Ok(())
        })
    }

    /// Opens existing state with new code.
    pub fn upgrade(memory: M, upgrade: Upgrade, ctx: &Ctx) -> Result<Self, OpenFault> {
        open::upgrade(memory, upgrade.common, ctx, Ok::<_, GovernorError>)
    }
}

fn first_targets(
    targets: &[(Principal, Placement)],
    own: &Principal,
    ctx: &Ctx,
) -> Result<Vec<(Principal, Target)>, GovernorError> {
    let canisters: Vec<_> = targets.iter().map(|(canister, _)| *canister).collect();
    granary_kernel::checks::people("targets", &canisters, limits::MAX_TARGETS)?;
    if canisters.contains(own) {
        return Err(crate::errors::AccessFault::SelfTarget.into());
    }
    let names: std::collections::BTreeSet<_> = targets.iter().map(|(_, at)| &at.name).collect();
    if names.len() != targets.len() {
        let problem = "give two canisters one name";
        return Err(InputFault::Payload { field: "targets", problem }.into());
    }
    let row = |(canister, placement): &(Principal, Placement)| {
        (*canister, Target::adopted(placement.clone(), ctx.now))
    };
    Ok(targets.iter().map(row).collect())
}
