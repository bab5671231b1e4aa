//! One participant: what is true between users.
//!
//! A [`Peer`] takes inputs together with the time at which they happen and yields batches: operations for
//! the store, outputs that may leave the machine once those are committed, and events for the screen. It
//! has no clock, socket, file or source of randomness, so any number of peers can be driven in one thread
//! in virtual time. Invariant: a peer restored from what was committed and one that never stopped agree.

mod acquaintance;
mod blocking;
mod delivery;
mod echo;
mod forgetting;
mod groups;
mod heard;
mod ids;
mod link;
mod outbox;
mod pacing;
mod presence;
mod receipts;
mod records;
mod reminders;
mod requests;
mod resending;
mod retained;
mod sessions;
mod typing;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use self::{
    acquaintance::Crowded,
    forgetting::Clears,
    groups::Stand,
    heard::Heard,
    ids::Ids,
    link::Link,
    outbox::Outbox,
    receipts::Receipts,
    reminders::Reminders,
    requests::Requests,
    resending::{Gaps, Resends},
    retained::SeenTexts,
    typing::Typing,
};
use super::{
    event::{Batch, Command, Event, Input, Output},
    ignored::IgnoredReason,
    notice::Notice,
    operation::{Operation, OutboxRow, Saved},
    properties::Properties,
    publication::{AckToken, Inbound, Publication},
    refusal::Refusal,
    topic::Topic,
    wire::{self, Ask, Content, Control},
};
use crate::domain::{
    Conversation, ConversationId, DeviceHash, Family, Group, GroupName, MessageId, Now, Progress, Request, Tick,
    Timestamp, User, UserId, escaped,
};

/// The user property with which papo's own broker says who has sent a publication; it takes it away from others.
const SENDER: &str = "x-mqtt-sender";

/// Who a peer is and how it names itself to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// My id.
    pub me: UserId,
    /// The installation: tells two logins of one id apart.
    pub device: String,
    /// Stands before every topic; empty or ending in `/`.
    pub prefix: String,
    /// For ids; from a random source.
    pub seed: u64,
    /// How long the leader of a group must not have been seen before its first member may take the lead.
    pub leader_gone_after: Duration,
    /// Whether the broker says of each publication who has sent it, as papo's own does where one logs in. Elsewhere
    /// anybody could write that.
    pub names_senders: bool,
}

impl Identity {
    /// Somebody on a broker that is not shared with others, who waits a fortnight for a leader.
    pub fn new(me: UserId, device: impl Into<String>, seed: u64) -> Self {
        let leader_gone_after = Duration::from_secs(14 * 24 * 60 * 60);
        Self { me, device: device.into(), prefix: String::new(), seed, leader_gone_after, names_senders: false }
    }
}

/// The state machine.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not by itself")]
pub struct Peer {
    me: UserId,
    device: String,
    prefix: String,
    ids: Ids,
    leader_gone_after: Duration,
    names_senders: bool,
    link: Link,
    /// When I was connected last, before now.
    here: Timestamp,
    /// The same before this start, and when I was first connected after it.
    left: Timestamp,
    started: Timestamp,
    /// Whether what I remember is older than what the broker remembers of me.
    is_stale: bool,
    /// Whether I was away so long before this start that somebody may have taken the lead of my groups.
    was_gone: bool,
    /// When I last said that I am here, or that I am not.
    announced: Option<Timestamp>,
    /// I am connected anew and look first whether somebody else has taken my id; not longer than to then.
    announce_by: Option<Tick>,
    users: BTreeMap<UserId, User>,
    crowded_users: Crowded,
    groups: BTreeMap<GroupName, Group>,
    crowded_groups: Crowded,
    requests: Requests,
    conversations: BTreeMap<ConversationId, Conversation>,
    progress: BTreeMap<ConversationId, BTreeMap<UserId, Progress>>,
    drafts: BTreeMap<ConversationId, String>,
    outbox: Outbox,
    clears: Clears,
    heard: Heard,
    seen_texts: SeenTexts,
    receipts: Receipts,
    gaps: Gaps,
    resends: Resends,
    reminders: Reminders,
    typing: Typing,
    /// Groups that I lead whose record the broker has not shown back to me, and when to send it again.
    unconfirmed: BTreeMap<GroupName, Tick>,
    /// How I stood by the records of groups that I lead.
    stands: BTreeMap<GroupName, Stand>,
    /// Groups that I lead whose record is by me, though I have not said yet whether I keep the lead.
    signed: BTreeSet<GroupName>,
    /// Groups whose record has me and that the broker has not shown on this connection, and when to ask its leader for
    /// it; `None` once that was in vain, until the leader comes.
    unshown: BTreeMap<GroupName, Option<Tick>>,
    /// Whether the broker had kept my session when I connected, and this store has been connected before.
    is_kept: bool,
    /// Who has been seen online on this connection, or before it and has not gone since, and when it said so on its
    /// own clock: a later word of the same is another start or connection. `None` where only something else came
    /// from it.
    greeted: BTreeMap<UserId, Option<Timestamp>>,
    /// Who has been told, while away, what it may have missed, and which word of it that followed.
    told: BTreeMap<UserId, Option<Timestamp>>,
    /// The wall time of the last input.
    latest: Timestamp,
    batch: Batch,
}

