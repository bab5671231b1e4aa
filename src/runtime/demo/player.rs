//! A simulated user of the demo: a peer with its own connection, which keeps its state in memory.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    app::{Connection, Message},
    domain::{ChatMessage, ConversationId, GroupName, MessageId, Now, Relation, UserId},
    mqtt::{self, BrokerUrl},
    protocol::{Batch, Command, Event, Identity, Input, Operation, Output, Peer, Saved},
    runtime::{events, start::seed},
};

/// An event of a player's connection, with the ID of the player.
pub(super) type PlayerEvent = (UserId, mqtt::Event);

/// A simulated user.
pub(super) struct Player {
    pub(super) peer: Peer,
    /// The connection; `None` while the player is offline.
    mqtt: Option<mqtt::Handle>,
    /// The requests that wait for the connection, or for room in its channel.
    requests: VecDeque<mqtt::Request>,
    /// The messages that this player has written, for peers that ask for missing ones.
    written: Vec<(ConversationId, ChatMessage)>,
    /// The last message of another user in each conversation.
    last_received: BTreeMap<ConversationId, MessageId>,
}

impl Player {
    /// Creates a player with a saved state. `written` are the messages of that state that the player has written.
    pub(super) fn new(id: UserId, saved: Saved, written: Vec<(ConversationId, ChatMessage)>) -> Self {
        let identity = Identity::new(id, Uuid::now_v7().simple().to_string(), seed());
        Self {
            peer: Peer::restore(identity, saved),
            mqtt: None,
            requests: VecDeque::new(),
            written,
            last_received: BTreeMap::new(),
        }
    }

    /// Connects to the broker. Forwards the events of the connection to `sender`.
    pub(super) fn connect(&mut self, broker: BrokerUrl, sender: mpsc::Sender<PlayerEvent>) {
        let options = mqtt::Options::new(broker, self.peer.client_id(), self.peer.will());
        // What the player wrote while offline is kept; the rest, the peer sends again on the new connection.
        self.requests.retain(|request| matches!(request, mqtt::Request::Publish { row: Some(_), .. }));
        let (handle, mut events) = mqtt::spawn(options, Vec::new());
        let id = self.peer.me().clone();
        self.mqtt = Some(handle);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if sender.send((id.clone(), event)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Publishes "offline" and disconnects.
    pub(super) fn disconnect(&mut self, now: Now) {
        drop(self.peer.command(now, Command::GoOffline));
        let outputs = self.peer.take_batch().outputs;
        let last = outputs.into_iter().filter_map(|output| match output {
            Output::Publish { publication, .. } => Some(publication),
            _ => None,
        });
        self.requests.push_back(mqtt::Request::Close { last: last.collect() });
        self.send_pending();
    }

    /// Handles an event of the connection, and returns the events of the peer.
    pub(super) fn handle_mqtt(&mut self, event: mqtt::Event, now: Now) -> Vec<Event> {
        let messages = events::from_mqtt(event, &Connection::Online, "", now.tick);
        let inputs = messages.into_iter().filter_map(|message| match message {
            Message::Peer(input) => Some(input),
            _ => None,
        });
        inputs.flat_map(|input| self.handle_input(input, now)).collect()
    }

    /// Executes a command, and returns the events of the peer.
    pub(super) fn command(&mut self, command: Command, now: Now) -> Vec<Event> {
        drop(self.peer.command(now, command));
        let batch = self.peer.take_batch();
        self.handle_batch(batch, now)
    }

    /// Handles an input, and returns the events of the peer.
    pub(super) fn handle_input(&mut self, input: Input, now: Now) -> Vec<Event> {
        self.peer.handle_input(now, input);
        let batch = self.peer.take_batch();
        self.handle_batch(batch, now)
    }

    /// Sends the outputs of a batch at once, because there is no commit to wait for, and answers the reads of the
    /// store. Returns the events of the peer.
    fn handle_batch(&mut self, batch: Batch, now: Now) -> Vec<Event> {
        let mut batches = VecDeque::from([batch]);
        let mut events = Vec::new();
        while let Some(batch) = batches.pop_front() {
            for operation in batch.operations {
                match operation {
                    Operation::Append { conversation, message, .. } if message.author == *self.peer.me() => {
                        self.written.push((conversation, message));
                    }
                    Operation::Append { conversation, message, .. } if message.sequence_number.is_some() => {
                        self.last_received.insert(conversation, message.original());
                    }
                    _ => {}
                }
            }
            let answers: Vec<Input> = batch.outputs.into_iter().filter_map(|output| self.release(output)).collect();
            for answer in answers {
                self.peer.handle_input(now, answer);
                batches.push_back(self.peer.take_batch());
            }
            events.extend(batch.events);
        }
        self.send_pending();
        events
    }

    /// The conversation for a message: the group if one is given, else the latest open session with `user`.
    pub(super) fn chat_with(&self, user: &UserId, group: Option<&GroupName>) -> Option<ConversationId> {
        let is_meant = |id: &ConversationId| match group {
            Some(group) => *id == ConversationId::Group(group.clone()),
            None => id.peer_of(self.peer.me()) == Some(user),
        };
        let open = self
            .peer
            .conversations()
            .values()
            .filter(|conversation| conversation.phase.is_open() && is_meant(&conversation.id));
        open.max_by_key(|conversation| conversation.active).map(|conversation| conversation.id.clone())
    }

    /// The relation of a reply to the last message of another user in the conversation. `None` without such a message.
    pub(super) fn reply_to_last(&self, conversation: &ConversationId) -> Option<Relation> {
        self.last_received.get(conversation).copied().map(Relation::Answers)
    }

    /// Sends the pending requests while the channel of the connection has room. Returns whether some still wait for
    /// room.
    pub(super) fn send_pending(&mut self) -> bool {
        while let (Some(mqtt), Some(request)) = (&self.mqtt, self.requests.pop_front()) {
            if let Err(request) = mqtt.try_send(request) {
                self.requests.push_front(request);
                return true;
            }
        }
        false
    }

    /// Queues an output for the connection. If it is a read of the store, returns the answer.
    fn release(&mut self, output: Output) -> Option<Input> {
        self.requests.push_back(match output {
            Output::Publish { row, publication } => mqtt::Request::Publish { row, publication },
            Output::Forget(row) => mqtt::Request::Forget(row),
            Output::Subscribe(wanted) => mqtt::Request::Subscribe(wanted),
            Output::Unsubscribe(filters) => mqtt::Request::Unsubscribe(filters),
            Output::Ack(token) => mqtt::Request::Ack(token),
            Output::Fetch { conversation, from, upto } => {
                let is_wanted = |(id, message): &&(ConversationId, ChatMessage)| {
                    *id == conversation && message.sequence_number.is_some_and(|n| (from..=upto).contains(&n))
                };
                let messages = self.written.iter().filter(is_wanted).map(|(_, message)| message.clone()).collect();
                return Some(Input::Fetched { conversation, from, upto, messages });
            }
            // A demo player has no messages from an earlier run.
            Output::FetchIds { conversation, author } => {
                return Some(Input::FetchedIds { conversation, author, ids: Vec::new() });
            }
        });
        None
    }
}
