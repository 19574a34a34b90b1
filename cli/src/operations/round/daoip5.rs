//! DAOIP-5, the grant data standard of the metagov/daostar working group, as JSON.
//!
//! A document names a grant system, its pools, and the applications of each pool. Facts the
//! standard has no field for lie under `extensions`, which it provides for that.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{About, Proposal, Round, Skipped, Source, Status};
use crate::{
    date::{Date, DateOrder},
    exit::Exit,
    failure::Failure,
};

const CONTEXT: &str = "http://www.daostar.org/schemas";
/// How a payout address that is a principal is marked.
pub(crate) const PRINCIPAL: &str = "ICPrincipal";

/// The whole document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    #[serde(rename = "@context")]
    pub(crate) context: &'static str,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) grant_pools: Vec<Pool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extensions: Option<SystemExtensions>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SystemExtensions {
    #[serde(rename = "x-granary")]
    pub(crate) own: SystemFacts,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SystemFacts {
    pub(crate) source: Option<Source>,
    pub(crate) denomination: String,
}

/// A pool with its applications.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pool {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) grant_funding_mechanism: &'static str,
    pub(crate) is_open: bool,
    pub(crate) applications: Vec<Application>,
}

/// One application, as it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Application {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) grant_pool_id: String,
    pub(crate) grant_pool_name: String,
    pub(crate) project_id: String,
    pub(crate) project_name: String,
    pub(crate) created_at: Option<String>,
    pub(crate) funds_asked: Vec<Funds>,
    #[serde(rename = "fundsAskedInUSD")]
    pub(crate) funds_asked_in_usd: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) funds_approved: Vec<Funds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payout_address: Option<PayoutAddress>,
    pub(crate) status: Status,
    pub(crate) extensions: Extensions,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Funds {
    pub(crate) amount: String,
    pub(crate) denomination: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PayoutAddress {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Extensions {
    #[serde(rename = "x-granary", default)]
    pub(crate) own: Facts,
}

/// What the standard has no field for.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    pub(crate) line: Option<u64>,
    pub(crate) applicant: String,
    pub(crate) status: String,
    pub(crate) milestones_total: Option<u32>,
    pub(crate) milestones_completed: Option<u32>,
}

/// The round as a document.
pub(crate) fn write(round: &Round) -> Document {
    let about = &round.about;
    let pool_id = format!("daoip-5:{}:grantPool:{}", about.system, about.pool);
    let applications = round.proposals.iter().map(|p| application(about, &pool_id, p)).collect();
    Document {
        context: CONTEXT,
        name: about.system.clone(),
        kind: about.system_type.clone(),
        grant_pools: vec![Pool {
            kind: "GrantPool",
            id: pool_id.clone(),
            name: about.pool_name.clone(),
            description: about.pool_description.clone(),
            grant_funding_mechanism: "Direct Grants",
            is_open: false,
            applications,
        }],
        extensions: Some(SystemExtensions {
            own: SystemFacts {
                source: about.source.clone(),
                denomination: about.denomination.clone(),
            },
        }),
    }
}

fn application(about: &About, pool_id: &str, proposal: &Proposal) -> Application {
    let funds = |amount: &String| Funds {
        amount: amount.clone(),
        denomination: about.denomination.clone(),
    };
    let usd = about.denomination == "USD";
    Application {
        kind: "GrantApplication",
        id: proposal.id.clone(),
        grant_pool_id: pool_id.to_owned(),
        grant_pool_name: about.pool_name.clone(),
        project_id: proposal.id.replacen(":grantApplication:", ":project:", 1),
        project_name: proposal.title.clone(),
        created_at: proposal.submitted.map(|date| format!("{date}T00:00:00Z")),
        funds_asked: proposal.asked.iter().map(funds).collect(),
        funds_asked_in_usd: proposal.asked.clone().filter(|_| usd),
        funds_approved: Vec::new(),
        payout_address: proposal
            .principal
            .map(|id| PayoutAddress { kind: PRINCIPAL.to_owned(), value: id.to_text() }),
        status: proposal.status,
        extensions: Extensions {
            own: Facts {
                line: Some(proposal.line),
                applicant: proposal.applicant.clone(),
                status: proposal.source_status.clone(),
                milestones_total: proposal.milestones_total,
                milestones_completed: proposal.milestones_completed,
            },
        },
    }
}

/// One application as it is found in the wild: amounts as text or whole numbers, fields missing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: String,
    #[serde(default)]
    project_name: String,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    funds_asked: Option<Vec<FoundFunds>>,
    #[serde(default, rename = "fundsAskedInUSD")]
    funds_asked_in_usd: Option<Value>,
    #[serde(default)]
    payout_address: Option<PayoutAddress>,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Debug, Deserialize)]
struct FoundFunds {
    amount: Value,
    denomination: String,
}

