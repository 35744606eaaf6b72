//! The promise: a quoted phrase is found where a scan over units finds it, nowhere
//! else, and every number about it is exact.
//!
//! The scan below is written from the rules of docs/query-language.md alone. Of yicha's own analysis it takes the table of
//! traditional characters and nothing else, so that the two can disagree.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use yicha::analysis::fold;
use yicha::search::{Mask, Request, Searcher};

use crate::archive::{Archive, ask, parse, paths, request, sample};

const STOP: &str = "。";
const MASK: &str = "*";

fn is_han(c: char) -> bool {
    matches!(c,
        '々' | '〇'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

fn is_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '；' | ';' | '…' | '\n')
}

fn is_mask_sign(c: char) -> bool {
    matches!(c, '*' | '×' | '□' | '█')
}

fn is_digit(c: char) -> bool {
    c.is_numeric() && !is_han(c)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

/// Step 1, for one character.
fn folded(c: char) -> Vec<char> {
    // The ellipsis ends a clause; its compatibility form, three full stops, would not.
    if c == '…' {
        return vec![c];
    }
    let mut folded = Vec::new();
    for part in std::iter::once(c).nfkd() {
        for lower in part.to_lowercase() {
            match lower {
                '○' | '◯' => folded.push('〇'),
                han if is_han(han) => folded.extend(fold::fold(&han.to_string()).chars()),
                other => folded.push(other),
            }
        }
    }
    folded
}

/// A unit and the characters of the source that it was read from.
struct Unit {
    text: String,
    start: usize,
    end: usize,
}

/// Steps 2 to 4.
fn units(text: &[char]) -> Vec<Unit> {
    let mut stream: Vec<(char, usize)> = Vec::with_capacity(text.len());
    for (place, c) in text.iter().enumerate() {
        stream.extend(folded(*c).into_iter().map(|c| (c, place)));
    }
    let at_is = |at: usize, is: fn(char) -> bool| stream.get(at).is_some_and(|(c, _)| is(*c));
    let mut units: Vec<Unit> = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let first = at;
        let c = stream[at].0;
        at += 1;
        let unit = if is_han(c) || matches!(c, '%' | '‰') {
            c.to_string()
        } else if is_stop(c) {
            if units.last().is_none_or(|unit| unit.text == STOP) {
                continue;
            }
            STOP.to_owned()
        } else if is_mask_sign(c) {
            while at_is(at, is_mask_sign) {
                at += 1;
            }
            MASK.to_owned()
        } else if is_letter(c) {
            let mut run = String::from(c);
            loop {
                let separates = at_is(at - 1, is_digit) && at_is(at + 1, is_digit);
                match stream.get(at) {
                    Some((c, _)) if is_letter(*c) || is_combining_mark(*c) => run.push(*c),
                    Some(('.', _)) if separates => run.push('.'),
                    Some((',', _)) if separates => {}
                    _ => break,
                }
                at += 1;
            }
            let struck_out = run.len() > 1 && run.chars().all(|c| c == 'x');
            if struck_out { MASK.to_owned() } else { run }
        } else {
            continue;
        };
        units.push(Unit {
            text: unit,
            start: stream[first].1,
            end: stream[at - 1].1 + 1,
        });
    }
    if units.last().is_some_and(|unit| unit.text == STOP) {
        units.pop();
    }
    units
}

/// A document as the scan sees it.
struct Scanned {
    path: String,
    chars: Vec<char>,
    /// Numbers of units, and their places in `chars`.
    ids: Vec<u32>,
    places: Vec<(usize, usize)>,
}

/// What a phrase has to give.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    paths: BTreeSet<String>,
    occurrences: u64,
    exact: u64,
}

/// All documents, scanned once.
#[derive(Default)]
struct Oracle {
    documents: Vec<Scanned>,
    numbers: HashMap<String, u32>,
    /// By the number of a unit: the documents that hold it, and where.
    starts: Vec<Vec<(usize, usize)>>,
}

