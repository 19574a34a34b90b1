//! The table of `portfolio`.

use candid::{Int, Nat};
use granary_api::{common as c, exchange_rate as x, portfolio as p};
use granary_tests::{
    clock::{HOUR, MINUTE},
    fixtures,
    hostile::Known,
    people::{
        Who::{self, Auditor, Execution, Governor, Operator, Reader},
        person,
    },
    reply::Expect,
    subject::PORTFOLIO,
    world::{World, encode},
};
use serde_bytes::ByteBuf;

use super::row::{ANYTHING, ASKING, NOBODY_ELSE, Row, Staged, common, nothing, public, row};
use crate::world_of;

/// Who reads the books.
const READERS: &[Who] = &[Execution, Reader, Auditor, Operator, Governor];
/// The token of the stage.
const TOKEN: u64 = 1;
/// The bitcoin of the stage.
const BITCOIN: u64 = 2;
/// An asset whose status changes.
const SPARE: u64 = 3;
/// The header that every chain of the network for experiments begins with.
const REGTEST: &str = "0100000000000000000000000000000000000000000000000000000000000000000000003\
    ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000";

/// What is prepared for the rows.
pub(crate) struct Stage {
    now_ns: u64,
    entry: u64,
}

impl Staged for Stage {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
}

impl Stage {
    /// Assets, balances, outputs, and a commitment to them.
    pub(crate) fn build(world: &World) -> Self {
        let operator = world.caller(Operator);
        for (number, kind) in [token(1), bitcoin(), token(3)].into_iter().enumerate() {
            let args = asset(&format!("A{number}"), kind);
            operator.receipt("register_asset", &args).value("an asset");
        }
        let execution = world.caller(Execution);
        let entry = execution.receipt("post_entry", &deposit(TOKEN, 1_000)).value("funds").id;
        execution.receipt("post_entry", &deposit(SPARE, 10)).value("funds");
        let utxos = (1..=4).map(|n| observed(n, 10_000)).collect();
        let look = p::SyncUtxosArgs {
            owner: p::AccountOwner::User(7),
            asset: BITCOIN,
            tip_height: 200,
            utxos,
        };
        for _ in 0..2 {
            execution.update::<p::SyncReport>("sync_utxos", &look).value("a look");
        }
        for (n, intent) in [(2, 22), (3, 33)] {
            execution.receipt("reserve_utxos", &reserve(n, intent)).value("held");
        }
        operator.receipt("set_price_source", &source()).value("a source of prices");
        // A commitment is a job's work.
        for _ in 0..3 {
            world.advance(5 * MINUTE);
        }
        Self { now_ns: world.now_ns(), entry }
    }
}

fn token(number: u8) -> p::AssetKind {
    let ledger = person(&format!("ledger {number}"));
    p::AssetKind::Icrc { ledger, fee_units: Nat::from(10_u8) }
}

fn bitcoin() -> p::AssetKind {
    p::AssetKind::Btc { network: p::BtcNetwork::Regtest, min_confirmations: 6 }
}

fn asset(symbol: &str, kind: p::AssetKind) -> p::RegisterAssetArgs {
    p::RegisterAssetArgs {
        symbol: symbol.to_owned(),
        decimals: 8,
        kind,
        treasury: person("treasury").into(),
        first_block: None,
    }
}

fn deposit(asset: u64, units: i64) -> p::PostEntryArgs {
    let leg = |owner, delta: i64| p::Posting { owner, asset, delta_units: Int::from(delta) };
    let outside = p::AccountOwner::External(fixtures::hash("wallet"));
    p::PostEntryArgs {
        kind: p::EntryKind::Deposit,
        intent: None,
        external_ref: None,
        postings: vec![leg(p::AccountOwner::Treasury, units), leg(outside, -units)],
        idempotency_key: None,
    }
}

fn outpoint(n: u8) -> p::Outpoint {
    p::Outpoint { txid: ByteBuf::from(vec![n; 32]), vout: 0 }
}

fn observed(n: u8, value_sat: u64) -> p::ObservedUtxo {
    p::ObservedUtxo { outpoint: outpoint(n), value_sat, height: 100 }
}

fn reserve(n: u8, intent: u64) -> p::ReserveUtxosArgs {
    p::ReserveUtxosArgs { intent, outpoints: vec![outpoint(n)] }
}

