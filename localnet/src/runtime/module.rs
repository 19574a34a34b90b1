//! A checked and compiled canister module.

/// Who may read a custom section through the certified state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Public,
    /// Controllers only.
    Private,
}

/// A custom section named `icp:public <name>` or `icp:private <name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomSection {
    pub name: String,
    pub visibility: Visibility,
    pub content: Vec<u8>,
}

/// A canister module that passed every check and is ready to run.
#[derive(Debug)]
pub struct Module {
    hash: [u8; 32],
    wasm_size: u64,
    instruction_count: u64,
    exports: std::collections::BTreeSet<String>,
    custom_sections: Vec<CustomSection>,
}

impl Module {
    /// SHA-256 of the bytes as they were given, compressed or not.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Length of the bytes as they were given.
    pub fn wasm_size(&self) -> u64 {
        self.wasm_size
    }

    /// Instructions the module contains, by which compiling it is charged.
    pub fn instruction_count(&self) -> u64 {
        self.instruction_count
    }

    pub fn has_update(&self, method: &str) -> bool {
        self.has_export(&format!("canister_update {method}"))
    }

    pub fn has_query(&self, method: &str) -> bool {
        self.has_export(&format!("canister_query {method}"))
    }

    pub fn has_composite_query(&self, method: &str) -> bool {
        self.has_export(&format!("canister_composite_query {method}"))
    }

    /// Whether the module exports a function under exactly this name, such as
    /// `canister_heartbeat`.
    pub fn has_export(&self, name: &str) -> bool {
        self.exports.contains(name)
    }

    /// The custom section of this name, without its `icp:` prefix.
    pub fn custom_section(&self, name: &str) -> Option<(Visibility, &[u8])> {
        let section = self.custom_sections.iter().find(|section| section.name == name)?;
        Some((section.visibility, &section.content))
    }

    pub fn custom_sections(&self) -> &[CustomSection] {
        &self.custom_sections
    }
}
