//! Text that is typed although the keys go to a list does nothing that the user did not mean.

use super::*;

/// Alice leads #devs, and #devs is in front; bob and carol are online.
fn with_devs() -> Screen {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").receive("USERS/carol", "carol online").enter("/group new devs");
    screen.effects.clear();
    screen
}

/// Three users want to chat, in this order.
fn with_requests() -> Screen {
    let mut screen = Screen::with_bob();
    for name in ["eve", "frank", "grace"] {
        screen.wait(60_000).receive("alice_Control", &format!("REQUEST {name}"));
    }
    screen.wait(9_000).effects.clear();
    screen
}

fn draw(screen: &mut Screen) -> &mut Screen {
    screen.update(Message::Drawn(layout(Scroll::Bottom)))
}

fn waiting(screen: &Screen) -> Vec<String> {
    let requests = screen.model.peer.requests().filter(|request| request.waits_for_me());
    requests.map(|request| request.peer.as_ref().unwrap().to_string()).collect()
}

#[test]
fn text_typed_in_the_list_of_users_goes_to_nobody() {
    let mut screen = with_devs();
    screen.key("alt-u").types("right, devs only").key("enter");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str(), screen.published()), ("bob", "", vec![]));
    let remark = "Ignored what you typed after r, a key of the list of users; pause, then go on";
    assert_eq!(screen.notice(), format!("You already have an open chat with bob · {remark}"));
    screen.pause().types("hi").key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice hi"]);
}

#[test]
fn text_typed_in_lists_creates_asks_and_disbands_nothing() {
    for (list, text) in [("alt-g", "nice"), ("alt-g", "Do you really"), ("alt-u", "thanks"), ("alt-u", "invite him")] {
        let mut screen = with_devs();
        screen.key(list).types(text).key("enter").types("yes").key("enter");
        assert_eq!((screen.published(), screen.question()), (vec![], ""), "{text}");
        if let Some(Overlay::Prompt(prompt)) = &screen.model.overlay {
            assert_eq!(prompt.composer.text(), "", "{text}");
        }
    }
}

#[test]
fn any_other_key_answers_a_question_with_no() {
    let mut screen = with_devs();
    screen.key("alt-g").key("D").answer("o");
    assert_eq!(
        (screen.model.overlay.is_none(), screen.notice()),
        (true, "Cancelled: Disband #devs for all its members?")
    );
    screen.types(" you really").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec![], ""));
    screen.pause().key("alt-g").key("D").answer("down");
    assert!(screen.model.overlay.is_some(), "keys that scroll leave it open");
}

#[test]
fn reply_may_be_typed_at_once_after_its_key() {
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob one").key("alt-up").types("ryes").key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice > one\nyes"]);
}

#[test]
fn text_typed_on_a_chosen_message_does_not_edit_it() {
    let mut screen = Screen::with_bob();
    screen.enter("one").effects.clear();
    screen.key("alt-up").types("even so").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("one", vec![]));
    assert_eq!(screen.notice(), "Ignored what you typed after e, a key of the selected message; pause, then go on");
}

#[test]
fn enter_pressed_twice_on_a_chosen_message_does_not_send_the_draft() {
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob one").types("half").key("alt-up").key("enter").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("half", vec![]));
}

#[test]
fn key_that_gives_the_composer_the_focus_lets_text_follow() {
    let mut screen = Screen::with_bob();
    screen.model.keymap = Keymap::named(papo::domain::KeymapName::Vim);
    screen.receive("bob_alice_1", "bob one").key("esc").types("ihello");
    assert_eq!(screen.composer(), "hello");
    screen.key("ctrl-u").key("alt-u").types("//help");
    assert_ne!(screen.composer(), "//help");
}

#[test]
fn slash_pressed_twice_in_a_list_begins_one_command() {
    let mut screen = Screen::with_bob();
    screen.key("alt-u").types("//mute").key("enter");
    assert_eq!((screen.notice(), screen.published()), ("Muted; no message will notify you here", vec![]));
}

#[test]
fn composer_has_the_focus_after_accepting_even_with_a_draft() {
    let mut screen = with_requests();
    screen.types("dear bob").key("alt-i").types("and").key("enter");
    assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Chat, "dear bob"));
    assert_eq!(waiting(&screen), ["frank", "grace"]);
    screen.pause().types(" hello");
    assert_eq!((screen.active_chat(), screen.composer().as_str()), ("bob".to_owned(), "dear bob hello"));
}

#[test]
fn double_key_in_the_inbox_answers_one_request() {
    let mut screen = with_requests();
    screen.key("alt-i").key("d");
    for _ in 0..4 {
        draw(&mut screen).advance_clock(Duration::from_millis(300)).key("d").key("a");
    }
    assert_eq!((waiting(&screen), screen.model.focus), (vec!["frank".into(), "grace".into()], Pane::Inbox));
    draw(&mut screen).pause().key("d");
    assert_eq!(waiting(&screen), ["grace"]);
}

