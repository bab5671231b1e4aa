//! The tabs: what is open, in which order, from one start to the next.

use papo::domain::{ChatId, OpenTabs};

use super::*;

/// Open sessions with these users, which began in this order.
fn sessions(users: &[&str]) -> Vec<Conversation> {
    let session = |(n, user): (u64, &&str)| {
        Conversation::new(format!("{user}_alice_{n}").parse().unwrap(), Timestamp::from_millis(n))
    };
    (1..).zip(users).map(session).collect()
}

/// Online, with open sessions with bob, carol and dave.
fn with_three() -> Screen {
    online(Saved { conversations: sessions(&["bob", "carol", "dave"]), ..Saved::default() })
}

fn online(saved: Saved) -> Screen {
    let mut screen = Screen::new(saved);
    screen.connect(false).update(Message::Drawn(layout(Scroll::Bottom)));
    screen
}

fn tabs(screen: &Screen) -> Vec<String> {
    screen.model.chats.tabs().iter().map(|tab| tab.chat.to_string()).collect()
}

/// What the store has of the tabs after everything that was committed.
fn stored_tabs(screen: &Screen) -> Option<OpenTabs> {
    let stored = |operation: &Operation| match operation {
        Operation::PutTabs(tabs) => Some(tabs.clone()),
        _ => None,
    };
    screen.commits().flat_map(|(operations, _)| operations).filter_map(stored).next_back()
}

/// Papo after another start, as if it had been killed now.
fn restarted(screen: &Screen) -> Screen {
    let peer = &screen.model.peer;
    let conversations = peer.conversations().values().cloned().collect();
    let groups = peer.groups().values().cloned().collect();
    online(Saved { conversations, groups, tabs: stored_tabs(screen), ..Saved::default() })
}

fn count_tabs_operations(screen: &Screen) -> usize {
    screen.count_operations(|operation| matches!(operation, Operation::PutTabs(_)))
}

#[test]
fn restart_keeps_the_tabs_their_order_and_the_active_one() {
    let mut screen = with_three();
    screen
        .key("alt-c")
        .key("alt-1")
        .key("alt-w")
        .wait(1_000)
        .enter("/go bob")
        .receive("dave_alice_3", "dave hi")
        .key("alt-1");
    assert_eq!(
        (tabs(&screen), screen.active_chat()),
        (["carol", "dave", "bob"].map(str::to_owned).to_vec(), "carol".into())
    );
    screen.receive("dave_alice_3", "dave the latest chat is not in front");
    screen.update(Message::Quit);
    let mut screen = restarted(&screen);
    assert_eq!(
        (tabs(&screen), screen.active_chat()),
        (["carol", "dave", "bob"].map(str::to_owned).to_vec(), "carol".into())
    );
    screen.enter("and one more thing");
    assert!(
        screen.published().contains(&"carol_alice_2 alice and one more thing".to_owned()),
        "{:?}",
        screen.published()
    );
}

#[test]
fn closed_tab_stays_closed_until_a_message_arrives() {
    let mut screen = with_three();
    screen.key("alt-c").key("alt-2").key("alt-w");
    let mut screen = restarted(&screen);
    assert_eq!(tabs(&screen), ["bob", "dave"]);
    screen.receive("carol_alice_2", "carol still there?");
    assert_eq!(tabs(&screen), ["bob", "dave", "carol"]);
    assert_ne!(screen.active_chat(), "carol");
    // All tabs closed are none at the next start, either.
    screen.key("alt-w").key("alt-w").key("alt-w");
    assert_eq!(tabs(&restarted(&screen)), [""; 0]);
}

#[test]
fn unread_and_new_chats_open_after_the_tabs_of_the_last_time() {
    let mut conversations = sessions(&["bob", "carol", "dave"]);
    conversations[0].unread = 2;
    let chats: Vec<ChatId> = ["dave", "carol"].map(|user| user.parse().unwrap()).to_vec();
    let stored = OpenTabs { active: Some(chats[1].clone()), chats, beside: None };
    let mut screen = Screen::new(Saved { conversations, tabs: Some(stored), ..Saved::default() });
    assert_eq!(
        (tabs(&screen), screen.active_chat()),
        (["dave", "carol", "bob"].map(str::to_owned).to_vec(), "carol".into())
    );
    screen.connect(false).receive("alice_Control", "REQUEST eve").key("alt-i").key("a").answer("enter");
    assert_eq!(tabs(&screen), ["dave", "carol", "bob", "eve"]);
    assert_eq!(tabs(&restarted(&screen)), ["dave", "carol", "bob", "eve"]);
}

#[test]
fn tab_without_a_chat_in_the_store_is_not_restored() {
    let chats: Vec<ChatId> = ["eve", "bob"].map(|user| user.parse().unwrap()).to_vec();
    let stored = OpenTabs { active: Some(chats[0].clone()), beside: Some((chats[0].clone(), true)), chats };
    let screen = Screen::new(Saved { conversations: sessions(&["bob"]), tabs: Some(stored), ..Saved::default() });
    assert_eq!(
        (tabs(&screen), screen.active_chat(), screen.model.chats.beside()),
        (vec!["bob".into()], "bob".into(), None)
    );
}

