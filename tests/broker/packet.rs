//! MQTT packets, written and read without a library, so that tests can write broken ones too.
#![allow(dead_code, reason = "names of the standard")]

/// Packet types (MQTT 5 §2.1.2).
pub const CONNECT: u8 = 1;
pub const CONNACK: u8 = 2;
pub const PUBLISH: u8 = 3;
pub const PUBACK: u8 = 4;
pub const PUBREC: u8 = 5;
pub const PUBREL: u8 = 6;
pub const PUBCOMP: u8 = 7;
pub const SUBSCRIBE: u8 = 8;
pub const SUBACK: u8 = 9;
pub const UNSUBSCRIBE: u8 = 10;
pub const UNSUBACK: u8 = 11;
pub const PINGREQ: u8 = 12;
pub const PINGRESP: u8 = 13;
pub const DISCONNECT: u8 = 14;

/// Property identifiers (MQTT 5 §2.2.2.2).
pub const MESSAGE_EXPIRY: u8 = 0x02;
pub const CONTENT_TYPE: u8 = 0x03;
pub const RESPONSE_TOPIC: u8 = 0x08;
pub const CORRELATION_DATA: u8 = 0x09;
pub const SUBSCRIPTION_ID: u8 = 0x0B;
pub const SESSION_EXPIRY: u8 = 0x11;
pub const ASSIGNED_ID: u8 = 0x12;
pub const WILL_DELAY: u8 = 0x18;
pub const RECEIVE_MAXIMUM: u8 = 0x21;
pub const TOPIC_ALIAS_MAXIMUM: u8 = 0x22;
pub const TOPIC_ALIAS: u8 = 0x23;
pub const USER: u8 = 0x26;
pub const MAXIMUM_PACKET_SIZE: u8 = 0x27;

/// Bits of the options of a subscription (MQTT 5 §3.8.3.1); the lowest two are the QoS.
pub const NO_LOCAL: u8 = 1 << 2;
pub const RETAIN_AS_PUBLISHED: u8 = 1 << 3;
pub const ONLY_IF_NEW: u8 = 1 << 4;
pub const NO_RETAINED: u8 = 2 << 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1.1
    V3,
    V5,
}

/// Properties as on the wire, without their length.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Properties(pub Vec<u8>);

/// The value of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Number(u32),
    Text(Vec<u8>),
    Pair(String, String),
}

impl Properties {
    /// Adds a number in the size that the standard has for it.
    pub fn number(mut self, id: u8, value: u32) -> Self {
        self.0.push(id);
        let bytes = value.to_be_bytes();
        match size(id) {
            Some(size) => self.0.extend(&bytes[4 - size..]),
            None => self.0.extend(variable(value as usize)),
        }
        self
    }

    pub fn text(mut self, id: u8, value: &str) -> Self {
        self.0.push(id);
        self.0.extend(text(value.as_bytes()));
        self
    }

    /// Adds a user property.
    pub fn pair(mut self, name: &str, value: &str) -> Self {
        self.0.push(USER);
        self.0.extend(text(name.as_bytes()));
        self.0.extend(text(value.as_bytes()));
        self
    }

    pub fn all(&self) -> Vec<(u8, Value)> {
        let mut rest = Reader(&self.0);
        let mut found = Vec::new();
        while !rest.0.is_empty() {
            let id = rest.byte();
            let value = match (id, size(id)) {
                (USER, _) => Value::Pair(rest.string(), rest.string()),
                (SUBSCRIPTION_ID, _) => Value::Number(u32::try_from(rest.variable()).unwrap()),
                (_, Some(size)) => {
                    Value::Number(rest.take(size).iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte)))
                }
                (_, None) => Value::Text(rest.text().to_vec()),
            };
            found.push((id, value));
        }
        found
    }

    /// The number with this identifier; the first if there are several.
    pub fn find(&self, id: u8) -> Option<u32> {
        self.numbers(id).first().copied()
    }

    /// All numbers with this identifier, in their order.
    pub fn numbers(&self, id: u8) -> Vec<u32> {
        let number = |(found, value)| match value {
            Value::Number(number) if found == id => Some(number),
            _ => None,
        };
        self.all().into_iter().filter_map(number).collect()
    }

    /// The values of all user properties with this name.
    pub fn user(&self, wanted: &str) -> Vec<String> {
        let value = |(_, value)| match value {
            Value::Pair(name, value) if name == wanted => Some(value),
            _ => None,
        };
        self.all().into_iter().filter_map(value).collect()
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        if version == Version::V5 {
            out.extend(variable(self.0.len()));
            out.extend(&self.0);
        }
    }
}

