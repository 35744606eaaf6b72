//! The title of a document: its first lines where they are one, also when it was broken over
//! several lines; else the name of its file.

use super::head::{is_contents, is_salutation, starts_enumeration};
use super::kind::kind_name;
use super::letterhead::{self, MAX_LINES as MAX_LETTERHEAD};
use super::line::{Line, folded, is_dash, is_short};
use super::meeting::is_meeting;
use super::names::ends_with_office;
use super::{date, speaker};
use crate::analysis::fold::is_han;
use crate::extract::Properties;

/// Longest first line that is taken for a title, in characters.
const MAX_CHARS: usize = 60;
/// Longest title of several lines.
const MAX_JOINED: usize = 120;
/// Most lines of a title.
const MAX_LINES: usize = 3;
/// Longest line that goes on with a title.
const MAX_CONTINUED: usize = 40;

/// A title and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// The title, on one line.
    pub text: String,
    /// The paragraphs it takes; empty where it does not stand in the text. It begins at 0 unless a
    /// letterhead (`…文件`, the document's number) stands above it.
    pub paragraphs: std::ops::Range<usize>,
    /// Where it was read: `正文：第1段`, `文件名` or `属性`.
    pub from: String,
}

/// Finds the title of a document.
///
/// `paragraphs` are its first ones (a dozen is enough) with the levels that their styles give, 0 for
/// the style of the title; `file_stem` is the name of the file without its ending.
pub fn title_of(
    paragraphs: &[(&str, Option<u8>)],
    properties: &Properties,
    file_stem: &str,
) -> Title {
    let found = labelled(paragraphs)
        .or_else(|| styled(paragraphs))
        .or_else(|| first_lines(paragraphs));
    if let Some(title) = found {
        return title;
    }
    let telling = |text: &str| text.chars().filter(|c| is_han(*c)).count() >= 2;
    let property = properties.title.as_deref().map(str::trim);
    match property.filter(|t| !telling(file_stem) && looks_like_title(t) && telling(t)) {
        Some(property) => Title {
            text: property.to_owned(),
            paragraphs: 0..0,
            from: "属性".into(),
        },
        None => Title {
            text: file_stem.to_owned(),
            paragraphs: 0..0,
            from: "文件名".into(),
        },
    }
}

fn in_text(text: String, start: usize, n_lines: usize) -> Title {
    let end = start + n_lines;
    let from = if n_lines == 1 {
        format!("正文：第{end}段")
    } else {
        format!("正文：第{}至{end}段", start + 1)
    };
    Title {
        text,
        paragraphs: start..end,
        from,
    }
}

/// Labels of the title in the table that stands above documents on pages of authorities.
const LABELS: [&str; 3] = ["标题", "文件名称", "信息名称"];

/// The title in a table above the document: the cell behind `标　题：`.
fn labelled(paragraphs: &[(&str, Option<u8>)]) -> Option<Title> {
    let rows = paragraphs.iter().take(MAX_LETTERHEAD).enumerate();
    let rows = rows.take_while(|(_, (text, _))| text.contains('\t') || text.ends_with(['：', ':']));
    for (n, (text, _)) in rows {
        let mut cells = text.split('\t').map(str::trim);
        let is_label = |cell: &str| {
            let bare: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
            LABELS.contains(&bare.trim_end_matches(['：', ':']))
        };
        if cells.any(is_label)
            && let Some(title) = cells.find(|cell| !cell.is_empty())
            && n_han(title) >= 2
            && title.chars().count() <= MAX_JOINED
        {
            return Some(Title {
                text: title.to_owned(),
                paragraphs: 0..0,
                from: format!("正文：第{}段", n + 1),
            });
        }
    }
    None
}

/// The paragraphs in the style of a title, at the beginning.
fn styled(paragraphs: &[(&str, Option<u8>)]) -> Option<Title> {
    let start = paragraphs
        .iter()
        .take(MAX_LETTERHEAD)
        .position(|(text, level)| *level == Some(0) && !is_contents(&folded(text)))?;
    let lines: Vec<&str> = paragraphs
        .iter()
        .skip(start)
        .take(MAX_LINES)
        .take_while(|(text, level)| *level == Some(0) && !text.trim().starts_with(is_dash))
        .map(|(text, _)| text.trim())
        .collect();
    let text = joined(&lines);
    let fits = (2..=MAX_JOINED).contains(&text.chars().count());
    (fits && !lines.is_empty()).then(|| in_text(text, start, lines.len()))
}

