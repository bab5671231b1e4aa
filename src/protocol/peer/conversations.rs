//! Conversations: their state, the delivery progress with each participant, and the drafts.
//!
//! Invariant: once the batch of an input is committed, the store has the same state.

use std::{collections::BTreeMap, time::Duration};

use super::{
    egress::Egress,
    timelines::{Timeline, Timelines},
};
use crate::{
    domain::{
        Body, ChatId, ChatMessage, Conversation, ConversationId, DeliveryProgress, Edit, Group, GroupName, NotifyLevel,
        Now, Phase, SessionId, Timestamp, UserId,
    },
    protocol::{Event, Operation, Saved},
};

/// Identifies the messages of one author in one conversation.
pub(super) type Stream = (ConversationId, UserId);

#[derive(Debug, Default)]
pub(super) struct Conversations {
    by_id: BTreeMap<ConversationId, Conversation>,
    progress: BTreeMap<ConversationId, BTreeMap<UserId, DeliveryProgress>>,
    drafts: BTreeMap<ConversationId, String>,
    timelines: Timelines,
}

impl Conversations {
    /// Restores the conversations, progress, drafts and timelines, and removes them from `saved`. Also returns the
    /// users whose stored runs are useless and must be removed.
    pub(super) fn restore(saved: &mut Saved, me: &UserId) -> (Self, Vec<UserId>) {
        let mut progress: BTreeMap<ConversationId, BTreeMap<UserId, DeliveryProgress>> = BTreeMap::new();
        for (conversation, user, state) in saved.progress.drain(..) {
            progress.entry(conversation).or_default().insert(user, state);
        }
        let by_id = saved.conversations.drain(..).map(|conversation| (conversation.id.clone(), conversation));
        let by_id: BTreeMap<ConversationId, Conversation> = by_id.collect();
        let (timelines, contradictory) = Timelines::restore(&by_id, std::mem::take(&mut saved.runs), me);
        (Self { by_id, progress, drafts: saved.drafts.drain(..).collect(), timelines }, contradictory)
    }

    pub(super) fn by_id(&self) -> &BTreeMap<ConversationId, Conversation> {
        &self.by_id
    }

    pub(super) fn get(&self, id: &ConversationId) -> Option<&Conversation> {
        self.by_id.get(id)
    }

    pub(super) fn contains(&self, id: &ConversationId) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Conversation> {
        self.by_id.values()
    }

    pub(super) fn phase(&self, id: &ConversationId) -> Option<Phase> {
        self.get(id).map(|conversation| conversation.phase)
    }

    pub(super) fn is_open(&self, id: &ConversationId) -> bool {
        self.phase(id).is_some_and(Phase::is_open)
    }

    /// Whether I am in the group, according to the conversation's phase.
    pub(super) fn is_in_group(&self, name: &GroupName) -> bool {
        self.is_open(&ConversationId::Group(name.clone()))
    }

    /// The conversations in which I have a delivery progress with `user`.
    pub(super) fn with(&self, user: &UserId) -> impl Iterator<Item = &ConversationId> {
        self.progress.iter().filter(move |(_, with)| with.contains_key(user)).map(|(id, _)| id)
    }

    pub(super) fn open_sessions(&self) -> impl Iterator<Item = &SessionId> {
        self.iter().filter(|conversation| conversation.phase.is_open()).filter_map(|conversation| {
            match &conversation.id {
                ConversationId::Session(session) => Some(session),
                ConversationId::Group(_) => None,
            }
        })
    }

    pub(super) fn progress(&self, id: &ConversationId) -> impl Iterator<Item = (&UserId, &DeliveryProgress)> {
        self.progress.get(id).into_iter().flatten()
    }

    pub(super) fn progress_with(&self, id: &ConversationId, user: &UserId) -> Option<DeliveryProgress> {
        self.progress.get(id)?.get(user).copied()
    }

    /// The first sequence number of `user` that I am missing.
    pub(super) fn next_of(&self, id: &ConversationId, user: &UserId) -> u64 {
        let is_group = matches!(id, ConversationId::Group(_));
        self.progress_with(id, user).map_or(1, |progress| progress.next(is_group))
    }

