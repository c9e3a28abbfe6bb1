//! What is said when the arguments do not fit: clap knows what is wrong, the catalogue has the words.

use std::fmt::Display;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::Exit;
use super::report::complain;
use crate::text::{fill, list, t};

/// Prints help or version where it was asked for, else what is wrong.
pub(super) fn tell(error: &Error) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that has closed its end wants no more.
        error.print().ok();
        return Exit::Ok;
    }
    complain(&sentence(error));
    Exit::CouldNotAsk
}

fn sentence(error: &Error) -> String {
    // Of what is rare clap's own words are better than none.
    let Some(what) = what(error) else { return error.to_string() };
    let mut lines = fill("cli.misuse.error", &[("what", &what)]);
    if let Some(near) = nearest(error) {
        lines.push_str("\n\n  ");
        lines.push_str(&fill("cli.misuse.similar", &[("name", &near)]));
    }
    let usage = context(error, ContextKind::Usage).unwrap_or_default();
    if let Some((_english, usage)) = usage.split_once(':') {
        lines.push_str("\n\n");
        lines.push_str(t("cli.heading.usage"));
        lines.push_str(usage.trim_end());
    }
    lines.push_str("\n\n");
    lines.push_str(t("cli.misuse.more"));
    lines
}

fn what(error: &Error) -> Option<String> {
    let part = |kind: ContextKind| context(error, kind).filter(|words| !words.is_empty());
    let arg = part(ContextKind::InvalidArg);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => fill("cli.misuse.unknown", &[("arg", &arg?)]),
        ErrorKind::InvalidSubcommand => {
            fill("cli.misuse.command", &[("name", &part(ContextKind::InvalidSubcommand)?)])
        }
        ErrorKind::InvalidValue => match part(ContextKind::InvalidValue) {
            Some(value) => {
                let known = part(ContextKind::ValidValue)?;
                let args: [(&str, &dyn Display); 3] =
                    [("value", &value), ("arg", &arg?), ("known", &known)];
                fill("cli.misuse.value", &args)
            }
            None => fill("cli.misuse.no_value", &[("arg", &arg?)]),
        },
        ErrorKind::ValueValidation => {
            let value = part(ContextKind::InvalidValue)?;
            let cause = std::error::Error::source(error)?.to_string();
            fill("cli.misuse.refused", &[("value", &value), ("arg", &arg?), ("cause", &cause)])
        }
        ErrorKind::MissingRequiredArgument => fill("cli.misuse.missing", &[("args", &arg?)]),
        ErrorKind::ArgumentConflict => {
            let prior = part(ContextKind::PriorArg)?;
            if arg.as_ref() == Some(&prior) {
                fill("cli.misuse.twice", &[("arg", &prior)])
            } else {
                fill("cli.misuse.conflict", &[("arg", &arg?), ("other", &prior)])
            }
        }
        ErrorKind::TooManyValues => {
            let value = part(ContextKind::InvalidValue)?;
            fill("cli.misuse.too_many", &[("value", &value), ("arg", &arg?)])
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            fill("cli.misuse.no_value", &[("arg", &arg?)])
        }
        _ => return None,
    })
}

fn nearest(error: &Error) -> Option<String> {
    let kinds =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| context(error, kind))
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(list(texts)),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::StyledStrs(texts) => {
            Some(list(&texts.iter().map(ToString::to_string).collect::<Vec<_>>()))
        }
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Args;
    use crate::cli::help;
    use crate::text::{Language, set_language};

    /// What is said about a line of arguments.
    fn said(line: &str) -> String {
        let words = std::iter::once("hoplens").chain(line.split_whitespace());
        let error = help::in_words(Args::command()).try_get_matches_from(words).unwrap_err();
        sentence(&error)
    }

    #[test]
    fn each_misuse_has_words_in_both_languages() {
        let cases = [
            ("call a:1 B/C --deadlin 5s", "--deadline", "未知参数“--deadlin”"),
            ("call a:1 B/C --deadline soon", "5s", "“soon”不能用于"),
            ("call a:1 B/C --deadline", "--deadline <5s>", "需要一个值"),
            ("call", "<TARGET>", "缺少必需的参数"),
            ("call a:1 B/C --tls --plaintext", "--plaintext", "不能与"),
            ("call a:1 B/C --json --json", "--json", "只能使用一次"),
            ("call a:1 B/C D", "D", "未知参数"),
            ("--renderer vulkan", "wgpu", "“vulkan”不能用于"),
            ("list a:1 --max-message 0", "0", "不能用于"),
            ("help cal", "cal", "没有命令“cal”"),
        ];
        for (line, both, chinese) in cases {
            set_language(Language::English);
            let english = said(line);
            assert!(english.starts_with("error: "), "{line}: {english}");
            assert!(english.contains(both) && english.is_ascii(), "{line}: {english}");
            set_language(Language::SimplifiedChinese);
            let words = said(line);
            assert!(words.starts_with("错误："), "{line}: {words}");
            assert!(words.contains(both) && words.contains(chinese), "{line}: {words}");
            for left in ["error", "Usage", "tip:", "For more", "unexpected"] {
                assert!(!words.contains(left), "{line}: {words}");
            }
        }
    }
}
