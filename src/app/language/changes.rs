//! The words for changes of a group: who joined, left, was removed, or leads it.

use std::{collections::BTreeMap, slice};

use super::{LocalizedText, localized};
use crate::domain::{Membership, UserId};

/// The most users that one clause names. It counts the others.
const NAMED: usize = 5;

/// What happened to a user, or to the whole group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Created,
    Joined,
    Departed(Departure),
    JoinedAndDeparted(Departure),
    Rejoined,
    Leads,
    Disbanded,
    Refused,
}

/// How a user departed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Departure {
    Left,
    Removed,
    Gone,
}

impl Outcome {
    /// What happened to a user to whom first `before` and then `next` happened.
    fn after(before: Option<Self>, next: Self) -> Self {
        match (before, next) {
            (Some(Self::Departed(_) | Self::Rejoined), Self::Joined) => Self::Rejoined,
            (Some(Self::Joined | Self::JoinedAndDeparted(_)), Self::Departed(how)) => Self::JoinedAndDeparted(how),
            (_, next) => next,
        }
    }

    /// The clause that says so about `users`.
    fn clause(self, users: &[&UserId], name: &impl Fn(&UserId) -> LocalizedText) -> LocalizedText {
        let (who, count) = (list(users, name), users.len());
        match self {
            Self::Created => "change-created".into(),
            Self::Joined => localized!("change-joined", who, count),
            Self::Departed(Departure::Left) => localized!("change-left", who, count),
            Self::Departed(Departure::Removed) => localized!("change-removed", who, count),
            Self::Departed(Departure::Gone) => localized!("change-gone", who, count),
            Self::JoinedAndDeparted(Departure::Left) => localized!("change-joined-left", who, count),
            Self::JoinedAndDeparted(Departure::Removed) => localized!("change-joined-removed", who, count),
            Self::JoinedAndDeparted(Departure::Gone) => localized!("change-joined-gone", who, count),
            Self::Rejoined => localized!("change-rejoined", who, count),
            Self::Leads => localized!("change-leads", who),
            Self::Disbanded => "change-disbanded".into(),
            Self::Refused => "change-refused".into(),
        }
    }
}

/// A change of a group as a line: `— bob joined —`.
impl From<&Membership> for LocalizedText {
    fn from(change: &Membership) -> Self {
        let words = changes_text([change], |user| Self::quoted(user.as_str()));
        localized!("changes", changes = words)
    }
}

/// To whom something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject<'a> {
    Group,
    Leader,
    Member(&'a UserId),
}

/// Changes of a group that follow each other, as one text: `bob, carol and dave joined; erin left`. `name` returns
/// what a user is called.
///
/// Each user is in one clause, which compares them before the first change and after the last one: a user who joined
/// and left is told once, as `erin joined and left`, and one who left and came back `joined again`. Only the last of
/// several leaders is told, and only the last of a creation and an end of the group. The clauses are in the order of
/// their last changes.
pub fn changes_text<'a>(
    changes: impl IntoIterator<Item = &'a Membership>,
    name: impl Fn(&UserId) -> LocalizedText,
) -> LocalizedText {
    let mut outcomes: BTreeMap<Subject<'_>, (usize, Outcome, Option<&UserId>)> = BTreeMap::new();
    for (order, (subject, user, next)) in changes.into_iter().flat_map(happenings).enumerate() {
        let before = outcomes.get(&subject).map(|(_, before, _)| *before);
        outcomes.insert(subject, (order, Outcome::after(before, next), user));
    }
    let mut outcomes: Vec<_> = outcomes.into_values().collect();
    outcomes.sort_by_key(|(order, ..)| *order);
    let mut clauses: Vec<(Outcome, Vec<&UserId>)> = Vec::new();
    for (_, outcome, user) in outcomes {
        match clauses.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, users)) => users.extend(user),
            None => clauses.push((outcome, user.into_iter().collect())),
        }
    }
    let clauses = clauses.into_iter().map(|(outcome, users)| outcome.clause(&users, &name));
    let changes = clauses.reduce(|changes, next| localized!("changes-next", changes, next));
    changes.unwrap_or_else(|| LocalizedText::quoted(""))
}

/// What happened in one change: to whom, with which user, and what.
fn happenings(change: &Membership) -> Vec<(Subject<'_>, Option<&UserId>, Outcome)> {
    let (users, outcome) = match change {
        Membership::Created => return vec![(Subject::Group, None, Outcome::Created)],
        Membership::Leads(user) => return vec![(Subject::Leader, Some(user), Outcome::Leads)],
        Membership::Disbanded => return vec![(Subject::Group, None, Outcome::Disbanded)],
        Membership::Refused => return vec![(Subject::Group, None, Outcome::Refused)],
        Membership::Joined(users) => (users.as_slice(), Outcome::Joined),
        Membership::Left(user) => (slice::from_ref(user), Outcome::Departed(Departure::Left)),
        Membership::Removed(user) => (slice::from_ref(user), Outcome::Departed(Departure::Removed)),
        Membership::Gone(users) => (users.as_slice(), Outcome::Departed(Departure::Gone)),
    };
    users.iter().map(|user| (Subject::Member(user), Some(user), outcome)).collect()
}

