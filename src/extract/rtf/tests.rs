//! Whole files: rich text as writers make it, read by [`extract`].

use std::time::{Duration, Instant};

use super::super::Block;
use super::*;

fn read(bytes: &[u8]) -> Result<Extracted, Error> {
    let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
    extract(bytes, &mut budget)
}

/// What is read from a file with this inside.
fn check(inside: &str, expected: &[&str]) {
    let file = format!("{{\\rtf1\\ansi\\ansicpg936\\deff0\\uc1{inside}}}");
    let blocks = read(file.as_bytes()).expect("made by the test").blocks;
    let texts: Vec<_> = blocks.iter().map(|block| block.text.as_str()).collect();
    assert_eq!(texts, expected, "{inside}");
}

const FONTS: &str = concat!(
    r"{\fonttbl{\f0\fnil\fcharset134 \'cb\'ce\'cc\'e5{\*\falt SimSun};}",
    r"{\f1\fnil\fcharset136 Ming;}{\f2\fnil\fcharset2 Symbol;}{\f3\fcharset0 Arial;}}"
);

#[test]
fn bytes_are_read_in_the_code_page_of_the_font() {
    check(
        &format!(r"{FONTS}\f0\'ca\'d0\'ce\'af\f1 \'a5\'ab\'a9\'65\f3  abc"),
        &["市委市委 abc"],
    );
    check(&format!("{FONTS}\\f0\\'ca\r\n\\'d0"), &["市"]);
    check(r"\'ca\'d0", &["市"]);
}

#[test]
fn the_second_byte_may_be_written_as_it_is() {
    check(&format!(r"{FONTS}\f0\'81@"), &["丂"]);
    // In Big5 it may be a sign of the grammar.
    let raw = b"{\\rtf1\\ansicpg950 \xA4\\\xB3{\\par \xA4@}";
    let blocks = read(raw).expect("made by the test").blocks;
    let texts: Vec<_> = blocks.iter().map(|block| block.text.as_str()).collect();
    assert_eq!(texts, ["么逢", "一"]);
}

#[test]
fn kinds_of_text_have_their_own_fonts() {
    let inside =
        format!(r"{FONTS}\loch\f3\hich\f3\dbch\af1 \'a5\'ab\loch a\dbch\'a9\'65\ltrch\f0\'ca\'d0");
    check(&inside, &["市a委市"]);
}

#[test]
fn unicode_replaces_what_follows() {
    check(
        r"\u24066?\u22996\'ce\u-10179?\u-8704?x",
        &["市委\u{1F600}x"],
    );
    check(
        r"\uc2\u24066\'ca\'d0\u22996\'ce\'af\uc0\u24066a",
        &["市委市a"],
    );
    check(r"\u8220\ldblquote x{\u24066}y", &["“x市y"]);
    check(r"\u128512?x", &["\u{1F600}x"]);
}

#[test]
fn two_bytes_may_count_as_one() {
    check(r"\u24066\'ca\'d0\u22996\'ce\'afx", &["市委x"]);
}

#[test]
fn signs_are_characters() {
    check(
        r"a\emdash b\ldblquote c\rdblquote\~d\_e\-f\\\{g\}",
        &["a—b“c” d-ef\\{g}"],
    );
    check(r"a\line b\tab c", &["a b\tc"]);
}

#[test]
fn ends_make_blocks() {
    check(
        "a\\par b\\page c\\sect d\\\ne\\column f",
        &["a", "b", "c", "d", "e", "f"],
    );
}

#[test]
fn what_is_no_text_is_left_out() {
    check(
        r"{\header h}{\footerf f}{\*\unknown u{\b v}}{\pict\bin3 {}{}{\colortbl;\red0;}a{\*\annotation n}{\xe i}",
        &["a"],
    );
    check(r"a{\v b\par}{\deleted c}\v d\v0 e", &["ae"]);
    check(&format!(r"{FONTS}{{\f2\'b7l}}a"), &["a"]);
}

#[test]
fn fields_keep_their_results() {
    check(
        r#"见{\field{\*\fldinst HYPERLINK "x"}{\fldrslt{\field{\fldinst A}{\fldrslt b}}c}}d"#
            .replace('见', r"\'bc\'fb")
            .as_str(),
        &["见bcd"],
    );
}

#[test]
fn rows_are_blocks() {
    check(
        r"\trowd\pard\intbl a\par b\cell\cell c\nestcell d\cell\row\pard e\par",
        &["a b\t\tc d", "e"],
    );
    check(
        r"\pard\intbl a\cell b{\nonesttables\par}\cell\pard c",
        &["a\tb", "c"],
    );
}

