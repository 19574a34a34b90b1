//! Standing authorisations: payments that need no person each time (E8).

use granary_kernel::{Fault, checks};

use crate::errors::{AccessFault, ExecutionError, InputFault, StateFault};
use crate::limits;
use crate::records::{AuthorisationRow, Event, EventKind, IntentRow, Role, UseRow};
use crate::rules::{Change, Ctx};
use crate::types::{
    AssetId, AuthorisationId, Duration, Hash, IntentId, Principal, Timestamp, UseId,
};

/// An authorisation, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose intents.
    pub initiator: Principal,
    /// How much in any window.
    pub allowance: u128,
    /// The window.
    pub window: Duration,
    /// The destinations, as `risk_guard` names them.
    pub destinations: Vec<Hash>,
    /// The end.
    pub expires_at: Timestamp,
}

/// Gives one. `live` is how many are in force.
pub fn grant(
    input: &Grant,
    asset: AssetId,
    granted_as: Role,
    next: AuthorisationId,
    live: usize,
    ctx: &Ctx,
) -> Result<Change, ExecutionError> {
    checks::person("initiator", &input.initiator)?;
    let wrong = |field, problem| Err(InputFault::Authorisation { field, problem }.into());
    if input.initiator == ctx.actor {
        return Err(AccessFault::SelfApproval.into());
    }
    if input.allowance == 0 {
        return wrong("allowance_units", "is 0");
    }
    if input.window < limits::MIN_WINDOW || input.window > limits::MAX_WINDOW {
        return wrong("window_ns", "must be an hour to ninety days");
    }
    let latest = ctx.now.saturating_add(limits::MAX_AUTHORISATION_LIFE);
    if input.expires_at <= ctx.now || input.expires_at > latest {
        return wrong("expires_at_ns", "must be in the future and within a year");
    }
    let (count, max) = (input.destinations.len(), limits::MAX_DESTINATIONS);
    if count == 0 || count > max {
        return Err(Fault::ListSize { field: "destinations".to_owned(), count, max }.into());
    }
    let max = u64::try_from(limits::MAX_LIVE_AUTHORISATIONS).unwrap_or(u64::MAX);
    if live >= limits::MAX_LIVE_AUTHORISATIONS || next.wire() > limits::MAX_AUTHORISATIONS {
        return Err(Fault::Full { what: "the list of standing authorisations", max }.into());
    }
    let mut destinations = [[0; 32]; limits::MAX_DESTINATIONS];
    for (to, from) in destinations.iter_mut().zip(&input.destinations) {
        *to = *from;
    }
    let row = AuthorisationRow {
        initiator: input.initiator,
        asset,
        allowance: input.allowance,
        window: input.window,
        destinations,
        count: u8::try_from(count).unwrap_or(u8::MAX),
        granted_by: ctx.actor,
        granted_as,
        at: ctx.now,
        expires_at: input.expires_at,
        revoked_at: None,
        newest_use: None,
    };
    let event = Event::new(EventKind::StandingAuthorisationChanged, next.wire());
    let event = event.name("granted").party(input.initiator);
    Ok(Change { authorisation: Some((next, row)), events: vec![event], ..Change::default() })
}

/// Takes one back.
pub fn revoke(
    id: AuthorisationId,
    row: AuthorisationRow,
    ctx: &Ctx,
) -> Result<Change, ExecutionError> {
    if row.revoked_at.is_some() || ctx.now > row.expires_at {
        return Err(StateFault::AuthorisationOver.into());
    }
    let event = Event::new(EventKind::StandingAuthorisationChanged, id.wire()).name("revoked");
    let row = AuthorisationRow { revoked_at: Some(ctx.now), ..row };
    Ok(Change { authorisation: Some((id, row)), events: vec![event], ..Change::default() })
}

/// True while it authorises: not over, and who gave it had the role all along.
pub fn is_live(row: &AuthorisationRow, role_since: Option<Timestamp>, now: Timestamp) -> bool {
    row.revoked_at.is_none()
        && now <= row.expires_at
        && role_since.is_some_and(|since| since <= row.at)
}

/// True when the intent is one it is for.
pub fn covers(row: &AuthorisationRow, intent: &IntentRow, destination: &Hash) -> bool {
    row.initiator == intent.initiator
        && row.asset == intent.asset
        && row.destinations().contains(destination)
}

/// True when a use is inside the window that ends now. What a clock that was wrong once put into
/// the future is inside.
pub fn is_inside(row: &AuthorisationRow, used: &UseRow, now: Timestamp) -> bool {
    now.saturating_since(used.at) < row.window
}

