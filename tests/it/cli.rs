//! The program itself, run in a folder of its own: exit statuses, what goes to which stream, the
//! server.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const SPEECH: &str = "2023/七月/发言.txt";
const NOTICE: &str = "通知.txt";

/// A folder with an archive in `corpus/`.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("temporary folder"),
        }
    }

    /// Two documents, not indexed yet.
    fn new() -> Self {
        let place = Self::empty();
        place.write(
            &format!("corpus/{SPEECH}"),
            "全会发言\n发展产业，建设园区。產業兴旺。",
        );
        place.write(
            &format!("corpus/{NOTICE}"),
            "关于路灯的通知\n园区的路灯要修。",
        );
        place
    }

    /// The same with an index.
    fn indexed() -> Self {
        let place = Self::new();
        check(&place, &["index", "--quiet"], 0, "", "");
        place
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.folder.path().join(path);
        fs::create_dir_all(file.parent().expect("lies in the folder")).expect("can write");
        fs::write(file, content).expect("can write");
    }

    /// The program in this folder, with no settings from outside.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yicha"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("YICHA_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// Runs a command that has to print one JSON object, on one line.
    pub(crate) fn json(&self, arguments: &[&str], status: i32) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.status, Some(status), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out.lines().count(), 1, "{arguments:?}: {}", ran.out);
        serde_json::from_str(&ran.out).expect("is JSON")
    }
}

pub(crate) fn finish(command: &mut Command) -> Ran {
    let output = command.output().expect("can be run");
    Ran {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).expect("is UTF-8"),
        err: String::from_utf8(output.stderr).expect("is UTF-8"),
    }
}

/// Compares exit status and stdout, and looks for `told` in stderr; where `told` is empty, so is
/// stderr.
fn check(place: &Place, arguments: &[&str], status: i32, out: &str, told: &str) {
    let ran = place.run(arguments);
    assert_eq!(ran.status, Some(status), "{arguments:?}: {}", ran.err);
    assert_eq!(ran.out, out, "{arguments:?}");
    assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
    assert!(
        !told.is_empty() || ran.err.is_empty(),
        "{arguments:?}: {}",
        ran.err
    );
}

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

const INDEX_FIELDS: [&str; 12] = [
    "generation",
    "scanned",
    "added",
    "changed",
    "moved",
    "removed",
    "unchanged",
    "failed",
    "encodings",
    "formats",
    "seconds",
    "bytes",
];

#[test]
fn index_builds_and_tells_people_on_stderr() {
    let place = Place::new();
    check(&place, &["index"], 0, "", "已索引 2 篇");
    check(&place, &["index", "--rebuild", "--quiet"], 0, "", "");
    let current =
        fs::read_to_string(place.folder.path().join("index/CURRENT")).expect("was published");
    assert!(
        place
            .folder
            .path()
            .join("index/generations")
            .join(current.trim())
            .is_dir()
    );
}

#[test]
fn index_prints_one_object() {
    let place = Place::new();
    let value = place.json(&["index", "--json"], 0);
    check_fields(&value, &INDEX_FIELDS);
    assert_eq!(value["scanned"], 2);
    assert_eq!(value["added"], 2);
    assert_eq!(value["failed"], serde_json::json!([]));
    assert_eq!(value["encodings"], serde_json::json!({ "utf-8": 2 }));
    assert_eq!(value["formats"], serde_json::json!({ "txt": 2 }));
    assert!(value["seconds"].is_number() && value["bytes"].as_u64() > Some(0));
    let current =
        fs::read_to_string(place.folder.path().join("index/CURRENT")).expect("was published");
    assert_eq!(value["generation"], current.trim());
}

#[test]
fn index_takes_its_folders_from_flags() {
    let place = Place::new();
    fs::rename(
        place.folder.path().join("corpus"),
        place.folder.path().join("文稿"),
    )
    .expect("can be renamed");
    check(
        &place,
        &["index", "--corpus", "文稿", "--index", "索引", "--quiet"],
        0,
        "",
        "",
    );
    assert!(place.folder.path().join("索引/CURRENT").is_file());
    let mut command = place.command(&["search", "路灯", "--snippets", "0"]);
    assert_eq!(
        finish(command.env("YICHA_INDEX__PATH", "索引")).status,
        Some(0)
    );
}

