//! The outline of a document: its headings, where they stand, and how deep.
//!
//! Headings come from styles (Word, HTML), from the numbering of official documents (`一、（一）`) and
//! of laws (`第一章`), and from the numbering of speech, which stands inside paragraphs as well
//! (`一是…二是…`). Which text is a heading is decided here; `numbering` reads markers, `nesting`
//! believes them and finds levels. The rules and their limits: docs/structure.md.

#[cfg(test)]
mod numbering_tests;
#[cfg(test)]
mod tests;

use super::nesting::{Candidate, Nesting, confirm, sequels};
use super::numbering::{Kind, Place, marker};
use crate::document::Heading;

/// Most characters of a line without any stop that is a heading as a whole.
const MAX_LINE: usize = 100;
/// Most characters of a sentence that is a heading; of a longer one its first clause is.
const MAX_SENTENCE: usize = 60;
/// The same for members of a series inside one paragraph, which are often whole sentences of text.
const MAX_LISTED: usize = 30;
/// Most characters of a line in a table of contents.
const MAX_ENTRY: usize = 60;

/// Finds the headings of a document, in the order of the text.
///
/// A paragraph is its text and the level its style gives: 1 and more for headings, `None` for
/// plain text, 0 for the title. A title is no heading, and the outline begins anew behind it. A
/// caller that knows the title by other means gives 0 for its paragraphs.
///
/// Takes time linear in the length of the text. Source of the rules: docs/structure.md
pub(super) fn outline<'a>(
    paragraphs: impl IntoIterator<Item = (&'a str, Option<u8>)>,
) -> Vec<Heading> {
    let paragraphs: Vec<(&str, Option<u8>)> = paragraphs.into_iter().collect();
    let contents = contents_entries(&paragraphs);
    let mut candidates = Vec::new();
    for (i, &(text, style)) in paragraphs.iter().enumerate() {
        if style.is_some() || !(contents.get(i) == Some(&true) || entry(text).is_some()) {
            find_candidates(i, text, style, &mut candidates);
        }
    }
    let real = confirm(&candidates);
    let mut real = real.into_iter();
    candidates.retain(|c| real.next() == Some(true) || c.style == Some(0));

    let mut nesting = Nesting::default();
    let sequels = sequels(&candidates, |_| true);
    let mut headings = Vec::new();
    for (i, candidate) in candidates.iter().enumerate() {
        let text = paragraphs.get(candidate.paragraph).map_or("", |p| p.0);
        let next = candidates
            .get(i + 1)
            .filter(|n| n.paragraph == candidate.paragraph);
        let limit = next.map_or(text.len(), |n| n.byte);
        let text = text.get(candidate.byte..limit).unwrap_or_default();
        let whole = !candidate.inline && next.is_none();
        let headline = headline(text, candidate, whole);
        let marker = candidate.marker.filter(|m| m.kind == Kind::Article);
        let bare = marker.is_some_and(|m| headline.len() <= m.len);
        let Some(level) = nesting.place(candidate, bare, sequels.get(i).copied().flatten()) else {
            continue;
        };
        headings.push(Heading {
            level,
            paragraph: candidate.paragraph + 1,
            start: candidate.start,
            end: candidate.start + headline.chars().count(),
            inline: candidate.inline,
        });
    }
    headings
}

/// The part of a heading's text that names it in a path.
///
/// Headings of speech are sentences: `第一，稳住底盘，今年一季度开局良好` is cut at the comma behind
/// its first clause, unless that is shorter than four characters. All others are given whole.
pub fn label(heading: &str) -> &str {
    let Some(found) = marker(heading, Place::Start).filter(|m| m.kind.is_spoken()) else {
        return heading;
    };
    let text = heading.get(found.len..).unwrap_or_default();
    let cut = text
        .char_indices()
        .enumerate()
        .find(|(n, (_, c))| *n >= 4 && matches!(c, '，' | ','));
    cut.and_then(|(_, (at, _))| heading.get(..found.len + at))
        .unwrap_or(heading)
}

/// A heading without its number: 一、 （二） 三是 第四，
pub fn unnumbered(heading: &str) -> &str {
    let len = marker(heading, Place::Start).map_or(0, |found| found.len);
    let rest = heading.get(len..).unwrap_or(heading);
    rest.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '“' | '《' | '‘'))
}

