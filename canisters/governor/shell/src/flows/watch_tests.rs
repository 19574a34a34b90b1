//! What a look at a target asks, and what it makes of the answers.

use super::*;
use crate::flows::fakes::{Fakes, Mood, canister, now_or_never};

#[test]
fn a_look_is_code_controllers_and_the_count_of_changes() {
    let fakes = Fakes::new(Mood::Good);
    let look = now_or_never(look(&fakes, canister(10))).expect("it answers");
    assert_eq!((look.status.module, look.changes), (Some([7; 32]), 5));
    assert_eq!(look.status.controllers, [canister(1), canister(2)]);
    assert_eq!(look.newest, format!("changed last by {} at 9 ns since 1970", canister(3)));
    let p = canister(10);
    assert_eq!(fakes.asked.into_inner(), [format!("info {p} 1"), format!("status {p}")]);
}

#[test]
fn silence_is_no_look() {
    for mood in [Mood::Refusing, Mood::Silent] {
        assert_eq!(now_or_never(look(&Fakes::new(mood), canister(10))), None);
    }
}
