//! Evaluates a [`Plan`] on documents by sets of the stretches in which everything has to stand: of each
//! thing that is looked for the stretches in which it lies, joined as the query says. Only in those
//! that are left its places are looked at.

mod near;

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;

use self::near::Near;
use super::plan::{Pair, Plan, Step};
use crate::exact::{Borders, NumberSet};
use crate::snippet::MatchClass;

/// A place of something in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// First position, in units.
    pub(super) start: u32,
    /// Behind the last.
    pub(super) end: u32,
    pub(super) class: MatchClass,
    /// Only the text can tell whether it is exact.
    pub(super) undecided: bool,
}

/// The places of something, by start.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) starts: Arc<Vec<u32>>,
    pub(super) ends: Ends,
}

/// Where places end.
#[derive(Debug)]
pub(super) enum Ends {
    /// So many units behind their starts.
    Behind(u32),
    At(Vec<u32>),
}

impl Default for Ends {
    fn default() -> Self {
        Self::Behind(1)
    }
}

impl Places {
    pub(super) fn of(places: &[Place]) -> Self {
        Self {
            starts: Arc::new(places.iter().map(|place| place.start).collect()),
            ends: Ends::At(places.iter().map(|place| place.end).collect()),
        }
    }

    #[inline]
    fn end(&self, n: usize) -> u32 {
        match &self.ends {
            Ends::Behind(len) => self.starts[n] + len,
            Ends::At(ends) => ends[n],
        }
    }
}

/// Ranges of positions, half-open, which ascend.
pub(super) type Ranges = Vec<(u32, u32)>;

/// What a plan sees of documents.
pub(super) struct View<'a> {
    /// Gives the places of something that is looked for, by its number in [`Plan::sought`]: in all
    /// documents, or at least in these ranges.
    pub(super) look_up: &'a dyn Fn(usize, Option<Ranges>) -> Places,
    /// About how many places of each there are; the rarest is looked up first.
    pub(super) costs: &'a [usize],
    /// What parts the documents into the stretches in which everything has to stand.
    pub(super) stretches: &'a Borders,
    /// What no pair of things near each other may cross; no stretch ends inside of what it parts.
    pub(super) cells: &'a Borders,
    /// The stretches of the documents.
    pub(super) all: &'a NumberSet,
    /// The cells of the documents.
    pub(super) all_cells: &'a NumberSet,
    /// Behind all positions.
    pub(super) limit: u32,
    /// The stretches of the documents of which something holds as a whole, by the number in
    /// [`Plan::wholes`].
    pub(super) holds: &'a dyn Fn(usize) -> NumberSet,
    /// Whether nobody waits for the answer any more: it is cut short then.
    pub(super) given_up: &'a dyn Fn() -> bool,
}

/// What a plan found.
pub(super) struct Evaluated {
    /// The stretches in which the query holds.
    pub(super) held: NumberSet,
    /// The places that made it hold, by what is looked for.
    pub(super) places: Vec<Picked>,
    /// The stretches in which something that holds of the document did, by its number.
    pub(super) wholes: Vec<Option<NumberSet>>,
}

/// Some of the places of something.
#[derive(Debug, Default)]
pub(super) struct Picked {
    pub(super) places: Places,
    /// Their numbers, ascending; `None`: all of them, and perhaps some in other documents.
    pub(super) numbers: Option<Vec<u32>>,
}

impl Picked {
    /// The numbers of the places and where each begins and ends.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u32, u32)> {
        let all = match &self.numbers {
            None => 0..self.places.starts.len() as u32,
            Some(_) => 0..0,
        };
        let some = self.numbers.iter().flatten().copied();
        all.chain(some).map(|n| {
            let n = n as usize;
            (n, self.places.starts[n], self.places.end(n))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        let numbers = self.numbers.as_ref();
        numbers.map_or(self.places.starts.is_empty(), Vec::is_empty)
    }

    /// Where they begin.
    pub(super) fn starts(&self) -> Cow<'_, [u32]> {
        match &self.numbers {
            None => Cow::Borrowed(&self.places.starts),
            Some(numbers) => {
                let starts = numbers.iter().map(|n| self.places.starts[*n as usize]);
                Cow::Owned(starts.collect())
            }
        }
    }
}

