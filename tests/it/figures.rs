//! Counts and concordances, each against a plain scan of the texts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use yicha::query::Query;
use yicha::search::{
    Beside, By, Concordance, ConcordanceRequest, Counts, CountsRequest, Error, Facet, Filters,
    Line, LineOrder, Listed, Mask, Request, Scope, Searcher, Sort, Tally, Zone,
};
use yicha::snippet::MatchClass;

use crate::archive::{Archive, ask, parse, request};

/// Path, year, text. No text holds a sign that folding would change, so that a scan of characters
/// is a scan of units wherever no sign stands inside an occurrence.
const TEXTS: [(&str, Option<u16>, &str); 7] = [
    (
        "甲/2021-03-05 讲话.txt",
        Some(2021),
        "水利工作讲话\n扛起治水大旗，扛起治水责任。水利为先",
    ),
    (
        "甲/2021-11-09 讲话.txt",
        Some(2021),
        "渠道工作讲话\n渠道要修。扛起了使命",
    ),
    (
        "乙/2022-01-20 讲话.txt",
        Some(2022),
        "粮食工作讲话\n粮食丰收，治水有功",
    ),
    (
        "乙/2023-07-18 讲话.txt",
        Some(2023),
        "治水工作讲话\n大家扛起责任\n一起扛起责任，治水治山",
    ),
    (
        "丙/2023-07-02 讲话.txt",
        Some(2023),
        "乡村工作讲话\n扛起\n大旗",
    ),
    ("丁/杂记.txt", None, "杂记\n扛起“责任”四个字；治水"),
    ("丁/杂记二.txt", None, "杂记二\n没有别的"),
];

fn archive() -> Archive {
    Archive::of(&TEXTS.map(|(path, _, text)| (path, text)))
}

fn counts_request(qs: &[&str], by: By) -> CountsRequest {
    CountsRequest {
        queries: qs.iter().map(|q| parse(q)).collect(),
        by,
        zone: Zone::All,
        mask: Mask::Also,
        scope: Scope::Document,
        filters: Filters::default(),
        limit: 100,
        deadline: None,
    }
}

fn counted(searcher: &dyn Searcher, request: &CountsRequest) -> Counts {
    searcher.counts(request).expect("can be counted")
}

/// Documents, and of each word documents and occurrences, of the texts of one year.
fn scan(year: Option<u16>, words: &[&str]) -> (u64, Vec<Tally>) {
    let texts: Vec<&str> = TEXTS
        .iter()
        .filter(|(_, y, _)| *y == year)
        .map(|(.., text)| *text)
        .collect();
    let tally = |word: &&str| Tally {
        documents: texts.iter().filter(|t| t.contains(*word)).count() as u64,
        occurrences: texts.iter().map(|t| t.matches(*word).count() as u64).sum(),
    };
    (texts.len() as u64, words.iter().map(tally).collect())
}

#[test]
fn counts_by_year_agree_with_a_scan() {
    let archive = archive();
    let words = ["扛起", "治水", "没有的词"];
    let counts = counted(
        &*archive.reader,
        &counts_request(&["“扛起”", "“治水”", "“没有的词”"], By::Year),
    );
    assert_eq!(counts.documents, 7);
    let years: Vec<&str> = counts.buckets.iter().map(|b| b.value.as_str()).collect();
    assert_eq!(years, ["2021", "2022", "2023"]);
    for bucket in &counts.buckets {
        let expected = scan(bucket.value.parse().ok(), &words);
        assert_eq!(
            (bucket.documents, bucket.counts.clone()),
            expected,
            "{}",
            bucket.value
        );
    }
    let without = (counts.without.documents, counts.without.counts.clone());
    assert_eq!(without, scan(None, &words));
    for (n, query) in counts.queries.iter().enumerate() {
        let buckets = counts.buckets.iter().chain([&counts.without]);
        let tallies: Vec<Tally> = buckets.map(|bucket| bucket.counts[n]).collect();
        let sum = Tally {
            documents: tallies.iter().map(|t| t.documents).sum(),
            occurrences: tallies.iter().map(|t| t.occurrences).sum(),
        };
        assert_eq!(query.total, sum);
    }
    let path = |n: usize, first: bool| {
        let query = &counts.queries[n];
        let end = if first { &query.first } else { &query.last };
        end.as_ref().map(|document| document.path.clone())
    };
    assert_eq!(path(0, true).as_deref(), Some(TEXTS[0].0));
    assert_eq!(path(0, false).as_deref(), Some(TEXTS[3].0));
    assert_eq!((path(2, true), path(2, false)), (None, None));
}

