//! Quitting, suspending, take-overs, and deadlines while nothing happens.

use super::*;

#[test]
fn leaving_asks_when_others_need_the_broker() {
    let mut screen = Screen::talking();
    screen.hears("USERS/bob", "bob online").does(Message::Hosting(true)).key("ctrl-q");
    assert!(!screen.effects.contains(&Effect::Quit));
    screen.key("n").key("ctrl-c").key("ctrl-c");
    assert!(!screen.effects.contains(&Effect::Quit), "Ctrl-C twice asks that too");
    screen.key("y");
    assert!(screen.effects.contains(&Effect::Quit));
}

#[test]
fn suspending_asks_when_others_need_the_broker() {
    let mut screen = Screen::talking();
    screen.hears("USERS/bob", "bob online").does(Message::Hosting(true)).key("ctrl-z");
    assert!(!screen.effects.contains(&Effect::Suspend));
    screen.key("y");
    assert!(screen.effects.contains(&Effect::Suspend));
    assert!(screen.published().contains(&"USERS/alice alice offline".to_owned()), "{:?}", screen.published());
    // What a signal asks for is not put into question.
    screen.does(Message::Suspend);
    assert!(screen.effects.contains(&Effect::Suspend));
}

#[test]
fn an_id_that_was_taken_over_is_left_alone_until_it_is_taken_back() {
    let mut screen = Screen::talking();
    let inbound = inbound("USERS/alice", "alice online", &[("papo", "1"), ("device", "another")]);
    screen.does(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
    assert!(
        matches!(&screen.model.connection, Connection::Stopped { why } if screen.model.language.translate(why.clone()).contains("/reconnect"))
    );
    assert!(screen.effects.contains(&Effect::Disconnect));
    assert_eq!(screen.model.notices.current.as_ref().map(|notice| notice.level), Some(Level::Error));
    screen.types("/reconnect").key("enter");
    assert!(screen.effects.contains(&Effect::Reconnect));
}

#[test]
fn the_header_says_that_nobody_can_reach_me_until_somebody_can() {
    let mut screen = Screen::talking();
    screen.does(Message::Peer(Input::Disconnected)).does(Message::Connection(Connection::Connecting));
    screen.does(Message::Peer(Input::Connected { session_present: true }));
    for _ in 0..2 {
        screen.does(Message::Peer(Input::SubscribeRefused(vec!["alice_Control".into()])));
        screen.does(Message::Peer(Input::Subscribed)).does(Message::Connection(Connection::Online));
        let Connection::ControlRefused { why } = &screen.model.connection else {
            panic!("{:?}", screen.model.connection)
        };
        assert_eq!(
            screen.model.language.translate(why.clone()),
            "no one can reach you: the broker refuses the subscription to alice_Control; ask its operator to allow it"
        );
        screen.waits(60_000);
    }
    screen.does(Message::Peer(Input::Subscribed)).does(Message::Connection(Connection::Online));
    assert_eq!(screen.model.connection, Connection::Online);
}

#[test]
fn a_model_at_rest_wakes_nobody() {
    let mut screen = Screen::talking();
    screen.waits(20_000).waits(20_000);
    assert_eq!(screen.model.next_timeout(), None);
    let at = screen.now.tick + Duration::from_millis(3_500);
    screen.does(Message::Connection(Connection::Reconnecting { at, why: LocalizedText::quoted("x") }));
    for _ in 0..6 {
        let due = screen.model.next_timeout();
        assert!(due.is_none_or(|due| due > screen.now.tick), "{due:?}");
        screen.waits(1_000);
    }
    assert_eq!(screen.model.next_timeout(), None);
}

#[test]
fn setting_the_clock_back_moves_no_deadline() {
    let mut screen = Screen::talking();
    screen.types("a draft");
    screen.hears("alice_Control", "REQUEST eve").key("alt-u");
    assert!(!screen.notice().is_empty());
    let due = screen.model.next_timeout();
    screen.now.wall = screen.now.wall - Duration::from_secs(3600);
    screen.does(Message::FocusChanged(false));
    assert_eq!(screen.model.next_timeout(), due, "a deadline is a tick");
    screen.waits(5_000);
    assert_eq!(screen.notice(), "", "the notice goes when its time is over");
    screen.effects.clear();
    screen.hears("bob_alice_1", "bob one");
    let bell = Effect::Notify { title: "bob".into(), body: "one".into() };
    assert!(screen.effects.contains(&bell), "what comes after the backlog rings");
    screen.waits(20_000);
    assert_eq!(screen.model.next_timeout(), None);
}
