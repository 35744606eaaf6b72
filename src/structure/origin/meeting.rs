//! The meeting that a document belongs to, by its name as it stands: out of `在…上的讲话`,
//! `…会议纪要`, the name of a folder, or the first sentence of a speech.
//!
//! A general word (`座谈会`, `这次会议`) is no name.

use super::date;
use super::kind::{Kind, core_of};
use super::line::{Part, is_dash};
use crate::analysis::fold::is_han;

/// Ends of names of meetings, besides those in 会.
const ENDS: [&str; 12] = [
    "开幕式",
    "闭幕式",
    "开班式",
    "结业式",
    "启动仪式",
    "签约仪式",
    "揭牌仪式",
    "开工仪式",
    "仪式",
    "论坛",
    "峰会",
    "开学典礼",
];

/// Words in 会 that are bodies, or nothing like a meeting.
const NO_MEETINGS: [&str; 36] = [
    "委员会",
    "协会",
    "学会",
    "商会",
    "工会",
    "联合会",
    "基金会",
    "理事会",
    "董事会",
    "监事会",
    "社会",
    "机会",
    "立法会",
    "议会",
    "国会",
    "教会",
    "省会",
    "都会",
    "晚会",
    "博览会",
    "展览会",
    "展销会",
    "运动会",
    "音乐会",
    "招聘会",
    "红十字会",
    "文联会",
    "总会",
    "促进会",
    "研究会",
    "侨联会",
    "居委会",
    "村委会",
    "管委会",
    "组委会",
    "常委会",
];

/// Names that any meeting could have.
const GENERAL: [&str; 44] = [
    "会议",
    "大会",
    "全会",
    "全体会议",
    "座谈会",
    "推进会",
    "动员会",
    "部署会",
    "交流会",
    "研讨会",
    "报告会",
    "调度会",
    "现场会",
    "汇报会",
    "通报会",
    "表彰会",
    "总结会",
    "培训会",
    "例会",
    "专题会",
    "专题会议",
    "工作会",
    "工作会议",
    "常务会议",
    "代表大会",
    "动员大会",
    "表彰大会",
    "总结大会",
    "开幕式",
    "闭幕式",
    "仪式",
    "论坛",
    "峰会",
    "推进大会",
    "现场推进会",
    "党组会",
    "党组会议",
    "办公会",
    "办公会议",
    "联席会议",
    "开幕会",
    "闭幕会",
    "民主生活会",
    "大会开幕式",
];

/// Beginnings that point at a meeting instead of naming it.
const POINTERS: [&str; 10] = [
    "这次", "本次", "此次", "上次", "有关", "各类", "各种", "一次", "相关", "某",
];

/// What a speech at a part of a meeting adds to the name.
const PARTS: [&str; 16] = [
    "分组讨论会",
    "分组讨论",
    "分组审议",
    "小组讨论会",
    "小组讨论",
    "小组会议",
    "讨论会",
    "讨论",
    "审议",
    "期间",
    "分组会议",
    "分组会",
    "小组会",
    "上",
    "时",
    "大会交流",
];

/// Most and fewest characters of a name.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=45;

/// A meeting found in a phrase, and what stands around its name.
#[derive(Clone, Copy)]
pub(super) struct Occasion<'a> {
    /// Before 在: who spoke, as a rule.
    pub(super) before: Part<'a>,
    /// What may be the name of the meeting; [`name_of`] decides.
    pub(super) place: Part<'a>,
    /// Behind 上, 时 or 期间.
    pub(super) behind: Part<'a>,
}

