//! Headers and branches: what is accepted, and every way to cheat that must not be.

use granary_proof::Hash;
use granary_proof::bitcoin::chain::{
    Chain, ChainFault, Network, PERIOD, find, hash_at, judge, work_above,
};
use granary_proof::bitcoin::double_sha256;
use granary_proof::bitcoin::header::{Header, HeaderBytes, hash, meets, target};
use granary_proof::bitcoin::inclusion::{
    Inclusion, InclusionFault, MAX_TRANSACTIONS, branch_of, verify,
};
use granary_proof::bitcoin::number::U256;
use proptest::prelude::*;

const EASY: u32 = 0x207f_ffff;
const START: u32 = 1_700_000_000;

struct Kept {
    network: Network,
    base: u32,
    headers: Vec<HeaderBytes>,
}

impl Chain for Kept {
    fn network(&self) -> Network {
        self.network
    }
    fn base(&self) -> u32 {
        self.base
    }
    fn tip(&self) -> u32 {
        self.base + u32::try_from(self.headers.len()).expect("short") - 1
    }
    fn header(&self, height: u32) -> Option<HeaderBytes> {
        self.headers.get(usize::try_from(height.checked_sub(self.base)?).ok()?).copied()
    }
}

/// A header with enough work, found by trying nonces.
fn mine(previous: Hash, root: u8, time: u32, bits: u32) -> HeaderBytes {
    let mut bytes = [0; 80];
    bytes[0] = 1;
    bytes[4..36].copy_from_slice(&previous);
    bytes[36..68].copy_from_slice(&[root; 32]);
    bytes[68..72].copy_from_slice(&time.to_le_bytes());
    bytes[72..76].copy_from_slice(&bits.to_le_bytes());
    let target = target(bits).expect("a target");
    for nonce in 0..=u32::MAX {
        bytes[76..].copy_from_slice(&nonce.to_le_bytes());
        if meets(&hash(&bytes), target) {
            return bytes;
        }
    }
    unreachable!("an easy target is met soon")
}

/// `count` headers on top of `previous`, ten minutes apart.
fn grow(previous: Hash, root: u8, from: u32, count: u32) -> Vec<HeaderBytes> {
    let mut previous = previous;
    (0..count)
        .map(|step| {
            let bytes = mine(previous, root, from + 600 * (step + 1), EASY);
            previous = hash(&bytes);
            bytes
        })
        .collect()
}

fn kept(count: u32) -> Kept {
    Kept { network: Network::Regtest, base: 100, headers: grow([9; 32], 0, START, count) }
}

fn tip_hash(kept: &Kept) -> Hash {
    hash(kept.headers.last().expect("a tip"))
}

fn now(kept: &Kept) -> u64 {
    u64::from(Header::read(kept.headers.last().expect("a tip")).time)
}

#[test]
fn a_batch_extends_the_chain() {
    let chain = kept(12);
    let more = grow(tip_hash(&chain), 1, START + 12 * 600, 3);
    let verdict = judge(&chain, &more, 100, now(&chain) + 1_800).expect("it links");
    assert_eq!((verdict.parent, verdict.removed, verdict.added), (111, 0, 3));
    assert_eq!(verdict.work_added, U256::from_u64(6), "two hashes each");
    assert_eq!(verdict.tip_hash, hash(&more[2]));
}

#[test]
fn more_work_wins_and_equal_work_does_not() {
    let chain = kept(12);
    let fork = hash(&chain.headers[8]);
    let same = grow(fork, 1, START + 9 * 600, 3);
    let later = now(&chain) + 10_000;
    assert_eq!(judge(&chain, &same, 100, later), Err(ChainFault::NotMoreWork));
    let longer = grow(fork, 1, START + 9 * 600, 4);
    let verdict = judge(&chain, &longer, 100, later).expect("more work");
    assert_eq!((verdict.parent, verdict.removed, verdict.added), (108, 3, 4));
    // Beyond the search it hangs on nothing.
    assert_eq!(judge(&chain, &longer, 2, later), Err(ChainFault::Unlinked));
}

