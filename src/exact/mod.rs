//! Rank 1: the exact index. Every place of every pair of neighbouring units, so that a phrase of
//! any length is found with all its occurrences, without reading a text.
//!
//! It knows units and numbered documents, nothing of files, fields or tantivy. [`Builder`] writes
//! the bytes of one segment, [`merge`] those of several into one, [`Reader`] answers from them. The
//! format is described in docs/exact-index.md.
//!
//! Documents of a segment form one stream of units; a *position* is a place in it, counted in
//! units, with one empty position behind every document so that nothing matches across two.

mod between;
mod bits;
mod borders;
mod breaks;
mod build;
mod comparison;
mod grouped;
mod layout;
mod lists;
mod longest;
mod lookups;
mod masked;
mod matcher;
mod merge;
#[cfg(test)]
mod patience_tests;
mod reader;
mod record;
mod sets;
#[cfg(test)]
mod span_tests;
mod spans;
mod surfaces;
#[cfg(test)]
mod tests;

pub use borders::Borders;
pub use breaks::Break;
pub use build::Builder;
pub use lookups::Lookups;
pub use matcher::{DocMatch, Within, intersect};
pub use merge::{Source, merge};
pub use reader::{Bytes, Reader};
pub use sets::{NumberSet, advanced, united};
pub use spans::{Span, SpanWriting};

/// The bytes of an exact index contradict themselves or their checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exact index is damaged: {what} at byte {at}; run `yicha index --rebuild`")]
pub struct Corrupt {
    /// What does not hold.
    pub what: &'static str,
    /// Where, in bytes from the start of the file.
    pub at: u64,
}

/// Number of a unit in one segment, by the order of [`crate::analysis::Unit`].
type UnitId = u32;

/// What stands behind the last unit of a document.
const END: UnitId = 0;
/// [`crate::analysis::Unit::Stop`].
const STOP: UnitId = 1;
/// [`crate::analysis::Unit::Mask`].
const MASK: UnitId = 2;
/// First of the Chinese characters.
const FIRST_HAN: UnitId = 3;
