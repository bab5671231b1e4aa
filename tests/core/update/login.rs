//! papo asks for the login that a broker wants.

use papo::{app::View, domain::Credentials};

use super::*;

const REQUIRED: Message = Message::LoginRequired { refused: false };
const REFUSED: Message = Message::LoginRequired { refused: true };

impl Screen {
    /// The line of the open prompt as it is shown; `None` if no prompt is open.
    fn prompt(&self) -> Option<String> {
        match &self.model.overlay {
            Some(Overlay::Prompt(prompt)) => Some(prompt.shown().text()),
            None => None,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn login_is_asked_for_and_used() {
    let mut screen = Screen::new(Saved::default());
    screen.update(REQUIRED);
    assert_eq!(screen.prompt().as_deref(), Some("alice"), "the ID is the user name on papo's own broker");
    screen.key("backspace").key("enter");
    assert_eq!(screen.prompt().as_deref(), Some(""));
    screen.types("my secret").key("left").key("left");
    assert_eq!(screen.prompt().as_deref(), Some("•••••••••"));
    screen.types("É").key("enter");
    let login = Credentials { user: "alic".into(), password: "my secrÉet".into() };
    assert_eq!(screen.effects.last(), Some(&Effect::LogIn(login)));
    assert!(!format!("{:?}", screen.effects).contains("secr"), "the log has no password");
    assert_eq!(screen.prompt(), None);
    assert_eq!(screen.model.connection, Connection::Connecting);
    // A wrong one is asked for again.
    screen.update(REFUSED);
    assert_eq!(screen.prompt().as_deref(), Some("alice"));
    screen.pause().key("enter");
    assert_eq!(screen.prompt().as_deref(), Some(""));
}

#[test]
fn empty_user_name_is_no_answer() {
    let mut screen = Screen::new(Saved::default());
    screen.update(REQUIRED).key("ctrl-u").key("enter");
    assert_eq!(screen.prompt().as_deref(), Some(""));
    assert!(matches!(&screen.model.overlay, Some(Overlay::Prompt(prompt)) if !prompt.shown().text().contains('•')));
    screen.key("esc");
    assert_eq!(screen.prompt(), None);
    assert_eq!(screen.effects.iter().filter(|effect| matches!(effect, Effect::LogIn(_))).count(), 0);
}

#[test]
fn password_stays_in_its_field() {
    let mut screen = Screen::with_bob();
    screen.update(REQUIRED).key("enter").types("my long secret").key("ctrl-u").types("two words").key("esc");
    assert_eq!(screen.prompt(), None);
    screen.key("ctrl-y");
    assert_eq!(screen.composer(), "");
    screen.key("up");
    assert_eq!(screen.composer(), "");
}

#[test]
fn login_is_not_asked_for_where_the_answer_could_be_something_else() {
    let mut screen = Screen::with_bob();
    screen.types("hello").update(REQUIRED);
    assert_eq!(screen.prompt(), None, "while the user writes");
    let mut screen = Screen::new(Saved::default());
    screen.update(REFUSED);
    assert_eq!(screen.prompt(), None, "a refused login is that of the configuration");
    screen.model.view = View::Lines;
    screen.update(REQUIRED);
    assert_eq!(screen.prompt(), None, "the next line may be a command of a script");
}
