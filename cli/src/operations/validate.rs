//! Whether a canister's state is what it claims to be: every invariant, every link of the journal,
//! and the network's signature on its head.

use granary_api::common::{Event, GetEventsArgs, ValidateStateArgs, Violation};
use granary_proof::certified::verify_head;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    client::{
        Client,
        common::{GET_CERTIFIED_HEAD, GET_EVENTS, VALIDATE_STATE},
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    operations::connections::Connection,
    render::{Page, Progress, Report, page::Tone, page::cut},
};

/// Records checked by one call.
const ITEMS: u32 = 2_000;
/// Events fetched by one call.
const EVENTS: u32 = 200;
/// Where a stored event carries the hash of the one before it: behind the version of its layout.
const PREV_HASH: std::ops::Range<usize> = 1..33;
/// Violations listed; the count is exact.
const LISTED: usize = 100;

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Validation {
    pub(crate) ok: bool,
    pub(crate) checked: u64,
    pub(crate) violation_count: u64,
    pub(crate) violations: Vec<Found>,
    pub(crate) journal: Journal,
}

/// What was found in each canister.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SuiteValidation {
    pub(crate) ok: bool,
    pub(crate) canisters: Vec<Validated>,
    /// What does not hold between two of them.
    pub(crate) between: Vec<Found>,
    /// Connections that were tried, where that was asked for.
    pub(crate) connections: Vec<Connection>,
}

/// A canister and what was found in it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Validated {
    pub(crate) name: String,
    pub(crate) canister: String,
    #[serde(flatten)]
    pub(crate) found: Validation,
}

/// A violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Found {
    pub(crate) rule: String,
    pub(crate) entity: String,
    pub(crate) id: u64,
    pub(crate) message: String,
}

/// What the journal proved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Journal {
    pub(crate) events: u64,
    /// Hash of the newest event, recomputed on this side.
    pub(crate) head: String,
    /// Every event names the hash of the one before it, and has the hash it claims.
    pub(crate) chain_ok: bool,
    /// The recomputed head is what the subnet signed.
    pub(crate) certified: bool,
    /// Why not, when one of the two is false.
    pub(crate) problem: Option<String>,
}

/// Length and head of the journal as the canister states them.
pub(crate) async fn head<C: Client>(grants: &Remote<C>) -> Result<(u64, Vec<u8>), Failure> {
    let head = grants.ask(GET_CERTIFIED_HEAD).await?;
    Ok((head.length, head.head.into_vec()))
}

/// True when the journal still has the event that was its head when it had `length` events.
pub(crate) async fn extends<C: Client>(
    grants: &Remote<C>,
    length: u64,
    head: &[u8],
) -> Result<bool, Failure> {
    let Some(start) = length.checked_sub(1) else { return Ok(true) };
    let page = grants.query(GET_EVENTS, &GetEventsArgs { start, length: 1 }).await?;
    Ok(page.events.first().is_some_and(|event| event.hash.as_slice() == head))
}

impl From<Violation> for Found {
    fn from(violation: Violation) -> Self {
        let Violation { rule, entity, id, message } = violation;
        Self { rule, entity, id, message }
    }
}

/// Checks everything. The identity of `grants` must be allowed to validate.
pub(crate) async fn validate<C: Client>(
    grants: &Remote<C>,
    progress: &Progress,
) -> Result<Validation, Failure> {
    let mut found = Validation::default();
    let mut cursor = None;
    loop {
        progress.say(format_args!("validating: {} records checked", found.checked));
        let args = ValidateStateArgs { cursor: cursor.take(), max_items: ITEMS };
        let report = grants.query(VALIDATE_STATE, &args).await?;
        found.checked = found.checked.saturating_add(report.checked);
        for violation in report.violations {
            found.violation_count += 1;
            if found.violations.len() < LISTED {
                found.violations.push(violation.into());
            }
        }
        cursor = report.next;
        if cursor.is_none() {
            break;
        }
    }
    found.journal = journal(grants, progress).await?;
    found.ok = found.violation_count == 0 && found.journal.chain_ok && found.journal.certified;
    Ok(found)
}

/// Walks the journal from its beginning and compares the end with the certified head.
async fn journal<C: Client>(grants: &Remote<C>, progress: &Progress) -> Result<Journal, Failure> {
    let mut chain = Chain::default();
    let head = loop {
        walk(grants, &mut chain, progress).await?;
        let head = grants.ask(GET_CERTIFIED_HEAD).await?;
        // The journal may have grown since; events between are walked as well.
        if head.length <= chain.next || chain.problem.is_some() {
            break head;
        }
    };
    let mut journal = Journal {
        events: chain.next,
        head: hex::encode(&chain.head),
        chain_ok: chain.problem.is_none(),
        certified: false,
        problem: chain.problem,
    };
    if journal.problem.is_some() {
        return Ok(journal);
    }
    let Some(certificate) = head.certificate else {
        journal.problem = Some("the head came without a certificate".to_owned());
        return Ok(journal);
    };
    let witness = head.witness.as_ref().map(|witness| witness.as_slice());
    match grants.client.certified_data(grants.canister, &certificate) {
        Err(failure) => journal.problem = Some(failure.message),
        Ok(_) if head.head.as_slice() != chain.head => {
            journal.problem = Some(format!(
                "the canister names the head {} and the events end in {}",
                hex::encode(&head.head),
                journal.head
            ));
        }
        Ok(signed) => match verify_head(&signed, &chain.head, witness) {
            Ok(()) => journal.certified = true,
            Err(fault) => journal.problem = Some(fault.to_string()),
        },
    }
    Ok(journal)
}

