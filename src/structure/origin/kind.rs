//! The kind of a document, of a closed list, from the end of its title: `…座谈会上的讲话` is a 讲话.
//!
//! A title of news that tells of a speech (`…出席会议并讲话`) is none.

use super::date;
use super::line::{Line, Part};
use super::meeting::is_meeting;

/// How much a word at the end of a title proves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Is never a verb: whatever stands before it.
    Noun,
    /// May be a verb: needs 的, or a word that makes a noun of it, before it.
    Weak,
}

/// Ends of titles and the kinds they mean, longest first where one ends with another.
const ENDS: &[(&str, &str, Proof)] = &[
    ("表态发言", "表态发言", Proof::Noun),
    ("答记者问", "答记者问", Proof::Noun),
    ("倡议书", "倡议书", Proof::Noun),
    ("主持词", "主持词", Proof::Noun),
    ("主持辞", "主持词", Proof::Noun),
    ("主持稿", "主持词", Proof::Noun),
    ("讲话稿", "讲话", Proof::Noun),
    ("讲话材料", "讲话", Proof::Noun),
    ("讲话提纲", "讲话", Proof::Noun),
    ("讲话要点", "讲话", Proof::Noun),
    ("发言稿", "发言", Proof::Noun),
    ("发言材料", "发言", Proof::Noun),
    ("发言提纲", "发言", Proof::Noun),
    ("发言要点", "发言", Proof::Noun),
    ("演讲稿", "演讲", Proof::Noun),
    ("汇报材料", "汇报", Proof::Noun),
    ("汇报提纲", "汇报", Proof::Noun),
    ("汇报稿", "汇报", Proof::Noun),
    ("欢迎辞", "致辞", Proof::Noun),
    ("欢迎词", "致辞", Proof::Noun),
    ("开幕词", "致辞", Proof::Noun),
    ("闭幕词", "致辞", Proof::Noun),
    ("开幕辞", "致辞", Proof::Noun),
    ("闭幕辞", "致辞", Proof::Noun),
    ("政府工作报告", "报告", Proof::Noun),
    ("纪要", "纪要", Proof::Noun),
    ("方案", "方案", Proof::Noun),
    ("公报", "公报", Proof::Noun),
    ("要点", "要点", Proof::Noun),
    ("规划", "规划", Proof::Weak),
    ("办法", "办法", Proof::Noun),
    ("条例", "条例", Proof::Noun),
    ("批复", "批复", Proof::Weak),
    ("决议", "决议", Proof::Noun),
    ("提案", "提案", Proof::Noun),
    ("议案", "议案", Proof::Noun),
    ("讲话", "讲话", Proof::Weak),
    ("发言", "发言", Proof::Weak),
    ("演讲", "演讲", Proof::Weak),
    ("致辞", "致辞", Proof::Weak),
    ("致词", "致辞", Proof::Weak),
    ("报告", "报告", Proof::Weak),
    ("汇报", "汇报", Proof::Weak),
    ("总结", "总结", Proof::Weak),
    ("通知", "通知", Proof::Weak),
    ("意见", "意见", Proof::Weak),
    ("决定", "决定", Proof::Weak),
    ("说明", "说明", Proof::Weak),
    ("规定", "规定", Proof::Noun),
    ("公告", "公告", Proof::Weak),
    ("通报", "通报", Proof::Weak),
    ("建议", "建议", Proof::Weak),
    ("计划", "计划", Proof::Weak),
    ("函", "函", Proof::Weak),
];

