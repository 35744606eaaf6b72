//! Dates of documents, to the day, the month or the year, and how they are written: `2023年7月18日`,
//! `二〇二三年七月十八日`, `2023-07-18`, `2023.7.18`, `2023/7/18`, `20230718`.
//!
//! It reads a date where it is told to look; it does not know whose date it is.

use crate::document::Date;

/// Years that a document may be of.
pub(super) const YEARS: std::ops::RangeInclusive<u16> = 1900..=2100;

/// Reads a text that is nothing but a date, in any of the forms that this module knows.
pub(super) fn parse(text: &str) -> Option<Date> {
    let line = super::line::Line::new(text);
    let text = line.whole().text();
    let (date, length) = date_at(text).or_else(|| compact_at(text))?;
    (length == text.len()).then_some(date)
}

/// Reads the date that a folded text begins with: the date and its length in bytes.
///
/// Digits or Chinese numerals with 年, 月 and 日 (号); digits with `-`, `.` or `/`. Blanks may stand
/// between the parts, and between the digits of a year. `2023年7月 日` is a month: the day was left
/// open. `None` where the calendar has no such day.
pub(super) fn date_at(text: &str) -> Option<(Date, usize)> {
    let (year, rest) = year_at(text)?;
    let behind = rest.trim_start();
    if let Some(behind) = behind.strip_prefix('年') {
        return with_characters(text, year, behind);
    }
    let separator = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '.' | '/'))?;
    let spaced = text.len() - rest.len() > 4;
    let (month, rest) = digits(rest.get(1..)?, 2)?;
    let day = rest.strip_prefix(separator).and_then(|r| digits(r, 2));
    let (day, rest) = day.map_or((None, rest), |(day, rest)| (Some(day), rest));
    let ends = !rest.starts_with(|c: char| c.is_ascii_digit() || c == separator);
    let date = Date::new(year, Some(month as u8), day.map(|d| d as u8))?;
    (ends && !spaced).then_some((date, text.len() - rest.len()))
}

fn with_characters(text: &str, year: u16, rest: &str) -> Option<(Date, usize)> {
    let until = |rest: &str| text.len() - rest.len();
    let only_year = Some((Date::new(year, None, None)?, until(rest)));
    let Some((month, behind)) = numeral(rest.trim_start(), "月") else {
        return only_year;
    };
    let month = Date::new(year, Some(month), None)?;
    let open = behind.trim_start();
    if open.len() < behind.len()
        && let Some(behind) = open.strip_prefix('日')
    {
        return Some((month, until(behind)));
    }
    let day = numeral(open, "日").or_else(|| numeral(open, "号"));
    let Some((day, behind)) = day else {
        return Some((month, until(behind)));
    };
    Some((Date::new(year, month.month(), Some(day))?, until(behind)))
}

/// Reads a month and a day without their year, as `7月18日`: both, and the length in bytes.
pub(super) fn month_and_day_at(text: &str) -> Option<((u8, u8), usize)> {
    let (month, rest) = numeral(text, "月")?;
    let (day, rest) = numeral(rest.trim_start(), "日")?;
    Some(((month, day), text.len() - rest.len()))
}

/// Reads eight digits `yyyymmdd` with no ninth behind them.
pub(super) fn compact_at(text: &str) -> Option<(Date, usize)> {
    let (number, rest) = digits(text, 8)?;
    let whole = text.len() - rest.len() == 8 && !rest.starts_with(|c: char| c.is_ascii_digit());
    let year = u16::try_from(number / 10_000).ok()?;
    let date = Date::new(
        year,
        Some((number / 100 % 100) as u8),
        Some((number % 100) as u8),
    )?;
    whole.then_some((date, 8))
}

/// Reads a number of up to `most` digits.
fn digits(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (digits, rest) = text.split_at_checked(length)?;
    Some((digits.parse().ok()?, rest))
}

/// Reads four digits or four Chinese numerals; blanks may stand between them.
fn year_at(text: &str) -> Option<(u16, &str)> {
    let mut year = 0;
    let mut rest = text;
    let mut chinese = None;
    for n in 0..4 {
        let open = if n == 0 { rest } else { rest.trim_start() };
        let c = open.chars().next()?;
        let digit = c.to_digit(10).or_else(|| chinese_digit(c))?;
        if *chinese.get_or_insert(!c.is_ascii_digit()) == c.is_ascii_digit() {
            return None;
        }
        year = year * 10 + digit;
        rest = open.get(c.len_utf8()..)?;
    }
    let ends = !rest.starts_with(|c: char| c.is_ascii_digit() || chinese_digit(c).is_some());
    let dated = chinese == Some(false) || rest.trim_start().starts_with('年');
    (ends && dated).then_some((year as u16, rest))
}

fn chinese_digit(c: char) -> Option<u32> {
    // A letter o stands for the zero in many files: 二oo八年.
    let zero = matches!(c, '〇' | '零' | 'o');
    let rank = "一二三四五六七八九".chars().position(|d| d == c);
    rank.map(|n| n as u32 + 1).or(zero.then_some(0))
}

/// Reads a number from 1 to 31 with `unit` behind it, in digits or in Chinese.
fn numeral<'a>(text: &'a str, unit: &str) -> Option<(u8, &'a str)> {
    let (number, rest) = digits(text, 2).or_else(|| chinese_number(text))?;
    let rest = rest.trim_start().strip_prefix(unit)?;
    Some((u8::try_from(number).ok()?, rest))
}

