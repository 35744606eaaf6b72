//! What is known of documents beside their text: filters, facets, orders, fields of queries, and how
//! outline, origin and files are given out.

use std::fs;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request as HttpRequest, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use yicha::document::DocumentId;
use yicha::http::{Context, Settings, router};
use yicha::search::{Mask, Sort, Zone};

use crate::archive::{Archive, ask, paths, request};
use crate::files::{docx, pdf, zip};

const SPEECH: &str = "2023/七月/讲话.txt";
const MONTHLY: &str = "2023/七月/月报.txt";
const SUMMARY: &str = "2022/总结.txt";
const NOTICE: &str = "2021/通知.txt";
const CHAT: &str = "杂/闲话.txt";
const ALL: [&str; 5] = [SPEECH, MONTHLY, SUMMARY, NOTICE, CHAT];

/// Five documents on canals; what is known of them stands beside them.
fn canals() -> Archive {
    let note = |path: &str| format!("{path}.meta.toml");
    Archive::of(&[
        (
            SPEECH.to_owned(),
            "把水渠修到底\n同志们：\n一、认清形势\n水渠还不够用。一是源头要活。水从山上来。二是渠道要通。水往村里去。\n\
             二、抓好落实\n（一）分好工\n每条水渠分到一个村。\n（二）管好账\n钱要花在石头上。",
        ),
        (
            note(SPEECH),
            "date = 2023-07-18\ntype = \"讲话\"\nmeeting = \"全县水利大会\"\nspeaker = \"陈一鸣\"\nregion = \"青石县\"\n",
        ),
        (MONTHLY.to_owned(), "水渠月报\n一、认清账目\n水渠修了三里。"),
        (
            note(MONTHLY),
            "date = \"2023-07\"\ntype = \"报告\"\nmeeting = \"\"\nspeaker = \"\"\nregion = \"青石县\"\n",
        ),
        (SUMMARY.to_owned(), "水渠小结\n水渠修了五里。"),
        (
            note(SUMMARY),
            "year = 2022\ntype = \"总结\"\nmeeting = \"\"\nspeaker = \"陈 *\"\nregion = \"\"\n",
        ),
        (NOTICE.to_owned(), "水渠停水的事\n水渠停水三天。"),
        (
            note(NOTICE),
            "date = 2021-03-09\ntype = \"通知\"\nmeeting = \"\"\nspeaker = \"\"\nregion = \"白水县\"\n",
        ),
        (CHAT.to_owned(), "水渠边的闲话\n坐在水渠边上看水。"),
    ])
}

fn router_of(archive: &Archive) -> Router {
    router(Context {
        admin: None,
        mask: Mask::Also,
        max_file_size: 64 << 20,
        searcher: archive.reader.clone(),
        archive: archive.corpus().to_owned(),
        settings: Settings::default(),
    })
}

async fn send(router: &Router, uri: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = HttpRequest::get(uri)
        .body(Body::empty())
        .expect("is a request");
    let response = router
        .clone()
        .oneshot(request)
        .await
        .expect("a router cannot fail");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("is in memory").to_bytes();
    (parts.status, parts.headers, body.to_vec())
}

async fn get(router: &Router, path: &str, parameters: &[(&str, &str)]) -> Value {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let (status, _, body) = send(router, &format!("/api/v1{path}?{query}")).await;
    let value = serde_json::from_slice(&body).expect("is JSON");
    assert_eq!(status, StatusCode::OK, "{value}");
    value
}

/// The paths of a list of hits or documents.
fn paths_of(list: &Value) -> Vec<&str> {
    let documents = list.as_array().expect("is a list").iter();
    documents
        .map(|document| document["path"].as_str().expect("is a text"))
        .collect()
}

