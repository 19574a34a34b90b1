//! Canister snapshots: taking, loading, listing and deleting them.

use std::{collections::BTreeMap, sync::Arc};

use candid::Principal;
use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{Request, decode, reply};
use crate::{
    network::{
        Network,
        canister::{Canister, Installed, Snapshot},
        pool::Payload,
        rejects::{self, reject},
    },
    runtime::ExecutionState,
};

/// Snapshots one canister keeps.
const MAX_SNAPSHOTS: usize = 10;

impl Network {
    pub(super) fn take_snapshot(&mut self, request: &mut Request) -> Payload {
        let args: mg::TakeCanisterSnapshotArgs = request.decode()?;
        let id = args.canister_id;
        let now = self.time_ns;
        let canister = self.controlled(id, request.sender)?;
        check_room(canister, args.replace_snapshot.as_deref())?;
        let installed = canister.installed.as_ref().ok_or_else(|| {
            reject(
                ErrorCode::CanisterRejectedMessage,
                format!("Failed to create snapshot for empty canister {id}"),
            )
        })?;
        let snapshot = Snapshot {
            id: snapshot_id(canister.snapshots_taken, id),
            taken_at_ns: now,
            canister_version: canister.version,
            wasm: Arc::clone(&installed.wasm),
            module: Some(Arc::clone(installed.module())),
            image: installed.state.image(),
            certified_data: canister.certified_data.clone(),
            chunks: canister.chunks.clone(),
            global_timer: Some(canister.global_timer),
            low_memory: Some(canister.low_memory),
            uploaded: None,
        };
        let replaced = args.replace_snapshot.as_ref().and_then(|id| canister.snapshots.get(id));
        let bytes = snapshot.size_bytes();
        let grown = bytes.saturating_sub(replaced.map_or(0, Snapshot::size_bytes));
        self.occupy(id, grown, self.tariff(id).snapshot(bytes))?;
        let described = describe(&snapshot);
        let canister = self.controlled(id, request.sender)?;
        if let Some(replaced) = &args.replace_snapshot {
            canister.snapshots.remove(replaced);
        }
        canister.snapshots_taken += 1;
        canister.snapshots.insert(snapshot.id.clone(), snapshot);
        if args.uninstall_code == Some(true) {
            self.uninstall(id, request.author(args.sender_canister_version));
        }
        reply((described,))
    }

    pub(super) fn load_snapshot(&mut self, request: &mut Request) -> Payload {
        let args: mg::LoadCanisterSnapshotArgs = request.decode()?;
        let id = args.canister_id;
        self.controlled(id, request.sender)?;
        let snapshot = self.find_snapshot(request.sender, id, &args.snapshot_id)?;
        let (module, image) = self.code_of(id, &snapshot)?;
        let state = ExecutionState::from_image(&self.engine, module, image);
        let installed = Installed { state, wasm: Arc::clone(&snapshot.wasm) };
        let grown = self.controlled(id, request.sender)?.growth_by(&installed);
        self.occupy(id, grown, self.tariff(id).snapshot(snapshot.size_bytes()))?;
        let owner = owner_of(&snapshot.id);
        let author = request.author(args.sender_canister_version);
        let now = self.time_ns;
        let canister = self.controlled(id, request.sender)?;
        canister.installed = Some(installed);
        canister.certified_data.clone_from(&snapshot.certified_data);
        canister.chunks.clone_from(&snapshot.chunks);
        canister.global_timer = snapshot.global_timer.unwrap_or(canister.global_timer);
        canister.low_memory = snapshot.low_memory.unwrap_or(canister.low_memory);
        canister.refresh_low_memory();
        canister.version += 1;
        let details = mg::ChangeDetails::LoadSnapshot(mg::LoadSnapshotRecord {
            from_canister_id: owner.filter(|owner| *owner != id),
            snapshot_id: snapshot.id,
            canister_version: snapshot.canister_version,
            taken_at_timestamp: snapshot.taken_at_ns,
            source: match snapshot.uploaded {
                None => mg::SnapshotSource::TakenFromCanister(candid::Reserved),
                Some(_) => mg::SnapshotSource::MetadataUpload(candid::Reserved),
            },
        });
        canister.history.push(now, canister.version, author, details);
        reply(())
    }

