//! What the canister is and whom it obeys: configuration and roles.

use granary_kernel::{Base, Drain, Mode, Peer, Phase, Profile, Settings};
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

use crate::types::Principal;

/// The asset every programme of the canister spends.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Asset {
    /// 1–12 characters, such as `ckUSDC`.
    #[n(0)]
    pub symbol: String,
    /// Decimal places of the smallest unit.
    #[n(1)]
    pub decimals: u8,
    /// Ledger that holds it; none until payments are wired.
    #[cbor(n(2), with = "granary_kernel::cbor::opt_principal", has_nil)]
    pub ledger: Option<Principal>,
}

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What every canister has; stored flat, as the first release did.
    pub base: Base,
    /// The asset of every programme.
    pub asset: Asset,
    /// Applications the canister accepts in total (G11).
    pub max_applications: u64,
    /// Number of the asset in `portfolio`; payouts are not handed over before it is told.
    pub portfolio_asset: Option<u64>,
}

impl Settings for Config {
    fn base(&self) -> &Base {
        &self.base
    }

    fn with_base(&self, base: Base) -> Self {
        Self { base, ..self.clone() }
    }
}

/// The stored shape.
#[derive(Encode, Decode)]
struct ConfigV1 {
    /// The asset of every programme.
    #[n(0)]
    asset: Asset,
    /// Floors.
    #[n(1)]
    profile: Profile,
    /// Applications the canister accepts in total.
    #[n(2)]
    max_applications: u64,
    /// Degradation.
    #[n(3)]
    mode: Mode,
    /// Importing or not.
    #[n(4)]
    phase: Phase,
    /// The drain in progress.
    #[n(5)]
    drain: Option<Drain>,
    /// The newest epoch a drain ever had.
    #[n(6)]
    last_epoch: u64,
    /// Canisters known by name; none in what the first release wrote, and while there are none.
    #[n(7)]
    peers: Option<Vec<Peer>>,
    /// Number of the asset in the books; none in what the first release wrote.
    #[n(8)]
    portfolio_asset: Option<u64>,
}

impl<C> Encode<C> for Config {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let Self { base, asset, max_applications, portfolio_asset } = self.clone();
        let Base { profile, mode, phase, drain, last_epoch, peers } = base;
        let peers = (!peers.is_empty()).then_some(peers);
        ConfigV1 {
            asset,
            profile,
            max_applications,
            mode,
            phase,
            drain,
            last_epoch,
            peers,
            portfolio_asset,
        }
        .encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Config {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let ConfigV1 {
            asset,
            profile,
            max_applications,
            mode,
            phase,
            drain,
            last_epoch,
            peers,
            portfolio_asset,
        } = ConfigV1::decode(d, ctx)?;
        let peers = peers.unwrap_or_default();
        let base = Base { profile, mode, phase, drain, last_epoch, peers };
        Ok(Self { base, asset, max_applications, portfolio_asset })
    }
}

/// What a principal may do beyond its own applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Creates and runs programmes; cannot decide an application alone.
    ProgramManager,
    /// Releases payouts above a programme's threshold.
    Treasurer,
    /// Reads what is not public.
    Auditor,
    /// Watches the canister.
    Operator,
    /// Reads logical backups.
    Backup,
    /// Roles, modes, drain, migrations, import.
    Governor,
}

impl granary_kernel::Role for Role {
    const ALL: &'static [Self] = &[
        Self::ProgramManager,
        Self::Treasurer,
        Self::Auditor,
        Self::Operator,
        Self::Backup,
        Self::Governor,
    ];
    const GOVERNOR: Self = Self::Governor;

    fn name(self) -> &'static str {
        match self {
            Self::ProgramManager => "ProgramManager",
            Self::Treasurer => "Treasurer",
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}

#[cfg(test)]
mod tests {
    use granary_stable::record;

    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn the_configuration_keeps_the_bytes_of_the_first_release() {
        let bytes = record::encode(&fixtures::config());
        // Version 1, an array of seven: asset, profile, bound, mode, phase, no drain, no epoch.
        assert_eq!(hex::encode(&bytes), "018782645455534406001903e882008000f600");
        assert_eq!(record::decode::<Config>(&bytes).expect("own bytes"), fixtures::config());
    }

    #[test]
    fn peers_stand_behind_what_the_first_release_knew() {
        let config = fixtures::config();
        let base = config.base.with_peer("execution", Some(fixtures::alice()));
        let config = config.with_base(base);
        let bytes = record::encode(&config);
        assert_eq!(bytes[1], 0x88, "an array of eight");
        assert_eq!(record::decode::<Config>(&bytes).expect("own bytes"), config);
        // The number of the asset behind them, with or without peers.
        for config in [config, fixtures::config()] {
            let config = Config { portfolio_asset: Some(0), ..config };
            let bytes = record::encode(&config);
            assert_eq!(bytes[1], 0x89, "an array of nine");
            assert_eq!(record::decode::<Config>(&bytes).expect("own bytes"), config);
        }
    }
}
