//! A concordance: every occurrence on a line of its own, one below the other, or the words beside them.

use std::time::Duration;

use maud::{Markup, html};

use super::address::{Address, View};
use super::choices::{Choice, choices};
use super::language::{Language, filled, number};
use super::results::class_words;
use super::{facets, query_line, search_page};
use crate::search::{
    Beside, Concordance, ConcordanceRequest, Line, LineOrder, Listed, MAX_WINDOW, Mask, Neighbour,
};

/// A concordance and the address that it is for.
pub(super) struct LinesPage<'a> {
    pub(super) language: Language,
    pub(super) address: &'a Address,
    pub(super) request: &'a ConcordanceRequest,
    pub(super) concordance: &'a Concordance,
    pub(super) default_mask: Mask,
    pub(super) took: Duration,
}

impl LinesPage<'_> {
    /// Everything that depends on the search: the element `#results`.
    pub(super) fn all(&self) -> Markup {
        let words = self.language.words();
        let found = self.concordance.documents > 0;
        let summary = if found {
            self.found()
        } else {
            words.found_none.to_owned()
        };
        let content = html! {
            section.found tabindex="-1" aria-label=(summary) {
                div.summary {
                    @if !self.address.q().is_empty() {
                        p.count {
                            strong { (summary) }
                            span.faint.took { (filled(words.took, format!("{:.1}", self.took.as_secs_f64() * 1e3))) }
                        }
                    }
                    (self.choices())
                }
                (facets::chips(self.language, self.address))
                div.query-lines {
                    @if let Some(numbers) = query_line::numbers(words, self.address, &self.request.request.query, &self.concordance.variants) { p { (numbers) } }
                    @if self.concordance.truncated { p.notice { (filled(words.lines_truncated, number(self.concordance.n_listed_documents))) } }
                }
                @if self.address.q().is_empty() {
                    p.hint { (words.lines_hint) }
                } @else if !found {
                    p.hint { (words.lines_none) " " a href=(self.address.to(View::Documents).url()) { (words.view_documents) } }
                } @else {
                    @match &self.concordance.listed {
                        Listed::Lines(lines) => (self.lines(lines)),
                        Listed::Neighbours { words, n_words, n_without } => (self.neighbours(words, *n_words, *n_without)),
                    }
                }
            }
        };
        search_page::results(self.language, self.address, &summary, &html! {}, &content)
    }

    fn found(&self) -> String {
        let words = self.language.words();
        let times = filled(words.found_times, number(self.concordance.occurrences));
        let documents = filled(words.found, number(self.concordance.documents));
        format!("{times} · {documents}")
    }

    fn choices(&self) -> Markup {
        let words = self.language.words();
        let mut own = vec![Choice {
            name: "group",
            label: words.group,
            values: vec![
                ("", words.group_lines),
                ("previous", words.group_previous),
                ("next", words.group_next),
            ],
        }];
        // Words beside the occurrences come by number.
        if self.request.group.is_none() {
            own.push(Choice {
                name: "sort",
                label: words.sort,
                values: vec![
                    ("date", words.sort_newest),
                    ("left", words.sort_left),
                    ("right", words.sort_right),
                    ("document", words.sort_path),
                ],
            });
        }
        choices(self.language, self.address, self.default_mask, own)
    }

    fn lines(&self, lines: &[Line]) -> Markup {
        let words = self.language.words();
        let order = self.request.order;
        let columns = [
            (LineOrder::Left, "left", words.left, "ascending"),
            (LineOrder::Right, "right", words.right, "ascending"),
            (LineOrder::Date, "date", words.date, "descending"),
            (LineOrder::Document, "document", words.document, "ascending"),
        ];
        let heading = |(of, sort, label, direction): (LineOrder, &'static str, &str, &str)| {
            html! {
                th.{ (sort) } scope="col" aria-sort=[(of == order).then_some(direction)] {
                    a data-swap data-key={ "sort-" (sort) } href=(self.address.with("sort", sort).url()) { (label) }
                }
            }
        };
        let [left, right, date, document] = columns.map(heading);
        html! {
            table.lines {
                thead {
                    tr { (left) th.key scope="col" { (words.key_word) } (right) (date) (document) }
                }
                tbody lang="zh-CN" { @for line in lines { (self.line(line)) } }
            }
            (self.pages(lines.len(), self.concordance.n_listed))
        }
    }

    fn line(&self, line: &Line) -> Markup {
        let document = self.address.document(line.id);
        let title = class_words(self.language, line.class);
        html! {
            tr {
                // What is too long is clipped at the side that is farther from the word.
                td.left { div { span { (line.left) } } }
                td.key { a href={ (document) "#p" (line.paragraph) } { mark class=(line.class.name()) title=[title] { (line.text) } } }
                td.right { div { span { (line.right) } } }
                td.date { @if let Some(date) = line.date { (date) } }
                td.document title=(line.path) { a href=(document) { (line.title) } }
            }
        }
    }

    /// The words beside the occurrences, with bars.
    fn neighbours(&self, neighbours: &[Neighbour], n_words: u64, n_without: u64) -> Markup {
        let words = self.language.words();
        let most = neighbours.iter().map(|word| word.occurrences).max();
        let most = most.unwrap_or(1) as f64;
        let label = match self.request.group {
            Some(Beside::Previous) => words.group_previous,
            _ => words.group_next,
        };
        html! {
            table.neighbours {
                thead {
                    tr {
                        th scope="col" { (label) }
                        th scope="col" { (words.of_occurrences) }
                        th scope="col" { (words.of_documents) }
                        th.bar aria-hidden="true" {}
                    }
                }
                tbody {
                    @for word in neighbours {
                        tr {
                            th scope="row" lang="zh-CN" { a href=(self.together(&word.word)) { (word.word) } }
                            td { (number(word.occurrences)) }
                            td { (number(word.documents)) }
                            td.bar aria-hidden="true" {
                                svg width="100%" height="12" { rect width={ (format!("{:.2}%", word.occurrences as f64 * 100.0 / most)) } height="12" {} }
                            }
                        }
                    }
                }
            }
            @if n_without > 0 { p.faint { (filled(words.no_neighbour, number(n_without))) } }
            (self.pages(neighbours.len(), n_words))
        }
    }

    /// The documents in which a word stands in one sentence with what is looked for.
    fn together(&self, word: &str) -> String {
        let q = format!("({}) \"{word}\"", self.address.q());
        let address = self.address.to(View::Documents).with("q", &q);
        address.with("scope", "sentence").url()
    }

    /// The way to the pages before and behind this one.
    fn pages(&self, n: usize, n_all: u64) -> Markup {
        let words = self.language.words();
        let asked = &self.request.request;
        let (first, reached) = (asked.offset, asked.offset.saturating_add(n));
        let has_next = (reached as u64) < n_all;
        let is_in_window = reached + asked.limit <= MAX_WINDOW;
        html! {
            @if first > 0 || has_next {
                nav.pages aria-label=(words.pages) {
                    @if first > 0 {
                        a.quiet data-swap data-key="previous" rel="prev" href=(self.address.url_from(first.saturating_sub(asked.limit))) { (words.previous_page) }
                    }
                    span { (number(first as u64 + 1)) "–" (number(reached as u64)) " / " (number(n_all)) }
                    @if has_next && is_in_window {
                        a.quiet data-swap data-key="next" rel="next" href=(self.address.url_from(reached)) { (words.next_page) }
                    }
                }
                @if has_next && !is_in_window { p.faint { (words.window_end) } }
            }
        }
    }
}
