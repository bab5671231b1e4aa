//! Messages: numbered, stored once, acknowledged, and sent again where they are missing.
//!
//! Of another papo only the next number is ever stored, so its messages are stored in its order; what
//! comes too early is left with its author, who is asked to send again from the first that is missing.

use std::{collections::BTreeMap, time::Duration};

use super::Peer;
use crate::{
    domain::{
        Body, ChatMessage, Conversation, ConversationId, Delivery, MessageId, Phase, Progress, TEXT_LIMIT, Timestamp,
        UserId,
    },
    protocol::{
        event::{Event, Output},
        operation::Operation,
        properties::Properties,
        publication::Publication,
        topic::Topic,
        wire::{Content, Control},
    },
};

/// In larger groups receipts are not counted.
const COUNTED_MEMBERS: usize = 32;
/// The same gap is not asked about more often.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// A gap that its author does not fill for so long is given up, if it wrote on so often meanwhile: the
/// time in which the author is away does not count.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
const GIVE_UP_ASKING: u32 = 10;

/// How many messages are read back from the store at once.
const CHUNK: u64 = 200;

/// What is missing from whom, and since when.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<(ConversationId, UserId), Gap>);

/// What is being sent again to whom: up to where it has been read back, and up to where it shall be.
#[derive(Debug, Default)]
pub(super) struct Resends(BTreeMap<(ConversationId, UserId), Span>);

#[derive(Debug, Clone, Copy)]
struct Span {
    from: u64,
    asked: u64,
    upto: u64,
}

impl Resends {
    /// The connection is gone, and with it what was under way.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[derive(Debug, Clone, Copy)]
struct Gap {
    since: Timestamp,
    asked: Timestamp,
    times: u32,
    /// Up to where it was asked for last.
    upto: u64,
    /// The highest number that came too early and was not stored.
    seen: u64,
}

/// Where a numbered message stands in its author's sequence.
enum Place {
    Next,
    Known,
    /// Numbers before it are missing, from this one on.
    TooEarly(u64),
    /// Its author has lost its store and counts anew.
    Anew,
}

/// Writing.
impl Peer {
    pub(super) fn send(&mut self, now: Timestamp, id: ConversationId, text: String) {
        if text == "END"
            && let ConversationId::Session(session) = id
        {
            return self.end(now, session);
        }
        let Some(conversation) = self.conversations.get(&id) else {
            return self.refuse("there is no such conversation");
        };
        if text.is_empty() || text.len() > TEXT_LIMIT {
            return self.refuse(format!("a message has 1 to {TEXT_LIMIT} bytes"));
        }
        match conversation.phase {
            Phase::Open { .. } => {
                self.take_back_end(&id);
                self.write(now, &id, Body::Text(text));
            }
            Phase::Closed => self.refuse("this talk is over: both have ended it"),
            Phase::Left => self.refuse("you have left this group"),
            Phase::Removed => self.refuse("you are no longer in this group"),
            Phase::Disbanded => self.refuse("this group was disbanded"),
        }
    }

    /// Numbers a message of mine, stores it and sends it.
    pub(super) fn write(&mut self, now: Timestamp, id: &ConversationId, body: Body) {
        let Some(conversation) = self.conversations.get_mut(id) else { return };
        conversation.sent += 1;
        let n = conversation.sent;
        let message =
            ChatMessage { id: self.ids.next(now), author: self.me.clone(), n: Some(n), at: now, body, failure: None };
        let publication = self.message_publication(id, &message);
        self.append(now, id, message, false);
        self.post_message(publication, id.clone(), n);
    }

    fn message_publication(&self, id: &ConversationId, message: &ChatMessage) -> Publication {
        let properties = Properties {
            is_papo: true,
            id: Some(message.id),
            from: Some(self.me.clone()),
            n: message.n,
            ts: Some(message.at),
            first: self.owed_first(id),
            ..Properties::default()
        };
        let content = Content::Talk(id.clone(), Some(self.me.clone()), message.body.clone());
        self.encode(&Topic::of(id), &content, &properties)
    }

