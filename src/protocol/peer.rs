//! The state machine of one participant: everything papo knows and decides about users, groups and conversations.
//!
//! A [`Peer`] takes inputs and commands, each with the time at which it happens, and yields batches: operations for the
//! store, outputs that may leave the machine once the operations are committed, and events for the screen. It has no
//! clock, socket, file or source of randomness, so a test can run any number of peers in one thread in virtual time.
//! Invariant: a peer restored from the committed operations behaves like one that never stopped. In these comments, *I*
//! and *me* are the user of this peer.
//!
//! A peer consists of smaller state machines, each with its own state and invariants. They do not own each other: a
//! method gets the other machines it needs as parameters. The module `flows` has the steps that involve several
//! machines.

mod acquaintance;
mod attendance;
mod chats;
mod clears;
mod context;
mod control_messages;
mod conversations;
mod directory;
mod egress;
mod flows;
mod gaps;
mod group_messages;
mod groups;
mod identity;
mod ids;
mod link;
mod pacing;
mod receipts;
mod received_ids;
mod records;
mod reminders;
mod repetitions;
mod reports;
mod requests;
mod resends;
mod roster;
mod seen_texts;
mod sequence;
mod sightings;
mod tallies;
mod timelines;
mod typing;

use std::collections::BTreeMap;

use self::{
    attendance::Attendance, clears::Clears, context::Context, conversations::Conversations, directory::Directory,
    egress::Egress, gaps::Gaps, groups::Groups, link::Link, pacing::RateLimiter, receipts::Receipts,
    received_ids::ReceivedIds, reminders::Reminders, repetitions::Repetition, reports::Reports, requests::Requests,
    resends::Resends, roster::Roster, seen_texts::SeenTexts, tallies::Tallies, typing::Typing,
};
pub use self::{chats::Chat, identity::Identity};
use super::{
    Batch, Command, Content, Input, Notice, Operation, OutboxRow, OwnPresence, Properties, Publication, Reach, Refusal,
    Saved, Topic, TypedPublication, Words,
};
use crate::domain::{
    ChatId, Conversation, ConversationId, Delivery, DeliveryProgress, Group, GroupName, MessageId, Now, OpenTabs,
    Presence, Request, Tick, Timestamp, User, UserId, ensure,
};

/// The state machine of one participant. It takes inputs and commands, and yields batches of results.
#[derive(Debug)]
pub struct Peer {
    egress: Egress,
    link: Link,
    attendance: Attendance,
    directory: Directory,
    roster: Roster,
    groups: Groups,
    requests: Requests,
    conversations: Conversations,
    clears: Clears,
    received_ids: ReceivedIds,
    seen_texts: SeenTexts,
    receipts: Receipts,
    reports: Reports,
    tallies: Tallies,
    gaps: Gaps,
    resends: Resends,
    /// Rate-limits what others make me publish again.
    repetitions: RateLimiter<Repetition>,
    reminders: Reminders,
    typing: Typing,
    /// The tabs as they are stored.
    tabs: Option<OpenTabs>,
}

impl Peer {
    /// Restores a peer from its stored state.
    pub fn restore(identity: Identity, mut saved: Saved) -> Self {
        // The store keeps the time of my last connection in the row of my own ID.
        let (mine, others): (Vec<User>, Vec<User>) = saved.users.drain(..).partition(|user| user.id == identity.me);
        let last_connected = mine.first().map_or(Timestamp::default(), |me| me.seen);
        let (conversations, contradictory) = Conversations::restore(&mut saved, &identity.me);
        let groups = Groups::restore(saved.groups, identity.counted_members);
        let mut egress = Egress::restore(identity, saved.outbox);
        for group in groups.iter() {
            egress.note_group_since(&group.name, group.since);
        }
        for user in contradictory {
            egress.persist(Operation::ClearRuns(user));
        }
        Self {
            link: Link::default(),
            directory: Directory::default(),
            attendance: Attendance::restore(last_connected),
            roster: Roster::restore(others.into_iter(), last_connected),
            conversations,
            groups,
            requests: Requests::restore(saved.requests),
            egress,
            seen_texts: SeenTexts::restore(saved.seen),
            clears: Clears::default(),
            received_ids: ReceivedIds::default(),
            receipts: Receipts::default(),
            reports: Reports::default(),
            tallies: Tallies::default(),
            gaps: Gaps::default(),
            resends: Resends::default(),
            repetitions: RateLimiter::default(),
            reminders: Reminders::default(),
            typing: Typing::default(),
            tabs: saved.tabs,
        }
    }

