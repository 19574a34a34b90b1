//! What is measured of `execution`.

use granary_api::{
    common::PrepareUpgradeArgs,
    execution::{
        Destination, EndIntentArgs, IntentArgs, IntentState, ListIntentsArgs, Origin,
        SubmitIntentArgs,
    },
    portfolio::LedgerAccount,
};
use granary_tests::people::Who;

use super::seed;
use crate::{
    subject::{Figure, Samples, cost, refusal},
    world::World,
};

/// Everything measured on a state with `rows` intents, by name.
pub(crate) fn run(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut figures = reads(world, rows)?;
    figures.extend(refusals(world, rows)?);
    figures.extend(submissions(world, rows)?);
    Ok(figures)
}

/// Numbers all over the range: the stride has no factor in common with the sizes.
fn spread(count: u64, rows: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |step| step * 7_919 % rows)
}

fn payout(number: u64) -> SubmitIntentArgs {
    SubmitIntentArgs {
        idempotency_key: format!("payout-{number}"),
        origin: Origin::Grant { grant: number / 5, payout: number },
        asset: number % seed::ASSETS + 1,
        destination: Destination::Icrc(LedgerAccount {
            owner: seed::payee(number),
            subaccount: None,
        }),
        amount_units: 1_000,
        announcement: None,
        expires_at_ns: None,
    }
}

fn reads(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let auditor = Who::Auditor.principal();
    let [mut get, mut details] = [const { Samples::new() }; 2];
    for number in spread(25, rows) {
        let args = IntentArgs { intent: number + 1 };
        get.push(cost(world.query(auditor, "get_intent", (args,)))?);
        details.push(cost(world.query(auditor, "get_intent_details", (args,)))?);
    }
    let mut page = |state| {
        let args = ListIntentsArgs { state, after: None, limit: 50 };
        cost(world.query(auditor, "list_intents", (args,)))
    };
    let mut figures = vec![
        ("list_intents 50", vec![page(None)?]),
        ("list_intents 50 settled", vec![page(Some(IntentState::Settled))?]),
        ("list_intents 50 to approve", vec![page(Some(IntentState::AwaitingApproval))?]),
        ("get_intent", get),
        ("get_intent_details", details),
    ];
    for method in ["health_check", "get_system_health", "get_version"] {
        let answer = world.query(Who::Anonymous.principal(), method, ())?;
        figures.push((method, vec![answer.trace.instructions]));
    }
    Ok(figures)
}

fn refusals(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let (stranger, service) = (Who::Stranger.principal(), Who::Service.principal());
    let submit = refusal(world.update(stranger, "submit_intent", (payout(rows),)))?;
    let drain = PrepareUpgradeArgs { epoch: 1, deadline_ns: u64::MAX };
    let governor = refusal(world.update(stranger, "prepare_upgrade", (drain,)))?;
    let args = IntentArgs { intent: rows + 1_000_000 };
    let unknown = refusal(world.query(service, "get_intent", (args,)))?;
    let nothing = SubmitIntentArgs { amount_units: 0, ..payout(rows) };
    let nothing = refusal(world.update(service, "submit_intent", (nothing,)))?;
    let foreign = SubmitIntentArgs { asset: 200, ..payout(rows) };
    let foreign = refusal(world.update(service, "submit_intent", (foreign,)))?;
    Ok(vec![
        ("refused: may not submit", vec![submit]),
        ("refused: not the governor", vec![governor]),
        ("refused: unknown intent", vec![unknown]),
        ("refused: pays nothing", vec![nothing]),
        ("refused: asset not adopted", vec![foreign]),
    ])
}

fn submissions(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let service = Who::Service.principal();
    let [mut submit, mut repeated, mut cancel] = [const { Samples::new() }; 3];
    for number in 0..150 {
        let args = payout(rows + number);
        submit.push(cost(world.update(service, "submit_intent", (args.clone(),)))?);
        repeated.push(cost(world.update(service, "submit_intent", (args,)))?);
        if number % 10 == 0 {
            let args = EndIntentArgs { intent: rows + number + 1, reason: "not wanted".to_owned() };
            cancel.push(cost(world.update(service, "cancel_intent", (args,)))?);
        }
    }
    Ok(vec![
        ("submit_intent", submit),
        ("submit_intent repeated", repeated),
        ("cancel_intent", cancel),
    ])
}
