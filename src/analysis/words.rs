//! Words by dictionary (jieba, through cang-jie), for ranking and for taking long keywords apart.
//!
//! Never for deciding whether a text holds a phrase: words of a text depend on their neighbours.
//! The dictionary takes a good tenth of a second to load, so it is loaded when first needed.

use std::ops::Range;
use std::sync::LazyLock;

use cang_jie::CangjieTokenStream;
use jieba_rs::Jieba;
use rustc_hash::FxHashSet;
use tantivy::tokenizer::{TextAnalyzer, Tokenizer};

use super::fold::{fold, fold_char, is_han};

static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Loads the dictionary if it is not loaded yet.
pub fn load_dictionary() {
    LazyLock::force(&DICTIONARY);
}

/// Whether a token has anything to find in it: a letter, a digit or a Chinese character.
fn has_unit(token: &str) -> bool {
    token.chars().any(|c| is_han(c) || c.is_alphanumeric())
}

/// Characters of the shortest words that the index keeps: two neighbouring characters, and single
/// ones, the exact index counts anyway. That leaves out most tokens.
const MIN_INDEXED: usize = 3;

/// Whether [`analyzer`] keeps a word.
pub fn is_indexed(token: &str) -> bool {
    // No Chinese character has less than three bytes; most tokens have one or two characters.
    if token.len() < 3 * MIN_INDEXED {
        return false;
    }
    let n_han = token
        .chars()
        .take_while(|c| is_han(*c))
        .take(MIN_INDEXED)
        .count();
    n_han == MIN_INDEXED
}

/// The analyzer of the index's words: whole words and the shorter words inside them.
///
/// It expects folded text (see [`fold`]); positions mean nothing.
pub fn analyzer() -> TextAnalyzer {
    TextAnalyzer::from(Ranked)
}

/// The distinct words of `text` for ranking, the shorter words inside others too: those that
/// [`analyzer`] puts into the index, and those of two characters, which it leaves to the exact index.
pub fn ranking_words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<String> = Vec::new();
    for token in DICTIONARY.cut_for_search(&folded, false) {
        let two = token.word.chars().count() == 2 && token.word.chars().all(is_han);
        if (two || is_indexed(token.word)) && !words.iter().any(|word| word == token.word) {
            words.push(token.word.to_owned());
        }
    }
    words
}

/// Words that only hold others together, or ask: a text about the matter need not have them.
const FUNCTION_WORDS: &str = "\
    的 地 得 了 着 过 是 在 和 与 及 或 而 且 并 也 都 就 还 又 再 才 则 但 却 从 自 向 往 由 于 以 为 \
    对 把 被 将 让 使 给 跟 同 按 因 如 若 虽 所 其 之 此 该 这 那 哪 谁 何 几 吗 呢 吧 啊 么 嘛 有 没 \
    不 很 更 最 太 我 你 他 她 它 您 们 等 等等 我们 你们 他们 她们 它们 咱们 自己 大家 这个 那个 这些 \
    那些 这样 那样 这里 那里 哪个 哪些 哪里 哪儿 哪位 哪种 什么 甚么 怎么 怎样 怎么样 如何 为何 为什么 \
    何时 何处 何人 何地 何年 多少 多久 多大 多长 多高 几个 几年 一个 一种 一些 以及 并且 而且 或者 还是 \
    但是 可是 然而 因为 因此 由于 所以 如果 虽然 即使 不但 不仅 关于 对于 至于 根据 按照 通过 作为 为了 \
    除了 之后 之前 之中 之间 以后 以前 当时 时候 的话 是否 有没有 是不是 可以 已经 曾经 曾 没有 就是 \
    也是 还有 都是";

static FUNCTIONS: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| FUNCTION_WORDS.split_ascii_whitespace().collect());

/// Whether a word has only grammar to tell, or asks.
pub fn is_function(word: &str) -> bool {
    FUNCTIONS.contains(word) || FUNCTIONS.contains(&*fold(word))
}

/// Cuts `text` into words: byte ranges of `text` that do not overlap, in order; punctuation left out.
pub fn segment(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for_each(text, |_, range| ranges.push(range));
    ranges
}

