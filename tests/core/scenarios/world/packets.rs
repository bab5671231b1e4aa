//! The packets between the peers and the broker, one at a time.

use papo::domain::DeliveryFailure;

use super::*;

impl World {
    /// The broker handles one packet from this client. Returns false if there is none.
    pub fn step_up(&mut self, name: &str) -> bool {
        let node = self.nodes.get_mut(name).expect("the program exists");
        let Some(packet) = node.up.pop_front() else { return false };
        self.broker.now = self.now;
        let client = node.client.as_str();
        match packet {
            Up::Subscribe(wanted) => {
                self.broker.subscribe(client, wanted);
                node.down.push_back(Down::Subscribed);
            }
            Up::Unsubscribe(filters) => self.broker.unsubscribe(client, &filters),
            Up::Acknowledge(packet) => self.broker.acknowledge(client, packet),
            Up::Publish(Some(row), _) if self.refusals > 0 && node.carries_message(row) => {
                self.refusals -= 1;
                node.down.push_back(Down::Published(row, PubOutcome::Refused("not authorized".into())));
            }
            Up::Publish(Some(row), publication) if self.broker.refuses_as_unknown(&publication) => {
                node.down.push_back(Down::Published(row, PubOutcome::Refused(DeliveryFailure::NotAllowed)));
            }
            Up::Publish(Some(row), publication)
                if self.guards_presence && publication.payload.is_empty() && publication.topic.contains("USERS/") =>
            {
                node.down.push_back(Down::Published(row, PubOutcome::Refused("not authorized".into())));
            }
            // Without a row, papo does not learn of the refusal.
            Up::Publish(None, publication) if self.guards_records && publication.topic.contains("GROUPS/") => {}
            Up::Publish(row, publication) => {
                let outcome = self.broker.publish(client, publication);
                if let Some(row) = row {
                    node.down.push_back(Down::Published(row, outcome));
                }
            }
        }
        self.pump();
        true
    }

    /// Moves all deliveries for connected clients from the broker to their `down` queues.
    pub(super) fn pump(&mut self) {
        for (name, node) in &mut self.nodes {
            while let Some((packet, inbound)) =
                node.connection.and_then(|connection| self.broker.next_delivery(connection))
            {
                if let Some((unlucky, left)) = &mut self.drops
                    && unlucky == name
                    && *left > 0
                {
                    *left -= 1;
                    self.broker.acknowledge(&node.client, packet);
                    continue;
                }
                node.down.push_back(Down::Delivery(packet, inbound));
            }
        }
    }

    /// This client handles one fetch result or one packet. Returns false if there is none.
    pub fn step_down(&mut self, name: &str) -> bool {
        let node = self.node_mut(name);
        if let Some(fetched) = node.fetches.pop_front() {
            self.input(name, fetched);
            return true;
        }
        let Some(packet) = self.next_down(name) else { return false };
        let node = self.node_mut(name);
        let input = match packet {
            Down::Connected { session_present, names_senders } => {
                node.is_ready = true;
                // The MQTT client publishes its outbox by itself, without a request from the peer.
                node.up
                    .extend(node.outbox.iter().map(|(row, publication)| Up::Publish(Some(*row), publication.clone())));
                self.pump();
                Input::Connected { session_present, names_senders }
            }
            Down::Subscribed => Input::Subscribed,
            Down::Published(row, outcome) => {
                node.outbox.remove(&row);
                Input::Published { row, outcome }
            }
            Down::Delivery(packet, inbound) => {
                let epoch = node.connection.map_or(0, |connection| connection.0);
                Input::Received { inbound, token: AckToken { epoch, packet } }
            }
        };
        self.input(name, input);
        true
    }

    /// The broker drops the delivery at index `at` (modulo their number) without cutting the connection.
    pub fn lose_delivery(&mut self, name: &str, at: usize) {
        let node = self.nodes.get_mut(name).expect("the program exists");
        let client = node.client.clone();
        let deliveries = node.deliveries();
        if deliveries.is_empty() {
            return self.broker.drop_queued(&client, at);
        }
        if let Some(Down::Delivery(packet, lost)) = node.down.remove(deliveries[at % deliveries.len()]) {
            if self.trace {
                println!("{} {name} loses {lost:?}", self.now.since(START).as_millis());
            }
            self.broker.acknowledge(&client, packet);
        }
    }

    /// Duplicates the delivery at index `at` (modulo their number).
    pub fn double_delivery(&mut self, name: &str, at: usize) {
        let node = self.node_mut(name);
        let deliveries = node.deliveries();
        if let Some(&at) = deliveries.get(at % deliveries.len().max(1))
            && let Down::Delivery(packet, inbound) = &node.down[at]
        {
            let again = Down::Delivery(*packet, inbound.clone());
            node.down.push_back(again);
        }
    }

    /// Takes the next packet for a client. With `shuffle`, this is the first delivery of a random topic, or any of the
    /// first ones within the window.
    pub(super) fn next_down(&mut self, name: &str) -> Option<Down> {
        let node = self.nodes.get_mut(name).expect("the program exists");
        if let (Some(Down::Delivery(..)), Some(dice)) = (node.down.front(), &mut self.shuffle) {
            let mut topics = BTreeSet::new();
            let first_of_topic = |at: &usize| match &node.down[*at] {
                Down::Delivery(_, inbound) => topics.insert(&inbound.topic),
                _ => false,
            };
            let mut next = node.deliveries();
            if self.window > 1 {
                next.truncate(self.window);
            } else {
                next.retain(first_of_topic);
            }
            return node.down.remove(*dice.pick(&next)?);
        }
        node.down.pop_front()
    }
}

impl Node {
    /// Handles an output as the real client does: while offline, it only keeps rows of the outbox.
    pub(super) fn send(&mut self, output: Output) {
        match output {
            Output::Fetch { conversation, from, upto } => {
                let messages = self.store.numbered(&conversation, &self.id, from, upto);
                self.fetches.push_back(Input::Fetched { conversation, from, upto, messages });
            }
            Output::FetchIds { conversation, author } => {
                let ids = self.store.numbered(&conversation, &author, 1, u64::MAX);
                let ids = ids.into_iter().filter_map(|message| Some((message.sequence_number?, message.id))).collect();
                self.fetches.push_back(Input::FetchedIds { conversation, author, ids });
            }
            Output::Forget(row) => {
                self.outbox.remove(&row);
            }
            Output::Publish { row, publication } => {
                if let Some(row) = row {
                    self.outbox.insert(row, publication.clone());
                }
                if self.is_ready {
                    self.up.push_back(Up::Publish(row, publication));
                }
            }
            _ if !self.is_ready => {}
            Output::Subscribe(wanted) => self.up.push_back(Up::Subscribe(wanted)),
            Output::Unsubscribe(filters) => self.up.push_back(Up::Unsubscribe(filters)),
            Output::Ack(token) => {
                // A packet ID is valid only on the connection that delivered it.
                if self.connection.map(|connection| connection.0) == Some(token.epoch) {
                    self.up.push_back(Up::Acknowledge(token.packet));
                }
            }
        }
    }
}
