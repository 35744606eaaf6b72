//! `yicha check`: proves the index.

use std::io::Write;

use yicha::config::Config;
use yicha::index::{self, Proof};

use super::Outcome;
use super::terminal::{grouped, say};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 随机抽取多少个短语，与逐字扫描比对
    #[arg(long, value_name = "个数", default_value_t = 200)]
    sample: usize,
    /// 以一个 JSON 对象输出结果
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let step = |n: usize| {
        if arguments.sample > n && !arguments.json {
            say(&format!("已比对 {n}/{} 个短语", arguments.sample));
        }
    };
    let proof = index::check(&config.index.path, arguments.sample, &step)?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", json(&proof))?;
    } else {
        for problem in &proof.problems {
            writeln!(out, "{problem}")?;
        }
        say(&format!(
            "{}：核对了 {} 个索引文件、{} 篇文稿、{} 个短语，{}",
            proof.generation,
            grouped(proof.files as u64),
            grouped(proof.documents),
            grouped(proof.phrases as u64),
            match proof.n_problems {
                0 => "没有发现问题".to_owned(),
                n => format!(
                    "发现 {n} 个问题；可以用 yicha rollback 回退，或 yicha index --rebuild 重建"
                ),
            }
        ));
    }
    out.flush()?;
    Ok(match proof.n_problems {
        0 => Outcome::Done,
        _ => Outcome::Failed,
    })
}

fn json(proof: &Proof) -> serde_json::Value {
    serde_json::json!({
        "generation": proof.generation,
        "ok": proof.n_problems == 0,
        "files": proof.files,
        "documents": proof.documents,
        "phrases": proof.phrases,
        "problems": proof.problems,
        "problems_total": proof.n_problems,
    })
}
