//! Lines to paragraphs, over the ends of the pages, and which of them are headings.

use super::super::{Block, Budget, Error};
use super::layout::{PageText, Region};
use super::line::{Line, is_wide, usual_size};
use super::outline::Headings;

/// So many of a page's lines, one in how many, must share a left end to make it the margin.
const LEFT_SHARE: usize = 10;
/// The same for the right end, where punctuation may stand out.
const RIGHT_SHARE: usize = 5;
/// A full line may end this much before the margin, in ems, beside the place for what follows.
const SLACK: f32 = 0.25;
/// A title is larger than the body by this factor.
const TITLE_FACTOR: f32 = 1.15;
/// A longer text in large letters is no title.
const TITLE_LENGTH: usize = 120;
/// Paragraphs at the beginning among which the title is looked for.
const TITLE_WITHIN: usize = 12;

/// Makes the paragraphs of a document.
pub(super) fn blocks(
    pages: &[PageText],
    headings: &Headings,
    budget: &mut Budget,
) -> Result<Vec<Block>, Error> {
    let measures = Measures::of(pages);
    let mut writer = Writer {
        measures: &measures,
        paragraphs: Vec::new(),
        last: None,
    };
    let all = pages
        .iter()
        .map(|page| Margins::of_page(page, measures.body));
    let all: Vec<Margins> = all.collect();
    let usual = Margins::usual(&all);
    for (page, margins) in pages.iter().zip(all) {
        let margins = margins.widened(usual, 2.0 * measures.body);
        for region in &page.regions {
            budget.spend(0)?;
            match region {
                Region::Lines(lines) => writer.lines(lines, margins),
                Region::Row(cells) => writer.row(cells),
            }
        }
        writer.end_page();
    }
    let mut paragraphs = writer.paragraphs;
    join_title(&mut paragraphs, measures.body);
    let mut blocks = Vec::with_capacity(paragraphs.len());
    for paragraph in paragraphs {
        budget.spend(paragraph.text.len() as u64)?;
        let text = paragraph.text;
        let level = if paragraph.is_title {
            Some(0)
        } else {
            headings.level(&text)
        };
        blocks.push(Block { text, level });
    }
    Ok(blocks)
}

/// Left and right end of full lines.
#[derive(Clone, Copy, Debug)]
struct Margins {
    left: f32,
    right: f32,
    /// Of a block that is narrower than the page's text.
    is_column: bool,
}

impl Margins {
    fn of_page(page: &PageText, body: f32) -> Self {
        let lines = || page.regions.iter().filter_map(lines_of).flatten();
        let is_body = |line: &&Line| (line.size - body).abs() < 0.1 * body;
        let mut lefts: Vec<f32> = lines().filter(is_body).map(|line| line.x0).collect();
        let mut rights: Vec<f32> = lines().filter(is_body).map(|line| -line.x1).collect();
        if lefts.is_empty() {
            lefts = lines().map(|line| line.x0).collect();
            rights = lines().map(|line| -line.x1).collect();
        }
        Self {
            left: outermost(lefts, LEFT_SHARE, 0.3 * body),
            right: -outermost(rights, RIGHT_SHARE, 0.3 * body),
            is_column: false,
        }
    }

    /// The medians over all pages.
    fn usual(pages: &[Self]) -> Self {
        let median = |mut values: Vec<f32>| {
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(0.0)
        };
        Self {
            left: median(pages.iter().map(|page| page.left).collect()),
            right: median(pages.iter().map(|page| page.right).collect()),
            is_column: false,
        }
    }

    /// Takes the usual margins on a page without full lines.
    fn widened(self, usual: Self, least: f32) -> Self {
        Self {
            left: if self.left > usual.left + least {
                usual.left
            } else {
                self.left
            },
            right: if self.right < usual.right - least {
                usual.right
            } else {
                self.right
            },
            ..self
        }
    }

    /// Narrows them to a block that is a column of its own.
    fn of_block(self, lines: &[Line]) -> Self {
        let left = outermost(lines.iter().map(|line| line.x0).collect(), LEFT_SHARE, 1.0);
        let right = -outermost(
            lines.iter().map(|line| -line.x1).collect(),
            RIGHT_SHARE,
            1.0,
        );
        let n_filled = lines
            .iter()
            .filter(|line| right - line.x1 < 1.6 * line.size)
            .count();
        let is_narrow = right - left < 0.6 * (self.right - self.left);
        if is_narrow && lines.len() >= 4 && n_filled * 10 >= lines.len() * 6 {
            let is_column = true;
            return Self {
                left,
                right,
                is_column,
            };
        }
        self
    }
}

fn lines_of(region: &Region) -> Option<&[Line]> {
    match region {
        Region::Lines(lines) => Some(lines),
        Region::Row(_) => None,
    }
}

