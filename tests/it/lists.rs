//! Lists over HTTP that are longer than a page: cursors, exports, feeds; and answers about words.

use std::fs;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use yicha::http::{Context, Settings, router};
use yicha::index::Live;
use yicha::search::{Mask, SharedSearcher};

use crate::archive::Archive;

fn router_of(searcher: SharedSearcher, archive: &Archive) -> Router {
    router(Context {
        admin: None,
        mask: Mask::Also,
        max_file_size: 64 << 20,
        searcher,
        archive: archive.corpus().to_owned(),
        settings: Settings::default(),
    })
}

fn of(archive: &Archive) -> Router {
    router_of(archive.reader.clone(), archive)
}

async fn send(router: &Router, path: &str, parameters: &[(&str, &str)]) -> Response<Body> {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let request = Request::get(format!("{path}?{query}")).header("host", "archive.example:7171");
    let request = request.body(Body::empty()).expect("is a request");
    router.clone().oneshot(request).await.expect("cannot fail")
}

async fn text(response: Response<Body>) -> String {
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("is whole")
        .to_bytes();
    String::from_utf8(bytes.to_vec()).expect("is UTF-8")
}

async fn get(router: &Router, path: &str, parameters: &[(&str, &str)]) -> (u16, Value) {
    let response = send(router, path, parameters).await;
    let status = response.status().as_u16();
    let text = text(response).await;
    (status, serde_json::from_str(&text).expect("is JSON"))
}

async fn good(router: &Router, path: &str, parameters: &[(&str, &str)]) -> Value {
    let (status, value) = get(router, path, parameters).await;
    assert_eq!(status, 200, "{value}");
    value
}

async fn refused(
    router: &Router,
    path: &str,
    parameters: &[(&str, &str)],
) -> (u16, String, String) {
    let (status, value) = get(router, path, parameters).await;
    let code = value["code"].as_str().expect("has a code").to_owned();
    let parameter = value["errors"][0]["parameter"]
        .as_str()
        .unwrap_or("")
        .to_owned();
    (status, code, parameter)
}

/// Thirty documents, some of one day and one title.
fn many() -> Archive {
    let files: Vec<(String, String)> = (0..30)
        .map(|n| {
            let day = if n % 4 == 0 {
                String::new()
            } else {
                format!("2023-07-{:02} ", n % 7 + 1)
            };
            let title = ["水利工作讲话", "乡村工作讲话", "渠道工作通知"][n % 3];
            let body = "治水工作要抓紧。".repeat(n % 5 + 1);
            (
                format!("册{}/{day}文{n}.txt", n % 2),
                format!("{title}\n{body}"),
            )
        })
        .collect();
    Archive::of(&files)
}

fn ids(value: &Value, list: &str) -> Vec<String> {
    let hits = value[list].as_array().expect("is a list");
    hits.iter()
        .map(|hit| hit["id"].as_str().expect("is a text").to_owned())
        .collect()
}

/// Walks a list by its cursors.
async fn walk(router: &Router, path: &str, parameters: &[(&str, &str)], list: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut asked = parameters.to_vec();
        if let Some(cursor) = &cursor {
            asked.push(("cursor", cursor));
        }
        let value = good(router, path, &asked).await;
        let page = ids(&value, list);
        assert!(
            !page.is_empty() || cursor.is_none(),
            "no empty page at the end"
        );
        all.extend(page);
        assert!(all.len() <= 100, "the walk does not end");
        match value["next"]["cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return all,
        }
    }
}

const SORTS: [&str; 5] = ["relevance", "-date", "date", "-occurrences", "title"];

