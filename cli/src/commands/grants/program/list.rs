//! `granary grants program list`: the programmes of a canister.

use granary_api::common::PageArgs;

use crate::{
    client::grants::LIST_PROGRAMS,
    exit::Exit,
    failure::Failure,
    render::wire::{Program, Programs},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Start behind this id.
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    /// Rows of one page.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("manager").await?;
    let which = PageArgs { after: args.after, limit: args.limit };
    let page = grants.query(LIST_PROGRAMS, &which).await?;
    let items = page.items.iter().map(Program::from).collect();
    session.out.emit(&Programs { items, next: page.next })?;
    Ok(Exit::Ok)
}
