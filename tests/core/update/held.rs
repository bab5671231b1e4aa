//! A line that Enter neither sent nor ran is replaced by the next one; a draft that was not touched is set aside for a
//! command; and the keys of a shell edit what the user is writing.

use papo::domain::KeymapName;

use super::*;

/// Chats with bob and carol, and bob's in front.
fn two_chats() -> Screen {
    let chat = |id: &str, at| Conversation::new(id.parse().unwrap(), Timestamp::from_millis(at));
    let conversations = vec![chat("bob_alice_1", 1), chat("carol_alice_2", 2)];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    screen.connect(false).key("alt-1");
    screen.effects.clear();
    screen
}

#[test]
fn text_after_a_refused_command_is_not_glued_to_it() {
    let mut screen = Screen::with_bob();
    screen.enter("/join nowhere");
    assert_eq!(screen.composer(), "/join nowhere");
    screen.types("why was i kicked").key("enter");
    assert_eq!(screen.question(), "Send to bob? You named nowhere last. Enter sends");
    screen.answer("enter");
    assert_eq!(
        (screen.composer().as_str(), screen.published()),
        ("", vec!["bob_alice_1 alice why was i kicked".into()])
    );
    screen.key("up").key("up");
    assert_eq!(screen.composer(), "/join nowhere");
    let mut screen = Screen::with_bob();
    screen.enter("/join nowhere").enter("/group new devs");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("#devs", ""));
}

#[test]
fn paste_replaces_a_refused_command() {
    let mut screen = Screen::with_bob();
    screen.enter("/qiut").update(Message::Paste("hello".into()));
    assert_eq!(screen.composer(), "hello");
    screen.key("ctrl-_");
    assert_eq!(screen.composer(), "/qiut");
}

#[test]
fn long_paste_that_is_not_confirmed_keeps_the_held_line() {
    let mut screen = Screen::with_bob();
    screen.enter("/qiut").update(Message::Paste("line\n".repeat(30))).key("esc");
    assert_eq!(screen.composer(), "/qiut");
}

#[test]
fn editing_keys_keep_a_refused_command_for_correction() {
    let mut screen = Screen::with_bob();
    screen.enter("/mute now").key("backspace").key("backspace").key("backspace").key("backspace").key("enter");
    assert_eq!((screen.composer().as_str(), screen.notice()), ("", "Muted; no message will notify you here"));
    screen.enter("/unmuet").key("tab").types("!");
    assert_eq!(screen.composer(), "/unmuet!");
}

#[test]
fn blank_goes_on_with_a_refused_command() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online").enter("/request").types(" carol").key("enter");
    assert_eq!(screen.question(), "Ask carol to chat? Enter again");
}

#[test]
fn notice_says_how_to_bring_the_line_back() {
    let mut screen = Screen::with_bob();
    screen.enter("/copy").types("h");
    assert_eq!(screen.notice(), "No text here to copy · ↑ brings back the line");
    screen.key("ctrl-u").enter("/copy").types("h");
    assert_eq!(screen.notice(), "No text here to copy · ↑ brings back the line");
}

#[test]
fn message_to_an_ended_chat_is_replaced_and_not_sent_later() {
    let mut saved = archive();
    saved.conversations.truncate(1);
    let mut screen = Screen::new(saved);
    screen.connect(false).receive("USERS/bob", "bob online").effects.clear();
    screen.enter("second try").answer("enter");
    assert_eq!(screen.composer(), "second try");
    screen.enter("/unread").effects.clear();
    screen.receive("alice_Control", &format!("{START} bob"));
    assert_eq!((screen.composer().as_str(), screen.published()), ("", vec![]));
    screen.key("up").key("up");
    assert_eq!(screen.composer(), "second try");
}

#[test]
fn line_that_papo_asks_about_is_replaced_by_the_next_one() {
    let mut screen = Screen::with_bob();
    screen.enter(":wq").types("hello").key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice hello"]);
}

#[test]
fn slash_in_a_list_replaces_a_held_line() {
    let mut screen = Screen::with_bob();
    screen.enter("/qiut").key("alt-u").types("/mute").key("enter");
    assert_eq!((screen.composer().as_str(), screen.notice()), ("", "Muted; no message will notify you here"));
}

