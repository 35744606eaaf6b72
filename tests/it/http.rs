//! The HTTP API: shapes of answers, errors, limits. Requests go straight into the router.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;
use yicha::document::DocumentId;
use yicha::http::{Context, Settings, router};
use yicha::index::Live;
use yicha::search::{
    self, Error, FullDocument, IndexInfo, Mask, Response, Searcher, SharedSearcher, Stats, Summary,
    Total,
};

use crate::archive::{Archive, SAMPLE_CORPUS, sample};

const GB18030_FILE: &str = "2023/十二月/市经济和信息化局2023年工作总结.txt";
const BOM_FILE: &str = "2024/市委八届八次全会/分组讨论/第三组/贺知栈同志发言.txt";

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("is ASCII"))
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("is UTF-8")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("is JSON")
    }
}

fn router_of(searcher: SharedSearcher, archive: &Path, settings: Settings) -> Router {
    let archive = archive.to_owned();
    router(Context {
        mask: Mask::Also,
        max_file_size: 64 << 20,
        searcher,
        archive,
        settings,
        admin: None,
    })
}

fn sample_router() -> Router {
    router_of(
        sample().reader.clone(),
        Path::new(SAMPLE_CORPUS),
        Settings::default(),
    )
}

fn archive_router(archive: &Archive) -> Router {
    router_of(
        archive.reader.clone(),
        archive.corpus(),
        Settings::default(),
    )
}

/// An address under the API with parameters.
fn url(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/api/v1{path}?{query}")
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).expect("is a request")
}

