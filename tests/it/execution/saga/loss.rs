//! One canister is gone in the middle of a payment, and comes back: the others serve what they can
//! without it, money stays where it is or flows as it should, and everything that was asked for is
//! paid once.

use candid::Principal;
use granary_api::{micro_grants::PayoutState, registry};
use granary_tests::{
    clock::MINUTE,
    engine::announce,
    faults::{Action, FaultPlan, Faults, Intervention, Rule},
    fixtures::{self, DOLLAR},
    ledger,
    people::Who,
    reply::Expect,
    subject::{REGISTRY, SetRole},
    world::World,
};

use super::{Due, Saga, awaits::Part, on_localnet};

/// How a canister is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// It is stopped.
    Stopped,
    /// It has no cycles left but for its memory.
    Emptied,
}

impl Loss {
    fn of(self, saga: &Saga, canister: Principal, controller: Principal) -> Intervention {
        if self == Self::Stopped {
            return Intervention::Stop { canister };
        }
        // Enough for its memory while it is gone, and far below what keeps it from being frozen.
        let status = saga.network.canister_status(canister, Some(controller)).expect("a status");
        let leave = u128::try_from(&status.idle_cycles_burned_per_day.0).unwrap();
        Intervention::Drain { canister, leave }
    }

    fn end(self, saga: &Saga, canister: Principal) {
        if self == Self::Emptied {
            saga.network.add_cycles(canister, 1_000_000_000_000_000);
            return;
        }
        let start = Intervention::Start { canister };
        Faults::on(&saga.network).intervene(&start).expect("it starts");
    }
}

/// What is lost, and at which call of a payment.
#[derive(Clone, Copy, Debug)]
struct Row {
    part: Part,
    /// Before this call, or before its answer when it is the caller's.
    method: &'static str,
    /// Whether the money of the first payout leaves meanwhile.
    is_paid: bool,
    /// Whether its grant is told meanwhile.
    is_settled: bool,
}

const ROWS: &[Row] = &[
    Row { part: Part::Grants, method: "submit_intent", is_paid: true, is_settled: false },
    Row { part: Part::Execution, method: "submit_intent", is_paid: false, is_settled: false },
    Row { part: Part::Guard, method: "reserve_outflow", is_paid: false, is_settled: false },
    Row { part: Part::Ledger, method: "icrc1_transfer", is_paid: false, is_settled: false },
    // What was paid is settled where it was asked for; the books are told when they are there.
    Row { part: Part::Books, method: "post_entry", is_paid: true, is_settled: true },
];

/// How long it is gone.
const GONE: u64 = 20;

/// Tells what fails.
struct Named(String);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            announce(&format!("failed: {}", self.0));
        }
    }
}

/// One loss in progress.
struct Lost<'s> {
    saga: &'s Saga,
    row: Row,
    loss: Loss,
}

