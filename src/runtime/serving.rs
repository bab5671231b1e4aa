//! `papo broker`: runs a broker in the foreground, and manages its users and certificates.

use std::{
    io::{self, Write},
    net::{IpAddr, UdpSocket},
    path::Path,
};

use color_eyre::eyre::{Result, eyre};

use super::{clock, log, output, password};
use crate::{
    broker::{self, Certificates, Limits, Settings, Users},
    cli::{BrokerArgs, BrokerCommand, UserCommand, UserName},
    config::Paths,
    mqtt::fingerprints,
    owner_only,
};

/// Runs a broker, or changes its users or certificates.
pub(super) fn run(args: &BrokerArgs) -> Result<()> {
    owner_only::set_umask();
    let paths = Paths::discover()?;
    let state = args.state.clone().unwrap_or_else(|| paths.broker_dir());
    match &args.command {
        Some(BrokerCommand::User(command)) => return change_users(&state, command),
        Some(BrokerCommand::Cert { names, days }) => return make_certificate(&Certificates::of(&state), names, *days),
        None => {}
    }
    let is_open = Users::of(&state).read()?.is_empty();
    if is_open
        && !args.open
        && let Some(listener) = args.listen.iter().find(|listener| !listener.is_local())
    {
        return Err(eyre!(
            "no users are defined, and {listener} can be reached from other machines: add users with papo broker user \
             add ID, or let everyone in with --open"
        ));
    }
    log::start_and_print_errors(&paths.state.join("broker.log"));
    let certificate = args.cert.clone().zip(args.key.clone());
    let limits = Limits::from(&args.limits);
    let settings = Settings { listen: args.listen.clone(), state, certificate, limits };
    Ok(broker::serve(settings, &mut io::stdout(), &mut io::stderr())?)
}

/// Creates a certificate for this machine, and prints how to use it.
fn make_certificate(files: &Certificates, names: &[String], days: u32) -> Result<()> {
    let detected = || own_names().into_iter().chain(own_addresses()).collect();
    let names = if names.is_empty() { detected() } else { names.to_vec() };
    let is_new_authority = files.issue(&names, days, clock::wall())?;
    let authority = files.authority();
    let mut out = output::stdout();
    writeln!(out, "certificate for: {}", names.join(", "))?;
    writeln!(out, "valid for:       {days} days")?;
    writeln!(out, "CA:              {}{}", authority.display(), if is_new_authority { " (new)" } else { "" })?;
    writeln!(out, "SHA-256 of CA:   {}", fingerprints(&authority)?)?;
    writeln!(
        out,
        "\nAfter a restart, the broker uses it on TLS listeners:\n  \
         papo broker --listen mqtts://0.0.0.0\n\
         Everyone who connects needs {}. They should compare its SHA-256 over another channel:\n  \
         openssl x509 -in ca.pem -noout -fingerprint -sha256",
        authority.display()
    )?;
    // Prefers an IP address to a host name, because other machines may not be able to resolve the name.
    let is_reachable =
        |name: &&String| name.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4() && !address.is_loopback());
    let host = names.iter().find(is_reachable).or(names.first()).map_or("HOST", String::as_str);
    writeln!(out, "  papo -b mqtts://{host} --ca-file ca.pem")?;
    Ok(())
}

/// The host names of this machine, including `localhost`.
fn own_names() -> Vec<String> {
    let mut names = Vec::new();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if !host.is_empty() && host != "localhost" {
        if !host.contains('.') {
            names.push(format!("{host}.local"));
        }
        names.insert(0, host);
    }
    names.push("localhost".to_owned());
    names
}

/// The IP addresses of this machine, with the loopback addresses last.
fn own_addresses() -> Vec<String> {
    // Connecting a UDP socket sends nothing: the system only picks the local address. The targets are documentation
    // addresses (RFC 5737, RFC 3849).
    let routes = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    let found = routes.iter().filter_map(|(from, to)| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip().to_string())
    });
    let loopback = ["127.0.0.1", "::1"].map(str::to_owned);
    let mut all: Vec<String> = found.collect();
    all.retain(|address| !loopback.contains(address));
    all.into_iter().chain(loopback).collect()
}

/// Changes or lists the users of the broker whose state is in this folder.
fn change_users(state: &Path, command: &UserCommand) -> Result<()> {
    let users = Users::of(state);
    match command {
        UserCommand::Add(UserName { name }) => {
            let is_first = users.read()?.is_empty();
            users.add(name, &password::ask(name)?)?;
            if is_first && broker::is_in_use(state) {
                writeln!(
                    io::stderr(),
                    "note: the running broker had no users, so it lets everyone in until it is started again"
                )?;
            }
        }
        UserCommand::Passwd(UserName { name }) => users.change(name, &password::ask(name)?)?,
        UserCommand::Remove(UserName { name }) => users.remove(name)?,
        UserCommand::List => {
            let mut out = output::stdout();
            for user in users.read()?.keys() {
                writeln!(out, "{user}")?;
            }
        }
    }
    Ok(())
}
