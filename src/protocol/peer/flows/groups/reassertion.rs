//! Reasserting a record: what is done where one shows up that does not hold, or the broker does not show mine.

use std::time::Duration;

use super::super::super::{
    Peer,
    group_messages::{Announcement, send_record},
    groups::Reassertion,
    records::{Claim, Verdict, is_contended, must_yield, needs_reminder},
};
use crate::domain::{ConversationId, Group, GroupName, RequestKind};

/// A peer that contends again within this time after I wrote against it will go on with it.
const INSISTS_WITHIN: Duration = Duration::from_secs(60);

/// Records that do not hold.
impl Peer {
    /// A record that does not hold may have replaced the one that the broker keeps. The leader repeats theirs, with
    /// growing pauses, so that two leaders do not answer each other without end.
    pub(super) fn reassert_record(&mut self, known: &Group, verdict: Verdict, claim: &Claim) {
        let now = self.egress.now();
        let me = self.egress.me();
        if !known.is_led_by(me) {
            if needs_reminder(known, verdict, claim, me) {
                send_record(known, &mut self.egress);
            }
            return;
        }
        let before = self.groups.reassertion(&known.name, now);
        if let Some(next) = before.map(|before| before.next()).filter(|next| *next > now.tick) {
            return self.groups.await_echo(&known.name, next);
        }
        let contended = is_contended(known, verdict, claim);
        let insists = before.is_some_and(|before| before.was_contended_within(INSISTS_WITHIN, now));
        if contended && insists && must_yield(known, claim, me) {
            self.adopt(claim.group.clone());
            return self.notify_taken(&claim.group);
        }
        self.groups.note_reassertion(&known.name, Reassertion::after(before, now, contended));
        if contended {
            // Others may have believed it; they believe a revision that is ahead of it.
            let group = Group { rev: claim.group.rev.saturating_add(1), ..known.clone() };
            self.change_record(group, Announcement::Members);
        } else if verdict == Verdict::Same {
            // The record is there, but published by another, which not all would believe.
            self.reissue_record(known.clone());
        } else {
            self.repeat_record(&known.name);
        }
    }

    /// Sends the record of a group that I lead again.
    pub(super) fn repeat_record(&mut self, name: &GroupName) {
        self.groups.await_echo_no_more(name);
        if let Ok(group) = self.groups.led(name, self.egress.me()) {
            self.confirm_record(group);
        }
    }

    /// Sends a record again that the broker should have shown back by now.
    pub(in super::super) fn confirm_record(&mut self, group: Group) {
        if self.awaits_reissue(&group.name) {
            self.reissue_record(group);
        } else {
            send_record(&group, &mut self.egress);
        }
    }

    /// Publishes the record that made me the leader again as mine. Members who missed it would not believe the same
    /// revision from me, for anybody might name themselves the leader; a revision that is two steps later is believed
    /// of a member.
    pub(super) fn reissue_record(&mut self, group: Group) {
        self.groups.set_reissued(&group.name, true);
        self.change_record(group, Announcement::Members);
    }

    /// Whether the record that names me as the leader is still by the one before me.
    pub(super) fn awaits_reissue(&self, name: &GroupName) -> bool {
        !self.groups.is_reissued(name) && self.requests.waiting(&RequestKind::Lead(name.clone())).next().is_some()
    }

    /// Asks the leader for the record of a group that the broker has not shown on this connection.
    pub(in super::super) fn ask_for_record(&mut self, name: &GroupName) {
        let leader = self.groups.leader(name).filter(|leader| self.roster.is_papo(leader)).cloned();
        if let Some(leader) = leader {
            self.ask_for_rest(&ConversationId::Group(name.clone()), &leader);
        }
    }
}
