//! Connections over every transport to mosquitto and to papo's embedded broker, and the errors when one fails.

use std::{path::PathBuf, time::Duration};

use crate::{
    authority::Authority,
    broker::{Broker, free_port},
};
use papo::domain::DisconnectReason;
use papo::mqtt::{self, Credentials, Event, Handle, Options, Request, Tls, TlsFiles};
use papo::protocol::{Publication, Qos, RowId, Subscription};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
    time::timeout,
};

/// The time limit of each wait. Longer than any step takes on a busy machine, so only a failing test reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

fn options(url: &str, files: TlsFiles) -> Options {
    let options = Options::new(url.parse().unwrap(), "ann", Publication::new("will", "gone"));
    let tls = options.broker.transport().is_tls().then(|| Tls::load(&files).unwrap());
    Options { tls, ..options }
}

fn trust(authority: &Authority) -> TlsFiles {
    TlsFiles { authorities: Some(authority.certificate()), client: None }
}

/// Connects and publishes a message to itself. Returns the reason if the connection fails.
async fn outcome(options: Options) -> Result<(), DisconnectReason> {
    let (handle, mut events) = mqtt::spawn(options, vec![]);
    let outcome = timeout(PATIENCE, echo(&handle, &mut events)).await.expect("neither a message nor a failure");
    // The next client may use the same ID.
    let _ = handle.try_send(Request::Close { last: vec![] });
    while events.recv().await.is_some_and(|event| event != Event::Closed) {}
    outcome
}

async fn echo(handle: &Handle, events: &mut mpsc::Receiver<Event>) -> Result<(), DisconnectReason> {
    let filter = Subscription { filter: "room".into(), no_local: false, qos: Qos::AtLeastOnce };
    loop {
        match events.recv().await.expect("the actor is running") {
            Event::Connected { .. } => handle.try_send(Request::Subscribe(vec![filter.clone()])).unwrap(),
            Event::Subscribed { .. } => {
                let row = Some(RowId(1));
                handle.try_send(Request::Publish { row, publication: Publication::new("room", "hello") }).unwrap();
            }
            Event::Received { inbound, token } => {
                assert_eq!(inbound.payload, b"hello");
                handle.try_send(Request::Ack(token)).unwrap();
                return Ok(());
            }
            Event::Disconnected { reason, .. } | Event::Stopped { reason, .. } => return Err(reason),
            _ => {}
        }
    }
}

/// A mosquitto with a certificate; `more` is added to its listener.
fn encrypted((certificate, key): (PathBuf, PathBuf), more: &str) -> (Broker, u16) {
    let port = free_port();
    let lines = format!(
        "allow_anonymous true\nlistener {port}\ncertfile {}\nkeyfile {}\n{more}",
        certificate.display(),
        key.display()
    );
    let broker = Broker::start_with(&lines);
    crate::broker::await_port(port);
    (broker, port)
}

const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// The days from now between which a certificate is valid.
const VALID_NOW: crate::authority::Validity = -1..1;

#[tokio::test]
async fn mosquitto_is_reached_by_every_transport() {
    let authority = Authority::new("ours");
    let (certificate, key) = authority.server(&LOCAL_NAMES, VALID_NOW);
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("mosquitto.sock");
    let [tls, ws, wss] = [(); 3].map(|()| free_port());
    let certificate_lines = format!("certfile {}\nkeyfile {}\n", certificate.display(), key.display());
    let broker = Broker::start_with(&format!(
        "allow_anonymous true\nlistener {tls}\n{certificate_lines}listener {ws}\nprotocol websockets\n\
         listener {wss}\nprotocol websockets\n{certificate_lines}listener 0 {}\n",
        socket.display(),
    ));
    for port in [tls, ws, wss] {
        crate::broker::await_port(port);
    }
    let plain = broker.port();
    for url in [
        format!("mqtt://localhost:{plain}"),
        format!("mqtts://localhost:{tls}"),
        format!("mqtts://127.0.0.1:{tls}"),
        format!("mqtts://[::1]:{tls}"),
        format!("ws://127.0.0.1:{ws}"),
        format!("ws://[::1]:{ws}/any/path"),
        format!("wss://localhost:{wss}"),
        format!("wss://127.0.0.1:{wss}/mqtt?and=more"),
        format!("wss://[::1]:{wss}"),
        format!("unix://{}", socket.display()),
    ] {
        assert_eq!(outcome(options(&url, trust(&authority))).await, Ok(()), "{url}");
    }
}

