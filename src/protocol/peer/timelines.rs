//! Timelines: the order of the messages of several sessions with a user in the one chat with that user.
//!
//! It is the order of arrival, at the positions 0, 1, 2 … without gaps. A timeline is a list of runs; a run is a
//! stretch of messages of one session, and ends where the next begins. As long as a user has one session after the
//! other, the order follows from the times at which the sessions began, and nothing is stored. The first run that does
//! not follow from them is stored, and so is each run after it.
//!
//! Invariant: the runs of a timeline contain each message of its sessions once.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    domain::{Conversation, ConversationId, Piece, UserId},
    protocol::Run,
};

/// The order of the messages in the chat with one user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Timeline {
    /// The sessions, in the order in which this machine learnt of them.
    sessions: Vec<ConversationId>,
    stretches: Vec<Stretch>,
    len: u64,
    /// Whether the store has runs of this timeline.
    is_stored: bool,
}

/// A run of messages of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    /// The position of its first message in the chat.
    start: u64,
    session: ConversationId,
    /// The position of its first message in the session.
    from: u64,
}

impl Timeline {
    /// The timeline of these sessions, in the order of their beginnings, with the stored `runs` at its end. [`None`] if
    /// the runs contradict the sessions.
    fn arranged(mut sessions: Vec<&Conversation>, runs: &[Run]) -> Option<Self> {
        sessions.sort_by_key(|session| (session.since, &session.id));
        let mut timeline = Self { is_stored: !runs.is_empty(), ..Self::default() };
        let mut placed: BTreeMap<&ConversationId, u64> = BTreeMap::new();
        for session in &sessions {
            let first = runs.iter().find(|run| run.session == session.id);
            let upto = first.map_or(session.len, |run| run.from.min(session.len));
            timeline.push(&session.id, 0..upto);
            placed.insert(&session.id, upto);
        }
        let total: u64 = sessions.iter().map(|session| session.len).sum();
        let ends = runs.iter().skip(1).map(|run| run.start).chain([total]);
        for (run, end) in runs.iter().zip(ends) {
            let placed = placed.get_mut(&run.session)?;
            let count = end.checked_sub(run.start).filter(|count| *count > 0)?;
            if run.start != timeline.len || run.from != *placed {
                return None;
            }
            *placed = placed.checked_add(count)?;
            timeline.push(&run.session, run.from..*placed);
        }
        timeline.sessions = sessions.iter().map(|session| session.id.clone()).collect();
        sessions.iter().all(|session| placed.get(&session.id) == Some(&session.len)).then_some(timeline)
    }

    fn push(&mut self, session: &ConversationId, positions: Range<u64>) {
        if !positions.is_empty() {
            self.stretches.push(Stretch { start: self.len, session: session.clone(), from: positions.start });
            self.len += positions.end - positions.start;
        }
    }

    /// Places the message at `seq` of a session at the end. Returns whether the run that begins with it must be stored.
    fn append(&mut self, session: &ConversationId, seq: u64) -> bool {
        if self.stretches.last().is_some_and(|last| last.session == *session) {
            self.len += 1;
            return false;
        }
        self.push(session, seq..seq + 1);
        // Without stored runs, the sessions are restored one after the other, the latest at the end.
        let is_implied = !self.is_stored && self.sessions.last() == Some(session);
        self.is_stored |= !is_implied;
        !is_implied
    }

    /// The sessions, in the order in which this machine learnt of them.
    pub(super) fn sessions(&self) -> &[ConversationId] {
        &self.sessions
    }

    /// The number of messages in the chat.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The position in the chat of the message at `seq` of a session.
    pub(super) fn position(&self, session: &ConversationId, seq: u64) -> Option<u64> {
        // Most questions are about one of the latest messages.
        let index = self.stretches.iter().rposition(|one| one.session == *session && one.from <= seq)?;
        let position = self.stretches[index].start + (seq - self.stretches[index].from);
        (position < self.end_of(index)).then_some(position)
    }

    /// The session of the message at a position in the chat, and its position there.
    pub(super) fn locate(&self, position: u64) -> Option<(&ConversationId, u64)> {
        let index = self.index_of(position).filter(|_| position < self.len)?;
        let stretch = &self.stretches[index];
        Some((&stretch.session, stretch.from + (position - stretch.start)))
    }

