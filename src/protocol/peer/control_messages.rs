//! What is published on the control topics of others: requests and answers, on the control topic on which each was last
//! heard.

use super::{egress::Egress, requests::Requests, roster::Roster};
use crate::{
    domain::{ControlTopic, Direction, MessageId, Request, RequestKind, SessionId, UserId},
    protocol::{Control, Topic, TypedPublication},
};

/// A request carries its own id.
pub(super) fn request(
    to: &UserId,
    control: Control,
    id: MessageId,
    roster: &Roster,
    egress: &mut Egress,
) -> TypedPublication {
    let mut publication = egress.control(to, roster.control_topic_of(to).unwrap_or_default(), control);
    publication.properties.id = Some(id);
    publication
}

/// An answer refers to its request with `re`, and has the control topic on which that came where the list of users is full.
fn answer(
    (to, request): (&UserId, &Request),
    control: Control,
    roster: &Roster,
    egress: &mut Egress,
) -> TypedPublication {
    let control_topic = roster.control_topic_of(to).unwrap_or(request.control_topic);
    let mut publication = egress.control(to, control_topic, control);
    publication.properties.re = Some(request.id);
    publication
}

/// The acceptance of a chat, with the session that was made for it.
pub(super) fn acceptance(
    (id, control_topic): (MessageId, ControlTopic),
    session: &SessionId,
    requests: &Requests,
    roster: &Roster,
    egress: &mut Egress,
) -> TypedPublication {
    let to = &session.requester;
    let is_settled = |r: &&Request| r.direction == Direction::Outgoing && r.session() == Some(session);
    let also = requests.with(to).find(is_settled).map(|request| request.id);
    let control = Control::Accepted(session.started.clone(), egress.me().clone());
    let mut publication = egress.control(to, roster.control_topic_of(to).unwrap_or(control_topic), control);
    (publication.properties.re, publication.properties.also) = (Some(id), also);
    publication
}

/// The denial of a request; an invitation without a sender cannot be answered.
pub(super) fn denial(request: &Request, roster: &Roster, egress: &mut Egress) -> Option<TypedPublication> {
    let peer = request.peer.as_ref()?;
    let group = match &request.kind {
        RequestKind::Talk => None,
        // A plain client knows the word with one name only.
        RequestKind::Join(group) | RequestKind::Invite(group) => roster.is_papo(peer).then(|| group.clone()),
        RequestKind::Lead(_) | RequestKind::Session(_) => return None,
    };
    let control = Control::Denied(egress.me().clone(), group);
    Some(answer((peer, request), control, roster, egress))
}

/// `DENIED` about a request of the sender's own: it takes it back. Plain clients do not know that.
pub(super) fn withdrawal(request: &Request, roster: &Roster, egress: &mut Egress) -> Option<TypedPublication> {
    let peer = request.peer.as_ref().filter(|peer| roster.is_papo(peer))?;
    let control = Control::Denied(egress.me().clone(), request.kind.group().cloned());
    Some(answer((peer, request), control, roster, egress))
}

/// Sends a control message for this connection only: on both topics where its receiver was never heard.
pub(super) fn send_where_heard(publication: TypedPublication, roster: &Roster, egress: &mut Egress) {
    egress.send_transient(&publication);
    if let Some(alias) = on_the_alias(publication, roster) {
        egress.send_transient(&alias);
    }
}

/// The same on the other control topic, if its receiver was never heard: a plain client may subscribe to `clients/<id>`
/// only.
pub(super) fn on_the_alias(publication: TypedPublication, roster: &Roster) -> Option<TypedPublication> {
    match &publication.topic {
        Topic::Control(user, ControlTopic::Control) if roster.is_stranger(user) => {
            let topic = Topic::Control(user.clone(), ControlTopic::Clients);
            Some(TypedPublication { topic, ..publication })
        }
        _ => None,
    }
}
