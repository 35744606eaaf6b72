//! Masks, numbers, gaps, nearness and scopes, against scans written here: characters of small texts
//! are their units, so a scan is a few lines.

use std::collections::BTreeMap;

use yicha::query::Numbers;
use yicha::search::{
    Beside, ConcordanceRequest, LineOrder, Listed, Mask, Request, Scope, Searcher, Sort,
};
use yicha::snippet::MatchClass;

use crate::archive::{Archive, ask, parse, paths, request};

/// A generator of its own, so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn text(&mut self, alphabet: &[char], len: usize) -> String {
        (0..len)
            .map(|_| alphabet[self.below(alphabet.len())])
            .collect()
    }
}

impl Dice {
    /// One character or two.
    fn phrase(&mut self, alphabet: &[char]) -> String {
        let len = 1 + self.below(2);
        self.text(alphabet, len)
    }
}

/// What is found: each document with its occurrences.
type Found = BTreeMap<String, u64>;

fn found(archive: &Archive, request: &Request) -> Found {
    let request = Request {
        // Documents with few occurrences are as good as others here.
        sort: Sort::Title,
        ..request.clone()
    };
    let response = ask(&*archive.reader, &request);
    let hits = response.hits.iter();
    let found: Found = hits
        .map(|hit| (hit.document.path.clone(), hit.occurrences))
        .collect();
    assert_eq!(response.total.documents as usize, found.len());
    assert_eq!(response.total.occurrences, found.values().sum::<u64>());
    let total = response.total;
    assert_eq!(
        total.occurrences,
        total.exact + total.normalized + total.masked
    );
    found
}

/// The same from a scan of the texts that gives the number of places in each.
fn scanned(texts: &[(String, String)], scan: impl Fn(&[char]) -> u64) -> Found {
    let count = |(path, text): &(String, String)| {
        let n = scan(&text.chars().collect::<Vec<char>>());
        (n > 0).then(|| (path.clone(), n))
    };
    texts.iter().filter_map(count).collect()
}

fn texts(dice: &mut Dice, alphabet: &str, n: usize, len: usize) -> Vec<(String, String)> {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let text = |i| (format!("{i:03}.txt"), dice_text(dice, &alphabet, len));
    (0..n).map(text).collect()
}

/// A text of short lines, which nobody takes for wrapped ones, without blank lines and without stops at its ends, which would be no units.
fn dice_text(dice: &mut Dice, alphabet: &[char], len: usize) -> String {
    let text = format!("甲{}甲", dice.text(alphabet, len));
    text.replace("\n\n", "\n甲\n")
}

fn is_stop(c: char) -> bool {
    matches!(c, '。' | '\n')
}

/// The text as units: several stops in a row are one.
fn units(text: &[char]) -> Vec<char> {
    let mut units: Vec<char> = Vec::new();
    for &c in text {
        match units.last_mut() {
            // A line break tells more than the stop before it.
            Some(last) if is_stop(*last) && is_stop(c) => {
                if c == '\n' {
                    *last = '\n';
                }
            }
            Some('*') if c == '*' => {}
            _ => units.push(c),
        }
    }
    units
}

fn places(units: &[char], phrase: &str) -> Vec<(usize, usize)> {
    let phrase: Vec<char> = phrase.chars().collect();
    let windows = units.windows(phrase.len()).enumerate();
    let equal = windows.filter(|(_, window)| *window == phrase);
    equal
        .map(|(start, _)| (start, start + phrase.len()))
        .collect()
}

/// Length of the longest match of `phrase` at the start of `units` with one or two masks that hide
/// one unit or more each, and two literal units at least.
fn masked_len(units: &[char], phrase: &[char], n_masks: usize, n_literal: usize) -> Option<usize> {
    if phrase.is_empty() {
        return ((1..=2).contains(&n_masks) && n_literal >= 2).then_some(0);
    }
    let (first, rest) = units.split_first()?;
    let longer = if *first == '*' {
        let hidden = 1..=phrase.len();
        hidden
            .filter_map(|n| masked_len(rest, &phrase[n..], n_masks + 1, n_literal))
            .max()
    } else if *first == phrase[0] {
        masked_len(rest, &phrase[1..], n_masks, n_literal + 1)
    } else {
        None
    };
    longer.map(|len| len + 1)
}

