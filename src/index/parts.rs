//! What a leaf of a query looks for: its wordings, and the words of a keyword.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use crate::analysis::numbers::variants_with_borders;
use crate::analysis::pattern::can_be_masked;
use crate::analysis::{Pattern, Phrase, units, words};
use crate::query::{Field, Leaf, LeafKind, Node, Numbers};
use crate::search::{Mask, Zone};

/// Wordings that are looked for under masks: the one that was typed, and all numbers in one notation.
const MAX_MASKABLE: usize = 7;

/// One way to write what is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wording {
    pub(super) pattern: Pattern,
    /// Characters that must not touch it before and behind: it would be part of a larger number.
    pub(super) before: &'static [char],
    pub(super) behind: &'static [char],
}

/// Something to find: as it was typed, in other notations of its numbers, under masks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sought {
    /// The first is the one that was typed.
    pub(super) wordings: Arc<[Wording]>,
    pub(super) mask: Mask,
}

impl Hash for Sought {
    /// Of the wordings only the first and how many there are: the others follow from it.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.wordings.first().hash(state);
        self.wordings.len().hash(state);
        self.mask.hash(state);
    }
}

impl Sought {
    /// What `text` asks for; `None` if it has no units.
    pub(super) fn new(text: &str, numbers: Numbers, mask: Mask) -> Option<Self> {
        let pattern = Pattern::new(text)?;
        let mut wordings = vec![Wording {
            pattern,
            before: &[],
            behind: &[],
        }];
        let variants = match numbers {
            Numbers::Also => variants_with_borders(text),
            Numbers::Off => Vec::new(),
        };
        for variant in variants {
            let (before, behind) = variant.borders();
            let pattern = Pattern::new(&variant.text);
            wordings.extend(pattern.map(|pattern| Wording {
                pattern,
                before,
                behind,
            }));
        }
        Some(Self {
            wordings: wordings.into(),
            mask,
        })
    }

    /// The phrase that was typed, if it is no more than that.
    pub(super) fn typed(&self) -> Option<&Phrase> {
        self.wordings.first()?.pattern.as_phrase()
    }

    /// The phrase, if it has no other wordings.
    pub(super) fn only_phrase(&self) -> Option<&Phrase> {
        self.typed().filter(|_| self.wordings.len() == 1)
    }

    /// Whether masks may hide parts of it.
    pub(super) fn may_be_masked(&self) -> bool {
        self.maskable().next().is_some()
    }

    /// The wordings of which masks may hide parts, each with its phrase: of those in other notations
    /// only the likeliest.
    pub(super) fn maskable(&self) -> impl Iterator<Item = (&Wording, &Phrase)> {
        let n = if self.mask == Mask::Off {
            0
        } else {
            MAX_MASKABLE
        };
        let wordings = self.wordings.iter().take(n);
        let phrases = wordings.filter_map(|w| Some((w, w.pattern.as_phrase()?)));
        phrases.filter(|(_, phrase)| can_be_masked(phrase))
    }

    /// The wordings that are plain phrases.
    pub(super) fn whole_phrases(&self) -> impl Iterator<Item = &Phrase> {
        let wordings = self.wordings.iter();
        wordings.filter_map(|wording| wording.pattern.as_phrase())
    }

    /// The parts of all wordings.
    pub(super) fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.wordings
            .iter()
            .flat_map(|wording| wording.pattern.parts())
    }

    fn is_same(&self, other: &Self) -> bool {
        let units = |sought: &Self| sought.typed().map(|phrase| phrase.units().to_vec());
        match (units(self), units(other)) {
            (Some(a), Some(b)) => a == b,
            _ => self == other,
        }
    }
}

/// The parts of one leaf. Where the whole occurs, only that counts; else each of its words does.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) zone: Zone,
    pub(super) whole: Sought,
    /// Empty for a phrase, and for a keyword of a single word.
    pub(super) words: Vec<Sought>,
    /// Words with only grammar to tell. They have to stand in the text, too, but are neither marked
    /// nor counted.
    pub(super) function_words: Vec<Sought>,
}

impl Parts {
    /// The parts of a leaf, looked for in `zone` unless it says otherwise itself; `None` if it has
    /// no units.
    pub(super) fn of(leaf: &Leaf, zone: Zone, mask: Mask) -> Option<Self> {
        let whole = Sought::new(&leaf.text, leaf.numbers, mask)?;
        let (mut words, mut function_words): (Vec<Sought>, Vec<Sought>) = Default::default();
        let several = whole.typed().is_some_and(|phrase| phrase.units().len() > 1);
        // Without openings at its ends.
        let text = whole.typed().map_or("", Phrase::text);
        // Only a whole can be found under masks.
        if leaf.kind == LeafKind::Keyword && several && mask != Mask::Only {
            let ranges = words_of_units(text);
            let says_something = |range: &Range<usize>| !words::is_function(&text[range.clone()]);
            let any = ranges.iter().any(says_something);
            for range in ranges {
                let into = if any && !says_something(&range) {
                    &mut function_words
                } else {
                    &mut words
                };
                let word = Sought::new(&text[range], leaf.numbers, Mask::Off);
                into.extend(word.filter(|w| !into.iter().any(|known| known.is_same(w))));
            }
        }
        if let [word] = &words[..]
            && word.is_same(&whole)
        {
            words.clear();
        }
        Some(Self {
            zone: zone_of(leaf, zone),
            whole,
            words,
            function_words,
        })
    }

    /// The parts of all leaves that are not under NOT.
    pub(super) fn of_all(root: &Node, zone: Zone, mask: Mask) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        root.for_each_positive(&mut |leaf| {
            all.extend(Self::of(leaf, zone, mask));
        });
        all
    }

    /// Whether both look for the same in the same place, perhaps written otherwise, or one for its
    /// words as well.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.zone == other.zone && self.whole.is_same(&other.whole)
    }
}

/// Where a leaf is looked for: in `zone` unless it says otherwise itself.
pub(super) fn zone_of(leaf: &Leaf, zone: Zone) -> Zone {
    match leaf.field {
        Field::Title => Zone::Title,
        Field::Heading => Zone::Heading,
        Field::Text => zone,
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
