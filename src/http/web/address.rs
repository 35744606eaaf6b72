//! The address of a search, which is all the state that the page has, and the addresses beside it
//! that its links lead to.

use form_urlencoded::Serializer;

use crate::http::parameters::Parameters;

/// What an address may hold, in the order in which it holds it, with the value that goes without
/// saying. `None`: may be given several times.
const NAMES: [(&str, Option<&str>); 14] = [
    ("q", Some("")),
    ("type", None),
    ("meeting", None),
    ("speaker", None),
    ("region", None),
    ("year", None),
    ("path", None),
    ("format", None),
    ("from", Some("")),
    ("until", Some("")),
    ("in", Some("all")),
    ("scope", Some("document")),
    ("mask", Some("")),
    ("sort", Some("relevance")),
];

/// Names of the filters; the page shows a chip for each of their values.
pub(super) const FILTERS: [&str; 9] = [
    "type", "meeting", "speaker", "region", "year", "path", "format", "from", "until",
];

/// Most values that are taken from an address: more than a person would choose.
const MAX_VALUES: usize = 100;

/// A search as its address has it: known names with values that say something, in one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    pairs: Vec<(&'static str, String)>,
}

impl Address {
    /// Reads the query part of an address. Other names, empty values, and what goes without saying
    /// are left out: forms send empty fields, and other sites add names of their own.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        let sent: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or("").as_bytes())
            .into_owned()
            .take(MAX_VALUES)
            .collect();
        let mut address = Self::default();
        for (name, default) in NAMES {
            for (_, value) in sent.iter().filter(|(sent, _)| sent == name) {
                let value = value.trim();
                let says_nothing = value.is_empty() || default == Some(value);
                if !says_nothing && !address.has(name, value) {
                    address.pairs.push((name, value.to_owned()));
                    if default.is_some() {
                        break;
                    }
                }
            }
        }
        address
    }

    /// What is looked for.
    pub(super) fn q(&self) -> &str {
        self.value("q")
    }

    /// The value of a name, or nothing.
    pub(super) fn value(&self, name: &str) -> &str {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(other, _)| *other == name);
        found.map_or("", |(_, value)| value)
    }

    /// The filters, in order.
    pub(super) fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let filters = self.pairs.iter().filter(|(name, _)| FILTERS.contains(name));
        filters.map(|(name, value)| (*name, value.as_str()))
    }

    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        let mut pairs = self.pairs.iter();
        pairs.any(|(other, held)| *other == name && held == value)
    }

    /// The same with one more value.
    pub(super) fn and(&self, name: &'static str, value: &str) -> Self {
        let mut address = self.clone();
        address.pairs.push((name, value.to_owned()));
        address.sorted()
    }

    /// The same with this value and no other of the name; an empty value is none.
    pub(super) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut address = self.clone();
        address.pairs.retain(|(other, _)| *other != name);
        if !value.is_empty() {
            address.pairs.push((name, value.to_owned()));
        }
        address.sorted()
    }

    /// The same without one value.
    pub(super) fn without(&self, name: &str, value: &str) -> Self {
        let mut address = self.clone();
        address
            .pairs
            .retain(|(other, held)| *other != name || held != value);
        address
    }

    /// The same without filters.
    pub(super) fn unfiltered(&self) -> Self {
        let mut address = self.clone();
        address.pairs.retain(|(name, _)| !FILTERS.contains(name));
        address
    }

    fn sorted(mut self) -> Self {
        let place = |name: &str| NAMES.iter().position(|(other, _)| *other == name);
        self.pairs.sort_by_key(|(name, _)| place(name));
        self
    }

    /// As a link.
    pub(super) fn url(&self) -> String {
        self.url_from(0)
    }

    /// As a link to the results behind the first `offset`.
    pub(super) fn url_from(&self, offset: usize) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.pairs);
        if offset > 0 {
            query.append_pair("offset", &offset.to_string());
        }
        match query.finish() {
            query if query.is_empty() => "/".to_owned(),
            query => format!("/?{query}"),
        }
    }

    /// As parameters of the API.
    pub(super) fn parameters(&self, offset: &str) -> Parameters {
        let mut pairs: Vec<(String, String)> = self
            .pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        if !offset.is_empty() {
            pairs.push(("offset".to_owned(), offset.to_owned()));
        }
        Parameters::of_pairs(pairs)
    }
}

/// Address of a document's page.
pub(super) fn document_url(id: impl std::fmt::Display, q: &str) -> String {
    if q.is_empty() {
        return format!("/d/{id}");
    }
    let query = Serializer::new(String::new()).append_pair("q", q).finish();
    format!("/d/{id}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, url: &str) {
        assert_eq!(Address::of_query(Some(query)).url(), url);
    }

    #[test]
    fn an_address_keeps_what_says_something() {
        check("", "/");
        check("q=&from=&until=&sort=relevance&in=all&utm_source=x", "/");
        check("q=+a++b+", "/?q=a++b");
        check("sort=-date&q=a", "/?q=a&sort=-date");
        check(
            "year=2023&type=x&year=2021&year=2023",
            "/?type=x&year=2023&year=2021",
        );
        check("q=a&q=b", "/?q=a");
    }

    #[test]
    fn links_change_one_thing() {
        let address = Address::of_query(Some("q=a&type=x&from=2021&sort=title"));
        assert_eq!(
            address.and("type", "y").url(),
            "/?q=a&type=x&type=y&from=2021&sort=title"
        );
        assert_eq!(address.with("from", "").url(), "/?q=a&type=x&sort=title");
        assert_eq!(
            address.with("mask", "off").url(),
            "/?q=a&type=x&from=2021&mask=off&sort=title"
        );
        assert_eq!(
            address.without("type", "x").url(),
            "/?q=a&from=2021&sort=title"
        );
        assert_eq!(address.unfiltered().url(), "/?q=a&sort=title");
        assert_eq!(
            address.unfiltered().url_from(10),
            "/?q=a&sort=title&offset=10"
        );
        assert_eq!(document_url("0f", "a b&c"), "/d/0f?q=a+b%26c");
    }
}
