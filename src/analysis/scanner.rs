//! Finds phrases in a text by comparing units one by one. It needs no index: it marks what is shown
//! and decides what an index of units alone cannot, whether an occurrence has the query's very
//! characters.
//!
//! A phrase of Chinese characters is looked for by one of them, its anchor: what stands around each
//! place of it is compared character by character. Only where something else than characters and
//! common punctuation is met are units made, of the sentence. Other phrases are compared with the
//! units of the whole text.

use std::ops::Range;

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use super::fold::{self, fold_block};
use super::phrase::Phrase;
use super::units::{OwnedUnit, Unit, is_stop, split};

/// One occurrence of a phrase in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which of the scanner's phrases.
    pub phrase: usize,
    /// Byte range in the text.
    pub range: Range<usize>,
    /// Whether the text has the phrase's very characters.
    pub exact: bool,
}

/// Code of a unit that stands in no phrase of the scanner.
const UNKNOWN: u32 = 0;
const STOP: u32 = 1;
const MASK: u32 = 2;
/// Codes of runs start above the last character.
const FIRST_RUN: u32 = 0x20_0000;

/// Finds every occurrence of some phrases in texts.
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    runs: FxHashMap<Box<str>, u32>,
    phrases: Vec<Wanted>,
    /// The first unit of each phrase and its number, sorted.
    by_first: Vec<(u32, usize)>,
    /// A bit for each of [`SLOTS`]: whether a phrase begins with a unit of that slot.
    begins: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Wanted {
    codes: Vec<u32>,
    /// As it was typed.
    text: String,
    /// For a phrase of Chinese characters.
    anchor: Option<Anchor>,
}

/// A unit by which places of a phrase are found.
#[derive(Clone, Debug)]
struct Anchor {
    /// Which of the phrase's units it is.
    index: usize,
    /// Every way to write it; one of these stands in each occurrence.
    finders: Vec<Finder<'static>>,
}

/// Slots that first units are put into by their codes.
const SLOTS: usize = 4_096;

/// Phrases up to which a text is searched for anchors before its units are made.
const MAX_ANCHORED: usize = 4;

