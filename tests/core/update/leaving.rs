//! Quitting, suspending, takeovers, and deadlines while idle.

use super::*;

#[test]
fn quit_asks_when_others_use_the_embedded_broker() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").update(Message::Hosting(true)).key("ctrl-q");
    assert!(!screen.effects.contains(&Effect::Quit));
    screen.key("esc").key("ctrl-c").pause().key("ctrl-c");
    assert_eq!((screen.question(), screen.effects.contains(&Effect::Quit)), ("", false), "Ctrl-C cancels");
    screen.key("ctrl-c").answer("enter").answer("enter");
    assert!(screen.effects.contains(&Effect::Quit));
}

#[test]
fn suspend_asks_when_others_use_the_embedded_broker() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").update(Message::Hosting(true)).key("ctrl-z");
    assert!(!screen.effects.contains(&Effect::Suspend));
    screen.answer("enter");
    assert!(screen.effects.contains(&Effect::Suspend));
    assert!(screen.published().contains(&"USERS/alice alice offline".to_owned()), "{:?}", screen.published());
    // A signal suspends without a question.
    screen.update(Message::Suspend);
    assert!(screen.effects.contains(&Effect::Suspend));
}

#[test]
fn takeover_disconnects_until_the_user_reconnects() {
    let mut screen = Screen::with_bob();
    let inbound = inbound("USERS/alice", "alice online", &[("papo", "1"), ("device", "another")]);
    screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
    assert!(matches!(&screen.model.connection, Connection::Stopped { help, .. } if *help == "stopped-watches".into()));
    assert!(screen.effects.contains(&Effect::Disconnect));
    assert_eq!(screen.model.notices.current.as_ref().map(|notice| notice.level), Some(Level::Error));
    screen.types("/reconnect").key("enter");
    assert!(screen.effects.contains(&Effect::Reconnect));
}

#[test]
fn header_warns_while_control_subscription_is_refused() {
    let mut screen = Screen::with_bob();
    screen.update(Message::Peer(Input::Disconnected)).update(Message::Connection(Connection::Connecting));
    screen.update(Message::Peer(Input::Connected { session_present: true, names_senders: false }));
    for _ in 0..2 {
        screen.update(Message::Peer(Input::SubscribeRefused(vec!["alice_Control".into()])));
        screen.update(Message::Peer(Input::Subscribed)).update(Message::Connection(Connection::Online));
        let Connection::ControlRefused { why } = &screen.model.connection else {
            panic!("{:?}", screen.model.connection)
        };
        assert_eq!(
            screen.model.language.translate(why.clone()),
            "no one can reach you: the broker refuses the subscription to alice_Control; ask its operator to allow it"
        );
        screen.wait(60_000);
    }
    screen.update(Message::Peer(Input::Subscribed)).update(Message::Connection(Connection::Online));
    assert_eq!(screen.model.connection, Connection::Online);
}

/// Whether nothing is due but the renewal of the user's presence, in some minutes.
fn is_idle(screen: &Screen) -> bool {
    screen.model.next_timeout().is_some_and(|due| due.since(screen.now.tick) > Duration::from_secs(200))
}

#[test]
fn idle_model_only_renews_the_presence() {
    let mut screen = Screen::with_bob();
    screen.wait(20_000).wait(20_000);
    assert!(is_idle(&screen), "{:?}", screen.model.next_timeout());
    let at = screen.now.tick + Duration::from_millis(3_500);
    screen.update(Message::Connection(Connection::Reconnecting { at, why: LocalizedText::quoted("x") }));
    for _ in 0..6 {
        let due = screen.model.next_timeout();
        assert!(due.is_none_or(|due| due > screen.now.tick), "{due:?}");
        screen.wait(1_000);
    }
    assert!(is_idle(&screen), "{:?}", screen.model.next_timeout());
}

#[test]
fn setting_the_clock_back_moves_no_deadline() {
    let mut screen = Screen::with_bob();
    screen.types("a draft");
    screen.receive("alice_Control", "REQUEST eve").key("alt-u");
    assert!(!screen.notice().is_empty());
    let due = screen.model.next_timeout();
    screen.now.wall = screen.now.wall - Duration::from_secs(3600);
    screen.update(Message::FocusChanged(false));
    assert_eq!(screen.model.next_timeout(), due, "deadlines use the monotonic clock");
    screen.wait(5_000);
    assert_eq!(screen.notice(), "", "the notice expires");
    screen.effects.clear();
    screen.receive("bob_alice_1", "bob one");
    let notification = Effect::Notify { title: "bob".into(), body: "one".into() };
    assert!(screen.effects.contains(&notification), "messages after the backlog notify");
    screen.wait(20_000);
    assert!(is_idle(&screen), "{:?}", screen.model.next_timeout());
}
