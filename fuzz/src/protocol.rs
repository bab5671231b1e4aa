//! The wire, which the library keeps to itself, from the very same files.

#[path = "../../src/protocol/properties.rs"]
pub mod properties;
#[path = "../../src/protocol/topic.rs"]
pub mod topic;
// Its tests lie where only the package itself finds them, which the formatter does not forgive.
#[rustfmt::skip]
#[path = "../../src/protocol/wire.rs"]
pub mod wire;

pub mod publication {
    pub use papo::protocol::{Inbound, Publication, Qos, Subscription};
}
