//! What awaits. A step was written down before it is asked, its answer is decided over what is
//! stored when it comes, and nothing that was read before an await is used after it but the ticket
//! of the step itself.

pub mod adopt;
pub mod look;
pub mod pay;
pub mod resolve;
pub mod tell;

#[cfg(test)]
mod fakes;
