//! Which asterisks of a Markdown file are marks of emphasis, and which are masks: signs that stand
//! where a name was struck out. It decides line by line, and does not parse Markdown itself.

use std::ops::Range;

/// Signs that stand for asterisks and tildes while Markdown is parsed. Noncharacters, which no text
/// holds; a text that does loses them.
///
/// Source: Unicode, section 23.7 (noncharacters).
const STAR: char = '\u{FDD0}';
const TILDE: char = '\u{FDD1}';
/// Stands for a mark of emphasis, so that taking it away does not make a list of `**1.** …`.
const GONE: char = '\u{FDD2}';

/// Words that follow a struck-out name: what begins with one is the rest of a name, no emphasis.
const AFTER_NAMES: &[&str] = &[
    "省", "市", "县", "区", "州", "盟", "旗", "乡", "镇", "村", "城", "同志", "书记", "主任",
    "主席", "部长", "局长", "厅长", "总", "副", "某",
];
/// A pair that could as well be two masks must have this many characters between them ...
const LEAST_BEFORE_PUNCTUATION: usize = 4;
/// ... or this many, if it begins at a boundary.
const LEAST_AFTER_PUNCTUATION: usize = 2;

/// Hides all asterisks from the parser, and all tildes but those of fences.
pub(super) fn hide_all(text: &str) -> String {
    hide(text, false)
}

/// Hides the asterisks that are masks, takes away those that are emphasis, and leaves those that make
/// list items and thematic breaks.
///
/// A line's runs of one to three asterisks are matched in pairs of the same length. The first must
/// have no white space behind it, the second none in front. A pair is emphasis
///
/// - if the first stands at the start of the line or behind white space or punctuation, **and** the
///   second at its end or in front of white space or punctuation; or
/// - if only one of the two does, both are `**` or `***`, the text between them is not too short
///   (2 characters where the first is the one, 4 where the second is) and holds no white space and
///   no punctuation, and neither this text nor what follows begins with a word that follows names
///   (`省`, `市`, `书记`, …).
///
/// If one run of the line is in no such pair, none of the line is emphasis: `要**坚持党的领导**，` is,
/// `四**省海**城市`, `张*说，李*说` and `**省、海**城` are not.
pub(super) fn hide_masks(text: &str) -> String {
    hide(text, true)
}

/// Puts back what was hidden.
pub(super) fn restore(text: &str) -> String {
    let chars = text.chars().filter(|&c| c != GONE);
    chars
        .map(|c| match c {
            STAR => '*',
            TILDE => '~',
            c => c,
        })
        .collect()
}

/// Whether two lines and more begin with an asterisk and a space, as a list does.
pub(super) fn has_starred_list(text: &str) -> bool {
    text.lines()
        .filter(|line| line.trim_start().starts_with("* "))
        .nth(1)
        .is_some()
}

fn hide(text: &str, is_markdown: bool) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start_matches([' ', '>']);
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => {
                fence = Some(mark);
                hidden.push_str(line);
                continue;
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                hidden.push_str(line);
                continue;
            }
            _ => (),
        }
        let has_marks = is_markdown && fence.is_none();
        if has_marks && is_thematic_break(start) {
            hidden.push_str(line);
            continue;
        }
        let is_item = has_marks && start.starts_with("* ");
        let bullet = is_item.then_some(line.len() - start.len());
        hide_line(line, bullet, has_marks, &mut hidden);
    }
    hidden
}

/// Three asterisks and more, alone in a line.
fn is_thematic_break(line: &str) -> bool {
    line.matches('*').count() >= 3 && line.chars().all(|c| c == '*' || c.is_whitespace())
}

/// A run of asterisks in a line.
struct Run {
    /// Its first byte, and the one behind its last.
    start: usize,
    end: usize,
    before: Option<char>,
    after: Option<char>,
}

