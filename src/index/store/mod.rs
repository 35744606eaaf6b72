//! What is stored of documents, as a component of tantivy's segments: written, merged and deleted
//! with them.
//!
//! tantivy's own store takes a document apart byte by byte when it is read, and has no dictionary: a
//! page of ten hits took twice as long to read, and the index was larger.

mod file;
mod record;
mod text;

use std::any::Any;
use std::io;

use tantivy::index::SegmentComponent;
use tantivy::indexer::doc_id_mapping::{DocIdMapping, MappingType};
use tantivy::plugin::{PluginMergeContext, PluginWriter, PluginWriterContext, SegmentPlugin};
use tantivy::schema::document::ErasedDocument;
use tantivy::schema::{Field, Schema, Value};
use tantivy::{DocId, Segment, SegmentReader, TantivyDocument, TantivyError};

use super::plugin::write_component;

pub(super) use self::file::Reader;
use self::file::{Sampler, Writer, prepared, records};
pub(super) use self::record::Record;

/// Ending of the files.
const EXTENSION: &str = "documents";
/// Records are collected in pieces of about so many bytes.
const PIECE: usize = 1 << 20;

/// Keeps the records of documents.
pub(super) struct StorePlugin {
    extensions: [&'static str; 1],
    /// Holds a document's record.
    field: Field,
}

impl StorePlugin {
    pub(super) fn new(field: Field) -> Self {
        Self {
            extensions: [EXTENSION],
            field,
        }
    }
}

/// The records of a segment.
pub(super) fn open(segment: &SegmentReader) -> tantivy::Result<Reader> {
    let component = SegmentComponent::Custom(EXTENSION.to_owned());
    let reader = Reader::open(segment.open_read(component)?.read_bytes()?)?;
    if reader.n_records() == segment.max_doc() {
        Ok(reader)
    } else {
        let detail = "stored documents are not those of their segment";
        Err(TantivyError::InternalError(detail.to_owned()))
    }
}

impl Reader {
    /// What is stored of a document.
    pub(super) fn get(&self, doc: DocId) -> io::Result<Record> {
        self.with(doc, |bytes| {
            let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a record is damaged");
            Record::decode(bytes).ok_or_else(damaged)
        })
    }
}

/// Writes a segment's file of all that `push_all` gives, with this dictionary.
fn write(
    segment: &Segment,
    dictionary: &[u8],
    push_all: impl FnOnce(&mut Writer<'_>) -> io::Result<()>,
) -> tantivy::Result<()> {
    let prepared = prepared(dictionary);
    write_component(segment, EXTENSION, |out| {
        let mut writer = Writer::new(out, dictionary, &prepared)?;
        push_all(&mut writer)?;
        writer.finish()
    })
}

fn sorted() -> TantivyError {
    let detail = "stored documents keep their order; do not sort the index";
    TantivyError::InvalidArgument(detail.to_owned())
}

impl SegmentPlugin for StorePlugin {
    fn extensions(&self) -> &[&str] {
        &self.extensions
    }

    fn create_writer(&self, _: &PluginWriterContext<'_>) -> tantivy::Result<Box<dyn PluginWriter>> {
        Ok(Box::new(StoreWriter {
            field: self.field,
            pieces: Vec::new(),
            n_bytes: 0,
        }))
    }

    fn merge(&self, context: PluginMergeContext<'_>) -> tantivy::Result<()> {
        if context.doc_id_mapping.mapping_type() == MappingType::Shuffled {
            return Err(sorted());
        }
        let mut sources = Vec::with_capacity(context.readers.len());
        let mut total = 0;
        for segment in context.readers {
            let reader = open(segment)?;
            total += (0..reader.n_blocks())
                .map(|n| reader.block_len(n) as u64)
                .sum::<u64>();
            sources.push((reader, segment.alive_bitset()));
        }
        let mut sampler = Sampler::new(total);
        for (reader, _) in &sources {
            for n in 0..reader.n_blocks() {
                if sampler.wants(reader.block_len(n)) {
                    reader.with_block(n, |_, block| {
                        sampler.take(block);
                        Ok(())
                    })?;
                }
            }
        }
        write(context.target_segment, &sampler.finish(), |writer| {
            for (reader, alive) in &sources {
                for n in 0..reader.n_blocks() {
                    reader.with_block(n, |first, block| {
                        for (doc, record) in (first..).zip(records(block)) {
                            if alive.is_none_or(|alive| alive.is_alive(doc)) {
                                writer.push(record)?;
                            }
                        }
                        Ok(())
                    })?;
                }
            }
            Ok(())
        })
    }
}

/// Collects the records of a segment's documents.
struct StoreWriter {
    field: Field,
    /// Records as in a block.
    pieces: Vec<Vec<u8>>,
    n_bytes: usize,
}

impl PluginWriter for StoreWriter {
    fn add_document(
        &mut self,
        _: DocId,
        doc: &dyn ErasedDocument,
        _: &Schema,
    ) -> tantivy::Result<()> {
        let doc = doc.as_any().downcast_ref::<TantivyDocument>();
        let record = doc.and_then(|doc| doc.get_first(self.field)?.as_bytes());
        let record = record.ok_or_else(|| {
            let detail = "a document has nothing to be stored";
            TantivyError::InvalidArgument(detail.to_owned())
        })?;
        if self.pieces.last().is_none_or(|piece| piece.len() >= PIECE) {
            self.pieces.push(Vec::new());
        }
        if let Some(piece) = self.pieces.last_mut() {
            super::varint::put(piece, record.len());
            piece.extend_from_slice(record);
        }
        self.n_bytes += record.len();
        Ok(())
    }

    fn serialize(
        self: Box<Self>,
        segment: &Segment,
        map: Option<&DocIdMapping>,
    ) -> tantivy::Result<()> {
        if map.is_some() {
            return Err(sorted());
        }
        let total = self.pieces.iter().map(|piece| piece.len() as u64).sum();
        let mut sampler = Sampler::new(total);
        for piece in &self.pieces {
            sampler.take(piece);
        }
        write(segment, &sampler.finish(), |writer| {
            for piece in &self.pieces {
                for record in records(piece) {
                    writer.push(record)?;
                }
            }
            Ok(())
        })
    }

    fn mem_usage(&self) -> usize {
        self.n_bytes
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
