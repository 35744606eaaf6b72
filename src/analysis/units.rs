//! The unit splitter: see docs/query-language.md. One function serves documents and queries.

use std::fmt;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::fold::{fold_block, fold_char, is_han};

/// One unit of a text: what a phrase is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit<'a> {
    /// The end of a sentence, a clause or a paragraph; several in a row are one.
    Stop,
    /// A place where something was struck out before filing.
    Mask,
    /// One Chinese character, folded.
    Han(char),
    /// A run of letters and digits of other scripts, or a `%` or `‰` sign, folded.
    Run(&'a str),
}

/// A [`Unit`] that owns its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OwnedUnit {
    /// See [`Unit::Stop`].
    Stop,
    /// See [`Unit::Mask`].
    Mask,
    /// See [`Unit::Han`].
    Han(char),
    /// See [`Unit::Run`].
    Run(Box<str>),
}

impl OwnedUnit {
    /// The borrowed form.
    pub fn as_unit(&self) -> Unit<'_> {
        match self {
            Self::Stop => Unit::Stop,
            Self::Mask => Unit::Mask,
            Self::Han(c) => Unit::Han(*c),
            Self::Run(run) => Unit::Run(run),
        }
    }
}

impl From<Unit<'_>> for OwnedUnit {
    fn from(unit: Unit<'_>) -> Self {
        match unit {
            Unit::Stop => Self::Stop,
            Unit::Mask => Self::Mask,
            Unit::Han(c) => Self::Han(c),
            Unit::Run(run) => Self::Run(run.into()),
        }
    }
}

impl fmt::Display for Unit<'_> {
    /// Writes the unit as a query could hold it: a stop is `。`, a mask is `*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop => f.write_str("。"),
            Self::Mask => f.write_str("*"),
            Self::Han(c) => write!(f, "{c}"),
            Self::Run(run) => f.write_str(run),
        }
    }
}

/// Whether `c`, folded, ends a sentence or a clause. A line break ends a paragraph.
pub fn is_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '；' | ';' | '…' | '\n')
}

/// Whether `c`, folded, is a sign that names are struck out with.
pub fn is_mask_sign(c: char) -> bool {
    matches!(c, '*' | '×' | '□' | '█')
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric() && !is_han(c))
}

