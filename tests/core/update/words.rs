//! The words that users of other programs type: each does what it does there, or papo says that it has no such thing.

use papo::{
    app::{COMMANDS, MISSING, View},
    domain::{ChatId, User},
};

use super::*;

/// Words that `WeeChat`, irssi, iamb and siggy have, and the command of papo that does the same.
const WORDS: &[(&str, &str)] = &[
    ("/query bob", "/chat bob"),
    ("/q bob", "/chat bob"),
    ("/dm bob", "/chat bob"),
    ("/m bob", "/chat bob"),
    ("/m bob hello there", "/chat bob hello there"),
    ("/q @bob", "/chat bob"),
    ("/query carol", "/chat carol"),
    ("/query", "/chat"),
    ("/tell bob hello", "/msg bob hello"),
    ("/tabnew bob", "/chat bob"),
    ("/msg #devs hello", "/chat #devs hello"),
    ("/msg * hello", "/msg #devs hello"),
    ("/ask carol", "/request carol"),
    ("/invite accept", "/accept"),
    ("/invite reject", "/deny"),
    ("/reject", "/deny"),
    ("/decline", "/deny"),
    ("/cancel", "/withdraw"),
    ("/contacts", "/users"),
    ("/c", "/users"),
    ("/list", "/groups"),
    ("/group list", "/groups"),
    ("/rooms", "/groups"),
    ("/channels", "/groups"),
    ("/requests", "/inbox"),
    ("/who bob", "/whois bob"),
    ("/w bob", "/whois bob"),
    ("/info #devs", "/whois #devs"),
    ("/whowas bob", "/whois bob"),
    ("/names", "/members"),
    ("/names #devs", "/members #devs"),
    ("/n #devs", "/members #devs"),
    ("/nicks devs", "/members devs"),
    ("/nicklist", "/members"),
    ("/create ops", "/group new ops"),
    ("/new ops", "/group new ops"),
    ("/invite #devs carol", "/group invite #devs carol"),
    ("/invite carol", "/group invite carol"),
    ("/invite carol #devs", "/group invite #devs carol"),
    ("/invite carol devs", "/group invite #devs carol"),
    ("/invite devs carol", "/group invite #devs carol"),
    ("/invite send carol", "/group invite carol"),
    ("/kick #devs bob", "/group kick #devs bob"),
    ("/kick devs bob", "/group kick #devs bob"),
    ("/kick bob devs", "/group kick #devs bob"),
    ("/k bob", "/group kick bob"),
    ("/room kick bob", "/group kick bob"),
    ("/lead #devs bob", "/group lead #devs bob"),
    ("/claim #devs", "/group claim #devs"),
    ("/disband #devs", "/group disband #devs"),
    ("/j #devs", "/join #devs"),
    ("/JOIN #devs", "/join #devs"),
    ("/knock #devs", "/join #devs"),
    ("/part", "/leave"),
    ("/part #devs", "/leave #devs"),
    ("/p #devs", "/leave #devs"),
    ("/group leave #devs", "/leave #devs"),
    ("/ignore carol", "/block carol"),
    ("/unignore carol", "/unblock carol"),
    ("/wc", "/close"),
    ("/unquery", "/close"),
    ("/buffer close", "/close"),
    ("/buffer close 1", "/close 1"),
    ("/buffer close bob", "/close bob"),
    ("/window close", "/close"),
    ("/tabclose", "/close"),
    ("/bd", "/close"),
    ("/win 1", "/go 1"),
    ("/window 1", "/go 1"),
    ("/b 1", "/go 1"),
    ("/buffer bob", "/go bob"),
    ("/window goto 1", "/go 1"),
    ("/win goto bob", "/go bob"),
    ("/buffer goto #devs", "/go #devs"),
    ("/win last", "/go last"),
    ("/jump 1", "/go 1"),
    ("/vsplit bob", "/split bob"),
    ("/vs bob", "/split bob"),
    ("/sp bob", "/split bob"),
    ("/splitv", "/split"),
    ("/only", "/unsplit"),
    ("/win next", "/go +1"),
    ("/bn", "/go +1"),
    ("/tabn", "/go +1"),
    ("/bp", "/go -1"),
    ("/switch bob", "/go bob"),
    ("/goto 9", "/go 9"),
    ("/tab 2", "/go 2"),
    ("/talks", "/chats"),
    ("/window list", "/chats"),
    ("/buffer list", "/chats"),
    ("/dms", "/chats"),
    ("/ls", "/chats"),
    ("/unreads", "/unread"),
    ("/unreads clear", "/mark"),
    ("/read", "/mark"),
    ("/markread", "/mark"),
    ("/unmute", "/notify usual"),
    ("/buffer clear", "/clear"),
    ("/scrollback clear", "/clear"),
    ("/sb clear", "/clear"),
    ("/cls", "/clear"),
    ("/lastlog pump", "/search pump"),
    ("/grep pump", "/search pump"),
    ("/find pump", "/search pump"),
    ("/s pump", "/search pump"),
    ("/url", "/open"),
    ("/notices", "/log"),
    ("/retry", "/resend"),
    ("/hide all", "/hide"),
    ("/show all", "/show"),
    ("/config", "/settings"),
    ("/options", "/settings"),
    ("/fset", "/settings"),
    ("/set", "/settings"),
    ("/reset ui.theme", "/unset ui.theme"),
    ("/theme light", "/set ui.theme light"),
    ("/set ui.theme = light", "/set ui.theme light"),
    ("/set ui.theme=light", "/set ui.theme light"),
    ("/rehash", "/reload"),
    ("/h", "/help"),
    ("/man", "/help"),
    ("/?", "/help"),
    ("/commands", "/help"),
    ("/keybindings", "/help"),
    ("/about", "/welcome"),
    ("/exit", "/quit"),
    ("/quit see you tomorrow", "/quit"),
    ("/bye", "/quit"),
    ("/quitall", "/quit"),
    ("/qa", "/quit"),
];

