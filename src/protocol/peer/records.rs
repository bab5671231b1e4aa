//! Which group record holds: pure rules, the same on every client, so that all settle alike.

use crate::domain::{Group, UserId};

/// A record that was published.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// What it says; `rev` 0 where it was typed by hand.
    pub(super) group: Group,
    /// The publisher, if it is stated.
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

/// What is known of the leader in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Leader {
    /// It is not known to be a papo, so that it may type records by hand.
    pub(super) is_plain: bool,
    /// It was not seen for so long that the first member may take the lead.
    pub(super) is_gone: bool,
    /// It is me.
    pub(super) is_me: bool,
}

/// No group changes so often between two looks; a record that says so would leave no room for further ones.
const LARGEST_STEP: u64 = 1 << 20;

/// Judges `claim` against the record that is `known`.
pub(super) fn judge(known: &Group, claim: &Claim, leader: Leader) -> Verdict {
    let says_the_same = known.says_the_same(&claim.group);
    if claim.group.rev == 0 {
        return match says_the_same {
            true => Verdict::Same,
            false if known.rev == 0 || leader.is_plain => Verdict::Adopt,
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
    // A leader who comes back after all may have written the next record as well.
    let takes_lead = leader.is_gone && claim.takes_lead_of(known) && claim.group.rev >= known.rev;
    if claim.group.rev > known.rev.saturating_add(LARGEST_STEP) {
        return Verdict::Forbidden;
    }
    if claim.group.rev == known.rev && !takes_lead {
        // What is known may be by another who had led before. Of two who named each other at once, the lower one leads.
        let is_by_leader = claim.from.is_some() && claim.from == known.leader;
        return match says_the_same {
            true => Verdict::Same,
            false if is_by_leader && claim.group.leader <= known.leader => Verdict::Adopt,
            false => Verdict::Outdated,
        };
    }
    if claim.group.rev < known.rev {
        return Verdict::Outdated;
    }
    // The leader alone changes the record. Where changes were missed, the lead may have passed on among those who
    // were in the group, and a plain leader passes it on by a word; I cannot have missed what I should have written.
    let missed_some = claim.group.rev > known.rev.saturating_add(1) && !leader.is_me;
    let believes_members = missed_some || leader.is_plain;
    let is_by_member = |from: &UserId| known.includes(from) && believes_members;
    // That what is known has a higher number does no harm, whoever says so, and brings all together again.
    let may = |from: &UserId| known.is_led_by(from) || takes_lead || says_the_same || is_by_member(from);
    if claim.from.as_ref().is_some_and(may) { Verdict::Adopt } else { Verdict::Forbidden }
}

impl Claim {
    /// Whether the first member of `known` names itself the leader. There is only one who may, so that two do not.
    fn takes_lead_of(&self, known: &Group) -> bool {
        let first = known.members.first();
        first.is_some() && self.from.as_ref() == first && self.group.leader.as_ref() == first
    }
}

/// Whether `from` may disband the group that is `known`.
pub(super) fn may_disband(known: &Group, from: Option<&UserId>, leader_is_plain: bool) -> bool {
    match from {
        Some(from) => known.is_led_by(from) || known.rev == 0,
        None => known.rev == 0 || leader_is_plain,
    }
}

/// Whether others believe it in the place of the record that I `know`, or may, or cannot believe mine because they
/// know just the one before.
pub(super) fn is_contended(known: &Group, verdict: Verdict, claim: &Claim) -> bool {
    let (rev, Some(from)) = (claim.group.rev, &claim.from) else { return false };
    let is_near = rev <= known.rev.saturating_add(LARGEST_STEP);
    // Who was a member not long ago may be one for others.
    let is_of_group = known.includes(from) || known.leader.as_ref().is_some_and(|leader| claim.group.includes(leader));
    let names_another = !known.is_led_by(from) && claim.group.leader != known.leader;
    let is_beside = names_another && rev <= known.rev && rev + 1 >= known.rev;
    is_near && is_of_group && (verdict == Verdict::Forbidden && rev > known.rev || is_beside)
}

/// Split brain: if two peers both believe they lead, the higher id yields once the other insists, or if the record of
/// the other does not list it. `known` is the record of `me`, who leads.
pub(super) fn must_yield(known: &Group, claim: &Claim, me: &UserId) -> bool {
    let Some(from) = claim.from.as_ref().filter(|from| claim.group.is_led_by(from)) else { return false };
    known.members.contains(from) && (from < me || !claim.group.includes(me))
}

/// Whether `me`, who does not lead, tells the publisher of `claim` the record that is known. It is told if it says that
/// I lead, for it has missed that I handed over; or, by the first member, if it leads and goes on from an old record,
/// for it has lost the later ones; or if it is a member who leads now, which I cannot believe at once, so that it
/// learns that I have missed something.
pub(super) fn needs_reminder(known: &Group, verdict: Verdict, claim: &Claim, me: &UserId) -> bool {
    let names_me = claim.group.is_led_by(me);
    let has_lost = known.members.first() == Some(me)
        && claim.from.is_some()
        && claim.from == known.leader
        && claim.group.rev < known.rev;
    let names_itself =
        claim.from.as_ref().is_some_and(|from| claim.group.is_led_by(from) && known.members.contains(from));
    let is_next = names_itself && (known.rev..=known.rev + 1).contains(&claim.group.rev) && claim.group.includes(me);
    verdict == Verdict::Outdated && (names_me || has_lost) || is_next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    const PAPO: Leader = Leader { is_plain: false, is_gone: false, is_me: false };
    const PLAIN: Leader = Leader { is_plain: true, ..PAPO };
    const GONE: Leader = Leader { is_gone: true, ..PAPO };

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
        assert_eq!(judge(&known, &claim("alice", next.clone()), PAPO), Verdict::Adopt);
        assert_eq!(judge(&known, &claim("bob", next.clone()), PAPO), Verdict::Forbidden);
        assert_eq!(judge(&known, &claim("eve", group("eve", &[], 9, 10)), PAPO), Verdict::Forbidden);
        assert_eq!(judge(&known, &Claim { group: next, from: None }, PAPO), Verdict::Forbidden);
    }

    #[test]
    fn old_records_do_not_come_back() {
        let known = group("alice", &["bob"], 3, 10);
        assert_eq!(judge(&known, &claim("alice", group("alice", &[], 2, 10)), PAPO), Verdict::Outdated);
        assert_eq!(judge(&known, &claim("alice", known.clone()), PAPO), Verdict::Same);
    }

    #[test]
    fn a_lead_that_passed_on_while_one_was_away_is_believed_of_members() {
        let known = group("alice", &["bob", "carol"], 3, 10);
        assert_eq!(judge(&known, &claim("bob", group("bob", &["carol"], 6, 10)), PAPO), Verdict::Adopt);
        assert_eq!(judge(&known, &claim("eve", group("eve", &["carol"], 6, 10)), PAPO), Verdict::Forbidden);
    }

    #[test]
    fn of_two_creations_all_choose_the_same() {
        let (early, late) = (group("bob", &[], 1, 10), group("alice", &[], 1, 11));
        assert_eq!(judge(&late, &claim("bob", early.clone()), PAPO), Verdict::Adopt);
        assert_eq!(judge(&early, &claim("alice", late), PAPO), Verdict::Outdated);
        let (low, high) = (group("alice", &[], 1, 10), group("bob", &[], 1, 10));
        assert_eq!(judge(&high, &claim("alice", low.clone()), PAPO), Verdict::Adopt);
        assert_eq!(judge(&low, &claim("bob", high), PAPO), Verdict::Outdated);
    }

    #[test]
    fn hand_typed_records_change_only_hand_typed_groups_and_those_of_plain_leaders() {
        let typed = Claim { group: group("carol", &["bob"], 0, 99), from: None };
        assert_eq!(judge(&group("alice", &[], 0, 10), &typed, PAPO), Verdict::Adopt);
        assert_eq!(judge(&group("alice", &[], 2, 10), &typed, PAPO), Verdict::Forbidden);
        assert_eq!(judge(&group("alice", &[], 2, 10), &typed, PLAIN), Verdict::Adopt);
        assert_eq!(judge(&typed.group, &typed, PAPO), Verdict::Same);
    }

    #[test]
    fn the_first_member_takes_the_lead_of_who_is_gone_and_nobody_else_does() {
        let known = group("alice", &["bob", "carol"], 3, 10);
        let taken = |by: &str, others: &[&str]| claim(by, group(by, others, 4, 10));
        assert_eq!(judge(&known, &taken("bob", &["carol", "alice"]), GONE), Verdict::Adopt);
        assert_eq!(judge(&known, &taken("bob", &["carol", "alice"]), PAPO), Verdict::Forbidden);
        assert_eq!(judge(&known, &taken("carol", &["bob", "alice"]), GONE), Verdict::Forbidden);
        assert_eq!(judge(&known, &taken("eve", &["bob", "carol"]), GONE), Verdict::Forbidden);
        // What the leader had written when it came back does not undo it.
        let late = group("alice", &["bob", "carol", "dave"], 4, 10);
        assert_eq!(judge(&late, &taken("bob", &["carol", "alice"]), GONE), Verdict::Adopt);
        assert_eq!(judge(&taken("bob", &["carol", "alice"]).group, &claim("alice", late), PAPO), Verdict::Outdated);
    }

    #[test]
    fn of_two_who_named_each_other_the_lower_leads() {
        let (low, high) = (group("alice", &["bob"], 4, 10), group("bob", &["alice"], 4, 10));
        assert_eq!(judge(&high, &claim("bob", low.clone()), PAPO), Verdict::Adopt);
        assert_eq!(judge(&low, &claim("alice", high), PAPO), Verdict::Outdated);
        let usurped = group("aaron", &["alice", "bob"], 4, 10);
        assert_eq!(judge(&low, &claim("aaron", usurped), PAPO), Verdict::Outdated);
    }

    #[test]
    fn a_leader_believes_nobody_who_skips_what_it_should_have_written() {
        let known = group("alice", &["bob", "carol"], 3, 10);
        let skipped = claim("bob", group("bob", &["carol"], 6, 10));
        assert_eq!(judge(&known, &skipped, Leader { is_me: true, ..PAPO }), Verdict::Forbidden);
    }
}
