//! The cycles minting canister: turns ICP into cycles at a fixed rate, and says where canisters
//! are created.

use std::collections::BTreeMap;

use candid::{CandidType, Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::RejectResponse;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    ICP_LEDGER, MINTING, Request, StandIns,
    accounts::AccountId,
    cycles, decode, icp,
    icrc1::{Paid, bad_subaccount},
    ledger::Stamp,
    reply, trapped,
};
use crate::network::{Network, SubnetKind, pool::Payload, rejects};

/// Ten-thousandths of an XDR that one ICP is worth, for ever; one XDR is a trillion cycles.
const XDR_PERMYRIAD_PER_ICP: u64 = 50_000;
/// ICP payments remembered until they are notified.
const PAYMENTS_MAX: usize = 100_000;
/// Code of errors that fit no variant: the caller may not do this.
const UNAUTHORIZED: u64 = 1;

/// Memos that say what a payment is for.
const MINT: u64 = 0x544e_494d;
const CREATE: u64 = 0x4145_5243;
const TOP_UP: u64 = 0x5055_5054;

/// Payments by their block, and what became of those that were notified.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Minting {
    payments: BTreeMap<u64, Payment>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payment {
    from: AccountId,
    to: AccountId,
    e8s: u128,
    memo: u64,
    /// The answer to its notification, which is given again.
    answer: Option<Vec<u8>>,
}

