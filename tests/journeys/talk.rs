//! Users, requests for a chat, and sessions.

use crate::{World, on_both_brokers, quit};

on_both_brokers! {
    users_are_listed_as_online_and_offline
    line_typed_first_goes_to_the_composer_only
    accepted_request_opens_a_chat
    request_is_denied
    blocked_user_is_ignored
    unknown_id_can_be_asked_to_chat
    session_ends_when_both_have_ended_it
    new_message_does_not_scroll_while_reading_earlier_ones
    search_finds_messages_of_ended_sessions
}

fn users_are_listed_as_online_and_offline(world: World) {
    let wire = world.wire();
    let alice = world.start_online("alice");
    alice.shows("No users yet");
    let bob = world.start_online("bob");
    alice.shows("● bob");
    bob.shows("● alice");
    quit(bob);
    alice.shows("○ bob");
    wire.has("USERS/bob bob online");
    wire.has("USERS/bob bob offline");
    wire.has("USERS bob offline");
    // A new client learns of bob from the broker's retained messages.
    let carol = world.start_online("carol");
    carol.shows("○ bob");
    carol.shows("just now");
    // When a papo vanishes, the broker publishes its will: the user is offline.
    let mut carol = carol;
    carol.kill();
    alice.shows("○ carol");
}

/// The composer has the focus at the start. Each key of this line would do something in one of the lists.
fn line_typed_first_goes_to_the_composer_only(world: World) {
    const LINE: &str = "rJaLdDnmixtHhwck and hello";
    let wire = world.wire();
    let mut bob = world.start_online("bob");
    bob.makes_group("devs");
    wire.has("GROUPS/devs devs bob");
    wire.publish_with(&["-t", "alice_Control", "-m", "REQUEST carol", "-r"]);
    let mut alice = world.start_online("alice");
    alice.shows("● bob");
    alice.shows("#devs");
    alice.shows("? carol wants to chat");
    alice.types_line(LINE).shows("No chat is open to send this to");
    let screen = alice.shows(LINE);
    assert!(screen.contains("Users") && screen.contains("1 request"), "nothing else has changed:\n{screen}");
    alice.clears_composer().asks("bob");
    wire.has("bob_Control REQUEST alice");
    let of_alice = |line: &&String| !line.starts_with("USERS") && line.split(' ').skip(1).any(|word| word == "alice");
    let published: Vec<String> = wire.lines().iter().filter(of_alice).cloned().collect();
    assert_eq!(published, ["bob_Control REQUEST alice"]);
    quit(alice);
    quit(bob);
}

fn accepted_request_opens_a_chat(world: World) {
    let (mut alice, mut bob, wire, topic) = world.talking();
    wire.has("bob_Control REQUEST alice");
    alice.types_line("shall we look at the pump? olá 日本語");
    bob.shows("shall we look at the pump? olá 日本語");
    wire.has(&format!("{topic} alice shall we look at the pump? olá 日本語"));
    alice.shows("✓✓");
    bob.composes("yes");
    alice.until("shows the answer", |screen| screen.contains("bob    yes"));

    // A message is unread while its chat is not shown, and read afterwards.
    alice.makes_group("devs");
    bob.types_line("and then some");
    alice.shows("1 unread");
    alice.shows("bob 1");
    alice.opens_unread();
    alice.shows("1 new");
    alice.has_read_all();

    // Several lines are one message.
    bob.keys("first\x1b\rsecond").keys("\r");
    alice.shows("second");
    wire.shows(|line| line == format!("{topic} bob first"), "the first line");

    // The list of sent requests shows the session's topic.
    alice.opens_sent_requests();
    alice.shows("bob_alice_");
    let is_receipt =
        |line: &str| ["ACK", "READ"].iter().any(|word| line.starts_with(&format!("bob_Control {word} bob_alice_")));
    assert!(wire.heard(is_receipt), "papo sends receipts to another papo");
}

fn request_is_denied(world: World) {
    let wire = world.wire();
    let (mut alice, mut bob) = (world.start_online("alice"), world.start_online("bob"));
    alice.shows("● bob");
    alice.opens_users().keys("r").presses_enter_again();
    bob.shows("? alice wants to chat");
    bob.shows("1 request");
    bob.answers_in_inbox("d");
    alice.shows("bob denied your request");
    wire.has("alice_Control DENIED bob");
    bob.hides("1 request");
    bob.keys("h");
    bob.shows("✗ denied: chat with alice");
    alice.opens_sent_requests();
    alice.shows("✗ denied: chat with bob");
}

