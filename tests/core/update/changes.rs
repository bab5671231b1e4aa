//! Changes of a group in its chat are no messages: they are not unread, and do not notify.

use papo::domain::NotifyLevel;

use super::*;

/// Online, with the chats of bob and of #devs, which bob leads; that of bob is in front. Messages notify.
fn world() -> Screen {
    let mut saved = bob_and_devs();
    saved.groups[0].leader = Some("bob".parse().unwrap());
    saved.groups[0].members = vec!["alice".parse().unwrap()];
    let mut screen = Screen::new(saved);
    screen.connect(true).enter("/go #devs").enter("/go bob").update(Message::FocusChanged(false));
    screen.model.notifications.settings.groups = NotifyLevel::All;
    screen.advance_clock(Duration::from_secs(60)).effects.clear();
    screen
}

/// Receives the record of #devs with these members, at revision `rev`.
fn record(screen: &mut Screen, rev: u64, members: &str) {
    let rev = rev.to_string();
    let properties = [("papo", "1"), ("from", "bob"), ("rev", rev.as_str()), ("born", "1")];
    let inbound = inbound("GROUPS/devs", &format!("devs bob {members}"), &properties);
    screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
}

fn devs(screen: &Screen) -> Conversation {
    screen.model.peer.conversations()[&"#devs".parse().unwrap()].clone()
}

fn notified(screen: &Screen) -> usize {
    screen.effects.iter().filter(|effect| matches!(effect, Effect::Notify { .. })).count()
}

#[test]
fn changes_are_neither_unread_nor_notified() {
    let mut screen = world();
    record(&mut screen, 2, "alice carol");
    record(&mut screen, 3, "alice carol dave");
    record(&mut screen, 4, "alice dave");
    assert_eq!((devs(&screen).len, devs(&screen).changes), (3, 3), "carol and dave joined, and carol is gone");
    assert_eq!((devs(&screen).unread, screen.model.unread(), notified(&screen)), (0, 0, 0));
    let tab = screen.model.chats.tabs().iter().find(|tab| tab.chat.to_string() == "#devs").unwrap();
    assert_eq!((tab.unread_marker, tab.window.len()), (None, 3));
    screen.receive("groups/devs/messages", "dave hello");
    assert_eq!((devs(&screen).unread, notified(&screen)), (1, 1), "but a message is");
    record(&mut screen, 5, "alice dave erin");
    assert_eq!((devs(&screen).unread, notified(&screen)), (1, 1));
    assert_eq!((devs(&screen).len, devs(&screen).changes), (5, 4));
    screen.enter("/go #devs");
    let marker = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((marker.from, marker.count), (3, 1), "the marker is above the message, not above the last change");
}

#[test]
fn changes_do_not_open_a_closed_tab() {
    let mut screen = world();
    screen.enter("/go #devs").key("alt-w");
    let tabs = screen.model.chats.tabs().len();
    record(&mut screen, 2, "alice carol");
    assert_eq!((screen.model.chats.tabs().len(), devs(&screen).len), (tabs, 1));
}

#[test]
fn next_unread_passes_chats_with_changes_only() {
    let mut screen = world();
    record(&mut screen, 2, "alice carol");
    screen.key("alt-a");
    assert_eq!(screen.model.chats.active_chat().unwrap().to_string(), "bob");
}
