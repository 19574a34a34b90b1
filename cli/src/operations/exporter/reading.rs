//! What the management canister tells a controller about one canister.

use candid::{CandidType, Nat, Principal};
use serde::Deserialize;

use crate::{
    client::{
        Client, Message,
        remote::{decode, encode},
    },
    failure::Failure,
};

const SECONDS_A_DAY: u128 = 86_400;

/// Whether a canister runs.
#[derive(CandidType, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    // Candid takes names one by one and no rule for all of them.
    #[serde(rename = "running")]
    Running,
    #[serde(rename = "stopping")]
    Stopping,
    #[serde(rename = "stopped")]
    Stopped,
}

/// The part of `canister_status` that is exported. Networks add fields; those named here are old.
#[derive(CandidType, Deserialize, Clone, Debug)]
pub(crate) struct Status {
    #[serde(rename = "status")]
    pub(crate) run_state: RunState,
    pub(crate) settings: Settings,
    pub(crate) module_hash: Option<Vec<u8>>,
    pub(crate) memory_size: Nat,
    pub(crate) memory_metrics: Memory,
    pub(crate) cycles: Nat,
    pub(crate) reserved_cycles: Nat,
    pub(crate) idle_cycles_burned_per_day: Nat,
}

/// The settings that bear on how long a canister lives, and who rules it.
#[derive(CandidType, Deserialize, Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) controllers: Vec<Principal>,
    pub(crate) freezing_threshold: Nat,
    pub(crate) reserved_cycles_limit: Nat,
}

/// Bytes by kind.
#[derive(CandidType, Deserialize, Clone, Debug)]
pub(crate) struct Memory {
    #[serde(rename = "wasm_memory_size")]
    pub(crate) heap: Nat,
    #[serde(rename = "stable_memory_size")]
    pub(crate) stable: Nat,
    #[serde(rename = "snapshots_size")]
    pub(crate) snapshots: Nat,
}

/// A snapshot, as far as it is exported.
#[derive(CandidType, Deserialize, Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    pub(crate) taken_at_timestamp: u64,
}

#[derive(CandidType)]
struct CanisterId {
    canister_id: Principal,
}

/// One canister, looked at once.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// When, in nanoseconds since 1970.
    pub(crate) at: u64,
    pub(crate) status: Status,
    pub(crate) snapshots: Vec<Snapshot>,
}

impl Reading {
    /// Asks for status and snapshots; both are update calls that only a controller may make.
    pub(crate) async fn take<C: Client>(
        client: &C,
        canister: Principal,
        at: u64,
    ) -> Result<Self, Failure> {
        let args = encode(&CanisterId { canister_id: canister })?;
        let ask = |method: &'static str| {
            let management = Principal::management_canister();
            let message =
                Message { canister: management, effective: canister, method, arg: args.clone() };
            client.update(message)
        };
        let status = decode("canister_status", &ask("canister_status").await?)?;
        let method = "list_canister_snapshots";
        let snapshots = decode(method, &ask(method).await?)?;
        Ok(Self { at, status, snapshots })
    }

    /// Whole days until the canister freezes when it does nothing; none when that costs nothing.
    pub(crate) fn runway_days(&self) -> Option<u128> {
        let burn = units(&self.status.idle_cycles_burned_per_day);
        let frozen = units(&self.status.settings.freezing_threshold).saturating_mul(burn);
        let free = units(&self.status.cycles).saturating_sub(frozen / SECONDS_A_DAY);
        free.checked_div(burn)
    }

    /// Controllers that are none of `expected`.
    pub(crate) fn foreign<'a>(
        &'a self,
        expected: &'a [Principal],
    ) -> impl Iterator<Item = &'a Principal> {
        self.status.settings.controllers.iter().filter(|one| !expected.contains(one))
    }

    /// When the newest snapshot was taken, in seconds since 1970.
    pub(crate) fn newest_snapshot(&self) -> Option<u64> {
        self.snapshots.iter().map(|one| one.taken_at_timestamp / 1_000_000_000).max()
    }
}

