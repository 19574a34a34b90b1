//! Every method. The documentation here becomes the interface file.

#![expect(clippy::needless_pass_by_value, reason = "the CDK hands arguments over by value")]

use candid::{Nat, Principal};
use granary_api::common::SupportedStandard;
use granary_api::icrc::{
    Account, Allowance, AllowanceArgs, ApproveArgs, ApproveError, ArchiveInfo, BlockType,
    DataCertificate, GetArchivesArgs, GetBlocksArgs, GetBlocksResult, MetadataValue, TransferArgs,
    TransferError, TransferFromArgs, TransferFromError,
};
use granary_api::test_ledger::{ControlError, Faults, FillArgs, InitArgs, MintArgs};
use granary_env::{Env, message};
use ic_cdk::{init, post_upgrade, query, update};

use crate::delivery::answer;
use crate::ledger::{Ledger, MEMO_BYTES_MAX};
use crate::log::{STANDARDS, archives, block_types, url};
use crate::refusal::{ApproveRefusal, FromRefusal, MoveRefusal};
use crate::{install, state};

#[init]
fn init(args: InitArgs) {
    install::init(&args);
}

#[post_upgrade]
fn post_upgrade() {
    install::post_upgrade();
}

#[query]
fn icrc1_name() -> String {
    state::read(|ledger| ledger.settings().name.clone())
}

#[query]
fn icrc1_symbol() -> String {
    state::read(|ledger| ledger.settings().symbol.clone())
}

#[query]
fn icrc1_decimals() -> u8 {
    state::read(|ledger| ledger.settings().decimals)
}

#[query]
fn icrc1_fee() -> Nat {
    state::read_told(|ledger| ledger.fee().into())
}

#[query]
fn icrc1_metadata() -> Vec<(String, MetadataValue)> {
    let text = |text: &str| MetadataValue::Text(text.to_owned());
    let nat = |number: u128| MetadataValue::Nat(number.into());
    let entries = state::read(|ledger| {
        let settings = ledger.settings();
        [
            ("icrc1:name", text(&settings.name)),
            ("icrc1:symbol", text(&settings.symbol)),
            ("icrc1:decimals", nat(settings.decimals.into())),
            ("icrc1:fee", nat(ledger.fee())),
            ("icrc1:max_memo_length", MetadataValue::Nat(MEMO_BYTES_MAX.into())),
        ]
    });
    entries.map(|(key, value)| (key.to_owned(), value)).to_vec()
}

#[query]
fn icrc1_total_supply() -> Nat {
    state::read_told(|ledger| ledger.supply().into())
}

#[query]
fn icrc1_minting_account() -> Option<Account> {
    state::read(|ledger| Some(ledger.minting_account()))
}

#[query]
fn icrc1_balance_of(account: Account) -> Nat {
    state::read_told(|ledger| ledger.told_balance(&account).into())
}

#[query]
fn icrc1_supported_standards() -> Vec<SupportedStandard> {
    icrc10_supported_standards()
}

#[query]
fn icrc10_supported_standards() -> Vec<SupportedStandard> {
    STANDARDS
        .map(|number| SupportedStandard { name: format!("ICRC-{number}"), url: url(number) })
        .to_vec()
}

#[update]
async fn icrc1_transfer(args: TransferArgs) -> Result<Nat, TransferError> {
    let caller = Env::here().caller();
    answer(|ledger, now_ns| -> Result<u64, MoveRefusal> { ledger.transfer(now_ns, caller, args) })
        .await
}

#[update]
async fn icrc2_approve(args: ApproveArgs) -> Result<Nat, ApproveError> {
    let caller = Env::here().caller();
    answer(|ledger, now_ns| -> Result<u64, ApproveRefusal> { ledger.approve(now_ns, caller, args) })
        .await
}

#[update]
async fn icrc2_transfer_from(args: TransferFromArgs) -> Result<Nat, TransferFromError> {
    let caller = Env::here().caller();
    answer(|ledger, now_ns| -> Result<u64, FromRefusal> {
        ledger.transfer_from(now_ns, caller, args)
    })
    .await
}

#[query]
fn icrc2_allowance(args: AllowanceArgs) -> Allowance {
    let now_ns = message::now().as_nanos();
    let (allowance, expires_at) =
        state::read_told(|ledger| ledger.allowance(now_ns, &args.account, &args.spender));
    Allowance { allowance: allowance.into(), expires_at }
}

#[query]
fn icrc3_get_blocks(ranges: Vec<GetBlocksArgs>) -> GetBlocksResult {
    state::read_told(|ledger| ledger.blocks(&ranges))
}

#[query]
fn icrc3_get_archives(args: GetArchivesArgs) -> Vec<ArchiveInfo> {
    archives(args.from)
}

#[query]
fn icrc3_get_tip_certificate() -> Option<DataCertificate> {
    let certificate = message::data_certificate()?;
    state::read_told(|ledger| ledger.tip_certificate(certificate))
}

#[query]
fn icrc3_supported_block_types() -> Vec<BlockType> {
    block_types()
}

/// Replaces all faults. For controllers and the owner of the minting account.
#[update]
fn set_faults(faults: Faults) -> Result<(), ControlError> {
    keeper(|ledger| ledger.set_faults(faults))
}

/// What is left of the faults.
#[query]
fn get_faults() -> Faults {
    state::read(|ledger| ledger.faults().clone())
}

/// Mints, as the minting account would, and answers with the block. For controllers and the owner
/// of the minting account.
#[update]
fn mint(args: MintArgs) -> Result<Nat, ControlError> {
    let now_ns = message::now().as_nanos();
    keeper(|ledger| ledger.mint_for_test(now_ns, args)).map(Nat::from)
}

/// Appends many blocks and answers with the length of the log. For controllers and the owner of
/// the minting account.
#[update]
fn fill(args: FillArgs) -> Result<Nat, ControlError> {
    let now_ns = message::now().as_nanos();
    keeper(|ledger| ledger.fill(now_ns, args)).map(Nat::from)
}

/// The owner of the account `fill` numbers so.
#[query]
fn numbered_account(number: u32) -> Principal {
    crate::account::numbered(number).owner
}

fn keeper<T>(
    change: impl FnOnce(&mut Ledger) -> Result<T, ControlError>,
) -> Result<T, ControlError> {
    let env = Env::here();
    state::write(|ledger| {
        ledger.check_keeper(env.caller(), env.caller_is_controller())?;
        change(ledger)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    candid::export_service!();

    #[test]
    fn generated_interface_is_current() {
        let path = "tests/canisters/test_ledger/test_ledger.did";
        granary_build::generated(path, &__export_service());
    }
}
