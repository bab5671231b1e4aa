//! Types every command of the README as it is written there, and checks that it does what the README says.
//!
//! Each section is a story on a machine of its own, because the README uses the standard ports and fixed addresses. The
//! test fails for a command that no story runs, and for a section with commands but without a story.
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

mod tell;
mod text;

use crate::{
    authority::Authority,
    machine::{Machine, NAME},
    text::{Story, sections},
};

/// Makes each story a test, and lists the stories.
macro_rules! stories {
    ($($section:literal: $story:ident)*) => {
        $(#[test] fn $story() { tell::$story(Machine::start(), Story::of($section)); })*
        const STORIES: &[&str] = &[$($section),*];
    };
}

stories! {
    "Start": two_start_and_chat
    "Two people on a LAN": two_join_with_a_login
    "TLS on a LAN": two_join_over_tls
    "On a shared broker": mosquitto_is_shared
    "On the internet": broker_has_a_public_name
    "By hand": shell_user_chats
    "Scripts and bots": script_does_what_the_screen_does
    "Export and import": history_is_exported_and_imported
    "FAQ": everything_is_removed
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
    let said = machine.says("alice", "papo doctor --id alice");
    assert!(said.contains("✓ delivery") && said.contains("✓ will"), "{said}");
    let refused = machine.run("eve", "papo doctor --id eve", "");
    assert!(String::from_utf8_lossy(&refused.stdout).contains("requires a client certificate"), "{refused:?}");
}
