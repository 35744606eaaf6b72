//! What is marked in a text, and counted: the parts of a query that made its document match.

use std::ops::Range;

use super::branches::{Branched, Branches, When};
use super::outline::Line;
use super::parts::{Parts, Sought, Wording};
use super::plan::Plan;
use super::view::{Place, Places, View, evaluate};
use crate::analysis::pattern::{Agreement, TextUnits, retain_outermost};
use crate::analysis::units::is_mask_sign;
use crate::analysis::{Match, Phrase, Scanner};
use crate::exact::{Borders, NumberSet};
use crate::query::Leaf;
use crate::search::{Mask, Request, Scope, Total, Zone};
use crate::snippet::{Mark, MatchClass};

/// Numbers of parts that a leaf has: the first for its whole, one for each of its words. No query is
/// as long as that.
const PARTS: usize = 1_024;

/// Where the zones of a text are.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// End of the title at the start of the text, in bytes; 0 where it stands elsewhere.
    pub(super) title_end: usize,
    /// The headings.
    pub(super) lines: Vec<Line>,
}

impl Layout {
    fn holds(&self, zone: Zone, range: &Range<usize>) -> bool {
        match zone {
            Zone::All => true,
            Zone::Title => range.end <= self.title_end,
            Zone::Heading => {
                let after = self
                    .lines
                    .partition_point(|line| line.range.end < range.end);
                let heading = self.lines.get(after);
                heading.is_some_and(|line| line.range.start <= range.start)
            }
            Zone::Body => range.start >= self.title_end,
        }
    }
}

/// Marks the matches of a query in texts.
#[derive(Default)]
pub(super) struct Highlighter {
    leaves: Vec<LeafMarks>,
    /// Whether a text is scanned for all phrases together.
    at_once: bool,
    scanner: Scanner,
    /// For queries in which places matter beyond the document; their marks are of it alone.
    planned: Option<Planned>,
}

struct Planned {
    plan: Plan,
    /// What the plan asks for, in its order.
    sought: Vec<SoughtMarks>,
    /// Leaves of which it asks for no places.
    elsewhere: Vec<LeafMarks>,
    scope: Scope,
}

struct LeafMarks {
    zone: Zone,
    whole: SoughtMarks,
    words: Vec<SoughtMarks>,
    /// When the whole counts, and when the words do where it is not.
    when: (When, When),
}

impl LeafMarks {
    fn of_all(all: &[Branched], masked: bool, phrases: &mut Vec<Phrase>) -> Vec<Self> {
        let mut marks_of = |sought: &Sought| SoughtMarks::new(sought, masked, phrases);
        let of_leaf = |leaf: &Branched| Self {
            zone: leaf.parts.zone,
            whole: marks_of(&leaf.parts.whole),
            words: leaf.parts.words.iter().map(&mut marks_of).collect(),
            when: (leaf.whole.clone(), leaf.words.clone()),
        };
        all.iter().map(of_leaf).collect()
    }
}

/// What was found in a text.
#[derive(Default)]
pub(super) struct Marked {
    /// By place.
    pub(super) marks: Vec<Mark>,
    /// Of a plan: what holds of the document and made it match, by its number.
    active: Vec<bool>,
}

/// Where what is looked for is in the scanner, and what the scanner cannot find.
#[derive(Clone)]
struct SoughtMarks {
    /// The wordings that are phrases. Of these the first is as typed if the whole is a phrase.
    phrases: Range<usize>,
    sought: Sought,
    patterns: Vec<Wording>,
    maskable: Vec<Wording>,
}

