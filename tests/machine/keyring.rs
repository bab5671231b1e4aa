//! A password in the keyring of a real desktop: gnome-keyring, on its own bus.
#![cfg(target_os = "linux")]

use std::process::Command;

use papo::config::Password;

/// A script that unlocks the keyring as a desktop does at login, stores a password, and runs the child test.
const SESSION: &str = r#"
    printf login | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
    printf 's3cret' | secret-tool store --label papo service papo broker mqtts://boat user ann
    exec "$PAPO_TEST" --exact keyring::child_prints_passwords --ignored --nocapture
"#;

#[test]
#[ignore = "the tests below run it"]
fn child_prints_passwords() {
    let keyring = |user: &str| Password::Keyring { user: user.into(), broker: "mqtts://boat".into() };
    println!("\n={}", keyring("ann").read().unwrap());
    println!("\n={}", keyring("bob").read().unwrap_err());
}

#[test]
fn password_is_read_from_the_keyring() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", SESSION])
        .env("PAPO_TEST", std::env::current_exe().unwrap())
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("XDG_DATA_HOME")
        .output()
        .expect("this test needs dbus-run-session, gnome-keyring and secret-tool");
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed_results: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix('=')).collect();
    let hint = "secret-tool store --label papo service papo broker 'mqtts://boat' user 'bob'";
    let missing = format!("the keyring has no password of bob for mqtts://boat; add it with: {hint}");
    assert_eq!(printed_results, ["s3cret", &missing], "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn missing_keyring_is_explained() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "keyring::child_prints_passwords", "--ignored", "--nocapture"])
        .env("PATH", "/nowhere")
        .env_remove("LD_PRELOAD")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("NoKeyring"), "{printed}");
}
