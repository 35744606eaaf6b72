//! Filters: what can be chosen, with counts, the years as a chart, and what has been chosen.

use maud::{Markup, html};

use super::address::Address;
use super::language::{Language, Words, filled, number};
use crate::search::{Facet, FacetCount, Response};

/// Values of a facet that are shown at once; the others unfold.
const SHOWN: usize = 6;
/// Values that can be chosen at all; the chart of years has its own limit.
const MOST: usize = 20;
/// Years of a chart, the latest. A bar of less than four pixels cannot be met.
const MOST_YEARS: usize = 60;
/// Size of the chart in its own units.
const WIDTH: usize = 240;
const HEIGHT: usize = 64;

/// All filters.
pub(super) fn side(language: Language, address: &Address, response: &Response) -> Markup {
    let words = language.words();
    let order = [
        Facet::Year,
        Facet::Kind,
        Facet::Meeting,
        Facet::Speaker,
        Facet::Region,
        Facet::Format,
    ];
    html! {
        aside.filters aria-label=(words.filters) {
            // Where they unfold over the results.
            label.filter-button.close for="show-filters" { (words.fold) }
            @for facet in order {
                @let counts = response.facets.iter().find(|(of, _)| *of == facet).map_or(&[][..], |(_, counts)| counts);
                @if facet == Facet::Year { (years(words, address, counts)) }
                @else if !counts.is_empty() { (values(words, address, facet, counts)) }
            }
        }
    }
}

/// What a filter is called.
pub(super) fn label(words: &'static Words, name: &str) -> &'static str {
    match name {
        "type" => words.kind,
        "year" => words.year,
        "meeting" => words.meeting,
        "speaker" => words.speaker,
        "region" => words.region,
        "format" => words.format,
        "from" => words.from,
        "until" => words.until,
        _ => words.path,
    }
}

fn values(words: &'static Words, address: &Address, facet: Facet, counts: &[FacetCount]) -> Markup {
    let name = facet.name();
    let counts = &counts[..counts.len().min(MOST)];
    let (first, rest) = counts.split_at(counts.len().min(SHOWN));
    let one = |count: &FacetCount| {
        let chosen = address.has(name, &count.value);
        let target = if chosen {
            address.without(name, &count.value)
        } else {
            address.and(name, &count.value)
        };
        html! {
            li {
                a data-swap data-key={ (name) "=" (count.value) } href=(target.url())
                    aria-current=[chosen.then_some("true")] {
                    span.value { (count.value) }
                    span.n { (number(count.documents)) }
                }
            }
        }
    };
    let open = rest.iter().any(|count| address.has(name, &count.value));
    html! {
        section.facet {
            h2 { (label(words, name)) }
            ul { @for count in first { (one(count)) } }
            @if !rest.is_empty() {
                details open[open] data-key={ "more-" (name) } {
                    summary { (words.more_values) " " span.n { (rest.len()) } }
                    ul { @for count in rest { (one(count)) } }
                }
            }
        }
    }
}

/// Documents a year as bars, each a link; a script lets them be dragged over. From and until as
/// fields, for those who know what they want.
fn years(words: &'static Words, address: &Address, counts: &[FacetCount]) -> Markup {
    let mut years: Vec<(u16, u64)> = counts
        .iter()
        .filter_map(|count| Some((count.value.parse().ok()?, count.documents)))
        .collect();
    years.sort_unstable();
    html! {
        section.facet {
            h2 { (words.year) }
            @if let (Some((first, _)), Some((last, _))) = (years.first(), years.last()) {
                (chart(words, address, &years, *first, *last))
            }
            (range(words, address))
        }
    }
}

/// The fields for a range of dates.
pub(super) fn range(words: &'static Words, address: &Address) -> Markup {
    html! {
        div.range {
            @for name in ["from", "until"] {
                label {
                    span { (label(words, name)) }
                    input type="text" inputmode="numeric" name=(name) value=(address.value(name)) form="search"
                        placeholder="2023-07" pattern="[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?" maxlength="10"
                        autocomplete="off" data-key=(name);
                }
            }
            button.quiet type="submit" form="search" data-key="apply" { (words.apply) }
        }
    }
}

fn chart(
    words: &'static Words,
    address: &Address,
    years: &[(u16, u64)],
    first: u16,
    last: u16,
) -> Markup {
    let first = first.max(last.saturating_sub(MOST_YEARS as u16 - 1));
    let n = usize::from(last - first) + 1;
    let most = years
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(1)
        .max(1);
    let of = |year: u16| {
        let found = years.iter().find(|(other, _)| *other == year);
        found.map_or(0, |(_, count)| *count)
    };
    // Few years make no wide bars.
    let step = (WIDTH / n.max(5)).max(1);
    let width = step * n;
    let bar = |count: u64| {
        if count == 0 {
            0
        } else {
            ((count as f64 / most as f64) * HEIGHT as f64)
                .ceil()
                .max(2.0) as usize
        }
    };
    html! {
        svg.years role="group" aria-label=(words.year) viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 16) }
            data-first=(first) data-step=(step) data-years=(n) {
            rect.selection x="0" y="0" width="0" height=(HEIGHT) {}
            @for (at, year) in (first..=last).enumerate() {
                @let count = of(year);
                @let x = at * step;
                @let text = year.to_string();
                @let chosen = address.value("from") == text && address.value("until") == text;
                @let target = if chosen { address.with("from", "").with("until", "") } else { address.with("from", &text).with("until", &text) };
                // A year without documents leads nowhere.
                @if count > 0 || chosen {
                    a data-swap data-key={ "year-" (year) } href=(target.url()) aria-current=[chosen.then_some("true")]
                        aria-label={ (year) " · " (filled(words.found, number(count))) } {
                        title { (year) " · " (filled(words.found, number(count))) }
                        rect.reach x=(x) y="0" width=(step) height=(HEIGHT) {}
                        rect.bar x=(x + usize::from(step > 4)) y=(HEIGHT - bar(count)) width=(step.saturating_sub(2).max(1)) height=(bar(count)) {}
                    }
                }
            }
            rect.ground x="0" y=(HEIGHT) width=(width) height="1" {}
            text.from x="0" y=(HEIGHT + 13) aria-hidden="true" { (first) }
            @if n > 2 || step >= 40 {
                text.until x=(width) y=(HEIGHT + 13) text-anchor="end" aria-hidden="true" { (last) }
            }
        }
        p.faint.scripted { (words.year_hint) }
    }
}

/// What has been chosen, each with a way to drop it.
pub(super) fn chips(language: Language, address: &Address) -> Markup {
    let words = language.words();
    let chosen: Vec<(&str, &str)> = address.filters().collect();
    html! {
        @if !chosen.is_empty() {
            ul.chips aria-label=(words.chosen) {
                @for (name, value) in &chosen {
                    li {
                        a data-swap href=(address.without(name, value).url())
                            aria-label=(filled(words.remove, format_args!("{} {value}", label(words, name)))) {
                            span.faint { (label(words, name)) } " " (value) span.cross aria-hidden="true" { "×" }
                        }
                    }
                }
                @if chosen.len() > 1 {
                    li { a.plain data-swap href=(address.unfiltered().url()) { (words.remove_all) } }
                }
            }
        }
    }
}
