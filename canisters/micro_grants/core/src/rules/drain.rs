//! Before an upgrade new work is refused; afterwards it is taken again (C10).

use crate::errors::{AccessFault, GrantError, InputFault, StateFault};
use crate::limits;
use crate::records::{Config, Drain, Event, EventKind, Role};
use crate::rules::{Change, Ctx};
use crate::types::Timestamp;

fn need_governor(is_governor: bool) -> Result<(), GrantError> {
    if is_governor {
        return Ok(());
    }
    Err(AccessFault::Role { any_of: &[Role::Governor] }.into())
}

/// Starts the drain `epoch`, or prolongs it. A newer epoch replaces an older one.
pub fn prepare_upgrade(
    config: &Config,
    is_governor: bool,
    epoch: u64,
    deadline: Timestamp,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    need_governor(is_governor)?;
    let running = config.drain.is_some_and(|drain| drain.epoch == epoch);
    if epoch <= config.last_epoch && !running {
        return Err(StateFault::EpochStale { current: config.last_epoch }.into());
    }
    let latest = ctx.now.saturating_add(limits::MAX_DRAIN);
    if deadline <= ctx.now || deadline > latest {
        let max_ns = limits::MAX_DRAIN.as_nanos();
        return Err(InputFault::DrainDeadline { max_ns }.into());
    }
    let drain = Some(Drain { epoch, deadline });
    Ok(Change {
        config: Some(Config { drain, last_epoch: epoch, ..config.clone() }),
        ..Change::with(Event::new(EventKind::DrainStarted, epoch).number(epoch))
    })
}

/// Ends the drain `epoch`. After a snapshot was restored the state may know no drain, or an older
/// one: then every newer epoch is taken.
pub fn resume(
    config: &Config,
    is_governor: bool,
    epoch: u64,
    restored: bool,
) -> Result<Change, GrantError> {
    need_governor(is_governor)?;
    let known = config.drain.map(|drain| drain.epoch);
    match known {
        Some(current) if current == epoch => {}
        Some(_) | None if restored && epoch >= config.last_epoch => {}
        Some(current) => return Err(StateFault::EpochStale { current }.into()),
        None => return Err(StateFault::NotDraining.into()),
    }
    let last_epoch = config.last_epoch.max(epoch);
    let mut change = Change {
        config: Some(Config { drain: None, last_epoch, ..config.clone() }),
        ..Change::with(Event::new(EventKind::DrainEnded, epoch).number(epoch))
    };
    if restored {
        change.events.push(Event::new(EventKind::SnapshotRestored, epoch).number(epoch));
    }
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn c10_epochs_only_grow() {
        let config = fixtures::config();
        let ctx = fixtures::ctx(fixtures::manager());
        let deadline = Timestamp::from_nanos(ctx.now.as_nanos() + 1);
        let start = |config: &Config, epoch| prepare_upgrade(config, true, epoch, deadline, &ctx);
        let draining = start(&config, 5).expect("newer").config.expect("a record");
        assert!(start(&draining, 5).is_ok(), "repeating prolongs");
        assert_eq!(start(&draining, 4).err(), Some(StateFault::EpochStale { current: 5 }.into()));
        let stale = resume(&draining, true, 4, false).err();
        assert_eq!(stale, Some(StateFault::EpochStale { current: 5 }.into()));
        let running = resume(&draining, true, 5, false).expect("the epoch").config.expect("it");
        assert_eq!(running.drain, None);
        assert_eq!(start(&running, 5).err(), Some(StateFault::EpochStale { current: 5 }.into()));
        let refused = resume(&running, true, 6, false).err();
        assert_eq!(refused, Some(StateFault::NotDraining.into()));
        let restored = resume(&running, true, 6, true).expect("after a restore");
        assert_eq!(restored.events.len(), 2);
    }
}
