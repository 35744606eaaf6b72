//! Automatic numbers: the lists of the numbering part and how far each has counted. It knows nothing
//! of paragraphs, only the list and the level that one has.
//!
//! Source: ECMA-376 part 1, 17.9.

use std::collections::{HashMap, HashSet};

use super::super::flow::Label;
use super::super::numerals::Notation;
use super::super::xml::{Element, Node, XmlReader};
use super::super::{Budget, Error};
use super::styles::{Styles, is_on, small};

/// Levels of a list.
const N_LEVELS: usize = 9;
/// A list may refer by styles to another one at most so many times over.
const MAX_LINKS: usize = 4;
/// Characters of a number's pattern that are used; word processors allow 255.
const MAX_PATTERN_CHARS: usize = 255;

type Levels = [Option<Level>; N_LEVELS];

/// The lists of a document.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    lists: HashMap<String, List>,
    definitions: HashMap<String, Definition>,
}

/// How far the lists of a text have counted.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// By definition, because lists of one definition count on together.
    counts: HashMap<String, [Option<u32>; N_LEVELS]>,
    /// Lists and levels whose own first number has been given.
    begun: HashSet<(String, usize)>,
}

/// `w:num`
#[derive(Debug, Default)]
struct List {
    definition: String,
    starts: [Option<u32>; N_LEVELS],
    levels: Levels,
}

/// `w:abstractNum`
#[derive(Debug, Default)]
struct Definition {
    levels: Levels,
    /// The style whose list is meant instead.
    link: Option<String>,
}

/// `w:lvl`
#[derive(Clone, Debug, Default)]
struct Level {
    start: u32,
    notation: Notation,
    pattern: String,
    /// After which level (from 1) it begins anew; 0 never, absent after any.
    restart: Option<u8>,
    in_digits: bool,
    tight: bool,
    hidden: bool,
    style: Option<String>,
}

