//! The regions of outputs, prices, headers and commitments, and how they are exported.

use granary_kernel::transfer::{Found, tools};
use granary_kernel::{Fault, Held, NO_ROOM, OpenFault, Vm};
use granary_proof::Hash;
use granary_proof::tree::Nodes;
use granary_stable::StorageFault;
use granary_stable::index::Index;
use granary_stable::keys::FixedKey;
use granary_stable::regions::Regions;
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::Memory;

use crate::records::{CommitmentRow, Folded, HeaderRow, NodeRow, PriceRow, ProofPlace, UtxoRow};
use crate::store::{Family, Store, layout};
use crate::types::{AssetId, Timestamp, UtxoId};

/// Job kind: entries, accounts and outputs are folded into the trees. Key: 0.
pub const COMMIT: u16 = 10;

/// All of them.
#[derive(Debug)]
pub(crate) struct ProofState<M: Memory> {
    pub(crate) utxos: Slots<UtxoRow, Vm<M>>,
    pub(crate) outpoints: Index<{ UtxoRow::OUTPOINT_BYTES }, Vm<M>>,
    pub(crate) owners: Index<{ UtxoRow::OWNER_BYTES }, Vm<M>>,
    pub(crate) prices: Slots<PriceRow, Vm<M>>,
    pub(crate) commitments: Slots<CommitmentRow, Vm<M>>,
    pub(crate) folded: Slots<Folded, Vm<M>>,
    pub(crate) headers: Slots<HeaderRow, Vm<M>>,
    pub(crate) balance_nodes: TreeNodes<M>,
    pub(crate) entry_nodes: TreeNodes<M>,
    pub(crate) utxo_nodes: TreeNodes<M>,
    place: Slots<ProofPlace, Vm<M>>,
}

/// The nodes of one tree, by place.
#[derive(Debug)]
pub(crate) struct TreeNodes<M: Memory>(Slots<NodeRow, Vm<M>>);

impl<M: Memory> Nodes for TreeNodes<M> {
    type Fault = StorageFault;

    fn get(&self, place: u64) -> Option<Hash> {
        self.0.get(place).map(|node| node.0)
    }

    fn put(&mut self, place: u64, node: &Hash) -> Result<(), StorageFault> {
        if place < self.0.len() {
            return self.0.set(place, &NodeRow(*node));
        }
        self.0.extend_to(place, &NodeRow([0; 32]))?;
        self.0.push(&NodeRow(*node)).map(|_| ())
    }
}

/// One kind of record; numbers from 20 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofFamily {
    /// 20: outputs.
    Utxo,
    /// 21: prices.
    Price,
    /// 22: headers.
    Header,
    /// 23: commitments.
    Commitment,
    /// 24: the header chain's place, and whether deposits are frozen.
    Place,
}

impl ProofFamily {
    /// Its number in the format.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Utxo => 20,
            Self::Price => 21,
            Self::Header => 22,
            Self::Commitment => 23,
            Self::Place => 24,
        }
    }
}

/// The families of the domain "proofs". Trees are not among them: they are built again.
pub(crate) const FAMILIES: &[Held<Family>] = &[
    Held::Own(Family::Proof(ProofFamily::Utxo)),
    Held::Own(Family::Proof(ProofFamily::Price)),
    Held::Own(Family::Proof(ProofFamily::Header)),
    Held::Own(Family::Proof(ProofFamily::Commitment)),
    Held::Own(Family::Proof(ProofFamily::Place)),
];

impl<M: Memory> ProofState<M> {
    pub(crate) fn open(regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            utxos: Slots::open(at(layout::UTXOS))?,
            outpoints: Index::open(at(layout::UTXO_INDEX))?,
            owners: Index::open(at(layout::UTXO_OWNERS))?,
            prices: Slots::open(at(layout::PRICES))?,
            commitments: Slots::open(at(layout::COMMITMENTS))?,
            folded: Slots::open(at(layout::FOLDED))?,
            headers: Slots::open(at(layout::HEADERS))?,
            balance_nodes: TreeNodes(Slots::open(at(layout::TREE))?),
            entry_nodes: TreeNodes(Slots::open(at(layout::ENTRY_TREE))?),
            utxo_nodes: TreeNodes(Slots::open(at(layout::UTXO_TREE))?),
            place: Slots::open(at(layout::PROOF_PLACE))?,
        })
    }

    /// How far everything is.
    pub(crate) fn place(&self) -> ProofPlace {
        self.place.get(0).unwrap_or_default()
    }

    pub(crate) fn set_place(&mut self, place: &ProofPlace) {
        if self.place.is_empty() {
            self.place.push(place).expect(NO_ROOM);
        } else {
            self.place.set(0, place).expect(NO_ROOM);
        }
    }

    /// Writes an output's row, its indexes, and its place in the queue of the fold.
    pub(crate) fn put_utxo(&mut self, id: UtxoId, row: &UtxoRow) {
        let before = self.utxos.get(id.slot());
        let mut place = self.place();
        let row = if before.is_some_and(|before| before.dirty) {
            let queued = before.and_then(|before| before.dirty_next);
            UtxoRow { dirty: true, dirty_next: queued, ..*row }
        } else {
            let next = place.dirty.replace(id);
            place.committed = false;
            self.set_place(&place);
            UtxoRow { dirty: true, dirty_next: next, ..*row }
        };
        let (key, stale) = (row.owner_key(id), before.map(|before| before.owner_key(id)));
        if stale != Some(key) {
            if let Some(stale) = stale {
                self.owners.remove(&stale);
            }
            self.owners.insert(&key, id.get()).expect(NO_ROOM);
        }
        if before.is_some() {
            self.utxos.set(id.slot(), &row).expect(NO_ROOM);
            return;
        }
        let slot = self.utxos.push(&row).expect(NO_ROOM);
        assert!(slot == id.slot(), "BUG: an output's number is not the next");
        let before = self.outpoints.insert(&row.outpoint(), id.get()).expect(NO_ROOM);
        assert!(before.is_none(), "BUG: an outpoint appears twice");
    }

    /// Takes the newest headers in behind `parent`.
    pub(crate) fn put_headers(&mut self, from: u64, headers: &[HeaderRow]) {
        for (slot, header) in (from..).zip(headers) {
            if slot < self.headers.len() {
                self.headers.set(slot, header).expect(NO_ROOM);
            } else {
                self.headers.push(header).expect(NO_ROOM);
            }
        }
    }

    /// The output of an outpoint.
    pub(crate) fn find(
        &self,
        outpoint: &FixedKey<{ UtxoRow::OUTPOINT_BYTES }>,
    ) -> Option<(UtxoId, UtxoRow)> {
        let id = self.outpoints.get(outpoint).and_then(UtxoId::new)?;
        self.utxos.get(id.slot()).map(|row| (id, row))
    }
}

