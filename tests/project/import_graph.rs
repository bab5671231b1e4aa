//! The files inside a room import each other without a cycle, and never against the order of the room.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::layers::{Word, code_only, sources, words};

/// The rooms, each with the order of its parts where it has one: a part imports only those that stand before it.
const ROOMS: [(&str, &[&str]); 4] = [("app", &APP), ("protocol/peer", &[]), ("store", &[]), ("runtime", &[])];

/// What is remembered comes before what is done with it, and that before what changes the model.
const APP: [&str; 14] = [
    "keymap",
    "rejection",
    "language",
    "scripts",
    "effect",
    "state",
    "event",
    "actions",
    "command",
    "completion",
    "overlay",
    "model",
    "message",
    "update",
];

/// Files by their module path, as `["app", "state", "users"]`.
type Files = BTreeMap<Vec<String>, String>;
/// Which module imports which.
type Graph = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

fn module_path(file: &str) -> Vec<String> {
    file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(str::to_owned).collect()
}

fn production_code(source: &str) -> String {
    let code = code_only(source);
    match code.find("#[cfg(test)]") {
        Some(at) => code[..at].to_owned(),
        None => code,
    }
}

fn files() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |file: std::path::PathBuf| {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        (module_path(&path), production_code(&fs::read_to_string(file).unwrap()))
    };
    sources(&root).into_iter().map(read).collect()
}

/// The paths that begin at the word `at`, each branch of braces by itself, and the word behind them: `a::{b, c::d}` gives
/// `a::b` and `a::c::d`.
fn paths(words: &[Word], mut at: usize) -> (Vec<Vec<String>>, usize) {
    fn branch(words: &[Word], at: &mut usize, before: &[String], found: &mut Vec<Vec<String>>) {
        let mut path = before.to_vec();
        while let Some(word) = words.get(*at) {
            if word.text == "{" {
                *at += 1;
                while words.get(*at).is_some_and(|word| word.text != "}") {
                    let start = *at;
                    branch(words, at, &path, found);
                    if words.get(*at).is_some_and(|word| word.text == "as") {
                        *at += 2;
                    }
                    if words.get(*at).is_some_and(|word| word.text == ",") || *at == start {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            path.push(word.text.to_owned());
            *at += 1;
            if words.get(*at).is_none_or(|word| word.text != "::") {
                break;
            }
            *at += 1;
        }
        found.push(path);
    }
    let mut found = Vec::new();
    branch(words, &mut at, &[], &mut found);
    (found, at)
}

/// What a path names when it stands in `module`, seen from the crate's root.
fn absolute(module: &[String], path: &[String], children: &BTreeSet<String>) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let mut from = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module[..module.len() - 1].to_vec(),
        child if children.contains(child) => [module, &path[..1]].concat(),
        _ => return None,
    };
    for name in rest {
        if name == "super" {
            from.pop();
        } else {
            from.push(name.clone());
        }
    }
    Some(from)
}

/// The file that defines the item of a path, as far as the path tells.
fn owner(files: &Files, mut path: Vec<String>) -> Option<Vec<String>> {
    while !path.is_empty() {
        if files.contains_key(&path) {
            return Some(path);
        }
        path.pop();
    }
    None
}

/// Whether a path after `before` is a re-export: the module need not know the item.
fn is_reexport(before: &[Word]) -> bool {
    let before: Vec<&str> = before.iter().rev().take(6).map(|word| word.text).collect();
    matches!(before[..], ["use", "pub", ..] | ["use", "super" | "crate" | "self", "pub", ..] | ["use", .., "in", "pub"])
}

fn graph(files: &Files) -> Graph {
    let mut graph = Graph::new();
    for (module, code) in files {
        let words = words(code);
        let declared = words.windows(2).filter(|pair| pair[0].text == "mod").map(|pair| pair[1].text.to_owned());
        let children: BTreeSet<String> = declared.collect();
        let imports = graph.entry(module.clone()).or_default();
        let mut at = 0;
        while at < words.len() {
            let is_path = words.get(at + 1).is_some_and(|word| word.text == "::");
            let is_visibility = at > 0 && words[at - 1].text == "in";
            if !is_path {
                at += 1;
                continue;
            }
            let (named, end) = paths(&words, at);
            if !is_visibility && !is_reexport(&words[..at]) {
                let named = named.into_iter().filter_map(|path| absolute(module, &path, &children));
                imports.extend(named.filter_map(|path| owner(files, path)).filter(|owner| owner != module));
            }
            at = end;
        }
    }
    graph
}

/// A cycle of imports among the modules below `room`, if there is one.
fn cycle(graph: &Graph, room: &str) -> Option<Vec<String>> {
    fn visit<'a>(
        graph: &'a Graph,
        room: &str,
        module: &'a Vec<String>,
        stack: &mut Vec<&'a Vec<String>>,
        done: &mut BTreeSet<&'a Vec<String>>,
    ) -> Option<Vec<String>> {
        if let Some(from) = stack.iter().position(|known| *known == module) {
            return Some(stack[from..].iter().chain([&module]).map(|module| module.join("/")).collect());
        }
        if !done.insert(module) {
            return None;
        }
        stack.push(module);
        let within = graph[module].iter().filter(|other| is_in(other, room));
        let found = within.into_iter().find_map(|other| visit(graph, room, other, stack, done));
        stack.pop();
        found
    }
    let mut done = BTreeSet::new();
    let modules = graph.keys().filter(|module| is_in(module, room));
    modules.into_iter().find_map(|module| visit(graph, room, module, &mut Vec::new(), &mut done))
}

