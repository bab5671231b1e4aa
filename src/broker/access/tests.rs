//! Access to each topic, and arbitrary input.

use std::iter;

use mqtt5_protocol::validation::topic_matches_filter;
use proptest::prelude::*;

use super::{reservations::RESERVED, *};
use crate::protocol::KnownSince;

const NOW: Duration = Duration::from_secs(1_000);
/// Since when the broker has its data.
const DATA: Duration = Duration::from_secs(7);

fn id(name: &str) -> UserId {
    name.parse().unwrap()
}

fn publishing<'a>(topic: &'a str, payload: &'a str) -> Publishing<'a> {
    Publishing { topic, payload: payload.as_bytes(), properties: 0, retain: false, from: &[], since: None }
}

fn retained_record(text: &str) -> Publishing<'_> {
    Publishing { retain: true, ..publishing("GROUPS/devs", text) }
}

/// The group devs: bob leads it, and carol is a member.
fn groups() -> Groups {
    Groups::new(Duration::ZERO, BTreeMap::new(), [("GROUPS/devs", &b"devs bob carol"[..])].into_iter())
}

#[test]
fn users_have_only_the_access_in_the_table() {
    // A topic, the users who may subscribe to it, those who receive from it, and those who may publish to it. The
    // letters are the initials of alice, bob (leads devs) and carol (is in devs).
    for (topic, subscribe, receive, publish) in [
        ("alice_Control", "a", "a", "abc"),
        ("clients/bob", "b", "b", "abc"),
        ("USERS/alice", "abc", "abc", "a"),
        ("USERS", "abc", "abc", "abc"),
        ("GROUPS", "abc", "abc", "abc"),
        ("groups/info", "abc", "abc", "abc"),
        ("GROUPS/devs", "abc", "abc", "b"),
        ("GROUPS/new", "abc", "abc", "abc"),
        ("groups/devs/leader", "abc", "b", "abc"),
        ("groups/devs/members", "abc", "bc", "bc"),
        ("groups/devs/messages", "abc", "bc", "bc"),
        ("groups/devs/seen", "abc", "bc", "b"),
        ("groups/new/messages", "abc", "", ""),
        ("alice_bob_1763900000000", "ab", "ab", "ab"),
        ("bob_carol_1763900000000", "bc", "bc", "bc"),
        ("USERS/#", "abc", "", ""),
        ("GROUPS/#", "abc", "", ""),
        ("GROUPS/devs/#", "abc", "", ""),
        ("GROUPS/devs/x/#", "", "", ""),
        ("#", "", "", ""),
        ("+", "", "", ""),
        ("+/#", "", "", ""),
        ("+/alice", "", "", ""),
        ("groups/#", "", "", ""),
        ("groups/+/messages", "", "", ""),
        ("clients/+", "", "", ""),
        ("clients/#", "", "", ""),
        ("$share/x/USERS/#", "", "", ""),
        ("$share/x/bob_Control", "", "", ""),
        ("$SYS/#", "", "", ""),
        ("USERS/alice/#", "", "", ""),
        ("elsewhere", "", "", ""),
        ("", "", "", ""),
    ] {
        for user in ["alice", "bob", "carol"] {
            let (user, letter) = (id(user), &user[..1]);
            assert_eq!(may_subscribe(&user, topic), subscribe.contains(letter), "{user} subscribes to {topic}");
            if !topic.contains(['#', '+']) {
                assert_eq!(groups().may_receive(&user, topic), receive.contains(letter), "{user} reads {topic}");
            }
            let may_publish = groups().check(&user, publishing(topic, "\u{1}"), NOW).is_ok();
            assert_eq!(may_publish, publish.contains(letter), "{user} writes {topic}");
        }
    }
}

#[test]
fn only_the_own_presence_is_a_will() {
    let bob = id("bob");
    let is_own = |topic, payload| is_own_will(&bob, publishing(topic, payload));
    assert!(is_own("USERS/bob", "bob offline"));
    assert!(!is_own_will(&bob, Publishing { from: &["carol"], ..publishing("USERS/bob", "bob offline") }));
    for (topic, payload) in
        [("USERS/bob", "bob online"), ("USERS/carol", "carol offline"), ("USERS", "bob offline"), ("x", "bob offline")]
    {
        assert!(!is_own(topic, payload), "{topic} {payload}");
    }
}

/// papo 0.1 kept no notes beside the records.
#[test]
fn members_of_a_former_record_have_joined() {
    let check = |text| groups().check(&id("bob"), retained_record(text), NOW);
    assert_eq!(check("devs carol bob"), Ok(()));
    assert_eq!(check("devs dave bob carol"), Err(Refusal::NotAuthorized));
}