impl Oracle {
    fn add(&mut self, path: &str, text: &str) {
        let chars: Vec<char> = text.chars().collect();
        let (mut ids, mut places) = (Vec::new(), Vec::new());
        for (position, unit) in units(&chars).into_iter().enumerate() {
            let next = self.numbers.len() as u32;
            let id = *self.numbers.entry(unit.text).or_insert(next);
            if id == next {
                self.starts.push(Vec::new());
            }
            self.starts[id as usize].push((self.documents.len(), position));
            ids.push(id);
            places.push((unit.start, unit.end));
        }
        self.documents.push(Scanned {
            path: path.to_owned(),
            chars,
            ids,
            places,
        });
    }

    /// Every place of a phrase; `None` where it has no units.
    fn find(&self, phrase: &[char]) -> Option<Expected> {
        let wanted = units(phrase);
        let typed = &phrase[wanted.first()?.start..wanted.last()?.end];
        let mut expected = Expected::default();
        let ids: Option<Vec<u32>> = wanted
            .iter()
            .map(|unit| self.numbers.get(&unit.text).copied())
            .collect();
        let Some(ids) = ids else {
            return Some(expected);
        };
        for &(document, position) in &self.starts[ids[0] as usize] {
            let document = &self.documents[document];
            if document.ids[position..].starts_with(&ids) {
                let (start, _) = document.places[position];
                let (_, end) = document.places[position + ids.len() - 1];
                expected.occurrences += 1;
                expected.exact += u64::from(&document.chars[start..end] == typed);
                expected.paths.insert(document.path.clone());
            }
        }
        Some(expected)
    }
}

/// A generator of its own, so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const WORDS: &[&str] = &[
    "人",
    "产业",
    "园区",
    "工作思路",
    "高质量发展",
    "党的二十大",
    "两年三级跳",
    "第一",
    "的",
    "和",
    "一二三",
    "省",
    "市",
    "县委书记",
    "新型工业化",
    "百分点",
    "人民",
    "大人",
    "发展",
    "某",
];
const REPEATED: &[&str] = &[
    "人人人",
    "人人人人人",
    "一一一一一一",
    "的的",
    "产业产业产业",
    "10 10 10",
    "々々",
    "人々",
    "〇〇〇",
    "是是非非",
];
const MASKED: &[&str] = &[
    "*",
    "**",
    "＊",
    "＊＊*",
    "×",
    "××",
    "□□",
    "█",
    "*×□█",
    "xx",
    "XX",
    "Xx",
    "ｘｘ",
    "ＸＸ",
    "xxx",
    "x",
    "X",
    "* *",
    "xx xx",
    "*xx",
    "xx*",
    "x1",
    "xx1",
    "1xx",
    "WXX",
    "x轴",
    "四*省",
    "××镇",
    "张XX",
    "XX市",
    "□*栈",
    "×xx×",
];
const NUMBERS: &[&str] = &[
    "1,000",
    "1000",
    "13.5",
    "13.5%",
    "13.5亿元",
    "5亿元",
    "5",
    "2023年",
    "２０２３",
    "１，２３４．５",
    "1.2.3",
    "1.,5",
    "1. ",
    "1,a",
    "a1.5",
    "1.a",
    "3‰",
    "25％",
    "①",
    "②③",
    "⑫",
    "㈠",
    "⒈",
    "⒈5",
    "½",
    "²",
    "5G",
    "3D",
    "7B",
    "1a2",
    "a1",
    "100,",
    "100.",
    ".5",
    ",5",
    "1,,2",
    "二○○八年",
    "二〇〇八",
    "◯",
    "Ⅻ",
    "1，2",
    "10％。5",
    "٣,٤",
];
const SCRIPTS: &[&str] = &[
    "WTO",
    "wto",
    "Wto",
    "ＷＴＯ",
    "ｗＴｏ",
    "WTOX",
    "GDP",
    "café",
    "cafe\u{301}",
    "CAFÉ",
    "naïve",
    "Straße",
    "カタカナ",
    "ｶﾞｷﾞ",
    "ガギ",
    "한글",
    "ΕΛΛΑΣ",
    "ελλας",
    "РФ",
    "рф",
    "ﬁ",
    "㎡",
    "m2",
    "℃",
    "㍻",
    "㍻㍻",
    "㍿",
    "㈱",
    "μg",
    "µg",
    "AI大模型",
    "IT",
    "it",
    "𝐀𝐈",
    "𝟙𝟚",
    "ﷺ",
];
const RARE: &[&str] = &[
    "𠮷",
    "𠮷野家",
    "𪚥",
    "𠀀𠀁",
    "𡈽",
    "🎉",
    "👨\u{200d}👩",
    "\u{e000}",
    "\u{feff}",
    "\u{200b}",
    "\u{fffd}",
    "\u{f900}",
    "⼀",
    "㐀",
];
const TRADITIONAL: &[&str] = &[
    "產業",
    "園區",
    "產業園區",
    "發展",
    "發展計劃",
    "頭髮",
    "説說",
    "裏裡",
    "衆眾",
    "羣群",
    "後后",
    "乾干",
    "於于",
    "禮",
    "祇衹只",
    "産業",
    "會議",
    "人民會議",
    "両",
    "黨的二十大",
];
const SKIPPED: &[&str] = &[
    "，", "、", "“", "”", "《", "》", "（", "）", "——", "-", "—", "：", "·", " ", "　", "\t", ",",
    ".", "..", "/", "|", "(", ")", "「", "」", "『", "』", "【", "】", "'", "‘", "’", "&", "<",
    ">", "＂", "～", "￥", "+", "＋", "°", "′", "\u{301}",
];
const STOPS: &[&str] = &[
    "。",
    "！",
    "？",
    "!",
    "?",
    "；",
    ";",
    "…",
    "……",
    "。。",
    "！？",
    "。”",
    "”。“",
    "。）",
    "｡",
    "‼",
    "\n",
    "\n\n",
    "。\n",
    "\n。",
    "。”\n“",
    "\n \n　\n",
    "\n\n\n\n",
    "……\n！",
];

