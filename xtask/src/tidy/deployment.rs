//! dfx.json and icp.yaml name every canister, in the same words, built by the same script.

use serde_json::Value;

use super::Finding;

/// Where the development network's root key is written down.
pub(super) const ROOT_KEY_SOURCE: &str = "localnet/src/certification/mod.rs";

/// The key in hexadecimal, put together from the literals of its constant.
pub(super) fn root_key(source: &str) -> String {
    let constant = source.split("DEV_ROOT_KEY_HEX: &str").nth(1).unwrap_or_default();
    let literals = constant.split(';').next().unwrap_or_default().split('"').skip(1).step_by(2);
    literals.collect()
}

/// Checks the two files against the canisters there are; `root_key` is the development network's
/// key in hexadecimal.
pub(super) fn check(canisters: &[String], dfx: &str, icp: &str, root_key: &str) -> Vec<Finding> {
    let mut findings = check_dfx(canisters, dfx);
    for name in canisters {
        let script = format!("- scripts/build.sh {name}");
        let module = format!("target/canisters/{name}.wasm \"$ICP_WASM_OUTPUT_PATH\"");
        for line in [format!("- name: {name}"), script, module] {
            if !icp.contains(&line) {
                findings.push(Finding::new("icp.yaml", 0, format!("lacks `{line}`")));
            }
        }
    }
    if !icp.contains(&format!("root-key: {root_key}\n")) {
        let message = "does not pin the root key of localnet (`DEV_ROOT_KEY_HEX`)";
        findings.push(Finding::new("icp.yaml", 0, message));
    }
    findings
}

fn check_dfx(canisters: &[String], dfx: &str) -> Vec<Finding> {
    let finding = |message: String| Finding::new("dfx.json", 0, message);
    let dfx: Value = match serde_json::from_str(dfx) {
        Ok(value) => value,
        Err(error) => return vec![finding(format!("not JSON: {error}"))],
    };
    let table = &dfx["canisters"];
    let mut findings = Vec::new();
    for name in table.as_object().into_iter().flatten().map(|(name, _)| name) {
        if !canisters.contains(name) {
            findings.push(finding(format!("names `{name}`, which is no canister")));
        }
    }
    for name in canisters {
        let expected = serde_json::json!({
            "type": "custom",
            "build": format!("scripts/build.sh {name}"),
            "wasm": format!("target/canisters/{name}.wasm"),
            "candid": format!("candid/{name}.did"),
        });
        if table[name.as_str()] != expected {
            findings.push(finding(format!("the entry of `{name}` is not {expected}")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const DFX: &str = r#"{"canisters": {"a": {"type": "custom", "build": "scripts/build.sh a",
        "wasm": "target/canisters/a.wasm", "candid": "candid/a.did"}}}"#;
    const ICP: &str = "canisters:\n  - name: a\n    build: [\n      - scripts/build.sh a\n      \
        - cp target/canisters/a.wasm \"$ICP_WASM_OUTPUT_PATH\"\nroot-key: abcd\n";

    fn messages(canisters: &[&str], dfx: &str, icp: &str, key: &str) -> Vec<String> {
        let canisters: Vec<String> = canisters.iter().map(|&name| name.to_owned()).collect();
        check(&canisters, dfx, icp, key).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_root_key_is_put_together() {
        let source = "/// Docs.\npub const DEV_ROOT_KEY_HEX: &str = concat!(\n    \"3081\",\n    \
            \"82\",\n);\nconst OTHER: &str = \"ff\";\n";
        assert_eq!(root_key(source), "308182");
    }

    #[test]
    fn both_files_name_every_canister() {
        assert_eq!(messages(&["a"], DFX, ICP, "abcd"), Vec::<String>::new());
        assert_eq!(messages(&["a", "b"], DFX, ICP, "abcd").len(), 4);
        assert_eq!(messages(&[], DFX, ICP, "abcd"), ["dfx.json: names `a`, which is no canister"]);
        assert_eq!(
            messages(&["a"], DFX, ICP, "abce"),
            ["icp.yaml: does not pin the root key of localnet (`DEV_ROOT_KEY_HEX`)"]
        );
        assert_eq!(messages(&["a"], "{", ICP, "abcd").len(), 1);
    }
}
