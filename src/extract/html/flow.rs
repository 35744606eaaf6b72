//! From the tree of a page to its lines: paragraphs, headings, rows of tables, with what is needed to
//! tell an article from what stands around it. It drops what no reader sees; it does not choose.

use super::super::paragraph::Paragraph;
use super::super::{Budget, Error};
use super::dom::{Dom, Element, Step};

/// Steps of the walk between two looks at the clock.
const STEPS_PER_LOOK: usize = 4096;
/// A longer line in a cell makes its row a part of the layout, not a row of a table.
const LONG_CELL_CHARS: usize = 40;
/// A longer heading is running text in the clothes of a heading.
const LONG_HEADING_CHARS: usize = 120;

/// A line of a page, not yet known to belong to the article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) level: Option<u8>,
    /// Characters that are no white space.
    pub(super) n_chars: usize,
    /// Of these, the ones in links.
    pub(super) n_linked: usize,
    /// Links that begin in it.
    pub(super) n_links: usize,
    /// Cells of the row that it is.
    pub(super) n_cells: usize,
    /// In an element for navigation and the like, or in one that is not shown.
    pub(super) is_aside: bool,
    /// The cell it stands in, counted from 1 in its row.
    cell: usize,
}

/// An element that by its name, id or class should hold the article, and the lines in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads the lines of a page, and where the elements for which `is_candidate` holds stand in them.
///
/// # Errors
/// Those of [`Budget::spend`].
pub(super) fn read(
    dom: &Dom,
    is_candidate: fn(&Element) -> bool,
    budget: &mut Budget,
) -> Result<(Vec<Line>, Vec<Candidate>), Error> {
    let layout_rows = layout_rows(dom);
    let mut flow = Flow::default();
    let mut walk = dom.walk();
    let mut n_steps = 0usize;
    while let Some(step) = walk.next() {
        n_steps = n_steps.wrapping_add(1);
        if n_steps.is_multiple_of(STEPS_PER_LOOK) {
            budget.spend(std::mem::take(&mut flow.made))?;
        }
        match step {
            Step::Enter(_, element) if is_left_out(element) => walk.skip_element(),
            Step::Enter(id, element) => {
                flow.enter(element, layout_rows.binary_search(&id).is_ok());
                if is_candidate(element) {
                    flow.open_candidate(id);
                }
            }
            Step::Leave(id, element) => {
                if is_candidate(element) {
                    flow.close_candidate(id, is_block(element.name()));
                }
                flow.leave(element);
            }
            Step::Text(text) => flow.text(text),
        }
    }
    flow.end_line();
    budget.spend(flow.made)?;
    Ok((flow.lines, flow.candidates))
}

/// Elements whose text is not a part of the page.
fn is_left_out(element: &Element) -> bool {
    matches!(
        element.name(),
        "head"
            | "title"
            | "script"
            | "style"
            | "noscript"
            | "template"
            | "rt"
            | "rp"
            | "rtc"
            | "button"
            | "select"
            | "textarea"
            | "datalist"
            | "iframe"
            | "object"
            | "audio"
            | "video"
            | "canvas"
            | "svg"
            | "noframes"
    )
}

/// Elements that stand beside the article, or are not shown. Their text is taken up only if it is
/// the better part of the page, as where an end tag was forgotten.
fn is_aside(element: &Element) -> bool {
    if matches!(element.name(), "nav" | "footer" | "aside") {
        return true;
    }
    let is_hidden =
        element.attribute("hidden").is_some() || element.attribute("aria-hidden") == Some("true");
    is_hidden
        || style_of(element).is_some_and(|style| {
            style.contains("display:none") || style.contains("visibility:hidden")
        })
}

/// The style in its tag, in lower case and without spaces.
fn style_of(element: &Element) -> Option<String> {
    let style = element.attribute("style")?;
    let letters = style.chars().filter(|c| !c.is_whitespace());
    Some(letters.map(|c| c.to_ascii_lowercase()).collect())
}