fn unknown_id_can_be_asked_to_chat(world: World) {
    let mut alice = world.start_online("alice");
    alice.opens_users().looks_after("t").keys("d_ve");
    alice.shows("not allowed");
    alice.clears_composer().types_line("dave").presses_enter_again();
    alice.shows("Asked dave to chat");
    alice.shows("? dave");
    // The request reaches dave when he connects for the first time.
    let mut dave = world.start_online("dave");
    dave.accepts("alice").shows("Write to alice");
    alice.sees("dave accepted your request");
}

fn session_ends_when_both_have_ended_it(world: World) {
    let (mut alice, mut bob, wire, topic) = world.talking();
    alice.types_line("END");
    wire.has(&format!("{topic} END"));
    bob.shows("alice proposed to end this session");
    bob.shows("(ending)");
    alice.types_line("no, wait");
    bob.hides("(ending)");
    bob.composes("/end");
    alice.shows("bob proposed to end this session");
    alice.types_line("/end");
    alice.shows("(ended)");
    bob.shows("(ended)");
    alice.types_line("too late");
    alice.shows("Ask bob to chat? Enter again");
    assert!(!wire.heard(|line| line.contains("too late")));
    // The same two can chat again, in another session.
    alice.clears_composer().hides("Enter again");
    alice.asks("bob");
    bob.accepts("alice");
    alice.sees("bob accepted your request");
    wire.shows(
        |line| line.starts_with("bob_Control RESEND bob_alice_") && !line.contains(&topic),
        "a request for the messages of another session",
    );
}

fn new_message_does_not_scroll_while_reading_earlier_ones(world: World) {
    let (mut alice, mut bob, _wire, _) = world.talking();
    // alice has the chat open from its start, so she reads each message as it arrives, and none is marked as new.
    alice.types_line("ready");
    bob.shows("ready");
    for n in 0..260 {
        bob.types_line(&format!("line number {n:03}"));
    }
    bob.shows("line number 259");
    alice.shows("line number 259");
    alice.has_read_all();
    // Scroll up to the first message, which papo reads from the store.
    for _ in 0..60 {
        if alice.screen().contains("line number 000") {
            break;
        }
        let before = alice.screen();
        alice.keys("\x1b[5~");
        alice.until("has scrolled", |screen| screen != before);
    }
    let before = alice.shows("line number 000");
    bob.types_line("something new");
    alice.shows("1 unread");
    let texts = |screen: &str| {
        screen.lines().filter(|line| line.contains("line number")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(texts(&alice.screen()), texts(&before));
    alice.keys("\x1b[1;5F");
    alice.shows("something new");
}

fn blocked_user_is_ignored(world: World) {
    let wire = world.wire();
    let (mut alice, mut bob) = (world.start_online("alice"), world.start_online("bob"));
    alice.shows("● bob");
    alice.composes("/block bob");
    alice.shows("Blocked bob");
    bob.asks("alice");
    wire.has("alice_Control REQUEST bob");
    wire.publish("alice_Control", "REQUEST carol");
    alice.shows("? carol wants to chat");
    assert!(alice.screen().contains("1 request"), "{}", alice.screen());
    alice.types_line("/unblock bob");
    alice.shows("Unblocked bob");
    bob.asks("alice");
    alice.shows("? bob wants to chat");
}

fn search_finds_messages_of_ended_sessions(world: World) {
    let (mut alice, mut bob, _wire, _topic) = world.talking();
    alice.types_line("the pump stands in the cellar");
    bob.shows("cellar");
    alice.types_line("END");
    bob.shows("proposed to end");
    bob.composes("END");
    alice.shows("(ended)");
    // The chat is kept after the tab and papo are closed.
    alice.types_line("/close");
    alice.hides("cellar");
    quit(alice);
    let mut alice = world.start_online("alice");
    alice.shows("online");
    alice.hides("cellar");
    alice.opens_chat_list().shows("ended");
    alice.keys("\r").shows("cellar");
    alice.keys("\x1bw").hides("cellar");
    alice.keys("\x06");
    alice.shows("Search in all chats");
    alice.keys("CELL").shows("1 found");
    alice.keys("\r").shows("the pump stands in the cellar");
    alice.shows("next match");
    bob.asks("alice");
    alice.shows("wants to chat");
}
