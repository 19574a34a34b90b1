//! Whether a new interface serves everybody who calls the installed one.
//!
//! | room | holds |
//! |---|---|
//! | `tokens` | the words of a Candid text |
//! | `parse` | types and methods from the words |
//! | `subtype` | what may stand where something else is expected |
//!
//! Both texts may be hostile: a canister compares what anybody proposes. So the depth of what is
//! read, and the work of comparing, have bounds; what exceeds them serves nobody.

mod parse;
mod subtype;
mod tokens;

use candid::types::{FuncMode, Function, Type, TypeInner};
use serde::{Deserialize, Serialize};

use self::{
    parse::{Interface, resolved, word},
    subtype::Comparison,
};
use crate::{
    limits::METADATA_BYTES_MAX,
    text::{NAME_SHOWN, one_line},
};

/// Characters of a reason that are shown.
const REASON_SHOWN: usize = 200;

/// What becomes of the callers of an installed interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The installed code publishes no interface.
    #[default]
    Unpublished,
    /// Every call that is understood now is understood, and so is every answer.
    Compatible,
    /// Some are not.
    Breaking,
}

impl Verdict {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unpublished => "unpublished",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

/// What callers of `old` lose when `new` takes its place, a line for each method. Texts that cannot
/// be read or compared are told in the error.
pub fn breaks(new: &str, old: &str) -> Result<Vec<String>, String> {
    let read = |text: &str, which: &str| {
        let fault =
            |why: String| format!("the {which} interface: {}", one_line(&why, REASON_SHOWN));
        if text.len() > METADATA_BYTES_MAX {
            return Err(fault(format!("it is longer than {METADATA_BYTES_MAX} bytes")));
        }
        parse::parse(text).map_err(fault)
    };
    let (new, old) = (read(new, "new")?, read(old, "installed")?);
    let offered = new.methods()?;
    let mut comparison = Comparison::new(&new.env, &old.env);
    let mut lost = Vec::new();
    for (name, before) in old.methods()? {
        let found = offered.binary_search_by(|(offered, _)| offered.cmp(name)).ok();
        let why = match found.and_then(|at| offered.get(at)) {
            None => Some("is gone".to_owned()),
            Some((_, now)) => {
                let (now, before) = (function(&new, now)?, function(&old, before)?);
                changed(&mut comparison, now, before)
            }
        };
        comparison.affordable()?;
        lost.extend(why.map(|why| format!("`{}` {why}", one_line(name, NAME_SHOWN))));
    }
    Ok(lost)
}

fn function<'a>(interface: &'a Interface, method: &'a Type) -> Result<&'a Function, String> {
    match resolved(&interface.env, method)? {
        TypeInner::Func(function) => Ok(function),
        other => Err(format!("a method is {}", word(other))),
    }
}

/// How a method no longer is what it was, as callers see it.
fn changed<'a>(
    comparison: &mut Comparison<'a>,
    now: &'a Function,
    before: &'a Function,
) -> Option<String> {
    if now.modes != before.modes {
        return Some(format!("was {} and is {}", kind(before), kind(now)));
    }
    if let Err(why) = comparison.understands(&now.args, &before.args) {
        return Some(format!("takes something else: {}", one_line(&why, REASON_SHOWN)));
    }
    let answered = comparison.understood(&now.rets, &before.rets);
    answered.err().map(|why| format!("answers something else: {}", one_line(&why, REASON_SHOWN)))
}

fn kind(function: &Function) -> &'static str {
    match function.modes.first() {
        None => "an update",
        Some(FuncMode::Query) => "a query",
        Some(FuncMode::CompositeQuery) => "a composite query",
        Some(FuncMode::Oneway) => "a message without an answer",
    }
}

#[cfg(test)]
mod tests {
    use candid::types::subtype::{Gamma, equal};
    use candid_parser::utils::{CandidSource, service_compatible};

    use super::*;

