//! The outline of a PDF, its bookmarks (ISO 32000-1, 12.3.3): titles and how deep they stand.

use std::collections::{HashMap, HashSet};

use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, String as PdfString};

use super::super::{Budget, Error};
use super::info::text_string;

/// More bookmarks are not looked at.
const MAX_TITLES: usize = 20_000;
/// Deeper ones count as this deep.
const MAX_DEPTH: u8 = 9;

/// Levels from 1, by title without its blanks.
#[derive(Debug, Default)]
pub(super) struct Headings(HashMap<String, u8>);

impl Headings {
    /// The level of a paragraph that says the same as a bookmark.
    pub(super) fn level(&self, text: &str) -> Option<u8> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&squeezed(text)).copied()
    }
}

/// Reads the outline.
pub(super) fn headings(pdf: &Pdf, budget: &mut Budget) -> Result<Headings, Error> {
    let mut found = HashMap::new();
    let xref = pdf.xref();
    let catalog = xref.get::<Dict<'_>>(xref.root_id());
    let outlines = catalog.and_then(|catalog| catalog.get::<Dict<'_>>("Outlines"));
    let mut seen = HashSet::new();
    let mut waiting: Vec<_> = outlines
        .iter()
        .filter_map(|dict| dict.get_ref("First"))
        .map(|first| (first, 1_u8))
        .collect();
    while let Some((reference, depth)) = waiting.pop() {
        budget.spend(0)?;
        if !seen.insert((reference.obj_number, reference.gen_number)) || seen.len() > MAX_TITLES {
            continue;
        }
        let Some(entry) = xref.get::<Dict<'_>>(reference.into()) else {
            continue;
        };
        if let Some(title) = entry.get::<PdfString<'_>>("Title") {
            let title = squeezed(&text_string(&title));
            budget.spend(title.len() as u64)?;
            if !title.is_empty() {
                found.entry(title).or_insert(depth);
            }
        }
        waiting.extend(entry.get_ref("Next").map(|next| (next, depth)));
        let below = depth.saturating_add(1).min(MAX_DEPTH);
        waiting.extend(entry.get_ref("First").map(|first| (first, below)));
    }
    Ok(Headings(found))
}

fn squeezed(text: &str) -> String {
    let is_kept = |character: &char| !character.is_whitespace() && !character.is_control();
    text.chars().filter(is_kept).collect()
}
