//! Gathers running text into blocks: characters into paragraphs, paragraphs into cells, cells into
//! rows. The readers of Word and RTF files feed it; it knows no format.

use super::flow::Label;
use super::{Block, Budget, Error};

/// Text on its way to blocks.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    blocks: Vec<Block>,
    cells: Vec<String>,
    cell: String,
    label: String,
    paragraph: String,
    high: Option<u16>,
}

impl Flow {
    /// Adds a UTF-16 unit; a surrogate waits for its other half, and one without is dropped.
    pub(crate) fn push_unit(&mut self, unit: u16) {
        match (self.high.take(), unit) {
            (_, 0xD800..=0xDBFF) => self.high = Some(unit),
            (Some(high), 0xDC00..=0xDFFF) => {
                let pair = char::decode_utf16([high, unit]).next();
                if let Some(Ok(character)) = pair {
                    self.push(character);
                }
            }
            (_, unit) => {
                if let Some(character) = char::from_u32(unit.into()) {
                    self.push(character);
                }
            }
        }
    }

    /// Adds a character. Line breaks become spaces; other controls are dropped, and so are the
    /// places where Windows puts the glyphs of symbol fonts, for they are no text.
    pub(crate) fn push(&mut self, character: char) {
        match character {
            '\t' => self.paragraph.push('\t'),
            '\n' | '\r' | '\u{A0}' | '\u{2028}' | '\u{2029}' => self.paragraph.push(' '),
            '\u{FEFF}' | '\u{F000}'..='\u{F0FF}' => {}
            other if other.is_control() => {}
            other => self.paragraph.push(other),
        }
    }

    /// Whether the paragraph has no visible text as yet.
    pub(crate) fn is_blank(&self) -> bool {
        self.paragraph.trim().is_empty()
    }

    /// Adds a character of the paragraph's automatic number. A blank at its end says that the text is
    /// set apart from it.
    pub(crate) fn push_label(&mut self, character: char) {
        match character {
            '\t' => self.label.push(' '),
            '\u{F000}'..='\u{F0FF}' => {}
            other if other.is_control() => {}
            other => self.label.push(other),
        }
    }

    /// Forgets the number of a paragraph that is not seen.
    pub(crate) fn drop_label(&mut self) {
        self.label.clear();
    }

    /// Ends a paragraph outside tables; a row that was left open ends before it.
    ///
    /// # Errors
    /// Those of [`Budget::spend`], as of all ends.
    pub(crate) fn end_paragraph(
        &mut self,
        level: Option<u8>,
        budget: &mut Budget,
    ) -> Result<(), Error> {
        let text = self.take_paragraph();
        self.end_row(budget)?;
        self.block(&text, level, budget)
    }

    /// Ends a paragraph inside a cell.
    pub(crate) fn end_cell_paragraph(&mut self, budget: &mut Budget) -> Result<(), Error> {
        let text = self.take_paragraph();
        let text = text.trim();
        budget.spend(text.len() as u64)?;
        if !self.cell.is_empty() && !text.is_empty() {
            self.cell.push(' ');
        }
        // A tab parts cells and nothing else.
        self.cell
            .extend(text.chars().map(|character| match character {
                '\t' => ' ',
                other => other,
            }));
        Ok(())
    }

    /// Ends a cell.
    pub(crate) fn end_cell(&mut self, budget: &mut Budget) -> Result<(), Error> {
        self.end_cell_paragraph(budget)?;
        budget.spend(size_of::<String>() as u64)?;
        self.cells.push(std::mem::take(&mut self.cell));
        Ok(())
    }

    /// Ends a row, which is a block.
    pub(crate) fn end_row(&mut self, budget: &mut Budget) -> Result<(), Error> {
        self.end_cell_paragraph(budget)?;
        if !self.cell.is_empty() {
            self.end_cell(budget)?;
        }
        let row = std::mem::take(&mut self.cells).join("\t");
        self.block(&row, None, budget)
    }

