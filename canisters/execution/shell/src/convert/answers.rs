//! Answers of other canisters as the rules know them.
//!
//! An answer of our own guard or books can be asked for again: they know a repetition. An answer of
//! a ledger to a transfer cannot, and its three outcomes stay three.

use candid::Nat;
use execution_core::records::Needs;
use execution_core::rules::booking::{Adjusted, Booked, Entry};
use execution_core::rules::guard::{Assessment, Denial, Reserved};
use execution_core::rules::sent::{Refusal, Sent};
use execution_core::types::{Duration, Hash, Timestamp};
use granary_api::common::Receipt;
use granary_api::icrc::{GetBlocksResult, TransferError};
use granary_api::portfolio::{AccountOwner, EntryPage};
use granary_api::risk_guard as r;
use granary_env::call::Answer;
use granary_errors::{Category, Error};
use granary_resilience::failure::{Effect, Failure, FailureKind};

use crate::ports::Reply;

/// The guard holds something else for the intent.
const CONFLICT: &str = "risk_guard.reservation.conflict";
/// The reservation ended, one way or the other.
const ENDED: &str = "risk_guard.reservation.state";
/// The entry was posted for a number of another generation, before a restore.
const SAME_KEY: &str = granary_errors::common::IDEMPOTENCY_CONFLICT.as_str();
/// Another entry has the block.
const TAKEN: &str = "portfolio.reference.taken";

/// The answer, or the error of a canister that refused, or why there is no answer.
fn split<T>(answer: Reply<T>) -> Result<Result<T, Error>, Failure> {
    match answer {
        Answer::Done(reply) => Ok(reply),
        Answer::NotApplied { reason } => Err(Failure::new(FailureKind::Temporary, reason)),
        Answer::Unknown { reason } => Err(Failure::new(FailureKind::Timeout, reason)),
    }
}

fn refused(error: &Error, now: Timestamp) -> Failure {
    Failure::from_error(error, Effect::Read, now)
}

/// What an intent needs.
pub fn assessment(answer: Reply<r::Assessment>, now: Timestamp) -> Result<Assessment, Failure> {
    match split(answer)? {
        Ok(r::Assessment::Allowed(needs)) => Ok(Assessment::Allowed(requirements(needs))),
        Ok(r::Assessment::Denied(why)) => Ok(Assessment::Denied(denial(why))),
        Err(error) => Err(refused(&error, now)),
    }
}

/// Whether the capacity is held.
pub fn verdict(answer: Reply<r::Verdict>, now: Timestamp) -> Result<Reserved, Failure> {
    match split(answer)? {
        Ok(r::Verdict::Held(held)) => Ok(Reserved::Held {
            id: held.id,
            until: Timestamp::from_nanos(held.expires_at_ns),
            needs: requirements(held.requirements),
        }),
        Ok(r::Verdict::Denied(why)) => Ok(Reserved::Denied(denial(why))),
        Err(error) if matches!(error.code(), CONFLICT | ENDED) => Ok(Reserved::Conflict),
        Err(error) => Err(refused(&error, now)),
    }
}

/// Whether the guard has the reservation it was told about.
pub fn known(answer: Reply<Receipt>, now: Timestamp) -> Result<bool, Failure> {
    match split(answer)? {
        Ok(_) => Ok(true),
        Err(error) if error.category() == Category::NotFound || error.code() == ENDED => Ok(false),
        Err(error) => Err(refused(&error, now)),
    }
}

const fn requirements(needs: r::Requirements) -> Needs {
    let r::Requirements { policy_version, tier, approvals, delay_ns } = needs;
    Needs { policy: policy_version, tier, approvals, delay: Duration::from_nanos(delay_ns) }
}

fn denial(why: r::Denial) -> Denial {
    let r::Denial { rule, remaining_units, retry_at_ns, reason } = why;
    let reason = format!("{reason} ({remaining_units} left)");
    Denial { rule, retry_at: retry_at_ns.map(Timestamp::from_nanos), reason }
}

/// What became of a transfer.
pub fn sent(answer: Answer<Result<Nat, TransferError>>) -> Sent {
    let block = |number: &Nat| u64::try_from(&number.0).ok();
    match answer {
        Answer::Done(Ok(number)) => {
            block(&number).map_or(Sent::Uncountable, |block| Sent::Moved { block })
        }
        Answer::Done(Err(TransferError::Duplicate { duplicate_of })) => {
            block(&duplicate_of).map_or(Sent::Uncountable, |block| Sent::Duplicate { block })
        }
        Answer::Done(Err(error)) => Sent::Refused(refusal(error)),
        Answer::NotApplied { reason } => {
            Sent::NotSent(Failure::new(FailureKind::Temporary, reason))
        }
        Answer::Unknown { reason } => {
            Sent::Unknown(Failure::new(FailureKind::OutcomeUnknown, reason))
        }
    }
}

fn refusal(error: TransferError) -> Refusal {
    match error {
        TransferError::BadFee { expected_fee } => {
            Refusal::BadFee { expected: u128::try_from(&expected_fee.0).ok() }
        }
        TransferError::BadBurn { .. } => Refusal::BadBurn,
        TransferError::InsufficientFunds { balance } => {
            Refusal::InsufficientFunds { balance: u128::try_from(&balance.0).unwrap_or(u128::MAX) }
        }
        TransferError::TooOld => Refusal::TooOld,
        TransferError::CreatedInFuture { .. } => Refusal::CreatedInFuture,
        // A repetition is an answer of its own and was taken before.
        TransferError::TemporarilyUnavailable | TransferError::Duplicate { .. } => {
            Refusal::Unavailable
        }
        TransferError::GenericError { error_code, message } => {
            Refusal::Other { message: format!("the ledger says {error_code}: {message:.120}") }
        }
    }
}

