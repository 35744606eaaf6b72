//! Files of every format dropped into an archive: found by what stands in their middle, with title,
//! outline and origin; and what cannot be read, each with its code.

use std::collections::BTreeMap;
use std::path::PathBuf;

use encoding_rs::GB18030;
use yicha::document::{DocumentId, Format};
use yicha::extract::{self, Extractor};
use yicha::search::{FullDocument, Searcher};

use crate::archive::{Archive, ask, paths, request};
use crate::files::{
    container, doc, docx, docx_of, ods, odt, ofd, pdf, pdf_of, pdf_stream, rtf, xlsx, zip,
    zip_with_gbk_name,
};

/// A notice with a title, an outline, and a day.
const NOTICE: [&str; 8] = [
    "关于修好青石县水渠的通知",
    "各乡镇人民政府：",
    "一、水要引到田头",
    "渠水过了第三道石桥就分成两股，一股向东，一股向南。沿渠的十二个村都要派人看水。",
    "二、人要住到渠上",
    "每个水口住两个人，夜里也要点灯。",
    "青石县水利局",
    "2021年3月9日",
];
/// From its middle, across a comma.
const MIDDLE: &str = "“第三道石桥就分成两股一股向东”";

fn lines(separator: &str) -> String {
    NOTICE.join(separator)
}

fn html() -> String {
    let [title, to, first, text, second, more, who, when] = NOTICE;
    format!(
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title><script>alert('桥')</script></head>\
         <body><h1>{title}</h1><p>{to}</p><h2>{first}</h2><p>{text}</p><h2>{second}</h2><p>{more}</p>\
         <p>{who}</p><p>{when}</p></body></html>"
    )
}

fn markdown() -> String {
    let [title, to, first, text, second, more, who, when] = NOTICE;
    format!(
        "# {title}\n\n{to}\n\n## {first}\n\n{text}\n\n## {second}\n\n{more}\n\n{who}\n\n{when}\n"
    )
}

fn mail() -> String {
    format!(
        "From: a@example.com\r\nTo: b@example.com\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
        NOTICE[0],
        NOTICE[1..].join("\r\n\r\n")
    )
}

fn web_archive() -> String {
    format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"; type=\"text/html\"\r\n\r\n\
         --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n--b--\r\n",
        html()
    )
}

/// The notice in every format, and how each is named in answers.
pub(crate) fn notices() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    vec![
        ("甲.txt", "txt", lines("\n").into_bytes()),
        ("甲.md", "md", markdown().into_bytes()),
        ("甲.docx", "docx", docx(&NOTICE)),
        ("甲.doc", "doc", doc(&NOTICE)),
        ("老.wps", "wps", doc(&NOTICE)),
        ("新.wps", "wps", docx(&NOTICE)),
        ("甲.pdf", "pdf", pdf(&NOTICE)),
        ("甲.ofd", "ofd", ofd(&NOTICE)),
        ("甲.html", "html", html().into_bytes()),
        ("甲.htm", "html", html().into_bytes()),
        ("甲.mht", "mht", web_archive().into_bytes()),
        ("甲.rtf", "rtf", rtf(&NOTICE)),
        ("甲.odt", "odt", odt(&NOTICE)),
        ("甲.ods", "ods", ods(&NOTICE)),
        ("甲.xlsx", "xlsx", xlsx(&NOTICE)),
        ("甲.eml", "eml", mail().into_bytes()),
        // What is inside counts more than the name.
        ("网页.doc", "doc", html().into_bytes()),
        ("富文本.doc", "doc", rtf(&NOTICE)),
        ("新的.doc", "doc", docx(&NOTICE)),
        ("网页.xls", "xls", html().into_bytes()),
    ]
}

