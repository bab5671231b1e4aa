//! Clicks and drags.

use papo::app::Action;

use super::*;

#[test]
fn click_on_a_message_chooses_it_and_a_second_one_returns_to_the_composer() {
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob one").receive("bob_alice_1", "bob two").key("alt-u");
    let messages = vec![(0, Rect::new(30, 2, 60, 1)), (0, Rect::new(30, 3, 60, 1)), (1, Rect::new(30, 4, 60, 1))];
    let chat = ChatLayout { messages, fully_visible: Some((0, 1)), ..layout(Scroll::Bottom).chat };
    screen.update(Message::Drawn(Layout { chat, ..Layout::default() }));
    screen.update(click(40, 3));
    assert_eq!((screen.model.focus, screen.model.chats.chosen()), (Pane::Chat, Some(0)));
    screen.key("r");
    assert_eq!(screen.composer(), "> one\n");
    screen.update(click(40, 4));
    assert_eq!(screen.model.chats.chosen(), Some(1));
    screen.update(click(40, 4));
    assert_eq!(screen.model.chats.chosen(), None);
    screen.update(click(40, 2)).update(click(40, 10));
    assert_eq!(screen.model.chats.chosen(), None, "a click below the messages, too");
}

#[test]
fn click_in_the_composer_moves_the_cursor() {
    let mut screen = Screen::with_bob();
    screen.types("日本 one two three");
    let composer = Rect::new(30, 20, 10, 2);
    // The rows: "日本 one ", "two ", "three". The first one is above the visible ones.
    let drawn = Layout { composer, composer_first_row: 1, ..layout(Scroll::Bottom) };
    screen.update(Message::Drawn(drawn));
    screen.key("alt-u").update(click(31, 20)).types("X");
    assert_eq!((screen.composer().as_str(), screen.model.focus), ("日本 one tXwo three", Pane::Chat));
    screen.update(click(39, 21)).types("!");
    assert_eq!(screen.composer(), "日本 one tXwo three!");
    let drawn = Layout { composer, ..layout(Scroll::Bottom) };
    screen.update(Message::Drawn(drawn)).update(click(33, 20)).types("|");
    assert_eq!(screen.composer(), "日|本 one tXwo three!", "both halves of a wide character are its place");
}

#[test]
fn middle_click_closes_a_tab_and_leaves_the_active_one() {
    let mut screen = with_archive();
    screen.enter("/chats devs").key("enter").types("half");
    let names =
        |screen: &Screen| -> Vec<String> { screen.model.chats.tabs().iter().map(|tab| tab.chat.to_string()).collect() };
    assert_eq!(names(&screen), ["bob", "#devs"]);
    let tabs = vec![(0, Rect::new(30, 1, 8, 1)), (1, Rect::new(38, 1, 8, 1))];
    screen.update(Message::Drawn(Layout { tabs, ..layout(Scroll::Bottom) }));
    screen.update(mouse(MouseEventKind::Down(MouseButton::Middle), 33, 1));
    assert_eq!((names(&screen), screen.composer().as_str()), (vec!["#devs".to_owned()], "half"));
    screen.update(mouse(MouseEventKind::Down(MouseButton::Middle), 33, 10));
    assert_eq!(names(&screen), ["#devs"], "elsewhere it does nothing");
}

#[test]
fn hints_and_counts_do_what_they_name() {
    let mut screen = Screen::with_bob();
    let hints = vec![(Action::Help, Rect::new(0, 23, 7, 1))];
    let counts = vec![(Action::FocusInbox, Rect::new(60, 0, 10, 1)), (Action::Outbox, Rect::new(72, 0, 8, 1))];
    let drawn = Layout { hints, counts, ..layout(Scroll::Bottom) };
    screen.update(Message::Drawn(drawn.clone())).update(click(65, 0));
    assert_eq!(screen.model.focus, Pane::Inbox);
    screen.update(click(2, 23));
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
    screen.update(click(65, 0));
    assert!(screen.model.overlay.is_some(), "the overlay covers the header");
    let hints = vec![(Action::Cancel, Rect::new(0, 23, 7, 1))];
    screen.update(Message::Drawn(Layout { hints, ..drawn })).update(click(2, 23));
    assert!(screen.model.overlay.is_none(), "the hint of an overlay acts on the overlay");
}

#[test]
fn hints_of_the_search_through_sent_lines_act_on_it() {
    let mut screen = Screen::with_bob();
    screen.enter("hi bob").effects.clear();
    let hints = vec![(Action::Send, Rect::new(0, 23, 7, 1)), (Action::Cancel, Rect::new(10, 23, 7, 1))];
    screen.update(Message::Drawn(Layout { hints, ..layout(Scroll::Bottom) }));
    screen.key("ctrl-r").types("hi").update(click(2, 23));
    assert_eq!((screen.composer().as_str(), screen.published()), ("hi bob", vec![]));
    screen.key("end").key("ctrl-u").key("ctrl-r").types("hi").update(click(12, 23));
    assert_eq!((screen.composer().as_str(), screen.model.chats.composer().search().is_none()), ("", true));
}

#[test]
fn rule_between_lists_and_chat_is_dragged_and_kept() {
    let mut screen = Screen::with_bob();
    let drawn = Layout { lists_rule: Rect::new(27, 1, 1, 22), lists_width: 28, ..layout(Scroll::Bottom) };
    screen.update(Message::Drawn(drawn));
    let drag = |column| mouse(MouseEventKind::Drag(MouseButton::Left), column, 9);
    screen.update(drag(40));
    assert_eq!(screen.model.ui.width, 28, "nothing is dragged yet");
    let release = |column| mouse(MouseEventKind::Up(MouseButton::Left), column, 9);
    screen.effects.clear();
    screen.update(click(27, 5)).update(release(27));
    assert_eq!(screen.effects, [], "a click alone keeps nothing");
    screen.update(click(27, 5)).update(drag(30)).update(drag(34));
    assert_eq!(screen.model.ui.width, 35);
    screen.update(drag(0));
    assert_eq!(screen.model.ui.width, 16, "the narrowest");
    screen.update(drag(40)).update(release(40));
    assert_eq!(screen.effects.last(), Some(&Effect::Keep { key: "ui.width".into(), value: "41".into() }));
    screen.update(drag(20));
    assert_eq!(screen.model.ui.width, 41);
    screen.model.ui.side = papo::domain::ListSide::Right;
    screen.update(click(27, 5)).update(drag(24));
    assert_eq!(screen.model.ui.width, 31, "at the right side, the lists grow to the left");
}
