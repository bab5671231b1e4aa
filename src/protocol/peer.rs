//! One participant: what is true between users.
//!
//! A [`Peer`] takes inputs and commands together with the time at which they happen and yields batches: operations for
//! the store, outputs that may leave the machine once those are committed, and events for the screen. It has no clock,
//! socket, file or source of randomness, so any number of peers can be driven in one thread in virtual time. Invariant:
//! a peer restored from what was committed and one that never stopped agree.
//!
//! It is composed of machines, each with its own state and invariants, which do not know each other: a machine takes
//! what it needs as parameters. `flows` has what crosses machines.

mod acquaintance;
mod attendance;
mod clears;
mod context;
mod control_messages;
mod conversations;
mod egress;
mod flows;
mod gaps;
mod group_messages;
mod groups;
mod heard_ids;
mod identity;
mod ids;
mod link;
mod pacing;
mod receipts;
mod records;
mod reminders;
mod requests;
mod resends;
mod roster;
mod seen_texts;
mod sequence;
mod typing;

use std::collections::BTreeMap;

pub use self::identity::Identity;
use self::{
    attendance::Attendance, clears::Clears, context::Context, conversations::Conversations, egress::Egress, gaps::Gaps,
    groups::Groups, heard_ids::HeardIds, link::Link, receipts::Receipts, reminders::Reminders, requests::Requests,
    resends::Resends, roster::Roster, seen_texts::SeenTexts, typing::Typing,
};
use super::{
    Batch, Command, Content, Input, OutboxRow, OwnPresence, Properties, Publication, Refusal, Saved, Topic,
    TypedPublication,
};
use crate::domain::{
    Conversation, ConversationId, Delivery, Group, GroupName, MessageId, Now, Presence, Progress, Request, Tick,
    Timestamp, User, UserId, ensure,
};

/// The state machine.
#[derive(Debug)]
pub struct Peer {
    egress: Egress,
    link: Link,
    attendance: Attendance,
    roster: Roster,
    groups: Groups,
    requests: Requests,
    conversations: Conversations,
    clears: Clears,
    heard_ids: HeardIds,
    seen_texts: SeenTexts,
    receipts: Receipts,
    gaps: Gaps,
    resends: Resends,
    reminders: Reminders,
    typing: Typing,
}

impl Peer {
    /// A peer as the store remembers it.
    pub fn restore(identity: Identity, mut saved: Saved) -> Self {
        // Under my own id the store has when I was connected last.
        let (mine, others): (Vec<User>, Vec<User>) = saved.users.drain(..).partition(|user| user.id == identity.me);
        let last_connected = mine.first().map_or(Timestamp::default(), |me| me.seen);
        Self {
            link: Link::default(),
            attendance: Attendance::restore(last_connected),
            roster: Roster::restore(others.into_iter(), last_connected),
            conversations: Conversations::restore(&mut saved),
            groups: Groups::restore(saved.groups),
            requests: Requests::restore(saved.requests),
            egress: Egress::restore(identity, saved.outbox),
            seen_texts: SeenTexts::restore(saved.seen),
            clears: Clears::default(),
            heard_ids: HeardIds::default(),
            receipts: Receipts::default(),
            gaps: Gaps::default(),
            resends: Resends::default(),
            reminders: Reminders::default(),
            typing: Typing::default(),
        }
    }

    /// Takes an input at `now`; what came of it is there in [`Self::take_batch`].
    pub fn handle_input(&mut self, now: Now, input: Input) {
        self.egress.set_now(now);
        match input {
            Input::Connected { session_present } => self.connected(session_present),
            Input::Subscribed => self.subscribed(),
            Input::SubscribeRefused(filters) => self.link.subscribe_refused(&filters, &mut self.egress),
            Input::Disconnected => self.disconnected(),
            Input::Received { inbound, token } => self.received(&inbound, token),
            Input::Published { row, outcome } => self.published(row, outcome),
            Input::Fetched { conversation, from, upto, messages } => {
                self.fetched(&conversation, (from, upto), &messages);
            }
            Input::FetchedIds { conversation, author, ids } => {
                for (inbound, token) in self.heard_ids.fetched((conversation, author), &ids) {
                    self.received(&inbound, token);
                }
            }
            Input::ReadBack { conversation, len, from, messages } => {
                self.conversations.read_back(&conversation, len, from, messages, &mut self.egress);
            }
            Input::Timeout => self.timeout(),
        }
    }

    /// Does what the user wants, at `now`; what came of it is there in [`Self::take_batch`].
    pub fn command(&mut self, now: Now, command: Command) -> Result<(), Refusal> {
        self.egress.set_now(now);
        match command {
            Command::RequestChat(user) => return self.request_talk(user),
            Command::Withdraw(id) => return self.withdraw(id),
            Command::Accept(id) => return self.accept(id),
            Command::Deny(id) => return self.deny(id),
            Command::Send { conversation, text, relation } => return self.send(conversation, text, relation),
            Command::End(session) => return self.end(session),
            Command::CreateGroup(group) => return self.create_group(group),
            Command::JoinGroup(group) => return self.join_group(&group),
            Command::Invite { group, user } => return self.invite(&group, user),
            Command::RemoveMember { group, user } => return self.remove_member(&group, &user),
            Command::HandOver { group, user } => return self.hand_over(&group, user),
            Command::LeaveGroup(group) => return self.leave_group(&group),
            Command::DisbandGroup(group) => return self.disband_group(&group),
            Command::ClaimLead(group) => return self.claim_lead(&group),
            Command::Block(user) => return self.block(user),
            Command::Unblock(user) => return self.unblock(&user),
            Command::Forget(user) => {
                self.may_forget(&user)?;
                self.clears.send(user, &mut self.egress);
            }
            Command::SendAgain(row) => return self.send_failed_again(row),
            Command::Drop(row) => return self.drop_waiting(row),
            Command::Typing(conversation) => self.say_typing(&conversation),
            Command::MarkRead(conversation) => self.mark_read(&conversation),
            Command::SetNotifyLevel { conversation, level } => {
                self.conversations.set_notify_level(&conversation, level, &mut self.egress);
            }
            Command::SaveDraft { conversation, text } => {
                self.conversations.save_draft(conversation, text, &mut self.egress);
            }
            Command::GoOffline => self.go_offline(),
        }
        Ok(())
    }

