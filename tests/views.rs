//! What the screen looks like, drawn from a real peer.

use std::time::Duration;

use jiff::tz::TimeZone;
use papo::{
    domain::*,
    protocol::{AckToken, Identity, Inbound, Input, Peer, Saved},
    ui::{
        chat::{Talk, closed_because},
        clock::Clock,
        header::Link,
        hints::Hint,
        layout::Focus,
        overlay,
        scene::{Inbox, Listing, Places, Reading, Scene, Writing},
        screen::Screen,
        setup,
        tabs::Tab,
        theme::{Role, Theme, Variant},
    },
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell, CellWidth},
    layout::Rect,
};
use ratatui_textarea::{CursorMove, TextArea};

/// 2026-11-23 09:30:00 UTC
const NOW: u64 = 1_795_426_200_000;
const MINUTE: u64 = 60_000;

fn ago(minutes: u64) -> Timestamp {
    Timestamp::from_millis(NOW - minutes * MINUTE)
}

fn id(text: &str) -> UserId {
    UserId::new(text).unwrap()
}

fn message_id(n: u64) -> MessageId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    MessageId::from_bytes(bytes)
}

fn user(name: &str, presence: Presence, minutes: u64) -> User {
    User { presence, since: Some(ago(minutes)), is_papo: true, ..User::new(id(name)) }
}

fn group(name: &str, leader: &str, members: &[&str]) -> Group {
    Group {
        name: GroupName::new(name).unwrap(),
        leader: Some(id(leader)),
        members: members.iter().map(|member| id(member)).collect(),
        rev: 1,
        born: ago(900),
    }
}

fn request(n: u64, direction: Direction, kind: RequestKind, peer: &str, state: RequestState, minutes: u64) -> Request {
    Request {
        id: message_id(n),
        direction,
        kind,
        peer: Some(id(peer)),
        at: ago(minutes),
        answered_at: (state != RequestState::Pending).then(|| ago(minutes - 1)),
        state,
        family: Family::Control,
        times: 1,
    }
}

fn session(accepter: &str, requester: &str) -> SessionId {
    SessionId { accepter: id(accepter), requester: id(requester), started: ago(60 * 20) }
}

fn with_bob() -> ConversationId {
    ConversationId::Session(session("bob", "alice"))
}

fn said(author: &str, n: u64, minutes: u64, text: &str) -> ChatMessage {
    ChatMessage {
        id: message_id(n),
        author: id(author),
        n: Some(n),
        at: ago(minutes),
        body: Body::Text(text.to_owned()),
        failure: None,
    }
}

/// Alice's world: what the store gave back, and the messages of her talk with bob.
struct World {
    peer: Peer,
    messages: Vec<ChatMessage>,
    theme: Theme,
    text: TextArea<'static>,
    zone: TimeZone,
    inbox: Direction,
}

impl World {
    fn new() -> Self {
        let messages = vec![
            said("bob", 1, 60 * 18, "see you tomorrow"),
            said("bob", 2, 18, "morning!"),
            said("alice", 1, 17, "hi, shall we look at the pump?"),
            said("bob", 3, 10, "yes"),
        ];
        Self {
            peer: peer(&messages),
            messages,
            theme: Theme::shipped(Variant::Dark),
            text: TextArea::default(),
            zone: TimeZone::UTC,
            inbox: Direction::Incoming,
        }
    }

    fn saying(messages: Vec<ChatMessage>) -> Self {
        Self { peer: peer(&messages), messages, ..Self::new() }
    }

    fn empty() -> Self {
        let peer = Peer::restore(alice(), Saved::default());
        Self { peer, messages: Vec::new(), ..Self::new() }
    }