impl<M: Memory> Store<M> {
    /// What a fresh canister, and one that never committed, begins with.
    pub(crate) fn first_proofs(&mut self) {
        let place = self.proofs.place();
        self.proofs.set_place(&place);
        self.ensure_job(COMMIT, 0, Timestamp::default());
    }

    pub(crate) fn proof_from(&self, family: ProofFamily, from: &[u8]) -> Found {
        let own = &self.proofs;
        match family {
            ProofFamily::Utxo => {
                tools::row(&own.utxos, from, |row| tools::bytes_of(&row.unlinked()))
            }
            ProofFamily::Price => tools::row(&own.prices, from, |row| {
                tools::bytes_of(&PriceRow { open_until: None, ..row })
            }),
            ProofFamily::Header => tools::row(&own.headers, from, |row| tools::bytes_of(&row)),
            ProofFamily::Commitment => {
                tools::row(&own.commitments, from, |row| tools::bytes_of(&row))
            }
            ProofFamily::Place => tools::single(from, || tools::bytes_of(&own.place().unfolded())),
        }
    }

    pub(crate) fn proof_rows(&self, family: ProofFamily) -> Option<u64> {
        match family {
            ProofFamily::Utxo => Some(self.proofs.utxos.len()),
            ProofFamily::Price => Some(self.proofs.prices.len()),
            ProofFamily::Header => Some(self.proofs.headers.len()),
            ProofFamily::Commitment => Some(self.proofs.commitments.len()),
            ProofFamily::Place => None,
        }
    }

    pub(crate) fn proof_fits(family: ProofFamily, key: &[u8], value: &[u8]) -> bool {
        match family {
            ProofFamily::Utxo => tools::sized::<UtxoRow>(value),
            ProofFamily::Price => tools::sized::<PriceRow>(value),
            ProofFamily::Header => u32::try_from(value.len()) == Ok(HeaderRow::SIZE),
            ProofFamily::Commitment => tools::sized::<CommitmentRow>(value),
            ProofFamily::Place => key == [0] && tools::sized::<ProofPlace>(value),
        }
    }

    pub(crate) fn put_proof(
        &mut self,
        family: ProofFamily,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), Fault> {
        match family {
            ProofFamily::Utxo => {
                let slot = self.proofs.utxos.len();
                let id = UtxoId::from_slot(slot).ok_or_else(|| tools::gap("output"))?;
                let row = UtxoRow::read(value);
                if self.proofs.find(&row.outpoint()).is_some() {
                    return Err(Fault::import("an outpoint appears twice"));
                }
                self.proofs.put_utxo(id, &row.unlinked());
                tools::check_slot(key, slot)
            }
            ProofFamily::Price => {
                let row = PriceRow::read(value);
                let slot = self.proofs.prices.push(&row)?;
                let id = AssetId::from_slot(slot).ok_or_else(|| tools::gap("price"))?;
                self.alarms.price(id, &row);
                tools::check_slot(key, slot)
            }
            ProofFamily::Header => {
                let slot = self.proofs.headers.push(&HeaderRow::read(value))?;
                tools::check_slot(key, slot)
            }
            ProofFamily::Commitment => {
                let slot = self.proofs.commitments.push(&CommitmentRow::read(value))?;
                tools::check_slot(key, slot)
            }
            ProofFamily::Place => {
                let given = ProofPlace::read(value);
                let place = self.proofs.place();
                let (chain, frozen_since) = (given.chain, given.frozen_since);
                self.proofs.set_place(&ProofPlace { chain, frozen_since, ..place });
                Ok(())
            }
        }
    }
}
