//! One installed canister on a network, and its life: install, upgrade, stop, snapshot.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use candid::{CandidType, Encode, Principal};
use flate2::{Compression, write::GzEncoder};
use granary_api::{
    common::Profile,
    micro_grants::{Asset, InitArgs, InstallArgs, UpgradeArgs},
};
use granary_build::Artifact;
use pocket_ic::{CanisterSettings, PocketIc, RejectResponse};

use crate::{
    caller::Caller,
    client::MicroGrants,
    engine::Engine,
    people::{self, Who},
    subject::{CommonUpgrade, MICRO_GRANTS, Subject, UpgradeArg},
};

/// Cycles every canister starts with: enough for any test, so that a test about cycles must say so.
const CYCLES: u128 = 1_000_000_000_000_000;

/// The module of `micro_grants` as it is deployed.
///
/// # Panics
/// When it does not build; the message is the builder's.
pub fn wasm() -> Artifact {
    MICRO_GRANTS.artifact()
}

/// The same code under another module hash: a metadata section tells them apart. Releases in a row
/// take turns between two hashes, so that a server compiles two modules and not one for each.
///
/// # Panics
/// Never: a section fits a module that was just built.
pub fn next_wasm(number: usize) -> Vec<u8> {
    marked(&wasm(), number)
}

/// Packed modules by what they were built from and how they are marked.
type Packed = BTreeMap<([u8; 32], &'static str), Vec<u8>>;

/// The module with a section that says whether the number is odd, packed as a release is: it is
/// sent thousands of times.
///
/// # Panics
/// Never: a section fits a module that was just built.
pub fn marked(module: &Artifact, number: usize) -> Vec<u8> {
    static PACKED: Mutex<Packed> = Mutex::new(BTreeMap::new());
    let mark = if number.is_multiple_of(2) { "even" } else { "odd" };
    let mut packed = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = packed.entry((module.sha256, mark)).or_insert_with(|| {
        let section = [("test:mark", mark.as_bytes().to_vec())];
        let bytes =
            granary_build::with_public_sections(&module.bytes, &section).expect("a section fits");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).and_then(|()| encoder.finish()).expect("memory takes it")
    });
    known.clone()
}

/// Arguments of a first installation of `micro_grants`: short windows allowed, one person for
/// each role.
pub fn init_args() -> InitArgs {
    InitArgs {
        governor: Who::Governor.principal(),
        roles: people::roles(),
        profile: Profile::Testing,
        asset: Asset { symbol: "TUSD".to_owned(), decimals: 6, ledger: None },
        max_applications: None,
        importing: None,
    }
}

/// A point to return to.
#[derive(Debug, Clone)]
pub struct Snapshot(Vec<u8>);

/// One installed canister on a network that others may share. A copy of the value is the same
/// canister.
#[derive(Clone)]
pub struct World {
    network: Arc<PocketIc>,
    subject: &'static Subject,
    /// The canister under test.
    pub canister: Principal,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("subject", &self.subject.name)
            .field("canister", &self.canister)
            .finish_non_exhaustive()
    }
}

impl World {
    /// A fresh network with `micro_grants` installed with [`init_args`].
    pub fn new(localnet: &Path) -> Self {
        Self::of(localnet, &MICRO_GRANTS)
    }

    /// A fresh network with `micro_grants` installed with these arguments.
    pub fn with(localnet: &Path, args: InitArgs) -> Self {
        let world = Self::empty(localnet);
        world.install(args);
        world
    }

    /// A fresh network with this canister installed with its usual arguments.
    pub fn of(localnet: &Path, subject: &'static Subject) -> Self {
        let world = Self::bare(localnet, subject);
        world.install_encoded((subject.init)());
        world
    }

    /// A fresh network with an empty canister for `micro_grants`.
    pub fn empty(localnet: &Path) -> Self {
        Self::bare(localnet, &MICRO_GRANTS)
    }

    /// A fresh network with an empty canister that [`Who::Controller`] controls.
    pub fn bare(localnet: &Path, subject: &'static Subject) -> Self {
        Self::on(&Arc::new(Engine::shared(localnet).instance()), subject)
    }

    /// An empty canister on this network that [`Who::Controller`] controls.
    pub fn on(network: &Arc<PocketIc>, subject: &'static Subject) -> Self {
        let controller = Who::Controller.principal();
        let settings =
            CanisterSettings { controllers: Some(vec![controller]), ..CanisterSettings::default() };
        let canister = network.create_canister_with_settings(Some(controller), Some(settings));
        network.add_cycles(canister, CYCLES);
        Self { network: Arc::clone(network), subject, canister }
    }

    /// Installs `micro_grants` into the empty canister.
    pub fn install(&self, args: InitArgs) {
        self.install_encoded(encode(&InstallArgs::Init(args)));
    }

