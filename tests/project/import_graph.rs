//! The files of a source folder import each other without a cycle, and in the order that the folder declares.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::layers::{Word, code_only, sources, words};

/// The checked folders, each with the order of its modules: a module imports only modules listed before it. An empty
/// list declares no order.
const FOLDERS: [(&str, &[&str]); 4] = [("app", &APP), ("protocol/peer", &[]), ("store", &[]), ("runtime", &[])];

/// Data comes first, then the functions that use it, then those that change the model.
const APP: [&str; 15] = [
    "keymap",
    "rejection",
    "language",
    "setting",
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

/// The code of each file by its module path, such as `["app", "state", "users"]`.
type Files = BTreeMap<Vec<String>, String>;
/// The modules that each module imports.
type Graph = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

fn module_path(file: &str) -> Vec<String> {
    file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(str::to_owned).collect()
}

/// The code before the first `#[cfg(test)]`, without comments and strings.
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

/// The paths that begin at the word `at`, one for each branch of braces, and the index of the word after them:
/// `a::{b, c::d}` gives `a::b` and `a::c::d`.
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

/// Resolves a path in `module` to a path from the crate's root; `None` for a path into another crate.
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

/// The module path of the longest part of `path` that is a file.
fn owner(files: &Files, mut path: Vec<String>) -> Option<Vec<String>> {
    while !path.is_empty() {
        if files.contains_key(&path) {
            return Some(path);
        }
        path.pop();
    }
    None
}

/// Returns whether a path after the words `before` is a re-export, which does not count as an import.
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

/// Finds a cycle of imports among the modules of `folder`.
fn cycle(graph: &Graph, folder: &str) -> Option<Vec<String>> {
    fn visit<'a>(
        graph: &'a Graph,
        folder: &str,
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
        let within = graph[module].iter().filter(|other| is_in(other, folder));
        let found = within.into_iter().find_map(|other| visit(graph, folder, other, stack, done));
        stack.pop();
        found
    }
    let mut done = BTreeSet::new();
    let modules = graph.keys().filter(|module| is_in(module, folder));
    modules.into_iter().find_map(|module| visit(graph, folder, module, &mut Vec::new(), &mut done))
}

fn is_in(module: &[String], folder: &str) -> bool {
    module.join("/") == folder || module.join("/").starts_with(&format!("{folder}/"))
}

/// The imports of modules that `order` lists after the importing module.
fn against_order(graph: &Graph, folder: &str, order: &[&str]) -> Vec<String> {
    let depth = folder.split('/').count();
    let place = |module: &Vec<String>| {
        order.iter().position(|module_name| module.get(depth).is_some_and(|name| name == module_name))
    };
    let mut found = Vec::new();
    for (module, imports) in graph.iter().filter(|(module, _)| is_in(module, folder)) {
        for other in imports {
            if let (Some(here), Some(there)) = (place(module), place(other))
                && is_in(other, folder)
                && there > here
            {
                found.push(format!("{} imports {}", module.join("/"), other.join("/")));
            }
        }
    }
    found
}

#[test]
fn folders_have_no_import_cycle_and_keep_their_order() {
    let graph = graph(&files());
    for (folder, order) in FOLDERS {
        assert!(graph.keys().filter(|module| is_in(module, folder)).count() > 5, "{folder} has too few files");
        assert_eq!(cycle(&graph, folder), None, "{folder}");
        assert_eq!(against_order(&graph, folder, order), Vec::<String>::new(), "{folder}");
        if let Some(module_name) = order.iter().find(|module_name| {
            owner(&files(), [folder, module_name].join("/").split('/').map(str::to_owned).collect()).is_none()
        }) {
            panic!("{folder} has no module {module_name}");
        }
    }
}

#[test]
fn cycles_and_imports_against_the_order_are_found() {
    let graph_of = |files: &[(&str, &str)]| {
        graph(&files.iter().map(|(file, code)| (module_path(file), production_code(code))).collect())
    };
    let good = graph_of(&[
        ("folder.rs", "mod a; mod b; pub use b::B;"),
        ("folder/a.rs", "pub struct A; #[cfg(test)] mod tests { use super::super::b::B; }"),
        ("folder/b.rs", "use super::a::{self, A as Other}; pub(in crate::folder) fn f() { a::g() }"),
    ]);
    assert_eq!(cycle(&good, "folder"), None);
    assert_eq!(against_order(&good, "folder", &["a", "b"]), Vec::<String>::new());
    assert_eq!(against_order(&good, "folder", &["b", "a"]), ["folder/b imports folder/a"]);
    for bad in [
        graph_of(&[
            ("folder/a.rs", "use crate::{other, folder::{b::B}};"),
            ("folder/b.rs", "fn f() { super::a::g() }"),
        ]),
        graph_of(&[("folder.rs", "mod a; pub struct R; fn f() { a::g() }"), ("folder/a.rs", "use super::R;")]),
        graph_of(&[
            ("folder/a.rs", "use super::{x::X as Y, b};"),
            ("folder/x.rs", ""),
            ("folder/b.rs", "use crate::folder::a;"),
        ]),
    ] {
        assert!(cycle(&bad, "folder").is_some(), "{bad:?}");
    }
}
