//! Text under construction.

/// What a word means, and so which colour it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warning,
    Bad,
    Strong,
    Faint,
}

/// Lines of text.
#[derive(Debug)]
pub(crate) struct Page {
    color: bool,
    text: String,
}

impl Page {
    pub(crate) fn new(color: bool) -> Self {
        Self { color, text: String::new() }
    }

    /// Adds a line. Control characters of data are shown, not obeyed.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref().trim_end());
        self.text.push('\n');
    }

    /// The word in its colour.
    pub(crate) fn paint(&self, tone: Tone, word: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
            Tone::Strong => "1",
            Tone::Faint => "2",
        };
        if self.color { format!("\x1b[{code}m{word}\x1b[0m") } else { word.to_owned() }
    }

    /// Adds a title.
    pub(crate) fn title(&mut self, title: &str) {
        let title = self.paint(Tone::Strong, title);
        self.line(title);
    }

    /// Adds a labelled value, labels in one column.
    pub(crate) fn field(&mut self, label: &str, value: impl AsRef<str>) {
        self.line(format!("  {label:<14} {}", value.as_ref()));
    }

    /// Adds a table; the columns named in `right` are aligned to the right.
    pub(crate) fn table(&mut self, head: &[&str], right: &[usize], rows: &[Vec<String>]) {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| columns(cell));
            cells.chain([columns(head[column])]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let render = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for (column, cell) in cells.enumerate().take(widths.len()) {
                let gap = " ".repeat(widths[column] - columns(cell));
                let cell =
                    if right.contains(&column) { gap + cell } else { cell.to_owned() + &gap };
                line.push_str(if column == 0 { "" } else { "  " });
                line.push_str(&cell);
            }
            line
        };
        let heading = render(&mut head.iter().copied());
        let heading = self.paint(Tone::Faint, heading.trim_end());
        self.line(heading);
        for row in rows {
            let line = render(&mut row.iter().map(String::as_str));
            self.line(line);
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// Columns a text takes on a terminal, counted as one per character.
fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Text from elsewhere on one line of at most `width` characters: no control character of it
/// reaches the terminal.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = clean.take(width + 1).collect();
    if line.chars().count() > width {
        line = line.chars().take(width.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned() {
        let mut page = Page::new(false);
        let rows = vec![vec!["1".into(), "ɱ sign".into()], vec!["100".into(), "x".into()]];
        page.table(&["id", "title"], &[0], &rows);
        assert_eq!(page.finish(), " id  title\n  1  ɱ sign\n100  x\n");
    }

    #[test]
    fn data_cannot_steer_the_terminal() {
        assert_eq!(cut("a\x1b[31mb\nc", 20), "a [31mb c");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
    }

    #[test]
    fn colour_is_there_only_when_wanted() {
        assert_eq!(Page::new(false).paint(Tone::Good, "ok"), "ok");
        assert_eq!(Page::new(true).paint(Tone::Good, "ok"), "\x1b[32mok\x1b[0m");
    }
}
