//! How the suite keeps things: everything that touches stable memory, and nothing that decides.
//!
//! All of it is generic over [`Memory`](ic_stable_structures::Memory): a canister passes the
//! platform's stable memory, a test passes a `VectorMemory`, and cloning that handle, dropping the
//! structure and opening it again *is* an upgrade.
//!
//! | room | holds |
//! |---|---|
//! | [`record`] | records: a version byte and CBOR with numbered fields; upcasts |
//! | [`cbor`] | field encodings for `#[cbor(with = "…")]` |
//! | [`keys`] | fixed-width big-endian keys and [`keys::PrincipalBytes`] |
//! | [`bytes`] | cursors that write and read fixed layouts without indexing |
//! | [`layout`] | the table of memory regions with tombstones; the numbers all canisters share |
//! | [`regions`] | many memories in one, opened at a cost that does not grow with them |
//! | [`cell`] | one record in one region |
//! | [`header`] | what a canister is, which schema its state has, how often it was upgraded |
//! | [`migrate`] | ordered steps from schema to schema: lazy, eager, or chunked under a budget |
//! | [`journal`] | the hash-chained event journal |
//! | [`dedup`] | the answers to recent requests, so that a repeated request gets the same one |
//! | [`jobs`] | work that must happen, with leases, retries and dead letters |
//! | [`log_ring`] | the newest log lines, in a fixed number of bytes |
//! | [`history`] | one row per upgrade |
//! | [`watch`] | what the health job has seen |
//! | [`slots`] | fixed-size records by number, readable and writable in part |
//! | [`index`] | numbers by fixed keys: a tree whose nodes are read and written whole |
//! | [`list`] | doubly linked lists threaded through slots: orders without a tree |
//! | [`blobs`] | variable-size bytes that are written once |
//!
//! A trap that begins with `BUG:` means that this code or the state it was given is wrong; no
//! input of a user leads there.

#![warn(missing_docs)]

pub mod blobs;
pub mod bytes;
pub mod cbor;
pub mod cell;
pub mod dedup;
pub mod header;
pub mod history;
pub mod index;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod layout;
pub mod list;
pub mod log_ring;
pub mod migrate;
pub mod record;
pub mod regions;
pub mod slots;
pub mod watch;

mod fault;
mod region;

pub use fault::StorageFault;
