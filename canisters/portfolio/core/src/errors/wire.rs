//! From each refusal to the wire: one sentence with the thing and the limit, figures as details.

use granary_errors::{CodeEntry, Error};

use super::catalogue as code;
use super::{FundsFault, InputFault, LedgerFault, Missing, StateFault};
use crate::limits;
use crate::types::AssetStatus;

fn nat(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

pub(super) fn input(fault: &InputFault) -> Error {
    let wrong =
        |entry: CodeEntry, field: &str, text: String| Error::invalid_input(entry.code, field, text);
    match fault {
        InputFault::PostingCount { count } => {
            let (min, max) = (limits::MIN_POSTINGS, limits::MAX_POSTINGS);
            let text = format!("the entry has {count} postings and must have {min} to {max}");
            wrong(code::POSTING_COUNT, "postings", text).with("max", nat(max))
        }
        InputFault::Unbalanced { asset, sum } => {
            let text = format!("the postings of asset {asset} sum to {sum} and must sum to 0");
            wrong(code::ENTRY_UNBALANCED, "postings", text)
                .with("asset", *asset)
                .with("sum_units", sum.to_string())
        }
        InputFault::DeltaZero { index } => {
            let text = format!("postings[{index}] changes nothing");
            wrong(code::POSTING_ZERO, &format!("postings[{index}].delta_units"), text)
        }
        InputFault::SameAccount { index } => {
            let text = format!("postings[{index}] changes an account another posting changes");
            wrong(code::POSTING_REPEATED, &format!("postings[{index}].owner"), text)
        }
        InputFault::KindReserved { kind } => {
            let text = format!("entries of kind {} are written by reconciliation", kind.name());
            wrong(code::KIND_RESERVED, "kind", text)
        }
        InputFault::SuspenseReserved { index } => {
            let text = format!("postings[{index}] changes Suspense and this is no adjustment");
            wrong(code::SUSPENSE_RESERVED, &format!("postings[{index}].owner"), text)
        }
        InputFault::ReferenceForeign => {
            let text = "the external reference belongs to no asset of the entry";
            wrong(code::REFERENCE_FOREIGN, "external_ref", text.to_owned())
        }
        InputFault::Filter => {
            let text = "the filters of the list do not go together";
            wrong(code::LIST_FILTER, "filter", text.to_owned())
        }
        InputFault::Period => {
            let text = "the period ends before it begins";
            wrong(code::STATEMENT_PERIOD, "to_ns", text.to_owned())
        }
        InputFault::WindowRange { field, given_ns, min_ns, max_ns } => {
            let text = format!("{field} is {given_ns} ns and must be {min_ns} to {max_ns}");
            wrong(code::SETTINGS_WINDOW, field, text)
                .with("min_ns", *min_ns)
                .with("max_ns", *max_ns)
        }
    }
}

pub(super) fn funds(fault: &FundsFault) -> Error {
    let FundsFault::Balance { owner, required, available, symbol } = fault;
    let text = format!(
        "the account of {} has {available} and the entry takes {required} (smallest units of {})",
        owner.kind(),
        symbol.as_str()
    );
    Error::insufficient_funds(
        code::BALANCE_SHORT.code,
        *required,
        *available,
        symbol.as_str(),
        text,
    )
}

pub(super) fn missing(missing: Missing) -> Error {
    let (entry, kind, id) = match missing {
        Missing::Asset { id } => (code::ASSET_NOT_FOUND, "asset", id),
        Missing::Account { id } => (code::ACCOUNT_NOT_FOUND, "account", id),
        Missing::Entry { id } => (code::ENTRY_NOT_FOUND, "entry", id),
    };
    Error::not_found(entry.code, kind, id.to_string())
}

pub(super) fn state(fault: &StateFault) -> Error {
    let at = |entry: CodeEntry, actual: &str, text: String| {
        Error::state_error(entry.code, actual, &[], text)
    };
    match fault {
        StateFault::Asset { id, actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().copied().map(AssetStatus::name).collect();
            let text =
                format!("asset {id} is {} and must be {}", actual.name(), allowed.join(" or "));
            Error::state_error(code::ASSET_STATE.code, actual.name(), &allowed, text)
        }
        StateFault::AssetInUse { booked } => {
            let text = format!("{booked} units of the asset are on its accounts");
            at(code::ASSET_IN_USE, "in use", text).with("booked_units", *booked)
        }
        StateFault::ReferenceTaken { entry } => {
            let text = format!("entry {entry} booked this reference");
            at(code::REFERENCE_TAKEN, "booked", text).with("entry", entry.wire())
        }
        StateFault::LedgerTaken { asset } => {
            let text = format!("asset {asset} has this ledger");
            at(code::LEDGER_TAKEN, "taken", text).with("asset", *asset)
        }
        StateFault::NoLedger { asset } => {
            let text = format!("asset {asset} is not held by a ledger that can be asked");
            at(code::NO_LEDGER, "no ledger", text)
        }
        StateFault::RunOver { run } => {
            at(code::RUN_OVER, "over", format!("reconciliation {run} is over"))
        }
    }
}

pub(super) fn ledger(fault: &LedgerFault) -> Error {
    let (entry, text) = match fault {
        LedgerFault::Unavailable { method, reason } => {
            let text = format!("the ledger did not answer {method}: {reason:.80}");
            (code::LEDGER_UNAVAILABLE, text)
        }
        LedgerFault::Reply { method } => {
            (code::LEDGER_REPLY, format!("the ledger's answer to {method} cannot be read"))
        }
        LedgerFault::Decimals { booked, found } => {
            let text = format!("the ledger has {found} decimals and the books have {booked}");
            (code::LEDGER_DECIMALS, text)
        }
        LedgerFault::Chain { block } => {
            (code::LEDGER_CHAIN, format!("block {block} does not name the block before it"))
        }
        LedgerFault::Shorter { known, found } => {
            let text = format!("the ledger has {found} blocks and {known} were looked at");
            (code::LEDGER_SHORTER, text)
        }
        LedgerFault::Gap { block } => {
            (code::LEDGER_GAP, format!("the ledger did not give block {block}"))
        }
        LedgerFault::Moving => {
            (code::LEDGER_MOVING, "the ledger moved each time it was compared".to_owned())
        }
        LedgerFault::Range => {
            (code::LEDGER_RANGE, "the ledger's figures are beyond what can be counted".to_owned())
        }
    };
    Error::not_applied(entry.code, None, text)
}
