//! Networks that are kept in a directory: whatever ends the process, the last save and the journal
//! beside it are the network at its last answer.

use std::{fs, path::Path};

use super::{
    management,
    puppet::{call, manage, program},
    world::{World, user},
};
use crate::{
    faults::{Action, FaultPlan, Intervention, Rule},
    network::{Network, NetworkConfig},
};

const SECOND: u64 = 1_000_000_000;

/// Everything of a network that anybody can see, but for its time.
fn picture(net: &Network) -> String {
    let canisters = net.canister_ids().into_iter().map(|id| {
        let certified = net.certified_data(id).map(<[u8]>::to_vec);
        let status = format!("{:?}", net.canisters[&id].status);
        (id, net.state_digest(id), net.cycles(id), certified, status)
    });
    let messages = net.ingress_records().map(|(id, record)| (id, record.status.clone()));
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        net.cycles_account(),
        canisters.collect::<Vec<_>>(),
        messages.collect::<Vec<_>>(),
        net.pending_http_requests(),
    )
}

fn load(dir: &Path) -> Result<World, String> {
    Network::load(dir, NetworkConfig::default()).map(|net| World { net })
}

/// One of everything a network can be asked.
fn story(world: &mut World) {
    let (a, b) = (world.puppet(), world.puppet());
    let due = world.net.time_ns() + 60 * SECOND;
    let timed = program().on_timer(&program().count(100)).timer(due);
    world.run(a, timed.stable_write(0, b"on disk!").certify(b"data").reply()).expect("reply");
    world.run(b, program().count(1).trap("on purpose")).expect_err("a trap");
    let random = manage("raw_rand", candid::encode_args(()).expect("encodes"));
    world.run(a, program().call(random.on_reply(program().append_arg().reply()))).expect("random");
    world.net.add_cycles(a, 5_000_000).expect("the canister exists");
    world.net.set_stable_memory(b, &vec![7; 100_000]).expect("set");
    let outcall = manage("http_request", management::http_request(None))
        .cycles(100_000_000_000)
        .on_reply(program().count(1).append_arg().reply());
    for _ in 0..2 {
        world.submit(user(), a, "run", program().call(outcall.clone()).0).expect("taken");
    }
    world.net.tick();
    let request = world.net.pending_http_requests().remove(0);
    management::respond(world, request.request_id, b"x");
    let rule = Rule::new(Action::Reject { code: 2, message: "no".to_owned() }).chance(500);
    world.net.set_faults(FaultPlan::of([rule]), 3).expect("a plan");
    for _ in 0..8 {
        let counted = call(b, program().count(1).reply()).on_reply(program().append_arg().reply());
        let refused = program().append_reject().reply();
        world.run(a, program().call(counted.on_reject(refused))).expect("an answer");
    }
    world.net.end_faults();
    world
        .net
        .intervene(&Intervention::Drain { canister: b, leave: 40_000_000_000_000 })
        .expect("b");
    world.net.intervene(&Intervention::Stop { canister: b }).expect("stopped");
    world.net.set_time(due).expect("future");
    world.net.tick();
    world.net.set_certified_time(due + SECOND).expect("future");
    world.submit(user(), a, "run", program().count(20).reply().0).expect("waits");
}

#[test]
fn nothing_that_was_done_is_lost_without_a_save() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::seeded(5);
    world.net.keep_in(dir.path()).expect("kept");
    story(&mut world);
    assert_eq!(world.net.journal_failure(), None);
    let (time_ns, before) = (world.net.time_ns(), picture(&world.net));

    // The process ends here, and once more while it begins again.
    for resumed in 1..=2 {
        let mut back = load(dir.path()).expect("loaded");
        assert_eq!(picture(&back.net), before);
        assert_eq!(back.net.time_ns(), time_ns + 2, "time resumes two nanoseconds later");
        back.check();
        let other = tempfile::tempdir().expect("directory");
        back.net.keep_in(other.path()).expect("kept");
        back.net.tick();
        let again = load(other.path()).expect("loaded");
        assert_eq!(picture(&again.net), picture(&back.net), "resumed {resumed} times");
    }
}

#[test]
fn a_save_in_between_shortens_the_journal_and_changes_nothing() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::seeded(6);
    world.net.keep_in(dir.path()).expect("kept");
    let canister = world.puppet();
    let journal = dir.path().join("current/journal.bin");
    let long = fs::metadata(&journal).expect("a journal").len();
    world.net.keep_in(dir.path()).expect("kept again");
    assert_eq!(fs::metadata(&journal).expect("a journal").len(), 0, "it was {long} bytes");
    world.run(canister, program().count(3).reply()).expect("reply");
    let mut back = load(dir.path()).expect("loaded");
    assert_eq!(picture(&back.net), picture(&world.net));
    assert_eq!(back.count(canister), 3);
    world.net.shorten_journal().expect("nothing to do");
    assert!(fs::metadata(&journal).expect("a journal").len() > 0, "a short journal stays");
}

