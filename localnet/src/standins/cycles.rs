//! The cycles ledger: accounts that hold cycles, canisters paid out of them.

use candid::{CandidType, Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::RejectResponse;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{
    CYCLES_LEDGER, MINTING, Request, StandIns,
    accounts::{Account, AccountId},
    decode,
    icrc1::{self, Token, bad_subaccount},
    ledger::{Refusal, Stamp},
    minting::{SubnetSelection, subnet_for},
    reply, trapped,
};
use crate::network::{Network, pool::Payload, rejects, settings::nat_u128};

/// Cycles that every block costs.
pub(super) const FEE: u128 = 100_000_000;

const TOKEN: Token =
    Token { id: CYCLES_LEDGER, name: "Trillion Cycles", symbol: "TCYCLES", decimals: 12 };

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct DepositArgs {
    pub(super) to: Account,
    pub(super) memo: Option<ByteBuf>,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct DepositResult {
    pub(super) balance: Nat,
    pub(super) block_index: Nat,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct WithdrawArgs {
    pub(super) amount: Nat,
    pub(super) from_subaccount: Option<ByteBuf>,
    pub(super) to: Principal,
    pub(super) created_at_time: Option<u64>,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) enum RejectionCode {
    NoError,
    CanisterError,
    SysTransient,
    DestinationInvalid,
    Unknown,
    SysFatal,
    CanisterReject,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) enum WithdrawError {
    GenericError {
        message: String,
        error_code: Nat,
    },
    TemporarilyUnavailable,
    FailedToWithdraw {
        fee_block: Option<Nat>,
        rejection_code: RejectionCode,
        rejection_reason: String,
    },
    Duplicate {
        duplicate_of: Nat,
    },
    BadFee {
        expected_fee: Nat,
    },
    InvalidReceiver {
        receiver: Principal,
    },
    CreatedInFuture {
        ledger_time: u64,
    },
    TooOld,
    InsufficientFunds {
        balance: Nat,
    },
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct CreationArgs {
    pub(super) subnet_selection: Option<SubnetSelection>,
    pub(super) settings: Option<mg::CanisterSettings>,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct CreateCanisterArgs {
    pub(super) from_subaccount: Option<ByteBuf>,
    pub(super) created_at_time: Option<u64>,
    pub(super) amount: Nat,
    pub(super) creation_args: Option<CreationArgs>,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) struct Created {
    pub(super) block_id: Nat,
    pub(super) canister_id: Principal,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) enum CreateCanisterError {
    GenericError { message: String, error_code: Nat },
    TemporarilyUnavailable,
    Duplicate { duplicate_of: Nat, canister_id: Option<Principal> },
    CreatedInFuture { ledger_time: u64 },
    FailedToCreate { error: String, refund_block: Option<Nat>, fee_block: Option<Nat> },
    TooOld,
    InsufficientFunds { balance: Nat },
}

impl From<Refusal> for WithdrawError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadFee { expected } => Self::BadFee { expected_fee: expected.into() },
            Refusal::InsufficientFunds { balance } => {
                Self::InsufficientFunds { balance: balance.into() }
            }
            Refusal::TooOld => Self::TooOld,
            Refusal::CreatedInFuture { now_ns } => Self::CreatedInFuture { ledger_time: now_ns },
            Refusal::Duplicate { of, .. } => Self::Duplicate { duplicate_of: of.into() },
        }
    }
}

impl From<Refusal> for CreateCanisterError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::InsufficientFunds { balance } => {
                Self::InsufficientFunds { balance: balance.into() }
            }
            Refusal::TooOld => Self::TooOld,
            Refusal::CreatedInFuture { now_ns } => Self::CreatedInFuture { ledger_time: now_ns },
            Refusal::Duplicate { of, canister } => {
                Self::Duplicate { duplicate_of: of.into(), canister_id: canister }
            }
            Refusal::BadFee { expected } => Self::GenericError {
                message: format!("the fee is {expected}"),
                error_code: Nat::from(0u8),
            },
        }
    }
}

impl StandIns {
    pub(super) fn cycles_query(&self, method: &str, arg: &[u8]) -> Option<Payload> {
        icrc1::query(TOKEN, &self.cycles, method, arg)
    }

    pub(super) fn cycles_update(
        &mut self,
        network: &mut Network,
        request: &mut Request,
    ) -> Payload {
        match request.method.as_str() {
            "icrc1_transfer" => {
                let (paid, answer) = icrc1::transfer(TOKEN, &mut self.cycles, request)?;
                if paid.is_some() {
                    network.burn(FEE);
                }
                answer
            }
            "deposit" => self.deposit(network, request),
            "withdraw" => self.withdraw(network, request),
            "create_canister" => self.create_canister(network, request),
            other => Err(rejects::method_not_found(CYCLES_LEDGER, "update", other)),
        }
    }

