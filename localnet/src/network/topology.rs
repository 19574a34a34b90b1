//! Subnets, the canister id ranges they own, and the allocation of canister ids.
//!
//! Several subnets share one execution loop and the instructions of its rounds; `xnet` says when a
//! message to another subnet arrives.

use candid::Principal;
use sha2::{Digest, Sha256};

use super::types::{SubnetKeyFn, SubnetKind};

/// Canister ids in one range.
const IDS_PER_RANGE: u64 = 1 << 20;
/// First id of the first range that is handed out; later ranges lie below it.
const FIRST_RANGE_START: u64 = 0xffff_ffff_ffe0_0000;
/// Ids below this belong to the ranges of the main network.
const MAINNET_END: u64 = 1 << 40;

/// An inclusive range of canister ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanisterRange {
    pub start: Principal,
    pub end: Principal,
}

impl CanisterRange {
    fn of(start: u64, end: u64) -> Self {
        Self { start: canister_id(start), end: canister_id(end) }
    }

    /// Whether `id` lies in the range.
    pub fn contains(&self, id: Principal) -> bool {
        self.start <= id && id <= self.end
    }
}

/// One subnet as certification and clients see it.
#[derive(Clone, Debug)]
pub struct Subnet {
    pub id: Principal,
    pub kind: SubnetKind,
    /// Position in the order of creation; with the seed it determines the key.
    pub index: u32,
    pub nodes: u32,
    pub public_key_der: Vec<u8>,
    /// Ranges in ascending order.
    pub ranges: Vec<CanisterRange>,
    /// First number of the range new ids come from, and the next free one in it.
    pub(crate) allocation: (u64, u64),
}

impl Subnet {
    /// Whether canisters on it pay for what they use.
    pub fn charges(&self) -> bool {
        !matches!(
            self.kind,
            SubnetKind::NNS | SubnetKind::II | SubnetKind::Bitcoin | SubnetKind::System
        )
    }

    /// Whether `id` belongs to the subnet.
    pub fn contains(&self, id: Principal) -> bool {
        self.ranges.iter().any(|range| range.contains(id))
    }

    /// Whether the id comes from the subnet's allocation range, where ids cannot be chosen.
    fn allocates(&self, number: u64) -> bool {
        let first = self.allocation.0;
        (first..=first + (IDS_PER_RANGE - 1)).contains(&number)
    }
}

/// A subnet on disk: its kind, its first range, its next free number.
pub(crate) type SavedSubnet = (SubnetKind, Option<(Principal, Principal)>, u64);

/// All subnets of a network in the order of creation.
#[derive(Clone, Debug)]
pub struct Topology {
    seed: u64,
    public_key: SubnetKeyFn,
    subnets: Vec<Subnet>,
}

impl Topology {
    pub(crate) fn new(
        seed: u64,
        kinds: &[SubnetKind],
        public_key: SubnetKeyFn,
    ) -> Result<Self, String> {
        if kinds.is_empty() {
            return Err("SubnetConfigSet must contain at least one subnet".to_owned());
        }
        let mut topology = Self { seed, public_key, subnets: Vec::new() };
        for kind in kinds {
            topology.add(*kind, named_ranges(*kind));
        }
        Ok(topology)
    }

    fn add(&mut self, kind: SubnetKind, mut ranges: Vec<CanisterRange>) {
        let index = u32::try_from(self.subnets.len()).expect("a network has few subnets");
        let first = FIRST_RANGE_START - u64::from(index) * IDS_PER_RANGE;
        ranges.push(CanisterRange::of(first, first + (IDS_PER_RANGE - 1)));
        let public_key_der = (self.public_key)(self.seed, index, kind);
        self.subnets.push(Subnet {
            id: Principal::self_authenticating(&public_key_der),
            kind,
            index,
            nodes: nodes(kind),
            public_key_der,
            ranges,
            allocation: (first, first),
        });
    }

    /// All subnets in the order of creation.
    pub fn subnets(&self) -> &[Subnet] {
        &self.subnets
    }

