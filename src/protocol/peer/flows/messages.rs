//! Messages: numbered, stored once, and in their author's order.
//!
//! Of another papo only the next number is ever stored. A message that comes too early is dropped, and its author is
//! asked to send again from the first that is missing.

use super::super::{
    Peer,
    conversations::edit,
    gaps::Shrunk,
    sequence::{Position, SequenceNumber},
};
use crate::{
    domain::{Body, ChatMessage, ConversationId, Phase, Progress, Relation, UserId, check_text},
    protocol::{IgnoredReason, Properties, Refusal},
};

/// Writing.
impl Peer {
    pub(in super::super) fn send(
        &mut self,
        id: ConversationId,
        text: String,
        relation: Option<Relation>,
    ) -> Result<(), Refusal> {
        if text == "END"
            && let ConversationId::Session(session) = id
        {
            return if relation.is_some() { Err(Refusal::EndAsReply) } else { self.end(session) };
        }
        let phase = self.conversations.phase(&id).ok_or(Refusal::NoConversation)?;
        check_text(&text).map_err(Refusal::InvalidText)?;
        match phase {
            Phase::Open { .. } => {
                self.write(&id, Body::Text(text), relation);
                Ok(())
            }
            Phase::Closed => Err(Refusal::SessionClosed),
            Phase::Left => Err(Refusal::GroupLeft),
            Phase::Removed => Err(Refusal::GroupRemoved),
            Phase::Disbanded => Err(Refusal::GroupDisbanded),
        }
    }

    /// Numbers a message of mine, stores it and sends it.
    pub(super) fn write(&mut self, id: &ConversationId, body: Body, relation: Option<Relation>) {
        if body != Body::End {
            self.conversations.take_back_end(id, &mut self.egress);
        }
        let Some(n) = self.conversations.number(id) else { return };
        let (message_id, me) = (self.egress.new_id(), self.egress.me().clone());
        let message = ChatMessage::new(message_id, me, self.egress.now().wall, body);
        let message = ChatMessage { sequence_number: Some(n), relation, ..message };
        self.typing.sent(id);
        let publication = self.context().message(id, &message, None, &self.egress);
        self.conversations.append(id, message, false, &mut self.egress);
        self.egress.enqueue_message(publication, Some((id.clone(), n)));
    }

    pub(in super::super) fn mark_read(&mut self, id: &ConversationId) {
        let writers = self.conversations.mark_read(id, &mut self.egress);
        if self.context().counts_receipts(id) {
            for writer in writers {
                self.owe_receipt(id, &writer);
            }
        }
    }
}

/// Reading.
impl Peer {
    /// A message has come.
    pub(super) fn talk(&mut self, id: &ConversationId, author: Option<UserId>, body: Body, properties: &Properties) {
        let now = self.egress.now();
        let Some(author) = self.rightful_author(id, author) else {
            return self.egress.report_suspicious(IgnoredReason::Stranger(id.clone()));
        };
        let Some(conversation) = self.conversations.get(id) else { return self.egress.ignore(IgnoredReason::ChatOver) };
        if matches!(id, ConversationId::Session(_)) && self.roster.is_blocked(&author) {
            return self.egress.ignore(IgnoredReason::Blocked);
        }
        if !conversation.phase.is_open() && conversation.phase != Phase::Closed {
            return self.egress.ignore(IgnoredReason::ChatOver);
        }
        let started = match id {
            ConversationId::Session(session) => session.started.millis(),
            ConversationId::Group(group) => self.groups.get(group).map(|record| record.born),
        };
        let clock_is_off = properties.ts.is_some_and(|ts| conversation.excludes(ts, started, now.wall));
        self.roster.seen_writing(&author, &mut self.egress);
        let message_id = properties.id.unwrap_or_else(|| self.egress.new_id());
        let at = properties.ts.filter(|_| !clock_is_off).unwrap_or(now.wall);
        let message = ChatMessage {
            sequence_number: properties.n.filter(|_| properties.is_papo && properties.id.is_some()),
            relation: properties.relation(),
            clock_is_off,
            ..ChatMessage::new(message_id, author, at, body)
        };
        match message.sequence_number {
            Some(n) => {
                let number = SequenceNumber::new(n, properties, self.egress.me());
                self.numbered(id, message, number);
            }
            None => self.store(id, message),
        }
    }

    /// The author, if they may write here. An unknown session of mine comes from a store that was lost: only the broker
    /// still knew of my subscription, and the session is resumed.
    fn rightful_author(&mut self, id: &ConversationId, author: Option<UserId>) -> Option<UserId> {
        match id {
            ConversationId::Session(session) => {
                let peer = session.peer_of(self.egress.me())?.clone();
                // My own messages do not come back, so a bare `END` is by the other.
                let is_rightful = author.is_none_or(|author| author == peer);
                if is_rightful && !self.conversations.contains(id) && !self.roster.is_blocked(&peer) {
                    self.open_session(session, &peer);
                    self.conversation_opened(id.clone(), false);
                }
                is_rightful.then_some(peer)
            }
            ConversationId::Group(group) => {
                let author = author.filter(|author| author != self.egress.me())?;
                let record = self.groups.get(group)?;
                // The members of a group that was typed by hand need not be known.
                (record.rev == 0 || record.includes(&author)).then_some(author)
            }
        }
    }

    fn numbered(&mut self, id: &ConversationId, message: ChatMessage, number: SequenceNumber) {
        let now = self.egress.now();
        let author = message.author.clone();
        let (n, stream) = (number.n, (id.clone(), author.clone()));
        let known = self.conversations.progress_with(id, &author);
        let before = known.unwrap_or_else(|| self.conversations.new_reader(id));
        let progress = before.in_store(number.store);
        if progress.former != before.former {
            // Numbers of another store: the author has lost the one before, or uses several machines.
            self.conversations.put_progress(id, &author, progress, &mut self.egress);
            self.gaps.forget(&stream);
            self.heard_ids.forget(&stream);
        }
        let is_given_up = self.gaps.has_given_up(now, &stream);
        let is_reused = || self.heard_ids.has_another(&stream, (n, message.id));
        let progress = match number.position(id, progress, is_given_up, is_reused) {
            Position::Known => {
                self.receipts.placed(&stream, progress.received > Some(n));
                return self.owe_receipt(id, &author);
            }
            Position::TooEarly(missing) => return self.ask_resend(id, &author, missing, n),
            Position::Next(skipped) => Progress { received: Some(n), ..progress }.with_skipped(skipped, n),
            Position::Late => progress.without_skipped(n),
        };
        self.receipts.placed(&stream, progress.received > Some(n));
        self.conversations.put_progress(id, &author, progress, &mut self.egress);
        self.heard_ids.note(&stream, (n, message.id));
        self.store(id, message);
        if self.context().counts_receipts(id) {
            self.owe_receipt(id, &author);
        }
        match self.gaps.stored(now, &stream, n) {
            Shrunk::No => {}
            Shrunk::Closed => self.unsubscribe_if_drained(id),
            Shrunk::RequestUpto(upto) => self.ask_resend(id, &author, n + 1, upto),
        }
    }

    fn store(&mut self, id: &ConversationId, message: ChatMessage) {
        if matches!(id, ConversationId::Session(_)) {
            self.peer_spoke(id, &message.body);
        }
        self.typing.has_written(id, &message.author, &mut self.egress);
        let author = message.author.clone();
        let replaced = message.body.edit(message.relation);
        self.conversations.append(id, message, true, &mut self.egress);
        if let Some((of, text)) = replaced {
            edit(id, of, author, text, &mut self.egress);
        }
    }
}
