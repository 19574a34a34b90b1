//! What an application may contain, and whether its amount fits (G2, G4).

use crate::errors::{FundsFault, GrantError, InputFault};
use crate::limits;
use crate::records::{Account, Asset, Bounds, Content, Evidence};
use crate::types::{Principal, Units};
use granary_kernel::{Fault, checks};

/// Refuses texts, lists and people beyond their limits; the amount may be anything.
pub(crate) fn check_shape(content: &Content, applicant: &Principal) -> Result<(), GrantError> {
    checks::text("content.title", &content.title, limits::MAX_TITLE_BYTES)?;
    checks::text("content.summary", &content.summary, limits::MAX_SUMMARY_BYTES)?;
    list("content.links", content.links.len(), limits::MAX_LINKS)?;
    for link in &content.links {
        checks::text("content.links", link, limits::MAX_URI_BYTES)?;
    }
    checks::people("content.team", &content.team, limits::MAX_TEAM)?;
    if content.team.contains(applicant) {
        return Err(Fault::DuplicatePerson { field: "content.team".to_owned() }.into());
    }
    list("content.milestones", content.milestones.len(), limits::MAX_MILESTONES)?;
    for plan in &content.milestones {
        let criteria = &plan.acceptance_criteria;
        checks::text(
            "content.milestones.acceptance_criteria",
            criteria,
            limits::MAX_CRITERIA_BYTES,
        )?;
    }
    if content.requested.get() > limits::MAX_BUDGET_UNITS {
        let field = "content.requested_units".to_owned();
        return Err(Fault::AmountRange { field }.into());
    }
    Ok(())
}

/// Refuses an amount outside the programme's bounds, and milestones that do not add up to it.
pub(crate) fn check_amount(
    content: &Content,
    bounds: &Bounds,
    asset: &Asset,
) -> Result<(), GrantError> {
    let requested = content.requested;
    if requested.is_zero() {
        let field = "content.requested_units".to_owned();
        return Err(InputFault::AmountZero { field, asset: asset.clone() }.into());
    }
    if requested < bounds.min_grant {
        let (min, asset) = (bounds.min_grant, asset.clone());
        return Err(InputFault::AmountBelowMin { requested, min, asset }.into());
    }
    if requested > bounds.max_grant {
        let (max, asset) = (bounds.max_grant, asset.clone());
        return Err(InputFault::AmountAboveMax { requested, max, asset }.into());
    }
    if content.milestones.is_empty() {
        return Ok(());
    }
    if content.milestones.iter().any(|plan| plan.amount.is_zero()) {
        let field = "content.milestones.amount_units".to_owned();
        return Err(InputFault::AmountZero { field, asset: asset.clone() }.into());
    }
    let sum = Units::checked_sum(content.milestones.iter().map(|plan| plan.amount))?;
    if sum == requested { Ok(()) } else { Err(InputFault::MilestoneSum { sum, requested }.into()) }
}

/// The account after `add` more is counted, unless that exceeds the cap (G4).
pub(crate) fn count(
    account: &Account,
    add: Units,
    bounds: &Bounds,
    asset: &Asset,
) -> Result<Account, GrantError> {
    let counted = account.counted.checked_add(add)?;
    if counted > bounds.per_applicant_cap {
        let available =
            bounds.per_applicant_cap.checked_sub(account.counted).unwrap_or(Units::ZERO);
        let asset = asset.clone();
        return Err(FundsFault::Cap { required: add, available, asset }.into());
    }
    Ok(Account { counted, ..*account })
}

/// The account after `less` is no longer counted.
pub(crate) fn uncount(account: &Account, less: Units) -> Result<Account, GrantError> {
    Ok(Account { counted: account.counted.checked_sub(less)?, ..*account })
}

/// Refuses evidence beyond its limits; `least` is how many pieces are needed.
pub(crate) fn check_evidence(evidence: &[Evidence], least: usize) -> Result<(), GrantError> {
    let count = evidence.len();
    if count < least || count > limits::MAX_EVIDENCE {
        let (field, max) = ("evidence".to_owned(), limits::MAX_EVIDENCE);
        return Err(Fault::ListSize { field, count, max }.into());
    }
    for piece in evidence {
        checks::text("evidence.uri", &piece.uri, limits::MAX_URI_BYTES)?;
    }
    Ok(())
}

fn list(field: &str, count: usize, max: usize) -> Result<(), GrantError> {
    if count > max {
        return Err(Fault::ListSize { field: field.to_owned(), count, max }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn g4_bounds_are_inclusive_and_zero_is_refused() {
        let bounds = fixtures::terms().bounds;
        let asset = fixtures::asset();
        let ask = |units: u128| {
            let content = Content { requested: Units::new(units), ..fixtures::content(0) };
            check_amount(&content, &bounds, &asset)
        };
        assert!(matches!(ask(0), Err(GrantError::Input(InputFault::AmountZero { .. }))));
        let (min, max) = (bounds.min_grant.get(), bounds.max_grant.get());
        assert!(matches!(ask(min - 1), Err(GrantError::Input(InputFault::AmountBelowMin { .. }))));
        assert_eq!((ask(min), ask(max)), (Ok(()), Ok(())));
        assert!(matches!(ask(max + 1), Err(GrantError::Input(InputFault::AmountAboveMax { .. }))));
    }

    #[test]
    fn g4_the_cap_counts_everything_open() {
        let bounds = fixtures::terms().bounds;
        let asset = fixtures::asset();
        let cap = bounds.per_applicant_cap;
        let full = count(&Account::default(), cap, &bounds, &asset).expect("up to the cap");
        let refused = count(&full, Units::new(1), &bounds, &asset);
        assert!(matches!(refused, Err(GrantError::Funds(FundsFault::Cap { .. }))));
        let freed = uncount(&full, Units::new(1)).expect("less");
        assert!(count(&freed, Units::new(1), &bounds, &asset).is_ok());
    }

    #[test]
    fn g2_milestones_add_up_to_the_request() {
        let mut content = fixtures::content(1_000);
        fixtures::split(&mut content, 3);
        let (bounds, asset) = (fixtures::terms().bounds, fixtures::asset());
        assert_eq!(check_amount(&content, &bounds, &asset), Ok(()));
        content.milestones.pop();
        let refused = check_amount(&content, &bounds, &asset);
        assert!(matches!(refused, Err(GrantError::Input(InputFault::MilestoneSum { .. }))));
    }
}
