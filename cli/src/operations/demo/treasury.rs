//! The money behind the round: a ledger that holds the budget, the books that count it, and a proof
//! that convinces somebody who trusts neither.

use std::time::Duration;

use candid::{CandidType, Int, Nat, Principal};
use granary_api::{
    icrc,
    portfolio::{
        AccountOwner, AccountRef, AssetKind, BalanceProof, EntryKind, ExternalRef, LedgerAccount,
        PostEntryArgs, Posting, ReconcileArgs, Reconciliation, RegisterAssetArgs,
    },
};
use serde::Serialize;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::{
    cast::{BUDGET, CENT, Cast, DECIMALS},
    report::{cents, dollars},
};
use crate::{
    client::{
        Client, management,
        portfolio::{GET_BALANCE_PROOF, POST_ENTRY, RECONCILE, REGISTER_ASSET},
        remote::{Remote, encode},
    },
    exit::Exit,
    failure::Failure,
    operations::{deploy, proof::ProofFile},
    render::Progress,
};

/// Symbol of the test dollar.
const SYMBOL: &str = "TUSD";
/// The block that minted the budget: the ledger's first.
const FUNDING_BLOCK: u64 = 0;
/// How often, and how many times, the first commitment is asked for.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LOOKS: u32 = 240;

/// What the books say at the end, and who agrees.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Treasury {
    pub(crate) ledger: String,
    pub(crate) books: String,
    /// What the ledger holds for the treasury.
    pub(crate) ledger_usd_cents: u64,
    pub(crate) ledger_usd: String,
    /// What the books say it holds.
    pub(crate) booked_usd_cents: u64,
    pub(crate) booked_usd: String,
    /// `matched` when both are the same to the last unit.
    pub(crate) reconciliation: String,
    /// Balance of the suspense account in smallest units.
    pub(crate) suspense_units: String,
    /// Number of the commitment the balance was proved under, without trusting the canister.
    pub(crate) proof_epoch: u64,
    /// The balance as the proof shows it.
    pub(crate) proved_usd: String,
}

/// What the test ledger is installed with; see its own interface.
#[derive(CandidType)]
struct LedgerInit {
    name: String,
    symbol: String,
    decimals: u8,
    fee: Nat,
    minting_account: icrc::Account,
    balances: Vec<InitialBalance>,
}

#[derive(CandidType)]
struct InitialBalance {
    account: icrc::Account,
    amount: Nat,
}

/// Where the money is, and where it is counted.
pub(crate) struct Vault<C> {
    pub(crate) ledger: Principal,
    pub(crate) books: Remote<C>,
    /// Number of the test dollar in the books.
    pub(crate) asset: u64,
    cast: Cast,
}

/// Creates the ledger, funds the account of `execution`, and books it in `books`, which are
/// installed.
pub(crate) async fn fund<C: Client>(
    books: Remote<C>,
    cast: Cast,
    module: &[u8],
    execution: Principal,
    progress: &Progress,
) -> Result<Vault<C>, Failure> {
    progress.say("funding the treasury");
    let ledger = mint(&books.client, cast, module, execution).await?;
    let operator = books.acting_as(&cast.named("operator"))?;
    let asset = register(&operator, ledger, execution).await?;
    let minter = cast.named("minter").principal()?;
    book(&books.acting_as(&cast.named("treasurer"))?, minter, ledger, asset).await?;
    Ok(Vault { ledger, books, asset, cast })
}

impl<C: Client> Vault<C> {
    /// Compares the books with the ledger, and proves the balance under `root_key`.
    pub(crate) async fn audit(
        &self,
        root_key: &[u8],
        progress: &Progress,
    ) -> Result<Treasury, Failure> {
        progress.say("reconciling");
        let operator = self.books.acting_as(&self.cast.named("operator"))?;
        let found = operator.act(RECONCILE, &ReconcileArgs { asset: self.asset }).await?;
        progress.say("proving the balance");
        let booked = u128::try_from(found.booked_units.0.clone()).unwrap_or_default();
        let (epoch, proved) = self.proved(root_key, booked).await?;
        Ok(report(self.ledger, self.books.canister, &found, epoch, proved))
    }

