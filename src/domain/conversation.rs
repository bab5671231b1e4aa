//! Conversations: sessions of two, and groups.

use std::{fmt, num::ParseIntError, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ChatId, GroupName, RefusedName, SessionTime, SessionTimeError, Timestamp, UserId, ensure, fnv_1a_64};

/// The ID of a session: who accepted, who asked, and when. Its text form is its topic, `<accepter>_<requester>_<time>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId {
    /// Who accepted the request, and thereby chose the topic.
    pub accepter: UserId,
    /// Who sent the request.
    pub requester: UserId,
    /// When it was accepted, as the accepter writes it; unique for this pair.
    pub started: SessionTime,
}

/// Why a text is not a session ID.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionIdError {
    /// It is not two names and a time joined by `_`.
    #[error("not a session id: <accepter>_<requester>_<time> is")]
    Form,
    /// Both participants are the same user.
    #[error("a session has two participants")]
    Alone,
    /// A participant is not a valid user ID.
    #[error(transparent)]
    Name(#[from] RefusedName),
    /// The time is not valid.
    #[error(transparent)]
    Time(#[from] SessionTimeError),
}

impl SessionId {
    /// The participant who is not `me`; [`None`] if `me` is not a participant.
    pub fn peer_of(&self, me: &UserId) -> Option<&UserId> {
        if *me == self.accepter { Some(&self.requester) } else { (*me == self.requester).then_some(&self.accepter) }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.accepter, self.requester, self.started)
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, SessionIdError> {
        let mut parts = text.split('_');
        let (Some(accepter), Some(requester), Some(started), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SessionIdError::Form);
        };
        ensure(accepter != requester, SessionIdError::Alone)?;
        let (accepter, requester) = (UserId::from_wire(accepter)?, UserId::from_wire(requester)?);
        Ok(Self { accepter, requester, started: started.parse()? })
    }
}

/// The ID of a session or a group. Its text form is the session's topic or `#<group>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConversationId {
    /// A session of two.
    Session(SessionId),
    /// A group.
    Group(GroupName),
}

impl ConversationId {
    /// The other participant of a session; [`None`] for a group, and if `me` is not a participant.
    pub fn peer_of(&self, me: &UserId) -> Option<&UserId> {
        match self {
            Self::Session(session) => session.peer_of(me),
            Self::Group(_) => None,
        }
    }

    /// The chat that it belongs to; [`None`] if it is a session of others than `me`.
    pub fn chat(&self, me: &UserId) -> Option<ChatId> {
        match self {
            Self::Session(session) => session.peer_of(me).cloned().map(ChatId::User),
            Self::Group(group) => Some(ChatId::Group(group.clone())),
        }
    }

    /// Its name for `me`: the other participant's ID, or `#group`.
    pub fn name(&self, me: &UserId) -> String {
        self.peer_of(me).map_or_else(|| self.to_string(), UserId::to_string)
    }

    /// Whether `name` is its name for `me`, or its topic.
    pub fn goes_by(&self, name: &str, me: &UserId) -> bool {
        self.name(me) == name || self.to_string() == name
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(session) => session.fmt(f),
            Self::Group(group) => write!(f, "#{group}"),
        }
    }
}

impl FromStr for ConversationId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, SessionIdError> {
        match text.strip_prefix('#') {
            Some(group) => Ok(Self::Group(GroupName::from_wire(group)?)),
            None => text.parse().map(Self::Session),
        }
    }
}

/// The state of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Subscribed and writable. A session ends once both participants have proposed it.
    Open {
        /// My last message is `END`.
        ended_by_me: bool,
        /// The peer's last message is `END`.
        ended_by_peer: bool,
    },
    /// A session that both have ended.
    Closed,
    /// A group that I have left.
    Left,
    /// A group whose leader has removed me.
    Removed,
    /// A group that has ended: its leader has disbanded it, another has its name, or the broker refused it.
    Disbanded,
}

impl Phase {
    /// Open, and nobody has proposed to end it.
    pub const OPEN: Self = Self::Open { ended_by_me: false, ended_by_peer: false };

    /// Whether it is subscribed and writable.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// Which messages of a conversation notify the user while they look elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotifyLevel {
    /// Every message.
    All,
    /// Messages that mention me.
    Mentions,
    /// Nothing.
    #[serde(rename = "none")]
    Never,
}

