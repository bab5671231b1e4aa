//! Samples of every variant of the types that report outcomes to the user: refusals, notices, failures. If a variant
//! has no sample, this file does not compile.

use std::fmt::Debug;

use papo::{
    app::Rejection,
    domain::{ConversationId, DeliveryFailure, GroupName, NameError, TextError, UserId},
    protocol::{IgnoredReason, NotForgotten, Notice, Refusal, WireError},
};

macro_rules! samples {
    ($name:ident: $type:ident { $($pattern:pat => $sample:expr),* $(,)? }) => {
        pub fn $name() -> Vec<$type> {
            let _is_complete = |value: &$type| match value { $($pattern => ()),* };
            vec![$($sample),*]
        }
    };
}

fn user() -> UserId {
    "bob".parse().unwrap()
}

fn group() -> GroupName {
    "devs".parse().unwrap()
}

fn session() -> ConversationId {
    "bob_alice_7".parse().unwrap()
}

samples! { refusals: Refusal {
    Refusal::RequestToSelf => Refusal::RequestToSelf,
    Refusal::RequestNotPending => Refusal::RequestNotPending,
    Refusal::NotMyRequest => Refusal::NotMyRequest,
    Refusal::LeadHandedOver(_) => Refusal::LeadHandedOver(group()),
    Refusal::BlockSelf => Refusal::BlockSelf,
    Refusal::AlreadyBlocked(_) => Refusal::AlreadyBlocked(user()),
    Refusal::PeerBlocked(_) => Refusal::PeerBlocked(user()),
    Refusal::NotBlocked(_) => Refusal::NotBlocked(user()),
    Refusal::EndCannotBeReply => Refusal::EndCannotBeReply,
    Refusal::NoConversation => Refusal::NoConversation,
    Refusal::InvalidText(_) => Refusal::InvalidText(TextError::Blank),
    Refusal::SessionClosed => Refusal::SessionClosed,
    Refusal::SessionNotOpen => Refusal::SessionNotOpen,
    Refusal::AlreadyEnded => Refusal::AlreadyEnded,
    Refusal::GroupLeft => Refusal::GroupLeft,
    Refusal::GroupRemoved => Refusal::GroupRemoved,
    Refusal::GroupDisbanded => Refusal::GroupDisbanded,
    Refusal::CreateOffline => Refusal::CreateOffline,
    Refusal::GroupExists { .. } => Refusal::GroupExists { group: group(), leader: None },
    Refusal::NoGroupOffline(_) => Refusal::NoGroupOffline(group()),
    Refusal::NoGroup(_) => Refusal::NoGroup(group()),
    Refusal::AlreadyJoined(_) => Refusal::AlreadyJoined(group()),
    Refusal::InviteByOutsider(_) => Refusal::InviteByOutsider(group()),
    Refusal::AlreadyMember { .. } => Refusal::AlreadyMember { group: group(), user: user() },
    Refusal::NotMember { .. } => Refusal::NotMember { group: group(), user: user() },
    Refusal::NotLeader(_) => Refusal::NotLeader(group()),
    Refusal::NotInGroup(_) => Refusal::NotInGroup(group()),
    Refusal::LeaderCannotLeave(_) => Refusal::LeaderCannotLeave(group()),
    Refusal::FormerLeaderGone(_) => Refusal::FormerLeaderGone(group()),
    Refusal::AlreadyLeader(_) => Refusal::AlreadyLeader(group()),
    Refusal::ClaimOffline { .. } => Refusal::ClaimOffline { leader: user() },
    Refusal::ClaimNotAllowed(_) => Refusal::ClaimNotAllowed(group()),
    Refusal::LeaderSeen { .. } => Refusal::LeaderSeen { group: group(), leader: user(), days: 14 },
    Refusal::NotFirstMember { .. } => Refusal::NotFirstMember { group: group(), first: None },
    Refusal::NotDroppable => Refusal::NotDroppable,
    Refusal::NotInOutbox => Refusal::NotInOutbox,
    Refusal::NotRefused => Refusal::NotRefused,
    Refusal::UnreadableRow => Refusal::UnreadableRow,
    Refusal::ConversationOver => Refusal::ConversationOver,
    Refusal::ForgetSelf => Refusal::ForgetSelf,
    Refusal::ForgetOffline(_) => Refusal::ForgetOffline(user()),
    Refusal::ForgetOnline(_) => Refusal::ForgetOnline(user()),
    Refusal::ForgetUnknown(_) => Refusal::ForgetUnknown(user()),
} }

