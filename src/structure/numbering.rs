//! Numbering in front of headings: reads one marker (`一、`, `（二）`, `第三，`, `四是` …) at one place.
//!
//! It looks a few characters ahead and never back. Whether a marker belongs to a series, and what
//! stands above what, is decided in `nesting`.

/// A kind of numbering. Two markers of one kind are of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `第一编`, `第一篇`, `第一卷`, `第一部分`.
    Part,
    /// `第一分编`.
    Subpart,
    /// `第一章`.
    Chapter,
    /// `第一节`.
    Section,
    /// `第一条`.
    Article,
    /// `一、`.
    Han,
    /// `（一）`.
    HanBracket,
    /// `1.` or `1、`.
    Digit,
    /// `1.1` (2 numbers), `1.1.1` (3 numbers) and so on, up to 4.
    Decimal(u8),
    /// `（1）`.
    DigitBracket,
    /// `1）`.
    DigitParen,
    /// `①`.
    Circled,
    /// `第一，`.
    Ordinal,
    /// `首先，` `其次，` `再次，` `最后，`.
    First,
    /// `一是`.
    Is,
    /// `一要`.
    Must,
    /// `其一，`.
    Among,
}

/// One more than the greatest [`Kind::slot`].
pub(super) const KINDS: usize = 19;

impl Kind {
    /// A number below [`KINDS`], another for every kind.
    pub(super) fn slot(self) -> usize {
        match self {
            Self::Part => 0,
            Self::Subpart => 1,
            Self::Chapter => 2,
            Self::Section => 3,
            Self::Article => 4,
            Self::Han => 5,
            Self::HanBracket => 6,
            Self::Digit => 7,
            Self::Decimal(n) => 8 + usize::from(n.clamp(2, 4)) - 2,
            Self::DigitBracket => 11,
            Self::DigitParen => 12,
            Self::Circled => 13,
            Self::Ordinal => 14,
            Self::First => 15,
            Self::Is => 16,
            Self::Must => 17,
            Self::Among => 18,
        }
    }

    /// Numbering of speech, which may stand anywhere in a paragraph.
    pub(super) fn is_spoken(self) -> bool {
        matches!(
            self,
            Self::Ordinal | Self::First | Self::Is | Self::Must | Self::Among
        )
    }

    /// Whether a heading of this kind never stands below one of kind `other`, so that it closes it.
    ///
    /// GB/T 9704 orders `一、` `（一）` `1.` `（1）`, laws order 编 章 节 条. All else nests as it comes.
    pub(super) fn is_above(self, other: Self) -> bool {
        if other.is_spoken() {
            return !self.is_spoken() && self.slot() <= Self::Han.slot();
        }
        !self.is_spoken() && self.slot() < other.slot()
    }
}

/// Where a marker is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The first character of a paragraph that is not blank.
    Start,
    /// Behind the end of a sentence or part of it (`。；：！？`).
    AfterStop,
    /// Behind a closing bracket: `（牵头单位：商务局）二是`.
    AfterBracket,
    /// Behind a comma. Only the first of a series begins there; `一是甲，二是乙` is one sentence.
    AfterComma,
}

/// A piece of numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) kind: Kind,
    /// From 1. Of `1.2.3` the last.
    pub(super) number: u32,
    /// What stands before the last number of `1.2.3`; else 0.
    pub(super) prefix: u32,
    /// Length in bytes, with blanks behind it.
    pub(super) len: usize,
    /// At the start of a paragraph it is a heading even when it stands alone.
    pub(super) firm: bool,
    /// `最后`, which closes a series whatever its number.
    pub(super) last: bool,
}

/// Greatest number of a list. A greater one is a year or a quantity.
const MAX_LIST: u32 = 99;

/// Characters that open no marker's text: a marker before them is none.
const NO_TEXT: [char; 22] = [
    '。', '，', '、', '；', '：', '！', '？', '）', '》', '”', '’', '」', '』', '…', ',', '.', ';',
    ':', '!', '?', ')', '/',
];

/// What follows a number that is a quantity: `1.1亿元` is no `1.1`.
const UNITS: &str = "%％‰亿万千百倍元个米公吨平度年月日岁人户家项次天克升折寸";

