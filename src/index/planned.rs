//! Plans, evaluated on the documents of an index: which match, and what counts in each.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use super::counting::{Count, for_each_of};
use super::matching::{DocSets, Matching, Wanted, damaged, stream_of};
use super::placing::Written;
use super::plan::{Plan, Whole};
use super::view::{Evaluated, Picked, Ranges, View, evaluate};
use crate::exact::{Borders, Break, NumberSet, Span};
use crate::query::Node;
use crate::search::Scope;

impl Matching<'_> {
    /// Documents of those `wanted` in which a plan holds, with what it counts in each.
    pub(super) fn planned(
        &self,
        plan: &Plan,
        scope: Scope,
        wanted: &Wanted,
    ) -> tantivy::Result<Planned> {
        let mut planned = Planned {
            wholes: vec![DocSets::new(); plan.wholes().len()],
            active: vec![DocSets::new(); plan.wholes().len()],
            ..Planned::default()
        };
        let in_segment = |ord: usize| {
            let docs = self.docs_in(ord, wanted)?;
            self.planned_in(ord, plan, scope, &docs)
        };
        for here in self.by_segment(in_segment)? {
            planned.docs.push(here.docs);
            planned.counts.push(here.counts);
            for (all, of_segment) in planned.wholes.iter_mut().zip(here.wholes) {
                all.push(of_segment);
            }
            for (all, of_segment) in planned.active.iter_mut().zip(here.active) {
                all.push(of_segment);
            }
        }
        Ok(planned)
    }

    /// Documents of some in which a plan holds, in one segment.
    fn planned_in(
        &self,
        ord: usize,
        plan: &Plan,
        scope: Scope,
        docs: &[u32],
    ) -> tantivy::Result<PlannedHere> {
        let EvaluatedHere {
            found,
            written,
            wholes,
            stretches,
        } = self.evaluated_in(ord, plan, scope, docs)?;
        let holding = |held: &NumberSet| self.holding_some(ord, held, &stretches, docs);
        let matched = holding(&found.held);
        let active = found.wholes.iter().map(|held| held.as_ref().map(holding));
        Ok(PlannedHere {
            active: active.map(Option::unwrap_or_default).collect(),
            counts: self.counts_of_places(ord, plan, found.places, &written, &matched)?,
            docs: matched,
            wholes,
        })
    }

    /// Of `docs` those that have some of these stretches.
    fn holding_some(
        &self,
        ord: usize,
        held: &NumberSet,
        stretches: &Borders,
        docs: &[u32],
    ) -> Vec<u32> {
        let exact = self.segments[ord].stream(stream_of(self.zone));
        let mut some = docs.to_vec();
        some.retain(|doc| {
            let (start, end) = exact.doc_range(*doc);
            held.intersects(stretches.stretch(start), stretches.stretch(end) + 1)
        });
        some
    }

    /// Evaluates a plan on documents of one segment.
    fn evaluated_in(
        &self,
        ord: usize,
        plan: &Plan,
        scope: Scope,
        docs: &[u32],
    ) -> tantivy::Result<EvaluatedHere> {
        let exact = self.segments[ord].stream(stream_of(self.zone));
        let kind = match scope {
            Scope::Document => None,
            Scope::Paragraph => Some(Break::Paragraph),
            Scope::Sentence => Some(Break::Sentence),
        };
        let stretches = self.borders(ord, self.zone, kind, Some(docs))?;
        let cells = if kind.is_none() {
            self.borders(ord, self.zone, Some(Break::Paragraph), Some(docs))?
        } else {
            Arc::clone(&stretches)
        };
        let of_docs = |docs: &[u32], parted: &Borders| {
            let mut all = NumberSet::new(parted.n_stretches() as usize);
            for run in docs.chunk_by(|a, b| a + 1 == *b) {
                if let (Some(first), Some(last)) = (run.first(), run.last()) {
                    let (start, end) = (exact.doc_range(*first).0, exact.doc_range(*last).1);
                    all.insert_range(parted.stretch(start), parted.stretch(end) + 1);
                }
            }
            all
        };
        let mut wholes = Vec::with_capacity(plan.wholes().len());
        for whole in plan.wholes() {
            wholes.push(self.whole_docs(ord, whole, docs)?);
        }
        let mut costs = Vec::with_capacity(plan.sought().len());
        for (zone, sought) in plan.sought() {
            costs.push(self.n_places(ord, *zone, sought)?);
        }
        let mut error = RefCell::new(None);
        let written: Vec<OnceCell<Written>> = costs.iter().map(|_| OnceCell::new()).collect();
        let found = evaluate(
            plan,
            &View {
                look_up: &|n, ranges: Option<Ranges>| {
                    let found = self.look_up(ord, &plan.sought()[n], docs, ranges.as_deref());
                    let (places, how) = found.unwrap_or_else(|failed| {
                        error.borrow_mut().get_or_insert(failed);
                        Default::default()
                    });
                    let _ = written[n].set(how);
                    places
                },
                costs: &costs,
                stretches: &stretches,
                cells: &cells,
                all: &of_docs(docs, &stretches),
                all_cells: &of_docs(docs, &cells),
                limit: exact.n_positions(),
                holds: &|n| of_docs(&wholes[n], &stretches),
                given_up: &|| error.borrow().is_some() || self.deadline.is_over(),
            },
        );
        if let Some(failed) = error.get_mut().take() {
            return Err(failed);
        }
        self.deadline.check()?;
        let written = written.into_iter().map(OnceCell::into_inner);
        Ok(EvaluatedHere {
            found,
            written: written.map(Option::unwrap_or_default).collect(),
            wholes,
            stretches,
        })
    }

    /// The documents in which all plans but one hold in one stretch, for each of the first `n`.
    pub(super) fn planned_without(
        &self,
        plans: &[Plan],
        scope: Scope,
        n: usize,
    ) -> tantivy::Result<Vec<DocSets>> {
        let mut without = vec![DocSets::new(); n];
        for here in self.by_segment(|ord| self.planned_without_in(ord, plans, scope, n))? {
            for (all, of_segment) in without.iter_mut().zip(here) {
                all.push(of_segment);
            }
        }
        Ok(without)
    }

    /// The same in one segment.
    fn planned_without_in(
        &self,
        ord: usize,
        plans: &[Plan],
        scope: Scope,
        n: usize,
    ) -> tantivy::Result<Vec<Vec<u32>>> {
        let docs = &self.docs_in(ord, &Wanted::All(Vec::new()))?;
        let mut held = Vec::with_capacity(plans.len());
        let mut parted = None;
        for plan in plans {
            let here = self.evaluated_in(ord, plan, scope, docs)?;
            held.push(here.found.held);
            parted = Some(here.stretches);
        }
        let Some(stretches) = parted else {
            return Ok(Vec::new());
        };
        // Of each what all behind it hold in, and then what all before it do.
        let mut behind = held.clone();
        for at in (1..held.len()).rev() {
            let (before, after) = behind.split_at_mut(at);
            if let (Some(one), Some(next)) = (before.last_mut(), after.first()) {
                one.intersect(next);
            }
        }
        let mut without = Vec::with_capacity(n);
        let mut before: Option<NumberSet> = None;
        for (at, of_one) in held.iter().enumerate().take(n) {
            let mut others = behind.get(at + 1).cloned();
            match (&mut others, &before) {
                (Some(others), Some(before)) => others.intersect(before),
                (None, Some(before)) => others = Some(before.clone()),
                _ => {}
            }
            let others = others.unwrap_or_default();
            without.push(self.holding_some(ord, &others, &stretches, docs));
            match &mut before {
                Some(before) => before.intersect(of_one),
                None => before = Some(of_one.clone()),
            }
        }
        Ok(without)
    }

    /// Counts places by document, each once whatever number of leaves they are of.
    fn counts_of_places(
        &self,
        ord: usize,
        plan: &Plan,
        places: Vec<Picked>,
        written: &[Written],
        docs: &[u32],
    ) -> tantivy::Result<Vec<Count>> {
        let exact = self.segments[ord].stream(stream_of(self.zone));
        let mut counts = vec![Count::default(); docs.len()];
        let masked: Vec<bool> = written.iter().map(Written::has_masks).collect();
        let may_coincide = plan.may_coincide(&masked);
        let mut together: Vec<Span> = Vec::new();
        for (n, picked) in places
            .into_iter()
            .enumerate()
            .filter(|(_, p)| !p.is_empty())
        {
            self.deadline.check()?;
            let is_several = plan.several().contains(&n);
            let found = match &written[n] {
                Written::As(phrase) if !may_coincide[n] => {
                    exact.at_starts(phrase, &picked.starts()).map_err(damaged)?
                }
                Written::As(phrase) => {
                    let spans = exact.spans_at(phrase, &picked.starts()).map_err(damaged)?;
                    together.extend_from_slice(&spans);
                    exact.count_spans(if is_several { &spans } else { &[] })
                }
                Written::Each(writings) => {
                    let span = |(n, start, end): (usize, u32, u32)| Span {
                        start,
                        end,
                        writing: writings[n],
                    };
                    let spans: Vec<Span> = picked.iter().map(span).collect();
                    if may_coincide[n] {
                        together.extend_from_slice(&spans);
                    }
                    exact.count_spans(if is_several || !may_coincide[n] {
                        &spans
                    } else {
                        &[]
                    })
                }
            };
            for_each_of(docs, &found, |at, found| {
                if !may_coincide[n] {
                    counts[at].add(found);
                }
                counts[at].n_whole += u32::from(is_several && found.n > found.n_masked);
            });
        }
        together.sort_unstable();
        together.dedup_by_key(|span| (span.start, span.end));
        let found = exact.count_spans(&together);
        for_each_of(docs, &found, |at, found| counts[at].add(found));
        Ok(counts)
    }

    /// Of `docs` those for which holds what is asked of a document as a whole.
    pub(super) fn whole_docs(
        &self,
        ord: usize,
        whole: &Whole,
        docs: &[u32],
    ) -> tantivy::Result<Vec<u32>> {
        match whole {
            Whole::Condition(condition) => {
                self.eval(ord, &Wanted::Condition(condition.clone()), Some(docs))
            }
            Whole::Elsewhere(zone, whole, words) => {
                let mut held = self.holding(ord, *zone, whole, Some(docs))?;
                let mut of_words = docs.to_vec();
                for word in words {
                    of_words = self.holding(ord, *zone, word, Some(&of_words))?;
                }
                if !words.is_empty() {
                    held.extend(of_words);
                    held.sort_unstable();
                    held.dedup();
                }
                Ok(held)
            }
            Whole::NearElsewhere(zone, plan) => {
                let (searcher, segments) = (self.searcher, self.segments);
                let there = Matching::new(searcher, segments, self.fields, *zone, self.mask);
                let there = there.until(self.deadline);
                Ok(there.planned_in(ord, plan, Scope::Document, docs)?.docs)
            }
        }
    }

    /// A cheap overestimate of what a plan matches: NOT holds everywhere.
    pub(super) fn candidates(&self, root: &Node) -> tantivy::Result<Wanted> {
        Ok(match root {
            Node::Not(_) => Wanted::All(Vec::new()),
            Node::And(nodes) => self.all(self.each(nodes, Self::candidates)?)?,
            Node::Or(nodes) => {
                for node in nodes {
                    if self.is_common_pattern(node)? {
                        return Ok(Wanted::All(Vec::new()));
                    }
                }
                Wanted::Any(self.each(nodes, Self::candidates)?)
            }
            Node::Near(_, first, second) => {
                self.all(vec![self.candidates(first)?, self.candidates(second)?])?
            }
            // Where its parts stand nearly everywhere, to ask for documents costs as much as to evaluate it.
            Node::Leaf(_) if self.is_common_pattern(root)? => Wanted::All(Vec::new()),
            Node::Leaf(_) | Node::Condition(_) => self.node(root)?,
        })
    }
}

/// What a plan found.
#[derive(Default)]
pub(super) struct Planned {
    /// The documents in which it holds.
    pub(super) docs: DocSets,
    /// How often what made it hold occurs in each.
    pub(super) counts: Vec<Vec<Count>>,
    /// Documents of which something holds as a whole, by its number.
    pub(super) wholes: Vec<DocSets>,
    /// Of these the ones in which it made the plan hold.
    pub(super) active: Vec<DocSets>,
}

/// A plan, evaluated on documents of one segment.
struct EvaluatedHere {
    found: Evaluated,
    /// How the places of what is looked for are written.
    written: Vec<Written>,
    wholes: Vec<Vec<u32>>,
    stretches: Arc<Borders>,
}

/// What a plan found in one segment.
struct PlannedHere {
    docs: Vec<u32>,
    counts: Vec<Count>,
    wholes: Vec<Vec<u32>>,
    active: Vec<Vec<u32>>,
}
