//! Tells the compiler of which commit papo is built: `PAPO_COMMIT`, which `papo --version` says. And tells the linker
//! which functions a start goes through, so that they lie together.
//!
//! Only a repository of papo's own is asked. Where there is none (a package from a registry, an image that is built
//! from the sources alone, a copy within another repository) no commit is known and nothing is said of one. No clock
//! is looked at: the same commit gives the same program.
//!
//! Linux maps a program in pieces of 64 KB; a start that jumps all over 14 MB of code has most of them in memory soon. And
//! it reads 0.6 MB of addresses to be moved, which fit in 12 KB as RELR; what is linked so wants the C library of 2022.
//! And each library that it opens costs as much as sixty pages of memory. Not every linker and system can do
//! all of it: a program of one line is linked first, and where that fails, or does not run, papo is linked as any other.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// How the names of the functions begin that a start goes through; `make order` writes it.
pub const LIST: &str = "assets/start.txt";

/// Has the linker pack the addresses that move with the program, as `DT_RELR` of the ELF generic ABI.
pub const PACKED: &str = "-Wl,-z,pack-relative-relocs";

/// What unwinds a panic, as a part of the program: for the library of its own a start would open one file more.
pub const UNWINDER: &str = "static:-bundle=gcc_eh";

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
    let list = root.join(LIST);
    println!("cargo:rerun-if-changed={}", list.display());
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    // What is built to be tested starts as it may; elsewhere programs are not linked and mapped so.
    if [("PROFILE", "release"), ("CARGO_CFG_TARGET_OS", "linux")].iter().all(|(name, wanted)| is(name, wanted)) {
        let arguments = [order(&list), Some(PACKED.to_owned())].into_iter().flatten();
        for argument in arguments.filter(|argument| works(&["-C", &format!("link-arg={argument}")])) {
            println!("cargo:rustc-link-arg-bin=papo={argument}");
        }
        if is("CARGO_CFG_TARGET_ENV", "gnu") && works(&["-l", UNWINDER]) {
            println!("cargo:rustc-link-lib={UNWINDER}");
        }
    }
}

fn is(name: &str, wanted: &str) -> bool {
    env::var(name).is_ok_and(|value| value == wanted)
}

/// What has the linker put together what a start goes through.
fn order(list: &Path) -> Option<String> {
    let script = PathBuf::from(env::var_os("OUT_DIR")?).join("start.ld");
    fs::write(&script, linker_script(&fs::read_to_string(list).ok()?)).ok()?;
    Some(format!("-T{}", script.display()))
}

/// Whether a program that is linked with these runs here. Where it is linked for another machine that is not known.
fn works(arguments: &[&str]) -> bool {
    let (Some(folder), Ok(target)) = (env::var_os("OUT_DIR"), env::var("TARGET")) else { return false };
    let runs = |program| Command::new(program).status().is_ok_and(|status| status.success());
    is("HOST", &target) && linked(Path::new(&folder), arguments, &target).is_some_and(runs)
}

/// Says in the linker's language that what begins as a line of the list goes before the other code.
pub fn linker_script(list: &str) -> String {
    let names = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    // A compiler keeps apart what it takes for unlikely.
    let lines = names.map(|name| format!("*(.text.{name}* .text.unlikely.{name}*)\n"));
    format!("SECTIONS {{ .text.start : {{\n{}}} }}\nINSERT BEFORE .text;\n", lines.collect::<String>())
}

/// A program of one line that the compiler links with these arguments, if it can.
pub fn linked(folder: &Path, arguments: &[&str], target: &str) -> Option<PathBuf> {
    let (source, program) = (folder.join("one.rs"), folder.join("one"));
    fs::write(&source, "fn main() {}").ok()?;
    let mut compiler = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    compiler.arg(&source).arg("-o").arg(&program).args(["--target", target]).args(arguments);
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compiler.args(["-C", &format!("linker={linker}")]);
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    compiler.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    compiler.output().is_ok_and(|output| output.status.success()).then_some(program)
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
