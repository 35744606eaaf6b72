//! What a search finds, in which order, and how it is shown: small cases over `&dyn Searcher`.

use std::fs;
use std::path::{Path, PathBuf};

use encoding_rs::{BIG5, GB18030};
use walkdir::WalkDir;
use yicha::document::{DocumentId, paragraphs};
use yicha::index::{Live, Reader};
use yicha::search::{Error, ErrorKind, Placed, Request, Searcher, Sort, Total, Zone};

use crate::archive::{Archive, ask, parse, paths, request, sample};

const SPEECH: &str = "2023/七月/发言.txt";
const MINUTES: &str = "2023/七月/会议/纪要.txt";
const NOTICE: &str = "2023/八月/通知.txt";
const TALK: &str = "2024/产业讲话.txt";

/// Four documents; the last has no title of its own, so its name serves.
fn meetings() -> Archive {
    Archive::of(&[
        (SPEECH, "全会发言\n产业兴则园区兴。"),
        (MINUTES, "会议纪要\n产业和房地产的事。"),
        (NOTICE, "园区通知\n园区的路灯要修。"),
        (TALK, "各位同志：\n今天只讲一件事，就是种树。"),
    ])
}

/// Compares the documents that a search finds, in any order.
fn check_request(searcher: &dyn Searcher, request: &Request, expected: &[&str]) {
    let response = ask(searcher, request);
    let shown = request
        .query
        .root
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut found = paths(&response);
    found.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected, "{shown} in {:?}", request.zone);
    assert_eq!(response.total.documents, expected.len() as u64, "{shown}");
}

fn check(searcher: &dyn Searcher, q: &str, expected: &[&str]) {
    check_request(searcher, &request(q), expected);
}

#[test]
fn keywords_are_joined_by_operators() {
    let archive = meetings();
    let searcher: &dyn Searcher = &*archive.reader;
    check(searcher, "产业", &[SPEECH, MINUTES]);
    check(searcher, "产业 园区", &[SPEECH]);
    check(searcher, "产业 AND 园区", &[SPEECH]);
    check(searcher, "产业 | 园区", &[SPEECH, MINUTES, NOTICE]);
    check(searcher, "产业｜园区", &[SPEECH, MINUTES, NOTICE]);
    check(searcher, "产业 OR 园区", &[SPEECH, MINUTES, NOTICE]);
    check(searcher, "产业 -房地产", &[SPEECH]);
    check(searcher, "产业 NOT 房地产", &[SPEECH]);
    check(searcher, "-产业", &[NOTICE, TALK]);
    check(searcher, "-产业 -园区", &[TALK]);
    check(searcher, "(产业 | 园区) -房地产", &[SPEECH, NOTICE]);
    check(searcher, "产业 (房地产 | 园区)", &[SPEECH, MINUTES]);
    check(searcher, "种树 | 产业 园区", &[TALK, SPEECH]);
    check(searcher, "-(产业 | 园区)", &[TALK]);
    check(searcher, "火星", &[]);
}

#[test]
fn quotes_of_all_kinds_make_phrases() {
    let archive = meetings();
    let searcher: &dyn Searcher = &*archive.reader;
    for q in [
        "\"则园区兴\"",
        "“则园区兴”",
        "「则园区兴」",
        "『則園區興』",
        "＂则园区兴＂",
        "”则园区兴”",
        "“则园区兴",
        "\"则园区兴",
        "\"则 园区，兴\"",
    ] {
        check(searcher, q, &[SPEECH]);
    }
    // As a phrase it stands nowhere, but its words do.
    check(searcher, "\"园区产业\"", &[]);
    check(searcher, "园区产业", &[SPEECH]);
    check(searcher, "“园区” -“产业”", &[NOTICE]);
    check(searcher, "“产业”“房地产”", &[MINUTES]);
    // A stop inside a phrase is a stop in the text, a comma is nothing.
    check(searcher, "\"会议纪要。产业\"", &[MINUTES]);
    check(searcher, "\"会议纪要产业\"", &[]);
    check(searcher, "\"。产业兴！\"", &[SPEECH]);
}