/// How many bytes the number of this property has; [`None`] for a variable byte integer and for text.
fn size(id: u8) -> Option<usize> {
    match id {
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2A => Some(1),
        0x13 | RECEIVE_MAXIMUM | TOPIC_ALIAS_MAXIMUM | TOPIC_ALIAS => Some(2),
        MESSAGE_EXPIRY | SESSION_EXPIRY | WILL_DELAY | MAXIMUM_PACKET_SIZE => Some(4),
        _ => None,
    }
}

/// A CONNECT. The session is clean and ends with the connection, unless it [lasts](Self::lasting).
#[derive(Debug, Clone)]
pub struct Connect {
    pub version: Version,
    pub id: String,
    pub clean: bool,
    pub keep_alive: u16,
    /// User name and password.
    pub login: Option<(String, String)>,
    /// The will, and its properties.
    pub will: Option<(Publish, Properties)>,
    pub properties: Properties,
}

impl Connect {
    pub fn new(version: Version, id: &str) -> Self {
        Self {
            version,
            id: id.to_owned(),
            clean: true,
            keep_alive: 60,
            login: None,
            will: None,
            properties: Properties::default(),
        }
    }

    /// MQTT 5
    pub fn v5(id: &str) -> Self {
        Self::new(Version::V5, id)
    }

    /// MQTT 3.1.1
    pub fn v3(id: &str) -> Self {
        Self::new(Version::V3, id)
    }

    /// MQTT 5 with the ID as user name and password.
    pub fn user(id: &str) -> Self {
        Self::v5(id).login(id, id)
    }

    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Resumes the session, and keeps it for an hour.
    pub fn lasting(mut self) -> Self {
        self.clean = false;
        if self.version == Version::V5 {
            self.properties = self.properties.number(SESSION_EXPIRY, 3600);
        }
        self
    }

    pub fn will(mut self, will: Publish, properties: Properties) -> Self {
        self.will = Some((will, properties));
        self
    }

    pub fn with(mut self, id: u8, value: u32) -> Self {
        self.properties = self.properties.number(id, value);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut body = text(b"MQTT");
        let mut flags = u8::from(self.clean) << 1;
        if let Some((will, _)) = &self.will {
            flags |= 1 << 2 | will.qos << 3 | u8::from(will.retain) << 5;
        }
        if self.login.is_some() {
            flags |= 0b1100_0000;
        }
        body.extend([if self.version == Version::V5 { 5 } else { 4 }, flags]);
        body.extend(self.keep_alive.to_be_bytes());
        self.properties.write(&mut body, self.version);
        body.extend(text(self.id.as_bytes()));
        if let Some((will, properties)) = &self.will {
            properties.write(&mut body, self.version);
            body.extend(text(will.topic.as_bytes()));
            body.extend(text(&will.payload));
        }
        if let Some((user, password)) = &self.login {
            body.extend(text(user.as_bytes()));
            body.extend(text(password.as_bytes()));
        }
        packet(CONNECT << 4, &body)
    }
}

/// A PUBLISH to send, or one that was received.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Publish {
    pub topic: String,
    pub payload: Vec<u8>,
    pub qos: u8,
    pub retain: bool,
    pub is_duplicate: bool,
    /// The packet identifier; 0 with QoS 0.
    pub packet: u16,
    pub properties: Properties,
}

impl Publish {
    /// QoS 1, not retained.
    pub fn new(topic: &str, payload: impl AsRef<[u8]>) -> Self {
        Self { topic: topic.to_owned(), payload: payload.as_ref().to_vec(), qos: 1, ..Self::default() }
    }

    pub fn retained(topic: &str, payload: impl AsRef<[u8]>) -> Self {
        Self { retain: true, ..Self::new(topic, payload) }
    }

    pub fn qos(mut self, qos: u8) -> Self {
        self.qos = qos;
        self
    }

    /// Sets the packet identifier.
    pub fn packet(mut self, packet: u16) -> Self {
        self.packet = packet;
        self
    }

    pub fn with(mut self, properties: Properties) -> Self {
        self.properties = properties;
        self
    }

    /// The payload as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }

