//! The head of a document: the lines between its beginning and the first sentence of its text, where
//! title, subtitle, date and signature stand. It says where the head ends, not what its lines mean.

use super::line::{Line, Part, is_dash, is_short};

/// Most lines of a head.
const MAX_LINES: usize = 12;
/// Longest line of a head, in characters.
const MAX_CHARS: usize = 90;

/// The lines of a head, in reading order.
#[derive(Debug)]
pub(super) struct Head {
    lines: Vec<Line>,
}

impl Head {
    /// The head of these paragraphs; empty where the text begins at once.
    pub(super) fn of(paragraphs: &[&str]) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        let (mut at, mut is_anew) = (0, false);
        while let Some(paragraph) = paragraphs.get(at).filter(|_| at < MAX_LINES) {
            let line = is_short(paragraph, MAX_CHARS).then(|| Line::new(paragraph));
            let line = line.filter(|line| !begins_text(line.whole(), lines.len()));
            let Some(line) = line else {
                let again = title_again(&lines, paragraphs.get(at + 1..).unwrap_or_default());
                let Some(n) = again.filter(|_| !is_anew) else {
                    break;
                };
                (at, is_anew) = (at + 1 + n, true);
                continue;
            };
            lines.push(line);
            at += 1;
        }
        Self { lines }
    }

    /// Its lines.
    pub(super) fn lines(&self) -> impl Iterator<Item = Part<'_>> {
        self.lines.iter().map(Line::whole)
    }

    /// The subtitle lines: those that begin with a dash.
    pub(super) fn subtitles(&self) -> impl Iterator<Item = Part<'_>> {
        self.lines().filter(|line| line.text().starts_with(is_dash))
    }
}

/// Longest lead of an editor between a title and the document itself, in paragraphs.
const MAX_LEAD: usize = 3;
/// Least characters of a title that comes again.
const MIN_AGAIN: usize = 8;

/// Which of the paragraphs behind a lead is the title once more, without what the editor put before
/// it: there the document itself begins, with a head of its own.
fn title_again(lines: &[Line], behind: &[&str]) -> Option<usize> {
    let title = lines.first()?.whole();
    let n_chars = title.n_chars();
    let fits = |text: &str| !is_short(text, MIN_AGAIN - 1) && is_short(text, n_chars);
    behind.iter().take(MAX_LEAD).position(|paragraph| {
        fits(paragraph) && title.text().ends_with(Line::new(paragraph).whole().text())
    })
}

/// Whether the text begins with this line, which is short; `n` lines stand before it.
fn begins_text(line: Part<'_>, n: usize) -> bool {
    let text = line.text();
    let remark = text.starts_with(['(', '[', '【', '〔']) || text.starts_with(is_dash);
    let sentence =
        text.contains(['。', ';']) || (n > 1 && text.contains(',') && line.n_chars() > 24);
    is_salutation(line)
        || is_contents(text)
        || (sentence && !remark)
        || (n > 0 && starts_enumeration(text))
}

/// Whether a line addresses the audience or the recipients: `各位代表：`, `各乡镇人民政府：`.
pub(super) fn is_salutation(line: Part<'_>) -> bool {
    let text = line.text();
    let addressed = [
        "各位",
        "同志们",
        "尊敬的",
        "女士们",
        "朋友们",
        "主席,",
        "名位代表",
    ];
    addressed.iter().any(|a| text.starts_with(a)) || text.ends_with(':')
}

/// Whether a folded line says that a table of contents follows.
pub(super) fn is_contents(text: &str) -> bool {
    let bare: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '(' | ')'))
        .collect();
    matches!(bare.as_str(), "目录" | "目次" | "contents")
}

/// Whether a folded line begins as a numbered heading or section does: `一、`, `（二）`, `第三章`.
pub(super) fn starts_enumeration(text: &str) -> bool {
    let numeral = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let rest = text.trim_start_matches(['(', '第']);
    let behind = rest.trim_start_matches(numeral);
    behind.len() < rest.len() && behind.starts_with(['、', '.', ')', '章', '条', '节', '编', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paragraphs: &[&str], n_lines: usize) {
        assert_eq!(Head::of(paragraphs).lines.len(), n_lines, "{paragraphs:?}");
    }

    #[test]
    fn heads() {
        check(
            &[
                "在全县会议上的讲话",
                "（2020年3月5日）",
                "陈一鸣",
                "同志们：",
                "今天",
            ],
            3,
        );
        check(
            &["茶好，水也好", "——在全县会议上的发言", "我来自青石镇。"],
            2,
        );
        check(
            &[
                "陈一鸣：在全县茶叶大会上的讲话",
                "3月5日，大会召开。陈一鸣讲了话。",
                "在全县茶叶大会上的讲话",
                "（2020年3月5日）",
                "同志们：",
                "在全县茶叶大会上的讲话",
            ],
            3,
        );
        check(&["各位代表：", "现在报告工作。"], 0);
        check(&["工作总结", "一、做法", "二、成效"], 1);
        check(
            &["关于防汛的通知", "青汛发〔2020〕3号", "各乡镇人民政府："],
            2,
        );
        check(&["报告", "目　录", "总论"], 1);
        check(&["今天下了雨。"], 0);
        check(&[], 0);
        check(&["甲"; 40], MAX_LINES);
    }
}
