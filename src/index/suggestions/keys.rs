//! What a text is found by: where in it something typed may begin, and what stands there in
//! characters, in pinyin and in initials; and what it sounds and looks like.

use std::hash::Hasher;
use std::ops::Range;

use rustc_hash::FxHasher;

use crate::analysis::{pinyin, words};
use crate::search::SuggestionKind;

/// Most places of one text that something typed may begin at.
const MAX_STARTS: usize = 5;
/// The same by pinyin.
const MAX_READ_STARTS: usize = 2;
/// Characters of a text in which these are looked for.
const MAX_START_CHARS: usize = 40;
/// Characters from such a place that readings are made of.
pub(super) const MAX_READ: usize = 12;
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
        _ => read(read_part(&key, row.start()), table, row),
    }
}

/// What a row of readings would be sorted by if all of the text were read.
pub(super) fn whole_reading(text: &str, table: Table, row: Row) -> String {
    let key = pinyin::key_of(text);
    read(key.get(row.start()..).unwrap_or_default(), table, row)
}

fn read(part: &[(char, usize)], table: Table, row: Row) -> String {
    match table {
        Table::Initials => pinyin::initials(part, row.variant()),
        _ => pinyin::full(part, row.variant()).0,
    }
}

/// How many characters of a key, from the row's start on, the first `n` bytes of what they read as are of.
pub(super) fn n_chars(key: &[(char, usize)], table: Table, row: Row, n: usize) -> usize {
    let mut left = n;
    let mut count = 0;
    let mut take = |len: usize| {
        if left > 0 {
            count += 1;
            left = left.saturating_sub(len);
        }
    };
    let part = key.get(row.start()..).unwrap_or_default();
    match table {
        Table::Characters => part.iter().for_each(|(c, _)| take(c.len_utf8())),
        Table::Readings => pinyin::full(part, row.variant())
            .1
            .into_iter()
            .for_each(take),
        Table::Initials => {
            let read = pinyin::initials(part, row.variant());
            read.chars().for_each(|c| take(c.len_utf8()));
        }
    }
    count
}

/// A text with its key and the places in it that something typed may begin at.
pub(super) struct Keyed {
    kind: SuggestionKind,
    key: Vec<(char, usize)>,
    starts: Vec<u16>,
}

impl Keyed {
    pub(super) fn new(kind: SuggestionKind, text: &str) -> Self {
        let key = pinyin::key_of(text);
        let starts = starts(text, &key);
        Self { kind, key, starts }
    }
}

/// What a row is sorted by: the first bytes as a number, which tells most apart, then where all of
/// them stand.
struct Sortable {
    first: u64,
    bytes: Range<u32>,
    row: Row,
}

impl Sortable {
    fn new(arena: &str, start: usize, row: Row) -> Self {
        let bytes = &arena.as_bytes()[start..];
        let mut first = [0; 8];
        let n = bytes.len().min(8);
        first[..n].copy_from_slice(&bytes[..n]);
        Self {
            first: u64::from_be_bytes(first),
            bytes: start as u32..arena.len() as u32,
            row,
        }
    }
}

/// The rows of a table of all texts, sorted.
pub(super) fn sorted(texts: &[Keyed], table: Table) -> Vec<Row> {
    let mut arena = String::new();
    let mut rows: Vec<Sortable> = Vec::new();
    for (n, text) in (0..).zip(texts) {
        match table {
            Table::Characters => add_characters(text, n, &mut arena, &mut rows),
            Table::Readings | Table::Initials => add_read(text, n, table, &mut arena, &mut rows),
        }
    }
    let bytes =
        |row: &Sortable| &arena.as_bytes()[row.bytes.start as usize..row.bytes.end as usize];
    rows.sort_unstable_by(|a, b| {
        a.first
            .cmp(&b.first)
            .then_with(|| bytes(a).cmp(bytes(b)))
            .then_with(|| (a.row.text, a.row.place).cmp(&(b.row.text, b.row.place)))
    });
    rows.into_iter().map(|row| row.row).collect()
}

fn add_characters(text: &Keyed, n: u32, arena: &mut String, rows: &mut Vec<Sortable>) {
    let first_row = rows.len();
    let mut places = text.starts.iter().copied().peekable();
    for (at, (c, _)) in text.key.iter().enumerate() {
        if let Some(start) = places.next_if(|start| usize::from(*start) == at) {
            let place = start << VARIANT_BITS;
            rows.push(Sortable::new(arena, arena.len(), Row { text: n, place }));
        }
        arena.push(*c);
    }
    // Only now it is known how they go on.
    for row in &mut rows[first_row..] {
        *row = Sortable::new(arena, row.bytes.start as usize, row.row);
    }
}

fn add_read(text: &Keyed, n: u32, table: Table, arena: &mut String, rows: &mut Vec<Sortable>) {
    // What phrases have inside are mostly phrases themselves.
    let most = match text.kind {
        SuggestionKind::Phrase => 1,
        _ => MAX_READ_STARTS,
    };
    for start in text.starts.iter().take(most).copied() {
        let part = read_part(&text.key, usize::from(start));
        let most_variants = if start == 0 {
            1 << VARIANT_BITS
        } else {
            MAX_INSIDE_VARIANTS
        };
        let first_row = rows.len();
        for variant in 0..pinyin::n_variants(part).min(most_variants) {
            let at = arena.len();
            pinyin::for_each_syllable(part, variant, |syllable| match table {
                Table::Initials => arena.extend(syllable.chars().next()),
                _ => arena.push_str(syllable),
            });
            let read = |row: &Sortable| &arena[row.bytes.start as usize..row.bytes.end as usize];
            if rows[first_row..]
                .iter()
                .any(|row| *read(row) == arena[at..])
            {
                arena.truncate(at);
                continue;
            }
            let place = start << VARIANT_BITS | variant as u16;
            rows.push(Sortable::new(arena, at, Row { text: n, place }));
        }
    }
}

/// Where something typed may begin: at the start and at words, in characters of the text's key.
fn starts(text: &str, key: &[(char, usize)]) -> Vec<u16> {
    if key.is_empty() {
        return Vec::new();
    }
    let mut starts = vec![0];
    let end = text.char_indices().nth(MAX_START_CHARS);
    let looked_at = &text[..end.map_or(text.len(), |(at, _)| at)];
    let mut chars = text.char_indices().enumerate().peekable();
    for word in words::segment(looked_at) {
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
        if last && start < key.len() {
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

/// Three bytes of it: what is found is compared, and a fourth would only make the file longer.
fn finish(state: &FxHasher) -> u32 {
    (state.finish() >> 40) as u32
}

/// Rows of hash and text, sorted.
pub(super) fn near_rows(texts: &[Keyed]) -> Vec<(u32, u32)> {
    let mut rows = Vec::new();
    for (n, text) in (0..).zip(texts) {
        if NEAR_CHARS.contains(&text.key.len()) {
            rows.extend(near_hashes(&text.key).into_iter().map(|hash| (hash, n)));
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
        let shown: Vec<String> = starts(text, &key)
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
