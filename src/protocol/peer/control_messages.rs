//! Builds the requests and answers on the control topics of others. Each goes to the control topic that its receiver
//! used last.

use super::{egress::Egress, requests::Requests, roster::Roster};
use crate::{
    domain::{ControlTopic, Direction, MessageId, Request, RequestKind, SessionId, User, UserId},
    protocol::{Control, Topic, TypedPublication},
};

/// A request, with its own ID as `id`.
pub(super) fn request(to: &UserId, control: Control, id: MessageId, roster: &Roster) -> TypedPublication {
    let mut publication = TypedPublication::control(to, roster.control_topic_of(to).unwrap_or_default(), control);
    publication.properties.id = Some(id);
    publication
}

/// An answer, which refers to its request with `re`. If the receiver's control topic is unknown, because the list of
/// users is full, the answer goes to the one on which the request arrived.
fn answer(to: &UserId, request: &Request, control: Control, roster: &Roster) -> TypedPublication {
    let control_topic = roster.control_topic_of(to).unwrap_or(request.control_topic);
    let mut publication = TypedPublication::control(to, control_topic, control);
    publication.properties.re = Some(request.id);
    publication
}

/// The acceptance of a request to chat, with the session that it creates. Its property `also` names a request of mine
/// that the session settles too.
pub(super) fn acceptance(
    request: &Request,
    session: &SessionId,
    requests: &Requests,
    roster: &Roster,
) -> TypedPublication {
    let to = &session.requester;
    let is_settled_too = |r: &&Request| r.direction == Direction::Outgoing && r.session() == Some(session);
    let control = Control::Accepted(session.started.clone(), session.accepter.clone());
    let mut publication = answer(to, request, control, roster);
    publication.properties.also = requests.with(to).find(is_settled_too).map(|request| request.id);
    publication
}

/// The denial of a request; `None` if it cannot be denied, such as an invitation without a sender.
pub(super) fn denial(request: &Request, me: &UserId, roster: &Roster) -> Option<TypedPublication> {
    let peer = request.peer.as_ref()?;
    let group = match &request.kind {
        RequestKind::Chat => None,
        // A plain client knows `DENIED` only without a group.
        RequestKind::Join(group) | RequestKind::Invite(group) => roster.is_papo(peer).then(|| group.clone()),
        RequestKind::Lead(_) | RequestKind::UnknownSession(_) => return None,
    };
    Some(answer(peer, request, Control::Denied(me.clone(), group), roster))
}

/// The cancellation of a request of mine: `DENIED` with `re`. `None` for a plain client, which does not know this form.
/// A user who has published nothing yet, or whose presence has not arrived, may use papo, and gets it.
pub(super) fn withdrawal(request: &Request, me: &UserId, roster: &Roster) -> Option<TypedPublication> {
    let is_plain = |peer: &UserId| roster.get(peer).is_some_and(User::is_plain);
    let peer = request.peer.as_ref().filter(|peer| !is_plain(peer))?;
    Some(answer(peer, request, Control::Denied(me.clone(), request.kind.group().cloned()), roster))
}

/// Sends a control message on this connection only. If it is unknown which control topic its receiver uses, sends it to
/// both.
pub(super) fn send_to_used_topic(publication: TypedPublication, roster: &Roster, egress: &mut Egress) {
    egress.send_transient(publication.clone());
    if let Some(alias) = for_clients_topic(publication, roster) {
        egress.send_transient(alias);
    }
}

/// A copy of the publication for `clients/<id>`, if it is unknown which control topic its receiver uses: a plain client
/// may subscribe to only one.
pub(super) fn for_clients_topic(publication: TypedPublication, roster: &Roster) -> Option<TypedPublication> {
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