#[test]
fn fields_look_in_titles_and_paths() {
    let archive = meetings();
    let searcher: &dyn Searcher = &*archive.reader;
    check(searcher, "title:通知", &[NOTICE]);
    check(searcher, "title：“园区通知”", &[NOTICE]);
    check(searcher, "title:(通知 | 纪要)", &[NOTICE, MINUTES]);
    check(searcher, "title:路灯", &[]);
    check(searcher, "title:产业", &[TALK]);
    check(searcher, "title:产业 种树", &[TALK]);
    check(searcher, "产业 -title:纪要", &[SPEECH]);
    check(searcher, "path:2023/七月", &[SPEECH, MINUTES]);
    check(searcher, "path:2023/七月/", &[SPEECH, MINUTES]);
    check(searcher, "path:2023/七", &[]);
    check(searcher, "path:2023/七月/发言.txt", &[SPEECH]);
    check(searcher, "path:\"2023/七月\" 房地产", &[MINUTES]);
    check(searcher, "-path:2023", &[TALK]);
    check(searcher, "园区 (path:2023/八月 | path:2024)", &[NOTICE]);
}

#[test]
fn zones_part_titles_from_bodies() {
    let archive = meetings();
    let zones = |q: &str, all: &[&str], title: &[&str], body: &[&str]| {
        for (zone, expected) in [(Zone::All, all), (Zone::Title, title), (Zone::Body, body)] {
            check_request(&*archive.reader, &Request { zone, ..request(q) }, expected);
        }
    };
    zones("通知", &[NOTICE], &[NOTICE], &[]);
    zones("“园区”", &[SPEECH, NOTICE], &[NOTICE], &[SPEECH, NOTICE]);
    zones("房地产", &[MINUTES], &[], &[MINUTES]);
    zones("“全会发言。产业”", &[SPEECH], &[], &[]);
    // A field says itself where.
    zones("title:通知", &[NOTICE], &[NOTICE], &[NOTICE]);
}

#[test]
fn a_whole_keyword_ranks_above_its_words() {
    let words = "产业多，园区少。园区大，产业小。".repeat(20);
    let archive = Archive::of(&[
        ("甲.txt", format!("记录甲\n{words}")),
        (
            "乙.txt",
            format!(
                "记录乙\n{}园区产业。",
                "今天的会议还讲了许多别的事情。".repeat(200)
            ),
        ),
        ("丙.txt", format!("记录丙\n{words}")),
        ("丁.txt", "记录丁\n只有园区。".to_owned()),
    ]);
    let found = ask(&*archive.reader, &request("园区产业"));
    assert_eq!(paths(&found), ["乙.txt", "丙.txt", "甲.txt"]);
    // The whole counts where it occurs, the words elsewhere.
    let counts: Vec<u64> = found.hits.iter().map(|hit| hit.occurrences).collect();
    assert_eq!(counts, [1, 80, 80]);
}

#[test]
fn only_a_search_without_hits_is_relaxed() {
    let archive = meetings();
    let relaxed = |q: &str, relaxed: bool, expected: &[&str]| {
        let searcher = &*archive.reader;
        check(searcher, q, expected);
        assert_eq!(ask(searcher, &request(q)).relaxed, relaxed, "{q}");
    };
    relaxed("产业 园区 火星", true, &[SPEECH]);
    relaxed("产业 园区", false, &[SPEECH]);
    relaxed("产业 火星", false, &[]);
    relaxed("火星", false, &[]);
    relaxed("“产业” “园区” “火星”", false, &[]);
    relaxed("“火星飞船登陆”", false, &[]);
    // Of a question half of the words are enough, and function words count as if they were there.
    relaxed("产业和园区是什么", true, &[SPEECH, MINUTES, NOTICE]);
    relaxed("火星是什么", false, &[]);
    // A quarter of the other words at least.
    relaxed("路灯通知全会房地产种树的是什么时候在哪里", true, &[NOTICE]);
    // What was not to be relaxed still holds.
    relaxed("产业 园区 火星 “种树”", false, &[]);
    relaxed("产业 园区 火星 -title:发言", false, &[]);
    relaxed("产业 园区 火星 path:2024", false, &[]);
    relaxed("产业 园区 火星 path:2023", true, &[SPEECH]);
}

