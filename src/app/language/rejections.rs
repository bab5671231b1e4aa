//! The texts of rejections.

use crate::app::{
    language::{LocalizedText, localized},
    rejection::Rejection,
};

impl From<Rejection> for LocalizedText {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Usage(usage) => localized!("usage", usage),
            Rejection::UnknownCommand { before, name, suggestion: Some(nearest) } => {
                localized!("command-unknown", before, name, nearest)
            }
            Rejection::UnknownCommand { before, name, suggestion: None } => localized!("command-none", before, name),
            Rejection::Missing { text, word, nearest: None } => LocalizedText::from(text).with("word", &word),
            Rejection::Missing { text, word, nearest: Some(nearest) } => {
                let text = LocalizedText::from(text).with("word", &word);
                localized!("missing-nearest", text, nearest)
            }
            Rejection::UnknownSetting { key, suggestion: Some(nearest) } => localized!("setting-unknown", key, nearest),
            Rejection::UnknownSetting { key, suggestion: None } => localized!("setting-none", key),
            Rejection::SettingNotAllowed { key, value, allowed } => {
                localized!("setting-not-allowed", key, value, allowed)
            }
            Rejection::SettingOutOfRange { key, least, most } => localized!("setting-out-of-range", key, least, most),
            Rejection::AliasHidesCommand(name) => localized!("alias-hides", name),
            Rejection::NoAlias(name) => localized!("alias-unknown", name),
            Rejection::NoTab(number) => localized!("tab-none", number),
            Rejection::NoChatCalled(name) => localized!("chat-none-called", name),
            Rejection::NoChatYet(name) => localized!("chat-none-yet", name),
            Rejection::NoReason(line) => localized!("member-no-reason", line),
            Rejection::OneUser(line) => localized!("member-one-user", line),
            Rejection::NoGroupToJoin(group) => localized!("join-no-such-group", group),
            Rejection::TooNarrowToSplit => localized!("split-narrow"),
            Rejection::NoSecondChat => localized!("split-alone"),
            Rejection::IsThisChat(name) => localized!("split-same", name),
            Rejection::IsBeside(name) => localized!("split-already", name),
            Rejection::NotSplit => localized!("split-none"),
            Rejection::NoUserName => localized!("prompt-no-name"),
            Rejection::NoPassword => localized!("prompt-no-password"),
            Rejection::NobodyNamed => localized!("whois-whom"),
            Rejection::NobodyForQ => localized!("usage-q"),
            Rejection::TooManyArguments(usage) => localized!("command-fewer-words", usage),
            Rejection::UnknownList(word) => localized!("list-unknown", word),
            Rejection::InvalidOutboxNumber => localized!("command-number"),
            Rejection::Name(error) => error.into(),
            Rejection::Peer(refusal) => refusal.into(),
            Rejection::NoChatToSendTo => localized!("chat-none-to-send"),
            Rejection::MeantCommand { word, command } => localized!("chat-none-command", word, command),
            Rejection::ChatWaits { way, name } => localized!("chat-waits", way, name),
            Rejection::NoActiveChat => localized!("chat-none-active"),
            Rejection::NoSessionForCommand(user) => localized!("session-none-for-command", user),
            Rejection::NoSessionForScript(user) => localized!("session-none-for-script", user),
            Rejection::SessionIsOpen(user) => localized!("request-is-open", user),
            Rejection::NoPendingRequest => localized!("request-none-waits"),
            Rejection::SeveralRequests { count, list, usage } => localized!("requests-wait", count, list, usage),
            Rejection::NothingToCancel => localized!("withdraw-nothing"),
            Rejection::AlreadyAccepted(user) => localized!("withdraw-accepted", user),
            Rejection::NoGroupNamed => localized!("group-which"),
            Rejection::GroupExists(group) => localized!("prompt-group-exists", group),
            Rejection::NotInSession => localized!("end-is-for-two"),
            Rejection::NothingInOutbox => localized!("waiting-none"),
            Rejection::NotAText => localized!("outbox-only-text"),
            Rejection::ComposerNotEmpty => localized!("writing-already"),
            Rejection::ChatHasDraft => localized!("writing-already-there"),
            Rejection::NothingToReplyTo => localized!("reply-nothing"),
            Rejection::NothingToEdit => localized!("edit-nothing"),
            Rejection::NothingToCopy => localized!("copy-nothing-here"),
            Rejection::NoLink => localized!("link-none-here"),
            Rejection::ChatWithSelf => localized!("prompt-that-is-you"),
            Rejection::UserListIncomplete(user) => localized!("forget-too-early", user),
        }
    }
}
