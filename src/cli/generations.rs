//! `yicha generations`, `rollback`, `gc`: what was built, back to the one before, drop old ones.

use std::io::Write;

use yicha::config::Config;
use yicha::index::{Generations, list, remove_old, roll_back};
use yicha::search::Error;

use super::Outcome;
use super::terminal::{bytes, complain, grouped, padded, say};

#[derive(clap::Args)]
pub(super) struct ListArguments {
    /// 以一个 JSON 对象输出结果
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct RollbackArguments {}

#[derive(clap::Args)]
pub(super) struct GcArguments {
    /// 保留几代，含正在服务的一代
    #[arg(long, value_name = "代数", value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,
}

/// Refuses where there is no index to look after.
fn need_index(config: &Config) -> anyhow::Result<()> {
    match Generations::new(&config.index.path).current()? {
        Some(_) => Ok(()),
        None => Err(Error::NotReady.into()),
    }
}

pub(super) fn run_list(config: &Config, arguments: &ListArguments) -> anyhow::Result<Outcome> {
    need_index(config)?;
    let listed = list(&config.index.path)?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let generations: Vec<serde_json::Value> = listed
            .iter()
            .map(|one| {
                serde_json::json!({
                    "generation": one.name,
                    "current": one.is_current,
                    "built_at": one.built_at,
                    "documents": one.documents,
                    "bytes": one.bytes,
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::json!({ "generations": generations }))?;
    } else {
        for one in &listed {
            let mark = if one.is_current { "*" } else { " " };
            writeln!(
                out,
                "{mark} {}  {}  {}  {}",
                padded(&one.name, 24),
                one.built_at,
                padded(&format!("{} 篇", grouped(one.documents)), 14),
                bytes(one.bytes),
            )?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

pub(super) fn run_rollback(config: &Config, _: &RollbackArguments) -> anyhow::Result<Outcome> {
    need_index(config)?;
    let Some(name) = roll_back(&config.index.path)? else {
        complain("没有更早的一代可以回退");
        return Ok(Outcome::Failed);
    };
    say(&format!("已回到 {name}；服务会自动改用它"));
    Ok(Outcome::Done)
}

pub(super) fn run_gc(config: &Config, arguments: &GcArguments) -> anyhow::Result<Outcome> {
    need_index(config)?;
    let removed = remove_old(&config.index.path, arguments.keep as usize)?;
    for name in &removed {
        say(&format!("已删除 {name}"));
    }
    if removed.is_empty() {
        say("没有可删除的旧代");
    }
    Ok(Outcome::Done)
}
