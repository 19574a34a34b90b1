//! What is typed, what must be said on either stream, and how it must end. `{name}` stands for
//! what an earlier row kept.

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Well,
    /// With an exit code that is not 0.
    Badly,
}

/// What of the output later rows need.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keeps {
    Nothing,
    /// All of standard output.
    Line(&'static str),
    /// A field of the JSON on standard output.
    Field(&'static str, &'static str),
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) words: &'static str,
    pub(super) ends: Ends,
    pub(super) says: &'static [&'static str],
    pub(super) lacks: &'static [&'static str],
    pub(super) keeps: Keeps,
}

/// A command that succeeds.
const fn row(words: &'static str) -> Row {
    Row { words, ends: Ends::Well, says: &[], lacks: &[], keeps: Keeps::Nothing }
}

impl Row {
    const fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    const fn lacks(self, lacks: &'static [&'static str]) -> Self {
        Self { lacks, ..self }
    }

    const fn fails(self) -> Self {
        Self { ends: Ends::Badly, ..self }
    }

    const fn keeps(self, name: &'static str) -> Self {
        Self { keeps: Keeps::Line(name), ..self }
    }

    const fn keeps_field(self, name: &'static str, field: &'static str) -> Self {
        Self { keeps: Keeps::Field(name, field), ..self }
    }
}

/// A managed network begins: the accounts of all identities are filled, Candid UI and the proxy
/// are installed.
pub(super) const STARTED: &[Row] = &[
    row("settings update-check disabled"),
    row("identity new alice --storage plaintext -q"),
    row("identity principal --identity alice").keeps("alice"),
    row("network start -d").says(&["Network started on port {port}"]),
    row("network status --json").keeps_field("proxy", "proxy_canister_principal"),
    row("network status --json").keeps_field("candid_ui", "candid_ui_principal"),
    row("network ping").says(&["\"healthy\"", "+localnet."]),
];

/// Accounts: what `network start` put there, what moves, what is refused.
pub(super) const MONEY: &[Row] = &[
    row("cycles balance").says(&["Balance: 999_999_9"]),
    row("cycles balance --identity alice").says(&["Balance: 1_000_000_000_000_000 cycles"]),
    row("cycles transfer 20t {alice}").says(&["Transferred 20_000_000_000_000 cycles"]),
    row("cycles balance --identity alice").says(&["Balance: 1_020_000_000_000_000 cycles"]),
    row("token balance --identity alice").says(&["Balance: 1000000.00000000 ICP"]),
    row("token transfer 100 {alice}").says(&["Transferred 100.00000000 ICP"]),
    row("token balance --identity alice").says(&["Balance: 1000100.00000000 ICP"]),
    row("token transfer 2m {alice} --identity alice").fails().says(&["insufficient funds"]),
    row("token um5iw-rqaaa-aaaaq-qaaba-cai balance").says(&["TCYCLES"]),
    row("cycles mint --icp 2 --identity alice").says(&["Minted 9_999_900_000_000 cycles"]),
    row("cycles mint --cycles 1t --identity alice").says(&["Minted 1_000_000_000_000 cycles"]),
    row("cycles balance --identity alice").says(&["Balance: 1_030_999_900_000_000 cycles"]),
];

/// One canister, from its creation to its settings.
pub(super) const DEPLOYED: &[Row] = &[
    row("deploy").says(&["Created canister hello with ID"]),
    row("canister call hello count ()").says(&["(1 : nat32)"]),
    row("canister call hello value () --query").says(&["(1 : nat32)"]),
    row("deploy").says(&["All canisters already exist"]),
    row("canister call hello value () --query").says(&["(0 : nat32)"]),
    row("deploy --mode reinstall -y").says(&["Deployed canisters"]),
    row("canister call hello count ()").says(&["(1 : nat32)"]),
    row("canister call hello count () --proxy {proxy}").says(&["(2 : nat32)"]),
    row("canister call hello nosuch ()").fails().says(&["IC0536"]),
    row("canister list").says(&["hello"]),
    row("canister status hello").says(&["Status: Running", "Module hash: 0x"]),
    row("canister status hello --public").says(&["controller: 2vxsx-fae", "Module hash: 0x"]),
    row("canister metadata hello candid:service").says(&["count : () -> (nat32)"]),
    row("canister metadata hello absent").fails().says(&["not found"]),
    // The first line went with what was there before the reinstallation.
    row("canister logs hello").says(&["[1.", "counted"]),
    row("canister settings update hello --freezing-threshold 7d"),
    row("canister settings update hello -f --log-visibility public --snapshot-visibility public"),
    row("canister settings update hello -f --status-visibility public"),
    row("canister settings show hello").says(&[
        "Freezing threshold: 604_800",
        "Log visibility: Public",
        "Snapshot visibility: Public",
        "Status visibility: Public",
        "PUBLIC_CANISTER_ID:hello",
    ]),
    row("canister status hello --identity alice").says(&["Status: Running"]),
    row("canister top-up hello --amount 1t").says(&["Topped up canister hello"]),
];

