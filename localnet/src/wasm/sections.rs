//! Custom sections a canister publishes: `icp:public <name>` and `icp:private <name>`.

use serde::{Deserialize, Serialize};

use super::{MAX_CUSTOM_SECTIONS, MAX_CUSTOM_SECTIONS_BYTES};
use crate::runtime::WasmFault;

/// Who may read a custom section through the certified state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    Public,
    /// Controllers only.
    Private,
}

/// A custom section named `icp:public <name>` or `icp:private <name>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomSection {
    pub name: String,
    pub visibility: Visibility,
    #[serde(with = "serde_bytes")]
    pub content: Vec<u8>,
}

/// Adds a custom section to those found before it, if it is one a canister publishes.
pub(super) fn collect(
    found: &mut Vec<CustomSection>,
    full_name: &str,
    content: &[u8],
) -> Result<(), WasmFault> {
    let Some(rest) = full_name.strip_prefix("icp:") else { return Ok(()) };
    let (name, visibility) = if let Some(name) = rest.strip_prefix("public ") {
        (name, Visibility::Public)
    } else if let Some(name) = rest.strip_prefix("private ") {
        (name, Visibility::Private)
    } else {
        return Err(fault(format_args!(
            "\"{full_name}\" is neither \"icp:public <name>\" nor \"icp:private <name>\""
        )));
    };
    if found.iter().any(|section| section.name == name) {
        return Err(fault(format_args!("the name \"{name}\" is used twice")));
    }
    found.push(CustomSection { name: name.into(), visibility, content: content.into() });
    if found.len() > MAX_CUSTOM_SECTIONS {
        return Err(fault(format_args!("there are more than {MAX_CUSTOM_SECTIONS} of them")));
    }
    let bytes: usize = found.iter().map(|section| section.name.len() + section.content.len()).sum();
    if bytes > MAX_CUSTOM_SECTIONS_BYTES {
        return Err(fault(format_args!(
            "they hold {bytes} bytes, more than {MAX_CUSTOM_SECTIONS_BYTES}"
        )));
    }
    Ok(())
}

fn fault(reason: std::fmt::Arguments<'_>) -> WasmFault {
    WasmFault::invalid(format_args!("Wasm module has an invalid custom section. {reason}"))
}
