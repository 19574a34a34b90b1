//! What a network was asked since it was last saved, written down before it is done.
//!
//! A network does the same when it is asked the same, so the last save and the journal beside it
//! are the network: a process that is killed loses nothing that it has answered. An entry is a
//! length, the length inverted, the beginning of a hash, and CBOR. The last entry may be torn by
//! the end of the process; nobody was answered on it, and it is left out. A torn entry anywhere
//! else is an error.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use candid::Principal;
use pocket_ic::common::rest::MockCanisterHttpResponse;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::{IngressMessage, Network, QueryCall};
use crate::faults::{FaultPlan, FaultRecord, Intervention};

const FILE: &str = "journal.bin";
/// Bytes before each entry: its length, twice, and the first bytes of its hash.
const HEAD: usize = 4 + 4 + HASH;
const HASH: usize = 8;
/// Bytes of the journal after which the network is saved again.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Entries after which the network is saved again.
const ENTRIES_MAX: u64 = 100_000;
/// Instructions to repeat after which the network is saved again, and how many more for each byte
/// of a save: what is slow to save is saved less often.
const INSTRUCTIONS_MAX: u64 = 20_000_000_000;
const INSTRUCTIONS_PER_BYTE: u64 = 100;

/// One thing a network was asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Asked {
    /// A round; the pulse is what it found.
    Tick(Pulse),
    SetTime(u64),
    SetCertifiedTime(u64),
    Submit(IngressMessage),
    /// Queries leave traces only where a plan counts them.
    Query(QueryCall),
    AddCycles(Principal, u128),
    SetStableMemory(Principal, ByteBuf),
    MockHttp(MockCanisterHttpResponse),
    SetFaults(FaultPlan, u64),
    ReplayFaults(FaultPlan, FaultRecord),
    EndFaults,
    Intervene(Intervention),
}

/// A few numbers that move with everything a network does. When a repetition finds others, it is
/// not the same network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pulse {
    draws: u64,
    burned: u128,
    calls: u64,
    contexts: u64,
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    /// The folder of the network, to save it again.
    dir: PathBuf,
    file: File,
    bytes: u64,
    entries: u64,
    instructions: u64,
    instructions_max: u64,
    /// Why nothing more can be written; the network must not answer any more.
    failure: Option<String>,
}

impl Journal {
    /// Creates an empty journal beside a save of so many bytes in `save`.
    pub(super) fn create(dir: &Path, save: &Path, saved_bytes: u64) -> std::io::Result<Self> {
        let file = OpenOptions::new().create_new(true).append(true).open(save.join(FILE))?;
        let more = saved_bytes.saturating_mul(INSTRUCTIONS_PER_BYTE);
        Ok(Self {
            dir: dir.to_owned(),
            file,
            bytes: 0,
            entries: 0,
            instructions: 0,
            instructions_max: INSTRUCTIONS_MAX.saturating_add(more),
            failure: None,
        })
    }

    fn write(&mut self, asked: &Asked) {
        let mut bytes = vec![0; HEAD];
        if let Err(why) = ciborium::into_writer(asked, &mut bytes) {
            self.failure = Some(format!("cannot encode an entry of the journal: {why}"));
            return;
        }
        let Ok(length) = u32::try_from(bytes.len() - HEAD) else {
            self.failure = Some("an entry of the journal is larger than 4 GiB".to_owned());
            return;
        };
        let hash = Sha256::digest(&bytes[HEAD..]);
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        bytes[4..8].copy_from_slice(&(!length).to_le_bytes());
        bytes[8..HEAD].copy_from_slice(&hash[..HASH]);
        if let Err(why) = self.file.write_all(&bytes) {
            self.failure = Some(format!("cannot write the journal: {why}"));
        }
        self.bytes += bytes.len() as u64;
        self.entries += 1;
    }
}

/// The entries of the journal beside a save, and how many bytes at the end were torn.
pub(super) fn read(save: &Path) -> Result<(Vec<Asked>, usize), String> {
    let path = save.join(FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        // Saved by hand, or before there were journals.
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(why) => return Err(format!("cannot read {}: {why}", path.display())),
    };
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((head, tail)) = rest.split_first_chunk::<HEAD>() {
        let torn = || format!("{} is torn at byte {}", path.display(), bytes.len() - rest.len());
        let (length, inverted, hash) = parts(head);
        if length != !inverted {
            return Err(torn());
        }
        let Some((entry, after)) = tail.split_at_checked(length as usize) else { break };
        if Sha256::digest(entry)[..HASH] != hash {
            if after.is_empty() {
                break;
            }
            return Err(torn());
        }
        let asked = ciborium::from_reader(entry)
            .map_err(|why| format!("{} is of another localnet: {why}", path.display()))?;
        entries.push(asked);
        rest = after;
    }
    Ok((entries, rest.len()))
}

