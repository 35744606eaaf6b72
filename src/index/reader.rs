//! Answers searches from a published generation.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use tantivy::{DocAddress, TantivyError};

use super::branches::Branches;
use super::checksums;
use super::collector::{Collected, HitCollector, Paths, Top};
use super::columns::Filtering;
use super::concordance::concordance;
use super::counting::{Count, counts};
use super::counts::count_by;
use super::deadline::{Deadline, is_timeout};
use super::exact_query::{ExactQuery, ExactSegment, ExactSegments};
use super::generation::Generations;
use super::highlight::{Highlighter, Marked};
use super::hint::Hinter;
use super::matching::{DocSets, Matching};
use super::plan::Plan;
use super::plugin::{Stream, open};
use super::ranking::Ranking;
use super::schema::Fields;
use super::stored::Stored;
use super::suggest::Suggester;
use super::summary::BuildSummary;
use super::{ids, outline, published, store, suggestions};
use crate::document::{DocumentId, paragraphs};
use crate::query::Node;
use crate::search::{
    Concordance, ConcordanceRequest, Counts, CountsRequest, Error, Facet, FacetCount, FullDocument,
    Hint, Hit, IndexInfo, Paragraph, Request, Response, Searcher, Sort, Stats, Suggestion, Summary,
    Total,
};
use crate::snippet::{Mark, fragments, runs_of};

/// Hits that are made by one thread: fewer are made before another has woken.
const MIN_HITS: usize = 16;

impl From<TantivyError> for Error {
    fn from(error: TantivyError) -> Self {
        if is_timeout(&error) {
            return Self::Timeout;
        }
        Self::Internal(Box::new(error))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// One generation, opened.
pub struct Reader {
    pub(super) searcher: tantivy::Searcher,
    segments: ExactSegments,
    fields: Fields,
    summary: BuildSummary,
    suggester: Suggester,
}

impl Reader {
    /// Opens the published generation of the index folder `root`.
    ///
    /// # Errors
    /// [`Error::NotReady`] where there is none, [`Error::Internal`] where it cannot be read.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let generations = Generations::new(root);
        let name = generations.current()?.ok_or(Error::NotReady)?;
        Self::open_generation(&generations, &name)
    }

    /// Opens a generation after looking for what is cheap to find: files that are missing or cut
    /// off, damaged lists and footers.
    pub(super) fn open_generation(generations: &Generations, name: &str) -> Result<Self, Error> {
        let folder = generations.folder(name);
        let mut wrong = checksums::wrong_sizes(&folder)?;
        // No search depends on these.
        wrong.retain(|name| name != suggestions::FILE);
        if !wrong.is_empty() {
            let detail = format!("damaged or missing: {}", wrong.join(", "));
            return Err(TantivyError::InternalError(detail).into());
        }
        let summary = generations.summary(name)?;
        // tantivy does not expect damage that leaves a file as long as it was.
        let opened = catch_unwind(AssertUnwindSafe(|| Self::of(&folder, summary)));
        opened.unwrap_or_else(|_| {
            let detail = "a damaged file cannot be opened".to_owned();
            Err(TantivyError::InternalError(detail).into())
        })
    }

    /// Opens what lies in a folder.
    pub(super) fn of(folder: &Path, summary: BuildSummary) -> Result<Self, Error> {
        let (searcher, fields) = published::open(folder)?;
        let mut segments = Vec::new();
        for reader in searcher.segment_readers() {
            segments.push(ExactSegment {
                id: reader.segment_id(),
                store: store::open(reader)?,
                text: open(reader, Stream::Text)?,
                title: open(reader, Stream::Title)?,
                headings: open(reader, Stream::Headings)?,
            });
        }
        Ok(Self {
            searcher,
            segments: segments.into(),
            fields,
            summary,
            suggester: Suggester::new(folder.to_owned()),
        })
    }

    /// Loads the suggestions and the readings of characters, which else the first who types does.
    pub(super) fn load_suggestions(&self) {
        // Whoever types is told if it cannot be done.
        let _ = self.suggest("a", 1);
    }

    /// Name of the generation.
    pub fn generation(&self) -> &str {
        &self.summary.generation
    }

    pub(super) fn info(&self) -> IndexInfo {
        IndexInfo {
            generation: self.summary.generation.clone(),
            documents: self.searcher.num_docs(),
            built_at: self.summary.built_at.clone(),
        }
    }

    /// Matches the query of a request against this generation.
    pub(super) fn matching(&self, request: &Request) -> Matching<'_> {
        let (zone, mask) = (request.zone_of_places(), request.mask);
        Matching::new(&self.searcher, &self.segments, &self.fields, zone, mask)
            .until(Deadline::new(request.deadline))
            .for_query(request.query.root.as_ref(), request.scope)
    }

