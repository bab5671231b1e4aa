//! The tables. Keys are integers, text and bytes only, which every version of redb writes alike.
//!
//! ```text
//! meta      name            → text or number, plain
//! topics    conversation    → its number c
//! talks     c               → Conversation
//! messages  c, seq          → ChatMessage
//! mine      c, n            → seq, of my own messages
//! ids       message id      → c, seq
//! progress  c, user         → Progress
//! drafts    c               → text
//! requests  request id      → Request
//! groups    name            → Group
//! users     id              → User
//! outbox    row             → Publication and the message that it carries
//! ```

use redb::TableDefinition;

pub(super) const META: TableDefinition<&str, &str> = TableDefinition::new("meta");
pub(super) const TOPICS: TableDefinition<&str, u32> = TableDefinition::new("topics");
pub(super) const TALKS: TableDefinition<u32, &[u8]> = TableDefinition::new("talks");
pub(super) const MESSAGES: TableDefinition<(u32, u64), &[u8]> = TableDefinition::new("messages");
pub(super) const MINE: TableDefinition<(u32, u64), u64> = TableDefinition::new("mine");
pub(super) const IDS: TableDefinition<&[u8], (u32, u64)> = TableDefinition::new("ids");
pub(super) const PROGRESS: TableDefinition<(u32, &str), &[u8]> = TableDefinition::new("progress");
pub(super) const DRAFTS: TableDefinition<u32, &[u8]> = TableDefinition::new("drafts");
pub(super) const REQUESTS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("requests");
pub(super) const GROUPS: TableDefinition<&str, &[u8]> = TableDefinition::new("groups");
pub(super) const USERS: TableDefinition<&str, &[u8]> = TableDefinition::new("users");
pub(super) const OUTBOX: TableDefinition<u64, &[u8]> = TableDefinition::new("outbox");
