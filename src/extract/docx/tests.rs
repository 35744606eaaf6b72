//! Documents made here, read by the whole reader.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn budget() -> Budget {
    Budget::new(1 << 24, Instant::now() + Duration::from_mins(1))
}

fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default())
            .expect("can write");
        zip.write_all(text.as_bytes()).expect("can write");
    }
    zip.finish().expect("can write").into_inner()
}

fn document(body: &str) -> String {
    format!("<w:document><w:body>{body}</w:body></w:document>")
}

fn with_parts(body: &str, parts: &[(&str, &str)]) -> Result<Extracted, Error> {
    let document = document(body);
    let mut all = vec![("word/document.xml", document.as_str())];
    all.extend_from_slice(parts);
    extract(&package(&all), &mut budget())
}

/// The blocks of a body, joined by `|`; levels stand before them with `#`.
fn shown(extracted: &Extracted) -> String {
    let blocks = extracted.blocks.iter().map(|block| match block.level {
        Some(level) => format!("{level}#{}", block.text),
        None => block.text.clone(),
    });
    blocks.collect::<Vec<String>>().join("|")
}

#[track_caller]
fn check(body: &str, expected: &str) {
    assert_eq!(
        shown(&with_parts(body, &[]).expect("is a document")),
        expected
    );
}

fn p(inner: &str) -> String {
    format!("<w:p>{inner}</w:p>")
}

fn r(text: &str) -> String {
    format!("<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>")
}

fn pr(text: &str) -> String {
    p(&r(text))
}

#[test]
fn paragraphs_come_in_order() {
    check(&(pr("第一") + &p("") + &pr(" 第二 ")), "第一|第二");
}

#[test]
fn runs_are_joined_without_blanks() {
    check(&p(&(r("城市") + &r("更新 ") + &r("办法"))), "城市更新 办法");
    check(
        "<w:p><w:r><w:t>\n 甲 </w:t><w:t>乙\n丙</w:t></w:r></w:p>",
        "甲乙 丙",
    );
}

#[test]
fn other_prefixes_and_none_are_read() {
    let bytes = package(&[(
        "word/document.xml",
        "<ns0:document><body><ns0:p><r><x:t>甲</x:t></r></ns0:p></body></ns0:document>",
    )]);
    assert_eq!(
        shown(&extract(&bytes, &mut budget()).expect("is a document")),
        "甲"
    );
}

#[test]
fn headings_have_levels() {
    let body = "<w:p><w:pPr><w:outlineLvl w:val='1'/></w:pPr><w:r><w:t>节</w:t></w:r></w:p>\
                <w:p><w:pPr><w:pStyle w:val='Title'/></w:pPr><w:r><w:t>题</w:t></w:r></w:p>\
                <w:p><w:pPr><w:pStyle w:val='Heading1'/><w:outlineLvl w:val='9'/></w:pPr>\
                <w:r><w:t>文</w:t></w:r></w:p>";
    check(body, "2#节|0#题|文");
}

#[test]
fn earlier_properties_are_not_the_present_ones() {
    let body = "<w:p><w:pPr><w:pPrChange><w:pPr><w:outlineLvl w:val='1'/></w:pPr></w:pPrChange>\
                </w:pPr><w:r><w:rPr><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr>\
                <w:t>文</w:t></w:r></w:p>";
    check(body, "文");
}

#[test]
fn automatic_numbers_are_text() {
    let numbering = "<w:numbering><w:abstractNum w:abstractNumId='4'>\
         <w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='chineseCounting'/>\
         <w:pStyle w:val='h'/><w:lvlText w:val='%1、'/></w:lvl>\
         <w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%2.'/>\
         </w:lvl></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='4'/></w:num></w:numbering>";
    let styles = "<w:styles><w:style w:styleId='h'><w:name w:val='heading 1'/><w:pPr><w:numPr>\
         <w:numId w:val='1'/></w:numPr></w:pPr></w:style></w:styles>";
    let heading = |inner: &str| format!("<w:p><w:pPr><w:pStyle w:val='h'/></w:pPr>{inner}</w:p>");
    let entry = |text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val='1'/><w:numId w:val='1'/></w:numPr></w:pPr>{}</w:p>",
            r(text)
        )
    };
    let unnumbered = "<w:p><w:pPr><w:pStyle w:val='h'/><w:numPr><w:numId w:val='0'/></w:numPr>\
                      </w:pPr><w:r><w:t>无</w:t></w:r></w:p>";
    // The empty heading counts, too.
    let body = heading(&r("路"))
        + &entry("修")
        + &entry("5座")
        + &heading("")
        + &heading(&r("桥"))
        + unnumbered;
    let parts = [
        ("word/numbering.xml", numbering),
        ("word/styles.xml", styles),
    ];
    let extracted = with_parts(&body, &parts).expect("is a document");
    assert_eq!(shown(&extracted), "1#一、路|1. 修|2. 5座|1#三、桥|1#无");
}

