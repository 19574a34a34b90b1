//! `granary grants show`: one application or one grant.

use granary_api::micro_grants::{ApplicationArgs, GrantArgs};

use crate::{
    client::grants::{GET_APPLICATION, GET_GRANT, GET_REVIEWS},
    exit::Exit,
    failure::Failure,
    render::{grant::Grant, wire::Application},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the application, or of the grant with --grant.
    id: u64,
    /// Show the grant with this number.
    #[arg(long)]
    grant: bool,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("manager").await?;
    if args.grant {
        let grant = grants.query(GET_GRANT, &GrantArgs { grant: args.id }).await?;
        session.out.emit(&Grant::from(&grant))?;
        return Ok(Exit::Ok);
    }
    let which = ApplicationArgs { application: args.id };
    let application = grants.query(GET_APPLICATION, &which).await?;
    let reviews = grants.query(GET_REVIEWS, &which).await?;
    session.out.emit(&Application::new(&application, &reviews))?;
    Ok(Exit::Ok)
}