#[test]
fn a_mask_that_hides_most_of_a_question_does_not_keep_it_from_being_relaxed() {
    let archive = Archive::of(&[
        ("掩码.txt", "问答记录\n*时候开工？没有人回答。"),
        ("水库.txt", "水库报告\n云岭水库三月开工，当时有人问起渠道。"),
        ("渠道.txt", "渠道报告\n山下渠道今年完工。"),
    ]);
    let searcher = &*archive.reader;
    let relaxed = |q: &str, relaxed: bool, expected: &[&str]| {
        let response = ask(searcher, &request(q));
        assert_eq!(response.relaxed, relaxed, "{q}");
        assert_eq!(paths(&response), expected, "{q}");
        response.total
    };
    // What is under the mask is kept, but the documents that have the words come before it.
    let total = relaxed("云岭水库什么时候开工", true, &["水库.txt", "掩码.txt"]);
    assert_eq!(
        (total.masked, total.exact),
        (1, 4),
        "云岭, 水库 twice, 开工"
    );
    // A mask that hides less than it shows is a match like others; so is all that is quoted.
    relaxed("库什么时候开工", false, &["掩码.txt"]);
    relaxed("“云岭水库什么时候开工”", false, &["掩码.txt"]);
    relaxed("云岭水库什么时候开工 -渠道", false, &["掩码.txt"]);
    // As is one beside something that is found as it stands.
    relaxed(
        "云岭水库什么时候开工 | 山下渠道",
        false,
        &["渠道.txt", "掩码.txt"],
    );
}

#[test]
fn very_long_keywords_are_relaxed_too() {
    let all: Vec<char> = ('\u{4E00}'..'\u{5300}').step_by(2).take(640).collect();
    let apart = |chars: &[char]| {
        let mut text = String::from("各位同志：\n");
        for c in chars.iter().rev() {
            text.extend([*c, '。']);
        }
        text
    };
    let archive = Archive::of(&[
        ("多.txt", apart(&all[..480]).as_str()),
        ("少.txt", apart(&all[480..]).as_str()),
    ]);
    let q: String = all.iter().collect();
    let response = ask(&*archive.reader, &request(&q));
    assert!(response.relaxed);
    assert_eq!(paths(&response), ["多.txt"], "more than 255 words");
}

#[test]
fn function_words_have_to_be_there_but_are_neither_counted_nor_marked() {
    let archive = meetings();
    let response = ask(&*archive.reader, &request("路灯的园区"));
    assert_eq!(paths(&response), [NOTICE]);
    assert!(!response.relaxed);
    assert_eq!(response.total.occurrences, 3, "园区 twice and 路灯");
    let marked: Vec<&str> = response.hits[0]
        .fragments
        .iter()
        .flat_map(|placed| &placed.fragment.runs)
        .filter(|run| run.class.is_some())
        .map(|run| run.text.as_str())
        .collect();
    assert_eq!(marked, ["园区", "园区", "路灯"]);
    let response = ask(&*archive.reader, &request("路灯和园区"));
    assert!(response.relaxed, "和 stands in no document with both");
    // A keyword of nothing else is like any other.
    check(&*archive.reader, "的", &[MINUTES, NOTICE]);
}

#[test]
fn an_empty_query_lists_everything_the_newest_first() {
    for q in ["", "  　", "，。"] {
        let archive = meetings();
        let response = ask(&*archive.reader, &request(q));
        // By date from the folders' names; within a month by path.
        assert_eq!(paths(&response), [TALK, NOTICE, MINUTES, SPEECH], "{q}");
        assert_eq!(
            response.total,
            Total {
                documents: 4,
                ..Total::default()
            }
        );
        assert!(response.hits.iter().all(|hit| hit.fragments.is_empty()));
    }
}

