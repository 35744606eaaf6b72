//! Reads from the index of a generation what can be suggested.

use std::ops::Range;
use std::thread;

use rustc_hash::FxHashMap;
use tantivy::{Searcher, SegmentReader};

use super::file::Entry;
use super::mining::Tokens;
use crate::analysis::pinyin;
use crate::index::outline;
use crate::index::plugin::{Stream, open};
use crate::index::store::{self, Record};
use crate::search::SuggestionKind;
use crate::structure::{label, unnumbered};

/// Bytes of text that are always mined.
const MINED_BYTES: u64 = 4 << 20;
/// Bytes of text that are mined at most.
const MAX_MINED_BYTES: u64 = 8 << 20;
/// Of more than [`MINED_BYTES`] one in so many is mined.
const MINED_PART: u64 = 3;

/// How many of so many bytes of text are mined.
pub(super) fn mined_of(bytes: u64) -> u64 {
    (bytes / MINED_PART).clamp(MINED_BYTES, MAX_MINED_BYTES)
}
/// Documents beside each other that are mined or left out together: they are compressed together.
const GROUP: u32 = 16;
/// Most different headings that a thread holds before it forgets those seen once.
const MAX_HEADINGS: usize = 200_000;
/// Longest headings and titles that are suggested, in characters of the key.
const MAX_CHARS: usize = 60;

/// A text to suggest, by its key.
pub(super) type Found = FxHashMap<String, Entry>;

/// Adds a text, or documents to one that is known by the same key.
pub(super) fn add(found: &mut Found, kind: SuggestionKind, text: &str, documents: u32) {
    let text = text.trim();
    let key: String = pinyin::key_of(text).iter().map(|(c, _)| *c).collect();
    if !(2..=MAX_CHARS).contains(&key.chars().count()) {
        return;
    }
    let entry = found.entry(key).or_insert_with(|| Entry {
        text: text.to_owned(),
        kind,
        documents: 0,
    });
    entry.documents += documents;
    // Which one was seen first is chance; the shortest has the fewest stray signs.
    if (text.len(), text) < (entry.text.len(), entry.text.as_str()) {
        text.clone_into(&mut entry.text);
    }
}

/// The values of a column with the documents that have each.
pub(super) fn column(
    searcher: &Searcher,
    name: &str,
    kind: SuggestionKind,
) -> tantivy::Result<Found> {
    let mut found = Found::default();
    for segment in searcher.segment_readers() {
        let Some(column) = segment.fast_fields().str(name)? else {
            continue;
        };
        let mut counts = vec![0u32; column.num_terms()];
        for doc in segment.doc_ids_alive() {
            for ord in column.term_ords(doc) {
                if let Some(count) = counts.get_mut(ord as usize) {
                    *count += 1;
                }
            }
        }
        let mut values = column.dictionary().stream()?;
        for count in counts {
            if !values.advance() {
                break;
            }
            if count > 0
                && let Ok(value) = std::str::from_utf8(values.key())
            {
                add(&mut found, kind, value, count);
            }
        }
    }
    Ok(found)
}

/// What was read from texts.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) headings: Found,
    pub(super) tokens: Tokens,
    /// One in so many documents is in `tokens`.
    pub(super) part: u32,
    /// Units of all texts, or about as many.
    pub(super) units: u64,
    pub(super) documents: u64,
}

/// Reads all texts, by several threads.
pub(super) fn texts(searcher: &Searcher, n_threads: usize) -> tantivy::Result<Texts> {
    let mut units = 0;
    let mut tasks = Vec::new();
    for segment in searcher.segment_readers() {
        units += open(segment, Stream::Text)?.n_units();
        let n = segment.max_doc();
        let share = n.div_ceil(n_threads.max(1) as u32).next_multiple_of(GROUP);
        let mut start = 0;
        while start < n {
            tasks.push((segment, start..n.min(start + share)));
            start += share;
        }
    }
    let bytes = units.saturating_mul(3);
    let part = bytes.div_ceil(mined_of(bytes)).max(1) as u32;
    let mut all = Texts {
        part,
        units,
        documents: searcher.num_docs(),
        ..Texts::default()
    };
    for tasks in tasks.chunks(n_threads.max(1)) {
        let read = thread::scope(|scope| {
            let mut running = Vec::with_capacity(tasks.len());
            for (segment, docs) in tasks {
                let (segment, docs): (&SegmentReader, Range<u32>) = (segment, docs.clone());
                running.push(scope.spawn(move || read(segment, docs, part)));
            }
            running
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect::<Vec<_>>()
        });
        for read in read {
            let panicked =
                |_| tantivy::TantivyError::InternalError("a text cannot be mined".into());
            let (headings, tokens) = read.map_err(panicked)??;
            for entry in headings.into_values() {
                add(&mut all.headings, entry.kind, &entry.text, entry.documents);
            }
            all.tokens.append(&tokens);
        }
    }
    Ok(all)
}

fn read(segment: &SegmentReader, docs: Range<u32>, part: u32) -> tantivy::Result<(Found, Tokens)> {
    let store = store::open(segment)?;
    let (mut headings, mut tokens) = (Headings::default(), Tokens::default());
    for doc in docs {
        if segment.is_deleted(doc) {
            continue;
        }
        let Record { text, outline, .. } = store.get(doc)?;
        headings.add(&text, &outline::decode(&outline, text.len()));
        let room = (tokens.len() as u64) < 2 * MAX_MINED_BYTES;
        if (doc / GROUP).is_multiple_of(part) && room {
            tokens.add(&text);
        }
    }
    Ok((headings.found, tokens))
}

/// Headings of documents, as they are suggested.
pub(super) struct Headings {
    pub(super) found: Found,
    /// Different ones that are held before those seen once are forgotten.
    most: usize,
}

impl Default for Headings {
    fn default() -> Self {
        Self {
            found: Found::default(),
            most: MAX_HEADINGS,
        }
    }
}

impl Headings {
    /// Adds those of a document.
    pub(super) fn add(&mut self, text: &str, lines: &[outline::Line]) {
        let mut of_document = Found::default();
        for line in lines {
            let heading = label(text.get(line.range.clone()).unwrap_or_default()).trim();
            // Nobody types the number; a heading that has little else keeps it.
            let heading = match unnumbered(heading) {
                named if named.chars().count() >= 2 => named,
                _ => heading,
            };
            add(&mut of_document, SuggestionKind::Heading, heading, 1);
        }
        for entry in of_document.into_values() {
            add(&mut self.found, SuggestionKind::Heading, &entry.text, 1);
        }
        if self.found.len() > self.most {
            self.found.retain(|_, entry| entry.documents > 1);
            // Where most of them are repeated, do not look at all of them again at once.
            self.most = self.most.max(self.found.len() * 2);
        }
    }
}