fn keeps_lines(element: &Element) -> bool {
    matches!(element.name(), "pre" | "listing" | "xmp" | "plaintext")
        || style_of(element).is_some_and(|style| style.contains("white-space:pre"))
}

fn heading_level(name: &str) -> Option<u8> {
    match name {
        "h1" => Some(1),
        "h2" => Some(2),
        "h3" => Some(3),
        "h4" => Some(4),
        "h5" => Some(5),
        "h6" => Some(6),
        _ => None,
    }
}

/// Whether the element makes a paragraph of its own.
///
/// Source: HTML, section 15.3 (rendering of flow content), and the elements of tables.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "listing"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "plaintext"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
            | "xmp"
    )
}

/// The rows that hold another table or a heading, in order: these are layout, not rows.
fn layout_rows(dom: &Dom) -> Vec<usize> {
    let mut rows = std::collections::BTreeSet::new();
    let mut open: Vec<usize> = Vec::new();
    for step in dom.walk() {
        match step {
            Step::Enter(id, element) if element.name() == "tr" => open.push(id),
            Step::Leave(_, element) if element.name() == "tr" => {
                open.pop();
            }
            Step::Enter(_, element)
                if element.name() == "table" || heading_level(element.name()).is_some() =>
            {
                // Rows further out were marked when the inner ones were, or are marked now.
                for &row in open.iter().rev() {
                    if !rows.insert(row) {
                        break;
                    }
                }
            }
            _ => (),
        }
    }
    rows.into_iter().collect()
}

/// The line being read and all that is open around it.
#[derive(Debug, Default)]
struct Flow {
    lines: Vec<Line>,
    candidates: Vec<Candidate>,
    /// The node of each candidate that is open, and its place among the candidates.
    open_candidates: Vec<(usize, usize)>,
    paragraph: Paragraph,
    n_linked: usize,
    n_links: usize,
    links: usize,
    asides: usize,
    kept_lines: usize,
    headings: Vec<u8>,
    row: Option<Row>,
    /// Bytes of text made since the budget was last asked.
    made: u64,
}

/// A row being read.
#[derive(Debug)]
struct Row {
    first_line: usize,
    first_candidate: usize,
    n_cells: usize,
}

impl Flow {
    fn enter(&mut self, element: &Element, is_layout_row: bool) {
        let name = element.name();
        if is_block(name) {
            self.end_line();
        }
        self.asides += usize::from(is_aside(element));
        self.kept_lines += usize::from(keeps_lines(element));
        if let Some(level) = heading_level(name) {
            self.headings.push(level);
        }
        match name {
            // In a heading it only breaks the line, as in a title of two lines.
            "br" if self.headings.is_empty() => self.end_line(),
            "br" => self.paragraph.line_break(),
            "a" => {
                self.links += 1;
                self.n_links += 1;
            }
            "tr" => {
                self.row = (!is_layout_row).then_some(Row {
                    first_line: self.lines.len(),
                    first_candidate: self.candidates.len(),
                    n_cells: 0,
                });
            }
            "td" | "th" => {
                if let Some(row) = &mut self.row {
                    row.n_cells += 1;
                }
            }
            _ => (),
        }
    }

    fn leave(&mut self, element: &Element) {
        let name = element.name();
        if is_block(name) {
            self.end_line();
        }
        self.asides = self.asides.saturating_sub(usize::from(is_aside(element)));
        self.kept_lines = self
            .kept_lines
            .saturating_sub(usize::from(keeps_lines(element)));
        if heading_level(name).is_some() {
            self.headings.pop();
        }
        match name {
            "a" => self.links = self.links.saturating_sub(1),
            "tr" => self.end_row(),
            _ => (),
        }
    }

