//! `make deny`, and why the advisories that `deny.toml` ignores do not concern papo.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::package::{cargo, host};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A cargo whose `deny` checks nothing. The file `calls` beside it gets its arguments. Commands whose arguments end
/// with a word of `FAILS` fail.
const CARGO: &str = r#"#!/bin/sh
echo "$*" >> "${0%/*}/calls"
for word in $FAILS; do
    case "$*" in *" $word") echo "$word has failed"; exit 1 ;; esac
done
"#;

/// Runs `make deny` with that cargo. Returns what make printed, and the commands that it ran.
fn deny(fails: &str) -> (Output, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    fs::write(&cargo, CARGO).unwrap();
    fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).unwrap();
    let output = Command::new("make")
        .args(["--silent", "deny", &format!("CARGO={}", cargo.display())])
        .current_dir(ROOT)
        .env_remove("MAKEFLAGS")
        .env("FAILS", fails)
        .output()
        .unwrap();
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    (output, calls.lines().map(str::to_owned).collect())
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const OTHERS: &str = "deny --locked check licenses bans sources";
const FETCH: &str = "deny --locked fetch db";
const ADVISORIES: &str = "deny --locked --offline check advisories";

#[test]
fn deny_checks_the_advisories_that_it_fetched() {
    let (output, calls) = deny("");
    assert!(output.status.success() && errors(&output).is_empty(), "{output:?}");
    assert_eq!(calls, ["deny --version", OTHERS, FETCH, ADVISORIES]);
}

#[test]
fn deny_fails_for_an_advisory() {
    let (output, calls) = deny("advisories");
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(calls.last().unwrap(), ADVISORIES);
    assert!(!errors(&output).contains("NOT CHECKED"), "{output:?}");
}

#[test]
fn deny_says_why_it_did_not_check_advisories() {
    let (output, calls) = deny("db");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(calls.last().unwrap(), FETCH, "an old database is not checked");
    assert_eq!(errors(&output), "db has failed\nADVISORIES NOT CHECKED: their database cannot be fetched\n");
}

#[test]
fn deny_fails_for_a_licence_without_the_database() {
    let (output, _) = deny("sources db");
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn deny_installs_what_it_needs() {
    let (output, calls) = deny("--version");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(calls[1], "install cargo-deny --locked");
}

/// The packages of `Cargo.lock` that depend on a package, without those that depend on these.
fn dependents(package: &str) -> Vec<String> {
    let tree = ["tree", "--offline", "--locked", "--depth", "1", "--prefix", "none", "--format", "{p}"];
    cargo(&[&tree[..], &["--invert", package]].concat()).lines().skip(1).map(str::to_owned).collect()
}

/// The lines of Rust files below a folder that contain `word`.
fn lines_with(folder: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.extend(text.lines().filter(|line| line.contains(word)).map(|line| line.trim().to_owned()));
            }
        }
    }
    found
}

/// The reason for four ignored advisories.
#[test]
fn old_webpki_is_only_in_an_error_type_of_rumqttc() {
    assert_eq!(dependents("rustls-webpki@0.102.8"), ["rumqttc v0.25.1"]);
    let text = cargo(&["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &host()]);
    let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let rumqttc = packages.iter().find(|package| package["name"] == "rumqttc").unwrap();
    let source = Path::new(rumqttc["manifest_path"].as_str().unwrap()).parent().unwrap().join("src");
    assert_eq!(lines_with(&source, "webpki"), ["WebPki(#[from] webpki::Error),"]);
    assert_eq!(lines_with(&source, "WebPki").len(), 1, "nothing constructs the variant");
}

/// `deny.toml` cannot ignore an advisory for one version only.
#[test]
fn verifying_webpki_has_the_ignored_advisories_corrected() {
    let lock: toml::Table = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap().parse().unwrap();
    let versions: Vec<Vec<u32>> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["name"].as_str() == Some("rustls-webpki"))
        .map(|package| package["version"].as_str().unwrap().split('.').map(|part| part.parse().unwrap()).collect())
        .filter(|version: &Vec<u32>| version[..] != [0, 102, 8])
        .collect();
    assert!(!versions.is_empty() && versions.iter().all(|version| *version >= vec![0, 103, 13]), "{versions:?}");
}

/// The reason for another ignored advisory.
#[test]
fn rumqttc_parses_no_pem_for_papo() {
    assert_eq!(dependents("rustls-pemfile"), ["rumqttc v0.25.1"]);
    let used = lines_with(&Path::new(ROOT).join("src"), "TlsConfiguration::");
    assert_eq!(used, ["TlsConfiguration::Rustls(tls.config())"]);
}
