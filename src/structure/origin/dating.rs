//! Where the date of a document stands: a line of its own under the title, a label, the signature at
//! the end.
//!
//! A date inside a sentence (`截至2023年6月底`) is never the document's.

use super::Derived;
use super::date::{compact_at, date_at, month_and_day_at, time_at};
use super::head::Head;
use super::line::{LazyLine, Part};
use super::meeting::is_meeting;
use super::signature;
use crate::document::Date;

/// Labels before a document's date.
const LABELS: [&str; 14] = [
    "发布时间",
    "发布日期",
    "成文日期",
    "成文时间",
    "印发日期",
    "印发时间",
    "发文日期",
    "发文时间",
    "讲话时间",
    "发言时间",
    "签发日期",
    "制发日期",
    "刊发日期",
    "日期",
];
/// What stands before 日期 in labels of other days.
const NO_DATES: [&str; 8] = [
    "截止", "到期", "报名", "出生", "结束", "有效", "生效", "实施",
];
/// Labels that give the date of what was minuted, and of other documents not.
const MINUTES_LABELS: [&str; 2] = ["会议时间", "时间"];
/// What may stand behind a date that has a line to itself.
const TAILS: [&str; 5] = ["印发", "发布", "印", "稿", "讲话"];
/// Verbs of a line that tells how the document came to be in force.
const ADOPTIONS: [&str; 9] = [
    "通过", "批准", "修订", "修正", "公布", "发布", "施行", "修改", "印发",
];
/// Kinds that a line `（2023年7月18日…会议通过）` dates. Laws have such lines as well, and older
/// than themselves.
const ADOPTED: [&str; 5] = ["决议", "决定", "公报", "倡议书", "公告"];

