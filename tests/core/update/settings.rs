//! `/set` and the settings page.

use papo::{app::SettingEdit, domain::ThemeName};

use super::*;

/// The changes of the configuration so far: `key = value`.
fn changes(screen: &mut Screen) -> Vec<String> {
    let text = |effect| match effect {
        Effect::Set { key, value: Some(value), .. } => Some(format!("{key} = {value}")),
        Effect::Set { key, value: None, .. } => Some(format!("no {key}")),
        Effect::PreviewTheme(theme) => Some(format!("preview {}", theme.name())),
        _ => None,
    };
    std::mem::take(&mut screen.effects).into_iter().filter_map(text).collect()
}

/// The notice that the change of a setting will show.
fn notice_of_change(screen: &Screen) -> String {
    let done = screen.effects.iter().find_map(|effect| match effect {
        Effect::Set { done, .. } => Some(screen.model.language.translate(done.clone())),
        _ => None,
    });
    done.unwrap_or_default()
}

#[test]
fn set_checks_the_value_and_answers_with_it() {
    let cases = [
        ("/set ui.theme light", "ui.theme = \"light\"", "ui.theme = light"),
        ("/set ui.typing no", "ui.typing = false", "ui.typing = off"),
        ("/set ui.mouse no", "ui.mouse = false", "ui.mouse = off · applies after a restart"),
        ("/set ui.hide users inbox", "ui.hide = [\"users\", \"inbox\"]", "ui.hide = users, inbox"),
        ("/set ui.width 40", "ui.width = 40", "ui.width = 40"),
        ("/set broker mqtt://b", "broker = \"mqtt://b\"", "broker = mqtt://b · applies after a restart"),
        ("/theme colour-blind", "ui.theme = \"colour-blind\"", "ui.theme = colour-blind"),
    ];
    for (line, change, notice) in cases {
        let mut screen = Screen::with_bob();
        screen.enter(line);
        assert_eq!(notice_of_change(&screen), notice, "{line}");
        assert_eq!(changes(&mut screen), [change], "{line}");
    }
}

#[test]
fn rejected_setting_names_what_is_allowed_and_changes_nothing() {
    let cases = [
        ("/set ui.theme pink", "ui.theme cannot be pink; choose from dark, light, high-contrast, colour-blind"),
        ("/set ui.mouse maybe", "ui.mouse cannot be maybe; choose from on, off"),
        ("/set ui.width 9", "ui.width must be a number from 16 to 60"),
        ("/set ui.hide chats", "ui.hide cannot be chats; choose from users, groups, inbox, none"),
        ("/set theme light", "No setting theme; did you mean ui.theme?"),
        ("/set weechat.bar on", "No setting weechat.bar; /settings shows all"),
    ];
    for (line, notice) in cases {
        let mut screen = Screen::with_bob();
        screen.refuses(line, notice);
        assert!(changes(&mut screen).is_empty(), "{line}");
    }
    let mut screen = Screen::with_bob();
    screen.model.language = Language::builtin("pt-BR");
    screen.enter("/set ui.mouse talvez");
    assert_eq!(screen.notice(), "ui.mouse não pode ser talvez; opções: on, off");
}

#[test]
fn set_with_a_key_alone_shows_the_value() {
    let mut screen = Screen::with_bob();
    screen.enter("/set ui.theme");
    assert_eq!(screen.notice(), "ui.theme = dark (choose from dark, light, high-contrast, colour-blind)");
    screen.model.configured.insert("broker".to_owned(), "mqtt://b".to_owned());
    screen.enter("/set broker");
    assert_eq!(screen.notice(), "broker = mqtt://b");
    screen.enter("/set ca_file");
    assert_eq!(screen.notice(), "ca_file = (not set)");
}

#[test]
fn unset_removes_a_key_that_is_set() {
    let mut screen = Screen::with_bob();
    screen.enter("/unset ui.theme");
    assert_eq!(screen.notice(), "ui.theme = dark (choose from dark, light, high-contrast, colour-blind)");
    screen.model.configured.insert("ui.theme".to_owned(), "light".to_owned());
    screen.enter("/unset ui.theme");
    assert_eq!(notice_of_change(&screen), "ui.theme = dark");
    assert_eq!(changes(&mut screen), ["no ui.theme"]);
}

