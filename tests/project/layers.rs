//! Reads the imports of every module, and fails if a layer imports one that it must not know.
//!
//! `domain ← protocol ← app ← ui`, and `text` is below `app`. `archive` imports `domain` and `text`. `mqtt`, `store`,
//! `broker`, `acl` and `config` import `domain` and `protocol`; those of them that write files also import
//! `owner_only`. `broker` shares the framed tables of `store`. `runtime`, `cli`, `main` and `lib` import all layers. The
//! pure layers use no clock, socket, file or database.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every layer, and the layers that it may import.
const LAYERS: [(&str, MayImport); 16] = [
    ("domain", MayImport::Only(&[])),
    ("protocol", MayImport::Only(&["domain"])),
    ("text", MayImport::Only(&[])),
    ("app", MayImport::Only(&["domain", "protocol", "text"])),
    ("ui", MayImport::Only(&["domain", "protocol", "text", "app"])),
    ("acl", MayImport::Only(&["domain", "protocol"])),
    ("archive", MayImport::Only(&["domain", "text"])),
    ("mqtt", MayImport::Only(&["domain", "protocol"])),
    ("store", MayImport::Only(&["domain", "protocol", "owner_only"])),
    ("broker", MayImport::Only(&["domain", "protocol", "store", "owner_only"])),
    ("config", MayImport::Only(&["domain", "protocol", "owner_only"])),
    ("owner_only", MayImport::Only(&[])),
    ("runtime", MayImport::All),
    ("cli", MayImport::All),
    ("main", MayImport::All),
    ("lib", MayImport::All),
];

/// The layers without input and output.
const PURE: [&str; 7] = ["domain", "protocol", "text", "app", "ui", "acl", "archive"];
/// Names and paths that a pure layer must not name.
const IMPURE: [&[&str]; 8] =
    [&["std", "fs"], &["std", "net"], &["tokio"], &["rumqttc"], &["redb"], &["bincode"], &["Instant"], &["SystemTime"]];
const CODEC: &str = "store/codec.rs";

#[derive(Clone, Copy)]
enum MayImport {
    All,
    Only(&'static [&'static str]),
}

/// A token of a file: a name, `::`, or one of `{`, `}`, `,` and `:`.
pub struct Word<'a> {
    pub text: &'a str,
    /// The line number, from 1.
    line: usize,
}

/// Returns a message for each forbidden import in one file. `path` is relative to src/.
fn problems(path: &str, source: &str) -> Vec<String> {
    let source = code_only(source);
    let words = words(&source);
    let layer = path.split('/').next().expect("split yields at least one part").trim_end_matches(".rs");
    let report = |word: &Word, what: String| format!("src/{path}:{}: {what}", word.line);
    let Some((_, may_import)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        return vec![format!("src/{path}: {layer} is no layer; add it to LAYERS in tests/project/layers.rs")];
    };
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if let MayImport::Only(allowed) = may_import {
            let is_forbidden = |name: &&&Word| {
                name.text != layer
                    && !allowed.contains(&name.text)
                    && LAYERS.iter().any(|(other, _)| *other == name.text)
            };
            for name in top_level_modules(&words, at, module_depth(path)).iter().filter(is_forbidden) {
                found.push(report(name, format!("{layer} must not import {}", name.text)));
            }
        }
        if PURE.contains(&layer) && !is_in_path(&words, at) {
            for bad in impure_paths(&words, at) {
                found.push(report(word, format!("{layer} is pure and must not name {bad}")));
            }
        }
        if word.text == "bincode" && path != CODEC {
            found.push(report(word, format!("only {CODEC} names bincode")));
        }
    }
    found
}

/// Returns whether the word at `at` continues a path that begins before it.
fn is_in_path(words: &[Word], at: usize) -> bool {
    at > 0 && words[at - 1].text == "::" && !["Instant", "SystemTime"].contains(&words[at].text)
}

