//! Queries in which places matter beyond the document: what is joined by AND has to stand in one
//! sentence or paragraph, or two things near each other.
//!
//! A [`Plan`] is evaluated on a [`View`] of one document, whose places come from the index or from
//! the text: so what is counted and what is marked agree.

use super::parts::{Parts, Sought};
use crate::query::{Condition, Field, LeafKind, Node};
use crate::search::{Mask, Zone};
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

/// What a plan sees of a document.
pub(super) struct View<'a> {
    /// The places of everything that is looked for, in the order of [`Plan::sought`]; by start.
    pub(super) places: Vec<&'a [Place]>,
    /// Positions that part the document into the stretches in which everything has to stand.
    pub(super) breaks: Vec<u32>,
    /// Positions of stops that end paragraphs.
    pub(super) paragraph_ends: Vec<u32>,
    /// First position of the document, and the one behind its last.
    pub(super) range: (u32, u32),
    /// Whether what is asked of the document as a whole holds, by the number in [`Plan::wholes`].
    pub(super) holds: &'a dyn Fn(usize) -> bool,
}

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
    root: Step,
    sought: Vec<(Zone, Sought)>,
    wholes: Vec<Whole>,
    /// Numbers of the parts that are keywords of several words.
    several: Vec<usize>,
}

/// Numbers are those of things that are looked for.
enum Step {
    Leaf {
        part: usize,
        whole: usize,
        words: Vec<usize>,
        function_words: Vec<usize>,
    },
    Whole(usize),
    All(Vec<Step>),
    Any(Vec<Step>),
    Not(Box<Step>),
    Near(u32, Box<Step>, Box<Step>),
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
    pub(super) fn new(root: &Node, zone: Zone, mask: Mask) -> Self {
        let mut planner = Planner {
            zone,
            sought: Vec::new(),
            wholes: Vec::new(),
            several: Vec::new(),
            n_parts: 0,
        };
        let root = planner.step(root, mask, false);
        Self {
            root,
            sought: planner.sought,
            wholes: planner.wholes,
            several: planner.several,
        }
    }

    /// Everything whose places have to be known, with its zone.
    pub(super) fn sought(&self) -> &[(Zone, Sought)] {
        &self.sought
    }

    pub(super) fn wholes(&self) -> &[Whole] {
        &self.wholes
    }