fn chinese_number(text: &str) -> Option<(u32, &str)> {
    if let Some(rest) = text.strip_prefix('元') {
        return Some((1, rest));
    }
    let unit = |text: &'_ str| {
        let c = text.chars().next()?;
        let digit = chinese_digit(c).filter(|d| *d > 0)?;
        Some((digit, c.len_utf8()))
    };
    let first = unit(text);
    let behind = text.get(first.map_or(0, |(_, length)| length)..)?;
    let Some(rest) = behind.strip_prefix('十') else {
        return first.map(|(digit, _)| (digit, behind));
    };
    let tens = first.map_or(10, |(digit, _)| digit * 10);
    match unit(rest) {
        Some((ones, length)) => Some((tens + ones, rest.get(length..)?)),
        None => Some((tens, rest)),
    }
}

/// Skips what may stand behind a date and is none of its business: further days (`至20日`), the day
/// of the week, the time of day. Gives the length in bytes.
pub(super) fn time_at(text: &str) -> usize {
    let mut rest = text;
    if let Some(more) = further_days(rest) {
        rest = more;
    }
    for _ in 0..4 {
        let open = rest.trim_start_matches([' ', ',', '、']);
        let found = weekday(open)
            .or_else(|| time_of_day(open))
            .or_else(|| clock(open));
        match found {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    text.len() - rest.len()
}

fn further_days(text: &str) -> Option<&str> {
    let rest = ["至", "到", "和", "-", "—", "~", "、"]
        .iter()
        .find_map(|joint| text.strip_prefix(joint))?;
    let rest = rest.trim_start_matches(['—', '-']);
    month_and_day_at(rest)
        .and_then(|(_, length)| rest.get(length..))
        .or_else(|| numeral(rest, "日").map(|(_, rest)| rest))
}

fn weekday(text: &str) -> Option<&str> {
    let bracketed = text.starts_with('(');
    let open = text.strip_prefix('(').unwrap_or(text);
    let rest = ["星期", "礼拜", "周"]
        .iter()
        .find_map(|w| open.strip_prefix(w))?;
    let day = rest
        .chars()
        .next()
        .filter(|c| "一二三四五六日天".contains(*c))?;
    let rest = rest.get(day.len_utf8()..)?;
    if bracketed {
        return rest.strip_prefix(')');
    }
    Some(rest)
}

fn time_of_day(text: &str) -> Option<&str> {
    ["上午", "下午", "晚上", "中午", "凌晨", "早上", "晚", "全天"]
        .iter()
        .find_map(|time| text.strip_prefix(time))
}

fn clock(text: &str) -> Option<&str> {
    let (hour, rest) = digits(text, 2)?;
    if let Some(rest) = rest.strip_prefix(':') {
        let (_, rest) = digits(rest, 2)?;
        let seconds = rest.strip_prefix(':').and_then(|rest| digits(rest, 2));
        return Some(seconds.map_or(rest, |(_, rest)| rest)).filter(|_| hour < 25);
    }
    let rest = rest.trim_start().strip_prefix(['时', '点'])?;
    let minutes = digits(rest, 2).and_then(|(_, rest)| rest.strip_prefix('分'));
    let rest = minutes
        .or_else(|| rest.strip_prefix(['正', '整', '半']))
        .unwrap_or(rest);
    Some(rest).filter(|_| hour < 25)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = parse(text).map_or("none".to_owned(), |d| d.to_string());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn forms_of_a_day() {
        for text in [
            "2023年7月8日",
            "２０２３年０７月０８日",
            "2 0 2 3 年 7 月 8 日",
            "二〇二三年七月八日",
            "二○二三年七月八日",
            "二零二三年七月八号",
            "二O二三年七月八日",
            "2023-07-08",
            "2023.7.8",
            "2023/7/8",
            "20230708",
        ] {
            check(text, "2023-07-08");
        }
        check("二〇一二年十二月三十一日", "2012-12-31");
        check("一九九八年元月二十日", "1998-01-20");
    }

    #[test]
    fn months_and_years() {
        check("2023年7月", "2023-07");
        check("2023年7月　日", "2023-07");
        check("2023-07", "2023-07");
        check("二〇二三年", "2023");
        check("2023年", "2023");
    }

    #[test]
    fn no_dates() {
        for text in [
            "",
            "2023",
            "23年7月",
            "2023年13月",
            "2023年2月29日",
            "2023-00-10",
            "1899年1月1日",
            "2023年度",
            "20231301",
            "2023年7月18",
            "2023-7-181",
            "二二三年",
            "2023.7.18.1",
            "2 0 2 3-7-8",
        ] {
            check(text, "none");
        }
        check("2024年2月29日", "2024-02-29");
        check("2000年2月29日", "2000-02-29");
        check("1900年2月29日", "none");
    }

    #[test]
    fn ranges_for_filters() {
        let days = |text| parse(text).map(|d| (d.first_day(), d.last_day()));
        assert_eq!(days("2023-07-18"), Some((20_230_718, 20_230_718)));
        assert_eq!(days("2024年2月"), Some((20_240_201, 20_240_229)));
        assert_eq!(days("2023年"), Some((20_230_101, 20_231_231)));
        assert_eq!(Date::new(2023, None, Some(1)), None);
    }

    #[test]
    fn what_stands_behind() {
        for text in [
            "",
            "上午",
            " 星期三",
            "(星期二)上午9:30",
            "至20日",
            "和12月1日",
            " 下午3时",
            "晚8点半",
            " 10:30:05",
            "—20日",
        ] {
            assert_eq!(time_at(text), text.len(), "{text}");
        }
        assert_eq!(time_at("印发"), 0);
        assert_eq!(time_at("上午,在会议上"), "上午".len());
    }
}