/// What makes a noun of a [`Proof::Weak`] word, standing right before it.
const SUPPORTS: &[&str] = &[
    "的",
    "工作",
    "情况",
    "同志",
    "讨论",
    "交流",
    "大会",
    "会议",
    "座谈会",
    "推进会",
    "代表",
    "书面",
    "总结",
    "述职",
    "调研",
    "考察",
    "评估",
    "审计",
    "检查",
    "自查",
    "整改",
    "年度",
    "专题",
    "重要",
    "主旨",
    "动员",
    "部署",
    "开幕式",
    "闭幕式",
    "欢迎",
    "典型",
    "经验",
    "开题",
    "可行性研究",
    "述廉",
    "述责述廉",
    "政治",
    "财务",
    "预算",
    "决算",
    "半年",
    "全年",
    "若干",
    "实施",
    "指导",
    "处理",
    "审查",
    "审议",
    "反馈",
    "修改",
    "行动",
    "发展",
    "暂行",
    "管理",
    "有关",
    "补充",
    "紧急",
    "起草",
    "编制",
    "复",
    "便",
    "来",
    "公开",
    "任免",
    "表彰",
    "处分",
    "招标",
    "公示",
    "五年",
    "三年",
    "两年",
    "书记",
    "市长",
    "县长",
    "区长",
    "主任",
    "局长",
    "部长",
    "主席",
    "立法",
    "监督",
    "巡视",
    "巡察",
    "督查",
    "督导",
    "贯彻",
    "执行",
    "解释",
    "保护",
    "改革",
    "建设",
    "专项",
    "总体",
    "详细",
];

/// Words of news. A title with one of them tells of a document and is not its title.
const NEWS: &[&str] = &[
    "出席",
    "会见",
    "并讲话",
    "并致辞",
    "并发言",
    "发表",
    "作讲话",
    "作重要讲话",
    "强调",
    "指出",
    "播发",
    "引发",
    "热议",
    "反响",
    "评论员",
    "社论",
    "快评",
    "述评",
    "侧记",
    "综述",
    "论学习",
    "印发",
    "发出",
    "公布《",
    "出版",
    "在京",
    "致贺",
    "会谈",
    "消息",
    "视察",
    "开讲",
    "透露",
    "获悉",
    "联播",
    "举办",
    "宣读",
    "传达",
    "播出",
    "听取",
    "作出",
    "提出",
    "收到",
    "做报告",
    "评价",
    "领会",
    "拒绝",
    "反对",
    "核可",
    "表决",
    "抗议",
    "起草",
    "写入",
    "撤回",
    "宣布",
    "摸索",
    "寻找",
    "签署",
    "通过",
    "将向",
    "开始",
    "战胜",
    "正式",
    "谴责",
    "呼吁",
    "称",
    "征求对",
    "发布",
];

/// Remarks that are part of a version's name rather than of its title.
const VERSIONS: &[&str] = &[
    "征求意见稿",
    "送审稿",
    "讨论稿",
    "修改稿",
    "刊发稿",
    "审议稿",
    "报批稿",
    "初稿",
    "定稿",
    "终稿",
    "正式稿",
    "草稿",
    "草案",
    "摘要",
    "节选",
    "全文",
    "摘登",
    "试行",
    "暂行",
    "副本",
    "复件",
];

/// A kind, and where in the title it was read.
pub(super) struct Kind<'a> {
    /// Its name in the closed list.
    pub(super) name: &'static str,
    /// The words of the title that say so.
    pub(super) words: Part<'a>,
    /// What stands before them.
    pub(super) before: Part<'a>,
}

