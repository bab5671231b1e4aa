//! Access rules: who may read and write which topic, as pure functions of the login and of what is known of the groups.
//!
//! Invariant: everything not listed here is forbidden. The rules assume an empty topic prefix. Whom a group names may
//! change at any time. So everybody may subscribe to the topics of any group, and [`Groups::may_receive`] decides about
//! each delivery.

mod reservations;
mod saved;
mod since;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use self::reservations::Reservations;
use crate::{
    domain::{ConversationId, Group, GroupName, UserId},
    protocol::{Ask, Content, Control, GroupNews, Inbound, NewsTopic, Topic, decode},
};

pub use saved::SavedGroup;

/// The wildcard filters that everybody may subscribe to.
const OPEN_FILTERS: [&str; 4] = ["USERS/#", "USERS/+", "GROUPS/#", "GROUPS/+"];
/// The most that a short publication may hold, in bytes, and that its properties may take: a presence, news, or what is
/// retained and is neither a record nor a message in a conversation, such as a request for a client that does not keep a
/// session.
const SHORT: usize = 1024;
/// How many groups without a record one login may have created, and how many that have ended are noted of it.
const UNRECORDED: usize = 100;
/// How many logins may be invited to a group without a record.
const INVITED: usize = 1_000;

/// A publication of a login.
#[derive(Debug, Clone, Copy)]
pub struct Publishing<'a> {
    /// The topic name.
    pub topic: &'a str,
    /// Content.
    pub payload: &'a [u8],
    /// The size of its properties, in bytes.
    pub properties: usize,
    /// The retain flag.
    pub retain: bool,
    /// The values of the user property `from`.
    pub from: &'a [&'a str],
    /// The user property `x-mqtt-group-since`: the group that it is meant for.
    pub since: Option<&'a str>,
}

/// Why the broker does not take a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The rules forbid it.
    NotAuthorized,
    /// A quota is used up.
    Quota,
    /// Nothing is left to do: the leader before repeats its hand-over, because the acknowledgement was lost, or somebody
    /// announces the end of a group that there is not. The publication is acknowledged, and reaches no one.
    Repeated,
}

/// What the broker knows of the groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// Since when this is known, in time since the Unix epoch. What was known before is lost.
    since: Duration,
    /// Since when the newest group is known.
    newest: Duration,
    /// By the retained records.
    records: BTreeMap<GroupName, Record>,
    /// What the records do not say.
    notes: BTreeMap<GroupName, SavedGroup>,
    reservations: Reservations,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Record {
    leader: Option<UserId>,
    /// The others.
    members: BTreeSet<UserId>,
}

impl Record {
    fn names(&self, user: &UserId) -> bool {
        self.leader.as_ref() == Some(user) || self.members.contains(user)
    }

    /// Whether an announcement says the same, or only who the leader is.
    fn is_announced_by(&self, announced: &Group) -> bool {
        let names_members = !announced.members.is_empty();
        let says_the_same = || self.members.iter().eq(&announced.members.iter().cloned().collect::<BTreeSet<_>>());
        self.leader == announced.leader && (!names_members || says_the_same())
    }
}

/// Whether the rules let `user` subscribe to a filter. What is delivered is [`Groups::may_receive`]'s.
pub fn may_subscribe(user: &UserId, filter: &str) -> bool {
    is_directory(filter)
        || topic(filter).is_some_and(|topic| match topic {
            Topic::Control(owner, _) => owner == *user,
            Topic::Session(session) => session.peer_of(user).is_some(),
            Topic::Users
            | Topic::Presence(_)
            | Topic::GroupNews(_)
            | Topic::GroupRecord(_)
            | Topic::GroupLeader(_)
            | Topic::GroupMembers(_)
            | Topic::GroupSeen(_)
            | Topic::GroupMessages(_) => true,
        })
}