/// Reads a document. Only a file that is no DAOIP-5 document at all is a failure.
pub(crate) fn read(text: &str, denomination: &str) -> Result<Round, Failure> {
    let wrong = |why: String| {
        let message = format!("the file is not a DAOIP-5 document ({why})");
        Failure::new(Exit::Usage, "cli.file", message).next("granary help import")
    };
    let document: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let pools = document
        .get("grantPools")
        .and_then(Value::as_array)
        .ok_or_else(|| wrong("it has no grantPools".to_owned()))?;
    let facts = document.pointer("/extensions/x-granary").cloned();
    let facts: Option<SystemFacts> = facts.and_then(|facts| serde_json::from_value(facts).ok());
    let pool_text = |key: &str| {
        let pool = pools.first().and_then(|pool| pool.get(key));
        pool.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let text_of =
        |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut round = Round {
        about: About {
            system: text_of("name"),
            system_type: text_of("type"),
            pool: pool_text("id").rsplit(':').next().unwrap_or_default().to_owned(),
            pool_name: pool_text("name"),
            pool_description: pool_text("description"),
            denomination: denomination.to_owned(),
            source: facts.and_then(|facts| facts.source),
        },
        proposals: Vec::new(),
        skipped: Vec::new(),
    };
    let applications = pools.iter().filter_map(|pool| pool.get("applications")?.as_array());
    for (position, value) in (1_u64..).zip(applications.flatten()) {
        match proposal(position, value, denomination) {
            Ok(proposal) => round.proposals.push(proposal),
            Err(skipped) => round.skipped.push(skipped),
        }
    }
    Ok(round)
}

fn proposal(position: u64, value: &Value, denomination: &str) -> Result<Proposal, Skipped> {
    let title = value.get("projectName").and_then(Value::as_str).unwrap_or_default();
    let line =
        value.pointer("/extensions/x-granary/line").and_then(Value::as_u64).unwrap_or(position);
    let dirty = |reason: String| Skipped::dirty(line, title, reason);
    let found = Found::deserialize(value).map_err(|error| dirty(error.to_string()))?;
    let asked = asked(&found, denomination).map_err(dirty)?;
    let submitted = match &found.created_at {
        Some(text) => Some(
            Date::parse(text, DateOrder::YearMonthDay)
                .ok_or_else(|| dirty(format!("createdAt `{text}` is not a date")))?,
        ),
        None => None,
    };
    let principal = match found.payout_address {
        Some(address) if address.kind == PRINCIPAL => {
            let id = candid::Principal::from_text(&address.value);
            Some(id.map_err(|error| dirty(format!("payoutAddress is not a principal ({error})")))?)
        }
        _ => None,
    };
    let facts = found.extensions.unwrap_or_default().own;
    Ok(Proposal {
        line,
        id: found.id,
        title: found.project_name,
        applicant: facts.applicant,
        principal,
        submitted,
        asked,
        status: found.status.unwrap_or_default(),
        source_status: facts.status,
        milestones_total: facts.milestones_total,
        milestones_completed: facts.milestones_completed,
    })
}

/// The amount asked for in `denomination`; none when nothing is asked for.
fn asked(found: &Found, denomination: &str) -> Result<Option<String>, String> {
    let funds = found.funds_asked.as_deref().unwrap_or_default();
    let in_usd = found.funds_asked_in_usd.as_ref().filter(|value| !value.is_null());
    if let Some(entry) = funds.iter().find(|entry| entry.denomination == denomination) {
        return number(&entry.amount);
    }
    match in_usd {
        Some(value) if denomination == "USD" => number(value),
        _ if funds.is_empty() => Ok(None),
        _ => Err(format!("nothing in fundsAsked is in {denomination}")),
    }
}

fn number(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text.trim().to_owned())),
        Value::Number(number) if number.is_u64() => Ok(Some(number.to_string())),
        other => Err(format!("amount {other} is not exact; write it as text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(applications: &str) -> String {
        format!(r#"{{"name":"S","grantPools":[{{"id":"p","applications":[{applications}]}}]}}"#)
    }

    #[test]
    fn dirty_applications_are_reported_and_the_rest_is_taken() {
        let text = document(
            r#"{"id":"1","projectName":"ok","fundsAsked":[{"amount":"12.5","denomination":"USD"}]},
               {"projectName":"no id"},
               {"id":"3","projectName":"float","fundsAsked":[{"amount":0.1,"denomination":"USD"}]},
               {"id":"4","projectName":"ether","fundsAsked":[{"amount":"1","denomination":"ETH"}]},
               {"id":"5","projectName":"day","createdAt":"2018-02-30"},
               {"id":"6","projectName":"whole","fundsAskedInUSD":7,"status":"funded"},
               {"id":"7","projectName":"status","status":"maybe"},
               {"id":"8","projectName":"nothing asked","fundsAsked":[]},
               17"#,
        );
        let round = read(&text, "USD").expect("a document");
        let taken: Vec<_> = round.proposals.iter().map(|p| (p.line, p.asked.as_deref())).collect();
        assert_eq!(taken, [(1, Some("12.5")), (6, Some("7")), (8, None)]);
        let skipped: Vec<_> = round.skipped.iter().map(|s| s.line).collect();
        assert_eq!(skipped, [2, 3, 4, 5, 7, 9]);
        assert_eq!(round.rows(), 9);
        assert!(round.proposals[1].status.is_approved());
    }

    #[test]
    fn what_is_no_document_is_a_usage_error() {
        for text in ["", "[]", "{}", r#"{"grantPools":7}"#, "title,author"] {
            assert_eq!(read(text, "USD").expect_err("refused").exit, Exit::Usage, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = document(
            r#"{"id":"daoip-5:S:grantApplication:1","projectName":"ɱ","createdAt":"2018-02-03",
                "fundsAsked":[{"amount":"61.95","denomination":"USD"}],"status":"completed",
                "payoutAddress":{"type":"ICPrincipal","value":"aaaaa-aa"},
                "extensions":{"x-granary":{"line":9,"applicant":"a","status":"done",
                "milestones_total":3,"milestones_completed":2}}}"#,
        );
        let round = read(&text, "USD").expect("a document");
        let written = serde_json::to_string(&write(&round)).expect("writes");
        let again = read(&written, "USD").expect("reads");
        assert_eq!(again.proposals, round.proposals);
        assert_eq!(again.proposals[0].line, 9);
    }
}
