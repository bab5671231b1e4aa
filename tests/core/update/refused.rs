//! What the broker refuses of what one orders.

use papo::protocol::{Content, OutboxRow, Refusal, RowId};

use super::*;

impl Screen {
    /// The row of the last publication that waits for an answer of the broker.
    pub(super) fn row(&self) -> RowId {
        let outputs = self.effects.iter().flat_map(|effect| match effect {
            Effect::Commit { outputs, .. } => outputs.as_slice(),
            _ => &[],
        });
        let row = |output: &Output| if let Output::Publish { row, .. } = output { *row } else { None };
        outputs.filter_map(row).next_back().unwrap()
    }

    pub(super) fn refuses(&mut self, row: RowId) -> &mut Self {
        let outcome = PubOutcome::Refused("the broker does not allow it".into());
        self.does(Message::Peer(Input::Published { row, outcome }))
    }
}

#[test]
fn a_program_hears_of_whatever_the_broker_refuses() {
    let not_allowed = [Answer::Refused("refused-not-allowed".into())];
    for (ask, notice) in [
        (Ask::Request("eve".into()), "Not sent to eve (request to chat): the broker does not allow it"),
        (Ask::Accept("carol".into()), "Not sent to carol (acceptance): the broker does not allow it"),
        (Ask::Deny("carol".into()), "Not sent to carol (denial): the broker does not allow it"),
    ] {
        let mut screen = Screen::talking();
        screen.hears("alice_Control", "REQUEST carol").effects.clear();
        screen.does(Message::Asked(1, ask.clone()));
        let row = screen.row();
        assert_eq!(screen.answered(), [], "{ask:?}");
        screen.refuses(row);
        assert_eq!(screen.answered(), not_allowed, "{ask:?}");
        assert_eq!((screen.notice(), screen.model.peer.outbox().len()), (notice, 0), "{ask:?}");
    }
}

#[test]
fn what_the_broker_refuses_of_a_group_is_said_on_the_screen() {
    let mut screen = Screen::talking();
    screen.line("/group new devs");
    let rows: Vec<OutboxRow> = screen.model.peer.outbox().cloned().collect();
    assert!(rows.iter().any(|row| matches!(row.content(), Ok(Content::News(_)))), "{rows:?}");
    for row in rows {
        screen.refuses(row.row);
        assert!(screen.notice().starts_with("Not sent to #devs ("), "{}", screen.notice());
    }
}

#[test]
fn a_program_that_sends_hears_that_its_message_was_dropped() {
    let mut screen = Screen::talking();
    let ask = Ask::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    screen.does(Message::Asked(1, ask));
    screen.effects.clear();
    screen.line("/drop 1");
    assert_eq!(screen.answered(), [Answer::Refused("message-dropped".into())]);
}

#[test]
fn refused_ask_leaves_notice_and_log_alone() {
    let mut screen = Screen::talking();
    screen.line("/copy").key("ctrl-u");
    let notice = screen.notice().to_owned();
    let logged = screen.model.notices.log.lines().count();
    assert!(!notice.is_empty());
    screen.does(Message::Asked(1, Ask::Request("alice".into()))).waits(600);
    assert_eq!(screen.answered(), [Answer::Refused(Refusal::RequestToSelf.into())]);
    assert_eq!((screen.notice(), screen.model.notices.log.lines().count()), (notice.as_str(), logged));
}
