//! A network and its canisters for the tests of the flows: all of them answer alike, and what they
//! were asked is written down.

use core::cell::RefCell;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use candid::{Nat, Principal};
use granary_api::common as c;
use granary_env::call::Answer;
use serde_bytes::ByteBuf;

use crate::ports::network::{
    Change, ChunkHash, Created, DefiniteSettings, InfoReply, InstallArgs, Origin, Settings,
    SnapshotReply, StatusKind, StatusReply, Visibility,
};
use crate::ports::{Fleet, Reply};

/// How everybody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As asked.
    Good,
    /// Nothing was done.
    Refusing,
    /// Nobody knows.
    Silent,
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Fakes {
    pub(crate) mood: Mood,
    /// What was asked, in order.
    pub(crate) asked: RefCell<Vec<String>>,
    /// What a call that was voted for is answered.
    pub(crate) bytes: Vec<u8>,
}

impl Fakes {
    pub(crate) fn new(mood: Mood) -> Self {
        Self { mood, asked: RefCell::default(), bytes: b"DIDL\0\0".to_vec() }
    }

    fn say<T>(&self, what: String, good: T) -> Answer<T> {
        self.asked.borrow_mut().push(what);
        match self.mood {
            Mood::Good => Answer::Done(good),
            Mood::Refusing => Answer::NotApplied { reason: "no".to_owned() },
            Mood::Silent => Answer::Unknown { reason: "?".to_owned() },
        }
    }
}

/// A future of fakes never waits.
pub(crate) fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a fake waited"),
    }
}

pub(crate) fn canister(n: u8) -> Principal {
    Principal::from_slice(&[n, 1])
}

pub(crate) fn receipt() -> c::Receipt {
    c::Receipt { id: 1, event: 2, at_ns: 3 }
}

/// A canister that runs code 7 under controllers 1 and 2, freezes below ten days of 1,000 cycles.
pub(crate) fn status_reply() -> StatusReply {
    StatusReply {
        status: StatusKind::Running,
        module_hash: Some(ByteBuf::from([7; 32])),
        settings: DefiniteSettings {
            controllers: vec![canister(1), canister(2)],
            compute_allocation: Nat::from(1_u8),
            memory_allocation: Nat::from(2_u8),
            freezing_threshold: Nat::from(864_000_u32),
            reserved_cycles_limit: Nat::from(4_u8),
            log_visibility: Some(Visibility::Public),
            snapshot_visibility: Some(Visibility::Controllers),
            wasm_memory_limit: Nat::from(5_u8),
            wasm_memory_threshold: Some(Nat::from(6_u8)),
        },
        cycles: Nat::from(50_000_u32),
        idle_cycles_burned_per_day: Nat::from(1_000_u32),
    }
}

fn snapshot_reply() -> SnapshotReply {
    SnapshotReply { id: ByteBuf::from([9, 9]), taken_at_timestamp: 11, total_size: 12 }
}

impl Fleet for Fakes {
    async fn status(&self, canister: Principal) -> Answer<StatusReply> {
        self.say(format!("status {canister}"), status_reply())
    }

    async fn info(&self, canister: Principal, changes: u64) -> Answer<InfoReply> {
        let controllers = vec![self::canister(1)];
        let module_hash = Some(ByteBuf::from([7; 32]));
        let origin = Origin::Canister { canister_id: self::canister(3) };
        let (total_num_changes, recent_changes) = (5, vec![Change { timestamp_nanos: 9, origin }]);
        let good = InfoReply { total_num_changes, recent_changes, module_hash, controllers };
        self.say(format!("info {canister} {changes}"), good)
    }

    async fn clear_chunks(&self, canister: Principal) -> Answer<()> {
        self.say(format!("clear {canister}"), ())
    }

    async fn upload_chunk(&self, canister: Principal, chunk: Vec<u8>) -> Answer<ChunkHash> {
        let hash = ByteBuf::from([8; 32]);
        self.say(format!("upload {canister} {chunk:?}"), ChunkHash { hash })
    }

    async fn stop(&self, canister: Principal) -> Answer<()> {
        self.say(format!("stop {canister}"), ())
    }

    async fn start(&self, canister: Principal) -> Answer<()> {
        self.say(format!("start {canister}"), ())
    }

    async fn snapshots(&self, canister: Principal) -> Answer<Vec<SnapshotReply>> {
        self.say(format!("snapshots {canister}"), vec![snapshot_reply()])
    }

    async fn take_snapshot(
        &self,
        canister: Principal,
        replace: Option<Vec<u8>>,
    ) -> Answer<SnapshotReply> {
        self.say(format!("take {canister} {replace:?}"), snapshot_reply())
    }

    async fn delete_snapshot(&self, canister: Principal, snapshot: Vec<u8>) -> Answer<()> {
        self.say(format!("delete snapshot {canister} {snapshot:?}"), ())
    }

    async fn load_snapshot(&self, canister: Principal, snapshot: Vec<u8>) -> Answer<()> {
        self.say(format!("load {canister} {snapshot:?}"), ())
    }

