//! Runs of characters to lines, lines to paragraphs, over all pages of a document.
//!
//! Pages are taken to have one column. Knows nothing of the package or of XML.

use std::collections::HashMap;

use super::super::{Block, Budget, Error};
use super::margins;
use super::page::{Page, Run, needs_space};

/// A line whose size differs by more than this factor begins a paragraph.
const OTHER_SIZE: f64 = 1.12;
/// A title is larger than the body by this factor.
const TITLE: f64 = 1.2;
/// A line that ends this many characters before the right margin ends its paragraph.
const SHORT: f64 = 1.9;
/// A gap of so many characters inside a line makes it a row of a form or a table.
const CELL_GAP: f64 = 2.5;
/// Text narrower than this share of the page does not show its right edge.
const COLUMN: f64 = 0.55;
/// Paragraphs at the start of a document among which its title is looked for.
const BEFORE_TITLE: usize = 8;
/// Height and width of a page that does not say them: A4.
const A4: (f64, f64) = (210.0, 297.0);
/// Neighbours among which a second copy of a run is looked for.
const COPIES: usize = 16;

/// Adds the paragraphs of a document.
///
/// # Errors
/// Those of [`Budget::spend`].
pub(super) fn blocks(
    pages: Vec<Page>,
    blocks: &mut Vec<Block>,
    budget: &mut Budget,
) -> Result<(), Error> {
    let mut sheets = Vec::new();
    for page in pages {
        budget.spend(0)?;
        sheets.push(Sheet {
            width: page.width.unwrap_or(A4.0),
            height: page.height.unwrap_or(A4.1),
            lines: lines(page.runs),
        });
    }
    margins::drop_page_numbers(&mut sheets);
    margins::drop_repeated(&mut sheets);
    let body = body_size(&sheets);
    let places = Places::new(&sheets, body);
    let mut paragraphs = Vec::new();
    for sheet in sheets {
        budget.spend(0)?;
        join(sheet, &places, &mut paragraphs);
    }
    let title = title(&mut paragraphs, body);
    for (at, paragraph) in paragraphs.into_iter().enumerate() {
        budget.spend(paragraph.text.len() as u64)?;
        blocks.push(Block {
            level: (title == Some(at)).then_some(0),
            text: paragraph.text,
        });
    }
    Ok(())
}

/// A page with its lines from top to bottom.
pub(super) struct Sheet {
    pub width: f64,
    pub height: f64,
    pub lines: Vec<Line>,
}

/// A line of text; lengths in millimetres.
pub(super) struct Line {
    pub text: String,
    x: f64,
    end: f64,
    pub y: f64,
    size: f64,
    /// Whether it falls into pieces like the row of a table.
    pieces: bool,
}

/// Puts runs together that stand at about the same height.
fn lines(mut runs: Vec<Run>) -> Vec<Line> {
    runs.retain(|run| !run.text.trim().is_empty());
    runs.sort_by(|one, other| one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x)));
    let mut rows: Vec<Vec<Run>> = Vec::new();
    let mut recent: Vec<Run> = Vec::new();
    // Base line, size and length of the run that fills most of the last row.
    let mut main: Option<(f64, f64, usize)> = None;
    for run in runs {
        if recent
            .iter()
            .rev()
            .take(COPIES)
            .any(|known| is_copy(known, &run))
        {
            continue;
        }
        recent.push(run.clone());
        let length = run.text.chars().count();
        let joins = main.is_some_and(|(y, size, longest)| {
            // Raised and lowered signs are short.
            let reach = if length.min(longest) <= 3 {
                (0.5 * size.min(run.size)).max(0.45 * size.max(run.size))
            } else {
                0.5 * size.min(run.size)
            };
            (run.y - y).abs() <= reach
        });
        if joins && let Some(row) = rows.last_mut() {
            let fills = |length: usize, size: f64| length as f64 * size;
            if main.is_none_or(|(_, size, most)| fills(length, run.size) > fills(most, size)) {
                main = Some((run.y, run.size, length));
            }
            row.push(run);
        } else {
            main = Some((run.y, run.size, length));
            rows.push(vec![run]);
        }
    }
    rows.into_iter().filter_map(line).collect()
}

/// Whether `run` is painted over `known`, as for a shadow or for bold type.
fn is_copy(known: &Run, run: &Run) -> bool {
    let near = 0.35 * run.size;
    known.text == run.text && (known.x - run.x).abs() < near && (known.y - run.y).abs() < near
}

