//! The running text of one paragraph: white space collapsed as CSS does it, lines of Chinese joined
//! without a space. It knows no format.

/// Takes text piece by piece and gives it back as one paragraph.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    text: String,
    gap: Gap,
}

/// White space that has been read but not yet written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Space,
    /// White space with a line break of the source in it.
    Break,
}

impl Paragraph {
    /// Adds text; a run of white space in it becomes one space, or nothing where it breaks the line
    /// between two characters that are written without spaces.
    ///
    /// Source: CSS Text 3, sections 4.1.1 and 4.1.3 (segment breaks).
    pub(super) fn push(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' | '\r' => self.line_break(),
                ' ' | '\t' | '\x0C' => self.space(),
                c if is_control(c) => self.space(),
                c => {
                    self.close_gap(c);
                    self.text.push(c);
                }
            }
        }
    }

    /// Adds text whose spaces count. It must not hold line breaks; a tab becomes a space.
    pub(super) fn push_verbatim(&mut self, text: &str) {
        for c in text.chars() {
            let c = if is_control(c) { ' ' } else { c };
            self.close_gap(c);
            self.text.push(c);
        }
    }

    /// Marks the end of a line of the source.
    pub(super) fn line_break(&mut self) {
        self.gap = Gap::Break;
    }

    /// Whether nothing visible has been added yet.
    pub(super) fn is_empty(&self) -> bool {
        self.text.trim_matches(is_blank).is_empty()
    }

    /// Gives the paragraph without white space at its ends, `None` if nothing else is in it, and
    /// starts the next.
    pub(super) fn take(&mut self) -> Option<String> {
        let text = std::mem::take(&mut self.text);
        self.gap = Gap::None;
        let trimmed = text.trim_matches(is_blank);
        if trimmed.len() == text.len() {
            return (!text.is_empty()).then_some(text);
        }
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    fn space(&mut self) {
        if self.gap == Gap::None {
            self.gap = Gap::Space;
        }
    }

    fn close_gap(&mut self, next: char) {
        let gap = std::mem::take(&mut self.gap);
        let Some(last) = self.text.chars().next_back() else {
            return;
        };
        let joins = gap == Gap::Break && is_unspaced(last) && is_unspaced(next);
        if gap != Gap::None && !joins {
            self.text.push(' ');
        }
    }
}

/// Whether `c` is a Chinese character or kana.
pub(super) fn is_han(c: char) -> bool {
    matches!(c,
        '\u{2E80}'..='\u{2FDF}' | '々' | '〇' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{E000}'..='\u{F8FF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

/// Whether `c` is used in texts that put no spaces between words: Chinese characters and their
/// punctuation.
fn is_unspaced(c: char) -> bool {
    is_han(c)
        || matches!(c, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}' | '·' | '—' | '‘' | '’' | '“' | '”' | '…')
}

fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// White space, and signs of no width that pages use as if they were.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let mut paragraph = Paragraph::default();
        paragraph.push(text);
        assert_eq!(paragraph.take().as_deref(), expected, "{text:?}");
    }

    #[test]
    fn white_space_collapses() {
        check("  one \t two\n three ", Some("one two three"));
        check("全市 工作", Some("全市 工作"));
        check("\u{3000}\u{3000}首先，\u{a0}", Some("首先，"));
        check(" \n\u{3000}\u{200b}", None);
        check("a\u{2028}b\u{b}c", Some("a b c"));
    }

    #[test]
    fn lines_of_chinese_join_without_a_space() {
        check("抓好\n  落实", Some("抓好落实"));
        check("抓好，\n落实", Some("抓好，落实"));
        check("抓好\nGDP", Some("抓好 GDP"));
    }

    #[test]
    fn taking_starts_anew() {
        let mut paragraph = Paragraph::default();
        paragraph.push("一 ");
        assert!(!paragraph.is_empty());
        assert_eq!(paragraph.take().as_deref(), Some("一"));
        assert!(paragraph.is_empty());
        paragraph.push("二");
        assert_eq!(paragraph.take().as_deref(), Some("二"));
    }
}
