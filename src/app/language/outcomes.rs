//! Texts for the enums of `domain` and `protocol`: refusals, notices, reasons to ignore a publication, delivery
//! failures, message bodies, states of requests and users, and errors in names and texts.

use crate::{
    app::language::{LocalizedText, localized},
    domain::{Body, DeliveryFailure, LONGEST_NAME, NameError, Presence, RequestState, TEXT_LIMIT, TextError, UserId},
    protocol::{IgnoredReason, NotForgotten, Notice, Refusal},
};

impl From<Refusal> for LocalizedText {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RequestToSelf => "request-self".into(),
            Refusal::RequestNotPending => "request-answered".into(),
            Refusal::NotMyRequest => "withdraw-only-own".into(),
            Refusal::LeadHandedOver(group) => localized!("withdraw-lead", group),
            Refusal::BlockSelf => "block-self".into(),
            Refusal::AlreadyBlocked(user) => localized!("block-already", user),
            Refusal::PeerBlocked(user) => localized!("send-blocked", user),
            Refusal::NotBlocked(user) => localized!("unblock-not", user),
            Refusal::EndCannotBeReply => "send-end-alone".into(),
            Refusal::NoConversation => "send-no-conversation".into(),
            Refusal::InvalidText(error) => error.into(),
            Refusal::SessionClosed => "session-closed".into(),
            Refusal::SessionNotOpen => "session-not-open".into(),
            Refusal::AlreadyEnded => "end-already".into(),
            Refusal::GroupLeft => "group-left".into(),
            Refusal::GroupRemoved => "group-removed".into(),
            Refusal::GroupDisbanded => "group-disbanded".into(),
            Refusal::NotDroppable => "drop-only-waiting".into(),
            Refusal::NotInOutbox => "outbox-no-such".into(),
            Refusal::NotRefused => "outbox-by-itself".into(),
            Refusal::UnreadableRow => "outbox-unreadable".into(),
            Refusal::ConversationOver => "outbox-chat-over".into(),
            Refusal::ForgetSelf => "forget-self".into(),
            Refusal::ForgetOffline(user) => localized!("forget-not-connected", user),
            Refusal::ForgetOnline(user) => localized!("forget-online", user),
            Refusal::ForgetUnknown(user) => localized!("forget-unknown", user),
            Refusal::CreateOffline => "create-offline".into(),
            Refusal::GroupExists { group, leader } => localized!("create-exists", group, leader),
            Refusal::NoGroup(group) => localized!("join-none", group),
            Refusal::NoGroupOffline(group) => localized!("join-none-offline", group),
            Refusal::AlreadyJoined(group) => localized!("join-in-already", group),
            Refusal::InviteByOutsider(group) => localized!("invite-only-members", group),
            Refusal::AlreadyMember { group, user } => localized!("member-already", user, group),
            Refusal::NotMember { group, user } => localized!("member-not", user, group),
            Refusal::NotLeader(group) => localized!("only-leader", group),
            Refusal::NotInGroup(group) => localized!("group-not-in", group),
            Refusal::LeaderCannotLeave(group) => localized!("leave-leader", group),
            Refusal::FormerLeaderGone(group) => localized!("lead-former-gone", group),
            Refusal::AlreadyLeader(group) => localized!("claim-own", group),
            Refusal::ClaimOffline { leader } => localized!("claim-offline", leader),
            Refusal::ClaimNotAllowed(group) => localized!("claim-not-allowed", group),
            Refusal::LeaderSeen { group, leader, days } => localized!("claim-seen", leader, group, days),
            Refusal::NotFirstMember { group, first } => {
                let first = first.map_or_else(|| "nobody".into(), |first| LocalizedText::quoted(first.as_str()));
                localized!("claim-first", first, group)
            }
        }
    }
}

