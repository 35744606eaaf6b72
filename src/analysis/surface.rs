//! How a unit was written in the source: enough to tell, without the text, whether an occurrence of
//! a phrase has the query's very characters (match class `exact`).
//!
//! A surface says two things: how the unit's own characters differ from their folded form, and what
//! stands between this unit and the next. For the same unit, equal surfaces mean equal text. The
//! commonest have codes, which are part of the index format (docs/exact-index.md).

use super::fold::traditional_form;
use super::units::Unit;

/// How one unit is written, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface<'a> {
    writing: Writing,
    /// The unit's own characters; empty unless the writing is [`Writing::Other`].
    written: &'a str,
    /// What stands between it and the next unit.
    gap: &'a str,
}

/// The writing of the unit's own characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    /// As folded; of a stop `。`, of a mask `*`.
    Plain,
    /// A stop at the end of a sentence that ends its paragraph.
    ParagraphEnd,
    /// ASCII letters in upper case.
    Upper,
    /// The usual traditional form.
    Traditional,
    /// Full-width forms of ASCII.
    Wide,
    /// Anything else.
    Other,
}

/// Code of a plain unit with a gap that has no code.
pub const OTHER_GAP: u8 = 14;
/// Code of any other unit without a code of its own.
pub const OTHER: u8 = 15;

/// Surfaces by code; [`OTHER_GAP`] and [`OTHER`] follow.
const CODED: [(Writing, &str); 14] = [
    (Writing::Plain, ""),
    (Writing::Plain, "，"),
    (Writing::Plain, "、"),
    (Writing::Plain, "“"),
    (Writing::Plain, "”"),
    (Writing::Plain, " "),
    (Writing::Plain, "："),
    (Writing::Plain, "《"),
    (Writing::ParagraphEnd, ""),
    (Writing::Upper, ""),
    (Writing::Traditional, ""),
    (Writing::Traditional, "，"),
    (Writing::Traditional, "、"),
    (Writing::Wide, ""),
];

/// Letters for writings in keys.
const TAGS: [(Writing, char); 6] = [
    (Writing::Plain, 'p'),
    (Writing::ParagraphEnd, 'e'),
    (Writing::Upper, 'u'),
    (Writing::Traditional, 't'),
    (Writing::Wide, 'w'),
    (Writing::Other, 'o'),
];

/// Number of writings.
pub const N_WRITINGS: u8 = TAGS.len() as u8;

impl<'a> Surface<'a> {
    /// As folded, with nothing between it and the next unit: nine of ten units.
    pub const PLAIN: Self = Self {
        writing: Writing::Plain,
        written: "",
        gap: "",
    };

    /// The surface of `unit`, written as `written` and followed by `gap` up to the next unit.
    #[inline]
    pub fn of(unit: Unit<'_>, written: &'a str, gap: &'a str) -> Self {
        let writing = Writing::of(unit, written);
        let written = if writing == Writing::Other {
            written
        } else {
            ""
        };
        Self {
            writing,
            written,
            gap,
        }
    }

    /// The code: below [`OTHER_GAP`] it says all, else the surface's key says the rest.
    #[inline]
    pub fn code(self) -> u8 {
        if self.writing == Writing::Plain && self.gap.is_empty() {
            return 0;
        }
        let coded = CODED
            .iter()
            .position(|&(writing, gap)| (writing, gap) == (self.writing, self.gap));
        match coded {
            Some(code) => code as u8,
            None if self.writing == Writing::Plain => OTHER_GAP,
            None => OTHER,
        }
    }

