//! Members take a release back while it is observed.

use crate::errors::{GovernorError, InputFault, StateFault};
use crate::limits;
use crate::records::{Event, EventKind};
use crate::rules::run::{Work, back};
use crate::rules::{Ctx, need};
use crate::types::{Hash, Permissions, ProposalState, Trigger, VotingRule};

/// Takes one member's word, and turns the run round when enough want it.
pub fn take_back(work: &mut Work<'_>, digest: Hash, ctx: &Ctx) -> Result<(), GovernorError> {
    need(work.config, Permissions::APPROVE, ctx)?;
    work.looked.need(&[ProposalState::Observing])?;
    if digest != work.looked.proposal.digest {
        return Err(InputFault::NotSeen { what: "digest" }.into());
    }
    if work.run.back_votes.contains(&ctx.actor) {
        return Err(StateFault::Voted.into());
    }
    work.run.back_votes.push(ctx.actor);
    let (count, weight) = wanted(work);
    let event = Event::new(EventKind::RollbackWanted, work.run.proposal).party(ctx.actor);
    work.change.events.push(event.digest(digest).number(count.into()));
    if weight >= u64::from(work.config.rules.threshold) && count >= limits::MIN_THRESHOLD {
        back::turn(work, Trigger::Members, "members decided it while it was observed");
    }
    Ok(())
}

/// Those who want it and may approve now, and their weight.
fn wanted(work: &Work<'_>) -> (u32, u64) {
    let voting = work.config.rules.voting;
    let able = work.config.able(Permissions::APPROVE, work.now);
    let wanting = able.filter(|member| work.run.back_votes.contains(&member.principal));
    wanting.fold((0_u32, 0_u64), |(count, weight), member| {
        let one = match voting {
            VotingRule::OneMemberOneVote => 1,
            VotingRule::Weighted => u64::from(member.weight),
        };
        (count.saturating_add(1), weight.saturating_add(one))
    })
}
