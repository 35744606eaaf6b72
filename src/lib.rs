//! yicha 议查: exact full-text search for archives of Chinese meeting documents.
//!
//! The modules in reading order, lower ranks first: a module uses only those above it, and none of
//! its own rank. See ARCHITECTURE.md.

// Rank 0: what a text and a document are.
pub mod analysis;
pub mod document;
// Rank 1: parts that know nothing of each other.
pub mod exact;
pub mod extract;
pub mod query;
pub mod snippet;
// Rank 2: what is made of files.
pub mod structure;
// Rank 3: where documents come from, and what can be asked of them.
pub mod corpus;
pub mod search;
// Rank 4: who answers, and who asks over the network.
pub mod http;
pub mod index;
// Rank 5: settings of all of them. `cli`, rank 6, belongs to the program.
pub mod config;
