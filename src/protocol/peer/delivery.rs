//! Messages: numbered, stored once, and in their author's order.
//!
//! Of another papo only the next number is ever stored; what comes too early is left with its author, who is
//! asked to send again from the first that is missing.

use std::time::Duration;

use super::Peer;
use crate::{
    domain::{
        Body, ChatMessage, Conversation, ConversationId, DeviceHash, MessageId, Notices, Now, Phase, Progress,
        Relation, Timestamp, UserId, check_text,
    },
    protocol::{
        IgnoredReason, Refusal, event::Event, operation::Operation, properties::Properties, publication::Publication,
        topic::Topic, wire::Content,
    },
};

/// Clocks that differ by more are off: what they say is not shown as a time.
const CLOCKS_DIFFER: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a numbered message stands in its author's sequence.
enum Place {
    /// It is the next one; numbers from this one on come before it that its author has skipped.
    Next(u64),
    /// It was skipped, and comes after all.
    Late,
    Known,
    /// Numbers before it are missing, from this one on.
    TooEarly(u64),
}

/// A jump of the numbers that I am owed is taken to be one only if it is no longer than this.
const MOST_NOT_OWED: u64 = 1_000;

/// What a message says of its place.
#[derive(Clone, Copy)]
struct Number {
    n: u64,
    /// The first number that I am owed, where I have said nothing yet.
    first: Option<u64>,
    /// The number before it; those between were never sent.
    after: u64,
    /// The store that it is counted in.
    store: Option<DeviceHash>,
}

/// Writing.
impl Peer {
    pub(super) fn send(
        &mut self,
        now: Now,
        id: ConversationId,
        text: String,
        relation: Option<Relation>,
    ) -> Result<(), Refusal> {
        if text == "END"
            && let ConversationId::Session(session) = id
        {
            if relation.is_some() {
                return Err(Refusal::EndAsReply);
            }
            return self.end(now, session);
        }
        let Some(conversation) = self.conversations.get(&id) else {
            return Err(Refusal::NoConversation);
        };
        check_text(&text)?;
        match conversation.phase {
            Phase::Open { .. } => {
                self.take_back_end(&id);
                self.write(now, &id, Body::Text(text), relation);
                Ok(())
            }
            Phase::Closed => Err(Refusal::SessionClosed),
            Phase::Left => Err(Refusal::GroupLeft),
            Phase::Removed => Err(Refusal::GroupRemoved),
            Phase::Disbanded => Err(Refusal::GroupDisbanded),
        }
    }

    /// Numbers a message of mine, stores it and sends it.
    pub(super) fn write(&mut self, now: Now, id: &ConversationId, body: Body, relation: Option<Relation>) {
        let Some(conversation) = self.conversations.get_mut(id) else { return };
        conversation.sent += 1;
        let n = conversation.sent;
        let message = ChatMessage {
            id: self.ids.next(now.wall),
            author: self.me.clone(),
            n: Some(n),
            at: now.wall,
            body,
            failure: None,
            relation,
            is_edited: false,
            clock_is_off: false,
        };
        self.stopped_typing(id);
        let publication = self.message_publication(id, &message, None);
        self.append(now, id, message, false);
        self.post_message(publication, id.clone(), n);
    }

    /// A message as it goes over the wire. Where it is sent again: the number that its readers have before it,
    /// and who has asked for more than it is owed.
    pub(super) fn message_publication(
        &self,
        id: &ConversationId,
        message: &ChatMessage,
        again: Option<(u64, &[(UserId, u64)])>,
    ) -> Publication {
        let (before, newcomers) = again.unzip();
        let mut first = self.owed_first(id);
        first.extend(newcomers.into_iter().flatten().cloned());
        let properties = Properties {
            is_papo: true,
            id: Some(message.id),
            from: Some(self.me.clone()),
            n: message.n,
            ts: Some(message.at),
            device: Some(self.device.clone()),
            re: message.relation.and_then(Relation::answered),
            edit: message.relation.and_then(Relation::replaced),
            first,
            after: before.filter(|before| message.n != Some(before + 1)),
            ..Properties::default()
        };
        let content = Content::Talk(id.clone(), Some(self.me.clone()), message.body.clone());
        self.encode(&Topic::of(id), &content, &properties)
    }

    /// What came in before its first message may have gone past a newcomer, which cannot know of it.
    fn owed_first(&self, id: &ConversationId) -> Vec<(UserId, u64)> {
        if matches!(id, ConversationId::Session(_)) || !self.counts_receipts(id) {
            return Vec::new();
        }
        let is_new =
            |(user, progress): &(&UserId, &Progress)| progress.acked <= progress.joined && self.is_reader(id, user);
        self.progress(id).filter(is_new).map(|(user, progress)| (user.clone(), progress.joined + 1)).collect()
    }