#[test]
fn first_and_last_are_those_of_lists_by_date() {
    let archive = archive();
    for q in ["“治水”", "讲话", ""] {
        let counts = counted(&*archive.reader, &counts_request(&[q], By::Year));
        for (sort, end) in [
            (Sort::Oldest, &counts.queries[0].first),
            (Sort::Newest, &counts.queries[0].last),
        ] {
            let listed = ask(&*archive.reader, &Request { sort, ..request(q) });
            assert_eq!(end.as_ref(), Some(&listed.hits[0].document), "{q}");
        }
    }
}

#[test]
fn counts_by_month_and_kind_and_filters() {
    let archive = archive();
    let searcher = &*archive.reader;
    let values = |request: &CountsRequest| {
        let counts = counted(searcher, request);
        let value =
            |b: &yicha::search::Bucket| (b.value.clone(), b.documents, b.counts[0].documents);
        let buckets: Vec<_> = counts.buckets.iter().map(value).collect();
        (buckets, counts.without.documents, counts.n_left_out)
    };
    let months = values(&counts_request(&["“治水”"], By::Month));
    let bucket = |value: &str, documents, found| (value.to_owned(), documents, found);
    assert_eq!(
        months,
        (
            vec![
                bucket("2021-03", 1, 1),
                bucket("2021-11", 1, 0),
                bucket("2022-01", 1, 1),
                bucket("2023-07", 2, 1)
            ],
            2,
            0
        )
    );
    let kinds = values(&counts_request(&["“治水”"], By::Kind));
    assert_eq!(kinds, (vec![bucket("讲话", 5, 3)], 2, 0));
    let filtered = CountsRequest {
        filters: Filters {
            values: vec![(Facet::Year, vec!["2023".to_owned()])],
            paths: vec!["乙".to_owned()],
            ..Filters::default()
        },
        ..counts_request(&["“扛起”"], By::Year)
    };
    assert_eq!(values(&filtered), (vec![bucket("2023", 1, 1)], 0, 0));
    let near = CountsRequest {
        scope: Scope::Paragraph,
        ..counts_request(&["“扛起” “大旗”"], By::Year)
    };
    let in_paragraph: u64 = values(&near).0.iter().map(|(.., found)| found).sum();
    assert_eq!(in_paragraph, 1);
    // Nothing is relaxed: where not all words stand there is nothing to count.
    let some = counted(
        searcher,
        &counts_request(&["治水 粮食 火星 木星"], By::Year),
    );
    assert_eq!(some.queries[0].total, Tally::default());
}

#[test]
fn a_request_that_is_too_late_ends_with_a_timeout() {
    let archive = archive();
    let late = Some(Instant::now());
    let is_timeout = |result: Result<(), Error>| matches!(result, Err(Error::Timeout));
    let searcher = &*archive.reader;
    for q in [
        "“治水”",
        "治水工作",
        "治 NEAR/5 水",
        "一|丁|七",
        "扛*大",
        "",
    ] {
        let search = Request {
            deadline: late,
            ..request(q)
        };
        assert!(is_timeout(searcher.search(&search).map(|_| ())), "{q}");
        let counts = CountsRequest {
            deadline: late,
            ..counts_request(&[q], By::Year)
        };
        assert!(is_timeout(searcher.counts(&counts).map(|_| ())), "{q}");
        let lines = ConcordanceRequest {
            request: search,
            ..ConcordanceRequest::new(Query::default())
        };
        assert!(is_timeout(searcher.concordance(&lines).map(|_| ())), "{q}");
    }
    let soon = Request {
        deadline: Some(Instant::now() + Duration::from_mins(10)),
        ..request("“治水”")
    };
    assert_eq!(ask(searcher, &soon).total.documents, 4);
}