impl Lost<'_> {
    fn play(&self) {
        let saga = self.saga;
        saga.rest();
        saga.turn_the_page();
        let (first, second) = (saga.accept(), saga.accept());
        let faults = Faults::on(saga.grants.network());
        faults.clear_executions();
        faults.plan(&FaultPlan::of([self.rule()]), 0);
        let asked = saga.ask(&first);
        // It leaves with the next beat, and goes on from message to message.
        saga.grants.advance(MINUTE);
        (0..4).for_each(|_| saga.grants.settle());
        let record = faults.end().expect("a plan was in force");
        assert_eq!(record.hits.len(), 1, "{:?}", record.hits);
        assert_eq!(record.hits[0].failed, None);
        self.assert_gone();
        let early = (self.row.part != Part::Grants).then(|| saga.ask(&second));
        for _ in 0..GONE {
            saga.grants.advance(MINUTE);
        }
        self.assert_others_serve();
        self.assert_money(&first, asked);
        let failed: Vec<_> = faults.executions().into_iter().filter(|ran| ran.failed).collect();
        assert_eq!(failed, [], "nobody traps over it");
        self.come_back();
        if self.row.part == Part::Ledger {
            assert_eq!(saga.payments(first.amount).len(), 0, "it was gone before it was paid");
        }
        let asked_second = early.unwrap_or_else(|| saga.ask(&second));
        saga.paid(asked);
        saga.paid(asked_second);
        saga.assert_paid_once(&first, asked);
        saga.assert_paid_once(&second, asked_second);
        assert_eq!(saga.limits().held_reservations, 0);
    }

    fn canister(&self) -> Principal {
        self.saga.canister(self.row.part)
    }

    fn rule(&self) -> Rule {
        let canister = self.canister();
        let controller = match self.row.part {
            Part::Ledger => ledger::minter(),
            _ => Who::Controller.principal(),
        };
        let what = self.loss.of(self.saga, canister, controller);
        // The caller's answer comes to it as a message of the same name.
        Rule::new(Action::Before(what)).to(canister).named(self.row.method).times(1)
    }

    fn world(&self) -> Option<&World> {
        let canister = self.canister();
        self.saga.worlds().into_iter().find(|world| world.canister == canister)
    }

    /// It answers nobody.
    fn assert_gone(&self) {
        let network = self.saga.grants.network();
        let nobody = Who::Stranger.principal();
        let (method, nothing) = match self.row.part {
            Part::Ledger => ("icrc1_fee", b"DIDL\0\0".to_vec()),
            _ => ("resume_jobs", b"DIDL\0\0".to_vec()),
        };
        network.update_call(self.canister(), nobody, method, nothing).expect_err("it is gone");
    }

    /// Whoever is there answers, is whole, and says who is missing.
    fn assert_others_serve(&self) {
        for world in self.saga.worlds() {
            if world.canister == self.canister() {
                continue;
            }
            let name = world.subject().name;
            world.caller(Who::Stranger).health_check().value(name);
            world.caller(Who::Stranger).resume_jobs().value(name);
            world.caller(Who::Operator).check_dependencies().value(name);
            fixtures::assert_valid(world);
            let jobs = world.caller(Who::Operator).get_jobs_status().value(name);
            assert_eq!(jobs.dead_letter, 0, "{name}: what waits is not given up");
        }
        if let Some(lost) = self.world() {
            let known_by = self.saga.worlds().into_iter().filter(|world| {
                world.canister != lost.canister
                    && world.subject().peers.contains(&lost.subject().name)
            });
            for world in known_by {
                let health = world.caller(Who::Operator).get_system_health().value("health");
                let found = health.components.iter().find(|one| one.name == "dependencies");
                let reason = found.map(|one| one.reason.clone()).unwrap_or_default();
                assert!(reason.contains(lost.subject().name), "{}: {reason}", world.subject().name);
            }
        }
    }

    /// Money stays put, or flows as it should.
    fn assert_money(&self, due: &Due, asked: u64) {
        let saga = self.saga;
        let blocks = match self.row.part {
            // It shows nothing; what it has is looked at when it is there again.
            Part::Ledger => vec![],
            _ => saga.payments(due.amount),
        };
        assert_eq!(blocks.len(), usize::from(self.row.is_paid), "{blocks:?}");
        if self.row.part != Part::Grants {
            let settled = saga.payout(asked).state == PayoutState::Settled;
            assert_eq!(settled, self.row.is_settled, "{:?}", saga.payout(asked));
        }
    }

    fn come_back(&self) {
        self.loss.end(self.saga, self.canister());
        if let (Loss::Emptied, Some(world)) = (self.loss, self.world()) {
            // The platform forgets a timer that cannot be paid; anybody may wake it.
            world.caller(Who::Stranger).resume_jobs().value("woken");
        }
    }
}

fn play(loss: Loss) {
    if !on_localnet() {
        return;
    }
    let saga = Saga::new();
    for row in ROWS {
        let _named = Named(format!("{:?} {loss:?} at {}", row.part, row.method));
        Lost { saga: &saga, row: *row, loss }.play();
    }
}

#[test]
fn e5_while_one_canister_is_stopped_the_others_go_on_and_afterwards_all_is_paid_once() {
    play(Loss::Stopped);
}

#[test]
fn e5_while_one_canister_has_no_cycles_the_others_go_on_and_afterwards_all_is_paid_once() {
    play(Loss::Emptied);
}

#[test]
fn without_the_registry_nobody_new_applies_and_payments_go_on() {
    if !on_localnet() {
        return;
    }
    let saga = Saga::new();
    let registry = World::on(&saga.network, &REGISTRY);
    registry.install_encoded((REGISTRY.init)());
    let holder = saga.grants.canister;
    let service = SetRole { role: registry::Role::Service, holder, granted: true };
    registry.caller(Who::Governor).receipt("set_role", &service).value("it may ask");
    let dues = [saga.accept(), saga.accept()];
    let governor = saga.grants.caller(Who::Governor);
    governor.set_peer("registry", Some(registry.canister)).value("where people are");
    let apply = || {
        let submission = fixtures::submission(saga.program, fixtures::content(5 * DOLLAR));
        saga.grants.by(Who::Applicant).submit_application(submission)
    };
    for (loss, due) in [Loss::Stopped, Loss::Emptied].into_iter().zip(dues) {
        let payout = saga.ask(&due);
        let lost = loss.of(&saga, registry.canister, Who::Controller.principal());
        Faults::on(&saga.network).intervene(&lost).expect("it is lost");
        assert_eq!(apply().code("nobody can say who that is"), "common.call.rejected", "{loss:?}");
        saga.paid(payout);
        saga.assert_paid_once(&due, payout);
        loss.end(&saga, registry.canister);
    }
    crate::registry::admit(&registry, Who::Applicant.principal());
    apply().value("known again");
    saga.assert_whole();
}
