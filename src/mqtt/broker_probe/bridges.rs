//! Looks for bridges to other brokers, and for what they may do to publications. Only this side of a bridge is visible.

use super::{Names, Probe, QUIET_TIME};
use crate::{
    domain::{DisconnectReason, escaped},
    protocol::{Content, decode},
};

/// Where mosquitto says which bridges are connected to it, unless they have `notifications false`.
const CONNECTIONS: &str = "$SYS/broker/connection/";
/// The most bridges that are named.
const MOST_BRIDGES: usize = 10;
/// The most users whose presence is read.
const MOST_USERS: usize = 10_000;

/// What is visible of bridges to other brokers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BridgeReport {
    /// The names of the bridges that the broker reports, escaped.
    pub bridges: Vec<String>,
    /// How many other users are online without papo's properties: they use plain clients, or are behind something that
    /// removes properties.
    pub bare_users: usize,
}

pub(super) async fn look_for_bridges(probe: &mut Probe, names: &Names) -> Result<BridgeReport, DisconnectReason> {
    let mut report = BridgeReport::default();
    let all = format!("{CONNECTIONS}#");
    if probe.subscribe(&all).await? {
        while report.bridges.len() < MOST_BRIDGES
            && let Some(inbound) = probe.receive_within(QUIET_TIME, |it| it.topic.starts_with(CONNECTIONS)).await?
        {
            let name = inbound.topic.strip_prefix(CONNECTIONS).and_then(|rest| rest.strip_suffix("/state"));
            // A publication without a state clears the report of a bridge that is gone.
            report.bridges.extend(name.filter(|_| !inbound.payload.is_empty()).map(escaped));
        }
        probe.unsubscribe(&all).await?;
    }
    let presence = format!("{}USERS/+", names.prefix);
    if probe.subscribe(&presence).await? {
        for _ in 0..MOST_USERS {
            let Some(inbound) = probe.receive_within(QUIET_TIME, |it| it.retained).await? else { break };
            let is_bare = decode(&names.prefix, &inbound).is_ok_and(|known| {
                let is_online = matches!(&known.content, Content::Presence(user, true) if user.as_str() != names.me);
                is_online && !known.properties.is_papo
            });
            report.bare_users += usize::from(is_bare);
        }
        probe.unsubscribe(&presence).await?;
    }
    Ok(report)
}