impl Numbering {
    /// Reads the part of the numbering.
    ///
    /// # Errors
    /// Those of [`XmlReader::next`].
    pub(super) fn read(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Self, Error> {
        let mut builder = Builder::default();
        while let Some(node) = xml.next(budget)? {
            if let Node::Start(element) = node {
                if matches!(element.name(), "pPr" | "numPicBullet" | "Choice") {
                    // Alternatives are of notations that older programs do not know; nor do we.
                    xml.skip(budget)?;
                } else {
                    builder.element(&element);
                }
            }
        }
        builder.flush();
        Ok(builder.numbering)
    }

    /// The level of a list that belongs to a paragraph style.
    pub(super) fn level_of_style(&self, list: &str, style: &str, styles: &Styles) -> Option<u8> {
        let (list, _, definition) = self.resolve(list, styles)?;
        let own = list.levels.iter().zip(&definition.levels);
        let index = own
            .map(|(own, common)| own.as_ref().or(common.as_ref()))
            .position(|level| level.is_some_and(|level| level.style.as_deref() == Some(style)))?;
        u8::try_from(index).ok()
    }

    /// Counts a paragraph of a list and gives its number; `None` where it shows none or a mere
    /// bullet.
    pub(super) fn count(
        &self,
        counters: &mut Counters,
        list: &str,
        level: u8,
        styles: &Styles,
    ) -> Option<Label> {
        let (own, id, definition) = self.resolve(list, styles)?;
        let at = usize::from(level).min(N_LEVELS.saturating_sub(1));
        let level_at = |index: usize| -> Option<&Level> {
            own.levels
                .get(index)?
                .as_ref()
                .or(definition.levels.get(index)?.as_ref())
        };
        let begins = counters.begun.insert((list.to_owned(), at));
        let counts = counters.counts.entry(id.to_owned()).or_default();
        let start = level_at(at).map_or(1, |level| level.start);
        let own_start = own.starts.get(at).copied().flatten().filter(|_| begins);
        let slot = counts.get_mut(at)?;
        *slot = match (own_start, *slot) {
            (Some(start), _) => Some(start),
            (None, Some(count)) => Some(count.saturating_add(1)),
            (None, None) => Some(start),
        };
        for (index, higher) in counts.iter_mut().enumerate().take(at) {
            // A level that was left out counts as begun.
            higher.get_or_insert_with(|| level_at(index).map_or(1, |level| level.start));
        }
        for (index, deeper) in counts.iter_mut().enumerate().skip(at.saturating_add(1)) {
            let begins_anew = match level_at(index).and_then(|level| level.restart) {
                Some(0) => false,
                Some(after) => at < usize::from(after),
                None => true,
            };
            if begins_anew {
                *deeper = None;
            }
        }
        let shown = level_at(at)?;
        if shown.hidden || shown.notation == Notation::Bullet {
            return None;
        }
        let number_at = |index: usize| -> String {
            let level = level_at(index);
            // A deeper level than its own has no number yet.
            let Some(number) = counts.get(index).copied().flatten() else {
                return String::new();
            };
            match level {
                Some(level) if !shown.in_digits => level.notation.write(number),
                _ => number.to_string(),
            }
        };
        let text = fill(&shown.pattern, number_at);
        Label::new(&text, shown.tight)
    }

    /// The list, and the id and levels of its definition.
    fn resolve(&self, list: &str, styles: &Styles) -> Option<(&List, &str, &Definition)> {
        let list = self.lists.get(list)?;
        let mut at = list;
        for _ in 0..MAX_LINKS {
            let (id, definition) = self.definitions.get_key_value(&at.definition)?;
            match &definition.link {
                Some(style) => {
                    let numbering = styles.numbering(Some(style))?;
                    at = self.lists.get(numbering.list)?;
                }
                None => return Some((list, id, definition)),
            }
        }
        None
    }
}

/// Puts the numbers of the levels in the places `%1` … `%9` of a pattern; characters that only a
/// symbol font shows are left out.
fn fill(pattern: &str, number_at: impl Fn(usize) -> String) -> String {
    let mut filled = String::new();
    let mut characters = pattern.chars().take(MAX_PATTERN_CHARS).peekable();
    while let Some(character) = characters.next() {
        let level = match (character, characters.peek()) {
            ('%', Some(digit @ '1'..='9')) => digit.to_digit(10),
            _ => None,
        };
        match level {
            Some(level) => {
                characters.next();
                filled.push_str(&number_at((level as usize).saturating_sub(1)));
            }
            None if ('\u{e000}'..='\u{f8ff}').contains(&character) => {}
            None => filled.push(character),
        }
    }
    filled
}

/// The part is flat enough for the elements' order to say where each belongs.
#[derive(Default)]
struct Builder {
    numbering: Numbering,
    definition: Option<(String, Definition)>,
    list: Option<(String, List)>,
    level: usize,
}

impl Builder {
    fn element(&mut self, element: &Element<'_>) {
        let value = || element.attribute("val").unwrap_or_default();
        match element.name() {
            "abstractNum" => {
                self.flush();
                let id = element.attribute("abstractNumId").unwrap_or_default();
                self.definition = Some((id, Definition::default()));
            }
            "num" => {
                self.flush();
                let id = element.attribute("numId").unwrap_or_default();
                self.list = Some((id, List::default()));
            }
            "abstractNumId" => {
                if let Some((_, list)) = &mut self.list {
                    list.definition = value();
                }
            }
            "numStyleLink" => {
                if let Some((_, definition)) = &mut self.definition {
                    definition.link = Some(value());
                }
            }
            "lvlOverride" | "lvl" => {
                self.level = element
                    .number("ilvl")
                    .and_then(|level| usize::try_from(level).ok())
                    .unwrap_or(0);
                if element.name() == "lvl"
                    && let Some(slot) = self.slot()
                {
                    *slot = Some(Level::default());
                }
            }
            "startOverride" => {
                let at = self.level;
                if let Some((_, list)) = &mut self.list
                    && let Some(slot) = list.starts.get_mut(at)
                {
                    *slot = element.number("val");
                }
            }
            _ => {
                if let Some(Some(level)) = self.slot() {
                    level.property(element);
                }
            }
        }
    }

