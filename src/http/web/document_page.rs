//! One document as a page to be read, with the matches of a query.

use maud::{Markup, html};

use super::address::Address;
use super::language::{Language, Words, filled, number};
use super::results::class_words;
use super::shell;
use crate::document::{Derived, Heading};
use crate::search::{FullDocument, Paragraph, Summary};
use crate::snippet::MatchClass;

/// Characters of a block that the browser lays out at once. Blocks off the screen are not laid out
/// (`content-visibility`), which is why a long document opens at once; blocks of about one length
/// are of about one height, which keeps the scroll bar still.
const BLOCK_CHARS: usize = 1_200;
/// A short paragraph takes about a line, whatever its length.
const LINE_CHARS: usize = 36;

/// The page of a document. `address` is the search whose matches are marked; it may be empty.
pub(super) fn page(language: Language, document: &FullDocument, address: &Address) -> Markup {
    let words = language.words();
    let q = address.q();
    let summary = &document.summary;
    let title = format!("{} · {}", summary.title, words.name);
    let narrowing: Vec<(&str, &str)> = address
        .matching()
        .filter(|(name, _)| *name != "q")
        .collect();
    let is_narrowed = !q.is_empty() && !narrowing.is_empty();
    let head = Head::of(document);
    let text = Text {
        language,
        headings: &document.headings,
        head: &head,
    };
    let mut n_marks = 0;
    let blocks = text.blocks(&document.paragraphs, &mut n_marks);
    let body = html! {
        a.skip href="#text" { (words.skip_text) }
        header.top {
            (shell::mark(language))
            form #find role="search" action={ "/d/" (summary.id) } method="get" {
                div.field {
                    input #q type="search" name="q" value=(q) maxlength="1000" aria-label=(words.find_in)
                        placeholder=(words.find_in) autocomplete="off" spellcheck="false";
                }
                @for (name, value) in &narrowing { input type="hidden" name=(name) value=(value); }
                button type="submit" { (words.find) }
            }
            @if !q.is_empty() { (matches(words, n_marks)) }
            a.back href=(address.url()) { (words.back) }
            a.help-button href="#help" role="button" aria-label=(words.help) title={ (words.help) " ?" } hidden { "?" }
        }
        p #status.visually-hidden role="status" {}
        main.document {
            @if !document.headings.is_empty() {
                nav.outline aria-label=(words.outline) {
                    // Where there is little room it is folded away.
                    input #show-outline.visually-hidden type="checkbox" aria-label=(words.outline);
                    label for="show-outline" { (words.outline) }
                    (outline(document))
                }
            }
            article #text lang="zh-CN" tabindex="-1" data-title=(summary.title)
                data-meeting=[summary.meeting.as_deref()] data-speaker=[summary.speaker.as_deref()]
                data-date=[summary.date.map(|date| date.to_string())] data-path=(summary.path)
                data-paragraph=(words.source_paragraph) {
                @if is_narrowed {
                    p.narrowed {
                        (words.narrowed) " · "
                        a href=(Address::default().with("q", q).document(summary.id)) { (words.unnarrowed) }
                    }
                }
                @if head.n_title == 0 { h1 { (summary.title) } }
                (blocks)
            }
            aside.about aria-label=(words.about) { (about(words, document)) }
        }
        template #tools {
            span.tools role="toolbar" {
                button.quiet type="button" data-copy="text" { (words.copy) }
                button.quiet type="button" data-copy="link" { (words.copy_link) }
            }
        }
    };
    shell::page(
        language,
        &title,
        "reading",
        &["document.js", "keys.js"],
        &body,
    )
}

fn matches(words: &'static Words, n: usize) -> Markup {
    html! {
        nav.matches aria-label=(words.matches) data-matches=(n) {
            @if n == 0 {
                span { (words.no_matches) }
            } @else {
                span.position { span data-position { "–" } " / " (number(n as u64)) }
                a.step data-step="-1" href={ "#m" (n) } aria-label=(words.previous) title={ (words.previous) " p" } { "↑" }
                a.step data-step="1" href="#m1" aria-label=(words.next) title={ (words.next) " n" } { "↓" }
            }
        }
    }
}

