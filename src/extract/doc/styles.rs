//! The style sheet of a Word file: what each style says of headings, lists and hidden text, with
//! what it inherits. Does not know which text has which style.

use super::super::le::{slice_at, u16_at};
use super::super::style_names::heading_level;
use super::super::{Budget, Error};
use super::sprm::{Character, Paragraph};

/// Styles inherit from each other at most so deep; Word allows 11.
const MAX_DEPTH: usize = 16;

/// `stk` of a paragraph style.
const PARAGRAPH: u16 = 1;
/// `stk` of a character style.
const CHARACTER: u16 = 2;

/// All styles, by their number (`istd`).
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: Vec<Style>,
}

/// A style as it is written, without what it inherits.
#[derive(Clone, Copy, Debug, Default)]
struct Style {
    base: u16,
    /// By the kind of style or by its name.
    heading: Option<u8>,
    paragraph: Paragraph,
    hidden: Option<u8>,
}

/// What a style says of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StyleList {
    /// The style that says it, which may be an inherited one.
    pub(super) style: u16,
    pub(super) list: u16,
    pub(super) level: Option<u8>,
}

impl Styles {
    /// Reads an `STSH` ([MS-DOC] 2.9.271). What is damaged has no properties.
    ///
    /// # Errors
    /// Those of [`Budget::spend`].
    pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Self, Error> {
        let mut styles = Vec::new();
        let head = u16_at(bytes, 0).unwrap_or_default() as usize;
        let count = u16_at(bytes, 2).unwrap_or_default();
        let base_len = u16_at(bytes, 4).unwrap_or_default() as usize;
        let mut at = 2 + head;
        for _ in 0..count {
            let Some(len) = u16_at(bytes, at).map(usize::from) else {
                break;
            };
            budget.spend((len + size_of::<Style>()) as u64)?;
            let definition = slice_at(bytes, at + 2, len).unwrap_or_default();
            styles.push(style(definition, base_len).unwrap_or_default());
            // Each definition begins at an even place.
            at += 2 + len + len % 2;
        }
        Ok(Self { styles })
    }

    /// The heading level that a style gives: 1 to 9, 0 for the title.
    pub(super) fn level(&self, style: u16) -> Option<u8> {
        for (_, style) in self.chain(style) {
            if style.heading.is_some() {
                return style.heading;
            }
            if let Some(outline) = style.paragraph.outline {
                return outline_level(outline);
            }
        }
        None
    }

    /// The list that a style puts its paragraphs into.
    pub(super) fn list(&self, style: u16) -> Option<StyleList> {
        let mut level = None;
        for (number, style) in self.chain(style) {
            level = level.or(style.paragraph.list_level);
            if let Some(list) = style.paragraph.list {
                return Some(StyleList {
                    style: number,
                    list,
                    level,
                });
            }
        }
        None
    }

    /// Whether a style hides its text.
    pub(super) fn hides(&self, style: u16) -> bool {
        let hidden = self.chain(style).find_map(|(_, style)| style.hidden);
        hidden.is_some_and(|hidden| hidden & 1 != 0)
    }

    /// A style and those that it inherits from.
    fn chain(&self, style: u16) -> impl Iterator<Item = (u16, Style)> {
        let mut next = style;
        std::iter::from_fn(move || {
            let style = *self.styles.get(usize::from(next))?;
            let number = std::mem::replace(&mut next, style.base);
            Some((number, style))
        })
        .take(MAX_DEPTH)
    }
}

/// The level that an outline level (from 0; 9 is body text) gives.
pub(super) fn outline_level(outline: u8) -> Option<u8> {
    (outline < 9).then(|| outline + 1)
}