#[test]
fn each_rule_refuses_alone() {
    let chain = kept(12);
    let later = now(&chain) + 10_000;
    let more = grow(tip_hash(&chain), 1, START + 12 * 600, 3);
    assert_eq!(judge(&chain, &[], 100, later), Err(ChainFault::Empty));
    assert_eq!(judge(&chain, &more[1..], 100, later), Err(ChainFault::Unlinked));
    let gap = [more[0], more[2]];
    assert_eq!(judge(&chain, &gap, 100, later), Err(ChainFault::Broken { index: 1 }));

    let mut weak = more.clone();
    while meets(&hash(&weak[2]), target(EASY).expect("a target")) {
        weak[2][76] = weak[2][76].wrapping_add(1);
    }
    assert_eq!(judge(&chain, &weak, 100, later), Err(ChainFault::Work { index: 2 }));

    let easier = mine(tip_hash(&chain), 1, START + 13 * 600, 0x2100_7fff);
    let refused = judge(&chain, &[easier], 100, later);
    let difficulty = ChainFault::Difficulty { index: 0, expected: EASY, found: 0x2100_7fff };
    assert_eq!(refused, Err(difficulty));

    let median = START + 600 * 7;
    let old = mine(tip_hash(&chain), 1, median, EASY);
    assert_eq!(judge(&chain, &[old], 100, later), Err(ChainFault::Time { index: 0, time: median }));
    let after = mine(tip_hash(&chain), 1, median + 1, EASY);
    assert!(judge(&chain, &[after], 100, later).is_ok());
    let far = u32::try_from(later + 7_201).expect("fits");
    let ahead = mine(tip_hash(&chain), 1, far, EASY);
    assert_eq!(judge(&chain, &[ahead], 100, later), Err(ChainFault::Time { index: 0, time: far }));
    let allowed = mine(tip_hash(&chain), 1, far - 1, EASY);
    assert!(judge(&chain, &[allowed], 100, later).is_ok());
}

#[test]
fn hashes_are_found_without_hashing() {
    let chain = kept(30);
    for (height, bytes) in (100..).zip(&chain.headers) {
        assert_eq!(hash_at(&chain, height), Some(hash(bytes)));
        assert_eq!(find(&chain, &hash(bytes), 29), Some(height));
    }
    assert_eq!(find(&chain, &hash(&chain.headers[0]), 28), None);
    assert_eq!(hash_at(&chain, 99), None);
    assert_eq!(hash_at(&chain, 130), None);
    assert_eq!(work_above(&chain, 120), U256::from_u64(18));
}

/// Bitcoin's first change of difficulty: blocks 30,240 to 32,255 and the target of 32,256.
#[test]
fn the_first_real_retarget() {
    let easiest = Network::Mainnet.easiest();
    let mut headers = vec![[0; 80]; usize::try_from(PERIOD).expect("small")];
    for bytes in &mut headers {
        bytes[72..76].copy_from_slice(&easiest.to_le_bytes());
    }
    headers[0][68..72].copy_from_slice(&1_261_130_161_u32.to_le_bytes());
    headers[2_015][68..72].copy_from_slice(&1_262_152_739_u32.to_le_bytes());
    let chain = Kept { network: Network::Mainnet, base: 30_240, headers };
    let mut next = [0; 80];
    next[4..36].copy_from_slice(&tip_hash(&chain));
    next[68..72].copy_from_slice(&1_262_153_464_u32.to_le_bytes());
    next[72..76].copy_from_slice(&easiest.to_le_bytes());
    let refused = judge(&chain, &[next], 10, 1_262_153_464);
    let expected = ChainFault::Difficulty { index: 0, expected: 0x1d00_d86a, found: easiest };
    assert_eq!(refused, Err(expected));
    // With the right target it fails for want of work, which comes after.
    next[72..76].copy_from_slice(&0x1d00_d86a_u32.to_le_bytes());
    assert_eq!(judge(&chain, &[next], 10, 1_262_153_464), Err(ChainFault::Work { index: 0 }));
}

#[test]
fn only_a_late_block_of_the_test_network_is_easy() {
    let hard = 0x1c00_ffff_u32;
    let mut headers = vec![[0; 80]; 20];
    for (bytes, step) in headers.iter_mut().zip(0_u32..) {
        bytes[68..72].copy_from_slice(&(START + step).to_le_bytes());
        bytes[72..76].copy_from_slice(&hard.to_le_bytes());
    }
    let judged = |network, time: u32| {
        let chain = Kept { network, base: PERIOD, headers: headers.clone() };
        let mut next = [0; 80];
        next[4..36].copy_from_slice(&tip_hash(&chain));
        next[68..72].copy_from_slice(&time.to_le_bytes());
        next[72..76].copy_from_slice(&network.easiest().to_le_bytes());
        judge(&chain, &[next], 10, u64::from(time)).expect_err("it has no work")
    };
    let tip = START + 19;
    assert_eq!(judged(Network::Testnet, tip + 1_201), ChainFault::Work { index: 0 });
    let due = ChainFault::Difficulty { index: 0, expected: hard, found: 0x1d00_ffff };
    assert_eq!(judged(Network::Testnet, tip + 1_200), due);
    assert_eq!(judged(Network::Mainnet, tip + 1_201), due);
}

fn transactions(count: u32) -> Vec<Vec<u8>> {
    (0..count).map(|number| [&[7; 96][..], &number.to_be_bytes()].concat()).collect()
}

