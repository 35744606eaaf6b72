//! How often expressions occur, over time: a chart, the documents at its ends, a table.

use std::time::Duration;

use maud::{Markup, html};

use super::address::{Address, EXPRESSIONS, TABLE, View};
use super::chart::{self, LineChart, Series};
use super::choices::{Choice, choices};
use super::language::{Language, filled, number};
use super::{Counted, facets, query_line, search_page};
use crate::http::export::cell;
use crate::search::{Bucket, By, Counts, CountsRequest, Mask, QueryCounts, Summary, Tally};

/// Most stretches of time in the chart and in the table, the latest; a file has all.
const MOST_TIMES: usize = 240;
/// Rows of a table that is shown without being asked for. Five expressions over twenty years of months
/// are 1,200 links, three times as much as all the rest of the page.
const MOST_ROWS: usize = 24;

/// What was counted, and for which address.
pub(super) struct CountsPage<'a> {
    pub(super) language: Language,
    pub(super) address: &'a Address,
    pub(super) counted: Counted<'a>,
    pub(super) default_mask: Mask,
    pub(super) took: Duration,
}

/// An expression of an address: the look of its line, and its text.
type Expression<'a> = (usize, &'a str);

fn expressions(address: &Address) -> Vec<Expression<'_>> {
    let all = EXPRESSIONS.into_iter().enumerate();
    all.map(|(look, name)| (look, address.value(name)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

impl CountsPage<'_> {
    /// Everything that depends on what is counted: the element `#results`.
    pub(super) fn all(&self) -> Markup {
        let words = self.language.words();
        let expressions = expressions(self.address);
        let summary = match self.counted {
            None => String::new(),
            Some((_, counts)) => expressions
                .iter()
                .zip(&counts.queries)
                .map(|((_, text), of)| format!("{text}: {}", tally(self.language, of.total)))
                .collect::<Vec<_>>()
                .join("; "),
        };
        let take = html! {
            p.take {
                @if self.counted.is_some() {
                    span.faint { (words.export) }
                    a href=(self.file()) download { "CSV" }
                }
            }
        };
        let content = html! {
            section.found tabindex="-1" aria-label=(words.view_counts) {
                div.summary {
                    (facets::range(words, self.address))
                    (self.choices())
                }
                (facets::chips(self.language, self.address))
                @match self.counted {
                    None => p.hint { (words.counts_hint) },
                    Some((request, counts)) => {
                        @if request.by.is_time() { (self.chart(request.by, counts, &expressions)) }
                        (self.ends(request, counts, &expressions))
                        (self.table(request.by, counts, &expressions))
                    },
                }
            }
        };
        search_page::results(self.language, self.address, &summary, &take, &content)
    }

    /// Address of the same figures as a file.
    fn file(&self) -> String {
        let address = self.address.with(TABLE, "").url();
        address.replacen(View::Counts.path(), "/counts.csv", 1)
    }

    fn choices(&self) -> Markup {
        let words = self.language.words();
        let own = vec![
            Choice {
                name: "by",
                label: words.by,
                values: vec![
                    ("year", words.year),
                    ("month", words.month),
                    ("type", words.kind),
                    ("meeting", words.meeting),
                    ("speaker", words.speaker),
                    ("region", words.region),
                ],
            },
            Choice {
                name: "of",
                label: words.measure,
                values: vec![
                    ("documents", words.of_documents),
                    ("occurrences", words.of_occurrences),
                    ("share", words.of_share),
                ],
            },
        ];
        choices(self.language, self.address, self.default_mask, own)
    }

    fn chart(&self, by: By, counts: &Counts, expressions: &[Expression<'_>]) -> Markup {
        let words = self.language.words();
        let buckets = without_gaps(by, &counts.buckets, expressions.len());
        let of = self.address.value("of");
        let series = expressions.iter().enumerate().map(|(n, (look, text))| {
            let tallies = buckets.iter().map(|bucket| {
                let tally = bucket.counts.get(n).copied().unwrap_or_default();
                (bucket.documents, tally)
            });
            let value = |(documents, tally): (u64, Tally)| match of {
                "occurrences" => Some(tally.occurrences as f64),
                "share" => share(tally, documents),
                _ => Some(tally.documents as f64),
            };
            let shown = |(documents, counted): (u64, Tally)| match (of, share(counted, documents)) {
                ("share", Some(share)) => {
                    format!(
                        "{share:.1}% · {}/{}",
                        number(counted.documents),
                        number(documents)
                    )
                }
                _ => tally(self.language, counted),
            };
            Series {
                look: *look,
                label: text,
                values: tallies.clone().map(value).collect(),
                shown: tallies.map(shown).collect(),
            }
        });
        let chart = LineChart {
            times: buckets.iter().map(|bucket| bucket.value.clone()).collect(),
            series: series.collect(),
            is_percent: of == "share",
            label: words.chart_label.to_owned(),
        };
        html! {
            @if buckets.is_empty() { p.hint { (words.counts_undated) } }
            @else { (chart.svg()) }
        }
    }

    /// Of each expression: how often in all, the first and the last document, and the other views.
    fn ends(
        &self,
        request: &CountsRequest,
        counts: &Counts,
        expressions: &[Expression<'_>],
    ) -> Markup {
        let words = self.language.words();
        let document = |label: &str, document: Option<&Summary>, address: &Address| {
            html! {
                @if let Some(document) = document {
                    div {
                        span.faint { (label) } " "
                        @if let Some(date) = document.date { (date) " " }
                        @else if let Some(year) = document.year { (year) " " }
                        a href=(address.document(document.id)) lang="zh-CN" { (document.title) }
                    }
                }
            }
        };
        html! {
            ul.counted {
                @for (((look, text), of), query) in expressions.iter().zip(&counts.queries).zip(&request.queries) {
                    @let QueryCounts { total, variants, first, last } = of;
                    @let address = self.address.to(View::Documents).with("q", text);
                    li {
                        div.name { (chart::sample(*look)) strong { (text) } " " (tally(self.language, *total)) }
                        @if let Some(numbers) = query_line::numbers(words, self.address, query, variants) { div { (numbers) } }
                        (document(words.first_document, first.as_ref(), &address))
                        (document(words.last_document, last.as_ref(), &address))
                        div {
                            a href=(address.url()) { (words.view_documents) } " · "
                            a href=(address.to(View::Lines).url()) { (words.view_lines) }
                        }
                    }
                }
            }
        }
    }

    fn table(&self, by: By, counts: &Counts, expressions: &[Expression<'_>]) -> Markup {
        let words = self.language.words();
        let skipped = if by.is_time() {
            counts.buckets.len().saturating_sub(MOST_TIMES)
        } else {
            0
        };
        let rows = &counts.buckets[skipped..];
        let totals: Vec<Tally> = counts.queries.iter().map(|of| of.total).collect();
        let row = |head: Markup, documents: u64, tallies: &[Tally], bucket: Option<&Bucket>| {
            html! {
                tr {
                    th scope="row" { (head) }
                    td { (number(documents)) }
                    @for ((_, text), tally) in expressions.iter().zip(tallies) {
                        td {
                            @match bucket.filter(|_| tally.documents > 0) {
                                Some(bucket) => a href=(self.inside(by, bucket, text)) { (number(tally.documents)) },
                                None => (number(tally.documents)),
                            }
                        }
                        td { (number(tally.occurrences)) }
                    }
                }
            }
        };
        let is_asked_for = !self.address.value(TABLE).is_empty();
        html! {
            @if rows.len() > MOST_ROWS && !is_asked_for {
                p.figures {
                    a data-swap data-key="table" href=(self.address.with(TABLE, "all").url()) { (words.table) }
                    " " span.faint { (filled(words.n_rows, number(rows.len() as u64))) }
                }
            } @else {
                h2.figures {
                    (words.table)
                    @if is_asked_for { a data-swap data-key="table" href=(self.address.with(TABLE, "").url()) { (words.fold) } }
                }
                div.wide role="region" aria-label=(words.table) tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" rowspan="2" { (by_words(self.language, by)) }
                                th scope="col" rowspan="2" { (words.of_all) }
                                @for (look, text) in expressions {
                                    th scope="colgroup" colspan="2" { (chart::sample(*look)) " " (text) }
                                }
                            }
                            tr {
                                @for _ in expressions {
                                    th scope="col" { (words.of_documents) }
                                    th scope="col" { (words.of_occurrences) }
                                }
                            }
                        }
                        tbody {
                            @for bucket in rows {
                                (row(html! { (bucket.value) }, bucket.documents, &bucket.counts, Some(bucket)))
                            }
                        }
                        tfoot {
                            @if counts.without.documents > 0 {
                                (row(html! { (words.of_none) }, counts.without.documents, &counts.without.counts, None))
                            }
                            (row(html! { (words.of_total) }, counts.documents, &totals, None))
                        }
                    }
                }
                @if skipped > 0 { p.faint { (filled(words.more_times, number(skipped as u64))) } }
                @if counts.n_left_out > 0 { p.faint { (filled(words.more_times, number(counts.n_left_out))) } }
            }
            p.faint.took { (filled(words.took, format!("{:.1}", self.took.as_secs_f64() * 1e3))) }
        }
    }

    /// The documents of a bucket that an expression finds.
    fn inside(&self, by: By, bucket: &Bucket, text: &str) -> String {
        let address = self.address.to(View::Documents).with("q", text);
        match by {
            By::Month => address
                .with("from", &bucket.value)
                .with("until", &bucket.value),
            _ => address.with(by.name(), &bucket.value),
        }
        .url()
    }
}

