//! Numbers are equal across notations: the other writings of a query (docs/numbers.md).
//!
//! Documents are never rewritten: a phrase with numbers is searched in all its writings instead.
//! So a document's units stay what its text says, and what a number is can change without a new
//! index. Knows texts only, not queries or indexes.

use std::ops::Range;
use std::sync::LazyLock;

use self::read::{Found, Role, numbers};
use self::value::{Style, digit_by_digit};
use super::fold::fold_char;
use super::units::split;

mod counters;
mod evaluate;
mod read;
#[cfg(test)]
mod tests;
mod tokens;
mod value;

/// Most variants of one text.
pub const MAX_VARIANTS: usize = 16;

/// How many writings of a notation are tried for all numbers together before they are mixed.
const RANKS_TOGETHER: usize = 3;

/// A number of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Where it stands, in characters (Unicode scalar values), half-open; with the sign or the
    /// prefix of a percentage, without what is counted.
    pub range: Range<usize>,
    /// Its other writings, in Arabic digits and then in Chinese characters, each with the likely
    /// ones first.
    pub writings: Vec<String>,
}

/// Another writing of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The whole text, with at least one number written otherwise.
    pub text: String,
    /// Whether it begins with a number that is written otherwise.
    pub begins_with_number: bool,
    /// Whether it ends with a number that is written otherwise.
    pub ends_with_number: bool,
}

impl Variant {
    /// Whether an occurrence of the variant is one of the same number, judged by the characters
    /// that touch it; `None` where none does.
    ///
    /// Chinese numbers are several units, so that of `五亿元` occurs in `十五亿元`, and that of
    /// `增长百分之五` in `增长百分之五十`. Arabic numbers are one unit, but `2000万` occurs in
    /// `1亿2000万`.
    pub fn stands_between(&self, before: Option<char>, behind: Option<char>) -> bool {
        let clear = |touched: bool, own: Option<char>, beside: Option<char>| {
            !touched || !beside.is_some_and(|beside| goes_on(own, beside))
        };
        let (first, last) = (self.text.chars().next(), self.text.chars().next_back());
        clear(self.begins_with_number, first, before) && clear(self.ends_with_number, last, behind)
    }

    /// The characters that must not touch an occurrence before it, and behind it.
    pub fn borders(&self) -> (&'static [char], &'static [char]) {
        let of = |touched: bool, own: Option<char>| match own {
            Some(own) if touched => going_on(own),
            _ => &[],
        };
        let (first, last) = (self.text.chars().next(), self.text.chars().next_back());
        (
            of(self.begins_with_number, first),
            of(self.ends_with_number, last),
        )
    }
}

/// The characters that make a number with the character `own` at its end a part of a larger one.
fn going_on(own: char) -> &'static [char] {
    static BESIDE_DIGITS: LazyLock<Vec<char>> = LazyLock::new(|| all_going_on('1'));
    static BESIDE_NUMERALS: LazyLock<Vec<char>> = LazyLock::new(|| all_going_on('一'));
    match own {
        '%' | '‰' => &[],
        _ if own.is_ascii_digit() => &BESIDE_DIGITS,
        _ => &BESIDE_NUMERALS,
    }
}

fn all_going_on(own: char) -> Vec<char> {
    let all = "零〇一二三四五六七八九十百千万亿两点几数%‰".chars();
    all.filter(|c| goes_on(Some(own), *c)).collect()
}

/// Whether a number with the character `own` at its end is part of a larger one because of the
/// character beside it.
fn goes_on(own: Option<char>, beside: char) -> bool {
    let mut beside_folded = beside;
    fold_char(beside, |c| beside_folded = c);
    match own {
        Some('%' | '‰') => false,
        Some(c) if c.is_ascii_digit() => "百千万亿%‰".contains(beside_folded),
        _ => tokens::is_numeral(beside_folded) || "几数".contains(beside_folded),
    }
}

/// All writings of `text` that are equal to it in number, without itself; the likely ones first.
///
/// At most [`MAX_VARIANTS`]; none when it holds no number. Takes time in proportion to the length
/// of the text. An occurrence of a variant may be part of another number; see
/// [`variants_with_borders`].
pub fn variants(text: &str) -> Vec<String> {
    let variants = variants_with_borders(text);
    variants.into_iter().map(|variant| variant.text).collect()
}

