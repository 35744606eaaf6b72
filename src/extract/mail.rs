//! Mails (`.eml`) and web archives (`.mht`): which parts of a message are its text, and what they say.
//! Attachments are not read. It knows nothing of the form of messages or of HTML.

#[cfg(test)]
mod tests;

use super::mime::{Head, Part};
use super::paragraph::Paragraph;
use super::{Block, Budget, Error, Extracted, Properties, html};

/// Multiparts in each other, at most.
const MAX_DEPTH: usize = 10;
/// Messages in each other, at most.
const MAX_MESSAGES: usize = 3;
/// A plain text of fewer characters, with more than twice as many in the HTML beside it, only says
/// that the mail is in HTML.
const STUB_CHARS: usize = 200;

/// Reads a mail: its subject as the title, then its text.
///
/// # Errors
/// [`Error::Encrypted`] for S/MIME and PGP, [`Error::Broken`] for a file without headers,
/// [`Error::NoText`], and those of [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    let message = Part::parse(bytes);
    let head = message.head();
    if !head.has_fields() {
        return Err(Error::broken("no headers of a message"));
    }
    let mut blocks = Vec::new();
    blocks.extend(head.subject.clone().map(|text| Block {
        text,
        level: Some(0),
    }));
    let body = body_of(&message, Depth::default(), budget)?;
    blocks.extend(body.into_iter().map(|block| match block.level {
        // The title of a page in the mail is not the mail's.
        Some(0) if head.subject.is_some() => Block {
            level: Some(1),
            ..block
        },
        _ => block,
    }));
    if blocks.is_empty() {
        return Err(Error::NoText {
            detail: "a mail without subject and text".to_owned(),
        });
    }
    let properties = Properties {
        title: head.subject.clone(),
        author: head.author.clone(),
        created: head.created.clone(),
    };
    Ok(Extracted { blocks, properties })
}

/// Reads a web archive: the page in it, or, where that is a set of frames, the first page that has
/// text. Without a title of its own it has the one of the archive.
///
/// # Errors
/// As [`extract`]; [`Error::Unsupported`] where there is no page in it.
pub(super) fn extract_web_archive(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    let message = Part::parse(bytes);
    if !message.head().has_fields() {
        return Err(Error::broken("no headers of a web archive"));
    }
    let subject = message.head().subject.clone();
    let mut pages = Vec::new();
    find_pages(message, 0, &mut pages, budget)?;
    let mut no_text = Error::Unsupported {
        detail: "a web archive without a page".to_owned(),
    };
    // The first page with text is the one that was saved; others come in frames.
    for page in pages {
        let content = page.content(budget)?;
        let label = page.head().parameter("charset");
        match html::extract_labelled(&content, label, budget) {
            Ok(mut extracted) => {
                let title = &mut extracted.properties.title;
                *title = title.take().or(subject);
                return Ok(extracted);
            }
            Err(error @ (Error::NoText { .. } | Error::Broken { .. })) => no_text = error,
            Err(error) => return Err(error),
        }
    }
    Err(no_text)
}

/// The pages of a web archive, the root first.
fn find_pages<'a>(
    part: Part<'a>,
    depth: usize,
    pages: &mut Vec<Part<'a>>,
    budget: &mut Budget,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Ok(());
    }
    if part.head().media_type.starts_with("multipart/") {
        for part in part.parts(budget)? {
            find_pages(part, depth + 1, pages, budget)?;
        }
    } else if matches!(
        part.head().media_type.as_str(),
        "text/html" | "application/xhtml+xml"
    ) {
        pages.push(part);
    }
    Ok(())
}

/// How deep a part lies.
#[derive(Clone, Copy, Debug, Default)]
struct Depth {
    parts: usize,
    messages: usize,
}

impl Depth {
    fn of_part(self) -> Self {
        Self {
            parts: self.parts + 1,
            ..self
        }
    }
}