fn document(archive: &Archive, path: &str) -> FullDocument {
    let found = archive.reader.document(DocumentId::of_path(path), None);
    found.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of the outline, with their levels.
fn outline(document: &FullDocument) -> Vec<(u8, String)> {
    let paragraphs: Vec<&str> = document.text.split('\n').collect();
    let heading = |heading: &yicha::document::Heading| {
        let chars = paragraphs[heading.paragraph - 1].chars();
        let text = chars
            .skip(heading.start)
            .take(heading.end - heading.start)
            .collect();
        (heading.level, text)
    };
    document.headings.iter().map(heading).collect()
}

#[test]
fn every_format_is_found_by_its_middle() {
    let notices = notices();
    let files: Vec<(&str, &[u8])> = notices
        .iter()
        .map(|(path, _, bytes)| (*path, bytes.as_slice()))
        .collect();
    let archive = Archive::of(&files);
    assert_eq!(archive.summary.failed, []);
    let mut found = paths(&ask(&*archive.reader, &request(MIDDLE)));
    found.sort_unstable();
    let mut expected: Vec<&str> = notices.iter().map(|(path, ..)| *path).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
    for (path, format, _) in &notices {
        let document = document(&archive, path);
        assert_eq!(document.summary.title, NOTICE[0], "{path}");
        assert_eq!(document.summary.format, *format, "{path}");
        assert!(document.text.contains(NOTICE[3]), "{path}");
        assert!(!document.text.contains("alert"), "{path}");
        let headings = outline(&document);
        let expected = [(1, NOTICE[2].to_owned()), (1, NOTICE[4].to_owned())];
        assert_eq!(headings, expected, "{path}");
        let summary = &document.summary;
        assert_eq!(summary.kind.as_deref(), Some("通知"), "{path}");
        let date = summary.date.map(|date| date.to_string());
        assert_eq!(date.as_deref(), Some("2021-03-09"), "{path}");
        assert_eq!(summary.year, Some(2021), "{path}");
        assert_eq!(summary.region.as_deref(), Some("青石县"), "{path}");
    }
}

#[test]
fn what_is_no_text_of_a_word_file_stays_out() {
    let body = "<w:p><w:pPr><w:pStyle w:val='a'/></w:pPr><w:r><w:t>水渠</w:t></w:r>\
        <w:del><w:r><w:delText>删去的话</w:delText></w:r></w:del><w:ins><w:r><w:t>今年通水</w:t></w:r></w:ins>\
        <w:r><w:instrText>PAGE \\* MERGEFORMAT</w:instrText></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>村名</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>里程</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
        <w:p><w:r><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>方框里的话</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r></w:p>";
    let archive = Archive::of(&[("甲.docx", docx_of(body))]);
    let text = document(&archive, "甲.docx").text;
    assert!(text.contains("水渠今年通水"), "{text}");
    assert!(text.contains("村名\t里程"), "{text}");
    assert!(text.contains("方框里的话"), "{text}");
    assert!(!text.contains("删去") && !text.contains("PAGE"), "{text}");
}

/// What is wrong with files, by path: the codes.
fn codes(archive: &Archive) -> BTreeMap<String, String> {
    let failed = archive.summary.failed.iter();
    failed
        .map(|file| (file.path.clone(), file.code.clone()))
        .collect()
}

/// Pages that have themselves below them.
fn pdf_with_a_loop() -> Vec<u8> {
    pdf_of(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 /Parent 3 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>".to_owned(),
    ])
}

/// A picture of a page that is painted inside of itself, again and again.
fn pdf_with_a_form_in_itself() -> Vec<u8> {
    pdf_of(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources 5 0 R >>"
            .to_owned(),
        pdf_stream("", &"/F Do ".repeat(100)),
        "<< /XObject << /F 6 0 R >> >>".to_owned(),
        pdf_stream(
            "/Type /XObject /Subtype /Form /Resources 5 0 R",
            &"/F Do ".repeat(100),
        ),
    ])
}

/// A cell that says it stands in all rows and columns.
fn ods_bomb() -> Vec<u8> {
    let content = "<d><spreadsheet><table><table-row number-rows-repeated='1048576'>\
        <table-cell number-columns-repeated='16384'><p>水渠</p></table-cell></table-row></table>\
        </spreadsheet></d>";
    zip(&[("content.xml", content)])
}

/// A zip file that needs a password, as far as its flags say.
fn locked_zip() -> Vec<u8> {
    let mut bytes = zip(&[("甲.txt", "水渠")]);
    for at in 0..bytes.len() - 8 {
        match bytes[at..].get(..4) {
            Some(b"PK\x03\x04") => bytes[at + 6] |= 1,
            Some(b"PK\x01\x02") => bytes[at + 8] |= 1,
            _ => {}
        }
    }
    bytes
}

fn pdf_of_a_picture() -> Vec<u8> {
    pdf_of(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R \
         /Resources << /XObject << /I 5 0 R >> >> >>"
            .to_owned(),
        pdf_stream("", "600 0 0 800 0 0 cm /I Do"),
        pdf_stream(
            "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray \
             /BitsPerComponent 8",
            "x",
        ),
    ])
}

