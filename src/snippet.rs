//! Rank 1: the best fragments of a text, as runs of plain and matched text.
//!
//! It is told where the matches are and knows nothing of queries. A fragment is one contiguous
//! slice of the text that shows at least one match whole, inside one paragraph unless the match
//! itself crosses its end, cut at the borders of sentences or clauses where that is possible.

use std::ops::Range;

use crate::analysis::units::is_stop;

/// How well a match agrees with the query; from best to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchClass {
    /// The query's very characters.
    Exact,
    /// Equal after normalisation.
    Normalized,
    /// Equal if a mask stands for what is missing.
    Masked,
}

impl MatchClass {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Normalized => "normalized",
            Self::Masked => "masked",
        }
    }
}

/// A place to be marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// In bytes of the text.
    pub range: Range<usize>,
    /// How well it agrees.
    pub class: MatchClass,
    /// Which part of the query it is for: a fragment with several parts is the better one.
    pub part: usize,
}

/// A piece of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Characters of the source.
    pub text: String,
    /// `None` for what is only context.
    pub class: Option<MatchClass>,
}

/// A slice of a text with its matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Number of the paragraph in which it starts, from 1.
    pub paragraph: usize,
    /// First character of the text.
    pub start: usize,
    /// Behind the last character.
    pub end: usize,
    /// Where its first match starts, in bytes of the text.
    pub first_match: usize,
    /// The best class of its matches.
    pub class: MatchClass,
    /// Joined together they are `text[start..end]`.
    pub runs: Vec<Run>,
}

/// Picks at most `n` fragments of `text`, of about `width` characters each, in the order of the
/// text. `marks` are sorted by start.
///
/// A fragment is longer than `width` only where a single match is. Source: docs/adr/0004-snippets.md
pub fn fragments(text: &str, marks: &[Mark], n: usize, width: usize) -> Vec<Fragment> {
    if n == 0 {
        return Vec::new();
    }
    let marked = merge_overlapping(marks, width * BYTES_A_CHARACTER);
    let mut windows: Vec<Window> = Vec::new();
    let mut first = 0;
    while first < marked.len() {
        let window = Window::starting_at(text, &marked, first, width);
        first = window.marks.end;
        windows.push(window);
    }
    // The richest windows first; of equals the earliest.
    windows.sort_by_key(|w| (std::cmp::Reverse((w.n_parts, w.marks.len())), w.marks.start));
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for window in &windows {
        if ranges.len() == n {
            break;
        }
        let marks = &marked[window.marks.clone()];
        let (start, end) = (marks[0].range.start, marks[marks.len() - 1].range.end);
        let place = ranges.partition_point(|range| range.start < start);
        let low = place.checked_sub(1).map_or(0, |before| ranges[before].end);
        let high = ranges.get(place).map_or(text.len(), |after| after.start);
        // The context of another fragment may have taken these matches in already.
        if low <= start && end <= high {
            ranges.insert(place, cut(text, start..end, &marked, low..high, width));
        }
    }
    let mut place = Place::default();
    ranges
        .into_iter()
        .map(|range| {
            place.move_to(text, range.start);
            let runs = runs(text, range.clone(), &marked);
            let whole =
                |mark: &&Merged| range.start <= mark.range.start && mark.range.end <= range.end;
            let class = marked.iter().filter(whole).map(|mark| mark.best).min();
            let plain = runs.iter().take_while(|run| run.class.is_none());
            let first_match = range.start + plain.map(|run| run.text.len()).sum::<usize>();
            Fragment {
                paragraph: place.paragraph,
                start: place.chars,
                end: place.chars + text[range].chars().count(),
                first_match,
                class: class.unwrap_or(MatchClass::Exact),
                runs,
            }
        })
        .collect()
}

/// The runs of a range of `text`; marks that reach out of it are cut.
pub fn runs_of(text: &str, range: Range<usize>, marks: &[Mark]) -> Vec<Run> {
    runs(text, range, &merge_overlapping(marks, usize::MAX))
}

/// Marks that overlap, as one.
struct Merged {
    range: Range<usize>,
    /// The least class of them, which is shown.
    class: MatchClass,
    best: MatchClass,
    parts: Vec<usize>,
}

/// Bytes of most characters of a text.
const BYTES_A_CHARACTER: usize = 3;