/// Evaluates a plan.
pub(super) fn evaluate(plan: &Plan, view: &View<'_>) -> Evaluated {
    let n_sought = plan.sought().len();
    let evaluation = Evaluation {
        plan,
        view,
        sought: (0..n_sought).map(|_| OnceCell::new()).collect(),
        branches: (0..plan.n_branches).map(|_| RefCell::default()).collect(),
        pairs: (0..plan.n_pairs).map(|_| OnceCell::new()).collect(),
        inner: (0..plan.n_pairs).map(|_| OnceCell::new()).collect(),
        is_given_up: Cell::new(false),
    };
    let mut held = evaluation.held(&plan.root, view.all);
    held.intersect(view.all);
    let mut counted = Counted {
        stretches: vec![None; n_sought],
        near: vec![None; n_sought],
        wholes: vec![None; plan.wholes().len()],
    };
    evaluation.count(&plan.root, &held, &mut counted);
    let mut places = Vec::with_capacity(n_sought);
    for (n, sought) in evaluation.sought.into_iter().enumerate() {
        let counted = (counted.stretches[n].take(), counted.near[n].take());
        places.push(match sought.into_inner() {
            Some(sought) if counted.0.is_some() || counted.1.is_some() => {
                sought.picked(view, counted)
            }
            _ => Picked::default(),
        });
    }
    Evaluated {
        held,
        places,
        wholes: counted.wholes,
    }
}

/// Something that is looked for.
struct SoughtPlaces {
    places: Places,
    held: OnceCell<Held>,
}

/// Where something stands.
struct Held {
    /// The stretches in which some of its places lie whole.
    stretches: NumberSet,
    /// Whether all of them do.
    are_whole: bool,
}

impl SoughtPlaces {
    fn n(&self) -> usize {
        self.places.starts.len()
    }

    fn is_single(&self) -> bool {
        matches!(self.places.ends, Ends::Behind(1))
    }

    fn held(&self, view: &View<'_>) -> &Held {
        self.held.get_or_init(|| {
            let borders = view.stretches;
            let mut walk = borders.walk();
            let mut stretches = NumberSet::new(borders.n_stretches() as usize);
            let (is_single, mut are_whole) = (self.is_single(), true);
            for (at, &start) in self.places.starts.iter().enumerate() {
                if is_single || borders.is_whole(start, self.places.end(at)) {
                    stretches.insert(walk.stretch(start));
                } else {
                    are_whole = false;
                }
            }
            stretches.intersect(view.all);
            Held {
                stretches,
                are_whole,
            }
        })
    }

    /// The places that count: all in some stretches, and some by themselves.
    fn picked(self, view: &View<'_>, counted: (Option<NumberSet>, Option<NumberSet>)) -> Picked {
        let numbers = match counted {
            (None, None) => Some(Vec::new()),
            (None, Some(near)) => Some(near.to_vec()),
            (Some(stretches), near) => {
                let held = self.held(view);
                if held.are_whole && held.stretches.is_within(&stretches) {
                    None
                } else {
                    Some(self.numbers_in(view, &stretches, near.as_ref()))
                }
            }
        };
        Picked {
            places: self.places,
            numbers,
        }
    }

    fn numbers_in(
        &self,
        view: &View<'_>,
        stretches: &NumberSet,
        near: Option<&NumberSet>,
    ) -> Vec<u32> {
        let is_single = self.is_single();
        let mut walk = view.stretches.walk();
        let mut numbers = Vec::new();
        for (at, &start) in self.places.starts.iter().enumerate() {
            let counts = stretches.contains(walk.stretch(start))
                && (is_single || view.stretches.is_whole(start, self.places.end(at)));
            if counts || near.is_some_and(|near| near.contains(at as u32)) {
                numbers.push(at as u32);
            }
        }
        numbers
    }
}

