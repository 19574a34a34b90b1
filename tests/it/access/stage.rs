//! One entity for each method, in the state in which the method is in its place.

use candid::Nat;
use granary_api::micro_grants::{
    ApplicationContent, CreateProgramArgs, Recommendation, StartStreamArgs, StreamTerms,
};
use granary_tests::{
    clock::{DAY, HOUR},
    fixtures::{self, DOLLAR},
    people::{Who, reviewer},
    reply::Expect,
    world::World,
};

/// Numbers of what was prepared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stage {
    /// When the stage was ready.
    pub(crate) now: u64,
    /// Programmes: a draft, a paused one, one to pause, one to close, and one with the rest.
    pub(crate) draft_program: u64,
    pub(crate) paused_program: u64,
    pub(crate) open_program: u64,
    pub(crate) closing_program: u64,
    pub(crate) program: u64,
    /// Applications.
    pub(crate) submitted: u64,
    pub(crate) to_declare: u64,
    pub(crate) declared: u64,
    pub(crate) reviewed: u64,
    pub(crate) changes: u64,
    pub(crate) rejected: u64,
    /// Grants.
    pub(crate) offered: u64,
    pub(crate) stepped: u64,
    pub(crate) lump: u64,
    pub(crate) to_stream: u64,
    pub(crate) streaming: u64,
    pub(crate) running: u64,
    pub(crate) suspended: u64,
    pub(crate) to_notice: u64,
    pub(crate) noticed: u64,
    pub(crate) over: u64,
    /// A payout.
    pub(crate) payout: u64,
}

impl Stage {
    /// Prepares everything.
    pub(crate) fn build(world: &World) -> Self {
        let mut stage = Self::default();
        stage.programmes(world);
        stage.applications(world);
        stage.grants(world);
        stage.now = world.now_ns();
        stage
    }

    fn programmes(&mut self, world: &World) {
        let manager = world.by(Who::Manager);
        let create = || {
            let mut terms = fixtures::terms();
            terms.per_applicant_cap_units = Nat::from(fixtures::BUDGET);
            // Silence must not turn grants over while the stage is played.
            terms.inactivity_ns = 300 * DAY;
            let args = CreateProgramArgs { terms, managers: Vec::new(), idempotency_key: None };
            manager.create_program(args).value("a programme").id
        };
        let open = || {
            let program = create();
            manager.open_program(program).value("open");
            program
        };
        self.draft_program = create();
        self.paused_program = open();
        manager.pause_program(self.paused_program).value("pause");
        self.open_program = open();
        self.closing_program = open();
        self.program = open();
    }

    fn applications(&mut self, world: &World) {
        let submit = || fixtures::submit(world, self.program, fixtures::content(5 * DOLLAR));
        let (submitted, declared, reviewed) = (submit(), submit(), submit());
        self.to_declare = submit();
        let trustee = world.by_principal(reviewer(0));
        let none = granary_api::micro_grants::Conflict::None;
        trustee.declare_conflict(fixtures::declaration(declared, none)).value("declare");
        fixtures::panel(world, reviewed, &[0, 1], Recommendation::Approve);
        (self.submitted, self.declared, self.reviewed) = (submitted, declared, reviewed);
    }

    fn grants(&mut self, world: &World) {
        let manager = world.by(Who::Manager);
        let author = world.by(Who::Applicant);
        let offer = |content: ApplicationContent| {
            let application = fixtures::submit(world, self.program, content);
            fixtures::approve(world, application)
        };
        let accepted = |content: ApplicationContent| {
            let grant = offer(content);
            author.accept_grant(grant).value("accept");
            grant
        };
        let steps = fixtures::content_in_steps(40 * DOLLAR, 4, world.now_ns() + 200 * DAY);
        let stepped = accepted(steps);
        let one = || accepted(fixtures::content(5 * DOLLAR));
        let (lump, to_stream, streaming, running) = (one(), one(), one(), one());
        let (suspended, to_notice, noticed, over, paid) = (one(), one(), one(), one(), one());
        world.advance(fixtures::CHALLENGE_WINDOW + 1);

        manager.suspend_grant(fixtures::reason(suspended)).value("suspend");
        manager.give_notice(fixtures::reason(over)).value("notice");
        world.advance(fixtures::NOTICE_PERIOD + HOUR);
        manager.give_notice(fixtures::reason(noticed)).value("notice");
        for index in [0, 1] {
            fixtures::hand_in(world, stepped, index);
        }
        world.by(Who::Reviewer).review_milestone(fixtures::verdict(stepped, 1, true)).value("ok");
        let start_ns = world.now_ns();
        let terms = StreamTerms { start_ns, cliff_ns: start_ns, end_ns: start_ns + 100 * DAY };
        manager.start_stream(StartStreamArgs { grant: streaming, terms }).value("stream");
        let payout = granary_api::micro_grants::RequestPayoutArgs {
            grant: paid,
            milestone: None,
            idempotency_key: None,
        };
        self.payout = author.request_payout(payout).value("payout").id;
        world.advance(HOUR);
        let offered = offer(fixtures::content(5 * DOLLAR));

        (self.offered, self.stepped, self.lump, self.to_stream) =
            (offered, stepped, lump, to_stream);
        (self.streaming, self.running, self.suspended) = (streaming, running, suspended);
        (self.to_notice, self.noticed, self.over) = (to_notice, noticed, over);
        // What has a window was decided last: all this took more than a week.
        let fresh = || fixtures::submit(world, self.program, fixtures::content(5 * DOLLAR));
        (self.changes, self.rejected) = (fresh(), fresh());
        fixtures::panel(world, self.changes, &[0, 1], Recommendation::Changes);
        manager.finalize_application(self.changes).value("finalize");
        fixtures::reject(world, self.rejected);
    }
}
