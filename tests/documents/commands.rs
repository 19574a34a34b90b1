//! Every command a page shows is run by a test or by CI. A page with one that nobody runs fails.
//!
//! A command of the tool (`granary …`) counts when the tool's own tests type it, with the flags the
//! page shows. Any other stands in [`ROWS`] with what runs it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What runs a command that is not the tool's.
enum By {
    /// A step of `cargo xtask check`.
    Step(&'static str),
    /// This file types it so.
    File(&'static str, &'static str),
    /// Nobody but people, and the page says so.
    People,
}

/// The tests that type the tool's commands.
const TYPED: [&str; 11] = [
    "cli/tests/it/backups.rs",
    "cli/tests/it/journey.rs",
    "cli/tests/it/releases.rs",
    "cli/tests/it/treasury.rs",
    "cli/tests/it/command_line.rs",
    "cli/tests/it/demo.rs",
    "cli/tests/it/exporter.rs",
    "cli/tests/it/governance.rs",
    "cli/tests/it/monitor.rs",
    "cli/tests/it/inspection.rs",
    "cli/tests/it/scripts.rs",
];
/// The tasks that no step of CI runs are run there.
const TASKS: &str = "xtask/tests/tasks.rs";
const STEPS: &str = "xtask/src/check.rs";
/// What the tiers share: clients from npm, run against localnet.
const TIER: &str = "xtask/src/tier/mod.rs";

const ROWS: &[(&str, By)] = &[
    ("cargo run --release -- demo", By::Step("demo")),
    ("cargo run --release --", By::Step("demo")),
    ("cargo test --release --workspace", By::Step("tests")),
    // Parts of the same.
    ("cargo test", By::Step("tests")),
    ("cargo test --release -p micro_grants-core", By::Step("tests")),
    ("cargo xtask check", By::File(".ci/run", "cargo xtask check")),
    ("cargo xtask check --list", By::File(TASKS, "\"check\", \"--list\"")),
    ("cargo xtask tidy", By::Step("tidy")),
    ("cargo xtask layers", By::Step("layers")),
    ("cargo xtask bless", By::Step("bless")),
    ("cargo xtask build", By::File(TASKS, "scripts/build.sh")),
    ("scripts/build.sh", By::File(TASKS, "scripts/build.sh")),
    // The step measures the same at every size, and compares what `--write` writes.
    ("cargo xtask bench", By::Step("bench")),
    ("cargo xtask bench --rows 1000", By::Step("bench")),
    ("cargo xtask bench --write", By::Step("bench")),
    // What it prints is a machine's time, which decides nothing.
    ("cargo xtask bench localnet", By::People),
    ("cargo test --release --workspace --test conformance", By::Step("tests")),
    // What the official `icp` needs is typed by the tier, which people run: it downloads `icp`.
    ("cargo xtask tier icp", By::People),
    // The same for the library of dfx and for the JavaScript clients.
    ("cargo xtask tier dfx", By::People),
    ("cargo xtask tier js", By::People),
    // So does what needs Debian's Prometheus.
    ("cargo xtask tier monitoring", By::People),
    ("cargo build --release --workspace --bin localnet", By::File(TIER, "\"--bin\", \"localnet\"")),
    (
        "export ICP_CLI_NETWORK_LAUNCHER_PATH=$PWD/target/release/localnet",
        By::File("xtask/src/tier/icp/desk.rs", "\"ICP_CLI_NETWORK_LAUNCHER_PATH\""),
    ),
    (
        "icp network start -d && icp deploy",
        By::File("xtask/src/tier/icp/contract.rs", "\"network start -d\""),
    ),
    // Part of a release: it writes what is never written again.
    ("cargo xtask golden", By::People),
    ("cargo xtask repro", By::People),
];

/// Flags of the tool that are a command by themselves.
const STANDING_ALONE: [&str; 2] = ["--help", "--version"];
/// Programs whose names make a line or a span of code a command.
const PROGRAMS: [&str; 3] = ["granary ", "cargo ", "scripts/"];

fn root() -> PathBuf {
    granary_build::workspace_root().expect("tests run inside the checkout")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every page, but for the records of what was.
fn pages() -> Vec<String> {
    let (mut pages, mut folders) = (vec![], vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("readable").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") && name != "CHANGELOG.md" {
                let relative = path.strip_prefix(root()).expect("below the root");
                pages.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    pages.sort();
    pages
}

/// The commands of a page, and what is wrong with its blocks of code.
fn commands(page: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let (mut found, mut wrong, mut block) = (vec![], vec![], None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language) };
            if block == Some("") {
                wrong.push(format!("{page}:{}: say `sh`, `text` or another word", index + 1));
            }
            continue;
        }
        match block {
            Some("sh") => found.extend(alternatives(line)),
            Some(_) if is_command(line) => {
                wrong.push(format!("{page}:{}: a command in a block that is not sh", index + 1));
            }
            Some(_) => {}
            None => {
                let spans = line.split('`').skip(1).step_by(2);
                found.extend(spans.filter(|span| is_command(span)).map(ToOwned::to_owned));
            }
        }
    }
    (found, wrong)
}

