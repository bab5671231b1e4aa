//! Guesses, and logins that come in numbers.
#![expect(clippy::disallowed_methods, reason = "the broker's limits are in real time")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    packet::{Connect, Reply, Version},
    process::{Broker, holds_within},
    raw::{Client, open, open_from},
};

/// Not authorized, or a bad user name or password.
const WRONG: [u8; 2] = [0x86, 0x87];
/// Server busy.
const BUSY: u8 = 0x89;
/// Connection rate exceeded.
const TOO_OFTEN: u8 = 0x9F;

/// Logs in from `127.0.0.source`.
fn log_in_from(source: u8, broker: &Broker, connect: &Connect) -> Result<Client, u8> {
    Client::over(open_from(source, broker.port()), Version::V5).log_in(connect)
}

/// The reason why a login is refused.
#[track_caller]
fn refusal(source: u8, broker: &Broker, user: &str, password: &str) -> u8 {
    log_in_from(source, broker, &Connect::v5("").login(user, password)).map(|_| "let in").unwrap_err()
}

#[test]
fn login_must_be_given_and_right() {
    let broker = Broker::with_users(&["alice", "bob"]);
    let refused = |connect: &Connect| Client::try_connect(broker.port(), connect).map(|_| "let in").unwrap_err();
    assert!(WRONG.contains(&refused(&Connect::v5("alice"))));
    assert!(WRONG.contains(&refused(&Connect::v5("alice").login("alice", "bob"))));
    assert!(WRONG.contains(&refused(&Connect::v5("eve").login("eve", "eve"))));
    // An ID that is not the login: client identifier not valid.
    assert_eq!(refused(&Connect::v5("alice").login("bob", "bob")), 0x85);
    // 3.1.1 has codes of its own: 4 and 5.
    assert!(matches!(refused(&Connect::v3("alice").login("alice", "bob")), 4 | 5));
    broker.client(&Connect::v3("alice").login("alice", "alice"));
}

/// papo looks who is there before it takes an ID.
#[test]
fn client_without_id_is_let_in_with_a_login() {
    let broker = Broker::with_users(&["alice"]);
    let mut alice = broker.user_client("alice");
    let mut probe = broker.client(&Connect::v5("").login("alice", "alice"));
    assert!(probe.may_subscribe("USERS/alice"));
    assert!(alice.pings(), "the probe has taken over nothing");
}

#[test]
fn guesser_is_slowed_down_and_nobody_else_is() {
    let broker = Broker::with_users(&["alice", "bob"]);
    for guess in 0..5 {
        assert!(WRONG.contains(&refusal(2, &broker, "alice", "guess")), "guess {guess}");
    }
    let cpu = broker.cpu();
    for guess in 5..45 {
        assert_eq!(refusal(2, &broker, "alice", "guess"), TOO_OFTEN, "guess {guess}");
    }
    let spent = broker.cpu().saturating_sub(cpu);
    assert!(spent < Duration::from_millis(400), "{spent:?} of CPU for 40 guesses that need no hash");
    let since = Instant::now();
    assert!(log_in_from(2, &broker, &Connect::user("bob")).is_ok(), "bob behind the guesser's address");
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
}

#[test]
fn guesses_at_once_are_checked_only_in_part() {
    let broker = Broker::with_users(&["alice", "bob"]);
    let mut guessers: Vec<Client> = (0..60).map(|_| Client::over(open_from(2, broker.port()), Version::V5)).collect();
    for guesser in &mut guessers {
        guesser.send(&Connect::v5("").login("alice", "guess").bytes());
    }
    let reason = |guesser: &mut Client| match guesser.next() {
        Some(Reply::Connack { reason, .. }) => reason,
        reply => panic!("{reply:?}"),
    };
    let reasons: Vec<u8> = guessers.iter_mut().map(reason).collect();
    let checked = reasons.iter().filter(|reason| WRONG.contains(reason)).count();
    // Twenty at a time, until five of them were wrong.
    assert!((5..=24).contains(&checked), "{checked} of 60 guesses were checked: {reasons:x?}");
    assert!(reasons.iter().all(|reason| WRONG.contains(reason) || [BUSY, TOO_OFTEN].contains(reason)), "{reasons:x?}");
    assert_eq!(refusal(2, &broker, "alice", "alice"), TOO_OFTEN, "they all count");
    assert!(log_in_from(2, &broker, &Connect::user("bob")).is_ok());
}

/// As a script does that sends several messages at once.
#[test]
fn right_logins_at_once_are_let_in() {
    let broker = Broker::with_users(&["alice"]);
    let mut clients: Vec<Client> = (0..12).map(|_| Client::over(open_from(2, broker.port()), Version::V5)).collect();
    for client in &mut clients {
        client.send(&Connect::v5("").login("alice", "alice").bytes());
    }
    for client in &mut clients {
        let reply = client.next();
        assert!(matches!(reply, Some(Reply::Connack { reason: 0, .. })), "{reply:?}");
    }
}

#[test]
fn guesses_from_one_address_lock_nobody_out_at_another() {
    let broker = Broker::with_users(&["alice"]);
    for _ in 0..10 {
        assert!(refusal(2, &broker, "alice", "guess") >= 0x80);
    }
    assert!(log_in_from(1, &broker, &Connect::user("alice")).is_ok(), "alice from her own address");
}

