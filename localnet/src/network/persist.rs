//! A network on disk: one manifest in CBOR, and one file for each module, heap and stable memory.
//!
//! A save is written beside the last one and takes its place only when it is complete, so a crash
//! leaves the older state readable. Between two saves the journal holds what happened.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::Path,
    sync::Arc,
};

use candid::Principal;
use pocket_ic::common::rest::CanisterHttpResponse;
use serde::{Deserialize, Serialize};

use super::{
    IngressRecord, MessageId, Network, NetworkConfig,
    blobs::{self, Blob, BlobReader, BlobWriter, Seal},
    canister::{Canister, Installed, LowMemoryHook, QueryStats, Snapshot, Status},
    consumed::Consumed,
    context::{CallContext, ContextId, Origin, PendingCall},
    counters::{Blocks, SubnetCounters},
    history::History,
    journal::{self, Journal},
    logs::LogRing,
    outcalls::Outcall,
    pool::{CallId, Pool},
    rng::Rng,
    settings::Settings,
    topology::SavedSubnet,
};
use crate::{
    runtime::{ExecutionState, GlobalValue, StableMemory, StateImage},
    standins::StandIns,
};

/// Number of the manifest's layout; another number is refused.
const FORMAT: u32 = 1;
const MANIFEST: &str = "network.cbor";
/// The folder of the save that counts, of the one it takes the place of, and of the one being
/// written.
const CURRENT: &str = "current";
const PREVIOUS: &str = "previous";
const NEXT: &str = "next";
/// The file by which a process marks the folder as its own.
pub(crate) const LOCK: &str = "lock";
/// How far time moves when a saved network resumes, in nanoseconds.
const RESUME_STEP_NS: u64 = 2;

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    seed: u64,
    subnets: Vec<SavedSubnet>,
    #[serde(default)]
    benchmarking: BTreeSet<usize>,
    draws: u64,
    time_ns: u64,
    certified_time_ns: u64,
    contexts: BTreeMap<ContextId, CallContext>,
    next_context: ContextId,
    calls: BTreeMap<CallId, PendingCall>,
    next_call: CallId,
    pool: Pool,
    ingress: Vec<(MessageId, IngressRecord)>,
    outcalls: Vec<(u64, StoredOutcall)>,
    next_outcall: u64,
    minted: u128,
    burned: u128,
    #[serde(default)]
    blocks: Blocks,
    #[serde(default)]
    counters: BTreeMap<Principal, SubnetCounters>,
    canisters: Vec<StoredCanister>,
    #[serde(default)]
    stand_ins: Option<StandIns>,
    #[serde(default)]
    transactions: Vec<(Principal, u64)>,
    /// What the files beside this one must hold.
    #[serde(default)]
    seals: Vec<Seal>,
}

#[derive(Serialize, Deserialize)]
struct StoredOutcall {
    origin: Origin,
    caller: Principal,
    subnet: Principal,
    /// Candid-encoded.
    args: Vec<u8>,
    since_ns: u64,
    refund: u128,
    responses: Vec<CanisterHttpResponse>,
}

#[derive(Serialize, Deserialize)]
struct StoredCode {
    wasm: Blob,
    heap: Option<(Blob, Vec<GlobalValue>)>,
    stable: Blob,
}

#[derive(Serialize, Deserialize)]
struct StoredCanister {
    id: Principal,
    subnet: Principal,
    code: Option<StoredCode>,
    settings: Settings,
    status: Status,
    balance: u128,
    #[serde(default)]
    reserved: u128,
    version: u64,
    certified_data: Vec<u8>,
    global_timer: u64,
    low_memory: LowMemoryHook,
    history: History,
    logs: LogRing,
    chunks: Vec<([u8; 32], Blob)>,
    snapshots: Vec<StoredSnapshot>,
    snapshots_taken: u64,
    contexts: BTreeSet<ContextId>,
    in_flight: BTreeMap<Principal, usize>,
    paid_until_ns: u64,
    query_stats: QueryStats,
    #[serde(default)]
    consumed: Consumed,
}

