//! Replies and edits.

use super::*;

/// Payload, name and value for each property `re` or `edit` that was published.
fn relations(screen: &Screen) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for publication in screen.publications() {
        let payload = String::from_utf8_lossy(&publication.payload).into_owned();
        let related = publication.properties.iter().filter(|(name, _)| name == "re" || name == "edit");
        found.extend(related.map(|(name, value)| (payload.clone(), name.clone(), value.clone())));
    }
    found
}

#[test]
fn selected_message_is_answered() {
    let mut screen = with_archive();
    // It ends with the hash of bob.
    let id = "0123456789abcdef0123456786c6a0d4";
    screen.update(from_papo("bob_alice_2", "bob shall we?", 1, id));
    screen.key("alt-up").key("r").pause().types("yes").key("enter");
    assert_eq!(relations(&screen), [("alice yes".to_owned(), "re".to_owned(), id.to_owned())]);
    screen.types("now").key("enter");
    assert_eq!(relations(&screen).len(), 1, "the next message is not a reply");
}

#[test]
fn esc_cancels_a_reply_but_keeps_the_text() {
    let mut screen = with_archive();
    screen.update(from_papo("bob_alice_2", "bob shall we?", 1, "0123456789abcdef0123456789abcdef"));
    screen.key("alt-up").key("r").pause().types("yes").key("esc").key("enter");
    assert_eq!((relations(&screen), screen.published().pop().unwrap()), (vec![], "bob_alice_2 alice yes".to_owned()));
}

#[test]
fn reply_to_a_plain_client_quotes_its_text() {
    let mut screen = with_archive();
    screen.receive("bob_alice_2", "bob shall we?");
    screen.key("alt-up").key("r");
    assert_eq!(screen.composer(), "> shall we?\n");
}

#[test]
fn edit_is_applied_when_the_broker_acknowledges_it() {
    let mut screen = with_archive();
    screen.types("//helo").key("enter");
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.broker_accepts(row);
    screen.key("alt-up").key("e");
    assert_eq!(screen.composer(), "//helo", "the slash stays escaped");
    screen.key("ctrl-u").types("hello").key("enter");
    let message = |screen: &Screen, seq| screen.model.chats.active_tab().unwrap().window.get(seq).unwrap().clone();
    assert!(matches!(message(&screen, 1000), ChatMessage { is_edited: false, .. }));
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.broker_accepts(row);
    assert_eq!((message(&screen, 1000).body, message(&screen, 1000).is_edited), (Body::Text("hello".to_owned()), true));
    assert_eq!(screen.count_operations(|operation| matches!(operation, Operation::Edit { .. })), 1);
    assert_eq!(message(&screen, 1000).earlier[0].text, "/helo", "the original keeps its earlier text");
    assert!(!screen.model.chats.active_tab().unwrap().window.is_shown(1001), "the edit is no line of its own");
    screen.key("alt-up");
    assert_eq!(screen.model.chats.chosen(), Some(1000), "selecting passes it");
}

#[test]
fn edit_by_another_is_neither_unread_nor_notified() {
    let mut screen = with_archive();
    let id = "0123456789abcdef0123456789abcdef";
    let unread = |screen: &Screen| screen.model.peer.conversations()[&"bob_alice_2".parse().unwrap()].unread;
    let notified = |screen: &Screen| screen.effects.iter().filter(|it| matches!(it, Effect::Notify { .. })).count();
    screen.update(Message::FocusChanged(false)).update(from_papo("bob_alice_2", "bob shall we?", 1, id));
    let before = (unread(&screen), notified(&screen));
    let mut edit = from_papo("bob_alice_2", "bob should we?", 2, "00000000000000000000000000000002");
    if let Message::Peer(Input::Received { inbound, .. }) = &mut edit {
        inbound.properties.push(("edit".to_owned(), id.to_owned()));
    }
    screen.update(edit);
    assert_eq!((unread(&screen), notified(&screen)), before);
    let edited = screen.model.chats.active_tab().unwrap().window.get(1000).unwrap().clone();
    assert_eq!((edited.body, edited.earlier.len()), (Body::Text("should we?".to_owned()), 1));
}

