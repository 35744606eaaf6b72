//! A phrase as a sequence of units, and a scanner that finds phrases in a text by comparing units
//! one by one. The scanner needs no index: it marks what is shown and decides what an index of
//! units alone cannot, whether an occurrence has the query's very characters.

use std::ops::Range;

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use super::fold;
use super::surface::Surface;
use super::units::{OwnedUnit, Unit, collect, is_stop, split, split_marked};

/// A sequence of units with the text that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    units: Vec<OwnedUnit>,
    /// From the first unit to the last; what was before, behind and around is gone.
    text: String,
    /// The same between two characters, where a stop is at one of its ends: such a one counts only
    /// with something around it.
    padded: Option<Box<str>>,
}

/// Stands around a text whose stops at the ends count.
const PAD: &str = "一";

impl Phrase {
    /// The units of `text`; `None` where it has none (only punctuation, say).
    pub fn new(text: &str) -> Option<Self> {
        let units = collect(text);
        let (first, last) = (units.first()?, units.last()?);
        let text = text[first.1.start..last.1.end].to_owned();
        let units = units.into_iter().map(|(unit, _)| unit).collect();
        Some(Self {
            units,
            text,
            padded: None,
        })
    }

    /// The same of a piece of something larger, which goes on in `front` or at the `back`: a stop
    /// there is one of its units.
    pub(super) fn piece(text: &str, front: bool, back: bool) -> Option<Self> {
        let pad = |goes_on| if goes_on { PAD } else { "" };
        let padded = format!("{}{text}{}", pad(front), pad(back));
        let mut units = collect(&padded);
        units.drain(..usize::from(front));
        units.truncate(units.len() - usize::from(back));
        let (first, last) = (units.first()?, units.last()?);
        let has_stop = first.0 == OwnedUnit::Stop || last.0 == OwnedUnit::Stop;
        let text = padded[first.1.start..last.1.end].to_owned();
        Some(Self {
            padded: has_stop.then(|| format!("{PAD}{text}{PAD}").into()),
            units: units.into_iter().map(|(unit, _)| unit).collect(),
            text,
        })
    }

    /// Every sequence of `n` neighbouring units, each as a phrase.
    pub fn slices(&self, n: usize) -> impl Iterator<Item = Self> {
        self.units.windows(n).map(|units| Self {
            units: units.to_vec(),
            text: units
                .iter()
                .map(|unit| unit.as_unit().to_string())
                .collect(),
            padded: None,
        })
    }

    /// This phrase with another right behind it.
    #[must_use]
    pub fn followed_by(&self, next: &Self) -> Self {
        Self {
            units: [&self.units[..], &next.units[..]].concat(),
            text: format!("{}{}", self.text, next.text),
            padded: None,
        }
    }

    /// The units, at least one.
    pub fn units(&self) -> &[OwnedUnit] {
        &self.units
    }

    /// The text of the phrase, from its first unit to its last, as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How each unit was typed, and what stood between it and the next.
    pub fn surfaces(&self) -> Vec<Surface<'_>> {
        let Some(padded) = &self.padded else {
            return surfaces(&self.text);
        };
        let mut surfaces = surfaces(padded);
        surfaces.pop();
        surfaces.drain(..1);
        surfaces
    }
}

/// How each unit of `text` is written; nothing follows the last.
pub fn surfaces(text: &str) -> Vec<Surface<'_>> {
    let mut surfaces = Vec::new();
    for_each_surface(text, |_, surface| surfaces.push(surface));
    surfaces
}

/// Calls `sink` with each unit of `text` and its surface.
pub fn for_each_surface<'t>(text: &'t str, mut sink: impl FnMut(Unit<'_>, Surface<'t>)) {
    // A unit's surface needs the start of the next; so each is held back until that is known.
    let mut held_run = String::new();
    let mut held: Option<(Unit<'static>, Range<usize>, bool)> = None;
    let mut release = |held: &Option<(Unit<'static>, Range<usize>, bool)>, run: &str, next| {
        let Some((unit, range, is_plain)) = held else {
            return;
        };
        if *is_plain && range.end == next {
            return sink(*unit, Surface::PLAIN);
        }
        let unit = match unit {
            Unit::Run(_) => Unit::Run(run),
            other => *other,
        };
        // Two units out of one character (㈱) have no writing of their own.
        let gap = text.get(range.end..next).unwrap_or("");
        sink(unit, Surface::of(unit, &text[range.clone()], gap));
    };
    split_marked(text, |unit, range, is_plain| {
        release(&held, &held_run, range.start);
        let kept = match unit {
            Unit::Run(run) => {
                held_run.clear();
                held_run.push_str(run);
                Unit::Run("")
            }
            Unit::Stop => Unit::Stop,
            Unit::Mask => Unit::Mask,
            Unit::Han(c) => Unit::Han(c),
        };
        held = Some((kept, range, is_plain));
    });
    let end = held.as_ref().map_or(0, |(_, range, _)| range.end);
    release(&held, &held_run, end);
}

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
}

#[derive(Clone, Debug)]
struct Wanted {
    codes: Vec<u32>,
    /// As it was typed.
    text: String,
    /// Every way to write one of its units; one of these stands in each occurrence.
    anchors: Vec<Finder<'static>>,
    /// A stop is one of its units: it may go from sentence to sentence.
    crosses: bool,
}