async fn walk<C: Client>(
    grants: &Remote<C>,
    chain: &mut Chain,
    progress: &Progress,
) -> Result<(), Failure> {
    loop {
        let args = GetEventsArgs { start: chain.next, length: EVENTS };
        let page = grants.query(GET_EVENTS, &args).await?;
        let empty = page.events.is_empty();
        for event in &page.events {
            chain.add(event);
        }
        progress.say(format_args!("validating: {}/{} events", chain.next, page.total));
        if chain.next >= page.total || chain.problem.is_some() {
            return Ok(());
        }
        if empty {
            let message = format!("event {} of {} is missing", chain.next, page.total);
            return Err(Failure::new(Exit::Degraded, "cli.journal", message));
        }
    }
}

/// The journal as far as it was walked.
#[derive(Debug)]
struct Chain {
    next: u64,
    head: Vec<u8>,
    problem: Option<String>,
}

impl Default for Chain {
    fn default() -> Self {
        // Before the first event stands a hash of zeros.
        Self { next: 0, head: vec![0; 32], problem: None }
    }
}

impl Chain {
    fn add(&mut self, event: &Event) {
        if self.problem.is_some() {
            return;
        }
        let computed = Sha256::digest(&event.data).to_vec();
        let carries = event.data.get(PREV_HASH) == Some(self.head.as_slice());
        let wrong = if event.index != self.next {
            Some("is not the next one")
        } else if event.prev_hash.as_slice() != self.head.as_slice() {
            Some("does not name the hash of the one before it")
        } else if !carries {
            Some("does not contain the hash of the one before it")
        } else if event.hash.as_slice() != computed.as_slice() {
            Some("does not have the hash it claims")
        } else {
            None
        };
        if let Some(problem) = wrong {
            self.problem = Some(format!("event {} {problem}", event.index));
        } else {
            self.next += 1;
            self.head = computed;
        }
    }
}

impl Report for SuiteValidation {
    const SCHEMA: &'static str = "granary.validate/2";

    fn text(&self, page: &mut Page) {
        for Validated { name, canister, found } in &self.canisters {
            page.title(&format!("{name} {canister}"));
            found.text(page);
        }
        if self.canisters.len() > 1 || !self.between.is_empty() {
            page.title("between them");
            let state = mark(page, self.between.is_empty());
            page.line(format!("invariants  {state}  {} violations", self.between.len()));
            listed(page, &self.between);
        }
        if !self.connections.is_empty() {
            page.title("connections");
        }
        for Connection { from, to, reached, reason } in &self.connections {
            let state = mark(page, *reached);
            page.line(format!("{from} to {to}  {state}  {}", cut(reason, 120)));
        }
    }
}

fn mark(page: &Page, good: bool) -> String {
    if good { page.paint(Tone::Good, "ok") } else { page.paint(Tone::Bad, "WRONG") }
}

fn listed(page: &mut Page, violations: &[Found]) {
    for Found { rule, entity, id, message } in violations.iter().take(LISTED) {
        page.line(format!("  {rule} {entity} {id}: {}", cut(message, 120)));
    }
}

impl Validation {
    fn text(&self, page: &mut Page) {
        let (state, chain, signed) = (
            mark(page, self.violation_count == 0),
            mark(page, self.journal.chain_ok),
            mark(page, self.journal.certified),
        );
        page.line(format!(
            "invariants  {state}  {} records checked, {} violations",
            self.checked, self.violation_count
        ));
        page.line(format!(
            "journal     {chain}  {} events, head {}",
            self.journal.events, self.journal.head
        ));
        let by =
            if self.journal.certified { "signed by the subnet" } else { "nobody signed this head" };
        page.line(format!("certificate {signed}  {by}"));
        if let Some(problem) = &self.journal.problem {
            page.line(format!("            {}", cut(problem, 160)));
        }
        listed(page, &self.violations);
    }
}

#[cfg(test)]
mod tests {
    use candid::Principal;
    use granary_api::{
        Error,
        common::{CertifiedHead, EventPage, ValidationReport},
    };
    use serde_bytes::ByteBuf;

    use super::*;
    use crate::client::fake::Answers;

