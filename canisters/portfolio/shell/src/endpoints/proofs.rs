//! Commitments and what they prove.

use candid::candid_method;
use granary_api::portfolio as p;
use granary_env::suite::Host as _;
use granary_errors::Error;
use ic_cdk::query;

use super::small;
use crate::access;
use crate::convert::{input, proofs_out, reply};
use crate::state::Here;

/// The roots of the books at the end of an epoch, the newest unless one is named; the newest with
/// the certificate that leads to it. Each commitment names the one before.
/// Who: everybody. Errors: portfolio.commitment.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_state_commitment(args: p::CommitmentArgs) -> Result<p::CertifiedCommitment, Error> {
    Here::view(|store, _| {
        store.commitment(args.epoch).map(|commitment| proofs_out::certified(store, &commitment))
    })
}

/// What an owner has of an asset as the newest commitment has it, with everything that proves it
/// to somebody who trusts nobody but the subnet: certificate, witness, commitment, path, leaf.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, common.hash.size, portfolio.asset.not_found,
/// portfolio.account.not_found, portfolio.commitment.not_found, portfolio.commitment.pending.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_balance_proof(args: p::AccountRef) -> Result<p::BalanceProof, Error> {
    let owner = input::owner("owner", &args.owner)?;
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let (asset, _) = store.asset(args.asset)?;
        let proved = store.balance_proof(owner, asset)?;
        Ok(proofs_out::balance_proof(store, proved))
    })
}

/// An entry's place in the log of the newest commitment.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, portfolio.entry.not_found, portfolio.commitment.not_found,
/// portfolio.commitment.pending.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_entry_proof(args: p::EntryProofArgs) -> Result<p::EntryProof, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let proved = store.entry_proof(args.entry)?;
        Ok(proofs_out::entry_proof(store, args.entry, proved))
    })
}

/// Shows that the log of entries of a later epoch begins with that of an earlier one: nothing was
/// changed or taken out.
/// Who: everybody. Errors: portfolio.commitment.not_found, portfolio.commitment.order,
/// portfolio.commitment.pending.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_consistency_proof(args: p::ConsistencyArgs) -> Result<p::ConsistencyProof, Error> {
    let p::ConsistencyArgs { from_epoch, to_epoch } = args;
    Here::view(|store, _| {
        store.entries_consistency(from_epoch, to_epoch).map(proofs_out::consistency)
    })
}