/// A clock that is off by more than this counts as wrong, and its times are not shown.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(24 * 60 * 60);

/// The stored record of a conversation: everything besides its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its ID.
    pub id: ConversationId,
    /// Its state.
    pub phase: Phase,
    /// The number of stored messages. Their positions are 0, 1, 2 … in order of arrival.
    pub len: u64,
    /// My highest sequence number `n` in it.
    pub sent: u64,
    /// The highest of my sequence numbers that the broker has acknowledged.
    pub broker_acked: u64,
    /// The number of messages by others that the user has not seen.
    pub unread: u64,
    /// When its last message was written or arrived, on this machine's clock.
    pub active: Timestamp,
    /// Which messages notify, if not the default of the settings.
    pub notify_level: Option<NotifyLevel>,
    /// When this machine first knew of it, on its clock.
    pub since: Timestamp,
    /// How many of the stored messages are changes of the group that papo noted itself.
    pub changes: u64,
}

impl Conversation {
    /// An empty, open conversation.
    pub fn new(id: ConversationId, now: Timestamp) -> Self {
        Self {
            id,
            phase: Phase::OPEN,
            len: 0,
            sent: 0,
            broker_acked: 0,
            unread: 0,
            active: now,
            notify_level: None,
            since: now,
            changes: 0,
        }
    }

    /// Whether a message in it with the time `ts` comes from a clock that is wrong: `ts` is more than a day after
    /// `now`, or more than a day before the conversation began. `started` is its beginning, if known from the session
    /// ID or the group record. Any time in between is possible, since the message may have been delayed.
    pub fn excludes(&self, ts: Timestamp, started: Option<Timestamp>, now: Timestamp) -> bool {
        // After the loss of a store an old conversation looks new in `since`, so an earlier `started` counts.
        let earliest = started.map_or(self.since, |started| started.min(self.since));
        ts.since(now) > MAX_CLOCK_SKEW || earliest.since(ts) > MAX_CLOCK_SKEW
    }

    /// A read-only conversation that was imported or salvaged; `last` is the time of its last message.
    pub fn read_back(id: ConversationId, last: Timestamp) -> Self {
        let phase = match id {
            ConversationId::Session(_) => Phase::Closed,
            ConversationId::Group(_) => Phase::Left,
        };
        Self { phase, ..Self::new(id, last) }
    }
}

/// The delivery progress between me and one other participant of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryProgress {
    /// My sequence number when they joined: they do not get earlier messages.
    pub joined: u64,
    /// They have stored all my messages up to this sequence number (cumulative acknowledgement).
    pub acked: u64,
    /// They have read all my messages up to this sequence number.
    pub read: u64,
    /// I have all their messages up to this sequence number; [`None`] until the first is known.
    pub received: Option<u64>,
    /// The store that their sequence numbers come from; [`None`] if unknown.
    pub store: Option<DeviceHash>,
    /// Their earlier stores, each with the highest sequence number that I had received; the latest store first. They
    /// become current again if the user alternates between several devices.
    pub former: [Option<(DeviceHash, u64)>; FORMER_STORES],
    /// The ranges (first, last) of their sequence numbers below `received` that were skipped, ascending: a message in
    /// their name said that they were never sent, or papo gave them up.
    pub skipped: [Option<(u64, u64)>; SKIPPED_RANGES],
    /// What they had of my messages when they left the group, each time that they left it; the latest first.
    pub stays: [Option<Stay>; STAYS],
}

/// What a member had of my messages when they left the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// My sequence number when they had joined.
    pub joined: u64,
    /// They had stored all my messages since then up to this sequence number.
    pub acked: u64,
    /// They had read all my messages since then up to this sequence number.
    pub read: u64,
}

/// How many former stays in a group are remembered.
const STAYS: usize = 3;

/// How many former stores of a user are remembered.
const FORMER_STORES: usize = 3;
/// How many ranges of skipped numbers are remembered; older ones are dropped.
const SKIPPED_RANGES: usize = 4;
/// A skip of this many numbers is suspicious: the messages may still arrive.
const LARGE_SKIP: u64 = 1_000;

impl DeliveryProgress {
    /// Whether they have stored my message number `n`.
    pub fn has(&self, n: u64) -> bool {
        self.has_up_to(n, self.acked, |stay| stay.acked)
    }