/// Reads the marker that `rest` begins with.
pub(super) fn marker(rest: &str, place: Place) -> Option<Marker> {
    let first = rest.chars().next()?;
    let found = match first {
        '第' => structural(rest, place),
        '其' | '首' | '再' | '最' => spoken_word(rest),
        '（' | '(' | '﹙' => bracketed(rest),
        '0'..='9' | '０'..='９' => digits(rest, place),
        '\u{2460}'..='\u{249b}' | '\u{3220}'..='\u{3229}' => composed(first),
        _ => han(rest, place),
    }?;
    let fits = match place {
        Place::Start | Place::AfterStop => true,
        Place::AfterBracket => found.kind.is_spoken(),
        Place::AfterComma => found.kind.is_spoken() && found.number == 1,
    };
    if !fits {
        return None;
    }
    let tail = rest.get(found.len..)?;
    let blanks = tail.len() - tail.trim_start().len();
    let found = Marker {
        len: found.len + blanks,
        ..found
    };
    let alone = place == Place::Start && found.firm;
    match tail.trim_start().chars().next() {
        None => alone.then_some(found),
        Some(c) if NO_TEXT.contains(&c) => None,
        Some(_) => Some(found),
    }
}

fn plain(kind: Kind, number: u32, len: usize) -> Marker {
    Marker {
        kind,
        number,
        prefix: 0,
        len,
        firm: matches!(kind, Kind::Han | Kind::HanBracket),
        last: false,
    }
}

/// `第一章 `, `第二条`, `第三，`.
fn structural(rest: &str, place: Place) -> Option<Marker> {
    let at = skip_blank(rest, '第'.len_utf8());
    let (number, len) = number(rest.get(at..)?)?;
    let at = at + len;
    let tail = rest.get(at..)?;
    if let Some(sign) = tail.chars().next().filter(|c| "，,、：:是".contains(*c)) {
        let text = tail.get(sign.len_utf8()..)?;
        // `第一、第二产业`, `第一、二产业`
        let listed = text.starts_with('第') || (sign == '、' && is_next(text, number));
        return (!listed).then(|| plain(Kind::Ordinal, number, at + sign.len_utf8()));
    }
    if place != Place::Start {
        return None;
    }
    if tail.starts_with([' ', '\u{3000}']) {
        let word = tail.trim_start();
        if !word.starts_with(|c| "编編篇卷部分章节節条條".contains(c)) {
            return Some(plain(Kind::Ordinal, number, at));
        }
    }
    let at = skip_blank(rest, at);
    let names = [
        ("部分", Kind::Part),
        ("部份", Kind::Part),
        ("分编", Kind::Subpart),
        ("分編", Kind::Subpart),
        ("编", Kind::Part),
        ("編", Kind::Part),
        ("篇", Kind::Part),
        ("卷", Kind::Part),
        ("章", Kind::Chapter),
        ("节", Kind::Section),
        ("節", Kind::Section),
        ("条", Kind::Article),
        ("條", Kind::Article),
    ];
    let tail = rest.get(at..)?;
    let (name, kind) = names.into_iter().find(|(name, _)| tail.starts_with(name))?;
    let mut at = at + name.len();
    if let Some((_, len)) = tail
        .get(name.len()..)
        .and_then(|t| t.strip_prefix('之'))
        .and_then(self::number)
    {
        at += '之'.len_utf8() + len;
    }
    let tail = rest.get(at..)?;
    // Sentences that begin with a reference: `第一条，…` is counted, `第三条的规定` needs its series.
    if let Some(sign) = tail.chars().next().filter(|c| "，,：:".contains(*c)) {
        return Some(plain(Kind::Ordinal, number, at + sign.len_utf8()));
    }
    Some(Marker {
        firm: tail.is_empty() || tail.starts_with(char::is_whitespace) || tail.starts_with('【'),
        ..plain(kind, number, at)
    })
}