/// The kind that a title names at its end. Remarks in brackets, versions and dates behind it do
/// not count; of `主题——在…上的讲话`, the second half is looked at first.
pub(super) fn kind_of(title: Part<'_>) -> Option<Kind<'_>> {
    let title = core_of(title);
    // 关于反对浪费的通知: what stands behind 关于 is a subject, not news.
    let formal = title
        .text()
        .find("关于")
        .filter(|_| kind_at_end(title).is_some_and(|k| k.before.text().ends_with('的')));
    let told = title.before(formal.unwrap_or(title.text().len()));
    let told = told.text();
    // 新闻发布会 is a meeting, 理论学习中心组 a body.
    let beside = |word: &str, other: &str| told.matches(word).count() > told.matches(other).count();
    let is_news = |word: &&str| match *word {
        "发布" => beside(word, "发布会"),
        "论学习" => beside(word, "理论学习"),
        word => told.contains(word),
    };
    if NEWS.iter().any(is_news) {
        return None;
    }
    // A speaker, an appendix or a theme before the title proper; else what follows is said, not named.
    if let Some((before, proper)) = title.rsplit_once(":") {
        let named = before.text().starts_with("附件") || proper.text().starts_with(['在', '关']);
        return if named {
            kind_at_end(core_of(proper))
        } else {
            None
        };
    }
    if let Some((theme, subtitle)) = title.rsplit_once("——") {
        return kind_at_end(core_of(subtitle)).or_else(|| kind_at_end(core_of(theme)));
    }
    kind_at_end(title)
}

fn kind_at_end(title: Part<'_>) -> Option<Kind<'_>> {
    // 上半年工作总结暨下半年工作计划 is the former in the first place.
    let both = ["总结暨", "总结和", "总结及"];
    if title.text().ends_with("计划")
        && let Some(at) = both.iter().find_map(|both| title.text().find(both))
    {
        return kind_at_end(title.before(at + "总结".len()));
    }
    let (before, end) = ENDS
        .iter()
        .find_map(|end| Some((title.strip_suffix(end.0)?, end)))?;
    let words = title.behind(before.text().len());
    let supported =
        || SUPPORTS.iter().any(|s| before.text().ends_with(s)) || is_meeting(before.text());
    let named = || super::speaker::is_person(before);
    let proven = end.2 == Proof::Noun || before.trim().is_empty() || supported() || named();
    let text = before.text();
    // 向大会致辞 is what somebody does.
    let towards = end.1 == "致辞" && text.contains('向') && !text.ends_with('的');
    let verb = towards
        || text.ends_with(['并', '做', '致', '被', '将', '拟', '新'])
        || (text.ends_with('作') && !text.ends_with("工作") && !text.ends_with("合作"));
    (proven && !verb).then_some(Kind {
        name: end.1,
        words,
        before,
    })
}

/// What the first sentences of a report to a people's congress say: `我代表县人民政府，向大会报告工作，请予审议`.
pub(super) fn of_opening(paragraph: Part<'_>) -> Option<Part<'_>> {
    let (_, rest) = paragraph.split_once("代表")?;
    let body = rest
        .text()
        .find("向")
        .and_then(|at| rest.text().get(..at))?;
    let government =
        body.contains("人民政府") || body.contains("国务院") || body.contains("常务委员会");
    let at = rest.text().find("向大会")?;
    let said = rest.behind(at);
    let object = said.text().get("向大会".len()..)?;
    let reports = [
        "报告工作",
        "作工作报告",
        "作政府工作报告",
        "报告政府工作",
        "报告",
    ]
    .iter()
    .find(|r| object.starts_with(*r))?;
    let reviewed = object.contains("审议") || object.contains("审查");
    (government && reviewed).then(|| said.before("向大会".len() + reports.len()))
}

/// The kind that a folder is named after: exactly one of the words, or with 材料 or 稿 behind it.
pub(super) fn kind_of_folder(folder: Part<'_>) -> Option<&'static str> {
    let name = folder
        .strip_any_suffix(&["材料", "文件", "稿", "类"])
        .unwrap_or(folder);
    let names = [folder.text(), name.text()];
    let found = ENDS.iter().find(|end| names.contains(&end.0));
    found.map(|end| end.1)
}

/// A title without its marks, remarks, versions and dates at the end, and without a date at its head.
pub(super) fn core_of(title: Part<'_>) -> Part<'_> {
    let mut title = without_marks(title);
    for _ in 0..6 {
        let shorter = title
            .split_remark()
            .map(|(before, _)| before)
            .filter(|before| before.n_chars() >= 2)
            .or_else(|| {
                title
                    .strip_any_suffix(VERSIONS)
                    .filter(|t| t.n_chars() >= 2)
            })
            .or_else(|| without_date(title))
            .map(without_marks);
        match shorter {
            Some(shorter) => title = shorter,
            None => break,
        }
    }
    let text = title.text();
    let dated = date::date_at(text).filter(|(d, _)| d.day().is_some());
    match dated.or_else(|| date::compact_at(text)) {
        Some((_, length)) => {
            let behind = title.behind(length + date::time_at(text.get(length..).unwrap_or("")));
            behind.trim_start_matches(|c| matches!(c, ' ' | '_' | '-' | '.' | ','))
        }
        None => title,
    }
}

fn without_marks(title: Part<'_>) -> Part<'_> {
    let part = title
        .without_dashes()
        .trim_start_matches(|c| matches!(c, '#' | '.' | '_' | '■' | '◆' | '●'))
        .trim_end_matches(|c| {
            matches!(c, ' ' | '_' | '-' | '。' | '.' | '"' | '”') || c.is_ascii_digit()
        });
    // A version's name (`讲话 v2`, `讲话_final`).
    let word = part.trim_end_matches(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let version = word.text().len() < part.text().len()
        && part
            .text()
            .get(word.text().len()..)
            .is_some_and(|w| w.starts_with('_'));
    let part = if version || word.text().ends_with(' ') {
        word.trim()
    } else {
        part
    };
    let whole = part.strip_prefix("《").and_then(|p| p.strip_suffix("》"));
    let part = whole.filter(|p| !p.text().contains('《')).unwrap_or(part);
    part.trim()
}

fn without_date(title: Part<'_>) -> Option<Part<'_>> {
    let at = title.text().rfind(|c: char| !is_of_date(c))?;
    let start = at + title.text().get(at..)?.chars().next()?.len_utf8();
    let (date, length) = date::date_at(title.text().get(start..)?)?;
    let whole = start + length == title.text().len();
    (whole && start > 0 && date.month().is_some()).then(|| title.before(start))
}

fn is_of_date(c: char) -> bool {
    c.is_ascii_digit() || "年月日-./〇零一二三四五六七八九十".contains(c)
}

/// The kind named by a text, for tests and for titles that are put together from lines.
pub(super) fn kind_name(title: &str) -> Option<&'static str> {
    kind_of(Line::new(title).whole()).map(|kind| kind.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(title: &str, expected: Option<&str>) {
        assert_eq!(kind_name(title), expected, "{title}");
    }

    #[test]
    fn ends_of_titles() {
        check("在全县水利工作会议上的讲话", Some("讲话"));
        check(
            "在全县水利工作会议上的讲话（节选）（2020年3月5日）",
            Some("讲话"),
        );
        check("關於做好春耕備耕工作的通知", Some("通知"));
        check("陈一鸣在全县水利工作会议上的表态发言", Some("表态发言"));
        check("县委三届二次全会分组讨论发言（青石镇）", Some("发言"));
        check(
            "关于2020年财政预算执行情况的报告——2021年1月5日在青石县人民代表大会上",
            Some("报告"),
        );
        check("种好一粒粮——在全县水利工作会议上的交流发言", Some("发言"));
        check("政府工作报告", Some("报告"));
        check("20200305 防汛工作专题会议纪要", Some("纪要"));
        check("防汛工作方案（征求意见稿）", Some("方案"));
        check("《关于规划草案的说明》", Some("说明"));
        check("述职述廉报告2020-12-30", Some("报告"));
        check("陈一鸣同志发言", Some("发言"));
        check("陈一鸣讲话", Some("讲话"));
        check("主持词", Some("主持词"));
        check("2020年工作总结暨2021年工作计划", Some("总结"));
        check("在全县水利工作会议上的讲话提纲", Some("讲话"));
        check("在全国茶叶论坛上的主旨演讲", Some("演讲"));
        check("陈一鸣在县委理论学习中心组学习会上的发言", Some("发言"));
        check("在水利新闻发布会上的讲话", Some("讲话"));
    }

    #[test]
    fn news_and_other_titles() {
        check("陈一鸣出席全县水利工作会议并讲话", None);
        check("县政府印发《关于春耕的意见》", None);
        check("全县水利工作会议召开", None);
        check("陈一鸣发表讲话", None);
        check("全县水利工作会议举行 陈一鸣作重要讲话", None);
        check("学会说明", None);
        check("二论学习陈一鸣的讲话", None);
        check("陈一鸣发表主旨演讲", None);
        check("", None);
        check("（）", None);
    }

    #[test]
    fn folders() {
        let folder = |name| kind_of_folder(Line::new(name).whole());
        assert_eq!(folder("讲话"), Some("讲话"));
        assert_eq!(folder("汇报材料"), Some("汇报"));
        assert_eq!(folder("通知类"), Some("通知"));
        assert_eq!(folder("重要讲话"), None);
    }
}