/// Online, with the chats of bob and of #devs, which alice leads; bob is a member.
fn world() -> Screen {
    let carol = User::new("carol".parse().unwrap(), Timestamp::from_millis(1));
    let mut screen = Screen::new(Saved { users: vec![carol], ..bob_and_devs() });
    screen.connect(true);
    screen.model.configured.insert("ui.theme".to_owned(), "light".to_owned());
    screen.enter("/go #devs");
    screen.effects.clear();
    screen.model.notices.current = None;
    screen
}

/// Everything that a line changes.
fn outcome(line: &str) -> String {
    let mut screen = world();
    screen.enter(line);
    let model = &screen.model;
    let overlay = format!("{:?}", model.overlay);
    let active = model.chats.active_chat().map(ToString::to_string);
    // A rejected line stays in the composer.
    let is_rejected = !screen.composer().is_empty();
    format!(
        "{:?} {:?} {active:?} {overlay} {:?} {:?} {is_rejected}",
        screen.notice(),
        model.focus,
        screen.published(),
        screen.effects.iter().filter(|effect| !matches!(effect, Effect::Commit { .. })).collect::<Vec<_>>(),
    )
}

#[test]
fn user_may_be_named_as_in_a_mention() {
    let mut screen = Screen::with_bob();
    screen.receive("alice_Control", "REQUEST carl").enter("/accept @carl");
    assert!(screen.model.peer.waiting_requests() == 0, "{}", screen.notice());
    screen.key("alt-u").key("t").pause().types("@dave").key("enter");
    assert!(screen.model.overlay.is_none());
}

#[test]
fn words_of_other_programs_do_what_they_do_there() {
    for (typed, canonical) in WORDS {
        let outcome_of_word = outcome(typed);
        assert!(!outcome_of_word.contains("Unknown command"), "{typed}: {outcome_of_word}");
        assert_eq!(outcome_of_word, outcome(canonical), "{typed} is {canonical}");
    }
}

#[test]
fn every_alias_of_a_command_is_among_the_words() {
    let typed: Vec<String> = WORDS.iter().map(|(typed, _)| typed.trim_start_matches('/').to_owned()).collect();
    let other = ["preferences", "say"];
    for alias in COMMANDS.iter().flat_map(|command| command.aliases) {
        let is_typed = typed.iter().any(|line| line == alias || line.starts_with(&format!("{alias} ")));
        assert!(is_typed || other.contains(alias) || alias.starts_with("win"), "{alias}");
    }
}

#[test]
fn words_of_missing_features_say_so_and_name_the_nearest() {
    assert!(MISSING.iter().map(|missing| missing.words.len()).sum::<usize>() > 100);
    for missing in MISSING {
        for word in missing.words {
            let mut screen = world();
            screen.enter(&format!("/{word} something"));
            let notice = screen.notice().to_owned();
            assert!(notice.starts_with(&format!("No /{word}: ")), "{word}: {notice}");
            if let Some(nearest) = missing.nearest {
                assert!(notice.ends_with(&format!(" Nearest: {nearest}")), "{word}: {notice}");
            }
            assert!(screen.published().is_empty() && screen.composer() == format!("/{word} something"));
        }
    }
}

