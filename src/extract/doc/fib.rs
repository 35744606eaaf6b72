//! The head of a Word file, the FIB: which version it is, how long each part of the text is, and
//! where the tables stand. Does not read what it points to.

use super::super::Error;
use super::super::le::{u16_at, u32_at};

/// Places in the table stream, by their index in `FibRgFcLcb97` ([MS-DOC] 2.5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Styles.
    Stshf = 1,
    /// Pages of character properties.
    PlcfBteChpx = 12,
    /// Pages of paragraph properties.
    PlcfBtePapx = 13,
    /// Pieces of the text.
    Clx = 33,
    /// Lists.
    PlfLst = 73,
    /// Uses of the lists.
    PlfLfo = 74,
}

/// Which layout the file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Word 6 and 95: text in a code page, one stream.
    Word6,
    /// Word 97 to 2003, and WPS Writer.
    Word97,
}

/// Lengths of the parts of the text, in the order in which they follow each other; in UTF-16 units,
/// in Word 6 in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) main: u32,
    pub(super) footnotes: u32,
    pub(super) headers: u32,
    pub(super) macros: u32,
    pub(super) comments: u32,
    pub(super) endnotes: u32,
    pub(super) text_boxes: u32,
}

/// The head.
#[derive(Debug)]
pub(super) struct Fib<'a> {
    pub(super) version: Version,
    /// The language of the program that wrote the file ([MS-LCID]).
    pub(super) language: u16,
    /// `1Table` rather than `0Table`.
    pub(super) second_table: bool,
    /// Word 6 only: the text has 16 bits a character.
    pub(super) wide: bool,
    pub(super) lengths: Lengths,
    places: &'a [u8],
    word_6: Word6Places,
}

/// What Word 6 has in its own head.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word6Places {
    /// Where the text begins, if it is in one piece.
    pub(super) text: u32,
    /// Where the table of pieces stands, and its length; 0 if there is one piece.
    pub(super) pieces: (u32, u32),
}

impl<'a> Fib<'a> {
    /// Reads the head of the stream `WordDocument`.
    ///
    /// # Errors
    /// [`Error::Encrypted`], [`Error::Unsupported`] for what is older than Word 6, and
    /// [`Error::Broken`].
    ///
    /// Source: [MS-DOC] 2.5.1 to 2.5.4; for Word 6 the published binary format of that version.
    pub(super) fn read(stream: &'a [u8]) -> Result<Self, Error> {
        let cut = || Error::broken("head of the word file is cut short");
        let ident = u16_at(stream, 0).ok_or_else(cut)?;
        let version = u16_at(stream, 2).ok_or_else(cut)?;
        let version = match (ident, version) {
            (0xA5EC | 0xA5DC, 0x65..=0x69) => Version::Word6,
            (0xA5EC, 0xC0..) => Version::Word97,
            (0xA5DB | 0xA5DC | 0xA5EC, other) => {
                return Err(Error::Unsupported {
                    detail: format!("word file of the old version {other}"),
                });
            }
            _ => {
                return Err(Error::broken(
                    "stream `WordDocument` has no head of a word file",
                ));
            }
        };
        let flags = u16_at(stream, 0x0A).ok_or_else(cut)?;
        // `fObfuscated` only says how, and is undefined without this flag.
        if flags & 0x0100 != 0 {
            return Err(Error::Encrypted);
        }
        let mut fib = Self {
            version,
            language: u16_at(stream, 6).ok_or_else(cut)?,
            second_table: flags & 0x0200 != 0,
            wide: flags & 0x1000 != 0,
            lengths: Lengths::default(),
            places: &[],
            word_6: Word6Places::default(),
        };
        match version {
            Version::Word6 => fib.read_word_6(stream),
            Version::Word97 => fib.read_word_97(stream),
        }
        .ok_or_else(cut)?;
        Ok(fib)
    }

    /// Offset and length of a table in the table stream; both 0 if there is none.
    pub(super) fn place(&self, place: Place) -> (usize, usize) {
        let at = place as usize * 8;
        let number = |at| u32_at(self.places, at).unwrap_or(0) as usize;
        (number(at), number(at + 4))
    }

    /// Where Word 6 has its text.
    pub(super) fn word_6(&self) -> Word6Places {
        self.word_6
    }

    fn read_word_97(&mut self, stream: &'a [u8]) -> Option<()> {
        let longs = 0x22 + u16_at(stream, 0x20)? as usize * 2;
        let number = |index: usize| u32_at(stream, longs + 2 + index * 4);
        self.lengths = Lengths {
            main: number(3)?,
            footnotes: number(4)?,
            headers: number(5)?,
            macros: number(6)?,
            comments: number(7)?,
            endnotes: number(8)?,
            text_boxes: number(9)?,
        };
        let places = longs + 2 + u16_at(stream, longs)? as usize * 4;
        let count = u16_at(stream, places)? as usize;
        let blob = stream.get(places + 2..)?;
        self.places = blob.get(..count * 8).unwrap_or(blob);
        Some(())
    }

    fn read_word_6(&mut self, stream: &[u8]) -> Option<()> {
        let number = |at: usize| u32_at(stream, at);
        self.lengths = Lengths {
            main: number(0x34)?,
            footnotes: number(0x38)?,
            headers: number(0x3C)?,
            macros: number(0x40)?,
            comments: number(0x44)?,
            endnotes: number(0x48)?,
            text_boxes: number(0x4C)?,
        };
        self.word_6 = Word6Places {
            text: number(0x18)?,
            pieces: (number(0x160)?, number(0x164)?),
        };
        Some(())
    }
}

impl Lengths {
    /// The parts that are read, as ranges of character positions, in the order of reading: the text,
    /// the text boxes, the footnotes, the endnotes.
    pub(super) fn parts(&self) -> [std::ops::Range<u64>; 4] {
        let mut at = 0;
        let mut next = |len: u32| {
            let start = at;
            at += u64::from(len);
            start..at
        };
        let main = next(self.main);
        let footnotes = next(self.footnotes);
        next(self.headers);
        next(self.macros);
        next(self.comments);
        let endnotes = next(self.endnotes);
        let text_boxes = next(self.text_boxes);
        [main, text_boxes, footnotes, endnotes]
    }
}
