//! A publication as it is handled in memory: encoded only when it leaves.

use super::{
    properties::Properties,
    publication::Publication,
    topic::Topic,
    wire::{self, Content, WireError},
};
use crate::domain::{Body, ConversationId, Relation};

/// Topic, content and properties of a publication of mine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPublication {
    pub(crate) topic: Topic,
    pub(crate) content: Content,
    pub(crate) properties: Properties,
}

impl TypedPublication {
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
