//! The parser by examples, and what holds for any text.

use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn parsed(text: &str) -> Query {
    parse(text, Limits::default()).expect("is short")
}

#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
fn check(text: &str, expect: Expect) {
    let query = parsed(text);
    let mut shown = query
        .root
        .map_or("everything".to_owned(), |root| root.understood());
    for repair in query.repairs {
        let parts = [
            repair.at.to_string(),
            repair.code.name().to_owned(),
            repair.text,
        ];
        shown = shown + " [" + &parts.join(" ") + "]";
    }
    expect.assert_eq(&shown);
}

#[test]
fn keywords_are_joined_by_and() {
    check("产业 园区", expect!["and(keyword(产业), keyword(园区))"]);
    check(
        "　产业　园区 ",
        expect!["and(keyword(产业), keyword(园区))"],
    );
    check(
        "产业 AND 园区",
        expect!["and(keyword(产业), keyword(园区))"],
    );
    check("新型工业化", expect!["keyword(新型工业化)"]);
    check("", expect!["everything"]);
}

#[test]
fn quoted_text_is_a_phrase() {
    check(r#""现代化产业体系""#, expect!["phrase(现代化产业体系)"]);
    check("“两年 三级跳”", expect!["phrase(两年 三级跳)"]);
    check(
        "「產業」『園區』",
        expect!["and(phrase(產業), phrase(園區))"],
    );
    check(
        "出台“科创十条”",
        expect!["and(keyword(出台), phrase(科创十条))"],
    );
    check("”两年三级跳”", expect!["phrase(两年三级跳)"]);
    check(r#""他说“好”""#, expect!["phrase(他说“好”)"]);
    check(r#""a | b -c (d)""#, expect!["phrase(a | b -c (d))"]);
}

#[test]
fn alternatives_bind_weaker_than_and() {
    check("产业 | 园区", expect!["or(keyword(产业), keyword(园区))"]);
    check(
        "产业|园区 OR 集群",
        expect!["or(keyword(产业), keyword(园区), keyword(集群))"],
    );
    check(
        "a b | c d",
        expect!["or(and(keyword(a), keyword(b)), and(keyword(c), keyword(d)))"],
    );
    check(
        "a (b | c)",
        expect!["and(keyword(a), or(keyword(b), keyword(c)))"],
    );
}

#[test]
fn minus_and_not_exclude() {
    check(
        "产业 -房地产",
        expect!["and(keyword(产业), not(keyword(房地产)))"],
    );
    check("NOT “房地产”", expect!["not(phrase(房地产))"]);
    check("-(a | b)", expect!["not(or(keyword(a), keyword(b)))"]);
    check(
        "COVID-19 疫情",
        expect!["and(keyword(COVID-19), keyword(疫情))"],
    );
}

#[test]
fn fields_hold_for_what_follows() {
    check("title:总结", expect!["title:keyword(总结)"]);
    check(
        "title：“工作总结” x",
        expect!["and(title:phrase(工作总结), keyword(x))"],
    );
    check(
        "title:(a | -b)",
        expect!["or(title:keyword(a), not(title:keyword(b)))"],
    );
    check("path:2023/七月/", expect!["path(2023/七月)"]);
    check("path:\"2023/七月 会议\"", expect!["path(2023/七月 会议)"]);
    check("标题:总结", expect!["keyword(标题:总结)"]);
    check(
        "title: 总结",
        expect!["and(keyword(title:), keyword(总结))"],
    );
}

#[test]
fn conditions_ask_of_the_document() {
    check("type:讲话 园区", expect!["and(type(讲话), keyword(园区))"]);
    check("-speaker:“王 五”", expect!["not(speaker(王 五))"]);
    check(
        "meeting:全会 | region:\"某市\"",
        expect!["or(meeting(全会), region(某市))"],
    );
    check("year:2023", expect!["year(2023)"]);
    check("year:2021..2023", expect!["year(2021..2023)"]);
    check(
        "year:..2023 date:2023-07..",
        expect!["and(year(..2023), date(2023-07..))"],
    );
    check(
        "date:2023-07..2023-09-30",
        expect!["date(2023-07..2023-09-30)"],
    );
    check(
        "heading:(园区 | “产业”)",
        expect!["or(heading:keyword(园区), heading:phrase(产业))"],
    );
    check("year:去年", expect!["keyword(year:去年) [5 no_date 去年]"]);
    check(
        "date:2023-13",
        expect!["keyword(date:2023-13) [5 no_date 2023-13]"],
    );
    check("year:..", expect!["keyword(year:..) [5 no_date ..]"]);
    check(
        "year:2023-01",
        expect!["keyword(year:2023-01) [5 no_date 2023-01]"],
    );
}

#[test]
fn operators_and_dates_may_be_typed_in_full_width() {
    check(
        "year:２０２１．．２０２３ 产业 ＯＲ －园区",
        expect!["or(and(year(2021..2023), keyword(产业)), not(keyword(园区)))"],
    );
    check(
        "产业 ＮＥＡＲ／１０ 园区",
        expect!["near/10(keyword(产业), keyword(园区))"],
    );
    check("date:２０２３－０７", expect!["date(2023-07)"]);
    check(
        "产业 NEAR／０ 园区",
        expect!["and(keyword(产业), keyword(NEAR／０), keyword(园区)) [3 no_distance NEAR／０]"],
    );
}

#[test]
fn nearness_joins_what_has_places() {
    check(
        "产业 NEAR/10 园区",
        expect!["near/10(keyword(产业), keyword(园区))"],
    );
    check(
        "“a b” NEAR/3 (c | d) e",
        expect!["and(near/3(phrase(a b), or(keyword(c), keyword(d))), keyword(e))"],
    );
    check(
        "a NEAR/2 b NEAR/4 c",
        expect!["near/4(near/2(keyword(a), keyword(b)), keyword(c))"],
    );
    check(
        "-(a NEAR/2 b)",
        expect!["not(near/2(keyword(a), keyword(b)))"],
    );
    check(
        "a NEAR/2 (b c)",
        expect!["and(keyword(a), keyword(b), keyword(c)) [2 stray_operator NEAR/2]"],
    );
    check(
        "-a NEAR/2 b",
        expect!["and(not(keyword(a)), keyword(b)) [3 stray_operator NEAR/2]"],
    );
    check(
        "title:a NEAR/2 b",
        expect!["and(title:keyword(a), keyword(b)) [8 stray_operator NEAR/2]"],
    );
    check(
        "title:(a NEAR/2 b)",
        expect!["near/2(title:keyword(a), title:keyword(b))"],
    );
    check(
        "a NEAR/2",
        expect!["and(keyword(a), keyword(NEAR/2)) [2 stray_operator NEAR/2]"],
    );
    check(
        "a NEAR/0 b",
        expect!["and(keyword(a), keyword(NEAR/0), keyword(b)) [2 no_distance NEAR/0]"],
    );
    check(
        "a NEAR/1001 b NEAR c",
        expect![
            "and(keyword(a), keyword(NEAR/1001), keyword(b), keyword(NEAR), keyword(c)) [2 no_distance NEAR/1001] [14 no_distance NEAR]"
        ],
    );
    check(
        "\"NEAR\" NEARBY",
        expect!["and(phrase(NEAR), keyword(NEARBY))"],
    );
    // As deep as the limits allow: every level was read twice, so that this would never have ended.
    let mut deep = "a".to_owned();
    for _ in 0..31 {
        deep = format!("(({deep} | b) NEAR/9 c)");
    }
    let query = parse(&deep, Limits::default()).expect("is short");
    assert!(query.root.is_some_and(|root| root.has_near()));
    check(
        "a near/2 b",
        expect!["and(keyword(a), keyword(near/2), keyword(b))"],
    );
}

#[test]
fn nothing_typed_is_an_error() {
    check(
        "“两年三级跳",
        expect!["phrase(两年三级跳) [0 unclosed_quote “]"],
    );
    check(
        "a (b",
        expect!["and(keyword(a), keyword(（b)) [2 stray_bracket (]"],
    );
    check(
        "产业)园区",
        expect!["keyword(产业）园区) [2 stray_bracket )]"],
    );
    check(
        "OR 园区",
        expect!["and(keyword(OR), keyword(园区)) [0 stray_operator OR]"],
    );
    check(
        "产业 OR",
        expect!["and(keyword(产业), keyword(OR)) [3 stray_operator OR]"],
    );
    check("产业 |", expect!["keyword(产业) [3 stray_operator |]"]);
    check("NOT", expect!["keyword(NOT) [0 stray_operator NOT]"]);
    check("- 产业", expect!["keyword(产业) [0 nothing_to_find -]"]);
    check(
        "， “。” 产业",
        expect!["keyword(产业) [0 nothing_to_find ，] [2 nothing_to_find “。”]"],
    );
    check("()", expect!["everything [0 nothing_to_find (]"]);
    check("path:(a)", expect!["keyword(a) [0 nothing_to_find path:]"]);
    check("path:/", expect!["everything [5 nothing_to_find /]"]);
}

#[test]
fn long_queries_are_refused() {
    let long = "产".repeat(1001);
    let error = parse(&long, Limits::default()).expect_err("is too long");
    assert_eq!(
        error,
        QueryTooLong::Chars {
            got: 1001,
            most: 1000
        }
    );
    let many = "产 ".repeat(65);
    let error = parse(&many, Limits::default()).expect_err("has too many");
    assert_eq!(error, QueryTooLong::Leaves { got: 65, most: 64 });
    assert!(parse(&"(".repeat(1000), Limits::default()).is_ok());
    assert!(parse(&("(".repeat(500) + &")".repeat(500)), Limits::default()).is_ok());
}

fn any_query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[产业园区ab]{1,3}",
        2 => "[ 　]",
        3 => "[()|\"“”「」『』＂\\-－｜:：/]",
        1 => "(AND|OR|NOT|NEAR/3| NEAR/12 |title:|path:|title：|heading:|type:|speaker:|region：)",
        1 => "(year|date):(2023|2021\\.\\.2023-0[0-3]|\\.\\.|2023-07\\.\\.)",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn parsing_never_panics_and_printing_round_trips(text in any_query()) {
        if let Ok(query) = parse(&text, Limits::default()) {
            let printed = query.root.as_ref().map(ToString::to_string).unwrap_or_default();
            let again = parse(&printed, Limits { chars: 100_000, leaves: 1000 });
            prop_assert_eq!(again.expect("limits are wide").root, query.root, "{}", printed);
        }
    }
}
