//! An outflow that is known in advance: it waits longer, and then does not use up the windows.

use granary_kernel::Fault;

use crate::errors::{GuardError, InputFault, StateFault};
use crate::limits;
use crate::records::{AnnouncementRow, Event, EventKind, Rules};
use crate::rules::{Change, Ctx, Wake, within};
use crate::types::{AnnouncementId, AnnouncementState, AssetId, Hash, Timestamp};

/// What is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Which asset.
    pub asset: AssetId,
    /// At most so much.
    pub amount: u128,
    /// Where to.
    pub destination: Hash,
    /// Not before.
    pub earliest_at: Timestamp,
    /// Not after.
    pub latest_at: Timestamp,
}

/// Announces.
pub fn announce(
    rules: &Rules,
    open: u64,
    next: Option<AnnouncementId>,
    input: &Input,
    ctx: &Ctx,
) -> Result<Change, GuardError> {
    if input.amount == 0 {
        return Err(InputFault::AmountZero { field: "amount_units" }.into());
    }
    let (what, max) = ("the list of announcements", limits::MAX_ANNOUNCEMENTS);
    let id = next.filter(|_| open < max).ok_or(Fault::Full { what, max })?;
    let wait = input.earliest_at.saturating_since(ctx.now);
    within("earliest_at_ns", wait, rules.announce_delay, limits::ANNOUNCE_HORIZON)?;
    let end = input.latest_at.saturating_since(ctx.now);
    within("latest_at_ns", end, wait, limits::ANNOUNCE_HORIZON)?;
    let row = AnnouncementRow {
        asset: input.asset,
        amount: input.amount,
        destination: input.destination,
        by: ctx.actor,
        announced_at: ctx.now,
        earliest_at: input.earliest_at,
        latest_at: input.latest_at,
        state: AnnouncementState::Announced,
        intent: None,
    };
    let event = Event::new(EventKind::OutflowAnnounced, id.wire())
        .digest(input.destination)
        .of(input.asset.get(), input.amount);
    let mut change = Change::with(event);
    change.announcement = Some((id, row));
    change.wake = Some(Wake::Announcement(id, input.latest_at));
    Ok(change)
}

/// Takes an announcement back. One that an intent holds is the intent's.
pub fn cancel(id: AnnouncementId, row: &AnnouncementRow) -> Result<Change, GuardError> {
    if row.state != AnnouncementState::Announced {
        return Err(StateFault::Announcement { actual: row.state }.into());
    }
    let mut change = Change::with(Event::new(EventKind::AnnouncementCancelled, id.wire()));
    let row = AnnouncementRow { state: AnnouncementState::Cancelled, ..*row };
    change.announcement = Some((id, row));
    Ok(change)
}

/// Its time is over; or when to look again.
pub fn lapse(
    id: AnnouncementId,
    row: &AnnouncementRow,
    ctx: &Ctx,
) -> Result<Option<Change>, Timestamp> {
    match row.state {
        // One that an intent holds may come back: whoever gives it back lets it lapse.
        AnnouncementState::Lapsed | AnnouncementState::Cancelled | AnnouncementState::Used => {
            Ok(None)
        }
        AnnouncementState::Announced if ctx.now <= row.latest_at => {
            Err(row.latest_at.saturating_add(granary_units::Duration::from_nanos(1)))
        }
        AnnouncementState::Announced => {
            let mut change = Change::with(Event::new(EventKind::AnnouncementLapsed, id.wire()));
            let row = AnnouncementRow { state: AnnouncementState::Lapsed, ..*row };
            change.announcement = Some((id, row));
            Ok(Some(change))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{after, asset, ctx, governor, rules};
    use crate::types::Duration;

    const DAY: u32 = 86_400;

    fn input(earliest: u32, latest: u32) -> Input {
        Input {
            asset: asset(),
            amount: 9,
            destination: [4; 32],
            earliest_at: after(earliest),
            latest_at: after(latest),
        }
    }

    fn announced(input: &Input) -> Result<Change, GuardError> {
        announce(&rules(), 0, AnnouncementId::new(1), input, &ctx(governor()))
    }

    #[test]
    fn r11_an_announcement_waits_its_delay() {
        let delay = u32::try_from(rules().announce_delay.as_secs()).expect("short");
        assert!(announced(&input(delay, delay + 1)).is_ok());
        for (earliest, latest) in [(delay - 1, delay + 9), (delay, delay - 1), (delay, 181 * DAY)] {
            let refused = announced(&input(earliest, latest));
            let is_time = matches!(refused, Err(GuardError::Input(InputFault::Delay { .. })));
            assert!(is_time, "{earliest} {latest}");
        }
        let nothing = Input { amount: 0, ..input(delay, delay) };
        let zero = InputFault::AmountZero { field: "amount_units" };
        assert_eq!(announced(&nothing).err(), Some(zero.into()));
    }

    #[test]
    fn only_what_waits_is_cancelled_or_lapses() {
        let id = AnnouncementId::new(1).expect("a number");
        let change = announced(&input(3 * DAY, 4 * DAY)).expect("early enough");
        let row = change.announcement.expect("a row").1;
        assert_eq!(change.wake, Some(Wake::Announcement(id, after(4 * DAY))));
        let at = |seconds| Ctx { now: after(seconds), ..ctx(governor()) };
        assert_eq!(
            lapse(id, &row, &at(4 * DAY)).err(),
            Some(after(4 * DAY).saturating_add(Duration::from_nanos(1)))
        );
        assert!(lapse(id, &row, &at(4 * DAY + 1)).expect("over").is_some());
        assert!(cancel(id, &row).is_ok());
        let used = AnnouncementRow { state: AnnouncementState::Used, ..row };
        let actual = AnnouncementState::Used;
        assert_eq!(cancel(id, &used).err(), Some(StateFault::Announcement { actual }.into()));
        assert_eq!(row.name_at(after(3 * DAY)), "Ripe");
        assert_eq!(row.name_at(after(4 * DAY + 1)), "Lapsed");
    }
}
