//! Parameters of a request, out of its address or its body, each checked and used once.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::error::Problem;

/// Names and values as they came.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: Vec<(String, String)>,
    /// Names that came without a value.
    bare: Vec<String>,
    /// A parameter of an address that is no UTF-8, as far as it can be shown.
    broken: Option<(String, String)>,
    asked: RefCell<Vec<&'static str>>,
}

impl Parameters {
    /// Those of an address.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        let query = query.unwrap_or("");
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self {
            broken: query.split('&').find_map(broken),
            ..Self::of_pairs(pairs.into_owned().collect())
        }
    }

    /// Those that were read before.
    pub(super) fn of_pairs(values: Vec<(String, String)>) -> Self {
        Self {
            values,
            ..Self::default()
        }
    }

    /// Those of a JSON object; a list gives its name once for each value.
    pub(super) fn of_json(body: &[u8]) -> Result<Self, Problem> {
        let wrong = |got: &str| Problem::invalid("body", got, "a JSON object of parameters");
        let Members(members) = serde_json::from_slice(body).map_err(|error| {
            if error.is_data() {
                return wrong("another kind of JSON");
            }
            wrong(&error.to_string())
        })?;
        let mut values: Vec<(String, String)> = Vec::new();
        let mut bare = Vec::new();
        let mut names = HashSet::new();
        for (name, value) in members {
            if !names.insert(name.clone()) {
                let allowed = "once; several values as a list";
                return Err(Problem::invalid(&name, "given twice", allowed));
            }
            let list = match value {
                Value::Array(list) => list,
                Value::Null => Vec::new(),
                other => vec![other],
            };
            if list.is_empty() {
                bare.push(name);
                continue;
            }
            for value in list {
                let text = match value {
                    Value::String(text) => text,
                    Value::Number(number) => number.to_string(),
                    Value::Bool(flag) => flag.to_string(),
                    other => {
                        let got = other.to_string();
                        return Err(Problem::invalid(&name, &got, "a text or a number"));
                    }
                };
                values.push((name.clone(), text));
            }
        }
        Ok(Self {
            bare,
            ..Self::of_pairs(values)
        })
    }

    /// The value of a parameter that may be given once.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        self.asked.borrow_mut().push(name);
        let mut values = self
            .values
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str());
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(second) => Err(Problem::invalid(name, second, "one value only")),
        }
    }

    /// All values of a parameter that may be given several times.
    pub(super) fn texts(&self, name: &'static str) -> Vec<String> {
        self.asked.borrow_mut().push(name);
        let values = self.values.iter().filter(|(n, _)| n == name);
        values.map(|(_, value)| value.clone()).collect()
    }

    /// Words of a list with commas, each one of some words; what is named again is not repeated.
    pub(super) fn choices<T: Copy + PartialEq>(
        &self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Result<Vec<T>, Problem> {
        let lists = self.texts(name);
        let words = lists
            .iter()
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .filter(|word| !word.is_empty());
        let mut all = Vec::new();
        for word in words {
            let one = chosen(name, word, choices)?;
            if !all.contains(&one) {
                all.push(one);
            }
        }
        Ok(all)
    }

    /// Whatever can be read from a text.
    pub(super) fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        allowed: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let parsed = text.parse().map(Some);
        parsed.map_err(|_| Problem::invalid(name, text, allowed))
    }

    /// A whole number.
    pub(super) fn number(
        &self,
        name: &'static str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> Result<usize, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(default);
        };
        let number = whole(text).filter(|n| range.contains(n));
        number.ok_or_else(|| {
            let allowed = match range.into_inner() {
                (low, usize::MAX) => format!("a whole number from {low} on"),
                (low, high) => format!("a whole number from {low} to {high}"),
            };
            Problem::invalid(name, text, allowed)
        })
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&'static str, T)],
        default: T,
    ) -> Result<T, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(default);
        };
        chosen(name, text, choices)
    }

    /// Refuses what was not asked for. Call it last.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let asked = self.asked.into_inner();
        if let Some((name, got)) = &self.broken {
            let allowed = "a text in UTF-8, percent-encoded";
            return Err(Problem::invalid(name, got, allowed));
        }
        let given = self.values.iter().map(|(name, got)| (name, got.as_str()));
        let mut given = given.chain(self.bare.iter().map(|name| (name, "")));
        match given.find(|(name, _)| !asked.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, got)) => Err(Problem::unknown(name, got, nearest(name, &asked))),
        }
    }
}

/// A whole number in digits alone; one that is too large for us is the largest.
fn whole(text: &str) -> Option<usize> {
    let is_whole = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_whole.then(|| text.parse().unwrap_or(usize::MAX))
}

/// A parameter of an address as it can be shown, if its name or value is no UTF-8.
fn broken(pair: &str) -> Option<(String, String)> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let is_text = |part: &str| percent_decode(part.as_bytes()).decode_utf8().is_ok();
    let shown = |part: &str| {
        let part = part.replace('+', " ");
        let shown = percent_decode(part.as_bytes()).decode_utf8_lossy();
        shown.into_owned()
    };
    let is_broken = !is_text(name) || !is_text(value);
    is_broken.then(|| (shown(name), shown(value)))
}

/// The members of a JSON object as they come, one that comes twice included.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Of)
    }
}

fn chosen<T: Copy>(name: &str, text: &str, choices: &[(&'static str, T)]) -> Result<T, Problem> {
    let found = choices.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let nearest = nearest(text, &words);
        let hint = format!("{}; the nearest is `{nearest}`", words.join(", "));
        Problem::invalid(name, text, hint)
    })
}

/// The word that is spelt most like `text`.
fn nearest<'a>(text: &str, words: &[&'a str]) -> &'a str {
    let text = text.to_lowercase();
    let alike = |word: &str| strsim::jaro_winkler(&word.to_lowercase(), &text);
    let best = words.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    best.copied().unwrap_or("")
}
