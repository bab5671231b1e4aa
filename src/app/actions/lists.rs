//! Hides and shows the lists.

use crate::{
    app::event::{Event, ModelRef},
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

fn set_hidden(is_hidden: impl Fn(ListName) -> bool) -> Event {
    Event::HideLists(ListName::ALL.into_iter().filter(|list| is_hidden(*list)).collect())
}
