//! What a live canister has done since it was saved, by its journal.

use std::collections::BTreeMap;

use granary_api::common::GetEventsArgs;

use crate::{
    client::{Client, common::GET_EVENTS, remote::Remote},
    failure::Failure,
    operations::validate,
    render::Progress,
};

/// Events fetched by one call.
const EVENTS: u32 = 200;

/// What canisters note by themselves, and would note again: drains of backups and releases, looks
/// at prices, ledgers and other canisters and who did not answer, commitments to what they hold.
/// Nobody asked for it.
const BY_ITSELF: [&str; 11] = [
    "DrainStarted",
    "DrainEnded",
    "SnapshotRestored",
    "CommitmentMade",
    "TreasuryRefreshed",
    "OutcomeRecorded",
    "PriceAsked",
    "PriceUpdated",
    "PriceFailed",
    "ReconcileStarted",
    "Reconciled",
];

/// What has happened since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// Nothing that somebody was told of.
    Nothing,
    /// Work, so many events of each kind.
    Work(BTreeMap<String, u64>),
    /// Its journal does not go on from the one that was saved: it was restored or installed anew.
    Another,
}

impl Since {
    /// Why going back would lose something; none when it would not.
    pub(crate) fn loss(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Another => Some("has another history than the one that was saved".to_owned()),
            Self::Work(kinds) => {
                let kinds: Vec<_> =
                    kinds.iter().map(|(kind, count)| format!("{kind} {count}×")).collect();
                Some(format!("did work since it was saved ({})", kinds.join(", ")))
            }
        }
    }
}

/// What the canister has done since its journal had `events` entries and ended in `head`.
pub(crate) async fn since<C: Client>(
    remote: &Remote<C>,
    events: u64,
    head: &str,
    progress: &Progress,
) -> Result<Since, Failure> {
    let (total, _) = validate::head(remote).await?;
    let head = hex::decode(head).unwrap_or_default();
    if total < events || !validate::extends(remote, events, &head).await? {
        return Ok(Since::Another);
    }
    let mut kinds = BTreeMap::<String, u64>::new();
    let mut next = events;
    while next < total {
        progress.say(format_args!("reading events: {next}/{total}"));
        let page = remote.query(GET_EVENTS, &GetEventsArgs { start: next, length: EVENTS }).await?;
        if page.events.is_empty() {
            break;
        }
        for event in &page.events {
            next += 1;
            if !BY_ITSELF.contains(&event.kind.as_str()) {
                *kinds.entry(event.kind.clone()).or_default() += 1;
            }
        }
    }
    Ok(if kinds.is_empty() { Since::Nothing } else { Since::Work(kinds) })
}

#[cfg(test)]
mod tests {
    use candid::Principal;
    use granary_api::{
        Error,
        common::{CertifiedHead, Event, EventPage},
    };
    use serde_bytes::ByteBuf;

    use super::*;
    use crate::client::fake::{Answers, FakeClient};

    /// A canister whose journal has these events; each has its number as its hash.
    fn canister(kinds: &'static [&'static str]) -> Remote<FakeClient> {
        let length = u64::try_from(kinds.len()).expect("few");
        let head = ByteBuf::from(vec![0]);
        let head = CertifiedHead { length, head, certificate: None, witness: None };
        Answers::default()
            .plain("get_certified_head", &head)
            .raw("get_events", move |arg| {
                let args: GetEventsArgs = candid::decode_one(arg).expect("arguments");
                let start = usize::try_from(args.start).expect("small");
                let count = usize::try_from(args.length).expect("small");
                let taken = kinds.iter().enumerate().skip(start).take(count);
                let events = taken.map(|(at, kind)| Event {
                    index: u64::try_from(at).expect("small"),
                    hash: ByteBuf::from(vec![u8::try_from(at).expect("small")]),
                    prev_hash: ByteBuf::new(),
                    at_ns: 0,
                    actor: Principal::anonymous(),
                    trace_id: 0,
                    kind: (*kind).to_owned(),
                    subject: 0,
                    data: ByteBuf::new(),
                });
                let page = EventPage { events: events.collect(), total: length };
                let answer: Result<EventPage, Error> = Ok(page);
                Ok(candid::encode_one(&answer).expect("encodes"))
            })
            .grants()
    }

    #[tokio::test]
    async fn work_is_told_from_what_happens_by_itself() {
        let idle = canister(&["Installed", "DrainStarted", "DrainEnded", "CommitmentMade"]);
        let hidden = Progress::hidden();
        assert_eq!(since(&idle, 2, "01", &hidden).await, Ok(Since::Nothing));
        assert_eq!(since(&idle, 4, "03", &hidden).await, Ok(Since::Nothing));
        // Another event in its place, or fewer events: another history.
        assert_eq!(since(&idle, 2, "07", &hidden).await, Ok(Since::Another));
        assert_eq!(since(&idle, 5, "04", &hidden).await, Ok(Since::Another));
        let busy = canister(&["Installed", "DrainStarted", "DrainEnded", "UserRegistered"]);
        let found = since(&busy, 2, "01", &hidden).await.expect("reads");
        let loss = found.loss().expect("a loss");
        assert!(loss.contains("UserRegistered 1×"), "{loss}");
    }
}
