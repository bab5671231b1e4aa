use proptest::prelude::*;

use super::*;

fn inbound(topic: &str, payload: &[u8]) -> Inbound {
    Inbound { topic: topic.to_owned(), payload: payload.to_vec(), ..Inbound::default() }
}

fn decode_content(topic: &str, payload: &str) -> Result<Content, WireError> {
    decode("", &inbound(topic, payload.as_bytes())).map(|publication| publication.content)
}

#[test]
fn every_payload_form_round_trips() {
    let forms = [
        ("clients/x", "GI devs"),
        ("x_Control", "REQUEST alice"),
        ("x_Control", "1763900000000 alice"),
        ("x_Control", "007 alice"),
        ("clients/x", "1763900000.123 alice"),
        ("17_Control", "2026-11-29T11:04:00Z 18"),
        ("17_Control", "REQUEST 18"),
        ("17_Control", "DENIED 18 19"),
        ("17_Control", "RESEND 17_18_19 4 7"),
        ("clients/x", "DENIED alice"),
        ("x_Control", "DENIED alice devs"),
        ("x_Control", "ACK bob_alice_17 4"),
        ("x_Control", "READ #devs 4"),
        ("x_Control", "RESEND #devs 4 7"),
        ("x_Control", "RESEND #devs 4"),
        ("x_Control", "TYPING #devs"),
        ("x_Control", "HAVE #devs bob 54ce1853cab3865d 7 17 00000000000000aa 9007199254740991"),
        ("groups/devs/seen", "alice bob 54ce1853cab3865d 6 7 31 32"),
        ("groups/info", "devs CREATE"),
        ("GROUPS", "devs DISBAND"),
        ("groups/info", "devs alice"),
        ("GROUPS/devs", "devs alice bob carol"),
        ("groups/devs/members", "bob"),
        ("groups/devs/messages", "bob hi  there "),
        ("groups/devs/messages", "bob END"),
        ("groups/devs/leader", "bob ENTER"),
        ("groups/devs/leader", "bob LEAVE"),
        ("a_b_17", "a hello\nworld"),
        ("a_b_17", "END"),
        ("groups/info", "17 18"),
        ("groups/17/members", "18"),
        ("groups/17/messages", "18 19"),
        ("17_18_19", "17 "),
        ("USERS/a", "a online"),
        ("USERS", "a offline"),
    ];
    for (topic, payload) in forms {
        let content = decode_content(topic, payload).unwrap_or_else(|error| panic!("{topic} {payload:?}: {error}"));
        assert_eq!(String::from_utf8(content.payload()).unwrap(), payload, "{topic}");
    }
}

#[test]
fn payload_without_a_form_of_its_topic_is_an_error() {
    let bad = [
        ("x_Control", "REQUEST"),
        ("x_Control", "REQUEST a b"),
        ("x_Control", "17"),
        ("x_Control", "17 alice bob"),
        ("x_Control", "17 al_ice"),
        ("x_Control", "17+1 alice"),
        ("x_Control", "ACK nothing 4"),
        ("x_Control", "HAVE #devs"),
        ("x_Control", "HAVE #devs bob 54ce1853cab3865d"),
        ("x_Control", "HAVE bob_alice_7 bob 54ce1853cab3865d 7"),
        ("x_Control", "HAVE #devs bob 54ce1853cab3865d 9007199254740992"),
        ("groups/devs/seen", "alice"),
        ("groups/devs/seen", "alice bob 54ce1853cab3865d 8 7 31 32"),
        ("groups/devs/seen", "alice bob 54ce1853cab3865d 6 7 33 32"),
        ("groups/info", "devs"),
        ("GROUPS/devs", "ops alice"),
        ("groups/devs/leader", "bob"),
        ("groups/devs/leader", "bob KNOCK"),
        ("groups/devs/members", "bob carol"),
        ("a_b_17", "hello"),
        ("a_b_17", "\u{1b}[31m hi"),
        ("USERS/a", "b online"),
        ("USERS/a", "a away"),
    ];
    for (topic, payload) in bad {
        let error = decode_content(topic, payload).expect_err(payload);
        assert!(!error.is_harmless(), "{topic} {payload:?}: {error}");
    }
}

