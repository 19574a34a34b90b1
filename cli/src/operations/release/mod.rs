//! New code for the suite, brought in with a way back.
//!
//! | room | holds |
//! |---|---|
//! | `plan` | what would be done, in which order, and what stands against it |
//! | `fit` | what a module says of itself, and whether it fits what runs |
//! | `journal` | what was done, on disk before the next step begins |
//! | `crew` | who acts, and each step as one call that may be repeated |
//! | `run` | the whole release: drain, replace, prove, and back when it has to be |
//! | `trigger` | what makes a release go back by itself |
//! | `retention` | snapshots of releases that nobody needs any more |
//! | `report` | what there is to say |

pub(crate) mod crew;
pub(crate) mod fit;
pub(crate) mod journal;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod retention;
pub(crate) mod run;
pub(crate) mod trigger;
