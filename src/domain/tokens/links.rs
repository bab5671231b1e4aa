//! Links: IRIs in texts (RFC 3987), and the URIs that papo opens for them (RFC 3986).

use std::{borrow::Cow, ops::Range};

use percent_encoding::{CONTROLS, utf8_percent_encode};
use unicode_normalization::char::is_combining_mark;

const MAIL: &str = "mailto:";
/// The prefix of a link without a scheme.
const BARE: &str = "www.";
/// The possible prefixes of a link.
const PREFIXES: [&str; 6] = ["https://", "http://", "ftp://", "gemini://", MAIL, BARE];

/// The byte ranges of all links. [`link_uri`] accepts each of them.
pub(super) fn links(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..).filter(|rest| rest.contains([':', '.']))?;
            let starts = PREFIXES.iter().filter_map(|prefix| Some((find_ignoring_case(rest, prefix)?, *prefix)));
            let (at, prefix) = starts.min()?;
            let start = from + at;
            let end = start + length(&text[start..], prefix);
            let is_link = end > start + prefix.len()
                && text[start + prefix.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '[')
                && starts_a_word(text, start)
                && link_uri(&text[start..end]).is_some();
            from = if is_link { end } else { start + prefix.len() };
            if is_link {
                return Some(start..end);
            }
        }
    })
}

/// The URI of a link: its host in Punycode (RFC 3492), the rest percent-encoded, with `https` if it has no scheme.
/// [`None`] if the host is not a valid domain name.
pub fn link_uri(link: &str) -> Option<String> {
    if let Some(mailbox) = strip_prefix_ignoring_case(link, MAIL) {
        let (local, host) = mailbox.rsplit_once('@')?;
        return Some(format!("{MAIL}{}@{}", encode(local), ascii_host(host)?));
    }
    let with_scheme = match strip_prefix_ignoring_case(link, BARE) {
        Some(_) => Cow::Owned(format!("https://{link}")),
        None => Cow::Borrowed(link),
    };
    let (scheme, rest) = with_scheme.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => (host, Some(port)),
        _ => (host, None),
    };
    let mut uri = format!("{}://", scheme.to_ascii_lowercase());
    if let Some(user) = user {
        uri.extend([&*encode(user), "@"]);
    }
    uri.push_str(&ascii_host(host)?);
    if let Some(port) = port {
        uri.extend([":", port]);
    }
    uri.push_str(&encode(path));
    Some(uri)
}

/// The ASCII form of a host (RFC 5891, UTS 46).
fn ascii_host(host: &str) -> Option<Cow<'_, str>> {
    // An ASCII host is not checked, because it may be an IPv6 address in brackets.
    if host.is_ascii() {
        return (!host.is_empty()).then_some(Cow::Borrowed(host));
    }
    idna::domain_to_ascii(host).ok().map(Cow::Owned)
}

/// Percent-encodes all characters that are not ASCII. Existing percent-encoding is kept.
fn encode(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, CONTROLS).into()
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn find_ignoring_case(text: &str, prefix: &str) -> Option<usize> {
    let letters = prefix.as_bytes();
    text.as_bytes().windows(letters.len()).position(|window| window.eq_ignore_ascii_case(letters))
}

fn starts_a_word(text: &str, start: usize) -> bool {
    !text[..start].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '.' | '/' | '@' | '-' | '_'))
}

/// The length in bytes of the link at the start of `text`, without the punctuation of the surrounding sentence. A
/// `mailto:` link ends before `?`, because parameters would prefill the mail.
fn length(text: &str, prefix: &str) -> usize {
    let is_end = |c: char| !is_allowed(c) || prefix == MAIL && matches!(c, '?' | '#' | '&' | '/' | ':');
    let end = text[prefix.len()..].find(is_end).map_or(text.len(), |end| prefix.len() + end);
    let mut link = &text[..end];
    loop {
        let count = |bracket| link.matches(bracket).count();
        let is_unopened =
            link.ends_with(')') && count(')') > count('(') || link.ends_with(']') && count(']') > count('[');
        let is_punctuation = link.ends_with(['.', ',', ';', ':', '!', '?', '\'', '*', '’', '–', '—', '-', '·']);
        match link.char_indices().next_back() {
            Some((last, _)) if is_unopened || is_punctuation => link = &link[..last],
            _ => return link.len(),
        }
    }
}

