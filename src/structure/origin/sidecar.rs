//! What a person wrote about a document, in a file beside it, `NAME.ext.meta.toml`, or at its head
//! (`front_matter`). It stands above everything that is read out of the document.

use super::Derived;
use super::date::YEARS;
use crate::document::Date;

/// What is appended to the name of a document to name its sidecar.
pub const SIDECAR_ENDING: &str = ".meta.toml";

/// Largest sidecar or front matter, in bytes.
pub(super) const MAX_BYTES: usize = 64 << 10;
/// Longest value, in characters.
const MAX_CHARS: usize = 300;

/// Keys and what they mean.
const KEYS: [(&str, Key); 15] = [
    ("title", Key::Title),
    ("date", Key::Date),
    ("year", Key::Year),
    ("type", Key::Kind),
    ("meeting", Key::Meeting),
    ("speaker", Key::Speaker),
    ("region", Key::Region),
    ("标题", Key::Title),
    ("日期", Key::Date),
    ("年份", Key::Year),
    ("类型", Key::Kind),
    ("会议", Key::Meeting),
    ("讲话人", Key::Speaker),
    ("发言人", Key::Speaker),
    ("地区", Key::Region),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Title,
    Date,
    Year,
    Kind,
    Meeting,
    Speaker,
    Region,
}

/// One value as a person gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Nothing was said.
    #[default]
    Silent,
    /// It was said that there is none (`speaker = ""`): none is to be derived.
    Nothing,
    /// This value.
    Value(Derived<T>),
}

/// Values that a person gave. They stand above all rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Title of the document.
    pub title: Given<String>,
    /// Its date.
    pub date: Given<Date>,
    /// Its year.
    pub year: Given<u16>,
    /// Its kind.
    pub kind: Given<String>,
    /// The meeting that it belongs to.
    pub meeting: Given<String>,
    /// Who spoke.
    pub speaker: Given<String>,
    /// The region that it is of.
    pub region: Given<String>,
}

/// Why a sidecar or front matter cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// Not TOML.
    #[error("no valid TOML: {detail}")]
    Syntax {
        /// What the parser says.
        detail: String,
    },
    /// A key that does not exist.
    #[error(
        "unknown key `{key}`; known are title date year type meeting speaker region (标题 日期 年份 类型 会议 讲话人 发言人 地区)"
    )]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// One thing is given twice, in two languages perhaps.
    #[error("`{key}` gives a value for the second time")]
    Twice {
        /// The key.
        key: String,
    },
    /// A value that cannot be.
    #[error("`{key}` is `{got}`: {expected}")]
    Value {
        /// The key.
        key: String,
        /// Its value, or the beginning of it.
        got: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Larger than 64 KiB.
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
}

impl Overrides {
    /// Reads a sidecar: TOML with the keys of this module and no others.
    ///
    /// # Errors
    /// [`OverrideError`]; unknown keys are one, so that a misspelt one is noticed.
    pub fn from_sidecar(text: &str) -> Result<Self, OverrideError> {
        Self::from_toml(text, "旁注", true)
    }

