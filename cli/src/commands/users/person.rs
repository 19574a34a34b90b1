//! `granary users …`: who somebody is, and whether they may act.

use candid::Principal;
use clap::ValueEnum;
use granary_api::registry::{
    IdentityArgs, ListUsersArgs, RegisterUserArgs, UnlinkIdentityArgs, UserArgs, UserReasonArgs,
    UserStatus,
};

use crate::{
    cli::{Mutation, Rows},
    client::registry::{
        ACCEPT_IDENTITY_LINK, ACTIVATE_USER, CANISTER, CLOSE_USER, GET_USER, GET_USER_BY_PRINCIPAL,
        LINK_IDENTITY, LIST_USERS, REACTIVATE_USER, REGISTER_USER, SUSPEND_USER, UNLINK_IDENTITY,
    },
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::user::{User, Users},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Register {
    /// Name to show, 1 to 64 bytes.
    name: String,
    /// Identity a registrar invites; otherwise the caller registers itself.
    #[arg(long = "for", value_name = "PRINCIPAL")]
    principal: Option<Principal>,
    /// Repeating the command with the same key changes nothing.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Admit {
    /// Number of the user.
    user: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Only people with this status.
    #[arg(long)]
    status: Option<Status>,
    #[command(flatten)]
    rows: Rows,
    /// All pages, one row after the other; with --json one document per line.
    #[arg(long)]
    stream: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Status {
    Pending,
    Active,
    Suspended,
    Closed,
}

impl From<Status> for UserStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
            Status::Closed => Self::Closed,
        }
    }
}

#[derive(clap::Args, Debug)]
pub(crate) struct Show {
    /// Number of the user, or one of its principals.
    who: String,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Link {
    /// Identity that is asked to join the caller's user.
    principal: Principal,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Accept {
    /// User that asked the caller to join.
    user: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Unlink {
    /// Identity to take off.
    principal: Principal,
    /// User it belongs to; otherwise the caller's own.
    #[arg(long, value_name = "ID")]
    user: Option<u64>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Because {
    /// Number of the user.
    user: u64,
    /// Why, 1 to 200 bytes; its hash is kept in the journal.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn register(args: Register, session: &Session) -> Result<Exit, Failure> {
    let Register { name, principal: identity, key, mutation } = args;
    let usual = if identity.is_some() { "registrar" } else { "applicant" };
    let what = format!("register {name}");
    let call = RegisterUserArgs { display_name: name, identity, idempotency_key: key };
    apply_to(session, mutation, (CANISTER, usual), &what, REGISTER_USER, &call).await
}

pub(crate) async fn admit(args: Admit, session: &Session) -> Result<Exit, Failure> {
    let what = format!("admit user {}", args.user);
    let call = UserArgs { user: args.user };
    let to = (CANISTER, "registrar");
    apply_to(session, args.mutation, to, &what, ACTIVATE_USER, &call).await
}

pub(crate) async fn list(mut args: List, session: &Session) -> Result<Exit, Failure> {
    let registry = session.remote(CANISTER, "registrar").await?;
    loop {
        let status = args.status.map(UserStatus::from);
        let which = ListUsersArgs { status, after: args.rows.after, limit: args.rows.limit };
        let page = registry.query(LIST_USERS, &which).await?;
        let items: Vec<_> = page.items.iter().map(User::from).collect();
        if args.stream {
            items.iter().try_for_each(|item| session.out.emit_line(item))?;
        } else {
            session.out.emit(&Users { items, next: page.next })?;
        }
        if !args.stream || page.next.is_none() {
            return Ok(Exit::Ok);
        }
        args.rows.after = page.next;
    }
}

pub(crate) async fn show(args: Show, session: &Session) -> Result<Exit, Failure> {
    let registry = session.remote(CANISTER, "registrar").await?;
    let user = if let Ok(user) = args.who.parse() {
        registry.query(GET_USER, &UserArgs { user }).await?
    } else {
        let identity = Principal::from_text(&args.who).map_err(|_| {
            let message = format!("`{}` is neither a number nor a principal", args.who);
            Failure::new(Exit::Usage, "cli.user", message).next("granary users list")
        })?;
        registry.query(GET_USER_BY_PRINCIPAL, &IdentityArgs { identity }).await?
    };
    session.out.emit(&User::from(&user))?;
    Ok(Exit::Ok)
}

pub(crate) async fn link(args: Link, session: &Session) -> Result<Exit, Failure> {
    let what = format!("ask {} to join", args.principal);
    let call = IdentityArgs { identity: args.principal };
    apply_to(session, args.mutation, (CANISTER, "applicant"), &what, LINK_IDENTITY, &call).await
}

pub(crate) async fn accept(args: Accept, session: &Session) -> Result<Exit, Failure> {
    let what = format!("join user {}", args.user);
    let call = UserArgs { user: args.user };
    let to = (CANISTER, "applicant");
    apply_to(session, args.mutation, to, &what, ACCEPT_IDENTITY_LINK, &call).await
}

pub(crate) async fn unlink(args: Unlink, session: &Session) -> Result<Exit, Failure> {
    let Unlink { principal: identity, user, mutation } = args;
    let what = format!("unlink {identity}");
    let usual = if user.is_some() { "registrar" } else { "applicant" };
    let call = UnlinkIdentityArgs { identity, user };
    apply_to(session, mutation, (CANISTER, usual), &what, UNLINK_IDENTITY, &call).await
}

pub(crate) async fn suspend(args: Because, session: &Session) -> Result<Exit, Failure> {
    let what = format!("suspend user {}", args.user);
    let call = UserReasonArgs { user: args.user, reason: args.reason };
    apply_to(session, args.mutation, (CANISTER, "compliance"), &what, SUSPEND_USER, &call).await
}

pub(crate) async fn reactivate(args: Because, session: &Session) -> Result<Exit, Failure> {
    let what = format!("reactivate user {}", args.user);
    let call = UserReasonArgs { user: args.user, reason: args.reason };
    let to = (CANISTER, "compliance");
    apply_to(session, args.mutation, to, &what, REACTIVATE_USER, &call).await
}

pub(crate) async fn close(args: Because, session: &Session) -> Result<Exit, Failure> {
    let what = format!("close user {} for ever", args.user);
    let call = UserReasonArgs { user: args.user, reason: args.reason };
    apply_to(session, args.mutation, (CANISTER, "compliance"), &what, CLOSE_USER, &call).await
}
