//! Messages: papo numbers its own, and stores those of others once and in their author's order.
//!
//! From another papo, only the message with the next number is stored. A message that arrives too early waits in memory,
//! and its author is asked to resend what is missing before it.

use std::ops::Bound;

use super::super::{
    Peer,
    conversations::{Stream, edit},
    gaps::{GapChange, Numbered},
    receipts::ReceiptCause,
    repetitions::Repetition,
    sequence::{Position, SequenceNumber},
};
use crate::{
    domain::{Body, ChatMessage, ConversationId, DeliveryProgress, Edit, Phase, Relation, UserId, check_text},
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
            return if relation.is_some() { Err(Refusal::EndCannotBeReply) } else { self.end(session) };
        }
        let phase = self.conversations.phase(&id).ok_or(Refusal::NoConversation)?;
        check_text(&text).map_err(Refusal::InvalidText)?;
        self.ensure_not_blocked(&id)?;
        match phase {
            Phase::Open { .. } => {
                let edited = relation.and_then(Relation::replaced);
                if let Some(original) = edited
                    && self.rewrite(&id, original, &text)?
                {
                    return Ok(());
                }
                self.write(&id, Body::Text(text), relation);
                Ok(())
            }
            Phase::Closed => Err(Refusal::SessionClosed),
            Phase::Left => Err(Refusal::GroupLeft),
            Phase::Removed => Err(Refusal::GroupRemoved),
            Phase::Disbanded => Err(Refusal::GroupDisbanded),
        }
    }

    /// Numbers a new message of mine, stores it and sends it.
    pub(super) fn write(&mut self, id: &ConversationId, body: Body, relation: Option<Relation>) {
        if body != Body::End {
            self.conversations.retract_end(id, &mut self.egress);
        }
        let Some(n) = self.conversations.next_number(id) else { return };
        let (message_id, me) = (self.egress.new_id(), self.egress.me().clone());
        let message = ChatMessage::new(message_id, me, self.egress.now().wall, body);
        let message = ChatMessage { sequence_number: Some(n), relation, ..message };
        self.typing.sent(id);
        let publication = self.context().message(id, &message, None, &self.egress);
        self.conversations.append(id, message, false, &mut self.egress);
        self.egress.enqueue_message(publication, Some((id.clone(), n)));
        if let ConversationId::Group(name) = id
            && self.egress.held_in(name).count() == 1
        {
            self.notify_of_waiting(name);
        }
    }

    /// Marks a conversation as read, and sends receipts.
    pub(in super::super) fn mark_read(&mut self, id: &ConversationId) {
        let authors = self.conversations.mark_read(id, &mut self.egress);
        if self.context().counts_receipts(id) {
            for author in authors {
                self.owe_receipt(id, &author, ReceiptCause::Other);
            }
        }
    }
}

/// Where a message stands among those of its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Latest,
    /// Its number was skipped: later ones came before it, and say whether the author has ended the session.
    Skipped,
    /// Its number was used before by another client of the author.
    Reused,
}

/// What has become of a numbered message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placed {
    Stored,
    /// It is a duplicate.
    Known,
    /// It waits for earlier ones.
    Early,
}

