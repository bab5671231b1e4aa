//! `papo check`: reads the whole history and reports what is damaged.

use std::{io::Write, process::ExitCode};

use color_eyre::eyre::{Result, WrapErr};

use super::{
    history::{Access, open_existing},
    ipc::{self, StoreJob, client},
    output,
    selection::{find_profile, new_device},
};
use crate::{
    cli::Selection,
    store::{self, OpenError, Store},
};

/// Runs the check. If the history cannot be opened and `may_salvage` is true, salvages it instead.
pub(super) fn run(selection: &Selection, may_salvage: bool) -> Result<ExitCode> {
    let opened = match open_existing(selection) {
        Err(error) if may_salvage && error.downcast_ref().is_some_and(OpenError::may_be_salvaged) => {
            let (chosen, folder) = find_profile(selection)?;
            let store::Salvaged { kept, messages, conversations } = Store::salvage(&folder, &chosen.id, &new_device())?;
            output::print(format_args!("salvaged {messages} messages from {conversations} conversations"))?;
            output::print(format_args!("the damaged file is kept as {}", kept.display()))?;
            return Ok(ExitCode::SUCCESS);
        }
        opened => opened?,
    };
    let opened = match opened {
        (_, Access::Remote(stream)) => return client::run_store_job(stream, StoreJob::Check, std::io::empty()),
        (_, Access::Local(opened)) => opened,
    };
    let checked = opened.store.check().wrap_err("cannot read the history")?;
    let mut out = output::stdout();
    for line in ipc::report(&checked) {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    ipc::verdict(&checked).map(|()| ExitCode::SUCCESS)
}
