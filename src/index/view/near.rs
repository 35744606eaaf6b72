//! Places that stand near each other: of each side of a pair those that have one of the other side
//! beside them, not too far, and in one cell.

use super::{Evaluation, SoughtPlaces};
use crate::exact::{Borders, NumberSet, advanced, united};
use crate::index::plan::{Pair, Step};

/// Places that stand near others: what they are places of, and their numbers.
pub(super) type Near = Vec<(usize, NumberSet)>;

/// Positions that a bit each is kept of if no more than so many of them stand for each place.
const DENSE: usize = 64;

impl Evaluation<'_> {
    /// The places of both sides of a pair that have a partner, in all cells in which there can be any.
    pub(super) fn near(&self, pair: &Pair) -> Near {
        let mut cells = self.cells(pair);
        if let Some(cells) = &mut cells {
            cells.intersect(self.view.all_cells);
        }
        let cells = cells.as_ref();
        let sides = pair.sides.iter().zip(self.pair_sides(pair, cells));
        let counted = sides.map(|(side, near)| self.with_partners(side, near, cells));
        joined(counted.collect())
    }

    /// Some places of a step with those that stand near them inside of it: they made it hold, too.
    fn with_partners(&self, step: &Step, near: Near, within: Option<&NumberSet>) -> Near {
        match step {
            _ if !has_pair(step) => near,
            Step::Near(pair) => {
                let [a, b] = &*pair.sides;
                let all = [a, b].map(|side| self.near_side(side, within));
                let own = [0, 1].map(|n| common(all[n].clone(), &near));
                let sides = [0, 1].map(|n| self.side(&own[n], pair.distance));
                let partners = all
                    .into_iter()
                    .zip(sides.iter().rev())
                    .map(|(mut all, others)| {
                        self.retain_partners(&mut all, others, pair.distance);
                        all
                    });
                let of_sides = pair.sides.iter().zip(own).zip(partners);
                let counted = of_sides.map(|((side, own), partners)| {
                    self.with_partners(side, joined(vec![own, partners]), within)
                });
                joined(counted.collect())
            }
            Step::Any(steps) => {
                let each = steps.iter().map(|step| {
                    let near = common(self.near_side(step, within), &near);
                    self.with_partners(step, near, within)
                });
                joined(each.collect())
            }
            Step::Branch(_, step) => self.with_partners(step, near, within),
            Step::Leaf { .. } | Step::Whole(_) | Step::All(_) | Step::Not(_) => near,
        }
    }

    /// Keeps of these places those that have one of a side near them.
    fn retain_partners(&self, near: &mut Near, others: &Side, distance: u32) {
        for (n, numbers) in near {
            if let Some(sought) = self.sought[*n].get().filter(|_| !self.is_given_up()) {
                others.retain_partners(sought, numbers, self.view.cells, distance);
            }
        }
    }

    /// The cells in which both sides of a pair have something, and all of its sides that are pairs
    /// themselves: elsewhere nothing counts. `None` where that would hardly leave any out.
    fn cells(&self, pair: &Pair) -> Option<NumberSet> {
        let n_cells = self.view.cells.n_stretches() as usize;
        let [a, b] = &*pair.sides;
        let sides = [a, b].map(|side| self.n_places(side));
        if sides.into_iter().all(|n_places| n_places > n_cells * 2) {
            return None;
        }
        // The rarer first, so that often the other need not be asked.
        let (first, second) = if sides[0] <= sides[1] { (a, b) } else { (b, a) };
        let mut both = self.side_cells(first);
        if !both.is_empty() {
            both.intersect(&self.side_cells(second));
        }
        Some(both)
    }

    fn n_places(&self, step: &Step) -> usize {
        match step {
            Step::Leaf { whole, .. } => self.sought(*whole, self.view.all).n(),
            // Both have a partner, so there are no more than twice those of the rarer.
            Step::Near(pair) => {
                let [a, b] = &*pair.sides;
                2 * self.n_places(a).min(self.n_places(b))
            }
            Step::Any(steps) => steps.iter().map(|step| self.n_places(step)).sum(),
            Step::Branch(_, step) => self.n_places(step),
            Step::Whole(_) | Step::All(_) | Step::Not(_) => 0,
        }
    }

    fn side_cells(&self, step: &Step) -> NumberSet {
        let n_cells = self.view.cells.n_stretches() as usize;
        let mut held = NumberSet::new(n_cells);
        match step {
            Step::Leaf { whole, .. } => {
                let mut walk = self.view.cells.walk();
                for start in self.sought(*whole, self.view.all).places.starts.iter() {
                    held.insert(walk.stretch(*start));
                }
            }
            Step::Near(pair) => {
                return self.cells(pair).unwrap_or_else(|| NumberSet::full(n_cells));
            }
            Step::Any(steps) => {
                for step in steps {
                    held.unite(&self.side_cells(step));
                }
            }
            Step::Branch(_, step) => return self.side_cells(step),
            Step::Whole(_) | Step::All(_) | Step::Not(_) => {}
        }
        held
    }

    /// The places of a step that may stand beside NEAR, in some cells.
    fn near_side(&self, step: &Step, within: Option<&NumberSet>) -> Near {
        if self.is_given_up() {
            return Near::new();
        }
        match step {
            Step::Leaf { whole, .. } => {
                let sought = self.sought(*whole, self.view.all);
                vec![(*whole, self.in_cells(sought, within))]
            }
            // A pair is a side of one pair only, so it is always asked for in the same cells.
            Step::Near(pair) => self.inner[pair.number]
                .get_or_init(|| self.near_pair(pair, within))
                .clone(),
            Step::Any(steps) => {
                let sides = steps.iter().map(|step| self.near_side(step, within));
                joined(sides.collect())
            }
            Step::Branch(_, step) => self.near_side(step, within),
            Step::Whole(_) | Step::All(_) | Step::Not(_) => Near::new(),
        }
    }

    /// The places of something that lie whole in these cells.
    fn in_cells(&self, sought: &SoughtPlaces, within: Option<&NumberSet>) -> NumberSet {
        let (cells, is_single) = (self.view.cells, sought.is_single());
        if within.is_none() && is_single {
            return NumberSet::full(sought.n());
        }
        let mut numbers = NumberSet::new(sought.n());
        let mut walk = cells.walk();
        for (n, start) in sought.places.starts.iter().enumerate() {
            if within.is_none_or(|within| within.contains(walk.stretch(*start)))
                && (is_single || cells.is_whole(*start, sought.places.end(n)))
            {
                numbers.insert(n as u32);
            }
        }
        numbers
    }

    fn near_pair(&self, pair: &Pair, within: Option<&NumberSet>) -> Near {
        joined(self.pair_sides(pair, within).into())
    }

    /// The places of each side of a pair that have a partner.
    fn pair_sides(&self, pair: &Pair, within: Option<&NumberSet>) -> [Near; 2] {
        let [a, b] = &*pair.sides;
        let (mut a, mut b) = (self.near_side(a, within), self.near_side(b, within));
        let (side_a, side_b) = (self.side(&a, pair.distance), self.side(&b, pair.distance));
        self.retain_partners(&mut a, &side_b, pair.distance);
        self.retain_partners(&mut b, &side_a, pair.distance);
        [a, b]
    }

    fn side(&self, near: &Near, distance: u32) -> Side {
        let limit = self.view.limit as usize + 1;
        let n_places: usize = near.iter().map(|(_, numbers)| numbers.len()).sum();
        let all = near
            .iter()
            .filter_map(|(n, numbers)| Some((self.sought[*n].get()?, numbers)));
        let borders = self.view.cells.bits();
        if let Some(borders) = borders.filter(|_| n_places * DENSE > limit) {
            let (mut starts, mut lasts) = (NumberSet::new(limit), NumberSet::new(limit));
            for (sought, numbers) in all {
                let is_single = sought.is_single();
                numbers.for_each(|n| {
                    let start = sought.places.starts[n as usize];
                    starts.insert(start);
                    if !is_single {
                        lasts.insert(sought.places.end(n as usize) - 1);
                    }
                });
                if is_single {
                    numbers.for_each(|n| lasts.insert(sought.places.starts[n as usize]));
                }
            }
            return Side::Many(Partners::new(starts, lasts, borders, distance));
        }
        let (mut starts, mut lasts): (Vec<Vec<u32>>, Vec<Vec<u32>>) = Default::default();
        for (sought, numbers) in all {
            let numbers = numbers.to_vec();
            let places = &sought.places;
            starts.push(numbers.iter().map(|n| places.starts[*n as usize]).collect());
            lasts.push(
                numbers
                    .iter()
                    .map(|n| places.end(*n as usize) - 1)
                    .collect(),
            );
        }
        let all = |lists: &[Vec<u32>]| {
            let each: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
            united(&each, limit)
        };
        Side::Few {
            starts: all(&starts),
            lasts: all(&lasts),
        }
    }
}

