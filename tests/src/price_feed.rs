//! The price feed on a network, and a messenger that carries cycles to it.

use candid::{CandidType, Decode, Deserialize, Encode, Principal, utils::ArgumentEncoder};
use granary_api::{
    exchange_rate::{
        Asset, AssetClass, ExchangeRateMetadata, GetExchangeRateRequest, GetExchangeRateResult,
    },
    price_feed::{ControlError, Faults, InitArgs, Quote, Usage},
};
use pocket_ic::{CanisterSettings, PocketIc, RejectResponse};

use crate::{modules, people, subject, world};

const CYCLES: u128 = 1_000_000_000_000_000;

/// The feed's module.
///
/// # Panics
/// When it does not build; the message is the builder's.
pub fn wasm() -> Vec<u8> {
    subject::packed("price_feed")
}

/// Who sets rates on a feed of the tests.
pub fn keeper() -> Principal {
    people::person("price keeper")
}

/// A cryptocurrency.
pub fn crypto(symbol: &str) -> Asset {
    Asset { symbol: symbol.to_owned(), class: AssetClass::Cryptocurrency }
}

/// A currency of a state.
pub fn fiat(symbol: &str) -> Asset {
    Asset { symbol: symbol.to_owned(), class: AssetClass::FiatCurrency }
}

/// The question for the newest rate.
pub fn request(base: &Asset, quote: &Asset) -> GetExchangeRateRequest {
    GetExchangeRateRequest { base_asset: base.clone(), quote_asset: quote.clone(), timestamp: None }
}

/// A rate with nine decimals from seven of eight sources that agree.
pub fn quote(base: &Asset, quote: &Asset, rate: u64) -> Quote {
    let metadata = ExchangeRateMetadata {
        decimals: 9,
        base_asset_num_queried_sources: 8,
        base_asset_num_received_rates: 7,
        quote_asset_num_queried_sources: 8,
        quote_asset_num_received_rates: 7,
        standard_deviation: rate / 1_000,
        forex_timestamp: None,
    };
    Quote { base_asset: base.clone(), quote_asset: quote.clone(), rate, metadata }
}

/// One feed on a network.
#[derive(Clone, Copy)]
pub struct PriceFeed<'n> {
    network: &'n PocketIc,
    /// The feed.
    pub canister: Principal,
}

impl std::fmt::Debug for PriceFeed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PriceFeed").field("canister", &self.canister).finish_non_exhaustive()
    }
}

impl<'n> PriceFeed<'n> {
    /// Installs a feed with these rates; `controller` controls it.
    pub fn install(network: &'n PocketIc, controller: Principal, rates: &[Quote]) -> Self {
        let args = InitArgs { keeper: keeper(), rates: rates.to_vec() };
        let canister = canister(network, controller, wasm(), world::encode(&args));
        Self { network, canister }
    }

    fn update<A: ArgumentEncoder, T>(&self, caller: Principal, method: &str, args: A) -> T
    where
        T: CandidType + for<'de> Deserialize<'de>,
    {
        let bytes = candid::encode_args(args).expect("a wire type encodes");
        let reply = self.network.update_call(self.canister, caller, method, bytes);
        Decode!(&reply.expect("the feed answers"), T).expect("the reply has its type")
    }

    /// `set_rate` by anybody.
    pub fn set_rate_by(&self, caller: Principal, quote: &Quote) -> Result<(), ControlError> {
        self.update(caller, "set_rate", (quote,))
    }

    /// Replaces the rate of a pair, or adds it.
    ///
    /// # Panics
    /// When the feed refuses.
    pub fn set_rate(&self, quote: &Quote) {
        self.set_rate_by(keeper(), quote).expect("the keeper may set rates");
    }

    /// Replaces all faults.
    ///
    /// # Panics
    /// When the feed refuses.
    pub fn set_faults(&self, faults: &Faults) {
        let set: Result<(), ControlError> = self.update(keeper(), "set_faults", (faults,));
        set.expect("the keeper may disturb the feed");
    }

    /// What the feed did so far.
    ///
    /// # Panics
    /// When the feed does not answer.
    pub fn usage(&self) -> Usage {
        let nothing = Encode!().expect("nothing encodes");
        let caller = Principal::anonymous();
        let reply = self.network.query_call(self.canister, caller, "get_usage", nothing);
        Decode!(&reply.expect("the feed answers"), Usage).expect("the reply has its type")
    }

    /// Asks as a user, who cannot send cycles.
    pub fn ask(
        &self,
        caller: Principal,
        request: &GetExchangeRateRequest,
    ) -> GetExchangeRateResult {
        self.update(caller, "get_exchange_rate", (request,))
    }
}

/// A canister that asks a feed with a thousand million cycles.
#[derive(Clone, Copy)]
pub struct Messenger<'n> {
    network: &'n PocketIc,
    canister: Principal,
}

impl std::fmt::Debug for Messenger<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messenger").field("canister", &self.canister).finish_non_exhaustive()
    }
}

impl<'n> Messenger<'n> {
    /// Installs a messenger.
    pub fn install(network: &'n PocketIc, controller: Principal) -> Self {
        let module = modules::messenger("get_exchange_rate", 1_000_000_000);
        Self { network, canister: canister(network, controller, module, Vec::new()) }
    }

    /// The answer, and the cycles that came back with it.
    ///
    /// # Panics
    /// When the reply is not the feed's.
    pub fn ask(
        &self,
        feed: Principal,
        request: &GetExchangeRateRequest,
    ) -> Result<(GetExchangeRateResult, u128), RejectResponse> {
        let id = feed.as_slice();
        let length = u8::try_from(id.len()).expect("an identity has at most 29 bytes");
        let bytes = [&[length], id, &world::encode(request)].concat();
        let caller = Principal::anonymous();
        let reply = self.network.update_call(self.canister, caller, "carry", bytes)?;
        let (refund, answer) = reply.split_at(16);
        let refund = u128::from_le_bytes(refund.try_into().expect("sixteen bytes"));
        let answer = Decode!(answer, GetExchangeRateResult).expect("the reply has its type");
        Ok((answer, refund))
    }
}

fn canister(
    network: &PocketIc,
    controller: Principal,
    module: Vec<u8>,
    args: Vec<u8>,
) -> Principal {
    let settings =
        CanisterSettings { controllers: Some(vec![controller]), ..CanisterSettings::default() };
    let canister = network.create_canister_with_settings(Some(controller), Some(settings));
    network.add_cycles(canister, CYCLES);
    network.install_canister(canister, module, args, Some(controller));
    canister
}
