//! Delivery of outbox rows while connections are cut and the broker is killed.

use std::{collections::HashSet, time::Duration};

use papo::{
    mqtt::{Event, Request},
    protocol::{PubOutcome, Publication, Qos, RowId, Subscription},
};

use super::{Client, options};
use crate::{broker::Broker, proxy::Proxy};

/// A client that receives row numbers on `room` and acknowledges each.
struct RowReader {
    client: Client,
    seen: HashSet<u64>,
    /// The rows in the order of their first arrival.
    arrivals: Vec<u64>,
}

impl RowReader {
    /// Handles the next event. Returns whether it confirms the subscription.
    async fn step(&mut self) -> bool {
        let event = self.client.event().await;
        self.handle(event)
    }

    fn handle(&mut self, event: Event) -> bool {
        match event {
            Event::Received { inbound, token } => {
                self.client.send(Request::Ack(token));
                let row: u64 = String::from_utf8(inbound.payload).unwrap().parse().unwrap();
                if self.seen.insert(row) {
                    self.arrivals.push(row);
                }
            }
            Event::Connected { .. } => {
                self.client.send(Request::Subscribe(vec![Subscription {
                    filter: "room".into(),
                    no_local: false,
                    qos: Qos::AtLeastOnce,
                }]));
            }
            Event::Disconnected { .. } => self.client.send(Request::Reconnect),
            Event::Stopped { reason, .. } => panic!("stopped: {reason:?}"),
            Event::Subscribed { .. } => return true,
            _ => {}
        }
        false
    }
}

/// The steps of killing the broker at a moment when it loses nothing.
#[derive(PartialEq)]
enum Kill {
    NotYet,
    /// The test has closed the proxy, and the writer has not noticed yet.
    CuttingOff,
    /// The writer is cut off, and all acknowledgements from the broker are counted.
    CutOff,
    /// The broker runs again. The reader has to subscribe before the writer publishes more.
    Restarted,
    Over,
}

#[tokio::test]
async fn rows_arrive_in_order_through_cuts_and_broker_kills() {
    const ROWS: u64 = 2000;
    let mut broker = Broker::start();
    let proxy = Proxy::start(broker.port()).await;
    let mut ann_options = options(broker.port(), "ann");
    ann_options.timeouts.short_lived = Duration::ZERO;
    let client = Client::new(ann_options);
    let mut ann = RowReader { client, seen: HashSet::new(), arrivals: Vec::new() };
    while !ann.step().await {}

    let mut bob_options = options(proxy.port(), "bob");
    bob_options.timeouts.short_lived = Duration::ZERO;
    let backlog = (1..=ROWS).map(|row| (RowId(row), Publication::new("room", row.to_string()))).collect();
    let mut bob = Client::with_backlog(bob_options, backlog);

    let (mut published, mut cuts, mut kill) = (0, 0, Kill::NotYet);
    while published < ROWS || ann.seen.len() < usize::try_from(ROWS).unwrap() {
        tokio::select! {
            event = bob.event() => match event {
                Event::Published { outcome, .. } => {
                    assert_eq!(outcome, PubOutcome::Taken);
                    published += 1;
                    if cuts < 5 && published >= (cuts + 1) * 300 {
                        cuts += 1;
                        if cuts == 3 {
                            proxy.close();
                            kill = Kill::CuttingOff;
                        } else {
                            proxy.cut();
                        }
                    }
                }
                Event::Disconnected { .. } => {
                    bob.send(Request::Reconnect);
                    if kill == Kill::CuttingOff {
                        kill = Kill::CutOff;
                    }
                }
                Event::Stopped { reason, .. } => panic!("stopped: {reason:?}"),
                _ => {}
            },
            is_subscribed = ann.step() => {
                if is_subscribed && kill == Kill::Restarted {
                    kill = Kill::Over;
                    proxy.cut();
                }
            }
        }
        // A killed broker loses rows that it has acknowledged but not saved, so ann must have received all
        // acknowledged rows first. Their number is final only after bob's disconnection.
        if kill == Kill::CutOff && ann.seen.len() as u64 >= published {
            broker.kill();
            broker.restart();
            kill = Kill::Restarted;
        }
    }
    assert!(kill == Kill::Over && cuts == 5);
    assert!(ann.arrivals.is_sorted(), "rows arrive in order, apart from repeated deliveries");
}
