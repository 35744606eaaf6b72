//! The numbers that word processors set in front of paragraphs, by the kind of numbering. Knows no
//! lists, only how a number looks.

/// `number` (from 1) in the numbering `format`; empty for bullets and for none.
///
/// `format` is an `MSONFC`; kinds that no Chinese document uses are written as digits.
///
/// Source: [MS-OSHARED] 2.2.1.3, whose values stand in the order of `ST_NumberFormat` in
/// ISO/IEC 29500-1 17.18.59.
pub(crate) fn label(format: u8, number: u32) -> String {
    match format {
        1 => roman(number).to_uppercase(),
        2 => roman(number),
        3 => letters(number, 'A'),
        4 => letters(number, 'a'),
        10 | 36 => digits(number, &SMALL),
        11 | 33 | 35 | 37 | 39 => counted(number, &SMALL, ["十", "百", "千"]),
        16 | 34 | 38 => counted(number, &LARGE, ["拾", "佰", "仟"]),
        14 | 19 => digits(number, &WIDE),
        18 | 28 => one_of(number, '①', 20),
        26 => one_of(number, '⒈', 20),
        27 => one_of(number, '⑴', 20),
        29 => one_of(number, '㈠', 10),
        30 => cycle(number, "甲乙丙丁戊己庚辛壬癸"),
        31 => cycle(number, "子丑寅卯辰巳午未申酉戌亥"),
        22 => format!("{number:02}"),
        23 | 0xFF => String::new(),
        _ => number.to_string(),
    }
}

const SMALL: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const LARGE: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const WIDE: [&str; 10] = ["０", "１", "２", "３", "４", "５", "６", "７", "８", "９"];

fn digits(number: u32, signs: &[&str; 10]) -> String {
    let sign = |digit: char| {
        digit
            .to_digit(10)
            .and_then(|digit| signs.get(digit as usize))
    };
    let number = number.to_string();
    number.chars().filter_map(sign).copied().collect()
}

/// 一百零五 and its like; from ten thousand on, digits.
fn counted(number: u32, signs: &[&str; 10], tens: [&str; 3]) -> String {
    if number == 0 || number > 9999 {
        return digits(number, signs);
    }
    let mut text = String::new();
    let mut gap = false;
    for (place, unit) in [(1000, tens[2]), (100, tens[1]), (10, tens[0]), (1, "")] {
        let digit = (number / place % 10) as usize;
        if digit == 0 {
            gap = true;
            continue;
        }
        if gap && !text.is_empty() {
            text.push('零');
        }
        gap = false;
        // 十一, not 一十一, where nothing stands before it.
        let first_ten = place == 10 && digit == 1 && text.is_empty();
        if !first_ten {
            text.push_str(signs.get(digit).copied().unwrap_or_default());
        }
        text.push_str(unit);
    }
    text
}

fn roman(number: u32) -> String {
    const PARTS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    if number > 4999 {
        return number.to_string();
    }
    let mut left = number;
    let mut text = String::new();
    for (value, part) in PARTS {
        while left >= value {
            text.push_str(part);
            left -= value;
        }
    }
    text
}

/// a … z, aa … zz, aaa …: the letter repeated, as Word does.
fn letters(number: u32, first: char) -> String {
    let Some(index) = number.checked_sub(1) else {
        return String::new();
    };
    let letter = char::from_u32(first as u32 + index % 26).unwrap_or(first);
    let times = (index / 26 + 1).min(30);
    std::iter::repeat_n(letter, times as usize).collect()
}

fn one_of(number: u32, first: char, last: u32) -> String {
    if number == 0 || number > last {
        return number.to_string();
    }
    let sign = char::from_u32(first as u32 + number - 1);
    sign.map_or_else(|| number.to_string(), String::from)
}

fn cycle(number: u32, signs: &str) -> String {
    let Some(index) = number.checked_sub(1) else {
        return String::new();
    };
    let signs: Vec<char> = signs.chars().collect();
    let sign = signs.get(index as usize % signs.len().max(1));
    sign.map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: u8, number: u32, expected: &str) {
        assert_eq!(label(format, number), expected, "{format}: {number}");
    }

    #[test]
    fn chinese_numbers() {
        check(37, 1, "一");
        check(37, 10, "十");
        check(37, 12, "十二");
        check(39, 20, "二十");
        check(39, 105, "一百零五");
        check(39, 110, "一百一十");
        check(39, 2003, "二千零三");
        check(10, 20, "二〇");
        check(38, 12, "拾贰");
    }

    #[test]
    fn western_numbers() {
        check(0, 12, "12");
        check(1, 4, "IV");
        check(2, 29, "xxix");
        check(3, 2, "B");
        check(4, 27, "aa");
        check(22, 3, "03");
    }

    #[test]
    fn signs() {
        check(18, 3, "③");
        check(27, 2, "⑵");
        check(29, 11, "11");
        check(30, 11, "甲");
        check(23, 1, "");
        check(0xFF, 1, "");
    }

    #[test]
    fn no_number_is_too_large() {
        for format in 0..=u8::MAX {
            for number in [0, 1, 9999, 10000, u32::MAX] {
                assert!(label(format, number).chars().count() <= 40);
            }
        }
    }
}
