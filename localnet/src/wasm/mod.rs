//! Checking and rewriting of canister modules before they are compiled.