    fn collect(&self, request: &Request, root: Option<&Node>) -> Result<Collection, Error> {
        let matching = self.matching(request);
        let Found {
            docs,
            counts,
            holds,
            relaxed,
            facets,
        } = found(&matching, request)?;
        let filtering = Filtering::new(&matching, &request.filters);
        let hinter = Hinter::new(&matching, &filtering, request);
        let suggestions = || self.suggester.suggestions();
        let hint = match root {
            Some(root) if docs.iter().all(Vec::is_empty) => Some(hinter.hint(root, suggestions())?),
            Some(root) => hinter.of_words(root, relaxed, suggestions)?,
            None if docs.iter().all(Vec::is_empty) => {
                Some(hinter.hint_of_all(self.searcher.num_docs()))
            }
            None => None,
        };
        // Behind a hit only so many are collected, but those before it have to be ranked, too.
        let (k, reach) = match &request.after {
            None => {
                let k = request.offset.saturating_add(request.limit);
                (k, k)
            }
            Some(after) => {
                let position = usize::try_from(after.position).unwrap_or(usize::MAX);
                (request.limit, position.saturating_add(request.limit))
            }
        };
        let sort = sort_of(request);
        let mut scores = Vec::new();
        if sort == Sort::Relevance
            && let Some(root) = root
        {
            let rank = |ord: usize, at: usize| counts[ord][at].rank(relaxed);
            scores = Ranking::new(&matching, root).scores(&docs, reach, rank)?;
        }
        let docs = Arc::new(docs);
        let query = ExactQuery::new(&self.segments, &docs, scores);
        let collector = HitCollector {
            docs,
            counts: Arc::new(counts),
            sort,
            relaxed,
            k,
            paths: Paths::new(&self.searcher)?,
            after: request.after.clone().map(Arc::new),
        };
        Ok(Collection {
            collected: self.searcher.search(&query, &collector)?,
            holds,
            relaxed,
            facets,
            hint,
        })
    }

    /// Counts from the text what the index could not tell: which occurrences are exact.
    fn decide(
        &self,
        collected: &mut Collected,
        highlighter: &Highlighter,
        holds: &Holds,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let undecided = std::mem::take(&mut collected.undecided);
        let more = undecided.par_iter().with_min_len(MIN_HITS).map(|found| {
            deadline.check()?;
            let (address, counted) = *found;
            let stored = self.stored(address)?;
            let holds = holds.at(address);
            let total = highlighter.count(stored.text(), stored.title(), &stored.layout, &holds);
            Ok::<_, Error>(total.exact.saturating_sub(counted))
        });
        collected.total.exact += more.try_reduce(|| 0, |a, b| Ok(a + b))?;
        Ok(())
    }

    fn hit(
        &self,
        top: &Top,
        request: &Request,
        highlighter: &Highlighter,
        holds: &Holds,
    ) -> Result<Hit, Error> {
        let stored = self.stored(top.address)?;
        let (mut found, mut in_title) = (Marked::default(), Vec::new());
        if request.n_snippets > 0 {
            let holds = holds.at(top.address);
            found = highlighter.marks(stored.text(), &stored.layout, &holds);
            in_title = highlighter.marks_in_title(stored.title(), &found, &holds);
        }
        let fragments = fragments(
            stored.text(),
            &found.marks,
            request.n_snippets,
            request.snippet_chars,
        );
        Ok(Hit {
            fragments: fragments
                .into_iter()
                .map(|fragment| stored.place(fragment))
                .collect(),
            title: runs_of(stored.title(), 0..stored.title().len(), &in_title),
            document: stored.summary()?,
            score: top.score,
            occurrences: top.occurrences,
        })
    }

    /// What a highlighter asks of one document as a whole, and whether it holds. A document that does
    /// not match is shown with all that was looked for.
    fn holds_for(
        &self,
        request: &Request,
        plan: Option<&Plan>,
        address: DocAddress,
    ) -> Result<Vec<bool>, Error> {
        let (matching, ord) = (self.matching(request), address.segment_ord as usize);
        let docs = [address.doc_id];
        let root = request.query.root.as_ref();
        let Some(plan) = plan else {
            let branches = Branches::new(root, &|leaf| matching.parts(leaf));
            let mut only = vec![Vec::new(); self.segments.len()];
            only[ord] = docs.to_vec();
            if matching
                .eval(ord, &matching.strict(root)?, Some(&docs))?
                .is_empty()
            {
                return Ok(vec![true; branches.n_nodes()]);
            }
            let held = branches.docs(&matching, &only, false)?;
            return Ok(held.iter().map(|sets| !sets[ord].is_empty()).collect());
        };
        let mut holds = Vec::with_capacity(plan.wholes().len());
        for whole in plan.wholes() {
            holds.push(!matching.whole_docs(ord, whole, &docs)?.is_empty());
        }
        Ok(holds)
    }

