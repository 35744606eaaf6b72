//! Web pages, as saved from a site or written by a word processor: the article with its headings and
//! tables, the title, the day. It knows nothing of mails or archives that pages come in.

mod article;
mod dom;
mod flow;
#[cfg(test)]
mod tests;

use self::dom::{Dom, Element, Step};
use self::flow::Line;
use super::paragraph::Paragraph;
use super::{Block, Budget, Error, Extracted, Properties, charset};

/// Reads a page from its bytes.
///
/// # Errors
/// [`Error::NoText`], [`Error::Broken`] where the bytes are no text, and those of
/// [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    extract_labelled(bytes, None, budget)
}

/// Reads a page from its bytes; `label` is the encoding that came with it, which goes before what
/// the page says.
///
/// # Errors
/// As [`extract`].
pub(super) fn extract_labelled(
    bytes: &[u8],
    label: Option<&str>,
    budget: &mut Budget,
) -> Result<Extracted, Error> {
    let declared = charset::declared(bytes);
    let html = charset::decode(bytes, label.or(declared.as_deref()), budget)?;
    extract_text(&html, budget)
}

/// Reads a page from its text.
///
/// # Errors
/// [`Error::NoText`], and those of [`Budget::spend`].
pub(super) fn extract_text(html: &str, budget: &mut Budget) -> Result<Extracted, Error> {
    let dom = Dom::parse(html, budget)?;
    let (lines, candidates) = flow::read(&dom, article::is_candidate, budget)?;
    let head = Head::read(&dom);
    let lines = article::choose(lines, &candidates, &head.full_title);
    let properties = head.into_properties(&lines);
    let blocks = into_blocks(lines);
    if blocks.is_empty() {
        return Err(Error::NoText {
            detail: "a page without text".to_owned(),
        });
    }
    Ok(Extracted { blocks, properties })
}

/// All that is shown of a piece of HTML that is no page of a site, such as the body of a mail.
///
/// # Errors
/// Those of [`Budget::spend`].
pub(super) fn fragment(html: &str, budget: &mut Budget) -> Result<Vec<Block>, Error> {
    let dom = Dom::parse(html, budget)?;
    let (mut lines, _) = flow::read(&dom, |_| false, budget)?;
    lines.retain(|line| !line.is_aside);
    Ok(into_blocks(lines))
}

/// The lines as blocks. A single `h1` is the title if nothing but short lines are in front of it.
fn into_blocks(mut lines: Vec<Line>) -> Vec<Block> {
    let n_titles = lines.iter().filter(|line| line.level == Some(1)).count();
    let first = lines
        .iter_mut()
        .find(|line| line.level.is_some() || line.is_running_text());
    if let Some(line) = first
        && line.level == Some(1)
        && n_titles == 1
    {
        line.level = Some(0);
    }
    let blocks = lines.into_iter().map(|line| Block {
        text: line.text,
        level: line.level,
    });
    blocks.collect()
}

/// What the head of a page says of it.
#[derive(Debug, Default)]
struct Head {
    /// As in `<title>`, with the name of the site.
    full_title: String,
    /// From the `<meta>` of a publishing system, with its rank: the lower, the better.
    title: Option<(usize, String)>,
    created: Option<(usize, String)>,
    author: Option<(usize, String)>,
}

/// Names of `<meta>` for the title, best first.
const TITLE_NAMES: &[&str] = &["articletitle", "og:title", "twitter:title", "dc.title"];
/// Names of `<meta>` for the day.
const CREATED_NAMES: &[&str] = &[
    "pubdate",
    "publishdate",
    "article:published_time",
    "datepublished",
    "publish_date",
    "publication_date",
    "og:release_date",
    "dc.date",
    "dcterms.created",
    "firstpublishedtime",
    "date",
];
/// Names of `<meta>` for the author.
const AUTHOR_NAMES: &[&str] = &["author", "article:author", "dc.creator"];

impl Head {
    fn read(dom: &Dom) -> Self {
        let mut head = Self::default();
        let mut title = Paragraph::default();
        let mut in_title = false;
        for step in dom.walk() {
            match step {
                Step::Enter(id, element) if element.name() == "title" => {
                    // A drawing may have a title of its own.
                    in_title = dom.ancestors(id).all(|(_, outer)| outer.name() != "svg")
                        && title.is_empty();
                }
                Step::Leave(_, element) if element.name() == "title" => in_title = false,
                Step::Text(text) if in_title => title.push(text),
                Step::Enter(_, element) if element.name() == "meta" => head.read_meta(element),
                _ => (),
            }
        }
        head.full_title = title.take().unwrap_or_default();
        head
    }

