//! Modules uploaded to the governor in pieces. What is there already is not sent again.

use std::collections::BTreeMap;

use granary_api::governor::{ModuleArgs, Release, StageWasmChunkArgs};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::{
    client::{
        Client,
        governor::{FINALIZE_WASM, GET_MODULE, STAGE_WASM_CHUNK},
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    render::Progress,
};

/// Bytes of one piece: what the governor takes at most.
const CHUNK_BYTES: usize = 1_048_576;
/// The governor does not know a module of this hash.
const UNKNOWN: &str = "governor.module.not_found";

/// What uploading a module came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Staged {
    /// Pieces that were sent, of so many.
    pub(crate) sent: usize,
    pub(crate) of: usize,
}

/// SHA-256 of a module, as it is installed.
pub(crate) fn hash(module: &[u8]) -> ByteBuf {
    ByteBuf::from(Sha256::digest(module).to_vec())
}

/// Has the module complete at the governor.
pub(crate) async fn stage<C: Client>(
    governor: &Remote<C>,
    name: &str,
    module: &[u8],
    progress: &Progress,
) -> Result<Staged, Failure> {
    let hash = hash(module);
    let of = module.chunks(CHUNK_BYTES).count();
    let count = u32::try_from(of).map_err(|_| {
        Failure::new(Exit::Usage, "cli.module", format!("the module of {name} is too large"))
    })?;
    let here = match governor.query(GET_MODULE, &ModuleArgs { module: hash.clone() }).await {
        Ok(details) if details.module.finished_at_ns.is_some() => {
            return Ok(Staged { sent: 0, of });
        }
        Ok(details) => details.chunks.iter().map(|chunk| chunk.bytes > 0).collect(),
        Err(failure) if failure.code == UNKNOWN => Vec::new(),
        Err(failure) => return Err(failure),
    };
    let mut sent = 0_usize;
    for (place, chunk) in (0..count).zip(module.chunks(CHUNK_BYTES)) {
        let at = usize::try_from(place).unwrap_or(usize::MAX);
        if here.get(at).copied().unwrap_or(false) {
            continue;
        }
        progress.say(format_args!("staging {name}: piece {} of {of}", place.saturating_add(1)));
        let chunk = ByteBuf::from(chunk);
        let args = StageWasmChunkArgs { module: hash.clone(), of: count, place, chunk };
        governor.update(STAGE_WASM_CHUNK, &args).await?;
        sent = sent.saturating_add(1);
    }
    governor.update(FINALIZE_WASM, &ModuleArgs { module: hash }).await?;
    Ok(Staged { sent, of })
}

/// Has every module of the release complete at the governor; answers for each canister its module's
/// hash and what uploading came to.
pub(crate) async fn stage_all<C: Client>(
    governor: &Remote<C>,
    release: &Release,
    modules: &BTreeMap<String, Vec<u8>>,
    progress: &Progress,
) -> Result<Vec<(String, ByteBuf, Staged)>, Failure> {
    let mut staged = Vec::new();
    for (name, module) in modules {
        let hash = hash(module);
        // What runs already is not part of the release.
        if release.items.iter().any(|item| item.module == hash) {
            let what = stage(governor, name, module, progress).await?;
            staged.push((name.clone(), hash, what));
        }
    }
    progress.clear();
    Ok(staged)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use candid::Principal;
    use granary_api::{
        Error,
        common::Receipt,
        governor::{Module, ModuleChunk, ModuleDetails, Packing},
    };
    use granary_errors::Code;

    use super::*;
    use crate::client::fake::{Answers, FakeClient};

    const NOT_FOUND: Code = Code::new("governor.module.not_found");

    pub(crate) fn details(hash: ByteBuf, chunks: &[u32], finished: bool) -> ModuleDetails {
        let chunk = |bytes: &u32| ModuleChunk { hash: ByteBuf::new(), bytes: *bytes };
        ModuleDetails {
            module: Module {
                hash: hash.clone(),
                uploader: Principal::anonymous(),
                begun_at_ns: 1,
                finished_at_ns: finished.then_some(2),
                bytes: 9,
                packing: Packing::Raw,
                plain: hash,
                canister: "registry".to_owned(),
                version: "0.1.0".to_owned(),
                commit: String::new(),
                schema_oldest: 1,
                schema_newest: 1,
                problems: vec![],
                attestations: 0,
                is_denied: false,
            },
            chunks: chunks.iter().map(chunk).collect(),
            interface: String::new(),
            attestations: vec![],
        }
    }

    type Places = Arc<Mutex<Vec<(u32, usize)>>>;

    fn governor(known: &Result<ModuleDetails, Error>) -> (Remote<FakeClient>, Places) {
        let (places, receipt) = (Places::default(), Ok(Receipt { id: 0, event: 0, at_ns: 0 }));
        let seen = places.clone();
        let answer = candid::encode_one(Ok::<_, Error>(Receipt { id: 0, event: 0, at_ns: 0 }));
        let answer = answer.expect("encodes");
        let governor = Answers::default()
            .result("get_module", known)
            .raw("stage_wasm_chunk", move |arg| {
                let args: StageWasmChunkArgs = candid::decode_one(arg).expect("arguments");
                let entry = (args.place, args.chunk.len());
                seen.lock().expect("nobody panicked").push(entry);
                Ok(answer.clone())
            })
            .result("finalize_wasm", &receipt)
            .grants();
        (governor, places)
    }

    #[tokio::test]
    async fn a_module_is_sent_once_and_only_what_is_missing() {
        let module = vec![1_u8; 2 * CHUNK_BYTES + 5];
        let all = [(0, CHUNK_BYTES), (1, CHUNK_BYTES), (2, 5)];
        let unknown = Err(Error::not_found(NOT_FOUND, "module", "07"));
        let partial = Ok(details(hash(&module), &[1_048_576, 0, 5], false));
        let complete = Ok(details(hash(&module), &[1_048_576, 1_048_576, 5], true));
        for (known, sent) in [(unknown, &all[..]), (partial, &all[1..2]), (complete, &[])] {
            let (governor, places) = governor(&known);
            let staged = stage(&governor, "registry", &module, &Progress::hidden()).await;
            assert_eq!(staged, Ok(Staged { sent: sent.len(), of: 3 }));
            assert_eq!(*places.lock().expect("nobody panicked"), sent);
            let finished = governor.client.sent().iter().any(|(name, _)| *name == "finalize_wasm");
            assert_eq!(finished, !sent.is_empty(), "what is complete is left alone");
        }
    }

    #[tokio::test]
    async fn a_governor_that_does_not_answer_is_sent_nothing() {
        let mute = Answers::default().grants();
        let failure = stage(&mute, "registry", b"module", &Progress::hidden()).await;
        assert_eq!(failure.expect_err("no answer").code, "fake");
        assert_eq!(mute.client.sent().len(), 1);
    }
}
