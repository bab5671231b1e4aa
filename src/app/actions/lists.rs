//! Hides and shows the lists.

use crate::{
    app::{
        LocalizedText,
        event::{Event, ModelRef},
        language::Language,
        localized,
    },
    domain::ListName,
};

/// Hides a list, or for `None` all lists.
pub fn hide(list: Option<ListName>, model: &ModelRef<'_>) -> Event {
    set_hidden(|known| list.is_none_or(|list| list == known) || model.hidden.contains(&known))
}

/// Shows a list, or for `None` all lists.
pub fn show(list: Option<ListName>, model: &ModelRef<'_>) -> Event {
    set_hidden(|known| list.is_some_and(|list| list != known) && model.hidden.contains(&known))
}

/// Shows all lists if all are hidden, else hides all.
pub fn toggle(model: &ModelRef<'_>) -> Event {
    if model.hidden.len() < ListName::ALL.len() { hide(None, model) } else { show(None, model) }
}

/// The notice that these lists are hidden now, and all others shown.
pub fn hidden_notice(hidden: &[ListName], language: &Language) -> LocalizedText {
    if hidden.is_empty() {
        return "lists-shown".into();
    }
    let title = |list: &ListName| match list {
        ListName::Users => "users-title",
        ListName::Groups => "groups-title",
        ListName::Inbox => "inbox-title",
    };
    let lists = hidden.iter().map(|list| language.translate(title(list))).collect::<Vec<_>>().join(", ");
    localized!("lists-hidden", lists)
}

fn set_hidden(is_hidden: impl Fn(ListName) -> bool) -> Event {
    Event::HideLists(ListName::ALL.into_iter().filter(|list| is_hidden(*list)).collect())
}