    /// A snapshot of the canister, or of another one on its subnet that the sender also controls.
    fn find_snapshot(
        &mut self,
        sender: Principal,
        target: Principal,
        id: &[u8],
    ) -> Result<Snapshot, RejectResponse> {
        let missing = || rejects::snapshot_not_found(id, target);
        let owner = owner_of(id).ok_or_else(missing)?;
        let subnet_of = |id| self.canisters.get(&id).map(|canister| canister.subnet);
        if subnet_of(owner).is_none() || subnet_of(owner) != subnet_of(target) {
            return Err(missing());
        }
        let canister = self.controlled(owner, sender)?;
        canister.snapshots.get(id).cloned().ok_or_else(missing)
    }

    pub(super) fn list_snapshots(&self, sender: Principal, arg: &[u8]) -> Payload {
        let id = decode::<mg::ListCanisterSnapshotsArgs>(arg)?.canister_id;
        let snapshots = self.snapshots_seen_by(sender, id)?;
        reply((snapshots.values().map(describe).collect::<Vec<_>>(),))
    }

    /// The snapshots of a canister, for those who may see them.
    pub(super) fn snapshots_seen_by(
        &self,
        sender: Principal,
        id: Principal,
    ) -> Result<&BTreeMap<Vec<u8>, Snapshot>, RejectResponse> {
        let canister = self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        let seen = match &canister.settings.snapshot_visibility {
            mg::SnapshotVisibility::Public => true,
            mg::SnapshotVisibility::Controllers => false,
            mg::SnapshotVisibility::AllowedViewers(viewers) => viewers.contains(&sender),
        };
        if !seen && !canister.settings.is_controller(sender) {
            return Err(self.controllers_only(id, sender));
        }
        Ok(&canister.snapshots)
    }

    pub(super) fn delete_snapshot(&mut self, request: &mut Request) -> Payload {
        let args: mg::DeleteCanisterSnapshotArgs = request.decode()?;
        let canister = self.controlled(args.canister_id, request.sender)?;
        match canister.snapshots.remove(&args.snapshot_id) {
            Some(_) => reply(()),
            None => Err(rejects::snapshot_not_found(&args.snapshot_id, args.canister_id)),
        }
    }
}

/// Refuses another snapshot when there are too many, or when the one it replaces is not there.
pub(super) fn check_room(
    canister: &Canister,
    replaced: Option<&[u8]>,
) -> Result<(), RejectResponse> {
    let id = canister.id;
    match replaced {
        Some(replaced) if canister.snapshots.contains_key(replaced) => Ok(()),
        Some(replaced) => Err(rejects::snapshot_not_found(replaced, id)),
        None if canister.snapshots.len() < MAX_SNAPSHOTS => Ok(()),
        None => Err(reject(
            ErrorCode::CanisterRejectedMessage,
            format!(
                "Canister {id} has reached the maximum number of snapshots allowed: \
                 {MAX_SNAPSHOTS}."
            ),
        )),
    }
}

fn describe(snapshot: &Snapshot) -> mg::Snapshot {
    mg::Snapshot {
        id: snapshot.id.clone(),
        taken_at_timestamp: snapshot.taken_at_ns,
        total_size: snapshot.size_bytes(),
    }
}

/// Ids sort in the order of taking and name their canister.
pub(super) fn snapshot_id(number: u64, canister: Principal) -> Vec<u8> {
    let mut id = number.to_be_bytes().to_vec();
    id.extend_from_slice(canister.as_slice());
    id
}

fn owner_of(id: &[u8]) -> Option<Principal> {
    Principal::try_from_slice(id.get(8..)?).ok()
}