    fn text(&mut self, text: &str) {
        self.made = self.made.saturating_add(text.len() as u64);
        if self.kept_lines == 0 {
            self.paragraph.push(text);
            self.count_linked(text);
            return;
        }
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.end_line();
            }
            self.paragraph.push_verbatim(line);
            self.count_linked(line);
        }
    }

    fn count_linked(&mut self, text: &str) {
        if self.links > 0 {
            self.n_linked += text.chars().filter(|c| !c.is_whitespace()).count();
        }
    }

    fn end_line(&mut self) {
        let n_linked = std::mem::take(&mut self.n_linked);
        let n_links = std::mem::replace(&mut self.n_links, self.links);
        let Some(text) = self.paragraph.take() else {
            return;
        };
        let n_chars = text.chars().filter(|c| !c.is_whitespace()).count();
        let level = self.headings.last().copied();
        self.lines.push(Line {
            text,
            level: level.filter(|_| n_chars <= LONG_HEADING_CHARS),
            n_chars,
            n_linked: n_linked.min(n_chars),
            n_links,
            n_cells: 0,
            is_aside: self.asides > 0,
            cell: self.row.as_ref().map_or(0, |row| row.n_cells),
        });
    }

    /// Makes one line of the lines of a row, unless it is layout: a cell of several lines, one of
    /// them long or a sentence or a link.
    fn end_row(&mut self) {
        let Some(row) = self.row.take() else {
            return;
        };
        let Some(lines) = self.lines.get(row.first_line..) else {
            return;
        };
        let cells: Vec<&[Line]> = lines.chunk_by(|a, b| a.cell == b.cell).collect();
        let is_layout = |cell: &&[Line]| {
            cell.len() > 1
                && cell.iter().any(|line| {
                    line.n_chars > LONG_CELL_CHARS || line.n_links > 0 || line.ends_a_sentence()
                })
        };
        if cells.len() < 2 || cells.iter().any(is_layout) {
            return;
        }
        let mut merged = Line {
            n_cells: cells.len(),
            is_aside: lines.iter().all(|line| line.is_aside),
            ..Line::default()
        };
        let mut at = 0;
        for cell in cells {
            let number = cell.first().map_or(0, |line| line.cell);
            if at > 0 {
                let n_tabs = number.saturating_sub(at);
                merged.text.extend(std::iter::repeat_n('\t', n_tabs));
            }
            at = number;
            for (i, line) in cell.iter().enumerate() {
                if i > 0 {
                    merged.text.push(' ');
                }
                merged.text.push_str(&line.text);
                merged.n_chars += line.n_chars;
                merged.n_linked += line.n_linked;
                merged.n_links += line.n_links;
            }
        }
        self.made = self.made.saturating_add(merged.text.len() as u64);
        self.lines.truncate(row.first_line);
        self.lines.push(merged);
        for candidate in self.candidates.iter_mut().skip(row.first_candidate) {
            candidate.start = row.first_line;
            candidate.end = self.lines.len();
        }
    }

    fn open_candidate(&mut self, node: usize) {
        self.open_candidates.push((node, self.candidates.len()));
        self.candidates.push(Candidate {
            start: self.lines.len(),
            end: self.lines.len(),
        });
    }

    fn close_candidate(&mut self, node: usize, is_block: bool) {
        if is_block {
            self.end_line();
        }
        let Some((_, place)) = self.open_candidates.pop_if(|open| open.0 == node) else {
            return;
        };
        // The line that is still being read belongs to an element in it.
        let n_lines = self.lines.len() + usize::from(!self.paragraph.is_empty());
        if let Some(candidate) = self.candidates.get_mut(place) {
            candidate.end = n_lines;
        }
    }
}

impl Line {
    /// Whether the last character ends a sentence, quotes and brackets aside.
    pub(super) fn ends_a_sentence(&self) -> bool {
        let text = self.text.trim_end_matches(['”', '’', '）', ')', '"', '」']);
        text.ends_with(['。', '！', '？', '；', '：', '…'])
    }
}
