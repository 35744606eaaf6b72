//! Gives out the file that a document was read from.

use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::Problem;
use crate::search::Summary;

/// What `ext-value` of RFC 8187 leaves as it is: `attr-char`.
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Reads the file of a document below `archive`.
pub(super) fn read(archive: &Path, summary: &Summary) -> Result<Response, Problem> {
    let gone = || Problem::not_found("the file is no longer in the archive");
    let root = fs::canonicalize(archive).map_err(|_| gone())?;
    let file = fs::canonicalize(root.join(&summary.path)).map_err(|_| gone())?;
    // A link may have been put in its place since it was indexed.
    if !file.starts_with(&root) {
        return Err(gone());
    }
    let bytes = fs::read(&file).map_err(|_| gone())?;
    let name = summary.path.rsplit('/').next().unwrap_or("document");
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    let charset = summary.encoding.trim_end_matches("-bom");
    let media_type = format!("text/plain; charset={charset}");
    let disposition = format!(
        "inline; filename*=UTF-8''{}",
        utf8_percent_encode(name, NAME)
    );
    for (key, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(key, value);
        }
    }
    let sandbox = HeaderValue::from_static("sandbox; default-src 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, sandbox);
    Ok(response)
}
