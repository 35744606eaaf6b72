//! Queries in which places matter beyond the document, made ready to be evaluated: what is joined by
//! AND has to stand in one sentence or paragraph, or two things near each other.
//!
//! A [`Plan`] is evaluated on a [`View`](super::view::View) of documents whose places come from the
//! index, or of one whose places come from its text: so what is counted and what is marked agree.

use rustc_hash::FxHashMap;

use super::branches::{Branched, When, merged};
use super::parts::{Parts, Sought};
use crate::analysis::{OwnedUnit, Pattern};
use crate::query::{Condition, Field, LeafKind, Node};
use crate::search::{Mask, Scope, Zone};

/// What is asked of the document as a whole.
pub(super) enum Whole {
    Condition(Condition),
    /// To hold something, or all of its words if there are any, in another zone than the rest of the
    /// query.
    Elsewhere(Zone, Sought, Vec<Sought>),
    /// To hold things near each other there.
    NearElsewhere(Zone, Plan),
}

/// A query, made ready to be evaluated.
pub(super) struct Plan {
    pub(super) root: Step,
    sought: Vec<(Zone, Sought)>,
    wholes: Vec<Whole>,
    /// Those of them that are looked for in another zone, with the numbers of their wholes.
    elsewhere: Vec<Branched>,
    /// Numbers of what is looked for as keywords of several words.
    several: Vec<usize>,
    /// How many leaves look for it, by its number.
    n_uses: Vec<u32>,
    pub(super) n_branches: usize,
    pub(super) n_pairs: usize,
}

/// Numbers are those of things that are looked for.
pub(super) enum Step {
    Leaf {
        whole: usize,
        words: Vec<usize>,
        function_words: Vec<usize>,
    },
    /// What holds of the document, by the number in [`Plan::wholes`].
    Whole(usize),
    All(Vec<Step>),
    /// Each is a leaf, a whole or a branch.
    Any(Vec<Step>),
    /// What stands beside OR and is more than a leaf, with a number of its own.
    Branch(usize, Box<Step>),
    Not(Box<Step>),
    Near(Pair),
}

/// Two sides near each other.
pub(super) struct Pair {
    /// Of its own among the pairs of the plan.
    pub(super) number: usize,
    pub(super) distance: u32,
    pub(super) sides: Box<[Step; 2]>,
}

impl Step {
    fn is_same_leaf(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Leaf { whole, words, .. },
                Self::Leaf {
                    whole: other_whole,
                    words: other_words,
                    ..
                },
            ) => whole == other_whole && words == other_words,
            _ => false,
        }
    }
}

impl Plan {
    /// The plan of a query, if its places matter beyond the document.
    pub(super) fn needed(root: &Node, scope: Scope, zone: Zone, mask: Mask) -> Option<Self> {
        let needed = root.has_near() || scope != Scope::Document && !is_alone(root, zone, mask);
        needed.then(|| Self::new(root, zone, mask))
    }

    pub(super) fn new(root: &Node, zone: Zone, mask: Mask) -> Self {
        let mut planner = Planner {
            plan: Self {
                root: Step::Any(Vec::new()),
                sought: Vec::new(),
                wholes: Vec::new(),
                elsewhere: Vec::new(),
                several: Vec::new(),
                n_uses: Vec::new(),
                n_branches: 0,
                n_pairs: 0,
            },
            zone,
            elsewhere: Vec::new(),
        };
        let root = planner.step(root, mask, false);
        Self {
            root,
            elsewhere: merged(planner.elsewhere),
            ..planner.plan
        }
    }

    /// Everything whose places have to be known, with its zone.
    pub(super) fn sought(&self) -> &[(Zone, Sought)] {
        &self.sought
    }

    pub(super) fn wholes(&self) -> &[Whole] {
        &self.wholes
    }

    /// What is looked for in other zones than the places are, and of which wholes it is.
    pub(super) fn elsewhere(&self) -> &[Branched] {
        &self.elsewhere
    }

    /// Numbers of what is looked for as keywords of several words.
    pub(super) fn several(&self) -> &[usize] {
        &self.several
    }

