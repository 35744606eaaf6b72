//! Errors for the person at the terminal, in Chinese as far as they are ours or common.

use std::io;

use yicha::config::ConfigError;
use yicha::corpus::WalkError;
use yicha::index::BuildError;
use yicha::query::QueryTooLong;
use yicha::search::Error;

use super::terminal::{bytes, io_told};

/// A wrong use of the program that only shows when it runs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Misuse(pub(super) String);

/// An error for the person at the terminal.
pub(super) fn explain(error: &anyhow::Error) -> String {
    if let Some(Misuse(told)) = error.downcast_ref() {
        return told.clone();
    }
    if let Some(too_long) = error.downcast_ref::<QueryTooLong>() {
        return match too_long {
            QueryTooLong::Chars { got, most } => format!("查询有 {got} 个字符，最多 {most} 个"),
            QueryTooLong::Leaves { got, most } => format!("查询有 {got} 个条件，最多 {most} 个"),
        };
    }
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        return format!("配置有误：{}", of_config(error));
    }
    if let Some(error) = error.downcast_ref::<Error>() {
        return of_search(error);
    }
    if let Some(error) = error.downcast_ref::<BuildError>() {
        return of_build(error);
    }
    format!("出错了：{}", chain(error.as_ref()))
}

fn of_config(error: &ConfigError) -> String {
    match error {
        ConfigError::Unreadable { path, source } => {
            format!("读不出 {}（{}）", path.display(), io_told(source))
        }
        ConfigError::Syntax { path, source } => {
            format!("{} 不是正确的 TOML：{source}", path.display())
        }
        ConfigError::UnknownKey {
            place,
            key,
            nearest,
        } => {
            let nearest = nearest.join("` 或 `");
            format!("{place}：没有 `{key}` 这项设置，最接近的是 `{nearest}`")
        }
        ConfigError::Range {
            place,
            key,
            got,
            low,
            high,
        } => format!("{place}：`{key}` 是 {got}，应为 {low} 到 {high}"),
        ConfigError::Value(source) => format!("值的类型不对：{source}"),
    }
}

fn of_search(error: &Error) -> String {
    match error {
        Error::NotReady => "还没有索引；请先运行 yicha index".to_owned(),
        Error::NoDocument(name) => format!("没有这篇文稿：{name}"),
        Error::CursorExpired(_) => "这次翻页所用的索引已经没有了，请重新检索".to_owned(),
        Error::Timeout => "检索超时".to_owned(),
        Error::Internal(source) if is_denied(source.as_ref()) => {
            "索引读不出来：没有读取权限".to_owned()
        }
        Error::Internal(source) => format!(
            "索引读不出来，可以用 yicha index --rebuild 重建：{}",
            chain(source.as_ref())
        ),
    }
}

fn of_build(error: &BuildError) -> String {
    match error {
        BuildError::Locked { holder: None } => "另一个索引任务正在运行".to_owned(),
        BuildError::Locked {
            holder: Some(holder),
        } => {
            let (pid, since) = (holder.pid, &holder.since);
            format!("另一个索引任务正在运行（进程 {pid}，{since} 开始）")
        }
        BuildError::Shrunk {
            before,
            now,
            max_shrink,
        } => format!(
            "文稿从 {before} 篇减少到 {now} 篇，超过 {max_shrink}%；没有发布，原有索引继续服务（确实如此时加 --max-shrink 100）"
        ),
        BuildError::DiskFull { needed } => {
            let needed = bytes(*needed);
            format!("索引所在磁盘已满，没有发布，原有索引继续服务；除现有索引外约需 {needed}")
        }
        BuildError::CheckFailed { problems } => format!(
            "新建的索引没有通过核对，没有发布，原有索引继续服务：{}",
            problems.join("；")
        ),
        BuildError::ArchiveEmpty { documents: 0 } => {
            "文稿目录是空的；没有发布（目录挂载了吗？确实没有文稿时加 --max-shrink 100）".to_owned()
        }
        BuildError::ArchiveEmpty { documents } => {
            format!("文稿目录是空的，而正在服务的索引有 {documents} 篇；没有发布（目录挂载了吗？）")
        }
        BuildError::Walk(WalkError::Lost) => {
            "读取途中文稿目录不见了；没有发布，原有索引继续服务（目录还挂载着吗？）".to_owned()
        }
        BuildError::Walk(WalkError::Root { path, source }) => format!(
            "文稿目录打不开：{}（{}）；请挂载，或设置 [corpus] path",
            path.display(),
            io_told(source)
        ),
        BuildError::Walk(WalkError::Own { path, own }) => format!(
            "文稿目录 {} 在索引目录 {} 里面，不能这样放",
            path.display(),
            own.display()
        ),
        BuildError::Walk(WalkError::Pattern { pattern, source }) => {
            format!("配置有误：[corpus] exclude 里的 `{pattern}` 不是正确的通配式（{source}）")
        }
        BuildError::Pattern(error) => format!("配置有误：[derive] patterns：{}", chain(error)),
        BuildError::Io(error) => {
            format!("索引目录不能写入（{}）；原有索引不受影响", io_told(error))
        }
        BuildError::Tantivy(error) => {
            format!("索引没有建成，原有索引不受影响：{}", chain(error))
        }
    }
}

fn is_denied(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
            return true;
        }
        cause = error.source();
    }
    // tantivy wraps it in several ways and gives no source.
    error.to_string().contains("PermissionDenied")
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        told.push(
            error
                .downcast_ref()
                .map_or_else(|| error.to_string(), io_told),
        );
        cause = error.source();
    }
    told.dedup();
    told.join("：")
}