#[test]
fn chat_goes_to_a_chat_or_sends_there() {
    let mut screen = world();
    screen.enter("/chat bob");
    assert_eq!(screen.active_chat(), "bob");
    screen.enter("/chat #devs");
    assert_eq!(screen.active_chat(), "#devs");
    screen.enter("/chat bob shall we?");
    assert_eq!(screen.published(), ["bob_alice_1 alice shall we?"]);
    screen.effects.clear();
    screen.enter("/chat devs hello all");
    assert_eq!(
        screen.published(),
        ["groups/devs/messages alice hello all"],
        "a name that only a group has means the group"
    );
    screen.effects.clear();
    screen.enter("/say hi");
    assert_eq!(screen.published(), ["groups/devs/messages alice hi"]);
    screen.enter("/chat #ops hello");
    assert_eq!(screen.notice(), "You are not in #ops");
}

#[test]
fn go_takes_a_number_a_name_or_a_step() {
    let mut screen = world();
    let active = |screen: &Screen| screen.model.chats.active();
    screen.enter("/go 1");
    assert_eq!(active(&screen), Some(0));
    screen.enter("/go +1");
    assert_eq!(active(&screen), Some(1));
    screen.enter("/go bo");
    assert_eq!(screen.active_chat(), "bob");
    screen.enter("/go 7");
    assert_eq!(screen.notice(), "There is no tab 7");
    screen.key("ctrl-u").enter("/go nobody");
    assert_eq!(screen.notice(), "No chat is called nobody; /chats lists all");
}

#[test]
fn close_takes_a_number_or_a_name() {
    for line in ["/close 1", "/close bob", "/buffer close 1"] {
        let mut screen = world();
        screen.enter(line);
        let tabs: Vec<String> = screen.model.chats.tabs().iter().map(|tab| tab.chat.to_string()).collect();
        assert_eq!((tabs, screen.active_chat()), (vec!["#devs".to_owned()], "#devs".to_owned()), "{line}");
    }
    let mut screen = world();
    screen.enter("/close");
    assert_eq!(screen.active_chat(), "bob");
    screen.enter("/close 7");
    assert_eq!((screen.notice(), screen.composer().as_str()), ("There is no tab 7", "/close 7"));
    screen.key("ctrl-u").enter("/close nobody");
    assert_eq!(screen.notice(), "No chat is called nobody; /chats lists all");
    assert_eq!(screen.model.chats.tabs().len(), 1);
}

#[test]
fn panes_are_reached_by_name() {
    let mut screen = world();
    for (line, pane) in [("/users", Pane::Users), ("/groups", Pane::Groups), ("/inbox", Pane::Inbox)] {
        screen.enter(line);
        assert_eq!(screen.model.focus, pane, "{line}");
    }
}

#[test]
fn mark_reads_every_chat() {
    let mut screen = world();
    screen.receive("bob_alice_1", "bob one");
    assert_eq!(screen.model.unread(), 1);
    screen.enter("/mark");
    assert_eq!((screen.model.unread(), screen.notice()), (0, "Marked all chats as read"));
    screen.enter("/mark");
    assert_eq!(screen.notice(), "No unread messages");
}

#[test]
fn clear_hides_messages_until_the_user_scrolls_back() {
    let mut screen = world();
    screen.enter("/go bob");
    screen.receive("bob_alice_1", "bob one").enter("/clear");
    assert_eq!(screen.model.chats.active_tab().unwrap().cleared, 1);
    assert_eq!(screen.notice(), "Hid the earlier messages; scroll back to see them");
    screen.key("pgup");
    assert_eq!(screen.model.chats.active_tab().unwrap().cleared, 0);
}

#[test]
fn whois_is_about_the_named_or_the_active_chat() {
    let subject = |line: &str| {
        let mut screen = world();
        screen.enter(line);
        match screen.model.overlay {
            Some(Overlay::Whois(whois)) => Ok(whois.subject),
            _ => Err(screen.notice().to_owned()),
        }
    };
    let group = || ChatId::Group("devs".parse().unwrap());
    assert_eq!(subject("/whois"), Ok(group()));
    assert_eq!(subject("/whois devs"), Ok(group()));
    assert_eq!(subject("/whois carol"), Ok(ChatId::User("carol".parse().unwrap())));
    assert_eq!(subject("/whois zoe"), Err("Nothing is known of zoe".to_owned()));
}

