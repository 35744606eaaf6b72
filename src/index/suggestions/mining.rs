//! Finds the phrases of an archive: words and runs of words that stand together in several documents,
//! more often than chance would put them there, and not only as a part of something longer.
//!
//! Runs grow word by word: one of n words is counted only where both of its runs of n − 1 words were
//! frequent, so that most of a text is out after the first steps. Source: Agrawal and Srikant,
//! *Fast Algorithms for Mining Association Rules* (1994), on sequences.

use rustc_hash::FxHashMap;

use crate::analysis::fold::is_han;
use crate::analysis::words;

/// Marks the length of a word that is not written as it is folded.
const OTHER: u8 = 0x80;
/// Most words of a phrase.
const MAX_WORDS: usize = 8;
/// Most characters of a phrase.
const MAX_CHARS: usize = 20;
/// Most different runs that are counted at a time; beyond it those seen once are forgotten.
const MAX_COUNTED: usize = 3_000_000;
/// Least pointwise mutual information, in nats, of a run with the word at either end of it; or else the
/// share that it has of the most that is possible.
const MIN_COHESION: (f64, f64) = (3.0, 0.7);
/// The same where that word is a single character, which stands beside anything.
const MIN_COHESION_SINGLE: (f64, f64) = (4.5, 0.8);
/// A run that goes on in one and the same way more often than this is a piece of what is longer.
const MAX_SHARE_GOING_ON: f64 = 0.7;
/// The same of one word, and of what stands before a run: 构建 mostly does before 人类命运共同体, which
/// is a phrase all the same.
const MAX_SHARE: f64 = 0.95;

/// Function words that phrases may have inside: 党的二十大, 人与自然.
const LINKS: [&str; 6] = ["的", "与", "和", "之", "为", "以"];
/// The one that phrases may begin with, too: 以人民为中心.
const OPENING: &str = "以";
/// Characters that begin or end no phrase, as words of their own.
const LOOSE: &str = "年月日时个位名项次种条来去上下中里内外前后要会能可已正说看做用到出起此本各每某人们\
一二三四五六七八九十百千万亿两多少好这那是不无未非再又还只仅约近超达至共均占比今明昨";

/// A phrase as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mined {
    /// As it was written the first time.
    pub(super) text: String,
    /// Documents that it was seen in.
    pub(super) documents: u32,
}

/// The words of documents, in order.
#[derive(Default)]
pub(super) struct Tokens {
    /// By word, from 1; 0 is a border that no phrase crosses.
    words: Vec<u32>,
    /// Where each stands in `texts`.
    starts: Vec<u32>,
    /// Bytes of each, with [`OTHER`].
    lens: Vec<u8>,
    /// First token of each document.
    docs: Vec<u32>,
    texts: String,
    names: Vec<Box<str>>,
    numbers: FxHashMap<Box<str>, u32>,
}

impl Tokens {
    /// Adds a document.
    pub(super) fn add(&mut self, text: &str) {
        self.docs.push(self.words.len() as u32);
        let base = self.texts.len();
        self.texts.push_str(text);
        let mut end = 0;
        words::for_each(text, |word, range| {
            if range.start != end {
                self.push(0, 0, 0);
            }
            end = range.end;
            let number = self.number(word);
            // The simplified writing is shown where there is one.
            let other = u8::from(text.get(range.clone()) != Some(word)) * OTHER;
            match u8::try_from(range.len()) {
                Ok(len) if len < OTHER => self.push(number, base + range.start, len | other),
                _ => self.push(0, 0, 0),
            }
        });
        self.push(0, 0, 0);
    }

    /// Adds those that another thread read.
    pub(super) fn append(&mut self, other: &Self) {
        let numbers: Vec<u32> = other.names.iter().map(|name| self.number(name)).collect();
        let (base, first) = (self.texts.len() as u32, self.words.len() as u32);
        let number = |word: &u32| match word.checked_sub(1) {
            None => 0,
            Some(index) => numbers[index as usize],
        };
        self.words.extend(other.words.iter().map(number));
        self.starts
            .extend(other.starts.iter().map(|start| base + start));
        self.lens.extend_from_slice(&other.lens);
        self.docs.extend(other.docs.iter().map(|doc| first + doc));
        self.texts.push_str(&other.texts);
    }

