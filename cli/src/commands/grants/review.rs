//! `granary grants review`: one reviewer's word on an application.

use std::path::PathBuf;

use clap::ValueEnum;
use granary_api::micro_grants::{Conflict, DeclareConflictArgs, Recommendation, SubmitReviewArgs};

use super::file_hash;
use crate::{
    cli::Mutation,
    client::grants::{DECLARE_CONFLICT, SUBMIT_REVIEW},
    exit::Exit,
    failure::Failure,
    operations::change,
    session::Session,
};

/// The canister's word for a declaration it has already.
const ALREADY_DECLARED: &str = "micro_grants.declaration.repeated";

/// A reviewer first declares how they are related to the application; only `none` may review.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the application.
    application: u64,
    /// Relation to the application; anything but `none` is a recusal.
    #[arg(long, default_value = "none")]
    conflict: ConflictName,
    /// What the reviewer recommends.
    #[arg(long, required_if_eq("conflict", "none"))]
    recommend: Option<RecommendationName>,
    /// One score for each dimension of the rubric, in its order: 4,5,3.
    #[arg(long, value_delimiter = ',', required_if_eq("conflict", "none"))]
    scores: Vec<u32>,
    /// The written rationale; only its hash is sent.
    #[arg(long, value_name = "FILE")]
    rationale: Option<PathBuf>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum ConflictName {
    None,
    Financial,
    Employment,
    Personal,
    Other,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum RecommendationName {
    Approve,
    Reject,
    Changes,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let application = args.application;
    let hash = args.rationale.as_deref().map(file_hash).transpose()?;
    let conflict = match args.conflict {
        ConflictName::None => Conflict::None,
        ConflictName::Financial => Conflict::Financial,
        ConflictName::Employment => Conflict::Employment,
        ConflictName::Personal => Conflict::Personal,
        ConflictName::Other => Conflict::Other,
    };
    let recommendation = args.recommend.map(|name| match name {
        RecommendationName::Approve => Recommendation::Approve,
        RecommendationName::Reject => Recommendation::Reject,
        RecommendationName::Changes => Recommendation::Changes,
    });
    let Some(recommendation) = recommendation.filter(|_| conflict == Conflict::None) else {
        let call = DeclareConflictArgs { application, conflict, note_hash: hash };
        let what = format!("declare a conflict with application {application}");
        return change::apply(session, args.mutation, "reviewer-1", &what, DECLARE_CONFLICT, &call)
            .await;
    };
    let grants = session.grants("reviewer-1").await?;
    if !args.mutation.dry_run {
        session.confirm(args.mutation, &format!("review application {application}"))?;
        let call = DeclareConflictArgs { application, conflict, note_hash: None };
        match grants.update(DECLARE_CONFLICT, &call).await {
            // Declared before, in an earlier attempt: the review may still be missing.
            Err(failure) if failure.code == ALREADY_DECLARED => {}
            other => drop(other?),
        }
    }
    let scores = args.scores;
    let call = SubmitReviewArgs { application, scores, recommendation, rationale_hash: hash };
    let what = format!("review application {application}");
    change::apply(session, args.mutation, "reviewer-1", &what, SUBMIT_REVIEW, &call).await
}
