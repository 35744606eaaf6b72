//! The rules at work on one document: for each value, the places where it may stand, in the order of
//! trust. What a place may look like, the other modules know.

use super::head::Head;
use super::kind::{self, Kind, kind_of};
use super::line::{LazyLine, Line, Part, shortened};
use super::pattern::Named;
use super::{
    Derived, MAX_QUOTED, Rules, Source, dating, filing, meeting, region, signature, speaker,
    year_of,
};
use crate::document::Date;

/// Paragraphs of the beginning that some rules look at.
const OPENING: usize = 8;

/// The lines of a document that the rules look at.
pub(super) struct Lines<'a> {
    title: Line,
    head: Head,
    opening: Vec<LazyLine<'a>>,
    stem: Line,
    folders: Vec<Line>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(source: &Source<'a>) -> Self {
        let (folders, name) = source.path.rsplit_once('/').unwrap_or(("", source.path));
        Self {
            title: Line::new(&unspaced(&source.title.text)),
            head: Head::of(source.paragraphs),
            opening: source
                .paragraphs
                .iter()
                .take(OPENING)
                .map(|p| LazyLine::new(p))
                .collect(),
            stem: Line::new(without_ending(name)),
            folders: folders
                .split('/')
                .filter(|f| !f.is_empty())
                .map(Line::new)
                .collect(),
        }
    }
}

pub(super) fn without_ending(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// `政 府 工 作 报 告` without its blanks.
fn unspaced(title: &str) -> String {
    let single = title
        .split_whitespace()
        .all(|piece| piece.chars().count() == 1);
    if single {
        title.split_whitespace().collect()
    } else {
        title.to_owned()
    }
}

/// A title, a subtitle or the name of the file.
struct Titled<'a> {
    part: Part<'a>,
    place: &'static str,
    kind: Option<Kind<'a>>,
}

