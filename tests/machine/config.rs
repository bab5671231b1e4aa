//! The configuration as users see it: the builtin file, the layers, the errors, and what the first run writes.

use std::{fs, path::Path, process::Command, time::Duration};

use clap::Parser;
use papo::{
    cli::{self, Cli, ConfigArgs, Selection},
    config::{self, AppliedOverride, File, Overrides, Password, Paths, ProfileName, Requested, Settings},
    domain::{
        BrokerList, InboxOrder, KeymapName, ListSide, NotifyBy, NotifyLevel, NotifySettings, ThemeName, UiSettings,
        UserId,
    },
    mqtt::BrokerUrl,
};

fn parse(text: &str) -> File {
    File::parse(text, Path::new("/etc/papo/config.toml")).unwrap()
}

fn parse_error(text: &str) -> String {
    File::parse(text, Path::new("config.toml")).unwrap_err().to_string()
}

fn name(text: &str) -> ProfileName {
    ProfileName::from_input(text).unwrap()
}

#[test]
fn builtin_file_equals_the_defaults() {
    let builtin = Settings::resolve(&parse(config::DEFAULT), None, &Overrides::default());
    assert_eq!(Settings::resolve(&File::default(), None, &Overrides::default()), builtin);
    assert_eq!(
        builtin,
        Settings {
            broker: BrokerList::one("mqtt://127.0.0.1:1883"),
            starts_broker: true,
            topic_prefix: String::new(),
            session_expiry: 30 * 24 * 60 * 60,
            leader_gone_after: Duration::from_secs(14 * 24 * 60 * 60),
            presence_expiry: Duration::from_secs(15 * 60),
            directory_limit: 500,
            user: None,
            password: None,
            ca_file: None,
            certificate: None,
            ui: UiSettings {
                theme: ThemeName::Dark,
                keymap: KeymapName::Default,
                language: None,
                mouse: true,
                escape_wait_ms: None,
                linear: false,
                inbox: InboxOrder::Usual,
                typing: true,
                side: ListSide::Left,
                width: 28,
                hide: vec![],
            },
            notify: NotifySettings {
                by: NotifyBy::Bell,
                talks: NotifyLevel::All,
                groups: NotifyLevel::Mentions,
                content: true,
            },
        }
    );
    assert_eq!(config::choose(&parse(config::DEFAULT), &Requested::default()), Ok(None));
}

/// The builtin file has its examples in comments. Without the comment signs, they must parse.
#[test]
fn every_example_in_the_builtin_file_works() {
    let uncomment = |line: &str| {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let is_example = bare.starts_with('[') || bare.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        if is_example { bare.to_owned() } else { String::new() }
    };
    // Only one source of the password may be set.
    let is_not_second_password =
        |line: &&str| !line.starts_with("# password_file") && !line.starts_with("# password_keyring");
    let text: Vec<_> = config::DEFAULT.lines().filter(is_not_second_password).map(uncomment).collect();
    let file = parse(&text.join("\n"));
    assert_eq!(file.default_profile, Some(name("alice")));
    let profiles: Vec<_> = file.profiles.keys().map(ToString::to_string).collect();
    assert_eq!(profiles, ["Zoë", "alice", "work"]);
    let work = Settings::resolve(&file, Some(&name("work")), &Overrides::default());
    assert_eq!(work.topic_prefix, "team/");
    assert_eq!(work.password, Some(Password::Command("pass show work/papo".into())));
}

