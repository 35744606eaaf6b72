//! The styles of paragraphs and characters in an `OpenDocument` text: which make titles, which hide,
//! which take part in the numbering of headings. It knows nothing of the text that uses them.

use std::collections::HashMap;

use super::super::xml::Element;

/// A style has at most so many ancestors.
const MAX_ANCESTORS: usize = 32;

/// The styles, by family and name.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<(String, String), Style>,
    /// The one whose properties come now.
    open: Option<(String, String)>,
}

#[derive(Debug, Default)]
struct Style {
    parent: Option<String>,
    list: Option<String>,
    hidden: Option<bool>,
}

impl Styles {
    /// Takes in an element among the styles.
    pub(super) fn element(&mut self, element: &Element<'_>) {
        match element.name() {
            "style" => {
                let key = (
                    element.attribute("family").unwrap_or_default(),
                    element.attribute("name").unwrap_or_default(),
                );
                let style = Style {
                    parent: element.attribute("parent-style-name"),
                    list: element.attribute("list-style-name"),
                    hidden: None,
                };
                self.styles.insert(key.clone(), style);
                self.open = Some(key);
            }
            "text-properties" => {
                let style = self.open.as_ref().and_then(|key| self.styles.get_mut(key));
                if let Some(style) = style
                    && let Some(display) = element.attribute("display")
                {
                    style.hidden = Some(display == "none");
                }
            }
            // Levels of lists have properties of their own.
            "list-style" | "outline-style" | "default-style" => self.open = None,
            _ => {}
        }
    }

    /// Whether paragraphs of this style are the title.
    pub(super) fn is_title(&self, paragraph_style: &str) -> bool {
        let is_title = |name: &str| name == "Title" || name == "标题";
        is_title(paragraph_style)
            || self
                .ancestry("paragraph", paragraph_style)
                .any(|style| style.parent.as_deref().is_some_and(is_title))
    }

    /// Whether a style of the family `paragraph` or `text` hides its text.
    pub(super) fn is_hidden(&self, family: &str, name: &str) -> bool {
        self.ancestry(family, name)
            .find_map(|style| style.hidden)
            .unwrap_or(false)
    }

    /// The list style that a paragraph style names; empty where it takes numbers away.
    pub(super) fn list(&self, paragraph_style: &str) -> Option<&str> {
        self.ancestry("paragraph", paragraph_style)
            .find_map(|style| style.list.as_deref())
    }

    fn ancestry<'a>(&'a self, family: &str, name: &str) -> impl Iterator<Item = &'a Style> {
        let family = family.to_owned();
        let mut next = Some(name.to_owned());
        std::iter::from_fn(move || {
            let style = self.styles.get(&(family.clone(), next.take()?))?;
            next.clone_from(&style.parent);
            Some(style)
        })
        .take(MAX_ANCESTORS)
    }
}
