//! The ways in which runs of the indexer are started, and what they wait for.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Server, get};

/// Longest time that anything here may take.
const PATIENCE: Duration = Duration::from_mins(1);

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().expect("temporary folder"),
        };
        place.write("1.txt");
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, name: &str) {
        fs::create_dir_all(self.path("corpus")).expect("can write");
        let text = format!("关于{name}的通知\n水渠要修。");
        fs::write(self.path("corpus").join(name), text).expect("can write");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yicha"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn serve(&self, arguments: &[&str]) -> Server {
        let always = ["serve", "--listen", "127.0.0.1:0"];
        Server::start(&mut self.command(&[&always[..], arguments].concat()))
    }
}

/// Waits until so many documents are served.
fn wait_for(address: SocketAddr, documents: u64) -> Value {
    let started = Instant::now();
    loop {
        let (_, stats) = get(address, "/api/v1/stats").expect("answers");
        if stats["documents"] == documents {
            return stats;
        }
        assert!(started.elapsed() < PATIENCE, "{stats}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_server_that_watches_sees_what_changes() {
    let place = Place::new();
    let server = place.serve(&["--watch"]);
    wait_for(server.address, 1);
    place.write("2.txt");
    let stats = wait_for(server.address, 2);
    assert_eq!(stats["last_run"]["outcome"], "published");
    assert_eq!(stats["last_run"]["added"], 1);
    // What changes while no server runs is seen by the next.
    drop(server);
    place.write("3.txt");
    let server = place.serve(&["--watch"]);
    wait_for(server.address, 3);
}

#[test]
fn a_server_runs_every_so_often() {
    let place = Place::new();
    let server = place.serve(&["--reindex-every", "1s"]);
    wait_for(server.address, 1);
    place.write("2.txt");
    wait_for(server.address, 2);
    // An archive that is away for a time changes nothing.
    fs::rename(place.path("corpus"), place.path("away")).expect("can be renamed");
    let refused = |stats: &Value| stats["last_run"]["outcome"] == "refused";
    let started = Instant::now();
    while !refused(&wait_for(server.address, 2)) {
        assert!(started.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(50));
    }
    fs::rename(place.path("away"), place.path("corpus")).expect("can be renamed");
    place.write("3.txt");
    wait_for(server.address, 3);
}

#[test]
fn a_run_waits_for_another_as_long_as_it_is_told() {
    let place = Place::new();
    let ran = place.command(&["index", "--quiet"]).status();
    assert_eq!(ran.expect("can be run").code(), Some(0));
    let lock = fs::File::options()
        .write(true)
        .open(place.path("index/lock"));
    let lock = lock.expect("is there");
    lock.lock().expect("is free");
    let started = Instant::now();
    let output = place.command(&["index", "--wait", "1"]).output();
    let output = output.expect("can be run");
    assert_eq!(output.status.code(), Some(3));
    assert!(started.elapsed() >= Duration::from_secs(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("另一个索引任务正在运行"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    // As long as can be told.
    let mut waiting = place
        .command(&["index", "--quiet", "--wait", &u64::MAX.to_string()])
        .spawn()
        .expect("can be run");
    thread::sleep(Duration::from_millis(500));
    assert!(waiting.try_wait().expect("can be asked").is_none());
    drop(lock);
    assert_eq!(waiting.wait().expect("ends").code(), Some(0));
}
