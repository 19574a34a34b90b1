//! A programme's public report as a DAOIP-5 document or as CSV.

use granary_api::micro_grants::{ApplicationState, ExportReportArgs, Program, ReportRow};

use super::round::{
    Status,
    daoip5::{Application, Document, Extensions, Facts, Funds, PRINCIPAL, PayoutAddress, Pool},
};
use crate::{
    amount,
    client::{Client, grants::EXPORT_REPORT, remote::Remote},
    date,
    exit::Exit,
    failure::Failure,
};

/// Rows asked for in one page.
const ROWS: u32 = 100;

/// All rows of the programme's report.
pub(crate) async fn rows<C: Client>(
    grants: &Remote<C>,
    program: u64,
) -> Result<Vec<ReportRow>, Failure> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let args = ExportReportArgs { program, after, limit: ROWS };
        let page = grants.query(EXPORT_REPORT, &args).await?;
        rows.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
}

/// The report as DAOIP-5.
pub(crate) fn daoip5(system: &str, program: &Program, rows: &[ReportRow]) -> Document {
    let id = format!("daoip-5:{system}:grantPool:{}", program.id);
    let name = program.terms.title.clone();
    let applications = rows.iter().map(|row| application(system, &id, program, row)).collect();
    Document {
        context: "http://www.daostar.org/schemas",
        name: system.to_owned(),
        kind: "DAO".to_owned(),
        grant_pools: vec![Pool {
            kind: "GrantPool",
            id: id.clone(),
            description: format!("Grant programme {} of {system}", program.id),
            name,
            grant_funding_mechanism: "Direct Grants",
            is_open: matches!(program.state, granary_api::micro_grants::ProgramState::Open),
            applications,
        }],
        extensions: None,
    }
}

fn application(system: &str, pool: &str, program: &Program, row: &ReportRow) -> Application {
    let decimals = program.asset.decimals;
    let funds = |units: u128| Funds {
        amount: amount::format_units(units, decimals),
        denomination: program.asset.symbol.clone(),
    };
    let approved = if row.award_units > 0 { vec![funds(row.award_units)] } else { Vec::new() };
    Application {
        kind: "GrantApplication",
        id: format!("daoip-5:{system}:grantApplication:{}", row.application),
        grant_pool_id: pool.to_owned(),
        grant_pool_name: program.terms.title.clone(),
        project_id: format!("daoip-5:{system}:project:{}", row.application),
        project_name: row.title.clone(),
        created_at: Some(date::iso(row.submitted_at_ns)),
        funds_asked: vec![funds(row.requested_units)],
        funds_asked_in_usd: None,
        funds_approved: approved,
        payout_address: Some(PayoutAddress {
            kind: PRINCIPAL.to_owned(),
            value: row.applicant.to_text(),
        }),
        status: status(row),
        extensions: Extensions {
            own: Facts {
                line: None,
                applicant: row.applicant.to_text(),
                status: state_name(row.state).to_owned(),
                milestones_total: Some(row.milestones_total),
                milestones_completed: Some(row.milestones_accepted),
            },
        },
    }
}

fn status(row: &ReportRow) -> Status {
    let delivered = row.milestones_total > 0 && row.milestones_accepted == row.milestones_total;
    match row.state {
        ApplicationState::Approved if row.paid_units > 0 && row.paid_units >= row.award_units => {
            Status::Funded
        }
        ApplicationState::Approved if delivered => Status::Completed,
        ApplicationState::Approved => Status::Approved,
        ApplicationState::Rejected | ApplicationState::Withdrawn | ApplicationState::Expired => {
            Status::Rejected
        }
        ApplicationState::UnderReview | ApplicationState::Appealed => Status::InReview,
        ApplicationState::Draft
        | ApplicationState::Submitted
        | ApplicationState::ChangesRequested => Status::Pending,
    }
}

/// The state's name as people and machines see it.
pub(crate) const fn state_name(state: ApplicationState) -> &'static str {
    match state {
        ApplicationState::Draft => "draft",
        ApplicationState::Submitted => "submitted",
        ApplicationState::UnderReview => "under_review",
        ApplicationState::Approved => "approved",
        ApplicationState::Rejected => "rejected",
        ApplicationState::ChangesRequested => "changes_requested",
        ApplicationState::Appealed => "appealed",
        ApplicationState::Withdrawn => "withdrawn",
        ApplicationState::Expired => "expired",
    }
}

/// The report as CSV with a heading.
pub(crate) fn csv(program: &Program, rows: &[ReportRow]) -> Result<String, Failure> {
    let wrong =
        |why: String| Failure::new(Exit::Failed, "cli.csv", format!("cannot write CSV ({why})"));
    let decimals = program.asset.decimals;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heading = [
        "application",
        "applicant",
        "title",
        "state",
        "submitted",
        "decided",
        "requested",
        "award",
        "paid",
        "milestones_accepted",
        "milestones_total",
    ];
    writer.write_record(heading).map_err(|error| wrong(error.to_string()))?;
    for row in rows {
        let record = [
            row.application.to_string(),
            row.applicant.to_text(),
            harmless(&row.title),
            state_name(row.state).to_owned(),
            date::iso(row.submitted_at_ns),
            row.decided_at_ns.map(date::iso).unwrap_or_default(),
            amount::format_units(row.requested_units, decimals),
            amount::format_units(row.award_units, decimals),
            amount::format_units(row.paid_units, decimals),
            row.milestones_accepted.to_string(),
            row.milestones_total.to_string(),
        ];
        writer.write_record(&record).map_err(|error| wrong(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| wrong(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))
}

/// A text an applicant chose must not become a formula in a spreadsheet.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