    /// Where the messages at these positions of the chat are stored.
    pub(super) fn pieces(&self, positions: Range<u64>) -> Vec<Piece> {
        let first = self.index_of(positions.start).unwrap_or(0);
        let pieces = self.stretches.iter().enumerate().skip(first);
        let pieces = pieces.take_while(|(_, stretch)| stretch.start < positions.end).map(|(index, stretch)| {
            let upto = positions.end.min(self.end_of(index));
            let from = positions.start.max(stretch.start).min(upto);
            let in_session = |position| stretch.from + (position - stretch.start);
            Piece { conversation: stretch.session.clone(), positions: in_session(from)..in_session(upto) }
        });
        pieces.filter(|piece| !piece.positions.is_empty()).collect()
    }

    /// The index of the last stretch that begins at or before this position.
    fn index_of(&self, position: u64) -> Option<usize> {
        self.stretches.partition_point(|stretch| stretch.start <= position).checked_sub(1)
    }

    fn end_of(&self, index: usize) -> u64 {
        self.stretches.get(index + 1).map_or(self.len, |next| next.start)
    }
}

/// The timeline of each user with whom I have or had a session.
#[derive(Debug, Default)]
pub(super) struct Timelines(BTreeMap<UserId, Timeline>);

impl Timelines {
    /// Restores the timelines. Also returns the users whose stored runs contradict their sessions, as they may after a
    /// salvage or an import: those sessions follow one another, and the runs must be removed from the store.
    pub(super) fn restore(
        conversations: &BTreeMap<ConversationId, Conversation>,
        stored: Vec<Run>,
        me: &UserId,
    ) -> (Self, Vec<UserId>) {
        let mut sessions: BTreeMap<UserId, Vec<&Conversation>> = BTreeMap::new();
        for conversation in conversations.values() {
            if let Some(peer) = conversation.id.peer_of(me) {
                sessions.entry(peer.clone()).or_default().push(conversation);
            }
        }
        let mut runs: BTreeMap<UserId, Vec<Run>> = BTreeMap::new();
        for run in stored {
            runs.entry(run.user.clone()).or_default().push(run);
        }
        let mut contradictory = Vec::new();
        let timelines = sessions.into_iter().map(|(user, sessions)| {
            let mut runs = runs.remove(&user).unwrap_or_default();
            runs.sort_by_key(|run| run.start);
            let timeline = Timeline::arranged(sessions.clone(), &runs).unwrap_or_else(|| {
                contradictory.push(user.clone());
                Timeline::arranged(sessions, &[]).expect("sessions without runs cannot contradict them")
            });
            (user, timeline)
        });
        let timelines = Self(timelines.collect());
        contradictory.extend(runs.into_keys());
        (timelines, contradictory)
    }

    pub(super) fn get(&self, user: &UserId) -> Option<&Timeline> {
        self.0.get(user)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&UserId, &Timeline)> {
        self.0.iter()
    }

    /// A new session with a user, who may be new.
    pub(super) fn opened(&mut self, user: &UserId, session: &ConversationId) {
        self.0.entry(user.clone()).or_default().sessions.push(session.clone());
    }

    /// Places the message at `seq` of a session at the end of its chat. Returns the run to store, if any.
    pub(super) fn append(&mut self, user: &UserId, session: &ConversationId, seq: u64) -> Option<Run> {
        let timeline = self.0.get_mut(user)?;
        let start = timeline.len;
        timeline.append(session, seq).then(|| Run { user: user.clone(), start, session: session.clone(), from: seq })
    }