    fn screen(&self) -> Screen<'_> {
        let clock = Clock { now: Timestamp::from_millis(NOW), zone: &self.zone };
        Screen { peer: &self.peer, theme: &self.theme, clock }
    }

    fn scene<'a>(&'a self, messages: &'a dyn Fn(u64) -> Option<&'a ChatMessage>, id: &'a ConversationId) -> Scene<'a> {
        let is_shown = |request: &&Request| match self.inbox {
            Direction::Incoming => request.waits_for_me(),
            Direction::Outgoing => request.direction == Direction::Outgoing,
        };
        let requests: Vec<&Request> = self.peer.requests().filter(is_shown).collect();
        let conversations = self.peer.conversations();
        let tabs = conversations.iter().map(|(id, talk)| Tab::new(id, Some(talk), self.peer.me())).collect::<Vec<_>>();
        let active = conversations.keys().position(|other| other == id);
        Scene {
            broker: "localhost:1883",
            link: Link::Online,
            focus: Focus::Composer,
            users: Listing { items: self.peer.users().values().collect(), selected: Some(0) },
            groups: Listing { items: self.peer.groups().values().collect(), selected: Some(0) },
            inbox: Inbox {
                title: if requests.is_empty() { String::new() } else { requests.len().to_string() },
                requests: Listing { items: requests, selected: Some(0) },
                empty: "No request waits.",
            },
            tabs,
            active,
            talk: active.map(|_| Talk {
                id,
                first: 0,
                len: u64::try_from(self.messages.len()).unwrap(),
                message: messages,
                new_from: Some(3),
                selected: None,
            }),
            reading: Reading::default(),
            composer: match active {
                Some(_) => Writing::Open { text: &self.text, placeholder: "Write to bob".to_owned() },
                None => Writing::Hidden,
            },
            notice: None,
            hints: hints(),
        }
    }

    /// The screen as text, after `change` has been made to what is shown.
    fn draw(&self, width: u16, height: u16, change: impl Fn(&mut Scene<'_>)) -> (Terminal<TestBackend>, Places) {
        let id = with_bob();
        let messages = |seq: u64| self.messages.get(usize::try_from(seq).unwrap());
        let mut scene = self.scene(&messages, &id);
        change(&mut scene);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut places = Places::default();
        terminal
            .draw(|frame| {
                let area = frame.area();
                places = scene.draw(self.screen(), area, frame.buffer_mut());
            })
            .unwrap();
        (terminal, places)
    }

    fn picture(&self, width: u16, height: u16, change: impl Fn(&mut Scene<'_>)) -> String {
        picture(self.draw(width, height, change).0.backend().buffer())
    }
}

/// The text of a screen; the second cell of a wide character is not part of it.
fn picture(buffer: &Buffer) -> String {
    let row = |cells: &[Cell]| {
        let mut hidden = 0;
        let seen = cells.iter().filter(|cell| {
            let is_seen = hidden == 0;
            hidden = if is_seen { cell.cell_width().saturating_sub(1) } else { hidden - 1 };
            is_seen
        });
        seen.map(Cell::symbol).collect::<String>() + "\n"
    };
    buffer.content.chunks(usize::from(buffer.area.width.max(1))).map(row).collect()
}

fn alice() -> Identity {
    Identity { me: id("alice"), device: "test".to_owned(), prefix: String::new(), seed: 1 }
}

fn peer(messages: &[ChatMessage]) -> Peer {
    use Direction::{Incoming, Outgoing};
    let devs = GroupName::new("devs").unwrap();
    let bob = with_bob();
    let sent = messages.iter().filter(|message| message.author == id("alice")).filter_map(|message| message.n).max();
    let sent = sent.unwrap_or(0);
    let conversation = |id: &ConversationId| Conversation::new(id.clone(), ago(10));
    let with_carol = ConversationId::Session(session("carol", "alice"));
    let mut peer = Peer::restore(
        alice(),
        Saved {
            users: vec![
                user("bob", Presence::Online, 30),
                user("carol", Presence::Online, 90),
                user("dave", Presence::Offline, 125),
                user("eve", Presence::Online, 3),
                User::new(id("mallory")),
            ],
            groups: vec![group("devs", "alice", &["bob", "carol"]), group("ops", "dave", &[])],
            requests: vec![
                request(
                    1,
                    Outgoing,
                    RequestKind::Talk,
                    "bob",
                    RequestState::Accepted(Some(session("bob", "alice"))),
                    20,
                ),
                request(2, Outgoing, RequestKind::Talk, "dave", RequestState::Denied, 60 * 40),
                request(3, Outgoing, RequestKind::Talk, "zoë", RequestState::Pending, 5),
                request(4, Incoming, RequestKind::Talk, "eve", RequestState::Pending, 5),
                request(5, Incoming, RequestKind::Join(devs), "mallory", RequestState::Pending, 2),
            ],
            conversations: vec![
                Conversation {
                    len: 4,
                    sent,
                    at_broker: sent.saturating_sub(u64::from(sent > 1)),
                    unread: 2,
                    ..conversation(&bob)
                },
                Conversation { phase: Phase::Closed, ..conversation(&with_carol) },
                conversation(&ConversationId::Group(GroupName::new("devs").unwrap())),
            ],
            progress: vec![(bob, id("bob"), Progress { acked: 2, read: 1, ..Progress::default() })],
            ..Saved::default()
        },
    );
    for online in ["bob", "carol", "eve"] {
        let inbound = Inbound {
            topic: format!("USERS/{online}"),
            payload: format!("{online} online").into_bytes(),
            retained: true,
            content_type: None,
            properties: vec![("papo".to_owned(), "1".to_owned())],
        };
        let token = AckToken { epoch: 1, packet: 0 };
        peer.handle_input(ago(1), Input::Received { inbound, token });
    }
    peer
}

fn hints() -> Vec<Hint> {
    [("Tab", "pane"), ("a", "accept"), ("d", "deny"), ("Enter", "open"), ("Ctrl-K", "go to"), ("F1", "help")]
        .map(|(key, does)| Hint { key: key.to_owned(), does: does.to_owned() })
        .to_vec()
}

fn hostile() -> Vec<ChatMessage> {
    let texts = [
        "日本語のとても長い文章は、画面の端で正しく折り返されなければなりません。",
        "👩‍👩‍👧‍👦 family, 👍🏽 thumb, 🇧🇷 flag, ❤️ heart",
        "שלום עולם, مرحبا بالعالم",
        "e\u{301}a\u{308} and a tower: z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}!",
        "\u{1b}[2J\u{1b}]0;owned\u{7} bell, exe\u{202e}gpj.scr, pay\u{200b}pal",
        "two\nlines\tand a tab",
        "https://example.org/a/very/long/address/that/does/not/fit/into/any/line/of/this/screen/at/all?q=1",
    ];
    let mut messages: Vec<_> = (1..).zip(texts).map(|(n, text)| said("bob", n, 20 - n, text)).collect();
    let other = |n, body| ChatMessage { body, ..said("bob", n, 5, "") };
    messages.push(other(8, Body::Other { content_type: "image/\u{1b}png".to_owned(), content: vec![0; 512] }));
    messages.push(ChatMessage { failure: Some("not authorized".to_owned()), ..said("alice", 1, 4, "lost?") });
    messages.push(said("alice", 2, 3, "on its way"));
    messages.push(other(9, Body::End));
    messages
}

#[test]
fn the_screen_at_its_usual_size() {
    insta::assert_snapshot!(World::new().picture(80, 24, |_| {}));
}

#[test]
fn the_screen_as_it_is_drawn_in_the_description() {
    insta::assert_snapshot!(World::new().picture(100, 16, |scene| scene.focus = Focus::Inbox));
}

#[test]
fn a_large_screen() {
    insta::assert_snapshot!(World::saying(hostile()).picture(120, 40, |scene| {
        scene.link = Link::Reconnecting { after: Duration::from_secs(8), why: "connection refused" };
    }));
}

#[test]
fn a_medium_screen_shows_the_focused_list_beside_the_chat() {
    insta::assert_snapshot!(World::new().picture(64, 12, |scene| scene.focus = Focus::Users));
}

#[test]
fn a_tiny_screen() {
    insta::assert_snapshot!(World::saying(hostile()).picture(30, 8, |_| {}));
}

#[test]
fn a_tiny_screen_with_a_list() {
    insta::assert_snapshot!(World::new().picture(30, 8, |scene| scene.focus = Focus::Inbox));
}

#[test]
fn an_empty_screen_says_what_to_press() {
    insta::assert_snapshot!(World::empty().picture(80, 24, |scene| scene.link = Link::Connecting));
}

#[test]
fn confirmations_show_the_topic_that_was_made() {
    let world = World { inbox: Direction::Outgoing, ..World::new() };
    insta::assert_snapshot!(world.picture(80, 24, |scene| {
        scene.inbox.title = "confirmations".to_owned();
        scene.focus = Focus::Inbox;
    }));
}

#[test]
fn a_talk_that_is_over_says_why_nothing_can_be_written() {
    let picture = World::new().picture(80, 24, |scene| {
        scene.composer = Writing::Closed(closed_because(Phase::Closed).unwrap());
    });
    let row = picture.lines().nth(21).unwrap();
    assert!(row.contains("│ Both of you have ended this talk."), "{row}");
}

#[test]
fn the_composer_grows_with_what_is_written() {
    let mut world = World::new();
    world.text = TextArea::from(["one", "two", "three 日本語", "a\u{1b}[31mb"]);
    world.text.move_cursor(CursorMove::Bottom);
    world.text.move_cursor(CursorMove::End);
    let (mut terminal, places) = world.draw(80, 18, |_| {});
    let cursor = places.cursor.unwrap();
    assert_eq!(terminal.backend_mut().buffer()[(cursor.x - 1, cursor.y)].symbol(), "b");
    insta::assert_snapshot!(picture(terminal.backend().buffer()));
}

fn with_overlay(draw: impl FnOnce(Screen<'_>, Rect, &mut Buffer)) -> String {
    let world = World::saying(hostile());
    let id = with_bob();
    let messages = |seq: u64| world.messages.get(usize::try_from(seq).unwrap());
    let scene = world.scene(&messages, &id);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal
        .draw(|frame| {
            let area = frame.area();
            scene.draw(world.screen(), area, frame.buffer_mut());
            draw(world.screen(), area, frame.buffer_mut());
        })
        .unwrap();
    picture(terminal.backend().buffer())
}

#[test]
fn help_shows_the_keys_in_columns() {
    let section = |title: &str| overlay::Section { title: title.to_owned(), hints: hints() };
    let sections = ["Everywhere", "Inbox", "Chat"].map(section);
    insta::assert_snapshot!(with_overlay(|screen, area, buf| {
        overlay::help(screen, &sections, 0, area, buf);
    }));
}

#[test]
fn a_prompt_says_what_is_wrong() {
    let field = TextArea::from(["a_b"]);
    let error = NameError::BadCharacter('_').to_string();
    insta::assert_snapshot!(with_overlay(|screen, area, buf| {
        overlay::prompt(screen, "Talk to", &field, Some(&error), area, buf);
    }));
}

#[test]
fn members_stand_in_a_box() {
    let group = group("devs", "alice", &["bob", "dave", "zoë"]);
    insta::assert_snapshot!(with_overlay(|screen, area, buf| {
        overlay::members(screen, &group, Some(1), area, buf);
    }));
}

#[test]
fn a_question_waits_for_yes_or_no() {
    insta::assert_snapshot!(with_overlay(|screen, area, buf| {
        overlay::confirm(
            screen,
            "Disband #devs?",
            "Its 3 members can no longer write in it.",
            "y yes   n no",
            area,
            buf,
        );
    }));
}

#[test]
fn the_first_screen_asks_for_an_id() {
    let field = TextArea::from(["a_b"]);
    let theme = Theme::shipped(Variant::Dark);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal
        .draw(|frame| {
            let error = NameError::BadCharacter('_').to_string();
            let area = frame.area();
            setup::draw(&theme, &field, Some(&error), area, frame.buffer_mut());
        })
        .unwrap();
    insta::assert_snapshot!(picture(terminal.backend().buffer()));
}

#[test]
fn reading_back_does_not_move_when_messages_arrive() {
    let mut messages: Vec<_> = (1..=60).map(|n| said("bob", n, 60 - n + 1, &format!("line {n}"))).collect();
    let up = |scene: &mut Scene<'_>| scene.reading = Reading { bottom: None, by: -20 };
    let (before, places) = World::saying(messages.clone()).draw(80, 24, up);
    let bottom = places.bottom.expect("the newest is not seen");
    messages.push(said("bob", 61, 0, "look at me"));
    let (after, places) =
        World::saying(messages).draw(80, 24, |scene| scene.reading = Reading { bottom: Some(bottom), by: 0 });
    assert_eq!(picture(before.backend().buffer()), picture(after.backend().buffer()));
    assert_eq!(places.bottom, Some(bottom));
}

#[test]
fn roles_reach_the_screen() {
    let world = World::new();
    let (mut terminal, places) = world.draw(80, 24, |scene| scene.focus = Focus::Users);
    let buffer = terminal.backend_mut().buffer();
    let fg = |x, y| buffer[(x, y)].fg;
    let theme = |role| world.theme.style(role).fg.unwrap();
    let first = places.users[0].1;
    assert_eq!(fg(first.x + 1, first.y), theme(Role::Online), "bob's mark");
    assert_eq!(fg(0, first.y), theme(Role::FrameFocused));
    assert_eq!(fg(79, first.y), theme(Role::Frame));
    assert!(buffer[(first.x, first.y)].modifier.contains(ratatui::style::Modifier::REVERSED), "selected");
}

#[test]
fn how_far_a_message_has_come_stands_at_its_end() {
    let failed = ChatMessage { failure: Some("refused".to_owned()), ..said("alice", 4, 6, "four") };
    let mine = [said("alice", 1, 9, "one"), said("alice", 2, 8, "two"), said("alice", 3, 7, "three"), failed];
    let world = World::saying(mine.to_vec());
    let (terminal, _) = world.draw(80, 24, |_| {});
    let buffer = terminal.backend().buffer();
    let picture = picture(buffer);
    let rows: Vec<Vec<&str>> =
        picture.lines().map(|row| row.rsplit("││").next().unwrap().split_whitespace().collect()).collect();
    assert_eq!(rows[3], ["09:21", "alice", "one", "✓✓", "│"]);
    assert_eq!(rows[4], ["09:22", "alice", "two", "✓✓", "│"]);
    assert_eq!(rows[5], ["09:23", "alice", "three", "✓", "│"]);
    assert_eq!(rows[8], ["✗", "not", "delivered:", "refused", "│"]);
    let read = world.theme.style(Role::TickRead).fg.unwrap();
    assert_eq!(buffer[(77, 3)].fg, read, "one was read");
    assert_ne!(buffer[(77, 4)].fg, read, "two was not");
}

#[test]
fn no_size_makes_it_panic_or_write_control_characters() {
    let world = World::saying(hostile());
    let foci = [Focus::Users, Focus::Groups, Focus::Inbox, Focus::Chat, Focus::Composer];
    for (place, width) in (0..=130_u16).enumerate() {
        for height in (0..=50_u16).step_by(if width > 12 { 3 } else { 1 }) {
            let focus = foci[(place + usize::from(height)) % foci.len()];
            let (mut terminal, _) = world.draw(width, height, |scene| scene.focus = focus);
            for cell in &terminal.backend_mut().buffer().content {
                assert!(!cell.symbol().contains(char::is_control), "{width}×{height}");
            }
        }
    }
}