#[derive(Serialize, Deserialize)]
struct StoredSnapshot {
    id: Vec<u8>,
    taken_at_ns: u64,
    canister_version: u64,
    code: StoredCode,
    certified_data: Vec<u8>,
    chunks: Vec<([u8; 32], Blob)>,
    global_timer: Option<u64>,
    low_memory: Option<LowMemoryHook>,
    /// The globals of one that was uploaded and may be incomplete.
    #[serde(default)]
    uploaded: Option<Vec<GlobalValue>>,
}

impl Network {
    /// Writes the whole network into `dir`, replacing what was saved there before.
    pub fn save(&self, dir: &Path) -> Result<(), String> {
        self.write_save(dir).map(drop)
    }

    /// The same; what happens from now on belongs into the journal that is returned.
    pub(super) fn write_save(&self, dir: &Path) -> Result<Journal, String> {
        let failed =
            |why: std::io::Error| format!("cannot save the network to {}: {why}", dir.display());
        let (next, current, old) = (dir.join(NEXT), dir.join(CURRENT), dir.join(PREVIOUS));
        fs::create_dir_all(dir).map_err(failed)?;
        remove(&next).map_err(failed)?;
        fs::create_dir(&next).map_err(failed)?;
        let mut blobs = BlobWriter::new(&next);
        let manifest = self.manifest(&mut blobs).map_err(failed)?;
        let mut file = BufWriter::new(File::create(next.join(MANIFEST)).map_err(failed)?);
        ciborium::into_writer(&manifest, &mut file)
            .map_err(|why| format!("cannot encode the network: {why}"))?;
        file.into_inner().map_err(|why| failed(why.into_error()))?.sync_all().map_err(failed)?;
        let saved_bytes = blobs::total(blobs.seals());
        let journal = Journal::create(dir, &next, saved_bytes).map_err(failed)?;
        sync(&next).map_err(failed)?;
        // Without a current one the previous one counts, and its journal is complete.
        remove(&old).map_err(failed)?;
        if current.exists() {
            fs::rename(&current, &old).map_err(failed)?;
        }
        fs::rename(&next, &current).map_err(failed)?;
        sync(dir).map_err(failed)?;
        remove(&old).map_err(failed)?;
        Ok(journal)
    }

    /// Whether `dir` holds a network, or at least something that [`Network::load`] should look at:
    /// a first save that was cut off is nothing.
    pub fn is_saved_in(dir: &Path) -> bool {
        let counts = |entry: std::io::Result<fs::DirEntry>| {
            entry.is_ok_and(|entry| entry.file_name() != NEXT && entry.file_name() != LOCK)
        };
        fs::read_dir(dir).is_ok_and(|mut entries| entries.any(counts))
    }

    /// Reads a network that [`Network::save`] or [`Network::keep_in`] wrote. Seed, time, subnets
    /// and stand-ins come from the files, everything else from `config`, which must give the same
    /// keys.
    pub fn load(dir: &Path, config: NetworkConfig) -> Result<Self, String> {
        Self::load_telling(dir, config).map(|(network, _)| network)
    }

    /// The same, and how many bytes at the end of the journal were torn and left out.
    pub(crate) fn load_telling(
        dir: &Path,
        mut config: NetworkConfig,
    ) -> Result<(Self, usize), String> {
        let from = [dir.join(CURRENT), dir.join(PREVIOUS)]
            .into_iter()
            .find(|path| path.join(MANIFEST).is_file())
            .ok_or_else(|| format!("no saved network in {}", dir.display()))?;
        let place = from.display().to_string();
        let file = File::open(from.join(MANIFEST))
            .map_err(|why| format!("cannot read the network in {place}: {why}"))?;
        let mut manifest: Manifest = ciborium::from_reader(BufReader::new(file))
            .map_err(|why| format!("cannot read the network in {place}: {why}"))?;
        if manifest.format != FORMAT {
            return Err(format!(
                "the network in {place} has format {}, this localnet reads {FORMAT}",
                manifest.format
            ));
        }
        config.seed = manifest.seed;
        config.initial_time_ns = None;
        config.subnets = manifest.subnets.iter().map(|(kind, ..)| *kind).collect();
        config.benchmarking.clone_from(&manifest.benchmarking);
        config.stand_ins = manifest.stand_ins.is_some();
        let mut network = Self::new(config)?;
        let seals = std::mem::take(&mut manifest.seals);
        network.restore(manifest, &BlobReader::new(&from, seals))?;
        let (entries, torn) = journal::read(&from)?;
        network.repeat(entries)?;
        network.time_ns = network.time_ns.max(network.certified_time_ns) + RESUME_STEP_NS;
        network.certified_time_ns = network.time_ns;
        Ok((network, torn))
    }

