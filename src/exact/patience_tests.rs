//! Texts and phrases that repeat themselves: what is found in them, and that who looks for long asks
//! whether anybody still waits.

use std::cell::Cell;

use super::span_tests::{agreed, scan_spans};
use super::tests::{build, open};
use super::*;
use crate::analysis::{Pattern, Phrase};

fn phrase(text: &str) -> Phrase {
    Phrase::new(text).expect("has units")
}

/// How often is asked, while `look` looks, whether it may give up.
fn n_asked(look: impl FnOnce(Within<'_>)) -> usize {
    let n = Cell::new(0);
    let given_up = || {
        n.set(n.get() + 1);
        false
    };
    look(Within {
        given_up: Some(&given_up),
        ..Within::default()
    });
    n.get()
}

#[test]
fn masks_hide_parts_of_a_phrase_that_repeats_itself() {
    for (text, phrase_text) in [
        // Boxes of a form.
        ("□是□否".repeat(300), "是否".repeat(150)),
        // Cells of a table: to try all that may be hidden took gigabytes.
        (("无 ".repeat(40) + "*，").repeat(30), "无".repeat(500)),
    ] {
        let texts = [text];
        let reader = open(build(&texts));
        let phrase = phrase(&phrase_text);
        let found = reader.masked_spans(&phrase, Within::default());
        let expected = scan_spans(&texts, |units| units.find_masked(&phrase));
        assert_eq!(agreed(&found.expect("is whole")), expected);
        assert!(expected.len() > 20);
    }
}

#[test]
fn in_a_long_sentence_it_is_asked_whether_anybody_waits() {
    let texts = ["甲乙".repeat(50_000)];
    let reader = open(build(&texts));
    let pattern = Pattern::new(&["甲"; 20].join("…")).expect("has units");
    let sentences = reader.borders(Some(Break::Sentence), None);
    let sentences = sentences.expect("is whole");
    let n = n_asked(|within| {
        let all = Within {
            sentences: Some(&sentences),
            ..within
        };
        let found = reader.spans(&pattern, all).expect("is whole");
        assert_eq!(found.len(), 50_000 - 19);
    });
    assert!(n >= 10, "{n}");
}

#[test]
fn for_each_longer_part_it_is_asked_whether_anybody_waits() {
    let texts = ["甲".repeat(1_000)];
    let reader = open(build(&texts));
    let long = phrase(&("甲".repeat(200) + "乙"));
    let n = n_asked(|within| {
        let found = reader.longest_part(&long, 1, within, &|_| true);
        assert_eq!(found.expect("is whole"), Some(0..200));
    });
    assert!(n >= 190, "{n}");
}
