//! What has vested and was not claimed is asked for.

use crate::errors::{GrantError, StateFault};
use crate::records::GrantMode;
use crate::rules::request_payout::{View, allow, begin, queue};
use crate::rules::{Change, Ctx, GrantView, stream};
use crate::types::Timestamp;

/// Decides.
pub fn claim_stream(grant: &GrantView, view: View, ctx: &Ctx) -> Result<Change, GrantError> {
    let mut course = begin(grant, ctx)?;
    let GrantMode::Stream(terms) = grant.head.mode else {
        let actual = grant.head.mode.name();
        return Err(StateFault::Mode { actual, allowed: &["Stream"] }.into());
    };
    let claimed = grant.head.paid.checked_add(grant.head.queued)?;
    let vested = stream::vested(&grant.head, &terms, ctx.now);
    let amount = vested.checked_sub(claimed)?;
    if amount.is_zero() {
        let next_at = if terms.paused_at.is_some() { Timestamp::MAX } else { terms.cliff };
        return Err(StateFault::NothingToClaim { next_at }.into());
    }
    allow(grant, view, amount, ctx)?;
    queue(grant, view, &mut course, amount, None, ctx)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Stream;
    use crate::rules::fixtures;
    use crate::types::{GrantState, PayoutId};

    #[test]
    fn g2_claims_never_exceed_what_has_vested() {
        let mut grant = fixtures::grant(GrantState::Active, 1_000);
        let ctx = fixtures::ctx(fixtures::alice());
        let day = |n| fixtures::later(&ctx, n);
        let (start, end) = (ctx.now, day(10).now);
        grant.head.mode = GrantMode::Stream(Stream { start, cliff: start, end, paused_at: None });
        let view = View { is_treasurer: false, next: PayoutId::new(1) };
        let mut claimed = 0;
        for n in [1, 5, 5, 9, 20, 21] {
            let Ok(change) = claim_stream(&grant, view, &day(n)) else { continue };
            let payout = change.payout.expect("a row").1;
            assert_eq!(payout.from.get(), claimed, "intervals follow each other");
            claimed += payout.amount.get();
            grant.head = change.grant.expect("a row").1;
            assert_eq!(claimed, 100 * u128::from(n.min(10)));
        }
        assert_eq!(claimed, 1_000);
    }
}
