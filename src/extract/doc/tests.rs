//! Whole files: made by a small writer of Word files, read by [`extract`].

use std::time::{Duration, Instant};

use encoding_rs::GBK;

use super::super::Block;
use super::super::ole::tests::{container, summary_of, text_value};
use super::lists::tests::{level_bytes, list_bytes, uses_bytes};
use super::styles::tests::{definition, sheet};
use super::*;

const DELETED: &[u8] = &[0x00, 0x08, 1];
const HIDDEN: &[u8] = &[0x3C, 0x08, 1];
const IN_TABLE: &[u8] = &[0x16, 0x24, 1];
const ROW_END: &[u8] = &[0x16, 0x24, 1, 0x17, 0x24, 1];

/// A Word file to be.
#[derive(Default)]
struct Sample {
    /// Text, changes of its characters, changes of its paragraph and the style of it.
    runs: Vec<(String, Vec<u8>)>,
    paragraphs: Vec<(usize, u16, Vec<u8>)>,
    /// Lengths of the parts after the text: footnotes, headers, macros, comments, endnotes, boxes.
    lengths: [usize; 6],
    styles: Vec<u8>,
    lists: Vec<u8>,
    uses: Vec<u8>,
    summary: Vec<u8>,
    flags: u16,
    /// Characters of one byte, where there are no others.
    narrow: bool,
}

impl Sample {
    fn run(mut self, text: &str, changes: &[u8]) -> Self {
        self.runs.push((text.to_owned(), changes.to_vec()));
        self
    }

    /// Ends a paragraph of this style after the runs since the last one.
    fn end(mut self, style: u16, changes: &[u8]) -> Self {
        let end = self.units().len();
        self.paragraphs.push((end, style, changes.to_vec()));
        self
    }

    fn paragraph(self, text: &str) -> Self {
        self.run(&format!("{text}\r"), &[]).end(0, &[])
    }

    fn units(&self) -> Vec<u16> {
        let runs = self.runs.iter();
        runs.flat_map(|(text, _)| text.encode_utf16().collect::<Vec<_>>())
            .collect()
    }