#[test]
fn a_bad_file_is_named_and_the_rest_is_published() {
    let place = Place::new();
    place.write("corpus/图.jpg", b"\xFF\xD8\xFF");
    check(
        &place,
        &["index"],
        4,
        "",
        "未能读取 图.jpg：不支持这种文件（unsupported）",
    );
    check(&place, &["index", "--rebuild"], 4, "", "已索引 2 篇");
    check(&place, &["index", "--rebuild", "--quiet"], 4, "", "图.jpg");
    // What is known and as it was is no news.
    check(
        &place,
        &["index"],
        0,
        "",
        "没有变化：已索引 2 篇，1 个文件未能读取",
    );
    let value = place.json(&["index", "--rebuild", "--json"], 4);
    let failed = serde_json::json!([
        { "path": "图.jpg", "code": "unsupported", "detail": "no reader for this kind of file" }
    ]);
    assert_eq!(value["failed"], failed);
    assert_eq!(value["scanned"], 3);
    assert_eq!(value["added"], 2);
    assert_eq!(place.run(&["search", "路灯"]).status, Some(0));
}

#[test]
fn index_does_not_wait_for_another_run() {
    let place = Place::indexed();
    let lock = File::options()
        .write(true)
        .open(place.folder.path().join("index/lock"))
        .expect("is there");
    lock.lock().expect("is free");
    check(&place, &["index"], 3, "", "另一个索引任务正在运行");
    assert_eq!(place.run(&["search", "路灯"]).status, Some(0));
    drop(lock);
    check(&place, &["index", "--quiet"], 0, "", "");
}

#[test]
fn without_an_archive_the_old_generation_goes_on() {
    let place = Place::empty();
    check(
        &place,
        &["index"],
        5,
        "",
        "文稿目录打不开：corpus（不存在）",
    );
    check(
        &place,
        &["search", "路灯"],
        2,
        "",
        "还没有索引；请先运行 yicha index",
    );
    let place = Place::indexed();
    fs::rename(
        place.folder.path().join("corpus"),
        place.folder.path().join("gone"),
    )
    .expect("can be renamed");
    let value = place.json(&["index", "--json"], 5);
    let current =
        fs::read_to_string(place.folder.path().join("index/CURRENT")).expect("was published");
    assert_eq!(value["generation"], current.trim());
    assert!(
        value["error"]
            .as_str()
            .is_some_and(|error| error.contains("cannot be opened"))
    );
    assert_eq!(place.run(&["search", "路灯"]).status, Some(0));
}

#[test]
fn an_empty_archive_is_not_published_over_a_full_index() {
    let place = Place::indexed();
    let archive = place.folder.path().join("corpus");
    fs::remove_dir_all(&archive).expect("can remove");
    fs::create_dir(&archive).expect("can write");
    let ran = place.run(&["index"]);
    assert_eq!(ran.status, Some(5));
    assert!(ran.err.contains("正在服务的索引有 2 篇"), "{}", ran.err);
    assert_eq!(place.run(&["search", "\"园区\""]).status, Some(0));
}

