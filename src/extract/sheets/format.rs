//! Number formats of a workbook, taken apart. Knows no values but the one that chooses a section.
//!
//! Source: ECMA-376 part 1, 18.8.30 (`numFmt`, with the built-in ids) and 18.8.31 (`numFmts`).

/// Characters of a format that are looked at.
const MAX_FORMAT: usize = 255;

/// The format of a built-in id, with the dates of a Chinese spreadsheet.
pub(super) fn built_in(id: u32) -> &'static str {
    match id {
        1 => "0",
        2 => "0.00",
        3 | 5 | 6 | 37 | 38 | 41 | 42 => "#,##0",
        4 | 7 | 8 | 39 | 40 | 43 | 44 => "#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        14 | 15 | 30 => "yyyy-m-d",
        16 => "m-d",
        17 => "yyyy-m",
        18 | 20 => "h:mm",
        19 | 21 => "h:mm:ss",
        22 => "yyyy-m-d h:mm",
        27 | 36 | 50 | 52 | 57 => "yyyy年m月",
        28 | 29 | 51 | 53 | 54 | 58 => "m月d日",
        31 => "yyyy年m月d日",
        32 => "h时mm分",
        33 => "h时mm分ss秒",
        34 | 55 => "上午/下午h时mm分",
        35 | 56 => "上午/下午h时mm分ss秒",
        45 | 47 => "mm:ss",
        46 => "[h]:mm:ss",
        48 => "##0.0E+0",
        _ => "General",
    }
}

/// A piece of a number format.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Stands for itself.
    Literal(char),
    /// Place of a digit: `0`, `#` or `?`.
    Digit(char),
    /// Decimal point.
    Point,
    /// Groups digits, or divides by a thousand.
    Comma,
    /// `%`; shown, and multiplies by a hundred.
    Percent,
    /// `E+` or `E-`.
    Exponent,
    /// A fraction's `/`.
    Slash,
    /// A run of one of `y m d h s`, of `n` for minutes, of `w` for the weekday.
    Date(char, usize),
    /// `[h]`, `[m]` or `[s]`: time that goes on beyond a day.
    Elapsed(char),
    /// 上午 or 下午.
    HalfDay,
    /// The plain number.
    General,
    /// `@`
    Text,
}

/// The section of `format` that is for `value`, and whether it writes the minus sign itself.
pub(super) fn section_for(value: f64, format: &str) -> (String, bool) {
    let sections = split(format);
    let conditions: Vec<_> = sections.iter().map(|section| condition(section)).collect();
    let first = sections.first().cloned().unwrap_or_default();
    if conditions.iter().any(Option::is_some) {
        let found = sections.iter().zip(&conditions).find(|(_, condition)| {
            condition.is_none_or(|(operator, bound)| match operator {
                Operator::Less => value < bound,
                Operator::LessOrEqual => value <= bound,
                Operator::Greater => value > bound,
                Operator::GreaterOrEqual => value >= bound,
                Operator::Equal => (value - bound).abs() < f64::EPSILON,
                Operator::NotEqual => (value - bound).abs() >= f64::EPSILON,
            })
        });
        return (found.map_or(first, |(section, _)| section.clone()), false);
    }
    let zero = value == 0.0;
    match (sections.get(1), sections.get(2)) {
        (Some(negative), _) if value < 0.0 => (negative.clone(), true),
        (Some(_), Some(nothing)) if zero => (nothing.clone(), false),
        _ => (first, false),
    }
}

/// Splits at the semicolons outside quotes, brackets and escapes.
fn split(format: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let mut quoted = false;
    let mut bracketed = false;
    let mut escaped = false;
    for character in format.chars().take(MAX_FORMAT) {
        let border = character == ';' && !quoted && !bracketed && !escaped;
        if border {
            sections.push(String::new());
            continue;
        }
        if escaped {
            escaped = false;
        } else {
            match character {
                '"' => quoted = !quoted,
                '[' if !quoted => bracketed = true,
                ']' if !quoted => bracketed = false,
                '\\' | '!' | '_' | '*' if !quoted => escaped = true,
                _ => {}
            }
        }
        if let Some(section) = sections.last_mut() {
            section.push(character);
        }
    }
    sections
}