/// Adds every place of paragraph `i` that may begin a heading.
fn find_candidates(i: usize, text: &str, style: Option<u8>, found: &mut Vec<Candidate>) {
    let body = text.trim_start_matches(is_blank);
    let blanks = text.len() - body.len();
    if body.is_empty() {
        return;
    }
    let indent = text.get(..blanks).unwrap_or_default().chars().count();
    let at_start = marker(body, Place::Start);
    // Cells of a table are parted by tabs; behind a number a tab is a blank.
    let is_row = body
        .get(at_start.map_or(0, |m| m.len)..)
        .is_some_and(|t| t.contains('\t'));
    let at_start = at_start.filter(|_| style != Some(0) && (style.is_some() || !is_row));
    if style.is_some() || at_start.is_some() {
        found.push(Candidate {
            paragraph: i,
            byte: blanks,
            start: indent,
            marker: at_start,
            style,
            inline: false,
        });
    }
    if style == Some(0) || (style.is_some() && is_short(body, MAX_LINE)) {
        return;
    }
    let mut place = None;
    for (n_chars, (at, c)) in (indent..).zip(body.char_indices()) {
        if at > 0
            && let Some(place) = place
            && let Some(marker) = body.get(at..).and_then(|rest| marker(rest, place))
        {
            found.push(Candidate {
                paragraph: i,
                byte: blanks + at,
                start: n_chars,
                marker: Some(marker),
                style: None,
                inline: true,
            });
        }
        place = match c {
            '”' | '’' | '」' | '』' | '》' => place,
            '）' | ')' | '】' => place.or(Some(Place::AfterBracket)),
            _ if is_stop(c) || matches!(c, '：' | ':' | '…') => Some(Place::AfterStop),
            '，' | ',' | '、' | '—' => Some(Place::AfterComma),
            _ if is_blank(c) => place,
            _ => None,
        };
    }
}

/// The part of `text` that is the heading; `text` ends where the next heading or the paragraph
/// does, `whole` tells that it is a paragraph.
fn headline<'a>(text: &'a str, candidate: &Candidate, whole: bool) -> &'a str {
    let marker = candidate.marker;
    let marker_len = marker.map_or(0, |m| m.len);
    let body = text.get(marker_len..).unwrap_or_default();
    let ends = Ends::of(body);
    let is_spoken = marker.is_some_and(|m| m.kind.is_spoken());
    let is_article = marker.is_some_and(|m| m.kind == Kind::Article);
    let listed = candidate.inline || (is_spoken && !whole);
    let longest = match ends.stop {
        _ if candidate.style.is_some() => MAX_LINE,
        // The article of a law is text; that of a contract has a name: `第二条 交货地点`.
        None if is_article && (ends.colon.is_some() || ends.comma.is_some()) => 0,
        None if is_article => MAX_LISTED,
        Some(_) if is_article => 0,
        None => MAX_LINE,
        Some(_) if !ends.stop_is_last => 0,
        Some(_) => MAX_SENTENCE,
    };
    let len = if whole && ends.n_chars.is_some_and(|n| n <= longest) {
        body.len()
    } else if is_article {
        named(body)
    } else {
        ends.run_in(body, if listed { MAX_LISTED } else { MAX_SENTENCE })
    };
    let headline = text.get(..marker_len + len).unwrap_or(text);
    let headline = headline.trim_end_matches(|c| is_blank(c) || "。；：，、;:,".contains(c));
    // `第一，` before a table or picture: the number alone.
    if headline.is_empty() {
        text.trim_end_matches(is_blank)
    } else {
        headline
    }
}

/// Length of the name that some laws give an article in brackets: `第二条 【适用范围】…`.
fn named(body: &str) -> usize {
    if !body.starts_with(['【', '[', '（', '(']) {
        return 0;
    }
    let close = body
        .char_indices()
        .take(MAX_LISTED)
        .find(|(_, c)| matches!(c, '】' | ']' | '）' | ')'));
    close.map_or(0, |(at, c)| at + c.len_utf8())
}

/// Where the beginning of a text may end, as (offset in bytes, characters before it).
#[derive(Default)]
struct Ends {
    /// First `。；！？` outside brackets and quotes; `！？` belong to the sentence.
    stop: Option<(usize, usize)>,
    /// Whether nothing follows that stop.
    stop_is_last: bool,
    colon: Option<(usize, usize)>,
    comma: Option<(usize, usize)>,
    /// Characters of the text, if it has no more than [`MAX_LINE`].
    n_chars: Option<usize>,
}

impl Ends {
    fn of(body: &str) -> Self {
        let mut ends = Self::default();
        let mut depth = 0_usize;
        // For texts whose brackets are not closed.
        let mut inner_stop = None;
        let mut after_digit = false;
        let mut n_chars = 0;
        for (at, c) in body.char_indices() {
            if n_chars > MAX_LINE {
                break;
            }
            match c {
                '（' | '(' | '《' | '“' | '‘' | '「' | '『' | '【' => depth += 1,
                '）' | ')' | '》' | '”' | '’' | '」' | '』' | '】' => {
                    depth = depth.saturating_sub(1);
                }
                _ if is_stop(c) => {
                    let kept = matches!(c, '！' | '？' | '!' | '?');
                    let end = if kept {
                        (at + c.len_utf8(), n_chars + 1)
                    } else {
                        (at, n_chars)
                    };
                    inner_stop = inner_stop.or(Some(end));
                    if depth == 0 && ends.stop.is_none() {
                        ends.stop = Some(end);
                        let rest = body.get(at + c.len_utf8()..).unwrap_or_default();
                        ends.stop_is_last = rest.trim_matches(is_blank).is_empty();
                    }
                }
                '：' | ':' if depth == 0 => ends.colon = ends.colon.or(Some((at, n_chars))),
                // Not in `１２，３４５元`, and not behind the first sentence.
                '，' | ',' if depth == 0 && ends.stop.is_none() && !after_digit => {
                    ends.comma = ends.comma.or(Some((at, n_chars)));
                }
                _ => {}
            }
            after_digit = matches!(c, '0'..='9' | '０'..='９');
            n_chars += 1;
        }
        if depth > 0 {
            ends.stop = ends.stop.or(inner_stop);
        }
        ends.n_chars = (n_chars <= MAX_LINE).then_some(n_chars);
        ends
    }