/// Documents and occurrences in words.
fn tally(language: Language, tally: Tally) -> String {
    let words = language.words();
    let documents = filled(words.found, number(tally.documents));
    let times = filled(words.found_times, number(tally.occurrences));
    format!("{documents} · {times}")
}

/// Of a hundred documents.
fn share(tally: Tally, documents: u64) -> Option<f64> {
    (documents > 0).then(|| tally.documents as f64 * 100.0 / documents as f64)
}

fn by_words(language: Language, by: By) -> &'static str {
    let words = language.words();
    match by {
        By::Year => words.year,
        By::Month => words.month,
        By::Kind => words.kind,
        By::Meeting => words.meeting,
        By::Speaker => words.speaker,
        By::Region => words.region,
    }
}

/// The latest stretches of time, those without a document as well.
fn without_gaps(by: By, buckets: &[Bucket], n_queries: usize) -> Vec<Bucket> {
    let number = |value: &str| -> Option<usize> {
        let mut parts = value.splitn(2, '-');
        let year = usize::from(parts.next()?.parse::<u16>().ok()?);
        match by {
            By::Month => {
                Some(year * 12 + usize::from(parts.next()?.parse::<u8>().ok()?).checked_sub(1)?)
            }
            _ => Some(year),
        }
    };
    let name = |n: usize| match by {
        By::Month => format!("{:04}-{:02}", n / 12, n % 12 + 1),
        _ => n.to_string(),
    };
    let times: Vec<(usize, &Bucket)> = buckets
        .iter()
        .filter_map(|bucket| Some((number(&bucket.value)?, bucket)))
        .collect();
    let (Some((first, _)), Some((last, _))) = (times.first(), times.last()) else {
        return Vec::new();
    };
    let first = (*first).max((last + 1).saturating_sub(MOST_TIMES));
    let mut rest = times.iter().skip_while(|(n, _)| *n < first).peekable();
    (first..=*last)
        .map(|n| match rest.next_if(|(at, _)| *at == n) {
            Some((_, bucket)) => (*bucket).clone(),
            None => Bucket {
                value: name(n),
                documents: 0,
                counts: vec![Tally::default(); n_queries],
            },
        })
        .collect()
}

