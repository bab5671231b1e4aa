//! Which group record holds: pure rules, the same on every client, so that all settle alike.

use crate::domain::{Group, UserId};

/// A record that somebody has published.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// What it says; `rev` 0 where it was typed by hand.
    pub(super) group: Group,
    /// Who published it, where that is stated.
    pub(super) from: Option<UserId>,
}

/// What to do with a claim about a group that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Says what is known.
    Same,
    /// Holds from now on.
    Adopt,
    /// What is known is newer, or was first.
    Outdated,
    /// Its publisher may not say so.
    Forbidden,
}

/// Judges `claim` against the record that is `known`. `leader_is_plain`: the known leader is not known to
/// be a papo, so that it may type records by hand.
pub(super) fn judge(known: &Group, claim: &Claim, leader_is_plain: bool) -> Verdict {
    let says_the_same = known.leader == claim.group.leader && known.members == claim.group.members;
    if claim.group.rev == 0 {
        return match says_the_same {
            true => Verdict::Same,
            false if known.rev == 0 || leader_is_plain => Verdict::Adopt,
            false => Verdict::Forbidden,
        };
    }
    if known.rev == 0 {
        return Verdict::Adopt;
    }
    let both_new = known.rev == 1 && claim.group.rev == 1 && known.leader != claim.group.leader;
    if claim.group.born != known.born || both_new {
        // Two created it: the earlier one holds, then the lower leader.
        let first = (claim.group.born, &claim.group.leader) < (known.born, &known.leader);
        return if first { Verdict::Adopt } else { Verdict::Outdated };
    }
    if claim.group.rev <= known.rev {
        return if says_the_same && claim.group.rev == known.rev { Verdict::Same } else { Verdict::Outdated };
    }
    // The leader alone changes the record. Where changes were missed, the lead may have passed on among
    // those who were in the group.
    let missed_some = claim.group.rev > known.rev + 1;
    let may = |from: &UserId| known.is_led_by(from) || (missed_some && known.includes(from));
    if claim.from.as_ref().is_some_and(may) { Verdict::Adopt } else { Verdict::Forbidden }
}

/// Whether `from` may disband the group that is `known`.
pub(super) fn may_disband(known: &Group, from: Option<&UserId>, leader_is_plain: bool) -> bool {
    match from {
        Some(from) => known.is_led_by(from) || known.rev == 0,
        None => known.rev == 0 || leader_is_plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn id(name: &str) -> UserId {
        name.parse().unwrap()
    }

    fn group(leader: &str, members: &[&str], rev: u64, born: u64) -> Group {
        Group {
            name: "devs".parse().unwrap(),
            leader: Some(id(leader)),
            members: members.iter().map(|member| id(member)).collect(),
            rev,
            born: Timestamp::from_millis(born),
        }
    }

    fn claim(from: &str, group: Group) -> Claim {
        Claim { group, from: Some(id(from)) }
    }

    #[test]
    fn the_leader_alone_changes_the_record() {
        let known = group("alice", &["bob"], 3, 10);
        let next = group("alice", &["bob", "eve"], 4, 10);
        assert_eq!(judge(&known, &claim("alice", next.clone()), false), Verdict::Adopt);
        assert_eq!(judge(&known, &claim("bob", next.clone()), false), Verdict::Forbidden);
        assert_eq!(judge(&known, &claim("eve", group("eve", &[], 9, 10)), false), Verdict::Forbidden);
        assert_eq!(judge(&known, &Claim { group: next, from: None }, false), Verdict::Forbidden);
    }

    #[test]
    fn old_records_do_not_come_back() {
        let known = group("alice", &["bob"], 3, 10);
        assert_eq!(judge(&known, &claim("alice", group("alice", &[], 2, 10)), false), Verdict::Outdated);
        assert_eq!(judge(&known, &claim("alice", known.clone()), false), Verdict::Same);
    }

    #[test]
    fn a_lead_that_passed_on_while_one_was_away_is_believed_of_members() {
        let known = group("alice", &["bob", "carol"], 3, 10);
        assert_eq!(judge(&known, &claim("bob", group("bob", &["carol"], 6, 10)), false), Verdict::Adopt);
        assert_eq!(judge(&known, &claim("eve", group("eve", &["carol"], 6, 10)), false), Verdict::Forbidden);
    }

    #[test]
    fn of_two_creations_all_choose_the_same() {
        let (early, late) = (group("bob", &[], 1, 10), group("alice", &[], 1, 11));
        assert_eq!(judge(&late, &claim("bob", early.clone()), false), Verdict::Adopt);
        assert_eq!(judge(&early, &claim("alice", late), false), Verdict::Outdated);
        let (low, high) = (group("alice", &[], 1, 10), group("bob", &[], 1, 10));
        assert_eq!(judge(&high, &claim("alice", low.clone()), false), Verdict::Adopt);
        assert_eq!(judge(&low, &claim("bob", high), false), Verdict::Outdated);
    }

    #[test]
    fn hand_typed_records_change_only_hand_typed_groups_and_those_of_plain_leaders() {
        let typed = Claim { group: group("carol", &["bob"], 0, 99), from: None };
        assert_eq!(judge(&group("alice", &[], 0, 10), &typed, false), Verdict::Adopt);
        assert_eq!(judge(&group("alice", &[], 2, 10), &typed, false), Verdict::Forbidden);
        assert_eq!(judge(&group("alice", &[], 2, 10), &typed, true), Verdict::Adopt);
        assert_eq!(judge(&typed.group, &typed, false), Verdict::Same);
    }
}
