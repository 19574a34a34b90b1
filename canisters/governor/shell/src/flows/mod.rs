//! What awaits. A step was written down before it is asked, its answer is decided over what is
//! stored when it comes, and nothing that was read before an await is used after it but the ticket
//! of the step itself.

pub mod audit;
pub mod run;
pub mod verify;
pub mod watch;

#[cfg(test)]
mod fakes;