    /// All blocks.
    pub(crate) fn finish(mut self, budget: &mut Budget) -> Result<Vec<Block>, Error> {
        if self.is_blank() {
            self.end_row(budget)?;
        } else {
            self.end_paragraph(None, budget)?;
        }
        Ok(self.blocks)
    }

    /// The paragraph with its number in front; a number alone is no text, and neither is a bullet.
    fn take_paragraph(&mut self) -> String {
        self.high = None;
        let label = std::mem::take(&mut self.label);
        let paragraph = std::mem::take(&mut self.paragraph);
        let tight = !label.ends_with(char::is_whitespace);
        // An `o` is a bullet in one of the symbol fonts.
        match Label::new(&label, tight).filter(|label| label.text != "o") {
            Some(label) if !paragraph.trim().is_empty() => label.before(&paragraph),
            _ => paragraph,
        }
    }

    fn block(&mut self, text: &str, level: Option<u8>, budget: &mut Budget) -> Result<(), Error> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(());
        }
        budget.spend((trimmed.len() + size_of::<Block>()) as u64)?;
        let text = trimmed.to_owned();
        self.blocks.push(Block { text, level });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    fn push_str(flow: &mut Flow, text: &str) {
        text.chars().for_each(|character| flow.push(character));
    }

    fn texts(flow: Flow) -> Vec<String> {
        let blocks = flow.finish(&mut budget()).expect("made by the test");
        blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn a_row_is_a_block_of_cells_parted_by_tabs() {
        let mut flow = Flow::default();
        push_str(&mut flow, "序\t号");
        flow.end_cell_paragraph(&mut budget())
            .expect("made by the test");
        push_str(&mut flow, "续");
        flow.end_cell(&mut budget()).expect("made by the test");
        flow.end_cell(&mut budget()).expect("made by the test");
        push_str(&mut flow, "末");
        flow.end_cell(&mut budget()).expect("made by the test");
        flow.end_row(&mut budget()).expect("made by the test");
        assert_eq!(texts(flow), ["序 号 续\t\t末"]);
    }

    #[test]
    fn a_row_without_end_ends_before_the_next_paragraph() {
        let mut flow = Flow::default();
        push_str(&mut flow, "甲");
        flow.end_cell(&mut budget()).expect("made by the test");
        push_str(&mut flow, "乙段");
        flow.end_paragraph(Some(1), &mut budget())
            .expect("made by the test");
        assert_eq!(texts(flow), ["甲", "乙段"]);
    }

    #[test]
    fn halves_of_a_pair_join_and_lone_halves_go() {
        let mut flow = Flow::default();
        for unit in [0xD840, 0xDC0B, 0xD840, 0x4E2D, 0xDC0B] {
            flow.push_unit(unit);
        }
        assert_eq!(texts(flow), ["\u{2000B}中"]);
    }

    /// A paragraph with this number, as it is read.
    fn numbered(label: &str, text: &str) -> Vec<String> {
        let mut flow = Flow::default();
        label
            .chars()
            .for_each(|character| flow.push_label(character));
        push_str(&mut flow, text);
        texts(flow)
    }

    #[test]
    fn a_number_stands_in_front() {
        assert_eq!(numbered("1.\t", "　甲"), ["1. 甲"]);
        assert_eq!(numbered("一、", "乙"), ["一、乙"]);
        assert_eq!(numbered("第一条\t", "丙"), ["第一条 丙"]);
        assert_eq!(numbered("第一条", "丁"), ["第一条丁"]);
    }

    #[test]
    fn bullets_and_lone_numbers_are_no_text() {
        assert_eq!(numbered("o", "甲"), ["甲"]);
        assert_eq!(numbered("\u{F0B7}", "甲"), ["甲"]);
        assert!(numbered("一、", " ").is_empty());
    }

    #[test]
    fn text_is_paid_for() {
        let mut flow = Flow::default();
        push_str(&mut flow, "很长的一段文字");
        let mut poor = Budget::new(8, Instant::now() + Duration::from_mins(1));
        assert!(matches!(
            flow.end_paragraph(None, &mut poor),
            Err(Error::TooLarge { limit: 8 })
        ));
    }
}
