//! `yicha check`: proves the index.

use std::io::Write;

use yicha::config::Config;
use yicha::index::{self, Checked, Extent, Proof};

use super::Outcome;
use super::extract_worker::archive;
use super::terminal::{grouped, say};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 随机抽取多少个短语，与逐字扫描比对；并重读多少个原文件，与所存正文比对
    #[arg(long, value_name = "个数", default_value_t = 200)]
    sample: usize,
    /// 以一个 JSON 对象输出结果
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let step = |checked: Checked| {
        let (n, what) = match checked {
            Checked::Phrases(n) => (n, "短语"),
            Checked::Files(n) if n % 500 == 0 => (n, "原文件"),
            Checked::Files(_) => return,
        };
        if arguments.sample > n && !arguments.json {
            say(&format!("已比对 {n}/{} 个{what}", arguments.sample));
        }
    };
    let archive = archive(config);
    let extent = Extent {
        sample: arguments.sample,
        archive: Some(&archive),
    };
    let proof = index::check(&config.index.path, extent, &step)?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", json(&proof))?;
    } else {
        for problem in &proof.problems {
            writeln!(out, "{problem}")?;
        }
        let left_out = match proof.left_out {
            0 => String::new(),
            n => format!("（另有 {} 个已改动或读不到，未比对）", grouped(n as u64)),
        };
        say(&format!(
            "{}：核对了 {} 个索引文件、{} 篇文稿、{} 个短语，重读了 {} 个原文件{left_out}，{}",
            proof.generation,
            grouped(proof.files as u64),
            grouped(proof.documents),
            grouped(proof.phrases as u64),
            grouped(proof.reread as u64),
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
        "reread": proof.reread,
        "left_out": proof.left_out,
        "problems": proof.problems,
        "problems_total": proof.n_problems,
    })
}
