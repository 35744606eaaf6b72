//! Who speaks: out of `陈一鸣在…上的讲话`, a line `发言人：陈一鸣`, or the signature under the title.
//!
//! A name is given as it stands, without the office; an office alone where the text names nobody.
//! Where the name itself was struck out, the office stays with it: `*县委书记 *`.

use super::kind::{Kind, core_of};
use super::line::{Line, Part, is_han_or_mask, is_mask};
use super::meeting::{self, occasion_of};
use super::names::{
    OFFICES, STYLES, ends_with_post, is_addressed, is_name, is_plain, is_struck_out,
};

/// Labels of lines that name the speaker.
const LABELS: [&str; 9] = [
    "讲话人",
    "发言人",
    "汇报人",
    "报告人",
    "致辞人",
    "致词人",
    "述职人",
    "主讲人",
    "演讲人",
];

/// Kinds of documents that somebody speaks.
pub(super) const SPOKEN: [&str; 10] = [
    "讲话",
    "发言",
    "表态发言",
    "报告",
    "汇报",
    "主持词",
    "演讲",
    "致辞",
    "说明",
    "总结",
];

/// Most characters of a signature.
const MAX_SIGNATURE: usize = 40;
/// Most characters of an office that stands for a name.
const MAX_OFFICE: usize = 14;

/// The speaker that a title names: `陈一鸣在…上的讲话`, `陈一鸣同志发言`, `陈一鸣：在…上的讲话`.
pub(super) fn of_title(title: Part<'_>, kind: Option<&Kind<'_>>) -> Option<String> {
    let kind = kind.filter(|kind| SPOKEN.contains(&kind.name))?;
    let core = core_of(title);
    if let Some((who, _)) = core
        .split_once(":")
        .filter(|(_, rest)| rest.text().starts_with('在'))
    {
        return person(who);
    }
    if let Some(occasion) = occasion_of(kind.before) {
        return person(occasion.before).or_else(|| office(occasion.before));
    }
    let before = kind.before.trim();
    let before = before
        .strip_any_suffix(&["的", "述职", "工作"])
        .unwrap_or(before)
        .trim();
    let styled = STYLES
        .iter()
        .chain(&OFFICES)
        .any(|s| before.text().ends_with(s));
    // Without anything between name and kind, only the commonest form of a name is one.
    let bare =
        before.n_chars() == 3 && kind.name != "报告" && kind.name != "说明" && kind.name != "总结";
    person(before).filter(|_| styled || bare)
}

/// Whether a piece is a person and nothing else: `陈一鸣`, `陈一鸣同志`.
pub(super) fn is_person(part: Part<'_>) -> bool {
    let name = part.trim().strip_any_suffix(&STYLES).unwrap_or(part).trim();
    (3..=4).contains(&name.n_chars()) && is_name(name.text())
}

/// Reads `陈一鸣`, `陈一鸣同志`, `县委书记陈一鸣`, `陈一鸣书记`.
fn person(who: Part<'_>) -> Option<String> {
    let who = who.without_dashes().trim();
    let who = who.strip_any_suffix(&STYLES).unwrap_or(who).trim();
    if is_name(who.text()) {
        return Some(joined(who));
    }
    if let Some(name) = who.strip_any_suffix(&OFFICES) {
        let name = without_vice(name.trim());
        if is_name(name.text()) {
            return Some(joined(name));
        }
    }
    signature(who)
}

