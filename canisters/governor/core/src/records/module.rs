//! Modules that were uploaded, and who built them too.

use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::types::{Hash, Principal, Timestamp};

/// How the bytes are packed. Both are installed as they are; their hashes differ (K45).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Packing {
    /// Plain Wasm.
    #[n(0)]
    Raw,
    /// Wasm behind gzip.
    #[n(1)]
    Gzip,
}

/// What a module says of itself, read when it was complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Stated {
    /// The canister it is for; empty when it does not say.
    #[n(0)]
    pub canister: String,
    /// Its version.
    #[n(1)]
    pub version: String,
    /// The commit it was built from.
    #[n(2)]
    pub commit: String,
    /// The oldest and the newest schema it reads; 0 and 0 when it does not say.
    #[n(3)]
    pub schema_oldest: u32,
    /// See above.
    #[n(4)]
    pub schema_newest: u32,
    /// Its interface; empty when it publishes none.
    #[n(5)]
    pub interface: String,
    /// What stands against it as code of a canister, whichever.
    #[n(6)]
    pub problems: Vec<String>,
}

/// A module, or one that is being uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ModuleV1 {
    /// Who uploads it.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub uploader: Principal,
    /// When it began.
    #[n(1)]
    pub begun_at: Timestamp,
    /// When it was complete; none before.
    #[n(2)]
    pub finished_at: Option<Timestamp>,
    /// Bytes so far.
    #[n(3)]
    pub bytes: u64,
    /// Hashes of its chunks in order; an absent one is all zeroes.
    #[n(4)]
    pub chunks: Vec<Chunk>,
    /// How it is packed.
    #[n(5)]
    pub packing: Packing,
    /// SHA-256 of the plain Wasm; of itself when it is not packed.
    #[cbor(n(6), with = "granary_kernel::cbor::hash")]
    pub plain: Hash,
    /// What it says of itself.
    #[n(7)]
    pub stated: Stated,
    /// Build attestations there are.
    #[n(8)]
    pub attestations: u32,
}

/// A chunk that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Chunk {
    /// SHA-256 of it.
    #[cbor(n(0), with = "granary_kernel::cbor::hash")]
    pub hash: Hash,
    /// Its bytes; 0 when it is not here yet.
    #[n(1)]
    pub bytes: u32,
}

/// The module in its newest shape.
pub type Module = ModuleV1;

impl Record for ModuleV1 {
    const NAME: &'static str = "module";
    const VERSION: u8 = 1;
}

/// Somebody built the same bytes from the same commit (N15).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AttestationV1 {
    /// Which commit.
    #[n(0)]
    pub commit: String,
    /// With which builder.
    #[n(1)]
    pub builder: String,
    /// What came out, whatever was claimed.
    #[cbor(n(2), with = "granary_kernel::cbor::hash")]
    pub result: Hash,
    /// SHA-256 of what `cargo audit` or its like said.
    #[cbor(n(3), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub audit: Option<Hash>,
    /// When.
    #[n(4)]
    pub at: Timestamp,
}

/// The attestation in its newest shape.
pub type Attestation = AttestationV1;

impl Record for AttestationV1 {
    const NAME: &'static str = "attestation";
    const VERSION: u8 = 1;
}
