//! Text that is typed although the keys go to a list does nothing that the user did not mean.

use super::*;

/// Alice leads #devs, and #devs is in front; bob and carol are online.
pub(super) fn with_devs() -> Screen {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").receive("USERS/carol", "carol online").enter("/group new devs");
    screen.effects.clear();
    screen
}

/// Three users want to chat, in this order.
pub(super) fn with_requests() -> Screen {
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

pub(super) fn waiting(screen: &Screen) -> Vec<String> {
    let requests = screen.model.peer.requests().filter(|request| request.waits_for_me());
    requests.map(|request| request.peer.as_ref().unwrap().to_string()).collect()
}

#[test]
fn text_typed_in_a_list_goes_to_the_composer_and_is_confirmed() {
    let mut screen = with_devs();
    screen.key("alt-u").types("right, devs only").key("enter");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("#devs", "right, devs only"));
    assert_eq!(screen.question(), "Send to #devs? You typed this while the list of users had the keys. Enter sends");
    assert_eq!(screen.published(), [""; 0]);
    screen.answer("enter").types("hi").key("enter");
    assert_eq!(screen.published(), ["groups/devs/messages alice right, devs only", "groups/devs/messages alice hi"]);
    // A letter that only moved belongs to the text. A draft is set aside.
    let mut screen = with_devs();
    screen.wait(20_000).types("half a line").key("alt-g").types("great job");
    assert_eq!(screen.notice(), "What you typed is in the composer; your draft comes back afterwards");
    screen.answer("enter").answer("enter");
    assert_eq!(screen.published(), ["groups/devs/messages alice great job"]);
    assert_eq!(screen.composer(), "half a line");
}

#[test]
fn text_typed_in_lists_creates_asks_and_disbands_nothing() {
    for (list, text) in
        [("alt-g", "nice one"), ("alt-g", "Do you really"), ("alt-u", "thank you"), ("alt-u", "invite him")]
    {
        let mut screen = with_devs();
        screen.key(list).types(text).key("enter");
        assert_eq!((screen.published(), screen.composer().as_str()), (vec![], text));
        assert!(screen.model.overlay.is_none(), "{text}");
        // What was typed is a message, if the user says so.
        screen.answer("enter");
        assert_eq!(screen.published(), [format!("groups/devs/messages alice {text}")]);
    }
}

#[test]
fn text_typed_in_the_inbox_answers_nothing() {
    for text in ["do you see", "and then", "are you", "ha, done"] {
        let mut screen = with_requests();
        screen.key("alt-i").types(text);
        assert_eq!((waiting(&screen).len(), screen.question(), screen.published()), (3, "", vec![]), "{text}");
        assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Chat, text));
    }
}

#[test]
fn text_after_a_pause_is_no_run_on() {
    let mut screen = with_devs();
    screen.key("alt-u").key("end").key("r").pause().key("r");
    assert_eq!(screen.question(), "Ask carol to chat? Enter again", "cancelled, and asked again");
    screen.key("enter");
    assert_eq!(screen.published(), [""; 0]);
}

#[test]
fn name_may_be_typed_at_once_into_a_prompt() {
    let mut screen = with_devs();
    screen.key("alt-g").types("npumps").answer("enter");
    assert_eq!(screen.question(), "Create #pumps? Enter again");
    screen.answer("enter").key("alt-u").types("thanks").answer("enter");
    assert_eq!(screen.question(), "Ask hanks to chat? Nobody has seen this ID. Enter again");
    screen.answer("esc").key("alt-g").types("nice").key("enter");
    assert_eq!((screen.question(), screen.composer().as_str()), ("Create #ice? Enter again", ""));
    screen.effects.clear();
    screen.key("enter");
    assert_eq!((screen.question(), screen.published()), ("Create #ice? Enter again", vec![]), "a double Enter");
}

