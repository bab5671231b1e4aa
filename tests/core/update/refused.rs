//! Commands whose publications the broker refuses.

use papo::protocol::{Content, OutboxRow, Refusal, RowId};

use super::*;
use crate::alice::id;

impl Screen {
    /// The row of the last publication that has one.
    pub(super) fn last_row(&self) -> RowId {
        let outputs = self.commits().flat_map(|(_, outputs)| outputs);
        let row = |output: &Output| if let Output::Publish { row, .. } = output { *row } else { None };
        outputs.filter_map(row).next_back().unwrap()
    }

    /// The broker acknowledges a publication.
    pub(super) fn broker_accepts(&mut self, row: RowId) -> &mut Self {
        self.update(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }))
    }

    pub(super) fn broker_refuses(&mut self, row: RowId) -> &mut Self {
        let outcome = PubOutcome::Refused("the broker does not allow it".into());
        self.update(Message::Peer(Input::Published { row, outcome }))
    }
}

#[test]
fn script_receives_the_refusal_of_the_broker() {
    let not_allowed = [Answer::Refused("refused-not-allowed".into())];
    for (ask, notice) in [
        (ScriptRequest::Request("eve".into()), "Not sent to eve (request to chat): the broker does not allow it"),
        (ScriptRequest::Accept("carol".into()), "Not sent to carol (acceptance): the broker does not allow it"),
        (ScriptRequest::Deny("carol".into()), "Not sent to carol (denial): the broker does not allow it"),
    ] {
        let mut screen = Screen::with_bob();
        screen.receive("alice_Control", "REQUEST carol").wait(2_000).effects.clear();
        screen.update(Message::Asked(1, ask.clone()));
        let row = screen.last_row();
        assert_eq!(screen.take_answers(), [], "{ask:?}");
        screen.broker_refuses(row);
        assert_eq!(screen.take_answers(), not_allowed, "{ask:?}");
        assert_eq!((screen.notice(), screen.model.peer.outbox().len()), (notice, 0), "{ask:?}");
    }
}

#[test]
fn refused_group_does_not_exist() {
    let mut screen = Screen::with_bob();
    screen.update(Message::Asked(1, ScriptRequest::Group { group: "devs".into(), action: GroupAction::New }));
    screen.wait(2_000).enter("hello").enter("/invite carol devs");
    let row = screen.model.peer.outbox().next().unwrap().row;
    screen.broker_refuses(row);
    let text = "Could not create #devs: the broker refused it. The name may be in use, or was until a minute ago";
    let answers = screen.take_answers();
    assert!(matches!(&answers[..], [Answer::Refused(why)] if screen.model.language.translate(why.clone()) == text));
    assert_eq!(screen.notice(), text);
    assert!(screen.model.peer.groups().is_empty());
    assert_eq!(screen.model.peer.outbox().filter(|row| row.message.is_none()).count(), 0, "nobody is invited");
}

#[test]
fn group_is_announced_once_the_broker_has_delivered_its_record() {
    let mut screen = Screen::with_bob();
    screen.enter("/group new devs");
    let payloads =
        |screen: &Screen| screen.model.peer.outbox().map(|row| row.content().unwrap().payload()).collect::<Vec<_>>();
    assert_eq!(payloads(&screen), [b"devs alice"], "nothing is announced that the broker may refuse");
    let outputs = screen.commits().flat_map(|(_, outputs)| outputs);
    let record = |output: &Output| match output {
        Output::Publish { publication, .. } if publication.topic == "GROUPS/devs" => {
            Some(publication.to_inbound(false))
        }
        _ => None,
    };
    let inbound = outputs.filter_map(record).next_back().unwrap();
    // The acknowledgement is lost.
    screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
    assert_eq!(payloads(&screen), [b"devs CREATE", b"devs CREATE"]);
}

#[test]
fn refused_publication_of_a_group_shows_a_notice() {
    let mut screen = Screen::with_bob();
    screen.enter("/group new devs");
    let row = screen.last_row();
    screen.broker_accepts(row);
    let rows: Vec<OutboxRow> = screen.model.peer.outbox().cloned().collect();
    assert!(rows.iter().any(|row| matches!(row.content(), Ok(Content::News(_)))), "{rows:?}");
    for row in rows {
        screen.broker_refuses(row.row).wait(2_000);
        assert!(screen.notice().starts_with("Not sent to #devs ("), "{}", screen.notice());
    }
}

#[test]
fn refused_hand_over_is_taken_back() {
    let mut screen = Screen::with_bob();
    screen.enter("/group new devs").receive("groups/devs/leader", "bob ENTER").wait(2_000);
    let accept_all = |screen: &mut Screen| {
        for row in screen.model.peer.outbox().map(|row| row.row).collect::<Vec<_>>() {
            screen.broker_accepts(row);
        }
    };
    accept_all(&mut screen);
    screen.enter("/accept bob").wait(2_000);
    accept_all(&mut screen);
    screen.enter("/group lead devs bob").answer_with("bob");
    let leader = |screen: &Screen| screen.model.peer.groups()[&"devs".parse().unwrap()].leader.clone().unwrap();
    assert_eq!(leader(&screen), id("bob"));
    let (rev, rows) = {
        let group = &screen.model.peer.groups()[&"devs".parse().unwrap()];
        (group.rev, screen.model.peer.outbox().map(|row| row.row).collect::<Vec<_>>())
    };
    for row in rows {
        screen.broker_refuses(row);
    }
    assert_eq!(leader(&screen), id("alice"));
    let payloads = screen.model.peer.outbox().map(|row| row.content().unwrap().payload()).collect::<Vec<_>>();
    assert_eq!(payloads[0], b"devs alice bob", "the others get the record again");
    assert_eq!(screen.model.peer.groups()[&"devs".parse().unwrap()].rev, rev + 1);
    screen.wait(2_000);
    assert!(screen.notice().starts_with("Not sent to #devs ("), "{}", screen.notice());
    accept_all(&mut screen);
    screen.enter("/group lead devs bob").answer_with("bob");
    assert_eq!(leader(&screen), id("bob"), "another try");
}

#[test]
fn script_is_informed_that_its_message_was_dropped() {
    let mut screen = Screen::with_bob();
    let ask = ScriptRequest::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    screen.update(Message::Asked(1, ask));
    screen.effects.clear();
    screen.enter("/drop 1");
    assert_eq!(screen.take_answers(), [Answer::Refused("message-dropped".into())]);
}

#[test]
fn refusal_of_a_script_changes_neither_notice_nor_log() {
    let mut screen = Screen::with_bob();
    screen.enter("/copy").key("ctrl-u");
    let notice = screen.notice().to_owned();
    let logged = screen.model.notices.log.lines().count();
    assert!(!notice.is_empty());
    screen.update(Message::Asked(1, ScriptRequest::Request("alice".into()))).wait(600);
    assert_eq!(screen.take_answers(), [Answer::Refused(Refusal::RequestToSelf.into())]);
    assert_eq!((screen.notice(), screen.model.notices.log.lines().count()), (notice.as_str(), logged));
}
