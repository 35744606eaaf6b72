//! The rules of ARCHITECTURE.md, checked on the source text. The checker reads tokens, not syntax:
//! enough for paths and names, and small enough to be proved on the snippets below.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// Modules and their ranks; each may name only lower ones.
const RANKS: [(&str, u8); 13] = [
    ("analysis", 0),
    ("document", 0),
    ("exact", 1),
    ("extract", 1),
    ("query", 1),
    ("snippet", 1),
    ("structure", 2),
    ("corpus", 3),
    ("search", 3),
    ("http", 4),
    ("index", 4),
    ("config", 5),
    ("cli", 6),
];

/// Files that put the modules together and may name them all.
const FREE: [&str; 2] = ["lib", "main"];

/// Words that must not occur in the code of a module.
const FORBIDDEN: [(&str, &str); 3] = [("http", "tantivy"), ("exact", "tantivy"), ("index", "axum")];

/// What only `cli` may use.
const PRINTING: [&str; 6] = ["print", "println", "eprint", "eprintln", "stdout", "stderr"];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 4] = ["util", "common", "helpers", "prelude"];

const MAX_LINES: usize = 650;

fn rank(module: &str) -> Option<u8> {
    RANKS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, rank)| *rank)
}

/// A word or a sign of the code, with its line.
#[derive(Clone, Debug)]
struct Token {
    text: String,
    line: usize,
}

/// The code of a file: neither blanks nor comments nor literals.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let rest = &chars[at..];
        let len = skipped_len(rest).unwrap_or_else(|| {
            let len = token_len(rest);
            let text = rest[..len].iter().collect();
            tokens.push(Token { text, line });
            len
        });
        line += rest[..len].iter().filter(|c| **c == '\n').count();
        at += len;
    }
    tokens
}

/// Length of what is no code at the start of `rest`.
fn skipped_len(rest: &[char]) -> Option<usize> {
    match rest {
        [c, ..] if c.is_whitespace() => Some(1),
        ['/', '/', ..] => Some(rest.iter().take_while(|c| **c != '\n').count()),
        ['/', '*', ..] => Some(comment_len(rest)),
        // The character behind the backslash may be a quote itself.
        ['\'', '\\', ..] => {
            let end = rest.iter().skip(3).position(|c| *c == '\'');
            Some(end.map_or(rest.len(), |n| n + 4))
        }
        ['\'', _, '\'', ..] => Some(3),
        // A lifetime.
        ['\'', ..] => Some(1),
        _ => string_len(rest),
    }
}

/// Length of a block comment, with those inside it.
fn comment_len(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Length of a string of any kind.
fn string_len(rest: &[char]) -> Option<usize> {
    let prefix = rest
        .iter()
        .take_while(|c| matches!(c, 'b' | 'c' | 'r'))
        .count();
    let raw = rest[..prefix].contains(&'r');
    let hashes = rest[prefix..].iter().take_while(|c| **c == '#').count();
    let open = prefix + hashes;
    if prefix > 2 || (hashes > 0 && !raw) || rest.get(open) != Some(&'"') {
        return None;
    }
    let mut at = open + 1;
    while at < rest.len() {
        let behind = &rest[at + 1..];
        let ends = rest[at] == '"' && behind.iter().take_while(|c| **c == '#').count() >= hashes;
        if ends {
            return Some(at + 1 + hashes);
        }
        at += if rest[at] == '\\' && !raw { 2 } else { 1 };
    }
    Some(rest.len())
}

fn token_len(rest: &[char]) -> usize {
    let word = rest
        .iter()
        .take_while(|c| c.is_alphanumeric() || **c == '_')
        .count();
    match word {
        0 if rest.starts_with(&[':', ':']) => 2,
        0 => 1,
        _ => word,
    }
}

fn begins(tokens: &[Token], with: &[&str]) -> bool {
    tokens.len() >= with.len()
        && tokens
            .iter()
            .zip(with)
            .all(|(token, text)| token.text == *text)
}

/// The code without what is compiled for tests only.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const FOR_TESTS: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if begins(&tokens[at..], &FOR_TESTS) {
            at += FOR_TESTS.len();
            at += item_len(&tokens[at..]);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Tokens up to the end of the item at the start.
fn item_len(tokens: &[Token]) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// `analysis/units.rs` is the module `analysis::units`.
fn module_path(path: &str) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.split('/').map(str::to_owned).collect()
}