#[test]
fn settings_page_toggles_switches_and_edits_values() {
    let mut screen = Screen::with_bob();
    screen.key("f10");
    assert_eq!(screen.selected_setting(), Some("ui.theme"));
    // A switch.
    screen.select_setting("ui.typing");
    screen.key("enter");
    assert_eq!(changes(&mut screen), ["ui.typing = false"]);
    // A number: a wrong one stays in the field.
    screen.select_setting("ui.width");
    screen.key("enter").key("ctrl-u").types("99").key("enter");
    let Some(Overlay::Settings(page)) = &screen.model.overlay else { panic!("the page is gone") };
    assert!(matches!(&page.edit, Some(SettingEdit::Type { error: Some(_), .. })));
    screen.key("ctrl-u").types("40").key("enter");
    assert_eq!(changes(&mut screen), ["ui.width = 40"]);
    // Esc ends a change, then the page.
    screen.key("enter").key("esc");
    assert!(matches!(&screen.model.overlay, Some(Overlay::Settings(page)) if page.edit.is_none()));
    screen.key("esc");
    assert!(screen.model.overlay.is_none());
    assert!(changes(&mut screen).is_empty());
}

#[test]
fn moving_over_themes_previews_them_and_esc_restores() {
    let mut screen = Screen::with_bob();
    screen.enter("/settings").key("enter").key("down").key("down");
    assert_eq!(changes(&mut screen), ["preview light", "preview high-contrast"]);
    screen.key("esc");
    assert_eq!(changes(&mut screen), ["preview dark"]);
    screen.key("enter").key("down").key("enter");
    assert_eq!(changes(&mut screen), ["preview light", "ui.theme = \"light\""]);
    // A question in place of the page restores the theme, too.
    screen.model.configured.insert("ui.theme".to_owned(), "light".to_owned());
    screen.key("enter").key("up").key("ctrl-q");
    assert_eq!(changes(&mut screen)[..2], ["preview dark", "preview light"]);
}

#[test]
fn command_from_the_settings_page_restores_the_theme() {
    let mut screen = Screen::with_bob();
    screen.enter("/settings").key("enter").key("down").key("/");
    assert_eq!(changes(&mut screen), ["preview light", "preview dark"]);
    assert_eq!(screen.composer(), "/");
}

#[test]
fn hidden_lists_are_the_value_of_their_setting_at_once() {
    let mut screen = Screen::with_bob();
    screen.enter("/hide users").enter("/set ui.hide");
    assert!(screen.notice().starts_with("ui.hide = users"), "{}", screen.notice());
    screen.effects.clear();
    screen.enter("/unset ui.hide");
    assert_eq!(changes(&mut screen), ["no ui.hide"]);
}

#[test]
fn name_of_a_table_opens_its_settings() {
    let mut screen = Screen::with_bob();
    for (table, first) in [("ui", "ui.theme"), ("notify", "notify.by")] {
        screen.enter(&format!("/set {table}"));
        assert_eq!(screen.selected_setting(), Some(first), "{table}");
        screen.key("esc");
    }
}

#[test]
fn every_theme_can_be_previewed() {
    let mut screen = Screen::with_bob();
    screen.enter("/settings").key("enter");
    for _ in ThemeName::ALL {
        screen.key("down");
    }
    let seen = changes(&mut screen);
    let last = ThemeName::ALL.last().unwrap().name();
    assert_eq!(seen.last().unwrap(), &format!("preview {last}"));
}

#[test]
fn palette_finds_actions_and_settings() {
    let mut screen = Screen::with_bob();
    screen.key("ctrl-k").types("hide or show lists").pause().key("enter");
    assert_eq!(screen.model.ui.hide.len(), 3);
    screen.key("alt-c").key("ctrl-k").types("notify.by").pause().key("enter");
    assert_eq!(screen.selected_setting(), Some("notify.by"));
    screen.key("esc").key("ctrl-k").types("vim").pause().key("enter");
    assert_eq!(screen.selected_setting(), Some("ui.keymap"));
}

impl Screen {
    /// Selects a setting in the settings page.
    fn select_setting(&mut self, key: &str) {
        self.key("home");
        while self.selected_setting() != Some(key) {
            self.key("down");
        }
    }

    /// The setting that is selected in the settings page, if that is open.
    fn selected_setting(&self) -> Option<&str> {
        match &self.model.overlay {
            Some(Overlay::Settings(page)) => Some(page.row().key),
            _ => None,
        }
    }
}
