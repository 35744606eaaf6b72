//! Glyphs to lines: pieces of text on one baseline, without wide gaps.

use super::super::{Budget, Error};
use super::content::Glyph;
use super::font::Text;

/// A wider gap, in ems, parts cells or columns.
pub(super) const CELL_GAP: f32 = 1.2;
/// A narrower gap, in ems, holds pieces of one line together that were painted apart.
const JOIN_GAP: f32 = 0.35;
/// The same between Chinese characters.
const WIDE_JOIN_GAP: f32 = 0.15;
/// A wider gap between letters, in ems, is a space.
const SPACE_GAP: f32 = 0.2;
/// The same beside a Chinese character, which keeps some distance from letters anyway.
const WIDE_SPACE_GAP: f32 = 0.6;
/// Digits as far apart as Chinese characters, in ems, are one number on their grid.
const GRID: std::ops::Range<f32> = 0.83..1.19;
/// A number before a paragraph has at most so many characters.
const NUMBER_LENGTH: usize = 6;
/// Baselines nearer than this, in ems, are one.
const SAME_BASELINE: f32 = 0.3;
/// The same while the text goes on without a gap: raised and lowered characters.
const RAISED: f32 = 0.55;

/// Text on one baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    /// Not blank at its ends.
    pub(super) text: String,
    /// Left end.
    pub(super) x0: f32,
    /// Right end.
    pub(super) x1: f32,
    /// Height of the baseline; upwards.
    pub(super) y: f32,
    /// Height of an em of most of its characters.
    pub(super) size: f32,
    /// Width of what cannot be parted at its beginning: a word, or a character and the
    /// punctuation after it.
    pub(super) lead: f32,
    /// Where the text stands behind a number at the beginning, with a tab between.
    pub(super) hang: Option<f32>,
}

impl Line {
    /// Whether both stand on one baseline.
    pub(super) fn is_level_with(&self, other: &Line) -> bool {
        (self.y - other.y).abs() < SAME_BASELINE * self.size.max(other.size)
    }

    /// Appends what stands to the right, after a tab.
    pub(super) fn append_cell(&mut self, right: &Line) {
        self.text.push('\t');
        self.text.push_str(&right.text);
        self.x1 = self.x1.max(right.x1);
        self.hang = Some(right.x0);
    }
}

/// Whether a character is written without spaces between words.
pub(super) fn is_wide(character: char) -> bool {
    matches!(u32::from(character),
        0x1100..=0x11ff | 0x2018..=0x201d | 0x2026 | 0x2e80..=0xd7ff | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x20000..=0x3ffff)
}

/// Puts the glyphs of one direction together, in the order in which they were painted.
pub(super) fn lines(glyphs: Vec<Glyph>, budget: &mut Budget) -> Result<Vec<Line>, Error> {
    let mut pieces = join(pieces(glyphs));
    pieces.sort_by_key(|piece| piece.order);
    let mut lines = Vec::with_capacity(pieces.len());
    for piece in pieces {
        budget.spend(0)?;
        lines.extend(piece.into_line());
    }
    Ok(lines)
}

/// Glyphs painted one after the other on one baseline.
struct Piece {
    glyphs: Vec<Glyph>,
    x0: f32,
    x1: f32,
    y: f32,
    size: f32,
    order: usize,
}

impl Piece {
    fn new(glyph: Glyph, order: usize) -> Self {
        Self {
            x0: glyph.x,
            x1: glyph.x + glyph.width,
            y: glyph.y,
            size: glyph.size,
            glyphs: vec![glyph],
            order,
        }
    }

    fn takes(&self, glyph: &Glyph) -> bool {
        let size = self.size.max(glyph.size);
        let rise = (glyph.y - self.y).abs();
        let gap = glyph.x - self.x1;
        let is_raised = rise < RAISED * size && gap.abs() < JOIN_GAP * size;
        let is_near = gap < CELL_GAP * size && glyph.x + glyph.width > self.x0 - JOIN_GAP * size;
        is_near
            && (rise < SAME_BASELINE * size
                || is_raised && (glyph.size - self.size).abs() > 0.05 * size)
    }