/// What is named directly below the root of the crate, with its line.
fn references(path: &str, tokens: &[Token]) -> Vec<(String, usize)> {
    let file = module_path(path);
    // Modules in the file, each with the depth of its bracket.
    let mut inner: Vec<(String, usize)> = Vec::new();
    let mut depth = 0usize;
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map_or("", |token| token.text.as_str());
        let goes_on = at > 0 && tokens[at - 1].text == "::";
        match token.text.as_str() {
            "{" => {
                depth += 1;
                if at >= 2 && tokens[at - 2].text == "mod" {
                    inner.push((tokens[at - 1].text.clone(), depth));
                }
            }
            "}" => {
                if inner.last().is_some_and(|(_, opened)| *opened == depth) {
                    inner.pop();
                }
                depth = depth.saturating_sub(1);
            }
            "crate" | "yicha" if next == "::" => follow(tokens, at + 2, &[], &mut found),
            // Under another name it could reach anything.
            "crate" | "yicha" if next == "as" => found.push(("*".to_owned(), token.line)),
            "super" | "self" if next == "::" && !goes_on => {
                let here: Vec<String> = file
                    .iter()
                    .chain(inner.iter().map(|(name, _)| name))
                    .cloned()
                    .collect();
                follow(tokens, at, &here, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Follows a path, or a tree of them, from the token `at`, which names something in `module`.
fn follow(tokens: &[Token], at: usize, module: &[String], found: &mut Vec<(String, usize)>) {
    let Some(token) = tokens.get(at) else {
        return;
    };
    let more = tokens.get(at + 1).is_some_and(|next| next.text == "::");
    match token.text.as_str() {
        "{" => {
            for start in elements(tokens, at) {
                follow(tokens, start, module, found);
            }
        }
        "super" if more => {
            let above = &module[..module.len().saturating_sub(1)];
            follow(tokens, at + 2, above, found);
        }
        "self" if more => follow(tokens, at + 2, module, found),
        // A comma behind the last element is followed by the bracket.
        name if module.is_empty() && name != "}" => found.push((name.to_owned(), token.line)),
        _ => {}
    }
}

/// Where the elements of a list in curly brackets begin.
fn elements(tokens: &[Token], open: usize) -> Vec<usize> {
    let mut starts = vec![open + 1];
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            "," if depth == 1 => starts.push(at + 1),
            _ => {}
        }
    }
    starts
}

/// What is wrong with one file; `path` is relative to `src`.
fn violations(path: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut report = |line: usize, what: String| found.push(format!("{path}:{line}: {what}"));
    let tokens = tokens(source);
    let modules = module_path(path);
    let own = modules[0].as_str();

    let n_lines = source.lines().count();
    if n_lines > MAX_LINES {
        report(
            n_lines,
            format!("has {n_lines} lines; at most {MAX_LINES} are allowed"),
        );
    }
    if let Some(name) = modules
        .iter()
        .find(|name| EMPTY_NAMES.contains(&name.as_str()))
    {
        report(1, format!("a module is called `{name}`"));
    }
    for pair in tokens.windows(2).filter(|pair| pair[0].text == "mod") {
        let name = &pair[1].text;
        if EMPTY_NAMES.contains(&name.as_str()) {
            report(pair[1].line, format!("a module is called `{name}`"));
        }
    }
    let mut before = "";
    for token in &tokens {
        let word = token.text.as_str();
        // A method of another process is no printing.
        let is_method = std::mem::replace(&mut before, word) == ".";
        if word == "unsafe" {
            report(token.line, "`unsafe`".to_owned());
        }
        if own != "cli" && PRINTING.contains(&word) && !is_method {
            report(token.line, format!("`{word}` outside `cli`"));
        }
        for (module, forbidden) in FORBIDDEN {
            if own == module && word.contains(forbidden) {
                report(token.line, format!("`{module}` names `{word}`"));
            }
        }
    }
    if own == "analysis" {
        for (at, token) in tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.text == "tantivy")
        {
            let mut names = Vec::new();
            follow(&tokens, at + 2, &[], &mut names);
            let allowed = begins(&tokens[at + 1..], &["::"])
                && names.iter().all(|(name, _)| name == "tokenizer");
            if !allowed {
                report(
                    token.line,
                    "`analysis` names more of tantivy than its `tokenizer`".to_owned(),
                );
            }
        }
    }
    if modules.last().is_none_or(|name| name != "tests") {
        let shipped = without_tests(&tokens);
        for window in shipped
            .windows(3)
            .filter(|window| begins(window, &[".", "unwrap", "("]))
        {
            report(window[1].line, "`unwrap` outside tests".to_owned());
        }
    }
    if FREE.contains(&own) {
        return found;
    }
    let Some(own_rank) = rank(own) else {
        report(1, format!("`{own}` has no rank"));
        return found;
    };
    for (name, line) in references(path, &tokens) {
        match rank(&name) {
            _ if name == own => {}
            None => report(line, format!("`{own}` names `{name}`, which has no rank")),
            Some(rank) if rank < own_rank => {}
            Some(rank) => report(
                line,
                format!("`{own}` (rank {own_rank}) names `{name}` (rank {rank})"),
            ),
        }
    }
    found
}

/// The source files, with their paths relative to `src`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for entry in WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.expect("can be read");
        if entry
            .path()
            .extension()
            .is_none_or(|extension| extension != "rs")
        {
            continue;
        }
        let relative = entry.path().strip_prefix(&root).expect("lies below it");
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        let source = fs::read_to_string(entry.path()).expect("is text");
        sources.push((parts.join("/"), source));
    }
    sources
}