/// Where marks overlap in a long chain (人人 in 人人人…) those that would make one of more than `most`
/// bytes are left out.
fn merge_overlapping(marks: &[Mark], most: usize) -> Vec<Merged> {
    let mut merged: Vec<Merged> = Vec::with_capacity(marks.len());
    for mark in marks {
        match merged.last_mut() {
            Some(last)
                if mark.range.start < last.range.end
                    && mark.range.end > last.range.end
                    && mark.range.end - last.range.start > most => {}
            Some(last) if mark.range.start < last.range.end => {
                last.range.end = last.range.end.max(mark.range.end);
                last.class = last.class.max(mark.class);
                last.best = last.best.min(mark.class);
                last.parts.push(mark.part);
            }
            _ => merged.push(Merged {
                range: mark.range.clone(),
                class: mark.class,
                best: mark.class,
                parts: vec![mark.part],
            }),
        }
    }
    merged
}

/// Marks that fit into one fragment.
struct Window {
    marks: Range<usize>,
    n_parts: usize,
}

impl Window {
    fn starting_at(text: &str, marks: &[Merged], first: usize, width: usize) -> Self {
        let start = marks[first].range.start;
        let mut end = first + 1;
        let mut n_chars = text[marks[first].range.clone()].chars().count();
        let mut reached = marks[first].range.end;
        while let Some(next) = marks.get(end) {
            if next.range.start > start + width * 4
                || text[reached..next.range.start].contains('\n')
            {
                break;
            }
            n_chars += text[reached..next.range.end].chars().count();
            if n_chars > width || text[next.range.clone()].contains('\n') {
                break;
            }
            reached = next.range.end;
            end += 1;
        }
        let mut parts: Vec<usize> = marks[first..end]
            .iter()
            .flat_map(|m| m.parts.clone())
            .collect();
        parts.sort_unstable();
        parts.dedup();
        Self {
            marks: first..end,
            n_parts: parts.len(),
        }
    }
}

/// Chooses the slice around `inner`, inside `bounds`; no mark is cut in two.
fn cut(
    text: &str,
    inner: Range<usize>,
    marked: &[Merged],
    bounds: Range<usize>,
    width: usize,
) -> Range<usize> {
    let paragraph_start = text[..inner.start].rfind('\n').map_or(0, |at| at + 1);
    let paragraph_end = text[inner.end..]
        .find('\n')
        .map_or(text.len(), |at| inner.end + at);
    let (low, high) = (
        paragraph_start.max(bounds.start),
        paragraph_end.min(bounds.end),
    );
    let budget = width.saturating_sub(text[inner.clone()].chars().count());
    let (before, after) = (&text[low..inner.start], &text[inner.end..high]);
    // The front may have two thirds to reach the start of its sentence, and more where the back
    // needs less.
    let n_after = after.chars().take(budget).count();
    let start = low + cut_front(before, (budget * 2 / 3).max(budget - n_after), budget / 3);
    let start = avoid_cutting(marked, start, inner.start, |mark| mark.end);
    let used = text[start..inner.start].chars().count();
    let end = inner.end + cut_back(after, budget.saturating_sub(used));
    let end = avoid_cutting(marked, end, inner.end, |mark| mark.start);
    start..end
}

/// Moves the border `at` of a fragment to `side` of the mark that it cuts, no further than `limit`.
fn avoid_cutting(
    marked: &[Merged],
    at: usize,
    limit: usize,
    side: impl Fn(&Range<usize>) -> usize,
) -> usize {
    let index = marked.partition_point(|mark| mark.range.end <= at);
    match marked.get(index) {
        Some(mark) if mark.range.start < at => {
            let moved = side(&mark.range);
            if moved < at {
                moved.max(limit)
            } else {
                moved.min(limit)
            }
        }
        _ => at,
    }
}

fn is_clause_end(c: char) -> bool {
    is_stop(c) || matches!(c, '，' | '：' | ',' | '—')
}

/// Signs that stay with what stands before them.
fn closes(c: char) -> bool {
    matches!(c, '”' | '’' | '」' | '』' | '）' | ')' | '》' | '】') || is_stop(c) || c == '，'
}

