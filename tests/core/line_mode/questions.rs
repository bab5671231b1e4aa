//! Questions in line mode, and the lines that answer them.

use super::*;

#[test]
fn line_of_a_pipe_answers_a_question_only_as_a_whole() {
    let mut reader = Reader::with_messages(&[]);
    let line = |reader: &mut Reader, text: &str| {
        reader.now = reader.now + Duration::from_millis(400);
        reader.handle(Message::Line(text.to_owned()));
    };
    reader.enter("/group new devs").enter("/chats bob").take_lines();
    for (answer, is_left) in [("you there?", true), ("yes", true), ("no", true), ("", true), ("Devs ", false)] {
        line(&mut reader, "/disband devs");
        assert_eq!(
            reader.take_lines().pop().unwrap(),
            "question: Disband #devs for all its members? Type devs, then Enter; anything else cancels"
        );
        line(&mut reader, answer);
        let lines = reader.take_lines();
        assert_eq!(reader.model.peer.groups().contains_key(&"devs".parse().unwrap()), is_left, "{answer}: {lines:?}");
        assert_eq!(lines.contains(&"09:30 alice: you there?".to_owned()), answer == "you there?", "{lines:?}");
        assert_eq!(lines.iter().any(|line| line.contains("“yes” confirms nothing")), answer == "yes", "{lines:?}");
        reader.key(KeyCode::Esc, KeyModifiers::NONE).take_lines();
    }
    for (answer, is_asked) in [("/users", false), ("", true)] {
        line(&mut reader, "/request carol");
        assert_eq!(
            reader.take_lines(),
            ["question: Ask carol to chat? Nobody has seen this ID. Enter again; anything else cancels"]
        );
        line(&mut reader, answer);
        assert_eq!(reader.model.peer.requests().count() == 1, is_asked, "{answer}");
        reader.take_lines();
    }
}

#[test]
fn line_after_naming_another_chat_asks_first() {
    let mut reader = Reader::with_messages(&[]);
    reader.receive("USERS/carol", "carol online").enter("/request carol").take_lines();
    reader.enter("about the salary");
    let asked = "question: Send to bob? You named carol last. Enter sends; anything else cancels";
    assert_eq!(reader.take_lines(), ["papo: Not asked: carol", asked]);
    reader.confirm();
    assert_eq!(reader.take_lines(), ["09:30 alice: about the salary"]);
    // From a pipe, too. Another line takes the question back.
    reader.handle(Message::Line("/join nowhere".into())).handle(Message::Line("one".into())).take_lines();
    reader.handle(Message::Line("/chat bob".into())).handle(Message::Line("two".into()));
    assert_eq!(reader.take_lines(), ["papo: Not sent to bob", "09:30 alice: two"]);
}

#[test]
fn word_of_a_shell_is_sent_only_after_a_question() {
    let asked = "question: Send “exit” to bob as a message? Enter again (the command is /quit); anything else cancels";
    let mut reader = Reader::with_messages(&[]);
    reader.take_lines();
    reader.enter("exit");
    assert_eq!(reader.take_lines(), [asked]);
    reader.confirm();
    assert_eq!(reader.take_lines(), ["09:30 alice: exit"]);
}
