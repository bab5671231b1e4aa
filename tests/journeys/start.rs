//! Starting papo: the first start, the embedded broker, a damaged history, reloaded files, and the language.

use std::fs;

use crate::{broker::free_port, terminal::Terminal};

const SIZE: (u16, u16) = (100, 30);

#[test]
fn first_start_asks_once_and_second_papo_joins() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/papo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "# mine\nembedded_broker = \"always\"\n").unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let start = |arguments: &[&str]| Terminal::start(home.path(), &[arguments, &["-b", &url]].concat(), SIZE);

    let mut alice = start(&[]);
    alice.shows("Your ID:");
    alice.keys("al ice");
    alice.shows("not allowed");
    alice.clears_composer().types_line("alice");
    alice.shows("Welcome, alice.");
    alice.keys("\r").hides("Welcome, alice.");
    alice.shows("alice @");
    alice.shows("● online");
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(config.contains("# mine") && config.contains("default_profile = \"alice\""), "{config}");

    // A second papo at the same time needs another ID, and joins the first one's broker.
    let mut bob = start(&[]);
    bob.shows("already open as alice");
    bob.types_line("bob");
    bob.shows("● alice");
    alice.shows("● bob");
    alice.asks("bob");
    bob.accepts("alice");
    bob.types_line("hello");
    alice.shows("hello");

    // The papo that runs the broker asks before it quits, and then the other one runs the broker.
    alice.presses_quit().confirms("Quit and stop it?");
    assert_eq!(alice.ends(), 0);
    bob.shows("○ alice");
    bob.composes("are you there?");
    bob.shows("are you there?");
    let alice = start(&[]);
    alice.shows("are you there?");
    bob.shows("✓✓");
}

#[test]
fn new_id_is_confirmed_once() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/papo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "embedded_broker = \"never\"\n").unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let words = |id: &'static str| [id, "-b", &url].map(str::to_owned);
    let start = |id: &'static str| {
        let words = words(id);
        Terminal::start_with_exact_args(home.path(), &words.each_ref().map(String::as_str), SIZE)
    };
    let stores = || fs::read_dir(home.path().join(".local/share/papo")).map_or(0, Iterator::count);

    let mut mistyped = start("sned");
    mistyped.shows("Start as the new user sned? Did you mean papo send?");
    mistyped.shows("Your ID:");
    mistyped.keys("\x1b");
    assert_eq!((mistyped.ends(), stores()), (0, 0), "papo created no store");

    // papo stores the first user as the default profile, and shows the welcome once.
    let mut alice = start("alice");
    let asked = alice.shows("Start as the new user alice?");
    assert!(!asked.contains("Did you mean"), "{asked}");
    alice.keys("\r").shows("Welcome, alice.");
    alice.keys("\r").hides("Welcome, alice.");
    alice.shows("retrying");
    alice.quits();
    assert!(fs::read_to_string(folder.join("config.toml")).unwrap().contains("default_profile = \"alice\""));
    let mut alice = start("alice");
    let shown = alice.shows("retrying");
    assert!(!shown.contains("Welcome"), "{shown}");
    alice.quits();

    // papo asks about a second user, who does not replace the first.
    let mut bob = start("bob");
    bob.shows("Start as the new user bob?");
    bob.keys("\r");
    let shown = bob.shows("retrying");
    assert!(!shown.contains("Welcome"), "{shown}");
    bob.quits();
    assert!(!fs::read_to_string(folder.join("config.toml")).unwrap().contains("bob"));

    // papo does not ask about an ID from the environment, which is unlikely to be misspelled.
    let mut sned = Terminal::start(home.path(), &["sned", "-b", &url], SIZE);
    sned.shows("retrying");
    sned.quits();
}