    fn manifest(&self, blobs: &mut BlobWriter) -> std::io::Result<Manifest> {
        let stored = |canister| StoredCanister::of(canister, blobs);
        let canisters = self.canisters.values().map(stored).collect::<std::io::Result<_>>()?;
        Ok(Manifest {
            format: FORMAT,
            seed: self.config.seed,
            subnets: self.topology.allocations(),
            benchmarking: self.config.benchmarking.clone(),
            draws: self.rng.draws(),
            time_ns: self.time_ns,
            certified_time_ns: self.certified_time_ns,
            contexts: self.contexts.clone(),
            next_context: self.next_context,
            calls: self.calls.clone(),
            next_call: self.next_call,
            pool: self.pool.clone(),
            ingress: self.ingress.iter().map(|(id, record)| (*id, record.clone())).collect(),
            outcalls: self.outcalls.iter().map(|(id, o)| (*id, StoredOutcall::of(o))).collect(),
            next_outcall: self.next_outcall,
            minted: self.minted,
            burned: self.burned,
            blocks: self.blocks.clone(),
            counters: self.counters.clone(),
            canisters,
            stand_ins: self.stand_ins.clone(),
            transactions: self.transactions.iter().map(|(id, count)| (*id, *count)).collect(),
            seals: blobs.seals().to_vec(),
        })
    }

    fn restore(&mut self, manifest: Manifest, blobs: &BlobReader) -> Result<(), String> {
        self.topology.restore(&manifest.subnets)?;
        self.rng = Rng::resume(manifest.seed, manifest.draws);
        self.time_ns = manifest.time_ns;
        self.certified_time_ns = manifest.certified_time_ns;
        self.contexts = manifest.contexts;
        self.next_context = manifest.next_context;
        self.calls = manifest.calls;
        self.next_call = manifest.next_call;
        self.pool = manifest.pool;
        self.ingress = manifest.ingress.into_iter().collect();
        self.restore_ingress_order();
        for (id, outcall) in manifest.outcalls {
            self.outcalls.insert(id, outcall.restore()?);
        }
        self.next_outcall = manifest.next_outcall;
        self.minted = manifest.minted;
        self.burned = manifest.burned;
        self.blocks = manifest.blocks;
        self.counters = manifest.counters;
        self.stand_ins = manifest.stand_ins;
        self.transactions = manifest.transactions.into_iter().collect();
        for stored in manifest.canisters {
            let canister = self.restore_canister(stored, blobs)?;
            self.canisters.insert(canister.id, canister);
        }
        Ok(())
    }

    fn restore_canister(
        &self,
        stored: StoredCanister,
        blobs: &BlobReader,
    ) -> Result<Canister, String> {
        let installed = match stored.code {
            None => None,
            Some(code) => {
                let (wasm, image) = restore_state(code, blobs)?;
                let module = self.engine.compile(&wasm).map_err(|fault| fault.to_string())?;
                let state = ExecutionState::from_image(&self.engine, module, image);
                Some(Installed { state, wasm })
            }
        };
        let mut snapshots = BTreeMap::new();
        for snapshot in stored.snapshots {
            let (wasm, image) = restore_state(snapshot.code, blobs)?;
            let module = match &snapshot.uploaded {
                Some(_) => None,
                None => Some(self.engine.compile(&wasm).map_err(|fault| fault.to_string())?),
            };
            let restored = Snapshot {
                id: snapshot.id,
                taken_at_ns: snapshot.taken_at_ns,
                canister_version: snapshot.canister_version,
                wasm,
                module,
                image,
                certified_data: snapshot.certified_data,
                chunks: blobs.chunks(snapshot.chunks)?,
                global_timer: snapshot.global_timer,
                low_memory: snapshot.low_memory,
                uploaded: snapshot.uploaded,
            };
            snapshots.insert(restored.id.clone(), restored);
        }
        Ok(Canister {
            id: stored.id,
            subnet: stored.subnet,
            installed,
            settings: stored.settings,
            status: stored.status,
            balance: stored.balance,
            reserved: stored.reserved,
            version: stored.version,
            certified_data: stored.certified_data,
            global_timer: stored.global_timer,
            low_memory: stored.low_memory,
            history: stored.history,
            logs: stored.logs,
            chunks: blobs.chunks(stored.chunks)?,
            snapshots,
            snapshots_taken: stored.snapshots_taken,
            contexts: stored.contexts,
            in_flight: Arc::new(stored.in_flight),
            paid_until_ns: stored.paid_until_ns,
            query_stats: stored.query_stats,
            consumed: stored.consumed,
        })
    }
}

