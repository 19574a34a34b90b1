//! Payments as this tool shows them: exact amounts, whole destinations, and what happens next.

use granary_api::{
    common::Receipt,
    execution::{AdoptedAsset, Destination, Intent, IntentDetails, IntentState, Origin},
    portfolio::ExternalRef,
};
use serde::Serialize;

use super::{
    Page, Report, more, name,
    page::{Tone, cut},
    short,
};
use crate::{account, amount, date};

/// An amount of an asset for people; in smallest units when the asset is not known.
pub(super) fn money(units: u128, asset: Option<&AdoptedAsset>) -> String {
    asset.map_or_else(
        || format!("{units} units"),
        |asset| format!("{} {}", amount::grouped(units, asset.decimals), asset.symbol),
    )
}

/// A payment.
#[derive(Debug, Serialize)]
pub(crate) struct Payment {
    id: u64,
    state: String,
    asset: u64,
    symbol: String,
    amount_units: String,
    amount: String,
    fee_units: String,
    to: String,
    /// `grant`, `plan`, `manual` or `cycles`.
    origin: &'static str,
    grant: Option<u64>,
    /// Number of the payout at `micro_grants`.
    payout: Option<u64>,
    initiator: String,
    key: String,
    approvals_needed: u32,
    approvals: Vec<String>,
    attempts: u32,
    /// The ledger's block, or the Bitcoin output, that moved the money.
    block: Option<u64>,
    output: Option<String>,
    booked: bool,
    reason: Option<String>,
    delayed_until: Option<String>,
    created_at: String,
    expires_at: String,
    settled_at: Option<String>,
    #[serde(skip)]
    tone: Tone,
    #[serde(skip)]
    fee: String,
}

impl Payment {
    pub(crate) fn new(intent: &Intent, assets: &[AdoptedAsset]) -> Self {
        let asset = assets.iter().find(|asset| asset.asset == intent.asset);
        let (origin, grant, payout) = match intent.origin {
            Origin::Grant { grant, payout } => ("grant", Some(grant), Some(payout)),
            Origin::Plan { .. } => ("plan", None, None),
            Origin::Manual => ("manual", None, None),
            Origin::CyclesTopUp { .. } => ("cycles", None, None),
        };
        let (block, output) = match &intent.external_ref {
            Some(ExternalRef::Icrc { block, .. }) => (Some(*block), None),
            Some(ExternalRef::Btc { txid, vout }) => {
                (None, Some(format!("{}:{vout}", hex::encode(txid))))
            }
            None => (None, None),
        };
        Self {
            id: intent.id,
            state: name(&intent.state),
            asset: intent.asset,
            symbol: asset.map_or_else(String::new, |asset| asset.symbol.clone()),
            amount_units: intent.amount_units.to_string(),
            amount: money(intent.amount_units, asset),
            fee_units: intent.fee_units.to_string(),
            to: match &intent.destination {
                Destination::Icrc(to) => account::format(to),
                Destination::Btc { address, .. } => address.clone(),
            },
            origin,
            grant,
            payout,
            initiator: intent.initiator.to_text(),
            key: intent.idempotency_key.clone(),
            approvals_needed: intent.approvals_needed,
            approvals: intent.approvals.iter().map(candid::Principal::to_text).collect(),
            attempts: intent.attempts,
            block,
            output,
            booked: intent.booked,
            reason: intent.reason.clone(),
            delayed_until: intent.eta_ns.map(date::iso),
            created_at: date::iso(intent.created_at_ns),
            expires_at: date::iso(intent.expires_at_ns),
            settled_at: intent.settled_at_ns.map(date::iso),
            tone: tone(intent.state),
            fee: money(intent.fee_units, asset),
        }
    }

    /// What it is for, in few words.
    fn purpose(&self) -> String {
        match (self.grant, self.payout) {
            (Some(grant), Some(payout)) => format!("grant {grant}, payout {payout}"),
            _ => self.origin.to_owned(),
        }
    }
}

