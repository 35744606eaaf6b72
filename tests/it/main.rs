//! Tests of the whole: what users, scripts and other programs may rely on (docs/).

mod architecture;
mod archive;
mod cli;
mod exactness;
mod http;
mod page;
mod relevance;
mod search;