#[tokio::test]
async fn login_over_wss_needs_the_right_password() {
    let authority = Authority::new("ours");
    let folder = tempfile::tempdir().unwrap();
    let passwords = folder.path().join("passwords");
    let mut hashing = std::process::Command::new("mosquitto_passwd");
    assert!(hashing.args(["-b", "-c"]).arg(&passwords).args(["ann", "p w"]).status().unwrap().success());
    let more = format!("allow_anonymous false\npassword_file {}\nprotocol websockets\n", passwords.display());
    let (_broker, port) = encrypted(authority.server(&LOCAL_NAMES, VALID_NOW), &more);
    let url = format!("wss://localhost:{port}");
    let with = |credentials| Options { credentials, ..options(&url, trust(&authority)) };
    let login = |password: &str| Some(Credentials { user: "ann".into(), password: password.into() });
    assert_eq!(outcome(with(login("p w"))).await, Ok(()));
    let reason = outcome(with(login("guess"))).await.unwrap_err();
    assert!(matches!(reason, DisconnectReason::NotAuthorized | DisconnectReason::BadCredentials), "{reason:?}");
    assert_eq!(outcome(with(None)).await, Err(DisconnectReason::LoginRequired));
    assert_eq!(outcome(options(&format!("wss://ann:p%20w@localhost:{port}"), trust(&authority))).await, Ok(()));
}

type Expected = fn(&DisconnectReason) -> bool;

#[tokio::test]
async fn each_certificate_error_has_its_own_reason() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let cases: [(_, _, Expected); 5] = [
        (theirs.server(&LOCAL_NAMES, VALID_NOW), &ours, |reason| matches!(reason, DisconnectReason::UnknownIssuer(_))),
        (ours.server(&LOCAL_NAMES, -10..-2), &ours, |reason| matches!(reason, DisconnectReason::Expired(_))),
        (ours.server(&LOCAL_NAMES, 2..10), &ours, |reason| matches!(reason, DisconnectReason::NotYetValid(_))),
        (
            ours.server(&["boat.example", "192.0.2.7"], VALID_NOW),
            &ours,
            |reason| matches!(reason, DisconnectReason::WrongName { names, .. } if names == "boat.example, 192.0.2.7"),
        ),
        (ours.client("robot"), &ours, |reason| matches!(reason, DisconnectReason::BadCertificate { .. })),
    ];
    for (certificate, trusted, is_expected) in cases {
        let (_broker, port) = encrypted(certificate.clone(), "");
        let reason = outcome(options(&format!("mqtts://localhost:{port}"), trust(trusted))).await.unwrap_err();
        assert!(is_expected(&reason), "{reason:?}");
        assert!(!reason.stops_retries(), "the certificate may be replaced, so papo retries: {reason:?}");
        let (_broker, port) = encrypted(certificate, "protocol websockets\n");
        let reason = outcome(options(&format!("wss://localhost:{port}"), trust(trusted))).await.unwrap_err();
        assert!(is_expected(&reason), "{reason:?}");
    }
}

#[tokio::test]
async fn broker_may_require_a_client_certificate() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let more = format!("require_certificate true\ncafile {}\n", ours.certificate().display());
    let (_broker, port) = encrypted(ours.server(&LOCAL_NAMES, VALID_NOW), &more);
    let url = format!("mqtts://localhost:{port}");
    let with = |client| options(&url, TlsFiles { client, ..trust(&ours) });
    assert_eq!(outcome(with(Some(ours.client("ann")))).await, Ok(()));
    assert_eq!(outcome(with(None)).await, Err(DisconnectReason::CertificateWanted));
    assert_eq!(outcome(with(Some(theirs.client("ann")))).await, Err(DisconnectReason::CertificateRefused));
}

