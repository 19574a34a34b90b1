//! Wire types to the core's.

use candid::{Int, Nat};
use granary_api::portfolio as p;
use granary_kernel::{Fault, checks};
use portfolio_core::records::{AssetKind, LedgerAccount, Role};
use portfolio_core::rules::register_asset::AssetInput;
use portfolio_core::store::{
    EntryFilter, OpenInput, PostInput, PostingInput, ReferenceInput, StatementArgs, Tuning,
};
use portfolio_core::types::{AssetStatus, Duration, EntryKind, Network, Owner, Signed, Timestamp};

fn range(field: &str) -> Fault {
    Fault::AmountRange { field: field.to_owned() }
}

/// The canister's own times.
pub fn tuning(tuning: p::Tuning) -> Tuning {
    let p::Tuning { reconcile_grace_ns, reconcile_every_ns, commit_every_ns } = tuning;
    Tuning {
        reconcile_grace: reconcile_grace_ns.map(Duration::from_nanos),
        reconcile_every: reconcile_every_ns.map(Duration::from_nanos),
        commit_every: commit_every_ns.map(Duration::from_nanos),
    }
}

/// A role.
pub const fn role(role: p::Role) -> Role {
    match role {
        p::Role::Execution => Role::Execution,
        p::Role::Reader => Role::Reader,
        p::Role::Auditor => Role::Auditor,
        p::Role::Operator => Role::Operator,
        p::Role::Backup => Role::Backup,
        p::Role::Governor => Role::Governor,
    }
}

/// The status of an asset.
pub const fn status(status: p::AssetStatus) -> AssetStatus {
    match status {
        p::AssetStatus::Active => AssetStatus::Active,
        p::AssetStatus::Suspended => AssetStatus::Suspended,
        p::AssetStatus::Retired => AssetStatus::Retired,
    }
}

/// Whose account.
pub fn owner(field: &str, owner: &p::AccountOwner) -> Result<Owner, Fault> {
    Ok(match owner {
        p::AccountOwner::Treasury => Owner::Treasury,
        p::AccountOwner::User(number) => Owner::User(*number),
        p::AccountOwner::GrantCommitment(number) => Owner::GrantCommitment(*number),
        p::AccountOwner::Fees => Owner::Fees,
        p::AccountOwner::Suspense => Owner::Suspense,
        p::AccountOwner::External(digest) => Owner::External(checks::hash(field, digest)?),
    })
}

/// A number of units of at most 128 bits.
pub fn units(field: &str, value: &Nat) -> Result<u128, Fault> {
    u128::try_from(&value.0).map_err(|_| range(field))
}

/// A signed number of units of at most 128 bits beside its sign.
pub fn signed(field: &str, value: &Int) -> Result<Signed, Fault> {
    let magnitude = u128::try_from(value.0.magnitude()).map_err(|_| range(field))?;
    Ok(Signed::new(value.0 < 0.into(), magnitude))
}

/// The account of a ledger.
pub fn ledger_account(field: &str, account: &p::LedgerAccount) -> Result<LedgerAccount, Fault> {
    let p::LedgerAccount { owner, subaccount } = account;
    let subaccount = match subaccount {
        None => [0; 32],
        Some(bytes) => checks::hash(&format!("{field}.subaccount"), bytes)?,
    };
    Ok(LedgerAccount { owner: *owner, subaccount })
}

/// An asset that is to be registered.
pub fn asset(args: p::RegisterAssetArgs) -> Result<AssetInput, Fault> {
    let p::RegisterAssetArgs { symbol, decimals, kind, treasury, first_block } = args;
    let kind = match kind {
        p::AssetKind::Icrc { ledger, fee_units } => {
            AssetKind::Icrc { ledger, fee: units("kind.fee_units", &fee_units)? }
        }
        p::AssetKind::Btc { network, min_confirmations } => AssetKind::Btc {
            network: match network {
                p::BtcNetwork::Mainnet => Network::Mainnet,
                p::BtcNetwork::Testnet => Network::Testnet,
                p::BtcNetwork::Regtest => Network::Regtest,
            },
            min_confirmations,
        },
    };
    let treasury = ledger_account("treasury", &treasury)?;
    Ok(AssetInput { symbol, decimals, kind, treasury, first_block: first_block.unwrap_or(0) })
}

