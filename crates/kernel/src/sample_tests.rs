//! The kernel under a small canister: its life from the first install over upgrades and restores.

use granary_stable::dedup::Fingerprint;
use granary_stable::jobs::{JobRef, JobState};
use granary_stable::record;
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;

use crate::base::{Mode, Peer, Phase, Settings};
use crate::canister::CanisterStore;
use crate::fault::Fault;
use crate::invariants::{Piece, sweep};
use crate::jobs::SHELL_JOBS;
use crate::limits;
use crate::open::{self, OpenFault, Upgrade};
use crate::requests::Request;
use crate::sample::{
    Note, SampleConfig, SampleRole, SampleStore, at, clerk, configure, governor, install, person,
};
use crate::transfer::{Families, StatePage, domain_names};

fn fresh() -> (VectorMemory, SampleStore) {
    let memory = VectorMemory::default();
    let store = SampleStore::install(memory.clone(), false).expect("fresh memory");
    (memory, store)
}

fn release(code_version: &str) -> Upgrade {
    Upgrade { code_version: code_version.to_owned(), ..Upgrade::default() }
}

fn request(key: &str) -> Request<'_> {
    Request { key, print: Fingerprint::of("write", b"7") }
}

#[test]
fn an_install_is_told_and_survives() {
    let (memory, store) = fresh();
    assert_eq!(store.story(), ["Installed", "RoleGranted Governor", "RoleGranted Clerk"]);
    assert!(store.has_role(SampleRole::Governor, &governor()));
    assert!(!store.has_role(SampleRole::Clerk, &governor()));
    drop(store);
    let store = SampleStore::open(memory.clone()).expect("the same state");
    assert_eq!((store.header().schema, store.config().most), (1, 100));
    let roles: Vec<_> = store.roles().into_iter().map(|(role, who, _)| (role, who)).collect();
    assert_eq!(roles, [(SampleRole::Clerk, clerk()), (SampleRole::Governor, governor())]);
    assert!(matches!(SampleStore::install(memory, false), Err(OpenFault::Header(_))));
}

#[test]
fn wrong_arguments_install_nothing() {
    let refused = |change: fn(&mut open::Install<SampleRole>)| {
        let mut args = install(false);
        change(&mut args);
        let memory = VectorMemory::default();
        let ctx = at(5, governor());
        let done = open::install::<SampleStore>(
            memory.clone(),
            args,
            &ctx,
            |base| Ok(configure(base)),
            |_| Ok(()),
        );
        assert!(memory.borrow().is_empty(), "nothing was written");
        match done {
            Err(OpenFault::Arguments(error)) => error.code().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        refused(|args| args.governor = candid::Principal::anonymous()),
        "common.person.invalid"
    );
    assert_eq!(
        refused(|args| args.roles = vec![(SampleRole::Clerk, person(3)); 256]),
        "common.list.size"
    );
    assert_eq!(
        refused(|args| {
            args.peers = vec![Peer { name: "bank".to_owned(), canister: person(3) }];
        }),
        "common.peer.unknown"
    );
}

#[test]
fn an_upgrade_leaves_a_row_and_tells_what_it_changed() {
    let (memory, store) = fresh();
    drop(store);
    let store = SampleStore::upgrade(memory.clone(), release("1.1.0"), 100).expect("same schema");
    assert_eq!(store.story().last().map(String::as_str), Some("StateRestored"));
    drop(store);
    let peers = vec![Peer { name: "ledger".to_owned(), canister: person(8) }];
    let args = Upgrade { mode: Some(Mode::ReadOnly), peers, ..release("1.2.0") };
    let store = SampleStore::upgrade(memory.clone(), args, 50).expect("same schema");
    let told = store.story();
    assert_eq!(told[4..], ["StateRestored", "ConfigChanged ReadOnly", "PeerChanged ledger"]);
    assert_eq!((store.config().most, store.base().mode.name()), (50, "ReadOnly"));
    assert_eq!(store.peer("ledger"), Ok(person(8)));
    assert_eq!(store.peer("books"), Err(Fault::PeerUnset { name: "books" }));
    let rows = store.upgrades(0, 10);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[1].1.from_version.as_str(), rows[1].1.events), ("1.1.0", 4));
    drop(store);
    let wrong = Upgrade { expected_schema: Some(2), ..release("1.3.0") };
    let refused = SampleStore::upgrade(memory.clone(), wrong, 50);
    assert!(matches!(refused, Err(OpenFault::Schema { expected: 2, found: 1 })));
    let peers = vec![Peer { name: "bank".to_owned(), canister: person(8) }];
    let refused = SampleStore::upgrade(memory.clone(), Upgrade { peers, ..release("1.3.0") }, 50);
    assert!(matches!(refused, Err(OpenFault::Arguments(_))));
    let store = SampleStore::open(memory).expect("untouched");
    assert_eq!(store.header().upgrade_count, 2);
}

