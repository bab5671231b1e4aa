//! The keys of vim: what is typed in normal mode never becomes text.

use papo::domain::KeymapName;

use super::*;

/// Chats with bob, who has written three messages, with carol and with `#devs`, and the keys of vim.
fn with_chats() -> Screen {
    let mut saved = bob_and_devs();
    saved.conversations.push(Conversation::new("carol_alice_1".parse().unwrap(), Timestamp::from_millis(1)));
    let mut screen = Screen::new(saved);
    screen.model.keymap = Keymap::named(KeymapName::Vim);
    screen.connect(false).key("alt-c");
    for text in ["one", "two", "three"] {
        screen.receive("bob_alice_1", &format!("bob {text}"));
    }
    screen.enter("/go bob").effects.clear();
    screen
}

impl Screen {
    /// Presses letters that are keys in normal mode, and asserts that none of them became text, here or elsewhere.
    #[track_caller]
    fn is_normal(&mut self, what: &str) -> &mut Self {
        assert!(self.model.is_normal_mode(), "{what}");
        let before = self.composer();
        self.wait(2_000).types("jkggG").wait(2_000);
        assert_eq!((self.composer(), self.model.is_normal_mode()), (before, true), "{what}");
        self
    }
}

#[test]
fn letters_that_hints_teach_for_the_inbox_answer_requests_with_the_keys_of_vim() {
    let mut screen = with_chats();
    screen.wait(9_000).receive("alice_Control", "REQUEST eve").wait(60_000);
    screen.types("unfinished").key("alt-i").effects.clear();
    for (letter, question) in [
        ("a", "Accept: eve wants to chat? Enter again"),
        ("d", "Deny: eve wants to chat? Enter again"),
        ("A", ""),
        ("D", ""),
    ] {
        screen.update(Message::Drawn(layout(Scroll::Bottom))).wait(2_000).key(letter);
        assert_eq!((screen.model.focus, screen.question()), (Pane::Inbox, question), "{letter}");
        screen.wait(2_000);
        if !question.is_empty() {
            screen.key("esc");
        }
    }
    assert_eq!(screen.published(), Vec::<String>::new());
    screen.wait(2_000).key("a").answer("enter");
    assert_eq!((screen.model.peer.waiting_requests(), screen.active_chat().as_str()), (0, "bob"));
    screen.is_normal("accepted");
}

#[test]
fn only_i_leads_from_a_list_to_the_composer_with_the_keys_of_vim() {
    for pane in ["alt-u", "alt-g", "alt-i"] {
        for letter in ('!'..='~').filter(|letter| *letter != 'i') {
            let mut screen = with_chats();
            screen.types("draft").key(pane).wait(2_000).key(&letter.to_string());
            let is_command = letter == ':';
            assert!(is_command || screen.model.is_normal_mode(), "{pane} {letter}");
            assert!(is_command || screen.composer() == "draft", "{pane} {letter}");
        }
    }
}

#[test]
fn letters_of_normal_mode_do_not_go_elsewhere_with_the_keys_of_vim() {
    let mut screen = with_chats();
    screen.key("esc").is_normal("Esc");
    for letter in ["t", "T", "1", "4", "9", "d", "w", "p"] {
        screen.wait(2_000).key(letter);
        assert_eq!((screen.model.focus, screen.model.overlay.is_none()), (Pane::Chat, true), "{letter}");
        screen.is_normal(letter);
    }
    for letter in ["i", "a", "A", "o", "I", "O", "s"] {
        // The text may begin with the letter.
        let text = format!("{letter}hi");
        screen.wait(2_000).key("esc").key(letter).types(&text);
        assert_eq!(screen.composer(), text);
        screen.key("ctrl-u");
    }
}

#[test]
fn keys_that_clear_the_line_keep_the_draft_among_the_sent_lines() {
    for keys in ["S", "C", "cc"] {
        let mut screen = with_chats();
        screen.types("half a line").key("esc").wait(2_000).types(keys).types("Sure");
        assert_eq!((screen.composer().as_str(), screen.published()), ("Sure", vec![]), "{keys}");
        screen.key("ctrl-u").key("up");
        assert_eq!(screen.composer(), "half a line", "{keys}");
        // Without a draft, they only go to the composer.
        screen.key("ctrl-u").key("esc").wait(2_000).types(keys);
        assert_eq!((screen.composer().as_str(), screen.model.is_in_composer()), ("", true), "{keys}");
    }
    // c alone waits for another key, and does nothing.
    let mut screen = with_chats();
    screen.types("half").key("esc").wait(2_000).key("c").is_normal("c").types("c").wait(2_000).key("c");
    assert_eq!(screen.composer(), "half");
}

