//! Since when the broker knows a group: what tells it from earlier and later ones of the same name.

use std::time::Duration;

use super::{Groups, Publishing, decode_content, topic};
use crate::{
    domain::{GroupName, UserId},
    protocol::{Content, GroupNews, KnownSince, Topic},
};

/// How exactly clients learn since when a group is known.
const RESOLUTION: Duration = Duration::from_millis(1);

impl Groups {
    /// Since when the group is known that a publication of `user` is about, which is taken at the time `now`: a record,
    /// news, what is published on a topic of the group, and an invitation by somebody who is in it.
    pub fn since(&self, user: &UserId, publishing: Publishing<'_>, now: Duration) -> Option<KnownSince> {
        let topic = topic(publishing.topic)?;
        let content = match &topic {
            Topic::GroupRecord(_) | Topic::GroupNews(_) | Topic::Control(..) => {
                decode_content(publishing.topic, publishing.payload)
            }
            // Whatever is published there.
            _ => None,
        };
        let group = topic.group().or_else(|| content.as_ref()?.named_group())?;
        let begins = matches!(&content, Some(Content::News(GroupNews::Created(_) | GroupNews::Record(_))));
        if begins && self.is_free(group) {
            return Some(KnownSince::of(self.begins_at(now), self.since));
        }
        let may_speak_of_it = !matches!(topic, Topic::Control(..)) || self.names(group, user);
        may_speak_of_it.then(|| self.known_since(group)).flatten()
    }

    /// Since when a group is known whose first record or announcement is taken at the time `now`: later than any other,
    /// even if two begin at once or the clock was set back.
    pub(super) fn begins_at(&self, now: Duration) -> Duration {
        now.max(self.newest + RESOLUTION)
    }

    /// A group begins. Returns since when it is known.
    pub(super) fn begin(&mut self, now: Duration) -> Duration {
        self.newest = self.begins_at(now);
        self.newest
    }

    /// Whether what was published on this topic belongs to the group that has the name now, and not to an earlier one.
    /// Records show the end of one, so they pass. `since`: the value of `x-mqtt-group-since`; what was published before
    /// the broker had users has none.
    pub fn is_of_current<'a>(&self, name: &str, since: impl FnOnce() -> Option<&'a [u8]>) -> bool {
        let topic = topic(name).filter(|topic| !matches!(topic, Topic::GroupRecord(_)));
        let Some(group) = topic.as_ref().and_then(Topic::group) else { return true };
        let is_current = |since| self.known_since(group).is_some_and(|known| known.to_string().as_bytes() == since);
        since().is_none_or(is_current)
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