#[test]
fn c11_a_repeated_request_gets_the_first_answer() {
    let (memory, mut store) = fresh();
    let ctx = at(10, clerk());
    let first = store.write(&ctx, 7, Some(request("a"))).expect("new");
    assert_eq!(store.write(&at(11, clerk()), 7, Some(request("a"))), Ok(first));
    drop(store);
    let mut store = SampleStore::open(memory).expect("the same state");
    assert_eq!(store.write(&at(12, clerk()), 7, Some(request("a"))), Ok(first));
    assert_eq!(store.notes.len(), 1);
    let other = Some(Request { key: "a", print: Fingerprint::of("write", b"8") });
    assert_eq!(store.write(&ctx, 8, other), Err(Fault::IdempotencyConflict));
    assert_eq!(store.write(&ctx, 7, Some(request(""))), Err(Fault::KeySize { bytes: 0 }));
}

#[test]
fn c11_a_full_table_of_requests_says_when_it_has_room() {
    let (_, mut store) = fresh();
    let attempt = |store: &mut SampleStore, n: u8, now| {
        store.write(&at(now, clerk()), 7, Some(request(&format!("key {n}"))))
    };
    let refused = (0..20).find_map(|n| attempt(&mut store, n, 10).err().map(|fault| (n, fault)));
    let Some((n, Fault::DedupFull { retry_after_ns })) = refused else {
        panic!("two generations of four hold no twenty requests: {refused:?}")
    };
    assert_eq!(store.notes.len(), u64::from(n), "a refused request wrote nothing");
    assert!(attempt(&mut store, n, 9 + retry_after_ns).is_err());
    attempt(&mut store, n, 10 + retry_after_ns).expect("as promised");
    store.write(&at(10, clerk()), 7, None).expect("without a key nothing is remembered");
}

#[test]
fn a_refused_verb_changes_nothing() {
    let (_, mut store) = fresh();
    let before = store.journal_head();
    assert_eq!(
        store.write(&at(10, person(9)), 7, Some(request("a"))),
        Err(Fault::Role { any_of: vec!["Clerk"] })
    );
    let heavy = store.write(&at(10, clerk()), 101, Some(request("b")));
    assert!(matches!(heavy, Err(Fault::Limit { given: 101, max: 100, .. })));
    assert_eq!(
        store.set_role(&at(10, clerk()), SampleRole::Clerk, person(3), true),
        Err(Fault::Role { any_of: vec!["Governor"] })
    );
    assert_eq!((store.journal_head(), store.notes.len()), (before, 0));
    store.write(&at(10, clerk()), 7, Some(request("b"))).expect("a refused key is still free");
}

