//! The page: a search at `/`, a document at `/d/{id}` (docs/page.md).
//!
//! There is one renderer. The server makes all HTML from templates that escape what they are given;
//! scripts fetch parts of the same pages (`fragment=`) and put them in place. Templates are written
//! with maud rather than askama: they are checked with the code around them, there is no second
//! language and no folder of files to keep in step, and a part of a page is a function.

mod address;
mod assets;
mod chart;
mod choices;
mod counts_page;
mod document_page;
mod facets;
mod language;
mod lines_page;
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

use self::address::{Address, EXPRESSIONS, View};
use self::counts_page::CountsPage;
use self::language::Language;
use self::lines_page::LinesPage;
use self::results::Results;
use super::address::base;
use super::answers;
use super::error::Problem;
use super::handlers::{self, App, Name, Shared};
use super::router::route;
use crate::search::{ConcordanceRequest, Counts, CountsRequest, Facet, Mask, Request};

/// What the browser may load: files of ours, and nothing that stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Values of a facet that are counted; for years, enough for a chart.
const FACET_VALUES: usize = 60;

/// Lines of a concordance on one page, and the characters on each side; what does not fit into the
/// window is clipped there.
const LINES: usize = 50;
const CONTEXT: usize = 40;

/// The routes of the page.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(View::Documents.path(), route(get(documents)))
        .route(View::Counts.path(), route(get(counts)))
        .route("/counts.csv", route(get(counts_table)))
        .route(View::Lines.path(), route(get(lines)))
        .route("/d/{id}", route(get(document)))
        .route("/opensearch.xml", route(get(opensearch)))
        .route("/assets/{version}/{name}", route(get(asset)))
}

/// A part of a page that a script asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The whole page.
    Page,
    /// All that depends on the search.
    Results,
    /// More hits.
    Hits,
}

/// What a request for a view of a search says.
struct Asked {
    language: Language,
    address: Address,
    part: Part,
    offset: String,
}

impl Asked {
    fn new(view: View, headers: &HeaderMap, uri: &Uri) -> Self {
        Self {
            language: Language::of(headers),
            address: Address::of_query(view, uri.query()),
            part: match first(uri, "fragment").as_deref() {
                Some("results") => Part::Results,
                Some("hits") => Part::Hits,
                _ => Part::Page,
            },
            offset: first(uri, "offset").unwrap_or_default(),
        }
    }

    /// The answer with `found` in its place, or with what is said instead.
    fn answer(&self, found: Result<Markup, Problem>) -> Response {
        let (status, results) = match found {
            Ok(results) => (StatusCode::OK, results),
            Err(problem) => {
                let explained = shell::problem(self.language, &problem);
                let results = match self.part {
                    Part::Hits => explained,
                    _ => problem_results(self.language, &self.address, &explained),
                };
                (problem.status, results)
            }
        };
        page(
            status,
            match self.part {
                Part::Page => search_page::page(self.language, &self.address, &results),
                Part::Results | Part::Hits => results,
            },
        )
    }
}

/// What stands in the place of results where there are none.
fn problem_results(language: Language, address: &Address, explained: &Markup) -> Markup {
    let content = html! { section.found tabindex="-1" { (explained) } };
    search_page::results(language, address, "", &html! {}, &content)
}

/// The first value of a name in the query of an address.
fn first(uri: &Uri, wanted: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    let found = pairs.find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.into_owned())
}

async fn documents(State(app): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let asked = Asked::new(View::Documents, &headers, &uri);
    asked.answer(found(&app, &asked).await)
}

async fn found(app: &App, asked: &Asked) -> Result<Markup, Problem> {
    let started = Instant::now();
    let parameters = asked.address.parameters(&asked.offset);
    let mut request = Request {
        n_snippets: results::SNIPPETS + 1,
        ..handlers::search_request(app, &parameters)?
    };
    parameters.finish()?;
    handlers::check_window(&request)?;
    let part = asked.part;
    if part != Part::Hits {
        request.facets = Facet::ALL.to_vec();
        request.facet_limit = FACET_VALUES;
    }
    let (language, address) = (asked.language, asked.address.clone());
    let default_mask = app.context.mask;
    let searcher = app.searcher();
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
            Part::Hits => results.hits(),
            Part::Page | Part::Results => results.all(),
        })
    });
    rendered.await
}

