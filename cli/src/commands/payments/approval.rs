//! `granary payments approve` and `revoke`: a person's word, bound to what was shown.

use granary_api::execution::{ApproveIntentArgs, IntentArgs, IntentDetails};
use serde_bytes::ByteBuf;

use crate::{
    cli::Mutation,
    client::{
        Client,
        execution::{
            APPROVE_INTENT, CANISTER, GET_INTENT_DETAILS, LIST_ADOPTED_ASSETS,
            REVOKE_INTENT_APPROVAL,
        },
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    operations::change::{apply_to, send},
    render::payment::{Approval, Details},
    session::Session,
};

/// Who usually approves on a local network.
const USUAL: &str = "approver-1";

/// Shows what is approved, and sends the digest of exactly that.
#[derive(clap::Args, Debug)]
pub(crate) struct Approve {
    /// Number of the payment.
    intent: u64,
    /// Digest that `payments show` printed: anything else is not approved.
    #[arg(long, value_name = "HEX", value_parser = parse_digest)]
    digest: Option<ByteBuf>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Revoke {
    /// Number of the payment.
    intent: u64,
    #[command(flatten)]
    mutation: Mutation,
}

/// The 32 bytes of a digest.
fn parse_digest(text: &str) -> Result<ByteBuf, String> {
    let bytes = hex::decode(text).ok().filter(|bytes| bytes.len() == 32);
    bytes.map(ByteBuf::from).ok_or_else(|| format!("`{text}` is not a digest of 64 hex digits"))
}

pub(crate) async fn approve(args: Approve, session: &Session) -> Result<Exit, Failure> {
    let is_blind = args.mutation.yes && args.digest.is_none();
    if is_blind && session.network()?.is_mainnet() {
        let message = "with --yes nobody reads what is approved, so the digest has to be given";
        let next = format!("granary payments show {}", args.intent);
        return Err(Failure::new(Exit::Refused, "cli.unseen", message).next(next));
    }
    let hands = session.remote(CANISTER, USUAL).await?;
    let details = details(&hands, args.intent).await?;
    if args.digest.as_ref().is_some_and(|digest| *digest != details.digest) {
        let message = format!("the digest is not that of payment {}", args.intent);
        let next = format!("granary payments show {}", args.intent);
        return Err(Failure::new(Exit::Usage, "cli.digest", message).next(next));
    }
    let assets = hands.ask(LIST_ADOPTED_ASSETS).await?;
    let shown = Details::new(&details, &assets);
    let what = shown.approved();
    let call = ApproveIntentArgs { intent: args.intent, digest: details.digest };
    let to = (CANISTER, USUAL);
    let sent = send(session, args.mutation, to, &what, APPROVE_INTENT, &call).await?;
    if let Some(receipt) = sent {
        session.out.emit_change(&Approval::new(shown, &receipt))?;
    }
    Ok(Exit::Ok)
}

async fn details<C: Client>(hands: &Remote<C>, intent: u64) -> Result<IntentDetails, Failure> {
    hands.query(GET_INTENT_DETAILS, &IntentArgs { intent }).await
}

pub(crate) async fn revoke(args: Revoke, session: &Session) -> Result<Exit, Failure> {
    let what = format!("take the approval of payment {} back", args.intent);
    let call = IntentArgs { intent: args.intent };
    let to = (CANISTER, USUAL);
    apply_to(session, args.mutation, to, &what, REVOKE_INTENT_APPROVAL, &call).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_32_bytes() {
        assert_eq!(parse_digest(&"07".repeat(32)), Ok(ByteBuf::from(vec![7; 32])));
        for wrong in ["", "07", &"07".repeat(31), &"07".repeat(33), &"zz".repeat(32)] {
            assert!(parse_digest(wrong).is_err(), "{wrong}");
        }
    }
}