fn hide_line(line: &str, bullet: Option<usize>, has_marks: bool, hidden: &mut String) {
    let emphasis = if has_marks {
        emphasis(line, &runs(line, bullet))
    } else {
        Vec::new()
    };
    let mut escaped = false;
    let mut tildes = 0;
    for (at, c) in line.char_indices() {
        if c != '~' {
            // Two tildes strike text out in Markdown; one is a range of numbers.
            let tilde = if tildes == 2 && has_marks { '~' } else { TILDE };
            hidden.extend(std::iter::repeat_n(tilde, tildes));
            tildes = 0;
        }
        match c {
            '~' => tildes += 1,
            '*' if escaped || bullet == Some(at) => hidden.push('*'),
            '*' if is_in(&emphasis, at) => hidden.push(GONE),
            '*' => hidden.push(STAR),
            STAR | TILDE | GONE => (),
            c => hidden.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    hidden.extend(std::iter::repeat_n(TILDE, tildes));
}

fn runs(line: &str, bullet: Option<usize>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut before = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c == '*' && !escaped && bullet != Some(at) {
            match runs.last_mut() {
                Some(run) if run.end == at => run.end = at + 1,
                _ => runs.push(Run {
                    start: at,
                    end: at + 1,
                    before: before.filter(|_| bullet.is_none_or(|bullet| bullet + 2 < at)),
                    after: None,
                }),
            }
        } else if let Some(run) = runs.last_mut()
            && run.end == at
        {
            run.after = Some(c);
        }
        escaped = c == '\\' && !escaped;
        before = Some(c);
    }
    runs
}

/// The bytes of the runs that are marks of emphasis; none if a run is left over.
fn emphasis(line: &str, runs: &[Run]) -> Vec<Range<usize>> {
    let mut open: Vec<&Run> = Vec::new();
    let mut marks = Vec::new();
    for run in runs {
        let length = run.end - run.start;
        if let Some(opener) = open.last()
            && opener.end - opener.start == length
            && is_pair(line, opener, run)
        {
            marks.push(opener.start..opener.end);
            marks.push(run.start..run.end);
            open.pop();
        } else if length <= 3 && open.len() < 8 {
            open.push(run);
        } else {
            return Vec::new();
        }
    }
    if !open.is_empty() {
        return Vec::new();
    }
    marks.sort_unstable_by_key(|mark| mark.start);
    marks
}

/// Whether one of the ranges, which are in order, holds `at`.
fn is_in(ranges: &[Range<usize>], at: usize) -> bool {
    let n_before = ranges.partition_point(|range| range.end <= at);
    ranges
        .get(n_before)
        .is_some_and(|range| range.contains(&at))
}

fn is_pair(line: &str, opener: &Run, closer: &Run) -> bool {
    let (Some(text), Some(rest)) = (line.get(opener.end..closer.start), line.get(closer.end..))
    else {
        return false;
    };
    let (Some(first), Some(last)) = (opener.after, closer.before) else {
        return false;
    };
    if first.is_whitespace() || last.is_whitespace() || is_closing(first) || is_opening(last) {
        return false;
    }
    let starts = opener.before.is_none_or(is_boundary);
    let ends = closer.after.is_none_or(is_boundary);
    if starts && ends {
        return true;
    }
    let n_least = if starts {
        LEAST_AFTER_PUNCTUATION
    } else {
        LEAST_BEFORE_PUNCTUATION
    };
    (starts || ends)
        && opener.end - opener.start >= 2
        && text.chars().count() >= n_least
        && !text.chars().any(is_boundary)
        && !AFTER_NAMES
            .iter()
            .any(|word| text.starts_with(word) || rest.starts_with(word))
}

fn is_boundary(c: char) -> bool {
    !c.is_alphanumeric() && c != GONE
}

/// Punctuation that no text begins with.
fn is_closing(c: char) -> bool {
    matches!(
        c,
        '，' | '。'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '）'
            | '》'
            | '”'
            | '’'
            | '】'
            | '」'
            | ')'
            | ','
            | '.'
            | ';'
            | ':'
    )
}

/// Punctuation that no text ends with.
fn is_opening(c: char) -> bool {
    matches!(c, '（' | '《' | '“' | '‘' | '【' | '「' | '(' | '、' | '，')
}