    /// Those of `self`, and of `other` where `self` says nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        fn or<T>(first: Given<T>, second: Given<T>) -> Given<T> {
            if matches!(first, Given::Silent) {
                second
            } else {
                first
            }
        }
        Self {
            title: or(self.title, other.title),
            date: or(self.date, other.date),
            year: or(self.year, other.year),
            kind: or(self.kind, other.kind),
            meeting: or(self.meeting, other.meeting),
            speaker: or(self.speaker, other.speaker),
            region: or(self.region, other.region),
        }
    }

    /// Reads TOML; keys that are not ours are an error only where `strict`.
    pub(super) fn from_toml(text: &str, from: &str, strict: bool) -> Result<Self, OverrideError> {
        if text.len() > MAX_BYTES {
            return Err(OverrideError::TooLarge);
        }
        let table: toml::Table = quoted_keys(text.trim_start_matches('\u{feff}'))
            .parse()
            .map_err(|error: toml::de::Error| OverrideError::Syntax {
                detail: error.message().to_owned(),
            })?;
        let mut overrides = Self::default();
        for (name, value) in &table {
            let Some(key) = key_of(name) else {
                if strict {
                    return Err(OverrideError::UnknownKey { key: name.clone() });
                }
                continue;
            };
            let value = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Datetime(date) => date.to_string(),
                _ => {
                    return Err(invalid(
                        name,
                        &value.to_string(),
                        "it has to be one text, number or date",
                    ));
                }
            };
            overrides.set(key, name, &value, from)?;
        }
        Ok(overrides)
    }

    /// Puts a value where `key` says.
    pub(super) fn set(
        &mut self,
        key: Key,
        name: &str,
        value: &str,
        from: &str,
    ) -> Result<(), OverrideError> {
        let value = value.trim();
        if value.chars().count() > MAX_CHARS || value.contains(char::is_control) {
            return Err(invalid(
                name,
                value,
                "it has to be one line of at most 300 characters",
            ));
        }
        if key == Key::Title && value.is_empty() {
            return Err(invalid(name, value, "a title cannot be empty"));
        }
        let free = match key {
            Key::Title => put(&mut self.title, text_of(value, from)),
            Key::Kind => put(&mut self.kind, text_of(value, from)),
            Key::Meeting => put(&mut self.meeting, text_of(value, from)),
            Key::Speaker => put(&mut self.speaker, text_of(value, from)),
            Key::Region => put(&mut self.region, text_of(value, from)),
            Key::Date => put(&mut self.date, date_of(name, value, from)?),
            Key::Year => put(&mut self.year, year_of(name, value, from)?),
        };
        if free {
            Ok(())
        } else {
            Err(OverrideError::Twice {
                key: name.to_owned(),
            })
        }
    }
}

/// The text with our Chinese keys in quotes: TOML allows them only so, and people write them bare.
fn quoted_keys(text: &str) -> String {
    let chinese = || {
        KEYS.iter()
            .map(|(key, _)| *key)
            .filter(|key| !key.is_ascii())
    };
    let mut quoted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let found = chinese().find_map(|key| Some((key, bare.strip_prefix(key)?)));
        match found.filter(|(_, rest)| rest.trim_start().starts_with('=')) {
            Some((key, rest)) => quoted.extend(["\"", key, "\"", rest]),
            None => quoted.push_str(line),
        }
    }
    quoted
}

/// Puts a value where none is; whether there was none.
fn put<T>(place: &mut Given<T>, value: Given<T>) -> bool {
    let free = matches!(place, Given::Silent);
    if free {
        *place = value;
    }
    free
}

fn given<T>(value: T, from: &str) -> Given<T> {
    Given::Value(Derived {
        value,
        from: from.to_owned(),
    })
}

fn text_of(value: &str, from: &str) -> Given<String> {
    if value.is_empty() {
        return Given::Nothing;
    }
    given(value.to_owned(), from)
}

fn date_of(name: &str, value: &str, from: &str) -> Result<Given<Date>, OverrideError> {
    if value.is_empty() {
        return Ok(Given::Nothing);
    }
    // A time of day may follow; a year alone is a date as well.
    let day = value.split(['T', ' ']).next().unwrap_or("");
    let year = value
        .parse()
        .ok()
        .and_then(|year| Date::new(year, None, None));
    let date = super::date::parse(value)
        .or_else(|| super::date::parse(day))
        .or(year);
    date.map(|date| given(date, from)).ok_or_else(|| {
        invalid(
            name,
            value,
            "it has to be a date such as 2023-07-18, 2023-07 or 2023年7月18日",
        )
    })
}

fn year_of(name: &str, value: &str, from: &str) -> Result<Given<u16>, OverrideError> {
    if value.is_empty() {
        return Ok(Given::Nothing);
    }
    let year = value.trim_end_matches(['年', '度']).parse().ok();
    year.filter(|year| YEARS.contains(year))
        .map(|year| given(year, from))
        .ok_or_else(|| invalid(name, value, "it has to be a year from 1900 to 2100"))
}

