//! Parameters of a request, out of its address or its body, each checked and used once.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::Value;

use super::error::Problem;

/// Names and values as they came.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: Vec<(String, String)>,
    asked: RefCell<Vec<&'static str>>,
}

impl Parameters {
    /// Those of an address.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or("").as_bytes());
        Self::of_pairs(pairs.into_owned().collect())
    }

    /// Those that were read before.
    pub(super) fn of_pairs(values: Vec<(String, String)>) -> Self {
        Self {
            values,
            asked: RefCell::default(),
        }
    }

    /// Those of a JSON object; a list gives its name once for each value.
    pub(super) fn of_json(body: &[u8]) -> Result<Self, Problem> {
        let wrong = |got: &str| Problem::invalid("body", got, "a JSON object of parameters");
        let value: Value =
            serde_json::from_slice(body).map_err(|error| wrong(&error.to_string()))?;
        let Value::Object(object) = value else {
            return Err(wrong("another kind of JSON"));
        };
        let mut values = Vec::new();
        for (name, value) in object {
            let list = match value {
                Value::Array(list) => list,
                Value::Null => continue,
                other => vec![other],
            };
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
        Ok(Self::of_pairs(values))
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
        let list = self.text(name)?.unwrap_or("");
        let words = list
            .split(',')
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
        let number = text.parse().ok().filter(|n| range.contains(n));
        number.ok_or_else(|| {
            let (low, high) = range.into_inner();
            Problem::invalid(
                name,
                text,
                format_args!("a whole number from {low} to {high}"),
            )
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
        let unknown = self
            .values
            .iter()
            .find(|(name, _)| !asked.contains(&name.as_str()));
        match unknown {
            None => Ok(()),
            Some((name, got)) => Err(Problem::unknown(name, got, nearest(name, &asked))),
        }
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
    let alike = |word: &str| strsim::jaro_winkler(word, text);
    let best = words.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    best.copied().unwrap_or("")
}
