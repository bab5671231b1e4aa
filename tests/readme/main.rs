//! Runs every command of the README literally, and checks that it does what the README says.
//!
//! A story runs the commands of one section. Each story has its own simulated machine, because the README uses the
//! standard ports and fixed addresses. A test fails if no story runs a command, or if a section with commands has no
//! story.
#![cfg(all(target_os = "linux", feature = "broker"))]

#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/machine.rs"]
mod machine;
#[path = "../support/people.rs"]
mod people;
#[path = "../support/terminal.rs"]
mod terminal;
#[path = "../support/wait.rs"]
mod wait;

mod stories;
mod text;

use crate::{
    authority::Authority,
    machine::{Machine, NAME},
    text::{Story, sections},
};

/// Turns each story into a test, and lists the sections that have a story.
macro_rules! stories {
    ($($section:literal: $story:ident)*) => {
        $(#[test] fn $story() { stories::$story(Machine::start(), Story::of($section)); })*
        const STORIES: &[&str] = &[$($section),*];
    };
}

stories! {
    "Start": two_users_start_and_chat
    "Two people on a LAN": two_users_join_with_a_login
    "TLS on a LAN": two_users_join_over_tls
    "On a shared broker": users_join_a_shared_mosquitto
    "On the internet": users_join_a_broker_with_a_public_name
    "By hand": shell_user_chats
    "Scripts and bots": scripts_use_all_commands
    "Export and import": history_is_exported_and_imported
    "FAQ": history_is_moved_and_data_removed
}

#[test]
fn every_section_with_commands_has_a_story() {
    assert_eq!(sections(), STORIES);
}

#[test]
fn client_certificate_replaces_password() {
    let machine = Machine::start();
    let authority = Authority::new("ours");
    let (certificate, key) = authority.server(&[NAME], -1..1);
    let (own, own_key) = authority.client("alice");
    let _broker = machine.mosquitto(
        "server",
        &format!(
            "listener 8883\ncertfile {}\nkeyfile {}\ncafile {}\nrequire_certificate true\nuse_identity_as_username true\n\
             allow_anonymous false\n",
            certificate.display(),
            key.display(),
            authority.certificate().display(),
        ),
    );
    let configured = format!(
        "broker = \"mqtts://{NAME}\"\nca_file = {:?}\ncert_file = {own:?}\nkey_file = {own_key:?}\n",
        authority.certificate()
    );
    machine.write("alice", ".config/papo/config.toml", &configured);
    machine.write("eve", ".config/papo/config.toml", configured.split("cert_file").next().unwrap());
    let report = machine.says("alice", "papo doctor --id alice");
    assert!(report.contains("✓ delivery") && report.contains("✓ will"), "{report}");
    let refused = machine.run("eve", "papo doctor --id eve", "");
    assert!(String::from_utf8_lossy(&refused.stdout).contains("requires a client certificate"), "{refused:?}");
}