#[test]
fn held_line_stays_held_wherever_the_user_goes() {
    let ways: [&[&str]; 6] = [
        &["alt-2", "alt-1"],
        &["alt-u", "down", "alt-c"],
        &["alt-k", "esc"],
        &["f1", "esc"],
        &["alt-2", "alt-u", "alt-1"],
        &["alt-z", "ctrl-g"],
    ];
    for keys in ways {
        let mut screen = two_chats();
        screen.enter("/nosuch");
        for key in keys {
            screen.key(key).pause();
        }
        assert_eq!(screen.composer(), "/nosuch", "{keys:?}");
        screen.types("hello").key("enter");
        assert_eq!(screen.published(), ["bob_alice_1 alice hello"], "{keys:?}");
        screen.key("up").key("up");
        assert_eq!(screen.composer(), "/nosuch", "{keys:?}");
    }
}

#[test]
fn held_line_is_replaced_by_a_command_after_another_chat() {
    let mut screen = two_chats();
    screen.enter("/nosuch").key("alt-2").key("alt-1").types("/mute").key("enter");
    assert_eq!((screen.notice(), screen.composer().as_str()), ("Muted; no message will notify you here", ""));
    let mut screen = two_chats();
    screen.enter("/nosuch").key("alt-2").key("alt-1").key("alt-right");
    assert_eq!(screen.active_chat(), "carol", "it is passed by like a draft");
}

#[test]
fn edited_line_is_held_no_more_after_another_chat() {
    let mut screen = two_chats();
    screen.enter("/qiut").key("backspace").key("alt-2").key("alt-1").types("t");
    assert_eq!(screen.composer(), "/qiut");
}

#[test]
fn slash_on_an_untouched_draft_begins_a_command_beside_it() {
    let mut screen = two_chats();
    screen.key("alt-2").types("draft for carol").key("alt-1").enter("/go carol").types("/mute").key("enter");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("carol", "draft for carol"));
    assert_eq!((screen.notice(), screen.published()), ("Muted; no message will notify you here", vec![]));
    screen.types("/unmute").key("enter").types(" and more").key("enter");
    assert_eq!(screen.published(), ["carol_alice_2 alice draft for carol and more"]);
    screen.effects.clear();
    screen.types("either").types("/or").key("enter");
    assert_eq!(screen.published(), ["carol_alice_2 alice either/or"]);
}

#[test]
fn slash_replaces_a_draft_that_enter_refused() {
    let mut screen = two_chats();
    screen
        .key("alt-2")
        .types("/qiut")
        .key("alt-1")
        .key("alt-2")
        .pause()
        .wait(1000)
        .key("enter")
        .types("/mute")
        .key("enter");
    assert_eq!((screen.composer().as_str(), screen.notice()), ("", "Muted; no message will notify you here"));
}

#[test]
fn message_with_a_slash_leaves_an_untouched_draft() {
    let mut screen = two_chats();
    screen.key("alt-2").types("draft").key("alt-1").key("alt-2").types("//etc").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("draft", vec!["carol_alice_2 alice /etc".into()]));
}

#[test]
fn keys_of_the_tabs_edit_while_the_user_writes() {
    let mut screen = two_chats();
    screen.enter("hello").types("half a thought");
    for (key, text) in [("ctrl-p", "hello"), ("ctrl-n", "half a thought"), ("ctrl-left", "half a thought")] {
        screen.key(key);
        assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", text), "{key}");
    }
    screen.types("deep ");
    assert_eq!(screen.composer(), "half a deep thought");
}

#[test]
fn line_after_one_that_was_left_with_a_key_of_the_tabs_asks_once() {
    for keys in [&["alt-left"][..], &["alt-right"], &["alt-left", "alt-left", "alt-left"]] {
        let mut screen = two_chats();
        screen.types("half a thought");
        for key in keys {
            screen.key(key);
        }
        assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("carol", ""), "{keys:?}");
        screen.types("deep ").key("enter");
        assert_eq!(screen.question(), "Send to carol? Your line to bob is not sent yet. Enter sends");
        assert_eq!(screen.published(), [""; 0]);
        screen.answer("enter");
        assert_eq!(screen.published(), ["carol_alice_2 alice deep "]);
        screen.effects.clear();
        screen.key("alt-left").types("!").key("alt-left").types("ok").key("enter");
        assert_eq!(screen.published(), ["carol_alice_2 alice ok"], "the user knows the keys");
    }
}