    async fn install(&self, args: &InstallArgs) -> Answer<()> {
        let chunks: Vec<u8> = args.chunk_hashes_list.iter().map(|one| one.hash[0]).collect();
        let text = format!(
            "install {} {:?} {chunks:?} {} {:?}",
            args.target_canister, args.mode, args.wasm_module_hash[0], args.arg
        );
        self.say(text, ())
    }

    async fn create(&self, cycles: u128) -> Answer<Created> {
        self.say(format!("create {cycles}"), Created { canister_id: canister(77) })
    }

    async fn delete(&self, canister: Principal) -> Answer<()> {
        self.say(format!("delete {canister}"), ())
    }

    async fn set(&self, canister: Principal, settings: Settings) -> Answer<()> {
        let Settings { controllers, freezing_threshold, log_visibility, .. } = settings;
        let what = (controllers, freezing_threshold, log_visibility);
        self.say(format!("set {canister} {what:?}"), ())
    }

    async fn version(&self, canister: Principal) -> Answer<c::Version> {
        let good = c::Version {
            version: "1.2.3".to_owned(),
            schema: 4,
            git_commit: String::new(),
            installed_at_ns: 0,
            upgraded_at_ns: 0,
            upgrade_count: 0,
            canister_version: 0,
            rehearsal: None,
        };
        self.say(format!("version {canister}"), good)
    }

    async fn prepare_upgrade(
        &self,
        canister: Principal,
        args: c::PrepareUpgradeArgs,
    ) -> Reply<c::Receipt> {
        let what = format!("prepare {canister} {} {}", args.epoch, args.deadline_ns);
        self.say(what, Ok(receipt()))
    }

    async fn drain(&self, canister: Principal) -> Answer<c::DrainStatus> {
        let state = c::DrainState::Draining;
        let (epoch, deadline_ns) = (3, 4);
        let good =
            c::DrainStatus { state, epoch, deadline_ns, jobs_running: 2, calls_outstanding: 1 };
        self.say(format!("drain {canister}"), good)
    }

    async fn health(&self, canister: Principal) -> Answer<c::Health> {
        let good = c::Health {
            status: c::HealthStatus::Critical,
            version: String::new(),
            schema: 4,
            mode: c::Mode::Full,
            reasons: vec!["jobs: late".to_owned(), "memory: full".to_owned()],
        };
        self.say(format!("health {canister}"), good)
    }

    async fn validate(
        &self,
        canister: Principal,
        args: c::ValidateStateArgs,
    ) -> Reply<c::ValidationReport> {
        let one = c::Violation {
            rule: "C1".to_owned(),
            entity: "event".to_owned(),
            id: 6,
            message: "wrong".to_owned(),
        };
        let next = Some(ByteBuf::from([5]));
        let good = c::ValidationReport { violations: vec![one], checked: 9, next };
        let cursor = args.cursor.map(ByteBuf::into_vec);
        self.say(format!("validate {canister} {cursor:?} {}", args.max_items), Ok(good))
    }

    async fn migration(&self, canister: Principal) -> Answer<c::MigrationStatus> {
        let phase = String::new();
        let good = c::MigrationStatus { schema: 1, target: 2, phase, done: 3, total: 4 };
        self.say(format!("migration {canister}"), good)
    }

    async fn digest(
        &self,
        canister: Principal,
        args: c::GetStateDigestArgs,
    ) -> Reply<c::StateDigest> {
        let cursor = args.cursor.map(ByteBuf::into_vec);
        let next = cursor.is_none().then(|| ByteBuf::from([1]));
        let good = c::StateDigest { digest: ByteBuf::from([6; 32]), records: 7, next };
        self.say(format!("digest {canister} {cursor:?}"), Ok(good))
    }

    async fn head(&self, canister: Principal) -> Answer<c::CertifiedHead> {
        let head = ByteBuf::from([3; 32]);
        let good = c::CertifiedHead { length: 8, head, certificate: None, witness: None };
        self.say(format!("head {canister}"), good)
    }

    async fn resume(&self, canister: Principal, args: c::ResumeArgs) -> Reply<c::Receipt> {
        let what = format!("resume {canister} {} {}", args.epoch, args.restored);
        self.say(what, Ok(receipt()))
    }

    async fn resume_jobs(&self, canister: Principal) -> Reply<c::Receipt> {
        self.say(format!("wake {canister}"), Ok(receipt()))
    }

    async fn dependencies(&self, canister: Principal) -> Reply<c::DependencyReport> {
        let one = |name: &str, status| c::Dependency {
            name: name.to_owned(),
            canister: None,
            status,
            reason: "silent".to_owned(),
            version: None,
            latency_ns: 0,
            checked_at_ns: 0,
        };
        let dependencies =
            vec![one("books", c::HealthStatus::Critical), one("guard", c::HealthStatus::Degraded)];
        let overall = c::HealthStatus::Critical;
        let good = c::DependencyReport { overall, dependencies };
        self.say(format!("connect {canister}"), Ok(good))
    }

    async fn call(&self, canister: Principal, method: &str, _: Vec<u8>) -> Answer<Vec<u8>> {
        self.say(format!("call {canister} {method}"), self.bytes.clone())
    }
}
