//! Explains why a query found nothing: how much of it there is, what each of its terms keeps away,
//! and what may have been meant. Every number is that of a search, and there are few searches.

use std::cell::Cell;

use super::columns::Filtering;
use super::matching::{Matching, Wanted};
use super::parts::{Parts, Sought, zone_of};
use super::plan::Plan;
use super::suggestions::{Near, Suggestions};
use crate::analysis::{Phrase, units};
use crate::query::{Leaf, LeafKind, Node};
use crate::search::{Hint, Mask, Request, TermCount, Zone};

/// Most searches for one hint.
const MAX_LOOKUPS: usize = 50;
/// Most places that are looked at for one hint, about: in so short a time nobody notices.
const MAX_PLACES: usize = 2_000_000;
/// To find a list of positions takes about as long as to look at so many of them.
const LIST: usize = 512;
/// Of the searches, most for what is left out and for what may have been meant.
const MAX_WITHOUT: usize = 10;
const MAX_TRIED: usize = 16;
/// Most of what may have been meant that is told.
const MAX_MEANT: usize = 3;
/// Units of a keyword or phrase that are searched for something misspelt, and of one of which all parts
/// are looked for.
const MAX_UNITS: usize = 24;
/// All parts of so many units.
const MAX_PARTS: usize = MAX_UNITS * (MAX_UNITS + 1) / 2;
/// Units of a relaxed query that is looked at at all.
const MAX_RELAXED_UNITS: usize = 12;

/// Explains one request.
pub(super) struct Hinter<'a> {
    matching: &'a Matching<'a>,
    filtering: &'a Filtering<'a>,
    request: &'a Request,
    /// Searches that may still be made.
    left: Cell<usize>,
    /// Places that may still be looked at, about.
    places: Cell<usize>,
}

impl<'a> Hinter<'a> {
    pub(super) fn new(
        matching: &'a Matching<'a>,
        filtering: &'a Filtering<'a>,
        request: &'a Request,
    ) -> Self {
        let left = Cell::new(MAX_LOOKUPS);
        Self {
            matching,
            filtering,
            request,
            left,
            places: Cell::new(MAX_PLACES),
        }
    }

    pub(super) fn hint(
        &self,
        root: &Node,
        suggestions: Option<&Suggestions>,
    ) -> tantivy::Result<Hint> {
        let mut hint = Hint {
            without: self.without(root)?,
            ..Hint::default()
        };
        if self.request.filters != crate::search::Filters::default() {
            hint.without_filters = Some(self.documents(root, false)?);
        }
        if let Some(suggestions) = suggestions {
            hint.did_you_mean = self.meant(root, suggestions, false)?;
        }
        hint.longest_found = self.longest(root)?;
        Ok(hint)
    }

    /// The hint of an empty query, from which only the filters can keep documents away.
    pub(super) fn hint_of_all(&self, documents: u64) -> Hint {
        let is_filtered = self.request.filters != crate::search::Filters::default();
        Hint {
            without_filters: is_filtered.then_some(documents),
            ..Hint::default()
        }
    }

