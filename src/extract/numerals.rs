//! Numbers as lists write them: `3` as 三, 丙, ③, III … It knows nothing of lists or of files, only the
//! names and numbers that the families of formats have for the notations.
//!
//! Source: ECMA-376 part 1, 17.18.59 (`ST_NumberFormat`); [MS-OSHARED] 2.2.1.3 (`MSONFC`);
//! `OpenDocument` 1.3, 19.502 (`style:num-format`) with the examples of notations that `LibreOffice`
//! writes there.

/// A notation of numbers from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Notation {
    /// 1, 2, 3; also in place of notations that are not known.
    #[default]
    Decimal,
    /// 01, 02 … 10.
    DecimalZero,
    /// １, ２, ３.
    FullWidth,
    /// - 1 -.
    InDash,
    /// I, II, III.
    UpperRoman,
    /// i, ii, iii.
    LowerRoman,
    /// A … Z, AA, BB.
    UpperLetter,
    /// a … z, aa, bb.
    LowerLetter,
    /// 一 … 九十九, 一百, 一百零一.
    Counting,
    /// 一 … 九十九, then digits: 一〇〇.
    CountingToHundred,
    /// As [`Notation::Counting`], but 百 and 千 without 一 and without 零: 百一.
    JapaneseCounting,
    /// 壹, 贰, 叁.
    LegalSimplified,
    /// 壹, 貳, 參.
    LegalTraditional,
    /// 一 … 九, 一〇.
    Digits,
    /// 甲, 乙, 丙: ten.
    Stems,
    /// 子, 丑, 寅: twelve.
    Branches,
    /// 甲子, 乙丑: sixty.
    StemsAndBranches,
    /// ① … ㊿.
    Circle,
    /// ⑴ … ⒇.
    Parenthesis,
    /// ⒈ … ⒛.
    FullStop,
    /// ㊀ … ㊉.
    IdeographCircle,
    /// ㈠ … ㈩.
    IdeographParenthesis,
    /// A sign that is no number.
    Bullet,
    /// Nothing.
    Nothing,
}

/// The first values of `ST_NumberFormat`, in the order of the numbers of an `MSONFC`.
const OF_MSO: [&str; 40] = [
    "decimal",
    "upperRoman",
    "lowerRoman",
    "upperLetter",
    "lowerLetter",
    "ordinal",
    "cardinalText",
    "ordinalText",
    "hex",
    "chicago",
    "ideographDigital",
    "japaneseCounting",
    "aiueo",
    "iroha",
    "decimalFullWidth",
    "decimalHalfWidth",
    "japaneseLegal",
    "japaneseDigitalTenThousand",
    "decimalEnclosedCircle",
    "decimalFullWidth2",
    "aiueoFullWidth",
    "irohaFullWidth",
    "decimalZero",
    "bullet",
    "ganada",
    "chosung",
    "decimalEnclosedFullstop",
    "decimalEnclosedParen",
    "decimalEnclosedCircleChinese",
    "ideographEnclosedCircle",
    "ideographTraditional",
    "ideographZodiac",
    "ideographZodiacTraditional",
    "taiwaneseCounting",
    "ideographLegalTraditional",
    "taiwaneseCountingThousand",
    "taiwaneseDigital",
    "chineseCounting",
    "chineseLegalSimplified",
    "chineseCountingThousand",
];
const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const STEMS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
const BRANCHES: [char; 12] = [
    '子', '丑', '寅', '卯', '辰', '巳', '午', '未', '申', '酉', '戌', '亥',
];
/// Letters are repeated at most so often (`aaa`); beyond it, digits.
const MAX_LETTERS: u32 = 8;

/// The signs of a way to count in Chinese: digits from 0, then ten, hundred, thousand, ten thousand.
struct Signs {
    digits: [char; 10],
    units: [char; 4],
    /// Whether a single unit has a 一 before it: ten at the beginning, and hundred and thousand.
    one_before: (bool, bool),
}

const COUNTING: Signs = Signs {
    digits: ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'],
    units: ['十', '百', '千', '万'],
    one_before: (false, true),
};

