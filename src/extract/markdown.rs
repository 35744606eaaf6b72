//! Markdown files: headings, lists, tables and the text between the marks. It knows what `CommonMark`
//! says, but for asterisks, which in this archive mostly stand for names that were struck out.

mod masks;
#[cfg(test)]
mod tests;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::paragraph::Paragraph;
use super::{Block, Budget, Error, Extracted, Properties, html};

/// Front matter is no longer than this many lines.
const FRONT_MATTER_LINES: usize = 200;
/// A longer heading is running text with a line below it.
const LONG_HEADING_CHARS: usize = 120;
/// Events between two looks at the clock.
const EVENTS_PER_LOOK: usize = 4096;

/// Reads a Markdown file.
///
/// Asterisks are taken as Markdown only in a file that is plainly Markdown otherwise, that is, in
/// which something is found that asterisks have no part in: a heading, a list, a table, a fenced
/// block, a quote or a link (or two lines that begin with `* `). In such a file a `*` in front of an
/// item and a line of asterisks alone are marks, and pairs of `*`, `**` and `***` are emphasis where
/// they cannot be two struck-out names; see [`masks::hide_masks`] for the rule. All other asterisks
/// stay in the text as they are, and so does `_` in words and a single `~`.
///
/// A line that begins with an ideographic space begins a paragraph.
///
/// # Errors
/// [`Error::NoText`], and those of [`Budget::spend`].
pub(super) fn extract(text: &str, budget: &mut Budget) -> Result<Extracted, Error> {
    budget.spend(text.len() as u64)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let (mut properties, body) = front_matter(text);
    let hidden = masks::hide_all(body);
    let is_markdown = masks::has_starred_list(body) || is_plainly_markdown(&hidden, budget)?;
    let hidden = if is_markdown {
        masks::hide_masks(body)
    } else {
        hidden
    };
    let mut writer = Writer::default();
    for (i, event) in Parser::new_ext(&hidden, options()).enumerate() {
        if i.is_multiple_of(EVENTS_PER_LOOK) {
            budget.spend(std::mem::take(&mut writer.made))?;
        }
        writer.event(event, budget)?;
    }
    writer.end_block();
    budget.spend(writer.made)?;
    let mut blocks = writer.blocks;
    if blocks.is_empty() {
        return Err(Error::NoText {
            detail: "a file of marks only".to_owned(),
        });
    }
    let title = raise_title(&mut blocks);
    properties.title = properties.title.or(title);
    Ok(Extracted { blocks, properties })
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
}

