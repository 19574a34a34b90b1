//! Faults and orders on purpose: what `localnet` can do beyond the protocol of `PocketIC`.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use candid::Principal;
pub use localnet::faults::{
    Action, Cut, FaultPlan, FaultRecord, Hit, Intervention, MemoryKind, Order, Rule, Span,
};
use pocket_ic::{PocketIc, RejectResponse};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// The faults of one network.
#[derive(Clone, Copy)]
pub struct Faults<'n> {
    network: &'n PocketIc,
}

impl std::fmt::Debug for Faults<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}

/// One execution of canister code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Execution {
    /// Whose code it is.
    pub canister_id: Principal,
    /// Entry point in the form `update transfer`, `post_upgrade`, `reply callback of transfer`.
    pub entry: String,
    /// Instructions by the weights of the Internet Computer.
    pub instructions: u64,
    /// Whether the message failed.
    pub failed: bool,
}

/// Every function panics when the server does not know the operation or refuses it.
impl<'n> Faults<'n> {
    /// The faults of a network that `localnet` runs.
    pub fn on(network: &'n PocketIc) -> Self {
        Self { network }
    }

    /// From now on what happens follows the plan; its chances come from `seed`.
    pub fn plan(&self, plan: &FaultPlan, seed: u64) {
        self.ask::<()>("plan", &json!({ "plan": plan, "seed": seed }));
    }

    /// Repeats a run that was recorded.
    pub fn replay(&self, plan: &FaultPlan, record: &FaultRecord) {
        self.ask::<()>("plan", &json!({ "plan": plan, "replay": record }));
    }

    /// Ends the plan. What was chosen and what happened; None when there was no plan.
    pub fn end(&self) -> Option<FaultRecord> {
        self.ask("end", &Value::Null)
    }

    /// Does something between two messages.
    pub fn intervene(&self, what: &Intervention) -> Result<(), RejectResponse> {
        self.ask("intervene", what)
    }

    /// Remembers the state of a canister.
    pub fn mark(&self, canister: Principal) {
        self.ask::<()>("mark", &json!({ "canister_id": canister }));
    }

    /// The parts of a canister's state that changed since the last mark.
    pub fn changes(&self, canister: Principal) -> Vec<String> {
        self.ask("changes", &json!({ "canister_id": canister }))
    }

    /// The last executions, oldest first.
    pub fn executions(&self) -> Vec<Execution> {
        self.ask("executions", &Value::Null)
    }

    /// Forgets all executions.
    pub fn clear_executions(&self) {
        self.ask::<()>("clear_executions", &Value::Null);
    }

    /// Moves the clock, then runs rounds: what a client does with a request for each.
    pub fn advance(&self, by_ns: u64, rounds: u64) {
        self.ask::<()>("advance", &json!({ "by_ns": by_ns, "rounds": rounds }));
    }

    fn ask<T: DeserializeOwned>(self, name: &str, body: &impl Serialize) -> T {
        let url = self.network.get_server_url();
        let port = url.port().expect("a server of the tests has a port");
        let path = format!("/instances/{}/sim/{name}", self.network.instance_id());
        let body = serde_json::to_string(body).expect("requests have a JSON form");
        let (status, answer) = post(port, &path, &body)
            .unwrap_or_else(|error| panic!("sim/{name}: the server does not answer: {error}"));
        assert_eq!(status, 200, "sim/{name}: {answer}");
        serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("sim/{name} answers {answer}: {error}"))
    }
}

/// Sends one request to this machine: the status and the body of the answer.
fn post(port: u16, path: &str, body: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let malformed = || std::io::Error::other(format!("not an answer: {answer}"));
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok((status.ok_or_else(malformed)?, body.to_owned()))
}