impl Notation {
    /// By the value of `w:numFmt`.
    pub(super) fn from_ooxml(name: &str) -> Self {
        match name {
            "decimalZero" => Self::DecimalZero,
            "decimalFullWidth" | "decimalFullWidth2" => Self::FullWidth,
            "numberInDash" => Self::InDash,
            "upperRoman" => Self::UpperRoman,
            "lowerRoman" => Self::LowerRoman,
            "upperLetter" => Self::UpperLetter,
            "lowerLetter" => Self::LowerLetter,
            "chineseCountingThousand" | "taiwaneseCountingThousand" => Self::Counting,
            "chineseCounting" | "taiwaneseCounting" => Self::CountingToHundred,
            "japaneseCounting" => Self::JapaneseCounting,
            "chineseLegalSimplified" => Self::LegalSimplified,
            "ideographLegalTraditional" | "japaneseLegal" => Self::LegalTraditional,
            "ideographDigital" | "taiwaneseDigital" | "japaneseDigitalTenThousand" => Self::Digits,
            "ideographTraditional" => Self::Stems,
            "ideographZodiac" => Self::Branches,
            "ideographZodiacTraditional" => Self::StemsAndBranches,
            "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => Self::Circle,
            "decimalEnclosedParen" => Self::Parenthesis,
            "decimalEnclosedFullstop" => Self::FullStop,
            // So it is called, but Word writes ㈠.
            "ideographEnclosedCircle" => Self::IdeographParenthesis,
            "bullet" => Self::Bullet,
            "none" => Self::Nothing,
            _ => Self::Decimal,
        }
    }

    /// By the number in a Word file of before 2007.
    pub(super) fn from_mso(number: u8) -> Self {
        match OF_MSO.get(usize::from(number)) {
            Some(name) => Self::from_ooxml(name),
            None if number == 0xFF => Self::Nothing,
            None => Self::Decimal,
        }
    }

    /// By the value of `style:num-format`, which is an example: `1`, `i`, `一, 二, 三, ...`.
    pub(super) fn from_odf(example: &str) -> Self {
        let mut characters = example.chars();
        let first = characters.next();
        match (first, characters.next()) {
            (None, _) => Self::Nothing,
            (Some('0'), Some('1')) => Self::DecimalZero,
            (Some('A'), _) => Self::UpperLetter,
            (Some('a'), _) => Self::LowerLetter,
            (Some('I'), _) => Self::UpperRoman,
            (Some('i'), _) => Self::LowerRoman,
            (Some('１'), _) => Self::FullWidth,
            (Some('一'), _) => Self::Counting,
            (Some('壹'), _) if example.contains('贰') => Self::LegalSimplified,
            (Some('壹' | '壱'), _) => Self::LegalTraditional,
            (Some('甲'), Some('子')) => Self::StemsAndBranches,
            (Some('甲'), _) => Self::Stems,
            (Some('子'), _) => Self::Branches,
            (Some('①'), _) => Self::Circle,
            (Some('⑴'), _) => Self::Parenthesis,
            (Some('⒈'), _) => Self::FullStop,
            (Some('㊀'), _) => Self::IdeographCircle,
            (Some('㈠'), _) => Self::IdeographParenthesis,
            _ => Self::Decimal,
        }
    }

    /// Writes a number; in digits where the notation does not reach so far.
    pub(super) fn write(self, number: u32) -> String {
        let written = match self {
            Self::Decimal => None,
            Self::DecimalZero => Some(format!("{number:02}")),
            Self::FullWidth => full_width(number),
            Self::InDash => Some(format!("- {number} -")),
            Self::UpperRoman => roman(number),
            Self::LowerRoman => roman(number).map(|roman| roman.to_lowercase()),
            Self::UpperLetter => letters(number, b'A'),
            Self::LowerLetter => letters(number, b'a'),
            Self::CountingToHundred if number >= 100 => digits(number),
            Self::Counting | Self::CountingToHundred => counting(number, &COUNTING),
            Self::JapaneseCounting => {
                let one_before = (false, false);
                counting(
                    number,
                    &Signs {
                        one_before,
                        ..COUNTING
                    },
                )
            }
            Self::LegalSimplified => counting(
                number,
                &Signs {
                    digits: ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'],
                    units: ['拾', '佰', '仟', '万'],
                    one_before: (true, true),
                },
            ),
            Self::LegalTraditional => counting(
                number,
                &Signs {
                    digits: ['零', '壹', '貳', '參', '肆', '伍', '陸', '柒', '捌', '玖'],
                    units: ['拾', '佰', '仟', '萬'],
                    one_before: (true, true),
                },
            ),
            Self::Digits => digits(number),
            Self::Stems => nth(&STEMS, number),
            Self::Branches => nth(&BRANCHES, number),
            Self::StemsAndBranches => stem_and_branch(number),
            Self::Circle => enclosed(number, &[(1, 20, '①'), (21, 35, '㉑'), (36, 50, '㊱')]),
            Self::Parenthesis => enclosed(number, &[(1, 20, '⑴')]),
            Self::FullStop => enclosed(number, &[(1, 20, '⒈')]),
            Self::IdeographCircle => enclosed(number, &[(1, 10, '㊀')]),
            Self::IdeographParenthesis => enclosed(number, &[(1, 10, '㈠')]),
            Self::Bullet | Self::Nothing => Some(String::new()),
        };
        written.unwrap_or_else(|| number.to_string())
    }
}