samples! { rejections: Rejection {
    Rejection::TooNarrowToSplit => Rejection::TooNarrowToSplit,
    Rejection::MeantCommand { .. } => Rejection::MeantCommand { word: "exit".to_owned(), command: "/quit" },
    Rejection::NoSecondChat => Rejection::NoSecondChat,
    Rejection::NoUserName => Rejection::NoUserName,
    Rejection::NoPassword => Rejection::NoPassword,
    Rejection::IsThisChat(_) => Rejection::IsThisChat("bob".to_owned()),
    Rejection::IsBeside(_) => Rejection::IsBeside("bob".to_owned()),
    Rejection::NotSplit => Rejection::NotSplit,
    Rejection::Usage(_) => Rejection::Usage("/join GROUP".to_owned()),
    Rejection::UnknownCommand { suggestion: None, .. } =>
        Rejection::UnknownCommand { before: "/".to_owned(), name: "x".to_owned(), suggestion: None },
    Rejection::UnknownCommand { suggestion: Some(_), .. } => Rejection::UnknownCommand {
        before: "/".to_owned(),
        name: "jion".to_owned(),
        suggestion: Some("join".to_owned()),
    },
    Rejection::Missing { nearest: None, .. } =>
        Rejection::Missing { text: "missing-actions", word: "me".to_owned(), nearest: None },
    Rejection::Missing { nearest: Some(_), .. } =>
        Rejection::Missing { text: "missing-topics", word: "topic".to_owned(), nearest: Some("/whois") },
    Rejection::UnknownSetting { suggestion: None, .. } =>
        Rejection::UnknownSetting { key: "x".to_owned(), suggestion: None },
    Rejection::UnknownSetting { suggestion: Some(_), .. } =>
        Rejection::UnknownSetting { key: "theme".to_owned(), suggestion: Some("ui.theme") },
    Rejection::SettingNotAllowed { .. } => Rejection::SettingNotAllowed {
        key: "ui.theme",
        value: "pink".to_owned(),
        allowed: "dark, light".to_owned(),
    },
    Rejection::SettingOutOfRange { .. } => Rejection::SettingOutOfRange { key: "ui.width", least: 16, most: 60 },
    Rejection::AliasHidesCommand(_) => Rejection::AliasHidesCommand("q".to_owned()),
    Rejection::NoAlias(_) => Rejection::NoAlias("x".to_owned()),
    Rejection::NoTab(_) => Rejection::NoTab(7),
    Rejection::NoChatCalled(_) => Rejection::NoChatCalled("x".to_owned()),
    Rejection::NoChatYet(_) => Rejection::NoChatYet("x".to_owned()),
    Rejection::OneUser(_) => Rejection::OneUser("/group invite bob".to_owned()),
    Rejection::NoReason(_) => Rejection::NoReason("/kick x".to_owned()),
    Rejection::NoGroupToJoin(_) => Rejection::NoGroupToJoin(group()),
    Rejection::NobodyNamed => Rejection::NobodyNamed,
    Rejection::NobodyForQ => Rejection::NobodyForQ,
    Rejection::TooManyArguments(_) => Rejection::TooManyArguments("/help".to_owned()),
    Rejection::UnknownList(_) => Rejection::UnknownList("x".to_owned()),
    Rejection::InvalidOutboxNumber => Rejection::InvalidOutboxNumber,
    Rejection::Name(_) => Rejection::Name(NameError::Empty),
    Rejection::Peer(_) => Rejection::Peer(Refusal::BlockSelf),
    Rejection::NoChatToSendTo => Rejection::NoChatToSendTo,
    Rejection::NoActiveChat => Rejection::NoActiveChat,
    Rejection::ChatWaits { .. } => Rejection::ChatWaits { way: "Alt-A".to_owned(), name: "bob".to_owned() },
    Rejection::NoSessionForCommand(_) => Rejection::NoSessionForCommand(user()),
    Rejection::NoSessionForScript(_) => Rejection::NoSessionForScript(user()),
    Rejection::SessionIsOpen(_) => Rejection::SessionIsOpen(user()),
    Rejection::NoPendingRequest => Rejection::NoPendingRequest,
    Rejection::SeveralRequests { .. } =>
        Rejection::SeveralRequests { count: 2, list: "bob, eve".to_owned(), usage: "/accept ID".to_owned() },
    Rejection::NothingToCancel => Rejection::NothingToCancel,
    Rejection::AlreadyAccepted(_) => Rejection::AlreadyAccepted(user()),
    Rejection::NoGroupNamed => Rejection::NoGroupNamed,
    Rejection::GroupExists(_) => Rejection::GroupExists(group()),
    Rejection::NotInSession => Rejection::NotInSession,
    Rejection::NothingInOutbox => Rejection::NothingInOutbox,
    Rejection::NotAText => Rejection::NotAText,
    Rejection::ComposerNotEmpty => Rejection::ComposerNotEmpty,
    Rejection::ChatHasDraft => Rejection::ChatHasDraft,
    Rejection::NothingToReplyTo => Rejection::NothingToReplyTo,
    Rejection::NothingToEdit => Rejection::NothingToEdit,
    Rejection::NothingToCopy => Rejection::NothingToCopy,
    Rejection::NoLink => Rejection::NoLink,
    Rejection::ChatWithSelf => Rejection::ChatWithSelf,
    Rejection::UserListIncomplete(_) => Rejection::UserListIncomplete(user()),
} }