impl Scanner {
    /// A scanner for these phrases.
    pub fn new<'a>(phrases: impl IntoIterator<Item = &'a Phrase>) -> Self {
        let mut scanner = Self::default();
        for phrase in phrases {
            let units = phrase.units().iter();
            let codes = units.map(|unit| scanner.intern(unit)).collect();
            scanner.phrases.push(Wanted {
                codes,
                text: phrase.text().to_owned(),
                anchor: Anchor::of(phrase),
            });
        }
        scanner.begins = vec![0; SLOTS / 64];
        for (phrase, wanted) in scanner.phrases.iter().enumerate() {
            let first = wanted.codes[0];
            let slot = first as usize % SLOTS;
            scanner.begins[slot / 64] |= 1 << (slot % 64);
            scanner.by_first.push((first, phrase));
        }
        scanner.by_first.sort_unstable();
        scanner
    }

    fn intern(&mut self, unit: &OwnedUnit) -> u32 {
        match unit {
            OwnedUnit::Run(run) => {
                let next = FIRST_RUN + self.runs.len() as u32;
                *self.runs.entry(run.clone()).or_insert(next)
            }
            other => self.code(other.as_unit()),
        }
    }

    fn code(&self, unit: Unit<'_>) -> u32 {
        match unit {
            Unit::Stop => STOP,
            Unit::Mask => MASK,
            Unit::Han(c) => c as u32,
            Unit::Run(run) => self.runs.get(run).copied().unwrap_or(UNKNOWN),
        }
    }

    /// Every occurrence of every phrase in `text`, overlapping ones too, by start, then by end.
    pub fn scan(&self, text: &str) -> Vec<Match> {
        self.scan_for(text, 0..self.phrases.len())
    }

    /// The same for some of the phrases, by their numbers.
    pub fn scan_for(&self, text: &str, phrases: Range<usize>) -> Vec<Match> {
        let wanted = self.phrases.get(phrases.clone()).unwrap_or_default();
        let mut matches = Vec::new();
        if self.makes_units(phrases.clone()) {
            self.scan_units(text, phrases, &mut matches);
        } else {
            for (phrase, wanted) in phrases.zip(wanted) {
                self.scan_by_anchor(text, phrase, wanted, &mut matches);
            }
        }
        matches.sort_by_key(|m| (m.range.start, m.range.end, m.phrase));
        matches
    }

    /// Whether a scan for some of the phrases makes the units of the whole text. Then all are better
    /// scanned for at once than some after some.
    pub fn makes_units(&self, phrases: Range<usize>) -> bool {
        let wanted = self.phrases.get(phrases).unwrap_or_default();
        wanted.len() > MAX_ANCHORED || wanted.iter().any(|one| one.anchor.is_none())
    }

    fn scan_by_anchor(&self, text: &str, phrase: usize, wanted: &Wanted, matches: &mut Vec<Match>) {
        let Some(anchor) = &wanted.anchor else {
            return;
        };
        for finder in &anchor.finders {
            // Anchors ascend, and there may be very many in one sentence.
            let mut sentence = Sentence::default();
            for at in finder.find_iter(text.as_bytes()) {
                match around(text, at, anchor.index, &wanted.codes) {
                    Around::Is(range) => matches.push(wanted.found(phrase, text, range)),
                    Around::IsNot => {}
                    Around::Unclear => {
                        if !sentence.bytes.contains(&at) {
                            sentence = self.sentence(text, at);
                        }
                        let found = sentence.around(at, anchor.index, &wanted.codes);
                        matches.extend(found.map(|range| wanted.found(phrase, text, range)));
                    }
                }
            }
        }
    }

    /// Makes units of the sentence around the character at byte `at`.
    fn sentence(&self, text: &str, at: usize) -> Sentence {
        let stop = text[..at].char_indices().rev().find(|(_, c)| is_stop(*c));
        let start = stop.map_or(0, |(stop, c)| stop + c.len_utf8());
        let end = text[at..].find(is_stop).map_or(text.len(), |end| at + end);
        let (codes, ranges) = self.units(&text[start..end]);
        Sentence {
            bytes: start..end,
            codes,
            ranges,
        }
    }

    /// The codes of a text's units, and where each is.
    fn units(&self, text: &str) -> (Vec<u32>, Vec<(u32, u32)>) {
        let mut codes = Vec::with_capacity(text.len() / 3 + 8);
        let mut ranges = Vec::with_capacity(text.len() / 3 + 8);
        split(text, |unit, range| {
            codes.push(match unit {
                Unit::Han(c) => c as u32,
                other => self.code(other),
            });
            ranges.push((range.start as u32, range.end as u32));
        });
        (codes, ranges)
    }

    fn scan_units(&self, text: &str, picked: Range<usize>, matches: &mut Vec<Match>) {
        let (codes, ranges) = self.units(text);
        for at in 0..codes.len() {
            for phrase in self.beginning_with(codes[at], &picked) {
                let wanted = &self.phrases[phrase];
                if codes[at..].starts_with(&wanted.codes) {
                    let last = at + wanted.codes.len() - 1;
                    let range = ranges[at].0 as usize..ranges[last].1 as usize;
                    matches.push(wanted.found(phrase, text, range));
                }
            }
        }
    }

    /// Those of the phrases `picked` that begin with a unit.
    #[inline]
    fn beginning_with(&self, code: u32, picked: &Range<usize>) -> impl Iterator<Item = usize> {
        // Most units begin none of the phrases.
        let slot = code as usize % SLOTS;
        let may_begin = self.begins.get(slot / 64).copied().unwrap_or(0) >> (slot % 64) & 1 == 1;
        let from = if may_begin {
            self.by_first
                .partition_point(|first| *first < (code, picked.start))
        } else {
            self.by_first.len()
        };
        let rest = self.by_first[from..].iter();
        rest.take_while(move |(first, phrase)| *first == code && *phrase < picked.end)
            .map(|(_, phrase)| *phrase)
    }
}

