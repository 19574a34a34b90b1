//! The system interface `ic0`: what a canister can ask of the network while a message runs.
