//! The words of `--help`: what clap would say in English by itself comes from the catalogue too.

use clap::{Arg, ArgAction, Command};

use crate::text::t;

/// More than any command has arguments.
const MANY: usize = 500;

/// The command with headings, help and version in the language of this process.
pub(super) fn in_words(command: Command) -> Command {
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help(t("cli.help.version"));
    let mut command = dressed(command.disable_version_flag(true).arg(version));
    // `help COMMAND` comes into being with the build.
    command.build();
    helped(command)
}

/// `help` below a command, and below those below it.
fn helped(command: Command) -> Command {
    command.mut_subcommands(|inner| {
        if inner.get_name() != "help" {
            return helped(inner);
        }
        let template = template(&inner);
        inner.about(t("cli.about_help")).help_template(template)
    })
}

fn dressed(command: Command) -> Command {
    let help =
        Arg::new("help").short('h').long("help").action(ArgAction::Help).help(t("cli.help.help"));
    let template = template(&command);
    let mut n_args = 0;
    let command = command
        .disable_help_flag(true)
        .arg(help)
        .help_template(template)
        .subcommand_help_heading(t("cli.heading.commands"))
        .mut_args(|arg| {
            n_args += 1;
            let positional = arg.is_positional();
            let heading =
                if positional { t("cli.heading.arguments") } else { t("cli.heading.options") };
            // Under a heading of its own clap sorts by name; what every command has comes last.
            let order = if arg.is_global_set() { n_args + MANY } else { n_args };
            // Our own words name the values.
            let has_values = arg.get_action().takes_values();
            arg.help_heading(heading).hide_possible_values(has_values).display_order(order)
        });
    command.mut_subcommands(dressed)
}

/// clap's own, but for the word above the usage.
fn template(command: &Command) -> String {
    let style = *command.get_styles().get_usage();
    let heading = format!("{style}{}{style:#}", t("cli.heading.usage"));
    format!(
        "{{before-help}}{{about-with-newline}}\n{heading} {{usage}}\n\n{{all-args}}{{after-help}}"
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Args;
    use crate::text::{Language, set_language};

    #[test]
    fn no_command_and_no_argument_lacks_its_words_in_any_language() {
        for language in Language::ALL {
            set_language(language);
            let mut n_args = 0;
            look_at(&in_words(Args::command()), &mut |path, words| {
                n_args += 1;
                let is_chinese = words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                // "URL" is a word of both.
                let is_right =
                    is_chinese == (language == Language::SimplifiedChinese) || words == "URL";
                assert!(!words.is_empty() && !words.starts_with("cli."), "{path}: {words}");
                assert!(is_right, "{path} in {language:?}: {words}");
            });
            assert!(n_args > 40, "{n_args}");
        }
    }

    /// Every command but `help`'s own copies, every argument but the hidden ones.
    fn look_at(command: &Command, check: &mut impl FnMut(&str, &str)) {
        let name = command.get_name();
        check(name, &command.get_about().map(ToString::to_string).unwrap_or_default());
        for arg in command.get_arguments() {
            let words = arg.get_help().map(ToString::to_string).unwrap_or_default();
            check(&format!("{name} {}", arg.get_id()), &words);
        }
        if name != "help" {
            command.get_subcommands().for_each(|inner| look_at(inner, check));
        }
    }

    #[test]
    fn the_headings_are_in_the_language_too() {
        set_language(Language::SimplifiedChinese);
        let help = in_words(Args::command()).render_help().to_string();
        for words in ["用法:", "命令:", "参数:", "选项:"] {
            assert!(help.contains(words), "{words} in {help}");
        }
        for words in ["Usage", "Options:", "Commands", "Print", "possible values"] {
            assert!(!help.contains(words), "{words} in {help}");
        }
    }
}
