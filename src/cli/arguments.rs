//! From the process's own arguments to [`Args`]: the language first, because every word that comes after,
//! the help's and the complaints' too, is said in it.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _};

use super::args::Args;
use super::exit::Exit;
use super::report::complain;
use super::{help, misuse};
use crate::text::{self, Language, fill};
use crate::workspace::{Dirs, Store};

/// Reads the arguments of this process and settles its language. `Err` is how to end when there is nothing
/// to run: help was asked for, or something does not fit, which has been said.
pub fn read_arguments() -> Result<Args, Exit> {
    let (args, tag) = split_language(std::env::args_os());
    let told = tag.as_deref().map(Language::from_tag);
    text::begin_with(told.flatten(), system_language());
    let dirs = Dirs::of_this_user().ok();
    let settings = dirs.map(|dirs| Store::new(dirs).glance_at_settings());
    let setting = settings.and_then(|settings| settings.language);
    text::set_language(text::wanted_language(setting.as_deref()));
    if let (Some(tag), Some(None)) = (tag, told) {
        let known: Vec<_> = Language::ALL
            .iter()
            .map(|known| format!("{} ({})", known.tag(), known.own_name()))
            .collect();
        let args: [(&str, &dyn std::fmt::Display); 2] =
            [("tag", &tag), ("known", &text::list(&known))];
        complain(&fill("cli.unknown_language", &args));
        return Err(Exit::CouldNotAsk);
    }
    parse(args)
}

fn parse(args: Vec<OsString>) -> Result<Args, Exit> {
    let mut command = help::in_words(Args::command());
    let parsed = command.try_get_matches_from_mut(args);
    parsed
        .and_then(|matches| Args::from_arg_matches(&matches))
        .map_err(|error| misuse::tell(&error))
}

/// Takes `--lang TAG` or `--lang=TAG` out, wherever it stands: clap takes an option of the whole program
/// before a command for the end of its own options. The last one counts.
fn split_language(args: impl Iterator<Item = OsString>) -> (Vec<OsString>, Option<String>) {
    const NAME: &str = "--lang";
    let (mut rest, mut tag) = (Vec::new(), None);
    let mut args = args.peekable();
    while let Some(arg) = args.next() {
        if arg == "--" {
            rest.push(arg);
            rest.extend(args);
            break;
        }
        let text = arg.to_str().unwrap_or_default();
        if let Some(value) = text.strip_prefix(NAME).and_then(|rest| rest.strip_prefix('=')) {
            tag = Some(value.to_owned());
        } else if text == NAME
            && let Some(value) = args.next_if(|next| !next.as_encoded_bytes().starts_with(b"-"))
        {
            tag = Some(value.to_string_lossy().into_owned());
        } else {
            // Without a value it stays, for the parser to say what it wants.
            rest.push(arg);
        }
    }
    (rest, tag)
}

/// The language of the messages of this system (POSIX, Base Definitions 8.2), elsewhere of its interface.
fn system_language() -> Option<Language> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    Language::from_tag(&locale.or_else(sys_locale::get_locale)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_taken_out_wherever_it_stands() {
        let check = |line: &str, rest: &str, tag: Option<&str>| {
            let split = split_language(line.split_whitespace().map(OsString::from));
            let wanted: Vec<OsString> = rest.split_whitespace().map(OsString::from).collect();
            assert_eq!(split, (wanted, tag.map(str::to_owned)), "{line}");
        };
        check("x --lang zh call a B/C", "x call a B/C", Some("zh"));
        check("x call a --lang=zh-CN B/C", "x call a B/C", Some("zh-CN"));
        check("x --lang en call --lang zh", "x call", Some("zh"));
        check("x call -- --lang zh", "x call -- --lang zh", None);
        check("x --lang", "x --lang", None);
        check("x --lang --json", "x --lang --json", None);
        check("x --language zh", "x --language zh", None);
        check("x --lang=", "x", Some(""));
    }
}
