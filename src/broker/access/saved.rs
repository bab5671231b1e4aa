//! What the rules need to know of a group, and the broker keeps on disk.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use crate::domain::UserId;

/// What is known of a group besides its retained record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedGroup {
    /// When the broker first learnt of the group, in time since the Unix epoch; of a group that has ended too. [`None`]
    /// for a group that there was before the broker had users.
    pub since: Option<Duration>,
    /// The login that leads a group without a record: it published `CREATE` first.
    pub creator: Option<UserId>,
    /// The logins that `creator` has invited with `GI`.
    pub invited: Vec<UserId>,
    /// The leader of the record before the current one.
    pub leader_before: Option<UserId>,
    /// The logins that have announced themselves as members, written a message or led, and have not left or been removed
    /// since. Only they can be made the leader.
    pub joined: BTreeSet<UserId>,
}