    /// What came in before its first message may have gone past a newcomer, which cannot know of it.
    fn owed_first(&self, id: &ConversationId) -> Vec<(UserId, u64)> {
        let ConversationId::Group(group) = id else { return Vec::new() };
        if !self.counts_receipts(id) {
            return Vec::new();
        }
        let is_new = |(user, progress): &(&UserId, &Progress)| {
            progress.acked <= progress.joined && self.groups.get(group).is_some_and(|record| record.includes(user))
        };
        self.progress(id).filter(is_new).map(|(user, progress)| (user.clone(), progress.joined + 1)).collect()
    }

    fn append(&mut self, now: Timestamp, id: &ConversationId, message: ChatMessage, unread: bool) {
        let Some(conversation) = self.conversations.get_mut(id) else { return };
        let seq = conversation.len;
        conversation.len += 1;
        conversation.active = now;
        conversation.unread += u64::from(unread);
        self.keep(Operation::Append { conversation: id.clone(), seq, message: message.clone() });
        self.keep_conversation(id);
        self.tell(Event::Message { conversation: id.clone(), seq, message });
    }

    pub(super) fn mark_read(&mut self, now: Timestamp, id: &ConversationId) {
        let Some(conversation) = self.conversations.get_mut(id).filter(|conversation| conversation.unread > 0) else {
            return;
        };
        conversation.unread = 0;
        self.keep_conversation(id);
        let writers: Vec<UserId> =
            self.progress(id).filter(|(_, p)| p.received.is_some()).map(|(user, _)| user.clone()).collect();
        if self.counts_receipts(id) {
            for writer in writers {
                self.owe_receipt(now, id, &writer, true);
            }
        }
    }
}

/// Reading.
impl Peer {
    /// Somebody has written in a conversation.
    pub(super) fn talk(
        &mut self,
        now: Timestamp,
        id: ConversationId,
        author: Option<UserId>,
        body: Body,
        properties: &Properties,
    ) {
        let Some(author) = self.rightful_author(now, &id, author) else {
            return self.suspect(format!("ignored a message in {id} by somebody who is not in it"));
        };
        let Some(conversation) = self.conversations.get(&id) else { return };
        if !conversation.phase.is_open() && conversation.phase != Phase::Closed {
            return;
        }
        let at = properties.ts.unwrap_or(now);
        let message = ChatMessage {
            id: properties.id.unwrap_or_else(|| self.ids.next(now)),
            author,
            n: properties.n.filter(|_| properties.is_papo && properties.id.is_some()),
            at,
            body,
            failure: None,
        };
        match message.n {
            Some(n) => {
                let first = properties.first.iter().find(|(user, _)| *user == self.me).map(|(_, first)| *first);
                self.numbered(now, &id, message, (n, first));
            }
            None => self.store(now, &id, message),
        }
    }

    /// Who may write here, or `None`. A session of mine that is unknown comes from a store that was lost:
    /// only the broker still knew that I listen, and it is taken up again.
    fn rightful_author(&mut self, now: Timestamp, id: &ConversationId, author: Option<UserId>) -> Option<UserId> {
        match id {
            ConversationId::Session(session) => {
                let peer = session.peer_of(&self.me)?.clone();
                // My own messages do not come back, so a bare `END` is the other's.
                let rightful = author.is_none_or(|author| author == peer);
                if rightful && !self.conversations.contains_key(id) {
                    self.open_session(now, session, &peer);
                    self.tell(Event::ConversationOpened { conversation: id.clone(), mine: false });
                }
                rightful.then_some(peer)
            }
            ConversationId::Group(group) => {
                let author = author.filter(|author| *author != self.me)?;
                let record = self.groups.get(group)?;
                // Of a group that was typed by hand the members need not be known.
                (record.rev == 0 || record.includes(&author)).then_some(author)
            }
        }
    }

