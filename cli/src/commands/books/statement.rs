//! `granary books statement`: an account's history, and proofs of its balance.

use std::{path::PathBuf, time::SystemTime};

use clap::Subcommand;
use granary_api::portfolio::{AccountOwner, AccountRef, GetStatementArgs};
use granary_proof::certificate::Freshness;

use super::{asset, parse_owner};
use crate::{
    client::portfolio::{CANISTER, GET_BALANCE_PROOF, GET_STATEMENT},
    date::{Date, DateOrder},
    duration,
    exit::Exit,
    failure::Failure,
    operations::proof::{ProofFile, Proven},
    render::statement::Statement,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Show what changed an account in a period, newest first.
    Show(Show),
    /// Take a balance home with everything that proves it.
    Prove(Prove),
    /// Check a balance that was taken home; speaks to no network.
    Verify(Verify),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Prove {
    /// Whose: treasury, fees, suspense, user:7, grant:3, external:HASH.
    #[arg(value_parser = parse_owner)]
    owner: AccountOwner,
    /// Number of the asset.
    #[arg(long, value_name = "ID")]
    asset: u64,
    /// File to write; an existing one is not replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Needs nothing but the file and the network's key: the main network's, or the one that --url or
/// --root-key stands for.
#[derive(clap::Args, Debug)]
pub(crate) struct Verify {
    /// File that `prove` wrote.
    file: PathBuf,
    /// Refuse a signature that is older.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    max_age: Option<u64>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Show {
    /// Number of the account.
    account: u64,
    /// First day, such as 2026-01-01.
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    from: Option<Date>,
    /// Day behind the last one.
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    to: Option<Date>,
    /// Start behind this posting.
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    /// Lines of one page.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

fn parse_day(text: &str) -> Result<Date, String> {
    Date::parse(text, DateOrder::YearMonthDay)
        .ok_or_else(|| format!("`{text}` is not a day; write it as 2026-01-31"))
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Show(args) => show(args, session).await,
        Command::Prove(args) => prove(args, session).await,
        Command::Verify(args) => verify(&args, session),
    }
}

async fn show(args: Show, session: &Session) -> Result<Exit, Failure> {
    let books = session.remote(CANISTER, "auditor").await?;
    let Show { account, from, to, after, limit } = args;
    let which = GetStatementArgs {
        account,
        from_ns: from.map_or(0, Date::nanos),
        to_ns: to.map_or(u64::MAX, Date::nanos),
        after,
        limit,
    };
    let found = books.query(GET_STATEMENT, &which).await?;
    let known = asset(&books, found.account.asset).await?;
    session.out.emit(&Statement::new(&found, &known))?;
    Ok(Exit::Ok)
}

async fn prove(args: Prove, session: &Session) -> Result<Exit, Failure> {
    let Prove { owner, asset: id, out } = args;
    let books = session.remote(CANISTER, "auditor").await?;
    let known = asset(&books, id).await?;
    let which = AccountRef { owner: owner.clone(), asset: id };
    let proof = books.query(GET_BALANCE_PROOF, &which).await?;
    let named = (known.symbol.as_str(), known.decimals);
    let file = ProofFile::new(books.canister, &owner, named, &proof)?;
    // A proof that convinces nobody is not worth a file.
    let key = session.network()?.trusted_key()?;
    let proven = file.verify(&key, None, &out)?;
    file.write(&out)?;
    session.out.emit_change(&Proven { action: "proved", ..proven })?;
    Ok(Exit::Ok)
}

fn verify(args: &Verify, session: &Session) -> Result<Exit, Failure> {
    let key = session.network()?.trusted_key()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now_ns = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let freshness = args.max_age.map(|max_age_ns| Freshness { now_ns, max_age_ns });
    session.out.emit(&ProofFile::read(&args.file)?.verify(&key, freshness, &args.file)?)?;
    Ok(Exit::Ok)
}
