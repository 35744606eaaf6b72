//! Why a file could not be read, in Chinese. What the library says of it, in English, stands in JSON and
//! in the log.

use yicha::corpus::FailureCode;

/// What is said of a failure, by its beginning, and in Chinese; `{}` is what comes behind.
const DETAILS: [(&str, &str); 33] = [
    ("no reader for this kind of file", "不支持这种文件"),
    ("the file is empty", "文件是空的"),
    ("it is empty", "文件是空的"),
    ("the document is empty", "文稿是空的"),
    ("the file's name is not UTF-8", "文件名不是 UTF-8"),
    ("neither a file nor a folder", "既不是文件也不是目录"),
    ("its size cannot be read", "读不到文件大小"),
    (
        "a symbolic link leads back to a folder above it",
        "符号链接指回上层目录",
    ),
    (
        "a symbolic link leads out of the archive",
        "符号链接指向文稿目录之外，没有跟随",
    ),
    ("it was changing while it was read", "读取时文件一直在变"),
    ("Permission denied", "没有读取权限"),
    ("No such file or directory", "文件不存在"),
    ("Input/output error", "磁盘或网络出错，读不出来"),
    ("Stale file handle", "网络盘已断开或重新挂载"),
    (
        "larger than max_file_size = ",
        "超过 max_file_size 的限度 {}",
    ),
    ("needs more than the limit of ", "所需超过限度 {}"),
    (
        "the zip archive unpacks to more than max_unpacked_mb",
        "压缩包解开后超过 max_unpacked_mb",
    ),
    (
        "another member of the zip archive has this name",
        "压缩包里另有同名文件",
    ),
    ("no text in any known encoding", "编码无法识别"),
    ("text in no known encoding", "编码无法识别"),
    ("protected by a password", "有密码保护"),
    ("Password required", "有密码保护"),
    ("took longer than the time limit", "读取超时"),
    ("a page without text", "网页里没有文字"),
    ("a mail without subject and text", "邮件没有主题和正文"),
    ("a file of marks only", "只有标记，没有文字"),
    ("a web archive without a page", "网页存档里没有网页"),
    ("nothing but page numbers on ", "除页码外没有文字（{}）"),
    ("no filled cell in ", "表格是空的（{}）"),
    ("pdf: no pages found", "PDF 里找不到页面"),
    ("no pages", "没有页面"),
    ("the reader crashed on it", "读取程序崩溃"),
    ("its front matter is wrong: ", "文首说明有误：{}"),
];

/// What is wrong, in Chinese as far as it is known.
pub(super) fn told(code: FailureCode, detail: &str) -> String {
    let known = DETAILS
        .iter()
        .find_map(|(english, chinese)| Some((detail.strip_prefix(english)?, *chinese)));
    if let Some((rest, chinese)) = known {
        return chinese.replace("{}", rest);
    }
    let kind = match code {
        FailureCode::Unreadable => "读不出来",
        FailureCode::Unsupported => "不支持这种文件",
        FailureCode::TooLarge => "文件太大",
        FailureCode::Broken => "文件已损坏，或内容与名称不符",
        FailureCode::NoText => "没有文字",
        FailureCode::Encrypted => "有密码保护",
        FailureCode::Timeout => "读取超时",
    };
    format!("{kind}：{detail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_told_in_chinese() {
        let broken = |detail| told(FailureCode::Broken, detail);
        assert_eq!(broken("the file is empty"), "文件是空的");
        assert_eq!(
            told(FailureCode::TooLarge, "larger than max_file_size = 5 bytes"),
            "超过 max_file_size 的限度 5 bytes"
        );
        // As the system says it, of a file and of a folder.
        let error = |number| std::io::Error::from_raw_os_error(number).to_string();
        if cfg!(target_os = "linux") {
            for (number, expected) in [(13, "没有读取权限"), (2, "文件不存在")] {
                assert_eq!(told(FailureCode::Unreadable, &error(number)), expected);
            }
        }
        assert_eq!(
            broken("no part `x`"),
            "文件已损坏，或内容与名称不符：no part `x`"
        );
    }
}
