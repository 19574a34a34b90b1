//! The test ledger on a network, with one function for each method a test uses.

use candid::{
    CandidType, Decode, Deserialize, Encode, Int, Nat, Principal, utils::ArgumentEncoder,
};
use granary_api::{
    icrc::{
        Account, ApproveArgs, ApproveError, Block, DataCertificate, GetBlocksArgs, GetBlocksResult,
        TransferArgs, TransferError, TransferFromArgs, TransferFromError,
    },
    test_ledger::{BalanceLie, ControlError, Faults, FillArgs, InitArgs, InitialBalance, MintArgs},
};
use pocket_ic::{CanisterSettings, PocketIc, RejectResponse};

use crate::{people, subject, world};

/// What a transfer costs on a ledger installed with [`init_args`].
pub const FEE: u128 = 10_000;

/// Cycles the ledger starts with.
const CYCLES: u128 = 1_000_000_000_000_000;

/// An answer of the ledger, or the network's reject.
pub type Called<T> = Result<T, RejectResponse>;

/// The ledger's module.
///
/// # Panics
/// When it does not build; the message is the builder's.
pub fn wasm() -> Vec<u8> {
    subject::packed("test_ledger")
}

/// Who mints on a ledger installed with [`init_args`], and may disturb it.
pub fn minter() -> Principal {
    people::person("minter")
}

/// A dollar of six decimals; these people have so much from the beginning.
pub fn init_args(balances: &[(Account, u128)]) -> InitArgs {
    InitArgs {
        minting_account: minter().into(),
        name: "Test Dollar".to_owned(),
        symbol: "TUSD".to_owned(),
        decimals: 6,
        fee: FEE.into(),
        balances: balances
            .iter()
            .map(|(account, amount)| InitialBalance { account: *account, amount: (*amount).into() })
            .collect(),
    }
}

/// A plain transfer, accepting whatever fee there is.
pub fn transfer_args(to: impl Into<Account>, amount: u128) -> TransferArgs {
    TransferArgs {
        from_subaccount: None,
        to: to.into(),
        amount: amount.into(),
        fee: None,
        memo: None,
        created_at_time: None,
    }
}

/// One ledger on a network.
#[derive(Clone, Copy)]
pub struct TestLedger<'n> {
    network: &'n PocketIc,
    /// The ledger.
    pub canister: Principal,
}

impl std::fmt::Debug for TestLedger<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestLedger").field("canister", &self.canister).finish_non_exhaustive()
    }
}

impl<'n> TestLedger<'n> {
    /// Installs a ledger; `controller` controls it.
    pub fn install(network: &'n PocketIc, controller: Principal, args: &InitArgs) -> Self {
        let settings =
            CanisterSettings { controllers: Some(vec![controller]), ..CanisterSettings::default() };
        let canister = network.create_canister_with_settings(Some(controller), Some(settings));
        network.add_cycles(canister, CYCLES);
        network.install_canister(canister, wasm(), world::encode(args), Some(controller));
        Self { network, canister }
    }

    /// A ledger that is there already.
    pub const fn at(network: &'n PocketIc, canister: Principal) -> Self {
        Self { network, canister }
    }

    /// Calls any update method.
    pub fn update<A: ArgumentEncoder, T>(
        &self,
        caller: Principal,
        method: &str,
        args: A,
    ) -> Called<T>
    where
        T: CandidType + for<'de> Deserialize<'de>,
    {
        let bytes = candid::encode_args(args).expect("a wire type encodes");
        let reply = self.network.update_call(self.canister, caller, method, bytes)?;
        Ok(Decode!(&reply, T).expect("the reply has the type of the standard"))
    }

    /// Calls any query method.
    pub fn query<A: ArgumentEncoder, T>(&self, method: &str, args: A) -> Called<T>
    where
        T: CandidType + for<'de> Deserialize<'de>,
    {
        let bytes = candid::encode_args(args).expect("a wire type encodes");
        let caller = Principal::anonymous();
        let reply = self.network.query_call(self.canister, caller, method, bytes)?;
        Ok(Decode!(&reply, T).expect("the reply has the type of the standard"))
    }

