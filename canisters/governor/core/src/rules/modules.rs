//! Modules come in chunks, under the hash they were announced with; once complete their bytes are
//! what that hash says and never change. A proposal names the hash, not a place whose content could
//! be swapped.

use granary_kernel::{Fault, checks};
use granary_module::checks as against;
use granary_module::{Encoding, limits::MODULE_BYTES_MAX};
use sha2::{Digest, Sha256};

use crate::errors::{GovernorError, InputFault, Missing, StateFault};
use crate::limits;
use crate::records::{Attestation, Chunk, Config, Event, EventKind, Module, Packing, Stated};
use crate::rules::{Change, Ctx, need};
use crate::types::{Hash, Permissions, Timestamp};

/// A chunk as it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// SHA-256 of the whole module, exactly as it will be installed.
    pub module: Hash,
    /// How many chunks it has.
    pub of: u32,
    /// Which of them this is, from 0.
    pub place: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What [`stage_wasm_chunk`] reads.
#[derive(Debug)]
pub struct View<'a> {
    /// Members and rules.
    pub config: &'a Config,
    /// What is known of the module.
    pub module: Option<Module>,
    /// True when it is denied.
    pub is_denied: bool,
    /// Modules there are.
    pub count: u64,
    /// Uploads of the caller that are not complete.
    pub own: u32,
    /// Modules that may go to make room, oldest first: nothing refers to them.
    pub spare: Vec<Hash>,
}

/// Takes a chunk. The same one again changes nothing but the journal; another one in its place
/// takes it, until the module is complete.
pub fn stage_wasm_chunk(view: &View<'_>, input: Input, ctx: &Ctx) -> Result<Change, GovernorError> {
    need(view.config, Permissions::PROPOSE, ctx)?;
    let Input { module: hash, of, place, bytes } = input;
    let wrong = |problem| Err(InputFault::Chunk { problem }.into());
    if of == 0 || of > limits::MAX_CHUNKS {
        return wrong("is one of none, or of more than 100");
    }
    if place >= of {
        return wrong("has a place behind the last");
    }
    if bytes.is_empty() || bytes.len() > limits::MAX_CHUNK_BYTES {
        return wrong("is empty, or larger than 1 MiB");
    }
    if view.is_denied {
        return Err(StateFault::Denied { module: hash }.into());
    }
    let (mut module, dropped) = match &view.module {
        None => first(view, of, ctx)?,
        Some(module) if module.finished_at.is_some() => {
            return Err(StateFault::ModuleDone { module: hash }.into());
        }
        Some(module) if module.chunks.len() != usize::try_from(of).unwrap_or(usize::MAX) => {
            return wrong("says that the module has another number of chunks");
        }
        Some(module) => (module.clone(), vec![]),
    };
    let at = usize::try_from(place).unwrap_or(usize::MAX);
    let chunk = Chunk {
        hash: Sha256::digest(&bytes).into(),
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
    };
    if let Some(known) = module.chunks.get_mut(at) {
        let others = module.bytes.saturating_sub(known.bytes.into());
        module.bytes = others.saturating_add(chunk.bytes.into());
        *known = chunk;
    }
    let size = u64::try_from(MODULE_BYTES_MAX).unwrap_or(u64::MAX);
    checks::at_most("module", module.bytes, size)?;
    let event = Event::new(EventKind::ChunkStaged, 0).digest(hash).number(place.into());
    let events = dropped.iter().map(|gone| Event::new(EventKind::ModulePruned, 0).digest(*gone));
    let events = core::iter::once(event).chain(events).collect();
    let chunk = Some((place, bytes));
    Ok(Change { module: Some((hash, module)), chunk, dropped, events, ..Change::default() })
}

/// A module nobody announced before, and what goes to make room for it.
fn first(view: &View<'_>, of: u32, ctx: &Ctx) -> Result<(Module, Vec<Hash>), GovernorError> {
    if view.own >= limits::MAX_UPLOADS_OF_ONE {
        let max = u64::from(limits::MAX_UPLOADS_OF_ONE);
        return Err(Fault::Full { what: "the caller's list of uploads", max }.into());
    }
    let mut dropped = vec![];
    if view.count >= limits::MAX_MODULES {
        let full = Fault::Full { what: "the list of modules", max: limits::MAX_MODULES };
        dropped.push(*view.spare.first().ok_or(full)?);
    }
    let none = Chunk { hash: [0; 32], bytes: 0 };
    let module = Module {
        uploader: ctx.actor,
        begun_at: ctx.now,
        finished_at: None,
        bytes: 0,
        chunks: vec![none; usize::try_from(of).unwrap_or_default()],
        packing: Packing::Raw,
        plain: [0; 32],
        stated: Stated::default(),
        attestations: 0,
    };
    Ok((module, dropped))
}