/// Whether a filter is about the directory that everybody reads: presence, and what is new of users and groups. The
/// retained messages are its current state. `GROUPS/<group>/#` is such a filter, but not `GROUPS/<group>`, to which
/// members subscribe because they need each change.
pub fn is_directory(filter: &str) -> bool {
    OPEN_FILTERS.contains(&filter)
        || matches!(topic(filter), Some(Topic::Users | Topic::Presence(_) | Topic::GroupNews(_)))
        || filter.strip_suffix("/#").is_some_and(is_record)
}

/// The group whose records are published on this topic.
pub fn record_of(name: &str) -> Option<GroupName> {
    match topic(name) {
        Some(Topic::GroupRecord(group)) => Some(group),
        _ => None,
    }
}

/// Whether the records of a group are published on this topic.
pub fn is_record(name: &str) -> bool {
    record_of(name).is_some()
}

/// Whether a will is the offline presence of `user`, on their own presence topic, in their own name, and short.
pub fn is_own_will(user: &UserId, will: Publishing<'_>) -> bool {
    let Publishing { topic, payload, properties, from, .. } = will;
    matches!(decode_content(topic, payload), Some(Content::Presence(of, false)) if of == *user)
        && *topic == Topic::Presence(user.clone()).name("")
        && is_from(user, from)
        && properties <= SHORT
}

/// Whether no other user is named as the sender.
fn is_from(user: &UserId, from: &[&str]) -> bool {
    from.iter().all(|from| *from == user.as_str())
}

