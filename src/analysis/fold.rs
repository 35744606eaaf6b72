//! Folding: what one character of a text becomes before units are made of it
//! (docs/normalization.md).
//!
//! Strictly character by character: the folding of a text is the concatenation of the foldings of
//! its characters, so a phrase folds the same wherever it stands. The tables are built by the
//! compiler; nothing is computed at start-up.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use super::fold_table::{BASIC, OTHER, TRADITIONAL};

/// First character of the block that the direct tables cover (CJK Unified Ideographs).
const BLOCK_START: u32 = 0x4E00;
/// Characters in that block.
const BLOCK_LEN: usize = 0xA000 - 0x4E00;

/// In [`SIMPLIFIED`]: the form lies outside the block, see [`OTHER_PAIRS`].
const OUTSIDE: u16 = 1;

/// Simplified form by `character - BLOCK_START`; 0 where a character folds to itself.
static SIMPLIFIED: [u16; BLOCK_LEN] = with_outside(direct_table(BASIC));
/// Usual traditional form by `character - BLOCK_START`; 0 where there is none.
static TRADITIONAL_FORM: [u16; BLOCK_LEN] = direct_table(TRADITIONAL);

const N_OTHER: usize = count_chars(OTHER) / 2;
/// Pairs that are not in the block with both sides, sorted by their first character.
static OTHER_PAIRS: [(char, char); N_OTHER] = pair_table(OTHER);

/// Calls `sink` with each character that `c` folds to, in order; with none where `c` vanishes.
///
/// Compatibility decomposition (NFKD of the single character), `○` `◯` to `〇`, lower case, one
/// simplified form. The ellipsis stays as it is, because it ends a clause and three
/// full stops do not.
#[inline]
pub fn fold_char(c: char, mut sink: impl FnMut(char)) {
    if c.is_ascii() {
        return sink(c.to_ascii_lowercase());
    }
    if let Some(simplified) = fold_block(c) {
        return sink(simplified);
    }
    fold_rare(c, &mut sink);
}

/// Folds a character of the main block of ideographs; `None` for any other.
#[inline]
pub(super) fn fold_block(c: char) -> Option<char> {
    let index = (c as u32).wrapping_sub(BLOCK_START) as usize;
    match *SIMPLIFIED.get(index)? {
        0 => Some(c),
        OUTSIDE => other_pair(c),
        target => char::from_u32(u32::from(target)),
    }
}

#[cold]
fn other_pair(c: char) -> Option<char> {
    let found = OTHER_PAIRS.binary_search_by_key(&c, |pair| pair.0);
    found.ok().map(|found| OTHER_PAIRS[found].1)
}

/// Circles that stand for the numeral in `二○○八年`.
fn is_circle(c: char) -> bool {
    matches!(c, '○' | '◯')
}

#[cold]
#[inline(never)]
fn decompose(c: char, sink: &mut impl FnMut(char)) {
    for part in std::iter::once(c).nfkd() {
        for lower in part.to_lowercase() {
            sink(if is_circle(lower) {
                '〇'
            } else {
                simplify(lower)
            });
        }
    }
}

fn fold_rare(c: char, sink: &mut impl FnMut(char)) {
    match c {
        '\u{3000}'..='\u{3002}'
        | '《'
        | '》'
        | '「'
        | '」'
        | '『'
        | '』'
        | '【'
        | '】'
        | '“'
        | '”'
        | '‘'
        | '’'
        | '—'
        | '…'
        | '·'
        | '〇' => sink(c),
        _ if is_circle(c) => sink('〇'),
        // Full-width forms of ASCII: U+FF01–U+FF5E.
        '\u{FF01}'..='\u{FF5E}' => {
            let narrow = (c as u32 - 0xFF01 + 0x21) as u8;
            sink(char::from(narrow.to_ascii_lowercase()));
        }
        _ => decompose(c, sink),
    }
}

/// The one simplified form of a character that has no decomposition.
fn simplify(c: char) -> char {
    fold_block(c).or_else(|| other_pair(c)).unwrap_or(c)
}

/// Folds a whole text into a new string.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Most of a text stays as it is, and is copied in pieces.
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        if fold_block(c) == Some(c) {
            continue;
        }
        folded.push_str(&text[copied..at]);
        copied = at + c.len_utf8();
        fold_char(c, |part| folded.push(part));
    }
    folded.push_str(&text[copied..]);
    folded
}

/// The usual traditional form of a simplified character, where it differs.
pub fn traditional_form(c: char) -> Option<char> {
    let index = (c as u32).wrapping_sub(BLOCK_START) as usize;
    match TRADITIONAL_FORM.get(index) {
        None | Some(0) => None,
        Some(&form) => char::from_u32(u32::from(form)),
    }
}

/// Every character but itself that folds to something with a Chinese character in it, by that.
static SOURCES: LazyLock<FxHashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut sources: FxHashMap<char, Vec<char>> = FxHashMap::default();
    let mut add = |from: char, to: char| {
        if from != to && is_han(to) {
            let known = sources.entry(to).or_default();
            // One of the pairs lies among the rarer ones, too.
            if !known.contains(&from) {
                known.push(from);
            }
        }
    };
    let inside = |(_, to): &(usize, &u16)| !matches!(**to, 0 | OUTSIDE);
    for (index, &to) in SIMPLIFIED.iter().enumerate().filter(inside) {
        let from = char::from_u32(BLOCK_START + index as u32);
        if let (Some(from), Some(to)) = (from, char::from_u32(u32::from(to))) {
            add(from, to);
        }
    }
    let rarer = [
        0x2E80..=0x33FF,
        0xF900..=0xFAFF,
        0x1F200..=0x1F2FF,
        0x2F800..=0x2FA1F,
        0x25CB..=0x25EF,
        0xFFEE..=0xFFEE,
    ];
    for from in rarer.into_iter().flatten().filter_map(char::from_u32) {
        fold_char(from, |to| add(from, to));
    }
    for &(from, to) in &OTHER_PAIRS {
        add(from, to);
    }
    sources
});

