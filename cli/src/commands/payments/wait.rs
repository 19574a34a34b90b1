//! `granary payments wait`: until a payment is paid, or until it needs somebody.

use std::time::{Duration, Instant};

use granary_api::execution::{IntentArgs, IntentDetails, IntentState};

use crate::{
    client::execution::{CANISTER, GET_INTENT_DETAILS, LIST_ADOPTED_ASSETS},
    duration,
    exit::Exit,
    failure::Failure,
    render::{
        Progress,
        payment::{Details, missing_approvals},
    },
    session::Session,
};

/// How often the payment is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How `execution` names an answer that asking again does not change by itself.
const DENIAL: &str = "permanent";

/// Ends with 0 when it is paid and booked, 5 when a rule stops it, 3 when people must act or the
/// time is over, 1 when it was cancelled or expired.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the payment.
    intent: u64,
    /// How long to wait.
    #[arg(long = "for", value_name = "DURATION", default_value = "60s",
        value_parser = duration::parse)]
    patience: u64,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let hands = session.remote(CANISTER, "auditor").await?;
    let assets = hands.ask(LIST_ADOPTED_ASSETS).await?;
    let (began, patience) = (Instant::now(), Duration::from_nanos(args.patience));
    let progress = Progress::new(session.out);
    loop {
        let details = hands.query(GET_INTENT_DETAILS, &IntentArgs { intent: args.intent }).await?;
        let exit = rests(&details, duration::from_now(0))
            .or((began.elapsed() >= patience).then_some(Exit::Degraded));
        let shown = Details::new(&details, &assets);
        if let Some(exit) = exit {
            progress.clear();
            session.out.emit(&shown)?;
            return Ok(exit);
        }
        progress.say(shown.headline());
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// How the command ends when nothing more happens by itself; none while something does.
fn rests(details: &IntentDetails, now_ns: u64) -> Option<Exit> {
    let intent = &details.intent;
    match intent.state {
        IntentState::Settled if details.for_people => Some(Exit::Degraded),
        IntentState::Settled if intent.booked => Some(Exit::Ok),
        IntentState::Denied => Some(Exit::Refused),
        IntentState::Cancelled | IntentState::Expired => Some(Exit::Failed),
        // With all approvals there it goes on by itself.
        IntentState::AwaitingApproval => (missing_approvals(intent) > 0).then_some(Exit::Degraded),
        IntentState::Quarantined => Some(Exit::Degraded),
        IntentState::Assessed => {
            let denied = details.errors.last().is_some_and(|error| error.kind == DENIAL);
            // Once its time has come the guard is asked again, and may say something else.
            let is_held = details.next_at_ns.is_some_and(|at| at > now_ns);
            (denied && is_held).then_some(Exit::Refused)
        }
        IntentState::Created
        | IntentState::Timelocked
        | IntentState::Ready
        | IntentState::Submitting
        | IntentState::Unknown
        | IntentState::Reconciling
        | IntentState::Settled => None,
    }
}

#[cfg(test)]
mod tests {
    use granary_api::execution::StepError;

    use super::*;
    use crate::render::payment::fixtures::details;

    fn ends(change: impl FnOnce(&mut IntentDetails)) -> Option<u8> {
        let mut details = details();
        change(&mut details);
        rests(&details, 7).map(Exit::code)
    }

    #[test]
    fn a_script_learns_how_it_ended() {
        let state = |state| move |it: &mut IntentDetails| it.intent.state = state;
        assert_eq!(ends(state(IntentState::Denied)), Some(5));
        assert_eq!(ends(state(IntentState::Cancelled)), Some(1));
        assert_eq!(ends(state(IntentState::Expired)), Some(1));
        assert_eq!(ends(state(IntentState::AwaitingApproval)), Some(3));
        assert_eq!(ends(|it| it.intent.approvals_needed = 1), None, "all approvals are there");
        assert_eq!(ends(state(IntentState::Quarantined)), Some(3));
        assert_eq!(ends(state(IntentState::Unknown)), None);
        let settled = |booked, for_people| {
            move |it: &mut IntentDetails| {
                it.intent.state = IntentState::Settled;
                (it.intent.booked, it.for_people) = (booked, for_people);
            }
        };
        assert_eq!(ends(settled(false, false)), None, "the books are told yet");
        assert_eq!(ends(settled(true, false)), Some(0));
        assert_eq!(ends(settled(true, true)), Some(3));
    }

    #[test]
    fn a_guard_that_does_not_answer_is_no_refusal() {
        let held = |kind: &str, until| {
            let error = StepError {
                number: 1,
                at_ns: 1,
                kind: kind.to_owned(),
                reason: "seal: a seal stops such outflows".to_owned(),
            };
            ends(|it| {
                it.intent.state = IntentState::Assessed;
                it.errors = vec![error];
                it.next_at_ns = Some(until);
            })
        };
        assert_eq!(held("permanent", 8), Some(5));
        assert_eq!(held("permanent", 7), None, "it is asked again");
        assert_eq!(held("timeout", 8), None);
    }
}