fn text_of(paragraph: &Paragraph) -> String {
    paragraph.runs.iter().map(|run| run.text.as_str()).collect()
}

fn outline(document: &FullDocument) -> Markup {
    html! {
        ol {
            @for heading in document.headings.iter().filter(|heading| heading.level <= 4) {
                @let text: String = heading.paragraph.checked_sub(1)
                    .and_then(|at| document.paragraphs.get(at))
                    .map(|p| text_of(p).chars().skip(heading.start).take(heading.end.saturating_sub(heading.start)).collect())
                    .unwrap_or_default();
                li class={ "level-" (heading.level) } { a href={ "#p" (heading.paragraph) } { (text) } }
            }
        }
    }
}

/// The top of a text: so many paragraphs that are its title, then so many short lines that say who
/// speaks and when. Both stand in the middle, as in official documents.
struct Head {
    n_title: usize,
    n_byline: usize,
}

impl Head {
    fn of(document: &FullDocument) -> Self {
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let title = plain(&document.summary.title);
        let mut joined = String::new();
        let mut n_title = 0;
        for paragraph in document.paragraphs.iter().take(4) {
            joined.push_str(&plain(&text_of(paragraph)));
            if joined == title {
                n_title = paragraph.n;
                break;
            }
        }
        let is_byline = |paragraph: &&Paragraph| {
            let text = text_of(paragraph);
            let text = text.trim();
            let heads = document.headings.iter().any(|h| h.paragraph == paragraph.n);
            !heads
                && text.chars().count() <= 40
                && !text.ends_with(['。', '：', ':', '；', '，', '！', '？', '”'])
        };
        let below = document.paragraphs.iter().skip(n_title);
        let n_byline = if n_title == 0 {
            0
        } else {
            below.take(4).take_while(is_byline).count()
        };
        // A text of nothing but short lines is a list, not a long byline.
        let n_byline = if n_byline == 4 { 0 } else { n_byline };
        Self { n_title, n_byline }
    }
}

/// The text, as it is written into the page.
struct Text<'a> {
    language: Language,
    headings: &'a [Heading],
    head: &'a Head,
}

