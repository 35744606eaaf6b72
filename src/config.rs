//! Rank 5: the configuration. Built-in defaults, then the file, then the environment
//! (`YICHA_SECTION__KEY`); flags of the command line come last, in `cli`.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use crate::corpus::Archive;
use crate::{corpus, extract, http, index, search, structure};

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The archive.
    pub corpus: corpus::Settings,
    /// The readers of formats.
    pub extract: extract::Settings,
    /// Local habits of naming.
    pub derive: structure::Settings,
    /// The index.
    pub index: index::Settings,
    /// Searches.
    pub search: search::Settings,
    /// The server.
    pub server: http::Settings,
}

/// Every key there is, by section; `config.toml` at the root explains each.
pub const KEYS: [(&str, &[&str]); 6] = [
    ("corpus", &["path", "exclude", "max_file_size"]),
    (
        "extract",
        &["timeout_seconds", "memory_mb", "max_unpacked_mb"],
    ),
    ("derive", &["patterns", "use_created"]),
    (
        "index",
        &[
            "path",
            "threads",
            "memory_mb",
            "keep",
            "max_shrink",
            "checkpoint_seconds",
            "log",
        ],
    ),
    ("search", &["mask_matching"]),
    (
        "server",
        &[
            "listen",
            "max_searches",
            "max_waiting",
            "timeout_seconds",
            "shutdown_seconds",
            "admin_key",
        ],
    ),
];

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration `{path}` cannot be read")]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration `{path}` is no TOML")]
    Syntax {
        /// As given.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key that does not exist.
    #[error("{place}: there is no key `{key}`; the nearest is `{}`", nearest.join("` or `"))]
    UnknownKey {
        /// The file or variable.
        place: String,
        /// As written.
        key: String,
        /// Keys that exist: the one that is spelt most like it, or all of this name.
        nearest: Vec<String>,
    },
    /// A number that means nothing.
    #[error("{place}: `{key}` is {got}; allowed: {low} to {high}")]
    Range {
        /// The file or variable.
        place: String,
        /// The key.
        key: String,
        /// As written.
        got: i64,
        /// The least.
        low: i64,
        /// The greatest.
        high: i64,
    },
    /// A value of the wrong kind.
    #[error("a value of the configuration is of the wrong kind")]
    Value(#[source] Box<toml::de::Error>),
}

impl Config {
    /// All that it takes to read the archive; see [`Archive`] on `worker`.
    pub fn archive(&self, worker: Option<(PathBuf, Vec<String>)>) -> Archive {
        let mut corpus = self.corpus.clone();
        corpus.own = self.own();
        Archive {
            corpus,
            extract: self.extract.clone(),
            derive: self.derive.clone(),
            worker,
        }
    }

    /// Where we write: the index, and the log of runs if that lies elsewhere.
    pub fn own(&self) -> Vec<PathBuf> {
        let log = Some(&self.index.log).filter(|log| !log.as_os_str().is_empty());
        let own = [Some(&self.index.path), log];
        own.into_iter().flatten().cloned().collect()
    }

    /// Reads the configuration: `file` if one is named, else `config.toml` if there is one; then
    /// what `environment` says.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new("config.toml"));
        let mut table = match std::fs::read_to_string(path) {
            Ok(text) => parse(&text, path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && file.is_none() => Table::new(),
            Err(source) => {
                return Err(ConfigError::Unreadable {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        check_keys(&table, &path.display().to_string())?;
        check_ranges(&table, &path.display().to_string())?;
        for (name, value) in environment {
            apply_variable(&mut table, &name, &value)?;
        }
        table
            .try_into()
            .map_err(|error| ConfigError::Value(Box::new(error)))
    }
}

fn parse(text: &str, path: &Path) -> Result<Table, ConfigError> {
    text.parse().map_err(|source| ConfigError::Syntax {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

fn check_keys(table: &Table, place: &str) -> Result<(), ConfigError> {
    for (section, value) in table {
        let keys = value.as_table().map(|keys| keys.keys().cloned().collect());
        let keys: Vec<String> = keys.unwrap_or_else(|| vec![String::new()]);
        for key in keys {
            check_key(section, &key, place)?;
        }
        if !KEYS.iter().any(|(known, _)| known == section) {
            check_key(section, "", place)?;
        }
    }
    Ok(())
}

fn check_key(section: &str, key: &str, place: &str) -> Result<(), ConfigError> {
    let all = || {
        KEYS.iter()
            .flat_map(|(s, keys)| keys.iter().map(move |k| format!("{s}.{k}")))
    };
    let written = if key.is_empty() {
        section.to_owned()
    } else {
        format!("{section}.{key}")
    };
    if all().any(|known| known == written) {
        return Ok(());
    }
    // A key without its section.
    let is_of_name = |known: &String| known.split_once('.').is_some_and(|(_, k)| k == section);
    let mut nearest: Vec<String> = all().filter(|k| key.is_empty() && is_of_name(k)).collect();
    if nearest.is_empty() {
        nearest.extend(all().max_by(|a, b| {
            let alike = |known: &str| strsim::jaro_winkler(known, &written);
            alike(a).total_cmp(&alike(b))
        }));
    }
    Err(ConfigError::UnknownKey {
        place: place.to_owned(),
        key: written,
        nearest,
    })
}

/// What numbers may be, other than not negative.
const RANGES: [(&str, &str, i64, i64); 10] = [
    ("corpus", "max_file_size", 1, i64::MAX),
    ("extract", "timeout_seconds", 1, 86_400),
    ("extract", "memory_mb", 1, 1 << 20),
    ("extract", "max_unpacked_mb", 1, 1 << 20),
    ("index", "threads", 0, 1024),
    ("index", "memory_mb", 16, 1 << 20),
    ("index", "keep", 1, 10_000),
    ("index", "max_shrink", 0, 100),
    ("index", "checkpoint", 1, i64::MAX),
    ("server", "timeout_seconds", 1, 86_400),
];

fn check_ranges(table: &Table, place: &str) -> Result<(), ConfigError> {
    for (section, key, low, high) in RANGES {
        let value = table.get(section).and_then(|keys| keys.get(key));
        let got = value.and_then(Value::as_integer);
        if let Some(got) = got.filter(|got| !(low..=high).contains(got)) {
            return Err(ConfigError::Range {
                place: place.to_owned(),
                key: format!("{section}.{key}"),
                got,
                low,
                high,
            });
        }
    }
    Ok(())
}

/// Variables of ours that are no settings.
const NO_SETTINGS: [&str; 2] = ["YICHA_CONFIG", "YICHA_LOG"];

fn apply_variable(table: &mut Table, name: &str, text: &str) -> Result<(), ConfigError> {
    let Some(rest) = name.strip_prefix("YICHA_") else {
        return Ok(());
    };
    if NO_SETTINGS.contains(&name) {
        return Ok(());
    }
    let (section, key) = rest.split_once("__").unwrap_or((rest, ""));
    let (section, key) = (section.to_lowercase(), key.to_lowercase());
    check_key(&section, &key, name)?;
    // A number or a list as TOML writes it; anything else is a text.
    let is_text = matches!(
        (section.as_str(), key.as_str()),
        (_, "path" | "listen" | "log" | "admin_key")
    );
    let parsed = format!("v = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut t| t.remove("v"));
    let value = parsed
        .filter(|_| !is_text)
        .unwrap_or_else(|| Value::String(text.to_owned()));
    let entry = table
        .entry(section)
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(keys) = entry {
        keys.insert(key, value);
    }
    check_ranges(table, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        std::fs::write(file.path(), text).expect("can write");
        let owned = variables
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Config::load(Some(file.path()), owned)
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let text = "[corpus]\npath = \"甲\"\nmax_file_size = 5\n";
        let config = load(text, &[("YICHA_CORPUS__PATH", "乙"), ("HOME", "/x")]).expect("is right");
        assert_eq!(config.corpus.path, PathBuf::from("乙"));
        assert_eq!(config.corpus.max_file_size, 5);
        let lists = load(
            "",
            &[
                ("YICHA_CORPUS__EXCLUDE", "[\"*.bak\"]"),
                ("YICHA_INDEX__THREADS", "3"),
            ],
        );
        let config = lists.expect("is right");
        assert_eq!(
            (config.corpus.exclude, config.index.threads),
            (vec!["*.bak".to_owned()], 3)
        );
    }

    #[test]
    fn an_unknown_key_names_its_neighbour() {
        let error = load("[corpus]\npaht = \"x\"\n", &[])
            .expect_err("is wrong")
            .to_string();
        assert!(
            error.ends_with("there is no key `corpus.paht`; the nearest is `corpus.path`"),
            "{error}"
        );
        let error = load("[corups]\npath = \"x\"\n", &[])
            .expect_err("is wrong")
            .to_string();
        assert!(
            error.contains("`corups.path`; the nearest is `corpus.path`"),
            "{error}"
        );
        let error = load("", &[("YICHA_SERVER__LISTN", "x")])
            .expect_err("is wrong")
            .to_string();
        assert!(
            error.starts_with("YICHA_SERVER__LISTN: there is no key `server.listn`"),
            "{error}"
        );
        let error = load("path = \"x\"", &[]).expect_err("is wrong").to_string();
        assert!(
            error.ends_with("`path`; the nearest is `corpus.path` or `index.path`"),
            "{error}"
        );
        assert!(load("threads = 1", &[]).is_err());
        assert!(load("[empty]", &[]).is_err());
        assert!(load("[index]\nthreads = \"many\"", &[]).is_err());
        assert!(load("[index", &[]).is_err());
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        for (text, told) in [
            (
                "[index]\nmax_shrink = 200",
                "`index.max_shrink` is 200; allowed: 0 to 100",
            ),
            (
                "[index]\nkeep = 0",
                "`index.keep` is 0; allowed: 1 to 10000",
            ),
            (
                "[index]\nmemory_mb = 0",
                "`index.memory_mb` is 0; allowed: 16 to 1048576",
            ),
            (
                "[server]\ntimeout_seconds = 0",
                "`server.timeout_seconds` is 0; allowed: 1 to 86400",
            ),
            (
                "[extract]\ntimeout_seconds = -1",
                "`extract.timeout_seconds` is -1",
            ),
        ] {
            let error = load(text, &[]).expect_err("is wrong").to_string();
            assert!(error.contains(told), "{error}");
        }
        let error = load("", &[("YICHA_INDEX__KEEP", "0")]).expect_err("is wrong");
        assert!(
            error
                .to_string()
                .starts_with("YICHA_INDEX__KEEP: `index.keep` is 0")
        );
    }

    #[test]
    fn the_file_at_the_root_holds_every_key_with_its_default() {
        let text = include_str!("../config.toml");
        let table: Table = text.parse().expect("is TOML");
        for (section, keys) in KEYS {
            let written: Vec<&String> = table[section]
                .as_table()
                .expect("is a section")
                .keys()
                .collect();
            let mut expected = keys.to_vec();
            expected.sort_unstable();
            let mut written: Vec<&str> = written.into_iter().map(String::as_str).collect();
            written.sort_unstable();
            assert_eq!(written, expected);
        }
        assert_eq!(load(text, &[]).expect("is right"), Config::default());
    }
}
