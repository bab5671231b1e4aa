//! Opening the screen: settings, store, terminal, connection, and then the loop.
//!
//! What is wrong with the command line, the files or the store is said before the terminal is taken over.

use std::{
    fs,
    io::{self, IsTerminal, Write as _},
    process::ExitCode,
    time::Duration,
};

use color_eyre::eyre::{Result, WrapErr, eyre};
use tokio::{runtime::Builder, sync::mpsc};
use uuid::Uuid;

use super::{
    appearance::Appearance,
    clock::{self, SleepWatch},
    commit_gate::CommitGate,
    display::{self, Display},
    event_loop::{RedrawState, Session},
    hosting::Hosting,
    ipc::{IpcFormatter, IpcServer, StoreJobs, socket},
    keyboard::Keyboard,
    log, output,
    plan::{ConfigFiles, Plan, options_of},
    selection::{environment, new_device},
    setup,
    signals::Signals,
    terminal,
};
use crate::{
    app::{Language, Message, Model, setup::State, update},
    cli::{Cli, near_command},
    config::{self, Asked, Chosen, Settings, choose, remember_first_profile},
    domain::{LocalizedText, UserId, localized},
    mqtt::{self, BrokerUrl, Credentials, Tls, TlsFiles},
    protocol::{Identity, Peer},
    store::{self, OpenError, Opened, Store},
    ui::text,
};

/// Events of the store that wait for the loop. The store's thread waits where it is full; the loop always
/// takes them, so that ends.
const STORE_EVENTS: usize = 256;

/// What is done beside the loop waits where this is full.
const ASIDE: usize = 16;

/// The command line is wrong.
const WRONG_WORDS: u8 = 2;

/// Opens the screen and runs papo until the user leaves.
pub(super) fn open(cli: &Cli) -> Result<ExitCode> {
    let selection = &cli.opening.selection;
    let asked = selection.asked(environment)?;
    let is_named = asked.profile.is_some() || asked.id.is_some();
    let plan = Plan { is_custom: selection.config_args.config.is_some(), ..Plan::of(cli, selection)? };
    let chosen = choose(&plan.file, &asked)?;
    log::start(&plan.paths.log_file());
    terminal::restore_on_panic();
    // What is wrong is said now; the settings of a profile that is yet to be chosen are the same.
    let (settings, appearance) = plan.read(chosen.as_ref())?;
    if let Some(id) = selection.id.as_ref().filter(|_| chosen.as_ref().is_some_and(|chosen| plan.is_new(chosen))) {
        let near = near_command(id.as_str());
        if let Some(command) = near.as_ref().filter(|_| !io::stdin().is_terminal()) {
            let why = format_args!(
                "no user {id} on this machine; did you mean papo {command}? To start as a new user, set PAPO_ID"
            );
            output::complain(format_args!("papo: {why}"));
            return Ok(ExitCode::from(WRONG_WORDS));
        }
        let reason = match near {
            Some(command) => localized!("setup-new-near", id, command),
            None => localized!("setup-new", id),
        };
        let questions = Questions { reason: Some(reason), is_first: !plan.knows_anyone(), asked };
        return plan.run(Err(questions), settings, appearance);
    }
    let first = match chosen.map(|chosen| (plan.open_or_salvage(&chosen, &appearance.language), chosen)) {
        None => Err(Questions { reason: None, is_first: true, asked: Asked::default() }),
        Some((Ok((opened, notice)), chosen)) => Ok(Ready { notice, ..Ready::new(chosen, opened) }),
        Some((Err(OpenError::InUse), chosen)) if !is_named => {
            let reason = Some(localized!("setup-is-open-another", id = chosen.id));
            Err(Questions { reason, is_first: false, asked: Asked::default() })
        }
        Some((Err(OpenError::InUse), chosen)) => {
            return Err(eyre!(
                "papo is already open as {}; use that one, or start with another ID: papo ID. These commands work while it \
                 is open: send, request, accept, deny, users, groups, inbox, outbox, tail, export, import and check",
                chosen.id
            ));
        }
        Some((Err(error), _)) => return Err(error.into()),
    };
    plan.run(first, settings, appearance)
}

/// What the first page asks.
struct Questions {
    /// Why, where that is not plain.
    reason: Option<LocalizedText>,
    /// Whether nobody has used papo here before.
    is_first: bool,
    /// Whom the command line names already.
    asked: Asked,
}