    fn numbered(&mut self, now: Timestamp, id: &ConversationId, message: ChatMessage, (n, first): (u64, Option<u64>)) {
        let author = message.author.clone();
        let progress = self.progress_with(id, &author).unwrap_or_else(|| self.new_reader(id));
        let place = match (progress.received, first) {
            (None, Some(first)) if n > first && !self.has_given_up(now, id, &author) => Place::TooEarly(first),
            _ => self.place(now, id, &author, progress, n, message.id),
        };
        match place {
            Place::Known => self.owe_receipt(now, id, &author, false),
            Place::TooEarly(missing) => self.ask_resend(now, id, &author, missing, Some(n)),
            Place::Next | Place::Anew => {
                let newest = progress.newest.max(Some(message.id));
                self.put_progress(id, &author, Progress { received: Some(n), newest, ..progress });
                self.store(now, id, message);
                if self.counts_receipts(id) {
                    self.owe_receipt(now, id, &author, false);
                }
                self.gap_shrank(now, id, &author, n);
            }
        }
    }

    fn place(
        &self,
        now: Timestamp,
        id: &ConversationId,
        author: &UserId,
        progress: Progress,
        n: u64,
        uuid: MessageId,
    ) -> Place {
        let given_up = self.has_given_up(now, id, author);
        match progress.received {
            // In a group one hears from where one came in; a session is heard from its start.
            None if n == 1 || given_up || matches!(id, ConversationId::Group(_)) => Place::Next,
            None => Place::TooEarly(1),
            Some(received) if n <= received && progress.newest < Some(uuid) => match id {
                ConversationId::Session(_) if n > 1 => Place::TooEarly(1),
                _ => Place::Anew,
            },
            Some(received) if n <= received => Place::Known,
            Some(received) if n == received + 1 || given_up => Place::Next,
            Some(received) => Place::TooEarly(received + 1),
        }
    }

    /// Number `n` of an author was stored. What came while its predecessors were asked for was not.
    fn gap_shrank(&mut self, now: Timestamp, id: &ConversationId, author: &UserId, n: u64) {
        let key = (id.clone(), author.clone());
        let Some(gap) = self.gaps.0.get_mut(&key) else { return };
        if n >= gap.seen {
            self.gaps.0.remove(&key);
        } else if n >= gap.upto {
            gap.asked = Timestamp::default();
            let seen = gap.seen;
            self.ask_resend(now, id, author, n + 1, Some(seen));
        }
    }

    /// Whether the numbers that are missing are not waited for any longer.
    fn has_given_up(&self, now: Timestamp, id: &ConversationId, author: &UserId) -> bool {
        let gap = self.gaps.0.get(&(id.clone(), author.clone()));
        gap.is_some_and(|gap| gap.times >= GIVE_UP_ASKING && now.since(gap.since) >= GIVE_UP_AFTER)
    }

    fn store(&mut self, now: Timestamp, id: &ConversationId, message: ChatMessage) {
        if matches!(id, ConversationId::Session(_)) {
            self.peer_spoke(id, &message.body);
        }
        self.append(now, id, message, true);
    }

    /// How a participant starts from whom nothing is known yet: what I wrote before is not owed to it.
    pub(super) fn new_reader(&self, id: &ConversationId) -> Progress {
        let sent = self.conversations.get(id).map_or(0, |conversation| conversation.sent);
        Progress { joined: sent, acked: sent, read: sent, received: None, newest: None }
    }
}

/// Receipts and resending.
impl Peer {
    pub(super) fn acked(&mut self, id: &ConversationId, n: u64, properties: &Properties) {
        self.receipt(id, n, properties, false);
    }

    pub(super) fn was_read(&mut self, id: &ConversationId, n: u64, properties: &Properties) {
        self.receipt(id, n, properties, true);
    }

