//! A password in the keyring of a real desktop: gnome-keyring, on its own bus.
#![cfg(target_os = "linux")]

use std::process::Command;

use papo::config::Password;

/// What a desktop does at login, and what the user does once.
const SESSION: &str = r#"
    printf login | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
    printf 's3cret' | secret-tool store --label papo service papo broker mqtts://boat user ann
    exec "$PAPO_TEST" --exact keyring::child_asks --ignored --nocapture
"#;

#[test]
#[ignore = "a part of another test"]
fn child_asks() {
    let of = |user: &str| Password::Keyring { user: user.into(), broker: "mqtts://boat".into() };
    println!("\n={}", of("ann").read().unwrap());
    println!("\n={}", of("bob").read().unwrap_err());
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
    let said: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix('=')).collect();
    let how = "secret-tool store --label papo service papo broker 'mqtts://boat' user 'bob'";
    let missing = format!("the keyring has no password of bob for mqtts://boat; add it with: {how}");
    assert_eq!(said, ["s3cret", &missing], "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn missing_keyring_is_explained() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "keyring::child_asks", "--ignored", "--nocapture"])
        .env("PATH", "/nowhere")
        .env_remove("LD_PRELOAD")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("NoKeyring"), "{printed}");
}
