//! `granary doctor`: what stands in the way, each with the command that mends it.

use std::path::{Path, PathBuf};

use crate::{
    client::{agent::AgentClient, network::RootKey},
    exit::Exit,
    failure::Failure,
    operations::doctor::{Diagnosis, Look, machine, network, stores},
    render::Progress,
    session::Session,
    suite::SUITE,
};

/// Looks at the compiler, the disk, the identity, the endpoint and its root key, the canister ids
/// of this tool, `dfx` and `icp`, and the canisters' controllers and cycles. Ends with 1 when there
/// is a finding.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Take over the canister ids of another tool's file first.
    #[arg(long, value_name = "FILE")]
    adopt: Option<PathBuf>,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let progress = Progress::new(session.out);
    let target = session.network()?;
    if let Some(file) = &args.adopt {
        stores::adopt(file, &target.name, &mut session.ids()?)?;
    }
    progress.say("looking at this machine");
    let mut looks = machine::toolchain();
    looks.push(machine::disk());
    let caller = session.caller(&target, "manager")?;
    let nobody = session.global.identity.is_none() && target.name != "local";
    looks.push(if nobody {
        let fix = "openssl genpkey -algorithm ed25519 -out identity.pem";
        Look::bad("identity", "nobody in particular; --identity names a key", fix)
    } else {
        Look::good("identity", caller.principal()?.to_text())
    });
    looks.extend(session.global.identity.as_deref().and_then(machine::key_file));
    let ids = session.ids()?;
    looks.extend(stores::look(Path::new("."), &target.name, &ids));
    progress.say("looking at the network");
    let trusted = match &target.root_key {
        // Whatever the endpoint names is what is trusted.
        RootKey::Fetched => None,
        _ => Some(target.trusted_key()?),
    };
    match AgentClient::connect(target.clone(), &caller).await {
        Err(failure) => looks.push(Look::bad("endpoint", failure.message, failure.next)),
        Ok(client) => {
            let found = network::endpoint(&client, trusted.as_deref()).await;
            let answers = found.iter().all(|look| look.fix.is_none());
            looks.extend(found);
            for member in SUITE.iter().filter(|_| answers) {
                if let Ok(id) = ids.get(member.name) {
                    progress.say(format_args!("looking at {}", member.name));
                    looks.extend(network::canister(&client, member.name, id).await);
                }
            }
        }
    }
    progress.clear();
    let ok = looks.iter().all(|look| look.fix.is_none());
    session.out.emit(&Diagnosis { ok, network: target.name, looks })?;
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}
