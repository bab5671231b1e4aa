//! What a client sends, as data that a fuzzer can generate and mutate. Most of it is a valid packet.

use arbitrary::Arbitrary;

/// What a client sends at a time: a packet, or any bytes.
#[derive(Debug, Arbitrary)]
pub enum Sent {
    Connect(Box<Connect>),
    Publish(Publish),
    Subscribe { packet: u8, filters: Vec<(Topic, Options)>, properties: Vec<Property> },
    Unsubscribe { packet: u8, filters: Vec<Topic> },
    Acknowledge { which: Acknowledgement, packet: u8, reason: Option<u8> },
    Ping,
    Disconnect { reason: Option<u8>, properties: Vec<Property> },
    Stray(Vec<u8>),
}

/// Of the client that sends it.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// The user name.
    pub name: &'a str,
    /// The protocol level, once CONNECT was sent.
    pub level: u8,
}

/// The options of a subscription that every version has, and those of MQTT 5.
#[derive(Debug, Arbitrary)]
pub struct Options {
    qos: u8,
    no_local: bool,
    retain_as_published: bool,
    retain_handling: u8,
}

impl Options {
    fn byte(&self, level: u8) -> u8 {
        let of_5 =
            u8::from(self.no_local) << 2 | u8::from(self.retain_as_published) << 3 | self.retain_handling % 3 << 4;
        self.qos % 3 | if level < 5 { 0 } else { of_5 }
    }
}

#[derive(Debug, Arbitrary)]
pub struct Connect {
    client: ClientId,
    is_level_4: bool,
    is_clean: bool,
    properties: Vec<Property>,
    will: Option<Publish>,
}

#[derive(Debug, Arbitrary)]
pub struct Publish {
    topic: Topic,
    payload: Payload,
    qos: u8,
    retain: bool,
    is_again: bool,
    packet: u8,
    properties: Vec<Property>,
}

#[derive(Debug, Arbitrary)]
pub enum ClientId {
    /// That of the sender's login.
    Own,
    Alice,
    Bob,
    Carol,
    Empty,
    Any(String),
}

#[derive(Debug, Arbitrary)]
pub enum Acknowledgement {
    PubAck,
    PubRec,
    PubRel,
    PubComp,
}

/// The topics and filters about which the broker has rules, and any other.
#[derive(Debug, Arbitrary)]
pub enum Topic {
    Known(u8),
    Any(String),
}

/// The topics by number. Those at the end are filters.
const TOPICS: [&str; 20] = [
    "USERS",
    "USERS/alice",
    "USERS/bob",
    "alice_Control",
    "bob_Control",
    "clients/carol",
    "GROUPS",
    "groups/info",
    "GROUPS/devs",
    "groups/devs/leader",
    "groups/devs/members",
    "groups/devs/messages",
    "alice_bob_1",
    "bob_carol_2",
    "",
    "USERS/#",
    "GROUPS/+",
    "#",
    "+/devs",
    "$share/a/USERS",
];

#[derive(Debug, Arbitrary)]
pub enum Payload {
    Known(u8),
    /// As many bytes.
    Long(u16),
    Any(Vec<u8>),
}

const PAYLOADS: [&str; 14] = [
    "",
    "alice online",
    "alice offline",
    "bob offline",
    "REQUEST alice",
    "1 bob",
    "GI devs",
    "devs CREATE",
    "devs DISBAND",
    "devs alice bob",
    "devs bob alice",
    "carol ENTER",
    "alice hello",
    "END",
];

#[derive(Debug, Arbitrary)]
pub enum Property {
    From(ClientId),
    /// The property with which the broker names the sender.
    Forged(ClientId),
    Alias(u8),
    MessageExpiry(u16),
    SessionExpiry(u32),
    WillDelay(u16),
    ReceiveMaximum(u8),
    MaximumPacketSize(u16),
    SubscriptionIdentifier(u8),
    ContentType(String),
    /// Any bytes.
    Stray(Vec<u8>),
}

impl Sent {
    /// The bytes.
    pub fn bytes(&self, sender: Sender<'_>) -> Vec<u8> {
        match self {
            Self::Connect(connect) => connect.bytes(sender),
            Self::Publish(publish) => publish.bytes(sender),
            Self::Subscribe { packet, filters, properties } => {
                let mut body = vec![0, *packet];
                put_properties(&mut body, properties, Place::Subscribe, sender);
                for (filter, options) in filters {
                    put(&mut body, filter.text().as_bytes());
                    body.push(options.byte(sender.level));
                }
                frame(0x82, &body)
            }
            Self::Unsubscribe { packet, filters } => {
                let mut body = vec![0, *packet];
                put_properties(&mut body, &[], Place::Subscribe, sender);
                for filter in filters {
                    put(&mut body, filter.text().as_bytes());
                }
                frame(0xA2, &body)
            }
            Self::Acknowledge { which, packet, reason } => {
                let first = match which {
                    Acknowledgement::PubAck => 0x40,
                    Acknowledgement::PubRec => 0x50,
                    Acknowledgement::PubRel => 0x62,
                    Acknowledgement::PubComp => 0x70,
                };
                let reason = reason.filter(|_| sender.level == 5);
                let body: Vec<u8> = [0, *packet].into_iter().chain(reason).collect();
                frame(first, &body)
            }
            Self::Ping => frame(0xC0, &[]),
            Self::Disconnect { reason, properties } => {
                let mut body: Vec<u8> = reason.filter(|_| sender.level == 5).into_iter().collect();
                if !body.is_empty() && !properties.is_empty() {
                    put_properties(&mut body, properties, Place::Disconnect, sender);
                }
                frame(0xE0, &body)
            }
            Self::Stray(bytes) => bytes.clone(),
        }
    }
}