    /// Bytes of text that were added.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    fn push(&mut self, word: u32, start: usize, len: u8) {
        self.words.push(word);
        self.starts.push(start as u32);
        self.lens.push(len);
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        // A number, or a mask.
        if word.chars().all(|c| c.is_numeric() || c == 'x') {
            return 0;
        }
        self.names.push(word.into());
        let number = self.names.len() as u32;
        self.numbers.insert(word.into(), number);
        number
    }

    fn text(&self, first: usize, n: usize) -> &str {
        let last = first + n - 1;
        let end = self.starts[last] as usize + usize::from(self.lens[last] & !OTHER);
        self.texts
            .get(self.starts[first] as usize..end)
            .unwrap_or_default()
    }

    /// The phrases that stand in at least `min_documents`.
    pub(super) fn mine(&self, min_documents: u32) -> Vec<Mined> {
        let mut level = self.words.clone();
        let mut runs = self.frequent_words(&mut level, min_documents);
        let total = level.iter().filter(|word| **word > 0).count() as f64;
        let words = level.clone();
        let word_counts: Vec<u32> = runs.iter().map(|run| run.count).collect();
        let ends: Vec<End> = runs
            .iter()
            .map(|run| End::of(self.text(run.at as usize, 1)))
            .collect();
        let mut mined = Vec::new();
        for n in 1..=MAX_WORDS {
            let longer = self.count_pairs(&mut level, &mut runs, n, min_documents);
            for run in &runs {
                let first = run.at as usize;
                let ends = [words[first], words[first + n - 1]].map(|word| ends[word as usize - 1]);
                let share = |part: u32| f64::from(part) / f64::from(run.count);
                // A single character there is mostly the end of a name.
                let (most, most_preceded) = match ends[0] {
                    _ if n == 1 => (MAX_SHARE, MAX_SHARE),
                    End::Single => (MAX_SHARE_GOING_ON, MAX_SHARE_GOING_ON),
                    _ => (MAX_SHARE_GOING_ON, MAX_SHARE),
                };
                if ends[0] == End::Never
                    || matches!(ends[1], End::Never | End::Opening)
                    || share(run.going_on) > most
                    || share(run.preceded) > most_preceded
                {
                    continue;
                }
                let text = self.text(first, n);
                let n_chars = text.chars().count();
                let fits = (2..=MAX_CHARS).contains(&n_chars) && text.chars().any(is_han_or_letter);
                let cohesive = n == 1 || {
                    let last = word_counts[words[first + n - 1] as usize - 1];
                    let before = word_counts[words[first] as usize - 1];
                    // Of a few texts even what always stands together cannot have more.
                    let possible = (total / f64::from(run.count)).ln();
                    let needed = |end| {
                        let (enough, share) = if end == End::Word {
                            MIN_COHESION
                        } else {
                            MIN_COHESION_SINGLE
                        };
                        enough.min(possible * share)
                    };
                    let cohesion = |part: u32, word: u32| {
                        (f64::from(run.count) * total / (f64::from(part) * f64::from(word))).ln()
                    };
                    cohesion(run.left, last) >= needed(ends[1])
                        && cohesion(run.right, before) >= needed(ends[0])
                };
                if fits && cohesive {
                    mined.push(Mined {
                        text: text.to_owned(),
                        documents: run.documents,
                    });
                }
            }
            runs = longer;
        }
        mined
    }

    /// Leaves in `level` the words that are frequent, numbered anew.
    fn frequent_words(&self, level: &mut [u32], min_documents: u32) -> Vec<Run> {
        let mut counts = vec![Counted::default(); self.names.len() + 1];
        self.for_each_place(|doc, at| {
            counts[level[at] as usize].add(doc, at, self.is_plain(at, 1));
        });
        let mut runs = Vec::new();
        let mut numbers = vec![0; counts.len()];
        for (word, counted) in counts.iter().enumerate().skip(1) {
            if counted.documents >= min_documents && !is_border(&self.names[word - 1]) {
                runs.push(Run::of(counted, 0, 0));
                numbers[word] = runs.len() as u32;
            }
        }
        for word in level {
            *word = numbers[*word as usize];
        }
        runs
    }

    /// Counts every run of `n` + 1 words whose two parts are frequent, and leaves in `level` the
    /// number of the one that begins at each place. Tells `runs` how often they are part of one.
    fn count_pairs(
        &self,
        level: &mut [u32],
        runs: &mut [Run],
        n: usize,
        min_documents: u32,
    ) -> Vec<Run> {
        let mut counts: FxHashMap<(u32, u32), Counted> = FxHashMap::default();
        self.for_each_place(|doc, at| {
            let pair = (level[at], level.get(at + 1).copied().unwrap_or(0));
            if pair.0 > 0 && pair.1 > 0 {
                let counted = counts.entry(pair).or_default();
                counted.add(doc, at, self.is_plain(at, n + 1));
                if counts.len() > MAX_COUNTED {
                    counts.retain(|_, counted| counted.count > 1);
                }
            }
        });
        let mut longer = Vec::new();
        counts.retain(|(left, right), counted| {
            let part = &mut runs[*left as usize - 1];
            part.going_on = part.going_on.max(counted.count);
            let part = &mut runs[*right as usize - 1];
            part.preceded = part.preceded.max(counted.count);
            counted.documents >= min_documents
        });
        let mut frequent: Vec<_> = counts.iter().collect();
        // The order of a hash table must not decide which of several equals is kept later.
        frequent.sort_unstable_by_key(|(_, counted)| counted.at);
        let mut numbers: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        for ((left, right), counted) in frequent {
            let count = |part: u32| runs[part as usize - 1].count;
            longer.push(Run::of(counted, count(*left), count(*right)));
            numbers.insert((*left, *right), longer.len() as u32);
        }
        for at in 0..level.len() {
            let pair = (level[at], level.get(at + 1).copied().unwrap_or(0));
            level[at] = if pair.0 > 0 && pair.1 > 0 {
                numbers.get(&pair).copied().unwrap_or(0)
            } else {
                0
            };
        }
        longer
    }

    /// Whether a run is written as it is folded.
    fn is_plain(&self, at: usize, n: usize) -> bool {
        let lens = self.lens.get(at..at + n).unwrap_or_default();
        lens.iter().all(|len| len & OTHER == 0)
    }

    /// Every token with the number of its document, from 1.
    fn for_each_place(&self, mut each: impl FnMut(u32, usize)) {
        for (doc, first) in self.docs.iter().enumerate() {
            let end = self
                .docs
                .get(doc + 1)
                .map_or(self.words.len(), |end| *end as usize);
            for at in *first as usize..end {
                each(doc as u32 + 1, at);
            }
        }
    }
}