fn lines_request(q: &str, order: LineOrder) -> ConcordanceRequest {
    let new = ConcordanceRequest::new(parse(q));
    ConcordanceRequest {
        order,
        request: Request {
            limit: 100,
            ..new.request.clone()
        },
        ..new
    }
}

fn concordance(searcher: &dyn Searcher, request: &ConcordanceRequest) -> Concordance {
    searcher.concordance(request).expect("can be listed")
}

fn lines(concordance: Concordance) -> Vec<Line> {
    match concordance.listed {
        Listed::Lines(lines) => lines,
        Listed::Neighbours { .. } => panic!("no lines"),
    }
}

/// Path, paragraph, start, left and right of every occurrence.
type Seen = (String, usize, usize, String, String);

fn scan_lines(word: &str, context: usize) -> BTreeSet<Seen> {
    let mut seen = BTreeSet::new();
    for (path, _, text) in TEXTS {
        let mut before = 0;
        for (n, paragraph) in text.split('\n').enumerate() {
            for (at, _) in paragraph.match_indices(word) {
                let left: Vec<char> = paragraph[..at].chars().collect();
                let kept = &left[left.len().saturating_sub(context)..];
                let right = paragraph[at + word.len()..].chars().take(context);
                seen.insert((
                    path.to_owned(),
                    n + 1,
                    before + left.len(),
                    kept.iter().collect(),
                    right.collect(),
                ));
            }
            before += paragraph.chars().count() + 1;
        }
    }
    seen
}

fn seen(line: &Line) -> Seen {
    let Line {
        path,
        paragraph,
        start,
        left,
        right,
        ..
    } = line;
    (
        path.clone(),
        *paragraph,
        *start,
        left.clone(),
        right.clone(),
    )
}

#[test]
fn lines_are_all_occurrences_of_a_scan() {
    let archive = archive();
    for (q, word) in [
        ("“扛起”", "扛起"),
        ("“治水”", "治水"),
        ("“水”", "水"),
        ("“。”", ""),
    ] {
        for context in [5, 20] {
            for order in [
                LineOrder::Left,
                LineOrder::Right,
                LineOrder::Date,
                LineOrder::Document,
            ] {
                let asked = ConcordanceRequest {
                    context,
                    ..lines_request(q, order)
                };
                let found = concordance(&*archive.reader, &asked);
                let expected = if word.is_empty() {
                    BTreeSet::new()
                } else {
                    scan_lines(word, context)
                };
                assert_eq!(found.occurrences, expected.len() as u64, "{q} {order:?}");
                assert!(!found.truncated);
                let lines = lines(found);
                let shown: BTreeSet<Seen> = lines.iter().map(seen).collect();
                assert_eq!(shown, expected, "{q} {order:?}");
                assert_eq!(lines.len(), expected.len(), "{q} {order:?}");
                for line in &lines {
                    assert_eq!((line.text.as_str(), line.class), (word, MatchClass::Exact));
                    assert_eq!(line.end - line.start, word.chars().count());
                }
            }
        }
    }
}