#[test]
fn hits_are_sorted_by_title_and_by_occurrences() {
    let archive = Archive::of(&[
        ("1.txt", "丙文\n产业。"),
        ("2.txt", "甲文\n产业产业产业。"),
        ("3.txt", "乙文\n产业，产业。"),
        ("4.txt", "甲文\n产业。"),
    ]);
    let sorted = |sort: Sort| {
        paths(&ask(
            &*archive.reader,
            &Request {
                sort,
                ..request("产业")
            },
        ))
    };
    // By code points: 丙 U+4E19, 乙 U+4E59, 甲 U+7532; equal ones by path.
    assert_eq!(sorted(Sort::Title), ["1.txt", "3.txt", "2.txt", "4.txt"]);
    assert_eq!(
        sorted(Sort::Occurrences),
        ["2.txt", "3.txt", "1.txt", "4.txt"]
    );
}

/// Documents of which many are equally good.
fn many() -> Vec<(String, String)> {
    let text = |n: usize| format!("第{n}号文件\n{}。", "产业，园区".repeat(n % 4 + 1));
    (0..37)
        .map(|n| (format!("{}/{n:02}.txt", n % 3), text(n)))
        .collect()
}

#[test]
fn pages_neither_leave_out_nor_repeat_a_document() {
    let archive = Archive::of(&many());
    for sort in [Sort::Relevance, Sort::Occurrences, Sort::Title] {
        for q in ["产业", "", "“园区产业”", "产业 文件"] {
            let whole = Request { sort, ..request(q) };
            let all = paths(&ask(&*archive.reader, &whole));
            assert!(all.len() > 20, "{q}");
            for limit in [1, 7, 36, 37] {
                let mut pages = Vec::new();
                for offset in (0..all.len() + limit).step_by(limit) {
                    let page = ask(
                        &*archive.reader,
                        &Request {
                            offset,
                            limit,
                            ..whole.clone()
                        },
                    );
                    assert_eq!(page.total.documents, all.len() as u64);
                    assert!(page.hits.len() <= limit);
                    pages.extend(paths(&page));
                }
                assert_eq!(pages, all, "{q} by {sort:?} in pages of {limit}");
            }
        }
    }
}

#[test]
fn the_order_is_the_same_every_time() {
    let archive = Archive::of(&many());
    let other = Archive::with(&many(), |_, index| index.threads = 1);
    for q in ["产业", "“园区产业”", "产业 园区 | 文件"] {
        let first = ask(&*archive.reader, &request(q));
        for searcher in [&archive, &archive, &other] {
            let again = ask(&*searcher.reader, &request(q));
            assert_eq!(paths(&again), paths(&first), "{q}");
            assert_eq!(again.total, first.total, "{q}");
        }
        // Equally good ones come by path.
        for pair in first
            .hits
            .windows(2)
            .filter(|pair| pair[0].score.total_cmp(&pair[1].score).is_eq())
        {
            assert!(pair[0].document.path < pair[1].document.path, "{q}");
        }
    }
}

