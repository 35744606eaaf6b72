//! Answers searches from a published generation.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::columnar::Column;
use tantivy::directory::MmapDirectory;
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{
    DocAddress, DocSet, Index, ReloadPolicy, TERMINATED, TantivyDocument, TantivyError, Term,
};

use super::collector::{Collected, HitCollector, Top};
use super::counting::counts;
use super::exact_query::{ExactQuery, ExactSegment, ExactSegments};
use super::generation::{BuildSummary, Generations};
use super::highlight::Highlighter;
use super::matching::Matching;
use super::plugin::{Stream, open};
use super::ranking::Ranking;
use super::schema::{Fields, equip};
use super::stored_text;
use crate::document::{DocumentId, paragraphs};
use crate::query::{Node, Query};
use crate::search::{
    Error, FullDocument, Hit, IndexInfo, Paragraph, Request, Response, Searcher, Sort, Stats,
    Summary, Zone,
};
use crate::snippet::{Mark, fragments, runs_of};

impl From<TantivyError> for Error {
    fn from(error: TantivyError) -> Self {
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
    searcher: tantivy::Searcher,
    segments: ExactSegments,
    fields: Fields,
    summary: BuildSummary,
}

impl Reader {
    /// Opens the published generation of the index folder `root`.
    ///
    /// # Errors
    /// [`Error::NotReady`] where there is none, [`Error::Internal`] where it cannot be read.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let generations = Generations::new(root);
        let name = generations.current()?.ok_or(Error::NotReady)?;
        let directory =
            MmapDirectory::open(generations.folder(&name)).map_err(TantivyError::from)?;
        let mut index = Index::open(directory)?;
        let fields = equip(&mut index)?;
        let searcher = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?
            .searcher();
        let mut segments = Vec::new();
        for reader in searcher.segment_readers() {
            segments.push(ExactSegment {
                id: reader.segment_id(),
                text: open(reader, Stream::Text)?,
                title: open(reader, Stream::Title)?,
            });
        }
        Ok(Self {
            searcher,
            segments: segments.into(),
            fields,
            summary: generations.summary(&name)?,
        })
    }

    /// Name of the generation.
    pub fn generation(&self) -> &str {
        &self.summary.generation
    }

    fn info(&self) -> IndexInfo {
        IndexInfo {
            generation: self.summary.generation.clone(),
            documents: self.searcher.num_docs(),
            built_at: self.summary.built_at.clone(),
        }
    }

    fn collect(&self, request: &Request, root: Option<&Node>) -> Result<(Collected, bool), Error> {
        let matching = Matching::new(&self.searcher, &self.segments, &self.fields, request.zone);
        let mut docs = matching.docs(&matching.strict(root)?)?;
        let mut relaxed = false;
        if let Some(root) = root
            && docs.iter().all(Vec::is_empty)
            && let Some(wanted) = matching.relaxed(root)?
        {
            docs = matching.docs(&wanted)?;
            relaxed = docs.iter().any(|docs| !docs.is_empty());
        }
        let k = request.offset + request.limit;
        let counts = counts(&matching, root, &docs)?;
        let mut scores = Vec::new();
        if request.sort == Sort::Relevance
            && let Some(root) = root
        {
            let n_whole = |ord: usize, at: usize| counts[ord][at].n_whole;
            scores = Ranking::new(&matching, root).scores(&docs, k, n_whole)?;
        }
        let docs = Arc::new(docs);
        let query = ExactQuery::new(&self.segments, &docs, scores);
        let collector = HitCollector {
            docs,
            counts: Arc::new(counts),
            sort: request.sort,
            k,
        };
        Ok((self.searcher.search(&query, &collector)?, relaxed))
    }

    /// Counts from the text what the index could not tell: which occurrences are exact.
    fn decide(&self, collected: &mut Collected, highlighter: &Highlighter) -> Result<(), Error> {
        for (address, counted) in std::mem::take(&mut collected.undecided) {
            let stored = self.stored(address)?;
            let total = highlighter.count(stored.text(), stored.title(), stored.title_in_text);
            collected.total.exact += total.exact.saturating_sub(counted);
        }
        Ok(())
    }

    fn hit(&self, top: &Top, request: &Request, highlighter: &Highlighter) -> Result<Hit, Error> {
        let stored = self.stored(top.address)?;
        let marks = if request.n_snippets > 0 {
            highlighter.marks(stored.text(), stored.title_in_text)
        } else {
            Vec::new()
        };
        Ok(Hit {
            fragments: fragments(
                stored.text(),
                &marks,
                request.n_snippets,
                request.snippet_chars,
            ),
            document: stored.summary()?,
            score: top.score,
            occurrences: top.occurrences,
        })
    }