#[test]
fn a_wrong_configuration_names_the_nearest_key() {
    let place = Place::indexed();
    place.write("config.toml", "[corpus]\npaht = \"x\"\n");
    let told = "配置有误：config.toml：没有 `corpus.paht` 这项设置，最接近的是 `corpus.path`";
    for command in [
        &["index"][..],
        &["search", "路灯"],
        &["stats"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        check(&place, command, 2, "", told);
    }
    place.write("config.toml", "[index]\nthreads = \"many\"\n");
    check(&place, &["index"], 2, "", "配置有误：值的类型不对");
    place.write("config.toml", "[index\n");
    check(&place, &["index"], 2, "", "config.toml 不是正确的 TOML");
    place.write("config.toml", "[corpus]\nexclude = [\"[\"]\n");
    check(
        &place,
        &["index"],
        2,
        "",
        "yicha：配置有误：[corpus] exclude 里的 `[` 不是正确的通配式",
    );
    place.write("config.toml", "[index]\nmax_shrink = 200\n");
    let told = "配置有误：config.toml：`index.max_shrink` 是 200，应为 0 到 100";
    check(&place, &["index"], 2, "", told);
    fs::remove_file(place.folder.path().join("config.toml")).expect("can be removed");
    check(
        &place,
        &["--config", "other.toml", "index"],
        2,
        "",
        "读不出 other.toml（不存在）",
    );
    let ran = finish(place.command(&["index"]).env("YICHA_SERVER__LISTN", "x"));
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    let told = "YICHA_SERVER__LISTN：没有 `server.listn` 这项设置，最接近的是 `server.listen`";
    assert!(ran.err.contains(told), "{}", ran.err);
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    let place = Place::indexed();
    let told = "没有 --rebiuld 这个选项；最接近的是 --rebuild\n用法：yicha index [选项]\n";
    check(&place, &["index", "--rebiuld"], 2, "", told);
    check(&place, &["nonsense"], 2, "", "没有 nonsense 这个命令");
    check(&place, &[], 2, "", "search");
    assert!(!place.run(&[]).err.contains("extract-worker"));
    let told = "没有 --nonsense 这个选项；如果它是要找的字，请写在 -- 之后";
    check(&place, &["search", "--nonsense", "路灯"], 2, "", told);
    check(
        &place,
        &["search", "--", "--路灯", "--limit"],
        1,
        "",
        "没有找到",
    );
    check(&place, &["search"], 2, "", "<查询>");
    check(
        &place,
        &["search", "路灯", "--limit", "0"],
        2,
        "",
        "应是 1 到 100 的数",
    );
    check(
        &place,
        &["search", "路灯", "--sort", "score"],
        2,
        "",
        "-occurrences",
    );
    check(
        &place,
        &["search", "路灯", "--in", "heading2"],
        2,
        "",
        "title",
    );
    check(
        &place,
        &["search", &"产".repeat(1001)],
        2,
        "",
        "查询有 1001 个字符，最多 1000 个",
    );
    check(
        &place,
        &["search", &"产 ".repeat(65)],
        2,
        "",
        "查询有 65 个条件，最多 64 个",
    );
    let help = place.run(&["--help"]);
    assert_eq!(help.status, Some(0));
    assert!(
        help.out.contains("会议文稿的精确全文检索") && help.err.is_empty(),
        "{}",
        help.out
    );
    assert!(place.run(&["--version"]).out.starts_with("yicha "));
}

#[test]
fn a_search_shows_its_hits() {
    let place = Place::indexed();
    let id = place.json(&["search", "路灯", "--json"], 0)["hits"][0]["id"].clone();
    let id = id.as_str().expect("is a text");
    let shown = format!(
        "1. 关于路灯的通知  2 处\n   通知\n   通知.txt  {id}\n   第1段\n     关于【路灯】的通知\n   第2段\n     园区的【路灯】要修。\n\n"
    );
    check(&place, &["search", "路灯"], 0, &shown, "共 1 篇、2 处");
    check(&place, &["search", "火星"], 1, "", "没有找到");
    let brief = format!("1. 关于路灯的通知  2 处\n   通知\n   通知.txt  {id}\n\n");
    check(
        &place,
        &["search", "路灯", "--snippets", "0"],
        0,
        &brief,
        "共 1 篇、2 处",
    );
    check(
        &place,
        &["search", "“产业”", "--snippets", "0", "--in", "title"],
        1,
        "",
        "没有找到",
    );
    let normalized = place.run(&["search", "“产业”"]);
    assert!(
        normalized
            .err
            .contains("共 1 篇、2 处（其中 1 处写法不同）"),
        "{}",
        normalized.err
    );
    let repaired = place.run(&["search", "“路灯"]);
    assert!(
        repaired.err.contains("查询第 1 字““”：引号没有配对"),
        "{}",
        repaired.err
    );
}

#[test]
fn a_search_takes_the_filters_of_the_api() {
    let place = Place::indexed();
    let paths = |arguments: &[&str]| -> Vec<String> {
        let value = place.json(&[&["search", "--json"][..], arguments].concat(), 0);
        let hits = value["hits"].as_array().expect("is a list").clone();
        hits.iter()
            .map(|hit| hit["path"].as_str().expect("is a text").to_owned())
            .collect()
    };
    assert_eq!(paths(&["园区", "--sort", "title"]), [SPEECH, NOTICE]);
    assert_eq!(
        paths(&["园区 | 路灯", "--sort", "-occurrences"]),
        [NOTICE, SPEECH]
    );
    assert_eq!(paths(&["", "--limit", "1"]), [SPEECH]);
    assert_eq!(paths(&["", "--limit", "1", "--offset", "1"]), [NOTICE]);
    assert_eq!(paths(&["-n", "1", "园区", "--sort", "title"]), [SPEECH]);
    assert_eq!(paths(&["通知", "--in", "title"]), [NOTICE]);

    place.write("corpus/甲.txt", "第12次会议的纪要");
    place.write("corpus/乙.txt", "第十二次会议的纪要");
    check(&place, &["index", "--quiet"], 0, "", "");
    assert_eq!(paths(&["\"第12次\"", "--sort", "title"]).len(), 2);
    assert_eq!(paths(&["\"第12次\"", "--numbers", "off"]), ["甲.txt"]);
    let compared = [
        &["search", "\"第12次\"", "--numbers", "off", "--json"][..],
        &["--count-by", "year", "--compare", "\"第十二次\""],
    ];
    let value = place.json(&compared.concat(), 0);
    for n in [0, 1] {
        assert_eq!(value["queries"][n]["total"]["documents"], 1, "{value}");
    }
}

#[test]
fn a_search_prints_the_answer_of_the_api() {
    let place = Place::indexed();
    let value = place.json(&["search", "路灯", "--json"], 0);
    check_fields(
        &value,
        &[
            "query", "index", "total", "took_ms", "hits", "facets", "next", "hint",
        ],
    );
    assert_eq!(
        value["hits"][0]["snippets"][0]["html"],
        "关于<mark>路灯</mark>的通知"
    );
    let value = place.json(&["search", "火星", "--json"], 1);
    assert_eq!(value["total"]["documents"], 0);
}

#[test]
fn a_query_may_begin_with_a_minus() {
    let place = Place::indexed();
    let value = place.json(&["search", "-房地产", "--json"], 0);
    assert_eq!(value["query"]["understood"], "not(keyword(房地产))");
    assert_eq!(value["total"]["documents"], 2);
    let value = place.json(&["search", "--json", "-路灯"], 0);
    assert_eq!(value["total"]["documents"], 1);
    assert_eq!(value["hits"][0]["path"], SPEECH);
    let value = place.json(&["show", NOTICE, "-q", "-路灯", "--json"], 0);
    assert_eq!(value["matches"]["occurrences"], 0);
}

#[test]
fn a_query_may_have_several_words() {
    let place = Place::indexed();
    for (words, n) in [
        (&["园区", "路灯"][..], 1),
        (&["园区", "-路灯"], 1),
        (&["园区", "--offset", "0", "-路灯", "-n5"], 1),
        (&["路灯", "|", "产业"], 2),
        (&["园区", "--sort", "-date"], 2),
    ] {
        let mut arguments = vec!["search", "--json"];
        arguments.extend(words);
        let value = place.json(&arguments, 0);
        assert_eq!(value["total"]["documents"], n, "{words:?}");
        assert!(
            value["query"]["q"]
                .as_str()
                .is_some_and(|q| !q.contains('\u{fdd0}'))
        );
    }
}

#[test]
fn help_is_in_chinese() {
    let place = Place::empty();
    for arguments in [
        &["--help"][..],
        &["search", "-h"],
        &["index", "--help"],
        &["stats", "-h"],
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
        for english in [
            "Options",
            "Arguments",
            "Usage",
            "default",
            "possible",
            "Print",
            "OPTIONS",
        ] {
            assert!(!ran.out.contains(english), "{english}: {}", ran.out);
        }
    }
    let help = place.run(&["search", "--help"]).out;
    assert!(help.contains("yicha search [选项] <查询>…"), "{help}");
    assert!(
        help.contains("可选 all、title、heading、body；默认 all"),
        "{help}"
    );
}

#[test]
fn a_document_is_found_by_the_path_that_the_shell_completes() {
    let place = Place::indexed();
    for path in [
        SPEECH,
        "./通知.txt",
        "corpus/通知.txt",
        "./corpus/2023/七月/发言.txt",
    ] {
        assert_eq!(place.run(&["show", path]).status, Some(0), "{path}");
    }
    let absolute = place.path("corpus").join(NOTICE);
    let absolute = absolute.to_str().expect("is UTF-8");
    assert_eq!(place.run(&["show", absolute]).status, Some(0));
    check(&place, &["show", "corpus"], 2, "", "没有这篇文稿：corpus");
}

#[test]
fn an_index_inside_the_archive_is_no_part_of_it() {
    let place = Place::empty();
    place.write("通知.txt", "关于路灯的通知\n路灯要修。");
    let value = place.json(&["index", "--corpus", ".", "--json"], 0);
    assert_eq!((&value["scanned"], &value["added"]), (&1.into(), &1.into()));
    let again = place.json(&["index", "--corpus", ".", "--json"], 0);
    assert_eq!(again["generation"], value["generation"]);
    assert_eq!(again["scanned"], 1);
    let inside = ["index", "--corpus", "index/generations"];
    check(&place, &inside, 2, "", "里面，不能这样放");
}

#[test]
fn what_is_no_archive_is_never_published() {
    for dry in [&[][..], &["--dry-run"]] {
        let place = Place::empty();
        place.write("文件.txt", "不是目录");
        fs::create_dir(place.path("空")).expect("can write");
        for (corpus, told) in [("文件.txt", "不是目录"), ("空", "文稿目录是空的")] {
            if corpus == "空" && !dry.is_empty() {
                continue;
            }
            let mut arguments = vec!["index", "--corpus", corpus];
            arguments.extend(dry);
            check(&place, &arguments, 5, "", told);
            assert!(!place.path("index/CURRENT").exists());
        }
    }
}

#[test]
fn where_there_is_no_index_nothing_is_made() {
    let place = Place::new();
    for arguments in [
        &["generations"][..],
        &["rollback"],
        &["gc", "--keep", "1"],
        &["check"],
        &["stats"],
        &["search", "路灯"],
        &["show", NOTICE],
    ] {
        check(&place, arguments, 2, "", "还没有索引；请先运行 yicha index");
    }
    assert_eq!(place.run(&["index", "--dry-run"]).status, Some(0));
    let nowhere = ["index", "--failures", "nowhere/x.tsv"];
    check(&place, &nowhere, 2, "", "不能写入 nowhere/x.tsv（不存在）");
    assert!(!place.path("index").exists());
}

#[test]
fn a_log_in_json_is_json_alone() {
    let place = Place::new();
    place.write("corpus/图.jpg", b"\xFF\xD8\xFF");
    let ran = place.run(&["--log-format", "json", "index"]);
    assert_eq!(ran.status, Some(4));
    let lines: Vec<Value> = ran
        .err
        .lines()
        .map(|line| serde_json::from_str(line).expect("is JSON"))
        .collect();
    let told = |text: &str| {
        lines.iter().any(|line| {
            let message = line["fields"]["message"].as_str();
            message.is_some_and(|message| message.contains(text))
        })
    };
    assert!(
        told("未能读取 图.jpg") && told("已索引 2 篇"),
        "{}",
        ran.err
    );
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_archive_is_named() {
    let place = Place::new();
    place.write("别处/密.txt", "不在文稿目录里");
    std::os::unix::fs::symlink(place.path("别处"), place.path("corpus/外")).expect("can link");
    let ran = place.run(&["index"]);
    assert_eq!(ran.status, Some(4));
    let told = "未能读取 外：符号链接指向文稿目录之外，没有跟随（unsupported）";
    assert!(ran.err.contains(told), "{}", ran.err);
}

/// All folders and files below a folder, made unwritable or writable.
#[cfg(unix)]
fn set_writable(path: &std::path::Path, writable: bool) {
    use std::os::unix::fs::PermissionsExt;
    let is_folder = path.is_dir();
    let set = || {
        let mode = match (is_folder, writable) {
            (true, true) => 0o755,
            (true, false) => 0o555,
            (false, true) => 0o644,
            (false, false) => 0o444,
        };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("is ours");
    };
    if writable {
        set();
    }
    if is_folder {
        for entry in fs::read_dir(path).expect("is readable") {
            set_writable(&entry.expect("is readable").path(), writable);
        }
    }
    if !writable {
        set();
    }
}

#[cfg(unix)]
#[test]
fn an_index_is_read_without_writing() {
    let place = Place::indexed();
    let index = place.path("index");
    // Whoever may write everywhere leaves no trace either.
    let state = || {
        let name = fs::read_to_string(index.join("CURRENT")).expect("was published");
        let folder = index.join("generations").join(name.trim());
        fs::metadata(folder)
            .and_then(|folder| folder.modified())
            .expect("is there")
    };
    let before = state();
    // Nor is any file for its owner alone.
    let name = fs::read_to_string(index.join("CURRENT")).expect("was published");
    let folder = index.join("generations").join(name.trim());
    let mode = |file: &std::path::Path| {
        use std::os::unix::fs::PermissionsExt;
        let metadata = fs::metadata(file).expect("is there");
        metadata.permissions().mode()
    };
    let usual = mode(&index.join("CURRENT"));
    for entry in fs::read_dir(folder).expect("is readable") {
        let file = entry.expect("is readable").path();
        assert_eq!(mode(&file), usual, "{}", file.display());
    }
    set_writable(&index, false);
    for arguments in [
        &["search", "路灯"][..],
        &["stats"],
        &["show", NOTICE],
        &["check"],
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.status, Some(0), "{arguments:?}: {}", ran.err);
    }
    let server = serve(&place);
    assert_eq!(n_found(server.address, "路灯"), Some(1));
    drop(server);
    set_writable(&index, true);
    assert_eq!(state(), before);
}

#[test]
fn a_closed_pipe_is_success() {
    let place = Place::new();
    // More than a pipe holds.
    for n in 0..40 {
        let text = format!("文件{n}号\n{}", "发展产业，建设园区。\n".repeat(500));
        place.write(&format!("corpus/大/{n}.txt"), text);
    }
    check(&place, &["index", "--quiet"], 0, "", "");
    for arguments in [
        &[
            "search",
            "产业",
            "--limit",
            "100",
            "--snippets",
            "20",
            "--snippet-chars",
            "400",
        ][..],
        &["search", "产业", "--json"],
        &["show", "大/7.txt"],
        &["show", "大/7.txt", "--json"],
        &["stats"],
        &["index", "--json"],
    ] {
        let mut command = place.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("can be run");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("comes to an end");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
        assert_eq!(told, "", "{arguments:?}");
    }
}

#[test]
fn nothing_commands_the_terminal() {
    let place = Place::new();
    place.write(
        "corpus/色.txt",
        "\u{1b}[31m红色文件\u{1b}[0m\n产业\u{1b}]0;x\u{7}\u{9b}31m园区\r\n路灯。",
    );
    for no_colour in [None, Some("1")] {
        for arguments in [
            &["index"][..],
            &["search", "产业 | 路灯"],
            &["show", "色.txt"],
            &["show", "色.txt", "-q", "产业"],
            &["stats"],
            &["show", "无.txt"],
        ] {
            let mut command = place.command(arguments);
            command.env_remove("NO_COLOR");
            if let Some(value) = no_colour {
                command.env("NO_COLOR", value);
            }
            let ran = finish(&mut command);
            for stream in [&ran.out, &ran.err] {
                let commands = stream
                    .chars()
                    .any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
                assert!(!commands, "{arguments:?}: {stream:?}");
            }
        }
    }
    assert!(
        !place
            .run(&["search", "产业", "--json"])
            .out
            .contains('\u{1b}')
    );
}

#[test]
fn a_document_is_shown_by_path_and_by_id() {
    let place = Place::indexed();
    let value = place.json(&["show", NOTICE, "--json"], 0);
    let id = value["id"].as_str().expect("is a text");
    assert_eq!(value["path"], NOTICE);
    let by_path = place.run(&["show", NOTICE]);
    assert_eq!(by_path.status, Some(0));
    let size = "关于路灯的通知\n园区的路灯要修。".len();
    let shown = format!(
        "关于路灯的通知\n通知.txt  {id}  txt utf-8 {size} B  16 字\n通知\n\n1  关于路灯的通知\n2  园区的路灯要修。\n"
    );
    assert_eq!(by_path.out, shown);
    check(&place, &["show", id], 0, &shown, "");
    check(&place, &["show", "./通知.txt"], 0, &shown, "");
    let marked = place.run(&["show", id, "-q", "“路灯”"]);
    assert!(
        marked.out.contains("2  园区的【路灯】要修。") && marked.out.contains("\n2 处\n"),
        "{}",
        marked.out
    );
    check(&place, &["show", "无.txt"], 2, "", "没有这篇文稿：无.txt");
    check(
        &place,
        &["show", "0000000000000000"],
        2,
        "",
        "没有这篇文稿：0000000000000000",
    );
}

#[test]
fn figures_are_printed() {
    let place = Place::indexed();
    let value = place.json(&["stats", "--json"], 0);
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
    assert_eq!(value["documents"], 2);
    assert_eq!(value["paragraphs"], 4);
    assert_eq!(value["last_run"]["outcome"], "published");
    let ran = place.run(&["stats"]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    let generation = value["index"]["generation"].as_str().expect("is a text");
    assert!(
        ran.out.contains("文稿") && ran.out.contains(generation),
        "{}",
        ran.out
    );
    let empty = Place::empty();
    check(
        &empty,
        &["stats"],
        2,
        "",
        "还没有索引；请先运行 yicha index",
    );
}

/// A server that ends with the test.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is something.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Starts a server on a free port, which only the line on stderr tells.
fn serve(place: &Place) -> Server {
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("can be run");
    let stderr = child.stderr.take().expect("is piped");
    let (lines, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            // The server must not wait for a reader, so this one reads to the end.
            let _ = lines.send(line);
        }
    });
    let mut server = Server {
        child,
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
    };
    let address = loop {
        let line = told.recv_timeout(PATIENCE).expect("says where it listens");
        let address = line
            .split_once("http://")
            .and_then(|(_, rest)| rest.split_once('/'));
        if let Some((address, _)) = address {
            break address.to_owned();
        }
    };
    server.address = address.parse().expect("is an address");
    assert_ne!(server.address.port(), 0);
    server
}