/// The smallest value that a fair part of all values have, but for a difference.
fn outermost(mut values: Vec<f32>, share: usize, difference: f32) -> f32 {
    values.sort_by(f32::total_cmp);
    let needed = (values.len() / share).max(2).min(values.len());
    for (place, value) in values.iter().enumerate() {
        let end = values.partition_point(|other| *other <= value + difference);
        if end - place >= needed {
            return *value;
        }
    }
    values.first().copied().unwrap_or(0.0)
}

/// What is usual in a document.
struct Measures {
    /// Size of most characters.
    body: f32,
    /// From baseline to baseline, in ems.
    pitch: f32,
}

impl Measures {
    fn of(pages: &[PageText]) -> Self {
        let mut sizes = Vec::new();
        let mut pitches = Vec::new();
        for region in pages.iter().flat_map(|page| &page.regions) {
            let lines: Vec<&Line> = match region {
                Region::Lines(lines) => lines.iter().collect(),
                Region::Row(cells) => cells.iter().flatten().collect(),
            };
            sizes.extend(
                lines
                    .iter()
                    .map(|line| (line.size, line.text.chars().count() as f32)),
            );
            if lines_of(region).is_some() {
                let pairs = lines.windows(2);
                pitches.extend(pairs.filter_map(|pair| match pair {
                    [one, next] => Some((one.y - next.y) / next.size),
                    _ => None,
                }));
            }
        }
        pitches.sort_by(f32::total_cmp);
        Self {
            body: usual_size(sizes).unwrap_or(10.0),
            pitch: pitches.get(pitches.len() / 2).copied().unwrap_or(1.5),
        }
    }
}

/// A paragraph, or a row of a table.
#[derive(Debug)]
struct Paragraph {
    text: String,
    size: f32,
    is_title: bool,
}

/// The line before, and what holds for it.
struct Last {
    line: Line,
    margins: Margins,
    /// Where its paragraph's text goes on behind a number.
    hang: Option<f32>,
    /// It was the last one of its page.
    page_ended: bool,
}

impl Last {
    /// Whether it ended a column, and `line` begins the one to the right.
    fn goes_on_beside(&self, line: &Line) -> bool {
        self.margins.is_column
            && line.y > self.line.y + line.size
            && line.x0 > self.margins.right - line.size
    }
}

struct Writer<'m> {
    measures: &'m Measures,
    paragraphs: Vec<Paragraph>,
    last: Option<Last>,
}

impl Writer<'_> {
    fn lines(&mut self, lines: &[Line], margins: Margins) {
        let margins = margins.of_block(lines);
        let mut is_first = true;
        for (place, line) in lines.iter().enumerate() {
            let last = self.last.take();
            let is_reachable =
                |last: &&Last| !is_first || last.page_ended || last.goes_on_beside(line);
            let reachable = last.as_ref().filter(is_reachable);
            let is_block = is_indented_block(lines, place);
            let goes_on = reachable.is_some_and(|last| self.goes_on(last, line, margins, is_block));
            let hang = if goes_on {
                last.and_then(|last| last.hang)
            } else {
                line.hang
            };
            match self.paragraphs.last_mut() {
                Some(paragraph) if goes_on => join(&mut paragraph.text, &line.text),
                _ => self.paragraphs.push(Paragraph {
                    text: line.text.clone(),
                    size: line.size,
                    is_title: false,
                }),
            }
            self.last = Some(Last {
                line: line.clone(),
                margins,
                hang,
                page_ended: false,
            });
            is_first = false;
        }
    }

    fn row(&mut self, cells: &[Vec<Line>]) {
        let mut text = String::new();
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                text.push('\t');
            }
            let mut joined = String::new();
            for line in cell {
                join(&mut joined, &line.text);
            }
            text.push_str(&joined);
        }
        let size = cells
            .iter()
            .flatten()
            .map(|line| line.size)
            .fold(0.0, f32::max);
        self.paragraphs.push(Paragraph {
            text,
            size,
            is_title: false,
        });
        self.last = None;
    }

    fn end_page(&mut self) {
        if let Some(last) = &mut self.last {
            last.page_ended = true;
        }
    }

    /// Whether `line` belongs to the paragraph of the line before.
    fn goes_on(&self, last: &Last, line: &Line, margins: Margins, is_block: bool) -> bool {
        let before = &last.line;
        let size = before.size.max(line.size);
        if (before.size - line.size).abs() > 0.08 * size {
            return false;
        }
        // Centred lines of a title in large letters.
        let is_centred = |line: &Line, margins: Margins| {
            let (left, right) = (line.x0 - margins.left, margins.right - line.x1);
            left > size && right > size && (left - right).abs() < 2.0 * size
        };
        let down = before.y - line.y;
        if down > size * (1.4 * self.measures.pitch).max(1.3) {
            return false;
        }
        if is_centred(before, last.margins) && is_centred(line, margins) {
            return line.size > TITLE_FACTOR * self.measures.body && !last.page_ended;
        }
        // What begins this line would have found its place on the one before.
        if last.margins.right - before.x1 > line.lead + SLACK * size {
            return false;
        }
        if starts_numbered(&line.text) && ends_sentence(&before.text) {
            return false;
        }
        let hangs = last
            .hang
            .is_some_and(|hang| (hang - line.x0).abs() < 0.5 * size);
        let is_outdented = is_block && line.x0 - before.x0 < 0.5 * size;
        hangs || is_outdented || line.x0 - margins.left < 1.2 * size
    }
}

