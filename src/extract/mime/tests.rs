use std::time::{Duration, Instant};

use encoding_rs::GB18030;

use super::*;

fn budget() -> Budget {
    Budget::new(1 << 24, Instant::now() + Duration::from_mins(1))
}

fn subject(head: &[u8]) -> Option<String> {
    Head::parse(head).subject
}

#[test]
fn headers_are_decoded() {
    // "会议通知", in GBK and UTF-8.
    assert_eq!(
        subject(b"Subject: =?gb2312?B?u+HS6c2o1qo=?=\n").as_deref(),
        Some("会议通知")
    );
    assert_eq!(
        subject(
            b"Subject: =?utf-8?Q?=E4=BC=9A=E8=AE=AE?=\r\n =?UTF-8?q?=E9=80=9A=E7=9F=A5_1?=\r\n"
        )
        .as_deref(),
        Some("会议通知 1")
    );
    assert_eq!(
        subject(b"Subject: Re: =?gbk?Q?=BB?= =?gbk?Q?=E1=D2=E9?= (2)\n").as_deref(),
        Some("Re: 会议 (2)")
    );
    assert_eq!(
        subject(&GB18030.encode("Subject: 关于召开会议的通知\n").0).as_deref(),
        Some("关于召开会议的通知")
    );
    assert_eq!(
        subject("Subject: 会议\n".as_bytes()).as_deref(),
        Some("会议")
    );
    assert_eq!(subject(b"Subject: =?x?=\n").as_deref(), Some("=?x?="));
    assert_eq!(subject(b"Subject: \n"), None);
    // Labelled as its subset, as it often is.
    let wider = [b"Subject: =?gb2312?Q?".as_slice(), b"=E9=46=BB=F9?=\n"].concat();
    assert_eq!(subject(&wider).as_deref(), Some("镕基"));
}

#[test]
fn words_without_an_end_cost_little() {
    let head = format!("Subject: {}\n", "=?a?b? ".repeat(100_000));
    assert!(subject(head.as_bytes()).is_some());
}

#[test]
fn who_and_when() {
    let head = Head::parse(
        b"From: \"=?utf-8?B?5byg5LiJ?=\" <z@example.org>\nDate: Wed, 2 Jan 2019 23:30:00 +0800\n",
    );
    assert_eq!(head.author.as_deref(), Some("张三"));
    assert_eq!(head.created.as_deref(), Some("2019-01-02"));
    let head = Head::parse(b"From: z@example.org\nDate: some day\n");
    assert_eq!(head.author.as_deref(), Some("z@example.org"));
    assert_eq!(head.created, None);
}

#[test]
fn parts_are_split_at_the_boundary() {
    let message = b"Content-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n\none\n--b \nContent-Type: TEXT/HTML\n\ntwo\n--bb\n--b--\nend\n";
    let parts = Part::parse(message)
        .parts(&mut budget())
        .expect("has parts");
    let shown: Vec<_> = parts
        .iter()
        .map(|part| (part.head.media_type.as_str(), part.body))
        .collect();
    assert_eq!(
        shown,
        [
            ("text/plain", &b"one\n"[..]),
            ("text/html", &b"two\n--bb\n"[..])
        ]
    );
    let cut = message.split_at(message.len() - 10).0;
    assert_eq!(
        Part::parse(cut)
            .parts(&mut budget())
            .expect("has parts")
            .len(),
        2
    );
}

#[test]
fn transfer_encodings_are_undone() {
    assert_eq!(
        from_base64(b"u+HS\n 6c2o1qo="),
        GB18030.encode("会议通知").0.as_ref()
    );
    assert_eq!(from_base64(b"YWJj!ZGVm"), b"abcdef");
    assert_eq!(
        from_quoted_printable(b"a=3Db=\r\nc=zz \r\nd=3d"),
        b"a=bc=zz\nd="
    );
    assert_eq!(from_quoted_printable(b"a=\nb"), b"ab");
}

#[test]
fn text_is_decoded() {
    let text = |head: &str, body: &[u8]| {
        let message = [head.as_bytes(), b"\n\n", body].concat();
        Part::parse(&message).text(&mut budget()).expect("is text")
    };
    assert_eq!(
        text("Content-Type: text/plain; charset=utf-7", b"+TxqLrg-"),
        "会议"
    );
    assert_eq!(
        text(
            "Content-Type: text/plain; charset=gb2312",
            &GB18030.encode("会议").0
        ),
        "会议"
    );
    assert_eq!(text("X: y", &GB18030.encode("会议通知").0), "会议通知");
    assert_eq!(
        text(
            "Content-Type: text/plain; charset=GBK\nContent-Transfer-Encoding: Base64",
            b"u+HS6c2o1qo="
        ),
        "会议通知"
    );
}
