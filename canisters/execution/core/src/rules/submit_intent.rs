//! An intent is taken when it can be paid at all; whether it may be is for later.

use granary_kernel::{Fault, Role as _, checks};
use sha2::{Digest, Sha256};

use crate::errors::{ExecutionError, InputFault};
use crate::limits;
use crate::records::{AssetRow, Attempt, Event, EventKind, IntentRow, Key, Marks, Needs, Role};
use crate::rules::Ctx;
use crate::types::{Account, AssetId, Hash, IntentState, Origin, Principal, Timestamp};

/// Where the money is to go, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// An account of the asset's ledger; the subaccount as it was given.
    Icrc {
        /// Whose.
        owner: Principal,
        /// Thirty-two bytes, or none for the default one.
        subaccount: Option<Vec<u8>>,
    },
    /// An address of a Bitcoin network.
    Btc,
}

/// An intent, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The submitter's key.
    pub key: String,
    /// On whose behalf.
    pub origin: Origin,
    /// Number of the asset.
    pub asset: u64,
    /// Where to.
    pub destination: Destination,
    /// How much.
    pub amount: u128,
    /// The announcement.
    pub announcement: Option<u64>,
    /// The end.
    pub expires_at: Option<Timestamp>,
}

/// SHA-256 over what makes an intent this intent for ever: who submitted it, under which key. The
/// transfer carries it as its memo, so a payment is recognised by whoever has the same key again,
/// whatever was forgotten in between (E7).
pub fn memo(initiator: &Principal, key: &str) -> Hash {
    let mut digest = Sha256::new();
    digest.update(b"granary.intent.1");
    digest.update([u8::try_from(initiator.as_slice().len()).unwrap_or(u8::MAX)]);
    digest.update(initiator.as_slice());
    digest.update(key.as_bytes());
    digest.finalize().into()
}

/// SHA-256 over what an approver approves: the memo and everything that decides what is paid.
pub fn digest(row: &IntentRow, ledger: &Principal) -> Hash {
    let mut digest = Sha256::new();
    digest.update(b"granary.approval.1");
    digest.update(row.memo);
    digest.update(row.to.destination(ledger));
    digest.update(row.asset.get().to_be_bytes());
    digest.update(row.amount.to_be_bytes());
    match row.origin {
        Origin::Grant { grant, payout } => {
            digest.update([0]);
            digest.update(grant.to_be_bytes());
            digest.update(payout.to_be_bytes());
        }
        Origin::Plan { plan, leg } => {
            digest.update([1]);
            digest.update(plan.to_be_bytes());
            digest.update(leg.to_be_bytes());
        }
        Origin::Manual => digest.update([2]),
        Origin::CyclesTopUp { canister } => {
            digest.update([3]);
            digest.update(canister.as_slice());
        }
    }
    digest.finalize().into()
}

/// The roles whose holders submit.
pub const SUBMITTERS: &[Role] =
    &[Role::MicroGrants, Role::Strategy, Role::Treasurer, Role::Operator];

/// The role that may name the origin.
pub const fn role_of(origin: &Origin) -> Role {
    match origin {
        Origin::Grant { .. } => Role::MicroGrants,
        Origin::Plan { .. } => Role::Strategy,
        Origin::Manual => Role::Treasurer,
        Origin::CyclesTopUp { .. } => Role::Operator,
    }
}

/// The account of a destination.
pub fn account(destination: &Destination) -> Result<Account, ExecutionError> {
    let Destination::Icrc { owner, subaccount } = destination else {
        return Err(InputFault::BitcoinUnserved.into());
    };
    let bad = |problem| ExecutionError::from(InputFault::Destination { problem });
    let subaccount = match subaccount {
        None => [0; 32],
        Some(bytes) => {
            Hash::try_from(bytes.as_slice()).map_err(|_| bad("has a subaccount of another size"))?
        }
    };
    if *owner == Principal::anonymous() {
        return Err(bad("is the anonymous principal"));
    }
    if *owner == Principal::management_canister() {
        return Err(bad("is the management canister"));
    }
    Ok(Account { owner: *owner, subaccount })
}

/// Refuses what could never be paid, whoever asks and whatever is stored.
pub fn check(input: &Submission) -> Result<Account, ExecutionError> {
    let to = account(&input.destination)?;
    if input.amount == 0 {
        return Err(InputFault::AmountZero.into());
    }
    Ok(to)
}

