//! What a text is found by: where in it something typed may begin, and what stands there in
//! characters, in pinyin and in initials; and what it sounds and looks like.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::analysis::{pinyin, words};
use crate::search::SuggestionKind;

/// Most places of one text that something typed may begin at.
const MAX_STARTS: usize = 10;
/// The same by pinyin.
const MAX_READ_STARTS: usize = 4;
/// Characters from such a place that readings are made of.
const MAX_READ: usize = 12;
/// Most ways of reading what stands inside of a text.
const MAX_INSIDE_VARIANTS: usize = 1;
/// Bits of a place for the way of reading.
const VARIANT_BITS: u16 = 3;
/// Lengths of texts, in characters, that are offered for what is misspelt.
pub(super) const NEAR_CHARS: std::ops::RangeInclusive<usize> = 2..=12;

/// A sorted table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Characters,
    Readings,
    Initials,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) text: u32,
    /// Characters of the key before it, and the way of reading.
    pub(super) place: u16,
}

impl Row {
    pub(super) fn start(self) -> usize {
        usize::from(self.place >> VARIANT_BITS)
    }

    pub(super) fn variant(self) -> usize {
        usize::from(self.place & ((1 << VARIANT_BITS) - 1))
    }
}

/// A text's key from some character on, as far as readings go.
fn read_part(key: &[(char, usize)], start: usize) -> &[(char, usize)] {
    let part = key.get(start..).unwrap_or_default();
    &part[..part.len().min(MAX_READ)]
}

/// What a row of a table is sorted by.
pub(super) fn key(text: &str, table: Table, row: Row) -> String {
    let key = pinyin::key_of(text);
    match table {
        Table::Characters => key.iter().skip(row.start()).map(|(c, _)| *c).collect(),
        Table::Readings => pinyin::full(read_part(&key, row.start()), row.variant()).0,
        Table::Initials => pinyin::initials(read_part(&key, row.start()), row.variant()),
    }
}

/// How many characters of a key, from the row's start on, the first `n` bytes of its row's key are of.
pub(super) fn n_chars(key: &[(char, usize)], table: Table, row: Row, n: usize) -> usize {
    let mut left = n;
    let mut count = 0;
    let mut take = |len: usize| {
        if left > 0 {
            count += 1;
            left = left.saturating_sub(len);
        }
    };
    match table {
        Table::Characters => {
            for (c, _) in key.iter().skip(row.start()) {
                take(c.len_utf8());
            }
        }
        Table::Readings => {
            let (_, lens) = pinyin::full(read_part(key, row.start()), row.variant());
            lens.into_iter().for_each(take);
        }
        Table::Initials => {
            let read = pinyin::initials(read_part(key, row.start()), row.variant());
            read.chars().for_each(|c| take(c.len_utf8()));
        }
    }
    count
}

/// The rows of a table of all texts, sorted.
pub(super) fn sorted(
    texts: &[&str],
    starts: &[Vec<u16>],
    table: Table,
    kind: impl Fn(usize) -> SuggestionKind,
) -> Vec<Row> {
    let mut arena = String::new();
    let mut rows: Vec<(u32, u32, Row)> = Vec::new();
    for (n, (text, starts)) in texts.iter().zip(starts).enumerate() {
        let key = pinyin::key_of(text);
        // What phrases have inside are mostly phrases themselves.
        let inside = kind(n) != SuggestionKind::Phrase;
        let most = match table {
            Table::Characters => MAX_STARTS,
            Table::Readings | Table::Initials if inside => MAX_READ_STARTS,
            Table::Readings | Table::Initials => 1,
        };
        for start in starts.iter().take(most).map(|start| usize::from(*start)) {
            let part = read_part(&key, start);
            let n_variants = match table {
                Table::Characters => 1,
                Table::Readings | Table::Initials => pinyin::n_variants(part),
            };
            let mut seen: Vec<String> = Vec::new();
            let most_variants = if start == 0 {
                1 << VARIANT_BITS
            } else {
                MAX_INSIDE_VARIANTS
            };
            for variant in 0..n_variants.min(most_variants) {
                let read = match table {
                    Table::Characters => key[start..].iter().map(|(c, _)| *c).collect(),
                    Table::Readings => pinyin::full(part, variant).0,
                    Table::Initials => pinyin::initials(part, variant),
                };
                if seen.contains(&read) {
                    continue;
                }
                let at = arena.len() as u32;
                arena.push_str(&read);
                let place = (start as u16) << VARIANT_BITS | variant as u16;
                rows.push((
                    at,
                    read.len() as u32,
                    Row {
                        text: n as u32,
                        place,
                    },
                ));
                seen.push(read);
            }
        }
    }
    let bytes =
        |(at, len, _): &(u32, u32, Row)| &arena.as_bytes()[*at as usize..(at + len) as usize];
    rows.sort_unstable_by(|a, b| {
        bytes(a)
            .cmp(bytes(b))
            .then_with(|| (a.2.text, a.2.place).cmp(&(b.2.text, b.2.place)))
    });
    rows.into_iter().map(|(_, _, row)| row).collect()
}

