//! What was found: the summary, the hits, and what to do when there are none.

use std::time::Duration;

use maud::{Markup, html};
use serde_json::Value;

use super::address::{Address, document_url};
use super::language::{Language, filled, number};
use super::{facets, query_line};
use crate::http::wire;
use crate::search::{Hit, MAX_WINDOW, Mask, Placed, Request, Response, Summary};
use crate::snippet::{MatchClass, Run};

/// An answer and the search that it is for.
pub(super) struct Results<'a> {
    pub(super) language: Language,
    pub(super) address: &'a Address,
    pub(super) request: &'a Request,
    pub(super) response: &'a Response,
    /// What searches do about masks unless they say so.
    pub(super) default_mask: Mask,
    pub(super) took: Duration,
}

/// Choices of one kind: name in the address, label, values with labels.
type Choice = (
    &'static str,
    &'static str,
    Vec<(&'static str, &'static str)>,
);

impl Results<'_> {
    /// Everything that depends on the search: the element `#results`.
    pub(super) fn all(&self) -> Markup {
        let words = self.language.words();
        let title = match self.address.q() {
            "" => format!("{} · {}", words.name, words.tagline),
            q => format!("{q} · {}", words.name),
        };
        html! {
            div #results data-address=(self.address.url()) data-title=(title)
                data-q=(self.address.q()) data-summary=(self.found()) {
                // What the field does not show goes on with the next search.
                @for (name, value) in self.address.filters().filter(|(name, _)| !matches!(*name, "from" | "until")) {
                    input type="hidden" name=(name) value=(value) form="search";
                }
                (facets::side(self.language, self.address, self.response))
                section.found aria-label=(self.found()) {
                    (self.summary())
                    (facets::chips(self.language, self.address))
                    @if self.response.hits.is_empty() {
                        (self.nothing())
                    } @else {
                        ol #hits { (self.hits()) }
                    }
                }
            }
        }
    }

    /// In one line, for those who hear it.
    fn found(&self) -> String {
        let words = self.language.words();
        let total = &self.response.total;
        if total.documents == 0 {
            return words.found_none.to_owned();
        }
        let documents = filled(words.found, number(total.documents));
        if total.occurrences == 0 {
            return documents;
        }
        let times = filled(words.found_times, number(total.occurrences));
        format!("{documents} · {times}")
    }

    fn summary(&self) -> Markup {
        let words = self.language.words();
        let total = &self.response.total;
        let millis = self.took.as_secs_f64() * 1e3;
        html! {
            div.summary {
                p.count {
                    @if total.documents == 0 {
                        strong { (words.found_none) }
                    } @else if self.address.q().is_empty() && self.address.filters().next().is_none() {
                        strong { (filled(words.all_documents, number(total.documents))) }
                    } @else {
                        strong { (filled(words.found, number(total.documents))) }
                        @if total.occurrences > 0 { " · " (filled(words.found_times, number(total.occurrences))) }
                    }
                    span.faint.took { (filled(words.took, format!("{millis:.1}"))) }
                }
                (self.choices())
            }
            div.query-lines {
                (query_line::lines(words, self.address, self.request, self.response, self.default_mask))
            }
        }
    }

    /// Orders and ranges, as parts of the form.
    fn choices(&self) -> Markup {
        let words = self.language.words();
        let choices: [Choice; 4] = [
            (
                "sort",
                words.sort,
                vec![
                    ("relevance", words.sort_relevance),
                    ("-date", words.sort_newest),
                    ("date", words.sort_oldest),
                    ("-occurrences", words.sort_occurrences),
                    ("title", words.sort_title),
                ],
            ),
            (
                "in",
                words.zone,
                vec![
                    ("all", words.zone_all),
                    ("title", words.zone_title),
                    ("heading", words.zone_heading),
                    ("body", words.zone_body),
                ],
            ),
            (
                "scope",
                words.scope,
                vec![
                    ("document", words.scope_document),
                    ("paragraph", words.scope_paragraph),
                    ("sentence", words.scope_sentence),
                ],
            ),
            (
                "mask",
                words.mask,
                vec![
                    ("also", words.mask_also),
                    ("off", words.mask_off),
                    ("only", words.mask_only),
                ],
            ),
        ];
        html! {
            div.choices {
                label.filter-button for="show-filters" { (words.filters) }
                @for (name, label, options) in choices {
                    @let chosen = match self.address.value(name) {
                        "" if name == "mask" => super::mask_name(self.default_mask),
                        "" => options[0].0,
                        value => value,
                    };
                    label.secondary[name != "sort"] {
                        span { (label) }
                        select name=(name) form="search" data-key=(name) {
                            @for (value, shown) in options {
                                option value=(value) selected[value == chosen] { (shown) }
                            }
                        }
                    }
                }
                noscript { button.quiet type="submit" form="search" { (words.apply) } }
            }
        }
    }

    /// The hits, and the way to more of them.
    pub(super) fn hits(&self) -> Markup {
        let words = self.language.words();
        let reached = self.request.offset + self.response.hits.len();
        let left = self.response.total.documents.saturating_sub(reached as u64);
        html! {
            @for hit in &self.response.hits { (self.hit(hit)) }
            @if left > 0 && !self.response.hits.is_empty() {
                li.more {
                    @if reached + self.request.limit <= MAX_WINDOW {
                        a.quiet data-more href=(self.address.url_from(reached)) data-loading=(words.loading) {
                            (filled(words.more, number(left.min(self.request.limit as u64))))
                        }
                    } @else {
                        (words.window_end)
                    }
                }
            }
        }
    }

    fn hit(&self, hit: &Hit) -> Markup {
        let words = self.language.words();
        let document = &hit.document;
        let url = document_url(document.id, self.address.q());
        html! {
            li.hit {
                article {
                    h2 {
                        a href=(url) { (document.title) }
                        @if hit.occurrences > 0 {
                            " " span.times { (filled(words.n_occurrences, number(hit.occurrences))) }
                        }
                    }
                    p.origin { (origin(document)) }
                    p.path { (self.path(&document.path)) }
                    @for placed in &hit.fragments { (self.fragment(placed, &url)) }
                }
            }
        }
    }

    /// A path whose folders lead to what is in them.
    fn path(&self, path: &str) -> Markup {
        let mut ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
        ends.truncate(32);
        let mut start = 0;
        let folders: Vec<(&str, &str)> = ends
            .into_iter()
            .map(|end| {
                let name = &path[start..end];
                start = end + 1;
                (name, &path[..end])
            })
            .collect();
        html! {
            @for (name, folder) in folders {
                @if self.address.has("path", folder) { span { (name) } }
                @else { a data-swap href=(self.address.with("path", folder).url()) { (name) } }
                span.slash { "/" }
            }
            span { (path[start..]) }
        }
    }

    fn fragment(&self, placed: &Placed, url: &str) -> Markup {
        let words = self.language.words();
        let paragraph = placed.fragment.paragraph;
        html! {
            div.fragment {
                @if !placed.outline.is_empty() {
                    p.outline-path {
                        @for (at, heading) in placed.outline.iter().enumerate() {
                            @if at > 0 { span.slash { "›" } }
                            span { (heading) }
                        }
                    }
                }
                p.text lang="zh-CN" {
                    (runs(self.language, &placed.fragment.runs))
                    " " a.place href={ (url) "#p" (paragraph) } { (filled(words.nth_paragraph, paragraph)) }
                }
            }
        }
    }

    fn nothing(&self) -> Markup {
        let words = self.language.words();
        if self.response.index.documents == 0 {
            return html! { div.nothing { p { (words.empty_archive) } } };
        }
        let q = self.address.q();
        // The API's own words, so that both say the same.
        let answer = wire::search(
            q,
            self.request,
            self.response,
            wire::Highlight::None,
            self.took,
        );
        let hint = &answer["hint"];
        let plain: String = q
            .chars()
            .filter(|c| !"\"“”＂「」『』".contains(*c))
            .collect();
        html! {
            div.nothing {
                h2 { (words.none_hint) }
                ul {
                    @if let Some(longest) = hint["longest_found"].as_str().filter(|text| !text.is_empty()) {
                        li { (words.none_longest) " " a data-swap href=(self.address.with("q", &format!("\"{longest}\"")).url()) { (longest) } }
                    }
                    @for meant in hint["did_you_mean"].as_array().map_or(&[][..], Vec::as_slice).iter().take(4) {
                        (self.meant(meant))
                    }
                    @for without in hint["without"].as_array().map_or(&[][..], Vec::as_slice).iter().take(8) {
                        (self.without(without))
                    }
                    @if self.address.filters().next().is_some() {
                        li { a data-swap href=(self.address.unfiltered().url()) { (words.none_filters) }
                            @if let Some(n) = hint["without_filters"].as_u64() { " " span.faint { (filled(words.found, number(n))) } } }
                    }
                    @if self.request.mask == Mask::Off {
                        li { a data-swap href=(self.address.with("mask", "also").url()) { (words.none_masks) } }
                    }
                    @if plain != q && !plain.trim().is_empty() {
                        li { a data-swap href=(self.address.with("q", plain.trim()).url()) { (words.none_words) } " " span.term { (plain.trim()) } }
                    }
                    li { (words.none_shorter) }
                }
            }
        }
    }

    /// A query that may have been meant.
    fn meant(&self, hint: &Value) -> Markup {
        let words = self.language.words();
        let text = hint["text"].as_str().unwrap_or("");
        let n = hint["documents"].as_u64().unwrap_or(0);
        html! {
            @if !text.is_empty() {
                li {
                    (words.none_meant) " " a data-swap href=(self.address.with("q", text).url()) { (text) }
                    " " span.faint { (filled(words.found, number(n))) }
                }
            }
        }
    }

    /// A hint that something would be found without one of the terms; a link where the query is
    /// the same text with that term gone.
    fn without(&self, hint: &Value) -> Markup {
        let words = self.language.words();
        let term = hint["term"].as_str().unwrap_or("");
        let n = hint["documents"].as_u64().unwrap_or(0);
        let rest = self.address.q().replacen(term, " ", 1);
        let rest: Vec<&str> = rest.split_whitespace().collect();
        html! {
            @if n > 0 && !term.is_empty() && !rest.is_empty() {
                li {
                    a data-swap href=(self.address.with("q", &rest.join(" ")).url()) { (filled(words.none_without, term)) }
                    " " span.faint { (filled(words.found, number(n))) }
                }
            }
        }
    }
}

/// What is known of a document beside its title and its place.
fn origin(document: &Summary) -> Markup {
    let date = document
        .date
        .map(|date| date.to_string())
        .or_else(|| document.year.map(|year| year.to_string()));
    let known = [
        &document.kind,
        &document.meeting,
        &document.speaker,
        &document.region,
    ];
    html! {
        @for value in known.into_iter().flatten() { span { (value) } }
        @if let Some(date) = date { span.date { (date) } }
        span { (document.format.to_uppercase()) }
    }
}

/// Text with its matches marked; the class says how well a match agrees.
pub(super) fn runs(language: Language, runs: &[Run]) -> Markup {
    html! {
        @for run in runs {
            @match run.class {
                None => (run.text),
                Some(class) => mark class=(class.name()) title=[class_words(language, class)] { (run.text) },
            }
        }
    }
}

/// What is said of a match that is not the very text; nothing of others.
pub(super) fn class_words(language: Language, class: MatchClass) -> Option<&'static str> {
    let words = language.words();
    match class {
        MatchClass::Exact => None,
        MatchClass::Normalized => Some(words.normalized),
        MatchClass::Masked => Some(words.masked),
    }
}
