//! Starts papo: reads the settings, opens the store, claims the terminal, connects, and runs the event loop.
//!
//! Errors in the command line, the files or the store are reported before papo claims the terminal.

use std::{
    fs,
    future::pending,
    io::{self, IsTerminal, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::Subcommand as _;
use color_eyre::eyre::{Result, eyre};
use tokio::{runtime::Builder, sync::mpsc};
use uuid::Uuid;

use super::{
    appearance::Appearance,
    clock::{self, SleepWatch},
    commit_gate::CommitGate,
    devices::Devices,
    display::{self, Display},
    event_loop::{EventLoop, RedrawState},
    hosting::Hosting,
    ipc::{IpcFormatter, IpcServer, StoreJobs, socket},
    keyboard::Keyboard,
    log, output,
    selection::{environment, is_new, new_device},
    setup,
    signals::Signals,
    startup::{ConfigFiles, Startup},
    terminal,
};
use crate::{
    app::{Language, LocalizedText, Message, Model, localized, says_yes, setup::SetupForm, update, yes_word},
    cli::{Cli, ClientCommand, similar_command},
    config::{self, Chosen, Requested, Settings, choose, remember_first_profile},
    domain::{BrokerList, UserId},
    mqtt::{self, BrokerUrl, Credentials, Tls, TlsFiles},
    owner_only,
    protocol::{Identity, Peer},
    store::{self, OpenError, Opened, Store},
    ui::text,
};

/// Capacity of the channel from the store. If it is full, the thread of the store blocks until the loop receives.
const STORE_EVENTS: usize = 256;

/// Capacity of the channel from background threads and tasks. If it is full, they block.
const BACKGROUND: usize = 16;

/// The exit code for a wrong command line, the same as that of clap.
const USAGE_ERROR: u8 = 2;

/// Opens the screen and runs papo until the user quits.
pub(super) fn open(cli: &Cli) -> Result<ExitCode> {
    owner_only::set_umask();
    let selection = &cli.screen.selection;
    let requested = selection.requested(environment)?;
    let is_named = requested.profile.is_some() || requested.id.is_some();
    let startup =
        Startup { saves_first_profile: selection.config_args.config.is_none(), ..Startup::of(cli, selection)? };
    let chosen = choose(&startup.file, &requested)?;
    log::start(&startup.paths.log_file());
    terminal::restore_on_panic();
    // Errors in the files are reported before the screen opens, even if the user chooses the profile on the screen.
    let (settings, appearance) = startup.read(chosen.as_ref())?;
    let is_new = chosen.as_ref().is_some_and(|chosen| is_new(&startup.file, chosen, &startup.folder(chosen)));
    let near = selection.id.as_ref().filter(|_| is_new).and_then(|id| similar_command(id.as_str()));
    // A pipe cannot confirm that the ID is new. An ID that is almost a command is refused.
    let asks = is_new && (!display::is_piped(settings.ui.linear) || near.is_some());
    if let Some(id) = selection.id.as_ref().filter(|_| asks) {
        if let Some(command) = near.as_ref().filter(|_| !io::stdin().is_terminal()) {
            let why = format_args!(
                "no user {id} on this machine; did you mean papo {command}? To start as a new user, set PAPO_ID"
            );
            output::print_error(format_args!("papo: {why}"));
            return Ok(ExitCode::from(USAGE_ERROR));
        }
        let reason = match near {
            Some(command) => localized!("setup-new-near", id, command),
            None => localized!("setup-new", id),
        };
        let questions = Questions { reason: Some(reason), is_first: !startup.has_users(), requested };
        return startup.run(Err(questions), settings, appearance, pending()).map(|()| ExitCode::SUCCESS);
    }
    let opened = chosen.map(|chosen| (startup.open_or_salvage(&chosen, &appearance.language), chosen));
    let profile_or_questions = match opened {
        None => Err(Questions { reason: None, is_first: true, requested: Requested::default() }),
        Some((Ok((opened, notice)), chosen)) => Ok(OpenedProfile { notice, ..OpenedProfile::new(chosen, opened) }),
        Some((Err(OpenError::InUse), chosen)) if !is_named => {
            let reason = Some(localized!("setup-is-open-another", id = chosen.id));
            Err(Questions { reason, is_first: false, requested: Requested::default() })
        }
        Some((Err(OpenError::InUse), chosen)) => {
            return Err(eyre!(
                "papo is already open as {}; use that one, or start with another ID: papo ID. These commands work while it \
                 is open: {}, export, import, check",
                chosen.id,
                client_commands().join(", ")
            ));
        }
        Some((Err(error), _)) => return Err(error.into()),
    };
    startup.run(profile_or_questions, settings, appearance, pending()).map(|()| ExitCode::SUCCESS)
}

/// The commands that a running papo executes.
fn client_commands() -> Vec<String> {
    let commands = ClientCommand::augment_subcommands(clap::Command::new("papo"));
    commands.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// What the setup screen asks, and why.
pub(super) struct Questions {
    /// The text above the questions; `None` on the first start.
    reason: Option<LocalizedText>,
    /// Whether this is the first start: this machine has no profile and no history yet.
    is_first: bool,
    /// The profile and the ID that the command line names.
    requested: Requested,
}

/// The profile with its open history.
pub(super) struct OpenedProfile {
    pub(super) chosen: Chosen,
    pub(super) opened: Opened,
    /// Whether this is the first start, so that papo shows an introduction.
    pub(super) is_first: bool,
    /// A warning to show when the screen opens.
    pub(super) notice: Option<LocalizedText>,
}

impl OpenedProfile {
    pub(super) fn new(chosen: Chosen, opened: Opened) -> Self {
        Self { chosen, opened, is_first: false, notice: None }
    }
}

impl Startup {
    /// Asks the questions if `profile_or_questions` has any, and runs papo until the user quits. Polls `background` at
    /// the same time; if that ends, papo ends, too.
    pub(super) fn run(
        mut self,
        profile_or_questions: Result<OpenedProfile, Questions>,
        mut settings: Settings,
        appearance: Appearance,
        background: impl Future<Output = ()>,
    ) -> Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let outcome = runtime.block_on(async {
            let mut devices = Devices::claim(&settings.ui, &appearance.language)?;
            let profile = match profile_or_questions {
                Ok(profile) => profile,
                Err(_) if devices.keyboard.is_piped() => {
                    return Err(eyre!(appearance.language.translate("setup-no-input")));
                }
                Err(questions) => {
                    let answered = self.ask(questions, &appearance, &mut devices).await?;
                    let Some(profile) = answered else { return Ok(()) };
                    settings = self.settings(Some(&profile.chosen))?;
                    profile
                }
            };
            let is_piped = devices.keyboard.is_piped();
            let mut event_loop = self.event_loop(profile, settings, appearance, devices)?;
            event_loop.model.login.is_piped = is_piped;
            tokio::select! {
                outcome = event_loop.run() => outcome,
                () = background => Ok(()),
            }
        });
        // Does not wait for a DNS lookup that is still running on a thread of tokio.
        runtime.shutdown_background();
        outcome
    }

    /// Whether this machine has a profile in the configuration, or a history.
    fn has_users(&self) -> bool {
        let folders = || fs::read_dir(&self.paths.data).into_iter().flatten().flatten();
        !self.file.profiles.is_empty() || folders().any(|folder| Store::is_in(&folder.path()))
    }

    /// Opens the history. If it is too damaged to open, asks the user on standard error whether to salvage it. Returns
    /// the history, and a notice with the number of salvaged messages if it was salvaged.
    fn open_or_salvage(
        &self,
        chosen: &Chosen,
        language: &Language,
    ) -> Result<(Opened, Option<LocalizedText>), OpenError> {
        let error = match self.open_store(chosen) {
            Err(error) if error.may_be_salvaged() && io::stdin().is_terminal() => error,
            opened => return opened.map(|opened| (opened, None)),
        };
        let (why, yes) = (error.to_string(), yes_word(language));
        let question = language.translate(localized!("salvage-question", why, yes));
        // No line feed: the user types the answer on the same line.
        let _ = write!(io::stderr(), "{} ", text::safe(&question));
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer).is_err() || !says_yes(answer.trim(), language) {
            return Err(error);
        }
        let salvaged = Store::salvage(&self.folder(chosen), &chosen.id, &new_device())?;
        let file = salvaged.kept.display().to_string();
        let notice = localized!("salvaged", messages = salvaged.messages, file);
        Ok((self.open_store(chosen)?, Some(notice)))
    }

    /// Asks for an ID until its history can be opened. On the first start, also asks for the broker, unless the
    /// configuration or the command line names one, and saves the answers in the configuration. Returns `None` if the
    /// user quits.
    async fn ask(
        &mut self,
        Questions { mut reason, is_first, requested: Requested { profile, id: mut suggested } }: Questions,
        appearance: &Appearance,
        devices: &mut Devices,
    ) -> Result<Option<OpenedProfile>> {
        let default_broker = Settings::resolve(&self.file, None, &self.overrides).broker;
        let is_named = self.overrides.broker.is_some() || self.file.common.broker.is_some();
        let broker = (is_first && !is_named).then(|| default_broker.first());
        loop {
            let mut state = SetupForm::new(broker, reason.take(), appearance.language.clone());
            if let Some(id) = suggested.take() {
                state = state.with_id(&id);
            }
            let Some((id, broker)) = setup::ask(state, &appearance.theme, devices).await? else {
                return Ok(None);
            };
            let broker = broker.filter(|broker| *broker != default_broker);
            match choose(&self.file, &Requested { profile: profile.clone(), id: Some(id.clone()) }) {
                Err(error) => reason = Some(LocalizedText::quoted(error.to_string())),
                Ok(None) => {}
                Ok(Some(chosen)) => match self.open_store(&chosen) {
                    Ok(opened) => {
                        if is_first && self.saves_first_profile && profile.is_none() {
                            self.remember(&id, broker.as_ref());
                        }
                        self.overrides.broker = self.overrides.broker.take().or(broker);
                        return Ok(Some(OpenedProfile { is_first, ..OpenedProfile::new(chosen, opened) }));
                    }
                    Err(OpenError::InUse) => reason = Some(localized!("setup-is-open", id)),
                    Err(error) => reason = Some(LocalizedText::quoted(error.to_string())),
                },
            }
        }
    }

    /// Saves the ID and the broker in the configuration. If that fails, logs a warning; the next start asks again.
    fn remember(&self, id: &UserId, broker: Option<&BrokerList>) {
        if let Err(error) = remember_first_profile(&self.paths.config_file(), id, broker) {
            tracing::warn!(%error, "cannot save the ID");
        }
    }

    /// Creates an event loop without screen, keyboard and embedded broker, for a single command. It does not mark
    /// messages as read. Also returns the formatter for its answers.
    pub(super) fn headless_loop(self, profile: OpenedProfile) -> Result<(EventLoop, IpcFormatter)> {
        let (mut settings, appearance) = self.read(Some(&profile.chosen))?;
        settings.starts_broker = false;
        log::start(&self.paths.log_file());
        let devices = Devices { display: Display::Nothing, keyboard: Keyboard::none(), signals: Signals::listen()? };
        let mut event_loop = self.event_loop(profile, settings, appearance, devices)?;
        event_loop.model.in_front = false;
        event_loop.model.scripts.are_alone = true;
        let formatter = event_loop.formatter();
        Ok((event_loop, formatter))
    }

    /// Starts the connection, the IPC server and the thread of the store, and creates the event loop.
    pub(super) fn event_loop(
        self,
        OpenedProfile { chosen, opened, is_first, notice }: OpenedProfile,
        settings: Settings,
        Appearance { theme, keymap, language, zone }: Appearance,
        Devices { display, keyboard, signals }: Devices,
    ) -> Result<EventLoop> {
        let Opened { store, saved, damage } = opened;
        let identity = Identity {
            prefix: settings.topic_prefix.clone(),
            leader_gone_after: settings.leader_gone_after,
            presence_expiry: settings.presence_expiry,
            directory_limit: settings.directory_limit,
            ..Identity::new(chosen.id.clone(), store.device(), seed())
        };
        let backlog = saved.backlog(&identity.prefix);
        let peer = Peer::restore(identity, saved);
        let options = connection(&settings, &peer)?;
        let broker = options.broker.to_string();
        let brokers = options.brokers();
        let listen = options.broker.loopback_address().filter(|_| settings.starts_broker);
        let (mqtt, mqtt_events) = mqtt::spawn(options, backlog);
        let (sender, store_events) = mpsc::channel(STORE_EVENTS);
        let store = store::Handle::new(store, sender);
        let options = self.options(&chosen, &settings, broker, (keymap, language));
        let mut model = Model::new(peer, options, clock::now());
        if is_first {
            update(&mut model, Message::Welcome, clock::now());
        }
        if let Some(notice) = notice {
            update(&mut model, Message::Warned(notice), clock::now());
        }
        if let Some(first) = damage.first() {
            tracing::error!(count = damage.len(), %first, "the history is damaged");
            let warning = localized!("damaged-values", count = damage.len(), id = chosen.id);
            update(&mut model, Message::Warned(warning), clock::now());
        }
        let socket_path = socket(&self.folder(&chosen));
        let mut event_loop = EventLoop {
            model,
            brokers,
            theme,
            zone,
            display,
            keyboard,
            signals,
            gate: CommitGate::new(store, mqtt),
            store_events,
            mqtt_events,
            hosting: Hosting::new(listen, self.paths.broker_dir()),
            notify_by: settings.notify.by,
            last_notified: None,
            sleep_watch: SleepWatch::new(clock::wall(), clock::instant()),
            suspension: None,
            editor: None,
            config_files: ConfigFiles::new(self, chosen),
            config_checked: clock::instant(),
            background: mpsc::channel(BACKGROUND),
            ipc: IpcServer::new(),
            store_jobs: StoreJobs::default(),
            redraw: RedrawState::default(),
            ends_by: None,
            is_quitting: false,
        };
        event_loop.ipc.listen(socket_path, event_loop.formatter());
        Ok(event_loop)
    }
}

/// The options of the MQTT connection. Reads the TLS files and the password. To get the password, it may run the
/// command in the configuration.
pub(super) fn connection(settings: &Settings, peer: &Peer) -> Result<mqtt::Options> {
    let brokers = BrokerUrl::parse_list(&settings.broker)?;
    let is_tls = brokers.iter().any(|broker| broker.transport().is_tls());
    let (first, others) = brokers.split_first().expect("a list of brokers is not empty");
    let mut options = mqtt::Options::new(first.clone(), peer.client_id(), peer.will());
    options.other_brokers = others.to_vec();
    if is_tls {
        let files = TlsFiles { authorities: settings.ca_file.clone(), client: settings.certificate.clone() };
        options.tls = Some(Tls::load(&files)?);
    }
    options.own_presence = Some(peer.presence_to_look_at());
    options.session_expiry = Duration::from_secs(settings.session_expiry.into());
    if let Some(user) = &settings.user {
        let password = settings.password.as_ref().map(config::Password::read).transpose()?;
        options.credentials = Some(Credentials { user: user.clone(), password: password.unwrap_or_default() });
    }
    Ok(options)
}

/// A random seed for generating IDs. The IDs must be unique, but need not be secret.
pub(super) fn seed() -> u64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    high ^ low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_for_an_open_papo_are_those_of_the_command_line() {
        let names = client_commands();
        for name in ["send", "withdraw", "block", "group", "join", "status", "tail"] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }
}
