//! Applications of a file brought into a programme: every row ends as a draft, as an application,
//! or as a refusal with line and reason.

use candid::{Nat, Principal};
use granary_api::micro_grants::{
    ApplicationContent, MilestonePlan, SaveDraftArgs, SubmitApplicationArgs,
};
use serde::Serialize;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::round::{Proposal, Round, Skipped, Status};
use crate::{
    amount,
    client::{
        Client,
        grants::{SAVE_DRAFT, SUBMIT_APPLICATION},
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    identity::{Caller, applicant_name},
    render::Progress,
};

/// Time between two milestones of an imported proposal.
const MILESTONE_NS: u64 = 30 * 86_400 * 1_000_000_000;

/// Bytes a title may have; what does not fit stays in the summary.
const TITLE_BYTES: usize = 200;

/// How rows become applications.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) program: u64,
    /// Decimal places of the programme's asset.
    pub(crate) decimals: u8,
    /// Derives the applicant from the author's name; only where keys are no secrets.
    pub(crate) derive_applicants: Option<u64>,
    /// The time the due dates are counted from: when the programme was created, so that the same
    /// file is the same request tomorrow.
    pub(crate) due_from_ns: u64,
    /// Parse everything, send nothing.
    pub(crate) dry_run: bool,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// Nothing was asked for, so there is nothing to submit yet.
    Draft(u64),
    Application(u64),
}

/// A row that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) line: u64,
    pub(crate) author: String,
    pub(crate) became: Became,
    pub(crate) units: u128,
    pub(crate) status: Status,
    pub(crate) milestones: u32,
    pub(crate) delivered: u32,
}

/// A row that was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Refusal {
    #[serde(flatten)]
    pub(crate) row: Skipped,
    /// What it asked for, in units, when that can be read.
    #[serde(serialize_with = "crate::render::wire::optional_text")]
    pub(crate) requested_units: Option<u128>,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) taken: Vec<Taken>,
    pub(crate) refused: Vec<Refusal>,
}

/// Brings the rows of `round` into the programme, in their order. A repeated import changes
/// nothing: each row carries the same idempotency key again.
pub(crate) async fn import<C: Client>(
    grants: &Remote<C>,
    round: &Round,
    terms: &Terms,
    progress: &Progress,
) -> Result<Imported, Failure> {
    let mut imported = Imported::default();
    for skipped in &round.skipped {
        imported.refused.push(Refusal { row: skipped.clone(), requested_units: None });
    }
    for (index, proposal) in round.proposals.iter().enumerate() {
        progress.say(format_args!("importing {}/{}", index + 1, round.proposals.len()));
        match row(grants, proposal, terms).await {
            Ok(taken) => imported.taken.push(taken),
            // Nobody is there, or nobody knows what happened: no row is to blame.
            Err(failure) if matches!(failure.exit, Exit::Unreachable | Exit::Degraded) => {
                return Err(failure);
            }
            Err(failure) => imported.refused.push(Refusal {
                row: Skipped {
                    line: proposal.line,
                    title: proposal.title.clone(),
                    code: failure.code,
                    reason: failure.message,
                },
                requested_units: units(proposal, terms).ok().flatten(),
            }),
        }
    }
    imported.refused.sort_by_key(|refusal| refusal.row.line);
    Ok(imported)
}

async fn row<C: Client>(
    grants: &Remote<C>,
    proposal: &Proposal,
    terms: &Terms,
) -> Result<Taken, Failure> {
    let units = units(proposal, terms)?;
    let applicant = Some(applicant(proposal, terms)?);
    let content = content(proposal, units.unwrap_or(0), terms);
    let digest = hex::encode(&Sha256::digest(proposal.id.as_bytes())[..16]);
    let idempotency_key = Some(format!("import:{digest}"));
    let (program, draft) = (terms.program, None);
    let became = match units {
        _ if terms.dry_run => units.map_or(Became::Draft(0), |_| Became::Application(0)),
        None => {
            let args = SaveDraftArgs { program, draft, content, applicant, idempotency_key };
            Became::Draft(grants.update(SAVE_DRAFT, &args).await?.id)
        }
        Some(_) => {
            let args =
                SubmitApplicationArgs { program, draft, content, applicant, idempotency_key };
            Became::Application(grants.update(SUBMIT_APPLICATION, &args).await?.id)
        }
    };
    Ok(Taken {
        line: proposal.line,
        author: proposal.applicant.clone(),
        became,
        units: units.unwrap_or(0),
        status: proposal.status,
        milestones: proposal.milestones(),
        delivered: proposal.delivered(),
    })
}