    fn streams(&self) -> (Vec<u8>, Vec<u8>) {
        const TEXT_AT: usize = 2048;
        let units = self.units();
        let width = if self.narrow { 1 } else { 2 };
        let place = |unit: usize| (TEXT_AT + unit * width) as u32;
        let mut word = vec![0; TEXT_AT];
        for unit in &units {
            word.extend(&unit.to_le_bytes()[..width]);
        }
        word.resize(word.len().next_multiple_of(512), 0);

        let mut table = vec![0; 4];
        let mut put = |word: &mut Vec<u8>, place: Place, bytes: &[u8]| {
            let at = 0x9A + place as usize * 8;
            word[at..at + 4].copy_from_slice(&(table.len() as u32).to_le_bytes());
            word[at + 4..at + 8].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
            table.extend(bytes);
        };

        let mut page = vec![0u8; 512];
        let mut ends = vec![place(0)];
        let mut free = 510;
        for (index, (end, style, changes)) in self.paragraphs.iter().enumerate() {
            ends.push(place(*end));
            let mut entry = style.to_le_bytes().to_vec();
            entry.extend(changes);
            entry.resize(entry.len().next_multiple_of(2), 0);
            free = (free - entry.len() - 2) & !1;
            page[free] = 0;
            page[free + 1] = (entry.len() / 2) as u8;
            page[free + 2..free + 2 + entry.len()].copy_from_slice(&entry);
            page[(self.paragraphs.len() + 1) * 4 + index * 13] = (free / 2) as u8;
        }
        add_page(&mut word, &mut page, &ends);
        let number = (word.len() / 512 - 1) as u32;
        let bte = [ends[0], ends[ends.len() - 1], number]
            .map(u32::to_le_bytes)
            .concat();
        put(&mut word, Place::PlcfBtePapx, &bte);

        let mut page = vec![0u8; 512];
        let mut ends = vec![place(0)];
        let (mut free, mut at) = (510, 0);
        for (index, (text, changes)) in self.runs.iter().enumerate() {
            at += text.encode_utf16().count();
            ends.push(place(at));
            if changes.is_empty() {
                continue;
            }
            free = (free - changes.len() - 1) & !1;
            page[free] = changes.len() as u8;
            page[free + 1..free + 1 + changes.len()].copy_from_slice(changes);
            page[(self.runs.len() + 1) * 4 + index] = (free / 2) as u8;
        }
        add_page(&mut word, &mut page, &ends);
        let number = (word.len() / 512 - 1) as u32;
        let bte = [ends[0], ends[ends.len() - 1], number]
            .map(u32::to_le_bytes)
            .concat();
        put(&mut word, Place::PlcfBteChpx, &bte);

        let mut clx = vec![2, 16, 0, 0, 0, 0, 0, 0, 0];
        clx.extend((units.len() as u32).to_le_bytes());
        clx.extend([0, 0]);
        let offset = if self.narrow {
            (TEXT_AT as u32 * 2) | 0x4000_0000
        } else {
            TEXT_AT as u32
        };
        clx.extend(offset.to_le_bytes());
        clx.extend([0, 0]);
        put(&mut word, Place::Clx, &clx);
        put(&mut word, Place::Stshf, &self.styles);
        put(&mut word, Place::PlfLfo, &self.uses);
        put(&mut word, Place::PlfLst, &self.lists);

        let main = units.len() - self.lengths.iter().sum::<usize>();
        let words: [(usize, u16); 6] = [
            (0, 0xA5EC),
            (2, 0xC1),
            (0x0A, 0x0200 | self.flags),
            (0x20, 14),
            (0x3E, 22),
            (0x98, 93),
        ];
        for (at, value) in words {
            word[at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        for (index, len) in [main].iter().chain(&self.lengths).enumerate() {
            let at = 0x4C + index * 4;
            word[at..at + 4].copy_from_slice(&(*len as u32).to_le_bytes());
        }
        (word, table)
    }

    fn bytes(&self) -> Vec<u8> {
        let (word, table) = self.streams();
        let summary = ("\u{5}SummaryInformation", &self.summary[..]);
        container(&[(TEXT, &word), ("1Table", &table), summary])
    }
}

fn add_page(word: &mut Vec<u8>, page: &mut [u8], ends: &[u32]) {
    for (index, end) in ends.iter().enumerate() {
        page[index * 4..index * 4 + 4].copy_from_slice(&end.to_le_bytes());
    }
    page[511] = (ends.len() - 1) as u8;
    word.extend_from_slice(page);
}

fn read(bytes: &[u8]) -> Result<Extracted, Error> {
    let mut budget = Budget::new(1 << 22, Instant::now() + Duration::from_mins(1));
    extract(bytes, &mut budget)
}

fn blocks(sample: &Sample) -> Vec<(String, Option<u8>)> {
    let blocks = read(&sample.bytes()).expect("made by the test").blocks;
    blocks
        .into_iter()
        .map(|Block { text, level }| (text, level))
        .collect()
}

fn texts(sample: &Sample) -> Vec<String> {
    blocks(sample).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn wide_and_narrow_text_is_read() {
    let sample = Sample::default()
        .paragraph("第一段")
        .paragraph("")
        .paragraph("二\u{2000B}");
    assert_eq!(texts(&sample), ["第一段", "二\u{2000B}"]);
    let mut sample = Sample::default().paragraph("plain \u{93}text");
    sample.narrow = true;
    assert_eq!(texts(&sample), ["plain “text"]);
}

#[test]
fn deleted_and_hidden_text_is_left_out() {
    let sample = Sample::default()
        .run("留", &[])
        .run("删", DELETED)
        .run("藏", HIDDEN)
        .run("下\r", &[])
        .end(0, &[]);
    assert_eq!(texts(&sample), ["留下"]);
}

#[test]
fn a_deleted_mark_ends_no_paragraph() {
    let sample = Sample::default()
        .run("上", &[])
        .run("\r", DELETED)
        .end(0, &[])
        .paragraph("下");
    assert_eq!(texts(&sample), ["上下"]);
}

#[test]
fn a_bracket_is_text_unless_it_is_special() {
    let special: &[u8] = &[0x55, 0x08, 1];
    let symbol: &[u8] = &[0x09, 0x6A, 1, 0, 0x28, 0x26];
    let sample = Sample::default()
        .run("(一)", &[])
        .run("(", special)
        .run("(", symbol)
        .run("\r", &[])
        .end(0, &[]);
    assert_eq!(texts(&sample), ["(一)☨"]);
}

#[test]
fn headings_come_from_styles_and_outline() {
    let mut sample = Sample::default()
        .run("题\r", &[])
        .end(1, &[])
        .run("章\r", &[])
        .end(2, &[])
        .run("节\r", &[])
        .end(0, &[0x40, 0x26, 2])
        .run("文\r", &[])
        .end(2, &[0x40, 0x26, 9]);
    sample.styles = sheet(&[
        definition(0, 1, 0x0FFF, "Normal", &[]),
        definition(62, 1, 0, "Title", &[]),
        definition(1, 1, 0, "heading 1", &[]),
    ]);
    let expected = [
        ("题", Some(0)),
        ("章", Some(1)),
        ("节", Some(3)),
        ("文", None),
    ];
    let expected = expected.map(|(text, level)| (text.to_owned(), level));
    assert_eq!(blocks(&sample), expected);
}

#[test]
fn rows_are_blocks() {
    let sample = Sample::default()
        .run("甲\r", &[])
        .end(0, IN_TABLE)
        .run("续\u{7}", &[])
        .end(0, IN_TABLE)
        .run("\u{7}", &[])
        .end(0, IN_TABLE)
        .run("丙\u{7}", &[])
        .end(0, IN_TABLE)
        .run("\u{7}", &[])
        .end(0, ROW_END)
        .paragraph("后");
    assert_eq!(texts(&sample), ["甲 续\t\t丙", "后"]);
}

#[test]
fn numbers_stand_in_front() {
    let in_list: &[u8] = &[0x0B, 0x46, 1, 0];
    let mut sample = Sample::default()
        .run("甲\r", &[])
        .end(0, in_list)
        // A hidden paragraph counts and is not seen.
        .run("\r", HIDDEN)
        .end(0, in_list)
        .run("\r", &[])
        .end(0, in_list)
        .run("乙\r", &[])
        .end(0, &[0x0B, 0x46, 1, 0, 0x0A, 0x26, 1])
        .run("丙\r", &[])
        .end(1, &[])
        .run("丁\r", &[])
        .end(1, &[0x0B, 0x46, 0, 0]);
    let levels = [
        level_bytes(1, 37, "\u{0}、"),
        level_bytes(1, 37, "（\u{1}）"),
    ];
    sample.lists = list_bytes(7, [0x0FFF; 9], &levels);
    sample.uses = uses_bytes(7, &[None]);
    sample.styles = sheet(&[
        definition(0, 1, 0x0FFF, "Normal", &[]),
        definition(0xFFE, 1, 0, "条", &[&[1, 0, 0x0B, 0x46, 1, 0], &[]]),
    ]);
    // The levels stand behind the list, whose length does not count them.
    assert_eq!(texts(&sample), ["一、甲", "（一）乙", "四、丙", "丁"]);
}

#[test]
fn boxes_and_notes_follow_the_text() {
    let mut sample = Sample::default()
        .paragraph("正文\u{2}")
        .paragraph("\u{2}脚注")
        .paragraph("页眉")
        .paragraph("批注")
        .paragraph("尾注")
        .paragraph("文本框");
    sample.lengths = [4, 3, 0, 3, 3, 4];
    assert_eq!(texts(&sample), ["正文", "文本框", "脚注", "尾注"]);
}

#[test]
fn properties_are_read() {
    let mut sample = Sample::default().paragraph("正文");
    let title = GBK.encode("某题").0.into_owned();
    let codepage = vec![2, 0, 0, 0, 0xA8, 0x03, 0, 0];
    sample.summary = summary_of(&[(1, codepage), (2, text_value(&title))]);
    let extracted = read(&sample.bytes()).expect("made by the test");
    assert_eq!(extracted.properties.title.as_deref(), Some("某题"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let error = |bytes: &[u8]| read(bytes).expect_err("refused").to_string();
    let mut sample = Sample::default().paragraph("正文");
    sample.flags = 0x0100;
    assert_eq!(read(&sample.bytes()), Err(Error::Encrypted));
    assert_eq!(
        read(&container(&[("EncryptedPackage", b"")])),
        Err(Error::Encrypted)
    );
    let empty = Sample::default().paragraph("\u{1}");
    assert_eq!(
        error(&empty.bytes()),
        "no text in it: word file without characters"
    );
    assert_eq!(error(b"{\\rtf1}"), "damaged: rich text, not a word file");
    assert_eq!(error(b"<HTML>"), "damaged: html, not a word file");
    assert_eq!(
        error(b"\xDB\xA5\x2D\0"),
        "cannot be read: word file from before word 6, or write file"
    );
    assert_eq!(
        error(&container(&[("Workbook", b"")])),
        "damaged: an excel workbook, not a word file"
    );
    let works = container(&[("CONTENTS", b"CHNKWKS"), ("MM", b"")]);
    assert_eq!(
        error(&works),
        "cannot be read: works file, which is no word file"
    );
}

#[test]
fn missing_tables_are_told() {
    let (word, table) = Sample::default().paragraph("正文").streams();
    let error = |bytes: &[u8]| read(bytes).expect_err("refused").to_string();
    assert_eq!(
        error(&container(&[(TEXT, &word)])),
        "damaged: no stream `1Table`"
    );
    let other_name = container(&[("Other", &word), ("0Table", &table)]);
    assert_eq!(
        read(&other_name).expect("made by the test").blocks[0].text,
        "正文"
    );
}

/// A file of Word 6: its text as bytes in one piece.
fn word_6(language: u16, flags: u16, text: &[u8]) -> Vec<u8> {
    let mut word = vec![0; 0x300];
    let words = [(0, 0xA5DC), (2, 0x65), (6, language), (0x0A, flags)];
    for (at, value) in words {
        word[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    let n_characters = if flags & 0x1000 == 0 {
        text.len()
    } else {
        text.len() / 2
    };
    word[0x18..0x1C].copy_from_slice(&0x300u32.to_le_bytes());
    word[0x34..0x38].copy_from_slice(&(n_characters as u32).to_le_bytes());
    word.extend(text);
    container(&[(TEXT, &word)])
}

#[test]
fn word_6_text_is_read_in_its_code_page() {
    let text = GBK.encode("甲\u{7}乙\u{7}\u{7}丙段\r").0.into_owned();
    let extracted = read(&word_6(0x0804, 0, &text)).expect("made by the test");
    let texts: Vec<_> = extracted
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect();
    assert_eq!(texts, ["甲\t乙", "丙段"]);
    let wide: Vec<u8> = "宽文\r".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let extracted = read(&word_6(0x0804, 0x1000, &wide)).expect("made by the test");
    assert_eq!(extracted.blocks[0].text, "宽文");
}

#[test]
fn damaged_files_do_not_panic() {
    let mut sample = Sample::default()
        .run("甲\u{7}", &[])
        .end(0, IN_TABLE)
        .run("\u{7}", HIDDEN)
        .end(1, ROW_END)
        .run("乙\u{13}A\u{14}B\u{15}\r", DELETED)
        .end(1, &[0x0B, 0x46, 1, 0]);
    sample.lists = list_bytes(7, [0x0FFF; 9], &[level_bytes(1, 37, "\u{0}、")]);
    sample.uses = uses_bytes(7, &[None]);
    sample.styles = sheet(&[definition(1, 1, 0, "heading 1", &[&[0, 0, 0x40, 0x26, 1]])]);
    let (word, table) = sample.streams();
    assert!(read(&sample.bytes()).is_ok());
    for at in (0..word.len()).filter(|at| word[*at] != 0 || *at < 0x60) {
        for value in [0, 0x7F, 0xFF] {
            let mut damaged = word.clone();
            damaged[at] = value;
            let _ = read(&container(&[(TEXT, &damaged), ("1Table", &table)]));
        }
    }
    for at in 0..table.len() {
        for value in [0, 0x7F, 0xFF] {
            let mut damaged = table.clone();
            damaged[at] = value;
            let _ = read(&container(&[(TEXT, &word), ("1Table", &damaged)]));
        }
    }
    let whole = sample.bytes();
    for end in (0..whole.len()).step_by(128) {
        let _ = read(&whole[..end]);
    }
}

#[test]
fn text_is_paid_for() {
    let sample = Sample::default().paragraph(&"很长的文字".repeat(10));
    let bytes = sample.bytes();
    let mut poor = Budget::new(3000, Instant::now() + Duration::from_mins(1));
    assert_eq!(
        extract(&bytes, &mut poor),
        Err(Error::TooLarge { limit: 3000 })
    );
}
