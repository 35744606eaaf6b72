//! Finds what goes on from something typed, and what something misspelt may have been.

use std::ops::Range;

use super::Suggestions;
use super::keys::{self, NEAR_CHARS, Row, Table};
use crate::analysis::fold::is_han;
use crate::analysis::pinyin;
use crate::search::SuggestionKind;

/// Most rows that are looked at where every one has to be compared.
const MAX_COMPARED: usize = 20_000;
/// Most characters of what was typed that are compared.
const MAX_TYPED: usize = 60;

/// Something that goes on from what was typed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::index) struct Proposal {
    pub(in crate::index) text: String,
    pub(in crate::index) kind: SuggestionKind,
    /// Documents that have it; of a phrase about.
    pub(in crate::index) documents: u32,
    /// Characters of `text` that were typed.
    pub(in crate::index) matched: Vec<Range<usize>>,
    /// Whether it begins with what was typed.
    pub(in crate::index) begins: bool,
}

/// Something that what was typed may have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::index) struct Near {
    pub(in crate::index) text: String,
    pub(in crate::index) documents: u32,
    /// Whether it sounds alike.
    pub(in crate::index) sounds: bool,
    /// Characters that are others.
    pub(in crate::index) changed: usize,
}

/// The best texts of one kind: lowest numbers, which are highest ranks.
struct Best {
    k: usize,
    rows: Vec<(Row, Table, usize)>,
}

impl Best {
    fn add(&mut self, row: Row, table: Table, typed: usize) {
        if self.rows.len() == self.k
            && self
                .rows
                .last()
                .is_some_and(|(worst, ..)| worst.text <= row.text)
        {
            return;
        }
        let at = self
            .rows
            .partition_point(|(known, ..)| known.text < row.text);
        if self
            .rows
            .get(at)
            .is_some_and(|(known, ..)| known.text == row.text)
        {
            return;
        }
        self.rows.insert(at, (row, table, typed));
        self.rows.truncate(self.k);
    }
}

impl Suggestions {
    /// What goes on from `typed`: up to `k` texts of each kind that begin with it, and up to `k` of
    /// each that have it inside, by documents.
    pub(in crate::index) fn proposals(&self, typed: &str, k: usize) -> Vec<Proposal> {
        let mut typed = pinyin::key_of(typed);
        typed.truncate(MAX_TYPED);
        if typed.is_empty() || k == 0 {
            return Vec::new();
        }
        let best = || {
            SuggestionKind::ALL.map(|_| Best {
                k,
                rows: Vec::new(),
            })
        };
        let mut best = [best(), best()];
        let mut add = |row: Row, table: Table, len: usize| {
            let kind = self.file.kind(row.text) as usize;
            best[usize::from(row.start() > 0)][kind].add(row, table, len);
        };
        let letters: String = typed.iter().map(|(c, _)| *c).collect();
        for n in self.range(Table::Characters, &letters) {
            add(
                self.file.row(Table::Characters, n),
                Table::Characters,
                letters.len(),
            );
        }
        if let Some(read) = pinyin::typed(&typed) {
            for table in [Table::Readings, Table::Initials] {
                let range = self.range(table, &read);
                for n in self.cut_off(table, &read, range.start) {
                    add(self.file.row(table, n), table, read.len());
                }
                for n in range {
                    add(self.file.row(table, n), table, read.len());
                }
            }
        } else {
            self.mixed(&typed, &mut add);
        }
        let mut proposals = Vec::new();
        for (of_kinds, begins) in best.iter().zip([true, false]) {
            for best in of_kinds {
                let rows = best.rows.iter();
                proposals.extend(
                    rows.map(|(row, table, len)| self.proposal(*row, *table, *len, begins)),
                );
            }
        }
        proposals
    }

    /// Characters up to the last Chinese one, and then letters of a pinyin: 新zhi, 新zscl, 7月gong.
    fn mixed(&self, typed: &[(char, usize)], add: &mut impl FnMut(Row, Table, usize)) {
        let last = typed.iter().rposition(|(c, _)| is_han(*c));
        let (written, letters) = typed.split_at(last.map_or(0, |last| last + 1));
        let Some(letters) = pinyin::typed(letters) else {
            return;
        };
        if written.is_empty() || letters.is_empty() {
            return;
        }
        let n_written = written.len();
        let written: String = written.iter().map(|(c, _)| *c).collect();
        for n in self.range(Table::Characters, &written).take(MAX_COMPARED) {
            let row = self.file.row(Table::Characters, n);
            let key = pinyin::key_of(self.file.text(row.text));
            let rest = key.get(row.start() + n_written..).unwrap_or_default();
            let rest = &rest[..rest.len().min(letters.len())];
            for variant in 0..pinyin::n_variants(rest) {
                let (read, lens) = pinyin::full(rest, variant);
                let n_typed = if read.starts_with(&letters) {
                    let mut left = letters.len();
                    let more = |len: &&usize| {
                        let more = left > 0;
                        left = left.saturating_sub(**len);
                        more
                    };
                    lens.iter().take_while(more).count()
                } else if pinyin::initials(rest, variant).starts_with(&letters) {
                    letters.len()
                } else {
                    continue;
                };
                let len: usize = key[row.start()..]
                    .iter()
                    .take(n_written + n_typed)
                    .map(|(c, _)| c.len_utf8())
                    .sum();
                add(row, Table::Characters, len);
                break;
            }
        }
    }