/// Places of a phrase under masks; one inside of another is none of its own.
fn masked_places(units: &[char], phrase: &str) -> u64 {
    let phrase: Vec<char> = phrase.chars().collect();
    let (mut n, mut reached) = (0, 0);
    for start in 0..units.len() {
        if let Some(len) = masked_len(&units[start..], &phrase, 0, 0)
            && start + len > reached
        {
            reached = start + len;
            n += 1;
        }
    }
    n
}

const CITIES: [&str; 6] = [
    "青石市",
    "桐浦县",
    "云岭新区",
    "白鹭湖",
    "望渚老码头",
    "四岭省",
];

#[test]
fn struck_out_names_are_found_by_their_clear_text() {
    let mut dice = Dice(11);
    let mut files = Vec::new();
    let mut queries = Vec::new();
    for n in 0..60 {
        let city = CITIES[n % CITIES.len()];
        let chars: Vec<char> = city.chars().collect();
        let start = dice.below(chars.len());
        let end = start + 1 + dice.below(chars.len() - start);
        let mut struck = chars.clone();
        struck.splice(start..end, ['*']);
        let struck: String = struck.into_iter().collect();
        let clear = format!("会议强调{city}要加快建设。支持{city}发展");
        queries.push(
            clear
                .chars()
                .skip(2 + dice.below(4))
                .take(3 + dice.below(9))
                .collect::<String>(),
        );
        queries.push(city.to_owned());
        files.push((
            format!("{n:03}.txt"),
            format!("会议强调{struck}要加快建设。支持{struck}发展"),
        ));
    }
    let archive = Archive::of(&files);
    let mut n_masked = 0;
    for query in queries.iter().filter(|query| !query.contains('。')) {
        let literal = scanned(&files, |text| places(&units(text), query).len() as u64);
        let masked = scanned(&files, |text| masked_places(&units(text), query));
        let q = format!("\"{query}\"");
        let with = |mask| {
            found(
                &archive,
                &Request {
                    mask,
                    ..request(&q)
                },
            )
        };
        assert_eq!(with(Mask::Off), literal, "{query}");
        assert_eq!(with(Mask::Only), masked, "{query}");
        let mut both = literal;
        for (path, n) in &masked {
            *both.entry(path.clone()).or_default() += n;
        }
        assert_eq!(with(Mask::Also), both, "{query}");
        n_masked += masked.len();
    }
    assert!(n_masked > 100, "only {n_masked} documents under masks");
}

#[test]
fn masked_hits_come_last_and_are_shown_as_they_stand() {
    let archive = Archive::of(&[
        ("a.txt", "支持四*省发展，四*省要快。"),
        ("b.txt", "支持四川省发展。"),
        ("c.txt", "支持四川發展。"),
    ]);
    let response = ask(&*archive.reader, &request("\"四川省\""));
    assert_eq!(paths(&response), ["b.txt", "a.txt"]);
    assert_eq!((response.total.exact, response.total.masked), (1, 2));
    let runs = &response.hits[1].fragments[0].fragment.runs;
    let marked: Vec<_> = runs.iter().filter(|run| run.class.is_some()).collect();
    assert_eq!(marked.len(), 2);
    for run in marked {
        assert_eq!(
            (run.text.as_str(), run.class),
            ("四*省", Some(MatchClass::Masked))
        );
    }
    // A keyword is found under masks as a whole, and NOT leaves out only what is plainly there.
    assert_eq!(
        paths(&ask(&*archive.reader, &request("四川省"))),
        ["b.txt", "a.txt"]
    );
    let mut without = paths(&ask(&*archive.reader, &request("支持 -四川省")));
    without.sort_unstable();
    assert_eq!(without, ["a.txt", "c.txt"]);
}

