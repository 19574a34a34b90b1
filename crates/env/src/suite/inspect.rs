//! What is shed before it costs. The platform asks one node, before consensus, whether a message
//! from outside shall be taken; so this saves cycles and never decides who may do what.
//!
//! A message that is longer than its method takes would be refused anyway, after the canister has
//! paid for its bytes.

/// A method and the bytes its argument may have.
pub type Limit = (&'static str, usize);

/// Takes the message that is being inspected, unless its argument is longer than the method takes.
/// Methods that are not named take `usual` bytes.
pub fn shed(usual: usize, limits: &[Limit]) {
    let method = ic_cdk::api::msg_method_name();
    if fits(&method, ic_cdk::api::msg_arg_data().len(), usual, limits) {
        ic_cdk::api::accept_message();
    }
}

fn fits(method: &str, bytes: usize, usual: usize, limits: &[Limit]) -> bool {
    let named = limits.iter().find(|(name, _)| *name == method);
    bytes <= named.map_or(usual, |(_, limit)| *limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_has_its_limit() {
        let limits = [("submit", 1_000)];
        assert!(fits("submit", 1_000, 10, &limits));
        assert!(!fits("submit", 1_001, 10, &limits));
        assert!(fits("other", 10, 10, &limits));
        assert!(!fits("other", 11, 10, &limits));
    }
}
