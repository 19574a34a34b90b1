//! Export and import: the families of records this canister adds to the kernel's.
//!
//! Counts, links, the list of what is open and jobs are not part of it: an import makes them anew.
//! Runs are left out: a governor that is filled from a backup has no execution under way, and what
//! was under way is looked at by people.

use granary_kernel::Fault;
use granary_kernel::row::damaged;
use granary_kernel::transfer::{Domain, Families, Found, Held, tools};
use granary_stable::record::{Record, Stored, decode_or_trap};
use granary_stable::slots::Slot;
use ic_stable_structures::Memory;

use crate::limits;
use crate::records::{
    Attestation, Audit, FleetSnapshot, Incident, Module, PayloadV1, Proposal, ProposalLinks,
    ProposalRow, Rehearsal, Target, VoteRow,
};
use crate::rules::Looked;
use crate::store::Store;
use crate::types::{IncidentId, ProposalId, ProposalState};

/// One kind of record. The numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 2: rows of proposals, each with its payload and the reason of its end.
    Proposal,
    /// 5: rows of votes.
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
                Held::Own(Family::Proposal),
                Held::Own(Family::Vote),
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
            Family::Proposal => tools::row(&self.proposals, from, |row| self.whole(row)),
            Family::Vote => tools::row(&self.votes, from, |row| {
                tools::bytes_of(&VoteRow { proposal_prev: None, ..row })
            }),
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
            Family::Vote => Some(self.votes.len()),
            Family::Incident => Some(self.incidents.len()),
            Family::Module
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
            Family::Proposal => {
                key.len() == 4
                    && split(value).is_some_and(|(_, payload, reason)| {
                        tools::reads::<PayloadV1>(payload) && core::str::from_utf8(reason).is_ok()
                    })
            }
            Family::Vote => key.len() == 4 && tools::sized::<VoteRow>(value),
            Family::Module => record::<Module>(key, 32, value),
            Family::Chunk => key.len() == 36 && value.len() <= limits::MAX_CHUNK_BYTES,
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
            Family::Proposal => self.put_back_proposal(key, value)?,
            Family::Vote => self.put_back_vote(key, value)?,
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

impl<M: Memory + 'static> Store<M> {
    /// A row without its links, the length of its payload, the payload, the reason.
    fn whole(&self, row: ProposalRow) -> Vec<u8> {
        let (payload, reason) = (self.payload_bytes(&row.links), self.reason(&row.links));
        let links = ProposalLinks::default();
        let mut bytes = tools::bytes_of(&ProposalRow { links, ..row });
        let len = u32::try_from(payload.len()).unwrap_or_else(|_| damaged());
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(&payload);
        bytes.extend_from_slice(reason.as_bytes());
        bytes
    }

    fn put_back_proposal(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let (row, payload, reason) = split(value).unwrap_or_else(damaged);
        let slot = self.proposals.len();
        tools::check_slot(key, slot)?;
        let id = ProposalId::from_slot(slot).ok_or_else(|| tools::gap("proposal"))?;
        let reason = crate::records::proposal::text(reason);
        let head = interrupted(id, Proposal { reason, ..ProposalRow::read(row).head });
        if !head.state.is_over() && self.open_list().is_full() {
            let max = limits::MAX_PENDING;
            return Err(Fault::Full { what: "the list of open proposals", max });
        }
        let links =
            ProposalLinks { payload: self.bodies.append(payload)?, ..ProposalLinks::default() };
        self.put_head(id, None, head, links, None);
        Ok(())
    }

    /// A word joins the chain of its proposal, and may bring the clock's next look forward.
    fn put_back_vote(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        tools::check_slot(key, self.votes.len())?;
        let VoteRow { proposal: id, member, vote, .. } = VoteRow::read(value);
        let row = self.proposals.get(id.slot()).ok_or_else(|| tools::gap("vote"))?;
        let newest_vote = Some(self.put_vote(id, row.links.newest_vote, member, vote));
        let links = ProposalLinks { newest_vote, ..row.links };
        let reason = self.reason(&links);
        let head = Proposal { reason, ..row.head.clone() };
        self.put_head(id, Some(&row), head, links, None);
        Ok(())
    }
}

/// The parts of an exported proposal.
fn split(value: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (row, rest) = value.split_at_checked(usize::try_from(ProposalRow::SIZE).ok()?)?;
    let (len, rest) = rest.split_first_chunk::<4>()?;
    let (payload, reason) =
        rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
    tools::sized::<ProposalRow>(row).then_some((row, payload, reason))
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
