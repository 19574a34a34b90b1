//! What all requests to the server share: instances, blobs and open gateways.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use axum::{body::Bytes, http::StatusCode};
use pocket_ic::common::rest::HttpGatewayDetails;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::Refusal;
use crate::{
    activity::Activity,
    instance::{InstanceHandle, InstanceSpec},
    runtime::{Engine, EngineConfig},
};

/// Bytes a test uploaded, to be referred to by their hash.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub(crate) bytes: Bytes,
    /// Whether they are compressed.
    pub(crate) gzip: bool,
}

/// An open port that serves an instance. It closes when `stop` is dropped.
#[derive(Debug)]
struct Gateway {
    details: HttpGatewayDetails,
    _stop: watch::Sender<bool>,
}

/// What requests share; clones refer to the same server.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    shared: Arc<Mutex<Shared>>,
    engine: Arc<OnceLock<Engine>>,
    cache_dir: Option<PathBuf>,
    activity: Activity,
}

#[derive(Debug, Default)]
struct Shared {
    /// By id; deleted instances leave an empty place, so ids are never used twice.
    instances: Vec<Option<InstanceHandle>>,
    blobs: BTreeMap<[u8; 32], Blob>,
    /// By id; None once stopped.
    gateways: Vec<Option<Gateway>>,
}

impl Hub {
    /// A server without instances. Modules are compiled once for all of them, and kept in
    /// `cache_dir` when there is one.
    pub(crate) fn new(cache_dir: Option<PathBuf>) -> Self {
        let engine = Arc::default();
        Self { shared: Arc::default(), engine, cache_dir, activity: Activity::new() }
    }

    /// The engine all instances share, started with the first one.
    fn engine(&self) -> Result<Engine, String> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine.clone());
        }
        let engine = Engine::new(EngineConfig { cache_dir: self.cache_dir.clone() })?;
        Ok(self.engine.get_or_init(|| engine).clone())
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // Every change is one statement, so a panic elsewhere leaves nothing half done.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Starts an instance and gives it an id.
    pub(crate) async fn create_instance(
        &self,
        mut spec: InstanceSpec,
    ) -> Result<(usize, InstanceHandle), String> {
        spec.network.engine.get_or_insert(self.engine()?);
        let handle = InstanceHandle::start(spec).await?;
        let mut shared = self.shared();
        shared.instances.push(Some(handle.clone()));
        Ok((shared.instances.len() - 1, handle))
    }

    /// The instance with this id.
    pub(crate) fn instance(&self, id: usize) -> Result<InstanceHandle, Refusal> {
        match self.shared().instances.get(id) {
            Some(Some(handle)) => Ok(handle.clone()),
            Some(None) => Err(Refusal::with_status(
                StatusCode::NOT_FOUND,
                format!("Instance {id} was deleted"),
            )),
            None => Err(Refusal::with_status(
                StatusCode::NOT_FOUND,
                format!("Instance {id} does not exist"),
            )),
        }
    }

    /// Whether each instance still exists, by id.
    pub(crate) fn instances(&self) -> Vec<bool> {
        self.shared().instances.iter().map(Option::is_some).collect()
    }

    /// Takes an instance out; its gateways close.
    pub(crate) fn take_instance(&self, id: usize) -> Result<InstanceHandle, Refusal> {
        let handle = self.instance(id)?;
        let mut shared = self.shared();
        for gateway in &mut shared.gateways {
            if gateway.as_ref().is_some_and(|gateway| forwards_to(&gateway.details, id)) {
                *gateway = None;
            }
        }
        shared.instances[id] = None;
        Ok(handle)
    }

    /// Ends all instances and gateways, saving states.
    pub(crate) async fn stop_all(&self) -> Result<(), String> {
        let count = self.shared().instances.len();
        let mut result = Ok(());
        for id in 0..count {
            if let Ok(handle) = self.take_instance(id) {
                result = result.and(handle.stop().await);
            }
        }
        result
    }

    pub(crate) fn store_blob(&self, blob: Blob) -> [u8; 32] {
        let id: [u8; 32] = Sha256::digest(&blob.bytes).into();
        self.shared().blobs.insert(id, blob);
        id
    }

    pub(crate) fn blob(&self, id: &[u8]) -> Option<Blob> {
        let id: [u8; 32] = id.try_into().ok()?;
        self.shared().blobs.get(&id).cloned()
    }

    /// Records an open gateway and gives it an id.
    pub(crate) fn add_gateway(
        &self,
        details: HttpGatewayDetails,
        stop: watch::Sender<bool>,
    ) -> usize {
        let mut shared = self.shared();
        let id = shared.gateways.len();
        let details = HttpGatewayDetails { instance_id: id, ..details };
        shared.gateways.push(Some(Gateway { details, _stop: stop }));
        id
    }

    /// The open gateways.
    pub(crate) fn gateways(&self) -> Vec<HttpGatewayDetails> {
        let shared = self.shared();
        shared.gateways.iter().flatten().map(|gateway| gateway.details.clone()).collect()
    }

    /// Closes a gateway; false when there never was one with this id. Closing twice is harmless:
    /// gateways also close with their instance.
    pub(crate) fn close_gateway(&self, id: usize) -> bool {
        let mut shared = self.shared();
        let Some(place) = shared.gateways.get_mut(id) else { return false };
        *place = None;
        true
    }
}

fn forwards_to(details: &HttpGatewayDetails, id: usize) -> bool {
    details.forward_to == pocket_ic::common::rest::HttpGatewayBackend::PocketIcInstance(id)
}
