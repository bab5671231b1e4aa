//! Sets `PAPO_COMMIT` to the commit that papo is built from, for `papo --version`.
//!
//! The variable is not set if papo is not built in its own repository, for example from a registry package, from the
//! sources alone, or from a copy within another repository. The script does not read the clock, so the same commit
//! always gives the same program.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Ten digits: enough to be unique in any repository, and few enough to read aloud.
const DIGITS: &str = "--short=10";

// The tests include this file as a module, where `main` is unused.
#[allow(dead_code)]
fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    // Without a `rerun-if-changed` line, cargo reruns this script after any change in the package.
    println!("cargo:rerun-if-changed=build.rs");
    for path in watched_files(&root) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    if let Some(commit) = commit(&root) {
        println!("cargo:rustc-env=PAPO_COMMIT={commit}");
    }
}

/// The commit that is checked out in `root`, without regard to uncommitted changes; `None` without a repository or git.
pub fn commit(root: &Path) -> Option<String> {
    git(root, &["rev-parse", DIGITS, "--verify", "HEAD"])
}

/// The files that change when another commit is checked out or made. Missing files are left out, because cargo always
/// treats them as changed.
pub fn watched_files(root: &Path) -> Vec<PathBuf> {
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    // A branch has its own file, or a line in packed-refs. If a commit creates the file, logs/HEAD changes, too.
    let names = ["HEAD", "logs/HEAD", "packed-refs"].into_iter().map(str::to_owned).chain(branch);
    let path = |name: String| git(root, &["rev-parse", "--git-path", &name]).map(|path| root.join(path));
    names.filter_map(path).filter(|path| path.exists()).collect()
}

/// Runs git in `root`. Returns its trimmed output; `None` if git fails, prints nothing, or `root` itself has no `.git`:
/// a repository in a parent folder belongs to another project.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let git_dir = root.join(".git");
    if !git_dir.exists() {
        return None;
    }
    let output = Command::new("git").arg("--git-dir").arg(git_dir).args(arguments).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