    /// The subnet with this id.
    pub fn subnet(&self, id: Principal) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.id == id)
    }

    /// The subnet whose ranges hold this canister id, whether the canister exists or not.
    pub fn route(&self, canister: Principal) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.contains(canister))
    }

    /// The subnet new canisters go to: application, else system, else the first one.
    pub fn default_subnet(&self) -> &Subnet {
        let of = |kind| self.subnets.iter().find(|subnet| subnet.kind == kind);
        of(SubnetKind::Application)
            .or_else(|| of(SubnetKind::System))
            .or_else(|| self.subnets.first())
            .expect("a topology has at least one subnet")
    }

    /// First id of the default subnet, the canister id clients route creation requests by.
    pub fn default_effective_canister_id(&self) -> Principal {
        canister_id(self.default_subnet().allocation.0)
    }

    /// Takes the next free id of a subnet; `None` when its range is used up.
    pub(crate) fn allocate(&mut self, subnet: Principal) -> Option<Principal> {
        let subnet = self.subnets.iter_mut().find(|known| known.id == subnet)?;
        let (first, next) = subnet.allocation;
        if next - first >= IDS_PER_RANGE {
            return None;
        }
        subnet.allocation.1 = next + 1;
        Some(canister_id(next))
    }

    /// Finds or creates the subnet for an id the caller chose. Only ids of the main network can
    /// be chosen; others are handed out in order.
    pub(crate) fn place_specified(&mut self, id: Principal) -> Result<Principal, String> {
        let refusal = || {
            format!(
                "The `specified_id` {id} is invalid because it does not belong to the canister \
                 ranges of any subnet that lets ids be chosen."
            )
        };
        let number = canister_number(id).ok_or_else(refusal)?;
        if let Some(subnet) = self.route(id) {
            return if subnet.allocates(number) { Err(refusal()) } else { Ok(subnet.id) };
        }
        if number >= MAINNET_END {
            return Err(refusal());
        }
        let start = number - number % IDS_PER_RANGE;
        let range = CanisterRange::of(start, start + (IDS_PER_RANGE - 1));
        self.add(SubnetKind::Application, vec![range]);
        Ok(self.subnets.last().expect("a subnet was just added").id)
    }

    /// Finds or creates the subnet for any id there can be; see `NetworkConfig::any_id`.
    pub(crate) fn place_any(&mut self, id: Principal) -> Result<Principal, String> {
        if let Some(subnet) = self.route(id) {
            return Ok(subnet.id);
        }
        let number = canister_number(id).ok_or_else(|| format!("{id} is no id of a canister"))?;
        let start = number - number % IDS_PER_RANGE;
        let range = CanisterRange::of(start, start + (IDS_PER_RANGE - 1));
        self.add(SubnetKind::Application, vec![range]);
        Ok(self.subnets.last().expect("a subnet was just added").id)
    }

    /// Kind, first range and next free number of each subnet, for persistence.
    pub(crate) fn allocations(&self) -> Vec<SavedSubnet> {
        let first = |subnet: &Subnet| subnet.ranges.first().map(|range| (range.start, range.end));
        self.subnets
            .iter()
            .map(|subnet| (subnet.kind, first(subnet), subnet.allocation.1))
            .collect()
    }

    /// Rebuilds the subnets that were saved by [`Topology::allocations`].
    pub(crate) fn restore(&mut self, saved: &[SavedSubnet]) -> Result<(), String> {
        self.subnets.clear();
        for (kind, range, next) in saved {
            let mut ranges = named_ranges(*kind);
            let own = FIRST_RANGE_START - self.subnets.len() as u64 * IDS_PER_RANGE;
            match range {
                // A range of the main network that a chosen id brought in.
                Some((start, end)) if ranges.is_empty() && *start != canister_id(own) => {
                    ranges.push(CanisterRange { start: *start, end: *end });
                }
                _ => {}
            }
            self.add(*kind, ranges);
            let subnet = self.subnets.last_mut().ok_or("no subnet was added")?;
            subnet.allocation.1 = *next;
        }
        Ok(())
    }
}

/// Nodes of a subnet, which scale its prices.
fn nodes(kind: SubnetKind) -> u32 {
    match kind {
        SubnetKind::Fiduciary | SubnetKind::II | SubnetKind::SNS => 34,
        SubnetKind::NNS => 40,
        _ => 13,
    }
}

/// The id with number `number`: eight big-endian bytes and the suffix 01 01.
pub(crate) fn canister_id(number: u64) -> Principal {
    let mut bytes = [1; 10];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Principal::from_slice(&bytes)
}

/// Inverse of [`canister_id`].
fn canister_number(id: Principal) -> Option<u64> {
    match id.as_slice() {
        [number @ .., 1, 1] => Some(u64::from_be_bytes(number.try_into().ok()?)),
        _ => None,
    }
}

/// The ranges that named subnets own on the main network.
fn named_ranges(kind: SubnetKind) -> Vec<CanisterRange> {
    let range = |start: u64| CanisterRange::of(start, start + (IDS_PER_RANGE - 1));
    match kind {
        // The single canister 7 in the middle of the range belongs to the II subnet.
        SubnetKind::NNS => {
            vec![CanisterRange::of(0, 6), CanisterRange::of(8, IDS_PER_RANGE - 1)]
        }
        SubnetKind::II => vec![CanisterRange::of(7, 7), range(0x0210_0000)],
        SubnetKind::Bitcoin => vec![range(0x01a0_0000)],
        SubnetKind::Fiduciary => vec![range(0x0230_0000)],
        SubnetKind::SNS => vec![range(0x0200_0000)],
        SubnetKind::Application
        | SubnetKind::CloudEngine
        | SubnetKind::System
        | SubnetKind::TestThresholdKeys
        | SubnetKind::VerifiedApplication => Vec::new(),
    }
}

