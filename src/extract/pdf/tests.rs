//! Tests over whole documents made here.

use std::io::Write;
use std::time::{Duration, Instant};

use encoding_rs::GBK;
use hayro_cmap::{CMap, CMapName, load_embedded};

use super::super::{Budget, Error, Extracted, Properties};
use super::{extract, read};

const PLENTY: u64 = 1 << 26;
/// One em wide in Chinese, half an em in ASCII.
const GBK_FONT: &str = "<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding /GBK-EUC-H \
    /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Made \
    /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> \
    /DW 1000 /W [814 939 500] >>] >>";
/// A line from the left margin to the right one: 30 characters of 10 points.
const FULL: &str = "甲乙丙丁戊己庚辛壬癸甲乙丙丁戊己庚辛壬癸甲乙丙丁戊己庚辛壬癸";

#[derive(Default)]
struct Made {
    objects: Vec<Vec<u8>>,
    trailer: String,
}

impl Made {
    fn add(&mut self, object: impl Into<Vec<u8>>) -> usize {
        self.objects.push(object.into());
        self.objects.len()
    }

    fn stream(&mut self, entries: &str, bytes: &[u8]) -> usize {
        let mut object = format!("<< {entries} /Length {} >> stream\n", bytes.len()).into_bytes();
        object.extend(bytes);
        object.extend(b"\nendstream");
        self.add(object)
    }

    fn finish(&self, root: usize) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        for (number, object) in self.objects.iter().enumerate() {
            offsets.push(file.len());
            writeln!(file, "{} 0 obj", number + 1).unwrap();
            file.extend(object);
            file.extend(b"\nendobj\n");
        }
        let start = file.len();
        let n = offsets.len() + 1;
        writeln!(file, "xref\n0 {n}\n0000000000 65535 f ").unwrap();
        for offset in offsets {
            writeln!(file, "{offset:010} 00000 n ").unwrap();
        }
        let trailer = &self.trailer;
        write!(
            file,
            "trailer << /Size {n} /Root {root} 0 R {trailer} >>\nstartxref\n{start}\n%%EOF"
        )
        .unwrap();
        file
    }
}

/// Pages of 400 by 600 points with the fonts F1 and F2 and the form X1.
fn pdf_with(contents: &[String], fonts: [&str; 2], form: &str, page_entries: &str) -> Vec<u8> {
    let mut made = Made::default();
    let root = made.add("<< /Type /Catalog /Pages 2 0 R >>");
    let kids: Vec<String> = (0..contents.len())
        .map(|page| format!("{} 0 R", 6 + 2 * page))
        .collect();
    let (kids, count) = (kids.join(" "), contents.len());
    made.add(format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"));
    made.add(fonts[0]);
    made.add(fonts[1]);
    made.stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 400 600] /Resources << /Font << /F1 3 0 R >> \
         /XObject << /X1 5 0 R >> >>",
        form.as_bytes(),
    );
    for (page, content) in contents.iter().enumerate() {
        let stream = 7 + 2 * page;
        made.add(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Contents {stream} 0 R {page_entries} \
             /Resources << /Font << /F1 3 0 R /F2 4 0 R >> /XObject << /X1 5 0 R >> >> >>"
        ));
        made.stream("", content.as_bytes());
    }
    made.finish(root)
}

