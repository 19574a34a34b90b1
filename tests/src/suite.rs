//! The canisters of the suite on one network, told about each other as an operator would.

use std::{path::Path, sync::Arc};

use granary_api::{portfolio, registry};

use crate::{
    engine::Engine,
    people::Who,
    reply::Expect,
    subject::{MICRO_GRANTS, PORTFOLIO, REGISTRY, SetRole},
    world::World,
};

/// One network with the whole suite.
#[derive(Debug)]
pub struct Suite {
    /// People.
    pub registry: World,
    /// The books.
    pub portfolio: World,
    /// Spending programmes; asks `registry` about people.
    pub micro_grants: World,
}

impl Suite {
    /// A fresh network with every canister of the suite installed and wired.
    ///
    /// # Panics
    /// When a canister does not build, or refuses what wires it.
    pub fn new(localnet: &Path) -> Self {
        let network = Arc::new(Engine::shared(localnet).instance());
        let [registry, portfolio, micro_grants] =
            [&REGISTRY, &PORTFOLIO, &MICRO_GRANTS].map(|subject| {
                let world = World::on(&network, subject);
                world.install_encoded((subject.init)());
                world
            });
        let suite = Self { registry, portfolio, micro_grants };
        suite.wire();
        suite
    }

    /// Tells each canister where the others are, and gives each the roles its calls need.
    fn wire(&self) {
        let service = SetRole {
            role: registry::Role::Service,
            holder: self.micro_grants.canister,
            granted: true,
        };
        let governor = self.registry.caller(Who::Governor);
        governor.receipt("set_role", &service).value("micro_grants asks registry");
        let governor = self.micro_grants.caller(Who::Governor);
        governor.set_peer("registry", Some(self.registry.canister)).value("where registry is");
        let reader = SetRole {
            role: portfolio::Role::Reader,
            holder: self.micro_grants.canister,
            granted: true,
        };
        let governor = self.portfolio.caller(Who::Governor);
        governor.receipt("set_role", &reader).value("micro_grants reads the books");
    }

    /// Every canister of the suite.
    pub fn worlds(&self) -> [&World; 3] {
        [&self.registry, &self.portfolio, &self.micro_grants]
    }
}
