//! `granary grants milestone review`: delivered work accepted or returned.

use std::path::PathBuf;

use granary_api::micro_grants::ReviewMilestoneArgs;

use crate::{
    cli::Mutation, client::grants::REVIEW_MILESTONE, commands::grants::file_hash, exit::Exit,
    failure::Failure, operations::change, session::Session,
};

#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("verdict").required(true).args(["accept", "return"]))]
pub(crate) struct Args {
    /// Number of the grant.
    grant: u64,
    /// Index of the milestone, counted from 0.
    index: u32,
    /// It is delivered as agreed.
    #[arg(long)]
    accept: bool,
    /// It is not; the grantee may hand it in again.
    #[arg(long)]
    r#return: bool,
    /// The written verdict; only its hash is sent.
    #[arg(long, value_name = "FILE")]
    note: Option<PathBuf>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let Args { grant, index, accept, note, mutation, .. } = args;
    let note_hash = note.as_deref().map(file_hash).transpose()?;
    let verdict = if accept { "accept" } else { "return" };
    let what = format!("{verdict} milestone {index} of grant {grant}");
    let call = ReviewMilestoneArgs { grant, index, accept, note_hash };
    change::apply(session, mutation, "reviewer-1", &what, REVIEW_MILESTONE, &call).await
}