#[test]
fn claims_of_one_login_are_limited() {
    let (mut groups, eve) = (Groups::default(), id("eve"));
    let claim = |groups: &mut Groups, user: &UserId, n: usize| {
        let text = format!("g{n} CREATE");
        let outcome = groups.check(user, publishing("GROUPS", &text), NOW);
        if outcome.is_ok() {
            groups.learn(user, publishing("GROUPS", &text), NOW);
        }
        outcome
    };
    assert!((0..UNRECORDED).all(|n| claim(&mut groups, &eve, n).is_ok()));
    assert_eq!(claim(&mut groups, &eve, UNRECORDED), Err(Refusal::Quota));
    assert_eq!(claim(&mut groups, &id("bob"), UNRECORDED), Ok(()));
}

/// Another group of this name may have ended unnoticed, and papo's messages were meant for that one.
#[test]
fn papo_writes_to_a_group_without_a_record_after_it_has_announced_itself() {
    let (bob, carol) = (id("bob"), id("carol"));
    let mut groups = Groups::default();
    let says = |groups: &mut Groups, user: &UserId, topic: &str, text: &str, from: &[&str]| {
        let publishing = Publishing { from, ..publishing(topic, text) };
        let outcome = groups.check(user, publishing, NOW);
        if outcome.is_ok() {
            groups.learn(user, publishing, NOW);
        }
        outcome
    };
    says(&mut groups, &bob, "GROUPS", "club CREATE", &[]).unwrap();
    says(&mut groups, &bob, "carol_Control", "GI club", &[]).unwrap();
    let messages = "groups/club/messages";
    assert_eq!(says(&mut groups, &bob, messages, "bob hello", &["bob"]), Ok(()), "the creator");
    assert_eq!(says(&mut groups, &carol, messages, "carol hello", &["carol"]), Err(Refusal::NotAuthorized));
    assert_eq!(says(&mut groups, &carol, "groups/club/members", "carol", &["carol"]), Ok(()));
    assert_eq!(says(&mut groups, &carol, messages, "carol hello", &["carol"]), Ok(()));
    // A plain client need not.
    says(&mut groups, &bob, "dave_Control", "GI club", &[]).unwrap();
    assert_eq!(says(&mut groups, &id("dave"), messages, "dave hello", &[]), Ok(()));
}

#[test]
fn empty_record_of_no_group_has_no_effect() {
    let retained = |topic| Publishing { retain: true, ..publishing(topic, "") };
    assert_eq!(groups().check(&id("eve"), retained("GROUPS/free"), NOW), Err(Refusal::Repeated));
    assert_eq!(groups().check(&id("eve"), retained("GROUPS/devs"), NOW), Err(Refusal::NotAuthorized));
    assert_eq!(groups().check(&id("bob"), retained("GROUPS/devs"), NOW), Ok(()));
}

#[test]
fn group_is_known_since_it_began() {
    let (bob, carol) = (id("bob"), id("carol"));
    let mut groups = Groups::new(DATA, BTreeMap::new(), std::iter::empty());
    let [second, third] = [1, 2].map(|n| NOW + RESERVED * n);
    let bobs = |payload| Publishing { retain: true, ..publishing("GROUPS/club", payload) };
    for (user, publishing, now, since) in [
        (&bob, publishing("GROUPS", "club CREATE"), NOW, NOW),
        (&bob, bobs("club bob carol"), second, NOW),
        (&bob, publishing("GROUPS", "club bob carol"), second, NOW),
        (&carol, publishing("groups/club/members", "carol"), second, NOW),
        (&bob, bobs("club carol bob"), second, NOW),
        (&carol, bobs(""), second, NOW),
        (&carol, publishing("GROUPS", "club DISBAND"), second, NOW),
        (&bob, bobs("club bob carol"), third, third),
        (&bob, bobs("club bob"), third + RESERVED, third),
    ] {
        assert_eq!(groups.check(user, publishing, now), Ok(()), "{publishing:?}");
        assert_eq!(groups.since(user, publishing, now), Some(KnownSince::of(since, DATA)), "{publishing:?}");
        groups.learn(user, publishing, now);
    }
    let (notes, record) = (groups.notes.clone(), ("GROUPS/club", &b"club bob"[..]));
    let restored = Groups::new(DATA, notes, [record].into_iter());
    let since = |user: &UserId, publishing| restored.since(user, publishing, third + RESERVED);
    let known = Some(KnownSince::of(third, DATA));
    assert_eq!(since(&bob, bobs("club bob carol")), known, "after a restart");
    let invitation = publishing("dave_Control", "GI club");
    assert_eq!((since(&bob, invitation), since(&carol, invitation)), (known, None), "only a member invites to it");
    assert_eq!(since(&bob, publishing("dave_Control", "REQUEST bob")), None);
}