#[derive(Clone, Copy)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// The condition of a section, such as `[>=100]`.
fn condition(section: &str) -> Option<(Operator, f64)> {
    section.split('[').skip(1).find_map(|rest| {
        let inner = rest.split(']').next()?;
        let (operator, bound) = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<>", Operator::NotEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
            ("=", Operator::Equal),
        ]
        .into_iter()
        .find_map(|(sign, operator)| Some((operator, inner.strip_prefix(sign)?)))?;
        Some((operator, bound.trim().parse().ok()?))
    })
}

pub(super) fn tokenize(section: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = section.trim();
    while let Some(character) = rest.chars().next() {
        let word = [
            ("General", Token::General),
            ("G/通用格式", Token::General),
            ("AM/PM", Token::HalfDay),
            ("A/P", Token::HalfDay),
            ("上午/下午", Token::HalfDay),
            ("E+", Token::Exponent),
            ("E-", Token::Exponent),
        ]
        .into_iter()
        .find(|(word, _)| {
            rest.get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
        });
        if let Some((word, token)) = word {
            tokens.push(token);
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        rest = match character {
            '"' => {
                let (quoted, after) = after.split_once('"').unwrap_or((after, ""));
                tokens.extend(quoted.chars().map(Token::Literal));
                after
            }
            '[' => {
                let (inner, after) = after.split_once(']').unwrap_or((after, ""));
                bracket(inner, &mut tokens);
                after
            }
            '\\' | '!' => {
                tokens.extend(after.chars().next().map(Token::Literal));
                skip_one(after)
            }
            // The width of a character, and a character that fills the cell: nothing to read.
            '_' | '*' => skip_one(after),
            _ => {
                push(character, &mut tokens);
                after
            }
        };
    }
    minutes(&mut tokens);
    tokens
}

fn skip_one(text: &str) -> &str {
    let mut characters = text.chars();
    characters.next();
    characters.as_str()
}

fn bracket(inner: &str, tokens: &mut Vec<Token>) {
    if let Some(currency) = inner.strip_prefix('$') {
        let sign = currency.split('-').next().unwrap_or_default();
        tokens.extend(sign.chars().map(Token::Literal));
        return;
    }
    let lower = inner.to_ascii_lowercase();
    let first = lower.chars().next();
    if let Some(unit @ ('h' | 'm' | 's')) = first
        && lower.chars().all(|character| Some(character) == first)
    {
        tokens.push(Token::Elapsed(unit));
    }
}

fn push(character: char, tokens: &mut Vec<Token>) {
    let lower = character.to_ascii_lowercase();
    let token = match lower {
        '0' | '#' | '?' => Token::Digit(character),
        '.' => Token::Point,
        ',' => Token::Comma,
        '%' => Token::Percent,
        '/' => Token::Slash,
        '@' => Token::Text,
        'y' | 'm' | 'd' | 'h' | 's' => Token::Date(lower, 1),
        // The year of an era is the year in Chinese formats.
        'e' => Token::Date('y', 4),
        'a' => Token::Date('w', 1),
        'g' => return,
        _ => Token::Literal(character),
    };
    match (tokens.last_mut(), &token) {
        (Some(Token::Date(last, count)), Token::Date(unit, _)) if last == unit => *count += 1,
        _ => tokens.push(token),
    }
}

/// Tells the minutes among the `m`: they stand after hours or before seconds.
fn minutes(tokens: &mut [Token]) {
    let mut last = None;
    let units: Vec<Option<char>> = tokens
        .iter()
        .map(|token| match token {
            Token::Date(unit, _) | Token::Elapsed(unit) => Some(*unit),
            _ => None,
        })
        .collect();
    for (at, token) in tokens.iter_mut().enumerate() {
        if let Token::Date(unit @ 'm', _) = token {
            let next = units.iter().skip(at + 1).flatten().next();
            if last == Some('h') || next == Some(&'s') {
                *unit = 'n';
            }
        }
        last = units.get(at).copied().flatten().or(last);
    }
}
