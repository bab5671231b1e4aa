//! The checks of a peer's state, and of what was published.

use super::*;

/// Checks a peer's state: all `expect` steps except those about events and refusals.
pub(super) fn check_state(node: &Node, words: &[&str]) -> Outcome {
    let peer = node.running();
    match *words {
        ["user", x, "none"] => same(&peer.users().get(&user(x)), &None),
        ["user", x, ref rest @ ..] => {
            let known = peer.users().get(&user(x));
            let word = match known.map(|user| user.presence).unwrap_or_default() {
                Presence::Unknown => "unknown",
                Presence::Online => "online",
                Presence::Offline => "offline",
            };
            let since = known.and_then(|user| user.since).map(|since| since.since(START).as_millis().to_string());
            match *rest {
                [expected] => same(&word, &expected),
                [expected, "since", at] => same(&(word, since.as_deref()), &(expected, Some(at))),
                _ => Err("unknown expectation of a user".to_owned()),
            }
        }
        [kind @ ("request" | "join" | "invite" | "lead" | "session"), way @ ("from" | "to"), x, ref rest @ ..] => {
            let direction = if way == "from" { Direction::Incoming } else { Direction::Outgoing };
            let (of, rest) = match rest {
                [of, rest @ ..] if of.starts_with('#') => (Some(*of), rest),
                rest => (None, rest),
            };
            let request = request(node, direction, x, of, &[kind])?;
            let word = match request.state {
                RequestState::Pending => "pending",
                RequestState::Accepted(_) => "accepted",
                RequestState::Denied => "denied",
                RequestState::Withdrawn => "withdrawn",
                RequestState::Ignored => "ignored",
            };
            match *rest {
                [expected] => same(&word, &expected),
                [expected, "times", n] => same(&(word, u64::from(request.times)), &(expected, number(n)?)),
                _ => Err("unknown expectation of a request".to_owned()),
            }
        }
        ["directory", "complete"] => same(&peer.is_directory_complete(), &true),
        ["directory", "as", "of", at] => {
            let read = peer.directory_as_of().map(|read| read.since(START).as_millis().to_string());
            same(&read.as_deref().unwrap_or("never"), &at)
        }
        ["requests", n] => same(&(peer.requests().count() as u64), &number(n)?),
        ["sessions", x, n] => same(&(sessions(peer, &user(x)).count() as u64), &number(n)?),
        ["outbox", n] => same(&(peer.outbox().count() as u64), &number(n)?),
        ["failed", n] => {
            let failed = peer.outbox().filter(|row| row.failure == Some(DeliveryFailure::NotInGroup));
            same(&(failed.count() as u64), &number(n)?)
        }
        ["group", name, "none"] => same(&peer.groups().get(&group(name)?), &None),
        ["group", name, ref everyone @ ..] => {
            let record = peer.groups().get(&group(name)?).ok_or("there is no such group")?;
            let known: Vec<&str> = record.everyone().map(UserId::as_str).collect();
            same(&known, &everyone.to_vec())
        }
        ["phase", x, ref expected @ ..] => phase(peer, &conversation(node, x)?, &expected.join(" ")),
        ["unread", x, n] => {
            let id = conversation(node, x)?;
            same(&peer.conversations().get(&id).map(|chat| chat.unread), &Some(number(n)?))
        }
        ["typing", x, ref expected @ ..] => {
            let id = conversation(node, x)?;
            same(&peer.typing(&id).map(UserId::as_str).collect::<Vec<_>>(), &expected.to_vec())
        }
        ["delivery", x, n, ref expected @ ..] => delivery(peer, &conversation(node, x)?, number(n)?, expected),
        _ => Err("unknown expectation".to_owned()),
    }
}

fn phase(peer: &Peer, id: &ConversationId, expected: &str) -> Outcome {
    let word = match peer.conversations().get(id).ok_or("there is no such conversation")?.phase {
        Phase::Open { ended_by_me: true, .. } => "ended by me",
        Phase::Open { ended_by_peer: true, .. } => "ended by peer",
        Phase::Open { .. } => "open",
        Phase::Closed => "closed",
        Phase::Left => "left",
        Phase::Removed => "removed",
        Phase::Disbanded => "disbanded",
    };
    same(&word, &expected)
}

fn delivery(peer: &Peer, id: &ConversationId, n: u64, expected: &[&str]) -> Outcome {
    let expected = match *expected {
        ["written"] => Delivery::Written,
        ["at", "broker"] => Delivery::AtBroker,
        ["delivered"] => Delivery::Delivered,
        ["read"] => Delivery::Read,
        ["partly", k, of] => {
            let count = |word: &str| word.parse::<usize>().map_err(|_| "not a number".to_owned());
            Delivery::Partly(count(k)?, count(of)?)
        }
        _ => return Err("unknown delivery state".to_owned()),
    };
    same(&peer.delivery(id, n), &expected)
}

/// Checks that exactly the expected topics and payloads were published. Checks nothing unless `strict`.
pub(super) fn check_published(seen: &[(String, String)], expected: &[(String, String)], strict: bool) -> Outcome {
    let fits = |(seen, expected): (&(String, String), &(String, String))| {
        seen.0 == expected.0
            && match expected.1.strip_suffix('*') {
                Some(start) => seen.1.starts_with(start),
                None => seen.1 == expected.1,
            }
    };
    if !strict || (seen.len() == expected.len() && seen.iter().zip(expected).all(fits)) {
        return Ok(());
    }
    Err(format!("published:\n{seen:#?}"))
}

pub(super) fn same<A: std::fmt::Debug + PartialEq<B>, B: std::fmt::Debug>(seen: &A, expected: &B) -> Outcome {
    if seen == expected {
        return Ok(());
    }
    Err(format!("found {seen:?}, expected {expected:?}"))
}