    const DID: &str = "// A thing.
        type A = record { id : nat64; \"kind of\" : opt text; 7 : blob };
        /* how /* it */ ended */
        type E = variant { Ok : nat64; Err : text; none };
        service : (opt record { bound : nat }) -> {
          get : (nat64) -> (A) query;
          find : (of : nat64, principal) -> (opt A) composite_query;
          put : (A, vec record { text; int }) -> (E);
          tell : (func (nat) -> () oneway) -> () oneway;
        }";

    fn says(new: &str, old: &str) -> Vec<String> {
        breaks(new, old).expect("both can be read")
    }

    #[test]
    fn what_callers_lose_is_told_by_method() {
        assert_eq!(says(DID, DID), Vec::<String>::new());
        let gone = DID.replace("get : (nat64) -> (A) query;", "");
        assert_eq!(says(&gone, DID), ["`get` is gone"]);
        assert_eq!(says(DID, &gone), Vec::<String>::new(), "a new method takes nothing");
        let update = DID.replace("(A) query", "(A)");
        assert_eq!(says(&update, DID), ["`get` was a query and is an update"]);
        let wider = DID.replace("id : nat64;", "id : nat64; note : opt text;");
        assert_eq!(says(&wider, DID), Vec::<String>::new(), "an optional field may come");
        let demanding = DID.replace("id : nat64;", "id : nat64; note : text;");
        let found = says(&demanding, DID);
        assert!(
            found.len() == 1 && found[0].starts_with("`put` takes something else"),
            "{found:?}"
        );
        let another = DID.replace("none };", "none; late };");
        let found = says(&another, DID);
        assert!(found.len() == 1 && found[0].starts_with("`put` answers something else"));
        let bound = DID.replace("bound : nat", "bound : text");
        assert_eq!(says(&bound, DID), Vec::<String>::new(), "callers do not install");
    }

    #[test]
    fn a_text_that_is_no_interface_is_told() {
        let deep = format!("service : {{ a : ({} nat) -> () }}", "opt ".repeat(100_000));
        for (text, words) in [
            ("", "there is no service"),
            ("type A = nat;", "there is no service"),
            ("import \"a.did\"; service : {}", "line 1: another file is imported"),
            ("service : { a : (B) -> () }", "there is no type `B`"),
            ("type A = nat; type A = nat; service : {}", "line 1: `A` is there twice"),
            ("service : { a : (record { x : nat; x : nat }) -> () }", "two fields"),
            ("service : {\n a : (nat -> () }", "line 2"),
            ("service : { \"a : (nat) -> () }", "line 1: a text has no end"),
            ("/* service : {}", "line 1: a remark has no end"),
            ("type A = A; service : A", "its service is none"),
            ("service : nat", "nat"),
            (&deep, "line 1: types are nested more than 100 deep"),
        ] {
            let said = breaks(text, DID).expect_err(text);
            assert!(said.starts_with("the new interface: ") && said.contains(words), "{said}");
            assert!(breaks(DID, text).is_err());
        }
    }

    /// Every interface there is in this checkout, read by the two readers.
    #[test]
    fn both_readers_read_the_same() {
        let root = granary_build::workspace_root().expect("tests run inside the checkout");
        let mut texts = vec![DID.to_owned()];
        for folder in ["candid", "candid/released"] {
            for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
                let path = entry.expect("readable").path();
                if path.extension().is_some_and(|kind| kind == "did") {
                    texts.push(std::fs::read_to_string(path).expect("a text"));
                }
            }
        }
        assert!(texts.len() > 5, "only {} interfaces were found", texts.len());
        for text in &texts {
            let ours = parse::parse(text).expect("ours reads it");
            let (theirs_env, theirs) = CandidSource::Text(text).load().expect("theirs reads it");
            let mut env = ours.env;
            let theirs = env.merge_type(theirs_env, theirs.expect("a service"));
            let same = equal(&mut Gamma::new(), &env, &ours.service, &theirs);
            same.expect("both mean the same");
        }
        for new in &texts {
            for old in &texts {
                let theirs = service_compatible(CandidSource::Text(new), CandidSource::Text(old));
                assert_eq!(says(new, old).is_empty(), theirs.is_ok(), "{theirs:?}");
            }
        }
    }
}