    /// The places that make the document match, each with the number of its part of the query;
    /// `None` if it does not match. A query that looks for no places matches with none.
    pub(super) fn evaluate(&self, view: &View<'_>) -> Option<Vec<(usize, Place)>> {
        let stretches = Self::stretches(&self.root, view);
        if stretches.is_empty() {
            return None;
        }
        let mut found = Vec::new();
        Self::collect(&self.root, view, &stretches, &mut found);
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// How many keywords of several words stand whole, and not only under masks, among places that
    /// [`Plan::evaluate`] gave.
    pub(super) fn n_whole(&self, found: &[(usize, Place)]) -> u32 {
        let stands = |part: &&usize| {
            let mut places = found.iter().filter(|(n, _)| *n == **part * 512);
            places.any(|(_, place)| place.class != MatchClass::Masked)
        };
        self.several.iter().filter(stands).count() as u32
    }

    /// The stretches in which a step holds, ascending.
    fn stretches(step: &Step, view: &View<'_>) -> Vec<usize> {
        match step {
            Step::Leaf {
                whole,
                words,
                function_words,
                ..
            } => {
                let mut held = view.stretches_of(view.places[*whole]);
                if !words.is_empty() {
                    let mut all = None;
                    for word in words.iter().chain(function_words) {
                        let of_word = view.stretches_of(view.places[*word]);
                        all = Some(match all {
                            None => of_word,
                            Some(all) => intersected(all, &of_word),
                        });
                    }
                    held.extend(all.unwrap_or_default());
                    held.sort_unstable();
                    held.dedup();
                }
                held
            }
            Step::Whole(n) => {
                if (view.holds)(*n) {
                    view.all()
                } else {
                    Vec::new()
                }
            }
            Step::All(steps) => {
                let mut held: Option<Vec<usize>> = None;
                for step in steps {
                    let of_step = Self::stretches(step, view);
                    held = Some(match held {
                        None => of_step,
                        Some(held) => intersected(held, &of_step),
                    });
                    if held.as_ref().is_some_and(Vec::is_empty) {
                        break;
                    }
                }
                held.unwrap_or_else(|| view.all())
            }
            Step::Any(steps) => {
                let mut held: Vec<usize> = steps
                    .iter()
                    .flat_map(|step| Self::stretches(step, view))
                    .collect();
                held.sort_unstable();
                held.dedup();
                held
            }
            Step::Not(inner) => {
                let excluded = Self::stretches(inner, view);
                let mut all = view.all();
                all.retain(|stretch| excluded.binary_search(stretch).is_err());
                all
            }
            Step::Near(..) => {
                let places: Vec<Place> = Self::near(step, view, view.range)
                    .into_iter()
                    .map(|(_, place)| place)
                    .collect();
                // A pair has to stand in one stretch as a whole.
                view.stretches_of(&places)
                    .into_iter()
                    .filter(|stretch| !Self::near(step, view, view.stretch(*stretch)).is_empty())
                    .collect()
            }
        }
    }

    /// Adds the places of a step within the stretches in which the query holds, which ascend.
    fn collect(step: &Step, view: &View<'_>, stretches: &[usize], found: &mut Vec<(usize, Place)>) {
        match step {
            Step::Leaf {
                part, whole, words, ..
            } => {
                let mut with_whole = Vec::new();
                view.for_each_in(view.places[*whole], stretches, |stretch, place| {
                    found.push((part * 512, place));
                    with_whole.push(stretch);
                });
                if words.is_empty() {
                    return;
                }
                let mut of_words = stretches.to_vec();
                of_words.retain(|stretch| with_whole.binary_search(stretch).is_err());
                for (word, n) in words.iter().zip(1..) {
                    view.for_each_in(view.places[*word], &of_words, |_, place| {
                        found.push((part * 512 + n, place));
                    });
                }
            }
            Step::All(steps) | Step::Any(steps) => {
                for step in steps {
                    Self::collect(step, view, stretches, found);
                }
            }
            Step::Near(..) => {
                for stretch in stretches {
                    found.extend(Self::near(step, view, view.stretch(*stretch)));
                }
            }
            Step::Whole(_) | Step::Not(_) => {}
        }
    }

    /// The places of a step that may stand beside NEAR, within some positions: of a pair those of
    /// both that have a partner.
    fn near(step: &Step, view: &View<'_>, within: (u32, u32)) -> Vec<(usize, Place)> {
        match step {
            Step::Leaf { part, whole, .. } => {
                let places = inside(view.places[*whole], within).into_iter();
                places.map(|place| (part * 512, place)).collect()
            }
            Step::Any(steps) => {
                let mut all: Vec<_> = steps
                    .iter()
                    .flat_map(|step| Self::near(step, view, within))
                    .collect();
                all.sort_unstable_by_key(|(part, place)| (*place, *part));
                all
            }
            Step::Near(distance, first, second) => {
                let (mut a, mut b) = (
                    Self::near(first, view, within),
                    Self::near(second, view, within),
                );
                a.sort_unstable_by_key(|(_, place)| *place);
                b.sort_unstable_by_key(|(_, place)| *place);
                let mut pairs: Vec<(usize, Place)> = Vec::new();
                for (places, others) in [(&a, &b), (&b, &a)] {
                    // The longest place sets how far back a partner may begin.
                    let lens = others.iter().map(|(_, other)| other.end - other.start);
                    let reach = distance.saturating_add(lens.max().unwrap_or(0));
                    pairs.extend(
                        places.iter().filter(|(_, place)| {
                            view.has_partner(*place, others, *distance, reach)
                        }),
                    );
                }
                pairs.sort_unstable_by_key(|(part, place)| (*place, *part));
                pairs
            }
            Step::Whole(_) | Step::All(_) | Step::Not(_) => Vec::new(),
        }
    }
}

impl View<'_> {
    fn n_stretches(&self) -> usize {
        self.breaks.len() + 1
    }

    fn all(&self) -> Vec<usize> {
        (0..self.n_stretches()).collect()
    }

    /// The positions of a stretch.
    fn stretch(&self, n: usize) -> (u32, u32) {
        let start = match n.checked_sub(1) {
            None => self.range.0,
            Some(before) => self.breaks.get(before).map_or(self.range.1, |at| at + 1),
        };
        (start, self.breaks.get(n).copied().unwrap_or(self.range.1))
    }

    /// The stretches in which some of `places`, which ascend, lie whole.
    fn stretches_of(&self, places: &[Place]) -> Vec<usize> {
        let mut held = Vec::new();
        for place in places {
            let stretch = self.breaks.partition_point(|at| *at < place.start);
            let end = self.breaks.get(stretch).copied().unwrap_or(self.range.1);
            if place.end <= end && held.last() != Some(&stretch) {
                held.push(stretch);
            }
        }
        held
    }

