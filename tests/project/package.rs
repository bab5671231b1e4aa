//! Checks of the package: metadata, completions, manual pages, and the commit in the version.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

#[path = "../../build.rs"]
mod build;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The output of a command of cargo, which must succeed.
pub fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(ROOT).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The target triple of this machine. Cargo has not downloaded packages for other platforms.
pub fn host() -> String {
    let output = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into())).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc prints its host").to_owned()
}

/// The names and versions of the program's dependencies, without development dependencies.
fn dependencies() -> BTreeSet<[String; 2]> {
    let tree = cargo(&["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let parts = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        Some([name, words.next()?.trim_start_matches('v').to_owned()])
    };
    tree.lines().filter_map(parts).collect()
}

#[test]
fn rust_version_covers_all_dependencies() {
    let text = cargo(&["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &host()]);
    let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
    let used = dependencies();
    assert!(used.len() > 50, "only {} packages are found", used.len());
    let mut checked = BTreeSet::new();
    let mut highest = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = ["name", "version"].map(|key| package[key].as_str().unwrap().to_owned());
        if !used.contains(&name) {
            continue;
        }
        let wanted = package["rust_version"].as_str().unwrap_or("1.0");
        let is_papo = name[0] == env!("CARGO_PKG_NAME");
        assert!(is_papo || version(wanted) <= own_rust_version(), "{} {} requires Rust {wanted}", name[0], name[1]);
        if !is_papo {
            highest = highest.max(version(wanted));
        }
        checked.insert(name);
    }
    assert_eq!(checked, used, "cargo metadata lists every dependency");
    assert_eq!(highest, own_rust_version(), "papo requires a newer Rust than its dependencies");
}

#[test]
fn edition_is_2024() {
    let manifest: toml::Table = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(manifest["package"]["edition"].as_str(), Some("2024"));
}

#[test]
fn top_level_holds_only_expected_files() {
    const ALLOWED: [&str; 16] = [
        "Cargo.toml",
        "src",
        "assets",
        "tests",
        "docker",
        "fuzz",
        "README.md",
        "Makefile",
        // Files that tools create.
        "Cargo.lock",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "benches",
        "build.rs",
        "deny.toml",
    ];
    // Build output, which git ignores, may be there, too.
    let unexpected: Vec<_> = fs::read_dir(ROOT)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && name != "target" && !ALLOWED.contains(&name.as_str()))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    for name in ["Cargo.toml", "Cargo.lock", "src", "assets", "tests", "docker", "Makefile"] {
        assert!(Path::new(ROOT).join(name).exists(), "{name} is missing");
    }
}

fn own_rust_version() -> Vec<u32> {
    version(env!("CARGO_PKG_RUST_VERSION"))
}

/// Parses a version, and drops trailing zeros, to make 1.89 equal to 1.89.0.
fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<_> = text.split('.').map(|part| part.parse().unwrap()).collect();
    while parts.last() == Some(&0) {
        parts.pop();
    }
    parts
}

fn papo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_papo")).args(arguments).output().unwrap();
    assert!(output.status.success(), "papo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn shell_completions_are_generated() {
    for (shell, word) in [("bash", "_papo()"), ("zsh", "#compdef papo"), ("fish", "complete -c papo")] {
        let script = papo(&["completions", shell]);
        assert!(script.contains(word) && script.contains("export"), "{shell}: {script}");
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("papo");
    fs::write(&script, papo(&["completions", "bash"])).unwrap();
    assert!(Command::new("bash").arg("-n").arg(script).status().unwrap().success());
}

#[test]
fn man_writes_a_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    papo(&["man", "--dir", folder.path().to_str().unwrap()]);
    let read = |page: &str| fs::read_to_string(folder.path().join(page)).unwrap();
    for page in ["papo.1", "papo.5", "papo-send.1", "papo-tail.1", "papo-export.1", "papo-group-new.1"] {
        assert!(read(page).contains(".SH NAME"), "{page}");
    }
    for section in ["\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "\"SEE ALSO\""] {
        assert!(read("papo.1").contains(&format!(".SH {section}\n")), "{section}");
    }
    for section in ["CONFIG.TOML", "KEYMAP.TOML", "THEME.TOML", "COMMANDS"] {
        assert!(read("papo.5").contains(&format!(".SH {section}\n")), "{section}");
    }
}

#[test]
fn manual_has_the_modes_of_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man");
    let script = "umask 022; exec \"$0\" man --dir \"$1\"";
    let command = Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_papo")]).arg(&pages).status().unwrap();
    assert!(command.success());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&pages), mode(&pages.join("papo.1"))), (0o755, 0o644));
}

