//! The daily work of the round: reviews, decisions, deliveries, payouts.

use granary_api::micro_grants::{
    ApplicationArgs, Conflict, DeclareConflictArgs, Evidence, GrantArgs, Recommendation,
    RequestPayoutArgs, ReviewMilestoneArgs, SubmitMilestoneArgs, SubmitReviewArgs,
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::cast::{Cast, REVIEWERS, SCORE, TREASURER_ABOVE};
use crate::{
    client::{
        Client,
        grants::{
            ACCEPT_GRANT, DECLARE_CONFLICT, FINALIZE_APPLICATION, GET_APPLICATION, REQUEST_PAYOUT,
            REVIEW_MILESTONE, SUBMIT_MILESTONE, SUBMIT_REVIEW,
        },
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    operations::{
        import::{Became, Imported, Taken, shares},
        parallel,
    },
    render::Progress,
};

/// An application the round approved.
#[derive(Clone, Debug)]
struct Approved {
    application: u64,
    row: Taken,
}

/// Reviews, decides, delivers and requests payouts for every application the round approved.
pub(crate) async fn work<C: Client>(
    grants: &Remote<C>,
    cast: Cast,
    imported: &Imported,
    progress: &Progress,
) -> Result<(), Failure> {
    let approved: Vec<Approved> = imported
        .taken
        .iter()
        .filter(|row| row.status.is_approved())
        .filter_map(|row| match row.became {
            Became::Application(application) => Some(Approved { application, row: row.clone() }),
            Became::Draft(_) => None,
        })
        .collect();
    let each = |approved: Approved| one(grants.clone(), cast, approved);
    parallel::each("reviewing and delivering", approved, progress, each).await.map(drop)
}

async fn one<C: Client>(grants: Remote<C>, cast: Cast, approved: Approved) -> Result<(), Failure> {
    let Approved { application, row } = approved;
    for name in REVIEWERS {
        let reviewer = grants.acting_as(&cast.named(name))?;
        let declaration =
            DeclareConflictArgs { application, conflict: Conflict::None, note_hash: None };
        reviewer.update(DECLARE_CONFLICT, &declaration).await?;
        let review = SubmitReviewArgs {
            application,
            scores: vec![SCORE, SCORE],
            recommendation: Recommendation::Approve,
            rationale_hash: None,
        };
        reviewer.update(SUBMIT_REVIEW, &review).await?;
    }
    let manager = grants.acting_as(&cast.named("manager"))?;
    manager.update(FINALIZE_APPLICATION, &ApplicationArgs { application }).await?;
    let decided = manager.query(GET_APPLICATION, &ApplicationArgs { application }).await?;
    let Some(grant) = decided.grant else {
        let message = format!("application {application} was reviewed well and not approved");
        return Err(Failure::new(Exit::Failed, "cli.demo", message));
    };
    let grantee = grants.acting_as(&cast.author(&row.author))?;
    grantee.update(ACCEPT_GRANT, &GrantArgs { grant }).await?;
    let amounts = shares(row.units, row.milestones);
    for (index, amount) in (0..row.delivered).zip(amounts) {
        deliver(&grants, &grantee, cast, grant, index, amount).await?;
    }
    Ok(())
}

async fn deliver<C: Client>(
    grants: &Remote<C>,
    grantee: &Remote<C>,
    cast: Cast,
    grant: u64,
    index: u32,
    amount: u128,
) -> Result<(), Failure> {
    let uri = format!("https://example.org/grants/{grant}/milestones/{index}");
    let sha256 = ByteBuf::from(Sha256::digest(uri.as_bytes()).to_vec());
    let evidence = vec![Evidence { uri, sha256 }];
    grantee.update(SUBMIT_MILESTONE, &SubmitMilestoneArgs { grant, index, evidence }).await?;
    let reviewer = grants.acting_as(&cast.named(REVIEWERS[0]))?;
    let verdict = ReviewMilestoneArgs { grant, index, accept: true, note_hash: None };
    reviewer.update(REVIEW_MILESTONE, &verdict).await?;
    let payer = if amount > TREASURER_ABOVE { "treasurer" } else { "manager" };
    let payer = grants.acting_as(&cast.named(payer))?;
    let request = RequestPayoutArgs {
        grant,
        milestone: Some(index),
        idempotency_key: Some(format!("demo:{grant}:{index}")),
    };
    payer.update(REQUEST_PAYOUT, &request).await.map(drop)
}