samples! { notices: Notice {
    Notice::Requested(_) => Notice::Requested(user()),
    Notice::RequestedAgain(_) => Notice::RequestedAgain(user()),
    Notice::Blocked(_) => Notice::Blocked(user()),
    Notice::Unblocked(_) => Notice::Unblocked(user()),
    Notice::JoinRequested { leader: None, is_invited: false, .. } =>
        Notice::JoinRequested { group: group(), leader: None, is_offline: false, is_invited: false },
    Notice::JoinRequested { leader: Some(_), is_offline: false, is_invited: false, .. } =>
        Notice::JoinRequested { group: group(), leader: Some(user()), is_offline: false, is_invited: false },
    Notice::JoinRequested { leader: Some(_), is_offline: true, is_invited: false, .. } =>
        Notice::JoinRequested { group: group(), leader: Some(user()), is_offline: true, is_invited: false },
    Notice::JoinRequested { leader: None, is_invited: true, .. } =>
        Notice::JoinRequested { group: group(), leader: None, is_offline: false, is_invited: true },
    Notice::JoinRequested { leader: Some(_), is_offline: false, is_invited: true, .. } =>
        Notice::JoinRequested { group: group(), leader: Some(user()), is_offline: false, is_invited: true },
    Notice::JoinRequested { leader: Some(_), is_offline: true, is_invited: true, .. } =>
        Notice::JoinRequested { group: group(), leader: Some(user()), is_offline: true, is_invited: true },
    Notice::Invited { .. } => Notice::Invited { group: group(), user: user() },
    Notice::MemberAdded { .. } => Notice::MemberAdded { group: group(), user: user() },
    Notice::MemberRemoved { .. } => Notice::MemberRemoved { group: group(), user: user() },
    Notice::LeadHandedOver { .. } => Notice::LeadHandedOver { group: group(), user: user() },
    Notice::LeadGivenBack { .. } => Notice::LeadGivenBack { group: group(), user: user() },
    Notice::Left(_) => Notice::Left(group()),
    Notice::RemovedFrom { .. } => Notice::RemovedFrom { group: group(), leader: user() },
    Notice::DisbandedBy { .. } => Notice::DisbandedBy { group: group(), leader: user() },
    Notice::Disbanded(_) => Notice::Disbanded(group()),
    Notice::GroupReplaced(_) => Notice::GroupReplaced(group()),
    Notice::LostTieBreak(_) => Notice::LostTieBreak(group()),
    Notice::GroupUnknownToBroker(_) => Notice::GroupUnknownToBroker(group()),
    Notice::GroupNameTaken(_) => Notice::GroupNameTaken(group()),
    Notice::LeadReceived(_) => Notice::LeadReceived(group()),
    Notice::LeadTaken { .. } => Notice::LeadTaken { group: group(), leader: user() },
    Notice::PropertiesLost(_) => Notice::PropertiesLost(user()),
    Notice::SubscriptionsRefused(_) => Notice::SubscriptionsRefused(vec!["GROUPS/#".to_owned()]),
} }

