//! What may be asked for: its bounds, its digest, its words.

use core::fmt::Write;

use granary_kernel::{Fault, checks};
use sha2::{Digest, Sha256};

use crate::errors::{InputFault, RecoveryError};
use crate::limits;
use crate::records::Operation;
use crate::types::{Hash, Principal};

/// Sets digests of requests apart from every other digest.
const DOMAIN: &[u8] = b"granary.recovery.request.v1";

/// Refuses what can never be done.
pub fn check(operation: &Operation) -> Result<(), RecoveryError> {
    let wrong = |field, problem| Err(InputFault::Operation { field, problem }.into());
    match operation {
        Operation::Install { chunk_hashes, arg, .. } => {
            if chunk_hashes.is_empty() || chunk_hashes.len() > limits::MAX_CHUNKS {
                return wrong("chunk_hashes", "must be 1 to 100");
            }
            if arg.len() > limits::MAX_ARG_BYTES {
                return wrong("arg", "must have at most 65,536 bytes");
            }
            Ok(())
        }
        Operation::Restore { snapshot_id } => {
            if snapshot_id.is_empty() || snapshot_id.len() > limits::MAX_SNAPSHOT_ID_BYTES {
                return wrong("snapshot_id", "must have 1 to 64 bytes");
            }
            Ok(())
        }
        Operation::RotateGovernorMembers { members, threshold } => {
            let (count, max) = (members.len(), limits::MAX_GOVERNOR_MEMBERS);
            if count == 0 {
                return Err(Fault::ListSize { field: "members".to_owned(), count, max }.into());
            }
            checks::people("members", members, max)?;
            if *threshold == 0 || usize::try_from(*threshold).is_ok_and(|least| least > count) {
                return wrong("threshold", "must be 1 to the number of members");
            }
            Ok(())
        }
        Operation::Snapshot | Operation::Start => Ok(()),
    }
}

/// What members approve: SHA-256 of a domain, the governor, and the operation's canonical bytes
/// (the CBOR of its fields in the order of their numbers). Equal bytes are equal requests (Y2).
pub fn digest(target: &Principal, operation: &Operation) -> Hash {
    let bytes = minicbor::to_vec(operation).unwrap_or_else(|fault| panic!("BUG: {fault}"));
    let target = target.as_slice();
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    // A principal has at most 29 bytes.
    hasher.update([u8::try_from(target.len()).unwrap_or(u8::MAX)]);
    hasher.update(target);
    hasher.update(bytes);
    hasher.finalize().into()
}

/// The operation in words, for people who are about to sign: a sentence, then its parts.
pub fn words(target: &Principal, operation: &Operation) -> (&'static str, Vec<(String, String)>) {
    let mut parts = vec![("Governor".to_owned(), target.to_text())];
    let mut part = |label: &str, text: String| parts.push((label.to_owned(), text));
    let sentence = match operation {
        Operation::Install { wasm_hash, chunk_hashes, arg } => {
            part("Module hash", hex(wasm_hash.as_slice()));
            part("Chunks", chunk_hashes.len().to_string());
            part("Argument bytes", arg.len().to_string());
            part("Argument hash", hex(&Sha256::digest(arg.as_slice())));
            "Upgrade the governor to other code, keeping its state"
        }
        Operation::Snapshot => "Stop the governor, take a snapshot of it, start it again",
        Operation::Restore { snapshot_id } => {
            part("Snapshot", hex(snapshot_id));
            "Return the governor's code and state to a snapshot; what it did since is lost"
        }
        Operation::Start => "Start the governor",
        Operation::RotateGovernorMembers { members, threshold } => {
            part("Threshold", format!("{threshold} of {}", members.len()));
            for (at, member) in members.iter().enumerate() {
                part(&format!("Member {}", at.saturating_add(1)), member.to_text());
            }
            "Replace the members of the governor"
        }
    };
    (sentence, parts)
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text never fails.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{install, person};

    #[test]
    fn y2_a_digest_is_that_of_every_byte_of_the_request() {
        let target = person(90);
        // SHA-256 of the domain, 02 5a07, 82 03 80, made with another program.
        let expected = "1561e56999e33cd7e47a1f7a94648786ba184896d8b3d0058498d28047bd378d";
        assert_eq!(hex(&digest(&target, &Operation::Start)), expected);
        let one = digest(&target, &install(1));
        assert_eq!(one, digest(&target, &install(1)));
        assert_ne!(one, digest(&target, &install(2)), "another module");
        assert_ne!(one, digest(&person(91), &install(1)), "another governor");
        let Operation::Install { wasm_hash, chunk_hashes, .. } = install(1) else { panic!("it") };
        let other = Operation::Install { wasm_hash, chunk_hashes, arg: vec![1].into() };
        assert_ne!(one, digest(&target, &other), "another argument");
    }

    #[test]
    fn what_can_never_be_done_is_refused() {
        let refused = |operation: &Operation| check(operation).is_err();
        assert_eq!(check(&install(1)), Ok(()));
        let Operation::Install { wasm_hash, chunk_hashes, arg } = install(1) else { panic!("it") };
        let none = Operation::Install { wasm_hash, chunk_hashes: vec![], arg: arg.clone() };
        assert!(refused(&none));
        let many =
            Operation::Install { wasm_hash, chunk_hashes: vec![wasm_hash; 101], arg: arg.clone() };
        assert!(refused(&many));
        let long = vec![0; 65_537].into();
        assert!(refused(&Operation::Install { wasm_hash, chunk_hashes, arg: long }));
        let restore = |bytes: usize| Operation::Restore { snapshot_id: vec![7; bytes].into() };
        assert!(refused(&restore(0)) && refused(&restore(65)) && !refused(&restore(64)));
        let rotate = |members: Vec<Principal>, threshold| Operation::RotateGovernorMembers {
            members,
            threshold,
        };
        assert!(refused(&rotate(vec![], 0)));
        assert!(refused(&rotate(vec![person(1)], 2)) && refused(&rotate(vec![person(1)], 0)));
        assert!(refused(&rotate(vec![person(1), person(1)], 1)), "twice the same");
        assert!(refused(&rotate(vec![Principal::anonymous()], 1)));
        assert!(!refused(&rotate(vec![person(1), person(2)], 2)));
    }

    #[test]
    fn y1_no_operation_names_a_canister_but_the_governor() {
        let target = person(90);
        for operation in [install(1), Operation::Snapshot, Operation::Start] {
            let (sentence, parts) = words(&target, &operation);
            assert!(sentence.contains("governor"), "{sentence}");
            assert_eq!(parts[0], ("Governor".to_owned(), target.to_text()));
            assert!(parts[1..].iter().all(|(_, text)| !text.contains('-')), "{parts:?}");
        }
    }
}