fn pdf(contents: &[String]) -> Vec<u8> {
    pdf_with(contents, [GBK_FONT, GBK_FONT], "", "")
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn gbk(text: &str) -> String {
    hex(&GBK.encode(text).0)
}

fn line(x: f32, y: f32, size: f32, text: &str) -> String {
    format!("BT /F1 {size} Tf {x} {y} Td <{}> Tj ET\n", gbk(text))
}

/// Lines of 10 points from the top, each with its indentation in characters.
fn page(lines: &[(f32, &str)]) -> String {
    let placed = lines.iter().enumerate();
    placed
        .map(|(place, (indent, text))| {
            line(
                50.0 + 10.0 * indent,
                500.0 - 16.0 * place as f32,
                10.0,
                text,
            )
        })
        .collect()
}

fn budget(limit: u64) -> Budget {
    Budget::new(limit, Instant::now() + Duration::from_mins(1))
}

fn extracted(bytes: &[u8]) -> Extracted {
    read(bytes, &mut budget(PLENTY)).unwrap()
}

fn texts(bytes: &[u8]) -> Vec<String> {
    extracted(bytes)
        .blocks
        .into_iter()
        .map(|block| block.text)
        .collect()
}

fn one_page(content: &str) -> Vec<String> {
    texts(&pdf(&[content.to_owned()]))
}

fn in_font(font: &str, shown: &str) -> Vec<String> {
    let content = format!("BT /F1 10 Tf 50 300 Td {shown} Tj ET");
    texts(&pdf_with(&[content], [font, GBK_FONT], "", ""))
}

#[test]
fn lines_become_paragraphs() {
    let second = format!("{FULL}。");
    let content = page(&[
        (2.0, &FULL[..84]),
        (0.0, FULL),
        (0.0, "短行。"),
        (2.0, &second[..84]),
        (0.0, "末行"),
    ]);
    let first = format!("{}{FULL}短行。", &FULL[..84]);
    assert_eq!(one_page(&content), [first, format!("{}末行", &FULL[..84])]);
}

#[test]
fn a_wider_gap_and_another_size_end_a_paragraph() {
    let mut content = page(&[(0.0, FULL), (0.0, FULL)]);
    content += &line(50.0, 440.0, 10.0, "隔开的一行");
    content += &line(50.0, 424.0, 8.0, "小字");
    let both = format!("{FULL}{FULL}");
    assert_eq!(one_page(&content), [both.as_str(), "隔开的一行", "小字"]);
}

#[test]
fn words_keep_a_space_and_hyphens_go() {
    let latin = "the quick brown fox jumps over the lazy dog and goes to-";
    let more = "day over hill and dale through the green green woods abc";
    let content = page(&[
        (0.0, latin),
        (0.0, more),
        (0.0, "home"),
        (0.0, FULL),
        (0.0, FULL),
    ]);
    let found = one_page(&content);
    assert!(
        found[0].starts_with(&format!("{}{more} home", latin.trim_end_matches('-'))),
        "{found:?}"
    );
}

#[test]
fn paragraphs_go_on_over_pages_without_headers_and_numbers() {
    let pages: Vec<String> = (1..=3)
        .map(|number| {
            let mut content = line(160.0, 570.0, 9.0, "年度汇编");
            content += &page(&[(0.0, FULL), (0.0, FULL)]);
            content + &line(180.0, 30.0, 9.0, &format!("— {number} —"))
        })
        .collect();
    assert_eq!(texts(&pdf(&pages)), [FULL.repeat(6)]);
}

#[test]
fn wide_gaps_part_the_cells_of_a_row() {
    let mut content = String::new();
    for (place, cells) in [["序号", "名称", "数量"], ["1", "铅笔", "20"]]
        .iter()
        .enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            content += &line(
                50.0 + 100.0 * column as f32,
                500.0 - 20.0 * place as f32,
                10.0,
                cell,
            );
        }
    }
    assert_eq!(one_page(&content), ["序号\t名称\t数量", "1\t铅笔\t20"]);
}

#[test]
fn lines_of_a_cell_stay_together() {
    let mut content = line(50.0, 492.0, 10.0, "1");
    content += &line(100.0, 500.0, 10.0, "单元格的文字有");
    content += &line(100.0, 484.0, 10.0, "两行");
    content += &line(250.0, 500.0, 10.0, "右边一格也");
    content += &line(250.0, 484.0, 10.0, "有两行");
    assert_eq!(
        one_page(&content),
        ["1\t单元格的文字有两行\t右边一格也有两行"]
    );
}

#[test]
fn two_columns_are_read_one_after_the_other() {
    let column = |x: f32, text: &str| -> String {
        (0..8)
            .map(|row| line(x, 500.0 - 16.0 * row as f32, 10.0, text))
            .collect()
    };
    let (left, right) = ("左栏文字左栏文字左栏文字左", "右栏文字右栏文字右栏文字右");
    // Painted line by line across both columns.
    let content: String = (0..8)
        .map(|row| {
            let y = 500.0 - 16.0 * row as f32;
            line(50.0, y, 10.0, left) + &line(220.0, y, 10.0, right)
        })
        .collect();
    let painted_apart = column(50.0, left) + &column(220.0, right);
    assert_eq!(
        one_page(&painted_apart),
        [left.repeat(8) + &right.repeat(8)]
    );
    let found = one_page(&content).concat();
    assert_eq!(found.matches(left).count(), 8);
}

