//! Cursors: where a list goes on, as an opaque text that clients hand back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::error::Problem;
use super::parameters::Parameters;
use crate::search::{After, Request, Sort, SortKey};

/// Far longer than any that we make: titles and paths are the longest parts.
const MAX_LEN: usize = 16 << 10;

/// What a cursor says. Nobody has to believe it: a made-up one leads to another place of the same
/// list, no further.
#[derive(Serialize, Deserialize)]
struct Written {
    /// Hash of what decides which documents there are, and their order.
    r: u64,
    g: String,
    n: u64,
    k: WrittenKey,
    d: u64,
    p: String,
}

#[derive(Serialize, Deserialize)]
enum WrittenKey {
    /// The score by its bits, which come back as they were.
    R(u32, u32),
    O(u64),
    D(u64),
    T(String),
}

/// The cursor behind a hit.
pub(super) fn encode(request: &Request, after: &After) -> String {
    let written = Written {
        r: fingerprint(request),
        g: after.generation.clone(),
        n: after.position,
        k: match &after.key {
            SortKey::Relevance(rank, score) => WrittenKey::R(*rank, score.to_bits()),
            SortKey::Occurrences(n) => WrittenKey::O(*n),
            SortKey::Day(day) => WrittenKey::D(*day),
            SortKey::Title(title) => WrittenKey::T(title.clone()),
        },
        d: after.day,
        p: after.path.clone(),
    };
    URL_SAFE_NO_PAD.encode(serde_json::json!(written).to_string())
}

/// The request, going on where its `cursor` says if it has one.
pub(super) fn continued(request: Request, parameters: &Parameters) -> Result<Request, Problem> {
    let Some(cursor) = parameters.text("cursor")? else {
        return Ok(request);
    };
    if request.offset > 0 {
        let got = request.offset.to_string();
        return Err(Problem::invalid("offset", &got, "none beside a `cursor`"));
    }
    let wrong = || Problem::invalid("cursor", cursor, "`next.cursor` of an answer, unchanged");
    let (given_for, after) = decode(cursor).ok_or_else(wrong)?;
    if given_for != fingerprint(&request) || !fits(&after.key, &request) {
        let allowed = "a cursor beside the same query, filters and sort that it was given for";
        return Err(Problem::invalid("cursor", cursor, allowed));
    }
    Ok(Request {
        after: Some(after),
        ..request
    })
}

/// The fingerprint of the request that a cursor was given for, and where it goes on.
fn decode(cursor: &str) -> Option<(u64, After)> {
    if cursor.len() > MAX_LEN {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let written: Written = serde_json::from_slice(&bytes).ok()?;
    let key = match written.k {
        WrittenKey::R(rank, bits) => SortKey::Relevance(rank, f32::from_bits(bits)),
        WrittenKey::O(n) => SortKey::Occurrences(n),
        WrittenKey::D(day) => SortKey::Day(day),
        WrittenKey::T(title) => SortKey::Title(title),
    };
    let after = After {
        generation: written.g,
        position: written.n,
        key,
        day: written.d,
        path: written.p,
    };
    Some((written.r, after))
}

/// Whether a list of this request is sorted by such a key; in a made-up cursor it need not be.
fn fits(key: &SortKey, request: &Request) -> bool {
    let has_query = request.query.root.is_some();
    match (key, request.sort) {
        (SortKey::Relevance(_, score), Sort::Relevance) => has_query && score.is_finite(),
        (SortKey::Day(_), Sort::Relevance) => !has_query,
        (SortKey::Occurrences(_), Sort::Occurrences)
        | (SortKey::Title(_), Sort::Title)
        | (SortKey::Day(_), Sort::Newest | Sort::Oldest) => true,
        _ => false,
    }
}

/// A hash of what decides which documents there are, and their order: a page may have another size
/// than the one before, or show other things of its hits.
fn fingerprint(request: &Request) -> u64 {
    let Request {
        query,
        zone,
        mask,
        scope,
        filters,
        sort,
        relax,
        ..
    } = request;
    let decides = (&query.root, zone, mask, scope, filters, sort, relax);
    xxh3_64(format!("{decides:?}").as_bytes())
}
