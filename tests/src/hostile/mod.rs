//! Malformed and ill-meant arguments for any method of an interface.
//!
//! [`values`] makes well-typed values at and beyond every bound; [`bytes`] damages their encoding.
//! [`Verdict`] judges what came back with a decoder of its own, so that a trap is excused only
//! when the arguments truly cannot be decoded.

pub mod bytes;
pub mod values;

use candid::{
    DecoderConfig, IDLArgs,
    types::{Type, TypeEnv},
};
use pocket_ic::{ErrorCode, RejectResponse};

use crate::{
    did::{Interface, Method},
    seed::Seed,
};

/// Effort of decoding, in Candid's own count, that every method takes; what is within both figures
/// must be decoded.
const EFFORT: usize = 30_000;
/// Effort of skipping what the method does not know.
const SKIPPED_EFFORT: usize = 8_000;
/// Bytes that every method takes.
const BYTES: usize = 16_000;

/// What the attacker knows about the canister.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Ids that exist.
    pub ids: Vec<u64>,
    /// Principals that mean something to the canister.
    pub principals: Vec<candid::Principal>,
}

/// Makes arguments, reproducibly.
#[derive(Debug)]
pub struct Attacker<'a> {
    interface: &'a Interface,
    known: Known,
    seed: Seed,
}

/// Arguments to send.
#[derive(Debug, Clone)]
pub struct Attack {
    /// How they were made, for the failure's message.
    pub kind: &'static str,
    /// What to send.
    pub bytes: Vec<u8>,
}

impl<'a> Attacker<'a> {
    /// An attacker whose every step follows from the seed.
    pub fn new(interface: &'a Interface, known: Known, seed: Seed) -> Self {
        Self { interface, known, seed }
    }

    /// Arguments of the right types whose values are at or beyond the bounds.
    ///
    /// # Panics
    /// When the generator contradicts the encoder, which is a fault of the harness.
    pub fn well_typed(&mut self, method: &Method) -> Vec<u8> {
        let interface = self.interface;
        self.encode(&interface.types, &method.args)
    }

    fn encode(&mut self, types: &TypeEnv, args: &[Type]) -> Vec<u8> {
        let mut source = values::Values { types, known: &self.known, seed: &mut self.seed };
        let args_values: Vec<_> = args.iter().map(|ty| source.of(ty, 0)).collect();
        IDLArgs::new(&args_values)
            .to_bytes_with_types(types, args)
            .expect("generated values have the types they were made for")
    }

    /// Some arguments for this method, most of them wrong.
    pub fn attack(&mut self, method: &Method) -> Attack {
        let honest = self.well_typed(method);
        match self.seed.below(20) {
            0..=7 => Attack { kind: "values at the bounds", bytes: honest },
            8 | 9 => Attack { kind: "truncated", bytes: bytes::truncated(&mut self.seed, honest) },
            10..=12 => {
                Attack { kind: "flipped bits", bytes: bytes::flipped(&mut self.seed, honest) }
            }
            13 | 14 => Attack {
                kind: "huge length",
                bytes: bytes::with_huge_length(&mut self.seed, &honest),
            },
            15 => Attack { kind: "junk appended", bytes: bytes::padded(&mut self.seed, honest) },
            16 => Attack { kind: "noise", bytes: bytes::noise(&mut self.seed) },
            17 => Attack { kind: "bomb", bytes: bytes::bomb(&mut self.seed) },
            _ => self.foreign(),
        }
    }

    /// The arguments of another method.
    fn foreign(&mut self) -> Attack {
        let interface = self.interface;
        let other = self.seed.pick(&interface.methods);
        Attack { kind: "another method's arguments", bytes: self.well_typed(other) }
    }
}

/// What came back, judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// `Ok` of a result, or a plain value.
    Accepted,
    /// A typed error.
    Refused,
    /// Rejected because the arguments are not of the method's types.
    Undecodable,
}

/// Judges the answer to `attack`.
///
/// # Errors
/// What the canister must never do: trap on arguments that decode, or trap for another reason than
/// their decoding.
pub fn judge(
    interface: &Interface,
    method: &Method,
    attack: &Attack,
    reply: &Result<Vec<u8>, RejectResponse>,
) -> Result<Verdict, String> {
    match reply {
        Ok(bytes) => Ok(if is_error(bytes) { Verdict::Refused } else { Verdict::Accepted }),
        Err(reject) => {
            let message = &reject.reject_message;
            let from_decoding = is_decoding_trap(reject);
            if !from_decoding {
                return Err(format!("{:?}: {message}", reject.error_code));
            }
            if decodes(interface, method, &attack.bytes) {
                return Err(format!("trapped on arguments that decode: {message}"));
            }
            Ok(Verdict::Undecodable)
        }
    }
}

/// The one trap a caller can cause.
fn is_decoding_trap(reject: &RejectResponse) -> bool {
    reject.error_code == ErrorCode::CanisterCalledTrap
        && reject.reject_message.contains("arguments: the argument ")
}

/// True when an independent decoder accepts the bytes as arguments of the method, with little
/// effort.
fn decodes(interface: &Interface, method: &Method, bytes: &[u8]) -> bool {
    // Methods without arguments do not look at what they are sent.
    if method.args.is_empty() {
        return true;
    }
    let mut config = DecoderConfig::new();
    config.set_decoding_quota(EFFORT).set_skipping_quota(SKIPPED_EFFORT);
    let empty = candid::utils::encode_args(()).expect("nothing encodes");
    let bytes = if bytes.is_empty() { &empty } else { bytes };
    let read = |bytes| {
        IDLArgs::from_bytes_with_types_with_config(bytes, &interface.types, &method.args, &config)
    };
    bytes.len() <= BYTES && read(bytes).is_ok()
}

/// True when the reply is the `Err` of a result.
fn is_error(reply: &[u8]) -> bool {
    candid::utils::decode_one::<Result<candid::Reserved, granary_errors::Error>>(reply)
        .is_ok_and(|result| result.is_err())
}
