//! Where a document comes from: its date, year, kind, meeting, speaker and region, each with the place
//! where it was read (docs/origin.md).
//!
//! Rules read what is written and never guess: where a document is silent, the value stays empty. It
//! sees the path, the title, the paragraphs and what people noted beside the file, and knows neither
//! files nor the index.

mod date;
mod dating;
mod filing;
mod front_matter;
mod head;
mod kind;
mod letterhead;
mod line;
mod meeting;
mod names;
mod pattern;
mod reading;
mod region;
mod sidecar;
mod signature;
mod speaker;
mod title;

use serde::Deserialize;

use crate::document::{Date, Derived, Origin};
use crate::extract::Properties;

pub use front_matter::split_front_matter;
pub use pattern::PatternError;
pub use sidecar::{OverrideError, Overrides, SIDECAR_ENDING};
pub use title::{Title, title_of};

use line::shortened;
use pattern::Patterns;
use reading::{Lines, Reading};
use sidecar::Given;

/// `[derive]` of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Templates of paths such as `{year}/{meeting}/{speaker}-{title}`, matched from the end of a
    /// path without its file's ending; the first that matches is used.
    pub patterns: Vec<String>,
    /// Whether the day on which a file says that it was made may serve as the document's date. Off,
    /// because it often is the day of a copy.
    pub use_created: bool,
}

/// The rules as configured.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    patterns: Patterns,
    use_created: bool,
}

impl Rules {
    /// Makes the settings ready for use.
    ///
    /// # Errors
    /// [`PatternError`] for a template that is none.
    pub fn new(settings: &Settings) -> Result<Self, PatternError> {
        Ok(Self {
            patterns: Patterns::compile(&settings.patterns)?,
            use_created: settings.use_created,
        })
    }
}

/// What is known of a document before its origin is.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Relative to the archive, with `/` between folders and before the file.
    pub path: &'a str,
    /// Found by [`title_of`].
    pub title: &'a Title,
    /// All paragraphs, the title's included.
    pub paragraphs: &'a [&'a str],
    /// What the file says of itself.
    pub properties: &'a Properties,
    /// What people noted.
    pub overrides: &'a Overrides,
}

/// Most characters of the words that are quoted in [`Derived::from`].
const MAX_QUOTED: usize = 30;

impl<T> Derived<T> {
    fn read(value: T, place: &str, words: &str) -> Self {
        Self {
            value,
            from: format!("{place}：{}", shortened(words, MAX_QUOTED)),
        }
    }
}

/// Derives the origin of a document.
///
/// For each value: what people noted, then the templates of paths, then the rules for the text, the
/// title, the name of the file and those of its folders, in the order of docs/origin.md.
pub fn derive(source: &Source<'_>, rules: &Rules) -> Origin {
    let overrides = source.overrides;
    let lines = Lines::of(source);
    let read = Reading::of(source, &lines, rules);
    let title = Some(Derived {
        value: source.title.text.clone(),
        from: source.title.from.clone(),
    });
    let mut date = settled(&overrides.date, || read.date());
    let year = settled(&overrides.year, || {
        if matches!(overrides.date, Given::Value(_)) {
            return date.as_ref().map(year_of);
        }
        read.year(date.as_ref())
    });
    // A year that a person corrected means that the date was read wrong.
    if let (Given::Value(given), Given::Silent) = (&overrides.year, &overrides.date) {
        date = date.filter(|date| date.value.year() == given.value);
    }
    let named = |field| read.named(field);
    Origin {
        title: settled(&overrides.title, || named("title").or(title)),
        date,
        year,
        kind: settled(&overrides.kind, || named("type").or_else(|| read.kind())),
        meeting: settled(&overrides.meeting, || {
            named("meeting").or_else(|| read.meeting())
        }),
        speaker: settled(&overrides.speaker, || {
            named("speaker").or_else(|| read.speaker())
        }),
        region: settled(&overrides.region, || {
            named("region").or_else(|| read.region())
        }),
    }
}

fn settled<T: Clone>(
    given: &Given<T>,
    derive: impl FnOnce() -> Option<Derived<T>>,
) -> Option<Derived<T>> {
    match given {
        Given::Value(value) => Some(value.clone()),
        Given::Nothing => None,
        Given::Silent => derive(),
    }
}

fn year_of(date: &Derived<Date>) -> Derived<u16> {
    Derived {
        value: date.value.year(),
        from: date.from.clone(),
    }
}

#[cfg(test)]
mod tests;
