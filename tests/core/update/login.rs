//! papo asks for the login that a broker wants.

use papo::{
    app::{LoginRefusal, Rejection, View},
    domain::{Credentials, DisconnectReason},
};

use super::*;

impl Screen {
    /// The line of the open prompt as it is shown; `None` if no prompt is open.
    fn prompt(&self) -> Option<String> {
        match &self.model.overlay {
            Some(Overlay::Prompt(prompt)) => Some(prompt.shown().text()),
            None => None,
            other => panic!("{other:?}"),
        }
    }

    /// Why the open prompt does not take the line.
    fn prompt_error(&self) -> Option<Rejection> {
        let Some(Overlay::Prompt(prompt)) = &self.model.overlay else { return None };
        prompt.error.clone()
    }

    /// The broker refuses the login, as the runtime reports it.
    fn refuse(&mut self, why: LoginRefusal) -> &mut Self {
        let reason = match why {
            LoginRefusal::Missing => DisconnectReason::LoginRequired,
            LoginRefusal::Wrong => DisconnectReason::BadCredentials,
            LoginRefusal::NotAllowed => DisconnectReason::NotAuthorized,
            LoginRefusal::TooManyAttempts => DisconnectReason::TooManyAttempts,
        };
        let connection = if why == LoginRefusal::TooManyAttempts {
            Connection::Reconnecting { at: self.now.tick + Duration::from_secs(50), why: LocalizedText::from(&reason) }
        } else {
            Connection::stopped(&reason, false)
        };
        self.update(Message::LoginRefused(why, connection))
    }

    /// Time passes without an input, as long as a typist pauses.
    fn idle(&mut self) -> &mut Self {
        self.pause().update(Message::Timeout)
    }

    /// The logins that papo has tried.
    fn logins(&self) -> Vec<(&str, &str)> {
        let logins = self.effects.iter().filter_map(|effect| match effect {
            Effect::LogIn(Credentials { user, password }) => Some((user.as_str(), password.as_str())),
            _ => None,
        });
        logins.collect()
    }
}

#[test]
fn login_is_asked_for_and_used() {
    let mut screen = Screen::new(Saved::default());
    screen.refuse(LoginRefusal::Missing);
    assert_eq!(screen.prompt().as_deref(), Some(""), "the user name is known, so the password comes first");
    screen.key("tab");
    assert_eq!(screen.prompt().as_deref(), Some("alice"), "the ID is the user name on papo's own broker");
    screen.key("backspace").key("enter");
    assert_eq!(screen.prompt().as_deref(), Some(""));
    screen.types("my secret").key("left").key("left");
    assert_eq!(screen.prompt().as_deref(), Some("•••••••••"));
    screen.types("É").key("enter");
    assert_eq!(screen.logins(), [("alic", "my secrÉet")]);
    assert!(!format!("{:?}", screen.effects).contains("secr"), "the log has no password");
    assert_eq!(screen.model.connection, Connection::Connecting);
    assert_eq!(screen.prompt().as_deref(), Some(""), "it stays until papo is connected");
    screen.connect(false);
    assert_eq!(screen.prompt(), None);
}

#[test]
fn no_part_of_a_password_goes_to_a_chat() {
    let mut screen = Screen::with_bob();
    screen.refuse(LoginRefusal::Missing).idle().types("wrong1").key("enter");
    // Before the answer of the broker, and after it.
    screen.types("wro").refuse(LoginRefusal::Wrong).types("ng2").key("enter");
    assert_eq!(screen.logins(), [("alice", "wrong1"), ("alice", "wrong2")]);
    // The broker throttles; papo counts down and takes another password at once.
    screen.refuse(LoginRefusal::TooManyAttempts).types("right").key("enter");
    assert_eq!(screen.logins().last(), Some(&("alice", "right")));
    screen.refuse(LoginRefusal::TooManyAttempts).types("anoth").connect(false);
    assert_eq!(screen.prompt().as_deref(), Some("•••••"), "connected, but the user is typing");
    screen.types("er").key("enter");
    assert_eq!((screen.prompt(), screen.composer()), (None, String::new()));
    assert_eq!(screen.logins().len(), 3);
    assert_eq!(screen.model.peer.outbox().count(), 0);
}

