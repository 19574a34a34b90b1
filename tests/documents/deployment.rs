//! `dfx.json` and `icp.yaml`, made from one table: what is deployed, how it is built, and where.

use std::fmt::Write;

use localnet::certification::DEV_ROOT_KEY_HEX;
use serde_json::Value;

/// Where something is deployed to.
struct Network {
    name: &'static str,
    /// One that `dfx` starts, or one that runs.
    at: At,
    /// Whether its canisters end with it.
    passes: bool,
}

#[derive(Clone, Copy)]
enum At {
    Bind(&'static str),
    /// With its root key, when it is not the main network's.
    Url(&'static str, Option<&'static str>),
}

/// `local` and `ic` are known to `icp` by themselves. `engine` is what `granary node` serves.
const NETWORKS: [Network; 3] = [
    Network { name: "local", at: At::Bind("127.0.0.1:8000"), passes: true },
    Network {
        name: "engine",
        at: At::Url("http://127.0.0.1:4943", Some(DEV_ROOT_KEY_HEX)),
        passes: true,
    },
    Network { name: "ic", at: At::Url("https://icp-api.io", None), passes: false },
];

fn build(name: &str) -> String {
    format!("scripts/build.sh {name}")
}

fn module(name: &str) -> String {
    format!("target/canisters/{name}.wasm")
}

fn dfx(canisters: &[String]) -> String {
    let entries: Vec<String> = canisters
        .iter()
        .map(|name| {
            format!(
                "    \"{name}\": {{\n      \"type\": \"custom\",\n      \"build\": \"{}\",\n      \
                 \"wasm\": \"{}\",\n      \"candid\": \"candid/{name}.did\"\n    }}",
                build(name),
                module(name),
            )
        })
        .collect();
    let networks = NETWORKS.iter().map(|network| {
        let kind = if network.passes { "ephemeral" } else { "persistent" };
        let at = match network.at {
            At::Bind(address) => format!("\"bind\": \"{address}\""),
            At::Url(url, _) => format!("\"providers\": [\"{url}\"]"),
        };
        format!("    \"{}\": {{ {at}, \"type\": \"{kind}\" }}", network.name)
    });
    format!(
        "{{\n  \"version\": 1,\n  \"canisters\": {{\n{}\n  }},\n  \"networks\": {{\n{}\n  \
         }}\n}}\n",
        entries.join(",\n"),
        networks.collect::<Vec<_>>().join(",\n"),
    )
}

fn icp(canisters: &[String]) -> String {
    let mut text = "# Generated; do not edit.\n# Deployment with icp-cli. `engine` is the network \
                    that `granary node` serves on this machine; the\n# networks `local` (started \
                    by icp itself) and `ic` (the main network) are known to icp.\ncanisters:\n"
        .to_owned();
    let mut say = |line: &str| writeln!(text, "{line}").expect("a text takes it");
    for name in canisters {
        say(&format!("  - name: {name}\n    build:\n      steps:\n        - type: script"));
        say(&format!("          commands:\n            - {}", build(name)));
        say(&format!("            - cp {} \"$ICP_WASM_OUTPUT_PATH\"", module(name)));
    }
    let connected = NETWORKS.iter().filter_map(|network| match network.at {
        At::Url(url, Some(key)) => Some((network.name, url, key)),
        At::Url(_, None) | At::Bind(_) => None,
    });
    let names = canisters.join(", ");
    say("\nnetworks:");
    for (name, url, key) in connected.clone() {
        say(&format!("  - name: {name}\n    mode: connected\n    url: {url}"));
        say("    # Public by design: it signs for every localnet, and proves nothing elsewhere.");
        say(&format!("    root-key: {key}"));
    }
    say("\nenvironments:");
    for (name, ..) in connected {
        say(&format!("  - name: {name}\n    network: {name}\n    canisters: [{names}]"));
    }
    text
}

#[test]
fn generated_deployment_files_are_current() {
    let canisters = super::canisters();
    granary_build::generated("dfx.json", &dfx(&canisters));
    granary_build::generated("icp.yaml", &icp(&canisters));
}

#[test]
fn both_files_say_the_same_of_every_canister() {
    let canisters = super::canisters();
    let dfx: Value = serde_json::from_str(&dfx(&canisters)).expect("JSON");
    let table = dfx["canisters"].as_object().expect("a table");
    assert_eq!(table.len(), canisters.len());
    let icp = icp(&canisters);
    let sections: Vec<&str> = icp.split("  - name: ").collect();
    for (name, entry) in table {
        let section = sections.iter().find(|section| section.lines().next() == Some(name));
        let section = section.unwrap_or_else(|| panic!("icp.yaml has no {name}"));
        for field in ["build", "wasm"] {
            let value = entry[field].as_str().expect("a text");
            assert!(section.contains(value), "{name}: icp.yaml does not say `{value}`");
        }
    }
    let engine = dfx["networks"]["engine"]["providers"][0].as_str().expect("an address");
    assert!(icp.contains(&format!("url: {engine}\n    #")) && icp.contains(DEV_ROOT_KEY_HEX));
}
