//! `granary validate`: invariants, hash chain, certificate.

use crate::{
    client::remote::Remote,
    exit::Exit,
    failure::Failure,
    operations::validate::{self, SuiteValidation, Validated},
    render::Progress,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canisters to check; otherwise all that are known for the network.
    names: Vec<String>,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client("auditor").await?;
    let progress = Progress::new(session.out);
    let mut canisters = Vec::new();
    for (name, canister) in session.around(&args.names)? {
        let remote = Remote { client: client.clone(), canister };
        let found = validate::validate(&remote, &progress).await?;
        canisters.push(Validated { name, canister: canister.to_text(), found });
    }
    progress.clear();
    let ok = canisters.iter().all(|canister| canister.found.ok);
    session.out.emit(&SuiteValidation { ok, canisters })?;
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}
