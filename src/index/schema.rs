//! The fields of a document in tantivy.

use std::sync::Arc;

use tantivy::plugin::SegmentPlugin;
use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, STRING, Schema,
    TextFieldIndexing, TextOptions,
};
use tantivy::{Index, IndexBuilder, TantivyDocument};

use super::outline;
use super::plugin::ExactPlugin;
use super::store::{Record, StorePlugin};
use crate::analysis::{fold, units, words};
use crate::document::{Date, Document, Origin};

/// Name of the analyzer of words.
const WORDS: &str = "cang_jie";

/// The fields, by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// Id as a number, one term.
    pub(super) id: Field,
    /// Path of the file, sortable.
    pub(super) path: Field,
    /// Every folder above the file, a term each.
    pub(super) folder: Field,
    /// Title, sortable.
    pub(super) title: Field,
    /// Words of the title, for ranking.
    pub(super) title_words: Field,
    /// The text for the exact index; neither indexed nor stored by tantivy.
    pub(super) text: Field,
    /// The document's [`Record`]; neither indexed nor stored by tantivy.
    pub(super) record: Field,
    /// Words of the text, for ranking.
    pub(super) words: Field,
    /// Kind of file.
    pub(super) format: Field,
    /// Units of the title at the start of the text; 0 where it stands elsewhere.
    pub(super) title_units: Field,
    /// The lines of the outline for the exact index; neither indexed nor stored by tantivy.
    pub(super) headings: Field,
    /// The first and the last day that the document's date may be, as `YYYYMMDD`.
    pub(super) first_day: Field,
    pub(super) last_day: Field,
    /// What is known of where it comes from, each a column to filter, count and sort by.
    pub(super) year: Field,
    pub(super) kind: Field,
    pub(super) meeting: Field,
    pub(super) speaker: Field,
    pub(super) region: Field,
}

impl Fields {
    /// The schema, and the fields in it.
    pub(super) fn schema() -> (Schema, Self) {
        let ranked = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(WORDS)
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let column = TextOptions::default().set_fast("raw");
        let mut builder = Schema::builder();
        let fields = Self {
            id: builder.add_u64_field("id", NumericOptions::default().set_indexed()),
            path: builder.add_text_field("path", column.clone()),
            folder: builder.add_text_field("folder", STRING),
            title: builder.add_text_field("title", column.clone()),
            title_words: builder.add_text_field("title_words", ranked.clone()),
            text: builder.add_text_field("text", TextOptions::default()),
            record: builder.add_bytes_field("record", BytesOptions::default()),
            words: builder.add_text_field("words", ranked),
            format: builder.add_text_field("format", column.clone()),
            title_units: builder.add_u64_field("title_units", FAST),
            headings: builder.add_text_field("headings", TextOptions::default()),
            first_day: builder.add_u64_field("first_day", FAST),
            last_day: builder.add_u64_field("last_day", FAST),
            year: builder.add_u64_field("year", FAST),
            kind: builder.add_text_field("type", column.clone()),
            meeting: builder.add_text_field("meeting", column.clone()),
            speaker: builder.add_text_field("speaker", column.clone()),
            region: builder.add_text_field("region", column),
        };
        (builder.build(), fields)
    }

    /// The fields of a schema that [`Fields::schema`] made, in an index that was opened.
    pub(super) fn of(schema: &Schema) -> tantivy::Result<Self> {
        let field = |name| schema.get_field(name);
        Ok(Self {
            id: field("id")?,
            path: field("path")?,
            folder: field("folder")?,
            title: field("title")?,
            title_words: field("title_words")?,
            text: field("text")?,
            record: field("record")?,
            words: field("words")?,
            format: field("format")?,
            title_units: field("title_units")?,
            headings: field("headings")?,
            first_day: field("first_day")?,
            last_day: field("last_day")?,
            year: field("year")?,
            kind: field("type")?,
            meeting: field("meeting")?,
            speaker: field("speaker")?,
            region: field("region")?,
        })
    }

