//! The prompt for a login, and a refused login in the header.

use papo::{app::LoginRefusal, domain::DisconnectReason};

use super::*;

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
    assert!(picture.starts_with(" papo  alice  ○ retrying in 55 s: too many wrong logins "), "{picture}");
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
