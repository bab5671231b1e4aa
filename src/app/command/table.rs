//! The table of commands, in the order of the help. A row has the name, other names, the arguments, the text that says
//! what the command does, the function that reads the arguments, and what is done with them.

use super::{
    arguments::{
        format_and_file, group, group_and_user, key_and_value, maybe_group, maybe_list, maybe_place, maybe_text,
        maybe_user, none, notify, text, user, user_and_text,
    },
    row::{Arguments, CommandRow},
};
use crate::{
    app::{
        actions::{
            chats::{self, NotifyChoice},
            groups, inbox, messages,
            outbox::{self, OutboxAction},
            search, users,
        },
        effect::Effect,
        event::{Event, Leaving, Open, Question, Situation},
        rejection::Rejection,
        state::List,
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
            run: |words, on| run(words, on, $parse, $run),
            clears_composer: commands!(@clears_composer $($flag)?),
        }),*];
    };
    (@clears_composer) => { false };
    (@clears_composer clears_composer) => { true };
}

/// Reads the arguments, and runs the command with them.
fn run<T>(
    words: &Arguments<'_>,
    on: &Situation<'_>,
    parse: impl FnOnce(&Arguments<'_>) -> Result<T, Rejection>,
    run: impl FnOnce(T, &Situation<'_>) -> Result<Vec<Event>, Rejection>,
) -> Result<Vec<Event>, Rejection> {
    run(parse(words)?, on)
}

/// Runs the peer's command.
macro_rules! peer {
    ($command:expr) => {
        |given, _| Ok(vec![Event::Command($command(given))])
    };
}

/// Runs the peer's command on a group and a user.
macro_rules! of_group {
    ($command:ident) => {
        |given, on| groups::with_user(given, on, |group, user| Command::$command { group, user })
    };
}

/// Returns these events.
macro_rules! events {
    ($($event:expr),*) => {
        |(), _| Ok(vec![$($event),*])
    };
}

commands! {
    "msg", "ID TEXT", "command-msg", user_and_text => chats::message;
    "reply", "TEXT", "command-reply", text => messages::reply_to_last;
    "request", "ID", "command-request", user => peer!(Command::RequestTalk);
    "accept", "[ID]", "command-accept", maybe_user => |user, on| inbox::answer(user, on, Command::Accept);
    "deny", "[ID]", "command-deny", maybe_user => |user, on| inbox::answer(user, on, Command::Deny);
    "withdraw", "[ID]", "command-withdraw", maybe_user => inbox::cancel;
    "inbox clear", "", "command-inbox-clear", none => inbox::clear;
    "group new", "NAME", "command-group-new", group => peer!(Command::CreateGroup);
    "group invite", "[GROUP] ID", "command-group-invite", group_and_user => of_group!(Invite);
    "group kick", "[GROUP] ID", "command-group-kick", group_and_user => of_group!(RemoveMember);
    "group lead", "[GROUP] ID", "command-group-lead", group_and_user => of_group!(HandOver);
    "group claim", "[GROUP]", "command-group-claim", maybe_group =>
        |group, on| Ok(vec![Event::Command(Command::ClaimLead(groups::named_or_active(group, on)?))]);
    "group leave", "[GROUP]", "command-group-leave", maybe_group => |group, on| groups::ask(group, on, Question::Leave);
    "group disband", "[GROUP]", "command-group-disband", maybe_group =>
        |group, on| groups::ask(group, on, Question::Disband);
    "join", "GROUP", "command-join", group => peer!(Command::JoinGroup);
    "leave", "", "command-leave", none => |(), on| groups::ask(None, on, Question::Leave);
    "block", "ID", "command-block", user => peer!(Command::Block);
    "unblock", "ID", "command-unblock", user => peer!(Command::Unblock);
    "forget", "ID", "command-forget", user => users::forget;
    "end", "", "command-end", none => chats::end;
    "close", "", "command-close", none => events!(Event::CloseTab), clears_composer;
    "notify", "[all|mentions|none|usual]", "command-notify", notify => chats::notify;
    "mute", "", "command-mute", none => |(), on| chats::notify(NotifyChoice::Set(NotifyLevel::Never), on);
    "chats" or "talks", "[NAME]", "command-talks", maybe_text => |name: String, on| Ok(vec![chats::list(&name, on)]);
    "search", "[WORDS]", "command-search", maybe_text => search::open;
    "copy", "", "command-copy", none => messages::copy_last;
    "open", "", "command-open", none => messages::open_last_link;
    "export", "[jsonl|markdown|text] [FILE]", "command-export", format_and_file => chats::export;
    "log", "", "command-log", none => |(), on| Ok(vec![on.open(Open::Log(()), List::Log)]);
    "outbox", "", "command-outbox", none => |(), on| Ok(vec![outbox::open(on)]);
    "resend", "[N]", "command-resend", maybe_place => |place, on| outbox::act_on(place, OutboxAction::SendAgain, on);
    "edit", "[N]", "command-edit", maybe_place => edit, clears_composer;
    "drop", "[N]", "command-drop", maybe_place => |place, on| outbox::act_on(place, OutboxAction::Drop, on);
    "reconnect", "", "command-reconnect", none => events!(Event::Reconnect);
    "reload", "", "command-reload", none => events!(Event::Effect(Effect::Reload));
    "hide", "[users|groups|inbox]", "command-hide", maybe_list => |list, _| Ok(vec![Event::SetHidden(list, true)]);
    "show", "[users|groups|inbox]", "command-show", maybe_list => |list, _| Ok(vec![Event::SetHidden(list, false)]);
    "set", "KEY VALUE", "command-set", key_and_value =>
        |(key, value), _| Ok(vec![Event::Effect(Effect::Set { key, value })]);
    "help", "", "command-help", none => |(), on| Ok(vec![on.open(Open::Help(()), List::Help)]);
    "welcome", "", "command-welcome", none => |(), on| Ok(vec![on.open(Open::Welcome(()), List::Help)]);
    "quit", "", "command-quit", none => events!(Event::AskToLeave(Leaving::Quit)), clears_composer;
    // A text that begins with a slash: `read` makes it a message before it looks here.
    "/", "TEXT", "command-slash", text => chats::send;
}

/// Takes a text back from the outbox, or else my last one that was sent.
fn edit(place: Option<usize>, on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    match outbox::act_on(place, OutboxAction::Edit, on) {
        Err(Rejection::NothingInOutbox) if place.is_none() => messages::edit_last(on),
        done => done,
    }
}