    /// Cells of Chinese text may stand close to each other; digits are what is painted apart.
    fn join_gap(&self, next: &Self) -> f32 {
        let sides = [
            self.glyphs.last().and_then(last_of),
            next.glyphs.first().and_then(first_of),
        ];
        let are_wide = sides.into_iter().flatten().all(is_wide);
        let gap = if are_wide { WIDE_JOIN_GAP } else { JOIN_GAP };
        gap * self.size.max(next.size)
    }

    fn push(&mut self, glyph: Glyph) {
        if glyph.size > self.size * 1.05 {
            // What is larger gives the baseline; a raised character came first.
            self.y = glyph.y;
            self.size = glyph.size;
        }
        self.x0 = self.x0.min(glyph.x);
        self.x1 = self.x1.max(glyph.x + glyph.width);
        self.glyphs.push(glyph);
    }

    fn into_line(mut self) -> Option<Line> {
        self.glyphs.sort_by(|one, other| one.x.total_cmp(&other.x));
        let mut glyphs: Vec<Glyph> = Vec::with_capacity(self.glyphs.len());
        for glyph in self.glyphs {
            let before = glyphs.iter().rev().take(3);
            if !before.into_iter().any(|one| is_painted_again(one, &glyph)) {
                glyphs.push(glyph);
            }
        }
        let first = glyphs.iter().position(|glyph| !glyph.text.is_space())?;
        let last = glyphs.iter().rposition(|glyph| !glyph.text.is_space())?;
        let glyphs = glyphs.get(first..=last)?;
        let (first, last) = (glyphs.first()?, glyphs.last()?);
        let text = spaced(glyphs);
        let sizes = glyphs
            .iter()
            .map(|glyph| (glyph.size, glyph.width))
            .collect();
        Some(Line {
            text,
            x0: first.x,
            x1: last.x + last.width,
            y: self.y,
            size: usual_size(sizes)?,
            lead: lead(glyphs),
            hang: hang(glyphs),
        })
    }
}

fn pieces(glyphs: Vec<Glyph>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for glyph in glyphs {
        match pieces.last_mut() {
            Some(piece) if piece.takes(&glyph) => piece.push(glyph),
            _ => {
                let order = pieces.len();
                pieces.push(Piece::new(glyph, order));
            }
        }
    }
    pieces
}

/// Joins pieces that touch or overlap on one baseline, whenever they were painted: producers paint
/// font by font, and some paint everything twice for a bold face.
fn join(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_by(|one, other| other.y.total_cmp(&one.y));
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut level: Vec<Piece> = Vec::new();
    for piece in pieces {
        let is_lower = level
            .first()
            .is_some_and(|first| first.y - piece.y >= SAME_BASELINE * first.size.max(piece.size));
        if is_lower {
            join_level(&mut level, &mut joined);
        }
        level.push(piece);
    }
    join_level(&mut level, &mut joined);
    joined
}

fn join_level(level: &mut Vec<Piece>, joined: &mut Vec<Piece>) {
    level.sort_by(|one, other| one.x0.total_cmp(&other.x0));
    let start = joined.len();
    for piece in level.drain(..) {
        let last = if joined.len() > start {
            joined.last_mut()
        } else {
            None
        };
        match last {
            Some(last) if piece.x0 - last.x1 < last.join_gap(&piece) => {
                last.x1 = last.x1.max(piece.x1);
                last.order = last.order.min(piece.order);
                last.glyphs.extend(piece.glyphs);
            }
            _ => joined.push(piece),
        }
    }
}

/// The same glyph nearly on the same place: a bold face made by painting twice.
fn is_painted_again(one: &Glyph, again: &Glyph) -> bool {
    let near = 0.3 * one.width.min(one.size).max(0.05 * one.size);
    one.text == again.text && (again.x - one.x).abs() < near
}