fn is_command(text: &str) -> bool {
    let folder = text.ends_with('/');
    !folder && PROGRAMS.iter().any(|program| text.starts_with(program))
}

/// A line of a block without its remark, once for each of the words between its bars.
fn alternatives(line: &str) -> Vec<String> {
    let end = line.find("  ").into_iter().chain(line.find(" #")).min().unwrap_or(line.len());
    let mut all = vec![String::new()];
    for word in line[..end].split_whitespace() {
        let each = |before: &String| -> Vec<String> {
            word.split('|').map(|one| format!("{before} {one}").trim().to_owned()).collect()
        };
        all = all.iter().flat_map(each).collect();
    }
    all.retain(|command| !command.is_empty());
    all
}

/// The texts between quotes in the tool's tests: whole command lines, or their words one by one.
fn typed() -> Vec<String> {
    let mut texts = vec![];
    for file in TYPED {
        let source = read(file);
        let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            let line = line.replace("\", \"", " ");
            texts.extend(line.split('"').skip(1).step_by(2).map(plain));
        }
    }
    texts
}

/// A command line without the global flags in front of it.
fn plain(text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while let Some(first) = words.first().filter(|word| word.starts_with("--")) {
        let takes_value = ["--as", "--url", "--canister"].contains(first);
        if STANDING_ALONE.contains(first) {
            break;
        }
        words.drain(..words.len().min(if takes_value { 2 } else { 1 }));
    }
    words.join(" ")
}

/// Whether the tool's tests type a command of the tool, with the flags it is shown with.
fn is_typed(command: &str, typed: &[String]) -> bool {
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let is_name = |word: &&&str| {
        word.chars().all(|one| one.is_ascii_lowercase()) || STANDING_ALONE.contains(*word)
    };
    let path: Vec<&str> = words.iter().take_while(is_name).copied().collect();
    let flags: Vec<&str> = words.iter().filter(|word| word.starts_with("--")).copied().collect();
    typed.iter().any(|line| {
        let given: Vec<&str> = line.split_whitespace().collect();
        given.starts_with(&path) && flags.iter().all(|flag| given.contains(flag))
    })
}

/// Why nobody runs a command; nothing when somebody does.
fn nobody_runs(command: &str, typed: &[String], page: &str) -> Option<String> {
    if command.starts_with("granary ") {
        let ok = is_typed(command, typed);
        return (!ok).then(|| format!("no test of the tool types `{command}`"));
    }
    if let Some(steps) = command.strip_prefix("cargo xtask check --only ") {
        let wrong = steps.split(',').find(|step| !is_step(step));
        return wrong.map(|step| format!("there is no step `{step}`"));
    }
    let Some((_, by)) = ROWS.iter().find(|(known, _)| *known == command) else {
        return Some(format!("no row says what runs `{command}`"));
    };
    match by {
        By::Step(step) => (!is_step(step)).then(|| format!("there is no step `{step}`")),
        By::File(file, text) => {
            (!read(file).contains(text)).then(|| format!("{file} has no `{text}`"))
        }
        By::People => {
            let told = page != "README.md" || read(page).contains("no step of CI runs it");
            (!told).then(|| format!("{page} does not say that people run `{command}`"))
        }
    }
}

fn is_step(name: &str) -> bool {
    read(STEPS).contains(&format!("name: \"{name}\","))
}

#[test]
fn every_command_of_the_pages_is_run() {
    let typed = typed();
    let (mut wrong, mut shown) = (vec![], BTreeSet::new());
    for page in pages() {
        let (commands, blocks) = commands(&page, &read(&page));
        wrong.extend(blocks);
        for command in commands {
            if let Some(why) = nobody_runs(&command, &typed, &page) {
                wrong.push(format!("{page}: {why}"));
            }
            shown.insert(command);
        }
    }
    for (command, _) in ROWS {
        if !shown.contains(*command) {
            wrong.push(format!("no page shows `{command}` any more: take its row out"));
        }
    }
    assert!(shown.len() > 40, "only {} commands were found", shown.len());
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_command_nobody_runs_is_found() {
    let typed = ["grants export 7 --format csv".to_owned(), plain("--as a users show 7")];
    for ok in ["granary grants export ID", "granary grants export ID --format csv"] {
        assert_eq!(nobody_runs(ok, &typed, "a.md"), None);
    }
    assert_eq!(nobody_runs("granary users show WHO", &typed, "a.md"), None);
    let wrong = [
        "granary grants export ID --stream",
        "granary grants import ID",
        "granary users",
        "cargo xtask repro --fast",
        "cargo xtask check --only tidy,no-such-step",
    ];
    for (index, command) in wrong.into_iter().enumerate() {
        // A command without a verb is typed when any of its verbs is.
        assert_eq!(nobody_runs(command, &typed, "a.md").is_some(), index != 2, "{command}");
    }
    let text = "# A\n```sh\ngranary a|b x|y  # words\n```\n```\ngranary z\n```\n`cargo q` `dfx`\n";
    let (found, wrong) = commands("a.md", text);
    assert_eq!(found, ["granary a x", "granary a y", "granary b x", "granary b y", "cargo q"]);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}