    /// Whether only one leaf looks for something.
    pub(super) fn is_used_once(&self, sought: usize) -> bool {
        self.n_uses.get(sought) == Some(&1)
    }

    /// For each thing that is looked for: whether a place of something else may have the same ends,
    /// where such a place is to be counted once. `masked`: which have places under masks.
    pub(super) fn may_coincide(&self, masked: &[bool]) -> Vec<bool> {
        let mut n_same: FxHashMap<&[OwnedUnit], u32> = FxHashMap::default();
        // By their first unit and their last: how many things, and whether any of them has openings.
        let mut by_ends: FxHashMap<Ends<'_>, (u32, bool)> = FxHashMap::default();
        for (_, sought) in &self.sought {
            for phrase in sought.whole_phrases() {
                *n_same.entry(phrase.units()).or_default() += 1;
            }
            let mut known: Vec<Ends<'_>> = Vec::with_capacity(sought.wordings.len());
            for pattern in sought.wordings.iter().map(|wording| &wording.pattern) {
                let ends = ends(pattern);
                let entry = by_ends.entry(ends).or_default();
                entry.1 |= !pattern.links().is_empty();
                if !known.contains(&ends) {
                    entry.0 += 1;
                    known.push(ends);
                }
            }
        }
        let any_masked = masked.contains(&true);
        let of_wording = |pattern: &Pattern| {
            let (n, any_open) = by_ends.get(&ends(pattern)).copied().unwrap_or_default();
            let Some(phrase) = pattern.as_phrase() else {
                return n > 1 || any_masked;
            };
            let units = phrase.units();
            any_open
                || n_same.get(units).is_none_or(|n| *n > 1)
                || any_masked && (units.len() > 1 || units.contains(&OwnedUnit::Mask))
        };
        let of_one = |(n, (_, sought)): (usize, &(Zone, Sought))| {
            let mut patterns = sought.wordings.iter().map(|wording| &wording.pattern);
            masked.get(n) == Some(&true) || patterns.any(of_wording)
        };
        self.sought.iter().enumerate().map(of_one).collect()
    }
}

/// The first unit of a pattern and the last.
type Ends<'p> = (Option<&'p OwnedUnit>, Option<&'p OwnedUnit>);

fn ends(pattern: &Pattern) -> Ends<'_> {
    let parts = pattern.parts();
    let first = parts.first().and_then(|part| part.units().first());
    (first, parts.last().and_then(|part| part.units().last()))
}

/// Whether a query asks for single things that lie in one sentence wherever they are, so that scopes
/// change nothing: not what is found, and not how often it counts.
fn is_alone(root: &Node, zone: Zone, mask: Mask) -> bool {
    let lies_in_one = |sought: &Sought| {
        let units = sought
            .phrases()
            .flat_map(super::super::analysis::phrase::Phrase::units);
        !units.into_iter().any(|unit| *unit == OwnedUnit::Stop)
    };
    let leaf = |node: &Node| match node {
        Node::Leaf(leaf) => Parts::of(leaf, zone, mask)
            .filter(|parts| parts.words.is_empty() && lies_in_one(&parts.whole)),
        _ => None,
    };
    // A place of two leaves would count twice.
    let is_plain = |node: &Node| {
        leaf(node).is_some_and(|parts| {
            parts.whole.only_phrase().is_some()
                && !parts.whole.may_be_masked()
                && parts.whole.mask != Mask::Only
        })
    };
    match root {
        Node::Leaf(_) => leaf(root).is_some(),
        Node::Condition(_) => true,
        Node::Or(nodes) => nodes.iter().all(is_plain),
        Node::And(nodes) => {
            let mut others = nodes.iter().filter(|n| !matches!(n, Node::Condition(_)));
            let first = others.next();
            first.is_none_or(|node| is_alone(node, zone, mask)) && others.next().is_none()
        }
        Node::Not(_) | Node::Near(..) => false,
    }
}

/// Where a field is looked for; `None`: where the request says.
fn zone_of(field: Field) -> Option<Zone> {
    match field {
        Field::Text => None,
        Field::Title => Some(Zone::Title),
        Field::Heading => Some(Zone::Heading),
    }
}

struct Planner {
    plan: Plan,
    zone: Zone,
    elsewhere: Vec<Branched>,
}