fn included(count: u32, index: u32) -> (Inclusion, Hash) {
    let transactions = transactions(count);
    let txids: Vec<Hash> = transactions.iter().map(|bytes| double_sha256(bytes)).collect();
    let at = usize::try_from(index).expect("small");
    let (branch, root) = branch_of(&txids, at).expect("a transaction");
    let transaction = transactions[at].clone();
    (Inclusion { transaction, index, count, branch }, root)
}

#[test]
fn every_transaction_of_small_blocks() {
    for count in 1..=20 {
        for index in 0..count {
            let (inclusion, root) = included(count, index);
            let txid = double_sha256(&inclusion.transaction);
            assert_eq!(verify(&inclusion, &root), Ok(txid), "{index} of {count}");
        }
    }
}

/// The block of two transactions that Bitcoin's block 170 is, with its real ids.
#[test]
fn a_real_block() {
    let id = |text: &str| -> Hash {
        let mut bytes: Hash = hex::decode(text).expect("hex").try_into().expect("32 bytes");
        bytes.reverse();
        bytes
    };
    let coinbase = id("b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082");
    let payment = id("f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16");
    let root = id("7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff");
    assert_eq!(branch_of(&[coinbase, payment], 1), Some((vec![coinbase], root)));
}

/// CVE-2012-2459: three transactions and four with the last one doubled have the same root.
#[test]
fn a_transaction_counted_twice_is_refused() {
    let (honest, root) = included(3, 2);
    let doubled = Inclusion { index: 3, count: 4, ..honest.clone() };
    assert_eq!(verify(&doubled, &root), Err(InclusionFault::Doubled { level: 0 }));
    let claimed_four = Inclusion { count: 4, ..honest.clone() };
    assert_eq!(verify(&claimed_four, &root), Err(InclusionFault::Doubled { level: 0 }));
    assert!(verify(&honest, &root).is_ok());
    // Five of eight: the double is higher up.
    let (honest, root) = included(6, 4);
    let claimed = Inclusion { count: 8, ..honest.clone() };
    assert_eq!(verify(&claimed, &root), Err(InclusionFault::Doubled { level: 1 }));
    let fewer = Inclusion { count: 5, ..honest };
    assert_eq!(verify(&fewer, &root), Err(InclusionFault::Doubled { level: 0 }));
}

/// An inner node of the block, offered as a transaction one level up.
#[test]
fn a_node_in_disguise_is_refused() {
    let txids: Vec<Hash> = transactions(8).iter().map(|bytes| double_sha256(bytes)).collect();
    let (branch, root) = branch_of(&txids, 0).expect("a transaction");
    let node = [txids[0], txids[1]].concat();
    let disguised =
        Inclusion { transaction: node, index: 0, count: 4, branch: branch[1..].to_vec() };
    assert_eq!(verify(&disguised, &root), Err(InclusionFault::TransactionSize { bytes: 64 }));
}

#[test]
fn bounds_of_a_block() {
    let (good, root) = included(5, 1);
    let fault = |inclusion: Inclusion| verify(&inclusion, &root).expect_err("out of bounds");
    let count = |count| Inclusion { count, ..good.clone() };
    assert_eq!(fault(count(0)), InclusionFault::Count { count: 0 });
    assert_eq!(fault(count(MAX_TRANSACTIONS + 1)), InclusionFault::Count { count: 16_667 });
    assert_eq!(fault(count(1)), InclusionFault::Index { index: 1, count: 1 });
    let lengths = InclusionFault::BranchLength { expected: 4, found: 3 };
    assert_eq!(fault(count(9)), lengths);
    let long = Inclusion { transaction: vec![0; 1_000_001], ..good.clone() };
    assert_eq!(fault(long), InclusionFault::TransactionSize { bytes: 1_000_001 });
    assert_eq!(verify(&good, &[0; 32]), Err(InclusionFault::Root));
    let empty = Inclusion { transaction: vec![], ..good };
    assert_eq!(fault(empty), InclusionFault::Root);
}

proptest! {
    #[test]
    fn a_changed_branch_proves_nothing(
        count in 2..600_u32,
        index: prop::sample::Index,
        at: prop::sample::Index,
        bit in 0..256_usize,
    ) {
        let index = index.index(usize::try_from(count).expect("small"));
        let index = u32::try_from(index).expect("fits");
        let (mut inclusion, root) = included(count, index);
        prop_assert!(verify(&inclusion, &root).is_ok());
        let at = at.index(inclusion.branch.len());
        inclusion.branch[at][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify(&inclusion, &root).is_err());
    }

    #[test]
    fn no_claim_panics(
        index: u32, count: u32, transaction: Vec<u8>,
        branch in prop::collection::vec(any::<Hash>(), 0..20),
    ) {
        let inclusion = Inclusion { transaction, index, count, branch };
        prop_assert!(verify(&inclusion, &[3; 32]).is_err());
    }
}