#[test]
fn governors_give_roles_set_modes_drain_and_name_peers() {
    let (memory, mut store) = fresh();
    let ctx = at(10, governor());
    store.set_role(&ctx, SampleRole::Governor, person(3), true).expect("a second");
    store.set_role(&ctx, SampleRole::Governor, governor(), false).expect("one is left");
    let ctx = at(11, person(3));
    let last = store.set_role(&ctx, SampleRole::Governor, person(3), false);
    assert_eq!(last, Err(Fault::LastGovernor));
    store.set_mode(&ctx, Mode::ReadOnly, "an incident").expect("a governor");
    assert_eq!(store.write(&at(11, clerk()), 1, None), Err(Fault::ReadOnly));
    store.set_mode(&ctx, Mode::Full, "over").expect("works in every mode");
    let receipt = store.prepare_upgrade(&ctx, 4, Timestamp::from_nanos(50)).expect("newer");
    assert_eq!(receipt.id, 4);
    assert_eq!(store.write(&at(12, clerk()), 1, None), Err(Fault::Draining));
    assert_eq!(store.drain(Timestamp::from_nanos(51)), None, "it ends by itself");
    store.ensure_job(SHELL_JOBS, 0, Timestamp::from_nanos(12));
    let taken = store.tick(&at(12, governor()), &mut || true).expect("running").handed;
    assert_eq!((taken.len(), store.job_counts().running), (1, 1));
    store.resume(&ctx, 4, true).expect("the epoch");
    assert_eq!(store.job_counts().running, 0, "a restore voids leases");
    assert_eq!(store.header().restore_epoch, 1);
    store.set_peer(&ctx, "books", Some(person(6))).expect("known");
    drop(store);
    let store = SampleStore::open(memory).expect("the same state");
    assert_eq!(store.peers(), [Peer { name: "books".to_owned(), canister: person(6) }]);
    assert_eq!(
        store.story()[3..],
        [
            "RoleGranted Governor",
            "RoleRevoked Governor",
            "ModeChanged ReadOnly",
            "ModeChanged Full",
            "DrainStarted",
            "DrainEnded",
            "SnapshotRestored",
            "PeerChanged books",
        ]
    );
}

#[test]
fn a_tick_runs_the_core_s_jobs_and_hands_over_the_rest() {
    let (_, mut store) = fresh();
    store.write(&at(10, clerk()), 1, None).expect("a clerk");
    store.ensure_job(SHELL_JOBS + 7, 5, Timestamp::from_nanos(20));
    store.ensure_job(2, 99, Timestamp::from_nanos(30));
    let now = 10 + SampleStore::READ_AFTER;
    let report = store.tick(&at(now, governor()), &mut || true).expect("running");
    assert_eq!((report.applied, report.looked), (1, 2));
    assert_eq!(store.notes.get(0), Some(Note { weight: 1, is_read: true }));
    let handed: Vec<_> = report.handed.iter().map(|job| job.name.key).collect();
    assert_eq!(handed, [5]);
    let missing = JobRef { kind: 2, key: 99 };
    assert_eq!(report.failed.iter().map(|(job, _)| *job).collect::<Vec<_>>(), [missing]);
    let job = store.job(missing).expect("kept");
    assert_eq!((job.state, job.attempts), (JobState::Pending, 1));
    assert_eq!(job.last_errors, ["common.busy: a note that is missing is under way"]);
    store.finish_job(&at(now, governor()), &report.handed[0], None).expect("its lease");
    let mut none = || false;
    let idle = store.tick(&at(u64::MAX / 2, governor()), &mut none).expect("running");
    assert_eq!((idle.looked, idle.handed.len()), (0, 0), "the budget comes first");
}

fn pages(store: &SampleStore, max_bytes: u32) -> Vec<StatePage> {
    let mut pages: Vec<StatePage> = vec![];
    for domain in domain_names::<SampleStore>() {
        let mut cursor = None;
        loop {
            let page = store.export_state(domain, cursor, max_bytes).expect("a domain");
            cursor = page.next.clone();
            pages.push(page);
            if cursor.is_none() {
                break;
            }
        }
    }
    pages
}

/// More notes than a page of the least size holds.
fn busy() -> SampleStore {
    let (_, mut store) = fresh();
    for n in 0..3_000 {
        store.write(&at(10 + n, clerk()), n % 100, None).expect("a clerk");
    }
    store
}