#[test]
fn numbers_stand_in_front() {
    check(
        r"{\listtext\pard\plain \u19968?\u12289?\tab}a\par{\pntext 1.\tab}b\par{\listtext o\tab}c\par{\listtext 2.\tab}\par",
        &["一、a", "1. b", "c"],
    );
}

#[test]
fn boxes_and_notes_follow_the_text() {
    check(
        r"a{\super\chftn}{\footnote\pard{\super\chftn} b}c{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt d\par}}{\shprslt d}}e\par{\header{\*\shpinst{\shptxt f}}}",
        &["ace", "d", "b"],
    );
}

#[test]
fn headings_come_from_styles_and_outline() {
    let file = br"{\rtf1\ansicpg936{\stylesheet{\s0 Normal;}{\s1\sbasedon0{\*\keycode k} heading 1;}{\*\cs2 heading 2;}{\s3\sbasedon1 \'d5\'c2;}{\s4 Title;}}
\pard\s4 a\par\pard\s3 b\par\pard c\par\pard\s0\outlinelevel2 d\par\pard\s1\outlinelevel9 e\par}";
    let levels = read(file).expect("made by the test").blocks;
    let levels: Vec<_> = levels
        .into_iter()
        .map(|Block { level, .. }| level)
        .collect();
    assert_eq!(levels, [Some(0), Some(1), None, Some(3), None]);
}

#[test]
fn properties_are_read() {
    let file = br"{\rtf1\ansicpg936{\info{\upr{\title ?}{\*\ud{\title \u24066?\u22996?}}}{\author \'ca\'d0}{\creatim\yr2023\mo5\dy6\hr1}{\author b}{\revtim\yr2024\mo1\dy1}}a}";
    let properties = read(file).expect("made by the test").properties;
    assert_eq!(properties.title.as_deref(), Some("市委"));
    assert_eq!(properties.author.as_deref(), Some("市"));
    assert_eq!(properties.created.as_deref(), Some("2023-05-06"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let error = |bytes: &[u8]| read(bytes).expect_err("refused").to_string();
    assert_eq!(
        error(b"PK"),
        "damaged: no rich text, which begins with `{\\rtf`"
    );
    assert_eq!(
        error(b"{\\rtf1 {\\pict x}}"),
        "no text in it: rich text without characters"
    );
    assert_eq!(
        error(b"{\\rtf1 a{\\pict 00"),
        "damaged: rich text is cut short"
    );
    assert_eq!(
        error(b"{\\rtf1 a{\\pict\\bin9 "),
        "damaged: rich text is cut short"
    );
    let deep = [b"{\\rtf1 a".to_vec(), vec![b'{'; 10_001]].concat();
    assert_eq!(
        error(&deep),
        "damaged: more than 10000 groups inside each other"
    );
}

#[test]
fn a_missing_end_and_what_follows_it_do_not_matter() {
    assert_eq!(
        read(b"{\\rtf1 a").expect("made by the test").blocks[0].text,
        "a"
    );
    assert_eq!(
        read(b"\xEF\xBB\xBF {\\rtf1 a}b\0")
            .expect("made by the test")
            .blocks
            .len(),
        1
    );
}

#[test]
fn damaged_files_do_not_panic() {
    let whole = format!(
        r"{{\rtf1\ansicpg936\uc2{FONTS}{{\stylesheet{{\s1\outlinelevel0 x;}}}}{{\info{{\title t}}}}\f0\'ca\'d0\u24066\'ca\'d0{{\listtext 1\tab}}\pard\intbl\cell\row{{\footnote n}}\bin2 ab\par}}"
    );
    let whole = whole.as_bytes();
    for at in 0..whole.len() {
        let _ = read(&whole[..at]);
        for value in [b'{', b'}', b'\\', b'9', b'-', 0, 0xFF] {
            let mut bytes = whole.to_vec();
            bytes[at] = value;
            let _ = read(&bytes);
        }
    }
}

#[test]
fn text_is_paid_for() {
    let file = format!("{{\\rtf1 {}}}", "abc ".repeat(100));
    let mut poor = Budget::new(100, Instant::now() + Duration::from_mins(1));
    assert_eq!(
        extract(file.as_bytes(), &mut poor),
        Err(Error::TooLarge { limit: 100 })
    );
}