    /// Handles an input at the time `now`. [`Self::take_batch`] returns the results.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        self.egress.set_now(now);
        match input {
            Input::Connected { session_present, names_senders } => self.connected(session_present, names_senders),
            Input::Subscribed => self.subscribed(),
            Input::SubscribeRefused(filters) => self.link.subscribe_refused(&filters, &mut self.egress),
            Input::Disconnected => self.disconnected(),
            Input::TakenOver => self.link.taken_over(),
            Input::Received { inbound, token } => self.received(&inbound, token),
            Input::Published { row, outcome } => self.published(row, outcome),
            Input::Fetched { conversation, from, upto, messages } => {
                self.fetched(&conversation, (from, upto), &messages);
            }
            Input::FetchedIds { conversation, author, ids } => {
                for (inbound, token) in self.received_ids.fetched((conversation, author), &ids) {
                    self.received(&inbound, token);
                }
            }
            Input::ReadBack { conversation, len, from, messages, changes } => {
                self.conversations.read_back(&conversation, len, from, messages, changes, &mut self.egress);
            }
            Input::Timeout => self.timeout(),
        }
    }

    /// Carries out a command of the user at the time `now`. [`Self::take_batch`] returns the results. The error says
    /// why the command is refused.
    pub fn command(&mut self, now: Now, command: Command) -> Result<(), Refusal> {
        self.egress.set_now(now);
        match command {
            Command::RequestChat(user) => return self.request_chat(user),
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
            Command::SendDropped { conversation, n, text, relation } => {
                return self.send_dropped(conversation, n, text, relation);
            }
            Command::Hide { conversation, n } => self.egress.hide(conversation, n),
            Command::ReadDirectory { max_age } => self.read_directory(max_age),
            Command::Typing(conversation) => self.announce_typing(&conversation),
            Command::MarkRead(conversation) => self.mark_read(&conversation),
            Command::SetNotifyLevel { conversation, level } => {
                self.conversations.set_notify_level(&conversation, level, &mut self.egress);
            }
            Command::SaveDraft { conversation, text } => {
                self.conversations.save_draft(conversation, text, &mut self.egress);
            }
            Command::SaveTabs(tabs) => {
                if self.tabs.as_ref() != Some(&tabs) {
                    self.egress.persist(Operation::PutTabs(tabs.clone()));
                    self.tabs = Some(tabs);
                }
            }
            Command::GoOffline => self.go_offline(),
        }
        Ok(())
    }

    /// Returns the results of all inputs and commands since the last call. The store commits their operations together.
    pub fn take_batch(&mut self) -> Batch {
        self.update_directory();
        self.egress.take_batch()
    }

    /// When [`Input::Timeout`] is due; `None` if no deadline is pending.
    pub fn next_timeout(&self) -> Option<Tick> {
        if !self.link.is_up() {
            return self.link.due();
        }
        let all = [
            self.link.due(),
            self.directory.due(),
            self.roster.due(),
            self.groups.due(),
            self.receipts.due(),
            self.reports.due(),
            self.tallies.due(),
            self.gaps.due(),
            self.resends.due(&self.egress),
            self.reminders.due(),
            self.typing.due(),
        ];
        all.into_iter().flatten().min()
    }

    fn context(&self) -> Context<'_> {
        Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations }
    }
}

/// What the MQTT client needs for a connection.
impl Peer {
    /// The MQTT client identifier: my ID, so that the broker keeps IDs unique. If there is a topic prefix, it comes
    /// first, so that users with the same ID under different prefixes do not take over each other's session. `_`, which
    /// no ID contains, replaces each `/`, because some brokers refuse client identifiers with `/`.
    pub fn client_id(&self) -> String {
        format!("{}{}", self.egress.identity().prefix.replace('/', "_"), self.me())
    }

    /// The last will, which announces that I am offline.
    pub fn will(&self) -> Publication {
        let Identity { me, device, .. } = self.egress.identity();
        let properties = Properties {
            is_papo: true,
            from: Some(me.clone()),
            device: Some(device.clone()),
            words: Words::MINE,
            ..Properties::default()
        };
        let (topic, content) = (Topic::Presence(me.clone()), Content::Presence(me.clone(), false));
        self.egress.encode(&TypedPublication { topic, content, properties })
    }

    /// For a check, before connecting, whether another device is online with my ID.
    pub fn presence_to_look_at(&self) -> OwnPresence {
        OwnPresence(self.egress.identity().clone())
    }

    /// Whether the broker refuses the subscription to my control topic.
    pub fn is_control_refused(&self) -> bool {
        self.link.is_control_refused()
    }
}

/// Queries.
impl Peer {
    /// My ID.
    pub fn me(&self) -> &UserId {
        self.egress.me()
    }

    /// All known users except me, by ID.
    pub fn users(&self) -> &BTreeMap<UserId, User> {
        self.roster.users()
    }

    /// All known groups, by name.
    pub fn groups(&self) -> &BTreeMap<GroupName, Group> {
        self.groups.by_name()
    }

    /// Whether papo knows all users and groups: it follows them, or has read the whole directory and no reading is
    /// under way. On a new connection they still have to arrive.
    pub fn is_directory_complete(&self) -> bool {
        self.directory.is_complete()
    }