#[test]
fn higher_layer_wins() {
    let file = parse(
        "broker = 'mqtt://top'\nuser = 'top'\npassword_command = 'top'\nsession_expiry_days = 2\n\
         [profiles.work]\nbroker = 'mqtt://work'\npassword_file = 'secret'\n\
         [profiles.home]\nembedded_broker = 'never'\n[ui]\ntheme = 'light'\nmouse = false\ninbox = 'newest'",
    );
    let with = |profile: &str, overrides: &Overrides| Settings::resolve(&file, Some(&name(profile)), overrides);
    let none = Overrides::default();

    let work = with("work", &none);
    assert_eq!((work.broker.first(), work.user.as_deref()), ("mqtt://work", Some("top")));
    assert_eq!(
        work.password,
        Some(Password::File("/etc/papo/secret".into())),
        "the profile replaces the password command at the top"
    );
    assert_eq!(work.session_expiry, 2 * 24 * 60 * 60);
    assert_eq!((work.ui.theme, work.ui.mouse, work.ui.inbox), (ThemeName::Light, false, InboxOrder::Newest));

    let home = with("home", &none);
    assert_eq!((home.broker.first(), home.starts_broker), ("mqtt://top", false));
    assert_eq!(home.password, Some(Password::Command("top".into())));

    let flags = Overrides {
        broker: Some(BrokerList::one("mqtt://flag")),
        ca_file: Some("flag.pem".into()),
        user: Some("me".into()),
        password: Some(Password::Text("shown".into())),
        linear: true,
    };
    let work = with("work", &flags);
    assert_eq!((work.broker.first(), work.user.as_deref()), ("mqtt://flag", Some("me")));
    assert_eq!(work.password, Some(Password::Text("shown".into())));
    assert!(work.ui.linear && !home.ui.linear);

    assert_eq!(with("unheard-of", &none).broker, BrokerList::one("mqtt://top"));
}

#[test]
fn paths_and_passwords_follow_their_layer() {
    let file = parse(
        "broker = 'mqtts://top'\nuser = 'me'\npassword_keyring = true\nca_file = 'ca.pem'\n\
         [profiles.work]\ncert_file = '~/me.pem'\nkey_file = '/keys/me.pem'\npassword_keyring = false",
    );
    let with = |profile: &str, overrides: &Overrides| Settings::resolve(&file, Some(&name(profile)), overrides);
    let home = with("home", &Overrides::default());
    assert_eq!(home.ca_file, Some("/etc/papo/ca.pem".into()));
    assert_eq!(home.password, Some(Password::Keyring { user: "me".into(), broker: "mqtts://top".into() }));
    assert_eq!(home.certificate, None);
    let flags = Overrides { ca_file: Some("mine.pem".into()), ..Overrides::default() };
    let work = with("work", &flags);
    assert_eq!(work.ca_file, Some("mine.pem".into()), "a path in a flag is relative to the working directory");
    assert_eq!(work.password, None, "the profile turns the keyring off");
    let (certificate, key) = work.certificate.unwrap();
    assert!(certificate.is_absolute() && certificate.ends_with("me.pem") && key == Path::new("/keys/me.pem"));
}

#[test]
fn effective_values_are_shown_with_their_origin() {
    let text = "# mine\nbroker = 'mqtt://top' # here\npassword_file = 'x'\n[profiles.work]\nuser = \"w\\u0031\"\n\
        password_command = 'pass'\n[ui]\nhide = [\n  'users',\n]\n";
    let path = Path::new("/etc/papo/config.toml");
    let shown = |profile: &str, overrides: &[AppliedOverride], with_origin| {
        config::shown(text, path, Some(&name(profile)), overrides, with_origin).unwrap()
    };
    let work = shown("work", &[], true);
    for line in [
        "broker = 'mqtt://top'  # /etc/papo/config.toml:2",
        "user = \"w\\u0031\"  # /etc/papo/config.toml:5",
        "password_command = 'pass'  # /etc/papo/config.toml:6",
        "topic_prefix = \"\"  # default",
        "theme = \"dark\"  # default",
    ] {
        assert!(work.lines().any(|shown| shown == line), "{line}:\n{work}");
    }
    assert!(!work.contains("password_file"), "the profile has another source:\n{work}");

    // The output is a valid configuration file that sets the same values.
    let again = parse(&shown("work", &[], false));
    let resolved = |file: &File, profile: &str| Settings::resolve(file, Some(&name(profile)), &Overrides::default());
    assert_eq!(resolved(&again, "other"), resolved(&parse(text), "work"));

    let set_by = |key, value: &str, by| AppliedOverride { key, value: value.into(), by };
    let flags = [set_by("broker", "\"mqtt://b\"", "--broker"), set_by("password", "", "PAPO_PASSWORD")];
    let work = shown("work", &flags, true);
    assert!(work.contains("broker = \"mqtt://b\"  # --broker\n"), "{work}");
    assert!(!work.contains("password"), "{work}");
}

