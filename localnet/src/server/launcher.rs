//! The launcher of the official `icp` command: what `icp network start` runs, and what it is told
//! through the status file.
//!
//! The arguments and the status file are those of interface version 1. Arguments of later
//! versions are named on standard error and otherwise left alone.

use std::{
    io::Write as _,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    certification::DEV_ROOT_KEY_HEX,
    instance::InstanceSpec,
    network::{NetworkConfig, SubnetKind},
};

use super::{ServerConfig, process};

/// What the launcher can do beyond the interface's first version.
const FEATURES: [&str; 1] = ["custom-domains"];
/// The file that `icp` waits for.
const STATUS_FILE: &str = "status.json";
/// The file in which `icp` names hosts of canisters.
const DOMAINS_FILE: &str = "custom-domains.txt";

/// What `icp` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LauncherOptions {
    pub state_dir: Option<PathBuf>,
    pub status_dir: Option<PathBuf>,
    pub ip: IpAddr,
    pub port: u16,
    pub domains: Vec<String>,
    /// Subnets besides those of the system canisters.
    pub subnets: Vec<SubnetKind>,
    /// Shortest time between two rounds.
    pub delay: Option<Duration>,
    /// Arguments this launcher does not know.
    pub unknown: Vec<String>,
}

impl Default for LauncherOptions {
    fn default() -> Self {
        Self {
            state_dir: None,
            status_dir: None,
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            domains: Vec::new(),
            subnets: Vec::new(),
            delay: None,
            unknown: Vec::new(),
        }
    }
}

impl LauncherOptions {
    /// Whether the arguments are a launcher's: `launcher` comes first, or what `icp` says first.
    pub fn asked_for(first: &str) -> bool {
        first == "launcher" || first.split('=').next() == Some("--interface-version")
    }

    /// Reads the arguments. What asks for canisters that localnet does not have is refused.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter().peekable();
        arguments.next_if(|first| first == "launcher");
        while let Some(argument) = arguments.next() {
            let (name, inline) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            match name.as_str() {
                "--verbose" => continue,
                "--ii" => return Err(missing("--ii", "Internet Identity", "ii")),
                "--nns" => return Err(missing("--nns", "the NNS canisters", "nns")),
                _ => {}
            }
            let mut value = || {
                inline.clone().or_else(|| arguments.next()).ok_or(format!("{name} needs a value"))
            };
            match name.as_str() {
                // Everything of version 1 is known, and what comes later is tolerated.
                "--interface-version" => drop(value()?),
                "--state-dir" => options.state_dir = Some(value()?.into()),
                "--status-dir" => options.status_dir = Some(value()?.into()),
                "--bind" => options.ip = address(&value()?)?,
                "--gateway-port" => options.port = number(&name, &value()?)?,
                "--domain" => options.domains.push(value()?),
                "--subnet" => options.subnets.push(subnet(&value()?)?),
                "--artificial-delay-ms" => {
                    options.delay = Some(Duration::from_millis(number(&name, &value()?)?));
                }
                "--bitcoind-addr" | "--dogecoind-addr" => {
                    return Err(format!("localnet has no Bitcoin or Dogecoin: leave {name} out"));
                }
                _ => {
                    // Nobody knows whether a value follows; one does not begin with dashes.
                    let may_take = inline.is_none() && name.starts_with("--");
                    let next = || arguments.next_if(|next| may_take && !next.starts_with("--"));
                    let value = inline.clone().or_else(next);
                    let value = value.map(|value| format!(" {value}")).unwrap_or_default();
                    options.unknown.push(name + &value);
                }
            }
        }
        Ok(options)
    }

    fn network(&self) -> NetworkConfig {
        let mut subnets = self.subnets.clone();
        if !subnets.contains(&SubnetKind::Application) {
            subnets.insert(0, SubnetKind::Application);
        }
        NetworkConfig { subnets, ..NetworkConfig::default() }.with_stand_ins()
    }

    fn server(&self) -> ServerConfig {
        ServerConfig {
            ip: self.ip,
            port: self.port,
            ttl: None,
            cache_dir: process::cache_dir(),
            instance: Some(InstanceSpec {
                network: self.network(),
                state_dir: self.state_dir.clone(),
                live: true,
                round_delay: self.delay,
                trust_ingress: false,
            }),
            domains: self.domains.clone(),
            domains_file: self.status_dir.as_ref().map(|dir| dir.join(DOMAINS_FILE)),
            ..ServerConfig::default()
        }
    }
}