#[test]
fn text_painted_twice_counts_once() {
    let content = line(50.0, 500.0, 10.0, "加粗标题") + &line(50.4, 500.0, 10.0, "加粗标题");
    assert_eq!(one_page(&content), ["加粗标题"]);
}

#[test]
fn text_painted_font_by_font_is_put_together() {
    let content = line(50.0, 500.0, 10.0, "共有")
        + &line(82.0, 500.0, 10.0, "人")
        + &line(71.0, 500.0, 10.0, "35");
    assert_eq!(one_page(&content), ["共有35人"]);
}

#[test]
fn digits_on_the_grid_are_one_number() {
    let digits = "2024".chars().zip(0_u8..);
    let content: String = digits
        .map(|(digit, place)| {
            line(
                50.0 + 9.5 * f32::from(place),
                500.0,
                10.0,
                &digit.to_string(),
            )
        })
        .collect();
    assert_eq!(one_page(&content), ["2024"]);
}

#[test]
fn operators_move_the_pen() {
    let content = format!(
        "BT /F1 10 Tf 14 TL 1 0 0 1 50 500 Tm <{}> Tj T* <{}> Tj <{}> ' 0 0 <{}> \" 0 -14 TD [<{}> -2000 <{}>] TJ ET",
        gbk(FULL),
        gbk(FULL),
        gbk(FULL),
        gbk(FULL),
        gbk("甲"),
        gbk("乙")
    );
    assert_eq!(one_page(&content), [format!("{}甲\t乙", FULL.repeat(4))]);
}

#[test]
fn invisible_text_counts_and_scaled_text_is_in_place() {
    let content = format!(
        "q 2 0 0 2 0 0 cm BT 3 Tr /F1 5 Tf 25 250 Td 90 Tz <{}> Tj ET Q",
        gbk("识别的文字")
    );
    assert_eq!(one_page(&content), ["识别的文字"]);
}

#[test]
fn actual_text_stands_for_its_glyphs() {
    let content = format!(
        "BT /F1 10 Tf 50 500 Td <{}> Tj /Span << /ActualText <feff66ff> >> BDC <{}> Tj EMC <{}> Tj ET",
        gbk("前"),
        gbk("乱码"),
        gbk("后")
    );
    assert_eq!(one_page(&content), ["前替后"]);
}

#[test]
fn forms_are_followed_but_not_for_ever() {
    let form = format!("{} /X1 Do", line(50.0, 300.0, 10.0, "表单里的字"));
    let content = format!("{} /X1 Do", line(50.0, 500.0, 10.0, "正文"));
    let bytes = pdf_with(&[content], [GBK_FONT, GBK_FONT], &form, "");
    assert_eq!(texts(&bytes), ["正文", "表单里的字"]);
}

#[test]
fn a_turned_page_reads_upright() {
    let turned =
        |x: f32, text: &str| format!("BT /F1 10 Tf 0 1 -1 0 {x} 100 Tm <{}> Tj ET\n", gbk(text));
    let content = turned(100.0, FULL) + &turned(116.0, "横放的页");
    for entries in ["/Rotate 90", ""] {
        let bytes = pdf_with(
            std::slice::from_ref(&content),
            [GBK_FONT, GBK_FONT],
            "",
            entries,
        );
        assert_eq!(texts(&bytes), [format!("{FULL}横放的页")], "{entries}");
    }
}

#[test]
fn vertical_writing_goes_down_and_to_the_left() {
    let font = GBK_FONT.replace("GBK-EUC-H", "GBK-EUC-V");
    let column = |x: f32, text: &str| format!("BT /F1 10 Tf {x} 500 Td <{}> Tj ET\n", gbk(text));
    let content = column(300.0, FULL) + &column(284.0, "竖排文字");
    let bytes = pdf_with(&[content], [&font, GBK_FONT], "", "");
    assert_eq!(texts(&bytes), [format!("{FULL}竖排文字")]);
}

#[test]
fn predefined_cmaps() {
    let check = |name: &str, ordering: &str, bytes: &[u8], text: &str| {
        let font = GBK_FONT.replace("GBK-EUC-H", name).replace("GB1", ordering);
        assert_eq!(
            in_font(&font, &format!("<{}>", hex(bytes))),
            [text],
            "{name}"
        );
    };
    check("GB-EUC-H", "GB1", b"\xd6\xd0\xce\xc4", "中文");
    check("GBKp-EUC-H", "GB1", b"\xd6\xd0A\xce\xc4", "中A文");
    check("UniGB-UCS2-H", "GB1", b"\x4e\x2d\x65\x87", "中文");
    check("UniGB-UTF16-H", "GB1", b"\x4e\x2d\x65\x87", "中文");
    check("UniCNS-UCS2-H", "CNS1", b"\x4e\x2d\x65\x87", "中文");
    check("ETen-B5-H", "CNS1", b"\xa4\xa4\xa4\xe5", "中文");
}

