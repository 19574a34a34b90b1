//! Stable memory with many intents that were paid, booked and told, and a few on their way.

use candid::Principal;
use execution_core::{
    errors::ExecutionError,
    records::{Needs, Role},
    rules::{
        assets::Facts,
        booking::Booked,
        funds::Funds,
        guard::{Assessment, Reserved},
        next::Ask,
        sent::Sent,
        submit_intent::{Destination, Submission},
    },
    store::{Outcome, Step, Store, Ticket},
    types::{Account, Origin},
};
use granary_kernel::{Ctx, Install, Profile};
use granary_tests::people::{Who, person};
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;

use crate::subject;

/// Time of the first intent: the network's earliest time and a day.
const BEGIN_NS: u64 = 1_620_414_000_000_000_000;
/// Between two intents: longer than the quota of a submitter takes to come back.
const STEP_NS: u64 = 20_000_000_000;
const HOUR_NS: u64 = 3_600_000_000_000;

/// Assets that are paid.
pub(crate) const ASSETS: u64 = 4;
/// One intent in so many stays on its way, waiting for two approvals.
pub(crate) const ONE_OPEN_IN: u64 = 1_000;
const FEE: u128 = 10;
/// Questions that one intent needs at most.
const MOST_STEPS: u32 = 12;

/// A growing state.
pub(crate) struct Seed {
    memory: VectorMemory,
    store: Store<VectorMemory>,
    rows: u64,
}

impl Seed {
    /// An installed canister that pays four assets.
    pub(crate) fn new() -> Result<Self, String> {
        let memory = VectorMemory::default();
        let roles = [
            (Role::MicroGrants, Who::Service),
            (Role::Treasurer, Who::Treasurer),
            (Role::Approver, Who::Reviewer),
            (Role::Auditor, Who::Auditor),
            (Role::Operator, Who::Operator),
        ];
        let base = Install {
            governor: Who::Governor.principal(),
            roles: roles.map(|(role, who)| (role, who.principal())).to_vec(),
            profile: Profile::Testing,
            importing: false,
            peers: peers(),
            code_version: "0.1.0".to_owned(),
        };
        let ctx = ctx(Who::Operator.principal(), BEGIN_NS - HOUR_NS);
        let mut store = Store::install(memory.clone(), base, &ctx).map_err(|e| e.to_string())?;
        for number in 1..=ASSETS {
            store.adopt_asset(&ctx, number, &facts(number), &treasury()).map_err(words)?;
        }
        Ok(Self { memory, store, rows: 0 })
    }

    fn add(&mut self, number: u64) -> Result<(), String> {
        let now = BEGIN_NS + number * STEP_NS;
        let submitter = ctx(Who::Service.principal(), now);
        let intent = self.store.submit_intent(&submitter, &submission(number)).map_err(words)?.id;
        let clock = ctx(treasury(), now);
        for _ in 0..MOST_STEPS {
            let ticket = match self.store.begin_step(&clock, intent).map_err(words)? {
                Step::Call(ticket) => ticket,
                Step::Over | Step::Wait(_) => return Ok(()),
            };
            let outcome = answer(&ticket, number)?;
            self.store.settle(&clock, &ticket, outcome).map_err(words)?;
        }
        Err(format!("intent {intent} asks for ever"))
    }
}

/// What lets the intent pass.
fn answer(ticket: &Ticket, number: u64) -> Result<Outcome, String> {
    let approvals = if number.is_multiple_of(ONE_OPEN_IN) { 2 } else { 0 };
    let needs = Needs { policy: 1, approvals, ..Needs::default() };
    let until = Timestamp::from_nanos(BEGIN_NS + number * STEP_NS + HOUR_NS);
    Ok(match ticket.ask {
        Ask::Assess => Outcome::Assessed(Ok(Assessment::Allowed(needs))),
        Ask::Reserve => Outcome::Reserved(Ok(Reserved::Held { id: number, until, needs })),
        Ask::Funds => {
            let (balance, moves) = (1 << 100, ticket.asset.moves);
            Outcome::Funds(Ok(Funds { balance, fee: FEE, length: number + 1, moves }))
        }
        Ask::Transfer { .. } => Outcome::Sent(Sent::Moved { block: number + 1 }),
        Ask::Book => Outcome::Booked(Booked::Posted { entry: number + 1 }),
        Ask::Commit => Outcome::Committed(Ok(true)),
        ref other => return Err(format!("intent {} asks {other:?}", ticket.wire)),
    })
}

impl subject::Seed for Seed {
    fn grow_to(&mut self, rows: u64) -> Result<(), String> {
        while self.rows < rows {
            self.add(self.rows)?;
            self.rows += 1;
        }
        let totals = self.store.totals();
        match totals.unbooked {
            0 => Ok(()),
            some => Err(format!("{some} intents are not booked")),
        }
    }

    fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    fn time_after(&self, rows: u64) -> u64 {
        BEGIN_NS + rows * STEP_NS + HOUR_NS
    }
}

/// The payout with this number, to one of many.
fn submission(number: u64) -> Submission {
    Submission {
        key: format!("payout-{number}"),
        origin: Origin::Grant { grant: number / 5, payout: number },
        asset: number % ASSETS + 1,
        destination: Destination::Icrc { owner: payee(number), subaccount: None },
        amount: 1_000,
        announcement: None,
        expires_at: None,
    }
}

/// Who receives the payout with this number.
pub(crate) fn payee(number: u64) -> Principal {
    person(&format!("payee {}", number % 5_000))
}

fn treasury() -> Principal {
    person("treasury")
}

fn peers() -> Vec<granary_kernel::Peer> {
    ["portfolio", "risk_guard"]
        .map(|name| granary_kernel::Peer { name: name.to_owned(), canister: person(name) })
        .to_vec()
}

fn facts(number: u64) -> Facts {
    Facts {
        ledger: person(&format!("ledger {number}")),
        treasury: Account { owner: treasury(), subaccount: [0; 32] },
        decimals: 8,
        symbol: *b"TUSD\0\0\0\0\0\0\0\0",
        fee: FEE,
        length: 1,
    }
}

fn words(error: ExecutionError) -> String {
    granary_errors::Error::from(error).to_string()
}

fn ctx(actor: Principal, now_ns: u64) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now_ns), actor, trace_id: now_ns }
}
