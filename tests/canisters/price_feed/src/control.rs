//! What a test may set: rates and faults.

use candid::Principal;
use granary_api::price_feed::{ControlError, Faults, Quote};

use crate::feed::{Feed, Pair};

/// Rates the feed keeps; they are searched one by one and stored together.
const RATES_MAX: usize = 100;
const SYMBOL_BYTES_MAX: usize = 16;

impl Feed {
    /// Refuses whoever neither controls the canister nor keeps it.
    pub fn check_keeper(&self, caller: Principal, controls: bool) -> Result<(), ControlError> {
        if controls || caller == self.keeper { Ok(()) } else { Err(ControlError::NotAllowed) }
    }

    /// `set_rate`: replaces the rate of the pair, or adds the pair.
    pub fn set_rate(&mut self, quote: Quote) -> Result<(), ControlError> {
        let symbols = [&quote.base_asset.symbol, &quote.quote_asset.symbol];
        if symbols.iter().any(|symbol| symbol.is_empty() || symbol.len() > SYMBOL_BYTES_MAX) {
            return Err(invalid(format!("a symbol has 1 to {SYMBOL_BYTES_MAX} bytes")));
        }
        let of = |quote: &Quote| (quote.base_asset.clone(), quote.quote_asset.clone());
        let wanted = of(&quote);
        if let Some(pair) = self.pairs.iter_mut().find(|pair| of(&pair.quote) == wanted) {
            pair.quote = quote;
            return Ok(());
        }
        if self.pairs.len() >= RATES_MAX {
            return Err(invalid(format!("at most {RATES_MAX} rates")));
        }
        self.pairs.push(Pair { quote, asked_for: None });
        Ok(())
    }

    /// `set_faults`: replaces all faults.
    pub fn set_faults(&mut self, faults: Faults) -> Result<(), ControlError> {
        if faults.failing_calls > 0 && faults.error.is_none() {
            return Err(invalid("failing calls need an error".to_owned()));
        }
        self.faults = faults;
        Ok(())
    }
}

fn invalid(reason: String) -> ControlError {
    ControlError::Invalid(reason)
}
