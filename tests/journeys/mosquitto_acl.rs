//! Two users on a mosquitto with the files of `papo acl`: everything still works.

use crate::{
    acl::write_files,
    broker::Broker,
    logins::{everything_users_do, with_login},
};

fn on_a_mosquitto_with_rules(prefix: &str) {
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
fn everything_works_with_rules() {
    on_a_mosquitto_with_rules("");
}

#[test]
fn everything_works_with_rules_and_prefix() {
    on_a_mosquitto_with_rules("home/papo/");
}