/// Phrases up to which a text is searched for anchors before its units are made.
const MAX_ANCHORED: usize = 4;

impl Scanner {
    /// A scanner for these phrases.
    pub fn new<'a>(phrases: impl IntoIterator<Item = &'a Phrase>) -> Self {
        let mut scanner = Self::default();
        for phrase in phrases {
            let codes = phrase
                .units
                .iter()
                .map(|unit| scanner.intern(unit))
                .collect();
            scanner.phrases.push(Wanted {
                codes,
                text: phrase.text.clone(),
                anchors: anchors(phrase),
                crosses: phrase.units.contains(&OwnedUnit::Stop),
            });
        }
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
        let mut matches = Vec::new();
        let first = phrases.start;
        let Some(wanted) = self
            .phrases
            .get(phrases)
            .filter(|wanted| !wanted.is_empty())
        else {
            return matches;
        };
        for stretch in stretches(text, wanted) {
            self.scan_stretch(text, stretch, first, wanted, &mut matches);
        }
        matches.sort_by_key(|m| (m.range.start, m.range.end, m.phrase));
        matches
    }

    fn scan_stretch(
        &self,
        text: &str,
        stretch: Range<usize>,
        first: usize,
        wanted: &[Wanted],
        matches: &mut Vec<Match>,
    ) {
        let (part, base) = (&text[stretch.clone()], stretch.start);
        let mut codes = Vec::with_capacity(part.len() / 3 + 8);
        let mut ranges: Vec<(u32, u32)> = Vec::with_capacity(part.len() / 3 + 8);
        split(part, |unit, range| {
            codes.push(match unit {
                Unit::Han(c) => c as u32,
                other => self.code(other),
            });
            ranges.push((range.start as u32, range.end as u32));
        });
        // Most units begin none of the phrases.
        let mut begins = [false; 256];
        for wanted in wanted {
            begins[wanted.codes[0] as usize % 256] = true;
        }
        for at in 0..codes.len() {
            if !begins[codes[at] as usize % 256] {
                continue;
            }
            for (phrase, wanted) in (first..).zip(wanted) {
                if codes[at..].starts_with(&wanted.codes) {
                    let last = at + wanted.codes.len() - 1;
                    let range = base + ranges[at].0 as usize..base + ranges[last].1 as usize;
                    let exact = text[range.clone()] == wanted.text;
                    matches.push(Match {
                        phrase,
                        range,
                        exact,
                    });
                }
            }
        }
    }
}

/// Every way to write the unit of a phrase that can be written in the fewest ways; none if it has
/// no Chinese character.
fn anchors(phrase: &Phrase) -> Vec<Finder<'static>> {
    let sources = phrase.units.iter().filter_map(|unit| match unit {
        OwnedUnit::Han(c) => Some(fold::sources(*c)),
        _ => None,
    });
    let fewest = sources.min_by_key(Vec::len).unwrap_or_default();
    let finder = |c: &char| Finder::new(c.encode_utf8(&mut [0; 4])).into_owned();
    fewest.iter().map(finder).collect()
}

/// The parts of `text` in which some of `wanted` may stand, ascending: the sentences around anchors,
/// or the whole text where that would not be sooner done.
fn stretches(text: &str, wanted: &[Wanted]) -> Vec<Range<usize>> {
    let anchored = |wanted: &Wanted| !wanted.anchors.is_empty() && !wanted.crosses;
    if wanted.len() > MAX_ANCHORED || !wanted.iter().all(anchored) {
        let all = 0..text.len();
        return vec![all];
    }
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for anchor in wanted.iter().flat_map(|wanted| &wanted.anchors) {
        let mut from = 0;
        while let Some(found) = anchor.find(&text.as_bytes()[from..]) {
            let at = from + found;
            let stop = text[..at].char_indices().rev().find(|(_, c)| is_stop(*c));
            let start = stop.map_or(0, |(stop, c)| stop + c.len_utf8());
            let end = text[at..].find(is_stop).map_or(text.len(), |end| at + end);
            stretches.push(start..end);
            from = end.max(at + 1);
        }
    }
    stretches.sort_unstable_by_key(|stretch| (stretch.start, stretch.end));
    stretches.dedup();
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn overlapping_occurrences_all_count() {
        check("人人", "人人人", &[("人人", true), ("人人", true)]);
    }

    #[test]
    fn stops_inside_count_and_at_the_ends_do_not() {
        check("好。第一", "好！\n第一", &[("好！\n第一", false)]);
        check("好第一", "好。第一", &[]);
        check("。好。", "好", &[("好", true)]);
    }

    #[test]
    fn a_phrase_without_units_is_none() {
        assert_eq!(Phrase::new("，、“”。"), None);
        assert_eq!(Phrase::new(""), None);
    }

    #[test]
    fn surfaces_follow_the_text() {
        let codes: Vec<u8> = surfaces("加入WTO，產業。好")
            .iter()
            .map(|s| s.code())
            .collect();
        assert_eq!(codes, [0, 0, 15, 10, 10, 0, 0]);
    }
}
