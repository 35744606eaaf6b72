//! How a query was read, for people, and the addresses that would have it read otherwise.

use maud::{Markup, html};

use super::address::Address;
use super::language::{Words, filled, number};
use super::mask_name;
use crate::analysis;
use crate::query::{Condition, Field, Leaf, LeafKind, Node, Numbers, Property, Query, RepairCode};
use crate::search::{Mask, Request, Response, TermCount};

/// The lines under the number of documents; none where there is nothing to say.
pub(super) fn lines(
    words: &'static Words,
    address: &Address,
    request: &Request,
    response: &Response,
    default_mask: Mask,
) -> Markup {
    let query = &request.query;
    let total = &response.total;
    let mask_link = |mask: Mask, label: &str| {
        let name = if mask == default_mask {
            ""
        } else {
            mask_name(mask)
        };
        html! { a.switch data-swap href=(address.with("mask", name).url()) { (label) } }
    };
    html! {
        @if let Some(root) = query.root.as_ref().filter(|root| !is_plain(root) || response.relaxed) {
            p.reading {
                span.faint { (words.understood) } " " (node(words, root))
            }
        }
        @if let Some(phrase) = phrase_of(query.root.as_ref()).filter(|_| total.documents > 0 && !response.relaxed) {
            p { a.switch data-swap href=(address.with("q", &phrase).url()) { (words.as_phrase) " " q { (unquoted(&phrase)) } } }
        }
        @for repair in &query.repairs {
            p {
                span.faint { (words.repaired) } " " span.term { (repair.text) } " " (repair_words(words, repair.code))
                @if repair.code.name() == "unclosed_quote" && let Some(plain) = without_quotes(address.q()) {
                    " " a.switch data-swap href=(address.with("q", &plain).url()) { (words.none_words) }
                }
            }
        }
        @if response.relaxed {
            p.notice {
                (words.relaxed)
                @if let Some(strict) = strictly(query.root.as_ref()) {
                    " " a.switch data-swap href=(address.with("q", &strict).url()) { (words.strict) }
                }
            }
        }
        @if total.documents > 0 && let Some(hint) = &response.hint {
            @for meant in &hint.did_you_mean { p { (meant_instead(words, address, meant)) } }
        }
        @if let Some(numbers) = numbers(words, address, query, &response.variants) { p { (numbers) } }
        @if total.normalized > 0 {
            p { span.class-sample.normalized {} (filled(words.normalized_hits, number(total.normalized))) }
        }
        @if request.mask == Mask::Off && default_mask != Mask::Off {
            p { (words.masked_off) " " (mask_link(Mask::Also, words.include)) }
        } @else if request.mask == Mask::Only {
            p { (words.masked_only) " " (mask_link(Mask::Also, words.include)) }
        } @else if total.masked > 0 {
            p {
                span.class-sample.masked {} (filled(words.masked_hits, number(total.masked)))
                " " (mask_link(Mask::Off, words.leave_out))
                " " (mask_link(Mask::Only, words.show_only))
            }
        }
    }
}

/// A query that may have been meant.
pub(super) fn meant_instead(words: &'static Words, address: &Address, meant: &TermCount) -> Markup {
    html! {
        (words.none_meant) " " a data-swap href=(address.with("q", &meant.term).url()) { (meant.term) }
        " " span.faint { (filled(words.found, number(meant.documents))) }
    }
}

/// Most other writings that are shown, the likely ones; answers of the API list all.
const MOST_SHOWN: usize = 6;

/// Whether other writings of the query's numbers were looked for, and a switch; nothing where it has
/// no such numbers.
pub(super) fn numbers(
    words: &'static Words,
    address: &Address,
    query: &Query,
    variants: &[String],
) -> Option<Markup> {
    let switch = |value: &str, label: &str| {
        let url = address.with("numbers", value).url();
        html! { a.switch data-swap data-key="numbers" href=(url) { (label) } }
    };
    if !variants.is_empty() {
        return Some(html! {
            (words.variants)
            @for variant in variants.iter().take(MOST_SHOWN) { span.term { (variant) } " " }
            @if variants.len() > MOST_SHOWN { "… " }
            (switch("off", words.leave_out))
        });
    }
    has_left_out_numbers(query)
        .then(|| html! { (words.variants_off) " " (switch("", words.include)) })
}

/// Whether numbers were looked for only as they are typed, and could be written otherwise.
pub(super) fn has_left_out_numbers(query: &Query) -> bool {
    let mut any = false;
    if let Some(root) = &query.root {
        root.for_each_positive(&mut |leaf| {
            any |=
                leaf.numbers == Numbers::Off && !analysis::numbers::variants(&leaf.text).is_empty();
        });
    }
    any
}

