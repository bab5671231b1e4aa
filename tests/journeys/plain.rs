//! papo and plain clients: a plain peer in Python, which shares no code with papo and knows only the plain topics and
//! payloads, chats with real papos. The journeys cover all that users can do, in both directions, over MQTT 3.1.1 and
//! MQTT 5, with both families of topic names.
#![expect(clippy::disallowed_methods, reason = "a test waits in real time")]

mod peer;
mod world;

use self::{
    peer::{Family, Peer},
    world::{BrokerKind, Dialect, World},
};
use crate::terminal::Terminal;

const DEFAULT_DIALECT: Dialect =
    Dialect { protocol: "5", family: Family::Control, prefix: "", broker: BrokerKind::Mosquitto };

/// Runs a journey in every dialect.
macro_rules! in_every_dialect {
    ($($journey:ident)*) => {
        in_dialect! { by_mqtt_3_over_control, "3", Control, "", Mosquitto, $($journey)* }
        in_dialect! { by_mqtt_3_over_clients, "3", Clients, "", Mosquitto, $($journey)* }
        in_dialect! { by_mqtt_5_over_control, "5", Control, "", Mosquitto, $($journey)* }
        in_dialect! { by_mqtt_5_over_clients, "5", Clients, "", Mosquitto, $($journey)* }
        in_dialect! { below_a_prefix, "3", Clients, "site/a/", Mosquitto, $($journey)* }
        in_dialect! { on_own_broker, "3", Clients, "", Own, $($journey)* }
        in_dialect! { on_own_broker_below_a_prefix, "5", Control, "site/a/", Own, $($journey)* }
    };
}

