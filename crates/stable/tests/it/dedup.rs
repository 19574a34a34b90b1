//! The table of recent requests against a list that forgets nothing.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use granary_stable::StorageFault;
use granary_stable::dedup::{Dedup, Fingerprint, Fingerprinter, Lookup, Remembered, RequestKey};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

const WINDOW: Duration = Duration::seconds(100);

fn key(caller: u8, name: u8) -> RequestKey {
    RequestKey::new(&[caller], &[name]).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds).unwrap()
}

fn open(memory: &VectorMemory, capacity: u32) -> Dedup<VectorMemory> {
    Dedup::open(memory.clone(), capacity, WINDOW).unwrap()
}

proptest! {
    #[test]
    fn answers_are_kept_for_the_window_and_no_longer_than_two(
        steps in vec((0_u8..4, 0_u8..4, 0_u8..3, 0_u64..90, any::<bool>()), 1..60)
    ) {
        let memory = VectorMemory::default();
        let mut table = open(&memory, 1_000);
        let mut model: Vec<(RequestKey, Fingerprint, Remembered)> = Vec::new();
        let mut now = 1_000;
        for (number, (caller, name, args, pause, reopen)) in (0_u64..).zip(steps) {
            now += pause;
            if reopen {
                table = open(&memory, 1_000);
            }
            let (key, print) = (key(caller, name), Fingerprint::of("m", &[args]));
            let known = model.iter().rev().find(|(k, _, _)| *k == key);
            let found = table.lookup(key, print, at(now));
            let age = known.map(|(_, _, answer)| at(now).since(answer.at).unwrap());
            match (found, known) {
                (Lookup::Fresh, _) => prop_assert!(age.is_none_or(|age| age >= WINDOW)),
                (Lookup::Repeat(answer), Some((_, print_then, then))) => {
                    prop_assert_eq!(answer, *then);
                    prop_assert_eq!(print, *print_then);
                }
                (Lookup::Conflict, Some((_, print_then, _))) => {
                    prop_assert!(print != *print_then);
                }
                (_, None) => prop_assert!(false, "nothing was remembered"),
            }
            if let Some(age) = age && found != Lookup::Fresh {
                prop_assert!(age < WINDOW.checked_mul(2).unwrap());
            }
            if found == Lookup::Fresh {
                let answer = Remembered { id: number, event: number, at: at(now) };
                table.remember(key, print, answer, at(now)).unwrap();
                model.push((key, print, answer));
            }
        }
    }

    #[test]
    fn callers_do_not_share_keys(a in any::<(u8, u8)>(), b in any::<(u8, u8)>()) {
        let [x, y] = [a, b].map(|(caller, name)| key(caller, name));
        prop_assert_eq!(x == y, a == b);
    }

    #[test]
    fn fingerprints_tell_arguments_apart(
        a in vec(any::<u8>(), 0..40), b in vec(any::<u8>(), 0..40)
    ) {
        prop_assert_eq!(Fingerprint::of("m", &a) == Fingerprint::of("m", &b), a == b);
        prop_assert!(Fingerprint::of("m", &a) != Fingerprint::of("n", &a));
    }
}

#[test]
fn pieces_have_borders() {
    let print = |pieces: &[&[u8]]| {
        let mut printer = Fingerprinter::new("m");
        for piece in pieces {
            printer.write(piece);
        }
        printer.finish()
    };
    assert_ne!(print(&[b"ab", b"c"]), print(&[b"a", b"bc"]));
    assert_ne!(print(&[b"a"]), print(&[b"a\0"]));
    assert_ne!(print(&[b"a", b""]), print(&[b"a"]));
}

#[test]
fn a_caller_and_its_key_do_not_run_together() {
    let (a, b) = (RequestKey::new(b"ab", b"c"), RequestKey::new(b"a", b"bc"));
    assert_ne!(a, b);
    assert_eq!(RequestKey::new(b"a", b""), None);
    assert_eq!(RequestKey::new(b"a", &[0; 65]), None);
    assert!(RequestKey::new(b"a", &[0; 64]).is_some());
}

#[test]
fn a_full_table_refuses_and_frees_itself() {
    let memory = VectorMemory::default();
    let mut table = open(&memory, 2);
    let print = Fingerprint::of("m", b"");
    let answer = |at| Remembered { id: 1, event: 1, at };
    for name in 0..2 {
        table.remember(key(1, name), print, answer(at(10)), at(10)).unwrap();
    }
    let full = table.remember(key(1, 9), print, answer(at(11)), at(11));
    assert_eq!(full, Err(StorageFault::Full { limit: 2 }));
    assert_eq!(table.lookup(key(1, 9), print, at(11)), Lookup::Fresh);
    assert_eq!(table.frees_at(), at(110));
    table.remember(key(1, 9), print, answer(at(110)), at(110)).unwrap();
    assert_eq!(table.lookup(key(1, 0), print, at(110)), Lookup::Repeat(answer(at(10))));
    assert_eq!(table.used(), 1);
}
