//! How much one client, and all of them, may use.

/// The limits of a broker. An account is a login, or a client ID on a broker without users. Sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Clients that are connected at a time.
    pub clients: usize,
    /// The largest packet.
    pub packet: usize,
    /// Topic aliases of a connection.
    pub aliases: u16,
    /// Publications of QoS 1 and 2 in flight, in each direction of a connection.
    pub in_flight: u16,
    /// Connections of one login at a time. One has the login as its client ID; the others have none.
    pub connections: usize,
    /// Messages in the queue of one session. One account may have as many of them as it leaves free: half of all if it
    /// is alone. The records of groups may exceed it, one for each subscription.
    pub queued_messages: usize,
    /// Size of the messages of one account that wait in queues. One that waits in several queues counts once. One queue
    /// may hold as much of them as is left: half of all if it is alone.
    pub queued_bytes: usize,
    /// Deliveries of one account's messages that wait in queues. A message that waits in several queues counts for each.
    pub deliveries: usize,
    /// Retained messages of one account.
    pub retained_messages: usize,
    /// Size of the retained messages of one account.
    pub retained_bytes: usize,
    /// Subscriptions of a session.
    pub subscriptions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clients: 10_000,
            packet: 8 << 20,
            aliases: 10,
            in_flight: 20,
            connections: 20,
            queued_messages: 100_000,
            queued_bytes: 64 << 20,
            deliveries: 2_000_000,
            retained_messages: 10_000,
            retained_bytes: 16 << 20,
            subscriptions: 10_000,
        }
    }
}