impl From<Notice> for LocalizedText {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Requested(user) => localized!("request-done", user),
            Notice::RequestedAgain(user) => localized!("request-again", user),
            Notice::Blocked(user) => localized!("block-done", user),
            Notice::Unblocked(user) => localized!("unblock-done", user),
            Notice::JoinRequested { group, leader, is_offline, is_invited } => match (leader, is_offline, is_invited) {
                (None, _, false) => localized!("join-asked-nobody", group),
                (Some(leader), false, false) => localized!("join-asked", leader, group),
                (Some(leader), true, false) => localized!("join-asked-away", leader, group),
                (None, _, true) => localized!("join-accepted-nobody", group),
                (Some(leader), false, true) => localized!("join-accepted", leader, group),
                (Some(leader), true, true) => localized!("join-accepted-away", leader, group),
            },
            Notice::Invited { group, user } => localized!("invited", user, group),
            Notice::MemberAdded { group, user } => localized!("member-new", user, group),
            Notice::MemberRemoved { group, user } => localized!("removed", user, group),
            Notice::LeadHandedOver { group, user } => localized!("lead-handed", group, user),
            Notice::LeadGivenBack { group, user } => localized!("lead-given-back", group, peer = user),
            Notice::Left(group) => localized!("left", group),
            Notice::Disbanded(group) => localized!("disbanded", group),
            Notice::RemovedFrom { group, leader } => localized!("removed-from", group, leader),
            Notice::DisbandedBy { group, leader } => localized!("disbanded-by", group, leader),
            Notice::GroupReplaced(group) => localized!("group-replaced", group),
            Notice::LostTieBreak(group) => localized!("group-was-earlier", group),
            Notice::GroupUnknownToBroker(group) => localized!("group-unknown-to-broker", group),
            Notice::GroupNameTaken(group) => localized!("group-name-taken", group),
            Notice::LeadReceived(group) => localized!("lead-is-yours", group),
            Notice::LeadTaken { group, leader } => localized!("lead-was-taken", leader, group),
            Notice::PropertiesLost(user) => localized!("properties-lost", user),
            Notice::SubscriptionsRefused(topics) => localized!("subscribe-refused", topics = topics.join(", ")),
        }
    }
}

impl From<IgnoredReason> for LocalizedText {
    fn from(reason: IgnoredReason) -> Self {
        match reason {
            IgnoredReason::Invalid(error) => localized!("ignored-publication", error = error.to_string()),
            IgnoredReason::ForgedSender => "ignored-forged".into(),
            IgnoredReason::ControlFromMyself => "ignored-own-control".into(),
            IgnoredReason::Retained(topic) => localized!("retained-there", topic),
            IgnoredReason::Stranger(id) => localized!("ignored-stranger", id = id.to_string()),
            IgnoredReason::NoAuthor(id) => localized!("ignored-no-author", id = id.to_string()),
            IgnoredReason::ForbiddenRecord(group) => localized!("ignored-record", group),
            IgnoredReason::ForbiddenDisband(group) => localized!("ignored-end", group),
            IgnoredReason::GroupListFull(group) => localized!("full-groups", group),
            IgnoredReason::UserListFull(user) => localized!("full-users", id = user),
            IgnoredReason::InboxFull(sender) => localized!("full-inbox", who = sender),
            IgnoredReason::SenderLimitReached { sender, limit } => localized!("full-inbox-of-one", who = sender, limit),
            IgnoredReason::Blocked => "overlooked-blocked".into(),
            IgnoredReason::NoSender => "overlooked-nameless".into(),
            IgnoredReason::ChatOver => "overlooked-outside".into(),
            IgnoredReason::FromMyself => "overlooked-own".into(),
            IgnoredReason::Duplicate => "overlooked-repeated".into(),
            IgnoredReason::OutdatedPresence(user) => localized!("overlooked-old-presence", user),
            IgnoredReason::ControlForOther(owner) => localized!("overlooked-other-owner", owner),
            IgnoredReason::OtherDevice(id) => localized!("overlooked-other-device", id = id.to_string()),
            IgnoredReason::NoChat(id) => localized!("overlooked-no-chat", id = id.to_string()),
            IgnoredReason::NotMyMessage { conversation, n } => {
                localized!("overlooked-unwritten", id = conversation.to_string(), n)
            }
            IgnoredReason::UnmatchedDenial(from) => localized!("overlooked-unasked", from),
            IgnoredReason::NotLedByMe(group) => localized!("overlooked-not-led", group),
            IgnoredReason::AlreadyJoined(group) => localized!("overlooked-in-already", group),
            IgnoredReason::RateLimited(group) => localized!("overlooked-paced", group),
            IgnoredReason::NotMember(group) => localized!("overlooked-no-member", group),
            IgnoredReason::NoGroup(group) => localized!("overlooked-no-group", group),
            IgnoredReason::GroupExists(group) => localized!("overlooked-created", group),
            IgnoredReason::CopyForPlainClients(group) => localized!("overlooked-copy", group),
            IgnoredReason::Outdated(group) => localized!("overlooked-outdated", group),
        }
    }
}

