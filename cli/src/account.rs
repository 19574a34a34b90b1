//! Accounts of token ledgers as people write them: `OWNER`, or `OWNER.SUBACCOUNT`.

use candid::Principal;
use granary_api::portfolio::LedgerAccount;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// Reads a principal, with a subaccount of up to 32 bytes in hexadecimal behind a dot; a shorter
/// one is filled with zeros from the left, and zeros alone are no subaccount.
pub(crate) fn parse(text: &str) -> Result<LedgerAccount, String> {
    let wrong = || format!("`{text}` is no account; write OWNER, or OWNER.SUBACCOUNT in hex");
    let (owner, rest) = text.split_once('.').map_or((text, None), |(o, s)| (o, Some(s)));
    let owner = Principal::from_text(owner).map_err(|_| wrong())?;
    let Some(rest) = rest else { return Ok(LedgerAccount::from(owner)) };
    // Longer ones are refused, so the padding never hides a digit.
    let fits = !rest.is_empty() && rest.len() <= 64 && rest.bytes().all(|b| b.is_ascii_hexdigit());
    let bytes = if fits { hex::decode(format!("{rest:0>64}")).ok() } else { None };
    let bytes = bytes.ok_or_else(wrong)?;
    let is_default = bytes.iter().all(|byte| *byte == 0);
    Ok(LedgerAccount { owner, subaccount: (!is_default).then(|| ByteBuf::from(bytes)) })
}

/// The account as [`parse`] reads it.
pub(crate) fn format(account: &LedgerAccount) -> String {
    let named = account.subaccount.as_ref().filter(|bytes| bytes.iter().any(|byte| *byte != 0));
    named.map_or_else(
        || account.owner.to_text(),
        |bytes| format!("{}.{}", account.owner, hex::encode(bytes)),
    )
}

/// How `registry` names a wallet and `risk_guard` a destination: SHA-256 over network and address,
/// each part behind its length.
pub(crate) fn destination(ledger: Principal, account: &LedgerAccount) -> ByteBuf {
    let none = [0; 32];
    let subaccount = account.subaccount.as_ref().map_or(&none[..], |bytes| bytes);
    let mut digest = Sha256::new();
    for part in [&b"icrc"[..], ledger.as_slice(), account.owner.as_slice(), subaccount] {
        digest.update([u8::try_from(part.len()).unwrap_or(u8::MAX)]);
        digest.update(part);
    }
    ByteBuf::from(digest.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "rwlgt-iiaaa-aaaaa-aaaaa-cai";

    #[test]
    fn accounts_are_read_and_written() {
        let plain = parse(OWNER).expect("an owner");
        assert_eq!((plain.subaccount.as_ref(), format(&plain)), (None, OWNER.to_owned()));
        assert_eq!(parse(&format!("{OWNER}.0")), Ok(plain), "zeros are no subaccount");
        let seven = parse(&format!("{OWNER}.7")).expect("a subaccount");
        assert_eq!(seven.subaccount.as_ref().and_then(|bytes| bytes.last()), Some(&7));
        assert_eq!(format(&seven), format!("{OWNER}.{}07", "00".repeat(31)));
        assert_eq!(parse(&format(&seven)), Ok(seven));
        for wrong in ["", ".", "7", "treasury", &format!("{OWNER}."), &format!("{OWNER}.xy")] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&format!("{OWNER}.{}", "1".repeat(65))).is_err());
    }

    /// Counted by hand-written bytes: each part behind its length.
    #[test]
    fn a_destination_is_the_digest_of_its_parts() {
        let (ledger, owner) = (Principal::from_slice(&[1]), Principal::from_slice(&[2, 3]));
        let bytes = [&b"\x04icrc\x01\x01\x02\x02\x03\x20"[..], &[0; 32]].concat();
        let found = destination(ledger, &LedgerAccount::from(owner));
        assert_eq!(found.to_vec(), Sha256::digest(bytes).to_vec());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = parse(&text);
        }
    }
}