#[test]
fn doubled_keys_of_vim_copy_or_do_nothing() {
    let copies = |screen: &Screen| screen.effects.iter().filter(|it| matches!(it, Effect::Copy(_))).count();
    let mut screen = with_chats();
    screen.key("esc").wait(2_000).types("yy");
    assert_eq!((copies(&screen), screen.notice()), (1, "Copied, if your terminal supports it"));
    screen.wait(2_000).key("y").wait(350).key("y").wait(2_000);
    assert!(copies(&screen) <= 3);
    screen.is_normal("yy");
    for keys in ["ZZ", "gT"] {
        let mut screen = with_chats();
        screen.types("draft").key("esc").wait(2_000).types(keys);
        assert!(!screen.notice().contains("Ignored"), "{keys}: {}", screen.notice());
        screen.is_normal(keys).key("i");
        assert_eq!((screen.composer().as_str(), screen.question()), ("draft", ""), "{keys}");
        screen.key("up");
        assert_eq!(screen.composer(), "/go bob", "{keys}: they are no line");
    }
}

#[test]
fn sentence_in_normal_mode_is_ignored_and_kept() {
    let mut screen = with_chats();
    screen.types("draft").key("alt-u").wait(2_000).types("3 pumps").key("enter");
    let kept = "Ignored “3 pumps”, typed while the list of users had the keys; i goes to the composer, ↑ there brings \
                the text back";
    assert_eq!((screen.notice(), screen.model.focus, screen.published()), (kept, Pane::Users, vec![]));
    screen.wait(2_000).key("i").key("up");
    assert_eq!(screen.composer(), "3 pumps");
    // A key that goes to the composer ends the text.
    screen.key("ctrl-u").key("esc").wait(2_000).types("what").key("ctrl-u").key("up");
    assert_eq!(screen.composer(), "wh");
}

#[test]
fn rest_of_a_sentence_in_normal_mode_asks_before_it_is_sent() {
    let mut screen = with_chats();
    screen.key("esc").wait(2_000).types("what now").key("enter");
    let question = "Send to bob? You typed this while the selected message had the keys. Enter sends";
    assert_eq!((screen.question(), screen.published()), (question, vec![]));
    let mut screen = with_chats();
    screen.types("abc").key("esc").wait(2_000).types("what now").key("enter");
    assert_eq!((screen.question(), screen.published(), screen.composer().as_str()), (question, vec![], "abct now"));
    let mut screen = with_chats();
    screen.key("alt-u").wait(2_000).types("hi there").key("enter");
    let question = "Send to bob? You typed this while the list of users had the keys. Enter sends";
    assert_eq!((screen.question(), screen.published(), screen.composer().as_str()), (question, vec![], " there"));
    for (start, pause) in [("", 0), ("dd", 0), ("x", 300), ("when", 2_000)] {
        let mut screen = with_chats();
        screen.key("esc").wait(2_000).types(start).wait(pause).types("i").wait(pause).types("meant").key("enter");
        assert_eq!(
            (screen.question(), screen.published().pop().unwrap().as_str()),
            ("", "bob_alice_1 alice meant"),
            "{start}"
        );
    }
}

#[test]
fn commands_and_changes_of_the_chat_end_in_normal_mode() {
    for keys in ["alt-2", "alt-right", "alt-left", "ctrl-pgdn", "ctrl-pgup", "alt-w"] {
        let mut screen = with_chats();
        screen.key("esc").key(keys);
        assert_ne!(screen.active_chat(), "bob", "{keys}");
        screen.is_normal(keys);
    }
    for (line, chat) in [("b carol", "carol"), ("go 2", "carol"), ("mute", "bob"), ("nonsense", "bob"), ("2", "carol")]
    {
        let mut screen = with_chats();
        screen.types("draft").key("esc").key(":").types(line).key("enter");
        assert_eq!(screen.active_chat(), chat, "{line}");
        screen.is_normal(line).key("i");
        assert_eq!(screen.composer(), if chat == "bob" { "draft" } else { "" }, "{line}");
        assert!(screen.published().iter().all(|line| line.starts_with("GROUPS/")), "{line}");
    }
    let mut screen = with_chats();
    screen.key("esc").key(":").types("bd").key("enter").is_normal("bd");
    // In insert mode, papo stays there.
    let mut screen = with_chats();
    screen.key("alt-2").types("hi");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("carol", "hi"));
    screen.key("ctrl-u").enter("/mute").types("hi");
    assert_eq!(screen.composer(), "hi");
}

