//! Packages of parts as Office Open XML has them: parts that refer to each other by relationships, and
//! the core properties. It does not know what the parts hold.
//!
//! Source: ECMA-376 part 2.

use super::soft_breaks::clean;
use super::xml::{Node, XmlReader, decode};
use super::{Budget, Error, Package, Properties};

/// That a part belongs to another one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Relationship {
    pub(super) id: String,
    kind: String,
    /// Name of the part.
    pub(super) target: String,
}

impl Relationship {
    /// Whether it is of a kind, by the last step of the type, which the strict and the transitional variant share.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }
}

/// The relationships of a part to others of the package, and of the package itself where `part` is
/// empty; none where there is no list.
///
/// # Errors
/// Those of [`Package::part`] and [`XmlReader::next`].
pub(super) fn relationships(
    package: &mut Package<'_>,
    part: &str,
    budget: &mut Budget,
) -> Result<Vec<Relationship>, Error> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let name = resolved(folder, &format!("_rels/{file}.rels"));
    read(package, &name, budget, |xml, budget| {
        let mut found = Vec::new();
        while let Some(node) = xml.next(budget)? {
            let Node::Start(element) = node else {
                continue;
            };
            let is_outside = element.attribute("TargetMode").as_deref() == Some("External");
            if element.name() != "Relationship" || is_outside {
                continue;
            }
            if let (Some(kind), Some(target)) =
                (element.attribute("Type"), element.attribute("Target"))
            {
                let id = element.attribute("Id").unwrap_or_default();
                let target = resolved(folder, &target);
                found.push(Relationship { id, kind, target });
            }
        }
        Ok(found)
    })
}

/// The part to which the first relationship of a kind points, or else `usual`.
pub(super) fn target_of<'r>(related: &'r [Relationship], kind: &str, usual: &'r str) -> &'r str {
    let found = related.iter().find(|relationship| relationship.is(kind));
    found.map_or(usual, |found| found.target.as_str())
}

/// The name of a part from a path that is relative to `folder`, or absolute with a `/` before it.
pub(super) fn resolved(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut steps: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        steps.extend(folder.split('/'));
    }
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.join("/")
}

/// Reads a part; what there is without it where it does not exist.
///
/// # Errors
/// Those of [`Package::part`] and of `reader`.
pub(super) fn read<T: Default>(
    package: &mut Package<'_>,
    name: &str,
    budget: &mut Budget,
    reader: impl FnOnce(&mut XmlReader<'_>, &mut Budget) -> Result<T, Error>,
) -> Result<T, Error> {
    let Some(bytes) = package.part(name, budget)? else {
        return Ok(T::default());
    };
    let text = decode(&bytes, budget)?;
    reader(&mut XmlReader::new(&text, name), budget)
}

/// Title, author and day of a package with these relationships. Where they are damaged, there are
/// none: a document is worth having without them.
///
/// # Errors
/// Those of [`Budget::spend`].
pub(super) fn properties(
    package: &mut Package<'_>,
    related: &[Relationship],
    budget: &mut Budget,
) -> Result<Properties, Error> {
    let name = target_of(related, "core-properties", "docProps/core.xml");
    match read(package, name, budget, core_properties) {
        Err(Error::Broken { .. }) => Ok(Properties::default()),
        read => read,
    }
}

/// Source: part 2, 8.
fn core_properties(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Properties, Error> {
    let mut properties = Properties::default();
    let mut is_root = true;
    while let Some(node) = xml.next(budget)? {
        let Node::Start(element) = node else {
            continue;
        };
        if std::mem::take(&mut is_root) {
            continue;
        }
        let name = element.name().to_owned();
        let text = clean(&xml.text(budget)?);
        match name.as_str() {
            _ if text.is_empty() => {}
            "title" => properties.title = Some(text),
            "creator" => properties.author = Some(text),
            "created" => properties.created = day(&text),
            _ => {}
        }
    }
    Ok(properties)
}

/// The day of a moment written `YYYY-MM-DDThh:mm:ssZ`.
pub(super) fn day(moment: &str) -> Option<String> {
    let day = moment.trim().get(..10)?;
    let is_day = day.bytes().enumerate().all(|(n, byte)| match n {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_day.then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn names_of_parts_are_resolved() {
        for (folder, path, expected) in [
            ("word", "styles.xml", "word/styles.xml"),
            ("word", "/word/styles.xml", "word/styles.xml"),
            ("word", "../docProps/./core.xml", "docProps/core.xml"),
            ("", "word\\a.xml", "word/a.xml"),
            ("", "../../a.xml", "a.xml"),
        ] {
            assert_eq!(resolved(folder, path), expected, "{path}");
        }
    }

    #[test]
    fn kinds_are_those_of_both_variants() {
        for kind in [
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles",
            "http://purl.oclc.org/ooxml/officeDocument/relationships/styles",
        ] {
            let relationship = Relationship {
                id: String::new(),
                kind: kind.to_owned(),
                target: String::new(),
            };
            assert!(relationship.is("styles"));
            assert!(!relationship.is("stylesWithEffects"));
        }
    }

    #[test]
    fn properties_are_read() {
        let xml = "<c><d:title> 报告\n一 </d:title><d:creator/><t:created>2024-03-05T16:00:00Z</t:created>\
                   <d:creator>甲<x>乙</x></d:creator></c>";
        let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
        let properties = core_properties(&mut XmlReader::new(xml, "core.xml"), &mut budget);
        let expected = Properties {
            title: Some("报告 一".to_owned()),
            author: Some("甲".to_owned()),
            created: Some("2024-03-05".to_owned()),
        };
        assert_eq!(properties, Ok(expected));
    }

    #[test]
    fn only_days_are_days() {
        assert_eq!(day("2024-03-05"), Some("2024-03-05".to_owned()));
        for other in ["", "2024", "2024/03/05", "昨天昨天昨天昨天"] {
            assert_eq!(day(other), None, "{other}");
        }
    }
}