fn invalid(key: &str, got: &str, expected: &'static str) -> OverrideError {
    OverrideError::Value {
        key: key.to_owned(),
        got: super::line::shortened(got, 40),
        expected,
    }
}

pub(super) fn key_of(name: &str) -> Option<Key> {
    let lower = name.trim().to_lowercase();
    KEYS.iter()
        .find(|(key, _)| *key == lower)
        .map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<T: Clone>(given: &Given<T>) -> Option<(T, &str)> {
        match given {
            Given::Value(derived) => Some((derived.value.clone(), derived.from.as_str())),
            _ => None,
        }
    }

    #[test]
    fn a_sidecar() {
        let text =
            "title = \"茶\"\ndate = 2020-03-05\n年份 = 2020\n讲话人 = \"陈一鸣\"\nregion = \"\"\n";
        let overrides = Overrides::from_sidecar(text).expect("a value");
        assert_eq!(value(&overrides.title), Some(("茶".into(), "旁注")));
        assert_eq!(
            value(&overrides.date).expect("a value").0.to_string(),
            "2020-03-05"
        );
        assert_eq!(value(&overrides.year), Some((2020, "旁注")));
        assert_eq!(value(&overrides.speaker).expect("a value").0, "陈一鸣");
        assert_eq!(overrides.region, Given::Nothing);
        assert_eq!(overrides.meeting, Given::Silent);
        assert_eq!(
            Overrides::from_sidecar("").expect("a value"),
            Overrides::default()
        );
    }

    #[test]
    fn dates_may_be_rough_and_have_a_time() {
        for (given, expected) in [
            ("\"2020\"", "2020"),
            ("2020", "2020"),
            ("\"2020-03\"", "2020-03"),
            ("\"2020年3月5日\"", "2020-03-05"),
            ("2020-03-05T10:00:00+08:00", "2020-03-05"),
            ("\"2020-03-05 10:00\"", "2020-03-05"),
        ] {
            let overrides = Overrides::from_sidecar(&format!("date = {given}")).expect("a value");
            assert_eq!(
                value(&overrides.date).expect("a value").0.to_string(),
                expected
            );
        }
    }

    #[test]
    fn errors_name_the_key() {
        let message = |text: &str| {
            Overrides::from_sidecar(text)
                .expect_err("no sidecar")
                .to_string()
        };
        assert!(
            message("speeker = \"陈一鸣\"").starts_with("unknown key `speeker`; known are title")
        );
        assert!(
            message("date = \"3月5日\"").starts_with("`date` is `3月5日`: it has to be a date")
        );
        assert!(message("year = 20200").starts_with("`year` is `20200`"));
        assert!(message("title = \"\"").starts_with("`title` is ``"));
        assert!(message("title = [\"茶\"]").starts_with("`title` is"));
        assert!(message("title = \"a\\nb\"").starts_with("`title` is"));
        assert_eq!(
            message("speaker = \"a\"\n讲话人 = \"b\""),
            "`讲话人` gives a value for the second time"
        );
        assert!(message("title = ").starts_with("no valid TOML: "));
        assert_eq!(
            message(&"#".repeat(MAX_BYTES + 1)),
            "larger than 65536 bytes"
        );
    }

    #[test]
    fn the_first_wins() {
        let first = Overrides::from_sidecar("title = '甲'\nspeaker = ''").expect("a value");
        let second = Overrides::from_sidecar("title = '乙'\nspeaker = '陈一鸣'\nregion = '青石县'")
            .expect("a value");
        let both = first.or(second);
        assert_eq!(value(&both.title).expect("a value").0, "甲");
        assert_eq!(both.speaker, Given::Nothing);
        assert_eq!(value(&both.region).expect("a value").0, "青石县");
    }
}