/// The paths of [`IMPURE`] that begin at `at`.
fn impure_paths(words: &[Word], at: usize) -> Vec<String> {
    let starts = |path: &&&[&str]| match path {
        [name] => words[at].text == *name,
        [first, second] => words[at].text == *first && after_colons(words, at).iter().any(|word| word.text == *second),
        _ => unreachable!("a forbidden path has one or two names"),
    };
    IMPURE.iter().filter(starts).map(|path| path.join("::")).collect()
}

/// The depth of a file's module below the crate's root, which has the depth 0.
fn module_depth(path: &str) -> usize {
    if matches!(path, "lib.rs" | "main.rs") { 0 } else { path.split('/').count() }
}

/// The top-level modules that the path at `at` names: `x` in `crate::x` and `super::super::x`, `x` and `y` in
/// `papo::{x, y}`.
fn top_level_modules<'a>(words: &'a [Word<'a>], at: usize, depth: usize) -> Vec<&'a Word<'a>> {
    let continues = at > 0 && words[at - 1].text == "::";
    match words[at].text {
        "crate" | "papo" if !continues => after_colons(words, at),
        "super" if !continues => {
            let mut last = at;
            let mut up = 1;
            while words.get(last + 2).is_some_and(|word| word.text == "super") && words[last + 1].text == "::" {
                (last, up) = (last + 2, up + 1);
            }
            // Assumes a path in the file's own module. In an inner module, such as `tests`, a path ends one level
            // lower, inside the layer. It is reported only if what it names there has the name of another layer.
            if up >= depth.max(1) { after_colons(words, last) } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

/// The names after `at` and `::`: one name, or the first name of each branch in braces.
fn after_colons<'a>(words: &'a [Word<'a>], at: usize) -> Vec<&'a Word<'a>> {
    if words.get(at + 1).is_none_or(|word| word.text != "::") {
        return Vec::new();
    }
    let Some(next) = words.get(at + 2) else { return Vec::new() };
    if next.text != "{" {
        return vec![next];
    }
    let (mut names, mut depth, mut first) = (Vec::new(), 0, true);
    for word in &words[at + 2..] {
        match word.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," => first = depth == 1,
            _ if first && depth == 1 => {
                names.push(word);
                first = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Splits code without comments and strings into tokens.
pub fn words(source: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    for (index, text) in source.lines().enumerate() {
        let line = index + 1;
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| is_name(c) || "{},:".contains(c)) {
            rest = &rest[start..];
            let length = match rest.chars().next() {
                Some(':') => 1 + usize::from(rest.starts_with("::")),
                Some(c) if !is_name(c) => 1,
                _ => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            };
            found.push(Word { text: &rest[..length], line });
            rest = &rest[length..];
        }
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The source with comments and string literals blanked; line numbers stay the same.
pub fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if !code.ends_with(is_name) => raw_string_literal(rest).unwrap_or(0),
            '"' => string_literal(rest),
            '\'' => char_literal(rest).unwrap_or(0),
            _ => 0,
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let lines = rest[..skipped].matches('\n').count();
            code.push(' ');
            code.extend(std::iter::repeat_n('\n', lines));
            rest = &rest[skipped..];
        }
    }
    code
}

/// The length of the string literal at the start of `rest`.
fn string_literal(rest: &str) -> usize {
    let mut escaped = true;
    let end = rest.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 1)
}

/// The length of the raw string literal at the start of `rest`; `None` if there is none.
fn raw_string_literal(rest: &str) -> Option<usize> {
    let hashes = rest[1..].find(|c| c != '#')?;
    rest[1 + hashes..].starts_with('"').then_some(())?;
    let body = 2 + hashes;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()))
}

/// The length of the character literal at the start of `rest`; `None` for a lifetime.
fn char_literal(rest: &str) -> Option<usize> {
    let mut inside = rest[1..].char_indices();
    match inside.next()? {
        (_, '\\') => rest[3..].find('\'').map(|at| at + 4),
        _ => inside.next().filter(|&(_, c)| c == '\'').map(|(at, _)| at + 2),
    }
}

/// All Rust files below `folder`.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn layers_import_only_allowed_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&root);
    assert!(files.len() > 10, "only {} files are found in {}", files.len(), root.display());
    let found: Vec<_> = files
        .iter()
        .flat_map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            problems(&path, &fs::read_to_string(file).unwrap())
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn files_of_source_and_tests_have_at_most_500_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lines = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().count();
    let files = ["src", "tests"].iter().flat_map(|folder| sources(&root.join(folder)));
    let too_long: Vec<_> = files.filter(|file| lines(file) > 500).collect();
    assert!(too_long.is_empty(), "{too_long:?}");
}