    /// The rows whose keys begin with `typed`.
    fn range(&self, table: Table, typed: &str) -> Range<usize> {
        let start = self.first(table, |key| key < typed);
        let end = self.first(table, |key| key < typed || key.starts_with(typed));
        start..end.max(start)
    }

    /// The first row whose key does not come before something.
    fn first(&self, table: Table, is_before: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.file.n_rows(table));
        while low < high {
            let middle = usize::midpoint(low, high);
            if is_before(&self.key(table, middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn key(&self, table: Table, n: usize) -> String {
        let row = self.file.row(table, n);
        keys::key(self.file.text(row.text), table, row)
    }

    /// The rows before `end`, the first whose key does not come before `typed`, that hold only the
    /// beginning of what was typed because a reading is cut off, and whose texts go on as it does.
    fn cut_off(&self, table: Table, typed: &str, mut end: usize) -> Vec<usize> {
        let mut found = Vec::new();
        while end > 0 {
            // What stands between a beginning of `typed` and `typed` has that beginning, too.
            let before = self.key(table, end - 1);
            let shared = before.bytes().zip(typed.bytes());
            let n = shared.take_while(|(a, b)| a == b).count();
            let Some(beginning) = typed.get(..n).filter(|_| n >= keys::MAX_READ) else {
                break;
            };
            let start = self.first(table, |key| key < beginning);
            let same = (start..end).take_while(|n| self.key(table, *n) == beginning);
            found.extend(same.filter(|n| {
                let row = self.file.row(table, *n);
                keys::whole_reading(self.file.text(row.text), table, row).starts_with(typed)
            }));
            end = start;
        }
        found
    }

    fn proposal(&self, row: Row, table: Table, typed: usize, begins: bool) -> Proposal {
        let text = self.file.text(row.text);
        let key = pinyin::key_of(text);
        let n = keys::n_chars(&key, table, row, typed);
        let from = row.start().min(key.len());
        let places = &key[from..key.len().min(from + n)];
        // What stands between two characters of the key, a mark say, parts them.
        let mut matched: Vec<Range<usize>> = Vec::new();
        for (_, at) in places {
            match matched.last_mut() {
                Some(last) if last.end >= *at => last.end = at + 1,
                _ => matched.push(*at..at + 1),
            }
        }
        Proposal {
            kind: self.file.kind(row.text),
            documents: self.file.documents(row.text),
            text: text.to_owned(),
            matched,
            begins,
        }
    }

    /// Texts that sound like `typed`, or differ from it in one character, or two if it is long; never
    /// itself. Those that sound alike come first, then by documents.
    pub(in crate::index) fn near(&self, typed: &str) -> Vec<Near> {
        let key = pinyin::key_of(typed);
        if !NEAR_CHARS.contains(&key.len()) || !key.iter().any(|(c, _)| is_han(*c)) {
            return Vec::new();
        }
        let mut found: Vec<(u32, Near)> = Vec::new();
        for hash in keys::near_hashes(&key) {
            for text in self.file.near(hash).take(MAX_COMPARED) {
                if found.iter().any(|(known, _)| *known == text) {
                    continue;
                }
                let other = pinyin::key_of(self.file.text(text));
                if other.len() != key.len() {
                    continue;
                }
                let changed = key.iter().zip(&other).filter(|(a, b)| a.0 != b.0).count();
                let sounds = key
                    .iter()
                    .zip(&other)
                    .all(|(a, b)| a.0 == b.0 || sounds_alike(a.0, b.0));
                // Two of two are another word.
                let few = changed <= 1 + usize::from(key.len() >= 6);
                if changed == 0 || !(sounds || few && key.len() > 2) {
                    continue;
                }
                let near = Near {
                    text: self.file.text(text).to_owned(),
                    documents: self.file.documents(text),
                    sounds,
                    changed,
                };
                found.push((text, near));
            }
        }
        let mut found: Vec<Near> = found.into_iter().map(|(_, near)| near).collect();
        found.sort_by(|a, b| {
            let rank = |near: &Near| (!near.sounds, near.changed, u32::MAX - near.documents);
            rank(a).cmp(&rank(b)).then_with(|| a.text.cmp(&b.text))
        });
        found
    }
}

fn sounds_alike(a: char, b: char) -> bool {
    let sounds = |c: char| {
        let key = [(c, 0)];
        let mut sounds = Vec::new();
        for variant in 0..pinyin::n_variants(&key) {
            pinyin::for_each_syllable(&key, variant, |syllable| {
                let (first, rest) = pinyin::blurred(syllable);
                sounds.push((first, rest.to_owned()));
            });
        }
        sounds
    };
    let a = sounds(a);
    sounds(b).iter().any(|sound| a.contains(sound))
}
