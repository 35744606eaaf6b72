//! The outline of a document as it is stored: where in the text its headings stand.

use std::ops::Range;

use super::varint::{put, take};
use crate::document::{Heading, paragraphs};

/// A heading of a stored text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// In bytes of the text.
    pub(super) range: Range<usize>,
    /// From 1, the outermost.
    pub(super) level: u8,
    /// Whether it reaches no further than its paragraph.
    pub(super) inline: bool,
}

/// The headings of `text` as lines, in its order; those that are no slice of it are left out.
pub(super) fn lines(text: &str, headings: &[Heading]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(headings.len());
    let mut headings = headings.iter().peekable();
    let mut start = 0;
    for (n, _, paragraph) in paragraphs(text) {
        // Places of characters, walked through once: headings come in order.
        let mut chars = (0..).zip(paragraph.char_indices().map(|(at, _)| at));
        let mut byte_of = |wanted: usize| {
            let found = chars.by_ref().find(|(n, _)| *n == wanted);
            found.map_or(paragraph.len(), |(_, at)| at)
        };
        while headings.peek().is_some_and(|heading| heading.paragraph < n) {
            headings.next();
        }
        let mut at = 0;
        let mut at_chars = None;
        while let Some(heading) = headings.next_if(|heading| heading.paragraph == n) {
            if at_chars.is_some_and(|reached| heading.start < reached)
                || heading.end <= heading.start
            {
                continue;
            }
            if at_chars != Some(heading.start) {
                at = byte_of(heading.start);
            }
            let end = byte_of(heading.end);
            at_chars = Some(heading.end);
            if at < end {
                lines.push(Line {
                    range: start + at..start + end,
                    level: heading.level,
                    inline: heading.inline,
                });
            }
            at = end;
        }
        start += paragraph.len() + 1;
    }
    lines
}

/// Deepest level that is kept apart.
const MAX_LEVEL: u8 = 63;

/// Lines as bytes: of each the distance from the end of the one before, its length and its level
/// with a bit for those inside paragraphs.
pub(super) fn encode(lines: &[Line]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(lines.len() * 4);
    let mut reached = 0;
    for line in lines {
        put(&mut bytes, line.range.start - reached);
        put(&mut bytes, line.range.len());
        bytes.push(line.level.min(MAX_LEVEL) << 1 | u8::from(line.inline));
        reached = line.range.end;
    }
    bytes
}

/// What [`encode`] made, for a text of `len` bytes; stops at what is damaged.
pub(super) fn decode(mut bytes: &[u8], len: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut reached = 0usize;
    while let Some((gap, n, level)) =
        take(&mut bytes).and_then(|gap| Some((gap, take(&mut bytes)?, take(&mut bytes)?)))
    {
        let start = reached.saturating_add(gap);
        let end = start.saturating_add(n);
        if end > len {
            break;
        }
        lines.push(Line {
            range: start..end,
            level: (level >> 1) as u8,
            inline: level & 1 == 1,
        });
        reached = end;
    }
    lines
}

/// The headings above the byte `at` of a text, the outermost first; a heading is not above itself.
pub(super) fn above<'l>(text: &str, lines: &'l [Line], at: usize) -> Vec<&'l Line> {
    let paragraph = text.get(..at).and_then(|before| before.rfind('\n'));
    let paragraph = paragraph.map_or(0, |end| end + 1);
    let before = lines.partition_point(|line| line.range.end <= at);
    // The heading in which the place lies ends what is on its own level and below.
    let own = lines.get(before).filter(|line| line.range.start <= at);
    let mut level = own.map_or(u8::MAX, |line| line.level);
    let mut path: Vec<&Line> = Vec::new();
    for line in lines[..before].iter().rev() {
        if line.level < level {
            level = line.level;
            // One that has ended is above the place only if it is above a heading that has not.
            let reaches = !line.inline || line.range.start >= paragraph;
            if reaches || !path.is_empty() {
                path.push(line);
            }
        }
        if level <= 1 {
            break;
        }
    }
    path.reverse();
    path
}

/// The lines as headings of the document, with places in characters.
pub(super) fn headings(text: &str, lines: &[Line]) -> Vec<Heading> {
    let mut headings = Vec::with_capacity(lines.len());
    let mut lines = lines.iter().peekable();
    let mut start = 0;
    for (n, _, paragraph) in paragraphs(text) {
        let end = start + paragraph.len();
        // Lines come in order: each paragraph is walked through once.
        let (mut at, mut chars) = (start, 0);
        while let Some(line) = lines.next_if(|line| line.range.end <= end) {
            let n_chars = |range: Range<usize>| text.get(range).map_or(0, |t| t.chars().count());
            let from = chars + n_chars(at..line.range.start);
            (at, chars) = (line.range.end, from + n_chars(line.range.clone()));
            headings.push(Heading {
                level: line.level,
                inline: line.inline,
                paragraph: n,
                start: from,
                end: chars,
            });
        }
        start = end + 1;
    }
    headings
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "总结\n一、做法。去年以来。二、体会\n三是“主战场”。四是实。完";

    fn heading(level: u8, paragraph: usize, start: usize, end: usize) -> Heading {
        Heading {
            level,
            paragraph,
            start,
            end,
            inline: start > 0,
        }
    }

    #[test]
    fn headings_come_back_as_they_were() {
        let all = [
            heading(1, 2, 0, 4),
            heading(1, 2, 10, 14),
            heading(2, 3, 0, 7),
            heading(2, 3, 8, 11),
        ];
        let lines = lines(TEXT, &all);
        let texts: Vec<&str> = lines.iter().map(|line| &TEXT[line.range.clone()]).collect();
        assert_eq!(texts, ["一、做法", "二、体会", "三是“主战场”", "四是实"]);
        let decoded = decode(&encode(&lines), TEXT.len());
        assert_eq!(decoded, lines);
        assert_eq!(headings(TEXT, &decoded), all);
    }

    #[test]
    fn what_is_no_slice_is_left_out() {
        let odd = [
            heading(1, 1, 1, 1),
            heading(1, 2, 5, 3),
            heading(1, 2, 3, 400),
            heading(1, 9, 0, 1),
        ];
        let texts: Vec<_> = lines(TEXT, &odd)
            .into_iter()
            .map(|l| &TEXT[l.range])
            .collect();
        assert_eq!(texts, ["法。去年以来。二、体会"]);
        assert!(decode(&[0x80, 0xff], 10).is_empty());
        assert!(decode(&[1, 200, 1, 1], 10).is_empty());
    }

    #[test]
    fn the_path_leads_down_to_a_place() {
        let line = |range, level, inline| Line {
            range,
            level,
            inline,
        };
        let text = "ab c. de.\nfgh\nij.\n";
        let lines = [
            line(0..2, 1, false),
            line(3..4, 2, true),
            line(6..8, 2, true),
            line(14..16, 1, false),
        ];
        let path = |at| {
            above(text, &lines, at)
                .iter()
                .map(|l| l.range.start)
                .collect::<Vec<_>>()
        };
        assert!(path(0).is_empty());
        assert_eq!(path(2), [0]);
        assert_eq!(path(6), [0]);
        assert_eq!(path(8), [0, 6]);
        // Behind its paragraph what stands inside of it is over.
        assert_eq!(path(10), [0]);
        assert!(path(14).is_empty());
        assert_eq!(path(17), [14]);
    }
}