    fn read_meta(&mut self, element: &Element) {
        let name = ["name", "property", "itemprop"]
            .iter()
            .find_map(|&attribute| element.attribute(attribute));
        let (Some(name), Some(content)) = (name, element.attribute("content")) else {
            return;
        };
        let name = name.trim().to_ascii_lowercase();
        let mut paragraph = Paragraph::default();
        paragraph.push(content);
        let Some(content) = paragraph.take() else {
            return;
        };
        keep_best(&mut self.title, TITLE_NAMES, &name, || {
            Some(content.clone())
        });
        keep_best(&mut self.created, CREATED_NAMES, &name, || day_in(&content));
        keep_best(&mut self.author, AUTHOR_NAMES, &name, || {
            Some(content.clone())
        });
    }

    fn into_properties(self, lines: &[Line]) -> Properties {
        let from_title = without_site(&self.full_title);
        let title = match self.title {
            Some((_, title)) => Some(without_site(&title)),
            None => heading_of(lines, &self.full_title, &from_title).or(Some(from_title)),
        };
        Properties {
            title: title.filter(|title| !title.is_empty()),
            author: self.author.map(|(_, author)| author),
            created: self.created.map(|(_, day)| day),
        }
    }
}

/// Replaces what was found before if `name` stands further in front in `names`.
fn keep_best(
    found: &mut Option<(usize, String)>,
    names: &[&str],
    name: &str,
    value: impl FnOnce() -> Option<String>,
) {
    if let Some(rank) = names.iter().position(|&known| known == name)
        && found.as_ref().is_none_or(|(best, _)| rank < *best)
        && let Some(value) = value()
    {
        *found = Some((rank, value));
    }
}

/// The only `h1`, if the title in the head agrees that it is the title and not the name of the site.
fn heading_of(lines: &[Line], full_title: &str, from_title: &str) -> Option<String> {
    let mut headings = lines.iter().filter(|line| line.level == Some(1));
    let heading = headings.next()?;
    if headings.next().is_some() || heading.n_chars < 4 {
        return None;
    }
    let agrees = full_title.is_empty()
        || full_title.starts_with(&heading.text)
        || !from_title.is_empty() && heading.text.contains(from_title);
    agrees.then(|| heading.text.clone())
}

/// Ends of the names of sites.
const SITE_ENDS: &[&str] = &[
    "网",
    "网站",
    "报",
    "报社",
    "社",
    "门户",
    "在线",
    "频道",
    "中心",
    "政府",
    "人民政府",
    "办公厅",
    "办公室",
    "委员会",
    "新闻",
    "要闻",
    "客户端",
    "平台",
    "之窗",
    "专题",
    "栏目",
    "政务",
    "news",
    "net",
    "com",
];

/// A title without the name of the site behind it: the last part after `_`, `|`, `-` or a dash, if
/// it looks like the name of a site; all parts after `_`, which is in no title.
fn without_site(title: &str) -> String {
    let mut title = title.trim();
    if let Some((first, _)) = title.split_once(['_', '|', '｜'])
        && first.trim().chars().count() >= 4
    {
        title = first.trim();
    }
    while let Some(at) = title.rfind(['-', '–', '—', '_', '|', '｜']) {
        let (front, site) = title.split_at(at);
        let site = site.trim_start_matches(['-', '–', '—', '_', '|', '｜', ' ']);
        let front = front.trim_end_matches(['-', '–', '—', '_', '|', '｜', ' ']);
        let is_site = site.is_empty()
            || site.chars().count() <= 20
                && SITE_ENDS
                    .iter()
                    .any(|end| site.to_ascii_lowercase().ends_with(end));
        if !is_site || front.chars().count() < 4 {
            break;
        }
        title = front;
    }
    title.to_owned()
}

/// The first day in a text such as `2019-01-25 10:00`, `2019年1月5日` or `20190125`, as
/// `YYYY-MM-DD`.
pub(super) fn day_in(text: &str) -> Option<String> {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .take(8)
        .peekable();
    while let Some(number) = numbers.next() {
        if number.len() == 4
            && let Some(&month) = numbers.peek()
        {
            let mut rest = numbers.clone();
            rest.next();
            let day = rest.next().unwrap_or_default();
            if let Some(found) = day_of(number, month, day) {
                return Some(found);
            }
        } else if number.len() >= 8
            && let (Some(year), Some(month), Some(day)) =
                (number.get(..4), number.get(4..6), number.get(6..8))
            && let Some(found) = day_of(year, month, day)
        {
            return Some(found);
        }
    }
    None
}

fn day_of(year: &str, month: &str, day: &str) -> Option<String> {
    let (year, month, day): (u16, u8, u8) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let is_day =
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_day.then(|| format!("{year:04}-{month:02}-{day:02}"))
}