/// The date of a document by its own lines, to the day where one says so; `opening` are its first
/// paragraphs.
pub(super) fn of_text(
    head: &Head,
    opening: &[LazyLine<'_>],
    paragraphs: &[&str],
    kind: Option<&str>,
) -> Option<Derived<Date>> {
    let minutes = kind == Some("纪要");
    let mut month = None;
    for line in head.lines() {
        match of_line(line) {
            Some((date, words)) if date.day().is_some() => {
                return Some(derived("正文", date, words));
            }
            Some(found) => month = month.or(Some(found)),
            None => {}
        }
    }
    let labelled = head.lines().find_map(|line| of_label(line, minutes));
    if let Some((date, words)) = labelled {
        return Some(derived("正文", date, words));
    }
    // 县政府办公室　　2023年7月18日: who issues a bulletin, and when. Minutes are of another day.
    let issued = || {
        let mut dated = head.lines().filter_map(signature::signature_date);
        dated.find_map(|(date, words, _)| (!minutes).then(|| derived("正文", date, words)))
    };
    signature::signed(paragraphs)
        .map(|signature| signature.date)
        .or_else(issued)
        .or_else(|| month.map(|(date, words)| derived("正文", date, words)))
        .or_else(|| adopted(head).filter(|_| kind.is_some_and(|kind| ADOPTED.contains(&kind))))
        .or_else(|| minutes.then(|| of_opening(opening)).flatten())
}

pub(super) fn derived(place: &str, date: Date, words: Part<'_>) -> Derived<Date> {
    Derived::read(date, place, &words.original())
}

/// The date of a line that has no other purpose: alone or in brackets, behind a name, or with the
/// occasion (`——2023年7月18日在…会议上`).
fn of_line(line: Part<'_>) -> Option<(Date, Part<'_>)> {
    let bare = line.trim().without_dashes();
    let whole = bare
        .strip_any_prefix(&["(", "[", "【", "〔"])
        .map(|inside| {
            inside
                .trim_end_matches(|c| matches!(c, ')' | ']' | '】' | '〕' | ' '))
                .trim()
        });
    if let Some(inside) = whole {
        return dated(inside, true);
    }
    dated(bare, false).or_else(|| {
        let (before, remark) = bare.split_remark()?;
        if before.n_chars() > 60 || before.text().contains('。') {
            return None;
        }
        dated(remark, true)
    })
}

fn dated(part: Part<'_>, bracketed: bool) -> Option<(Date, Part<'_>)> {
    let (date, length) = date_at(part.text()).filter(|(date, _)| date.month().is_some())?;
    let behind = part.behind(length);
    let rest = behind.behind(time_at(behind.text())).trim();
    let text = rest.text();
    let tail = text.is_empty()
        || TAILS.contains(&text)
        || (bracketed
            && text.starts_with(['第', ','])
            && !ADOPTIONS.iter().any(|v| text.contains(v))
            && !text.contains('起'))
        || (bracketed && text.ends_with('稿'))
        || (text.starts_with('在') && on_occasion(text))
        || (bracketed && date.day().is_some() && n_chars(text) <= 8 && is_place(text));
    tail.then(|| (date, part.before(length)))
}

pub(super) fn n_chars(text: &str) -> usize {
    text.chars().count()
}

/// `(2018年4月10日 海南博鳌)`: where it was said.
fn is_place(text: &str) -> bool {
    let verb =
        ADOPTIONS.iter().any(|v| text.contains(v)) || text.contains(['至', '起', '前', '后', '止']);
    !verb && n_chars(text) >= 2 && text.chars().all(crate::analysis::fold::is_han)
}

fn on_occasion(text: &str) -> bool {
    let place = text.split('上').next().unwrap_or("");
    is_meeting(place) || is_meeting(text.trim_end_matches("上")) || text.contains("会议上")
}

/// `发布时间：2023-07-18 10:30`; spaces may stand inside the label.
fn of_label(line: Part<'_>, minutes: bool) -> Option<(Date, Part<'_>)> {
    if line.n_chars() > 100 {
        return None;
    }
    let text: String = line
        .text()
        .chars()
        .filter(|c| !matches!(c, ' ' | '【' | '】'))
        .collect();
    let extra: &[&str] = if minutes { &MINUTES_LABELS } else { &[] };
    let labels = LABELS.iter().chain(extra);
    let is_in = |label: &str| text.contains(&format!("{label}:"));
    let other = NO_DATES.iter().any(|word| is_in(&format!("{word}日期")));
    let mut known = labels.clone().filter(|label| **label != "日期" || !other);
    let labelled = known.any(|label| is_in(label))
        || (line.text().starts_with('【') && labels.clone().any(|label| text.starts_with(label)));
    if !labelled {
        return None;
    }
    // The date is the first behind the label's end; in a table the label may be in a later cell.
    let mut ends = line.text().match_indices([':', '】']);
    let (first, _) = ends.next()?;
    let later = ends.map(|(at, _)| at).find(|at| {
        let before = line.text().get(..*at).unwrap_or("");
        let before: String = before.chars().filter(|c| *c != ' ').collect();
        // `日期` alone is the end of many labels: 截止日期.
        let mut whole = LABELS.iter().filter(|label| label.chars().count() > 2);
        whole.any(|label| before.ends_with(label))
    });
    let starts = labels.clone().any(|label| text.starts_with(label));
    let at = later.filter(|_| !starts).unwrap_or(first);
    let rest = line.behind(at + line.text().get(at..)?.chars().next()?.len_utf8());
    let rest = rest.trim_start_matches(|c| matches!(c, ' ' | ':'));
    let (date, length) = date_at(rest.text()).or_else(|| compact_at(rest.text()))?;
    (date.day().is_some()).then(|| (date, rest.before(length)))
}

/// The only date of the head that stands with 通过, 批准 or the like. Of several, none is chosen.
fn adopted(head: &Head) -> Option<Derived<Date>> {
    let mut found: Option<(Date, Part<'_>)> = None;
    for line in head.lines() {
        let bare = line
            .without_dashes()
            .trim_start_matches(|c| matches!(c, '(' | '[' | '〔'));
        let Some((date, length)) = date_at(bare.text()).filter(|(date, _)| date.day().is_some())
        else {
            continue;
        };
        let rest = bare.text().get(length..).unwrap_or("");
        let again = rest.char_indices().any(|(at, _)| {
            date_at(rest.get(at..).unwrap_or(""))
                .is_some_and(|(other, _)| other.day().is_some() && other != date)
        });
        if again || found.is_some_and(|(other, _)| other != date) {
            return None;
        }
        if rest.contains("通过") {
            found = Some((date, bare.before(length)));
        }
    }
    found.map(|(date, words)| derived("正文", date, words))
}

/// The day on which the first paragraph of minutes says that the meeting was held.
fn of_opening(opening: &[LazyLine<'_>]) -> Option<Derived<Date>> {
    opening.iter().find_map(|line| {
        let part = line.whole();
        let (date, length) = date_at(part.text()).filter(|(date, _)| date.day().is_some())?;
        let sentence = part.text().split('。').next().unwrap_or("");
        let held = sentence.contains("召开") || sentence.contains("主持");
        held.then(|| derived("正文", date, part.before(length)))
    })
}

/// A month and a day that the document gives without the year: `（7月18日）` under the title, or the
/// date line of an agency (`新华社北京7月18日电`).
pub(super) fn without_year(head: &Head, opening: &[LazyLine<'_>]) -> Option<((u8, u8), String)> {
    let line = head.lines().find_map(|line| {
        let inside = line.strip_prefix("(")?.strip_suffix(")")?;
        let (found, length) = month_and_day_at(inside.text())?;
        let behind = inside.behind(length);
        let rest = behind.behind(time_at(behind.text()));
        rest.is_empty().then(|| (found, inside.original()))
    });
    line.or_else(|| {
        opening.iter().take(4).find_map(|line| {
            let start = line.whole();
            let agency = [
                "新华社",
                "中新社",
                "中新网",
                "本报",
                "人民网",
                "央视网",
                "中央社",
            ];
            let start = start.trim_start_matches(|c| matches!(c, '(' | '【' | ' '));
            let at = start.text().find(|c: char| c.is_ascii_digit())?;
            let (found, length) = month_and_day_at(start.text().get(at..)?)?;
            let wired = start
                .text()
                .get(at + length..)?
                .trim_start()
                .starts_with('电');
            let near = start.before(at).n_chars() <= 12;
            let known = agency.iter().any(|a| start.text().starts_with(a));
            (wired && near && known).then(|| {
                (
                    found,
                    start.before(at + length + '电'.len_utf8()).original(),
                )
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines<'a>(paragraphs: &[&'a str]) -> Vec<LazyLine<'a>> {
        paragraphs.iter().map(|p| LazyLine::new(p)).collect()
    }

    fn check(paragraphs: &[&str], expected: &str) {
        let kind = paragraphs
            .first()
            .and_then(|title| super::super::kind::kind_name(title));
        let found = of_text(&Head::of(paragraphs), &lines(paragraphs), paragraphs, kind);
        let found = found.map(|d| format!("{} {}", d.value, d.from));
        assert_eq!(
            found.as_deref().unwrap_or("none"),
            expected,
            "{paragraphs:?}"
        );
    }

    #[test]
    fn under_the_title() {
        check(
            &["讲话", "（２０２０年３月５日）", "同志们："],
            "2020-03-05 正文：２０２０年３月５日",
        );
        check(
            &["讲话", "二○二○年三月五日", "同志们："],
            "2020-03-05 正文：二○二○年三月五日",
        );
        check(
            &["讲话", "（2020年3月5日上午，第六组）", "同志们："],
            "2020-03-05 正文：2020年3月5日",
        );
        check(
            &[
                "报告",
                "——2020年3月5日在青石县第五届人民代表大会第二次会议上",
                "各位代表：",
            ],
            "2020-03-05 正文：2020年3月5日",
        );
        check(
            &[
                "报告",
                "县发改局 陈一鸣 （2020年3月5日，交流材料）",
                "一、成效",
            ],
            "2020-03-05 正文：2020年3月5日",
        );
        check(
            &["发言", "（2020年3月5日第二稿）", "同志们："],
            "2020-03-05 正文：2020年3月5日",
        );
        check(
            &["发言", "（2020年3月　日）", "同志们："],
            "2020-03 正文：2020年3月　日",
        );
        check(
            &["消息", "发布时间：2020-03-05 10:30 来源：县政府", "正文。"],
            "2020-03-05 正文：2020-03-05",
        );
        check(
            &["【 日  期 】20200305", "【 标  题 】茶", "正文。"],
            "2020-03-05 正文：20200305",
        );
        check(
            &["决定", "（2020年3月5日县委常委会会议通过）", "一、总则"],
            "2020-03-05 正文：2020年3月5日",
        );
    }

    #[test]
    fn a_bulletin_says_when_it_was_issued() {
        let bulletin = [
            "防汛简报",
            "第3期",
            "青石县水利局　　　2020年3月5日",
            "茶山无恙",
            "去年大雨。",
        ];
        check(&bulletin, "2020-03-05 正文：2020年3月5日");
        let minutes = ["防汛工作会议纪要", "第3期", bulletin[2], "去年大雨。"];
        check(&minutes, "none");
    }

    #[test]
    fn dates_of_the_text_are_not_its_own() {
        check(
            &[
                "总结",
                "截至2020年6月底，全县植树三万亩。",
                "2020年3月5日，大雨。",
            ],
            "none",
        );
        check(&["方案", "2020年3月5日前完成", "一、目标"], "none");
        check(
            &["大事记", "很多。", "2020年3月5日", "2020年3月9日"],
            "none",
        );
        check(
            &[
                "条例",
                "2018年3月5日通过",
                "2020年3月5日修正",
                "第一条 总则",
            ],
            "none",
        );
        check(&["条例", "（2020年3月5日起施行）", "第一条 总则"], "none");
        check(&[], "none");
    }

    #[test]
    fn minutes_say_when_the_meeting_was() {
        let paragraphs = [
            "专题会议纪要",
            "2020年3月5日上午，县长陈*主持召开专题会议。会议明确：",
        ];
        check(&paragraphs, "2020-03-05 正文：2020年3月5日");
        check(&["专题会议", paragraphs[1]], "none");
    }

    #[test]
    fn the_year_is_missing() {
        let found = |paragraphs: &[&str]| {
            without_year(&Head::of(paragraphs), &lines(paragraphs)).map(|f| f.0)
        };
        assert_eq!(found(&["讲话", "（3月5日下午）", "同志们："]), Some((3, 5)));
        assert_eq!(
            found(&["茶", "新华社青石3月5日电（记者陈一鸣）茶熟了。"]),
            Some((3, 5))
        );
        assert_eq!(found(&["茶", "今天是3月5日。"]), None);
    }
}
