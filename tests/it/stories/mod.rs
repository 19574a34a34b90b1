//! Whole grant rounds, told from the first day to the last.

mod appeal;
mod backup;
mod drain;
mod exhaustion;
mod full_round;
mod inactivity;
mod panel;
mod stream;