/// Runs papo with an empty home and without a terminal. Returns its exit code, and its output with its errors.
fn in_empty_home(home: &Path, path: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", path)
        .current_dir(home)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn man_shows_a_page_without_leaving_files() {
    let (home, programs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let show = |words: &[&str]| in_empty_home(home.path(), programs.path(), words);
    let (code, text) = show(&["man", "send"]);
    assert!(code == 0 && text.contains("Usage: papo send"), "without the program man, papo prints text: {text}");
    let (code, text) = show(&["man", "sned"]);
    let (code5, text5) = show(&["man", "5"]);
    assert!(code5 == 0 && text5.contains("session_expiry_days = 30") && text5.contains("/msg NAME TEXT"), "{text5}");
    assert!(code == 2 && text.contains("no page \"sned\"") && text.contains("send"), "{text}");

    let man = programs.path().join("man");
    fs::write(&man, "#!/bin/sh\nwhile read -r line; do echo \"$line\"; done < \"$1\"\n").unwrap();
    fs::set_permissions(&man, PermissionsExt::from_mode(0o755)).unwrap();
    for (words, title) in [
        (&["man"][..], ".TH papo 1"),
        (&["man", "1"], ".SH ENVIRONMENT"),
        (&["man", "5"], ".TH papo 5"),
        (&["man", "send"], ".TH papo-send 1"),
        (&["man", "papo-config-show"], ".TH papo-config-show 1"),
        (&["man", "config", "show"], ".TH papo-config-show 1"),
    ] {
        let (code, text) = show(words);
        assert!(code == 0 && text.contains(title), "{words:?}: {text}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn mistyped_command_creates_no_profile() {
    let home = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| in_empty_home(home.path(), home.path(), words);
    for (word, command) in [("sned", "send"), ("exprot", "export"), ("tial", "tail")] {
        let (code, text) = run(&[word]);
        assert!(code == 2 && text.contains(&format!("did you mean papo {command}?")), "{word}: {text}");
    }
    assert!(!home.path().join(".local/share").exists(), "papo has created a data folder");
    let (code, text) = run(&["version"]);
    assert_eq!((code, text), (0, papo(&["--version"])));
    for words in [&["help", "send"][..], &["help"], &["help", "config", "show"]] {
        let (code, text) = run(words);
        assert!(code == 0 && text.contains("Usage: papo"), "{words:?}: {text}");
    }
}

#[test]
fn long_version_names_commit_and_features() {
    let manifest: toml::Table = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap().parse().unwrap();
    let features = manifest["features"].as_table().unwrap().keys().map(String::as_str);
    // Tests are built with all features.
    let parts: Vec<_> =
        option_env!("PAPO_COMMIT").into_iter().chain(features.filter(|name| *name != "default")).collect();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(papo(&["--version"]), format!("papo {version} ({})\n", parts.join(", ")));
    assert_eq!(papo(&["-V"]), format!("papo {version}\n"));
}

#[test]
fn commit_is_found_only_in_papos_own_repository() {
    let folder = tempfile::tempdir().unwrap();
    let root = &folder.path().join("papo");
    fs::create_dir(root).unwrap();
    assert_eq!(build::commit(root), None, "the folder is no repository");
    assert!(build::watched_files(root).is_empty());
    git(root, &["init", "--quiet", "--initial-branch", "work"]);
    assert_eq!(build::commit(root), None, "the repository has no commit");

    let first = commit(root);
    assert_eq!(build::commit(root), Some(first[..10].to_owned()));
    let watched = build::watched_files(root);
    assert!(watched.iter().any(|path| path.ends_with(".git/refs/heads/work")), "{watched:?}");
    let within = root.join("target/package/papo-0.1.0");
    fs::create_dir_all(&within).unwrap();
    assert_eq!(build::commit(&within), None, "the repository of a parent folder does not count");

    let worktree = folder.path().join("worktree");
    git(root, &["worktree", "add", "--quiet", "-b", "other", worktree.to_str().unwrap()]);
    let second = commit(&worktree);
    assert_eq!(build::commit(&worktree), Some(second[..10].to_owned()));
    assert_eq!(
        build::commit(root),
        Some(first[..10].to_owned()),
        "a commit in a worktree does not change the other one"
    );
}

#[test]
fn watched_files_change_with_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (root, worktree) = (&folder.path().join("papo"), &folder.path().join("worktree"));
    fs::create_dir(root).unwrap();
    git(root, &["init", "--quiet", "--initial-branch", "work"]);
    commit(root);
    git(root, &["worktree", "add", "--quiet", "-b", "other", worktree.to_str().unwrap()]);
    let contents = |at: &Path| -> Vec<_> {
        build::watched_files(at).into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect()
    };
    for at in [root, worktree] {
        // A branch with its own ref file, a packed branch, and a detached head.
        for before in [&["status"][..], &["pack-refs", "--all"], &["checkout", "--quiet", "--detach"]] {
            git(at, before);
            let before_commit = contents(at);
            commit(at);
            assert!(
                before_commit.iter().any(|(bytes, path)| fs::read(path).unwrap() != *bytes),
                "{before:?}: {before_commit:?}"
            );
        }
    }
}

/// Creates an empty commit, and returns its ID.
fn commit(root: &Path) -> String {
    git(root, &["commit", "--quiet", "--allow-empty", "--message", "test"]);
    git(root, &["rev-parse", "HEAD"])
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=papo", "-c", "user.email=papo@localhost", "-c", "commit.gpgsign=false"];
    let mut command = Command::new("git");
    // If a git hook runs the tests, these variables name its repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    let output = command.arg("-C").arg(root).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
