//! What a module says of itself in its metadata sections.

use crate::{
    encoding,
    fault::ModuleFault,
    interface::{self, Verdict},
    limits::{MODULE_BYTES_MAX, STATED_BYTES_MAX},
    sections::Sections,
    text::{NAME_SHOWN, one_line},
};

/// The section with the name of the canister a module is for.
pub const CANISTER: &str = "suite:canister";
/// The section with the version a module calls itself.
pub const VERSION: &str = "suite:version";
/// The section with the commit a module was built from.
pub const COMMIT: &str = "git_commit_id";
/// The section with the oldest and the newest schema a module reads.
pub const SCHEMA: &str = "suite:schema";
/// The section with the interface.
pub const INTERFACE: &str = "candid:service";

/// What a module says of itself; empty where it says nothing, or no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// The canister it is for.
    pub canister: String,
    /// The version it calls itself.
    pub version: String,
    /// The commit it was built from.
    pub commit: String,
    /// The oldest and the newest schema it reads.
    pub reads: Option<(u32, u32)>,
    /// Its interface, in Candid.
    pub interface: Option<String>,
}

impl Stated {
    /// Reads the sections of a module, as it is or packed.
    pub fn read(module: &[u8]) -> Result<Self, ModuleFault> {
        Self::of(&Sections::read(&encoding::unpack(module, MODULE_BYTES_MAX)?)?)
    }

    /// The same of sections that were read already.
    pub fn of(sections: &Sections<'_>) -> Result<Self, ModuleFault> {
        let text = |section: &str| {
            let content = sections.public(section)?;
            std::str::from_utf8(content).ok()
        };
        let short = |section: &'static str| match text(section).unwrap_or_default() {
            text if text.len() > STATED_BYTES_MAX => {
                Err(ModuleFault::StatedTooLong { section, limit: STATED_BYTES_MAX })
            }
            text => Ok(text.to_owned()),
        };
        Ok(Self {
            canister: short(CANISTER)?,
            version: short(VERSION)?,
            commit: short(COMMIT)?,
            reads: text(SCHEMA).and_then(range),
            interface: text(INTERFACE).map(str::to_owned),
        })
    }

    /// What stands against the module as new code of the canister `name`, whose state has `schema`.
    pub fn problems(&self, name: &str, schema: u32) -> Vec<String> {
        if self.canister.is_empty() {
            let unknown = "the new module is none of this suite: it does not say which canister it \
                           is for";
            return vec![unknown.to_owned()];
        }
        if self.canister != name {
            let stated = one_line(&self.canister, NAME_SHOWN);
            return vec![format!("the new module is {stated} and not {name}")];
        }
        match self.reads {
            None => vec!["the new module does not say which schemas it reads".to_owned()],
            Some((oldest, current)) if schema < oldest || schema > current => {
                vec![format!(
                    "its state has schema {schema}, the new code reads {oldest} to {current}"
                )]
            }
            Some(_) => Vec::new(),
        }
    }

    /// What callers of the installed code lose, a line for each method; `installed` is the
    /// interface that code publishes.
    pub fn serves(&self, installed: Option<&[u8]>) -> (Verdict, Vec<String>) {
        let Some(installed) = installed else { return (Verdict::Unpublished, Vec::new()) };
        let lost = match &self.interface {
            None => vec!["the new module publishes no interface".to_owned()],
            // What cannot be read serves nobody as far as anybody knows.
            Some(new) => interface::breaks(new, &String::from_utf8_lossy(installed))
                .unwrap_or_else(|why| vec![why]),
        };
        let verdict = if lost.is_empty() { Verdict::Compatible } else { Verdict::Breaking };
        (verdict, lost)
    }
}

/// The range in `3-5`.
fn range(text: &str) -> Option<(u32, u32)> {
    let (oldest, current) = text.split_once('-')?;
    Some((oldest.parse().ok()?, current.parse().ok()?))
}