struct Evaluation<'v> {
    plan: &'v Plan,
    view: &'v View<'v>,
    sought: Vec<OnceCell<SoughtPlaces>>,
    /// Stretches in which branches hold.
    branches: Vec<RefCell<NumberSet>>,
    /// What stands near each other, and the stretches in which it does.
    pairs: Vec<OnceCell<(Near, NumberSet)>>,
    /// What stands near each other in pairs that are sides of pairs.
    inner: Vec<OnceCell<Near>>,
    is_given_up: Cell<bool>,
}

/// What counts, by what is looked for.
struct Counted {
    /// Everything in these stretches.
    stretches: Vec<Option<NumberSet>>,
    /// These places.
    near: Vec<Option<NumberSet>>,
    wholes: Vec<Option<NumberSet>>,
}

fn unite(into: &mut Option<NumberSet>, other: &NumberSet) {
    match into {
        Some(into) => into.unite(other),
        None => *into = Some(other.clone()),
    }
}

/// Most stretches that are worth skipping to.
const FEW: usize = 1 << 10;
/// Fewest places of something that are too many to be read for a few stretches.
const MANY: usize = 1 << 12;

impl Evaluation<'_> {
    fn none(&self) -> NumberSet {
        NumberSet::new(self.view.stretches.n_stretches() as usize)
    }

    fn is_given_up(&self) -> bool {
        if !self.is_given_up.get() && (self.view.given_up)() {
            self.is_given_up.set(true);
        }
        self.is_given_up.get()
    }

    /// Something that is looked for; only what lies `within` some stretches may be known, where nobody
    /// else asks for it.
    fn sought(&self, n: usize, within: &NumberSet) -> &SoughtPlaces {
        self.sought[n].get_or_init(|| SoughtPlaces {
            places: if self.is_given_up() {
                Places::default()
            } else {
                (self.view.look_up)(n, self.ranges(n, within))
            },
            held: OnceCell::new(),
        })
    }

    /// The ranges in which something has to be looked up, if these are few and it is common.
    fn ranges(&self, n: usize, within: &NumberSet) -> Option<Ranges> {
        let is_common = self.view.costs.get(n).is_some_and(|cost| *cost > MANY);
        let few = is_common && self.plan.is_used_once(n) && within.len() <= FEW;
        few.then(|| {
            let range = |stretch| self.view.stretches.range(stretch, self.view.limit);
            within.to_vec().into_iter().map(range).collect()
        })
    }

    /// About how many places have to be looked at for a step.
    fn cost(&self, step: &Step) -> usize {
        let of = |n: &usize| self.view.costs.get(*n).copied().unwrap_or(0);
        match step {
            Step::Leaf { whole, words, .. } if words.is_empty() => of(whole),
            Step::Leaf { whole, words, .. } => {
                of(whole).saturating_add(words.iter().map(of).min().unwrap_or(0))
            }
            Step::Whole(_) => 0,
            Step::All(steps) => {
                let costs = steps.iter().map(|step| self.cost(step));
                costs.min().unwrap_or(usize::MAX)
            }
            Step::Any(steps) => {
                let costs = steps.iter().map(|step| self.cost(step));
                costs.fold(0, usize::saturating_add)
            }
            Step::Branch(_, step) => self.cost(step),
            // They leave little out.
            Step::Not(_) => usize::MAX,
            Step::Near(pair) => {
                let [a, b] = &*pair.sides;
                self.cost(a).saturating_add(self.cost(b))
            }
        }
    }

    /// The stretches in which a step holds, of those `within` which alone matter.
    fn held(&self, step: &Step, within: &NumberSet) -> NumberSet {
        if self.is_given_up() || within.is_empty() {
            return self.none();
        }
        match step {
            Step::Leaf {
                whole,
                words,
                function_words,
            } => {
                let of_whole = self.sought(*whole, within).held(self.view);
                let mut held = of_whole.stretches.clone();
                let mut words: Vec<usize> = words.iter().chain(function_words).copied().collect();
                words.sort_by_key(|n| self.view.costs.get(*n));
                let mut all: Option<NumberSet> = None;
                for n in words {
                    let of_word = self.sought(n, all.as_ref().unwrap_or(within));
                    let of_word = &of_word.held(self.view).stretches;
                    match &mut all {
                        Some(all) => all.intersect(of_word),
                        None => all = Some(of_word.clone()),
                    }
                    if all.as_ref().is_some_and(NumberSet::is_empty) {
                        break;
                    }
                }
                if let Some(all) = all {
                    held.unite(&all);
                }
                held
            }
            Step::Whole(n) => (self.view.holds)(*n),
            Step::All(steps) => {
                let mut held = within.clone();
                let mut by_cost: Vec<&Step> = steps.iter().collect();
                by_cost.sort_by_cached_key(|step| self.cost(step));
                for step in by_cost {
                    let of_step = self.held(step, &held);
                    held.intersect(&of_step);
                    if held.is_empty() {
                        break;
                    }
                }
                held
            }
            Step::Any(steps) => {
                let mut held = self.none();
                for step in steps {
                    held.unite(&self.held(step, within));
                }
                held
            }
            Step::Branch(n, step) => {
                let held = self.held(step, within);
                self.branches[*n].borrow_mut().clone_from(&held);
                held
            }
            Step::Not(inner) => {
                let mut held = within.clone();
                held.subtract(&self.held(inner, within));
                held
            }
            Step::Near(pair) => self.pair(pair).1.clone(),
        }
    }

    /// Notes what counts of a step within `active`, the stretches in which it and all that it is part
    /// of hold.
    fn count(&self, step: &Step, active: &NumberSet, counted: &mut Counted) {
        if active.is_empty() || self.is_given_up() {
            return;
        }
        match step {
            Step::Leaf { whole, words, .. } => {
                unite(&mut counted.stretches[*whole], active);
                if words.is_empty() {
                    return;
                }
                let mut rest = active.clone();
                rest.subtract(&self.sought(*whole, active).held(self.view).stretches);
                if !rest.is_empty() {
                    for word in words {
                        unite(&mut counted.stretches[*word], &rest);
                    }
                }
            }
            Step::Whole(n) => unite(&mut counted.wholes[*n], active),
            Step::All(steps) => {
                for step in steps {
                    self.count(step, active, counted);
                }
            }
            Step::Any(steps) => {
                for step in steps {
                    let mut held = match step {
                        Step::Branch(n, _) => self.branches[*n].borrow().clone(),
                        step => self.held(step, active),
                    };
                    held.intersect(active);
                    self.count(step, &held, counted);
                }
            }
            Step::Branch(_, step) => self.count(step, active, counted),
            Step::Not(_) => {}
            Step::Near(pair) => {
                let (near, held) = self.pair(pair);
                let all = held.is_within(active);
                for (n, numbers) in near {
                    if all {
                        unite(&mut counted.near[*n], numbers);
                        continue;
                    }
                    let starts = &self.sought(*n, active).places.starts;
                    let mut some = numbers.clone();
                    let mut walk = self.view.stretches.walk();
                    some.retain(|n| active.contains(walk.stretch(starts[n as usize])));
                    unite(&mut counted.near[*n], &some);
                }
            }
        }
    }

    fn pair(&self, pair: &Pair) -> &(Near, NumberSet) {
        self.pairs[pair.number].get_or_init(|| {
            let found = self.near(pair);
            let mut held = self.none();
            for (n, numbers) in &found {
                let starts = &self.sought(*n, self.view.all).places.starts;
                let mut walk = self.view.stretches.walk();
                numbers.for_each(|n| held.insert(walk.stretch(starts[n as usize])));
            }
            (found, held)
        })
    }
}