    fn append(&mut self, now: Now, id: &ConversationId, message: ChatMessage, unread: bool) {
        let Some(conversation) = self.conversations.get_mut(id) else { return };
        let seq = conversation.len;
        conversation.len += 1;
        conversation.active = now.wall;
        conversation.unread += u64::from(unread);
        self.keep(Operation::Append { conversation: id.clone(), seq, message: message.clone() });
        self.keep_conversation(id);
        self.tell(Event::Message { conversation: id.clone(), seq, message });
    }

    /// Puts messages of another history among those that are there.
    pub(super) fn read_back(&mut self, id: &ConversationId, len: u64, from: u64, messages: Vec<ChatMessage>) {
        if self.conversations.get(id).map_or(0, |known| known.len) != len || messages.is_empty() {
            return;
        }
        let last = messages.last().map(|message| message.at).unwrap_or_default();
        let new = || Conversation::read_back(id.clone(), last);
        self.conversations.entry(id.clone()).or_insert_with(new).len = from + messages.len() as u64;
        for (seq, message) in (from..).zip(messages) {
            self.keep(Operation::Append { conversation: id.clone(), seq, message });
        }
        self.keep_conversation(id);
        self.tell(Event::ReadBack(id.clone()));
    }

    pub(super) fn set_notices(&mut self, id: &ConversationId, notices: Option<Notices>) {
        if let Some(conversation) = self.conversations.get_mut(id).filter(|known| known.notices != notices) {
            conversation.notices = notices;
            self.keep_conversation(id);
        }
    }

    pub(super) fn mark_read(&mut self, now: Now, id: &ConversationId) {
        let Some(conversation) = self.conversations.get_mut(id).filter(|conversation| conversation.unread > 0) else {
            return;
        };
        conversation.unread = 0;
        self.keep_conversation(id);
        let writers: Vec<UserId> =
            self.progress(id).filter(|(_, p)| p.received.is_some()).map(|(user, _)| user.clone()).collect();
        if self.counts_receipts(id) {
            for writer in writers {
                self.owe_receipt(now, id, &writer);
            }
        }
    }
}

/// Reading.
impl Peer {
    /// Somebody has written in a conversation.
    pub(super) fn talk(
        &mut self,
        now: Now,
        id: ConversationId,
        author: Option<UserId>,
        body: Body,
        properties: &Properties,
    ) {
        let Some(author) = self.rightful_author(now, &id, author) else {
            return self.suspect(IgnoredReason::Stranger(id));
        };
        let Some(conversation) = self.conversations.get(&id) else { return self.overlook(IgnoredReason::ChatOver) };
        let is_unwanted = matches!(id, ConversationId::Session(_)) && self.is_blocked(&author);
        if is_unwanted {
            return self.overlook(IgnoredReason::Blocked);
        }
        if !conversation.phase.is_open() && conversation.phase != Phase::Closed {
            return self.overlook(IgnoredReason::ChatOver);
        }
        let clock_is_off = properties.ts.is_some_and(|ts| self.is_off(now.wall, conversation, ts));
        self.seen_writing(now, &author);
        let at = properties.ts.filter(|_| !clock_is_off).unwrap_or(now.wall);
        let message = ChatMessage {
            id: properties.id.unwrap_or_else(|| self.ids.next(now.wall)),
            author,
            n: properties.n.filter(|_| properties.is_papo && properties.id.is_some()),
            at,
            body,
            failure: None,
            relation: properties.relation(),
            is_edited: false,
            clock_is_off,
        };
        match message.n {
            Some(n) => {
                let first = properties.first.iter().find(|(user, _)| *user == self.me).map(|(_, first)| *first);
                let after = properties.after.unwrap_or(n - 1);
                let store = properties.device.as_deref().map(DeviceHash::of);
                self.numbered(now, &id, message, Number { n, first, after, store });
            }
            None => self.store(now, &id, message),
        }
    }

    /// Whether what was written in `conversation` cannot have been written at `ts`, give or take a day: not later than now,
    /// nor before there was such a conversation. Between these it may have waited for any time.
    fn is_off(&self, now: Timestamp, conversation: &Conversation, ts: Timestamp) -> bool {
        let stated = match &conversation.id {
            ConversationId::Session(session) => session.started.millis(),
            ConversationId::Group(group) => self.groups.get(group).map(|record| record.born),
        };
        // A store that was lost makes an old conversation a new one.
        let earliest = stated.map_or(conversation.since, |stated| stated.min(conversation.since));
        ts.since(now) > CLOCKS_DIFFER || earliest.since(ts) > CLOCKS_DIFFER
    }

