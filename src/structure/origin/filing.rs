//! The dates that the names of files and folders give, and the year that a title, a document number
//! or the first sentences give. The date lines of the text itself are `dating`'s.

use super::Derived;
use super::date::{compact_at, date_at};
use super::head::Head;
use super::kind::Kind;
use super::line::{LazyLine, Line, Part, is_dash};
use crate::document::Date;

/// Kinds whose title names the year that they are about.
const YEARLY: [&str; 10] = [
    "报告", "汇报", "总结", "要点", "计划", "方案", "通知", "意见", "通报", "公报",
];

/// The day in the name of a file: at its beginning, at its end, or between blanks, brackets and
/// the like. `None` where two different days stand there.
pub(super) fn of_file_name(stem: Part<'_>) -> Option<Derived<Date>> {
    let mut found: Option<(Date, Part<'_>)> = None;
    for (at, length, date) in dates_in(stem) {
        if found.is_some_and(|(other, _)| other != date) {
            return None;
        }
        found.get_or_insert((date, stem.behind(at).before(length)));
    }
    found.map(|(date, words)| Derived::read(date, "文件名", &words.original()))
}

/// Whole dates in a name that stand apart from its words.
fn dates_in(stem: Part<'_>) -> Vec<(usize, usize, Date)> {
    let text = stem.text();
    let mut found = Vec::new();
    let mut until = 0;
    for (at, c) in text.char_indices() {
        let before = text.get(..at).unwrap_or("");
        let apart = !before.ends_with(|c: char| c.is_ascii_digit());
        if at < until || !apart || !(c.is_ascii_digit() || c == '二' || c == '一') {
            continue;
        }
        let rest = text.get(at..).unwrap_or("");
        let compact = compact_at(rest).filter(|(date, _)| date.year() >= 1950);
        let Some((date, length)) =
            compact.or_else(|| date_at(rest).filter(|(d, _)| d.day().is_some()))
        else {
            continue;
        };
        until = at + length;
        let behind = rest.get(length..).unwrap_or("");
        let edge = |c: char| {
            c.is_ascii_punctuation()
                || matches!(c, ' ' | '【' | '】' | '〔' | '〕' | '—' | '–' | '、')
        };
        let free = before.is_empty() || before.ends_with(edge);
        let ends = behind.is_empty() || behind.starts_with(edge);
        let spoken = behind.starts_with('在');
        let range = behind.starts_with(['至', '到', '~']);
        let first = before.is_empty() && !behind.starts_with(['前', '后', '起', '以']);
        if (first || (free && (ends || spoken)) || (ends && !before.ends_with(['至', '到', '于'])))
            && !range
        {
            found.push((at, length, date));
        }
    }
    found
}

/// The date that the folders give, from the outermost to the innermost: `2023/七月`, `2023年/07`,
/// `202307`, `2023-07-18 会议`. A folder that only begins with a year gives none.
pub(super) fn of_folders(folders: &[Line]) -> Option<Derived<Date>> {
    let mut found: Option<(Date, Vec<String>)> = None;
    let mut directly = false;
    for folder in folders {
        let part = folder.whole();
        let name = part.original();
        if let Some(date) = whole_date(part) {
            found = Some((date, vec![name]));
            directly = true;
            continue;
        }
        let deeper = found
            .as_ref()
            .and_then(|(date, _)| deeper_date(*date, part, directly));
        directly = deeper.is_some();
        if let (Some(date), Some((current, names))) = (deeper, found.as_mut()) {
            *current = date;
            names.push(name);
        }
    }
    found.map(|(date, names)| Derived::read(date, "文件夹", &names.join("/")))
}

/// The date of a folder whose name is one, or begins with a whole day.
fn whole_date(folder: Part<'_>) -> Option<Date> {
    let text = folder.text();
    let bare = text.trim_end_matches(['份', '度']);
    if let Some((date, length)) = date_at(bare).or_else(|| compact_at(bare)) {
        let rest = text.get(length..).unwrap_or("");
        let range = rest
            .trim_start()
            .starts_with(|c| is_dash(c) || matches!(c, '至' | '到' | '~'));
        if length == bare.len() || (date.day().is_some() && !range) {
            return Some(date);
        }
    }
    let number: u32 = text.parse().ok()?;
    match text.len() {
        4 => Date::new(number as u16, None, None),
        6 => Date::new((number / 100) as u16, Some((number % 100) as u8), None),
        _ => None,
    }
    .filter(|date| date.year() >= 1950)
}

/// A month below a year, or a day below a month. A number alone counts only `directly` below.
fn deeper_date(above: Date, folder: Part<'_>, directly: bool) -> Option<Date> {
    let text = folder.text().trim_end_matches('份');
    let bare = text.chars().all(|c| c.is_ascii_digit()) && text.len() <= 2;
    let year = above.year();
    // Read as if the year stood before it.
    let read = |text: String| {
        date_at(&text)
            .filter(|(_, length)| *length == text.len())
            .map(|(date, _)| date)
    };
    match (above.month(), above.day()) {
        (None, _) if bare && directly => read(format!("{year}年{text}月")),
        (None, _) => read(format!("{year}年{text}")),
        (Some(month), None) if bare && directly => read(format!("{year}年{month}月{text}日")),
        (Some(month), None) => {
            read(format!("{year}年{month}月{text}")).filter(|d| d.day().is_some())
        }
        _ => None,
    }
}

/// The year in a title of a kind that says which year it is about: `2023年政府工作报告`. `None` where
/// there are several, a span of years, or one that is only aimed at.
pub(super) fn year_of_title<'a>(
    title: Part<'a>,
    kind: Option<&Kind<'a>>,
) -> Option<(u16, Part<'a>)> {
    kind.filter(|kind| YEARLY.contains(&kind.name))?;
    let text = title.text();
    let mut found: Option<(u16, Part<'a>)> = None;
    for (at, c) in text.char_indices() {
        let before = text.get(..at)?;
        if !(c.is_ascii_digit() || "一二".contains(c))
            || before.ends_with(|c: char| c.is_ascii_digit())
        {
            continue;
        }
        let Some((date, length)) = date_at(text.get(at..)?) else {
            continue;
        };
        let behind = text.get(at + length..)?;
        let word = text.get(at..at + length)?;
        if !word.contains('年') {
            continue;
        }
        let span = before.ends_with(|c| {
            is_dash(c) || matches!(c, '至' | '到' | '~' | '、' | '和' | '自' | '从')
        });
        let aim = [
            "远景", "愿景", "目标", "前", "以来", "起", "至", "到", "-", "—", "以后", "、",
        ];
        if span || aim.iter().any(|a| behind.starts_with(a)) {
            return None;
        }
        if found.is_some_and(|(year, _)| year != date.year()) {
            return None;
        }
        let end = if behind.starts_with('度') {
            length + '度'.len_utf8()
        } else {
            length
        };
        found.get_or_insert((date.year(), title.behind(at).before(end)));
    }
    found
}

/// The year of the document's number in the head: `青政发〔2023〕7号`, `〔2023〕第9期`.
pub(super) fn year_of_number(head: &Head) -> Option<Derived<u16>> {
    head.lines().find_map(|line| {
        let text = line.text();
        if line.n_chars() > 40 || !text.ends_with(['号', '期']) {
            return None;
        }
        let open = text.find(['〔', '[', '(', '【'])?;
        let year = text
            .get(open..)?
            .chars()
            .skip(1)
            .take(4)
            .collect::<String>();
        let behind: String = text.get(open..)?.chars().skip(5).collect();
        let closed = behind.starts_with(['〕', ']', ')', '】']);
        let numbered = behind.chars().any(|c| c.is_ascii_digit());
        let year: u16 = year.parse().ok()?;
        (closed && numbered && super::date::YEARS.contains(&year))
            .then(|| Derived::read(year, "文号", &line.original()))
    })
}

/// The year that the first sentences say is reported on: `现将2023年度工作情况报告如下`.
pub(super) fn year_of_report(opening: &[LazyLine<'_>]) -> Option<Derived<u16>> {
    let mut told = opening.iter().filter(|line| line.may_hold("如下"));
    told.find_map(|line| {
        let part = line.whole();
        let ends = ["报告如下", "汇报如下", "总结如下", "通报如下", "述职如下"];
        let end = ends.iter().filter_map(|e| part.text().find(e)).min()?;
        let sentence = part.before(end);
        let start = sentence
            .text()
            .rfind(['。', ';', ','])?
            .max(sentence.text().rfind(['将', '就', '把'])?);
        let mark = sentence.text().get(start..)?.chars().next()?;
        let object = sentence.behind(start + mark.len_utf8());
        let at = object
            .text()
            .find(|c: char| c.is_ascii_digit() || c == '二')?;
        let (date, length) = date_at(object.text().get(at..)?)?;
        let rest = object.text().get(at + length..)?;
        let single = !rest.contains('年') && !rest.starts_with(is_dash);
        let length = if rest.starts_with('度') {
            length + '度'.len_utf8()
        } else {
            length
        };
        let near = object.before(at).n_chars() <= 12;
        (single && near).then(|| {
            Derived::read(
                date.year(),
                "正文",
                &object.behind(at).before(length).original(),
            )
        })
    })
}

/// The year that a folder's name begins with: `2023年会议材料`.
pub(super) fn year_of_folders(folders: &[Line]) -> Option<Derived<u16>> {
    folders.iter().rev().find_map(|folder| {
        let part = folder.whole();
        let (date, length) = date_at(part.text())?;
        let rest = part.text().get(length..)?;
        let span =
            rest.starts_with(|c| is_dash(c) || matches!(c, '至' | '到' | '前' | '后' | '以'));
        let yearly = part.before(length).text().contains('年') && !span;
        yearly.then(|| Derived::read(date.year(), "文件夹", &part.before(length).original()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::kind::kind_of;
    use super::*;

    fn file(name: &str) -> String {
        of_file_name(Line::new(name).whole()).map_or("none".into(), |d| d.value.to_string())
    }

    #[test]
    fn names_of_files() {
        for name in [
            "2020年3月5日县长讲话",
            "2020-03-05 讲话",
            "20200305讲话",
            "2020.3.5讲话",
            "讲话（2020年3月5日）",
            "讲话20200305",
            "讲话_2020-03-05_终稿",
            "二〇二〇年三月五日在全县会议上的讲话",
        ] {
            assert_eq!(file(name), "2020-03-05", "{name}");
        }
        for name in [
            "关于2020年3月5日大雨灾情的报告",
            "2020年工作总结",
            "截至2020年3月",
            "2020-03-05至2020-03-09日程",
            "讲话",
            "2020030512",
            "版本20201345",
            "2020年3月5日前完成的工作",
        ] {
            assert_eq!(file(name), "none", "{name}");
        }
    }

    fn folders(path: &str) -> String {
        let folders: Vec<Line> = path.split('/').map(Line::new).collect();
        of_folders(&folders).map_or("none".into(), |d| format!("{} {}", d.value, d.from))
    }

    #[test]
    fn names_of_folders() {
        assert_eq!(folders("2020"), "2020 文件夹：2020");
        assert_eq!(
            folders("档案/2020年/三月/全县会议"),
            "2020-03 文件夹：2020年/三月"
        );
        assert_eq!(folders("2020/03/05"), "2020-03-05 文件夹：2020/03/05");
        assert_eq!(folders("2020/会议/03"), "2020 文件夹：2020");
        assert_eq!(folders("202003"), "2020-03 文件夹：202003");
        assert_eq!(
            folders("2019/2020年3月5日县委全会"),
            "2020-03-05 文件夹：2020年3月5日县委全会"
        );
        assert_eq!(folders("2018-2020"), "none");
        assert_eq!(folders("2020年总结"), "none");
        assert_eq!(folders("03/材料"), "none");
        assert_eq!(folders("1234"), "none");
    }

    fn year(title: &str) -> Option<u16> {
        let line = Line::new(title);
        year_of_title(line.whole(), kind_of(line.whole()).as_ref()).map(|y| y.0)
    }

    #[test]
    fn years() {
        assert_eq!(year("2020年政府工作报告"), Some(2020));
        assert_eq!(year("青石县二〇二〇年度工作总结"), Some(2020));
        assert_eq!(year("关于2019年决算和2020年预算的报告"), None);
        assert_eq!(year("2018—2020年行动方案"), None);
        assert_eq!(year("关于2035年远景目标的报告"), None);
        assert_eq!(year("2020年大雨"), None);
        let lines = ["关于防汛的通知", "青汛发〔2020〕3号", "各镇："];
        assert_eq!(
            year_of_number(&Head::of(&lines)).map(|y| y.value),
            Some(2020)
        );
        let report = LazyLine::new("按照要求，现将2020年度工作情况报告如下。");
        assert_eq!(
            year_of_report(&[LazyLine::new("总结"), report]).map(|y| y.from),
            Some("正文：2020年度".into())
        );
        assert_eq!(year_of_report(&[LazyLine::new("2020年度获奖。")]), None);
        assert_eq!(
            year_of_folders(&[Line::new("2020年会议材料")]).map(|y| y.value),
            Some(2020)
        );
    }
}