fn spaced(glyphs: &[Glyph]) -> String {
    let mut text = String::new();
    let gaps: Vec<f32> = glyphs.windows(2).map(|pair| gap(pair, true)).collect();
    let pitches: Vec<f32> = glyphs.windows(2).map(|pair| gap(pair, false)).collect();
    for (place, glyph) in glyphs.iter().enumerate() {
        if let Some(before) = place.checked_sub(1) {
            let sides = [glyphs.get(before).and_then(last_of), first_of(glyph)];
            let limit = match sides
                .into_iter()
                .flatten()
                .filter(|side| is_wide(*side))
                .count()
            {
                0 => SPACE_GAP,
                1 => WIDE_SPACE_GAP,
                // Chinese set wide apart has no spaces.
                _ => f32::INFINITY,
            };
            let around = pitches.get(before.saturating_sub(1)..pitches.len().min(before + 2));
            let is_grid = around
                .unwrap_or_default()
                .iter()
                .all(|pitch| GRID.contains(pitch));
            if gaps.get(before).is_some_and(|gap| *gap > limit) && !is_grid {
                push(&mut text, ' ');
            }
        }
        match &glyph.text {
            Text::Char(character) => push(&mut text, *character),
            Text::String(string) => string
                .chars()
                .for_each(|character| push(&mut text, character)),
        }
    }
    text
}

/// From the end of a glyph to the next one, or from the one's left end to the other's; in ems.
fn gap(pair: &[Glyph], from_end: bool) -> f32 {
    let [one, next] = pair else {
        return 0.0;
    };
    let width = if from_end { one.width } else { 0.0 };
    (next.x - one.x - width) / one.size.max(next.size)
}

/// Blanks in a row become one space.
fn push(text: &mut String, character: char) {
    if character.is_whitespace() {
        if !text.ends_with(' ') && !text.is_empty() {
            text.push(' ');
        }
    } else if !character.is_control() {
        text.push(character);
    }
}

fn first_of(glyph: &Glyph) -> Option<char> {
    match &glyph.text {
        Text::Char(character) => Some(*character),
        Text::String(text) => text.chars().next(),
    }
}

fn last_of(glyph: &Glyph) -> Option<char> {
    match &glyph.text {
        Text::Char(character) => Some(*character),
        Text::String(text) => text.chars().next_back(),
    }
}

/// The size with the most weight; sizes that differ by a twentieth or less are one.
pub(super) fn usual_size(mut sizes: Vec<(f32, f32)>) -> Option<f32> {
    sizes.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut groups: Vec<(f32, f32)> = Vec::new();
    for (size, weight) in sizes {
        match groups.last_mut() {
            Some((first, sum)) if size <= *first * 1.05 => *sum += weight,
            _ => groups.push((size, weight)),
        }
    }
    let heaviest = groups.iter().max_by(|one, other| one.1.total_cmp(&other.1));
    heaviest.map(|(size, _)| *size)
}

/// Where the text begins behind a number, a bracketed one or a bullet.
fn hang(glyphs: &[Glyph]) -> Option<f32> {
    let pairs = glyphs.iter().zip(glyphs.iter().skip(1)).take(NUMBER_LENGTH);
    for (glyph, next) in pairs {
        let gap = next.x - glyph.x - glyph.width;
        if !next.text.is_space() && (glyph.text.is_space() || gap > JOIN_GAP * next.size) {
            return Some(next.x);
        }
    }
    None
}

/// What may not be parted from what stands before it at the beginning of a line.
#[derive(Clone, Copy, PartialEq)]
enum Lead {
    /// Only opening brackets and quotes so far.
    Opening,
    /// A word of letters or digits.
    Word,
    /// A character that is written without spaces.
    Wide,
}

fn lead(glyphs: &[Glyph]) -> f32 {
    let mut lead = Lead::Opening;
    let mut end = None;
    for glyph in glyphs {
        let Some(character) = first_of(glyph) else {
            break;
        };
        let is_closing = "，。、；：？！）》」』】〉”’,.;:?!)%％".contains(character);
        let goes_on = match lead {
            Lead::Opening => true,
            Lead::Word => is_closing || !is_wide(character),
            Lead::Wide => is_closing,
        };
        if !goes_on || glyph.text.is_space() {
            break;
        }
        if lead == Lead::Opening && !"（《「『【〈“‘([".contains(character) {
            lead = if is_wide(character) {
                Lead::Wide
            } else {
                Lead::Word
            };
        }
        end = Some(glyph.x + glyph.width);
    }
    let start = glyphs.first().map_or(0.0, |glyph| glyph.x);
    end.map_or(0.0, |end| end - start)
}
