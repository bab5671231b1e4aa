//! Messages that the broker has refused or not taken yet.

use super::*;

impl Screen {
    /// The broker refuses the last message in the outbox.
    fn is_refused(&mut self) -> &mut Self {
        let row = self.model.peer.outbox().next_back().unwrap().row;
        let outcome = PubOutcome::Refused("not authorized".into());
        self.does(Message::Peer(Input::Published { row, outcome }))
    }

    /// The outbox, as places and what is wrong.
    fn outbox(&self) -> Vec<(String, Option<DeliveryFailure>)> {
        let peer = &self.model.peer;
        let what = |row| self.model.language.translate(papo::app::outbox::words(peer, row).1);
        peer.outbox().map(|row| (what(row), row.failure.clone())).collect()
    }
}

#[test]
fn a_refused_message_is_sent_again_from_the_outbox() {
    let mut screen = Screen::talking();
    screen.types("one").key("enter").is_refused();
    assert_eq!(screen.outbox(), [("one".to_owned(), Some("not authorized".into()))]);
    assert!(screen.notice().contains("not authorized"), "{}", screen.notice());
    screen.effects.clear();
    screen.key("alt-o").key("r");
    assert_eq!(screen.published(), ["bob_alice_1 alice one"]);
    assert_eq!(screen.outbox(), [("one".to_owned(), None)]);
    screen.key("r");
    assert!(screen.notice().contains("papo sends this by itself"), "{}", screen.notice());
    screen.key("esc").types("two").key("enter").is_refused();
    screen.effects.clear();
    screen.types("/resend").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec!["bob_alice_1 alice two".to_owned()], ""));
}

#[test]
fn what_waits_is_taken_back_to_be_edited() {
    let mut screen = Screen::talking();
    screen.types("mistake").key("enter").types("/edit").key("enter");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("mistake", 0));
    // What is being written is not overwritten.
    screen.key("enter").types("something else").key("alt-o").key("e");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("something else", 1));
    screen.key("esc").key("ctrl-u").key("alt-o").key("e");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("mistake", 0));
    assert!(screen.model.overlay.is_none());
}

#[test]
fn what_waits_is_dropped_from_the_list_or_by_its_number() {
    let mut screen = Screen::talking();
    for text in ["one", "two", "three", "four"] {
        screen.types(text).key("enter");
    }
    screen.types("/drop 2").key("enter").types("/drop").key("enter");
    let texts = |screen: &Screen| screen.outbox().into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    assert_eq!(texts(&screen), ["one", "three"]);
    screen.key("alt-o").key("d").key("d");
    assert_eq!((texts(&screen), screen.model.overlay.is_none()), (vec![], true));
    screen.key("alt-o");
    assert!(screen.notice().contains("empty"), "{}", screen.notice());
    let forgotten = screen.kept(|operation| matches!(operation, Operation::SetFailure { .. }));
    assert_eq!(forgotten, 4);
}
