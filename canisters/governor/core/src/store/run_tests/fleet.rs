//! Canisters and the network's management of them, in memory.

use std::collections::{BTreeMap, BTreeSet};

use granary_resilience::failure::{Failure, FailureKind};

use crate::records::CanisterSettings;
use crate::records::run::RunKind;
use crate::rules::run::ask::{
    Ask, Digested, Drain, Drained, Health, Held, Life, Migration, Outcome, Status, Validated,
    Version,
};
use crate::store::Ticket;
use crate::types::{Hash, Principal, Timestamp};

/// What code does.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is another way to fail")]
pub(super) struct Code {
    pub(super) schema: u32,
    /// Slices its migration takes.
    pub(super) slices: u64,
    /// Slice behind which the migration stands still.
    pub(super) stalls_at: Option<u64>,
    /// Its upgrade traps.
    pub(super) traps: bool,
    pub(super) sick: bool,
    pub(super) violates: bool,
    pub(super) cut_off: bool,
    /// It changes what it should keep.
    pub(super) spoils: bool,
}

impl Code {
    pub(super) const fn good(schema: u32) -> Self {
        Self {
            schema,
            slices: 0,
            stalls_at: None,
            traps: false,
            sick: false,
            violates: false,
            cut_off: false,
            spoils: false,
        }
    }
}

/// What a snapshot keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) module: Option<Hash>,
    pub(super) schema: u32,
    /// What was done so far, in a number.
    pub(super) state: u64,
    pub(super) drain: Option<u64>,
    pub(super) last_epoch: u64,
    pub(super) migrated: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Canister {
    pub(super) life: Life,
    pub(super) memory: Memory,
    pub(super) controllers: Vec<Principal>,
    pub(super) cycles: u128,
    pub(super) settings: CanisterSettings,
    pub(super) snapshots: Vec<(Vec<u8>, Timestamp, Memory)>,
    pub(super) chunks: BTreeSet<Hash>,
    pub(super) events: u64,
    /// It does not finish its work.
    pub(super) busy: bool,
    /// It does not stop.
    pub(super) hangs: bool,
    /// It knows none of the suite's methods.
    pub(super) silent: bool,
    /// Restores with forced reconciliation.
    pub(super) reconciled: u32,
    /// Wakings of its jobs.
    pub(super) woken: u32,
}

pub(super) struct Fleet {
    pub(super) now: Timestamp,
    pub(super) own: Principal,
    pub(super) canisters: BTreeMap<Principal, Canister>,
    pub(super) codes: BTreeMap<Hash, Code>,
    pub(super) chunks_of: BTreeMap<Hash, Vec<Hash>>,
    pub(super) next: u64,
    pub(super) called: Vec<String>,
}

fn refuse(why: &str) -> Failure {
    Failure::new(FailureKind::Permanent, why)
}

impl Fleet {
    /// Does what is asked, as the network and the canisters would.
    pub(super) fn ask(&mut self, ticket: &Ticket) -> Outcome {
        let peer = ticket.peer;
        if let Ask::CreateCanister { cycles } = &ticket.ask {
            return Outcome::Created(Ok(self.create(*cycles)));
        }
        let own = self.own;
        let Some(canister) = self.canisters.get(&peer) else {
            return match ticket.ask {
                Ask::Status => Outcome::Status(Ok(None)),
                _ => Outcome::Done(Err(refuse("no such canister"))),
            };
        };
        if !canister.controllers.contains(&own) && is_management(&ticket.ask) {
            return refused(&ticket.ask, "not a controller");
        }
        if !is_management(&ticket.ask) && canister.silent {
            return refused(&ticket.ask, "no such method");
        }
        if !is_management(&ticket.ask) && canister.life != Life::Running {
            return refused(&ticket.ask, "it does not run");
        }
        self.do_it(ticket)
    }

