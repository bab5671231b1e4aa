//! Every command of the README is typed as it stands there, and does what the README says.
//!
//! Each section is a story on a machine of its own, for the README's ports and addresses are those that everybody has. A
//! command that no story tries, and a section without a story, fail.
#![cfg(all(target_os = "linux", feature = "broker"))]

#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/machine.rs"]
mod machine;
mod tell;
#[path = "../support/terminal.rs"]
mod terminal;
mod text;

use crate::{
    authority::Authority,
    machine::{Machine, NAME},
    text::{Story, sections},
};

/// Has each story be a test, and knows which there are.
macro_rules! stories {
    ($($section:literal: $story:ident)*) => {
        $(#[test] fn $story() { tell::$story(Machine::start(), Story::of($section)); })*
        const STORIES: &[&str] = &[$($section),*];
    };
}

stories! {
    "Start": two_start_and_talk
    "On a LAN": one_serves_and_all_join
    "On a shared broker": a_mosquitto_is_shared
    "On the internet": a_machine_with_a_name_serves
    "By hand": who_has_only_a_shell_talks
    "From scripts, and as a bot": a_script_does_what_the_screen_does
    "What was said, elsewhere": the_history_is_read_elsewhere
    "FAQ": everything_is_removed
}

#[test]
fn every_section_with_commands_is_a_story() {
    assert_eq!(sections(), STORIES);
}

#[test]
fn a_certificate_takes_the_place_of_a_password() {
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