fn line(mut row: Vec<Run>) -> Option<Line> {
    row.sort_by(|one, other| one.x.total_cmp(&other.x));
    let longest = row.iter().max_by_key(|run| run.text.chars().count())?;
    let (y, size) = (longest.y, longest.size);
    let x = row.first()?.x;
    let mut end = x;
    let mut text = String::new();
    let mut pieces = false;
    for run in &row {
        let gap = run.x - end;
        pieces |= !text.is_empty() && gap > CELL_GAP * size;
        if let Some(first) = run.text.chars().next()
            && needs_space(&text, first, gap, size)
        {
            text.push(' ');
        }
        text.push_str(&run.text);
        end = end.max(run.end);
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Dots that lead to a page number.
    pieces |= text.contains("......") || text.contains("……………");
    Some(Line {
        text,
        x,
        end,
        y,
        size,
        pieces,
    })
}

/// The size in which most characters are set; 0 where there are none.
fn body_size(sheets: &[Sheet]) -> f64 {
    let mut sizes: HashMap<i64, usize> = HashMap::new();
    for line in sheets.iter().flat_map(|sheet| &sheet.lines) {
        let quarters = (line.size * 4.0).round() as i64;
        *sizes.entry(quarters).or_default() += line.text.chars().count();
    }
    let most = sizes
        .into_iter()
        .max_by_key(|(size, count)| (*count, *size));
    most.map_or(0.0, |(quarters, _)| quarters as f64 / 4.0)
}

/// Lines that belong together.
struct Paragraph {
    text: String,
    size: f64,
    n_lines: usize,
    /// Its last line.
    x: f64,
    y: f64,
    /// Whether the last line goes to the right margin.
    full: bool,
    /// Whether the last line falls into pieces.
    pieces: bool,
    centred: bool,
}

/// Adds the paragraphs of a page; its first line may go on with the last of them.
fn join(sheet: Sheet, places: &Places, paragraphs: &mut Vec<Paragraph>) {
    let (left, right) = places.edges(&sheet);
    let pitch = pitch(&sheet);
    let mut first_of_page = true;
    for line in sheet.lines {
        let indent = line.x - left;
        let full = right - line.end <= SHORT * line.size;
        let middle = f64::midpoint(line.x, line.end);
        let off = (middle - f64::midpoint(left, right))
            .abs()
            .min((middle - sheet.width / 2.0).abs());
        let centred = off < sheet.width * 0.03 && indent > line.size && !line.pieces;
        let goes_on = paragraphs.last().is_some_and(|last| {
            let other_size = line.size.max(last.size) > OTHER_SIZE * line.size.min(last.size);
            let block = last.n_lines > 1 && (line.x - last.x).abs() < 0.5 * line.size;
            let hanging = last.n_lines == 1 && last.x - line.x > 0.7 * line.size;
            let indented = indent > line.size && !block && !hanging;
            let item = begins_item(&last.text, &line.text);
            let drop = line.y - last.y;
            let apart = !first_of_page && drop > (1.6 * pitch).max(1.8 * line.size);
            last.full && !last.pieces && !line.pieces && !other_size && !indented && !apart && !item
        });
        first_of_page = false;
        if goes_on && let Some(last) = paragraphs.last_mut() {
            append(&mut last.text, &line.text);
            last.n_lines += 1;
            last.x = line.x;
            last.y = line.y;
            last.full = full;
            last.centred &= centred;
        } else {
            paragraphs.push(Paragraph {
                text: line.text,
                size: line.size,
                n_lines: 1,
                x: line.x,
                y: line.y,
                full,
                pieces: line.pieces,
                centred,
            });
        }
    }
}

/// Where the lines of body text of a document begin and end, sorted.
struct Places {
    body: f64,
    starts: Vec<f64>,
    ends: Vec<f64>,
}

impl Places {
    fn new(sheets: &[Sheet], body: f64) -> Self {
        let lines = || {
            sheets
                .iter()
                .flat_map(|sheet| &sheet.lines)
                .filter(|line| is_body(line, body))
        };
        let sorted = |mut places: Vec<f64>| {
            places.sort_by(f64::total_cmp);
            places
        };
        Self {
            body,
            starts: sorted(lines().map(|line| line.x).collect()),
            ends: sorted(lines().map(|line| line.end).collect()),
        }
    }

    /// The left and the right edge of the text of a page. A line that begins or ends where no other
    /// line of the document does stands out and is no edge.
    fn edges(&self, sheet: &Sheet) -> (f64, f64) {
        let lines = || sheet.lines.iter().filter(|line| is_body(line, self.body));
        let starts = lines().map(|line| line.x);
        let ends = lines().map(|line| line.end);
        let left = starts.clone().filter(|x| self.is_common(&self.starts, *x));
        let left = left
            .min_by(f64::total_cmp)
            .or(starts.min_by(f64::total_cmp));
        let right = ends.clone().filter(|end| self.is_common(&self.ends, *end));
        let right = right.max_by(f64::total_cmp).or(ends.max_by(f64::total_cmp));
        // Without body text on the page: the usual margins of a letter.
        let left = left.unwrap_or(sheet.width * 0.13);
        let right = right.unwrap_or(sheet.width * 0.87);
        if right - left < COLUMN * sheet.width {
            // Nothing but short lines: the margin is where no line reaches it.
            (left, right.max(sheet.width - left))
        } else {
            (left, right)
        }
    }

    fn is_common(&self, places: &[f64], place: f64) -> bool {
        let from = places.partition_point(|known| *known < place - 0.5 * self.body);
        let until = places.partition_point(|known| *known <= place + 0.5 * self.body);
        until.saturating_sub(from) > 1
    }
}

fn is_body(line: &Line, body: f64) -> bool {
    line.size < body * OTHER_SIZE && line.size * OTHER_SIZE > body
}

/// Whether the line before ends a sentence and this one begins with a number of a list.
fn begins_item(before: &str, line: &str) -> bool {
    let ended = before.trim_end().ends_with([
        '。', '！', '？', '；', '：', '”', '》', '）', ')', '.', '!', '?', ';', ':',
    ]);
    ended && is_numbered(line)
}

/// Whether a text begins as `1、`, `1.`, `（一）`, `一、`, `①` or `第一条`.
fn is_numbered(text: &str) -> bool {
    let is_number = |character: char| {
        character.is_ascii_digit() || "〇零一二三四五六七八九十百".contains(character)
    };
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return false;
    };
    if ('①'..='⒇').contains(&first) {
        return true;
    }
    let opened = matches!(first, '（' | '(' | '第');
    let rest = if opened { characters.as_str() } else { text };
    let after = rest.trim_start_matches(is_number);
    let length = rest.chars().count() - after.chars().count();
    let sign = after.chars().next();
    let next = after.chars().nth(1);
    (1..=4).contains(&length)
        && match first {
            '（' | '(' => matches!(sign, Some('）' | ')')),
            '第' => matches!(sign, Some('条' | '章' | '节' | '编' | '款')),
            _ => {
                matches!(sign, Some('、' | '．' | ')' | '）'))
                    || sign == Some('.') && next.is_some_and(|next| !next.is_ascii_digit())
            }
        }
}