/// The text of a part, whatever its kind; attachments have none.
fn body_of(part: &Part<'_>, depth: Depth, budget: &mut Budget) -> Result<Vec<Block>, Error> {
    let head = part.head();
    if depth.parts > MAX_DEPTH {
        return Ok(Vec::new());
    }
    match head.media_type.as_str() {
        "message/rfc822" | "message/global" => nested(part, depth, budget),
        _ if head.is_attachment => Ok(Vec::new()),
        "text/plain" | "text/" => {
            let text = part.text(budget)?;
            if text.trim_start().starts_with("-----BEGIN PGP MESSAGE-----") {
                return Err(Error::Encrypted);
            }
            budget.spend(text.len() as u64)?;
            Ok(plain(&text, head))
        }
        "text/html" | "application/xhtml+xml" => html::fragment(&page(part, budget)?, budget),
        "multipart/alternative" => alternative(&part.parts(budget)?, depth, budget),
        "multipart/encrypted" => Err(Error::Encrypted),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => match head.parameter("smime-type")
        {
            None | Some("enveloped-data" | "authenveloped-data") => Err(Error::Encrypted),
            Some(kind) => Err(Error::Unsupported {
                detail: format!("a mail in the form `{kind}`"),
            }),
        },
        // The root comes first in practice, though `start` may name another.
        "multipart/related" => match part.parts(budget)?.first() {
            Some(root) => body_of(root, depth.of_part(), budget),
            None => Ok(Vec::new()),
        },
        kind if kind.starts_with("multipart/") => {
            let mut blocks = Vec::new();
            for part in part.parts(budget)? {
                blocks.extend(body_of(&part, depth.of_part(), budget)?);
            }
            Ok(blocks)
        }
        _ => Ok(Vec::new()),
    }
}

/// The subject and text of a message within the message.
fn nested(part: &Part<'_>, depth: Depth, budget: &mut Budget) -> Result<Vec<Block>, Error> {
    if depth.messages >= MAX_MESSAGES {
        return Ok(Vec::new());
    }
    let content = part.content(budget)?;
    let message = Part::parse(&content);
    let subject = message.head().subject.clone();
    let mut blocks: Vec<Block> = subject
        .map(|text| Block {
            text,
            level: Some(1),
        })
        .into_iter()
        .collect();
    let depth = Depth {
        parts: depth.parts + 1,
        messages: depth.messages + 1,
    };
    match body_of(&message, depth, budget) {
        Ok(body) => blocks.extend(body),
        // The outer message can be read.
        Err(Error::Encrypted | Error::Unsupported { .. }) => (),
        Err(error) => return Err(error),
    }
    Ok(blocks)
}

/// The plain text, unless it is only a stub of what stands in the HTML.
fn alternative(parts: &[Part<'_>], depth: Depth, budget: &mut Budget) -> Result<Vec<Block>, Error> {
    let (mut plain, mut rich) = (Vec::new(), Vec::new());
    for part in parts {
        let is_plain = part.head().media_type == "text/plain";
        let found = if is_plain { &mut plain } else { &mut rich };
        if found.is_empty() {
            *found = body_of(part, depth.of_part(), budget)?;
        }
    }
    let (n_plain, n_rich) = (n_chars(&plain), n_chars(&rich));
    let is_stub = n_plain < STUB_CHARS && n_rich > n_plain * 2;
    Ok(if is_stub { rich } else { plain })
}

fn n_chars(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.text.chars().count()).sum()
}

fn page(part: &Part<'_>, budget: &mut Budget) -> Result<String, Error> {
    let content = part.content(budget)?;
    let declared = super::charset::declared(&content);
    let label = part.head().parameter("charset").or(declared.as_deref());
    match super::charset::decode(&content, label, budget) {
        Err(Error::Broken { .. }) => Ok(String::from_utf8_lossy(&content).into_owned()),
        decoded => decoded,
    }
}

/// The lines of a plain text; those that are flowed are joined.
///
/// Source: RFC 3676, sections 4 and 5.
fn plain(text: &str, head: &Head) -> Vec<Block> {
    let is = |name: &str, value: &str| {
        head.parameter(name)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    let is_flowed = is("format", "flowed");
    let deletes_space = is("delsp", "yes");
    let mut writer = Lines::default();
    let mut last_quotes = None;
    for line in text.split(['\n', '\r']) {
        if !is_flowed {
            writer.paragraph.push_verbatim(line);
            writer.end();
            continue;
        }
        let content = line.trim_start_matches('>');
        let quotes = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        if last_quotes != Some(quotes) {
            writer.end();
        }
        let flows = content.ends_with(' ') && content != "-- ";
        writer
            .paragraph
            .push_verbatim(content.trim_end_matches(' '));
        if flows && !deletes_space {
            writer.paragraph.line_break();
        }
        if flows {
            last_quotes = Some(quotes);
        } else {
            writer.end();
            last_quotes = None;
        }
    }
    writer.end();
    writer.blocks
}

/// Paragraphs of a plain text.
#[derive(Default)]
struct Lines {
    paragraph: Paragraph,
    blocks: Vec<Block>,
}

impl Lines {
    fn end(&mut self) {
        let text = self.paragraph.take();
        self.blocks
            .extend(text.map(|text| Block { text, level: None }));
    }
}
