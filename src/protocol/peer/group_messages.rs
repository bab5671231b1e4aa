//! Builds and sends the publications about groups: records, news for clients that do not read the records, and requests
//! to leaders.

use super::{egress::Egress, requests::Requests};
use crate::{
    domain::{Group, GroupName, UserId},
    protocol::{Ask, Content, Departed, GroupNews, NewsTopic, Properties, Topic, TypedPublication},
};

/// What to announce on `GROUPS` and `groups/info`, in addition to the record.
#[derive(Debug, Clone)]
pub(super) enum Announcement {
    NewLeader,
    Members,
    Without(Departed),
}

impl Announcement {
    /// The member whom the new record omits.
    pub(super) fn departed(&self) -> Option<Departed> {
        match self {
            Self::Without(departed) => Some(departed.clone()),
            Self::NewLeader | Self::Members => None,
        }
    }
}

fn record(group: &Group, me: &UserId) -> TypedPublication {
    let leader = group.leader.clone().or_else(|| Some(me.clone()));
    let content = Content::News(GroupNews::Record(Group { leader, ..group.clone() }));
    let properties = Properties::default().with_record(group);
    TypedPublication { topic: Topic::GroupRecord(group.name.clone()), content, properties }
}

/// Publishes a new record through the outbox, and announces it.
pub(super) fn publish_record(group: Group, announcement: Announcement, egress: &mut Egress) {
    let departed = announcement.departed();
    let properties = egress.stamp(Properties { departed, ..Properties::default().with_record(&group) });
    egress.enqueue(TypedPublication { properties: properties.clone(), ..record(&group, egress.me()) });
    let news = match announcement {
        Announcement::NewLeader if group.leader.is_some() => GroupNews::Record(Group { members: Vec::new(), ..group }),
        Announcement::Members | Announcement::Without(_) if group.leader.is_some() => GroupNews::Record(group),
        _ => GroupNews::Created(group.name),
    };
    news_publications(news, &properties).for_each(|news| egress.enqueue(news));
}

/// Publishes a record through the outbox, without an announcement.
pub(super) fn enqueue_record(group: &Group, egress: &mut Egress) {
    egress.enqueue(record(group, egress.me()));
}

/// Announces a group of mine whose first record the broker has accepted. `properties`: those of the record.
pub(super) fn announce_created(name: GroupName, properties: &Properties, egress: &mut Egress) {
    news_publications(GroupNews::Created(name), properties).for_each(|news| egress.enqueue(news));
}

/// Publishes a known record, on this connection only.
pub(super) fn send_record(group: &Group, egress: &mut Egress) {
    egress.send_transient(record(group, egress.me()));
}

/// Publishes a known record without the retain flag, on this connection only: it must not replace a newer one at the
/// broker.
pub(super) fn send_copy(group: &Group, egress: &mut Egress) {
    egress.send_transient_with(record(group, egress.me()), |record| record.retain = false);
}

/// Disbands a group that I lead: removes its retained record, and announces it.
pub(super) fn publish_disband(group: &Group, egress: &mut Egress) {
    let last = Group { rev: group.rev + 1, ..group.clone() };
    let properties = egress.stamp(Properties::default().with_record(&last));
    egress.enqueue(empty_record(&group.name, properties.clone()));
    let news = GroupNews::Disbanded(group.name.clone());
    news_publications(news, &properties).for_each(|news| egress.enqueue(news));
}

/// Announces again, on this connection only, that a group was disbanded.
pub(super) fn send_disband(name: &GroupName, egress: &mut Egress) {
    let properties = egress.stamp(Properties::default());
    let news = GroupNews::Disbanded(name.clone());
    news_publications(news, &properties).for_each(|news| egress.send_transient(news));
}

/// The empty record, which removes the retained one.
pub(super) fn empty_record(name: &GroupName, properties: Properties) -> TypedPublication {
    let content = Content::News(GroupNews::Disbanded(name.clone()));
    TypedPublication { topic: Topic::GroupRecord(name.clone()), content, properties }
}

/// The publications of news on `GROUPS` and `groups/info`.
fn news_publications(news: GroupNews, properties: &Properties) -> impl Iterator<Item = TypedPublication> {
    let content = Content::News(news);
    let topics = [NewsTopic::Groups, NewsTopic::Info].map(Topic::GroupNews);
    topics.into_iter().map(move |topic| TypedPublication {
        topic,
        content: content.clone(),
        properties: properties.clone(),
    })
}

/// The request to the leader: `<me> ENTER`, or `<me> LEAVE` if not `enter`.
pub(super) fn enter_or_leave(name: &GroupName, enter: bool, me: &UserId, requests: &Requests) -> TypedPublication {
    let ask = if enter { Ask::Enter } else { Ask::Leave };
    let id = requests.my_join(name).filter(|_| enter);
    let content = Content::Ask(name.clone(), me.clone(), ask);
    let properties = Properties { id, ..Properties::default() };
    TypedPublication { topic: Topic::GroupLeader(name.clone()), content, properties }
}