#[test]
fn unknown_names_take_as_long_as_wrong_passwords() {
    // One guess for each name, so that nobody is slowed down.
    let users: Vec<String> = (0..9).map(|n| format!("user{n}")).collect();
    let broker = Broker::with_users(&users.iter().map(String::as_str).collect::<Vec<_>>());
    let mut times = [Vec::new(), Vec::new()];
    for user in &users {
        for (times, user) in times.iter_mut().zip([user, &format!("no{user}")]) {
            let mut client = Client::over(open(broker.port()), Version::V5);
            let since = Instant::now();
            client.send(&Connect::v5("").login(user, "guess").bytes());
            let reply = client.next();
            times.push(since.elapsed());
            assert!(matches!(reply, Some(Reply::Connack { reason, .. }) if WRONG.contains(&reason)), "{reply:?}");
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort();
        times[4].as_secs_f64()
    });
    assert!((0.5..2.0).contains(&(known / unknown)), "{known} s and {unknown} s");
}

#[test]
fn wrong_logins_at_once_cost_little_memory() {
    let broker = Broker::with_users(&["alice"]);
    let mut guessers: Vec<Client> = (0..100).map(|_| Client::over(open(broker.port()), Version::V5)).collect();
    for (n, guesser) in guessers.iter_mut().enumerate() {
        // A few for each name, so that they are not refused for that.
        guesser.send(&Connect::v5("").login(&format!("user{}", n / 4), "guess").bytes());
    }
    // A short queue may be full for a moment.
    let lets_in = || Client::try_connect(broker.port(), &Connect::user("alice")).is_ok();
    assert!(holds_within(Duration::from_secs(5), lets_in), "alice is not let in");
    for guesser in &mut guessers {
        let reply = guesser.next();
        let is_refused = match &reply {
            Some(Reply::Connack { reason, .. }) => *reason >= 0x80,
            reply => reply.is_none(),
        };
        assert!(is_refused, "{reply:?}");
    }
    assert!(broker.peak_rss() <= 150.0, "{} MB", broker.peak_rss());
}

#[test]
fn right_logins_leave_memory_flat() {
    let broker = Broker::with_users(&["alice"]);
    drop(broker.user_client("alice"));
    let before = broker.rss();
    for _ in 0..300 {
        broker.client(&Connect::user("alice"));
    }
    let growth = broker.peak_rss() - before;
    assert!(growth <= 60.0, "{growth} MB after 300 logins one after another");

    let mut clients: Vec<Client> = (0..200).map(|_| Client::over(open(broker.port()), Version::V5)).collect();
    for client in &mut clients {
        client.send(&Connect::v5("").login("alice", "alice").bytes());
    }
    let is_let_in = |client: &mut Client| matches!(client.next(), Some(Reply::Connack { reason: 0, .. }));
    let let_in = clients.iter_mut().map(is_let_in).filter(|&is_let_in| is_let_in).count();
    assert!(let_in > 0);
    let growth = broker.peak_rss() - before;
    assert!(growth <= 60.0, "{growth} MB after 200 logins at once, {let_in} of them let in");
}

#[test]
fn removed_user_is_disconnected() {
    let broker = Broker::with_users(&["alice", "bob"]);
    let mut alice = broker.user_client("alice");
    let mut probe = broker.client(&Connect::v5("").login("alice", "alice"));
    let mut bob = broker.user_client("bob");
    broker.user(&["remove", "alice"], "");
    for client in [&mut alice, &mut probe] {
        client.set_patience(Duration::from_secs(3));
        // Not authorized, or administrative action.
        assert!(matches!(client.ended(), 0x87 | 0x98));
    }
    assert!(bob.pings());
    assert!(WRONG.contains(&refusal(1, &broker, "alice", "alice")));
}

#[test]
fn new_password_ends_the_connection() {
    let broker = Broker::with_users(&["alice", "bob"]);
    let mut alice = broker.user_client("alice");
    let mut bob = broker.user_client("bob");
    broker.user(&["passwd", "alice"], "new");
    alice.set_patience(Duration::from_secs(3));
    assert!(matches!(alice.ended(), 0x87 | 0x98));
    assert!(WRONG.contains(&refusal(1, &broker, "alice", "alice")));
    broker.client(&Connect::v5("alice").login("alice", "new"));
    assert!(bob.pings());
}

/// Panics if other accounts have any access to a file in this folder.
fn is_private(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let metadata = entry.metadata().unwrap();
        let mode = metadata.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", entry.path().display());
        if metadata.is_dir() {
            is_private(&entry.path());
        }
    }
}

#[test]
fn existing_state_folder_is_closed_to_other_accounts() {
    let broker = Broker::prepare();
    fs::create_dir(broker.state()).unwrap();
    fs::set_permissions(broker.state(), fs::Permissions::from_mode(0o755)).unwrap();
    let broker = broker.started();
    broker.client(&Connect::v5("alice")).retains("a", "kept");
    let mode = fs::metadata(broker.state()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    is_private(&broker.state());
}

#[test]
fn broker_without_users_says_who_may_read() {
    let broker = Broker::open();
    assert!(broker.errors().contains("every account of this machine"), "{:?}", broker.errors());
    let broker = Broker::with_users(&["alice"]);
    assert!(!broker.errors().contains("account"), "{:?}", broker.errors());
}
