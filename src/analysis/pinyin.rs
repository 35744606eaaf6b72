//! How Chinese characters are read, in Latin letters without tones: for suggestions that go on from
//! typed pinyin, and for words that sound alike. It decides nothing about what a phrase matches.

use std::sync::LazyLock;

use pinyin::ToPinyin;

use super::fold::{fold_char, is_han};

/// Characters of everyday use with more than one common reading, the commonest first. All others
/// have the one that the data of the crate `pinyin` puts first; its further readings are mostly
/// those of old books and would only multiply what has to be looked up. Sorted.
const SEVERAL: [(char, &[&str]); 131] = [
    ('丽', &["li"]),
    ('乐', &["le", "yue"]),
    ('乘', &["cheng", "sheng"]),
    ('了', &["le", "liao"]),
    ('什', &["shen", "shi"]),
    ('仇', &["chou", "qiu"]),
    ('仔', &["zi", "zai"]),
    ('会', &["hui", "kuai"]),
    ('传', &["chuan", "zhuan"]),
    ('伯', &["bo", "bai"]),
    ('伺', &["si", "ci"]),
    ('似', &["si", "shi"]),
    ('佛', &["fo", "fu"]),
    ('便', &["bian", "pian"]),
    ('六', &["liu", "lu"]),
    ('刹', &["sha", "cha"]),
    ('削', &["xiao", "xue"]),
    ('剥', &["bo", "bao"]),
    ('劲', &["jin", "jing"]),
    ('勒', &["le", "lei"]),
    ('区', &["qu", "ou"]),
    ('单', &["dan", "shan"]),
    ('卜', &["bu", "bo"]),
    ('卡', &["ka", "qia"]),
    ('厦', &["sha", "xia"]),
    ('参', &["can", "shen", "cen"]),
    ('叶', &["ye", "xie"]),
    ('吁', &["yu", "xu"]),
    ('吓', &["xia", "he"]),
    ('和', &["he", "huo"]),
    ('囤', &["tun", "dun"]),
    ('圈', &["quan", "juan"]),
    ('圩', &["xu", "wei"]),
    ('地', &["di", "de"]),
    ('埔', &["pu", "bu"]),
    ('堡', &["bao", "pu", "bu"]),
    ('塞', &["sai", "se"]),
    ('奇', &["qi", "ji"]),
    ('宿', &["su", "xiu"]),
    ('尉', &["wei", "yu"]),
    ('屏', &["ping", "bing"]),
    ('属', &["shu", "zhu"]),
    ('差', &["cha", "chai"]),
    ('巷', &["xiang", "hang"]),
    ('幢', &["chuang", "zhuang"]),
    ('度', &["du", "duo"]),
    ('弄', &["nong", "long"]),
    ('弹', &["tan", "dan"]),
    ('强', &["qiang", "jiang"]),
    ('得', &["de"]),
    ('恶', &["e", "wu"]),
    ('扎', &["zha", "za"]),
    ('拓', &["tuo", "ta"]),
    ('择', &["ze", "zhai"]),
    ('提', &["ti", "di"]),
    ('擘', &["bo", "bai"]),
    ('数', &["shu", "shuo"]),
    ('晟', &["sheng", "cheng"]),
    ('曝', &["bao", "pu"]),
    ('曾', &["zeng", "ceng"]),
    ('朝', &["chao", "zhao"]),
    ('朴', &["pu", "piao"]),
    ('枞', &["zong", "cong"]),
    ('柏', &["bai", "bo"]),
    ('柞', &["zuo", "zha"]),
    ('查', &["cha", "zha"]),
    ('校', &["xiao", "jiao"]),
    ('椎', &["zhui", "chui"]),
    ('模', &["mo", "mu"]),
    ('殷', &["yin", "yan"]),
    ('沓', &["ta", "da"]),
    ('没', &["mei", "mo"]),
    ('泊', &["bo", "po"]),
    ('浒', &["hu", "xu"]),
    ('浚', &["jun", "xun"]),
    ('涌', &["yong", "chong"]),
    ('涡', &["wo", "guo"]),
    ('漯', &["luo", "ta"]),
    ('澄', &["cheng", "deng"]),
    ('牟', &["mou", "mu"]),
    ('犍', &["jian", "qian"]),
    ('率', &["lv", "shuai"]),
    ('珲', &["hun", "hui"]),
    ('琢', &["zhuo", "zuo"]),
    ('畜', &["xu", "chu"]),
    ('番', &["fan", "pan"]),
    ('的', &["de", "di"]),
    ('盛', &["sheng", "cheng"]),
    ('省', &["sheng", "xing"]),
    ('着', &["zhe", "zhao", "zhuo"]),
    ('磅', &["bang", "pang"]),
    ('种', &["zhong", "chong"]),
    ('秘', &["mi", "bi"]),
    ('称', &["cheng", "chen"]),
    ('粘', &["nian", "zhan"]),
    ('系', &["xi", "ji"]),
    ('给', &["gei", "ji"]),
    ('绿', &["lv", "lu"]),
    ('缪', &["miao", "mou"]),
    ('翟', &["zhai", "di"]),
    ('臭', &["chou", "xiu"]),
    ('荥', &["xing", "ying"]),
    ('莞', &["guan", "wan"]),
    ('落', &["luo", "la"]),
    ('蔚', &["wei", "yu"]),
    ('薄', &["bo", "bao"]),
    ('藉', &["ji", "jie"]),
    ('藏', &["cang", "zang"]),
    ('虹', &["hong", "gang"]),
    ('蚌', &["bang", "beng"]),
    ('血', &["xue", "xie"]),
    ('行', &["xing", "hang"]),
    ('覃', &["qin", "tan"]),
    ('角', &["jiao", "jue"]),
    ('解', &["jie", "xie"]),
    ('谁', &["shei", "shui"]),
    ('调', &["diao", "tiao"]),
    ('轧', &["zha", "ya"]),
    ('辗', &["zhan", "nian"]),
    ('辟', &["pi", "bi"]),
    ('还', &["hai", "huan"]),
    ('郇', &["xun", "huan"]),
    ('都', &["du", "dou"]),
    ('重', &["zhong", "chong"]),
    ('铅', &["qian", "yan"]),
    ('长', &["chang", "zhang"]),
    ('陂', &["pi", "bei"]),
    ('降', &["jiang", "xiang"]),
    ('隗', &["wei", "kui"]),
    ('露', &["lu", "lou"]),
    ('靓', &["liang", "jing"]),
];

