//! A document as it is stored, and what answers say of it.

use super::highlight::Layout;
use super::outline::{self, Line};
use super::store::Record;
use crate::document::{Derived, DocumentId, Origin};
use crate::search::{Error, Placed, Summary};
use crate::snippet::Fragment;
use crate::structure::label;

/// A document as it is stored.
pub(super) struct Stored {
    record: Record,
    pub(super) layout: Layout,
}

impl Stored {
    pub(super) fn new(record: Record) -> Self {
        let layout = Layout {
            title_end: record.title_bytes,
            lines: outline::decode(&record.outline, record.text.len()),
        };
        Self { record, layout }
    }

    pub(super) fn rejoined(&self) -> bool {
        self.record.rejoined
    }

    pub(super) fn size(&self) -> u64 {
        self.record.size
    }

    pub(super) fn text(&self) -> &str {
        &self.record.text
    }

    pub(super) fn title(&self) -> &str {
        &self.record.title
    }

    pub(super) fn origin(&self) -> Result<Origin, Error> {
        let origin = serde_json::from_str(&self.record.origin);
        let mut origin: Origin = origin.map_err(|error| Error::Internal(Box::new(error)))?;
        if let Some(title) = &mut origin.title {
            self.title().clone_into(&mut title.value);
        }
        Ok(origin)
    }

    pub(super) fn place(&self, fragment: Fragment) -> Placed {
        let above = outline::above(self.text(), &self.layout.lines, fragment.first_match);
        let text =
            |line: &Line| label(self.text().get(line.range.clone()).unwrap_or("")).to_owned();
        Placed {
            outline: above.into_iter().map(text).collect(),
            fragment,
        }
    }

    pub(super) fn summary(&self) -> Result<Summary, Error> {
        let origin = self.origin()?;
        let value = |derived: Option<Derived<String>>| derived.map(|derived| derived.value);
        Ok(Summary {
            date: origin.date.map(|date| date.value),
            year: origin.year.map(|year| year.value),
            kind: value(origin.kind),
            meeting: value(origin.meeting),
            speaker: value(origin.speaker),
            region: value(origin.region),
            id: DocumentId::of_path(&self.record.path),
            path: self.record.path.clone(),
            title: self.record.title.clone(),
            format: self.record.format.clone(),
            encoding: self.record.encoding.clone(),
        })
    }
}