#[test]
fn a_star_and_a_gap_are_found_as_a_scan_finds_them() {
    let mut dice = Dice(12);
    let files = texts(&mut dice, "甲乙丙丁戊己。\n", 40, 120);
    let archive = Archive::of(&files);
    for _ in 0..60 {
        let first = dice.phrase(&['甲', '乙', '丙', '丁']);
        let second = dice.phrase(&['甲', '乙', '丙', '丁']);
        for (link, is_gap) in [("*", false), ("…", true)] {
            let scan = |text: &[char]| {
                let units = units(text);
                let next = places(&units, &second);
                let completed = places(&units, &first).into_iter().filter(|(_, end)| {
                    next.iter().any(|(start, _)| {
                        let open = units.get(*end..*start);
                        open.is_some_and(|open| {
                            !open.iter().any(|c| is_stop(*c))
                                && (is_gap || (1..=6).contains(&open.len()))
                        })
                    })
                });
                completed.count() as u64
            };
            let q = format!("\"{first}{link}{second}\"");
            assert_eq!(found(&archive, &request(&q)), scanned(&files, scan), "{q}");
        }
    }
}

/// Whether two places are in one paragraph, with at most `distance` units between them.
fn are_near(units: &[char], x: (usize, usize), y: (usize, usize), distance: usize) -> bool {
    let (low, high) = if x.1 <= y.0 { (x.1, y.0) } else { (y.1, x.0) };
    let beside = x.1 <= y.0 || y.1 <= x.0;
    beside && high - low <= distance && !units[x.0.min(y.0)..x.1.max(y.1)].contains(&'\n')
}

#[test]
fn nearness_is_found_as_a_scan_finds_it() {
    let mut dice = Dice(13);
    let files = texts(&mut dice, "甲乙丙丁戊己庚辛。\n", 40, 100);
    let archive = Archive::of(&files);
    for _ in 0..60 {
        let first = dice.phrase(&['甲', '乙', '丙']);
        let second = dice.phrase(&['丁', '戊', '丙']);
        let distance = 1 + dice.below(6);
        let scan = |text: &[char]| {
            let units = units(text);
            let (a, b) = (places(&units, &first), places(&units, &second));
            let near = |x, y| are_near(&units, x, y, distance);
            let mut held: Vec<(usize, usize)> = Vec::new();
            held.extend(a.iter().filter(|x| b.iter().any(|y| near(**x, *y))));
            held.extend(b.iter().filter(|y| a.iter().any(|x| near(*x, **y))));
            held.sort_unstable();
            held.dedup();
            held.len() as u64
        };
        let q = format!("\"{first}\" NEAR/{distance} \"{second}\"");
        assert_eq!(found(&archive, &request(&q)), scanned(&files, scan), "{q}");
    }
}

#[test]
fn of_a_pair_near_something_all_three_count() {
    let mut dice = Dice(16);
    let files = texts(&mut dice, "甲乙丙丁戊己庚辛。\n", 40, 100);
    let archive = Archive::of(&files);
    for n in 0..80 {
        let first = dice.phrase(&['甲', '乙', '丙']);
        let second = dice.phrase(&['丁', '戊', '丙']);
        let third = dice.phrase(&['甲', '己', '庚']);
        let (inner, outer) = (1 + dice.below(5), 1 + dice.below(5));
        let scan = |text: &[char]| {
            let units = units(text);
            let near = |x, y, distance| are_near(&units, x, y, distance);
            let (a, b, c) = (
                places(&units, &first),
                places(&units, &second),
                places(&units, &third),
            );
            let mut held: Vec<(usize, usize)> = Vec::new();
            for (x, y) in a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y))) {
                for z in c.iter().filter(|_| near(x, y, inner)) {
                    // Whichever of the two is near the third.
                    if near(x, *z, outer) || near(y, *z, outer) {
                        held.extend([x, y, *z]);
                    }
                }
            }
            held.sort_unstable();
            held.dedup();
            held.len() as u64
        };
        let pair = format!("\"{first}\" NEAR/{inner} \"{second}\"");
        let q = match n % 3 {
            0 => format!("{pair} NEAR/{outer} \"{third}\""),
            1 => format!("\"{third}\" NEAR/{outer} ({pair})"),
            // 壬 stands nowhere.
            _ => format!("(({pair}) | 壬) NEAR/{outer} \"{third}\""),
        };
        assert_eq!(found(&archive, &request(&q)), scanned(&files, scan), "{q}");
    }
}

