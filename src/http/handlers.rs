//! One function a route: take apart, call, convert.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::Problem;
use super::parameters::Parameters;
use super::pool::Pool;
use super::router::query_parameters;
use super::wire::{self, Highlight};
use super::{Context, cursor, raw};
use crate::document::DocumentId;
use crate::query::{self, Limits, Numbers, Query};
use crate::search::{Facet, Filters, MAX_WINDOW, Mask, Request, Scope, SharedSearcher, Sort, Zone};

/// Most characters that `/analyze` takes.
const MAX_ANALYZED: usize = 10_000;

/// Most bytes of a request's body.
const MAX_BODY: usize = 64 << 10;

pub(super) struct App {
    pub(super) context: Context,
    pub(super) pool: Pool,
}

impl App {
    pub(super) fn searcher(&self) -> SharedSearcher {
        Arc::clone(&self.context.searcher)
    }
}

pub(super) type Shared = State<Arc<App>>;
pub(super) type Answer = Result<Response, Problem>;

pub(super) fn json_response(value: &Value) -> Response {
    json_text(value.to_string())
}

/// The same of JSON that was written where it takes nobody's time.
fn json_text(json: String) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (content_type, json).into_response()
}

pub(super) async fn search(State(app): Shared, uri: Uri) -> Answer {
    run_search(&app, query_parameters(&uri)).await
}

pub(super) async fn search_post(State(app): Shared, uri: Uri, body: Body) -> Answer {
    run_search(&app, posted(&app, &uri, body).await?).await
}

/// The parameters of a POST, which stand in its body, and nowhere else.
async fn posted(app: &App, uri: &Uri, body: Body) -> Result<Parameters, Problem> {
    let mut in_address = form_urlencoded::parse(uri.query().unwrap_or("").as_bytes());
    if let Some((name, got)) = in_address.next() {
        return Err(Problem::not_in_address(&name, &got));
    }
    let body = tokio::time::timeout(app.pool.timeout(), to_bytes(body, MAX_BODY)).await;
    let body = body.map_err(|_| Problem::no_body())?.map_err(|_| {
        let detail = "the body is too long or was cut off";
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "query_too_long", detail)
    })?;
    Parameters::of_json(&body)
}

async fn run_search(app: &App, parameters: Parameters) -> Answer {
    let started = Instant::now();
    let q = parameters.text("q")?.unwrap_or("").to_owned();
    let request = search_request(app, &parameters)?;
    let highlight = highlight(&parameters)?;
    parameters.finish()?;
    check_window(&request)?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let response = searcher.search(&request)?;
        Ok(wire::search(&q, &request, &response, highlight, started.elapsed()).to_string())
    });
    Ok(json_text(answer.await?))
}

/// What a search asks for, for the API and for the page.
pub(super) fn search_request(app: &App, parameters: &Parameters) -> Result<Request, Problem> {
    let request = Request {
        query: query_of(parameters)?,
        facets: parameters.choices("facets", &Facet::ALL.map(|facet| (facet.name(), facet)))?,
        facet_limit: parameters.number("facet_limit", 20, 1..=200)?,
        sort: sort(parameters)?,
        limit: parameters.number("limit", 10, 1..=100)?,
        offset: parameters.number("offset", 0, 0..=MAX_OFFSET)?,
        n_snippets: parameters.number("snippets", 3, 0..=20)?,
        snippet_chars: parameters.number("snippet_chars", 90, 20..=400)?,
        ..asked(app, parameters, Facet::Format.name())?
    };
    cursor::continued(request, parameters)
}

pub(super) fn highlight(parameters: &Parameters) -> Result<Highlight, Problem> {
    parameters.choice(
        "highlight",
        &[
            ("html", Highlight::Html),
            ("runs", Highlight::Runs),
            ("none", Highlight::None),
        ],
        Highlight::Html,
    )
}

