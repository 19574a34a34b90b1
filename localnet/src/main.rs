//! The `localnet` program: reads the command line and serves.

use std::{io::Write as _, process::ExitCode};

use localnet::server::{Options, USAGE, VERSION, launcher, run};

fn main() -> ExitCode {
    let result = match Options::parse(std::env::args().skip(1)) {
        Ok(Options::Version) => print(&format!("pocket-ic-server {VERSION}\n")),
        Ok(Options::Help) => print(USAGE),
        Ok(Options::Serve(options)) => run(&options),
        Ok(Options::Launch(options)) => launcher::run(&options),
        Err(mistake) => {
            eprintln!("localnet: {mistake}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("localnet: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> Result<(), String> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}