#[test]
fn tables_are_rows() {
    let cell = |inner: &str| format!("<w:tc><w:tcPr/>{inner}</w:tc>");
    let rest = format!("<w:tc><w:tcPr><w:vMerge/></w:tcPr>{}</w:tc>", pr("残"));
    let first = format!(
        "<w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>{}</w:tc>",
        pr("局")
    );
    let table = format!(
        "<w:tbl><w:tblPr/><w:tr><w:trPr/>{}{}</w:tr><w:sdt><w:sdtContent><w:tr>{}{}</w:tr>\
         </w:sdtContent></w:sdt></w:tbl>",
        first,
        cell(&(pr("张") + &pr("三"))),
        rest,
        cell(&pr("李四")),
    );
    check(&(pr("前") + &table + &pr("后")), "前|局\t张 三|\t李四|后");
}

#[test]
fn a_table_of_one_cell_is_a_frame() {
    let table = format!(
        "<w:tbl><w:tr><w:tc>{}{}</w:tc></w:tr></w:tbl>",
        pr("甲"),
        pr("乙")
    );
    check(&table, "甲|乙");
}

#[test]
fn a_text_box_comes_once() {
    let words = format!("<w:txbxContent>{}</w:txbxContent>", pr("红头"));
    let both = format!(
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing>{words}</w:drawing></mc:Choice>\
         <mc:Fallback><w:pict>{words}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    );
    check(&p(&(r("前") + &both + &r("后"))), "前后|红头");
    let only_fallback = format!(
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing/></mc:Choice><mc:Fallback>\
         <w:pict>{words}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    );
    check(&p(&only_fallback), "红头");
}

#[test]
fn drawn_words_are_text() {
    let words = "<w:r><w:pict><v:shape><v:textpath string='某某文件'/></v:shape></w:pict></w:r>";
    check(&p(&(words.to_owned() + &r("正文"))), "正文|某某文件");
}

#[test]
fn notes_follow_the_body_in_order() {
    let notes = |kind: &str, texts: &[(&str, &str)]| {
        let notes = texts
            .iter()
            .map(|(id, text)| format!("<w:{kind} w:id='{id}'>{}</w:{kind}>", pr(text)));
        format!(
            "<w:{kind}s><w:{kind} w:type='separator' w:id='0'>{}</w:{kind}>{}</w:{kind}s>",
            pr("线"),
            notes.collect::<String>()
        )
    };
    let footnotes = notes(
        "footnote",
        &[("1", "脚一"), ("2", "脚二"), ("3", "无人引用")],
    );
    let endnotes = notes("endnote", &[("1", "尾一")]);
    let body = "<w:p><w:r><w:t>路</w:t><w:endnoteReference w:id='1'/></w:r><w:r><w:t>桥</w:t>\
         <w:footnoteReference w:id='2'/><w:footnoteReference w:id='1'/>\
         <w:footnoteReference w:id='2'/></w:r></w:p><w:p><w:r><w:t>完</w:t></w:r></w:p>";
    let parts = [
        ("word/footnotes.xml", footnotes.as_str()),
        ("word/endnotes.xml", endnotes.as_str()),
        (
            "word/header1.xml",
            "<w:hdr><w:p><w:r><w:t>眉</w:t></w:r></w:p></w:hdr>",
        ),
        (
            "word/comments.xml",
            "<w:comments><w:comment><w:p/></w:comment></w:comments>",
        ),
    ];
    let extracted = with_parts(body, &parts).expect("is a document");
    assert_eq!(shown(&extracted), "路桥|完|脚二|脚一|尾一");
}

#[test]
fn deleted_text_is_gone_and_inserted_text_is_there() {
    let del = "<w:del><w:r><w:t>旧</w:t><w:delText>旧</w:delText></w:r></w:del>\
               <w:moveFrom><w:r><w:t>旧</w:t></w:r></w:moveFrom>";
    let ins = format!("<w:ins>{}</w:ins><w:moveTo>{}</w:moveTo>", r("新"), r("处"));
    check(&p(&(r("甲") + del + &ins + &r("乙"))), "甲新处乙");
}

#[test]
fn a_deleted_paragraph_end_joins() {
    let body = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>上</w:t></w:r></w:p>\
                <w:p><w:r><w:t>下</w:t></w:r></w:p>";
    check(body, "上下");
}

