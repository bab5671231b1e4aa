//! Two users can do everything on a mosquitto with the password and ACL files of `papo acl`.

use crate::{
    acl::write_files,
    broker::Broker,
    logins::{everything_users_do, with_login},
};

/// Runs [`everything_users_do`] on a mosquitto with the files of `papo acl` for this topic prefix.
fn on_mosquitto_with_acl_files(prefix: &str) {
    let homes = tempfile::tempdir().unwrap();
    let files = homes.path().join("mosquitto");
    write_files(&files, &["alice", "bob"], prefix);
    let [acl, passwords] = ["acl", "passwords"].map(|name| files.join(name));
    let broker = Broker::start_with(&format!(
        "use_username_as_clientid true\nallow_anonymous false\nacl_file {}\npassword_file {}\n",
        acl.display(),
        passwords.display()
    ));
    std::fs::write(homes.path().join("config.toml"), format!("topic_prefix = '{prefix}'\n")).unwrap();
    everything_users_do(|name, password| {
        let password = password.unwrap_or(name);
        with_login(homes.path(), broker.port(), name, password)
    });
}

#[test]
fn everything_works_with_acl_files() {
    on_mosquitto_with_acl_files("");
}

#[test]
fn everything_works_with_acl_files_and_prefix() {
    on_mosquitto_with_acl_files("home/papo/");
}