/// Reads an `STD` ([MS-DOC] 2.9.260).
fn style(bytes: &[u8], base_len: usize) -> Option<Style> {
    let sti = u16_at(bytes, 0)? & 0x0FFF;
    let kind = u16_at(bytes, 2)?;
    let mut style = Style {
        base: kind >> 4,
        ..Style::default()
    };
    let changes = (u16_at(bytes, 4)? & 0x0F).min(3);
    let name_len = u16_at(bytes, base_len)? as usize;
    let name = slice_at(bytes, base_len + 2, name_len * 2)?;
    let (units, _) = name.as_chunks();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let kind = kind & 0x0F;
    if kind == PARAGRAPH {
        style.heading = match sti {
            1..=9 => Some(sti as u8),
            62 => Some(0),
            _ => heading_level(&String::from_utf16_lossy(&units)),
        };
    }
    // The name is followed by a 0.
    let mut at = base_len + 2 + name_len * 2 + 2;
    for index in 0..changes {
        let Some(len) = u16_at(bytes, at).map(usize::from) else {
            break;
        };
        let Some(change) = slice_at(bytes, at + 2, len) else {
            break;
        };
        match (kind, index) {
            // The number of the style comes first.
            (PARAGRAPH, 0) => style.paragraph.change(change.get(2..).unwrap_or_default()),
            (PARAGRAPH, 1) | (CHARACTER, 0) => {
                let mut character = Character::default();
                character.change(change);
                style.hidden = character.hidden;
            }
            _ => {}
        }
        at += 2 + len + len % 2;
    }
    Some(style)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    /// A style: its `sti`, its kind, the one it is based on, its name, and its changes.
    pub(in super::super) fn definition(
        sti: u16,
        kind: u16,
        base: u16,
        name: &str,
        changes: &[&[u8]],
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [sti, kind | base << 4, changes.len() as u16, 0, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend((name.encode_utf16().count() as u16).to_le_bytes());
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend([0, 0]);
        for change in changes {
            bytes.extend((change.len() as u16).to_le_bytes());
            bytes.extend(*change);
            if change.len() % 2 == 1 {
                bytes.push(0);
            }
        }
        bytes
    }

    /// A style sheet.
    pub(in super::super) fn sheet(definitions: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![18, 0];
        bytes.extend((definitions.len() as u16).to_le_bytes());
        bytes.extend([10, 0]);
        bytes.extend([0; 14]);
        for definition in definitions {
            bytes.extend((definition.len() as u16).to_le_bytes());
            bytes.extend(definition);
        }
        bytes
    }

    fn sample() -> Vec<u8> {
        sheet(&[
            definition(0, 1, 0x0FFF, "Normal", &[&[0, 0], &[]]),
            definition(2, 1, 0, "heading 2", &[&[1, 0, 0x0B, 0x46, 3, 0], &[]]),
            definition(0xFFE, 1, 1, "章节", &[&[2, 0, 0x0A, 0x26, 1], &[]]),
            definition(0xFFE, 1, 0, "大纲", &[&[3, 0, 0x40, 0x26, 3], &[]]),
            Vec::new(),
            definition(0xFFE, 2, 0x0FFF, "暗", &[&[0x3C, 0x08, 1]]),
            definition(62, 1, 0, "题", &[&[6, 0, 0x40, 0x26, 0], &[]]),
            definition(0xFFE, 1, 3, "正", &[&[7, 0, 0x40, 0x26, 9], &[]]),
            definition(0xFFE, 1, 0, "标题 4", &[&[8, 0], &[0x3C, 0x08, 1]]),
        ])
    }

    #[test]
    fn levels_come_from_kind_outline_and_base() {
        let styles = Styles::read(&sample(), &mut budget()).expect("made by the test");
        let levels: Vec<_> = (0..10).map(|style| styles.level(style)).collect();
        let expected = [
            None,
            Some(2),
            Some(2),
            Some(4),
            None,
            None,
            Some(0),
            None,
            Some(4),
            None,
        ];
        assert_eq!(levels, expected);
    }

    #[test]
    fn lists_are_inherited_and_the_level_is_the_nearest() {
        let styles = Styles::read(&sample(), &mut budget()).expect("made by the test");
        let expected = StyleList {
            style: 1,
            list: 3,
            level: Some(1),
        };
        assert_eq!(styles.list(2), Some(expected));
        assert_eq!(styles.list(3), None);
    }

    #[test]
    fn styles_may_hide() {
        let styles = Styles::read(&sample(), &mut budget()).expect("made by the test");
        assert!(styles.hides(5));
        assert!(styles.hides(8));
        assert!(!styles.hides(1));
    }

    #[test]
    fn circles_and_cuts_end() {
        let circle = sheet(&[
            definition(0xFFE, 1, 1, "甲", &[]),
            definition(0xFFE, 1, 0, "乙", &[]),
        ]);
        let styles = Styles::read(&circle, &mut budget()).expect("made by the test");
        assert_eq!(styles.level(0), None);
        let whole = sample();
        for end in 0..whole.len() {
            assert!(Styles::read(&whole[..end], &mut budget()).is_ok());
        }
    }
}