/// Length, inverted length and hash.
fn parts(head: &[u8; HEAD]) -> (u32, u32, [u8; HASH]) {
    let (length, rest) = head.split_first_chunk().expect("the head is longer");
    let (inverted, hash) = rest.split_first_chunk().expect("the head is longer");
    let hash = hash.try_into().expect("what is left of the head");
    (u32::from_le_bytes(*length), u32::from_le_bytes(*inverted), hash)
}

impl Network {
    /// Writes down what is asked, when a journal is kept.
    pub(crate) fn note(&mut self, asked: impl FnOnce(&Self) -> Asked) {
        if self.journal.is_none() {
            return;
        }
        let asked = asked(self);
        if let Some(journal) = &mut self.journal {
            journal.write(&asked);
        }
    }

    /// Counts what a repetition of the journal costs.
    pub(super) fn weigh(&mut self, instructions: u64) {
        if let Some(journal) = &mut self.journal {
            journal.instructions = journal.instructions.saturating_add(instructions);
        }
    }

    pub(super) fn pulse(&self) -> Pulse {
        Pulse {
            draws: self.rng.draws(),
            burned: self.burned,
            calls: self.next_call,
            contexts: self.next_context,
        }
    }

    /// Keeps the network in `dir` from now on: it is saved there at once, and what it is asked
    /// afterwards is in the journal before it is done. [`Network::load`] brings it back as it was
    /// at its last answer, however the process ended.
    pub fn keep_in(&mut self, dir: &Path) -> Result<(), String> {
        self.journal = Some(self.write_save(dir)?);
        Ok(())
    }

    /// Saves the network again when its journal has become long. Not while a plan makes things go
    /// wrong: plans are not saved.
    pub fn shorten_journal(&mut self) -> Result<(), String> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let is_long = journal.bytes > BYTES_MAX
            || journal.entries > ENTRIES_MAX
            || journal.instructions > journal.instructions_max;
        if !is_long || journal.failure.is_some() || self.faults.are_active() {
            return Ok(());
        }
        let dir = journal.dir.clone();
        self.keep_in(&dir)
    }

    /// Why the network is not kept any more although it should be. It must not answer then.
    pub fn journal_failure(&self) -> Option<&str> {
        self.journal.as_ref()?.failure.as_deref()
    }

    /// Does again what a journal says. Refusals are repeated too, so they are no errors.
    pub(super) fn repeat(&mut self, entries: Vec<Asked>) -> Result<(), String> {
        for (index, asked) in entries.into_iter().enumerate() {
            if let Asked::Tick(pulse) = &asked
                && *pulse != self.pulse()
            {
                return Err(format!(
                    "entry {index} of the journal found another network: it was written by a \
                     localnet that behaves differently; that one can shorten it by a normal end"
                ));
            }
            self.do_again(asked);
        }
        Ok(())
    }

    fn do_again(&mut self, asked: Asked) {
        match asked {
            Asked::Tick(_) => self.tick(),
            Asked::SetTime(time_ns) => drop(self.set_time(time_ns)),
            Asked::SetCertifiedTime(time_ns) => drop(self.set_certified_time(time_ns)),
            Asked::Submit(message) => drop(self.submit_ingress(message)),
            Asked::Query(call) => drop(self.query(call)),
            Asked::AddCycles(canister, amount) => drop(self.add_cycles(canister, amount)),
            Asked::SetStableMemory(canister, bytes) => {
                drop(self.set_stable_memory(canister, &bytes));
            }
            Asked::MockHttp(mock) => drop(self.mock_http_response(mock)),
            Asked::SetFaults(plan, seed) => drop(self.set_faults(plan, seed)),
            Asked::ReplayFaults(plan, record) => drop(self.replay_faults(plan, &record)),
            Asked::EndFaults => drop(self.end_faults()),
            Asked::Intervene(what) => drop(self.intervene(&what)),
        }
    }
}