    fn receipt(&mut self, id: &ConversationId, n: u64, properties: &Properties, read: bool) {
        let Some((user, progress)) = self.participant(id, properties) else { return };
        let sent = self.conversations.get(id).map_or(0, |conversation| conversation.sent);
        let n = n.min(sent);
        let acked = progress.acked.max(n);
        let read = if read { progress.read.max(n) } else { progress.read };
        self.put_progress(id, &user, Progress { acked, read, ..progress });
        self.let_go_of(id);
        self.fill_up(id, &user, acked);
    }

    /// Who had closed a session listens again when it says what it has; the rest of mine follows.
    fn fill_up(&mut self, id: &ConversationId, user: &UserId, acked: u64) {
        let phase = self.conversations.get(id).map(|conversation| conversation.phase);
        if matches!(phase, Some(Phase::Open { ended_by_peer: true, .. })) {
            self.resend(id, user, acked + 1, u64::MAX);
        }
    }

    /// Who sent this control message, if it takes part in the conversation.
    fn participant(&self, id: &ConversationId, properties: &Properties) -> Option<(UserId, Progress)> {
        let user = properties.from.clone()?;
        let progress = self.progress_with(id, &user)?;
        Some((user, progress))
    }

    pub(super) fn asked_to_resend(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        (from, upto): (u64, Option<u64>),
        properties: &Properties,
    ) {
        let Some((user, progress)) = self.participant(id, properties) else { return };
        if matches!(id, ConversationId::Session(_)) && progress.received.is_none() {
            // It knows the session, and I have all that it wrote up to now: nothing.
            self.put_progress(id, &user, Progress { received: Some(0), ..progress });
        }
        let from = from.max(progress.joined + 1);
        if let ConversationId::Session(session) = id
            && self.conversations.get(id).is_some_and(|conversation| conversation.phase == Phase::Closed)
        {
            // I may listen no more, and it may have taken its end back or miss my receipt.
            self.subscribe(&[Topic::Session(session.clone())]);
            self.owe_receipt(now, id, &user, false);
        }
        self.resend(id, &user, from, upto.unwrap_or(u64::MAX));
    }

    /// What somebody who has just come, or come in, has not acknowledged.
    pub(super) fn resend_unacked(&mut self, now: Timestamp, user: &UserId) {
        if !self.is_papo(user) {
            return;
        }
        let owed: Vec<(ConversationId, u64, u64)> = self
            .conversations
            .values()
            .filter(|conversation| conversation.phase.is_open() || conversation.phase == Phase::Closed)
            .filter(|conversation| self.counts_receipts(&conversation.id))
            .filter_map(|conversation| {
                let progress = self.progress_with(&conversation.id, user)?;
                let (acked, upto) = (progress.acked, conversation.at_broker);
                (acked < upto).then(|| (conversation.id.clone(), acked + 1, upto))
            })
            .collect();
        for (id, from, upto) in owed {
            self.resend(&id, user, from, upto);
            self.wake(now, &id, user);
        }
    }

    /// Who has ended a session may have closed it and listen no more: it is asked for what it has to say,
    /// which makes it listen and acknowledge.
    fn wake(&mut self, now: Timestamp, id: &ConversationId, user: &UserId) {
        let phase = self.conversations.get(id).map(|conversation| conversation.phase);
        if matches!(phase, Some(Phase::Closed | Phase::Open { ended_by_peer: true, .. })) {
            let received = self.progress_with(id, user).and_then(|progress| progress.received).unwrap_or(0);
            self.ask_resend(now, id, user, received + 1, None);
        }
    }

    /// The broker has my message number `n`.
    pub(super) fn left(&mut self, now: Timestamp, id: &ConversationId, n: u64) {
        let ConversationId::Session(session) = id else { return };
        let Some(peer) = session.peer_of(&self.me).filter(|peer| self.is_papo(peer)).cloned() else { return };
        if self.progress_with(id, &peer).is_some_and(|progress| progress.acked < n) {
            self.wake(now, id, &peer);
        }
    }

