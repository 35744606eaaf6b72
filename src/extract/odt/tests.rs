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

fn content(styles: &str, text: &str) -> String {
    format!(
        "<office:document-content><office:automatic-styles>{styles}</office:automatic-styles>\
         <office:body><office:text>{text}</office:text></office:body></office:document-content>"
    )
}

fn with_styles(styles: &str, text: &str) -> Result<Extracted, Error> {
    let content = content(styles, text);
    extract(&package(&[("content.xml", &content)]), &mut budget())
}

/// The blocks, joined by `|`; levels stand before them with `#`.
fn shown(extracted: &Extracted) -> String {
    let blocks = extracted.blocks.iter().map(|block| match block.level {
        Some(level) => format!("{level}#{}", block.text),
        None => block.text.clone(),
    });
    blocks.collect::<Vec<String>>().join("|")
}

#[track_caller]
fn check_styled(styles: &str, text: &str, expected: &str) {
    assert_eq!(
        shown(&with_styles(styles, text).expect("is a document")),
        expected
    );
}

#[track_caller]
fn check(text: &str, expected: &str) {
    check_styled("", text, expected);
}

fn p(text: &str) -> String {
    format!("<text:p>{text}</text:p>")
}

#[test]
fn paragraphs_and_headings() {
    let text = "<text:p text:style-name='P1'>题</text:p><text:h text:outline-level='2'>节</text:h>\
                <text:h>章</text:h><text:p> 文\n  字 </text:p><text:p/>";
    let styles =
        "<style:style style:family='paragraph' style:name='P1' style:parent-style-name='Title'/>";
    check_styled(styles, text, "0#题|2#节|1#章|文 字");
}

#[test]
fn blanks_and_breaks() {
    check(
        "<text:p>甲<text:s text:c='2'/>乙<text:tab/>丙<text:line-break/>丁。<text:line-break/>戊</text:p>",
        "甲  乙 丙 丁。|戊",
    );
    let many = with_styles("", "<text:p>甲<text:s text:c='4000000000'/>乙</text:p>")
        .expect("is a document");
    assert!(many.blocks[0].text.len() < 100);
}

const LISTS: &str = "<text:list-style style:name='L'>\
     <text:list-level-style-number text:level='1' style:num-format='一, 二, 三, ...' style:num-suffix='、'/>\
     <text:list-level-style-number text:level='2' style:num-format='1' text:display-levels='2' \
     style:num-prefix='(' style:num-suffix=')' text:start-value='3'/>\
     <text:list-level-style-number text:level='3' style:num-format='1' x:num-list-format='%1%%3%%x' />\
     </text:list-style><text:list-style style:name='B'><text:list-level-style-bullet text:level='1'/>\
     </text:list-style>";

#[test]
fn automatic_numbers_are_text() {
    let item = |inner: &str| format!("<text:list-item>{inner}</text:list-item>");
    let inner_list = format!(
        "<text:list>{}{}</text:list>",
        item(&p("子")),
        item(&p("丑"))
    );
    let deep = item(&format!(
        "<text:list><text:list-item><text:list>{}</text:list></text:list-item></text:list>",
        item(&p("深"))
    ));
    let text = format!(
        "<text:list text:style-name='L'>{}{}{deep}<text:list-header>{}</text:list-header></text:list>",
        item(&(p("甲") + &p("续") + &inner_list)),
        item(&p("乙")),
        p("头"),
    );
    check_styled(
        LISTS,
        &text,
        "一、甲|续|(一.3) 子|(一.4) 丑|二、乙|二1%x 深|头",
    );
}

#[test]
fn lists_go_on_where_they_say_so() {
    let list = |attributes: &str, text: &str| {
        format!(
            "<text:list text:style-name='L' {attributes}><text:list-item>{}</text:list-item></text:list>",
            p(text)
        )
    };
    let text = list("xml:id='a'", "甲")
        + &list("xml:id='b'", "乙")
        + &list("text:continue-numbering='true'", "丙")
        + &list("text:continue-list='a'", "丁")
        + "<text:list text:style-name='L'><text:list-item text:start-value='9'><text:p>戊</text:p>\
           </text:list-item></text:list>"
        + "<text:list text:style-name='B'><text:list-item><text:p>点</text:p></text:list-item></text:list>";
    check_styled(LISTS, &text, "一、甲|一、乙|二、丙|二、丁|九、戊|点");
}

#[test]
fn headings_are_numbered_by_the_outline() {
    let styles = "<office:document-styles><office:styles><text:outline-style>\
         <text:outline-level-style text:level='1' style:num-format='一, 二, 三, ...' style:num-prefix='第' \
         style:num-suffix='章'/><text:outline-level-style text:level='2' style:num-format=''/>\
         </text:outline-style></office:styles><office:automatic-styles><style:style style:name='N' \
         style:family='paragraph' style:list-style-name='x'/></office:automatic-styles></office:document-styles>";
    let own = "<style:style style:name='N' style:family='paragraph' style:list-style-name=''/>";
    let text = "<text:h>路</text:h><text:h text:outline-level='2'>修</text:h><text:h>桥</text:h>\
                <text:h text:style-name='N'>无</text:h><text:h text:is-list-header='true'>头</text:h>";
    let bytes = package(&[("styles.xml", styles), ("content.xml", &content(own, text))]);
    let extracted = extract(&bytes, &mut budget()).expect("is a document");
    assert_eq!(shown(&extracted), "1#第一章 路|2#修|1#第二章 桥|1#无|1#头");
}

