//! What the tool has no command for: a token ledger for tests, and a guard whose first policy holds
//! at once, because nobody waits a day here.

use candid::{CandidType, Decode, Encode, Nat, Principal};
use granary_api::{common::Profile, icrc::Account, risk_guard as guard, test_ledger};
use ic_agent::{Agent, identity::BasicIdentity};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInstallMode, InstallCodeArgs, ProvisionalCreateCanisterWithCyclesArgs,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::desk::Desk;

/// Test dollars have six decimal places.
const DOLLAR: u64 = 1_000_000;

/// Who mints.
fn minter() -> Principal {
    Principal::from_slice(&[9; 29])
}

/// The minter as the books name it: the digest of its account.
pub(crate) fn outside() -> String {
    let digest = Sha256::new().chain_update(minter().as_slice()).chain_update([0; 32]).finalize();
    format!("external:{}", hex::encode(digest))
}

/// Where the canister `name` is.
pub(crate) fn place(desk: &Desk, name: &str) -> Principal {
    let ids = std::fs::read_to_string(desk.path().join(".granary/local.ids.json")).unwrap();
    let ids: Value = serde_json::from_str(&ids).unwrap();
    Principal::from_text(ids[name].as_str().unwrap()).unwrap()
}

/// A ledger with a fee of a cent, whose first block gives `units` to `execution`.
pub(crate) fn ledger(desk: &Desk, units: u128) -> Principal {
    let account = Account::from(place(desk, "execution"));
    let init = test_ledger::InitArgs {
        name: "Test dollar".to_owned(),
        symbol: "TUSD".to_owned(),
        decimals: 6,
        fee: Nat::from(10_000_u32),
        minting_account: Account::from(minter()),
        balances: vec![test_ledger::InitialBalance { account, amount: Nat::from(units) }],
    };
    install(desk, "test_ledger", &init)
}

/// The guard under the policy of this test, noted for the desk's network.
pub(crate) fn guard(desk: &Desk) {
    let holder = |name: &str| {
        let document = desk.ok(&format!("--as {name} identity"));
        Principal::from_text(document["principal"].as_str().unwrap()).unwrap()
    };
    let roles = [
        (guard::Role::Steward, "steward"),
        (guard::Role::Auditor, "auditor"),
        (guard::Role::Operator, "operator"),
    ];
    let init = guard::InitArgs {
        governor: holder("governor"),
        roles: roles.map(|(role, name)| guard::RoleGrant { role, holder: holder(name) }).to_vec(),
        profile: Profile::Testing,
        policy: Some(policy()),
        peers: None,
        importing: None,
    };
    let canister = install(desk, "risk_guard", &guard::InstallArgs::Init(init));
    let path = desk.path().join(".granary/local.ids.json");
    let mut ids: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    ids["risk_guard"] = canister.to_text().into();
    std::fs::write(&path, ids.to_string()).unwrap();
}

/// Asset 1: 1,000 for one payment, 1,500 in a day; nobody is asked up to 100, two people above.
fn policy() -> guard::PolicyChange {
    let (second, day) = (1_000_000_000, 86_400_000_000_000);
    let tier = |up_to_value, approvals| guard::ApprovalTier { up_to_value, approvals, delay_ns: 0 };
    let limits = guard::AssetLimits {
        decimals: 6,
        max_per_tx_units: Nat::from(1_000 * DOLLAR),
        windows: vec![guard::WindowLimit {
            seconds: 86_400,
            max_amount_units: Nat::from(1_500 * DOLLAR),
            max_bps_of_treasury: None,
        }],
        max_tx_per_window: 9,
        min_retained_bps: 0,
        min_amount_to_limit_units: Nat::from(0_u8),
        // Values have eight decimal places; a test dollar is worth one.
        reference_value: Nat::from(100_000_000_u64),
    };
    let rules = guard::Rules {
        allow_list_only: false,
        first_use_delay_ns: 0,
        approval_tiers: vec![tier(Some(Nat::from(10_000_000_000_u64)), 0), tier(None, 2)],
        max_price_age_ns: day,
        max_price_deviation_bps: 500,
        concentration_bps: 10_000,
        drawdown_bps: 10_000,
        solvency_buffer_bps: 0,
        loosen_delay_ns: second,
        announce_delay_ns: second,
        steward: guard::StewardBound { max_change_bps: 1_000, min_delay_ns: second },
        floor: None,
    };
    guard::PolicyChange {
        rules: Some(rules),
        assets: vec![guard::AssetChange { asset: 1, limits: Some(limits) }],
        destinations: Vec::new(),
    }
}

/// Creates a canister of the package `name` and installs it.
fn install<A: CandidType>(desk: &Desk, name: &str, init: &A) -> Principal {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let module = granary_build::canister(name).unwrap().gzip().unwrap();
    let beside = place(desk, "execution");
    runtime.block_on(create_and_install(&desk.url, beside, module, Encode!(init).unwrap()))
}

async fn create_and_install(
    url: &str,
    beside: Principal,
    module: Vec<u8>,
    arg: Vec<u8>,
) -> Principal {
    let identity = BasicIdentity::from_raw_key(&[9; 32]);
    let agent = Agent::builder().with_url(url).with_identity(identity).build().unwrap();
    agent.fetch_root_key().await.unwrap();
    let call = async |effective: Principal, method: &str, arg: Vec<u8>| {
        let update = agent.update(&Principal::management_canister(), method);
        update.with_effective_canister_id(effective).with_arg(arg).call_and_wait().await.unwrap()
    };
    let create = ProvisionalCreateCanisterWithCyclesArgs {
        amount: Some(Nat::from(1_000_000_000_000_000_u64)),
        ..ProvisionalCreateCanisterWithCyclesArgs::default()
    };
    let method = "provisional_create_canister_with_cycles";
    let bytes = call(beside, method, Encode!(&create).unwrap()).await;
    let canister_id = Decode!(&bytes, CanisterIdRecord).unwrap().canister_id;
    let install = InstallCodeArgs {
        mode: CanisterInstallMode::Install,
        canister_id,
        wasm_module: module,
        arg,
        sender_canister_version: None,
    };
    call(canister_id, "install_code", Encode!(&install).unwrap()).await;
    canister_id
}