impl Peer {
    /// A peer as the store remembers it.
    pub fn restore(identity: Identity, saved: Saved) -> Self {
        let mut progress: BTreeMap<ConversationId, BTreeMap<UserId, Progress>> = BTreeMap::new();
        for (conversation, user, state) in saved.progress {
            progress.entry(conversation).or_default().insert(user, state);
        }
        let (mine, others): (Vec<User>, Vec<User>) = saved.users.into_iter().partition(|user| user.id == identity.me);
        let here = mine.first().map_or(Timestamp::default(), |me| me.seen);
        // Who was online when papo stopped may long be gone.
        let users = others.into_iter().map(|user| (user.id.clone(), presence::forgotten(user, here))).collect();
        Self {
            me: identity.me,
            device: identity.device,
            prefix: identity.prefix,
            ids: Ids::new(identity.seed),
            leader_gone_after: identity.leader_gone_after,
            names_senders: identity.names_senders,
            link: Link::Down,
            here,
            left: Timestamp::default(),
            started: Timestamp::default(),
            is_stale: false,
            was_gone: false,
            announced: None,
            announce_by: None,
            users,
            crowded_users: Crowded::default(),
            crowded_groups: Crowded::default(),
            groups: saved.groups.into_iter().map(|group| (group.name.clone(), group)).collect(),
            requests: Requests::restore(saved.requests),
            conversations: saved.conversations.into_iter().map(|talk| (talk.id.clone(), talk)).collect(),
            progress,
            drafts: saved.drafts.into_iter().collect(),
            outbox: Outbox::restore(saved.outbox),
            clears: Clears::default(),
            heard: Heard::default(),
            seen_texts: SeenTexts::restore(saved.seen),
            receipts: Receipts::default(),
            gaps: Gaps::default(),
            resends: Resends::default(),
            reminders: Reminders::default(),
            typing: Typing::default(),
            unconfirmed: BTreeMap::new(),
            stands: BTreeMap::new(),
            signed: BTreeSet::new(),
            unshown: BTreeMap::new(),
            is_kept: false,
            greeted: BTreeMap::new(),
            told: BTreeMap::new(),
            latest: Timestamp::default(),
            batch: Batch::default(),
        }
    }

    /// Takes an input at `now`; what came of it is there in [`Self::take_batch`].
    pub fn handle_input(&mut self, now: Now, input: Input) {
        self.latest = now.wall;
        match input {
            Input::Connected { session_present } => self.connected(now, session_present),
            Input::Subscribed => self.subscribed(now),
            Input::SubscribeRefused(filters) => self.subscribe_refused(now, &filters),
            Input::Disconnected => {
                self.note_here(now);
                self.link = Link::Down;
                self.announce_by = None;
                self.resends.forget();
                self.reminders.forget();
                self.forget_typing();
                self.heard.stop_waiting();
                self.give_up_clears();
            }
            Input::Received { inbound, token } => self.received(now, &inbound, token),
            Input::Published { row, outcome } => self.published(now, row, outcome),
            Input::Fetched { conversation, from, upto, messages } => {
                self.fetched(now, &conversation, (from, upto), &messages);
            }
            Input::FetchedIds { conversation, author, ids } => self.fetched_ids(now, &conversation, &author, &ids),
            Input::ReadBack { conversation, len, from, messages } => {
                self.read_back(&conversation, len, from, messages);
            }
            Input::Timeout => self.timeout(now),
        }
    }

