//! `granary grants show`: one application or one grant.

use granary_api::micro_grants::{ApplicationArgs, GrantArgs, ProgramArgs};

use crate::{
    client::grants::{GET_APPLICATION, GET_GRANT, GET_PROGRAM, GET_REVIEWS},
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
        let program = ProgramArgs { program: grant.program };
        let asset = grants.query(GET_PROGRAM, &program).await?.asset;
        session.out.emit(&Grant::new(&grant, &asset))?;
        return Ok(Exit::Ok);
    }
    let which = ApplicationArgs { application: args.id };
    let application = grants.query(GET_APPLICATION, &which).await?;
    let reviews = grants.query(GET_REVIEWS, &which).await?;
    let program = ProgramArgs { program: application.program };
    let asset = grants.query(GET_PROGRAM, &program).await?.asset;
    session.out.emit(&Application::new(&application, &reviews, &asset))?;
    Ok(Exit::Ok)
}
