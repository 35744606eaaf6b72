//! The reading order of a word-processing document: paragraphs, the cells and rows of tables, and what
//! hangs on a paragraph (text boxes) become blocks. It knows no file format; the readers tell it what
//! begins and ends.

use super::soft_breaks;
use super::{Block, Budget, Error};

/// Two paragraphs of so many characters in one cell are running text, not an entry of a table.
const RUNNING_TEXT_CHARS: usize = 50;

/// Collects blocks. What is opened must be closed in the reverse order; what is wrongly nested keeps
/// its text.
#[derive(Debug, Default)]
pub(super) struct Flow {
    open: Vec<Open>,
    blocks: Vec<Block>,
    carried: Option<Carried>,
    n_made: u64,
}

/// What a paragraph is, known at its end.
#[derive(Debug, Default)]
pub(super) struct ParagraphEnd {
    /// Level of the heading, see [`Block::level`].
    pub(super) level: Option<u8>,
    /// The automatic number before its text.
    pub(super) label: Option<Label>,
    /// Whether it goes on in the next paragraph (its end was deleted).
    pub(super) continues: bool,
    /// Whether nobody sees its text.
    pub(super) hidden: bool,
}

/// An automatic number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// Such as `一、`.
    pub(super) text: String,
    /// Whether nothing shall stand between it and the text.
    pub(super) tight: bool,
}

#[derive(Debug)]
enum Open {
    Paragraph { text: String, after: Vec<Block> },
    Row { cells: Vec<Vec<Block>> },
    Cell { blocks: Vec<Block>, is_rest: bool },
    Group { blocks: Vec<Block> },
}

/// The text of a paragraph that goes on in the next one of the same depth.
#[derive(Debug)]
struct Carried {
    depth: usize,
    text: String,
}

impl Flow {
    /// How much text there is so far, in bytes; grows with each text that is not blank.
    pub(super) fn n_made(&self) -> u64 {
        self.n_made
    }

    /// Begins a paragraph; inside another one it is a text box, which comes after that.
    pub(super) fn open_paragraph(&mut self) {
        let depth = self.open.len();
        let text = match self.carried.take_if(|carried| carried.depth == depth) {
            Some(carried) => carried.text,
            None => String::new(),
        };
        let after = Vec::new();
        self.open.push(Open::Paragraph { text, after });
    }

    /// Adds to the open paragraph; breaks inside are those of [`soft_breaks`].
    pub(super) fn text(&mut self, added: &str) {
        if let Some(Open::Paragraph { text, .. }) = self.open.last_mut() {
            text.push_str(added);
            if !added.trim().is_empty() {
                self.n_made = self.n_made.saturating_add(added.len() as u64);
            }
        }
    }

    /// Adds text that has no paragraph of its own, such as the words of a drawing.
    pub(super) fn drawn_text(&mut self, text: &str) {
        let blocks = blocks_of(text);
        if !blocks.is_empty() {
            self.n_made = self.n_made.saturating_add(text.len() as u64);
            self.sink(blocks);
        }
    }

    /// Ends the paragraph.
    ///
    /// # Errors
    /// Those of [`Budget::spend`]: its blocks are paid for.
    pub(super) fn close_paragraph(
        &mut self,
        end: ParagraphEnd,
        budget: &mut Budget,
    ) -> Result<(), Error> {
        self.put_carried();
        let Some(Open::Paragraph { mut text, after }) = self.pop_if(Open::is_paragraph) else {
            return Ok(());
        };
        if end.hidden {
            text.clear();
        }
        if end.continues {
            let depth = self.open.len();
            self.carried = Some(Carried { depth, text });
            self.sink(after);
            return Ok(());
        }
        if let Some(label) = end.label {
            text = label.before(&text);
        }
        let mut blocks = blocks_of(&text);
        let n_fixed = blocks.len().saturating_mul(size_of::<Block>());
        budget.spend(text.len().saturating_add(n_fixed) as u64)?;
        if let Some(first) = blocks.first_mut() {
            first.level = end.level;
        }
        blocks.extend(after);
        self.sink(blocks);
        Ok(())
    }

    /// Whether the open paragraph holds nothing but blanks.
    pub(super) fn is_blank(&self) -> bool {
        match self.open.last() {
            Some(Open::Paragraph { text, .. }) => text.trim().is_empty(),
            _ => true,
        }
    }

    /// Begins a row of a table.
    pub(super) fn open_row(&mut self) {
        self.put_carried();
        self.open.push(Open::Row { cells: Vec::new() });
    }

    /// Ends the row: one block, or those of its cells where the table only frames running text.
    ///
    /// # Errors
    /// Those of [`Budget::spend`]: rows of tables inside tables are copied at each level.
    pub(super) fn close_row(&mut self, budget: &mut Budget) -> Result<(), Error> {
        if let Some(Open::Row { cells }) = self.pop_if(|open| matches!(open, Open::Row { .. })) {
            let blocks = blocks_of_row(cells, budget)?;
            self.sink(blocks);
        }
        Ok(())
    }

