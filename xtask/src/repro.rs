//! Two builds in two folders must give the same bytes: otherwise a module hash could not be
//! verified by anyone else.

use std::{path::Path, process::Command};

use crate::{
    process::{self, Show},
    project::Project,
    step::Verdict,
};

/// Copies the checkout (with its history, which names the commit) to a second folder, builds every
/// canister there, and compares.
pub(crate) fn check(project: &Project) -> Verdict {
    let target = project.metadata()?.target_directory.join("repro");
    let second = target.join("another folder");
    let _ = std::fs::remove_dir_all(&second);
    copy(project, second.as_std_path())?;
    let mut verdicts = Vec::new();
    for canister in project.canisters() {
        let here = granary_build::canister(&canister).map_err(|error| error.to_string())?;
        let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
        command.current_dir(&second).args(["build", &canister]);
        command.env("CARGO_TARGET_DIR", second.join("target"));
        let ended = process::run(&mut command, Show::Nothing)?;
        let there = ended.stdout.split_whitespace().next().unwrap_or_default();
        if !ended.success {
            return Err(process::last_words(&ended));
        }
        if there != here.hash_hex() {
            return Err(format!("{canister}: {} here, {there} in {second}", here.hash_hex()));
        }
        verdicts.push(format!("{canister} {there}"));
    }
    Ok(verdicts.join(", "))
}

fn copy(project: &Project, to: &Path) -> Result<(), String> {
    let failed =
        |path: &Path, error: std::io::Error| format!("cannot copy {}: {error}", path.display());
    let mut files = project.files()?;
    files.extend(git_files(&project.root));
    for file in files {
        let target = to.join(&file);
        let folder = target.parent().unwrap_or(to);
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        std::fs::copy(project.root.join(&file), &target).map_err(|error| failed(&target, error))?;
    }
    Ok(())
}

/// The files of the history, relative to the root; none where the checkout is a linked work tree.
fn git_files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![root.join(".git")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(relative) = path.strip_prefix(root) {
                files.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    files
}