/// Whether `total` fits beside what was used inside the window (E8).
pub fn fits(row: &AuthorisationRow, used: u128, total: u128) -> bool {
    used.checked_add(total).is_some_and(|sum| sum <= row.allowance)
}

/// The use of an authorisation for an intent. Uses are in the order of their times, also when the
/// clock went back: whoever walks over them stops at the first outside of the window.
pub fn take(
    id: AuthorisationId,
    row: &AuthorisationRow,
    intent: IntentId,
    total: u128,
    next: UseId,
    not_before: Timestamp,
    now: Timestamp,
) -> (UseRow, AuthorisationRow) {
    let used = UseRow {
        authorisation: id,
        intent,
        amount: total,
        at: now.max(not_before),
        returned: false,
        prev: row.newest_use,
    };
    (used, AuthorisationRow { newest_use: Some(next), ..*row })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, at, ctx, intent, person};
    use crate::types::IntentState;

    fn input() -> Grant {
        Grant {
            initiator: person(1),
            allowance: 5_000,
            window: limits::MIN_WINDOW,
            destinations: vec![[4; 32]],
            expires_at: at(NOW + 1),
        }
    }

    fn give(input: &Grant) -> Result<AuthorisationRow, ExecutionError> {
        let (asset, next) = (AssetId::new(1).expect("1"), AuthorisationId::new(1).expect("1"));
        let change = grant(input, asset, Role::Treasurer, next, 0, &ctx(7))?;
        Ok(change.authorisation.expect("a new one").1)
    }

    #[test]
    fn bounds_hold_and_nobody_authorises_themselves() {
        assert!(give(&input()).is_ok());
        for change in [
            |input: &mut Grant| input.allowance = 0,
            |input: &mut Grant| input.window = Duration::ZERO,
            |input: &mut Grant| input.window = Duration::from_nanos(u64::MAX),
            |input: &mut Grant| input.destinations = vec![],
            |input: &mut Grant| input.destinations = vec![[1; 32]; limits::MAX_DESTINATIONS + 1],
            |input: &mut Grant| input.expires_at = at(NOW),
            |input: &mut Grant| input.expires_at = at(u64::MAX),
            |input: &mut Grant| input.initiator = Principal::anonymous(),
            |input: &mut Grant| input.initiator = person(7),
        ] {
            let mut wrong = input();
            change(&mut wrong);
            assert!(give(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn e8_it_dies_with_the_role_that_gave_it() {
        let row = give(&input()).expect("right");
        assert!(is_live(&row, Some(at(NOW)), at(NOW + 1)));
        assert!(!is_live(&row, None, at(NOW)), "the role is gone");
        assert!(!is_live(&row, Some(at(NOW + 1)), at(NOW + 1)), "given again, it stays dead");
        assert!(!is_live(&row, Some(at(NOW)), at(NOW + 2)), "over");
        let id = AuthorisationId::new(1).expect("1");
        let gone = revoke(id, row, &ctx(7)).expect("in force").authorisation.expect("it").1;
        assert!(!is_live(&gone, Some(at(NOW)), at(NOW)));
        assert_eq!(revoke(id, gone, &ctx(7)).err(), Some(StateFault::AuthorisationOver.into()));
    }

    #[test]
    fn e8_it_is_for_one_submitter_one_asset_and_its_destinations() {
        let row = give(&input()).expect("right");
        let intent = intent(IntentState::AwaitingApproval);
        assert!(covers(&row, &intent, &[4; 32]));
        assert!(!covers(&row, &intent, &[0; 32]), "an empty place is no destination");
        let other = IntentRow { initiator: person(2), ..intent };
        assert!(!covers(&row, &other, &[4; 32]));
        let other = IntentRow { asset: AssetId::new(2).expect("2"), ..intent };
        assert!(!covers(&row, &other, &[4; 32]));
    }

    #[test]
    fn e8_what_was_used_inside_the_window_counts() {
        let row = give(&input()).expect("right");
        assert!(fits(&row, 4_000, 1_000) && !fits(&row, 4_001, 1_000));
        assert!(!fits(&row, u128::MAX, 1));
        let id = AuthorisationId::new(1).expect("1");
        let (intent, next) = (IntentId::new(1).expect("1"), UseId::new(1).expect("1"));
        let (used, _) = take(id, &row, intent, 7, next, at(0), at(NOW));
        let hour = row.window.as_nanos();
        assert!(is_inside(&row, &used, at(NOW + hour - 1)));
        assert!(!is_inside(&row, &used, at(NOW + hour)));
        assert!(is_inside(&row, &used, at(NOW - 1)), "from the future");
    }
}