#[test]
fn line_typed_as_the_prompt_closes_late_is_not_sent_unasked() {
    let mut screen = Screen::with_bob();
    screen.refuse(LoginRefusal::Missing).idle().types("right").key("enter");
    screen.refuse(LoginRefusal::TooManyAttempts).advance_clock(Duration::from_secs(50)).connect(false);
    screen.types("another").key("enter");
    assert_eq!(screen.model.peer.outbox().count(), 0);
    assert!(screen.question().contains("bob"), "{}", screen.question());
}

#[test]
fn prompt_that_is_closed_by_esc_stays_closed_until_the_user_asks_for_a_connection() {
    let mut screen = Screen::with_bob();
    screen.refuse(LoginRefusal::Missing).idle().types("wrong").key("enter").key("esc");
    assert_eq!(screen.prompt(), None);
    assert_eq!(screen.notice(), "Login closed; /reconnect asks for it again");
    // papo goes on trying, and what is typed meanwhile is no password.
    for _ in 0..3 {
        screen.refuse(LoginRefusal::TooManyAttempts).idle();
        assert_eq!(screen.prompt(), None);
        screen.update(Message::Connection(Connection::Connecting));
    }
    screen.refuse(LoginRefusal::Wrong).idle().types("/reconnect").key("enter");
    assert_eq!(screen.effects.last(), Some(&Effect::RereadLogin));
    let logins = screen.logins().len();
    screen.update(Message::LoginRead(None)).idle();
    assert_eq!(screen.prompt().as_deref(), Some(""), "the last password was wrong, so it is not tried again");
    assert_eq!(screen.logins().len(), logins);
    screen.types("right").key("enter").refuse(LoginRefusal::Wrong).idle();
    assert_eq!(screen.prompt().as_deref(), Some(""), "the user has not closed it again");
}

/// The other broker is down, so papo goes from one to the other and back.
#[test]
fn prompt_keeps_the_reason_of_the_broker_that_wants_a_login() {
    let mut screen = Screen::with_bob();
    screen.refuse(LoginRefusal::Missing).idle();
    screen.update(Message::Connecting("mqtt://down:1883".into()));
    assert_eq!(screen.model.login.refusal, Some(LoginRefusal::Missing));
    screen.types("secret").key("enter");
    assert_eq!(screen.model.login.refusal, None, "another login is being tried");
}

#[test]
fn refusal_is_logged_once_until_it_changes_or_the_user_acts() {
    let mut screen = Screen::with_bob();
    let count = |screen: &Screen| {
        let refusals = screen.model.notices.log.lines().filter(|entry| entry.text.contains("too many failed logins"));
        refusals.count()
    };
    for _ in 0..4 {
        screen.refuse(LoginRefusal::TooManyAttempts).update(Message::Connection(Connection::Connecting));
    }
    assert_eq!(count(&screen), 1);
    screen.refuse(LoginRefusal::Wrong).refuse(LoginRefusal::TooManyAttempts);
    assert_eq!(count(&screen), 2);
    screen.key("esc").types("/reconnect").key("enter").update(Message::LoginRead(None));
    screen.refuse(LoginRefusal::TooManyAttempts);
    assert_eq!(count(&screen), 3);
}

#[test]
fn empty_field_is_no_answer() {
    let mut screen = Screen::new(Saved::default());
    screen.refuse(LoginRefusal::Missing).key("enter");
    assert_eq!((screen.prompt().as_deref(), screen.prompt_error()), (Some(""), Some(Rejection::NoPassword)));
    screen.key("tab").key("ctrl-u").key("enter").key("tab");
    assert_eq!((screen.prompt().as_deref(), screen.prompt_error()), (Some(""), Some(Rejection::NoUserName)));
    screen.types("x");
    assert_eq!(screen.prompt().as_deref(), Some("x"), "still the user name");
    screen.key("esc");
    assert_eq!(screen.prompt(), None);
    assert_eq!(screen.logins(), []);
}

