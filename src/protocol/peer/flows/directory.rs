//! Which users and groups papo follows beyond the limit, and how it reads the whole directory on demand.

use std::{collections::BTreeSet, time::Duration};

use super::super::{Peer, acquaintance::Ties};
use crate::{
    domain::{ConversationId, GroupName, UserId},
    protocol::{Output, topic::DirectoryFilter},
};

impl Peer {
    /// How many users and groups are known.
    pub(super) fn known_count(&self) -> usize {
        self.roster.users().len() + self.groups.by_name().len()
    }

    /// Reads the whole directory, unless papo follows it, or has read it within `max_age`. Without a connection, the
    /// next one reads it.
    pub(in super::super) fn read_directory(&mut self, max_age: Duration) {
        let (now, is_connected) = (self.egress.now(), self.egress.is_connected());
        if self.directory.want(now, max_age, is_connected) {
            self.groups.doubt_all(self.egress.me());
            self.directory.begin_reading(now, self.egress.unanswered_subscribes() + 1);
            self.follow();
        }
    }

    /// Limits what papo follows once too much is known, and adapts it when the contacts have changed. To be called
    /// after each input and command.
    pub(in super::super) fn update_directory(&mut self) {
        if !self.egress.is_connected() {
            return;
        }
        let (now, limit) = (self.egress.now(), self.egress.identity().directory_limit);
        if self.directory.is_outgrown(self.known_count(), limit) {
            self.directory.begin_reading(now, self.egress.unanswered_subscribes());
            self.follow();
        }
        if self.egress.changes_contacts() {
            self.directory.contacts_changed(now);
        }
        if self.directory.takes_follow(now) {
            self.follow();
        }
    }

    /// The broker has sent the whole directory. Groups of others that were not part of it have ended.
    pub(super) fn directory_read(&mut self) {
        self.drop_doubtful_groups();
        self.follow();
    }

    /// The broker has had time to deliver all records: drops the groups whose records it has not delivered.
    pub(super) fn drop_doubtful_groups(&mut self) {
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        self.groups.drop_doubtful(ties, &mut self.egress);
    }

    /// Subscribes to what is to be followed now, and unsubscribes from the rest.
    fn follow(&mut self) {
        let (new, old) = self.directory.follow(self.contact_filters());
        self.subscribe_to(new);
        self.unsubscribe_from(&old);
        self.limit_presence();
    }

    /// The subscriptions for the directory on a new connection. Unsubscribes from what the session may still have.
    pub(super) fn directory_subscriptions(&mut self) -> Vec<DirectoryFilter> {
        let (all, old) = self.directory.follow_anew(self.contact_filters());
        self.unsubscribe_from(&old);
        self.limit_presence();
        all
    }

    /// The presence of users who are not followed counts no longer than an announcement does, even if theirs has no
    /// expiry: after that it is unknown, until the directory is read again.
    fn limit_presence(&mut self) {
        if self.directory.is_limited() && !self.directory.is_reading() {
            let due = self.egress.now().tick + self.egress.identity().presence_expiry;
            self.roster.limit_presence(due, |user| self.directory.follows(user));
        }
    }

    /// Asks the broker again for the records that it retains.
    pub(super) fn look_at_records(&mut self) {
        let filters = if self.directory.is_limited() {
            self.directory.group_filters().cloned().collect()
        } else {
            vec![DirectoryFilter::AllGroups]
        };
        self.subscribe_to(filters);
    }

    fn subscribe_to(&mut self, filters: Vec<DirectoryFilter>) {
        if !filters.is_empty() {
            let prefix = &self.egress.identity().prefix;
            let wanted = filters.iter().map(|filter| filter.subscription(prefix)).collect();
            self.egress.output(Output::Subscribe(wanted));
        }
    }

    fn unsubscribe_from(&mut self, filters: &[DirectoryFilter]) {
        if !filters.is_empty() {
            let prefix = &self.egress.identity().prefix;
            let filters = filters.iter().map(|filter| filter.subscription(prefix).filter).collect();
            self.egress.output(Output::Unsubscribe(filters));
        }
    }

    /// If papo does not follow everybody, the filters for those that I have to do with: the users with whom I have a
    /// session or an open request; the groups that I am or was in, that an open request is about, or that list me;
    /// their leaders, and if they list me all members; and myself. The news of all groups are among them, because some
    /// clients announce a change only there.
    fn contact_filters(&self) -> BTreeSet<DirectoryFilter> {
        if !self.directory.is_limited() {
            return BTreeSet::new();
        }
        let me = self.egress.me();
        let mut users: BTreeSet<&UserId> = BTreeSet::new();
        let mut groups: BTreeSet<&GroupName> = BTreeSet::new();
        for id in self.conversations.by_id().keys() {
            match id {
                ConversationId::Session(session) => users.extend(session.peer_of(me)),
                ConversationId::Group(group) => groups.extend([group]),
            }
        }
        for request in self.requests.open() {
            users.extend(&request.peer);
            groups.extend(request.kind.group());
        }
        let listing_me = self.groups.iter().filter(|group| group.includes(me));
        groups.extend(listing_me.map(|group| &group.name));
        for record in groups.iter().filter_map(|name| self.groups.get(name)) {
            let is_mine = record.includes(me);
            users.extend(record.everyone().filter(|user| is_mine || record.is_led_by(user)));
        }
        // Mine shows whether another device has my ID.
        users.insert(me);
        let users = users.into_iter().map(|user| DirectoryFilter::User(user.clone()));
        let groups = groups.into_iter().map(|group| DirectoryFilter::Group(group.clone()));
        users.chain(groups).chain([DirectoryFilter::GroupNews]).collect()
    }
}