    /// Begins a cell.
    pub(super) fn open_cell(&mut self) {
        self.open.push(Open::Cell {
            blocks: Vec::new(),
            is_rest: false,
        });
    }

    /// Says that the open cell is only the rest of one merged with it.
    pub(super) fn is_rest_of_cell(&mut self) {
        if let Some(Open::Cell { is_rest, .. }) = self.open.last_mut() {
            *is_rest = true;
        }
    }

    /// Ends the cell.
    pub(super) fn close_cell(&mut self) {
        self.put_carried();
        let cell = self.pop_if(|open| matches!(open, Open::Cell { .. }));
        if let Some(Open::Cell { blocks, is_rest }) = cell {
            let blocks = if is_rest { Vec::new() } else { blocks };
            match self.open.last_mut() {
                Some(Open::Row { cells }) => cells.push(blocks),
                _ => self.sink(blocks),
            }
        }
    }

    /// Begins a group whose blocks go elsewhere, such as a note.
    pub(super) fn open_group(&mut self) {
        self.open.push(Open::Group { blocks: Vec::new() });
    }

    /// Ends the group and gives its blocks.
    pub(super) fn close_group(&mut self) -> Vec<Block> {
        self.put_carried();
        match self.pop_if(|open| matches!(open, Open::Group { .. })) {
            Some(Open::Group { blocks }) => blocks,
            _ => Vec::new(),
        }
    }

    /// All blocks outside groups.
    pub(super) fn finish(mut self) -> Vec<Block> {
        self.put_carried();
        self.blocks
    }

    fn pop_if(&mut self, is_it: impl Fn(&Open) -> bool) -> Option<Open> {
        self.open.pop_if(|open| is_it(open))
    }

    /// Ends a paragraph that should go on, where nothing follows it.
    fn put_carried(&mut self) {
        let depth = self.open.len();
        if let Some(carried) = self.carried.take_if(|carried| carried.depth >= depth) {
            self.sink(blocks_of(&carried.text));
        }
    }

    /// Gives finished blocks to whatever is open.
    fn sink(&mut self, mut finished: Vec<Block>) {
        match self.open.last_mut() {
            None => self.blocks.append(&mut finished),
            Some(
                Open::Paragraph { after: blocks, .. }
                | Open::Cell { blocks, .. }
                | Open::Group { blocks },
            ) => blocks.append(&mut finished),
            Some(Open::Row { cells }) => cells.push(finished),
        }
    }
}

impl Open {
    fn is_paragraph(&self) -> bool {
        matches!(self, Self::Paragraph { .. })
    }
}

impl Label {
    /// `text` without blanks at its ends; `None` where it says nothing, such as a dot.
    pub(super) fn new(text: &str, tight: bool) -> Option<Self> {
        let text = soft_breaks::clean(text);
        let says_something = text.chars().any(char::is_alphanumeric);
        says_something.then_some(Self { text, tight })
    }

    /// The number and then the text. A space is put between, unless the number ends in a Chinese
    /// punctuation mark; always where digits or letters would otherwise run together.
    pub(super) fn before(&self, text: &str) -> String {
        let text = text.trim_start_matches([' ', '\u{3000}']);
        let mut labelled = self.text.clone();
        if let Some(last) = labelled.chars().last() {
            let is_mark = !last.is_ascii() && !last.is_alphanumeric();
            if last.is_ascii() || !(is_mark || self.tight) {
                labelled.push(' ');
            }
        }
        labelled.push_str(text);
        labelled
    }
}

fn blocks_of(text: &str) -> Vec<Block> {
    let paragraphs = soft_breaks::split(text).into_iter();
    paragraphs.map(|text| Block { text, level: None }).collect()
}

fn blocks_of_row(mut cells: Vec<Vec<Block>>, budget: &mut Budget) -> Result<Vec<Block>, Error> {
    if cells.len() <= 1 || cells.iter().any(|cell| is_running_text(cell)) {
        return Ok(cells.into_iter().flatten().collect());
    }
    while cells.last().is_some_and(Vec::is_empty) {
        cells.pop();
    }
    let mut text = String::new();
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            text.push('\t');
        }
        for (n, block) in cell.iter().enumerate() {
            if n > 0 {
                text.push(' ');
            }
            text.push_str(&block.text.replace('\t', " "));
        }
    }
    budget.spend(text.len() as u64)?;
    if cells.iter().all(Vec::is_empty) {
        return Ok(Vec::new());
    }
    Ok(vec![Block { text, level: None }])
}