/// A module as it was given, and the state it had.
fn restore_state(
    code: StoredCode,
    blobs: &BlobReader,
) -> Result<(Arc<Vec<u8>>, StateImage), String> {
    let wasm = blobs.read(code.wasm)?;
    let heap = match code.heap {
        None => None,
        Some((blob, globals)) => Some((blobs.read(blob)?, globals)),
    };
    let stable = StableMemory::from_bytes(&blobs.read(code.stable)?);
    Ok((Arc::new(wasm), StateImage::from_parts(heap, stable)))
}

impl StoredOutcall {
    fn of(outcall: &Outcall) -> Self {
        Self {
            origin: outcall.origin,
            caller: outcall.caller,
            subnet: outcall.subnet,
            args: candid::encode_one(&outcall.args).expect("requests always encode"),
            since_ns: outcall.since_ns,
            refund: outcall.refund,
            responses: outcall.responses.clone(),
        }
    }

    fn restore(self) -> Result<Outcall, String> {
        Ok(Outcall {
            origin: self.origin,
            caller: self.caller,
            subnet: self.subnet,
            args: candid::decode_one(&self.args).map_err(|why| why.to_string())?,
            since_ns: self.since_ns,
            refund: self.refund,
            responses: self.responses,
        })
    }
}

impl StoredCode {
    fn of(wasm: &[u8], image: &StateImage, blobs: &mut BlobWriter) -> std::io::Result<Self> {
        let heap = match image.heap_parts() {
            None => None,
            Some((heap, globals)) => Some((blobs.write([heap.as_slice()])?, globals)),
        };
        Ok(Self {
            wasm: blobs.write([wasm])?,
            heap,
            stable: blobs.write(image.stable().iter_pages())?,
        })
    }
}

impl StoredCanister {
    fn of(canister: &Canister, blobs: &mut BlobWriter) -> std::io::Result<Self> {
        let code = match &canister.installed {
            None => None,
            Some(code) => Some(StoredCode::of(&code.wasm, &code.state.image(), blobs)?),
        };
        let mut snapshots = Vec::new();
        for snapshot in canister.snapshots.values() {
            snapshots.push(StoredSnapshot {
                id: snapshot.id.clone(),
                taken_at_ns: snapshot.taken_at_ns,
                canister_version: snapshot.canister_version,
                code: StoredCode::of(&snapshot.wasm, &snapshot.image, blobs)?,
                certified_data: snapshot.certified_data.clone(),
                chunks: blobs.chunks(&snapshot.chunks)?,
                global_timer: snapshot.global_timer,
                low_memory: snapshot.low_memory,
                uploaded: snapshot.uploaded.clone(),
            });
        }
        Ok(Self {
            id: canister.id,
            subnet: canister.subnet,
            code,
            settings: canister.settings.clone(),
            status: canister.status.clone(),
            balance: canister.balance,
            reserved: canister.reserved,
            version: canister.version,
            certified_data: canister.certified_data.clone(),
            global_timer: canister.global_timer,
            low_memory: canister.low_memory,
            history: canister.history.clone(),
            logs: canister.logs.clone(),
            chunks: blobs.chunks(&canister.chunks)?,
            snapshots,
            snapshots_taken: canister.snapshots_taken,
            contexts: canister.contexts.clone(),
            in_flight: canister.in_flight.as_ref().clone(),
            paid_until_ns: canister.paid_until_ns,
            query_stats: canister.query_stats,
            consumed: canister.consumed,
        })
    }
}

fn remove(dir: &Path) -> std::io::Result<()> {
    if dir.exists() { fs::remove_dir_all(dir) } else { Ok(()) }
}

/// Makes the names in a folder last.
fn sync(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}
