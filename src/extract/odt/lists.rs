//! Automatic numbers of `OpenDocument`: list styles and how far each list has counted. It knows nothing
//! of paragraphs, only the list and the level that one has.
//!
//! Source: `OpenDocument` 1.3, part 3, 5.3.3 (lists), 16.30 to 16.34 (list styles).

use std::collections::HashMap;

use super::super::flow::Label;
use super::super::numerals::Notation;
use super::super::xml::Element;

/// Levels of a list.
const N_LEVELS: usize = 10;
/// Characters of a number's pattern, prefix or suffix that are used.
const MAX_AFFIX_CHARS: usize = 255;

/// The list styles of a document.
#[derive(Debug, Default)]
pub(super) struct ListStyles {
    by_name: HashMap<String, [Level; N_LEVELS]>,
    /// That of the headings.
    outline: [Level; N_LEVELS],
    open: Open,
}

#[derive(Debug, Default)]
enum Open {
    #[default]
    None,
    Outline,
    Named(String),
}

#[derive(Clone, Debug)]
struct Level {
    notation: Notation,
    prefix: String,
    suffix: String,
    /// Such as `%1%.%2%、`, in place of prefix, suffix and points; an extension of `LibreOffice`.
    pattern: Option<String>,
    start: u32,
    n_shown: usize,
}

impl Default for Level {
    fn default() -> Self {
        Self {
            notation: Notation::Nothing,
            prefix: String::new(),
            suffix: String::new(),
            pattern: None,
            start: 1,
            n_shown: 1,
        }
    }
}

/// How far a list has counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts([Option<u32>; N_LEVELS]);

impl ListStyles {
    /// Takes in an element among the styles.
    pub(super) fn element(&mut self, element: &Element<'_>) {
        match element.name() {
            "list-style" => {
                let name = element.attribute("name").unwrap_or_default();
                self.by_name.entry(name.clone()).or_default();
                self.open = Open::Named(name);
            }
            "outline-style" => self.open = Open::Outline,
            "style" => self.open = Open::None,
            "list-level-style-number" | "outline-level-style" => self.level(element),
            _ => {}
        }
    }

    fn level(&mut self, element: &Element<'_>) {
        let levels = match &self.open {
            Open::None => return,
            Open::Outline => &mut self.outline,
            Open::Named(name) => match self.by_name.get_mut(name) {
                Some(levels) => levels,
                None => return,
            },
        };
        let number = |name: &str| element.number(name);
        let affix = |name: &str| -> Option<String> {
            let affix = element.attribute(name)?;
            Some(affix.chars().take(MAX_AFFIX_CHARS).collect())
        };
        let at = number("level").and_then(|level| level.checked_sub(1));
        if let Some(slot) = at.and_then(|at| levels.get_mut(at as usize)) {
            *slot = Level {
                notation: Notation::from_odf(&affix("num-format").unwrap_or_default()),
                prefix: affix("num-prefix").unwrap_or_default(),
                suffix: affix("num-suffix").unwrap_or_default(),
                pattern: affix("num-list-format"),
                start: number("start-value").unwrap_or(1),
                n_shown: number("display-levels").unwrap_or(1) as usize,
            };
        }
    }

    /// Counts a paragraph in a list of this style at a level from 0 and gives its number; `None`
    /// where it shows none.
    pub(super) fn count(
        &self,
        style: &str,
        counts: &mut Counts,
        level: usize,
        start: Option<u32>,
    ) -> Option<Label> {
        count(self.by_name.get(style)?, counts, level, start)
    }

    /// The same for headings outside lists.
    pub(super) fn count_heading(
        &self,
        counts: &mut Counts,
        level: usize,
        start: Option<u32>,
    ) -> Option<Label> {
        count(&self.outline, counts, level, start)
    }
}

fn count(
    levels: &[Level; N_LEVELS],
    counts: &mut Counts,
    level: usize,
    start: Option<u32>,
) -> Option<Label> {
    let shown = levels.get(level)?;
    let slot = counts.0.get_mut(level)?;
    *slot = match (start, *slot) {
        (Some(start), _) => Some(start),
        (None, Some(count)) => Some(count.saturating_add(1)),
        (None, None) => Some(shown.start),
    };
    for (level, higher) in levels.iter().zip(&mut counts.0).take(level) {
        // A level that was left out counts as begun.
        higher.get_or_insert(level.start);
    }
    for deeper in counts.0.iter_mut().skip(level.saturating_add(1)) {
        *deeper = None;
    }
    let number_at = |at: usize| -> String {
        match (levels.get(at), counts.0.get(at)) {
            (Some(level), Some(Some(count))) => level.notation.write(*count),
            _ => String::new(),
        }
    };
    let text = if let Some(pattern) = &shown.pattern {
        fill(pattern, number_at)
    } else {
        let first = level.saturating_add(1).saturating_sub(shown.n_shown.max(1));
        let numbers: Vec<String> = (first..=level)
            .map(number_at)
            .filter(|number| !number.is_empty())
            .collect();
        format!("{}{}{}", shown.prefix, numbers.join("."), shown.suffix)
    };
    Label::new(&text, false)
}

/// Puts the numbers of the levels in the places `%1%` … `%10%`.
fn fill(pattern: &str, number_at: impl Fn(usize) -> String) -> String {
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        filled.push_str(before);
        let place = after.split_once('%').and_then(|(place, after)| {
            let level: usize = place.parse().ok()?;
            Some((level.checked_sub(1)?, after))
        });
        if let Some((level, after)) = place {
            filled.push_str(&number_at(level));
            rest = after;
        } else {
            filled.push('%');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}
