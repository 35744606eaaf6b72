//! Tests of the whole: what users, scripts and other programs may rely on (docs/).

mod admin;
mod architecture;
mod archive;
mod cli;
mod exactness;
mod figures;
mod files;
mod filters;
mod formats;
mod http;
mod interruption;
mod lists;
mod page;
mod query;
mod reindex;
mod relevance;
mod search;
mod server;
mod suggest;
mod survival;
mod upkeep;
mod versions;
mod workers;