fn full_width(number: u32) -> Option<String> {
    let widen = |digit: char| char::from_u32(u32::from('０').checked_add(digit.to_digit(10)?)?);
    number.to_string().chars().map(widen).collect()
}

fn roman(number: u32) -> Option<String> {
    const VALUES: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..4000).contains(&number) {
        return None;
    }
    let mut left = number;
    let mut written = String::new();
    for (value, sign) in VALUES {
        while let Some(rest) = left.checked_sub(value) {
            left = rest;
            written.push_str(sign);
        }
    }
    Some(written)
}

fn letters(number: u32, first: u8) -> Option<String> {
    let index = number.checked_sub(1)?;
    let n_times = (index / 26).checked_add(1)?;
    if n_times > MAX_LETTERS {
        return None;
    }
    let letter = first.checked_add(u8::try_from(index % 26).ok()?)?;
    Some(char::from(letter).to_string().repeat(n_times as usize))
}

fn digits(number: u32) -> Option<String> {
    let sign_of = |digit: char| DIGITS.get(digit.to_digit(10)? as usize);
    number.to_string().chars().map(sign_of).collect()
}

fn nth(signs: &[char], number: u32) -> Option<String> {
    let index = number.checked_sub(1)?;
    signs.get(index as usize).map(char::to_string)
}

fn stem_and_branch(number: u32) -> Option<String> {
    let index = number.checked_sub(1).filter(|index| *index < 60)? as usize;
    let stem = STEMS.get(index % STEMS.len())?;
    let branch = BRANCHES.get(index % BRANCHES.len())?;
    Some(format!("{stem}{branch}"))
}

/// By ranges of numbers whose signs follow each other in Unicode from the given one.
fn enclosed(number: u32, ranges: &[(u32, u32, char)]) -> Option<String> {
    let (from, _, sign) = ranges
        .iter()
        .find(|(from, to, _)| (*from..=*to).contains(&number))?;
    let sign = u32::from(*sign).checked_add(number.checked_sub(*from)?)?;
    char::from_u32(sign).map(String::from)
}

fn counting(number: u32, signs: &Signs) -> Option<String> {
    if number >= 100_000_000 {
        return None;
    }
    let zero = *signs.digits.first()?;
    if number == 0 {
        return Some(zero.to_string());
    }
    let mut written = String::new();
    let (high, low) = (number / 10_000, number % 10_000);
    if high > 0 {
        below_ten_thousand(high, signs, &mut written)?;
        written.push(*signs.units.get(3)?);
        if low > 0 && low < 1_000 {
            written.push(zero);
        }
    }
    below_ten_thousand(low, signs, &mut written)?;
    Some(written)
}