/// Key bytes for networks that nobody verifies certificates of.
pub(crate) fn placeholder_public_key(seed: u64, index: u32, _kind: SubnetKind) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(b"localnet subnet");
    hash.update(seed.to_be_bytes());
    hash.update(index.to_be_bytes());
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(kinds: &[SubnetKind]) -> Topology {
        Topology::new(1, kinds, placeholder_public_key).expect("valid topology")
    }

    #[test]
    fn ids_look_like_those_of_a_pocketic_application_subnet() {
        let mut topology = topology(&[SubnetKind::Application]);
        let subnet = topology.default_subnet().id;
        let id = |t: &mut Topology| t.allocate(subnet).expect("free id").to_text();
        assert_eq!(id(&mut topology), "lxzze-o7777-77777-aaaaa-cai");
        assert_eq!(id(&mut topology), "lqy7q-dh777-77777-aaaaq-cai");
        assert_eq!(
            topology.default_effective_canister_id().to_text(),
            "lxzze-o7777-77777-aaaaa-cai"
        );
    }

    #[test]
    fn named_ranges_start_and_end_with_the_known_canisters() {
        let check = |kind, position: usize, start: &str, end: &str| {
            let range = named_ranges(kind)[position];
            assert_eq!((range.start.to_text(), range.end.to_text()), (start.into(), end.into()));
        };
        check(SubnetKind::NNS, 0, "rwlgt-iiaaa-aaaaa-aaaaa-cai", "renrk-eyaaa-aaaaa-aaada-cai");
        check(SubnetKind::NNS, 1, "qoctq-giaaa-aaaaa-aaaea-cai", "n5n4y-3aaaa-aaaaa-p777q-cai");
        check(SubnetKind::II, 0, "rdmx6-jaaaa-aaaaa-aaadq-cai", "rdmx6-jaaaa-aaaaa-aaadq-cai");
        check(SubnetKind::II, 1, "uc7f6-kaaaa-aaaaq-qaaaa-cai", "ijz7v-ziaaa-aaaaq-7777q-cai");
        check(SubnetKind::Bitcoin, 0, "g3wsl-eqaaa-aaaan-aaaaa-cai", "2qqia-xyaaa-aaaan-p777q-cai");
        check(
            SubnetKind::Fiduciary,
            0,
            "mf7xa-laaaa-aaaar-qaaaa-cai",
            "qoznl-yiaaa-aaaar-7777q-cai",
        );
        check(SubnetKind::SNS, 0, "ybpmr-kqaaa-aaaaq-aaaaa-cai", "ekjw2-zyaaa-aaaaq-p777q-cai");
    }

    #[test]
    fn a_chosen_id_creates_the_subnet_that_owns_it() {
        let mut topology = topology(&[SubnetKind::Application]);
        let ledger = Principal::from_text("ryjl3-tyaaa-aaaaa-aaaba-cai").expect("valid id");
        let subnet = topology.place_specified(ledger).expect("placed");
        assert_ne!(subnet, topology.default_subnet().id);
        assert_eq!(topology.place_specified(ledger), Ok(subnet));
        assert_eq!(topology.route(ledger).map(|s| s.id), Some(subnet));
        let own = canister_id(FIRST_RANGE_START + 5);
        assert!(topology.place_specified(own).is_err(), "ids of the allocation range are not free");
        assert!(topology.place_specified(Principal::anonymous()).is_err());
    }

    #[test]
    fn a_copy_of_another_network_takes_any_id() {
        let mut topology = topology(&[SubnetKind::Application]);
        let own = canister_id(FIRST_RANGE_START + 5);
        assert_eq!(topology.place_any(own), Ok(topology.default_subnet().id));
        // As other local networks number theirs.
        let other = Principal::from_text("bkyz2-fmaaa-aaaaa-qaaaq-cai").expect("an id");
        let subnet = topology.place_any(other).expect("placed");
        assert_ne!(subnet, topology.default_subnet().id);
        assert_eq!(topology.route(other).map(|s| s.id), Some(subnet));
        assert!(topology.place_any(Principal::anonymous()).is_err());
    }

    #[test]
    fn a_network_needs_a_subnet() {
        let error = Topology::new(1, &[], placeholder_public_key).expect_err("no subnets");
        assert_eq!(error, "SubnetConfigSet must contain at least one subnet");
    }
}