#[test]
fn the_source_keeps_the_rules() {
    let sources = sources();
    let found: Vec<String> = sources
        .iter()
        .flat_map(|(path, source)| violations(path, source))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    for (module, _) in RANKS {
        let exists = sources
            .iter()
            .any(|(path, _)| module_path(path)[0] == module);
        assert!(exists, "the module `{module}` has a rank but no file");
    }
}

fn check(path: &str, source: &str, expected: &[&str]) {
    let expected: Vec<String> = expected
        .iter()
        .map(|what| format!("{path}:{what}"))
        .collect();
    assert_eq!(violations(path, source), expected, "{source}");
}

#[test]
fn a_module_names_lower_ranks_only() {
    check(
        "exact/build.rs",
        "use crate::analysis::Phrase;\nuse super::bits;",
        &[],
    );
    check(
        "cli/index.rs",
        "use yicha::{config::Config, index::{self, build}};\nuse super::Outcome;",
        &[],
    );
    check("index/mod.rs", "use crate::index::reader;", &[]);
    check("main.rs", "mod cli; fn main() { cli::main() }", &[]);
    check("lib.rs", "pub mod http; pub use crate::index::Reader;", &[]);
    check(
        "search.rs",
        "fn f() { crate::http::router() }",
        &["1: `search` (rank 3) names `http` (rank 4)"],
    );
    check(
        "exact/build.rs",
        "\nuse crate::query;",
        &["2: `exact` (rank 1) names `query` (rank 1)"],
    );
    check(
        "http/mod.rs",
        "use yicha::index;",
        &["1: `http` (rank 4) names `index` (rank 4)"],
    );
    check(
        "document.rs",
        "use crate::analysis;",
        &["1: `document` (rank 0) names `analysis` (rank 0)"],
    );
    check(
        "index/mod.rs",
        "use crate::*;",
        &["1: `index` names `*`, which has no rank"],
    );
    check(
        "index/mod.rs",
        "use crate as c;",
        &["1: `index` names `*`, which has no rank"],
    );
    check(
        "corpus/mod.rs",
        "use crate::remote::X;",
        &["1: `corpus` names `remote`, which has no rank"],
    );
    check("remote.rs", "", &["1: `remote` has no rank"]);
}

#[test]
fn lists_of_paths_are_taken_apart() {
    check(
        "query/parser.rs",
        "use crate::{analysis::{Phrase, fold}, document};\nuse crate::{\n    index::{Reader, Live},\n    corpus,\n};",
        &[
            "3: `query` (rank 1) names `index` (rank 4)",
            "4: `query` (rank 1) names `corpus` (rank 3)",
        ],
    );
    check(
        "http/wire.rs",
        "use crate::{search::{Hit, Total}, config};",
        &["1: `http` (rank 4) names `config` (rank 5)"],
    );
    check(
        "http/wire.rs",
        "use crate::{self};",
        &["1: `http` names `self`, which has no rank"],
    );
}

