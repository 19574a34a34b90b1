//! What awaits. A call was written down before it is made, its answer is decided over what is
//! stored when it comes, and nothing that was read before an await is used after it but the ticket
//! of the call itself.

pub mod stage;
pub mod step;
pub mod watch;
