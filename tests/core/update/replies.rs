//! Replies and edits.

use super::*;

/// The properties `re` and `edit` of what has left for the broker.
fn relation(screen: &Screen) -> Vec<(String, String, String)> {
    let outputs = screen.effects.iter().filter_map(|effect| match effect {
        Effect::Commit { outputs, .. } => Some(outputs),
        _ => None,
    });
    let publications = outputs.flatten().filter_map(|output| match output {
        Output::Publish { publication, .. } => Some(publication),
        _ => None,
    });
    let mut found = Vec::new();
    for publication in publications {
        let payload = String::from_utf8_lossy(&publication.payload).into_owned();
        let meant = publication.properties.iter().filter(|(name, _)| name == "re" || name == "edit");
        found.extend(meant.map(|(name, value)| (payload.clone(), name.clone(), value.clone())));
    }
    found
}

#[test]
fn a_chosen_message_is_answered() {
    let mut screen = talk_with_bob();
    let id = "0123456789abcdef0123456789abcdef";
    screen.does(from_papo("bob_alice_2", "bob shall we?", 1, id));
    screen.key("alt-up").key("r").types("yes").key("enter");
    assert_eq!(relation(&screen), [("alice yes".to_owned(), "re".to_owned(), id.to_owned())]);
    screen.types("now").key("enter");
    assert_eq!(relation(&screen).len(), 1, "the next one answers nothing");
}

#[test]
fn an_answer_is_given_up_with_esc_and_what_is_written_stays() {
    let mut screen = talk_with_bob();
    screen.does(from_papo("bob_alice_2", "bob shall we?", 1, "0123456789abcdef0123456789abcdef"));
    screen.key("alt-up").key("r").types("yes").key("esc").key("enter");
    assert_eq!((relation(&screen), screen.published().pop().unwrap()), (vec![], "bob_alice_2 alice yes".to_owned()));
}

#[test]
fn what_a_plain_peer_wrote_is_quoted_in_plain_text() {
    let mut screen = talk_with_bob();
    screen.hears("bob_alice_2", "bob shall we?");
    screen.key("alt-up").key("r");
    assert_eq!(screen.composer(), "> shall we?\n");
}

#[test]
fn what_i_wrote_is_edited_once_the_broker_has_it() {
    let mut screen = talk_with_bob();
    screen.types("//helo").key("enter");
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    screen.key("alt-up").key("e");
    assert_eq!(screen.composer(), "//helo", "a slash is no command");
    screen.key("ctrl-u").types("hello").key("enter");
    let text = |screen: &Screen, seq| screen.model.chats.active_tab().unwrap().window.get(seq).unwrap().clone();
    assert!(matches!(text(&screen, 0), ChatMessage { is_edited: false, .. }));
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    assert_eq!((text(&screen, 0).body, text(&screen, 0).is_edited), (Body::Text("hello".to_owned()), true));
    assert_eq!(screen.kept(|operation| matches!(operation, Operation::Edit { .. })), 1);
}

#[test]
fn nobody_else_is_edited_and_an_edit_that_is_given_up_leaves_nothing_behind() {
    let mut screen = talk_with_bob();
    screen.does(from_papo("bob_alice_2", "bob shall we?", 1, "0123456789abcdef0123456789abcdef"));
    screen.key("alt-up").key("e");
    assert!(screen.notice().contains("only your own messages"), "{}", screen.notice());
    screen.key("esc").key("esc").types("yes").key("enter");
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    screen.key("alt-up").key("e").key("esc");
    assert_eq!(screen.composer(), "");
}

#[test]
fn what_is_answered_far_back_is_looked_for_once_and_shown_with_its_edits() {
    let mut screen = talk_with_bob();
    let id = "0123456789abcdef0123456789abcdef";
    let Message::Peer(Input::Received { mut inbound, token }) =
        from_papo("bob_alice_2", "bob yes", 1, "1123456789abcdef0123456789abcdef")
    else {
        unreachable!()
    };
    inbound.properties.push(("re".to_owned(), id.to_owned()));
    screen.does(Message::Peer(Input::Received { inbound, token }));
    let seen =
        Layout { chat: ChatLayout { fully_visible: Some((0, 0)), ..layout(Scroll::Bottom).chat }, ..Layout::default() };
    screen.does(Message::Drawn(seen.clone())).does(Message::Drawn(seen));
    let asked = screen.effects.iter().filter(|effect| matches!(effect, Effect::Lookup(Lookup::Message { .. }))).count();
    assert_eq!(asked, 1);
    let conversation: ConversationId = "bob_alice_2".parse().unwrap();
    let found = Some((7, hit("bob_alice_2", 7).message));
    screen.does(Message::Quoted { conversation, id: id.parse().unwrap(), found });
    let quoted = screen.model.chats.active_tab().unwrap().quoted(id.parse().unwrap()).map(|(seq, _)| seq);
    assert_eq!(quoted, Some(7));
}

#[test]
fn the_last_of_each_is_answered_and_edited_by_a_command() {
    let mut screen = talk_with_bob();
    let id = "0123456789abcdef0123456789abcdef";
    screen.line("/reply yes");
    assert!(screen.notice().contains("No message here"), "{}", screen.notice());
    screen.key("ctrl-u").does(from_papo("bob_alice_2", "bob shall we?", 1, id));
    screen.line("/reply yess");
    assert_eq!(relation(&screen), [("alice yess".to_owned(), "re".to_owned(), id.to_owned())]);
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    screen.line("/edit");
    assert_eq!(screen.composer(), "yess");
    screen.key("ctrl-u").line("yes");
    let edits = relation(&screen).into_iter().filter(|(_, name, _)| name == "edit").count();
    assert_eq!(edits, 1);
}
