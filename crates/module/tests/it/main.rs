//! Modules as they are proposed, honest and not.

mod faults;
mod hostile;
mod interfaces;
mod modules;
mod samples;
