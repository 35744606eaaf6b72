//! What is printed above a title: the letterhead with the number of a document, the head of an issue
//! of a bulletin, `附件`. It says where that ends, not what the title is.

use super::line::{Line, folded, is_short};
use super::signature::{is_body, signature_date};

/// Most lines of a letterhead.
pub(super) const MAX_LINES: usize = 6;
/// Longest line of one, with who has signed beside the number.
const MAX_CHARS: usize = 100;
/// Longest number of a document.
const MAX_NUMBER: usize = 30;
/// Longest number of an issue.
const MAX_ISSUE: usize = 24;
/// Most lines that say who issued it, and when.
const MAX_ISSUERS: usize = 2;
/// Ends of names of what is issued by numbers.
const SERIALS: [&str; 8] = [
    "纪要", "简报", "快报", "专报", "通报", "信息", "动态", "参考",
];

/// A paragraph and the level of its style.
type Styled<'a> = (&'a str, Option<u8>);

/// How many lines stand above the title: a line `…文件` or, of a letter, institutions, then the number
/// of the document; or a line `附件1`. Without its number, a letterhead is a title like others.
pub(super) fn n_lines(paragraphs: &[Styled<'_>]) -> usize {
    let lines = || paragraphs.iter().take(MAX_LINES).map(|(text, _)| *text);
    let number = lines().position(|text| is_short(text, MAX_CHARS) && is_number(&folded(text)));
    let is_headed = |number: &usize| lines().take(*number).all(|text| heads(&unspaced(text)));
    match number.filter(|number| *number > 0).filter(is_headed) {
        Some(number) => number + 1,
        None => usize::from(lines().next().is_some_and(is_appendix)),
    }
}

fn unspaced(text: &str) -> String {
    folded(text).replace(' ', "")
}

/// The number of a document, `青政发〔2020〕3号`. What goes upwards names who has signed it beside its number.
pub(super) fn is_number(line: &str) -> bool {
    let number = line.split("签发人").next().unwrap_or(line).trim_end();
    number.ends_with('号')
        && number.contains(['〔', '[', '(', '第'])
        && is_short(number, MAX_NUMBER)
}

/// Whether a line may stand above the number of a document.
fn heads(line: &str) -> bool {
    line.ends_with("文件")
        || matches!(line, "特急" | "加急" | "平急" | "内部资料" | "公开")
        || line.starts_with("机密")
        || line.starts_with("秘密")
        || line.ends_with(['部', '办', '委', '局', '厅', '院', '会', '处'])
        || is_body(line)
}

/// `附件`, `附件1：`: what follows is a document of its own.
fn is_appendix(line: &str) -> bool {
    if !is_short(line, 6) {
        return false;
    }
    let line = folded(line);
    let number = |c: char| c.is_ascii_digit() || " :一二三四五六七八九十".contains(c);
    let rest = line.strip_prefix("附件");
    rest.is_some_and(|rest| rest.trim_start_matches(number).is_empty())
}

/// The head of one issue of a bulletin: from the line with the bulletin's name up to the title of what
/// is in it, behind the number (`〔2020〕第9期`), the issuer and the day.
pub(super) fn of_issue(paragraphs: &[Styled<'_>]) -> Option<std::ops::Range<usize>> {
    let lines = || paragraphs.iter().take(MAX_LINES).map(|(text, _)| *text);
    let number =
        lines().position(|text| is_short(text, MAX_ISSUE) && is_issue_number(&folded(text)))?;
    let is_serial = |line: &str| SERIALS.iter().any(|end| line.ends_with(end));
    let above: Vec<String> = lines().take(number).map(unspaced).collect();
    let start = above.iter().position(|line| is_serial(line))?;
    let is_headed = above.iter().all(|line| is_serial(line) || is_body(line));
    let behind = paragraphs.iter().skip(number + 1).take(MAX_ISSUERS);
    let issuers = behind.take_while(|(text, _)| {
        let line = Line::new(text);
        is_body(line.whole().text()) || signature_date(line.whole()).is_some()
    });
    is_headed.then(|| start..number + 1 + issuers.count())
}

/// `第9期`, `〔2020〕第9期`, `第9期（总第120期）`.
fn is_issue_number(line: &str) -> bool {
    let bare: String = line.chars().filter(|c| !" ()".contains(*c)).collect();
    let known = |c: char| c.is_ascii_digit() || "〔〕[]年第期总一二三四五六七八九十〇".contains(c);
    bare.ends_with('期') && bare.contains('第') && bare.chars().all(known)
}