    /// Everything that has come of the inputs since the last call: one group for the store.
    pub fn take_batch(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }

    /// When [`Input::Timeout`] is due.
    pub fn next_timeout(&self) -> Option<Tick> {
        match self.link {
            Link::Up => {}
            Link::Deaf { again } => return again,
            Link::Down | Link::Subscribing => return None,
        }
        let single = [
            self.receipts.due(),
            self.gaps.due(),
            self.resends.due(),
            self.reminders.due(),
            self.announce_by,
            self.typing.due(),
        ];
        let records = self.unconfirmed.values().chain(self.unshown.values().flatten()).copied();
        single.into_iter().flatten().chain(records).min()
    }

    /// Does what the user wants. A refusal has no other effect that the user could see.
    pub fn command(&mut self, now: Now, command: Command) -> Result<(), Refusal> {
        self.latest = now.wall;
        match command {
            Command::RequestTalk(user) => return self.request_talk(now, user),
            Command::Withdraw(id) => return self.withdraw(now, id),
            Command::Accept(id) => return self.accept(now, id),
            Command::Deny(id) => return self.deny(now, id),
            Command::Send { conversation, text, relation } => return self.send(now, conversation, text, relation),
            Command::End(session) => return self.end(now, session),
            Command::CreateGroup(group) => return self.create_group(now, group),
            Command::JoinGroup(group) => return self.join_group(now, &group),
            Command::Invite { group, user } => return self.invite(now, &group, user),
            Command::RemoveMember { group, user } => return self.remove_member(now, &group, &user),
            Command::HandOver { group, user } => return self.hand_over(now, &group, user),
            Command::LeaveGroup(group) => return self.leave_group(now, &group),
            Command::DisbandGroup(group) => return self.disband_group(now, &group),
            Command::ClaimLead(group) => return self.claim_lead(now, &group),
            Command::Block(user) => return self.block(now, user),
            Command::Unblock(user) => return self.unblock(&user),
            Command::Forget(user) => return self.forget_user(now, user),
            Command::SendAgain(row) => return self.send_failed_again(now, row),
            Command::Drop(row) => return self.drop_waiting(row),
            Command::Typing(conversation) => self.say_typing(now, &conversation),
            Command::MarkRead(conversation) => self.mark_read(now, &conversation),
            Command::SetNotices { conversation, notices } => self.set_notices(&conversation, notices),
            Command::SaveDraft { conversation, text } => self.save_draft(conversation, text),
            Command::GoOffline => self.go_offline(now),
        }
        Ok(())
    }

    fn received(&mut self, now: Now, inbound: &Inbound, token: AckToken) {
        let before = self.batch.events.len();
        match wire::decode(&self.prefix, inbound) {
            Ok((_, _, properties)) if self.is_forged(inbound, &properties) => self.suspect(IgnoredReason::Forged),
            Ok((topic, _, properties)) if self.is_mine(&topic, &properties) => {}
            Ok((_, content, properties)) if self.waits_for_ids(inbound, token, &content, &properties) => return,
            Ok((topic, _, properties)) if self.has_come_before(inbound, &topic, &properties) => {
                self.overlook(IgnoredReason::Repeated);
            }
            Ok((topic, content, properties)) => self.understood(now, inbound.retained, &topic, content, &properties),
            Err(error) => {
                let is_harmless = error.is_harmless();
                let reason = IgnoredReason::Invalid(error);
                if is_harmless { self.overlook(reason) } else { self.suspect(reason) }
            }
        }
        self.address_ignored(before, inbound);
        if token.packet != 0 {
            self.output(Output::Ack(token));
        }
    }

    /// Says of what was ignored since there were `before` events where it came and from whom.
    fn address_ignored(&mut self, before: usize, inbound: &Inbound) {
        for event in &mut self.batch.events[before..] {
            if let Event::Suspicious(ignored) | Event::Overlooked(ignored) = event {
                ignored.topic = escaped(&inbound.topic);
                ignored.sender = sender_of(&self.prefix, inbound, self.names_senders);
            }
        }
    }

