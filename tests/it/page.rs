//! The page as it leaves the router, without a browser: what those read who have no scripts.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use yicha::document::DocumentId;
use yicha::http::{Context, Settings, router};
use yicha::search::{Mask, SharedSearcher};

use crate::archive::{Archive, SAMPLE_CORPUS, sample};

fn page_router(searcher: SharedSearcher, archive: &Path) -> Router {
    router(Context {
        admin: None,
        searcher,
        archive: archive.to_owned(),
        mask: Mask::Also,
        max_file_size: 64 << 20,
        settings: Settings::default(),
    })
}

fn sample_page() -> Router {
    page_router(sample().reader.clone(), Path::new(SAMPLE_CORPUS))
}

fn page_of(archive: &Archive) -> Router {
    page_router(archive.reader.clone(), archive.corpus())
}

/// What came back: status, headers, body.
async fn fetch(
    router: &Router,
    path: &str,
    parameters: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, String) {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let mut request = Request::get(format!("{path}?{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("is a request");
    let response = router
        .clone()
        .oneshot(request)
        .await
        .expect("a router cannot fail");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("is in memory").to_bytes();
    let body = String::from_utf8(body.to_vec()).expect("is UTF-8");
    (parts.status, parts.headers, body)
}

async fn html(router: &Router, path: &str, parameters: &[(&str, &str)]) -> String {
    let (status, headers, body) = fetch(router, path, parameters, &[]).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    body
}

/// A page by its address.
async fn fetch_address(router: &Router, address: &str) -> (StatusCode, HeaderMap, String) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fetch(router, path, &pairs, &[]).await
}

/// The text behind `before`, up to `after`.
fn between<'a>(body: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = body
        .split_once(before)
        .unwrap_or_else(|| panic!("no `{before}` in {body}"));
    rest.split_once(after).expect("ends").0
}

/// An address as the page writes it, as one that can be fetched.
fn target(href: &str) -> String {
    href.replace("&amp;", "&")
}

fn n_hits(body: &str) -> usize {
    body.matches("<li class=\"hit\">").count()
}

#[tokio::test]
async fn a_search_needs_no_script() {
    let router = sample_page();
    let body = html(&router, "/", &[("q", "产业")]).await;

    assert_eq!(n_hits(&body), 10);
    assert!(body.contains("<mark class=\"exact\">产业</mark>"));
    assert!(body.contains("name=\"q\" value=\"产业\""));
    let document = between(&body, "<h2><a href=\"", "\"");
    assert!(document.starts_with("/d/") && document.ends_with("?q=%E4%BA%A7%E4%B8%9A"));

    let more = target(between(&body, "data-more href=\"", "\""));
    assert_eq!(more, "/?q=%E4%BA%A7%E4%B8%9A&offset=10");
    let (_, _, second) = fetch(&router, "/", &[("q", "产业"), ("offset", "10")], &[]).await;
    assert_eq!(n_hits(&second), 10);
    assert_ne!(between(&second, "<h2><a href=\"", "\""), document);
}

#[tokio::test]
async fn a_filter_is_a_link_that_gives_as_many_as_it_says() {
    let router = sample_page();
    let body = html(&router, "/", &[("q", "产业")]).await;
    let kinds = between(&body, "<h2>文种</h2>", "</section>");
    let value = between(kinds, "data-key=\"type=", "\"");
    let promised = between(kinds, "<span class=\"n\">", "<");
    let chosen = html(&router, "/", &[("q", "产业"), ("type", value)]).await;

    assert!(chosen.contains(&format!("<strong>{promised} 篇</strong>")));
    assert!(chosen.contains("aria-current=\"true\""));
    // The form goes on with it, and a chip takes it away.
    assert!(chosen.contains(&format!(
        "<input type=\"hidden\" name=\"type\" value=\"{value}\" form=\"search\">"
    )));
    let chip = between(&chosen, "<ul class=\"chips\"", "</ul>");
    assert_eq!(between(chip, "href=\"", "\""), "/?q=%E4%BA%A7%E4%B8%9A");
}