impl Wanted {
    fn found(&self, phrase: usize, text: &str, range: Range<usize>) -> Match {
        let exact = text[range.clone()] == self.text;
        Match {
            phrase,
            range,
            exact,
        }
    }
}

impl Anchor {
    /// The unit of a phrase that can be written in the fewest ways; `None` if one of its units is no
    /// Chinese character.
    fn of(phrase: &Phrase) -> Option<Self> {
        let mut fewest: Option<(usize, Vec<char>)> = None;
        for (index, unit) in phrase.units().iter().enumerate() {
            let OwnedUnit::Han(c) = unit else {
                return None;
            };
            let sources = fold::sources(*c);
            if fewest
                .as_ref()
                .is_none_or(|(_, few)| sources.len() < few.len())
            {
                fewest = Some((index, sources));
            }
        }
        let (index, sources) = fewest?;
        let finder = |c: &char| Finder::new(c.encode_utf8(&mut [0; 4])).into_owned();
        Some(Self {
            index,
            finders: sources.iter().map(finder).collect(),
        })
    }
}

/// A sentence of a text.
#[derive(Default)]
struct Sentence {
    /// Where it stands in the text.
    bytes: Range<usize>,
    /// Of each of its units the code, and the bytes of the sentence that it was read from.
    codes: Vec<u32>,
    ranges: Vec<(u32, u32)>,
}

impl Sentence {
    /// Where in the text units with these codes stand, of which the `index`-th was read from byte
    /// `at` of the text.
    fn around(&self, at: usize, index: usize, codes: &[u32]) -> impl Iterator<Item = Range<usize>> {
        let start = self.bytes.start;
        let here = (at - start) as u32;
        let from = self.ranges.partition_point(|range| range.0 < here);
        // One character may be several units.
        let units = self.ranges[from..].iter().take_while(move |r| r.0 == here);
        let firsts = (from..)
            .zip(units)
            .map(move |(unit, _)| unit.checked_sub(index));
        let found = firsts
            .flatten()
            .filter(|first| self.codes[*first..].starts_with(codes));
        found.map(move |first| {
            let last = first + codes.len() - 1;
            start + self.ranges[first].0 as usize..start + self.ranges[last].1 as usize
        })
    }
}

/// What stands around an anchor.
enum Around {
    Is(Range<usize>),
    IsNot,
    /// Not only characters and common punctuation.
    Unclear,
}

/// Signs that are no units and touch none, whatever stands beside them.
fn is_gap(c: char) -> bool {
    matches!(
        c,
        '，' | '、' | '“' | '”' | '：' | '《' | '》' | '（' | '）' | ' ' | '\u{3000}' | '·' | '—'
    )
}

