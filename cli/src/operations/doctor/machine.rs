//! The machine: the compiler, its target, the room on the disk, the key file.

use std::{path::Path, process::Command};

use super::Look;

/// Room a build and a backup need.
const ROOM_KIB: u64 = 4 * 1024 * 1024;

/// The compiler and what it needs to build canisters; nothing outside of a checkout.
pub(crate) fn toolchain() -> Vec<Look> {
    let area = "toolchain";
    let Ok(root) = granary_build::workspace_root() else {
        return vec![Look::good(area, "no checkout here: modules come from --modules")];
    };
    let file = std::fs::read_to_string(root.join("rust-toolchain.toml")).unwrap_or_default();
    let wanted = channel(&file).unwrap_or("stable");
    let install = format!("rustup toolchain install {wanted}");
    let compiler = match granary_build::compiler() {
        Ok(words) => words,
        Err(error) => return vec![Look::bad(area, error.to_string(), install)],
    };
    let release = compiler.lines().find_map(|line| line.strip_prefix("release: "));
    let release = release.unwrap_or("unnamed");
    // Elsewhere another one may be usual; a build takes the one of the checkout.
    let here = std::env::current_dir().is_ok_and(|here| here.starts_with(&root));
    let look = if here && release != wanted {
        let found = format!("rustc {release}, and published modules are of {wanted}");
        Look::bad(area, found, install)
    } else {
        Look::good(area, format!("rustc {release}"))
    };
    vec![look, target(granary_build::wasm_library_present().unwrap_or(false))]
}

fn target(present: bool) -> Look {
    let name = granary_build::WASM_TARGET;
    if present {
        return Look::good("target", name);
    }
    Look::bad("target", format!("{name} is missing"), format!("rustup target add {name}"))
}

/// The channel a toolchain file names.
fn channel(file: &str) -> Option<&str> {
    let line = file.lines().find_map(|line| line.trim().strip_prefix("channel"))?;
    line.split('"').nth(1)
}

/// The room where the tool works.
pub(crate) fn disk() -> Look {
    let said = Command::new("df").args(["-Pk", "."]).output();
    let said = said.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    room(said.as_deref().and_then(free_kib))
}

fn room(free: Option<u64>) -> Look {
    let gib = |kib: u64| format!("{}.{} GiB free", kib >> 20, ((kib & 0xf_ffff) * 10) >> 20);
    match free {
        None => Look::good("disk", "not known: there is no df here"),
        Some(kib) if kib < ROOM_KIB => Look::bad("disk", gib(kib), "cargo clean"),
        Some(kib) => Look::good("disk", gib(kib)),
    }
}

/// The free space in the second line of `df -Pk`.
fn free_kib(said: &str) -> Option<u64> {
    said.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// Whether others can read the key.
pub(crate) fn key_file(path: &Path) -> Option<Look> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        let name = path.display();
        (mode & 0o077 != 0).then(|| {
            Look::bad("key", format!("others may read {name}"), format!("chmod 600 {name}"))
        })
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_lacks_has_its_command() {
        assert_eq!(target(true).fix, None);
        let fix = target(false).fix;
        assert_eq!(fix.as_deref(), Some("rustup target add wasm32-unknown-unknown"));
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 9 4 5 5% /\n";
        assert_eq!(free_kib(df), Some(5));
        assert_eq!(room(free_kib(df)).fix.as_deref(), Some("cargo clean"));
        assert_eq!(room(Some(ROOM_KIB + ROOM_KIB / 8)), Look::good("disk", "4.5 GiB free"));
        assert_eq!((room(None).fix, free_kib("df: no such thing")), (None, None));
        assert_eq!(channel("[toolchain]\nchannel = \"1.95.0\"\n"), Some("1.95.0"));
        assert_eq!(channel(""), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_a_finding() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("identity.pem");
        std::fs::write(&path, "").expect("writes");
        let set = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("sets");
        };
        set(0o600);
        assert_eq!(key_file(&path), None);
        set(0o640);
        let fix = key_file(&path).and_then(|look| look.fix);
        assert_eq!(fix, Some(format!("chmod 600 {}", path.display())));
    }
}
