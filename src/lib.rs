//! yicha 议查: exact full-text search for archives of Chinese meeting documents.
//!
//! The modules in reading order, lower ranks first; see ARCHITECTURE.md.

pub mod analysis;
pub mod corpus;
pub mod document;
pub mod exact;
pub mod query;