/// Where something typed may begin: at the start and at words, in characters of the key.
pub(super) fn starts(text: &str) -> Vec<u16> {
    let key = pinyin::key_of(text);
    if key.is_empty() {
        return Vec::new();
    }
    let mut starts = vec![0];
    let mut chars = text.char_indices().enumerate().peekable();
    for word in words::segment(text) {
        // Nobody begins with 的 or a single figure.
        let shown = text.get(word.clone()).unwrap_or_default();
        if shown.chars().nth(1).is_none() {
            continue;
        }
        let mut n = 0;
        while let Some((number, (at, _))) = chars.peek() {
            if *at >= word.start {
                n = *number;
                break;
            }
            chars.next();
        }
        let start = key.partition_point(|(_, char)| *char < n);
        let last = starts.last().is_none_or(|last| usize::from(*last) < start);
        if last && start < key.len() && start < 1 << (16 - VARIANT_BITS) {
            starts.push(start as u16);
        }
        if starts.len() >= MAX_STARTS {
            break;
        }
    }
    starts
}

/// What a text is near to: a hash of what it sounds like in each way of reading, and one of each of
/// its halves with its length, so that one character may be another.
pub(super) fn near_hashes(key: &[(char, usize)]) -> Vec<u32> {
    let mut hashes = Vec::new();
    for variant in 0..pinyin::n_variants(key) {
        let mut state = FxHasher::default();
        state.write_u8(1);
        pinyin::for_each_syllable(key, variant, |syllable| {
            let (first, rest) = pinyin::blurred(syllable);
            state.write_u32(first as u32);
            state.write(rest.as_bytes());
            state.write_u8(0);
        });
        hashes.push(finish(&state));
    }
    if key.len() > 2 {
        let middle = key.len() / 2;
        for (half, tag) in [(&key[..middle], 2), (&key[middle..], 3)] {
            let mut state = FxHasher::default();
            state.write_u8(tag);
            state.write_usize(key.len());
            for (c, _) in half {
                state.write_u32(*c as u32);
            }
            hashes.push(finish(&state));
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn finish(state: &FxHasher) -> u32 {
    (state.finish() >> 32) as u32
}

/// Rows of hash and text, sorted.
pub(super) fn near_rows<'a>(
    texts: impl Iterator<Item = (SuggestionKind, &'a str)>,
) -> Vec<(u32, u32)> {
    let mut rows = Vec::new();
    for ((_, text), n) in texts.zip(0..) {
        let key = pinyin::key_of(text);
        if NEAR_CHARS.contains(&key.len()) {
            rows.extend(near_hashes(&key).into_iter().map(|hash| (hash, n)));
        }
    }
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_typed_may_begin_at_words() {
        let text = "《关于藕粉的通知》";
        let key = pinyin::key_of(text);
        let shown: Vec<String> = starts(text)
            .into_iter()
            .map(|start| key[usize::from(start)..].iter().map(|(c, _)| *c).collect())
            .collect();
        assert_eq!(shown, ["关于藕粉的通知", "藕粉的通知", "通知"]);
    }

    #[test]
    fn near_texts_share_a_hash() {
        let share = |a: &str, b: &str| {
            let (a, b) = (
                near_hashes(&pinyin::key_of(a)),
                near_hashes(&pinyin::key_of(b)),
            );
            a.iter().any(|hash| b.contains(hash))
        };
        assert!(share("新质生产利", "新质生产力"));
        assert!(share("兰州", "南州"));
        assert!(share("湖滨路灯塔", "湖滨路打塔"));
        assert!(!share("灯塔", "木屋"));
    }
}
