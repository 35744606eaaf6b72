//! The exact index against a naive model: texts in memory, scanned unit by unit.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::analysis::phrase::for_each_surface;
use crate::analysis::{OwnedUnit, Pattern, Phrase, fold, units};

pub(super) fn build(texts: &[String]) -> Vec<u8> {
    let mut builder = Builder::new();
    for text in texts {
        for_each_surface(text, |unit, surface| builder.push(unit, surface));
        builder.end_document();
    }
    let mut bytes = Vec::new();
    builder.write(&mut bytes).expect("memory takes all");
    bytes
}

pub(super) fn open(bytes: Vec<u8>) -> Reader {
    Reader::open(Arc::new(bytes)).expect("was just written")
}

/// What a scan of the texts finds: document, occurrences, of these exact.
fn scan(texts: &[String], phrase: &Phrase) -> Vec<(u32, u32, u32)> {
    let mut found = Vec::new();
    for (doc, text) in (0..).zip(texts) {
        let units = units::collect(text);
        let (mut n, mut n_exact) = (0, 0);
        let len = phrase.units().len();
        for window in units.windows(len) {
            if window.iter().map(|u| &u.0).eq(phrase.units()) {
                n += 1;
                let range = window[0].1.start..window[len - 1].1.end;
                n_exact += u32::from(&text[range] == phrase.text());
            }
        }
        if n > 0 {
            found.push((doc, n, n_exact));
        }
    }
    found
}

/// The same for occurrences that begin behind the first `doc % 4` units.
fn scan_behind(texts: &[String], phrase: &Phrase) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    for (doc, text) in (0..).zip(texts) {
        let units = units::collect(text);
        let windows = units.windows(phrase.units().len()).skip(doc as usize % 4);
        let n = windows
            .filter(|w| w.iter().map(|u| &u.0).eq(phrase.units()))
            .count() as u32;
        if n > 0 {
            found.push((doc, n));
        }
    }
    found
}

/// Positions of stops and of ends of paragraphs, by a scan.
fn scan_breaks(texts: &[String]) -> [Vec<u32>; 2] {
    let mut breaks = [Vec::new(), Vec::new()];
    let mut position = 0;
    for text in texts {
        for (unit, range) in units::collect(text) {
            if unit == OwnedUnit::Stop {
                breaks[0].push(position);
                if text[range].contains('\n') {
                    breaks[1].push(position);
                }
            }
            position += 1;
        }
        position += 1;
    }
    breaks
}

fn check_breaks(reader: &Reader, texts: &[String]) {
    let expected = scan_breaks(texts);
    for (kind, expected) in [Break::Sentence, Break::Paragraph]
        .into_iter()
        .zip(expected)
    {
        let mut found = Vec::new();
        let list = reader.breaks(kind).expect("is whole");
        list.decode(&mut found).expect("is whole");
        assert_eq!(found, expected, "{kind:?} in {texts:?}");
    }
}