/// Completes a module: all chunks are here, together they have the announced hash, and they are
/// Wasm. What stands against it as code of a canister is kept for the audit.
pub fn finalize_wasm(
    config: &Config,
    hash: Hash,
    module: Option<Module>,
    bytes: impl FnOnce(&Module) -> Vec<u8>,
    ctx: &Ctx,
) -> Result<Change, GovernorError> {
    need(config, Permissions::PROPOSE, ctx)?;
    let mut module = module.ok_or(Missing::Module { module: hash })?;
    if module.finished_at.is_some() {
        return Err(StateFault::ModuleDone { module: hash }.into());
    }
    if module.chunks.iter().any(|chunk| chunk.bytes == 0) {
        return Err(InputFault::Chunk { problem: "of some place is missing" }.into());
    }
    let bytes = bytes(&module);
    let found: Hash = Sha256::digest(&bytes).into();
    if found != hash {
        return Err(InputFault::ModuleHash { expected: hash, found }.into());
    }
    let read = granary_module::Module::read(&bytes, limits::MAX_UNPACKED_BYTES)
        .map_err(|fault| InputFault::Module { problem: fault.to_string() })?;
    module.packing = match read.encoding {
        Encoding::Raw => Packing::Raw,
        Encoding::Gzip => Packing::Gzip,
    };
    module.plain = read.raw_sha256;
    module.stated = stated(&read);
    module.finished_at = Some(ctx.now);
    let event = Event::new(EventKind::ModuleStaged, 0).digest(hash).number(module.bytes);
    Ok(Change { module: Some((hash, module)), events: vec![event], ..Change::default() })
}

fn stated(read: &granary_module::Module) -> Stated {
    let mut problems = against::forbidden_exports(&read.exports);
    problems.extend(against::exports_nothing(&read.exports));
    problems.extend(against::missing_methods(&read.exports, &against::COMMON_METHODS));
    problems.extend(against::foreign_imports(&read.imports));
    let says = &read.stated;
    let (schema_oldest, schema_newest) = says.reads.unwrap_or((0, 0));
    Stated {
        canister: says.canister.clone(),
        version: says.version.clone(),
        commit: says.commit.clone(),
        schema_oldest,
        schema_newest,
        interface: says.interface.clone().unwrap_or_default(),
        problems,
    }
}

/// What a member says it built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The module that was to be built.
    pub module: Hash,
    /// From which commit.
    pub commit: String,
    /// With which builder.
    pub builder: String,
    /// What came out.
    pub result: Hash,
    /// SHA-256 of what an audit of its dependencies said.
    pub audit: Option<Hash>,
}

/// A member built a module from its source and says what came out; saying it again replaces it.
pub fn attest_build(
    config: &Config,
    module: Option<Module>,
    is_repeated: bool,
    built: Built,
    ctx: &Ctx,
) -> Result<Change, GovernorError> {
    if config.member(&ctx.actor, ctx.now).is_none() {
        return Err(crate::errors::AccessFault::NotMember { needs: "Member" }.into());
    }
    let Built { module: hash, commit, builder, result, audit } = built;
    checks::text("commit", &commit, limits::MAX_NAME_BYTES)?;
    checks::text("builder", &builder, limits::MAX_NAME_BYTES)?;
    let mut module = module.ok_or(Missing::Module { module: hash })?;
    if module.attestations >= limits::MAX_ATTESTATIONS && !is_repeated {
        let max = u64::from(limits::MAX_ATTESTATIONS);
        return Err(Fault::Full { what: "the module's list of attestations", max }.into());
    }
    module.attestations = module.attestations.saturating_add((!is_repeated).into());
    let event = Event::new(EventKind::BuildAttested, 0);
    let event = event.digest(hash).party(ctx.actor).name(&commit);
    let row = Attestation { commit, builder, result, audit, at: ctx.now };
    Ok(Change {
        module: Some((hash, module)),
        attestation: Some((hash, ctx.actor, row)),
        events: vec![event],
        ..Change::default()
    })
}

/// True for an upload nobody completes any more.
pub fn is_abandoned(module: &Module, now: Timestamp) -> bool {
    let until = module.begun_at.saturating_add(limits::MAX_PREPARATION);
    module.finished_at.is_none() && now >= until
}

#[cfg(test)]
#[path = "modules_tests.rs"]
mod tests;