    /// Whether the broker says that somebody else has sent it than it says itself. What the broker keeps has been looked
    /// at when it was published; what the broker itself says, as a will, has no sender.
    fn is_forged(&self, inbound: &Inbound, properties: &Properties) -> bool {
        let sender = inbound.properties.iter().find(|(name, _)| name == SENDER);
        let is_of_another =
            |(_, sender): &(String, String)| properties.from.as_ref().is_some_and(|from| from.as_str() != sender);
        self.names_senders && !inbound.retained && sender.is_some_and(is_of_another)
    }

    fn understood(&mut self, now: Now, retained: bool, topic: &Topic, content: Content, properties: &Properties) {
        if let Some(from) = properties.from.as_ref().filter(|from| properties.is_papo && **from != self.me) {
            self.meet(from, |user| user.is_papo = true);
            if !retained && !matches!(content, Content::Presence(..)) {
                self.noticed(now, from);
            }
        }
        match content {
            Content::Presence(user, online) => self.presence(now, user, online, retained, properties),
            Content::Cleared(user) => self.presence_cleared(now, &user),
            Content::Control(control) => {
                let Topic::Control(owner, family) = topic else { return };
                if *owner != self.me {
                    return self.overlook(IgnoredReason::OtherOwner(owner.clone()));
                }
                self.control(now, control, *family, properties);
            }
            Content::News(news) => self.news(now, topic, news, properties),
            Content::Ask(group, user, Ask::Enter) => self.asked_to_enter(now, &group, user, properties),
            Content::Ask(group, user, Ask::Leave) => self.asked_to_leave(now, &group, &user),
            Content::Joined(group, user) => self.member_joined(now, &group, &user),
            Content::Talk(conversation, author, body) => self.talk(now, conversation, author, body, properties),
        }
    }

    fn control(&mut self, now: Now, control: Control, family: Family, properties: &Properties) {
        let sender = match &control {
            Control::Request(from) | Control::Accepted(_, from) | Control::Denied(from, _) => Some(from),
            Control::Invited(_) | Control::Typing(_) => properties.from.as_ref(),
            // A group goes on also where one of its members is blocked.
            Control::Ack(..) | Control::Read(..) | Control::Resend(..) => None,
        };
        if sender == Some(&self.me) {
            return self.suspect(IgnoredReason::OwnControl);
        }
        if sender.is_some_and(|sender| self.is_blocked(sender)) {
            return self.overlook(IgnoredReason::Blocked);
        }
        if let Some(sender) = sender.or(properties.from.as_ref()).cloned() {
            self.heard_on(&sender, family);
        }
        match control {
            Control::Request(from) => self.requested(now, from, family, properties),
            Control::Accepted(time, from) => self.accepted(now, time, from, family, properties),
            Control::Denied(from, group) => self.denied(now, &from, group, properties),
            Control::Invited(group) => self.invited(now, group, family, properties),
            Control::Typing(conversation) => {
                let Some(from) = &properties.from else { return self.overlook(IgnoredReason::Nameless) };
                self.types(now, conversation, from);
            }
            Control::Ack(..) | Control::Read(..) | Control::Resend(..) => {
                // What does not say from whom it comes cannot be related to anybody's progress.
                let Some(from) = &properties.from else { return self.overlook(IgnoredReason::Nameless) };
                let (Control::Ack(id, _) | Control::Read(id, _) | Control::Resend(id, ..)) = &control else { return };
                let is_of_another = properties.store.is_some_and(|store| store != DeviceHash::of(&self.device));
                if is_of_another && self.conversations.contains_key(id) {
                    // It means what I wrote on another machine.
                    return self.overlook(IgnoredReason::OtherDevice(id.clone()));
                }
                match control {
                    Control::Ack(conversation, n) => self.receipt(now, &conversation, n, from, false),
                    Control::Read(conversation, n) => self.receipt(now, &conversation, n, from, true),
                    Control::Resend(conversation, first, upto) => {
                        self.asked_to_resend(now, &conversation, (first, upto), from);
                    }
                    _ => {}
                }
            }
        }
    }

