//! What is measured: the calls people and machines make, at every size.

use candid::{Nat, Principal};
use granary_api::{
    common::{PrepareUpgradeArgs, Receipt},
    micro_grants::{
        ApplicationArgs, ApplicationContent, ApplicationState, Conflict, DeclareConflictArgs,
        ExportReportArgs, ListApplicationsArgs, MilestonePlan, ProgramArgs, Recommendation,
        SubmitApplicationArgs, SubmitReviewArgs,
    },
};
use granary_errors::Error;
use granary_tests::{
    fixtures::hash,
    people::{Who, person, reviewer},
};

use super::seed::{self, AMOUNT, PROGRAMS};
use crate::{
    subject::{Figure, Samples, cost},
    world::{Answer, World},
};

/// Everything measured on a state with `rows` applications, by name.
pub(crate) fn run(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut figures = reads(world, rows)?;
    figures.extend(refusals(world, rows)?);
    figures.extend(submissions(world)?);
    figures.extend(decisions(world)?);
    Ok(figures)
}

fn nobody() -> Principal {
    Who::Anonymous.principal()
}

fn reads(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut get = Samples::new();
    let mut mine = Samples::new();
    // A stride without common factor with the row count visits ids all over the range.
    for step in 0..25 {
        let number = step * 7_919 % rows;
        let args = ApplicationArgs { application: number + 1 };
        get.push(cost(world.query(nobody(), "get_application", (args,)))?);
        let args = ListApplicationsArgs {
            applicant: Some(seed::applicant_of(number)),
            limit: 100,
            ..ListApplicationsArgs::default()
        };
        mine.push(cost(world.query(nobody(), "list_applications", (args,)))?);
    }
    let mut page = Samples::new();
    let mut report = Samples::new();
    for program in 1..=PROGRAMS {
        let args = ListApplicationsArgs {
            program: Some(program),
            state: Some(ApplicationState::Submitted),
            limit: 100,
            ..ListApplicationsArgs::default()
        };
        page.push(cost(world.query(nobody(), "list_applications", (args,)))?);
        let args = ExportReportArgs { program, after: None, limit: 100 };
        report.push(cost(world.query(nobody(), "export_report", (args,)))?);
    }
    let mut figures = vec![
        ("get_application", get),
        ("list_applications of one applicant", mine),
        ("list_applications 100 of a programme", page),
        ("export_report 100", report),
    ];
    // These answer with a plain record: they cannot fail.
    for method in ["health_check", "get_system_health", "get_canister_metrics", "get_version"] {
        let answer = world.query(nobody(), method, ())?;
        figures.push((method, vec![answer.trace.instructions]));
    }
    let budget = world.query(nobody(), "get_budget", (ProgramArgs { program: 1 },));
    figures.push(("get_budget", vec![cost(budget)?]));
    Ok(figures)
}

fn refusals(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let refused = |answer: Result<Answer, String>| Ok(answer?.refused()?.trace.instructions);
    let args = ApplicationArgs { application: rows + 1_000_000 };
    let unknown: Result<u64, String> = refused(world.query(nobody(), "get_application", (args,)));
    let stranger =
        world.update(Who::Stranger.principal(), "pause_program", (ProgramArgs { program: 1 },));
    let drain = PrepareUpgradeArgs { epoch: 1, deadline_ns: u64::MAX };
    let governor = world.update(Who::Stranger.principal(), "prepare_upgrade", (drain,));
    let below = submission(person("newcomer"), 1, None);
    let below = world.update(person("newcomer"), "submit_application", (below,));
    Ok(vec![
        ("refused: unknown application", vec![unknown?]),
        ("refused: not the governor", vec![refused(governor)?]),
        ("refused: not a manager", vec![refused(stranger)?]),
        ("refused: amount below the bound", vec![refused(below)?]),
    ])
}