    pub(super) fn stored(&self, address: DocAddress) -> Result<Stored, Error> {
        let segment = self.segments.get(address.segment_ord as usize);
        let segment = segment.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let record = segment.store.get(address.doc_id)?;
        Ok(Stored::new(record))
    }

    fn find(&self, id: DocumentId) -> Result<DocAddress, Error> {
        let found = ids::find(&self.searcher, self.fields.id, id)?;
        found.ok_or_else(|| Error::NoDocument(id.to_string()))
    }
}

/// The order of a request's hits: without a query there is no relevance.
fn sort_of(request: &Request) -> Sort {
    match request.sort {
        Sort::Relevance if request.query.root.is_none() => Sort::Newest,
        sort => sort,
    }
}

/// The documents that match and pass the filters.
pub(super) fn found(matching: &Matching<'_>, request: &Request) -> Result<Found, Error> {
    let root = request.query.root.as_ref();
    let plan =
        root.and_then(|r| Plan::needed(r, request.scope, request.zone_of_places(), request.mask));
    let mut planned = None;
    let mut matched = match (root, &plan) {
        (Some(root), Some(plan)) => {
            let candidates = matching.candidates(root)?;
            let mut found = matching.planned(plan, request.scope, &candidates)?;
            let docs = found.docs.clone();
            planned = Some((plan, std::mem::take(&mut found)));
            docs
        }
        _ => matching.docs(&matching.strict(root)?)?,
    };
    let mut relaxed = false;
    if let Some(root) = root
        && request.relax
        && plan.is_none()
        && matching.can_be_relaxed(root)
        && (matched.iter().all(Vec::is_empty) || matching.are_only_guessed(root, &matched)?)
    {
        let n_before: usize = matched.iter().map(Vec::len).sum();
        matched = matching.docs(&matching.relaxed_node(root)?)?;
        relaxed = matched.iter().map(Vec::len).sum::<usize>() > n_before;
    }
    let filtering = Filtering::new(matching, &request.filters);
    let mut facets = Vec::with_capacity(request.facets.len());
    for facet in &request.facets {
        let counts = filtering.count(*facet, &matched, request.facet_limit)?;
        facets.push((*facet, counts));
    }
    let mut docs = matched;
    filtering.apply(&mut docs)?;
    let (counts, holds) = match planned {
        None => {
            let branches = Branches::new(root, &|leaf| matching.parts(leaf));
            let holds = branches.docs(matching, &docs, relaxed)?;
            (counts(matching, &branches.leaves, &holds, &docs)?, holds)
        }
        Some((plan, found)) => {
            let mut of_plan = counts_of(&docs, &found.docs, &found.counts);
            let elsewhere = counts(matching, plan.elsewhere(), &found.active, &docs)?;
            for (count, other) in of_plan.iter_mut().flatten().zip(elsewhere.iter().flatten()) {
                count.add_count(other);
            }
            (of_plan, found.wholes)
        }
    };
    Ok(Found {
        docs,
        counts,
        holds: Holds(holds),
        relaxed,
        facets,
    })
}

/// The counts of `docs`, out of those of `all`, which holds them and more.
fn counts_of(docs: &DocSets, all: &DocSets, counts: &[Vec<Count>]) -> Vec<Vec<Count>> {
    let of_segment = |((docs, all), counts): ((&Vec<u32>, &Vec<u32>), &Vec<Count>)| {
        let mut counted = all.iter().zip(counts);
        let count = |doc: &u32| {
            counted
                .find(|(other, _)| *other == doc)
                .map(|(_, count)| *count)
        };
        docs.iter()
            .map(count)
            .map(Option::unwrap_or_default)
            .collect()
    };
    docs.iter().zip(all).zip(counts).map(of_segment).collect()
}

/// Documents that match a query and pass the filters.
pub(super) struct Found {
    pub(super) docs: DocSets,
    /// How often the query occurs in each.
    pub(super) counts: Vec<Vec<Count>>,
    pub(super) holds: Holds,
    relaxed: bool,
    facets: Vec<(Facet, Vec<FacetCount>)>,
}

/// Documents of which holds what a highlighter asks of a document as a whole, by its number.
pub(super) struct Holds(Vec<DocSets>);

impl Holds {
    /// Whether each holds of a document.
    pub(super) fn at(&self, address: DocAddress) -> Vec<bool> {
        let holds = |sets: &DocSets| {
            let docs = sets.get(address.segment_ord as usize);
            docs.is_some_and(|docs| docs.binary_search(&address.doc_id).is_ok())
        };
        self.0.iter().map(holds).collect()
    }
}

