use std::time::{Duration, Instant};

use encoding_rs::{BIG5, GB18030};

use super::*;

fn budget() -> Budget {
    Budget::new(1 << 26, Instant::now() + Duration::from_mins(1))
}

fn texts(extracted: &Extracted) -> Vec<&str> {
    extracted
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect()
}

fn check(message: impl AsRef<[u8]>, expected: &[&str]) {
    let extracted = extract(message.as_ref(), &mut budget()).expect("is a mail");
    assert_eq!(
        texts(&extracted),
        expected,
        "{}",
        String::from_utf8_lossy(message.as_ref())
    );
}

#[test]
fn a_mail_has_a_subject_and_lines() {
    let message = "From: 张三 <z@example.org>\r\nSubject: 会议通知\r\nDate: 2 Jan 2019 08:00:00 +0800\r\n\r\n各单位：\r\n\r\n  请参加\t会议。\r\n";
    let extracted = extract(message.as_bytes(), &mut budget()).expect("is a mail");
    assert_eq!(texts(&extracted), ["会议通知", "各单位：", "请参加 会议。"]);
    assert_eq!(
        extracted.blocks.first().and_then(|block| block.level),
        Some(0)
    );
    assert_eq!(
        extracted.properties,
        Properties {
            title: Some("会议通知".into()),
            author: Some("张三".into()),
            created: Some("2019-01-02".into())
        }
    );
}

#[test]
fn flowed_lines_are_joined() {
    let head = "Subject: s\nContent-Type: text/plain; format=flowed";
    check(
        format!("{head}\n\none \ntwo\nthree\n>> quoted \n>> too\n> less\n-- \nname"),
        &["s", "one two", "three", "quoted too", "less", "--", "name"],
    );
    check(format!("{head}\n\n抓好 \n落实"), &["s", "抓好落实"]);
    check(format!("{head}; delsp=yes\n\non \ne"), &["s", "one"]);
    check("Subject: s\n\none \ntwo", &["s", "one", "two"]);
}

fn alternative(plain: &str, rich: &str) -> String {
    format!(
        "Subject: s\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n{plain}\n--b\nContent-Type: text/html\n\n{rich}\n--b--\n"
    )
}

#[test]
fn plain_text_goes_before_html() {
    check(alternative("甲", "<p>甲"), &["s", "甲"]);
    check(alternative("", "<p>甲<nav>x</nav>"), &["s", "甲"]);
    check(
        alternative("请用网页查看", &format!("<p>{}", "长".repeat(20))),
        &["s", &"长".repeat(20)],
    );
    let long = "长".repeat(250);
    check(
        alternative(&long, &format!("<p>{long}<p>{long}<p>{long}")),
        &["s", &long],
    );
}

#[test]
fn attachments_are_not_read() {
    check(
        "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/related; boundary=c\n\n--c\nContent-Type: text/html\n\n<p>甲\n--c\nContent-Type: image/png\n\nx\n--c--\n\
         --b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.txt\n\n乙\n--b\nContent-Type: application/pdf\n\n丙\n--b--\n",
        &["s", "甲"],
    );
}

#[test]
fn messages_in_messages_are_read_to_a_depth() {
    let mut message = "Subject: 5\n\n底".to_owned();
    for i in (1..5).rev() {
        message = format!(
            "Subject: {i}\nContent-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n\n文{i}\n--b{i}\nContent-Type: message/rfc822\n\n{message}\n--b{i}--\n"
        );
    }
    check(&message, &["1", "文1", "2", "文2", "3", "文3", "4", "文4"]);
}

#[test]
fn charsets_of_the_body() {
    let head = |charset: &str| {
        format!("Subject: s\nContent-Type: text/plain; charset={charset}\n\n").into_bytes()
    };
    check(
        [head("gb2312"), GB18030.encode("会议〇〢").0.into_owned()].concat(),
        &["s", "会议〇〢"],
    );
    check(
        [head("big5"), BIG5.encode("會議").0.into_owned()].concat(),
        &["s", "會議"],
    );
    check(
        [head("utf-7"), b"+TxqLrg-".to_vec()].concat(),
        &["s", "会议"],
    );
    check(
        [head("gb18030"), GB18030.encode("㐂").0.into_owned()].concat(),
        &["s", "㐂"],
    );
}