/// Byte at which a fragment may begin, given what precedes its first match: at the start of a
/// sentence within `budget` characters, else of a clause, else `fallback` characters before it.
fn cut_front(before: &str, budget: usize, fallback: usize) -> usize {
    let back = |n: usize| {
        before
            .char_indices()
            .rev()
            .take(n)
            .last()
            .map_or(before.len(), |(at, _)| at)
    };
    let reach = back(budget);
    if reach == 0 {
        return 0;
    }
    let within = &before[reach..];
    let behind = |pick: fn(char) -> bool| {
        let (at, c) = within.char_indices().find(|(_, c)| pick(*c))?;
        let rest = &within[at + c.len_utf8()..];
        Some(before.len() - rest.trim_start_matches(closes).len())
    };
    let border = behind(is_stop).or_else(|| behind(is_clause_end));
    border.unwrap_or_else(|| skip_word_rest(before, back(fallback)))
}

/// Byte behind which a fragment may end, given what follows its last match.
fn cut_back(after: &str, budget: usize) -> usize {
    let reach = after
        .char_indices()
        .nth(budget)
        .map_or(after.len(), |(at, _)| at);
    if reach == after.len() {
        return reach;
    }
    let within = &after[..reach];
    let last = |pick: fn(char) -> bool| {
        let (at, c) = within.char_indices().rev().find(|(_, c)| pick(*c))?;
        let rest = &within[at + c.len_utf8()..];
        let skip = rest.len() - rest.trim_start_matches(closes).len();
        Some(at + c.len_utf8() + skip)
    };
    // A sentence's end in the last two thirds, a clause's in the last half.
    let sentence = last(is_stop).filter(|end| *end * 3 >= reach);
    let clause = last(is_clause_end).filter(|end| *end * 2 >= reach);
    sentence.or(clause).unwrap_or_else(|| {
        let rest = within.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let cuts_word = after[reach..].starts_with(|c: char| c.is_ascii_alphanumeric());
        if cuts_word && !rest.is_empty() {
            rest.len()
        } else {
            reach
        }
    })
}

/// Moves a cut out of a number or an English word.
fn skip_word_rest(before: &str, cut: usize) -> usize {
    let in_word = before[..cut].ends_with(|c: char| c.is_ascii_alphanumeric());
    let rest = before[cut..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    if in_word && !rest.is_empty() {
        before.len() - rest.len()
    } else {
        cut
    }
}

fn runs(text: &str, range: Range<usize>, marks: &[Merged]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut at = range.start;
    let mut push = |piece: &str, class| {
        if !piece.is_empty() {
            runs.push(Run {
                text: piece.to_owned(),
                class,
            });
        }
    };
    for mark in marks {
        let (start, end) = (mark.range.start.max(at), mark.range.end.min(range.end));
        if start >= end {
            continue;
        }
        push(&text[at..start], None);
        push(&text[start..end], Some(mark.class));
        at = end;
    }
    push(&text[at..range.end], None);
    runs
}

/// Counts characters and paragraphs on the way through a text.
struct Place {
    bytes: usize,
    chars: usize,
    paragraph: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            bytes: 0,
            chars: 0,
            paragraph: 1,
        }
    }
}

impl Place {
    fn move_to(&mut self, text: &str, bytes: usize) {
        if bytes < self.bytes {
            *self = Self::default();
        }
        let passed = &text[self.bytes..bytes];
        self.chars += passed.chars().count();
        self.paragraph += passed.matches('\n').count();
        self.bytes = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Phrase, Scanner};
    use proptest::prelude::*;

    fn marks(text: &str, queries: &[&str]) -> Vec<Mark> {
        let phrases: Vec<Phrase> = queries.iter().filter_map(|q| Phrase::new(q)).collect();
        let matches = Scanner::new(&phrases).scan(text);
        let mark = |m: crate::analysis::Match| Mark {
            range: m.range,
            class: if m.exact {
                MatchClass::Exact
            } else {
                MatchClass::Normalized
            },
            part: m.phrase,
        };
        matches.into_iter().map(mark).collect()
    }

    fn shown(fragment: &Fragment) -> String {
        let run = |run: &Run| match run.class {
            None => run.text.clone(),
            Some(MatchClass::Exact) => format!("[{}]", run.text),
            Some(_) => format!("<{}>", run.text),
        };
        fragment.runs.iter().map(run).collect()
    }

    fn check(text: &str, queries: &[&str], n: usize, width: usize, expect: &[&str]) {
        let found = fragments(text, &marks(text, queries), n, width);
        let found: Vec<String> = found.iter().map(shown).collect();
        assert_eq!(found, expect, "{queries:?} in {text}");
    }