/// True when the ledger's fee is another one than was believed.
pub const fn is_bad_fee(sent: &Sent) -> bool {
    matches!(sent, Sent::Refused(Refusal::BadFee { .. }))
}

/// A figure of a ledger.
pub fn amount(method: &str, answer: Answer<Nat>) -> Result<u128, Failure> {
    let number = read(method, answer)?;
    let beyond = || Failure::new(FailureKind::Permanent, format!("{method} is beyond 128 bits"));
    u128::try_from(&number.0).map_err(|_| beyond())
}

/// The number of blocks of a ledger.
pub fn length(answer: Answer<GetBlocksResult>) -> Result<u64, Failure> {
    let page = read("icrc3_get_blocks", answer)?;
    let beyond = || Failure::new(FailureKind::Permanent, "the log's length is beyond 64 bits");
    u64::try_from(&page.log_length.0).map_err(|_| beyond())
}

/// Reading changes nothing there: both kinds of silence may be asked again.
fn read<T>(method: &str, answer: Answer<T>) -> Result<T, Failure> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::NotApplied { reason } => {
            Err(Failure::new(FailureKind::Temporary, format!("{method}: {reason}")))
        }
        Answer::Unknown { reason } => {
            Err(Failure::new(FailureKind::Timeout, format!("{method}: {reason}")))
        }
    }
}

/// What became of an entry.
pub fn booked(answer: Reply<Receipt>, now: Timestamp) -> Booked {
    match split(answer) {
        Ok(Ok(receipt)) => Booked::Posted { entry: receipt.id },
        Ok(Err(error)) if matches!(error.code(), TAKEN | SAME_KEY) => Booked::Taken,
        Ok(Err(error)) => Booked::Failed(refused(&error, now)),
        Err(failure) => Booked::Failed(failure),
    }
}

/// The entry that has a block.
pub fn found(answer: Reply<EntryPage>, now: Timestamp) -> Result<Option<Entry>, Failure> {
    let page = split(answer)?.map_err(|error| refused(&error, now))?;
    Ok(page.items.first().map(|entry| Entry {
        entry: entry.id,
        in_suspense: entry.postings.iter().any(|line| line.owner == AccountOwner::Suspense),
    }))
}

/// What became of a correction.
pub fn adjusted(answer: Reply<Receipt>, now: Timestamp) -> Adjusted {
    match split(answer) {
        Ok(Ok(_)) => Adjusted::Done,
        Ok(Err(error)) if error.category() == Category::Unauthorized => Adjusted::NotAllowed,
        Ok(Err(error)) => Adjusted::Failed(refused(&error, now)),
        Err(failure) => Adjusted::Failed(failure),
    }
}

/// Thirty-two bytes, or zeroes when there are none; none for another size.
pub fn subaccount(bytes: Option<&[u8]>) -> Option<Hash> {
    bytes.map_or(Some([0; 32]), |bytes| Hash::try_from(bytes).ok())
}

#[cfg(test)]
mod tests {
    use granary_errors::{Code, common};

    use super::*;

    const NOW: Timestamp = Timestamp::from_nanos(7);

    fn state(code: &'static str) -> Error {
        Error::state_error(Code::new(code), "x", &[], "a state")
    }

    #[test]
    fn the_three_outcomes_of_a_transfer_stay_three() {
        assert_eq!(sent(Answer::Done(Ok(Nat::from(7_u32)))), Sent::Moved { block: 7 });
        let duplicate_of = Nat::from(8_u32);
        let duplicate = Answer::Done(Err(TransferError::Duplicate { duplicate_of }));
        assert_eq!(sent(duplicate), Sent::Duplicate { block: 8 });
        let beyond = Nat::from(u128::MAX);
        assert_eq!(sent(Answer::Done(Ok(beyond))), Sent::Uncountable);
        let silence = sent(Answer::Unknown { reason: String::new() });
        assert!(matches!(silence, Sent::Unknown(f) if f.kind == FailureKind::OutcomeUnknown));
        let unsent = sent(Answer::NotApplied { reason: String::new() });
        assert!(matches!(unsent, Sent::NotSent(_)));
        let bad = Answer::Done(Err(TransferError::BadFee { expected_fee: Nat::from(3_u32) }));
        let bad = sent(bad);
        assert!(is_bad_fee(&bad));
        assert_eq!(bad, Sent::Refused(Refusal::BadFee { expected: Some(3) }));
    }

    #[test]
    fn what_the_guard_does_not_know_is_no_failure() {
        let missing = Error::not_found(common::CALL_REJECTED, "reservation", "7");
        assert_eq!(known(Answer::Done(Err(missing)), NOW), Ok(false));
        assert_eq!(known(Answer::Done(Err(state(ENDED))), NOW), Ok(false));
        assert!(known(Answer::Done(Err(state("risk_guard.other"))), NOW).is_err());
        let conflict = Answer::Done(Err(state(CONFLICT)));
        assert_eq!(verdict(conflict, NOW), Ok(Reserved::Conflict));
    }

    #[test]
    fn the_books_say_taken_not_allowed_or_nothing() {
        assert_eq!(booked(Answer::Done(Err(state(TAKEN))), NOW), Booked::Taken);
        let forgotten = Answer::Done(Err(state("common.idempotency.conflict")));
        assert_eq!(booked(forgotten, NOW), Booked::Taken, "posted before a restore");
        let denied = Error::unauthorized(common::NOT_ALLOWED, "Operator", "no");
        assert_eq!(adjusted(Answer::Done(Err(denied)), NOW), Adjusted::NotAllowed);
        let silence = booked(Answer::Unknown { reason: "late".to_owned() }, NOW);
        assert!(matches!(silence, Booked::Failed(f) if f.kind == FailureKind::Timeout));
    }
}
