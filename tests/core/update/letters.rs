//! Sentences that begin with letters and digits that are keys arrive whole, or are kept.

use super::{
    run_on::{waiting, with_devs, with_requests},
    *,
};

#[test]
fn sentence_that_begins_with_keys_that_move_arrives_whole() {
    for (list, place) in [
        ("alt-u", "the list of users"),
        ("alt-g", "the list of groups"),
        ("alt-i", "the inbox"),
        ("alt-up", "the selected message"),
    ] {
        for text in [
            "3 pm works",
            "12 pumps",
            "2nd pump",
            "4pm",
            "3d ago",
            "10 pumps",
            "11 am",
            "44 of them",
            "33a is mine",
            "1 2 3",
            "k2 is high",
            "2g of it",
            "3h left",
            "hold on",
            "can you",
            "why not",
            "how many",
            "call me",
            "eel, please",
            "aardvark",
            "2",
        ] {
            let mut screen = with_requests();
            screen
                .receive("bob_alice_1", "bob one")
                .key("alt-i")
                .key("c")
                .wait(2_000)
                .key("alt-c")
                .key(list)
                .wait(2_000);
            let view = screen.model.inbox.view;
            screen.types(text);
            if text == "2" {
                // Alone, it is a key.
                assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Groups, ""), "{list}");
                continue;
            }
            screen.key("enter");
            assert_eq!((screen.composer().as_str(), screen.published()), (text, vec![]), "{list}");
            assert_eq!(screen.model.inbox.view, view, "{list} {text}");
            let asked = format!("Send to bob? You typed this while {place} had the keys. Enter sends");
            assert_eq!((screen.question(), screen.model.focus), (asked.as_str(), Pane::Chat), "{text}");
            screen.answer("enter");
            assert_eq!(screen.published(), [format!("bob_alice_1 alice {text}")]);
        }
    }
}

#[test]
fn notice_about_a_text_in_the_composer_follows_any_letter() {
    for (text, keys) in [("zebra", "alt-u"), ("right", "alt-u"), ("3 zebras", "alt-g"), ("boy", "alt-i")] {
        let mut screen = with_requests();
        screen.key(keys).types(text);
        assert!(screen.notice().starts_with("What you typed is in the composer; "), "{text}: {}", screen.notice());
    }
}

#[test]
fn digit_and_another_key_are_keys_without_a_pause() {
    let mut screen = with_requests();
    screen.key("alt-u").types("3j").pause().key("a");
    assert_eq!(screen.question(), "Accept: frank wants to chat? Enter again");
    screen.key("esc").key("alt-u").wait(2_000).types("3a").answer("enter");
    assert_eq!(waiting(&screen), ["eve", "grace"], "the second request is selected");
    // Esc in between: what follows is no sentence with the digit.
    let mut screen = with_requests();
    screen.key("alt-u").types("1").key("down").types("zebra");
    assert_eq!(screen.composer(), "zebra");
}

#[test]
fn view_of_the_inbox_stays_changed_by_its_key() {
    let mut screen = with_requests();
    screen.key("alt-i").types("h").pause().key("esc").types("hello");
    assert_eq!((screen.model.inbox.view, screen.composer().as_str()), (InboxView::History, "hello"));
}

#[test]
fn text_ignored_in_an_overlay_is_among_the_sent_lines_once() {
    // Ended by Enter, or by the pause.
    for ends in [["enter", "esc"], ["esc", "pgdn"]] {
        for opens in [["alt-g", "m"], ["alt-l", "pgdn"], ["f10", "pgdn"]] {
            let mut screen = with_devs();
            screen.types("draft").key(opens[0]).key(opens[1]).wait(2_000).types("to be sure");
            assert!(screen.notice().starts_with("Ignored “to be sure”, typed while the window had the keys"));
            screen.key(ends[0]).wait(2_000).key(ends[1]).key("alt-c");
            assert_eq!(screen.composer(), "draft");
            screen.key("up");
            assert_eq!(screen.composer(), "to be sure", "{opens:?} {ends:?}");
            // There is no older line.
            screen.key("up").key("down");
            assert_eq!((screen.composer().as_str(), screen.published()), ("draft", vec![]));
        }
    }
    let mut screen = with_devs();
    screen.key("alt-l").wait(2_000).types("one two").key("enter").types("three").wait(2_000).key("q");
    screen.wait(2_000).key("esc").key("up");
    assert_eq!(screen.composer(), "three", "a single letter is no text");
    screen.key("up");
    assert_eq!(screen.composer(), "one two");
}