/// Reading.
impl Peer {
    /// Handles a received message.
    pub(super) fn message_received(
        &mut self,
        id: &ConversationId,
        author: Option<UserId>,
        body: Body,
        properties: &Properties,
    ) {
        let now = self.egress.now();
        let Some(author) = author.and_then(|author| self.rightful_author(id, author)) else {
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
        let since = conversation.since;
        let clock_is_off = properties.ts.is_some_and(|ts| conversation.excludes(ts, started, now.wall));
        self.roster.seen_writing(&author, &mut self.egress);
        let message_id = properties.id.unwrap_or_else(|| self.egress.new_id());
        let at = properties.ts.filter(|_| !clock_is_off).unwrap_or(now.wall);
        let message = ChatMessage {
            sequence_number: properties.n.filter(|_| properties.is_papo && properties.id.is_some()),
            relation: properties.relation(),
            clock_is_off,
            ..ChatMessage::new(message_id, author.clone(), at, body)
        };
        match message.sequence_number {
            Some(n) => {
                let number = SequenceNumber::new(n, properties, self.egress.me());
                // In a session I must get everything.
                let is_group = matches!(id, ConversationId::Group(_));
                let predates_me = is_group && properties.ts.is_none_or(|ts| ts < since);
                self.numbered_message(id, &author, Numbered { message, number, predates_me });
            }
            None => self.store(id, message, Turn::Latest),
        }
    }

    /// The author, if they may write in the conversation. If the session is unknown, my store was lost and the broker
    /// has kept the subscription; the session is then reopened.
    fn rightful_author(&mut self, id: &ConversationId, author: UserId) -> Option<UserId> {
        match id {
            ConversationId::Session(session) => {
                let peer = session.peer_of(self.egress.me())?.clone();
                let is_rightful = author == peer;
                if is_rightful && !self.conversations.contains(id) && !self.roster.is_blocked(&peer) {
                    self.open_session(session, &peer);
                    self.conversation_opened(id.clone(), false);
                }
                is_rightful.then_some(peer)
            }
            ConversationId::Group(group) => {
                let record = self.groups.get(group)?;
                // If the record was typed by hand, its members may be unknown.
                let may_write = record.rev == 0 || record.includes(&author);
                (may_write && author != *self.egress.me()).then_some(author)
            }
        }
    }

    /// Stores a numbered message if it is the next one of its author, and then those that have waited for it.
    fn numbered_message(&mut self, id: &ConversationId, author: &UserId, arrived: Numbered) {
        let (now, stream) = (self.egress.now(), (id.clone(), author.clone()));
        // If a gap is given up, what has arrived behind it comes first.
        if self.gaps.is_given_up(now, &stream)
            && let Some(earlier) = self.gaps.take(&stream, ..arrived.number.n)
        {
            self.place_in_turn(id, &stream, earlier);
        }
        self.place_in_turn(id, &stream, arrived);
    }

    /// Stores a message if it is the next one, then those that have waited for it, and acts on what is missing now.
    fn place_in_turn(&mut self, id: &ConversationId, stream: &Stream, first: Numbered) {
        let author = &stream.1;
        let (mut next, mut last) = (Some(first), None);
        while let Some(numbered) = next {
            let n = numbered.number.n;
            match self.place(id, stream, numbered) {
                Placed::Stored => last = Some(n),
                Placed::Known if last.is_some() => {}
                Placed::Known | Placed::Early => break,
            }
            next = self.gaps.take(stream, (Bound::Excluded(n), Bound::Unbounded));
        }
        let Some(last) = last else { return };
        self.acknowledge(id, author, ReceiptCause::Message);
        let progress = self.conversations.progress_with(id, author).unwrap_or_default();
        match self.gaps.stored(stream, last, &progress) {
            GapChange::None => {}
            GapChange::Closed => self.unsubscribe_if_drained(id),
            GapChange::RequestUpto(upto) => self.ask_resend(id, author, last + 1, upto),
        }
    }

    /// Stores a message if it is the next one of its author. If it is a duplicate, acknowledges it again. If it arrived
    /// too early, keeps it and requests the missing ones.
    fn place(&mut self, id: &ConversationId, stream: &Stream, numbered: Numbered) -> Placed {
        let now = self.egress.now();
        let Numbered { number, predates_me, .. } = numbered;
        let (n, author) = (number.n, &stream.1);
        let known = self.conversations.progress_with(id, author);
        let before = known.unwrap_or_else(|| self.conversations.new_reader(id));
        let progress = before.in_store(number.store);
        let is_of_another_store =
            progress.former != before.former || self.gaps.is_of_another_store(stream, number.store);
        if is_of_another_store {
            // The numbers belong to another store: the author has lost the previous one, or uses several devices.
            self.conversations.put_progress(id, author, &progress, &mut self.egress);
            self.gaps.forget(stream);
            self.received_ids.forget(stream);
        }
        let is_given_up = self.gaps.is_given_up(now, stream);
        let is_reused = || self.received_ids.has_another(stream, (n, numbered.message.id));
        let position = number.position(id, &progress, is_given_up, predates_me, is_reused);
        let turn = match position {
            Position::Late if progress.skipped_from(n).is_some() => Turn::Skipped,
            Position::Late => Turn::Reused,
            _ => Turn::Latest,
        };
        let progress = match position {
            Position::Known => {
                self.receipts.note_position(stream, progress.received > Some(n));
                self.acknowledge(id, author, ReceiptCause::Repetition);
                return Placed::Known;
            }
            Position::TooEarly(missing) => {
                self.gaps.keep(now, stream, numbered);
                // The author may change stores at will.
                let other = Repetition::OtherStore(id.clone(), author.clone());
                if !is_of_another_store || self.repetitions.allow(now, other) {
                    self.ask_resend(id, author, missing, n);
                }
                return Placed::Early;
            }
            Position::Next(skipped) => DeliveryProgress { received: Some(n), ..progress }.with_skipped(skipped, n),
            Position::Late => progress.without_skipped(n),
        };
        self.gaps.progressed(now, stream);
        self.gaps.nothing_between(stream, number.after, n);
        self.receipts.note_position(stream, progress.received > Some(n));
        self.conversations.put_progress(id, author, &progress, &mut self.egress);
        self.received_ids.note(stream, (n, numbered.message.id));
        self.store(id, numbered.message, turn);
        Placed::Stored
    }

    /// Acknowledges a message to its author or, in a large group, reports it to the leader.
    fn acknowledge(&mut self, id: &ConversationId, author: &UserId, cause: ReceiptCause) {
        match id {
            ConversationId::Group(group) if !self.groups.counts_receipts(group) => self.report(group, author),
            _ => self.owe_receipt(id, author, cause),
        }
    }

    /// Stores a message of another user, and applies its effects.
    fn store(&mut self, id: &ConversationId, message: ChatMessage, turn: Turn) {
        if matches!(id, ConversationId::Session(_)) && turn != Turn::Skipped {
            self.apply_to_phase(id, &message.body);
        }
        self.typing.message_arrived(id, &message.author, &mut self.egress);
        let applied = message.as_edit();
        let is_unread = message.asks_for_attention();
        self.conversations.append(id, message, is_unread, &mut self.egress);
        if let Some(applied) = applied {
            edit(id, Edit { is_late: turn != Turn::Latest, ..applied }, &mut self.egress);
        }
    }
}