#[test]
fn fields_show_their_result() {
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>");
    let inner = field("begin")
        + "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        + &field("separate")
        + &r("7")
        + &field("end");
    let outer = field("begin")
        + "<w:r><w:instrText>IF </w:instrText></w:r>"
        + &inner
        + &field("separate")
        + &r("九")
        + &field("end");
    check(&p(&(r("第") + &outer + &r("页"))), "第九页");
    // Without an end it hides no more than its own paragraph.
    check(
        &(p(&(r("甲") + &field("begin") + &r("乙"))) + &pr("丙")),
        "甲|丙",
    );
}

#[test]
fn hidden_text_is_not_shown() {
    let hidden = |property: &str, text: &str| {
        format!("<w:r><w:rPr>{property}</w:rPr><w:t>{text}</w:t></w:r>")
    };
    let inner = r("见")
        + &hidden("<w:vanish/>", "隐")
        + &hidden("<w:vanish w:val='0'/>", "显")
        + &hidden("<w:rStyle w:val='h'/>", "隐");
    let styles = "<w:styles><w:style w:type='character' w:styleId='h'><w:rPr><w:vanish/></w:rPr>\
                  </w:style></w:styles>";
    let boxed = format!(
        "<w:r><w:rPr><w:vanish/></w:rPr><w:txbxContent>{}</w:txbxContent></w:r>",
        pr("隐框")
    );
    let hidden_paragraph = format!(
        "<w:p><w:pPr><w:pStyle w:val='h'/></w:pPr>{}</w:p>",
        r("隐段")
    );
    let body = p(&(inner + &boxed)) + &hidden_paragraph;
    let extracted = with_parts(&body, &[("word/styles.xml", styles)]).expect("is a document");
    assert_eq!(shown(&extracted), "见显");
}

#[test]
fn signs_inside_runs() {
    check(
        "<w:p><w:pPr><w:tabs><w:tab w:pos='1'/></w:tabs></w:pPr><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t>\
         <w:noBreakHyphen/><w:softHyphen/><w:sym w:font='宋体' w:char='4E19'/>\
         <w:sym w:font='Wingdings' w:char='F0FE'/><w:sym w:font='Wingdings' w:char='00FE'/></w:r></w:p>",
        "甲 乙-丙",
    );
}

#[test]
fn breaks_inside_a_paragraph() {
    check(
        "<w:p><w:r><w:t>关于修路的</w:t><w:br/><w:t>通知</w:t><w:br w:type='page'/><w:t>好。</w:t><w:cr/>\
         <w:t>行</w:t></w:r></w:p>",
        "关于修路的 通知|好。|行",
    );
}

#[test]
fn of_ruby_only_the_base_is_read() {
    check(
        "<w:p><w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>yì</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>议</w:t>\
         </w:r></w:rubyBase></w:ruby></w:r><w:r><w:t>查</w:t></w:r></w:p>",
        "议查",
    );
}

#[test]
fn wrappers_are_transparent() {
    let mut inner = r("甲");
    for wrapper in [
        "hyperlink",
        "smartTag",
        "customXml",
        "fldSimple",
        "ins",
        "sdtContent",
        "sdt",
    ] {
        inner = format!("<w:{wrapper}>{inner}</w:{wrapper}>");
    }
    check(&p(&(inner + &r("乙"))), "甲乙");
    check(
        &format!(
            "<w:sdt><w:sdtPr><w:t>属性</w:t></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
            pr("丙")
        ),
        "丙",
    );
}

#[test]
fn the_main_part_can_be_anywhere() {
    let namespace = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    let root = format!(
        "<Relationships><Relationship Type='{namespace}/officeDocument' Target='/wps/text.xml'/>\
         <Relationship Type='x/metadata/core-properties' Target='wps/core.xml'/></Relationships>"
    );
    let own = format!(
        "<Relationships><Relationship Type='{namespace}/styles' Target='sub/s.xml'/>\
         <Relationship Type='{namespace}/footnotes' TargetMode='External' Target='f.xml'/></Relationships>"
    );
    let text = document("<w:p><w:pPr><w:pStyle w:val='1'/></w:pPr><w:r><w:t>章</w:t></w:r></w:p>");
    let bytes = package(&[
        ("_rels/.rels", &root),
        ("wps/_rels/text.xml.rels", &own),
        ("wps/text.xml", &text),
        (
            "wps/sub/s.xml",
            "<w:styles><w:style w:styleId='1'><w:name w:val='标题 3'/></w:style></w:styles>",
        ),
        ("wps/core.xml", "<c><t:title>某</t:title></c>"),
    ]);
    let extracted = extract(&bytes, &mut budget()).expect("is a document");
    assert_eq!(shown(&extracted), "3#章");
    assert_eq!(extracted.properties.title.as_deref(), Some("某"));
}