/// Calls `sink` with each unit of `text` and the byte range of `text` that it was read from.
///
/// `\n` ends a paragraph. Ranges begin and end at character borders and never go back; two units
/// that one character folds to (`㍻`) share its range. A stop at either end of the text is dropped:
/// it separates nothing.
pub fn split(text: &str, mut sink: impl FnMut(Unit<'_>, Range<usize>)) {
    split_marked(text, |unit, range, _| sink(unit, range));
}

/// The same, and whether a unit is known to be written as it is folded, which costs nothing to tell
/// of most.
pub(super) fn split_marked(text: &str, sink: impl FnMut(Unit<'_>, Range<usize>, bool)) {
    let mut splitter = Splitter::new(sink);
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        match fold_block(c) {
            // Nine of ten characters.
            Some(han) if splitter.is_idle() => splitter.emit_han(han, start..end, han == c),
            _ => fold_char(c, |folded| splitter.push(folded, start, end)),
        }
    }
    splitter.flush();
}

/// Every unit of `text`, owned, with its byte range.
pub fn collect(text: &str) -> Vec<(OwnedUnit, Range<usize>)> {
    let mut units = Vec::new();
    split(text, |unit, range| units.push((unit.into(), range)));
    units
}

/// The number of units of `text`.
pub fn count(text: &str) -> usize {
    let mut n = 0;
    split(text, |_, _| n += 1);
    n
}

struct Splitter<S> {
    sink: S,
    /// Whether a run, a mask or a stop waits for its end.
    waiting: bool,
    /// Folded letters and digits of the run being read; empty between runs.
    run: String,
    run_range: Range<usize>,
    /// A `.` or `,` behind a digit, which belongs to the run only if a digit follows.
    separator: Option<char>,
    mask: Option<Range<usize>>,
    stop: Option<Range<usize>>,
    any: bool,
}

impl<S: FnMut(Unit<'_>, Range<usize>, bool)> Splitter<S> {
    fn new(sink: S) -> Self {
        Self {
            sink,
            waiting: false,
            run: String::new(),
            run_range: 0..0,
            separator: None,
            mask: None,
            stop: None,
            any: false,
        }
    }

    /// Whether nothing waits for what comes next.
    #[inline]
    fn is_idle(&self) -> bool {
        !self.waiting && self.stop.is_none()
    }

    #[inline]
    fn emit_han(&mut self, c: char, range: Range<usize>, is_plain: bool) {
        self.any = true;
        (self.sink)(Unit::Han(c), range, is_plain);
    }

    #[inline]
    fn push(&mut self, c: char, start: usize, end: usize) {
        if is_han(c) {
            if self.waiting {
                self.flush();
            }
            return self.emit(Unit::Han(c), start..end);
        }
        self.push_other(c, start, end);
    }

    fn push_other(&mut self, c: char, start: usize, end: usize) {
        if is_stop(c) {
            self.flush();
            let from = self.stop.as_ref().map_or(start, |stop| stop.start);
            self.stop = Some(from..end);
        } else if is_mask_sign(c) {
            self.flush_run();
            let from = self.mask.as_ref().map_or(start, |mask| mask.start);
            self.mask = Some(from..end);
            self.waiting = true;
        } else if matches!(c, '%' | '‰') {
            self.flush();
            let sign = if c == '%' { "%" } else { "‰" };
            self.emit(Unit::Run(sign), start..end);
        } else if c.is_alphanumeric() {
            self.push_letter(c, start, end);
        } else if is_combining_mark(c) && !self.run.is_empty() && self.separator.is_none() {
            self.run.push(c);
            self.run_range.end = end;
        } else if matches!(c, '.' | ',')
            && self.separator.is_none()
            && self.run.chars().next_back().is_some_and(is_digit)
        {
            self.separator = Some(c);
        } else {
            self.flush();
        }
    }

    fn push_letter(&mut self, c: char, start: usize, end: usize) {
        self.flush_mask();
        if let Some(separator) = self.separator.take() {
            if !is_digit(c) {
                self.flush_run();
            } else if separator == '.' {
                self.run.push('.');
            }
        }
        if self.run.is_empty() {
            self.run_range.start = start;
        }
        self.run.push(c);
        self.run_range.end = end;
        self.waiting = true;
    }

    /// Emits the run and the mask that wait; a stop goes on waiting for the unit behind it.
    fn flush(&mut self) {
        self.flush_run();
        self.flush_mask();
        self.waiting = false;
    }

    fn flush_run(&mut self) {
        self.separator = None;
        if self.run.is_empty() {
            return;
        }
        let run = std::mem::take(&mut self.run);
        let unit = if run.len() >= 2 && run.bytes().all(|b| b == b'x') {
            Unit::Mask
        } else {
            Unit::Run(&run)
        };
        self.emit(unit, self.run_range.clone());
        self.run = run;
        self.run.clear();
    }

    fn flush_mask(&mut self) {
        if let Some(range) = self.mask.take() {
            self.emit(Unit::Mask, range);
        }
    }

    #[inline]
    fn emit(&mut self, unit: Unit<'_>, range: Range<usize>) {
        if let Some(stop) = self.stop.take()
            && self.any
        {
            (self.sink)(Unit::Stop, stop, false);
        }
        self.any = true;
        (self.sink)(unit, range, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fold::fold;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        let units = collect(text);
        let shown: Vec<String> = units.iter().map(|(u, _)| u.as_unit().to_string()).collect();
        shown.join(" ")
    }

    fn check(text: &str, units: &str) {
        assert_eq!(shown(text), units, "{text}");
    }

    #[test]
    fn a_character_is_a_unit_and_a_run_is_one() {
        check("出台“科创十条”", "出 台 科 创 十 条");
        check("加入WTO以来", "加 入 wto 以 来");
        check("5G＋工业互联网", "5g 工 业 互 联 网");
        check("カタカナ와한글", &fold("カタカナ와한글"));
        check("café cafe\u{301}", "cafe\u{301} cafe\u{301}");
        check("人々", "人 々");
        check("𠮷野家", "𠮷 野 家");
        check("𪚥龍", "𪚥 龙");
    }

    #[test]
    fn numbers_hold_their_separators() {
        check("13.5亿元", "13.5 亿 元");
        check("1,000万", "1000 万");
        check("１，２３４．５", "1234.5");
        check("1.2.3", "1.2.3");
        check("1. 概述", "1 概 述");
        check("1,a", "1 a");
        check("2023.", "2023");
        check("1.,5", "1 5");
        check("15.1%和3‰", "15.1 % 和 3 ‰");
        check("２５％", "25 %");
    }

    #[test]
    fn masks_are_units() {
        check("四*省", "四 * 省");
        check("**县、××镇、□□村", "* 县 * 镇 * 村");
        check("张xx、XX市、Ｘｘ", "张 * * 市 *");
        check("x轴 WXX xx1", "x 轴 wxx xx1");
        check("* *", "* *");
        check("＊█×", "*");
    }

    #[test]
    fn stops_merge_and_vanish_at_the_ends() {
        check("。好！？\n\n行……", "好 。 行");
        check("一；二;三…四", "一 。 二 。 三 。 四");
        check("。”\n第一", "第 一");
        check("说：“好。”\n第一", "说 好 。 第 一");
        check("!!!", "");
        check("甲...乙", "甲 乙");
    }

    #[test]
    fn all_else_is_skipped() {
        check("《决定》（试行）、：·—", "决 定 试 行");
        check("中\u{e000}国\u{feff}", "中 国");
        check("㈠总体", "一 总 体");
        check("①②", "12");
    }

    fn messy_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[一-龥]{1,4}",
            2 => "[0-9]{1,3}[.,，]?[0-9]{0,2}",
            2 => "[a-zA-ZＡ-Ｚ０-９xX×*＊□]{1,4}",
            2 => "[。！？；…\n 、“”《》%‰]{1,2}",
            1 => "\\PC{1,3}",
            1 => any::<String>(),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn folding_is_a_homomorphism(a in messy_text(), b in messy_text()) {
            prop_assert_eq!(fold(&format!("{a}{b}")), fold(&a) + &fold(&b));
        }

        #[test]
        fn offsets_cut_at_characters_and_never_go_back(text in messy_text()) {
            let mut last = 0..0;
            split(&text, |_, range| {
                assert!(text.get(range.clone()).is_some_and(|s| !s.is_empty()));
                assert!(range.start >= last.start && range.end >= last.end);
                last = range;
            });
        }

        #[test]
        fn units_of_the_folded_text_are_the_same(text in messy_text()) {
            let once = collect(&text).into_iter().map(|u| u.0).collect::<Vec<_>>();
            let again = collect(&fold(&text)).into_iter().map(|u| u.0).collect::<Vec<_>>();
            prop_assert_eq!(once, again);
        }

        #[test]
        fn han_text_splits_at_any_border(a in "[一-龥。，]{0,8}", b in "[一-龥。，]{0,8}") {
            // No unit reaches across a Chinese character, so cutting a text cuts its units.
            let whole = collect(&format!("{a}人{b}")).into_iter().map(|u| u.0);
            let left = collect(&format!("{a}人")).into_iter().map(|u| u.0);
            let right = collect(&format!("人{b}")).into_iter().map(|u| u.0).skip(1);
            prop_assert_eq!(whole.collect::<Vec<_>>(), left.chain(right).collect::<Vec<_>>());
        }
    }
}
