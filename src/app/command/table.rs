//! The table of commands, in the order in which the help lists them.
//!
//! A row has the name, any aliases, the arguments as the help shows them, the language key of the description, the
//! function that parses the arguments, and the function that runs the command with them. For `clears_composer` see
//! [`CommandRow`].

use super::{
    arguments::{
        format_and_file, group, group_and_user, key_and_value, maybe_group, maybe_list, maybe_outbox_number,
        maybe_text, maybe_user, maybe_user_and_group, none, notify, text, user, user_and_text,
    },
    row::{Arguments, CommandRow},
};
use crate::{
    app::{
        actions::{
            chats::{self, NotifyChoice},
            groups, inbox, lists, messages,
            outbox::{self, OutboxAction},
            search, users,
        },
        effect::Effect,
        event::{Event, ExitKind, ModelRef, OpenOverlay, Question},
        rejection::Rejection,
        state::LineModeList,
    },
    domain::NotifyLevel,
    protocol::Command,
};

macro_rules! commands {
    ($($name:literal $(or $alias:literal)*, $parameters:literal, $description:literal, $parse:ident => $run:expr $(, $flag:ident)?;)*) => {
        /// All commands.
        pub const COMMANDS: &[CommandRow] = &[$(CommandRow {
            name: $name,
            aliases: &[$($alias),*],
            parameters: $parameters,
            description: $description,
            run: |words, model| run(words, model, $parse, $run),
            clears_composer: commands!(@clears_composer $($flag)?),
        }),*];
    };
    (@clears_composer) => { false };
    (@clears_composer clears_composer) => { true };
}

/// Parses the arguments, and runs the command with them.
fn run<T>(
    words: &Arguments<'_>,
    model: &ModelRef<'_>,
    parse: impl FnOnce(&Arguments<'_>) -> Result<T, Rejection>,
    run: impl FnOnce(T, &ModelRef<'_>) -> Result<Vec<Event>, Rejection>,
) -> Result<Vec<Event>, Rejection> {
    run(parse(words)?, model)
}

/// A command that the peer carries out with one argument.
macro_rules! peer_command {
    ($command:expr) => {
        |argument, _| Ok(vec![Event::Command($command(argument))])
    };
}

/// A command about a group and a user that the peer carries out.
macro_rules! member_command {
    ($command:ident) => {
        |arguments, model| groups::with_user(arguments, model, |group, user| Command::$command { group, user })
    };
}

/// A command without arguments that always returns these events.
macro_rules! events {
    ($($event:expr),*) => {
        |(), _| Ok(vec![$($event),*])
    };
}

commands! {
    "msg", "ID TEXT", "command-msg", user_and_text => chats::message;
    "reply", "TEXT", "command-reply", text => messages::reply_to_last;
    "request", "ID", "command-request", user => users::request;
    "accept", "[ID] [GROUP]", "command-accept", maybe_user_and_group =>
        |request, model| inbox::answer(request, model, "accept", Command::Accept);
    "deny", "[ID] [GROUP]", "command-deny", maybe_user_and_group =>
        |request, model| inbox::answer(request, model, "deny", Command::Deny);
    "withdraw", "[ID]", "command-withdraw", maybe_user => inbox::cancel;
    "inbox clear", "", "command-inbox-clear", none => inbox::clear;
    "group new", "NAME", "command-group-new", group => peer_command!(Command::CreateGroup);
    "group invite", "[GROUP] ID", "command-group-invite", group_and_user => member_command!(Invite);
    "group kick", "[GROUP] ID", "command-group-kick", group_and_user =>
        |member, model| groups::confirm_with_user(member, model, Question::Remove);
    "group lead", "[GROUP] ID", "command-group-lead", group_and_user =>
        |member, model| groups::confirm_with_user(member, model, Question::HandOver);
    "group claim", "[GROUP]", "command-group-claim", maybe_group =>
        |group, model| Ok(vec![Event::Command(Command::ClaimLead(groups::named_or_active(group, model)?))]);
    "group leave", "[GROUP]", "command-group-leave", maybe_group =>
        |group, model| groups::confirm(Question::Leave(groups::named_or_active(group, model)?), model);
    "group disband", "[GROUP]", "command-group-disband", maybe_group =>
        |group, model| groups::confirm(Question::Disband(groups::named_or_active(group, model)?), model);
    "join", "GROUP", "command-join", group => groups::join;
    "leave", "", "command-leave", none =>
        |(), model| groups::confirm(Question::Leave(groups::named_or_active(None, model)?), model);
    "block", "[ID]", "command-block", maybe_user => users::block;
    "unblock", "ID", "command-unblock", user => peer_command!(Command::Unblock);
    "forget", "ID", "command-forget", user => users::forget;
    "end", "", "command-end", none => chats::end;
    "close", "", "command-close", none => events!(Event::CloseTab), clears_composer;
    "notify", "[all|mentions|none|usual]", "command-notify", notify => chats::notify;
    "mute", "", "command-mute", none => |(), model| chats::notify(NotifyChoice::Set(NotifyLevel::Never), model);
    "chats" or "talks", "[NAME]", "command-chats", maybe_text => |name: String, model| Ok(vec![chats::list(&name, model)]);
    "search", "[WORDS]", "command-search", maybe_text => search::open;
    "copy", "", "command-copy", none => messages::copy_last;
    "open", "", "command-open", none => messages::open_last_link;
    "export", "[jsonl|markdown|text] [FILE]", "command-export", format_and_file => chats::export;
    "log", "", "command-log", none => |(), model| Ok(vec![model.open(OpenOverlay::Log, LineModeList::Log)]);
    "outbox", "", "command-outbox", none => |(), model| Ok(vec![outbox::open(model)]);
    "resend", "[N]", "command-resend", maybe_outbox_number =>
        |number, model| outbox::act_on(number, OutboxAction::SendAgain, model);
    "edit", "[N]", "command-edit", maybe_outbox_number => edit, clears_composer;
    "drop", "[N]", "command-drop", maybe_outbox_number => |number, model| outbox::act_on(number, OutboxAction::Drop, model);
    "reconnect", "", "command-reconnect", none => events!(Event::Reconnect);
    "reload", "", "command-reload", none => events!(Event::Effect(Effect::Reload));
    "hide", "[users|groups|inbox]", "command-hide", maybe_list => |list, model| Ok(vec![lists::hide(list, model)]);
    "show", "[users|groups|inbox]", "command-show", maybe_list => |list, model| Ok(vec![lists::show(list, model)]);
    "set", "KEY VALUE", "command-set", key_and_value =>
        |(key, value), _| Ok(vec![Event::Effect(Effect::Set { key, value })]);
    "help", "", "command-help", none => |(), model| Ok(vec![model.open(OpenOverlay::Help, LineModeList::Help)]);
    "welcome", "", "command-welcome", none => |(), model| Ok(vec![model.open(OpenOverlay::Welcome, LineModeList::Help)]);
    "quit", "", "command-quit", none => events!(Event::ConfirmExit(ExitKind::Quit)), clears_composer;
    // Only for the help: `read` treats a line that begins with `//` as a message and does not search this table.
    "/", "TEXT", "command-slash", text => chats::send;
}

/// Edits a text in the outbox. Without a number, edits my last sent text if the outbox has nothing of this chat.
fn edit(number: Option<usize>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    match outbox::act_on(number, OutboxAction::Edit, model) {
        Err(Rejection::NothingInOutbox) if number.is_none() => messages::edit_last(model),
        result => result,
    }
}