    /// Whether they have read my message number `n`.
    pub fn has_read(&self, n: u64) -> bool {
        self.has_up_to(n, self.read, |stay| stay.read)
    }

    fn has_up_to(&self, n: u64, now: u64, then: impl Fn(&Stay) -> u64) -> bool {
        // `joined > acked` marks a former member, who left before they had all of my messages.
        let is_now = now >= n && (self.joined < n || self.joined > self.acked);
        is_now || self.stays.iter().flatten().any(|stay| stay.joined < n && then(stay) >= n)
    }

    /// The former stays of a member who joins again: this one and those before it.
    pub fn stays_after_leaving(&self) -> [Option<Stay>; STAYS] {
        let joined = if self.joined > self.acked { 0 } else { self.joined };
        let this = (self.acked > joined).then_some(Stay { joined, acked: self.acked, read: self.read });
        let mut all = this.into_iter().chain(self.stays.into_iter().flatten());
        std::array::from_fn(|_| all.next())
    }

    /// The progress when their sequence numbers come from `store`. If `store` is not the current one, continues from
    /// the number remembered for it, or with none.
    #[must_use]
    pub fn in_store(self, store: Option<DeviceHash>) -> Self {
        let (Some(before), Some(now)) = (self.store, store) else {
            return Self { store: store.or(self.store), ..self };
        };
        if before == now {
            return self;
        }
        let known = self.former.iter().flatten().find(|(hash, _)| *hash == now).map(|(_, received)| *received);
        let current = self.received.map(|received| (before, received));
        let others = self.former.into_iter().flatten().filter(|(hash, _)| *hash != now);
        let mut entries = current.into_iter().chain(others);
        let former = std::array::from_fn(|_| entries.next());
        Self { received: known, store, former, skipped: [None; SKIPPED_RANGES], ..self }
    }

    /// The start of the skipped range that contains `n`, if any.
    pub fn skipped_from(&self, n: u64) -> Option<u64> {
        self.skipped.iter().flatten().find(|(from, upto)| (*from..=*upto).contains(&n)).map(|(from, _)| *from)
    }

    /// The progress after the numbers `from..n` were skipped.
    #[must_use]
    pub fn with_skipped(self, from: u64, n: u64) -> Self {
        let more = (from < n).then(|| (from, n - 1));
        self.with_skipped_ranges(self.skipped.into_iter().flatten().chain(more))
    }

    /// The progress after the skipped number `n` arrived after all.
    #[must_use]
    pub fn without_skipped(self, n: u64) -> Self {
        let pieces = self.skipped.into_iter().flatten().flat_map(|(from, upto)| {
            let is_in = (from..=upto).contains(&n);
            // Split around `n`; (1, 0) is an empty range, dropped below.
            [(from, if is_in { n - 1 } else { upto }), if is_in { (n + 1, upto) } else { (1, 0) }]
        });
        self.with_skipped_ranges(pieces.filter(|(from, upto)| from <= upto))
    }

    fn with_skipped_ranges(self, ranges: impl Iterator<Item = (u64, u64)>) -> Self {
        let mut ranges: Vec<(u64, u64)> = ranges.collect();
        while ranges.len() > SKIPPED_RANGES {
            // The author may be writing below a large skip, so those above it matter less.
            let small = ranges.iter().position(|range| !is_large(*range));
            ranges.remove(small.unwrap_or(ranges.len() - 1));
        }
        let mut ranges = ranges.into_iter();
        Self { skipped: std::array::from_fn(|_| ranges.next()), ..self }
    }

    fn last_skipped(&self) -> Option<(u64, u64)> {
        self.skipped.iter().flatten().next_back().copied()
    }

    /// The number before the latest skipped range; [`None`] if there is no range, or if it starts at 1. If another
    /// client caused the skip, the author may have sent nothing after this number.
    pub fn before_skipped(&self) -> Option<u64> {
        self.last_skipped().map(|(from, _)| from - 1).filter(|n| *n > 0)
    }

    /// The sequence number from which a resend is requested: the next one, or the start of a suspiciously large skip.
    /// In a group, all numbers before the first one that I got are no such skip: most were written before I joined.
    pub fn next(&self, is_group: bool) -> u64 {
        let far = self.last_skipped().filter(|range| is_large(*range) && !(is_group && range.0 == 1));
        far.map_or_else(|| self.received.unwrap_or(0) + 1, |(from, _)| from)
    }

