//! Which markers are numbering, and what stands above what.
//!
//! A marker is believed where its series is (`confirm`); a heading's level follows from the headings
//! that are open at its place (`Nesting`). Neither looks at text.

use super::numbering::{KINDS, Kind, Marker};

/// A place that may begin a heading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// Index of the paragraph, from 0.
    pub(super) paragraph: usize,
    /// Offset in the paragraph, in bytes.
    pub(super) byte: usize,
    /// Offset in the paragraph, in characters.
    pub(super) start: usize,
    pub(super) marker: Option<Marker>,
    /// The style's level; 0 is a title, at which everything begins anew.
    pub(super) style: Option<u8>,
    /// Not at the start of its paragraph.
    pub(super) inline: bool,
}

impl Candidate {
    fn kind(&self) -> Option<Kind> {
        self.marker.map(|m| m.kind)
    }

    fn number(&self) -> u32 {
        self.marker.map_or(0, |m| m.number)
    }

    /// A heading without regard to what stands before or behind it.
    fn is_firm(&self) -> bool {
        self.style.is_some() || (!self.inline && self.marker.is_some_and(|m| m.firm))
    }
}

/// A series that may go on.
#[derive(Clone, Copy)]
struct Series {
    /// Whether its first member stands inside a paragraph.
    inline: bool,
    /// How many firm headings were open where it began.
    depth: usize,
    /// Index of its latest member; the others are that one's.
    latest: usize,
    member: Candidate,
    marker: Marker,
}

impl Series {
    /// Whether `marker` is the one that comes next.
    fn continues(&self, candidate: &Candidate, marker: &Marker) -> bool {
        let same = marker.kind == self.marker.kind && marker.prefix == self.marker.prefix;
        if !same || marker.number == 1 {
            return false;
        }
        let number = self.marker.number;
        let next = marker.number == number + 1;
        if marker.kind == Kind::First {
            // `其次` may come twice, and nothing between it and `最后`.
            return next || marker.number == number || (marker.last && number > 1);
        }
        if marker.kind.is_spoken() {
            return next;
        }
        if candidate.inline {
            return next && candidate.paragraph == self.member.paragraph;
        }
        // Authors miscount: a number twice, or one left out.
        (number..=number + 2).contains(&marker.number)
    }
}

/// Tells for each candidate whether it is a heading.
///
/// Firm ones are. Others have to belong to a series of two or more that begins with one, in which
/// each is the next, inside one section; only numbered paragraphs (`1.`) and chapters may count on
/// through several sections.
pub(super) fn confirm(candidates: &[Candidate]) -> Vec<bool> {
    let mut real = vec![false; candidates.len()];
    // In the order in which they began: of a kind at most one that began with a paragraph, and
    // behind it one that began inside a paragraph.
    let mut open: Vec<Series> = Vec::new();
    let mut firm = Nesting::default();
    let sequels = sequels(candidates, Candidate::is_firm);
    // The latest numbered paragraph, and the latest chapter: number and index.
    let mut latest = [None; 2];
    for (i, candidate) in candidates.iter().enumerate() {
        let is_firm = candidate.is_firm();
        if is_firm {
            firm.place(candidate, false, sequels.get(i).copied().flatten());
            let depth = firm.open.len();
            open.retain(|s| s.depth < depth && !s.member.inline);
            real[i] = true;
        }
        if candidate.style == Some(0) {
            latest = [None; 2];
        }
        let Some(marker) = candidate.marker else {
            continue;
        };
        let begun = Series {
            inline: candidate.inline,
            depth: firm.open.len().saturating_sub(usize::from(is_firm)),
            latest: i,
            member: *candidate,
            marker,
        };
        let counted = match marker.kind {
            Kind::Digit if !candidate.inline => latest.first_mut(),
            Kind::Chapter if !candidate.inline => latest.last_mut(),
            _ => None,
        };
        let found = open
            .iter()
            .enumerate()
            .filter(|(_, s)| !is_firm && s.continues(candidate, &marker))
            .max_by_key(|(_, s)| s.inline == candidate.inline)
            .map(|(at, s)| (at, *s));
        if let Some((at, series)) = found {
            real[series.latest] = true;
            real[i] = true;
            // What began below the one before ends with it.
            open.truncate(at);
            if !marker.last {
                open.push(Series {
                    inline: series.inline,
                    depth: series.depth,
                    ..begun
                });
            }
        } else {
            let before = counted.as_ref().and_then(|latest| **latest);
            let before = before.filter(|(n, _): &(u32, usize)| n + 1 == marker.number);
            if let Some((_, before)) = before {
                real[before] = true;
                real[i] = true;
            } else if !is_firm && marker.number > 1 {
                continue;
            }
            let kind = marker.kind;
            open.retain(|s| s.marker.kind != kind || (candidate.inline && !s.inline));
            open.push(begun);
        }
        if let Some(latest) = counted {
            *latest = Some((marker.number, i));
        }
    }
    real
}

