//! Places of a text at which some units of a phrase are struck out.
//!
//! A place has one mask or two. Of the units that stand beside masks those that are in the phrase are
//! found first, and then put together: a phrase of a thousand equal characters takes no longer than
//! any other.

use std::cmp::Reverse;
use std::ops::Range;

use super::{Agreement, Found, TextUnits};
use crate::analysis::phrase::Phrase;
use crate::analysis::units::OwnedUnit;

/// Fewest units of a phrase that have to be left.
pub const MIN_LITERAL: usize = 2;

/// Whether masks may hide some of a phrase: it has three units at least, of which two are left, and
/// neither stops nor masks.
pub fn can_be_masked(phrase: &Phrase) -> bool {
    let plain = |unit: &OwnedUnit| !matches!(unit, OwnedUnit::Stop | OwnedUnit::Mask);
    phrase.units().len() > MIN_LITERAL && phrase.units().iter().all(plain)
}

/// Sorts places and leaves out those that lie inside of another: what is under masks is none of its
/// own there. `range` gives where a place begins and ends.
pub fn retain_outermost<T, N: Ord + Copy + Default>(
    places: &mut Vec<T>,
    range: impl Fn(&T) -> (N, N),
) {
    places.sort_by_key(|place| {
        let (start, end) = range(place);
        (start, Reverse(end))
    });
    let mut reached = N::default();
    places.retain(|place| {
        let end = range(place).1;
        let outer = end > reached;
        reached = reached.max(end);
        outer
    });
}

/// What stands beside a mask.
struct Sides {
    /// How many of the first units of the phrase stand right before it, each number that holds,
    /// ascending.
    before: Vec<usize>,
    /// From which of its units on the phrase stands right behind it, in the same way.
    behind: Vec<usize>,
}

impl Sides {
    /// The most units before the mask, if it hides the one with this number.
    fn most_before(&self, hidden: usize) -> usize {
        let n = self.before.partition_point(|before| *before <= hidden);
        n.checked_sub(1).map_or(0, |n| self.before[n])
    }

    /// The first unit behind the mask, if it hides the one before this; `len` where none is left.
    fn first_behind(&self, from: usize, len: usize) -> usize {
        let n = self.behind.partition_point(|behind| *behind < from);
        self.behind.get(n).copied().unwrap_or(len)
    }
}

impl TextUnits<'_> {
    /// Every place where the phrase begins with some of its units under masks, with the farthest
    /// end; by start. What lies inside of another place is none of its own: `*城市` in `海*城市`. See
    /// [`can_be_masked`].
    pub fn find_masked(&self, phrase: &Phrase) -> Vec<Found> {
        if !self.has_masks || !can_be_masked(phrase) {
            return Vec::new();
        }
        let wanted = phrase.units();
        let is_mask = |n: &usize| self.units[*n].0 == OwnedUnit::Mask;
        let masks: Vec<usize> = (0..self.units.len()).filter(is_mask).collect();
        let sides: Vec<Sides> = masks.iter().map(|mask| self.sides(*mask, wanted)).collect();
        let mut places = Vec::new();
        for (n, &mask) in masks.iter().enumerate() {
            let mut here = one_mask(mask, &sides[n], wanted.len());
            if let (Some(&second), Some(behind)) = (masks.get(n + 1), sides.get(n + 1)) {
                self.two_masks((mask, &sides[n]), (second, behind), wanted, &mut here);
            }
            retain_outermost(&mut here, |place| (place.start, place.end));
            places.append(&mut here);
        }
        retain_outermost(&mut places, |place| (place.start, place.end));
        let found = places.into_iter().map(|units| Found {
            units,
            agreement: Agreement::Masked,
        });
        found.collect()
    }

    /// Whether these units stand from `start` on.
    fn stands(&self, start: usize, wanted: &[OwnedUnit]) -> bool {
        let units = self.units.get(start..start + wanted.len());
        units.is_some_and(|units| units.iter().map(|unit| &unit.0).eq(wanted))
    }

    fn sides(&self, mask: usize, wanted: &[OwnedUnit]) -> Sides {
        // No farther than to the next mask.
        let is_mask = |unit: &&(OwnedUnit, Range<usize>)| unit.0 == OwnedUnit::Mask;
        let before = self.units[..mask].iter().rev();
        let n_before = before.take(wanted.len() - 1).take_while(|u| !is_mask(u));
        let n_before = n_before.count();
        let behind = self.units[mask + 1..].iter();
        let n_behind = behind.take(wanted.len() - 1).take_while(|u| !is_mask(u));
        let n_behind = n_behind.count();
        let stands_before = |n: &usize| self.stands(mask - n, &wanted[..*n]);
        let stands_behind = |from: &usize| self.stands(mask + 1, &wanted[*from..]);
        Sides {
            before: (1..=n_before).filter(stands_before).collect(),
            behind: (wanted.len() - n_behind..wanted.len())
                .filter(stands_behind)
                .collect(),
        }
    }

    /// Adds the places of which two neighbouring masks are a part.
    fn two_masks(
        &self,
        (first, before): (usize, &Sides),
        (second, behind): (usize, &Sides),
        wanted: &[OwnedUnit],
        places: &mut Vec<Range<usize>>,
    ) {
        let (len, n_between) = (wanted.len(), second - first - 1);
        if n_between == 0 {
            // Each hides a unit at least.
            for n in [0].iter().chain(&before.before).filter(|n| **n + 2 <= len) {
                let from = behind.first_behind(n + 2, len);
                places.extend(place(first - n, second + 1 + len - from, n + len - from));
            }
            return;
        }
        for from in 1..len.saturating_sub(n_between) {
            let to = from + n_between;
            if self.stands(first + 1, &wanted[from..to]) {
                // With fewer on either side it would be inside of this.
                let n = before.most_before(from - 1);
                let n_behind = len - behind.first_behind(to + 1, len);
                places.extend(place(
                    first - n,
                    second + 1 + n_behind,
                    n + n_between + n_behind,
                ));
            }
        }
    }
}