/// A Word file whose text is nothing but blanks, and unpacks to much.
fn bomb(megabytes: usize) -> Vec<u8> {
    docx_of(&" ".repeat(megabytes << 20))
}

#[test]
fn each_failure_has_its_code_and_the_run_goes_on() {
    let broken = zip(&[(
        "word/document.xml",
        "<w:document><w:body><w:p><w:r><w:t>水渠</w:r></w:body>",
    )]);
    let truncated = {
        let mut bytes = docx(&NOTICE);
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    let encrypted = container(&[("EncryptionInfo", b"x"), ("EncryptedPackage", b"x")]);
    let files: Vec<(&str, Vec<u8>, Option<&str>)> = vec![
        ("好.docx", docx(&NOTICE), None),
        ("炸弹.docx", bomb(3), Some("too_large")),
        (
            "大.txt",
            "水渠。".repeat(200_000).into_bytes(),
            Some("too_large"),
        ),
        ("绕.pdf", pdf_with_a_loop(), Some("no_text")),
        ("图.pdf", pdf_of_a_picture(), Some("no_text")),
        ("坏.docx", broken, Some("broken")),
        ("断.docx", truncated, Some("broken")),
        ("锁.docx", encrypted.clone(), Some("encrypted")),
        ("锁.xls", encrypted, Some("encrypted")),
        ("空.txt", Vec::new(), Some("no_text")),
        ("空.docx", Vec::new(), Some("no_text")),
        ("空.pdf", Vec::new(), Some("no_text")),
        ("空白.txt", b" \n\t\n".to_vec(), Some("no_text")),
        ("无字.docx", docx(&[" ", "——"]), Some("no_text")),
        ("假.pdf", "这不是文件".into(), Some("broken")),
        ("假.docx", "这不是文件".into(), Some("broken")),
        ("假.ofd", zip(&[("a.txt", "水渠")]), Some("broken")),
        ("假.doc", container(&[("Contents", b"x")]), Some("broken")),
        ("假.zip", "这不是文件".into(), Some("broken")),
        ("炸弹.ods", ods_bomb(), Some("too_large")),
        ("绕形.pdf", pdf_with_a_form_in_itself(), Some("no_text")),
        (
            "乱.txt",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0".to_vec(),
            Some("broken"),
        ),
        ("图.jpg", b"\xFF\xD8\xFF".to_vec(), Some("unsupported")),
    ];
    let written: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, bytes, _)| (*path, bytes.as_slice()))
        .collect();
    let archive = Archive::adjusted(&written, |archive, _| {
        archive.corpus.max_file_size = 1 << 20;
        archive.extract.max_unpacked_mb = 2;
    });
    let expected: BTreeMap<String, String> = files
        .iter()
        .filter_map(|(path, _, code)| Some(((*path).to_owned(), (*code)?.to_owned())))
        .collect();
    assert_eq!(codes(&archive), expected);
    assert!(
        archive
            .summary
            .failed
            .iter()
            .all(|file| !file.detail.is_empty())
    );
    assert_eq!(paths(&ask(&*archive.reader, &request(MIDDLE))), ["好.docx"]);
    let stats = archive.reader.stats().expect("is open");
    assert_eq!(stats.failures["broken"], 8);
    assert_eq!(stats.failures["no_text"], 8);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_and_folders_that_are_shut_are_named() {
    use std::ffi::OsStr;
    use std::fs::{self, Permissions};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;

    let archive = Archive::of(&[("好.txt", lines("\n"))]);
    let named = GB18030.encode("讲话.txt").0;
    let odd = archive.corpus().join(OsStr::from_bytes(&named));
    fs::write(odd, "水渠").expect("can write");
    archive.write("关/甲.txt", "水渠");
    let shut = archive.corpus().join("关");
    fs::set_permissions(&shut, Permissions::from_mode(0o000)).expect("is ours");
    // To root nothing is shut.
    let is_shut = fs::read_dir(&shut).is_err();
    let failed = archive.rebuild().failed;
    fs::set_permissions(&shut, Permissions::from_mode(0o755)).expect("is ours");
    let codes: Vec<(&str, &str)> = failed
        .iter()
        .map(|file| (file.path.as_str(), file.code.as_str()))
        .collect();
    assert!(
        codes
            .iter()
            .any(|(path, code)| path.contains('\u{FFFD}') && *code == "unsupported")
    );
    assert_eq!(codes.contains(&("关", "unreadable")), is_shut, "{codes:?}");
    assert_eq!(codes.len(), 1 + usize::from(is_shut));
}

