//! What goes on from something typed, and what is said where nothing was found.

use std::fs;
use std::path::PathBuf;

use yicha::index::{Generations, Reader};
use yicha::query::{self, Limits};
use yicha::search::{
    Facet, Filters, Hint, Request, Scope, Searcher, Suggestion, SuggestionKind, TermCount,
};

use crate::archive::Archive;

/// Names and words that no list has.
fn archive() -> Archive {
    Archive::of(&[
        (
            "a.txt",
            "在藕香镇第三次灯会上的讲话\n\n一、做好银丝竹编工艺\n\n要把银丝竹编工艺传下去，银丝竹编工艺是根。重庆来的客人看了灯会。\n",
        ),
        (
            "b.txt",
            "藕香镇灯会筹备方案\n\n一、做好银丝竹编工艺\n\n今年灯会展出银丝竹编工艺，新质生产力也要讲。\n",
        ),
        (
            "c.txt",
            "關於發展新質生產力的意見\n\n藕香鎮要發展新質生產力。客人從重庆來。\n",
        ),
        (
            "d.txt",
            "湖边灯会散记\n\n重庆的客人说，新质生产力在湖边。\n",
        ),
    ])
}

fn suggested(archive: &Archive, typed: &str) -> Vec<Suggestion> {
    archive.reader.suggest(typed, 10).expect("can be asked")
}

fn texts(archive: &Archive, typed: &str) -> Vec<String> {
    let suggested = suggested(archive, typed).into_iter();
    suggested.map(|suggestion| suggestion.text).collect()
}

/// The characters of a suggestion that were typed.
fn matched(suggestion: &Suggestion) -> String {
    let chars: Vec<char> = suggestion.text.chars().collect();
    let ranges = suggestion.matched.iter().cloned();
    ranges.flat_map(|range| chars[range].to_vec()).collect()
}

fn check(typed: &str, text: &str, part: &str) {
    let archive = archive();
    let suggested = suggested(&archive, typed);
    let found = suggested.iter().find(|suggestion| suggestion.text == text);
    let found = found.unwrap_or_else(|| panic!("{typed}: {suggested:?}"));
    assert_eq!(matched(found), part, "{typed}");
}

#[test]
fn titles_headings_and_phrases_go_on_from_characters() {
    check("藕香镇灯", "藕香镇灯会筹备方案", "藕香镇灯");
    check("银丝", "银丝竹编工艺", "银丝");
    check("做好银", "做好银丝竹编工艺", "做好银");
}

#[test]
fn they_go_on_from_pinyin_and_initials() {
    check("xzscl", "新质生产力", "新质生产力");
    check("xinzhi", "新质生产力", "新质");
    check("xinzhish", "新质生产力", "新质生");
    check("XIN'ZHI", "新质生产力", "新质");
    check("新zhi", "新质生产力", "新质");
    check("新zscl", "新质生产力", "新质生产力");
    check("yszb", "银丝竹编工艺", "银丝竹编");
}

#[test]
fn characters_of_several_readings_are_found_by_each() {
    check("chongqing", "重庆", "重庆");
    check("zhongqing", "重庆", "重庆");
    check("cq", "重庆", "重庆");
}

#[test]
fn a_reading_may_be_typed_whole_however_long_it_is() {
    let title = "关于做好今年银丝竹编灯会筹备和演出工作的意见";
    let archive = Archive::of(&[("a.txt", format!("{title}\n请照办。\n"))]);
    for (typed, part) in [
        (
            "guanyuzuohaojinnianyinsizhubiandenghui",
            "关于做好今年银丝竹编灯会",
        ),
        (
            "guanyuzuohaojinnianyinsizhubiandenghuichoubei",
            "关于做好今年银丝竹编灯会筹备",
        ),
        ("gyzhjnyszbdhcb", "关于做好今年银丝竹编灯会筹备"),
        ("gyzhjnyszbdhcbhycgzdyj", title),
    ] {
        let suggested = suggested(&archive, typed);
        assert_eq!(
            suggested.first().map(matched).as_deref(),
            Some(part),
            "{typed}"
        );
    }
    assert_eq!(
        texts(&archive, "guanyuzuohaojinnianyinsizhubiandenghuixx"),
        [""; 0]
    );
    assert_eq!(texts(&archive, "gyzhjnyszbdhcx"), [""; 0]);
}

#[test]
fn digits_may_stand_among_the_characters_before_pinyin() {
    let archive = Archive::of(&[("a.txt", "7月工作安排\n抓紧。\n")]);
    assert_eq!(texts(&archive, "7月gong"), ["7月工作安排"]);
    assert_eq!(texts(&archive, "7月gzap"), ["7月工作安排"]);
}