/// Whether a side of a pair is one itself, or joins some.
fn has_pair(step: &Step) -> bool {
    match step {
        Step::Near(_) => true,
        Step::Any(steps) => steps.iter().any(has_pair),
        Step::Branch(_, step) => has_pair(step),
        Step::Leaf { .. } | Step::Whole(_) | Step::All(_) | Step::Not(_) => false,
    }
}

/// What is in both.
fn common(mut near: Near, other: &Near) -> Near {
    near.retain_mut(|(n, numbers)| {
        let known = other.iter().find(|(known, _)| known == n);
        known.is_some_and(|(_, known)| {
            numbers.intersect(known);
            true
        })
    });
    near
}

/// Several as one: of what stands in more than one of them, the numbers of all.
fn joined(parts: Vec<Near>) -> Near {
    let mut joined: Near = Vec::new();
    for (n, numbers) in parts.into_iter().flatten() {
        match joined.iter_mut().find(|(known, _)| *known == n) {
            None => joined.push((n, numbers)),
            Some((_, known)) => known.unite(&numbers),
        }
    }
    joined
}

/// Where the places of one side of a pair begin, and the last unit of each. All lie whole in one cell,
/// so that the nearest on either side of something is a partner of it if any is.
enum Side {
    /// Ascending.
    Few {
        starts: Vec<u32>,
        lasts: Vec<u32>,
    },
    Many(Partners),
}