/// Whether it is just words, which need no explaining.
fn is_plain(node: &Node) -> bool {
    let plain = |node: &Node| matches!(node, Node::Leaf(leaf) if leaf.kind == LeafKind::Keyword && leaf.field == Field::Text);
    match node {
        Node::And(nodes) => nodes.iter().all(plain),
        other => plain(other),
    }
}

/// A query for exactly the words of one longer keyword.
fn phrase_of(root: Option<&Node>) -> Option<String> {
    match root {
        Some(Node::Leaf(leaf))
            if leaf.kind == LeafKind::Keyword
                && leaf.field == Field::Text
                && leaf.text.chars().count() > 3
                && !leaf.text.contains('"') =>
        {
            Some(format!("\"{}\"", leaf.text))
        }
        _ => None,
    }
}

/// A query for all of the keywords, each as it stands: phrases are not relaxed.
fn strictly(root: Option<&Node>) -> Option<String> {
    let nodes = match root? {
        Node::And(nodes) => nodes.as_slice(),
        one => std::slice::from_ref(one),
    };
    let phrases = nodes.iter().map(|node| match node {
        Node::Leaf(leaf) if leaf.field == Field::Text && !leaf.text.contains('"') => {
            Some(format!("\"{}\"", leaf.text))
        }
        _ => None,
    });
    let phrases: Vec<String> = phrases.collect::<Option<_>>()?;
    Some(phrases.join(" "))
}

/// The query as words, where quotation marks make it something else.
pub(super) fn without_quotes(q: &str) -> Option<String> {
    let plain: String = q
        .chars()
        .filter(|c| !"\"“”＂「」『』".contains(*c))
        .collect();
    let plain = plain.trim();
    (plain != q && !plain.is_empty()).then(|| plain.to_owned())
}

fn unquoted(phrase: &str) -> &str {
    phrase.trim_matches('"')
}

fn repair_words(words: &'static Words, code: RepairCode) -> &'static str {
    match code.name() {
        "unclosed_quote" => words.repair_unclosed_quote,
        "stray_bracket" => words.repair_stray_bracket,
        "stray_operator" => words.repair_stray_operator,
        "nothing_to_find" => words.repair_nothing_to_find,
        "no_date" => words.repair_no_date,
        "no_distance" => words.repair_no_distance,
        _ => words.repair_other,
    }
}

fn node(words: &'static Words, of: &Node) -> Markup {
    let joined = |nodes: &[Node], by: &str| {
        html! {
            @for (at, part) in nodes.iter().enumerate() {
                @if at > 0 { " " span.operator { (by) } " " }
                @if matches!(part, Node::And(_) | Node::Or(_)) { "（" (node(words, part)) "）" }
                @else { (node(words, part)) }
            }
        }
    };
    match of {
        Node::Leaf(one) => leaf(words, one),
        Node::Condition(one) => condition(words, one),
        Node::And(nodes) => joined(nodes, words.and),
        Node::Or(nodes) => joined(nodes, words.or),
        Node::Not(inner) => html! {
            span.operator { (words.not) } " "
            @if matches!(**inner, Node::And(_) | Node::Or(_) | Node::Near(..)) { "（" (node(words, inner)) "）" }
            @else { (node(words, inner)) }
        },
        Node::Near(distance, first, second) => html! {
            (node(words, first)) " " span.operator { (filled(words.within, distance)) } " " (node(words, second))
        },
    }
}

fn leaf(words: &'static Words, leaf: &Leaf) -> Markup {
    html! {
        @match leaf.field {
            Field::Text => {},
            Field::Title => { span.operator { (words.in_title) } " " },
            Field::Heading => { span.operator { (words.in_heading) } " " },
        }
        span.term { @if leaf.kind == LeafKind::Phrase { "“" (leaf.text) "”" } @else { (leaf.text) } }
    }
}

fn condition(words: &'static Words, condition: &Condition) -> Markup {
    let (label, value) = match condition {
        Condition::Path(path) => (words.path_is, path.clone()),
        Condition::Has(property, text) => {
            let label = match property {
                Property::Kind => words.kind,
                Property::Meeting => words.meeting,
                Property::Speaker => words.speaker,
                Property::Region => words.region,
            };
            (label, text.clone())
        }
        Condition::Years(from, until) => (words.year_is, range(*from, *until)),
        Condition::Dates(from, until) => (words.date_is, range(*from, *until)),
    };
    html! { span.operator { (label) } " " span.term { (value) } }
}

fn range<T: ToString + PartialEq + Copy>(from: Option<T>, until: Option<T>) -> String {
    let end = |end: &Option<T>| end.as_ref().map(ToString::to_string).unwrap_or_default();
    if from == until {
        end(&from)
    } else {
        format!("{}–{}", end(&from), end(&until))
    }
}