    /// Whether any reader has acknowledged my message number `n`.
    pub(super) fn has_arrived(&self, id: &ConversationId, n: u64) -> bool {
        self.progress(id).any(|(_, progress)| progress.joined < n && progress.acked >= n)
    }

    /// The progress of a new participant, who does not get my earlier messages.
    pub(super) fn new_reader(&self, id: &ConversationId) -> DeliveryProgress {
        let sent = self.get(id).map_or(0, |conversation| conversation.sent);
        DeliveryProgress { joined: sent, acked: sent, read: sent, ..DeliveryProgress::default() }
    }

    pub(super) fn draft(&self, id: &ConversationId) -> &str {
        self.drafts.get(id).map_or("", String::as_str)
    }

    pub(super) fn timeline(&self, user: &UserId) -> Option<&Timeline> {
        self.timelines.get(user)
    }

    /// The IDs of all chats: the users by ID, then the groups by name.
    pub(super) fn chat_ids(&self) -> impl Iterator<Item = ChatId> {
        let groups = self.by_id.keys().filter_map(|id| match id {
            ConversationId::Group(group) => Some(ChatId::Group(group.clone())),
            ConversationId::Session(_) => None,
        });
        self.timelines.iter().map(|(user, _)| ChatId::User(user.clone())).chain(groups)
    }

    /// All sessions with a user.
    fn sessions_with(&self, user: &UserId) -> impl Iterator<Item = &Conversation> {
        let sessions = self.timeline(user).into_iter().flat_map(Timeline::sessions);
        sessions.filter_map(|session| self.get(session))
    }

    /// A session ID that is new for this pair of users. Its time is increased until it is new.
    pub(super) fn new_session(&self, now: Now, me: &UserId, peer: &UserId) -> SessionId {
        let mut started = now.wall;
        loop {
            let session = SessionId { accepter: me.clone(), requester: peer.clone(), started: started.into() };
            if !self.contains(&ConversationId::Session(session.clone())) {
                return session;
            }
            started = started + Duration::from_millis(1);
        }
    }
}

/// Changes of conversations and progress.
impl Conversations {
    fn put(&mut self, conversation: Conversation, egress: &mut Egress) {
        self.by_id.insert(conversation.id.clone(), conversation.clone());
        egress.persist(Operation::PutConversation(conversation));
    }

    /// Changes a conversation, and stores it if it differs. Returns whether it differs.
    fn change(&mut self, id: &ConversationId, egress: &mut Egress, change: impl FnOnce(&mut Conversation)) -> bool {
        let Some(known) = self.get(id) else { return false };
        let mut changed = known.clone();
        change(&mut changed);
        let has_changed = changed != *known;
        if has_changed {
            self.put(changed, egress);
        }
        has_changed
    }

    /// Opens a session, unless it is known already.
    pub(super) fn open_session(&mut self, id: &ConversationId, peer: &UserId, egress: &mut Egress) {
        if self.contains(id) {
            return;
        }
        // The current session of a pair is the one learnt of last, even if the clock was set back.
        let known = self.sessions_with(peer).max_by_key(|known| known.since);
        let earliest = known.map_or_else(Timestamp::default, |known| known.since + Duration::from_millis(1));
        let notify_level = known.and_then(|known| known.notify_level);
        let now = egress.now().wall;
        let since = now.max(earliest);
        self.put(Conversation { notify_level, since, ..Conversation::new(id.clone(), now) }, egress);
        self.timelines.opened(peer, id);
        self.put_progress(id, peer, &DeliveryProgress::default(), egress);
    }

    /// Opens the conversation of a group that I have joined or rejoined.
    pub(super) fn open_group(&mut self, id: &ConversationId, egress: &mut Egress) {
        let active = egress.now().wall;
        let known = self.get(id).cloned().unwrap_or_else(|| Conversation::new(id.clone(), active));
        self.put(Conversation { phase: Phase::OPEN, active, ..known }, egress);
    }

