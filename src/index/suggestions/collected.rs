//! Collects what can be suggested while documents go into a new index: they need not be read out of it
//! again, and the suggestions are made while the index is written to its end.

use super::gather::{self, Found, Headings, Texts};
use super::mining::Tokens;
use crate::document::Document;
use crate::index::outline;
use crate::search::SuggestionKind;

/// Different titles, meetings and speakers that are held; those of a larger archive are read from its
/// index.
const MAX_HELD: usize = 300_000;

/// What was seen in the documents of a new index.
#[derive(Default)]
pub(in crate::index) struct Collected {
    /// Meetings, speakers and titles, in this order.
    named: [Found; 3],
    headings: Headings,
    sample: Sample,
    documents: u64,
    bytes: u64,
}

impl Collected {
    /// Adds what a document has; `false` where it gets too much to be held.
    pub(in crate::index) fn add(&mut self, document: &Document) -> bool {
        let origin = &document.origin;
        let [meetings, speakers, titles] = &mut self.named;
        for (found, kind, value) in [
            (meetings, SuggestionKind::Meeting, &origin.meeting),
            (speakers, SuggestionKind::Speaker, &origin.speaker),
        ] {
            if let Some(derived) = value {
                gather::add(found, kind, &derived.value, 1);
            }
        }
        gather::add(titles, SuggestionKind::Title, &document.title, 1);
        if !document.headings.is_empty() {
            let lines = outline::lines(&document.text, &document.headings);
            self.headings.add(&document.text, &lines);
        }
        self.bytes += document.text.len() as u64;
        self.documents += 1;
        self.sample.add(self.documents, &document.text, self.bytes);
        self.named.iter().map(Found::len).sum::<usize>() < MAX_HELD
    }

    /// Meetings, speakers and titles, and what is in the texts.
    pub(super) fn into_parts(self) -> ([Found; 3], Texts) {
        let mut tokens = Tokens::default();
        for (_, text) in &self.sample.texts {
            tokens.add(text);
        }
        let texts = Texts {
            headings: self.headings.found,
            tokens,
            part: 1 << self.sample.halvings,
            // A character has three bytes, mostly.
            units: self.bytes / 3,
            documents: self.documents,
        };
        (self.named, texts)
    }
}

/// Texts of one in so many documents: of every other one fewer each time that there are too many.
#[derive(Default)]
struct Sample {
    texts: Vec<(u64, String)>,
    bytes: u64,
    halvings: u32,
}

impl Sample {
    /// Looks at the text of document `n`, from 1, so that none is always in it, however long it is;
    /// there are `total` bytes of text so far.
    fn add(&mut self, n: u64, text: &str, total: u64) {
        if !n.is_multiple_of(1 << self.halvings) {
            return;
        }
        self.texts.push((n, text.to_owned()));
        self.bytes += text.len() as u64;
        while self.bytes > gather::mined_of(total) && self.texts.len() > 1 {
            self.halvings += 1;
            let part = 1u64 << self.halvings;
            self.texts.retain(|(n, _)| n.is_multiple_of(part));
            self.bytes = self.texts.iter().map(|(_, text)| text.len() as u64).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_of_the_whole_archive_and_bounded() {
        let text = "灯".repeat(10_000);
        let mut sample = Sample::default();
        let mut total = 0;
        for n in 1..=3_000 {
            total += text.len() as u64;
            sample.add(n, &text, total);
            assert!(sample.bytes <= gather::mined_of(total));
        }
        assert!(sample.bytes * 3 > gather::mined_of(total));
        let numbers: Vec<u64> = sample.texts.iter().map(|(n, _)| *n).collect();
        let part = 1 << sample.halvings;
        let expected: Vec<u64> = (part..=3_000).step_by(part as usize).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn a_long_text_does_not_crowd_out_all_others() {
        let (long, short) = ("灯".repeat(3 << 20), "灯".repeat(1_000));
        let mut sample = Sample::default();
        let mut total = 0;
        for n in 1..=100 {
            let text = if n == 1 { &long } else { &short };
            total += text.len() as u64;
            sample.add(n, text, total);
        }
        assert!(sample.texts.len() > 40);
    }
}