/// Most ways to read one key.
const MAX_VARIANTS: usize = 8;

/// First character of [`BLOCK`], and how many it has.
const BLOCK_START: u32 = 0x4E00;
const BLOCK_LEN: u32 = 0x5200;

/// The readings of the common block: millions are asked for when an index is built.
static BLOCK: LazyLock<Vec<Readings>> = LazyLock::new(|| {
    let chars = (BLOCK_START..BLOCK_START + BLOCK_LEN).map(char::from_u32);
    chars.map(|c| c.map_or(([""; 3], 0), find)).collect()
});

/// Up to three readings, and how many there are.
type Readings = ([&'static str; 3], usize);

/// The common readings of a folded character, the commonest first; of a letter or digit none.
fn readings(c: char) -> Readings {
    match BLOCK.get((c as u32).wrapping_sub(BLOCK_START) as usize) {
        Some(readings) => *readings,
        None => find(c),
    }
}

fn find(c: char) -> Readings {
    let mut list = [""; 3];
    if let Ok(at) = SEVERAL.binary_search_by_key(&c, |(several, _)| *several) {
        let several = SEVERAL[at].1;
        let n = several.len().min(3);
        list[..n].copy_from_slice(&several[..n]);
        return (list, n);
    }
    match c.to_pinyin() {
        Some(reading) => {
            list[0] = plain(reading.plain());
            (list, 1)
        }
        None => (list, 0),
    }
}

/// `ü` is typed `v`.
fn plain(reading: &'static str) -> &'static str {
    match reading {
        "lü" => "lv",
        "nü" => "nv",
        "lüe" => "lve",
        "nüe" => "nve",
        other => other,
    }
}

/// Chinese characters, letters and digits of `text`, folded, each with the number of the character
/// that it was read from: what suggestions are compared by.
pub fn key_of(text: &str) -> Vec<(char, usize)> {
    let mut key = Vec::with_capacity(text.len() / 3);
    for (n, c) in text.chars().enumerate() {
        let c = if matches!(c, 'ü' | 'Ü') { 'v' } else { c };
        fold_char(c, |folded| {
            if is_han(folded) || folded.is_alphanumeric() {
                key.push((folded, n));
            }
        });
    }
    key
}

/// How many ways there are to read a key, at most a few.
pub fn n_variants(key: &[(char, usize)]) -> usize {
    let mut n = 1;
    for (c, _) in key {
        n = times(n, readings(*c).1);
    }
    n
}

/// Further characters of many readings are read in one way.
fn times(n: usize, readings: usize) -> usize {
    if readings > 1 && n * readings <= MAX_VARIANTS {
        n * readings
    } else {
        n
    }
}

/// The reading of each character of a key in one of [`n_variants`] ways; a letter or a digit reads as
/// itself.
pub fn for_each_syllable(key: &[(char, usize)], variant: usize, mut each: impl FnMut(&str)) {
    let mut n = 1;
    for (c, _) in key {
        let (list, count) = readings(*c);
        if count == 0 {
            each(c.encode_utf8(&mut [0; 4]));
            continue;
        }
        let more = times(n, count);
        let choice = if more > n { variant / n % count } else { 0 };
        n = more;
        each(list[choice]);
    }
}

/// The full reading of a key, and how many bytes of it each character has.
pub fn full(key: &[(char, usize)], variant: usize) -> (String, Vec<usize>) {
    let (mut read, mut lens) = (String::new(), Vec::with_capacity(key.len()));
    for_each_syllable(key, variant, |syllable| {
        read.push_str(syllable);
        lens.push(syllable.len());
    });
    (read, lens)
}

/// The first letters of the readings of a key.
pub fn initials(key: &[(char, usize)], variant: usize) -> String {
    let mut read = String::with_capacity(key.len());
    for_each_syllable(key, variant, |syllable| {
        read.extend(syllable.chars().next());
    });
    read
}

/// What was typed as pinyin, as keys have it: lower case, `v` for `ü`, without marks between
/// syllables. `None` where it holds anything but letters and digits.
pub fn typed(key: &[(char, usize)]) -> Option<String> {
    if !key.iter().all(|(c, _)| c.is_ascii_alphanumeric()) {
        return None;
    }
    let letters: String = key.iter().map(|(c, _)| *c).collect();
    // 略 and 虐 are often typed so; nothing else is.
    Some(letters.replace("lue", "lve").replace("nue", "nve"))
}

/// A syllable as those hear it who do not tell zh from z, n from l, or -ng from -n.
pub fn blurred(syllable: &str) -> (char, &str) {
    let mut chars = syllable.chars();
    let first = chars.next().unwrap_or(' ');
    let mut rest = chars.as_str();
    if matches!(first, 'z' | 'c' | 's') {
        rest = rest.strip_prefix('h').unwrap_or(rest);
    }
    for ending in ["ang", "eng", "ing"] {
        if syllable.ends_with(ending) {
            rest = rest.strip_suffix('g').unwrap_or(rest);
        }
    }
    (if first == 'n' { 'l' } else { first }, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let key = key_of(text);
        let n = n_variants(&key);
        (0..n).map(|variant| full(&key, variant).0).collect()
    }

    #[test]
    fn characters_are_read() {
        assert_eq!(all("新質生產力"), ["xinzhishengchanli"]);
        assert_eq!(all("《5G＋略》"), ["5glve"]);
        assert_eq!(initials(&key_of("新质生产力"), 0), "xzscl");
    }

    #[test]
    fn common_readings_are_all_there() {
        assert_eq!(all("重庆"), ["zhongqing", "chongqing"]);
        assert_eq!(all("银行"), ["yinxing", "yinhang"]);
        assert!(all("行长会").contains(&"hangzhanghui".to_owned()));
        assert_eq!(all("女"), ["nv"]);
        for (text, read) in [
            ("目的", "mudi"),
            ("了解", "liaojie"),
            ("流血", "liuxue"),
            ("仔细", "zixi"),
            ("呼吁", "huyu"),
            ("佛山", "foshan"),
            ("增长", "zengzhang"),
            ("委员长", "weiyuanzhang"),
        ] {
            assert!(all(text).contains(&read.to_owned()), "{text}");
        }
    }

    #[test]
    fn readings_are_bounded() {
        assert_eq!(n_variants(&key_of(&"重".repeat(300))), MAX_VARIANTS);
        assert_eq!(n_variants(&key_of("")), 1);
    }

    #[test]
    fn every_reading_of_the_table_is_of_letters() {
        assert!(SEVERAL.is_sorted_by_key(|(c, _)| *c));
        for (c, list) in SEVERAL {
            assert_eq!(key_of(&c.to_string()), [(c, 0)], "{c}");
            assert!(!list.is_empty() && list.len() <= 3, "{c}");
            for reading in list {
                assert!(reading.bytes().all(|b| b.is_ascii_lowercase()), "{c}");
            }
        }
    }

    #[test]
    fn near_sounds_are_one() {
        let same = |a, b| assert_eq!(blurred(a), blurred(b), "{a} {b}");
        same("zhang", "zan");
        same("sheng", "sen");
        same("ning", "lin");
        same("chuang", "cuan");
        assert_ne!(blurred("li"), blurred("lu"));
        assert_ne!(blurred("dong"), blurred("don"));
    }
}
