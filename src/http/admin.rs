//! Routes for who looks after the index. They are there only where a key is set.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error::Problem;
use super::handlers::App;
use super::router::query_parameters;

/// Starts a run: 202, or 409 where one goes on already.
pub(super) async fn reindex(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    allow(&app, &headers)?;
    query_parameters(&uri).finish()?;
    let admin = app.context.admin.as_ref().ok_or_else(Problem::internal)?;
    if !admin.reindex() {
        return Err(Problem::already_running());
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "started": true }))).into_response())
}

/// The last runs, the newest first.
pub(super) async fn runs(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<serde_json::Value>, Problem> {
    allow(&app, &headers)?;
    query_parameters(&uri).finish()?;
    let admin = Arc::clone(app.context.admin.as_ref().ok_or_else(Problem::internal)?);
    let read = move || {
        admin.runs().map_err(|error| {
            tracing::error!(%error, "the runs cannot be read");
            Problem::internal()
        })
    };
    let (runs, running) = app.pool.run(read).await?;
    Ok(Json(json!({ "running": running, "runs": runs })))
}

/// Lets pass who sends the key.
fn allow(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers
        .get(header::AUTHORIZATION)
        // Not `to_str`, which takes ASCII only: a key may be any text.
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, key)| key.trim());
    let key = &app.context.settings.admin_key;
    if !key.is_empty() && same(sent.as_bytes(), key.as_bytes()) {
        Ok(())
    } else {
        Err(Problem::unauthorized())
    }
}

/// Compares without telling by the time it takes how much was right. The length of the key is no
/// secret.
fn same(sent: &[u8], key: &[u8]) -> bool {
    let differing = sent.iter().zip(key).fold(0, |all, (a, b)| all | (a ^ b));
    sent.len() == key.len() && std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn only_the_whole_key_is_the_same() {
        assert!(same(b"key", b"key"));
        for wrong in [&b""[..], b"ke", b"keyy", b"kez", b"Key"] {
            assert!(!same(wrong, b"key"));
        }
    }
}
