//! Which group record is valid: pure rules, the same for every peer, so that all agree.

use crate::domain::{Group, UserId};

/// A published record that has not been judged yet.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// The group as the record describes it; `rev` is 0 if it was typed by hand.
    pub(super) group: Group,
    /// The publisher, if the record has `from`.
    pub(super) from: Option<UserId>,
}

/// What to do with a claim about a known group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It agrees with the known record.
    Same,
    /// It is valid and replaces the known record.
    Adopt,
    /// The known record is newer, or won a tie-break.
    Outdated,
    /// Its publisher may not publish it.
    Forbidden,
}

/// What I know about the current leader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Leader {
    /// The leader is not known to use papo, so they may type records by hand.
    pub(super) is_plain: bool,
    /// The leader has been absent so long that the first member may take over.
    pub(super) is_gone: bool,
    /// I am the leader.
    pub(super) is_me: bool,
}

/// The maximum increase of the revision. No group changes more often while a peer is away, and a forged huge revision
/// would leave no room for further ones.
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
    if claim.is_of_namesake(known) {
        return judge_namesake(known, claim, leader);
    }
    // A leader who has come back may have published a record with the same revision.
    let takes_lead = leader.is_gone && claim.takes_lead_of(known) && claim.group.rev >= known.rev;
    if claim.group.rev > known.rev.saturating_add(LARGEST_STEP) {
        return Verdict::Forbidden;
    }
    if claim.group.rev == known.rev && !takes_lead {
        // The known record may be by a former leader. If two users each made themselves leader at the same time, the
        // lower ID leads.
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
    // Only the leader changes the record. But if I missed revisions, another member may lead by now; and a plain leader
    // may have handed over without a record. As the leader I cannot have missed a revision.
    let missed_some = claim.group.rev > known.rev.saturating_add(1) && !leader.is_me;
    let believes_members = missed_some || leader.is_plain;
    let is_by_member = |from: &UserId| known.includes(from) && believes_members;
    // A higher revision of the same content is harmless, whoever publishes it, and helps all peers to agree again.
    let may = |from: &UserId| known.is_led_by(from) || takes_lead || says_the_same || is_by_member(from);
    if claim.from.as_ref().is_some_and(may) { Verdict::Adopt } else { Verdict::Forbidden }
}

/// Judges a record of another group with the same name. `born` distinguishes the two, but does not decide, because
/// anybody can set it: the group that is known stays.
///
/// Exception: the leader that is known may give way, or may have disbanded the group and created another one.
fn judge_namesake(known: &Group, claim: &Claim, leader: Leader) -> Verdict {
    let gives_way = || claim.group.leader != known.leader || claim.group.born > known.born;
    let is_by_leader = claim.from.is_some() && claim.from == known.leader && !leader.is_me;
    if is_by_leader && gives_way() {
        Verdict::Adopt
    } else if claim.group.born < known.born {
        Verdict::Forbidden
    } else {
        Verdict::Outdated
    }
}

impl Claim {
    /// Whether it is about another group with the name of the one that is `known`.
    pub(super) fn is_of_namesake(&self, known: &Group) -> bool {
        let both_new = known.rev == 1 && self.group.rev == 1 && known.leader != self.group.leader;
        known.rev > 0 && self.group.rev > 0 && (self.group.born != known.born || both_new)
    }