#[tokio::test]
async fn other_protocols_are_detected() {
    let authority = Authority::new("ours");
    let broker = Broker::start();
    let plain = broker.port();
    let (_encrypted, tls) = encrypted(authority.server(&LOCAL_NAMES, VALID_NOW), "");
    let failure = async |url: String| outcome(options(&url, trust(&authority))).await.unwrap_err();
    let local_address = |port: u16| format!("127.0.0.1:{port}");
    let hung_up = |port, protocol| DisconnectReason::ClosedInHandshake { address: local_address(port), protocol };
    assert_eq!(failure(format!("mqtts://127.0.0.1:{plain}")).await, hung_up(plain, "TLS"));
    // The client cannot tell which of TLS and HTTP the server does not understand.
    let reason = failure(format!("wss://127.0.0.1:{plain}")).await;
    assert_eq!(reason, hung_up(plain, "WebSocket"));
    let reason = failure(format!("mqtt://127.0.0.1:{tls}")).await;
    assert!(matches!(reason, DisconnectReason::NotMqtt(_) | DisconnectReason::ClosedBeforeConnack(_)), "{reason:?}");
    assert_eq!(failure(format!("ws://127.0.0.1:{plain}")).await, hung_up(plain, "WebSocket"));
    let reason = failure(format!("ws://127.0.0.1:{tls}")).await;
    assert!(
        matches!(reason, DisconnectReason::NoWebSocket { .. } | DisconnectReason::ClosedInHandshake { .. }),
        "{reason:?}"
    );
    let web = web_server().await;
    let reason = failure(format!("ws://127.0.0.1:{web}/chat")).await;
    assert!(matches!(&reason, DisconnectReason::NoWebSocket { detail, .. } if detail.contains("404")), "{reason:?}");
    assert_eq!(failure(format!("mqtts://127.0.0.1:{web}")).await, DisconnectReason::NoTls(local_address(web)));

    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("none.sock").display().to_string();
    assert_eq!(failure(format!("unix://{nowhere}")).await, DisconnectReason::NoSocket(nowhere));
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(
        failure(format!("unix://{}", file.display())).await,
        DisconnectReason::ConnectionRefused(file.display().to_string())
    );
    let free = free_port();
    for scheme in ["mqtts", "ws", "wss"] {
        assert_eq!(
            failure(format!("{scheme}://127.0.0.1:{free}")).await,
            DisconnectReason::ConnectionRefused(format!("{scheme}://{}", local_address(free))),
            "{scheme}"
        );
        assert_eq!(
            failure(format!("{scheme}://papo.invalid")).await,
            DisconnectReason::HostNotFound("papo.invalid".into())
        );
    }
}

/// Starts a web server that answers every request with 404, and returns its port.
async fn web_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        }
    });
    port
}

#[cfg(feature = "broker")]
#[tokio::test]
async fn embedded_broker_requires_login_on_every_transport() {
    use papo::{
        broker::{self, Certificates, Limits, Settings, StartError, Users},
        domain::Timestamp,
    };

    let state = tempfile::tempdir().unwrap();
    let listen = ["mqtt://127.0.0.1:0", "mqtts://127.0.0.1:0", "ws://[::1]:0", "wss://127.0.0.1:0"];
    let settings = Settings {
        listen: listen.iter().map(|listener| listener.parse().unwrap()).collect(),
        state: state.path().to_owned(),
        certificate: None,
        limits: Limits::default(),
    };
    let error = broker::start(settings.clone()).unwrap_err();
    assert!(matches!(error, StartError::Certificate { .. }), "{error}");

    let certificates = Certificates::of(state.path());
    let names = LOCAL_NAMES.map(str::to_owned);
    #[expect(clippy::disallowed_methods, reason = "the validity of a certificate is in real time")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(now.as_millis().try_into().unwrap());
    certificates.issue(&names, 1, now).unwrap();
    Users::of(state.path()).add("ann", "secret").unwrap();
    let running = broker::start(settings.clone()).unwrap();
    let taken = Settings { listen: vec![running.listeners()[2]], ..settings };
    let error = broker::start(taken).unwrap_err();
    assert!(matches!(error, StartError::AddressInUse(_)), "{error}");
    let trusting = TlsFiles { authorities: Some(certificates.authority()), client: None };
    for listener in running.listeners() {
        let url = listener.to_string();
        let credentials = Some(Credentials { user: "ann".into(), password: "secret".into() });
        let will = Publication::new("USERS/ann", "ann offline");
        let with = |credentials| Options { credentials, will: will.clone(), ..options(&url, trusting.clone()) };
        // Only connects: the access rules do not let ann read `room`, which `outcome` subscribes to.
        let (handle, mut events) = mqtt::spawn(with(credentials), vec![]);
        let connected = async {
            loop {
                match events.recv().await.unwrap() {
                    Event::Connected { .. } => return Ok(()),
                    Event::Disconnected { reason, .. } | Event::Stopped { reason, .. } => return Err(reason),
                    _ => {}
                }
            }
        };
        assert_eq!(timeout(PATIENCE, connected).await.unwrap(), Ok(()), "{url}");
        drop(handle);
        assert_eq!(outcome(with(None)).await, Err(DisconnectReason::LoginRequired), "{url}");
    }
}
