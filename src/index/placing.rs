//! Places of what is looked for, and queries in which they matter beyond the document.

use std::rc::Rc;

use super::counting::Count;
use super::matching::{DocSets, Matching, Wanted, damaged, stream_of, title_skip};
use super::parts::{Sought, Wording};
use super::view::{Place, Plan, View, Whole};
use crate::analysis::{OwnedUnit, units};
use crate::exact::{Break, Corrupt, DocMatch, Span, SpanWriting, Within, retain_outermost};
use crate::query::Node;
use crate::search::{Mask, Scope, Zone};
use crate::snippet::MatchClass;

impl Matching<'_> {
    /// The places of what is looked for that have masks for some of it, in all documents of one
    /// segment: few, so they are looked up once.
    pub(super) fn masked(
        &self,
        ord: usize,
        zone: Zone,
        sought: &Sought,
    ) -> tantivy::Result<Rc<Vec<DocMatch>>> {
        let exact = self.segments[ord].stream(stream_of(zone));
        if !sought.may_be_masked() || !exact.has_masks().map_err(damaged)? {
            return Ok(Rc::default());
        }
        let only = Sought {
            mask: Mask::Only,
            ..sought.clone()
        };
        let key = (ord, zone, only);
        if let Some(found) = self.sought.borrow().get(&key) {
            return Ok(Rc::clone(found));
        }
        let spans = self.masked_spans(ord, zone, sought, None)?;
        let all = Rc::new(exact.count_spans(&spans));
        self.sought.borrow_mut().insert(key, Rc::clone(&all));
        Ok(all)
    }

    /// The places in documents of one segment that have masks for some of what is looked for.
    fn masked_spans(
        &self,
        ord: usize,
        zone: Zone,
        sought: &Sought,
        docs: Option<&[u32]>,
    ) -> tantivy::Result<Vec<Span>> {
        let exact = self.segments[ord].stream(stream_of(zone));
        let mut spans = Vec::new();
        for wording in &sought.wordings {
            if let Some(phrase) = wording.pattern.as_phrase() {
                let ask = |within: Within<'_>| exact.masked_spans(phrase, within);
                spans.extend(self.within(ord, zone, docs, ask)?);
            }
        }
        retain_outermost(&mut spans, |span| (span.start, span.end));
        Ok(spans)
    }

    /// Whether any document has something under masks.
    pub(super) fn is_masked_anywhere(&self, zone: Zone, sought: &Sought) -> tantivy::Result<bool> {
        for ord in 0..self.segments.len() {
            if !self.masked(ord, zone, sought)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The places of a wording, without those that are parts of larger numbers.
    pub(super) fn wording_spans(
        &self,
        ord: usize,
        zone: Zone,
        wording: &Wording,
        docs: Option<&[u32]>,
    ) -> tantivy::Result<Vec<Span>> {
        let exact = self.segments[ord].stream(stream_of(zone));
        let Wording {
            pattern,
            before,
            behind,
        } = wording;
        let mut spans = self.within(ord, zone, docs, |within| exact.spans(pattern, within))?;
        if !before.is_empty() || !behind.is_empty() {
            let units = |chars: &[char]| -> Vec<OwnedUnit> {
                let text = |c: &char| units::collect(c.encode_utf8(&mut [0; 4]));
                chars.iter().flat_map(text).map(|(unit, _)| unit).collect()
            };
            exact
                .retain_between(&mut spans, pattern, &units(before), &units(behind))
                .map_err(damaged)?;
        }
        Ok(spans)
    }

    /// Asks the exact index for something behind the titles that this zone leaves out.
    pub(super) fn within<T>(
        &self,
        ord: usize,
        zone: Zone,
        docs: Option<&[u32]>,
        ask: impl FnOnce(Within<'_>) -> Result<T, Corrupt>,
    ) -> tantivy::Result<T> {
        self.deadline.check()?;
        let skip = title_skip(self.searcher, ord, zone)?;
        let given_up = || self.deadline.is_over();
        let within = Within {
            docs,
            skip: skip.as_deref(),
            given_up: Some(&given_up),
        };
        let found = ask(within).map_err(damaged)?;
        self.deadline.check()?;
        Ok(found)
    }

    /// Every place of what is looked for, in documents of one segment; by start.
    pub(super) fn places(
        &self,
        ord: usize,
        zone: Zone,
        sought: &Sought,
        docs: &[u32],
    ) -> tantivy::Result<Vec<Place>> {
        let mut places = Vec::new();
        if sought.mask != Mask::Only {
            for (n, wording) in sought.wordings.iter().enumerate() {
                let spans = self.wording_spans(ord, zone, wording, Some(docs))?;
                places.extend(spans.iter().map(|span| place(span, n)));
            }
        }
        if sought.may_be_masked() {
            let spans = self.masked_spans(ord, zone, sought, Some(docs))?;
            places.extend(spans.iter().map(|span| place(span, 0)));
        }
        places.sort_unstable();
        places.dedup_by(|b, a| (a.start, a.end) == (b.start, b.end));
        Ok(places)
    }

    /// Documents of `docs` in which a plan holds, with what it counts in each.
    pub(super) fn planned(
        &self,
        plan: &Plan,
        scope: Scope,
        docs: &DocSets,
    ) -> tantivy::Result<(DocSets, Vec<Vec<Count>>)> {
        let (mut matched, mut counts) = (Vec::new(), Vec::new());
        for (ord, docs) in docs.iter().enumerate() {
            let (docs_here, counts_here) = self.planned_in(ord, plan, scope, docs)?;
            matched.push(docs_here);
            counts.push(counts_here);
        }
        Ok((matched, counts))
    }

    /// The same in one segment.
    fn planned_in(
        &self,
        ord: usize,
        plan: &Plan,
        scope: Scope,
        docs: &[u32],
    ) -> tantivy::Result<(Vec<u32>, Vec<Count>)> {
        let exact = self.segments[ord].stream(stream_of(self.zone));
        let mut places = Vec::with_capacity(plan.sought().len());
        for (zone, sought) in plan.sought() {
            places.push(self.places(ord, *zone, sought, docs)?);
        }
        let mut wholes = Vec::with_capacity(plan.wholes().len());
        for whole in plan.wholes() {
            wholes.push(self.whole_docs(ord, whole, docs)?);
        }
        let ends = exact.breaks_of(Break::Paragraph, docs).map_err(damaged)?;
        let breaks = match scope {
            Scope::Document => Vec::new(),
            Scope::Paragraph => ends.clone(),
            Scope::Sentence => exact.breaks_of(Break::Sentence, docs).map_err(damaged)?,
        };
        let (mut docs_here, mut counts_here) = (Vec::new(), Vec::new());
        for &doc in docs {
            self.deadline.check()?;
            let range = exact.doc_range(doc);
            let of_doc = |positions: &[u32]| {
                let from = positions.partition_point(|at| *at < range.0);
                let to = positions.partition_point(|at| *at < range.1);
                positions[from..to].to_vec()
            };
            let view = View {
                places: places
                    .iter()
                    .map(|places| {
                        let from = places.partition_point(|place| place.start < range.0);
                        let to = places.partition_point(|place| place.start < range.1);
                        &places[from..to]
                    })
                    .collect(),
                breaks: of_doc(&breaks),
                paragraph_ends: of_doc(&ends),
                range,
                holds: &|n| wholes[n].binary_search(&doc).is_ok(),
            };
            if let Some(found) = plan.evaluate(&view) {
                docs_here.push(doc);
                counts_here.push(Count::of_places(&found, plan.n_whole(&found)));
            }
        }
        Ok((docs_here, counts_here))
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
                Ok(there.planned_in(ord, plan, Scope::Document, docs)?.0)
            }
        }
    }

    /// A cheap overestimate of what a plan matches: NOT holds everywhere.
    pub(super) fn candidates(&self, root: &Node) -> tantivy::Result<Wanted> {
        Ok(match root {
            Node::Not(_) => Wanted::All(Vec::new()),
            Node::And(nodes) => self.all(self.each(nodes, Self::candidates)?)?,
            Node::Or(nodes) => Wanted::Any(self.each(nodes, Self::candidates)?),
            Node::Near(_, first, second) => {
                self.all(vec![self.candidates(first)?, self.candidates(second)?])?
            }
            Node::Leaf(_) | Node::Condition(_) => self.node(root)?,
        })
    }
}

/// A place by the wording of this number.
fn place(span: &Span, wording: usize) -> Place {
    Place {
        start: span.start,
        end: span.end,
        class: match span.writing {
            SpanWriting::Exact if wording == 0 => MatchClass::Exact,
            SpanWriting::Masked => MatchClass::Masked,
            _ => MatchClass::Normalized,
        },
        undecided: wording == 0 && span.writing == SpanWriting::Undecided,
    }
}