/// Who the user is, with the history, and how that was found out.
pub(super) struct Ready {
    pub(super) chosen: Chosen,
    pub(super) opened: Opened,
    /// Whether papo has never been started here before.
    pub(super) is_first: bool,
    /// What is to be said first.
    pub(super) notice: Option<LocalizedText>,
}

impl Ready {
    pub(super) fn new(chosen: Chosen, opened: Opened) -> Self {
        Self { chosen, opened, is_first: false, notice: None }
    }
}

/// What is known before a profile is chosen.
impl Plan {
    /// Asks what is to be asked, and runs papo until the user leaves.
    fn run(
        mut self,
        first: Result<Ready, Questions>,
        mut settings: Settings,
        appearance: Appearance,
    ) -> Result<ExitCode> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let outcome = runtime.block_on(async {
            let mut signals = Signals::listen()?;
            let view = display::view(settings.ui.linear);
            let mut display = Display::take(view, settings.ui.mouse).wrap_err("papo needs a terminal")?;
            let mut keys = Keyboard::listen(settings.ui.escape_wait_ms)?;
            let ready = match first {
                Ok(ready) => ready,
                Err(questions) => {
                    let asked = self.ask(questions, &appearance, &mut display, &mut keys, &mut signals).await?;
                    let Some(ready) = asked else { return Ok(ExitCode::SUCCESS) };
                    settings = self.settings(Some(&ready.chosen))?;
                    ready
                }
            };
            self.session(ready, settings, appearance, (display, keys, signals))?.run().await?;
            Ok(ExitCode::SUCCESS)
        });
        // A name that is being looked up is not waited for.
        runtime.shutdown_background();
        outcome
    }

    /// Whether neither the configuration nor a history knows of it.
    fn is_new(&self, chosen: &Chosen) -> bool {
        !self.file.profiles.contains_key(&chosen.profile) && !Store::is_in(&self.folder(chosen))
    }

    /// Whether somebody has used papo here before.
    fn knows_anyone(&self) -> bool {
        let folders = || fs::read_dir(self.paths.data_dir()).into_iter().flatten().flatten();
        !self.file.profiles.is_empty() || folders().any(|folder| Store::is_in(&folder.path()))
    }

    /// Opens the history. Where it is damaged beyond that, the user is asked whether to rescue what can be read.
    fn open_or_salvage(
        &self,
        chosen: &Chosen,
        language: &Language,
    ) -> Result<(Opened, Option<LocalizedText>), OpenError> {
        let error = match self.open_store(chosen) {
            Err(error) if error.may_be_salvaged() && io::stdin().is_terminal() => error,
            opened => return opened.map(|opened| (opened, None)),
        };
        let yes = language.translate("key-yes");
        let question = language.translate(localized!("salvage-question", why = error.to_string(), yes = yes.clone()));
        // The answer goes behind it, on the same line.
        let _ = write!(io::stderr(), "{} ", text::safe(&question));
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer).is_err() || !answer.trim().eq_ignore_ascii_case(&yes) {
            return Err(error);
        }
        let salvaged = Store::salvage(&self.folder(chosen), &chosen.id, &new_device())?;
        let file = salvaged.kept.display().to_string();
        let notice = localized!("salvaged", messages = salvaged.messages, file);
        Ok((self.open_store(chosen)?, Some(notice)))
    }

    /// Whether somebody has said which broker is meant.
    fn names_broker(&self) -> bool {
        self.overrides.broker.is_some() || self.file.names_broker()
    }

    /// Asks for an id until its history can be opened, and for the broker where nothing says which; remembers the first.
    async fn ask(
        &mut self,
        Questions { mut reason, is_first, asked: Asked { profile, id: mut asked } }: Questions,
        appearance: &Appearance,
        display: &mut Display,
        keys: &mut Keyboard,
        signals: &mut Signals,
    ) -> Result<Option<Ready>> {
        let usual = Settings::resolve(&self.file, None, &self.overrides).broker;
        let broker = (is_first && !self.names_broker()).then_some(usual.as_str());
        loop {
            let mut state = State::new(broker, reason.take(), appearance.language.clone());
            if let Some(id) = asked.take() {
                state = state.with_id(&id);
            }
            let Some((id, broker)) = setup::ask(state, &appearance.theme, display, keys, signals).await? else {
                return Ok(None);
            };
            let broker = broker.filter(|broker| *broker != usual);
            match choose(&self.file, &Asked { profile: profile.clone(), id: Some(id.clone()) }) {
                Err(error) => reason = Some(LocalizedText::quoted(error.to_string())),
                Ok(None) => {}
                Ok(Some(chosen)) => match self.open_store(&chosen) {
                    Ok(opened) => {
                        if is_first && !self.is_custom && profile.is_none() {
                            self.remember(&id, broker.as_deref());
                        }
                        self.overrides.broker = self.overrides.broker.take().or(broker);
                        return Ok(Some(Ready { is_first, ..Ready::new(chosen, opened) }));
                    }
                    Err(OpenError::InUse) => reason = Some(localized!("setup-is-open", id)),
                    Err(error) => reason = Some(LocalizedText::quoted(error.to_string())),
                },
            }
        }
    }

    /// ClientCommand again at the next start is the worst that comes of a failure.
    fn remember(&self, id: &UserId, broker: Option<&str>) {
        if let Err(error) = remember_first_profile(&self.paths.config_file(), id, broker) {
            tracing::warn!(%error, "the id is not remembered");
        }
    }

    /// A papo that shows nothing, hears no keys, brings no broker, and reads nothing; and how it speaks.
    pub(super) fn silent_session(self, ready: Ready) -> Result<(Session, IpcFormatter)> {
        let (settings, appearance) = self.read(Some(&ready.chosen))?;
        log::start(&self.paths.log_file());
        let formatter = IpcFormatter { me: ready.chosen.id.clone(), language: appearance.language.clone() };
        let nowhere = self.paths.broker_dir();
        let outside = (Display::Nothing, Keyboard::none(), Signals::listen()?);
        let mut session = self.session(ready, settings, appearance, outside)?;
        session.model.in_front = false;
        session.hosting = Hosting::new(None, nowhere);
        Ok((session, formatter))
    }

    pub(super) fn session(
        self,
        Ready { chosen, opened, is_first, notice }: Ready,
        settings: Settings,
        Appearance { theme, keymap, language, zone }: Appearance,
        (display, keys, signals): (Display, Keyboard, Signals),
    ) -> Result<Session> {
        let Opened { store, saved, damage } = opened;
        let identity = Identity {
            me: chosen.id.clone(),
            device: store.device().to_owned(),
            prefix: settings.topic_prefix.clone(),
            seed: seed(),
            leader_gone_after: settings.leader_gone_after,
            names_senders: settings.broker_names_senders,
        };
        let backlog = saved
            .outbox
            .iter()
            .filter(|row| row.failure.is_none())
            .map(|row| (row.row, row.publication.clone()))
            .collect();
        let peer = Peer::restore(identity, saved);
        let options = connection(&settings, &peer)?;
        let broker = options.broker.to_string();
        let (mqtt, network) = mqtt::spawn(options, backlog);
        let mut ipc = IpcServer::new();
        let formatter = IpcFormatter { me: chosen.id.clone(), language: language.clone() };
        ipc.listen(socket(&self.folder(&chosen)), formatter);
        let (tell, stored) = mpsc::channel(STORE_EVENTS);
        let store = store::Handle::new(store, tell);
        let mut model = Model::new(peer, options_of(&settings, broker, (keymap, language)), clock::now());
        if is_first {
            update(&mut model, Message::Welcome, clock::now());
        }
        if let Some(notice) = notice {
            update(&mut model, Message::Warned(notice), clock::now());
        }
        if let Some(first) = damage.first() {
            tracing::error!(count = damage.len(), %first, "the history is damaged");
            let words = localized!("damaged-values", count = damage.len(), id = chosen.id);
            update(&mut model, Message::Warned(words), clock::now());
        }
        Ok(Session {
            model,
            theme,
            zone,
            display,
            keys,
            signals,
            gate: CommitGate::new(store, mqtt),
            stored,
            network,
            hosting: Hosting::new(settings.embedded_broker, self.paths.broker_dir()),
            notify_by: settings.notify.by,
            rang: None,
            sleep: SleepWatch::new(clock::wall(), clock::instant()),
            suspension: None,
            editor: None,
            files: ConfigFiles::new(self, chosen),
            looked: clock::instant(),
            aside: mpsc::channel(ASIDE),
            ipc,
            store_jobs: StoreJobs::default(),
            redraw: RedrawState::default(),
        })
    }
}

pub(super) fn connection(settings: &Settings, peer: &Peer) -> Result<mqtt::Options> {
    let broker: BrokerUrl = settings.broker.parse()?;
    let is_tls = broker.transport().is_tls();
    let mut options = mqtt::Options::new(broker, peer.client_id(), peer.will());
    if is_tls {
        let files = TlsFiles { authorities: settings.ca_file.clone(), own: settings.certificate.clone() };
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

/// Ids need no secrets, only to differ.
pub(super) fn seed() -> u64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    high ^ low
}
