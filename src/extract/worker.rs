//! Reads files in a process of its own, which can be stopped: a file that needs too long or too much
//! memory, or that brings the reader down, costs that process and not the run.
//!
//! The parent writes a line of JSON and the file's bytes; the worker answers with a line of JSON.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Budget, Error, Extracted, Settings, extract};
use crate::document::Format;

/// Time that a worker has, beyond the limit of the file, to start and to hand over its answer.
const GRACE: Duration = Duration::from_secs(5);

/// Extracts texts, one file at a time.
pub struct Extractor {
    settings: Settings,
    /// The program and the arguments that make it [`serve`]; `None`: in this process.
    command: Option<(PathBuf, Vec<String>)>,
    worker: Option<Worker>,
}

/// What stands before the bytes of a file.
#[derive(Serialize, Deserialize)]
struct Task {
    format: Format,
    bytes: u64,
}

type Answer = Result<Extracted, Error>;

impl Extractor {
    /// An extractor that starts `command` to read files, or reads them itself without one. By itself
    /// it keeps the limits only as far as the readers look at them.
    pub fn new(settings: &Settings, command: Option<(PathBuf, Vec<String>)>) -> Self {
        Self {
            settings: settings.clone(),
            command,
            worker: None,
        }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// Those of [`extract`]; [`Error::Broken`] also where the reader crashed.
    pub fn extract(&mut self, format: Format, bytes: &[u8]) -> Answer {
        let Some((program, arguments)) = &self.command else {
            return guarded(&self.settings, format, bytes);
        };
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start(program, arguments).map_err(|error| Error::Unsupported {
                detail: format!("the program that reads it does not start: {error}"),
            })?,
        };
        let limit = Duration::from_secs(self.settings.timeout_seconds) + GRACE;
        let (answer, worker) = worker.ask(format, bytes, limit, &self.settings);
        self.worker = worker;
        answer
    }
}

/// Extracts in this process; a reader that panics has met a broken file.
fn guarded(settings: &Settings, format: Format, bytes: &[u8]) -> Answer {
    let until = Instant::now() + Duration::from_secs(settings.timeout_seconds);
    let mut budget = Budget::new(settings.max_unpacked_mb << 20, until);
    let result = catch_unwind(AssertUnwindSafe(|| extract(format, bytes, &mut budget)));
    result.unwrap_or_else(|_| Err(Error::broken("the reader gave up on it")))
}

/// A process that reads files.
struct Worker {
    child: Child,
    stdin: ChildStdin,
    answers: Receiver<String>,
}

impl Worker {
    fn start(program: &PathBuf, arguments: &[String]) -> io::Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            // The allocator would set a gigabyte of addresses aside before their limit is set.
            .env("MIMALLOC_ARENA_RESERVE", "0")
            // Without memory a backtrace cannot be made, and the process would wait for itself.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(stdin), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipes"));
        };
        let (sender, answers) = channel();
        // Only a thread of its own can wait for an answer and for the time at once.
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            stdin,
            answers,
        })
    }

    /// Has a file read; gives the worker back if it can read another.
    fn ask(
        mut self,
        format: Format,
        bytes: &[u8],
        limit: Duration,
        settings: &Settings,
    ) -> (Answer, Option<Self>) {
        let task = Task {
            format,
            bytes: bytes.len() as u64,
        };
        let sent = serde_json::to_string(&task)
            .map_err(io::Error::from)
            .and_then(|line| {
                writeln!(self.stdin, "{line}")?;
                self.stdin.write_all(bytes)?;
                self.stdin.flush()
            });
        if sent.is_err() {
            return (Err(self.crash(settings)), None);
        }
        match self.answers.recv_timeout(limit) {
            Ok(line) => match serde_json::from_str(&line) {
                Ok(answer) => (answer, Some(self)),
                Err(_) => (Err(self.crash(settings)), None),
            },
            Err(RecvTimeoutError::Timeout) => {
                self.stop();
                (Err(Error::Timeout), None)
            }
            Err(RecvTimeoutError::Disconnected) => (Err(self.crash(settings)), None),
        }
    }

    /// What a worker that has come down died of.
    fn crash(&mut self, settings: &Settings) -> Error {
        self.stop();
        let mut said = Vec::new();
        if let Some(messages) = self.child.stderr.take() {
            // An error only means that it has said less.
            let _ = messages.take(4096).read_to_end(&mut said);
        }
        let said = String::from_utf8_lossy(&said);
        // Of Rust when it aborts, and of an error of the system.
        if said.contains("memory allocation") || said.contains("out of memory") {
            return Error::TooLarge {
                limit: settings.memory_mb << 20,
            };
        }
        Error::broken("the reader crashed on it")
    }

    fn stop(&mut self) {
        // Errors mean that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Serves as a worker: reads tasks from `input` until it ends, and answers on `output`.
///
/// Limits the memory of this process. A panic is an answer, not a message.
///
/// # Errors
/// Where the pipes break.
pub fn serve(settings: &Settings, input: impl Read, mut output: impl Write) -> io::Result<()> {
    limit_memory(settings.memory_mb << 20);
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = BufReader::new(input);
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let task: Task = serde_json::from_str(&line)?;
        let mut bytes = Vec::new();
        input.by_ref().take(task.bytes).read_to_end(&mut bytes)?;
        let answer = guarded(settings, task.format, &bytes);
        drop(bytes);
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
}

#[cfg(unix)]
fn limit_memory(bytes: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    if let Err(error) = setrlimit(Resource::As, limit) {
        tracing::warn!(%error, "the memory of a reader cannot be limited");
    }
}

#[cfg(not(unix))]
fn limit_memory(_: u64) {}