fn is_plainly_markdown(hidden: &str, budget: &mut Budget) -> Result<bool, Error> {
    for (i, event) in Parser::new_ext(hidden, options()).enumerate() {
        if i.is_multiple_of(EVENTS_PER_LOOK) {
            budget.spend(0)?;
        }
        if let Event::Start(
            Tag::Heading { .. }
            | Tag::List(_)
            | Tag::Table(_)
            | Tag::CodeBlock(CodeBlockKind::Fenced(_))
            | Tag::BlockQuote(_)
            | Tag::Link { .. },
        ) = event
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A single heading of level 1 becomes the title, which is given.
fn raise_title(blocks: &mut [Block]) -> Option<String> {
    let mut titles = blocks.iter_mut().filter(|block| block.level == Some(1));
    let title = titles.next()?;
    if titles.next().is_some() {
        return None;
    }
    title.level = Some(0);
    Some(title.text.clone())
}

/// The properties in the front matter and what follows it. Front matter stands between two lines
/// `---` (or `+++`) at the very start, and its lines are settings, so that text between two rules is
/// not taken for it.
fn front_matter(text: &str) -> (Properties, &str) {
    let none = (Properties::default(), text);
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let mark = first.trim_end();
    if !matches!(mark, "---" | "+++") {
        return none;
    }
    let mut properties = Properties::default();
    let mut n_bytes = first.len();
    for line in lines.take(FRONT_MATTER_LINES) {
        n_bytes = n_bytes.saturating_add(line.len());
        let line = line.trim_end();
        if line == mark || mark == "---" && line == "..." {
            return (properties, text.get(n_bytes..).unwrap_or_default());
        }
        if line.is_empty() || line.starts_with([' ', '\t', '#', '-', '[']) {
            continue;
        }
        let Some((name, value)) = line.split_once([':', '=']) else {
            return none;
        };
        if !name
            .trim_end()
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        {
            return none;
        }
        let value = value.trim().trim_matches(['"', '\'']).trim();
        let filled = (!value.is_empty()).then(|| value.to_owned());
        match name.trim_end().to_ascii_lowercase().as_str() {
            "title" => properties.title = filled,
            "author" => properties.author = filled,
            "date" => properties.created = html::day_in(value),
            _ => (),
        }
    }
    none
}

/// Makes blocks of the events of the parser.
#[derive(Debug, Default)]
struct Writer {
    blocks: Vec<Block>,
    paragraph: Paragraph,
    level: Option<u8>,
    /// The cells of the row that is open.
    row: Option<Vec<String>>,
    /// The number of the next item of each list that is open, where it is numbered.
    lists: Vec<Option<u64>>,
    is_code: bool,
    /// The HTML of the block that is open.
    html: Option<String>,
    /// A line has just ended within a paragraph.
    at_line_start: bool,
    /// Bytes made since the budget was last asked.
    made: u64,
}

impl Writer {
    fn event(&mut self, event: Event<'_>, budget: &mut Budget) -> Result<(), Error> {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag, budget)?,
            Event::Text(text) if self.is_code => self.code(&text),
            Event::Text(text) => self.text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text);
            }
            Event::Html(text) => {
                if let Some(html) = &mut self.html {
                    html.push_str(&masks::restore(&text));
                }
            }
            Event::InlineHtml(tag) => {
                let tag = tag.to_ascii_lowercase();
                if tag.starts_with("<br") || tag.starts_with("<p") {
                    self.hard_break();
                }
            }
            Event::SoftBreak => {
                self.paragraph.line_break();
                self.at_line_start = true;
            }
            Event::HardBreak => self.hard_break(),
            Event::Rule => self.end_block(),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => (),
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::BlockQuote(_) | Tag::TableHead | Tag::TableRow => {
                // The number of an item stands in front of its first paragraph.
                if self.row.is_some() || !matches!(tag, Tag::Paragraph) {
                    self.end_block();
                }
                if matches!(tag, Tag::TableHead | Tag::TableRow) {
                    self.row = Some(Vec::new());
                }
            }
            Tag::Heading { level, .. } => {
                self.level = Some(match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    HeadingLevel::H3 => 3,
                    HeadingLevel::H4 => 4,
                    HeadingLevel::H5 => 5,
                    HeadingLevel::H6 => 6,
                });
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                self.is_code = true;
            }
            Tag::HtmlBlock => {
                self.end_block();
                self.html = Some(String::new());
            }
            Tag::List(first) => {
                self.end_block();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.end_block();
                if let Some(Some(number)) = self.lists.last_mut() {
                    let marker = format!("{number}. ");
                    *number = number.saturating_add(1);
                    self.paragraph.push(&marker);
                }
            }
            _ => (),
        }
    }

    fn end(&mut self, tag: TagEnd, budget: &mut Budget) -> Result<(), Error> {
        match tag {
            TagEnd::Paragraph | TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::Table => {
                self.end_block();
            }
            TagEnd::Heading(_) => {
                self.end_block();
                self.level = None;
            }
            TagEnd::CodeBlock => {
                self.end_block();
                self.is_code = false;
            }
            TagEnd::HtmlBlock => {
                let html = self.html.take().unwrap_or_default();
                self.blocks.extend(html::fragment(&html, budget)?);
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
            }
            TagEnd::TableCell => {
                let cell = self.paragraph.take().unwrap_or_default();
                if let Some(row) = &mut self.row {
                    row.push(cell);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                let cells = self.row.take().unwrap_or_default();
                let text = cells.join("\t");
                self.add(text.trim_matches('\t'));
            }
            _ => (),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if std::mem::take(&mut self.at_line_start) && text.starts_with('\u{3000}') {
            self.hard_break();
        }
        self.paragraph.push(&masks::restore(text));
    }

    fn code(&mut self, text: &str) {
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.end_block();
            }
            self.paragraph.push_verbatim(&masks::restore(line));
        }
    }

    /// In a cell of a table or a heading it only breaks the line.
    fn hard_break(&mut self) {
        if self.row.is_some() || self.level.is_some() {
            self.paragraph.line_break();
        } else {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        self.at_line_start = false;
        if let Some(text) = self.paragraph.take() {
            self.add(&text);
        }
    }

    fn add(&mut self, text: &str) {
        self.made = self.made.saturating_add(text.len() as u64);
        if text.is_empty() {
            return;
        }
        let is_heading = self.row.is_none() && text.chars().count() <= LONG_HEADING_CHARS;
        self.blocks.push(Block {
            text: text.to_owned(),
            level: self.level.filter(|_| is_heading),
        });
    }
}
