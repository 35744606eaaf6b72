//! OFD packages made here, read back.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::{Block, Budget, Error, Extracted};
use super::extract;

fn read(bytes: &[u8]) -> Result<Extracted, Error> {
    let until = Instant::now() + Duration::from_mins(10);
    extract(bytes, &mut Budget::new(1 << 22, until))
}

fn zipped(parts: &[(String, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer
            .start_file(name.as_str(), SimpleFileOptions::default())
            .expect("a document made here");
        writer
            .write_all(text.as_bytes())
            .expect("a document made here");
    }
    writer.finish().expect("a document made here").into_inner()
}

const ENTRY: &str = "<ofd:OFD xmlns:ofd='o'><ofd:DocBody><ofd:DocInfo><ofd:Title>议程</ofd:Title>\
    <ofd:Author>秘书处</ofd:Author><ofd:CreationDate>2023-07-18</ofd:CreationDate></ofd:DocInfo>\
    <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>";

fn page(objects: &str) -> String {
    format!("<ofd:Page><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>")
}

/// A package of one document with these pages, of which the text objects are given.
fn ofd(pages: &[String]) -> Vec<u8> {
    let mut list = String::new();
    let mut parts = vec![("OFD.xml".to_owned(), ENTRY.to_owned())];
    for (at, page) in pages.iter().enumerate() {
        list.extend([format!(
            "<ofd:Page ID='{at}' BaseLoc='Pages/Page_{at}/Content.xml'/>"
        )]);
        parts.push((format!("Doc_0/Pages/Page_{at}/Content.xml"), page.clone()));
    }
    let document = format!(
        "<ofd:Document><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>\
         <ofd:TemplatePage ID='t' BaseLoc='Tpls/T.xml'/></ofd:CommonData><ofd:Pages>{list}</ofd:Pages></ofd:Document>"
    );
    parts.push(("Doc_0/Document.xml".to_owned(), document));
    let template = text(150.0, 100.0, 5.0, "底版");
    parts.push(("Doc_0/Tpls/T.xml".to_owned(), page_of(&[template])));
    zipped(&parts)
}

fn page_of(objects: &[String]) -> String {
    page(&objects.concat())
}

/// A line of text of this size, its first character at `x`, its base line at `y`.
fn text(x: f64, y: f64, size: f64, text: &str) -> String {
    format!(
        "<ofd:TextObject Boundary='{x} {y} 100 10' Size='{size}'>\
         <ofd:TextCode X='0' Y='0' DeltaX='g {} {size}'>{text}</ofd:TextCode></ofd:TextObject>",
        text.chars().count().max(2) - 1
    )
}

/// The blocks of a document, with its level before a title.
fn lines(pages: &[String]) -> Vec<String> {
    let blocks = read(&ofd(pages)).expect("a document made here").blocks;
    let line = |block: &Block| match block.level {
        Some(level) => format!("[{level}]{}", block.text),
        None => block.text.clone(),
    };
    blocks.iter().map(line).collect()
}

/// A full line of body text: 30 characters of 5 mm from the left edge at 30 mm.
fn full(y: f64, sign: char) -> String {
    text(30.0, y, 5.0, &sign.to_string().repeat(30))
}

#[test]
fn lines_become_paragraphs() {
    let page = page_of(&[
        text(40.0, 50.0, 5.0, &"甲".repeat(28)),
        full(59.0, '乙'),
        text(30.0, 68.0, 5.0, "丙尾。"),
        text(40.0, 77.0, 5.0, &"丁".repeat(28)),
        text(30.0, 86.0, 5.0, "戊。"),
    ]);
    let first = format!("{}{}丙尾。", "甲".repeat(28), "乙".repeat(30));
    assert_eq!(lines(&[page]), [first, format!("{}戊。", "丁".repeat(28))]);
}

#[test]
fn an_indented_line_after_a_full_one_begins_a_paragraph() {
    let page = page_of(&[
        full(50.0, '甲'),
        full(59.0, '乙'),
        text(40.0, 68.0, 5.0, "丙"),
    ]);
    assert_eq!(
        lines(&[page]),
        [
            format!("{}{}", "甲".repeat(30), "乙".repeat(30)),
            "丙".to_owned()
        ]
    );
}

#[test]
fn a_numbered_line_after_a_sentence_begins_a_paragraph() {
    let ended = format!("{}。", "甲".repeat(29));
    let page = page_of(&[
        text(30.0, 50.0, 5.0, &ended),
        text(30.0, 59.0, 5.0, "二、乙"),
    ]);
    assert_eq!(lines(&[page]), [ended, "二、乙".to_owned()]);
}

#[test]
fn a_paragraph_goes_on_over_the_page() {
    let pages = [
        page_of(&[full(50.0, '甲'), full(59.0, '乙')]),
        page_of(&[full(50.0, '丙'), full(59.0, '丁')]),
    ];
    assert_eq!(lines(&pages).len(), 1);
}

#[test]
fn pieces_are_read_from_left_to_right_whatever_their_order() {
    let page = page_of(&[
        text(60.0, 50.4, 5.0, "后"),
        text(30.0, 59.0, 5.0, "下"),
        text(30.0, 50.0, 5.0, "前"),
        text(35.0, 48.0, 3.0, "①"),
    ]);
    assert_eq!(lines(&[page]), ["前① 后", "下"]);
}

#[test]
fn numbers_of_neighbouring_cells_stay_apart() {
    let page = page_of(&[text(30.0, 50.0, 4.0, "12"), text(40.0, 50.0, 4.0, "34")]);
    assert_eq!(lines(&[page]), ["12 34"]);
}

#[test]
fn steps_and_matrices_place_the_characters() {
    let object = "<ofd:TextObject Boundary='30 50 9 9' CTM='0.5 0 0 0.5 0 0' Size='10'>\
        <ofd:TextCode X='0' Y='0' DeltaX='g 1 10 30'>甲乙丙</ofd:TextCode>\
        <ofd:TextCode Y='20'>丁</ofd:TextCode></ofd:TextObject>";
    assert_eq!(lines(&[page(object)]), ["甲乙 丙", "丁"]);
    let wrapped = "<ofd:TextObject Boundary='30 50 9 9' Size='5'>\
        <ofd:TextCode X='0' Y='0' DeltaX='5 -5 5' DeltaY='0 8 0'>甲乙丙丁</ofd:TextCode></ofd:TextObject>";
    assert_eq!(lines(&[page(wrapped)]), ["甲乙", "丙丁"]);
}

#[test]
fn a_vertical_label_is_one_text() {
    let object = "<ofd:TextObject Boundary='30 50 9 9' Size='4'>\
        <ofd:TextCode X='0' Y='0' DeltaY='g 2 5'>表决人</ofd:TextCode></ofd:TextObject>";
    assert_eq!(lines(&[page(object)]), ["表决人"]);
}

#[test]
fn a_page_turned_on_its_side_is_read_along_its_lines() {
    let turned = |x: f64, text: &str| {
        format!(
            "<ofd:TextObject Boundary='{x} 30 9 9' CTM='0 1 -1 0 0 0' Size='5'>\
             <ofd:TextCode X='0' Y='0' DeltaX='g 9 5'>{text}</ofd:TextCode></ofd:TextObject>"
        )
    };
    let page = page_of(&[turned(50.0, "第二行"), turned(60.0, "第一行")]);
    assert_eq!(lines(&[page]), ["第一行", "第二行"]);
}

#[test]
fn invisible_oblique_and_clipping_text_is_left_out() {
    let page = page(
        "<ofd:TextObject Visible='false' Size='5'><ofd:TextCode>隐</ofd:TextCode></ofd:TextObject>\
         <ofd:TextObject CTM='0.7 0.7 -0.7 0.7 0 0' Size='5'><ofd:TextCode>水印</ofd:TextCode></ofd:TextObject>\
         <ofd:TextObject Boundary='30 50 9 9' Size='5'><ofd:Clips><ofd:Clip><ofd:Area><ofd:Text><ofd:TextCode>剪</ofd:TextCode>\
         </ofd:Text></ofd:Area></ofd:Clip></ofd:Clips><ofd:CGTransform><ofd:Glyphs>17 18</ofd:Glyphs></ofd:CGTransform>\
         <ofd:TextCode X='0' Y='0'>见</ofd:TextCode></ofd:TextObject>",
    );
    assert_eq!(lines(&[page]), ["见"]);
}

#[test]
fn a_shadow_is_said_once() {
    let page = page_of(&[
        text(30.0, 50.0, 5.0, "公告"),
        text(30.3, 50.3, 5.0, "公告"),
        text(30.0, 70.0, 5.0, "公告"),
    ]);
    assert_eq!(lines(&[page]), ["公告", "公告"]);
}

#[test]
fn page_numbers_and_running_heads_are_dropped() {
    let pages: Vec<String> = (1..=4)
        .map(|number| {
            page_of(&[
                text(90.0, 15.0, 4.0, "内部资料"),
                text(30.0, 100.0, 5.0, &format!("正文{number}")),
                text(30.0, 280.0, 4.0, "2023"),
                text(100.0, 285.0, 4.0, &format!("— {number} —")),
            ])
        })
        .collect();
    let expect = ["正文1", "正文2", "正文3", "正文4"];
    let got = lines(&pages);
    assert_eq!(got, expect);
}

#[test]
fn a_bare_number_is_dropped_only_where_it_counts_the_pages() {
    let pages = [
        page_of(&[text(30.0, 100.0, 5.0, "甲"), text(100.0, 285.0, 4.0, "7")]),
        page_of(&[text(30.0, 100.0, 5.0, "乙"), text(100.0, 285.0, 4.0, "8")]),
        page_of(&[
            text(30.0, 100.0, 5.0, "丙"),
            text(100.0, 285.0, 4.0, "1953"),
        ]),
    ];
    assert_eq!(lines(&pages), ["甲", "乙", "丙", "1953"]);
}

#[test]
fn rows_that_differ_in_numbers_only_stay() {
    let pages: Vec<String> = (1..=4)
        .map(|number| page_of(&[text(30.0, 280.0, 4.0, &format!("得票{number}2"))]))
        .collect();
    assert_eq!(lines(&pages), ["得票12", "得票22", "得票32", "得票42"]);
}

#[test]
fn a_large_centred_first_text_is_the_title() {
    let page = page_of(&[
        text(35.0, 40.0, 14.0, "某某市议事会文件"),
        text(85.0, 60.0, 5.0, "议发〔一〕号"),
        text(45.0, 80.0, 8.0, &"关".repeat(15)),
        text(93.0, 92.0, 8.0, "的通知"),
        text(40.0, 110.0, 5.0, &"甲".repeat(28)),
        full(119.0, '乙'),
        full(128.0, '丙'),
    ]);
    let got = lines(&[page]);
    assert_eq!(got[0], "某某市议事会文件");
    assert_eq!(got[2], format!("[0]{}的通知", "关".repeat(15)));
    assert_eq!(got.len(), 4);
}

#[test]
fn a_template_is_said_once() {
    let with_template = |sign: &str| {
        format!(
            "<ofd:Page><ofd:Template TemplateID='t' ZOrder='Background'/><ofd:Content>{}</ofd:Content></ofd:Page>",
            text(30.0, 100.0, 5.0, sign)
        )
    };
    assert_eq!(
        lines(&[with_template("甲"), with_template("乙")]),
        ["甲 底版", "乙"]
    );
}

#[test]
fn properties_and_several_documents() {
    let entry = "<OFD><DocBody><DocInfo><Title>一</Title></DocInfo><DocRoot>/A/D.xml</DocRoot></DocBody>\
        <DocBody><DocInfo><Title>二</Title></DocInfo><DocRoot>B\\D.xml</DocRoot></DocBody></OFD>";
    let document =
        |place: &str| format!("<Document><Pages><Page BaseLoc='{place}'/></Pages></Document>");
    let parts = [
        ("OFD.xml", entry.to_owned()),
        ("A/D.xml", document("./P")),
        ("A/P/Content.xml", page_of(&[text(30.0, 50.0, 5.0, "甲")])),
        ("B/D.xml", document("B/P.xml")),
        ("B/P.xml", page_of(&[text(30.0, 50.0, 5.0, "乙")])),
    ];
    let parts = parts.map(|(name, text)| (name.to_owned(), text));
    let extracted = read(&zipped(&parts)).expect("a document made here");
    let texts: Vec<&str> = extracted
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect();
    assert_eq!(texts, ["甲", "乙"]);
    assert_eq!(extracted.properties.title.as_deref(), Some("一"));
    let properties = read(&ofd(&[page_of(&[text(30.0, 50.0, 5.0, "甲")])]))
        .expect("a document made here")
        .properties;
    assert_eq!(properties.author.as_deref(), Some("秘书处"));
    assert_eq!(properties.created.as_deref(), Some("2023-07-18"));
}

#[test]
fn pages_without_text_are_said_to_be_pictures() {
    let error = read(&ofd(&[page("<ofd:ImageObject/>"), page("")])).expect_err("it cannot be read");
    assert_eq!(
        error.to_string(),
        "no text in it: 2 pages are pictures only"
    );
    let error = read(&ofd(&[page("")])).expect_err("it cannot be read");
    assert_eq!(error.to_string(), "no text in it: 1 pages without text");
}

#[test]
fn what_is_missing_is_named() {
    let lacking = |parts: &[(&str, &str)]| {
        let parts: Vec<_> = parts
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        read(&zipped(&parts))
            .expect_err("it cannot be read")
            .to_string()
    };
    assert_eq!(lacking(&[("a", "")]), "damaged: no part `OFD.xml`");
    assert_eq!(
        lacking(&[("OFD.xml", ENTRY)]),
        "damaged: no part `Doc_0/Document.xml`"
    );
    let document = "<Document><Pages><Page BaseLoc='P.xml'/></Pages></Document>";
    let parts = [("OFD.xml", ENTRY), ("Doc_0/Document.xml", document)];
    assert_eq!(
        lacking(&parts),
        "damaged: all 1 pages are missing from the package"
    );
    let sealed = [parts[0], parts[1], ("Encryptions.xml", "")];
    assert_eq!(lacking(&sealed), "protected by a password");
}

#[test]
fn no_damage_panics() {
    let objects = page_of(&[
        text(30.0, 50.0, 5.0, "甲乙12"),
        text(30.0, 285.0, 5.0, "- 1 -"),
    ]);
    let whole = ofd(std::slice::from_ref(&objects));
    for length in (0..whole.len()).step_by(11) {
        let _ = read(&whole[..length]);
    }
    for place in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        let _ = read(&damaged);
    }
    for (place, _) in objects.char_indices() {
        for sign in ["<", "'", "-9e99 g 999999999 NaN", "&"] {
            let (before, after) = objects.split_at(place);
            let _ = read(&ofd(&[format!("{before}{sign}{after}")]));
        }
    }
}
