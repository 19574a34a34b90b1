//! Who governs, by which ways, and what went wrong: members, authority, incidents.

use candid::Principal;
use granary_api::governor::{self as wire, Who};
use serde::Serialize;

use super::{
    Page, Report, more, name,
    page::{Tone, cut},
    short,
};
use crate::{date, duration};

/// Columns of a note.
const NOTE: usize = 400;

/// The members there are.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the name is what people type or read")]
pub(crate) struct Members {
    epoch: u64,
    threshold: u32,
    approvers_live: u32,
    members: Vec<Member>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the name is what people type or read")]
struct Member {
    principal: String,
    permissions: Vec<String>,
    weight: u32,
    joined_epoch: u64,
    last_seen: String,
    expires_at: Option<String>,
    is_member: bool,
    is_live: bool,
}

impl From<&wire::Members> for Members {
    fn from(members: &wire::Members) -> Self {
        let member = |member: &wire::Member| Member {
            principal: member.principal.to_text(),
            permissions: member.permissions.iter().map(name).collect(),
            weight: member.weight,
            joined_epoch: member.joined_epoch,
            last_seen: date::iso(member.last_seen_ns),
            expires_at: member.expires_at_ns.map(date::iso),
            is_member: member.is_member,
            is_live: member.is_live,
        };
        Self {
            epoch: members.epoch,
            threshold: members.threshold,
            approvers_live: members.approvers_live,
            members: members.members.iter().map(member).collect(),
        }
    }
}

impl Members {
    /// True when those who showed a sign in time cannot decide anything.
    pub(crate) fn is_short(&self) -> bool {
        self.approvers_live < self.threshold
    }
}

impl Report for Members {
    const SCHEMA: &'static str = "granary.members/1";

    fn text(&self, page: &mut Page) {
        let Self { epoch, threshold, approvers_live, .. } = self;
        let tone = if self.is_short() { Tone::Bad } else { Tone::Good };
        let live = page.paint(tone, &format!("{approvers_live} live"));
        page.line(format!("epoch {epoch}: {threshold} must approve, {live}"));
        let row = |member: &Member| {
            let state = match (member.is_member, member.is_live) {
                (false, _) => "over",
                (true, true) => "live",
                (true, false) => "silent",
            };
            vec![
                member.principal.clone(),
                state.to_owned(),
                member.permissions.join(" "),
                member.weight.to_string(),
                member.last_seen.clone(),
            ]
        };
        let rows: Vec<_> = self.members.iter().map(row).collect();
        page.table(&["member", "state", "may", "weight", "last sign"], &[3], &rows);
    }
}

/// Every way by which something could be changed.
#[derive(Debug, Serialize)]
pub(crate) struct Authority {
    epoch: u64,
    weak: usize,
    /// Weak ones first.
    ways: Vec<Way>,
}

#[derive(Debug, Serialize)]
struct Way {
    is_weak: bool,
    power: String,
    /// Over which canister; none for the governor's own rules.
    target: Option<String>,
    /// Its name, where the governor knows one.
    canister: Option<String>,
    /// `members`, `committee` or `alone`.
    who: &'static str,
    needed: u64,
    of: Vec<String>,
    vetoers: Vec<String>,
    shortest: String,
}

impl Authority {
    pub(crate) fn new(authority: &wire::Authority, targets: &[wire::Target]) -> Self {
        let texts = |all: &[Principal]| all.iter().map(Principal::to_text).collect::<Vec<_>>();
        let way = |way: &wire::Way| {
            let known = targets.iter().find(|one| Some(one.canister) == way.target);
            let (who, needed, of, vetoers) = match &way.who {
                Who::Members { needed, of, vetoers } => {
                    ("members", *needed, texts(of), texts(vetoers))
                }
                Who::Committee { needed, of } => {
                    ("committee", u64::from(*needed), texts(of), vec![])
                }
                Who::Alone { principal } => ("alone", 1, vec![principal.to_text()], vec![]),
            };
            Way {
                is_weak: way.is_weak,
                power: name(&way.power),
                target: way.target.map(|target| target.to_text()),
                canister: known.map(|one| one.placement.name.clone()),
                who,
                needed,
                of,
                vetoers,
                shortest: duration::format(way.shortest_ns),
            }
        };
        let mut ways: Vec<Way> = authority.ways.iter().map(way).collect();
        ways.sort_by_key(|way| !way.is_weak);
        Self { epoch: authority.epoch, weak: ways.iter().filter(|way| way.is_weak).count(), ways }
    }

