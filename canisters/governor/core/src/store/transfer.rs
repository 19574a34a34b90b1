//! Export and import: the families of records this canister adds to the kernel's.
//!
//! Counts and jobs are not part of it: an import makes them anew. Runs are left out: a governor
//! that is filled from a backup has no execution under way, and what was under way is looked at by
//! people.

use granary_kernel::Fault;
use granary_kernel::transfer::{Domain, Families, Found, Held, tools};
use granary_stable::record::{Record, Stored, decode_or_trap};
use ic_stable_structures::Memory;

use crate::records::{
    Attestation, Audit, FleetSnapshot, Incident, Module, PayloadV1, Proposal, Rehearsal, Target,
    Vote,
};
use crate::rules::Looked;
use crate::store::Store;
use crate::types::{IncidentId, ProposalId, ProposalState};

/// One kind of record. The numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 2: heads of proposals.
    Proposal,
    /// 4: payloads.
    Payload,
    /// 5: votes.
    Vote,
    /// 6: modules.
    Module,
    /// 7: chunks of modules.
    Chunk,
    /// 8: build attestations.
    Attestation,
    /// 9: targets.
    Target,
    /// 10: audits.
    Audit,
    /// 11: rehearsals.
    Rehearsal,
    /// 12: fleet snapshots.
    Snapshot,
    /// 13: incidents.
    Incident,
    /// 15: denied modules.
    Denied,
}

impl<M: Memory + 'static> Families for Store<M> {
    type Family = Family;
    const DOMAINS: &'static [Domain<Family>] = &[
        Domain { name: "config", families: &[Held::Config] },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain {
            name: "targets",
            families: &[Held::Own(Family::Target), Held::Own(Family::Snapshot)],
        },
        Domain {
            name: "modules",
            families: &[
                Held::Own(Family::Module),
                Held::Own(Family::Chunk),
                Held::Own(Family::Attestation),
                Held::Own(Family::Denied),
            ],
        },
        Domain {
            name: "proposals",
            families: &[
                Held::Own(Family::Payload),
                Held::Own(Family::Vote),
                Held::Own(Family::Proposal),
                Held::Own(Family::Audit),
                Held::Own(Family::Rehearsal),
            ],
        },
        Domain { name: "incidents", families: &[Held::Own(Family::Incident)] },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(family: Family) -> u8 {
        match family {
            Family::Proposal => 2,
            Family::Payload => 4,
            Family::Vote => 5,
            Family::Module => 6,
            Family::Chunk => 7,
            Family::Attestation => 8,
            Family::Target => 9,
            Family::Audit => 10,
            Family::Rehearsal => 11,
            Family::Snapshot => 12,
            Family::Incident => 13,
            Family::Denied => 15,
        }
    }

    fn record_from(&self, family: Family, from: &[u8]) -> Found {
        match family {
            Family::Proposal => tools::numbered_tree(&self.proposals, from),
            Family::Payload => tools::numbered_tree(&self.payloads, from),
            Family::Vote => tools::tree(&self.votes, from),
            Family::Module => tools::tree(&self.modules, from),
            Family::Chunk => tools::tree(&self.chunks, from),
            Family::Attestation => tools::tree(&self.attestations, from),
            Family::Target => tools::tree(&self.targets, from),
            Family::Audit => tools::numbered_tree(&self.audits, from),
            Family::Rehearsal => tools::numbered_tree(&self.rehearsals, from),
            Family::Snapshot => tools::tree(&self.snapshots, from),
            Family::Incident => tools::numbered_tree(&self.incidents, from),
            Family::Denied => tools::tree(&self.denied, from),
        }
    }

    fn rows(&self, family: Family) -> Option<u64> {
        match family {
            Family::Proposal => Some(self.proposals.len()),
            Family::Payload => Some(self.payloads.len()),
            Family::Incident => Some(self.incidents.len()),
            Family::Vote
            | Family::Module
            | Family::Chunk
            | Family::Attestation
            | Family::Target
            | Family::Audit
            | Family::Rehearsal
            | Family::Snapshot
            | Family::Denied => None,
        }
    }

    fn fits(family: Family, key: &[u8], value: &[u8]) -> bool {
        fn record<R: Record>(key: &[u8], width: usize, value: &[u8]) -> bool {
            key.len() == width && tools::reads::<R>(value)
        }
        match family {
            Family::Proposal => record::<Proposal>(key, 4, value),
            Family::Payload => record::<PayloadV1>(key, 4, value),
            Family::Vote => record::<Vote>(key, 34, value),
            Family::Module => record::<Module>(key, 32, value),
            Family::Chunk => key.len() == 36 && value.len() <= crate::limits::MAX_CHUNK_BYTES,
            Family::Attestation => record::<Attestation>(key, 62, value),
            Family::Target => record::<Target>(key, 30, value),
            Family::Audit => record::<Audit>(key, 4, value),
            Family::Rehearsal => record::<Rehearsal>(key, 4, value),
            Family::Snapshot => record::<FleetSnapshot>(key, 8, value),
            Family::Incident => record::<Incident>(key, 4, value),
            Family::Denied => key.len() == 32 && value == [1],
        }
    }

    fn put_record(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let number = tools::number(key).unwrap_or_default();
        match family {
            Family::Proposal => {
                let id = ProposalId::from_wire(number).ok_or_else(|| tools::gap("proposal"))?;
                self.put_proposal(id, &interrupted(id, decode_or_trap(value)), None);
            }
            Family::Payload => {
                let id = ProposalId::from_wire(number).ok_or_else(|| tools::gap("payload"))?;
                self.payloads.insert(id.get(), Stored(decode_or_trap(value)));
            }
            Family::Vote => {
                self.votes.insert(tools::fixed(key), Stored(decode_or_trap(value)));
            }
            Family::Module => {
                self.modules.insert(tools::fixed(key), Stored(decode_or_trap(value)));
            }
            Family::Chunk => {
                self.chunks.insert(tools::fixed(key), value.to_vec());
            }
            Family::Attestation => {
                self.attestations.insert(tools::fixed(key), Stored(decode_or_trap(value)));
            }
            Family::Target => {
                let target: Target = decode_or_trap(value);
                self.put_target(&tools::fixed(key), Some(&target));
            }
            Family::Audit => {
                let id = ProposalId::from_wire(number).ok_or_else(|| tools::gap("audit"))?;
                self.audits.insert(id.get(), Stored(decode_or_trap(value)));
            }
            Family::Rehearsal => {
                let id = ProposalId::from_wire(number).ok_or_else(|| tools::gap("rehearsal"))?;
                self.rehearsals.insert(id.get(), Stored(decode_or_trap(value)));
            }
            Family::Snapshot => {
                self.snapshots.insert(tools::fixed(key), Stored(decode_or_trap(value)));
            }
            Family::Incident => {
                let id = IncidentId::from_wire(number).ok_or_else(|| tools::gap("incident"))?;
                let incident: Incident = decode_or_trap(value);
                self.put_incident(id, &incident);
            }
            Family::Denied => {
                self.denied.insert(tools::fixed(key), 1);
            }
        }
        Ok(())
    }
}

/// A proposal that was under way when the backup was taken: its steps are not part of a backup, so
/// nobody would ever end it, and no other could be executed.
fn interrupted(id: ProposalId, proposal: Proposal) -> Proposal {
    if !proposal.state.is_running() {
        return proposal;
    }
    let since = proposal.since;
    let reason = "it was under way when the backup was taken: its canisters must be looked at";
    let looked = Looked { id, proposal };
    looked.ended(ProposalState::RollbackFailed, reason, since).0
}
