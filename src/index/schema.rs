//! The fields of a document in tantivy.

use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{Index, IndexBuilder, TantivyDocument};

use super::plugin::ExactPlugin;
use super::stored_text;
use crate::analysis::{fold, units, words};
use crate::document::Document;

/// Name of the analyzer of words.
const WORDS: &str = "cang_jie";

/// The fields, by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// Id, one term.
    pub(super) id: Field,
    /// Path of the file, stored and sortable.
    pub(super) path: Field,
    /// Every folder above the file, a term each.
    pub(super) folder: Field,
    /// Title, stored and sortable.
    pub(super) title: Field,
    /// Words of the title, for ranking.
    pub(super) title_words: Field,
    /// The text for the exact index; neither indexed nor stored by tantivy.
    pub(super) text: Field,
    /// The text, stored (see [`stored_text`]).
    pub(super) stored: Field,
    /// Words of the text, for ranking.
    pub(super) words: Field,
    /// Kind of file.
    pub(super) format: Field,
    /// Character encoding of the file.
    pub(super) encoding: Field,
    /// Size of the file in bytes.
    pub(super) size: Field,
    /// 1 where lines were joined.
    pub(super) rejoined: Field,
    /// Units of the title line at the start of the text; 0 where the title is the file's name.
    pub(super) title_units: Field,
}

impl Fields {
    /// The schema, and the fields in it.
    pub(super) fn schema() -> (Schema, Self) {
        let ranked = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(WORDS)
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let sortable = TextOptions::default().set_stored().set_fast("raw");
        let mut builder = Schema::builder();
        let fields = Self {
            id: builder.add_text_field("id", STRING | STORED),
            path: builder.add_text_field("path", sortable.clone()),
            folder: builder.add_text_field("folder", STRING),
            title: builder.add_text_field("title", sortable),
            title_words: builder.add_text_field("title_words", ranked.clone()),
            text: builder.add_text_field("text", TextOptions::default()),
            stored: builder.add_bytes_field("stored", STORED),
            words: builder.add_text_field("words", ranked),
            format: builder.add_text_field("format", STRING | STORED),
            encoding: builder.add_text_field("encoding", STORED),
            size: builder.add_u64_field("size", STORED),
            rejoined: builder.add_u64_field("rejoined", STORED),
            title_units: builder.add_u64_field("title_units", FAST),
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
            stored: field("stored")?,
            words: field("words")?,
            format: field("format")?,
            encoding: field("encoding")?,
            size: field("size")?,
            rejoined: field("rejoined")?,
            title_units: field("title_units")?,
        })
    }

    /// A document as tantivy takes it.
    pub(super) fn document(&self, document: Document) -> TantivyDocument {
        let mut doc = TantivyDocument::new();
        let title_line = document.text.split('\n').next().unwrap_or("");
        let title_units = if document.title_in_text {
            units::count(title_line)
        } else {
            0
        };
        doc.add_text(self.id, document.id.to_string());
        for folder in folders(&document.path) {
            doc.add_text(self.folder, folder);
        }
        doc.add_text(self.title_words, fold::fold(&document.title));
        doc.add_text(self.words, fold::fold(&document.text));
        doc.add_text(self.path, document.path);
        doc.add_text(self.title, document.title);
        doc.add_bytes(self.stored, &stored_text::encode(&document.text));
        doc.add_text(self.text, document.text);
        doc.add_text(self.format, document.format.name());
        doc.add_text(self.encoding, document.encoding);
        doc.add_u64(self.size, document.size);
        doc.add_u64(self.rejoined, u64::from(document.rejoined));
        doc.add_u64(self.title_units, title_units as u64);
        doc
    }
}

/// All folders above a path: `a`, `a/b`.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// A builder of an index with our fields, exact indexes and analyzer.
pub(super) fn builder() -> IndexBuilder {
    let (schema, fields) = Fields::schema();
    let mut builder = Index::builder().schema(schema);
    for plugin in ExactPlugin::all(&fields) {
        builder = builder.register_plugin(plugin);
    }
    builder
}

/// Makes what an opened index needs to be read or written: it stores neither code nor dictionary.
pub(super) fn equip(index: &mut Index) -> tantivy::Result<Fields> {
    let fields = Fields::of(&index.schema())?;
    for plugin in ExactPlugin::all(&fields) {
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
    fn a_file_is_in_all_folders_above_it() {
        assert_eq!(folders("a/b/c.txt").collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!(folders("c.txt").count(), 0);
    }
}
