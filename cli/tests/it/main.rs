//! The program as a person or a script runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot start its process has failed")]

mod backups;
mod command_line;
mod demo;
mod desk;
mod drills;
mod exporter;
mod governance;
mod inspection;
mod journey;
mod monitor;
mod releases;
mod round;
mod scripts;
mod support;
mod treasury;