/// What all requests about matches have in common: where to look, how, and among which documents.
/// `format` is the name of the filter by kind of file.
pub(super) fn asked(
    app: &App,
    parameters: &Parameters,
    format: &'static str,
) -> Result<Request, Problem> {
    Ok(Request {
        filters: filters(parameters, format)?,
        ..matching(app, parameters)?
    })
}

/// What decides what is a match: where to look, and how.
pub(super) fn matching(app: &App, parameters: &Parameters) -> Result<Request, Problem> {
    Ok(Request {
        deadline: Some(app.pool.deadline()),
        zone: parameters.choice(
            "in",
            &[
                ("all", Zone::All),
                ("title", Zone::Title),
                ("heading", Zone::Heading),
                ("body", Zone::Body),
            ],
            Zone::All,
        )?,
        mask: parameters.choice(
            "mask",
            &[
                ("also", Mask::Also),
                ("off", Mask::Off),
                ("only", Mask::Only),
            ],
            app.context.mask,
        )?,
        scope: parameters.choice(
            "scope",
            &[
                ("document", Scope::Document),
                ("paragraph", Scope::Paragraph),
                ("sentence", Scope::Sentence),
            ],
            Scope::Document,
        )?,
        ..Request::default()
    })
}

/// The query `q`, or an empty one.
pub(super) fn query_of(parameters: &Parameters) -> Result<Query, Problem> {
    parse(parameters, parameters.text("q")?.unwrap_or(""))
}

/// A query whose numbers are looked for as the parameters say.
pub(super) fn parse(parameters: &Parameters, q: &str) -> Result<Query, Problem> {
    let choices = [("also", Numbers::Also), ("off", Numbers::Off)];
    let numbers = parameters.choice("numbers", &choices, Numbers::default())?;
    Ok(query::parse(q, Limits::default())?.with_numbers(numbers))
}

pub(super) fn sort(parameters: &Parameters) -> Result<Sort, Problem> {
    let choices = [
        ("relevance", Sort::Relevance),
        ("-date", Sort::Newest),
        ("date", Sort::Oldest),
        ("-occurrences", Sort::Occurrences),
        ("title", Sort::Title),
    ];
    parameters.choice("sort", &choices, Sort::Relevance)
}

fn filters(parameters: &Parameters, format: &'static str) -> Result<Filters, Problem> {
    let mut filters = Filters {
        paths: Filters::folders(parameters.texts("path")),
        from: parameters.parsed("from", DATE)?,
        until: parameters.parsed("until", DATE)?,
        values: Vec::new(),
    };
    for facet in Facet::ALL {
        let name = if facet == Facet::Format {
            format
        } else {
            facet.name()
        };
        let values = parameters.texts(name);
        let no_year = |value: &&String| {
            value.parse::<u16>().is_err() || !value.bytes().all(|b| b.is_ascii_digit())
        };
        if facet == Facet::Year
            && let Some(value) = values.iter().find(no_year)
        {
            return Err(Problem::invalid("year", value, "a year such as 2023"));
        }
        if !values.is_empty() {
            filters.values.push((facet, values));
        }
    }
    Ok(filters)
}

/// What a date has to look like.
const DATE: &str = "YYYY, YYYY-MM or YYYY-MM-DD, from 1900 to 2100";
/// Far beyond every window, so that the window is what is refused.
pub(super) const MAX_OFFSET: usize = usize::MAX;

pub(super) fn check_window(request: &Request) -> Result<(), Problem> {
    check_reach(request, MAX_WINDOW)
}

/// Refuses what lies behind the first `most` of a list.
pub(super) fn check_reach(request: &Request, most: usize) -> Result<(), Problem> {
    let reach = request.offset.saturating_add(request.limit);
    if reach <= most {
        return Ok(());
    }
    let detail = format!("offset + limit is {reach}; at most {most} is allowed");
    Err(Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "window_too_large",
        detail,
    ))
}