#[test]
fn reply_that_a_command_begins_is_in_insert_mode() {
    let mut screen = with_chats();
    screen.key("esc").key(":").types("reply").key("enter").types("fine");
    assert_eq!(screen.composer().trim_start_matches("> three\n"), "fine");
}

#[test]
fn escape_cancels_a_command_and_returns_to_where_it_began() {
    let mut screen = with_chats();
    screen.types("draft").key("esc").key("k").key(":").types("b ca").key("esc");
    assert_eq!((screen.composer().as_str(), screen.model.chats.chosen()), ("draft", Some(1)));
    screen.is_normal("Esc with a draft");
    // The command is deleted, slash and all.
    screen.key(":").types("x").key("backspace").key("backspace").is_normal("deleted");
    screen.key(":").types("x").key("ctrl-c").is_normal("Ctrl-C");
    screen.key("/").types("words").key("esc").is_normal("search");
    screen.key("alt-u").key(":").types("b ca").key("esc");
    assert_eq!((screen.composer().as_str(), screen.model.focus), ("draft", Pane::Users));
    screen.key("esc").is_normal("Esc in a list");
    assert_eq!(screen.model.focus, Pane::Chat);
    // A click or a key that goes elsewhere leaves nothing of the command, either.
    screen.key(":").types("b ca").key("alt-2").is_normal("left").key("alt-1");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "draft"));
}

#[test]
fn chat_without_messages_has_a_normal_mode_too() {
    let mut screen = with_chats();
    screen.key("alt-3").types("draft").key("esc").is_normal("Esc").key("K").key("esc").is_normal("K");
    screen.receive("groups/devs/messages", "bob hello").is_normal("first message").key("i").types("!");
    assert_eq!(screen.composer(), "draft!");
    // Without any chat, the list of users has the keys.
    let mut screen = Screen::new(Saved::default());
    screen.model.keymap = Keymap::named(KeymapName::Vim);
    screen.key("alt-c").key("esc").is_normal("no chat");
    assert_eq!(screen.model.focus, Pane::Users);
}

