//! The certified end of the log: a tree with the newest block's index and hash, whose root is the
//! canister's certified data.

use candid::Nat;
use granary_api::icrc::DataCertificate;
use ic_certification::{HashTree, fork, labeled, leaf};
use serde_bytes::ByteBuf;

use crate::hashing::{self, Hash};
use crate::ledger::Ledger;

impl Ledger {
    /// What the subnet is asked to certify; nothing before the first block.
    pub fn certified_data(&self) -> Option<Hash> {
        self.tip_tree().map(|tree| tree.digest())
    }

    /// The tip under the subnet's `certificate`.
    pub fn tip_certificate(&self, certificate: Vec<u8>) -> Option<DataCertificate> {
        let mut hash_tree = Vec::new();
        ciborium::into_writer(&self.tip_tree()?, &mut hash_tree)
            .expect("BUG: writing to a vector fails");
        Some(DataCertificate {
            certificate: ByteBuf::from(certificate),
            hash_tree: ByteBuf::from(hash_tree),
        })
    }

    fn tip_tree(&self) -> Option<HashTree> {
        let (index, hash) = self.tip()?;
        let index = hashing::leb128(&Nat::from(index));
        Some(fork(
            labeled("last_block_hash", leaf(hash.to_vec())),
            labeled("last_block_index", leaf(index)),
        ))
    }
}
