//! Proposals as this tool shows them: where they stand, what they would do, and what is next.

use granary_api::governor::{self as wire, Ballot, ProposalState, Rendering};
use serde::Serialize;
use serde_json::Value;

use super::{
    Page, Report,
    course::Run,
    more, name,
    page::{Tone, cut},
    short, snake,
};
use crate::{
    date,
    operations::govern::{follow::View, payload, vote::Seen},
};

/// Columns of a title in a table, and of a line anywhere.
const TITLE: usize = 40;
const LINE: usize = 400;

/// The head of a proposal.
#[derive(Debug, Serialize)]
pub(crate) struct Proposal {
    id: u64,
    kind: String,
    title: String,
    state: String,
    since: String,
    /// When the state ends by itself.
    until: Option<String>,
    proposer: String,
    created_at: String,
    digest: String,
    epoch: u64,
    /// From when on it may be executed.
    eta: Option<String>,
    voting_ends: Option<String>,
    rehearsal: Option<String>,
    rehearsal_failed: bool,
    approving: u32,
    rejecting: u32,
    /// Members, or weight where weights count.
    weight: u64,
    needed: u64,
    reachable: u64,
    is_enough: bool,
    ended_at: Option<String>,
    reason: Option<String>,
    #[serde(skip)]
    at: ProposalState,
}

impl From<&wire::Proposal> for Proposal {
    fn from(proposal: &wire::Proposal) -> Self {
        let wire::Proposal { tally, .. } = proposal;
        Self {
            id: proposal.id,
            kind: snake(&proposal.kind),
            title: cut(&proposal.title, LINE),
            state: name(&proposal.state),
            since: date::iso(proposal.since_ns),
            until: proposal.until_ns.map(date::iso),
            proposer: proposal.proposer.to_text(),
            created_at: date::iso(proposal.created_at_ns),
            digest: hex::encode(&proposal.digest),
            epoch: proposal.epoch,
            eta: proposal.eta_ns.map(date::iso),
            voting_ends: proposal.voting_ends_ns.map(date::iso),
            rehearsal: proposal.rehearsal.as_ref().map(hex::encode),
            rehearsal_failed: proposal.rehearsal_failed,
            approving: tally.approving,
            rejecting: tally.rejecting,
            weight: tally.weight,
            needed: tally.needed,
            reachable: tally.reachable,
            is_enough: tally.is_enough,
            ended_at: proposal.ended_at_ns.map(date::iso),
            reason: Some(cut(&proposal.reason, LINE)).filter(|reason| !reason.is_empty()),
            at: proposal.state,
        }
    }
}

impl Proposal {
    fn tone(&self) -> Tone {
        match self.at {
            ProposalState::Completed => Tone::Good,
            ProposalState::RollbackFailed | ProposalState::RolledBack => Tone::Bad,
            ProposalState::Rejected
            | ProposalState::Vetoed
            | ProposalState::Expired
            | ProposalState::Stale
            | ProposalState::Cancelled => Tone::Faint,
            _ => Tone::Warning,
        }
    }

    /// What people type next; none when nobody has to.
    fn next(&self) -> Option<String> {
        let id = self.id;
        let verb = match self.at {
            ProposalState::Staged => "audit",
            ProposalState::Audited => "rehearse",
            ProposalState::Voting => "approve",
            ProposalState::Ready => "execute",
            ProposalState::Rehearsed
            | ProposalState::Discussion
            | ProposalState::Timelocked
            | ProposalState::Executing
            | ProposalState::Observing
            | ProposalState::RollingBack => "watch",
            ProposalState::RollbackFailed => return Some("granary incident list".to_owned()),
            _ => return None,
        };
        Some(format!("granary proposal {verb} {id}"))
    }

    fn text(&self, page: &mut Page) {
        let state = page.paint(self.tone(), &self.state);
        page.line(format!("proposal {} {}: {state}", self.id, self.kind));
        page.field("title", &self.title);
        page.field("by", format!("{} on {}", self.proposer, self.created_at));
        page.field("digest", &self.digest);
        page.field("epoch", self.epoch.to_string());
        if let Some(rehearsal) = &self.rehearsal {
            let how = if self.rehearsal_failed { " FAILED" } else { "" };
            page.field("rehearsal", format!("{rehearsal}{how}"));
        }
        let Self { weight, needed, rejecting, .. } = self;
        page.field("approvals", format!("{weight} of {needed}, {rejecting} against"));
        for (label, at) in [("eta", &self.eta), ("ends", &self.until), ("ended", &self.ended_at)] {
            if let Some(at) = at {
                page.field(label, at);
            }
        }
        if let Some(reason) = &self.reason {
            page.field("because", reason);
        }
    }
}

