//! The page: a search at `/`, a document at `/d/{id}` (docs/page.md).
//!
//! There is one renderer. The server makes all HTML from templates that escape what they are given;
//! scripts fetch parts of the same pages (`fragment=`) and put them in place. Templates are written
//! with maud rather than askama: they are checked with the code around them, there is no second
//! language and no folder of files to keep in step, and a part of a page is a function.

mod address;
mod assets;
mod document_page;
mod facets;
mod language;
mod query_line;
mod results;
mod search_page;
mod shell;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, PreEscaped, html};

use self::address::Address;
use self::language::Language;
use self::results::Results;
use super::error::Problem;
use super::handlers::{self, App, Name, Shared};
use super::router::route;
use crate::search::{Facet, Mask};

/// What the browser may load: files of ours, and nothing that stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Values of a facet that are counted; for years, enough for a chart.
const FACET_VALUES: usize = 60;

/// The routes of the page.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", route(get(search)))
        .route("/d/{id}", route(get(document)))
        .route("/opensearch.xml", route(get(opensearch)))
        .route("/assets/{version}/{name}", route(get(asset)))
}

/// A part of the search page that a script asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The whole page.
    Page,
    /// All that depends on the search.
    Results,
    /// More hits.
    Hits,
}

/// The first value of a name in the query of an address.
fn first(uri: &Uri, wanted: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    let found = pairs.find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.into_owned())
}

async fn search(State(app): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let language = Language::of(&headers);
    let address = Address::of_query(uri.query());
    let part = match first(&uri, "fragment").as_deref() {
        Some("results") => Part::Results,
        Some("hits") => Part::Hits,
        _ => Part::Page,
    };
    match found(&app, language, &address, part, &uri).await {
        Ok(markup) => page(StatusCode::OK, markup),
        Err(problem) => {
            let explained = shell::problem(language, &problem);
            let markup = match part {
                Part::Page => search_page::page(language, &address, &explained),
                Part::Results => {
                    html! { div #results data-address=(address.url()) { (explained) } }
                }
                Part::Hits => explained,
            };
            page(problem.status, markup)
        }
    }
}

async fn found(
    app: &App,
    language: Language,
    address: &Address,
    part: Part,
    uri: &Uri,
) -> Result<Markup, Problem> {
    let started = Instant::now();
    let parameters = address.parameters(&first(uri, "offset").unwrap_or_default());
    let mut request = handlers::search_request(app, &parameters)?;
    parameters.finish()?;
    handlers::check_window(&request)?;
    if part != Part::Hits {
        request.facets = Facet::ALL.to_vec();
        request.facet_limit = FACET_VALUES;
    }
    let default_mask = app.context.mask;
    let searcher = app.searcher();
    let address = address.clone();
    let rendered = app.pool.run(move || {
        let response = searcher.search(&request)?;
        let results = Results {
            language,
            address: &address,
            request: &request,
            response: &response,
            default_mask,
            took: started.elapsed(),
        };
        Ok(match part {
            Part::Page => search_page::page(language, &address, &results.all()),
            Part::Results => results.all(),
            Part::Hits => results.hits(),
        })
    });
    rendered.await
}

async fn document(State(app): Shared, name: Name, headers: HeaderMap, uri: Uri) -> Response {
    let language = Language::of(&headers);
    let q = first(&uri, "q").unwrap_or_default().trim().to_owned();
    match read(&app, language, name, q).await {
        Ok(markup) => page(StatusCode::OK, markup),
        Err(problem) => {
            let results = html! { div #results { (shell::problem(language, &problem)) } };
            let markup = search_page::page(language, &Address::default(), &results);
            page(problem.status, markup)
        }
    }
}

async fn read(app: &App, language: Language, name: Name, q: String) -> Result<Markup, Problem> {
    let id = handlers::id(name)?;
    let query = (!q.is_empty()).then(|| handlers::parse(&q)).transpose()?;
    let searcher = app.searcher();
    let rendered = app.pool.run(move || {
        let document = searcher.document(id, query.as_ref())?;
        Ok(document_page::page(language, &document, &q))
    });
    rendered.await
}

fn page(status: StatusCode, markup: Markup) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::VARY, "accept-language"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, markup.into_string()).into_response()
}

async fn asset(path: Result<Path<(String, String)>, PathRejection>) -> Result<Response, Problem> {
    let missing = || Problem::not_found("there is no such file");
    let Path((version, name)) = path.map_err(|_| missing())?;
    assets::get(&version, &name).ok_or_else(missing)
}

/// Describes the search to the browser, so that it can be one of its own
/// (<https://github.com/dewitt/opensearch>).
async fn opensearch(State(app): Shared, headers: HeaderMap) -> Response {
    let language = Language::of(&headers);
    let words = language.words();
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .filter(|host| is_host(host))
        .unwrap_or(&app.context.settings.listen);
    let forwarded = headers.get("x-forwarded-proto");
    let scheme = if forwarded.is_some_and(|scheme| scheme == "https") {
        "https"
    } else {
        "http"
    };
    let base = format!("{scheme}://{host}");
    let markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/" {
            ShortName { (words.name) }
            Description { (words.tagline) }
            InputEncoding { "UTF-8" }
            Image height="16" width="16" type="image/svg+xml" { (base) (assets::url("icon.svg")) }
            Url type="text/html" method="get" template={ (base) "/?q={searchTerms}" } {}
        }
    };
    let content_type = HeaderValue::from_static("application/opensearchdescription+xml");
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (
            header::VARY,
            HeaderValue::from_static("accept-language, host"),
        ),
    ];
    (headers, markup.into_string()).into_response()
}

/// Whether a text is a name or a number of a machine, with or without a port.
fn is_host(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    (1..=255).contains(&text.len()) && text.bytes().all(plain)
}

/// Name of a way with masks, as addresses have it.
fn mask_name(mask: Mask) -> &'static str {
    match mask {
        Mask::Also => "also",
        Mask::Off => "off",
        Mask::Only => "only",
    }
}