/// Whether a character may be part of a link: those of RFC 3986, letters, digits and combining marks of any script, and
/// a few signs that are common in titles. Quotes, brackets and full stops of other scripts end a link.
fn is_allowed(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    }
    // The two joiners are part of the spelling in Arabic and Indic scripts.
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '·' | '’' | '–' | '—' | '\u{200C}' | '\u{200D}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        links(text).map(|place| &text[place]).collect()
    }

    #[test]
    fn link_ends_before_the_punctuation_of_the_sentence() {
        assert_eq!(found("see https://example.org/a?b=c#d."), ["https://example.org/a?b=c#d"]);
        assert_eq!(found("(http://example.org/x_(y)), HTTPS://b.org!"), ["http://example.org/x_(y)", "HTTPS://b.org"]);
        assert_eq!(found("mailto:a@b.org or *https://c.org*"), ["mailto:a@b.org", "https://c.org"]);
        assert_eq!(found("https:// xhttp://no.org file:///etc mailto:nobody http://."), Vec::<&str>::new());
        assert_eq!(found("http://a.org/\u{1b}]8;;evil"), ["http://a.org/"]);
        assert_eq!(found("„https://a.org/b“ https://a.org/日本。次"), ["https://a.org/b", "https://a.org/日本"]);
    }

    #[test]
    fn letters_of_any_script_are_part_of_a_link() {
        for link in [
            "https://münchen.de/straße",
            "https://ja.wikipedia.org/wiki/日本",
            "http://日本",
            "https://en.wikipedia.org/wiki/Foo–Bar",
            "https://fa.wikipedia.org/wiki/نیم\u{200C}فاصله",
            "https://hi.wikipedia.org/wiki/हिन्दी",
            "http://[::1]:8080/x",
        ] {
            assert_eq!(found(&format!("see {link}, yes")), [link]);
        }
    }

    #[test]
    fn known_schemes_are_links_and_word_parts_are_not() {
        assert_eq!(
            found("www.example.org ftp://a.org gemini://b.org/ WWW.C.org."),
            ["www.example.org", "ftp://a.org", "gemini://b.org/", "WWW.C.org"]
        );
        assert_eq!(found("awww.cute.org a.www.b.org x@www.c.org www. www..x ftp:a"), Vec::<&str>::new());
        assert_eq!(found("mailto:a@b.org?body=yes"), ["mailto:a@b.org"]);
    }

    #[test]
    fn link_uri_is_the_whole_link_in_ascii() {
        let link_uri = |link: &str| link_uri(link).unwrap();
        assert_eq!(
            link_uri("https://münchen.de/straße?a=ü#ß"),
            "https://xn--mnchen-3ya.de/stra%C3%9Fe?a=%C3%BC#%C3%9F"
        );
        assert_eq!(link_uri("https://ja.wikipedia.org/wiki/日本"), "https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC");
        assert_eq!(link_uri("gemini://Bücher.example:1965/x"), "gemini://xn--bcher-kva.example:1965/x");
        assert_eq!(link_uri("http://ü@[::1]:80/%C3%BC"), "http://%C3%BC@[::1]:80/%C3%BC");
        assert_eq!(link_uri("WWW.example.org/a"), "https://WWW.example.org/a");
        assert_eq!(link_uri("mailto:jörg@bücher.example"), "mailto:j%C3%B6rg@xn--bcher-kva.example");
        assert_eq!(super::link_uri("https://xn--\u{ad}ü/"), None);
    }
}