    pub(super) fn set_phase(&mut self, id: &ConversationId, phase: Phase, egress: &mut Egress) {
        if self.change(id, egress, |conversation| conversation.phase = phase) {
            egress.emit(Event::ConversationChanged(id.clone()));
        }
    }

    /// Withdraws my proposal to end the session, as any message of mine does.
    pub(super) fn retract_end(&mut self, id: &ConversationId, egress: &mut Egress) {
        if let Some(Phase::Open { ended_by_me: true, ended_by_peer }) = self.phase(id) {
            self.set_phase(id, Phase::Open { ended_by_me: false, ended_by_peer }, egress);
        }
    }

    /// Closes a session that both users have ended. Returns whether it did.
    pub(super) fn close_if_over(&mut self, id: &ConversationId, egress: &mut Egress) -> bool {
        let is_over = self.phase(id) == Some(Phase::Open { ended_by_me: true, ended_by_peer: true });
        if is_over {
            self.set_phase(id, Phase::Closed, egress);
        }
        is_over
    }

    /// Returns the sequence number of my next message. The caller must store the conversation, as [`Self::append`]
    /// does.
    pub(super) fn next_number(&mut self, id: &ConversationId) -> Option<u64> {
        let conversation = self.by_id.get_mut(id)?;
        conversation.sent += 1;
        Some(conversation.sent)
    }

    pub(super) fn append(&mut self, id: &ConversationId, message: ChatMessage, unread: bool, egress: &mut Egress) {
        let Some(known) = self.get(id).cloned() else { return };
        let (seq, unread) = (known.len, known.unread + u64::from(unread));
        let changes = known.changes + ChatMessage::count_changes([&message]);
        egress.persist(Operation::Append { conversation: id.clone(), seq, message: message.clone() });
        let run = id.peer_of(egress.me()).and_then(|peer| self.timelines.append(peer, id, seq));
        if let Some(run) = run {
            egress.persist(Operation::PutRun(run));
        }
        self.put(Conversation { len: seq + 1, changes, active: egress.now().wall, unread, ..known }, egress);
        egress.emit(Event::Message { conversation: id.clone(), seq, message });
    }

    /// Merges imported messages; see [`Input::ReadBack`](crate::protocol::Input::ReadBack).
    pub(super) fn read_back(
        &mut self,
        id: &ConversationId,
        len: u64,
        from: u64,
        messages: Vec<ChatMessage>,
        changes: u64,
        egress: &mut Egress,
    ) {
        if self.get(id).map_or(0, |known| known.len) != len || messages.is_empty() {
            return;
        }
        let last = messages.last().map(|message| message.at).unwrap_or_default();
        let len = from + messages.len() as u64;
        for (seq, message) in (from..).zip(messages) {
            egress.persist(Operation::Append { conversation: id.clone(), seq, message });
        }
        let known = self.get(id).cloned().unwrap_or_else(|| Conversation::read_back(id.clone(), last));
        self.put(Conversation { len, changes, ..known }, egress);
        if let Some(peer) = id.peer_of(egress.me()) {
            let sessions = self.by_id.values().filter(|known| known.id.peer_of(egress.me()) == Some(peer)).collect();
            if self.timelines.rearrange(peer, sessions) {
                egress.persist(Operation::ClearRuns(peer.clone()));
            }
        }
        egress.emit(Event::ReadBack(id.clone()));
    }

    pub(super) fn set_notify_level(&mut self, id: &ConversationId, level: Option<NotifyLevel>, egress: &mut Egress) {
        self.change(id, egress, |conversation| conversation.notify_level = level);
    }

    /// Marks all messages as read. Returns the authors to send receipts to; none if nothing was unread.
    pub(super) fn mark_read(&mut self, id: &ConversationId, egress: &mut Egress) -> Vec<UserId> {
        if !self.change(id, egress, |conversation| conversation.unread = 0) {
            return Vec::new();
        }
        self.progress(id).filter(|(_, p)| p.received.is_some()).map(|(user, _)| user.clone()).collect()
    }