fn post(body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/api/v1/search").header("content-type", "application/json");
    request.body(body.into()).expect("is a request")
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router
        .clone()
        .oneshot(request)
        .await
        .expect("a router cannot fail");
    let (parts, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .expect("is in memory")
        .to_bytes()
        .to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// The JSON of an answer that has to be a good one.
async fn good(router: &Router, request: Request<Body>) -> Value {
    let answer = send(router, request).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    answer.json()
}

async fn found(router: &Router, path: &str, parameters: &[(&str, &str)]) -> Value {
    good(router, get(&url(path, parameters))).await
}

/// Compares the names of an object's fields.
fn check_fields(value: &Value, expected: &[&str]) {
    let fields: BTreeSet<&str> = value
        .as_object()
        .expect("is an object")
        .keys()
        .map(String::as_str)
        .collect();
    let expected: BTreeSet<&str> = expected.iter().copied().collect();
    assert_eq!(fields, expected);
}

fn items(value: &Value) -> &Vec<Value> {
    value.as_array().expect("is a list")
}

fn string(value: &Value) -> &str {
    value.as_str().expect("is a text")
}

fn id_of(path: &str) -> String {
    DocumentId::of_path(path).to_string()
}

const SUMMARY: [&str; 11] = [
    "id", "url", "path", "title", "date", "year", "type", "meeting", "speaker", "region", "format",
];

#[tokio::test]
async fn a_search_has_the_shape_of_the_docs() {
    let value = found(
        &sample_router(),
        "/search",
        &[("q", "“两年三级跳” -火星"), ("limit", "3")],
    )
    .await;
    check_fields(
        &value,
        &[
            "query", "index", "total", "took_ms", "hits", "facets", "next", "hint",
        ],
    );
    check_fields(
        &value["query"],
        &["q", "understood", "repairs", "relaxed", "variants"],
    );
    assert_eq!(value["query"]["q"], "“两年三级跳” -火星");
    assert_eq!(
        value["query"]["understood"],
        "and(phrase(两年三级跳), not(keyword(火星)))"
    );
    assert_eq!(value["query"]["relaxed"], false);
    check_fields(&value["index"], &["generation", "documents", "built_at"]);
    assert_eq!(value["index"]["generation"], sample().summary.generation);
    check_fields(
        &value["total"],
        &["documents", "occurrences", "by_match", "folded"],
    );
    check_fields(
        &value["total"]["by_match"],
        &["exact", "normalized", "masked"],
    );
    assert_eq!(value["total"]["documents"], 7);
    assert_eq!(value["total"]["occurrences"], 7);
    assert_eq!(value["total"]["by_match"]["exact"], 7);
    assert!(value["took_ms"].is_number());
    assert_eq!(value["next"]["offset"], 3);
    let hits = items(&value["hits"]);
    assert_eq!(hits.len(), 3);
    for hit in hits {
        check_fields(
            hit,
            &[
                &SUMMARY[..],
                &["score", "occurrences", "folded", "snippets"],
            ]
            .concat(),
        );
        let id = id_of(string(&hit["path"]));
        assert_eq!(hit["id"], id);
        assert_eq!(hit["url"], format!("/d/{id}"));
        assert_eq!(hit["format"], "txt");
        for snippet in items(&hit["snippets"]) {
            check_fields(
                snippet,
                &[
                    "paragraph",
                    "start",
                    "end",
                    "outline",
                    "match",
                    "html",
                    "url",
                ],
            );
            assert_eq!(snippet["match"], "exact");
            assert_eq!(snippet["url"], format!("/d/{id}#p{}", snippet["paragraph"]));
            assert!(string(&snippet["html"]).contains("<mark>两年三级跳</mark>"));
        }
    }
}

#[tokio::test]
async fn the_last_page_has_no_next() {
    let value = found(
        &sample_router(),
        "/search",
        &[("q", "“两年三级跳”"), ("offset", "5")],
    )
    .await;
    assert_eq!(
        (items(&value["hits"]).len(), &value["next"]),
        (2, &Value::Null)
    );
    let value = found(
        &sample_router(),
        "/search",
        &[("q", "“两年三级跳”"), ("offset", "50")],
    )
    .await;
    assert_eq!(
        (items(&value["hits"]).len(), &value["next"]),
        (0, &Value::Null)
    );
    assert_eq!(value["total"]["documents"], 7);
}

#[tokio::test]
async fn what_was_repaired_is_listed() {
    let value = found(&sample_router(), "/search", &[("q", "产业 “园区")]).await;
    assert_eq!(
        value["query"]["repairs"],
        json!([{ "at": 3, "code": "unclosed_quote", "text": "“" }])
    );
    assert_eq!(
        value["query"]["understood"],
        "and(keyword(产业), phrase(园区))"
    );
}

/// The answer without what differs from call to call.
fn timeless(mut value: Value) -> Value {
    value["took_ms"] = Value::Null;
    value
}

#[tokio::test]
async fn get_and_post_say_the_same() {
    let router = sample_router();
    let parameters = [
        ("q", "园区 -房地产"),
        ("limit", "4"),
        ("offset", "1"),
        ("snippets", "2"),
        ("sort", "-occurrences"),
        ("in", "body"),
    ];
    let asked = timeless(found(&router, "/search", &parameters).await);
    assert!(!items(&asked["hits"]).is_empty());
    let body = json!({ "q": "园区 -房地产", "limit": 4, "offset": "1", "snippets": [2], "sort": "-occurrences", "in": "body", "highlight": null });
    let posted = timeless(good(&router, post(body.to_string())).await);
    assert_eq!(posted, asked);
    let everything = timeless(found(&router, "/search", &[]).await);
    assert_eq!(timeless(good(&router, post("{}")).await), everything);
    assert_eq!(everything["query"]["understood"], "all()");
}

#[tokio::test]
async fn numbers_are_looked_for_as_typed_where_one_asks_for_it() {
    let archive = Archive::of(&[
        ("a.txt", "第12次会议的纪要，又名第十二次会议纪要。"),
        ("b.txt", "第十二次会议的纪要"),
    ]);
    let router = archive_router(&archive);
    let also = [("q", "\"第12次\"")];
    let off = [also[0], ("numbers", "off")];
    let search = found(&router, "/search", &also).await;
    assert_eq!(search["query"]["variants"], json!(["第十二次"]));
    assert_eq!(search["total"]["documents"], 2);
    let search = found(&router, "/search", &off).await;
    assert_eq!(search["query"]["variants"], json!([]));
    let total = &search["total"];
    assert_eq!(total["documents"], 1);
    assert_eq!(
        total["by_match"],
        json!({ "exact": 1, "normalized": 0, "masked": 0 })
    );
    let body = json!({ "q": "\"第12次\"", "numbers": "off" });
    let posted = good(&router, post(body.to_string())).await;
    assert_eq!(posted["total"], search["total"]);

    let counts = found(&router, "/counts", &off).await;
    assert_eq!(counts["queries"][0]["total"]["occurrences"], 1);
    assert_eq!(counts["queries"][0]["variants"], json!([]));
    let lines = found(&router, "/concordance", &off).await;
    assert_eq!(lines["total"]["occurrences"], 1, "{lines}");
    assert_eq!(lines["query"]["variants"], json!([]));
    let document = format!("/documents/{}", id_of("a.txt"));
    let document = found(&router, &document, &off).await;
    assert_eq!(document["matches"]["occurrences"], 1, "{document}");
    let csv = send(&router, get(&url("/export", &off))).await;
    assert_eq!(csv.text().lines().count(), 2, "{}", csv.text());
    let feed = url("/feed.atom", &off).replace("/api/v1", "");
    let feed = send(&router, get(&feed)).await;
    assert_eq!(feed.text().matches("<entry>").count(), 1, "{}", feed.text());
}

#[tokio::test]
async fn highlights_are_escaped_text() {
    let archive = Archive::of(&[(
        "甲.txt",
        "标题在此处\n他写<script>alert(\"一\")&'二'</script>和产业的事。",
    )]);
    let router = archive_router(&archive);
    let html = |value: &Value| string(&value["hits"][0]["snippets"][0]["html"]).to_owned();
    let value = found(&router, "/search", &[("q", "产业")]).await;
    let escaped = "他写&lt;script&gt;alert(&quot;一&quot;)&amp;&#39;二&#39;&lt;/script&gt;和<mark>产业</mark>的事。";
    assert_eq!(html(&value), escaped);
    let value = found(
        &router,
        "/search",
        &[("q", "“一二”"), ("highlight", "html")],
    )
    .await;
    assert!(
        html(&value).contains("(&quot;<mark>一&quot;)&amp;&#39;二</mark>&#39;"),
        "{value}"
    );
    let value = found(&router, "/search", &[("q", "<script>")]).await;
    assert!(
        html(&value).contains("&lt;<mark>script</mark>&gt;"),
        "{value}"
    );
}

#[tokio::test]
async fn highlights_come_as_runs_or_not_at_all() {
    let router = sample_router();
    let html = found(&router, "/search", &[("q", "產業"), ("limit", "20")]).await;
    let runs = found(
        &router,
        "/search",
        &[("q", "產業"), ("limit", "20"), ("highlight", "runs")],
    )
    .await;
    let none = found(
        &router,
        "/search",
        &[("q", "產業"), ("limit", "20"), ("highlight", "none")],
    )
    .await;
    let snippets = |value: &Value| -> Vec<Value> {
        items(&value["hits"])
            .iter()
            .flat_map(|hit| items(&hit["snippets"]).clone())
            .collect()
    };
    let (html, runs, none) = (snippets(&html), snippets(&runs), snippets(&none));
    assert!(!html.is_empty());
    assert_eq!((html.len(), html.len()), (runs.len(), none.len()));
    for ((html, runs), none) in html.iter().zip(&runs).zip(&none) {
        check_fields(
            runs,
            &[
                "paragraph",
                "start",
                "end",
                "outline",
                "match",
                "runs",
                "url",
            ],
        );
        check_fields(
            none,
            &[
                "paragraph",
                "start",
                "end",
                "outline",
                "match",
                "text",
                "url",
            ],
        );
        let mut joined = String::new();
        let mut marked = String::new();
        for run in items(&runs["runs"]) {
            let text = string(&run["text"]);
            joined += text;
            match run.get("match") {
                None => marked += text,
                Some(class) => {
                    assert!(class == "exact" || class == "normalized");
                    marked = marked + "<mark>" + text + "</mark>";
                }
            }
        }
        assert_eq!(none["text"], joined);
        let length = html["end"]
            .as_u64()
            .zip(html["start"].as_u64())
            .map(|(end, start)| end - start);
        assert_eq!(length, Some(joined.chars().count() as u64));
        // Texts of the sample have nothing to escape but quotes.
        let plain = string(&html["html"])
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&");
        assert_eq!(plain, marked);
    }
}

#[tokio::test]
async fn documents_are_listed_like_hits() {
    let router = sample_router();
    let value = found(&router, "/documents", &[("limit", "5"), ("sort", "title")]).await;
    check_fields(&value, &["index", "total", "took_ms", "documents", "next"]);
    let documents = items(&value["documents"]);
    assert_eq!(documents.len(), 5);
    for document in documents {
        check_fields(
            document,
            &[&SUMMARY[..], &["occurrences", "folded"]].concat(),
        );
    }
    let titles: Vec<&str> = documents
        .iter()
        .map(|document| string(&document["title"]))
        .collect();
    assert!(titles.is_sorted(), "{titles:?}");
    assert_eq!(value["total"]["documents"], sample().summary.documents);
    assert_eq!(value["next"]["offset"], 5);
}

#[tokio::test]
async fn a_document_has_its_paragraphs() {
    let router = sample_router();
    let path = format!("/documents/{}", id_of(GB18030_FILE));
    let fields: Vec<&str> = [
        &SUMMARY[..],
        &[
            "index",
            "encoding",
            "rejoined",
            "size",
            "derived",
            "outline",
            "paragraphs",
        ],
    ]
    .concat();
    let value = found(&router, &path, &[]).await;
    check_fields(&value, &fields);
    assert_eq!(value["path"], GB18030_FILE);
    assert_eq!(value["encoding"], "gb18030");
    assert_eq!(value["title"], "岚川市经济和信息化局二〇二三年工作总结");
    assert_eq!(value["derived"]["title"]["value"], value["title"]);
    assert!(value["derived"]["title"]["from"].is_string());
    for paragraph in items(&value["paragraphs"]) {
        check_fields(paragraph, &["n", "start", "level", "text"]);
    }

    let value = found(&router, &path, &[("q", "“產業” “工业诊所”")]).await;
    check_fields(&value, &[&fields[..], &["matches"]].concat());
    check_fields(&value["matches"], &["occurrences", "by_match"]);
    let text: Vec<&str> = items(&value["paragraphs"])
        .iter()
        .map(|paragraph| string(&paragraph["text"]))
        .collect();
    let text: Vec<char> = text.join("\n").chars().collect();
    let (mut n_exact, mut n_normalized, mut next) = (0u64, 0u64, 0);
    for (paragraph, n) in items(&value["paragraphs"]).iter().zip(1..) {
        assert_eq!(
            (&paragraph["n"], &paragraph["start"]),
            (&json!(n), &json!(next))
        );
        next += string(&paragraph["text"]).chars().count() + 1;
        for found in items(&paragraph["matches"]) {
            let place = |name: &str| found[name].as_u64().expect("is a place") as usize;
            let shown: String = text[place("start")..place("end")].iter().collect();
            let class = if shown == "产业" {
                "normalized"
            } else {
                "exact"
            };
            assert!(["产业", "工业诊所"].contains(&shown.as_str()), "{shown}");
            assert_eq!(found["match"], class, "{shown}");
            *(if class == "exact" {
                &mut n_exact
            } else {
                &mut n_normalized
            }) += 1;
        }
    }
    assert!(n_exact > 0 && n_normalized > 0);
    assert_eq!(value["matches"]["occurrences"], n_exact + n_normalized);
    assert_eq!(
        value["matches"]["by_match"],
        json!({ "exact": n_exact, "normalized": n_normalized, "masked": 0 })
    );
}

#[tokio::test]
async fn the_file_itself_is_given_out() {
    let router = sample_router();
    for (path, charset) in [(GB18030_FILE, "gb18030"), (BOM_FILE, "utf-8")] {
        let answer = send(
            &router,
            get(&format!("/api/v1/documents/{}/raw", id_of(path))),
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(
            answer.header("content-type"),
            format!("text/plain; charset={charset}")
        );
        assert_eq!(
            answer.body,
            fs::read(Path::new(SAMPLE_CORPUS).join(path)).expect("is there")
        );
        let disposition = answer.header("content-disposition");
        let name = disposition
            .strip_prefix("inline; filename*=UTF-8''")
            .expect("is an extended value");
        let attr_char = |b: u8| b.is_ascii_alphanumeric() || b"!#$&+-.^_`|~%".contains(&b);
        assert!(name.bytes().all(attr_char), "{name}");
        let decoded = percent_decode_str(name).decode_utf8().expect("is UTF-8");
        assert_eq!(Some(&*decoded), path.rsplit('/').next());
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("sandbox"));
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_found() {
    let archive = Archive::of(&[
        ("夹/甲.txt", "标题在此处\n产业。"),
        ("乙.txt", "另一个标题\n产业。"),
    ]);
    let router = archive_router(&archive);
    fs::remove_file(archive.corpus().join("夹/甲.txt")).expect("can be removed");
    let uri = format!("/api/v1/documents/{}/raw", id_of("夹/甲.txt"));
    check_error(
        &router,
        get(&uri),
        404,
        "not_found",
        "the file is no longer in the archive",
    )
    .await;
    // What was read of it is still there.
    found(&router, &format!("/documents/{}", id_of("夹/甲.txt")), &[]).await;
}

#[tokio::test]
async fn an_analysis_has_units_and_words_with_places() {
    let text = "加入WTO，四*省𠮷。產業";
    let value = found(&sample_router(), "/analyze", &[("text", text)]).await;
    check_fields(&value, &["text", "units", "words"]);
    assert_eq!(value["text"], text);
    let unit = |unit: &str, kind: &str, start: u64, end: u64| json!({ "unit": unit, "kind": kind, "start": start, "end": end });
    let expected = json!([
        unit("加", "han", 0, 1),
        unit("入", "han", 1, 2),
        unit("wto", "run", 2, 5),
        unit("四", "han", 6, 7),
        unit("*", "mask", 7, 8),
        unit("省", "han", 8, 9),
        unit("𠮷", "han", 9, 10),
        unit("。", "stop", 10, 11),
        unit("产", "han", 11, 12),
        unit("业", "han", 12, 13),
    ]);
    assert_eq!(value["units"], expected);
    let chars: Vec<char> = text.chars().collect();
    let words = items(&value["words"]);
    assert!(!words.is_empty());
    for word in words {
        check_fields(word, &["word", "start", "end"]);
        let place = |name: &str| word[name].as_u64().expect("is a place") as usize;
        let shown: String = chars[place("start")..place("end")].iter().collect();
        assert_eq!(word["word"], shown);
    }
    let nothing = found(&sample_router(), "/analyze", &[]).await;
    assert_eq!(nothing, json!({ "text": "", "units": [], "words": [] }));
}

#[tokio::test]
async fn suggestions_have_the_shape_of_the_docs() {
    let archive = Archive::of(&[("a.txt", "湖边灯会\n散记。\n")]);
    let router = archive_router(&archive);
    let mut answer = found(&router, "/suggest", &[("q", "hubian")]).await;
    assert!(answer["took_ms"].take().is_number());
    let suggestion = json!({
        "text": "湖边灯会", "kind": "title", "documents": 1, "matched": [{"start": 0, "end": 2}],
    });
    let expected = json!({ "q": "hubian", "took_ms": null, "suggestions": [suggestion] });
    assert_eq!(answer, expected);
    let none = found(&router, "/suggest", &[]).await;
    assert_eq!(none["suggestions"], json!([]));
    check_parameter(
        &router,
        get(&url("/suggest", &[("q", "h"), ("limit", "51")])),
        "invalid_parameter",
        ["limit", "51", "a whole number from 1 to 50"],
    )
    .await;
}

#[tokio::test]
async fn a_hint_has_the_shape_of_the_docs() {
    let archive = Archive::of(&[("a.txt", "湖边灯会\n散记，灯会。\n")]);
    let answer = found(
        &archive_router(&archive),
        "/search",
        &[("q", "\"灯会\" \"冰雹\"")],
    )
    .await;
    let expected = json!({
        "longest_found": "灯会",
        "without": [{"term": "\"灯会\"", "documents": 0}, {"term": "\"冰雹\"", "documents": 1}],
        "without_filters": null,
        "did_you_mean": [],
    });
    assert_eq!(answer["hint"], expected);
}

#[tokio::test]
async fn figures_health_and_readiness_are_told() {
    let router = sample_router();
    let summary = &sample().summary;
    let value = found(&router, "/stats", &[]).await;
    check_fields(
        &value,
        &[
            "index",
            "documents",
            "paragraphs",
            "characters",
            "units",
            "bytes",
            "formats",
            "types",
            "years",
            "encodings",
            "failures",
            "seconds",
            "last_run",
        ],
    );
    assert_eq!(value["documents"], summary.documents);
    assert_eq!(value["characters"], summary.characters);
    assert_eq!(value["units"], summary.units);
    assert_eq!(value["formats"], json!(summary.formats));
    assert_eq!(value["encodings"]["gb18030"], summary.encodings["gb18030"]);
    assert_eq!(value["failures"], json!({}));
    for base in ["", "/api/v1"] {
        assert_eq!(
            good(&router, get(&format!("{base}/healthz"))).await,
            json!({ "status": "alive" })
        );
        let ready = good(&router, get(&format!("{base}/readyz"))).await;
        assert_eq!(
            ready,
            json!({ "status": "ready", "generation": summary.generation })
        );
    }
}

#[tokio::test]
async fn without_an_index_all_but_health_is_unavailable() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let live = Live::open(&folder.path().join("index")).expect("may come later");
    let router = router_of(Arc::new(live), folder.path(), Settings::default());
    let id = id_of("甲.txt");
    for uri in [
        "/readyz".to_owned(),
        "/api/v1/readyz".to_owned(),
        url("/search", &[("q", "产业")]),
        "/api/v1/documents".to_owned(),
        "/api/v1/stats".to_owned(),
        format!("/api/v1/documents/{id}"),
        format!("/api/v1/documents/{id}/raw"),
    ] {
        let detail = "no index is open yet; run `yicha index`";
        check_error(&router, get(&uri), 503, "index_not_ready", detail).await;
    }
    good(&router, get("/healthz")).await;
}

/// Checks an error in full and gives its body.
async fn check_error(
    router: &Router,
    request: Request<Body>,
    status: u16,
    code: &str,
    detail: &str,
) -> Value {
    let asked = format!("{} {}", request.method(), request.uri());
    let answer = send(router, request).await;
    assert_eq!(answer.status.as_u16(), status, "{asked}: {}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{asked}"
    );
    assert_eq!(
        answer.header("x-content-type-options"),
        "nosniff",
        "{asked}"
    );
    let value = answer.json();
    check_fields(
        &value,
        &[
            "type",
            "title",
            "status",
            "detail",
            "code",
            "request_id",
            "errors",
        ],
    );
    assert_eq!(value["status"], status, "{asked}");
    assert_eq!(value["code"], code, "{asked}");
    assert_eq!(value["detail"], detail, "{asked}");
    assert_eq!(
        value["request_id"],
        answer.header("x-request-id"),
        "{asked}"
    );
    assert!(
        !string(&value["type"]).is_empty() && !string(&value["title"]).is_empty(),
        "{asked}"
    );
    assert!(value["errors"].is_array(), "{asked}");
    value
}

/// Checks an error about one parameter: its name, what came, and how what is allowed begins.
async fn check_parameter(router: &Router, request: Request<Body>, code: &str, error: [&str; 3]) {
    let asked = format!("{} {}", request.method(), request.uri());
    let answer = send(router, request).await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "{asked}: {}",
        answer.text()
    );
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{asked}"
    );
    let value = answer.json();
    assert_eq!(value["code"], code, "{asked}");
    let errors = items(&value["errors"]);
    assert_eq!(errors.len(), 1, "{asked}");
    check_fields(&errors[0], &["parameter", "got", "allowed"]);
    let [parameter, got, allowed] = error;
    assert_eq!(errors[0]["parameter"], parameter, "{asked}");
    assert_eq!(errors[0]["got"], got, "{asked}");
    let told = string(&errors[0]["allowed"]);
    assert!(told.starts_with(allowed), "{asked}: {told}");
    let detail = string(&value["detail"]);
    assert!(
        detail.contains(&format!("`{parameter}`")) && detail.contains(told),
        "{asked}: {detail}"
    );
}

#[tokio::test]
async fn a_wrong_parameter_is_named_with_what_is_allowed() {
    let router = sample_router();
    let id = id_of(GB18030_FILE);
    let document = format!("/documents/{id}");
    let raw = format!("/documents/{id}/raw");
    let unknown = [
        ("/search", ["limt", "3", "limit"]),
        ("/search", ["snippet_char", "90", "snippet_chars"]),
        ("/search", ["Q", "产业", "q"]),
        ("/documents", ["ofset", "3", "offset"]),
        (document.as_str(), ["qq", "产业", "q"]),
        (raw.as_str(), ["q", "产业", "no parameters"]),
        ("/analyze", ["txt", "产业", "text"]),
        ("/stats", ["limit", "3", "no parameters"]),
        ("/export", ["file_formt", "txt", "file_format"]),
    ];
    for (path, error) in unknown {
        let asked = get(&url(path, &[(error[0], error[1])]));
        check_parameter(&router, asked, "unknown_parameter", error).await;
    }
    let invalid = [
        ("/search", ["limit", "0", "a whole number from 1 to 100"]),
        ("/search", ["limit", "101", "a whole number from 1 to 100"]),
        ("/search", ["limit", "", "a whole number from 1 to 100"]),
        ("/search", ["limit", "三", "a whole number from 1 to 100"]),
        ("/search", ["offset", "-1", "a whole number from 0"]),
        ("/search", ["snippets", "21", "a whole number from 0 to 20"]),
        (
            "/search",
            ["snippet_chars", "19", "a whole number from 20 to 400"],
        ),
        (
            "/search",
            ["snippet_chars", "401", "a whole number from 20 to 400"],
        ),
        (
            "/search",
            [
                "highlight",
                "htm",
                "html, runs, none; the nearest is `html`",
            ],
        ),
        (
            "/search",
            [
                "sort",
                "titel",
                "relevance, -date, date, -occurrences, title; the nearest is `title`",
            ],
        ),
        (
            "/search",
            [
                "in",
                "boddy",
                "all, title, heading, body; the nearest is `body`",
            ],
        ),
        (
            "/search",
            ["numbers", "of", "also, off; the nearest is `off`"],
        ),
        (
            "/documents",
            ["limit", "1.5", "a whole number from 1 to 100"],
        ),
    ];
    for (path, error) in invalid {
        let asked = get(&url(path, &[(error[0], error[1])]));
        check_parameter(&router, asked, "invalid_parameter", error).await;
    }
    let twice = get(&url("/search", &[("limit", "3"), ("limit", "4")]));
    check_parameter(
        &router,
        twice,
        "invalid_parameter",
        ["limit", "4", "one value only"],
    )
    .await;
    let detail = "there is no parameter `limt` here; the nearest is `limit`";
    check_error(
        &router,
        get("/api/v1/search?limt=3"),
        400,
        "unknown_parameter",
        detail,
    )
    .await;
    let detail = "`limit` is `0`; allowed: a whole number from 1 to 100";
    check_error(
        &router,
        get("/api/v1/search?limit=0"),
        400,
        "invalid_parameter",
        detail,
    )
    .await;
}

#[tokio::test]
async fn numbers_are_digits_and_dates_those_of_the_calendar() {
    let router = sample_router();
    for (path, error) in [
        ("/search", ["limit", "+5", "a whole number from 1 to 100"]),
        ("/search", ["year", "+2023", "a year such as 2023"]),
        (
            "/search",
            [
                "from",
                "1850",
                "YYYY, YYYY-MM or YYYY-MM-DD, from 1900 to 2100",
            ],
        ),
    ] {
        let asked = get(&url(path, &[(error[0], error[1])]));
        check_parameter(&router, asked, "invalid_parameter", error).await;
    }
}

#[tokio::test]
async fn a_wrong_body_is_named() {
    let router = sample_router();
    for body in ["{\"q\":", "", "产业"] {
        let answer = send(&router, post(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{body}"
        );
        let value = answer.json();
        assert_eq!(value["code"], "invalid_parameter", "{body}");
        assert_eq!(value["errors"][0]["parameter"], "body", "{body}");
        assert_eq!(
            value["errors"][0]["allowed"], "a JSON object of parameters",
            "{body}"
        );
    }
    let wrong = [
        "body",
        "another kind of JSON",
        "a JSON object of parameters",
    ];
    check_parameter(&router, post("[1]"), "invalid_parameter", wrong).await;
    let wrong = ["q", "{\"a\":1}", "a text or a number"];
    check_parameter(
        &router,
        post("{\"q\":{\"a\":1}}"),
        "invalid_parameter",
        wrong,
    )
    .await;
    let unknown = ["limt", "3", "limit"];
    check_parameter(&router, post("{\"limt\":3}"), "unknown_parameter", unknown).await;
    let twice = ["limit", "4", "one value only"];
    check_parameter(
        &router,
        post("{\"limit\":[3,4]}"),
        "invalid_parameter",
        twice,
    )
    .await;
    let long = format!("{{\"q\":\"{}\"}}", "a".repeat(70_000));
    let detail = "the body is too long or was cut off";
    check_error(&router, post(long), 413, "query_too_long", detail).await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_never_cut() {
    let router = sample_router();
    let (fits, long) = ("产".repeat(1000), "产".repeat(1001));
    found(&router, "/search", &[("q", fits.as_str())]).await;
    let detail = "the query has 1001 characters; at most 1000 are allowed";
    check_error(
        &router,
        get(&url("/search", &[("q", long.as_str())])),
        413,
        "query_too_long",
        detail,
    )
    .await;
    let document = format!("/documents/{}", id_of(GB18030_FILE));
    check_error(
        &router,
        get(&url(&document, &[("q", long.as_str())])),
        413,
        "query_too_long",
        detail,
    )
    .await;
    let many = "产 ".repeat(65);
    let detail = "the query has 65 conditions; at most 64 are allowed";
    check_error(
        &router,
        get(&url("/search", &[("q", many.as_str())])),
        413,
        "query_too_long",
        detail,
    )
    .await;
    found(&router, "/search", &[("offset", "9990"), ("limit", "10")]).await;
    let detail = "offset + limit is 10001; at most 10000 is allowed";
    for path in ["/search", "/documents"] {
        let asked = get(&url(path, &[("offset", "9991"), ("limit", "10")]));
        check_error(&router, asked, 413, "window_too_large", detail).await;
    }
    for offset in ["4294967296", "99999999999999999999999"] {
        let answer = send(&router, get(&url("/search", &[("offset", offset)]))).await;
        assert_eq!(answer.json()["code"], "window_too_large", "{offset}");
    }
    let long = "a".repeat(10_001);
    let detail = "the text has 10001 characters; at most 10000 are allowed";
    check_error(
        &router,
        get(&url("/analyze", &[("text", long.as_str())])),
        413,
        "query_too_long",
        detail,
    )
    .await;
    // Percent-encoded, such a text is longer than an address may be.
    let text = "路".repeat(10_000);
    let body = json!({ "text": text }).to_string();
    let request = Request::post("/api/v1/analyze").body(Body::from(body));
    let value = good(&router, request.expect("is a request")).await;
    assert_eq!(value["units"].as_array().map(Vec::len), Some(10_000));
}

#[tokio::test]
async fn a_posted_parameter_is_checked_like_any_other() {
    let router = sample_router();
    let once = "once; several values as a list";
    for (body, code, error) in [
        (
            "{\"limt\":null}",
            "unknown_parameter",
            ["limt", "", "limit"],
        ),
        ("{\"typo\":[]}", "unknown_parameter", ["typo", "", "type"]),
        (
            "{\"q\":\"a\",\"q\":\"b\"}",
            "invalid_parameter",
            ["q", "given twice", once],
        ),
        (
            "{\"type\":\"a\",\"type\":\"b\"}",
            "invalid_parameter",
            ["type", "given twice", once],
        ),
    ] {
        check_parameter(&router, post(body), code, error).await;
    }
    let lists = good(&router, post("{\"facets\":[\"type\",\"year\"],\"q\":null}")).await;
    let commas = found(&router, "/search", &[("facets", "type,year")]).await;
    assert_eq!(timeless(lists), timeless(commas));
    let request = Request::post("/api/v1/search?q=xyz&bogus=1").body(Body::from("{}"));
    let wrong = ["q", "xyz", "parameters in the body only"];
    let request = request.expect("is a request");
    check_parameter(&router, request, "unknown_parameter", wrong).await;
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up() {
    let settings = Settings {
        timeout_seconds: 1,
        ..Settings::default()
    };
    let router = router_of(sample().reader.clone(), Path::new(SAMPLE_CORPUS), settings);
    let app = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = app.expect("a port is free");
    let address = listener.local_addr().expect("has one");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(yicha::http::serve(
        listener,
        router,
        Duration::from_secs(1),
        async move {
            let _ = stopped.await;
        },
    ));
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).expect("can be reached");
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).expect("is a time");
        let head = "POST /api/v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
        stream.write_all(head.as_bytes()).expect("can be sent");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("is closed in time");
        answer
    });
    let answer = asked.await.expect("does not panic");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":\"timeout\""), "{answer}");
    let _ = stop.send(());
    let _ = server.await;
}