#[test]
fn encrypted_mails_say_so() {
    for message in [
        "Subject: s\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n",
        "Subject: s\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx",
        "Subject: s\n\n-----BEGIN PGP MESSAGE-----\n\nx",
    ] {
        assert_eq!(
            extract(message.as_bytes(), &mut budget()),
            Err(Error::Encrypted),
            "{message}"
        );
    }
    check(
        "Subject: s\nContent-Type: multipart/signed; boundary=b\n\n--b\n\n甲\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n",
        &["s", "甲"],
    );
}

#[test]
fn what_is_no_mail_is_refused() {
    assert_eq!(
        extract(b"", &mut budget()),
        Err(Error::broken("no headers of a message"))
    );
    let error = Error::NoText {
        detail: "a mail without subject and text".into(),
    };
    assert_eq!(extract(b"X-Mailer: x\n\n", &mut budget()), Err(error));
}

fn archive(charset: &str, page: &[u8]) -> Vec<u8> {
    let mut bytes = format!("From: <saved>\nMIME-Version: 1.0\nContent-Type: multipart/related; type=\"text/html\"; boundary=\"--=_b\"\n\n\
        ----=_b\nContent-Type: text/html; charset=\"{charset}\"\nContent-Transfer-Encoding: quoted-printable\n\n").into_bytes();
    for byte in page {
        bytes.extend_from_slice(format!("={byte:02X}").as_bytes());
    }
    bytes.extend_from_slice(b"=\n\n----=_b\nContent-Type: image/gif\n\nx\n----=_b--\n");
    bytes
}

#[test]
fn web_archives_hold_a_page() {
    let page = "<title>某次会议_某网</title><h1>某次会议</h1><p>甲</p>";
    for (label, bytes) in [
        ("gb2312", GB18030.encode(page).0),
        ("utf-8", page.as_bytes().into()),
        ("", GB18030.encode(page).0),
    ] {
        let extracted =
            extract_web_archive(&archive(label, &bytes), &mut budget()).expect("is a page");
        assert_eq!(texts(&extracted), ["某次会议", "甲"]);
        assert_eq!(extracted.properties.title.as_deref(), Some("某次会议"));
    }
    let single = "Subject: s\nContent-Type: text/html\n\n<p>甲";
    let extracted = extract_web_archive(single.as_bytes(), &mut budget()).expect("is a page");
    assert_eq!(texts(&extracted), ["甲"]);
    assert_eq!(extracted.properties.title.as_deref(), Some("s"));
}

#[test]
fn frames_of_a_web_archive_are_read() {
    let bytes = b"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<frameset><frame src=x></frameset>\n--b\nContent-Type: text/html\n\n<p>one\n--b--\n";
    assert_eq!(
        texts(&extract_web_archive(bytes, &mut budget()).expect("is a page")),
        ["one"]
    );
    let error = Error::Unsupported {
        detail: "a web archive without a page".into(),
    };
    assert_eq!(
        extract_web_archive(b"Content-Type: text/plain\n\nx", &mut budget()),
        Err(error)
    );
}

#[test]
fn deep_messages_need_no_stack() {
    let deep = "Content-Type: message/rfc822\n\n".repeat(100_000);
    let error = Error::NoText {
        detail: "a mail without subject and text".into(),
    };
    assert_eq!(extract(deep.as_bytes(), &mut budget()), Err(error));
}

#[test]
fn damaged_mails_never_panic() {
    let mut bytes = alternative("甲=20=\n乙", "<p>丙").into_bytes();
    bytes.extend(b"Subject: =?gbk?B?u+HS6c2o1qo=?= =?utf-8?q?a=3D_?=\nFrom: \"a, b\" <c@d>, e:f;\nDate: Fri, 1 Jan 2021 00:00:00 -0000\nContent-Type: text/plain; charset*0=\"u\"; charset*1=tf-7; format=flowed\nContent-Transfer-Encoding: base64\n\nu+HS6c2o1qo=\n");
    bytes.extend(archive("gbk", b"<p>a"));
    for end in 0..bytes.len() {
        let _ = extract(&bytes[..end], &mut budget());
        let _ = extract(&bytes[end..], &mut budget());
        let _ = extract_web_archive(&bytes[end..], &mut budget());
    }
    let mut state = 7u32;
    for _ in 0..400 {
        let mut damaged = bytes.clone();
        for _ in 0..6 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % damaged.len();
            damaged[at] ^= 1 << (state & 7);
        }
        let _ = extract(&damaged, &mut budget());
        let _ = extract_web_archive(&damaged, &mut budget());
    }
}