#[tokio::test]
async fn a_walk_by_cursor_is_the_whole_list() {
    let archive = many();
    let router = of(&archive);
    for sort in SORTS {
        for q in ["", "治水工作", "“渠道” | “乡村工作”", "工作 NEAR/3 抓紧"] {
            let whole = good(
                &router,
                "/api/v1/search",
                &[("q", q), ("sort", sort), ("limit", "100")],
            )
            .await;
            let whole = ids(&whole, "hits");
            assert!(whole.len() >= 10, "{q} {sort}");
            for limit in ["1", "4", "7", "30"] {
                let parameters = [("q", q), ("sort", sort), ("limit", limit)];
                let walked = walk(&router, "/api/v1/search", &parameters, "hits").await;
                assert_eq!(walked, whole, "{q} {sort} {limit}");
            }
        }
        let whole = good(
            &router,
            "/api/v1/documents",
            &[("sort", sort), ("limit", "100")],
        )
        .await;
        let parameters = [("sort", sort), ("limit", "4")];
        let walked = walk(&router, "/api/v1/documents", &parameters, "documents").await;
        assert_eq!(walked, ids(&whole, "documents"), "{sort}");
    }
}

#[tokio::test]
async fn a_cursor_goes_on_in_its_generation() {
    let archive = many();
    let live = Arc::new(
        Live::open(archive.index())
            .expect("can be opened")
            .keeping(1),
    );
    let router = router_of(live.clone(), &archive);
    for sort in SORTS {
        let whole = good(
            &router,
            "/api/v1/search",
            &[("q", "治水"), ("sort", sort), ("limit", "100")],
        )
        .await;
        let first = good(
            &router,
            "/api/v1/search",
            &[("q", "治水"), ("sort", sort), ("limit", "20")],
        )
        .await;
        let cursor = first["next"]["cursor"]
            .as_str()
            .expect("goes on")
            .to_owned();
        archive.write(
            &format!("新/{sort}.txt"),
            "水利工作讲话\n治水治水治水治水治水治水",
        );
        let path = archive.corpus().join("册1/2023-07-02 文1.txt");
        let _ = fs::remove_file(path);
        archive.rebuild();
        assert!(live.refresh().expect("can be read"));
        let rest = good(
            &router,
            "/api/v1/search",
            &[
                ("q", "治水"),
                ("sort", sort),
                ("limit", "100"),
                ("cursor", &cursor),
            ],
        )
        .await;
        assert_eq!(rest["index"], first["index"]);
        assert_eq!(rest["total"]["documents"], whole["total"]["documents"]);
        let joined = [ids(&first, "hits"), ids(&rest, "hits")].concat();
        assert_eq!(joined, ids(&whole, "hits"), "{sort}");
    }
    // Another server does not have it open, but finds it on disk.
    let first = good(&router, "/api/v1/search", &[("q", "治水")]).await;
    let cursor = first["next"]["cursor"]
        .as_str()
        .expect("goes on")
        .to_owned();
    let parameters = [("q", "治水"), ("cursor", cursor.as_str())];
    let publish = |n: usize| {
        archive.write(&format!("又/{n}.txt"), "渠道通水了");
        archive.rebuild();
    };
    publish(0);
    let fresh = Live::open(archive.index())
        .expect("can be opened")
        .keeping(1);
    let other = router_of(Arc::new(fresh), &archive);
    good(&other, "/api/v1/search", &parameters).await;
    // Once it is neither open nor on disk it is gone.
    for n in 1..4 {
        publish(n);
    }
    let last = Live::open(archive.index()).expect("can be opened");
    let gone = refused(
        &router_of(Arc::new(last), &archive),
        "/api/v1/search",
        &parameters,
    )
    .await;
    assert_eq!(gone, (410, "cursor_expired".to_owned(), String::new()));
}

