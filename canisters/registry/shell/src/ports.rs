//! The canisters this one calls: none. Everybody may ask the registry, and it asks nobody, so that
//! no failure elsewhere keeps a person from being stopped.
