//! Text that is typed into the field of a prompt, of the palette or of a search, but is meant for a chat.

use papo::domain::KeymapName;

use super::*;

const KEPT: &str = "What you typed is kept: ↑ in the composer brings it back";

/// Alice has chats with bob and of #devs; bob's is in front. Carol is online.
fn screen() -> Screen {
    let mut screen = Screen::new(bob_and_devs());
    screen.connect(true).receive("USERS/bob", "bob online").receive("USERS/carol", "carol online").key("alt-1");
    screen.effects.clear();
    screen
}

fn press(screen: &mut Screen, keys: &[&str]) {
    for key in keys {
        screen.key(key).pause();
    }
}

/// Keys that open each overlay with a field.
const FIELDS: [&[&str]; 10] = [
    &["ctrl-k"],
    &["alt-k"],
    &["ctrl-f"],
    &["alt-s"],
    &["alt-t"],
    &["f1"],
    &["alt-u", "t"],
    &["alt-u", "end", "i"],
    &["alt-g", "n"],
    &["alt-g", "home", "i"],
];

#[test]
fn sentence_in_a_field_is_kept_when_its_overlay_closes() {
    for keys in FIELDS {
        let mut screen = screen();
        press(&mut screen, keys);
        assert!(screen.model.overlay.is_some(), "{keys:?}");
        screen.types("wait for me, bob").pause().key("enter");
        let is_open = screen.model.overlay.is_some();
        assert!(is_open || keys == ["f1"], "{keys:?}: Enter finds nothing");
        if is_open {
            screen.pause().key("esc");
        }
        assert_eq!(
            (screen.model.overlay.is_none(), screen.notice(), screen.published()),
            (true, KEPT, vec![]),
            "{keys:?}"
        );
        assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", ""), "{keys:?}");
        screen.key("alt-c").key("up");
        assert_eq!(screen.composer(), "wait for me, bob", "{keys:?}");
        screen.key("enter");
        assert_eq!(screen.published(), ["bob_alice_1 alice wait for me, bob"], "{keys:?}");
    }
}

#[test]
fn sentence_in_the_palette_is_kept_when_its_key_closes_it() {
    for (open, close) in [("alt-k", "alt-k"), ("alt-t", "alt-t")] {
        let mut screen = screen();
        screen.key(open).types("wait for me").key(close);
        assert_eq!((screen.model.overlay.is_none(), screen.notice()), (true, KEPT), "{open}");
    }
}

#[test]
fn text_that_is_used_or_no_sentence_is_not_kept() {
    let cases: [(&[&str], &str, &str); 12] = [
        (&["ctrl-k"], "hide or show", "enter"),
        (&["ctrl-k"], "hide or show", "esc"),
        (&["ctrl-k"], "qwxzt", "esc"),
        (&["f1"], "alt-k go", "esc"),
        (&["f1"], "empty composer", "esc"),
        (&["f1"], "your wb", "esc"),
        (&["f1"], "settings light", "esc"),
        (&["f1"], "commands query", "esc"),
        (&["ctrl-f"], "pump", "esc"),
        (&["alt-g", "n"], "ops", "enter"),
        (&["alt-g", "n"], "!", "esc"),
        (&["alt-g", "n"], "", "esc"),
    ];
    for (keys, text, end) in cases {
        let mut screen = screen();
        screen.model.aliases.insert("wb".to_owned(), "msg".to_owned());
        press(&mut screen, keys);
        screen.types(text).pause().key(end);
        assert_ne!(screen.notice(), KEPT, "{keys:?} {text:?}");
        screen.key("esc").key("alt-c").key("up");
        assert_eq!(screen.composer(), "", "{keys:?} {text:?}");
    }
}

#[test]
fn help_finds_commands_of_vim_only_with_its_keys() {
    for (name, is_kept) in [(KeymapName::Default, true), (KeymapName::Vim, false)] {
        let mut screen = screen();
        screen.model.keymap = Keymap::named(name);
        screen.key("f1").types(":n :next").pause().key("esc");
        assert_eq!(screen.notice() == KEPT, is_kept, "{name:?}");
    }
}

#[test]
fn words_of_an_earlier_search_are_not_kept_again() {
    let mut screen = screen();
    screen.key("ctrl-f").types("pump room").key("esc").wait(20_000).key("ctrl-f").key("esc");
    assert_eq!(screen.notice(), "");
    screen.enter("/search pump room").wait(20_000).key("esc");
    assert_eq!(screen.notice(), "");
}