impl Planner {
    /// `excluded`: under NOT, where only what is plainly there counts.
    fn step(&mut self, node: &Node, mask: Mask, excluded: bool) -> Step {
        match node {
            Node::Leaf(leaf) => {
                let elsewhere = zone_of(leaf.field);
                let Some(parts) = Parts::of(leaf, self.zone, mask) else {
                    return Step::Any(Vec::new());
                };
                if let Some(zone) = elsewhere.filter(|zone| *zone != self.zone) {
                    return self.elsewhere(zone, parts, excluded);
                }
                let keep_words = leaf.kind == LeafKind::Keyword && !excluded;
                let (words, function_words) = if keep_words {
                    (parts.words, parts.function_words)
                } else {
                    (Vec::new(), Vec::new())
                };
                let whole = self.number(parts.whole);
                if !words.is_empty() && !self.plan.several.contains(&whole) {
                    self.plan.several.push(whole);
                }
                Step::Leaf {
                    whole,
                    words: words.into_iter().map(|word| self.number(word)).collect(),
                    function_words: function_words
                        .into_iter()
                        .map(|word| self.number(word))
                        .collect(),
                }
            }
            Node::Condition(condition) => self.whole(Whole::Condition(condition.clone())),
            Node::And(nodes) => Step::All(self.steps(nodes, mask, excluded)),
            Node::Or(nodes) => {
                let steps = self.steps(nodes, mask, excluded).into_iter();
                Step::Any(steps.map(|step| self.branch(step)).collect())
            }
            Node::Not(node) => Step::Not(Box::new(self.step(node, Mask::Off, true))),
            Node::Near(distance, first, second) => {
                let zone = node.places().and_then(zone_of);
                if let Some(zone) = zone.filter(|zone| *zone != self.zone) {
                    // The leaves of a pair have no words of their own, so NOT changes but the mask.
                    return self.whole(Whole::NearElsewhere(zone, Plan::new(node, zone, mask)));
                }
                let sides = [first, second].map(|side| self.step(side, mask, excluded));
                self.plan.n_pairs += 1;
                Step::Near(Pair {
                    number: self.plan.n_pairs - 1,
                    distance: *distance,
                    sides: Box::new(sides),
                })
            }
        }
    }

    fn branch(&mut self, step: Step) -> Step {
        match step {
            Step::Leaf { .. } | Step::Whole(_) => step,
            step => {
                self.plan.n_branches += 1;
                Step::Branch(self.plan.n_branches - 1, Box::new(step))
            }
        }
    }

    /// The steps of nodes; the same leaf asked twice is one.
    fn steps(&mut self, nodes: &[Node], mask: Mask, excluded: bool) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let step = self.step(node, mask, excluded);
            if !steps.iter().any(|known| known.is_same_leaf(&step)) {
                steps.push(step);
            }
        }
        steps
    }

    /// A leaf of another zone: it has no place in the stretches of this one.
    fn elsewhere(&mut self, zone: Zone, parts: Parts, excluded: bool) -> Step {
        let mut words = Vec::new();
        if !parts.words.is_empty() && !excluded {
            words.extend(parts.words.iter().chain(&parts.function_words).cloned());
        }
        let step = self.whole(Whole::Elsewhere(zone, parts.whole.clone(), words));
        if !excluded {
            let when = When::on(self.plan.wholes.len() - 1);
            self.elsewhere.push(Branched::new(parts, when));
        }
        step
    }

    fn whole(&mut self, whole: Whole) -> Step {
        self.plan.wholes.push(whole);
        Step::Whole(self.plan.wholes.len() - 1)
    }

    fn number(&mut self, mut sought: Sought) -> usize {
        if sought.mask == Mask::Also && !sought.may_be_masked() {
            sought.mask = Mask::Off;
        }
        let entry = (self.zone, sought);
        let all = &mut self.plan.sought;
        let number = all.iter().position(|known| *known == entry);
        let number = number.unwrap_or_else(|| {
            all.push(entry);
            self.plan.n_uses.push(0);
            all.len() - 1
        });
        self.plan.n_uses[number] += 1;
        number
    }
}