#[test]
fn unknown_control_words_and_empty_payloads_are_harmless() {
    for payload in ["hello there", "+7 alice", "REACT a_b_17 4", "request alice", "\u{1b}[31m"] {
        let error = decode_content("x_Control", payload).unwrap_err();
        assert!(matches!(error, WireError::Word(_)) && error.is_harmless(), "{payload:?}: {error}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
    assert_eq!(
        decode_content("USERS/a", "\n"),
        Err(WireError::Empty),
        "a line feed does not clear the retained presence"
    );
    for topic in ["x_Control", "clients/x", "USERS", "GROUPS", "groups/devs/leader", "groups/devs/messages", "a_b_17"] {
        for payload in ["", "\n"] {
            assert_eq!(decode_content(topic, payload), Err(WireError::Empty), "{topic}");
        }
    }
}

#[test]
fn acceptance_time_with_plus_sign_is_refused_with_reason() {
    let error = decode_content("x_Control", "2026-11-29T11:04:00+01:00 alice").unwrap_err();
    assert_eq!(error, WireError::Time(SessionTimeError::Plus));
    assert!(error.to_string().ends_with("no topic name may"), "{error}");
}

#[test]
fn error_quotes_invalid_id_escaped_with_reason() {
    for (topic, payload) in
        [("x_Control", "REQUEST a_b\u{202e}"), ("groups/devs/members", "a_b\u{202e}"), ("USERS", "a_b\u{202e} online")]
    {
        let error = decode_content(topic, payload).unwrap_err().to_string();
        assert_eq!(
            error,
            r#""a_b\u{202e}" is refused as a name: '_' is not allowed in a name: use letters, digits, . and -"#
        );
    }
}

#[test]
fn presence_on_own_topic_needs_no_id() {
    let a = "a".parse().unwrap();
    assert_eq!(decode_content("USERS/a", "online"), Ok(Content::Presence(a, true)));
    assert_eq!(decode_content("USERS/offline", "offline"), Ok(Content::Presence("offline".parse().unwrap(), false)));
    assert_eq!(
        decode_content("USERS/online", "online offline"),
        Ok(Content::Presence("online".parse().unwrap(), false))
    );
    assert_eq!(decode_content("USERS", "online"), Err(WireError::Malformed));
    assert_eq!(decode_content("USERS/a", "a"), Err(WireError::Malformed));
}

#[test]
fn empty_payload_clears_presence() {
    let cleared = Content::Cleared("a".parse().unwrap());
    assert_eq!(decode_content("USERS/a", ""), Ok(cleared.clone()));
    assert_eq!(cleared.payload(), b"");
    // Another user may clear it, with their own `from`.
    let mut inbound = inbound("USERS/a", b"");
    inbound.properties = vec![("papo".to_owned(), "1".to_owned()), ("from".to_owned(), "bob".to_owned())];
    assert_eq!(decode("", &inbound).unwrap().content, cleared);
}

#[test]
fn trailing_line_feeds_are_trimmed_only_for_plain_clients() {
    let text = |payload: &str, properties: &[(&str, &str)]| {
        let mut message = inbound("groups/devs/messages", payload.as_bytes());
        message.properties = properties.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        match decode("", &message).unwrap().content {
            Content::Talk(_, _, Body::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(text("zoe hi\n", &[]), "hi");
    assert_eq!(text("zoe one\n\ntwo\r\n", &[]), "one\n\ntwo");
    assert_eq!(text("zoe ", &[]), "");
    assert_eq!(text("zoe \n", &[]), "");
    assert_eq!(text("zoe hi\n", &[("papo", "1")]), "hi\n");
}

#[test]
fn text_that_contradicts_from_property_is_forged() {
    let mut message = inbound("a_b_17", b"a hello");
    message.properties = vec![("from".to_owned(), "b".to_owned())];
    assert_eq!(decode("", &message), Err(WireError::Forged));
}

#[test]
fn other_content_types_are_stored_whole() {
    let mut message = inbound("a_b_17", &[0xff, 0x00]);
    message.content_type = Some("application/mls".to_owned());
    message.properties = vec![("from".to_owned(), "a".to_owned())];
    let content = decode("", &message).unwrap().content;
    let Content::Talk(_, None, Body::Other { content_type, content }) = content else { panic!("{content:?}") };
    assert_eq!((content_type.as_str(), content), ("application/mls", vec![0xff, 0x00]));
}

#[test]
fn overlong_content_type_is_truncated_and_round_trips() {
    let mut message = inbound("a_b_17", b"hello");
    message.content_type = Some(format!("{}{:9}more", "x".repeat(60), ""));
    let cut = decode("", &message).unwrap();
    assert_eq!(decode("", &encode("", &cut).to_inbound(false)), Ok(cut));
}

#[test]
fn overlong_texts_and_payloads_are_errors() {
    let longest = "x".repeat(TEXT_LIMIT);
    assert!(decode_content("a_b_17", &format!("a {longest}")).is_ok());
    assert!(matches!(decode_content("a_b_17", &format!("a {longest}x")), Err(WireError::TooLong(_))));
    assert!(matches!(decode_content("a_b_17", &"x".repeat(5_000_000)), Err(WireError::TooLong(_))));
}

fn topics() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("x_Control".to_owned()),
        Just("clients/x".to_owned()),
        Just("USERS".to_owned()),
        Just("USERS/a".to_owned()),
        Just("GROUPS".to_owned()),
        Just("GROUPS/devs".to_owned()),
        Just("groups/info".to_owned()),
        Just("groups/devs/leader".to_owned()),
        Just("groups/devs/members".to_owned()),
        Just("groups/devs/messages".to_owned()),
        Just("a_b_17".to_owned()),
        "(a|17)_(b|18)_[0-9][0-9A-Za-z.:+-]{0,33}",
        ".*",
    ]
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(topic in topics(), payload in prop::collection::vec(any::<u8>(), 0..200),
                                   properties in prop::collection::vec((".*", ".*"), 0..4)) {
        let message = Inbound { properties, ..inbound(&topic, &payload) };
        let _ = decode("", &message);
    }

    #[test]
    fn decoded_publications_round_trip(topic in topics(),
            payload in "((REQUEST|DENIED|GI|ACK|READ|RESEND|REACT|[0-9]{1,5}|[0-9][0-9A-Za-z.:+-]{0,33}|[a-c]|devs|#devs|a_b_17|a_b_2026-11-29T11:04:00Z|1_2_03|CREATE|DISBAND|ENTER|LEAVE|END|online|offline) ){1,4}") {
        let payload = payload.trim_end();
        if let Ok(decoded) = decode("", &inbound(&topic, payload.as_bytes())) {
            let again = encode("", &decoded);
            prop_assert_eq!(decode("", &inbound(&again.topic, &again.payload)), Ok(decoded));
        }
    }

    #[test]
    fn any_text_round_trips(text in "(?s).{1,200}") {
        let content = Content::Talk("#devs".parse().unwrap(), Some("bob".parse().unwrap()), Body::Text(text));
        let topic = Topic::GroupMessages("devs".parse().unwrap());
        let properties = Properties { is_papo: true, ..Properties::default() };
        let sent = TypedPublication { topic, content, properties };
        prop_assert_eq!(decode("p/", &encode("p/", &sent).to_inbound(false)), Ok(sent));
    }
}