    /// A document as tantivy takes it.
    pub(super) fn document(&self, document: Document) -> TantivyDocument {
        let mut doc = TantivyDocument::new();
        let title = leading_paragraphs(&document.text, document.title_paragraphs);
        doc.add_u64(self.title_units, units::count(title) as u64);
        let lines = outline::lines(&document.text, &document.headings);
        let texts: Vec<&str> = lines
            .iter()
            .map(|line| &document.text[line.range.clone()])
            .collect();
        doc.add_text(self.headings, texts.join("\n"));
        self.add_origin(&mut doc, &document.origin);
        let record = encoded(&document, title.len(), &lines);
        doc.add_bytes(self.record, &record);
        doc.add_u64(self.id, document.id.number());
        for folder in folders(&document.path) {
            doc.add_text(self.folder, folder);
        }
        doc.add_text(self.title_words, fold::fold(&document.title));
        doc.add_text(self.words, fold::fold(&document.text));
        doc.add_text(self.path, document.path);
        doc.add_text(self.title, document.title);
        doc.add_text(self.text, document.text);
        doc.add_text(self.format, document.format.name());
        doc
    }

    /// Fills the columns of a document.
    fn add_origin(&self, doc: &mut TantivyDocument, origin: &Origin) {
        for (field, value) in [
            (self.kind, &origin.kind),
            (self.meeting, &origin.meeting),
            (self.speaker, &origin.speaker),
            (self.region, &origin.region),
        ] {
            if let Some(derived) = value {
                doc.add_text(field, &derived.value);
            }
        }
        let year = origin.year.as_ref().map(|year| year.value);
        let of_year = year.and_then(|year| Date::new(year, None, None));
        let date = origin.date.as_ref().map(|date| date.value).or(of_year);
        if let Some(date) = date {
            doc.add_u64(self.first_day, u64::from(date.first_day()));
            doc.add_u64(self.last_day, u64::from(date.last_day()));
        }
        if let Some(year) = year {
            doc.add_u64(self.year, u64::from(year));
        }
    }
}

/// The record that is stored of a document, as bytes.
pub(super) fn record(document: &Document) -> Vec<u8> {
    let title = leading_paragraphs(&document.text, document.title_paragraphs);
    let lines = outline::lines(&document.text, &document.headings);
    encoded(document, title.len(), &lines)
}

fn encoded(document: &Document, title_bytes: usize, lines: &[outline::Line]) -> Vec<u8> {
    // The title itself is stored as one.
    let mut origin = document.origin.clone();
    if let Some(title) = &mut origin.title {
        title.value.clear();
    }
    let origin = serde_json::json!(origin).to_string();
    Record::encode(document, title_bytes, lines, &origin)
}

/// The first `n` paragraphs of a text.
fn leading_paragraphs(text: &str, n: usize) -> &str {
    let end = match n.checked_sub(1) {
        None => 0,
        Some(last) => text
            .match_indices('\n')
            .nth(last)
            .map_or(text.len(), |(at, _)| at),
    };
    &text[..end]
}

/// All folders above a path: `a`, `a/b`.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// The components of ours that a segment has.
fn plugins(fields: &Fields) -> impl Iterator<Item = Arc<dyn SegmentPlugin>> {
    let store: Arc<dyn SegmentPlugin> = Arc::new(StorePlugin::new(fields.record));
    ExactPlugin::all(fields).into_iter().chain([store])
}

/// A builder of an index with our fields, exact indexes and analyzer.
pub(super) fn builder() -> IndexBuilder {
    let (schema, fields) = Fields::schema();
    let mut builder = Index::builder().schema(schema);
    for plugin in plugins(&fields) {
        builder = builder.register_plugin(plugin);
    }
    builder
}

/// Makes what an opened index needs to be read or written: it stores neither code nor dictionary.
pub(super) fn equip(index: &mut Index) -> tantivy::Result<Fields> {
    let fields = Fields::of(&index.schema())?;
    for plugin in plugins(&fields) {
        index.register_plugin(plugin);
    }
    Ok(fields)
}

/// Registers the analyzer; only who writes needs it, and it loads the dictionary.
pub(super) fn register_words(index: &Index) {
    index.tokenizers().register(WORDS, words::analyzer());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_may_take_several_paragraphs() {
        let title = |n| leading_paragraphs("在会议上的\n讲话\n正文", n);
        assert_eq!(
            [title(0), title(1), title(2), title(9)],
            [
                "",
                "在会议上的",
                "在会议上的\n讲话",
                "在会议上的\n讲话\n正文"
            ]
        );
    }

    #[test]
    fn a_file_is_in_all_folders_above_it() {
        assert_eq!(folders("a/b/c.txt").collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!(folders("c.txt").count(), 0);
    }
}