impl Text<'_> {
    fn blocks(&self, paragraphs: &[Paragraph], n_marks: &mut usize) -> Markup {
        let mut blocks: Vec<&[Paragraph]> = Vec::new();
        let (mut start, mut chars) = (0, 0);
        for (at, paragraph) in paragraphs.iter().enumerate() {
            chars += text_of(paragraph).chars().count().max(LINE_CHARS);
            if chars >= BLOCK_CHARS {
                blocks.push(&paragraphs[start..=at]);
                (start, chars) = (at + 1, 0);
            }
        }
        blocks.push(&paragraphs[start..]);
        html! {
            @for block in blocks {
                // The last one is as high as it is: no place below it has to stay still.
                div.block { @for paragraph in block { (self.paragraph(paragraph, n_marks)) } }
            }
        }
    }

    fn paragraph(&self, paragraph: &Paragraph, n_marks: &mut usize) -> Markup {
        let words = self.language.words();
        let n = paragraph.n;
        let first = self.headings.partition_point(|h| h.paragraph < n);
        let headings = &self.headings[first..];
        let own = &headings[..headings.partition_point(|h| h.paragraph == n)];
        // One that goes on with text, as 一是… does, leads its paragraph.
        let whole = own.first().filter(|heading| {
            let text = text_of(paragraph);
            let mut behind = text.chars().skip(heading.end);
            !heading.inline && !behind.any(char::is_alphanumeric)
        });
        let leads = if whole.is_some() { &[] } else { own };
        let text = self.runs(paragraph, leads, n_marks);
        let number = html! {
            a.number href={ "#p" (n) } aria-label=(filled(words.link_to, n)) { (n) }
        };
        let id = format!("p{n}");
        let Head { n_title, n_byline } = *self.head;
        if n <= n_title {
            return if n == 1 {
                html! { h1 id=(id) { (number) (text) } }
            } else {
                html! { p.title id=(id) { (number) (text) } }
            };
        }
        if n <= n_title + n_byline {
            return html! { p.byline id=(id) { (number) (text) } };
        }
        match whole.map(|heading| heading.level) {
            Some(1) => html! { h2 id=(id) { (number) (text) } },
            Some(2) => html! { h3 id=(id) { (number) (text) } },
            Some(3) => html! { h4 id=(id) { (number) (text) } },
            Some(4) => html! { h5 id=(id) { (number) (text) } },
            Some(_) => html! { h6 id=(id) { (number) (text) } },
            None => html! { p id=(id) { (number) (text) } },
        }
    }

    /// The runs of a paragraph, cut where a heading inside it begins and ends.
    fn runs(&self, paragraph: &Paragraph, leads: &[Heading], n_marks: &mut usize) -> Markup {
        let mut at = 0;
        let mut pieces = Vec::new();
        for run in &paragraph.runs {
            let mark = run.class.map(|class| {
                *n_marks += 1;
                (*n_marks, class)
            });
            let end = at + run.text.chars().count();
            let mut cuts: Vec<usize> = leads
                .iter()
                .flat_map(|h| [h.start, h.end])
                .filter(|cut| (at + 1..end).contains(cut))
                .collect();
            cuts.push(end);
            let mut chars = run.text.chars();
            let mut parts = Vec::new();
            for cut in cuts {
                let text: String = chars.by_ref().take(cut.saturating_sub(at)).collect();
                let lead = leads.iter().any(|h| (h.start..h.end).contains(&at));
                parts.push((lead, text));
                at = at.max(cut);
            }
            pieces.push((mark, parts));
        }
        html! {
            @for (mark, parts) in pieces {
                @match mark {
                    Some((n, class)) => (self.mark(n, class, &parts)),
                    None => (plain(&parts)),
                }
            }
        }
    }

    fn mark(&self, n: usize, class: MatchClass, parts: &[(bool, String)]) -> Markup {
        let title = class_words(self.language, class);
        html! { mark id={ "m" (n) } class=(class.name()) title=[title] { (plain(parts)) } }
    }
}

fn plain(parts: &[(bool, String)]) -> Markup {
    html! {
        @for (lead, text) in parts {
            @if *lead { strong { (text) } } @else { (text) }
        }
    }
}

fn about(words: &'static Words, document: &FullDocument) -> Markup {
    let Summary { path, format, .. } = &document.summary;
    let origin = &document.origin;
    html! {
        h2 { (words.about) }
        dl {
            (derived(words, words.kind, "type", origin.kind.as_ref()))
            (derived(words, words.meeting, "meeting", origin.meeting.as_ref()))
            (derived(words, words.speaker, "speaker", origin.speaker.as_ref()))
            (derived(words, words.date, "", origin.date.as_ref()))
            @if origin.date.is_none() { (derived(words, words.year, "year", origin.year.as_ref())) }
            (derived(words, words.region, "region", origin.region.as_ref()))
            dt { (words.path) }
            dd.break { (path) }
            dt { (words.format) }
            dd {
                (format.to_uppercase()) " · " (size(document.size))
                @if !document.summary.encoding.is_empty() { " · " (document.summary.encoding) }
                @if document.rejoined { div.faint { (words.rejoined) } }
            }
        }
        p { a href={ "/api/v1/documents/" (document.summary.id) "/raw" } { (words.original) } }
    }
}

/// A derived value with the place where it was read; `name` makes it a link to what shares it.
fn derived<T: ToString>(
    words: &'static Words,
    label: &str,
    name: &'static str,
    value: Option<&Derived<T>>,
) -> Markup {
    html! {
        @if let Some(derived) = value {
            @let shown = derived.value.to_string();
            dt { (label) }
            dd {
                @if name.is_empty() { (shown) }
                @else { a href=(Address::default().with(name, &shown).url()) { (shown) } }
                div.faint { (filled(words.read_from, &derived.from)) }
            }
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
