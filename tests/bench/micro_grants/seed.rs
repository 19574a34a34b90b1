//! Stable memory with up to a million applications.

use candid::Principal;
use granary_stable::record;
use granary_tests::people::{Who, person, reviewer};
use ic_stable_structures::VectorMemory;
use micro_grants_core::{
    records::{Asset, Bounds, Content, Dimension, Profile, Role},
    rules::{Ctx, create_program::Input, terms::Terms},
    store::{Install, Store, SubmitInput},
    types::{Duration, Timestamp, Units},
};

use crate::subject;

/// Time of the first application: the network's earliest time and a day.
const BEGIN_NS: u64 = 1_620_414_000_000_000_000;
/// Between two applications.
const STEP_NS: u64 = 1_000_000_000;
const DAY_NS: u64 = 86_400_000_000_000;

/// Programmes the applications are spread over.
pub(crate) const PROGRAMS: u64 = 10;
/// Applications of one applicant, spread over the whole time.
pub(crate) const PER_APPLICANT: u64 = 5;
/// Bytes of an application's body as it is stored. Figures are compared at a record of 463 bytes;
/// its applicant, programme, state, version, times and grant (63 bytes) are in the row here.
pub(crate) const BODY_BYTES: usize = 463 - 63;
/// What each application asks for, units.
pub(crate) const AMOUNT: u128 = 25_000_000;

/// A growing state.
pub(crate) struct Seed {
    memory: VectorMemory,
    store: Store<VectorMemory>,
    rows: u64,
}

impl Seed {
    /// An installed canister with open programmes and no application.
    pub(crate) fn new() -> Result<Self, String> {
        check_size()?;
        let memory = VectorMemory::default();
        let common = granary_kernel::Install {
            governor: Who::Governor.principal(),
            roles: vec![
                (Role::ProgramManager, Who::Manager.principal()),
                (Role::Treasurer, Who::Treasurer.principal()),
                (Role::Operator, Who::Operator.principal()),
            ],
            profile: Profile::Testing,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        };
        let asset = Asset { symbol: "TUSD".to_owned(), decimals: 6, ledger: None };
        let install = Install { common, asset, max_applications: None };
        let ctx = ctx(Who::Controller.principal(), BEGIN_NS - DAY_NS / 2);
        let mut store = Store::install(memory.clone(), install, &ctx).map_err(|e| e.to_string())?;
        let manager = super::seed::ctx(Who::Manager.principal(), BEGIN_NS - DAY_NS / 4);
        for _ in 0..PROGRAMS {
            let input = Input { terms: terms(), managers: Vec::new() };
            let made = store.create_program(&manager, &input, None).map_err(words)?;
            store.open_program(&manager, made.id).map_err(words)?;
        }
        // Opening hashes the newest event. Here it is about as long as that of an application, so
        // that the sizes differ by their rows alone.
        let governor = super::seed::ctx(Who::Governor.principal(), BEGIN_NS - DAY_NS / 4);
        let auditor = Who::Auditor.principal();
        store
            .set_role(&governor, Role::Auditor, auditor, true)
            .map_err(|fault| words(fault.into()))?;
        Ok(Self { memory, store, rows: 0 })
    }
}

impl subject::Seed for Seed {
    fn grow_to(&mut self, rows: u64) -> Result<(), String> {
        while self.rows < rows {
            let number = self.rows;
            let content = content(number);
            let input = SubmitInput {
                program: number % PROGRAMS + 1,
                draft: None,
                content,
                applicant: None,
            };
            let ctx = ctx(applicant_of(number), BEGIN_NS + number * STEP_NS);
            self.store.submit_application(&ctx, input, None).map_err(words)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    fn time_after(&self, rows: u64) -> u64 {
        BEGIN_NS + rows * STEP_NS + DAY_NS
    }
}

/// Who submitted the application with this number; each applicant comes back after all the others
/// of the same fifth, so that old and new accounts are touched.
pub(crate) fn applicant_of(number: u64) -> Principal {
    person(&format!(
        "applicant {}",
        number / PROGRAMS / PER_APPLICANT * PROGRAMS + number % PROGRAMS
    ))
}

fn ctx(actor: Principal, now_ns: u64) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now_ns), actor, trace_id: now_ns }
}

fn words(error: micro_grants_core::errors::GrantError) -> String {
    granary_errors::Error::from(error).to_string()
}

fn terms() -> Terms {
    let dimension =
        |name: &str, weight_bps| Dimension { name: name.to_owned(), min: 0, max: 10, weight_bps };
    let days = |days: u64| Duration::from_nanos(days * DAY_NS);
    Terms {
        title: "Community round".to_owned(),
        budget: Units::new(1 << 80),
        bounds: Bounds {
            min_grant: Units::new(1_000_000),
            max_grant: Units::new(AMOUNT * 4),
            per_applicant_cap: Units::new(1 << 79),
            treasurer_above: Units::new(AMOUNT * 2),
            max_applications: 4_000_000,
            min_reviews: 2,
            min_approvals_bps: 6_000,
            min_score_bps: 5_000,
            review_window: days(7),
            appeal_window: days(3),
            challenge_window: days(1),
            inactivity: days(30),
        },
        reviewers: (0..5).map(reviewer).collect(),
        rubric: vec![dimension("impact", 6_000), dimension("feasibility", 4_000)],
    }
}

/// An application whose stored body has [`BODY_BYTES`] bytes.
fn content(number: u64) -> Content {
    let mut content = Content {
        title: format!("Repair and document component {number:07}"),
        summary: String::new(),
        requested: Units::new(AMOUNT),
        plan_hash: [7; 32],
        milestones: Vec::new(),
        team: Vec::new(),
        links: vec!["https://example.org/plans/component".to_owned()],
    };
    // A text of more than 255 bytes has two more bytes of length than an empty one.
    let rest = BODY_BYTES - record::encode(&content).len() - 2;
    content.summary = summary(rest);
    content
}

/// A summary of so many bytes.
pub(crate) fn summary(bytes: usize) -> String {
    const WORDS: &str = "Repairs what is broken, adds a test for each repair, and explains it. ";
    WORDS.chars().cycle().take(bytes).collect()
}

/// The seeded body has the size that figures are compared at.
fn check_size() -> Result<(), String> {
    match record::encode(&content(0)).len() {
        BODY_BYTES => Ok(()),
        other => Err(format!("the seeded body has {other} bytes instead of {BODY_BYTES}")),
    }
}
