//! One bench a question: units and normalising (characters a second), building an exact index and a
//! whole one (bytes a second), phrases and keywords by class, fragments, a request through the router.
//! Generated input, always the same: `cargo bench --bench yicha`.

#![allow(
    missing_docs,
    reason = "the macro of criterion makes undocumented items"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request as HttpRequest;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
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

/// An archive of generated documents, and the settings of an index beside it; both live as long as
/// the folder.
fn archive(texts: &[String]) -> (tempfile::TempDir, corpus::Archive, index::Settings) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("corpus");
    std::fs::create_dir(&path).expect("can write");
    for (n, text) in texts.iter().enumerate() {
        std::fs::write(path.join(format!("{n}.txt")), text).expect("can write");
    }
    let mut source = corpus::Archive::default();
    source.corpus.path = path;
    let settings = index::Settings {
        path: folder.path().join("index"),
        ..index::Settings::default()
    };
    (folder, source, settings)
}

/// A whole build: files are read, taken apart, indexed, checked and published.
fn builds(c: &mut Criterion) {
    let texts = texts(2000);
    let (_folder, source, mut settings) = archive(&texts);
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Bytes(
        texts.iter().map(|t| t.len() as u64).sum(),
    ));
    group.sample_size(10);
    group.bench_function("build", |b| {
        b.iter_batched_ref(
            || tempfile::tempdir().expect("temporary folder"),
            |empty| {
                empty.path().clone_into(&mut settings.path);
                build(&source, &settings, &Silent).expect("can be built")
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// The commonest sequence of `n` characters, and one that stands in the middle of some text.
fn commonest_and_random(texts: &[String], n: usize) -> (String, String) {
    let texts: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
    let mut counts: BTreeMap<&[char], usize> = BTreeMap::new();
    for text in &texts {
        for gram in text.windows(n) {
            if gram.iter().all(|c| fold::is_han(*c)) {
                *counts.entry(gram).or_default() += 1;
            }
        }
    }
    let commonest = counts.into_iter().max_by_key(|(_, count)| *count);
    let (commonest, _) = commonest.expect("texts have characters");
    let random = texts[texts.len() / 3].windows(n).nth(300);
    let random = random.expect("texts are longer");
    (commonest.iter().collect(), random.iter().collect())
}

fn request(q: &str) -> Request {
    Request {
        query: query::parse(q, Limits::default()).expect("is short"),
        ..Request::default()
    }
}

fn searches(c: &mut Criterion) {
    let texts = texts(2000);
    let (_folder, source, settings) = archive(&texts);
    build(&source, &settings, &Silent).expect("can be built");
    let reader = Reader::open(&settings.path).expect("was just built");
    let mut queries = Vec::new();
    for n in [1, 2, 3, 4, 8, 12] {
        let (commonest, random) = commonest_and_random(&texts[..200], n);
        queries.push((
            format!("phrase of {n}, commonest"),
            format!("\"{commonest}\""),
        ));
        queries.push((format!("phrase of {n}, random"), format!("\"{random}\"")));
    }
    for (name, q) in [
        ("keywords", "产业 园区 水库"),
        ("one long keyword", "高质量发展产业园区"),
        (
            "relaxed question",
            "哪一次会议提出了新型工业化和两年三级跳的目标",
        ),
    ] {
        queries.push((name.to_owned(), q.to_owned()));
    }
    let mut group = c.benchmark_group("search");
    for (name, q) in queries {
        let request = request(&q);
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

criterion_group!(benches, analysis, exact, builds, searches, snippets);
criterion_main!(benches);
