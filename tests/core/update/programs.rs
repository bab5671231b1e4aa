//! Answers to commands from other programs.

use super::*;

#[test]
fn a_program_that_sends_is_answered_when_the_message_has_come_that_far() {
    let mut screen = Screen::talking();
    let send = |until| ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until };
    assert_eq!(screen.answers(send(Until::Broker)), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    assert_eq!(screen.answered(), [Answer::Done]);
    assert_eq!(screen.answers(send(Until::Delivered)), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    assert_eq!(screen.answered(), [], "bob does not have it yet");
    screen.does(Message::Unasked(1)).does(Message::Timeout);
    assert_eq!(screen.answered(), [], "nobody wants to know any more");
}

#[test]
fn a_program_that_sends_is_told_what_the_broker_refuses() {
    let mut screen = Screen::talking();
    let ask = ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until: Until::Read };
    assert_eq!(screen.answers(ask), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    let outcome = PubOutcome::Refused("not authorized".into());
    screen.does(Message::Peer(Input::Published { row, outcome }));
    assert_eq!(screen.answered(), [Answer::Refused(LocalizedText::quoted("not authorized"))]);
}

#[test]
fn what_may_still_come_is_waited_for_after_connecting_and_not_without_a_connection() {
    let mut screen = Screen::new(Saved::default());
    let ask = ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    assert_eq!(screen.answers(ask.clone()), [], "the acceptance may be on its way");
    screen.does(Message::Connection(Connection::Online));
    let due = screen.model.next_timeout().unwrap();
    screen.hears("alice_Control", "1763900000000 bob");
    screen.passes(due.since(screen.now.tick));
    screen.does(Message::Timeout);
    assert!(matches!(screen.answered()[..], [Answer::Refused(_)]), "bob was never asked");
    let why = LocalizedText::quoted("nobody listens");
    screen.does(Message::Connection(Connection::Reconnecting { at: screen.now.tick, why }));
    let note = |why: &str| {
        Answer::Item(Item::Note(LocalizedText::from("not-connected").with("why", &LocalizedText::quoted(why))))
    };
    let why = note("nobody listens");
    let answers = screen.answers(ask);
    assert!(matches!(&answers[..], [said, Answer::Refused(_)] if *said == why), "{answers:?}");
    let so_far = Answer::Unfinished("list-so-far".into());
    assert_eq!(screen.answers(ScriptRequest::Groups), [why.clone(), so_far], "there may be more");
    assert_eq!(screen.answers(ScriptRequest::Outbox), [why.clone(), Answer::Done], "that is here");
    // Who waits is told of another reason, and of each once.
    assert_eq!(screen.answers(ScriptRequest::Tail(None)), std::slice::from_ref(&why));
    let stopped = |why: &str| Message::Connection(Connection::Stopped { why: LocalizedText::quoted(why) });
    screen.does(stopped("nobody listens"));
    assert_eq!(screen.answered(), []);
    screen.does(stopped("not authorized"));
    assert_eq!(screen.answered(), [note("not authorized")]);
}

#[test]
fn a_list_of_users_waits_for_a_pause_in_what_is_retained() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Connection(Connection::Online));
    assert_eq!(screen.answers(ScriptRequest::Users), []);
    for n in 0..10 {
        screen.waits(400);
        let inbound = Inbound { retained: true, ..inbound(&format!("USERS/u{n}"), &format!("u{n} online"), &[]) };
        screen.does(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
        screen.hears("alice_Control", "nonsense");
        assert_eq!(screen.answered(), [], "{n}");
    }
    screen.waits(499).hears("alice_Control", "nonsense");
    assert_eq!(screen.answered(), []);
    screen.waits(1);
    let answers = screen.answered();
    assert_eq!((answers.len(), answers.last()), (11, Some(&Answer::Done)));
    screen.waits(1_000);
    assert_eq!(screen.answers(ScriptRequest::Users).last(), Some(&Answer::Done), "at once from then on");
    screen.does(Message::Timeout);
    assert!(screen.model.next_timeout().is_none_or(|due| due > screen.now.tick), "nothing is due for ever");
}

#[test]
fn a_list_that_never_ends_is_given_up() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Connection(Connection::Online));
    assert_eq!(screen.answers(ScriptRequest::Inbox), []);
    for _ in 0..49 {
        screen.waits(400).hears("alice_Control", "nonsense");
    }
    assert_eq!(screen.answered(), []);
    screen.waits(400);
    assert_eq!(screen.answered(), [Answer::Unfinished("list-so-far".into())]);
}

#[test]
fn a_pause_of_the_loop_is_no_pause_of_the_broker() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Connection(Connection::Online));
    assert_eq!(screen.answers(ScriptRequest::Users), []);
    screen.passes(Duration::from_secs(3));
    screen.does(Message::FocusChanged(true));
    assert_eq!(screen.answered(), [], "what has arrived meanwhile is yet to be handled");
}

#[test]
fn who_waits_is_answered_when_papo_leaves() {
    let mut screen = Screen::talking();
    let send = || ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    assert_eq!(screen.answers(send()), []);
    screen.does(Message::Quit);
    assert_eq!(screen.answered(), [Answer::Unfinished("remote-leaves".into())]);
    let mut screen = Screen::talking();
    assert_eq!(screen.answers(send()), []);
    screen.does(Message::StoreFailed("full".into())).does(Message::Quit);
    assert_eq!(screen.answered(), [], "it may not be kept");
}

#[test]
fn a_request_to_somebody_with_an_open_chat_is_refused() {
    let mut screen = Screen::talking();
    screen.waits(1_000).effects.clear();
    let why = LocalizedText::from("request-is-open").with("user", &UserId::new("bob").unwrap());
    assert_eq!(screen.answers(ScriptRequest::Request("bob".into())), [Answer::Refused(why)]);
    assert_eq!(screen.model.peer.requests().count(), 0);
    assert_eq!(screen.answers(ScriptRequest::Request("carol".into())), []);
    assert_eq!(screen.model.peer.requests().count(), 1);
}

#[test]
fn who_listens_hears_what_it_wants_to_hear() {
    let mut screen = Screen::talking();
    assert_eq!(screen.answers(ScriptRequest::Tail(Some("bob".into()))), []);
    screen.hears("bob_alice_1", "bob hello").hears("carol_Control", "x").hears("alice_Control", "REQUEST eve");
    let heard = screen.answered();
    assert!(
        matches!(&heard[..], [Answer::Item(Item::Message(_, message))] if message.body.words() == "hello"),
        "{heard:?}"
    );
}
