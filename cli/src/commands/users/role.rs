//! `granary users role`: what people may do in the suite.

use candid::Principal;
use clap::{Subcommand, ValueEnum};
use granary_api::registry::{GetRolesArgs, GrantArgs, GrantRoleArgs, Holder, PersonRole};

use crate::{
    cli::{Mutation, Rows},
    client::registry::{CANISTER, GET_ROLES, GRANT_ROLE, REVOKE_ROLE, ROLE_HEARTBEAT},
    duration,
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::user::Roles,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Give a role; powerful ones take effect after a delay.
    Grant(Grant),
    /// Take a role.
    Revoke(Which),
    /// Show a sign of life for a role that needs them.
    Heartbeat(Which),
    /// List grants, of everybody or of one holder.
    List(List),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Grant {
    /// The role.
    role: Role,
    /// Number of a user, or a principal.
    holder: String,
    /// Where it holds; everywhere without it.
    #[arg(long, default_value = "")]
    scope: String,
    /// How long it holds.
    #[arg(long, default_value = "90d", value_parser = duration::parse)]
    lasts: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum Role {
    Member,
    Reviewer,
    ProgramManager,
    Strategist,
    Approver,
    RiskSteward,
    Treasurer,
    Guardian,
    Auditor,
    Operator,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Which {
    /// Number of the grant.
    grant: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Number of a user, or a principal; only grants that have not ended.
    #[arg(long)]
    holder: Option<String>,
    #[command(flatten)]
    rows: Rows,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Grant(args) => grant(args, session).await,
        Command::Revoke(Which { grant, mutation }) => {
            let what = format!("revoke role grant {grant}");
            let to = (CANISTER, "registrar");
            apply_to(session, mutation, to, &what, REVOKE_ROLE, &GrantArgs { grant }).await
        }
        Command::Heartbeat(Which { grant, mutation }) => {
            let what = format!("sign of life for role grant {grant}");
            let to = (CANISTER, "registrar");
            apply_to(session, mutation, to, &what, ROLE_HEARTBEAT, &GrantArgs { grant }).await
        }
        Command::List(List { holder, rows: Rows { after, limit } }) => {
            let holder = holder.as_deref().map(parse_holder).transpose()?;
            let registry = session.remote(CANISTER, "registrar").await?;
            let page = registry.query(GET_ROLES, &GetRolesArgs { holder, after, limit }).await?;
            session.out.emit(&Roles::from(&page))?;
            Ok(Exit::Ok)
        }
    }
}

async fn grant(args: Grant, session: &Session) -> Result<Exit, Failure> {
    let Grant { role, holder, scope, lasts, mutation } = args;
    let what = format!("give {holder} the role {role:?}");
    let call = GrantRoleArgs {
        role: role.into(),
        holder: parse_holder(&holder)?,
        scope,
        effective_at_ns: None,
        expires_at_ns: duration::from_now(lasts),
        idempotency_key: None,
    };
    apply_to(session, mutation, (CANISTER, "registrar"), &what, GRANT_ROLE, &call).await
}

/// A number is a user, anything else a principal.
fn parse_holder(text: &str) -> Result<Holder, Failure> {
    if let Ok(user) = text.parse() {
        return Ok(Holder::User(user));
    }
    Principal::from_text(text).map(Holder::Principal).map_err(|_| {
        let message = format!("`{text}` is neither the number of a user nor a principal");
        Failure::new(Exit::Usage, "cli.holder", message).next("granary users list")
    })
}

impl From<Role> for PersonRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Reviewer => Self::Reviewer,
            Role::ProgramManager => Self::ProgramManager,
            Role::Strategist => Self::Strategist,
            Role::Approver => Self::Approver,
            Role::RiskSteward => Self::RiskSteward,
            Role::Treasurer => Self::Treasurer,
            Role::Guardian => Self::Guardian,
            Role::Auditor => Self::Auditor,
            Role::Operator => Self::Operator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_a_number_or_a_principal() {
        assert_eq!(parse_holder("7"), Ok(Holder::User(7)));
        let anonymous = Principal::anonymous();
        assert_eq!(parse_holder(&anonymous.to_text()), Ok(Holder::Principal(anonymous)));
        assert_eq!(parse_holder("alice").expect_err("no principal").exit, Exit::Usage);
    }
}
