//! Places of what is looked for, out of the exact index.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use super::matching::{Matching, damaged, locked, stream_of, title_skip};
use super::parts::{Sought, Wording};
use super::view::{Ends, Places};
use crate::analysis::pattern::retain_outermost;
use crate::analysis::{OwnedUnit, Phrase, units};
use crate::exact::{Borders, Break, Corrupt, DocMatch, Lookups, Span, SpanWriting, Within};
use crate::query::Node;
use crate::search::{Mask, Zone};

/// Where the rarest part of a pattern stands in fewer places, it is not worth knowing where all
/// sentences end.
const FEW_PLACES: usize = 10_000;

/// Most places of patterns that are kept for the next who asks, of twelve bytes each.
const MAX_SPANS: usize = 1 << 21;

/// Whether a place under a mask shows more of a phrase than the mask hides.
fn is_told(span: &Span, phrase: &Phrase) -> bool {
    let n_shown = (span.end - span.start).saturating_sub(1) as usize;
    2 * n_shown > phrase.units().len()
}

impl Matching<'_> {
    /// The places of what is looked for that have masks for some of it, in all documents of one
    /// segment: few, so they are looked up once.
    pub(super) fn masked(
        &self,
        ord: usize,
        zone: Zone,
        sought: &Sought,
    ) -> tantivy::Result<Arc<Vec<DocMatch>>> {
        let exact = self.segments[ord].stream(stream_of(zone));
        if !sought.may_be_masked() || !exact.has_masks().map_err(damaged)? {
            return Ok(Arc::default());
        }
        let only = Sought {
            mask: Mask::Only,
            ..sought.clone()
        };
        let key = (ord, zone, only);
        if let Some(found) = locked(&self.sought).get(&key) {
            return Ok(Arc::clone(found));
        }
        let spans = self.masked_spans(ord, zone, sought, None)?;
        let all = Arc::new(exact.count_spans(&spans));
        locked(&self.sought).insert(key, Arc::clone(&all));
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
        for (wording, phrase) in sought.maskable() {
            let ask = |within: Within<'_>| exact.masked_spans(phrase, within);
            let mut found = self.within(ord, zone, docs, ask)?;
            self.retain_whole_numbers(ord, zone, wording, &mut found)?;
            if self.only_told {
                found.retain(|span| is_told(span, phrase));
            }
            spans.extend(found);
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

    /// Whether some document holds a text as it was typed, in no other notation and not under masks.
    pub(super) fn is_written(&self, zone: Zone, text: &str) -> tantivy::Result<bool> {
        // Who has no units stands everywhere.
        let Some(phrase) = Phrase::new(text) else {
            return Ok(true);
        };
        for (ord, reader) in self.searcher.segment_readers().iter().enumerate() {
            let exact = self.segments[ord].stream(stream_of(zone));
            let docs = self.within(ord, zone, None, |within| exact.docs(&phrase, within))?;
            if docs.iter().any(|doc| !reader.is_deleted(*doc)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The units of the longest part of a phrase, of more than `n` and two at least, that some document
    /// holds as it was typed; of equally long ones the first.
    pub(super) fn longest_written(
        &self,
        zone: Zone,
        phrase: &Phrase,
        n: usize,
    ) -> tantivy::Result<Option<Range<usize>>> {
        let mut longest: Option<Range<usize>> = None;
        for (ord, reader) in self.searcher.segment_readers().iter().enumerate() {
            let exact = self.segments[ord].stream(stream_of(zone));
            let is_there = |doc: u32| !reader.is_deleted(doc);
            let ask = |within: Within<'_>| exact.longest_part(phrase, n, within, &is_there);
            let found = self.within(ord, zone, None, ask)?;
            let rank = |range: &Range<usize>| (range.len(), Reverse(range.start));
            longest = longest.into_iter().chain(found).max_by_key(rank);
        }
        Ok(longest)
    }

    /// The places of a wording, without those that are parts of larger numbers.
    pub(super) fn wording_spans(
        &self,
        ord: usize,
        zone: Zone,
        wording: &Wording,
        docs: Option<&[u32]>,
    ) -> tantivy::Result<Arc<Vec<Span>>> {
        let exact = self.segments[ord].stream(stream_of(zone));
        let key = (ord, zone, wording.clone());
        if let Some(known) = locked(&self.spans).get(&key) {
            return Ok(Arc::clone(known));
        }
        let pattern = &wording.pattern;
        // Where sentences end is known once for all patterns; of few places it is soon found.
        let (lookups, mut sentences) = (self.lookups(ord, zone), None);
        if !pattern.links().is_empty() && exact.n_places(pattern).map_err(damaged)? > FEW_PLACES {
            let kind = Some(Break::Sentence);
            let is_known = locked(&self.borders).contains_key(&(ord, zone, kind));
            if is_known || !docs.is_some_and(|docs| exact.are_few(docs)) {
                sentences = Some(self.borders(ord, zone, kind, None)?);
            }
        }
        let mut spans = self.within(ord, zone, docs, |within| {
            let within = Within {
                sentences: sentences.as_deref(),
                lookups: Some(&lookups),
                ..within
            };
            exact.spans(pattern, within)
        })?;
        self.retain_whole_numbers(ord, zone, wording, &mut spans)?;
        let spans = Arc::new(spans);
        let mut known = locked(&self.spans);
        let n_kept: usize = known.values().map(|spans| spans.len()).sum();
        if docs.is_none() && n_kept + spans.len() <= MAX_SPANS {
            known.insert(key, Arc::clone(&spans));
        }
        Ok(spans)
    }

    /// Whether a wording has been looked up, and stands nowhere.
    pub(super) fn is_known_nowhere(&self, zone: Zone, wording: &Wording) -> bool {
        let known = locked(&self.spans);
        (0..self.segments.len()).all(|ord| {
            let spans = known.get(&(ord, zone, wording.clone()));
            spans.is_some_and(|spans| spans.is_empty())
        })
    }

    /// Leaves out places of a wording that are parts of larger numbers. A mask at an end of one does
    /// not tell.
    fn retain_whole_numbers(
        &self,
        ord: usize,
        zone: Zone,
        wording: &Wording,
        spans: &mut Vec<Span>,
    ) -> tantivy::Result<()> {
        if spans.is_empty() || wording.before.is_empty() && wording.behind.is_empty() {
            return Ok(());
        }
        let units = |chars: &[char]| -> Vec<OwnedUnit> {
            let text = |c: &char| units::collect(c.encode_utf8(&mut [0; 4]));
            chars.iter().flat_map(text).map(|(unit, _)| unit).collect()
        };
        let (before, behind) = (units(wording.before), units(wording.behind));
        let exact = self.segments[ord].stream(stream_of(zone));
        exact
            .retain_between(spans, &wording.pattern, &before, &behind)
            .map_err(damaged)
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
            ..Within::default()
        };
        let found = ask(within).map_err(damaged)?;
        self.deadline.check()?;
        Ok(found)
    }

    /// Every place of what is looked for, in documents of one segment or at least in some ranges of
    /// their positions; by start.
    pub(super) fn look_up(
        &self,
        ord: usize,
        (zone, sought): &(Zone, Sought),
        docs: &[u32],
        ranges: Option<&[(u32, u32)]>,
    ) -> tantivy::Result<(Places, Written)> {
        let plain = sought.only_phrase().filter(|_| sought.mask != Mask::Only);
        if let Some(phrase) = plain
            && self.masked(ord, *zone, sought)?.is_empty()
        {
            let exact = self.segments[ord].stream(stream_of(*zone));
            let lookups = self.lookups(ord, *zone);
            let starts = self.within(ord, *zone, Some(docs), |within| {
                let lookups = Some(&*lookups);
                exact.places_of(
                    phrase,
                    Within {
                        ranges,
                        lookups,
                        ..within
                    },
                )
            })?;
            let ends = Ends::Behind(phrase.units().len() as u32);
            return Ok((Places { starts, ends }, Written::As(phrase.clone())));
        }
        let mut spans = Vec::new();
        if sought.mask != Mask::Only {
            for (n, wording) in sought.wordings.iter().enumerate() {
                let of_wording = self.wording_spans(ord, *zone, wording, Some(docs))?;
                spans.extend(of_wording.iter().map(|span| as_wording(*span, n)));
            }
        }
        if sought.may_be_masked() {
            spans.extend(self.masked_spans(ord, *zone, sought, Some(docs))?);
        }
        spans.sort_unstable();
        spans.dedup_by_key(|span| (span.start, span.end));
        let places = Places {
            starts: Arc::new(spans.iter().map(|span| span.start).collect()),
            ends: Ends::At(spans.iter().map(|span| span.end).collect()),
        };
        let writings = spans.iter().map(|span| span.writing).collect();
        Ok((places, Written::Each(writings)))
    }

    /// Places that were looked up in all documents of a segment.
    fn lookups(&self, ord: usize, zone: Zone) -> Arc<Lookups> {
        let mut lookups = locked(&self.lookups);
        Arc::clone(lookups.entry((ord, zone)).or_default())
    }

    /// Where sentences, paragraphs or documents end. What concerns all documents is kept for the next
    /// who asks.
    pub(super) fn borders(
        &self,
        ord: usize,
        zone: Zone,
        kind: Option<Break>,
        docs: Option<&[u32]>,
    ) -> tantivy::Result<Arc<Borders>> {
        let exact = self.segments[ord].stream(stream_of(zone));
        let few = docs.filter(|docs| exact.are_few(docs));
        if few.is_some() {
            return Ok(Arc::new(exact.borders(kind, few).map_err(damaged)?));
        }
        let key = (ord, zone, kind);
        if let Some(known) = locked(&self.borders).get(&key) {
            return Ok(Arc::clone(known));
        }
        let borders = Arc::new(exact.borders(kind, None).map_err(damaged)?);
        locked(&self.borders).insert(key, Arc::clone(&borders));
        Ok(borders)
    }

    /// About how many places of something have to be looked at in one segment.
    pub(super) fn n_places(
        &self,
        ord: usize,
        zone: Zone,
        sought: &Sought,
    ) -> tantivy::Result<usize> {
        let exact = self.segments[ord].stream(stream_of(zone));
        let mut n_places = 0usize;
        for wording in sought.wordings.iter() {
            let of_wording = exact.n_places(&wording.pattern).map_err(damaged)?;
            n_places = n_places.saturating_add(of_wording);
        }
        Ok(n_places)
    }

    /// Whether a node is a leaf with openings whose parts stand in very many places.
    pub(super) fn is_common_pattern(&self, node: &Node) -> tantivy::Result<bool> {
        let Node::Leaf(leaf) = node else {
            return Ok(false);
        };
        let Some(parts) = self.parts(leaf) else {
            return Ok(false);
        };
        let has_openings = parts.whole.typed().is_none();
        Ok(has_openings && self.n_places_in_all(parts.zone, &parts.whole)? > FEW_PLACES)
    }

    /// The same in all segments.
    pub(super) fn n_places_in_all(&self, zone: Zone, sought: &Sought) -> tantivy::Result<usize> {
        let mut n_places = 0usize;
        for ord in 0..self.segments.len() {
            n_places = n_places.saturating_add(self.n_places(ord, zone, sought)?);
        }
        Ok(n_places)
    }
}

/// A place by the wording of this number: by another than the one that was typed it is not exact.
fn as_wording(span: Span, n: usize) -> Span {
    let writing = match span.writing {
        SpanWriting::Exact | SpanWriting::Undecided if n > 0 => SpanWriting::Normalized,
        writing => writing,
    };
    Span { writing, ..span }
}

/// How places are written.
pub(super) enum Written {
    /// The index says how they differ from this phrase.
    As(Phrase),
    Each(Vec<SpanWriting>),
}

impl Default for Written {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

impl Written {
    pub(super) fn has_masks(&self) -> bool {
        match self {
            Self::As(_) => false,
            Self::Each(writings) => writings.contains(&SpanWriting::Masked),
        }
    }
}
