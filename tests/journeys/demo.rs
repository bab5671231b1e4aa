//! The demo: `papo --demo`.

use std::{fs, path::Path};

use crate::terminal::Terminal;

/// The names of the files and folders in a folder.
fn entries(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn start(home: &Path, arguments: &[&str]) -> Terminal {
    fs::create_dir_all(home.join("tmp")).unwrap();
    let mut arguments = arguments.to_vec();
    arguments.push("--demo");
    Terminal::start_with(home, &arguments, &[("TMPDIR", home.join("tmp").to_str().unwrap())], (110, 32))
}

#[test]
fn demo_fills_every_pane_and_answers() {
    let home = tempfile::tempdir().unwrap();
    let mut papo = start(home.path(), &[]);
    papo.shows("then it waits on the broker");
    papo.shows("4 of 4 online");
    papo.shows("#garden");
    papo.accepts("ana");
    papo.shows("olá! 👋");
    papo.types_line("oi ana");
    papo.shows("hello! 👋");
    papo.accepts("bruno");
    papo.sees("Write to #garden").shows("welcome to the garden");
    papo.shows("mqtt.org");
    papo.types_line("hello everybody");
    papo.shows("two ticks in a group");
    papo.shows("★bruno ana you");
    papo.shows("✓✓");
    papo.quits();
    assert_eq!(entries(home.path()), ["tmp"]);
    assert_eq!(entries(&home.path().join("tmp")), Vec::<String>::new());
}

#[test]
fn demo_in_line_mode_leaves_nothing_after_a_signal() {
    let home = tempfile::tempdir().unwrap();
    let mut papo = start(home.path(), &["--linear"]);
    papo.shows("request: ana wants to chat");
    papo.types_line("/accept ana").shows("ana: olá!");
    papo.signal("TERM");
    assert_eq!(papo.ends(), 0);
    assert_eq!(entries(&home.path().join("tmp")), Vec::<String>::new());
}
