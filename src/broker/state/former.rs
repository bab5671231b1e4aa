//! Reads the retained messages of papo 0.1, whose broker kept each one in a JSON file.

use std::{fs, io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use mqtt5_protocol::{Properties, QoS};
use serde::Deserialize;

use super::super::hub::{Change, Message};

/// The account of the imported messages: their publishers were not recorded.
const ACCOUNT: &str = "retained";

/// A file's content. The retain flag and the time are left out.
#[derive(Deserialize)]
struct FormerMessage {
    topic: Box<str>,
    payload: Vec<u8>,
    qos: QoS,
    stored_at_secs: u64,
    message_expiry_interval: Option<u32>,
    #[serde(default)]
    user_properties: Vec<(String, String)>,
    content_type: Option<String>,
    response_topic: Option<String>,
    correlation_data: Option<Vec<u8>>,
    payload_format_indicator: Option<bool>,
}

/// The retained messages in this state folder. A file that cannot be read is left out with a warning, as papo 0.1 did.
pub(super) fn retained_messages(folder: &Path) -> io::Result<Vec<Change>> {
    let files = match fs::read_dir(folder.join("retained")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        files => files?,
    };
    let mut changes = Vec::new();
    let mut id = 0;
    for file in files {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let read = fs::read(&path).and_then(|json| Ok(serde_json::from_slice::<FormerMessage>(&json)?));
        match read.and_then(|former| former.into_message(id + 1)) {
            Ok(message) => {
                id += 1;
                changes.push(Change::Retained(message.topic.clone(), Some(id)));
                changes.push(Change::Message(id, Some(Arc::new(message))));
            }
            Err(error) => tracing::warn!(path = %path.display(), %error, "a retained message cannot be imported"),
        }
    }
    tracing::info!(count = id, "the retained messages of papo 0.1 were imported");
    Ok(changes)
}

impl FormerMessage {
    fn into_message(self, id: u64) -> io::Result<Message> {
        let mut properties = Properties::default();
        for (name, value) in self.user_properties {
            properties.add_user_property(name, value);
        }
        if let Some(content_type) = self.content_type {
            properties.set_content_type(content_type);
        }
        if let Some(topic) = self.response_topic {
            properties.set_response_topic(topic);
        }
        if let Some(data) = self.correlation_data {
            properties.set_correlation_data(data.into());
        }
        if let Some(is_utf8) = self.payload_format_indicator {
            properties.set_payload_format_indicator(is_utf8);
        }
        let mut encoded = Vec::new();
        properties.encode(&mut encoded).map_err(io::Error::other)?;
        // The length in front has a variable size; its last byte has no continuation bit.
        let len = encoded.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let expiry = self.message_expiry_interval.map(|seconds| self.stored_at_secs.saturating_add(seconds.into()));
        Ok(Message {
            id,
            topic: self.topic,
            payload: self.payload.into(),
            properties: Bytes::from(encoded).slice(len..),
            qos: self.qos,
            is_state: true,
            expires: expiry.map(Duration::from_secs),
            account: ACCOUNT.into(),
        })
    }
}
