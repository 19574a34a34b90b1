//! Stories over several messages. Each loads, decides, writes its intent down, calls, and then
//! loads and decides again.

pub mod refresh;
pub mod reserve;