#[test]
fn letter_in_an_overlay_is_undone_and_the_overlay_stays() {
    let mut screen = with_devs();
    screen.key("alt-g").key("m").pause().types("in that case").key("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Members(_))));
    assert_eq!(
        screen.notice(),
        "Ignored “in that case”, typed while the window had the keys; Esc closes it, ↑ in the composer brings the text back"
    );
}

#[test]
fn message_edited_from_the_outbox_stays_there_if_text_runs_on() {
    let mut screen = with_devs();
    screen.update(Message::Peer(Input::Disconnected)).enter("one").key("alt-1").types("half").key("alt-o");
    screen.pause().types("even so");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "half"));
    assert!(matches!(screen.model.overlay, Some(Overlay::Outbox(_))));
    screen.key("esc").key("alt-2");
    assert_eq!(screen.composer(), "");
}

#[test]
fn text_typed_on_a_selected_message_opens_no_link_and_replies_to_nothing() {
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob see https://a.example/x").types("draft").key("alt-up");
    let opened = |screen: &Screen| screen.effects.iter().filter(|it| matches!(it, Effect::OpenLink(_))).count();
    screen.types("one moment, yes").key("enter");
    assert_eq!((opened(&screen), screen.composer().as_str(), screen.published()), (0, "one moment, yes", vec![]));
    screen.key("ctrl-u").key("esc").key("alt-up").types("how so, no").key("enter");
    assert_eq!((opened(&screen), screen.composer().as_str()), (0, "how so, no"));
    screen.key("ctrl-u").key("esc").key("alt-up").key("o").key("down");
    assert_eq!(opened(&screen), 1, "the next key is no text");
    screen.key("alt-up").key("o").wait(299);
    assert_eq!(opened(&screen), 1);
    screen.wait(1);
    assert_eq!(opened(&screen), 2);
}

#[test]
fn any_other_key_answers_a_question_with_no() {
    let mut screen = with_devs();
    screen.key("alt-g").key("D").answer("o");
    assert_eq!(screen.notice(), "Cancelled: Disband #devs for all its members?");
    screen.types(" you really").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec![], "o you really"));
    screen.key("ctrl-u").key("alt-g").key("D").answer("down");
    assert_eq!((screen.question(), screen.model.focus), ("", Pane::Groups));
}

#[test]
fn text_typed_on_a_chosen_message_does_not_reply_to_it() {
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob one").key("alt-up").types("really? ok").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec![], "really? ok"));
    assert_eq!(screen.question(), "Send to bob? You typed this while the selected message had the keys. Enter sends");
    screen.key("ctrl-u").key("alt-up").key("r").pause().types("ok").key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice > one\nok"]);
}

#[test]
fn text_typed_on_a_chosen_message_does_not_edit_it() {
    let mut screen = Screen::with_bob();
    screen.enter("one").effects.clear();
    screen.key("alt-up").types("even so").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("even so", vec![]));
    screen.answer("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice even so"], "not an edit");
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
    screen.types("dear bob").key("alt-i").key("a").answer("enter");
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
        draw(&mut screen).advance_clock(Duration::from_millis(300)).key("d");
    }
    assert_eq!((waiting(&screen).len(), screen.question()), (3, "Deny: eve wants to chat? Enter again"));
    screen.answer("enter");
    for _ in 0..4 {
        draw(&mut screen).advance_clock(Duration::from_millis(300)).key("enter");
    }
    assert_eq!((waiting(&screen), screen.model.focus), (vec!["frank".into(), "grace".into()], Pane::Inbox));
    draw(&mut screen).pause().key("d").answer("enter");
    assert_eq!(waiting(&screen), ["grace"]);
}

