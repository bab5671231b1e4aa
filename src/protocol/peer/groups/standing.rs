//! Standing by a record: what is done where one shows up that does not hold.

use std::time::Duration;

use super::{
    super::{
        Peer,
        link::CONFIRM_WITHIN,
        records::{Claim, LARGEST_STEP, Verdict},
    },
    Announcement,
};
use crate::domain::{Group, GroupName, Now, RequestKind, Tick};

/// Who contends again so soon after I wrote against it will go on with it.
const INSISTS_WITHIN: Duration = Duration::from_secs(60);

/// How I stood by the record of a group that I lead.
#[derive(Debug, Clone, Copy)]
pub(in crate::protocol::peer) struct Stand {
    /// When I did last.
    at: Tick,
    /// How often I did, with ever longer pauses: two may have removed each other.
    times: u32,
    /// When it was against somebody whom others may believe.
    contended: Option<Tick>,
}

/// After so many times the pauses grow no longer.
const MOST_TIMES: u32 = 10;
/// After so much longer than the last pause all is forgotten.
const QUIET: Duration = Duration::from_secs(3600);

impl Stand {
    fn next(&self) -> Tick {
        self.at + CONFIRM_WITHIN * 2_u32.pow(self.times)
    }
}

impl Peer {
    /// A record that does not hold may have taken the place of the one that the broker keeps: its leader repeats it,
    /// with a pause each time, so that two do not answer each other without end.
    pub(super) fn stand_by_record(&mut self, now: Now, known: &Group, verdict: Verdict, claim: &Claim) {
        if !known.is_led_by(&self.me) {
            return self.remind_of_record(now, known, verdict, claim);
        }
        let before = self.stands.get(&known.name).copied().filter(|stand| now.tick.since(stand.next()) < QUIET);
        if let Some(next) = before.map(|stand| stand.next()).filter(|next| *next > now.tick) {
            self.unconfirmed.entry(known.name.clone()).or_insert(next);
            return;
        }
        let contended = is_contended(known, verdict, claim);
        let last = before.and_then(|stand| stand.contended);
        if contended && last.is_some_and(|last| now.tick.since(last) < INSISTS_WITHIN) && self.gives_way(known, claim) {
            return self.give_way(now, claim);
        }
        let times = before.map_or(0, |stand| (stand.times + 1).min(MOST_TIMES));
        let stand = Stand { at: now.tick, times, contended: if contended { Some(now.tick) } else { last } };
        self.stands.insert(known.name.clone(), stand);
        if contended {
            // Others may have believed it, and believe what is two steps ahead of it.
            let group = Group { rev: claim.group.rev.saturating_add(1), ..known.clone() };
            self.change_record(now, group, &Announcement::Members);
        } else if verdict == Verdict::Same {
            // It is there, but by another, of whom not all would believe it.
            self.sign_record(now, known.clone());
        } else {
            self.repeat_record(now, &known.name);
        }
    }

    /// Two who both have reason to think that they lead find together: the one with the higher id gives way to a
    /// member who insists, and so does who is no member for the other.
    fn gives_way(&self, known: &Group, claim: &Claim) -> bool {
        let Some(from) = claim.from.as_ref().filter(|from| claim.group.is_led_by(from)) else { return false };
        known.members.contains(from) && (*from < self.me || !claim.group.includes(&self.me))
    }

    fn give_way(&mut self, now: Now, claim: &Claim) {
        self.adopt(now, claim.group.clone());
        self.tell_taken(&claim.group);
    }

    /// Says what I know to those who know less: to who says that I lead, and has missed that I passed it on; as the
    /// first member to a leader that goes on from an old record, for it has lost the later ones. And a member who
    /// leads now, which I cannot believe at once, learns that I have missed something.
    fn remind_of_record(&mut self, now: Now, known: &Group, verdict: Verdict, claim: &Claim) {
        let names_me = claim.group.is_led_by(&self.me);
        let has_lost = known.members.first() == Some(&self.me)
            && claim.from.is_some()
            && claim.from == known.leader
            && claim.group.rev < known.rev;
        let names_itself =
            claim.from.as_ref().is_some_and(|from| claim.group.is_led_by(from) && known.members.contains(from));
        let is_next =
            names_itself && (known.rev..=known.rev + 1).contains(&claim.group.rev) && claim.group.includes(&self.me);
        if verdict == Verdict::Outdated && (names_me || has_lost) || is_next {
            self.hint_record(now, known);
        }
    }

    /// Sends the record of a group that I lead again.
    pub(in crate::protocol::peer) fn repeat_record(&mut self, now: Now, name: &GroupName) {
        self.unconfirmed.insert(name.clone(), now.tick);
        self.confirm_records(now);
    }

    /// Sends the records again that the broker should have shown back by now.
    pub(in crate::protocol::peer) fn confirm_records(&mut self, now: Now) {
        let due: Vec<GroupName> =
            self.unconfirmed.iter().filter(|(_, due)| **due <= now.tick).map(|(name, _)| name.clone()).collect();
        for name in due {
            self.unconfirmed.remove(&name);
            let led = self.groups.get(&name).filter(|group| group.is_led_by(&self.me));
            let Some(group) = led.cloned() else { continue };
            if self.is_unsigned(&name) {
                self.sign_record(now, group);
            } else {
                self.hint_record(now, &group);
            }
        }
    }

    /// The record that made me the leader becomes one of mine. Who has missed it would not believe me the same
    /// again, for anybody might name himself the leader; that I lead on two steps later is believed of a member.
    pub(super) fn sign_record(&mut self, now: Now, group: Group) {
        self.signed.insert(group.name.clone());
        self.change_record(now, group, &Announcement::Members);
    }

    /// Whether the record that names me as the leader is still by the one before me.
    pub(super) fn is_unsigned(&self, name: &GroupName) -> bool {
        !self.signed.contains(name) && self.waiting(&RequestKind::Lead(name.clone())).next().is_some()
    }
}

/// Whether others believe it in the place of the record that I `know`, or may, or cannot believe mine because they
/// know just the one before.
fn is_contended(known: &Group, verdict: Verdict, claim: &Claim) -> bool {
    let (rev, Some(from)) = (claim.group.rev, &claim.from) else { return false };
    let is_near = rev <= known.rev.saturating_add(LARGEST_STEP);
    // Who was a member not long ago may be one for others.
    let is_of_group = known.includes(from) || known.leader.as_ref().is_some_and(|leader| claim.group.includes(leader));
    let names_another = !known.is_led_by(from) && claim.group.leader != known.leader;
    let is_beside = names_another && rev <= known.rev && rev + 1 >= known.rev;
    is_near && is_of_group && (verdict == Verdict::Forbidden && rev > known.rev || is_beside)
}
