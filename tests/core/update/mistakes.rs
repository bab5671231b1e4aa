//! Tab never offers first what ends something, and a command that papo rejects stays in the composer and says why.

use papo::domain::User;

use super::*;

/// Online, with the chat of bob in front and that of #devs, which alice leads; bob is a member, mallory is blocked, and
/// eve waits for an answer.
fn world() -> Screen {
    let mut users =
        ["bob", "carol", "eve", "mallory"].map(|id| User::new(id.parse().unwrap(), Timestamp::from_millis(1)));
    users[3].is_blocked = true;
    let mut screen = Screen::new(Saved { users: users.to_vec(), ..bob_and_devs() });
    screen.connect(true).receive("alice_Control", "REQUEST eve").enter("/go #devs").enter("/go bob").effects.clear();
    screen
}

#[track_caller]
fn completes(screen: &mut Screen, typed: &str, expected: &[&str]) {
    screen.key("ctrl-u").types(typed);
    for expected in expected {
        screen.key("tab");
        assert_eq!(screen.composer(), *expected, "{typed}");
    }
}

#[test]
fn tab_offers_what_ends_something_last() {
    let mut screen = world();
    completes(&mut screen, "/q", &["/query ", "/quit", "/query "]);
    completes(&mut screen, "/win", &["/window "]);
    completes(
        &mut screen,
        "/buffer ",
        &["/buffer bob ", "/buffer #devs ", "/buffer goto ", "/buffer list ", "/buffer clear", "/buffer close "],
    );
    completes(&mut screen, "/cl", &["/clear", "/close "]);
    completes(&mut screen, "/inb", &["/inbox"]);
    completes(&mut screen, "/group n", &["/group new "]);
}

#[test]
fn tab_offers_only_users_and_groups_that_the_command_can_be_about() {
    let mut screen = world();
    completes(&mut screen, "/join de", &["/join #devs "]);
    completes(&mut screen, "/MSG b", &["/MSG bob "]);
    completes(&mut screen, "/accept ", &["/accept eve "]);
    completes(&mut screen, "/unblock ", &["/unblock mallory "]);
    completes(&mut screen, "/alias wc clo", &["/alias wc close "]);
    completes(&mut screen, "/kick #devs ", &["/kick #devs bob "]);
    screen.key("ctrl-u").enter("/go #devs");
    completes(&mut screen, "/kick ", &["/kick bob ", "/kick #devs "]);
    completes(&mut screen, "/invite ", &["/invite carol ", "/invite eve ", "/invite mallory ", "/invite #devs "]);
}

#[test]
fn rejected_command_stays_in_the_composer() {
    for line in [
        "/close 9",
        "/unquery nobody",
        "/buffer close nobody",
        "/wc x",
        "/edit 1",
        "/edit x",
        "/kick bob spamming",
        "/msg alice hello",
        "/join newroom",
    ] {
        let mut screen = world();
        screen.enter("/go #devs").enter(line);
        assert_eq!(screen.composer(), line);
        assert!(!screen.notice().is_empty() && screen.published().is_empty(), "{line}");
    }
}

#[test]
fn mistake_is_answered_with_what_to_type() {
    let cases = [
        ("/kick bob spamming", "papo sends no reason along; type /group kick bob"),
        ("/join newroom", "No group is called #newroom; /create newroom creates it"),
        ("/msg alice hello", "That is you"),
        ("/msg #ops hello", "You are not in #ops"),
        ("/window splith", "No /window splith: papo shows one chat, or two side by side. Nearest: /split"),
        ("/win zoom", "No /window zoom: papo arranges the screen by itself. Nearest: /settings"),
        ("/go lsit", "No chat is called lsit; /chats lists all"),
        ("/go carol", "No chat with carol yet; /chat carol asks for one"),
        ("/frob", "Unknown command /frob (// starts a message with a slash)"),
        ("/x", "No /x: papo saves by itself; /close closes this tab, /quit leaves papo."),
        ("/q", "Usage: /q NAME [TEXT] goes to a chat; /close closes this tab, /quit leaves papo"),
        ("/e notes.txt", "No /e: papo opens chats, not files. Nearest: /go"),
        ("/kick bob #devs spamming", "papo sends no reason along; type /group kick #devs bob"),
        ("/kick carolno spamming", "carolno is not a member of #devs"),
        ("/kick nogroup bob", "No group is called #nogroup; you can create it"),
        ("/kick #nogroup bob", "No group is called #nogroup; you can create it"),
        ("/invite carol nogroup", "No group is called #nogroup; you can create it"),
        ("/invite carol #nogroup", "No group is called #nogroup; you can create it"),
        ("/invite bob carol", "One user at a time: /group invite bob"),
        ("/invite carol bob eve", "One user at a time: /group invite carol"),
        ("/invite #devs carol eve", "One user at a time: /group invite #devs carol"),
        ("/invite carol eve #devs", "One user at a time: /group invite #devs carol"),
        ("/invite nogroup carol", "No group is called #nogroup; you can create it"),
        ("/disband nogroup", "No group is called #nogroup; you can create it"),
        ("/invite devs", "Usage: /group invite [GROUP] ID"),
    ];
    for (line, answer) in cases {
        let mut screen = world();
        screen.enter("/go #devs").enter(line);
        assert_eq!(screen.notice(), answer, "{line}");
    }
}

#[test]
fn invitation_of_two_users_outside_of_a_group_names_the_form() {
    world().refuses("/invite bob carol", "One user at a time: /group invite #GROUP bob");
}

#[test]
fn unknown_user_is_blocked_after_a_question() {
    let mut screen = world();
    let is_blocked = |screen: &Screen| {
        screen.model.peer.users().get(&"zed".parse::<UserId>().unwrap()).is_some_and(|user| user.is_blocked)
    };
    screen.enter("/ignore zed");
    assert_eq!(screen.question(), "papo has never seen zed. Block this ID? Enter again");
    assert!(!is_blocked(&screen));
    screen.answer("enter");
    assert!(is_blocked(&screen));
}

#[test]
fn alias_takes_the_form_of_weechat() {
    let mut screen = world();
    screen.enter("/alias add hi /msg bob hi");
    assert!(
        screen.effects.iter().any(|effect| matches!(effect, Effect::Set { key, .. } if key == "aliases.hi")),
        "{:?}",
        screen.effects
    );
}