fn source() -> p::SetPriceSourceArgs {
    let coin = |symbol: &str, class| x::Asset { symbol: symbol.to_owned(), class };
    let source = p::PriceSource {
        base: coin("BTC", x::AssetClass::Cryptocurrency),
        quote: coin("USD", x::AssetClass::FiatCurrency),
        max_age_ns: HOUR,
        min_sources: 1,
        max_deviation_bps: 500,
        every_ns: 0,
    };
    p::SetPriceSourceArgs { asset: TOKEN, source }
}

fn treasury_of(asset: u64) -> p::AccountRef {
    p::AccountRef { owner: p::AccountOwner::Treasury, asset }
}

fn books() -> Vec<Row<Stage>> {
    const OPERATORS: &[Who] = &[Operator, Governor];
    vec![
        row("register_asset", OPERATORS, NOBODY_ELSE, |_: &Stage| encode(&asset("NEW", token(9)))),
        row("set_asset_status", OPERATORS, NOBODY_ELSE, |_| {
            let status = p::AssetStatus::Suspended;
            encode(&p::SetAssetStatusArgs { asset: SPARE, status })
        }),
        row("open_accounts", &[Execution, Operator], NOBODY_ELSE, |_| {
            let accounts = vec![p::AccountRef { owner: p::AccountOwner::User(8), asset: TOKEN }];
            encode(&p::OpenAccountsArgs { accounts })
        }),
        row("post_entry", &[Execution], NOBODY_ELSE, |_| encode(&deposit(TOKEN, 5))),
        // The ledger is nowhere: they get as far as asking it.
        row("reconcile", &[Operator, Auditor, Governor], NOBODY_ELSE, |_| {
            encode(&p::ReconcileArgs { asset: TOKEN })
        })
        .answers(ANYTHING),
        row("get_reconciliation", READERS, NOBODY_ELSE, |_| {
            encode(&p::ReconcileArgs { asset: TOKEN })
        })
        .answers(ANYTHING),
        public("list_assets", page),
        row("list_accounts", READERS, NOBODY_ELSE, page),
        row("get_balances", READERS, NOBODY_ELSE, |_| {
            encode(&p::GetBalancesArgs { owner: p::AccountOwner::Treasury, assets: None })
        }),
        row("get_portfolio", READERS, NOBODY_ELSE, |_| encode(&p::GetPortfolioArgs { user: None })),
        row("get_entry", READERS, NOBODY_ELSE, |stage| encode(&stage.entry)),
        row("list_entries", READERS, NOBODY_ELSE, |_| {
            encode(&p::ListEntriesArgs { limit: 10, ..p::ListEntriesArgs::default() })
        }),
        row("get_statement", READERS, NOBODY_ELSE, |stage| {
            let (from_ns, to_ns) = (0, stage.now_ns);
            let (account, after, limit) = (1, None, 10);
            encode(&p::GetStatementArgs { account, from_ns, to_ns, after, limit })
        }),
    ]
}

fn page(_: &Stage) -> Vec<u8> {
    encode(&c::PageArgs { after: None, limit: 10 })
}

