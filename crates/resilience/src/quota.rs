//! An allowance that grows back: what a principal may use up, in any unit (usually cycles).
//!
//! Spending puts off the time at which the allowance is whole again, and time alone brings it
//! back. A principal whose allowance is whole needs no row, so a table can be small and still be
//! exact; when more principals are busy at once than it has rows, the one with least to regain is
//! forgotten, which is the error that favours a spender least.

use std::collections::{BTreeMap, BTreeSet};

use candid::Principal;
use granary_units::{Duration, Timestamp};
use minicbor::{Decode, Encode};

use crate::limiter::Limited;

/// How much, and how fast it grows back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Units of a whole allowance.
    pub units: u64,
    /// Time in which all of them grow back.
    pub regain: Duration,
}

impl Allowance {
    /// Time in which `units` grow back, rounded up, so that no spending is ever free.
    fn time_for(&self, units: u64) -> u64 {
        let product = u128::from(units).saturating_mul(u128::from(self.regain()));
        u64::try_from(product.div_ceil(u128::from(self.units.max(1)))).unwrap_or(u64::MAX)
    }

    /// Units that grow back in `time`, rounded down.
    fn units_in(&self, time: u64) -> u64 {
        let product = u128::from(time).saturating_mul(u128::from(self.units));
        let units = product.checked_div(u128::from(self.regain())).unwrap_or(0);
        u64::try_from(units).unwrap_or(u64::MAX)
    }

    fn regain(&self) -> u64 {
        self.regain.as_nanos().max(1)
    }
}

/// One principal's place in an [`Allowance`]: eight bytes for a row of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Quota {
    /// When the allowance is whole again.
    #[n(0)]
    whole_at: Timestamp,
}

impl Quota {
    /// A whole allowance.
    pub const WHOLE: Self = Self { whole_at: Timestamp::ZERO };

    /// Spends `cost` at `now` and answers what is left, or says when it could be spent.
    /// Refused is unchanged.
    pub fn spend(
        &mut self,
        allowance: &Allowance,
        cost: u64,
        now: Timestamp,
    ) -> Result<u64, Limited> {
        if cost > allowance.units {
            return Err(Limited::Never { most: allowance.units });
        }
        let missing = self.missing(allowance, now).saturating_add(allowance.time_for(cost));
        let over = missing.saturating_sub(allowance.regain());
        if over > 0 {
            return Err(Limited::Until(now.saturating_add(Duration::from_nanos(over))));
        }
        self.whole_at = now.saturating_add(Duration::from_nanos(missing));
        Ok(self.left(allowance, now))
    }

    /// What can be spent at `now`.
    pub fn left(self, allowance: &Allowance, now: Timestamp) -> u64 {
        allowance.units_in(allowance.regain().saturating_sub(self.missing(allowance, now)))
    }

    /// Whether it is whole at `now`.
    pub fn is_whole(self, now: Timestamp) -> bool {
        self.whole_at <= now
    }

    fn missing(self, allowance: &Allowance, now: Timestamp) -> u64 {
        self.whole_at.saturating_since(now).as_nanos().min(allowance.regain())
    }
}

/// The quotas of everybody who spent lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas {
    rows: BTreeMap<Principal, Quota>,
    by_time: BTreeSet<(Quota, Principal)>,
    max_rows: usize,
    forgotten: u64,
}

impl Quotas {
    /// An empty table for at most `max_rows` busy principals; at least one.
    pub fn new(max_rows: usize) -> Self {
        let (rows, by_time) = (BTreeMap::new(), BTreeSet::new());
        Self { rows, by_time, max_rows: max_rows.max(1), forgotten: 0 }
    }

    /// Spends `cost` of `who` at `now` and answers what is left. Refused is unchanged.
    pub fn spend(
        &mut self,
        allowance: &Allowance,
        who: Principal,
        cost: u64,
        now: Timestamp,
    ) -> Result<u64, Limited> {
        let before = self.rows.get(&who).copied();
        let mut quota = before.unwrap_or_default();
        let left = quota.spend(allowance, cost, now)?;
        if quota.is_whole(now) {
            return Ok(left);
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, who));
        }
        self.rows.insert(who, quota);
        self.by_time.insert((quota, who));
        self.prune(now);
        self.forget_least(who);
        Ok(left)
    }

    /// What `who` can spend at `now`.
    pub fn left(&self, allowance: &Allowance, who: &Principal, now: Timestamp) -> u64 {
        self.rows.get(who).copied().unwrap_or_default().left(allowance, now)
    }

    /// Principals whose allowance was not whole when the table last looked.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nobody has anything to regain.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows that had to go although their allowance was not whole: when this grows, the table is
    /// too small.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Drops rows that say nothing any more, at most sixteen at a time.
    fn prune(&mut self, now: Timestamp) {
        for _ in 0..16 {
            match self.by_time.first().copied() {
                Some((quota, who)) if quota.is_whole(now) => {
                    self.by_time.pop_first();
                    self.rows.remove(&who);
                }
                _ => return,
            }
        }
    }

    /// Makes the table fit again; the newcomer stays.
    fn forget_least(&mut self, newcomer: Principal) {
        while self.rows.len() > self.max_rows {
            let least = self.by_time.iter().find(|(_, who)| *who != newcomer).copied();
            let Some(least) = least else { return };
            self.by_time.remove(&least);
            self.rows.remove(&least.1);
            self.forgotten = self.forgotten.saturating_add(1);
        }
    }
}