/// What a search has collected.
struct Collection {
    collected: Collected,
    holds: Holds,
    relaxed: bool,
    facets: Vec<(Facet, Vec<FacetCount>)>,
    hint: Option<Hint>,
}

impl Searcher for Reader {
    fn search(&self, request: &Request) -> Result<Response, Error> {
        if let Some(after) = &request.after
            && after.generation != self.summary.generation
        {
            return Err(Error::CursorExpired(after.generation.clone()));
        }
        let root = request.query.root.as_ref();
        let deadline = Deadline::new(request.deadline);
        let Collection {
            mut collected,
            holds,
            relaxed,
            facets,
            hint,
        } = self.collect(request, root)?;
        // What is under masks may stand near something without counting itself.
        let has_near = root.is_some_and(Node::has_near);
        let highlighter = Highlighter::new(request, has_near || collected.total.masked > 0);
        if request.by_class {
            self.decide(&mut collected, &highlighter, &holds, deadline)?;
        }
        let Total {
            occurrences,
            exact,
            masked,
            ..
        } = collected.total;
        collected.total.normalized = occurrences.saturating_sub(exact + masked);
        let (before, skipped) = match &request.after {
            None => (request.offset as u64, request.offset),
            Some(after) => (after.position, 0),
        };
        let top = collected.top.get(skipped..).unwrap_or_default();
        let hits = top.par_iter().with_min_len(MIN_HITS).map(|top| {
            deadline.check()?;
            self.hit(top, request, &highlighter, &holds)
        });
        let hits = hits.collect::<Result<Vec<_>, Error>>()?;
        let reached = before.saturating_add(hits.len() as u64);
        let last = collected.top.last().zip(hits.last());
        let last = last.filter(|_| reached < collected.total.documents);
        Ok(Response {
            last: last
                .map(|(top, hit)| top.after(&self.summary.generation, reached, &hit.document.path)),
            index: self.info(),
            relaxed,
            variants: highlighter.variants(),
            total: collected.total,
            hits,
            facets,
            hint,
        })
    }

    fn counts(&self, request: &CountsRequest) -> Result<Counts, Error> {
        count_by(self, request)
    }

    fn concordance(&self, request: &ConcordanceRequest) -> Result<Concordance, Error> {
        concordance(self, request)
    }

    fn document_for(&self, id: DocumentId, request: &Request) -> Result<FullDocument, Error> {
        let address = self.find(id)?;
        let stored = self.stored(address)?;
        let text = stored.text();
        let highlighter = Highlighter::new(request, true);
        let holds = self.holds_for(request, highlighter.plan(), address)?;
        let marks = highlighter.marks(text, &stored.layout, &holds).marks;
        let mut matches = highlighter.count(text, stored.title(), &stored.layout, &holds);
        matches.documents = u64::from(matches.occurrences > 0);
        Ok(FullDocument {
            index: self.info(),
            summary: stored.summary()?,
            origin: stored.origin()?,
            rejoined: stored.rejoined(),
            size: stored.size(),
            paragraphs: marked_paragraphs(text, &marks),
            headings: outline::headings(text, &stored.layout.lines),
            matches: request.query.root.as_ref().map(|_| matches),
            text: text.to_owned(),
        })
    }

    fn summary(&self, id: DocumentId) -> Result<Summary, Error> {
        self.stored(self.find(id)?)?.summary()
    }

    fn suggest(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let found = self
            .suggester
            .suggest(&self.searcher, &self.segments, typed, limit);
        Ok(found?)
    }

    fn stats(&self) -> Result<Stats, Error> {
        let summary = &self.summary;
        let mut failures = std::collections::BTreeMap::new();
        for failed in &summary.failed {
            *failures.entry(failed.code.clone()).or_default() += 1;
        }
        Ok(Stats {
            index: self.info(),
            paragraphs: summary.paragraphs,
            characters: summary.characters,
            units: summary.units,
            bytes: summary.bytes,
            formats: summary.formats.clone(),
            kinds: summary.kinds.clone(),
            years: summary.years.clone(),
            encodings: summary.encodings.clone(),
            failures,
            seconds: summary.seconds,
            last_run: None,
        })
    }
}

/// The paragraphs of a text with the marks in each; one that crosses their border is in both.
fn marked_paragraphs(text: &str, marks: &[Mark]) -> Vec<Paragraph> {
    let mut start_byte = 0;
    let mut first = 0;
    paragraphs(text)
        .map(|(n, start, paragraph)| {
            let range = start_byte..start_byte + paragraph.len();
            start_byte = range.end + 1;
            while first < marks.len() && marks[first].range.end <= range.start {
                first += 1;
            }
            let n_here = marks[first..].partition_point(|mark| mark.range.start < range.end);
            Paragraph {
                n,
                start,
                runs: runs_of(text, range, &marks[first..first + n_here]),
            }
        })
        .collect()
}
