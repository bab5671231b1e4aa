//! Why papo is not connected, in the header and in the prompt for a login.

use std::time::Duration;

use papo::{app::LoginRefusal, domain::DisconnectReason};

use super::*;

#[test]
fn connection_error_is_shown() {
    let mut world = World::new();
    world.update(Message::Connection(Connection::Stopped {
        why: LocalizedText::quoted("alice is in use elsewhere"),
        help: LocalizedText::quoted("/reconnect"),
    }));
    assert!(world.picture(80, 24).contains("✗ alice is in use elsewhere (/reconnect)"));
    // Where the header has no room for the reason, the line of notices has it.
    let picture = world.picture(30, 8);
    assert!(picture.starts_with(" alice  ✗ Not con… 2 requests "), "{picture}");
    let picture = world.picture(50, 8);
    assert!(picture.starts_with(" alice  ✗ Not connected      2 requests  3 unread "), "{picture}");
    assert!(picture.contains(" Not connected: alice is in use elsewhere "), "{picture}");
}

/// The line of notices has the whole reason, but a newer notice may replace it there.
#[test]
fn long_reason_is_cut_in_the_header() {
    let mut world = World::new();
    let reason = DisconnectReason::ClosedBeforeConnack("mqtt.example.org:1883".to_owned());
    let at = Tick::from_millis(NOW) + Duration::from_secs(12);
    world.update(Message::Connection(Connection::Reconnecting { at, why: LocalizedText::from(&reason) }));
    let picture = world.picture(120, 24);
    let without_advice = "○ retrying in 12 s: mqtt.example.org:1883 closed the connection without an answer ";
    assert!(picture.starts_with(&format!(" papo  alice  {without_advice}")), "{picture}");
    let picture = world.picture(96, 24);
    let begun = " papo  alice  ○ retrying in 12 s: mqtt.example.org:1883 closed the connec… 2 requests ";
    assert!(picture.starts_with(begun), "{picture}");
    let picture = world.picture(60, 24);
    assert!(picture.starts_with(" papo  alice  ○ retrying in 12 s  "), "{picture}");
}

#[test]
fn refused_login_stays_in_the_header() {
    let mut world = World::new();
    let reason = DisconnectReason::BadCredentials;
    world.update(Message::LoginRefused(LoginRefusal::Wrong, Connection::stopped(&reason, false)));
    world.update(Message::Told(LocalizedText::quoted("another notice")));
    let picture = world.picture(80, 24);
    assert!(picture.starts_with(" papo  alice  ✗ wrong user name or password "), "{picture}");
    let why = LocalizedText::from(&DisconnectReason::TooManyAttempts);
    let at = Tick::from_millis(NOW) + Duration::from_secs(55);
    world.update(Message::LoginRefused(LoginRefusal::TooManyAttempts, Connection::Reconnecting { at, why }));
    let picture = world.picture(80, 24);
    assert!(picture.starts_with(" papo  alice  ○ retrying in 55 s: too many failed logins "), "{picture}");
}

#[test]
fn prompt_for_a_login_says_how_it_goes() {
    let mut world = World::new();
    let stopped = Connection::stopped(&DisconnectReason::LoginRequired, false);
    world.update(Message::LoginRefused(LoginRefusal::Missing, stopped));
    insta::assert_snapshot!(world.picture(80, 24));
    let why = LocalizedText::from(&DisconnectReason::TooManyAttempts);
    let at = Tick::from_millis(NOW) + Duration::from_secs(55);
    world.update(Message::LoginRefused(LoginRefusal::TooManyAttempts, Connection::Reconnecting { at, why }));
    world.press(KeyCode::Tab, KeyModifiers::NONE);
    insta::assert_snapshot!(world.picture(80, 24));
}
