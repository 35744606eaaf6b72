//! Rank 0: what a text is made of, for documents and for queries alike.
//!
//! [`fold`] turns characters into their one normalised form, [`units`] cuts a text into units
//! (docs/query-language.md), [`phrase`] holds a sequence of units, [`scanner`] finds it in a text by plain comparison,
//! [`surface`] says how a unit was written in the source, and [`words`] segments by dictionary, for
//! ranking only, and [`pinyin`] says how characters are read. Nothing here knows of files, indexes or HTTP.

pub mod fold;
mod fold_table;
pub mod numbers;
pub mod pattern;
pub mod phrase;
pub mod pinyin;
pub mod scanner;
pub mod surface;
pub mod units;
pub mod words;

pub use pattern::{Link, Pattern};
pub use phrase::Phrase;
pub use scanner::{Match, Scanner};
pub use surface::Surface;
pub use units::{OwnedUnit, Unit, split};