#[tokio::test]
async fn a_cursor_belongs_to_its_request() {
    let archive = many();
    let router = of(&archive);
    let first = good(&router, "/api/v1/search", &[("q", "治水"), ("limit", "5")]).await;
    assert_eq!(first["next"]["offset"], 5);
    let cursor = first["next"]["cursor"].as_str().expect("goes on");
    let wrong = (400, "invalid_parameter".to_owned(), "cursor".to_owned());
    for other in [
        ("q", "渠道"),
        ("sort", "date"),
        ("scope", "sentence"),
        ("in", "body"),
        ("type", "讲话"),
        ("mask", "off"),
        ("numbers", "off"),
    ] {
        let mut parameters = vec![("cursor", cursor), other];
        if other.0 != "q" {
            parameters.push(("q", "治水"));
        }
        assert_eq!(
            refused(&router, "/api/v1/search", &parameters).await,
            wrong,
            "{other:?}"
        );
    }
    let longer = format!("{cursor}A");
    for made_up in [
        "",
        "x",
        "!!!",
        "bnVsbA",
        &cursor[1..],
        &longer,
        &"A".repeat(20_000),
    ] {
        let parameters = [("q", "治水"), ("cursor", made_up)];
        assert_eq!(refused(&router, "/api/v1/search", &parameters).await, wrong);
    }
    let with_offset = [("q", "治水"), ("cursor", cursor), ("offset", "5")];
    let wrong = (400, "invalid_parameter".to_owned(), "offset".to_owned());
    assert_eq!(
        refused(&router, "/api/v1/search", &with_offset).await,
        wrong
    );
    // How a page looks may change.
    let other = [
        ("q", "治水"),
        ("cursor", cursor),
        ("limit", "2"),
        ("highlight", "none"),
        ("snippets", "1"),
    ];
    let page = good(&router, "/api/v1/search", &other).await;
    assert_eq!(ids(&page, "hits").len(), 2);
    assert!(page["next"]["offset"].is_null());
}

/// The cells of a table (RFC 4180).
fn table(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    assert!(
        !quoted && row.is_empty() && cell.is_empty(),
        "ends with a line"
    );
    rows
}

#[tokio::test]
async fn an_export_is_a_table_without_formulas() {
    let archive = Archive::of(&[
        (
            "甲.txt",
            "=HYPERLINK(\"http://x\",\"路灯\")\n修路灯，“亮”起来",
        ),
        ("乙.txt", "+路灯\n-路灯"),
        ("@丙.txt", "路灯的事\n逗号,\"引号\"，路灯"),
        ("丁.txt", "别的\n没有"),
    ]);
    let response = send(
        &of(&archive),
        "/api/v1/export",
        &[("q", "“路灯”"), ("sort", "title")],
    )
    .await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| {
        response.headers()[name]
            .to_str()
            .expect("is ASCII")
            .to_owned()
    };
    assert!(header("content-type").starts_with("text/csv; charset=utf-8"));
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"yicha.csv\"; filename*=UTF-8''yicha-%E8%B7%AF%E7%81%AF.csv"
    );
    let text = text(response).await;
    let rows = table(
        text.strip_prefix('\u{feff}')
            .expect("begins with a byte-order mark"),
    );
    assert_eq!(
        rows[0],
        [
            "title",
            "type",
            "meeting",
            "speaker",
            "region",
            "date",
            "path",
            "occurrences",
            "snippet",
            "id",
            "url"
        ]
    );
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert_eq!(row.len(), 11);
        for cell in row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
    let of_path = |path: &str| rows.iter().find(|row| row[6] == path).expect("is there");
    let snippet = "'=HYPERLINK(\"http://x\",\"【路灯】\")";
    assert_eq!(of_path("甲.txt")[8], snippet);
    assert_eq!(of_path("乙.txt")[8], "'+【路灯】");
    assert_eq!(of_path("'@丙.txt")[8], "【路灯】的事");
    assert_eq!(of_path("'@丙.txt")[7], "2");
    assert!(of_path("甲.txt")[10].starts_with("http://archive.example:7171/d/"));
}

#[tokio::test]
async fn a_year_by_itself_is_the_date_of_tables_and_feeds() {
    let archive = Archive::of(&[
        ("总结.txt", "2024年度水利工作总结\n路灯"),
        ("2023-07-18 甲.txt", "路灯工作讲话\n路灯亮了"),
    ]);
    let router = of(&archive);
    let newest = good(&router, "/api/v1/documents", &[]).await;
    let first = &newest["documents"][0];
    assert_eq!(
        (&first["date"], &first["year"]),
        (&Value::Null, &2024.into())
    );
    let table_of = text(send(&router, "/api/v1/export", &[("sort", "-date")]).await).await;
    let dates: Vec<String> = table(&table_of)
        .into_iter()
        .map(|row| row[5].clone())
        .collect();
    assert_eq!(dates, ["date", "2024", "2023-07-18"]);
    let feed = text(send(&router, "/feed.atom", &[("q", "路灯")]).await).await;
    let entries: Vec<&str> = feed.split("<entry>").skip(1).collect();
    assert!(
        entries[0].contains("<updated>2024-01-01T00:00:00+08:00</updated>"),
        "{feed}"
    );
    assert!(
        entries[1].contains("<updated>2023-07-18T00:00:00+08:00</updated>"),
        "{feed}"
    );
}

