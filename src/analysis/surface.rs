//! How a unit was written in the source, in four bits: enough to tell, without the text, whether
//! an occurrence of a phrase has the query's very characters (match class `exact`).
//!
//! A surface says two things: how the unit's own characters differ from their folded form, and
//! what stands between this unit and the next. Both are told apart only as far as is common in
//! real texts; the rest is *other*, and two others may or may not be the same. The codes are part
//! of the index format (docs/exact-index.md) and do not depend on the segment, so merging copies
//! them.

use super::fold::traditional_form;
use super::units::Unit;

/// The surface of one unit: a code from 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface(u8);

/// The writing of the unit's own characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    /// As folded.
    Plain,
    /// ASCII letters in upper case.
    Upper,
    /// The usual traditional form.
    Traditional,
    /// Full-width forms of ASCII.
    Wide,
    /// Anything else.
    Other,
}

const WRITINGS: [Writing; 16] = {
    use Writing::{Other, Plain, Traditional, Upper, Wide};
    [
        Plain, Plain, Plain, Plain, Plain, Plain, Plain, Plain, Upper, Upper, Traditional,
        Traditional, Traditional, Wide, Wide, Other,
    ]
};

/// What stands between this unit and the next, by code; `None`: something else, not empty.
const GAPS: [Option<&str>; 16] = [
    Some(""),
    Some("，"),
    Some("、"),
    Some("“"),
    Some("”"),
    Some(" "),
    Some("："),
    None,
    Some(""),
    None,
    Some(""),
    Some("，"),
    None,
    Some(""),
    None,
    None,
];

impl Surface {
    /// As folded, with nothing between it and the next unit: nine of ten units.
    pub const PLAIN: Self = Self(0);

    /// The surface of `unit`, written as `written` and followed by `gap` up to the next unit.
    #[inline]
    pub fn of(unit: Unit<'_>, written: &str, gap: &str) -> Self {
        let writing = Writing::of(unit, written);
        if writing == Writing::Plain && gap.is_empty() {
            return Self::PLAIN;
        }
        Self::classify(writing, gap)
    }

    fn classify(writing: Writing, gap: &str) -> Self {
        let mut codes = (0..16u8).filter(|&code| WRITINGS[code as usize] == writing);
        let known = codes.clone().find(|&code| GAPS[code as usize] == Some(gap));
        let code = known.or_else(|| codes.find(|&code| GAPS[code as usize].is_none()));
        Self(code.unwrap_or(15))
    }

    /// The surface with this code.
    #[inline]
    pub fn from_code(code: u8) -> Self {
        Self(code & 15)
    }

    /// The code, from 0 to 15.
    #[inline]
    pub fn code(self) -> u8 {
        self.0
    }

    /// The same unit with whatever behind it: what is compared at the last unit of a phrase.
    pub fn writing_code(self) -> u8 {
        WRITINGS[self.0 as usize] as u8
    }

    /// Whether the unit itself is written otherwise than folded.
    pub fn is_odd(self) -> bool {
        WRITINGS[self.0 as usize] != Writing::Plain
    }

    /// Whether equal codes mean equal text, in the unit and in the gap behind it.
    pub fn is_definite(self) -> bool {
        GAPS[self.0 as usize].is_some()
    }

    /// Whether equal writings mean equal text of the unit itself.
    pub fn is_writing_definite(self) -> bool {
        WRITINGS[self.0 as usize] != Writing::Other
    }
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
            Unit::Stop if written == "。" => Self::Plain,
            Unit::Mask if written == "*" => Self::Plain,
            Unit::Stop | Unit::Mask => Self::Other,
            Unit::Run(run) if written == run => Self::Plain,
            Unit::Run(run) if is_upper_of(written, run) => Self::Upper,
            Unit::Run(run) if is_wide_of(written, run) => Self::Wide,
            Unit::Run(_) => Self::Other,
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
    written.chars().eq(run.chars().map(|c| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xFEE0).unwrap_or(c),
        other => other,
    })) && run.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unit: Unit<'_>, written: &str, gap: &str, code: u8) {
        assert_eq!(Surface::of(unit, written, gap).code(), code, "{written}{gap}");
    }

    #[test]
    fn common_surfaces_have_codes_of_their_own() {
        check(Unit::Han('产'), "产", "", 0);
        check(Unit::Han('产'), "产", "，", 1);
        check(Unit::Han('产'), "产", "——", 7);
        check(Unit::Han('产'), "產", "", 10);
        check(Unit::Han('产'), "産", "", 15);
        check(Unit::Run("wto"), "WTO", "", 8);
        check(Unit::Run("wto"), "Wto", "", 15);
        check(Unit::Run("2023"), "２０２３", "", 13);
        check(Unit::Run("1000"), "1,000", "", 15);
        check(Unit::Stop, "。", "", 0);
        check(Unit::Stop, "；", "", 15);
    }

    #[test]
    fn equal_definite_codes_mean_equal_text() {
        for code in 0..16 {
            let surface = Surface::from_code(code);
            assert_eq!(surface.code(), code);
            assert_eq!(surface.is_definite(), GAPS[code as usize].is_some());
        }
        assert!(Surface::from_code(7).is_writing_definite());
        assert!(!Surface::from_code(15).is_writing_definite());
        // No two codes stand for the same writing and gap.
        for a in 0..16 {
            for b in 0..a {
                assert!(WRITINGS[a] != WRITINGS[b] || GAPS[a] != GAPS[b]);
            }
        }
    }
}
