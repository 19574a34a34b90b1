//! Compiled modules in memory, the ones used longest ago dropped first.

use std::{collections::VecDeque, sync::Arc};

use super::Module;

/// Modules kept; a state holds on to its own module whether or not it is still here.
const CAPACITY: usize = 64;

/// The most recently used modules, newest last.
#[derive(Debug, Default)]
pub(super) struct Cache {
    modules: VecDeque<Arc<Module>>,
}

impl Cache {
    pub(super) fn get(&mut self, hash: &[u8; 32]) -> Option<Arc<Module>> {
        let position = self.modules.iter().position(|module| module.hash() == *hash)?;
        let module = self.modules.remove(position)?;
        self.modules.push_back(module.clone());
        Some(module)
    }

    pub(super) fn insert(&mut self, module: Arc<Module>) {
        if self.modules.len() == CAPACITY {
            self.modules.pop_front();
        }
        self.modules.push_back(module);
    }
}
