//! Every method. The documentation here becomes the interface file.

use granary_api::exchange_rate::{GetExchangeRateRequest, GetExchangeRateResult};
use granary_api::price_feed::{ControlError, Faults, InitArgs, Quote, Usage};
use granary_env::Env;
use ic_cdk::{init, post_upgrade, query, update};

use crate::feed::Feed;
use crate::{delivery, install, state};

#[init]
fn init(args: InitArgs) {
    install::init(args);
}

#[post_upgrade]
fn post_upgrade() {
    install::post_upgrade();
}

/// The rate of a pair. The request carries 1,000,000,000 cycles; what is not charged comes back.
#[update]
async fn get_exchange_rate(request: GetExchangeRateRequest) -> GetExchangeRateResult {
    delivery::answer(request).await
}

/// Replaces the rate of a pair, or adds it. For controllers and the keeper.
#[update]
fn set_rate(quote: Quote) -> Result<(), ControlError> {
    keeper(|feed| feed.set_rate(quote))
}

/// Replaces all faults. For controllers and the keeper.
#[update]
fn set_faults(faults: Faults) -> Result<(), ControlError> {
    keeper(|feed| feed.set_faults(faults))
}

/// What is left of the faults.
#[query]
fn get_faults() -> Faults {
    state::read(|feed| feed.faults.clone())
}

/// What the feed did so far.
#[query]
fn get_usage() -> Usage {
    state::read(|feed| feed.usage)
}

fn keeper(change: impl FnOnce(&mut Feed) -> Result<(), ControlError>) -> Result<(), ControlError> {
    let env = Env::here();
    state::write(|feed| {
        feed.check_keeper(env.caller(), env.caller_is_controller())?;
        change(feed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    candid::export_service!();

    #[test]
    fn generated_interface_is_current() {
        let path = "tests/canisters/price_feed/price_feed.did";
        granary_build::generated(path, &__export_service());
    }
}