/// Decides. `has_role` says whether the submitter has the role that its origin needs.
pub fn submit_intent(
    input: &Submission,
    asset_id: AssetId,
    asset: &AssetRow,
    has_role: bool,
    generation: u32,
    ctx: &Ctx,
) -> Result<IntentRow, ExecutionError> {
    let needs = role_of(&input.origin).name();
    if !has_role {
        return Err(InputFault::Origin { origin: input.origin.name(), needs }.into());
    }
    if matches!(input.origin, Origin::CyclesTopUp { .. }) {
        return Err(InputFault::CyclesUnserved.into());
    }
    let to = check(input)?;
    if to.owner == asset.treasury.owner {
        return Err(InputFault::DestinationSelf.into());
    }
    let (amount, fee) = (input.amount, asset.fee);
    if amount <= fee {
        return Err(InputFault::AmountDust { amount, fee }.into());
    }
    if amount.checked_add(fee).is_none() {
        return Err(Fault::AmountRange { field: "amount_units".to_owned() }.into());
    }
    let expires_at = expiry(input.expires_at, ctx)?;
    let bytes = input.key.len();
    let key = Key::new(&input.key).ok_or(Fault::KeySize { bytes })?;
    Ok(IntentRow {
        state: IntentState::Created,
        marks: Marks::default(),
        generation,
        origin: input.origin,
        initiator: ctx.actor,
        asset: asset_id,
        to,
        amount,
        fee,
        memo: memo(&ctx.actor, &input.key),
        key,
        announcement: input.announcement,
        created_at: ctx.now,
        event: 0,
        expires_at,
        since: ctx.now,
        eta: None,
        settled_at: None,
        needs: Needs::default(),
        reservation: None,
        reserved_until: None,
        reserved_look: 0,
        attempt: Attempt::default(),
        turn: 0,
        busy_until: None,
        block: None,
        entry: None,
        adjusting_since: None,
        newest_approval: None,
        approvals: 0,
        trouble: None,
        standing: None,
    })
}

fn expiry(asked: Option<Timestamp>, ctx: &Ctx) -> Result<Timestamp, ExecutionError> {
    let latest = ctx.now.saturating_add(limits::MAX_LIFE);
    let at = asked.unwrap_or_else(|| ctx.now.saturating_add(limits::DEFAULT_LIFE));
    if at <= ctx.now || at > latest {
        return Err(InputFault::Expiry { max_ns: limits::MAX_LIFE.as_nanos() }.into());
    }
    Ok(at)
}

/// True when the intent is what is asked for again (C11).
pub fn is_same(row: &IntentRow, input: &Submission) -> bool {
    let to = account(&input.destination).ok();
    // An end that was not named is the same however much later it is not named again.
    let life = row.created_at.saturating_add(limits::DEFAULT_LIFE);
    let expires_at = input.expires_at.unwrap_or(life);
    is_same_origin(&row.origin, &input.origin)
        && row.asset.wire() == input.asset
        && to == Some(row.to)
        && row.amount == input.amount
        && row.announcement == input.announcement
        && row.expires_at == expires_at
}

/// The number of a payout is its submitter's memory of it, and a restored snapshot counts anew:
/// what the key stands for is the grant's.
fn is_same_origin(known: &Origin, given: &Origin) -> bool {
    match (known, given) {
        (Origin::Grant { grant, .. }, Origin::Grant { grant: again, .. }) => grant == again,
        _ => known == given,
    }
}

/// What the journal says about a new intent.
pub fn created(row: &IntentRow, wire: u64) -> Event {
    Event::new(EventKind::IntentCreated, wire).digest(row.memo).party(row.initiator)
}