#[tokio::test]
async fn an_export_has_all_hits_in_their_order() {
    // More than one batch.
    let files: Vec<(String, String)> = (0..1_203)
        .map(|n| {
            (
                format!("文{n}.txt"),
                format!("第{n}号\n{}", "路灯。".repeat(n % 4 + 1)),
            )
        })
        .collect();
    let archive = Archive::of(&files);
    let router = of(&archive);
    let parameters = [
        ("q", "“路灯”"),
        ("sort", "-occurrences"),
        ("format", "jsonl"),
    ];
    let response = send(&router, "/api/v1/export", &parameters).await;
    let lines = text(response).await;
    let exported: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("is JSON"))
        .collect();
    assert_eq!(exported.len(), 1_203);
    for offset in [0, 400, 1_200] {
        let offset_text = offset.to_string();
        let parameters = [
            ("q", "“路灯”"),
            ("sort", "-occurrences"),
            ("offset", &offset_text),
            ("limit", "100"),
        ];
        let page = good(&router, "/api/v1/search", &parameters).await;
        let hits = page["hits"].as_array().expect("is a list");
        assert_eq!(hits.as_slice(), &exported[offset..offset + hits.len()]);
    }
    let filtered = [("q", "路灯"), ("file_format", "docx"), ("format", "jsonl")];
    assert_eq!(
        text(send(&router, "/api/v1/export", &filtered).await).await,
        ""
    );
    let wrong = refused(&router, "/api/v1/export", &[("format", "xlsx")]).await;
    assert_eq!(
        wrong,
        (400, "invalid_parameter".to_owned(), "format".to_owned())
    );
    // A client that leaves after the first chunk holds nothing up.
    let mut response = send(&router, "/api/v1/export", &[("q", "“路灯”")]).await;
    let first = response
        .body_mut()
        .frame()
        .await
        .expect("there is one")
        .expect("is whole");
    assert!(first.is_data());
    drop(response);
    good(&router, "/api/v1/search", &[("q", "路灯")]).await;
}

#[tokio::test]
async fn a_feed_has_the_newest_hits() {
    let archive = Archive::of(&[
        (
            "2023-07-18 甲.txt",
            "关于<路灯>&“灯”的讲话\n路灯<b>亮</b>了",
        ),
        ("2024-01-02 乙.txt", "路灯工作通知\n路灯修好了"),
        ("丙.txt", "路灯\n没有日期"),
        ("丁.txt", "别的\n没有"),
    ]);
    let router = of(&archive);
    let response = send(&router, "/feed.atom", &[("q", "“路灯”")]).await;
    assert_eq!(
        response.headers()["content-type"],
        "application/atom+xml; charset=utf-8"
    );
    let feed = text(response).await;
    let entries: Vec<&str> = feed.split("<entry>").skip(1).collect();
    assert_eq!(entries.len(), 3, "{feed}");
    assert!(
        entries[0].contains("<updated>2024-01-02T00:00:00+08:00</updated>"),
        "{feed}"
    );
    assert!(
        entries[1].contains("<updated>2023-07-18T00:00:00+08:00</updated>"),
        "{feed}"
    );
    assert!(
        entries[2].contains(&format!("<updated>{}</updated>", archive.summary.built_at)),
        "{feed}"
    );
    let id = yicha::document::DocumentId::of_path("2024-01-02 乙.txt");
    assert!(entries[0].contains(&format!("<id>tag:yicha,2026:document/{id}</id>")));
    assert!(entries[0].contains(&format!("href=\"http://archive.example:7171/d/{id}\"")));
    assert!(
        feed.contains("href=\"http://archive.example:7171/feed.atom?q=%E2%80%9C"),
        "{feed}"
    );
    assert!(
        !feed.contains("<路灯>") && !feed.contains("<b>") && !feed.contains("<mark>"),
        "{feed}"
    );
    assert!(feed.contains("&lt;mark&gt;路灯&lt;/mark&gt;"), "{feed}");
    // What a client says its host is does not get into the feed as it is.
    let request = Request::get("/feed.atom?q=a").header("host", "\"><script>");
    let request = request.body(Body::empty()).expect("is a request");
    let response = router.clone().oneshot(request).await.expect("cannot fail");
    let feed = text(response).await;
    assert!(
        feed.contains("href=\"/feed.atom?q=a\"") && !feed.contains("script"),
        "{feed}"
    );
    let wrong = refused(&router, "/feed.atom", &[("limit", "3")]).await;
    assert_eq!(wrong.1, "unknown_parameter");
}

