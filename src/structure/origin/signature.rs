//! The signature at the end of a document: the institution that issued it, and the day. It may stand
//! before appendices, and lines of distribution may follow it.

use super::Derived;
use super::date::date_at;
use super::dating::derived;
use super::line::{Line, Part, is_dash, is_short};
use super::names::BODIES;
use crate::document::Date;

/// Beginnings of lines that may follow the date at a document's end.
const TRAILERS: [&str; 26] = [
    "抄送",
    "分送",
    "主送",
    "抄报",
    "报送",
    "报:",
    "送:",
    "发:",
    "(此件",
    "(此文",
    "(联系",
    "附件",
    "附:",
    "联系",
    "签发",
    "校对",
    "记录",
    "整理",
    "印发",
    "共印",
    "责任编辑",
    "责编",
    "主题词",
    "打印",
    "编辑",
    "(完)",
];

/// Paragraphs at the end that are looked at.
const TAIL: usize = 10;
/// Longest line of the end, in characters.
const MAX_CHARS: usize = 60;

/// The date at a document's end, or before its appendices, and the paragraph (from 0) it stands in.
pub(super) struct Signature {
    pub(super) date: Derived<Date>,
    at: usize,
}

/// The signature that a document ends with. Two dates one below the other are a list.
pub(super) fn signed(paragraphs: &[&str]) -> Option<Signature> {
    let mut printed = None;
    let last = paragraphs.len().saturating_sub(TAIL);
    for at in (last.max(1)..paragraphs.len()).rev() {
        let paragraph = paragraphs.get(at)?;
        if !is_short(paragraph, MAX_CHARS) {
            break;
        }
        let line = Line::new(paragraph);
        let found = |date, words: Part<'_>| {
            let date = derived("落款", date, words);
            Signature { date, at }
        };
        match signature_date(line.whole()) {
            Some((date, words, true)) => printed = printed.or_else(|| Some(found(date, words))),
            Some((date, words, false)) => {
                let above = Line::new(paragraphs.get(at - 1)?);
                let listed = signature_date(above.whole()).is_some();
                return (!listed).then(|| found(date, words));
            }
            None if is_trailer(line.whole()) => {}
            None => break,
        }
    }
    printed.or_else(|| signed_before_appendices(paragraphs))
}

/// The institution that signed, where the document ends with one and a date.
pub(super) fn signatory(paragraphs: &[&str]) -> Option<Line> {
    let at = signed(paragraphs)?.at;
    let own = Line::new(paragraphs.get(at)?);
    if date_at(own.whole().text()).is_none() {
        return Some(own);
    }
    Some(Line::new(paragraphs.get(at.checked_sub(1)?)?))
}

fn is_trailer(line: Part<'_>) -> bool {
    let text = line.text();
    let digits = text
        .chars()
        .all(|c| c.is_ascii_digit() || is_dash(c) || c == ' ');
    TRAILERS.iter().any(|t| text.starts_with(t))
        || digits
        || (text.starts_with('(') && text.ends_with(')'))
}

/// `2023年7月18日`, or the same behind an institution on one line; whether it says 印发.
pub(super) fn signature_date(line: Part<'_>) -> Option<(Date, Part<'_>, bool)> {
    let line = line.trim();
    let printed = line.strip_any_suffix(&["印发", "印"]);
    let line = printed.unwrap_or(line).trim();
    let at = date_at(line.text()).map(|_| 0).or_else(|| {
        // An institution, blanks, a date.
        let (at, _) = line.text().char_indices().find(|(at, c)| {
            let before = line.text().get(..*at).unwrap_or("");
            (c.is_ascii_digit() || *c == '二') && before.ends_with(' ') && is_body(before.trim())
        })?;
        Some(at)
    })?;
    let dated = line.behind(at);
    let (date, length) = date_at(dated.text()).filter(|(date, _)| date.day().is_some())?;
    let rest = dated.text().get(length..)?.trim();
    (rest.is_empty()).then(|| (date, dated.before(length), printed.is_some()))
}

/// Whether a line is the name of an institution.
pub(super) fn is_body(text: &str) -> bool {
    let short = text.chars().count() <= 30 && !text.contains(['。', ',', ':', ';']);
    short && BODIES.iter().any(|body| text.ends_with(body))
}

/// The first date line with an institution right above it: what follows it is an appendix.
fn signed_before_appendices(paragraphs: &[&str]) -> Option<Signature> {
    const MAX_BYTES: usize = 120;
    for (n, pair) in paragraphs.windows(2).enumerate() {
        let [above, line] = pair else { continue };
        if line.len() > MAX_BYTES
            || above.len() > MAX_BYTES
            || !line.contains(['日', '-', '.', '/'])
        {
            continue;
        }
        let line = Line::new(line);
        if let Some((date, words, false)) = signature_date(line.whole())
            && is_body(Line::new(above).whole().text())
        {
            let date = derived("落款", date, words);
            return Some(Signature { date, at: n + 1 });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paragraphs: &[&str], expected: &str) {
        let found = signed(paragraphs).map(|s| format!("{} {}", s.date.value, s.date.from));
        assert_eq!(
            found.as_deref().unwrap_or("none"),
            expected,
            "{paragraphs:?}"
        );
    }

    #[test]
    fn signed_at_the_end() {
        check(
            &[
                "通知",
                "各镇：",
                "请照办。",
                "青石县人民政府",
                "2020年3月5日",
            ],
            "2020-03-05 落款：2020年3月5日",
        );
        check(
            &[
                "通知",
                "各镇：",
                "请照办。",
                "青石县人民政府 2020年3月5日",
                "抄送：县委。",
            ],
            "2020-03-05 落款：2020年3月5日",
        );
        check(
            &[
                "通知",
                "各镇：",
                "请照办。",
                "青石县人民政府",
                "2020年3月5日",
                "附件1",
                "任务分工很多。",
                "完。",
            ],
            "2020-03-05 落款：2020年3月5日",
        );
        check(
            &["纪要", "正文。", "青石县人民政府办公室", "2020年3月9日印发"],
            "2020-03-09 落款：2020年3月9日",
        );
        check(
            &[
                "通知",
                "正文。",
                "青石县人民政府",
                "2020年3月5日",
                "青石县人民政府办公室 2020年3月9日印发",
            ],
            "2020-03-05 落款：2020年3月5日",
        );
    }

    #[test]
    fn no_signatures() {
        check(
            &["大事记", "很多。", "2020年3月5日", "2020年3月9日"],
            "none",
        );
        check(&["总结", "2020年3月5日，大雨。"], "none");
        check(&["2020年3月5日"], "none");
        check(&[], "none");
    }

    #[test]
    fn signatories() {
        let found = |paragraphs: &[&str]| signatory(paragraphs).map(|l| l.whole().original());
        assert_eq!(
            found(&["正文。", "青石县水利局", "2020年3月5日"]).as_deref(),
            Some("青石县水利局")
        );
        assert_eq!(
            found(&["正文。", "青石县水利局 2020年3月5日"]).as_deref(),
            Some("青石县水利局 2020年3月5日")
        );
        assert_eq!(found(&["正文。", "青石县水利局"]), None);
    }
}