/// Like [`variants`], with what tells whether an occurrence is one of the same number.
pub fn variants_with_borders(text: &str) -> Vec<Variant> {
    let mut forms: Vec<Forms> = numbers(text)
        .into_iter()
        .map(Forms::new)
        .filter(|forms| forms.all().next().is_some())
        .collect();
    // Written otherwise, those that touch would be one: 百分之5 and 12 of `5%十二`.
    let ranges: Vec<Range<usize>> = forms.iter().map(|forms| forms.range.clone()).collect();
    let touches = |a: &Range<usize>, b: &Range<usize>| a.end == b.start || b.end == a.start;
    forms.retain(|forms| !ranges.iter().any(|range| touches(range, &forms.range)));
    let mut ends: Option<Range<usize>> = None;
    if !forms.is_empty() {
        split(text, |_, range| {
            ends = Some(ends.as_ref().map_or(range.start, |ends| ends.start)..range.end);
        });
    }
    let Some(ends) = ends else {
        return Vec::new();
    };
    let mut choices = Choices {
        forms: &forms,
        made: Vec::new(),
    };
    choices.together();
    choices.mixed();
    let written = |choice: Vec<Option<&str>>| {
        let changed = |at: Option<usize>| {
            at.and_then(|at| choice.get(at))
                .is_some_and(Option::is_some)
        };
        let first = forms
            .first()
            .filter(|forms| forms.range.start == ends.start);
        let last = forms.last().filter(|forms| forms.range.end == ends.end);
        Variant {
            text: replaced(text, &forms, &choice),
            begins_with_number: first.is_some() && changed(Some(0)),
            ends_with_number: last.is_some() && changed(choice.len().checked_sub(1)),
        }
    };
    choices.made.into_iter().map(written).collect()
}

/// Every number of `text` that can be written otherwise, from left to right.
pub fn numbers_in(text: &str) -> Vec<Number> {
    let (mut chars, mut bytes) = (0, 0);
    let mut chars_until = |until: usize| {
        chars += text
            .get(bytes..until)
            .map_or(0, |passed| passed.chars().count());
        bytes = until;
        chars
    };
    let numbers = numbers(text).into_iter().map(Forms::new);
    numbers
        .filter(|forms| forms.all().next().is_some())
        .map(|forms| Number {
            range: chars_until(forms.range.start)..chars_until(forms.range.end),
            writings: forms.all().map(str::to_owned).collect(),
        })
        .collect()
}

/// A number of the text and how it is written otherwise.
struct Forms {
    /// In bytes.
    range: Range<usize>,
    written: String,
    arabic: Vec<String>,
    chinese: Vec<String>,
}

impl Forms {
    fn new(found: Found) -> Self {
        let (mut arabic, mut chinese) = writings(&found);
        remove_repeated(&mut arabic);
        remove_repeated(&mut chinese);
        Self {
            range: found.range,
            written: found.written,
            arabic,
            chinese,
        }
    }

    /// All but what stands in the text.
    fn all(&self) -> impl Iterator<Item = &str> {
        let forms = self.arabic.iter().chain(&self.chinese);
        forms
            .map(String::as_str)
            .filter(|form| *form != self.written)
    }

    /// All but what stands in the text, the likeliest of either notation first.
    fn likely(&self) -> impl Iterator<Item = &str> {
        let most = self.arabic.len().max(self.chinese.len());
        let forms = (0..most)
            .flat_map(|rank| NOTATIONS.map(|notation| self.of(notation).get(rank)))
            .flatten();
        forms
            .map(String::as_str)
            .filter(|form| *form != self.written)
    }

    /// The form of this rank, or the last before it; `None` for what stands in the text.
    fn ranked(&self, notation: Notation, rank: usize) -> Option<&str> {
        let forms = self.of(notation);
        let form = forms.get(rank).or(forms.last())?;
        (*form != self.written).then_some(form)
    }

    fn of(&self, notation: Notation) -> &[String] {
        match notation {
            Notation::Arabic => &self.arabic,
            Notation::Chinese => &self.chinese,
        }
    }
}

#[derive(Clone, Copy)]
enum Notation {
    Arabic,
    Chinese,
}

const NOTATIONS: [Notation; 2] = [Notation::Chinese, Notation::Arabic];

fn remove_repeated(forms: &mut Vec<String>) {
    let mut kept: Vec<String> = Vec::new();
    for form in forms.drain(..) {
        if !kept.contains(&form) {
            kept.push(form);
        }
    }
    *forms = kept;
}

