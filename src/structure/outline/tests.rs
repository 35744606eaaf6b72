//! Many short documents and their outlines: what nests in what, and which text is the heading.
//!
//! In the documents a line is a paragraph; `2# ` before it gives it a style of level 2. In the
//! outlines a line is a heading, indented by its level, with its paragraph; `~` marks headings
//! inside paragraphs.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn paragraphs(text: &str) -> Vec<(&str, Option<u8>)> {
    text.lines()
        .map(|line| match line.split_once("# ") {
            Some((level, text)) if level.len() == 1 => (text, level.parse().ok()),
            _ => (line, None),
        })
        .collect()
}

fn slice(text: &str, heading: Heading) -> String {
    let n_chars = heading.end - heading.start;
    text.chars().skip(heading.start).take(n_chars).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "expect! makes a value")]
pub(super) fn check(text: &str, expected: Expect) {
    let paragraphs = paragraphs(text);
    let mut found = String::new();
    for heading in outline(paragraphs.iter().copied()) {
        let text = paragraphs[heading.paragraph - 1].0;
        let indent = "  ".repeat(usize::from(heading.level) - 1);
        let inline = if heading.inline { "~" } else { "" };
        let name = slice(text, heading);
        let n = heading.paragraph;
        found.extend([&indent, &n.to_string(), inline, " ", &name, "\n"]);
    }
    expected.assert_eq(&found);
}