macro_rules! in_dialect {
    ($name:ident, $protocol:literal, $family:ident, $prefix:literal, $broker:ident, $($journey:ident)*) => {
        mod $name {
            use super::{Dialect, Family, BrokerKind, World};

            fn world() -> World {
                let (family, broker) = (Family::$family, BrokerKind::$broker);
                World::of(Dialect { protocol: $protocol, family, prefix: $prefix, broker })
            }

            $(#[test] fn $journey() { super::$journey(world()); })*
        }
    };
}

in_every_dialect! {
    plain_client_and_papo_see_each_others_presence
    plain_client_requests_and_both_end_the_session
    papo_requests_a_chat_with_a_plain_client
    plain_leader_admits_papo_and_hands_over
    papo_admits_plain_members_and_hands_over
}

fn plain_client_and_papo_see_each_others_presence(world: World) {
    let mut alice = world.start_online("alice");
    let mut pat = world.peer("pat");
    pat.prints("user alice online");
    pat.does("announce");
    alice.shows("● pat");
    let mut sam = world.peer("sam");
    sam.does("announce");
    pat.prints("user sam online");
    alice.shows("● sam");
    pat.does("leave").ends();
    alice.shows("○ pat");
    alice.quits();
    sam.prints("user alice offline");
    sam.does("users").prints("users alice=offline pat=offline sam=online");
    world.was_understood_by(&[&pat, &sam]);
}

fn plain_client_requests_and_both_end_the_session(world: World) {
    let mut alice = world.start_online("alice");
    let mut pat = world.peer("pat");
    is_denied(&mut pat, &mut alice);

    let topic = is_accepted(&mut pat, &mut alice);
    assert!(topic.starts_with("alice_pat_"), "the ID of the accepter comes first: {topic}");
    pat.does("say alice hello from far away");
    alice.shows("hello from far away");
    alice.types_line("olá 日本語");
    pat.prints("said alice olá 日本語");

    pat.does("end alice");
    alice.shows("pat proposed to end this session");
    alice.shows("(ending)");
    pat.does("say alice or rather not");
    alice.hides("(ending)");
    alice.types_line("END");
    pat.prints("ending alice");
    alice.types_line("one more thing");
    pat.prints("resumed alice");
    pat.prints("said alice one more thing");
    pat.does("end alice");
    alice.shows("(ending)");
    alice.types_line("/end");
    alice.shows("(ended)");
    pat.prints("over alice");

    // The same two can chat again, in another session.
    let again = is_accepted(&mut pat, &mut alice);
    assert!(again.starts_with("alice_pat_") && again != topic, "{again}");
    pat.does("say alice here we are again");
    alice.shows("here we are again");
    pat.does("end alice");
    alice.shows("(ending)");
    alice.types_line("/end");
    pat.prints("over alice");
    world.was_understood_by(&[&pat]);
}

fn papo_requests_a_chat_with_a_plain_client(world: World) {
    let mut alice = world.start_online("alice");
    let mut pat = world.peer("pat");
    pat.does("announce");
    alice.shows("● pat");
    is_denied(&mut pat, &mut alice);

    alice.asks("pat");
    pat.prints("asked alice");
    pat.does("deny alice");
    alice.shows("pat denied your request");

    alice.asks("pat");
    pat.prints("asked alice");
    pat.does("accept alice");
    let topic = pat.prints_after("talk alice ");
    assert!(topic.starts_with("pat_alice_"), "{topic}");
    alice.sees("pat accepted your request");
    alice.opens_composer().shows("Write to pat");
    alice.types_line("thank you");
    pat.prints("said alice thank you");
    pat.does("say alice you are welcome");
    alice.shows("you are welcome");
    alice.types_line("/end");
    pat.prints("ending alice");
    pat.does("end alice");
    alice.shows("(ended)");
    pat.prints("over alice");
    world.was_understood_by(&[&pat]);
}

fn plain_leader_admits_papo_and_hands_over(world: World) {
    let mut alice = world.start_online("alice");
    let (mut pat, mut sam) = (world.peer("pat"), world.peer("sam"));
    pat.does("create ops");
    alice.shows("#ops");
    alice.shows("★pat");
    pat.does("invite alice ops");
    alice.shows("invites");
    alice.composes("/accept");
    pat.prints("entering alice ops");
    pat.does("admit alice ops").prints("member ops alice");
    alice.sees("Write to #ops");
    pat.does("post ops good morning");
    alice.shows("good morning");
    alice.types_line("morning");
    pat.prints("posted ops alice morning");

    pat.does("handover ops alice");
    alice.shows("★alice pat");
    alice.types_line("so be it");
    pat.prints("posted ops alice so be it");
    sam.does("enter ops");
    alice.shows("sam → #ops");
    alice.types_line("/accept sam");
    sam.prints("in ops");
    pat.prints("group ops alice pat sam");
    sam.does("post ops here I am");
    alice.opens_composer().shows("here I am");
    pat.prints("posted ops sam here I am");

    alice.hands_over("ops", "pat");
    pat.prints("group ops pat sam alice");
    sam.prints("group ops pat sam alice");
    pat.does("disband ops");
    alice.hides("#ops ★");
    sam.prints("gone ops");
    world.was_understood_by(&[&pat, &sam]);
}

fn papo_admits_plain_members_and_hands_over(world: World) {
    let (mut alice, mut bob) = (world.start_online("alice"), world.start_online("bob"));
    let (mut pat, mut sam) = (world.peer("pat"), world.peer("sam"));
    alice.makes_group("devs");
    pat.prints("group devs alice");
    pat.does("enter devs");
    alice.accepts("pat");
    pat.prints("in devs");
    world.has("groups/devs/members", "pat");
    alice.invites("bob", "devs");
    bob.accepts("alice");
    pat.prints("member devs bob");

    alice.composes("hello all");
    pat.prints("posted devs alice hello all");
    bob.shows("hello all");
    pat.does("post devs hello alice and bob");
    alice.shows("hello alice and bob");
    bob.sees("hello alice and bob");
    bob.types_line("hello pat");
    pat.prints("posted devs bob hello pat");

    // papo admits invited users at once.
    is_denied(&mut sam, &mut alice);
    alice.invites("sam", "devs");
    sam.prints("invited devs");
    sam.does("enter devs").prints("in devs");
    pat.prints("member devs sam");
    sam.does("post devs all of us");
    bob.shows("all of us");

    alice.hands_over("devs", "pat");
    pat.prints_what("a group record with pat as the leader", |line| line.starts_with("group devs pat "));
    let mut ann = world.peer("ann");
    ann.does("enter devs");
    pat.prints("entering ann devs");
    pat.does("admit ann devs");
    ann.prints("in devs");
    ann.does("post devs am I late");
    bob.shows("am I late");
    alice.opens_composer().shows("am I late");

    pat.does("handover devs bob");
    bob.shows("#devs ★bob");
    bob.disbands("devs");
    for peer in [&pat, &sam, &ann] {
        peer.prints("gone devs");
    }
    world.was_understood_by(&[&pat, &sam, &ann]);
}

/// alice with papo and pat with a plain client, who have not exchanged any message.
fn papo_and_plain_client() -> (World, Terminal, Peer) {
    let world = World::of(DEFAULT_DIALECT);
    let (alice, pat) = (world.start_online("alice"), world.peer("pat"));
    (world, alice, pat)
}

#[test]
fn retained_message_counts_once_over_restarts() {
    let (world, mut alice, mut pat) = papo_and_plain_client();
    world.publishes_retained("clients/alice", "REQUEST sam");
    alice.denies("sam").hides("1 request");
    let topic = is_accepted(&mut pat, &mut alice);
    world.publishes_retained(&topic, "pat as the broker keeps it");
    alice.shows("as the broker keeps it");
    for round in 1..=4 {
        if round % 2 == 0 {
            alice.kill();
        } else {
            alice.quits();
        }
        alice = world.start_online("alice");
        // papo receives the retained messages before this one.
        let text = format!("round {round} of it");
        pat.does(&format!("say alice {text}"));
        alice.until("shows the message of pat", |screen| screen.contains("1 unread") || screen.contains(&text));
        let screen = alice.opens_unread().shows(&text);
        assert_eq!(screen.matches("as the broker keeps it").count(), 1, "{screen}");
        assert!(!screen.contains("1 request"), "{screen}");
    }
}

/// papo knows only the ID of a stranger.
#[test]
fn papo_reaches_strangers_on_either_topic() {
    let world = World::of(DEFAULT_DIALECT);
    let mut alice = world.start_online("alice");
    for (name, family) in [("pat", Family::Control), ("sam", Family::Clients)] {
        let mut stranger = world.peer_with(name, family);
        alice.asks(name);
        stranger.prints("asked alice");
        stranger.does("accept alice").prints_after("talk alice ");
        alice.sees(&format!("{name} accepted your request"));
    }
}

#[test]
fn several_lines_are_one_message() {
    let (world, mut alice, mut pat) = papo_and_plain_client();
    is_accepted(&mut pat, &mut alice);
    alice.keys("first\x1b\rsecond").keys("\r");
    pat.prints("said alice first\\nsecond");
    world.was_understood_by(&[&pat]);
}

#[test]
fn acceptance_with_time_in_seconds_works() {
    let (world, mut alice, mut pat) = papo_and_plain_client();
    alice.asks("pat");
    pat.prints("asked alice");
    pat.does("accept alice 1763900000").prints("talk alice pat_alice_1763900000");
    alice.sees("pat accepted your request");
    alice.composes("thank you");
    pat.prints("said alice thank you");
    world.was_understood_by(&[&pat]);
}

#[test]
fn plain_client_understands_a_denied_join() {
    let (world, mut alice, mut pat) = papo_and_plain_client();
    alice.makes_group("devs");
    pat.prints("group devs alice");
    pat.does("enter devs");
    alice.denies("pat");
    pat.prints_after("heard pat_Control ");
    // Once pat has processed this second denial, it has processed the first one, too.
    is_denied(&mut pat, &mut alice);
    world.was_understood_by(&[&pat]);
}

#[test]
fn plain_leader_denies_and_accepts() {
    let (world, mut alice, mut pat) = papo_and_plain_client();
    // A request published before the plain leader has subscribed is lost.
    pat.does("create ops").prints("member ops pat");
    alice.shows("★pat");
    alice.joins("ops");
    pat.prints("entering alice ops");
    pat.does("deny alice");
    alice.shows("pat denied your request to join #ops");
    alice.joins("ops");
    pat.prints("entering alice ops");
    pat.does("admit alice ops").prints("member ops alice");
    alice.sees("You are in #ops now");
    pat.does("groups").prints("groups ops=pat,alice");
    world.was_understood_by(&[&pat]);
}

#[test]
fn invitation_of_plain_leader_is_denied_silently() {
    let (world, mut alice, mut pat) = papo_and_plain_client();
    pat.does("create ops");
    alice.shows("★pat");
    pat.does("invite alice ops");
    alice.shows("invites");
    alice.composes("/deny");
    alice.hides("1 request");
    is_denied(&mut pat, &mut alice);
    world.was_understood_by(&[&pat]);
}

#[test]
fn newcomer_learns_of_a_hand_over_by_plain_leader() {
    let (world, mut alice, mut pat) = led_by_plain_client();
    takes_the_lead(&mut alice, &mut pat);
    let bob = world.start_online("bob");
    bob.shows("#devs ★ali");
    world.was_understood_by(&[&pat]);
}

#[test]
fn newcomer_joins_after_hand_over_from_plain_leader() {
    let (world, mut alice, mut pat) = led_by_plain_client();
    pat.does("handover devs alice");
    alice.shows("#devs ★alice");
    // bob joins before anyone has published a retained record with the new leader.
    let mut bob = world.start_online("bob");
    bob.shows("#devs ★");
    bob.joins("devs");
    alice.accepts("bob");
    pat.prints("group devs alice pat bob");
    bob.sees("You are in #devs now");
    world.was_understood_by(&[&pat]);
}

#[test]
fn offline_member_learns_of_a_hand_over_by_plain_leader() {
    let (world, mut alice, mut pat) = led_by_plain_client();
    let mut bob = world.start_online("bob");
    bob.shows("#devs ★pat");
    bob.joins("devs");
    pat.prints("entering bob devs");
    pat.does("admit bob devs").prints("member devs bob");
    bob.shows("#devs ★pat alice bob");
    bob.quits();
    takes_the_lead(&mut alice, &mut pat);
    let bob = world.start_online("bob");
    bob.shows("#devs ★alice");
    world.was_understood_by(&[&pat]);
}

#[test]
fn newcomer_learns_that_a_plain_leader_has_disbanded() {
    let (world, alice, mut pat) = led_by_plain_client();
    pat.does("disband devs");
    alice.hides("#devs ★");
    let (mut bob, mut sam) = (world.start_online("bob"), world.peer("sam"));
    // bob's papo receives the retained messages before this request.
    is_denied_by(&mut sam, &mut bob, "bob");
    bob.hides("#devs");
    sam.does("groups").prints("groups");
    world.was_understood_by(&[&pat, &sam]);
}

/// The plain leader hands over to papo.
fn takes_the_lead(alice: &mut Terminal, pat: &mut Peer) {
    pat.does("handover devs alice");
    alice.shows("#devs ★alice");
}

/// A group that papo has created and handed over to a plain client; papo's record is retained.
fn led_by_plain_client() -> (World, Terminal, Peer) {
    let (world, mut alice, mut pat) = papo_and_plain_client();
    alice.makes_group("devs");
    pat.prints("group devs alice");
    pat.does("enter devs");
    alice.accepts("pat");
    pat.prints("in devs");
    alice.hands_over("devs", "pat");
    pat.prints("group devs pat alice");
    (world, alice, pat)
}

#[test]
fn plain_peers_of_both_topic_families_share_a_group() {
    let world = World::of(DEFAULT_DIALECT);
    let mut alice = world.start_online("alice");
    let mut pat = world.peer_with("pat", Family::Control);
    let mut sam = world.peer_with("sam", Family::Clients);
    for peer in [&mut pat, &mut sam] {
        is_accepted(peer, &mut alice);
        peer.does("say alice may I come in");
        alice.shows("may I come in");
    }
    alice.makes_group("devs");
    for peer in [&mut pat, &mut sam] {
        peer.prints("group devs alice");
        alice.invites(peer.id(), "devs");
        peer.prints("invited devs");
        peer.does("enter devs").prints("in devs");
    }
    pat.prints("member devs sam");
    pat.does("post devs from one side");
    sam.prints("posted devs pat from one side");
    sam.does("post devs from the other");
    pat.prints("posted devs sam from the other");
    world.was_understood_by(&[&pat, &sam]);
}

/// A peer requests a chat with alice, who denies it. From now on papo knows which control topic the peer uses.
fn is_denied(peer: &mut Peer, alice: &mut Terminal) {
    is_denied_by(peer, alice, "alice");
}

/// A peer requests a chat with the user `id`, who uses `papo` and denies the request.
fn is_denied_by(peer: &mut Peer, papo: &mut Terminal, id: &str) {
    peer.does(&format!("request {id}"));
    papo.denies(peer.id());
    peer.prints(&format!("denied {id}"));
    // Wait until this request has left the inbox, because the next one may look the same.
    papo.hides("1 request");
}

/// A peer requests a chat with alice, who accepts; returns the session's topic.
fn is_accepted(peer: &mut Peer, alice: &mut Terminal) -> String {
    peer.does("request alice");
    alice.accepts(peer.id()).shows(&format!("Write to {}", peer.id()));
    peer.prints_after("talk alice ")
}