    fn do_it(&mut self, ticket: &Ticket) -> Outcome {
        let (peer, ask) = (ticket.peer, &ticket.ask);
        match ask {
            Ask::Status => Outcome::Status(Ok(Some(self.status(peer)))),
            Ask::Snapshots => Outcome::Snapshots(Ok(self.held(peer))),
            Ask::TakeSnapshot { replace } => {
                let stands = self.at(peer).life == Life::Stopped;
                assert!(stands || ticket.kind == RunKind::Rehearsal, "K15: {ticket:?}");
                self.take(peer, replace.as_deref())
            }
            Ask::LoadSnapshot { snapshot } => {
                assert_eq!(self.at(peer).life, Life::Stopped, "K14: {ticket:?}");
                self.load(peer, snapshot)
            }
            Ask::Install { module, chunks, rehearsal, .. } => {
                assert_eq!(self.at(peer).life, Life::Stopped, "K8: {ticket:?}");
                assert_eq!(*rehearsal, ticket.kind == RunKind::Rehearsal);
                self.install(peer, *module, chunks)
            }
            Ask::DeleteCanister => {
                self.canisters.remove(&peer);
                Outcome::Done(Ok(()))
            }
            Ask::UploadChunk { module, place } => {
                let hash = self.chunks_of[module][usize::try_from(*place).expect("small")];
                self.at_mut(peer).chunks.insert(hash);
                Outcome::Chunk(Ok(hash))
            }
            Ask::Stop => {
                let canister = self.at_mut(peer);
                let hangs = canister.hangs;
                canister.life = if hangs { Life::Stopping } else { Life::Stopped };
                let late = Failure::new(FailureKind::OutcomeUnknown, "it did not stop in time");
                Outcome::Done(if hangs { Err(late) } else { Ok(()) })
            }
            Ask::CheckDependencies => {
                let cut_off = self.code(peer).cut_off;
                let broken =
                    if cut_off { vec!["it does not reach registry".to_owned()] } else { vec![] };
                Outcome::Connections(Ok(broken))
            }
            Ask::Version => {
                let (version, schema) = ("1.0.0".to_owned(), self.at(peer).memory.schema);
                Outcome::Version(Ok(Version { version, schema }))
            }
            Ask::Health => {
                let critical = self.code(peer).sick;
                let reason = if critical { "it is sick" } else { "" }.to_owned();
                let schema = self.at(peer).memory.schema;
                Outcome::Health(Ok(Health { critical, reason, schema }))
            }
            Ask::Validate { cursor } => self.validate(peer, cursor.as_deref()),
            Ask::MigrationStatus => self.migrate(peer),
            Ask::Digest { cursor } => self.digest(peer, cursor.as_deref()),
            Ask::Head => {
                let events = self.at(peer).events;
                Outcome::Head(Ok((events, [3; 32])))
            }
            Ask::DrainStatus => Outcome::Drain(Ok(self.drain_of(peer))),
            Ask::PrepareUpgrade { epoch, .. } => self.prepare(peer, *epoch),
            Ask::Resume { epoch, restored } => self.resume(peer, *epoch, *restored),
            _ => self.simple(peer, ask),
        }
    }

    /// What cannot fail.
    fn simple(&mut self, peer: Principal, ask: &Ask) -> Outcome {
        let canister = self.at_mut(peer);
        match ask {
            Ask::ClearChunks => canister.chunks.clear(),
            Ask::Start => canister.life = Life::Running,
            Ask::DeleteSnapshot { snapshot } => {
                canister.snapshots.retain(|(name, ..)| name != snapshot);
            }
            Ask::ResumeJobs => canister.woken += 1,
            Ask::SetControllers { controllers } => {
                assert!(!controllers.is_empty(), "V16");
                canister.controllers.clone_from(controllers);
            }
            Ask::SetSettings { settings } => canister.settings = settings.clone(),
            Ask::Call { .. } | Ask::CommitBatch { .. } | Ask::SetCommittee { .. } => {
                canister.events += 1;
            }
            other => panic!("nobody answers {other:?}"),
        }
        Outcome::Done(Ok(()))
    }

    pub(super) fn at(&self, peer: Principal) -> &Canister {
        &self.canisters[&peer]
    }

    pub(super) fn at_mut(&mut self, peer: Principal) -> &mut Canister {
        self.canisters.get_mut(&peer).expect("it is there")
    }

