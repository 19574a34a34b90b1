//! The program as a person or a script runs it.

mod command_line;
mod demo;
mod desk;
mod exporter;
mod journey;
mod releases;
mod round;
mod support;
mod treasury;