    /// Who may write here, or `None`. A session of mine that is unknown comes from a store that was lost:
    /// only the broker still knew that I listen, and it is taken up again.
    fn rightful_author(&mut self, now: Now, id: &ConversationId, author: Option<UserId>) -> Option<UserId> {
        match id {
            ConversationId::Session(session) => {
                let peer = session.peer_of(&self.me)?.clone();
                // My own messages do not come back, so a bare `END` is the other's.
                let rightful = author.is_none_or(|author| author == peer);
                if rightful && !self.conversations.contains_key(id) && !self.is_blocked(&peer) {
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

    fn numbered(&mut self, now: Now, id: &ConversationId, message: ChatMessage, number: Number) {
        let author = message.author.clone();
        let n = number.n;
        let before = self.progress_with(id, &author).unwrap_or_else(|| self.new_reader(id));
        let progress = before.in_store(number.store);
        if progress.former != before.former {
            // Numbers of another store than before: its author has lost that one, or uses several machines.
            self.put_progress(id, &author, progress);
            self.forget_gap(id, &author);
            self.heard.forget(id, &author);
        }
        let progress = match self.place(now, id, &message, progress, number) {
            Place::Known => {
                self.placed(id, &author, progress.received > Some(n));
                return self.owe_receipt(now, id, &author);
            }
            Place::TooEarly(missing) => return self.ask_resend(now, id, &author, missing, Some(n)),
            Place::Next(skipped) => Progress { received: Some(n), ..progress }.with_skipped(skipped, n),
            Place::Late => progress.without_skipped(n),
        };
        self.placed(id, &author, progress.received > Some(n));
        self.put_progress(id, &author, progress);
        self.heard.note(id, &author, (n, message.id));
        self.store(now, id, message);
        if self.counts_receipts(id) {
            self.owe_receipt(now, id, &author);
        }
        self.gap_shrank(now, id, &author, n);
    }

    fn place(&self, now: Now, id: &ConversationId, message: &ChatMessage, progress: Progress, number: Number) -> Place {
        let Number { n, first, after, .. } = number;
        let given_up = self.has_given_up(now, id, &message.author);
        // A session is heard from its start; in a group one hears from where one came in.
        let start = match id {
            ConversationId::Session(_) => 1,
            ConversationId::Group(_) => first.unwrap_or(n),
        };
        let Some(received) = progress.received else {
            return if after < start || given_up { Place::Next(start) } else { Place::TooEarly(start) };
        };
        if let Some(missing) = progress.skipped_from(n) {
            return if after < missing || given_up { Place::Late } else { Place::TooEarly(missing) };
        }
        if n <= received {
            // Somebody may have used its number before it in its author's name.
            return if self.heard.has_another(id, &message.author, (n, message.id)) {
                Place::Late
            } else {
                Place::Known
            };
        }
        // I may have been out for a while without having noticed: what was said meanwhile is not owed to me. It would
        // hardly be so much.
        let owed = first.filter(|first| *first > received).unwrap_or(received + 1);
        let skipped = if owed - received > MOST_NOT_OWED { received + 1 } else { owed };
        if n < owed {
            Place::Known
        } else if after < owed || given_up {
            Place::Next(skipped)
        } else {
            Place::TooEarly(owed)
        }
    }

    fn store(&mut self, now: Now, id: &ConversationId, message: ChatMessage) {
        if matches!(id, ConversationId::Session(_)) {
            self.peer_spoke(id, &message.body);
        }
        self.has_written(id, &message.author);
        let author = message.author.clone();
        let edit = message.body.edit(message.relation);
        self.append(now, id, message, true);
        if let Some((of, text)) = edit {
            self.edit(id, of, author, text);
        }
    }

    /// An earlier message says something else from now on. One of mine does once the broker has the edit.
    pub(super) fn edit(&mut self, id: &ConversationId, of: MessageId, author: UserId, text: String) {
        let operation =
            Operation::Edit { conversation: id.clone(), id: of, author: author.clone(), text: text.clone() };
        self.keep(operation);
        self.tell(Event::Edited { conversation: id.clone(), id: of, author, text });
    }

    /// How a participant starts from whom nothing is known yet: what I wrote before is not owed to it.
    pub(super) fn new_reader(&self, id: &ConversationId) -> Progress {
        let sent = self.conversations.get(id).map_or(0, |conversation| conversation.sent);
        Progress { joined: sent, acked: sent, read: sent, ..Progress::default() }
    }
}