/// The first line, or the first ones joined.
fn first_lines(paragraphs: &[(&str, Option<u8>)]) -> Option<Title> {
    if let Some(issue) = letterhead::of_issue(paragraphs) {
        let behind = title_at(paragraphs, issue.end);
        return behind.or_else(|| title_at(paragraphs, issue.start));
    }
    title_at(paragraphs, letterhead::n_lines(paragraphs))
}

/// The title that begins with this line.
fn title_at(paragraphs: &[(&str, Option<u8>)], start: usize) -> Option<Title> {
    let (first, level) = paragraphs.get(start)?;
    let first = match level {
        Some(_) => first.trim_start_matches('#').trim(),
        None => first.trim(),
    };
    let next = |n: usize| paragraphs.get(start + n).map(|(text, _)| text.trim());
    let second = next(1)?;
    for n_lines in (2..=MAX_LINES).rev() {
        let rest: Option<Vec<&str>> = (1..n_lines).map(next).collect();
        // A text has to follow.
        let (Some(rest), true) = (rest, paragraphs.len() > start + n_lines) else {
            continue;
        };
        if continues(first, &rest) {
            let lines: Vec<&str> = std::iter::once(first).chain(rest).collect();
            return Some(in_text(joined(&lines), start, n_lines));
        }
    }
    let with_subtitle = second.starts_with(is_dash)
        && second.chars().filter(|c| is_han(*c)).count() >= 4
        && (2..=MAX_CHARS).contains(&first.chars().count())
        && !first.ends_with(['。', '：', ':', '；'])
        && !starts_enumeration(Line::new(first).whole().text());
    (looks_like_title(first) || with_subtitle).then(|| in_text(first.to_owned(), start, 1))
}

/// Whether these lines go on with a title that the first one leaves open: together they name a
/// kind, the first alone does not.
fn continues(first: &str, rest: &[&str]) -> bool {
    // Most documents go on with a paragraph of text.
    let n_chars = first.chars().count() + rest.iter().map(|l| l.chars().count()).sum::<usize>();
    if n_chars > MAX_JOINED || !rest.iter().all(|line| is_short(line, MAX_CONTINUED)) {
        return false;
    }
    let open = Line::new(first);
    let open = open.whole();
    let text = open.text();
    if kind_name(first).is_some()
        || is_salutation(open)
        || starts_enumeration(text)
        || text.contains(['。', ';', '!'])
    {
        return false;
    }
    let proper = rest.iter().all(|line| {
        let line = Line::new(line);
        let part = line.whole();
        let text = part.text();
        let other = text.starts_with(|c| is_dash(c) || c == '(' || c == '[')
            || text.ends_with([':', '。', ';', '!', ','])
            || starts_enumeration(text)
            || date::date_at(text).is_some()
            || letterhead::is_number(text)
            || is_salutation(part);
        !other && speaker::signature(part).is_none()
    });
    if !proper {
        return false;
    }
    let Some(second) = rest.first().map(|line| Line::new(line)) else {
        return false;
    };
    let second = second.whole().text();
    let all: String = std::iter::once(first).chain(rest.iter().copied()).collect();
    let whole = kind_name(&all).is_some();
    let before_last: String = std::iter::once(first)
        .chain(rest.iter().take(rest.len() - 1).copied())
        .collect();
    let last_needed = kind_name(&before_last).is_none();
    let formal = all.contains("关于") || text.contains('在');
    let starts =
        second.starts_with("关于") || second.starts_with('的') || second.chars().count() <= 2;
    // 全县水利工作会议, and below it 主持词.
    let held = is_meeting(text) && rest.len() == 1;
    whole && last_needed && n_han(first) >= 2 && (starts || formal || held)
}

fn n_han(text: &str) -> usize {
    text.chars().filter(|c| is_han(*c)).count()
}

/// Joins lines; a blank stands only between letters or digits.
fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        let letters = text.ends_with(|c: char| c.is_ascii_alphanumeric());
        if letters && line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            text.push(' ');
        }
        text.push_str(line);
    }
    text
}

/// Labels of lines that stand at the top of minutes and of pages, and name no document.
const NO_TITLES: [&str; 14] = [
    "时间",
    "地点",
    "日期",
    "来源",
    "作者",
    "出席",
    "列席",
    "参加",
    "主持",
    "主持人",
    "记录",
    "主送",
    "抄送",
    "签发",
];

