//! What is published on the control topics of others: requests and answers, on the control topic on which each was last
//! heard.

use super::{egress::Egress, requests::Requests, roster::Roster};
use crate::{
    domain::{ControlTopic, Direction, MessageId, Request, RequestKind, SessionId, UserId},
    protocol::{Control, Topic, TypedPublication},
};

/// A request carries its own id.
pub(super) fn request(to: &UserId, control: Control, id: MessageId, roster: &Roster) -> TypedPublication {
    let mut publication = TypedPublication::control(to, roster.control_topic_of(to).unwrap_or_default(), control);
    publication.properties.id = Some(id);
    publication
}

/// An answer refers to its request with `re`. It goes to the control topic on which the request came where the list of
/// users is full.
fn answer(to: &UserId, request: &Request, control: Control, roster: &Roster) -> TypedPublication {
    let control_topic = roster.control_topic_of(to).unwrap_or(request.control_topic);
    let mut publication = TypedPublication::control(to, control_topic, control);
    publication.properties.re = Some(request.id);
    publication
}

/// The acceptance of a request to chat, with the session that was made for it.
pub(super) fn acceptance(
    request: &Request,
    session: &SessionId,
    requests: &Requests,
    roster: &Roster,
) -> TypedPublication {
    let to = &session.requester;
    let is_settled = |r: &&Request| r.direction == Direction::Outgoing && r.session() == Some(session);
    let control = Control::Accepted(session.started.clone(), session.accepter.clone());
    let mut publication = answer(to, request, control, roster);
    publication.properties.also = requests.with(to).find(is_settled).map(|request| request.id);
    publication
}

/// The denial of a request; an invitation without a sender cannot be answered.
pub(super) fn denial(request: &Request, me: &UserId, roster: &Roster) -> Option<TypedPublication> {
    let peer = request.peer.as_ref()?;
    let group = match &request.kind {
        RequestKind::Chat => None,
        // A plain client knows the word with one name only.
        RequestKind::Join(group) | RequestKind::Invite(group) => roster.is_papo(peer).then(|| group.clone()),
        RequestKind::Lead(_) | RequestKind::Session(_) => return None,
    };
    Some(answer(peer, request, Control::Denied(me.clone(), group), roster))
}

/// `DENIED` about a request of the sender's own: it takes it back. Plain clients do not know that.
pub(super) fn withdrawal(request: &Request, me: &UserId, roster: &Roster) -> Option<TypedPublication> {
    let peer = request.peer.as_ref().filter(|peer| roster.is_papo(peer))?;
    Some(answer(peer, request, Control::Denied(me.clone(), request.kind.group().cloned()), roster))
}

/// Sends a control message for this connection only: on both topics where its receiver was never heard.
pub(super) fn send_where_heard(publication: TypedPublication, roster: &Roster, egress: &mut Egress) {
    egress.send_transient(publication.clone());
    if let Some(alias) = on_the_alias(publication, roster) {
        egress.send_transient(alias);
    }
}

/// The same on the other control topic, if its receiver was never heard: a plain client may subscribe to `clients/<id>`
/// only.
pub(super) fn on_the_alias(publication: TypedPublication, roster: &Roster) -> Option<TypedPublication> {
    match &publication.topic {
        Topic::Control(user, ControlTopic::Control)
            if !roster.is_papo(user) && roster.control_topic_of(user).is_none() =>
        {
            let topic = Topic::Control(user.clone(), ControlTopic::Clients);
            Some(TypedPublication { topic, ..publication })
        }
        _ => None,
    }
}