#[test]
fn embedded_broker_starts_only_for_local_default() {
    let served_address = |file: &str, broker: Option<&str>| {
        let overrides = Overrides { broker: broker.map(BrokerList::from_text), ..Overrides::default() };
        let settings = Settings::resolve(&parse(file), None, &overrides);
        let address = settings.broker.first().parse::<papo::mqtt::BrokerUrl>().unwrap().loopback_address();
        address.filter(|_| settings.starts_broker).map(|address| address.to_string())
    };
    let default = Some("127.0.0.1:1883".to_owned());
    assert_eq!(served_address("", None), default);
    assert_eq!(served_address("broker = 'mqtt://127.0.0.1:1883'", None), default);
    assert_eq!(served_address("broker = 'mqtt://127.0.0.1:2883'", None), None);
    assert_eq!(served_address("", Some("mqtt://127.0.0.1:2883")), None);
    assert_eq!(
        served_address("embedded_broker = 'always'", Some("mqtt://localhost:2883")),
        Some("127.0.0.1:2883".into())
    );
    assert_eq!(served_address("embedded_broker = 'always'", Some("mqtt://192.0.2.1")), None);
    assert_eq!(served_address("embedded_broker = 'never'", None), None);
    // One of several has the users, so papo does not start one that has none.
    assert_eq!(served_address("embedded_broker = 'always'", Some("mqtt://localhost mqtt://localhost:2883")), None);
    assert_eq!(served_address("broker = ['mqtt://127.0.0.1:1883', 'mqtt://b']", None), None);
}

#[test]
fn mistyped_key_is_reported_with_line_and_suggestion() {
    for (text, line, wrong, right) in [
        ("\nbrocker = 'x'", 2, "brocker", Some("broker")),
        ("topic-prefix = ''", 1, "topic-prefix", Some("topic_prefix")),
        ("# note\n[ui]\nmuose = true", 3, "muose", Some("mouse")),
        ("[profiles.a]\nid = 'a'\nBroker = 'x'", 3, "Broker", Some("broker")),
        ("[profiles.a]\ntheme = 'dark'", 2, "theme", None),
        ("zebra = 1", 1, "zebra", None),
        ("[uii]", 1, "uii", Some("ui")),
    ] {
        let error = parse_error(text);
        assert!(error.starts_with(&format!("config.toml, line {line}: ")), "{error}");
        assert!(error.contains(wrong), "{error}");
        match right {
            Some(right) => assert!(error.contains(&format!("did you mean {right:?}")), "{error}"),
            None => assert!(!error.contains("did you mean"), "{error}"),
        }
    }
}

#[test]
fn invalid_value_is_reported_with_its_line() {
    for (text, line, word) in [
        ("\n\nbroker = 5", 3, "broker"),
        ("[ui]\nmouse = 'yes'", 2, "mouse"),
        ("[ui]\ntheme = 'pink'", 2, "pink"),
        ("embedded_broker = 'sometimes'", 1, "sometimes"),
        ("session_expiry_days = 0", 1, "between 1 and 49000"),
        ("session_expiry_days = -3", 1, "between 1 and 49000"),
        ("session_expiry_days = 50000", 1, "between 1 and 49000"),
        ("presence_expiry_seconds = 5", 1, "between 6 and 86400"),
        ("directory_limit = 100001", 1, "between 0 and 100000"),
        ("topic_prefix = 'a/#'", 1, "topic_prefix"),
        ("default_profile = 'a b'", 1, "not allowed in a name"),
        ("[profiles]\n'a/b' = {}", 2, "not allowed in a name"),
        ("[profiles.'..']", 1, "starts with a letter"),
        ("profiles = 3", 1, "[profiles.alice]"),
        ("[profiles.a]\n\nid = '1_2'", 3, "not allowed"),
        ("[profiles]\na = 1", 2, "profiles.a"),
        ("ui = true", 1, "ui"),
        ("x = ", 1, "line 1"),
        ("a = 1\nb = [", 2, "line 2"),
        ("user = 'a'\npassword_file = 'x'\npassword_command = 'y'", 3, "cannot be used together"),
        ("[profiles.a]\npassword_keyring = true\npassword_file = 'x'", 2, "cannot be used together"),
        ("cert_file = 'x'", 1, "set both"),
    ] {
        let error = parse_error(text);
        assert!(error.starts_with(&format!("config.toml, line {line}: ")), "{text:?}: {error}");
        assert!(error.contains(word), "{text:?}: {error}");
    }
}