#[test]
fn lines_are_sorted_from_the_match_outwards() {
    let archive = archive();
    let sorted = |order| {
        lines(concordance(
            &*archive.reader,
            &lines_request("“扛起”", order),
        ))
    };
    let signs = |c: &char| c.is_alphanumeric();
    let right: Vec<String> = sorted(LineOrder::Right)
        .iter()
        .map(|line| line.right.chars().filter(signs).collect())
        .collect();
    assert!(right.is_sorted(), "{right:?}");
    // Quotes do not count.
    let duty: Vec<usize> = right
        .iter()
        .enumerate()
        .filter(|(_, r)| r.starts_with("责任"))
        .map(|(n, _)| n)
        .collect();
    assert_eq!(duty.len(), 3);
    assert_eq!(duty[2] - duty[0], 2, "{right:?}");
    let left: Vec<String> = sorted(LineOrder::Left)
        .iter()
        .map(|line| line.left.chars().rev().filter(signs).collect())
        .collect();
    assert!(left.is_sorted(), "{left:?}");
    let dates: Vec<String> = sorted(LineOrder::Date)
        .iter()
        .map(|line| line.date.map(|date| date.to_string()).unwrap_or_default())
        .collect();
    assert!(dates.iter().rev().is_sorted(), "{dates:?}");
    let places: Vec<(String, usize)> = sorted(LineOrder::Document)
        .into_iter()
        .map(|line| (line.path, line.start))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn pages_of_lines_join_to_the_whole() {
    let archive = archive();
    let searcher = &*archive.reader;
    for q in ["“水”", "扛起责任", "治水 -粮食", "title:治水 | “大旗”"] {
        for order in [
            LineOrder::Left,
            LineOrder::Right,
            LineOrder::Date,
            LineOrder::Document,
        ] {
            let asked = lines_request(q, order);
            let whole = lines(concordance(searcher, &asked));
            for limit in [1, 2, 3] {
                let mut joined = Vec::new();
                for offset in (0..whole.len() + limit).step_by(limit) {
                    let page = ConcordanceRequest {
                        request: Request {
                            offset,
                            limit,
                            ..asked.request.clone()
                        },
                        ..asked.clone()
                    };
                    joined.extend(lines(concordance(searcher, &page)));
                }
                assert_eq!(joined, whole, "{q} {order:?} {limit}");
            }
        }
    }
}

#[test]
fn masks_stay_as_they_are_and_say_so() {
    let archive = Archive::of(&[("甲.txt", "记录\n来自四*省的同志，四川省的同志")]);
    let found = lines(concordance(
        &*archive.reader,
        &lines_request("“四川省”", LineOrder::Document),
    ));
    let shown: Vec<_> = found
        .iter()
        .map(|line| {
            (
                line.left.as_str(),
                line.text.as_str(),
                line.right.as_str(),
                line.class,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("来自", "四*省", "的同志，四川省的同志", MatchClass::Masked),
            ("来自四*省的同志，", "四川省", "的同志", MatchClass::Exact),
        ]
    );
}

fn neighbours(
    searcher: &dyn Searcher,
    q: &str,
    beside: Beside,
) -> (BTreeMap<String, (u64, u64)>, u64) {
    let asked = ConcordanceRequest {
        group: Some(beside),
        ..lines_request(q, LineOrder::Left)
    };
    match concordance(searcher, &asked).listed {
        Listed::Neighbours {
            words,
            n_words,
            n_without,
        } => {
            assert_eq!(words.len() as u64, n_words);
            let counts = words
                .into_iter()
                .map(|w| (w.word, (w.occurrences, w.documents)));
            (counts.collect(), n_without)
        }
        Listed::Lines(_) => panic!("no words"),
    }
}

#[test]
fn neighbours_are_words_of_the_clause() {
    let archive = archive();
    let (next, without) = neighbours(&*archive.reader, "“扛起”", Beside::Next);
    let expected = [
        ("治水", (2, 1)),
        // Behind quotes, too.
        ("责任", (3, 2)),
        // Behind a function word.
        ("使命", (1, 1)),
    ];
    let expected: BTreeMap<String, (u64, u64)> = expected.map(|(w, c)| (w.to_owned(), c)).into();
    assert_eq!(next, expected);
    assert_eq!(without, 1, "the one at the end of its paragraph");
    let (previous, without) = neighbours(&*archive.reader, "“大旗”", Beside::Previous);
    assert_eq!(
        previous.into_iter().collect::<Vec<_>>(),
        [("治水".to_owned(), (1, 1))]
    );
    assert_eq!(without, 1);
}

#[test]
fn of_too_many_documents_the_newest_are_read_and_it_is_said() {
    let archive = archive();
    let asked = ConcordanceRequest {
        max_read: 2,
        ..lines_request("“扛起”", LineOrder::Document)
    };
    for order in [LineOrder::Left, LineOrder::Document] {
        let found = concordance(
            &*archive.reader,
            &ConcordanceRequest {
                order,
                ..asked.clone()
            },
        );
        assert!(found.truncated);
        assert_eq!((found.documents, found.occurrences), (5, 7));
        assert_eq!((found.n_listed_documents, found.n_listed), (2, 3));
        let paths: BTreeSet<String> = lines(found).into_iter().map(|line| line.path).collect();
        assert_eq!(paths, [TEXTS[3].0, TEXTS[4].0].map(str::to_owned).into());
    }
}
