//! `/forget`, for users who will not return.

use super::*;

/// The chat with bob, while dave is offline and carol online.
fn with_dave_and_carol() -> Screen {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/dave", "dave offline").receive("USERS/carol", "carol online");
    screen.effects.clear();
    screen
}

impl Screen {
    fn knows(&self, user: &str) -> bool {
        self.model.peer.users().contains_key(&UserId::new(user).unwrap())
    }
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn text_about(key: &'static str, name: &str) -> LocalizedText {
    LocalizedText::from(key).with("user", &user(name))
}

#[test]
fn forget_asks_for_confirmation() {
    let mut screen = with_dave_and_carol();
    screen.enter("/forget dave");
    assert_eq!(screen.question(), "Clear the presence of dave on the broker, for everyone? Type dave, then Enter");
    screen.answer_with("n");
    assert_eq!((screen.question(), screen.published().len()), ("", 0));
    screen.enter("/forget dave").answer_with_word();
    assert_eq!(screen.published(), ["USERS/dave "]);
    let row = screen.last_row();
    assert!(screen.knows("dave"), "the broker has not acknowledged yet");
    screen.broker_accepts(row);
    assert!(!screen.knows("dave"));
    assert_eq!(screen.notice(), "Forgot dave; they are listed again if they reconnect");
}

#[test]
fn refused_forget_shows_the_reason() {
    let mut screen = with_dave_and_carol();
    for (line, why) in [
        ("/forget carol", "carol is online; only a user who is gone for good can be forgotten"),
        ("/forget eve", "The broker has no presence of eve"),
        ("/forget alice", "You cannot forget yourself"),
    ] {
        screen.refuses(line, why);
    }
    screen.enter("/forget dave");
    screen.receive("USERS/dave", "dave online").answer_with_word();
    assert!(screen.notice().starts_with("dave is online"), "dave came online while the question was open");
    screen.receive("USERS/dave", "dave offline").enter("/forget dave").answer_with_word();
    let row = screen.last_row();
    screen.broker_refuses(row);
    assert!(screen.notice().starts_with("The broker does not allow you to forget dave"), "{}", screen.notice());
    assert!(screen.knows("dave"));
    screen.wait(8_000).enter("/forget dave").answer_with_word().update(Message::Peer(Input::Disconnected));
    assert!(
        screen.notice().starts_with("papo cannot tell whether dave was forgotten: the connection ended"),
        "{}",
        screen.notice()
    );
    screen.enter("/forget dave");
    assert_eq!(screen.notice(), "Offline: forgetting dave needs a connection to the broker");
}

#[test]
fn forgetting_a_contact_clears_only_the_presence() {
    let mut screen = with_dave_and_carol();
    screen.receive("USERS/bob", "bob offline").enter("/forget bob").answer_with_word();
    let row = screen.last_row();
    screen.broker_accepts(row);
    assert!(screen.notice().starts_with("Cleared the presence of bob, who stays listed"), "{}", screen.notice());
    assert!(screen.knows("bob"));
}

#[test]
fn tab_completes_the_user_to_forget() {
    let mut screen = with_dave_and_carol();
    screen.types("/forg").key("tab").types("d").key("tab");
    assert_eq!(screen.composer(), "/forget dave ");
}

#[test]
fn forget_by_script_waits_for_retained_presence() {
    let mut screen = Screen::new(Saved::default());
    screen.connect(false);
    let forget = |name: &str| ScriptRequest::Forget(name.into());
    screen.receive("USERS/dave", "dave offline").update(Message::Asked(1, forget("dave")));
    assert_eq!(screen.published().last().unwrap(), "USERS alice online");
    screen.wait(499);
    assert_eq!(screen.published().last().unwrap(), "USERS alice online", "more presence may arrive");
    screen.wait(1);
    assert_eq!(screen.published().last().unwrap(), "USERS/dave ");
    // Later requests are answered at once.
    assert_eq!(screen.ask(forget("eve")), [Answer::Refused(text_about("forget-unknown", "eve"))]);
    assert_eq!(screen.ask(forget("alice")), [Answer::Refused("forget-self".into())]);
}

#[test]
fn forget_by_script_reports_the_outcome() {
    let ask = || ScriptRequest::Forget("dave".into());
    let mut screen = with_dave_and_carol();
    screen.wait(1_000);
    assert_eq!(
        screen.ask(ScriptRequest::Forget("carol".into())),
        [Answer::Refused(text_about("forget-online", "carol"))]
    );
    screen.update(Message::Asked(1, ask()));
    let row = screen.last_row();
    assert_eq!(screen.take_answers(), []);
    screen.broker_refuses(row);
    assert_eq!(screen.take_answers(), [Answer::Refused(text_about("forget-not-allowed", "dave"))]);
    let cut = Answer::Refused(text_about("forget-cut", "dave"));
    assert_eq!(screen.ask(ask()), []);
    screen.update(Message::Quit);
    assert_eq!(screen.take_answers(), std::slice::from_ref(&cut), "papo does not retry");

    let mut screen = with_dave_and_carol();
    screen.wait(1_000);
    assert_eq!(screen.ask(ask()), []);
    screen.update(Message::Peer(Input::Disconnected));
    assert_eq!(screen.take_answers(), [cut]);
    screen
        .update(Message::Connection(Connection::Stopped {
            why: LocalizedText::quoted("no"),
            help: "stopped-tries".into(),
        }))
        .effects
        .clear();
    let answers = screen.ask(ask());
    assert_eq!(answers.last(), Some(&Answer::Refused(text_about("forget-not-connected", "dave"))), "{answers:?}");

    let mut screen = with_dave_and_carol();
    screen.wait(1_000).effects.clear();
    screen.update(Message::Asked(1, ask()));
    let row = screen.last_row();
    screen.broker_accepts(row);
    assert_eq!(screen.take_answers().last(), Some(&Answer::Done));
}
