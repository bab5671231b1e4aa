//! Reassertion of a valid record: when an invalid one has been published, or when the broker does not deliver mine.

use std::time::Duration;

use super::super::super::{
    Peer,
    group_messages::{Announcement, send_record},
    groups::Reassertion,
    records::{Claim, Verdict, is_contended, must_yield, needs_reminder},
};
use crate::domain::{ConversationId, Group, GroupName, RequestKind};

/// If an invalid record appears again within this time after the pause that follows my last reassertion, its publisher
/// insists on it.
const INSISTS_WITHIN: Duration = Duration::from_secs(60);

/// Reassertion and reissue.
impl Peer {
    /// Handles a record that is invalid or by another publisher, which may have replaced the one that the broker
    /// retains. The leader publishes the valid one again. The pauses grow, so that two leaders do not answer each other
    /// without end.
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
        let insists = before.is_some_and(|before| before.is_insisted_on(INSISTS_WITHIN, now));
        if contended && insists && must_yield(known, claim, me) {
            self.adopt(claim.group.clone(), claim.from.as_ref(), None);
            return self.notify_taken(&claim.group);
        }
        self.groups.note_reassertion(&known.name, Reassertion::after(before, now, contended));
        if contended {
            // Others may have accepted the invalid record. They accept mine if its revision is higher.
            let group = Group { rev: claim.group.rev.saturating_add(1), ..known.clone() };
            self.change_record(group, Announcement::Members);
        } else if verdict == Verdict::Same {
            // The content is right, but another user has published it, so not all peers would accept it.
            self.reissue_record(known.clone());
        } else {
            self.repeat_record(&known.name);
        }
    }

    /// Resends the record of a group that I lead.
    pub(super) fn repeat_record(&mut self, name: &GroupName) {
        self.groups.stop_awaiting_echo(name);
        if let Ok(group) = self.groups.led(name, self.egress.me()) {
            self.confirm_record(group);
        }
    }

    /// Resends a record that the broker should have delivered back by now.
    pub(in super::super) fn confirm_record(&mut self, group: Group) {
        if self.awaits_reissue(&group.name) {
            self.reissue_record(group);
        } else {
            send_record(&group, &mut self.egress);
        }
    }

    /// Publishes the record that made me the leader again, as mine and with a higher revision. Members who missed the
    /// hand-over would not accept the same revision from me, because anybody could make themselves leader. But from a
    /// member they accept a record that is two revisions ahead.
    pub(super) fn reissue_record(&mut self, group: Group) {
        self.groups.set_reissued(&group.name, true);
        self.change_record(group, Announcement::Members);
    }

    /// Whether the current record, which names me as leader, was published by the former leader.
    pub(super) fn awaits_reissue(&self, name: &GroupName) -> bool {
        !self.groups.is_reissued(name) && self.requests.waiting(&RequestKind::Lead(name.clone())).next().is_some()
    }

    /// Asks the leader for the record of a group that the broker has not delivered on this connection.
    pub(in super::super) fn ask_for_record(&mut self, name: &GroupName) {
        let leader = self.groups.leader(name).filter(|leader| self.roster.is_papo(leader)).cloned();
        if let Some(leader) = leader {
            self.ask_for_rest(&ConversationId::Group(name.clone()), &leader);
        }
    }
}
