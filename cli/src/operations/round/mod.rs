//! Grant rounds as files, read into one shape.
//!
//! | room | holds |
//! |---|---|
//! | `daoip5` | the JSON document of the DAOIP-5 standard, read and written |
//! | `table` | CSV with a mapping file, dirt and mixed encodings included |
//! | `text` | bytes to text when nobody says which encoding it is |
//!
//! A row that cannot be taken never stops the reading: it becomes a [`Skipped`] with its line.

pub(crate) mod daoip5;
pub(crate) mod table;
mod text;

use candid::Principal;
use serde::{Deserialize, Serialize};

use crate::date::Date;

/// A round: what is known about it, and its proposals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) about: About,
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) skipped: Vec<Skipped>,
}

impl Round {
    /// Rows found, taken or not.
    pub(crate) fn rows(&self) -> usize {
        self.proposals.len() + self.skipped.len()
    }
}

/// Where a round comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// Name of the organisation, as DAOIP-5 calls the grant system.
    pub(crate) system: String,
    /// Kind of organisation, such as `DAO`, `Foundation` or `Community`.
    pub(crate) system_type: String,
    /// Identifier of the pool, unique within the system.
    pub(crate) pool: String,
    pub(crate) pool_name: String,
    pub(crate) pool_description: String,
    /// What amounts are counted in.
    pub(crate) denomination: String,
    /// Who published the facts, under which terms.
    pub(crate) source: Option<Source>,
}

/// Who published the facts of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) licence: String,
    pub(crate) collected: String,
}

/// One application of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// Line of the original file, or position in the document.
    pub(crate) line: u64,
    pub(crate) id: String,
    pub(crate) title: String,
    /// Name of the author; empty when unknown.
    pub(crate) applicant: String,
    /// Where the grantee can be paid, when the document says so.
    pub(crate) principal: Option<Principal>,
    pub(crate) submitted: Option<Date>,
    /// A decimal number; none when nothing was asked for yet.
    pub(crate) asked: Option<String>,
    pub(crate) status: Status,
    /// The status in the words of the source; empty when it has none of its own.
    pub(crate) source_status: String,
    pub(crate) milestones_total: Option<u32>,
    pub(crate) milestones_completed: Option<u32>,
}

impl Proposal {
    /// Milestones the request is divided into: one where none is given.
    pub(crate) fn milestones(&self) -> u32 {
        self.milestones_total.unwrap_or(0).max(1)
    }

    /// Milestones that were delivered, never more than there are.
    pub(crate) fn delivered(&self) -> u32 {
        self.milestones_completed.unwrap_or(0).min(self.milestones())
    }
}

/// Status of an application in the words of DAOIP-5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    #[default]
    Pending,
    InReview,
    Approved,
    Funded,
    Rejected,
    Completed,
}

impl Status {
    /// True when the programme decided to pay.
    pub(crate) const fn is_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Funded | Self::Completed)
    }
}

/// A row that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Skipped {
    pub(crate) line: u64,
    /// What can be read of its title.
    pub(crate) title: String,
    pub(crate) code: String,
    pub(crate) reason: String,
}

impl Skipped {
    /// A row the reader could not understand.
    fn dirty(line: u64, title: &str, reason: impl Into<String>) -> Self {
        Self { line, title: title.to_owned(), code: "cli.row".to_owned(), reason: reason.into() }
    }
}