    /// `icrc1_transfer`.
    pub fn transfer(
        &self,
        caller: Principal,
        args: &TransferArgs,
    ) -> Called<Result<Nat, TransferError>> {
        self.update(caller, "icrc1_transfer", (args,))
    }

    /// `icrc2_approve`.
    pub fn approve(
        &self,
        caller: Principal,
        args: &ApproveArgs,
    ) -> Called<Result<Nat, ApproveError>> {
        self.update(caller, "icrc2_approve", (args,))
    }

    /// `icrc2_transfer_from`.
    pub fn transfer_from(
        &self,
        caller: Principal,
        args: &TransferFromArgs,
    ) -> Called<Result<Nat, TransferFromError>> {
        self.update(caller, "icrc2_transfer_from", (args,))
    }

    /// What an account is said to have.
    ///
    /// # Panics
    /// When the ledger cannot be read, or the balance has more than 128 bits.
    pub fn balance(&self, account: impl Into<Account>) -> u128 {
        let account: Account = account.into();
        let balance: Nat = self.query("icrc1_balance_of", (account,)).expect("a balance");
        u128::try_from(&balance.0).expect("the ledger has 128 bits")
    }

    /// Mints to an account; the block's index.
    ///
    /// # Panics
    /// When the ledger refuses.
    pub fn mint(&self, to: impl Into<Account>, amount: u128) -> Nat {
        let args = MintArgs { to: to.into(), amount: amount.into(), memo: None };
        let minted: Result<Nat, ControlError> =
            self.update(minter(), "mint", (args,)).expect("an answer");
        minted.expect("the minter may mint")
    }

    /// Replaces all faults.
    ///
    /// # Panics
    /// When the ledger refuses.
    pub fn set_faults(&self, faults: &Faults) {
        let set: Result<(), ControlError> =
            self.update(minter(), "set_faults", (faults,)).expect("an answer");
        set.expect("the minter may disturb the ledger");
    }

    /// Makes the ledger tell a balance that is wrong by `delta`.
    ///
    /// # Panics
    /// When the ledger refuses.
    pub fn lie_about(&self, account: impl Into<Account>, delta: i128) {
        let lie = BalanceLie { account: account.into(), delta: Int::from(delta) };
        self.set_faults(&Faults { balance_lies: vec![lie], ..Faults::default() });
    }

    /// Appends many blocks; the length of the log afterwards.
    ///
    /// # Panics
    /// When the ledger refuses.
    pub fn fill(&self, blocks: u32, accounts: u32) -> Nat {
        let args = FillArgs { blocks, accounts };
        let length: Result<Nat, ControlError> =
            self.update(minter(), "fill", (args,)).expect("an answer");
        length.expect("the minter may fill the log")
    }

    /// `icrc3_get_blocks` of one range.
    ///
    /// # Panics
    /// When the ledger cannot be read.
    pub fn page(&self, start: u64, length: u64) -> GetBlocksResult {
        let range = GetBlocksArgs { start: start.into(), length: length.into() };
        self.query("icrc3_get_blocks", (vec![range],)).expect("a page")
    }

    /// Every block, page by page.
    ///
    /// # Panics
    /// When the ledger cannot be read, or a page holds nothing of what there is.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        loop {
            let start = u64::try_from(blocks.len()).expect("few blocks");
            let page = self.page(start, u64::MAX);
            if page.log_length == start {
                return blocks;
            }
            assert!(!page.blocks.is_empty(), "a page begins where it was asked to");
            blocks.extend(page.blocks);
        }
    }

    /// The certified end of the log.
    ///
    /// # Panics
    /// When the ledger cannot be read, or has no block.
    pub fn tip_certificate(&self) -> DataCertificate {
        let tip: Option<DataCertificate> =
            self.query("icrc3_get_tip_certificate", ()).expect("an answer");
        tip.expect("a query carries a certificate")
    }

    /// Upgrades to the same code.
    ///
    /// # Panics
    /// When the upgrade fails.
    pub fn upgrade(&self, controller: Principal) {
        let nothing = Encode!().expect("nothing encodes");
        self.network
            .upgrade_canister(self.canister, wasm(), nothing, Some(controller))
            .expect("the ledger upgrades");
    }
}