#[tokio::test]
async fn an_address_that_is_no_utf8_is_refused() {
    let router = sample_router();
    let wrong = [
        "q",
        "\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
        "a text in UTF-8, percent-encoded",
    ];
    for path in ["search", "counts", "export", "suggest"] {
        let request = get(&format!("/api/v1/{path}?q=%ff%fe%b2%e2"));
        check_parameter(&router, request, "invalid_parameter", wrong).await;
    }
}

#[tokio::test]
async fn the_archive_itself_is_a_folder_and_a_file_is_none() {
    let archive = Archive::of(&[("a.txt", "湖边灯会\n"), ("b/c.txt", "湖边\n")]);
    let router = archive_router(&archive);
    for (path, n) in [
        ("", 2),
        ("/", 2),
        ("a.txt", 1),
        ("a.txt/", 0),
        ("b/", 1),
        ("/b", 1),
        ("b/c.txt/", 0),
    ] {
        let value = found(&router, "/search", &[("path", path)]).await;
        assert_eq!(value["total"]["documents"], n, "{path}");
        assert_eq!(value["hint"].is_null(), n > 0, "{path}");
    }
    let value = found(&router, "/search", &[("type", "函")]).await;
    let hint = json!({
        "longest_found": null, "without": [], "without_filters": 2, "did_you_mean": [],
    });
    assert_eq!(value["hint"], hint);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let router = sample_router();
    for uri in [
        "/api/v1/serch",
        "/api/v2/search",
        "/serch",
        "/api/v1/documents/a/b/c",
    ] {
        let detail = format!("there is nothing at `{uri}`");
        check_error(&router, get(uri), 404, "not_found", &detail).await;
    }
    for id in [
        "xyz",
        "0123456789ABCDEF",
        "..%2F..%2Fetc%2Fpasswd",
        "%E4%BA%A7",
    ] {
        for rest in ["", "/raw"] {
            let uri = format!("/api/v1/documents/{id}{rest}");
            let detail =
                "no document has this id: a document id is 16 hexadecimal digits in lower case";
            check_error(&router, get(&uri), 404, "not_found", detail).await;
        }
    }
    let detail = "no document has the id or path `0000000000000000`";
    for rest in ["", "/raw"] {
        let uri = format!("/api/v1/documents/0000000000000000{rest}");
        check_error(&router, get(&uri), 404, "not_found", detail).await;
    }
}

