//! Finds the numbers of a text: where they stand, what they are worth, what they count.
//!
//! Works on the units of the text, so that a number is one here exactly if it is one for the
//! matcher. Knows nothing of other writings.

use std::ops::Range;

use super::counters::{self, Counted};
use super::evaluate::{digits, evaluate, padded};
use super::tokens::{Gap, Sign, Token, spans, tokens};
use super::value::{MAX_DIGITS, Value};

/// A number in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Bytes of the text, with the sign or the prefix of a percentage.
    pub(super) range: Range<usize>,
    /// As it stands there, folded and without blanks and thousands separators.
    pub(super) written: String,
    pub(super) value: Value,
    pub(super) role: Role,
}

/// What a number is there for; it decides which writings are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A count, a size, a sum.
    Count {
        /// Whether 2 may be `两`.
        liang: bool,
        /// Whether 万 and 亿 may be used: not before `多万`.
        steps: bool,
        /// Whether 千 may stand behind Arabic digits: not before `瓦`, which makes another unit.
        thousands: bool,
        /// Whether nothing is counted: 110 may be `一百一`, but not in 110个.
        bare: bool,
    },
    /// Behind 第.
    Ordinal,
    /// A year of four digits: by digits, and by position.
    Year,
    /// A month or a day, which may have a leading zero.
    MonthOrDay,
    /// In hundredths.
    Percent,
    /// In thousandths.
    Permille,
}

/// Every number of `text`, from left to right.
pub(super) fn numbers(text: &str) -> Vec<Found> {
    let tokens = tokens(text);
    let mut found: Vec<(Range<usize>, Found)> = Vec::new();
    let mut spans = spans(&tokens);
    // From the right: `三至五年` needs to know that a number stands behind 至.
    spans.reverse();
    for span in spans {
        let reader = Reader {
            tokens: &tokens,
            next: found.last().map(|(span, next)| (span.start, next.role)),
        };
        if let Some(number) = reader.read(text, span.clone()) {
            found.push((span, number));
        }
    }
    found.reverse();
    found.into_iter().map(|(_, number)| number).collect()
}

struct Reader<'a> {
    tokens: &'a [Token],
    /// Where the next number of the text begins and its role.
    next: Option<(usize, Role)>,
}