/// What was counted as a table for spreadsheet programs, which take a file for UTF-8 if it begins with
/// a byte-order mark.
pub(super) fn table(language: Language, address: &Address, counted: Counted<'_>) -> String {
    let words = language.words();
    let mut csv = String::from("\u{feff}");
    let Some((request, counts)) = counted else {
        return csv;
    };
    let mut head = vec![
        by_words(language, request.by).to_owned(),
        words.of_all.to_owned(),
    ];
    for (_, text) in expressions(address) {
        head.push(cell(&format!("{text} {}", words.of_documents)));
        head.push(cell(&format!("{text} {}", words.of_occurrences)));
    }
    let row = |name: &str, documents: u64, tallies: &[Tally]| {
        let mut row = vec![cell(name), documents.to_string()];
        for tally in tallies {
            row.push(tally.documents.to_string());
            row.push(tally.occurrences.to_string());
        }
        row
    };
    let mut rows = vec![head];
    let buckets = counts.buckets.iter();
    rows.extend(buckets.map(|bucket| row(&bucket.value, bucket.documents, &bucket.counts)));
    if counts.without.documents > 0 {
        let Bucket {
            documents, counts, ..
        } = &counts.without;
        rows.push(row(words.of_none, *documents, counts));
    }
    for row in rows {
        csv += &row.join(",");
        csv += "\r\n";
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(by: By, values: &[&str], expected: &[&str]) {
        let buckets: Vec<Bucket> = values
            .iter()
            .map(|value| Bucket {
                value: (*value).to_owned(),
                documents: 1,
                counts: vec![Tally::default()],
            })
            .collect();
        let filled = without_gaps(by, &buckets, 1);
        let names: Vec<&str> = filled.iter().map(|bucket| bucket.value.as_str()).collect();
        assert_eq!(names, expected);
        for bucket in &filled {
            let was_there = values.contains(&bucket.value.as_str());
            assert_eq!(bucket.documents, u64::from(was_there));
        }
    }

    #[test]
    fn time_has_no_gaps() {
        check(By::Year, &[], &[]);
        check(
            By::Year,
            &["2021", "2024"],
            &["2021", "2022", "2023", "2024"],
        );
        check(
            By::Month,
            &["2022-11", "2023-02"],
            &["2022-11", "2022-12", "2023-01", "2023-02"],
        );
        let many: Vec<Bucket> = ["0001", "2024"]
            .into_iter()
            .map(|value| Bucket {
                value: value.to_owned(),
                ..Bucket::default()
            })
            .collect();
        assert_eq!(without_gaps(By::Year, &many, 0).len(), MOST_TIMES);
    }
}
