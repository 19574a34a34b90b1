//! The stand-ins in a network: balances, fees, duplicates, refusals, and where every token is.

mod canisters;
mod ledgers;
mod minting;

use super::{
    CYCLES_LEDGER, FIRST_CYCLES, ICP_LEDGER, MINTING,
    accounts::{Account, AccountId},
    cycles::{CreateCanisterArgs, CreateCanisterError, Created, WithdrawArgs, WithdrawError},
    icp::{self, Tokens},
    icrc1::{TransferArg, TransferError},
};
use crate::network::{
    EffectivePrincipal, IngressMessage, IngressStatus, Network, NetworkConfig, QueryCall,
    SubnetKind,
};
use candid::{CandidType, Encode, Nat, Principal};
use pocket_ic::{ErrorCode, RejectResponse};
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

const T: u128 = 1_000_000_000_000;
const MINT: u64 = 0x544e_494d;
const CREATE: u64 = 0x4145_5243;
const TOP_UP: u64 = 0x5055_5054;

struct World(Network);

fn somebody(number: u8) -> Principal {
    let mut id = [number; 29];
    id[28] = 2;
    Principal::from_slice(&id)
}

impl World {
    fn new() -> Self {
        let config = NetworkConfig::default().with_stand_ins();
        Self(Network::new(config).expect("the network starts"))
    }

    /// Every token is somewhere.
    fn check(&self) {
        let account = self.0.cycles_account();
        let total = account.balances + account.in_flight + account.burned;
        assert_eq!(account.minted, total, "cycles appeared or vanished: {account:?}");
        let state = self.0.stand_ins.as_ref().expect("stand-ins");
        state.cycles.check();
        state.icp.check();
    }

    fn raw(&mut self, who: Principal, to: Principal, method: &str, arg: Vec<u8>) -> Answer {
        let message = IngressMessage {
            sender: who,
            canister_id: to,
            method: method.to_owned(),
            arg,
            effective: EffectivePrincipal::Canister(to),
            message_id: None,
            inspect: true,
        };
        let id = self.0.submit_ingress(message)?;
        self.0.tick();
        self.check();
        match self.0.ingress_status(&id) {
            IngressStatus::Replied(data) => Ok(data),
            IngressStatus::Rejected(reject) => Err(reject),
            other => panic!("no answer: {other:?}"),
        }
    }

    fn call<R: CandidType + DeserializeOwned>(
        &mut self,
        who: Principal,
        to: Principal,
        method: &str,
        arg: &impl CandidType,
    ) -> R {
        let reply = self.raw(who, to, method, Encode!(arg).expect("encodes")).expect("a reply");
        candid::decode_one(&reply).expect("the reply decodes")
    }

    fn ask<R: CandidType + DeserializeOwned>(
        &mut self,
        to: Principal,
        method: &str,
        arg: &impl CandidType,
    ) -> R {
        let reply = self.query(to, method, Encode!(arg).expect("encodes")).expect("a reply");
        candid::decode_one(&reply).expect("the reply decodes")
    }

    fn query(&mut self, to: Principal, method: &str, arg: Vec<u8>) -> Answer {
        self.0.query(QueryCall {
            sender: Principal::anonymous(),
            canister_id: to,
            method: method.to_owned(),
            arg,
            certificate: None,
        })
    }

    fn balance(&mut self, ledger: Principal, owner: Principal) -> u128 {
        let balance: Nat = self.ask(ledger, "icrc1_balance_of", &Account::of(owner));
        balance.0.try_into().expect("fits")
    }

    fn give(&mut self, ledger: Principal, to: Principal, amount: u128) -> u128 {
        let moved = self.transfer(Principal::anonymous(), ledger, &payment(to, amount));
        moved.expect("moved").0.try_into().expect("fits")
    }

    fn transfer(
        &mut self,
        who: Principal,
        ledger: Principal,
        arg: &TransferArg,
    ) -> Result<Nat, TransferError> {
        self.call(who, ledger, "icrc1_transfer", arg)
    }

    /// A payment of ICP to the minting canister for `whom`: the block.
    fn pay_minting(&mut self, who: Principal, whom: Principal, e8s: u64, memo: u64) -> u64 {
        let arg = icp_payment(AccountId::named_after(MINTING, whom), e8s, memo);
        let moved: Result<u64, icp::TransferError> = self.call(who, ICP_LEDGER, "transfer", &arg);
        moved.expect("paid")
    }

    fn create(
        &mut self,
        who: Principal,
        arg: &CreateCanisterArgs,
    ) -> Result<Created, CreateCanisterError> {
        self.call(who, CYCLES_LEDGER, "create_canister", arg)
    }

    fn withdraw(
        &mut self,
        who: Principal,
        to: Principal,
        amount: u128,
    ) -> Result<Nat, WithdrawError> {
        let arg = WithdrawArgs {
            amount: amount.into(),
            from_subaccount: None,
            to,
            created_at_time: None,
        };
        self.call(who, CYCLES_LEDGER, "withdraw", &arg)
    }
}

