//! The wire format, which is private in the library: these modules include its source files.

#[path = "../../src/protocol/large_groups.rs"]
pub mod large_groups;
#[allow(dead_code, reason = "only peers read the broker's properties")]
#[path = "../../src/protocol/properties.rs"]
pub mod properties;
#[path = "../../src/protocol/topic.rs"]
pub mod topic;
// rustfmt fails here, because it does not find the file with the tests of this module.
#[rustfmt::skip]
#[allow(dead_code, reason = "the fuzz targets use only a part of the file")]
#[path = "../../src/protocol/wire.rs"]
pub mod wire;

// The broker's files refer to these.
pub use self::{
    properties::{GROUP_SINCE, KnownSince, NAMES_SENDERS, RETRY_AFTER, SENDER},
    publication::Inbound,
    topic::{NewsTopic, Topic},
    wire::{Ask, Content, Control, GroupNews, decode},
};

pub mod publication {
    pub use papo::protocol::{Inbound, Publication, Qos, Subscription};
}
