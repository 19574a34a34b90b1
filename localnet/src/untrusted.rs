//! Candid from elsewhere, decoded within bounds: a few bytes can stand for a list of billions of
//! values that take no bytes, and work grows with the list.

use candid::{
    CandidType, DecoderConfig, IDLValue,
    de::IDLDeserialize,
    utils::{decode_args_with_config, decode_one_with_config},
};
use serde::de::DeserializeOwned;

/// Work a value may cost for each of its bytes: a byte of a list costs four units, one of a list of
/// small variants some twenty, and fifty times as many when nobody wants it.
const WORK_PER_BYTE: usize = 50 * SKIPPING_PER_BYTE;
/// The same of what nobody wants, by itself: newer clients send fields that are not known here, and
/// the canister that a call is about is read out of arguments with a whole module.
const SKIPPING_PER_BYTE: usize = 64;
/// On top of either.
const WORK_BASE: usize = 10_000;

fn config(bytes: &[u8]) -> DecoderConfig {
    let units = |per_byte| bytes.len().saturating_mul(per_byte).saturating_add(WORK_BASE);
    let mut config = DecoderConfig::new();
    config.set_decoding_quota(units(WORK_PER_BYTE)).set_skipping_quota(units(SKIPPING_PER_BYTE));
    config
}

/// The one argument of a call, or the one value of an answer.
pub(crate) fn decode_one<T: CandidType + DeserializeOwned>(bytes: &[u8]) -> candid::Result<T> {
    decode_one_with_config(bytes, &config(bytes))
}

/// No argument at all.
pub(crate) fn decode_nothing(bytes: &[u8]) -> candid::Result<()> {
    decode_args_with_config(bytes, &config(bytes))
}

/// The first value of an answer, whatever its type; none when it is empty.
pub(crate) fn decode_untyped(bytes: &[u8]) -> candid::Result<Option<IDLValue>> {
    let mut values = IDLDeserialize::new_with_config(bytes, &config(bytes))?;
    if values.is_done() { Ok(None) } else { values.get_value().map(Some) }
}

#[cfg(test)]
mod tests {
    use candid::{Principal, Reserved, encode_one};
    use ic_management_canister_types as mg;

    use super::*;

    /// `record { canister_id : principal; <unknown field> : vec null }` with so many elements.
    fn bomb(elements: u64) -> Vec<u8> {
        let id = u64::from(candid::idl_hash("canister_id"));
        let mut bytes = b"DIDL\x02\x6d\x7f\x6c\x02".to_vec();
        let fields = [(id, &[0x68_u8][..]), (u64::from(u32::MAX), &[0])];
        for (hash, kind) in fields {
            leb128::write::unsigned(&mut bytes, hash).expect("written");
            bytes.extend_from_slice(kind);
        }
        bytes.extend_from_slice(&[1, 1, 1, 0]);
        leb128::write::unsigned(&mut bytes, elements).expect("written");
        bytes
    }

    #[test]
    fn a_list_of_nothing_costs_work_and_is_refused() {
        let few: mg::CanisterIdRecord = decode_one(&bomb(10)).expect("an unknown field");
        assert_eq!(few.canister_id, Principal::management_canister());
        let many = decode_one::<mg::CanisterIdRecord>(&bomb(1 << 40)).expect_err("a bomb");
        let said = format!("{many:#} {many:?}");
        assert!(said.contains("exceeds the limit"), "{said}");
        decode_untyped(&bomb(1 << 40)).expect_err("a bomb");
        assert!(decode_untyped(&bomb(10)).is_ok_and(|value| value.is_some()));
    }

    #[test]
    fn large_values_are_no_bombs() {
        let args = mg::UploadChunkArgs {
            canister_id: Principal::management_canister(),
            chunk: vec![7; 2_000_000],
        };
        let bytes = encode_one(&args).expect("encodes");
        assert_eq!(decode_one::<mg::UploadChunkArgs>(&bytes).expect("decodes").chunk, args.chunk);
        let known = decode_one::<mg::CanisterIdRecord>(&bytes).expect("the rest is skipped");
        assert_eq!(known.canister_id, args.canister_id);
        let names: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
        let bytes = encode_one(&names).expect("encodes");
        assert_eq!(decode_one::<Vec<String>>(&bytes).expect("decodes"), names);
        assert!(decode_nothing(b"DIDL\x00\x00").is_ok());
        assert!(decode_one::<Reserved>(b"DIDL").is_err());
    }
}
