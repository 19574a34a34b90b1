//! Backups: the snapshots of the canisters, downloaded, with their state as pages beside them, and
//! proved by a network that boots them.
//!
//! | room | holds |
//! |---|---|
//! | `logical` | a canister's state as pages in a folder, and back |
//! | `manifest` | what a backup is, and what each file of it must hash to |
//! | `folder` | where backups are written, and which ones there are |
//! | `transfer` | a snapshot as files, and files as a snapshot |
//! | `take` | a backup of live canisters |
//! | `copy` | the canisters of a backup on a network inside this process |
//! | `verify` | every file compared, and the copy asked what it is |
//! | `prune` | which backups are no longer needed |
//! | `since` | what a live canister has done since it was saved |
//! | `restore` | a backup loaded into the live canisters |
//! | `report`, `restored` | what there is to say |

pub(crate) mod copy;
pub(crate) mod folder;
pub(crate) mod logical;
pub(crate) mod manifest;
pub(crate) mod prune;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod restored;
pub(crate) mod since;
pub(crate) mod take;
mod transfer;
pub(crate) mod verify;