samples! { ignored_reasons: IgnoredReason {
    IgnoredReason::Invalid(_) => IgnoredReason::Invalid(WireError::Malformed),
    IgnoredReason::ForgedSender => IgnoredReason::ForgedSender,
    IgnoredReason::ControlFromMyself => IgnoredReason::ControlFromMyself,
    IgnoredReason::Retained(_) => IgnoredReason::Retained("alice_Control".to_owned()),
    IgnoredReason::Stranger(_) => IgnoredReason::Stranger(session()),
    IgnoredReason::NoAuthor(_) => IgnoredReason::NoAuthor(session()),
    IgnoredReason::ForbiddenRecord(_) => IgnoredReason::ForbiddenRecord(group()),
    IgnoredReason::ForbiddenDisband(_) => IgnoredReason::ForbiddenDisband(group()),
    IgnoredReason::GroupListFull(_) => IgnoredReason::GroupListFull(group()),
    IgnoredReason::UserListFull(_) => IgnoredReason::UserListFull(user()),
    IgnoredReason::InboxFull(_) => IgnoredReason::InboxFull(None),
    IgnoredReason::SenderLimitReached { .. } => IgnoredReason::SenderLimitReached { sender: Some(user()), limit: 20 },
    IgnoredReason::Blocked => IgnoredReason::Blocked,
    IgnoredReason::NoSender => IgnoredReason::NoSender,
    IgnoredReason::ChatOver => IgnoredReason::ChatOver,
    IgnoredReason::FromMyself => IgnoredReason::FromMyself,
    IgnoredReason::Duplicate => IgnoredReason::Duplicate,
    IgnoredReason::ControlForOther(_) => IgnoredReason::ControlForOther(user()),
    IgnoredReason::OtherDevice(_) => IgnoredReason::OtherDevice(session()),
    IgnoredReason::NoChat(_) => IgnoredReason::NoChat(session()),
    IgnoredReason::NotMyMessage { .. } => IgnoredReason::NotMyMessage { conversation: session(), n: 3 },
    IgnoredReason::UnmatchedDenial(_) => IgnoredReason::UnmatchedDenial(user()),
    IgnoredReason::NotLedByMe(_) => IgnoredReason::NotLedByMe(group()),
    IgnoredReason::AlreadyJoined(_) => IgnoredReason::AlreadyJoined(group()),
    IgnoredReason::RateLimited(_) => IgnoredReason::RateLimited(group()),
    IgnoredReason::NotMember(_) => IgnoredReason::NotMember(group()),
    IgnoredReason::NoGroup(_) => IgnoredReason::NoGroup(group()),
    IgnoredReason::GroupExists(_) => IgnoredReason::GroupExists(group()),
    IgnoredReason::CopyForPlainClients(_) => IgnoredReason::CopyForPlainClients(group()),
    IgnoredReason::Outdated(_) => IgnoredReason::Outdated(group()),
    IgnoredReason::OutdatedPresence(_) => IgnoredReason::OutdatedPresence(user()),
} }

samples! { not_forgotten: NotForgotten {
    NotForgotten::Refused(DeliveryFailure::NotAllowed) => NotForgotten::Refused(DeliveryFailure::NotAllowed),
    NotForgotten::Refused(_) => NotForgotten::Refused("busy".into()),
    NotForgotten::Disconnected => NotForgotten::Disconnected,
} }

samples! { delivery_failures: DeliveryFailure {
    // `Other` needs no sample: papo quotes the broker's reason.
    DeliveryFailure::Dropped | DeliveryFailure::Other(_) => DeliveryFailure::Dropped,
    DeliveryFailure::NotAllowed => DeliveryFailure::NotAllowed,
    DeliveryFailure::TopicRefused => DeliveryFailure::TopicRefused,
    DeliveryFailure::ContentRefused => DeliveryFailure::ContentRefused,
    DeliveryFailure::TooLarge => DeliveryFailure::TooLarge,
    DeliveryFailure::Quota => DeliveryFailure::Quota,
    DeliveryFailure::NotInGroup => DeliveryFailure::NotInGroup,
} }

samples! { name_errors: NameError {
    NameError::Empty => NameError::Empty,
    NameError::TooLong => NameError::TooLong,
    NameError::BadStart => NameError::BadStart,
    NameError::BadCharacter(_) => NameError::BadCharacter('_'),
    NameError::Invisible(_) => NameError::Invisible('\u{fe0f}'),
    NameError::Reserved => NameError::Reserved,
    NameError::NotNormal => NameError::NotNormal,
} }

samples! { text_errors: TextError {
    TextError::Blank => TextError::Blank,
    TextError::TooLong => TextError::TooLong,
} }

/// The name of the value's variant, as the scenario files write it: `NotLeader(…)` is `not-leader`.
pub fn variant(value: &impl Debug) -> String {
    let debug = format!("{value:?}");
    let name = debug.split([' ', '(']).next().unwrap_or_default();
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}
