//! My own publications that come back.

use super::Peer;
use crate::{
    domain::{Direction, MessageId, Request},
    protocol::{properties::Properties, topic::Topic},
};

impl Peer {
    /// Whether it is a publication of my own that has come back, as clusters of brokers send it in spite of *no local*.
    /// My presence tells whether somebody else has my id. My group records are judged as those of others are: the
    /// leader waits for its own, and another machine of mine may have published one.
    pub(super) fn is_mine(&self, topic: &Topic, properties: &Properties) -> bool {
        let is_awaited = match topic {
            Topic::Presence(user) => *user == self.me,
            Topic::GroupRecord(_) => true,
            _ => false,
        };
        let is_my_id = |id: MessageId| {
            let asked = |request: &Request| request.direction == Direction::Outgoing;
            self.ids.is_recent(id) || self.request(id).is_some_and(asked)
        };
        let is_by_me = match &properties.from {
            Some(from) => *from == self.me && properties.is_papo,
            None => properties.id.is_some_and(is_my_id),
        };
        is_by_me && !is_awaited
    }
}