#[test]
fn named_file_must_exist_but_default_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    assert_eq!(File::load_if_present(&path).unwrap().profiles.len(), 0);
    let error = File::load(&path).unwrap_err().to_string();
    assert!(error.contains(path.to_str().unwrap()), "{error}");
    fs::write(&path, "broker = 'mqtt://here'").unwrap();
    assert_eq!(File::load_if_present(&path).unwrap(), File::load(&path).unwrap());
}

#[test]
fn second_run_reads_the_file_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = Paths::under(folder.path()).config_file();
    for id in ["Zoë", "さくら", "r2-d2", "a.b"] {
        let id = UserId::new(id).unwrap();
        let _ = fs::remove_file(&path);
        config::remember_first_profile(&path, &id, None).unwrap();
        let chosen = config::choose(&File::load(&path).unwrap(), &Requested::default()).unwrap().unwrap();
        assert_eq!((chosen.id, chosen.profile), (id.clone(), ProfileName::from(id)));
    }
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [path], "no temporary file is left behind");
}

#[test]
fn adding_a_profile_keeps_the_content_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let old =
        "# mine\nbroker = \"mqtt://here\" # the office\n\n[profiles.work]\nid = \"alice\"\n\n[ui]\nmouse = false\n";
    fs::write(&path, old).unwrap();
    config::remember_first_profile(&path, &UserId::new("bob").unwrap(), None).unwrap();
    let new = fs::read_to_string(&path).unwrap();
    for line in old.lines() {
        assert!(new.contains(line), "{line:?} is missing in\n{new}");
    }
    let file = File::load(&path).unwrap();
    assert_eq!(file.default_profile, Some(name("bob")));
    assert_eq!(file.profiles.len(), 2);

    config::remember_first_profile(&path, &UserId::new("carol").unwrap(), None).unwrap();
    assert_eq!(File::load(&path).unwrap().default_profile, Some(name("bob")), "a default is not replaced");
}

#[test]
fn file_that_cannot_take_a_profile_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    for broken in ["profiles = 3\n", "[profiles]\nbob = 1\n", "= nonsense\n"] {
        fs::write(&path, broken).unwrap();
        let error = config::remember_first_profile(&path, &UserId::new("bob").unwrap(), None).unwrap_err();
        assert!(error.to_string().contains("not changed"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), broken);
    }
}
#[test]
fn new_file_is_readable_only_by_the_owner_and_links_are_followed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = folder.path().join("new/papo/config.toml");
    let id = UserId::new("bob").unwrap();
    config::remember_first_profile(&path, &id, None).unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));

    let (real, link) = (folder.path().join("real.toml"), folder.path().join("link.toml"));
    fs::write(&real, "").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    config::remember_first_profile(&link, &id, None).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("bob"));
}

/// Prints the paths. The tests below run it as a child process with another environment.
#[test]
#[ignore = "the tests below run it"]
fn child_prints_its_paths() {
    match Paths::discover() {
        Ok(paths) => {
            println!("\n=config {}\n=log {}", paths.config_file().display(), paths.log_file().display());
            println!("=profile {}", paths.profile_dir(&name("alice")).display());
        }
        Err(error) => println!("\n=error {error}"),
    }
}

/// Prints how papo parses some command lines in the environment of this process.
#[test]
#[ignore = "the tests below run it"]
fn child_parses_command_lines() {
    println!();
    for line in [
        &["papo"][..],
        &["papo", "-P", "flag", "-b", "mqtt://flag", "-b", "mqtt://too-b"],
        &["papo", "check"],
        &["papo", "broker"],
    ] {
        match Cli::try_parse_from(line) {
            Ok(cli) => {
                let Selection { config_args: ConfigArgs { config, profile }, .. } = match &cli.command {
                    Some(cli::Command::Check { selection, .. }) => selection,
                    _ => &cli.screen.selection,
                };
                println!("={config:?} {profile:?} {}", cli.screen.connect.brokers().unwrap());
            }
            Err(error) => println!("={error}"),
        }
    }
}

#[cfg(feature = "broker")]
#[test]
fn flags_override_the_environment() {
    let environment = [("PAPO_CONFIG", "file"), ("PAPO_PROFILE", "env"), ("PAPO_BROKER", "mqtt://env  mqtt://too")];
    let from_environment = r#"Some("file") Some(ProfileName("env")) mqtt://env, mqtt://too"#;
    assert_eq!(
        child("child_parses_command_lines", &environment),
        [
            from_environment,
            r#"Some("file") Some(ProfileName("flag")) mqtt://flag, mqtt://too-b"#,
            from_environment,
            from_environment,
        ]
    );
}