/// Compares the characters around the one at byte `at` with `codes`, of which it is the `index`-th.
fn around(text: &str, at: usize, index: usize, codes: &[u32]) -> Around {
    let (mut start, mut end) = (at, at);
    let (before, behind) = codes.split_at(index);
    let mut wanted = behind.iter();
    let mut next = wanted.next();
    let mut chars = text[at..].chars();
    let mut passed = at;
    while let Some(code) = next {
        let Some(c) = chars.next() else {
            return Around::IsNot;
        };
        passed += c.len_utf8();
        match fold_block(c) {
            Some(folded) if folded as u32 == *code => (end, next) = (passed, wanted.next()),
            Some(_) => return Around::IsNot,
            None if is_gap(c) => {}
            None => return Around::Unclear,
        }
    }
    let mut wanted = before.iter().rev();
    let mut next = wanted.next();
    let mut chars = text[..at].chars().rev();
    let mut passed = at;
    while let Some(code) = next {
        let Some(c) = chars.next() else {
            return Around::IsNot;
        };
        passed -= c.len_utf8();
        match fold_block(c) {
            Some(folded) if folded as u32 == *code => (start, next) = (passed, wanted.next()),
            Some(_) => return Around::IsNot,
            None if is_gap(c) => {}
            None => return Around::Unclear,
        }
    }
    Around::Is(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(phrase: &str, text: &str) -> Vec<(String, bool)> {
        let phrase = Phrase::new(phrase).expect("has units");
        let matches = Scanner::new([&phrase]).scan(text);
        let shown = matches
            .into_iter()
            .map(|m| (text[m.range].to_owned(), m.exact));
        shown.collect()
    }

    fn check(phrase: &str, text: &str, expect: &[(&str, bool)]) {
        let expect: Vec<_> = expect.iter().map(|(s, e)| ((*s).to_owned(), *e)).collect();
        assert_eq!(found(phrase, text), expect, "{phrase} in {text}");
    }

    #[test]
    fn finds_across_punctuation_and_keeps_the_source() {
        check("“科创十条”", "出台“科创十条”，", &[("科创十条", true)]);
        check(
            "出台科创十条",
            "出台“科创十条”",
            &[("出台“科创十条", false)],
        );
        check("产业", "產業、产业", &[("產業", false), ("产业", true)]);
        check("WTO", "wto WTO WTOX", &[("wto", false), ("WTO", true)]);
        check("5亿元", "13.5亿元，5亿元", &[("5亿元", true)]);
    }

    #[test]
    fn a_character_with_several_forms_is_found_once() {
        check("崎", "宮﨑、长崎", &[("﨑", false), ("崎", true)]);
    }

    #[test]
    fn a_sentence_without_end_takes_no_time() {
        // Units of all of it were made for every one of these places.
        let text = "甲1乙".repeat(100_000) + "甲乙";
        check("甲乙", &text, &[("甲乙", true)]);
    }

    #[test]
    fn overlapping_occurrences_all_count() {
        check("人人", "人人人", &[("人人", true), ("人人", true)]);
    }

    #[test]
    fn stops_inside_count_and_at_the_ends_do_not() {
        check("好。第一", "好！\n第一", &[("好！\n第一", false)]);
        check("好第一", "好。第一", &[]);
        check("。好。", "好", &[("好", true)]);
    }

    proptest! {
        #[test]
        fn many_phrases_are_found_as_each_by_itself(
            text in "[甲乙丙1a*，。]{0,60}",
            phrases in prop::collection::vec("[甲乙丙1a*]{1,3}", 1..12),
            from in 0usize..4,
        ) {
            let phrases: Vec<Phrase> = phrases.iter().filter_map(|p| Phrase::new(p)).collect();
            let picked = from.min(phrases.len())..phrases.len();
            let mut each = Vec::new();
            for phrase in picked.clone() {
                let alone = Scanner::new([&phrases[phrase]]).scan(&text).into_iter();
                each.extend(alone.map(|found| Match { phrase, ..found }));
            }
            each.sort_by_key(|m| (m.range.start, m.range.end, m.phrase));
            prop_assert_eq!(Scanner::new(&phrases).scan_for(&text, picked), each);
        }

        #[test]
        fn anchors_find_what_units_do(
            text in "[甲乙丙產产龙龍㈱㍻１1aＷx*×，、“”（ 。\n…\u{301}\u{fe30}]{0,60}",
            phrase in "[甲乙丙产龙平成株]{1,4}",
        ) {
            let phrase = Phrase::new(&phrase).expect("has units");
            let scanner = Scanner::new([&phrase]);
            let mut by_units = Vec::new();
            scanner.scan_units(&text, 0..1, &mut by_units);
            prop_assert_eq!(scanner.scan(&text), by_units);
        }
    }
}
