//! The page around what was found: the field, and what stays while results come and go.

use maud::{Markup, html};

use super::address::{Address, EXPRESSIONS, View};
use super::language::{Language, filled};
use super::{chart, shell};

/// `results` is the element `#results`.
pub(super) fn page(language: Language, address: &Address, results: &Markup) -> Markup {
    let words = language.words();
    let view = address.view();
    let body = html! {
        a.skip href="#results" { (words.skip) }
        header.top {
            h1 { (shell::mark(language)) }
            form #search role="search" action=(view.path()) method="get" {
                @if view == View::Counts { (chart::sample(0)) }
                div.field {
                    input #q type="search" name="q" value=(address.q()) maxlength="1000"
                        aria-label=(words.search_label) placeholder=(words.placeholder)
                        autocomplete="off" autocapitalize="off" spellcheck="false"
                        autofocus[address.q().is_empty()];
                    ul #suggestions role="listbox" aria-label=(words.suggestions) hidden
                        data-meeting=(words.meeting) data-speaker=(words.speaker) data-title=(words.title)
                        data-heading=(words.heading) data-phrase=(words.phrase) {}
                }
                button type="submit" { (words.search) }
            }
            a.help-button href="#help" role="button" aria-label=(words.help) title={ (words.help) " ?" } hidden { "?" }
        }
        p #status.visually-hidden role="status" {}
        p #trouble role="alert" hidden {}
        main {
            @if view == View::Documents {
                input #show-filters.visually-hidden type="checkbox" aria-label=(words.filters);
            }
            @if view == View::Counts { (expressions(language, address)) }
            (results)
        }
    };
    let scripts = [
        "search.js",
        "state.js",
        "typing.js",
        "results.js",
        "charts.js",
        "keys.js",
    ];
    shell::page(
        language,
        &title(language, address),
        "searching",
        &scripts,
        &body,
    )
}

/// The fields of the other expressions, each with the look of its line.
fn expressions(language: Language, address: &Address) -> Markup {
    let words = language.words();
    html! {
        div.expressions {
            span.faint { (words.compare) }
            @for (n, name) in EXPRESSIONS.into_iter().enumerate().skip(1) {
                label {
                    (chart::sample(n))
                    input type="search" name=(name) value=(address.value(name)) form="search" maxlength="1000"
                        aria-label=(filled(words.nth_expression, n + 1)) autocomplete="off" spellcheck="false";
                }
            }
        }
    }
}

/// All that depends on the search: the element `#results`. `summary` is for those who hear it,
/// `take` what can be taken along.
pub(super) fn results(
    language: Language,
    address: &Address,
    summary: &str,
    take: &Markup,
    content: &Markup,
) -> Markup {
    html! {
        div id="results" class=(name(address.view())) data-address=(address.url()) data-title=(title(language, address))
            data-q=(address.q()) data-summary=(summary) {
            // What the fields do not show goes on with the next search.
            @for (name, value) in address.filters().filter(|(name, _)| !matches!(*name, "from" | "until")) {
                input type="hidden" name=(name) value=(value) form="search";
            }
            @if address.value("numbers") == "off" { input type="hidden" name="numbers" value="off" form="search"; }
            div.views {
                (views(language, address))
                (take)
            }
            (content)
        }
    }
}

/// The same search in the other views.
fn views(language: Language, address: &Address) -> Markup {
    let words = language.words();
    let views = [
        (View::Documents, words.view_documents),
        (View::Counts, words.view_counts),
        (View::Lines, words.view_lines),
    ];
    html! {
        nav aria-label=(words.views) {
            @for (view, label) in views {
                @if view == address.view() {
                    a href=(address.url()) aria-current="page" { (label) }
                } @else {
                    a href=(address.to(view).url()) { (label) }
                }
            }
        }
    }
}

/// Name of a view in the style sheet.
fn name(view: View) -> &'static str {
    match view {
        View::Documents => "of-documents",
        View::Counts => "of-counts",
        View::Lines => "of-lines",
    }
}

fn title(language: Language, address: &Address) -> String {
    let words = language.words();
    let what = match address.view() {
        View::Documents => "",
        View::Counts => words.view_counts,
        View::Lines => words.view_lines,
    };
    match (address.q(), what) {
        ("", "") => format!("{} · {}", words.name, words.tagline),
        ("", what) => format!("{what} · {}", words.name),
        (q, "") => format!("{q} · {}", words.name),
        (q, what) => format!("{q} · {what} · {}", words.name),
    }
}