impl Groups {
    /// With what was saved `since` a time, and the retained records (topic and payload).
    pub fn new<'a>(
        since: Duration,
        notes: BTreeMap<GroupName, SavedGroup>,
        records: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let mut groups = Self { since, newest: since, notes, ..Self::default() };
        for (name, payload) in records {
            if let (Some(Topic::GroupRecord(group)), Some(record)) = (topic(name), record(name, payload)) {
                // papo 0.1 did not note who takes part.
                let members = || SavedGroup { joined: record.members.clone(), ..SavedGroup::default() };
                groups.notes.entry(group.clone()).or_insert_with(members);
                groups.records.insert(group, record);
            }
        }
        // A group that there was before the broker had users, or marked groups, is older than all others of its name.
        for notes in groups.notes.values_mut() {
            groups.newest = groups.newest.max(*notes.since.get_or_insert(since));
        }
        groups
    }

    /// Whether `user` may get a publication on this topic now.
    pub fn may_receive(&self, user: &UserId, name: &str) -> bool {
        match topic(name) {
            Some(Topic::GroupLeader(group)) => self.leader(&group) == Some(user),
            Some(Topic::GroupMembers(group) | Topic::GroupMessages(group) | Topic::GroupSeen(group)) => {
                self.names(&group, user)
            }
            _ => may_subscribe(user, name),
        }
    }

    /// Whether the broker takes a publication of `user` at the time `now`. [`learn`](Self::learn) must follow if it does.
    pub fn check(&self, user: &UserId, publishing: Publishing<'_>, now: Duration) -> Result<(), Refusal> {
        let Publishing { topic: name, payload, properties, retain, from, since } = publishing;
        let topic = topic(name).ok_or(Refusal::NotAuthorized)?;
        let content = decode_content(name, payload);
        let is_own =
            is_from(user, from) && content.as_ref().and_then(Content::speaker).is_none_or(|speaker| speaker == user);
        let may_write = match &topic {
            Topic::Users | Topic::Control(..) | Topic::GroupLeader(_) => true,
            Topic::Presence(owner) => owner == user,
            Topic::GroupRecord(group) => {
                // What is neither a record nor the end of one must not take the place of a record.
                let is_record = matches!(content, Some(Content::News(GroupNews::Record(_))));
                let is_valid = is_record || payload.is_empty() || !retain;
                is_valid && self.may_write_record(user, group, content.as_ref(), now)?
            }
            Topic::GroupMembers(group) => self.names(group, user) && self.is_meant(group, since),
            // Nobody but the creator says who is in a group without a record, and another one of that name may have
            // ended unnoticed. So a papo, which says `from`, must have announced itself in this one.
            Topic::GroupMessages(group) => {
                let is_in_this_one = self.leader(group) == Some(user) || self.joined(group, user);
                self.names(group, user)
                    && self.is_meant(group, since)
                    && (self.records.contains_key(group) || from.is_empty() || is_in_this_one)
            }
            Topic::GroupSeen(group) => self.leader(group) == Some(user) && self.is_meant(group, since),
            Topic::Session(session) => session.peer_of(user).is_some(),
            Topic::GroupNews(_) => match &content {
                Some(Content::News(news)) => self.may_announce(user, news, now)?,
                // Nobody reads anything from it.
                _ => true,
            },
        };
        if !is_own || !may_write {
            return Err(Refusal::NotAuthorized);
        }
        let is_record = matches!(content, Some(Content::News(GroupNews::Record(_))));
        let is_short = match topic {
            // Everybody gets it.
            Topic::Users | Topic::Presence(_) | Topic::GroupNews(_) | Topic::GroupRecord(_) => true,
            Topic::Control(..) | Topic::GroupLeader(_) | Topic::GroupMembers(_) | Topic::GroupSeen(_) => retain,
            Topic::Session(_) | Topic::GroupMessages(_) => false,
        };
        let is_too_long = is_short && (properties > SHORT || (!is_record && payload.len() > SHORT));
        let is_claim = matches!(content, Some(Content::News(GroupNews::Created(_))));
        if is_too_long || (is_claim && self.created(user) >= UNRECORDED) {
            return Err(Refusal::Quota);
        }
        Ok(())
    }

    /// The leader of a group: by its record or, without one, the login that created it.
    fn leader(&self, group: &GroupName) -> Option<&UserId> {
        match self.records.get(group) {
            Some(record) => record.leader.as_ref(),
            None => self.notes.get(group)?.creator.as_ref(),
        }
    }

    /// Whether nobody leads the group: there is no such group.
    pub fn is_free(&self, group: &GroupName) -> bool {
        self.leader(group).is_none()
    }

    /// Whether `user` leads the group, is a member, or is invited to it by the creator of a group without a record.
    fn names(&self, group: &GroupName, user: &UserId) -> bool {
        match self.records.get(group) {
            Some(record) => record.names(user),
            None => self
                .notes
                .get(group)
                .is_some_and(|notes| notes.creator.as_ref() == Some(user) || notes.invited.contains(user)),
        }
    }

    /// Whether a name that is free is not reserved for another user.
    fn may_take(&self, user: &UserId, group: &GroupName, now: Duration) -> Result<bool, Refusal> {
        if self.reservations.are_full(user, now) {
            return Err(Refusal::Quota);
        }
        Ok(!self.reservations.keep_out(user, group, now))
    }

    fn may_write_record(
        &self,
        user: &UserId,
        group: &GroupName,
        content: Option<&Content>,
        now: Duration,
    ) -> Result<bool, Refusal> {
        let next = match content {
            Some(Content::News(GroupNews::Record(record))) => Some(record.leader.as_ref()),
            _ => None,
        };
        let is_end = matches!(content, Some(Content::News(GroupNews::Disbanded(_))));
        let names = |leader: &UserId| next.is_none_or(|next| next == Some(leader));
        Ok(match self.leader(group) {
            // Nobody is made a leader by another without having taken part.
            Some(leader) if leader == user => {
                names(user) || next.flatten().is_some_and(|next| self.joined(group, next))
            }
            Some(leader) if self.led_before(group, user) && next.is_some() && names(leader) => {
                return Err(Refusal::Repeated);
            }
            Some(_) => false,
            // There is nothing to end. Whoever hears of an end can rely on it that the leader has ended the group.
            None if is_end && !self.records.contains_key(group) => return Err(Refusal::Repeated),
            // Who takes a free name leads the group.
            None => !self.records.contains_key(group) && names(user) && self.may_take(user, group, now)?,
        })
    }

    fn joined(&self, group: &GroupName, user: &UserId) -> bool {
        self.notes.get(group).is_some_and(|notes| notes.joined.contains(user))
    }

    /// papo publishes a record first and the news after it. So the leader before the current one may announce the current
    /// record, and the end of a group that has ended.
    fn may_announce(&self, user: &UserId, news: &GroupNews, now: Duration) -> Result<bool, Refusal> {
        match news {
            GroupNews::Created(group) => Ok(match self.leader(group) {
                Some(leader) => leader == user,
                None => self.may_take(user, group, now)?,
            }),
            GroupNews::Disbanded(group) => match self.leader(group) {
                Some(leader) => Ok(leader == user),
                None if self.led_before(group, user) => Ok(true),
                None => Err(Refusal::Repeated),
            },
            GroupNews::Record(announced) => Ok(self.may_announce_record(user, announced)),
        }
    }

    fn may_announce_record(&self, user: &UserId, announced: &Group) -> bool {
        match self.records.get(&announced.name) {
            Some(record) if record.leader.as_ref() == Some(user) => {
                let next = announced.leader.as_ref();
                next.is_none_or(|next| next == user || self.joined(&announced.name, next))
            }
            Some(record) => self.led_before(&announced.name, user) && record.is_announced_by(announced),
            None => self.leader(&announced.name) == Some(user) && announced.is_led_by(user),
        }
    }

    fn led_before(&self, group: &GroupName, user: &UserId) -> bool {
        self.notes.get(group).is_some_and(|notes| notes.leader_before.as_ref() == Some(user))
    }

    /// How many groups without a record `user` has created.
    fn created(&self, user: &UserId) -> usize {
        self.notes.values().filter(|notes| notes.creator.as_ref() == Some(user)).count()
    }

    /// The notes of a group that has ended: who may still announce that. [`None`] if `user` has ended too many others
    /// without announcing it.
    fn ended_by(&self, user: UserId, since: Option<Duration>) -> Option<SavedGroup> {
        let has_ended = |(group, notes): &(&GroupName, &SavedGroup)| {
            notes.leader_before.as_ref() == Some(&user) && self.is_free(group)
        };
        let is_full = self.notes.iter().filter(has_ended).count() >= UNRECORDED;
        (!is_full).then(|| SavedGroup { leader_before: Some(user), since, ..SavedGroup::default() })
    }

    /// Notes what a publication that was taken at the time `now` says about a group. Returns the group with what is to be
    /// saved of it, if that has changed or the record has ended.
    pub fn learn(
        &mut self,
        user: &UserId,
        publishing: Publishing<'_>,
        now: Duration,
    ) -> Option<(GroupName, Option<SavedGroup>)> {
        let name = topic(publishing.topic)?;
        if let (Topic::GroupRecord(group), true) = (&name, publishing.retain) {
            return self.learn_record(user, group, publishing, now);
        }
        let group = match (name, decode_content(publishing.topic, publishing.payload)?) {
            (Topic::GroupNews(on), Content::News(news)) => self.learn_news(user, on, news, now)?,
            (Topic::Control(invited, _), Content::Control(Control::Invited(group))) => {
                self.learn_invitation(user, invited, group)?
            }
            (_, Content::Ask(group, _, Ask::Leave)) => self.learn_joined(user, group, false)?,
            (_, Content::Joined(group, _) | Content::Talk(ConversationId::Group(group), ..)) => {
                self.learn_joined(user, group, true)?
            }
            _ => return None,
        };
        let notes = self.notes.get(&group).cloned();
        Some((group, notes))
    }

    fn learn_record(
        &mut self,
        user: &UserId,
        group: &GroupName,
        publishing: Publishing<'_>,
        now: Duration,
    ) -> Option<(GroupName, Option<SavedGroup>)> {
        let leader = self.leader(group).cloned();
        let record = record(publishing.topic, publishing.payload);
        let before = match record {
            Some(record) => self.records.insert(group.clone(), record),
            None => self.records.remove(group),
        };
        let known = self.notes.remove(group);
        let SavedGroup { since, leader_before, mut joined, .. } = known.clone().unwrap_or_default();
        let since = if leader.is_some() { since } else { Some(self.begin(now)) };
        let notes = if let Some(record) = self.records.get(group) {
            let leader_before = if record.leader == leader { leader_before } else { leader };
            // Who was in the group and is not any more has to join again.
            joined.retain(|user| record.names(user) || before.as_ref().is_none_or(|before| !before.names(user)));
            joined.insert(user.clone());
            Some(SavedGroup { since, leader_before, joined, ..SavedGroup::default() })
        } else {
            if let Some(leader) = &leader {
                self.reservations.add(group.clone(), leader.clone(), now);
            }
            leader.and_then(|leader| self.ended_by(leader, since))
        };
        if let Some(notes) = &notes {
            self.notes.insert(group.clone(), notes.clone());
        }
        (notes != known || !self.records.contains_key(group)).then(|| (group.clone(), notes))
    }

    /// Returns the group if its notes have changed. Nothing is noted of a group that nobody leads.
    fn learn_joined(&mut self, user: &UserId, group: GroupName, takes_part: bool) -> Option<GroupName> {
        self.leader(&group)?;
        let joined = &mut self.notes.entry(group.clone()).or_default().joined;
        let is_new = if takes_part { joined.insert(user.clone()) } else { joined.remove(user) };
        is_new.then_some(group)
    }

    /// Returns the group whose notes have changed.
    fn learn_news(&mut self, user: &UserId, on: NewsTopic, news: GroupNews, now: Duration) -> Option<GroupName> {
        match news {
            GroupNews::Created(group) => {
                if self.leader(&group).is_some() {
                    return None;
                }
                let since = Some(self.begin(now));
                let notes = SavedGroup { creator: Some(user.clone()), since, ..SavedGroup::default() };
                self.notes.insert(group.clone(), notes);
                Some(group)
            }
            GroupNews::Disbanded(group) => {
                if self.records.contains_key(&group) {
                    return None;
                }
                if self.leader(&group).is_some() {
                    self.reservations.add(group.clone(), user.clone(), now);
                }
                let SavedGroup { since, .. } = self.notes.remove(&group)?;
                // papo announces it on `GROUPS` first, then on `groups/info`.
                let ended = (on == NewsTopic::Groups).then(|| self.ended_by(user.clone(), since)).flatten();
                if let Some(ended) = ended {
                    self.notes.insert(group.clone(), ended);
                }
                Some(group)
            }
            // It names the leader that is known, or has a record.
            GroupNews::Record(_) => None,
        }
    }

    fn learn_invitation(&mut self, user: &UserId, invited: UserId, group: GroupName) -> Option<GroupName> {
        if self.records.contains_key(&group) {
            return None;
        }
        let notes = self.notes.get_mut(&group)?;
        let is_new = notes.creator.as_ref() == Some(user) && !notes.invited.contains(&invited);
        if !is_new || notes.invited.len() >= INVITED {
            return None;
        }
        notes.invited.push(invited);
        Some(group)
    }
}

/// The topics that only the members of a group may read.
pub fn private_topics(group: &GroupName) -> [String; 4] {
    [Topic::GroupLeader, Topic::GroupMembers, Topic::GroupMessages, Topic::GroupSeen]
        .map(|of| of(group.clone()).name(""))
}

fn record(name: &str, payload: &[u8]) -> Option<Record> {
    match decode_content(name, payload) {
        Some(Content::News(GroupNews::Record(group))) => {
            Some(Record { leader: group.leader, members: group.members.into_iter().collect() })
        }
        _ => None,
    }
}

fn topic(name: &str) -> Option<Topic> {
    Topic::parse("", name).ok()
}

fn decode_content(topic: &str, payload: &[u8]) -> Option<Content> {
    let inbound = Inbound { topic: topic.to_owned(), payload: payload.to_vec(), ..Inbound::default() };
    decode("", &inbound).ok().map(|publication| publication.content)
}

#[cfg(test)]
mod tests;