#[test]
fn exact_occurrences_are_told_from_normalized_ones() {
    let archive = Archive::of(&[
        (
            "甲.txt",
            "汇报\n产业、產業、产，业。加入WTO、ＷＴＯ、wto。产——业，产－业。",
        ),
        ("乙.txt", "附件\n产业。产业。二○○八年。"),
    ]);
    let counts = |q: &str, occurrences: u64, exact: u64| {
        let total = ask(&*archive.reader, &request(q)).total;
        assert_eq!(
            (total.occurrences, total.exact),
            (occurrences, exact),
            "{q}"
        );
        assert_eq!(total.exact + total.normalized, total.occurrences, "{q}");
    };
    counts("\"产业\"", 7, 3);
    counts("产业", 7, 3);
    counts("「產業」", 7, 1);
    counts("\"产，业\"", 7, 1);
    counts("\"产——业\"", 7, 1);
    counts("\"产 业\"", 7, 0);
    counts("\"WTO\"", 3, 1);
    counts("\"wto\"", 3, 1);
    counts("\"ＷＴＯ\"", 3, 1);
    counts("\"Wto\"", 3, 0);
    counts("\"加入wto\"", 1, 0);
    counts("\"WTO、ＷＴＯ\"", 2, 1);
    counts("\"业。加入\"", 1, 1);
    counts("\"业！加入\"", 1, 0);
    // At the ends of a phrase signs are nothing.
    counts("\"，业。\"", 7, 6);
    counts("\"二〇〇八年\"", 1, 0);
    counts("\"二○○八年\"", 1, 1);
    // Asked twice, it is counted once.
    counts("“产业” “产业”", 7, 3);
    counts("“产业” | “二○○八年”", 8, 4);
    counts("-“产业”", 0, 0);
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn files_of_old_encodings_are_found() {
    let text = "市委八届六次全会分组讨论发言\n第一，一张蓝图绘到底，各项事业高质量发展成势见效。";
    let traditional = "主席，我動議修正議案。產業園區的發展計劃，必須與時並進。";
    let files = [
        ("a.txt", text.as_bytes().to_vec(), "utf-8"),
        (
            "b.txt",
            [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat(),
            "utf-8-bom",
        ),
        ("c.txt", GB18030.encode(text).0.into_owned(), "gb18030"),
        ("d.txt", utf16(text, u16::to_le_bytes), "utf-16le"),
        ("e.txt", utf16(text, u16::to_be_bytes), "utf-16be"),
        (
            "f.txt",
            utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
            "utf-16le",
        ),
        ("g.txt", BIG5.encode(traditional).0.into_owned(), "big5"),
    ];
    let archive = Archive::of(&files.clone().map(|(path, bytes, _)| (path, bytes)));
    check(
        &*archive.reader,
        "\"高质量发展成势见效\"",
        &["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"],
    );
    check(&*archive.reader, "\"产业园区的发展计划\"", &["g.txt"]);
    for hit in ask(&*archive.reader, &request("")).hits {
        let known = files.iter().find(|(path, ..)| *path == hit.document.path);
        assert_eq!(
            Some(hit.document.encoding.as_str()),
            known.map(|(.., encoding)| *encoding),
            "{}",
            hit.document.path
        );
    }
    assert_eq!(archive.summary.encodings.get("utf-16le"), Some(&2));
    assert_eq!(archive.summary.encodings.get("gb18030"), Some(&1));
}

#[test]
fn a_phrase_is_found_across_the_lines_of_a_hard_wrapped_file() {
    let paragraphs = [
        "今天下午在会见日本客人的时候说，经过一段时间的治理整顿，通货膨胀得到有效控制，进入４月份经济已经开始回升，这是正在走出低谷的一种表现，大家都很高兴。",
        "他说，政局是稳定的，经济也在朝着好的方向发展，人民的情绪也是稳定的，客人对此表示赞同。",
    ];
    let mut wrapped = "会议纪要\n".to_owned();
    for paragraph in paragraphs {
        let chars: Vec<char> = format!("　　{paragraph}").chars().collect();
        for line in chars.chunks(24) {
            wrapped.extend(line);
            wrapped.push('\n');
        }
    }
    assert!(
        !wrapped.contains("一段时间的治理整顿"),
        "the lines are cut elsewhere"
    );
    let archive = Archive::of(&[("纪要.txt", wrapped)]);
    let total = ask(&*archive.reader, &request("\"一段时间的治理整顿\"")).total;
    assert_eq!((total.documents, total.exact), (1, 1));
    let document = archive
        .reader
        .document(DocumentId::of_path("纪要.txt"), None)
        .expect("is there");
    assert!(document.rejoined);
    assert_eq!(
        document.text,
        ["会议纪要", paragraphs[0], paragraphs[1]].join("\n")
    );
}

fn slice(text: &str, start: usize, end: usize) -> String {
    text.chars().skip(start).take(end - start).collect()
}

#[test]
fn snippets_are_slices_of_the_text_that_show_a_match() {
    let searcher: &dyn Searcher = &*sample().reader;
    let queries = [
        "“两年三级跳”",
        "“最多跑一次”",
        "“客。鱼”",
        "园区 链长制",
        "老码头房租上涨怎么办",
        "產業",
        "“岚川。”",
    ];
    for q in queries {
        for (n_snippets, snippet_chars) in [(1, 20), (3, 90), (5, 400)] {
            let asked = Request {
                n_snippets,
                snippet_chars,
                ..request(q)
            };
            for hit in ask(searcher, &asked).hits {
                let document = searcher.document(hit.document.id, None).expect("was found");
                assert!(
                    (1..=n_snippets).contains(&hit.fragments.len()),
                    "{q} in {}",
                    hit.document.path
                );
                let mut reached = 0;
                for Placed { fragment, .. } in &hit.fragments {
                    let joined: String =
                        fragment.runs.iter().map(|run| run.text.as_str()).collect();
                    assert_eq!(
                        joined,
                        slice(&document.text, fragment.start, fragment.end),
                        "{q}"
                    );
                    assert!(
                        fragment.runs.iter().any(|run| run.class.is_some()),
                        "{q}: {joined}"
                    );
                    assert!(fragment.start >= reached, "{q}: fragments overlap");
                    reached = fragment.end;
                    let before = slice(&document.text, 0, fragment.start);
                    assert_eq!(
                        fragment.paragraph,
                        before.matches('\n').count() + 1,
                        "{q}: {joined}"
                    );
                    let longest = fragment.runs.iter().filter(|run| run.class.is_some());
                    let longest = longest.map(|run| run.text.chars().count()).max();
                    assert!(
                        joined.chars().count() <= longest.unwrap_or(0).max(snippet_chars),
                        "{q}: {joined}"
                    );
                }
            }
        }
    }
    let none = ask(
        searcher,
        &Request {
            n_snippets: 0,
            ..request("产业")
        },
    );
    assert!(none.total.occurrences > 0 && none.hits.iter().all(|hit| hit.fragments.is_empty()));
}

#[test]
fn a_match_is_marked_whole() {
    let found = ask(
        &*sample().reader,
        &request("“从市级到省级再到国家级的两年三级跳”"),
    )
    .hits;
    assert!(found.len() > 3);
    for hit in found {
        for run in hit
            .fragments
            .iter()
            .flat_map(|placed| &placed.fragment.runs)
        {
            if run.class.is_some() {
                assert_eq!(
                    run.text, "从市级到省级再到国家级的“两年三级跳",
                    "{}",
                    hit.document.path
                );
            }
        }
    }
}

#[test]
fn paragraphs_make_up_the_text() {
    let searcher: &dyn Searcher = &*sample().reader;
    for q in ["", "“产业”", "产业。我", "园区 链长制"] {
        let query = parse(q);
        for hit in ask(searcher, &request(q)).hits {
            let document = searcher
                .document(hit.document.id, Some(&query))
                .expect("was found");
            let texts: Vec<String> = document
                .paragraphs
                .iter()
                .map(|paragraph| paragraph.runs.iter().map(|run| run.text.as_str()).collect())
                .collect();
            assert_eq!(texts.join("\n"), document.text, "{}", hit.document.path);
            let places: Vec<(usize, usize)> =
                document.paragraphs.iter().map(|p| (p.n, p.start)).collect();
            let expected: Vec<(usize, usize)> = paragraphs(&document.text)
                .map(|(n, start, _)| (n, start))
                .collect();
            assert_eq!(places, expected, "{}", hit.document.path);
            assert_eq!(document.summary, hit.document);
            match document.matches {
                None => assert_eq!(q, ""),
                Some(total) => assert_eq!(
                    total.occurrences, hit.occurrences,
                    "{q} in {}",
                    hit.document.path
                ),
            }
        }
    }
}

#[test]
fn a_document_that_does_not_exist_is_named() {
    let archive = meetings();
    let id = DocumentId::of_path("无.txt");
    let error = archive.reader.document(id, None).expect_err("is not there");
    assert_eq!(
        error.to_string(),
        format!("no document has the id or path `{id}`")
    );
    assert_eq!(error.kind(), ErrorKind::Missing);
    assert!(archive.reader.summary(id).is_err());
    let found = archive
        .reader
        .summary(DocumentId::of_path(TALK))
        .expect("is there");
    assert_eq!(
        (found.path.as_str(), found.title.as_str()),
        (TALK, "产业讲话")
    );
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_rest_is_indexed() {
    let files: [(&str, &[u8]); 6] = [
        ("好.txt", "好文\n产业。".as_bytes()),
        ("图.jpg", b"\xFF\xD8\xFF"),
        ("空.txt", b""),
        ("标点.md", "，。\n！".as_bytes()),
        ("坏.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0"),
        ("夹/大.txt", &[b'a'; 101]),
    ];
    let archive = Archive::with(&files, |corpus, _| corpus.max_file_size = 100);
    let mut failed: Vec<(&str, &str, &str)> = archive
        .summary
        .failed
        .iter()
        .map(|failed| {
            (
                failed.path.as_str(),
                failed.code.as_str(),
                failed.detail.as_str(),
            )
        })
        .collect();
    failed.sort_unstable();
    let mut expected = [
        ("图.jpg", "unsupported", "no reader for this kind of file"),
        ("空.txt", "no_text", "the file is empty"),
        (
            "标点.md",
            "no_text",
            "holds no letters, digits or characters",
        ),
        ("坏.txt", "broken", "no text in any known encoding"),
        (
            "夹/大.txt",
            "too_large",
            "larger than max_file_size = 100 bytes",
        ),
    ];
    expected.sort_unstable();
    assert_eq!(failed, expected);
    assert_eq!((archive.summary.scanned, archive.summary.documents), (6, 1));
    check(&*archive.reader, "", &["好.txt"]);
    let failures = archive.reader.stats().expect("can be read").failures;
    assert_eq!(failures.get("no_text"), Some(&2));
}

#[test]
fn the_sample_archive_is_read_whole() {
    let sample = sample();
    assert_eq!(sample.summary.failed, []);
    let stats = sample.reader.stats().expect("can be read");
    assert_eq!(stats.index.documents, sample.summary.scanned);
    assert_eq!(stats.index.generation, sample.reader.generation());
    let listed = ask(&*sample.reader, &request("")).hits;
    assert_eq!(listed.len() as u64, stats.index.documents);
    let (mut n_chars, mut n_paragraphs) = (0, 0);
    for hit in listed {
        let document = sample
            .reader
            .document(hit.document.id, None)
            .expect("was listed");
        n_chars += document.text.chars().count() as u64;
        n_paragraphs += document.paragraphs.len() as u64;
    }
    assert_eq!(
        (stats.characters, stats.paragraphs),
        (n_chars, n_paragraphs)
    );
}

#[test]
fn a_rebuild_is_taken_up_while_old_readers_go_on() {
    let archive = meetings();
    let live = Live::open(archive.index()).expect("can be opened");
    let first = archive.summary.generation.clone();
    assert_eq!(ask(&live, &request("")).index.generation, first);
    assert!(!live.refresh().expect("can be read"), "nothing is new");

    archive.write("2025/新文.txt", "新文件\n产业又来了。");
    fs::remove_file(archive.corpus().join(NOTICE)).expect("can be removed");
    let second = archive.rebuild().generation;
    assert_ne!(second, first);
    check(&live, "产业", &[SPEECH, MINUTES]);
    assert!(live.refresh().expect("can be read"));
    assert!(!live.refresh().expect("can be read"));
    check(&live, "产业", &[SPEECH, MINUTES, "2025/新文.txt"]);
    check(&live, "路灯", &[]);
    assert_eq!(ask(&live, &request("")).index.generation, second);

    let old = &*archive.reader;
    check(old, "产业", &[SPEECH, MINUTES]);
    check(old, "路灯", &[NOTICE]);
    assert_eq!(old.generation(), first);
    let notice = old
        .document(DocumentId::of_path(NOTICE), None)
        .expect("is in the old one");
    assert_eq!(notice.text, "园区通知\n园区的路灯要修。");
}

#[test]
fn without_an_index_nothing_is_ready() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let missing = folder.path().join("index");
    let error = Reader::open(&missing).err().expect("there is none");
    assert_eq!(error.to_string(), "no index is open yet; run `yicha index`");
    let live = Live::open(&missing).expect("may come later");
    let error = live.search(&request("产业")).expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::NotReady);
    assert!(!live.refresh().expect("still none"));
}

/// What an index says to one question: totals and documents.
type Said = (Total, Vec<String>);

fn answers(searcher: &dyn Searcher) -> Vec<Result<Said, Error>> {
    let questions = [
        "“产业”",
        "“园区产业”",
        "title:文件",
        "“产业，园区产业”",
        "“件。产业”",
        "产业 园区",
        "3",
        "“号”",
    ];
    let answer = |q: &&str| -> Result<Said, Error> {
        let asked = Request {
            n_snippets: 0,
            ..request(q)
        };
        let response = searcher.search(&asked)?;
        Ok((response.total, paths(&response)))
    };
    questions.iter().map(answer).collect()
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in WalkDir::new(from) {
        let entry = entry.expect("can be read");
        let target = to.join(entry.path().strip_prefix(from).expect("lies in it"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).expect("can write");
        } else {
            fs::copy(entry.path(), &target).expect("can write");
        }
    }
}

fn files_named(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let files = WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("can be read").into_path());
    files
        .filter(|file| file.extension().is_some_and(|e| e == extension))
        .collect()
}