/// The usual distance between two lines of a page.
fn pitch(sheet: &Sheet) -> f64 {
    let mut falls: Vec<f64> = sheet
        .lines
        .windows(2)
        .filter_map(|pair| match pair {
            [one, other] => Some(other.y - one.y),
            _ => None,
        })
        .collect();
    falls.sort_by(f64::total_cmp);
    falls.get(falls.len() / 2).copied().unwrap_or(0.0)
}

/// Joins two lines: Latin letters with a space, all else without.
fn append(text: &mut String, line: &str) {
    if let (Some(last), Some(first)) = (text.chars().next_back(), line.chars().next()) {
        let digits = last.is_ascii_digit() && first.is_ascii_digit();
        if last.is_ascii() && first.is_ascii_alphanumeric() && !digits && last != '-' && last != '('
        {
            text.push(' ');
        }
    }
    text.push_str(line);
}

/// Finds the title among the first paragraphs, puts its lines together and says where it is.
///
/// Large lines over a document are first of all its letterhead, which ends in 文件; the title is
/// then the next large text.
fn title(paragraphs: &mut Vec<Paragraph>, body: f64) -> Option<usize> {
    let large = |paragraph: &Paragraph| {
        paragraph.centred && paragraph.size >= TITLE * body && !is_numbered(&paragraph.text)
    };
    let after = |from: usize, paragraphs: &[Paragraph]| {
        let places = (from..paragraphs.len()).take(BEFORE_TITLE);
        places
            .into_iter()
            .find(|at| paragraphs.get(*at).is_some_and(large))
    };
    let mut at = after(0, paragraphs)?;
    let letterhead = paragraphs
        .get(at)
        .is_some_and(|head| head.text.ends_with("文件"));
    if letterhead {
        at = after(at + 1, paragraphs).unwrap_or(at);
    }
    for _ in 0..BEFORE_TITLE {
        let (Some(first), Some(next)) = (paragraphs.get(at), paragraphs.get(at + 1)) else {
            break;
        };
        let same = (first.size - next.size).abs() < 0.05 * first.size;
        let near = next.y - first.y < 2.5 * first.size && next.y > first.y;
        if !(large(next) && same && near) {
            break;
        }
        let next = paragraphs.remove(at + 1);
        let first = paragraphs.get_mut(at)?;
        append(&mut first.text, &next.text);
        first.y = next.y;
    }
    Some(at)
}