/// Whether the line is one of at least three that begin at the same place, wherever that is: a
/// paragraph that is indented as a whole.
fn is_indented_block(lines: &[Line], place: usize) -> bool {
    let Some(line) = lines.get(place) else {
        return false;
    };
    let is_same = |other: &&Line| (other.x0 - line.x0).abs() < 0.3 * line.size;
    let before = lines.iter().take(place).rev().take_while(is_same).take(2);
    let after = lines.iter().skip(place + 1).take_while(is_same).take(2);
    before.count() + after.count() >= 2
}

/// Appends a line: words of letters stay apart, Chinese is joined.
fn join(text: &mut String, line: &str) {
    let (Some(last), Some(first)) = (text.chars().next_back(), line.chars().next()) else {
        text.push_str(line);
        return;
    };
    let is_word = text.chars().rev().nth(1).is_some_and(is_letter);
    if last == '\u{ad}' || last == '-' && is_word && first.is_lowercase() {
        text.pop();
    } else if !is_wide(last) && !is_wide(first) {
        text.push(' ');
    }
    text.push_str(line);
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['。', '！', '？', '；', '：', '”'])
}

/// Such as `一、`, `（一）` and `第一章`; numbers in digits go on within paragraphs too often.
fn starts_numbered(text: &str) -> bool {
    let (marks, text) = match text.strip_prefix(['（', '(', '第']) {
        Some(rest) => ("）)章节条", rest),
        None => ("、", text),
    };
    let rest = text.trim_start_matches(|character| "〇一二三四五六七八九十百".contains(character));
    let n_digits = text.chars().count() - rest.chars().count();
    (1..=4).contains(&n_digits) && rest.starts_with(|mark| marks.contains(mark))
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !is_wide(character)
}

/// Marks the title: the largest paragraph near the beginning, where it is larger than the body. A
/// letterhead (`…文件`) above it is not one, and neither is a numbered heading.
fn join_title(paragraphs: &mut Vec<Paragraph>, body: f32) {
    let is_large = |paragraph: &Paragraph| {
        paragraph.size > TITLE_FACTOR * body
            && paragraph.text.chars().any(char::is_alphabetic)
            && !starts_numbered(&paragraph.text)
    };
    let beginning = paragraphs.iter().take(TITLE_WITHIN).enumerate();
    let large: Vec<(usize, f32)> = beginning
        .filter(|(_, paragraph)| is_large(paragraph))
        .map(|(place, paragraph)| (place, paragraph.size))
        .collect();
    let is_letterhead = |place: usize| {
        paragraphs
            .get(place)
            .is_some_and(|paragraph| paragraph.text.ends_with("文件"))
    };
    let titles: Vec<_> = large
        .iter()
        .filter(|(place, _)| !is_letterhead(*place))
        .collect();
    let candidates = if titles.is_empty() {
        large.iter().collect()
    } else {
        titles
    };
    let Some(largest) = candidates
        .iter()
        .map(|(_, size)| *size)
        .max_by(f32::total_cmp)
    else {
        return;
    };
    let is_as_large = |size: f32| size > 0.97 * largest;
    let Some((start, _)) = candidates.iter().find(|(_, size)| is_as_large(*size)) else {
        return;
    };
    let start = *start;
    let rest = paragraphs.iter().skip(start + 1).take(TITLE_WITHIN);
    let n_more = rest
        .take_while(|paragraph| is_large(paragraph) && is_as_large(paragraph.size))
        .count();
    // More than a few are no title, but a text in large letters.
    let n_more = if n_more > 4 { 0 } else { n_more };
    if paragraphs
        .get(start)
        .is_some_and(|paragraph| paragraph.text.chars().count() > TITLE_LENGTH)
    {
        return;
    }
    let more: Vec<Paragraph> = paragraphs.drain(start + 1..start + 1 + n_more).collect();
    if let Some(title) = paragraphs.get_mut(start) {
        for paragraph in more {
            join(&mut title.text, &paragraph.text);
        }
        title.is_title = true;
    }
}