fn piece(dice: &mut Dice) -> &'static str {
    let kind = match dice.below(24) {
        0..8 => WORDS,
        8..10 => REPEATED,
        10..12 => MASKED,
        12..15 => NUMBERS,
        15..17 => SCRIPTS,
        17 => RARE,
        18..20 => TRADITIONAL,
        20..22 => SKIPPED,
        _ => STOPS,
    };
    dice.pick(kind)
}

/// A text made to be misread; it has at least one unit.
fn adversarial(dice: &mut Dice) -> String {
    let mut text = String::from("文");
    for _ in 0..dice.between(5, 160) {
        text.push_str(piece(dice));
    }
    text
}

/// The documents, indexed twice: in two segments, and merged into one.
struct World {
    archives: [Archive; 2],
    oracle: Oracle,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut files: Vec<(String, String)> = Vec::new();
        for (_, text) in texts(&*sample().reader) {
            files.push((format!("样本/{:03}.txt", files.len()), text));
        }
        let mut dice = Dice(2023);
        for n in 0..149 {
            files.push((format!("生成/{n:03}.txt"), adversarial(&mut dice)));
        }
        // One paragraph without end.
        let long: String = (0..3000)
            .map(|_| piece(&mut dice).replace('\n', ""))
            .collect();
        files.push(("生成/长段.txt".to_owned(), format!("文{long}")));
        let archives =
            [2, 4].map(|threads| Archive::with(&files, |_, index| index.threads = threads));
        let mut oracle = Oracle::default();
        for (path, text) in texts(&*archives[0].reader) {
            oracle.add(&path, &text);
        }
        assert_eq!(
            oracle.documents.len(),
            files.len(),
            "{:?}",
            archives[0].summary.failed
        );
        World { archives, oracle }
    })
}

/// The texts of an archive as yicha extracted them, by path.
fn texts(searcher: &dyn Searcher) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for offset in (0..).step_by(100) {
        let page = Request {
            offset,
            limit: 100,
            ..Request::default()
        };
        let hits = ask(searcher, &page).hits;
        if hits.is_empty() {
            break;
        }
        for hit in hits {
            let document = searcher
                .document(hit.document.id, None)
                .expect("was listed");
            texts.push((hit.document.path, document.text));
        }
    }
    texts
}