async fn check(router: &Router, parameters: &[(&str, &str)], expected: &[&str]) {
    let value = get(router, "/search", parameters).await;
    let mut found = paths_of(&value["hits"]);
    found.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected, "{parameters:?}");
    assert_eq!(value["total"]["documents"], expected.len());
    let has_q = parameters.iter().any(|(name, _)| *name == "q");
    if !has_q {
        let listed = get(router, "/documents", parameters).await;
        let mut found = paths_of(&listed["documents"]);
        found.sort_unstable();
        assert_eq!(found, expected, "/documents {parameters:?}");
    }
}

#[tokio::test]
async fn filters_leave_documents_out() {
    let archive = canals();
    let router = router_of(&archive);
    for (parameters, expected) in [
        (&[][..], &ALL[..]),
        (&[("type", "讲话")], &[SPEECH]),
        (&[("type", "讲话"), ("type", "报告")], &[SPEECH, MONTHLY]),
        (&[("type", "讲话"), ("year", "2021")], &[]),
        (&[("type", "讲")], &[]),
        (&[("type", "")], &[]),
        (
            &[("region", "青石县"), ("year", "2023")],
            &[SPEECH, MONTHLY],
        ),
        (&[("year", "2022"), ("year", "2021")], &[SUMMARY, NOTICE]),
        (&[("speaker", "陈一鸣")], &[SPEECH]),
        (&[("meeting", "全县水利大会")], &[SPEECH]),
        (&[("format", "txt")], &ALL),
        (&[("format", "docx")], &[]),
        (&[("path", "2023")], &[SPEECH, MONTHLY]),
        (
            &[("path", "/2023/七月/"), ("path", "杂/闲话.txt")],
            &[SPEECH, MONTHLY, CHAT],
        ),
        (&[("path", "2023/七")], &[]),
        // A month is of a time only if all of it is.
        (&[("from", "2023")], &[SPEECH, MONTHLY]),
        (&[("from", "2023-07-02")], &[SPEECH]),
        (
            &[("from", "2023-07"), ("until", "2023-07")],
            &[SPEECH, MONTHLY],
        ),
        (&[("until", "2023-07-18")], &[SPEECH, SUMMARY, NOTICE]),
        (
            &[("from", "2021-03-09"), ("until", "2021-03-09")],
            &[NOTICE],
        ),
        (&[("from", "2022"), ("until", "2022")], &[SUMMARY]),
        (&[("from", "2022-06")], &[SPEECH, MONTHLY]),
        (&[("from", "2024"), ("until", "2020")], &[]),
    ] {
        check(&router, parameters, expected).await;
        // A query that all of them match changes nothing.
        check(&router, &[&[("q", "水渠")], parameters].concat(), expected).await;
    }
    check(&router, &[("q", "石头"), ("year", "2022")], &[]).await;
}

#[tokio::test]
async fn values_that_are_none_are_refused() {
    let router = router_of(&canals());
    for (name, value) in [
        ("year", "去年"),
        ("year", "-1"),
        ("from", "2023-13"),
        ("until", "2023/07"),
        ("facets", "kind"),
        ("facet_limit", "0"),
        ("facet_limit", "201"),
        ("sort", "newest"),
    ] {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        let (status, _, body) = send(&router, &format!("/api/v1/search?{query}")).await;
        let value: Value = serde_json::from_slice(&body).expect("is JSON");
        assert_eq!(status, StatusCode::BAD_REQUEST, "{value}");
        assert_eq!(value["code"], "invalid_parameter");
        assert_eq!(value["errors"][0]["parameter"], name);
    }
}