fn outputs() -> Vec<Row<Stage>> {
    const FEEDERS: &[Who] = &[Execution, Operator, Governor];
    vec![
        row("sync_utxos", &[Execution, Operator], NOBODY_ELSE, |_: &Stage| {
            let utxos = (1..=5).map(|n| observed(n, 10_000)).collect();
            let (owner, asset) = (p::AccountOwner::User(7), BITCOIN);
            encode(&p::SyncUtxosArgs { owner, asset, tip_height: 201, utxos })
        }),
        row("reserve_utxos", &[Execution], NOBODY_ELSE, |_| encode(&reserve(1, 11))),
        row("release_utxos", &[Execution], NOBODY_ELSE, |_| encode(&reserve(2, 22))),
        row("mark_spent", &[Execution], NOBODY_ELSE, |_| {
            let txid = ByteBuf::from(vec![9; 32]);
            encode(&p::MarkSpentArgs { intent: 33, outpoints: vec![outpoint(3)], txid })
        }),
        row("list_utxos", READERS, NOBODY_ELSE, |_| {
            encode(&p::ListUtxosArgs { of: None, after: None, limit: 10 })
        }),
        row("start_headers", &[Governor], NOBODY_ELSE, |_| {
            let header = ByteBuf::from(bytes_of(REGTEST));
            encode(&p::StartHeadersArgs { network: p::BtcNetwork::Regtest, height: 0, header })
        }),
        row("submit_headers", FEEDERS, NOBODY_ELSE, |_| {
            encode(&p::SubmitHeadersArgs { headers: vec![ByteBuf::from(vec![0; 80])] })
        })
        .answers(ANYTHING),
        row("thaw_deposits", &[Governor], NOBODY_ELSE, nothing).answers(ANYTHING),
        public("get_header_chain", nothing),
        public("get_header", |_| encode(&p::GetHeaderArgs { height: 0 })),
        public("verify_tx_inclusion", |_| {
            let transaction = ByteBuf::from(vec![1; 100]);
            let (asset, height, index, count, branch) = (BITCOIN, 0, 0, 1, Vec::new());
            let args = p::VerifyInclusionArgs { asset, height, transaction, index, count, branch };
            encode(&args)
        })
        .answers(ANYTHING),
    ]
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn prices_and_proofs() -> Vec<Row<Stage>> {
    const PRICERS: &[Who] = &[Execution, Reader, Operator, Governor];
    let price = |_: &Stage| encode(&p::PriceArgs { asset: TOKEN });
    vec![
        row("set_price_source", &[Operator, Governor], NOBODY_ELSE, |_: &Stage| encode(&source())),
        // The source is nowhere: they get as far as asking it.
        row("refresh_price", PRICERS, NOBODY_ELSE, price).answers(ANYTHING),
        row("freeze_price", &[Operator, Governor], NOBODY_ELSE, price),
        row("thaw_price", &[Governor], NOBODY_ELSE, price),
        public("get_price", price),
        row("get_valuation", READERS, NOBODY_ELSE, |_| {
            encode(&p::ValuationArgs { owner: p::AccountOwner::Treasury })
        }),
        public("get_state_commitment", |_| encode(&p::CommitmentArgs { epoch: None })),
        row("get_balance_proof", READERS, NOBODY_ELSE, |_| encode(&treasury_of(TOKEN))),
        row("get_entry_proof", READERS, NOBODY_ELSE, |stage| {
            encode(&p::EntryProofArgs { entry: stage.entry })
        }),
        public("get_consistency_proof", |_| {
            encode(&p::ConsistencyArgs { from_epoch: 1, to_epoch: 1 })
        })
        .answers(ANYTHING),
        row("set_role", &[Governor], NOBODY_ELSE, |_| {
            let (role, holder) = (p::Role::Backup, person("keeper"));
            encode(&p::SetRoleArgs { role, holder, granted: true })
        }),
        public("list_roles", nothing),
        row("test_price_oracle_connection", ASKING, NOBODY_ELSE, nothing)
            .answers("common.peer.unset"),
    ]
}

/// Who may call what.
pub(crate) fn rows() -> Vec<Row<Stage>> {
    let mut rows = books();
    rows.extend(outputs());
    rows.extend(prices_and_proofs());
    rows.extend(common());
    rows
}

/// Books with something of everything, and what an attacker knows of them.
pub(crate) fn target() -> (World, Known) {
    let world = world_of(&PORTFOLIO);
    Stage::build(&world);
    let principals = Who::ALL.iter().map(|who| who.principal());
    let principals = principals.chain([person("ledger 1"), world.canister]).collect();
    (world, Known { ids: vec![1, TOKEN, BITCOIN, SPARE, 7, 22, 33], principals })
}

#[test]
fn a_rehearsal_of_portfolio_refuses_every_update() {
    let world = world_of(&PORTFOLIO);
    let stage = Stage::build(&world);
    super::assert_idle_in_a_rehearsal(&world, &rows(), &stage);
}

#[test]
fn every_method_of_portfolio_has_a_row() {
    super::assert_complete(&PORTFOLIO, &rows());
}

#[test]
fn everybody_gets_what_the_table_of_portfolio_says() {
    let world = world_of(&PORTFOLIO);
    let stage = Stage::build(&world);
    super::assert_kept(&world, &rows(), &stage);
}
