//! Each recipe of `CONTRIBUTING.md` names every file that contains its example, and only files that exist. Each word
//! that it tells to search for is in some file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    slice,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The folders in which the recipes' examples are searched, except for files named `tests.rs`.
const FOLDERS: [&str; 2] = ["src", "assets"];

struct Recipe {
    title: String,
    /// The texts of the example, which the recipe says to search for.
    words: Vec<String>,
    /// The files that the recipe names.
    named: BTreeSet<String>,
}

/// The recipes that have an example to search for.
fn recipes() -> Vec<Recipe> {
    let text = fs::read_to_string(Path::new(ROOT).join("CONTRIBUTING.md")).unwrap();
    let sections = text.split("\n## Add ").skip(1);
    let recipe = |section: &str| {
        let (title, body) = section.split_once('\n').unwrap();
        let (_, searches) = body.split_once("Search for ")?;
        let (searches, _) = searches.split_once(".\n")?;
        let is_file = |quoted: &String| FOLDERS.iter().any(|folder| quoted.starts_with(&format!("{folder}/")));
        Some(Recipe {
            title: title.to_owned(),
            words: quoted(searches),
            named: quoted(body).into_iter().filter(is_file).collect(),
        })
    };
    sections.filter_map(recipe).collect()
}

/// The parts of the text between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(path));
        } else if !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found
}

/// The files that contain one of the words.
fn with_words(words: &[String]) -> BTreeSet<String> {
    let all = FOLDERS.iter().flat_map(|folder| files(Path::new(ROOT).join(folder)));
    let has_one = |path: &PathBuf| {
        fs::read_to_string(path).is_ok_and(|text| words.iter().any(|word| text.contains(word.as_str())))
    };
    let name = |path: PathBuf| path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned();
    all.filter(has_one).map(name).collect()
}

#[test]
fn recipes_name_every_file_of_their_example() {
    let recipes = recipes();
    for title in [
        "a command",
        "a control word",
        "a field to the group record",
        "a key",
        "an overlay",
        "a configuration key",
        "a theme role",
        "a limit of the broker",
    ] {
        assert!(recipes.iter().any(|recipe| recipe.title == title), "there is no recipe for {title}");
    }
    for Recipe { title, words, named } in recipes {
        let missing: Vec<_> = named.iter().filter(|file| !Path::new(ROOT).join(file).exists()).collect();
        assert!(missing.is_empty(), "{title}: {missing:?} do not exist");
        let unused: Vec<_> = words.iter().filter(|word| with_words(slice::from_ref(word)).is_empty()).collect();
        assert!(unused.is_empty(), "{title}: {unused:?} are in no file");
        let found = with_words(&words);
        assert!(found.len() > 2, "{title}: {words:?} are in too few files: {found:?}");
        let unnamed: Vec<_> = found.difference(&named).collect();
        assert!(unnamed.is_empty(), "{title}: {unnamed:?} contain {words:?}, but the recipe does not name them");
    }
}