#[test]
fn tables_are_rows() {
    let cell = |inner: &str| format!("<table:table-cell>{inner}</table:table-cell>");
    let text = format!(
        "<table:table><table:table-header-rows><table:table-row>{}{}</table:table-row>\
         </table:table-header-rows><table:table-row><table:covered-table-cell>{}</table:covered-table-cell>{}\
         </table:table-row><table:table-row><table:table-cell table:number-columns-spanned='2'>{}\
         </table:table-cell><table:covered-table-cell/>{}</table:table-row></table:table>",
        cell(&p("局")),
        cell(&(p("张") + &p("三"))),
        p("残"),
        cell(&p("李四")),
        p("宽"),
        cell(&p("窄")),
    );
    check(&text, "局\t张 三|\t李四|宽\t窄");
}

#[test]
fn notes_and_boxes_do_not_interrupt() {
    let note = |class: &str, text: &str| {
        format!(
            "<text:note text:note-class='{class}'><text:note-citation>1</text:note-citation>\
             <text:note-body>{}</text:note-body></text:note>",
            p(text)
        )
    };
    let text = format!(
        "<text:p>路{}{}桥<draw:frame><svg:title>图名</svg:title><draw:text-box>{}</draw:text-box></draw:frame>\
         边</text:p>{}",
        note("endnote", "尾"),
        note("footnote", "脚"),
        p("框"),
        p("完"),
    );
    check(&text, "路桥边|框|完|脚|尾");
}

#[test]
fn what_no_reader_sees_is_left_out() {
    let styles = "<style:style style:family='text' style:name='H'>\
         <style:text-properties text:display='none'/></style:style>";
    let text = format!(
        "<text:tracked-changes><text:deletion>{}</text:deletion></text:tracked-changes>\
         <text:sequence-decls>{}</text:sequence-decls>\
         <text:p>见<text:span text:style-name='H'>隐<text:span>隐</text:span></text:span>\
         <office:annotation>{}</office:annotation><text:ruby><text:ruby-base>字</text:ruby-base>\
         <text:ruby-text>zì</text:ruby-text></text:ruby><text:span>显</text:span></text:p>\
         <text:p>隐<text:hidden-paragraph text:is-hidden='true'/>隐</text:p>\
         <text:section text:display='none'>{}</text:section>",
        p("删"),
        p("量"),
        p("批"),
        p("节"),
    );
    check_styled(styles, &text, "见字显");
}

#[test]
fn properties_are_read() {
    let meta = "<office:document-meta><office:meta><dc:title>纪要</dc:title><dc:creator>乙</dc:creator>\
         <meta:initial-creator>甲</meta:initial-creator><meta:creation-date>2023-07-18T09:00:00</meta:creation-date>\
         </office:meta></office:document-meta>";
    let bytes = package(&[("meta.xml", meta), ("content.xml", &content("", &p("文")))]);
    let expected = Properties {
        title: Some("纪要".to_owned()),
        author: Some("甲".to_owned()),
        created: Some("2023-07-18".to_owned()),
    };
    assert_eq!(
        extract(&bytes, &mut budget())
            .expect("is a document")
            .properties,
        expected
    );
}

#[test]
fn passwords_are_noticed() {
    let manifest = "<m:manifest><m:file-entry m:full-path='content.xml'><m:encryption-data/></m:file-entry>\
                    </m:manifest>";
    let bytes = package(&[
        ("META-INF/manifest.xml", manifest),
        ("content.xml", "\u{1}\u{2}"),
    ]);
    assert_eq!(extract(&bytes, &mut budget()), Err(Error::Encrypted));
}

#[test]
fn other_files_are_refused() {
    let sheet = "<d><office:body><office:spreadsheet><text:p>1</text:p></office:spreadsheet></office:body></d>";
    for bytes in [
        b"no zip".to_vec(),
        package(&[("a.txt", "a")]),
        package(&[("content.xml", sheet)]),
        package(&[("content.xml", "<d><office:body><office:text>")]),
    ] {
        let error = extract(&bytes, &mut budget()).expect_err("is refused");
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
    for (text, detail) in [
        (p(" "), "the document is empty"),
        (
            p("<draw:frame><draw:image/></draw:frame>"),
            "only pictures: 1",
        ),
    ] {
        let error = with_styles("", &text).expect_err("is refused").to_string();
        assert_eq!(error, format!("no text in it: {detail}"));
    }
    assert!(matches!(
        extract(b"", &mut budget()),
        Err(Error::NoText { .. })
    ));
}

#[test]
fn damaged_documents_never_panic() {
    let text = format!(
        "<text:list text:style-name='L' xml:id='a'><text:list-item><text:h>甲<text:span>乙</text:span></text:h>\
         </text:list-item></text:list><table:table-row><table:table-cell table:number-columns-spanned='9'>{}\
         </table:table-cell></table:table-row><text:note>{}</text:note>",
        p("丙&lt;"),
        p("丁"),
    );
    let text = content(LISTS, &text);
    let bytes = package(&[("content.xml", &text)]);
    assert!(extract(&bytes, &mut budget()).is_ok());
    for n in 0..bytes.len() {
        let _ = extract(&bytes[..n], &mut budget());
        let mut flipped = bytes.clone();
        flipped[n] ^= 1 << (n % 8);
        let _ = extract(&flipped, &mut budget());
    }
    // Damage that the checksums of the zip file do not find.
    for (n, _) in text.char_indices() {
        for changed in [
            text[..n].to_owned(),
            text[n..].to_owned(),
            format!("{}9{}", &text[..n], text[n..].get(1..).unwrap_or("")),
            format!("{}<text:list-item>{}", &text[..n], &text[n..]),
        ] {
            let _ = extract(&package(&[("content.xml", &changed)]), &mut budget());
        }
    }
}