/// Every document that a phrase is found in, page by page.
fn all_paths(searcher: &dyn Searcher, q: &str) -> Vec<String> {
    let mut all = Vec::new();
    for offset in (0..).step_by(100) {
        let page = Request {
            mask: Mask::Off,
            offset,
            n_snippets: 0,
            ..request(q)
        };
        let found = paths(&ask(searcher, &page));
        if found.is_empty() {
            break;
        }
        all.extend(found);
    }
    all
}

/// Compares one phrase with the scan; gives whether it occurs at all.
///
/// `n` is its number: half of the phrases go to either index, and for a third of them the documents
/// are compared one by one too.
fn check(n: usize, phrase: &str) -> bool {
    let world = world();
    let chars: Vec<char> = phrase.chars().collect();
    let expected = world.oracle.find(&chars).expect("has units");
    let reader = &*world.archives[n % 2].reader;
    let q = format!("\"{phrase}\"");
    let brief = Request {
        query: parse(&q),
        mask: Mask::Off,
        limit: 1,
        n_snippets: 0,
        ..Request::default()
    };
    let response = ask(reader, &brief);
    let total = response.total;
    let n_documents = expected.paths.len() as u64;
    if !response.variants.is_empty() {
        // Numbers are found in other notations, too: more, and none of it exact.
        assert!(total.documents >= n_documents, "{phrase:?}");
        assert!(total.occurrences >= expected.occurrences, "{phrase:?}");
        assert_eq!(total.exact, expected.exact, "{phrase:?}");
        if n.is_multiple_of(6) {
            let found: BTreeSet<String> = all_paths(reader, &q).into_iter().collect();
            assert!(found.is_superset(&expected.paths), "{phrase:?}");
        }
        return n_documents > 0;
    }
    assert_eq!(
        (total.documents, total.occurrences, total.exact),
        (n_documents, expected.occurrences, expected.exact),
        "documents, occurrences and exact ones of {phrase:?} in index {}",
        n % 2
    );
    assert_eq!(
        total.normalized,
        expected.occurrences - expected.exact,
        "{phrase:?}"
    );
    assert!(!response.relaxed, "{phrase:?}");
    if n % 6 < 2 {
        let found = all_paths(reader, &q);
        let unique: BTreeSet<String> = found.iter().cloned().collect();
        assert_eq!(
            found.len(),
            unique.len(),
            "{phrase:?} gives a document twice"
        );
        assert_eq!(unique, expected.paths, "{phrase:?}");
    }
    n_documents > 0
}

/// A phrase of 1 to 30 units, cut out of some document; `None` where the place is no good.
fn cut(dice: &mut Dice) -> Option<String> {
    let documents = &world().oracle.documents;
    let chars = &documents[dice.below(documents.len())].chars;
    let start = dice.below(chars.len());
    let len = match dice.below(4) {
        0 => dice.between(1, 2),
        1 => dice.between(2, 5),
        2 => dice.between(4, 14),
        _ => dice.between(10, 45),
    };
    let end = chars.len().min(start + len);
    usable(&chars[start..end].iter().collect::<String>())
}

/// Signs that are operators in a query (§2, §4) give way to others of their kind.
fn usable(cut: &str) -> Option<String> {
    let operators = |c| match c {
        '*' | '＊' => '×',
        '…' => '；',
        other => other,
    };
    let phrase: String = cut.chars().map(operators).collect();
    let n_units = units(&phrase.chars().collect::<Vec<char>>()).len();
    let usable =
        (1..=30).contains(&n_units) && !phrase.contains(['"', '\n']) && !phrase.contains("...");
    usable.then_some(phrase)
}

/// The same phrase, or nearly so, in another writing.
fn rewritten(dice: &mut Dice, phrase: &str) -> Option<String> {
    const PAIRS: [(char, char); 12] = [
        ('产', '產'),
        ('业', '業'),
        ('发', '發'),
        ('园', '園'),
        ('区', '區'),
        ('会', '會'),
        ('经', '經'),
        ('济', '濟'),
        ('务', '務'),
        ('长', '長'),
        ('党', '黨'),
        ('说', '說'),
    ];
    let way = dice.below(6);
    let mut rewritten = String::new();
    for c in phrase.chars() {
        match (way, c) {
            (0, _) => rewritten.extend(c.to_uppercase()),
            (1, '!'..='~') => rewritten.extend(char::from_u32(c as u32 + 0xFEE0)),
            (2, _) => {
                let pair = PAIRS.iter().find(|(simplified, _)| *simplified == c);
                rewritten.push(pair.map_or(c, |(_, traditional)| *traditional));
            }
            (3, '，' | '、' | '“' | '”' | '：' | ' ') => {}
            (4, _) if dice.below(4) == 0 => rewritten.extend([c, '、']),
            (5, '，' | '、') => rewritten.push('—'),
            _ => rewritten.push(c),
        }
    }
    usable(&rewritten)
}

