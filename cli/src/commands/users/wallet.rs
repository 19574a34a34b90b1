//! `granary users wallet`: where somebody's money may go.

use std::path::PathBuf;

use candid::Principal;
use clap::{Subcommand, ValueEnum};
use granary_api::registry::{
    AddWalletArgs, BitcoinNetwork, ListWalletsArgs, ScriptType, VerifyWalletArgs, WalletArgs,
    WalletKind,
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::{
    cli::{Mutation, Rows},
    client::registry::{ADD_WALLET, CANISTER, LIST_WALLETS, REVOKE_WALLET, VERIFY_WALLET},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::user::Wallets,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Add an account of a token ledger to the caller's user.
    Add(Add),
    /// Add a Bitcoin address to the caller's user.
    AddBitcoin(AddBitcoin),
    /// Verify a wallet: its owner by calling, or a registrar by attesting a proof.
    Verify(Verify),
    /// Revoke a wallet for ever.
    Revoke(Revoke),
    /// List somebody's wallets, newest first.
    List(List),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Add {
    /// Canister of the ledger.
    ledger: Principal,
    /// Owner of the account.
    owner: Principal,
    /// Subaccount, up to 32 bytes in hexadecimal.
    #[arg(long, value_name = "HEX")]
    subaccount: Option<String>,
    /// What to call it.
    #[arg(long, default_value = "")]
    label: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct AddBitcoin {
    /// The address.
    address: String,
    /// Kind of script the address pays to.
    #[arg(long)]
    script: Script,
    /// Network of the address.
    #[arg(long, default_value = "mainnet")]
    network: Network,
    /// What to call it.
    #[arg(long, default_value = "")]
    label: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Script {
    P2pkh,
    P2sh,
    P2wpkh,
    P2wsh,
    P2tr,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Network {
    Mainnet,
    Testnet,
    Regtest,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Verify {
    /// Number of the wallet.
    wallet: u64,
    /// The proof a registrar saw; its hash is kept.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Revoke {
    /// Number of the wallet.
    wallet: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Number of the user.
    user: u64,
    #[command(flatten)]
    rows: Rows,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Add(args) => {
            let Add { ledger, owner, subaccount, label, mutation } = args;
            let subaccount = subaccount.as_deref().map(parse_subaccount).transpose()?;
            add(session, WalletKind::IcrcAccount { ledger, owner, subaccount }, label, mutation)
                .await
        }
        Command::AddBitcoin(args) => {
            let AddBitcoin { address, script, network, label, mutation } = args;
            let kind = WalletKind::BitcoinAddress {
                network: network.into(),
                address,
                script_type: script.into(),
            };
            add(session, kind, label, mutation).await
        }
        Command::Verify(args) => verify(args, session).await,
        Command::Revoke(args) => {
            let what = format!("revoke wallet {}", args.wallet);
            let call = WalletArgs { wallet: args.wallet };
            let to = (CANISTER, "applicant");
            apply_to(session, args.mutation, to, &what, REVOKE_WALLET, &call).await
        }
        Command::List(args) => {
            let registry = session.remote(CANISTER, "registrar").await?;
            let List { user, rows: Rows { after, limit } } = args;
            let page =
                registry.query(LIST_WALLETS, &ListWalletsArgs { user, after, limit }).await?;
            session.out.emit(&Wallets::from(&page))?;
            Ok(Exit::Ok)
        }
    }
}

async fn add(
    session: &Session,
    kind: WalletKind,
    label: String,
    mutation: Mutation,
) -> Result<Exit, Failure> {
    let call = AddWalletArgs { kind, label, idempotency_key: None };
    apply_to(session, mutation, (CANISTER, "applicant"), "add a wallet", ADD_WALLET, &call).await
}

async fn verify(args: Verify, session: &Session) -> Result<Exit, Failure> {
    let Verify { wallet, evidence, mutation } = args;
    let usual = if evidence.is_some() { "registrar" } else { "applicant" };
    let hash = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(Failure::file("read", path))?;
        Ok::<_, Failure>(ByteBuf::from(Sha256::digest(bytes).to_vec()))
    };
    let evidence_hash = evidence.as_ref().map(hash).transpose()?;
    let what = format!("verify wallet {wallet}");
    let call = VerifyWalletArgs { wallet, evidence_hash };
    apply_to(session, mutation, (CANISTER, usual), &what, VERIFY_WALLET, &call).await
}

/// The 32 bytes of a subaccount; shorter ones are filled with zeros from the left.
fn parse_subaccount(text: &str) -> Result<ByteBuf, Failure> {
    let bytes = hex::decode(text).ok().filter(|bytes| !bytes.is_empty() && bytes.len() <= 32);
    let bytes = bytes.ok_or_else(|| {
        let message = format!("`{text}` is not a subaccount of 1 to 32 bytes in hexadecimal");
        Failure::new(Exit::Usage, "cli.subaccount", message)
    })?;
    let mut whole = vec![0; 32 - bytes.len()];
    whole.extend_from_slice(&bytes);
    Ok(ByteBuf::from(whole))
}

impl From<Script> for ScriptType {
    fn from(script: Script) -> Self {
        match script {
            Script::P2pkh => Self::P2pkh,
            Script::P2sh => Self::P2sh,
            Script::P2wpkh => Self::P2wpkh,
            Script::P2wsh => Self::P2wsh,
            Script::P2tr => Self::P2tr,
        }
    }
}

impl From<Network> for BitcoinNetwork {
    fn from(network: Network) -> Self {
        match network {
            Network::Mainnet => Self::Mainnet,
            Network::Testnet => Self::Testnet,
            Network::Regtest => Self::Regtest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subaccounts_are_filled_from_the_left() {
        let mut wanted = vec![0; 32];
        wanted[31] = 7;
        assert_eq!(parse_subaccount("07"), Ok(ByteBuf::from(wanted)));
        for wrong in ["", "7", "zz", &"00".repeat(33)] {
            assert_eq!(parse_subaccount(wrong).expect_err(wrong).exit, Exit::Usage);
        }
    }
}