/// Opens the index with `bytes` in place of one file: errors or the right answers.
fn check_damaged(index: &Path, file: &Path, bytes: &[u8], right: &[Said], what: &str) {
    // A new file: the old one may still be mapped.
    fs::remove_file(file).expect("can be removed");
    fs::write(file, bytes).expect("can write");
    let reader = match Reader::open(index) {
        Ok(reader) => reader,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Internal, "{what}: {error}");
            return;
        }
    };
    for (answer, right) in answers(&reader).into_iter().zip(right) {
        match answer {
            Ok(answer) => assert_eq!(&answer, right, "{what}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Internal, "{what}: {error}"),
        }
    }
}

#[test]
fn a_damaged_exact_index_gives_errors_or_right_answers() {
    let archive = Archive::with(&many(), |_, index| index.threads = 1);
    let right: Result<Vec<Said>, Error> = answers(&*archive.reader).into_iter().collect();
    let right = right.expect("is whole");
    assert!(right.iter().all(|(total, _)| total.documents > 0));
    let folder = tempfile::tempdir().expect("temporary folder");
    let index = folder.path().join("index");
    copy_folder(archive.index(), &index);
    for extension in ["exact", "exacttitle", "exactheadings"] {
        let files = files_named(&index, extension);
        assert!(!files.is_empty(), "no file ends in .{extension}");
        for file in files {
            let whole = fs::read(&file).expect("can be read");
            // Everywhere a little, and the footers closely.
            let step = (whole.len() / 60).max(1);
            let tail = whole.len().saturating_sub(60)..whole.len();
            for (n, at) in (0..whole.len()).step_by(step).chain(tail).enumerate() {
                let bits = if n % 2 == 0 { 0x01 } else { 0xFF };
                let mut damaged = whole.clone();
                damaged[at] ^= bits;
                check_damaged(
                    &index,
                    &file,
                    &damaged,
                    &right,
                    &format!(".{extension}, byte {at} ^ {bits}"),
                );
            }
            for len in [0, 1, whole.len() / 2, whole.len() - 1] {
                check_damaged(
                    &index,
                    &file,
                    &whole[..len],
                    &right,
                    &format!(".{extension}, cut to {len}"),
                );
            }
            check_damaged(&index, &file, &whole, &right, "whole again");
        }
    }
    let reader = Reader::open(&index).expect("is whole again");
    assert!(answers(&reader).into_iter().all(|answer| answer.is_ok()));
}
