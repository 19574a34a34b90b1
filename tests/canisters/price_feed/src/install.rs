//! First install and upgrade. Both refuse mainnet: whoever keeps this feed makes the prices.

use granary_api::price_feed::InitArgs;
use granary_env::message;

use crate::feed::Feed;
use crate::state;

/// Installs on empty memory.
pub fn init(args: InitArgs) {
    refuse_mainnet();
    let mut feed = Feed::new(args.keeper);
    for quote in args.rates {
        if let Err(error) = feed.set_rate(quote) {
            message::trap(&format!("install arguments: {error:?}"));
        }
    }
    state::put(feed);
}

/// Opens what is stored.
pub fn post_upgrade() {
    refuse_mainnet();
    if state::open().is_none() {
        message::trap("the stable memory holds no feed");
    }
}

fn refuse_mainnet() {
    if message::is_mainnet() {
        message::trap("this feed is for tests and refuses mainnet");
    }
}