#[test]
fn an_import_is_the_state_that_was_exported() {
    let store = busy();
    let pages = pages(&store, 1);
    assert!(pages.len() > domain_names::<SampleStore>().len(), "some domains take pages");
    let mut copy = SampleStore::install(VectorMemory::default(), true).expect("fresh");
    let ctx = at(20, governor());
    assert_eq!(copy.write(&at(20, clerk()), 1, None), Err(Fault::Importing));
    assert!(copy.tick(&ctx, &mut || true).is_err(), "nothing is due while it is filled");
    for (index, page) in pages.iter().enumerate() {
        assert_eq!(copy.import_state(&ctx, page), Ok(index + 1 == pages.len()));
    }
    assert_eq!(copy.base().phase, Phase::Running);
    let (length, _) = store.journal_head();
    for domain in ["config", "roles", "notes"] {
        assert_eq!(copy.state_digest(domain), store.state_digest(domain), "{domain}");
    }
    assert!((0..length).all(|at| copy.event_bytes(at) == store.event_bytes(at)));
    assert_eq!(copy.story().last().map(String::as_str), Some("ImportFinished"));
    assert_eq!(copy.import_state(&ctx, &pages[0]), Err(Fault::NotImporting));
}

#[test]
fn an_upgrade_amid_an_import_leaves_the_journal_to_it() {
    let memory = VectorMemory::default();
    drop(SampleStore::install(memory.clone(), true).expect("fresh"));
    let store = SampleStore::upgrade(memory, release("1.1.0"), 50).expect("same schema");
    assert_eq!((store.journal_head().0, store.upgrades(0, 10).len()), (0, 1));
    assert_eq!((store.base().phase, store.config().most), (Phase::Importing, 50));
    // A page made meanwhile is one a running canister could have made.
    let page = store.export_state("config", None, 1).expect("a domain");
    // Family, key length and key, value length.
    let value = &page.records[0][1 + 2 + 1 + 4..];
    let config: SampleConfig = record::decode(value).expect("a configuration");
    assert_eq!((config.base().phase, config.most), (Phase::Running, 50));
}

#[test]
fn an_import_refuses_what_no_export_made() {
    let store = busy();
    let pages = pages(&store, 1);
    let mut copy = SampleStore::install(VectorMemory::default(), true).expect("fresh");
    let ctx = at(20, governor());
    let refused = |copy: &mut SampleStore, page: &StatePage| {
        copy.import_state(&ctx, page).expect_err("refused")
    };
    let stranger = copy.import_state(&at(20, clerk()), &pages[0]);
    assert_eq!(stranger, Err(Fault::Role { any_of: vec!["Governor"] }));
    let early = refused(&mut copy, &pages[1]);
    assert_eq!(early, Fault::ImportOrder { expected: "config".to_owned() });
    let mut other = pages[0].clone();
    other.schema += 1;
    assert_eq!(refused(&mut copy, &other), Fault::import("the page has another schema"));
    let mut other = pages[0].clone();
    other.records[0][9] ^= 1;
    let digest = Fault::import("the digest does not match the records");
    assert_eq!(refused(&mut copy, &other), digest);
    for page in &pages[..2] {
        assert_eq!(copy.import_state(&ctx, page), Ok(false));
    }
    let resealed = |change: fn(&mut Vec<Vec<u8>>)| {
        let mut page = pages[2].clone();
        change(&mut page.records);
        page.digest = crate::transfer::digest_of(&page.records);
        page
    };
    let gap = resealed(|records| drop(records.remove(1)));
    assert_eq!(refused(&mut copy, &gap), Fault::import("a gap before an imported record"));
    let cut = resealed(|records| records[3].truncate(5));
    assert_eq!(refused(&mut copy, &cut), Fault::import("a damaged record"));
    let stray = resealed(|records| records[0][0] = 14);
    assert_eq!(refused(&mut copy, &stray), Fault::import("a record of another domain"));
    let newer = resealed(|records| records[0][1 + 2 + 4 + 4] = 9);
    assert_eq!(refused(&mut copy, &newer), Fault::import("a record of family 2 does not fit"));
    assert_eq!(copy.notes.len(), 0, "a refused page changes nothing");
    assert_eq!(copy.import_state(&ctx, &pages[2]), Ok(false));
}

