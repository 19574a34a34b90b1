//! Pages of modules, fleet snapshots and incidents.

use core::ops::Bound;

use granary_kernel::{Page, checks};
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::errors::GovernorError;
use crate::limits;
use crate::records::{FleetSnapshot, Incident, Module};
use crate::store::{Store, keys};
use crate::types::{Hash, IncidentId};

/// Modules with their hashes, and where the next page goes on; none at the end.
pub type ModulePage = (Vec<(Hash, Module)>, Option<Hash>);

impl<M: Memory + 'static> Store<M> {
    /// A page of modules from behind `after` on, by hash.
    pub fn list_modules(
        &self,
        after: Option<Hash>,
        limit: u32,
    ) -> Result<ModulePage, GovernorError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let from = after.map_or(Bound::Unbounded, |hash| Bound::Excluded(FixedKey(hash)));
        let rows = self.modules.range((from, Bound::Unbounded));
        let mut items: Vec<_> = rows
            .take(limit.saturating_add(1))
            .map(|entry| (entry.key().0, entry.value().0))
            .collect();
        let is_more = items.len() > limit;
        items.truncate(limit);
        let next = if is_more { items.last().map(|(hash, _)| *hash) } else { None };
        Ok((items, next))
    }

    /// A page of fleet snapshots from behind `after` on, newest first.
    pub fn list_snapshots(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(u64, FleetSnapshot)>, GovernorError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let to = after.map_or(Bound::Unbounded, |epoch| Bound::Excluded(keys::epoch(epoch)));
        let rows = self.snapshots.range((Bound::Unbounded, to)).rev();
        let mut items: Vec<_> = rows
            .take(limit.saturating_add(1))
            .map(|entry| (u64::from_be_bytes(entry.key().0), entry.value().0))
            .collect();
        let is_more = items.len() > limit;
        items.truncate(limit);
        let next = if is_more { items.last().map(|(epoch, _)| *epoch) } else { None };
        Ok(Page { items, next })
    }

    /// A page of incidents from behind `after` on, newest first.
    pub fn list_incidents(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(IncidentId, Incident)>, GovernorError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let before = |after: u64| u32::try_from(after).map_err(|_| granary_kernel::Fault::Cursor);
        let to = match after {
            None => Bound::Unbounded,
            Some(after) => Bound::Excluded(before(after)?),
        };
        let rows = self.incidents.range((Bound::Unbounded, to)).rev();
        let rows = rows.take(limit.saturating_add(1));
        let mut items = vec![];
        for entry in rows {
            items.extend(
                IncidentId::from_wire((*entry.key()).into()).map(|id| (id, entry.value().0)),
            );
        }
        let is_more = items.len() > limit;
        items.truncate(limit);
        let next = if is_more { items.last().map(|(id, _)| id.wire()) } else { None };
        Ok(Page { items, next })
    }
}

#[cfg(test)]
mod tests {
    use granary_stable::record::Stored;
    use ic_stable_structures::VectorMemory;

    use super::*;
    use crate::records::{
        Chunk, Escalation, IncidentPhase, Packing, Profile, SnapshotState, Stated,
    };
    use crate::rules::fixtures::{at, later, own, person, rules, seat};
    use crate::store::Install;

    fn store() -> Store<VectorMemory> {
        let common = granary_kernel::Install {
            governor: person(30),
            roles: vec![],
            profile: Profile::Production,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        };
        let install = Install {
            common,
            own: own(),
            members: (1..=5).map(seat).collect(),
            rules: rules(),
            recovery: None,
            methods: vec![],
            escalation: Escalation::default(),
            targets: vec![],
        };
        Store::install(VectorMemory::default(), install, &at(0, person(1))).expect("empty memory")
    }

    fn module() -> Module {
        Module {
            uploader: person(1),
            begun_at: later(0),
            finished_at: None,
            bytes: 0,
            chunks: vec![Chunk { hash: [0; 32], bytes: 0 }],
            packing: Packing::Raw,
            plain: [0; 32],
            stated: Stated::default(),
            attestations: 0,
        }
    }

    #[test]
    fn modules_come_by_hash_each_once() {
        let mut store = store();
        for n in [3_u8, 1, 2] {
            store.modules.insert(FixedKey([n; 32]), Stored(module()));
        }
        let page = |after, limit| {
            let (items, next) = store.list_modules(after, limit).expect("a page");
            (items.iter().map(|(hash, _)| hash[0]).collect::<Vec<_>>(), next)
        };
        assert_eq!(page(None, 2), (vec![1, 2], Some([2; 32])));
        assert_eq!(page(Some([2; 32]), 2), (vec![3], None));
        assert_eq!(page(None, 3), (vec![1, 2, 3], None));
        assert_eq!(page(Some([9; 32]), 3), (vec![], None));
        assert!(store.list_modules(None, 51).is_err(), "more than a page");
    }

    #[test]
    fn snapshots_and_incidents_come_newest_first_each_once() {
        let mut store = store();
        let snapshot = |proposal| FleetSnapshot {
            proposal,
            at: later(0),
            shots: vec![],
            pinned: false,
            state: SnapshotState::Complete,
        };
        let incident = Incident {
            title: "t".to_owned(),
            phase: IncidentPhase::Assessment,
            opened_at: later(0),
            proposal: None,
            notes: vec![],
        };
        for n in 1..=3_u32 {
            store.snapshots.insert(keys::epoch(u64::from(n) * 100), Stored(snapshot(n.into())));
            store.incidents.insert(n, Stored(incident.clone()));
        }
        let first = store.list_snapshots(None, 2).expect("a page");
        let epochs: Vec<u64> = first.items.iter().map(|(epoch, _)| *epoch).collect();
        assert_eq!((epochs, first.next), (vec![300, 200], Some(200)));
        let last = store.list_snapshots(first.next, 2).expect("a page");
        assert_eq!((last.items[0].0, last.items.len(), last.next), (100, 1, None));
        let ids = |after, limit| {
            let page = store.list_incidents(after, limit).expect("a page");
            (page.items.iter().map(|(id, _)| id.get()).collect::<Vec<_>>(), page.next)
        };
        assert_eq!(ids(None, 2), (vec![3, 2], Some(2)));
        assert_eq!(ids(Some(2), 2), (vec![1], None));
    }
}
