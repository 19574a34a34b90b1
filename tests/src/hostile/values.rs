//! Well-typed values at and beyond every bound.

use candid::{
    IDLValue, Int, Nat, Principal,
    types::{
        Field, Label, Type, TypeEnv, TypeInner,
        value::{IDLField, VariantValue},
    },
};

use super::Known;
use crate::seed::Seed;

/// Nesting after which optional values are absent and lists are empty.
const DEPTH_MAX: usize = 6;
/// A blob near the bound of an ingress message.
const HUGE_BLOB: usize = 1_900_000;
/// One in so many blobs and texts is huge, so that a run stays short.
const HUGE_ONE_IN: usize = 700;

/// Makes values of any type.
#[derive(Debug)]
pub struct Values<'a> {
    /// Named types.
    pub types: &'a TypeEnv,
    /// What the attacker knows.
    pub known: &'a Known,
    /// Where choices come from.
    pub seed: &'a mut Seed,
}

impl Values<'_> {
    /// A value of this type.
    ///
    /// # Panics
    /// On a type that no interface of the suite uses.
    pub fn of(&mut self, ty: &Type, depth: usize) -> IDLValue {
        let ty = self.types.trace_type(ty).expect("the interface file names its types");
        match ty.as_ref() {
            TypeInner::Null => IDLValue::Null,
            TypeInner::Reserved => IDLValue::Reserved,
            TypeInner::Bool => IDLValue::Bool(self.seed.chance(50)),
            TypeInner::Nat => IDLValue::Nat(self.natural()),
            TypeInner::Int => IDLValue::Int(Int::from(self.natural()) - Int::from(1)),
            TypeInner::Nat8 => IDLValue::Nat8(self.seed.bytes(1)[0]),
            TypeInner::Nat16 => IDLValue::Nat16(*self.seed.pick(&[0, 1, 2, u16::MAX])),
            TypeInner::Nat32 => IDLValue::Nat32(*self.seed.pick(&[
                0,
                1,
                2,
                3,
                100,
                101,
                200,
                10_000,
                10_001,
                65_536,
                u32::MAX,
            ])),
            TypeInner::Nat64 => IDLValue::Nat64(self.word()),
            TypeInner::Int16 => IDLValue::Int16(*self.seed.pick(&[0, -1, i16::MIN, i16::MAX])),
            TypeInner::Int64 => IDLValue::Int64(*self.seed.pick(&[0, -1, i64::MIN, i64::MAX])),
            TypeInner::Text => IDLValue::Text(self.text()),
            TypeInner::Principal => IDLValue::Principal(self.principal()),
            TypeInner::Opt(_) if depth >= DEPTH_MAX || self.seed.chance(40) => IDLValue::None,
            TypeInner::Opt(inner) => IDLValue::Opt(Box::new(self.of(inner, depth + 1))),
            TypeInner::Vec(inner) => self.list(inner, depth),
            TypeInner::Record(fields) => self.record(fields, depth),
            TypeInner::Variant(fields) => {
                let index = self.seed.below(fields.len());
                let field = self.field(&fields[index], depth);
                let index = u64::try_from(index).expect("a variant has few cases");
                IDLValue::Variant(VariantValue(Box::new(field), index))
            }
            other => panic!("the harness makes no values of {other:?}"),
        }
    }

    fn record(&mut self, fields: &[Field], depth: usize) -> IDLValue {
        IDLValue::Record(fields.iter().map(|field| self.field(field, depth)).collect())
    }

    fn field(&mut self, field: &Field, depth: usize) -> IDLField {
        IDLField { id: Label::clone(&field.id), val: self.of(&field.ty, depth + 1) }
    }

    fn list(&mut self, inner: &Type, depth: usize) -> IDLValue {
        if matches!(inner.as_ref(), TypeInner::Nat8) {
            return IDLValue::Blob(self.blob());
        }
        let length = match self.seed.below(10) {
            _ if depth >= DEPTH_MAX => 0,
            0..=2 => 0,
            3..=6 => 1,
            7 | 8 => 2 + self.seed.below(3),
            _ => 33 + self.seed.below(100),
        };
        IDLValue::Vec((0..length).map(|_| self.of(inner, depth + 2)).collect())
    }

    fn natural(&mut self) -> Nat {
        match self.seed.below(8) {
            0 => Nat::from(0_u8),
            1 => Nat::from(1_u8),
            2 => Nat::from(5_000_000_u64),
            3 => Nat::from(u64::MAX),
            4 => Nat::from(u128::MAX),
            5 => Nat::from(u128::MAX) + Nat::from(1_u8),
            6 => {
                // A number no machine word holds.
                let digits = "9".repeat(200 + self.seed.below(100));
                Nat::parse(digits.as_bytes()).expect("digits are a number")
            }
            _ => Nat::from(self.word()),
        }
    }

    fn word(&mut self) -> u64 {
        match self.seed.below(6) {
            0 => 0,
            1 => u64::MAX,
            2 => u64::from(u32::MAX) + 1,
            3 if !self.known.ids.is_empty() => *self.seed.pick(&self.known.ids),
            4 => crate::engine::GENESIS_NS + self.seed.word() % (400 * crate::clock::DAY),
            _ => self.seed.word() % 100,
        }
    }

    fn text(&mut self) -> String {
        match self.seed.below(10) {
            0 => String::new(),
            1 => "x".repeat(if self.rarely() { HUGE_BLOB } else { 5_000 }),
            2 => "\u{0}\u{1}\u{202e}\u{feff}\n\r\t".to_owned(),
            3 => "🂡".repeat(60),
            4 => "../../etc/passwd?x=%00&y='; drop".to_owned(),
            5 => "programs".to_owned(),
            _ => format!("text {}", self.seed.word() % 1_000),
        }
    }

    fn blob(&mut self) -> Vec<u8> {
        let length = match self.seed.below(8) {
            0 => 0,
            1 => 31,
            2 => 33,
            3 if self.rarely() => HUGE_BLOB,
            4 => 4_096,
            _ => 32,
        };
        self.seed.bytes(length)
    }

    fn principal(&mut self) -> Principal {
        match self.seed.below(6) {
            0 => Principal::anonymous(),
            1 => Principal::management_canister(),
            2 => Principal::from_slice(&self.seed.bytes(29)),
            3 => Principal::from_slice(&[]),
            _ if self.known.principals.is_empty() => Principal::from_slice(&[7; 10]),
            _ => *self.seed.pick(&self.known.principals),
        }
    }

    fn rarely(&mut self) -> bool {
        self.seed.below(HUGE_ONE_IN) == 0
    }
}
