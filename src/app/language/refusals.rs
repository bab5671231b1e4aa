//! Refusals in words.

use crate::{
    app::refusal::Refusal,
    domain::{LocalizedText, localized},
};

/// The reason in words.
impl From<Refusal> for LocalizedText {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Usage(usage) => localized!("usage", usage),
            Refusal::UnknownCommand { before, name, suggestion: Some(nearest) } => {
                localized!("command-unknown", before, name, nearest)
            }
            Refusal::UnknownCommand { before, name, suggestion: None } => localized!("command-none", before, name),
            Refusal::TooManyArguments(name) => localized!("command-fewer-words", name),
            Refusal::UnknownList(word) => localized!("list-unknown", word),
            Refusal::NotAPlace => localized!("command-number"),
            Refusal::Name(error) => error.into(),
            Refusal::Peer(why) => why,
            Refusal::NoChatOpen => localized!("talk-none-to-send"),
            Refusal::NoActiveChat => localized!("talk-none-in-front"),
            Refusal::NoChatWith(user) => localized!("talk-none-with", user),
            Refusal::NoSessionWith(user) => localized!("talk-none-yet", user),
            Refusal::SessionIsOpen(user) => localized!("request-is-open", user),
            Refusal::NoRequestWaits => localized!("request-none-waits"),
            Refusal::NothingToCancel => localized!("withdraw-nothing"),
            Refusal::WhichGroup => localized!("group-which"),
            Refusal::NotInGroup(group) => localized!("prompt-group-not-in", group),
            Refusal::NoGroupOfMine(name) => localized!("group-not-in", name),
            Refusal::GroupExists(group) => localized!("prompt-group-exists", group),
            Refusal::EndIsForTwo => localized!("end-is-for-two"),
            Refusal::NothingInOutbox => localized!("waiting-none"),
            Refusal::OnlyTexts => localized!("outbox-only-text"),
            Refusal::AlreadyWriting => localized!("writing-already"),
            Refusal::AlreadyWritingThere => localized!("writing-already-there"),
            Refusal::NothingToReplyTo => localized!("reply-nothing"),
            Refusal::NothingToEdit => localized!("edit-nothing"),
            Refusal::NothingToCopy => localized!("copy-nothing-here"),
            Refusal::NoLink => localized!("link-none-here"),
            Refusal::ThatIsYou => localized!("prompt-that-is-you"),
            Refusal::TooEarlyToForget(user) => localized!("forget-too-early", user),
        }
    }
}
