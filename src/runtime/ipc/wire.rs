//! The protocol on the socket: the client sends one line of JSON, and papo replies with lines of JSON.

use serde::{Deserialize, Serialize};

use crate::{app::scripts::ScriptRequest, domain::BrokerList};

/// The version of the protocol. Requests with another version are refused: the other papo may be a different release.
const VERSION: u32 = 1;

/// A client's request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    /// The version of the protocol, see [`VERSION`].
    papo: u32,
    /// Whether the client wants the answer as JSON.
    pub(super) json: bool,
    pub(super) ask: RequestContent,
    /// The brokers that the command line or the environment names. The running papo must use one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) broker: Option<BrokerList>,
}

/// The content of a request: a [`ScriptRequest`] for the model, or a job on the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum RequestContent {
    Model(ScriptRequest),
    Store(StoreJob),
}

/// A job on the store of a running papo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::runtime) enum StoreJob {
    /// Import the messages that follow the request, one per line.
    Import,
    /// Verify the whole history.
    Check,
}

/// A line of the answer. `Done`, `TimedOut` or `Refused` is the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// A line for standard output.
    Line(String),
    /// A remark for standard error.
    #[serde(rename = "aside")]
    Remark(String),
    /// The answer is complete.
    Done,
    /// The request is not complete in time, for this reason.
    #[serde(rename = "late")]
    TimedOut(String),
    /// The request is refused, for this reason.
    Refused(String),
}

impl Request {
    pub(super) fn new(ask: RequestContent, json: bool) -> Self {
        Self { papo: VERSION, json, ask, broker: None }
    }

    /// The same request, for a papo that uses one of these brokers.
    pub(super) fn at_broker(self, broker: Option<BrokerList>) -> Self {
        Self { broker, ..self }
    }

    /// Parses a request. The error is a message for the client.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let request: Self = serde_json::from_str(line).map_err(|error| format!("invalid request: {error}"))?;
        match request.papo {
            VERSION => Ok(request),
            other => {
                Err(format!("the running papo is another version: it speaks protocol {VERSION}, this one {other}"))
            }
        }
    }

    /// The request as one line of JSON, with the line feed.
    pub(super) fn line(&self) -> String {
        line(self)
    }
}

impl Reply {
    /// Parses a reply. The error is a message for the user.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("invalid answer from the running papo: {error}"))
    }

    /// The reply as one line of JSON, with the line feed.
    pub(super) fn line(&self) -> String {
        line(self)
    }

    /// Whether this is the last reply to a request.
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Self::Done | Self::TimedOut(_) | Self::Refused(_))
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
    use crate::app::scripts::Until;

    #[test]
    fn request_is_one_line_with_the_version() {
        let request = Request::new(RequestContent::Model(ScriptRequest::Tail(None)), true);
        assert_eq!(request.line(), "{\"papo\":1,\"json\":true,\"ask\":{\"tail\":null}}\n");
        let users = Request::new(RequestContent::Model(ScriptRequest::Users), false);
        assert_eq!(users.line(), "{\"papo\":1,\"json\":false,\"ask\":\"users\"}\n");
        let job = Request::new(RequestContent::Store(StoreJob::Import), false);
        assert_eq!(job.line(), "{\"papo\":1,\"json\":false,\"ask\":\"import\"}\n");
        assert_eq!(Request::read(&job.line()), Ok(job));
        let request = request.at_broker(Some(BrokerList::one("mqtt://here")));
        assert_eq!(Request::read(&request.line()), Ok(request.clone()));
        let later = request.line().replace(":1,", ":2,");
        assert!(Request::read(&later).unwrap_err().contains("another version"));
    }

    proptest! {
        #[test]
        fn request_survives_encoding(text in any::<String>(), to in any::<String>()) {
            let send = ScriptRequest::Send { to, text, until: Until::Read };
            let request = Request::new(RequestContent::Model(send), false);
            prop_assert_eq!(request.line().matches('\n').count(), 1);
            prop_assert_eq!(Request::read(&request.line()), Ok(request));
        }

        #[test]
        fn reply_survives_encoding(text in any::<String>()) {
            let (line, remark) = (Reply::Line(text.clone()), Reply::Remark(text.clone()));
            for reply in [line, remark, Reply::Done, Reply::TimedOut(text.clone()), Reply::Refused(text.clone())] {
                prop_assert_eq!(Reply::read(&reply.line()), Ok(reply));
            }
        }

        #[test]
        fn decoding_any_line_never_panics(line in any::<String>()) {
            let _ = (Request::read(&line), Reply::read(&line));
        }
    }
}