    /// The surface with a code below [`OTHER_GAP`]; `None` for others.
    pub fn from_code(code: u8) -> Option<Surface<'static>> {
        let &(writing, gap) = CODED.get(code as usize)?;
        Some(Surface {
            writing,
            written: "",
            gap,
        })
    }

    /// The surface as a text that says all of it: writing, characters, a NUL, gap.
    pub fn key(self) -> String {
        let mut key = String::new();
        self.write_key(&mut key);
        key
    }

    /// Appends the [key](Self::key) to a text.
    pub fn write_key(self, key: &mut String) {
        let tag = TAGS.iter().find(|(writing, _)| *writing == self.writing);
        key.push(tag.map_or('o', |(_, tag)| *tag));
        key.push_str(self.written);
        key.push('\0');
        key.push_str(self.gap);
    }

    /// Reads what [`Surface::key`] wrote.
    pub fn from_key(key: &'a str) -> Option<Self> {
        let tag = key.chars().next()?;
        let (writing, _) = TAGS.iter().find(|(_, t)| *t == tag)?;
        let (written, gap) = key[1..].split_once('\0')?;
        Some(Self {
            writing: *writing,
            written,
            gap,
        })
    }

    /// The same unit, whatever is behind it: what is compared at the last unit of a phrase.
    #[must_use]
    pub fn without_gap(self) -> Self {
        Self { gap: "", ..self }
    }

    /// Whether nothing stands between it and the next unit.
    pub fn has_no_gap(self) -> bool {
        self.gap.is_empty()
    }

    /// The number of its writing, below [`N_WRITINGS`]; part of the index format.
    pub fn writing(self) -> u8 {
        let number = TAGS
            .iter()
            .position(|(writing, _)| *writing == self.writing);
        number.unwrap_or(0) as u8
    }

    /// Whether a stop that is written so ends its paragraph.
    #[inline]
    pub fn ends_paragraph(self) -> bool {
        self.writing == Writing::ParagraphEnd || self.written.contains('\n')
    }

    /// Whether writings with this number say all about a unit's own characters.
    pub fn is_telling(writing: u8) -> bool {
        let tag = TAGS.get(usize::from(writing));
        tag.is_some_and(|(writing, _)| *writing != Writing::Other)
    }

    /// Whether the unit itself is written otherwise than folded.
    #[inline]
    pub fn is_odd(self) -> bool {
        self.writing != Writing::Plain
    }
}

/// Whether this is the odd writing that units of a kind usually have, if they have one: the
/// traditional form of a character, upper case of letters, the end of a paragraph of a stop.
pub fn is_usual_writing(writing: u8) -> bool {
    let tag = TAGS.get(usize::from(writing));
    tag.is_some_and(|(writing, _)| {
        matches!(
            writing,
            Writing::Traditional | Writing::Upper | Writing::ParagraphEnd
        )
    })
}

impl Writing {
    #[inline]
    fn of(unit: Unit<'_>, written: &str) -> Self {
        match unit {
            Unit::Han(c) => {
                let mut chars = written.chars();
                match (chars.next(), chars.next()) {
                    (Some(w), None) if w == c => Self::Plain,
                    (Some(w), None) if Some(w) == traditional_form(c) => Self::Traditional,
                    _ => Self::Other,
                }
            }
            Unit::Stop if written == "。\n" => Self::ParagraphEnd,
            Unit::Stop | Unit::Mask if matches!(written, "。" | "*") => Self::Plain,
            Unit::Run(run) if written == run => Self::Plain,
            Unit::Run(run) if is_upper_of(written, run) => Self::Upper,
            Unit::Run(run) if is_wide_of(written, run) => Self::Wide,
            _ => Self::Other,
        }
    }
}

fn is_upper_of(written: &str, run: &str) -> bool {
    written.len() == run.len()
        && written
            .bytes()
            .zip(run.bytes())
            .all(|(w, r)| w == r.to_ascii_uppercase())
}

fn is_wide_of(written: &str, run: &str) -> bool {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xFEE0).unwrap_or(c),
        other => other,
    };
    run.is_ascii() && written.chars().eq(run.chars().map(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unit: Unit<'_>, written: &str, gap: &str, code: u8) {
        let surface = Surface::of(unit, written, gap);
        assert_eq!(surface.code(), code, "{written}{gap}");
        assert_eq!(Surface::from_key(&surface.key()), Some(surface));
        if code < OTHER_GAP {
            assert_eq!(Surface::from_code(code), Some(surface));
        }
    }

    #[test]
    fn common_surfaces_have_codes_of_their_own() {
        check(Unit::Han('产'), "产", "", 0);
        check(Unit::Han('产'), "产", "，", 1);
        check(Unit::Han('产'), "产", "——", OTHER_GAP);
        check(Unit::Han('产'), "產", "", 10);
        check(Unit::Han('产'), "產", "）", OTHER);
        check(Unit::Han('产'), "産", "", OTHER);
        check(Unit::Run("wto"), "WTO", "", 9);
        check(Unit::Run("wto"), "Wto", "", OTHER);
        check(Unit::Run("2023"), "２０２３", "", 13);
        check(Unit::Run("1000"), "1,000", "", OTHER);
        check(Unit::Stop, "。", "", 0);
        check(Unit::Stop, "。\n", "", 8);
        check(Unit::Stop, "；", "", OTHER);
        check(Unit::Mask, "××", "、", OTHER);
    }

    #[test]
    fn codes_differ_and_garbage_is_no_key() {
        for (a, one) in CODED.iter().enumerate() {
            assert!(CODED[..a].iter().all(|other| other != one));
        }
        assert_eq!(Surface::from_code(OTHER), None);
        for key in ["", "x\0", "o", "産"] {
            assert_eq!(Surface::from_key(key), None, "{key}");
        }
    }
}