type Answer = Result<Vec<u8>, RejectResponse>;

fn payment(to: Principal, amount: u128) -> TransferArg {
    TransferArg {
        from_subaccount: None,
        to: Account::of(to),
        amount: amount.into(),
        fee: None,
        memo: None,
        created_at_time: None,
    }
}

fn icp_payment(to: AccountId, e8s: u64, memo: u64) -> icp::TransferArgs {
    icp::TransferArgs {
        memo,
        amount: Tokens { e8s },
        fee: Tokens { e8s: 10_000 },
        from_subaccount: None,
        to: ByteBuf::from(to.as_slice()),
        created_at_time: None,
    }
}

fn creation(amount: u128) -> CreateCanisterArgs {
    CreateCanisterArgs {
        from_subaccount: None,
        created_at_time: None,
        amount: amount.into(),
        creation_args: None,
    }
}

#[test]
fn ordinary_networks_have_no_stand_ins() {
    let mut world = World(Network::new(NetworkConfig::default()).expect("starts"));
    let error = world.query(ICP_LEDGER, "icrc1_name", Encode!().expect("encodes"));
    assert_eq!(error.expect_err("absent").error_code, ErrorCode::CanisterNotFound);
    let config = NetworkConfig { stand_ins: true, ..NetworkConfig::default() };
    assert!(Network::new(config).expect_err("no home").contains("NNS"));
}

#[test]
fn the_homes_of_the_stand_ins_leave_the_ids_of_other_canisters_alone() {
    let world = World::new();
    let plain = Network::new(NetworkConfig::default()).expect("starts");
    let first = |net: &Network| net.topology().default_effective_canister_id();
    assert_eq!(first(&world.0), first(&plain));
    let kind = |id| world.0.topology().route(id).map(|subnet| subnet.kind);
    assert_eq!(kind(ICP_LEDGER), Some(SubnetKind::NNS));
    assert_eq!(kind(MINTING), Some(SubnetKind::NNS));
    assert_eq!(kind(CYCLES_LEDGER), Some(SubnetKind::II));
}

#[test]
fn arguments_of_wrong_types_are_rejected_and_change_nothing() {
    let mut world = World::new();
    let nonsense = [Vec::new(), b"DIDL".to_vec(), Encode!(&"text").expect("encodes"), vec![0; 90]];
    let methods = [
        (CYCLES_LEDGER, "icrc1_transfer"),
        (CYCLES_LEDGER, "withdraw"),
        (CYCLES_LEDGER, "deposit"),
        (CYCLES_LEDGER, "create_canister"),
        (ICP_LEDGER, "transfer"),
        (ICP_LEDGER, "icrc1_transfer"),
        (MINTING, "notify_mint_cycles"),
        (MINTING, "notify_create_canister"),
        (MINTING, "notify_top_up"),
    ];
    for (id, method) in methods {
        for arg in &nonsense {
            let reject = world.raw(somebody(1), id, method, arg.clone()).expect_err(method);
            assert_eq!(reject.error_code, ErrorCode::CanisterCalledTrap, "{method}: {reject:?}");
        }
    }
    let short =
        TransferArg { from_subaccount: Some(ByteBuf::from([1])), ..payment(somebody(1), 1) };
    let arg = Encode!(&short).expect("encodes");
    let reject = world.raw(somebody(1), ICP_LEDGER, "icrc1_transfer", arg).expect_err("short");
    assert!(reject.reject_message.contains("32 bytes"), "{reject:?}");
    let long = TransferArg { memo: Some(ByteBuf::from([1; 33])), ..payment(somebody(1), 1) };
    let arg = Encode!(&long).expect("encodes");
    let reject = world.raw(Principal::anonymous(), ICP_LEDGER, "icrc1_transfer", arg);
    let reject = reject.expect_err("a long memo");
    assert!(reject.reject_message.contains("32 bytes"), "{reject:?}");
    let mut broken = icp_payment(Account::of(somebody(1)).id(), 1, 1);
    broken.to[5] ^= 1;
    let arg = Encode!(&broken).expect("encodes");
    let reject = world.raw(Principal::anonymous(), ICP_LEDGER, "transfer", arg).expect_err("to");
    assert!(reject.reject_message.contains("account identifier"), "{reject:?}");
    for (id, method) in [(ICP_LEDGER, "icrc2_approve"), (MINTING, "x"), (CYCLES_LEDGER, "y")] {
        let reject = world.raw(somebody(1), id, method, Vec::new()).expect_err(method);
        assert_eq!(reject.error_code, ErrorCode::CanisterMethodNotFound, "{method}");
        let reject = world.query(id, method, Vec::new()).expect_err(method);
        assert_eq!(reject.error_code, ErrorCode::CanisterMethodNotFound, "{method}");
    }
    assert_eq!(world.balance(CYCLES_LEDGER, Principal::anonymous()), FIRST_CYCLES);
}