/// One member's newest word.
#[derive(Debug, Serialize)]
struct Vote {
    member: String,
    ballot: String,
    at: String,
    expires_at: String,
    counts: bool,
}

impl From<&wire::Vote> for Vote {
    fn from(vote: &wire::Vote) -> Self {
        Self {
            member: vote.member.to_text(),
            ballot: match vote.ballot {
                Ballot::Approve => "approves",
                Ballot::Reject => "rejects",
                Ballot::Revoked => "took it back",
            }
            .to_owned(),
            at: date::iso(vote.at_ns),
            expires_at: date::iso(vote.expires_at_ns),
            counts: vote.counts,
        }
    }
}

/// A proposal with everything about it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    proposal: Proposal,
    description: String,
    waits_for: String,
    votes: Vec<Vote>,
    /// Steps on canisters; of the rehearsal before the execution.
    run: Option<Run>,
    /// What `proposal create payload` reads.
    payload: Value,
}

impl Shown {
    pub(crate) fn new(view: &View) -> Self {
        let View { details, status, run } = view;
        Self {
            proposal: Proposal::from(&details.proposal),
            description: details.description.clone(),
            waits_for: status.waits_for.clone(),
            votes: details.votes.iter().map(Vote::from).collect(),
            run: run.as_ref().map(Run::from),
            payload: payload::shown(&details.payload),
        }
    }
}

impl Report for Shown {
    const SCHEMA: &'static str = "granary.proposal/1";

    fn text(&self, page: &mut Page) {
        self.proposal.text(page);
        if !self.waits_for.is_empty() {
            page.field("waits for", cut(&self.waits_for, LINE));
        }
        for line in self.description.lines() {
            page.field("", cut(line, LINE));
        }
        for vote in &self.votes {
            let Vote { member, ballot, at, counts, .. } = vote;
            let lapsed = if *counts { "" } else { " (does not count)" };
            page.field(ballot, format!("{} on {at}{lapsed}", short(member)));
        }
        if let Some(run) = &self.run {
            run.text(page);
        }
        if let Some(next) = self.proposal.next() {
            page.field("next", next);
        }
    }
}

/// A page of proposals.
#[derive(Debug, Serialize)]
pub(crate) struct Proposals {
    pub(crate) items: Vec<Proposal>,
    pub(crate) next: Option<u64>,
}

impl From<&wire::ProposalPage> for Proposals {
    fn from(page: &wire::ProposalPage) -> Self {
        Self { items: page.items.iter().map(Proposal::from).collect(), next: page.next }
    }
}

impl Report for Proposals {
    const SCHEMA: &'static str = "granary.proposals/1";

    fn text(&self, page: &mut Page) {
        let row = |one: &Proposal| {
            vec![
                one.id.to_string(),
                one.state.clone(),
                one.kind.clone(),
                format!("{}/{}", one.weight, one.needed),
                one.eta.as_ref().or(one.until.as_ref()).cloned().unwrap_or_default(),
                cut(&one.title, TITLE),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "kind", "for", "eta or end", "title"], &[0, 3], &rows);
        more(page, self.next);
    }
}

/// A proposal in the governor's own words.
#[derive(Debug, Serialize)]
pub(crate) struct Words {
    proposal: u64,
    digest: String,
    summary: String,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    label: String,
    value: String,
}

impl From<&Rendering> for Words {
    fn from(rendering: &Rendering) -> Self {
        let line = |line: &wire::RenderedLine| Line {
            label: cut(&line.label, LINE),
            value: line.value.clone(),
        };
        Self {
            proposal: rendering.proposal,
            digest: hex::encode(&rendering.digest),
            summary: cut(&rendering.summary, LINE),
            lines: rendering.lines.iter().map(line).collect(),
        }
    }
}

impl Report for Words {
    const SCHEMA: &'static str = "granary.rendering/1";

    fn text(&self, page: &mut Page) {
        page.title(&format!("proposal {}: {}", self.proposal, self.summary));
        for Line { label, value } in &self.lines {
            let mut label = label.as_str();
            for line in value.lines() {
                page.field(label, cut(line, LINE));
                label = "";
            }
        }
        page.field("digest", &self.digest);
    }
}

/// A word that was given, with what it was given to.
#[derive(Debug, Serialize)]
pub(crate) struct Voted {
    /// `approved` or `rejected`.
    word: &'static str,
    #[serde(flatten)]
    seen: Words,
    epoch: u64,
    rehearsal: Option<String>,
    event: u64,
    at: String,
}

