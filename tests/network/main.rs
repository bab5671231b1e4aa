//! Tests over real sockets: papo's client against brokers, and its embedded broker and mosquitto against attackers.

#[path = "../support/acl.rs"]
mod acl;
#[path = "../support/attacker.rs"]
mod attacker;
#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/broker.rs"]
mod broker;
#[path = "../support/flood.rs"]
mod flood;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/scripted_broker.rs"]
mod scripted_broker;
#[path = "../support/wait.rs"]
mod wait;

mod access_control;
mod embedded;
mod mosquitto_acl;
mod mqtt;
mod transports;
