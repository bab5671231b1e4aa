//! The rows of the command table, and the arguments that the user types.

use crate::app::{
    event::{Event, ModelRef},
    rejection::Rejection,
};

/// Parses the arguments of a command, and returns the events that carry it out.
pub type Handler = fn(&Arguments<'_>, &ModelRef<'_>) -> Result<Vec<Event>, Rejection>;

/// A row of the command table.
#[derive(Debug, Clone, Copy)]
pub struct CommandRow {
    /// The name without the slash, such as `msg` or `group invite`.
    pub name: &'static str,
    /// Other names, without the slash.
    pub aliases: &'static [&'static str],
    /// The names of the arguments for the help, such as `ID TEXT`. Optional ones are in brackets.
    pub parameters: &'static str,
    /// The language key of the description.
    pub description: &'static str,
    pub(super) run: Handler,
    pub(super) flags: Flags,
}

/// What else is to be known of a command. Those that the table names for a row are true.
#[derive(Debug, Clone, Copy)]
pub struct Flags {
    /// The composer is cleared before the command runs. Commands need this that close the tab or write into the
    /// composer.
    pub clears_composer: bool,
    /// The command acts on the active chat, unless its arguments name another one.
    pub acts_here: bool,
    /// The command goes to the chat that its arguments name.
    pub goes_there: bool,
}

impl Flags {
    pub const NONE: Self = Self { clears_composer: false, acts_here: false, goes_there: false };
}

impl CommandRow {
    /// The full syntax, such as `/msg ID TEXT`.
    pub fn usage(&self) -> String {
        format!("{}{}", self.prefix(), self.parameters)
    }

    /// The slash and the name, with a space if the command has arguments: `/msg `.
    pub fn prefix(&self) -> String {
        self.prefix_as(self.name)
    }

    /// Like [`Self::prefix`], with another of its names.
    pub fn prefix_as(&self, name: &str) -> String {
        // `//TEXT` sends a text that starts with a slash. Its name is the second slash; no space follows.
        let blank = if self.parameters.is_empty() || name == "/" { "" } else { " " };
        format!("/{name}{blank}")
    }

    /// Returns whether the command has an argument that is not optional.
    pub fn requires_arguments(&self) -> bool {
        // Placeholders are in capitals; lower-case words are literals.
        self.parameters.split(' ').any(|word| word.contains(char::is_uppercase) && !word.starts_with('['))
    }

    /// Returns whether the composer is cleared before the command runs.
    pub fn clears_composer(&self) -> bool {
        self.flags.clears_composer
    }

    /// Returns whether the first argument may be a number.
    pub fn takes_number(&self) -> bool {
        self.parameters.strip_prefix("[N").is_some_and(|rest| rest.starts_with([']', '|']))
    }

    /// Returns whether the command acts on the active chat because its arguments name no other one.
    pub fn acts_here(&self, arguments: &str) -> bool {
        // An optional group or number comes first, so that it is left out if there are fewer words.
        let may_name = self.parameters.starts_with("[GROUP]") || self.parameters.starts_with("[N");
        let is_named = may_name && arguments.split_whitespace().count() >= self.parameters.split(' ').count();
        self.flags.acts_here && !is_named
    }

    /// The name of the chat that the command goes to, as the user typed it.
    pub fn goes_to<'a>(&self, arguments: &'a str) -> Option<&'a str> {
        let name = arguments.split_whitespace().next()?.trim_start_matches('@');
        self.flags.goes_there.then_some(name)
    }

    /// Runs the command. `table` has all commands, and `arguments` is the text after its name.
    pub(super) fn run(
        &self,
        table: &'static [Self],
        arguments: &str,
        model: &ModelRef<'_>,
    ) -> Result<Vec<Event>, Rejection> {
        (self.run)(&Arguments { command: self, table, text: arguments }, model)
    }

    /// The name, then its aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name].into_iter().chain(self.aliases.iter().copied())
    }

    /// The aliases as the user types them, with the slash.
    pub fn typed_aliases(&self) -> Vec<String> {
        self.aliases.iter().map(|alias| format!("/{alias}")).collect()
    }

    /// Returns whether this is the command's name or one of its aliases.
    pub fn has_name(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

/// The arguments of a command as typed, not parsed yet.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    pub command: &'a CommandRow,
    /// All commands, for those that are about commands.
    pub table: &'static [CommandRow],
    /// The text after the command's name.
    pub text: &'a str,
}

impl<'a> Arguments<'a> {
    /// The rejection that shows the command's syntax.
    pub fn usage(&self) -> Rejection {
        Rejection::Usage(self.command.usage())
    }

    /// The only argument, or `None` if there is none. A second argument is rejected.
    pub fn at_most_one(&self) -> Result<Option<&'a str>, Rejection> {
        let mut words = self.text.split_whitespace();
        let first = words.next();
        match words.next() {
            None => Ok(first),
            Some(_) => Err(Rejection::TooManyArguments(self.command.usage())),
        }
    }
}

/// The first word, and the text after the whitespace character that ends it.
pub fn split_first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}
