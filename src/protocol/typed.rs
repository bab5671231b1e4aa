//! A publication as it is handled in memory: encoded only when it leaves.

use super::{
    properties::Properties,
    publication::Publication,
    topic::Topic,
    wire::{self, Content, Control, WireError},
};
use crate::domain::{Body, ConversationId, Family, Relation, UserId};

/// Topic, content and properties of a publication of mine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPublication {
    pub(crate) topic: Topic,
    pub(crate) content: Content,
    pub(crate) properties: Properties,
}

impl TypedPublication {
    /// One without properties.
    pub(crate) fn new(topic: Topic, content: Content) -> Self {
        Self { topic, content, properties: Properties::default() }
    }

    /// A control message to `user`.
    pub(crate) fn control(user: &UserId, family: Family, control: Control) -> Self {
        Self::new(Topic::Control(user.clone(), family), Content::Control(control))
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The message that it carries, and what that has to do with an earlier one.
    pub fn message(&self) -> Option<(&ConversationId, &Body, Option<Relation>)> {
        match &self.content {
            Content::Talk(conversation, _, body) => Some((conversation, body, self.properties.relation())),
            _ => None,
        }
    }

    pub(super) fn encode(&self, prefix: &str) -> Publication {
        wire::encode(prefix, &self.topic, &self.content, &self.properties)
    }

    pub(super) fn decode(prefix: &str, publication: &Publication) -> Result<Self, WireError> {
        let (topic, content, properties) = wire::decode(prefix, &publication.to_inbound(false))?;
        Ok(Self { topic, content, properties })
    }
}
