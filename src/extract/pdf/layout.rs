//! Lines to regions in reading order: blocks of lines, rows of cells, columns.
//!
//! Producers nearly always paint a paragraph or a cell in one go, so what belongs together is taken
//! from the order of painting, and only the order of the blocks from where they stand.

use super::super::{Budget, Error};
use super::content::{Direction, Painted};
use super::line::{CELL_GAP, Line, lines};

/// Lines of a block are not farther apart than this, in ems from baseline to baseline.
const MAX_PITCH: f32 = 3.2;
/// A line of a block may begin this much farther left than the block, in ems: all but the first
/// line of a paragraph.
const MAX_OUTDENT: f32 = 2.7;
/// Cuts within cuts.
const MAX_DEPTH: usize = 24;
/// A column has at least so many lines.
const COLUMN_LINES: usize = 6;

/// A page, its regions in reading order.
#[derive(Clone, Debug, Default)]
pub(super) struct PageText {
    /// In reading order.
    pub(super) regions: Vec<Region>,
    /// Lower and upper edge of the page.
    pub(super) edges: (f32, f32),
}

/// Part of a page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Region {
    /// Lines one below the other.
    Lines(Vec<Line>),
    /// Cells side by side, each of lines.
    Row(Vec<Vec<Line>>),
}

/// Puts the text of a page in order.
pub(super) fn arrange(painted: Painted, budget: &mut Budget) -> Result<PageText, Error> {
    let mut groups = [const { Vec::new() }; 5];
    for glyph in painted.glyphs {
        let place = match glyph.direction {
            Direction::Right => 0,
            Direction::Down => 1,
            Direction::Up => 2,
            Direction::Left => 3,
            Direction::Slanted => 4,
        };
        if let Some(group) = groups.get_mut(place) {
            group.push(glyph);
        }
    }
    let mut regions = Vec::new();
    for glyphs in groups {
        let blocks = blocks(lines(glyphs, budget)?);
        regions.extend(merged(in_order(blocks, MAX_DEPTH, budget)?));
    }
    Ok(PageText {
        regions,
        edges: painted.edges,
    })
}

/// Lines that were painted one below the other.
struct Block {
    lines: Vec<Line>,
    x0: f32,
    x1: f32,
    top: f32,
    bottom: f32,
    order: usize,
}

impl Block {
    fn new(line: Line, order: usize) -> Self {
        Self {
            x0: line.x0,
            x1: line.x1,
            top: line.y + 0.7 * line.size,
            bottom: line.y,
            lines: vec![line],
            order,
        }
    }

    fn takes(&self, line: &Line) -> bool {
        let Some(last) = self.lines.last() else {
            return false;
        };
        let size = last.size.max(line.size);
        let down = last.y - line.y;
        let is_below = down > 0.5 * size && down < MAX_PITCH * size;
        let is_under = line.x0 < self.x1 && line.x1 > self.x0;
        is_below && is_under && line.x0 > self.x0 - MAX_OUTDENT * size
    }

    fn push(&mut self, line: Line) {
        self.x0 = self.x0.min(line.x0);
        self.x1 = self.x1.max(line.x1);
        self.bottom = self.bottom.min(line.y);
        self.top = self.top.max(line.y + 0.7 * line.size);
        self.lines.push(line);
    }
}

fn blocks(lines: Vec<Line>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in lines {
        match blocks.last_mut() {
            Some(block) if block.takes(&line) => block.push(line),
            _ => blocks.push(Block::new(line, blocks.len())),
        }
    }
    blocks
}

fn in_order(blocks: Vec<Block>, depth: usize, budget: &mut Budget) -> Result<Vec<Region>, Error> {
    budget.spend(0)?;
    if blocks.len() < 2 || depth == 0 {
        return Ok(by_painting(blocks));
    }
    let mut parts = side_by_side(blocks);
    if parts.len() > 1 && parts.iter().all(|part| is_column(part)) {
        return parts_in_order(parts, depth, budget);
    }
    let bands = one_below_the_other(parts.drain(..).flatten().collect());
    if bands.len() > 1 {
        return parts_in_order(bands, depth, budget);
    }
    let parts = side_by_side(bands.into_iter().flatten().collect());
    if parts.len() < 2 {
        return Ok(by_painting(parts.into_iter().flatten().collect()));
    }
    let mut cells = Vec::with_capacity(parts.len());
    let mut is_row = true;
    for part in parts {
        let regions = in_order(part, depth - 1, budget)?;
        is_row &= matches!(regions.as_slice(), [Region::Lines(_)]);
        cells.push(regions);
    }
    let regions = cells.into_iter().flatten();
    if !is_row {
        return Ok(regions.collect());
    }
    let cells = regions.filter_map(|region| match region {
        Region::Lines(lines) => Some(lines),
        Region::Row(_) => None,
    });
    Ok(vec![Region::Row(cells.collect())])
}