    fn stored(&self, address: DocAddress) -> Result<Stored<'_>, Error> {
        let reader = self.searcher.segment_reader(address.segment_ord);
        let title_units: Column<u64> = reader.fast_fields().u64("title_units")?;
        let document: TantivyDocument = self.searcher.doc(address)?;
        let stored = document
            .get_first(self.fields.stored)
            .and_then(|value| value.as_bytes());
        let text = stored.and_then(stored_text::decode).map(Cow::into_owned);
        let damaged =
            || TantivyError::InternalError(format!("a stored text is damaged: {address:?}"));
        Ok(Stored {
            fields: &self.fields,
            text: text.ok_or_else(damaged)?,
            document,
            title_in_text: title_units.first(address.doc_id).unwrap_or(0) > 0,
        })
    }

    fn find(&self, id: DocumentId) -> Result<DocAddress, Error> {
        let term = Term::from_field_text(self.fields.id, &id.to_string());
        for (ord, reader) in (0..).zip(self.searcher.segment_readers()) {
            let postings = reader
                .inverted_index(self.fields.id)?
                .read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else {
                continue;
            };
            while postings.doc() != TERMINATED {
                if !reader.is_deleted(postings.doc()) {
                    return Ok(DocAddress::new(ord, postings.doc()));
                }
                postings.advance();
            }
        }
        Err(Error::NoDocument(id.to_string()))
    }
}

/// A document as it is stored.
struct Stored<'a> {
    fields: &'a Fields,
    document: TantivyDocument,
    text: String,
    title_in_text: bool,
}

impl Stored<'_> {
    fn str(&self, field: Field) -> &str {
        self.document
            .get_first(field)
            .and_then(|value| value.as_str())
            .unwrap_or("")
    }

    fn u64(&self, field: Field) -> u64 {
        self.document
            .get_first(field)
            .and_then(|value| value.as_u64())
            .unwrap_or(0)
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn title(&self) -> &str {
        self.str(self.fields.title)
    }

    fn summary(&self) -> Result<Summary, Error> {
        let id = self.str(self.fields.id).parse();
        Ok(Summary {
            id: id.map_err(|error| Error::Internal(Box::new(error)))?,
            path: self.str(self.fields.path).to_owned(),
            title: self.title().to_owned(),
            format: self.str(self.fields.format).to_owned(),
            encoding: self.str(self.fields.encoding).to_owned(),
        })
    }
}

impl Searcher for Reader {
    fn search(&self, request: &Request) -> Result<Response, Error> {
        let root = request.query.root.as_ref();
        let (mut collected, relaxed) = self.collect(request, root)?;
        let highlighter = Highlighter::new(root, request.zone);
        self.decide(&mut collected, &highlighter)?;
        collected.total.normalized = collected.total.occurrences - collected.total.exact;
        let mut hits = Vec::with_capacity(request.limit);
        for top in collected.top.iter().skip(request.offset) {
            hits.push(self.hit(top, request, &highlighter)?);
        }
        Ok(Response {
            index: self.info(),
            relaxed,
            total: collected.total,
            hits,
        })
    }

    fn document(&self, id: DocumentId, query: Option<&Query>) -> Result<FullDocument, Error> {
        let stored = self.stored(self.find(id)?)?;
        let text = stored.text();
        let root = query.and_then(|query| query.root.as_ref());
        let highlighter = Highlighter::new(root, Zone::All);
        let marks = highlighter.marks(text, stored.title_in_text);
        let mut matches = highlighter.count(text, stored.title(), stored.title_in_text);
        matches.documents = u64::from(matches.occurrences > 0);
        let from = if stored.title_in_text {
            "正文：第1段"
        } else {
            "文件名"
        };
        Ok(FullDocument {
            index: self.info(),
            summary: stored.summary()?,
            derived: vec![("title", stored.title().to_owned(), from.to_owned())],
            rejoined: stored.u64(self.fields.rejoined) == 1,
            size: stored.u64(self.fields.size),
            paragraphs: marked_paragraphs(text, &marks),
            matches: root.map(|_| matches),
            text: text.to_owned(),
        })
    }

    fn summary(&self, id: DocumentId) -> Result<Summary, Error> {
        self.stored(self.find(id)?)?.summary()
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
            encodings: summary.encodings.clone(),
            failures,
            seconds: summary.seconds,
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

/// The generation being served; takes up a new one when told to look.
pub struct Live {
    generations: Generations,
    root: std::path::PathBuf,
    reader: RwLock<Option<Arc<Reader>>>,
}

impl Live {
    /// Opens what is published in the index folder `root`, if anything is.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let live = Self {
            generations: Generations::new(root),
            root: root.to_owned(),
            reader: RwLock::new(None),
        };
        live.refresh()?;
        Ok(live)
    }

    /// Opens the published generation if it is another than the one being served. On an error the
    /// old one goes on being served. Gives whether there is a new one.
    pub fn refresh(&self) -> Result<bool, Error> {
        let published = self.generations.current()?;
        let serving = self
            .reader()
            .map(|reader| reader.generation().to_owned())
            .ok();
        if published.is_none() || published == serving {
            return Ok(false);
        }
        let reader = Arc::new(Reader::open(&self.root)?);
        *self.reader.write().unwrap_or_else(PoisonError::into_inner) = Some(reader);
        Ok(true)
    }

    fn reader(&self) -> Result<Arc<Reader>, Error> {
        let reader = self.reader.read().unwrap_or_else(PoisonError::into_inner);
        reader.clone().ok_or(Error::NotReady)
    }
}

impl Searcher for Live {
    fn search(&self, request: &Request) -> Result<Response, Error> {
        self.reader()?.search(request)
    }

    fn document(&self, id: DocumentId, query: Option<&Query>) -> Result<FullDocument, Error> {
        self.reader()?.document(id, query)
    }

    fn summary(&self, id: DocumentId) -> Result<Summary, Error> {
        self.reader()?.summary(id)
    }

    fn stats(&self) -> Result<Stats, Error> {
        self.reader()?.stats()
    }
}