#[test]
fn line_that_was_left_and_then_deleted_asks_nothing() {
    let mut screen = two_chats();
    screen.types("abc").key("alt-right").key("alt-left").key("ctrl-u").key("alt-right").types("hi").key("enter");
    assert_eq!((screen.question(), screen.published()), ("", vec!["carol_alice_2 alice hi".to_owned()]));
}

#[test]
fn line_in_a_chat_that_was_chosen_in_another_way_asks_nothing() {
    let mut screen = two_chats();
    screen.types("half a thought").key("alt-left");
    assert_eq!(screen.notice(), "Your line stays in the chat bob; Ctrl-← and Ctrl-→ move by a word");
    screen.key("alt-1").key("alt-2").types("hello").key("enter");
    assert_eq!(screen.published(), ["carol_alice_2 alice hello"]);
    screen.effects.clear();
    screen.types("more").key("alt-left").key("enter");
    assert_eq!(screen.question(), "Send to bob? Your line to carol is not sent yet. Enter sends");
    screen.key("esc").key("alt-left").key("enter");
    assert_eq!(screen.published(), ["carol_alice_2 alice more"], "back in the chat of the line");
}

#[test]
fn keys_of_the_tabs_pass_by_an_untouched_draft() {
    let mut screen = two_chats();
    screen.types("draft").key("alt-2").key("alt-left");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "draft"));
    screen.key("alt-right");
    assert_eq!(screen.active_chat(), "carol");
}

#[test]
fn keys_of_the_sent_lines_never_change_the_chat() {
    let mut screen = two_chats();
    for (key, text) in [("ctrl-p", ""), ("ctrl-n", "")] {
        screen.key(key);
        assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", text), "{key}: no sent line");
    }
    screen.enter("first").enter("second").key("ctrl-p").key("ctrl-p");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "first"));
    screen.key("ctrl-n").key("ctrl-n");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", ""));
    screen.types("draft").key("alt-2").key("alt-1").key("ctrl-p");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "second"), "an untouched draft");
    screen.key("ctrl-n");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "draft"));
}

#[test]
fn keys_of_the_sent_lines_move_in_lists() {
    let mut screen = two_chats();
    screen.receive("USERS/dave", "dave online").receive("USERS/eve", "eve online").key("alt-u").key("home");
    let selected = |screen: &Screen| screen.model.users.selected(&screen.model.peer).unwrap().to_string();
    let first = selected(&screen);
    screen.key("ctrl-n");
    let second = selected(&screen);
    screen.key("ctrl-p");
    assert_eq!((screen.active_chat().as_str(), selected(&screen)), ("bob", first.clone()));
    assert_ne!(first, second);
}

#[test]
fn tab_goes_from_an_untouched_draft_to_the_panes() {
    let mut screen = two_chats();
    screen.types("draft").key("alt-2").key("alt-1").key("tab");
    assert_eq!((screen.model.focus, screen.notice(), screen.composer().as_str()), (Pane::Users, "", "draft"));
    screen.key("alt-c").update(Message::Key(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)));
    assert_eq!((screen.model.focus, screen.notice(), screen.composer().as_str()), (Pane::Inbox, "", "draft"));
    let mut screen = two_chats();
    screen.types("/unmu").key("alt-2").key("alt-1").key("backspace").key("tab");
    assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Chat, "/unmute"));
}

#[test]
fn search_without_a_match_leaves_the_line_as_it_was() {
    let mut screen = Screen::with_bob();
    screen.enter("the pump runs").types("half a thought").key("ctrl-r").types("pumps");
    assert_eq!(screen.composer(), "half a thought");
    screen.key("enter");
    assert_eq!(
        (screen.composer().as_str(), screen.model.chats.composer().search().is_none()),
        ("half a thought", true)
    );
    screen.key("ctrl-r").types("pumpx").key("backspace").key("ctrl-r").key("enter");
    assert_eq!(screen.composer(), "the pump runs", "it is the oldest match");
}

#[test]
fn search_for_sent_lines_finds_those_of_other_chats_and_held_ones() {
    let mut screen = two_chats();
    screen.enter("the pump runs").enter("/qiut pump").types("x").key("ctrl-u").key("alt-2");
    screen.key("ctrl-r").types("pump");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("carol", "/qiut pump"));
    screen.key("ctrl-r").key("enter");
    assert_eq!(screen.composer(), "the pump runs");
    screen.key("ctrl-e").key("ctrl-u").key("up");
    assert_eq!(screen.composer(), "", "the lines of this chat are other ones");
}