impl Voted {
    pub(crate) fn new(word: &'static str, seen: &Seen, event: u64, at_ns: u64) -> Self {
        let proposal = &seen.details.proposal;
        Self {
            word,
            seen: Words::from(&seen.rendering),
            epoch: proposal.epoch,
            rehearsal: proposal.rehearsal.as_ref().map(hex::encode),
            event,
            at: date::iso(at_ns),
        }
    }
}

impl Report for Voted {
    const SCHEMA: &'static str = "granary.vote/1";

    fn text(&self, page: &mut Page) {
        self.seen.text(page);
        if let Some(rehearsal) = &self.rehearsal {
            page.field("rehearsal", rehearsal);
        }
        let word = page.paint(Tone::Good, self.word);
        let Self { epoch, event, at, .. } = self;
        page.line(format!("{word}: epoch {epoch}, event {event}, {at}"));
    }
}

/// A proposal that was made.
#[derive(Debug, Serialize)]
pub(crate) struct Created {
    pub(crate) event: u64,
    pub(crate) at: String,
    /// Modules, and how many pieces of each were sent.
    pub(crate) staged: Vec<StagedModule>,
    #[serde(flatten)]
    pub(crate) words: Words,
}

/// A module of the proposal.
#[derive(Debug, Serialize)]
pub(crate) struct StagedModule {
    pub(crate) canister: String,
    pub(crate) module_hash: String,
    pub(crate) pieces: usize,
    pub(crate) sent: usize,
}

impl Report for Created {
    const SCHEMA: &'static str = "granary.proposal_created/1";

    fn text(&self, page: &mut Page) {
        for one in &self.staged {
            let StagedModule { canister, module_hash, pieces, sent } = one;
            page.field(
                "staged",
                format!("{canister} {module_hash}, {sent} of {pieces} pieces sent"),
            );
        }
        self.words.text(page);
        page.field("next", format!("granary proposal show {}", self.words.proposal));
    }
}

#[cfg(test)]
pub(crate) mod fixtures {
    //! A proposal that waits for two more members.

    use candid::Principal;
    use granary_api::governor::{
        Ballot, MemberSpec, Payload, Permission, Proposal, ProposalDetails, ProposalState,
        ProposalStatus, Tally, Vote,
    };

    pub(crate) const AT: u64 = 1_532_513_472_000_000_000;
    pub(crate) const HOUR: u64 = 3_600_000_000_000;

    pub(crate) fn someone(number: u8) -> Principal {
        Principal::from_slice(&[number; 29])
    }

    fn tally() -> Tally {
        Tally { approving: 1, weight: 1, rejecting: 0, reachable: 5, needed: 3, is_enough: false }
    }

    pub(crate) fn head() -> Proposal {
        Proposal {
            id: 3,
            kind: "ChangeMembers".to_owned(),
            title: "Ada joins\u{1b}[31m".to_owned(),
            proposer: someone(1),
            created_at_ns: AT,
            digest: vec![7; 32].into(),
            epoch: 2,
            state: ProposalState::Voting,
            since_ns: AT,
            until_ns: Some(AT + HOUR),
            voting_ends_ns: Some(AT + HOUR),
            eta_ns: None,
            rehearsal: Some(vec![8; 32].into()),
            rehearsed_at_ns: Some(AT),
            rehearsal_failed: false,
            tally: tally(),
            approved_at_ns: None,
            started_at_ns: None,
            ended_at_ns: None,
            reason: String::new(),
        }
    }

    pub(crate) fn details() -> ProposalDetails {
        let member = |number| MemberSpec {
            principal: someone(number),
            permissions: vec![Permission::Approve],
            weight: 1,
            expires_at_ns: None,
        };
        let vote = Vote {
            member: someone(1),
            ballot: Ballot::Approve,
            at_ns: AT,
            epoch: 2,
            rehearsal: Some(vec![8; 32].into()),
            expires_at_ns: AT + HOUR,
            counts: true,
        };
        ProposalDetails {
            proposal: head(),
            description: "She was elected.\nMinutes: 12.".to_owned(),
            payload: Payload::ChangeMembers { members: vec![member(1), member(2)], threshold: 2 },
            votes: vec![vote],
        }
    }

    pub(crate) fn status() -> ProposalStatus {
        ProposalStatus {
            proposal: 3,
            state: ProposalState::Voting,
            since_ns: AT,
            until_ns: Some(AT + HOUR),
            eta_ns: None,
            tally: tally(),
            waits_for: "two more approvals".to_owned(),
        }
    }
}
