//! What the README says of keys and commands is made from the program. `make docs-update` writes it anew.

use std::{fmt::Write as _, fs};

use papo::app::{COMMANDS, Context, Keymap, Language};

const START: &str = "<!-- keys: made by `make docs-update` -->\n";
const END: &str = "<!-- end of keys -->\n";

#[test]
fn the_keys_and_commands_in_the_readme_are_those_of_the_program() {
    let readme = fs::read_to_string("README.md").unwrap();
    let (before, rest) = readme.split_once(START).expect("the README has a place for the keys");
    let (written, after) = rest.split_once(END).expect("the place has an end");
    let expected = keys_and_commands();
    if std::env::var_os("PAPO_UPDATE_DOCS").is_some() {
        fs::write("README.md", format!("{before}{START}{expected}{END}{after}")).unwrap();
    } else {
        assert_eq!(written, expected, "run `make docs-update`");
    }
}

fn keys_and_commands() -> String {
    let (keymap, language) = (Keymap::shipped(), Language::english());
    let mut text = String::new();
    for context in Context::ALL {
        let _ = write!(text, "\n| {} | |\n|---|---|\n", context.name());
        for (action, keys) in keymap.bindings(context) {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "| {} | {} |", keys.join(", "), language.say(action.text()));
        }
    }
    text.push_str("\n| commands | |\n|---|---|\n");
    for command in COMMANDS {
        let _ = writeln!(text, "| `{}` | {} |", command.usage, language.say(command.text));
    }
    text.push('\n');
    text
}
