//! The exact index as a component of tantivy's segments: written, merged and deleted with them.

use std::any::Any;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use tantivy::directory::TerminatingWrite;
use tantivy::index::{SegmentComponent, SegmentId};
use tantivy::indexer::doc_id_mapping::{DocIdMapping, MappingType};
use tantivy::plugin::{PluginMergeContext, PluginWriter, PluginWriterContext, SegmentPlugin};
use tantivy::schema::document::ErasedDocument;
use tantivy::schema::{Field, Schema, Value};
use tantivy::{DocId, Segment, SegmentReader, TantivyDocument, TantivyError};

use super::schema::Fields;
use crate::analysis::phrase::for_each_surface;
use crate::exact::{self, Builder, Source};

/// Which text of a document an exact index is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stream {
    /// The whole text.
    Text,
    /// The title.
    Title,
    /// The lines of the outline.
    Headings,
}

impl Stream {
    fn extension(self) -> &'static str {
        match self {
            Self::Text => "exact",
            Self::Title => "exacttitle",
            Self::Headings => "exactheadings",
        }
    }
}

/// Keeps the exact index of one stream.
pub(super) struct ExactPlugin {
    stream: Stream,
    extensions: [&'static str; 1],
    field: Field,
}

impl ExactPlugin {
    /// The plugins of an index with these fields.
    pub(super) fn all(fields: &Fields) -> [Arc<dyn SegmentPlugin>; 3] {
        let plugin = |stream: Stream, field| {
            let extensions = [stream.extension()];
            Arc::new(Self {
                stream,
                extensions,
                field,
            }) as Arc<dyn SegmentPlugin>
        };
        [
            plugin(Stream::Text, fields.text),
            plugin(Stream::Title, fields.title),
            plugin(Stream::Headings, fields.headings),
        ]
    }
}

/// The exact index of a segment.
pub(super) fn open(reader: &SegmentReader, stream: Stream) -> tantivy::Result<exact::Reader> {
    let component = SegmentComponent::Custom(stream.extension().to_owned());
    let bytes = reader.open_read(component)?.read_bytes()?;
    exact::Reader::open(Arc::new(bytes)).map_err(|corrupt| damaged(reader.segment_id(), corrupt))
}

fn damaged(segment: SegmentId, corrupt: exact::Corrupt) -> TantivyError {
    TantivyError::InternalError(format!("segment {}: {corrupt}", segment.uuid_string()))
}

/// Opens the component's file, lets `write` fill it, and closes it.
pub(super) fn write_component(
    segment: &Segment,
    extension: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> tantivy::Result<()> {
    let component = SegmentComponent::Custom(extension.to_owned());
    let mut out = BufWriter::with_capacity(1 << 17, segment.open_write(component)?);
    write(&mut out)?;
    out.flush()?;
    let inner = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    inner.terminate()?;
    Ok(())
}

impl SegmentPlugin for ExactPlugin {
    fn extensions(&self) -> &[&str] {
        &self.extensions
    }

    fn create_writer(&self, _: &PluginWriterContext<'_>) -> tantivy::Result<Box<dyn PluginWriter>> {
        Ok(Box::new(ExactWriter {
            stream: self.stream,
            field: self.field,
            builder: Builder::new(),
        }))
    }

    fn merge(&self, context: PluginMergeContext<'_>) -> tantivy::Result<()> {
        if context.doc_id_mapping.mapping_type() == MappingType::Shuffled {
            let detail = "the exact index keeps documents in order; do not sort the index";
            return Err(TantivyError::InvalidArgument(detail.to_owned()));
        }
        let mut readers = Vec::with_capacity(context.readers.len());
        for reader in context.readers {
            readers.push(open(reader, self.stream)?);
        }
        let alive: Vec<_> = context
            .readers
            .iter()
            .map(|reader| {
                reader
                    .alive_bitset()
                    .map(|alive| |doc: u32| alive.is_alive(doc))
            })
            .collect();
        let sources: Vec<Source<'_>> = readers
            .iter()
            .zip(&alive)
            .map(|(reader, alive)| Source {
                reader,
                keep: alive.as_ref().map(|alive| alive as &dyn Fn(u32) -> bool),
            })
            .collect();
        write_component(context.target_segment, self.stream.extension(), |out| {
            exact::merge(&sources, out)
        })
    }
}

/// Collects the units of a segment's documents.
struct ExactWriter {
    stream: Stream,
    field: Field,
    builder: Builder,
}

impl PluginWriter for ExactWriter {
    fn add_document(
        &mut self,
        doc_id: DocId,
        doc: &dyn ErasedDocument,
        _: &Schema,
    ) -> tantivy::Result<()> {
        let wrong = |detail: &str| TantivyError::InvalidArgument(detail.to_owned());
        let doc = doc
            .as_any()
            .downcast_ref::<TantivyDocument>()
            .ok_or_else(|| wrong("the exact index takes documents of tantivy's own kind only"))?;
        let text = doc.get_first(self.field).and_then(|value| value.as_str());
        for_each_surface(text.unwrap_or(""), |unit, surface| {
            self.builder.push(unit, surface);
        });
        self.builder.end_document();
        if self.builder.n_docs() != doc_id + 1 {
            return Err(wrong("documents of a segment have to come in order"));
        }
        Ok(())
    }

    fn serialize(
        self: Box<Self>,
        segment: &Segment,
        map: Option<&DocIdMapping>,
    ) -> tantivy::Result<()> {
        if map.is_some() {
            let detail = "the exact index keeps documents in order; do not sort the index";
            return Err(TantivyError::InvalidArgument(detail.to_owned()));
        }
        let Self {
            stream, builder, ..
        } = *self;
        write_component(segment, stream.extension(), |out| builder.write(out))
    }

    fn mem_usage(&self) -> usize {
        self.builder.memory()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