/// The request in the asset's units; none when nothing is asked for. Never rounded.
fn units(proposal: &Proposal, terms: &Terms) -> Result<Option<u128>, Failure> {
    proposal
        .asked
        .as_ref()
        .map(|text| amount::parse_units(text, terms.decimals))
        .transpose()
        .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))
}

fn applicant(proposal: &Proposal, terms: &Terms) -> Result<Principal, Failure> {
    match (proposal.principal, terms.derive_applicants) {
        (Some(principal), _) => Ok(principal),
        (None, Some(seed)) if !proposal.applicant.is_empty() => {
            Caller::development(seed, &applicant_name(&proposal.applicant)).principal()
        }
        _ => Err(Failure::new(
            Exit::Usage,
            "cli.applicant",
            "the row names no principal for its applicant",
        )),
    }
}

fn content(proposal: &Proposal, units: u128, terms: &Terms) -> ApplicationContent {
    let count = proposal.milestones();
    let milestone = |(index, amount): (u32, u128)| MilestonePlan {
        amount_units: Nat::from(amount),
        due_at_ns: terms
            .due_from_ns
            .saturating_add(MILESTONE_NS.saturating_mul(u64::from(index) + 1)),
        acceptance_criteria: format!("Part {} of {count} delivered as proposed", index + 1),
    };
    let milestones = if units == 0 {
        Vec::new()
    } else {
        (0..).zip(shares(units, count)).map(milestone).collect()
    };
    let by = if proposal.applicant.is_empty() { "an unknown author" } else { &proposal.applicant };
    let on = proposal.submitted.map(|date| format!(" on {date}")).unwrap_or_default();
    let (title, rest) = fit(&proposal.title);
    ApplicationContent {
        title,
        summary: format!("{rest}Proposed by {by}{on}; imported as {}", proposal.id),
        requested_units: Nat::from(units),
        plan_hash: ByteBuf::from(Sha256::digest(proposal.id.as_bytes()).to_vec()),
        milestones,
        team: Vec::new(),
        links: Vec::new(),
    }
}

/// The title as it is taken, and what the summary starts with so that no word is lost.
fn fit(title: &str) -> (String, String) {
    if title.len() <= TITLE_BYTES {
        return (title.to_owned(), String::new());
    }
    let room = TITLE_BYTES - '…'.len_utf8();
    let end = (0..=room).rev().find(|&end| title.is_char_boundary(end)).unwrap_or(0);
    (format!("{}…", title[..end].trim_end()), format!("{title}. "))
}

/// Equal parts of `units`; what does not divide goes to the last.
pub(crate) fn shares(units: u128, count: u32) -> Vec<u128> {
    let count = count.max(1);
    let part = units / u128::from(count);
    let mut shares = vec![part; usize::try_from(count).unwrap_or(usize::MAX)];
    if let Some(last) = shares.last_mut() {
        *last += units % u128::from(count);
    }
    shares
}

#[cfg(test)]
mod tests {
    use granary_api::{Error, common::Receipt};

    use super::*;
    use crate::{
        client::fake::{Answers, FakeClient},
        operations::round::daoip5,
    };

    const ROUND: &str = include_str!("../../data/monero-round.daoip5.json");

    fn terms(dry_run: bool) -> Terms {
        Terms { program: 1, decimals: 6, derive_applicants: Some(0), due_from_ns: 0, dry_run }
    }

    /// A canister that numbers what it is sent and refuses amounts above 250,000.
    fn canister() -> Remote<FakeClient> {
        let receipt = |id| Receipt { id, event: 0, at_ns: 0 };
        Answers::default()
            .result("save_draft", &Ok(receipt(9)))
            .raw("submit_application", move |arg| {
                let args: SubmitApplicationArgs = candid::decode_one(arg).expect("arguments");
                let sum: Nat = args
                    .content
                    .milestones
                    .iter()
                    .fold(Nat::from(0_u8), |sum, plan| sum + plan.amount_units.clone());
                assert_eq!(sum, args.content.requested_units);
                assert!(args.content.title.len() <= TITLE_BYTES);
                let answer = if args.content.requested_units > 250_000_000_000_u64 {
                    let code = granary_errors::Code::new("test.amount.above_max");
                    Err(Error::invalid_input(code, "content.requested_units", "too much"))
                } else {
                    Ok(receipt(8))
                };
                Ok(candid::encode_one(answer).expect("encodes"))
            })
            .grants()
    }