/// `首先，`, `其次是`, `其一，`.
fn spoken_word(rest: &str) -> Option<Marker> {
    let words = [
        ("首先", 1, false),
        ("其次", 2, false),
        ("再次", 3, false),
        ("再者", 3, false),
        ("最后", 4, true),
        ("最後", 4, true),
    ];
    let signs = ['，', ',', '、', '：', ':', '是', '要'];
    if let Some((word, number, last)) = words.into_iter().find(|(w, ..)| rest.starts_with(w)) {
        let sign = rest.get(word.len()..)?.chars().next()?;
        return signs.contains(&sign).then(|| Marker {
            last,
            ..plain(Kind::First, number, word.len() + sign.len_utf8())
        });
    }
    let tail = rest.strip_prefix('其')?;
    let (number, len) = han_number(tail)?;
    let sign = tail.get(len..)?.chars().next()?;
    signs
        .contains(&sign)
        .then(|| plain(Kind::Among, number, '其'.len_utf8() + len + sign.len_utf8()))
}

/// `（一）`, `(1)`.
fn bracketed(rest: &str) -> Option<Marker> {
    let at = skip_blank(rest, rest.chars().next()?.len_utf8());
    let tail = rest.get(at..)?;
    let (kind, (value, len)) = match han_number(tail) {
        Some(found) => (Kind::HanBracket, found),
        None => (Kind::DigitBracket, number(tail)?),
    };
    let at = skip_blank(rest, at + len);
    let close = rest.get(at..)?.chars().next()?;
    (matches!(close, '）' | ')' | '﹚') && value <= MAX_LIST)
        .then(|| plain(kind, value, at + close.len_utf8()))
}

/// `1.`, `1、`, `1）`, `1.1`.
fn digits(rest: &str, place: Place) -> Option<Marker> {
    let (value, mut at) = number(rest)?;
    if value > MAX_LIST || rest.starts_with(['0', '０']) {
        return None;
    }
    let (mut last, mut prefix, mut parts) = (value, 0_u32, 1_u8);
    loop {
        let tail = rest.get(at..)?;
        let sign = tail.chars().next()?;
        let text = tail.get(sign.len_utf8()..)?;
        let decimal = matches!(sign, '.' | '．');
        match number(text).filter(|_| decimal) {
            // `1.2023年工作回顾`
            Some((year, len))
                if parts == 1 && year >= 1000 && text.get(len..)?.starts_with('年') =>
            {
                return Some(plain(Kind::Digit, value, at + sign.len_utf8()));
            }
            Some((next, len)) if parts < 4 && (1..=MAX_LIST).contains(&next) => {
                prefix = prefix.wrapping_mul(100).wrapping_add(last);
                last = next;
                parts += 1;
                at += sign.len_utf8() + len;
            }
            Some(_) => return None,
            None if parts == 1 => {
                let (kind, listed) = match sign {
                    '.' | '．' => (Kind::Digit, false),
                    '、' => (Kind::Digit, text.starts_with(|c: char| c.is_ascii_digit())),
                    '）' | ')' => (Kind::DigitParen, false),
                    _ => return None,
                };
                return (!listed).then(|| plain(kind, value, at + sign.len_utf8()));
            }
            None => {
                // `1.1.` with a stop of its own.
                let len = if decimal { sign.len_utf8() } else { 0 };
                let quantity = len == 0 && UNITS.contains(sign);
                let ok = place == Place::Start && !quantity && (decimal || !is_sign(sign));
                return ok.then(|| Marker {
                    prefix,
                    ..plain(Kind::Decimal(parts), last, at + len)
                });
            }
        }
    }
}

/// Whether `c` ties a number to what follows, as in `1.1-1.5`, `3.2：1`.
fn is_sign(c: char) -> bool {
    "-—－～~:：/+×x*＊，,、；;）)".contains(c)
}

/// Numbers that are one character with their sign: `①`, `⑴`, `⒈`, `㈠`.
fn composed(c: char) -> Option<Marker> {
    let (kind, first) = match c {
        '\u{2460}'..='\u{2473}' => (Kind::Circled, '\u{2460}'),
        '\u{2474}'..='\u{2487}' => (Kind::DigitBracket, '\u{2474}'),
        '\u{2488}'..='\u{249b}' => (Kind::Digit, '\u{2488}'),
        '\u{3220}'..='\u{3229}' => (Kind::HanBracket, '\u{3220}'),
        _ => return None,
    };
    let number = u32::from(c).checked_sub(u32::from(first))? + 1;
    Some(plain(kind, number, c.len_utf8()))
}

