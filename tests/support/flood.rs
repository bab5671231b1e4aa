//! Publishes thousands of messages with one MQTT client.
#![allow(dead_code, reason = "each test file uses what it needs")]

use papo::{
    mqtt::{self, Event, Options, Request},
    protocol::{Publication, RowId},
};

/// A retained publication of a plain client.
pub fn kept(topic: impl Into<String>, payload: impl Into<Vec<u8>>) -> Publication {
    Publication { retain: true, ..Publication::new(topic, payload) }
}

/// Publishes everything as fast as the broker accepts it; returns once the broker has acknowledged everything.
pub fn publish(port: u16, publications: Vec<Publication>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("mqtt://127.0.0.1:{port}").parse().unwrap();
        let options = Options::new(url, "flood", Publication::new("will/flood", "gone"));
        let count = publications.len();
        let backlog = (0..).map(RowId).zip(publications).collect();
        let (handle, mut events) = mqtt::spawn(options, backlog);
        let mut acknowledged = 0;
        while acknowledged < count {
            acknowledged += usize::from(matches!(events.recv().await.unwrap(), Event::Published { .. }));
        }
        handle.try_send(Request::Close { last: Vec::new() }).unwrap();
        while events.recv().await.unwrap() != Event::Closed {}
    });
}
