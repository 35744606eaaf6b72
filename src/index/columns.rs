//! What is known of documents beside their text: filtered, counted and sorted by columns.

use std::collections::BTreeMap;

use tantivy::columnar::{Column, StrColumn};
use tantivy::{Searcher, SegmentReader, TantivyError};

use super::matching::{DocSets, Matching};
use crate::analysis::{Phrase, Scanner, fold};
use crate::document::Date;
use crate::exact::intersect;
use crate::query::{Condition, Property};
use crate::search::{Facet, FacetCount, Filters};

/// The columns of one segment.
pub(super) struct Columns<'a> {
    segment: &'a SegmentReader,
}

impl<'a> Columns<'a> {
    pub(super) fn of(searcher: &'a Searcher, ord: usize) -> Self {
        Self {
            segment: searcher.segment_reader(ord as u32),
        }
    }

    pub(super) fn text(&self, facet: &str) -> tantivy::Result<StrColumn> {
        let column = self.segment.fast_fields().str(facet)?;
        column.ok_or_else(|| TantivyError::SchemaError(format!("no column `{facet}`")))
    }

    pub(super) fn number(&self, name: &str) -> tantivy::Result<Column<u64>> {
        self.segment.fast_fields().u64(name)
    }

    /// Leaves of `docs` those that meet a condition other than that of a path.
    pub(super) fn retain(&self, condition: &Condition, docs: &mut Vec<u32>) -> tantivy::Result<()> {
        match condition {
            Condition::Path(_) => Ok(()),
            Condition::Has(Property::Kind, text) => {
                let wanted = fold::fold(text);
                self.retain_text("type", docs, |value| fold::fold(value) == wanted)
            }
            Condition::Has(property, text) => {
                let Some(phrase) = Phrase::new(text) else {
                    docs.clear();
                    return Ok(());
                };
                let scanner = Scanner::new([&phrase]);
                self.retain_text(property.name(), docs, |value| {
                    !scanner.scan(value).is_empty()
                })
            }
            Condition::Years(from, until) => {
                let years = self.number("year")?;
                let (low, high) = (from.unwrap_or(0), until.unwrap_or(u16::MAX));
                let fits = |year: u64| (u64::from(low)..=u64::from(high)).contains(&year);
                docs.retain(|doc| years.first(*doc).is_some_and(fits));
                Ok(())
            }
            Condition::Dates(from, until) => self.retain_dates(*from, *until, docs),
        }
    }

    /// Leaves those that are certainly of this time: a document of which only the year is known is
    /// in no part of that year.
    fn retain_dates(
        &self,
        from: Option<Date>,
        until: Option<Date>,
        docs: &mut Vec<u32>,
    ) -> tantivy::Result<()> {
        let (first, last) = (self.number("first_day")?, self.number("last_day")?);
        let low = from.map_or(0, |date| u64::from(date.first_day()));
        let high = until.map_or(u64::MAX, |date| u64::from(date.last_day()));
        docs.retain(|doc| {
            let days = first.first(*doc).zip(last.first(*doc));
            days.is_some_and(|(first, last)| low <= first && last <= high)
        });
        Ok(())
    }

    fn retain_text(
        &self,
        name: &str,
        docs: &mut Vec<u32>,
        fits: impl Fn(&str) -> bool,
    ) -> tantivy::Result<()> {
        let column = self.text(name)?;
        let mut wanted = vec![false; column.num_terms()];
        let mut values = column.dictionary().stream()?;
        for slot in &mut wanted {
            if !values.advance() {
                break;
            }
            *slot = std::str::from_utf8(values.key()).is_ok_and(&fits);
        }
        let is_wanted = |ord: u64| wanted.get(ord as usize).copied().unwrap_or(false);
        docs.retain(|doc| column.term_ords(*doc).any(is_wanted));
        Ok(())
    }

    /// Leaves those whose value is one of `values`.
    fn retain_values(
        &self,
        facet: Facet,
        values: &[String],
        docs: &mut Vec<u32>,
    ) -> tantivy::Result<()> {
        if facet == Facet::Year {
            let years = self.number("year")?;
            let wanted: Vec<u64> = values
                .iter()
                .filter_map(|value| value.parse().ok())
                .collect();
            docs.retain(|doc| years.first(*doc).is_some_and(|year| wanted.contains(&year)));
            return Ok(());
        }
        let column = self.text(facet.name())?;
        let mut wanted = Vec::new();
        for value in values {
            wanted.extend(column.dictionary().term_ord(value.as_bytes())?);
        }
        docs.retain(|doc| column.term_ords(*doc).any(|ord| wanted.contains(&ord)));
        Ok(())
    }

