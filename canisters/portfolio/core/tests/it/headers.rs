//! Headers: many of them in little memory, and a past that changes only for more work.

use crate::support::{SECOND, START, World, at, governor, operator, person, world};
use granary_proof::bitcoin::chain::ChainFault;
use granary_proof::bitcoin::header::{HeaderBytes, hash, meets, target};
use ic_stable_structures::Memory as _;
use portfolio_core::errors::{HeaderFault, PortfolioError};
use portfolio_core::types::Network;

const PAGE: u64 = 65_536;

/// `count` headers on top of `previous`, a second apart.
fn grow(previous: [u8; 32], root: u8, from: u32, count: u32) -> Vec<HeaderBytes> {
    let easy = target(0x207f_ffff).expect("a target");
    let mut previous = previous;
    (1..=count)
        .map(|step| {
            let mut bytes = [0; 80];
            bytes[4..36].copy_from_slice(&previous);
            bytes[36] = root;
            bytes[68..72].copy_from_slice(&(from + step).to_le_bytes());
            bytes[72..76].copy_from_slice(&0x207f_ffff_u32.to_le_bytes());
            while !meets(&hash(&bytes), easy) {
                bytes[76] += 1;
            }
            previous = hash(&bytes);
            bytes
        })
        .collect()
}

fn submit(store: &mut World, headers: &[HeaderBytes]) -> Result<u64, PortfolioError> {
    let batch: Vec<&[u8]> = headers.iter().map(|header| &header[..]).collect();
    store.submit_headers(&at(START, operator()), &batch).map(|receipt| receipt.id)
}

#[test]
fn ten_thousand_headers_take_less_than_a_megabyte() {
    let (memory, mut store) = world();
    let time = u32::try_from(START / SECOND).expect("fits") - 50_000;
    let first = grow([0; 32], 0, time, 1);
    store.start_headers(&at(START, governor()), Network::Regtest, 0, &first[0]).expect("first");
    let before = memory.size();
    let (mut tip, mut from) = (hash(&first[0]), time + 1);
    for _ in 0..100 {
        let batch = grow(tip, 0, from, 100);
        submit(&mut store, &batch).expect("they link");
        tip = hash(batch.last().expect("a hundred"));
        from += 100;
    }
    let chain = store.header_chain().expect("begun");
    assert_eq!((chain.place.tip, chain.tip_hash), (10_000, tip));
    let bytes = (memory.size() - before) * PAGE;
    assert!(bytes < 1_000_000, "{bytes} bytes for ten thousand headers and their events");
    let past = store.block_header(5_000).expect("kept");
    assert_eq!(hash(&past)[..], store.block_header(5_001).expect("kept")[4..36]);
    let above = store.block_header(10_001);
    assert_eq!(above, Err(HeaderFault::Missing { height: 10_001 }.into()));
}

/// Six blocks may be replaced by seven; the seventh needs a governor, and deposits stop.
#[test]
fn a_deep_change_of_the_past_is_a_persons_decision() {
    let (_, mut store) = world();
    assert_eq!(store.header_chain().map(|_| ()), Err(HeaderFault::None.into()));
    let time = u32::try_from(START / SECOND).expect("fits") - 5_000;
    let first = grow([0; 32], 0, time, 1);
    let ctx = at(START, governor());
    let wrong = store.start_headers(&ctx, Network::Mainnet, 2_015, &first[0]);
    assert_eq!(wrong, Err(HeaderFault::Base { height: 2_015 }.into()));
    let short = store.start_headers(&ctx, Network::Regtest, 0, &first[0][1..]);
    assert_eq!(short, Err(HeaderFault::Size { index: 0, bytes: 79 }.into()));
    store.start_headers(&ctx, Network::Regtest, 0, &first[0]).expect("the first");
    let chain = grow(hash(&first[0]), 1, time + 1, 20);
    submit(&mut store, &chain).expect("they link");
    let six = grow(hash(&chain[13]), 2, time + 15, 7);
    submit(&mut store, &six).expect("six for seven");
    assert_eq!(store.header_chain().expect("begun").place.tip, 21);
    assert!(!store.deposits_frozen());

    let deep = grow(hash(&chain[13]), 3, time + 15, 8);
    submit(&mut store, &deep).expect("it freezes");
    let frozen = store.header_chain().expect("begun");
    assert_eq!((frozen.place.tip, frozen.tip_hash), (21, hash(&six[6])));
    assert!(store.deposits_frozen());
    let again = submit(&mut store, &deep);
    assert_eq!(again, Err(HeaderFault::Chain(ChainFault::Unlinked).into()));
    assert!(store.submit_headers(&at(START, person(77)), &[]).is_err(), "no role");
    let batch: Vec<&[u8]> = deep.iter().map(|header| &header[..]).collect();
    store.submit_headers(&ctx, &batch).expect("a governor decides");
    assert_eq!(store.header_chain().expect("begun").tip_hash, hash(&deep[7]));
    store.thaw_deposits(&ctx).expect("frozen");
    assert!(!store.deposits_frozen());
    let equal = grow(hash(&chain[13]), 4, time + 15, 8);
    let refused = submit(&mut store, &equal);
    assert_eq!(refused, Err(HeaderFault::Chain(ChainFault::NotMoreWork).into()));
}