    fn code(&self, peer: Principal) -> Code {
        self.codes[&self.at(peer).memory.module.expect("code")].clone()
    }

    fn create(&mut self, cycles: u128) -> Principal {
        self.next += 1;
        let scratch = Principal::from_slice(&[u8::try_from(self.next).expect("few"), 77]);
        self.canisters.insert(scratch, canister(self.own, None, cycles));
        scratch
    }

    fn status(&self, peer: Principal) -> Status {
        let canister = self.at(peer);
        Status {
            life: canister.life,
            module: canister.memory.module,
            controllers: canister.controllers.clone(),
            cycles: canister.cycles,
            frozen_below: 1_000,
            settings: canister.settings.clone(),
        }
    }

    fn held(&self, peer: Principal) -> Vec<Held> {
        let snapshots = self.at(peer).snapshots.iter();
        let held = |(name, at, _): &(Vec<u8>, Timestamp, Memory)| Held {
            snapshot: name.clone(),
            at: *at,
            bytes: 5,
        };
        snapshots.map(held).collect()
    }

    fn take(&mut self, peer: Principal, replace: Option<&[u8]>) -> Outcome {
        self.next += 1;
        let name = [peer.as_slice(), &self.next.to_be_bytes()].concat();
        let now = self.now;
        let canister = self.at_mut(peer);
        if let Some(replace) = replace {
            assert!(canister.snapshots.iter().any(|(name, ..)| name == replace));
            canister.snapshots.retain(|(name, ..)| name != replace);
        }
        if canister.snapshots.len() >= 10 {
            return Outcome::Taken(Err(refuse("too many snapshots")));
        }
        canister.snapshots.push((name.clone(), now, canister.memory.clone()));
        Outcome::Taken(Ok(Held { snapshot: name, at: now, bytes: 5 }))
    }

    /// Names of snapshots say whose they are, so that a copy finds its target's.
    fn load(&mut self, peer: Principal, name: &[u8]) -> Outcome {
        let mut all = self.canisters.values().flat_map(|one| &one.snapshots);
        let found = all.find(|(one, ..)| one == name).cloned();
        let Some((_, _, memory)) = found else {
            return Outcome::Done(Err(refuse("no such snapshot")));
        };
        self.at_mut(peer).memory = memory;
        Outcome::Done(Ok(()))
    }

    fn install(&mut self, peer: Principal, module: Hash, chunks: &[Hash]) -> Outcome {
        assert!(chunks.iter().all(|chunk| self.at(peer).chunks.contains(chunk)), "not staged");
        let code = self.codes[&module].clone();
        if code.traps {
            let trapped = Failure::new(FailureKind::OutcomeUnknown, "post_upgrade trapped");
            return Outcome::Done(Err(trapped));
        }
        let canister = self.at_mut(peer);
        canister.memory.module = Some(module);
        canister.memory.migrated = 0;
        canister.events += 1;
        if code.spoils {
            canister.memory.state += 1_000;
        }
        if code.slices == 0 {
            canister.memory.schema = code.schema;
        }
        Outcome::Done(Ok(()))
    }

    fn migrate(&mut self, peer: Principal) -> Outcome {
        let code = self.code(peer);
        let memory = &mut self.at_mut(peer).memory;
        if memory.schema < code.schema && code.stalls_at != Some(memory.migrated) {
            memory.migrated += 1;
            if memory.migrated >= code.slices {
                memory.schema = code.schema;
            }
        }
        let (schema, target) = (memory.schema, code.schema);
        let (done, total) = (memory.migrated, code.slices);
        Outcome::Migration(Ok(Migration { schema, target, done, total }))
    }

    fn validate(&self, peer: Principal, cursor: Option<&[u8]>) -> Outcome {
        let violates = self.code(peer).violates && cursor.is_some();
        let first = if violates { "V1: two are three" } else { "" }.to_owned();
        let next = if cursor.is_none() { Some(vec![1]) } else { None };
        Outcome::Validated(Ok(Validated { violations: violates.into(), first, next }))
    }