/// Its publisher may not know yet that another group has the name.
#[test]
fn publication_that_is_meant_for_an_earlier_group_is_refused() {
    let (bob, carol) = (id("bob"), id("carol"));
    let mut groups = Groups::default();
    let record = Publishing { retain: true, ..publishing("GROUPS/club", "club bob carol") };
    groups.learn(&bob, record, NOW);
    for (topic, user, text) in [
        ("groups/club/messages", &carol, "carol hello"),
        ("groups/club/members", &carol, "carol"),
        ("groups/club/seen", &bob, "bob"),
    ] {
        let check = |since| groups.check(user, Publishing { since, ..publishing(topic, text) }, NOW);
        assert_eq!((check(None), check(Some("1000000"))), (Ok(()), Ok(())), "{topic}");
        for other in ["999999", "1000001", "1000000 0", "", "x"] {
            assert_eq!(check(Some(other)), Err(Refusal::NotAuthorized), "{topic} {other}");
        }
    }
}

#[test]
fn name_of_a_group_that_has_ended_is_reserved_for_a_minute() {
    let (bob, carol) = (id("bob"), id("carol"));
    let mut groups = groups();
    groups.learn(&bob, retained_record(""), NOW);
    let soon = NOW + Duration::from_millis(59_999);
    for (user, now, expected) in [
        (&carol, NOW, Err(Refusal::NotAuthorized)),
        (&carol, soon, Err(Refusal::NotAuthorized)),
        (&bob, soon, Ok(())),
        (&carol, NOW + RESERVED, Ok(())),
    ] {
        let name = user.as_str();
        assert_eq!(groups.check(user, retained_record(&format!("devs {name}")), now), expected, "{name} {now:?}");
        assert_eq!(groups.check(user, publishing("GROUPS", "devs CREATE"), now), expected, "{name} {now:?}");
    }
    // A group without a record, twice; the first reservation ends earlier.
    for second in [0, 30] {
        let now = NOW + Duration::from_secs(second);
        groups.learn(&bob, publishing("GROUPS", "club CREATE"), now);
        groups.learn(&bob, publishing("GROUPS", "club DISBAND"), now);
    }
    groups.learn(&bob, publishing("GROUPS", "other CREATE"), NOW + RESERVED);
    groups.learn(&bob, publishing("GROUPS", "other DISBAND"), NOW + RESERVED);
    let claim = |seconds| groups.check(&carol, publishing("GROUPS", "club CREATE"), NOW + Duration::from_secs(seconds));
    assert_eq!((claim(89), claim(90)), (Err(Refusal::NotAuthorized), Ok(())));
}

#[test]
fn groups_begin_one_after_another_whatever_the_clock_says() {
    let bob = id("bob");
    let mut groups = Groups::new(DATA, BTreeMap::new(), iter::empty());
    let mut begin = |word: &str, now| {
        let announced = groups.since(&bob, publishing("GROUPS", &format!("{word} CREATE")), now);
        groups.learn(&bob, publishing("GROUPS", &format!("{word} CREATE")), now);
        assert_eq!(groups.known_since(&word.parse().unwrap()), announced, "{word}");
        announced.unwrap().to_string()
    };
    assert_eq!(begin("one", NOW), "1000000 7000");
    assert_eq!(begin("two", NOW), "1000001 7000");
    assert_eq!(begin("three", Duration::from_secs(500)), "1000002 7000");
    assert_eq!(begin("four", NOW + Duration::from_secs(1)), "1001000 7000");
    let notes = BTreeMap::from([("old".parse().unwrap(), groups.notes[&"four".parse().unwrap()].clone())]);
    let mut groups = Groups::new(DATA, notes, iter::empty());
    groups.learn(&bob, publishing("GROUPS", "five CREATE"), NOW);
    assert_eq!(groups.known_since(&"five".parse().unwrap()).unwrap().to_string(), "1001001 7000");
}

proptest! {
    #[test]
    fn no_open_filter_matches_private_topics(filter in "(USERS|GROUPS|groups|clients|bob_Control|\\+|#|\\$share|devs|bob|/){1,6}") {
        let eve = id("eve");
        let private = ["bob_Control", "clients/bob", "groups/devs/leader", "groups/devs/members",
            "groups/devs/messages", "bob_carol_1763900000000"];
        for topic in private {
            prop_assert!(!groups().may_receive(&eve, topic));
            if may_subscribe(&eve, &filter) && topic_matches_filter(topic, &filter) {
                prop_assert_eq!(&filter, topic, "a wildcard matches a private topic");
            }
        }
    }

    #[test]
    fn arbitrary_input_never_panics(topic in any::<String>(), payload in any::<Vec<u8>>(), retain in any::<bool>()) {
        let (mut groups, eve) = (groups(), id("eve"));
        let publishing =
            Publishing { topic: &topic, payload: &payload, properties: 0, retain, from: &["bob"], since: None };
        prop_assert!(groups.check(&eve, publishing, NOW).is_err());
        groups.learn(&eve, publishing, NOW);
        let _ = (may_subscribe(&eve, &topic), groups.may_receive(&eve, &topic), is_own_will(&eve, publishing));
    }
}