    /// Adds the documents of each value.
    fn count(
        &self,
        facet: Facet,
        docs: &[u32],
        into: &mut BTreeMap<String, u64>,
    ) -> tantivy::Result<()> {
        if facet == Facet::Year {
            let years = self.number("year")?;
            for year in docs.iter().filter_map(|doc| years.first(*doc)) {
                *into.entry(year.to_string()).or_default() += 1;
            }
            return Ok(());
        }
        let column = self.text(facet.name())?;
        let mut counts = vec![0u64; column.num_terms()];
        for ord in docs.iter().flat_map(|doc| column.term_ords(*doc)) {
            if let Some(count) = counts.get_mut(ord as usize) {
                *count += 1;
            }
        }
        for (ord, n) in (0..).zip(counts).filter(|(_, n)| *n > 0) {
            let mut value = String::new();
            column.ord_to_str(ord, &mut value)?;
            *into.entry(value).or_default() += n;
        }
        Ok(())
    }
}

/// Filters documents segment by segment, and counts them by facets.
pub(super) struct Filtering<'a> {
    matching: &'a Matching<'a>,
    filters: &'a Filters,
}

impl<'a> Filtering<'a> {
    pub(super) fn new(matching: &'a Matching<'a>, filters: &'a Filters) -> Self {
        Self { matching, filters }
    }

    /// Leaves what all filters let pass.
    pub(super) fn apply(&self, docs: &mut DocSets) -> tantivy::Result<()> {
        self.apply_without(docs, None)
    }

    fn apply_without(&self, docs: &mut DocSets, left_out: Option<Facet>) -> tantivy::Result<()> {
        let Filters {
            values,
            paths,
            from,
            until,
        } = self.filters;
        for (ord, docs) in docs.iter_mut().enumerate() {
            let columns = Columns::of(self.matching.searcher, ord);
            if !paths.is_empty() {
                let mut inside = Vec::new();
                for path in paths {
                    inside.extend(self.inside(ord, path)?);
                }
                inside.sort_unstable();
                inside.dedup();
                intersect(docs, &inside);
            }
            for (facet, values) in values.iter().filter(|(facet, _)| Some(*facet) != left_out) {
                columns.retain_values(*facet, values, docs)?;
            }
            if from.is_some() || until.is_some() {
                columns.retain_dates(*from, *until, docs)?;
            }
        }
        Ok(())
    }

    /// The documents in a folder, or the one at a path that does not end like a folder.
    fn inside(&self, ord: usize, path: &str) -> tantivy::Result<Vec<u32>> {
        let name = path.trim_matches('/');
        let mut docs = self.matching.in_folder(ord, name)?;
        if path.ends_with('/') {
            let column = Columns::of(self.matching.searcher, ord).text("path")?;
            let itself = column.dictionary().term_ord(name.as_bytes())?;
            docs.retain(|doc| column.term_ords(*doc).all(|ord| Some(ord) != itself));
        }
        Ok(docs)
    }

    /// The values of a facet among `matching_docs`, which are not filtered yet, and their documents:
    /// the `limit` commonest, years the newest first.
    pub(super) fn count(
        &self,
        facet: Facet,
        matching_docs: &DocSets,
        limit: usize,
    ) -> tantivy::Result<Vec<FacetCount>> {
        let mut docs = matching_docs.clone();
        self.apply_without(&mut docs, Some(facet))?;
        let mut counts = BTreeMap::new();
        for (ord, docs) in docs.iter().enumerate() {
            Columns::of(self.matching.searcher, ord).count(facet, docs, &mut counts)?;
        }
        let mut counts: Vec<FacetCount> = counts
            .into_iter()
            .map(|(value, documents)| FacetCount { value, documents })
            .collect();
        counts.sort_by(|a, b| {
            b.documents
                .cmp(&a.documents)
                .then_with(|| a.value.cmp(&b.value))
        });
        counts.truncate(limit);
        if facet == Facet::Year {
            counts.sort_by(|a, b| b.value.cmp(&a.value));
        }
        Ok(counts)
    }
}
