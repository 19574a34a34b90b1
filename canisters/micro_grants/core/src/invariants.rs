//! What must hold in any stored state.