    /// Installs the module of the subject into the empty canister.
    pub fn install_encoded(&self, args: Vec<u8>) {
        self.network.install_canister(
            self.canister,
            self.subject.packed(),
            args,
            Some(Who::Controller.principal()),
        );
        // On a live network the first round comes by itself.
        self.settle();
    }

    /// The network below.
    pub fn network(&self) -> &PocketIc {
        &self.network
    }

    /// The network below, for another canister on it.
    pub const fn shared(&self) -> &Arc<PocketIc> {
        &self.network
    }

    /// Which canister this is.
    pub fn subject(&self) -> &'static Subject {
        self.subject
    }

    /// The canister as somebody sees it.
    pub fn caller(&self, who: Who) -> Caller<'_> {
        self.caller_principal(who.principal())
    }

    /// The canister as this principal sees it.
    pub fn caller_principal(&self, caller: Principal) -> Caller<'_> {
        Caller::new(self, caller)
    }

    /// `micro_grants` as somebody sees it.
    pub fn by(&self, who: Who) -> MicroGrants<'_> {
        self.by_principal(who.principal())
    }

    /// `micro_grants` as this principal sees it.
    pub fn by_principal(&self, caller: Principal) -> MicroGrants<'_> {
        MicroGrants::new(self, caller)
    }

    /// Upgrades to the same code under another hash, without arguments.
    pub fn upgrade(&self) {
        let module = self.subject.next(0);
        self.upgrade_to(module, None).unwrap_or_else(|reject| panic!("the upgrade: {reject}"));
    }

    /// Upgrades `micro_grants` to the same code with arguments.
    pub fn upgrade_with(&self, args: UpgradeArgs) -> Result<(), RejectResponse> {
        self.upgrade_to(self.subject.packed(), Some(args))
    }

    /// Upgrades to this module; the arguments are those of `micro_grants`.
    pub fn upgrade_to(
        &self,
        module: Vec<u8>,
        args: Option<UpgradeArgs>,
    ) -> Result<(), RejectResponse> {
        self.upgrade_encoded(module, encode(&args.map(InstallArgs::Upgrade)))
    }

    /// Upgrades any canister to this module with the arguments that all have.
    pub fn upgrade_common(
        &self,
        module: Vec<u8>,
        args: CommonUpgrade,
    ) -> Result<(), RejectResponse> {
        self.upgrade_encoded(module, encode(&Some(UpgradeArg::Upgrade(args))))
    }

    /// Upgrades to this module with these encoded arguments.
    pub fn upgrade_encoded(&self, module: Vec<u8>, args: Vec<u8>) -> Result<(), RejectResponse> {
        self.network.upgrade_canister(
            self.canister,
            module,
            args,
            Some(Who::Controller.principal()),
        )?;
        self.settle();
        Ok(())
    }

    /// Hash of the installed module, as whoever controls the canister sees it: after a hand-over
    /// that is no person any more.
    pub fn module_hash(&self) -> Vec<u8> {
        let controller = self.network.get_controllers(self.canister).first().copied();
        self.network
            .canister_status(self.canister, controller)
            .expect("a controller may ask for the status")
            .module_hash
            .expect("a module is installed")
    }

    /// Stops the canister.
    pub fn stop(&self) {
        self.network
            .stop_canister(self.canister, Some(Who::Controller.principal()))
            .expect("nothing keeps it from stopping");
    }

    /// Starts the canister.
    pub fn start(&self) {
        self.network
            .start_canister(self.canister, Some(Who::Controller.principal()))
            .expect("a stopped canister starts");
    }

    /// A point to return to.
    pub fn snapshot(&self) -> Snapshot {
        let taken = self
            .network
            .take_canister_snapshot(self.canister, Some(Who::Controller.principal()), None)
            .expect("a snapshot can be taken");
        Snapshot(taken.id)
    }

    /// A stopped copy of the canister as it was at the snapshot, on the same network.
    pub fn copy(&self, snapshot: &Snapshot) -> Self {
        let copy = Self::on(&self.network, self.subject);
        copy.stop();
        self.network
            .load_canister_snapshot(
                copy.canister,
                Some(Who::Controller.principal()),
                snapshot.0.clone(),
            )
            .expect("the controller of both may load it");
        copy
    }

    /// Forgets a snapshot: a canister keeps ten.
    pub fn forget(&self, snapshot: &Snapshot) {
        self.network
            .delete_canister_snapshot(
                self.canister,
                Some(Who::Controller.principal()),
                snapshot.0.clone(),
            )
            .expect("the snapshot is of this canister");
    }

    /// Returns code and state to the snapshot; the canister must be stopped on a real network.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.stop();
        self.network
            .load_canister_snapshot(
                self.canister,
                Some(Who::Controller.principal()),
                snapshot.0.clone(),
            )
            .expect("the snapshot is of this canister");
        self.start();
    }
}

/// Candid bytes of one argument.
pub fn encode<T: CandidType>(value: &T) -> Vec<u8> {
    Encode!(value).expect("a wire type encodes")
}