fn is_in(module: &[String], room: &str) -> bool {
    module.join("/") == room || module.join("/").starts_with(&format!("{room}/"))
}

/// The imports that run against the order of the parts of `room`.
fn against_order(graph: &Graph, room: &str, order: &[&str]) -> Vec<String> {
    let depth = room.split('/').count();
    let place = |module: &Vec<String>| order.iter().position(|part| module.get(depth).is_some_and(|name| name == part));
    let mut found = Vec::new();
    for (module, imports) in graph.iter().filter(|(module, _)| is_in(module, room)) {
        for other in imports {
            if let (Some(here), Some(there)) = (place(module), place(other))
                && is_in(other, room)
                && there > here
            {
                found.push(format!("{} imports {}", module.join("/"), other.join("/")));
            }
        }
    }
    found
}

#[test]
fn rooms_have_no_import_cycle() {
    let graph = graph(&files());
    for (room, order) in ROOMS {
        assert!(graph.keys().filter(|module| is_in(module, room)).count() > 5, "{room} has hardly any file");
        assert_eq!(cycle(&graph, room), None, "{room}");
        assert_eq!(against_order(&graph, room, order), Vec::<String>::new(), "{room}");
        if let Some(part) = order
            .iter()
            .find(|part| owner(&files(), [room, part].join("/").split('/').map(str::to_owned).collect()).is_none())
        {
            panic!("{room} has no part {part}");
        }
    }
}

#[test]
fn cycles_and_back_edges_are_found() {
    let of = |files: &[(&str, &str)]| {
        graph(&files.iter().map(|(file, code)| (module_path(file), production_code(code))).collect())
    };
    let good = of(&[
        ("room.rs", "mod a; mod b; pub use b::B;"),
        ("room/a.rs", "pub struct A; #[cfg(test)] mod tests { use super::super::b::B; }"),
        ("room/b.rs", "use super::a::{self, A as Other}; pub(in crate::room) fn f() { a::g() }"),
    ]);
    assert_eq!(cycle(&good, "room"), None);
    assert_eq!(against_order(&good, "room", &["a", "b"]), Vec::<String>::new());
    assert_eq!(against_order(&good, "room", &["b", "a"]), ["room/b imports room/a"]);
    for bad in [
        of(&[("room/a.rs", "use crate::{other, room::{b::B}};"), ("room/b.rs", "fn f() { super::a::g() }")]),
        of(&[("room.rs", "mod a; pub struct R; fn f() { a::g() }"), ("room/a.rs", "use super::R;")]),
        of(&[("room/a.rs", "use super::{x::X as Y, b};"), ("room/x.rs", ""), ("room/b.rs", "use crate::room::a;")]),
    ] {
        assert!(cycle(&bad, "room").is_some(), "{bad:?}");
    }
}
