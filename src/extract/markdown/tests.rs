use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;

fn file(text: &str) -> Extracted {
    let mut budget = Budget::new(1 << 26, Instant::now() + Duration::from_mins(1));
    extract(text, &mut budget).expect("is a text")
}

fn check(text: &str, expected: &[&str]) {
    let mut shown = String::new();
    for block in file(text).blocks {
        match block.level {
            Some(level) => writeln!(shown, "{level} {}", block.text),
            None => writeln!(shown, "{}", block.text),
        }
        .expect("a string takes it");
    }
    let mut expected = expected.join("\n");
    expected.push('\n');
    assert_eq!(shown, expected, "{text}");
}

/// Checks a line in a file that is plainly Markdown.
fn check_line(line: &str, expected: &str) {
    check(&format!("# 题\n\n{line}\n"), &["0 题", expected]);
}

/// Checks that a line stays as it is, in a file of either kind.
fn check_mask(line: &str) {
    check_line(line, line);
    check(line, &[line]);
}

#[test]
fn headings_have_levels() {
    check(
        "# 总题\n\n## 一、小题\n\n文\n",
        &["0 总题", "2 一、小题", "文"],
    );
    check("# 上\n# 下\n", &["1 上", "1 下"]);
    check("小题\n---\n\n### 细题 {#id}\n", &["2 小题", "3 细题"]);
}

#[test]
fn lists_quotes_and_code_are_paragraphs() {
    check(
        "- 甲\n- 乙\n  - 丙\n\n> 丁\n\n3. 戊\n4. 己\n",
        &["甲", "乙", "丙", "丁", "3. 戊", "4. 己"],
    );
    check("```\na * b\n\n**c**\n```\n", &["a * b", "**c**"]);
    check("1. 甲\n\n   乙\n", &["1. 甲", "乙"]);
}

#[test]
fn tables_are_rows() {
    check(
        "| 单位 | 数 |\n|---|---|\n| 四**省 | 3 |\n| | 4 |\n",
        &["单位\t数", "四**省\t3", "4"],
    );
}

#[test]
fn lines_are_joined() {
    check("抓好\n落实\nand\nso on\n", &["抓好落实 and so on"]);
    check(
        "第一  \n第二\\\n第三<br>第四",
        &["第一", "第二", "第三", "第四"],
    );
    check("　　第一段。\n　　第二段。\n", &["第一段。", "第二段。"]);
}

#[test]
fn marks_of_text_are_taken_away() {
    check(
        "[某文件](http://x/*) 和 ![图一](y.png) `码` <b>粗</b> ~~删~~ &amp; a_b_c\n",
        &["某文件 和 图一 码 粗 删 & a_b_c"],
    );
    check("<div>\n<p>甲</p>四*省\n</div>\n", &["甲", "四*省"]);
}

#[test]
fn masks_stay() {
    for line in [
        "四**省海**城市",
        "中国*城",
        "四*",
        "（*）和（*）",
        "张*说，李*说。",
        "张**、李**到会",
        "张**说，李**。",
        "四**省**、海**城",
        "**省委常委、海**城市委",
        "海**城市**，四",
        "张**和李**。",
        "a*b*c",
        "四****省",
        "在**市，在**县",
        "*县*乡",
        "***",
        "听取**书记和李**书记的汇报",
        "2*3=6",
        "甲_乙_丙",
        "约20~30人，40~50人",
    ] {
        if line == "***" {
            check(line, &[line]);
        } else {
            check_mask(line);
        }
    }
}

#[test]
fn emphasis_is_taken_away_in_markdown() {
    check_line("要**坚持党的领导**，", "要坚持党的领导，");
    check_line("**一是**坚持原则", "一是坚持原则");
    check_line("**1.** 坚持原则", "1. 坚持原则");
    check_line("说：*原则*。", "说：原则。");
    check_line("**《意见》**", "《意见》");
    check_line("**重点 *很* 重**", "重点 很 重");
    check_line("- **要点**：内容", "要点：内容");
    check_line("* 甲\n* **乙**", "甲\n乙");
    // Without another sign of Markdown it stays.
    check("要**坚持党的领导**，", &["要**坚持党的领导**，"]);
    check("1 要\n\n* * *\n\n2 要", &["1 要", "* * *", "2 要"]);
}

#[test]
fn rules_of_asterisks_go_in_markdown_only() {
    check("# 题\n\n***\n\n文\n\n* * *\n", &["0 题", "文"]);
}

#[test]
fn an_escaped_asterisk_is_one() {
    check_line("四\\*省 \\**", "四*省 **");
    check("四\\*省", &["四*省"]);
}

#[test]
fn front_matter_gives_properties() {
    let extracted = file(
        "---\ntitle: \"某次会议\"\nauthor: 张三\ndate: 2020-1-2\ntags:\n  - x\n---\n# 题\n文\n",
    );
    assert_eq!(
        extracted.properties,
        Properties {
            title: Some("某次会议".into()),
            author: Some("张三".into()),
            created: Some("2020-01-02".into())
        }
    );
    assert_eq!(extracted.blocks.len(), 2);
    assert_eq!(file("# 题\n").properties.title.as_deref(), Some("题"));
}

#[test]
fn text_between_rules_is_no_front_matter() {
    check("---\n第一段\n\n---\n第二段\n", &["第一段", "第二段"]);
    check("文\n\n---\n甲: 乙\n\n---\n", &["文", "甲: 乙"]);
}

#[test]
fn marks_without_text_say_so() {
    let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
    let error = Error::NoText {
        detail: "a file of marks only".into(),
    };
    assert_eq!(extract("---\n\n- \n", &mut budget), Err(error));
}

#[test]
fn damaged_files_never_panic() {
    let text = "---\ntitle: 甲\n---\n# 题 **a**\n\n* 一\n* **二** ~~x~~\n\n|a|b|\n|-|-|\n|*|c|\n\n> 引 `x*`\n\n```\n码\n```\n<div>\n<b>粗\n</div>\n\n[l](u) \\* 1. 四**省";
    for (end, _) in text.char_indices() {
        let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
        let _ = extract(&text[..end], &mut budget);
        let _ = extract(&text[end..], &mut budget);
    }
    let deep =
        "> ".repeat(20_000) + &"- ".repeat(20_000) + &"[".repeat(20_000) + &"**a".repeat(20_000);
    let mut budget = Budget::new(1 << 26, Instant::now() + Duration::from_mins(1));
    let _ = extract(&deep, &mut budget);
}