#[test]
fn a_zip_file_is_a_folder_of_documents() {
    let packed = zip(&[
        ("会议/讲话.docx", docx(&NOTICE)),
        ("会议/附件.pdf", pdf(&NOTICE)),
        ("会议/", Vec::new()),
        ("../../外面.txt", lines("\n").into_bytes()),
        ("__MACOSX/._讲话.docx", b"x".to_vec()),
        ("~$讲话.docx", b"x".to_vec()),
        ("坏.docx", b"PK\x03\x04".to_vec()),
        ("里面.zip", zip(&[("甲.txt", "水渠")])),
        ("图.png", b"\x89PNG".to_vec()),
        ("夹/同名.txt", "水渠".into()),
        ("./夹/同名.txt", "水渠".into()),
    ]);
    let gbk = zip_with_gbk_name("二〇二一年讲话.txt", lines("\n").as_bytes());
    let archive = Archive::of(&[
        ("档/甲.zip", packed),
        ("乙.ZIP", gbk),
        ("锁.zip", locked_zip()),
    ]);
    let mut found = paths(&ask(&*archive.reader, &request(MIDDLE)));
    found.sort_unstable();
    let expected = [
        "乙.ZIP/二〇二一年讲话.txt",
        "档/甲.zip/会议/讲话.docx",
        "档/甲.zip/会议/附件.pdf",
        "档/甲.zip/外面.txt",
    ];
    assert_eq!(found, expected);
    let expected = [
        ("档/甲.zip/图.png", "unsupported"),
        ("档/甲.zip/夹/同名.txt", "broken"),
        ("档/甲.zip/坏.docx", "broken"),
        ("档/甲.zip/里面.zip", "unsupported"),
        ("锁.zip/甲.txt", "encrypted"),
    ];
    let expected: BTreeMap<String, String> = expected
        .iter()
        .map(|(path, code)| ((*path).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(codes(&archive), expected);
    assert_eq!(archive.summary.formats["docx"], 1);
    let mut inside = request("");
    inside.filters.paths = vec!["档/甲.zip/会议".to_owned()];
    assert_eq!(ask(&*archive.reader, &inside).total.documents, 2);
}

#[test]
fn a_zip_bomb_costs_no_more_than_its_limit() {
    let blank = " ".repeat(700 << 10);
    let mut members: Vec<(String, String)> = (0..9)
        .map(|n| (format!("{n}.txt"), format!("水渠{n}\n{blank}")))
        .collect();
    members.push(("大.txt".to_owned(), blank.repeat(2)));
    members.rotate_right(1);
    let bomb = zip(&members);
    let nested = zip(&[("里.zip", bomb.as_slice()), ("甲.txt", "水渠".as_bytes())]);
    let archive = Archive::adjusted(
        &[
            ("炸弹.zip", bomb),
            ("套.zip", nested),
            ("好.txt", lines("\n").into_bytes()),
        ],
        |archive, _| {
            archive.corpus.max_file_size = 1 << 20;
            archive.extract.max_unpacked_mb = 2;
        },
    );
    let codes = codes(&archive);
    assert_eq!(codes["炸弹.zip/大.txt"], "too_large");
    // What is inside of a zip file in a zip file is not touched at all.
    assert_eq!(codes["套.zip/里.zip"], "unsupported");
    // Of the nine two fit into what is left, the next one says so, and the rest is not touched.
    assert_eq!(
        codes.values().filter(|code| *code == "too_large").count(),
        2
    );
    assert!(archive.summary.documents < 6, "{codes:?}");
    assert_eq!(paths(&ask(&*archive.reader, &request(MIDDLE))), ["好.txt"]);
}

#[test]
fn notes_beside_a_file_and_at_its_front_are_believed() {
    let archive = Archive::of(&[
        ("甲.docx", docx(&NOTICE)),
        (
            "甲.docx.meta.toml",
            b"title = \"\xe6\xb8\xa0\"\ndate = 2022-05-01\ntype = \"\xe8\xae\xb2\xe8\xaf\x9d\"\nspeaker = \"\xe9\x99\x88\xe4\xb8\x80\xe9\xb8\xa3\"\nregion = \"\"\n".to_vec(),
        ),
        ("乙.docx", docx(&NOTICE)),
        ("乙.docx.meta.toml", "标题乱写\n".into()),
        ("丙.txt", format!("---\ndate: 2020-01-02\n发言人: 陈一鸣\n---\n{}", lines("\n")).into_bytes()),
        ("丁.md", format!("+++\nmeeting = \"全县水利大会\"\n+++\n{}", markdown()).into_bytes()),
        ("戊.txt", format!("---\ndate: 2020-13-02\n---\n{}", lines("\n")).into_bytes()),
    ]);
    let summary = |path: &str| document(&archive, path).summary;
    let noted = document(&archive, "甲.docx");
    assert_eq!(noted.summary.title, "渠");
    assert_eq!(
        noted.summary.date.map(|date| date.to_string()).as_deref(),
        Some("2022-05-01")
    );
    assert_eq!(noted.summary.kind.as_deref(), Some("讲话"));
    assert_eq!(noted.summary.speaker.as_deref(), Some("陈一鸣"));
    assert_eq!(noted.summary.region, None);
    let from = noted.origin.speaker.map(|speaker| speaker.from);
    assert!(from.is_some_and(|from| from.contains("旁注")));
    assert_eq!(summary("乙.docx").kind.as_deref(), Some("通知"));
    assert_eq!(summary("丙.txt").speaker.as_deref(), Some("陈一鸣"));
    assert_eq!(summary("丙.txt").year, Some(2020));
    assert_eq!(summary("丁.md").meeting.as_deref(), Some("全县水利大会"));
    assert!(!document(&archive, "丁.md").text.contains("+++"));
    let expected = [("乙.docx.meta.toml", "broken"), ("戊.txt", "broken")];
    let expected: BTreeMap<String, String> = expected
        .iter()
        .map(|(path, code)| ((*path).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(codes(&archive), expected);
}

#[test]
fn local_habits_of_naming_are_followed() {
    let files = [
        (
            "2019/全县水利大会/陈一鸣-修渠的事.txt",
            "各位同志：\n今天只讲修渠。",
        ),
        ("别处/修渠.txt", "各位同志：\n今天只讲修渠。"),
    ];
    let archive = Archive::adjusted(&files, |archive, _| {
        archive.derive.patterns = vec!["{year}/{meeting}/{speaker}-{title}".to_owned()];
    });
    let summary = document(&archive, files[0].0).summary;
    assert_eq!(summary.title, "修渠的事");
    assert_eq!(summary.year, Some(2019));
    assert_eq!(summary.meeting.as_deref(), Some("全县水利大会"));
    assert_eq!(summary.speaker.as_deref(), Some("陈一鸣"));
    assert_eq!(document(&archive, files[1].0).summary.speaker, None);
}

fn extractor(program: &str, arguments: &[&str]) -> Extractor {
    let settings = extract::Settings {
        timeout_seconds: 0,
        ..extract::Settings::default()
    };
    let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
    Extractor::new(&settings, Some((PathBuf::from(program), arguments)))
}

#[test]
fn a_reader_that_does_not_start_is_told() {
    let mut extractor = extractor("/nowhere/at/all", &[]);
    let error = extractor.extract(Format::Docx, b"x");
    assert!(
        matches!(error, Err(extract::Error::Unsupported { .. })),
        "{error:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_dies_or_babbles_has_met_a_broken_file() {
    // More than a pipe holds, so that it is still being sent when the reader dies.
    let large = vec![b'x'; 1 << 20];
    for (script, bytes) in [
        ("exit 1", &large[..]),
        ("exit 1", b"x"),
        ("head -c 10 >/dev/null; kill -9 $$", &large),
        ("head -n 1 >/dev/null; echo babble", b"x"),
    ] {
        let mut extractor = extractor("sh", &["-c", script]);
        for _ in 0..2 {
            let error = extractor.extract(Format::Docx, bytes);
            assert!(
                matches!(error, Err(extract::Error::Broken { .. })),
                "{script}: {error:?}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_needs_too_much_memory_says_so() {
    let script = "head -n 1 >/dev/null; echo memory allocation of 7 bytes failed >&2; exit 134";
    let error = extractor("sh", &["-c", script]).extract(Format::Docx, b"x");
    assert_eq!(error, Err(extract::Error::TooLarge { limit: 1024 << 20 }));
}

#[cfg(unix)]
#[test]
fn a_reader_that_hangs_is_stopped() {
    let mut extractor = extractor("sh", &["-c", "exec sleep 600"]);
    let error = extractor.extract(Format::Docx, b"x");
    assert_eq!(error, Err(extract::Error::Timeout));
}
