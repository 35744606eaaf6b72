//! The command line in Chinese: help, wrong usage, and queries of several words.

use std::convert::Infallible;
use std::error::Error as _;
use std::ffi::OsString;
use std::fmt::Write as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, Error};

/// Stands before a word of a query that begins with a minus, so that it is not taken for a flag. It
/// is no character, and nobody can type it.
const MINUS: char = '\u{fdd0}';

/// The command with headings, defaults and usage in Chinese.
pub(super) fn in_chinese(command: Command) -> Command {
    let flag = |name: &'static str, short: char, action, help: &'static str| {
        Arg::new(name)
            .long(name)
            .short(short)
            .action(action)
            .help(help)
    };
    let command = command
        .arg(flag("help", 'h', ArgAction::Help, "显示帮助").global(true))
        .arg(flag("version", 'V', ArgAction::Version, "显示版本"))
        .override_usage("yicha [选项] <命令>");
    explained(command).mut_subcommands(|command| {
        let mut usage = format!("yicha {} [选项]", command.get_name());
        for positional in command.get_positionals() {
            let names = positional.get_value_names().unwrap_or_default();
            usage = names
                .iter()
                .fold(usage, |usage, name| format!("{usage} <{name}>"));
            if is_many(positional) {
                usage.push('…');
            }
        }
        explained(command.override_usage(usage))
    })
}

fn is_many(argument: &Arg) -> bool {
    let many = argument.get_num_args();
    many.is_some_and(|many| many.max_values() > 1)
}

fn explained(command: Command) -> Command {
    command.mut_args(|argument| {
        let heading = if argument.is_positional() {
            "参数"
        } else {
            "选项"
        };
        let argument = argument.help_heading(heading);
        if !argument.get_action().takes_values() {
            return argument;
        }
        let defaults = argument.get_default_values().iter();
        let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
        let values = argument.get_possible_values();
        let values: Vec<&str> = values
            .iter()
            .map(clap::builder::PossibleValue::get_name)
            .collect();
        let mut notes = Vec::new();
        if !values.is_empty() {
            notes.push(format!("可选 {}", values.join("、")));
        }
        if !defaults.is_empty() {
            notes.push(format!("默认 {}", defaults.join("、")));
        }
        let mut help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        if !notes.is_empty() {
            help = format!("{help}（{}）", notes.join("；"));
        }
        argument
            .help(help)
            .hide_default_value(true)
            .hide_possible_values(true)
    })
}

/// The words of the command line. Those of a query of `search` that begin with a single minus are
/// marked; [`word`] takes the mark away.
pub(super) fn words(command: &Command, words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let takes_value = |command: &Command, word: Option<&str>| {
        let mut arguments = command.get_arguments();
        let Some(word) = word else { return false };
        arguments.any(|argument| {
            let long = word.strip_prefix("--").filter(|name| !name.is_empty());
            let short = word
                .strip_prefix('-')
                .filter(|name| name.chars().count() == 1);
            let is_it = (long.is_some() && argument.get_long() == long)
                || (short.is_some()
                    && argument.get_short() == short.and_then(|s| s.chars().next()));
            is_it && argument.get_action().takes_values()
        })
    };
    let mut inside: Option<&Command> = None;
    for at in 1..words.len() {
        let before = words[at - 1].to_str();
        let Some(text) = words[at].to_str() else {
            continue;
        };
        if text == "--" {
            break;
        }
        let is_value = takes_value(command, before)
            || inside.is_some_and(|inside| takes_value(inside, before));
        if is_value {
            continue;
        }
        match inside {
            None if !text.starts_with('-') => {
                inside = command.find_subcommand(text);
                if inside.is_none_or(|inside| inside.get_name() != "search") {
                    break;
                }
            }
            Some(search) if is_excluded(search, text) => {
                words[at] = format!("{MINUS}{text}").into();
            }
            _ => {}
        }
    }
    words
}

