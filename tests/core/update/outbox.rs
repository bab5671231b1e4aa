//! Messages that the broker has refused or not acknowledged yet.

use super::*;

impl Screen {
    /// The broker refuses the last message in the outbox.
    fn refuse_last(&mut self) -> &mut Self {
        let row = self.model.peer.outbox().next_back().unwrap().row;
        let outcome = PubOutcome::Refused("not authorized".into());
        self.update(Message::Peer(Input::Published { row, outcome }))
    }

    /// The texts in the outbox, each with the reason why the broker refused it, if it did.
    fn outbox(&self) -> Vec<(String, Option<DeliveryFailure>)> {
        let peer = &self.model.peer;
        let text = |row| self.model.language.translate(papo::app::outbox::words(peer, row).1);
        peer.outbox().map(|row| (text(row), row.failure.clone())).collect()
    }
}

#[test]
fn refused_message_is_resent_from_the_outbox() {
    let mut screen = Screen::with_bob();
    screen.types("one").key("enter").refuse_last();
    assert_eq!(screen.outbox(), [("one".to_owned(), Some("not authorized".into()))]);
    assert!(screen.notice().contains("not authorized"), "{}", screen.notice());
    screen.effects.clear();
    screen.key("alt-o").key("r");
    assert_eq!(screen.published(), ["bob_alice_1 alice one"]);
    assert_eq!(screen.outbox(), [("one".to_owned(), None)]);
    screen.answer("r");
    assert!(screen.notice().contains("papo sends this by itself"), "{}", screen.notice());
    screen.key("esc").types("two").key("enter").refuse_last();
    screen.effects.clear();
    screen.types("/resend").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec!["bob_alice_1 alice two".to_owned()], ""));
}

#[test]
fn edit_of_a_waiting_message_drops_nothing_and_is_sent_behind_it() {
    let mut screen = Screen::with_bob();
    screen.types("mistake").key("enter").types("/edit").key("enter");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("mistake", 1));
    screen.key("ctrl-c");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("", 1), "it stays as it was");
    // Text in the composer is not overwritten.
    screen.types("something else").key("alt-o").key("e");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("something else", 1));
    screen.key("esc").key("ctrl-u").key("alt-o").key("e");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("mistake", 1));
    assert!(screen.model.overlay.is_none());
    screen.pause().types("s").key("enter");
    assert_eq!(screen.outbox(), [("mistake".to_owned(), None), ("mistakes".to_owned(), None)]);
    let is_edit = |operation: &Operation| match operation {
        Operation::Append { message, .. } => message.as_edit().is_some(),
        _ => false,
    };
    assert_eq!(screen.count_operations(is_edit), 1);
}

#[test]
fn unsent_message_is_dropped_by_key_or_by_number() {
    let mut screen = Screen::with_bob();
    for text in ["one", "two", "three", "four"] {
        screen.types(text).key("enter");
    }
    screen.types("/drop 2").key("enter").types("/drop").key("enter");
    let texts = |screen: &Screen| screen.outbox().into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    assert_eq!(texts(&screen), ["one", "three"]);
    screen.key("alt-o").key("d").key("d");
    assert_eq!(screen.question(), "Drop “three” to bob? Enter again");
    screen.answer("esc");
    assert_eq!((texts(&screen).len(), screen.notice()), (2, "Cancelled: Drop “three” to bob?"));
    screen.answer("d").answer("enter").key("enter");
    assert_eq!(texts(&screen), ["one"], "a double key does not ask about the next one");
    screen.answer("d").answer("enter");
    assert_eq!((texts(&screen), screen.model.overlay.is_none()), (vec![], true));
    screen.key("alt-o");
    assert!(screen.notice().contains("empty"), "{}", screen.notice());
    let failed = screen.count_operations(|operation| matches!(operation, Operation::SetFailure { .. }));
    assert_eq!(failed, 4);
}

/// The messages that the active chat shows, each with the reason why it was not delivered.
fn shown(screen: &Screen) -> Vec<(String, Option<DeliveryFailure>)> {
    let messages = screen.model.chats.active_tab().unwrap().window.messages().filter(|message| !message.is_hidden);
    messages.map(|message| (message.body.words().to_owned(), message.failure.clone())).collect()
}

fn sent(text: &str) -> (String, Option<DeliveryFailure>) {
    (text.to_owned(), None)
}