/// The rules at work on one document.
pub(super) struct Reading<'a> {
    source: &'a Source<'a>,
    lines: &'a Lines<'a>,
    /// In the order of trust.
    titles: Vec<Titled<'a>>,
    named: Vec<Named>,
    use_created: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn of(source: &'a Source<'a>, lines: &'a Lines<'a>, rules: &Rules) -> Self {
        let stem = lines.stem.whole();
        let in_text =
            !source.title.paragraphs.is_empty() || source.title.text.trim() != stem.original();
        let title = (lines.title.whole(), if in_text { "标题" } else { "文件名" });
        let subtitles = lines.head.subtitles().map(|line| (line, "副标题"));
        let titles = std::iter::once(title)
            .chain(subtitles)
            .chain([(stem, "文件名")]);
        let titles = titles.map(|(part, place)| Titled {
            part,
            place,
            kind: kind_of(part),
        });
        Self {
            source,
            lines,
            titles: titles.collect(),
            named: rules.patterns.read(without_ending(source.path)),
            use_created: rules.use_created,
        }
    }

    /// A value that a template of paths found.
    pub(super) fn named(&self, field: &str) -> Option<Derived<String>> {
        let named = self.named.iter().find(|named| named.field == field)?;
        let place = if named.in_file_name {
            "文件名"
        } else {
            "文件夹"
        };
        Some(Derived::read(named.value.clone(), place, &named.value))
    }

    fn kind_name(&self) -> Option<&'static str> {
        self.titles
            .iter()
            .find_map(|title| Some(title.kind.as_ref()?.name))
    }

    pub(super) fn date(&self) -> Option<Derived<Date>> {
        let lines = self.lines;
        let named = self.named("date").and_then(|named| {
            let value = super::date::parse(&named.value)?;
            Some(Derived {
                value,
                from: named.from,
            })
        });
        let of_text = || {
            dating::of_text(
                &lines.head,
                &lines.opening,
                self.source.paragraphs,
                self.kind_name(),
            )
        };
        let found = named.or_else(of_text);
        if found
            .as_ref()
            .is_some_and(|date| date.value.day().is_some())
        {
            return found;
        }
        // A month that the text gives yields to the day that the file's name gives.
        let of_name = filing::of_file_name(lines.stem.whole());
        let of_name =
            of_name.filter(|name| found.as_ref().is_none_or(|f| agree(f.value, name.value)));
        if let Some(date) = of_name.or(found) {
            return Some(date);
        }
        let folders = filing::of_folders(&lines.folders);
        let completed = folders.as_ref().and_then(|folders| self.completed(folders));
        completed.or(folders).or_else(|| {
            let created = self
                .source
                .properties
                .created
                .as_deref()
                .filter(|_| self.use_created)?;
            Some(Derived::read(super::date::parse(created)?, "属性", created))
        })
    }

    /// A day without its year in the text, with the year of the folders; the month has to agree.
    fn completed(&self, folders: &Derived<Date>) -> Option<Derived<Date>> {
        let ((month, day), words) = dating::without_year(&self.lines.head, &self.lines.opening)?;
        let date = Date::new(folders.value.year(), Some(month), Some(day))?;
        let fits =
            folders.value.month().is_none_or(|m| m == month) && folders.value.day().is_none();
        fits.then(|| Derived {
            value: date,
            from: format!("正文：{}；{}", shortened(&words, MAX_QUOTED), folders.from),
        })
    }

    pub(super) fn year(&self, date: Option<&Derived<Date>>) -> Option<Derived<u16>> {
        let named = self.named("year").and_then(|named| {
            let value = named.value.parse().ok()?;
            Some(Derived {
                value,
                from: named.from,
            })
        });
        let of_titles = || {
            self.titles.iter().find_map(|title| {
                let (year, words) = filing::year_of_title(title.part, title.kind.as_ref())?;
                Some(Derived::read(year, title.place, &words.original()))
            })
        };
        named
            .or_else(|| date.map(year_of))
            .or_else(of_titles)
            .or_else(|| filing::year_of_number(&self.lines.head))
            .or_else(|| filing::year_of_report(&self.lines.opening))
            .or_else(|| filing::year_of_folders(&self.lines.folders))
    }

    pub(super) fn kind(&self) -> Option<Derived<String>> {
        let read = |name: &str, place, words: Part<'_>| {
            Derived::read(name.to_owned(), place, &words.original())
        };
        let of_titles = self.titles.iter().find_map(|title| {
            let kind = title.kind.as_ref()?;
            Some(read(kind.name, title.place, kind.words))
        });
        let of_opening = || {
            let words = self
                .lines
                .opening
                .iter()
                .take(4)
                .filter(|line| line.may_hold("代表"))
                .find_map(|line| kind::of_opening(line.whole()))?;
            Some(read("报告", "正文", words))
        };
        let of_folders = || {
            self.lines.folders.iter().rev().find_map(|folder| {
                let name = kind::kind_of_folder(folder.whole())?;
                Some(read(name, "文件夹", folder.whole()))
            })
        };
        of_titles.or_else(of_opening).or_else(of_folders)
    }

    pub(super) fn meeting(&self) -> Option<Derived<String>> {
        let of_titles = self.titles.iter().find_map(|title| {
            let name = meeting::of_title(title.kind.as_ref())?;
            Some(as_it_stands(name, title.place))
        });
        let of_lines = || {
            let name = self.lines.head.lines().find_map(meeting::of_line)?;
            Some(as_it_stands(name, "正文"))
        };
        let of_folders = || {
            let name = self
                .lines
                .folders
                .iter()
                .rev()
                .find_map(|folder| meeting::of_folder(folder.whole()))?;
            Some(as_it_stands(name, "文件夹"))
        };
        let of_opening = || {
            let minutes = self.kind_name() == Some("纪要");
            if !minutes && !self.is_spoken() {
                return None;
            }
            let mut opening = self.lines.opening.iter();
            let name = opening.find_map(|line| meeting::of_opening(line.whole(), minutes))?;
            Some(as_it_stands(name, "正文"))
        };
        let found = of_titles.or_else(of_lines);
        // 县政府常务会议: which one, the folder or the text may say.
        if found
            .as_ref()
            .is_some_and(|name| meeting::is_recurring(&name.value))
        {
            let numbered = of_folders().into_iter().chain(of_opening());
            let mut numbered = numbered.filter(|name| meeting::is_numbered(&name.value));
            return numbered.next().or(found);
        }
        found.or_else(of_folders).or_else(of_opening)
    }

    fn is_spoken(&self) -> bool {
        self.kind_name()
            .is_some_and(|kind| speaker::SPOKEN.contains(&kind))
    }

    /// The first name that is whole; a name with masks only where no whole one fits it.
    pub(super) fn speaker(&self) -> Option<Derived<String>> {
        let head = &self.lines.head;
        let chair = self.kind_name() == Some("主持词");
        let spoken = self.is_spoken();
        let of_titles = self.titles.iter().filter_map(|title| {
            let name = speaker::of_title(title.part, title.kind.as_ref())?;
            Some(Derived::read(name.clone(), title.place, &name))
        });
        let of_labels = head.lines().filter_map(|line| {
            let name = speaker::of_label(line, chair)?;
            Some(Derived::read(name, "正文", &line.original()))
        });
        let signatures = head
            .lines()
            .filter(|line| spoken && speaker::may_be_signature(*line));
        let of_signatures = signatures.filter_map(|line| {
            // ——2020年3月5日在…会议上 县长 陈一鸣
            let behind = meeting::occasion_of(line).map_or(line, |occasion| occasion.behind);
            let name = speaker::signature(behind)?;
            Some(Derived::read(name, "署名", &behind.original()))
        });
        let mut masked: Option<Derived<String>> = None;
        for found in of_titles.chain(of_labels).chain(of_signatures) {
            let is_masked = speaker::is_masked(&found.value);
            let fits = masked
                .as_ref()
                .is_none_or(|m| speaker::fits(&m.value, &found.value));
            if !is_masked && fits {
                return Some(found);
            }
            masked = masked.or(Some(found).filter(|_| is_masked));
        }
        masked
    }

    pub(super) fn region(&self) -> Option<Derived<String>> {
        let lines = self.lines;
        let of_titles = self.titles.iter().find_map(|title| {
            let region = if title.place == "副标题" {
                region::of_occasion(title.part)
            } else {
                region::of_title(title.part)
            };
            Some(as_it_stands(region?, title.place))
        });
        let of_lines = || {
            let of_occasion = lines.head.lines().find_map(region::of_occasion);
            // The institution that issued it, above the title or below it.
            let issued = || {
                // A company in an invoice is no authority.
                let mut bodies = lines.head.lines();
                bodies.find_map(|line| {
                    let is_company = line.trim().text().ends_with(['司', '团', '校', '院', '心']);
                    region::of_signatory(line).filter(|_| !is_company)
                })
            };
            Some(as_it_stands(of_occasion.or_else(issued)?, "正文"))
        };
        let of_opening = || {
            let region = lines
                .opening
                .iter()
                .filter(|line| line.may_hold("我代表"))
                .find_map(|line| region::of_opening(line.whole()))?;
            Some(as_it_stands(region, "正文"))
        };
        let of_signatory = || {
            let line = signature::signatory(self.source.paragraphs)?;
            let region = region::of_signatory(line.whole())?;
            Some(as_it_stands(region, "落款"))
        };
        let of_folders = || {
            let region = lines
                .folders
                .iter()
                .rev()
                .find_map(|folder| region::whole(folder.whole()))?;
            Some(as_it_stands(region, "文件夹"))
        };
        of_titles
            .or_else(of_lines)
            .or_else(of_opening)
            .or_else(|| self.region_in_two())
            .or_else(of_signatory)
            .or_else(of_folders)
    }

    /// A file `青石.docx` whose text begins `我代表县人民政府`, and that names 青石县 somewhere.
    fn region_in_two(&self) -> Option<Derived<String>> {
        let stem = self.lines.stem.whole();
        let opening = self.lines.opening.iter();
        let mut opening = opening.filter(|line| line.may_hold("我代表"));
        let level = opening.find_map(|line| region::level_of_opening(line.whole()))?;
        let name = stem.original() + &level.original();
        let named = || {
            self.source
                .paragraphs
                .iter()
                .any(|p| p.contains(name.as_str()))
        };
        (region::may_be_name(stem) && named()).then(|| Derived {
            from: format!("文件名：{}；正文：{name}", stem.original()),
            value: name.clone(),
        })
    }
}

fn as_it_stands(words: Part<'_>, place: &str) -> Derived<String> {
    let value = words.original();
    Derived::read(value.clone(), place, &value)
}

/// Whether two dates can be of the same day.
fn agree(one: Date, other: Date) -> bool {
    one.first_day() <= other.last_day() && other.first_day() <= one.last_day()
}
