//! The view of a prompt: the line to type in, an error, and the hint for Enter. That for a login says how it is going.

use super::draw::{Draw, Surface};
use crate::{
    app::{Action, Connection, Context, LocalizedText, LoginRefusal, Prompt, PromptKind, localized},
    ui::{header, overlay::draw::WIDTH, popup, row::Row, screen::Screen, theme::Role},
};

impl Draw for Prompt {
    fn draw(&self, surface: &mut Surface<'_>) {
        let title = surface.screen.translate(self.title());
        let columns = popup::columns(WIDTH, surface.area).into();
        let rows = if self.is_login() { login_rows(&self.kind, surface.screen, columns) } else { Vec::new() };
        let enter = match &self.kind {
            PromptKind::LoginName(_) => "login-enter-name",
            PromptKind::Password(_) => "login-enter",
            _ => "confirm-enter",
        };
        let field = surface.open_form(&title, self.error.as_ref(), rows, enter);
        surface.draw_field(&self.shown(), String::new, field);
    }
}

/// How the login is going, and the key for the other field.
fn login_rows(kind: &PromptKind, screen: Screen<'_>, columns: usize) -> Vec<Row> {
    let role = if screen.model.connection.is_online_or_connecting() { Role::Text } else { Role::Warning };
    let mut rows = Row::wrapped(&screen.translate(login_state(screen)), columns, screen.style(role));
    let key = screen.model.keymap.name_of_key(Context::Composer, &[Action::Complete]);
    let other = if matches!(kind, PromptKind::Password(_)) {
        localized!("prompt-other-name", key)
    } else {
        localized!("prompt-to-password", key)
    };
    rows.push(Row::of(screen.translate(other), screen.style(Role::Hint)));
    rows
}

fn login_state(screen: Screen<'_>) -> LocalizedText {
    match (&screen.model.connection, screen.model.login.refusal) {
        (Connection::Connecting, None) => "prompt-logging-in".into(),
        (Connection::Online | Connection::ControlRefused { .. }, _) => "prompt-logged-in".into(),
        (Connection::Reconnecting { at, .. }, Some(LoginRefusal::TooManyAttempts)) => {
            localized!("prompt-throttled", seconds = header::seconds_until(*at, screen))
        }
        (Connection::Stopped { .. }, Some(LoginRefusal::TooManyAttempts)) => "reason-too-many-attempts".into(),
        // papo may be connecting to another broker meanwhile.
        (_, Some(refusal)) => refusal.brief(),
        (Connection::Reconnecting { why, .. } | Connection::Stopped { why, .. }, None) => why.clone(),
    }
}