#[tokio::test]
async fn facets_count_what_the_query_finds() {
    let router = router_of(&canals());
    let value = get(
        &router,
        "/search",
        &[("facets", "type,year,meeting,speaker,region,format")],
    )
    .await;
    let one = |value: &str| json!({ "value": value, "documents": 1 });
    assert_eq!(
        value["facets"],
        json!({
            "type": [one("总结"), one("报告"), one("讲话"), one("通知")],
            "year": [
                { "value": 2023, "documents": 2 },
                { "value": 2022, "documents": 1 },
                { "value": 2021, "documents": 1 },
            ],
            "meeting": [one("全县水利大会")],
            "speaker": [one("陈 *"), one("陈一鸣")],
            "region": [{ "value": "青石县", "documents": 2 }, one("白水县")],
            "format": [{ "value": "txt", "documents": 5 }],
        })
    );
    // A facet's own filter is left out when it is counted, the others are not.
    let parameters = [
        ("q", "水渠"),
        ("facets", "type,region"),
        ("type", "讲话"),
        ("year", "2023"),
    ];
    let value = get(&router, "/search", &parameters).await;
    assert_eq!(value["total"]["documents"], 1);
    assert_eq!(value["facets"]["type"], json!([one("报告"), one("讲话")]));
    assert_eq!(value["facets"]["region"], json!([one("青石县")]));
    let value = get(
        &router,
        "/search",
        &[("facets", "year"), ("facet_limit", "1")],
    )
    .await;
    let most = json!([{ "value": 2023, "documents": 2 }]);
    assert_eq!(value["facets"], json!({ "year": most }));
    let value = get(&router, "/search", &[("q", "石头"), ("facets", "type")]).await;
    assert_eq!(value["facets"]["type"], json!([one("讲话")]));
    let value = get(&router, "/search", &[("q", "火星"), ("facets", "type")]).await;
    assert_eq!(value["facets"], json!({ "type": [] }));
    let (status, _, _) = send(&router, "/api/v1/documents?facets=type").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[test]
fn orders_by_date_have_undated_documents_last() {
    let archive = canals();
    for (q, sort, expected) in [
        (
            "",
            Sort::Relevance,
            [SPEECH, MONTHLY, SUMMARY, NOTICE, CHAT],
        ),
        (
            "水渠",
            Sort::Newest,
            [SPEECH, MONTHLY, SUMMARY, NOTICE, CHAT],
        ),
        (
            "水渠",
            Sort::Oldest,
            [NOTICE, SUMMARY, MONTHLY, SPEECH, CHAT],
        ),
    ] {
        let mut asked = request(q);
        asked.sort = sort;
        assert_eq!(paths(&ask(&*archive.reader, &asked)), expected, "{sort:?}");
        // Pages go on where the one before ended.
        for (n, path) in expected.iter().enumerate() {
            asked.offset = n;
            asked.limit = 1;
            assert_eq!(paths(&ask(&*archive.reader, &asked)), [*path]);
        }
    }
}

#[tokio::test]
async fn fields_of_queries_ask_what_is_known() {
    let router = router_of(&canals());
    for (q, expected) in [
        ("type:讲话", &[SPEECH][..]),
        ("type:讲", &[]),
        ("type:講話", &[SPEECH]),
        ("year:2022", &[SUMMARY]),
        ("year:2021..2022", &[SUMMARY, NOTICE]),
        ("year:2022..", &[SPEECH, MONTHLY, SUMMARY]),
        ("year:..2021", &[NOTICE]),
        ("date:2023-07", &[SPEECH, MONTHLY]),
        ("date:2023-07-18", &[SPEECH]),
        ("date:2021-03..2023-07-18", &[SPEECH, SUMMARY, NOTICE]),
        ("meeting:水利大会", &[SPEECH]),
        ("speaker:一鸣", &[SPEECH]),
        ("speaker:“陈 一 鸣”", &[SPEECH]),
        ("region:青石", &[SPEECH, MONTHLY]),
        ("region:青石 | region:白水", &[SPEECH, MONTHLY, NOTICE]),
        ("水渠 -year:2023", &[SUMMARY, NOTICE, CHAT]),
        ("水渠 type:通知", &[NOTICE]),
        ("heading:认清", &[SPEECH, MONTHLY]),
        ("heading:“源头要活”", &[SPEECH]),
        ("heading:山上", &[]),
        // A heading ends where it ends.
        ("heading:“认清形势水渠”", &[]),
    ] {
        check(&router, &[("q", q)], expected).await;
    }
    check(&router, &[("q", "分好工"), ("in", "heading")], &[SPEECH]).await;
    check(&router, &[("q", "水渠"), ("in", "heading")], &[]).await;
    let value = get(&router, "/search", &[("q", "type:讲话 year:2023")]).await;
    assert_eq!(value["query"]["understood"], "and(type(讲话), year(2023))");
    assert_eq!(value["total"]["occurrences"], 0);
}

#[test]
fn headings_are_counted_where_they_are_asked_for() {
    let archive = canals();
    let mut asked = request("认清");
    assert_eq!(ask(&*archive.reader, &asked).total.occurrences, 2);
    asked.zone = Zone::Heading;
    let response = ask(&*archive.reader, &asked);
    assert_eq!(response.total.occurrences, 2);
    let asked = request("heading:要 水");
    let response = ask(&*archive.reader, &asked);
    assert_eq!(paths(&response), [SPEECH]);
}

#[tokio::test]
async fn a_snippet_has_the_path_of_headings_above_it() {
    let router = router_of(&canals());
    for (q, outline) in [
        ("“不够用”", json!(["一、认清形势"])),
        ("“山上来”", json!(["一、认清形势", "一是源头要活"])),
        ("“村里去”", json!(["一、认清形势", "二是渠道要通"])),
        ("“分到一个村”", json!(["二、抓好落实", "（一）分好工"])),
        ("“石头上”", json!(["二、抓好落实", "（二）管好账"])),
        ("“抓好落实”", json!([])),
        ("“管好账”", json!(["二、抓好落实"])),
        ("“同志们”", json!([])),
    ] {
        let value = get(&router, "/search", &[("q", q), ("snippet_chars", "20")]).await;
        assert_eq!(value["hits"][0]["snippets"][0]["outline"], outline, "{q}");
    }
}

#[tokio::test]
async fn a_document_has_outline_origin_and_levels() {
    let archive = canals();
    let router = router_of(&archive);
    let id = DocumentId::of_path(SPEECH);
    let value = get(&router, &format!("/documents/{id}"), &[]).await;
    assert_eq!(value["date"], "2023-07-18");
    assert_eq!(value["year"], 2023);
    assert_eq!(value["type"], "讲话");
    assert_eq!(value["speaker"], "陈一鸣");
    let noted = |value: &str| json!({ "value": value, "from": "旁注" });
    assert_eq!(value["derived"]["meeting"], noted("全县水利大会"));
    assert_eq!(value["derived"]["date"]["value"], "2023-07-18");
    assert_eq!(value["derived"]["year"]["value"], 2023);
    let paragraphs = value["paragraphs"].as_array().expect("is a list");
    let levels: Vec<&Value> = paragraphs.iter().map(|p| &p["level"]).collect();
    let none = Value::Null;
    let expected = [
        &none,
        &none,
        &json!(1),
        &none,
        &json!(1),
        &json!(2),
        &none,
        &json!(2),
        &none,
    ];
    assert_eq!(levels, expected);
    let text: Vec<&str> = paragraphs
        .iter()
        .map(|p| p["text"].as_str().expect("is a text"))
        .collect();
    let text: Vec<char> = text.join("\n").chars().collect();
    let mut shape = Vec::new();
    walk(&value["outline"], 0, &text, &mut shape);
    let expected = [
        "一、认清形势",
        "> 一是源头要活",
        "> 二是渠道要通",
        "二、抓好落实",
        "> （一）分好工",
        "> （二）管好账",
    ];
    assert_eq!(shape, expected);
    let id = DocumentId::of_path(CHAT);
    let value = get(&router, &format!("/documents/{id}"), &[]).await;
    for field in ["date", "year", "type", "meeting", "speaker", "region"] {
        assert_eq!(value[field], Value::Null, "{field}");
        assert_eq!(value["derived"].get(field), None, "{field}");
    }
    assert_eq!(value["outline"], json!([]));
}

/// Lists the tree, with `> ` before each level, and checks that every heading is a slice of the text
/// in its paragraph.
fn walk(nodes: &Value, depth: usize, text: &[char], shape: &mut Vec<String>) {
    for node in nodes.as_array().expect("is a list") {
        let place = |name: &str| node[name].as_u64().expect("is a place") as usize;
        let slice: String = text[place("start")..place("end")].iter().collect();
        assert_eq!(node["text"], slice);
        let before = text[..place("start")].iter();
        let n = 1 + before.filter(|c| **c == '\n').count();
        assert_eq!(place("paragraph"), n);
        assert_eq!(place("level"), depth + 1);
        shape.push("> ".repeat(depth) + &slice);
        walk(&node["children"], depth + 1, text, shape);
    }
}

#[tokio::test]
async fn files_are_given_out_so_that_nothing_runs() {
    let page = "<!DOCTYPE html><html><body><h1>水渠的网页</h1><p>水渠<script>alert(1)</script></p></body></html>";
    let mht = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n--b--\r\n"
    );
    let word = docx(&["水渠的文件", "水渠。"]);
    let files: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        (
            "页.html",
            page.into(),
            "attachment",
            "application/octet-stream",
        ),
        (
            "页.mht",
            mht.into(),
            "attachment",
            "application/octet-stream",
        ),
        // A page with another name is still no page to a browser.
        ("页.doc", page.into(), "attachment", "application/msword"),
        ("文.txt", page.into(), "inline", "text/plain; charset=utf-8"),
        (
            "文.md",
            "# 水渠\n\n<script>alert(1)</script>水渠".into(),
            "inline",
            "text/plain; charset=utf-8",
        ),
        (
            "文.pdf",
            pdf(&["水渠的文件", "水渠。"]),
            "inline",
            "application/pdf",
        ),
        (
            "文 “件”.docx",
            word.clone(),
            "attachment",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "信.eml",
            "Subject: x\r\n\r\n水渠".into(),
            "attachment",
            "message/rfc822",
        ),
    ];
    let mut written: Vec<(&str, Vec<u8>)> = files
        .iter()
        .map(|(path, bytes, ..)| (*path, bytes.clone()))
        .collect();
    written.push(("包.zip", zip(&[("夹/里.docx", word.clone())])));
    let archive = Archive::of(&written);
    assert_eq!(archive.summary.failed, []);
    let router = router_of(&archive);
    let member = (
        "包.zip/夹/里.docx",
        word,
        "attachment",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    );
    for (path, bytes, disposition, media_type) in files.iter().chain([&member]) {
        let id = DocumentId::of_path(path);
        let (status, headers, body) = send(&router, &format!("/api/v1/documents/{id}/raw")).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(body, *bytes, "{path}");
        let header = |name: &str| headers[name].to_str().expect("is ASCII").to_owned();
        assert_eq!(header("content-type"), *media_type, "{path}");
        let encoded = percent_encoding::utf8_percent_encode(
            path.rsplit('/').next().expect("has a name"),
            percent_encoding::NON_ALPHANUMERIC,
        );
        let expected = format!("{disposition}; filename*=UTF-8''{encoded}").replace("%2E", ".");
        assert_eq!(header("content-disposition"), expected, "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("sandbox"));
    }
    fs::remove_file(archive.corpus().join("包.zip")).expect("is there");
    let id = DocumentId::of_path(member.0);
    let (status, ..) = send(&router, &format!("/api/v1/documents/{id}/raw")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn figures_go_by_type_and_year() {
    let router = router_of(&canals());
    let value = get(&router, "/stats", &[]).await;
    assert_eq!(
        value["types"],
        json!({ "总结": 1, "报告": 1, "讲话": 1, "通知": 1 })
    );
    assert_eq!(value["years"], json!({ "2021": 1, "2022": 1, "2023": 2 }));
    assert_eq!(value["formats"], json!({ "txt": 5 }));
    assert_eq!(value["documents"], 5);
}