#[test]
fn request_that_is_gone_is_not_taken_for_the_next() {
    let mut screen = with_requests();
    draw(screen.key("alt-i")).pause().receive("alice_Control", "WITHDRAW eve");
    let id = screen.model.peer.requests().next().unwrap().id;
    screen.update(Message::Command(papo::protocol::Command::Deny(id))).key("a");
    assert_eq!((waiting(&screen), screen.notice()), (vec!["frank".into(), "grace".into()], "That request is gone"));
    draw(screen.pause()).key("a");
    assert_eq!(waiting(&screen).len(), 2, "the selection has just moved");
    screen.pause().key("a");
    assert_eq!(waiting(&screen), ["grace"]);
}

#[test]
fn inbox_selects_the_request_of_the_shown_notice() {
    let mut screen = with_requests();
    screen.key("alt-i").key("h").key("esc").receive("alice_Control", "REQUEST heidi");
    assert_eq!(screen.notice(), "heidi wants to chat: Alt-I, then a accepts, d denies");
    screen.key("alt-i").key("d");
    assert_eq!(waiting(&screen), ["eve", "frank", "grace"]);
    screen.receive("alice_Control", "REQUEST ivan");
    assert!(!screen.notice().contains(": a accepts"), "{}", screen.notice());
}

#[test]
fn key_for_unread_messages_does_not_go_to_the_inbox() {
    let mut screen = with_requests();
    screen.key("alt-a");
    assert_eq!((screen.model.focus, screen.notice()), (Pane::Chat, "No unread messages; 3 requests wait (Alt-I)"));
}

#[test]
fn held_enter_does_not_confirm() {
    let mut screen = with_devs();
    for line in ["/request carol", "/group disband devs"] {
        screen.enter(line);
        for _ in 0..20 {
            screen.advance_clock(Duration::from_millis(300)).key("enter");
        }
        let mut held = key("enter");
        held.kind = crossterm::event::KeyEventKind::Repeat;
        screen.pause().update(Message::Key(held));
        assert_eq!(screen.published(), [""; 0], "{line}");
        screen.key("esc");
    }
    screen.key("alt-k").types("ui.typing").key("enter").key("enter");
    assert!(screen.effects.iter().all(|effect| !matches!(effect, Effect::Keep { .. })), "nothing is toggled");
}

#[test]
fn question_goes_when_it_is_settled() {
    let mut screen = with_devs();
    screen.enter("/request carol").answer("enter").enter("/request carol");
    assert_eq!(screen.question(), "You asked carol before. Ask once more? Enter again");
    screen.receive("alice_Control", "1763900000000 carol");
    assert_eq!(screen.question(), "");
    screen.receive("USERS/dave", "dave online").enter("/request dave").receive("alice_Control", "REQUEST dave");
    assert_eq!(screen.question(), "", "he asks me");
}

#[test]
fn paste_cancels_a_question() {
    let mut screen = with_devs();
    screen.enter("/request carol").update(Message::Paste("hello".into()));
    assert_eq!((screen.question(), screen.notice()), ("", "Not asked: carol"));
}

#[test]
fn notice_behind_a_question_waits_until_it_is_seen() {
    let mut screen = with_requests();
    screen.enter("/request carol").receive("alice_Control", "REQUEST heidi").wait(60_000);
    assert_eq!(screen.notice(), "heidi wants to chat: Alt-I, then a accepts, d denies");
    assert_ne!(screen.question(), "");
}

#[test]
fn inviting_from_a_list_and_asking_a_stranger_say_so_first() {
    let mut screen = with_devs();
    screen.key("alt-u").key("end").key("i").pause().types("devs").key("enter");
    assert_eq!((screen.question(), screen.published()), ("Invite carol to #devs? Enter again", vec![]));
    screen.answer("enter");
    assert_eq!(screen.notice(), "Invited carol to #devs");
    screen.enter("/request hanks");
    assert_eq!(screen.question(), "Ask hanks to chat? Nobody has seen this ID. Enter again");
}

#[test]
fn enter_on_a_user_with_an_ended_chat_shows_it() {
    let mut saved = archive();
    saved.conversations.truncate(1);
    let mut screen = Screen::new(saved);
    screen.update(Message::Peer(Input::Connected { session_present: false })).update(Message::Peer(Input::Subscribed));
    screen.receive("USERS/bob", "bob online").key("alt-u").key("enter");
    assert_eq!((screen.active_chat().as_str(), screen.question()), ("bob", ""));
    screen.pause().types("hi").key("enter");
    assert_eq!(screen.question(), "Ask bob to chat? Enter again");
}