/// Whether `phrases` hold in a stretch: all of the first, none of the second.
fn holds(stretch: &[char], all: &[String], none: &[String]) -> bool {
    let has = |phrase: &String| !places(stretch, phrase).is_empty();
    all.iter().all(has) && !none.iter().any(has)
}

#[test]
fn scopes_are_found_as_a_scan_finds_them() {
    let mut dice = Dice(14);
    let files = texts(&mut dice, "甲乙丙丁戊己庚辛。\n\n", 40, 140);
    let archive = Archive::of(&files);
    for n in 0..60 {
        let mut phrase = || dice.phrase(&['甲', '乙', '丙', '丁', '戊']);
        let (all, none, either) = ([phrase(), phrase()], [phrase()], [phrase(), phrase()]);
        for (scope, ends) in [
            (Scope::Sentence, &['。', '\n'][..]),
            (Scope::Paragraph, &['\n']),
        ] {
            let stretches = |text: &[char]| -> Vec<Vec<char>> {
                units(text)
                    .split(|c| ends.contains(c))
                    .map(<[char]>::to_vec)
                    .collect()
            };
            let count = |stretch: &[char], wanted: &[String]| {
                let mut held: Vec<_> = wanted.iter().flat_map(|p| places(stretch, p)).collect();
                held.sort_unstable();
                held.dedup();
                held.len() as u64
            };
            // Both and not the third.
            let q = format!("\"{}\" \"{}\" -\"{}\"", all[0], all[1], none[0]);
            let scan = |text: &[char]| {
                let stretches = stretches(text);
                let held = stretches.iter().filter(|s| holds(s, &all, &none));
                held.map(|s| count(s, &all)).sum()
            };
            let asked = Request {
                scope,
                ..request(&q)
            };
            assert_eq!(
                found(&archive, &asked),
                scanned(&files, scan),
                "{q} {scope:?}"
            );
            // One and either of two.
            let q = format!("\"{}\" (\"{}\" | \"{}\")", all[0], either[0], either[1]);
            let scan = |text: &[char]| {
                let stretches = stretches(text);
                let one = [all[0].clone()];
                let held = stretches.iter().filter(|s| {
                    holds(s, &one, &[])
                        && either
                            .iter()
                            .any(|e| holds(s, std::slice::from_ref(e), &[]))
                });
                let wanted = [all[0].clone(), either[0].clone(), either[1].clone()];
                held.map(|s| count(s, &wanted)).sum()
            };
            let asked = Request {
                scope,
                ..request(&q)
            };
            assert_eq!(
                found(&archive, &asked),
                scanned(&files, scan),
                "{n}: {q} {scope:?}"
            );
        }
    }
}

#[test]
fn what_is_marked_made_the_document_match() {
    let text = "园区要快。产业和园区都要实。\n产业另说。\n园区又一段，离得远的是什么呢就是产业。";
    let archive = Archive::of(&[("a.txt", text)]);
    let marked = |request: &Request| -> Vec<String> {
        let request = Request {
            n_snippets: 20,
            snippet_chars: 400,
            ..request.clone()
        };
        let response = ask(&*archive.reader, &request);
        let hits = response.hits.iter().flat_map(|hit| &hit.fragments);
        let runs = hits.flat_map(|placed| placed.fragment.runs.clone());
        runs.filter(|run| run.class.is_some())
            .map(|run| run.text)
            .collect()
    };
    let sentence = Request {
        scope: Scope::Sentence,
        ..request("产业 园区")
    };
    assert_eq!(marked(&sentence), ["产业", "园区", "园区", "产业"]);
    assert_eq!(marked(&request("产业 NEAR/2 园区")), ["产业", "园区"]);
    let id = yicha::document::DocumentId::of_path("a.txt");
    let query = request("产业 NEAR/2 园区").query;
    let document = archive.reader.document(id, Some(&query)).expect("is there");
    assert_eq!(document.matches.map(|total| total.occurrences), Some(2));
}

