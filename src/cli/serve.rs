//! `yicha serve`: the page and the API. Builds an index first where there is none, and takes up new generations
//! by itself.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Runtime;
use tokio::signal;
use yicha::analysis::words;
use yicha::config::Config;
use yicha::http;
use yicha::index::{BuildError, Live, runs_file};
use yicha::search::{Mask, Searcher};

use super::Outcome;
use super::progress::Told;
use super::reindexing::{AdminOf, Reindexer, duration};
use super::terminal::{complain, say};

/// How often the index folder is looked at for a new generation.
const REFRESH: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 监听地址（默认取配置 [server] listen）
    #[arg(long, value_name = "地址:端口")]
    listen: Option<String>,
    /// 启动时和以后每隔多久更新一次索引，例如 30m、1h
    #[arg(long, value_name = "时长", value_parser = duration)]
    reindex_every: Option<Duration>,
    /// 启动时和文稿目录一有变化就更新索引
    #[arg(long)]
    watch: bool,
}

pub(super) fn run(config: Config, arguments: Arguments) -> anyhow::Result<Outcome> {
    let mut config = config;
    config.server.listen = arguments.listen.unwrap_or(config.server.listen);
    let live = Live::open(&config.index.path)?
        .keeping(config.index.keep)
        .telling(runs_file(&config.index));
    let live = Arc::new(live);
    let runtime = Runtime::new()?;
    let address = config.server.listen.clone();
    let (listener, bound) = runtime
        .block_on(http::listen(&address))
        .with_context(|| format!("不能监听 {address}"))?;
    say(&format!("议查正在服务：http://{bound}/　（Ctrl-C 停止）"));
    let reindexer = Reindexer::new(config.clone());
    let router = http::router(http::Context {
        searcher: live.clone(),
        archive: config.corpus.path.clone(),
        mask: mask(&config),
        max_file_size: config.corpus.max_file_size,
        settings: config.server.clone(),
        admin: Some(Arc::new(AdminOf(Arc::clone(&reindexer)))),
    });
    let grace = Duration::from_secs(config.server.shutdown_seconds);
    thread::spawn(words::load_dictionary);
    if let Some(damaged) = live.damaged() {
        complain(&format!(
            "索引 {damaged} 已损坏，正在用更早的一代服务；请运行 yicha index --rebuild"
        ));
    }
    if let Some(pause) = arguments.reindex_every {
        reindexer.every(pause);
    }
    if arguments.watch {
        reindexer.watch();
    }
    let keeper = Arc::clone(&live);
    thread::spawn(move || keep_fresh(&keeper, &reindexer));
    runtime.block_on(http::serve(listener, router, grace, stop()))?;
    // A build or a search that still runs must not keep the program.
    runtime.shutdown_background();
    Ok(Outcome::Done)
}

/// What searches do about masks that do not say so themselves.
pub(super) fn mask(config: &Config) -> Mask {
    if config.search.mask_matching {
        Mask::Also
    } else {
        Mask::Off
    }
}

/// Builds the first index if there is none, then looks for new ones for as long as the program runs.
fn keep_fresh(live: &Live, reindexer: &Reindexer) {
    if live.stats().is_err() {
        say("还没有索引，先建立一个……");
        match reindexer.run(Duration::ZERO, Told::Usual) {
            Some(Ok(run)) => say(&format!("已索引 {} 篇，可以检索了", run.summary.documents)),
            Some(Err(BuildError::Locked { .. })) => say("另一个索引任务正在运行，等它完成"),
            Some(Err(error)) => complain(&super::explain(&error.into())),
            // It is being built for `--reindex-every` or `--watch`.
            None => {}
        }
    }
    loop {
        match live.refresh() {
            Ok(true) => tracing::info!("a new generation is being served"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the new generation cannot be opened; the old one stays");
            }
        }
        thread::sleep(REFRESH);
    }
}

/// Resolves when the program is told to stop.
async fn stop() {
    let interrupted = async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
