//! Places of patterns and of masked phrases, and longest parts, against a scan of the texts.

use proptest::prelude::*;

use super::tests::{build, cuts, open, phrases, texts};
use super::*;
use crate::analysis::pattern::{Agreement, Found, TextUnits};
use crate::analysis::{OwnedUnit, Pattern, Phrase, units};

/// What a look at each text finds: spans as documents see them.
pub(super) fn scan_spans(
    texts: &[String],
    find: impl Fn(&TextUnits<'_>) -> Vec<Found>,
) -> Vec<(u32, u32, Agreement)> {
    let mut spans = Vec::new();
    let mut start = 0;
    for text in texts {
        let units = TextUnits::new(text);
        let place = |found: Found| {
            let (first, last) = (found.units.start as u32, found.units.end as u32);
            (start + first, start + last, found.agreement)
        };
        spans.extend(find(&units).into_iter().map(place));
        start += units.len() as u32 + 1;
    }
    spans
}

pub(super) fn agreed(spans: &[Span]) -> Vec<(u32, u32, Agreement)> {
    let agreement = |span: &Span| match span.writing {
        SpanWriting::Exact => Agreement::Exact,
        // The table of rarer surfaces holds all that so small texts have.
        SpanWriting::Undecided => unreachable!("small texts are decided"),
        SpanWriting::Normalized => Agreement::Normalized,
        SpanWriting::Masked => Agreement::Masked,
    };
    spans
        .iter()
        .map(|span| (span.start, span.end, agreement(span)))
        .collect()
}

/// Compares places of patterns and of masked phrases with a scan of the texts.
fn check_spans(reader: &Reader, texts: &[String], phrases: &[Phrase]) {
    let some: Vec<u32> = (0..reader.n_docs()).step_by(2).collect();
    let (sentences, lookups) = (
        reader.borders(Some(Break::Sentence), None),
        Lookups::default(),
    );
    let sentences = sentences.expect("is whole");
    for pair in phrases.windows(3) {
        for link in ["*", "…", "**…"] {
            for text in [
                format!("{}{link}{}", pair[0].text(), pair[1].text()),
                format!(
                    "{}{link}{}*{}",
                    pair[0].text(),
                    pair[1].text(),
                    pair[2].text()
                ),
            ] {
                let Some(pattern) = Pattern::new(&text) else {
                    continue;
                };
                let expected = scan_spans(texts, |units| units.find(&pattern));
                let found = reader.spans(&pattern, Within::default()).expect("is whole");
                assert_eq!(agreed(&found), expected, "{pattern:?} in {texts:?}");
                // Where parts are common they are joined sentence by sentence.
                let all = Within {
                    sentences: Some(&sentences),
                    lookups: Some(&lookups),
                    ..Within::default()
                };
                let found = reader.spans(&pattern, all).expect("is whole");
                assert_eq!(agreed(&found), expected, "{pattern:?} in {texts:?}");
                let docs = Some(&some[..]);
                let within = reader.spans(&pattern, Within { docs, ..all });
                let of_some = |spans: Vec<Span>| {
                    let counts = reader.count_spans(&spans).into_iter();
                    counts.filter(|m| m.doc % 2 == 0).collect::<Vec<_>>()
                };
                assert_eq!(of_some(within.expect("is whole")), of_some(found));
            }
        }
    }
    for phrase in phrases {
        check_longest(reader, texts, phrase);
        let expected = scan_spans(texts, |units| units.find_masked(phrase));
        let found = reader
            .masked_spans(phrase, Within::default())
            .expect("is whole");
        let counts: u32 = reader.count_spans(&found).iter().map(|m| m.n_masked).sum();
        assert_eq!(counts as usize, expected.len());
        let docs = Some(&some[..]);
        let within = reader
            .masked_spans(
                phrase,
                Within {
                    docs,
                    ..Within::default()
                },
            )
            .expect("is whole");
        assert_eq!(agreed(&found), expected, "{phrase:?} in {texts:?}");
        let of_some = |spans: Vec<Span>| {
            let counts = reader.count_spans(&spans).into_iter();
            counts.filter(|m| m.doc % 2 == 0).collect::<Vec<_>>()
        };
        assert_eq!(of_some(within), of_some(found), "{phrase:?}");
    }
}

/// Compares the longest part of a phrase and of what goes on from it with a look at all parts.
fn check_longest(reader: &Reader, texts: &[String], phrase: &Phrase) {
    let all: Vec<Vec<OwnedUnit>> = texts
        .iter()
        .map(|text| {
            units::collect(text)
                .into_iter()
                .map(|(unit, _)| unit)
                .collect()
        })
        .collect();
    let typed = format!("{}丁甲{}", phrase.text(), phrase.text());
    let Some(phrase) = Phrase::new(&typed) else {
        return;
    };
    let wanted = phrase.units();
    let stands = |part: &[OwnedUnit]| {
        let has_stop_at_end = [part.first(), part.last()].contains(&Some(&OwnedUnit::Stop));
        let odd = all.iter().skip(1).step_by(2);
        !has_stop_at_end
            && odd
                .into_iter()
                .any(|units| units.windows(part.len()).any(|w| w == part))
    };
    let parts = |n: usize| (0..=wanted.len() - n).map(move |from| from..from + n);
    let mut longest = (2..=wanted.len()).rev().flat_map(parts);
    let expected = longest.find(|range| stands(&wanted[range.clone()]));
    let found = reader.longest_part(&phrase, 0, Within::default(), &|doc| doc % 2 == 1);
    assert_eq!(found.expect("is whole"), expected, "{typed} in {texts:?}");
}

/// The phrase's text with every unit of some places struck out.
fn struck_out(text: &str, at: usize, len: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start = at % chars.len().max(1);
    let end = chars.len().min(start + len);
    let (before, behind) = (&chars[..start], &chars[end..]);
    before.iter().chain(&['*']).chain(behind).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn openings_and_masks_are_found_as_a_scan_finds_them(
        clear in texts(6),
        cuts in cuts(),
        strikes in prop::collection::vec((any::<usize>(), 1usize..5), 6),
    ) {
        // Phrases of the clear text are looked for where some of it is struck out.
        let phrases = phrases(&clear, &cuts);
        let masked = clear.iter().zip(&strikes).map(|(text, (at, len))| struck_out(text, *at, *len));
        let texts: Vec<String> = masked.collect();
        let reader = open(build(&texts));
        check_spans(&reader, &texts, &phrases);
    }
}
