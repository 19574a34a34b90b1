//! The words of a Candid text.

/// One word, with the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a word of the language.
    Word(String),
    /// A name between quotes.
    Text(String),
    Number(u32),
    /// One of `=(){};,:`.
    Mark(char),
    Arrow,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "`{number}`"),
            Self::Mark(mark) => write!(f, "`{mark}`"),
            Self::Arrow => f.write_str("`->`"),
        }
    }
}

/// The words of `text` without its remarks.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, String> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut found = Vec::new();
    while let Some(first) = reader.rest.chars().next() {
        let line = reader.line;
        let token = match first {
            _ if first.is_ascii_whitespace() => {
                reader.skip(1);
                continue;
            }
            '/' if reader.rest.starts_with("//") => {
                reader.take(|c| c != '\n');
                continue;
            }
            '/' if reader.rest.starts_with("/*") => {
                reader.remark()?;
                continue;
            }
            '=' | '(' | ')' | '{' | '}' | ';' | ',' | ':' => {
                reader.skip(1);
                Token::Mark(first)
            }
            '-' if reader.rest.starts_with("->") => {
                reader.skip(2);
                Token::Arrow
            }
            '"' => Token::Text(reader.text()?),
            '0'..='9' => Token::Number(reader.number()?),
            'a'..='z' | 'A'..='Z' | '_' => {
                Token::Word(reader.take(|c| c.is_ascii_alphanumeric() || c == '_').to_owned())
            }
            other => return Err(format!("line {line}: `{other}` means nothing here")),
        };
        found.push((token, line));
    }
    Ok(found)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// Passes over so many bytes, which are whole characters.
    fn skip(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        let ends = taken.bytes().filter(|byte| *byte == b'\n').count();
        self.line = self.line.saturating_add(ends);
        self.rest = rest;
        taken
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        self.skip(end)
    }

    /// A remark between `/*` and `*/`; others may stand in it.
    fn remark(&mut self) -> Result<(), String> {
        let (line, mut open) = (self.line, 0_u32);
        loop {
            if self.rest.starts_with("/*") {
                open = open.saturating_add(1);
                self.skip(2);
            } else if self.rest.starts_with("*/") {
                open = open.saturating_sub(1);
                self.skip(2);
            } else if let Some(next) = self.rest.chars().next() {
                self.skip(next.len_utf8());
            } else {
                return Err(format!("line {line}: a remark has no end"));
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    /// A decimal or hexadecimal number that fits a field's number.
    fn number(&mut self) -> Result<u32, String> {
        let line = self.line;
        let written = self.take(|c| c.is_ascii_alphanumeric() || c == '_').replace('_', "");
        let hexadecimal = written.strip_prefix("0x").or_else(|| written.strip_prefix("0X"));
        let number = match hexadecimal {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => written.parse(),
        };
        number.map_err(|_| format!("line {line}: `{written}` is no number of a field"))
    }

    /// A name between quotes, with what is written in it by a backslash.
    fn text(&mut self) -> Result<String, String> {
        let line = self.line;
        let mut bytes = Vec::new();
        self.skip(1);
        loop {
            let plain = self.take(|c| c != '"' && c != '\\');
            bytes.extend_from_slice(plain.as_bytes());
            match self.rest.chars().next() {
                None => return Err(format!("line {line}: a text has no end")),
                Some('"') => break,
                Some(_) => self.escaped(&mut bytes)?,
            }
        }
        self.skip(1);
        String::from_utf8(bytes).map_err(|_| format!("line {line}: a text is no UTF-8"))
    }

    fn escaped(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let wrong = format!("line {}: a backslash stands before nothing it can mean", self.line);
        self.skip(1);
        let mark = self.rest.chars().next().ok_or_else(|| wrong.clone())?;
        if let Some(byte) = match mark {
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            '"' | '\'' | '\\' => u8::try_from(mark).ok(),
            _ => None,
        } {
            self.skip(1);
            bytes.push(byte);
        } else if let Some(rest) = self.rest.strip_prefix("u{") {
            let (digits, _) = rest.split_once('}').ok_or_else(|| wrong.clone())?;
            let point = u32::from_str_radix(&digits.replace('_', ""), 16).ok();
            let letter = point.and_then(char::from_u32).ok_or(wrong)?;
            bytes.extend_from_slice(letter.to_string().as_bytes());
            self.skip("u{}".len().saturating_add(digits.len()));
        } else {
            let digits = self.rest.get(..2).ok_or_else(|| wrong.clone())?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong)?);
            self.skip(2);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_lines() {
        let found = tokens("type A = // x\n \"a\\\"\\u{e9}\\c3\\a9\\n\" -> 0x1_0;\n/* \n */ 7_0");
        let word = |word: &str| Token::Word(word.to_owned());
        assert_eq!(
            found,
            Ok(vec![
                (word("type"), 1),
                (word("A"), 1),
                (Token::Mark('='), 1),
                (Token::Text("a\"éé\n".to_owned()), 2),
                (Token::Arrow, 2),
                (Token::Number(16), 2),
                (Token::Mark(';'), 2),
                (Token::Number(70), 4),
            ])
        );
    }

    #[test]
    fn what_is_no_word_is_told_with_its_line() {
        for text in
            ["\n?", "\n\"", "\n\"\\", "\n\"\\q\"", "\n\"\\u{d800}\"", "\n4294967296", "\n/*"]
        {
            let said = tokens(text).expect_err(text);
            assert!(said.starts_with("line 2: "), "{text:?}: {said}");
        }
        assert!(tokens("\"\\ff\"").is_err_and(|said| said.contains("UTF-8")));
    }
}
