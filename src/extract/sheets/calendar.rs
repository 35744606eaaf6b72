//! Days and times of a workbook: serial numbers to dates, and dates by the pieces of a format.

use super::format::Token;

/// Last day that a spreadsheet knows, 9999-12-31, counted from 1900.
const LAST_DAY: i64 = 2_958_465;
/// From the epoch of 1900 to that of 1904, in days.
const DAYS_TO_1904: i64 = 1462;
const SECONDS_A_DAY: i64 = 86_400;

/// A point in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moment {
    year: i64,
    month: i64,
    day: i64,
    /// 0 is Monday.
    weekday: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    /// From the number of days since the epoch; `None` before it and after the year 9999.
    ///
    /// Day 60 counted from 1900 is the 29 February that the year 1900 did not have; it is shown as
    /// 28 February.
    pub(super) fn from_serial(serial: f64, since_1904: bool) -> Option<Self> {
        if !(0.0..LAST_DAY as f64 + 1.0).contains(&serial) {
            return None;
        }
        let total = (serial * SECONDS_A_DAY as f64).round() as i64;
        let shift = if since_1904 { DAYS_TO_1904 } else { 0 };
        let serial = total / SECONDS_A_DAY + shift;
        let second = total % SECONDS_A_DAY;
        let days = if serial < 60 { serial + 1 } else { serial };
        // From 1899-12-30 to 1970-01-01 there are 25,569 days.
        let days = days - 25_569;
        let (year, month, day) = civil(days);
        Some(Self {
            year,
            month,
            day,
            weekday: (days + 3).rem_euclid(7),
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
        })
    }
}

/// The date of a day counted from 1970-01-01.
///
/// Source: Howard Hinnant, `chrono`-compatible low-level date algorithms, `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Writes `moment` (`serial` as a number) with the pieces of a format.
pub(super) fn display(moment: &Moment, serial: f64, tokens: &[Token]) -> String {
    let chinese = tokens.iter().any(|token| match token {
        Token::Literal(character) => "年月日号时分秒".contains(*character),
        Token::Date(unit, _) => *unit == 'w',
        _ => false,
    });
    let elapsing = tokens.iter().find_map(|token| match token {
        Token::Elapsed(unit) => Some(*unit),
        _ => None,
    });
    if let Some(unit) = elapsing {
        let seconds = tokens
            .iter()
            .any(|token| matches!(token, Token::Date('s', _)));
        return elapsed(serial, unit, seconds);
    }
    if chinese {
        as_written(moment, tokens)
    } else {
        sortable(moment, tokens)
    }
}

fn elapsed(serial: f64, unit: char, seconds: bool) -> String {
    let total = (serial * SECONDS_A_DAY as f64).round() as i64;
    match unit {
        'h' if seconds => format!("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60),
        'h' => format!("{}:{:02}", total / 3600, total / 60 % 60),
        'm' => format!("{}:{:02}", total / 60, total % 60),
        _ => total.to_string(),
    }
}

fn as_written(moment: &Moment, tokens: &[Token]) -> String {
    let half_day = tokens.contains(&Token::HalfDay);
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Literal(character) => text.push(*character),
            Token::Slash => text.push('/'),
            Token::HalfDay => text.push_str(if moment.hour < 12 { "上午" } else { "下午" }),
            Token::Date('y', count) if *count <= 2 => {
                text.push_str(&two(moment.year % 100));
            }
            Token::Date('y', _) => text.push_str(&moment.year.to_string()),
            Token::Date('w', count) => {
                let day = "一二三四五六日".chars().nth(moment.weekday as usize);
                text.push_str(if *count > 3 { "星期" } else { "" });
                text.extend(day);
            }
            // Names of days in Latin letters.
            Token::Date('d', count) if *count > 2 => {}
            Token::Date(unit, count) => {
                let value = match unit {
                    'm' => moment.month,
                    'd' => moment.day,
                    'h' if half_day && moment.hour % 12 == 0 => 12,
                    'h' if half_day => moment.hour % 12,
                    'h' => moment.hour,
                    'n' => moment.minute,
                    _ => moment.second,
                };
                if *count == 2 {
                    text.push_str(&two(value));
                } else {
                    text.push_str(&value.to_string());
                }
            }
            _ => {}
        }
    }
    text.trim().to_owned()
}

fn sortable(moment: &Moment, tokens: &[Token]) -> String {
    let has = |wanted: char| {
        tokens.iter().any(|token| match token {
            Token::Date('d', count) => wanted == 'd' && *count <= 2,
            Token::Date(unit, _) => *unit == wanted,
            _ => false,
        })
    };
    let mut date = Vec::new();
    if has('y') {
        date.push(format!("{:04}", moment.year));
    }
    if has('m') {
        date.push(two(moment.month));
    }
    if has('d') {
        date.push(two(moment.day));
    }
    let mut text = date.join("-");
    if has('h') || has('n') || has('s') {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&two(moment.hour));
        text.push(':');
        text.push_str(&two(moment.minute));
        if has('s') {
            text.push(':');
            text.push_str(&two(moment.second));
        }
    }
    text
}

fn two(value: i64) -> String {
    format!("{value:02}")
}
