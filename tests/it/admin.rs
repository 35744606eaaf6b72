//! The routes of administration: absent without a key, closed to others, and what they start.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use yicha::http::{Admin, Context, Settings, router};
use yicha::search::Mask;

use crate::archive::{SAMPLE_CORPUS, sample};

/// Starts nothing, and is busy from the second time on.
#[derive(Default)]
struct Stub {
    started: AtomicUsize,
}

impl Admin for Stub {
    fn reindex(&self) -> bool {
        self.started.fetch_add(1, Ordering::Relaxed) == 0
    }

    fn runs(&self) -> std::io::Result<(Vec<Value>, bool)> {
        Ok((vec![json!({ "outcome": "published" })], true))
    }
}

fn router_with(key: &str) -> Router {
    router(Context {
        searcher: sample().reader.clone(),
        archive: SAMPLE_CORPUS.into(),
        mask: Mask::Also,
        max_file_size: 1 << 20,
        settings: Settings {
            admin_key: key.to_owned(),
            ..Settings::default()
        },
        admin: Some(Arc::new(Stub::default())),
    })
}

async fn send(router: &Router, method: &str, path: &str, header: Option<&str>) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(value) = header {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("can be sent");
        request = request.header("authorization", value);
    }
    let request = request.body(Body::empty()).expect("is a request");
    let response = router.clone().oneshot(request).await.expect("answers");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("is whole");
    let value = serde_json::from_slice(&body.to_bytes()).expect("is JSON");
    (status, value)
}

const REINDEX: &str = "/api/v1/admin/reindex";
const RUNS: &str = "/api/v1/admin/runs";

#[tokio::test]
async fn there_are_none_without_a_key() {
    let router = router_with("");
    for (method, path) in [("POST", REINDEX), ("GET", RUNS)] {
        for header in [None, Some("Bearer "), Some("Bearer x")] {
            assert_eq!(send(&router, method, path, header).await.0, 404);
        }
    }
}

#[tokio::test]
async fn only_the_key_opens_them() {
    let router = router_with("一把钥匙 key");
    for (method, path) in [("POST", REINDEX), ("GET", RUNS)] {
        for header in [None, Some("Bearer"), Some("Bearer key"), Some("Basic key")] {
            let (status, problem) = send(&router, method, path, header).await;
            assert_eq!((status, &problem["code"]), (401, &json!("unauthorized")));
        }
    }
    let key = Some("Bearer 一把钥匙 key");
    assert_eq!(send(&router, "GET", RUNS, key).await.0, 200);
}

#[tokio::test]
async fn one_run_is_started_at_a_time() {
    let router = router_with("key");
    let key = Some("Bearer key");
    let (status, answer) = send(&router, "POST", REINDEX, key).await;
    assert_eq!((status, answer), (202, json!({ "started": true })));
    let (status, problem) = send(&router, "POST", REINDEX, key).await;
    assert_eq!((status, &problem["code"]), (409, &json!("too_busy")));
    let (status, answer) = send(&router, "GET", RUNS, key).await;
    assert_eq!(status, 200);
    assert_eq!(answer["runs"][0]["outcome"], "published");
    assert_eq!(answer["running"], true);
    let (status, problem) = send(&router, "GET", "/api/v1/admin/runs?x=1", key).await;
    assert_eq!(
        (status, &problem["code"]),
        (400, &json!("unknown_parameter"))
    );
}
