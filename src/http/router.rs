//! The table of routes, and what every request passes through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Router, http::Method};

use super::error::Problem;
use super::handlers::{self, App};
use super::pool::Pool;
use super::{Context, admin, answers, export, feed, parameters, web};

/// The API and the page.
pub fn router(context: Context) -> Router {
    let app = Arc::new(App {
        pool: Pool::new(&context.settings),
        context,
    });
    let api = Router::new()
        .route(
            "/search",
            route(get(handlers::search).post(handlers::search_post)),
        )
        .route("/counts", route(get(answers::counts)))
        .route("/concordance", route(get(answers::concordance)))
        .route("/export", route(get(export::export)))
        .route("/documents", route(get(handlers::documents)))
        .route("/documents/{id}", route(get(handlers::document)))
        .route("/documents/{id}/raw", route(get(handlers::raw)))
        .route("/suggest", route(get(handlers::suggest)))
        .route(
            "/analyze",
            route(get(handlers::analyze).post(handlers::analyze_post)),
        )
        .route("/stats", route(get(handlers::stats)))
        .route("/healthz", route(get(handlers::healthz)))
        .route("/readyz", route(get(handlers::readyz)));
    let api = match app.context.admin {
        Some(_) if !app.context.settings.admin_key.is_empty() => api
            .route("/admin/reindex", route(post(admin::reindex)))
            .route("/admin/runs", route(get(admin::runs))),
        _ => api,
    };
    Router::new()
        .nest("/api/v1", api)
        .route("/feed.atom", route(get(feed::feed)))
        .route("/healthz", route(get(handlers::healthz)))
        .route("/readyz", route(get(handlers::readyz)))
        .merge(web::routes())
        .fallback(no_route)
        .layer(middleware::from_fn(frame))
        .with_state(app)
}

pub(super) fn route(methods: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    methods.fallback(no_method)
}

async fn no_route(request: Request) -> Problem {
    Problem::not_found(format_args!(
        "there is nothing at `{}`",
        request.uri().path()
    ))
}

async fn no_method(method: Method) -> Problem {
    let detail = format!("`{method}` cannot be used here");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "not_found", detail)
}

/// Gives the request an id, writes the body of a problem, logs, and sets the headers of all answers.
async fn frame(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        *response.body_mut() = Body::from(problem.body(&id));
    }
    let status = response.status();
    let micros = started.elapsed().as_micros() as u64;
    tracing::info!(%method, path, status = status.as_u16(), micros, request_id = id, "request");
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", value);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    response
}

/// The id that the client sent, if it is a plain one, else a new one.
fn request_id(request: &Request) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let sent = request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    if let Some(id) = sent.filter(plain) {
        return id.to_owned();
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{:x}-{:x}",
        since.as_micros(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The parameters of an address.
pub(super) fn query_parameters(uri: &axum::http::Uri) -> parameters::Parameters {
    parameters::Parameters::of_query(uri.query())
}