fn without_vice(name: Part<'_>) -> Part<'_> {
    let vices = ["常务副", "副总", "总", "副", "代", "主任", "委员"];
    name.strip_any_suffix(&vices)
        .filter(|n| n.n_chars() >= 2)
        .unwrap_or(name)
}

/// An office that stands for its holder: `财政局局长`, `行政长官`, or with a surname, `陈书记`.
fn office(who: Part<'_>) -> Option<String> {
    let who = who.trim();
    let before = who.strip_any_suffix(&OFFICES)?;
    let before = before
        .strip_any_suffix(&["副", "代", "代理"])
        .unwrap_or(before);
    let bodies = [
        "局", "部", "厅", "委", "院", "会", "署", "处", "司", "市", "县", "区", "州", "镇", "乡",
        "省", "政府", "行政", "代理",
    ];
    let held = before.is_empty()
        || bodies.iter().any(|b| before.text().ends_with(b))
        || is_addressed(before.text());
    let short = (2..=MAX_OFFICE).contains(&who.n_chars());
    let plain = is_plain(who, "") && !who.text().contains(['的', '就', '我', '向']);
    (held && short && plain).then(|| joined(who))
}

/// The speaker that a line names by a label; `主持人` counts where `chair` says that the document is
/// the chair's own.
pub(super) fn of_label(line: Part<'_>, chair: bool) -> Option<String> {
    let (label, rest) = line.split_once(":")?;
    let label: String = label.text().chars().filter(|c| *c != ' ').collect();
    let known = LABELS.contains(&label.as_str()) || (chair && label == "主持人");
    if !known || rest.n_chars() > MAX_SIGNATURE {
        return None;
    }
    let rest = rest
        .split_remark()
        .map_or(rest, |(before, _)| before)
        .trim();
    person(rest)
}

/// The speaker of a signature: a name, alone or with an office before it, `陈 一`, `县长 陈一鸣`,
/// `国务院总理陈一鸣`. What a signature may not hold (punctuation, verbs) makes it none.
pub(super) fn signature(line: Part<'_>) -> Option<String> {
    let line = line
        .split_remark()
        .map_or(line, |(before, _)| before)
        .trim();
    if line.n_chars() > MAX_SIGNATURE || !is_plain(line, " 、·") {
        return None;
    }
    let text = line.text();
    let blanks: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    if blanks.is_empty() {
        // 中秋·团圆: without an office, not every word with a dot is a name.
        return if is_name(text) && !text.contains('·') {
            Some(joined(line))
        } else {
            behind_office(line)
        };
    }
    // The name is what stands behind the last blank, or two blanks: 陈 一.
    for at in blanks.iter().rev() {
        let (office, name) = (line.before(*at).trim(), line.behind(*at).trim());
        let bare: String = name.text().chars().filter(|c| *c != ' ').collect();
        let spaced = bare.len() < name.text().len();
        let single = name
            .text()
            .split_whitespace()
            .all(|piece| piece.chars().count() == 1);
        if spaced && !single {
            break;
        }
        if is_struck_out(&bare) && ends_with_post(office.text()) {
            return Some(collapsed(line));
        }
        if is_name(&bare) && ends_with_post(office.text()) {
            return Some(joined(name));
        }
    }
    let bare: String = text.chars().filter(|c| *c != ' ').collect();
    let single = text
        .split_whitespace()
        .all(|piece| piece.chars().count() == 1);
    (single && is_name(&bare)).then(|| joined(line))
}

/// `国务院总理陈一鸣`: the name behind the last office.
fn behind_office(line: Part<'_>) -> Option<String> {
    let text = line.text();
    let ends = OFFICES
        .iter()
        .filter_map(|office| text.rfind(office).map(|at| at + office.len()));
    let end = ends.max()?;
    let verbs = [
        "会见", "会谈", "当选", "出席", "访问", "选举", "任命", "欢迎", "致信", "评价", "的",
    ];
    if verbs
        .iter()
        .any(|verb| line.before(end).text().contains(verb))
    {
        return None;
    }
    let name = line.behind(end);
    let named = is_name(name.text()) && !name.text().starts_with(is_mask);
    named.then(|| joined(name))
}

/// As it stands, without blanks.
fn joined(part: Part<'_>) -> String {
    part.original().split_whitespace().collect()
}

/// As it stands, with one blank where there were several.
fn collapsed(part: Part<'_>) -> String {
    let original = part.original();
    original.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `name` is what was struck out of `masked`: a mask hides one or more characters.
pub(super) fn fits(masked: &str, name: &str) -> bool {
    let (masked, name) = (Line::new(masked), Line::new(name));
    let (masked, name) = (masked.whole().text(), name.whole().text());
    let mut rest = name;
    let mut open = false;
    let pieces = masked.split(is_mask);
    for (n, piece) in pieces.enumerate() {
        if n > 0 {
            open = true;
        }
        if piece.is_empty() {
            continue;
        }
        let Some(at) = rest.find(piece) else {
            return false;
        };
        if (at > 0) != open {
            return false;
        }
        rest = rest.get(at + piece.len()..).unwrap_or("");
        open = false;
    }
    if open {
        !rest.is_empty()
    } else {
        rest.is_empty()
    }
}

/// Whether a name has something struck out.
pub(super) fn is_masked(name: &str) -> bool {
    name.chars().any(is_mask)
}

/// Whether a line could be a signature at all: characters, masks and little else.
pub(super) fn may_be_signature(line: Part<'_>) -> bool {
    let line = line
        .split_remark()
        .map_or(line, |(before, _)| before)
        .trim();
    let enough = line.text().chars().filter(|c| is_han_or_mask(*c)).count() >= 2;
    enough && !meeting::is_meeting(line.text())
}

#[cfg(test)]
mod tests {
    use super::super::kind::kind_of;
    use super::*;

    fn check(title: &str, expected: &str) {
        let line = Line::new(title);
        let kind = kind_of(line.whole());
        let found = of_title(line.whole(), kind.as_ref());
        assert_eq!(found.as_deref().unwrap_or("none"), expected, "{title}");
    }

    #[test]
    fn titles() {
        check("陈一鸣在全县水利工作会议上的讲话", "陈一鸣");
        check("陈一鸣同志在全县水利工作会议上的讲话", "陈一鸣");
        check("——陳一鳴在全縣水利工作會議上的講話", "陳一鳴");
        check("县委书记陈一鸣在全县水利工作会议上的讲话", "陈一鸣");
        check("陈一鸣副县长在全县水利工作会议上的讲话", "陈一鸣");
        check("陈**在全县水利工作会议上的讲话", "陈**");
        check("县水利局局长在全县水利工作会议上的汇报", "县水利局局长");
        check("陈书记在全县水利工作会议上的讲话", "陈书记");
        check("*书记在全县水利工作会议上的讲话", "*书记");
        check("陈一鸣：在全县水利工作会议上的讲话", "陈一鸣");
        check("陈一鸣同志述职报告", "陈一鸣");
        check("陈一鸣表态发言", "陈一鸣");
    }

    #[test]
    fn titles_without_a_name() {
        check("在全县水利工作会议上的讲话", "none");
        check("县水利局在全县水利工作会议上的汇报", "none");
        check("关于水利工作的报告", "none");
        check("水利局表态发言", "none");
        check("安全生产在全县会议上的讲话", "none");
        check("陈一鸣报告", "none");
        check("各界高度评价陈一鸣书记在全县水利工作会议上的讲话", "none");
    }

    #[test]
    fn signatures() {
        let found = |text| signature(Line::new(text).whole());
        assert_eq!(found("县长　陈一鸣").as_deref(), Some("陈一鸣"));
        assert_eq!(found("县长  陈  鸣").as_deref(), Some("陈鸣"));
        assert_eq!(found("陈 一 鸣").as_deref(), Some("陈一鸣"));
        assert_eq!(found("国务院总理陈一鸣").as_deref(), Some("陈一鸣"));
        assert_eq!(
            found("县水利局 陈一鸣（2020年3月5日）").as_deref(),
            Some("陈一鸣")
        );
        assert_eq!(found("*县委书记　*").as_deref(), Some("*县委书记 *"));
        assert_eq!(found("青*县委书记 陈*鸣").as_deref(), Some("陈*鸣"));
        for text in [
            "青石县水利局",
            "本报记者 陈一鸣",
            "陈一鸣，县长",
            "目 录",
            "第一 部分",
            "工作 安排",
            "中秋·团圆",
            "县长会见省总工会主席陈一鸣",
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn labels() {
        let found = |text, chair| of_label(Line::new(text).whole(), chair);
        assert_eq!(
            found("发 言 人：县长 陈一鸣", false).as_deref(),
            Some("陈一鸣")
        );
        assert_eq!(found("主持人：陈一鸣", true).as_deref(), Some("陈一鸣"));
        assert_eq!(found("主持人：陈一鸣", false), None);
        assert_eq!(found("记录人：陈一鸣", true), None);
        assert_eq!(found("发言人：大家好", false), None);
    }

    #[test]
    fn masks() {
        assert!(fits("陈*鸣", "陈一鸣"));
        assert!(fits("陈**", "陈一鸣"));
        assert!(fits("*鸣", "陈一鸣"));
        assert!(!fits("陈*鸣", "陈鸣"));
        assert!(!fits("林*", "陈一鸣"));
        assert!(!fits("陈*", "老陈一"));
    }
}
