//! A line of text in two forms: as it stands, and folded, so that rules are written once for
//! simplified and traditional characters, full and half width. It knows no rules.

use std::cell::OnceCell;

use crate::analysis::fold::{fold_char, is_han};

/// Most characters of a line that are looked at.
const MAX_CHARS: usize = 400;

/// A line; the folded form has one character for each of its own.
#[derive(Clone, Debug)]
pub(super) struct Line {
    original: String,
    folded: String,
}

impl Line {
    /// The beginning of a text, without blanks around it.
    pub(super) fn new(text: &str) -> Self {
        let text = text.trim();
        let mut folded = String::with_capacity(text.len().min(MAX_CHARS * 3));
        let mut end = text.len();
        for (n, (at, c)) in text.char_indices().enumerate() {
            if n == MAX_CHARS {
                end = at;
                break;
            }
            folded.push(fold_one(c));
        }
        let original = text.get(..end).unwrap_or(text).to_owned();
        Self { original, folded }
    }

    /// All of it.
    pub(super) fn whole(&self) -> Part<'_> {
        Part {
            line: self,
            start: 0,
            end: self.folded.len(),
        }
    }
}

/// A line that is folded when a rule looks at it; most are never.
#[derive(Debug)]
pub(super) struct LazyLine<'a> {
    text: &'a str,
    line: OnceCell<Line>,
}

impl<'a> LazyLine<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let line = OnceCell::new();
        Self { text, line }
    }

    pub(super) fn whole(&self) -> Part<'_> {
        self.line.get_or_init(|| Line::new(self.text)).whole()
    }

    /// Whether these words, which are written alike in both scripts, may stand in it.
    pub(super) fn may_hold(&self, words: &str) -> bool {
        self.text.contains(words)
    }
}

/// The folded form of a text.
pub(super) fn folded(text: &str) -> String {
    Line::new(text).folded
}

/// Whether a text has at most `n` characters, blanks around it aside.
pub(super) fn is_short(text: &str, n: usize) -> bool {
    text.trim().chars().nth(n).is_none()
}

fn fold_one(c: char) -> char {
    if c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}') {
        return ' ';
    }
    let mut folded = None;
    let mut n_folded = 0;
    fold_char(c, |part| {
        folded = Some(part);
        n_folded += 1;
    });
    folded.filter(|_| n_folded == 1).unwrap_or(c)
}

/// A piece of a [`Line`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    line: &'a Line,
    /// Bytes of the folded form.
    start: usize,
    end: usize,
}

impl<'a> Part<'a> {
    /// Folded: what rules look at.
    pub(super) fn text(self) -> &'a str {
        self.line.folded.get(self.start..self.end).unwrap_or("")
    }

    /// As it stands in the document.
    pub(super) fn original(self) -> String {
        let before = self.line.folded.get(..self.start).unwrap_or("");
        let chars = self.line.original.chars().skip(before.chars().count());
        let text: String = chars.take(self.n_chars()).collect();
        text.trim().to_owned()
    }

    pub(super) fn n_chars(self) -> usize {
        self.text().chars().count()
    }

    pub(super) fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// The piece from byte `at` of [`Part::text`] on.
    pub(super) fn behind(self, at: usize) -> Self {
        let start = self.start.saturating_add(at).min(self.end);
        Self { start, ..self }
    }

    /// The piece before byte `at` of [`Part::text`].
    pub(super) fn before(self, at: usize) -> Self {
        let end = self.start.saturating_add(at).min(self.end);
        Self { end, ..self }
    }

    pub(super) fn trim_start_matches(self, pattern: impl Fn(char) -> bool) -> Self {
        let rest = self.text().trim_start_matches(pattern);
        self.behind(self.text().len() - rest.len())
    }

    pub(super) fn trim_end_matches(self, pattern: impl Fn(char) -> bool) -> Self {
        let rest = self.text().trim_end_matches(pattern);
        self.before(rest.len())
    }

    pub(super) fn trim(self) -> Self {
        self.trim_start_matches(char::is_whitespace)
            .trim_end_matches(char::is_whitespace)
    }

    pub(super) fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let rest = self.text().strip_prefix(prefix)?;
        Some(self.behind(self.text().len() - rest.len()))
    }

    pub(super) fn strip_suffix(self, suffix: &str) -> Option<Self> {
        let rest = self.text().strip_suffix(suffix)?;
        Some(self.before(rest.len()))
    }

    /// Without the first of these prefixes that it has.
    pub(super) fn strip_any_prefix(self, prefixes: &[&str]) -> Option<Self> {
        prefixes.iter().find_map(|p| self.strip_prefix(p))
    }

    /// Without the longest of these suffixes that it has.
    pub(super) fn strip_any_suffix(self, suffixes: &[&str]) -> Option<Self> {
        let found = suffixes.iter().filter_map(|s| self.strip_suffix(s));
        found.min_by_key(|part| part.end)
    }

    /// What stands before and behind the first `mark`.
    pub(super) fn split_once(self, mark: &str) -> Option<(Self, Self)> {
        let at = self.text().find(mark)?;
        Some((self.before(at), self.behind(at + mark.len())))
    }

    /// What stands before and behind the last `mark`.
    pub(super) fn rsplit_once(self, mark: &str) -> Option<(Self, Self)> {
        let at = self.text().rfind(mark)?;
        Some((self.before(at), self.behind(at + mark.len())))
    }

    /// Takes a bracketed remark off the end: the piece before it, and what stands inside.
    pub(super) fn split_remark(self) -> Option<(Self, Self)> {
        const PAIRS: [(&str, &str); 4] = [("(", ")"), ("[", "]"), ("【", "】"), ("〔", "〕")];
        let part = self.trim();
        let (open, inside) = PAIRS
            .iter()
            .find_map(|(open, close)| Some((*open, part.strip_suffix(close)?)))?;
        let (before, remark) = inside.rsplit_once(open)?;
        Some((before.trim(), remark.trim()))
    }

    /// Without the dashes before a subtitle.
    pub(super) fn without_dashes(self) -> Self {
        self.trim_start_matches(|c| is_dash(c) || c == ' ')
    }
}

/// A dash, however typed.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '—' | '-' | '–' | '─' | '―' | '━')
}

/// Stands for characters that were struck out.
pub(super) fn is_mask(c: char) -> bool {
    matches!(c, '*' | '×' | '□' | '█')
}

/// A Chinese character or what stands for one.
pub(super) fn is_han_or_mask(c: char) -> bool {
    is_han(c) || is_mask(c)
}

/// The text without blanks, and not more than `n` characters of it.
pub(super) fn shortened(text: &str, n: usize) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(n).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_characters() {
        let line = Line::new("　（２０２３年）張三豐在會上的講話（摘要）");
        let (before, remark) = line.whole().split_remark().expect("a remark");
        assert_eq!(remark.text(), "摘要");
        assert_eq!(before.text(), "(2023年)张三丰在会上的讲话");
        let (who, what) = before.split_once("在").expect("在");
        assert_eq!(who.original(), "（２０２３年）張三豐");
        assert_eq!(what.original(), "會上的講話");
        assert_eq!(
            what.strip_any_suffix(&["话", "讲话"]).map(Part::text),
            Some("会上的")
        );
    }

    #[test]
    fn what_folds_to_several_stays() {
        let line = Line::new("㈠总则…①");
        assert_eq!(line.whole().text(), "㈠总则…1");
        assert_eq!(line.whole().behind(99).text(), "");
        assert_eq!(line.whole().before(99).original(), "㈠总则…①");
    }
}
