//! A row of the table of commands.

use crate::app::{
    event::{Event, Situation},
    rejection::Rejection,
};

/// Reads the arguments of a command, and returns what follows.
pub type Run = fn(&Arguments<'_>, &Situation<'_>) -> Result<Vec<Event>, Rejection>;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct CommandRow {
    /// How it is called, as `msg` or `group invite`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Its arguments, as the help shows them.
    pub arguments: &'static str,
    /// The key of its description.
    pub text: &'static str,
    /// Its effect.
    pub(super) run: Run,
    /// Whether its line leaves the composer before it runs, since it closes the tab, or writes there.
    pub takes_line: bool,
}

impl PartialEq for CommandRow {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for CommandRow {}

impl CommandRow {
    /// How it is written, as `/msg ID TEXT`.
    pub fn usage(&self) -> String {
        let blank = if self.arguments.is_empty() || self.name == "/" { "" } else { " " };
        format!("/{}{blank}{}", self.name, self.arguments)
    }

    /// The part that is typed alike in each use, with a blank behind it if arguments follow.
    pub fn beginning(&self) -> String {
        let blank = if self.arguments.is_empty() || self.name == "/" { "" } else { " " };
        format!("/{}{blank}", self.name)
    }

    /// Whether it says nothing without arguments.
    pub fn needs_more(&self) -> bool {
        self.arguments.split(' ').any(|word| word.contains(char::is_uppercase) && !word.starts_with('['))
    }

    /// Runs it with the text behind its name.
    pub fn run(&self, arguments: &str, on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
        (self.run)(&Arguments { command: self, text: arguments }, on)
    }

    /// Whether it has this name, or this other name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// The text behind the name of a command.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    pub command: &'a CommandRow,
    /// The text behind its name.
    pub text: &'a str,
}

impl<'a> Arguments<'a> {
    /// The refusal that shows how the command is written.
    pub fn usage(&self) -> Rejection {
        Rejection::Usage(self.command.usage())
    }

    /// The only word, if there is one.
    pub fn at_most_one(&self) -> Result<Option<&'a str>, Rejection> {
        let mut words = self.text.split_whitespace();
        let first = words.next();
        match words.next() {
            None => Ok(first),
            Some(_) => Err(Rejection::TooManyArguments(self.command.usage())),
        }
    }
}

/// The first word, and the text behind the blank after it.
pub fn split(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}
