//! A phrase as a sequence of units, and how each of them is written.

use std::ops::Range;

use super::surface::Surface;
use super::units::{OwnedUnit, Unit, collect, split_marked};

/// A sequence of units with the text that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    units: Vec<OwnedUnit>,
    /// From the first unit to the last; what was before, behind and around is gone.
    text: String,
    /// The same between two characters, where a stop is at one of its ends: such a one counts only
    /// with something around it.
    padded: Option<Box<str>>,
}

/// Stands around a text whose stops at the ends count.
const PAD: &str = "一";

impl Phrase {
    /// The units of `text`; `None` where it has none (only punctuation, say).
    pub fn new(text: &str) -> Option<Self> {
        let units = collect(text);
        let (first, last) = (units.first()?, units.last()?);
        let text = text[first.1.start..last.1.end].to_owned();
        let units = units.into_iter().map(|(unit, _)| unit).collect();
        Some(Self {
            units,
            text,
            padded: None,
        })
    }

    /// The same of a piece of something larger, which goes on in `front` or at the `back`: a stop
    /// there is one of its units.
    pub(super) fn piece(text: &str, front: bool, back: bool) -> Option<Self> {
        let pad = |goes_on| if goes_on { PAD } else { "" };
        let padded = format!("{}{text}{}", pad(front), pad(back));
        let mut units = collect(&padded);
        units.drain(..usize::from(front));
        units.truncate(units.len() - usize::from(back));
        let (first, last) = (units.first()?, units.last()?);
        let has_stop = first.0 == OwnedUnit::Stop || last.0 == OwnedUnit::Stop;
        let text = padded[first.1.start..last.1.end].to_owned();
        Some(Self {
            padded: has_stop.then(|| format!("{PAD}{text}{PAD}").into()),
            units: units.into_iter().map(|(unit, _)| unit).collect(),
            text,
        })
    }

    /// Every sequence of `n` neighbouring units, each as a phrase; its text is folded.
    pub fn slices(&self, n: usize) -> impl Iterator<Item = Self> {
        self.units.windows(n).map(|units| Self {
            units: units.to_vec(),
            text: units
                .iter()
                .map(|unit| unit.as_unit().to_string())
                .collect(),
            padded: None,
        })
    }

    /// This phrase with another right behind it.
    #[must_use]
    pub fn followed_by(&self, next: &Self) -> Self {
        Self {
            units: [&self.units[..], &next.units[..]].concat(),
            text: format!("{}{}", self.text, next.text),
            padded: None,
        }
    }

    /// The units, at least one.
    pub fn units(&self) -> &[OwnedUnit] {
        &self.units
    }

    /// The text of the phrase, from its first unit to its last, as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How each unit was typed, and what stood between it and the next.
    pub fn surfaces(&self) -> Vec<Surface<'_>> {
        let Some(padded) = &self.padded else {
            return surfaces(&self.text);
        };
        let mut surfaces = surfaces(padded);
        surfaces.pop();
        surfaces.drain(..1);
        surfaces
    }
}

/// How each unit of `text` is written; nothing follows the last.
pub fn surfaces(text: &str) -> Vec<Surface<'_>> {
    let mut surfaces = Vec::new();
    for_each_surface(text, |_, surface| surfaces.push(surface));
    surfaces
}

/// Calls `sink` with each unit of `text` and its surface.
pub fn for_each_surface<'t>(text: &'t str, mut sink: impl FnMut(Unit<'_>, Surface<'t>)) {
    // A unit's surface needs the start of the next; so each is held back until that is known.
    let mut held_run = String::new();
    let mut held: Option<(Unit<'static>, Range<usize>, bool)> = None;
    let mut release = |held: &Option<(Unit<'static>, Range<usize>, bool)>, run: &str, next| {
        let Some((unit, range, is_plain)) = held else {
            return;
        };
        if *is_plain && range.end == next {
            return sink(*unit, Surface::PLAIN);
        }
        let unit = match unit {
            Unit::Run(_) => Unit::Run(run),
            other => *other,
        };
        // Two units out of one character (㈱) have no writing of their own.
        let gap = text.get(range.end..next).unwrap_or("");
        sink(unit, Surface::of(unit, &text[range.clone()], gap));
    };
    split_marked(text, |unit, range, is_plain| {
        release(&held, &held_run, range.start);
        let kept = match unit {
            Unit::Run(run) => {
                held_run.clear();
                held_run.push_str(run);
                Unit::Run("")
            }
            Unit::Stop => Unit::Stop,
            Unit::Mask => Unit::Mask,
            Unit::Han(c) => Unit::Han(c),
        };
        held = Some((kept, range, is_plain));
    });
    let end = held.as_ref().map_or(0, |(_, range, _)| range.end);
    release(&held, &held_run, end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_without_units_is_none() {
        assert_eq!(Phrase::new("，、“”。"), None);
        assert_eq!(Phrase::new(""), None);
    }

    #[test]
    fn surfaces_follow_the_text() {
        let codes: Vec<u8> = surfaces("加入WTO，產業。好")
            .iter()
            .map(|s| s.code())
            .collect();
        assert_eq!(codes, [0, 0, 15, 10, 10, 0, 0]);
    }
}