    /// The broker has accepted my message number `n`. Returns whether that is the highest number so far.
    pub(super) fn accepted_by_broker(&mut self, id: &ConversationId, n: u64, egress: &mut Egress) -> bool {
        self.change(id, egress, |conversation| conversation.broker_acked = conversation.broker_acked.max(n))
    }

    pub(super) fn put_progress(
        &mut self,
        id: &ConversationId,
        user: &UserId,
        progress: &DeliveryProgress,
        egress: &mut Egress,
    ) {
        let known = self.progress.entry(id.clone()).or_default();
        if known.get(user) != Some(progress) {
            known.insert(user.clone(), *progress);
            egress.persist(Operation::PutProgress {
                conversation: id.clone(),
                user: user.clone(),
                progress: *progress,
            });
        }
    }

    /// `user` or I have become a member: from now on my messages must reach them. Messages that they wrote while one of
    /// us was not a member need not reach me; the property `first` of their next message says so.
    pub(super) fn expect_reader(&mut self, id: &ConversationId, user: &UserId, egress: &mut Egress) {
        let known = self.progress_with(id, user).unwrap_or_default();
        let DeliveryProgress { received, store, skipped, .. } = known;
        let stays = known.stays_after_leaving();
        let progress = DeliveryProgress { received, store, skipped, stays, ..self.new_reader(id) };
        self.put_progress(id, user, &progress, egress);
    }

    /// To be called before the record of a group is removed: former members need not get the messages that they are
    /// missing. `joined > acked` marks their progress.
    pub(super) fn settle_readers(&mut self, group: &Group, egress: &mut Egress) {
        let id = ConversationId::Group(group.name.clone());
        let sent = self.get(&id).map_or(0, |conversation| conversation.sent);
        let former = self.progress(&id).filter(|(user, progress)| progress.acked < sent && !group.includes(user));
        for (user, progress) in former.map(|(user, it)| (user.clone(), *it)).collect::<Vec<_>>() {
            self.put_progress(&id, &user, &DeliveryProgress { joined: sent, ..progress }, egress);
        }
    }

    /// Stores the draft of the chat that the conversation belongs to: with a user, there is one for all sessions.
    pub(super) fn save_draft(&mut self, conversation: ConversationId, text: String, egress: &mut Egress) {
        if let Some(peer) = conversation.peer_of(egress.me()) {
            let others = self.sessions_with(peer).map(|known| &known.id);
            let others = others.filter(|id| **id != conversation && self.drafts.contains_key(id));
            for other in others.cloned().collect::<Vec<_>>() {
                self.put_draft(other, String::new(), egress);
            }
        }
        self.put_draft(conversation, text, egress);
    }

    fn put_draft(&mut self, conversation: ConversationId, text: String, egress: &mut Egress) {
        if self.draft(&conversation) != text {
            egress.persist(Operation::PutDraft { conversation: conversation.clone(), text: text.clone() });
            if text.is_empty() {
                self.drafts.remove(&conversation);
            } else {
                self.drafts.insert(conversation, text);
            }
        }
    }
}

/// Applies an edit. My own messages change once the broker has accepted the edit.
pub(super) fn edit(id: &ConversationId, edit: Edit, egress: &mut Egress) {
    egress.persist(Operation::Edit { conversation: id.clone(), edit: edit.clone() });
    egress.emit(Event::Edited { conversation: id.clone(), edit });
}

/// The phase of a session after a message from the other user; `None` if it does not change.
pub(super) fn phase_after_peer_message(phase: Phase, body: &Body) -> Option<Phase> {
    let ended_by_me = match phase {
        Phase::Open { ended_by_me, .. } => ended_by_me,
        Phase::Closed => true,
        Phase::Left | Phase::Removed | Phase::Disbanded => return None,
    };
    let next = Phase::Open { ended_by_me, ended_by_peer: *body == Body::End };
    (next != phase && !(phase == Phase::Closed && *body == Body::End)).then_some(next)
}