/// The usual writings in Arabic digits and in Chinese characters, that of the text among them.
fn writings(found: &Found) -> (Vec<String>, Vec<String>) {
    let value = found.value;
    let arabic = value.arabic();
    match found.role {
        Role::Count { liang, .. } if value.whole() == Some(2) => {
            // 二次 is the second as well as twice; 两次 is twice only. Both are 2次.
            let chinese = match found.written.as_str() {
                "二" | "两" => Vec::new(),
                _ if liang => vec!["两".to_owned(), "二".to_owned()],
                _ => vec!["二".to_owned()],
            };
            (vec![arabic], chinese)
        }
        Role::Count {
            steps,
            thousands,
            bare,
            ..
        } => {
            let (mut arabic, mut chinese) = value.writings(steps);
            arabic.extend(value.with_thousands().filter(|_| steps && thousands));
            chinese.extend(value.without_last_unit().filter(|_| bare));
            (arabic, chinese)
        }
        Role::Ordinal => (vec![arabic], in_both_zeros(found)),
        Role::Year => {
            let mut chinese: Vec<String> = Style::BOTH_ZEROS
                .iter()
                .map(|style| digit_by_digit(&arabic, style.zero))
                .collect();
            chinese.extend(value.writings(false).1);
            (vec![arabic], chinese)
        }
        Role::MonthOrDay => {
            let padded = format!("{arabic:0>2}");
            (vec![arabic, padded], vec![value.chinese(Style::USUAL)])
        }
        Role::Percent => share(found, "%", "百分之"),
        Role::Permille => share(found, "‰", "千分之"),
    }
}

fn in_both_zeros(found: &Found) -> Vec<String> {
    let styles = Style::BOTH_ZEROS.iter().rev();
    styles.map(|style| found.value.chinese(*style)).collect()
}

fn share(found: &Found, sign: &str, prefix: &str) -> (Vec<String>, Vec<String>) {
    let number = found.value.arabic();
    let arabic = vec![format!("{number}{sign}"), format!("{prefix}{number}")];
    let mut said = in_both_zeros(found);
    said.push(found.value.chinese(Style::LIANG_FIRST));
    let with_prefix = said.iter().map(|number| format!("{prefix}{number}"));
    let with_sign = said.first().map(|number| format!("{number}{sign}"));
    let mut chinese: Vec<String> = with_prefix.chain(with_sign).collect();
    if found.role == Role::Percent && found.value.whole() == Some(100) {
        chinese.insert(0, "百分之百".to_owned());
    }
    (arabic, chinese)
}

/// Collects which form each number takes, `None` for that of the text.
struct Choices<'a> {
    forms: &'a [Forms],
    made: Vec<Vec<Option<&'a str>>>,
}

impl<'a> Choices<'a> {
    /// All numbers in one notation: how a text is mostly written.
    fn together(&mut self) {
        for rank in 0..RANKS_TOGETHER {
            for notation in NOTATIONS {
                self.add(|_, forms| forms.ranked(notation, rank));
            }
        }
    }

    /// Each number in its own form: first where few numbers are written otherwise, in likely forms.
    fn mixed(&mut self) {
        // The ranks of all numbers, added up; 0 is what stands in the text.
        let most: usize = self.forms.iter().map(|forms| forms.likely().count()).sum();
        for total in 1..=most {
            self.add_mixed(&mut Vec::new(), total);
        }
    }

    /// Adds all choices that go on from `begun` in which what is left of `total` is used up.
    fn add_mixed(&mut self, begun: &mut Vec<usize>, total: usize) {
        if self.made.len() >= MAX_VARIANTS {
            return;
        }
        let Some(forms) = self.forms.get(begun.len()) else {
            if total == 0 {
                self.add(|at, forms| {
                    let rank = begun.get(at).and_then(|rank| rank.checked_sub(1));
                    rank.and_then(|rank| forms.likely().nth(rank))
                });
            }
            return;
        };
        for rank in 0..=total.min(forms.likely().count()) {
            begun.push(rank);
            self.add_mixed(begun, total - rank);
            begun.pop();
        }
    }

    fn add(&mut self, form: impl Fn(usize, &'a Forms) -> Option<&'a str>) {
        if self.made.len() >= MAX_VARIANTS {
            return;
        }
        let choice: Vec<_> = self
            .forms
            .iter()
            .enumerate()
            .map(|(at, f)| form(at, f))
            .collect();
        if choice.iter().any(Option::is_some) && !self.made.contains(&choice) {
            self.made.push(choice);
        }
    }
}

fn replaced(text: &str, forms: &[Forms], choice: &[Option<&str>]) -> String {
    let mut written = String::with_capacity(text.len() * 2);
    let mut end = 0;
    for (number, form) in forms.iter().zip(choice) {
        if let Some(form) = form {
            written.push_str(text.get(end..number.range.start).unwrap_or(""));
            written.push_str(form);
            end = number.range.end;
        }
    }
    written.push_str(text.get(end..).unwrap_or(""));
    written
}
