//! Tells the compiler of which commit papo is built: `PAPO_COMMIT`, which `papo --version` says.
//!
//! Only a repository of papo's own is asked. Where there is none (a package from a registry, an image that is built
//! from the sources alone, a copy within another repository) no commit is known and nothing is said of one. No clock
//! is looked at: the same commit gives the same program.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Enough to be unique in any repository, and to be read out.
const DIGITS: &str = "--short=10";

// The tests take this file as a module.
#[allow(dead_code)]
fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is"));
    // Without any such line everything in the package would be looked at.
    println!("cargo:rerun-if-changed=build.rs");
    for path in changing(&root) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    if let Some(commit) = commit(&root) {
        println!("cargo:rustc-env=PAPO_COMMIT={commit}");
    }
}

/// The commit that is checked out in `root`, whatever was changed since.
pub fn commit(root: &Path) -> Option<String> {
    git(root, &["rev-parse", DIGITS, "--verify", "HEAD"])
}

/// The files that change when another commit is checked out or made. Those that are not there are left out, as cargo
/// takes what is missing for changed.
pub fn changing(root: &Path) -> Vec<PathBuf> {
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    // A branch has a file of its own or a line in packed-refs; the log grows when it goes from there to here.
    let names = ["HEAD", "logs/HEAD", "packed-refs"].into_iter().map(str::to_owned).chain(branch);
    let path = |name: String| git(root, &["rev-parse", "--git-path", &name]).map(|path| root.join(path));
    names.filter_map(path).filter(|path| path.exists()).collect()
}

/// What git says about `root`, if that is a repository itself: one further up is another's.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let own = root.join(".git");
    if !own.exists() {
        return None;
    }
    let output = Command::new("git").arg("--git-dir").arg(own).args(arguments).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