#[test]
fn of_several_writings_the_one_without_stray_signs_is_shown() {
    let archive = Archive::of(&[
        ("a.txt", "]藕香快讯\n灯亮了。\n"),
        ("b.txt", "藕香快讯\n桥通了。\n"),
        ("c.txt", "藕香 快讯\n花开了。\n"),
    ]);
    let suggested = suggested(&archive, "藕香快");
    let found = &suggested[0];
    assert_eq!((found.text.as_str(), found.documents), ("藕香快讯", 3));
}

#[test]
fn traditional_and_simplified_are_one() {
    check("关于发展", "關於發展新質生產力的意見", "關於發展");
    check("關於發展", "關於發展新質生產力的意見", "關於發展");
    // Three writings of a phrase are one suggestion.
    let all = texts(&archive(), "新质生产");
    assert_eq!(
        all.iter().filter(|text| text.chars().count() == 5).count(),
        1,
        "{all:?}"
    );
}

#[test]
fn what_begins_with_it_comes_before_what_has_it_inside() {
    let all = texts(&archive(), "灯会");
    assert_eq!(all.first().map(String::as_str), Some("灯会"), "{all:?}");
    assert!(all.contains(&"藕香镇灯会筹备方案".to_owned()), "{all:?}");
}

#[test]
fn a_phrase_tells_how_many_documents_hold_it() {
    let archive = archive();
    let suggested = suggested(&archive, "新质生产力");
    assert_eq!(
        (suggested[0].kind, suggested[0].documents),
        (SuggestionKind::Phrase, 3),
        "{suggested:?}"
    );
}

#[test]
fn nothing_typed_and_nothing_that_goes_on_is_no_error() {
    let archive = archive();
    for typed in ["", "。", "zzzzqq", "飓风", "*", &"长".repeat(900)] {
        assert_eq!(suggested(&archive, typed), [], "{typed}");
    }
}

#[test]
fn there_are_no_more_than_asked_for() {
    let archive = archive();
    for limit in [0, 1, 3] {
        let n = archive
            .reader
            .suggest("z", limit)
            .expect("can be asked")
            .len();
        assert!(n <= limit);
    }
}

fn file_of(archive: &Archive) -> PathBuf {
    let generations = Generations::new(archive.index());
    let current = generations.current().expect("readable").expect("is built");
    generations.folder(&current).join("suggestions")
}

#[test]
fn a_damaged_file_harms_no_search() {
    let archive = archive();
    let file = file_of(&archive);
    let whole = fs::read(&file).expect("was written");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    let damaged = [
        Vec::new(),
        whole[..whole.len() - 3].to_vec(),
        flipped,
        b"YCSUGG\0\n".to_vec(),
    ];
    for bytes in damaged {
        fs::remove_file(&file).expect("is there");
        fs::write(&file, bytes).expect("can write");
        let reader = Reader::open(archive.index()).expect("can be opened");
        assert_eq!(reader.suggest("灯会", 10).expect("can be asked"), []);
        let found = reader.search(&request("灯会")).expect("can be searched");
        assert_eq!(found.total.documents, 3);
        let hint = reader
            .search(&request("\"飓风\""))
            .expect("can be searched")
            .hint;
        assert_eq!(hint, Some(Hint::default()));
    }
    fs::remove_file(&file).expect("is there");
    let reader = Reader::open(archive.index()).expect("can be opened");
    assert_eq!(reader.suggest("灯会", 10).expect("can be asked"), []);
}

#[test]
fn the_same_archive_has_the_same_suggestions() {
    let archive = archive();
    let first = fs::read(file_of(&archive)).expect("was written");
    archive.rebuild();
    assert!(first == fs::read(file_of(&archive)).expect("was written"));
}

fn request(q: &str) -> Request {
    Request {
        query: query::parse(q, Limits::default()).expect("is short"),
        ..Request::default()
    }
}

fn hint(archive: &Archive, request: &Request) -> Option<Hint> {
    archive
        .reader
        .search(request)
        .expect("can be searched")
        .hint
}

fn counts(list: &[TermCount]) -> Vec<(&str, u64)> {
    list.iter()
        .map(|count| (count.term.as_str(), count.documents))
        .collect()
}

#[test]
fn what_is_found_needs_no_hint() {
    assert_eq!(hint(&archive(), &request("新质生产力")), None);
    assert_eq!(hint(&archive(), &request("")), None);
    // Its words are found, and nothing else was meant.
    assert_eq!(hint(&archive(), &request("湖边新质")), None);
}

