//! What was found: the summary, the hits, and what to do when there are none.

use std::time::Duration;

use maud::{Markup, html};

use super::address::Address;
use super::choices::{Choice, choices};
use super::language::{Language, filled, number};
use super::{facets, query_line, search_page};
use crate::http::export::MAX_HITS;
use crate::search::{Hint, Hit, MAX_WINDOW, Mask, Placed, Request, Response, Summary, TermCount};
use crate::snippet::{MatchClass, Run};

/// Fragments that are shown of a hit.
pub(super) const SNIPPETS: usize = 3;

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

impl Results<'_> {
    /// Everything that depends on the search: the element `#results`.
    pub(super) fn all(&self) -> Markup {
        let content = html! {
            (facets::side(self.language, self.address, self.response))
            section.found tabindex="-1" aria-label=(self.found()) {
                (self.summary())
                (facets::chips(self.language, self.address))
                @if self.response.hits.is_empty() {
                    (self.nothing())
                } @else {
                    ol #hits { (self.hits()) }
                }
            }
        };
        search_page::results(
            self.language,
            self.address,
            &self.found(),
            &self.take(),
            &content,
        )
    }

    /// All hits as a file, and new ones as they come.
    fn take(&self) -> Markup {
        let words = self.language.words();
        let n = self.response.total.documents;
        // A file has no place to say that it holds something else than what was asked for.
        let is_file = n > 0 && n <= MAX_HITS && !self.response.relaxed;
        let export = |format| self.address.api("/api/v1/export", &[("format", format)]);
        html! {
            p.take {
                @if is_file {
                    span.faint { (words.export) }
                    a href=(export("csv")) download { "CSV" }
                    a href=(export("jsonl")) download { "JSONL" }
                }
                a href=(self.address.with("sort", "").api("/feed.atom", &[])) type="application/atom+xml" { (words.feed) }
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

    fn choices(&self) -> Markup {
        let words = self.language.words();
        let values = if self.request.query.root.is_none() {
            // Nothing is relevant to no query: the newest come first. What is typed next is sorted by
            // relevance again.
            vec![
                ("relevance", words.sort_newest),
                ("date", words.sort_oldest),
                ("title", words.sort_title),
            ]
        } else {
            vec![
                ("relevance", words.sort_relevance),
                ("-date", words.sort_newest),
                ("date", words.sort_oldest),
                ("-occurrences", words.sort_occurrences),
                ("title", words.sort_title),
            ]
        };
        let sort = Choice {
            name: "sort",
            label: words.sort,
            values,
        };
        choices(self.language, self.address, self.default_mask, vec![sort])
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
        let url = self.address.document(document.id);
        // What only says the title again is not worth a fragment.
        let fragments = hit.fragments.iter();
        let fragments = fragments.filter(|placed| text_of(placed) != document.title);
        let fragments: Vec<&Placed> = fragments.take(SNIPPETS).collect();
        // Headings that stand above the fragment before, too, are not said again.
        let above = |at: usize| at.checked_sub(1).map(|before| &fragments[before].outline);
        html! {
            li.hit {
                article {
                    h2 {
                        a href=(url) { (runs(self.language, &hit.title)) }
                        @if hit.occurrences > 0 {
                            " " span.times { (filled(words.n_occurrences, number(hit.occurrences))) }
                        }
                    }
                    p.origin { (origin(document)) }
                    p.path { (self.path(&document.path)) }
                    @for (at, placed) in fragments.iter().enumerate() {
                        (self.fragment(placed, above(at) != Some(&placed.outline), &url))
                    }
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

    fn fragment(&self, placed: &Placed, with_outline: bool, url: &str) -> Markup {
        let words = self.language.words();
        let paragraph = placed.fragment.paragraph;
        html! {
            div.fragment {
                @if with_outline && !placed.outline.is_empty() {
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
        let none = Hint::default();
        let hint = self.response.hint.as_ref().unwrap_or(&none);
        let plain = query_line::without_quotes(q);
        let words_of_q = plain.as_deref().unwrap_or(q);
        html! {
            div.nothing {
                h2 { (words.none_hint) }
                ul {
                    // It is written somewhere, whatever the filters.
                    @if let Some(longest) = hint.longest_found.as_deref().filter(|text| *text != words_of_q) {
                        li { (words.none_longest) " " a data-swap href=(self.address.unfiltered().with("q", &format!("\"{longest}\"")).url()) { (longest) } }
                    }
                    @for meant in &hint.did_you_mean { li { (query_line::meant_instead(words, self.address, meant)) } }
                    @for without in &hint.without { (self.without(without)) }
                    @if self.address.filters().next().is_some() {
                        li { a data-swap href=(self.address.unfiltered().url()) { (words.none_filters) }
                            @if let Some(n) = hint.without_filters { " " span.faint { (filled(words.found, number(n))) } } }
                    }
                    @if self.request.mask == Mask::Off {
                        li { a data-swap href=(self.address.with("mask", "also").url()) { (words.none_masks) } }
                    }
                    @if query_line::has_left_out_numbers(&self.request.query) {
                        li { a data-swap href=(self.address.with("numbers", "").url()) { (words.none_numbers) } }
                    }
                    @if let Some(plain) = &plain {
                        li { a data-swap href=(self.address.with("q", plain).url()) { (words.none_words) } " " span.term { (plain) } }
                    }
                    li { (words.none_shorter) }
                }
            }
        }
    }

    /// A hint that something would be found without one of the terms; a link where the query is
    /// the same text with that term gone.
    fn without(&self, hint: &TermCount) -> Markup {
        let words = self.language.words();
        let rest = self.address.q().replacen(&hint.term, " ", 1);
        let rest: Vec<&str> = rest.split_whitespace().collect();
        html! {
            @if hint.documents > 0 && !hint.term.is_empty() && !rest.is_empty() {
                li {
                    a data-swap href=(self.address.with("q", &rest.join(" ")).url()) { (filled(words.none_without, &hint.term)) }
                    " " span.faint { (filled(words.found, number(hint.documents))) }
                }
            }
        }
    }
}

/// A fragment without its marks.
fn text_of(placed: &Placed) -> String {
    let runs = placed.fragment.runs.iter();
    runs.map(|run| run.text.as_str()).collect()
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
