//! `make install` and the Debian package install all files, and their removal removes all.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs a command and returns its output.
fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

/// The command `make target`, without the flags of a make that runs these tests.
fn make(target: &str) -> Command {
    let mut command = Command::new("make");
    command.args(["--silent", target]).current_dir(ROOT).env_remove("MAKEFLAGS");
    command
}

/// All files below a folder, as paths within it.
fn files(root: &Path) -> BTreeSet<String> {
    let (mut found, mut folders) = (BTreeSet::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// Checks that a desktop entry is valid and gives no warning.
fn check_entry(entry: &Path) {
    let mut command = Command::new("desktop-file-validate");
    let printed = command.arg(entry).output().expect("these tests need desktop-file-validate, see `make tools`");
    assert!(printed.status.success() && printed.stdout.is_empty(), "{}", String::from_utf8_lossy(&printed.stdout));
}

#[test]
fn desktop_entry_and_icon_are_valid() {
    let entry = Path::new(ROOT).join("assets/papo.desktop");
    check_entry(&entry);
    let text = fs::read_to_string(entry).unwrap();
    for line in ["Exec=papo", "TryExec=papo", "Icon=papo", "Terminal=true"] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let icon = fs::read_to_string(Path::new(ROOT).join("assets/papo.svg")).unwrap();
    assert!(icon.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 256 256\">"), "{icon}");
}

/// Writes a script that replaces cargo: it installs and removes papo without building it. Returns its path.
fn fake_cargo(folder: &Path) -> PathBuf {
    let path = folder.join("cargo");
    let script = format!(
        "#!/bin/sh\nset -e\nbin=\"$CARGO_INSTALL_ROOT/bin\"\ncase $1 in\n\
         install) mkdir -p \"$bin\"; cp '{}' \"$bin/papo\" ;;\nuninstall) rm \"$bin/papo\" ;;\nesac\n",
        env!("CARGO_BIN_EXE_papo")
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn uninstall_removes_exactly_what_install_added() {
    let folder = tempfile::tempdir().unwrap();
    let cargo = format!("CARGO={}", fake_cargo(folder.path()).display());
    let (home, data) = (folder.path().join("my home"), folder.path().join("my home/share"));
    let run = |target| {
        output(make(target).arg(&cargo).env("CARGO_INSTALL_ROOT", home.join("cargo")).env("XDG_DATA_HOME", &data));
    };
    fs::create_dir_all(data.join("man/man1")).unwrap();
    fs::write(data.join("man/man1/papo-notes.1"), "not papo's").unwrap();
    let before = files(&home);

    run("install");
    let installed = files(&home);
    for name in [
        "cargo/bin/papo",
        "share/applications/papo.desktop",
        "share/bash-completion/completions/papo",
        "share/fish/vendor_completions.d/papo.fish",
        "share/icons/hicolor/scalable/apps/papo.svg",
        "share/man/man1/papo-send.1",
        "share/man/man1/papo.1",
        "share/man/man5/papo.5",
        "share/zsh/site-functions/_papo",
    ] {
        assert!(installed.contains(name), "{name} is missing: {installed:?}");
    }
    let script = fs::read_to_string(data.join("zsh/site-functions/_papo")).unwrap();
    assert!(script.starts_with("#compdef papo"), "not the zsh script: {script}");
    let entry = data.join("applications/papo.desktop");
    check_entry(&entry);
    let exec = format!("Exec=\"{}\"", home.join("cargo/bin/papo").display());
    assert!(
        fs::read_to_string(entry).unwrap().contains(&exec),
        "the desktop entry has the path of the installed program"
    );

    run("uninstall");
    assert_eq!(files(&home), before);
}

/// The files that the Debian package installs in `/usr`, except the manual pages of the subcommands.
const PACKED: [&str; 16] = [
    "bin/papo",
    "share/applications/papo.desktop",
    "share/bash-completion/completions/papo",
    "share/doc/papo/CHANGELOG.md",
    "share/doc/papo/README.md",
    "share/doc/papo/copyright",
    "share/doc/papo/examples/config.toml",
    "share/doc/papo/examples/keymap.toml",
    "share/doc/papo/examples/keymap.vim.toml",
    "share/doc/papo/examples/theme.toml",
    "share/doc/papo/protocol.md",
    "share/fish/vendor_completions.d/papo.fish",
    "share/icons/hicolor/scalable/apps/papo.svg",
    "share/man/man1/papo.1.gz",
    "share/man/man5/papo.5.gz",
    "share/zsh/vendor-completions/_papo",
];

#[test]
#[ignore = "needs the package; `make deb-check` builds it and runs this test"]
fn debian_package_installs_and_removes_everything() {
    // cargo-deb writes the package to the target folder.
    let builds = Path::new(env!("CARGO_BIN_EXE_papo"))
        .ancestors()
        .nth(2)
        .expect("the program is in a folder of the target folder");
    let machine = output(Command::new("dpkg").arg("--print-architecture"));
    let package = &builds.join(format!("debian/papo_{VERSION}-1_{}.deb", machine.trim()));
    // apt-get fails if a dependency of the package is not available.
    output(Command::new("apt-get").args(["--simulate", "install"]).arg(package));

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("var/lib/dpkg")).unwrap();
    let dpkg = || {
        let mut command = Command::new("dpkg");
        command.arg("--root").arg(root).arg("--log").arg(root.join("var/dpkg.log"));
        // dpkg needs its tools in the path, also for a user.
        command.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap()));
        // The root folder lacks the dependencies, and the tests do not run as root. This machine's dpkg may exclude
        // files below /usr/share, which the test expects.
        command.args(["--force-depends", "--force-not-root", "--path-include=/usr/share/*"]);
        command
    };
    output(dpkg().arg("--install").arg(package));
    let (pages, others): (BTreeSet<_>, BTreeSet<_>) = files(&root.join("usr"))
        .into_iter()
        .partition(|name| name.starts_with("share/man/man1/papo-") && name.ends_with(".1.gz"));
    assert_eq!(others, PACKED.map(str::to_owned).into());
    for command in ["send", "tail", "export", "broker"] {
        assert!(pages.contains(&format!("share/man/man1/papo-{command}.1.gz")), "{command}: {pages:?}");
    }
    let printed = output(Command::new(root.join("usr/bin/papo")).arg("--version"));
    assert!(printed.starts_with(&format!("papo {VERSION} (")) && printed.contains("broker"), "{printed}");
    check_entry(&root.join("usr/share/applications/papo.desktop"));

    output(dpkg().args(["--remove", "papo"]));
    assert!(!root.join("usr").exists(), "{:?}", files(root));
}