/// Why `/forget` failed to clear the presence of `user`.
pub fn not_forgotten_text(user: &UserId, why: NotForgotten) -> LocalizedText {
    match why {
        NotForgotten::Refused(DeliveryFailure::NotAllowed) => localized!("forget-not-allowed", user),
        NotForgotten::Refused(why) => localized!("forget-refused", user, why = LocalizedText::from(&why)),
        NotForgotten::Disconnected => localized!("forget-cut", user),
    }
}

/// papo's own reasons are translated. A reason string of the broker is shown unchanged.
impl From<&DeliveryFailure> for LocalizedText {
    fn from(failure: &DeliveryFailure) -> Self {
        match failure {
            DeliveryFailure::Dropped => "message-dropped".into(),
            DeliveryFailure::NotAllowed => "refused-not-allowed".into(),
            DeliveryFailure::TopicRefused => "refused-topic".into(),
            DeliveryFailure::ContentRefused => "refused-content".into(),
            DeliveryFailure::TooLarge => "refused-too-large".into(),
            DeliveryFailure::Quota => "refused-quota".into(),
            DeliveryFailure::NotInGroup => "refused-not-in-group".into(),
            DeliveryFailure::Other(why) => LocalizedText::quoted(why),
        }
    }
}

/// The content of a message, for lists and notices.
impl From<&Body> for LocalizedText {
    fn from(body: &Body) -> Self {
        match body {
            Body::End => "message-end".into(),
            Body::Text(_) if body.is_blank() => "message-empty".into(),
            Body::Text(_) | Body::Other { .. } => LocalizedText::quoted(body.words()),
            Body::Membership(change) => change.into(),
        }
    }
}

impl From<&RequestState> for LocalizedText {
    fn from(state: &RequestState) -> Self {
        Self::from(match state {
            RequestState::Pending => "answer-none",
            RequestState::Accepted(_) => "answer-accepted",
            RequestState::Denied => "answer-denied",
            RequestState::Withdrawn => "answer-withdrawn",
            RequestState::Ignored => "answer-ignored",
        })
    }
}

impl From<Presence> for LocalizedText {
    fn from(presence: Presence) -> Self {
        Self::from(match presence {
            Presence::Online => "presence-online",
            Presence::Offline => "presence-offline",
            Presence::Unknown => "presence-unknown",
        })
    }
}

impl From<NameError> for LocalizedText {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Empty => "name-empty".into(),
            NameError::TooLong => localized!("name-too-long", longest = LONGEST_NAME),
            NameError::BadStart => "name-start".into(),
            NameError::BadCharacter(character) => localized!("name-character", character = format!("{character:?}")),
            NameError::Invisible(character) => localized!("name-invisible", character = format!("{character:?}")),
            NameError::Reserved => "name-reserved".into(),
            NameError::NotNormal => "name-form".into(),
        }
    }
}

impl From<TextError> for LocalizedText {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Blank => "send-blank".into(),
            TextError::TooLong => localized!("send-length", limit = TEXT_LIMIT),
        }
    }
}