fn submissions(world: &mut World) -> Result<Vec<Figure>, String> {
    let mut submit = Samples::new();
    for number in 0..200_u64 {
        // As in the seeded state, one in five is somebody's first.
        let who = match number % seed::PER_APPLICANT {
            0 => person(&format!("newcomer {number}")),
            _ => seed::applicant_of(number),
        };
        let args = submission(who, AMOUNT, Some(format!("bench-{number}")));
        let args = SubmitApplicationArgs { program: number % PROGRAMS + 1, ..args };
        submit.push(cost(world.update(who, "submit_application", (args,)))?);
    }
    let mut in_steps = Samples::new();
    for number in 0..20_u64 {
        let who = person(&format!("builder {number}"));
        let mut args = submission(who, AMOUNT, Some(format!("steps-{number}")));
        args.content.milestones = steps(5);
        in_steps.push(cost(world.update(who, "submit_application", (args,)))?);
    }
    let mut repeated = Samples::new();
    let args = submission(person("builder 0"), AMOUNT, Some("steps-0".to_owned()));
    let args = SubmitApplicationArgs {
        content: ApplicationContent { milestones: steps(5), ..args.content },
        ..args
    };
    repeated.push(cost(world.update(person("builder 0"), "submit_application", (args,)))?);
    Ok(vec![
        ("submit_application", submit),
        ("submit_application with 5 milestones", in_steps),
        ("submit_application repeated", repeated),
    ])
}

/// Ten applications from submission to a grant that is accepted.
fn decisions(world: &mut World) -> Result<Vec<Figure>, String> {
    let (mut declare, mut review) = (Samples::new(), Samples::new());
    let (mut finalize, mut accept) = (Samples::new(), Samples::new());
    for number in 0..10_u64 {
        let who = person(&format!("grantee {number}"));
        let args = submission(who, AMOUNT, None);
        let application = receipt(world.update(who, "submit_application", (args,)))?.id;
        for seat in 0..2 {
            let args =
                DeclareConflictArgs { application, conflict: Conflict::None, note_hash: None };
            declare.push(cost(world.update(reviewer(seat), "declare_conflict", (args,)))?);
            let args = SubmitReviewArgs {
                application,
                scores: vec![8, 9],
                recommendation: Recommendation::Approve,
                rationale_hash: Some(hash("because")),
            };
            review.push(cost(world.update(reviewer(seat), "submit_review", (args,)))?);
        }
        let manager = Who::Manager.principal();
        let args = ApplicationArgs { application };
        finalize.push(cost(world.update(manager, "finalize_application", (args,)))?);
        let grant = grant_of(world, application)?;
        let args = granary_api::micro_grants::GrantArgs { grant };
        accept.push(cost(world.update(who, "accept_grant", (args,)))?);
    }
    Ok(vec![
        ("declare_conflict", declare),
        ("submit_review", review),
        ("finalize_application", finalize),
        ("accept_grant", accept),
    ])
}

fn submission(who: Principal, amount: u128, key: Option<String>) -> SubmitApplicationArgs {
    let content = ApplicationContent {
        title: format!("Repair and document component {}", &who.to_text()[..7]),
        summary: seed::summary(seed::BODY_BYTES - 125),
        requested_units: Nat::from(amount),
        plan_hash: hash("plan"),
        milestones: Vec::new(),
        team: Vec::new(),
        links: vec!["https://example.org/plans/component".to_owned()],
    };
    SubmitApplicationArgs {
        program: 1,
        draft: None,
        content,
        applicant: None,
        idempotency_key: key,
    }
}

fn steps(count: u128) -> Vec<MilestonePlan> {
    (1..=count)
        .map(|number| MilestonePlan {
            amount_units: Nat::from(AMOUNT / count),
            due_at_ns: 4_000_000_000_000_000_000 + u64::try_from(number).unwrap_or(0),
            acceptance_criteria: format!("step {number} is merged and documented"),
        })
        .collect()
}

fn receipt(answer: Result<Answer, String>) -> Result<Receipt, String> {
    let reply = answer?.ok()?.reply;
    candid::decode_one::<Result<Receipt, Error>>(&reply)
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}

fn grant_of(world: &mut World, application: u64) -> Result<u64, String> {
    let answer = world.query(nobody(), "get_application", (ApplicationArgs { application },))?;
    let reply = answer.ok()?.reply;
    let found: Result<granary_api::micro_grants::Application, Error> =
        candid::decode_one(&reply).map_err(|error| error.to_string())?;
    found
        .map_err(|error| error.to_string())?
        .grant
        .ok_or_else(|| format!("application {application} has no grant"))
}