const fn tone(state: IntentState) -> Tone {
    match state {
        IntentState::Settled => Tone::Good,
        IntentState::Denied | IntentState::Unknown | IntentState::Quarantined => Tone::Bad,
        IntentState::AwaitingApproval | IntentState::Assessed | IntentState::Reconciling => {
            Tone::Warning
        }
        IntentState::Cancelled | IntentState::Expired => Tone::Faint,
        IntentState::Created
        | IntentState::Timelocked
        | IntentState::Ready
        | IntentState::Submitting => Tone::Strong,
    }
}

impl Report for Payment {
    const SCHEMA: &'static str = "granary.payment_row/1";

    fn text(&self, page: &mut Page) {
        let state = page.paint(self.tone, &self.state);
        page.line(format!("{} {state} {} to {}", self.id, self.amount, self.to));
    }
}

/// A page of payments.
#[derive(Debug, Serialize)]
pub(crate) struct Payments {
    pub(crate) items: Vec<Payment>,
    pub(crate) next: Option<u64>,
}

impl Report for Payments {
    const SCHEMA: &'static str = "granary.payments/1";

    fn text(&self, page: &mut Page) {
        let row = |payment: &Payment| {
            vec![
                payment.id.to_string(),
                payment.state.clone(),
                payment.amount.clone(),
                short(&payment.to),
                payment.purpose(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "amount", "to", "for"], &[0, 2], &rows);
        more(page, self.next);
    }
}

/// A payment with everything that is known about it.
#[derive(Debug, Serialize)]
pub(crate) struct Details {
    #[serde(flatten)]
    payment: Payment,
    /// What an approver approves.
    digest: String,
    /// What the transfer carries.
    memo: String,
    attempt: Attempt,
    /// The newest ten, oldest first.
    errors: Vec<Trouble>,
    /// Number of the reservation at `risk_guard`.
    reservation: Option<u64>,
    /// Number of the entry in `portfolio`.
    entry: Option<u64>,
    /// True when it was found paid after a restore.
    found: bool,
    /// True when its block stands in Suspense until a person corrects it.
    for_people: bool,
    next_look_at: Option<String>,
    /// What happens next, in one sentence.
    next: String,
}

#[derive(Debug, Serialize)]
struct Attempt {
    number: u32,
    sends: u32,
    created_at: Option<String>,
    from_block: u64,
    next_block: u64,
}

#[derive(Debug, Serialize)]
struct Trouble {
    at: String,
    kind: String,
    reason: String,
}

impl Details {
    pub(crate) fn new(details: &IntentDetails, assets: &[AdoptedAsset]) -> Self {
        let attempt = details.attempt;
        let trouble = |error: &granary_api::execution::StepError| Trouble {
            at: date::iso(error.at_ns),
            kind: error.kind.clone(),
            reason: error.reason.clone(),
        };
        Self {
            payment: Payment::new(&details.intent, assets),
            digest: hex::encode(&details.digest),
            memo: hex::encode(&details.memo),
            attempt: Attempt {
                number: attempt.number,
                sends: attempt.sends,
                created_at: (attempt.number > 0).then(|| date::iso(attempt.created_at_ns)),
                from_block: attempt.from_block,
                next_block: attempt.next_block,
            },
            errors: details.errors.iter().map(trouble).collect(),
            reservation: details.reservation,
            entry: details.entry,
            found: details.found,
            for_people: details.for_people,
            next_look_at: details.next_at_ns.map(date::iso),
            next: next(details),
        }
    }

    /// What is approved, whole, so that nobody approves what they did not see.
    pub(crate) fn approved(&self) -> String {
        let Payment { id, amount, to, .. } = &self.payment;
        format!("approve payment {id}: {amount} to {to}, digest {}", self.digest)
    }

    /// Where it stands, in one line.
    pub(crate) fn headline(&self) -> String {
        format!("payment {} is {}", self.payment.id, self.payment.state)
    }