/// Snapshots: taken, downloaded, uploaded, restored, deleted.
pub(super) const SNAPSHOTS: &[Row] = &[
    row("canister snapshot create hello").fails(),
    row("canister stop hello"),
    row("canister snapshot create hello -q").keeps("taken"),
    row("canister snapshot list hello").says(&["{taken}"]),
    row("canister snapshot download hello {taken} -o kept").says(&["downloaded"]),
    row("canister start hello"),
    row("canister call hello count ()").says(&["(3 : nat32)"]),
    row("canister stop hello"),
    row("canister snapshot upload hello -i kept -q").keeps("uploaded"),
    row("canister snapshot list hello").says(&["{taken}", "{uploaded}"]),
    row("canister snapshot restore hello {uploaded}").says(&["Restored"]),
    row("canister start hello"),
    row("canister call hello value () --query").says(&["(2 : nat32)"]),
    row("canister call hello count ()").says(&["(3 : nat32)"]),
    row("canister stop hello"),
    row("canister snapshot restore hello {taken}").says(&["Restored"]),
    row("canister snapshot delete hello {uploaded}").says(&["Deleted"]),
    row("canister snapshot list hello").says(&["{taken}"]).lacks(&["{uploaded}"]),
    row("canister snapshot restore hello {uploaded}").fails(),
    row("canister start hello"),
    row("canister call hello value () --query").says(&["(2 : nat32)"]),
];

/// Canisters that belong to no project: paid in cycles, in ICP, by the proxy; code in chunks.
pub(super) const CREATED: &[Row] = &[
    row("canister create --detached --identity alice --json").keeps_field("plain", "canister_id"),
    row("canister create --detached --with-icp 1 --identity alice --json")
        .keeps_field("bought", "canister_id"),
    row("canister create --detached --proxy {proxy} --json").keeps_field("by_proxy", "canister_id"),
    row("canister status {by_proxy} --proxy {proxy} -n local").says(&["controller: {proxy}"]),
    row("canister install {plain} --wasm large.wasm -n local --identity alice"),
    row("canister call {plain} count () -n local").says(&["(1 : nat32)"]),
    // To a stranger only what everybody may read.
    row("canister status {plain} -n local").says(&["Module hash: 0x"]).lacks(&["Cycles:"]),
    row("canister install {bought} --wasm hello.wasm -n local --identity alice"),
    row("canister stop {bought} -n local --identity alice"),
    row("canister delete {bought} -n local --identity alice").says(&["Recovered", "{alice}"]),
];

/// The canister goes, its cycles come back, and the network ends.
pub(super) const ENDED: &[Row] = &[
    row("canister stop hello"),
    row("canister delete hello").says(&["Recovered", "2vxsx-fae"]),
    row("canister status hello").fails(),
    row("network stop").says(&["Network stopped successfully"]),
    row("network status").fails(),
];

/// What a network with Internet Identity says.
pub(super) const REFUSED: &[Row] =
    &[row("network start -d").fails().says(&["--ii asks for Internet Identity"])];

/// A connected network, by its pinned root key, by a fetched one, and not by a wrong one.
pub(super) const CONNECTED: &[Row] = &[
    row("network ping engine").says(&["\"healthy\""]),
    row("network status engine").says(&["{url}"]),
    row("deploy -e engine").says(&["Created canister hello with ID"]).lacks(&["trust-on-first"]),
    row("canister call hello count () -e engine").says(&["(1 : nat32)"]),
    row("canister status hello -e engine").says(&["Status: Running"]),
    row("deploy -e engine").says(&["All canisters already exist"]),
    row("cycles balance -n {url} -k {root_key}").says(&["Balance: "]).lacks(&["trust-on-first"]),
    row("cycles balance -n {url} -k fetch").says(&["Balance: ", "trust-on-first-use"]),
    row("cycles balance -n {url} -k {wrong_key}").fails().says(&["Certificate verification"]),
    row("canister stop hello -e engine"),
    row("canister delete hello -e engine").says(&["Recovered"]),
];

/// Somebody who deploys the suite; the anonymous principal cannot govern it.
pub(super) const SUITE_BEGINS: &[Row] = &[
    row("identity principal --identity alice").keeps("alice"),
    row("cycles transfer 100t {alice} -n engine").says(&["Transferred"]),
];

/// What the grants are paid in, which their canister is told when it is installed.
pub(super) const ASSET: &str =
    "asset = record { decimals = 8 : nat8; ledger = null; symbol = \"ICP\" };";

/// One canister of the suite.
pub(super) const SUITE: &[Row] = &[
    row("deploy {name} -e engine --identity alice --args '(variant { Init = record { \
         governor = principal \"{alice}\"; roles = vec {}; profile = variant { Development }; \
         {asset} } })'")
    .says(&["Deployed canisters"]),
    row("canister call {name} get_version () -e engine --query").says(&["schema"]),
    row("canister metadata {name} candid:service -e engine").says(&["service"]),
];