#[test]
fn forbidden_imports_are_found() {
    for (path, source, expected) in [
        ("domain/name.rs", "use crate::protocol::Event;", "domain must not import protocol"),
        ("domain.rs", "fn f() { crate::config::Paths::discover() }", "domain must not import config"),
        ("protocol/peer.rs", "use crate::{\n    domain::User,\n    app::Model,\n};", "protocol must not import app"),
        ("app/inbox.rs", "use super::super::mqtt::Client;", "app must not import mqtt"),
        ("app.rs", "use super::{domain::User, store};", "app must not import store"),
        ("ui/chat.rs", "type A<'a> = &'a papo::runtime::Loop;", "ui must not import runtime"),
        ("mqtt.rs", "use crate::store::Store;", "mqtt must not import store"),
        ("store/file.rs", "/* a\n */ use crate::config::Paths;", "src/store/file.rs:2: store must not import config"),
        ("broker.rs", "pub(in crate::broker) use crate::cli::Cli;", "broker must not import cli"),
        ("config.rs", "use crate::domain::{UserId, name}; use crate::ui;", "config must not import ui"),
        ("domain/a.rs", "use std::{\n    fmt,\n    fs::File,\n};", "must not name std::fs"),
        ("domain/a.rs", "std::net::TcpStream::connect(x)", "must not name std::net"),
        ("protocol.rs", "use tokio::sync::mpsc;", "must not name tokio"),
        ("protocol/wire.rs", "use rumqttc::v5::Packet;", "must not name rumqttc"),
        ("app/chat.rs", "let now = std::time::Instant::now();", "must not name Instant"),
        ("ui.rs", "use std::time::{Duration, SystemTime};", "must not name SystemTime"),
        ("store/history.rs", "bincode::encode(x)", "only store/codec.rs names bincode"),
        ("helpers.rs", "", "helpers is no layer"),
    ] {
        let found = problems(path, source).join("\n");
        assert!(found.contains(expected), "{path}: {source}\ngave {found:?}");
    }
}

#[test]
fn allowed_imports_pass() {
    for (path, source) in [
        ("protocol/peer.rs", "use crate::domain::{Group, User};\nuse super::event::Event;"),
        ("ui/chat.rs", "use crate::{app::Model, domain::User, protocol::Event};"),
        ("ui/chat.rs", "use super::super::ui::layout;"),
        ("runtime/effects.rs", "use crate::{mqtt, store, ui}; use std::time::Instant; use tokio::fs;"),
        ("store/codec.rs", "use bincode::serde;"),
        ("store/file.rs", "use std::fs; use super::codec;"),
        ("domain/a.rs", "// use crate::mqtt::Client;\nconst A: &str = \"crate::mqtt \\\" std::fs\";"),
        ("domain/a.rs", "const A: &str = r#\"use crate::mqtt; \"quoted\" \"#; const B: char = '\"'; use std::fmt;"),
        ("domain/a.rs", "fn f<'a>(x: &'a str) -> char { '\\'' }"),
        ("app/chat.rs", "enum Message { Store, Instantly } fn ui() {} use crate::app::ui::x;"),
        ("protocol.rs", "mod tests { use super::*; use super::peer; }"),
    ] {
        assert_eq!(problems(path, source), Vec::<String>::new(), "{path}: {source}");
    }
}