#[test]
fn damaged_history_is_salvaged_on_request() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let start = || Terminal::start(home.path(), &["alice", "-b", &url], SIZE);
    let mut alice = start();
    alice.shows("retrying");
    alice.quits();
    let file = home.path().join(".local/share/papo/alice/papo.redb");
    let zeroed = vec![0; 8192];
    fs::write(&file, &zeroed).unwrap();

    let mut alice = start();
    alice.shows("Salvage what can be read?");
    alice.keys("\r");
    assert_ne!(alice.ends(), 0);
    assert_eq!(fs::read(&file).unwrap(), zeroed, "papo did not change the file");
    let mut alice = start();
    alice.shows("Salvage what can be read?");
    alice.keys("y\r");
    alice.shows("Salvaged 0 messages");
    assert_eq!(fs::read(file.with_file_name("papo.redb.damaged-1")).unwrap(), zeroed);
}

#[test]
fn changed_files_are_reloaded_unless_invalid() {
    let home = tempfile::tempdir().unwrap();
    let keymap = home.path().join(".config/papo/keymap.toml");
    fs::create_dir_all(keymap.parent().unwrap()).unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let mut alice = Terminal::start(home.path(), &["alice", "-b", &url], SIZE);
    alice.shows("retrying");
    fs::write(&keymap, "global = [{ on = \"f2\", run = \"help\" }]").unwrap();
    alice.composes("/reload");
    alice.shows("Configuration reloaded");
    alice.keys("\x1bOQ").shows("Keys and commands");
    alice.keys("\x1bOQ").hides("Keys and commands");
    fs::write(&keymap, "global = [{ on = \"f2\", run = \"hlep\" }]").unwrap();
    alice.types_line("/reload");
    alice.shows("did you mean \"help\"?");
    alice.keys("\x1b").hides("did you mean");
    alice.keys("\x1bOQ").shows("Keys and commands");
    alice.keys("\x1bOQ").hides("Keys and commands");

    // No reload is needed: a key makes papo check the files, at most every two seconds.
    fs::write(&keymap, "global = [{ on = \"f3\", run = \"help\" }]").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2100));
    alice.keys("\x1bOR");
    alice.shows("Keys and commands");
    alice.keys("\x1bOR").hides("Keys and commands");

    // papo stores the changes of `/set` and `/hide`.
    alice.composes("/set ui.side top");
    alice.shows("ui.side cannot be top; choose from left, right");
    alice.clears_composer();
    fs::remove_file(&keymap).unwrap();
    alice.types_line("/set ui.side right");
    alice.shows("ui.side = right");
    alice.types_line("/hide groups");
    alice.until("shows its lists on the right", |screen| screen.contains("┬ Users") && !screen.contains("Groups"));
    alice.quits();
    let alice = Terminal::start(home.path(), &["alice", "-b", &url], SIZE);
    alice
        .until("shows its lists on the right again", |screen| screen.contains("┬ Users") && !screen.contains("Groups"));
}

#[test]
fn language_follows_locale_and_own_file() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/papo");
    fs::create_dir_all(folder.join("languages")).unwrap();
    fs::write(folder.join("config.toml"), "embedded_broker = \"never\"\n").unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let locale = [("LC_ALL", "pt_BR.UTF-8")];
    let mut papo = Terminal::start_with(home.path(), &["alice", "-b", &url], &locale, SIZE);
    papo.shows("Nenhum usuário ainda.");
    papo.shows("nada escuta em");
    // `/reload` applies a language file at once; an invalid file changes nothing.
    fs::write(folder.join("languages/pt-BR.ftl"), "users-titel = Gente\n").unwrap();
    papo.composes("/reload");
    papo.shows("did you mean \"users-title\"?");
    fs::remove_file(folder.join("languages/pt-BR.ftl")).unwrap();
    fs::write(folder.join("languages/pt.ftl"), "users-title = Gente\n").unwrap();
    papo.types_line("/reload");
    papo.shows(" Gente ");
    papo.hides("Usuários");
    papo.types_line("/set ui.language en");
    papo.shows(" Users ");
    papo.shows("nothing listens on");
}
