//! `granary grants submit`: an application, or its draft.

use std::path::PathBuf;

use candid::{Nat, Principal};
use granary_api::micro_grants::{
    ApplicationContent, MilestonePlan, ProgramArgs, SaveDraftArgs, SubmitApplicationArgs,
};

use super::file_hash;
use crate::{
    amount,
    cli::Mutation,
    client::grants::{GET_PROGRAM, SAVE_DRAFT, SUBMIT_APPLICATION},
    duration,
    exit::Exit,
    failure::Failure,
    operations::{change, import::shares},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Programme to apply to.
    #[arg(long, value_name = "ID")]
    program: u64,
    /// What the work is called.
    #[arg(long)]
    title: String,
    /// What it is about, in a few sentences.
    #[arg(long)]
    summary: String,
    /// What is asked for, in the programme's asset: `1_500`, `61.95`, `2k`.
    #[arg(long)]
    amount: String,
    /// The full plan; only its hash is sent.
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// Equal parts the work is delivered in; none asks for a lump sum.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32))]
    milestones: Option<u32>,
    /// Time between two parts.
    #[arg(long, default_value = "30d", value_parser = duration::parse)]
    every: u64,
    /// People who do the work besides the applicant.
    #[arg(long, value_name = "PRINCIPAL")]
    team: Vec<Principal>,
    /// Where to read more.
    #[arg(long, value_name = "URL")]
    link: Vec<String>,
    /// Apply on behalf of this principal; managers only.
    #[arg(long, value_name = "PRINCIPAL")]
    applicant: Option<Principal>,
    /// Draft this submission replaces, or that --draft-only overwrites.
    #[arg(long, value_name = "ID")]
    draft: Option<u64>,
    /// Save without submitting.
    #[arg(long)]
    draft_only: bool,
    /// Makes a repeated submission the same submission.
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("applicant").await?;
    let which = ProgramArgs { program: args.program };
    let decimals = grants.query(GET_PROGRAM, &which).await?.asset.decimals;
    let content = content(&args, decimals)?;
    let Args { program, draft, applicant, idempotency_key, mutation, .. } = args;
    let what = format!("apply for {} in programme {program}", args.amount);
    if args.draft_only {
        let call = SaveDraftArgs { program, draft, content, applicant, idempotency_key };
        return change::apply(session, mutation, "applicant", "save a draft", SAVE_DRAFT, &call)
            .await;
    }
    let call = SubmitApplicationArgs { program, draft, content, applicant, idempotency_key };
    change::apply(session, mutation, "applicant", &what, SUBMIT_APPLICATION, &call).await
}

/// The time on this machine; only due dates are counted from it.
fn now_ns() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

fn content(args: &Args, decimals: u8) -> Result<ApplicationContent, Failure> {
    let units = amount::parse_units(&args.amount, decimals)
        .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))?;
    let count = args.milestones.unwrap_or(0);
    let planned = |(part, share): (u32, u128)| MilestonePlan {
        amount_units: Nat::from(share),
        due_at_ns: now_ns().saturating_add(args.every.saturating_mul(u64::from(part))),
        acceptance_criteria: format!("Part {part} of {count} delivered as planned"),
    };
    let parts = if count == 0 { Vec::new() } else { shares(units, count) };
    Ok(ApplicationContent {
        title: args.title.clone(),
        summary: args.summary.clone(),
        requested_units: Nat::from(units),
        plan_hash: file_hash(&args.plan)?,
        milestones: (1..).zip(parts).map(planned).collect(),
        team: args.team.clone(),
        links: args.link.clone(),
    })
}