#[test]
fn numbers_are_equal_across_notations() {
    let files = [
        ("a.txt", "共投资15.1%，第12次会议，2023年7月18日召开。"),
        (
            "b.txt",
            "共投资百分之十五点一，第十二次会议，二〇二三年七月十八日召开。",
        ),
        (
            "c.txt",
            "共投资十五点一个百分点，第一百一十二次会议，二〇二三年十七月。",
        ),
        ("d.txt", "增长百分之五十，二十五个项目，投资十五亿元。"),
        ("e.txt", "增长5%，25个项目，投资5亿元。"),
        ("f.txt", "张三到五一广场，二五不等于二十五。"),
    ];
    let archive = Archive::of(&files);
    let check = |q: &str, expect: &[&str]| {
        let mut all = paths(&ask(&*archive.reader, &request(q)));
        all.sort_unstable();
        assert_eq!(all, expect, "{q}");
    };
    check("\"投资15.1%\"", &["a.txt", "b.txt"]);
    check("\"投资百分之十五点一\"", &["a.txt", "b.txt"]);
    check("\"第十二次会议\"", &["a.txt", "b.txt"]);
    check("第12次会议", &["a.txt", "b.txt"]);
    check("\"2023年7月18日\"", &["a.txt", "b.txt"]);
    check("\"二〇二三年七月十八日\"", &["a.txt", "b.txt"]);
    // A part of a larger number is another number.
    check("\"增长5%\"", &["e.txt"]);
    check("\"投资5亿元\"", &["e.txt"]);
    check("\"25个项目\"", &["d.txt", "e.txt"]);
    check("\"二五\"", &["f.txt"]);
    check("\"张3\"", &[]);
    let response = ask(&*archive.reader, &request("\"第12次会议\""));
    assert_eq!(response.variants, ["第十二次会议"]);
    assert_eq!((response.total.exact, response.total.normalized), (1, 1));
}

