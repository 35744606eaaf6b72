//! From a paragraph with line breaks inside to paragraphs as a reader sees them. Writers use such
//! breaks in two ways: to shape one thought (a title in two lines), and, above all in text pasted from
//! web pages, instead of paragraphs. It does not know where the breaks came from.

/// A line break inside the paragraph.
pub(super) const LINE: char = '\n';
/// A break of page or column.
pub(super) const PAGE: char = '\u{c}';

/// The paragraphs in `text`, none empty, each without blanks at its ends and without line breaks.
///
/// A page break ends a paragraph, and so does an empty line. A single line break ends one where the
/// line closes a sentence or ends in a colon (`各位代表：`), or where many lines of the paragraph do
/// (then its other lines are headings); elsewhere it is a space.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut paragraphs = Vec::new();
    for page in text.split(PAGE) {
        let every_line_ends = lines_are_paragraphs(page);
        let mut current = String::new();
        for line in page.split(LINE) {
            let line = clean(line);
            if line.is_empty() {
                finish(&mut current, &mut paragraphs);
                continue;
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(&line);
            if every_line_ends || closes_sentence(&line) {
                finish(&mut current, &mut paragraphs);
            }
        }
        finish(&mut current, &mut paragraphs);
    }
    paragraphs
}

/// `text` in one line: breaks and control characters become spaces, blanks at the ends go.
pub(super) fn clean(text: &str) -> String {
    text.trim_matches(is_blank)
        .chars()
        .map(|c| if is_break(c) { ' ' } else { c })
        .collect()
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_break(c)
}

fn finish(current: &mut String, paragraphs: &mut Vec<String>) {
    if !current.is_empty() {
        paragraphs.push(std::mem::take(current));
    }
}

/// Whether at least two lines, and half of them, close sentences. Lines that are merely cut at one
/// width seldom do.
fn lines_are_paragraphs(page: &str) -> bool {
    let lines = page.split(LINE).map(|line| line.trim_matches(is_blank));
    let full = lines.filter(|line| !line.is_empty());
    let n_lines = full.clone().count();
    let n_closed = full.filter(|line| closes_sentence(line)).count();
    n_closed >= 2 && n_closed.saturating_mul(2) >= n_lines
}

/// Whether a sentence, or the announcement of what follows, ends at the end of `line`, closing quotes
/// and brackets aside.
fn closes_sentence(line: &str) -> bool {
    line.trim_end_matches(['”', '’', '」', '』', '）', ')', '》', '"', ' '])
        .ends_with(['。', '！', '？', '；', '!', '?', ';', '…', '：', ':'])
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_title_in_two_lines_is_one_paragraph() {
        assert_eq!(split("关于修路的\n通知"), ["关于修路的 通知"]);
    }

    #[test]
    fn a_line_that_closes_a_sentence_ends_a_paragraph() {
        assert_eq!(
            split("路修好了。\n桥也\n修好了"),
            ["路修好了。", "桥也 修好了"]
        );
        assert_eq!(
            split("甲方\n乙方\n丙方说：“好。”\n丁方"),
            ["甲方 乙方 丙方说：“好。”", "丁方"]
        );
    }

    #[test]
    fn a_salutation_ends_a_paragraph() {
        assert_eq!(split("各位委员：\n现在开会"), ["各位委员：", "现在开会"]);
    }

    #[test]
    fn a_cut_sentence_is_joined() {
        assert_eq!(split("路修\n好了。"), ["路修 好了。"]);
        assert_eq!(
            split("一二\n三四\n五。\n六\n七\n八。"),
            ["一二 三四 五。", "六 七 八。"]
        );
    }

    #[test]
    fn an_empty_line_ends_a_paragraph() {
        assert_eq!(split("报告\n 　\n各位\n好"), ["报告", "各位 好"]);
    }

    #[test]
    fn headings_stay_apart_where_lines_are_paragraphs() {
        assert_eq!(
            split("一、路\n路修好了。\n二、桥\n桥修好了。"),
            ["一、路", "路修好了。", "二、桥", "桥修好了。"]
        );
    }

    #[test]
    fn a_page_break_ends_a_paragraph() {
        assert_eq!(split("封面\u{c}正文"), ["封面", "正文"]);
    }

    #[test]
    fn blanks_and_controls_go() {
        assert_eq!(split("　 甲\u{1}乙\u{2028}丙 \n\n"), ["甲 乙 丙"]);
        assert!(split(" \n\u{c}\u{1} ").is_empty());
    }
}