#[test]
fn question_about_a_request_keeps_it_when_the_rows_move() {
    let mut screen = with_requests();
    draw(screen.key("alt-i")).pause().key("down").key("a");
    assert_eq!(screen.question(), "Accept: frank wants to chat? Enter again");
    let ids: Vec<MessageId> = screen.model.peer.requests().map(|request| request.id).collect();
    screen.update(Message::Command(papo::protocol::Command::Deny(ids[0])));
    draw(&mut screen).answer("enter");
    assert_eq!((waiting(&screen), screen.active_chat()), (vec!["grace".into()], "frank".to_owned()));
    draw(screen.wait(2_000).key("alt-i")).pause().key("d");
    assert_eq!(screen.question(), "Deny: grace wants to chat? Enter again");
    screen.update(Message::Command(papo::protocol::Command::Deny(ids[2])));
    assert_eq!((screen.question(), screen.notice()), ("", "That request is gone"));
}

#[test]
fn answered_request_in_the_history_says_what_was_done() {
    let mut screen = with_requests();
    screen.enter("/accept eve").enter("/deny frank").key("alt-i").key("h").pause().key("end").key("a");
    assert_eq!((screen.question(), screen.notice()), ("", "eve wants to chat: accepted already"));
    screen.pause().key("up").key("d");
    assert_eq!((screen.question(), screen.notice()), ("", "frank wants to chat: denied already"));
    screen.pause().key("up").key("a");
    assert_eq!(screen.question(), "Accept: grace wants to chat? Enter again");
    screen.key("esc").enter("/request heidi").answer("enter").key("alt-i").key("c").pause().key("a");
    assert_eq!(screen.notice(), "Your own request: chat with heidi; x cancels it");
}

#[test]
fn withdrawing_in_the_inbox_asks_first() {
    let mut screen = with_requests();
    screen.enter("/request heidi").answer("enter").effects.clear();
    screen.key("alt-i").key("c").pause().key("x").key("enter");
    let asked = "Withdraw your request to chat with heidi? Enter again";
    assert_eq!((screen.question(), screen.published()), (asked, vec![]), "too early");
    screen.key("esc");
    assert_eq!((screen.question(), screen.notice()), ("", "Not withdrawn: chat with heidi"));
    screen.wait(2_000).types("xylophone").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("xylophone", vec![]), "the letters are a text");
    screen.key("ctrl-u").key("alt-i").key("c").wait(2_000).key("x").answer("enter");
    assert_eq!((screen.question(), screen.notice()), ("", "Request cancelled: chat with heidi"));
    screen.wait(2_000).key("x");
    assert_eq!((screen.question(), screen.notice()), ("", "You can cancel only your own pending requests"));
}

#[test]
fn question_about_a_request_of_mine_ends_with_the_request() {
    let mut screen = with_requests();
    screen.enter("/request heidi").answer("enter").key("alt-i").key("c").pause().key("x");
    let id = screen.model.peer.requests().next_back().unwrap().id;
    screen.update(Message::Command(papo::protocol::Command::Withdraw(id)));
    assert_eq!(screen.question(), "");
    screen
        .enter("/group new devs")
        .enter("/invite devs ivan")
        .answer("enter")
        .key("alt-i")
        .key("c")
        .pause()
        .key("home")
        .key("x");
    assert_eq!(screen.question(), "Withdraw your invitation of ivan to #devs? Enter again");
}

#[test]
fn request_that_is_gone_is_not_taken_for_the_next() {
    let mut screen = with_requests();
    draw(screen.key("alt-i")).pause().receive("alice_Control", "WITHDRAW eve");
    let id = screen.model.peer.requests().next().unwrap().id;
    screen.update(Message::Command(papo::protocol::Command::Deny(id))).key("a");
    assert_eq!((waiting(&screen), screen.notice()), (vec!["frank".into(), "grace".into()], "That request is gone"));
    draw(screen.pause()).key("a");
    assert_eq!(screen.question(), "", "the selection has just moved");
    screen.pause().key("a").answer("enter");
    assert_eq!(waiting(&screen), ["grace"]);
}

