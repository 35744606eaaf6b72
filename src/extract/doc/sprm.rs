//! Changes of properties as Word writes them, one after the other ([MS-DOC] 2.2.5.1), and the few
//! that matter for text. Knows neither where they stand nor what is done with them.

use super::super::le::{u16_at, u32_at};

/// A single change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prl<'a> {
    pub(super) sprm: u16,
    /// Without the length, where it has one.
    pub(super) operand: &'a [u8],
}

/// The changes in a `grpprl`; ends at the first one that is cut.
pub(super) fn prls(mut bytes: &[u8]) -> impl Iterator<Item = Prl<'_>> {
    std::iter::from_fn(move || {
        let sprm = u16_at(bytes, 0)?;
        let rest = bytes.get(2..)?;
        let (skip, len) = match (sprm >> 13, sprm) {
            (0 | 1, _) => (0, 1),
            (2 | 4 | 5, _) => (0, 2),
            (3, _) => (0, 4),
            (7, _) => (0, 3),
            // `sprmTDefTable` has a length of two bytes, one too large.
            (_, 0xD608) => (2, (u16_at(rest, 0)? as usize).checked_sub(1)?),
            // `sprmPChgTabs` may be too long for its length.
            (_, 0xC615) if rest.first() == Some(&255) => {
                let deleted = *rest.get(1)? as usize * 4;
                let added = *rest.get(2 + deleted)? as usize * 3;
                (1, 2 + deleted + added)
            }
            _ => (1, *rest.first()? as usize),
        };
        let operand = rest.get(skip..skip + len)?;
        bytes = rest.get(skip + len..)?;
        Some(Prl { sprm, operand })
    })
}

/// The change in the `Prm` of a piece that stands in itself ([MS-DOC] 2.9.210), as sprm and operand;
/// `None` for those that do not matter here.
pub(super) fn short_change(change: u16) -> Option<(u16, [u8; 1])> {
    let sprm = match (change >> 1) & 0x7F {
        0x0C => 0x260A,
        0x18 => 0x2416,
        0x19 => 0x2417,
        0x41 => 0x0800,
        0x5C => 0x083C,
        _ => return None,
    };
    Some((sprm, [(change >> 8) as u8]))
}

/// Properties of a paragraph, as far as they are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Paragraph {
    /// Its style.
    pub(super) style: u16,
    /// Outline level from 0; 9 is body text.
    pub(super) outline: Option<u8>,
    /// Use of a list, from 1; 0 for none.
    pub(super) list: Option<u16>,
    /// Level in the list, from 0.
    pub(super) list_level: Option<u8>,
    pub(super) in_table: bool,
    /// The mark at its end ends a row.
    pub(super) ends_row: bool,
    /// Offset in the stream `Data` of more changes.
    pub(super) more: Option<u32>,
}

impl Paragraph {
    /// Makes these changes.
    pub(super) fn change(&mut self, bytes: &[u8]) {
        for prl in prls(bytes) {
            self.apply(prl);
        }
    }

    /// Makes one change.
    pub(super) fn apply(&mut self, prl: Prl<'_>) {
        let byte = prl.operand.first().copied().unwrap_or_default();
        let number = u16_at(prl.operand, 0).unwrap_or_default();
        match prl.sprm {
            // sprmPIstd
            0x4600 => self.style = number,
            // sprmPOutLvl
            0x2640 => self.outline = Some(byte),
            // sprmPIlvl
            0x260A => self.list_level = Some(byte),
            // sprmPIlfo
            0x460B => self.list = Some(number),
            // sprmPFInTable
            0x2416 => self.in_table = byte != 0,
            // sprmPFTtp
            0x2417 => self.ends_row = byte != 0,
            // sprmPItap: how deep in tables
            0x6649 if u32_at(prl.operand, 0).is_some_and(|depth| depth > 0) => self.in_table = true,
            // sprmPHugePapx, of now and of old
            0x6646 | 0x6645 => self.more = u32_at(prl.operand, 0),
            _ => {}
        }
    }
}

/// Properties of characters, as far as they are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Character {
    /// Deleted, with the deletion recorded as a revision.
    pub(super) deleted: bool,
    /// Hidden: 0, 1, or 0x80 and 0x81 for the same as in the style and its contrary.
    pub(super) hidden: Option<u8>,
    /// Not the character that it seems to be.
    pub(super) special: bool,
    /// The character of a symbol.
    pub(super) symbol: Option<u16>,
    /// Its style.
    pub(super) style: Option<u16>,
}

impl Character {
    /// Makes these changes.
    pub(super) fn change(&mut self, bytes: &[u8]) {
        for prl in prls(bytes) {
            self.apply(prl);
        }
    }

    /// Makes one change.
    pub(super) fn apply(&mut self, prl: Prl<'_>) {
        let byte = prl.operand.first().copied().unwrap_or_default();
        match prl.sprm {
            // sprmCFRMarkDel
            0x0800 => self.deleted = byte & 1 != 0,
            // sprmCFVanish
            0x083C => self.hidden = Some(byte),
            // sprmCFSpec
            0x0855 => self.special = byte != 0,
            // sprmCSymbol: font, character
            0x6A09 => {
                self.special = true;
                self.symbol = u16_at(prl.operand, 2);
            }
            // sprmCIstd
            0x4A30 => self.style = u16_at(prl.operand, 0),
            // sprmCPlain
            0x2A33 => self.hidden = None,
            _ => {}
        }
    }

    /// Whether it is hidden, in a style that is or is not.
    pub(super) fn is_hidden(&self, style_hidden: bool) -> bool {
        match self.hidden {
            None | Some(0x80) => style_hidden,
            Some(0x81) => !style_hidden,
            Some(other) => other != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_kind() {
        let bytes = [
            0x40, 0x26, 2, // outline level
            0x49, 0x66, 1, 0, 0, 0, // depth of tables
            0x08, 0xD6, 3, 0, 9, 9, // definition of a table
            0x15, 0xC6, 255, 1, 0, 0, 0, 0, 1, 0, 0, 0, // tabs, very many
            0x15, 0xC6, 2, 0, 0, // tabs
            0x0B, 0x46, 7, 0, // list
            0x17, 0x24, // cut
        ];
        let mut paragraph = Paragraph::default();
        paragraph.change(&bytes);
        let expected = Paragraph {
            outline: Some(2),
            list: Some(7),
            in_table: true,
            ..Paragraph::default()
        };
        assert_eq!(paragraph, expected);
    }

    #[test]
    fn hidden_text_may_depend_on_the_style() {
        let hidden = |byte, style| {
            let mut character = Character::default();
            character.change(&[0x3C, 0x08, byte]);
            character.is_hidden(style)
        };
        assert!(hidden(1, false));
        assert!(!hidden(0, true));
        assert!(hidden(0x80, true));
        assert!(!hidden(0x81, true));
        assert!(Character::default().is_hidden(true));
    }

    #[test]
    fn a_piece_may_hide_or_delete() {
        assert_eq!(short_change(0x41 << 1 | 0x100), Some((0x0800, [1])));
        assert_eq!(short_change(0x55 << 1 | 0x100), None);
    }
}
