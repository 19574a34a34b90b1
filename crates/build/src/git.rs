//! Which commit the sources of a canister come from.

use std::{path::Path, process::Command};

/// The last commit that changed one of `paths`, with `+modified` behind it when the work tree
/// differs from it there.
///
/// It is the commit of the canister's own sources and not the newest of the repository, so that a
/// commit which only touches a document does not give every canister a new module hash. `None`
/// without git, outside a repository, and in a shallow clone, where the history that would tell
/// is missing.
pub(crate) fn source_commit(root: &Path, paths: &[String]) -> Option<String> {
    if git(root, &["rev-parse", "--is-shallow-repository"], &[])? != "false" {
        return None;
    }
    let commit = git(root, &["log", "-1", "--format=%H"], paths)?;
    if commit.is_empty() {
        return None;
    }
    let changes = git(root, &["status", "--porcelain", "--untracked-files=all"], paths)?;
    Some(if changes.is_empty() { commit } else { format!("{commit}+modified") })
}

fn git(root: &Path, arguments: &[&str], paths: &[String]) -> Option<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments);
    if !paths.is_empty() {
        command.arg("--").args(paths);
    }
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(root: &Path, arguments: &[&str]) {
        let done = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(arguments)
            .output()
            .expect("git starts");
        assert!(done.status.success(), "git {arguments:?}: {done:?}");
    }

    #[test]
    fn names_the_commit_of_the_given_paths_and_tells_local_changes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        assert_eq!(source_commit(root, &["a".to_owned()]), None, "not a repository");
        run(root, &["init", "-q"]);
        std::fs::write(root.join("a"), "1").expect("written");
        std::fs::write(root.join("b"), "1").expect("written");
        run(root, &["add", "."]);
        run(root, &["commit", "-q", "-m", "first"]);
        let first = source_commit(root, &["a".to_owned()]).expect("a commit");
        assert_eq!(first.len(), 40);

        std::fs::write(root.join("b"), "2").expect("written");
        run(root, &["commit", "-q", "-a", "-m", "second"]);
        assert_eq!(source_commit(root, &["a".to_owned()]), Some(first.clone()));
        assert_ne!(source_commit(root, &["b".to_owned()]), Some(first.clone()));

        std::fs::write(root.join("a"), "3").expect("written");
        assert_eq!(source_commit(root, &["a".to_owned()]), Some(format!("{first}+modified")));
    }
}