    fn course(&self, page: &mut Page) {
        let Payment { attempts, block, output, .. } = &self.payment;
        if *attempts > 0 {
            let Attempt { sends, from_block, .. } = self.attempt;
            page.field("attempts", format!("{attempts}, sent {sends}×, from block {from_block}"));
        }
        if let Some(reservation) = self.reservation {
            page.field("reservation", format!("{reservation} at the guard"));
        }
        if let Some(block) = block {
            page.field("block", format!("{block} of the ledger"));
        }
        if let Some(output) = output {
            page.field("output", output);
        }
        if let Some(entry) = self.entry {
            page.field("entry", format!("{entry} in the books"));
        }
        for Trouble { at, kind, reason } in &self.errors {
            page.field("error", format!("{at} {kind}"));
            page.field("", cut(reason, 200));
        }
    }
}

/// How many people must still approve.
pub(crate) fn missing_approvals(intent: &Intent) -> usize {
    let needed = usize::try_from(intent.approvals_needed).unwrap_or(usize::MAX);
    needed.saturating_sub(intent.approvals.len())
}

/// A digest on a line of its own: with a label before it, it would not fit a narrow terminal.
fn digest(page: &mut Page, digest: &str) {
    page.field("digest", "");
    page.line(format!("    {digest}"));
}

/// What happens next, and who does it.
fn next(details: &IntentDetails) -> String {
    let intent = &details.intent;
    let id = intent.id;
    let then = details.next_at_ns.map(|at| format!(" at {}", date::iso(at))).unwrap_or_default();
    match intent.state {
        IntentState::Created => format!("the guard is asked what it needs{then}"),
        IntentState::Assessed => format!("the guard is asked again{then}"),
        IntentState::AwaitingApproval => match missing_approvals(intent) {
            0 => "all approvals are there, and it goes on by itself".to_owned(),
            missing => format!("{missing} more must approve: granary payments approve {id}"),
        },
        IntentState::Timelocked => {
            let end = intent.eta_ns.map_or_else(String::new, date::iso);
            format!("it is sent after {end}; to stop it: granary payments cancel {id}")
        }
        IntentState::Ready => format!("it is sent when guard and ledger let it{then}"),
        IntentState::Submitting => "it is on its way".to_owned(),
        IntentState::Unknown | IntentState::Reconciling => {
            format!("the ledger is searched for it{then}; do not pay it in another way")
        }
        IntentState::Settled if details.for_people => {
            "its block stands in Suspense until a person corrects the books".to_owned()
        }
        IntentState::Settled if !intent.booked => "books and guard are told".to_owned(),
        IntentState::Settled => "nothing: it is paid and booked".to_owned(),
        IntentState::Cancelled | IntentState::Expired | IntentState::Denied => {
            match intent.origin {
                Origin::Grant { payout, .. } => {
                    format!("nothing was paid; to try again: granary payments retry {payout}")
                }
                Origin::Plan { .. } | Origin::Manual | Origin::CyclesTopUp { .. } => {
                    "nothing: it ended, and nothing was paid".to_owned()
                }
            }
        }
        IntentState::Quarantined => {
            format!("a governor says what became of it: granary payments resolve {id}")
        }
    }
}

impl Report for Details {
    const SCHEMA: &'static str = "granary.payment/1";

