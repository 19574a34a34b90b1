//! What one application takes in stable memory: row, body, journal, indexes.

use crate::support::{START, World, at, content, draft, world};
use granary_stable::record;
use ic_stable_structures::{Memory, VectorMemory};
use micro_grants_core::records::Content;
use micro_grants_core::types::Principal;

/// Bytes of an application written as one CBOR record, applicant, state and times included.
const ROW_BYTES: usize = 463;
const PAGE: u64 = 65_536;
/// Regions grow by whole buckets; so many rows make that noise less than twenty bytes.
const FIRST: u64 = 40_000;
const LAST: u64 = 240_000;

fn one_record(body: &Content) -> usize {
    let (id, program, state, version, panel) = (LAST, 1_u8, 1_u8, 1_u8, 0_u8);
    let head = (id, program, state, version, panel, START);
    let applicant = minicbor::bytes::ByteVec::from(vec![0; 29]);
    let head = minicbor::to_vec((head, applicant)).expect("writing to a vector");
    record::encode(body).len() + head.len()
}

/// Fills a fresh store and answers the bytes each application took.
fn bytes_per_row(body: &Content, per_applicant: u64) -> u64 {
    let (memory, mut store): (VectorMemory, World) = world();
    let mut before = 0;
    for n in 0..LAST {
        if n == FIRST {
            before = memory.size();
        }
        // Self-authenticating principals have 29 bytes and no order.
        let mut name = [0x5a; 29];
        name[..8].copy_from_slice(&(n / per_applicant).wrapping_mul(0x9e37_79b9).to_be_bytes());
        let ctx = at(START + n, Principal::from_slice(&name));
        store.submit_application(&ctx, draft(body.clone()), None).expect("open");
    }
    (memory.size() - before) * PAGE / (LAST - FIRST)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is what the test is for")]
fn a_row_takes_at_most_700_bytes() {
    let mut body = content(100, 0);
    while one_record(&body) < ROW_BYTES {
        body.summary.push('x');
    }
    assert_eq!(one_record(&body), ROW_BYTES);
    let five = bytes_per_row(&body, 5);
    let one = bytes_per_row(&body, 1);
    let stored = record::encode(&body).len();
    println!(
        "stable bytes per application of {ROW_BYTES} bytes (body {stored}): {five} when an \
         applicant has five, {one} when it has one"
    );
    assert!(five <= 700, "{five}");
    assert!(one <= 820, "{one}");
}
