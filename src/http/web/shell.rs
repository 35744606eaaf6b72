//! What every page has around it, and what it says when there is no answer.

use maud::{DOCTYPE, Markup, html};

use super::assets;
use super::facets;
use super::language::Language;
use crate::http::error::Problem;

/// A page. `scripts` names the script to start and those that it will ask for.
pub(super) fn page(
    language: Language,
    title: &str,
    class: &str,
    scripts: &[&str],
    body: &Markup,
) -> Markup {
    let words = language.words();
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="description" content=(words.tagline);
                link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
                link rel="stylesheet" href=(assets::url("style.css"));
                link rel="search" type="application/opensearchdescription+xml" title=(words.name)
                    href="/opensearch.xml";
                @for (at, name) in scripts.iter().enumerate() {
                    @if at == 0 {
                        script type="module" src=(assets::url(name)) {}
                    } @else {
                        link rel="modulepreload" href=(assets::url(name));
                    }
                }
            }
            body class=(class) data-retry=(words.retry) data-failed=(words.failed)
                data-offline=(words.offline) data-copied=(words.copied)
                data-not-copied=(words.not_copied) {
                (body)
                (help(language))
            }
        }
    }
}

/// The name of the program, leading to an empty search.
pub(super) fn mark(language: Language) -> Markup {
    html! {
        a.brand href="/" title=(language.words().tagline) { (language.words().name) }
    }
}

fn help(language: Language) -> Markup {
    let words = language.words();
    let keys: [(&[&str], &str); 6] = [
        (&["/"], words.key_focus),
        (&["↑", "↓"], words.key_move),
        (&["Enter"], words.key_open),
        (&["n", "p"], words.key_matches),
        (&["Esc"], words.key_escape),
        (&["?"], words.key_help),
    ];
    let writing = [
        ("产业 园区", words.write_words),
        ("“现代化产业体系”", words.write_phrase),
        ("产业 | 园区", words.write_or),
        ("产业 -房地产", words.write_not),
        ("产业 NEAR/10 园区", words.write_near),
        ("“以…作为…”", words.write_gap),
        ("“中国*城”", words.write_mask),
        ("title:总结 year:2021..2023", words.write_field),
    ];
    html! {
        dialog #help aria-labelledby="help-title" {
            form method="dialog" {
                h2 #help-title { (words.help) }
                button.quiet type="submit" { (words.close) }
            }
            h3 { (words.keys) }
            dl {
                @for (keys, what) in keys {
                    div {
                        dt { @for key in keys { kbd { (key) } " " } }
                        dd { (what) }
                    }
                }
            }
            h3 { (words.language_help) }
            dl {
                @for (example, what) in writing {
                    div {
                        dt lang="zh-CN" { code { (example) } }
                        dd { (what) }
                    }
                }
            }
        }
    }
}

/// Why there is no answer, for people.
pub(super) fn problem(language: Language, problem: &Problem) -> Markup {
    let words = language.words();
    let what = match problem.code {
        "invalid_parameter" | "unknown_parameter" => words.problem_invalid_parameter,
        "query_too_long" => words.problem_query_too_long,
        "window_too_large" => words.problem_window_too_large,
        "not_found" => words.problem_not_found,
        "too_busy" => words.problem_too_busy,
        "timeout" => words.problem_timeout,
        "index_not_ready" => words.problem_index_not_ready,
        _ => words.problem_internal,
    };
    html! {
        div.problem role="alert" {
            h2 { (what) }
            @for error in &problem.errors {
                @if matches!(error.parameter.as_str(), "from" | "until") {
                    p { (facets::label(words, &error.parameter)) " " code { (error.got) } }
                    p.faint { (words.problem_date) }
                } @else {
                    p { code { (error.parameter) } " = " code { (error.got) } }
                    p.faint lang="en" { (error.allowed) }
                }
            }
            p { a href="/" { (words.back) } }
        }
    }
}
