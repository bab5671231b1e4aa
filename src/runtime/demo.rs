//! `papo --demo`: the real screen with three simulated users, the players of a script.
//!
//! The demo runs its own broker on a free port of this machine, and connects to no other. All its files are in one
//! temporary folder, which it removes at the end.

mod past;
mod play;
mod player;
mod script;

use std::{env, fs, path::PathBuf};

use color_eyre::eyre::{Result, WrapErr};
use uuid::Uuid;

use self::{past::Past, play::Play, script::Script};
use super::{clock, log, start::OpenedProfile, startup::Startup, terminal};
use crate::{
    broker::{self, Settings},
    cli::Cli,
    config::{Chosen, File, Overrides, Paths},
    domain::BrokerList,
    owner_only,
};

/// Runs the demo until the user quits.
pub(super) fn show(cli: &Cli) -> Result<()> {
    owner_only::set_umask();
    let folder = Folder::create().wrap_err("cannot create a folder for the demo")?;
    let paths = Paths::under(&folder.0);
    let listen = ([127, 0, 0, 1], 0).into();
    let broker = broker::start(Settings::plain_tcp(listen, paths.broker_dir()))?;
    let url = format!("mqtt://{}", broker.address());
    log::start(&paths.log_file());
    terminal::restore_on_panic();
    let script = Script::builtin();
    let past = Past::of(&script, clock::wall());
    let chosen = Chosen { profile: script.you.clone().into(), id: script.you.clone() };
    let overrides =
        Overrides { broker: Some(BrokerList::one(url.as_str())), linear: cli.screen.linear, ..Overrides::default() };
    let startup = Startup { paths, file: File::default(), overrides, saves_first_profile: false };
    let mut opened = startup.open_store(&chosen)?;
    opened.store.commit(&past.operations(&chosen.id))?;
    drop(opened);
    let opened = startup.open_store(&chosen)?;
    let (settings, appearance) = startup.read(Some(&chosen))?;
    let play = Play::new(script, &past, url.parse()?);
    let outcome = startup.run(Ok(OpenedProfile::new(chosen, opened)), settings, appearance, play.run());
    broker.stop();
    outcome
}

/// A temporary folder, removed when this is dropped.
struct Folder(PathBuf);

impl Folder {
    /// Creates the folder. Only this user can read it.
    fn create() -> std::io::Result<Self> {
        let folder = env::temp_dir().join(format!("papo-demo-{}", Uuid::new_v4().simple()));
        owner_only::create_new_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // An error is ignored: the system cleans up temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
