//! From the characters of a Word file to blocks: what each control character means, which text is
//! visible, where rows and paragraphs end. Takes the properties as the other modules read them.

use super::super::running_text::Flow;
use super::super::{Budget, Error};
use super::format::Runs;
use super::lists::Lists;
use super::pieces::{Pieces, Text};
use super::sprm::{Character, Paragraph, Prl, short_change};
use super::styles::{Styles, outline_level};

/// Number of a list that says "in none" ([MS-DOC] 2.6.2, `sprmPIlfo`).
const NO_LIST: [u16; 2] = [0, 0xF801];

/// How the text of a file is formatted.
#[derive(Debug)]
pub(super) struct Formatting<'a> {
    pub(super) pieces: &'a Pieces<'a>,
    pub(super) paragraphs: Runs<Paragraph>,
    pub(super) characters: Runs<Character>,
    pub(super) styles: Styles,
    pub(super) lists: Lists,
}

/// Adds a part of the text to `flow`, each paragraph or row as a block. Without `formatting` (Word 6)
/// all text is visible and two cell marks in a row end it.
///
/// # Errors
/// Those of [`Budget::spend`].
pub(super) fn write(
    text: &Text,
    mut formatting: Option<&mut Formatting<'_>>,
    flow: &mut Flow,
    budget: &mut Budget,
) -> Result<(), Error> {
    let mut instructions = instructions(&text.units).into_iter().peekable();
    let mut skip_until = 0;
    let mut last_was_cell = false;
    for (index, &unit) in text.units.iter().enumerate() {
        if index % 4096 == 0 {
            budget.spend(0)?;
        }
        while let Some((start, end)) = instructions.peek().copied() {
            if start > index {
                break;
            }
            skip_until = skip_until.max(end);
            instructions.next();
        }
        if index < skip_until {
            continue;
        }
        let place = Place::of(text, index, formatting.as_deref());
        let character = place.character;
        let is_mark = matches!(unit, 0x07 | 0x0C);
        if (character.deleted || place.hidden) && !is_mark {
            // A hidden paragraph counts: Word sets the numbers of lists in this way.
            if unit == 0x0D && !character.deleted {
                number(&place, formatting.as_deref_mut(), flow);
                flow.drop_label();
            }
            continue;
        }
        match unit {
            0x07 => {
                let ends_row = match place.paragraph {
                    Some(paragraph) => paragraph.ends_row,
                    None => last_was_cell,
                };
                if ends_row {
                    flow.end_row(budget)?;
                } else {
                    number(&place, formatting.as_deref_mut(), flow);
                    flow.end_cell(budget)?;
                }
                last_was_cell = !ends_row;
                continue;
            }
            0x0C..=0x0E => {
                // A page break may stand inside a paragraph, whose number is at its beginning.
                if place.ends_paragraph {
                    number(&place, formatting.as_deref_mut(), flow);
                }
                match place.paragraph {
                    Some(paragraph) if paragraph.in_table => flow.end_cell_paragraph(budget)?,
                    _ => flow.end_paragraph(level(&place, formatting.as_deref()), budget)?,
                }
            }
            0x28 if character.special => {
                flow.push_unit(character.symbol.unwrap_or_default());
            }
            0x09 => flow.push('\t'),
            0x0B => flow.push(' '),
            0x1E => flow.push('-'),
            0..0x20 => {}
            other => flow.push_unit(other),
        }
        last_was_cell = false;
    }
    if flow.is_blank() {
        flow.end_row(budget)
    } else {
        // The part ends without a mark.
        let last = text.units.len().saturating_sub(1);
        let last = Place::of(text, last, formatting.as_deref());
        flow.end_paragraph(level(&last, formatting.as_deref()), budget)
    }
}

/// What is known of a character by its place.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    character: Character,
    hidden: bool,
    paragraph: Option<Paragraph>,
    /// It is the last character of its paragraph.
    ends_paragraph: bool,
}

impl Place {
    fn of(text: &Text, index: usize, formatting: Option<&Formatting<'_>>) -> Self {
        let (Some(formatting), Some((stretch, offset))) = (formatting, text.place(index)) else {
            return Self {
                ends_paragraph: true,
                ..Self::default()
            };
        };
        let run = formatting.paragraphs.at(offset);
        let mut paragraph = run.map(|run| run.properties);
        let character = formatting.characters.at(offset);
        let mut character = character.map(|run| run.properties).unwrap_or_default();
        change(
            formatting.pieces,
            stretch.change,
            &mut character,
            paragraph.as_mut(),
        );
        let styles = &formatting.styles;
        let of_paragraph = paragraph.is_some_and(|paragraph| styles.hides(paragraph.style));
        let of_character = character.style.is_some_and(|style| styles.hides(style));
        let end = offset.saturating_add(u32::from(stretch.width));
        Self {
            character,
            hidden: character.is_hidden(of_paragraph || of_character),
            paragraph,
            ends_paragraph: run.is_none_or(|run| end >= run.end),
        }
    }
}

