//! Rank 2: what a document says of itself without saying it in so many words: its outline and where it
//! comes from.
//!
//! It knows paragraphs with the levels of their styles, paths and properties; neither files nor
//! formats nor units. Rules and limits: docs/structure.md, docs/origin.md.

mod nesting;
mod numbering;
mod origin;
mod outline;

use crate::document::Heading;

pub use origin::{
    OverrideError, Overrides, PatternError, Rules, SIDECAR_ENDING, Settings, Source, Title, derive,
    split_front_matter, title_of,
};
pub use outline::{label, unnumbered};

/// The headings of a text of which the first `title_paragraphs` are the title, in its order. `level`
/// gives the level of each paragraph's style: 0 of a title, from 1 of a heading.
pub fn outline(
    paragraphs: &[&str],
    level: impl Fn(usize) -> Option<u8>,
    title_paragraphs: usize,
) -> Vec<Heading> {
    let style = |n: usize| {
        if n < title_paragraphs {
            Some(0)
        } else {
            level(n)
        }
    };
    outline::outline(
        paragraphs
            .iter()
            .zip(0..)
            .map(|(text, n)| (*text, style(n))),
    )
}
