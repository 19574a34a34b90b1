//! Upgrades and restores in the middle of payments.

use granary_api::{execution as e, test_ledger::Faults};
use granary_tests::{
    clock::{HOUR, MINUTE},
    people::Who,
    reply::Expect,
};

use super::{TOKEN, Treasury};

/// Drains, takes a snapshot, and goes on.
fn snapshot(treasury: &Treasury, epoch: u64) -> granary_tests::world::Snapshot {
    let world = &treasury.execution;
    let governor = world.caller(Who::Governor);
    governor.prepare_upgrade(epoch, world.now_ns() + HOUR).value("a drain");
    world.stop();
    let taken = world.snapshot();
    world.start();
    governor.resume(epoch, false).value("the epoch");
    taken
}

/// Loads the snapshot and says so.
fn restore(treasury: &Treasury, to: &granary_tests::world::Snapshot, epoch: u64) {
    treasury.execution.restore(to);
    treasury.execution.caller(Who::Governor).resume(epoch, true).value("after a restore");
}

#[test]
fn e1_an_upgrade_at_any_moment_pays_once() {
    let treasury = Treasury::new();
    for n in 1..=6 {
        let faults = Faults { lost_replies: u32::from(n % 2 == 0), ..Faults::default() };
        treasury.ledger().set_faults(&faults);
        let intent = treasury.submit(n, TOKEN);
        for _ in 0..n {
            treasury.execution.network().tick();
        }
        treasury.execution.upgrade();
        treasury.paid(intent, 30);
        assert_eq!(treasury.received(), u128::from(n) * TOKEN, "payout {n}");
    }
    treasury.assert_agrees();
}

#[test]
fn e7_what_was_paid_after_a_snapshot_is_not_paid_again_after_its_restore() {
    let treasury = Treasury::new();
    let known = treasury.submit(1, 200 * TOKEN);
    let state = e::IntentState::AwaitingApproval;
    treasury.until(known, 5, |intent| intent.state == state);
    let image = snapshot(&treasury, 1);
    // After the snapshot: the one that is in it is approved and paid, and another one comes.
    let digest = treasury.details(known).digest;
    let approve = e::ApproveIntentArgs { intent: known, digest };
    let reviewer = treasury.execution.caller(Who::Reviewer);
    reviewer.receipt("approve_intent", &approve).value("an approver");
    treasury.paid(known, 10);
    let forgotten = treasury.submit(2, 3 * TOKEN);
    treasury.paid(forgotten, 10);
    assert_eq!(treasury.received(), 203 * TOKEN);
    restore(&treasury, &image, 1);
    assert_eq!(treasury.intent(known).state, state, "the snapshot knows nothing of it");
    let found = treasury.paid(known, 40);
    assert_eq!(found.state, e::IntentState::Settled);
    assert!(treasury.details(known).found, "it is found on the ledger");
    // The other one is forgotten: its asset is held until its submitter comes again.
    let page = granary_api::common::PageArgs { after: None, limit: 10 };
    let auditor = treasury.execution.caller(Who::Auditor);
    let orphans: e::OrphanPage = auditor.query("list_orphans", &page).value("a page");
    assert_eq!(orphans.items.len(), 1);
    let again = treasury.submit(2, 3 * TOKEN);
    assert!(again > u64::from(u32::MAX), "a number of a new generation: {again}");
    treasury.paid(again, 10);
    // What is new is sent when nothing that was under way can come any more: ten minutes.
    let fresh = treasury.submit(3, TOKEN);
    treasury.paid(fresh, 30);
    assert_eq!(treasury.received(), 204 * TOKEN);
    treasury.assert_agrees();
}

#[test]
fn e7_nothing_is_sent_between_a_restore_and_the_governors_word() {
    let treasury = Treasury::new();
    let image = snapshot(&treasury, 1);
    let intent = treasury.submit(1, TOKEN);
    treasury.paid(intent, 10);
    treasury.execution.restore(&image);
    let stranger = treasury.execution.caller(Who::Stranger);
    stranger.resume_jobs().value("anybody may wake it");
    // The drain of the snapshot runs out unresumed, and the submitter is impatient.
    treasury.execution.advance(2 * HOUR);
    let again = treasury.submit(1, TOKEN);
    treasury.execution.advance(5 * MINUTE);
    assert_eq!(treasury.received(), TOKEN);
    let governor = treasury.execution.caller(Who::Governor);
    governor.resume(1, true).value("after a restore");
    treasury.paid(again, 60);
    assert_eq!(treasury.received(), TOKEN);
}