#[test]
fn going_to_another_tab_is_stored_with_the_next_commit() {
    let mut screen = with_three();
    screen.key("alt-c").key("alt-2").effects.clear();
    screen.key("alt-1").key("alt-3").key("alt-right").key("alt-right");
    assert_eq!(screen.commits().count(), 0, "a key that only goes to a tab writes nothing");
    screen.receive("bob_alice_1", "bob hi");
    assert_eq!(stored_tabs(&screen).unwrap().active, "carol".parse().ok());
    screen.receive("bob_alice_1", "bob again");
    assert_eq!(count_tabs_operations(&screen), 1, "nothing has changed since");
    screen.key("alt-w");
    assert_eq!(count_tabs_operations(&screen), 2, "what is open is stored at once");
    screen.key("alt-1").update(Message::Quit);
    assert_eq!(stored_tabs(&screen).unwrap().active, "bob".parse().ok());
}

#[test]
fn restart_keeps_two_chats_side_by_side() {
    let mut screen = with_three();
    let chat = ChatLayout { area: Rect::new(30, 2, 60, 20), ..ChatLayout::default() };
    screen.update(Message::Drawn(Layout { chat, can_split: true, ..Layout::default() })).key("alt-c").key("alt-1");
    screen.enter("/split carol").update(Message::Quit);
    let mut screen = restarted(&screen);
    assert_eq!((screen.active_chat().as_str(), screen.model.chats.beside()), ("bob", Some((1, false))));
    screen.key("alt-x").update(Message::Quit);
    let screen = restarted(&screen);
    assert_eq!((screen.active_chat().as_str(), screen.model.chats.beside()), ("carol", Some((0, true))));
}

#[test]
fn what_arrives_before_the_first_key_is_below_a_new_line() {
    let mut screen = online(Saved { conversations: sessions(&["bob"]), ..Saved::default() });
    let marker = |screen: &Screen| {
        screen.model.chats.active_tab().unwrap().unread_marker.map(|marker| (marker.from, marker.count))
    };
    screen.receive("bob_alice_1", "bob are you there?").receive("bob_alice_1", "bob hello?");
    assert_eq!((marker(&screen), screen.model.unread()), (Some((0, 2)), 0), "it is in view, so it is read");
    screen.types("yes").receive("bob_alice_1", "bob good");
    assert_eq!(marker(&screen), Some((0, 2)), "what arrives while the user is there is not new to them");
    screen.key("enter").receive("bob_alice_1", "bob so");
    assert_eq!(marker(&screen), None);
}

#[test]
fn close_finds_a_group_without_its_sign() {
    let mut screen = online(bob_and_devs());
    screen.enter("/close devs");
    assert_eq!((tabs(&screen), screen.notice()), (vec!["bob".to_owned()], ""));
    screen.refuses("/close devs", "No chat is called devs; /chats lists all");
    // The chat with a user of the same name comes first, and a number is that of a tab.
    let at = Timestamp::from_millis(9);
    let groups = ["#bob", "#1"].map(|id| Conversation::new(id.parse().unwrap(), at)).to_vec();
    let conversations = [sessions(&["bob", "carol"]), groups].concat();
    let mut screen = online(Saved { conversations, ..Saved::default() });
    assert_eq!(tabs(&screen), ["bob", "carol", "#1", "#bob"]);
    screen.enter("/close bob").wait(1_000).enter("/close 1");
    assert_eq!(tabs(&screen), ["#1", "#bob"]);
}

#[test]
fn alt_0_goes_to_the_tenth_tab() {
    let users = ["bob", "carol", "dave", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "leo"];
    let mut screen = online(Saved { conversations: sessions(&users), ..Saved::default() });
    screen.key("alt-c").key("alt-1").key("alt-0");
    assert_eq!(screen.active_chat(), "kim");
}

#[test]
fn last_goes_back_to_the_chat_before() {
    let mut screen = with_three();
    screen.key("alt-c").key("alt-1").key("alt-3").enter("/win last");
    assert_eq!(screen.active_chat(), "bob");
    screen.enter("/window last");
    assert_eq!(screen.active_chat(), "dave");
    screen.enter("/buffer goto carol").enter("/go last");
    assert_eq!(screen.active_chat(), "dave");
    screen.enter("/go 2").key("alt-3").key("alt-w").wait(1_000).enter("/go carol");
    screen.refuses("/go last", "No chat is called last; /chats lists all");
}

#[test]
fn f5_and_f6_go_to_the_previous_and_next_chat() {
    let mut screen = Screen::new(bob_and_devs());
    screen.connect(true).key("alt-1");
    let first = screen.active_chat();
    screen.types("half").key("f6");
    let second = screen.active_chat();
    assert_ne!(first, second);
    screen.key("f5");
    assert_eq!((screen.active_chat(), screen.composer().as_str()), (first, "half"));
    screen.key("alt-u").key("f6");
    assert_eq!(screen.active_chat(), second);
}