/// The places of which one mask is a part, and no other.
fn one_mask(mask: usize, sides: &Sides, len: usize) -> Vec<Range<usize>> {
    let ns = [0].iter().chain(&sides.before);
    let places = ns.filter_map(|n| {
        let n_behind = len - sides.first_behind(n + 1, len);
        place(mask - n, mask + 1 + n_behind, n + n_behind)
    });
    places.collect()
}

/// A place, if enough of the phrase is left in it.
fn place(start: usize, end: usize, n_literal: usize) -> Option<Range<usize>> {
    (n_literal >= MIN_LITERAL).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_masked(phrase: &str, text: &str, expect: &[&str]) {
        let phrase = Phrase::new(phrase).expect("has units");
        let units = TextUnits::new(text);
        let found = units.find_masked(&phrase);
        let found: Vec<&str> = found
            .iter()
            .map(|f| &text[units.bytes(f.units.clone())])
            .collect();
        assert_eq!(found, expect, "{phrase:?} in {text}");
    }

    #[test]
    fn a_mask_hides_parts_of_a_phrase() {
        check_masked("四川省", "四*省与四川省", &["四*省"]);
        check_masked("海绵城市", "海*城市", &["海*城市"]);
        check_masked("中国科技城", "中国*城", &["中国*城"]);
        check_masked("中国科技城", "*科技*、中*科*", &["*科技*", "中*科*"]);
        check_masked("四川省", "*川省、四川*", &["*川省", "四川*"]);
        check_masked("中国科技城", "中国*、*", &["中国*、*"]);
        // One unit left is too little, and three masks are too many.
        check_masked("四川省", "四*", &[]);
        check_masked("四川", "四*", &[]);
        check_masked("甲乙丙丁戊", "*乙*丁*", &[]);
        // A mask that hides nothing; a stop in between.
        check_masked("四川省", "四川*省", &["四川*"]);
        check_masked("四川省", "四*。省", &[]);
    }
    #[test]
    fn phrases_and_texts_that_repeat_themselves_take_no_time() {
        // Boxes of a form, and cells of a table: tried one after the other, what masks may hide here
        // would take days.
        let phrase = "是否".repeat(500);
        let text = "□是□否".repeat(500);
        let units = TextUnits::new(&text);
        let found = units.find_masked(&Phrase::new(&phrase).expect("has units"));
        let found: Vec<Range<usize>> = found.into_iter().map(|found| found.units).collect();
        let expected = (0..500).flat_map(|n| [n * 4..n * 4 + 4, n * 4 + 1..n * 4 + 5]);
        assert_eq!(found, expected.take(999).collect::<Vec<_>>());
        let phrase = "无".repeat(1000);
        let text = ("无 ".repeat(30) + "*，").repeat(20);
        let units = TextUnits::new(&text);
        let found = units.find_masked(&Phrase::new(&phrase).expect("has units"));
        let found: Vec<Range<usize>> = found.into_iter().map(|found| found.units).collect();
        // Each with two masks and all that stands beside them.
        let expected = (0..19).map(|n| n * 31..(n * 31 + 92).min(620));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }

    /// How many units from the start of `window` are `wanted` with at most `masks` masks, at the
    /// most: the rule as it is written down.
    fn masked_len(
        window: &[OwnedUnit],
        wanted: &[OwnedUnit],
        masks: usize,
        n_literal: usize,
    ) -> Option<usize> {
        if wanted.is_empty() {
            return (masks < 2 && n_literal >= MIN_LITERAL).then_some(0);
        }
        let (unit, rest) = window.split_first()?;
        if *unit != OwnedUnit::Mask {
            let next =
                (*unit == wanted[0]).then(|| masked_len(rest, &wanted[1..], masks, n_literal + 1));
            return next.flatten().map(|len| len + 1);
        }
        let masks = masks.checked_sub(1)?;
        let lens =
            (1..=wanted.len()).filter_map(|n| masked_len(rest, &wanted[n..], masks, n_literal));
        lens.max().map(|len| len + 1)
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_rule(
            text in "[甲乙丙*，。]{0,24}",
            phrase in "[甲乙丙]{3,8}",
        ) {
            let phrase = Phrase::new(&phrase).expect("has units");
            let units = TextUnits::new(&text);
            let all: Vec<OwnedUnit> = units.units.iter().map(|unit| unit.0.clone()).collect();
            let (mut expected, mut reached) = (Vec::new(), 0);
            for start in 0..all.len() {
                if let Some(len) = masked_len(&all[start..], phrase.units(), 2, 0)
                    && start + len > reached
                {
                    reached = start + len;
                    expected.push(start..reached);
                }
            }
            let found = units.find_masked(&phrase).into_iter();
            prop_assert_eq!(found.map(|found| found.units).collect::<Vec<_>>(), expected);
        }
    }
}
