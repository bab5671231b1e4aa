//! The table of commands, in the order in which the help lists them.
//!
//! A row has the name, any aliases, the arguments as the help shows them, the language key of the description, the
//! function that parses the arguments, and the function that runs the command with them. Last come the [`Flags`] that
//! are true.

use super::{
    aliases,
    arguments::{
        AboutCommands, about_commands, format_and_file, group, group_and_user, maybe_group, maybe_key_and_value,
        maybe_list, maybe_outbox_number, maybe_subject, maybe_subject_and_text, maybe_text, maybe_user,
        maybe_user_and_group, name_and_text, none, notify, text, user, word,
    },
    lookup::named,
    missing,
    row::{Arguments, CommandRow, Flags},
};
use crate::{
    app::{
        actions::{
            chats::{self, NotifyChoice},
            groups, inbox, lists, messages,
            outbox::{self, OutboxAction},
            search, settings, users,
        },
        effect::Effect,
        event::{Event, ExitKind, ModelRef, OpenOverlay, Question, info},
        keymap::Action,
        language::{LocalizedText, localized},
        rejection::Rejection,
        state::{LineModeList, Pane},
    },
    domain::NotifyLevel,
    protocol::Command,
};

macro_rules! commands {
    ($($name:literal $(or $alias:literal)*, $parameters:literal, $description:literal, $parse:ident => $run:expr $(, $flag:ident)*;)*) => {
        /// All commands.
        pub const COMMANDS: &[CommandRow] = &[$(CommandRow {
            name: $name,
            aliases: &[$($alias),*],
            parameters: $parameters,
            description: $description,
            run: |words, model| run(words, model, $parse, $run),
            flags: Flags { $($flag: true,)* ..Flags::NONE },
        }),*];
    };
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

/// A command without arguments that always returns these events.
macro_rules! events {
    ($($event:expr),*) => {
        |(), _| Ok(vec![$($event),*])
    };
}

commands! {
    "chat" or "query" or "q" or "dm" or "m" or "tabnew", "[NAME] [TEXT]", "command-chat", maybe_subject_and_text => chats::chat, goes_there;
    "msg" or "tell", "NAME TEXT", "command-msg", name_and_text => chats::message_to;
    "reply", "[TEXT]", "command-reply", maybe_text => messages::reply_to_last, clears_composer, acts_here;
    "request" or "ask", "ID", "command-request", user => users::request, goes_there;
    "accept" or "invite accept", "[ID] [GROUP]", "command-accept", maybe_user_and_group =>
        |request, model| inbox::answer(request, model, "accept", Command::Accept);
    "deny" or "reject" or "decline" or "invite reject", "[ID] [GROUP]", "command-deny", maybe_user_and_group =>
        |request, model| inbox::answer(request, model, "deny", Command::Deny);
    "withdraw" or "cancel", "[ID]", "command-withdraw", maybe_user => inbox::cancel;
    "users" or "contacts" or "c", "", "command-users", none => events!(Event::Focus(Pane::Users));
    "groups" or "list" or "group list" or "rooms" or "channels", "", "command-groups", none => events!(Event::Focus(Pane::Groups));
    "inbox" or "requests", "", "command-inbox", none => events!(Event::Focus(Pane::Inbox));
    "inbox clear", "", "command-inbox-clear", none => inbox::clear;
    "whois" or "who" or "w" or "info" or "whowas", "[NAME]", "command-whois", maybe_subject => chats::whois;
    "members" or "names" or "n" or "nicks" or "nicklist", "[GROUP]", "command-members", maybe_group => groups::members;
    "group new" or "create" or "new", "NAME", "command-group-new", group => peer_command!(Command::CreateGroup);
    "group invite" or "invite" or "invite send", "[GROUP] ID", "command-group-invite", group_and_user =>
        |words, model| groups::confirm_with_user(&words, model, Question::Invite), acts_here;
    "group kick" or "kick" or "k" or "room kick", "[GROUP] ID", "command-group-kick", group_and_user =>
        |words, model| groups::confirm_with_user(&words, model, Question::Remove), acts_here;
    "group lead" or "lead", "[GROUP] ID", "command-group-lead", group_and_user =>
        |words, model| groups::confirm_with_user(&words, model, Question::HandOver), acts_here;
    "group claim" or "claim", "[GROUP]", "command-group-claim", maybe_group =>
        |group, model| Ok(vec![Event::Command(Command::ClaimLead(groups::named_or_active(group, model)?))]), acts_here;
    "group disband" or "disband", "[GROUP]", "command-group-disband", maybe_group =>
        |group, model| groups::confirm(Question::Disband(groups::named_or_active(group, model)?), model), acts_here;
    "join" or "j" or "knock", "GROUP", "command-join", group => groups::join, goes_there;
    "leave" or "part" or "p" or "group leave", "[GROUP]", "command-leave", maybe_group =>
        |group, model| groups::confirm(Question::Leave(groups::named_or_active(group, model)?), model), acts_here;
    "block" or "ignore", "[ID]", "command-block", maybe_user => users::block;
    "unblock" or "unignore", "ID", "command-unblock", user => peer_command!(Command::Unblock);
    "forget", "ID", "command-forget", user => users::forget;
    "end", "[NAME]", "command-end", maybe_text => chats::end, acts_here;
    "close" or "wc" or "unquery" or "buffer close" or "window close" or "win close" or "tabclose" or "bd", "[N|NAME]", "command-close",
        maybe_text => chats::close, clears_composer, acts_here;
    "go" or "win" or "window" or "b" or "buffer" or "switch" or "goto" or "window goto" or "win goto" or "buffer goto" or "tab" or "jump", "[N|NAME]", "command-go",
        maybe_text => chats::go, goes_there;
    "split" or "vsplit" or "vs" or "sp" or "splitv" or "window splitv" or "window split", "[NAME]", "command-split", maybe_text => chats::split;
    "unsplit" or "only" or "window merge", "", "command-unsplit", none => chats::unsplit;
    "chats" or "talks" or "dms" or "ls" or "window list" or "win list" or "buffer list", "[NAME]", "command-chats", maybe_text =>
        |name: String, model| Ok(vec![chats::list(&name, model)]);
    "unread" or "unreads", "", "command-unread", none => chats::unread;
    "mark" or "read" or "markread" or "unreads clear", "", "command-mark", none => |(), model| Ok(chats::mark_all_read(model));
    "clear" or "cls" or "buffer clear" or "scrollback clear" or "sb clear", "", "command-clear", none => chats::clear, acts_here;
    "search" or "find" or "lastlog" or "grep" or "s", "[WORDS]", "command-search", maybe_text => search::open;
    "notify", "[all|mentions|none|usual]", "command-notify", notify => chats::notify, acts_here;
    "mute", "", "command-mute", none => |(), model| chats::notify(NotifyChoice::Set(NotifyLevel::Never), model), acts_here;
    "unmute", "", "command-unmute", none => |(), model| chats::notify(NotifyChoice::AsConfigured, model), acts_here;
    "copy", "", "command-copy", none => messages::copy_last, acts_here;
    "open" or "url", "", "command-open", none => messages::open_last_link, acts_here;
    "editor", "", "command-editor", none => events!(Event::Act(Action::Editor)), clears_composer;
    "export", "[jsonl|markdown|text] [FILE]", "command-export", format_and_file => chats::export, acts_here;
    "log" or "notices", "", "command-log", none => |(), model| Ok(vec![model.open(OpenOverlay::Log, LineModeList::Log)]);
    "outbox", "", "command-outbox", none => |(), model| Ok(vec![outbox::open(model)]);
    "resend" or "retry", "[N]", "command-resend", maybe_outbox_number =>
        |number, model| outbox::act_on(number, OutboxAction::SendAgain, model), acts_here;
    "edit", "[N]", "command-edit", maybe_outbox_number => edit, clears_composer, acts_here;
    "drop", "[N]", "command-drop", maybe_outbox_number => |number, model| outbox::act_on(number, OutboxAction::Drop, model), acts_here;
    "reconnect", "", "command-reconnect", none => events!(Event::Reconnect);
    "redraw", "", "command-redraw", none => events!(Event::Act(Action::Redraw));
    "hide", "[users|groups|inbox|all]", "command-hide", maybe_list => |list, model| Ok(vec![lists::hide(list, model)]);
    "show", "[users|groups|inbox|all]", "command-show", maybe_list => |list, model| Ok(vec![lists::show(list, model)]);
    "set", "[KEY] [VALUE]", "command-set", maybe_key_and_value => settings::set;
    "unset" or "reset", "KEY", "command-unset", word => settings::unset;
    "settings" or "config" or "options" or "preferences" or "fset", "", "command-settings", none =>
        |(), model| Ok(vec![settings::open(None, model)]);
    "theme", "[THEME]", "command-theme", maybe_text => settings::theme;
    "alias", "[ALIAS] [COMMAND]", "command-alias", about_commands => aliases::alias;
    "unalias", "ALIAS", "command-unalias", word => aliases::unalias;
    "reload" or "rehash", "", "command-reload", none => events!(Event::Effect(Effect::Reload));
    "help" or "h" or "?" or "man" or "commands" or "keybindings", "[WORD]", "command-help", about_commands => help;
    "welcome" or "about", "", "command-welcome", none => |(), model| Ok(vec![model.open(OpenOverlay::Welcome, LineModeList::Help(String::new()))]);
    // Other programs send the text after `/quit` as a parting message. papo has none, and leaves.
    "quit" or "exit" or "bye" or "quitall" or "qa", "", "command-quit", maybe_text =>
        |_: String, _| Ok(vec![Event::ConfirmExit(ExitKind::Quit)]), clears_composer;
    // `read` treats a line that begins with `//` as a message and does not search this table.
    "/" or "say", "TEXT", "command-slash", text => chats::send, acts_here;
}

/// Shows the usage of a command, or the help with the keys and commands that the words match.
fn help(arguments: AboutCommands, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let words = arguments.text;
    let name = words.trim_start_matches('/');
    if let Some(command) = named(arguments.table, name) {
        let also = command.typed_aliases().join(", ");
        let (usage, about) = (command.usage(), LocalizedText::from(command.description));
        return Ok(vec![info(if also.is_empty() {
            localized!("help-usage", usage, about)
        } else {
            localized!("help-usage-also", usage, about, also)
        })]);
    }
    if let Some(text) = model.aliases.get(name) {
        return Ok(vec![info(localized!("alias-is", name, text))]);
    }
    if let Some(missing) = missing::find(name) {
        return Err(missing.rejection(name.to_owned()));
    }
    Ok(vec![model.open(OpenOverlay::Help(words.clone()), LineModeList::Help(words))])
}

/// Edits a text in the outbox. Without a number, edits my last sent text if the outbox has nothing of this chat.
fn edit(number: Option<usize>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    match outbox::act_on(number, OutboxAction::Edit, model) {
        Err(Rejection::NothingInOutbox) if number.is_none() => messages::edit_last(model),
        result => result,
    }
}