    pub fn bytes(&self, version: Version) -> Vec<u8> {
        let mut body = text(self.topic.as_bytes());
        if self.qos > 0 {
            body.extend(self.packet.to_be_bytes());
        }
        self.properties.write(&mut body, version);
        body.extend(&self.payload);
        let flags = u8::from(self.is_duplicate) << 3 | self.qos << 1 | u8::from(self.retain);
        packet(PUBLISH << 4 | flags, &body)
    }

    fn read(flags: u8, body: &[u8], version: Version) -> Self {
        let mut rest = Reader(body);
        let qos = flags >> 1 & 3;
        Self {
            qos,
            retain: flags & 1 != 0,
            is_duplicate: flags & 8 != 0,
            topic: rest.string(),
            packet: if qos > 0 { rest.two() } else { 0 },
            properties: rest.properties(version),
            payload: rest.0.to_vec(),
        }
    }
}

/// A packet that a broker has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Connack {
        session_present: bool,
        reason: u8,
        properties: Properties,
    },
    Publish(Publish),
    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    Ack {
        kind: u8,
        packet: u16,
        reason: u8,
    },
    /// SUBACK or UNSUBACK.
    Subscribed {
        packet: u16,
        reasons: Vec<u8>,
    },
    Pong,
    Disconnect(u8),
}

impl Reply {
    /// Reads a packet without its fixed header. Panics if it is malformed: the broker is tested with it.
    pub fn read(first: u8, body: &[u8], version: Version) -> Self {
        let mut rest = Reader(body);
        match first >> 4 {
            CONNACK => Self::Connack {
                session_present: rest.byte() == 1,
                reason: rest.byte(),
                properties: rest.properties(version),
            },
            PUBLISH => Self::Publish(Publish::read(first & 15, body, version)),
            kind @ PUBACK..=PUBCOMP => Self::Ack { kind, packet: rest.two(), reason: rest.optional_byte() },
            SUBACK | UNSUBACK => {
                let packet = rest.two();
                rest.properties(version);
                Self::Subscribed { packet, reasons: rest.0.to_vec() }
            }
            PINGRESP => Self::Pong,
            DISCONNECT => Self::Disconnect(rest.optional_byte()),
            kind => panic!("a broker never sends packets of type {kind}"),
        }
    }
}

pub fn ack(kind: u8, packet_id: u16) -> Vec<u8> {
    packet(kind << 4 | if kind == PUBREL { 2 } else { 0 }, &packet_id.to_be_bytes())
}

/// A SUBSCRIBE for these filters, each with its options.
pub fn subscribe(version: Version, id: u16, filters: &[(&str, u8)], properties: &Properties) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    properties.write(&mut body, version);
    for (filter, options) in filters {
        body.extend(text(filter.as_bytes()));
        body.push(*options);
    }
    packet(SUBSCRIBE << 4 | 2, &body)
}

pub fn unsubscribe(version: Version, id: u16, filter: &str) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    Properties::default().write(&mut body, version);
    body.extend(text(filter.as_bytes()));
    packet(UNSUBSCRIBE << 4 | 2, &body)
}

/// A packet with this first byte.
pub fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    bytes.extend(variable(body.len()));
    bytes.extend(body);
    bytes
}

/// A string or binary data, with its length.
fn text(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("at most 65,535 bytes");
    [&length.to_be_bytes(), bytes].concat()
}

/// A variable byte integer.
pub fn variable(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value % 128).expect("below 128");
        value /= 128;
        bytes.push(if value > 0 { low | 128 } else { low });
        if value == 0 {
            return bytes;
        }
    }
}

/// The rest of a packet's body.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    /// The next byte; 0 at the end.
    fn optional_byte(&mut self) -> u8 {
        if self.0.is_empty() { 0 } else { self.byte() }
    }

    fn two(&mut self) -> u16 {
        u16::from_be_bytes(self.take(2).try_into().expect("two bytes"))
    }

    fn text(&mut self) -> &'a [u8] {
        let length = self.two();
        self.take(length.into())
    }

    fn string(&mut self) -> String {
        String::from_utf8(self.text().to_vec()).expect("text is UTF-8")
    }

    fn variable(&mut self) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return value;
            }
        }
    }

    fn properties(&mut self, version: Version) -> Properties {
        if version == Version::V3 || self.0.is_empty() {
            return Properties::default();
        }
        let length = self.variable();
        Properties(self.take(length).to_vec())
    }
}