/// Refuses a key no intent can have.
pub fn check_key(key: &str) -> Result<(), Fault> {
    let bytes = key.len();
    checks::text("idempotency_key", key, limits::MAX_KEY_BYTES)
        .map_err(|_| Fault::KeySize { bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, asset, at, ctx, person};

    fn input() -> Submission {
        Submission {
            key: "grant-7".to_owned(),
            origin: Origin::Manual,
            asset: 1,
            destination: Destination::Icrc { owner: person(9), subaccount: None },
            amount: 1_000,
            announcement: None,
            expires_at: None,
        }
    }

    fn submit(input: &Submission) -> Result<IntentRow, ExecutionError> {
        let id = AssetId::new(1).expect("not zero");
        submit_intent(input, id, &asset(), true, 0, &ctx(1))
    }

    fn refused(change: impl FnOnce(&mut Submission)) -> ExecutionError {
        let mut wrong = input();
        change(&mut wrong);
        submit(&wrong).expect_err("wrong")
    }

    #[test]
    fn amounts_are_neither_nothing_nor_dust_nor_beyond_what_is_counted() {
        assert_eq!(refused(|input| input.amount = 0), InputFault::AmountZero.into());
        for amount in [1, 10] {
            let fault = InputFault::AmountDust { amount, fee: 10 };
            assert_eq!(refused(|input| input.amount = amount), fault.into());
        }
        for amount in [u128::MAX, u128::MAX - 9] {
            let found = refused(|input| input.amount = amount);
            assert!(matches!(found, ExecutionError::Kernel(Fault::AmountRange { .. })));
        }
        for amount in [11, u128::from(u64::MAX) + 1, u128::MAX - 10] {
            assert!(submit(&Submission { amount, ..input() }).is_ok(), "{amount}");
        }
    }

    #[test]
    fn destinations_are_accounts_somebody_else_holds() {
        let to = |owner, subaccount| {
            move |input: &mut Submission| {
                input.destination = Destination::Icrc { owner, subaccount };
            }
        };
        for owner in [Principal::anonymous(), Principal::management_canister()] {
            let found = refused(to(owner, None));
            assert!(matches!(found, ExecutionError::Input(InputFault::Destination { .. })));
        }
        for size in [0, 31, 33] {
            let found = refused(to(person(9), Some(vec![1; size])));
            assert!(matches!(found, ExecutionError::Input(InputFault::Destination { .. })));
        }
        for subaccount in [None, Some(vec![1; 32])] {
            let found = refused(to(asset().treasury.owner, subaccount));
            assert_eq!(found, InputFault::DestinationSelf.into());
        }
        let found = refused(|input| input.destination = Destination::Btc);
        assert_eq!(found, InputFault::BitcoinUnserved.into());
    }

    #[test]
    fn what_is_not_served_and_what_is_not_the_callers_is_refused_by_name() {
        let top_up = Origin::CyclesTopUp { canister: person(4) };
        let found = refused(|input| input.origin = top_up);
        assert_eq!(found, InputFault::CyclesUnserved.into());
        let id = AssetId::new(1).expect("not zero");
        let found = submit_intent(&input(), id, &asset(), false, 0, &ctx(1));
        let fault = InputFault::Origin { origin: "Manual", needs: "Treasurer" };
        assert_eq!(found, Err(fault.into()));
    }

    #[test]
    fn an_end_is_in_the_future_and_within_a_year() {
        let latest = at(NOW).saturating_add(limits::MAX_LIFE);
        for wrong in [at(0), at(NOW), at(latest.as_nanos() + 1), at(u64::MAX)] {
            let found = refused(|input| input.expires_at = Some(wrong));
            assert!(matches!(found, ExecutionError::Input(InputFault::Expiry { .. })), "{wrong:?}");
        }
        assert!(submit(&Submission { expires_at: Some(latest), ..input() }).is_ok());
    }

    #[test]
    fn e2_the_memo_follows_from_submitter_and_key_alone() {
        let row = submit(&input()).expect("right");
        let other = submit(&Submission { amount: 2_000, ..input() }).expect("right");
        assert_eq!(row.memo, other.memo);
        assert_ne!(memo(&person(1), "ab"), memo(&person(1), "a"));
        let (short, long) = (Principal::from_slice(&[1]), Principal::from_slice(&[1, b'a']));
        assert_ne!(memo(&short, "ab"), memo(&long, "b"), "lengths keep the parts apart");
    }

    #[test]
    fn the_digest_follows_from_everything_that_is_paid() {
        let row = submit(&input()).expect("right");
        let ledger = asset().ledger;
        let base = digest(&row, &ledger);
        let mut others = vec![];
        for change in [
            |row: &mut IntentRow| row.amount += 1,
            |row: &mut IntentRow| row.to.subaccount = [1; 32],
            |row: &mut IntentRow| row.origin = Origin::Grant { grant: 1, payout: 1 },
            |row: &mut IntentRow| row.memo = [0; 32],
            |row: &mut IntentRow| row.asset = AssetId::new(2).expect("not zero"),
        ] {
            let mut changed = row;
            change(&mut changed);
            others.push(digest(&changed, &ledger));
        }
        others.push(digest(&row, &person(3)));
        assert!(others.iter().all(|other| *other != base));
        let dearer = IntentRow { fee: 11, ..row };
        assert_eq!(digest(&dearer, &ledger), base, "the fee is the ledger's, not the approver's");
    }

    #[test]
    fn c11_the_same_again_is_the_same() {
        let row = submit(&input()).expect("right");
        assert!(is_same(&row, &input()));
        for change in [
            |input: &mut Submission| input.amount += 1,
            |input: &mut Submission| input.asset = 2,
            |input: &mut Submission| input.announcement = Some(1),
            |input: &mut Submission| input.expires_at = Some(at(NOW + 1)),
            |input: &mut Submission| input.origin = Origin::Plan { plan: 1, leg: 0 },
            |input: &mut Submission| input.destination = Destination::Btc,
        ] {
            let mut other = input();
            change(&mut other);
            assert!(!is_same(&row, &other), "{other:?}");
        }
    }

    #[test]
    fn e1_a_payout_is_its_grants_whatever_number_it_has_after_a_restore() {
        let of = |grant, payout| {
            let mut input = input();
            input.origin = Origin::Grant { grant, payout };
            input
        };
        let row = submit(&of(3, 7)).expect("right");
        assert!(is_same(&row, &of(3, 7)) && is_same(&row, &of(3, 8)));
        assert!(!is_same(&row, &of(4, 7)));
    }
}
