//! Sets of small numbers, a bit each: positions, or numbers of stretches between them.

/// A set of numbers below a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberSet {
    pub(super) words: Vec<u64>,
}

impl NumberSet {
    /// The empty set of numbers below `limit`.
    pub fn new(limit: usize) -> Self {
        Self {
            words: vec![0; limit.div_ceil(64)],
        }
    }

    /// All numbers below `limit`.
    pub fn full(limit: usize) -> Self {
        let mut set = Self::new(limit);
        set.insert_range(0, limit as u32);
        set
    }

    /// Adds a number; one that is not below the limit is left out.
    #[inline]
    pub fn insert(&mut self, number: u32) {
        if let Some(word) = self.words.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Adds the numbers from `start` up to `end`.
    pub fn insert_range(&mut self, start: u32, end: u32) {
        let (mut at, end) = (start as usize, (end as usize).min(self.words.len() * 64));
        while at < end {
            let stop = end.min((at / 64 + 1) * 64);
            let n = stop - at;
            let bits = if n == 64 { u64::MAX } else { (1 << n) - 1 };
            self.words[at / 64] |= bits << (at % 64);
            at = stop;
        }
    }

    /// Whether a number is in it.
    #[inline]
    pub fn contains(&self, number: u32) -> bool {
        let word = self.words.get(number as usize / 64).copied().unwrap_or(0);
        word >> (number % 64) & 1 == 1
    }

    /// Whether any number from `start` up to `end` is in it.
    #[inline]
    pub fn intersects(&self, start: u32, end: u32) -> bool {
        if start >= end {
            return false;
        }
        let (first, last) = (start as usize / 64, (end as usize - 1) / 64);
        let from = u64::MAX << (start % 64);
        let up_to = u64::MAX >> (63 - (end - 1) % 64);
        let word = |index: usize| self.words.get(index).copied().unwrap_or(0);
        if first == last {
            return word(first) & from & up_to != 0;
        }
        word(first) & from != 0
            || (first + 1..last.min(self.words.len())).any(|index| self.words[index] != 0)
            || word(last) & up_to != 0
    }

    /// The first number in it that is not below `from`.
    pub fn next(&self, from: u32) -> Option<u32> {
        let mut index = from as usize / 64;
        let mut word = self.words.get(index)? & (u64::MAX << (from % 64));
        while word == 0 {
            index += 1;
            word = *self.words.get(index)?;
        }
        Some(index as u32 * 64 + word.trailing_zeros())
    }

    /// The last number in it that is below `end`.
    pub fn previous(&self, end: u32) -> Option<u32> {
        let last = (end as usize).min(self.words.len() * 64).checked_sub(1)?;
        let mut index = last / 64;
        let mut word = self.words[index] & (u64::MAX >> (63 - last % 64));
        while word == 0 {
            index = index.checked_sub(1)?;
            word = self.words[index];
        }
        Some(index as u32 * 64 + 63 - word.leading_zeros())
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many numbers are in it.
    pub fn len(&self) -> usize {
        let bits = self.words.iter().map(|word| word.count_ones() as usize);
        bits.sum()
    }

    /// Keeps what is in `other`, too; both have one limit.
    pub fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Adds what is in `other`; both have one limit.
    pub fn unite(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Takes out what is in `other`; both have one limit.
    pub fn subtract(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Whether all of it is in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        let mut pairs = self.words.iter().zip(&other.words);
        pairs.all(|(word, other)| word & !other == 0)
    }

    /// How many numbers there are before each word of its bits.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut n = 0;
        let ranks = self.words.iter().map(|word| {
            let before = n;
            n += word.count_ones();
            before
        });
        ranks.collect()
    }

    /// How many smaller numbers are in it than this one, given its `ranks`; `None` where it is not in
    /// it itself.
    #[inline]
    pub(super) fn rank(&self, ranks: &[u32], number: u32) -> Option<usize> {
        let index = number as usize / 64;
        let (word, before) = (self.words.get(index)?, ranks.get(index)?);
        let lower = word & ((1 << (number % 64)) - 1);
        (word >> (number % 64) & 1 == 1).then(|| (before + lower.count_ones()) as usize)
    }

    /// The numbers, ascending.
    pub fn to_vec(&self) -> Vec<u32> {
        let mut numbers = vec![0; self.len()];
        let mut slots = numbers.iter_mut();
        self.for_each(|number| {
            if let Some(slot) = slots.next() {
                *slot = number;
            }
        });
        numbers
    }

    /// Takes all numbers out and appends them to `to`, each with `base` added.
    fn move_to(&mut self, base: u32, to: &mut Vec<u32>) {
        for (word, index) in self.words.iter_mut().zip(0u32..) {
            let mut left = std::mem::take(word);
            while left != 0 {
                to.push(base + index * 64 + left.trailing_zeros());
                left &= left - 1;
            }
        }
    }

    /// Calls `each` with every number, ascending.
    #[inline]
    pub fn for_each(&self, mut each: impl FnMut(u32)) {
        for (word, index) in self.words.iter().zip(0u32..) {
            let mut word = *word;
            while word != 0 {
                each(index * 64 + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }

    /// Keeps those of which `keep` says so.
    #[inline]
    pub fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        for (word, index) in self.words.iter_mut().zip(0u32..) {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                if !keep(index * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// Each number less one.
    #[must_use]
    pub fn one_lower(&self) -> Self {
        let word = |index: usize| self.words.get(index).copied().unwrap_or(0);
        let words = (0..self.words.len()).map(|index| word(index) >> 1 | word(index + 1) << 63);
        Self {
            words: words.collect(),
        }
    }

    /// The numbers from each of which one of these is at most so many steps less one away upwards, 1
    /// to 64, with no border on the way, which ends right before it. Borders have the same limit.
    #[must_use]
    pub fn reached_before(&self, borders: &Self, n_steps: u32) -> Self {
        let word = |set: &Self, index: usize| set.words.get(index).copied().unwrap_or(0);
        let both =
            |set, index| u128::from(word(set, index)) | u128::from(word(set, index + 1)) << 64;
        let reached = (0..self.words.len()).map(|index| {
            let (found, open) = (both(self, index), !both(borders, index));
            spread(found, open, n_steps, |bits, n| bits >> n) as u64
        });
        Self {
            words: reached.collect(),
        }
    }

    /// The same downwards: the numbers before each of which, from the next lower on, one of these is
    /// at most so many steps less one away, with no border on the way.
    #[must_use]
    pub fn reached_behind(&self, borders: &Self, n_steps: u32) -> Self {
        let word = |set: &Self, index: Option<usize>| {
            index
                .and_then(|index| set.words.get(index))
                .copied()
                .unwrap_or(0)
        };
        let both = |set, index: usize| {
            u128::from(word(set, index.checked_sub(1))) | u128::from(word(set, Some(index))) << 64
        };
        let reached = (0..self.words.len()).map(|index| {
            let (found, open) = (both(self, index), !both(borders, index));
            // One further up: the number itself is none of those before it.
            (spread(found, open, n_steps, |bits, n| bits << n) >> 63) as u64
        });
        Self {
            words: reached.collect(),
        }
    }

    /// Whether 64 numbers from `from` on are in it, a bit each, the lowest first.
    #[inline]
    pub fn window(&self, from: u32) -> u64 {
        let (index, shift) = (from as usize / 64, from % 64);
        let word = |index: usize| self.words.get(index).copied().unwrap_or(0);
        let low = word(index) >> shift;
        // In two steps, as a shift by 64 is none.
        low | (word(index + 1) << (63 - shift)) << 1
    }
}

/// Spreads bits `n_steps` less one times by a step of `shift`, each step only over what is `open`
/// where it arrives.
#[inline]
fn spread(found: u128, open: u128, n_steps: u32, shift: impl Fn(u128, u32) -> u128) -> u128 {
    // What so many steps reach, and what they may go over.
    let (mut reached, mut over, mut n) = (found, open, 1);
    for bit in (0..n_steps.max(1).ilog2()).rev() {
        reached |= over & shift(reached, n);
        over &= shift(over, n);
        n *= 2;
        if n_steps >> bit & 1 == 1 {
            reached = found | open & shift(reached, 1);
            over = open & shift(over, 1);
            n += 1;
        }
    }
    reached
}

/// Numbers that are sorted by comparing; more are sorted by a look at a bit for each that there may be,
/// so many numbers at a time that the bits stay at hand.
const FEW: usize = 1 << 6;
const BITS: u32 = 17;

/// Sorts numbers below `limit`. Of one that is there several times some may be left out.
pub(super) fn sort_distinct(numbers: &mut Vec<u32>, limit: usize) {
    if numbers.is_sorted() {
        return;
    }
    if numbers.len() < FEW {
        numbers.sort_unstable();
        return;
    }
    // Where the numbers of each piece begin, and then where its next one goes.
    let mut ends = vec![0usize; (limit >> BITS) + 2];
    let last = ends.len() - 2;
    let piece = |number: u32| ((number >> BITS) as usize).min(last);
    for number in numbers.iter() {
        ends[piece(*number) + 1] += 1;
    }
    for n in 1..ends.len() {
        ends[n] += ends[n - 1];
    }
    let mut by_piece = vec![0u32; numbers.len()];
    for number in numbers.iter() {
        let end = &mut ends[piece(*number)];
        by_piece[*end] = *number;
        *end += 1;
    }
    numbers.clear();
    let mut bits = NumberSet::new(1 << BITS);
    let mut start = 0;
    for (end, piece) in ends.into_iter().zip(0u32..) {
        let of_piece = &mut by_piece[start..end.max(start)];
        start += of_piece.len();
        if of_piece.len() < FEW {
            of_piece.sort_unstable();
            numbers.extend_from_slice(of_piece);
            continue;
        }
        for number in of_piece.iter() {
            bits.insert(number & ((1 << BITS) - 1));
        }
        bits.move_to(piece << BITS, numbers);
    }
}

/// The numbers of several ascending lists, ascending, each once.
pub fn united(lists: &[&[u32]], limit: usize) -> Vec<u32> {
    let mut all = Vec::with_capacity(lists.iter().map(|list| list.len()).sum());
    for list in lists {
        all.extend_from_slice(list);
    }
    if lists.len() > 1 {
        sort_distinct(&mut all, limit);
        all.dedup();
    }
    all
}

/// The first index from `at` on whose number is not below `bound`; the numbers ascend, and those before
/// `at` are below it.
#[inline]
pub fn advanced(numbers: &[u32], mut at: usize, bound: u32) -> usize {
    if numbers.get(at).is_none_or(|number| *number >= bound) {
        return at;
    }
    let mut step = 1;
    while numbers.get(at + step).is_some_and(|number| *number < bound) {
        at += step;
        step *= 2;
    }
    let reach = (at + step).min(numbers.len());
    at + numbers[at..reach].partition_point(|number| *number < bound)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::exact::Borders;

    fn set(numbers: &BTreeSet<u32>) -> NumberSet {
        let mut set = NumberSet::new(1000);
        for number in numbers {
            set.insert(*number);
        }
        set
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sets_are_sets(
            a in prop::collection::btree_set(0u32..1000, 0..200),
            b in prop::collection::btree_set(0u32..1000, 0..200),
            (start, end) in (0u32..1000, 0u32..1000),
        ) {
            let (set_a, set_b) = (set(&a), set(&b));
            prop_assert_eq!(set_a.to_vec().into_iter().collect::<BTreeSet<_>>(), a.clone());
            prop_assert_eq!(set_a.len(), a.len());
            prop_assert_eq!(set_a.is_empty(), a.is_empty());
            prop_assert_eq!(set_a.contains(start), a.contains(&start));
            prop_assert_eq!(set_a.next(start), a.range(start..).next().copied());
            prop_assert_eq!(set_a.previous(start), a.range(..start).next_back().copied());
            prop_assert_eq!(set_a.intersects(start, end), start < end && a.range(start..end).next().is_some());
            prop_assert_eq!(set_a.is_within(&set_b), a.is_subset(&b));
            for (operation, expected) in [
                (NumberSet::intersect as fn(&mut NumberSet, &NumberSet), &a & &b),
                (NumberSet::unite, &a | &b),
                (NumberSet::subtract, &a - &b),
            ] {
                let mut both = set_a.clone();
                operation(&mut both, &set_b);
                prop_assert_eq!(both.to_vec().into_iter().collect::<BTreeSet<_>>(), expected);
            }
            let n_steps = end % 64 + 1;
            let near = |way: &mut dyn Iterator<Item = u32>| {
                let mut open = true;
                way.take(n_steps as usize).any(|at| {
                    let here = open && a.contains(&at);
                    open = open && !b.contains(&at);
                    here
                })
            };
            let behind = (0..1024).filter(|from| near(&mut (*from..1024)));
            prop_assert_eq!(set_a.reached_before(&set_b, n_steps), set(&behind.collect()));
            let before = (0..1024).filter(|from| near(&mut (0..*from).rev()));
            prop_assert_eq!(set_a.reached_behind(&set_b, n_steps), set(&before.collect()));
            let window = (0..64).filter(|bit| a.contains(&(start + bit)));
            prop_assert_eq!(set_a.window(start), window.fold(0, |all, bit| all | 1u64 << bit));
            let rank = a.contains(&start).then(|| a.range(..start).count());
            prop_assert_eq!(set_a.rank(&set_a.ranks(), start), rank);
            let lower = a.iter().filter_map(|n| n.checked_sub(1)).collect();
            prop_assert_eq!(set_a.one_lower(), set(&lower));
            let mut odd = set_a.clone();
            odd.retain(|number| number % 2 == 1);
            prop_assert_eq!(odd.to_vec(), a.iter().copied().filter(|n| n % 2 == 1).collect::<Vec<_>>());
            let mut filled = set_a.clone();
            filled.insert_range(start, end);
            let expected: BTreeSet<u32> = a.iter().copied().chain(start..end).collect();
            prop_assert_eq!(filled.to_vec().into_iter().collect::<BTreeSet<_>>(), expected);
            let lists: [Vec<u32>; 2] = [a.iter().copied().collect(), b.iter().copied().collect()];
            let either: Vec<u32> = (&a | &b).into_iter().collect();
            prop_assert_eq!(united(&[&lists[0], &lists[1]], 1000), either);
        }

        #[test]
        fn numbers_are_sorted(
            numbers in prop::collection::hash_set(0u32..900_000, 0..900),
            dense in prop::collection::hash_set(300_000u32..301_500, 0..1400),
        ) {
            let numbers: BTreeSet<u32> = numbers.union(&dense).copied().collect();
            let mut sorted: Vec<u32> = numbers.iter().rev().copied().collect();
            sort_distinct(&mut sorted, 900_000);
            prop_assert_eq!(sorted, numbers.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn borders_part_positions(
            borders in prop::collection::btree_set(0u32..3000, 0..90),
            at in 0u32..3100,
            len in 0u32..200,
            // Many in so small a space, or few in a large one.
            limit in prop_oneof![Just(3000u32), Just(100_000)],
        ) {
            let parted = Borders::new(borders.iter().copied().collect(), limit);
            let mut walk = parted.walk();
            for at in [at / 3, at / 2, at / 2, at, at + len] {
                prop_assert_eq!(walk.stretch(at) as usize, borders.range(..at).count());
            }
            prop_assert_eq!(parted.n_stretches() as usize, borders.len() + 1);
            prop_assert_eq!(parted.stretch(at) as usize, borders.range(..at).count());
            let (start, end) = parted.range(parted.stretch(at), limit);
            prop_assert_eq!(Some(start), borders.range(..at).next_back().map_or(Some(0), |b| Some(b + 1)));
            prop_assert_eq!(end, borders.range(at..).next().copied().unwrap_or(limit));
            prop_assert!(at >= limit || parted.around(at, limit) == (start, end));
            let next = borders.range(at..).next();
            prop_assert_eq!(parted.next(at), next.copied().unwrap_or(u32::MAX));
            prop_assert_eq!(parted.is_whole(at, at + len), borders.range(at..at + len).next().is_none());
        }
    }
}