#[test]
fn command_after_a_colon_is_not_sent_at_once() {
    let mut screen = Screen::with_bob();
    screen.enter(":msg carol he is a fool");
    let asked = "Send :msg … to bob as a message? Enter again (commands begin with /)";
    assert_eq!((screen.question(), screen.published()), (asked, vec![]));
    screen.key("esc").key("ctrl-u").enter("gt").enter(":smile:").enter(":D great");
    assert_eq!(screen.published().len(), 3);
    screen.model.keymap = Keymap::named(KeymapName::Vim);
    screen.effects.clear();
    screen.enter("gt");
    assert_eq!((screen.question().is_empty(), screen.published()), (false, vec![]));
}

#[test]
fn esc_closes_the_notice_and_does_what_it_always_does() {
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob hello").enter("/copy").key("alt-up").key("y");
    assert_eq!((screen.notice().is_empty(), screen.model.chats.chosen().is_some()), (false, true));
    screen.key("esc");
    assert_eq!((screen.notice(), screen.model.chats.chosen()), ("", None));
}

fn found(screen: &mut Screen, hits: Vec<Hit>, end: Option<SearchEnd>) {
    let number = screen.effects.iter().rev().find_map(|effect| match effect {
        Effect::Lookup(HistoryLookup::Search { number, .. }) => Some(*number),
        _ => None,
    });
    screen.update(Message::Found { number: number.unwrap(), found: SearchProgress { hits, end } });
}

#[test]
fn enter_right_after_the_words_opens_the_first_hit_when_it_arrives() {
    let mut screen = with_archive();
    screen.key("ctrl-f").types("pump").key("enter");
    assert!(screen.model.overlay.is_some());
    found(&mut screen, vec![hit("bob", 7), hit("bob", 3)], Some(SearchEnd::Complete));
    assert_eq!((screen.model.overlay.is_none(), screen.model.chats.chosen()), (true, Some(7)));
    // Other words take the wish back.
    screen.key("alt-s").types("valve").key("enter").types("s");
    found(&mut screen, vec![hit("bob", 5)], None);
    assert!(screen.model.overlay.is_some());
}

#[test]
fn words_of_the_last_search_are_replaced_by_typing() {
    let mut screen = Screen::with_bob();
    screen.key("ctrl-f").types("pump").key("esc").key("ctrl-f").types("valve");
    assert_eq!(screen.model.search.text, "valve");
    screen.key("esc").key("ctrl-f").key("backspace");
    assert_eq!(screen.model.search.text, "valv");
    screen.key("esc").enter("/search pump").types("s");
    assert_eq!(screen.model.search.text, "pumps", "these words are new");
}

#[test]
fn line_typed_after_a_deleted_command_never_joins_the_draft() {
    for keys in [&["ctrl-u"][..], &["ctrl-c"], &["ctrl-w", "backspace"], &["backspace", "backspace", "backspace"]] {
        let mut screen = two_chats();
        screen.types("abc").key("alt-2").key("alt-1").types("/he");
        for key in keys {
            screen.key(key);
        }
        assert_eq!(screen.composer(), "", "{keys:?}");
        screen.types("hi all").key("enter");
        assert_eq!((screen.composer().as_str(), screen.published()), ("abc", vec!["bob_alice_1 alice hi all".into()]));
    }
    let mut screen = two_chats();
    screen.types("one two").key("alt-u").types("four five").key("ctrl-u").types("hello there").key("enter");
    assert_eq!(screen.composer(), "one two");
    assert_eq!(screen.published(), ["bob_alice_1 alice hello there"]);
    for key in ["esc", "enter", "ctrl-c"] {
        let mut screen = two_chats();
        screen.types("abc").key("alt-2").key("alt-1").types("/he").key("ctrl-u").key(key);
        assert_eq!((screen.composer().as_str(), screen.published(), screen.question()), ("abc", vec![], ""), "{key}");
    }
}

#[test]
fn text_before_a_sent_line_is_not_lost_by_ctrl_c() {
    let mut screen = two_chats();
    screen.enter("hello").types("half a thought").key("up");
    assert_eq!(screen.composer(), "hello");
    screen.key("ctrl-c").key("up").key("up");
    assert_eq!(screen.composer(), "half a thought");
}