fn parts_in_order(
    parts: Vec<Vec<Block>>,
    depth: usize,
    budget: &mut Budget,
) -> Result<Vec<Region>, Error> {
    let mut regions = Vec::new();
    for part in parts {
        regions.extend(in_order(part, depth - 1, budget)?);
    }
    Ok(regions)
}

fn by_painting(mut blocks: Vec<Block>) -> Vec<Region> {
    blocks.sort_by_key(|block| block.order);
    blocks
        .into_iter()
        .map(|block| Region::Lines(block.lines))
        .collect()
}

/// Parts the blocks where nothing crosses a vertical line; from the left.
fn side_by_side(mut blocks: Vec<Block>) -> Vec<Vec<Block>> {
    blocks.sort_by(|one, other| one.x0.total_cmp(&other.x0));
    let mut parts: Vec<Vec<Block>> = Vec::new();
    let mut right = f32::NEG_INFINITY;
    for block in blocks {
        let start = block.x0;
        let end = block.x1;
        match parts.last_mut() {
            Some(part) if start < right => part.push(block),
            _ => parts.push(vec![block]),
        }
        right = right.max(end);
    }
    parts
}

/// Parts the blocks where nothing crosses a horizontal line; from the top.
fn one_below_the_other(mut blocks: Vec<Block>) -> Vec<Vec<Block>> {
    blocks.sort_by(|one, other| other.top.total_cmp(&one.top));
    let mut parts: Vec<Vec<Block>> = Vec::new();
    let mut lowest = f32::INFINITY;
    for block in blocks {
        let bottom = block.bottom;
        match parts.last_mut() {
            Some(part) if block.top > lowest => part.push(block),
            _ => parts.push(vec![block]),
        }
        lowest = lowest.min(bottom);
    }
    parts
}

/// Whether the blocks fill a column of running text.
fn is_column(blocks: &[Block]) -> bool {
    let left = blocks
        .iter()
        .map(|block| block.x0)
        .fold(f32::INFINITY, f32::min);
    let right = blocks
        .iter()
        .map(|block| block.x1)
        .fold(f32::NEG_INFINITY, f32::max);
    let lines = blocks.iter().flat_map(|block| &block.lines);
    let (mut n_lines, mut n_filled) = (0_usize, 0_usize);
    let mut size = 0.0_f32;
    for line in lines {
        n_lines += 1;
        n_filled += usize::from(line.x1 - line.x0 > 0.75 * (right - left));
        size = size.max(line.size);
    }
    n_lines >= COLUMN_LINES && n_filled * 10 >= n_lines * 6 && right - left > 8.0 * size
}

/// Joins blocks that follow closely upon each other, and what stands to the right of a last line.
fn merged(regions: Vec<Region>) -> Vec<Region> {
    let mut merged: Vec<Region> = Vec::with_capacity(regions.len());
    for region in regions {
        let Region::Lines(mut lines) = region else {
            merged.push(region);
            continue;
        };
        let (Some(Region::Lines(above)), Some(first)) = (merged.last_mut(), lines.first()) else {
            merged.push(Region::Lines(lines));
            continue;
        };
        let Some(last) = above.last_mut() else {
            continue;
        };
        let size = last.size.max(first.size);
        let down = last.y - first.y;
        let overlap = last.x1.min(first.x1) - last.x0.max(first.x0);
        let narrower = (last.x1 - last.x0).min(first.x1 - first.x0);
        if last.is_level_with(first) && first.x0 > last.x1 + 0.5 * CELL_GAP * size {
            last.append_cell(first);
            above.extend(lines.drain(1..));
        } else if down > 0.5 * size && down < MAX_PITCH * size && overlap > 0.5 * narrower {
            above.append(&mut lines);
        } else {
            merged.push(Region::Lines(lines));
        }
    }
    merged
}
