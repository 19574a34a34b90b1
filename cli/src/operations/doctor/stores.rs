//! Where the canisters are: what this tool knows, and what `dfx` and `icp` know.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use candid::Principal;
use serde_json::Value;

use super::Look;
use crate::{exit::Exit, failure::Failure, ids::Ids, suite::SUITE};

/// Where other tools keep the ids of a network, below the working folder.
fn files(network: &str) -> [PathBuf; 4] {
    let inside = |folder: &str, file: String| Path::new(folder).join(file);
    [
        // dfx, for networks of this machine and for others.
        inside(".dfx", format!("{network}/canister_ids.json")),
        PathBuf::from("canister_ids.json"),
        // icp, the same.
        inside(".icp/cache/mappings", format!("{network}.ids.json")),
        inside(".icp/data/mappings", format!("{network}.ids.json")),
    ]
}

/// The suite's canisters in a file of `dfx`, which names the network inside, or of `icp`.
fn known(text: &str, network: &str) -> Option<BTreeMap<&'static str, String>> {
    let document: Value = serde_json::from_str(text).ok()?;
    let table = document.as_object()?;
    let found = SUITE.iter().filter_map(|member| {
        let id = table.get(member.name)?;
        let id = id.as_str().or_else(|| id.get(network)?.as_str())?;
        Some((member.name, id.to_owned()))
    });
    Some(found.collect())
}

/// Compares all that is known below `folder`.
pub(crate) fn look(folder: &Path, network: &str, ids: &Ids) -> Vec<Look> {
    let area = "ids";
    let mut looks = Vec::new();
    let own = |name: &str| ids.get(name).ok().map(|id| id.to_text());
    for file in files(network) {
        let Ok(text) = std::fs::read_to_string(folder.join(&file)) else { continue };
        let name = file.display();
        let Some(theirs) = known(&text, network) else {
            let fix = format!("mv {name} {name}.broken");
            looks.push(Look::bad(area, format!("{name} is no table of canister ids"), fix));
            continue;
        };
        let adopt = format!("granary doctor --adopt {name}");
        let before = looks.len();
        for (member, id) in &theirs {
            let found = match own(member) {
                Some(own) if own == *id => continue,
                Some(own) => format!("{member} is {own} here and {id} in {name}"),
                None => format!("{member} is {id} in {name} and not known here"),
            };
            looks.push(Look::bad(area, found, &adopt));
        }
        if looks.len() == before {
            looks.push(Look::good(area, format!("{name} says the same")));
        }
    }
    let missing: Vec<&str> =
        SUITE.iter().map(|member| member.name).filter(|name| own(name).is_none()).collect();
    if missing.is_empty() {
        looks.push(Look::good(area, format!("all canisters are known on {network}")));
    } else {
        let found = format!("not known on {network}: {}", missing.join(", "));
        looks.push(Look::bad(area, found, format!("granary deploy {}", missing.join(" "))));
    }
    looks
}

/// Takes over what another tool's file knows.
pub(crate) fn adopt(file: &Path, network: &str, ids: &mut Ids) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(Failure::file("read", file))?;
    let wrong = |why: &str| {
        Failure::new(Exit::Usage, "cli.ids", format!("{} {why}", file.display()))
            .next("granary doctor")
    };
    let theirs = known(&text, network).ok_or_else(|| wrong("is no table of canister ids"))?;
    if theirs.is_empty() {
        return Err(wrong(&format!("names no canister of the suite on {network}")));
    }
    let theirs: Result<Vec<_>, _> = theirs
        .into_iter()
        .map(|(name, id)| Principal::from_text(&id).map(|id| (name, id)))
        .collect();
    for (name, id) in theirs.map_err(|error| wrong(&format!("holds what is no id ({error})")))? {
        ids.set(name, id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "rwlgt-iiaaa-aaaaa-aaaaa-cai";
    const TWO: &str = "rrkah-fqaaa-aaaaa-aaaaq-cai";

    #[test]
    fn other_tools_know_the_same_or_a_finding_says_what() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: String| {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("below")).expect("creates");
            std::fs::write(path, text).expect("writes");
        };
        let wrong = |ids: &Ids| -> Vec<String> {
            let looks = look(folder.path(), "local", ids).into_iter();
            looks.filter(|look| look.fix.is_some()).map(|look| look.found).collect()
        };
        let mut ids = Ids::load(folder.path(), "local").expect("none yet");
        for member in SUITE {
            ids.set(member.name, Principal::from_text(ONE).expect("an id")).expect("writes");
        }
        assert_eq!(wrong(&ids), Vec::<String>::new());
        let dfx = |id: &str| format!(r#"{{"registry":{{"local":"{id}","ic":"{TWO}"}},"x":{{}}}}"#);
        write(".dfx/local/canister_ids.json", dfx(ONE));
        assert_eq!(wrong(&ids), Vec::<String>::new(), "another network's id is another one");
        write(".dfx/local/canister_ids.json", dfx(TWO));
        write(".icp/cache/mappings/local.ids.json", format!(r#"{{"portfolio":"{TWO}"}}"#));
        write(".icp/data/mappings/local.ids.json", "[]".to_owned());
        let found = wrong(&ids);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(
            found[0],
            format!("registry is {ONE} here and {TWO} in .dfx/local/canister_ids.json")
        );
        let file = folder.path().join(".dfx/local/canister_ids.json");
        adopt(&file, "local", &mut ids).expect("takes it over");
        assert_eq!(wrong(&ids).len(), 2);
        for text in ["{}", "[", r#"{"registry":"no id"}"#] {
            write("bad.json", text.to_owned());
            let failure = adopt(&folder.path().join("bad.json"), "local", &mut ids);
            assert_eq!(failure.expect_err(text).code, "cli.ids");
        }
    }

    #[test]
    fn what_nobody_knows_is_deployed() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ids = Ids::load(folder.path(), "local").expect("none yet");
        ids.set("registry", Principal::from_text(ONE).expect("an id")).expect("writes");
        let looks = look(folder.path(), "local", &ids);
        let fix = looks[0].fix.as_deref();
        assert_eq!(fix, Some("granary deploy portfolio risk_guard execution micro_grants"));
    }
}
