//! What a client sends, as data that a fuzzer can generate and mutate. Most of it is a valid packet.

use arbitrary::Arbitrary;

/// What a client sends at a time.
#[derive(Debug, Arbitrary)]
pub struct Sent {
    kind: Kind,
    /// A byte of the packet that is replaced by another.
    changed: Option<(u16, u8)>,
    /// How many bytes at its end are missing, in most cases none.
    missing: Option<u8>,
}

#[derive(Debug, Arbitrary)]
enum Kind {
    Connect(Box<Connect>),
    Publish(Publish),
    Subscribe {
        packet: u8,
        filters: Vec<(Topic, u8)>,
        properties: Vec<Property>,
        is_level_5: bool,
    },
    Unsubscribe {
        packet: u8,
        filters: Vec<Topic>,
        is_level_5: bool,
    },
    Acknowledge {
        which: Acknowledgement,
        packet: u8,
        reason: Option<u8>,
    },
    Ping,
    Disconnect {
        reason: Option<u8>,
        properties: Vec<Property>,
    },
    /// Any bytes.
    Stray(Vec<u8>),
}

#[derive(Debug, Arbitrary)]
struct Connect {
    client: ClientId,
    is_level_5: bool,
    is_clean: bool,
    properties: Vec<Property>,
    will: Option<Publish>,
}

#[derive(Debug, Arbitrary)]
struct Publish {
    topic: Topic,
    payload: Payload,
    qos: u8,
    retain: bool,
    is_again: bool,
    packet: u8,
    properties: Vec<Property>,
    is_level_5: bool,
}

#[derive(Debug, Arbitrary)]
enum ClientId {
    Alice,
    Bob,
    Carol,
    Empty,
    Any(String),
}

#[derive(Debug, Arbitrary)]
enum Acknowledgement {
    PubAck,
    PubRec,
    PubRel,
    PubComp,
}

/// The topics and filters about which the broker has rules, and any other.
#[derive(Debug, Arbitrary)]
enum Topic {
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
enum Payload {
    Known(u8),
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
enum Property {
    From(ClientId),
    Sender(ClientId),
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
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.kind.bytes();
        if let Some((position, byte)) = self.changed
            && !bytes.is_empty()
        {
            let position = usize::from(position) % bytes.len();
            bytes[position] = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(self.missing.unwrap_or(0).into()));
        bytes
    }
}

impl Kind {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Connect(connect) => connect.bytes(),
            Self::Publish(publish) => publish.bytes(),
            Self::Subscribe { packet, filters, properties, is_level_5 } => {
                let mut body = start(*packet, *is_level_5, properties);
                for (filter, options) in filters {
                    put(&mut body, filter.text().as_bytes());
                    body.push(*options);
                }
                frame(0x82, &body)
            }
            Self::Unsubscribe { packet, filters, is_level_5 } => {
                let mut body = start(*packet, *is_level_5, &[]);
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
                let body: Vec<u8> = [0, *packet].into_iter().chain(*reason).collect();
                frame(first, &body)
            }
            Self::Ping => frame(0xC0, &[]),
            Self::Disconnect { reason, properties } => {
                let mut body: Vec<u8> = reason.iter().copied().collect();
                if reason.is_some() && !properties.is_empty() {
                    put_properties(&mut body, properties);
                }
                frame(0xE0, &body)
            }
            Self::Stray(bytes) => bytes.clone(),
        }
    }
}

impl Connect {
    fn bytes(&self) -> Vec<u8> {
        let Self { client, is_level_5, is_clean, properties, will } = self;
        let will_flags = will.as_ref().map_or(0, |will| 0x04 | (will.qos % 3) << 3 | u8::from(will.retain) << 5);
        let mut body = b"\0\x04MQTT".to_vec();
        body.extend([4 + u8::from(*is_level_5), u8::from(*is_clean) << 1 | will_flags, 0, 0]);
        if *is_level_5 {
            put_properties(&mut body, properties);
        }
        put(&mut body, client.text().as_bytes());
        if let Some(will) = will {
            if *is_level_5 {
                put_properties(&mut body, &will.properties);
            }
            put(&mut body, will.topic.text().as_bytes());
            put(&mut body, &will.payload.bytes());
        }
        frame(0x10, &body)
    }
}

impl Publish {
    fn bytes(&self) -> Vec<u8> {
        let Self { topic, payload, qos, retain, is_again, packet, properties, is_level_5 } = self;
        let qos = qos % 3;
        let mut body = Vec::new();
        put(&mut body, topic.text().as_bytes());
        if qos > 0 {
            body.extend([0, *packet]);
        }
        if *is_level_5 {
            put_properties(&mut body, properties);
        }
        body.extend(payload.bytes());
        frame(0x30 | u8::from(*is_again && qos > 0) << 3 | qos << 1 | u8::from(*retain), &body)
    }
}

impl ClientId {
    fn text(&self) -> &str {
        match self {
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

/// What begins SUBSCRIBE and UNSUBSCRIBE.
fn start(packet: u8, is_level_5: bool, properties: &[Property]) -> Vec<u8> {
    let mut body = vec![0, packet];
    if is_level_5 {
        put_properties(&mut body, properties);
    }
    body
}

fn put_properties(body: &mut Vec<u8>, properties: &[Property]) {
    let mut bytes = Vec::new();
    for property in properties {
        property.put(&mut bytes);
    }
    put_length(body, bytes.len());
    body.extend(bytes);
}

impl Property {
    /// Appends it as in MQTT 5 §2.2.2.2.
    fn put(&self, bytes: &mut Vec<u8>) {
        let mut put_user = |name: &str, value: &ClientId| {
            bytes.push(0x26);
            put(bytes, name.as_bytes());
            put(bytes, value.text().as_bytes());
        };
        match self {
            Self::From(user) => put_user("from", user),
            Self::Sender(user) => put_user("x-mqtt-sender", user),
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