impl SoughtMarks {
    fn new(sought: &Sought, masked: bool, phrases: &mut Vec<Phrase>) -> Self {
        let start = phrases.len();
        let mut marks = Self {
            phrases: start..start,
            sought: sought.clone(),
            patterns: Vec::new(),
            maskable: Vec::new(),
        };
        for wording in sought.wordings.iter() {
            match wording.pattern.as_phrase() {
                Some(phrase) => {
                    phrases.push(phrase.clone());
                }
                None => marks.patterns.push(wording.clone()),
            }
        }
        marks.phrases.end = phrases.len();
        if masked {
            let maskable = sought.maskable().map(|(wording, _)| wording.clone());
            marks.maskable.extend(maskable);
        }
        marks
    }
}

impl Highlighter {
    /// For the leaves of a query that are not under NOT. Masks are only looked at if anything is
    /// known to be `masked`.
    pub(super) fn new(request: &Request, masked: bool) -> Self {
        let (zone, mask) = (request.zone_of_places(), request.mask);
        let root = request.query.root.as_ref();
        let mut phrases = Vec::new();
        let parts = |leaf: &Leaf| Parts::of(leaf, zone, mask);
        let branches = Branches::new(root, &parts);
        let leaves = LeafMarks::of_all(&branches.leaves, masked, &mut phrases);
        let plan = root.and_then(|root| Plan::needed(root, request.scope, zone, mask));
        let planned = plan.map(|plan| {
            let sought = plan.sought().iter();
            Planned {
                sought: sought
                    .map(|(_, sought)| SoughtMarks::new(sought, masked, &mut phrases))
                    .collect(),
                elsewhere: LeafMarks::of_all(plan.elsewhere(), masked, &mut phrases),
                scope: request.scope,
                plan,
            }
        });
        let scanner = Scanner::new(&phrases);
        let of_plan = planned.iter().flat_map(|p| &p.sought);
        let of_leaves = leaves
            .iter()
            .flat_map(|l| std::iter::once(&l.whole).chain(&l.words));
        let ranges = of_leaves.chain(of_plan).map(|marks| marks.phrases.clone());
        let n_by_units = ranges
            .filter(|range| scanner.makes_units(range.clone()))
            .count();
        Self {
            leaves,
            planned,
            at_once: n_by_units > 2,
            scanner,
        }
    }