#[tokio::test]
async fn parts_of_the_page_are_what_the_page_has() {
    let router = sample_page();
    let page = html(&router, "/", &[("q", "园区")]).await;
    let part = html(&router, "/", &[("q", "园区"), ("fragment", "results")]).await;
    let hits = html(&router, "/", &[("q", "园区"), ("fragment", "hits")]).await;
    // The time that it took is no other.
    let timeless = |body: &str| {
        let (before, rest) = body.split_once("took\">").expect("says how long");
        format!("{before}{}", rest.split_once('<').expect("ends").1)
    };

    assert!(part.starts_with("<div id=\"results\""));
    let page = timeless(&page);
    assert!(page.contains(&timeless(&part)));
    assert!(page.contains(&hits));
}

#[tokio::test]
async fn empty_fields_and_names_of_others_say_nothing() {
    let router = sample_page();
    let parameters = [
        ("q", ""),
        ("from", ""),
        ("utm_source", "x"),
        ("sort", "relevance"),
    ];
    let body = html(&router, "/", &parameters).await;

    assert!(body.contains("data-address=\"/\""));
    assert!(body.contains("<strong>全部文件 48 篇</strong>"));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_on_a_page() {
    let router = sample_page();
    for (path, parameters, status, said) in [
        (
            "/",
            vec![("from", "<b>")],
            400,
            "<p>起 <code>&lt;b&gt;</code></p><p class=\"faint\">写年、年月或年月日",
        ),
        ("/", vec![("sort", "best")], 400, "地址里有不能理解的条件"),
        ("/", vec![("offset", "99999")], 413, "不能再往后翻了"),
        ("/d/0000000000000000", vec![], 404, "没有这个文件"),
        ("/d/..%2f..", vec![], 404, "没有这个文件"),
    ] {
        let (got, headers, body) = fetch(&router, path, &parameters, &[]).await;
        assert_eq!(got.as_u16(), status, "{path}");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        assert!(body.contains(said), "{body}");
    }
    let long = "长".repeat(1001);
    let (status, ..) = fetch(&router, "/", &[("q", &long)], &[]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_page_loads_nothing_but_our_files() {
    let router = sample_page();
    let id = sample_id();
    let views = ["/?q=产业", "/counts?q=产业&q2=园区", "/concordance?q=产业"];
    let documents = [format!("/d/{id}?q=产业"), "/d/none".to_owned()];
    for path in views.into_iter().map(ToOwned::to_owned).chain(documents) {
        let (_, headers, body) = fetch_address(&router, &path).await;
        assert_eq!(
            headers["content-security-policy"],
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "same-origin");
        assert!(!headers.contains_key("set-cookie"));
        for inline in [
            "<style",
            " style=",
            "<script>",
            " onclick",
            "javascript:",
            "//",
        ] {
            let outside = body.replace("http://www.w3.org/", "");
            assert!(!outside.contains(inline), "{inline} in {path}");
        }
    }
}

fn sample_id() -> DocumentId {
    DocumentId::of_path("2023/七月/2023年上半年经济运行情况汇报.txt")
}

#[tokio::test]
async fn assets_are_kept_for_good_under_the_name_of_their_version() {
    let router = sample_page();
    let body = html(&router, "/", &[]).await;
    for name in ["style.css", "search.js", "icon.svg"] {
        let end = format!("/{name}\"");
        let (before, _) = body.split_once(&end).expect("is named");
        let (_, version) = before.rsplit_once('/').expect("has a version");
        let (status, headers, content) =
            fetch(&router, &format!("/assets/{version}/{name}"), &[], &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!content.is_empty());
        assert_eq!(
            headers["cache-control"],
            "public, max-age=31536000, immutable"
        );
        let (_, headers, _) = fetch(&router, &format!("/assets/0/{name}"), &[], &[]).await;
        assert_eq!(headers["cache-control"], "no-cache");
    }
    let (status, ..) = fetch(&router, "/assets/0/none.js", &[], &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn markup_in_documents_and_queries_is_text() {
    let attack = "<img src=x onerror=alert(1)>";
    let path = format!("2024/{attack}.txt");
    let text = format!(
        "关于“{attack}”的通知\n\n现将{attack}和</p><script>alert(2)</script>\"'&通知如下。\n"
    );
    let archive = Archive::of(&[(path.as_str(), text.as_str())]);
    let router = page_of(&archive);
    let id = DocumentId::of_path(&path);

    for (path, parameters) in [
        ("/".to_owned(), vec![("q", "通知")]),
        (
            "/".to_owned(),
            vec![("q", attack), ("type", attack), ("path", attack)],
        ),
        (
            "/".to_owned(),
            vec![("q", "\"><script>alert(3)</script>"), ("sort", attack)],
        ),
        ("/concordance".to_owned(), vec![("q", "通知")]),
        (
            "/counts".to_owned(),
            vec![("q", attack), ("q2", "\"><script>alert(3)</script>")],
        ),
        (format!("/d/{id}"), vec![("q", "通知")]),
        (
            format!("/d/{id}"),
            vec![("q", "\"'><script>alert(3)</script>")],
        ),
    ] {
        let (_, _, body) = fetch(&router, &path, &parameters, &[]).await;
        for markup in ["<img", "<script>", "</script>\"'", "\"'>"] {
            assert!(!body.contains(markup), "{markup} in {body}");
        }
        assert!(body.contains("&lt;"), "{body}");
    }
}

#[tokio::test]
async fn a_document_is_a_page_to_be_read() {
    let text = "关于田埂清淤的报告\n王小满\n\n各位代表：\n一、渠道要清\n渠道清了，水才到得了田头。\n二、田埂要量\n田埂一寸一寸量，渠道一段一段清。\n";
    let archive = Archive::of(&[("2024/报告.txt", text)]);
    let router = page_of(&archive);
    let id = DocumentId::of_path("2024/报告.txt");
    let body = html(&router, &format!("/d/{id}"), &[("q", "渠道")]).await;

    assert!(body.contains("<h1 id=\"p1\">"));
    assert!(body.contains("<p class=\"byline\" id=\"p2\">"));
    let outline = between(&body, "<nav class=\"outline\"", "</nav>");
    assert!(outline.contains(">一、渠道要清</a>") && outline.contains(">二、田埂要量</a>"));
    assert!(body.contains("<mark id=\"m1\" class=\"exact\">渠道</mark>"));
    assert!(body.contains("data-matches=\"3\""));
    assert!(body.contains(&format!("/api/v1/documents/{id}/raw")));
    assert!(body.contains("data-path=\"2024/报告.txt\""));
    // Every paragraph has an address of its own.
    let n = body.matches("class=\"number\"").count();
    assert!((1..=n).all(|n| body.contains(&format!("id=\"p{n}\""))));
}

#[tokio::test]
async fn a_heading_that_goes_on_with_text_leads_its_paragraph() {
    let archive = Archive::of(&[(
        "报告.txt",
        "渠道工作的报告\n\n一、渠道要清\n\n一是清渠道，一段一段清。年初应下的事，到年底逐件对账。\n\n二是量田埂，一寸一寸量。账对不上的，回村再问一遍。\n\n二、田埂要量：\n\n不许拿平均数遮住没办成的那几件。\n",
    )]);
    let router = page_of(&archive);
    let id = DocumentId::of_path("报告.txt");
    let body = html(&router, &format!("/d/{id}"), &[]).await;
    let paragraph = |n: usize| between(&body, &format!("id=\"p{n}\">"), "</");
    assert!(body.contains("<h2 id=\"p2\">"), "{body}");
    assert!(body.contains("<h2 id=\"p5\">"), "{body}");
    assert!(body.contains("<p id=\"p3\">"), "{body}");
    assert!(body.contains("<strong>一是清渠道"), "{}", paragraph(3));
    assert!(!between(&body, "id=\"p3\">", "</p>").contains("对账。</strong>"));
}

#[tokio::test]
async fn without_scripts_the_first_query_is_sorted_by_relevance() {
    let body = html(&sample_page(), "/", &[]).await;
    let sort = between(&body, "<select name=\"sort\"", "</select>");
    assert!(
        sort.contains("<option value=\"relevance\" selected>新的在前"),
        "{sort}"
    );
}

#[tokio::test]
async fn how_a_query_was_read_can_be_changed() {
    let archive = Archive::of(&[
        ("甲.txt", "水库除险的通知\n\n云栈县的12座水库要除险。\n"),
        ("乙.txt", "水库除险的回函\n\n云*县的十二座水库也要除险。\n"),
    ]);
    let router = page_of(&archive);
    let body = html(&router, "/", &[("q", "\"云栈县\"")]).await;
    assert!(body.contains("1 处在掩码之下"), "{body}");
    assert!(body.contains("<mark class=\"masked\" title=\"掩码\">云*县</mark>"));
    assert!(body.contains("&amp;mask=off\"") && body.contains("&amp;mask=only\""));
    let body = html(&router, "/", &[("q", "\"云栈县\""), ("mask", "off")]).await;
    assert_eq!(n_hits(&body), 1);
    assert!(body.contains("未找掩码之下的文字。"));

    // Numbers, in each view; where there are none, there is nothing to say.
    for path in ["/", "/counts", "/concordance"] {
        let body = html(&router, path, &[("q", "\"12座\"")]).await;
        assert!(body.contains("也找了数字的其他写法"), "{path} {body}");
        let off = target(between(
            &body,
            "data-key=\"numbers\" href=\"",
            "\">不含这些",
        ));
        let (_, _, body) = fetch_address(&router, &off).await;
        assert!(body.contains("没有找其他写法"), "{path} {body}");
        // It goes on with what is typed next.
        assert!(body.contains("name=\"numbers\" value=\"off\" form=\"search\""));
        let also = between(&body, "data-key=\"numbers\" href=\"", "\">一并查找");
        let (_, _, body) = fetch_address(&router, &target(also)).await;
        assert!(body.contains("也找了数字的其他写法"), "{path} {body}");
    }
    let off = |q| [("q", q), ("numbers", "off")];
    assert_eq!(n_hits(&html(&router, "/", &off("\"12座\"")).await), 1);
    assert!(
        !html(&router, "/", &off("水库"))
            .await
            .contains("没有找其他写法")
    );
    let body = html(&router, "/", &off("\"一十二座\"")).await;
    assert!(body.contains("连同数字的其他写法一起找"), "{body}");

    let body = html(&router, "/", &[("q", "“水库")]).await;
    assert!(body.contains("已修正") && body.contains("引号缺另一半"));

    let plain = target(between(
        &body,
        "引号缺另一半 <a class=\"switch\" data-swap href=\"",
        "\"",
    ));
    assert_eq!(plain, "/?q=%E6%B0%B4%E5%BA%93");

    // What was relaxed can be asked for in full.
    let body = html(&router, "/", &[("q", "水库 云栈县 斑马鱼 除险")]).await;
    let strict = target(between(
        between(&body, "<p class=\"notice\">", "</p>"),
        "href=\"",
        "\"",
    ));
    let (_, _, body) = fetch_address(&router, &strict).await;
    assert!(
        body.contains("没有找到") && !body.contains("class=\"notice\""),
        "{strict}"
    );

    let body = html(&router, "/", &[("q", "“没有的话” 水库"), ("type", "讲话")]).await;
    assert!(body.contains("没有找到") && body.contains("去掉全部筛选条件"));
    assert_eq!(n_hits(&body), 0);
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_browser() {
    let router = sample_page();
    for (accept, tag, said) in [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "全部文件 48 篇"),
        ("en-GB,en;q=0.9", "en", "All 48 documents"),
    ] {
        let (_, headers, body) = fetch(&router, "/", &[], &[("accept-language", accept)]).await;
        assert_eq!(headers["vary"], "accept-language");
        assert!(body.contains(&format!("<html lang=\"{tag}\">")));
        assert!(body.contains(said), "{body}");
    }
}

#[tokio::test]
async fn a_browser_can_search_here_by_itself() {
    let router = sample_page();
    let description = |host: &'static str| {
        let router = router.clone();
        async move { fetch(&router, "/opensearch.xml", &[], &[("host", host)]).await }
    };
    let (status, headers, body) = description("archive.example:7171").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        headers["content-type"],
        "application/opensearchdescription+xml"
    );
    assert!(body.contains("template=\"http://archive.example:7171/?q={searchTerms}\""));
    let (_, _, body) = description("evil\"><x/>").await;
    assert!(
        body.contains("template=\"http://127.0.0.1:7171/?q={searchTerms}\""),
        "{body}"
    );
}

#[tokio::test]
async fn titles_show_matches_and_fragments_do_not_repeat_them() {
    let archive = Archive::of(&[(
        "2024/通知.txt",
        "田埂清淤的通知\n\n现就田埂清淤通知如下。\n",
    )]);
    let router = page_of(&archive);
    let body = html(&router, "/", &[("q", "田埂")]).await;
    let title = between(&body, "<h2><a href=", "</h2>");
    assert!(
        title.contains("<mark class=\"exact\">田埂</mark>清淤的通知"),
        "{title}"
    );
    let hit = between(&body, "<li class=\"hit\">", "</li>");
    assert_eq!(hit.matches("class=\"fragment\"").count(), 1, "{hit}");
    // Where only the title matches, its line is all that there is.
    let body = html(&router, "/", &[("q", "田埂"), ("in", "body")]).await;
    let title = between(&body, "<h2><a href=", "</h2>");
    assert!(!title.contains("<mark"), "{title}");
}

#[tokio::test]
async fn results_can_be_taken_along() {
    let router = sample_page();
    let asked = [
        ("q", "产业 园区"),
        ("type", "讲话"),
        ("format", "txt"),
        ("sort", "-date"),
    ];
    let body = html(&router, "/", &asked).await;
    let take = between(&body, "<p class=\"take\">", "</p>");
    for before in ["导出</span><a href=\"", "CSV</a><a href=\""] {
        let address = target(between(take, before, "\""));
        let (status, _, file) = fetch_address(&router, &address).await;
        assert_eq!(status, StatusCode::OK, "{file}");
        let n = file.lines().filter(|line| line.contains("/d/")).count();
        assert_eq!(n, n_hits(&body), "{address}");
    }
    let feed = target(between(take, "JSONL</a><a href=\"", "\""));
    let (status, ..) = fetch_address(&router, &feed).await;
    assert_eq!(status, StatusCode::OK, "{feed}");
    // What was relaxed is no file.
    let body = html(&router, "/", &[("q", "园区 斑马鱼 产业 会议")]).await;
    assert!(
        body.contains("class=\"notice\"") && !body.contains("/api/v1/export"),
        "{body}"
    );
}

#[tokio::test]
async fn a_document_marks_what_the_search_found() {
    let archive = Archive::of(&[(
        "函.txt",
        "云栈县水库的函\n\n云*县的水库要除险。云栈县的渠道也要。12座已除险，十二座未除险。\n",
    )]);
    let router = page_of(&archive);
    for (asked, marks) in [
        (vec![("q", "\"云栈县\"")], 3),
        (vec![("q", "\"云栈县\""), ("mask", "off")], 2),
        (vec![("q", "\"云栈县\""), ("mask", "only")], 1),
        (vec![("q", "\"云栈县\""), ("in", "title")], 1),
        (vec![("q", "\"12座\"")], 2),
        (vec![("q", "\"12座\""), ("numbers", "off")], 1),
        (vec![("q", "云栈县 渠道"), ("scope", "sentence")], 2),
    ] {
        let found = html(&router, "/", &asked).await;
        let link = target(between(&found, "<h2><a href=\"", "\""));
        let (_, _, body) = fetch_address(&router, &link).await;
        assert_eq!(body.matches("<mark id=").count(), marks, "{link}");
        // Looking for something else keeps to it, and so does the way back.
        for (name, value) in &asked[1..] {
            let hidden = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
            assert!(body.contains(&hidden), "{body}");
            assert!(body.contains("只标出符合检索范围的命中"));
        }
        let back = target(between(&body, "<a class=\"back\" href=\"", "\""));
        assert_eq!(
            between(&found, "data-address=\"", "\"").replace("&amp;", "&"),
            back
        );
    }
}

#[tokio::test]
async fn counts_are_lines_with_a_table_and_a_file() {
    let router = sample_page();
    let asked = [("q", "产业"), ("q3", "\"园区\""), ("of", "share")];
    let body = html(&router, "/counts", &asked).await;
    assert_eq!(body.matches("<polyline").count(), 2, "{body}");
    // Each keeps the look of its field.
    assert!(body.contains("class=\"sample look-2\""));
    assert!(body.contains("name=\"q3\" value=\"&quot;园区&quot;\""));
    let table = between(&body, "<tbody>", "</tbody>");
    let row = between(table, "<th scope=\"row\">2023</th>", "</tr>");
    let link = target(between(row, "<a href=\"", "\""));
    let promised = between(row, "\">", "</a>")
        .rsplit('>')
        .next()
        .expect("is there");
    let (_, _, found) = fetch_address(&router, &link).await;
    assert!(
        found.contains(&format!("<strong>{promised} 篇</strong>")),
        "{link}"
    );

    let file = target(between(&body, "导出</span><a href=\"", "\""));
    let (status, headers, csv) = fetch_address(&router, &file).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        headers["content-disposition"]
            .to_str()
            .is_ok_and(|name| name.ends_with(".csv\""))
    );
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some(
            "\u{feff}年份,全部文件,产业 篇数,产业 处数,\"\"\"园区\"\" 篇数\",\"\"\"园区\"\" 处数\""
        )
    );
    let row = lines
        .find(|line| line.starts_with("2023,"))
        .expect("has the year");
    assert_eq!(row.split(',').nth(2), Some(promised));

    // What is pointed at has its values in a title.
    let title = between(&body, "<title>2023\n", "</title>");
    let shown: Vec<&str> = title.lines().collect();
    assert!(
        shown.len() == 2
            && shown[0].starts_with("产业：")
            && shown[0].contains(&format!("% · {promised}/")),
        "{title}"
    );

    for (by, drawn) in [("month", true), ("type", false)] {
        let body = html(&router, "/counts", &[("q", "产业"), ("by", by)]).await;
        assert_eq!(body.contains("<polyline"), drawn, "{by}");
    }
    let body = html(&router, "/counts", &[]).await;
    assert!(body.contains("在上面输入词语") && !body.contains("<polyline"));
    let (status, _, body) = fetch(&router, "/counts", &[("q", "产业"), ("by", "day")], &[]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("地址里有不能理解的条件") && body.contains("action=\"/counts\""));
}

#[tokio::test]
async fn counts_of_many_months_are_a_small_page() {
    // Twenty years and more, five expressions.
    let files: Vec<(String, String)> = (0..250)
        .map(|n| {
            let (year, month) = (2000 + n / 12, n % 12 + 1);
            let text = format!(
                "例会纪要\n{year}年{month}月3日\n\n会议研究产业、园区、安全、改革、教育。\n"
            );
            (format!("{year}/{year}-{month:02}-03例会纪要.txt"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let archive = Archive::of(&files);
    let router = page_of(&archive);
    let asked = [
        ("q", "产业"),
        ("q2", "园区"),
        ("q3", "安全"),
        ("q4", "改革"),
        ("q5", "教育"),
        ("by", "month"),
    ];
    let body = html(&router, "/counts", &asked).await;
    assert_eq!(body.matches("<title>20").count(), 240);
    assert_eq!(body.matches("<table").count(), 0);
    assert!(body.len() < 120_000, "{} bytes", body.len());
    let link = target(between(&body, "data-key=\"table\" href=\"", "\""));
    let (_, _, body) = fetch_address(&router, &link).await;
    let table = between(&body, "<tbody>", "</tbody>");
    assert_eq!(table.matches("<th scope=\"row\">").count(), 240);
    // The file has all of them, whichever of the two was asked for it.
    let file = target(between(&body, "导出</span><a href=\"", "\""));
    assert!(!file.contains("table="), "{file}");
    let (_, _, csv) = fetch_address(&router, &file).await;
    assert_eq!(csv.lines().count(), 251);
    // Going on leaves it behind: it is asked for, not kept.
    assert!(!body.contains("name=\"table\""));
}

#[tokio::test]
async fn occurrences_stand_below_each_other() {
    let router = sample_page();
    let body = html(&router, "/concordance", &[("q", "产业")]).await;
    assert_eq!(body.matches("<td class=\"key\">").count(), 50);
    let dates: Vec<&str> = body
        .split("<td class=\"date\">")
        .skip(1)
        .map(|rest| rest.split('<').next().expect("ends"))
        .collect();
    assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
    assert!(body.contains("<th class=\"date\" scope=\"col\" aria-sort=\"descending\">"));
    let line = between(&body, "<td class=\"key\"><a href=\"", "</a>");
    assert!(
        line.contains("#p") && line.ends_with("<mark class=\"exact\">产业</mark>"),
        "{line}"
    );

    let next = between(&body, "rel=\"next\" href=\"", "\"");
    let (_, _, second) = fetch_address(&router, &target(next)).await;
    assert!(second.contains("51–100 / "));
    assert!(second.contains("rel=\"prev\" href=\"/concordance?q=%E4%BA%A7%E4%B8%9A\""));

    let body = html(&router, "/concordance", &[("q", "产业"), ("group", "next")]).await;
    let word = between(&body, "<th scope=\"row\" lang=\"zh-CN\"><a href=\"", "</a>");
    let (address, word) = word.split_once("\">").expect("is a link");
    let (_, _, found) = fetch_address(&router, &target(address)).await;
    assert!(n_hits(&found) > 0 && found.contains(word));

    let body = html(&router, "/concordance", &[("q", "\"斑马鱼\"")]).await;
    assert!(body.contains("没有出现") && !body.contains("<td"));
    let (status, ..) = fetch(
        &router,
        "/concordance",
        &[("q", "产业"), ("offset", "9999")],
        &[],
    )
    .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_views_of_a_search_lead_to_each_other() {
    let router = sample_page();
    let asked = [
        ("q", "产业"),
        ("type", "讲话"),
        ("mask", "off"),
        ("sort", "-date"),
    ];
    let body = html(&router, "/", &asked).await;
    let views = between(&body, "<nav aria-label=\"呈现方式\">", "</nav>");
    assert!(views.contains("href=\"/?q=%E4%BA%A7%E4%B8%9A&amp;type=%E8%AE%B2%E8%AF%9D&amp;mask=off&amp;sort=-date\" aria-current=\"page\""));
    for path in ["/counts", "/concordance"] {
        let link = format!("{path}?q=%E4%BA%A7%E4%B8%9A&type=%E8%AE%B2%E8%AF%9D&mask=off");
        assert!(views.contains(&link.replace('&', "&amp;")), "{views}");
        let (status, _, body) = fetch_address(&router, &link).await;
        assert_eq!(status, StatusCode::OK);
        // The filter goes on with the next search, and a chip takes it away.
        assert!(body.contains("name=\"type\" value=\"讲话\" form=\"search\""));
        assert!(
            between(&body, "<ul class=\"chips\"", "</ul>").contains(&format!("href=\"{path}?q="))
        );
        let (_, _, part) = fetch_address(&router, &format!("{link}&fragment=results")).await;
        assert!(part.starts_with("<div id=\"results\" class="), "{part}");
    }
}
