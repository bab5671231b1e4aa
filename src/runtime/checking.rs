//! `papo check`: reads the whole history and reports what is damaged.

use std::{io::Write, process::ExitCode};

use color_eyre::eyre::{Result, eyre};

use super::{
    history::{Access, open_existing},
    ipc::{self, StoreJob, client},
    output,
    selection::{find_profile, new_device},
    startup::language,
};
use crate::{
    app::localized,
    cli::Selection,
    store::{self, OpenError, Store},
};

/// Runs the check. If the history cannot be opened and `may_salvage` is true, salvages it instead.
pub(super) fn run(selection: &Selection, may_salvage: bool) -> Result<ExitCode> {
    let language = language(selection);
    let opened = match open_existing(selection) {
        Err(error) if may_salvage && error.downcast_ref().is_some_and(OpenError::may_be_salvaged) => {
            let (chosen, folder) = find_profile(selection)?;
            let store::Salvaged { kept, messages, conversations } = Store::salvage(&folder, &chosen.id, &new_device())?;
            output::print(language.translate(localized!("check-salvaged", messages, conversations)))?;
            output::print(language.translate(localized!("check-kept", file = kept.display().to_string())))?;
            return Ok(ExitCode::SUCCESS);
        }
        opened => opened?,
    };
    let opened = match opened {
        (_, Access::Remote(stream)) => return client::run_store_job(stream, StoreJob::Check, std::io::empty()),
        (_, Access::Local(opened)) => opened,
    };
    let cannot_read =
        |why: store::StoreError| eyre!(language.translate(localized!("check-unreadable", why = why.to_string())));
    let checked = opened.store.check().map_err(cannot_read)?;
    let mut out = output::stdout();
    for line in ipc::report(&checked, &language) {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    ipc::verdict(&checked, &language).map(|()| ExitCode::SUCCESS)
}