/// Compares the reader's answer with the scan's; undecided occurrences may be either.
fn check(reader: &Reader, texts: &[String], phrase: &Phrase) {
    let expected = scan(texts, phrase);
    let found = reader.find(phrase, Within::default()).expect("is whole");
    let counts: Vec<_> = found.iter().map(|m| (m.doc, m.n)).collect();
    let expected_counts: Vec<_> = expected.iter().map(|e| (e.0, e.1)).collect();
    assert_eq!(counts, expected_counts, "{phrase:?} in {texts:?}");
    for (found, (_, _, n_exact)) in found.iter().zip(&expected) {
        assert!(found.n_exact <= *n_exact, "{phrase:?} {found:?} {n_exact}");
        assert!(
            found.n_exact + found.n_undecided >= *n_exact,
            "{phrase:?} {found:?} {n_exact}"
        );
        // The table of rarer surfaces holds all that so small texts have.
        assert_eq!(found.n_undecided, 0, "{phrase:?} {found:?}");
    }
    // Of a list of very many runs it is an estimate.
    let doc_freq = reader.doc_freq(phrase).expect("is whole") as f64;
    let n_occurrences: u32 = found.iter().map(|m| m.n).sum();
    let (n_docs, most) = (
        found.len() as f64,
        if n_occurrences > 1500 { 0.2 } else { 0.0 },
    );
    assert!(
        (doc_freq - n_docs).abs() <= n_docs * most,
        "{doc_freq} of {n_docs} {phrase:?}"
    );
    // Within some documents it is the same, less the others; a superset is allowed for them.
    let some: Vec<u32> = (0..reader.n_docs()).step_by(3).collect();
    let within = Within {
        docs: Some(&some),
        skip: None,
        ..Within::default()
    };
    let found_within = reader.find(phrase, within).expect("is whole");
    let of_some = |all: &[DocMatch]| -> Vec<DocMatch> {
        all.iter().filter(|m| m.doc % 3 == 0).copied().collect()
    };
    assert_eq!(of_some(&found_within), of_some(&found), "{phrase:?}");
    let counted = reader.count(phrase, Within::default()).expect("is whole");
    let counts_of = |all: &[DocMatch]| all.iter().map(|m| (m.doc, m.n)).collect::<Vec<_>>();
    assert_eq!(counted, counts_of(&found), "{phrase:?}");
    let docs = reader.docs(phrase, within).expect("is whole");
    assert_eq!(
        docs,
        of_some(&found).iter().map(|m| m.doc).collect::<Vec<_>>(),
        "{phrase:?}"
    );
    let skip = |doc: u32| doc % 4;
    let behind = reader
        .find(
            phrase,
            Within {
                docs: None,
                skip: Some(&skip),
                ..Within::default()
            },
        )
        .expect("is whole");
    let behind: Vec<_> = behind.iter().map(|m| (m.doc, m.n)).collect();
    assert_eq!(behind, scan_behind(texts, phrase), "{phrase:?}");
    let n_found: u32 = found.iter().map(|m| m.n).sum();
    assert!(reader.estimate(phrase).expect("is whole") >= found.len().min(n_found as usize));
    let positions = reader.positions(phrase).expect("is whole");
    let n: u32 = expected.iter().map(|e| e.1).sum();
    assert_eq!(positions.len(), n as usize);
    assert!(positions.is_sorted_by(|a, b| a < b));
}

/// Phrases cut from the texts, and some that are nowhere.
pub(super) fn phrases(texts: &[String], cuts: &[(usize, usize, usize)]) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = ["甲", "甲甲", "甲乙甲", "。", "wto", "龘龘"]
        .iter()
        .filter_map(|text| Phrase::new(text))
        .collect();
    for &(doc, start, len) in cuts {
        let Some(text) = texts.get(doc % texts.len().max(1)) else {
            continue;
        };
        let chars: Vec<char> = text.chars().collect();
        if chars.is_empty() {
            continue;
        }
        let start = start % chars.len();
        let cut: String = chars[start..chars.len().min(start + len)].iter().collect();
        phrases.extend(Phrase::new(&cut));
    }
    phrases
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        5 => "[甲乙丙丁]{1,6}",
        2 => "[產产業业發发髮]{1,3}",
        2 => "[，、“”：。；\n *×]{1,2}",
        1 => "(WTO|wto|Wto|5G|13.5|1,000|２０２３|xx|%)",
        1 => "[\u{20000}-\u{20003}a-c①㈠]{1,2}",
    ];
    prop::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat())
}

pub(super) fn texts(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..most)
}