    fn digest(&self, peer: Principal, cursor: Option<&[u8]>) -> Outcome {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&self.at(peer).memory.state.to_be_bytes());
        let found = match cursor {
            None => Digested { digest: None, records: 1, next: Some(vec![9]) },
            Some(_) => Digested { digest: Some(digest), records: 2, next: None },
        };
        Outcome::Digest(Ok(found))
    }

    fn drain_of(&self, peer: Principal) -> Drain {
        let canister = self.at(peer);
        let state = match (canister.memory.drain, canister.busy) {
            (None, _) => Drained::Running,
            (Some(_), true) => Drained::Draining,
            (Some(_), false) => Drained::Drained,
        };
        let epoch = canister.memory.drain.unwrap_or(canister.memory.last_epoch);
        Drain { state, epoch, left: canister.busy.into() }
    }

    fn prepare(&mut self, peer: Principal, epoch: u64) -> Outcome {
        let memory = &mut self.at_mut(peer).memory;
        if epoch <= memory.last_epoch && memory.drain != Some(epoch) {
            return Outcome::Done(Err(refuse("the epoch is stale")));
        }
        memory.drain = Some(epoch);
        memory.last_epoch = epoch;
        Outcome::Done(Ok(()))
    }

    fn resume(&mut self, peer: Principal, epoch: u64, restored: bool) -> Outcome {
        let canister = self.at_mut(peer);
        let memory = &mut canister.memory;
        let fits = memory.drain == Some(epoch) || (restored && epoch >= memory.last_epoch);
        if !fits {
            return Outcome::Done(Err(refuse("there is no such drain")));
        }
        memory.drain = None;
        memory.last_epoch = memory.last_epoch.max(epoch);
        canister.reconciled += u32::from(restored);
        Outcome::Done(Ok(()))
    }
}

pub(super) fn canister(own: Principal, module: Option<Hash>, cycles: u128) -> Canister {
    Canister {
        life: Life::Running,
        memory: Memory { module, schema: 1, state: 7, drain: None, last_epoch: 0, migrated: 0 },
        controllers: vec![own],
        cycles,
        settings: CanisterSettings::default(),
        snapshots: vec![],
        chunks: BTreeSet::new(),
        events: 4,
        busy: false,
        hangs: false,
        silent: false,
        reconciled: 0,
        woken: 0,
    }
}

fn is_management(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Status
            | Ask::ClearChunks
            | Ask::UploadChunk { .. }
            | Ask::Stop
            | Ask::Start
            | Ask::Snapshots
            | Ask::TakeSnapshot { .. }
            | Ask::DeleteSnapshot { .. }
            | Ask::LoadSnapshot { .. }
            | Ask::Install { .. }
            | Ask::DeleteCanister
            | Ask::SetControllers { .. }
            | Ask::SetSettings { .. }
    )
}

/// The refusal of a question, in the shape of its answer.
pub(super) fn refused(ask: &Ask, why: &str) -> Outcome {
    failed(ask, refuse(why))
}

/// The same with another kind of failure.
pub(super) fn failed(ask: &Ask, failure: Failure) -> Outcome {
    match ask {
        Ask::Status => Outcome::Status(Err(failure)),
        Ask::Version => Outcome::Version(Err(failure)),
        Ask::UploadChunk { .. } => Outcome::Chunk(Err(failure)),
        Ask::DrainStatus => Outcome::Drain(Err(failure)),
        Ask::Snapshots => Outcome::Snapshots(Err(failure)),
        Ask::TakeSnapshot { .. } => Outcome::Taken(Err(failure)),
        Ask::Health => Outcome::Health(Err(failure)),
        Ask::Validate { .. } => Outcome::Validated(Err(failure)),
        Ask::MigrationStatus => Outcome::Migration(Err(failure)),
        Ask::Digest { .. } => Outcome::Digest(Err(failure)),
        Ask::Head => Outcome::Head(Err(failure)),
        Ask::CheckDependencies => Outcome::Connections(Err(failure)),
        Ask::CreateCanister { .. } => Outcome::Created(Err(failure)),
        _ => Outcome::Done(Err(failure)),
    }
}
