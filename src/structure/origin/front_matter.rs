//! Front matter: what a person wrote at the head of a text file, between `---` lines (YAML, of which
//! only flat `key: value` lines are understood) or `+++` lines (TOML).

use super::sidecar::{MAX_BYTES, OverrideError, Overrides, key_of};

/// Most lines of front matter.
const MAX_LINES: usize = 100;

/// Takes front matter off a text: what it says, and the text behind it. `None` and the whole text
/// where there is none.
///
/// Between `+++` lines it is TOML; between `---` lines, lines `key: value` (quotes around a value,
/// comments and lists are understood, nested values skipped). Keys that are not ours are left
/// alone: other programs put theirs there.
pub fn split_front_matter(text: &str) -> (Option<Result<Overrides, OverrideError>>, &str) {
    let start = text.trim_start_matches('\u{feff}');
    let mut lines = start.split_inclusive('\n');
    let fence = lines
        .next()
        .map(str::trim_end)
        .filter(|f| matches!(*f, "---" | "+++"));
    let Some(fence) = fence else {
        return (None, text);
    };
    let head = start.split_inclusive('\n').next().map_or(0, str::len);
    let mut length = head;
    for line in lines.take(MAX_LINES) {
        let closes = line.trim_end() == fence || (fence == "---" && line.trim_end() == "...");
        if closes {
            let (Some(inside), Some(rest)) =
                (start.get(head..length), start.get(length + line.len()..))
            else {
                break;
            };
            let read = if fence == "+++" {
                Some(Overrides::from_toml(inside, "文首", false))
            } else {
                read_flat(inside)
            };
            return read.map_or((None, text), |read| (Some(read), rest));
        }
        length += line.len();
        if length > MAX_BYTES {
            break;
        }
    }
    (None, text)
}

/// Reads lines `key: value`; `None` where a line is nothing of the kind, so that a text between
/// two rules stays text.
fn read_flat(text: &str) -> Option<Result<Overrides, OverrideError>> {
    let mut found = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty()
            || bare.starts_with('#')
            || (open && (bare.starts_with('-') || line.starts_with([' ', '\t'])))
        {
            continue;
        }
        let (name, value) = bare.split_once(':').or_else(|| bare.split_once('：'))?;
        let name = name.trim().trim_matches(['"', '\'']);
        let plain = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !plain && key_of(name).is_none() {
            return None;
        }
        open = value.trim().is_empty();
        found.push((name, unquoted(value.trim())));
    }
    if found.is_empty() {
        return None;
    }
    let mut overrides = Overrides::default();
    for (name, value) in found {
        // A key without a value may have a list below it, which is not ours to read.
        if let Some(key) = key_of(name).filter(|_| !value.is_empty())
            && let Err(error) = overrides.set(key, name, value, "文首")
        {
            return Some(Err(error));
        }
    }
    Some(Ok(overrides))
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote)
            && let Some((inside, _)) = rest.split_once(quote)
        {
            return inside;
        }
    }
    value.split(" #").next().unwrap_or(value).trim()
}

#[cfg(test)]
mod tests {
    use super::super::sidecar::Given;
    use super::*;

    fn value<T: Clone>(given: &Given<T>) -> Option<(T, &str)> {
        match given {
            Given::Value(derived) => Some((derived.value.clone(), derived.from.as_str())),
            _ => None,
        }
    }

    #[test]
    fn front_matter() {
        let text = "---\ntitle: \"茶\"\nDate: 2020-03-05 # 会期\ntags:\n  - 农业\nlayout: post\n会议：全县茶会\n---\n正文。\n";
        let (overrides, rest) = split_front_matter(text);
        let overrides = overrides.expect("a value").expect("a value");
        assert_eq!(rest, "正文。\n");
        assert_eq!(value(&overrides.title), Some(("茶".into(), "文首")));
        assert_eq!(
            value(&overrides.date).expect("a value").0.to_string(),
            "2020-03-05"
        );
        assert_eq!(value(&overrides.meeting).expect("a value").0, "全县茶会");
        let (overrides, rest) =
            split_front_matter("+++\r\nspeaker = '陈一鸣'\r\ndraft = true\r\n+++\r\n正文");
        assert_eq!(
            value(&overrides.expect("a value").expect("a value").speaker)
                .expect("a value")
                .0,
            "陈一鸣"
        );
        assert_eq!(rest, "正文");
        let (overrides, _) = split_front_matter("---\ndate: 昨天\n---\n正文");
        assert!(overrides.expect("a value").is_err());
    }

    #[test]
    fn rules_are_no_front_matter() {
        for text in [
            "---\n同志们：\n今天下雨。\n---\n",
            "---\n---\n",
            "---\ntitle: 茶\n",
            "讲话\n---\n",
            "",
            "---",
            "+++",
        ] {
            assert_eq!(split_front_matter(text), (None, text));
        }
    }
}
