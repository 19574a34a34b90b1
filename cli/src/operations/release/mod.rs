//! New code for the suite, brought in with a way back.
//!
//! | room | holds |
//! |---|---|
//! | `plan` | what would be done, in which order, and what stands against it |
//! | `journal` | what was done, on disk before the next step begins |
//! | `crew` | who acts, and each step as one call that may be repeated |
//! | `run` | the whole release: drain, replace, prove, and back when it has to be |
//! | `trigger` | what makes a release go back by itself |
//! | `report` | what there is to say |

pub(crate) mod crew;
pub(crate) mod journal;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod trigger;