/// A frequent run of words.
struct Run {
    count: u32,
    documents: u32,
    /// A place where it stands.
    at: u32,
    /// Counts of what it is without its last and without its first word.
    left: u32,
    right: u32,
    /// How often at most one and the same word stands behind it, and before it.
    going_on: u32,
    preceded: u32,
}

impl Run {
    fn of(counted: &Counted, left: u32, right: u32) -> Self {
        Self {
            count: counted.count,
            documents: counted.documents,
            at: counted.at,
            left,
            right,
            going_on: 0,
            preceded: 0,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Counted {
    count: u32,
    documents: u32,
    last: u32,
    at: u32,
    plain: bool,
}

impl Counted {
    fn add(&mut self, doc: u32, at: usize, plain: bool) {
        if self.count == 0 || (plain && !self.plain) {
            self.at = at as u32;
            self.plain = plain;
        }
        self.count += 1;
        self.documents += u32::from(self.last != doc);
        self.last = doc;
    }
}

/// What a word is good for at an end of a phrase.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Word,
    Single,
    /// [`OPENING`].
    Opening,
    Never,
}

impl End {
    fn of(word: &str) -> Self {
        let mut chars = word.chars();
        match (chars.next(), chars.next()) {
            _ if word == OPENING => Self::Opening,
            _ if words::is_function(word) => Self::Never,
            (Some(c), None) if LOOSE.contains(c) => Self::Never,
            (_, None) => Self::Single,
            _ => Self::Word,
        }
    }
}

/// Whether no phrase reaches across a word.
fn is_border(word: &str) -> bool {
    words::is_function(word) && !LINKS.contains(&word)
}

fn is_han_or_letter(c: char) -> bool {
    is_han(c) || c.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mined(texts: &[&str]) -> Vec<(String, u32)> {
        let mut tokens = Tokens::default();
        for text in texts {
            tokens.add(text);
        }
        let mined = tokens.mine(2).into_iter();
        mined.map(|mined| (mined.text, mined.documents)).collect()
    }

    fn documents(texts: &[&str], phrase: &str) -> Option<u32> {
        let mined = mined(texts);
        let found = mined.iter().find(|(text, _)| text == phrase);
        found.map(|(_, documents)| *documents)
    }

    const TEXTS: [&str; 4] = [
        "我们用藕粉银丝羹招待客人。藕粉银丝羹很香",
        "今天又做藕粉银丝羹，天气晴朗",
        "天气很好；招待朋友。大家到湖边散步",
        "湖边有人散步，天气转冷",
    ];

    #[test]
    fn a_run_of_words_is_found_as_a_whole() {
        assert_eq!(documents(&TEXTS, "藕粉银丝羹"), Some(2));
        assert_eq!(documents(&TEXTS, "天气"), Some(2));
        // Pieces of it are no phrases.
        assert_eq!(documents(&TEXTS, "粉银丝"), None);
    }

    #[test]
    fn what_mostly_stands_behind_one_word_is_a_phrase_all_the_same() {
        let texts = [
            "打造湖滨灯塔",
            "打造湖滨灯塔",
            "打造湖滨灯塔",
            "打造湖滨灯塔",
            "看湖滨灯塔",
        ];
        assert_eq!(documents(&texts, "湖滨灯塔"), Some(5));
        // Always is too often, and so is mostly for what goes on.
        assert_eq!(documents(&texts[..4], "湖滨灯塔"), None);
        let texts = [
            "湖滨灯塔公园",
            "湖滨灯塔公园",
            "湖滨灯塔公园",
            "湖滨灯塔公园",
            "湖滨灯塔亮",
        ];
        assert_eq!(documents(&texts, "湖滨灯塔"), None);
        assert_eq!(documents(&texts, "湖滨灯塔公园"), Some(4));
    }

    #[test]
    fn a_phrase_may_begin_with_the_one_link() {
        let texts = [
            "以村民为中心",
            "坚持以村民为中心",
            "天气",
            "天气",
            "湖边散步",
        ];
        assert_eq!(documents(&texts, "以村民为中心"), Some(2));
        assert_eq!(documents(&["藕粉以村民", "藕粉以村民"], "藕粉以"), None);
    }

    #[test]
    fn no_phrase_crosses_a_stop_or_punctuation() {
        let texts = ["香樟。木屋", "香樟，木屋", "香樟；木屋"];
        assert_eq!(documents(&texts, "香樟木屋"), None);
        assert_eq!(
            mined(&texts).iter().map(|m| m.1).collect::<Vec<_>>(),
            [3, 3]
        );
    }

    #[test]
    fn function_words_are_at_no_end() {
        let texts = ["桥上的灯塔", "桥上的灯塔", "看桥上的灯塔"];
        for (text, _) in mined(&texts) {
            assert!(!text.starts_with('的') && !text.ends_with('的'), "{text}");
        }
    }

    #[test]
    fn threads_add_up() {
        let (mut one, mut other) = (Tokens::default(), Tokens::default());
        one.add(TEXTS[0]);
        other.add(TEXTS[3]);
        other.add(TEXTS[1]);
        one.append(&other);
        one.add(TEXTS[2]);
        let mut all: Vec<_> = one
            .mine(2)
            .into_iter()
            .map(|m| (m.text, m.documents))
            .collect();
        let mut expected = mined(&TEXTS);
        all.sort();
        expected.sort();
        assert_eq!(all, expected);
    }
}