#[test]
fn phrases_cut_from_the_texts_are_found_exactly_where_they_stand() {
    let mut dice = Dice(1);
    let (mut n, mut n_found) = (0, 0);
    while n < 4200 {
        if let Some(phrase) = cut(&mut dice) {
            n_found += usize::from(check(n, &phrase));
            n += 1;
        }
    }
    // Not all: some cuts begin or end inside a number or a word.
    assert!(n_found > 3000, "only {n_found} of {n} occur");
}

#[test]
fn phrases_in_another_writing_are_told_from_exact_ones() {
    let mut dice = Dice(2);
    let (mut n, mut n_found) = (0, 0);
    while n < 900 {
        let phrase = cut(&mut dice).and_then(|phrase| rewritten(&mut dice, &phrase));
        if let Some(phrase) = phrase {
            n_found += usize::from(check(n, &phrase));
            n += 1;
        }
    }
    assert!(n_found > 400, "only {n_found} of {n} occur");
}

#[test]
fn phrases_that_stand_nowhere_are_not_found() {
    let mut dice = Dice(3);
    let (mut n, mut n_absent) = (0, 0);
    while n < 700 {
        let (Some(front), Some(back)) = (cut(&mut dice), cut(&mut dice)) else {
            continue;
        };
        // Both halves stand somewhere, so that all their pairs of units but one do.
        if let Some(phrase) = usable(&format!("{front}{back}")) {
            n_absent += usize::from(!check(n, &phrase));
            n += 1;
        }
    }
    assert!(n_absent > 300, "only {n_absent} of {n} are absent");
    for phrase in [
        "龘龘龘",
        "queryword",
        "人民火星",
        "98765.4321",
        "産業園區之外",
        "××××，××××，××××",
    ] {
        check(0, phrase);
        check(1, phrase);
    }
}

#[test]
fn single_units_are_found_with_all_their_occurrences() {
    let numbers = &world().oracle.numbers;
    let mut all: Vec<&String> = numbers.keys().collect();
    all.sort_unstable();
    let mut n = 0;
    for unit in all.into_iter().step_by(2) {
        if let Some(phrase) = usable(unit) {
            check(n, &phrase);
            n += 1;
        }
    }
    assert!(n > 500, "only {n} units");
}

fn reads(text: &str, expected: &[&str]) {
    let found = units(&text.chars().collect::<Vec<char>>());
    let found: Vec<&str> = found.iter().map(|unit| unit.text.as_str()).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn the_scan_reads_units_as_the_rules_have_them() {
    reads("５Ｇ＋工业", &["5g", "工", "业"]);
    reads("①、㈠", &["1", "一"]);
    reads("二○○八年◯", &["二", "〇", "〇", "八", "年", "〇"]);
    reads("頭髮發現", &["头", "发", "发", "现"]);
    reads("13.5亿元、1,000", &["13.5", "亿", "元", "1000"]);
    reads("1.,5 1. a", &["1", "5", "1", "a"]);
    reads("加入WTO", &["加", "入", "wto"]);
    reads("25%，3‰", &["25", "%", "3", "‰"]);
    reads(
        "四*省××县xx市X光xx1",
        &["四", "*", "省", "*", "县", "*", "市", "x", "光", "xx1"],
    );
    reads("* *xx", &["*", "*", "*"]);
    reads("。好。！？”\n\n“行；", &["好", "。", "行"]);
    reads("《决定》（试行）：·—", &["决", "定", "试", "行"]);
    reads("一…二...三", &["一", "。", "二", "三"]);
    reads("，。！", &[]);
}