/// For each candidate the number of the next one of its kind, among those that `count`.
pub(super) fn sequels(
    candidates: &[Candidate],
    count: impl Fn(&Candidate) -> bool,
) -> Vec<Option<u32>> {
    let mut next = [None; KINDS];
    let mut found: Vec<Option<u32>> = candidates
        .iter()
        .rev()
        .map(|candidate| {
            let slot = next.get_mut(candidate.kind()?.slot())?;
            let sequel = *slot;
            if count(candidate) {
                *slot = Some(candidate.number());
            }
            sequel
        })
        .collect();
    found.reverse();
    found
}

/// A heading that is open.
struct Open {
    heading: Candidate,
    /// An article of a law, whose items are text and not headings.
    bare: bool,
    /// Whether the next of its kind is the next of its series.
    goes_on: bool,
}

/// The headings that are open at a place, outermost first.
#[derive(Default)]
pub(super) struct Nesting {
    open: Vec<Open>,
    /// For each kind a set of bits: the kinds that have stood below it against the usual order.
    shown: [u32; KINDS],
}

impl Nesting {
    /// Opens a heading, closes what ends at it, and gives its level, from 1.
    ///
    /// `bare` tells that it is the number of an article alone, `sequel` is the number of the next of
    /// its kind. `None` for a title and for an item below a bare article.
    pub(super) fn place(
        &mut self,
        candidate: &Candidate,
        bare: bool,
        sequel: Option<u32>,
    ) -> Option<u8> {
        if candidate.style == Some(0) {
            self.open.clear();
            return None;
        }
        let sibling = self.sibling(candidate);
        while let Some(top) = self.open.last() {
            let ends = match sibling {
                Some(at) => self.open.len() > at,
                None => top.ends_at(candidate) && !self.is_shown(top, candidate),
            };
            if !ends {
                break;
            }
            self.open.pop();
        }
        if self.open.last().is_some_and(|o| o.bare) && candidate.style.is_none() {
            return None;
        }
        if let Some(top) = self.open.last()
            && let (Some(above), Some(below)) = (top.heading.kind(), candidate.kind())
            && let Some(shown) = self.shown.get_mut(above.slot())
        {
            *shown |= 1 << below.slot();
        }
        self.open.push(Open {
            heading: *candidate,
            bare,
            goes_on: sequel == Some(candidate.number() + 1),
        });
        Some(u8::try_from(self.open.len()).unwrap_or(u8::MAX))
    }

    /// Whether the document has `candidate`'s kind below that of `top`: where `（二）` … `（三）` goes
    /// on around `一、`, it stands above it, here and from here on.
    fn is_shown(&self, top: &Open, candidate: &Candidate) -> bool {
        let (Some(above), Some(below)) = (top.heading.kind(), candidate.kind()) else {
            return false;
        };
        let usual = candidate.style.is_some() || top.heading.inline || top.bare;
        let shown = self.shown.get(above.slot()).copied().unwrap_or(0);
        !usual && (top.goes_on || shown & (1 << below.slot()) != 0)
    }

    /// Index of the open heading whose place `candidate` takes: one of its kind.
    fn sibling(&self, candidate: &Candidate) -> Option<usize> {
        let kind = candidate.kind().filter(|_| candidate.style.is_none())?;
        let closeness = |open: &Open| {
            let next = open.heading.number() + 1 == candidate.number();
            (next, open.heading.inline == candidate.inline)
        };
        let (at, _) = self
            .open
            .iter()
            .enumerate()
            .filter(|(_, o)| o.heading.kind() == Some(kind))
            // Below a paragraph `二、` a series `一、…；二、…` may stand.
            .filter(|(_, o)| candidate.number() > 1 || !candidate.inline || o.heading.inline)
            .max_by_key(|(_, o)| closeness(o))?;
        // A list `一、二、` between `（三）` and `（四）`, all below another `一、`.
        let below = self.open.get(at + 1..).unwrap_or_default();
        let within = below.iter().any(|o| o.goes_on && !o.heading.inline);
        (candidate.number() > 1 || !within).then_some(at)
    }
}

impl Open {
    /// Whether this heading, the innermost, ends where `candidate` of another kind begins.
    fn ends_at(&self, candidate: &Candidate) -> bool {
        let this = &self.heading;
        let (above, below) = match (this.kind(), candidate.kind()) {
            (Some(this), Some(other)) => (this.is_above(other), other.is_above(this)),
            _ => (false, false),
        };
        match (this.style, candidate.style) {
            (Some(this), Some(other)) => this >= other,
            (None, Some(_)) => !above,
            (Some(_), None) => false,
            (None, None) if this.inline => {
                !candidate.inline || this.paragraph != candidate.paragraph || below
            }
            // Where `（二）` … `（三）` goes on around `一、`, it stands above it.
            (None, None) if candidate.inline => false,
            // Items of articles are `（一）`; `一、` is behind the last of them.
            (None, None) if self.bare => below || candidate.kind() == Some(Kind::Han),
            (None, None) => below,
        }
    }
}