#[test]
fn character_identifiers_without_to_unicode() {
    let cmap = CMap::parse(load_embedded(CMapName::UniGbUcs2H).unwrap(), load_embedded).unwrap();
    let cid = cmap.lookup_cid_code(0x4e2d, 2).unwrap();
    let font = GBK_FONT.replace("GBK-EUC-H", "Identity-H");
    assert_eq!(in_font(&font, &format!("<{cid:04x}>")), ["中"]);
}

/// A font with identity codes and the given `ToUnicode` entries as object 4.
fn with_to_unicode(entries: &str, shown: &str) -> Result<Extracted, Error> {
    let cmap = format!(
        "/CIDInit /ProcSet findresource begin begincmap\n1 begincodespacerange <0000> <ffff> \
         endcodespacerange\n{entries}\nendcmap"
    );
    let mut made = Made::default();
    let root = made.add("<< /Type /Catalog /Pages 2 0 R >>");
    made.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    made.add(
        "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 << /Type /Font \
         /Subtype /Type0 /Encoding /Identity-H /ToUnicode 4 0 R /DescendantFonts \
         [<< /Subtype /CIDFontType2 >>] >> >> >> >>",
    );
    made.stream("", cmap.as_bytes());
    made.stream(
        "",
        format!("BT /F1 10 Tf 50 500 Td <{shown}> Tj ET").as_bytes(),
    );
    read(&made.finish(root), &mut budget(PLENTY))
}

#[test]
fn to_unicode_maps() {
    let entries = "2 beginbfchar <0001> <4e2d> <0002> <d83dde00> endbfchar\n\
                   2 beginbfrange <0010> <0012> <4e00> <0020> <0021> [<6587> <00660069>] endbfrange";
    let found = with_to_unicode(entries, "0001000200110020002100ff").unwrap();
    assert_eq!(found.blocks[0].text, "中😀丁文fi\u{fffd}");
}

#[test]
fn mostly_unknown_characters_are_no_text() {
    let error =
        with_to_unicode("1 beginbfchar <0001> <4e2d> endbfchar", "000100020003").unwrap_err();
    let detail = "2 of 3 characters cannot be mapped to unicode".into();
    assert_eq!(error, Error::NoText { detail });
}

#[test]
fn simple_fonts() {
    let font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /BaseEncoding \
                /WinAnsiEncoding /Differences [1 /uni4E2D /eacute 65 /B] >> >>";
    assert_eq!(in_font(font, "<0102414293>"), ["中e\u{301}BB“"]);
}

#[test]
fn a_chinese_font_without_a_file_is_gbk() {
    let font =
        "<< /Type /Font /Subtype /TrueType /BaseFont /SimSun,Bold /Encoding /WinAnsiEncoding >>";
    assert_eq!(in_font(font, &format!("<{}>", gbk("第1条"))), ["第1条"]);
}

#[test]
fn the_title_is_what_is_largest_at_the_beginning() {
    let mut content = line(110.0, 570.0, 18.0, "关于试行新办法的");
    content += &line(164.0, 545.0, 18.0, "通知");
    content += &page(&[(2.0, "正文一行。"), (0.0, FULL), (0.0, FULL)]);
    let blocks = extracted(&pdf(&[content])).blocks;
    assert_eq!(
        (blocks[0].text.as_str(), blocks[0].level),
        ("关于试行新办法的通知", Some(0))
    );
    assert!(blocks[1..].iter().all(|block| block.level.is_none()));
}

