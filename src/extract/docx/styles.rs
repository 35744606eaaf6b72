//! The styles of a word-processing document: which make headings, which number, which hide. It knows
//! nothing of the text that uses them.

use std::collections::HashMap;

use super::super::style_names;
use super::super::xml::{Element, Node, XmlReader};
use super::super::{Budget, Error};

/// A style is based on another one at most so many times over.
const MAX_BASES: usize = 32;

/// What the styles of a document say, by their ids.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    default_paragraph: Option<String>,
}

#[derive(Debug, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
    list: Option<String>,
    list_level: Option<u8>,
    hidden: Option<bool>,
}

/// The numbering that a paragraph gets from its style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StyleNumbering<'a> {
    /// The id of the style that numbers: the paragraph's, or one that it is based on.
    pub(super) style: &'a str,
    /// The list's id (`w:numId`).
    pub(super) list: &'a str,
    /// The level in the list from 0.
    pub(super) level: Option<u8>,
}

/// A property that is on or off (`w:val`, on when absent).
///
/// Source: ECMA-376 part 1, 17.17.4 (`ST_OnOff`).
pub(super) fn is_on(element: &Element<'_>) -> bool {
    let value = element.attribute("val");
    !matches!(value.as_deref(), Some("0" | "false" | "off"))
}

impl Styles {
    /// Reads the part of the styles.
    ///
    /// # Errors
    /// Those of [`XmlReader::next`].
    pub(super) fn read(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Self, Error> {
        let mut styles = Self::default();
        let mut open: Option<(String, Style)> = None;
        let mut depth = 0_usize;
        // Depth at which the open style began: its end is its own, not that of an inner element.
        let mut style_depth = 0_usize;
        while let Some(node) = xml.next(budget)? {
            match node {
                Node::Text(_) => {}
                Node::End(_) => {
                    depth = depth.saturating_sub(1);
                    if depth == style_depth
                        && let Some((id, style)) = open.take()
                    {
                        styles.styles.insert(id, style);
                    }
                }
                // Conditional formats of tables and earlier states have properties of their own.
                Node::Start(element)
                    if element.name() == "tblStylePr" || element.name().ends_with("Change") =>
                {
                    xml.skip(budget)?;
                }
                Node::Start(element) => {
                    if element.name() == "style" {
                        let id = element.attribute("styleId").unwrap_or_default();
                        let is_paragraph = element
                            .attribute("type")
                            .is_none_or(|kind| kind == "paragraph");
                        let default = element.attribute("default");
                        if is_paragraph && matches!(default.as_deref(), Some("1" | "true" | "on")) {
                            styles.default_paragraph = Some(id.clone());
                        }
                        open = Some((id, Style::default()));
                        style_depth = depth;
                    } else if let Some((_, style)) = &mut open {
                        style.property(&element);
                    }
                    depth = depth.saturating_add(1);
                }
            }
        }
        Ok(styles)
    }

    /// Level of the headings that a paragraph style makes, as in [`Block::level`]; `None` for no id
    /// means the style of paragraphs without one.
    ///
    /// [`Block::level`]: super::super::Block::level
    pub(super) fn heading_level(&self, id: Option<&str>) -> Option<u8> {
        if let Some(id) = id
            && !self.styles.contains_key(id)
        {
            // Writers that leave the styles out use the ids of the built-in ones.
            return style_names::heading_level(id);
        }
        for (_, style) in self.chain(id) {
            // The built-in title is outlined as a heading of level 1 in Chinese templates.
            let by_name = style_names::heading_level(&style.name);
            if by_name == Some(0) {
                return by_name;
            }
            if let Some(outline) = style.outline {
                return level_by_outline(outline);
            }
            if by_name.is_some() {
                return by_name;
            }
        }
        None
    }

    /// The list in which a paragraph style numbers its paragraphs.
    pub(super) fn numbering(&self, id: Option<&str>) -> Option<StyleNumbering<'_>> {
        let mut level = None;
        for (id, style) in self.chain(id) {
            level = level.or(style.list_level);
            if let Some(list) = &style.list {
                return Some(StyleNumbering {
                    style: id,
                    list,
                    level,
                });
            }
        }
        None
    }

    /// Whether a style hides its text.
    pub(super) fn is_hidden(&self, id: Option<&str>) -> bool {
        self.chain(id)
            .find_map(|(_, style)| style.hidden)
            .unwrap_or(false)
    }

    /// Whether a character style, which an absent id is not, hides its text.
    pub(super) fn hides_characters(&self, id: Option<&str>) -> bool {
        id.is_some() && self.is_hidden(id)
    }

    /// A style and those that it is based on.
    fn chain(&self, id: Option<&str>) -> impl Iterator<Item = (&str, &Style)> {
        let first = id.or(self.default_paragraph.as_deref());
        let first = first.and_then(|id| self.styles.get_key_value(id));
        let base = |(_, style): &(_, &Style)| {
            let id = style.based_on.as_deref()?;
            self.styles.get_key_value(id)
        };
        std::iter::successors(first, base)
            .map(|(id, style)| (id.as_str(), style))
            .take(MAX_BASES)
    }
}