#[test]
fn help_with_a_word_shows_the_usage_or_filters() {
    let mut screen = world();
    screen.enter("/help leave");
    assert_eq!(screen.notice(), "/leave [GROUP]: Leave a group (also /part, /p, /group leave)");
    screen.enter("/help /q");
    assert!(screen.notice().starts_with("/chat [NAME] [TEXT]: "), "{}", screen.notice());
    screen.enter("/help topic");
    assert_eq!(screen.notice(), "No /topic: groups have no topic.");
    screen.key("ctrl-u").enter("/help notif");
    assert!(matches!(&screen.model.overlay, Some(Overlay::Help(help)) if help.composer.text() == "notif"));
}

#[test]
fn alias_is_made_listed_used_and_removed() {
    let mut screen = world();
    screen.enter("/alias hi /msg bob hi");
    let done = |key: &str, value: Option<&str>, screen: &Screen| {
        screen
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Set { key: k, value: v, .. } if k == key && v.as_deref() == value))
    };
    assert!(done("aliases.hi", Some("\"/msg bob hi\""), &screen), "{:?}", screen.effects);
    // The runtime writes the file and reloads it.
    screen.model.aliases.insert("hi".to_owned(), "/msg bob hi".to_owned());
    screen.effects.clear();
    screen.enter("/hi there");
    assert_eq!(screen.published(), ["bob_alice_1 alice hi there"]);
    screen.enter("/alias hi");
    assert_eq!(screen.notice(), "/hi = /msg bob hi");
    screen.enter("/unalias hi");
    assert!(done("aliases.hi", None, &screen));
    screen.enter("/alias q /quit");
    assert!(screen.notice().starts_with("/q cannot be an alias"), "{}", screen.notice());
    screen.key("ctrl-u").enter("/unalias nothing");
    assert_eq!(screen.notice(), "There is no alias /nothing");
}

#[test]
fn tab_completes_aliases_names_keys_and_values() {
    let mut screen = world();
    screen.receive("USERS/bob", "bob online");
    screen.model.aliases.insert("wave".to_owned(), "/msg bob o/".to_owned());
    let cases = [
        ("/quer", "/query "),
        ("/wav", "/wave "),
        ("/whois b", "/whois bob "),
        ("/whois @b", "/whois @bob "),
        ("/q #d", "/q #devs "),
        ("/win b", "/win bob "),
        ("/set ui.th", "/set ui.theme "),
        ("/set ui.theme li", "/set ui.theme light "),
        ("/set ui.mouse of", "/set ui.mouse off "),
        ("/theme hi", "/theme high-contrast "),
        ("/unset notify.b", "/unset notify.by "),
        ("/hide in", "/hide inbox "),
        ("/notify men", "/notify mentions "),
        ("/export mark", "/export markdown "),
        ("/unalias w", "/unalias wave "),
        ("/help mut", "/help mute "),
        ("see @b", "see @bob "),
        ("@b", "@bob "),
    ];
    for (typed, completed) in cases {
        screen.key("ctrl-u").types(typed).key("tab");
        assert_eq!(screen.composer(), completed, "{typed}");
        screen.model.overlay = None;
        screen.key("alt-c");
    }
}

#[test]
fn suggestion_never_ends_anything() {
    for (typed, nearest) in [
        ("/quti", None),
        ("/lave", None),
        ("/closee", None),
        ("/kik bob", None),
        ("/serach", Some("/search")),
        ("/whos", Some("/who")),
        ("/sett", Some("/settings")),
        ("/frobnicate", None),
    ] {
        let mut screen = world();
        screen.enter(typed);
        let notice = screen.notice().to_owned();
        let suggested = notice.split("did you mean ").nth(1).and_then(|rest| rest.split('?').next());
        assert_eq!(suggested, nearest, "{typed}: {notice}");
    }
}

#[test]
fn line_mode_prints_instead_of_opening() {
    let mut screen = world();
    screen.model.view = View::Lines;
    for line in ["/settings", "/whois bob", "/members #devs", "/help notify"] {
        screen.enter(line);
        assert!(screen.model.overlay.is_none(), "{line}");
    }
}