/// `bob`, `bob and carol`, `bob, carol and dave`; of many users, some are only counted.
fn list(users: &[&UserId], name: &impl Fn(&UserId) -> LocalizedText) -> LocalizedText {
    let mut names: Vec<LocalizedText> = users.iter().take(NAMED).map(|user| name(user)).collect();
    let more = users.len() - names.len();
    let last = if more == 0 && names.len() > 1 { names.pop() } else { None };
    let names = names.into_iter().reduce(|names, next| localized!("list-comma", names, next));
    let names = names.unwrap_or_else(|| LocalizedText::quoted(""));
    match last {
        Some(last) => localized!("list-and", names, last),
        None if more > 0 => localized!("list-more", names, count = more),
        None => names,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::language::Language;

    /// Changes from words such as `+bob,carol`, `-dave`, `!erin` (removed), `?frank` (gone) and `*bob` (leads).
    fn changes(words: &str) -> Vec<Membership> {
        let change = |word: &str| {
            let (kind, names) = word.split_at(1);
            let users: Vec<UserId> = names.split(',').filter_map(|name| name.parse().ok()).collect();
            match kind {
                "+" => Membership::Joined(users),
                "-" => Membership::Left(users[0].clone()),
                "!" => Membership::Removed(users[0].clone()),
                "?" => Membership::Gone(users),
                "*" => Membership::Leads(users[0].clone()),
                "c" => Membership::Created,
                _ => Membership::Disbanded,
            }
        };
        words.split_whitespace().map(change).collect()
    }

    fn text(language: &str, words: &str) -> String {
        let text = changes_text(&changes(words), |user| LocalizedText::quoted(user.as_str()));
        Language::builtin(language).translate(text)
    }

    #[track_caller]
    fn reads(words: &str, english: &str, portuguese: &str) {
        assert_eq!(text("en", words), english);
        assert_eq!(text("pt-BR", words), portuguese);
    }

    #[test]
    fn single_changes_agree_in_number() {
        reads("c", "you created the group", "você criou o grupo");
        reads("+bob", "bob joined", "bob entrou no grupo");
        reads("+bob,carol", "bob and carol joined", "bob e carol entraram no grupo");
        reads("-bob", "bob left", "bob saiu do grupo");
        reads("!bob", "bob was removed by the leader", "bob foi removido pelo líder");
        reads("?bob", "bob is no longer in the group", "bob não está mais no grupo");
        reads("?bob,eve", "bob and eve are no longer in the group", "bob e eve não estão mais no grupo");
        reads("*bob", "bob leads the group now", "bob lidera o grupo agora");
        reads("d", "the group was disbanded", "o grupo foi dissolvido");
    }

    #[test]
    fn users_with_the_same_outcome_share_a_clause() {
        reads(
            "+bob +carol -erin +dave",
            "bob, carol and dave joined; erin left",
            "bob, carol e dave entraram no grupo; erin saiu do grupo",
        );
        reads(
            "!bob -erin !carol -dave",
            "bob and carol were removed by the leader; erin and dave left",
            "bob e carol foram removidos pelo líder; erin e dave saíram do grupo",
        );
        reads(
            "c +bob *bob d",
            "bob joined; bob leads the group now; the group was disbanded",
            "bob entrou no grupo; bob lidera o grupo agora; o grupo foi dissolvido",
        );
    }

    #[test]
    fn user_who_joined_and_left_is_told_once() {
        reads("+erin -erin", "erin joined and left", "erin entrou e saiu");
        reads(
            "+bob +erin -erin +bob,carol",
            "erin joined and left; bob and carol joined",
            "erin entrou e saiu; bob e carol entraram no grupo",
        );
        reads(
            "+bob +erin !bob !erin",
            "bob and erin joined and were removed by the leader",
            "bob e erin entraram e foram removidos pelo líder",
        );
        reads(
            "+bob,eve ?bob,eve",
            "bob and eve joined and are no longer in the group",
            "bob e eve entraram e não estão mais no grupo",
        );
        reads("+bob -bob +bob", "bob joined", "bob entrou no grupo");
        reads("-bob +bob", "bob joined again", "bob entrou de novo");
        reads("-bob !eve +bob,eve", "bob and eve joined again", "bob e eve entraram de novo");
        reads("-bob +bob !bob", "bob was removed by the leader", "bob foi removido pelo líder");
    }

    #[test]
    fn only_the_last_leader_is_told() {
        reads("*bob *carol", "carol leads the group now", "carol lidera o grupo agora");
        reads("*bob -bob", "bob leads the group now; bob left", "bob lidera o grupo agora; bob saiu do grupo");
    }

    #[test]
    fn of_many_users_some_are_counted() {
        reads("+a,b,c,d,e", "a, b, c, d and e joined", "a, b, c, d e e entraram no grupo");
        reads("+a,b,c,d +e,f", "a, b, c, d, e and 1 more joined", "a, b, c, d, e e mais 1 entraram no grupo");
        reads(
            "?a,b,c,d,e,f,g",
            "a, b, c, d, e and 2 more are no longer in the group",
            "a, b, c, d, e e mais 2 não estão mais no grupo",
        );
    }

    #[test]
    fn names_are_those_of_the_caller() {
        let text = changes_text(&changes("+bob"), |user| LocalizedText::quoted(format!("{user} (looks like rob)")));
        assert_eq!(Language::english().translate(text), "bob (looks like rob) joined");
    }
}