/// Copies what is in a directory, as far down as it goes.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("directory");
    for entry in fs::read_dir(from).expect("readable") {
        let path = entry.expect("readable").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// What a step of a save is called, and what it leaves in the directory.
type Step<'a> = (&'a str, &'a dyn Fn(&Path));

#[test]
fn a_save_that_is_cut_off_anywhere_leaves_the_network() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::seeded(7);
    world.net.keep_in(dir.path()).expect("kept");
    let canister = world.puppet();
    world.run(canister, program().count(9).reply()).expect("reply");
    let (expected, current) = (picture(&world.net), dir.path().join("current"));
    let saved = tempfile::tempdir().expect("directory");
    world.net.save(saved.path()).expect("saved");
    let fresh = saved.path().join("current");
    let half = |place: &Path| {
        copy(&fresh, place);
        let manifest = place.join("network.cbor");
        let bytes = fs::read(&manifest).expect("a manifest");
        fs::write(&manifest, &bytes[..bytes.len() / 2]).expect("written");
    };
    // What is in the directory at each step of a save.
    let steps: [Step; 5] = [
        ("while the next save is written", &|at| {
            copy(&current, &at.join("current"));
            half(&at.join("next"));
        }),
        ("before the current save is moved away", &|at| {
            copy(&current, &at.join("current"));
            copy(&fresh, &at.join("next"));
        }),
        ("between the two moves", &|at| {
            copy(&current, &at.join("previous"));
            copy(&fresh, &at.join("next"));
        }),
        ("before the previous save is removed", &|at| {
            copy(&current, &at.join("previous"));
            copy(&fresh, &at.join("current"));
        }),
        ("while the previous save is removed", &|at| {
            fs::create_dir_all(at.join("previous")).expect("directory");
            copy(&fresh, &at.join("current"));
        }),
    ];
    for (step, arrange) in steps {
        let at = tempfile::tempdir().expect("directory");
        arrange(at.path());
        let mut back = load(at.path()).unwrap_or_else(|why| panic!("{step}: {why}"));
        assert_eq!(picture(&back.net), expected, "{step}");
        back.net.keep_in(at.path()).unwrap_or_else(|why| panic!("{step}: {why}"));
        assert_eq!(picture(&load(at.path()).expect(step).net), expected, "{step}, kept again");
    }
    let at = tempfile::tempdir().expect("directory");
    half(&at.path().join("next"));
    assert!(!Network::is_saved_in(at.path()), "a first save that was cut off is nothing");
}

#[test]
fn a_torn_end_of_the_journal_is_left_out_and_a_torn_middle_is_an_error() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::seeded(8);
    world.net.keep_in(dir.path()).expect("kept");
    let canister = world.puppet();
    world.run(canister, program().count(1).reply()).expect("reply");
    let (before, journal) = (picture(&world.net), dir.path().join("current/journal.bin"));
    let whole = fs::read(&journal).expect("a journal").len();
    world.net.add_cycles(canister, 1).expect("the canister exists");
    let bytes = fs::read(&journal).expect("a journal");
    for end in whole..bytes.len() {
        fs::write(&journal, &bytes[..end]).expect("written");
        let net = Network::load_telling(dir.path(), NetworkConfig::default());
        let (net, torn) = net.expect("loaded");
        assert_eq!((picture(&net), torn), (before.clone(), end - whole));
    }
    let mut last = bytes.clone();
    *last.last_mut().expect("not empty") ^= 1;
    fs::write(&journal, &last).expect("written");
    let back = load(dir.path()).expect("nobody was answered on the last entry");
    assert_eq!(picture(&back.net), before);
    for at in [0, 3, 4, 9, 40, whole - 1] {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1;
        fs::write(&journal, &wrong).expect("written");
        let error = load(dir.path()).err().unwrap_or_else(|| panic!("byte {at} is not noticed"));
        assert!(error.contains("journal.bin is torn at byte"), "{error}");
    }
}

#[test]
fn torn_files_beside_the_manifest_are_errors_that_name_them() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::seeded(9);
    let canister = world.puppet();
    world.run(canister, program().stable_write(0, b"on disk!").reply()).expect("reply");
    world.net.save(dir.path()).expect("saved");
    for name in ["0.bin", "1.bin", "2.bin"] {
        let path = dir.path().join("current").join(name);
        let bytes = fs::read(&path).expect("a file");
        let mut flipped = bytes.clone();
        flipped[0] ^= 1;
        for wrong in [&bytes[..bytes.len() - 1], &flipped[..], &[][..]] {
            fs::write(&path, wrong).expect("written");
            let error = load(dir.path()).err().unwrap_or_else(|| panic!("{name} is not noticed"));
            assert!(error.contains(name) && error.contains("torn"), "{error}");
        }
        fs::write(&path, &bytes).expect("written");
    }
    load(dir.path()).expect("whole again");
}

#[test]
fn a_journal_of_another_network_is_noticed() {
    let (one, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("other"));
    for (dir, seed) in [(&one, 10), (&other, 11)] {
        let mut world = World::seeded(seed);
        if seed == 11 {
            world.puppet();
        }
        world.net.keep_in(dir.path()).expect("kept");
        world.puppet();
    }
    let journal = "current/journal.bin";
    fs::copy(one.path().join(journal), other.path().join(journal)).expect("copied");
    let error = load(other.path()).err().expect("noticed");
    assert!(error.contains("found another network"), "{error}");
}