    /// A journal of five events as a canister stores them.
    fn events() -> Vec<Event> {
        let mut prev = vec![0; 32];
        (0..5_u64)
            .map(|index| {
                let mut data = vec![1];
                data.extend_from_slice(&prev);
                data.extend_from_slice(&index.to_be_bytes());
                let hash = Sha256::digest(&data).to_vec();
                let prev_hash = ByteBuf::from(std::mem::replace(&mut prev, hash.clone()));
                Event {
                    index,
                    hash: ByteBuf::from(hash),
                    prev_hash,
                    at_ns: 0,
                    actor: Principal::anonymous(),
                    trace_id: 0,
                    kind: "Test".to_owned(),
                    subject: 0,
                    data: ByteBuf::from(data),
                }
            })
            .collect()
    }

    fn canister(events: Vec<Event>, signed: Vec<u8>, certificate: bool) -> Answers {
        let total = u64::try_from(events.len()).expect("few");
        let head = CertifiedHead {
            length: total,
            head: events.last().expect("some").hash.clone(),
            certificate: certificate.then(|| ByteBuf::from([1])),
            witness: None,
        };
        let nothing = ValidationReport { violations: Vec::new(), checked: 7, next: None };
        Answers::default()
            .result("validate_state", &Ok(nothing))
            .plain("get_certified_head", &head)
            .certified(signed)
            .raw("get_events", move |arg| {
                let args: GetEventsArgs = candid::decode_one(arg).expect("arguments");
                // Two at a time, so that the pages meet in the middle of the chain.
                let page = events.iter().filter(|event| event.index >= args.start).take(2);
                let page = EventPage { events: page.cloned().collect(), total };
                Ok(candid::encode_one(Ok::<_, Error>(page)).expect("encodes"))
            })
    }

    fn head() -> Vec<u8> {
        events().last().expect("some").hash.to_vec()
    }

    async fn judge(answers: Answers) -> Validation {
        validate(&answers.grants(), &Progress::hidden()).await.expect("answers")
    }

    #[tokio::test]
    async fn an_honest_journal_holds() {
        let found = judge(canister(events(), head(), true)).await;
        assert!(found.ok, "{found:?}");
        assert_eq!((found.checked, found.journal.events), (7, 5));
    }

    #[tokio::test]
    async fn every_kind_of_forgery_is_found() {
        let forge: [fn(&mut Vec<Event>); 4] = [
            |events| events[2].data[40] ^= 1,
            |events| events[2].prev_hash = ByteBuf::from([9; 32]),
            |events| events[2].data[5] ^= 1,
            |events| events[2].index = 7,
        ];
        for (number, forge) in forge.into_iter().enumerate() {
            let mut events = events();
            forge(&mut events);
            let signed = events.last().expect("some").hash.to_vec();
            let mut chain = Chain::default();
            for event in &events {
                chain.add(event);
            }
            assert!(chain.problem.is_some(), "forgery {number}");
            if number < 3 {
                let found = judge(canister(events, signed, true)).await;
                assert!(!found.ok && !found.journal.chain_ok, "forgery {number}: {found:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_missing_event_is_found() {
        let mut events = events();
        let (length, head) = (5, events[4].hash.clone());
        let head = CertifiedHead { length, head, certificate: None, witness: None };
        events.truncate(4);
        let answers = Answers::default()
            .result(
                "validate_state",
                &Ok(ValidationReport { violations: Vec::new(), checked: 0, next: None }),
            )
            .plain("get_certified_head", &head)
            .raw("get_events", move |arg| {
                let args: GetEventsArgs = candid::decode_one(arg).expect("arguments");
                let page = events.iter().filter(|event| event.index >= args.start);
                let page = EventPage { events: page.cloned().collect(), total: 5 };
                Ok(candid::encode_one(Ok::<_, Error>(page)).expect("encodes"))
            });
        let failure = validate(&answers.grants(), &Progress::hidden()).await.expect_err("missing");
        assert_eq!(failure.exit, Exit::Degraded);
    }

    #[tokio::test]
    async fn a_head_nobody_signed_is_found() {
        let found = judge(canister(events(), vec![3; 32], true)).await;
        assert!(!found.ok && found.journal.chain_ok && !found.journal.certified, "{found:?}");
        let found = judge(canister(events(), head(), false)).await;
        assert!(!found.ok && !found.journal.certified, "{found:?}");
    }

    #[tokio::test]
    async fn violations_make_it_fail_and_are_counted() {
        let violation = Violation {
            rule: "G1".to_owned(),
            entity: "program".to_owned(),
            id: 3,
            message: "the budget does not add up".to_owned(),
        };
        let report = ValidationReport { violations: vec![violation], checked: 9, next: None };
        let answers = canister(events(), head(), true).result("validate_state", &Ok(report));
        let found = judge(answers).await;
        assert!(!found.ok);
        assert_eq!((found.violation_count, found.violations[0].rule.as_str()), (1, "G1"));
    }
}