    const TEXT: &str = "全会发言\n刚才的报告总揽全局、立意深远，总结成绩客观全面，部署工作思路清晰，听了之后备受鼓舞。主要有三个方面感受。\n第一，工作思路要清。第二，工作作风要实，园区建设要快。";

    #[test]
    fn a_fragment_has_the_best_class_of_its_matches() {
        // They overlap, and are marked as one.
        let found = fragments("产业园区", &marks("产业园区", &["产业", "業园区"]), 1, 40);
        assert_eq!(found.len(), 1);
        assert_eq!(shown(&found[0]), "<产业园区>");
        assert_eq!(found[0].class, MatchClass::Exact);
    }

    #[test]
    fn fragments_begin_and_end_with_clauses() {
        check(
            TEXT,
            &["工作思路"],
            1,
            20,
            &["部署[工作思路]清晰，听了之后备受鼓舞。"],
        );
        check(
            TEXT,
            &["工作思路"],
            2,
            12,
            &["部署[工作思路]清晰，", "第一，[工作思路]要清。"],
        );
        check(
            TEXT,
            &["园区建设"],
            3,
            90,
            &["第一，工作思路要清。第二，工作作风要实，[园区建设]要快。"],
        );
    }

    #[test]
    fn a_fragment_with_more_parts_comes_before_others() {
        check(
            TEXT,
            &["工作思路", "园区建设"],
            1,
            40,
            &["第一，[工作思路]要清。第二，工作作风要实，[园区建设]要快。"],
        );
    }

    #[test]
    fn a_match_is_shown_whole_however_long() {
        check(
            TEXT,
            &["总结成绩客观全面部署工作思路清晰"],
            1,
            5,
            &["<总结成绩客观全面，部署工作思路清晰>"],
        );
        check(
            TEXT,
            &["感受。第一"],
            1,
            20,
            &["主要有三个方面<感受。\n第一>，工作思路要清"],
        );
    }

    #[test]
    fn a_chain_of_matches_is_no_longer_than_a_fragment() {
        let text = "人".repeat(1_000);
        let found = fragments(&text, &marks(&text, &["人人"]), 2, 20);
        let lens = found.iter().map(|f| f.end - f.start);
        assert_eq!(lens.collect::<Vec<_>>(), [20, 20]);
        assert!(found.iter().all(|f| f.class == MatchClass::Exact));
    }

    #[test]
    fn places_count_characters() {
        let found = fragments(TEXT, &marks(TEXT, &["园区建设"]), 1, 10);
        assert_eq!(
            (found[0].paragraph, shown(&found[0])),
            (3, "[园区建设]要快。".to_owned())
        );
        let slice: String = TEXT
            .chars()
            .skip(found[0].start)
            .take(found[0].end - found[0].start)
            .collect();
        assert_eq!(slice, "园区建设要快。");
    }

    proptest! {
        #[test]
        fn fragments_are_slices_that_show_a_match(
            text in "[甲乙丙，。“”\n a1]{0,120}",
            query in "[甲乙丙a1]{1,3}",
            n in 1usize..5,
            width in 1usize..60,
        ) {
            let marks = marks(&text, &[&query]);
            let found = fragments(&text, &marks, n, width);
            prop_assert_eq!(found.is_empty(), marks.is_empty());
            prop_assert!(found.len() <= n);
            let mut reached = 0;
            for fragment in &found {
                let slice: String = text.chars().skip(fragment.start).take(fragment.end - fragment.start).collect();
                let joined: String = fragment.runs.iter().map(|r| r.text.as_str()).collect();
                prop_assert_eq!(&slice, &joined);
                prop_assert!(fragment.start >= reached);
                reached = fragment.end;
                let before: String = text.chars().take(fragment.start).collect();
                prop_assert_eq!(fragment.paragraph, before.matches('\n').count() + 1);
                let marked: Vec<_> = fragment.runs.iter().filter(|r| r.class.is_some()).collect();
                prop_assert!(!marked.is_empty());
                let longest = marked.iter().map(|r| r.text.chars().count()).max().unwrap_or(0);
                prop_assert!(joined.chars().count() <= width.max(longest));
                // Whole: the units of a marked run hold the query.
                let phrase = Phrase::new(&query).expect("has units");
                prop_assert!(marked.iter().all(|r| !Scanner::new([&phrase]).scan(&r.text).is_empty()));
            }
        }
    }
}