#[test]
fn bookmarks_give_the_levels_and_the_dictionary_the_properties() {
    let mut made = Made {
        trailer: "/Info 8 0 R".into(),
        ..Made::default()
    };
    let root = made.add("<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>");
    made.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    made.add(
        "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
    );
    made.add(GBK_FONT);
    let content = page(&[(0.0, "一、概况"), (0.0, "（一）经过"), (2.0, FULL)]);
    made.stream("", content.as_bytes());
    made.add("<< /First 7 0 R >>");
    made.add("<< /Title <feff4e0030016982 51b5> /First 9 0 R /Next 7 0 R >>");
    made.add(format!(
        "<< /Title <{}> /Author (Li) /CreationDate (D:20240305101112+08'00') >>",
        gbk("汇编")
    ));
    made.add("<< /Title <feffff084e00ff097ecf8fc7> >>");
    let found = extracted(&made.finish(root));
    let levels: Vec<_> = found.blocks.iter().map(|block| block.level).collect();
    assert_eq!(levels, [Some(1), Some(2), None]);
    let properties = Properties {
        title: Some("汇编".into()),
        author: Some("Li".into()),
        created: Some("2024-03-05".into()),
    };
    assert_eq!(found.properties, properties);
}

#[test]
fn pages_without_text() {
    let check = |content: &str, expect: &str| {
        let bytes = pdf(&[content.to_owned(), content.to_owned()]);
        let error = extract(&bytes, &mut budget(PLENTY)).unwrap_err();
        assert_eq!(
            error,
            Error::NoText {
                detail: expect.into()
            }
        );
    };
    check(
        "BI /W 1 /H 1 /BPC 8 /CS /G ID x EI",
        "pages are pictures only, 2 pages",
    );
    check("0 0 m", "pages are empty, 2 pages");
    check(
        &line(190.0, 20.0, 9.0, "— 7 —"),
        "nothing but page numbers on 2 pages",
    );
}

#[test]
fn what_is_no_pdf_and_what_is_locked() {
    let error = extract(b"no such thing", &mut budget(PLENTY)).unwrap_err();
    assert_eq!(error, Error::broken("pdf: no pages found"));
    let mut made = Made::default();
    let root = made.add("<< /Type /Catalog /Pages 2 0 R >>");
    made.add("<< /Type /Pages /Kids [] /Count 0 >>");
    let key = "ab".repeat(32);
    made.trailer = format!(
        "/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -1 /O <{key}> /U <{key}> >>"
    );
    let error = extract(&made.finish(root), &mut budget(PLENTY)).unwrap_err();
    assert_eq!(error, Error::Encrypted);
}

#[test]
fn limits_of_bytes_and_time() {
    let mut made = Made::default();
    let root = made.add("<< /Type /Catalog /Pages 2 0 R >>");
    made.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    made.add("<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>");
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&vec![b' '; 4_000_000]).unwrap();
    made.stream("/Filter /FlateDecode", &encoder.finish().unwrap());
    let bytes = made.finish(root);
    let error = extract(&bytes, &mut budget(1_000_000)).unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 1_000_000 });
    let mut late = Budget::new(
        PLENTY,
        Instant::now().checked_sub(Duration::from_secs(1)).unwrap(),
    );
    assert_eq!(extract(&bytes, &mut late).unwrap_err(), Error::Timeout);
}

#[test]
fn loops_in_the_page_tree_end() {
    let mut made = Made::default();
    let root = made.add("<< /Type /Catalog /Pages 2 0 R >>");
    made.add("<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>");
    made.add("<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>");
    let error = extract(&made.finish(root), &mut budget(PLENTY)).unwrap_err();
    assert_eq!(
        error,
        Error::NoText {
            detail: "no pages".into()
        }
    );
}

#[test]
fn damaged_documents_never_panic() {
    let content = page(&[(2.0, "首行"), (0.0, FULL), (0.0, FULL)]) + "/X1 Do";
    let form = line(50.0, 50.0, 10.0, "表单");
    let whole = pdf_with(&[content], [GBK_FONT, GBK_FONT], &form, "/Rotate 90");
    for length in (0..whole.len()).step_by(17) {
        let _ = read(&whole[..length], &mut budget(PLENTY));
    }
    for place in (0..whole.len()).step_by(5) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        let _ = read(&flipped, &mut budget(PLENTY));
    }
}

#[test]
fn a_numbered_heading_ends_a_full_line() {
    let full = format!("{}。", &FULL[3..]);
    let content = page(&[
        (0.0, &full),
        (0.0, "二、下一部分"),
        (0.0, &full),
        (0.0, "35.仍是原文"),
    ]);
    let last = format!("{full}35.仍是原文");
    assert_eq!(
        one_page(&content),
        [full.as_str(), "二、下一部分", last.as_str()]
    );
}