/// One request over a connection of its own: status and body.
fn exchange(address: SocketAddr, target: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("can be reached");
    stream.set_read_timeout(Some(PATIENCE)).expect("is a time");
    let head = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("can be sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("is UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
    let status = head.split(' ').nth(1).expect("has a status");
    (status.parse().expect("is a number"), body.to_owned())
}

/// Documents that a search over HTTP finds; `None` while there is no index.
fn n_found(address: SocketAddr, q: &str) -> Option<u64> {
    let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let (status, body) = exchange(address, &format!("/api/v1/search?q={q}"));
    let value: Value = serde_json::from_str(&body).expect("is JSON");
    if status == 503 {
        assert_eq!(value["code"], "index_not_ready");
        return None;
    }
    assert_eq!(status, 200, "{body}");
    value["total"]["documents"].as_u64()
}

#[test]
fn a_server_builds_answers_renews_and_ends() {
    let place = Place::new();
    let mut server = serve(&place);
    assert_eq!(exchange(server.address, "/healthz").0, 200);
    assert_eq!(
        until("the first index", || n_found(server.address, "路灯")),
        1
    );
    assert_eq!(exchange(server.address, "/readyz").0, 200);
    assert_eq!(exchange(server.address, "/api/v1/nothing").0, 404);

    place.write("corpus/新.txt", "新的通知\n路灯修好了。");
    check(&place, &["index", "--quiet"], 0, "", "");
    until("the new generation", || {
        n_found(server.address, "路灯").filter(|n| *n == 2)
    });

    let id = server.child.id().to_string();
    let killed = Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .expect("can be run");
    assert!(killed.success());
    let started = Instant::now();
    let status = until("the end", || server.child.try_wait().expect("is ours"));
    assert!(started.elapsed() < Duration::from_secs(15));
    assert_eq!(status.code(), Some(0));
    let mut out = String::new();
    let mut stdout = server.child.stdout.take().expect("is piped");
    stdout.read_to_string(&mut out).expect("is UTF-8");
    assert_eq!(out, "");
}

#[test]
fn a_server_that_cannot_listen_says_so() {
    let place = Place::indexed();
    let server = serve(&place);
    let taken = server.address.to_string();
    let ran = place.run(&["serve", "--listen", &taken]);
    assert_eq!(
        (
            ran.status.is_some_and(|status| status != 0),
            ran.out.as_str()
        ),
        (true, "")
    );
    assert!(
        ran.err.contains(&format!("不能监听 {taken}")),
        "{}",
        ran.err
    );
}

/// An archive of four documents, indexed, to be counted.
fn counted_place() -> Place {
    let place = Place::empty();
    for (path, text) in [
        ("2021-03-05 甲.txt", "水利工作讲话\n扛起治水大旗"),
        (
            "2023-07-18 乙.txt",
            "治水工作讲话\n扛起治水责任，扛起了责任",
        ),
        ("2023-07-19 丙.txt", "渠道工作讲话\n修渠"),
        ("丁.txt", "杂记\n扛起使命"),
    ] {
        place.write(&format!("corpus/{path}"), text);
    }
    check(&place, &["index", "--quiet"], 0, "", "");
    place
}

#[test]
fn figures_are_drawn_and_listed() {
    let place = counted_place();
    let chart = format!(
        "2021      1 篇 100.0%  1 处  {bar}\n2023      1 篇  50.0%  2 处  {bar}\n（不详）  1 篇 100.0%  1 处  {bar}\n",
        bar = "█".repeat(30)
    );
    let by_year = ["search", "“扛起”", "--count-by", "year"];
    check(
        &place,
        &by_year,
        0,
        &chart,
        "共 3 篇、4 处，占 4 篇的 75.0%",
    );
    let value = place.json(
        &[
            "search",
            "“扛起”",
            "--compare",
            "渠道",
            "--count-by",
            "year",
            "--json",
        ],
        0,
    );
    assert_eq!(value["queries"][1]["total"]["documents"], 1);
    check(
        &place,
        &["search", "“火星”", "--count-by", "type"],
        1,
        "",
        "共 0 篇",
    );

    let lines = [
        "search",
        "“扛起”",
        "--concordance",
        "--sort",
        "date",
        "--context",
        "5",
    ];
    let ran = place.run(&lines);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let expected = [
        "          【扛起】治水责任，",
        "治水责任，【扛起】了责任",
        "          【扛起】治水大旗",
        "          【扛起】使命",
    ];
    assert_eq!(ran.out.lines().count(), expected.len(), "{}", ran.out);
    for (line, expected) in ran.out.lines().zip(expected) {
        assert!(line.starts_with(expected), "{}", ran.out);
    }
    let words = ["search", "“扛起”", "--concordance", "--group", "next"];
    let expected = "治水        2 处        2 篇\n使命        1 处        1 篇\n责任        1 处        1 篇\n";
    check(&place, &words, 0, expected, "共 3 个词；0 处旁边没有词");
    let value = place.json(&["search", "“扛起”", "--concordance", "--json"], 0);
    assert_eq!(value["total"]["occurrences"], 4);
}

#[test]
fn figures_take_an_order_and_a_number() {
    let place = counted_place();
    // Whatever is found, the documents stand below each other.
    let either = [
        "search",
        "“扛起治水” | “修渠”",
        "--concordance",
        "--sort",
        "document",
    ];
    let ran = place.run(&either);
    let column = |line: &str| {
        line.find("2021-").or(line.find("2023-")).map(|at| {
            let before = &line[..at];
            before
                .chars()
                .map(|c| if c.is_ascii() { 1 } else { 2 })
                .sum::<usize>()
        })
    };
    let columns: Vec<_> = ran.out.lines().map(column).collect();
    assert_eq!(columns.len(), 3, "{}", ran.out);
    assert!(
        columns.iter().all(|column| *column == columns[0]),
        "{}",
        ran.out
    );
    for (flags, told) in [
        (
            &["--sort", "left"][..],
            "--sort 的 left、right、document 只用于逐处列出",
        ),
        (
            &["--concordance", "--sort", "title"],
            "可选：left、right、date、document",
        ),
        (&["--count-by", "year", "--sort", "date"], "不能一起用"),
        (
            &["--count-by", "year", "--limit", "0"],
            "应是 1 到 100 的数",
        ),
    ] {
        let arguments = [&["search", "“扛起”"], flags].concat();
        check(&place, &arguments, 2, "", told);
    }
    // So many buckets or lines, and what was done about the query is told here, too.
    let place = Place::empty();
    for title in ["2023-07-18 关于治水的讲话", "2023-07-19 关于治水的通知"] {
        place.write(
            &format!("corpus/{title}.txt"),
            format!("{title}\n治水。治水"),
        );
    }
    check(&place, &["index", "--quiet"], 0, "", "");
    let by_type = ["search", "“治水", "--count-by", "type"];
    assert_eq!(place.run(&by_type).out.lines().count(), 2);
    let lines = ["search", "“治水", "--concordance"];
    assert_eq!(place.run(&lines).out.lines().count(), 6);
    for arguments in [&by_type[..], &lines] {
        let ran = place.run(&[arguments, &["-n", "1"]].concat());
        assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
        assert!(ran.err.contains("引号没有配对"), "{}", ran.err);
    }
}
