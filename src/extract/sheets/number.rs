//! Numbers of a workbook as a person sees them: by the number format of their cell.
//!
//! Where a format is not understood (fractions, `[DBNum1]`), the plain number stands. A date is
//! written as its format has it when that names 年, 月 or 日, and as `2023-07-18` else. Knows neither
//! files nor cells.
//!
//! Source: ECMA-376 part 1, 18.8.30 (`numFmt`) and 18.8.31 (`numFmts`).

use super::calendar::{self, Moment};
use super::format::{Token, section_for, tokenize};

/// Significant digits that a spreadsheet keeps; what a float has beyond them is noise.
const PRECISION: usize = 15;
/// Decimals are at most these, whatever a format asks for.
const MAX_DECIMALS: usize = 30;

/// Writes `value` in the number format `format`; `since_1904` says that days are counted from
/// 1904-01-01 and not from 1900-01-01. May be empty: some formats hide zeros.
pub(super) fn display(value: f64, format: &str, since_1904: bool) -> String {
    let (section, signed) = section_for(value, format);
    let tokens = tokenize(&section);
    if tokens
        .iter()
        .any(|token| matches!(token, Token::Date(..) | Token::Elapsed(_)))
    {
        return match Moment::from_serial(value, since_1904) {
            Some(moment) => calendar::display(&moment, value, &tokens),
            None => general(value),
        };
    }
    let plain = tokens
        .iter()
        .any(|token| matches!(token, Token::General | Token::Text));
    if plain || section.is_empty() && format.trim().is_empty() {
        return around(&tokens, &general(if signed { value.abs() } else { value }));
    }
    let text = number(value.abs(), &tokens).unwrap_or_else(|| general(value.abs()));
    let minus = value < 0.0 && !signed && text.contains(|c: char| ('1'..='9').contains(&c));
    let text = text.trim();
    if minus {
        format!("-{text}")
    } else {
        text.to_owned()
    }
}

