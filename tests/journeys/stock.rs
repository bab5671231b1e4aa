//! Two papos on a mosquitto with the files of `papo acl`: everything works that works without.

use crate::{
    acl::write_files,
    broker::Broker,
    doors::{all_that_papos_do, with_login},
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
    all_that_papos_do(|name, password| {
        let password = password.unwrap_or(name);
        with_login(homes.path(), broker.port(), name, password)
    });
}

#[test]
fn papos_do_all_they_do_without_rules() {
    on_a_mosquitto_with_rules("");
}

#[test]
fn papos_do_all_they_do_without_rules_below_a_prefix() {
    on_a_mosquitto_with_rules("home/papo/");
}
