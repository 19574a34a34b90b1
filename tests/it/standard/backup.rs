//! A logical backup fills a fresh canister, which is then the same to the byte.

use granary_errors::{Category, common};
use granary_tests::{chain, digest, fixtures, people::Who, reply::Expect, world::World};

use crate::localnet;

/// Bytes of one page: small, so that there are several.
const PAGE_BYTES: u32 = 65_536;

/// Fails unless a fresh canister, installed with `importing`, becomes the old one. Its jobs change
/// the domains that are `moving` as soon as it is whole.
#[track_caller]
pub(super) fn assert_comes_back(old: &World, importing: Vec<u8>, moving: &[&str]) {
    let domains = old.subject().domains.iter().chain(&["journal"]);
    let pages: Vec<_> = domains.flat_map(|domain| digest::pages(old, domain, PAGE_BYTES)).collect();
    let code = old.caller(Who::Governor).import_state(&pages[0]).code("it runs");
    assert_eq!(code, common::LIFECYCLE_NOT_IMPORTING.as_str());

    let new = World::bare(localnet(), old.subject());
    new.install_encoded(importing);
    let governor = new.caller(Who::Governor);
    let code = governor.import_state(&pages[1]).code("the second page first");
    assert_eq!(code, common::IMPORT_ORDER.as_str());
    let mut forged = pages[0].clone();
    forged.records.pop();
    let code = governor.import_state(&forged).code("a page that was changed");
    assert_eq!(code, common::IMPORT_FORMAT.as_str());
    let stranger = new.caller(Who::Stranger).import_state(&pages[0]);
    stranger.refused(Category::Unauthorized, "a stranger's page");
    for (number, page) in pages.iter().enumerate() {
        governor.import_state(page).value(&format!("page {number} of {}", page.domain));
        if number == pages.len() / 2 {
            new.upgrade();
        }
    }
    let code = governor.import_state(&pages[0]).code("it is full");
    assert_eq!(code, common::LIFECYCLE_NOT_IMPORTING.as_str());

    new.set_time(old.now_ns());
    let resting = |world: &World| {
        let mut state = digest::state(world);
        state.retain(|domain, _| !moving.contains(&domain.as_str()));
        state
    };
    assert_eq!(resting(&new), resting(old));
    let old_events = chain::checked(&old.caller(Who::Auditor));
    let new_events = chain::checked(&new.caller(Who::Auditor));
    assert_eq!(new_events[..old_events.len()], old_events[..], "the journal goes on");
    fixtures::assert_valid(&new);
}