#[tokio::test]
async fn an_id_that_is_no_text_is_a_problem_too() {
    let answer = send(&sample_router(), get("/api/v1/documents/%FF")).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_wrong_method_is_refused() {
    let router = sample_router();
    for (method, path) in [
        ("DELETE", "/api/v1/search"),
        ("POST", "/api/v1/documents"),
        ("PUT", "/healthz"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty());
        let detail = format!("`{method}` cannot be used here");
        check_error(
            &router,
            request.expect("is a request"),
            405,
            "not_found",
            &detail,
        )
        .await;
    }
    let request = Request::delete("/api/v1/search")
        .body(Body::empty())
        .expect("is a request");
    let answer = send(&router, request).await;
    assert!(
        answer.header("allow").contains("GET") && answer.header("allow").contains("POST"),
        "{}",
        answer.header("allow")
    );
}

#[tokio::test]
async fn a_request_keeps_its_id_or_gets_one() {
    let router = sample_router();
    let ask = async |id: &str, path: &str| {
        let request = Request::get(path)
            .header("x-request-id", id)
            .body(Body::empty());
        send(&router, request.expect("is a request")).await
    };
    for id in ["abc-1", "A_b.9", &"x".repeat(64)] {
        assert_eq!(ask(id, "/healthz").await.header("x-request-id"), id);
        let answer = ask(id, "/nowhere").await;
        assert_eq!(answer.header("x-request-id"), id);
        assert_eq!(answer.json()["request_id"], id);
    }
    let mut made = BTreeSet::new();
    for id in ["", "a b", "a\"b", "<b>", &"x".repeat(65)] {
        let answer = ask(id, "/nowhere").await;
        let new = answer.header("x-request-id").to_owned();
        assert_ne!(new, id);
        assert_eq!(answer.json()["request_id"], new);
        assert!(!new.is_empty() && made.insert(new), "{id}");
    }
    let answer = send(&router, get("/healthz")).await;
    assert!(made.insert(answer.header("x-request-id").to_owned()));
}

/// A searcher that says what the test wants it to.
struct Stub<F>(F);

impl<F: Fn() -> Result<Response, Error> + Send + Sync> Searcher for Stub<F> {
    fn search(&self, _: &search::Request) -> Result<Response, Error> {
        (self.0)()
    }

    fn counts(&self, _: &search::CountsRequest) -> Result<search::Counts, Error> {
        Err(Error::NotReady)
    }

    fn concordance(&self, _: &search::ConcordanceRequest) -> Result<search::Concordance, Error> {
        Err(Error::NotReady)
    }

    fn document_for(&self, id: DocumentId, _: &search::Request) -> Result<FullDocument, Error> {
        Err(Error::NoDocument(id.to_string()))
    }

    fn summary(&self, id: DocumentId) -> Result<Summary, Error> {
        Err(Error::NoDocument(id.to_string()))
    }

    fn stats(&self) -> Result<Stats, Error> {
        Ok(Stats::default())
    }
}

fn nothing() -> Response {
    Response {
        facets: Vec::new(),
        variants: Vec::new(),
        index: IndexInfo::default(),
        relaxed: false,
        total: Total::default(),
        hits: Vec::new(),
        last: None,
        hint: None,
    }
}

fn stub_router(
    search: impl Fn() -> Result<Response, Error> + Send + Sync + 'static,
    settings: Settings,
) -> Router {
    router_of(Arc::new(Stub(search)), Path::new("corpus"), settings)
}

#[tokio::test]
async fn the_cause_of_an_internal_error_is_not_sent() {
    let router = stub_router(
        || Err(Error::Internal("cannot read /secret/place".into())),
        Settings::default(),
    );
    let detail = "something went wrong here; the log has the request's id";
    let value = check_error(&router, get("/api/v1/search?q=a"), 500, "internal", detail).await;
    assert!(!value.to_string().contains("secret"), "{value}");
}

#[tokio::test]
async fn a_search_that_panics_is_an_internal_error() {
    let router = stub_router(
        || panic!("in a test, at /secret/place"),
        Settings::default(),
    );
    let detail = "something went wrong here; the log has the request's id";
    let value = check_error(&router, get("/api/v1/search?q=a"), 500, "internal", detail).await;
    assert!(!value.to_string().contains("secret"), "{value}");
    // The server goes on.
    good(&router, get("/api/v1/stats")).await;
}

/// A router whose searches begin, say so, and end when the sender is dropped.
fn blocking_router(
    settings: Settings,
) -> (
    Router,
    mpsc::Sender<()>,
    tokio::sync::mpsc::UnboundedReceiver<()>,
) {
    let (release, gate) = mpsc::channel::<()>();
    let (started, starts) = tokio::sync::mpsc::unbounded_channel();
    let gate = Mutex::new(gate);
    let search = move || {
        let _ = started.send(());
        let _ = gate.lock().expect("is not poisoned").recv();
        Ok(nothing())
    };
    (stub_router(search, settings), release, starts)
}

#[tokio::test]
async fn a_search_that_takes_too_long_is_given_up() {
    let settings = Settings {
        timeout_seconds: 1,
        ..Settings::default()
    };
    let (router, hold, _begun) = blocking_router(settings);
    check_error(
        &router,
        get("/api/v1/search?q=a"),
        504,
        "timeout",
        "the search took too long",
    )
    .await;
    drop(hold);
}

#[tokio::test]
async fn more_searches_than_may_wait_are_refused() {
    let settings = Settings {
        max_searches: 1,
        max_waiting: 0,
        ..Settings::default()
    };
    let (router, hold, mut begun) = blocking_router(settings);
    let first = tokio::spawn({
        let router = router.clone();
        async move { send(&router, get("/api/v1/search?q=a")).await.status }
    });
    begun.recv().await.expect("the first one begins");
    let detail = "too many searches wait already; try again in a moment";
    check_error(&router, get("/api/v1/search?q=b"), 503, "too_busy", detail).await;
    drop(hold);
    assert_eq!(first.await.expect("comes to an end"), StatusCode::OK);
    assert_eq!(
        send(&router, get("/api/v1/search?q=c")).await.status,
        StatusCode::OK
    );
}

/// Anything that can stand in an address, queries and what looks like them.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => "[产业园区的人ab1,.%*]{1,4}".prop_map(String::into_bytes),
        3 => "[ ()|\"“”「」『』＂\\-：:/]{1,3}".prop_map(String::into_bytes),
        2 => "(AND|OR|NOT|title:|path:|NEAR/10| )".prop_map(String::into_bytes),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_query_is_an_error_of_the_server(q in any_bytes()) {
        let uri = format!("/api/v1/search?q={}", percent_encode(&q, NON_ALPHANUMERIC));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be had");
        let answer = runtime.block_on(send(&sample_router(), get(&uri)));
        prop_assert!(!answer.status.is_server_error(), "{uri}: {}", answer.text());
        // Nothing that a person can type is an error, unless there is too much of it.
        let allowed: &[u16] = if std::str::from_utf8(&q).is_ok() { &[200, 413] } else { &[400, 413] };
        prop_assert!(allowed.contains(&answer.status.as_u16()), "{uri}: {}", answer.text());
        prop_assert!(answer.json().is_object());
    }
}