    /// Everything that has come of the inputs since the last call: one group for the store.
    pub fn take_batch(&mut self) -> Batch {
        self.egress.take_batch()
    }

    /// When [`Input::Timeout`] is due.
    pub fn next_timeout(&self) -> Option<Tick> {
        if !self.link.is_up() {
            return self.link.due();
        }
        let all = [
            self.link.due(),
            self.groups.due(),
            self.receipts.due(),
            self.gaps.due(),
            self.resends.due(),
            self.reminders.due(),
            self.typing.due(),
        ];
        all.into_iter().flatten().min()
    }

    fn context(&self) -> Context<'_> {
        Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations }
    }
}

/// How it connects.
impl Peer {
    /// The name under which the broker keeps my session: my id, so that the broker itself keeps ids unique, and
    /// below a prefix with it, so that its `alice` is not cut by that of another. No id has the `_` in it, and not
    /// every broker takes a `/`.
    pub fn client_id(&self) -> String {
        format!("{}{}", self.egress.identity().prefix.replace('/', "_"), self.me())
    }

    /// The will: what the broker is to say when I vanish.
    pub fn will(&self) -> Publication {
        let Identity { me, device, .. } = self.egress.identity();
        let properties =
            Properties { is_papo: true, from: Some(me.clone()), device: Some(device.clone()), ..Properties::default() };
        let (topic, content) = (Topic::Presence(me.clone()), Content::Presence(me.clone(), false));
        self.egress.encode(&TypedPublication { topic, content, properties })
    }

    /// Where to see whether somebody else is here under my id, before I connect under it.
    pub fn presence_to_look_at(&self) -> OwnPresence {
        OwnPresence(self.egress.identity().clone())
    }

    /// Whether the broker refuses the subscription to my control topic.
    pub fn is_control_refused(&self) -> bool {
        self.link.is_control_refused()
    }
}

/// What can be seen of it.
impl Peer {
    /// My id.
    pub fn me(&self) -> &UserId {
        self.egress.me()
    }

    /// Everybody known but me, by id.
    pub fn users(&self) -> &BTreeMap<UserId, User> {
        self.roster.users()
    }

    /// All groups known, by name.
    pub fn groups(&self) -> &BTreeMap<GroupName, Group> {
        self.groups.by_name()
    }

    /// All requests, oldest first.
    pub fn requests(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.requests.iter()
    }

    /// One request.
    pub fn request(&self, id: MessageId) -> Option<&Request> {
        self.requests.get(id)
    }

    /// How many requests wait for my answer.
    pub fn waiting_requests(&self) -> usize {
        self.requests.waiting_count()
    }

    /// All conversations, by id.
    pub fn conversations(&self) -> &BTreeMap<ConversationId, Conversation> {
        self.conversations.by_id()
    }

    /// How far the others of a conversation have come.
    pub fn progress(&self, conversation: &ConversationId) -> impl Iterator<Item = (&UserId, &Progress)> {
        self.conversations.progress(conversation)
    }

    /// The readers of my message number `n` whose receipts count, and how far each has come. A reader who had it before
    /// leaving still has it.
    pub fn readers<'a>(&'a self, id: &'a ConversationId, n: u64) -> impl Iterator<Item = (&'a UserId, &'a Progress)> {
        self.context().readers(id, n)
    }

    /// How far my message number `n` of a conversation has come, short of a failure.
    pub fn delivery(&self, id: &ConversationId, n: u64) -> Delivery {
        self.context().delivery(id, n)
    }

    /// What the broker has not taken, in the order of its making.
    pub fn outbox(&self) -> impl DoubleEndedIterator<Item = &OutboxRow> + ExactSizeIterator {
        self.egress.rows()
    }

    /// What stood in the composer of a conversation.
    pub fn draft(&self, conversation: &ConversationId) -> &str {
        self.conversations.draft(conversation)
    }

    /// Whether somebody is writing to me alone.
    pub fn is_typing(&self, user: &UserId) -> bool {
        self.typing.iter().any(|(id, who)| who == user && matches!(id, ConversationId::Session(_)))
    }

    /// Who is writing in a conversation.
    pub fn typing(&self, id: &ConversationId) -> impl Iterator<Item = &UserId> {
        self.typing.iter().filter(move |(conversation, _)| *conversation == id).map(|(_, user)| user)
    }

    /// Checks that the presence of `user` may be cleared now.
    pub fn may_forget(&self, user: &UserId) -> Result<(), Refusal> {
        ensure(user != self.me(), Refusal::ForgetSelf)?;
        ensure(self.link.is_up(), Refusal::ForgetOffline(user.clone()))?;
        match self.roster.get(user).map(|known| known.presence) {
            Some(Presence::Offline) => Ok(()),
            Some(Presence::Online) => Err(Refusal::ForgetOnline(user.clone())),
            Some(Presence::Unknown) | None => Err(Refusal::ForgetUnknown(user.clone())),
        }
    }
}