    /// The hint of a search that found some words only: most of them, or all of a keyword that is
    /// written nowhere as a whole. There is one if another spelling finds the whole. Long queries are
    /// mostly questions; they are left alone.
    pub(super) fn of_words<'s>(
        &self,
        root: &Node,
        relaxed: bool,
        suggestions: impl FnOnce() -> Option<&'s Suggestions>,
    ) -> tantivy::Result<Option<Hint>> {
        let mut n_units = 0;
        root.for_each_positive(&mut |leaf| n_units += units::count(&leaf.text));
        if n_units > MAX_RELAXED_UNITS || !(relaxed || self.is_scattered(root)?) {
            return Ok(None);
        }
        let Some(suggestions) = suggestions() else {
            return Ok(None);
        };
        let did_you_mean = self.meant(root, suggestions, !relaxed)?;
        if did_you_mean.is_empty() {
            return Ok(None);
        }
        let (without, longest_found) = (self.without(root)?, self.longest(root)?);
        Ok(Some(Hint {
            longest_found,
            without,
            did_you_mean,
            ..Hint::default()
        }))
    }

    /// Whether a keyword that has to be found is written nowhere as a whole, but for its words.
    fn is_scattered(&self, root: &Node) -> tantivy::Result<bool> {
        let joined = match root {
            Node::And(nodes) => nodes.as_slice(),
            other => std::slice::from_ref(other),
        };
        for node in joined {
            if let Node::Leaf(leaf) = node
                && leaf.kind == LeafKind::Keyword
                && !self.words(leaf).is_empty()
                && !self.found(leaf, &leaf.text)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether one more search may be made.
    fn may_look(&self) -> bool {
        self.left.get() > 0 && self.places.get() > 0
    }

    /// Notes that `root` is searched for.
    fn spend(&self, root: &Node, is_planned: bool) -> tantivy::Result<()> {
        self.left.set(self.left.get().saturating_sub(1));
        let mut leaves = Vec::new();
        root.for_each_positive(&mut |leaf| leaves.push(leaf.clone()));
        let mut n_places = 0usize;
        for leaf in &leaves {
            let (zone, mask) = (self.request.zone_of_places(), self.request.mask);
            let Some(parts) = Parts::of(leaf, zone, mask) else {
                continue;
            };
            for sought in std::iter::once(&parts.whole).chain(&parts.words) {
                n_places = n_places.saturating_add(if is_planned || sought.typed().is_none() {
                    self.matching.n_places_in_all(parts.zone, sought)?
                } else {
                    self.matching.sought_cost(parts.zone, sought)?
                });
                // Of every pair the list is looked up; under masks every unit is looked for by itself.
                let lists = if sought.may_be_masked() { 4 } else { 1 };
                let n_units: usize = sought.phrases().map(|p| p.units().len()).sum();
                n_places += n_units * lists * LIST;
            }
        }
        self.places.set(self.places.get().saturating_sub(n_places));
        Ok(())
    }

    fn plan(&self, root: &Node) -> Option<Plan> {
        let request = self.request;
        Plan::needed(root, request.scope, request.zone_of_places(), request.mask)
    }

    /// Documents that a search for `root` would find.
    fn documents(&self, root: &Node, filtered: bool) -> tantivy::Result<u64> {
        let (matching, plan) = (self.matching, self.plan(root));
        self.spend(root, plan.is_some())?;
        let mut docs = if let Some(plan) = plan {
            let candidates = matching.candidates(root)?;
            matching
                .planned(&plan, self.request.scope, &candidates)?
                .docs
        } else {
            matching.docs(&matching.strict(Some(root))?)?
        };
        if filtered {
            self.filtering.apply(&mut docs)?;
        }
        Ok(docs.iter().map(|docs| docs.len() as u64).sum())
    }

    /// What leaving out each of the terms that are joined by AND would bring.
    fn without(&self, root: &Node) -> tantivy::Result<Vec<TermCount>> {
        let terms = match root {
            Node::And(nodes) => nodes.clone(),
            Node::Leaf(leaf) => self.words(leaf),
            _ => Vec::new(),
        };
        if terms.len() < 2 {
            return Ok(Vec::new());
        }
        let n = terms.len().min(MAX_WITHOUT);
        let all = Node::all(terms.clone());
        // A scope holds what is left together, and is asked for as long as anything is.
        let found = if all.as_ref().and_then(|all| self.plan(all)).is_some() {
            let request = self.request;
            let plan = |term: &Node| Plan::new(term, request.zone_of_places(), request.mask);
            let plans: Vec<Plan> = terms.iter().map(plan).collect();
            self.matching.planned_without(&plans, request.scope, n)?
        } else {
            self.matching.docs_without(&terms, n)?
        };
        let mut without = Vec::with_capacity(n);
        for (term, mut docs) in terms.iter().zip(found) {
            self.filtering.apply(&mut docs)?;
            without.push(TermCount {
                term: term.to_string(),
                documents: docs.iter().map(|docs| docs.len() as u64).sum(),
            });
        }
        Ok(without)
    }

    /// The words of a keyword, which are joined by AND, too.
    fn words(&self, leaf: &Leaf) -> Vec<Node> {
        let parts = Parts::of(leaf, self.request.zone_of_places(), self.request.mask);
        let words = parts.map(|parts| parts.words).unwrap_or_default();
        let phrases = words.iter().filter_map(|word| word.typed());
        let leaf = |text: &str| {
            Node::Leaf(Leaf {
                field: leaf.field,
                kind: LeafKind::Keyword,
                text: text.to_owned(),
                numbers: leaf.numbers,
            })
        };
        phrases.map(|phrase| leaf(phrase.text())).collect()
    }

    /// Other words of the archive that may have been meant, each with what it would find.
    /// With `whole`, only such as stand for a keyword as a whole.
    fn meant(
        &self,
        root: &Node,
        suggestions: &Suggestions,
        whole: bool,
    ) -> tantivy::Result<Vec<TermCount>> {
        let mut leaves: Vec<Leaf> = Vec::new();
        root.for_each_positive(&mut |leaf| {
            if !leaves.contains(leaf) {
                leaves.push(leaf.clone());
            }
        });
        let mut meant: Vec<TermCount> = Vec::new();
        let mut tries = MAX_TRIED;
        for leaf in leaves.iter().take(MAX_TRIED) {
            if tries == 0 || !self.may_look() {
                break;
            }
            tries -= 1;
            // What is found needs no other spelling, unless it is all that was asked for.
            if leaves.len() > 1 && self.found(leaf, &leaf.text)? {
                continue;
            }
            for text in corrections(&leaf.text, suggestions, whole) {
                if tries == 0 || meant.len() == MAX_MEANT || !self.may_look() {
                    break;
                }
                tries -= 1;
                // The whole has to be written somewhere: its words alone may be anywhere, and under a
                // mask stands anything.
                if !self.written(leaf, &text)? {
                    continue;
                }
                let other = with_text(root, leaf, &text);
                let documents = self.documents(&other, true)?;
                let text = other.to_string();
                if documents > 0 && !meant.iter().any(|known| known.term == text) {
                    meant.push(TermCount {
                        term: text,
                        documents,
                    });
                }
            }
        }
        meant.sort_by_key(|meant| u64::MAX - meant.documents);
        Ok(meant)
    }

    /// Whether a text is written somewhere in the leaf's field, whatever the filters.
    fn found(&self, leaf: &Leaf, text: &str) -> tantivy::Result<bool> {
        let phrase = Leaf {
            field: leaf.field,
            kind: LeafKind::Phrase,
            text: text.to_owned(),
            numbers: leaf.numbers,
        };
        let phrase = Node::Leaf(phrase);
        self.spend(&phrase, false)?;
        let docs = self.matching.docs(&self.matching.node(&phrase)?)?;
        Ok(docs.iter().any(|docs| !docs.is_empty()))
    }

    /// Whether a text is written out somewhere in the leaf's field, whatever the filters.
    fn written(&self, leaf: &Leaf, text: &str) -> tantivy::Result<bool> {
        let other = Node::Leaf(Leaf {
            text: text.to_owned(),
            ..leaf.clone()
        });
        self.spend(&other, false)?;
        let Some(sought) = Sought::new(text, leaf.numbers, Mask::Off) else {
            return Ok(false);
        };
        let docs = self
            .matching
            .docs(&Wanted::Sought(zone_of(leaf, self.matching.zone), sought))?;
        Ok(docs.iter().any(|docs| !docs.is_empty()))
    }

    /// The longest part of a keyword or phrase that is found somewhere.
    fn longest(&self, root: &Node) -> tantivy::Result<Option<String>> {
        let mut leaves = Vec::new();
        root.for_each_positive(&mut |leaf| leaves.push(leaf.clone()));
        let mut longest: (usize, Option<String>) = (0, None);
        if self.request.mask == Mask::Only {
            return Ok(None);
        }
        self.left.set(MAX_PARTS);
        self.places.set(MAX_PLACES);
        for leaf in &leaves {
            let Some(parts) = Parts::of(leaf, self.request.zone_of_places(), self.request.mask)
            else {
                continue;
            };
            if let Some(phrase) = parts.whole.typed() {
                longest = self.longest_written(parts.zone, phrase, longest)?;
            }
            if parts.whole.only_phrase().is_none() || parts.whole.may_be_masked() {
                longest = self.longest_otherwise(leaf, longest)?;
            }
        }
        Ok(longest.1)
    }

    /// The longest part of a phrase that is written as it was typed, if it is longer than another.
    fn longest_written(&self, zone: Zone, phrase: &Phrase, known: Part) -> tantivy::Result<Part> {
        let units = units::collect(phrase.text());
        let mut range = self.matching.longest_written(zone, phrase, known.0)?;
        if range.is_none() && known.0 == 0 {
            for (n, (_, bytes)) in units.iter().enumerate() {
                if self
                    .matching
                    .is_written(zone, &phrase.text()[bytes.clone()])?
                {
                    range = Some(n..n + 1);
                    break;
                }
            }
        }
        let text = range.as_ref().and_then(|range| {
            let (first, last) = (units.get(range.start)?, units.get(range.end - 1)?);
            phrase.text().get(first.1.start..last.1.end)
        });
        Ok(match (range, text) {
            (Some(range), Some(text)) => (range.len(), Some(text.to_owned())),
            _ => known,
        })
    }

    /// The longest part of a leaf that is found as searches find it: in other notations, under masks and
    /// with openings. A part of what is found so need not be found, `5` not where 五个 is; so the longest
    /// are looked for first, but of long texts.
    fn longest_otherwise(&self, leaf: &Leaf, known: Part) -> tantivy::Result<Part> {
        let units = units::collect(&leaf.text);
        let part = |from: usize, n: usize| {
            let (first, last) = (units.get(from)?, units.get(from + n - 1)?);
            leaf.text.get(first.1.start..last.1.end)
        };
        let is_open = |text: &str| text.trim_matches(['*', '＊', '…', '.']) != text;
        if units.len() <= MAX_UNITS {
            for n in (known.0 + 1..=units.len()).rev() {
                for text in (0..).map_while(|from| part(from, n)) {
                    if !self.may_look() {
                        return Ok(known);
                    }
                    if !is_open(text) && self.found(leaf, text)? {
                        return Ok((n, Some(text.to_owned())));
                    }
                }
            }
            return Ok(known);
        }
        let (mut longest, mut from) = (known, 0);
        while self.may_look()
            && let Some(text) = part(from, longest.0 + 1)
        {
            if !is_open(text) && self.found(leaf, text)? {
                longest = (longest.0 + 1, Some(text.to_owned()));
            } else {
                from += 1;
            }
        }
        Ok(longest)
    }
}

/// So many units, and their text.
type Part = (usize, Option<String>);

/// Texts with a part of `text` in another spelling, the likeliest first.
fn corrections(text: &str, suggestions: &Suggestions, whole: bool) -> Vec<String> {
    let mut units = units::collect(text);
    units.truncate(MAX_UNITS);
    let mut found: Vec<(usize, Near, String)> = Vec::new();
    let shortest = if whole { units.len().max(2) } else { 2 };
    for n in (shortest..=units.len()).rev() {
        for window in units.windows(n) {
            let (Some(first), Some(last)) = (window.first(), window.last()) else {
                continue;
            };
            let range = first.1.start..last.1.end;
            let Some(typed) = text.get(range.clone()) else {
                continue;
            };
            for near in suggestions.near(typed).into_iter().take(MAX_TRIED) {
                let mut other = text.to_owned();
                other.replace_range(range.clone(), &near.text);
                if !found.iter().any(|(_, _, known)| *known == other) {
                    found.push((n, near, other));
                }
            }
        }
    }
    let whole = units.len();
    found.sort_by_key(|(n, near, _)| (*n != whole, !near.sounds, whole - n, near.changed));
    found.into_iter().map(|(_, _, other)| other).collect()
}

/// The query with another text in a leaf.
fn with_text(root: &Node, leaf: &Leaf, text: &str) -> Node {
    let each = |nodes: &[Node]| {
        nodes
            .iter()
            .map(|node| with_text(node, leaf, text))
            .collect()
    };
    match root {
        Node::Leaf(known) if known == leaf => Node::Leaf(Leaf {
            text: text.to_owned(),
            ..leaf.clone()
        }),
        Node::And(nodes) => Node::And(each(nodes)),
        Node::Or(nodes) => Node::Or(each(nodes)),
        Node::Near(distance, first, second) => Node::Near(
            *distance,
            Box::new(with_text(first, leaf, text)),
            Box::new(with_text(second, leaf, text)),
        ),
        Node::Leaf(_) | Node::Condition(_) | Node::Not(_) => root.clone(),
    }
}