/// Runs one of the `child_` tests with only this environment, and returns the lines that it prints.
#[cfg(any(target_os = "linux", feature = "broker"))]
fn child(test: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("config::{test}"), "--ignored", "--nocapture"])
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.lines().filter_map(|line| line.strip_prefix('=')).map(str::to_owned).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn folders_follow_the_environment() {
    let paths_with = |environment: &[(&str, &str)]| child("child_prints_its_paths", environment);
    assert_eq!(
        paths_with(&[("HOME", "/nowhere")]),
        [
            "config /nowhere/.config/papo/config.toml",
            "log /nowhere/.local/state/papo/papo.log",
            "profile /nowhere/.local/share/papo/alice",
        ]
    );
    let xdg = [("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d"), ("XDG_STATE_HOME", "/s")];
    let expected = ["config /c/papo/config.toml", "log /s/papo/papo.log", "profile /d/papo/alice"];
    assert_eq!(paths_with(&xdg), expected);
    for home in ["", "/nowhere"] {
        assert_eq!(paths_with(&[&xdg[..], &[("HOME", home)]].concat()), expected);
    }
}

#[test]
fn entered_broker_is_stored_in_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let bob = UserId::new("bob").unwrap();
    config::remember_first_profile(&path, &bob, Some(&BrokerList::one("mqtt://there"))).unwrap();
    let file = File::load(&path).unwrap();
    assert_eq!(file.common.broker, None);
    let chosen = config::choose(&file, &config::Requested::default()).unwrap().unwrap();
    assert_eq!(
        Settings::resolve(&file, Some(&chosen.profile), &Overrides::default()).broker,
        BrokerList::one("mqtt://there")
    );
}

/// papo decides by itself what this key of earlier versions said.
#[test]
fn retired_key_has_no_effect() {
    let text = "broker_names_senders = true\nuser = \"ana\"\n[profiles.alice]\nbroker_names_senders = false\n";
    let (file, without) = (parse(text), parse("user = \"ana\"\n[profiles.alice]\n"));
    assert_eq!(file, without);
}

#[test]
fn several_brokers_are_an_array() {
    let file = parse(
        "broker = [\"mqtt://a\", 'mqtt://b']\nuser = 'me'\npassword_keyring = true\n[profiles.work]\nbroker = 'mqtt://c'",
    );
    let with = |profile: &str| Settings::resolve(&file, Some(&name(profile)), &Overrides::default());
    assert_eq!(with("home").broker.urls(), ["mqtt://a", "mqtt://b"]);
    assert_eq!(with("work").broker.urls(), ["mqtt://c"]);
    let keyring = Some(Password::Keyring { user: "me".into(), broker: "mqtt://a".into() });
    assert_eq!(with("home").password, keyring, "the keyring has the password under the first broker");
    for wrong in ["broker = []", "broker = 1883"] {
        let error = File::parse(wrong, Path::new("c")).unwrap_err().to_string();
        assert!(error.starts_with("c, line 1: broker must"), "{error}");
    }
}

#[test]
fn entered_brokers_are_stored_as_an_array() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let brokers = BrokerList::from_text("mqtt://a mqtt://b");
    config::remember_first_profile(&path, &UserId::new("bob").unwrap(), Some(&brokers)).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("broker = [\"mqtt://a\", \"mqtt://b\"]"));
    assert_eq!(
        Settings::resolve(&File::load(&path).unwrap(), Some(&name("bob")), &Overrides::default()).broker,
        brokers
    );
}

#[test]
fn wrong_broker_of_a_list_is_named() {
    let error = |text: &str| BrokerUrl::parse_list(&BrokerList::from_text(text)).unwrap_err().to_string();
    let scheme = "http:// is not supported; use mqtt://, mqtts://, ws://, wss:// or unix://";
    assert_eq!(error("http://b"), scheme);
    assert_eq!(error("mqtt://a http://me:secret@b"), format!("b: {scheme}"));
    assert_eq!(error("mqtt://a mqtt://b:0"), "mqtt://b:0: \"0\" is not a port; use a number from 1 to 65535");
    assert_eq!(
        BrokerUrl::parse_list(&BrokerList::from_text("a mqtt://a b")).unwrap().len(),
        2,
        "a repeated one is left out"
    );
}
