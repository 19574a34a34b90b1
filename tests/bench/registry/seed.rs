//! Stable memory with many users, each with a wallet and some with a role.

use candid::Principal;
use granary_kernel::{Ctx, Profile};
use granary_tests::people::{Who, person};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use registry_core::{
    errors::RegistryError,
    records::{Address, Policies, Role},
    rules::grant_role::Input,
    store::{Install, Registration, Store},
    types::{Holder, PersonRole, UserId},
};

use crate::subject;

/// Time of the first registration: the network's earliest time and a day.
const BEGIN_NS: u64 = 1_620_414_000_000_000_000;
/// Between two registrations; fewer in an hour than may come.
const STEP_NS: u64 = 4_000_000_000;
const DAY_NS: u64 = 86_400_000_000_000;
/// One user in so many holds a role.
pub(crate) const ONE_ROLE_IN: u64 = 10;

/// A growing state.
pub(crate) struct Seed {
    memory: VectorMemory,
    store: Store<VectorMemory>,
    rows: u64,
}

impl Seed {
    /// An installed canister without users.
    pub(crate) fn new() -> Result<Self, String> {
        let memory = VectorMemory::default();
        let roles = [
            (Role::Registrar, Who::Registrar),
            (Role::Compliance, Who::Compliance),
            (Role::Service, Who::Service),
            (Role::Operator, Who::Operator),
        ];
        let common = granary_kernel::Install {
            governor: Who::Governor.principal(),
            roles: roles.map(|(role, who)| (role, who.principal())).to_vec(),
            profile: Profile::Testing,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        };
        let install = Install { common, policies: Policies::DEFAULT };
        let ctx = ctx(Who::Controller.principal(), BEGIN_NS - DAY_NS / 2);
        let store = Store::install(memory.clone(), install, &ctx).map_err(|e| e.to_string())?;
        Ok(Self { memory, store, rows: 0 })
    }

    fn add(&mut self, number: u64) -> Result<(), RegistryError> {
        let now = BEGIN_NS + number * STEP_NS;
        let registrar = ctx(Who::Registrar.principal(), now + 1);
        let themselves = ctx(user(number), now);
        let input = Registration { name: format!("Person number {number}"), identity: None };
        let id = self.store.register_user(&themselves, &input, None)?.id;
        self.store.activate_user(&registrar, id)?;
        let wallet = self.store.add_wallet(&themselves, account(number), "main", None)?.id;
        self.store.verify_wallet(&registrar, wallet, Some([7; 32]))?;
        if number.is_multiple_of(ONE_ROLE_IN) {
            let governor = ctx(Who::Governor.principal(), now + 2);
            self.store.grant_role(&governor, grant(id, now), None)?;
        }
        Ok(())
    }
}

impl subject::Seed for Seed {
    fn grow_to(&mut self, rows: u64) -> Result<(), String> {
        while self.rows < rows {
            self.add(self.rows).map_err(|error| granary_errors::Error::from(error).to_string())?;
            self.rows += 1;
        }
        Ok(())
    }

    fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    fn time_after(&self, rows: u64) -> u64 {
        BEGIN_NS + rows * STEP_NS + DAY_NS
    }
}

/// The identity of the user with this number, from 0.
pub(crate) fn user(number: u64) -> Principal {
    person(&format!("user {number}"))
}

/// A hundred days after everything that happened in a state with so many rows.
pub(crate) fn in_a_while(rows: u64) -> u64 {
    BEGIN_NS + rows * STEP_NS + 101 * DAY_NS
}

/// Where the money of the user with this number goes.
fn account(number: u64) -> Address {
    Address::Icrc { ledger: person("ledger"), owner: user(number), subaccount: [0; 32] }
}

fn grant(user: u64, now: u64) -> Input {
    Input {
        role: PersonRole::Reviewer,
        holder: Holder::User(UserId::from_wire(user).expect("a number of a user")),
        scope: String::new(),
        effective_at: None,
        expires_at: Timestamp::from_nanos(now).saturating_add(Duration::from_nanos(300 * DAY_NS)),
    }
}

fn ctx(actor: Principal, now_ns: u64) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now_ns), actor, trace_id: now_ns }
}
