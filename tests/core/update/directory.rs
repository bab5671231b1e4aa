//! More users than papo follows: the list of all is read when the user looks at it, or a program asks for it.

use super::*;

/// With more users than papo follows.
fn crowded() -> Screen {
    let users = (0..600).map(|n| papo::domain::User::new(format!("u{n}").parse().unwrap(), Timestamp::default()));
    let mut screen = Screen::new(Saved { users: users.collect(), ..Saved::default() });
    screen.connect(false);
    screen.wait(1_000).effects.clear();
    screen
}

/// Whether papo has subscribed to all users since the last question.
fn reads_list(screen: &mut Screen) -> bool {
    let is_list = |output: &Output| match output {
        Output::Subscribe(wanted) => wanted.iter().any(|wanted| wanted.filter == "USERS/#"),
        _ => false,
    };
    let is_reading = |effect: Effect| matches!(effect, Effect::Commit { outputs, .. } if outputs.iter().any(is_list));
    screen.effects.drain(..).any(is_reading)
}

fn answer_subscriptions(screen: &mut Screen) {
    screen.update(Message::Peer(Input::Subscribed));
}

#[test]
fn list_is_read_when_the_user_looks_at_it_but_not_again_within_a_minute() {
    let mut screen = crowded();
    screen.key("alt-i").key("alt-c");
    assert!(!reads_list(&mut screen));
    screen.key("alt-u");
    assert!(reads_list(&mut screen));
    assert_eq!(screen.model.peer.directory_as_of(), None);
    answer_subscriptions(&mut screen);
    screen.wait(500);
    assert_eq!(screen.model.peer.directory_as_of(), Some(screen.now.wall));
    screen.key("alt-g").key("alt-u");
    assert!(!reads_list(&mut screen));
    screen.wait(59_999).key("alt-g");
    assert!(!reads_list(&mut screen));
    screen.wait(1).key("alt-u");
    assert!(reads_list(&mut screen));
}

#[test]
fn list_is_read_when_the_user_looks_for_a_name() {
    for look in ["alt-k", "tab", "enter"] {
        let mut screen = crowded();
        screen.key("alt-c").types("/join devs");
        assert!(!reads_list(&mut screen));
        screen.key(look);
        assert!(reads_list(&mut screen), "{look}");
    }
}

#[test]
fn program_gets_the_list_once_it_is_read() {
    let mut screen = crowded();
    assert_eq!(screen.ask(ScriptRequest::Users), []);
    screen.wait(1_000);
    assert_eq!(screen.take_answers(), [], "the broker has not answered the subscription");
    answer_subscriptions(&mut screen);
    let inbound = Inbound { retained: true, ..inbound("USERS/u600", "u600 online", &[]) };
    screen.wait(499).update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 0 } }));
    assert_eq!(screen.wait(499).take_answers(), []);
    let answers = screen.wait(1).take_answers();
    assert_eq!((answers.len(), answers.last()), (602, Some(&Answer::Done)));
    // Each request reads the list anew.
    assert_eq!(screen.ask(ScriptRequest::Groups), []);
    assert_eq!(screen.wait(1_000).take_answers(), []);
    answer_subscriptions(&mut screen);
    assert_eq!(screen.wait(500).take_answers(), [Answer::Done]);
}

#[test]
fn list_that_does_not_arrive_is_answered_as_far_as_it_is_known() {
    let mut screen = crowded();
    assert_eq!(screen.ask(ScriptRequest::Users), []);
    screen.wait(19_999);
    assert_eq!(screen.take_answers(), []);
    let answers = screen.wait(1).take_answers();
    assert_eq!((answers.len(), answers.last()), (601, Some(&Answer::Unfinished("list-so-far".into()))));
}

#[test]
fn what_concerns_only_the_users_own_groups_needs_no_list() {
    let mut screen = crowded();
    let leave = ScriptRequest::Group { group: "devs".into(), action: GroupAction::Leave };
    assert!(matches!(screen.ask(leave)[..], [Answer::Refused(_)]));
}