/// Writes a number without a format: no float noise, at most ten digits where there are decimals.
pub(super) fn general(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let size = value.abs();
    let sign = if value < 0.0 { "-" } else { "" };
    if size >= 1e15 || (size > 0.0 && size < 1e-9) {
        let text = format!("{size:.5e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = trim_zeros(mantissa);
        let exponent: i32 = exponent.parse().unwrap_or(0);
        return format!("{sign}{mantissa}E{exponent:+03}");
    }
    let (whole, _) = rounded(size, 0);
    let decimals = 10_usize.saturating_sub(whole.len()).max(2);
    let (whole, decimals) = rounded(size, decimals);
    let text = trim_zeros(&format!("{whole}.{decimals}")).to_owned();
    if text == "0" {
        text
    } else {
        format!("{sign}{text}")
    }
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// The literals of a format around a text that stands for `General` or `@`.
fn around(tokens: &[Token], text: &str) -> String {
    let mut all = String::new();
    let mut done = false;
    for token in tokens {
        match token {
            Token::Literal(character) => all.push(*character),
            Token::General | Token::Text if !done => {
                all.push_str(text);
                done = true;
            }
            _ => {}
        }
    }
    if !done {
        all.push_str(text);
    }
    all.trim().to_owned()
}

/// `value` by a format of digits; `None` where that is a fraction.
fn number(value: f64, tokens: &[Token]) -> Option<String> {
    if tokens.contains(&Token::Slash) {
        return None;
    }
    let is_digit = |token: &Token| matches!(token, Token::Digit(_));
    let Some(last) = tokens.iter().rposition(is_digit) else {
        return Some(literals(tokens));
    };
    if let Some(at) = tokens.iter().position(|token| *token == Token::Exponent) {
        let decimals = tokens
            .iter()
            .take(at)
            .skip_while(|token| **token != Token::Point);
        let decimals = decimals.filter(|token| is_digit(token)).count();
        let text = format!("{value:.*e}", decimals.min(MAX_DECIMALS));
        let (mantissa, exponent) = text.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        return Some(format!("{mantissa}E{exponent:+03}"));
    }
    let point = tokens
        .iter()
        .position(|token| *token == Token::Point)
        .unwrap_or(last + 1);
    let end_of_whole = point.min(last + 1);
    let percents = tokens.iter().filter(|token| **token == Token::Percent);
    let mut value = value * 100_f64.powi(few(percents.count()));
    let thousands = |from: usize| {
        let commas = tokens
            .iter()
            .skip(from)
            .take_while(|token| **token == Token::Comma);
        few(commas.count())
    };
    value /= 1000_f64.powi(thousands(last + 1));
    let whole_tokens = tokens.get(..end_of_whole)?;
    let last_whole = whole_tokens.iter().rposition(is_digit);
    if let Some(last_whole) = last_whole
        && last_whole < last
    {
        value /= 1000_f64.powi(thousands(last_whole + 1));
    }
    let places = tokens
        .iter()
        .skip(end_of_whole)
        .filter(|token| is_digit(token));
    let (whole, decimals) = rounded(value, places.count().min(MAX_DECIMALS));
    let mut text = whole_part(&whole, &decimals, whole_tokens);
    text.push_str(&decimal_part(&decimals, tokens.get(end_of_whole..)?));
    Some(text)
}

/// A count as an exponent; no format means more than a few.
fn few(count: usize) -> i32 {
    i32::try_from(count.min(MAX_DECIMALS)).unwrap_or(0)
}

fn literals(tokens: &[Token]) -> String {
    tokens
        .iter()
        .filter_map(|token| match token {
            Token::Literal(character) => Some(*character),
            _ => None,
        })
        .collect()
}

/// Puts the digits before the point into their places, from the right.
fn whole_part(whole: &str, decimals: &str, tokens: &[Token]) -> String {
    let is_digit = |token: &Token| matches!(token, Token::Digit(_));
    let first = tokens.iter().position(is_digit);
    let last = tokens.iter().rposition(is_digit);
    let grouped = tokens.iter().enumerate().any(|(at, token)| {
        *token == Token::Comma && first.is_some_and(|first| at > first) && last > Some(at)
    });
    let mut digits: Vec<char> = if whole == "0" {
        Vec::new()
    } else {
        whole.chars().collect()
    };
    let mut reversed = Vec::new();
    let mut n_digits = 0_usize;
    let mut place = |digit: char, reversed: &mut Vec<char>| {
        if grouped && n_digits > 0 && n_digits.is_multiple_of(3) {
            reversed.push(',');
        }
        reversed.push(digit);
        n_digits += 1;
    };
    for (at, token) in tokens.iter().enumerate().rev() {
        match token {
            Token::Literal(character) => reversed.push(*character),
            Token::Percent => reversed.push('%'),
            Token::Digit(kind) => {
                match digits.pop() {
                    Some(digit) => place(digit, &mut reversed),
                    None if *kind == '0' => place('0', &mut reversed),
                    None => {}
                }
                if Some(at) == first {
                    while let Some(digit) = digits.pop() {
                        place(digit, &mut reversed);
                    }
                }
            }
            _ => {}
        }
    }
    if n_digits == 0 && !decimals.is_empty() {
        reversed.push('0');
    }
    // Only where the format has no place before its point.
    while let Some(digit) = digits.pop() {
        reversed.push(digit);
    }
    reversed.iter().rev().collect()
}

fn decimal_part(decimals: &str, tokens: &[Token]) -> String {
    let kinds: Vec<char> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Digit(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    let mut digits: Vec<char> = decimals.chars().collect();
    while digits.last() == Some(&'0')
        && kinds.get(digits.len() - 1).is_some_and(|kind| *kind != '0')
    {
        digits.pop();
    }
    let mut digits = digits.into_iter().peekable();
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Point if digits.peek().is_some() => text.push('.'),
            Token::Digit(_) => text.extend(digits.next()),
            Token::Literal(character) => text.push(*character),
            Token::Percent => text.push('%'),
            _ => {}
        }
    }
    text
}

/// The digits before and after the point of a number that is not negative, rounded half up in its
/// first [`PRECISION`] digits, as spreadsheets round.
fn rounded(value: f64, decimals: usize) -> (String, String) {
    let text = format!("{value:.*e}", PRECISION - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let digits: Vec<u8> = mantissa
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    let digit_at = |place: i64| {
        let at = usize::try_from(exponent - place).ok()?;
        digits.get(at).copied()
    };
    let lowest = -i64::from(few(decimals));
    let highest = exponent.max(0);
    let mut kept: Vec<u8> = (lowest..=highest)
        .map(|place| digit_at(place).unwrap_or(0))
        .collect();
    let mut carry = digit_at(lowest - 1).is_some_and(|digit| digit >= 5);
    for digit in &mut kept {
        if !carry {
            break;
        }
        carry = *digit == 9;
        *digit = if carry { 0 } else { *digit + 1 };
    }
    if carry {
        kept.push(1);
    }
    let text: String = kept
        .iter()
        .rev()
        .map(|digit| char::from(b'0' + digit))
        .collect();
    let border = text.len().saturating_sub(decimals);
    let (whole, decimals) = text.split_at_checked(border).unwrap_or((&text, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    (whole.to_owned(), decimals.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::format::built_in;
    use super::*;

    fn check(value: f64, format: &str, expect: &str) {
        assert_eq!(
            display(value, format, false),
            expect,
            "{value} in `{format}`"
        );
    }

    #[test]
    fn plain_numbers_have_no_noise() {
        check(12.0, "General", "12");
        check(0.1 + 0.2, "General", "0.3");
        check(-0.5, "G/通用格式", "-0.5");
        check(1.0 / 3.0, "", "0.333333333");
        check(123_456_789_012_345.0, "General", "123456789012345");
        check(1.5e20, "General", "1.5E+20");
        check(0.0, "General", "0");
        check(9_999_999_999.999_9, "General", "10000000000");
    }

    #[test]
    fn decimals_are_those_of_the_format() {
        check(2.71999, "0.00", "2.72");
        check(1.005, "0.00", "1.01");
        check(2.0, "0.##", "2");
        check(0.5, "#.##", "0.5");
        check(1_234_567.891, "#,##0.00", "1,234,567.89");
        check(-1234.5, "#,##0.0_ ", "-1,234.5");
        check(999.96, "0.0", "1000.0");
        check(-0.001, "0.0", "0.0");
        check(7.0, "000", "007");
    }

    #[test]
    fn percents() {
        check(0.151, "0.0%", "15.1%");
        check(0.15, "0%", "15%");
        check(-0.0325, "0.00%;[Red]-0.00%", "-3.25%");
    }

    #[test]
    fn literals_and_sections() {
        check(3.5, "0.0\"亿元\"", "3.5亿元");
        check(5.0, "[$¥-804]#,##0.00", "¥5.00");
        check(
            0.0,
            "_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
            "-",
        );
        check(-2.0, "0;(0)", "(2)");
        check(0.0, "0;-0;;@", "");
        check(4.0, "General\"人\"", "4人");
        check(-4.0, "\"±\"", "±");
    }

    #[test]
    fn thousands_and_ten_thousands() {
        check(12_345.0, "0,", "12");
        check(12_345.0, "0!.0,", "1.2");
        check(1_234_500.0, "0.0,,", "1.2");
    }

    #[test]
    fn conditions_choose_the_section() {
        check(120.0, "[>=100]0\"多\";0\"少\"", "120多");
        check(20.0, "[>=100]0\"多\";0\"少\"", "20少");
    }

    #[test]
    fn exponents_and_fractions() {
        check(12_345.0, "0.00E+00", "1.23E+04");
        check(0.5, "# ?/?", "0.5");
    }

    #[test]
    fn dates() {
        check(45_125.0, "yyyy/m/d", "2023-07-18");
        check(45_125.0, "yyyy\"年\"m\"月\"d\"日\";@", "2023年7月18日");
        check(45_125.0, "[$-804]aaaa", "星期二");
        check(45_125.604_166_7, "yyyy-mm-dd hh:mm", "2023-07-18 14:30");
        check(0.604_166_7, "h:mm:ss", "14:30:00");
        check(45_125.604_166_7, "上午/下午h\"时\"mm\"分\"", "下午2时30分");
        check(45_125.0, "mmm-yy", "2023-07");
        check(1.25, "[h]:mm", "30:00");
        check(59.0, built_in(14), "1900-02-28");
        check(61.0, built_in(31), "1900年3月1日");
        check(-3.0, "yyyy-mm-dd", "-3");
        assert_eq!(display(0.0, "yyyy-m-d", true), "1904-01-01");
    }

    #[test]
    fn no_format_panics() {
        let pieces = [
            "0", "#", "?", ".", ",", "%", "E+", "/", "y", "m", "[h]", "\"", "年", "\\", ";", "[",
            "@",
        ];
        let values = [
            0.0,
            -1.5,
            1e308,
            1e-308,
            f64::NAN,
            f64::INFINITY,
            45_125.5,
            f64::MIN,
        ];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let format = format!("{first}{second}{third}0");
                    for value in values {
                        let _ = display(value, &format, true);
                    }
                }
            }
        }
    }
}