#[test]
fn an_imported_journal_is_a_chain() {
    let store = busy();
    let pages = pages(&store, limits::MAX_EXPORT_BYTES);
    let mut copy = SampleStore::install(VectorMemory::default(), true).expect("fresh");
    let ctx = at(20, governor());
    let (journal, others) = pages.split_last().expect("the journal comes last");
    for page in others {
        copy.import_state(&ctx, page).expect("in order");
    }
    let mut broken = journal.clone();
    broken.records.swap(4, 5);
    broken.digest = crate::transfer::digest_of(&broken.records);
    let refused = copy.import_state(&ctx, &broken);
    assert_eq!(refused, Err(Fault::import("a record of family 14 does not fit")));
    assert_eq!(copy.journal_head().0, 0);
    assert_eq!(copy.import_state(&ctx, journal), Ok(true));
}

#[test]
fn cursors_and_domains_of_an_export_are_its_own() {
    let store = busy();
    let unknown = store.export_state("money", None, 1);
    assert_eq!(unknown, Err(Fault::Domain { name: "money".to_owned() }));
    for cursor in [vec![], vec![9, 0]] {
        assert_eq!(store.export_state("notes", Some(cursor), 1), Err(Fault::Cursor));
    }
    let behind = store.export_state("notes", Some(vec![2, 255, 255, 255, 255, 0]), 1);
    assert_eq!(behind.map(|page| (page.records, page.next)), Ok((vec![], None)));
}

#[test]
fn c1_the_journal_is_checked_in_pieces() {
    let store = busy();
    let check = |cursor: Option<&[u8]>, max: u32| {
        let mut piece = Piece::new(max)?;
        let mut position = cursor
            .map_or(Ok(0), |bytes| bytes.try_into().map(u64::from_be_bytes))
            .map_err(|_| Fault::Cursor)?;
        while piece.goes_on() {
            if !piece.journal(&store, &mut position) {
                return Ok(piece.finish(None));
            }
        }
        Ok(piece.finish(Some(position.to_be_bytes().to_vec())))
    };
    assert_eq!(sweep(check), []);
    let piece = check(None, 150).expect("within the limit");
    assert_eq!((piece.checked, piece.next), (150, Some(150_u64.to_be_bytes().to_vec())));
    assert_eq!(check(None, 0), Err(Fault::PageLimit { given: 0, max: 10_000 }));
}

#[test]
fn a_rehearsal_takes_the_drain_and_ends_with_the_next_upgrade() {
    let (memory, mut store) = fresh();
    store.write(&at(10, clerk()), 1, None).expect("a clerk");
    drop(store);
    let args = Upgrade { rehearsal: true, ..release("1.1.0") };
    let mut store = SampleStore::upgrade(memory.clone(), args, 100).expect("same schema");
    assert!(store.is_rehearsing());
    let (ctx, stored) = (at(20, governor()), store.state_digest("config"));
    assert_eq!(store.write(&at(20, clerk()), 1, None), Err(Fault::Rehearsing));
    let role = store.set_role(&ctx, SampleRole::Clerk, person(3), true);
    assert_eq!(role, Err(Fault::Rehearsing));
    assert_eq!(store.set_mode(&ctx, Mode::ReadOnly, "why"), Err(Fault::Rehearsing));
    assert_eq!(store.set_peer(&ctx, "books", None), Err(Fault::Rehearsing));
    let due = at(10 + SampleStore::READ_AFTER, governor());
    assert!(matches!(store.tick(&due, &mut || true), Err(Fault::Rehearsing)));
    let page = store.export_state("config", None, 1).expect("a domain");
    assert_eq!(store.import_state(&ctx, &page), Err(Fault::Rehearsing));
    store.prepare_upgrade(&ctx, 1, Timestamp::from_nanos(50)).expect("a governor");
    store.resume(&ctx, 1, false).expect("the epoch");
    assert_ne!(store.state_digest("config"), stored, "the newest epoch is part of it");
    drop(store);
    let mut store = SampleStore::upgrade(memory, release("1.1.0"), 100).expect("same schema");
    assert!(!store.is_rehearsing());
    store.write(&at(30, clerk()), 1, None).expect("it works again");
    assert_eq!(store.tick(&due, &mut || true).expect("running").applied, 1);
}