    /// True when a way is weaker than what the rules promise.
    pub(crate) const fn is_weak(&self) -> bool {
        self.weak > 0
    }
}

impl Way {
    fn over(&self) -> String {
        let target = || self.target.as_deref().map_or("the governor".to_owned(), short);
        self.canister.as_ref().map_or_else(target, |name| cut(name, 40))
    }

    fn people(&self) -> String {
        match self.who {
            "alone" => {
                format!("{} alone", self.of.first().map(|who| short(who)).unwrap_or_default())
            }
            who => format!("{} of {} {who}", self.needed, self.of.len()),
        }
    }
}

impl Report for Authority {
    const SCHEMA: &'static str = "granary.authority/1";

    fn text(&self, page: &mut Page) {
        page.title(&format!("who can change what, in epoch {}", self.epoch));
        let row = |way: &Way| {
            let weak = if way.is_weak { "WEAK" } else { "" };
            vec![
                weak.to_owned(),
                way.power.replace('_', " "),
                way.over(),
                way.people(),
                way.shortest.clone(),
            ]
        };
        let rows: Vec<_> = self.ways.iter().map(row).collect();
        page.table(&["", "what", "over", "who", "after"], &[], &rows);
        if self.is_weak() {
            let weak = page.paint(Tone::Bad, &format!("{} weak", self.weak));
            page.line(format!("{weak}: weaker than what the rules promise"));
            page.field("next", "granary governor handover --dry-run");
        }
    }
}

/// Something that went wrong, and what people did.
#[derive(Debug, Serialize)]
pub(crate) struct Incident {
    id: u64,
    title: String,
    phase: String,
    opened_at: String,
    proposal: Option<u64>,
    notes: Vec<Note>,
}

#[derive(Debug, Serialize)]
struct Note {
    phase: String,
    at: String,
    by: String,
    text: String,
}

impl From<&wire::Incident> for Incident {
    fn from(incident: &wire::Incident) -> Self {
        let note = |note: &wire::IncidentNote| Note {
            phase: name(&note.phase),
            at: date::iso(note.at_ns),
            by: note.by.to_text(),
            text: cut(&note.text, NOTE),
        };
        Self {
            id: incident.id,
            title: cut(&incident.title, NOTE),
            phase: name(&incident.phase),
            opened_at: date::iso(incident.opened_at_ns),
            proposal: incident.proposal,
            notes: incident.notes.iter().map(note).collect(),
        }
    }
}

impl Incident {
    fn is_open(&self) -> bool {
        self.phase != "closed"
    }
}

impl Report for Incident {
    const SCHEMA: &'static str = "granary.incident/1";

    fn text(&self, page: &mut Page) {
        let tone = if self.is_open() { Tone::Warning } else { Tone::Good };
        let phase = page.paint(tone, &self.phase);
        page.line(format!("incident {}: {phase}", self.id));
        page.field("title", &self.title);
        page.field("opened", &self.opened_at);
        if let Some(proposal) = self.proposal {
            page.field("proposal", proposal.to_string());
        }
        for Note { phase, at, by, text } in &self.notes {
            page.line(format!("  {at} {phase} by {}", short(by)));
            page.field("", text);
        }
        if self.is_open() {
            page.field("next", format!("granary incident phase {} PHASE --text TEXT", self.id));
        }
    }
}

/// A page of incidents.
#[derive(Debug, Serialize)]
pub(crate) struct Incidents {
    items: Vec<Incident>,
    next: Option<u64>,
}

impl From<&wire::IncidentPage> for Incidents {
    fn from(page: &wire::IncidentPage) -> Self {
        Self { items: page.items.iter().map(Incident::from).collect(), next: page.next }
    }
}

impl Report for Incidents {
    const SCHEMA: &'static str = "granary.incidents/1";

    fn text(&self, page: &mut Page) {
        let row = |one: &Incident| {
            let Incident { id, phase, opened_at, title, .. } = one;
            vec![id.to_string(), phase.clone(), opened_at.clone(), cut(title, 60)]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "phase", "opened", "title"], &[0], &rows);
        more(page, self.next);
    }
}
