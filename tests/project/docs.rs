//! The README's tables of keys, commands, exit codes and benchmarks match the program and the measurements. `make
//! docs-update` regenerates them.

use std::{fmt::Write as _, fs};

use papo::{
    app::{COMMANDS, Context, Keymap, Language, SETTINGS},
    cli::exit::EXIT_CODES,
    config::DEFAULT,
};

/// The comments in the README before and after each table.
const KEYS: [&str; 2] = ["<!-- keys: made by `make docs-update` -->\n", "<!-- end of keys -->\n"];
const CODES: [&str; 2] = ["<!-- exit codes: made by `make docs-update` -->\n", "<!-- end of exit codes -->\n"];
const BENCH: [&str; 2] =
    ["<!-- bench: made by `make docs-update` from assets/bench.md -->\n", "<!-- end of bench -->\n"];

#[test]
fn readme_tables_match_the_program() {
    let readme = fs::read_to_string("README.md").unwrap();
    let measured = fs::read_to_string("assets/bench.md").unwrap();
    let expected = replace_table(&replace_table(&readme, KEYS, &keys_and_commands()), BENCH, &measured);
    let expected = replace_table(&expected, CODES, &exit_codes());
    if std::env::var_os("PAPO_UPDATE_DOCS").is_some() {
        fs::write("README.md", expected).unwrap();
    } else {
        assert_eq!(readme, expected, "run `make docs-update`");
    }
}

#[cfg(feature = "broker")]
#[test]
fn readme_has_the_limits_of_the_broker_with_their_defaults() {
    use clap::CommandFactory as _;

    const MIB: usize = 1 << 20;
    let readme = fs::read_to_string("README.md").unwrap();
    let cli = papo::cli::Cli::command();
    let mut limits = 0;
    for argument in cli.find_subcommand("broker").unwrap().get_arguments() {
        let Some(option) = argument.get_long().filter(|long| long.starts_with("max-")) else { continue };
        let default: usize = argument.get_default_values()[0].to_str().unwrap().parse().unwrap();
        let shown = match default {
            ..1_000 => format!("| {default} |"),
            1_000..MIB => format!(" {},{:03}", default / 1000, default % 1000),
            _ => format!(" {} MiB", default / MIB),
        };
        let row = readme.lines().find(|line| line.ends_with(&format!("| `--{option}` |")));
        assert!(row.is_some_and(|row| row.contains(&shown)), "{option}{shown}: {row:?}");
        limits += 1;
    }
    assert!(limits > 0);
}

#[test]
fn settings_are_the_keys_of_the_builtin_configuration_with_their_defaults() {
    let mut table = String::new();
    let mut documented = Vec::new();
    for line in DEFAULT.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        }
        // The example of profiles repeats keys.
        if line.starts_with("# A profile is") {
            break;
        }
        let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte));
        let Some((key, value)) = line.trim_start_matches("# ").split_once(" = ").filter(|(key, _)| is_key(key)) else {
            continue;
        };
        documented.push((format!("{table}{key}"), value, line.starts_with('#')));
    }
    documented.retain(|(key, ..)| !key.starts_with("aliases."));
    for row in SETTINGS {
        let found = documented.iter().find(|(key, ..)| key == row.key);
        let (_, value, is_commented) = found.unwrap_or_else(|| panic!("{} is not in assets/config.toml", row.key));
        if !is_commented {
            let default =
                if row.default.is_empty() { "\"\"".to_owned() } else { row.checked(row.default).unwrap().toml };
            assert_eq!(*value, default, "{}", row.key);
        }
    }
    for (key, ..) in &documented {
        assert!(SETTINGS.iter().any(|row| row.key == key), "{key} is not in SETTINGS");
    }
}

/// Replaces the text between the two markers.
fn replace_table(text: &str, [start, end]: [&str; 2], table: &str) -> String {
    let (before, rest) = text.split_once(start).expect("the README has the start marker");
    let (_, after) = rest.split_once(end).expect("the README has the end marker");
    format!("{before}{start}{table}{end}{after}")
}

fn exit_codes() -> String {
    let mut text = "\n| code | |\n|---|---|\n".to_owned();
    for (code, meaning) in EXIT_CODES {
        let _ = writeln!(text, "| {code} | {meaning} |");
    }
    text.push('\n');
    text
}

fn keys_and_commands() -> String {
    let (keymap, language) = (Keymap::builtin(), Language::english());
    let mut text = String::new();
    for context in Context::ALL {
        let _ = write!(text, "\n| {} | |\n|---|---|\n", context.name());
        for (action, keys) in keymap.bindings(context) {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "| {} | {} |", keys.join(", "), language.translate(action.text()));
        }
    }
    text.push_str("\n| commands | |\n|---|---|\n");
    for command in COMMANDS {
        let others = command.aliases.iter().map(|alias| format!("/{alias}"));
        let names: Vec<String> = [command.usage()].into_iter().chain(others).map(|name| format!("`{name}`")).collect();
        // A bar ends a cell, in code, too.
        let names = names.join(", ").replace('|', "\\|");
        let _ = writeln!(text, "| {names} | {} |", language.translate(command.description));
    }
    text.push('\n');
    text
}