pub(super) fn cuts() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((any::<usize>(), any::<usize>(), 1usize..30), 12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn finds_what_a_scan_finds(texts in texts(12), cuts in cuts()) {
        let reader = open(build(&texts));
        prop_assert_eq!(reader.n_docs() as usize, texts.len());
        for phrase in phrases(&texts, &cuts) {
            check(&reader, &texts, &phrase);
        }
        check_breaks(&reader, &texts);
        for (doc, text) in (0..).zip(&texts) {
            prop_assert_eq!(reader.doc_len(doc) as usize, units::count(text));
        }
    }

    #[test]
    fn merging_with_deletes_is_building_what_stays(
        segments in prop::collection::vec(texts(6), 1..5),
        deleted: u64,
        cuts in cuts(),
    ) {
        let readers: Vec<Reader> = segments.iter().map(|texts| open(build(texts))).collect();
        let keeps = |segment: usize, doc: u32| deleted >> ((segment * 6 + doc as usize) % 64) & 1 == 0;
        let filters: Vec<_> = (0..segments.len())
            .map(|segment| move |doc: u32| segment % 2 == 0 || keeps(segment, doc))
            .collect();
        let sources: Vec<Source<'_>> = readers
            .iter()
            .zip(&filters)
            .enumerate()
            .map(|(segment, (reader, filter))| Source {
                reader,
                // Every other segment has no deletes: the two paths meet in one merge.
                keep: (segment % 2 == 1).then_some(filter as &dyn Fn(u32) -> bool),
            })
            .collect();
        let mut merged = Vec::new();
        merge(&sources, &mut merged).expect("memory takes all");
        let kept: Vec<String> = segments
            .iter()
            .enumerate()
            .flat_map(|(segment, texts)| {
                let filter = &filters[segment];
                (0..).zip(texts).filter(move |(doc, _)| filter(*doc)).map(|(_, text)| text.clone())
            })
            .collect();
        // Not only the same answers: the same bytes.
        prop_assert_eq!(&merged, &build(&kept));
        let reader = open(merged);
        check_breaks(&reader, &kept);
        for phrase in phrases(&kept, &cuts) {
            check(&reader, &kept, &phrase);
        }
    }

    #[test]
    fn damage_is_noticed_and_never_panics(
        texts in texts(8),
        cuts in cuts(),
        at: prop::sample::Index,
        mask in 1u8..,
        cut: prop::sample::Index,
    ) {
        let whole = build(&texts);
        let mut damaged = whole.clone();
        damaged[at.index(whole.len())] ^= mask;
        let short = whole[..cut.index(whole.len())].to_vec();
        prop_assert!(Reader::open(Arc::new(short)).is_err());
        match Reader::open(Arc::new(damaged)) {
            Err(_) => {}
            Ok(reader) => {
                prop_assert!(reader.verify().is_err());
                let sound = open(whole);
                for phrase in phrases(&texts, &cuts) {
                    // One page holds it all here, so nothing wrong is ever answered.
                    if let Ok(found) = reader.find(&phrase, Within::default()) {
                        prop_assert_eq!(found, sound.find(&phrase, Within::default()).expect("is whole"));
                    }
                }
            }
        }
    }

    #[test]
    fn wrong_bytes_under_right_checksums_never_panic(
        texts in texts(8),
        cuts in cuts(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        // A writer's mistake, not a disk's: checksums hold, the content does not.
        let mut bytes = build(&texts);
        let reader = open(bytes.clone());
        let covered = reader.layout().checksums as usize;
        for (at, value) in changes {
            bytes[at.index(covered)] = value;
        }
        for (page, chunk) in bytes[..covered].to_vec().chunks(1 << 16).enumerate() {
            let at = covered + page * 4;
            bytes[at..at + 4].copy_from_slice(&crc32fast::hash(chunk).to_le_bytes());
        }
        if let Ok(reader) = Reader::open(Arc::new(bytes)) {
            for phrase in phrases(&texts, &cuts) {
                let _ = reader.find(&phrase, Within::default());
                let _ = reader.positions(&phrase);
                let _ = reader.docs(&phrase, Within::default());
                let _ = reader.doc_freq(&phrase);
                let _ = reader.masked_spans(&phrase, Within::default());
                let _ = reader.longest_part(&phrase, 0, Within::default(), &|_| true);
                let pattern = Pattern::new(&format!("{}*甲…乙", phrase.text()));
                if let Some(pattern) = pattern
                    && let Ok(mut spans) = reader.spans(&pattern, Within::default())
                {
                    let ten = [OwnedUnit::Han('乙'), OwnedUnit::Mask];
                    let _ = reader.retain_between(&mut spans, &pattern, &ten, &ten);
                    reader.count_spans(&spans);
                }
            }
            for kind in [None, Some(Break::Sentence), Some(Break::Paragraph)] {
                let _ = reader.borders(kind, None);
                let _ = reader.borders(kind, Some(&[0, 2]));
            }
            let source = Source { reader: &reader, keep: Some(&|doc| doc % 2 == 0) };
            let _ = merge(&[source], Vec::new());
        }
    }
}

#[test]
fn long_lists_are_skipped_through() {
    // Lists of many runs, rare and common pairs together.
    let mut texts = Vec::new();
    for doc in 0..400 {
        let mut text = String::new();
        for word in 0..60 {
            text.push_str(if word % 7 == 0 { "发展" } else { "经济发" });
            if (doc * 31 + word * 17) % 97 == 0 {
                text.push_str("新型工业化");
            }
        }
        texts.push(text);
    }
    let reader = open(build(&texts));
    for text in [
        "发展",
        "经济",
        "发展经济发",
        "济发经济发经济发",
        "工业化经济",
        "业化发展",
        "发新型",
        "型",
    ] {
        check(&reader, &texts, &Phrase::new(text).expect("has units"));
    }
}

#[test]
fn a_unit_with_many_neighbours_has_many_blocks() {
    // 人 stands before hundreds of others, some of them often: blocks, and lists of every kind.
    let others: Vec<char> = ('一'..='龥')
        .step_by(37)
        .filter(|c| fold::fold(&c.to_string()) == c.to_string())
        .collect();
    for n_others in [63, 64, 65, 128, 129, others.len()] {
        let mut text = String::new();
        for (index, other) in others[..n_others].iter().enumerate() {
            text.push_str(&format!("人{other}").repeat(1 + index % 41));
        }
        let texts = [text, "人".to_owned()];
        let reader = open(build(&texts));
        for other in &others[..n_others] {
            for query in [
                format!("人{other}"),
                format!("{other}人{other}"),
                format!("人{other}人"),
            ] {
                check(&reader, &texts, &Phrase::new(&query).expect("has units"));
            }
        }
        let mut merged = Vec::new();
        let sources = [
            Source {
                reader: &reader,
                keep: None,
            },
            Source {
                reader: &reader,
                keep: None,
            },
        ];
        merge(&sources, &mut merged).expect("memory takes all");
        assert_eq!(merged, build(&[&texts[..], &texts[..]].concat()));
    }
}

#[test]
fn an_index_without_documents_answers() {
    let reader = open(build(&[]));
    assert_eq!(reader.n_docs(), 0);
    assert!(
        reader
            .find(&Phrase::new("甲乙").expect("has units"), Within::default())
            .expect("is whole")
            .is_empty()
    );
    let mut merged = Vec::new();
    merge(&[], &mut merged).expect("memory takes all");
    assert_eq!(merged, build(&[]));
}

#[test]
fn the_order_of_units_is_the_order_of_numbers() {
    let units = [
        OwnedUnit::Stop,
        OwnedUnit::Mask,
        OwnedUnit::Han('一'),
        OwnedUnit::Han('龥'),
        OwnedUnit::Run("%".into()),
        OwnedUnit::Run("wto".into()),
    ];
    assert!(units.is_sorted());
}

#[test]
fn what_is_unusual_counts_as_memory() {
    let mut builder = Builder::new();
    let text = format!("甲{}乙", "、·".repeat(100_000));
    for_each_surface(&text, |unit, surface| builder.push(unit, surface));
    // What stands between the two is kept.
    assert!(builder.memory() > 500_000, "{}", builder.memory());
}