async fn counts(State(app): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let asked = Asked::new(View::Counts, &headers, &uri);
    let (language, address) = (asked.language, asked.address.clone());
    let default_mask = app.context.mask;
    let started = Instant::now();
    let counted = counted(&app, &asked.address, move |counted| {
        CountsPage {
            language,
            address: &address,
            counted,
            default_mask,
            took: started.elapsed(),
        }
        .all()
    });
    asked.answer(counted.await)
}

/// The same figures as a table to be kept.
async fn counts_table(State(app): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let language = Language::of(&headers);
    let address = Address::of_query(View::Counts, uri.query());
    let of = address.clone();
    let table = counted(&app, &address, move |counted| {
        counts_page::table(language, &of, counted)
    });
    match table.await {
        Ok(table) => {
            let headers = [
                (
                    header::CONTENT_TYPE,
                    "text/csv; charset=utf-8; header=present",
                ),
                (
                    header::CONTENT_DISPOSITION,
                    "attachment; filename=\"yicha-counts.csv\"",
                ),
                (header::VARY, "accept-language"),
            ];
            (headers, table).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// What was counted: nothing where nothing was asked for.
type Counted<'a> = Option<(&'a CountsRequest, &'a Counts)>;

/// Counts what an address asks for and has it written.
async fn counted<T: Send + 'static>(
    app: &App,
    address: &Address,
    written: impl FnOnce(Counted<'_>) -> T + Send + 'static,
) -> Result<T, Problem> {
    if EXPRESSIONS
        .iter()
        .all(|name| address.value(name).is_empty())
    {
        return Ok(written(None));
    }
    let parameters = address.parameters("");
    let (_, request) = answers::counts_request(app, &parameters)?;
    parameters.finish()?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let counts = searcher.counts(&request)?;
        Ok(written(Some((&request, &counts))))
    });
    answer.await
}

async fn lines(State(app): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let asked = Asked::new(View::Lines, &headers, &uri);
    asked.answer(listed(&app, &asked).await)
}

async fn listed(app: &App, asked: &Asked) -> Result<Markup, Problem> {
    let started = Instant::now();
    let parameters = asked.address.parameters(&asked.offset);
    let mut request = ConcordanceRequest {
        context: CONTEXT,
        ..answers::concordance_request(app, &parameters)?
    };
    request.request.limit = LINES;
    parameters.finish()?;
    handlers::check_window(&request.request)?;
    let (language, address) = (asked.language, asked.address.clone());
    let default_mask = app.context.mask;
    let searcher = app.searcher();
    let rendered = app.pool.run(move || {
        let concordance = searcher.concordance(&request)?;
        let page = LinesPage {
            language,
            address: &address,
            request: &request,
            concordance: &concordance,
            default_mask,
            took: started.elapsed(),
        };
        Ok(page.all())
    });
    rendered.await
}

async fn document(State(app): Shared, name: Name, headers: HeaderMap, uri: Uri) -> Response {
    let language = Language::of(&headers);
    let address = Address::of_query(View::Documents, uri.query());
    match read(&app, language, name, address).await {
        Ok(markup) => page(StatusCode::OK, markup),
        Err(problem) => {
            let address = Address::default();
            let explained = shell::problem(language, &problem);
            let results = problem_results(language, &address, &explained);
            let markup = search_page::page(language, &address, &results);
            page(problem.status, markup)
        }
    }
}

async fn read(
    app: &App,
    language: Language,
    name: Name,
    address: Address,
) -> Result<Markup, Problem> {
    let id = handlers::id(name)?;
    let parameters = address.parameters("");
    let request = Request {
        query: handlers::query_of(&parameters)?,
        ..handlers::matching(app, &parameters)?
    };
    let searcher = app.searcher();
    let rendered = app.pool.run(move || {
        let document = searcher.document_for(id, &request)?;
        Ok(document_page::page(language, &document, &address))
    });
    rendered.await
}

fn page(status: StatusCode, markup: Markup) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::VARY, "accept-language"),
        // Nobody else hears what was searched for; our own pages know where they were come from.
        (header::REFERRER_POLICY, "same-origin"),
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
    let base = base(&headers).unwrap_or_else(|| {
        let listen = &app.context.settings.listen;
        format!("http://{listen}")
    });
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

/// Name of a way with masks, as addresses have it.
fn mask_name(mask: Mask) -> &'static str {
    match mask {
        Mask::Also => "also",
        Mask::Off => "off",
        Mask::Only => "only",
    }
}
