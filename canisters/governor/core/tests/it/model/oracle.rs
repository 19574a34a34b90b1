//! The rules of deciding as one would write them on a napkin: every figure is counted anew from the
//! list of words.

use super::Op;
use crate::support::DAY;

/// What somebody said last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Yes,
    No,
    Nothing,
}

struct Said {
    who: u8,
    word: Word,
    at: u64,
}

struct Paper {
    by: u8,
    epoch: u64,
    created: u64,
    said: Vec<Said>,
    state: &'static str,
    eta: Option<u64>,
}

pub(crate) struct Oracle {
    members: Vec<u8>,
    epoch: u64,
    papers: Vec<Paper>,
    clock: u64,
}

const NEEDED: usize = 3;
const TALK: u64 = DAY;
const VOTE: u64 = 5 * DAY;
const LOCK: u64 = 2 * DAY;
const WINDOW: u64 = 3 * DAY;
const TTL: u64 = 20 * DAY;

impl Oracle {
    pub(crate) fn new(now: u64) -> Self {
        Self { members: (1..=5).collect(), epoch: 1, papers: vec![], clock: now }
    }

    /// State, approvals that count, eta.
    pub(crate) fn of(&mut self, id: u64, now: u64) -> (&'static str, u64, Option<u64>) {
        self.pass(now);
        let paper = &self.papers[usize::try_from(id).expect("small") - 1];
        let counts = paper.epoch == self.epoch;
        let yes = if counts { self.count(paper, Word::Yes, now) } else { 0 };
        (paper.state, u64::try_from(yes).expect("small"), paper.eta)
    }

    fn count(&self, paper: &Paper, word: Word, now: u64) -> usize {
        let heard = |said: &&Said| {
            said.word == word && self.members.contains(&said.who) && now < said.at + TTL
        };
        paper.said.iter().filter(heard).count()
    }

    /// Lets time pass in small steps, so that each thing happens at its own moment.
    fn pass(&mut self, now: u64) {
        for at in 0..self.papers.len() {
            // Whatever happens, happens at one of these moments; the order is that of the clock.
            loop {
                let before = (self.papers[at].state, self.papers[at].eta);
                self.look(at, now);
                if (self.papers[at].state, self.papers[at].eta) == before {
                    break;
                }
            }
        }
        self.clock = now;
    }

    fn look(&mut self, at: usize, now: u64) {
        let paper = &self.papers[at];
        let open = ["Discussion", "Voting", "Timelocked", "Ready"].contains(&paper.state);
        if !open {
            return;
        }
        let (voting, ends) = (paper.created + TALK, paper.created + TALK + VOTE);
        let yes = self.count(paper, Word::Yes, now);
        let (state, eta) = match (paper.state, paper.eta) {
            _ if paper.epoch != self.epoch => ("Stale", None),
            ("Discussion", _) if now >= voting => ("Voting", None),
            ("Voting", _) if now >= ends => ("Expired", None),
            ("Timelocked" | "Ready", _) if yes < NEEDED => ("Voting", None),
            ("Timelocked" | "Ready", Some(eta)) if now > eta + WINDOW => ("Expired", None),
            ("Timelocked", Some(eta)) if now >= eta => ("Ready", Some(eta)),
            (state, eta) => (state, eta),
        };
        (self.papers[at].state, self.papers[at].eta) = (state, eta);
    }

    /// True when it is applied.
    pub(crate) fn apply(&mut self, op: Op, now: u64) -> bool {
        self.pass(now);
        match op {
            Op::Propose { who } => {
                let may = self.members.contains(&who)
                    && self.papers.iter().filter(|one| Self::pends(one) && one.by == who).count()
                        < 20;
                if may {
                    let (epoch, said) = (self.epoch, vec![]);
                    let state = "Discussion";
                    self.papers.push(Paper {
                        by: who,
                        epoch,
                        created: now,
                        said,
                        state,
                        eta: None,
                    });
                }
                may
            }
            Op::Approve { who, id } => self.say(who, id, Word::Yes, now),
            Op::Reject { who, id } => self.say(who, id, Word::No, now),
            Op::Revoke { who, id } => {
                let last = self.paper(id).and_then(|paper| {
                    paper.said.iter().find(|said| said.who == who).map(|said| said.word)
                });
                matches!(last, Some(Word::Yes | Word::No)) && self.say(who, id, Word::Nothing, now)
            }
            Op::Veto { who, id } => {
                let may = self.members.contains(&who);
                self.end(id, may, &["Timelocked", "Ready"], "Vetoed")
            }
            Op::Cancel { who, id } => {
                let may = self.members.contains(&who)
                    && self.paper(id).is_some_and(|paper| paper.by == who);
                let open = ["Discussion", "Voting", "Timelocked", "Ready"];
                self.end(id, may, &open, "Cancelled")
            }
            Op::Rotate { last } => {
                self.members = vec![1, 2, 3, last];
                self.epoch += 1;
                true
            }
            Op::Wait { .. } | Op::Tick | Op::Reopen => true,
        }
    }

    fn pends(paper: &Paper) -> bool {
        ["Discussion", "Voting", "Timelocked", "Ready"].contains(&paper.state)
    }

    fn paper(&mut self, id: u64) -> Option<&mut Paper> {
        self.papers.get_mut(usize::try_from(id).expect("small") - 1)
    }

    fn end(&mut self, id: u64, may: bool, from: &[&str], to: &'static str) -> bool {
        let Some(paper) = self.paper(id) else { return false };
        if !may || !from.contains(&paper.state) {
            return false;
        }
        (paper.state, paper.eta) = (to, None);
        true
    }

    fn say(&mut self, who: u8, id: u64, word: Word, now: u64) -> bool {
        let is_member = self.members.contains(&who);
        let all = self.members.len();
        let epoch = self.epoch;
        let Some(paper) = self.paper(id) else { return false };
        let heard = ["Voting", "Timelocked", "Ready"].contains(&paper.state);
        let counts = |said: &Said| now < said.at + TTL && paper.epoch == epoch;
        let same =
            paper.said.iter().any(|said| said.who == who && said.word == word && counts(said));
        if !is_member || !heard || (same && word != Word::Nothing) {
            return false;
        }
        paper.said.retain(|said| said.who != who);
        paper.said.push(Said { who, word, at: now });
        let at = usize::try_from(id).expect("small") - 1;
        let yes = self.count(&self.papers[at], Word::Yes, now);
        let no = self.count(&self.papers[at], Word::No, now);
        let paper = &mut self.papers[at];
        if all - no < NEEDED {
            (paper.state, paper.eta) = ("Rejected", None);
        } else if paper.state == "Voting" && yes >= NEEDED {
            (paper.state, paper.eta) = ("Timelocked", Some(now + LOCK));
        } else if paper.state != "Voting" && yes < NEEDED {
            (paper.state, paper.eta) = ("Voting", None);
        }
        true
    }
}