    fn text(&self, page: &mut Page) {
        let payment = &self.payment;
        let state = page.paint(payment.tone, &payment.state);
        page.line(format!("payment {}: {state}", payment.id));
        page.field("amount", format!("{} + {} fee", payment.amount, payment.fee));
        page.field("to", cut(&payment.to, 200));
        page.field("for", payment.purpose());
        page.field("submitted by", &payment.initiator);
        page.field("key", cut(&payment.key, 64));
        let approved = payment.approvals.len();
        page.field("approvals", format!("{approved} of {}", payment.approvals_needed));
        for approver in &payment.approvals {
            page.field("approved by", approver);
        }
        self.course(page);
        digest(page, &self.digest);
        page.field("created", &payment.created_at);
        match &payment.settled_at {
            Some(at) => page.field("paid", at),
            None => page.field("expires", &payment.expires_at),
        }
        page.field("next", &self.next);
    }
}

/// An approval that was given, with what was approved.
#[derive(Debug, Serialize)]
pub(crate) struct Approval {
    id: u64,
    event: u64,
    at: String,
    amount_units: String,
    amount: String,
    asset: u64,
    symbol: String,
    to: String,
    digest: String,
    approvals_needed: u32,
}

impl Approval {
    pub(crate) fn new(shown: Details, receipt: &Receipt) -> Self {
        let Details { payment, digest, .. } = shown;
        Self {
            id: payment.id,
            event: receipt.event,
            at: date::iso(receipt.at_ns),
            amount_units: payment.amount_units,
            amount: payment.amount,
            asset: payment.asset,
            symbol: payment.symbol,
            to: payment.to,
            digest,
            approvals_needed: payment.approvals_needed,
        }
    }
}

impl Report for Approval {
    const SCHEMA: &'static str = "granary.approval/1";

    fn text(&self, page: &mut Page) {
        let done = page.paint(Tone::Good, "approved");
        page.line(format!("{done} payment {} (event {}, {})", self.id, self.event, self.at));
        page.field("amount", &self.amount);
        page.field("asset", format!("{} ({})", self.asset, self.symbol));
        page.field("to", cut(&self.to, 200));
        digest(page, &self.digest);
    }
}

#[cfg(test)]
pub(crate) mod fixtures {
    //! A payment that waits for one more person.

    use candid::Principal;
    use granary_api::{execution as wire, portfolio::LedgerAccount};
    use serde_bytes::ByteBuf;

    const AT: u64 = 1_532_513_472_000_000_000;

    fn someone(number: u8) -> Principal {
        Principal::from_slice(&[number; 29])
    }

    pub(crate) fn asset() -> wire::AdoptedAsset {
        wire::AdoptedAsset {
            asset: 1,
            symbol: "TUSD".to_owned(),
            decimals: 6,
            ledger: Principal::from_slice(&[1; 10]),
            treasury: LedgerAccount::from(Principal::from_slice(&[2; 10])),
            fee_units: 10_000,
            fee_at_ns: AT,
            known_blocks: 7,
            set_aside_units: 0,
            paid_units: 1_500_000,
            cleared: true,
            looking_at: None,
            orphans: 0,
            breaker: "closed".to_owned(),
            adopted_at_ns: AT,
        }
    }

    pub(crate) fn details() -> wire::IntentDetails {
        wire::IntentDetails {
            intent: wire::Intent {
                id: 3,
                idempotency_key: "invoice-17".to_owned(),
                origin: wire::Origin::Manual,
                initiator: someone(3),
                asset: 1,
                destination: wire::Destination::Icrc(LedgerAccount::from(someone(4))),
                amount_units: 1_000_500_000,
                fee_units: 10_000,
                state: wire::IntentState::AwaitingApproval,
                external_ref: None,
                booked: false,
                attempts: 0,
                reason: None,
                approvals_needed: 2,
                approvals: vec![someone(5)],
                eta_ns: None,
                created_at_ns: AT,
                expires_at_ns: AT + 86_400_000_000_000,
                settled_at_ns: None,
            },
            digest: ByteBuf::from([7; 32]),
            memo: ByteBuf::from([8; 32]),
            attempt: wire::Attempt {
                number: 0,
                created_at_ns: 0,
                from_block: 0,
                sends: 0,
                next_block: 0,
            },
            errors: vec![wire::StepError {
                number: 1,
                at_ns: AT,
                kind: "timeout".to_owned(),
                reason: "assess: no answer\u{1b}[31m".to_owned(),
            }],
            next_at_ns: None,
            reservation: None,
            entry: None,
            found: false,
            for_people: false,
        }
    }
}
