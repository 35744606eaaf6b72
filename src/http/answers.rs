//! Answers about words instead of documents: counts and concordances.

use std::time::Instant;

use axum::extract::State;
use axum::http::Uri;

use super::error::Problem;
use super::handlers::{
    Answer, App, MAX_OFFSET, Shared, asked, check_reach, json_response, parse, query_of,
};
use super::parameters::Parameters;
use super::router::query_parameters;
use super::wire;
use crate::search::{
    Beside, By, ConcordanceRequest, CountsRequest, Facet, LineOrder, MAX_CONTEXT, MAX_LINES,
    MAX_QUERIES, MAX_READ, Request,
};

pub(super) async fn counts(State(app): Shared, uri: Uri) -> Answer {
    let started = Instant::now();
    let parameters = query_parameters(&uri);
    let (qs, request) = counts_request(&app, &parameters)?;
    parameters.finish()?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let counts = searcher.counts(&request)?;
        Ok(wire::counts(&qs, &request, &counts, started.elapsed()))
    });
    Ok(json_response(&answer.await?))
}

/// What is to be counted, for the API and for the page; with the queries as typed.
pub(super) fn counts_request(
    app: &App,
    parameters: &Parameters,
) -> Result<(Vec<String>, CountsRequest), Problem> {
    let qs = parameters.texts("q");
    if qs.is_empty() || qs.len() > MAX_QUERIES {
        let got = format!("{} values", qs.len());
        let allowed = format!("1 to {MAX_QUERIES} values");
        return Err(Problem::invalid("q", &got, allowed));
    }
    let Request {
        zone,
        mask,
        scope,
        filters,
        deadline,
        ..
    } = asked(app, parameters, Facet::Format.name())?;
    let request = CountsRequest {
        queries: qs
            .iter()
            .map(|q| parse(parameters, q))
            .collect::<Result<_, _>>()?,
        by: parameters.choice("by", &By::ALL.map(|by| (by.name(), by)), By::Year)?,
        zone,
        mask,
        scope,
        filters,
        limit: parameters.number("limit", 100, 1..=1_000)?,
        deadline,
    };
    Ok((qs, request))
}

pub(super) async fn concordance(State(app): Shared, uri: Uri) -> Answer {
    let started = Instant::now();
    let parameters = query_parameters(&uri);
    let q = parameters.text("q")?.unwrap_or("").to_owned();
    let request = concordance_request(&app, &parameters)?;
    parameters.finish()?;
    check_reach(&request.request, MAX_LINES)?;
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let concordance = searcher.concordance(&request)?;
        let took = started.elapsed();
        Ok(wire::concordance(&q, &request, &concordance, took))
    });
    Ok(json_response(&answer.await?))
}

/// Which lines are to be listed, for the API and for the page.
pub(super) fn concordance_request(
    app: &App,
    parameters: &Parameters,
) -> Result<ConcordanceRequest, Problem> {
    let orders = [
        ("left", LineOrder::Left),
        ("right", LineOrder::Right),
        ("date", LineOrder::Date),
        ("document", LineOrder::Document),
    ];
    let groups = [
        ("next", Some(Beside::Next)),
        ("previous", Some(Beside::Previous)),
    ];
    Ok(ConcordanceRequest {
        request: Request {
            query: query_of(parameters)?,
            offset: parameters.number("offset", 0, 0..=MAX_OFFSET)?,
            limit: parameters.number("limit", 20, 1..=100)?,
            relax: false,
            ..asked(app, parameters, Facet::Format.name())?
        },
        context: parameters.number("context", 20, 5..=MAX_CONTEXT)?,
        order: parameters.choice("sort", &orders, LineOrder::default())?,
        group: parameters.choice("group", &groups, None)?,
        max_read: MAX_READ,
    })
}
