//! Runs `papo acl` as a shell does.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Runs it with `folder` as its home and its output folder. `lines` go to its standard input.
pub fn papo_acl(folder: &Path, words: &[&str], lines: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_papo"))
        .arg("acl")
        .args(words)
        .arg("--output")
        .arg(folder)
        .env("HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("papo runs");
    // It may not read all of it.
    let _ = child.stdin.take().expect("its input is a pipe").write_all(lines.as_bytes());
    child.wait_with_output().expect("papo ends")
}

/// Writes the files for these users, each with the ID as the password.
pub fn write_files(folder: &Path, users: &[&str], prefix: &str) {
    let output = papo_acl(folder, &[users, &["--prefix", prefix]].concat(), &users.join("\n"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The configuration lines that `papo acl` prints.
pub fn printed_configuration(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let from = text.find("\nlistener ").expect("it prints the lines for mosquitto.conf") + 1;
    text[from..].lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}
