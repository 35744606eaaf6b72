//! The style sheet of rich text, as far as it marks headings. Does not know which text has a style.

use std::collections::HashMap;

use super::super::style_names::heading_level;

/// Styles inherit from each other at most so deep.
const MAX_DEPTH: usize = 16;

/// The paragraph styles of a file, by number.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<i32, Style>,
}

/// A paragraph style.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    pub(super) number: i32,
    pub(super) base: Option<i32>,
    /// From 0; 9 is body text.
    pub(super) outline: Option<i32>,
    pub(super) name: String,
}

impl Styles {
    /// Takes a style up.
    pub(super) fn insert(&mut self, style: Style) {
        self.styles.insert(style.number, style);
    }

    /// The heading level that a style gives: 1 to 9, 0 for the title.
    pub(super) fn level(&self, number: i32) -> Option<u8> {
        let mut next = Some(number);
        for _ in 0..MAX_DEPTH {
            let style = self.styles.get(&next?)?;
            let name = style.name.trim_end_matches(';');
            if let Some(level) = heading_level(name) {
                return Some(level);
            }
            if let Some(outline) = style.outline {
                return outline_level(outline);
            }
            next = style.base;
        }
        None
    }
}

/// The level that an `\outlinelevel` gives.
pub(super) fn outline_level(outline: i32) -> Option<u8> {
    let outline = u8::try_from(outline).ok()?;
    (outline < 9).then(|| outline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(number: i32, base: Option<i32>, outline: Option<i32>, name: &str) -> Style {
        let name = name.to_owned();
        Style {
            number,
            base,
            outline,
            name,
        }
    }

    #[test]
    fn levels_come_from_name_outline_and_base() {
        let mut styles = Styles::default();
        styles.insert(style(0, None, None, "Normal;"));
        styles.insert(style(1, Some(0), None, "heading 1;"));
        styles.insert(style(2, Some(1), None, "章节;"));
        styles.insert(style(3, Some(0), Some(2), "大纲;"));
        styles.insert(style(4, Some(3), Some(9), "正文;"));
        styles.insert(style(5, Some(6), None, "甲;"));
        styles.insert(style(6, Some(5), None, "乙;"));
        let levels: Vec<_> = (0..8).map(|number| styles.level(number)).collect();
        assert_eq!(
            levels,
            [None, Some(1), Some(1), Some(3), None, None, None, None]
        );
    }
}