    /// The first missing sequence number when `n` arrives out of order.
    pub fn missing_before(&self, n: u64) -> u64 {
        self.skipped_from(n).unwrap_or_else(|| self.received.unwrap_or(0) + 1)
    }
}

fn is_large((from, upto): (u64, u64)) -> bool {
    upto - from >= LARGE_SKIP
}

/// A hash of the property `device`, which identifies the store of one installation. Each store counts its sequence
/// numbers from 1. Its text form is 16 lowercase hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceHash(u64);

impl fmt::Display for DeviceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for DeviceHash {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl DeviceHash {
    /// FNV-1a (64 bits) over the bytes of the property `device`.
    pub fn of(device: &str) -> Self {
        Self(fnv_1a_64(device.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_to_a_former_store_restores_its_progress() {
        let [home, work, phone] = ["home", "work", "phone"].map(|device| Some(DeviceHash::of(device)));
        let at_home = DeliveryProgress { received: Some(7), ..DeliveryProgress::default().in_store(home) };
        let at_work = at_home.in_store(work);
        assert_eq!(at_work.received, None);
        let at_work = DeliveryProgress { received: Some(2), ..at_work };
        assert_eq!(at_work.in_store(home).received, Some(7));
        let on_phone = DeliveryProgress { received: Some(1), ..at_work.in_store(phone) };
        assert_eq!(on_phone.in_store(work).received, Some(2));
        assert_eq!(on_phone.in_store(work).in_store(home).in_store(phone).received, Some(1));
        assert_eq!(on_phone.in_store(None), on_phone);
    }

    #[test]
    fn large_skip_is_remembered_before_small_and_later_ones() {
        let progress = [(10, 12), (50, 9_000), (20_000, 20_001), (30_000, 60_000), (70_000, 90_000), (99_000, 200_000)]
            .into_iter()
            .fold(DeliveryProgress::default(), |progress, (from, n)| progress.with_skipped(from, n));
        let kept = progress.skipped.map(|range| range.map(|(from, _)| from));
        assert_eq!(kept, [Some(50), Some(30_000), Some(70_000), Some(99_000)]);
        let progress = progress.with_skipped(300_000, 400_000);
        assert_eq!(progress.skipped_from(50), Some(50));
        assert_eq!(progress.skipped_from(300_000), None);
    }

    #[test]
    fn device_hash_parses_what_it_prints() {
        let hash = DeviceHash::of("home");
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }

    #[test]
    fn session_id_prints_as_its_topic() {
        let text = "bob_alice_1763900000000";
        let id: SessionId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        let (alice, bob) = (UserId::new("alice").unwrap(), UserId::new("bob").unwrap());
        assert_eq!((id.peer_of(&alice), id.peer_of(&bob)), (Some(&bob), Some(&alice)));
        assert_eq!(id.peer_of(&UserId::new("eve").unwrap()), None);
    }

    #[test]
    fn invalid_session_ids_are_refused() {
        let cases = [
            ("", SessionIdError::Form),
            ("a_b", SessionIdError::Form),
            ("a_b_", SessionTimeError::Start.into()),
            ("a_b_c", SessionTimeError::Start.into()),
            ("a_b_+7", SessionTimeError::Start.into()),
            ("a_b_7+1", SessionTimeError::Plus.into()),
            ("a_b_1_2", SessionIdError::Form),
            ("a__1", UserId::from_wire("").unwrap_err().into()),
            ("a_a_1", SessionIdError::Alone),
        ];
        for (bad, why) in cases {
            assert_eq!(bad.parse::<SessionId>(), Err(why), "{bad:?}");
        }
        // User IDs may be numeric. The position distinguishes them from the time.
        assert_eq!("1_2_3".parse::<SessionId>().map(|id| id.to_string()), Ok("1_2_3".to_owned()));
    }

    #[test]
    fn hash_sign_marks_group_conversation_ids() {
        for text in ["#devs", "bob_alice_7"] {
            assert_eq!(text.parse::<ConversationId>().unwrap().to_string(), text);
        }
        assert!("devs".parse::<ConversationId>().is_err());
    }
}