#[test]
fn commands_of_vim_do_what_they_do_in_vim_after_a_colon() {
    let mut screen = with_chats();
    for (line, chat) in [("n", "carol"), ("N", "bob"), ("n", "carol"), ("prev", "bob"), ("2", "carol"), ("1", "bob")] {
        screen.wait(2_000).key("esc").key(":").types(line).key("enter");
        assert_eq!(screen.active_chat(), chat, "{line}");
    }
    screen.key(":").types("w").key("enter");
    assert_eq!(screen.notice(), "Nothing to write: papo saves by itself");
    screen.key(":").types("noh").key("enter").is_normal("noh");
    for left in [2, 1] {
        screen.wait(2_000).key(":").types("q").key("enter");
        assert_eq!((screen.model.chats.tabs().len(), screen.question()), (left, ""));
        screen.is_normal("q");
    }
    screen.key(":").types("q").key("enter");
    assert_eq!((screen.model.chats.tabs().len(), screen.question().is_empty()), (1, false));
    screen.key("esc").is_normal("the last one asks");
    // In insert mode, these are the commands of papo.
    screen.key("i").types("/n").key("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Members(_))));
}

#[test]
fn dd_moves_the_draft_to_the_history_with_the_keys_of_vim() {
    let mut screen = with_chats();
    screen.types("half a thought").key("esc").wait(2_000).types("dd");
    assert_eq!((screen.composer().as_str(), screen.published()), ("", vec![]));
    screen.is_normal("dd").wait(2_000).key("i").key("up");
    assert_eq!(screen.composer(), "half a thought");
}

#[test]
fn lines_and_keys_of_vim_are_sent_only_by_a_second_enter() {
    for line in [":2", ":!ls", ":p", ":s/a/b", "gg", "G", "cc", "S", "ciw"] {
        let mut screen = with_chats();
        screen.types(line).key("enter").key("enter");
        let asked = format!("Send {line} to bob as a message? Enter again (commands begin with /)");
        assert_eq!((screen.question(), screen.published()), (asked.as_str(), vec![]), "{line}");
    }
}

#[test]
fn escape_and_a_letter_that_arrive_as_one_key_are_two() {
    let mut screen = with_chats();
    screen.types("half").key("alt-:").types("go carol").key("enter");
    assert_eq!(screen.active_chat(), "carol");
    screen.key("alt-1").key("alt-j");
    assert_eq!((screen.composer().as_str(), screen.model.is_normal_mode()), ("half", true));
}

#[test]
fn q_after_a_colon_leaves_only_the_window_or_the_list() {
    for open in [":members", ":names", ":rooms", ":users"] {
        let mut screen = with_chats();
        screen.key("alt-3").key("esc").wait(2_000).types(open).key("enter").wait(2_000);
        let tabs = screen.model.chats.tabs().len();
        screen.types(":q").key("enter");
        assert_eq!((screen.model.chats.tabs().len(), screen.active_chat().as_str()), (tabs, "#devs"), "{open}");
        assert_eq!((screen.model.overlay.is_none(), screen.model.is_normal_mode()), (true, true), "{open}");
        screen.wait(2_000).types(":q").key("enter");
        assert_eq!(screen.model.chats.tabs().len(), tabs - 1, "{open}: in the chat, it closes the tab");
    }
}

#[test]
fn reply_and_edit_after_a_colon_act_on_the_chosen_message() {
    let mut screen = with_chats();
    screen.key("esc").wait(2_000).types("kk").wait(2_000).types(":reply").key("enter").wait(1_000);
    assert_eq!(screen.composer(), "> one\n");
    let mut screen = with_chats();
    screen.enter("mine").enter("mine, too").key("esc").wait(2_000).types("Gk").wait(2_000).types(":edit").key("enter");
    assert_eq!((screen.composer().as_str(), screen.notice()), ("mine", ""));
}

#[test]
fn edit_after_a_colon_refuses_to_replace_a_draft() {
    let mut screen = with_chats();
    screen.enter("mine").types("my draft").key("esc").wait(2_000).types("G").wait(2_000).types(":edit").key("enter");
    assert_eq!(screen.notice(), "You are writing something there already; send it or clear it first");
    assert_eq!((screen.composer().as_str(), screen.model.is_normal_mode()), ("my draft", true));
}

#[test]
fn dd_in_a_reply_or_an_edit_ends_it_and_says_so() {
    let mut screen = with_chats();
    screen.key("esc").wait(2_000).types("G").wait(2_000).key("r").pause().types("half").key("esc").wait(2_000);
    screen.types("dd");
    assert_eq!(screen.notice(), "What you typed is kept: ↑ in the composer brings it back");
    screen.wait(2_000).key("i").wait(1_000).types("another").key("enter");
    assert_eq!(screen.published().pop().unwrap(), "bob_alice_1 alice another");
    let mut screen = with_chats();
    screen
        .enter("mine")
        .key("esc")
        .wait(2_000)
        .types("G")
        .wait(2_000)
        .key("e")
        .pause()
        .key("esc")
        .wait(2_000)
        .types("dd");
    assert!(screen.model.chats.active_tab().unwrap().compose_target.is_none());
    assert_eq!(screen.composer(), "");
}

#[test]
fn dd_ends_the_doubt_about_the_line() {
    let mut screen = with_chats();
    screen.receive("alice_Control", "REQUEST eve").receive("alice_Control", "REQUEST frank").wait(2_000);
    screen
        .key("alt-i")
        .key("a")
        .answer("enter")
        .wait(5_000)
        .types("half")
        .key("esc")
        .wait(2_000)
        .types("dd")
        .wait(2_000);
    screen.key("i").wait(1_000).types("k").key("enter");
    assert_eq!(screen.question(), "");
    assert!(screen.published().pop().unwrap().ends_with("alice k"), "{:?}", screen.published());
}
