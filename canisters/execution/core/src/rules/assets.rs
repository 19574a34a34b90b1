//! Assets and signing keys. What is called comes from the books' registry of assets and never
//! changes once it is adopted (E10); a key's path is used once (E6).

use crate::errors::{ExecutionError, InputFault, StateFault};
use crate::limits;
use crate::records::{AssetRow, Event, EventKind, KeyRow};
use crate::rules::{Change, Ctx};
use crate::types::{Account, AssetId, KeyId, Principal, Scheme};
use granary_kernel::{Fault, checks};

/// What the books and the ledger say about an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The ledger.
    pub ledger: Principal,
    /// The account that holds the treasury's part.
    pub treasury: Account,
    /// Decimal places.
    pub decimals: u8,
    /// Symbol, at most 12 bytes.
    pub symbol: [u8; 12],
    /// What a transfer costs.
    pub fee: u128,
    /// Blocks the ledger has.
    pub length: u64,
}

/// Adopts an asset, or refreshes the fee of one that is. `own` is this canister, and `restores`
/// counts restores from 1.
pub fn adopt(
    id: AssetId,
    known: Option<&AssetRow>,
    facts: &Facts,
    own: &Principal,
    restores: u64,
    key: KeyId,
    ctx: &Ctx,
) -> Result<Change, ExecutionError> {
    checks::person("ledger", &facts.ledger)?;
    if facts.treasury.owner != *own {
        return Err(StateFault::Custody.into());
    }
    let event = Event::new(EventKind::AssetAdopted, id.wire()).party(facts.ledger);
    if let Some(row) = known {
        let changed = |what| Err(StateFault::AssetChanged { what }.into());
        if row.ledger != facts.ledger {
            return changed("ledger");
        }
        if row.treasury != facts.treasury {
            return changed("account");
        }
        if row.decimals != facts.decimals {
            return changed("number of decimals");
        }
        let tip = row.tip.max(facts.length);
        let row = AssetRow { fee: facts.fee, fee_at: ctx.now, tip, ..*row };
        return Ok(Change { asset: Some((id, row)), events: vec![event], ..Change::default() });
    }
    // After a restore an asset may have been adopted and used before: its whole log is looked at.
    let is_first_life = restores == 1;
    let row = AssetRow {
        adopted: true,
        ledger: facts.ledger,
        treasury: facts.treasury,
        decimals: facts.decimals,
        symbol: facts.symbol,
        fee: facts.fee,
        fee_at: ctx.now,
        tip: if is_first_life { facts.length } else { 0 },
        cleared: if is_first_life { restores } else { 0 },
        adopted_at: ctx.now,
        ..AssetRow::none()
    };
    let path = KeyRow {
        asset: id,
        scheme: Scheme::IcrcSubaccount,
        name: String::new(),
        path: facts.treasury.subaccount.to_vec(),
        at: ctx.now,
    };
    let said = Event::new(EventKind::KeyReferenced, key.wire()).number(id.wire());
    let events = vec![event, said.name(Scheme::IcrcSubaccount.name())];
    Ok(Change { asset: Some((id, row)), key: Some((key, path)), events, ..Change::default() })
}

/// References a threshold key. Nothing is signed with it yet; its path is taken from now on.
pub fn reference_key(
    asset: AssetId,
    scheme: Scheme,
    name: &str,
    path: &[u8],
    known: &[(KeyId, KeyRow)],
    next: KeyId,
    ctx: &Ctx,
) -> Result<Change, ExecutionError> {
    let wrong = |problem| ExecutionError::from(InputFault::KeyReference { problem });
    if scheme == Scheme::IcrcSubaccount {
        return Err(wrong("of a subaccount is made when its asset is adopted"));
    }
    if name.is_empty() || name.len() > limits::MAX_KEY_NAME_BYTES {
        return Err(wrong("has a name of 1 to 32 bytes"));
    }
    if path.is_empty() || path.len() > limits::MAX_PATH_BYTES {
        return Err(wrong("has a path of 1 to 64 bytes"));
    }
    if next.wire() > limits::MAX_KEYS {
        return Err(Fault::Full { what: "the list of keys", max: limits::MAX_KEYS }.into());
    }
    let same = |row: &KeyRow| row.scheme == scheme && row.name == name && row.path == path;
    if let Some((key, _)) = known.iter().find(|(_, row)| same(row)) {
        return Err(StateFault::KeyTaken { key: key.wire() }.into());
    }
    let row = KeyRow { asset, scheme, name: name.to_owned(), path: path.to_vec(), at: ctx.now };
    let event = Event::new(EventKind::KeyReferenced, next.wire()).number(asset.wire());
    let events = vec![event.name(scheme.name())];
    Ok(Change { key: Some((next, row)), events, ..Change::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{account, ctx, person};

    fn facts() -> Facts {
        Facts {
            ledger: person(100),
            treasury: account(50),
            decimals: 8,
            symbol: *b"TUSD\0\0\0\0\0\0\0\0",
            fee: 10,
            length: 77,
        }
    }

    fn id() -> AssetId {
        AssetId::new(1).expect("not zero")
    }

    fn key(n: u32) -> KeyId {
        KeyId::new(n).expect("not zero")
    }

    fn adopted(known: Option<&AssetRow>, facts: &Facts, restores: u64) -> Result<AssetRow, String> {
        adopt(id(), known, facts, &person(50), restores, key(1), &ctx(3))
            .map(|change| change.asset.expect("a row").1)
            .map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn e10_an_adopted_asset_never_changes_but_for_its_fee() {
        let row = adopted(None, &facts(), 1).expect("new");
        let dearer = adopted(Some(&row), &Facts { fee: 11, ..facts() }, 1).expect("the same");
        assert_eq!((dearer.fee, dearer.ledger), (11, row.ledger));
        for changed in [
            Facts { ledger: person(101), ..facts() },
            Facts { treasury: Account { subaccount: [1; 32], ..account(50) }, ..facts() },
            Facts { decimals: 6, ..facts() },
        ] {
            assert!(adopted(Some(&row), &changed, 1).is_err(), "{changed:?}");
        }
        let foreign = Facts { treasury: account(51), ..facts() };
        assert!(adopted(None, &foreign, 1).expect_err("not ours").contains("Custody"));
    }

    #[test]
    fn e7_an_asset_adopted_after_a_restore_is_looked_at_from_its_first_block() {
        let fresh = adopted(None, &facts(), 1).expect("new");
        assert_eq!((fresh.cleared, fresh.tip), (1, 77));
        let again = adopted(None, &facts(), 2).expect("new");
        assert_eq!((again.cleared, again.tip), (0, 0));
    }

    #[test]
    fn e6_a_path_is_used_once() {
        let go = |scheme, name: &str, path: &[u8], known: &[(KeyId, KeyRow)]| {
            reference_key(id(), scheme, name, path, known, key(2), &ctx(1))
        };
        let first = go(Scheme::EcdsaSecp256k1, "key_1", &[1], &[]).expect("new").key.expect("it");
        let known = [first];
        assert!(go(Scheme::EcdsaSecp256k1, "key_1", &[1], &known).is_err());
        assert!(go(Scheme::EcdsaSecp256k1, "key_1", &[2], &known).is_ok());
        assert!(go(Scheme::SchnorrBip340, "key_1", &[1], &known).is_ok());
        assert!(go(Scheme::IcrcSubaccount, "key_1", &[1], &[]).is_err());
        for (name, path) in [("", &[1][..]), ("key_1", &[]), ("key_1", &[0; 65])] {
            assert!(go(Scheme::EcdsaSecp256k1, name, path, &[]).is_err());
        }
    }
}
