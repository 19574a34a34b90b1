//! Interfaces written to be read wrongly, and random ones that the official library compares.

use std::fmt::Write;

use candid_parser::utils::{CandidSource, service_compatible};
use granary_module::interface::breaks;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::samples::soon;

/// Texts of types over three names.
fn types() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "nat",
        "int",
        "text",
        "null",
        "reserved",
        "empty",
        "principal",
        "nat8",
        "blob",
        "A",
        "B",
        "C",
    ]);
    plain.prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
        let fields = |inner: BoxedStrategy<String>| {
            prop::collection::btree_map("[abc]", inner, 0..3).prop_map(|fields| {
                let field = |(name, ty): (&String, &String)| format!("{name} : {ty}; ");
                fields.iter().map(field).collect::<String>()
            })
        };
        let inner = inner.boxed();
        prop_oneof![
            inner.clone().prop_map(|ty| format!("opt {ty}")),
            inner.clone().prop_map(|ty| format!("vec {ty}")),
            fields(inner.clone()).prop_map(|fields| format!("record {{ {fields}}}")),
            fields(inner.clone()).prop_map(|fields| format!("variant {{ {fields}}}")),
            (inner.clone(), inner.clone(), prop::sample::select(vec!["", "query", "oneway"]))
                .prop_map(|(one, other, mode)| match mode {
                    "oneway" => format!("func ({one}) -> () oneway"),
                    mode => format!("func ({one}) -> ({other}) {mode}"),
                }),
            inner.prop_map(|ty| format!("service {{ m : ({ty}) -> () }}")),
        ]
    })
}

fn interfaces() -> impl Strategy<Value = String> {
    let rest = prop::collection::vec(types(), 5);
    rest.prop_map(|types| {
        let [a, b, c, takes, answers] = types.try_into().expect("five");
        format!(
            "type A = {a}; type B = {b}; type C = {c}; \
             service : {{ f : ({takes}, opt A) -> ({answers}, B) }}"
        )
    })
}

/// The same text with one word of it, or one field, another.
fn changed() -> impl Strategy<Value = (String, String)> {
    let words = prop::sample::select(vec![
        ("nat", "int"),
        ("nat", "opt nat"),
        ("text", "opt text"),
        ("text", "reserved"),
        ("vec", "opt"),
        ("a : ", "b2 : "),
        ("record { ", "record { late : opt nat; "),
        ("record { ", "record { late : nat; "),
        ("record { ", "record { late : null; "),
        ("variant { ", "variant { late; "),
        ("A", "B"),
        ("query", ""),
        ("opt A", "opt B"),
    ]);
    (interfaces(), words, any::<bool>()).prop_map(|(text, (from, to), back)| {
        let other = text.replacen(from, to, 1);
        if back { (other, text) } else { (text, other) }
    })
}

/// Whether callers lose nothing, by both; an interface that is none serves nobody.
fn verdicts(new: &str, old: &str) -> (bool, bool) {
    let ours = breaks(new, old).is_ok_and(|lost| lost.is_empty());
    let theirs = service_compatible(CandidSource::Text(new), CandidSource::Text(old));
    (ours, theirs.is_ok())
}

#[test]
fn the_official_library_comes_to_the_same_verdict() {
    let mut runner = TestRunner::deterministic();
    let strategy = prop_oneof![(interfaces(), interfaces()), changed()];
    let (mut serving, mut breaking) = (0, 0);
    for _ in 0..4_000 {
        let (new, old) = strategy.new_tree(&mut runner).expect("a pair").current();
        let (ours, theirs) = verdicts(&new, &old);
        assert_eq!(ours, theirs, "new: {new}\nold: {old}\n{:?}", breaks(&new, &old));
        if theirs { serving += 1 } else { breaking += 1 }
    }
    assert!(serving > 300 && breaking > 300, "{serving} of one, {breaking} of the other");
}

/// A type of the new text must not take the place of one of the old text.
#[test]
fn names_of_one_text_mean_nothing_in_the_other() {
    let old = "type S = service { a : (nat) -> (); b : () -> () }; service : S";
    let new = "type S = service { }; service : S";
    assert_eq!(breaks(new, old), Ok(vec!["`a` is gone".to_owned(), "`b` is gone".to_owned()]));
    for name in ["\"S/1\"", "\"S\""] {
        let new = format!("type S = service {{ }}; type {name} = service {{ }}; service : {name}");
        let said = breaks(&new, old).expect_err("a name of a type stands in no quotes");
        assert!(said.contains("is no name of a type"), "{said}");
    }
    let old = "type T = record { x : nat }; service : { a : () -> (T) }";
    let new = "type T = record { x : text }; service : { a : () -> (T) }";
    let lost = "`a` answers something else: text is not a subtype of nat";
    assert_eq!(breaks(new, old), Ok(vec![lost.to_owned()]));
}