pub(super) async fn documents(State(app): Shared, uri: Uri) -> Answer {
    let started = Instant::now();
    let parameters = query_parameters(&uri);
    let request = Request {
        filters: filters(&parameters, Facet::Format.name())?,
        sort: sort(&parameters)?,
        limit: parameters.number("limit", 10, 1..=100)?,
        offset: parameters.number("offset", 0, 0..=MAX_OFFSET)?,
        n_snippets: 0,
        deadline: Some(app.pool.deadline()),
        ..Request::default()
    };
    let request = cursor::continued(request, &parameters)?;
    parameters.finish()?;
    check_window(&request)?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let response = searcher.search(&request)?;
        Ok(wire::documents(&request, &response, started.elapsed()))
    });
    Ok(json_response(&answer.await?))
}

/// The document's name in the address, which may be no text at all.
pub(super) type Name = Result<Path<String>, PathRejection>;

pub(super) fn id(name: Name) -> Result<DocumentId, Problem> {
    let Path(name) = name.map_err(|_| Problem::not_found("no document has this id"))?;
    name.parse()
        .map_err(|error| Problem::not_found(format_args!("no document has this id: {error}")))
}

pub(super) async fn document(State(app): Shared, name: Name, uri: Uri) -> Answer {
    let id = id(name)?;
    let parameters = query_parameters(&uri);
    let request = Request {
        query: query_of(&parameters)?,
        ..matching(&app, &parameters)?
    };
    parameters.finish()?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let document = searcher.document_for(id, &request)?;
        Ok(wire::document(&document).to_string())
    });
    Ok(json_text(answer.await?))
}

pub(super) async fn raw(State(app): Shared, name: Name, uri: Uri) -> Answer {
    let id = id(name)?;
    query_parameters(&uri).finish()?;
    let searcher = app.searcher();
    let context = app.context.clone();
    let answer = app.pool.run(move || {
        let summary = searcher.summary(id)?;
        raw::read(&context.archive, context.max_file_size, &summary)
    });
    answer.await
}

pub(super) async fn analyze(State(app): Shared, uri: Uri) -> Answer {
    run_analyze(&app, query_parameters(&uri)).await
}

/// For texts that are too long for an address.
pub(super) async fn analyze_post(State(app): Shared, uri: Uri, body: Body) -> Answer {
    run_analyze(&app, posted(&app, &uri, body).await?).await
}

async fn run_analyze(app: &App, parameters: Parameters) -> Answer {
    let text = parameters.text("text")?.unwrap_or("").to_owned();
    parameters.finish()?;
    let n_chars = text.chars().count();
    if n_chars > MAX_ANALYZED {
        let detail =
            format!("the text has {n_chars} characters; at most {MAX_ANALYZED} are allowed");
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "query_too_long",
            detail,
        ));
    }
    // The first call may have to load the dictionary.
    let answer = app.pool.run(move || Ok(wire::analysis(&text)));
    Ok(json_response(&answer.await?))
}

pub(super) async fn suggest(State(app): Shared, uri: Uri) -> Answer {
    let started = Instant::now();
    let parameters = query_parameters(&uri);
    let q = parameters.text("q")?.unwrap_or("").to_owned();
    let limit = parameters.number("limit", 10, 1..=50)?;
    parameters.finish()?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let suggestions = searcher.suggest(&q, limit)?;
        Ok(wire::suggestions(&q, &suggestions, started.elapsed()))
    });
    Ok(json_response(&answer.await?))
}

pub(super) async fn stats(State(app): Shared, uri: Uri) -> Answer {
    query_parameters(&uri).finish()?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || Ok(wire::stats(&searcher.stats()?)));
    Ok(json_response(&answer.await?))
}

pub(super) async fn healthz() -> Response {
    json_response(&json!({ "status": "alive" }))
}

pub(super) async fn readyz(State(app): Shared) -> Answer {
    let stats = app.context.searcher.stats()?;
    Ok(json_response(
        &json!({ "status": "ready", "generation": stats.index.generation }),
    ))
}