    /// Whether the first member of `known` makes itself the leader. Only the first may, so that no two members do.
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

/// Whether other peers may accept `claim` instead of the record that I know, or may be unable to accept mine because
/// they know only the revision before it.
pub(super) fn is_contended(known: &Group, verdict: Verdict, claim: &Claim) -> bool {
    let (rev, Some(from)) = (claim.group.rev, &claim.from) else { return false };
    let is_near = rev <= known.rev.saturating_add(LARGEST_STEP);
    // A former member may still be a member for other peers.
    let is_of_group = known.includes(from) || known.leader.as_ref().is_some_and(|leader| claim.group.includes(leader));
    let names_another = !known.is_led_by(from) && claim.group.leader != known.leader;
    let is_alternative = names_another && rev <= known.rev && rev + 1 >= known.rev;
    is_near && is_of_group && (verdict == Verdict::Forbidden && rev > known.rev || is_alternative)
}

/// Split brain: whether `me`, who leads by the `known` record, gives way to another peer who claims to lead and insists
/// on it. Of the two, the one with the higher ID gives way, or the one whom the other's record does not list.
pub(super) fn must_yield(known: &Group, claim: &Claim, me: &UserId) -> bool {
    let Some(from) = claim.from.as_ref().filter(|from| claim.group.is_led_by(from)) else { return false };
    known.members.contains(from) && (from < me || !claim.group.includes(me))
}

/// Whether `me`, who does not lead, publishes the known record for the publisher of `claim`, who has missed something.
/// Three cases: the claim says that I lead, although I have handed over the lead; the leader continues from an old
/// record, and I am the first member; a member claims to lead now, which I cannot accept yet.
pub(super) fn needs_reminder(known: &Group, verdict: Verdict, claim: &Claim, me: &UserId) -> bool {
    let names_me = claim.group.is_led_by(me);
    let leader_is_behind = known.members.first() == Some(me)
        && claim.from.is_some()
        && claim.from == known.leader
        && claim.group.rev < known.rev;
    let names_itself =
        claim.from.as_ref().is_some_and(|from| claim.group.is_led_by(from) && known.members.contains(from));
    let is_next = names_itself && (known.rev..=known.rev + 1).contains(&claim.group.rev) && claim.group.includes(me);
    verdict == Verdict::Outdated && (names_me || leader_is_behind) || is_next
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
            since: None,
        }
    }

    fn claim(from: &str, group: Group) -> Claim {
        Claim { group, from: Some(id(from)) }
    }

    #[test]
    fn only_leader_changes_record() {
        let known = group("alice", &["bob"], 3, 10);
        let next = group("alice", &["bob", "eve"], 4, 10);
        assert_eq!(judge(&known, &claim("alice", next.clone()), PAPO), Verdict::Adopt);
        assert_eq!(judge(&known, &claim("bob", next.clone()), PAPO), Verdict::Forbidden);
        assert_eq!(judge(&known, &claim("eve", group("eve", &[], 9, 10)), PAPO), Verdict::Forbidden);
        assert_eq!(judge(&known, &Claim { group: next, from: None }, PAPO), Verdict::Forbidden);
    }

    #[test]
    fn older_revision_is_outdated() {
        let known = group("alice", &["bob"], 3, 10);
        assert_eq!(judge(&known, &claim("alice", group("alice", &[], 2, 10)), PAPO), Verdict::Outdated);
        assert_eq!(judge(&known, &claim("alice", known.clone()), PAPO), Verdict::Same);
    }

    #[test]
    fn record_two_revisions_ahead_is_accepted_from_members_only() {
        let known = group("alice", &["bob", "carol"], 3, 10);
        assert_eq!(judge(&known, &claim("bob", group("bob", &["carol"], 6, 10)), PAPO), Verdict::Adopt);
        assert_eq!(judge(&known, &claim("eve", group("eve", &["carol"], 6, 10)), PAPO), Verdict::Forbidden);
    }

    #[test]
    fn known_group_stays_whatever_another_says_about_its_age() {
        for rev in [1, 2, 9] {
            let known = group("alice", &["bob"], 3, 10);
            let early = claim("eve", group("eve", &[], rev, 1));
            assert_eq!(judge(&known, &early, PAPO), Verdict::Forbidden, "{rev}");
            assert_eq!(judge(&known, &claim("bob", early.group), GONE), Verdict::Forbidden, "by a member, {rev}");
            let late = claim("eve", group("eve", &[], rev, 11));
            assert_eq!(judge(&known, &late, PAPO), Verdict::Outdated, "{rev}");
        }
        let (new, same_age) = (group("bob", &[], 1, 10), group("alice", &[], 1, 10));
        assert_eq!(judge(&new, &claim("alice", same_age), PAPO), Verdict::Outdated);
        let me = Leader { is_me: true, ..PAPO };
        assert_eq!(judge(&new, &claim("bob", group("eve", &[], 1, 11)), me), Verdict::Outdated, "in my name");
    }

    #[test]
    fn leader_may_give_way_or_create_the_group_again() {
        let known = group("bob", &["carol"], 3, 10);
        for born in [9, 11] {
            let winner = claim("bob", group("alice", &[], 1, born));
            assert_eq!(judge(&known, &winner, PAPO), Verdict::Adopt, "{born}");
        }
        assert_eq!(judge(&known, &claim("bob", group("bob", &[], 1, 11)), PAPO), Verdict::Adopt);
        assert_eq!(judge(&known, &claim("bob", group("bob", &[], 9, 9)), PAPO), Verdict::Forbidden, "an old record");
    }

    #[test]
    fn typed_record_is_accepted_only_for_typed_groups_and_plain_leaders() {
        let typed = Claim { group: group("carol", &["bob"], 0, 99), from: None };
        assert_eq!(judge(&group("alice", &[], 0, 10), &typed, PAPO), Verdict::Adopt);
        assert_eq!(judge(&group("alice", &[], 2, 10), &typed, PAPO), Verdict::Forbidden);
        assert_eq!(judge(&group("alice", &[], 2, 10), &typed, PLAIN), Verdict::Adopt);
        assert_eq!(judge(&typed.group, &typed, PAPO), Verdict::Same);
    }

    #[test]
    fn only_first_member_takes_over_from_absent_leader() {
        let known = group("alice", &["bob", "carol"], 3, 10);
        let taken = |by: &str, others: &[&str]| claim(by, group(by, others, 4, 10));
        assert_eq!(judge(&known, &taken("bob", &["carol", "alice"]), GONE), Verdict::Adopt);
        assert_eq!(judge(&known, &taken("bob", &["carol", "alice"]), PAPO), Verdict::Forbidden);
        assert_eq!(judge(&known, &taken("carol", &["bob", "alice"]), GONE), Verdict::Forbidden);
        assert_eq!(judge(&known, &taken("eve", &["bob", "carol"]), GONE), Verdict::Forbidden);
        // A record that the returning leader has published meanwhile does not undo the take-over.
        let late = group("alice", &["bob", "carol", "dave"], 4, 10);
        assert_eq!(judge(&late, &taken("bob", &["carol", "alice"]), GONE), Verdict::Adopt);
        assert_eq!(judge(&taken("bob", &["carol", "alice"]).group, &claim("alice", late), PAPO), Verdict::Outdated);
    }

    #[test]
    fn lower_id_leads_when_two_lead_at_the_same_revision() {
        let (low, high) = (group("alice", &["bob"], 4, 10), group("bob", &["alice"], 4, 10));
        assert_eq!(judge(&high, &claim("bob", low.clone()), PAPO), Verdict::Adopt);
        assert_eq!(judge(&low, &claim("alice", high), PAPO), Verdict::Outdated);
        let usurped = group("aaron", &["alice", "bob"], 4, 10);
        assert_eq!(judge(&low, &claim("aaron", usurped), PAPO), Verdict::Outdated);
    }

    #[test]
    fn leader_rejects_records_that_skip_its_own_revisions() {
        let known = group("alice", &["bob", "carol"], 3, 10);
        let skipped = claim("bob", group("bob", &["carol"], 6, 10));
        assert_eq!(judge(&known, &skipped, Leader { is_me: true, ..PAPO }), Verdict::Forbidden);
    }
}
