//! The text of an `OpenDocument` text, walked from element to element. It knows which elements show text
//! to a reader and which do not; what becomes of the text is the flow's affair.
//!
//! Source: `OpenDocument` 1.3, part 3, 5 to 9.

use std::collections::HashMap;

use super::super::flow::{Flow, Label, ParagraphEnd};
use super::super::soft_breaks;
use super::super::xml::{Element, Node, XmlReader};
use super::super::{Block, Budget, Error};
use super::Definitions;
use super::lists::Counts;

/// So many blanks are made of one element that stands for a row of them.
const MAX_BLANKS: u32 = 64;

/// What the content shows.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) blocks: Vec<Block>,
    pub(super) footnotes: Vec<Block>,
    pub(super) endnotes: Vec<Block>,
    pub(super) n_pictures: usize,
    /// Whether it is a text document, not a sheet or a drawing.
    pub(super) is_text: bool,
}

/// Walks through the content.
///
/// # Errors
/// Those of [`XmlReader::next`] and of [`Budget::spend`].
pub(super) fn walk(
    xml: &mut XmlReader<'_>,
    definitions: &Definitions,
    budget: &mut Budget,
) -> Result<Walked, Error> {
    let mut walker = Walker {
        definitions,
        flow: Flow::default(),
        inside: Vec::new(),
        paragraphs: Vec::new(),
        lists: Vec::new(),
        counted: Counted::default(),
        walked: Walked::default(),
    };
    while let Some(node) = xml.next(budget)? {
        match node {
            Node::Start(element) => match walker.start(&element) {
                Some(inside) => walker.inside.push(inside),
                None => xml.skip(budget)?,
            },
            Node::End(_) => walker.end(budget)?,
            Node::Text(text) => walker.text(&text),
        }
    }
    let Walker { flow, walked, .. } = walker;
    Ok(Walked {
        blocks: flow.finish(),
        ..walked
    })
}

/// An element that has begun.
#[derive(Debug)]
enum Inside {
    Body,
    Paragraph,
    /// Characters that are hidden, or not.
    Span {
        hidden: bool,
    },
    List,
    Item,
    Row {
        /// Cells to come that the one before them covers.
        n_spanned: u32,
    },
    Cell,
    /// A place with lists of its own, such as a text box.
    Box,
    Note {
        at_end: bool,
    },
    Other,
}

#[derive(Debug, Default)]
struct Paragraph {
    level: Option<u8>,
    label: Option<Label>,
    hidden: bool,
    n_hidden_spans: usize,
}

/// A list or, where there is none, the wall around a place with lists of its own.
#[derive(Debug)]
enum Open {
    List(List),
    Wall,
}

#[derive(Debug)]
struct List {
    style: String,
    /// Which of the counts it uses.
    counts: usize,
    level: usize,
    /// The number that the next paragraph gets, if it gets one.
    next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    Number { start: Option<u32> },
}

/// How far lists have counted.
#[derive(Debug, Default)]
struct Counted {
    counts: Vec<Counts>,
    by_id: HashMap<String, usize>,
    by_style: HashMap<String, usize>,
    headings: Counts,
}

struct Walker<'a> {
    definitions: &'a Definitions,
    flow: Flow,
    inside: Vec<Inside>,
    paragraphs: Vec<Paragraph>,
    lists: Vec<Open>,
    counted: Counted,
    walked: Walked,
}

