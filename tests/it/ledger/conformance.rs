//! The public test suite of ICRC-1 and ICRC-2, run by name.

use std::{
    cell::Cell,
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use candid::{
    Principal,
    utils::{ArgumentDecoder, ArgumentEncoder},
};
use granary_tests::{engine::announce, people::person};
use icrc1_test_env::LedgerEnv;
use icrc1_test_suite::{
    Outcome, TestResult, icrc1_test_bad_fee, icrc1_test_burn, icrc1_test_future_transfer,
    icrc1_test_memo_bytes_length, icrc1_test_metadata, icrc1_test_suite,
    icrc1_test_supported_standards, icrc1_test_transfer, icrc1_test_tx_deduplication,
    icrc2_test_approve, icrc2_test_approve_expected_allowance, icrc2_test_approve_expiration,
    icrc2_test_suite, icrc2_test_supported_standards, icrc2_test_transfer_from,
    icrc2_test_transfer_from_insufficient_allowance, icrc2_test_transfer_from_insufficient_funds,
    icrc2_test_transfer_from_self,
};
use pocket_ic::PocketIc;

use super::{install, network, rich};

/// The ledger as the suite sees it: one caller, and new callers on demand.
#[derive(Clone)]
struct Env {
    network: Rc<PocketIc>,
    ledger: Principal,
    caller: Principal,
    forks: Rc<Cell<u32>>,
}

impl Env {
    fn called<T>(reply: Result<Vec<u8>, pocket_ic::RejectResponse>) -> anyhow::Result<T>
    where
        T: for<'a> ArgumentDecoder<'a>,
    {
        let bytes = reply.map_err(|reject| anyhow::anyhow!("{reject}"))?;
        Ok(candid::decode_args(&bytes)?)
    }
}

#[async_trait::async_trait(?Send)]
impl LedgerEnv for Env {
    fn fork(&self) -> Self {
        self.forks.set(self.forks.get() + 1);
        let caller = person(&format!("caller {}", self.forks.get()));
        Self { caller, ..self.clone() }
    }

    fn principal(&self) -> Principal {
        self.caller
    }

    async fn time(&self) -> SystemTime {
        let now_ns = self.network.get_time().as_nanos_since_unix_epoch();
        SystemTime::UNIX_EPOCH + Duration::from_nanos(now_ns)
    }

    async fn query<Input, Output>(&self, method: &str, input: Input) -> anyhow::Result<Output>
    where
        Input: ArgumentEncoder + std::fmt::Debug,
        Output: for<'a> ArgumentDecoder<'a>,
    {
        let bytes = candid::encode_args(input)?;
        Self::called(self.network.query_call(self.ledger, self.caller, method, bytes))
    }

    async fn update<Input, Output>(&self, method: &str, input: Input) -> anyhow::Result<Output>
    where
        Input: ArgumentEncoder + std::fmt::Debug,
        Output: for<'a> ArgumentDecoder<'a>,
    {
        let bytes = candid::encode_args(input)?;
        Self::called(self.network.update_call(self.ledger, self.caller, method, bytes))
    }
}

/// Runs one test to its end. Nothing in it waits: the network is called and answers.
fn run(name: &str, test: impl Future<Output = TestResult>) -> bool {
    let mut test = pin!(test);
    let verdict = match test.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(Outcome::Passed)) => "ok".to_owned(),
        Poll::Ready(Ok(Outcome::Skipped { reason })) => format!("SKIPPED: {reason}"),
        Poll::Ready(Err(error)) => format!("FAILED: {error:?}"),
        Poll::Pending => "FAILED: it waits for something".to_owned(),
    };
    announce(&format!("icrc1-test-suite {name} ... {verdict}"));
    verdict == "ok"
}

fn env() -> Env {
    let network = network();
    let ledger = install(&network).canister;
    Env { network: Rc::new(network), ledger, caller: rich(), forks: Rc::new(Cell::new(0)) }
}

#[test]
fn icrc1_suite() {
    let e = env();
    let verdicts = [
        run("icrc1:transfer", icrc1_test_transfer(e.clone())),
        run("icrc1:burn", icrc1_test_burn(e.clone())),
        run("icrc1:metadata", icrc1_test_metadata(e.clone())),
        run("icrc1:supported_standards", icrc1_test_supported_standards(e.clone())),
        run("icrc1:tx_deduplication", icrc1_test_tx_deduplication(e.clone())),
        run("icrc1:memo_bytes_length", icrc1_test_memo_bytes_length(e.clone())),
        run("icrc1:future_transfers", icrc1_test_future_transfer(e.clone())),
        run("icrc1:bad_fee", icrc1_test_bad_fee(e.clone())),
    ];
    assert_eq!(verdicts, [true; 8]);
    assert_eq!(verdicts.len(), icrc1_test_suite(e).len(), "the suite has no other test");
}

#[test]
fn icrc2_suite() {
    let e = env();
    let verdicts = [
        run("icrc2:supported_standards", icrc2_test_supported_standards(e.clone())),
        run("icrc2:approve", icrc2_test_approve(e.clone())),
        run("icrc2:approve_expiration", icrc2_test_approve_expiration(e.clone())),
        run("icrc2:approve_expected_allowance", icrc2_test_approve_expected_allowance(e.clone())),
        run("icrc2:transfer_from", icrc2_test_transfer_from(e.clone())),
        run(
            "icrc2:transfer_from_insufficient_funds",
            icrc2_test_transfer_from_insufficient_funds(e.clone()),
        ),
        run(
            "icrc2:transfer_from_insufficient_allowance",
            icrc2_test_transfer_from_insufficient_allowance(e.clone()),
        ),
        run("icrc2:transfer_from_self", icrc2_test_transfer_from_self(e.clone())),
    ];
    assert_eq!(verdicts, [true; 8]);
    assert_eq!(verdicts.len(), icrc2_test_suite(e).len(), "the suite has no other test");
}