#[tokio::test]
async fn counts_and_concordances_have_the_shape_of_the_docs() {
    let archive = many();
    let router = of(&archive);
    let value = good(&router, "/api/v1/counts", &[("q", "“治水”"), ("q", "渠道")]).await;
    assert_eq!(value["by"], "year");
    assert_eq!(value["total"]["documents"], 30);
    assert_eq!(value["buckets"][0]["value"], 2023);
    assert_eq!(
        value["buckets"][0]["counts"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(value["without"]["documents"], 8);
    assert_eq!(value["queries"][0]["understood"], "phrase(治水)");
    assert_eq!(value["queries"][1]["total"]["documents"], 10);
    assert_eq!(value["queries"][0]["first"]["date"], "2023-07-01");
    let wrong = (400, "invalid_parameter".to_owned(), "q".to_owned());
    assert_eq!(refused(&router, "/api/v1/counts", &[]).await, wrong);
    assert_eq!(
        refused(&router, "/api/v1/counts", &[("q", "a"); 6]).await,
        wrong
    );
    let wrong = (400, "invalid_parameter".to_owned(), "by".to_owned());
    assert_eq!(
        refused(&router, "/api/v1/counts", &[("q", "a"), ("by", "day")]).await,
        wrong
    );

    let parameters = [
        ("q", "“治水”"),
        ("sort", "document"),
        ("context", "5"),
        ("limit", "3"),
    ];
    let value = good(&router, "/api/v1/concordance", &parameters).await;
    let line = &value["lines"][0];
    assert_eq!(
        (&line["left"], &line["match"]),
        (&Value::from(""), &Value::from("治水"))
    );
    assert_eq!(
        (&line["right"], &line["class"]),
        (&Value::from("工作要抓紧"), &Value::from("exact"))
    );
    assert_eq!(
        (&line["paragraph"], &line["start"], &line["end"]),
        (&2.into(), &7.into(), &9.into())
    );
    assert_eq!(value["total"]["documents"], 30);
    assert_eq!(value["total"]["occurrences"], 90);
    assert_eq!(value["truncated"], false);
    assert_eq!(value["next"]["offset"], 3);
    let value = good(
        &router,
        "/api/v1/concordance",
        &[("q", "“治水”"), ("group", "next")],
    )
    .await;
    assert_eq!(value["words"][0]["word"], "工作");
    assert_eq!(value["words"][0]["occurrences"], 90);
    assert_eq!(value["words"][0]["documents"], 30);
    assert_eq!(value["total"]["words"], 1);
    for (name, got) in [
        ("context", "4"),
        ("context", "61"),
        ("sort", "title"),
        ("group", "both"),
        ("limit", "0"),
    ] {
        let wrong = (400, "invalid_parameter".to_owned(), name.to_owned());
        assert_eq!(
            refused(&router, "/api/v1/concordance", &[("q", "a"), (name, got)]).await,
            wrong
        );
    }
    let beyond = refused(
        &router,
        "/api/v1/concordance",
        &[("q", "a"), ("offset", "99990")],
    )
    .await;
    assert_eq!((beyond.0, beyond.1.as_str()), (413, "window_too_large"));
}
