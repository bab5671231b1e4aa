//! `papo check`: reads the whole history and reports what is damaged.

use std::{io::Write, process::ExitCode};

use color_eyre::eyre::{Result, WrapErr};

use super::{
    history::{Access, opened},
    ipc::{self, StoreJob, client},
    output,
    selection::{configuration, new_device, whose},
};
use crate::{
    cli::Selection,
    config::Paths,
    store::{self, OpenError, Store},
};

/// Reads the whole history and reports damage.
pub(super) fn run(selection: &Selection, may_salvage: bool) -> Result<ExitCode> {
    let opened = match opened(selection) {
        Err(error) if may_salvage && error.downcast_ref().is_some_and(OpenError::may_be_salvaged) => {
            let paths = Paths::discover()?;
            let (chosen, folder) = whose(&paths, &configuration(selection, &paths)?, selection)?;
            let store::Salvaged { kept, messages, conversations } = Store::salvage(&folder, &chosen.id, &new_device())?;
            output::print(format_args!("salvaged {messages} messages from {conversations} conversations"))?;
            output::print(format_args!("the damaged file is kept as {}", kept.display()))?;
            return Ok(ExitCode::SUCCESS);
        }
        opened => opened?,
    };
    let opened = match opened {
        (_, Access::Elsewhere(stream)) => return client::send(stream, StoreJob::Check, std::io::empty()),
        (_, Access::Here(opened)) => opened,
    };
    let checked = opened.store.check().wrap_err("cannot read the history")?;
    let mut out = output::stdout();
    for line in ipc::found(&checked) {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    ipc::sound(&checked).map(|()| ExitCode::SUCCESS)
}
