//! Files that need too much, read by the program itself in processes of their own: each costs only
//! itself.

use std::path::PathBuf;

use serde_json::{Value, json};
use yicha::corpus::{self, Archive, Failure};
use yicha::extract;
use yicha::index::{self, Progress, Step, build};

use crate::cli::{Place, finish};
use crate::files::{docx, docx_of, pdf};

const TEXT: &str = "水渠.txt";
const WORD: &str = "水渠.docx";

struct Silent;

impl Progress for Silent {
    fn step(&self, _: Step) {}
    fn failed(&self, _: &Failure) {}
}

/// A folder with a text and a Word file.
fn place() -> Place {
    let place = Place::empty();
    place.write(&format!("corpus/{TEXT}"), "水渠的通知\n水渠停水三天。");
    place.write(
        &format!("corpus/{WORD}"),
        docx(&["水渠的通知", "水渠停水三天。"]),
    );
    place
}

/// Indexes with these settings: the exit status and, of each file that was not read, path and code.
fn run_index(place: &Place, settings: &[(&str, &str)]) -> (Option<i32>, Vec<(String, String)>) {
    let mut command = place.command(&["index", "--json"]);
    for (name, value) in settings {
        command.env(format!("YICHA_EXTRACT__{name}"), value);
    }
    let ran = finish(&mut command);
    let value: Value = serde_json::from_str(&ran.out).expect("is JSON");
    let failed = value["failed"].as_array().expect("is a list").iter();
    let text = |value: &Value| value.as_str().expect("is a text").to_owned();
    let failed = failed.map(|file| (text(&file["path"]), text(&file["code"])));
    (ran.status, failed.collect())
}

fn n_found(place: &Place) -> Value {
    place.json(&["search", "“停水三天”", "--json"], 0)["total"]["documents"].clone()
}

#[test]
fn a_file_beyond_the_memory_is_too_large() {
    let place = place();
    // It unpacks to less than `max_unpacked_mb`, but to more than the memory that is given.
    place.write("corpus/大.docx", docx_of(&" ".repeat(150 << 20)));
    place.write("corpus/水渠.pdf", pdf(&["水渠的通知", "水渠停水三天。"]));
    let failed = vec![("大.docx".to_owned(), "too_large".to_owned())];
    assert_eq!(
        run_index(&place, &[("MEMORY_MB", "200")]),
        (Some(4), failed)
    );
    assert_eq!(n_found(&place), 3);
}

#[test]
fn a_reader_that_dies_costs_only_its_file() {
    let place = place();
    // More than a process that has just started has at hand.
    let long = "水渠停水三天。".repeat(100_000);
    for file in ["又.docx", WORD] {
        place.write(&format!("corpus/{file}"), docx(&["水渠的通知", &long]));
    }
    // No process can live in so little; of what it dies is up to the system.
    let (status, failed) = run_index(&place, &[("MEMORY_MB", "1")]);
    let paths: Vec<&str> = failed.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!((status, paths), (Some(4), vec!["又.docx", WORD]));
    let died = |(_, code): &(String, String)| code == "broken" || code == "too_large";
    assert!(failed.iter().all(died), "{failed:?}");
    assert_eq!(n_found(&place), 1);
    assert_eq!(run_index(&place, &[]), (Some(0), Vec::new()));
    assert_eq!(n_found(&place), 3);
}

#[test]
fn a_file_beyond_the_time_is_named() {
    let place = place();
    // No setting asks for so little; the library takes it.
    let program = PathBuf::from(env!("CARGO_BIN_EXE_yicha"));
    let limits = ["timeout-seconds=0", "memory-mb=1024", "max-unpacked-mb=256"];
    let mut arguments = vec!["extract-worker".to_owned()];
    arguments.extend(limits.map(|limit| format!("--{limit}")));
    let archive = Archive {
        corpus: corpus::Settings {
            path: place.path("corpus"),
            ..corpus::Settings::default()
        },
        extract: extract::Settings {
            timeout_seconds: 0,
            ..extract::Settings::default()
        },
        worker: Some((program, arguments)),
        ..Archive::default()
    };
    let settings = index::Settings {
        path: place.path("index"),
        ..index::Settings::default()
    };
    let summary = build(&archive, &settings, &Silent).expect("can be built");
    let failed: Vec<(&str, &str)> = summary
        .failed
        .iter()
        .map(|file| (file.path.as_str(), file.code.as_str()))
        .collect();
    assert_eq!(failed, [(WORD, "timeout")]);
    assert_eq!(n_found(&place), 1);
    let stats = place.json(&["stats", "--json"], 0);
    assert_eq!(stats["failures"], json!({ "timeout": 1 }));
}

#[test]
fn an_outline_is_shown_in_the_terminal() {
    let place = Place::empty();
    place.write(
        "corpus/讲话.txt",
        "把水渠修到底\n一、认清形势\n水渠不够用。一是源头要活。水从山上来。二是渠道要通。水往村里去。\n二、抓好落实\n钱要花在石头上。",
    );
    assert_eq!(run_index(&place, &[]).0, Some(0));
    let ran = finish(&mut place.command(&["show", "讲话.txt", "--outline"]));
    let expected =
        "把水渠修到底\n2  一、认清形势\n3    一是源头要活\n3    二是渠道要通\n4  二、抓好落实\n";
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), expected));
}