/// Every character whose folding holds the Chinese character `c`, itself included, each once.
pub fn sources(c: char) -> Vec<char> {
    let mut sources = SOURCES.get(&c).cloned().unwrap_or_default();
    sources.push(c);
    sources
}

/// Whether `c` is a Chinese character: any CJK ideograph, `〇` and `々` included.
#[inline]
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{3038}'..='\u{303A}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2FA1F}'
        | '\u{30000}'..='\u{323AF}'
        | '\u{323B0}'..='\u{3347F}')
}

const fn count_chars(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut n) = (0, 0);
    while at < bytes.len() {
        if bytes[at] & 0xC0 != 0x80 {
            n += 1;
        }
        at += 1;
    }
    n
}

/// Decodes the character at byte `at` of valid UTF-8; gives its value and its length in bytes.
const fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let b = bytes[at] as u32;
    if b < 0x80 {
        (b, 1)
    } else if b < 0xE0 {
        ((b & 0x1F) << 6 | bytes[at + 1] as u32 & 0x3F, 2)
    } else if b < 0xF0 {
        let tail = (bytes[at + 1] as u32 & 0x3F) << 6 | bytes[at + 2] as u32 & 0x3F;
        ((b & 0x0F) << 12 | tail, 3)
    } else {
        let tail = (bytes[at + 2] as u32 & 0x3F) << 6 | bytes[at + 3] as u32 & 0x3F;
        (
            (b & 0x07) << 18 | (bytes[at + 1] as u32 & 0x3F) << 12 | tail,
            4,
        )
    }
}

#[expect(clippy::large_stack_arrays, reason = "runs in the compiler only")]
const fn direct_table(pairs: &str) -> [u16; BLOCK_LEN] {
    let mut table = [0; BLOCK_LEN];
    let bytes = pairs.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (from, from_len) = decode(bytes, at);
        let (to, to_len) = decode(bytes, at + from_len);
        assert!(to <= 0xFFFF);
        table[(from - BLOCK_START) as usize] = to as u16;
        at += from_len + to_len;
    }
    table
}

/// Marks the characters of the block whose form lies outside.
const fn with_outside(mut table: [u16; BLOCK_LEN]) -> [u16; BLOCK_LEN] {
    let bytes = OTHER.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (from, from_len) = decode(bytes, at);
        let (_, to_len) = decode(bytes, at + from_len);
        if from >= BLOCK_START && from - BLOCK_START < BLOCK_LEN as u32 {
            table[(from - BLOCK_START) as usize] = OUTSIDE;
        }
        at += from_len + to_len;
    }
    table
}

const fn pair_table<const N: usize>(pairs: &str) -> [(char, char); N] {
    let mut table = [('\0', '\0'); N];
    let bytes = pairs.as_bytes();
    let (mut at, mut n) = (0, 0);
    while at < bytes.len() {
        let (from, from_len) = decode(bytes, at);
        let (to, to_len) = decode(bytes, at + from_len);
        table[n] = match (char::from_u32(from), char::from_u32(to)) {
            (Some(from), Some(to)) => (from, to),
            _ => panic!("the pairs are valid UTF-8"),
        };
        n += 1;
        at += from_len + to_len;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, folded: &str) {
        assert_eq!(fold(text), folded, "{text}");
    }

    #[test]
    fn compatibility_forms_are_folded() {
        check("ＷＴＯ２０２３", "wto2023");
        check("①㈠⒈½", "1(一)1.1⁄2");
        check("㎡ﬁ㍿", "m2fi株式会社");
        check("豈", "岂"); // U+F900, a compatibility ideograph
        check("ｶﾞ", "カ\u{3099}");
    }

    #[test]
    fn circles_are_the_numeral_zero() {
        check("二○○八年◯〇", "二〇〇八年〇〇");
    }

    #[test]
    fn traditional_and_variant_characters_have_one_form() {
        check("產業園區與發展計劃", "产业园区与发展计划");
        check("頭髮發現", "头发发现");
        check("説說衆眾羣裏裡祇", "说说众众群里里只");
        check("著名乾隆后", "著名干隆后");
        check("劉龑訢紬", "刘䶮䜣䌷"); // forms outside the block of the others
    }

    #[test]
    fn the_ellipsis_and_punctuation_stay() {
        check("……。，、", "……。,、");
    }

    #[test]
    fn every_character_folds_once_and_for_all() {
        for c in '\0'..=char::MAX {
            let once = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn every_source_of_a_character_is_known_once() {
        for c in '\0'..=char::MAX {
            fold_char(c, |to| {
                if is_han(to) {
                    let n = sources(to).iter().filter(|from| **from == c).count();
                    assert_eq!(n, 1, "U+{:04X} to {to}", c as u32);
                }
            });
        }
        assert_eq!(sources('产').len(), 3, "産 and 產, too");
    }

    #[test]
    fn pairs_are_sorted_and_usable() {
        assert!(OTHER_PAIRS.windows(2).all(|w| w[0].0 < w[1].0));
        assert_eq!(count_chars(BASIC) % 2, 0);
        assert_eq!(traditional_form('产'), Some('產'));
        assert_eq!(traditional_form('人'), None);
        for c in '\u{4E00}'..='\u{9FFF}' {
            if let Some(form) = traditional_form(c) {
                assert_eq!(simplify(form), c);
            }
        }
    }
}
