//! The suite under its governor: installed, handed over, asked to change something, followed until
//! it is over.
//!
//! | room | holds |
//! |---|---|
//! | `placement` | where the canisters of the suite stand in a release |
//! | `rules` | rules of deciding as people give them |
//! | `authority` | the role that lets a canister be drained, validated and wired |
//! | `install` | the governor beside a deployed suite |
//! | `handover` | the last person's way around it, closed |
//! | `staging` | modules uploaded in pieces, once |
//! | `release` | a release as a proposal's payload |
//! | `payload` | payloads as documents |
//! | `vote` | a word bound to what was shown |
//! | `follow` | a proposal until it is over |
//! | `whole` | all of it in one go, on a network of this machine |

pub(crate) mod authority;
pub(crate) mod follow;
pub(crate) mod handover;
pub(crate) mod install;
pub(crate) mod payload;
pub(crate) mod placement;
pub(crate) mod release;
pub(crate) mod rules;
pub(crate) mod staging;
pub(crate) mod vote;
pub(crate) mod whole;

use candid::Principal;

use crate::{exit::Exit, failure::Failure, identity::Caller};

/// How many development identities govern a network of this machine.
pub(crate) const DEVELOPERS: usize = 5;
/// The first of them, who usually proposes.
pub(crate) const PROPOSER: &str = "member-1";

/// The development identities that govern a network of this machine.
pub(crate) fn developers(seed: u64) -> Vec<Caller> {
    (1..=DEVELOPERS).map(|at| Caller::development(seed, &format!("member-{at}"))).collect()
}

/// A hash of 32 bytes as people write it.
pub(crate) fn parse_hash(text: &str) -> Result<serde_bytes::ByteBuf, String> {
    let bytes = hex::decode(text).ok().filter(|bytes| bytes.len() == 32);
    bytes
        .map(serde_bytes::ByteBuf::from)
        .ok_or_else(|| format!("`{text}` is not a hash of 64 hex digits"))
}

/// Refuses to go around the governor: `controllers` of the canister `name` do not have `own`, and
/// have the governor.
pub(crate) fn must_not_go_around(
    name: &str,
    controllers: &[Principal],
    own: Principal,
    governor: Option<Principal>,
) -> Result<(), Failure> {
    let governs = governor.is_some_and(|governor| controllers.contains(&governor));
    if !governs || controllers.contains(&own) {
        return Ok(());
    }
    let message =
        format!("{name} is controlled by the governor, so its code is what members decide");
    Err(Failure::new(Exit::Refused, "cli.governed", message)
        .next("granary proposal create upgrade --modules DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_goes_around_the_governor() {
        let [own, governor, other] = [1_u8, 2, 3].map(|n| Principal::from_slice(&[n; 10]));
        let refused = must_not_go_around("registry", &[governor], own, Some(governor));
        let failure = refused.expect_err("only the governor controls it");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Refused, "cli.governed"));
        assert!(failure.next.starts_with("granary proposal create upgrade"), "{failure}");
        // Before the hand-over both control it, and elsewhere there is no governor.
        assert_eq!(must_not_go_around("registry", &[governor, own], own, Some(governor)), Ok(()));
        assert_eq!(must_not_go_around("registry", &[other], own, Some(governor)), Ok(()));
        assert_eq!(must_not_go_around("registry", &[governor], own, None), Ok(()));
    }

    #[test]
    fn a_hash_has_32_bytes() {
        assert_eq!(parse_hash(&"07".repeat(32)), Ok(vec![7; 32].into()));
        for wrong in ["", "07", &"07".repeat(33), &"zz".repeat(32)] {
            assert!(parse_hash(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn members_of_a_network_of_this_machine_are_always_the_same_five() {
        let principals = |seed| -> Vec<Principal> {
            developers(seed).iter().map(|one| one.principal().expect("a key")).collect()
        };
        let (first, other) = (principals(0), principals(1));
        assert_eq!(first.len(), 5);
        assert_eq!(first, principals(0));
        assert!(first.iter().all(|one| !other.contains(one)));
        let one = Caller::development(0, PROPOSER).principal().expect("a key");
        assert_eq!(first[0], one);
    }
}
