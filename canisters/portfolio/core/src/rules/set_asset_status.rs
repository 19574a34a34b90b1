//! An asset is suspended, taken up again, or retired.

use crate::errors::{PortfolioError, StateFault};
use crate::records::{AssetRow, Event, EventKind};
use crate::rules::Change;
use crate::types::{AssetId, AssetStatus};

/// Decides. Asking for the state it has changes nothing but the journal.
pub fn set_asset_status(
    id: AssetId,
    row: &AssetRow,
    status: AssetStatus,
) -> Result<Change, PortfolioError> {
    let allowed: &'static [AssetStatus] = &[AssetStatus::Active, AssetStatus::Suspended];
    if !allowed.contains(&row.status) {
        return Err(StateFault::Asset { id: id.wire(), actual: row.status, allowed }.into());
    }
    let empty = row.booked.is_zero() && row.suspense.is_zero();
    if status == AssetStatus::Retired && !empty {
        return Err(StateFault::AssetInUse { booked: row.booked.magnitude() }.into());
    }
    let event = Event::new(EventKind::AssetChanged, id.wire()).name(status.name());
    Ok(Change { assets: vec![(id, AssetRow { status, ..*row })], ..Change::with(event) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;
    use crate::types::Signed;

    #[test]
    fn an_asset_in_use_is_not_retired_and_a_retired_one_stays() {
        let (id, mut row) = fixtures::asset(1);
        row.booked = Signed::plus(1);
        let refused = set_asset_status(id, &row, AssetStatus::Retired).err();
        assert_eq!(refused, Some(StateFault::AssetInUse { booked: 1 }.into()));
        row.booked = Signed::ZERO;
        let change = set_asset_status(id, &row, AssetStatus::Retired).expect("it is empty");
        let (_, retired) = change.assets[0];
        assert_eq!(retired.status, AssetStatus::Retired);
        assert!(set_asset_status(id, &retired, AssetStatus::Active).is_err());
    }
}