    /// Puts the sessions of a user one after the other again, after messages were inserted. Returns whether stored runs
    /// must be removed.
    pub(super) fn rearrange(&mut self, user: &UserId, sessions: Vec<&Conversation>) -> bool {
        let arranged = Timeline::arranged(sessions, &[]).expect("sessions without runs cannot contradict them");
        self.0.insert(user.clone(), arranged).is_some_and(|before| before.is_stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn me() -> UserId {
        "alice".parse().unwrap()
    }

    fn bob() -> UserId {
        "bob".parse().unwrap()
    }

    fn id(session: u64) -> ConversationId {
        format!("bob_alice_{session}").parse().unwrap()
    }

    /// A session with bob that this machine learnt of at the time `session`.
    fn session(session: u64, len: u64) -> Conversation {
        Conversation { len, ..Conversation::new(id(session), Timestamp::from_millis(session)) }
    }

    /// The session of each message, in the order of the chat.
    fn order(timelines: &Timelines) -> Vec<u64> {
        let timeline = timelines.get(&bob()).unwrap();
        let session_of = |position| {
            let (found, seq) = timeline.locate(position).unwrap();
            assert_eq!(timeline.position(found, seq), Some(position));
            (1..9).find(|session| id(*session) == *found).unwrap()
        };
        (0..timeline.len()).map(session_of).collect()
    }

    /// Chats with sessions to which messages are appended, the runs that were stored, and what is restored from them.
    struct Machine {
        timelines: Timelines,
        conversations: BTreeMap<ConversationId, Conversation>,
        stored: Vec<Run>,
    }

    impl Machine {
        fn new(sessions: impl IntoIterator<Item = Conversation>) -> Self {
            let conversations: BTreeMap<_, _> = sessions.into_iter().map(|known| (known.id.clone(), known)).collect();
            let (timelines, _) = Timelines::restore(&conversations, vec![], &me());
            Self { timelines, conversations, stored: vec![] }
        }

        fn open(&mut self, number: u64) {
            self.conversations.insert(id(number), session(number, 0));
            self.timelines.opened(&bob(), &id(number));
        }

        fn append_all<const N: usize>(&mut self, numbers: [u64; N]) {
            for number in numbers {
                self.append(number);
            }
        }

        fn append(&mut self, number: u64) {
            let known = self.conversations.get_mut(&id(number)).unwrap();
            self.stored.extend(self.timelines.append(&bob(), &id(number), known.len));
            known.len += 1;
        }

        fn restored(&self) -> (Timelines, Vec<UserId>) {
            Timelines::restore(&self.conversations, self.stored.clone(), &me())
        }
    }

    #[test]
    fn sessions_one_after_the_other_store_nothing() {
        let mut machine = Machine::new([session(1, 2), session(2, 1)]);
        machine.append(2);
        machine.open(3);
        machine.append(3);
        machine.append(3);
        assert_eq!((order(&machine.timelines), machine.stored.len()), (vec![1, 1, 2, 2, 3, 3], 0));
        assert_eq!(order(&machine.restored().0), [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn messages_of_two_sessions_keep_their_order_of_arrival() {
        let mut machine = Machine::new([session(1, 1), session(2, 1)]);
        machine.append_all([1, 1, 2, 1]);
        machine.open(3);
        machine.append_all([3, 2, 3]);
        let expected = [1, 2, 1, 1, 2, 1, 3, 2, 3];
        assert_eq!(order(&machine.timelines), expected);
        let (restored, contradictory) = machine.restored();
        assert_eq!((order(&restored), contradictory), (expected.to_vec(), vec![]));
        let pieces = restored.get(&bob()).unwrap().pieces(1..6);
        let pieces: Vec<_> = pieces.into_iter().map(|piece| (piece.conversation, piece.positions)).collect();
        assert_eq!(pieces, [(id(2), 0..1), (id(1), 1..3), (id(2), 1..2), (id(1), 3..4)]);
        assert_eq!(restored.get(&bob()).unwrap().pieces(3..3), []);
    }

    #[test]
    fn runs_that_contradict_the_sessions_are_dropped() {
        let mut machine = Machine::new([session(1, 1), session(2, 1)]);
        machine.append_all([1, 2]);
        machine.stored.pop();
        let (restored, contradictory) = machine.restored();
        assert_eq!((order(&restored), contradictory), (vec![1, 1, 2, 2], vec![bob()]));
    }

    proptest::proptest! {
        #[test]
        fn restored_order_is_the_order_of_arrival(steps in proptest::collection::vec(0_u64..5, 0..40)) {
            let mut machine = Machine::new([session(1, 2)]);
            let mut last = 1;
            let mut expected = vec![1, 1];
            for step in steps {
                if step == 0 && last < 8 {
                    last += 1;
                    machine.open(last);
                } else {
                    let number = last.saturating_sub(step).max(1);
                    machine.append(number);
                    expected.push(number);
                }
            }
            let (restored, contradictory) = machine.restored();
            proptest::prop_assert_eq!(order(&machine.timelines), expected.clone());
            proptest::prop_assert_eq!((order(&restored), contradictory), (expected, vec![]));
        }
    }
}
