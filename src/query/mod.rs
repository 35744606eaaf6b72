//! Rank 1: the query language (docs/query-language.md) as a tree of plain data, with its parser and printer.
//!
//! The tree knows nothing of indexes: what a keyword matches is decided by the index.

mod lexer;
mod parser;
mod tree;

pub use parser::{Limits, Query, QueryTooLong, Repair, RepairCode, parse};
pub use tree::{Condition, Field, Leaf, LeafKind, Node, Numbers, Property};
