//! From lines to paragraphs. A line is a paragraph, except in hard-wrapped files, whose lines were
//! cut at one width inside sentences: these are joined again.

use unicode_width::UnicodeWidthStr;

/// The text of a document and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraphs {
    /// Paragraphs without blanks at their ends, separated by `\n`; blank ones left out.
    pub text: String,
    /// Whether lines were joined.
    pub rejoined: bool,
}

/// Least width of a wrapped line, in columns; a Chinese character has two.
const MIN_WIDTH: usize = 24;
/// Greatest width of a wrapped line. What is longer is a paragraph in one line.
const MAX_WIDTH: usize = 160;
/// How far a cut line may stay behind the common width: punctuation must not begin a line, a
/// number is not cut, a first line may have lost its indent.
const SLACK: usize = 4;

/// Makes the paragraphs of a text file.
pub fn paragraphs_of(text: &str) -> Paragraphs {
    let normalized;
    let text = if text.contains(['\r', '\u{c}', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}']) {
        normalized = text.replace("\r\n", "\n").replace(
            ['\r', '\u{c}', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}'],
            "\n",
        );
        &normalized
    } else {
        text
    };
    let lines: Vec<Line<'_>> = text.split('\n').map(Line::new).collect();
    let wrap = Wrap::of(&lines);
    let mut joined = String::with_capacity(text.len());
    let mut previous: Option<&Line<'_>> = None;
    for line in &lines {
        if line.content.is_empty() {
            previous = None;
            continue;
        }
        let continues = match (&wrap, previous) {
            (Some(wrap), Some(previous)) => wrap.continues(previous, line),
            _ => false,
        };
        if continues {
            // Words of alphabetic scripts were parted by the blank that the line break replaced.
            let word_end = joined.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ',');
            if word_end
                && line
                    .content
                    .starts_with(|c: char| c.is_ascii_alphanumeric())
            {
                joined.push(' ');
            }
        } else if !joined.is_empty() {
            joined.push('\n');
        }
        joined.push_str(line.content);
        previous = Some(line);
    }
    Paragraphs {
        text: joined,
        rejoined: wrap.is_some(),
    }
}

/// One line of a file.
struct Line<'a> {
    content: &'a str,
    /// Columns before the content.
    indent: usize,
    /// Columns of the content.
    width: usize,
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
}

/// Columns of a text. Those of characters that any Chinese text is made of need no table, and are
/// the same whatever stands beside them.
fn width(text: &str) -> usize {
    let mut width = 0;
    for c in text.chars() {
        width += match c {
            ' '..='~' => 1,
            '\u{4e00}'..='\u{9fff}'
            | '\u{3000}'..='\u{3029}'
            | '\u{ff01}'..='\u{ff5e}'
            | '“'
            | '”'
            | '‘'
            | '’'
            | '—'
            | '…' => 2,
            _ => return text.width_cjk(),
        };
    }
    width
}

impl<'a> Line<'a> {
    fn new(line: &'a str) -> Self {
        let content = line.trim_matches(is_blank);
        let indent = &line[..line.len() - line.trim_start_matches(is_blank).len()];
        Self {
            content,
            indent: width(indent) + indent.matches('\t').count() * 7,
            width: width(content),
        }
    }

    /// Ends as a sentence or a heading does, not in the middle of one.
    fn ends_sentence(&self) -> bool {
        let end = self
            .content
            .trim_end_matches(['”', '’', '」', '』', '）', ')', '"']);
        end.ends_with(['。', '！', '？', '；', '：', '…', '!', '?', ';', ':', '.'])
    }
}

/// Whether a line begins as a numbered heading does (`一、`, `（二）`). Before one, a line may well end
/// without a stop; a single one may also be the rest of `七、八成`, cut at the width of the file.
fn starts_item(content: &str) -> bool {
    let bracketed = content.strip_prefix(['（', '(']);
    let rest = bracketed.unwrap_or(content);
    let behind = rest.trim_start_matches(|c| "一二三四五六七八九十".contains(c));
    let marks = if bracketed.is_some() {
        ['）', ')']
    } else {
        ['、', '．']
    };
    behind.len() < rest.len() && behind.starts_with(marks)
}

/// How a file was wrapped.
struct Wrap {
    /// Indent of the lines that go on.
    indent: usize,
    /// Common width of full lines behind that indent.
    width: usize,
    /// Whether paragraphs are marked, by an indent or a blank line before them.
    marked: bool,
}

impl Wrap {
    /// Finds out whether most of the text stands in lines of one width that end inside sentences.
    fn of(lines: &[Line<'_>]) -> Option<Self> {
        let indent = most_common(
            lines
                .iter()
                .filter(|l| !l.content.is_empty())
                .map(|l| l.indent),
        )?;
        let right = |line: &Line<'_>| line.width + line.indent.saturating_sub(indent);
        let candidates = lines
            .iter()
            .map(right)
            .filter(|w| (MIN_WIDTH..=MAX_WIDTH).contains(w));
        // Neighbouring widths are one: lines of half-width and of full-width characters.
        let width = most_common(candidates.map(|w| w.div_ceil(2) * 2))?;
        let full = |line: &&Line<'_>| {
            let w = right(line);
            w + SLACK >= width && w <= width + 2
        };
        let n_text: usize = lines.iter().map(|l| l.width).sum();
        let n_full: usize = lines.iter().filter(full).map(|l| l.width).sum();
        let n_lines = lines.iter().filter(full).count();
        let next = lines.iter().skip(1).map(Some).chain([None]);
        let n_open = lines
            .iter()
            .zip(next)
            .filter(|(line, _)| full(line) && !line.ends_sentence())
            .filter(|(_, next)| !next.is_some_and(|next| starts_item(next.content)))
            .count();
        let followed = lines
            .windows(2)
            .filter(|pair| full(&&pair[0]) && !pair[1].content.is_empty())
            .count();
        let wrapped = n_lines >= 3
            && n_full * 2 >= n_text
            && n_open * 3 >= n_lines * 2
            && followed * 2 >= n_lines;
        let marked = lines
            .iter()
            .any(|l| !l.content.is_empty() && l.indent > indent)
            || lines
                .windows(2)
                .any(|pair| pair[0].content.is_empty() && !pair[1].content.is_empty());
        wrapped.then_some(Self {
            indent,
            width,
            marked,
        })
    }