    /// The plan, where places matter beyond the document.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.planned.as_ref().map(|planned| &planned.plan)
    }

    /// The other writings of numbers that are marked, too.
    pub(super) fn variants(&self) -> Vec<String> {
        let mut variants = Vec::new();
        for leaf in &self.leaves {
            for marks in std::iter::once(&leaf.whole).chain(&leaf.words) {
                for wording in marks.sought.wordings.iter().skip(1) {
                    let text = wording.pattern.to_string();
                    if !variants.contains(&text) {
                        variants.push(text);
                    }
                }
            }
        }
        variants
    }

    /// The matches in a text. `holds` says what holds of the document as a whole: the branches of the
    /// query, or the wholes of its plan.
    pub(super) fn marks(&self, text: &str, layout: &Layout, holds: &[bool]) -> Marked {
        let Some(planned) = &self.planned else {
            return Marked {
                marks: self.marks_of(&self.leaves, text, layout, holds, |_| true),
                active: Vec::new(),
            };
        };
        let mut found = self.planned_marks(planned, text, layout, holds);
        let elsewhere = self.marks_of(&planned.elsewhere, text, layout, &found.active, |_| true);
        found.marks.extend(elsewhere);
        sort_by_place(&mut found.marks);
        found
    }

    /// The matches in a title by itself, which need not stand in the text, of which `found` are the
    /// matches: where it has a keyword as a whole, its words are not marked here either.
    pub(super) fn marks_in_title(&self, title: &str, found: &Marked, holds: &[bool]) -> Vec<Mark> {
        let of_title = Layout {
            title_end: title.len(),
            ..Layout::default()
        };
        let in_title = |zone| matches!(zone, Zone::All | Zone::Title);
        if let Some(planned) = &self.planned {
            let mut marks = self.planned_marks(planned, title, &of_title, holds).marks;
            let leaves = &planned.elsewhere;
            marks.extend(self.marks_of(leaves, title, &of_title, &found.active, in_title));
            sort_by_place(&mut marks);
            return marks;
        }
        let mut marks = self.marks_of(&self.leaves, title, &of_title, holds, in_title);
        marks.retain(|mark| {
            let whole = mark.part - mark.part % PARTS;
            mark.part == whole || !found.marks.iter().any(|other| other.part == whole)
        });
        marks
    }

    /// The matches of leaves, those that count where `holds` holds.
    fn marks_of(
        &self,
        leaves: &[LeafMarks],
        text: &str,
        layout: &Layout,
        holds: &[bool],
        pick: impl Fn(Zone) -> bool,
    ) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut units = LazyUnits::new(text);
        let is_so = |when: &When| when.is_so(|n| holds.get(n).copied().unwrap_or(false));
        for (part, leaf) in leaves
            .iter()
            .enumerate()
            .filter(|(_, leaf)| pick(leaf.zone) && is_so(&leaf.when.0))
        {
            let inside = |range: &Range<usize>| layout.holds(leaf.zone, range);
            let mut found = self.places(&leaf.whole, &mut units, &inside);
            let mut numbers = vec![0; found.len()];
            if found.is_empty() && is_so(&leaf.when.1) {
                for (word, n) in leaf.words.iter().zip(1..) {
                    let places = self.places(word, &mut units, &inside);
                    numbers.resize(numbers.len() + places.len(), n);
                    found.extend(places);
                }
            }
            marks.extend(
                found
                    .into_iter()
                    .zip(numbers)
                    .map(|((range, class), n)| Mark {
                        range,
                        class,
                        part: part * PARTS + n,
                    }),
            );
        }
        marks.sort_by_key(|mark| (mark.range.start, mark.range.end));
        marks
    }

    /// Every place of what is looked for.
    fn places(
        &self,
        marks: &SoughtMarks,
        units: &mut LazyUnits<'_>,
        inside: &dyn Fn(&Range<usize>) -> bool,
    ) -> Vec<(Range<usize>, MatchClass)> {
        let SoughtMarks {
            sought, phrases, ..
        } = marks;
        let text = units.text;
        let mut found: Vec<(Range<usize>, MatchClass)> = Vec::new();
        if sought.mask != Mask::Only {
            let first_is_typed = sought.typed().is_some();
            let class = |m: &Match| {
                if m.exact && first_is_typed && m.phrase == phrases.start {
                    MatchClass::Exact
                } else {
                    MatchClass::Normalized
                }
            };
            let scanned = if self.at_once {
                units.scanned(&self.scanner, phrases.clone())
            } else {
                self.scanner.scan_for(text, phrases.clone())
            };
            let wordings: Vec<_> = sought
                .wordings
                .iter()
                .filter(|w| w.pattern.as_phrase().is_some())
                .collect();
            for m in scanned {
                let wording = wordings.get(m.phrase - phrases.start);
                if wording.is_none_or(|w| stands_free(text, &m.range, w.before, w.behind)) {
                    let class = class(&m);
                    found.push((m.range, class));
                }
            }
            for (n, wording) in marks.patterns.iter().enumerate() {
                let units = units.get();
                for place in units.find(&wording.pattern) {
                    let class = match place.agreement {
                        Agreement::Exact if n == 0 && !first_is_typed => MatchClass::Exact,
                        _ => MatchClass::Normalized,
                    };
                    let range = units.bytes(place.units);
                    if stands_free(text, &range, wording.before, wording.behind) {
                        found.push((range, class));
                    }
                }
            }
        }
        if !marks.maskable.is_empty() && units.may_have_masks() {
            let units = units.get();
            let mut masked: Vec<Range<usize>> = Vec::new();
            for wording in &marks.maskable {
                masked.extend(masked_places(text, units, wording));
            }
            retain_outermost(&mut masked, |place| (place.start, place.end));
            let masked = masked.into_iter().map(|place| units.bytes(place));
            found.extend(masked.map(|range| (range, MatchClass::Masked)));
        }
        found.retain(|(range, _)| inside(range));
        found.sort_by_key(|(range, class)| (range.start, range.end, *class));
        found.dedup_by(|b, a| a.0 == b.0);
        found
    }

    /// The matches that count where places matter, each place once.
    fn planned_marks(
        &self,
        planned: &Planned,
        text: &str,
        layout: &Layout,
        holds: &[bool],
    ) -> Marked {
        let Planned {
            plan,
            sought,
            scope,
            ..
        } = planned;
        let mut lazy = LazyUnits::new(text);
        let mut places = Vec::with_capacity(sought.len());
        for ((zone, _), marks) in plan.sought().iter().zip(sought) {
            let inside = |range: &Range<usize>| layout.holds(*zone, range);
            places.push(self.places(marks, &mut lazy, &inside));
        }
        let units = lazy.get();
        let in_units =
            |found: &Vec<_>| found.iter().map(|place| unit_place(units, place)).collect();
        let places: Vec<Vec<Place>> = places.iter().map(in_units).collect();
        let limit = units.len() as u32 + 1;
        // What ends behind the last unit ends with the text.
        let (stops, ends) = units.breaks();
        let stretches = Borders::new(
            match scope {
                Scope::Sentence => stops,
                Scope::Paragraph => ends.clone(),
                Scope::Document => Vec::new(),
            },
            limit,
        );
        let cells = match scope {
            Scope::Document => Borders::new(ends, limit),
            _ => stretches.clone(),
        };
        let everything = || NumberSet::full(stretches.n_stretches() as usize);
        let costs: Vec<usize> = places.iter().map(Vec::len).collect();
        let found = evaluate(
            plan,
            &View {
                look_up: &|n, _| Places::of(&places[n]),
                costs: &costs,
                stretches: &stretches,
                cells: &cells,
                all: &everything(),
                all_cells: &NumberSet::full(cells.n_stretches() as usize),
                limit,
                holds: &|n| match holds.get(n) {
                    Some(true) => everything(),
                    _ => NumberSet::new(stretches.n_stretches() as usize),
                },
                given_up: &|| false,
            },
        );
        let mut marks = Vec::new();
        for (part, picked) in found.places.iter().enumerate() {
            marks.extend(picked.iter().map(|(n, start, end)| Mark {
                range: units.bytes(start as usize..end as usize),
                class: places[part][n].class,
                part,
            }));
        }
        sort_by_place(&mut marks);
        let active = found.wholes.iter().map(Option::is_some).collect();
        Marked { marks, active }
    }

    /// Occurrences in one document, as the index counts them.
    pub(super) fn count(&self, text: &str, title: &str, layout: &Layout, holds: &[bool]) -> Total {
        let mut total = Total {
            documents: 1,
            ..Total::default()
        };
        // The title may stand in several lines of the text, or not in it at all.
        let of_title = Layout {
            title_end: title.len(),
            ..Layout::default()
        };
        let (mut marks, leaves, holds) = match &self.planned {
            None => (Vec::new(), &self.leaves, holds.to_vec()),
            Some(planned) => {
                let found = self.planned_marks(planned, text, layout, holds);
                (found.marks, &planned.elsewhere, found.active)
            }
        };
        let (in_title, elsewhere) = (|zone| zone == Zone::Title, |zone| zone != Zone::Title);
        marks.extend(self.marks_of(leaves, text, layout, &holds, elsewhere));
        marks.extend(self.marks_of(leaves, title, &of_title, &holds, in_title));
        for mark in marks {
            total.occurrences += 1;
            match mark.class {
                MatchClass::Exact => total.exact += 1,
                MatchClass::Normalized => total.normalized += 1,
                MatchClass::Masked => total.masked += 1,
            }
        }
        total
    }
}

