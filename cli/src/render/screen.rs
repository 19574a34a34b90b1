//! All canisters at a glance, on a terminal that is kept: the table above, what somebody has to
//! look at below.

use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Cell, Paragraph, Row, Table, Wrap},
};

use super::{
    fleet::{HEAD, figures, health},
    page::cut,
};
use crate::operations::monitor::{
    findings::{Finding, Level},
    fleet::{Component, Fleet, Panel},
};

/// Columns of the table, in characters.
const WIDTHS: [u16; 9] = [14, 9, 10, 18, 12, 9, 9, 10, 10];

/// What is shown.
pub(crate) struct Screen<'a> {
    /// The newest look; none before the first.
    pub(crate) fleet: Option<&'a Fleet>,
    /// The canister whose parts are shown.
    pub(crate) chosen: usize,
    /// What the first line says about the next look.
    pub(crate) status: &'a str,
}

fn style(level: Level) -> Style {
    let color = match level {
        Level::Good => Color::Green,
        Level::Info => Color::Blue,
        Level::Warning => Color::Yellow,
        Level::Critical => Color::Red,
    };
    Style::new().fg(color)
}

impl Screen<'_> {
    /// Draws the whole screen.
    pub(crate) fn draw(&self, frame: &mut Frame<'_>) {
        let Some(fleet) = self.fleet else {
            return frame.render_widget(Paragraph::new("looking …"), frame.area());
        };
        let canisters = u16::try_from(fleet.canisters.len()).unwrap_or(u16::MAX);
        let [head, table, parts, findings, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(canisters.saturating_add(3)),
            Constraint::Min(4),
            Constraint::Min(4),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        let level = Span::styled(fleet.level.name(), style(fleet.level).bold());
        let line = Line::from(vec![format!("{}  {}  ", fleet.network, fleet.at).into(), level]);
        frame.render_widget(line, head);
        frame.render_widget(self.table(fleet), table);
        if let Some(panel) = fleet.canisters.get(self.chosen) {
            frame.render_widget(components(panel), parts);
        }
        frame.render_widget(list(&fleet.findings), findings);
        let keys = format!("q ends  r looks now  ↑↓ choose a canister  {}", self.status);
        frame.render_widget(Line::styled(keys, Style::new().add_modifier(Modifier::DIM)), foot);
    }

    fn table(&self, fleet: &Fleet) -> Table<'static> {
        let row = |(at, panel): (usize, &Panel)| {
            let (word, level) = health(panel);
            let cells = [Cell::new(panel.name.clone()), Cell::new(word).style(style(level))];
            let row = Row::new(cells.into_iter().chain(figures(panel).into_iter().map(Cell::new)));
            let chosen = Style::new().add_modifier(Modifier::REVERSED);
            if at == self.chosen { row.style(chosen) } else { row }
        };
        let head = Row::new(HEAD).style(Style::new().bold());
        Table::new(fleet.canisters.iter().enumerate().map(row), WIDTHS.map(Constraint::Length))
            .header(head)
            .block(Block::bordered().title(" canisters "))
    }
}

fn components(panel: &Panel) -> Paragraph<'static> {
    let lines: Vec<Line<'static>> = match (&panel.answer, &panel.failure) {
        (Some(answer), _) => answer.components.iter().map(component).collect(),
        (None, why) => {
            let why = why.as_deref().unwrap_or("it did not answer");
            vec![Line::styled(cut(why, 300), style(Level::Critical))]
        }
    };
    let title = format!(" {} {} ", panel.name, panel.canister);
    Paragraph::new(lines).wrap(Wrap { trim: true }).block(Block::bordered().title(title))
}

fn component(part: &Component) -> Line<'static> {
    let name = format!("{:<18}", cut(&part.name, 18));
    let level = match part.level {
        Level::Good => "healthy",
        Level::Critical => "critical",
        Level::Info | Level::Warning => "degraded",
    };
    let level = Span::styled(format!("{level:<10}"), style(part.level));
    Line::from(vec![name.into(), level, cut(&part.reason, 300).into()])
}

fn list(findings: &[Finding]) -> Paragraph<'static> {
    let line = |finding: &Finding| {
        let Finding { level, canister, subject, reason } = finding;
        let word = Span::styled(format!("{:<9}", level.name()), style(*level));
        Line::from(vec![word, format!("{canister} {subject}: {reason}").into()])
    };
    let lines: Vec<Line<'static>> = match findings {
        [] => vec![Line::styled("all is well", style(Level::Good))],
        findings => findings.iter().map(line).collect(),
    };
    let title = format!(" to look at: {} ", findings.len());
    Paragraph::new(lines).wrap(Wrap { trim: true }).block(Block::bordered().title(title))
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::operations::monitor::fleet::Answer;

    fn fleet() -> Fleet {
        let component = |name: &str, level, reason: &str| Component {
            name: name.to_owned(),
            level,
            reason: reason.to_owned(),
        };
        let answer = Answer {
            level: Level::Warning,
            version: "0.1.0".to_owned(),
            state_schema: 3,
            mode: "full",
            uptime_ns: 3_600_000_000_000,
            missed_beats: 0,
            components: vec![
                component("jobs", Level::Good, ""),
                component("memory", Level::Warning, "\x1b[31m9 of 10 are used"),
            ],
            heap_bytes: Some(3 << 20),
            stable_bytes: Some(12 << 20),
            cycles: Some(1_500_000_000_000),
            runway_days: Some(90),
        };
        let panel = |name: &str, answer: Option<Answer>, failure: Option<&str>| Panel {
            name: name.to_owned(),
            canister: "aaaaa-aa".to_owned(),
            answer,
            failure: failure.map(str::to_owned),
        };
        let finding = |level, canister: &str, subject: &str, reason: &str| Finding {
            level,
            canister: canister.to_owned(),
            subject: subject.to_owned(),
            reason: reason.to_owned(),
        };
        Fleet {
            network: "local".to_owned(),
            at: "2026-01-02T03:04:05Z".to_owned(),
            level: Level::Critical,
            canisters: vec![
                panel("registry", Some(answer), None),
                panel("portfolio", None, Some("nobody answers")),
            ],
            breakers: Vec::new(),
            findings: vec![
                finding(Level::Critical, "portfolio", "reachable", "nobody answers"),
                finding(Level::Warning, "registry", "memory", "9 of 10 are used"),
            ],
        }
    }

    fn drawn(screen: &Screen<'_>, width: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, 18)).expect("a screen");
        terminal.draw(|frame| screen.draw(frame)).expect("drawn");
        terminal.backend().to_string()
    }

    #[test]
    fn the_screen_shows_canisters_parts_and_findings() {
        let fleet = fleet();
        let screen = Screen { fleet: Some(&fleet), chosen: 0, status: "next look in 30 s" };
        insta::assert_snapshot!(drawn(&screen, 112));
        let silent = drawn(&Screen { chosen: 1, ..screen }, 112);
        assert!(silent.contains("nobody answers"), "{silent}");
    }

    #[test]
    fn no_size_and_no_choice_is_too_small_or_too_large() {
        let fleet = fleet();
        for (width, chosen) in [(1, 0), (20, 0), (300, 99)] {
            let shown = drawn(&Screen { fleet: Some(&fleet), chosen, status: "" }, width);
            assert!(!shown.contains('\x1b'), "data cannot steer the terminal");
        }
        assert!(drawn(&Screen { fleet: None, chosen: 0, status: "" }, 40).contains("looking"));
    }
}