#[test]
fn the_longest_part_that_is_found_is_told() {
    let archive = archive();
    for (q, longest) in [
        ("\"银丝竹编机器\"", Some("银丝竹编")),
        ("\"飓风银丝竹\"", Some("银丝竹")),
        ("\"飓风\" | \"湖边冰\"", Some("湖边")),
        ("\"飓飙\"", None),
    ] {
        let hint = hint(&archive, &request(q)).expect("nothing is found");
        assert_eq!(hint.longest_found.as_deref(), longest, "{q}");
    }
}

#[test]
fn the_longest_part_is_told_in_other_notations_under_masks_and_with_openings() {
    let text = "题目\n召开五个现场会议。以竹编作为产业，四*省竹编。\n";
    let archive = Archive::of(&[("一.txt", text)]);
    for (q, longest) in [
        ("\"召开5个现场飓风\"", Some("召开5个现场")),
        // Of what is found its parts need not be: neither 5 nor 四川.
        ("\"飓5个现场\"", Some("5个现场")),
        ("\"飓四川省\"", Some("四川省")),
        ("\"以…作为…飓风\"", Some("以…作为")),
        ("\"飓风*以*作为\"", Some("以*作为")),
        ("\"飓风…飙车\"", None),
    ] {
        let hint = hint(&archive, &request(q)).expect("nothing is found");
        assert_eq!(hint.longest_found.as_deref(), longest, "{q}");
    }
}

#[test]
fn what_leaving_out_a_term_would_bring_is_told() {
    let hint = hint(&archive(), &request("\"湖边\" \"竹编\"")).expect("nothing is found");
    assert_eq!(counts(&hint.without), [("\"湖边\"", 2), ("\"竹编\"", 1)]);
    assert_eq!(hint.without_filters, None);
}

#[test]
fn terms_are_left_out_in_the_scope_that_was_asked_for() {
    let request = Request {
        scope: Scope::Sentence,
        ..request("\"展出\" \"讲话\" \"灯会\"")
    };
    let hint = hint(&archive(), &request).expect("nothing is found");
    assert_eq!(
        counts(&hint.without),
        [("\"展出\"", 1), ("\"讲话\"", 1), ("\"灯会\"", 0)]
    );
}

#[test]
fn filters_that_keep_everything_away_are_told() {
    let filters = Filters {
        values: vec![(Facet::Format, vec!["pdf".to_owned()])],
        ..Filters::default()
    };
    let hint = hint(
        &archive(),
        &Request {
            filters,
            ..request("\"灯会\"")
        },
    );
    assert_eq!(hint.expect("nothing is found").without_filters, Some(3));
}

#[test]
fn a_spelling_by_sound_or_shape_is_offered_if_it_is_found() {
    let archive = archive();
    for (q, meant) in [
        ("\"新质生产利\"", vec![("\"新质生产力\"", 3)]),
        ("新质生产利", vec![("新质生产力", 3)]),
        ("\"发展新质生产利\"", vec![("\"发展新质生产力\"", 1)]),
        ("\"银斯竹编工艺\"", vec![("\"银丝竹编工艺\"", 2)]),
        ("\"银丝竹蝙工艺\"", vec![("\"银丝竹编工艺\"", 2)]),
        ("\"银丝竹鳊工义\"", vec![("\"银丝竹编工艺\"", 2)]),
        ("\"飓风飙车\"", vec![]),
    ] {
        let hint = hint(&archive, &request(q)).expect("nothing is found");
        assert_eq!(counts(&hint.did_you_mean), meant, "{q}");
    }
}

#[test]
fn a_keyword_of_which_only_words_are_found_may_be_one_of_several() {
    let archive = archive();
    let hint = |q: &str| hint(&archive, &request(q));
    // 银丝, 根, 编 and 工艺 stand in one document, here and there.
    let of_two = hint("灯会 银丝根编工艺");
    let of_two = of_two.expect("another spelling finds the whole");
    assert_eq!(counts(&of_two.did_you_mean), [("灯会 银丝竹编工艺", 2)]);
    assert_eq!(hint("灯会 银丝竹编工艺"), None);
}

#[test]
fn only_the_misspelt_term_is_spelt_anew() {
    let hint = hint(&archive(), &request("\"灯会\" \"新质生产利\"")).expect("nothing is found");
    assert_eq!(counts(&hint.did_you_mean), [("\"灯会\" \"新质生产力\"", 2)]);
}
