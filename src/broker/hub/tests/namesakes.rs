//! Groups of one name, one after the other.

use super::{
    rules::{record, world},
    *,
};

#[test]
fn record_says_since_when_the_broker_knows_the_group() {
    let mut world = world();
    let [alice, bob] = ["alice", "bob"].map(|name| world.connect(name));
    world.subscribe(bob, "GROUPS/devs", QoS::AtLeastOnce);
    let since = |publish: &PublishPacket| {
        let properties = &publish.properties;
        let all = properties.get_all(mqtt5_protocol::protocol::v5::properties::PropertyId::UserProperty).unwrap();
        let ours = all.iter().filter(|it| format!("{it:?}").contains("x-mqtt-group-since"));
        assert_eq!(ours.count(), 1, "{all:?}");
        properties.get_user_property_value("x-mqtt-group-since").unwrap().to_owned()
    };
    let publish = |world: &mut World, text: &str| {
        world.publish_with(alice, "GROUPS/devs", text, |packet| {
            packet.retain = true;
            packet.properties.add_user_property("x-mqtt-group-since".into(), "1".into());
        });
        world.publications(bob).iter().map(since).collect::<Vec<_>>()
    };
    let first = publish(&mut world, "devs alice bob");
    assert_eq!(first.len(), 1);
    world.now += Duration::from_secs(61);
    assert_eq!(publish(&mut world, "devs alice"), first, "the same group");
    assert_eq!(publish(&mut world, ""), first, "its end");
    assert_ne!(publish(&mut world, "devs alice bob"), first, "another group");
}

#[test]
fn removed_member_who_takes_the_name_gets_nothing_of_the_group_before() {
    let mut world = world();
    let [alice, bob] = ["alice", "bob"].map(|name| world.connect(name));
    record(&mut world, alice, "devs alice bob");
    world.subscribe(bob, "groups/devs/messages", QoS::AtLeastOnce);
    world.leave(bob);
    world.publish(alice, "groups/devs/messages", "alice for members");
    record(&mut world, alice, "devs alice");
    assert_eq!(world.publish_with(alice, "GROUPS/devs", "", |packet| packet.retain = true), Some(0));
    world.now += Duration::from_secs(61);
    let (look, _) = world.connect_with("", |connect| connect.username = Some("bob".into()));
    assert_eq!(record(&mut world, look, "devs bob"), Some(0));
    assert_eq!(world.publish(look, "groups/devs/messages", "bob hello"), Some(0));
    world.restart();
    let (bob, answer) = world.connect_with("bob", |_| ());
    let texts: Vec<_> = answer.iter().filter(|packet| matches!(packet, Packet::Publish(_))).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(matches!(&texts[0], Packet::Publish(publish) if publish.payload == b"bob hello"[..]), "{texts:?}");
    world.cut(bob);
}

#[test]
fn group_of_before_there_were_users_is_marked() {
    let mut world = World::new(false, Limits::default());
    let alice = world.connect("alice");
    assert_eq!(record(&mut world, alice, "devs alice bob"), Some(0));
    world.has_users = true;
    let mut marks = Vec::new();
    for _ in 0..2 {
        world.restart();
        let bob = world.connect("bob");
        let answer = world.subscribe(bob, "GROUPS/devs", QoS::AtMostOnce);
        let [Packet::SubAck(_), Packet::Publish(record)] = &answer[..] else { panic!("{answer:?}") };
        marks.extend(record.properties.get_user_property_value("x-mqtt-group-since").map(str::to_owned));
    }
    assert_eq!(marks, ["0 0", "0 0"]);
}