#[test]
fn what_is_lost_is_told_with_its_reason() {
    let says = |new: &str, old: &str| {
        let service = |method: &str| format!("service : {{ a : {method} }}");
        breaks(&service(new), &service(old)).expect("both can be read").join("\n")
    };
    assert_eq!(says("(opt text) -> ()", "(nat) -> ()"), "");
    assert_eq!(
        says("(vec nat) -> ()", "(record {}) -> ()"),
        "`a` takes something else: record {…} is not a subtype of vec nat"
    );
    assert_eq!(
        says("(nat, text) -> ()", "(nat) -> ()"),
        "`a` takes something else: value 1: text is only in the expected type and is not of type \
         opt, null or reserved"
    );
    assert_eq!(
        says("() -> (record {})", "() -> (record { \"x\" : nat })"),
        "`a` answers something else: record field x: nat is only in the expected type and is not \
         of type opt, null or reserved"
    );
    assert_eq!(
        says("() -> (variant { late })", "() -> (variant { early })"),
        "`a` answers something else: variant field late is not in the expected type"
    );
    assert_eq!(
        says("() -> (func () -> () query)", "() -> (func () -> ())"),
        "`a` answers something else: a function of another kind"
    );
    assert_eq!(
        says("() -> (service {})", "() -> (service { m : () -> () })"),
        "`a` answers something else: method m is only in the expected type"
    );
}

/// What was assumed for one method does not hold for the next one when the first is lost.
#[test]
fn every_method_is_compared_for_itself() {
    let text = |leaf: &str| {
        format!(
            "type A = record {{ x : {leaf} }}; type B = record {{ a : A; b : opt B }};
             service : {{ a : () -> (B); b : (B) -> (); c : () -> (A); d : () -> (nat) }}"
        )
    };
    let lost = breaks(&text("nat"), &text("text")).expect("both can be read");
    let why = |of: &str| format!("{of} something else: nat is not a subtype of text");
    let lost_by = |of: &str| format!("{of} something else: text is not a subtype of nat");
    assert_eq!(
        lost,
        [
            format!("`a` {}", why("answers")),
            format!("`b` {}", lost_by("takes")),
            format!("`c` {}", why("answers")),
        ]
    );
}

/// Types that refer to each other so that their comparison visits every pair: 700 by 701.
#[test]
fn a_comparison_that_takes_too_long_is_given_up() {
    let ring = |length: usize| {
        let mut text = String::new();
        for n in 0..length {
            let next = (n + 1) % length;
            writeln!(text, "type T{n} = record {{ next : T{next} }};").expect("into memory");
        }
        text + "service : { a : () -> (T0) }"
    };
    assert_eq!(breaks(&ring(200), &ring(201)), Ok(vec![]), "40,200 pairs");
    let said = soon(|| breaks(&ring(700), &ring(701))).expect_err("490,700 pairs");
    assert_eq!(said, "the interfaces take more than 200000 steps to compare");
}

/// What makes a check that tries optional values first take twice as long for each name.
#[test]
fn optional_values_are_not_tried() {
    let tower = |leaf: &str| {
        let mut text = format!("type T0 = record {{ z : {leaf} }};");
        for n in 1..60 {
            let below = n - 1;
            let part = format!("type T{n} = record {{ a : opt T{below}; b : opt T{below} }};");
            text.push_str(&part);
        }
        text + "service : { a : () -> (T59) }"
    };
    assert_eq!(soon(|| breaks(&tower("nat"), &tower("text"))), Ok(vec![]));
}

#[test]
fn texts_have_bounds() {
    let old = "service : { a : () -> () }";
    let long = format!("{old}//{}", "x".repeat(1 << 20));
    let said = breaks(&long, old).expect_err("too long");
    assert_eq!(said, "the new interface: it is longer than 1048576 bytes");
    let chain = |length: usize| {
        let links = (1..length).map(|n| format!("type T{n} = T{};", n - 1));
        let links = links.collect::<Vec<_>>().concat();
        format!("type T0 = nat; {links} service : {{ a : () -> (T{}) }}", length - 1)
    };
    assert_eq!(breaks(&chain(15), &chain(1)), Ok(vec![]));
    let said = breaks(&chain(40), &chain(1)).expect_err("too many names for one type");
    assert!(said.contains("` is known by too many names"), "{said}");
    let said = breaks(&format!("type A = B; type B = A; {old}"), old).expect_err("no type at all");
    assert!(said.contains("` is known by too many names"), "{said}");
    let name = "N".repeat(201);
    let said = breaks(&format!("type {name} = nat; {old}"), old).expect_err("too long a name");
    assert!(said.contains("a name of a type is longer than 200 bytes"), "{said}");
    let lost = breaks("service : {}", "service : { \"a\\1b[31m\" : () -> () }");
    assert_eq!(lost, Ok(vec!["`a [31m` is gone".to_owned()]), "names do not steer a terminal");
}