#[test]
fn draft_and_held_line_stay_when_a_sentence_is_kept() {
    let mut screen = screen();
    screen.types("half a thought").key("alt-k").types("wait for me").key("esc");
    assert_eq!((screen.composer().as_str(), screen.notice()), ("half a thought", KEPT));
    screen.key("up");
    assert_eq!(screen.composer(), "wait for me");
    screen.key("down");
    assert_eq!(screen.composer(), "half a thought");
    screen.key("ctrl-u").enter("/nosuch").key("alt-k").types("wait for me").key("esc").types("hello").key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice hello"]);
}

#[test]
fn letters_and_enter_in_the_palette_do_nothing_unseen() {
    for text in ["hi", "ok", "yes", "lists", "end", "mute"] {
        let mut screen = screen();
        let hidden = screen.model.ui.hide.clone();
        screen.key("ctrl-k").types(text).key("enter");
        assert!(matches!(screen.model.overlay, Some(Overlay::Palette(_))), "{text}");
        // Each Enter that comes too early starts the time again.
        for _ in 0..5 {
            screen.advance_clock(Duration::from_millis(300)).key("enter");
        }
        let mut held = key("enter");
        held.kind = crossterm::event::KeyEventKind::Repeat;
        screen.pause().update(Message::Key(held));
        assert!(matches!(screen.model.overlay, Some(Overlay::Palette(_))), "{text}");
        assert_eq!((screen.composer().as_str(), &screen.model.ui.hide, screen.published()), ("", &hidden, vec![]));
    }
}

#[test]
fn entry_of_the_palette_opens_once_it_has_been_seen() {
    let mut screen = screen();
    screen.key("ctrl-k").types("hide or show").key("enter").pause().key("enter");
    assert_eq!((screen.model.overlay.is_none(), screen.model.ui.hide.len()), (true, 3));
}

#[test]
fn name_and_enter_in_the_palette_go_to_the_chat_at_once() {
    for (text, chat) in [("devs", "#devs"), ("#de", "#devs"), ("DEV", "#devs"), ("bob", "bob"), ("", "bob")] {
        let mut screen = screen();
        screen.key("ctrl-k").types(text).key("enter");
        assert_eq!((screen.model.overlay.is_none(), screen.active_chat().as_str()), (true, chat), "{text}");
    }
    let mut screen = screen();
    screen.key("ctrl-k").types("carol").key("enter");
    assert_eq!(screen.question(), "Ask carol to chat? Enter again");
}

/// The first entry of the palette.
fn first_entry(screen: &Screen) -> String {
    let Some(Overlay::Palette(palette)) = &screen.model.overlay else { panic!("the palette is not open") };
    palette.entries.first().map_or_else(String::new, |entry| entry.name(&screen.model.language))
}

#[test]
fn palette_finds_commands_by_their_aliases() {
    for (text, entry) in [
        ("/part", "/leave [GROUP]"),
        ("/names", "/members [GROUP]"),
        ("/win", "/go [N|NAME]"),
        ("/query", "/chat [NAME] [TEXT]"),
        ("/ignore", "/block [ID]"),
        ("/ex", "/export [jsonl|markdown|text] [FILE]"),
        ("part", "/leave [GROUP]"),
        ("nicklist", "/members [GROUP]"),
    ] {
        let mut screen = screen();
        screen.key("ctrl-k").types(text);
        assert_eq!(first_entry(&screen), entry, "{text}");
    }
    let mut screen = screen();
    screen.key("ctrl-k").types("/names").pause().key("enter");
    let level = screen.model.notifications.level(&screen.model.peer, &"bob".parse().unwrap());
    assert_eq!(level, papo::domain::NotifyLevel::All);
}

#[test]
fn palette_lists_only_commands_after_a_slash() {
    let mut screen = screen();
    screen.key("ctrl-k").types("/b");
    let Some(Overlay::Palette(palette)) = &screen.model.overlay else { panic!("the palette is not open") };
    assert!(palette.entries.iter().all(|entry| matches!(entry, papo::app::PaletteEntry::Command(..))));
}

#[test]
fn palette_runs_only_a_command_whose_name_was_begun() {
    for (text, line) in [("xport", "/export "), ("/otfy", "/notify "), ("/xprt", "/export "), ("/kick", "/kick ")] {
        let mut screen = screen();
        screen.key("ctrl-k").types(text).pause().key("enter");
        assert_eq!((screen.model.overlay.is_none(), screen.composer().as_str()), (true, line), "{text}");
        assert_eq!((screen.notice(), screen.count_operations(|_| true)), ("", 0), "{text}");
    }
    for text in ["/mute", "mute", "/mu"] {
        let mut screen = screen();
        screen.key("ctrl-k").types(text).pause().key("enter");
        assert_eq!((screen.model.overlay.is_none(), screen.composer().as_str()), (true, ""), "{text}");
        assert_ne!(screen.notice(), "", "{text}");
    }
}