/// `一、`, `一是`, `一要`, `一）`.
fn han(rest: &str, place: Place) -> Option<Marker> {
    let (value, len) = han_number(rest)?;
    if value > MAX_LIST {
        return None;
    }
    let tail = rest.get(len..)?;
    let sign = tail.chars().next()?;
    let text = tail.get(sign.len_utf8()..)?;
    let at = len + sign.len_utf8();
    match sign {
        // `二、三产业`, `一、二、三等奖`
        '、' if is_next(text, value) => None,
        '、' => Some(plain(Kind::Han, value, at)),
        '.' | '．' if place == Place::Start => Some(plain(Kind::Han, value, at)),
        '）' | ')' if place == Place::Start => Some(plain(Kind::HanBracket, value, at)),
        // `一　总论`, and a line with the number alone
        ' ' | '\u{3000}' if place == Place::Start => Some(Marker {
            firm: false,
            ..plain(Kind::Han, value, at)
        }),
        // `一是一，二是二`
        '是' if han_number(text).is_some_and(|(n, l)| {
            n == value && text.get(l..).is_none_or(|t| t.starts_with(NO_TEXT))
        }) =>
        {
            None
        }
        '是' | '要' => {
            let kind = if sign == '是' { Kind::Is } else { Kind::Must };
            // `一是，各单位要…`
            let comma = text.chars().next().filter(|c| "，：:、".contains(*c));
            Some(plain(kind, value, at + comma.map_or(0, char::len_utf8)))
        }
        _ => None,
    }
}

/// Whether `text` goes on with the number behind `value`, or with a list of numbers.
fn is_next(text: &str, value: u32) -> bool {
    han_number(text)
        .is_some_and(|(n, l)| n == value + 1 || text.get(l..).is_some_and(|t| t.starts_with('、')))
}

/// The offset behind at most two blanks at `at`.
fn skip_blank(rest: &str, at: usize) -> usize {
    let blanks = rest.get(at..).unwrap_or_default().chars().take(2);
    at + blanks
        .take_while(|c| matches!(c, ' ' | '\u{3000}'))
        .map(char::len_utf8)
        .sum::<usize>()
}

/// A number in digits or Chinese numerals at the start of `rest`, with its length in bytes.
fn number(rest: &str) -> Option<(u32, usize)> {
    let mut value = 0_u32;
    let mut len = 0;
    for c in rest.chars() {
        let digit = match c {
            '0'..='9' => u32::from(c) - u32::from('0'),
            '０'..='９' => u32::from(c) - u32::from('０'),
            _ => break,
        };
        value = value.checked_mul(10)?.checked_add(digit)?;
        len += c.len_utf8();
    }
    if len > 0 {
        Some((value, len))
    } else {
        han_number(rest)
    }
}

/// A number from 1 to 9999 in Chinese numerals, whole: `一九五四` and `百` are none.
fn han_number(rest: &str) -> Option<(u32, usize)> {
    let (mut total, mut digit, mut len) = (0_u32, None::<u32>, 0);
    let mut unit_before = 10_000;
    for c in rest.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            '零' | '〇' | '○' if total > 0 && digit.is_none() => {
                len += c.len_utf8();
                continue;
            }
            _ => match "一二三四五六七八九".chars().position(|d| d == c) {
                Some(i) if digit.is_none() => {
                    digit = Some(i as u32 + 1);
                    len += c.len_utf8();
                    continue;
                }
                Some(_) => return None,
                None => break,
            },
        };
        if unit >= unit_before || (digit.is_none() && unit > 10) {
            return None;
        }
        total += digit.take().unwrap_or(1) * unit;
        unit_before = unit;
        len += c.len_utf8();
    }
    let total = total + digit.unwrap_or(0);
    (total > 0).then_some((total, len))
}