    /// Where the level that is being read belongs.
    fn slot(&mut self) -> Option<&mut Option<Level>> {
        let levels = match (&mut self.definition, &mut self.list) {
            (Some((_, definition)), _) => &mut definition.levels,
            (None, Some((_, list))) => &mut list.levels,
            (None, None) => return None,
        };
        levels.get_mut(self.level)
    }

    fn flush(&mut self) {
        if let Some((id, definition)) = self.definition.take() {
            self.numbering.definitions.insert(id, definition);
        }
        if let Some((id, list)) = self.list.take() {
            self.numbering.lists.insert(id, list);
        }
        self.level = 0;
    }
}

impl Level {
    fn property(&mut self, element: &Element<'_>) {
        let value = || element.attribute("val").unwrap_or_default();
        match element.name() {
            "start" => self.start = element.number("val").unwrap_or(0),
            "numFmt" => self.notation = Notation::from_ooxml(&value()),
            "lvlText" => self.pattern = value(),
            "lvlRestart" => self.restart = small(element),
            "isLgl" => self.in_digits = is_on(element),
            "suff" => self.tight = value() == "nothing",
            "vanish" => self.hidden = is_on(element),
            "pStyle" => self.style = Some(value()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    fn numbering(inner: &str) -> Numbering {
        let xml = format!("<w:numbering>{inner}</w:numbering>");
        Numbering::read(&mut XmlReader::new(&xml, "numbering.xml"), &mut budget())
            .expect("can be read")
    }

    fn level(at: u8, format: &str, pattern: &str, more: &str) -> String {
        format!(
            "<w:lvl w:ilvl='{at}'><w:start w:val='1'/><w:numFmt w:val='{format}'/>{more}\
             <w:lvlText w:val='{pattern}'/></w:lvl>"
        )
    }

    fn definition(id: u8, levels: &str) -> String {
        format!("<w:abstractNum w:abstractNumId='{id}'>{levels}</w:abstractNum>")
    }

    fn list(id: u8, definition: u8, more: &str) -> String {
        format!("<w:num w:numId='{id}'><w:abstractNumId w:val='{definition}'/>{more}</w:num>")
    }

    /// Counts paragraphs, given as list and level.
    #[track_caller]
    fn check(numbering: &Numbering, paragraphs: &[(&str, u8)], expected: &str) {
        let mut counters = Counters::default();
        let mut labels = String::new();
        for (list, level) in paragraphs {
            let label = numbering.count(&mut counters, list, *level, &Styles::default());
            let text = label.map_or_else(|| "-".to_owned(), |label| label.text);
            write!(labels, "{text} ").expect("can be read");
        }
        assert_eq!(labels.trim_end(), expected);
    }

    fn outline() -> String {
        level(0, "chineseCountingThousand", "%1、", "")
            + &level(1, "chineseCountingThousand", "（%2）", "")
            + &level(2, "decimal", "%1.%2.%3", "")
    }

    #[test]
    fn levels_count_and_begin_anew() {
        let numbering = numbering(&(definition(0, &outline()) + &list(1, 0, "")));
        check(
            &numbering,
            &[
                ("1", 0),
                ("1", 1),
                ("1", 1),
                ("1", 2),
                ("1", 0),
                ("1", 1),
                ("1", 2),
            ],
            "一、 （一） （二） 一.二.1 二、 （一） 二.一.1",
        );
    }

    #[test]
    fn levels_that_were_left_out_have_begun() {
        let numbering = numbering(&(definition(0, &outline()) + &list(1, 0, "")));
        check(&numbering, &[("1", 1), ("1", 0)], "（一） 二、");
    }

    #[test]
    fn lists_of_one_definition_count_on_unless_they_start() {
        let start = "<w:lvlOverride w:ilvl='0'><w:startOverride w:val='5'/></w:lvlOverride>";
        let lists = list(1, 0, "") + &list(2, 0, "") + &list(3, 0, start);
        let numbering = numbering(&(definition(0, &outline()) + &lists));
        check(
            &numbering,
            &[("1", 0), ("2", 0), ("3", 0), ("3", 0), ("1", 0)],
            "一、 二、 五、 六、 七、",
        );
    }

    #[test]
    fn a_list_can_have_levels_of_its_own() {
        let own = format!(
            "<w:lvlOverride w:ilvl='0'>{}</w:lvlOverride>",
            level(0, "upperRoman", "%1", "")
        );
        let numbering = numbering(&(definition(0, &outline()) + &list(1, 0, &own)));
        check(&numbering, &[("1", 0), ("1", 0), ("1", 1)], "I II （一）");
    }

    #[test]
    fn levels_can_go_on_and_show_digits() {
        let levels = level(0, "chineseCountingThousand", "第%1章", "")
            + &level(1, "decimal", "%1.%2", "<w:lvlRestart w:val='0'/><w:isLgl/>");
        let numbering = numbering(&(definition(0, &levels) + &list(1, 0, "")));
        check(
            &numbering,
            &[("1", 0), ("1", 1), ("1", 0), ("1", 1)],
            "第一章 1.1 第二章 2.2",
        );
    }

    #[test]
    fn bullets_hidden_numbers_and_unknown_lists_show_nothing() {
        let levels = level(0, "bullet", "o", "")
            + &level(1, "decimal", "%2", "<w:rPr><w:vanish/></w:rPr>")
            + &level(2, "none", "\u{f0b7}", "");
        let numbering = numbering(&(definition(0, &levels) + &list(1, 0, "")));
        check(
            &numbering,
            &[("1", 0), ("1", 1), ("1", 2), ("1", 8), ("0", 0), ("9", 0)],
            "- - - - - -",
        );
    }

    #[test]
    fn alternatives_of_notations_are_the_older_one() {
        let levels = "<w:lvl w:ilvl='0'><w:start w:val='1'/><AlternateContent><Choice>\
             <w:numFmt w:val='custom'/></Choice><Fallback><w:numFmt w:val='decimalZero'/></Fallback>\
             </AlternateContent><w:lvlText w:val='%1'/></w:lvl>";
        let numbering = numbering(&(definition(0, levels) + &list(1, 0, "")));
        check(&numbering, &[("1", 0)], "01");
    }

    #[test]
    fn a_style_can_stand_for_a_list() {
        let styles = "<w:styles><w:style w:styleId='s'><w:numPr><w:numId w:val='2'/></w:numPr>\
             </w:style></w:styles>";
        let styles = Styles::read(&mut XmlReader::new(styles, "styles.xml"), &mut budget())
            .expect("can be read");
        let link = definition(0, "<w:numStyleLink w:val='s'/>");
        let lists = list(1, 0, "") + &list(2, 1, "");
        let linked = numbering(&(link + &definition(1, &outline()) + &lists));
        let mut counters = Counters::default();
        let label = linked
            .count(&mut counters, "1", 0, &styles)
            .expect("can be read");
        assert_eq!(label.text, "一、");

        let circle = definition(0, "<w:numStyleLink w:val='s'/>") + &list(2, 0, "");
        let circle = numbering(&circle);
        assert_eq!(circle.count(&mut counters, "2", 0, &styles), None);
    }

    #[test]
    fn patterns_are_bounded() {
        let levels = level(0, "decimal", &"%1".repeat(10_000), "");
        let numbering = numbering(&(definition(0, &levels) + &list(1, 0, "")));
        let mut counters = Counters::default();
        let label = numbering.count(&mut counters, "1", 0, &Styles::default());
        assert!(label.expect("can be read").text.len() <= MAX_PATTERN_CHARS);
    }
}