/// Places of one side, of which there are many.
struct Partners {
    starts: NumberSet,
    lasts: NumberSet,
    /// Positions from which one begins so near, or near enough for [`WINDOW`].
    near_behind: NumberSet,
    /// Positions before which one ends so near.
    near_before: NumberSet,
    /// Positions of single units beside which one stands so near.
    near_single: NumberSet,
}

/// Most units of a distance that one look at all positions goes over.
const WINDOW: u32 = 63;

impl Partners {
    fn new(starts: NumberSet, lasts: NumberSet, borders: &NumberSet, distance: u32) -> Self {
        let n_steps = distance.min(WINDOW) + 1;
        let near_behind = starts.reached_before(borders, n_steps);
        let near_before = lasts.reached_behind(borders, n_steps);
        let mut near_single = near_behind.one_lower();
        near_single.unite(&near_before);
        Self {
            starts,
            lasts,
            near_behind,
            near_before,
            near_single,
        }
    }

    /// Whether one stands so near a place.
    #[inline]
    fn stand_by(&self, start: u32, end: u32, cells: &Borders, distance: u32) -> bool {
        if self.near_behind.contains(end) || self.near_before.contains(start) {
            return true;
        }
        let borders = cells.bits().filter(|_| distance > WINDOW);
        borders.is_some_and(|borders| {
            stands_behind(&self.starts, borders, end, distance)
                || stands_before(&self.lasts, borders, start, distance)
        })
    }
}

impl Side {
    /// Keeps of some places of something those that have one of this side so near.
    fn retain_partners(
        &self,
        sought: &SoughtPlaces,
        numbers: &mut NumberSet,
        cells: &Borders,
        distance: u32,
    ) {
        let places = &sought.places;
        match self {
            Self::Few { starts, lasts } => {
                let (mut behind, mut before) = (0, 0);
                numbers.retain(|n| {
                    let (start, end) = (places.starts[n as usize], places.end(n as usize));
                    // Starts ascend, so that what is before one of them is before the next.
                    before = advanced(lasts, before, start);
                    behind = advanced(starts, behind, start);
                    let next = starts.get(advanced(starts, behind, end));
                    let last = before.checked_sub(1).map(|before| lasts[before]);
                    next.is_some_and(|next| next - end <= distance && cells.is_whole(end, *next))
                        || last.is_some_and(|last| {
                            start - last - 1 <= distance && cells.is_whole(last + 1, start)
                        })
                });
            }
            Self::Many(partners) if sought.is_single() => numbers.retain(|n| {
                let start = places.starts[n as usize];
                partners.near_single.contains(start)
                    || distance > WINDOW && partners.stand_by(start, start + 1, cells, distance)
            }),
            Self::Many(partners) => numbers.retain(|n| {
                let (start, end) = (places.starts[n as usize], places.end(n as usize));
                partners.stand_by(start, end, cells, distance)
            }),
        }
    }
}

/// Whether one of `starts` is at most `distance` behind `end`, with no border before it.
#[inline]
fn stands_behind(starts: &NumberSet, borders: &NumberSet, end: u32, distance: u32) -> bool {
    let (mut at, mut left) = (end, distance + 1);
    loop {
        let reach = u64::MAX >> (64 - left.min(64));
        let (found, border) = (starts.window(at) & reach, borders.window(at) & reach);
        // Bits below the lowest border.
        if found & border.wrapping_sub(1) & !border != 0 {
            return true;
        }
        if border != 0 || left <= 64 {
            return false;
        }
        (at, left) = (at + 64, left - 64);
    }
}

/// Whether one of `lasts` is at most `distance` before `start`, with no border behind it.
#[inline]
fn stands_before(lasts: &NumberSet, borders: &NumberSet, start: u32, distance: u32) -> bool {
    let (mut at, mut left) = (start, distance + 1);
    loop {
        let n = left.min(64).min(at);
        if n == 0 {
            return false;
        }
        // The highest bit is the position right before `at`.
        let shift = 64 - n;
        let (found, border) = (
            lasts.window(at - n) << shift,
            borders.window(at - n) << shift,
        );
        let above = !u64::MAX.checked_shr(border.leading_zeros()).unwrap_or(0);
        if found & above != 0 {
            return true;
        }
        if border != 0 || left <= 64 {
            return false;
        }
        (at, left) = (at - n, left - n);
    }
}
