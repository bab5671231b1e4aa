//! What goes over the socket: a line of JSON that asks, and lines of JSON that answer.

use serde::{Deserialize, Serialize};

use crate::app::remote::Ask;

/// The shape of what is asked; another papo may be another version.
const VERSION: u32 = 1;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    papo: u32,
    /// Whether the lines of the answer are to be JSON.
    pub(super) json: bool,
    pub(super) ask: Asked,
}

/// What can be asked: of the model, or of the store beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Asked {
    /// Of the model.
    Model(Ask),
    /// Of the store.
    Store(Errand),
}

/// What is done with the store while papo goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::runtime) enum Errand {
    /// Put messages of another history, which follow as lines, among those that are there.
    Import,
    /// See whether all is as it was written.
    Check,
}

/// What comes back; the last three end it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// A line to print.
    Line(String),
    /// A line beside what was asked for.
    Aside(String),
    /// That was all.
    Done,
    /// It is not done yet, or not complete, in words.
    Late(String),
    /// It cannot be done, in words.
    Refused(String),
}

impl Request {
    pub(super) fn new(ask: Ask, json: bool) -> Self {
        Self { papo: VERSION, json, ask: Asked::Model(ask) }
    }

    pub(super) fn errand(errand: Errand) -> Self {
        Self { papo: VERSION, json: false, ask: Asked::Store(errand) }
    }

    /// Reads a question; the error is for whoever asked.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let request: Self = serde_json::from_str(line).map_err(|error| format!("this is no question: {error}"))?;
        match request.papo {
            VERSION => Ok(request),
            other => Err(format!("the papo that runs is another version: it speaks {VERSION}, and this one {other}")),
        }
    }

    pub(super) fn line(&self) -> String {
        line(self)
    }
}

impl Reply {
    pub(super) fn read(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("the papo that runs answers strangely: {error}"))
    }

    pub(super) fn line(&self) -> String {
        line(self)
    }

    /// Whether nothing follows.
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Self::Done | Self::Late(_) | Self::Refused(_))
    }
}

fn line(value: &impl Serialize) -> String {
    let mut line = serde_json::to_string(value).expect("text and numbers are JSON");
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::app::remote::Until;

    #[test]
    fn a_question_is_one_line_and_of_one_version() {
        let request = Request::new(Ask::Tail(None), true);
        assert_eq!(request.line(), "{\"papo\":1,\"json\":true,\"ask\":{\"tail\":null}}\n");
        assert_eq!(Request::new(Ask::Users, false).line(), "{\"papo\":1,\"json\":false,\"ask\":\"users\"}\n");
        let errand = Request::errand(Errand::Import);
        assert_eq!(errand.line(), "{\"papo\":1,\"json\":false,\"ask\":\"import\"}\n");
        assert_eq!(Request::read(&errand.line()), Ok(errand));
        let later = request.line().replace(":1,", ":2,");
        assert!(Request::read(&later).unwrap_err().contains("another version"));
    }

    proptest! {
        #[test]
        fn what_is_asked_is_heard(text in any::<String>(), to in any::<String>()) {
            let request = Request::new(Ask::Send { to, text, until: Until::Read }, false);
            prop_assert_eq!(request.line().matches('\n').count(), 1);
            prop_assert_eq!(Request::read(&request.line()), Ok(request));
        }

        #[test]
        fn what_is_answered_is_heard(text in any::<String>()) {
            let (line, aside) = (Reply::Line(text.clone()), Reply::Aside(text.clone()));
            for reply in [line, aside, Reply::Done, Reply::Late(text.clone()), Reply::Refused(text.clone())] {
                prop_assert_eq!(Reply::read(&reply.line()), Ok(reply));
            }
        }

        #[test]
        fn nothing_that_comes_breaks_the_reader(line in any::<String>()) {
            let _ = (Request::read(&line), Reply::read(&line));
        }
    }
}
