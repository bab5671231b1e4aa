//! An MQTT client that tests what a broker on this machine allows.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use rumqttc::v5::{
    AsyncClient, ConnectionError, Event, EventLoop, MqttOptions,
    mqttbytes::{
        QoS,
        v5::{ConnAck, ConnectReturnCode, Packet, PubAckReason, Publish, SubscribeReasonCode},
    },
};

/// The timeout of every step. Longer than any step takes on a busy machine, so only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Client {
    sender: AsyncClient,
    events: EventLoop,
    /// Publications that arrived while the client waited for another packet.
    received: VecDeque<Publish>,
    /// The broker's CONNACK.
    pub connected: ConnAck,
}

impl Client {
    /// Connects with its ID as user name and password, unless `change` sets others. Returns the reason code of CONNACK
    /// if the broker refuses the connection.
    pub async fn try_connect(
        port: u16,
        id: &str,
        change: impl FnOnce(&mut MqttOptions),
    ) -> Result<Self, ConnectReturnCode> {
        let mut options = MqttOptions::new(id, "127.0.0.1", port);
        options.set_credentials(id, id);
        change(&mut options);
        let (sender, mut events) = AsyncClient::new(options, 64);
        loop {
            match next(&mut events).await {
                Ok(Event::Incoming(Packet::ConnAck(ack))) if ack.code == ConnectReturnCode::Success => {
                    return Ok(Self { sender, events, received: VecDeque::new(), connected: ack });
                }
                Ok(Event::Incoming(Packet::ConnAck(ack))) => return Err(ack.code),
                Err(ConnectionError::ConnectionRefused(code)) => return Err(code),
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub async fn connect(port: u16, id: &str) -> Self {
        Self::try_connect(port, id, |_| ()).await.unwrap()
    }

    /// Waits for a packet for which `find` returns a value; keeps publications that arrive meanwhile.
    async fn answer<T>(&mut self, mut find: impl FnMut(Packet) -> Option<T>) -> Result<T, ConnectionError> {
        wait(async {
            loop {
                match next(&mut self.events).await? {
                    Event::Incoming(Packet::Publish(publish)) => self.received.push_back(publish),
                    Event::Incoming(packet) => {
                        if let Some(found) = find(packet) {
                            return Ok(found);
                        }
                    }
                    Event::Outgoing(_) => {}
                }
            }
        })
        .await
    }

    /// Returns the next publication, in the order of arrival.
    async fn publication(&mut self) -> Publish {
        if let Some(publish) = self.received.pop_front() {
            return publish;
        }
        wait(async {
            loop {
                if let Event::Incoming(Packet::Publish(publish)) =
                    next(&mut self.events).await.expect("the connection is up")
                {
                    return publish;
                }
            }
        })
        .await
    }

    /// Subscribes, and returns whether the broker grants the subscription.
    pub async fn may_subscribe(&mut self, filter: &str) -> bool {
        self.sender.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        self.answer(|packet| match packet {
            Packet::SubAck(ack) => Some(matches!(ack.return_codes[0], SubscribeReasonCode::Success(_))),
            _ => None,
        })
        .await
        .expect("the connection is up")
    }

    /// Publishes, and returns whether the broker accepts the publication. If it refuses, mosquitto 2.0.11 disconnects
    /// the client, sometimes before the client has read PUBACK.
    pub async fn may_publish(&mut self, topic: &str, retain: bool, text: &str) -> bool {
        self.sender.publish(topic, QoS::AtLeastOnce, retain, text.to_owned()).await.unwrap();
        self.answer(|packet| match packet {
            Packet::PubAck(ack) => Some(ack.reason != PubAckReason::NotAuthorized),
            _ => None,
        })
        .await
        .unwrap_or(false)
    }

    /// The text of the next publication.
    pub async fn receive(&mut self) -> String {
        String::from_utf8(self.publication().await.payload.to_vec()).unwrap()
    }

    /// Receives publications until one has the payload `text`; returns the topics of those before it.
    pub async fn hears_until(&mut self, text: &str) -> BTreeSet<String> {
        let mut topics = BTreeSet::new();
        loop {
            let publish = self.publication().await;
            if publish.payload == text {
                return topics;
            }
            topics.insert(String::from_utf8(publish.topic.to_vec()).unwrap());
        }
    }
}

async fn wait<T>(step: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, step).await.expect("the step finishes in time")
}

/// Returns the next event. The future is boxed because it is large.
pub async fn next(events: &mut EventLoop) -> Result<Event, ConnectionError> {
    Box::pin(tokio::time::timeout(PATIENCE, events.poll())).await.expect("an event arrives in time")
}