fn is_running_text(cell: &[Block]) -> bool {
    let is_long = |block: &&Block| block.text.chars().nth(RUNNING_TEXT_CHARS).is_some();
    cell.iter().filter(is_long).nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    fn close(flow: &mut Flow, end: ParagraphEnd) {
        flow.close_paragraph(end, &mut budget())
            .expect("within the budget");
    }

    fn paragraph(flow: &mut Flow, text: &str) {
        flow.open_paragraph();
        flow.text(text);
        close(flow, ParagraphEnd::default());
    }

    fn row(flow: &mut Flow, cells: &[&[&str]]) {
        flow.open_row();
        for cell in cells {
            flow.open_cell();
            for text in *cell {
                paragraph(flow, text);
            }
            flow.close_cell();
        }
        flow.close_row(&mut budget()).expect("within the budget");
    }

    fn texts(flow: Flow) -> Vec<String> {
        flow.finish().into_iter().map(|block| block.text).collect()
    }

    fn label(text: &str, tight: bool) -> Label {
        let text = text.to_owned();
        Label { text, tight }
    }

    #[test]
    fn a_row_is_a_block() {
        let mut flow = Flow::default();
        row(&mut flow, &[&["姓名"], &[], &["单", "位"], &[]]);
        row(&mut flow, &[&[], &[]]);
        assert_eq!(texts(flow), ["姓名\t\t单 位"]);
    }

    #[test]
    fn a_row_of_one_cell_is_its_paragraphs() {
        let mut flow = Flow::default();
        row(&mut flow, &[&["第一段", "第二段"]]);
        assert_eq!(texts(flow), ["第一段", "第二段"]);
    }

    #[test]
    fn running_text_beside_a_label_keeps_its_paragraphs() {
        let long = "长".repeat(RUNNING_TEXT_CHARS + 1);
        let mut flow = Flow::default();
        row(&mut flow, &[&["内容"], &[&long, "短", &long]]);
        assert_eq!(texts(flow), ["内容", &long, "短", &long]);
    }

    #[test]
    fn a_table_in_a_cell_is_its_text() {
        let mut flow = Flow::default();
        flow.open_row();
        flow.open_cell();
        row(&mut flow, &[&["甲"], &["乙"]]);
        row(&mut flow, &[&["丙"], &["丁"]]);
        flow.close_cell();
        flow.open_cell();
        paragraph(&mut flow, "戊");
        flow.close_cell();
        flow.close_row(&mut budget()).expect("within the budget");
        assert_eq!(texts(flow), ["甲 乙 丙 丁\t戊"]);
    }

    #[test]
    fn the_rest_of_a_merged_cell_is_empty() {
        let mut flow = Flow::default();
        flow.open_row();
        flow.open_cell();
        flow.is_rest_of_cell();
        paragraph(&mut flow, "残");
        flow.close_cell();
        flow.open_cell();
        paragraph(&mut flow, "全");
        flow.close_cell();
        flow.close_row(&mut budget()).expect("within the budget");
        assert_eq!(flow.finish()[0].text, "\t全");
    }

    #[test]
    fn a_text_box_follows_its_paragraph() {
        let mut flow = Flow::default();
        flow.open_paragraph();
        flow.text("前");
        paragraph(&mut flow, "框");
        flow.drawn_text("画");
        flow.text("后");
        close(&mut flow, ParagraphEnd::default());
        assert_eq!(texts(flow), ["前后", "框", "画"]);
    }

    #[test]
    fn a_deleted_end_joins_paragraphs() {
        let mut flow = Flow::default();
        for (text, continues) in [("前半", true), ("后半", false), ("最后", true)] {
            flow.open_paragraph();
            flow.text(text);
            close(
                &mut flow,
                ParagraphEnd {
                    continues,
                    ..ParagraphEnd::default()
                },
            );
        }
        assert_eq!(texts(flow), ["前半后半", "最后"]);
    }

    #[test]
    fn numbers_stand_before_the_text() {
        assert_eq!(label("一、", false).before("路"), "一、路");
        assert_eq!(label("第一条", false).before("路"), "第一条 路");
        assert_eq!(label("第一条", true).before("路"), "第一条路");
        assert_eq!(label("1.", true).before("5亿"), "1. 5亿");
    }

    #[test]
    fn dots_are_no_numbers() {
        assert_eq!(Label::new("•", false), None);
        assert_eq!(Label::new(" ㊀", true), Some(label("㊀", true)));
    }

    #[test]
    fn only_the_first_piece_of_a_heading_is_one() {
        let mut flow = Flow::default();
        flow.open_paragraph();
        flow.text("题\u{c}文");
        close(
            &mut flow,
            ParagraphEnd {
                level: Some(1),
                ..ParagraphEnd::default()
            },
        );
        let levels: Vec<Option<u8>> = flow.finish().iter().map(|block| block.level).collect();
        assert_eq!(levels, [Some(1), None]);
    }

    #[test]
    fn wrong_nesting_keeps_the_text() {
        let mut flow = Flow::default();
        flow.close_cell();
        flow.open_row();
        paragraph(&mut flow, "行中");
        flow.close_row(&mut budget()).expect("within the budget");
        flow.open_cell();
        paragraph(&mut flow, "格中");
        flow.close_cell();
        close(&mut flow, ParagraphEnd::default());
        flow.text("无处");
        assert_eq!(texts(flow), ["行中", "格中"]);
    }
}
