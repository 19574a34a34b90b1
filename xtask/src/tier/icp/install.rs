//! The `icp` program, in the version whose words the contract knows.

use std::{
    env::consts::{ARCH, OS},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    process::{self, Show},
    tier::npm,
};

pub(super) const VERSION: &str = "1.5.0";

/// npm's name of the package for this machine.
fn package() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let machine = match ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("@icp-sdk/icp-cli-{system}-{machine}")
}

/// The program's path; installs it below `target/tools` when it is not there in this version.
pub(super) fn ready(target: &Path) -> Result<PathBuf, String> {
    let folder = target.join("tools").join(format!("icp-{VERSION}"));
    let program = folder.join("node_modules").join(package()).join("bin/icp");
    if !program.exists() {
        install(&folder)?;
    }
    let mut command = Command::new(&program);
    let said = process::run(command.arg("--version"), Show::Nothing)?.stdout;
    if said.trim() != format!("icp {VERSION}") {
        return Err(format!("{} says `{}`, not icp {VERSION}", program.display(), said.trim()));
    }
    Ok(program)
}

fn install(folder: &Path) -> Result<(), String> {
    let package = format!("{}@{VERSION}", package());
    eprintln!("installing {package} into {} (once)", folder.display());
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    npm(folder, &["install", "--no-save", &package], &package)
}
