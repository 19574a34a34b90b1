//! The command line of the `localnet` program.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use super::LauncherOptions;

/// What `--help` prints.
pub const USAGE: &str = "\
localnet: an Internet Computer network in one process, for development and tests

USAGE: localnet [OPTIONS]
       localnet launcher [LAUNCHER OPTIONS]

It speaks the protocol of PocketIC clients; they start it themselves when POCKET_IC_BIN names it.
The official icp command starts it as `icp network start` when ICP_CLI_NETWORK_LAUNCHER_PATH names
it: arguments that begin with --interface-version are a launcher's too.

OPTIONS:
  --port-file PATH   create PATH, write the port into it once listening, remove it at the end;
                     when PATH exists another server is in charge and this one exits at once
  --port PORT        listen at this port (default: the system chooses)
  --ip-addr ADDRESS  listen at this address (default: 127.0.0.1)
  --ttl SECONDS      end after this long without a request (default: 60)
  --hard-ttl SECONDS end after this long whatever happens
  --cache-dir PATH   keep compiled modules in PATH, for the next start
                     (default: LOCALNET_CACHE_DIR, else in memory only)
  --log-levels TEXT  accepted for compatibility, without effect
  --version          print the version
  --help             print this text

LAUNCHER OPTIONS:
  --gateway-port PORT  listen at this port (default: the system chooses)
  --bind ADDRESS       listen at this address (default: 127.0.0.1)
  --status-dir PATH    write status.json there once listening, read custom-domains.txt there
  --state-dir PATH     load the state from PATH when there is one, and keep it there
  --domain NAME        find canisters under this domain too; may be given several times
  --subnet KIND        have a subnet of this kind too; may be given several times
  --artificial-delay-ms N   wait so long between rounds
  Arguments it does not know are named on standard error and ignored.
";

/// Default time without a request after which the server ends.
const TTL_DEFAULT: Duration = Duration::from_mins(1);

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Options {
    Version,
    Help,
    Serve(ServeOptions),
    Launch(LauncherOptions),
}

/// How to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeOptions {
    pub port_file: Option<PathBuf>,
    pub port: u16,
    pub ip: IpAddr,
    pub ttl: Duration,
    pub hard_ttl: Option<Duration>,
    pub cache_dir: Option<PathBuf>,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            port_file: None,
            port: 0,
            ip: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            ttl: TTL_DEFAULT,
            hard_ttl: None,
            cache_dir: None,
        }
    }
}

impl Options {
    /// Reads the arguments that follow the program's name.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = ServeOptions::default();
        let mut arguments = arguments.into_iter().peekable();
        if arguments.peek().is_some_and(|first| LauncherOptions::asked_for(first)) {
            return LauncherOptions::parse(arguments).map(Self::Launch);
        }
        while let Some(argument) = arguments.next() {
            let (name, inline) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            match name.as_str() {
                "--version" | "-V" => return Ok(Self::Version),
                "--help" | "-h" => return Ok(Self::Help),
                _ => {}
            }
            let mut value = || {
                inline.clone().or_else(|| arguments.next()).ok_or(format!("{name} needs a value"))
            };
            match name.as_str() {
                "--port-file" => options.port_file = Some(value()?.into()),
                "--port" => options.port = number(&name, &value()?)?,
                "--ip-addr" => options.ip = number(&name, &value()?)?,
                "--ttl" => options.ttl = Duration::from_secs(number(&name, &value()?)?),
                "--hard-ttl" => {
                    options.hard_ttl = Some(Duration::from_secs(number(&name, &value()?)?));
                }
                "--cache-dir" => options.cache_dir = Some(value()?.into()),
                "--log-levels" => drop(value()?),
                _ => return Err(format!("unknown option {name}; see --help")),
            }
        }
        Ok(Self::Serve(options))
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{name} does not take `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_both_forms() {
        let expected = ServeOptions {
            port_file: Some("/tmp/x.port".into()),
            port: 8000,
            ip: [0, 0, 0, 0].into(),
            ttl: Duration::from_secs(5),
            hard_ttl: Some(Duration::from_secs(9)),
            cache_dir: Some("/tmp/c".into()),
        };
        let line = "--port-file /tmp/x.port --port=8000 --ip-addr 0.0.0.0 --ttl 5 --hard-ttl=9 \
                    --log-levels debug --cache-dir /tmp/c";
        assert_eq!(parse(line), Ok(Options::Serve(expected)));
        assert_eq!(parse(""), Ok(Options::Serve(ServeOptions::default())));
        assert_eq!(parse("--ttl 3 --version"), Ok(Options::Version));
        let launch = parse("--interface-version 1.1.0 --gateway-port 5").expect("read");
        let expected = LauncherOptions { port: 5, ..LauncherOptions::default() };
        assert_eq!(launch, Options::Launch(expected));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse("--port"), Err("--port needs a value".to_owned()));
        assert_eq!(parse("--port many"), Err("--port does not take `many`".to_owned()));
        assert!(parse("--colour red").is_err());
    }
}