impl Walker<'_> {
    /// Takes in the beginning of an element; `None` where a reader sees nothing of it.
    fn start(&mut self, element: &Element<'_>) -> Option<Inside> {
        let name = element.name();
        if matches!(self.inside.last(), Some(Inside::Body)) {
            self.walked.is_text = name == "text";
        }
        let inside = match name {
            "body" => Inside::Body,
            "p" | "h" => {
                self.open_paragraph(element);
                Inside::Paragraph
            }
            "span" => {
                let style = element.attribute("style-name").unwrap_or_default();
                let hidden = self.definitions.styles.is_hidden("text", &style);
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    let n = usize::from(hidden);
                    paragraph.n_hidden_spans = paragraph.n_hidden_spans.saturating_add(n);
                }
                Inside::Span { hidden }
            }
            "s" => {
                let n = element.number("c").unwrap_or(1).min(MAX_BLANKS);
                self.show(&" ".repeat(n as usize));
                Inside::Other
            }
            "tab" => {
                self.show(" ");
                Inside::Other
            }
            "line-break" => {
                self.show(soft_breaks::LINE.encode_utf8(&mut [0; 4]));
                Inside::Other
            }
            "list" => {
                self.open_list(element);
                Inside::List
            }
            "list-item" | "list-header" => {
                let start = element.number("start-value");
                if let Some(Open::List(list)) = self.lists.last_mut() {
                    list.next = if name == "list-item" {
                        Next::Number { start }
                    } else {
                        Next::Nothing
                    };
                }
                Inside::Item
            }
            "table-row" => {
                self.flow.open_row();
                Inside::Row { n_spanned: 0 }
            }
            "table-cell" | "covered-table-cell" => return self.open_cell(element),
            "text-box" | "custom-shape" => {
                self.lists.push(Open::Wall);
                Inside::Box
            }
            "note" => {
                self.flow.open_group();
                self.lists.push(Open::Wall);
                let at_end = element.attribute("note-class").as_deref() == Some("endnote");
                Inside::Note { at_end }
            }
            "image" => {
                self.walked.n_pictures = self.walked.n_pictures.saturating_add(1);
                Inside::Other
            }
            "hidden-paragraph" => {
                if element.attribute("is-hidden").as_deref() == Some("true")
                    && let Some(paragraph) = self.paragraphs.last_mut()
                {
                    paragraph.hidden = true;
                }
                return None;
            }
            "hidden-text" if element.attribute("is-hidden").as_deref() == Some("true") => {
                return None;
            }
            "section" if element.attribute("display").as_deref() == Some("none") => return None,
            "automatic-styles" | "font-face-decls" | "scripts" | "forms" | "tracked-changes"
            | "annotation" | "note-citation" | "ruby-text" | "title" | "desc" | "binary-data"
            | "math" | "script" | "event-listeners" => return None,
            name if name.ends_with("-source") || name.ends_with("-decls") => return None,
            _ => Inside::Other,
        };
        Some(inside)
    }

    fn end(&mut self, budget: &mut Budget) -> Result<(), Error> {
        match self.inside.pop() {
            Some(Inside::Paragraph) => self.close_paragraph(budget)?,
            Some(Inside::Span { hidden: true }) => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.n_hidden_spans = paragraph.n_hidden_spans.saturating_sub(1);
                }
            }
            Some(Inside::List | Inside::Box) => {
                self.lists.pop();
            }
            Some(Inside::Item) => {
                if let Some(Open::List(list)) = self.lists.last_mut() {
                    list.next = Next::Nothing;
                }
            }
            Some(Inside::Row { .. }) => self.flow.close_row(budget)?,
            Some(Inside::Cell) => {
                self.lists.pop();
                self.flow.close_cell();
            }
            Some(Inside::Note { at_end }) => {
                self.lists.pop();
                let blocks = self.flow.close_group();
                if at_end {
                    self.walked.endnotes.extend(blocks);
                } else {
                    self.walked.footnotes.extend(blocks);
                }
            }
            Some(Inside::Body | Inside::Span { hidden: false } | Inside::Other) | None => {}
        }
        Ok(())
    }

    /// Characters of the file: white space of any length is one blank (6.1.2).
    fn text(&mut self, text: &str) {
        let blanks = [' ', '\t', '\n', '\r'];
        if !text.contains(blanks) {
            self.show(text);
            return;
        }
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            if !blanks.contains(&character) {
                shown.push(character);
            } else if !shown.ends_with(' ') {
                shown.push(' ');
            }
        }
        self.show(&shown);
    }

    fn show(&mut self, text: &str) {
        let is_shown = |paragraph: &Paragraph| paragraph.n_hidden_spans == 0 && !paragraph.hidden;
        if self.paragraphs.last().is_some_and(is_shown) {
            self.flow.text(text);
        }
    }

    fn open_paragraph(&mut self, element: &Element<'_>) {
        let styles = &self.definitions.styles;
        let style = element.attribute("style-name").unwrap_or_default();
        let is_heading = element.name() == "h";
        let outline = element
            .number("outline-level")
            .and_then(|level| u8::try_from(level).ok())
            .unwrap_or(1)
            .max(1);
        let level = if styles.is_title(&style) {
            Some(0)
        } else {
            is_heading.then_some(outline)
        };
        let is_unnumbered = element.attribute("is-list-header").as_deref() == Some("true");
        let label = match self.lists.last_mut() {
            Some(Open::List(list)) => match std::mem::replace(&mut list.next, Next::Nothing) {
                Next::Number { start } if !is_unnumbered => {
                    let counts = self.counted.counts.get_mut(list.counts);
                    counts.and_then(|counts| {
                        let lists = &self.definitions.lists;
                        lists.count(&list.style, counts, list.level, start)
                    })
                }
                _ => None,
            },
            _ if is_heading && !is_unnumbered && styles.list(&style) != Some("") => {
                let restarts = element.attribute("restart-numbering").as_deref() == Some("true");
                let start = element.number("start-value").filter(|_| restarts);
                let at = usize::from(outline).saturating_sub(1);
                let lists = &self.definitions.lists;
                lists.count_heading(&mut self.counted.headings, at, start)
            }
            _ => None,
        };
        let outer = self.paragraphs.last();
        let hidden = styles.is_hidden("paragraph", &style)
            || outer.is_some_and(|outer| outer.hidden || outer.n_hidden_spans > 0);
        self.paragraphs.push(Paragraph {
            level,
            label,
            hidden,
            n_hidden_spans: 0,
        });
        self.flow.open_paragraph();
    }

    fn close_paragraph(&mut self, budget: &mut Budget) -> Result<(), Error> {
        let Some(paragraph) = self.paragraphs.pop() else {
            return Ok(());
        };
        let mut end = ParagraphEnd {
            level: paragraph.level,
            hidden: paragraph.hidden,
            ..ParagraphEnd::default()
        };
        let is_shown = !paragraph.hidden && !self.flow.is_blank();
        end.label = paragraph.label.filter(|_| is_shown);
        self.flow.close_paragraph(end, budget)
    }

    /// Begins a cell; `None` for one that its left neighbour covers.
    fn open_cell(&mut self, element: &Element<'_>) -> Option<Inside> {
        let is_covered = element.name() == "covered-table-cell";
        if let Some(Inside::Row { n_spanned }) = self.inside.last_mut() {
            if is_covered && *n_spanned > 0 {
                *n_spanned = n_spanned.saturating_sub(1);
                return None;
            }
            let n_columns = element.number("number-columns-spanned").unwrap_or(1);
            *n_spanned = n_columns.saturating_sub(1);
        }
        self.flow.open_cell();
        if is_covered {
            self.flow.is_rest_of_cell();
        }
        self.lists.push(Open::Wall);
        Some(Inside::Cell)
    }

    fn open_list(&mut self, element: &Element<'_>) {
        let style = element.attribute("style-name");
        let list = if let Some(Open::List(outer)) = self.lists.last() {
            List {
                style: style.unwrap_or_else(|| outer.style.clone()),
                counts: outer.counts,
                level: outer.level.saturating_add(1),
                next: Next::Nothing,
            }
        } else {
            let style = style.unwrap_or_default();
            List {
                counts: self.counted.of_list(element, &style),
                style,
                level: 0,
                next: Next::Nothing,
            }
        };
        self.lists.push(Open::List(list));
    }
}

impl Counted {
    /// The counts of a list that begins: those of an earlier one that it goes on with, or new ones.
    fn of_list(&mut self, element: &Element<'_>, style: &str) -> usize {
        let earlier = match element.attribute("continue-list") {
            Some(id) => self.by_id.get(&id).copied(),
            None if element.attribute("continue-numbering").as_deref() == Some("true") => {
                self.by_style.get(style).copied()
            }
            None => None,
        };
        let counts = earlier.unwrap_or_else(|| {
            self.counts.push(Counts::default());
            self.counts.len().saturating_sub(1)
        });
        if let Some(id) = element.attribute("id") {
            self.by_id.insert(id, counts);
        }
        self.by_style.insert(style.to_owned(), counts);
        counts
    }
}
