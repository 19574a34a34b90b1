//! Refusals of input that every canister repeats.

use std::collections::BTreeSet;

use candid::Principal;

use crate::base::{Mode, Peer};
use crate::ctx::is_nobody;
use crate::fault::Fault;
use crate::{Hash, limits};

/// Refuses an empty or too long text.
pub fn text(field: &str, value: &str, max: usize) -> Result<(), Fault> {
    let bytes = value.len();
    if bytes == 0 || bytes > max {
        return Err(Fault::TextSize { field: field.to_owned(), bytes, max });
    }
    Ok(())
}

/// Refuses too many people, people named twice, and principals that can hold no right.
pub fn people(field: &str, list: &[Principal], max: usize) -> Result<(), Fault> {
    let count = list.len();
    if count > max {
        return Err(Fault::ListSize { field: field.to_owned(), count, max });
    }
    list.iter().try_for_each(|who| person(field, who))?;
    if list.iter().collect::<BTreeSet<_>>().len() != count {
        return Err(Fault::DuplicatePerson { field: field.to_owned() });
    }
    Ok(())
}

/// Refuses the principals that can hold no right.
pub fn person(field: &str, who: &Principal) -> Result<(), Fault> {
    if is_nobody(who) {
        return Err(Fault::PersonInvalid { field: field.to_owned() });
    }
    Ok(())
}

/// A digest of 32 bytes.
pub fn hash(field: &str, bytes: &[u8]) -> Result<Hash, Fault> {
    let wrong = || Fault::HashSize { field: field.to_owned(), bytes: bytes.len() };
    Hash::try_from(bytes).map_err(|_| wrong())
}

/// Refuses a number above `max`.
pub fn at_most(field: &str, given: u64, max: u64) -> Result<(), Fault> {
    if given > max {
        return Err(Fault::Limit { field: field.to_owned(), given, max });
    }
    Ok(())
}

/// Refuses a number below `min` or above `max`.
pub fn between(field: &str, given: u64, min: u64, max: u64) -> Result<(), Fault> {
    if given < min || given > max {
        return Err(Fault::Range { field: field.to_owned(), given, min, max });
    }
    Ok(())
}

/// Refuses a page of nothing or of more than `max`.
pub fn page(given: u32, max: u32) -> Result<usize, Fault> {
    if given == 0 || given > max {
        return Err(Fault::PageLimit { given, max });
    }
    Ok(usize::try_from(given).unwrap_or(usize::MAX))
}

/// Refuses a restricted mode whose list is wrong.
pub fn mode(mode: &Mode) -> Result<(), Fault> {
    match mode {
        Mode::Restricted(allowed) => people("mode.Restricted", allowed, limits::MAX_RESTRICTED),
        Mode::Full | Mode::ReadOnly | Mode::OutflowsFrozen => Ok(()),
    }
}

/// Refuses peers this canister cannot have, and peers named twice.
pub fn peers(list: &[Peer], known: &'static [&'static str]) -> Result<(), Fault> {
    let (count, max) = (list.len(), limits::MAX_PEERS);
    if count > max {
        return Err(Fault::ListSize { field: "peers".to_owned(), count, max });
    }
    for Peer { name, canister } in list {
        peer(name, known)?;
        person("peers", canister)?;
    }
    if list.iter().map(|peer| &peer.name).collect::<BTreeSet<_>>().len() != count {
        return Err(Fault::DuplicatePerson { field: "peers".to_owned() });
    }
    Ok(())
}

/// Refuses a name this canister gives to no other one.
pub fn peer(name: &str, known: &'static [&'static str]) -> Result<(), Fault> {
    if known.contains(&name) {
        return Ok(());
    }
    Err(Fault::PeerUnknown { name: name.to_owned(), known })
}