impl Minting {
    /// Remembers a payment; the oldest ones are forgotten.
    pub(super) fn record(&mut self, paid: Paid, memo: u64) {
        let Paid { block, from, to, amount } = paid;
        self.payments.insert(block, Payment { from, to, e8s: amount, memo, answer: None });
        while self.payments.len() > PAYMENTS_MAX {
            self.payments.pop_first();
        }
    }
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) enum SubnetSelection {
    Filter { subnet_type: Option<String> },
    Subnet { subnet: Principal },
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct MintArgs {
    pub(super) block_index: u64,
    pub(super) deposit_memo: Option<ByteBuf>,
    pub(super) to_subaccount: Option<ByteBuf>,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) struct NotifyOk {
    pub(super) balance: Nat,
    pub(super) block_index: Nat,
    pub(super) minted: Nat,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct CreateArgs {
    pub(super) block_index: u64,
    pub(super) controller: Principal,
    pub(super) subnet_selection: Option<SubnetSelection>,
    pub(super) settings: Option<mg::CanisterSettings>,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct TopUpArgs {
    pub(super) block_index: u64,
    pub(super) canister_id: Principal,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) enum NotifyError {
    Refunded { reason: String, block_index: Option<u64> },
    Processing,
    TransactionTooOld(u64),
    InvalidTransaction(String),
    Other { error_code: u64, error_message: String },
}

#[derive(Debug, CandidType)]
struct Rate {
    xdr_permyriad_per_icp: u64,
    timestamp_seconds: u64,
}

#[derive(Debug, CandidType)]
struct CertifiedRate {
    data: Rate,
    /// The stand-in certifies nothing.
    hash_tree: ByteBuf,
    certificate: ByteBuf,
}

/// Answers a query; None when there is none of this name.
pub(super) fn query(network: &Network, method: &str, _arg: &[u8]) -> Option<Payload> {
    match method {
        "get_default_subnets" => Some(reply((default_subnets(network),))),
        "get_icp_xdr_conversion_rate" => Some(reply((CertifiedRate {
            data: Rate {
                xdr_permyriad_per_icp: XDR_PERMYRIAD_PER_ICP,
                timestamp_seconds: network.certified_time_ns() / 1_000_000_000,
            },
            hash_tree: ByteBuf::new(),
            certificate: ByteBuf::new(),
        },))),
        _ => None,
    }
}

/// Subnets where canisters are created unless their creator chooses.
fn default_subnets(network: &Network) -> Vec<Principal> {
    let subnets = network.topology().subnets().iter();
    subnets.filter(|s| s.kind == SubnetKind::Application).map(|subnet| subnet.id).collect()
}

/// The subnet a canister is created on.
pub(super) fn subnet_for(
    network: &Network,
    selection: Option<&SubnetSelection>,
) -> Result<Principal, String> {
    let default = || default_subnets(network).first().copied();
    let found = match selection {
        None | Some(SubnetSelection::Filter { subnet_type: None }) => default(),
        Some(SubnetSelection::Subnet { subnet }) => {
            network.topology().subnet(*subnet).map(|known| known.id)
        }
        Some(SubnetSelection::Filter { subnet_type: Some(kind) }) => {
            let of_kind = |kind| network.topology().subnets().iter().find(|s| s.kind == kind);
            match kind.as_str() {
                "application" => default(),
                "fiduciary" => of_kind(SubnetKind::Fiduciary).map(|subnet| subnet.id),
                _ => None,
            }
        }
    };
    found.ok_or_else(|| match selection {
        Some(SubnetSelection::Subnet { subnet }) => format!("Subnet {subnet} does not exist"),
        Some(SubnetSelection::Filter { subnet_type: Some(kind) }) => {
            format!("No subnet of type {kind} exists")
        }
        _ => "No subnet takes new canisters".to_owned(),
    })
}

impl StandIns {
    pub(super) fn minting_update(&mut self, network: &mut Network, request: &Request) -> Payload {
        match request.method.as_str() {
            "notify_mint_cycles" => self.notify_mint(network, request),
            "notify_create_canister" => self.notify_create(network, request),
            "notify_top_up" => self.notify_top_up(network, request),
            other => Err(rejects::method_not_found(MINTING, "update", other)),
        }
    }

    fn notify_mint(&mut self, network: &mut Network, request: &Request) -> Payload {
        let args: MintArgs = decode(MINTING, &request.arg)?;
        let to = AccountId::of(request.caller, args.to_subaccount.as_ref());
        let to = to.map_err(|_| bad_subaccount(MINTING))?;
        self.notified(
            network,
            (args.block_index, request.caller, MINT),
            |state, network, cycles| {
                if cycles <= cycles::FEE {
                    return Err(format!("{cycles} cycles do not cover the fee of {}", cycles::FEE));
                }
                let (block, balance) = state.deposit_cycles(network, to, cycles);
                Ok(NotifyOk {
                    balance: balance.into(),
                    block_index: block.into(),
                    minted: cycles.into(),
                })
            },
        )
    }

    fn notify_create(&mut self, network: &mut Network, request: &Request) -> Payload {
        let args: CreateArgs = decode(MINTING, &request.arg)?;
        if args.controller != request.caller {
            let error_message =
                format!("{} may not create canisters for {}", request.caller, args.controller);
            let refused = NotifyError::Other { error_code: UNAUTHORIZED, error_message };
            return reply((Err::<Principal, _>(refused),));
        }
        let mut settings = args.settings.unwrap_or_default();
        settings.controllers.get_or_insert_with(|| vec![args.controller]);
        let payment = (args.block_index, args.controller, CREATE);
        self.notified(network, payment, |_, network, cycles| {
            let subnet = subnet_for(network, args.subnet_selection.as_ref())?;
            let created = network.create_paid(MINTING, subnet, &settings, cycles);
            created.map_err(|refusal| refusal.reject_message)
        })
    }

    fn notify_top_up(&mut self, network: &mut Network, request: &Request) -> Payload {
        let args: TopUpArgs = decode(MINTING, &request.arg)?;
        let payment = (args.block_index, args.canister_id, TOP_UP);
        self.notified(network, payment, |_, network, cycles| {
            if !network.canister_exists(args.canister_id) {
                return Err(rejects::canister_not_found(args.canister_id).reject_message);
            }
            network.credit(args.canister_id, cycles);
            Ok(Nat::from(cycles))
        })
    }

    /// Burns the ICP of a payment and does with its worth in cycles what it was for. When that is
    /// refused the ICP goes back, less a fee; the answer to a second notification is the first.
    fn notified<T: CandidType>(
        &mut self,
        network: &mut Network,
        (block, payer, memo): (u64, Principal, u64),
        work: impl FnOnce(&mut Self, &mut Network, u128) -> Result<T, String>,
    ) -> Payload {
        let to = AccountId::named_after(MINTING, payer);
        let invalid = |why: String| reply((Err::<T, _>(NotifyError::InvalidTransaction(why)),));
        let Some(payment) = self.minting.payments.get(&block).cloned() else {
            return invalid(format!("block {block} of {ICP_LEDGER} is no payment"));
        };
        if payment.to != to {
            return invalid(format!("block {block} does not pay the account of {payer}"));
        }
        if payment.memo != memo {
            return invalid(format!("block {block} has memo {}, not {memo}", payment.memo));
        }
        if let Some(answer) = payment.answer {
            return Ok(answer);
        }
        let cycles = payment.e8s.saturating_mul(u128::from(XDR_PERMYRIAD_PER_ICP));
        network.create_cycles(cycles);
        let answer = match work(self, network, cycles) {
            Ok(done) => {
                self.icp.burn_free(to, payment.e8s).map_err(|_| unpaid(block))?;
                reply((Ok::<_, NotifyError>(done),))
            }
            Err(reason) => {
                network.burn(cycles);
                let back = self.refund(&payment);
                reply((Err::<T, _>(NotifyError::Refunded { reason, block_index: back }),))
            }
        }?;
        if let Some(known) = self.minting.payments.get_mut(&block) {
            known.answer = Some(answer.clone());
        }
        Ok(answer)
    }

    /// Sends a payment back, less the fee; one that is not worth the fee is burned.
    fn refund(&mut self, payment: &Payment) -> Option<u64> {
        let amount = payment.e8s.checked_sub(icp::FEE).filter(|amount| *amount > 0);
        let Some(amount) = amount else {
            // The account holds what was paid to it until it is notified.
            let _ = self.icp.burn_free(payment.to, payment.e8s);
            return None;
        };
        let stamp = Stamp { kind: "refund", created_at_ns: None, memo: &[], now_ns: 0 };
        self.icp.transfer((payment.to, payment.from), amount, None, stamp).ok()
    }
}

fn unpaid(block: u64) -> RejectResponse {
    trapped(MINTING, &format!("the account of block {block} is empty"))
}