    /// Puts the attached cycles, less the fee, into an account.
    fn deposit(&mut self, network: &mut Network, request: &mut Request) -> Payload {
        let args: DepositArgs = decode(CYCLES_LEDGER, &request.arg)?;
        let to = args.to.checked_id().map_err(|_| bad_subaccount(CYCLES_LEDGER))?;
        if request.cycles <= FEE {
            let why = format!("{} cycles do not cover the fee of {FEE}", request.cycles);
            return Err(trapped(CYCLES_LEDGER, &why));
        }
        let cycles = std::mem::take(&mut request.cycles);
        let (block, balance) = self.deposit_cycles(network, to, cycles);
        reply((DepositResult { balance: balance.into(), block_index: block.into() },))
    }

    /// Puts cycles that nobody holds, less the fee, into an account: block and balance.
    pub(super) fn deposit_cycles(
        &mut self,
        network: &mut Network,
        to: AccountId,
        cycles: u128,
    ) -> (u64, u128) {
        let fee = cycles.min(FEE);
        network.burn(fee);
        let block = self.cycles.mint(to, cycles - fee);
        (block, self.cycles.balance(to))
    }

    fn withdraw(&mut self, network: &mut Network, request: &Request) -> Payload {
        let args: WithdrawArgs = decode(CYCLES_LEDGER, &request.arg)?;
        let from = AccountId::of(request.caller, args.from_subaccount.as_ref());
        let from = from.map_err(|_| bad_subaccount(CYCLES_LEDGER))?;
        reply((self.withdraw_to(network, from, &args, request.now_ns),))
    }

    fn withdraw_to(
        &mut self,
        network: &mut Network,
        from: AccountId,
        args: &WithdrawArgs,
        now_ns: u64,
    ) -> Result<Nat, WithdrawError> {
        if is_of_a_person(args.to) {
            return Err(WithdrawError::InvalidReceiver { receiver: args.to });
        }
        let amount = nat_u128(&args.amount).unwrap_or(u128::MAX);
        if amount == 0 {
            return Err(WithdrawError::GenericError {
                message: "there is nothing to withdraw in 0 cycles".to_owned(),
                error_code: Nat::from(0u8),
            });
        }
        let stamp = Stamp {
            kind: "withdraw",
            created_at_ns: args.created_at_time,
            memo: args.to.as_slice(),
            now_ns,
        };
        let block = self.cycles.burn(from, amount, stamp)?;
        network.burn(FEE);
        if network.canister_exists(args.to) {
            network.credit(args.to, amount);
            return Ok(block.into());
        }
        let refused = rejects::canister_not_found(args.to);
        Err(WithdrawError::FailedToWithdraw {
            fee_block: self.give_back(network, from, amount),
            rejection_code: rejection_code(&refused),
            rejection_reason: refused.reject_message,
        })
    }

    fn create_canister(&mut self, network: &mut Network, request: &Request) -> Payload {
        let args: CreateCanisterArgs = decode(CYCLES_LEDGER, &request.arg)?;
        let from = AccountId::of(request.caller, args.from_subaccount.as_ref());
        let from = from.map_err(|_| bad_subaccount(CYCLES_LEDGER))?;
        reply((self.create_from(network, from, args, request),))
    }

    fn create_from(
        &mut self,
        network: &mut Network,
        from: AccountId,
        args: CreateCanisterArgs,
        request: &Request,
    ) -> Result<Created, CreateCanisterError> {
        let amount = nat_u128(&args.amount).unwrap_or(u128::MAX);
        let stamp = Stamp {
            kind: "create",
            created_at_ns: args.created_at_time,
            memo: &[],
            now_ns: request.now_ns,
        };
        let block = self.cycles.burn(from, amount, stamp)?;
        network.burn(FEE);
        let creation = args.creation_args;
        let (selection, settings) =
            creation.map_or((None, None), |args| (args.subnet_selection, args.settings));
        let mut settings = settings.unwrap_or_default();
        settings.controllers.get_or_insert_with(|| vec![request.caller]);
        let created = subnet_for(network, selection.as_ref()).and_then(|subnet| {
            let created = network.create_paid(MINTING, subnet, &settings, amount);
            created.map_err(|refusal| refusal.reject_message)
        });
        match created {
            Ok(canister_id) => {
                self.cycles.remember_canister(block, canister_id);
                Ok(Created { block_id: block.into(), canister_id })
            }
            Err(error) => Err(CreateCanisterError::FailedToCreate {
                error,
                refund_block: self.give_back(network, from, amount),
                fee_block: Some(block.into()),
            }),
        }
    }

    /// Undoes a payment that led to nothing; the block that says so costs a fee.
    fn give_back(&mut self, network: &mut Network, to: AccountId, amount: u128) -> Option<Nat> {
        if amount <= FEE {
            network.burn(amount);
            return None;
        }
        Some(Nat::from(self.deposit_cycles(network, to, amount).0))
    }
}

/// Ids of people end in 2 and have 29 bytes; there is no canister behind them.
fn is_of_a_person(id: Principal) -> bool {
    matches!(id.as_slice(), [.., 2] if id.as_slice().len() == 29)
}

fn rejection_code(reject: &RejectResponse) -> RejectionCode {
    match reject.reject_code as u64 {
        1 => RejectionCode::SysFatal,
        2 => RejectionCode::SysTransient,
        3 => RejectionCode::DestinationInvalid,
        4 => RejectionCode::CanisterReject,
        5 => RejectionCode::CanisterError,
        _ => RejectionCode::Unknown,
    }
}
