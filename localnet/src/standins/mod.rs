//! Native stand-ins for the system canisters that deployment tools talk to: the cycles ledger, the
//! ICP ledger and the cycles minting canister.
//!
//! They answer at the main network's ids with the main network's interfaces, and are no canisters:
//! they have no module, no controllers and no balance of their own. Their state is part of the
//! network and deterministic. What leaves an account arrives somewhere or is a fee.
//!
//! - `accounts`: who owns what, and how accounts are named
//! - `ledger`: balances, fees, duplicates, the same for both ledgers; `icrc1` its common interface
//! - `cycles`, `icp`, `minting`: one canister each

mod accounts;
mod cycles;
mod icp;
mod icrc1;
mod ledger;
mod minting;

use candid::{CandidType, Principal, de::DecoderConfig, utils::ArgumentEncoder};
use pocket_ic::{ErrorCode, RejectResponse};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::network::{Network, QueryCall, Topology, deliver::Call, pool::Payload, rejects};
use accounts::Account;
use ledger::Ledger;

/// `ryjl3-tyaaa-aaaaa-aaaba-cai`.
pub(crate) const ICP_LEDGER: Principal = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 2, 1, 1]);
/// `rkp4c-7iaaa-aaaaa-aaaca-cai`.
pub(crate) const MINTING: Principal = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 4, 1, 1]);
/// `um5iw-rqaaa-aaaaq-qaaba-cai`.
pub(crate) const CYCLES_LEDGER: Principal = Principal::from_slice(&[0, 0, 0, 0, 2, 16, 0, 2, 1, 1]);

/// Bytes of work one argument may ask of the decoder.
const DECODING_QUOTA: usize = 1_000_000;
/// The same for parts of it that nobody reads.
const SKIPPING_QUOTA: usize = 100_000;

/// What the anonymous principal owns at the start: whoever runs the network deals it out.
const FIRST_CYCLES: u128 = 1_000_000_000_000_000_000_000_000;
const FIRST_ICP: u128 = 100_000_000_000_000_000;

/// The state of all stand-ins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StandIns {
    cycles: Ledger,
    icp: Ledger,
    minting: minting::Minting,
}

/// A call to a stand-in while it is served.
#[derive(Debug)]
struct Request {
    caller: Principal,
    method: String,
    arg: Vec<u8>,
    /// Attached cycles not yet accepted; they go back with the answer.
    cycles: u128,
    now_ns: u64,
}

impl StandIns {
    /// The stand-ins of a new network; it needs the subnets they live on.
    pub(crate) fn on(topology: &Topology) -> Result<Self, String> {
        for id in [ICP_LEDGER, MINTING, CYCLES_LEDGER] {
            if topology.route(id).is_none() {
                return Err(format!(
                    "no subnet holds {id}: stand-ins need an NNS and an II subnet"
                ));
            }
        }
        let mut state = Self {
            cycles: Ledger::new(cycles::FEE),
            icp: Ledger::new(icp::FEE),
            minting: minting::Minting::default(),
        };
        let owner = Account::of(Principal::anonymous()).id();
        state.cycles.mint(owner, FIRST_CYCLES);
        state.icp.mint(owner, FIRST_ICP);
        Ok(state)
    }

    /// All cycles in accounts.
    pub(crate) fn cycles(&self) -> u128 {
        self.cycles.supply()
    }

    fn update(&mut self, network: &mut Network, to: Principal, request: &mut Request) -> Payload {
        if let Some(answer) = self.query(network, to, &request.method, &request.arg) {
            return answer;
        }
        match to {
            ICP_LEDGER => self.icp_update(request),
            MINTING => self.minting_update(network, request),
            _ => self.cycles_update(network, request),
        }
    }

    /// The answer of a query method; None when there is none of this name.
    fn query(&self, network: &Network, to: Principal, method: &str, arg: &[u8]) -> Option<Payload> {
        match to {
            ICP_LEDGER => self.icp_query(method, arg),
            MINTING => minting::query(network, method, arg),
            _ => self.cycles_query(method, arg),
        }
    }
}

impl Network {
    /// Whether a stand-in answers for this id.
    pub(crate) fn stands_in(&self, id: Principal) -> bool {
        self.stand_ins.is_some() && [ICP_LEDGER, MINTING, CYCLES_LEDGER].contains(&id)
    }

    /// Serves a replicated call to a stand-in.
    pub(crate) fn stand_in_call(&mut self, call: Call) {
        let Call { origin, sender, to, method, arg, cycles, .. } = call;
        let mut request = Request { caller: sender, method, arg, cycles, now_ns: self.time_ns };
        // Out of the network while it works on the network.
        let Some(mut state) = self.stand_ins.take() else { return };
        let payload = state.update(self, to, &mut request);
        self.stand_ins = Some(state);
        self.respond(origin, payload, request.cycles);
    }

    /// Answers a query to a stand-in.
    pub(crate) fn stand_in_query(&self, call: &QueryCall) -> Payload {
        let id = call.canister_id;
        let answer = self
            .stand_ins
            .as_ref()
            .and_then(|state| state.query(self, id, &call.method, &call.arg));
        answer.unwrap_or_else(|| Err(rejects::method_not_found(id, "query", &call.method)))
    }
}

/// The one argument of a method.
fn decode<T: CandidType + DeserializeOwned>(
    id: Principal,
    arg: &[u8],
) -> Result<T, RejectResponse> {
    let mut config = DecoderConfig::new();
    config.set_decoding_quota(DECODING_QUOTA).set_skipping_quota(SKIPPING_QUOTA);
    candid::utils::decode_one_with_config(arg, &config)
        .map_err(|why| trapped(id, &format!("failed to decode the argument: {why:#}")))
}

/// The reject of a stand-in that fails as a canister does when it traps.
fn trapped(id: Principal, why: &str) -> RejectResponse {
    let what = format!("Canister called `ic0.trap` with message: '{why}'");
    rejects::canister_error(ErrorCode::CanisterCalledTrap, id, &what)
}

/// The reply of a method.
#[expect(clippy::unnecessary_wraps, reason = "methods end with it where rejects return")]
fn reply(values: impl ArgumentEncoder) -> Payload {
    Ok(candid::encode_args(values).expect("answers of stand-ins always encode"))
}

#[cfg(test)]
mod tests;