fn missing(flag: &str, what: &str, setting: &str) -> String {
    format!(
        "{flag} asks for {what}, whose Wasm localnet does not have: take `{setting}: true` out of \
         the network in icp.yaml"
    )
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{name} does not take `{text}`"))
}

fn address(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" { Ok(Ipv4Addr::LOCALHOST.into()) } else { number("--bind", text) }
}

fn subnet(text: &str) -> Result<SubnetKind, String> {
    Ok(match text {
        "application" => SubnetKind::Application,
        "verified-application" => SubnetKind::VerifiedApplication,
        "system" => SubnetKind::System,
        "bitcoin" => SubnetKind::Bitcoin,
        "fiduciary" => SubnetKind::Fiduciary,
        "nns" => SubnetKind::NNS,
        "sns" => SubnetKind::SNS,
        "internet-identity" | "ii" => SubnetKind::II,
        _ => return Err(format!("localnet has no subnet of kind `{text}`")),
    })
}

/// Serves the network until a signal ends it.
pub fn run(options: &LauncherOptions) -> Result<(), String> {
    for unknown in &options.unknown {
        eprintln!("localnet: ignored unknown argument {unknown}");
    }
    process::serve_until_signal(options.server(), |server| {
        let status = serde_json::json!({
            "v": "1",
            "instance_id": 0,
            "config_port": server.port(),
            "gateway_port": server.port(),
            "root_key": DEV_ROOT_KEY_HEX,
            "supported_features": FEATURES,
        });
        if let Some(dir) = &options.status_dir {
            write_status(dir, &format!("{status}\n"))?;
        }
        process::say_where(server, options.ip);
        Ok(())
    })
}

/// The file appears with its whole content: whoever waits for it never sees half of a line.
fn write_status(dir: &Path, line: &str) -> Result<(), String> {
    let failed = |error| format!("cannot write {STATUS_FILE} in {}: {error}", dir.display());
    std::fs::create_dir_all(dir).map_err(failed)?;
    let fresh = dir.join(".status.json.new");
    let mut file = std::fs::File::create(&fresh).map_err(failed)?;
    file.write_all(line.as_bytes()).map_err(failed)?;
    std::fs::rename(&fresh, dir.join(STATUS_FILE)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<LauncherOptions, String> {
        LauncherOptions::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_arguments_of_the_interface_are_read() {
        let line = "--interface-version 1.1.0 --state-dir /s --bind 127.0.0.1 --gateway-port 4981 \
                    --status-dir /t --verbose --domain=localhost --artificial-delay-ms=20 \
                    --subnet=system";
        let expected = LauncherOptions {
            state_dir: Some("/s".into()),
            status_dir: Some("/t".into()),
            port: 4981,
            domains: vec!["localhost".to_owned()],
            subnets: vec![SubnetKind::System],
            delay: Some(Duration::from_millis(20)),
            ..LauncherOptions::default()
        };
        assert_eq!(parse(line), Ok(expected.clone()));
        assert_eq!(parse(&format!("launcher {line}")), Ok(expected));
    }

    #[test]
    fn unknown_arguments_are_kept_by_name_and_disturb_nothing() {
        let options = parse("--shiny --gateway-port 7 --colour red --depth=3 stray").expect("read");
        assert_eq!(options.port, 7);
        assert_eq!(options.unknown, ["--shiny", "--colour red", "--depth 3", "stray"]);
    }

    #[test]
    fn what_cannot_be_had_is_refused_by_name() {
        for flag in ["--ii", "--nns", "--bitcoind-addr=127.0.0.1:1", "--subnet=moon", "--bind x"] {
            let error = parse(flag).expect_err(flag);
            let words = flag.split(['=', ' ']).next_back().unwrap_or(flag);
            let name = flag.split(['=', ' ']).next().unwrap_or(flag);
            assert!(error.contains(words) || error.contains(name), "{flag}: {error}");
        }
        assert_eq!(parse("--gateway-port"), Err("--gateway-port needs a value".to_owned()));
    }

    #[test]
    fn the_program_knows_when_it_is_a_launcher() {
        assert!(LauncherOptions::asked_for("launcher"));
        assert!(LauncherOptions::asked_for("--interface-version"));
        assert!(LauncherOptions::asked_for("--interface-version=1.1.0"));
        assert!(!LauncherOptions::asked_for("--port-file"));
    }
}
