//! The login for the broker: whose it is, why the broker refused it, and whether papo must ask for another one.

use crate::{app::LocalizedText, domain::DisconnectReason};

/// Why the broker refused the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRefusal {
    /// papo has none, and the broker wants one.
    Missing,
    /// The user name or the password is wrong.
    Wrong,
    /// The broker does not let this user in.
    NotAllowed,
    /// There were too many wrong logins, so the broker did not check this one.
    TooManyAttempts,
}

impl LoginRefusal {
    /// The refusal for which papo has no connection; `None` if the reason is not the login.
    pub fn of(reason: &DisconnectReason) -> Option<Self> {
        match reason {
            DisconnectReason::LoginRequired => Some(Self::Missing),
            DisconnectReason::BadCredentials => Some(Self::Wrong),
            DisconnectReason::NotAuthorized => Some(Self::NotAllowed),
            DisconnectReason::TooManyAttempts => Some(Self::TooManyAttempts),
            _ => None,
        }
    }

    /// The refusal in a few words, for the header and the prompt.
    pub fn brief(self) -> LocalizedText {
        LocalizedText::from(match self {
            Self::Missing => "login-missing",
            Self::Wrong => "login-wrong",
            Self::NotAllowed => "login-not-allowed",
            Self::TooManyAttempts => "login-too-many",
        })
    }
}

/// The login for the broker.
#[derive(Debug, Default)]
pub struct Login {
    /// The user name that the user has typed in this run; `None` for the login of the configuration, if there is one.
    pub typed: Option<String>,
    /// Why papo is not connected, if that is the login.
    pub refusal: Option<LoginRefusal>,
    /// Whether papo asks for a login as soon as the prompt is in nobody's way.
    pub is_due: bool,
    /// Whether the user has closed the prompt. It stays closed until they ask for a connection.
    pub is_declined: bool,
    /// Whether nobody can be asked, as papo reads its lines from a pipe.
    pub is_piped: bool,
}

impl Login {
    /// The broker refused the login. A refused login of the configuration is not asked for: another one comes from there.
    pub fn refused(&mut self, why: LoginRefusal) {
        self.refusal = Some(why);
        self.is_due = !self.is_declined && (self.typed.is_some() || why == LoginRefusal::Missing);
    }

    /// The user asked for a connection: it is open again whether the broker accepts the login.
    pub fn user_acted(&mut self) {
        (self.refusal, self.is_due, self.is_declined) = (None, false, false);
    }

    /// The user closed the prompt.
    pub fn declined(&mut self) {
        (self.is_due, self.is_declined) = (false, true);
    }

    /// Whether the broker has found the login wrong that the user typed. To try it again would only count as a guess.
    pub fn is_known_wrong(&self) -> bool {
        self.typed.is_some() && matches!(self.refusal, Some(LoginRefusal::Wrong | LoginRefusal::NotAllowed))
    }

    /// papo is connected, or is not for another reason.
    pub fn no_longer_refused(&mut self, is_connected: bool) {
        (self.refusal, self.is_due) = (None, false);
        self.is_declined &= !is_connected;
    }
}