fn below_ten_thousand(number: u32, signs: &Signs, written: &mut String) -> Option<()> {
    let (before_ten, before_more) = signs.one_before;
    let at_beginning = written.is_empty();
    let mut has_gap = false;
    let mut is_first = true;
    for (place, value) in [(3_usize, 1_000), (2, 100), (1, 10), (0, 1)] {
        let digit = number / value % 10;
        if digit == 0 {
            // Japanese has no zero between.
            has_gap = !is_first && before_more;
            continue;
        }
        if has_gap {
            written.push(*signs.digits.first()?);
            has_gap = false;
        }
        let is_bare = match place {
            1 => !before_ten && (!before_more || is_first && at_beginning),
            2 | 3 => !before_more,
            _ => false,
        };
        if digit != 1 || !is_bare {
            written.push(*signs.digits.get(digit as usize)?);
        }
        if let Some(unit) = place.checked_sub(1) {
            written.push(*signs.units.get(unit)?);
        }
        is_first = false;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::Notation;

    #[track_caller]
    fn check(notation: Notation, numbers: &[u32], expected: &str) {
        let written: Vec<String> = numbers.iter().map(|n| notation.write(*n)).collect();
        assert_eq!(written.join(" "), expected);
    }

    #[test]
    fn chinese() {
        let numbers = [1, 10, 11, 20, 99, 100, 101, 110, 111, 1001, 10_010, 100_000];
        check(
            Notation::Counting,
            &numbers,
            "一 十 十一 二十 九十九 一百 一百零一 一百一十 一百一十一 一千零一 一万零一十 十万",
        );
        check(
            Notation::CountingToHundred,
            &[10, 21, 100, 101],
            "十 二十一 一〇〇 一〇一",
        );
        check(
            Notation::JapaneseCounting,
            &[2, 10, 12, 20, 100, 101, 111],
            "二 十 十二 二十 百 百一 百十一",
        );
        check(
            Notation::LegalSimplified,
            &[3, 10, 12, 20],
            "叁 壹拾 壹拾贰 贰拾",
        );
        check(Notation::LegalTraditional, &[2, 6], "貳 陸");
        check(Notation::Digits, &[9, 10, 21], "九 一〇 二一");
        check(Notation::Counting, &[0, 100_000_000], "零 100000000");
    }

    #[test]
    fn cycles() {
        check(Notation::Stems, &[1, 10, 11], "甲 癸 11");
        check(Notation::Branches, &[1, 12, 13], "子 亥 13");
        check(
            Notation::StemsAndBranches,
            &[1, 13, 60, 61],
            "甲子 丙子 癸亥 61",
        );
    }

    #[test]
    fn enclosed() {
        check(
            Notation::Circle,
            &[1, 20, 21, 35, 36, 50, 51],
            "① ⑳ ㉑ ㉟ ㊱ ㊿ 51",
        );
        check(Notation::Parenthesis, &[0, 1, 20, 21], "0 ⑴ ⒇ 21");
        check(Notation::FullStop, &[2], "⒉");
        check(Notation::IdeographCircle, &[1, 10, 11], "㊀ ㊉ 11");
        check(Notation::IdeographParenthesis, &[1, 10, 11], "㈠ ㈩ 11");
    }

    #[test]
    fn latin() {
        check(
            Notation::UpperRoman,
            &[4, 9, 1994, 4000, 0],
            "IV IX MCMXCIV 4000 0",
        );
        check(Notation::LowerRoman, &[3], "iii");
        check(
            Notation::LowerLetter,
            &[1, 26, 27, 0, 9999],
            "a z aa 0 9999",
        );
        check(Notation::UpperLetter, &[2, 28], "B BB");
        check(Notation::DecimalZero, &[7, 12], "07 12");
        check(Notation::FullWidth, &[12], "１２");
        check(Notation::InDash, &[3], "- 3 -");
        check(Notation::Decimal, &[u32::MAX], "4294967295");
    }

    #[test]
    fn numbers_of_old_word_files() {
        for (format, number, expected) in [
            (37, 1, "一"),
            (37, 10, "十"),
            (37, 12, "十二"),
            (39, 20, "二十"),
            (39, 105, "一百零五"),
            (39, 110, "一百一十"),
            (39, 2003, "二千零三"),
            (10, 20, "二〇"),
            (38, 12, "壹拾贰"),
            (0, 12, "12"),
            (1, 4, "IV"),
            (2, 29, "xxix"),
            (3, 2, "B"),
            (4, 27, "aa"),
            (22, 3, "03"),
            (18, 3, "③"),
            (27, 2, "⑵"),
            (29, 2, "㈡"),
            (29, 11, "11"),
            (30, 10, "癸"),
            (23, 1, ""),
            (0xFF, 1, ""),
        ] {
            check(Notation::from_mso(format), &[number], expected);
        }
    }

    #[test]
    fn no_number_is_too_long() {
        for format in 0..=u8::MAX {
            for number in [0, 1, 9999, 10_000, u32::MAX] {
                let written = Notation::from_mso(format).write(number);
                assert!(written.chars().count() <= 40);
            }
        }
    }

    #[test]
    fn names_of_both_families() {
        assert_eq!(
            Notation::from_ooxml("chineseCountingThousand"),
            Notation::Counting
        );
        assert_eq!(Notation::from_ooxml("ordinalText"), Notation::Decimal);
        for (example, expected) in [
            ("一, 二, 三, ...", Notation::Counting),
            ("甲, 乙, 丙, ...", Notation::Stems),
            ("甲子, 乙丑, ...", Notation::StemsAndBranches),
            ("壹, 贰, 叁, ...", Notation::LegalSimplified),
            ("壹, 貳, 參, ...", Notation::LegalTraditional),
            ("①, ②, ③, ...", Notation::Circle),
            ("01, 02, 03, ...", Notation::DecimalZero),
            ("i", Notation::LowerRoman),
            ("1", Notation::Decimal),
            ("", Notation::Nothing),
        ] {
            assert_eq!(Notation::from_odf(example), expected, "{example}");
        }
    }
}
