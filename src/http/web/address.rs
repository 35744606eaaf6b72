//! The address of a search, which is all the state that the page has, and the addresses beside it
//! that its links lead to.

use form_urlencoded::Serializer;

use crate::http::parameters::Parameters;
use crate::search::MAX_QUERIES;

/// Names and the values that go without saying. `None`: may be given several times.
type Names = [(&'static str, Option<&'static str>)];

/// What the addresses of all views may hold, in the order in which they hold it.
const SHARED: &Names = &[
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
    ("numbers", Some("also")),
];

/// Names of the filters; the page shows a chip for each of their values.
const FILTERS: [&str; 9] = [
    "type", "meeting", "speaker", "region", "year", "path", "format", "from", "until",
];

/// Names that decide what is a match; a document marks the same ones.
const MATCHING: [&str; 5] = ["q", "in", "scope", "mask", "numbers"];

/// Names of the expressions that are counted side by side.
pub(super) const EXPRESSIONS: [&str; MAX_QUERIES] = ["q", "q2", "q3", "q4", "q5"];

/// Name that asks for a table which is too long to come unasked.
pub(super) const TABLE: &str = "table";

/// The order of lines that goes without saying.
const NEWEST: &str = "date";

/// Most values that are taken from an address: more than a person would choose.
const MAX_VALUES: usize = 100;

/// A page whose state is its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    /// The documents that a search finds.
    #[default]
    Documents,
    /// How often expressions occur, over time.
    Counts,
    /// Every occurrence on a line of its own.
    Lines,
}

impl View {
    /// Path of its addresses.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Documents => "/",
            Self::Counts => "/counts",
            Self::Lines => "/concordance",
        }
    }

    /// What its addresses may hold beside [`SHARED`].
    fn own(self) -> &'static Names {
        match self {
            Self::Documents => &[("sort", Some("relevance"))],
            Self::Counts => &[
                ("q2", Some("")),
                ("q3", Some("")),
                ("q4", Some("")),
                ("q5", Some("")),
                ("by", Some("year")),
                ("of", Some("documents")),
                (TABLE, Some("")),
            ],
            // The newest are what people ask for first, and found at once; other orders need all texts.
            Self::Lines => &[("sort", Some(NEWEST)), ("group", Some(""))],
        }
    }

    fn names(self) -> impl Iterator<Item = &'static (&'static str, Option<&'static str>)> {
        SHARED.iter().chain(self.own())
    }
}

/// A search as its address has it: known names with values that say something, in one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    view: View,
    pairs: Vec<(&'static str, String)>,
}

impl Address {
    /// Reads the query part of an address. Other names, empty values, and what goes without saying
    /// are left out: forms send empty fields, and other sites add names of their own.
    pub(super) fn of_query(view: View, query: Option<&str>) -> Self {
        let sent: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or("").as_bytes())
            .into_owned()
            .take(MAX_VALUES)
            .collect();
        let mut address = Self {
            view,
            ..Self::default()
        };
        for &(name, default) in view.names() {
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

    pub(super) fn view(&self) -> View {
        self.view
    }

    /// The same search in another view.
    pub(super) fn to(&self, view: View) -> Self {
        let mut address = self.clone();
        address.view = view;
        address
            .pairs
            .retain(|(name, _)| SHARED.iter().any(|(shared, _)| shared == name));
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
        let view = self.view;
        let place = |name: &str| view.names().position(|(other, _)| *other == name);
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
        joined(self.view.path(), &query.finish())
    }

    /// The page of a document that marks the matches of this search.
    pub(super) fn document(&self, id: impl std::fmt::Display) -> String {
        let mut query = Serializer::new(String::new());
        if !self.q().is_empty() {
            query.extend_pairs(self.matching());
        }
        joined(&format!("/d/{id}"), &query.finish())
    }

    /// What decides what is a match.
    pub(super) fn matching(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let pairs = self.pairs.iter();
        let pairs = pairs.filter(|(name, _)| MATCHING.contains(name));
        pairs.map(|(name, value)| (*name, value.as_str()))
    }

    /// The same search in the API, at `path`; `format` as the kind of file goes by another name where
    /// it is the form of an answer. What is `own` is added.
    pub(super) fn api(&self, path: &str, own: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in &self.pairs {
            let is_form = own.iter().any(|(other, _)| other == name);
            query.append_pair(if is_form { "file_format" } else { name }, value);
        }
        query.extend_pairs(own);
        joined(path, &query.finish())
    }

    /// As parameters of the API. What only the page knows is left out.
    pub(super) fn parameters(&self, offset: &str) -> Parameters {
        let pairs = self.pairs.iter();
        let pairs = pairs.filter(|(name, _)| !matches!(*name, "of" | TABLE));
        let mut pairs: Vec<(String, String)> = pairs
            .map(|(name, value)| {
                let is_expression = EXPRESSIONS.contains(name);
                let name = if is_expression { "q" } else { name };
                (name.to_owned(), value.clone())
            })
            .collect();
        if self.view == View::Lines && self.value("sort").is_empty() {
            pairs.push(("sort".to_owned(), NEWEST.to_owned()));
        }
        if !offset.is_empty() {
            pairs.push(("offset".to_owned(), offset.to_owned()));
        }
        Parameters::of_pairs(pairs)
    }
}

fn joined(path: &str, query: &str) -> String {
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, url: &str) {
        check_in(View::Documents, query, url);
    }

    fn check_in(view: View, query: &str, url: &str) {
        assert_eq!(Address::of_query(view, Some(query)).url(), url);
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
        let address = Address::of_query(View::Documents, Some("q=a&type=x&from=2021&sort=title"));
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
    }

    #[test]
    fn views_share_what_is_looked_for() {
        check_in(
            View::Counts,
            "q=a&q3=c&q2=&by=month&sort=date",
            "/counts?q=a&q3=c&by=month",
        );
        check_in(View::Counts, "q=a&of=documents&by=year", "/counts?q=a");
        check_in(
            View::Lines,
            "q=a&sort=date&group=next",
            "/concordance?q=a&group=next",
        );
        let address = Address::of_query(View::Counts, Some("q=a&q2=b&type=x&mask=off&of=share"));
        assert_eq!(address.to(View::Documents).url(), "/?q=a&type=x&mask=off");
        assert_eq!(
            address.to(View::Lines).url(),
            "/concordance?q=a&type=x&mask=off"
        );
    }

    #[test]
    fn other_addresses_mean_the_same_search() {
        let address = Address::of_query(View::Documents, Some("q=a+b%26c&in=body&format=pdf"));
        assert_eq!(address.document("0f"), "/d/0f?q=a+b%26c&in=body");
        assert_eq!(
            address.api("/x", &[("format", "csv")]),
            "/x?q=a+b%26c&file_format=pdf&in=body&format=csv"
        );
        assert_eq!(address.api("/y", &[]), "/y?q=a+b%26c&format=pdf&in=body");
        let empty = Address::of_query(View::Documents, Some("in=body"));
        assert_eq!(empty.document("0f"), "/d/0f");
    }
}