    /// The treasury's balance under the newest commitment, proved; one is made a moment after the
    /// last entry. When none ever shows `booked`, what the newest one shows is answered.
    async fn proved(&self, root_key: &[u8], booked: u128) -> Result<(u64, u128), Failure> {
        let auditor = self.books.acting_as(&self.cast.named("auditor"))?;
        let owner = AccountOwner::Treasury;
        for look in 1..=LOOKS {
            let proof = proof(&auditor, self.asset).await?;
            let file = ProofFile::new(self.books.canister, &owner, (SYMBOL, DECIMALS), &proof)?;
            let proven = file.verify(root_key, None, "-".as_ref())?;
            let known: u128 = proven.balance_units.parse().unwrap_or_default();
            if known == booked || look == LOOKS {
                return Ok((proven.epoch, known));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        unreachable!("BUG: the last look answers")
    }
}

fn report(
    ledger: Principal,
    books: Principal,
    found: &Reconciliation,
    proof_epoch: u64,
    proved: u128,
) -> Treasury {
    let booked = u128::try_from(found.booked_units.0.clone()).unwrap_or_default();
    Treasury {
        ledger: ledger.to_text(),
        books: books.to_text(),
        ledger_usd_cents: cents(found.external_units),
        ledger_usd: dollars(found.external_units),
        booked_usd_cents: cents(booked),
        booked_usd: dollars(booked),
        reconciliation: format!("{:?}", found.state).to_lowercase(),
        suspense_units: found.difference_units.0.to_string(),
        proof_epoch,
        proved_usd: dollars(proved),
    }
}

/// A ledger whose first block gives the treasury the programme's budget.
async fn mint<C: Client>(
    client: &C,
    cast: Cast,
    module: &[u8],
    treasury: Principal,
) -> Result<Principal, Failure> {
    let ledger = management::create(client, deploy::CYCLES).await?;
    let minter = cast.named("minter").principal()?;
    let init = LedgerInit {
        name: "Test dollar".to_owned(),
        symbol: SYMBOL.to_owned(),
        decimals: DECIMALS,
        fee: Nat::from(CENT),
        minting_account: icrc::Account::from(minter),
        balances: vec![InitialBalance {
            account: icrc::Account::from(treasury),
            amount: Nat::from(BUDGET),
        }],
    };
    deploy::install(client, ledger, module, encode(&init)?).await?;
    Ok(ledger)
}

async fn register<C: Client>(
    operator: &Remote<C>,
    ledger: Principal,
    treasury: Principal,
) -> Result<u64, Failure> {
    let call = RegisterAssetArgs {
        symbol: SYMBOL.to_owned(),
        decimals: DECIMALS,
        kind: AssetKind::Icrc { ledger, fee_units: Nat::from(CENT) },
        treasury: LedgerAccount::from(treasury),
        first_block: None,
    };
    operator.update(REGISTER_ASSET, &call).await.map(|receipt| receipt.id)
}

/// Books the budget as it came: from outside, by the ledger's first block.
async fn book<C: Client>(
    treasurer: &Remote<C>,
    minter: Principal,
    ledger: Principal,
    asset: u64,
) -> Result<(), Failure> {
    // Who is outside is named by the digest of its account on the ledger.
    let outside = Sha256::new().chain_update(minter.as_slice()).chain_update([0; 32]).finalize();
    let outside = ByteBuf::from(outside.to_vec());
    let leg = |owner: AccountOwner, delta_units: Int| Posting { owner, asset, delta_units };
    let call = PostEntryArgs {
        kind: EntryKind::Deposit,
        intent: None,
        external_ref: Some(ExternalRef::Icrc { ledger, block: FUNDING_BLOCK }),
        postings: vec![
            leg(AccountOwner::Treasury, Int::from(BUDGET)),
            leg(AccountOwner::External(outside), Int(-Int::from(BUDGET).0)),
        ],
        idempotency_key: Some("funding".to_owned()),
    };
    treasurer.update(POST_ENTRY, &call).await.map(drop)
}

/// The newest proof of the treasury's balance; the first commitment comes a moment after the first
/// entry.
async fn proof<C: Client>(auditor: &Remote<C>, asset: u64) -> Result<BalanceProof, Failure> {
    let which = AccountRef { owner: AccountOwner::Treasury, asset };
    for _ in 0..LOOKS {
        match auditor.query(GET_BALANCE_PROOF, &which).await {
            Err(failure) if failure.code.starts_with("portfolio.commitment.") => {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            other => return other,
        }
    }
    Err(Failure::new(Exit::Degraded, "cli.no_commitment", "the books made no commitment in time"))
}