    /// Whether `line` goes on where `previous` was cut.
    fn continues(&self, previous: &Line<'_>, line: &Line<'_>) -> bool {
        if line.indent > self.indent {
            return false;
        }
        let reached = previous.width + previous.indent.saturating_sub(self.indent);
        if reached > self.width + 2 {
            return false;
        }
        if previous.ends_sentence() {
            return self.marked && reached + 2 >= self.width;
        }
        reached + SLACK >= self.width
    }
}

/// The value that comes most often; the greatest of several.
fn most_common(values: impl Iterator<Item = usize>) -> Option<usize> {
    let mut sorted: Vec<usize> = values.collect();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).map(|run| run[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, paragraphs: &[&str], rejoined: bool) {
        let found = paragraphs_of(text);
        assert_eq!(found.text.split('\n').collect::<Vec<_>>(), paragraphs);
        assert_eq!(found.rejoined, rejoined);
    }

    #[test]
    fn widths_are_those_of_the_table() {
        for c in '\0'..=char::MAX {
            for text in [String::from(c), format!("中{c}a{c}”")] {
                assert_eq!(width(&text), text.width_cjk(), "U+{:04X}", c as u32);
            }
        }
        for text in [
            "第一，“一张蓝图”绘到底……（2023年）",
            "a\u{fe0f}",
            "☎\u{fe0f}文",
        ] {
            assert_eq!(width(text), text.width_cjk(), "{text}");
        }
    }

    #[test]
    fn a_line_is_a_paragraph() {
        check(
            "标题\r\n\r\n　　正文一。\r　正文二。\t\n\n",
            &["标题", "正文一。", "正文二。"],
            false,
        );
        check("", &[""], false);
        check("\u{feff} 甲\u{c}乙", &["甲", "乙"], false);
    }

    #[test]
    fn lists_of_names_and_long_paragraphs_stay() {
        let names = "张三丰\n李四光\n王五岳\n赵六安\n钱七宝";
        check(names, &names.split('\n').collect::<Vec<_>>(), false);
        let long = [
            "这是一个很长的段落，".repeat(12) + "写完了。",
            "这是另一个很长的段落，".repeat(12) + "也写完了。",
        ];
        check(&long.join("\n"), &[&long[0], &long[1]], false);
        let headings = "一、关于全市经济运行的基本情况\n二、关于全市工业经济的基本情况\n三、关于全市农业经济的基本情况";
        check(
            &headings.replace('\n', "。\n"),
            &headings
                .replace('\n', "。\n")
                .split('\n')
                .collect::<Vec<_>>(),
            false,
        );
    }

    #[test]
    fn headings_of_one_width_stay() {
        let headings = [
            "一、学深悟透，筑牢信念之基",
            "二、知行合一，增强实干之能",
            "三、躬身力行，厚植为民之情",
        ];
        check(&headings.join("\n"), &headings, false);
    }

    #[test]
    fn wrapped_lines_are_joined() {
        let paragraphs = [
            "今天下午在会见日本客人的时候说，经过一段时间的治理整顿，通货膨胀得到有效控制，进入４月份经济已经开始回升，这是正在走出低谷的一种表现，大家都很高兴。",
            "他说，政局是稳定的，经济也在朝着好的方向发展，人民的情绪也是稳定的，客人对此表示赞同。",
        ];
        for width in [18, 24, 30] {
            let mut text = "会议纪要\n".to_owned();
            for paragraph in paragraphs {
                let chars: Vec<char> = format!("　　{paragraph}").chars().collect();
                for line in chars.chunks(width) {
                    text.extend(line);
                    text.push('\n');
                }
            }
            check(&text, &["会议纪要", paragraphs[0], paragraphs[1]], true);
        }
    }

    #[test]
    fn indents_inside_sentences_go() {
        let indent = " ".repeat(13);
        let body = [
            "鹏今天下午在会见日本前首相宇野宗佑时说，经过一段时",
            "间的治理整顿，通货膨胀得到有效的控制，进入４月份经",
            "济已开始回升，这是正在走出低谷的一种表现。",
        ];
        let next = ["李鹏是在向宇野一行介绍中国的政治经济形势时说这", "些话的。"];
        let mut text =
            "李鹏总理说，中国的经济开始回升\n新华社北京５月７日电（记者朱云龙）国务院总理李\n"
                .to_owned();
        for line in body {
            text = text + &indent + line + "\n";
        }
        text = text + &indent + "    " + next[0] + "\n" + &indent + next[1] + "\n";
        let first = format!(
            "新华社北京５月７日电（记者朱云龙）国务院总理李{}",
            body.concat()
        );
        check(
            &text,
            &["李鹏总理说，中国的经济开始回升", &first, &next.concat()],
            true,
        );
    }

    #[test]
    fn words_keep_their_blank() {
        let line = "the quick brown fox jumps over the lazy dog and runs";
        let text = [line, line, line, "away."].join("\n");
        check(&text, &[&[line, line, line, "away."].join(" ")], true);
    }
}
