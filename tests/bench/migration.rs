//! `portfolio` with the books of an earlier schema: what each message of the migration costs, and
//! what the books still do meanwhile.
//!
//! The books are today's, marked with schema 2: every entry, every reference and every account is
//! gone through as if it were written so, since the steps bring up whatever they find. It fails
//! when a message costs more than it may, when anything is lost, or when the migration never ends.

use std::{cell::RefCell, rc::Rc};

use granary_api::{
    common::{MigrationStatus, Receipt, ValidateStateArgs, ValidationReport},
    portfolio::{Entry, ExternalRef},
};
use granary_errors::Error;
use granary_stable::{header::HeaderCell, layout, regions::Regions};
use granary_tests::{
    clock::SECOND,
    people::Who,
    subject::{CommonUpgrade, PORTFOLIO, UpgradeArg},
    world::encode,
};
use ic_stable_structures::VectorMemory;

use crate::{
    Figures,
    portfolio::{
        scenarios::transfer,
        seed::{self, Seed},
    },
    subject::{Seed as _, refusal},
    world::World,
};

/// The schema the books are marked with, and the one they get.
const SCHEMAS: (u32, u32) = (2, 4);
/// From this schema on every entry is kept as it is today.
const INDEXED: u32 = 3;
/// What one message may cost: far from the forty billion the network allows.
const MOST: u64 = 2_000_000_000;
/// Between two questions of readers.
const LOOK_EVERY: u64 = 50;

/// Everything that is counted, by name.
pub(crate) fn measure(rows: u64) -> Result<Figures, String> {
    let module = granary_build::canister(PORTFOLIO.name).map_err(|error| error.to_string())?;
    let mut seed = Seed::new()?;
    seed.grow_to(rows)?;
    let cache = module.path.with_file_name("compiled");
    let packed = module.gzip_of_no_commit().map_err(|error| error.to_string())?;
    let mut world = World::start(&cache, Who::Controller.principal(), seed.time_after(rows))?;
    world.install(&packed, (PORTFOLIO.init)())?;
    world.set_stable_memory(&earlier(seed.image())?)?;
    drop(seed);
    let args = Some(UpgradeArg::Upgrade(CommonUpgrade::default()));
    let upgrade = world.upgrade(&packed, encode(&args))?;
    let begun = status(&mut world)?;
    if (begun.schema, begun.target) != SCHEMAS {
        return Err(format!("the migration does not begin: {begun:?}"));
    }
    let mut figures = Figures::new();
    figures.insert(format!("post_upgrade/{rows}"), upgrade.instructions);
    let (messages, dearest) = migrate(&mut world, rows)?;
    figures.insert(format!("messages of the migration/{rows}"), messages);
    figures.insert(format!("dearest message of the migration/{rows}"), dearest);
    book(&mut world, rows)?;
    figures.insert(format!("entities that hold/{rows}"), validated(&mut world)?);
    Ok(figures)
}

/// The image with the number of the earlier schema.
fn earlier(image: Vec<u8>) -> Result<Vec<u8>, String> {
    let memory: VectorMemory = Rc::new(RefCell::new(image));
    let regions = Regions::open(Rc::clone(&memory), layout::BUCKET_PAGES);
    let regions = regions.map_err(|fault| fault.to_string())?;
    let header = HeaderCell::open(regions.get(layout::HEADER), PORTFOLIO.name, SCHEMAS.1);
    let mut header = header.map_err(|fault| fault.to_string())?;
    let changed = header.update(|header| header.schema = SCHEMAS.0);
    changed.map_err(|fault| fault.to_string())?;
    drop((header, regions));
    Ok(memory.take())
}

fn status(world: &mut World) -> Result<MigrationStatus, String> {
    let answer = world.query(Who::Stranger.principal(), "get_migration_status", ())?;
    candid::decode_one(&answer.reply).map_err(|error| error.to_string())
}

/// Lets it go on to its end, a second at a time; answers the messages it took, and the dearest.
fn migrate(world: &mut World, rows: u64) -> Result<(u64, u64), String> {
    let (mut messages, mut dearest, mut before) = (0, 0, status(world)?);
    // A step that does a record in each message would be over by then.
    for second in 0..2 * rows + 1_000 {
        for instructions in world.pass(SECOND)? {
            dearest = dearest.max(instructions);
        }
        let now = status(world)?;
        if (now.schema, now.done) != (before.schema, before.done) {
            messages += 1;
        }
        if dearest > MOST {
            return Err(format!("a message costs {dearest} at {now:?}"));
        }
        if now.schema == SCHEMAS.1 {
            return Ok((messages, dearest));
        }
        if second.is_multiple_of(LOOK_EVERY) {
            meanwhile(world, rows, second, now.schema)?;
        }
        before = now;
    }
    Err(format!("it does not end: {before:?}"))
}

/// Old entries are read. As long as the way in which entries are kept changes, what is to be booked
/// is refused, so that whoever paid books it later; in the step that only compares it is booked.
fn meanwhile(world: &mut World, rows: u64, second: u64, schema: u32) -> Result<(), String> {
    let entry = 1 + second * 7_919 % rows;
    let answer = world.query(Who::Reader.principal(), "get_entry", (entry,))?;
    let read: Result<Entry, Error> =
        candid::decode_one(&answer.reply).map_err(|error| error.to_string())?;
    let postings = read.map_err(|error| error.to_string())?.postings;
    if postings.len() != 2 {
        return Err(format!("entry {entry} has {} postings", postings.len()));
    }
    let booked = transfer(seed::user_of(0), 1, None);
    let answer = world.update(Who::Execution.principal(), "post_entry", (booked,))?;
    if schema >= INDEXED {
        return answer.ok().map(drop);
    }
    let refused: Result<Receipt, Error> =
        candid::decode_one(&answer.reply).map_err(|error| error.to_string())?;
    match refused {
        Err(error) if error.code() == "common.migration.running" => Ok(()),
        other => Err(format!("it is booked amid two formats: {other:?}")),
    }
}

/// Afterwards the same is booked, and a block that was booked before is known.
fn book(world: &mut World, rows: u64) -> Result<(), String> {
    let by = Who::Execution.principal();
    world.update(by, "post_entry", (transfer(seed::user_of(0), 1, None),))?.ok()?;
    let number = rows - 1;
    let ledger = seed::ledger(number % seed::ASSETS + 1);
    let block = Some(ExternalRef::Icrc { ledger, block: number });
    let args = transfer(seed::user_of(number), number % seed::ASSETS + 1, block);
    refusal(world.update(by, "post_entry", (args,))).map(drop)
}

/// Checks the whole state; answers how much of it there is.
fn validated(world: &mut World) -> Result<u64, String> {
    let (mut cursor, mut checked) = (None, 0);
    loop {
        let args = ValidateStateArgs { cursor, max_items: 10_000 };
        let answer = world.query(Who::Auditor.principal(), "validate_state", (args,))?.ok()?;
        let report: Result<ValidationReport, Error> =
            candid::decode_one(&answer.reply).map_err(|error| error.to_string())?;
        let report = report.map_err(|error| error.to_string())?;
        if let Some(first) = report.violations.first() {
            return Err(format!("after the migration: {first:?}"));
        }
        checked += report.checked;
        cursor = report.next;
        if cursor.is_none() {
            return Ok(checked);
        }
    }
}
