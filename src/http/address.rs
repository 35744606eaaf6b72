//! The address under which a client reaches us, for links that are read elsewhere.

use axum::http::{HeaderMap, header};

/// `http://host` as the client has it; `None` if it sent no plain host. A server in front that
/// speaks TLS says so in `x-forwarded-proto`.
pub(super) fn base(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST.as_str())?;
    // Whatever else there may be in a header, it does not get into a page or a file.
    let plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    let is_host = (1..=255).contains(&host.len()) && host.bytes().all(plain);
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    is_host.then(|| format!("{scheme}://{host}"))
}
