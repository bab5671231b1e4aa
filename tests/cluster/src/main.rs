//! One node of a cluster of RMQTT: `node --mode broadcast|raft --id N --mqtt PORT --grpc PORT --plugins FOLDER`. It listens
//! on 127.0.0.1 only. The folder has the configuration of each plugin, with the addresses of all nodes.

use std::{env, net::Ipv4Addr, num::NonZeroU16, time::Duration};

use rmqtt::{
    Result,
    context::{CircuitBreakerConfig, ServerContext, TimeBasedWindowConfig},
    net::Builder,
    node::Node,
    server::MqttServer,
};

const DAY: Duration = Duration::from_hours(24);

/// The value that follows an option on the command line.
fn option(name: &str) -> String {
    env::args().skip_while(|word| word != name).nth(1).unwrap_or_else(|| panic!("{name} is missing"))
}

#[tokio::main]
async fn main() -> Result<()> {
    simple_logger::SimpleLogger::new().with_level(log::LevelFilter::Warn).init()?;
    let address =
        |option_name| Ok::<_, rmqtt::Error>((Ipv4Addr::LOCALHOST, option(option_name).parse::<u16>()?).into());
    // This, and the listener below, are as in docker/cluster/rmqtt.toml.
    let breaker = CircuitBreakerConfig {
        window: TimeBasedWindowConfig { sliding_window_duration: Duration::from_secs(2), sliding_window_size: 20 }
            .into(),
        minimum_number_of_calls: 2,
        wait_duration_in_open: Duration::from_secs(1),
        ..CircuitBreakerConfig::default()
    };
    let context = ServerContext::new()
        .node(Node::new(option("--id").parse()?, 80.0, 90.0, Duration::from_secs(2)))
        .busy_check_enable(false)
        .circuit_breaker_config(breaker)
        .plugins_config_dir(option("--plugins"))
        .build()
        .await;
    context.node.start_grpc_server(context.clone(), address("--grpc")?, true, false);
    rmqtt_acl::register(&context, true, true).await?;
    rmqtt_retainer::register(&context, true, false).await?;
    match option("--mode").as_str() {
        "broadcast" => rmqtt_cluster_broadcast::register(&context, true, true).await?,
        "raft" => rmqtt_cluster_raft::register(&context, true, true).await?,
        other => panic!("no such mode: {other}"),
    }
    rmqtt_session_storage::register(&context, true, true).await?;
    let listener = Builder::new()
        .name("tcp")
        .laddr(address("--mqtt")?)
        .reuseaddr(Some(true))
        .nodelay(true)
        .allow_anonymous(false)
        .max_packet_size(8 << 20)
        .max_inflight(NonZeroU16::new(100).expect("it is not zero"))
        .max_session_expiry_interval(60 * DAY)
        .max_mqueue_len(100_000)
        .mqueue_rate_limit(10_000.try_into()?, Duration::from_secs(1))
        .message_expiry_interval(3650 * DAY)
        .bind()?
        .tcp()?;
    MqttServer::new(context).listener(listener).build().run().await
}
