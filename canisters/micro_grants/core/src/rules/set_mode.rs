//! The governor tightens or loosens what the canister still does (C12).

use sha2::{Digest, Sha256};

use crate::errors::{AccessFault, GrantError};
use crate::limits;
use crate::records::{Config, Event, EventKind, Mode, Role};
use crate::rules::Change;
use crate::rules::terms::{people, text};

/// Decides.
pub fn set_mode(
    config: &Config,
    is_governor: bool,
    mode: Mode,
    reason: &str,
) -> Result<Change, GrantError> {
    if !is_governor {
        return Err(AccessFault::Role { any_of: &[Role::Governor] }.into());
    }
    text("reason", reason, limits::MAX_REASON_BYTES)?;
    if let Mode::Restricted(allowed) = &mode {
        people("mode.Restricted", allowed, limits::MAX_RESTRICTED)?;
    }
    let digest = Sha256::digest(reason.as_bytes()).into();
    let event = Event::new(EventKind::ModeChanged, 0).name(mode.name()).digest(digest);
    Ok(Change { config: Some(Config { mode, ..config.clone() }), ..Change::with(event) })
}
