//! What is measured of `risk_guard`.

use granary_api::{
    common::PrepareUpgradeArgs,
    risk_guard::{
        AssetArgs, ExplainPolicyArgs, ListReservationsArgs, OutflowArgs, Purpose, ReservationArgs,
    },
};
use granary_tests::people::Who;
use serde_bytes::ByteBuf;

use super::seed;
use crate::{
    subject::{Figure, Samples, cost, refusal},
    world::World,
};

/// Everything measured on a state with `rows` reservations, by name.
pub(crate) fn run(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut figures = reads(world, rows)?;
    figures.extend(refusals(world, rows)?);
    figures.extend(outflows(world, rows)?);
    Ok(figures)
}

/// Numbers all over the range: the stride has no factor in common with the sizes.
fn spread(count: u64, rows: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |step| step * 7_919 % rows)
}

/// The outflow of an intent, to the destination with this number.
fn outflow(intent: u64, destination: u64) -> OutflowArgs {
    let wanted = seed::wanted(intent);
    OutflowArgs {
        intent,
        asset: wanted.asset,
        amount_units: wanted.amount,
        destination: ByteBuf::from(seed::destination(destination)),
        initiator: wanted.initiator,
        purpose: Purpose::Grant,
        announcement: None,
    }
}

fn reads(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let reader = Who::Reader.principal();
    let [mut assess, mut get, mut status, mut explain] = [const { Samples::new() }; 4];
    for number in spread(25, rows) {
        // A new intent to somebody who was paid before.
        let args = outflow(rows + number, number / 10);
        assess.push(cost(world.query(reader, "assess_outflow", (args,)))?);
        let args = ReservationArgs { intent: number };
        get.push(cost(world.query(reader, "get_reservation", (args,)))?);
        let args = AssetArgs { asset: number % seed::ASSETS + 1 };
        status.push(cost(world.query(reader, "get_limits_status", (args,)))?);
        let (asset, amount_units) = (number % seed::ASSETS + 1, 3_000_000_u64.into());
        let args = ExplainPolicyArgs { asset, amount_units, destination: None, purpose: None };
        explain.push(cost(world.query(reader, "explain_policy", (args,)))?);
    }
    let args = ListReservationsArgs { only_held: true, after: None, limit: 100 };
    let page = cost(world.query(reader, "list_reservations", (args,)))?;
    let mut figures = vec![
        ("assess_outflow", assess),
        ("get_reservation", get),
        ("get_limits_status", status),
        ("explain_policy", explain),
        ("list_reservations 100 held", vec![page]),
    ];
    for method in ["health_check", "get_system_health", "get_version", "get_policy"] {
        let answer = world.query(Who::Anonymous.principal(), method, ())?;
        figures.push((method, vec![answer.trace.instructions]));
    }
    Ok(figures)
}

fn refusals(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let stranger = Who::Stranger.principal();
    let execution = Who::Execution.principal();
    let reserve = refusal(world.update(stranger, "reserve_outflow", (outflow(rows, 1),)))?;
    let drain = PrepareUpgradeArgs { epoch: 1, deadline_ns: u64::MAX };
    let governor = refusal(world.update(stranger, "prepare_upgrade", (drain,)))?;
    let args = ReservationArgs { intent: rows + 1_000_000 };
    let unknown = refusal(world.update(execution, "commit_outflow", (args,)))?;
    Ok(vec![
        ("refused: may not reserve", vec![reserve]),
        ("refused: not the governor", vec![governor]),
        ("refused: unknown intent", vec![unknown]),
    ])
}

fn outflows(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let execution = Who::Execution.principal();
    let [mut reserve, mut first, mut again, mut denied, mut commit, mut commit_first, mut release] =
        [const { Samples::new() }; 7];
    for number in 0..100 {
        // Every second one goes to somebody who was never paid.
        let is_first = number % 2 == 1;
        let destination = if is_first { rows + number } else { number * 7_919 % rows / 10 };
        let args = outflow(rows + number, destination);
        let taken = cost(world.update(execution, "reserve_outflow", (args.clone(),)))?;
        if is_first { &mut first } else { &mut reserve }.push(taken);
        again.push(cost(world.update(execution, "reserve_outflow", (args.clone(),)))?);
        let much = OutflowArgs { intent: rows + 1_000 + number, amount_units: 1 << 30, ..args };
        denied.push(cost(world.update(execution, "reserve_outflow", (much,)))?);
        let args = ReservationArgs { intent: rows + number };
        if number % 10 == 2 {
            release.push(cost(world.update(execution, "release_outflow", (args,)))?);
        } else {
            let settled = cost(world.update(execution, "commit_outflow", (args,)))?;
            if is_first { &mut commit_first } else { &mut commit }.push(settled);
        }
    }
    Ok(vec![
        ("reserve_outflow", reserve),
        ("reserve_outflow to a new destination", first),
        ("reserve_outflow again", again),
        ("reserve_outflow that is denied", denied),
        ("commit_outflow", commit),
        ("commit_outflow to a new destination", commit_first),
        ("release_outflow", release),
    ])
}