    async fn bring(text: &str, grants: &Remote<FakeClient>, dry_run: bool) -> Imported {
        let round = daoip5::read(text, "USD").expect("a document");
        let imported = import(grants, &round, &terms(dry_run), &Progress::hidden()).await;
        let imported = imported.expect("no row stops it");
        assert_eq!(imported.taken.len() + imported.refused.len(), round.rows());
        imported
    }

    #[tokio::test]
    async fn every_row_ends_somewhere() {
        let grants = canister();
        let imported = bring(ROUND, &grants, false).await;
        let drafts = imported.taken.iter().filter(|row| row.became == Became::Draft(9)).count();
        assert_eq!((imported.taken.len(), drafts, imported.refused.len()), (216, 146, 1));
        let refusal = &imported.refused[0];
        assert_eq!(refusal.row.line, 140);
        assert_eq!(refusal.row.code, "test.amount.above_max");
        assert_eq!(refusal.requested_units, Some(456_750_000_000));
        assert_eq!(grants.client.sent().len(), 217);
    }

    #[tokio::test]
    async fn a_dry_run_sends_nothing() {
        let grants = canister();
        assert_eq!(bring(ROUND, &grants, true).await.taken.len(), 217);
        assert_eq!(grants.client.sent(), []);
    }

    #[tokio::test]
    async fn too_many_decimals_are_refused_and_not_rounded() {
        let text = r#"{"grantPools":[{"applications":[{"id":"1","projectName":"p",
            "extensions":{"x-granary":{"applicant":"a"}},"fundsAskedInUSD":"1.0000001"}]}]}"#;
        let imported = bring(text, &canister(), false).await;
        assert_eq!(imported.refused[0].row.code, "cli.amount");
        assert!(imported.refused[0].row.reason.contains("6 decimal places"));
    }

    #[tokio::test]
    async fn an_applicant_without_a_principal_is_refused_where_keys_are_secret() {
        let round = daoip5::read(ROUND, "USD").expect("a document");
        let terms = Terms { derive_applicants: None, ..terms(false) };
        let imported = import(&canister(), &round, &terms, &Progress::hidden()).await;
        let imported = imported.expect("no row stops it");
        assert_eq!((imported.taken.len(), imported.refused.len()), (0, 217));
        assert_eq!(imported.refused[0].row.code, "cli.applicant");
    }

    #[tokio::test]
    async fn an_endpoint_that_is_gone_is_no_fault_of_a_row() {
        let gone = |_: &[u8]| Err(Failure::new(Exit::Unreachable, "cli.unreachable", "gone"));
        let grants = Answers::default().raw("save_draft", gone).grants();
        let round = daoip5::read(ROUND, "USD").expect("a document");
        let failure = import(&grants, &round, &terms(false), &Progress::hidden()).await;
        assert_eq!(failure.expect_err("gone").exit, Exit::Unreachable);
        assert_eq!(grants.client.sent().len(), 1);
    }

    #[test]
    fn the_remainder_goes_to_the_last_part() {
        assert_eq!(shares(10, 3), [3, 3, 4]);
        assert_eq!(shares(10, 0), [10]);
        assert_eq!(shares(2, 3), [0, 0, 2]);
    }

    proptest::proptest! {
        #[test]
        fn a_title_fits_and_loses_nothing(title in "\\PC{0,300}") {
            let (short, rest) = fit(&title);
            proptest::prop_assert!(short.len() <= TITLE_BYTES);
            proptest::prop_assert!(short == title || rest.contains(&title));
        }

        #[test]
        fn no_unit_is_lost_or_made(units: u128, count in 0_u32..200) {
            proptest::prop_assert_eq!(shares(units, count).iter().sum::<u128>(), units);
        }
    }
}
