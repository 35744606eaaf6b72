//! What can be suggested to someone who types: titles, headings, meetings, speakers and frequent
//! phrases of the archive. Made from a generation's own index when it has been written, kept in one
//! file beside it, and missing without harm: no search depends on it.

mod collected;
mod file;
mod gather;
mod keys;
mod lookup;
mod mining;

use std::io;
use std::path::Path;
use std::time::Instant;

use tantivy::{Directory, Searcher};

pub(super) use self::collected::Collected;
pub(super) use self::file::VERSION;
use self::file::{Entry, File, Mining};
use self::gather::{Found, Texts};
use super::disk::{Disk as _, System};
use crate::search::SuggestionKind;

pub(super) use self::lookup::{Near, Proposal};

/// Name of the file in the folder of a generation.
pub(super) const FILE: &str = "suggestions";
/// Phrases and headings are taken over from the generation before as long as so small a part of its
/// documents has changed since they were found.
const MAX_CHANGED: f64 = 0.02;
/// One phrase to so many units of the archive, and one heading.
const UNITS_TO_ONE: u64 = 1_000;
/// Least and most phrases, and headings.
const PHRASES: (u64, u64) = (2_000, 200_000);
/// Most titles.
const MAX_TITLES: usize = 500_000;
/// Documents of an archive in which two documents with a phrase are enough.
const SMALL: u64 = 1_000;

/// The suggestions of the generation before, which may be carried on.
pub(super) struct Previous<'a> {
    /// Folder of that generation.
    pub(super) folder: &'a Path,
    /// Documents that were added, changed or removed since.
    pub(super) changed: u64,
}

/// Writes the suggestions of the generation in `folder`, which `searcher` has open.
///
/// Titles, meetings and speakers are always those of the generation. Phrases and headings are found
/// anew by reading all texts, or taken over from `previous` while little has changed.
pub(super) fn build(
    searcher: &Searcher,
    folder: &Path,
    n_threads: usize,
    previous: Option<&Previous<'_>>,
) -> tantivy::Result<()> {
    let started = Instant::now();
    let documents = u32::try_from(searcher.num_docs()).unwrap_or(u32::MAX);
    let carried = previous.and_then(|previous| carried(previous, documents));
    let (kept, mining) = match carried {
        Some(carried) => carried,
        None => (
            mined(gather::texts(searcher, n_threads)?),
            Mining {
                documents,
                changed: 0,
            },
        ),
    };
    let named = [
        ("meeting", SuggestionKind::Meeting),
        ("speaker", SuggestionKind::Speaker),
        ("title", SuggestionKind::Title),
    ];
    let mut found = [Found::default(), Found::default(), Found::default()];
    for (found, (name, kind)) in found.iter_mut().zip(named) {
        *found = gather::column(searcher, name, kind)?;
    }
    finish(found, kept, mining, folder, started)?;
    Ok(())
}

/// The same of what was collected while the documents went into the index.
pub(super) fn build_collected(collected: Collected, folder: &Path) -> tantivy::Result<()> {
    let started = Instant::now();
    let (named, texts) = collected.into_parts();
    let mining = Mining {
        documents: u32::try_from(texts.documents).unwrap_or(u32::MAX),
        changed: 0,
    };
    Ok(finish(named, mined(texts), mining, folder, started)?)
}

/// Writes the file. `named` are meetings, speakers and titles, `kept` phrases and headings.
fn finish(
    named: [Found; 3],
    kept: Found,
    mining: Mining,
    folder: &Path,
    started: Instant,
) -> io::Result<()> {
    let texts_millis = started.elapsed().as_millis() as u64;
    let mut all = Found::default();
    // Of several with the same key the first kind stays.
    for (key, entry) in named.into_iter().flatten() {
        all.entry(key).or_insert(entry);
    }
    for (key, entry) in kept {
        match all.get_mut(&key) {
            // What is a title once and written everywhere is a phrase.
            Some(known) => prefer(known, entry),
            None => {
                all.insert(key, entry);
            }
        }
    }
    let entries = ranked(all);
    let n_entries = entries.len();
    let bytes = file::encode(&entries, mining)?;
    System.write(&folder.join(FILE), &bytes)?;
    let millis = started.elapsed().as_millis() as u64;
    tracing::info!(
        n_entries,
        bytes = bytes.len(),
        texts_millis,
        millis,
        "suggestions made"
    );
    Ok(())
}

/// Phrases and headings of the generation before, if they may be taken over.
fn carried(previous: &Previous<'_>, documents: u32) -> Option<(Found, Mining)> {
    let file = open_file(previous.folder).ok()?;
    let changed = u64::from(file.mining.changed).saturating_add(previous.changed);
    let of = f64::from(file.mining.documents.min(documents));
    if changed as f64 > of * MAX_CHANGED {
        return None;
    }
    let mut found = Found::default();
    for entry in file.entries() {
        if matches!(entry.kind, SuggestionKind::Heading | SuggestionKind::Phrase) {
            found.insert(entry_key(&entry), entry);
        }
    }
    let changed = changed as u32;
    Some((
        found,
        Mining {
            changed,
            ..file.mining
        },
    ))
}