/// Calls `each` with every word that [`segment`] gives: folded, and where it stands.
pub fn for_each(text: &str, mut each: impl FnMut(&str, Range<usize>)) {
    // No word goes on in the next line; of a long text no more is held at a time than of one.
    let mut line_start = 0;
    for line in text.split('\n') {
        for_each_of_line(line, |word, range| {
            each(word, line_start + range.start..line_start + range.end);
        });
        line_start += line.len() + 1;
    }
}

fn for_each_of_line(text: &str, mut each: impl FnMut(&str, Range<usize>)) {
    let mut folded = String::with_capacity(text.len());
    let mut origin = Vec::with_capacity(text.len());
    for (start, c) in text.char_indices() {
        fold_char(c, |part| {
            folded.push(part);
            origin.extend(std::iter::repeat_n(
                start..start + c.len_utf8(),
                part.len_utf8(),
            ));
        });
    }
    let mut end = 0;
    for token in DICTIONARY.cut(&folded, false) {
        let (first, last) = (&origin[token.byte_start], &origin[token.byte_end - 1]);
        let start = first.start.max(end);
        if has_unit(token.word) && start < last.end {
            each(token.word, start..last.end);
            end = last.end;
        }
    }
}

/// What cang-jie's `ForSearch` gives, without the tokens that are not ranked by: nine of ten, which
/// need not be made then.
#[derive(Clone)]
struct Ranked;

impl Tokenizer for Ranked {
    type TokenStream<'a> = CangjieTokenStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> CangjieTokenStream<'a> {
        let mut kept = Vec::new();
        // No word goes on in the next line.
        for line in text.split('\n') {
            for token in DICTIONARY.cut(line, false) {
                if is_indexed(token.word) {
                    add_shorter(token.word, &mut kept);
                    kept.push(token.word);
                }
            }
        }
        CangjieTokenStream::new(text, kept)
    }
}

/// Adds the words of three characters inside a longer one.
fn add_shorter<'t>(word: &'t str, kept: &mut Vec<&'t str>) {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let starts = word.char_indices().map(|(at, _)| at);
    for (start, end) in starts.zip(ends.skip(MIN_INDEXED - 1)) {
        let shorter = &word[start..end];
        if shorter.len() < word.len() && is_indexed(shorter) && DICTIONARY.has_word(shorter) {
            kept.push(shorter);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cang_jie::{CangJieTokenizer, TokenizerOption};
    use tantivy::tokenizer::TokenStream as _;

    use super::*;

    #[test]
    fn words_are_slices_of_the_source() {
        let text = "現代化產業體系，《决定》２０２３";
        let words: Vec<&str> = segment(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(words, ["現代化", "產業", "體系", "决定", "２０２３"]);
    }

    #[test]
    fn the_index_keeps_words_of_three_characters_and_more() {
        let mut analyzer = analyzer();
        let mut stream = analyzer.token_stream("在人民代表大会上，2023年");
        let mut words = Vec::new();
        while let Some(token) = stream.next() {
            words.push(token.text.clone());
        }
        assert_eq!(words, ["人民代表大会"]);
    }

    #[test]
    fn the_index_keeps_what_cang_jie_gives_for_searches() {
        let mut texts = vec!["全国人民代表大会常务委员会\n卡拉OK厅，二〇二三年3.6.3版".to_owned()];
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
        for file in walkdir::WalkDir::new(root) {
            let file = file.expect("can be listed");
            texts.extend(std::fs::read_to_string(file.path()).map(|text| fold(&text)));
        }
        let mut theirs = CangJieTokenizer {
            worker: Arc::new(Jieba::new()),
            option: TokenizerOption::ForSearch { hmm: false },
        };
        let mut n_words = 0;
        for text in texts {
            let mut expected = Vec::new();
            let mut stream = theirs.token_stream(&text);
            while let Some(token) = stream.next() {
                expected.extend(is_indexed(&token.text).then(|| token.text.clone()));
            }
            let mut analyzer = analyzer();
            let mut stream = analyzer.token_stream(&text);
            let mut words = Vec::new();
            while let Some(token) = stream.next() {
                words.push(token.text.clone());
            }
            assert_eq!(words, expected);
            n_words += words.len();
        }
        assert!(n_words > 1_000);
    }

    #[test]
    fn ranking_words_hold_the_shorter_words_too() {
        let words = ranking_words("人民政府，人民 2023");
        assert_eq!(words, ["人民", "民政", "政府", "人民政府"]);
    }
}
