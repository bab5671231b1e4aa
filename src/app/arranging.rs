//! Which of the lists are shown: kept in the file of the configuration.

use super::{
    effect::Effect,
    model::{Model, Pane},
};

/// As commands and the file name them.
pub(super) const LISTS: [(Pane, &str); 3] = [(Pane::Users, "users"), (Pane::Groups, "groups"), (Pane::Inbox, "inbox")];

/// Hides all of the lists, or shows all where none is.
pub(super) fn toggle(model: &mut Model, effects: &mut Vec<Effect>) {
    let is_any_shown = LISTS.iter().any(|(list, _)| !model.arrangement.hidden.contains(list));
    change(model, None, is_any_shown, effects);
}

/// Hides a list or shows it, or all of them.
pub(super) fn change(model: &mut Model, list: Option<Pane>, hide: bool, effects: &mut Vec<Effect>) {
    let is_meant = |known: Pane| list.is_none_or(|list| list == known);
    let is_hidden = |known: Pane| if is_meant(known) { hide } else { model.arrangement.hidden.contains(&known) };
    let hidden: Vec<(Pane, &str)> = LISTS.into_iter().filter(|(list, _)| is_hidden(*list)).collect();
    let names: Vec<String> = hidden.iter().map(|(_, name)| format!("\"{name}\"")).collect();
    model.arrangement.hidden = hidden.iter().map(|(list, _)| *list).collect();
    if model.arrangement.hidden.contains(&model.focus) {
        model.focus = Pane::Chat;
    }
    effects.push(Effect::Keep { key: "ui.hide".to_owned(), value: format!("[{}]", names.join(", ")) });
}
