//! `granary upgrade --governed`: a release by a proposal, from its creation to its end.
//!
//! All members are at hand, which is so on a network of this machine only.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    cli::Mutation,
    client::{
        Client,
        governor::{CANISTER, CREATE_PROPOSAL},
    },
    commands::upgrade as direct,
    exit::Exit,
    failure::Failure,
    operations::{
        change::Plan,
        govern::{
            PROPOSER,
            release::{self, About},
            whole::Assembly,
        },
    },
    render::{Progress, proposal::Shown},
    session::Session,
};

/// How long all of it may take: with the delays of a test it takes minutes.
const PATIENCE: Duration = Duration::from_hours(1);

/// What is to be installed.
pub(crate) struct Governed {
    pub(crate) modules: BTreeMap<String, Vec<u8>>,
    /// Canisters whose callers may lose something.
    pub(crate) accepted: Vec<String>,
}

impl Governed {
    pub(crate) async fn exec(self, mutation: Mutation, session: &Session) -> Result<Exit, Failure> {
        if session.network()?.name != "local" {
            let message = "members decide for themselves, so --governed is for local networks only";
            return Err(Failure::new(Exit::Refused, "cli.development_identity", message)
                .next("granary proposal create upgrade --modules DIR"));
        }
        let governor = session.remote(CANISTER, PROPOSER).await?;
        let progress = Progress::new(session.out);
        let about = About {
            repository: "this checkout".to_owned(),
            window: "now".to_owned(),
            rollback_plan: "the governor goes back by itself".to_owned(),
            communication: "nobody else works on this network".to_owned(),
            accepted: self.accepted,
            ..About::default()
        }
        .named(&self.modules);
        let places = direct::places(session)?;
        let release =
            release::plan(&governor.client, &places, &self.modules, &about, &progress).await?;
        let names: Vec<&str> = places
            .iter()
            .filter(|(_, canister)| release.items.iter().any(|item| item.target == **canister))
            .map(|(name, _)| *name)
            .collect();
        let what = format!("replace the code of {} by a proposal", names.join(", "));
        if mutation.dry_run {
            session.out.emit(&Plan {
                dry_run: true,
                method: CREATE_PROPOSAL.name(),
                what,
                canister: governor.canister.to_text(),
                acting_as: governor.client.principal().to_text(),
                argument: String::new(),
            })?;
            return Ok(Exit::Ok);
        }
        let assembly = Assembly::of(&governor, session.global.seed)?;
        let id = assembly.propose(release, &self.modules, &progress).await?;
        carry(session, assembly, id, &progress).await
    }
}

async fn carry<C: Client>(
    session: &Session,
    assembly: Assembly<C>,
    id: u64,
    progress: &Progress,
) -> Result<Exit, Failure> {
    let (view, exit) = assembly.carry(id, PATIENCE, progress).await?;
    session.out.emit(&Shown::new(&view))?;
    Ok(exit)
}
