//! `[derive] patterns`: templates of paths that say what the parts of a name mean, for archives that
//! are filed by a rule (`{year}/{meeting}/{speaker}-{title}`).

use regex::{Regex, RegexBuilder};

use crate::document::Date;

/// What a placeholder stands for, and the expression that it matches.
const FIELDS: [(&str, &str); 8] = [
    ("year", "[12][0-9]{3}"),
    ("date", "[0-9年月日号./〇○零一二三四五六七八九十 -]+?"),
    ("type", "[^/]+?"),
    ("meeting", "[^/]+?"),
    ("speaker", "[^/]+?"),
    ("region", "[^/]+?"),
    ("title", "[^/]+?"),
    ("_", "[^/]*?"),
];

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 1000;
/// Most patterns.
const MAX_PATTERNS: usize = 100;

/// Why a pattern is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A placeholder that does not exist.
    #[error(
        "pattern `{pattern}`: unknown placeholder `{{{name}}}`; known are {{year}} {{date}} {{type}} {{meeting}} {{speaker}} {{region}} {{title}} {{_}}"
    )]
    Unknown {
        /// The pattern.
        pattern: String,
        /// What stands between its braces.
        name: String,
    },
    /// A placeholder stands twice.
    #[error("pattern `{pattern}`: `{{{name}}}` stands twice")]
    Twice {
        /// The pattern.
        pattern: String,
        /// The placeholder.
        name: String,
    },
    /// Two placeholders with nothing between them.
    #[error("pattern `{pattern}`: nothing stands between `{{{first}}}` and `{{{second}}}`")]
    Adjacent {
        /// The pattern.
        pattern: String,
        /// The placeholder before.
        first: String,
        /// The placeholder behind.
        second: String,
    },
    /// A brace without its partner.
    #[error("pattern `{pattern}`: a brace without its partner")]
    Brace {
        /// The pattern.
        pattern: String,
    },
    /// Empty, without a placeholder, or too long.
    #[error("pattern `{pattern}`: {detail}")]
    Malformed {
        /// The pattern, or its beginning.
        pattern: String,
        /// What is wrong with it.
        detail: &'static str,
    },
}

/// Templates of paths, ready for use.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    patterns: Vec<Regex>,
}

/// A value that a pattern found, and whether in the name of the file or of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) field: &'static str,
    pub(super) value: String,
    pub(super) in_file_name: bool,
}

