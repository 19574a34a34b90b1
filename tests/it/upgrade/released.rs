//! From every released module to this one: what a user of that release stored is read by this.

use std::{fs, io::Read, path::PathBuf};

use granary_api::micro_grants::InstallArgs;
use granary_tests::{
    chain, digest,
    engine::announce,
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    world::{World, encode, init_args, wasm},
};

use crate::localnet;

/// Released modules, oldest first: `tests/released/micro_grants-<version>.wasm.gz`.
fn released() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("released");
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.to_string_lossy().ends_with(".wasm.gz"))
        .collect();
    paths.sort();
    paths
}

fn unpacked(path: &PathBuf) -> Vec<u8> {
    let packed = fs::File::open(path).expect("a committed file opens");
    let mut module = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut module).expect("it is gzip");
    module
}

#[test]
fn every_released_module_upgrades_to_this_one() {
    let modules = released();
    if modules.is_empty() {
        announce("skipped: no module has been released yet (tests/released/*.wasm.gz)");
    }
    for path in modules {
        let world = World::empty(localnet());
        world.network().install_canister(
            world.canister,
            unpacked(&path),
            encode(&InstallArgs::Init(init_args())),
            Some(Who::Controller.principal()),
        );
        let program = fixtures::open_program(&world);
        let grant = fixtures::active_grant(&world, program, fixtures::content(9 * DOLLAR));
        let open = fixtures::submit(&world, program, fixtures::content(3 * DOLLAR));
        let reader = world.by(Who::Auditor);
        let old = reader.get_version().value("the released version");
        let before = (
            reader.get_grant(grant).value("the grant"),
            reader.get_application(open).value("the application"),
            reader.get_canister_metrics().value("metrics"),
        );
        let state = digest::state(&world);

        world.upgrade_to(wasm().bytes, None).expect("the upgrade");
        let new = reader.get_version().value("the new version");
        assert_eq!(new.version, wasm().version, "{}", path.display());
        assert_eq!((new.upgrade_count, new.installed_at_ns), (1, old.installed_at_ns));
        assert_eq!(reader.get_grant(grant).value("the grant"), before.0);
        assert_eq!(reader.get_application(open).value("the application"), before.1);
        let metrics = reader.get_canister_metrics().value("metrics");
        assert_eq!(metrics.total_requested_units, before.2.total_requested_units);
        assert_eq!(metrics.total_applications, before.2.total_applications);
        if new.schema == old.schema {
            assert_eq!(digest::state(&world), state, "the same schema, the same bytes");
        }
        // Work goes on.
        fixtures::approve(&world, open);
        chain::checked(&reader);
        fixtures::assert_valid(&world);
    }
}
