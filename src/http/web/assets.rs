//! The files that the page is made of, held in the program.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use xxhash_rust::xxh3::Xxh3;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, media type, content.
const ASSETS: [(&str, &str, &str); 9] = [
    (
        "style.css",
        "text/css; charset=utf-8",
        include_str!("assets/style.css"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("search.js", SCRIPT, include_str!("assets/search.js")),
    ("state.js", SCRIPT, include_str!("assets/state.js")),
    ("typing.js", SCRIPT, include_str!("assets/typing.js")),
    ("results.js", SCRIPT, include_str!("assets/results.js")),
    ("charts.js", SCRIPT, include_str!("assets/charts.js")),
    ("keys.js", SCRIPT, include_str!("assets/keys.js")),
    ("document.js", SCRIPT, include_str!("assets/document.js")),
];

/// A hash of all of them. It stands in their addresses, before the name, so that scripts can name
/// each other as neighbours and still never meet one of another version.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Xxh3::new();
    for (name, _, content) in ASSETS {
        hash.update(name.as_bytes());
        hash.update(content.as_bytes());
    }
    format!("{:016x}", hash.digest())
});

/// Address of an asset.
pub(super) fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// An asset, to be kept for good; one of another version is given as it is now, and not kept.
pub(super) fn get(version: &str, name: &str) -> Option<Response> {
    let (_, media_type, content) = ASSETS.iter().find(|(known, ..)| *known == name)?;
    let cache = if version == *VERSION {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    Some((headers, *content).into_response())
}