/// Phrases and headings that are frequent enough.
fn mined(texts: Texts) -> Found {
    let least = if texts.documents <= SMALL { 2 } else { 3 };
    let mut phrases = texts.tokens.mine(least);
    phrases.sort_unstable_by(|a, b| (b.documents, &a.text).cmp(&(a.documents, &b.text)));
    let most = (texts.units / UNITS_TO_ONE).clamp(PHRASES.0, PHRASES.1) as usize;
    phrases.truncate(most);
    let mut headings: Vec<(String, Entry)> = texts.headings.into_iter().collect();
    headings
        .sort_unstable_by(|(a_key, a), (b_key, b)| (b.documents, a_key).cmp(&(a.documents, b_key)));
    headings.truncate(most);
    let mut found: Found = headings.into_iter().collect();
    for phrase in phrases {
        let entry = Entry {
            kind: SuggestionKind::Phrase,
            documents: phrase.documents.saturating_mul(texts.part),
            text: phrase.text,
        };
        match found.get_mut(&entry_key(&entry)) {
            Some(known) => prefer(known, entry),
            None => {
                found.insert(entry_key(&entry), entry);
            }
        }
    }
    found
}

/// Puts a phrase in the place of a title or heading of fewer documents.
fn prefer(known: &mut Entry, entry: Entry) {
    let line = matches!(known.kind, SuggestionKind::Title | SuggestionKind::Heading);
    if line && entry.documents > known.documents {
        *known = entry;
    }
}

fn entry_key(entry: &Entry) -> String {
    let key = crate::analysis::pinyin::key_of(&entry.text);
    key.into_iter().map(|(c, _)| c).collect()
}

/// By kind, and within a kind by documents, the shorter first.
fn ranked(found: Found) -> Vec<Entry> {
    let mut entries: Vec<Entry> = found.into_values().collect();
    let place = |entry: &Entry| {
        SuggestionKind::ALL
            .iter()
            .position(|kind| *kind == entry.kind)
    };
    entries.sort_by_cached_key(|entry| {
        let len = entry.text.chars().count();
        (
            place(entry),
            u32::MAX - entry.documents,
            len,
            entry.text.clone(),
        )
    });
    let mut n_titles = 0;
    entries.retain(|entry| {
        n_titles += usize::from(entry.kind == SuggestionKind::Title);
        entry.kind != SuggestionKind::Title || n_titles <= MAX_TITLES
    });
    entries
}

fn open_file(folder: &Path) -> io::Result<File> {
    let directory = tantivy::directory::MmapDirectory::open(folder).map_err(io::Error::other)?;
    let slice = directory
        .open_read(Path::new(FILE))
        .map_err(io::Error::other)?;
    File::open(&slice.read_bytes()?)
}

/// The suggestions of a generation, opened.
pub(super) struct Suggestions {
    file: File,
}

impl Suggestions {
    /// Opens those in the folder of a generation; `None`, with a line in the log, where they are
    /// missing or damaged.
    pub(super) fn open(folder: &Path) -> Option<Self> {
        match open_file(folder) {
            Ok(file) => Some(Self { file }),
            Err(error) => {
                tracing::warn!(%error, "there are no suggestions");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn entry(kind: SuggestionKind, text: &str, documents: u32) -> Entry {
        let text = text.to_owned();
        Entry {
            text,
            kind,
            documents,
        }
    }

    fn written(entries: Vec<Entry>, mining: Mining) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("temporary folder");
        let found: Found = entries.into_iter().map(|e| (entry_key(&e), e)).collect();
        let bytes = file::encode(&ranked(found), mining).expect("can encode");
        fs::write(folder.path().join(FILE), &bytes).expect("can write");
        folder
    }

    #[test]
    fn phrases_are_carried_on_while_little_has_changed() {
        let entries = vec![
            entry(SuggestionKind::Title, "湖边散记", 1),
            entry(SuggestionKind::Phrase, "灯会", 7),
            entry(SuggestionKind::Heading, "做好灯会", 2),
        ];
        let mining = Mining {
            documents: 1_000,
            changed: 15,
        };
        let folder = written(entries, mining);
        let carried = |changed, documents| {
            let previous = Previous {
                folder: folder.path(),
                changed,
            };
            carried(&previous, documents)
        };
        let (found, mining) = carried(5, 1_001).expect("little has changed");
        assert_eq!(
            (found.len(), mining.changed, mining.documents),
            (2, 20, 1_000)
        );
        assert_eq!(found["灯会"], entry(SuggestionKind::Phrase, "灯会", 7));
        assert!(carried(6, 1_000).is_none());
        assert!(carried(5, 900).is_none());
    }

    #[test]
    fn what_is_written_is_read() {
        let entries = vec![
            entry(SuggestionKind::Phrase, "灯会", 7),
            entry(SuggestionKind::Phrase, "灯塔", 9),
            entry(SuggestionKind::Meeting, "灯会筹备会议", 3),
        ];
        let folder = written(entries, Mining::default());
        let file = open_file(folder.path()).expect("is whole");
        let read: Vec<Entry> = file.entries().collect();
        assert_eq!(
            read,
            [
                entry(SuggestionKind::Meeting, "灯会筹备会议", 3),
                entry(SuggestionKind::Phrase, "灯塔", 9),
                entry(SuggestionKind::Phrase, "灯会", 7),
            ]
        );
        let suggestions = Suggestions { file };
        let texts = |typed: &str| -> Vec<String> {
            let proposals = suggestions.proposals(typed, 5).into_iter();
            proposals.map(|proposal| proposal.text).collect()
        };
        assert_eq!(texts("dengt"), ["灯塔"]);
        assert_eq!(texts("dh"), ["灯会筹备会议", "灯会"]);
        assert_eq!(texts("筹备"), ["灯会筹备会议"]);
        assert_eq!(suggestions.near("灯踏")[0].text, "灯塔");
    }
}
