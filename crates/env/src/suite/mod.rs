//! The host side every canister of the suite has: its bodies once, generic over the kernel.
//!
//! A canister's shell implements [`Host`] for one unit type, which says where its store is and
//! what only it knows. The endpoints stay written out in the shell, with their documentation and
//! their roles: they are its contract. Their bodies are one line into [`methods`].
//!
//! | room | holds |
//! |---|---|
//! | [`methods`] | the body of each common endpoint, under its name |
//! | [`state`] | the one store of the instance: put, read, write and certify |
//! | [`access`] | the frames a call runs in, and who may |
//! | [`install`] | what install and upgrade have in common |
//! | [`tasks`] | the alarm, the common jobs, the shell's own |
//! | [`health`] | the common components, the short and the long answer, the health job |
//! | [`dependencies`] | the other canisters: asked, remembered for a while, part of health |
//! | [`calls`] | calls that are counted |
//! | [`counters`] | refusals and calls since the last upgrade |
//! | [`sweep`] | the invariants, checked in the background |
//! | [`families`] | the common metrics and the scrape |
//! | [`pages`] | pages over HTTP |
//! | [`convert`] | the kernel's shapes to the wire and back |

pub mod access;
pub mod calls;
pub mod convert;
pub mod counters;
pub mod dependencies;
pub mod families;
pub mod health;
pub mod install;
pub mod methods;
pub mod pages;
pub mod state;
pub mod sweep;
pub mod tasks;

use std::thread::LocalKey;

use granary_api::common::Receipt;
use granary_errors::Error;
use granary_health::Check;
use granary_kernel::{Canister, CanisterStore, Ctx, Families, Report};
use granary_metrics::Exposition;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;

pub use state::Place;

/// The kind of canister a host runs.
pub type KindOf<H> = <<H as Host>::Store as CanisterStore>::Canister;
/// Its canister-wide roles.
pub type RoleOf<H> = <KindOf<H> as Canister>::Role;
/// Its refusals.
pub type ErrorOf<H> = <<H as Host>::Store as CanisterStore>::Error;
/// The payload of its journal.
pub type EventOf<H> = <KindOf<H> as Canister>::Event;

/// A canister of the suite as its shell runs it.
pub trait Host: Sized + 'static {
    /// The store of the canister's core.
    type Store: Families<Memory = DefaultMemoryImpl>;

    /// Who may see cycles, memory and the log, and have the other canisters asked.
    const TRUSTED: &'static [RoleOf<Self>];
    /// Who may have the state checked.
    const VALIDATORS: &'static [RoleOf<Self>];
    /// Who may read logical backups.
    const BACKUP: &'static [RoleOf<Self>];

    /// Where the shell keeps its store; see [`Place`].
    fn place() -> &'static LocalKey<Place<Self::Store>>;

    /// What the subnet certifies. The journal's head, unless the canister has more to show.
    fn certified(store: &Self::Store) -> [u8; 32] {
        store.journal_head().1
    }

    /// Name of what an event says happened.
    fn event_kind(event: &EventOf<Self>) -> &'static str;

    /// The components of health that only this canister has; O(1).
    fn checks(store: &Self::Store, now: Timestamp) -> Vec<Check>;

    /// A piece of the check of the invariants.
    fn invariants(
        store: &Self::Store,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, ErrorOf<Self>>;

    /// Writes the metric families that only this canister has; O(1).
    fn families(store: &Self::Store, text: &mut Exposition);

    /// What the page for people shows besides the common: a name and a figure each; O(1).
    fn figures(store: &Self::Store) -> Vec<(&'static str, String)>;

    /// Puts the shell's own jobs into the table. Called after install, restore and import, and
    /// in the first beat after an upgrade.
    fn ensure_jobs(_store: &mut Self::Store, _ctx: &Ctx) {}

    /// Runs a due job of the shell, of a kind from [`tasks::OWN_JOBS`] on; answers when it runs
    /// again. A refusal is logged and tried again, and in the end becomes a dead letter.
    fn run_job(
        _store: &mut Self::Store,
        _ctx: &Ctx,
        job: &Job,
    ) -> Result<Option<Timestamp>, String> {
        Err(tasks::unknown(job))
    }

    /// Reads the store.
    fn read<T>(look: impl FnOnce(&Self::Store) -> T) -> T {
        state::read::<Self, T>(look)
    }

    /// Changes the store; see [`state::write`].
    fn write<T>(change: impl FnOnce(&mut Self::Store) -> T) -> T {
        state::write::<Self, T>(change)
    }

    /// Runs a verb for the caller of the message; see [`access::verb`].
    fn verb(
        run: impl FnOnce(&mut Self::Store, &Ctx) -> Result<granary_kernel::Receipt, ErrorOf<Self>>,
    ) -> Result<Receipt, Error> {
        access::verb::<Self>(run)
    }

    /// Reads for the caller of the message; see [`access::view`].
    fn view<T>(
        look: impl FnOnce(&Self::Store, &Ctx) -> Result<T, ErrorOf<Self>>,
    ) -> Result<T, Error> {
        access::view::<Self, T>(look)
    }
}
