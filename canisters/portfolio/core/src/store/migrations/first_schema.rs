//! State as schema 1 wrote it.
