//! One bench a question: units and normalising (characters a second), building an exact index,
//! phrases and keywords by class, fragments, a request through the router. Generated input, always
//! the same: `cargo bench`.

#![allow(
    missing_docs,
    reason = "the macro of criterion makes undocumented items"
)]

use std::hint::black_box;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request as HttpRequest;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tower::ServiceExt;
use yicha::analysis::phrase::for_each_surface;
use yicha::analysis::{Phrase, Scanner, fold, units};
use yicha::corpus::{self, Failure};
use yicha::exact::Builder;
use yicha::index::{self, Progress, Reader, Step, build};
use yicha::query::{self, Limits};
use yicha::search::{Mask, Request, Searcher};
use yicha::snippet::{Mark, MatchClass, fragments};
use yicha::{http, search};

struct Silent;

impl Progress for Silent {
    fn step(&self, _: Step) {}
    fn failed(&self, _: &Failure) {}
}

/// Sentences out of a fixed vocabulary, with a long tail like that of real words.
fn texts(n: usize) -> Vec<String> {
    const WORDS: [&str; 40] = [
        "发展",
        "产业",
        "园区",
        "建设",
        "企业",
        "推进",
        "新型工业化",
        "高质量",
        "项目",
        "工作",
        "现代化",
        "创新",
        "服务",
        "改革",
        "群众",
        "基层",
        "治理",
        "投资",
        "消费",
        "绿色",
        "转型",
        "数字",
        "经济",
        "生态",
        "乡村",
        "振兴",
        "保障",
        "安全",
        "人才",
        "开放",
        "两年三级跳",
        "链长制",
        "一件事一次办",
        "老码头",
        "蓝色粮仓",
        "园惠贷",
        "预制菜",
        "轴承",
        "柑橘",
        "水库",
    ];
    let mut state = 1u64;
    let mut roll = move |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % n
    };
    (0..n)
        .map(|doc| {
            let mut text = format!("第{doc}号会议纪要\n");
            for sentence in 0..40 {
                for _ in 0..6 {
                    text.push_str(WORDS[roll(40).min(roll(40))]);
                }
                text.push_str(if sentence % 8 == 7 { "。\n" } else { "，" });
            }
            text
        })
        .collect()
}

fn analysis(c: &mut Criterion) {
    let text = texts(20).concat();
    let mut group = c.benchmark_group("analysis");
    group.throughput(Throughput::Elements(text.chars().count() as u64));
    group.bench_function("fold", |b| b.iter(|| fold::fold(black_box(&text))));
    group.bench_function("units", |b| b.iter(|| units::count(black_box(&text))));
    group.finish();
}

fn exact(c: &mut Criterion) {
    let texts = texts(300);
    let mut group = c.benchmark_group("exact");
    group.throughput(Throughput::Bytes(
        texts.iter().map(|t| t.len() as u64).sum(),
    ));
    group.bench_function("build", |b| {
        b.iter(|| {
            let mut builder = Builder::new();
            for text in &texts {
                for_each_surface(text, |unit, surface| builder.push(unit, surface));
                builder.end_document();
            }
            let mut bytes = Vec::new();
            builder.write(&mut bytes).map(|()| bytes.len())
        });
    });
    group.finish();
}

/// An index of generated documents; the folders live as long as it is used.
fn indexed() -> (tempfile::TempDir, Reader) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let archive = folder.path().join("corpus");
    std::fs::create_dir(&archive).expect("can write");
    for (n, text) in texts(2000).into_iter().enumerate() {
        std::fs::write(archive.join(format!("{n}.txt")), text).expect("can write");
    }
    let mut source = corpus::Archive::default();
    source.corpus.path = archive;
    let settings = index::Settings {
        path: folder.path().join("index"),
        ..index::Settings::default()
    };
    build(&source, &settings, &Silent).expect("can be built");
    let reader = Reader::open(&settings.path).expect("was just built");
    (folder, reader)
}

fn request(q: &str) -> Request {
    Request {
        query: query::parse(q, Limits::default()).expect("is short"),
        ..Request::default()
    }
}

fn searches(c: &mut Criterion) {
    let (_folder, reader) = indexed();
    let mut group = c.benchmark_group("search");
    for (name, q) in [
        ("phrase of 1, common", "\"发\""),
        ("phrase of 2, common", "\"发展\""),
        ("phrase of 3, rare", "\"跳，园\""),
        ("phrase of 4, common", "\"发展产业\""),
        ("phrase of 8, common", "\"发展发展产业发展\""),
        ("phrase of 12, rare", "\"水库柑橘轴承预制菜园惠贷\""),
        ("keywords", "产业 园区 水库"),
        ("one long keyword", "高质量发展产业园区"),
        (
            "relaxed question",
            "哪一次会议提出了新型工业化和两年三级跳的目标",
        ),
    ] {
        let request = request(q);
        group.bench_function(name, |b| b.iter(|| reader.search(black_box(&request))));
    }
    group.finish();
    let runtime = tokio::runtime::Runtime::new().expect("can start");
    let router = http::router(http::Context {
        mask: Mask::Also,
        max_file_size: 64 << 20,
        searcher: std::sync::Arc::new(reader) as search::SharedSearcher,
        archive: PathBuf::from("."),
        settings: http::Settings::default(),
        admin: None,
    });
    c.bench_function("request through the router", |b| {
        b.to_async(&runtime).iter(|| {
            let uri = "/api/v1/search?q=%22%E5%8F%91%E5%B1%95%E4%BA%A7%E4%B8%9A%22";
            let request = HttpRequest::get(uri)
                .body(Body::empty())
                .expect("is a request");
            router.clone().oneshot(request)
        });
    });
}

fn snippets(c: &mut Criterion) {
    let text = texts(4).concat();
    let phrase = Phrase::new("园区建设").expect("has units");
    let scanner = Scanner::new([&phrase]);
    c.bench_function("fragments, scanned and cut", |b| {
        b.iter(|| {
            let marks: Vec<Mark> = scanner
                .scan(&text)
                .into_iter()
                .map(|found| Mark {
                    range: found.range,
                    class: MatchClass::Exact,
                    part: 0,
                })
                .collect();
            fragments(&text, &marks, 3, 90)
        });
    });
}

criterion_group!(benches, analysis, exact, searches, snippets);
criterion_main!(benches);