/// Sorts marks and leaves one for each place, the best.
fn sort_by_place(marks: &mut Vec<Mark>) {
    marks.sort_by_key(|mark| (mark.range.start, mark.range.end, mark.class));
    marks.dedup_by(|b, a| a.range == b.range);
}

/// The place of some bytes in units.
fn unit_place(units: &TextUnits<'_>, (range, class): &(Range<usize>, MatchClass)) -> Place {
    let units = units.units_of(range);
    Place {
        start: units.start as u32,
        end: units.end as u32,
        class: *class,
        undecided: false,
    }
}

/// The places of a wording with masks for some of it, but for parts of larger numbers. Whether what
/// is under a mask at an end is one nobody knows.
fn masked_places(text: &str, units: &TextUnits<'_>, wording: &Wording) -> Vec<Range<usize>> {
    let found = wording.pattern.as_phrase().map(|p| units.find_masked(p));
    let places = found.into_iter().flatten().map(|found| found.units);
    let is_whole = |place: &Range<usize>| {
        let last = place.end.saturating_sub(1);
        let before: &[char] = if units.is_mask(place.start) {
            &[]
        } else {
            wording.before
        };
        let behind: &[char] = if units.is_mask(last) {
            &[]
        } else {
            wording.behind
        };
        stands_free(text, &units.bytes(place.clone()), before, behind)
    };
    places.filter(is_whole).collect()
}

