//! Gives out the file that a document was read from.

use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::Problem;
use crate::corpus;
use crate::document::Format;
use crate::search::Summary;

/// What `ext-value` of RFC 8187 leaves as it is: `attr-char`.
pub(super) const NAME: &AsciiSet = &NON_ALPHANUMERIC
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
///
/// Text and PDF are shown in place, as the contract has it; everything else is handed over as a
/// file. Nothing comes with a media type that a browser would run.
pub(super) fn read(archive: &Path, limit: u64, summary: &Summary) -> Result<Response, Problem> {
    let bytes = corpus::original(archive, &summary.path, limit)
        .map_err(|_| Problem::not_found("the file is no longer in the archive"))?;
    let name = summary.path.rsplit('/').next().unwrap_or("document");
    let format = Format::of_name(&summary.format);
    let is_plain = format.is_some_and(Format::is_plain);
    let media_type = match format {
        Some(format) if is_plain => {
            let charset = summary.encoding.trim_end_matches("-bom");
            format!("{}; charset={charset}", format.media_type())
        }
        // A web page would run; as a file it is only bytes.
        Some(Format::Html | Format::Mht) | None => "application/octet-stream".to_owned(),
        Some(format) => format.media_type().to_owned(),
    };
    let in_place = is_plain || format == Some(Format::Pdf);
    let disposition = format!(
        "{}; filename*=UTF-8''{}",
        if in_place { "inline" } else { "attachment" },
        utf8_percent_encode(name, NAME)
    );
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
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