#[test]
fn damaged_properties_do_not_matter() {
    let extracted =
        with_parts(&pr("甲"), &[("docProps/core.xml", "<c><title>")]).expect("is a document");
    assert_eq!(extracted.properties, super::super::Properties::default());
}

#[test]
fn what_has_no_text_says_so() {
    let none = |result: Result<Extracted, Error>| result.expect_err("is refused").to_string();
    assert_eq!(
        none(with_parts("", &[])),
        "no text in it: the document is empty"
    );
    assert_eq!(
        none(with_parts("<w:p><w:r><a:blip/></w:r></w:p>", &[])),
        "no text in it: only pictures: 1"
    );
    assert_eq!(
        none(extract(b"", &mut budget())),
        "no text in it: the file is empty"
    );
}

#[test]
fn compound_files_are_told_apart() {
    let mut bytes = ole::SIGNATURE.to_vec();
    bytes.resize(512, 0);
    let error = extract(&bytes, &mut budget()).expect_err("is refused");
    assert!(error.to_string().contains("compound (OLE) file"), "{error}");
    bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(extract(&bytes, &mut budget()), Err(Error::Encrypted));
}

#[test]
fn other_files_are_broken() {
    for bytes in [
        b"no zip".to_vec(),
        package(&[("a.txt", "a")]),
        package(&[("word/document.xml", "<w:workbook/>")]),
        package(&[("word/document.xml", "<w:document><w:body>")]),
    ] {
        let error = extract(&bytes, &mut budget()).expect_err("is refused");
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
}

#[test]
fn limits_are_kept() {
    let bytes = package(&[("word/document.xml", &document(&pr(&"长".repeat(1000))))]);
    let mut small = Budget::new(2000, Instant::now() + Duration::from_mins(1));
    assert_eq!(
        extract(&bytes, &mut small),
        Err(Error::TooLarge { limit: 2000 })
    );
    let past = Instant::now().checked_sub(Duration::from_secs(1));
    let mut late = Budget::new(1 << 20, past.expect("the clock has run for a second"));
    assert_eq!(extract(&bytes, &mut late), Err(Error::Timeout));
}

/// A body with most of what is read.
fn rich() -> String {
    let field =
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>";
    let boxed = format!(
        "<w:r><AlternateContent><Choice><w:txbxContent>{}</w:txbxContent></Choice></AlternateContent></w:r>",
        pr("框&amp;&#x4e00;")
    );
    format!(
        "<w:p><w:pPr><w:pStyle w:val='h'/><w:numPr><w:ilvl w:val='1'/><w:numId w:val='1'/></w:numPr>\
         <w:rPr><w:del/></w:rPr></w:pPr>{}{field}{boxed}<w:r><w:footnoteReference w:id='1'/></w:r></w:p>\
         <w:tbl><w:tr><w:tc>{}</w:tc><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:tbl><w:tr><w:tc>{}</w:tc></w:tr>\
         </w:tbl></w:tc></w:tr></w:tbl>",
        r("甲"),
        pr("乙"),
        pr("丙"),
    )
}

#[test]
fn damaged_documents_never_panic() {
    let text = document(&rich());
    let numbering = "<w:numbering><w:abstractNum w:abstractNumId='4'><w:lvl w:ilvl='1'>\
         <w:numFmt w:val='chineseCounting'/><w:lvlText w:val='%1、%2'/></w:lvl></w:abstractNum>\
         <w:num w:numId='1'><w:abstractNumId w:val='4'/></w:num></w:numbering>";
    let footnotes = format!("<f><w:footnote w:id='1'>{}</w:footnote></f>", pr("注"));
    let whole = |text: &str, numbering: &str| {
        package(&[
            ("word/document.xml", text),
            ("word/numbering.xml", numbering),
            ("word/footnotes.xml", &footnotes),
        ])
    };
    let bytes = whole(&text, numbering);
    assert!(extract(&bytes, &mut budget()).is_ok());
    for n in 0..bytes.len() {
        let _ = extract(&bytes[..n], &mut budget());
        let mut flipped = bytes.clone();
        flipped[n] ^= 1 << (n % 8);
        let _ = extract(&flipped, &mut budget());
    }
    // Damage that the checksums of the zip file do not find.
    for (n, _) in text.char_indices() {
        let _ = extract(&whole(&text[..n], numbering), &mut budget());
        let _ = extract(&whole(&text[n..], numbering), &mut budget());
        let swapped = format!("{}<w:tc>{}", &text[..n], &text[n..]);
        let _ = extract(&whole(&swapped, numbering), &mut budget());
    }
    for (n, _) in numbering.char_indices() {
        let changed = format!(
            "{}9{}",
            &numbering[..n],
            numbering[n..].get(1..).unwrap_or("")
        );
        let _ = extract(&whole(&text, &changed), &mut budget());
    }
}