/// No balance and no size reaches this bound.
pub(crate) fn units(nat: &Nat) -> u128 {
    u128::try_from(&nat.0).unwrap_or(u128::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{client::fake::Answers, exit::Exit};

    /// What a network answers, with every field that is not read here.
    const ANSWER: &str = "\
        4449444c0b6c0bc5df841c01b2ceef2f02ffdb81f7037dbcc1ee81067e98cec7e707788daacd94087de3f9f5\
        d90803e8fc8cec0908b0e4d2970a7d81cfaef40a0984aaa89e0f7d6c09a4a884027da2e6e2267dacdffc5d7d\
        a4b6f090067dbbfeb3af067d91bde3cf067da4cadab30d7de3abc9880e7da4cda1a70f7d6b038da4879b047f\
        f496e4910b7fffdba5db0e7f6c0dc0cff2717de8f09b737d8ba08eaa0104d7e09b900206beb0ccfa027d80ad\
        988a047dedd9c8c9070798c8faa9097dad828e8c0a07f8e287cc0c7dffb9a9f60c07deebb5a90e7da882acc6\
        0f7d6d056c02f1fee18d0371cbe4fdc704716d686b03d7e09b90027fa981ceb7067fcaa989aa08066c04c1f8\
        dc83037d83cac6e9057da1d0b8af0a7d8fd0cfd00f7d6e0a6d7b0100e2fea00100e2fea00180038080841500\
        80805000b6960202fa969818000e00000000000000c1f8c3efc0afe301809a9e01000001011d5ac87afbda50\
        85330fe4f3767cee80281d37dd88f649610a1f31352b020080a0e5b9c2910100802000808080800c00000084\
        02a19702010680ad93f70101209271dfedbe7ec14800dc1d952f935e6798bb743aae562a6e12805f84b22743\
        1800";

    /// A canister with `cycles` that burns a billion a day and freezes with thirty days left.
    pub(crate) fn status(cycles: u128) -> Status {
        Status {
            run_state: RunState::Running,
            settings: Settings {
                controllers: vec![Principal::from_slice(&[1]), Principal::from_slice(&[2])],
                freezing_threshold: Nat::from(30 * SECONDS_A_DAY),
                reserved_cycles_limit: Nat::from(5_000_000_000_000_u128),
            },
            module_hash: Some(vec![0xab, 0xcd]),
            memory_size: Nat::from(700_u64),
            memory_metrics: Memory {
                heap: Nat::from(200_u64),
                stable: Nat::from(300_u64),
                snapshots: Nat::from(100_u64),
            },
            cycles: Nat::from(cycles),
            reserved_cycles: Nat::from(0_u64),
            idle_cycles_burned_per_day: Nat::from(1_000_000_000_u64),
        }
    }

    #[test]
    fn the_answer_of_a_network_is_understood() {
        let bytes = hex::decode(ANSWER).expect("hexadecimal");
        let status: Status = decode("canister_status", &bytes).expect("decodes");
        assert_eq!(status.run_state, RunState::Running);
        assert_eq!(status.settings.controllers.len(), 1);
        assert_eq!(units(&status.settings.freezing_threshold), 30 * SECONDS_A_DAY);
        assert_eq!(status.module_hash.map(|hash| hash.len()), Some(32));
        assert!(units(&status.memory_size) > units(&status.memory_metrics.stable));
        assert!(units(&status.cycles) > 1_000_000_000_000);
    }

    #[test]
    fn the_runway_ends_where_the_canister_freezes() {
        let days = |cycles, burn: u64| {
            let mut status = status(cycles);
            status.idle_cycles_burned_per_day = Nat::from(burn);
            Reading { at: 0, status, snapshots: vec![] }.runway_days()
        };
        assert_eq!(days(40_000_000_000, 1_000_000_000), Some(10));
        assert_eq!(days(30_999_999_999, 1_000_000_000), Some(0));
        assert_eq!(days(7, 1_000_000_000), Some(0));
        assert_eq!(days(7, 0), None);
    }

    #[tokio::test]
    async fn status_and_snapshots_are_asked_for_once_each() {
        let taken = [7_000_000_000, 9_500_000_000, 8_000_000_000];
        let snapshots = taken.map(|taken_at_timestamp| Snapshot { taken_at_timestamp });
        let answers = Answers::default()
            .plain("canister_status", &status(5))
            .plain("list_canister_snapshots", &snapshots.to_vec());
        let remote = answers.grants();
        let reading = Reading::take(&remote.client, remote.canister, 3).await.expect("answers");
        let asked: Vec<_> = remote.client.sent().into_iter().map(|(method, _)| method).collect();
        assert_eq!(asked, ["canister_status", "list_canister_snapshots"]);
        assert_eq!((reading.at, reading.newest_snapshot()), (3, Some(9)));
        assert_eq!(units(&reading.status.cycles), 5);
        let known = [Principal::from_slice(&[2])];
        assert_eq!(reading.foreign(&known).collect::<Vec<_>>(), [&Principal::from_slice(&[1])]);
    }

    #[tokio::test]
    async fn whoever_is_no_controller_is_told_so() {
        let answers = Answers::default().raw("canister_status", |_| {
            Err(Failure::new(Exit::Failed, "IC0512", "only controllers may ask"))
        });
        let remote = answers.grants();
        let failure = Reading::take(&remote.client, remote.canister, 0).await.expect_err("refused");
        assert_eq!(failure.code, "IC0512");
    }
}