    /// Length of a heading that its text follows in the same paragraph: a sentence of up to
    /// `longest` characters, else its first clause.
    fn run_in(&self, body: &str, longest: usize) -> usize {
        let all = self.n_chars.map(|n| (body.len(), n));
        let sentence = match (self.stop.or(all), self.colon) {
            (Some(s), Some(c)) => Some(s.min(c)),
            (s, c) => s.or(c),
        };
        let at_most = |end: Option<(usize, usize)>, n| end.filter(|e| e.1 <= n).map(|e| e.0);
        at_most(sentence, longest)
            .or_else(|| at_most(self.comma, MAX_SENTENCE))
            .or_else(|| at_most(sentence, MAX_SENTENCE))
            .or_else(|| body.char_indices().nth(MAX_SENTENCE).map(|(at, _)| at))
            .unwrap_or(body.len())
    }
}

/// Marks the paragraphs of tables of contents that repeat headings.
///
/// Behind a line `目录` stand short lines up to where the first of them comes again, as a heading.
fn contents_entries(paragraphs: &[(&str, Option<u8>)]) -> Vec<bool> {
    let mut marked = vec![false; paragraphs.len()];
    let mut heads = (0..paragraphs.len()).filter(|&i| paragraphs.get(i).is_some_and(is_contents));
    let mut head = heads.next();
    while let Some(at) = head {
        head = heads.next();
        let end = head.unwrap_or(paragraphs.len());
        let lines = paragraphs.get(at + 1..end).unwrap_or_default();
        let key = |line: &str| -> String {
            let name = entry(line).unwrap_or_else(|| without_page(line));
            name.chars().filter(|&c| !is_blank(c)).collect()
        };
        let Some(first) = lines
            .iter()
            .position(|(t, _)| !t.trim_matches(is_blank).is_empty())
        else {
            continue;
        };
        let name = key(lines.get(first).map_or("", |l| l.0));
        let again = lines
            .iter()
            .skip(first + 1)
            .take_while(|(text, _)| is_short(text, MAX_ENTRY))
            .position(|(text, _)| key(text) == name);
        if let Some(n) = again {
            marked
                .iter_mut()
                .skip(at + 1)
                .take(first + 1 + n)
                .for_each(|m| *m = true);
        }
    }
    marked
}

fn is_contents(paragraph: &(&str, Option<u8>)) -> bool {
    let mut letters = paragraph.0.chars().filter(|&c| !is_blank(c)).take(3);
    let two = (letters.next(), letters.next(), letters.next());
    matches!(two, (Some('目'), Some('录' | '錄' | '次'), None))
}

/// A line without the number of a page behind a blank, as Word's tables of contents come out.
fn without_page(line: &str) -> &str {
    let line = line.trim_matches(is_blank);
    let name = line.trim_end_matches(|c: char| c.is_ascii_digit());
    if name.len() < line.len() && name.ends_with(is_blank) {
        name
    } else {
        line
    }
}

/// The name in a line `第一章 总则……3` of a table of contents; `None` for other lines.
fn entry(line: &str) -> Option<&str> {
    if !is_short(line, MAX_LINE * 2) {
        return None;
    }
    let line = line.trim_matches(is_blank);
    let name = line.trim_end_matches(|c: char| c.is_ascii_digit() || "-—－".contains(c));
    let leader = name.trim_end_matches(['.', '…', '·', '．', '\t', ' ', '\u{3000}']);
    let dots = name.get(leader.len()..)?;
    let has_page = name.len() < line.len();
    let is_leader =
        dots.contains(['…', '\t']) || dots.chars().filter(|c| ".·．".contains(*c)).count() >= 3;
    (has_page && is_leader && !leader.is_empty()).then_some(leader)
}

/// Whether `text` has at most `n` characters.
fn is_short(text: &str, n: usize) -> bool {
    text.chars().nth(n).is_none()
}

fn is_stop(c: char) -> bool {
    matches!(c, '。' | '；' | '！' | '？' | ';' | '!' | '?')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
}