    /// Whether papo follows all users and groups, and not only those with whom I have to do.
    pub fn follows_all(&self) -> bool {
        !self.directory.is_limited()
    }

    /// When papo last read all users and groups, if it follows only some; `None` if it follows all of them. The presence
    /// of those with whom I have nothing to do is as of then. That counts as long as an announcement of mine does
    /// ([`Identity::presence_expiry`]); after that it is `None`, and who was online then is unknown.
    pub fn directory_as_of(&self) -> Option<Timestamp> {
        self.directory.as_of(self.egress.now(), self.egress.identity().presence_expiry)
    }

    /// Whether a group of others may have ended: the broker has not delivered its record on this connection.
    pub fn is_doubtful_group(&self, name: &GroupName) -> bool {
        self.groups.is_doubtful(name)
    }

    /// All requests, oldest first.
    pub fn requests(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.requests.iter()
    }

    /// One request.
    pub fn request(&self, id: MessageId) -> Option<&Request> {
        self.requests.get(id)
    }

    /// The number of requests that wait for my answer.
    pub fn waiting_requests(&self) -> usize {
        self.requests.waiting_count()
    }

    /// All conversations, by ID.
    pub fn conversations(&self) -> &BTreeMap<ConversationId, Conversation> {
        self.conversations.by_id()
    }

    /// All chats: those with users by ID, then the groups by name.
    pub fn chats(&self) -> impl Iterator<Item = Chat<'_>> {
        self.conversations.chat_ids().filter_map(|id| Chat::of(id, &self.conversations))
    }

    /// A chat; `None` if there is no session with the user and I was never in the group.
    pub fn chat(&self, id: &ChatId) -> Option<Chat<'_>> {
        Chat::of(id.clone(), &self.conversations)
    }

    /// The chat that a conversation belongs to.
    pub fn chat_of(&self, conversation: &ConversationId) -> Option<Chat<'_>> {
        Chat::of(conversation.chat(self.me())?, &self.conversations)
    }

    /// The delivery progress of each other participant of a conversation.
    pub fn progress(&self, conversation: &ConversationId) -> impl Iterator<Item = (&UserId, &DeliveryProgress)> {
        self.conversations.progress(conversation)
    }

    /// The recipients of my message number `n` whose receipts count, with the progress of each. Includes recipients who
    /// stored it and left the group later.
    pub fn recipients<'a>(
        &'a self,
        id: &'a ConversationId,
        n: u64,
    ) -> impl Iterator<Item = (&'a UserId, &'a DeliveryProgress)> {
        self.context().recipients(id, n)
    }

    /// The delivery state of my message number `n` in a conversation, apart from failures.
    pub fn delivery(&self, id: &ConversationId, n: u64) -> Delivery {
        match (self.context().delivery(id, n), id) {
            (Delivery::AtBroker, ConversationId::Group(group)) => self.reports.delivery(group, n),
            (delivery, _) => delivery,
        }
    }

    /// How far my message number `n` has reached in a large group, as its leader says; `None` if it is not known to have
    /// reached anyone.
    pub fn reach(&self, id: &ConversationId, n: u64) -> Option<Reach> {
        let ConversationId::Group(group) = id else { return None };
        self.reports.reach(group, n)
    }

    /// The publications that the broker has not acknowledged or has refused, oldest first.
    pub fn outbox(&self) -> impl DoubleEndedIterator<Item = &OutboxRow> + ExactSizeIterator {
        self.egress.rows()
    }

    /// Why a row waits although there is a connection: the broker does not know the group
    /// ([`Notice::GroupUnknownToBroker`]), or not this one of that name ([`Notice::GroupNameTaken`]). [`None`] for any other
    /// row.
    pub fn reason_to_wait(&self, row: &OutboxRow) -> Option<Notice> {
        match &row.message {
            Some((ConversationId::Group(name), _)) if row.failure.is_none() => self.waiting_in(name),
            _ => None,
        }
    }

    /// The unsent text in the composer of a conversation; empty if there is none.
    pub fn draft(&self, conversation: &ConversationId) -> &str {
        self.conversations.draft(conversation)
    }

    /// The tabs as they are stored; `None` if they never were.
    pub fn tabs(&self) -> Option<&OpenTabs> {
        self.tabs.as_ref()
    }

    /// Whether `user` is typing in a session with me.
    pub fn is_typing(&self, user: &UserId) -> bool {
        self.typing.iter().any(|(id, who)| who == user && matches!(id, ConversationId::Session(_)))
    }

    /// The users who are typing in a conversation.
    pub fn typing(&self, id: &ConversationId) -> impl Iterator<Item = &UserId> {
        self.typing.iter().filter(move |(conversation, _)| *conversation == id).map(|(_, user)| user)
    }

    /// Checks that [`Command::Forget`] may clear the presence of `user` now.
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
