//! What is published about groups: records, news for clients that do not read those, and what members say.

use super::{egress::Egress, requests::Requests};
use crate::{
    domain::{Group, GroupName},
    protocol::{Ask, Content, GroupNews, NewsTopic, Properties, Publication, Topic, TypedPublication},
};

/// What the groups' own topics are told beside the record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Announcement {
    Created,
    NewLeader,
    Members,
}

fn record(group: &Group, egress: &mut Egress) -> TypedPublication {
    let properties = egress.stamp().with_record(group);
    let leader = group.leader.clone().or_else(|| Some(egress.me().clone()));
    let content = Content::News(GroupNews::Record(Group { leader, ..group.clone() }));
    TypedPublication { topic: Topic::GroupRecord(group.name.clone()), content, properties }
}

/// Publishes a record of mine, and announces it.
pub(super) fn publish_record(group: Group, announcement: Announcement, egress: &mut Egress) {
    let record = record(&group, egress);
    let properties = record.properties.clone();
    egress.enqueue(record);
    let news = match announcement {
        Announcement::NewLeader if group.leader.is_some() => GroupNews::Record(Group { members: Vec::new(), ..group }),
        Announcement::Members if group.leader.is_some() => GroupNews::Record(group),
        _ => GroupNews::Created(group.name),
    };
    for publication in news_publications(news, &properties) {
        egress.enqueue(publication);
    }
}

/// Publishes a record as it is known, for this connection only.
pub(super) fn send_record(group: &Group, egress: &mut Egress) {
    let record = record(group, egress);
    egress.send_transient(&record);
}

/// The same where the broker may keep a newer one, which is not replaced.
pub(super) fn send_copy(group: &Group, egress: &mut Egress) {
    let record = record(group, egress);
    let copy = Publication { retain: false, ..egress.encode(&record) };
    egress.send_encoded(copy);
}

/// Takes the record of a group that I lead from the broker, and announces that.
pub(super) fn publish_end(group: &Group, egress: &mut Egress) {
    let stamp = egress.stamp();
    let properties = Properties { rev: Some(group.rev + 1), born: Some(group.born), ..stamp };
    egress.enqueue(erased(&group.name, properties.clone()));
    let news = GroupNews::Disbanded(group.name.clone());
    for publication in news_publications(news, &properties) {
        egress.enqueue(publication);
    }
}

/// Says again that a group has ended, for this connection only.
pub(super) fn send_end(name: &GroupName, egress: &mut Egress) {
    let properties = egress.stamp();
    let news = GroupNews::Disbanded(name.clone());
    for publication in news_publications(news, &properties) {
        egress.send_transient(&publication);
    }
}

/// What takes the record of a group from the broker.
pub(super) fn erased(name: &GroupName, properties: Properties) -> TypedPublication {
    let content = Content::News(GroupNews::Disbanded(name.clone()));
    TypedPublication { topic: Topic::GroupRecord(name.clone()), content, properties }
}

/// News for clients that do not read the record.
fn news_publications(news: GroupNews, properties: &Properties) -> [TypedPublication; 2] {
    let content = Content::News(news);
    [NewsTopic::Groups, NewsTopic::Info].map(|topic| TypedPublication {
        topic: Topic::GroupNews(topic),
        content: content.clone(),
        properties: properties.clone(),
    })
}

/// `<me> ENTER` or `<me> LEAVE` to the leader.
pub(super) fn entry(name: &GroupName, enter: bool, requests: &Requests, egress: &mut Egress) -> TypedPublication {
    let ask = if enter { Ask::Enter } else { Ask::Leave };
    let content = Content::Ask(name.clone(), egress.me().clone(), ask);
    let mut publication = egress.stamped(Topic::GroupLeader(name.clone()), content);
    if let Some(join) = requests.my_join(name).filter(|_| enter) {
        publication.properties.id = Some(join);
    }
    publication
}