/// Takes `X在Y上Z` apart, with 上, 时, 中 or 期间 behind the name.
pub(super) fn occasion_of(phrase: Part<'_>) -> Option<Occasion<'_>> {
    let text = phrase.text();
    for (at, _) in text.match_indices('在') {
        let before = phrase.before(at);
        if before
            .text()
            .ends_with(['存', '所', '现', '正', '实', '内', '潜', '自', '旨', '好'])
        {
            continue;
        }
        let rest = phrase.behind(at + '在'.len_utf8());
        if let Some((place, behind)) = split_behind(rest) {
            return Some(Occasion {
                before: before.trim(),
                place,
                behind,
            });
        }
    }
    None
}

/// Splits at the 上 (时, 中, 期间) that ends the place: the first one with a meeting before it.
fn split_behind(rest: Part<'_>) -> Option<(Part<'_>, Part<'_>)> {
    for (at, c) in rest.text().char_indices() {
        if matches!(c, '。' | ';' | '!' | '?') {
            return None;
        }
        let length = match c {
            '上' | '时' | '中' => c.len_utf8(),
            '期' if rest.behind(at).text().starts_with("期间") => "期间".len(),
            _ => continue,
        };
        let place = rest.before(at);
        if is_meeting(without_parts(place).text()) {
            return Some((place.trim(), rest.behind(at + length).trim()));
        }
    }
    None
}

/// The name in what stands between 在 and 上, without the part of the meeting: of
/// `县委三届二次全会第一次全体会议`, `县委三届二次全会`.
pub(super) fn name_of(place: Part<'_>) -> Option<Part<'_>> {
    let place = shorten_to_session(without_quotes(without_parts(place.trim())));
    let text = place.text();
    let general = GENERAL.contains(&text) || POINTERS.iter().any(|p| text.starts_with(p));
    let clause = text.contains("——")
        || text.contains([
            '。', ',', ';', ':', '!', '?', '(', ')', '_', '|', '[', ']', '=',
        ]);
    let of_sentence = ["召开", "举行", "出席", "参加", "关于", "我们", "他", "全体"]
        .iter()
        .any(|w| text.starts_with(w));
    let named = LENGTHS.contains(&place.n_chars()) && text.starts_with(is_opening);
    (named && !general && !clause && !of_sentence && is_meeting(text)).then_some(place)
}

fn is_opening(c: char) -> bool {
    is_han(c)
        || super::line::is_mask(c)
        || c.is_alphanumeric()
        || matches!(c, '“' | '"' | '《' | '「')
}

fn without_parts(place: Part<'_>) -> Part<'_> {
    let mut place = place.trim();
    for _ in 0..4 {
        let group = place.text().rfind('第').map(|at| place.behind(at));
        let numbered = group.filter(|g| {
            let text = g.text();
            g.n_chars() <= 6 && (text.ends_with('组') || text.ends_with("小组"))
        });
        let shorter = match numbered {
            Some(group) => Some(place.before(place.text().len() - group.text().len())),
            None => PARTS
                .iter()
                .find_map(|p| place.strip_suffix(p))
                .filter(|rest| is_meeting(rest.trim().text()) || ends_with_group(*rest)),
        };
        match shorter {
            Some(shorter) if !shorter.is_empty() => place = shorter.trim(),
            _ => break,
        }
    }
    for ceremony in ["开幕式", "闭幕式", "开幕会", "闭幕会"] {
        let event = place.strip_suffix(ceremony).map(Part::trim);
        if let Some(event) =
            event.filter(|e| e.text().ends_with(['会', '坛']) || e.text().ends_with("会议"))
        {
            return event;
        }
    }
    place
}

fn ends_with_group(place: Part<'_>) -> bool {
    place.text().contains('第') && place.text().ends_with('组')
}

/// Cuts behind the first `…届…次全会` or `…届…次会议` when a meeting of that session follows.
fn shorten_to_session(place: Part<'_>) -> Part<'_> {
    let text = place.text();
    let Some(session) = text.find('届') else {
        return place;
    };
    let ends = ["次全会", "次全体会议", "次会议", "次代表大会"]
        .iter()
        .filter_map(|end| {
            text.match_indices(end)
                .find(|(at, _)| *at > session)
                .map(|(at, end)| at + end.len())
        });
    match ends.min() {
        Some(end) if end < text.len() => place.before(end),
        _ => place,
    }
}

fn without_quotes(place: Part<'_>) -> Part<'_> {
    let inside = place.strip_prefix("“").and_then(|p| p.strip_suffix("”"));
    inside.filter(|p| !p.text().contains('“')).unwrap_or(place)
}

/// Whether a folded text ends as the name of a meeting does.
pub(super) fn is_meeting(text: &str) -> bool {
    let known = ENDS.iter().any(|end| text.ends_with(end));
    let general = text.ends_with("会议") || text.ends_with("全会") || text.ends_with("大会");
    let other = text.ends_with('会') && !NO_MEETINGS.iter().any(|no| text.ends_with(no));
    known || general || other
}

/// The meeting in a title: `在Y上的讲话`, or what stands before the kind in `Y纪要`.
pub(super) fn of_title<'a>(kind: Option<&Kind<'a>>) -> Option<Part<'a>> {
    let kind = kind?;
    if let Some(occasion) = occasion_of(kind.before) {
        return name_of(occasion.place);
    }
    let before = kind.before.trim();
    if kind.name == "通知" {
        let called = before.strip_prefix("关于召开")?;
        return name_of(called.strip_suffix("的")?);
    }
    let held = [
        "讲话",
        "发言",
        "表态发言",
        "主持词",
        "演讲",
        "致辞",
        "纪要",
        "公报",
        "决议",
    ];
    if !held.contains(&kind.name) || before.text().contains("关于") {
        return None;
    }
    let before = before.strip_suffix("的").unwrap_or(before);
    // 座谈会会议纪要: the 会议 belongs to the kind.
    let place = before
        .strip_suffix("会议")
        .filter(|shorter| is_meeting(shorter.text()))
        .unwrap_or(before);
    name_of(place)
}

/// The meeting of a line that says on what occasion a document was read: `（2023年7月18日在…会议上）`,
/// `——在…会议上的讲话`. A line in which somebody does something there is none.
pub(super) fn of_line(line: Part<'_>) -> Option<Part<'_>> {
    let line = line
        .trim()
        .trim_start_matches(|c| matches!(c, '(' | '[' | ' '))
        .without_dashes();
    let text = line.text();
    let dated = date::date_at(text).map_or(0, |(_, length)| {
        length + date::time_at(text.get(length..).unwrap_or(""))
    });
    let occasion = occasion_of(line.behind(dated))?;
    let name = name_of(occasion.place)?;
    let behind = occasion
        .behind
        .trim_start_matches(|c| matches!(c, ')' | ']' | ' '));
    let ends = behind.is_empty()
        || behind.text().starts_with('的')
        || super::speaker::signature(behind).is_some();
    (occasion.before.is_empty() && ends).then_some(name)
}

/// Whether a name is that of a body that meets again and again, without the number of the meeting.
pub(super) fn is_recurring(name: &str) -> bool {
    let bodies = [
        "常务会议",
        "常委会会议",
        "常委会议",
        "党组会议",
        "办公会议",
        "全体会议",
        "主任会议",
        "主席会议",
    ];
    bodies.iter().any(|b| name.ends_with(b)) && !is_numbered(name)
}

/// Whether a name says which of several meetings it was.
pub(super) fn is_numbered(name: &str) -> bool {
    name.contains('第') && name.contains('次')
}

/// The meeting that a folder is named after, with or without a date before it.
pub(super) fn of_folder(folder: Part<'_>) -> Option<Part<'_>> {
    let folder = core_of(folder);
    let text = folder.text();
    let dated = date::date_at(text).map_or(0, |(_, length)| length);
    let separator = |c| is_dash(c) || matches!(c, ' ' | '_' | '.' | '、');
    let name = folder.behind(dated).trim_start_matches(separator);
    // 05 全县水利工作会议: a day, or the place in a list.
    let counted = name.trim_start_matches(|c| c.is_ascii_digit());
    let name = match counted.trim_start_matches(separator) {
        apart if apart.n_chars() < counted.n_chars() => apart,
        _ => name,
    };
    name_of(
        name.strip_suffix("材料")
            .or_else(|| name.strip_suffix("文件"))
            .unwrap_or(name),
    )
}

/// The meeting that a paragraph says is being held: `今天，我们召开全县水利工作会议，…`, or for
/// minutes `…主持召开县政府第三次常务会议，…`.
pub(super) fn of_opening(paragraph: Part<'_>, minutes: bool) -> Option<Part<'_>> {
    let text = paragraph.text();
    let verb = if minutes {
        let at = text.find("主持召开")?;
        at + "主持召开".len()
    } else {
        let today = ["今天", "今天上午", "今天下午", "现在"]
            .iter()
            .any(|w| text.starts_with(w));
        let at = ["召开", "举行"]
            .iter()
            .filter_map(|v| text.find(v).map(|at| at + v.len()))
            .min()?;
        // Only the first clause and the next: what comes later tells of other meetings.
        let near = text.get(..at).is_some_and(|before| {
            before.matches([',', '、']).count() <= 3
                && before.chars().count() <= 40
                && !before.contains(['。', ';'])
        });
        (today && near).then_some(at)?
    };
    let rest = paragraph.behind(verb);
    let end = rest.text().find([',', '。', ';', '!', ':', '(', '?'])?;
    let place = rest.before(end);
    let place = place
        .strip_prefix("的")
        .or_else(|| place.strip_prefix("了"))
        .unwrap_or(place);
    name_of(place)
}

#[cfg(test)]
mod tests {
    use super::super::kind::kind_of;
    use super::super::line::Line;
    use super::*;

    fn check(title: &str, expected: &str) {
        let line = Line::new(title);
        let kind = kind_of(line.whole());
        let found = of_title(kind.as_ref()).map(Part::original);
        assert_eq!(found.as_deref().unwrap_or("none"), expected, "{title}");
    }

    #[test]
    fn titles() {
        check("在全县水利工作会议上的讲话", "全县水利工作会议");
        check("陳一鳴在縣委三屆二次全會上的講話", "縣委三屆二次全會");
        check(
            "在县委三届二次全会第一次全体会议上的主持词",
            "县委三届二次全会",
        );
        check("在县委三届二次全会第三组讨论时的发言", "县委三届二次全会");
        check("县委三届二次全会分组讨论发言（青石镇）", "县委三届二次全会");
        check(
            "青石县人民政府第12次常务会议纪要",
            "青石县人民政府第12次常务会议",
        );
        check("全县茶叶产业座谈会会议纪要", "全县茶叶产业座谈会");
        check("水渠改造专题会议纪要", "水渠改造专题会议");
        check(
            "茶乡谋新篇——在全县茶叶产业大会开幕式上的致辞",
            "全县茶叶产业大会",
        );
        check("关于召开全县水利工作会议的通知", "全县水利工作会议");
        check(
            "在青石县第五届人民代表大会第二次会议闭幕会上的讲话",
            "青石县第五届人民代表大会第二次会议",
        );
    }

    #[test]
    fn no_names() {
        check("在座谈会上的讲话", "none");
        check("在县茶叶协会上的讲话", "none");
        check("在这次会议上的讲话", "none");
        check("政府工作报告", "none");
        check("关于水利工作会议精神的通知", "none");
        check("会议纪要", "none");
    }

    #[test]
    fn folders_and_openings() {
        let folder = |name| of_folder(Line::new(name).whole()).map(Part::original);
        assert_eq!(
            folder("2020年3月5日全县水利工作会议").as_deref(),
            Some("全县水利工作会议")
        );
        assert_eq!(
            folder("20200305 全县水利工作会议材料").as_deref(),
            Some("全县水利工作会议")
        );
        for name in [
            "05 全县水利工作会议",
            "3-全县水利工作会议",
            "12、全县水利工作会议",
        ] {
            assert_eq!(folder(name).as_deref(), Some("全县水利工作会议"));
        }
        assert_eq!(folder("会议"), None);
        assert_eq!(folder("水利协会"), None);
        let opening =
            |text, minutes| of_opening(Line::new(text).whole(), minutes).map(Part::original);
        assert_eq!(
            opening(
                "今天，县委、县政府在这里召开全县水利工作会议，主要任务是部署冬修。",
                false
            )
            .as_deref(),
            Some("全县水利工作会议")
        );
        assert_eq!(opening("今天召开这次会议，很有必要。", false), None);
        assert_eq!(opening("去年召开全县水利工作会议，成效很好。", false), None);
        assert_eq!(
            opening(
                "3月5日，县长陈*主持召开县政府第三次常务会议。会议指出",
                true
            )
            .as_deref(),
            Some("县政府第三次常务会议")
        );
    }
}