#[test]
fn inbox_selects_the_request_of_the_shown_notice() {
    let mut screen = with_requests();
    screen.key("alt-i").key("h").key("esc").receive("alice_Control", "REQUEST heidi");
    assert_eq!(screen.notice(), "heidi wants to chat: Alt-I, then a accepts, d denies");
    screen.key("alt-i").key("d").answer("enter");
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
    screen.key("alt-k").types("ui.typing").pause().key("enter").key("enter");
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
    assert_eq!(screen.question(), "dave wants to chat, too. Accept? Enter again");
    screen.key("enter");
    assert_ne!(screen.question(), "", "these words are new");
    screen.answer("enter");
    assert_eq!((screen.question(), screen.active_chat().as_str()), ("", "dave"));
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
    screen
        .update(Message::Peer(Input::Connected { session_present: false, names_senders: false }))
        .update(Message::Peer(Input::Subscribed));
    screen.receive("USERS/bob", "bob online").key("alt-u").key("enter");
    assert_eq!((screen.active_chat().as_str(), screen.question()), ("bob", ""));
    screen.pause().types("hi").key("enter");
    assert_eq!(screen.question(), "Ask bob to chat? Enter again");
}

#[test]
fn text_that_moved_to_a_draft_is_never_lost() {
    let mut screen = Screen::with_bob();
    screen.types("draft").key("alt-u").types("hello there");
    assert_eq!(screen.model.chats.active_tab().unwrap().draft(), "draft\nhello there");
    screen.key("enter").pause().key("esc").key("esc");
    assert_eq!(screen.composer(), "draft");
    screen.key("up");
    assert_eq!(screen.composer(), "hello there");
}

#[test]
fn enter_pressed_twice_does_not_send_the_draft_that_came_back() {
    let mut screen = Screen::with_bob();
    screen.types("draft").key("alt-u").types("hello there").key("enter").pause().key("enter").key("enter");
    assert_eq!(
        (screen.composer().as_str(), screen.published()),
        ("draft", vec!["bob_alice_1 alice hello there".into()])
    );
    screen.effects.clear();
    screen.wait(1_000).key("alt-u").types("/mute").key("enter").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("draft", vec![]));
    screen.wait(1_000).key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice draft"]);
}

#[test]
fn text_typed_right_after_the_key_of_a_reply_is_a_reply_and_asks() {
    let mut screen = Screen::with_bob();
    screen
        .receive("bob_alice_1", "bob is it on?")
        .key("alt-up")
        .wait(1_000)
        .key("r")
        .wait(200)
        .types("half")
        .key("enter");
    assert_eq!(screen.question(), "Send this as a reply to bob? The r before it was a key. Enter sends");
    assert_eq!((screen.composer().as_str(), screen.published()), ("> is it on?\nhalf", vec![]));
    screen.answer("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice > is it on?\nhalf"]);
    screen.effects.clear();
    screen.key("alt-up").wait(1_000).key("e").wait(200).types("!").key("enter");
    assert_eq!(screen.question(), "Send this as an edit to bob? The e before it was a key. Enter sends");
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob is it on?").key("alt-up").wait(1_000).key("r").pause().types("yes").key("enter");
    assert_eq!((screen.question(), screen.published().len()), ("", 1), "after a pause");
}

#[test]
fn letters_that_moved_before_a_text_were_keys_except_for_the_last_one() {
    for (keys, text, whole) in
        [("jjj", "ust now", "just now"), ("k", "yes I know", "kyes I know"), ("12", " pumps", "12 pumps")]
    {
        let mut screen = Screen::with_bob();
        screen.key("alt-u").types(keys).types(text);
        assert_eq!(screen.composer(), whole);
    }
}

#[test]
fn sentence_that_a_prompt_took_waits_for_a_second_enter() {
    let mut screen = Screen::with_bob();
    screen.key("alt-g").types("not at all").key("enter");
    assert_eq!(screen.question(), "Send to bob? You typed this while the list of groups had the keys. Enter sends");
    screen.pause().types("/mute").key("enter");
    assert_eq!((screen.notice(), screen.published()), ("Muted; no message will notify you here", vec![]));
}