impl Connect {
    fn bytes(&self, sender: Sender<'_>) -> Vec<u8> {
        let Self { client, is_level_4, is_clean, properties, will } = self;
        let sender = Sender { level: 5 - u8::from(*is_level_4), ..sender };
        let will_flags = will.as_ref().map_or(0, |will| 0x04 | (will.qos % 3) << 3 | u8::from(will.retain) << 5);
        let mut body = b"\0\x04MQTT".to_vec();
        body.extend([sender.level, u8::from(*is_clean) << 1 | will_flags, 0, 0]);
        put_properties(&mut body, properties, Place::Connect, sender);
        put(&mut body, client.text(sender).as_bytes());
        if let Some(will) = will {
            put_properties(&mut body, &will.properties, Place::Will, sender);
            put(&mut body, will.topic.text().as_bytes());
            put(&mut body, &will.payload.bytes());
        }
        frame(0x10, &body)
    }
}

impl Publish {
    fn bytes(&self, sender: Sender<'_>) -> Vec<u8> {
        let Self { topic, payload, qos, retain, is_again, packet, properties } = self;
        let qos = qos % 3;
        let mut body = Vec::new();
        put(&mut body, topic.text().as_bytes());
        if qos > 0 {
            body.extend([0, *packet]);
        }
        put_properties(&mut body, properties, Place::Publish, sender);
        body.extend(payload.bytes());
        frame(0x30 | u8::from(*is_again && qos > 0) << 3 | qos << 1 | u8::from(*retain), &body)
    }
}

impl ClientId {
    fn text<'a>(&'a self, sender: Sender<'a>) -> &'a str {
        match self {
            Self::Own => sender.name,
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Carol => "carol",
            Self::Empty => "",
            Self::Any(text) => text,
        }
    }
}

impl Topic {
    fn text(&self) -> &str {
        match self {
            Self::Known(number) => TOPICS[usize::from(*number) % TOPICS.len()],
            Self::Any(text) => text,
        }
    }
}

impl Payload {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Known(number) => PAYLOADS[usize::from(*number) % PAYLOADS.len()].into(),
            Self::Long(length) => vec![b'x'; usize::from(length % 4096)],
            Self::Any(bytes) => bytes.clone(),
        }
    }
}

/// Where properties stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Connect,
    Will,
    Publish,
    Subscribe,
    Disconnect,
}

/// Appends those of the properties that may stand there, if the version has properties.
fn put_properties(body: &mut Vec<u8>, properties: &[Property], place: Place, sender: Sender<'_>) {
    if sender.level < 5 {
        return;
    }
    let mut bytes = Vec::new();
    for property in properties.iter().filter(|property| property.may_stand(place)) {
        property.put(&mut bytes, sender);
    }
    put_length(body, bytes.len());
    body.extend(bytes);
}

impl Property {
    fn may_stand(&self, place: Place) -> bool {
        match self {
            Self::From(_) | Self::Forged(_) | Self::Stray(_) => true,
            Self::Alias(_) => place == Place::Publish,
            Self::MessageExpiry(_) | Self::ContentType(_) => matches!(place, Place::Publish | Place::Will),
            Self::SessionExpiry(_) => matches!(place, Place::Connect | Place::Disconnect),
            Self::WillDelay(_) => place == Place::Will,
            Self::ReceiveMaximum(_) | Self::MaximumPacketSize(_) => place == Place::Connect,
            Self::SubscriptionIdentifier(_) => place == Place::Subscribe,
        }
    }

    /// Appends it as in MQTT 5 §2.2.2.2.
    fn put(&self, bytes: &mut Vec<u8>, sender: Sender<'_>) {
        let mut put_user = |name: &str, value: &ClientId| {
            bytes.push(0x26);
            put(bytes, name.as_bytes());
            put(bytes, value.text(sender).as_bytes());
        };
        match self {
            Self::From(user) => put_user("from", user),
            Self::Forged(user) => put_user("x-mqtt-sender", user),
            Self::Alias(alias) => bytes.extend([0x23, 0, *alias]),
            Self::MessageExpiry(seconds) => bytes.extend([&[0x02], &u32::from(*seconds).to_be_bytes()[..]].concat()),
            Self::SessionExpiry(seconds) => bytes.extend([&[0x11], &seconds.to_be_bytes()[..]].concat()),
            Self::WillDelay(seconds) => bytes.extend([&[0x18], &u32::from(*seconds).to_be_bytes()[..]].concat()),
            Self::ReceiveMaximum(count) => bytes.extend([0x21, 0, *count]),
            Self::MaximumPacketSize(size) => bytes.extend([&[0x27], &u32::from(*size).to_be_bytes()[..]].concat()),
            Self::SubscriptionIdentifier(number) => bytes.extend([0x0B, *number]),
            Self::ContentType(text) => {
                bytes.push(0x03);
                put(bytes, text.as_bytes());
            }
            Self::Stray(stray) => bytes.extend(stray),
        }
    }
}

/// Appends a text or binary data, with its length before it.
fn put(bytes: &mut Vec<u8>, data: &[u8]) {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(&data[..length.into()]);
}

/// Appends a variable byte integer (MQTT 5 §1.5.5).
fn put_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push((length % 0x80) as u8 | 0x80);
        length /= 0x80;
    }
    bytes.push(length as u8);
}

fn frame(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    put_length(&mut bytes, body.len());
    bytes.extend(body);
    bytes
}
