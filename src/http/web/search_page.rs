//! The page around the results: the field, and what stays while results come and go.

use maud::{Markup, html};

use super::address::Address;
use super::language::Language;
use super::shell;

/// `results` is the element `#results`, or what takes its place.
pub(super) fn page(language: Language, address: &Address, results: &Markup) -> Markup {
    let words = language.words();
    let title = if address.q().is_empty() {
        format!("{} · {}", words.name, words.tagline)
    } else {
        format!("{} · {}", address.q(), words.name)
    };
    let body = html! {
        a.skip href="#results" { (words.skip) }
        header.top {
            h1 { (shell::mark(language)) }
            form #search role="search" action="/" method="get" {
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
            input #show-filters.visually-hidden type="checkbox" aria-label=(words.filters);
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
    shell::page(language, &title, "searching", &scripts, &body)
}
