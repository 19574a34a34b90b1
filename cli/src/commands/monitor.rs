//! `granary monitor`: the suite at one glance, kept on the terminal.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use candid::Principal;
use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
};

use super::alerts;
use crate::{
    client::agent::AgentClient,
    duration,
    exit::Exit,
    failure::Failure,
    operations::{
        demo::network,
        monitor::fleet::{self, Fleet},
    },
    render::screen::Screen,
    session::Session,
};

/// How long a key may wait for an answer.
const KEYS: Duration = Duration::from_millis(100);

/// On a terminal the picture stays and `q` ends it. With --json, or where no terminal is, every
/// look is a document or a text of its own, until Ctrl-C. With --once there is one look, which ends
/// with 3 for a warning and 1 for worse.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canisters to ask; otherwise all that are known for the network.
    names: Vec<String>,
    /// Between two looks, at least 1s.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = alerts::interval)]
    interval: u64,
    /// Look once and end.
    #[arg(long)]
    once: bool,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    if args.once {
        let fleet = alerts::look(&args.names, session).await?;
        session.out.emit(&fleet)?;
        return Ok(fleet.level.exit());
    }
    let eye = Eye {
        client: session.client("operator").await?,
        network: session.network()?.name,
        canisters: session.around(&args.names)?,
        every: Duration::from_nanos(args.interval),
    };
    if !session.out.json && std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        return eye.screen().await;
    }
    let asked_to_stop = network::asked_to_stop()?;
    tokio::select! {
        ended = eye.stream(session) => ended,
        asked = asked_to_stop => asked.map(|()| Exit::Ok),
    }
}

/// Who looks, at what, how often.
struct Eye {
    client: AgentClient,
    network: String,
    canisters: Vec<(String, Principal)>,
    every: Duration,
}

impl Eye {
    async fn look(&self) -> Fleet {
        let now = duration::from_now(0);
        fleet::look(&self.client, &self.network, &self.canisters, now).await
    }

    async fn stream(&self, session: &Session) -> Result<Exit, Failure> {
        loop {
            session.out.emit_line(&self.look().await)?;
            tokio::time::sleep(self.every).await;
        }
    }

    async fn screen(&self) -> Result<Exit, Failure> {
        let mut terminal = ratatui::init();
        let shown = self.show(&mut terminal).await;
        // Whatever came of it, the terminal is as it was.
        ratatui::restore();
        shown.map(|()| Exit::Ok)
    }

    async fn show(&self, terminal: &mut DefaultTerminal) -> Result<(), Failure> {
        let wrong = |error: std::io::Error| {
            Failure::new(Exit::Failed, "cli.terminal", format!("the terminal failed ({error})"))
                .next("granary monitor --once")
        };
        let mut newest: Option<Fleet> = None;
        let (mut chosen, mut due) = (0_usize, Instant::now());
        let mut looking = None;
        loop {
            if looking.is_none() && Instant::now() >= due {
                looking = Some(Box::pin(self.look()));
            }
            if let Some(look) = &mut looking
                && let Ok(fleet) = tokio::time::timeout(KEYS, look.as_mut()).await
            {
                (newest, looking) = (Some(fleet), None);
                due = Instant::now() + self.every;
            }
            let left = due.saturating_duration_since(Instant::now()).as_secs();
            let status = if looking.is_some() {
                "looking …".to_owned()
            } else {
                format!("next look in {left} s")
            };
            let screen = Screen { fleet: newest.as_ref(), chosen, status: &status };
            terminal.draw(|frame| screen.draw(frame)).map_err(wrong)?;
            let wait = if looking.is_some() { Duration::ZERO } else { KEYS };
            match key(wait).map_err(wrong)? {
                Some(Key::End) => return Ok(()),
                Some(Key::Now) => due = Instant::now(),
                Some(Key::Up) => chosen = chosen.saturating_sub(1),
                Some(Key::Down) => {
                    chosen = chosen.saturating_add(1).min(self.canisters.len().saturating_sub(1));
                }
                None => {}
            }
        }
    }
}

/// What a key asks for.
enum Key {
    End,
    Now,
    Up,
    Down,
}

/// The key that is pressed within `wait`.
fn key(wait: Duration) -> std::io::Result<Option<Key>> {
    if !event::poll(wait)? {
        return Ok(None);
    }
    let Event::Key(pressed) = event::read()? else { return Ok(None) };
    if pressed.kind != KeyEventKind::Press {
        return Ok(None);
    }
    let control = pressed.modifiers.contains(KeyModifiers::CONTROL);
    Ok(match pressed.code {
        KeyCode::Char('c') if control => Some(Key::End),
        KeyCode::Char('q') | KeyCode::Esc => Some(Key::End),
        KeyCode::Char('r') => Some(Key::Now),
        KeyCode::Up | KeyCode::Char('k') => Some(Key::Up),
        KeyCode::Down | KeyCode::Char('j') => Some(Key::Down),
        _ => None,
    })
}
