//! `granary validate`: invariants, hash chain, certificate, and what binds two canisters.

use crate::{
    client::{portfolio, registry, remote::Remote},
    exit::Exit,
    failure::Failure,
    operations::{
        between, connections,
        validate::{self, SuiteValidation, Validated},
    },
    render::Progress,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canisters to check; otherwise all that are known for the network.
    names: Vec<String>,
    /// Let each canister try to reach those it works with as well.
    #[arg(long)]
    connections: bool,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client("auditor").await?;
    let progress = Progress::new(session.out);
    let (mut canisters, mut connections) = (Vec::new(), Vec::new());
    let around = session.around(&args.names)?;
    let remote = |wanted: &str| {
        let found = around.iter().find(|(name, _)| name == wanted);
        found.map(|(_, canister)| Remote { client: client.clone(), canister: *canister })
    };
    let between = match (remote(registry::CANISTER), remote(portfolio::CANISTER)) {
        (Some(registry), Some(portfolio)) => between::p6(&registry, &portfolio, &progress).await?,
        _ => vec![],
    };
    for (name, canister) in around.clone() {
        let remote = Remote { client: client.clone(), canister };
        let found = validate::validate(&remote, &progress).await?;
        if args.connections {
            progress.say(format_args!("trying the connections of {name}"));
            connections.extend(connections::test(&name, &remote).await?);
        }
        canisters.push(Validated { name, canister: canister.to_text(), found });
    }
    progress.clear();
    let reached = connections.iter().all(|connection| connection.reached);
    let valid = between.is_empty() && canisters.iter().all(|canister| canister.found.ok);
    let ok = valid && reached;
    session.out.emit(&SuiteValidation { ok, canisters, between, connections })?;
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}
