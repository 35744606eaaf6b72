//! The text of a word-processing document's part (body or notes), walked from element to element. It
//! knows which elements show text to a reader and which do not; what becomes of the text is the
//! flow's affair.
//!
//! Source: ECMA-376 part 1, 17; part 3, 7.3 for alternatives.

use super::super::flow::{Flow, Label, ParagraphEnd};
use super::super::soft_breaks;
use super::super::xml::{Element, Node, XmlReader};
use super::super::{Block, Budget, Error};
use super::numbering::{Counters, Numbering};
use super::styles::{Styles, is_on, level_by_outline, small};

/// What the text refers to.
#[derive(Debug)]
pub(super) struct Definitions {
    pub(super) styles: Styles,
    pub(super) numbering: Numbering,
}

/// What a part shows.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Its blocks, those of notes excepted.
    pub(super) blocks: Vec<Block>,
    /// The notes that it refers to, in order.
    pub(super) references: Vec<NoteReference>,
    /// The notes in it, by their ids.
    pub(super) notes: Vec<(String, Vec<Block>)>,
    /// Pictures seen.
    pub(super) n_pictures: usize,
    /// The local name of its outermost element.
    pub(super) root: String,
}

/// A reference to a note.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoteReference {
    pub(super) at_end: bool,
    pub(super) id: String,
}