/// Accounts that are to be opened.
pub fn openings(args: &p::OpenAccountsArgs) -> Result<Vec<OpenInput>, Fault> {
    let opening = |(at, wanted): (usize, &p::AccountRef)| {
        let owner = owner(&format!("accounts[{at}].owner"), &wanted.owner)?;
        Ok(OpenInput { owner, asset: wanted.asset })
    };
    args.accounts.iter().enumerate().map(opening).collect()
}

const fn kind(kind: p::EntryKind) -> EntryKind {
    match kind {
        p::EntryKind::Deposit => EntryKind::Deposit,
        p::EntryKind::Withdrawal => EntryKind::Withdrawal,
        p::EntryKind::Transfer => EntryKind::Transfer,
        p::EntryKind::GrantCommitted => EntryKind::GrantCommitted,
        p::EntryKind::GrantReleased => EntryKind::GrantReleased,
        p::EntryKind::GrantPaid => EntryKind::GrantPaid,
        p::EntryKind::Fee => EntryKind::Fee,
        p::EntryKind::Adjustment => EntryKind::Adjustment,
        p::EntryKind::Explained => EntryKind::Explained,
        p::EntryKind::Unexplained => EntryKind::Unexplained,
    }
}

/// An entry that is to be posted.
pub fn entry(args: &p::PostEntryArgs) -> Result<PostInput, Fault> {
    let posting = |(at, posting): (usize, &p::Posting)| {
        Ok(PostingInput {
            owner: owner(&format!("postings[{at}].owner"), &posting.owner)?,
            asset: posting.asset,
            delta: signed(&format!("postings[{at}].delta_units"), &posting.delta_units)?,
        })
    };
    let postings = args.postings.iter().enumerate().map(posting).collect::<Result<_, Fault>>()?;
    let external_ref = match &args.external_ref {
        None => None,
        Some(p::ExternalRef::Icrc { ledger, block }) => {
            Some(ReferenceInput::Icrc { ledger: *ledger, block: *block })
        }
        Some(p::ExternalRef::Btc { txid, vout }) => {
            let txid = checks::hash("external_ref.txid", txid)?;
            Some(ReferenceInput::Btc { txid, vout: *vout })
        }
    };
    Ok(PostInput { kind: kind(args.kind), intent: args.intent, external_ref, postings })
}

/// Which entries.
pub fn filter(args: &p::ListEntriesArgs) -> EntryFilter {
    EntryFilter {
        account: args.account,
        block: args.block.map(|p::BlockRef { asset, block }| (asset, block)),
    }
}

/// Which statement.
pub const fn statement(args: p::GetStatementArgs) -> StatementArgs {
    let p::GetStatementArgs { account, from_ns, to_ns, after, limit } = args;
    let (from, to) = (Timestamp::from_nanos(from_ns), Timestamp::from_nanos(to_ns));
    StatementArgs { account, from, to, after, limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_128_bits_is_refused_by_its_name() {
        let edge: Int = "340282366920938463463374607431768211455".parse().expect("2^128 - 1");
        assert_eq!(signed("x", &edge), Ok(Signed::plus(u128::MAX)));
        let beyond = Int(edge.0 + 1);
        assert_eq!(signed("x", &beyond), Err(range("x")));
        assert_eq!(signed("x", &Int(-beyond.0)), Err(range("x")));
        assert_eq!(signed("x", &Int::from(-7)), Ok(Signed::minus(7)));
    }

    #[test]
    fn a_subaccount_has_32_bytes_or_is_refused_by_its_name() {
        let owner = candid::Principal::from_slice(&[1; 29]);
        let read = |bytes: Option<Vec<u8>>| {
            let subaccount = bytes.map(serde_bytes::ByteBuf::from);
            ledger_account("treasury", &p::LedgerAccount { owner, subaccount })
        };
        let account = |subaccount| Ok(LedgerAccount { owner, subaccount });
        assert_eq!(read(None), account([0; 32]));
        assert_eq!(read(Some(vec![7; 32])), account([7; 32]));
        for bytes in [0, 1, 31, 33, 64] {
            let field = "treasury.subaccount".to_owned();
            assert_eq!(read(Some(vec![7; bytes])), Err(Fault::HashSize { field, bytes }));
        }
    }
}