/// Whether a word that begins with one minus is no flag.
fn is_excluded(search: &Command, text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-') else {
        return false;
    };
    let mut rest = rest.chars();
    let Some(first) = rest.next() else {
        return false;
    };
    let is_number = rest.all(|c| c.is_ascii_digit() || c == '=');
    let mut flags = search.get_arguments().filter_map(Arg::get_short);
    first != '-' && !((flags.any(|flag| flag == first) || first == 'h') && is_number)
}

/// A word of a query.
#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
pub(super) fn word(text: &str) -> Result<String, Infallible> {
    Ok(text.trim_start_matches(MINUS).to_owned())
}

/// What is wrong, and what is right.
pub(super) fn told(error: &Error, command: &Command) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.replace(MINUS, ""),
        Some(ContextValue::Strings(texts)) => texts.join("、").replace(MINUS, ""),
        Some(ContextValue::Number(number)) => number.to_string(),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    let (argument, value) = (
        text(ContextKind::InvalidArg),
        text(ContextKind::InvalidValue),
    );
    let usage = text(ContextKind::Usage);
    let mut told = match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let mut told = format!("没有 {argument} 这个选项");
            if usage.contains("yicha search") {
                told += "；如果它是要找的字，请写在 -- 之后";
            }
            told
        }
        ErrorKind::UnknownArgument => format!("多了 {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("没有 {} 这个命令", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let commands = command.get_subcommands().filter(|one| !one.is_hide_set());
            let names: Vec<&str> = commands.map(Command::get_name).collect();
            format!("要做什么？可用的命令：{}", names.join("、"))
        }
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 后面缺少值"),
        ErrorKind::InvalidValue => format!("{argument} 不能是 {value}"),
        ErrorKind::ValueValidation => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            let why = match why.split_once(" is not in ") {
                Some((_, range)) => format!("应是 {} 的数", range.replace("..=", " 到 ")),
                None if why.contains("invalid digit") => "应是数".to_owned(),
                None => why,
            };
            format!("{argument} 不能是 {value}：{why}")
        }
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg);
            if other == argument {
                format!("{argument} 只能写一次")
            } else {
                format!("{argument} 和 {other} 不能一起用")
            }
        }
        ErrorKind::InvalidUtf8 => "命令行里有不是 UTF-8 的文字".to_owned(),
        ErrorKind::NoEquals | ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} 的值不对")
        }
        _ => error.to_string(),
    };
    let suggested = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let suggested: Vec<String> = suggested
        .map(text)
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect();
    if !suggested.is_empty() {
        let _ = write!(told, "；最接近的是 {}", suggested.join("、"));
    }
    let valid = text(ContextKind::ValidValue);
    if !valid.is_empty() {
        let _ = write!(told, "；可选：{valid}");
    }
    if !usage.is_empty() {
        // clap's own heading stands before it.
        let usage = usage.trim_start_matches("Usage:").trim();
        let _ = write!(told, "\n用法：{usage}");
    }
    told + "\n用 --help 看说明"
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn marked(line: &str) -> String {
        let command = in_chinese(super::super::Arguments::command());
        let line = line.split(' ').map(OsString::from);
        let words = words(&command, line);
        let words: Vec<String> = words
            .iter()
            .map(|word| word.to_string_lossy().into())
            .collect();
        words.join(" ").replace(MINUS, "^")
    }

    #[test]
    fn words_of_a_query_may_begin_with_a_minus() {
        for (line, expected) in [
            ("yicha search -房地产 产业", "yicha search ^-房地产 产业"),
            (
                "yicha search 甲 -wto -n5 -n 3",
                "yicha search 甲 ^-wto -n5 -n 3",
            ),
            (
                "yicha search --sort -date -(a",
                "yicha search --sort -date ^-(a",
            ),
            ("yicha search --json -a -h", "yicha search --json ^-a -h"),
            (
                "yicha --config -a search -b",
                "yicha --config -a search ^-b",
            ),
            ("yicha search -- -a", "yicha search -- -a"),
            ("yicha show -x", "yicha show -x"),
            ("yicha search - --nonsense", "yicha search - --nonsense"),
        ] {
            assert_eq!(marked(line), expected);
        }
    }
}