/// Makes the changes that a piece makes in its text ([MS-DOC] 2.9.209 to 2.9.211).
fn change(
    pieces: &Pieces<'_>,
    change: u16,
    character: &mut Character,
    mut paragraph: Option<&mut Paragraph>,
) {
    if change == 0 {
        return;
    }
    if change & 1 == 0 {
        if let Some((sprm, operand)) = short_change(change) {
            let operand = &operand[..];
            character.apply(Prl { sprm, operand });
            if let Some(paragraph) = &mut paragraph {
                paragraph.apply(Prl { sprm, operand });
            }
        }
        return;
    }
    let changes = pieces.change(usize::from(change >> 1));
    character.change(changes);
    if let Some(paragraph) = paragraph {
        paragraph.change(changes);
    }
}

/// Counts the paragraph if it is in a list, and puts its number in front.
fn number(place: &Place, formatting: Option<&mut Formatting<'_>>, flow: &mut Flow) {
    let (Some(formatting), Some(paragraph)) = (formatting, place.paragraph) else {
        return;
    };
    let of_style = formatting.styles.list(paragraph.style);
    let list = match (paragraph.list, of_style) {
        (Some(list), _) => list,
        (None, Some(of_style)) => of_style.list,
        (None, None) => return,
    };
    if NO_LIST.contains(&list) {
        return;
    }
    let by_style = || {
        let of_style = of_style.filter(|of_style| of_style.list == list)?;
        let by_list = formatting.lists.level_of_style(list, of_style.style);
        let by_list = by_list.or_else(|| formatting.lists.level_of_style(list, paragraph.style));
        of_style.level.or(by_list)
    };
    let level = paragraph.list_level.or_else(by_style).unwrap_or_default();
    let label = formatting.lists.next(list, level).unwrap_or_default();
    flow.drop_label();
    label
        .chars()
        .for_each(|character| flow.push_label(character));
}

/// The heading level of a paragraph: the title by its style, others by their own outline level or
/// that of the style.
fn level(place: &Place, formatting: Option<&Formatting<'_>>) -> Option<u8> {
    let paragraph = place.paragraph?;
    let of_style = formatting?.styles.level(paragraph.style);
    match paragraph.outline {
        Some(outline) if of_style != Some(0) => outline_level(outline),
        _ => of_style,
    }
}

/// The ranges of units, half-open and by their start, that are instructions of fields: from the
/// beginning to the separator, or to the end of a field that has no result. Marks without a partner
/// hide nothing.
fn instructions(units: &[u16]) -> Vec<(usize, usize)> {
    let mut open: Vec<(usize, Option<usize>)> = Vec::new();
    let mut ranges = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        match unit {
            0x13 => open.push((index, None)),
            0x14 => {
                if let Some((_, separator)) = open.last_mut() {
                    separator.get_or_insert(index);
                }
            }
            0x15 => {
                if let Some((start, separator)) = open.pop() {
                    ranges.push((start, separator.unwrap_or(index) + 1));
                }
            }
            _ => {}
        }
    }
    ranges.sort_unstable();
    ranges
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// What is read from text without formatting.
    fn check(text: &str, expected: &[&str]) {
        let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
        let text = Text::new(text.encode_utf16().collect());
        let mut flow = Flow::default();
        write(&text, None, &mut flow, &mut budget).expect("made by the test");
        let blocks = flow.finish(&mut budget).expect("made by the test");
        let texts: Vec<_> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn marks_end_blocks() {
        check("甲\r乙\u{C}丙\u{E}丁", &["甲", "乙", "丙", "丁"]);
        check("甲\u{B}乙\u{A0}丙\u{1E}丁\u{1F}戊", &["甲 乙 丙-丁戊"]);
        check("图\u{1}注\u{8}脚\u{2}", &["图注脚"]);
    }

    #[test]
    fn two_cell_marks_end_a_row() {
        check(
            "甲\u{7}乙\u{7}\u{7}丙\u{7}丁\u{7}\u{7}戊\r",
            &["甲\t乙", "丙\t丁", "戊"],
        );
    }

    #[test]
    fn fields_keep_their_results() {
        check("见\u{13} REF a \u{14}第一条\u{15}。", &["见第一条。"]);
        check("甲\u{13} TC 乙 \u{15}丙", &["甲丙"]);
        check(
            "\u{13} IF \u{13} A \u{14}1\u{15} \u{14}甲\u{13} B \u{14}乙\u{15}\u{15}丙",
            &["甲乙丙"],
        );
    }

    #[test]
    fn lone_field_marks_hide_nothing() {
        check("甲\u{13} 乙 \u{14}丙", &["甲 乙 丙"]);
        check("甲\u{15}乙\u{14}丙", &["甲乙丙"]);
    }
}
