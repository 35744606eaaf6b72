//! What is marked in a text, and counted: the parts of a query that made its document match.

use std::ops::Range;

use crate::analysis::{Match, Phrase, Scanner, units, words};
use crate::query::Field;
use crate::query::{Leaf, LeafKind, Node};
use crate::search::{Total, Zone};
use crate::snippet::{Mark, MatchClass};

/// The parts of one leaf. Where the whole occurs, only that counts; else each of its words does.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) zone: Zone,
    pub(super) whole: Phrase,
    /// Empty for a phrase, and for a keyword of a single word.
    pub(super) words: Vec<Phrase>,
    /// Words with only grammar to tell. They have to stand in the text, too, but are neither marked
    /// nor counted.
    pub(super) function_words: Vec<Phrase>,
}

impl Parts {
    /// The parts of a leaf, looked for in `zone` unless it says otherwise itself; `None` if it has
    /// no units.
    pub(super) fn of(leaf: &Leaf, zone: Zone) -> Option<Self> {
        let whole = Phrase::new(&leaf.text)?;
        let (mut words, mut function_words): (Vec<Phrase>, Vec<Phrase>) = Default::default();
        if leaf.kind == LeafKind::Keyword && whole.units().len() > 1 {
            let ranges = words_of_units(&leaf.text);
            let says_something =
                |range: &Range<usize>| !words::is_function(&leaf.text[range.clone()]);
            let any = ranges.iter().any(says_something);
            for range in ranges {
                let into = if any && !says_something(&range) {
                    &mut function_words
                } else {
                    &mut words
                };
                let word = Phrase::new(&leaf.text[range]);
                into.extend(word.filter(|w| !into.iter().any(|p| p.units() == w.units())));
            }
        }
        if words.len() == 1 && words[0].units() == whole.units() {
            words.clear();
        }
        let zone = match leaf.field {
            Field::Title => Zone::Title,
            Field::Text => zone,
        };
        Some(Self {
            zone,
            whole,
            words,
            function_words,
        })
    }

    /// The parts of all leaves that are not under NOT; the same asked twice is one.
    pub(super) fn of_all(root: &Node, zone: Zone) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        root.for_each_positive(&mut |leaf| {
            let parts = Self::of(leaf, zone);
            let known = |p: &Self| {
                all.iter()
                    .any(|a| a.zone == p.zone && a.whole.units() == p.whole.units())
            };
            let new = parts.filter(|p| !known(p));
            all.extend(new);
        });
        all
    }
}

/// Cuts a text into words at borders of units: the dictionary cuts inside `13.5`, which no text
/// that holds `13.5` could match.
fn words_of_units(text: &str) -> Vec<Range<usize>> {
    let words = words::segment(text);
    let mut cut: Vec<Range<usize>> = Vec::new();
    let mut word = 0;
    for (_, unit) in units::collect(text) {
        while words.get(word).is_some_and(|w| w.end <= unit.start) {
            word += 1;
        }
        match cut.last_mut() {
            // The unit goes on in a word that has begun, or begins inside of what is taken.
            Some(last)
                if words
                    .get(word)
                    .is_some_and(|w| w.start < unit.start && w.start < last.end)
                    || unit.start < last.end =>
            {
                last.end = last.end.max(unit.end);
            }
            _ => cut.push(unit),
        }
    }
    cut
}

/// Marks the matches of a query in texts.
#[derive(Debug, Default)]
pub(super) struct Highlighter {
    leaves: Vec<(Zone, usize, Range<usize>)>,
    scanner: Scanner,
}

impl Highlighter {
    /// For the leaves of a query that are not under NOT.
    pub(super) fn new(root: Option<&Node>, zone: Zone) -> Self {
        let all = root.map_or_else(Vec::new, |root| Parts::of_all(root, zone));
        Self::of_parts(&all)
    }

    pub(super) fn of_parts(all: &[Parts]) -> Self {
        let mut phrases: Vec<&Phrase> = Vec::new();
        let mut leaves = Vec::new();
        for parts in all {
            let whole = phrases.len();
            phrases.push(&parts.whole);
            phrases.extend(&parts.words);
            leaves.push((parts.zone, whole, whole + 1..phrases.len()));
        }
        Self {
            leaves,
            scanner: Scanner::new(phrases),
        }
    }

    /// The matches in a text whose first line is `title_line`, if that is its title. Sorted.
    pub(super) fn marks(&self, text: &str, title_in_text: bool) -> Vec<Mark> {
        let title_end = if title_in_text {
            text.find('\n').unwrap_or(text.len())
        } else {
            0
        };
        let mut marks = Vec::new();
        for (part, (zone, whole, words)) in self.leaves.iter().enumerate() {
            let inside = |m: &&Match| match zone {
                Zone::All => true,
                Zone::Title => m.range.end <= title_end,
                Zone::Body => m.range.start >= title_end,
            };
            let of = |phrases: Range<usize>| {
                let mut found = self.scanner.scan_for(text, phrases);
                found.retain(|m| inside(&m));
                found
            };
            let mut found = of(*whole..*whole + 1);
            if found.is_empty() {
                found = of(words.clone());
            }
            marks.extend(found.into_iter().map(|m| Mark {
                range: m.range,
                class: if m.exact {
                    MatchClass::Exact
                } else {
                    MatchClass::Normalized
                },
                part: part * 64 + m.phrase - whole,
            }));
        }
        marks.sort_by_key(|mark| (mark.range.start, mark.range.end));
        marks
    }

    /// Occurrences in one document, as the index counts them.
    pub(super) fn count(&self, text: &str, title: &str, title_in_text: bool) -> Total {
        let mut total = Total {
            documents: 1,
            ..Total::default()
        };
        let mut add = |marks: &[Mark]| {
            for mark in marks {
                total.occurrences += 1;
                match mark.class {
                    MatchClass::Exact => total.exact += 1,
                    MatchClass::Normalized => total.normalized += 1,
                }
            }
        };
        if title_in_text {
            add(&self.marks(text, true));
            return total;
        }
        // A title that is the file's name does not stand in the text.
        add(&self.only(|zone| zone != Zone::Title).marks(text, false));
        add(&self.only(|zone| zone == Zone::Title).marks(title, true));
        total
    }

    fn only(&self, pick: impl Fn(Zone) -> bool) -> Self {
        let leaves = self.leaves.iter().filter(|leaf| pick(leaf.0)).cloned();
        Self {
            leaves: leaves.collect(),
            scanner: self.scanner.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, words: &[&str]) {
        let cut: Vec<&str> = words_of_units(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(cut, words);
    }

    #[test]
    fn words_do_not_cut_units() {
        check("现代化产业体系", &["现代化", "产业", "体系"]);
        check("新增13.5亿元", &["新增", "13.5", "亿元"]);
        check("1,000万元，5G＋工业", &["1,000", "万元", "5G", "工业"]);
        check("カタカナ发展", &["カタカナ", "发展"]);
    }
}