#[test]
fn only_own_messages_are_edited_and_esc_discards_an_edit() {
    let mut screen = with_archive();
    screen.update(from_papo("bob_alice_2", "bob shall we?", 1, "0123456789abcdef0123456789abcdef"));
    screen.key("alt-up").key("e");
    assert!(screen.notice().contains("only your own messages"), "{}", screen.notice());
    screen.key("esc").key("esc").types("yes").key("enter");
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.broker_accepts(row);
    screen.key("alt-up").key("e").key("esc");
    assert_eq!(screen.composer(), "");
}

#[test]
fn quoted_message_outside_the_window_is_looked_up_once() {
    let mut screen = with_archive();
    let id = "0123456789abcdef0123456789abcdef";
    let Message::Peer(Input::Received { mut inbound, token }) =
        from_papo("bob_alice_2", "bob yes", 1, "1123456789abcdef0123456789abcdef")
    else {
        unreachable!()
    };
    inbound.properties.push(("re".to_owned(), id.to_owned()));
    screen.update(Message::Peer(Input::Received { inbound, token }));
    let visible = Layout {
        chat: ChatLayout { fully_visible: Some((1000, 1000)), ..layout(Scroll::Bottom).chat },
        ..Layout::default()
    };
    screen.update(Message::Drawn(visible.clone())).update(Message::Drawn(visible));
    let lookups =
        screen.effects.iter().filter(|effect| matches!(effect, Effect::Lookup(HistoryLookup::Message { .. }))).count();
    assert_eq!(lookups, 1);
    let found = Some((7, hit("bob", 7).message));
    screen.update(Message::Quoted { chat: "bob".parse().unwrap(), id: id.parse().unwrap(), found });
    let quoted = screen.model.chats.active_tab().unwrap().quoted(id.parse().unwrap()).map(|(seq, _)| seq);
    assert_eq!(quoted, Some(7));
}

#[test]
fn commands_answer_and_edit_the_last_message() {
    let mut screen = with_archive();
    let id = "0123456789abcdef0123456786c6a0d4";
    screen.enter("/reply yes");
    assert!(screen.notice().contains("No message here"), "{}", screen.notice());
    screen.key("ctrl-u").update(from_papo("bob_alice_2", "bob shall we?", 1, id));
    screen.enter("/reply yess");
    let target = screen.model.chats.active_tab().unwrap().compose_target.as_ref().map(|target| target.words.clone());
    assert_eq!((screen.composer(), target, screen.published()), ("yess".into(), Some("shall we?".into()), vec![]));
    screen.key("enter");
    assert_eq!(relations(&screen), [("alice yess".to_owned(), "re".to_owned(), id.to_owned())]);
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.broker_accepts(row);
    screen.enter("/edit");
    assert_eq!(screen.composer(), "yess");
    screen.key("ctrl-u").enter("yes");
    let edits = relations(&screen).into_iter().filter(|(_, name, _)| name == "edit").count();
    assert_eq!(edits, 1);
}

#[test]
fn reply_command_without_text_or_to_a_plain_client_begins_a_reply() {
    let mut screen = with_archive();
    screen.receive("bob_alice_2", "bob shall we?").enter("/reply /etc");
    assert_eq!((screen.composer().as_str(), screen.published()), ("> shall we?\n/etc", vec![]));
    screen.key("ctrl-c").update(from_papo("bob_alice_2", "bob or not?", 1, "0123456789abcdef0123456789abcdef"));
    screen.enter("/reply").types("yes").key("enter");
    assert_eq!(relations(&screen).len(), 1);
}

#[test]
fn reply_from_a_pipe_is_sent() {
    let mut screen = with_archive();
    screen.update(from_papo("bob_alice_2", "bob shall we?", 1, "0123456789abcdef0123456789abcdef")).types("half");
    screen.update(Message::Line("/reply yes".to_owned()));
    assert_eq!(relations(&screen).len(), 1);
    assert_eq!(screen.composer(), "half");
}
