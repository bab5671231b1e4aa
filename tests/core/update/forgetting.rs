//! Users who have left for good.

use papo::protocol::RowId;

use super::*;

/// With dave, who has gone, and carol, who is here.
fn among_others() -> Screen {
    let mut screen = Screen::talking();
    screen.hears("USERS/dave", "dave offline").hears("USERS/carol", "carol online");
    screen.effects.clear();
    screen
}

impl Screen {
    fn takes(&mut self, row: RowId) -> &mut Self {
        self.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }))
    }

    fn knows(&self, user: &str) -> bool {
        self.model.peer.users().contains_key(&UserId::new(user).unwrap())
    }
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn about(key: &'static str, name: &str) -> LocalizedText {
    LocalizedText::from(key).with("user", &user(name))
}

#[test]
fn forgetting_asks_first() {
    let mut screen = among_others();
    screen.line("/forget dave");
    let Some(Overlay::Confirm(confirm)) = &screen.model.overlay else { panic!("{:?}", screen.model.overlay) };
    assert_eq!(confirm.text(&screen.model.peer), about("question-forget", "dave"));
    screen.key("n");
    assert_eq!((screen.model.overlay.is_none(), screen.published().len()), (true, 0));
    screen.line("/forget dave").key("y");
    assert_eq!(screen.published(), ["USERS/dave "]);
    let row = screen.row();
    assert!(screen.knows("dave"), "the broker has not answered");
    screen.takes(row);
    assert!(!screen.knows("dave"));
    assert_eq!(screen.notice(), "Forgot dave; they are listed again if they reconnect");
}

#[test]
fn forgetting_says_why_it_is_refused() {
    let mut screen = among_others();
    for (line, why) in [
        ("/forget carol", "carol is online; only a user who is gone for good can be forgotten"),
        ("/forget eve", "The broker has no presence of eve"),
        ("/forget alice", "You cannot forget yourself"),
    ] {
        screen.line(line);
        assert_eq!((screen.model.overlay.is_none(), screen.notice(), screen.composer().as_str()), (true, why, line));
        screen.key("ctrl-u");
    }
    screen.line("/forget dave");
    screen.hears("USERS/dave", "dave online").key("y");
    assert!(screen.notice().starts_with("dave is online"), "dave came while the question was open");
    screen.hears("USERS/dave", "dave offline").line("/forget dave").key("y");
    let row = screen.row();
    screen.refuses(row);
    assert!(screen.notice().starts_with("The broker does not allow you to forget dave"), "{}", screen.notice());
    assert!(screen.knows("dave"));
    screen.line("/forget dave").key("y").does(Message::Peer(Input::Disconnected));
    assert!(
        screen.notice().starts_with("It is not known whether dave was forgotten: the connection ended"),
        "{}",
        screen.notice()
    );
    screen.line("/forget dave");
    assert_eq!(screen.notice(), "Offline: forgetting dave needs a connection to the broker");
}

#[test]
fn forgetting_a_contact_says_that_it_stays() {
    let mut screen = among_others();
    screen.hears("USERS/bob", "bob offline").line("/forget bob").key("y");
    let row = screen.row();
    screen.takes(row);
    assert!(screen.notice().starts_with("Cleared the presence of bob, who stays listed"), "{}", screen.notice());
    assert!(screen.knows("bob"));
}

#[test]
fn tab_completes_the_user_to_forget() {
    let mut screen = among_others();
    screen.types("/forg").key("tab").types("d").key("tab");
    assert_eq!(screen.composer(), "/forget dave ");
}

#[test]
fn a_program_that_forgets_waits_until_it_is_known_who_is_here() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Peer(Input::Connected { session_present: false })).does(Message::Peer(Input::Subscribed));
    screen.does(Message::Connection(Connection::Online));
    let forget = |name: &str| Ask::Forget(name.into());
    screen.hears("USERS/dave", "dave offline").does(Message::Asked(1, forget("dave")));
    assert_eq!(screen.published().last().unwrap(), "USERS alice online");
    screen.waits(499);
    assert_eq!(screen.published().last().unwrap(), "USERS alice online", "others may follow");
    screen.waits(1);
    assert_eq!(screen.published().last().unwrap(), "USERS/dave ");
    // From then on at once.
    assert_eq!(screen.answers(forget("eve")), [Answer::Refused(about("forget-unknown", "eve"))]);
    assert_eq!(screen.answers(forget("alice")), [Answer::Refused("forget-self".into())]);
}

#[test]
fn a_program_that_forgets_hears_what_came_of_it() {
    let ask = || Ask::Forget("dave".into());
    let mut screen = among_others();
    screen.waits(1_000);
    assert_eq!(screen.answers(Ask::Forget("carol".into())), [Answer::Refused(about("forget-online", "carol"))]);
    screen.does(Message::Asked(1, ask()));
    let row = screen.row();
    assert_eq!(screen.answered(), []);
    screen.refuses(row);
    assert_eq!(screen.answered(), [Answer::Refused(about("forget-not-allowed", "dave"))]);
    let cut = Answer::Refused(about("forget-cut", "dave"));
    assert_eq!(screen.answers(ask()), []);
    screen.does(Message::Quit);
    assert_eq!(screen.answered(), std::slice::from_ref(&cut), "it does not go on by itself");

    let mut screen = among_others();
    screen.waits(1_000);
    assert_eq!(screen.answers(ask()), []);
    screen.does(Message::Peer(Input::Disconnected));
    assert_eq!(screen.answered(), [cut]);
    screen.does(Message::Connection(Connection::Stopped { why: LocalizedText::quoted("no") })).effects.clear();
    let answers = screen.answers(ask());
    assert_eq!(answers.last(), Some(&Answer::Refused(about("forget-not-connected", "dave"))), "{answers:?}");

    let mut screen = among_others();
    screen.waits(1_000).effects.clear();
    screen.does(Message::Asked(1, ask()));
    let row = screen.row();
    screen.takes(row);
    assert_eq!(screen.answered().last(), Some(&Answer::Done));
}