#[test]
fn numbers_of_one_text_may_stand_in_different_notations() {
    let texts = [
        "会议于2023年7月18日召开。",
        "会议于二〇二三年7月十八日召开。",
        "会议于2023年七月18日召开。",
        "会议于二零二三年七月18日召开。",
        "会议于二千零二十三年七月十八日召开。",
        "会议于2023年7月28日召开。",
    ];
    let names: Vec<String> = (0..texts.len()).map(|n| format!("{n}.txt")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts).collect();
    let archive = Archive::of(&files);
    for q in [
        "\"于2023年7月18日召开\"",
        "\"于二〇二三年七月十八日召开\"",
        "\"于2023年七月18日召开\"",
    ] {
        let found = found(&archive, &request(q));
        let found: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(found, ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt"], "{q}");
    }
}

#[test]
fn numbers_can_be_looked_for_as_typed_only() {
    let archive = Archive::of(&[
        ("a.txt", "第12次会议研究了渠道。"),
        ("b.txt", "第十二次会议研究了渠道。"),
        ("c.txt", "第１２次会议研究了田埂。"),
    ]);
    let off = |q: &str| Request {
        query: parse(q).with_numbers(Numbers::Off),
        ..request("")
    };
    let check = |q: &str, expect: &[&str]| {
        let response = ask(&*archive.reader, &off(q));
        let mut found = paths(&response);
        found.sort_unstable();
        assert_eq!(found, expect, "{q}");
        assert!(response.variants.is_empty(), "{q}");
    };
    // Forms of one character are no notations.
    check("\"第12次\"", &["a.txt", "c.txt"]);
    check("第12次会议", &["a.txt", "c.txt"]);
    check("\"第十二次\" 渠道", &["b.txt"]);
    check("\"第十二次\" | 田埂", &["b.txt", "c.txt"]);
    check("第12次 NEAR/9 渠道", &["a.txt"]);
    // What is left out is what would be marked.
    check("渠道 -\"第12次\"", &["b.txt"]);
    // A hint finds no more than the search would.
    let response = ask(&*archive.reader, &off("\"第12次会议研究了渠道和田埂\""));
    assert_eq!(response.hits.len(), 0);
    let hint = response.hint.expect("nothing was found");
    assert_eq!(hint.longest_found.as_deref(), Some("第12次会议研究了渠道"));
    let response = ask(&*archive.reader, &off("\"第十二次会议\" \"田埂\""));
    let without = response.hint.expect("nothing was found").without;
    let without: Vec<u64> = without.iter().map(|one| one.documents).collect();
    assert_eq!(without, [1, 1]);
}

#[test]
fn what_is_under_masks_is_no_part_of_a_larger_number() {
    let archive = Archive::of(&[
        ("a.txt", "新增二十五*项目。"),
        ("b.txt", "新增一百二十五*项目。"),
        ("c.txt", "一百*项目。"),
        ("d.txt", "投资百分之五*。"),
        ("e.txt", "投资百分之五十*。"),
    ]);
    check_counts(
        &archive,
        &request("\"25个项目\""),
        &[("a.txt", 1), ("b.txt", 1), ("c.txt", 1)],
        [0, 0, 3],
    );
    // Of b.txt only what the typed number shows, too: *项目.
    let response = ask(&*archive.reader, &request("\"25个项目\""));
    for hit in &response.hits {
        let runs = hit
            .fragments
            .iter()
            .flat_map(|placed| &placed.fragment.runs);
        let marked: Vec<&str> = runs
            .filter(|run| run.class.is_some())
            .map(|run| run.text.as_str())
            .collect();
        let whole = ["二十五*项目", "*项目", "*项目"];
        let at = ["a.txt", "b.txt", "c.txt"]
            .iter()
            .position(|path| *path == hit.document.path)
            .expect("one of the three");
        assert_eq!(marked, [whole[at]], "{}", hit.document.path);
    }
    check_counts(
        &archive,
        &request("\"投资5%以上\""),
        &[("d.txt", 1)],
        [0, 0, 1],
    );
}

/// Documents with occurrences, and how many of these are exact, normalized, masked.
fn check_counts(archive: &Archive, request: &Request, expect: &[(&str, u64)], classes: [u64; 3]) {
    let expect: Found = expect.iter().map(|(p, n)| ((*p).to_owned(), *n)).collect();
    let q = request
        .query
        .root
        .as_ref()
        .map(yicha::query::Node::understood);
    assert_eq!(found(archive, request), expect, "{q:?}");
    let total = ask(&*archive.reader, request).total;
    let counted = [total.exact, total.normalized, total.masked];
    assert_eq!(counted, classes, "{q:?}");
    for hit in ask(&*archive.reader, request).hits {
        assert!(!hit.fragments.is_empty(), "{q:?} in {}", hit.document.path);
    }
}

#[test]
fn a_stop_beside_an_opening_is_asked_for() {
    let archive = Archive::of(&[
        ("a.txt", "甲乙丙。*丁戊己。"),
        ("b.txt", "甲x5G乙，丙5G丁。"),
        ("c.txt", "丙，*丁丙；一二丁。"),
    ]);
    check_counts(
        &archive,
        &request("\"丙。*丁\""),
        &[("a.txt", 1), ("c.txt", 1)],
        [1, 1, 0],
    );
    check_counts(
        &archive,
        &request("乙丙。*丁戊"),
        &[("a.txt", 1)],
        [1, 0, 0],
    );
    check_counts(
        &archive,
        &request("\"丙*丁\""),
        &[("b.txt", 1), ("c.txt", 1)],
        [2, 0, 0],
    );
}

#[test]
fn an_opening_at_an_end_asks_for_nothing() {
    let archive = Archive::of(&[
        ("a.txt", "推进工业化进程，产业园区。"),
        ("b.txt", "推进*的工业化，产*"),
        ("c.txt", "四*省"),
    ]);
    for (with, without) in [
        ("推进工业化*", "推进工业化"),
        ("*产业", "产业"),
        ("产业…", "产业"),
    ] {
        let (with, without) = (
            found(&archive, &request(with)),
            found(&archive, &request(without)),
        );
        assert_eq!(with, without);
        assert!(with.contains_key("a.txt") && !with.contains_key("c.txt"));
    }
}

#[test]
fn one_place_under_masks_counts_once_whatever_it_hides() {
    let archive = Archive::of(&[
        ("a.txt", "甲第十二*会议乙。"),
        ("b.txt", "在二〇二*年工作中。"),
    ]);
    check_counts(
        &archive,
        &request("\"第12次会议\""),
        &[("a.txt", 1)],
        [0, 0, 1],
    );
    check_counts(
        &archive,
        &request("\"2023年工作\""),
        &[("b.txt", 1)],
        [0, 0, 1],
    );
}

#[test]
fn scopes_keep_classes_and_what_is_asked_of_other_fields() {
    let archive = Archive::of(&[
        (
            "a.txt",
            "中国*城建设的报告\n各位同志：iPhone生产线和园区建设都要抓好，这是今年的重点。",
        ),
        (
            "b.txt",
            "中国科技城的报告\n各位同志：iphone生产线要抓好，园区建设也要抓好，中国科技城在前。",
        ),
    ]);
    for scope in [Scope::Document, Scope::Paragraph, Scope::Sentence] {
        let asked = |q: &str| Request {
            scope,
            ..request(q)
        };
        check_counts(
            &archive,
            &asked("\"iPhone\""),
            &[("a.txt", 1), ("b.txt", 1)],
            [1, 1, 0],
        );
        let title = asked("title:中国科技城");
        check_counts(&archive, &title, &[("a.txt", 1), ("b.txt", 1)], [1, 0, 1]);
        let both = asked("title:中国科技城 \"园区建设\"");
        check_counts(&archive, &both, &[("a.txt", 2), ("b.txt", 2)], [3, 0, 1]);
    }
    let near = request("title:中国科技城 园区 NEAR/2 建设");
    check_counts(&archive, &near, &[("a.txt", 3), ("b.txt", 3)], [5, 0, 1]);
    // Nothing is asked elsewhere, so the places of the field count.
    let near = request("title:(中国科技城 NEAR/3 报告)");
    check_counts(&archive, &near, &[("a.txt", 2), ("b.txt", 2)], [3, 0, 1]);
    let response = ask(&*archive.reader, &near);
    let fragments = response.hits.iter().flat_map(|hit| &hit.fragments);
    let runs = fragments.flat_map(|placed| &placed.fragment.runs);
    let mut marked: Vec<&str> = runs
        .filter(|run| run.class.is_some())
        .map(|run| run.text.as_str())
        .collect();
    marked.sort_unstable();
    assert_eq!(marked, ["中国*城", "中国科技城", "报告", "报告"]);
}

#[test]
fn only_what_made_a_document_match_counts_and_is_marked() {
    let archive = Archive::of(&[
        ("甲.txt", "会议记录\n水渠要修，桥梁也要修。"),
        ("乙.txt", "会议记录\n水渠和隧道一起修。"),
    ]);
    for (q, expected) in [
        (
            "水渠 隧道 | 桥梁",
            [("乙.txt", vec!["水渠", "隧道"]), ("甲.txt", vec!["桥梁"])],
        ),
        (
            "桥梁 | 水渠 -桥梁",
            [("乙.txt", vec!["水渠"]), ("甲.txt", vec!["桥梁"])],
        ),
    ] {
        let response = ask(&*archive.reader, &request(q));
        let mut hits: Vec<_> = response
            .hits
            .iter()
            .map(|hit| {
                let runs = hit
                    .fragments
                    .iter()
                    .flat_map(|placed| &placed.fragment.runs);
                let marked = runs.filter(|run| run.class.is_some());
                let marked: Vec<&str> = marked.map(|run| run.text.as_str()).collect();
                assert_eq!(hit.occurrences as usize, marked.len(), "{q}");
                (hit.document.path.as_str(), marked)
            })
            .collect();
        hits.sort();
        assert_eq!(hits, expected, "{q}");
    }
}

#[test]
fn an_archive_of_several_segments_is_searched_in_all_of_them() {
    // Enough for two segments that are searched at once.
    let text = |n: usize| {
        let stop = if n.is_multiple_of(3) { "。" } else { "" };
        format!("通知{n}\n水渠{stop}{}泵站。", "的".repeat(n % 20))
    };
    let files: Vec<(String, String)> = (0..2_400).map(|n| (format!("{n}.txt"), text(n))).collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let archive = Archive::of(&files);
    let n_found = |q: &str, scope: Scope| {
        let total = ask(
            &*archive.reader,
            &Request {
                scope,
                ..request(q)
            },
        )
        .total;
        assert_eq!(total.occurrences, total.documents * 2, "{q}");
        total.documents as usize
    };
    let count = |holds: &dyn Fn(usize) -> bool| (0..2_400).filter(|n| holds(*n)).count();
    let stop = |n: usize| usize::from(n.is_multiple_of(3));
    let near = count(&|n| n % 20 + stop(n) <= 10);
    assert_eq!(n_found("水渠 NEAR/10 泵站", Scope::Document), near);
    let together = count(&|n| stop(n) == 0);
    assert_eq!(n_found("水渠 泵站", Scope::Sentence), together);
    let any = "水渠 | 泵站 | 渡槽 | 涵洞 | 倒虹吸";
    assert_eq!(n_found(any, Scope::Document), 2_400);

    // Openings, on a page whose hits are made at once.
    let response = ask(
        &*archive.reader,
        &Request {
            limit: 100,
            sort: Sort::Oldest,
            ..request("\"水渠…泵站\"")
        },
    );
    assert_eq!(response.total.documents as usize, together);
    assert_eq!(response.total.occurrences as usize, together);
    let mut in_order: Vec<String> = (0..2_400usize)
        .filter(|n| stop(*n) == 0)
        .map(|n| format!("{n}.txt"))
        .collect();
    in_order.sort();
    let paths = response.hits.iter().map(|hit| hit.document.path.clone());
    assert!(paths.eq(in_order.into_iter().take(100)));
    for hit in &response.hits {
        assert_eq!(hit.fragments.len(), 1, "{}", hit.document.path);
    }

    // Their texts are read in several parts.
    let mut lines = ConcordanceRequest::new(parse("水渠"));
    lines.order = LineOrder::Right;
    let found = archive.reader.concordance(&lines).expect("answers");
    assert_eq!((found.documents, found.n_listed), (2_400, 2_400));
    let Listed::Lines(found) = found.listed else {
        panic!("lines were asked for");
    };
    // 泵 comes before 的; of equal ones the first path.
    let mut first: Vec<String> = (0..2_400).step_by(20).map(|n| format!("{n}.txt")).collect();
    first.sort();
    assert!(found.iter().map(|line| &line.path).eq(&first[..20]));
    lines.group = Some(Beside::Next);
    let found = archive.reader.concordance(&lines).expect("answers");
    let Listed::Neighbours {
        words, n_without, ..
    } = found.listed
    else {
        panic!("words were asked for");
    };
    let words: Vec<_> = words
        .iter()
        .map(|word| (word.word.as_str(), word.occurrences, word.documents))
        .collect();
    assert_eq!(words, [("泵站", together as u64, together as u64)]);
    assert_eq!(n_without as usize, 2_400 - together);
}
