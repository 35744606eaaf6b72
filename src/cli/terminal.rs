//! Colours, widths and numbers for people at a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use unicode_width::UnicodeWidthChar;

/// Whether `stream` takes colours: it is a terminal, and `NO_COLOR` is not set.
pub(super) fn colours_on(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How a piece of text is shown.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Title,
    Faint,
    Match,
}

/// Text with colours, or as it is.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) colours: bool,
}

impl Paint {
    /// For results, which go to stdout.
    pub(super) fn stdout() -> Self {
        Self {
            colours: colours_on(&std::io::stdout()),
        }
    }

    pub(super) fn paint(self, style: Style, text: &str) -> String {
        let text = printable(text);
        let code = match style {
            Style::Title => "1",
            Style::Faint => "2",
            Style::Match => "1;31",
        };
        if self.colours {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text
        }
    }
}

/// Text of a document without what could command the terminal.
pub(super) fn printable(text: &str) -> String {
    let keep = |c: &char| !c.is_control() || *c == '\t';
    text.chars()
        .map(|c| if c == '\n' { ' ' } else { c })
        .filter(keep)
        .collect()
}

/// Columns of a text.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width_cjk().unwrap_or(0)).sum()
}

/// A text with blanks up to a width.
pub(super) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A number with a comma between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes as people say them.
pub(super) fn bytes(number: u64) -> String {
    match number {
        0..1024 => format!("{number} B"),
        1024..1_048_576 => format!("{:.1} KB", number as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MB", number as f64 / 1_048_576.0),
        _ => format!("{:.2} GB", number as f64 / 1_073_741_824.0),
    }
}

/// Whether what is said goes into the log, so that all of stderr is of one form.
static BY_LOG: AtomicBool = AtomicBool::new(false);

/// Where the log says that something was told to the person at the terminal.
pub(super) const SAID: &str = "yicha_says";

/// From now on what is said goes into the log.
pub(super) fn speak_by_log() {
    BY_LOG.store(true, Ordering::Relaxed);
}

/// Whether what is said goes into the log.
pub(super) fn speaks_by_log() -> bool {
    BY_LOG.load(Ordering::Relaxed)
}

/// Tells the person something that is no result.
pub(super) fn say(text: &str) {
    if speaks_by_log() {
        tracing::info!(target: SAID, "{text}");
        return;
    }
    // Nobody can be told that stderr is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Tells of an error.
pub(super) fn complain(text: &str) {
    if speaks_by_log() {
        tracing::error!(target: SAID, "{text}");
        return;
    }
    say(&format!("yicha：{text}"));
}

/// An error of the system in Chinese, as far as it is a common one.
pub(super) fn io_told(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let told = match error.kind() {
        Kind::NotFound => "不存在",
        Kind::PermissionDenied => "没有权限",
        Kind::NotADirectory => "不是目录",
        Kind::IsADirectory => "是目录",
        Kind::ReadOnlyFilesystem => "只读，不能写入",
        Kind::StorageFull => "磁盘已满",
        Kind::AddrInUse => "地址已被占用",
        Kind::AddrNotAvailable => "本机没有这个地址",
        Kind::InvalidFilename => "文件名不合规则",
        Kind::UnexpectedEof => "内容不完整",
        _ => return error.to_string(),
    };
    told.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_widths() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
        assert_eq!(bytes(1536), "1.5 KB");
        assert_eq!(width("议查ab"), 6);
        assert_eq!(padded("议", 4), "议  ");
    }

    #[test]
    fn documents_do_not_command_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\r"), "a[31mb c");
        let paint = Paint { colours: false };
        assert_eq!(paint.paint(Style::Match, "词"), "词");
    }
}
