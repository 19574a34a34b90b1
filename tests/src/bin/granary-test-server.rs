//! `localnet` as the tests start it: under a name of its own, with compiled modules kept beside it,
//! and gone when the tests are.

use std::{io::Write as _, os::unix::process::parent_id, path::PathBuf, process::ExitCode};
use std::{thread, time::Duration};

use localnet::server::{Options, VERSION, run};

fn main() -> ExitCode {
    let result = match Options::parse(std::env::args().skip(1)) {
        Ok(Options::Serve(mut options)) => {
            options.cache_dir = options.cache_dir.or_else(cache);
            end_with(parent_id());
            run(&options)
        }
        // The client asks for the version before it starts a server, and for nothing else.
        Ok(Options::Version | Options::Help) => {
            let line = format!("pocket-ic-server {VERSION}\n");
            std::io::stdout().write_all(line.as_bytes()).map_err(|error| error.to_string())
        }
        Ok(Options::Launch(_)) => Err("the tests have no use for a launcher".to_owned()),
        Err(mistake) => Err(mistake),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("granary-test-server: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// A folder beside the program, which lies in the build's own folder.
fn cache() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.join("compiled-modules"))
}

/// Ends this process soon after `parent`, however that ended: an orphan has another parent.
fn end_with(parent: u32) {
    thread::spawn(move || {
        while parent_id() == parent {
            thread::sleep(Duration::from_secs(1));
        }
        std::process::exit(0);
    });
}
