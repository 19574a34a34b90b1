//! What the global flags add up to: an endpoint, an identity, a canister, and a place to print.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::Path,
};

use candid::Principal;

use crate::{
    cli::{Global, Mutation},
    client::{agent::AgentClient, network::Network, remote::Remote},
    exit::Exit,
    failure::Failure,
    identity::Caller,
    ids::Ids,
    render::Output,
    suite::{self, SUITE},
};

/// The name under which the canister of the grant rounds is deployed.
pub(crate) const CANISTER: &str = "micro_grants";

/// One run of the tool.
pub(crate) struct Session {
    pub(crate) global: Global,
    pub(crate) out: Output,
}

impl Session {
    pub(crate) fn new(global: Global) -> Self {
        let out = Output::new(&global);
        Self { global, out }
    }

    /// The network behind `--url`.
    pub(crate) fn network(&self) -> Result<Network, Failure> {
        Network::new(&self.global.url, self.global.root_key.as_deref())
    }

    /// The identity the flags name; without one, the development identity `usual` on a network of
    /// this machine and nobody elsewhere.
    pub(crate) fn caller(&self, network: &Network, usual: &str) -> Result<Caller, Failure> {
        let local = network.name == "local";
        match (&self.global.identity, &self.global.act_as) {
            (Some(path), _) => Caller::from_pem(path),
            (None, Some(_)) if !local => Err(Failure::new(
                Exit::Refused,
                "cli.development_identity",
                "anyone can derive a development identity, so it is for local networks only",
            )
            .next("the same with --identity FILE")),
            (None, Some(name)) => Ok(Caller::development(self.global.seed, name)),
            (None, None) if local => Ok(Caller::development(self.global.seed, usual)),
            (None, None) => Ok(Caller::anonymous()),
        }
    }

    /// The endpoint, spoken to by the identity of the flags or by `usual`.
    pub(crate) async fn client(&self, usual: &str) -> Result<AgentClient, Failure> {
        let network = self.network()?;
        let caller = self.caller(&network, usual)?;
        AgentClient::connect(network, &caller).await
    }

    /// The canister ids known for the network.
    pub(crate) fn ids(&self) -> Result<Ids, Failure> {
        Ids::load(Path::new("."), &self.network()?.name)
    }

    /// The canister `name`: the one of the flags, or of the table of ids.
    pub(crate) fn canister(&self, name: &str) -> Result<Principal, Failure> {
        match self.global.canister {
            Some(id) => Ok(id),
            None => self.ids()?.get(name),
        }
    }

    /// The canister `name` on the endpoint, spoken to by the identity of the flags or by `usual`.
    pub(crate) async fn remote(
        &self,
        name: &str,
        usual: &str,
    ) -> Result<Remote<AgentClient>, Failure> {
        let canister = self.canister(name)?;
        Ok(Remote { client: self.client(usual).await?, canister })
    }

    /// The canisters a look around means: those named, the one of the flags, or all that are known
    /// for the network.
    pub(crate) fn around(&self, names: &[String]) -> Result<Vec<(String, Principal)>, Failure> {
        if let Some(id) = self.global.canister {
            let name = names.first().map_or("canister", String::as_str);
            return Ok(vec![(name.to_owned(), id)]);
        }
        let ids = self.ids()?;
        if !names.is_empty() {
            return names
                .iter()
                .map(|name| Ok((name.clone(), ids.get(suite::known(name)?.name)?)))
                .collect();
        }
        let known: Vec<_> = SUITE
            .iter()
            .filter_map(|member| Some((member.name.to_owned(), ids.get(member.name).ok()?)))
            .collect();
        if known.is_empty() {
            // Says what is missing, and what to do.
            ids.get(CANISTER)?;
        }
        Ok(known)
    }

    /// `micro_grants` on the endpoint.
    pub(crate) async fn grants(&self, usual: &str) -> Result<Remote<AgentClient>, Failure> {
        self.remote(CANISTER, usual).await
    }

    /// Asks before something is changed on the main network.
    pub(crate) fn confirm(&self, mutation: Mutation, what: &str) -> Result<(), Failure> {
        if mutation.yes || !self.network()?.is_mainnet() {
            return Ok(());
        }
        let refuse = |message: &str| {
            Err(Failure::new(Exit::Refused, "cli.not_confirmed", message)
                .next("the same with --yes"))
        };
        if !std::io::stdin().is_terminal() {
            return refuse("nobody is here to confirm a change on the main network");
        }
        // The question goes where progress goes, so that standard output stays a document.
        let _ = write!(std::io::stderr(), "On the main network: {what}. Go on? [y/N] ");
        let _ = std::io::stderr().flush();
        let mut answer = String::new();
        match std::io::stdin().lock().read_line(&mut answer) {
            Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
            _ => refuse("not confirmed, so nothing was changed"),
        }
    }
}