impl Style {
    fn property(&mut self, element: &Element<'_>) {
        let value = || element.attribute("val");
        match element.name() {
            "name" => self.name = value().unwrap_or_default(),
            "basedOn" => self.based_on = value(),
            "outlineLvl" => self.outline = small(element),
            "numId" => self.list = value(),
            "ilvl" => self.list_level = small(element),
            "vanish" => self.hidden = Some(is_on(element)),
            _ => {}
        }
    }
}

/// The value of an element that is a small whole number.
pub(super) fn small(element: &Element<'_>) -> Option<u8> {
    element
        .number("val")
        .and_then(|value| u8::try_from(value).ok())
}

/// Level of a heading from `w:outlineLvl`, where 9 says that it is none.
///
/// Source: ECMA-376 part 1, 17.3.1.20.
pub(super) fn level_by_outline(outline: u8) -> Option<u8> {
    outline.checked_add(1).filter(|level| *level <= 9)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn styles(inner: &str) -> Styles {
        let xml = format!("<w:styles>{inner}</w:styles>");
        let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
        Styles::read(&mut XmlReader::new(&xml, "styles.xml"), &mut budget).expect("can be read")
    }

    #[track_caller]
    fn check_level(inner: &str, expected: Option<u8>) {
        assert_eq!(styles(inner).heading_level(Some("s")), expected);
    }

    #[test]
    fn headings_by_outline_level() {
        check_level(
            "<w:style w:styleId='s'><w:pPr><w:outlineLvl w:val='1'/></w:pPr></w:style>",
            Some(2),
        );
    }

    #[test]
    fn headings_by_name() {
        for (name, expected) in [
            ("heading 3", Some(3)),
            ("Heading4", Some(4)),
            ("标题 2", Some(2)),
            ("Title", Some(0)),
            ("标题", Some(0)),
            ("标题 10", None),
            ("标题页", None),
            ("正文", None),
        ] {
            check_level(
                &format!("<w:style w:styleId='s'><w:name w:val='{name}'/></w:style>"),
                expected,
            );
        }
    }

    #[test]
    fn the_title_is_no_chapter() {
        check_level(
            "<w:style w:styleId='s'><w:name w:val='Title'/><w:outlineLvl w:val='0'/></w:style>",
            Some(0),
        );
    }

    #[test]
    fn levels_are_inherited_and_taken_back() {
        let base = "<w:style w:styleId='b'><w:name w:val='heading 1'/></w:style>";
        check_level(
            &format!("{base}<w:style w:styleId='s'><w:basedOn w:val='b'/></w:style>"),
            Some(1),
        );
        check_level(
            &format!(
                "{base}<w:style w:styleId='s'><w:basedOn w:val='b'/><w:outlineLvl w:val='9'/></w:style>"
            ),
            None,
        );
    }

    #[test]
    fn styles_based_on_themselves_end() {
        check_level(
            "<w:style w:styleId='s'><w:basedOn w:val='s'/></w:style>",
            None,
        );
    }

    #[test]
    fn missing_styles_go_by_their_id() {
        let styles = styles("");
        assert_eq!(styles.heading_level(Some("Heading2")), Some(2));
        assert_eq!(styles.heading_level(Some("2")), None);
        assert_eq!(styles.heading_level(None), None);
    }

    #[test]
    fn numbering_comes_from_the_base_with_the_own_level() {
        let styles = styles(
            "<w:style w:styleId='b'><w:numPr><w:numId w:val='7'/></w:numPr></w:style>\
             <w:style w:styleId='s'><w:basedOn w:val='b'/><w:numPr><w:ilvl w:val='2'/></w:numPr></w:style>",
        );
        let expected = StyleNumbering {
            style: "b",
            list: "7",
            level: Some(2),
        };
        assert_eq!(styles.numbering(Some("s")), Some(expected));
        assert_eq!(styles.numbering(Some("x")), None);
    }

    #[test]
    fn the_default_style_serves_paragraphs_without_one() {
        let styles = styles(
            "<w:style w:type='character' w:default='1' w:styleId='c'/>\
             <w:style w:type='paragraph' w:default='1' w:styleId='p'><w:rPr><w:vanish/></w:rPr></w:style>",
        );
        assert!(styles.is_hidden(None));
        assert!(!styles.hides_characters(None));
    }

    #[test]
    fn conditional_formats_are_not_the_style() {
        let styles = styles(
            "<w:style w:styleId='s'><w:tblStylePr><w:rPr><w:vanish/></w:rPr></w:tblStylePr></w:style>",
        );
        assert!(!styles.is_hidden(Some("s")));
    }
}