impl Patterns {
    /// Compiles the patterns of the configuration.
    ///
    /// # Errors
    /// [`PatternError`] for the first that is none.
    pub(super) fn compile(patterns: &[String]) -> Result<Self, PatternError> {
        if patterns.len() > MAX_PATTERNS {
            return Err(PatternError::Malformed {
                pattern: String::new(),
                detail: "more than 100 patterns",
            });
        }
        let patterns = patterns
            .iter()
            .map(|p| compile(p))
            .collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// What the first pattern that matches says of a path without its ending.
    pub(super) fn read(&self, path: &str) -> Vec<Named> {
        self.patterns
            .iter()
            .find_map(|p| read(p, path))
            .unwrap_or_default()
    }
}

fn read(pattern: &Regex, path: &str) -> Option<Vec<Named>> {
    let captures = pattern.captures(path)?;
    let name_starts = path.rfind('/').map_or(0, |at| at + 1);
    let mut named = Vec::new();
    for (field, _) in FIELDS.iter().filter(|(field, _)| *field != "_") {
        let Some(found) = captures.name(field) else {
            continue;
        };
        let value = found.as_str().trim();
        let valid = match *field {
            "date" => super::date::parse(value).is_some(),
            "year" => value
                .parse()
                .is_ok_and(|year| Date::new(year, None, None).is_some()),
            _ => !value.is_empty(),
        };
        if !valid {
            return None;
        }
        named.push(Named {
            field,
            value: value.to_owned(),
            in_file_name: found.start() >= name_starts,
        });
    }
    Some(named)
}

fn compile(pattern: &str) -> Result<Regex, PatternError> {
    let whole = || pattern.chars().take(80).collect::<String>();
    let malformed = |detail| PatternError::Malformed {
        pattern: whole(),
        detail,
    };
    if pattern.len() > MAX_BYTES {
        return Err(malformed("longer than 1000 bytes"));
    }
    let mut expression = String::from("^(?:.*/)?");
    let mut seen: Vec<&str> = Vec::new();
    let mut previous: Option<&str> = None;
    let mut rest = pattern.trim_matches('/');
    while let Some(at) = rest.find(['{', '}']) {
        let (literal, behind) = rest.split_at(at);
        let inside = behind.strip_prefix('{').and_then(|b| b.split_once('}'));
        let Some((name, behind)) = inside.filter(|(name, _)| !name.contains('{')) else {
            return Err(PatternError::Brace { pattern: whole() });
        };
        expression.push_str(&regex::escape(literal));
        let known = FIELDS.iter().find(|(field, _)| *field == name);
        let Some((field, matches)) = known else {
            return Err(PatternError::Unknown {
                pattern: whole(),
                name: name.to_owned(),
            });
        };
        if let Some(first) =
            previous.filter(|first| literal.is_empty() && *first != "year" && *field != "year")
        {
            return Err(PatternError::Adjacent {
                pattern: whole(),
                first: first.to_owned(),
                second: name.to_owned(),
            });
        }
        if *field == "_" {
            expression.push_str(matches);
        } else if seen.contains(field) {
            return Err(PatternError::Twice {
                pattern: whole(),
                name: name.to_owned(),
            });
        } else {
            expression.extend(["(?<", field, ">", matches, ")"]);
            seen.push(field);
        }
        previous = Some(field);
        rest = behind;
    }
    if seen.is_empty() {
        return Err(malformed("has no placeholder"));
    }
    expression.push_str(&regex::escape(rest));
    expression.push('$');
    let built = RegexBuilder::new(&expression).size_limit(1 << 22).build();
    built.map_err(|_| malformed("too complex"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(pattern: &str) -> Result<Patterns, PatternError> {
        Patterns::compile(&[pattern.to_owned()])
    }

    fn check(pattern: &str, path: &str, expected: &str) {
        let named = patterns(pattern).expect("a pattern").read(path);
        let place = |n: &Named| if n.in_file_name { "" } else { "/" };
        let shown: Vec<String> = named
            .iter()
            .map(|n| format!("{}{}={}", n.field, place(n), n.value))
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn paths_are_matched_from_their_end() {
        let pattern = "{year}/{meeting}/{speaker}-{title}";
        check(
            pattern,
            "档案/2020/全县水利会/陈一鸣-讲话-定稿",
            "year/=2020 meeting/=全县水利会 speaker=陈一鸣 title=讲话-定稿",
        );
        check(pattern, "2020/陈一鸣-讲话", "");
        check(pattern, "x2020/全县水利会/陈一鸣-讲话", "");
        check(
            "{date}_{_}_{speaker}",
            "a/2020-03-05_定稿_陈一鸣",
            "date=2020-03-05 speaker=陈一鸣",
        );
        check("{date}_{_}_{speaker}", "a/2020-13-05_定稿_陈一鸣", "");
        check("{year}{title}", "2020讲话", "year=2020 title=讲话");
        check("[{type}] {title}", "[讲话] 茶", "type=讲话 title=茶");
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let message = |pattern: &str| patterns(pattern).expect_err("no pattern").to_string();
        assert!(message("{yaer}/{title}").starts_with(
            "pattern `{yaer}/{title}`: unknown placeholder `{yaer}`; known are {year}"
        ));
        assert_eq!(
            message("{title}/{title}"),
            "pattern `{title}/{title}`: `{title}` stands twice"
        );
        assert_eq!(
            message("{speaker}{title}"),
            "pattern `{speaker}{title}`: nothing stands between `{speaker}` and `{title}`"
        );
        assert_eq!(
            message("{title"),
            "pattern `{title`: a brace without its partner"
        );
        assert_eq!(
            message("title}"),
            "pattern `title}`: a brace without its partner"
        );
        assert_eq!(message("{_}"), "pattern `{_}`: has no placeholder");
        assert_eq!(message(""), "pattern ``: has no placeholder");
        assert!(patterns(&"{title}年".repeat(200)).is_err());
    }
}
