//! Since when the broker knows a group: what tells it from earlier and later ones of the same name.

use std::time::Duration;

use super::{Groups, Publishing, decode_content, topic};
use crate::{
    domain::{Group, GroupName, UserId},
    protocol::{Content, Control, GroupNews, KnownSince, Topic},
};

impl Groups {
    /// Since when the group is known that a publication of `user` is about, which is taken at the time `now`: a record,
    /// news, what is published on a topic of the group, and an invitation by somebody who is in it.
    pub fn since(&self, user: &UserId, publishing: Publishing<'_>, now: Duration) -> Option<KnownSince> {
        let content = decode_content(publishing.topic, publishing.payload);
        let begins = matches!(&content, Some(Content::News(GroupNews::Created(_) | GroupNews::Record(_))));
        let group = match (topic(publishing.topic)?, content) {
            (
                Topic::GroupRecord(group)
                | Topic::GroupLeader(group)
                | Topic::GroupMembers(group)
                | Topic::GroupMessages(group)
                | Topic::GroupSeen(group),
                _,
            )
            | (
                Topic::GroupNews(_),
                Some(Content::News(
                    GroupNews::Created(group)
                    | GroupNews::Disbanded(group)
                    | GroupNews::Record(Group { name: group, .. }),
                )),
            ) => group,
            (Topic::Control(..), Some(Content::Control(Control::Invited(group)))) if self.names(&group, user) => group,
            _ => return None,
        };
        if begins && self.is_free(&group) {
            return Some(KnownSince::of(now, self.since));
        }
        self.known_since(&group)
    }

    /// Whether what was published on this topic belongs to the group that has the name now, and not to an earlier one.
    /// `since`: the value of `x-mqtt-group-since`; what was published before the broker had users has none.
    pub fn is_of_current<'a>(&self, name: &str, since: impl FnOnce() -> Option<&'a [u8]>) -> bool {
        match topic(name) {
            Some(
                Topic::GroupLeader(group)
                | Topic::GroupMembers(group)
                | Topic::GroupMessages(group)
                | Topic::GroupSeen(group),
            ) => since().is_none_or(|since| {
                self.known_since(&group).is_some_and(|known| known.to_string().as_bytes() == since)
            }),
            _ => true,
        }
    }

    /// Since when the group is known that has this name, or had it last.
    pub fn known_since(&self, group: &GroupName) -> Option<KnownSince> {
        self.notes.get(group)?.since.map(|since| KnownSince::of(since, self.since))
    }

    /// Whether a publication is meant for the group that has this name now, as far as its publisher says which one it
    /// means.
    pub(super) fn is_meant(&self, group: &GroupName, since: Option<&str>) -> bool {
        since.is_none_or(|since| self.known_since(group).is_some_and(|known| known.is_of(since)))
    }
}