#[test]
fn password_stays_in_its_field() {
    let mut screen = Screen::with_bob();
    screen.refuse(LoginRefusal::Missing).idle();
    screen.types("my long secret").key("ctrl-u").types("two words").key("esc");
    assert_eq!(screen.prompt(), None);
    screen.key("ctrl-y");
    assert_eq!(screen.composer(), "");
    screen.key("up");
    assert_eq!(screen.composer(), "");
}

#[test]
fn prompt_waits_until_the_user_has_sent_or_cleared_their_line() {
    let mut screen = Screen::with_bob();
    screen.types("hello").refuse(LoginRefusal::Missing).idle();
    assert_eq!((screen.prompt(), screen.composer()), (None, "hello".to_owned()));
    screen.key("enter");
    assert_eq!(screen.prompt(), None, "the next line may follow at once");
    screen.types("you").advance_clock(Duration::from_secs(1)).key("ctrl-u");
    assert!(screen.model.next_timeout().is_some_and(|at| at <= screen.now.tick + Duration::from_millis(400)));
    screen.idle();
    assert_eq!(screen.prompt().as_deref(), Some(""));
    assert_eq!(screen.model.peer.outbox().count(), 1);
}

#[test]
fn login_is_not_asked_for_where_the_answer_could_be_something_else() {
    let mut screen = Screen::new(Saved::default());
    screen.refuse(LoginRefusal::Wrong);
    assert_eq!(screen.prompt(), None, "a refused login is that of the configuration");
    screen.model.view = View::Lines;
    screen.model.login.is_piped = true;
    screen.refuse(LoginRefusal::Missing);
    assert_eq!(screen.prompt(), None, "the next line of the pipe may be a command");
    screen.model.login.is_piped = false;
    screen.refuse(LoginRefusal::Missing);
    assert_eq!(screen.prompt().as_deref(), Some(""), "line mode asks, too");
}

#[test]
fn reconnect_after_a_refusal_reads_the_configured_login_again() {
    let mut screen = Screen::new(Saved::default());
    screen.refuse(LoginRefusal::Wrong).types("/reconnect").key("enter");
    assert_eq!(screen.effects.last(), Some(&Effect::RereadLogin));
    let login = Credentials { user: "alice".into(), password: "new".into() };
    screen.update(Message::LoginRead(Some(login.clone())));
    assert_eq!(screen.effects.last(), Some(&Effect::LogIn(login)));
    assert_eq!(screen.model.connection, Connection::Connecting);
    screen.refuse(LoginRefusal::Missing).update(Message::LoginRead(None));
    assert_eq!(screen.effects.last(), Some(&Effect::Reconnect), "the configuration has no login");
}

#[test]
fn command_that_runs_alone_ends_with_the_refusal() {
    for why in [LoginRefusal::Wrong, LoginRefusal::TooManyAttempts] {
        let mut screen = Screen::with_bob();
        screen.update(Message::Connection(Connection::Connecting));
        screen.model.scripts.are_alone = true;
        let to = "bob".to_owned();
        let send = ScriptRequest::Send { to, text: "hi".into(), until: Until::Broker };
        assert_eq!(screen.ask(send), []);
        let why_connecting = LocalizedText::from(&DisconnectReason::LoginRequired);
        let at_once = Connection::Reconnecting { at: screen.now.tick, why: why_connecting };
        screen.update(Message::LoginRefused(LoginRefusal::Missing, at_once));
        assert_eq!(screen.take_answers(), [], "another broker is tried at once");
        screen.refuse(why);
        let answers = screen.take_answers();
        // The message is sent later, so it is not refused.
        let [Answer::Unfinished(text)] = &answers[..] else { panic!("{answers:?}") };
        let text = screen.model.language.translate(text.clone());
        assert!(text.contains("once the broker accepts the login") && !text.contains("/reconnect"), "{text}");
    }
}