#[test]
fn dropped_message_is_removed_from_the_chat_or_sent_after_all() {
    let mut screen = Screen::with_bob();
    screen.enter("one").enter("two").enter("/drop 1").enter("/drop 1");
    let dropped = |text: &str| (text.to_owned(), Some(DeliveryFailure::Dropped));
    assert_eq!(shown(&screen), [dropped("one"), dropped("two")]);
    screen.key("alt-up").key("x").key("esc");
    assert_eq!(shown(&screen), [dropped("one"), dropped("two")], "Esc leaves it as it is");
    screen.key("x").answer("d").answer("enter");
    assert_eq!((shown(&screen), screen.model.overlay.is_none()), (vec![dropped("one")], true));
    screen.effects.clear();
    screen.key("alt-up").key("x").answer("r");
    assert_eq!(screen.published(), ["bob_alice_1 alice one"]);
    assert_eq!(shown(&screen), [sent("one")]);
    let hidden = screen.count_operations(|operation| matches!(operation, Operation::Hide { n: 1, .. }));
    assert_eq!(hidden, 1);
}

#[test]
fn message_sent_again_leaves_no_dropped_one_behind() {
    let mut screen = Screen::with_bob();
    screen.enter("one").refuse_last().enter("/resend");
    assert_eq!(shown(&screen), [sent("one")]);
}

#[test]
fn refused_message_stays_until_its_edit_takes_its_place() {
    let mut screen = Screen::with_bob();
    screen.enter("mistake").refuse_last().enter("/edit");
    assert_eq!(screen.composer(), "mistake");
    screen.key("ctrl-c").key("esc");
    let refused = || ("mistake".to_owned(), Some(DeliveryFailure::from("not authorized")));
    assert_eq!((shown(&screen), screen.outbox()), (vec![refused()], vec![refused()]));
    screen.enter("/edit").effects.clear();
    screen.types("s").key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice mistakes"]);
    assert_eq!((shown(&screen), screen.outbox()), (vec![sent("mistakes")], vec![sent("mistakes")]));
    assert_eq!(screen.model.peer.outbox().next().unwrap().decoded_message().unwrap().2, None, "it is no edit");
}

#[test]
fn edit_of_a_message_dropped_meanwhile_is_a_new_message() {
    let mut screen = Screen::with_bob();
    screen.enter("one").enter("/edit");
    let row = screen.model.peer.outbox().next().unwrap().row;
    screen.key("alt-o").key("d").answer("enter");
    assert!(!screen.model.peer.outbox().any(|waiting| waiting.row == row));
    screen.types(" more").key("enter");
    assert_eq!(shown(&screen).pop(), Some(sent("one more")));
    assert_eq!(screen.model.peer.outbox().next().unwrap().decoded_message().unwrap().2, None, "it is no edit");
}

#[test]
fn message_written_offline_is_edited_in_place() {
    let mut screen = Screen::with_bob();
    screen.enter("sent while online").update(Message::Peer(Input::Disconnected)).effects.clear();
    screen.enter("mistake").enter("/edit").types("s").key("enter");
    assert_eq!(shown(&screen), [sent("sent while online"), sent("mistakes")]);
    assert_eq!(screen.outbox(), [sent("sent while online"), sent("mistakes")]);
    let set = |operation: &Operation| matches!(operation, Operation::SetText { n: 2, text, .. } if text == "mistakes");
    assert_eq!((screen.count_operations(set), screen.count_sent_rows()), (1, 0));
    // The text that leaves is the one that is stored.
    screen.effects.clear();
    screen.update(Message::Peer(Input::Connected { session_present: true, names_senders: false }));
    assert_eq!(screen.published(), ["bob_alice_1 alice mistakes"]);
    // Now others may have it, even if the connection is lost at once.
    screen.update(Message::Peer(Input::Disconnected)).enter("/edit").types("!").key("enter");
    assert_eq!(screen.outbox().len(), 3, "the edit follows it");
    assert_eq!(screen.count_operations(set), 0);
}

#[test]
fn edit_written_offline_is_changed_in_place() {
    let mut screen = Screen::with_bob();
    screen.enter("one").update(Message::Peer(Input::Disconnected));
    for letter in ["a", "b"] {
        screen.key("alt-up").key("e").pause().types(letter).key("enter").key("esc");
    }
    let row = screen.model.peer.outbox().next_back().unwrap();
    let (_, body, relation) = row.decoded_message().unwrap();
    assert_eq!(screen.outbox().len(), 2, "one edit");
    assert!(relation.is_some_and(|relation| relation.replaced().is_some()), "{body:?}");
}