    /// Sends mine again, read back from the store in chunks. Some may also wait in the outbox: whoever asks
    /// for those has had them too early and has not kept them.
    fn resend(&mut self, id: &ConversationId, user: &UserId, from: u64, upto: u64) {
        let Some(conversation) = self.conversations.get(id) else { return };
        let upto = upto.min(conversation.sent);
        if from > upto || !self.is_linked() {
            return;
        }
        let key = (id.clone(), user.clone());
        if let Some(span) = self.resends.0.get_mut(&key)
            && span.from <= from
        {
            // These have not left yet; the rest follows them.
            span.upto = span.upto.max(upto);
            return;
        }
        let asked = upto.min(from.saturating_add(CHUNK - 1));
        self.resends.0.insert(key, Span { from, asked, upto });
        self.output(Output::Fetch { conversation: id.clone(), from, upto: asked });
    }

    pub(super) fn fetched(&mut self, id: &ConversationId, messages: &[ChatMessage], upto: u64) {
        for message in messages {
            let publication = self.message_publication(id, message);
            self.hint(publication);
        }
        let mine = |(key, span): (&(ConversationId, UserId), &Span)| {
            (key.0 == *id && span.asked == upto).then(|| (key.1.clone(), *span))
        };
        let done: Vec<(UserId, Span)> = self.resends.0.iter().filter_map(mine).collect();
        for (user, span) in done {
            self.resends.0.remove(&(id.clone(), user.clone()));
            self.resend(id, &user, span.asked + 1, span.upto);
        }
    }

    /// Asks the author for its numbers `from..=upto`, or all from there on.
    pub(super) fn ask_resend(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        author: &UserId,
        from: u64,
        upto: Option<u64>,
    ) {
        let key = (id.clone(), author.clone());
        let upto = match (upto, self.gaps.0.get_mut(&key)) {
            (Some(n), Some(gap)) => {
                gap.seen = gap.seen.max(n);
                // A clock that was set back counts as time that has passed.
                if gap.asked <= now && now.since(gap.asked) < ASK_EVERY {
                    return;
                }
                let since = gap.since.min(now);
                *gap = Gap { since, asked: now, times: gap.times.saturating_add(1), upto: gap.seen, seen: gap.seen };
                Some(gap.upto)
            }
            (Some(n), None) => {
                self.gaps.0.insert(key, Gap { since: now, asked: now, times: 1, upto: n, seen: n });
                Some(n)
            }
            (None, _) => None,
        };
        let control = Control::Resend(id.clone(), from, upto);
        let publication = self.control_publication(now, author, control, None, None);
        self.hint(publication);
    }

    fn counts_receipts(&self, id: &ConversationId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => {
                self.groups.get(group).is_some_and(|group| group.everyone().count() <= COUNTED_MEMBERS)
            }
        }
    }

    /// How far my message number `n` of a conversation has come, short of a failure.
    pub fn delivery(&self, id: &ConversationId, n: u64) -> Delivery {
        if self.conversations.get(id).is_none_or(|conversation: &Conversation| n > conversation.at_broker) {
            return Delivery::Written;
        }
        if !self.counts_receipts(id) {
            return Delivery::AtBroker;
        }
        let is_reader = |user: &UserId| match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => self.groups.get(group).is_some_and(|record| record.includes(user)),
        };
        let readers: Vec<&Progress> = self
            .progress(id)
            .filter(|(user, progress)| progress.joined < n && self.is_papo(user) && is_reader(user))
            .map(|(_, progress)| progress)
            .collect();
        let acked = readers.iter().filter(|progress| progress.acked >= n).count();
        match acked {
            0 => Delivery::AtBroker,
            _ if acked < readers.len() => Delivery::Partly(acked, readers.len()),
            _ if readers.iter().all(|progress| progress.read >= n) => Delivery::Read,
            _ => Delivery::Delivered,
        }
    }
}
