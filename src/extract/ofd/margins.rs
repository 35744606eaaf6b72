//! What stands at the upper and lower margin of every page and is no text of the document: page
//! numbers, running heads and feet.

use std::collections::HashMap;

use super::layout::{Line, Sheet};

/// Share of the page at its top and at its bottom in which headers and footers stand.
const MARGIN: f64 = 0.12;

/// Drops the numbers of the pages.
pub(super) fn drop_page_numbers(sheets: &mut [Sheet]) {
    let mut offsets: HashMap<i64, usize> = HashMap::new();
    for (at, sheet) in sheets.iter().enumerate() {
        for line in sheet.lines.iter().filter(|line| sheet.in_margin(line)) {
            if let Some(PageNumber::Bare(value)) = page_number(&line.text) {
                *offsets
                    .entry(value.saturating_sub(i64::try_from(at).unwrap_or(i64::MAX)))
                    .or_default() += 1;
            }
        }
    }
    for (at, sheet) in sheets.iter_mut().enumerate() {
        let lines = std::mem::take(&mut sheet.lines);
        let is_number = |line: &Line| {
            sheet.in_margin(line)
                && match page_number(&line.text) {
                    Some(PageNumber::Marked) => true,
                    // A bare number has to count the pages.
                    Some(PageNumber::Bare(value)) => {
                        let offset = value.saturating_sub(i64::try_from(at).unwrap_or(i64::MAX));
                        offset == 1 || offsets.get(&offset).is_some_and(|times| *times > 1)
                    }
                    None => false,
                }
        };
        let kept = lines.into_iter().filter(|line| !is_number(line)).collect();
        sheet.lines = kept;
    }
}

/// Drops the lines at the margins that say the same at the same place on most pages.
pub(super) fn drop_repeated(sheets: &mut [Sheet]) {
    let mut places: HashMap<(String, i64), usize> = HashMap::new();
    for sheet in &*sheets {
        for line in sheet.lines.iter().filter(|line| sheet.in_margin(line)) {
            *places.entry((shape(&line.text), height(line))).or_default() += 1;
        }
    }
    let n_pages = sheets.len();
    for sheet in sheets {
        for line in std::mem::take(&mut sheet.lines) {
            let near = height(&line) - 1..=height(&line) + 1;
            let times: usize = near
                .filter_map(|height| places.get(&(shape(&line.text), height)))
                .sum();
            if !(sheet.in_margin(&line) && times >= 3 && times * 2 > n_pages) {
                sheet.lines.push(line);
            }
        }
    }
}

impl Sheet {
    fn in_margin(&self, line: &Line) -> bool {
        line.y < self.height * MARGIN || line.y > self.height * (1.0 - MARGIN)
    }
}

/// A page number and how sure it is one.
enum PageNumber {
    /// With dashes or words: `— 1 —`, `第1页`, `1/3`.
    Marked,
    /// Only a number.
    Bare(i64),
}

fn page_number(text: &str) -> Option<PageNumber> {
    let text: String = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    if text.chars().count() > 16 {
        return None;
    }
    let dashes = [
        '-', '—', '–', '－', '―', '‐', '一', '·', '•', '~', '～', '_', '─', '|',
    ];
    let inner = text.trim_matches(dashes);
    let number = |text: &str| -> Option<i64> {
        let fits = (1..=4).contains(&text.chars().count());
        let digits: Option<String> = text
            .chars()
            .map(|digit| match digit {
                '０'..='９' => char::from_u32(digit as u32 - 0xff10 + 0x30),
                digit => Some(digit).filter(char::is_ascii_digit),
            })
            .collect();
        if fits { digits?.parse().ok() } else { None }
    };
    if let Some(value) = number(inner) {
        let marked = inner != text;
        return Some(if marked {
            PageNumber::Marked
        } else {
            PageNumber::Bare(value)
        });
    }
    let counted = inner
        .strip_prefix('第')
        .and_then(|rest| rest.split_once('页'));
    if let Some((value, rest)) = counted {
        let rest = rest.trim_matches([',', '，', '/', '(', ')', '（', '）', '、', '|']);
        let total = rest
            .strip_prefix('共')
            .and_then(|rest| rest.strip_suffix('页'));
        let whole = rest.is_empty() || total.and_then(number).is_some();
        return (number(value).is_some() && whole).then_some(PageNumber::Marked);
    }
    let (value, total) = inner.split_once('/')?;
    (number(value)? <= number(total)?).then_some(PageNumber::Marked)
}

/// Where a line stands, in steps of two millimetres.
fn height(line: &Line) -> i64 {
    (line.y / 2.0).round() as i64
}

/// The text with the number of a `第n页` left out, since a header may count the pages. Other numbers
/// stay: rows of a table differ in nothing else.
fn shape(text: &str) -> String {
    let Some((before, rest)) = text.split_once('第') else {
        return text.to_owned();
    };
    let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == ' ');
    if after.starts_with('页') {
        format!("{before}第{after}")
    } else {
        text.to_owned()
    }
}
