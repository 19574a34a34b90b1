//! `granary users`: people, their identities, wallets, risk profiles and roles.

pub(crate) mod person;
pub(crate) mod profile;
pub(crate) mod role;
pub(crate) mod wallet;

use clap::Subcommand;

use crate::{exit::Exit, failure::Failure, session::Session};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Register oneself, or invite the owner of an identity.
    Register(person::Register),
    /// Admit somebody who registered.
    Admit(person::Admit),
    /// List people.
    List(person::List),
    /// Show somebody, by number or by principal.
    Show(person::Show),
    /// Ask another identity to join one's own user.
    Link(person::Link),
    /// Join the user that asked.
    Accept(person::Accept),
    /// Take an identity off a user.
    Unlink(person::Unlink),
    /// Stop somebody until reactivated.
    Suspend(person::Because),
    /// Let somebody who was suspended go on.
    Reactivate(person::Because),
    /// Close a user for ever.
    Close(person::Because),
    /// Where somebody's money may go.
    #[command(subcommand)]
    Wallet(wallet::Command),
    /// How much risk somebody's plans may take.
    #[command(subcommand)]
    Profile(profile::Command),
    /// What people may do in the suite.
    #[command(subcommand)]
    Role(role::Command),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Register(args) => person::register(args, session).await,
        Command::Admit(args) => person::admit(args, session).await,
        Command::List(args) => person::list(args, session).await,
        Command::Show(args) => person::show(args, session).await,
        Command::Link(args) => person::link(args, session).await,
        Command::Accept(args) => person::accept(args, session).await,
        Command::Unlink(args) => person::unlink(args, session).await,
        Command::Suspend(args) => person::suspend(args, session).await,
        Command::Reactivate(args) => person::reactivate(args, session).await,
        Command::Close(args) => person::close(args, session).await,
        Command::Wallet(command) => wallet::run(command, session).await,
        Command::Profile(command) => profile::run(command, session).await,
        Command::Role(command) => role::run(command, session).await,
    }
}
