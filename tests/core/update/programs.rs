//! Answers to scripts and other programs that send commands to a running papo.

use papo::domain::{GroupName, RequestState};

use super::*;

#[test]
fn send_is_answered_when_the_requested_delivery_is_reached() {
    let mut screen = Screen::with_bob();
    let send = |until| ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until };
    assert_eq!(screen.ask(send(Until::Broker)), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    screen.broker_accepts(row);
    assert_eq!(screen.take_answers(), [Answer::Done]);
    assert_eq!(screen.ask(send(Until::Delivered)), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    screen.broker_accepts(row);
    assert_eq!(screen.take_answers(), [], "bob does not have it yet");
    screen.update(Message::Unasked(1)).update(Message::Timeout);
    assert_eq!(screen.take_answers(), [], "the script has gone");
}

#[test]
fn send_returns_the_refusal_of_the_broker() {
    let mut screen = Screen::with_bob();
    let ask = ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until: Until::Read };
    assert_eq!(screen.ask(ask), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    let outcome = PubOutcome::Refused("not authorized".into());
    screen.update(Message::Peer(Input::Published { row, outcome }));
    assert_eq!(screen.take_answers(), [Answer::Refused(LocalizedText::quoted("not authorized"))]);
}

#[test]
fn requests_wait_for_the_backlog_after_connecting_but_not_while_offline() {
    let mut screen = Screen::new(Saved::default());
    let ask = ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    assert_eq!(screen.ask(ask.clone()), [], "the acceptance may still arrive");
    screen.update(Message::Connection(Connection::Online));
    let due = screen.model.next_timeout().unwrap();
    screen.receive("alice_Control", "1763900000000 bob");
    screen.advance_clock(due.since(screen.now.tick));
    screen.update(Message::Timeout);
    assert!(matches!(screen.take_answers()[..], [Answer::Refused(_)]), "alice never asked bob to chat");
    let why = LocalizedText::quoted("nobody listens");
    screen.update(Message::Connection(Connection::Reconnecting { at: screen.now.tick, why }));
    let note = |why: &str| {
        Answer::Item(Item::Note(LocalizedText::from("not-connected").with("why", &LocalizedText::quoted(why))))
    };
    let why = note("nobody listens");
    let answers = screen.ask(ask);
    assert!(matches!(&answers[..], [note, Answer::Refused(_)] if *note == why), "{answers:?}");
    let so_far = Answer::Unfinished("list-last-known".into());
    assert_eq!(screen.ask(ScriptRequest::Groups), [why.clone(), so_far], "the list is the last known one");
    assert_eq!(screen.ask(ScriptRequest::Outbox), [why.clone(), Answer::Done], "the outbox is local");
    // A waiting script gets each new reason once.
    assert_eq!(screen.ask(ScriptRequest::Tail(None)), std::slice::from_ref(&why));
    let stopped = |why: &str| {
        Message::Connection(Connection::Stopped { why: LocalizedText::quoted(why), help: "stopped-tries".into() })
    };
    screen.update(stopped("nobody listens"));
    assert_eq!(screen.take_answers(), []);
    screen.update(stopped("not authorized"));
    assert_eq!(screen.take_answers(), [note("not authorized")]);
}

#[test]
fn user_list_waits_for_a_pause_in_retained_messages() {
    let mut screen = Screen::new(Saved::default());
    screen.update(Message::Connection(Connection::Online));
    assert_eq!(screen.ask(ScriptRequest::Users), []);
    for n in 0..10 {
        screen.wait(400);
        let inbound = Inbound { retained: true, ..inbound(&format!("USERS/u{n}"), &format!("u{n} online"), &[]) };
        screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
        screen.receive("alice_Control", "nonsense");
        assert_eq!(screen.take_answers(), [], "{n}");
    }
    screen.wait(499).receive("alice_Control", "nonsense");
    assert_eq!(screen.take_answers(), []);
    screen.wait(1);
    let answers = screen.take_answers();
    assert_eq!((answers.len(), answers.last()), (11, Some(&Answer::Done)));
    screen.wait(1_000);
    assert_eq!(screen.ask(ScriptRequest::Users).last(), Some(&Answer::Done), "later lists are answered at once");
    screen.update(Message::Timeout);
    assert!(screen.model.next_timeout().is_none_or(|due| due > screen.now.tick), "no timeout stays due");
}

#[test]
fn list_without_a_pause_is_cut_off_as_incomplete() {
    let mut screen = Screen::new(Saved::default());
    screen.update(Message::Connection(Connection::Online));
    assert_eq!(screen.ask(ScriptRequest::Inbox), []);
    for _ in 0..49 {
        screen.wait(400).receive("alice_Control", "nonsense");
    }
    assert_eq!(screen.take_answers(), []);
    screen.wait(400);
    assert_eq!(screen.take_answers(), [Answer::Unfinished("list-so-far".into())]);
}

#[test]
fn stalled_event_loop_does_not_count_as_a_pause() {
    let mut screen = Screen::new(Saved::default());
    screen.update(Message::Connection(Connection::Online));
    assert_eq!(screen.ask(ScriptRequest::Users), []);
    screen.advance_clock(Duration::from_secs(3));
    screen.update(Message::FocusChanged(true));
    assert_eq!(screen.take_answers(), [], "publications that arrived meanwhile are not handled yet");
}

#[test]
fn waiting_script_is_answered_when_papo_quits() {
    let mut screen = Screen::with_bob();
    let send = || ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    assert_eq!(screen.ask(send()), []);
    screen.update(Message::Quit);
    assert_eq!(screen.take_answers(), [Answer::Unfinished("remote-leaves".into())]);
    let mut screen = Screen::with_bob();
    assert_eq!(screen.ask(send()), []);
    screen.update(Message::StoreFailed("full".into())).update(Message::Quit);
    assert_eq!(screen.take_answers(), [], "the message may not be stored");
}

#[test]
fn request_to_user_with_open_chat_is_refused() {
    let mut screen = Screen::with_bob();
    screen.wait(1_000).effects.clear();
    let why = LocalizedText::from("request-is-open").with("user", &UserId::new("bob").unwrap());
    assert_eq!(screen.ask(ScriptRequest::Request("bob".into())), [Answer::Refused(why)]);
    assert_eq!(screen.model.peer.requests().count(), 0);
    assert_eq!(screen.ask(ScriptRequest::Request("carol".into())), []);
    assert_eq!(screen.model.peer.requests().count(), 1);
}

fn group(name: &str, action: GroupAction) -> ScriptRequest {
    ScriptRequest::Group { group: name.into(), action }
}

#[test]
fn group_is_created_once_the_broker_sent_all_groups() {
    let mut screen = Screen::new(Saved::default());
    screen.connect(true);
    assert_eq!(screen.ask(group("#devs", GroupAction::New)), [], "a group of this name may still arrive");
    assert!(screen.model.peer.groups().is_empty());
    screen.wait(500);
    assert_eq!(screen.take_answers(), [], "the broker has not acknowledged it");
    assert!(screen.model.peer.groups().contains_key(&"devs".parse::<GroupName>().unwrap()));
    let accept_all = |screen: &mut Screen| {
        for row in screen.model.peer.outbox().map(|row| row.row).collect::<Vec<_>>() {
            screen.broker_accepts(row);
        }
    };
    accept_all(&mut screen);
    assert_eq!(screen.take_answers(), [], "the group is not announced");
    accept_all(&mut screen);
    assert_eq!(screen.take_answers(), [Answer::Done]);
    let refused = screen.ask(group("devs", GroupAction::Kick("bob".into())));
    assert!(matches!(refused[..], [Answer::Refused(_)]), "bob is no member: {refused:?}");
}

#[test]
fn withdraw_cancels_the_latest_request_to_a_user() {
    let mut screen = Screen::with_bob();
    screen.wait(1_000).effects.clear();
    assert!(matches!(screen.ask(ScriptRequest::Withdraw("carol".into()))[..], [Answer::Refused(_)]));
    screen.ask(ScriptRequest::Request("carol".into()));
    screen.ask(ScriptRequest::Withdraw("carol".into()));
    let states: Vec<_> = screen.model.peer.requests().map(|request| request.state.clone()).collect();
    assert_eq!(states, [RequestState::Withdrawn]);
}

#[test]
fn withdraw_waits_for_an_answer_that_the_broker_has_queued() {
    let mut screen = Screen::new(Saved::default());
    screen.ask(ScriptRequest::Request("bob".into()));
    screen.connect(true);
    assert_eq!(screen.ask(ScriptRequest::Withdraw("bob".into())), [], "bob may have answered");
    screen.receive("alice_Control", "1763900000000 bob").wait(500);
    let accepted = LocalizedText::from("withdraw-accepted").with("user", &UserId::new("bob").unwrap());
    assert_eq!(screen.take_answers(), [Answer::Refused(accepted)]);
    assert!(matches!(screen.model.peer.requests().next().unwrap().state, RequestState::Accepted(_)));
}

#[test]
fn withdraw_is_carried_out_if_the_script_or_papo_leaves_early() {
    for leave in [Message::Unasked(1), Message::Quit] {
        let mut screen = Screen::new(Saved::default());
        screen.ask(ScriptRequest::Request("bob".into()));
        screen.connect(true);
        assert_eq!(screen.ask(ScriptRequest::Withdraw("bob".into())), []);
        screen.update(leave);
        assert_eq!(screen.model.peer.requests().next().unwrap().state, RequestState::Withdrawn);
        let rows = screen.model.peer.outbox().map(|row| papo::app::outbox::words(&screen.model.peer, row).1);
        let rows: Vec<String> = rows.map(|text| screen.model.language.translate(text)).collect();
        assert_eq!(rows, ["request to chat", "cancelled request"], "they are stored");
    }
}

#[test]
fn withdraw_without_a_publication_is_done_if_papo_quits_early() {
    let mut screen = Screen::new(Saved::default());
    screen.ask(ScriptRequest::Request("bob".into()));
    screen.connect(true).receive("USERS/bob", "bob online");
    assert_eq!(screen.ask(ScriptRequest::Withdraw("bob".into())), []);
    screen.update(Message::Quit);
    assert!(screen.take_answers().contains(&Answer::Done));
}

#[test]
fn withdraw_without_a_publication_is_answered_at_once() {
    let mut screen = Screen::new(Saved::default());
    screen.connect(true).receive("USERS/bob", "bob online").wait(1_000);
    screen.ask(ScriptRequest::Request("bob".into()));
    assert_eq!(screen.ask(ScriptRequest::Withdraw("bob".into())), [Answer::Done], "a plain client gets none");
}

#[test]
fn request_is_answered_once_both_control_topics_have_it() {
    let mut screen = Screen::new(Saved::default());
    screen.connect(true);
    assert_eq!(screen.ask(ScriptRequest::Request("bob".into())), []);
    for topic in ["bob_Control", "clients/bob"] {
        assert_eq!(screen.take_answers(), [], "{topic}");
        let row = screen.model.peer.outbox().next().unwrap().row;
        screen.broker_accepts(row);
    }
    assert_eq!(screen.take_answers(), [Answer::Done]);
}

#[test]
fn status_has_the_counts_and_is_unfinished_without_a_connection() {
    let mut screen = Screen::with_bob();
    screen.update(Message::Connection(Connection::Online)).wait(1_000);
    screen.receive("alice_Control", "REQUEST eve").enter("hello");
    screen.update(Message::FocusChanged(false)).receive("bob_alice_1", "bob hi").effects.clear();
    let answers = screen.ask(ScriptRequest::Status);
    let [Answer::Item(Item::Status(status)), Answer::Done] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!((status.problem.clone(), status.requests), (None, 1));
    assert_eq!(status.users, screen.model.peer.users().len() + 1, "I am counted, as on the screen");
    assert_eq!((status.unread, status.outbox), (1, 1));
    assert_eq!((status.unread, status.outbox), (screen.model.unread(), screen.model.peer.outbox().len()));
    let why = LocalizedText::quoted("nobody listens");
    screen.update(Message::Connection(Connection::Reconnecting { at: screen.now.tick, why }));
    let answers = screen.ask(ScriptRequest::Status);
    let [_, Answer::Item(Item::Status(status)), end] = &answers[..] else { panic!("{answers:?}") };
    assert!(status.problem.is_some());
    assert_eq!(*end, Answer::Unfinished("status-offline".into()));
}

#[test]
fn tail_reports_only_the_chosen_chat() {
    let mut screen = Screen::with_bob();
    assert_eq!(screen.ask(ScriptRequest::Tail(Some("bob".into()))), []);
    screen.receive("bob_alice_1", "bob hello").receive("carol_Control", "x").receive("alice_Control", "REQUEST eve");
    let answers = screen.take_answers();
    assert!(
        matches!(&answers[..], [Answer::Item(Item::Message(_, message))] if message.body.words() == "hello"),
        "{answers:?}"
    );
}