/// Whether none of these characters touches a place.
fn stands_free(text: &str, range: &Range<usize>, before: &[char], behind: &[char]) -> bool {
    let touches = |c: Option<char>, chars: &[char]| {
        c.is_some_and(|c| {
            let mut folded = c;
            crate::analysis::fold::fold_char(c, |c| folded = c);
            chars.contains(&folded)
        })
    };
    !touches(text[..range.start].chars().next_back(), before)
        && !touches(text[range.end..].chars().next(), behind)
}

/// The units of a text, made when they are first needed.
struct LazyUnits<'t> {
    text: &'t str,
    /// The matches of all phrases, by phrase.
    scanned: Option<Vec<Vec<Match>>>,
    units: Option<TextUnits<'t>>,
    has_mask_signs: Option<bool>,
}

impl<'t> LazyUnits<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            scanned: None,
            units: None,
            has_mask_signs: None,
        }
    }

    /// The matches of some phrases, by start; all are scanned for when the first are asked for.
    fn scanned(&mut self, scanner: &Scanner, phrases: Range<usize>) -> Vec<Match> {
        let text = self.text;
        let all = self.scanned.get_or_insert_with(|| {
            let mut by_phrase: Vec<Vec<Match>> = Vec::new();
            for found in scanner.scan(text) {
                if by_phrase.len() <= found.phrase {
                    by_phrase.resize_with(found.phrase + 1, Vec::new);
                }
                by_phrase[found.phrase].push(found);
            }
            by_phrase
        });
        let some = all.iter().skip(phrases.start).take(phrases.len());
        let mut matches: Vec<Match> = some.flatten().cloned().collect();
        if phrases.len() > 1 {
            matches.sort_by_key(|m| (m.range.start, m.range.end, m.phrase));
        }
        matches
    }

    fn get(&mut self) -> &TextUnits<'t> {
        self.units.get_or_insert_with(|| TextUnits::new(self.text))
    }

    /// Whether there may be a mask; one of letters is known by its doubled `x`.
    fn may_have_masks(&mut self) -> bool {
        *self.has_mask_signs.get_or_insert_with(|| {
            self.text.chars().any(|c| {
                is_mask_sign(c)
                    || matches!(c, 'x' | 'X' | '＊' | 'ｘ' | 'Ｘ')
                    || !c.is_alphanumeric() && folds_to_mask(c)
            })
        })
    }
}

fn folds_to_mask(c: char) -> bool {
    let mut folds = false;
    if !c.is_ascii() {
        crate::analysis::fold::fold_char(c, |folded| folds |= is_mask_sign(folded));
    }
    folds
}
