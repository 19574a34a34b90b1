//! What may stand where something else is expected: Candid's subtyping, as far as callers of a
//! service notice it.
//!
//! The relation is the one of the `candid` library, which tests hold this to. Its own check tries
//! what an optional value holds although the outcome changes nothing, and its work has no bound; a
//! canister needs one.

use std::collections::BTreeSet;

use candid::types::{Label, Type, TypeEnv, TypeInner, internal::Field};

use super::parse::{resolved, word};

/// Pairs of types, and fields in them, that are looked at before a comparison is given up. The
/// interfaces of this suite take some thousands.
const STEPS_MAX: u32 = 200_000;

/// A type, with the names it was written among.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    env: &'a TypeEnv,
    ty: &'a Type,
}

/// One comparison of two interfaces. The names of each are looked up in its own environment, so
/// that none of one can take the place of one of the other.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    new: &'a TypeEnv,
    old: &'a TypeEnv,
    /// Pairs that hold, or that hold unless something still to be looked at does not: by where they
    /// stand in memory, which says nothing but whether they are the same.
    assumed: BTreeSet<(usize, usize)>,
    /// What is still to be looked at: the first of each is to be a subtype of the second.
    open: Vec<(Named<'a>, Named<'a>)>,
    steps: u32,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(new: &'a TypeEnv, old: &'a TypeEnv) -> Self {
        Self { new, old, assumed: BTreeSet::new(), open: Vec::new(), steps: 0 }
    }

    /// Whether the new code reads the arguments that callers of the old one send. The error says
    /// what it does not.
    pub(super) fn understands(
        &mut self,
        now: &'a [Type],
        before: &'a [Type],
    ) -> Result<(), String> {
        self.tuples((self.old, before), (self.new, now))
    }

    /// Whether callers of the old code read what the new one answers.
    pub(super) fn understood(&mut self, now: &'a [Type], before: &'a [Type]) -> Result<(), String> {
        self.tuples((self.new, now), (self.old, before))
    }

    /// An error when the comparison took more than it may; what was found then means nothing.
    pub(super) fn affordable(&self) -> Result<(), String> {
        if self.steps > STEPS_MAX {
            return Err(format!("the interfaces take more than {STEPS_MAX} steps to compare"));
        }
        Ok(())
    }

    fn tuples(
        &mut self,
        given: (&'a TypeEnv, &'a [Type]),
        expected: (&'a TypeEnv, &'a [Type]),
    ) -> Result<(), String> {
        let ended = self.values(given, expected).and_then(|()| self.work());
        if ended.is_err() {
            // Some of what was assumed does not hold.
            self.assumed.clear();
            self.open.clear();
        }
        ended
    }

    fn work(&mut self) -> Result<(), String> {
        while let Some((given, expected)) = self.open.pop() {
            self.step()?;
            let one = resolved(given.env, given.ty)?;
            let other = resolved(expected.env, expected.ty)?;
            let place = |ty: &TypeInner| std::ptr::from_ref(ty).addr();
            if self.assumed.insert((place(one), place(other))) {
                self.pair((given.env, one), (expected.env, other))?;
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        self.steps = self.steps.saturating_add(1);
        self.affordable()
    }

    /// One pair; what it depends on is left open.
    fn pair(
        &mut self,
        (given, one): (&'a TypeEnv, &'a TypeInner),
        (expected, other): (&'a TypeEnv, &'a TypeInner),
    ) -> Result<(), String> {
        match (one, other) {
            // An optional value that cannot be read is read as none: the rule by which types grow.
            (_, TypeInner::Reserved | TypeInner::Opt(_))
            | (TypeInner::Empty, _)
            | (TypeInner::Nat, TypeInner::Int)
            | (TypeInner::Service(_), TypeInner::Principal) => Ok(()),
            (TypeInner::Vec(one), TypeInner::Vec(other)) => {
                let (given, expected) =
                    (Named { env: given, ty: one }, Named { env: expected, ty: other });
                self.open.push((given, expected));
                Ok(())
            }
            (TypeInner::Record(one), TypeInner::Record(other)) => {
                self.record((given, one), (expected, other))
            }
            (TypeInner::Variant(one), TypeInner::Variant(other)) => {
                self.variant((given, one), (expected, other))
            }
            (TypeInner::Service(one), TypeInner::Service(other)) => {
                self.service((given, one), (expected, other))
            }
            (TypeInner::Func(one), TypeInner::Func(other)) => {
                if one.modes != other.modes {
                    return Err("a function of another kind".to_owned());
                }
                self.values((expected, &other.args), (given, &one.args))?;
                self.values((given, &one.rets), (expected, &other.rets))
            }
            (one, other) if is_plain(one) && one == other => Ok(()),
            (one, other) => Err(format!("{} is not a subtype of {}", word(one), word(other))),
        }
    }

    /// Arguments or results, matched by their place.
    fn values(
        &mut self,
        (one_env, one): (&'a TypeEnv, &'a [Type]),
        (other_env, other): (&'a TypeEnv, &'a [Type]),
    ) -> Result<(), String> {
        for (place, ty) in other.iter().enumerate() {
            let expected = Named { env: other_env, ty };
            match one.get(place) {
                Some(ty) => self.open.push((Named { env: one_env, ty }, expected)),
                None => may_lack(&format!("value {place}"), expected)?,
            }
            self.step()?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        (one_env, one): (&'a TypeEnv, &'a [Field]),
        (other_env, other): (&'a TypeEnv, &'a [Field]),
    ) -> Result<(), String> {
        for Field { id, ty } in other {
            let expected = Named { env: other_env, ty };
            match field(one, id) {
                Some(ty) => self.open.push((Named { env: one_env, ty }, expected)),
                None => may_lack(&format!("record field {id}"), expected)?,
            }
            self.step()?;
        }
        Ok(())
    }

    fn variant(
        &mut self,
        (one_env, one): (&'a TypeEnv, &'a [Field]),
        (other_env, other): (&'a TypeEnv, &'a [Field]),
    ) -> Result<(), String> {
        for Field { id, ty } in one {
            let Some(expected) = field(other, id) else {
                return Err(format!("variant field {id} is not in the expected type"));
            };
            let expected = Named { env: other_env, ty: expected };
            self.open.push((Named { env: one_env, ty }, expected));
            self.step()?;
        }
        Ok(())
    }

    fn service(
        &mut self,
        (one_env, one): (&'a TypeEnv, &'a [(String, Type)]),
        (other_env, other): (&'a TypeEnv, &'a [(String, Type)]),
    ) -> Result<(), String> {
        for (name, ty) in other {
            let found = one.binary_search_by(|(offered, _)| offered.cmp(name)).ok();
            let Some((_, offered)) = found.and_then(|at| one.get(at)) else {
                return Err(format!("method {name} is only in the expected type"));
            };
            let offered = Named { env: one_env, ty: offered };
            self.open.push((offered, Named { env: other_env, ty }));
            self.step()?;
        }
        Ok(())
    }
}

/// Whether what is expected may be missing.
fn may_lack(which: &str, expected: Named<'_>) -> Result<(), String> {
    match resolved(expected.env, expected.ty)? {
        TypeInner::Null | TypeInner::Reserved | TypeInner::Opt(_) => Ok(()),
        other => Err(format!(
            "{which}: {} is only in the expected type and is not of type opt, null or reserved",
            word(other)
        )),
    }
}

/// The type of a field among fields that stand by their numbers.
fn field<'a>(fields: &'a [Field], id: &Label) -> Option<&'a Type> {
    let at = fields.binary_search_by_key(&id.get_id(), |field| field.id.get_id()).ok()?;
    fields.get(at).map(|field| &field.ty)
}

/// Whether nothing is in a type.
fn is_plain(ty: &TypeInner) -> bool {
    !matches!(
        ty,
        TypeInner::Opt(_)
            | TypeInner::Vec(_)
            | TypeInner::Record(_)
            | TypeInner::Variant(_)
            | TypeInner::Func(_)
            | TypeInner::Service(_)
            | TypeInner::Class(..)
    )
}
