//! Tests over real sockets: papo's MQTT client connects to brokers, and attackers connect to the embedded broker and to
//! mosquitto.

#[path = "../support/acl.rs"]
mod acl;
#[path = "../support/attacker.rs"]
mod attacker;
#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/broker.rs"]
mod broker;
#[path = "../support/dice.rs"]
mod dice;
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
mod presence;
mod transports;