#[test]
fn official_numbering_nests() {
    check(
        "一、总体要求\n正文。\n（一）指导思想\n1. 稳字当头\n（1）先立后破\n①先试点\n②再推开\n（2）以进促稳\n2. 实字为先\n（二）基本原则\n二、重点任务\n（一）修渠",
        expect![[r"
            1 一、总体要求
              3 （一）指导思想
                4 1. 稳字当头
                  5 （1）先立后破
                    6 ①先试点
                    7 ②再推开
                  8 （2）以进促稳
                9 2. 实字为先
              10 （二）基本原则
            11 二、重点任务
              12 （一）修渠
        "]],
    );
}

#[test]
fn speech_inside_a_paragraph_nests_below_its_paragraph() {
    check(
        "各位同志：\n第一，认清形势，把准方向。上半年开局平稳。\n第二，突出重点，攻坚克难。下面讲三点。一是把渠修通。先修主渠，再修支渠。二是把账算清。三是把人用好。能者上。\n第三，转变作风。",
        expect![[r"
            2 第一，认清形势，把准方向
            3 第二，突出重点，攻坚克难
              3~ 一是把渠修通
              3~ 二是把账算清
              3~ 三是把人用好
            4 第三，转变作风
        "]],
    );
}

#[test]
fn a_series_may_begin_inside_a_paragraph_and_go_on_in_others() {
    check(
        "一、抓落实\n要做三件事。一是定人。张榜公布。\n二是定时。\n三是定责。\n二、抓督查\n二是没有前文的。",
        expect![[r"
            1 一、抓落实
              2~ 一是定人
              3 二是定时
              4 三是定责
            5 二、抓督查
        "]],
    );
}

#[test]
fn a_heading_of_the_same_kind_closes_those_below() {
    check(
        "第一，种树。一是选苗。二是浇水。第二，修路。一是勘察。二是施工。",
        expect![[r"
            1 第一，种树
              1~ 一是选苗
              1~ 二是浇水
            1~ 第二，修路
              1~ 一是勘察
              1~ 二是施工
        "]],
    );
}

#[test]
fn series_inside_paragraphs_end_with_them() {
    check(
        "一、上半年\n先说成绩。一是收成好。二是路通了。\n再说不足：其一，缺水；其二，缺人。\n第一，想办法。\n第二，找出路。",
        expect![[r"
            1 一、上半年
              2~ 一是收成好
              2~ 二是路通了
              3~ 其一，缺水
              3~ 其二，缺人
              4 第一，想办法
              5 第二，找出路
        "]],
    );
}

#[test]
fn the_order_of_kinds_is_the_documents() {
    // Bracketed numbers above plain ones, as the series shows.
    check(
        "（一）形势\n（二）方针\n一、抓农业\n二、抓工业\n（三）前景",
        expect![[r"
            1 （一）形势
            2 （二）方针
              3 一、抓农业
              4 二、抓工业
            5 （三）前景
        "]],
    );
    check(
        "（一）形势\n第一、抓农业\n一、抓粮\n二、抓棉\n第二、抓工业\n（二）前景\n一、今年\n二、明年",
        expect![[r"
            1 （一）形势
              2 第一、抓农业
                3 一、抓粮
                4 二、抓棉
              5 第二、抓工业
            6 （二）前景
            7 一、今年
            8 二、明年
        "]],
    );
    check(
        "一、水\n（一）河\n一、清淤\n二、护岸\n（二）湖\n二、电\n（一）网",
        expect![[r"
            1 一、水
              2 （一）河
                3 一、清淤
                4 二、护岸
              5 （二）湖
            6 二、电
              7 （一）网
        "]],
    );
    // The usual order where the document does not show another.
    check(
        "（一）前言\n一、形势\n（一）国内\n二、任务",
        expect![[r"
            1 （一）前言
            2 一、形势
              3 （一）国内
            4 二、任务
        "]],
    );
    check(
        "第一，讲认识\n（一）认识要高\n（二）认识要深\n第二，讲行动",
        expect![[r"
            1 第一，讲认识
              2 （一）认识要高
              3 （二）认识要深
            4 第二，讲行动
        "]],
    );
}

#[test]
fn an_inline_series_stands_below_its_paragraph() {
    check(
        "二、降本增效。要求是：一、省电；二、省水。\n三、开源节流",
        expect![[r"
            1 二、降本增效
              1~ 一、省电
              1~ 二、省水
            2 三、开源节流
        "]],
    );
    check(
        "（一）整改。\n要办两件事：1. 查管网。2. 换阀门。\n（二）验收。",
        expect![[r"
            1 （一）整改
              2~ 1. 查管网
              2~ 2. 换阀门
            3 （二）验收
        "]],
    );
}

#[test]
fn a_document_in_one_paragraph_keeps_the_usual_order() {
    check(
        "各位代表：（一）修渠。（二）打井。一、下一步。（一）架线。（二）种树。二、结语。",
        expect![[r"
            1~ （一）修渠
            1~ （二）打井
            1~ 一、下一步
              1~ （一）架线
              1~ （二）种树
            1~ 二、结语
        "]],
    );
}

#[test]
fn the_first_sentence_is_the_heading_where_text_follows() {
    check(
        "（一）坚持创新驱动。去年建成两个平台。\n（二）钱从哪里来？靠自己。\n（三）责任分工：各县负责。年底检查。\n（四）推进“放管服。改革”落地。成效明显。",
        expect![[r"
            1 （一）坚持创新驱动
            2 （二）钱从哪里来？
            3 （三）责任分工
            4 （四）推进“放管服。改革”落地
        "]],
    );
}

#[test]
fn of_a_long_sentence_the_first_clause_is_the_heading() {
    check(
        "一是水塘多，村前村后、山上山下、路边田边到处都有，养鱼浇地洗衣都靠它们；二是底子好。",
        expect![[r"
            1 一是水塘多
            1~ 二是底子好
        "]],
    );
    check(
        "（一）共收到１２，３４５元和其他各种各样数也数不过来的捐款以及来自四面八方的许许多多说也说不完的实物和各式各样的礼品，请大家查收。",
        expect![[r"
            1 （一）共收到１２，３４５元和其他各种各样数也数不过来的捐款以及来自四面八方的许许多多说也说不完的实物和各式各样的礼品
        "]],
    );
}

#[test]
fn a_line_without_stops_is_a_heading_whole() {
    check(
        "一、以新气象、新担当、新作为，奋力开创全县水利事业高质量发展新局面，为建设幸福河湖贡献力量\n　　二、抓好落实。  ",
        expect![[r"
            1 一、以新气象、新担当、新作为，奋力开创全县水利事业高质量发展新局面，为建设幸福河湖贡献力量
            2 二、抓好落实
        "]],
    );
}

#[test]
fn styles_are_headings_and_stand_above_numbering() {
    check(
        "0# 关于修渠的报告\n1# 基本情况\n一、水量\n二、水质\n2# 支渠\n1# 打算\n一、清淤\n1# \n3# 结语",
        expect![[r"
            2 基本情况
              3 一、水量
              4 二、水质
              5 支渠
            6 打算
              7 一、清淤
              9 结语
        "]],
    );
}

#[test]
fn plain_numbering_takes_the_place_of_styled_numbering() {
    check(
        "1# 一、水\n2# （一）河\n（二）湖\n二、电\n2# （一）网",
        expect![[r"
            1 一、水
              2 （一）河
              3 （二）湖
            4 二、电
              5 （一）网
        "]],
    );
}

#[test]
fn a_title_is_no_heading_and_begins_anew() {
    check(
        "0# 一、这是标题\n一、水\n二、电\n0# 附件标题\n（一）表",
        expect![[r"
            2 一、水
            3 二、电
            5 （一）表
        "]],
    );
    check("0# 标题里说：一是甲。二是乙。", expect![""]);
}

#[test]
fn long_styled_paragraphs_give_their_first_sentence() {
    let text = format!(
        "1# 修渠要早。{}一是早备料。二是早开工。",
        "水利是农业的命脉。".repeat(12)
    );
    check(
        &text,
        expect![[r"
            1 修渠要早
              1~ 一是早备料
              1~ 二是早开工
        "]],
    );
}

#[test]
fn offsets_count_characters() {
    let found = outline([("　　🌾一、水", None), ("　　一、𠮷祥水", None)]);
    let [heading] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!((heading.paragraph, heading.start, heading.end), (2, 2, 7));
}

#[test]
fn labels_of_speech_end_at_the_first_clause() {
    assert_eq!(
        label("第一，一条渠修到底，年年有水用"),
        "第一，一条渠修到底"
    );
    assert_eq!(label("三是快，一天一报"), "三是快，一天一报");
    assert_eq!(
        label("（一）修渠打井，年年有水"),
        "（一）修渠打井，年年有水"
    );
    assert_eq!(label(""), "");
}

#[test]
fn long_paragraphs_take_linear_time() {
    let marks = [
        "一是。",
        "一是甲。二是乙。",
        "第一，",
        "（（（一是甲。",
        "目录\n",
        "1.1.1.",
    ];
    for mark in marks {
        let text = mark.repeat(400_000 / mark.chars().count());
        // Quadratic time would take minutes.
        let _ = outline(text.lines().map(|line| (line, None)));
    }
}

fn document() -> impl Strategy<Value = Vec<(String, Option<u8>)>> {
    let piece = prop::sample::select(vec![
        "一是",
        "二是",
        "三是",
        "第一，",
        "第二，",
        "首先，",
        "其次，",
        "最后，",
        "其一，",
        "其二，",
        "一、",
        "二、",
        "三、",
        "（一）",
        "（二）",
        "（三）",
        "1.",
        "2、",
        "1.1",
        "1.2",
        "（1）",
        "①",
        "②",
        "第一章 ",
        "第一条 ",
        "第二条",
        "目录",
        "。",
        "；",
        "：",
        "，",
        "“",
        "”",
        "（",
        "）",
        "\t",
        "　",
        "…3",
        "𠮷",
        "水",
        "修渠打井",
        "\u{feff}",
        "十",
        "百",
        "〇",
        "99999999999",
    ]);
    let text = prop_oneof![
        4 => prop::collection::vec(piece, 0..24).prop_map(|p| p.concat()),
        1 => any::<String>(),
    ];
    let style = prop_oneof![5 => Just(None), 1 => prop::option::of(0_u8..=255)];
    prop::collection::vec((text, style), 0..24)
}

proptest! {
    #[test]
    fn headings_are_ordered_slices_with_dense_levels(document in document()) {
        let found = outline(document.iter().map(|(text, style)| (text.as_str(), *style)));
        let mut behind = (1, 0);
        let mut level = 0;
        for heading in &found {
            let text = &document[heading.paragraph - 1].0;
            prop_assert!(heading.start < heading.end);
            prop_assert!(heading.end <= text.chars().count());
            prop_assert!((heading.paragraph, heading.start) >= behind);
            prop_assert!(heading.level >= 1 && heading.level <= level + 1);
            let name = slice(text, *heading);
            prop_assert_eq!(name.trim(), name.as_str());
            prop_assert!(name.starts_with(label(&name)));
            behind = (heading.paragraph, heading.end);
            level = heading.level;
        }
    }
}
