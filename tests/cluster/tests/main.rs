//! papo and a cluster of three RMQTT nodes, configured as in `docker/cluster/`, with haproxy in front of it: everything works
//! across nodes, a burst arrives at once, and no message is lost while nodes are killed.
//!
//! Each test exists for both modes of RMQTT: *broadcast*, which is the one to use, and *raft*, which keeps less of what
//! clients take for granted: it reorders messages, refuses all clients while it elects a leader, and gives back own
//! messages. papo has to bear both. `PAPO_BUILT` names another papo than the release build of this repository. `make
//! cluster` runs all of it.

mod balancer;
mod burst;
mod chaos;
mod cluster;
mod failover;
mod functions;
mod logins;
mod papo;
mod process;

/// Turns each scenario into one test for each mode.
macro_rules! in_both_modes {
    ($($(#[$attribute:meta])* $scenario:ident)*) => {
        mod broadcast {
            $($(#[$attribute])* #[test] fn $scenario() { super::$scenario(crate::cluster::Mode::Broadcast); })*
        }
        mod raft {
            $($(#[$attribute])* #[test] fn $scenario() { super::$scenario(crate::cluster::Mode::Raft); })*
        }
    };
}
use in_both_modes;