impl Reader<'_> {
    fn read(&self, text: &str, span: Range<usize>) -> Option<Found> {
        let inside = self.tokens.get(span.clone())?;
        let percent = self.prefix(span.start);
        let sign = self.percent_sign(span.end);
        if self.is_vague(&span, percent.is_some()) {
            return None;
        }
        let (role, value, range) = if let Some((role, from)) = percent {
            // 百分之百
            let all = matches!(inside, [token] if token.sign == Sign::Unit(100));
            let value = if all {
                Value::integer(100)
            } else {
                evaluate(inside)?
            };
            (role, value, from..span.end)
        } else if let Some(role) = sign {
            (role, evaluate(inside)?, span.start..span.end + 1)
        } else {
            let (role, value) = self.plain(&span, inside)?;
            (role, value, span)
        };
        if value.integer_part() >= 10_u128.pow(MAX_DIGITS as u32) {
            return None;
        }
        let written = self.tokens.get(range.clone())?;
        let (first, last) = (written.first()?, written.last()?);
        Some(Found {
            range: first.range.start..last.range.end,
            written: written
                .iter()
                .map(|t| t.unit.as_unit().to_string())
                .collect(),
            value,
            role,
        })
        .filter(|found| text.get(found.range.clone()).is_some())
    }

    /// Whether a percentage begins with 百分之 before `at`, and where.
    fn prefix(&self, at: usize) -> Option<(Role, usize)> {
        let from = at.checked_sub(3)?;
        let role = match self.han(from)? {
            '百' => Role::Percent,
            '千' => Role::Permille,
            _ => return None,
        };
        let words = self.han(from + 1) == Some('分') && self.han(from + 2) == Some('之');
        let close = (from + 1..=at).all(|n| self.tokens.get(n).is_some_and(Token::is_close));
        // 三百分之一 is no percentage.
        let lone = !self.is_beside(from) || self.sign(from.checked_sub(1)) == Sign::None;
        (words && close && lone).then_some((role, from))
    }

    fn percent_sign(&self, at: usize) -> Option<Role> {
        let token = self.tokens.get(at).filter(|t| t.is_close())?;
        match token.run() {
            "%" => Some(Role::Percent),
            "‰" => Some(Role::Permille),
            _ => None,
        }
    }

    /// Whether what stands beside makes the number a guess or part of something else: `几十个`,
    /// `十几`, `三分之一`, a point that would join it to other digits.
    fn is_vague(&self, span: &Range<usize>, percent: bool) -> bool {
        let before = self.before(span.start);
        let behind = self.behind(span.end);
        let joint = |at: usize, other: Option<usize>| {
            let gap = self.tokens.get(at).map(|t| t.gap);
            let run = other
                .and_then(|n| self.tokens.get(n))
                .map_or("", Token::run);
            gap == Some(Gap::Joint) && !run.is_empty()
        };
        let fraction = behind == Some('分') && self.behind(span.end + 1) == Some('之')
            || before == Some('之') && self.before(span.start - 1) == Some('分') && !percent;
        fraction
            || matches!(before, Some('几' | '数'))
            || matches!(behind, Some('几' | '数'))
            || joint(span.start, span.start.checked_sub(1))
            || joint(span.end, Some(span.end))
            || self.is_cut(span)
    }

    /// Whether a digit that is no part of the number touches it: `一两个`.
    fn is_cut(&self, span: &Range<usize>) -> bool {
        let touches = |at: usize| self.tokens.get(at).is_some_and(|t| t.gap == Gap::Nothing);
        let digit = |at: Option<usize>| self.sign(at).is_digit();
        // 一九七九两年, 1979两年: the year is one, and the two stay as they are.
        let years = self.sign(Some(span.end)) == Sign::Liang
            && (span.len() == 4 || self.sign(Some(span.start)) == Sign::Arabic);
        touches(span.start) && digit(span.start.checked_sub(1))
            || touches(span.end) && digit(Some(span.end)) && !years
    }

    fn plain(&self, span: &Range<usize>, inside: &[Token]) -> Option<(Role, Value)> {
        let behind = self.behind(span.end);
        let rest = self.rest(span.end);
        if let Some(year) = digits(inside) {
            let named = matches!(behind, Some('年')) && year >= 1000;
            let is_year = named || is_usual_year(year) && self.is_open(span.end, &rest);
            return is_year.then_some((Role::Year, Value::integer(year)));
        }
        let ordinal = self.before(span.start) == Some('第');
        let calendar = matches!(behind, Some('月' | '日'));
        if let Some(value) = padded(inside) {
            return calendar.then_some((Role::MonthOrDay, value));
        }
        let value = evaluate(inside)?;
        if self.is_set_phrase(span, inside, value, &rest) {
            return None;
        }
        let mut counted = Counted::default();
        if let Some(n) = value.whole().filter(|n| *n <= 10) {
            counted = counters::judge(n, &rest);
            if let Some(role) = self.reaches_to_next(span.end) {
                let liang = matches!(role, Role::Count { .. });
                counted = Counted {
                    counted: true,
                    liang,
                };
            }
            let liang = inside.iter().any(|t| t.sign == Sign::Liang);
            let bound = n == 1 && self.before(span.start).is_some_and(counters::binds_one);
            let wrong_two = liang && (ordinal || !counted.liang);
            if !counted.counted || n == 0 || bound || wrong_two {
                return None;
            }
        }
        if ordinal {
            return Some((Role::Ordinal, value));
        }
        if calendar && value.whole().is_some_and(|n| n <= 31) {
            return Some((Role::MonthOrDay, value));
        }
        if let Some(role) = self.year(span, inside, value, &rest) {
            return Some((role, value));
        }
        let is_guess = matches!(behind, Some('多' | '余' | '来'));
        let larger = self.sign(Some(span.end + 1));
        let role = Role::Count {
            liang: counted.liang,
            steps: !(is_guess && matches!(larger, Sign::Step(_) | Sign::Unit(_))),
            thousands: !rest.starts_with(['瓦', '克', '伏', '赫', '米']),
            bare: behind.is_none(),
        };
        Some((role, value))
    }

    /// The role of a number that may be a year.
    fn year(
        &self,
        span: &Range<usize>,
        inside: &[Token],
        value: Value,
        rest: &str,
    ) -> Option<Role> {
        let year = value.whole().filter(|n| (1000..3000).contains(n))?;
        let by_position = inside.len() > 1;
        let usual = is_usual_year(year) && !by_position && self.is_open(span.end, rest);
        (rest.starts_with('年') || usual).then_some(Role::Year)
    }

    /// Whether nothing that is counted stands behind, so that a number may be a year.
    fn is_open(&self, at: usize, rest: &str) -> bool {
        let beside = self.sign(Some(at));
        let numeral = self.is_beside(at) && !matches!(beside, Sign::None | Sign::Liang);
        let graduates = rest.starts_with(['届', '级']);
        let vague = rest.starts_with(['多', '余', '来']);
        !numeral && !vague && (graduates || !counters::judge(3, rest).counted)
    }

    /// `五至七年`, `3-5个`: whether the next number, a counted one, is the other end of a range.
    /// Gives the role of that.
    fn reaches_to_next(&self, at: usize) -> Option<Role> {
        let (next, role @ (Role::Count { .. } | Role::MonthOrDay)) = self.next? else {
            return None;
        };
        let dash = next == at && self.tokens.get(at).is_some_and(|t| t.gap == Gap::Dash);
        let word = next == at + 1
            && matches!(self.behind(at), Some('至' | '到'))
            && self.tokens.get(next).is_some_and(Token::is_close);
        (dash || word).then_some(role)
    }

    /// Names and words that look like numbers.
    fn is_set_phrase(
        &self,
        span: &Range<usize>,
        inside: &[Token],
        value: Value,
        rest: &str,
    ) -> bool {
        let by_position = inside.iter().all(|t| t.sign != Sign::Arabic);
        let bare = self.before(span.start).is_none() && self.behind(span.end).is_none();
        match value.whole() {
            // The holiday.
            Some(11) if by_position && bare => true,
            // A five-year plan.
            Some(15)
                if ["规划", "计划", "期间", "时期"]
                    .iter()
                    .any(|w| rest.starts_with(w)) =>
            {
                true
            }
            // A party congress.
            Some(11..=30) => rest.starts_with('大'),
            _ => false,
        }
    }

    fn sign(&self, at: Option<usize>) -> Sign {
        at.and_then(|at| self.tokens.get(at))
            .map_or(Sign::None, |t| t.sign)
    }

    fn han(&self, at: usize) -> Option<char> {
        self.tokens.get(at).and_then(Token::han)
    }

    /// Whether nothing or a blank stands before the unit at `at`.
    fn is_beside(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_close)
    }

    fn before(&self, at: usize) -> Option<char> {
        self.han(at.checked_sub(1)?).filter(|_| self.is_beside(at))
    }

    fn behind(&self, at: usize) -> Option<char> {
        self.han(at).filter(|_| self.is_beside(at))
    }

    /// Up to four Chinese characters from `at` on, as far as nothing else comes between.
    fn rest(&self, at: usize) -> String {
        (at..at + 4).map_while(|n| self.behind(n)).collect()
    }
}

fn is_usual_year(n: u128) -> bool {
    (1900..2100).contains(&n)
}