/// Walks through a part.
///
/// # Errors
/// Those of [`XmlReader::next`] and of [`Budget::spend`].
pub(super) fn walk(
    xml: &mut XmlReader<'_>,
    definitions: &Definitions,
    counters: &mut Counters,
    budget: &mut Budget,
) -> Result<Walked, Error> {
    let mut walker = Walker {
        definitions,
        counters,
        flow: Flow::default(),
        inside: Vec::new(),
        paragraphs: Vec::new(),
        text: String::new(),
        walked: Walked::default(),
    };
    while let Some(node) = xml.next(budget)? {
        match node {
            Node::Start(element) => match walker.start(&element) {
                Some(inside) => walker.inside.push(inside),
                None => xml.skip(budget)?,
            },
            Node::End(_) => walker.end(budget)?,
            Node::Text(text) => {
                if matches!(walker.inside.last(), Some(Inside::Text { .. })) {
                    walker.text.push_str(&text);
                }
            }
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
    Paragraph,
    ParagraphProperties,
    Run,
    RunProperties,
    Text {
        keeps_blanks: bool,
    },
    Row,
    Cell,
    Note {
        id: String,
    },
    /// With the text made before it: one branch is enough as soon as there is more.
    Alternatives {
        n_made: u64,
    },
    Other,
}

/// The properties of a paragraph that has begun.
#[derive(Debug, Default)]
struct Paragraph {
    style: Option<String>,
    list: Option<String>,
    list_level: Option<u8>,
    outline: Option<u8>,
    is_end_deleted: bool,
    /// Hidden with the run that it hangs on.
    is_inherited_hidden: bool,
    /// Fields that have begun, whether what comes is still their instruction.
    fields: Vec<bool>,
    /// How many of them that is true of.
    n_instructions: usize,
    runs: Vec<Run>,
}

#[derive(Debug, Default)]
struct Run {
    style: Option<String>,
    vanish: Option<bool>,
    hidden: bool,
}

struct Walker<'a> {
    definitions: &'a Definitions,
    counters: &'a mut Counters,
    flow: Flow,
    inside: Vec<Inside>,
    paragraphs: Vec<Paragraph>,
    /// Of the text element that has begun.
    text: String,
    walked: Walked,
}

impl Walker<'_> {
    /// Takes in the beginning of an element; `None` where a reader sees nothing of it.
    fn start(&mut self, element: &Element<'_>) -> Option<Inside> {
        let name = element.name();
        if self.inside.is_empty() {
            name.clone_into(&mut self.walked.root);
        }
        if name.ends_with("Change") {
            return None;
        }
        match self.inside.last() {
            Some(Inside::ParagraphProperties) => return self.paragraph_property(element),
            Some(Inside::RunProperties) => {
                self.run_property(element);
                return Some(Inside::Other);
            }
            _ => {}
        }
        let inside = match name {
            "p" => {
                self.open_paragraph();
                Inside::Paragraph
            }
            "pPr" => Inside::ParagraphProperties,
            "r" => {
                self.open_run();
                Inside::Run
            }
            "rPr" if matches!(self.inside.last(), Some(Inside::Run)) => Inside::RunProperties,
            "t" => {
                self.text.clear();
                let keeps_blanks = element.attribute("space").as_deref() == Some("preserve");
                Inside::Text { keeps_blanks }
            }
            "tab" | "ptab" | "br" | "cr" | "noBreakHyphen" | "sym" | "fldChar"
            | "footnoteReference" | "endnoteReference" => {
                self.in_run(element);
                Inside::Other
            }
            "tr" => {
                self.flow.open_row();
                Inside::Row
            }
            "tc" => {
                self.flow.open_cell();
                Inside::Cell
            }
            "vMerge" | "hMerge" => {
                if element.attribute("val").as_deref() != Some("restart") {
                    self.flow.is_rest_of_cell();
                }
                Inside::Other
            }
            "footnote" | "endnote" => {
                // Those with a type are separators.
                if element
                    .attribute("type")
                    .is_some_and(|kind| kind != "normal")
                {
                    return None;
                }
                self.flow.open_group();
                let id = element.attribute("id").unwrap_or_default();
                Inside::Note { id }
            }
            "AlternateContent" => {
                let n_made = self.flow.n_made();
                Inside::Alternatives { n_made }
            }
            "Choice" | "Fallback" => match self.inside.last() {
                Some(Inside::Alternatives { n_made }) if *n_made < self.flow.n_made() => {
                    return None;
                }
                _ => Inside::Other,
            },
            "textpath" => {
                if !self.is_hidden()
                    && let Some(words) = element.attribute("string")
                {
                    self.flow.drawn_text(&words);
                }
                Inside::Other
            }
            "blip" | "imagedata" => {
                self.walked.n_pictures = self.walked.n_pictures.saturating_add(1);
                Inside::Other
            }
            "del" | "moveFrom" | "delText" | "delInstrText" | "instrText" | "rt" | "sdtPr"
            | "sdtEndPr" | "sectPr" | "tblPr" | "tblGrid" | "trPr" | "fldData" | "binData"
            | "customXmlPr" | "smartTagPr" => return None,
            _ => Inside::Other,
        };
        Some(inside)
    }

    fn end(&mut self, budget: &mut Budget) -> Result<(), Error> {
        match self.inside.pop() {
            Some(Inside::Paragraph) => self.close_paragraph(budget)?,
            Some(Inside::Run) => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.runs.pop();
                }
            }
            Some(Inside::RunProperties) => self.settle_run(),
            Some(Inside::Text { keeps_blanks }) => {
                if !self.is_hidden() {
                    let blanks = [' ', '\t', '\n', '\r'];
                    let text = if keeps_blanks {
                        self.text.as_str()
                    } else {
                        self.text.trim_matches(blanks)
                    };
                    // A line break inside the element is a blank like any other.
                    if text.contains(['\n', '\r']) {
                        self.flow.text(&text.replace(['\n', '\r'], " "));
                    } else {
                        self.flow.text(text);
                    }
                }
            }
            Some(Inside::Row) => self.flow.close_row(budget)?,
            Some(Inside::Cell) => self.flow.close_cell(),
            Some(Inside::Note { id }) => {
                let blocks = self.flow.close_group();
                self.walked.notes.push((id, blocks));
            }
            Some(Inside::ParagraphProperties | Inside::Alternatives { .. } | Inside::Other)
            | None => {}
        }
        Ok(())
    }

    fn open_paragraph(&mut self) {
        let is_inherited_hidden = self.is_hidden();
        self.paragraphs.push(Paragraph {
            is_inherited_hidden,
            ..Paragraph::default()
        });
        self.flow.open_paragraph();
    }

    fn close_paragraph(&mut self, budget: &mut Budget) -> Result<(), Error> {
        let Some(paragraph) = self.paragraphs.pop() else {
            return Ok(());
        };
        let styles = &self.definitions.styles;
        let style = paragraph.style.as_deref();
        let mut end = ParagraphEnd {
            continues: paragraph.is_end_deleted,
            ..ParagraphEnd::default()
        };
        if !end.continues {
            end.level = match paragraph.outline {
                Some(outline) => level_by_outline(outline),
                None => styles.heading_level(style),
            };
            // An empty paragraph counts, too, but its number alone is no text.
            let label = self.count(&paragraph);
            end.label = label.filter(|_| !self.flow.is_blank());
        }
        self.flow.close_paragraph(end, budget)
    }

    fn count(&mut self, paragraph: &Paragraph) -> Option<Label> {
        let Definitions { styles, numbering } = self.definitions;
        let style = paragraph.style.as_deref();
        let (list, level) = if let Some(list) = &paragraph.list {
            (list.as_str(), paragraph.list_level)
        } else {
            let by_style = styles.numbering(style)?;
            let level_of = |style| numbering.level_of_style(by_style.list, style, styles);
            let level = paragraph
                .list_level
                .or_else(|| level_of(style?))
                .or(by_style.level)
                .or_else(|| level_of(by_style.style));
            (by_style.list, level)
        };
        numbering.count(self.counters, list, level.unwrap_or(0), styles)
    }

    fn paragraph_property(&mut self, element: &Element<'_>) -> Option<Inside> {
        let paragraph = self.paragraphs.last_mut()?;
        match element.name() {
            "pStyle" => paragraph.style = element.attribute("val"),
            "outlineLvl" => paragraph.outline = small(element),
            "numId" => paragraph.list = element.attribute("val"),
            "ilvl" => paragraph.list_level = small(element),
            // In the properties of the paragraph's mark.
            "del" | "moveFrom" => paragraph.is_end_deleted = true,
            "numPr" | "rPr" => return Some(Inside::ParagraphProperties),
            _ => return None,
        }
        Some(Inside::Other)
    }

    fn open_run(&mut self) {
        let hidden = self.is_hidden();
        if let Some(paragraph) = self.paragraphs.last_mut() {
            let is_first = paragraph.runs.is_empty();
            let styles = &self.definitions.styles;
            let by_style = is_first && styles.is_hidden(paragraph.style.as_deref());
            paragraph.runs.push(Run {
                hidden: hidden || by_style,
                ..Run::default()
            });
        }
    }

    fn run_property(&mut self, element: &Element<'_>) {
        let paragraph = self.paragraphs.last_mut();
        if let Some(run) = paragraph.and_then(|paragraph| paragraph.runs.last_mut()) {
            match element.name() {
                "rStyle" => run.style = element.attribute("val"),
                "vanish" => run.vanish = Some(is_on(element)),
                _ => {}
            }
        }
    }

    /// At the end of a run's properties: whether it is hidden by itself, or else by its styles.
    ///
    /// Source: ECMA-376 part 1, 17.7.3 (a property of two styles is on where one of them sets it).
    fn settle_run(&mut self) {
        let styles = &self.definitions.styles;
        let Some(paragraph) = self.paragraphs.last_mut() else {
            return;
        };
        let by_paragraph = styles.is_hidden(paragraph.style.as_deref());
        let inherited = paragraph.is_inherited_hidden;
        if let Some((run, outer)) = paragraph.runs.split_last_mut() {
            let by_character = styles.hides_characters(run.style.as_deref());
            let own = run.vanish.unwrap_or(by_paragraph != by_character);
            run.hidden = own || inherited || outer.iter().any(|run| run.hidden);
        }
    }

    /// Whether what comes now is hidden or the instruction of a field.
    fn is_hidden(&self) -> bool {
        self.paragraphs.last().is_some_and(|paragraph| {
            let in_run = paragraph.runs.last().is_some_and(|run| run.hidden);
            in_run || paragraph.is_inherited_hidden || paragraph.n_instructions > 0
        })
    }

    /// What a run holds beside text.
    fn in_run(&mut self, element: &Element<'_>) {
        if !matches!(self.inside.last(), Some(Inside::Run)) {
            return;
        }
        if element.name() == "fldChar" {
            self.field(element);
            return;
        }
        if self.is_hidden() {
            return;
        }
        match element.name() {
            "tab" | "ptab" => self.flow.text(" "),
            "noBreakHyphen" => self.flow.text("-"),
            "cr" => self.line_break(soft_breaks::LINE),
            "br" => match element.attribute("type").as_deref() {
                Some("page" | "column") => self.line_break(soft_breaks::PAGE),
                _ => self.line_break(soft_breaks::LINE),
            },
            "sym" => {
                let character = element.attribute("char");
                let code = character.and_then(|code| u32::from_str_radix(&code, 16).ok());
                // Symbol fonts show pictures in the private area or in place of other characters.
                let font = element.attribute("font").unwrap_or_default();
                let is_symbol = ["Wingdings", "Webdings", "Symbol"]
                    .iter()
                    .any(|symbols| font.starts_with(symbols));
                if let Some(character) = code.and_then(char::from_u32)
                    && !is_symbol
                    && !('\u{e000}'..='\u{f8ff}').contains(&character)
                {
                    self.flow.text(character.encode_utf8(&mut [0; 4]));
                }
            }
            name => {
                if let Some(id) = element.attribute("id") {
                    let at_end = name == "endnoteReference";
                    self.walked.references.push(NoteReference { at_end, id });
                }
            }
        }
    }

    fn line_break(&mut self, which: char) {
        self.flow.text(which.encode_utf8(&mut [0; 4]));
    }

    fn field(&mut self, element: &Element<'_>) {
        let Some(paragraph) = self.paragraphs.last_mut() else {
            return;
        };
        let ended_instruction = match element.attribute("fldCharType").as_deref() {
            Some("begin") => {
                paragraph.fields.push(true);
                paragraph.n_instructions = paragraph.n_instructions.saturating_add(1);
                false
            }
            Some("separate") => {
                let field = paragraph.fields.last_mut();
                field.is_some_and(std::mem::take)
            }
            Some("end") => paragraph.fields.pop().unwrap_or(false),
            _ => false,
        };
        let n_ended = usize::from(ended_instruction);
        paragraph.n_instructions = paragraph.n_instructions.saturating_sub(n_ended);
    }
}
