//! Tests of the whole: what users, scripts and other programs may rely on (docs/).

mod admin;
mod architecture;
mod archive;
mod cli;
mod exactness;
mod http;
mod reindex;
mod relevance;
mod search;