#[test]
fn paths_upwards_are_followed() {
    check("document.rs", "mod tests { use super::*; }", &[]);
    check(
        "exact/build.rs",
        "mod tests { use super::super::bits; fn f() { super::g() } }",
        &[],
    );
    check(
        "document.rs",
        "use super::search;",
        &["1: `document` (rank 0) names `search` (rank 3)"],
    );
    check(
        "exact/build.rs",
        "use super::super::query;",
        &["1: `exact` (rank 1) names `query` (rank 1)"],
    );
    check(
        "exact/build.rs",
        "use super::{super::{corpus, analysis}, bits};",
        &["1: `exact` (rank 1) names `corpus` (rank 3)"],
    );
    check(
        "exact/build.rs",
        "mod inner {\n    fn f() { super::super::super::http::router() }\n}\nfn g() { super::bits() }",
        &["2: `exact` (rank 1) names `http` (rank 4)"],
    );
    check(
        "snippet.rs",
        "fn f() { self::super::http::g() }",
        &["1: `snippet` (rank 1) names `http` (rank 4)"],
    );
}

#[test]
fn engines_stay_where_they_belong() {
    check(
        "analysis/words.rs",
        "use tantivy::tokenizer::{Token, TokenStream};",
        &[],
    );
    check("index/mod.rs", "use tantivy::Index;", &[]);
    let more = "1: `analysis` names more of tantivy than its `tokenizer`";
    check("analysis/words.rs", "use tantivy::Index;", &[more]);
    check(
        "analysis/words.rs",
        "use tantivy::{tokenizer::Token, schema::Field};",
        &[more],
    );
    check("analysis/words.rs", "use tantivy as t;", &[more]);
    check(
        "http/mod.rs",
        "use tantivy::Index;",
        &["1: `http` names `tantivy`"],
    );
    check(
        "exact/mod.rs",
        "fn f(_: tantivy_common::Bytes) {}",
        &["1: `exact` names `tantivy_common`"],
    );
    check(
        "index/mod.rs",
        "use axum::Router;",
        &["1: `index` names `axum`"],
    );
}

#[test]
fn only_the_command_line_prints() {
    check(
        "cli/index.rs",
        "fn f() { println!(); std::io::stdout(); }",
        &[],
    );
    check(
        "http/mod.rs",
        "fn f() { println!(\"x\") }",
        &["1: `println` outside `cli`"],
    );
    check(
        "index/writer.rs",
        "fn f() {\n eprintln!(); }",
        &["2: `eprintln` outside `cli`"],
    );
    check(
        "corpus/walk.rs",
        "use std::io::stderr;",
        &["1: `stderr` outside `cli`"],
    );
    check(
        "main.rs",
        "fn f() { std::io::stdout(); }",
        &["1: `stdout` outside `cli`"],
    );
}

#[test]
fn unsafe_unwrap_and_empty_names_are_refused() {
    check("search.rs", "fn f() { unsafe { g() } }", &["1: `unsafe`"]);
    check("search.rs", "#![forbid(unsafe_code)]", &[]);
    check(
        "search.rs",
        "fn f() { x.unwrap() }\n#[cfg(test)]\nmod tests { fn g() { x.unwrap() } }",
        &["1: `unwrap` outside tests"],
    );
    check(
        "search.rs",
        "#[cfg(test)]\nuse a::{b, c};\nfn f() { x\n.unwrap\n() }",
        &["4: `unwrap` outside tests"],
    );
    check(
        "search.rs",
        "#[cfg(test)]\nfn f(_: [u8; 2]) { x.unwrap() }\nfn g() { x.unwrap_or(1) }",
        &[],
    );
    check("exact/tests.rs", "fn f() { x.unwrap() }", &[]);
    check("http/util.rs", "", &["1: a module is called `util`"]);
    check(
        "query/mod.rs",
        "mod tree;\nmod prelude;",
        &["2: a module is called `prelude`"],
    );
}

#[test]
fn files_stay_short() {
    check("search.rs", &"\n".repeat(650), &[]);
    check(
        "search.rs",
        &"\n".repeat(651),
        &["651: has 651 lines; at most 650 are allowed"],
    );
}

#[test]
fn comments_and_literals_are_no_code() {
    let source = r##"
        //! Nothing of tantivy, see crate::index.
        /* use crate::config; /* unsafe */ println!(); */
        const A: &str = "crate::cli \" unsafe";
        const B: &[u8] = br#"tantivy " crate::cli"#;
        fn f<'a>(c: &'a char) -> bool { matches!(c, '"' | '\'' | '\\' | '\u{22}') }
        const C: &str = "ends";
    "##;
    check("http/wire.rs", source, &[]);
    // Behind all of them the code is still read.
    let more = format!("{source}use crate::config;");
    check(
        "http/wire.rs",
        &more,
        &["8: `http` (rank 4) names `config` (rank 5)"],
    );
}
