//! The units of a text as signs of numbers, and the runs of them that could be one number each.

use std::ops::Range;

use super::value::{MAX_DIGITS, WAN, YI};
use crate::analysis::fold::is_han;
use crate::analysis::units::{OwnedUnit, collect};

/// What a unit can be in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Digit(u8),
    /// 两
    Liang,
    /// 十, 百, 千 with its value.
    Unit(u128),
    /// 万, 亿 with its value.
    Step(u128),
    /// 点
    Point,
    /// ASCII digits.
    Arabic,
    None,
}

impl Sign {
    pub(super) fn is_digit(self) -> bool {
        matches!(self, Self::Arabic | Self::Digit(_) | Self::Liang)
    }
}

/// What stands between a unit and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Nothing,
    Blank,
    Dash,
    /// A point or a comma: it could join two runs of digits into one.
    Joint,
    Other,
}

/// A unit, where it stands, and what it can be in a number.
pub(super) struct Token {
    pub(super) unit: OwnedUnit,
    pub(super) range: Range<usize>,
    pub(super) sign: Sign,
    pub(super) gap: Gap,
}

impl Token {
    pub(super) fn han(&self) -> Option<char> {
        match self.unit {
            OwnedUnit::Han(c) => Some(c),
            _ => None,
        }
    }

    pub(super) fn run(&self) -> &str {
        match &self.unit {
            OwnedUnit::Run(run) => run,
            _ => "",
        }
    }

    pub(super) fn is_close(&self) -> bool {
        matches!(self.gap, Gap::Nothing | Gap::Blank)
    }
}

/// Whether `c`, folded, goes on with a number that ends before it or comes before one that begins
/// behind it.
pub(super) fn is_numeral(c: char) -> bool {
    sign_of(c) != Sign::None
}

/// The units of `text`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut end = 0;
    collect(text)
        .into_iter()
        .map(|(unit, range)| {
            let source = text.get(range.clone()).unwrap_or("");
            let gap = gap(text.get(end..range.start));
            end = range.end;
            let sign = match &unit {
                // ㈠ and ① number paragraphs; they are no part of a number.
                OwnedUnit::Han(c) if source.chars().all(is_numeral_source) => sign_of(*c),
                OwnedUnit::Run(run) if is_digits(run) && source.chars().all(is_digit_source) => {
                    Sign::Arabic
                }
                _ => Sign::None,
            };
            Token {
                unit,
                range,
                sign,
                gap,
            }
        })
        .collect()
}

/// The longest runs of units that could together be one number each.
pub(super) fn spans(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let start = at;
        while at < tokens.len() && goes_on(tokens, start, at) {
            at += 1;
        }
        if at > start {
            spans.push(start..at);
        }
        at = at.max(start + 1);
    }
    spans
}

/// Whether the unit at `at` belongs to the number that begins at `start`.
fn goes_on(tokens: &[Token], start: usize, at: usize) -> bool {
    let Some(token) = tokens.get(at) else {
        return false;
    };
    let next = |n: usize| tokens.get(at + n).filter(|t| t.gap == Gap::Nothing);
    let before = (at > start).then(|| tokens.get(at - 1)).flatten();
    let sign_before = before.map_or(Sign::None, |t| t.sign);
    if before.is_some() {
        // `5000 万` is one number, `图5 三个` is not.
        let blank = token.gap == Gap::Blank
            && sign_before == Sign::Arabic
            && matches!(token.sign, Sign::Step(_) | Sign::Unit(_));
        if token.gap != Gap::Nothing && !blank {
            return false;
        }
    }
    match token.sign {
        Sign::None => false,
        Sign::Arabic | Sign::Digit(_) => true,
        Sign::Liang => {
            // 三千两百, 三万零两百.
            let zero = usize::from(sign_before == Sign::Digit(0) && at >= start + 2);
            let larger = tokens.get(at.saturating_sub(zero + 1)).map(|t| t.sign);
            before.is_none() || matches!(larger, Some(Sign::Step(_) | Sign::Unit(_)))
        }
        Sign::Step(_) => !is_share(next(1), next(2)),
        Sign::Unit(unit) => {
            let han = next(1).and_then(Token::han).unwrap_or('\0');
            let prefix = unit == 1000
                && match han {
                    '瓦' | '克' | '伏' | '赫' => true,
                    // 三千米 is 3000 metres, 3千米 is 3 kilometres: the same.
                    '米' => !matches!(sign_before, Sign::Digit(_) | Sign::Liang),
                    _ => false,
                };
            let fraction = unit >= 100 && is_share(next(1), next(2));
            !(prefix || fraction || (unit == 100 && han == '姓'))
        }
        Sign::Point => {
            // 十五点一, but neither 三点建议 nor 七点五十分.
            let digits = tokens
                .iter()
                .skip(at + 1)
                .take(MAX_DIGITS)
                .take_while(|t| t.gap == Gap::Nothing && matches!(t.sign, Sign::Digit(_)))
                .count();
            matches!(sign_before, Sign::Digit(_) | Sign::Unit(_))
                && digits > 0
                && next(digits + 1).is_none_or(|t| t.sign != Sign::Unit(10))
        }
    }
}

/// Whether `分` and what stands behind it make a share of the unit before: 百分之, 百分点; but
/// 三百分钟 are minutes.
fn is_share(one: Option<&Token>, other: Option<&Token>) -> bool {
    let other = other.and_then(Token::han);
    one.and_then(Token::han) == Some('分') && other.is_none_or(|c| "之点比数制率位百".contains(c))
}

fn gap(between: Option<&str>) -> Gap {
    let Some(between) = between else {
        return Gap::Other;
    };
    let mut chars = between.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Gap::Nothing,
        (Some('.' | ',' | '．' | '，'), None) => Gap::Joint,
        _ if between.chars().all(|c| c != '\n' && c.is_whitespace()) => Gap::Blank,
        _ if between.chars().all(is_dash) => Gap::Dash,
        _ => Gap::Other,
    }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '―' | '－' | '~' | '～' | '〜')
}

fn is_numeral_source(c: char) -> bool {
    is_han(c) || matches!(c, '○' | '◯')
}

fn is_digit_source(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９' | '.' | ',' | '．' | '，')
}

fn is_digits(run: &str) -> bool {
    run.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn sign_of(c: char) -> Sign {
    match c {
        '零' | '〇' => Sign::Digit(0),
        '一' => Sign::Digit(1),
        '二' => Sign::Digit(2),
        '三' => Sign::Digit(3),
        '四' => Sign::Digit(4),
        '五' => Sign::Digit(5),
        '六' => Sign::Digit(6),
        '七' => Sign::Digit(7),
        '八' => Sign::Digit(8),
        '九' => Sign::Digit(9),
        '两' => Sign::Liang,
        '十' => Sign::Unit(10),
        '百' => Sign::Unit(100),
        '千' => Sign::Unit(1000),
        '万' => Sign::Step(WAN),
        '亿' => Sign::Step(YI),
        '点' => Sign::Point,
        _ => Sign::None,
    }
}