impl<C> Encode<C> for Quotas {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let len = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        e.array(3)?.u64(len(self.max_rows))?.u64(self.forgotten)?.map(len(self.rows.len()))?;
        for (who, quota) in &self.rows {
            e.bytes(who.as_slice())?.encode_with(quota.whole_at, ctx)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Quotas {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        use minicbor::decode::Error;
        if d.array()? != Some(3) {
            return Err(Error::message("quotas are three items"));
        }
        let max_rows = usize::try_from(d.u64()?).map_err(|_| Error::message("too many rows"))?;
        let mut quotas = Self::new(max_rows);
        quotas.forgotten = d.u64()?;
        let rows = d.map()?.ok_or_else(|| Error::message("quotas of unknown number"))?;
        for _ in 0..rows {
            let who = Principal::try_from_slice(d.bytes()?)
                .map_err(|_| Error::message("not a principal"))?;
            let quota = Quota { whole_at: d.decode_with(ctx)? };
            if quotas.rows.insert(who, quota).is_some() {
                return Err(Error::message("a principal twice"));
            }
            quotas.by_time.insert((quota, who));
        }
        Ok(quotas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand units that grow back in a thousand seconds.
    const ALLOWANCE: Allowance = Allowance { units: 1_000, regain: Duration::seconds(1_000) };

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    fn who(n: u8) -> Principal {
        Principal::from_slice(&[n, 1])
    }

    #[test]
    fn it_grows_back_with_time_alone() {
        let mut quota = Quota::WHOLE;
        assert_eq!(quota.spend(&ALLOWANCE, 700, at(5_000)), Ok(300));
        assert_eq!(quota.left(&ALLOWANCE, at(5_100)), 400);
        assert_eq!(quota.left(&ALLOWANCE, at(5_700)), 1_000);
        assert_eq!(quota.left(&ALLOWANCE, at(9_999)), 1_000, "and no further");
        assert!(!quota.is_whole(at(5_699)) && quota.is_whole(at(5_700)));
    }

    #[test]
    fn too_much_is_refused_and_costs_nothing() {
        let mut quota = Quota::WHOLE;
        assert_eq!(quota.spend(&ALLOWANCE, 1_001, at(1)), Err(Limited::Never { most: 1_000 }));
        assert_eq!(quota.spend(&ALLOWANCE, 900, at(1)), Ok(100));
        assert_eq!(quota.spend(&ALLOWANCE, 300, at(1)), Err(Limited::Until(at(201))));
        assert_eq!(quota.left(&ALLOWANCE, at(1)), 100);
        assert_eq!(quota.spend(&ALLOWANCE, 300, at(201)), Ok(0));
    }

    #[test]
    fn small_spendings_are_never_free() {
        // More units than nanoseconds: every unit costs at least one.
        let dense = Allowance { units: u64::MAX, regain: Duration::from_nanos(3) };
        let mut quota = Quota::WHOLE;
        let taken = (0..10).filter(|_| quota.spend(&dense, 1, at(1)).is_ok()).count();
        assert_eq!(taken, 3);
        let none = Allowance { units: 0, regain: Duration::ZERO };
        let mut quota = Quota::WHOLE;
        assert_eq!(quota.spend(&none, 1, at(1)), Err(Limited::Never { most: 0 }));
        assert_eq!(quota.spend(&none, 0, at(1)), Ok(0));
    }

    #[test]
    fn principals_do_not_share() {
        let mut quotas = Quotas::new(10);
        assert_eq!(quotas.spend(&ALLOWANCE, who(1), 1_000, at(1)), Ok(0));
        assert_eq!(quotas.spend(&ALLOWANCE, who(2), 1, at(1)), Ok(999));
        assert!(quotas.spend(&ALLOWANCE, who(1), 1, at(1)).is_err());
        assert_eq!(quotas.left(&ALLOWANCE, &who(3), at(1)), 1_000);
    }

    #[test]
    fn whole_allowances_need_no_row() {
        let mut quotas = Quotas::new(10);
        for n in 1..=5 {
            assert_eq!(quotas.spend(&ALLOWANCE, who(n), 10, at(100)), Ok(990));
        }
        assert_eq!(quotas.len(), 5);
        assert_eq!(quotas.spend(&ALLOWANCE, who(9), 1, at(200)), Ok(999));
        assert_eq!((quotas.len(), quotas.forgotten()), (1, 0));
        assert_eq!(quotas.spend(&ALLOWANCE, who(8), 0, at(200)), Ok(1_000));
        assert_eq!(quotas.len(), 1, "who spends nothing has no row");
    }

    #[test]
    fn a_full_table_forgets_who_has_least_to_regain() {
        let mut quotas = Quotas::new(2);
        quotas.spend(&ALLOWANCE, who(1), 1_000, at(1)).expect("all of it");
        quotas.spend(&ALLOWANCE, who(2), 5, at(1)).expect("a little");
        quotas.spend(&ALLOWANCE, who(3), 1, at(1)).expect("a newcomer");
        assert_eq!((quotas.len(), quotas.forgotten()), (2, 1));
        assert!(quotas.spend(&ALLOWANCE, who(1), 1, at(1)).is_err(), "the heavy one is not");
        assert_eq!(quotas.left(&ALLOWANCE, &who(2), at(1)), 1_000);
        assert_eq!(quotas.left(&ALLOWANCE, &who(3), at(1)), 999);
    }

    #[test]
    fn the_table_comes_back_from_storage() {
        let mut quotas = Quotas::new(7);
        for n in 1..=5 {
            quotas.spend(&ALLOWANCE, who(n), u64::from(n) * 100, at(9)).expect("a part");
        }
        let bytes = minicbor::to_vec(&quotas).expect("writing to a vector");
        assert_eq!(minicbor::decode::<Quotas>(&bytes).expect("own bytes"), quotas);
        assert!(minicbor::decode::<Quotas>(&bytes[..bytes.len() - 1]).is_err());
        assert!(minicbor::decode::<Quotas>(&[0x82, 0, 0]).is_err());
    }
}