/// Whether a folded line begins as one with such a label: `时　间：3月5日`.
fn is_labelled(line: &str) -> bool {
    let label = line.split_once(':').map_or("", |(label, _)| label);
    let label = label.replace(' ', "");
    NO_TITLES.iter().any(|no| label.ends_with(no)) && is_short(&label, 5)
}

/// Whether a first line is a title rather than a sentence, a heading or an address.
pub(super) fn looks_like_title(line: &str) -> bool {
    let n_chars = line.chars().count();
    let sentence = line.chars().any(|c| matches!(c, '。' | '；' | '，' | ','));
    let opened = line.ends_with(['：', ':', '、', '！']);
    let remark = line.starts_with(['（', '(']) && line.ends_with(['）', ')']);
    (2..=MAX_CHARS).contains(&n_chars)
        && n_han(line) >= 2
        && (!sentence || line.starts_with('《'))
        && !opened
        && !remark
        // A row of a table; the end of an occasion; a section.
        && !line.contains('\t')
        && !["会议上", "大会上", "年工作回顾"].iter().any(|end| line.ends_with(end))
        && !is_signature(line)
        && {
            let line = folded(line);
            !starts_enumeration(&line) && !is_contents(&line) && !is_labelled(&line)
        }
}

/// `县长 陈一鸣`: who signed, not what.
fn is_signature(line: &str) -> bool {
    let line = Line::new(line);
    let part = line.whole();
    let office = part.split_once(" ").map(|(office, _)| office);
    office.is_some_and(|o| ends_with_office(o.text())) && speaker::signature(part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: &str, from: &str) {
        let paragraphs: Vec<(&str, Option<u8>)> = lines.iter().map(|line| (*line, None)).collect();
        let title = title_of(&paragraphs, &Properties::default(), "档案.v2");
        assert_eq!((title.text.as_str(), title.from.as_str()), (expected, from));
        assert_eq!(title.paragraphs.is_empty(), from == "文件名");
    }

    #[test]
    fn a_title_on_one_line() {
        check(&["标题行", "正文。"], "标题行", "正文：第1段");
        check(&["各位同志：", "正文。"], "档案.v2", "文件名");
        check(&["只有一行"], "档案.v2", "文件名");
        check(
            &["全县水利工作会议", "会议强调，茶好。"],
            "全县水利工作会议",
            "正文：第1段",
        );
        check(
            &["茶乡谋新篇", "在全县茶叶大会上的讲话", "同志们："],
            "茶乡谋新篇",
            "正文：第1段",
        );
        check(
            &["茶好，水也好", "——在全县茶叶大会上的发言", "同志们："],
            "茶好，水也好",
            "正文：第1段",
        );
        check(&["茶好，水也好", "同志们："], "档案.v2", "文件名");
        assert!(looks_like_title("县委三届二次全会分组讨论发言"));
        assert!(looks_like_title("《若干意见，试行》说明"));
        assert!(looks_like_title("第一届运动会总结"));
        for line in [
            "主席，我动议。",
            "一、去年",
            "第一章 总则",
            "----",
            "（二）成效",
            "（2020年3月5日在全县会议上）",
            "县长 陈一鸣",
            "县长  陈  鸣",
            "人民代表大会第二次会议上",
            "2020年工作回顾",
        ] {
            assert!(!looks_like_title(line), "{line}");
        }
    }

    #[test]
    fn a_title_on_several_lines() {
        check(
            &["在全县茶叶大会上的", "讲话", "同志们："],
            "在全县茶叶大会上的讲话",
            "正文：第1至2段",
        );
        check(
            &["青石县人民政府", "关于做好春耕备耕工作的通知", "各镇："],
            "青石县人民政府关于做好春耕备耕工作的通知",
            "正文：第1至2段",
        );
        check(
            &[
                "青石县人民政府",
                "关于进一步做好春耕备耕",
                "工作的通知",
                "各镇：",
            ],
            "青石县人民政府关于进一步做好春耕备耕工作的通知",
            "正文：第1至3段",
        );
        check(
            &["关于进一步做好春耕备耕", "和水利冬修工作的通知", "各镇："],
            "关于进一步做好春耕备耕和水利冬修工作的通知",
            "正文：第1至2段",
        );
        check(
            &[
                "青石县第五届人民代表大会第二次会议",
                "政府工作报告",
                "各位代表：",
            ],
            "青石县第五届人民代表大会第二次会议政府工作报告",
            "正文：第1至2段",
        );
        check(
            &["政府工作报", "告", "各位代表："],
            "政府工作报告",
            "正文：第1至2段",
        );
        check(
            &["关于春耕的通知", "关于秋收的通知", "各镇："],
            "关于春耕的通知",
            "正文：第1段",
        );
    }

    #[test]
    fn a_letterhead_is_no_title() {
        let lines = [
            "青石县人民政府文件",
            "青政发〔2020〕3号",
            "青石县人民政府",
            "关于春耕的通知",
            "各镇：",
        ];
        check(&lines, "青石县人民政府关于春耕的通知", "正文：第3至4段");
        check(
            &[
                "青石县人民政府",
                "青政函〔2020〕3号",
                "关于修路的批复",
                "县交通局：",
            ],
            "关于修路的批复",
            "正文：第3段",
        );
        let lines = [
            "青石县水利局文件",
            "青水〔2020〕3号　　　　　签发人：陈一鸣",
            "关于修渠的请示",
            "县政府：",
        ];
        check(&lines, "关于修渠的请示", "正文：第3段");
        check(
            &[
                "中共青石县委组织部",
                "青组通〔2020〕3号",
                "关于修路的通知",
                "各镇：",
            ],
            "关于修路的通知",
            "正文：第3段",
        );
        check(
            &["青石县人民政府文件", "各镇："],
            "青石县人民政府文件",
            "正文：第1段",
        );
    }

    #[test]
    fn an_issue_of_a_bulletin_has_a_title_of_its_own() {
        let bulletin = [
            "工作简报",
            "第23期",
            "县水利局 2020年3月5日",
            "茶山无恙",
            "今年雨大。",
        ];
        check(&bulletin, "茶山无恙", "正文：第4段");
        let minutes = [
            "青石县人民政府办公室",
            "专题会议纪要",
            "〔2020〕第14期",
            "关于修渠的会议纪要",
            "3月5日，开会。",
        ];
        check(&minutes, "关于修渠的会议纪要", "正文：第4段");
        for more in ["3月5日，开会。", "时　间：3月5日", "一、修渠"] {
            let lines = [minutes[0], minutes[1], minutes[2], more, "修渠。"];
            check(&lines, "专题会议纪要", "正文：第2段");
        }
        check(&["第3期", "茶山无恙", "今年雨大。"], "第3期", "正文：第1段");
    }

    #[test]
    fn what_only_leads_to_a_document_is_no_title() {
        for appendix in ["附件", "附件1", "附件2：", "附件三"] {
            let lines = [appendix, "茶叶工作方案", "为了茶。"];
            check(&lines, "茶叶工作方案", "正文：第2段");
        }
        check(&["附件管理办法", "为了茶。"], "附件管理办法", "正文：第1段");
        check(&["目　录", "总论", "细则"], "档案.v2", "文件名");
        check(&["时间：2020年3月5日", "地点：茶山"], "档案.v2", "文件名");
        let styled = [("目录", Some(0)), ("茶山", Some(0)), ("正文。", None)];
        assert_eq!(title_of(&styled, &Properties::default(), "x").text, "茶山");
    }

    #[test]
    fn a_table_above_the_document_names_its_title() {
        let lines = [
            "索 引 号：\t000014/2020-3\t分类：\t茶叶",
            "标　　题：\t关于春耕的通知",
            "主题词：",
            "关于春",
            "耕的通知",
            "各镇：",
        ];
        let paragraphs = lines.map(|line| (line, None));
        let title = title_of(&paragraphs, &Properties::default(), "x");
        assert_eq!(
            (title.text.as_str(), title.from.as_str()),
            ("关于春耕的通知", "正文：第2段")
        );
        check(&["姓名\t单位", "陈一鸣\t县水利局"], "档案.v2", "文件名");
    }

    #[test]
    fn styles_and_properties() {
        let styled = [
            ("县政府", None),
            ("茶乡，", Some(0)),
            ("新篇", Some(0)),
            ("正文。", None),
        ];
        let title = title_of(&styled, &Properties::default(), "x");
        assert_eq!(
            (title.text.as_str(), title.paragraphs),
            ("茶乡，新篇", 1..3)
        );
        let heading = [("# 茶叶总结", Some(1)), ("正文。", None)];
        assert_eq!(
            title_of(&heading, &Properties::default(), "x").text,
            "茶叶总结"
        );
        let properties = Properties {
            title: Some("茶叶总结".into()),
            ..Properties::default()
        };
        assert_eq!(
            title_of(&[("同志们：", None)], &properties, "doc1").from,
            "属性"
        );
        assert_eq!(
            title_of(&[("同志们：", None)], &properties, "茶叶").text,
            "茶叶"
        );
    }
}