    /// Calls `each` with those of `places`, which ascend, that lie whole in some stretches, and with
    /// the stretch.
    fn for_each_in(
        &self,
        places: &[Place],
        stretches: &[usize],
        mut each: impl FnMut(usize, Place),
    ) {
        let mut wanted = stretches.iter().copied().peekable();
        let mut stretch = 0;
        for place in places {
            while self.breaks.get(stretch).is_some_and(|at| *at < place.start) {
                stretch += 1;
            }
            while wanted.next_if(|wanted| *wanted < stretch).is_some() {}
            let end = self.breaks.get(stretch).copied().unwrap_or(self.range.1);
            match wanted.peek() {
                None => break,
                Some(wanted) if *wanted == stretch && place.end <= end => each(stretch, *place),
                Some(_) => {}
            }
        }
    }

    /// Whether one of `others`, by start, stands so near, beside it and in the same paragraph.
    /// `reach`: how far before it such a one may begin.
    fn has_partner(
        &self,
        place: Place,
        others: &[(usize, Place)],
        distance: u32,
        reach: u32,
    ) -> bool {
        let end = self
            .paragraph_ends
            .partition_point(|end| *end < place.start);
        let paragraph_end = self
            .paragraph_ends
            .get(end)
            .copied()
            .unwrap_or(self.range.1);
        let before = end
            .checked_sub(1)
            .and_then(|before| self.paragraph_ends.get(before));
        let paragraph_start = before.map_or(self.range.0, |end| end + 1);
        let low = place.start.saturating_sub(reach).max(paragraph_start);
        let from = others.partition_point(|(_, other)| other.start < low);
        let near = others[from..]
            .iter()
            .take_while(|(_, other)| other.start <= place.end.saturating_add(distance));
        near.into_iter().any(|(_, other)| {
            let gap = if other.start >= place.end {
                Some(other.start - place.end)
            } else {
                // Overlapping places are not beside each other.
                place.start.checked_sub(other.end)
            };
            gap.is_some_and(|gap| gap <= distance)
                && other.end <= paragraph_end
                && place.end <= paragraph_end
        })
    }
}

/// Of places by start those that lie within some positions.
fn inside(places: &[Place], (start, end): (u32, u32)) -> Vec<Place> {
    let from = places.partition_point(|place| place.start < start);
    let behind = places[from..].iter().take_while(|place| place.start < end);
    behind.filter(|place| place.end <= end).copied().collect()
}

fn intersected(mut numbers: Vec<usize>, others: &[usize]) -> Vec<usize> {
    numbers.retain(|number| others.binary_search(number).is_ok());
    numbers
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
    zone: Zone,
    sought: Vec<(Zone, Sought)>,
    wholes: Vec<Whole>,
    several: Vec<usize>,
    n_parts: usize,
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
                self.n_parts += 1;
                if !words.is_empty() {
                    self.several.push(self.n_parts);
                }
                Step::Leaf {
                    part: self.n_parts,
                    whole: self.number(parts.whole),
                    words: words.into_iter().map(|word| self.number(word)).collect(),
                    function_words: function_words
                        .into_iter()
                        .map(|word| self.number(word))
                        .collect(),
                }
            }
            Node::Condition(condition) => self.whole(Whole::Condition(condition.clone())),
            Node::And(nodes) => Step::All(self.steps(nodes, mask, excluded)),
            Node::Or(nodes) => Step::Any(self.steps(nodes, mask, excluded)),
            Node::Not(node) => Step::Not(Box::new(self.step(node, Mask::Off, true))),
            Node::Near(distance, first, second) => {
                let zone = node.places().and_then(zone_of);
                if let Some(zone) = zone.filter(|zone| *zone != self.zone) {
                    // The leaves of a pair have no words of their own, so NOT changes but the mask.
                    return self.whole(Whole::NearElsewhere(zone, Plan::new(node, zone, mask)));
                }
                Step::Near(
                    *distance,
                    Box::new(self.step(first, mask, excluded)),
                    Box::new(self.step(second, mask, excluded)),
                )
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
            words.extend(parts.words.into_iter().chain(parts.function_words));
        }
        self.whole(Whole::Elsewhere(zone, parts.whole, words))
    }

    fn whole(&mut self, whole: Whole) -> Step {
        self.wholes.push(whole);
        Step::Whole(self.wholes.len() - 1)
    }

    fn number(&mut self, sought: Sought) -> usize {
        let entry = (self.zone, sought);
        if let Some(known) = self.sought.iter().position(|known| *known == entry) {
            return known;
        }
        self.sought.push(entry);
        self.sought.len() - 1
    }
}
