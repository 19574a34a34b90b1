//! What the random schedule can do. Numbers name people, entities and amounts.

use micro_grants_core::records::Recommendation;

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Submit(u8, u128, u64),
    Save(u8, u128),
    Promote(u8, u64, u128),
    Revise(u8, u64, u128),
    Withdraw(u8, u64),
    Declare(u8, u64, bool),
    Review(u8, u64, u32, Recommendation),
    Finalize(u64),
    Appeal(u8, u64),
    Accept(u8, u64),
    Suspend(u64),
    Reinstate(u64),
    Notice(u64),
    Terminate(u64),
    Report(u8, u64),
    Show(u8, u64, u64),
    Judge(u8, u64, u64, bool),
    Pay(u8, u64, Option<u64>),
    Stream(u64),
    PauseStream(u64, bool),
    Claim(u8, u64),
    Send(u64),
    Settle(u64),
    Fail(u64, bool),
    /// By the second applicant, who stands for the treasurer, or by the manager.
    Retry(u8, u64),
    Wait(u64),
    TogglePause,
}