    fn timeout(&mut self, now: Now) {
        self.ask_for_control(now);
        if self.link == Link::Up {
            self.flush_receipts(now);
            self.confirm_records(now);
            self.ask_for_records(now);
            self.ask_anew(now);
            self.send_again(now);
            self.remind(now);
            self.typing_ends(now);
            if self.announce_by.is_some_and(|due| due <= now.tick) {
                self.announce(now, true);
            }
        }
    }

    fn save_draft(&mut self, conversation: ConversationId, text: String) {
        if self.draft(&conversation) != text {
            self.keep(Operation::PutDraft { conversation: conversation.clone(), text: text.clone() });
            if text.is_empty() {
                self.drafts.remove(&conversation);
            } else {
                self.drafts.insert(conversation, text);
            }
        }
    }

    fn keep(&mut self, operation: Operation) {
        self.batch.operations.push(operation);
    }

    fn output(&mut self, output: Output) {
        self.batch.outputs.push(output);
    }

    fn tell(&mut self, event: Event) {
        self.batch.events.push(event);
    }

    fn notify(&mut self, notice: Notice) {
        self.tell(Event::Notice(notice));
    }

    fn suspect(&mut self, why: IgnoredReason) {
        self.tell(Event::Suspicious(why.into()));
    }

    fn overlook(&mut self, why: IgnoredReason) {
        self.tell(Event::Overlooked(why.into()));
    }

    /// What stands on every publication of mine that is not part of a talk.
    fn stamp(&mut self, now: Now) -> Properties {
        Properties {
            is_papo: true,
            id: Some(self.ids.next(now.wall)),
            from: Some(self.me.clone()),
            ts: Some(now.wall),
            ..Properties::default()
        }
    }

    fn encode(&self, topic: &Topic, content: &Content, properties: &Properties) -> Publication {
        wire::encode(&self.prefix, topic, content, properties)
    }

    fn subscribe(&mut self, topics: &[Topic]) {
        if self.link != Link::Down {
            let wanted = topics.iter().map(|topic| topic.subscription(&self.prefix)).collect();
            self.output(Output::Subscribe(wanted));
        }
    }

    fn unsubscribe(&mut self, topics: &[Topic]) {
        if self.link != Link::Down {
            let filters = topics.iter().map(|topic| topic.name(&self.prefix)).collect();
            self.output(Output::Unsubscribe(filters));
        }
    }
}

/// Who is said to have sent it, whether that is an id or not; by the broker, where it says so.
fn sender_of(prefix: &str, inbound: &Inbound, names_senders: bool) -> Option<String> {
    let property = |wanted: &str| inbound.properties.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let named = property(SENDER).filter(|_| names_senders);
    let stated = named.or_else(|| property("from")).map(|sender| escaped(sender));
    stated.or_else(|| {
        let (_, content, _) = wire::decode(prefix, inbound).ok()?;
        content.speaker().map(|speaker| escaped(speaker.as_str()))
    })
}

/// What can be seen of a peer.
impl Peer {
    /// My id.
    pub fn me(&self) -> &UserId {
        &self.me
    }

    /// Everybody known but me, by id.
    pub fn users(&self) -> &BTreeMap<UserId, User> {
        &self.users
    }

    /// All groups known, by name.
    pub fn groups(&self) -> &BTreeMap<GroupName, Group> {
        &self.groups
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
        self.requests.waiting()
    }

    /// All conversations, by id.
    pub fn conversations(&self) -> &BTreeMap<ConversationId, Conversation> {
        &self.conversations
    }

    /// How far the others of a conversation have come.
    pub fn progress(&self, conversation: &ConversationId) -> impl Iterator<Item = (&UserId, &Progress)> {
        self.progress.get(conversation).into_iter().flatten()
    }

    /// What the broker has not taken, in the order of its making.
    pub fn outbox(&self) -> impl DoubleEndedIterator<Item = &OutboxRow> + ExactSizeIterator {
        self.outbox.rows()
    }

    /// What stood in the composer of a conversation.
    pub fn draft(&self, conversation: &ConversationId) -> &str {
        self.drafts.get(conversation).map_or("", String::as_str)
    }
}
