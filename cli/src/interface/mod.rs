//! Whether a new interface serves everybody who calls the installed one.
//!
//! | room | holds |
//! |---|---|
//! | `tokens` | the words of a Candid text |
//! | `parse` | types and methods from the words |
//!
//! What is a subtype of what is decided by the `candid` library.

mod parse;
mod tokens;

use candid::types::{
    FuncMode, Function, Label, Type, TypeEnv, TypeInner,
    internal::Field,
    subtype::{Gamma, OptReport, subtype_with_config},
};
use serde::{Deserialize, Serialize};

/// What becomes of the callers of an installed interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
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
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Unpublished => "unpublished",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

/// What callers of `old` lose when `new` takes its place, a line for each method. Texts that cannot
/// be read are told in the error.
pub(crate) fn breaks(new: &str, old: &str) -> Result<Vec<String>, String> {
    let new = parse::parse(new).map_err(|why| format!("the new interface: {why}"))?;
    let old = parse::parse(old).map_err(|why| format!("the installed interface: {why}"))?;
    let mut env = new.env;
    let old_service = env.merge_type(old.env, old.service);
    let methods = |service: &Type| -> Result<Vec<(String, Type)>, String> {
        let methods = env.as_service(service).map_err(|error| cause(&error))?;
        Ok(methods.to_vec())
    };
    let offered = methods(&new.service)?;
    let mut lost = Vec::new();
    for (name, before) in methods(&old_service)? {
        let now = offered.iter().find(|(offered, _)| *offered == name);
        let why = match now {
            None => Some("is gone".to_owned()),
            Some((_, now)) => changed(&env, now, &before)?,
        };
        lost.extend(why.map(|why| format!("`{name}` {why}")));
    }
    Ok(lost)
}

/// How a method no longer is what it was, as callers see it.
fn changed(env: &TypeEnv, now: &Type, before: &Type) -> Result<Option<String>, String> {
    let function = |method| env.as_func(method).map_err(|error| cause(&error));
    let (now, before) = (function(now)?, function(before)?);
    if now.modes != before.modes {
        return Ok(Some(format!("was {} and is {}", kind(before), kind(now))));
    }
    // An optional value of another type is read as none: the rule by which such types grow.
    let fits = |narrow: &[Type], wide: &[Type]| {
        let report = OptReport::Silence;
        subtype_with_config(report, &mut Gamma::new(), env, &tuple(narrow), &tuple(wide))
    };
    if let Err(error) = fits(&before.args, &now.args) {
        return Ok(Some(format!("takes something else: {}", cause(&error))));
    }
    let answered = fits(&now.rets, &before.rets);
    Ok(answered.err().map(|error| format!("answers something else: {}", cause(&error))))
}

fn kind(function: &Function) -> &'static str {
    match function.modes.first() {
        None => "an update",
        Some(FuncMode::Query) => "a query",
        Some(FuncMode::CompositeQuery) => "a composite query",
        Some(FuncMode::Oneway) => "a message without an answer",
    }
}

/// Arguments and results are matched by their place.
fn tuple(types: &[Type]) -> Type {
    let field = |(place, ty): (u32, &Type)| Field { id: Label::Id(place).into(), ty: ty.clone() };
    TypeInner::Record((0..).zip(types).map(field).collect()).into()
}

/// The innermost reason, on one line.
fn cause(error: &candid::Error) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    crate::render::page::cut(&error.to_string(), 200)
}

#[cfg(test)]
mod tests {
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
            let same =
                candid::types::subtype::equal(&mut Gamma::new(), &env, &ours.service, &theirs);
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
