//! The program as a person or a script runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot start its process has failed")]

mod command_line;
mod demo;
mod desk;
mod exporter;
mod journey;
mod releases;
mod round;
mod support;
mod treasury;
