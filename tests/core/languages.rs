//! The language files match each other and the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};
use papo::{
    app::{Action, COMMANDS, Language, LanguageError, LocalizedText, environment_language, not_forgotten_text},
    domain::{DeliveryFailure, DisconnectReason, ReasonCode},
};

use crate::outcomes;

/// The keys of a language file, each with the variables of its text.
fn texts(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/languages/{language}.ftl"));
    let file = fs::read_to_string(path).unwrap();
    let resource = parser::parse(file.as_str()).unwrap_or_else(|(_, errors)| panic!("{language}: {errors:?}"));
    let mut texts = BTreeMap::new();
    for entry in &resource.body {
        if let Entry::Message(message) = entry {
            let mut variables = BTreeSet::new();
            collect(message.value.as_ref().unwrap(), &mut variables);
            let is_new = texts.insert(message.id.name.to_owned(), variables).is_none();
            assert!(is_new, "{language} has {} twice", message.id.name);
        }
    }
    texts
}

/// Adds the variables of a text to `variables`.
fn collect(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    let mut inline = |expression: &InlineExpression<&str>| {
        if let InlineExpression::VariableReference { id } = expression {
            variables.insert(id.name.to_owned());
        }
    };
    let mut variants = Vec::new();
    for element in &pattern.elements {
        match element {
            PatternElement::Placeable { expression: Expression::Inline(expression) } => inline(expression),
            PatternElement::Placeable { expression: Expression::Select { selector, variants: all } } => {
                inline(selector);
                variants.extend(all.iter().map(|variant| &variant.value));
            }
            PatternElement::TextElement { .. } => {}
        }
    }
    for variant in variants {
        collect(variant, variables);
    }
}

/// The path of each source file, and its text without the unit tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = fs::read_to_string(&path).unwrap();
                let program = source.split("#[cfg(test)]").next().unwrap().to_owned();
                sources.push((path, program));
            }
        }
    }
    sources
}

#[test]
fn every_language_has_the_keys_and_variables_of_english() {
    assert_eq!(texts("pt-BR"), texts("en"));
}

#[test]
fn every_text_is_used() {
    let sources = sources();
    let mut used: BTreeSet<&str> = sources.iter().flat_map(|(_, source)| source.split('"')).collect();
    used.extend(Action::ALL.iter().map(|action| action.text()));
    let unused: Vec<String> = texts("en").into_keys().filter(|name| !used.contains(name.as_str())).collect();
    assert!(unused.is_empty(), "unused texts: {unused:?}");
}

#[test]
fn every_used_text_exists() {
    let (texts, sources) = (texts("en"), sources());
    let calls = ["localized!(", "translate(", "info("];
    let mut found = 0;
    for (path, source) in &sources {
        for rest in calls.iter().flat_map(|call| source.split(call).skip(1)) {
            if let Some(name) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                found += 1;
                assert!(texts.contains_key(name), "{}: there is no text {name:?}", path.display());
            }
        }
    }
    assert!(found > 200, "only {found} texts were found");
    for name in Action::ALL.iter().map(|action| action.text()).chain(COMMANDS.iter().map(|command| command.description))
    {
        assert!(texts.contains_key(name), "there is no text {name:?}");
    }
}

/// The names of the arguments of a call, given the source after `localized!(`.
fn argument_names(call: &str) -> BTreeSet<String> {
    let (mut depth, mut parts, mut part) = (0, Vec::new(), String::new());
    for c in call.chars() {
        match c {
            ')' if depth == 0 => break,
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    let name = |part: &String| part.trim_start_matches(',').split('=').next().unwrap().trim().to_owned();
    parts.iter().skip(1).map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_call_passes_the_variables_of_its_text() {
    let texts = texts("en");
    for (path, source) in sources() {
        for call in source.split("localized!(").skip(1) {
            if let Some(key) = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                assert_eq!(argument_names(call), texts[key], "{}: {key}", path.display());
            }
        }
    }
}

/// A sample of each variant of an enum. Does not compile if one is missing.
macro_rules! samples {
    ($type:ident: $($variant:ident $(($($value:expr),*))? $({ $($field:ident: $field_value:expr),* })?),* $(,)?) => {{
        let _is_complete = |value: &$type| match value { $($type::$variant { .. } => {})* };
        vec![$($type::$variant $(($($value.into()),*))? $({ $($field: $field_value.into()),* })?),*]
    }};
}

fn reason_codes() -> Vec<ReasonCode> {
    samples! { ReasonCode:
        ServerUnavailable, ServerBusy, QuotaExceeded, ConnectionRateExceeded, MessageRateTooHigh, UnspecifiedError,
        ServerMoved, NotAuthorized, ServerShuttingDown, KeepAliveTimeout, AdministrativeAction, MaximumConnectTime,
        Other("ProtocolError"),
    }
}

fn disconnect_reasons() -> Vec<DisconnectReason> {
    let code = ReasonCode::ServerBusy;
    let reasons = samples! { DisconnectReason:
        ConnectionRefused("mqtt.lan:1883"), HostNotFound("mqtt.lan:1883"), NoInterface("wlan7"), MissingZone("mqtt.lan:1883"),
        Unreachable { address: "mqtt.lan:1883", detail: "E-42" }, NotMqtt("mqtt.lan:1883"), NoSocket("mqtt.lan:1883"), SocketForbidden("mqtt.lan:1883"),
        NoTls("mqtt.lan:1883"), UnknownIssuer("mqtt.lan:1883"), Expired("mqtt.lan:1883"), NotYetValid("mqtt.lan:1883"),
        WrongName { address: "mqtt.lan:1883", names: "elsewhere" }, BadCertificate { address: "mqtt.lan:1883", detail: "E-42" },
        CertificateWanted, CertificateRefused, Tls { address: "mqtt.lan:1883", detail: "E-42" },
        NoWebSocket { address: "mqtt.lan:1883", detail: "E-42" }, ClosedBeforeConnack("mqtt.lan:1883"),
        ClosedInHandshake { address: "mqtt.lan:1883", protocol: "TLS" }, OldMqttOnly, ClientIdRefused("me"),
        LoginRequired, TooManyAttempts, BadCredentials, NotAuthorized, Banned, AuthenticationMethod, Refused(code.clone()), Busy(code.clone()), NoRetain,
        NoQosOne, NoReceiveMaximum, PacketLimit { most: 64_u32, least: 512_u32 }, TakenOver, TakenOverAgain, InUse,
        RepeatedlyAborted, Closed, PacketRejected(code.clone()), ServerDisconnect(code), NoAnswer("mqtt.lan:1883"), PacketTooLarge,
        Violation("E-42"), ReconnectRequested, PapoSuspended,
    };
    reasons.into_iter().chain(reason_codes().into_iter().map(DisconnectReason::Refused)).collect()
}

#[test]
fn every_disconnect_reason_has_a_text_in_every_language() {
    for language in ["en", "pt-BR"].map(Language::builtin) {
        let mut known = BTreeSet::new();
        for reason in disconnect_reasons() {
            let words = language.translate(&reason);
            assert!(words.contains(' ') && !words.contains(['{', '$']), "{reason:?}: {words}");
            for detail in ["mqtt.lan:1883", "E-42", "elsewhere", "wlan7", "512", "ProtocolError"] {
                let is_given = format!("{reason:?}").contains(detail);
                assert!(!is_given || words.contains(detail), "{reason:?}: {words}");
            }
            let is_new = known.insert(words);
            assert!(
                is_new || matches!(reason, DisconnectReason::ServerDisconnect(_) | DisconnectReason::Refused(_)),
                "{reason:?}"
            );
        }
    }
}

#[test]
fn errors_read_the_same_on_screen_and_in_the_log() {
    let english = Language::english();
    for error in outcomes::name_errors() {
        assert_eq!(english.translate(error.clone()), error.to_string());
    }
    let from_broker = DeliveryFailure::Other("something of the broker's own".to_owned());
    assert_eq!(english.translate(&from_broker), from_broker.to_string());
}

#[test]
fn every_outcome_has_a_text_in_every_language() {
    let refusals = outcomes::refusals().into_iter().map(LocalizedText::from);
    let all: Vec<LocalizedText> = refusals
        .chain(outcomes::rejections().into_iter().map(Into::into))
        .chain(outcomes::notices().into_iter().map(Into::into))
        .chain(outcomes::ignored_reasons().into_iter().map(Into::into))
        .chain(outcomes::not_forgotten().into_iter().map(|why| not_forgotten_text(&"bob".parse().unwrap(), why)))
        .chain(outcomes::delivery_failures().iter().map(Into::into))
        .chain(outcomes::text_errors().into_iter().map(Into::into))
        .chain(outcomes::name_errors().into_iter().map(Into::into))
        .collect();
    for language in ["en", "pt-BR"] {
        let texts = texts(language);
        for text in &all {
            let LocalizedText::Text { key, arguments } = text else { panic!("{text:?} has no key") };
            let given: BTreeSet<String> = arguments.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(texts.get(*key), Some(&given), "{language}: {key}");
        }
    }
    // No two refusals have the same text.
    let distinct: BTreeSet<String> =
        outcomes::refusals().into_iter().map(|refusal| Language::english().translate(refusal)).collect();
    assert_eq!(distinct.len(), outcomes::refusals().len());
}

#[test]
fn language_tag_falls_back_to_another_region_or_english() {
    let help = |tag| Language::builtin(tag).translate("action-help");
    for portuguese in ["pt-BR", "pt-br", "pt", "pt-PT"] {
        assert_eq!(help(portuguese), "ajuda", "{portuguese}");
    }
    for english in ["en", "en-GB", "fr-FR", "", "no tag at all"] {
        assert_eq!(help(english), "help", "{english}");
    }
}

#[test]
fn plural_forms_follow_the_language() {
    let chats = |language: &str, count: u64| {
        Language::builtin(language).translate(LocalizedText::from("chats-count").with("count", &count))
    };
    assert_eq!(["0 chats", "1 chat", "2 chats"], [0, 1, 2].map(|count| chats("en", count)).as_slice());
    assert_eq!(["0 conversas", "1 conversa", "2 conversas"], [0, 1, 2].map(|count| chats("pt-BR", count)).as_slice());
}

#[test]
fn locale_selects_the_language() {
    let language = |variables: &[(&str, &str)]| {
        environment_language(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(language(&[("LANG", "pt_BR.UTF-8")]).as_deref(), Some("pt-BR"));
    assert_eq!(language(&[("LANG", "pt_BR.UTF-8"), ("LC_MESSAGES", "de_DE@euro")]).as_deref(), Some("de-DE"));
    assert_eq!(language(&[("LANG", "pt_BR"), ("LC_ALL", "C.UTF-8")]), None);
    assert_eq!(language(&[("LANG", "pt_BR"), ("LC_ALL", "")]).as_deref(), Some("pt-BR"));
    assert_eq!(language(&[("LANG", "POSIX")]), None);
    assert_eq!(language(&[]), None);
}

#[test]
fn own_language_file_overrides_builtin_texts() {
    let own = "# mine\naction-help = ¿qué?\n";
    let spanish = Language::with("es", Some(own)).unwrap();
    assert_eq!([spanish.translate("action-help"), spanish.translate("action-quit")], ["¿qué?", "quit"]);
    let mine = Language::with("pt-BR", Some(own)).unwrap();
    assert_eq!([mine.translate("action-help"), mine.translate("action-quit")], ["¿qué?", "sair"]);
}

#[test]
fn own_language_file_reports_unknown_keys_and_syntax_errors() {
    let error = |own| Language::with("es", Some(own)).unwrap_err();
    let unknown = error("action-help = a\naction-hlep = b\n");
    assert_eq!(unknown.to_string(), "there is no text \"action-hlep\"; did you mean \"action-help\"?");
    let LanguageError::Syntax { line, .. } = error("action-help = a\n\naction-quit = { $\n") else {
        panic!("the syntax error is not reported");
    };
    assert_eq!(line, 3);
}

#[test]
fn text_of_others_is_not_parsed_as_markup() {
    let text =
        Language::english().translate(LocalizedText::from("has-written").with("author", "{ $why } -term { \"x\" }"));
    assert_eq!(text, "{ $why } -term { \"x\" } wrote");
    assert_eq!(Language::english().translate(LocalizedText::quoted("{ action-help }")), "{ action-help }");
}

#[test]
fn hint_to_start_a_broker_names_its_listener() {
    let hint = |address: &str| {
        Language::english().translate(LocalizedText::from(&DisconnectReason::ConnectionRefused(address.to_owned())))
    };
    assert!(hint("127.0.0.1:1883").ends_with(": papo broker"));
    assert!(hint("127.0.0.1:23201").ends_with(": papo broker --listen 127.0.0.1:23201"));
    assert!(hint("ws://localhost:8080").ends_with(": papo broker --listen ws://localhost:8080"));
    // Such a broker needs a certificate first.
    for address in ["mqtts://127.0.0.1:23201", "wss://127.0.0.1:443"] {
        assert!(hint(address).contains(address) && !hint(address).contains("papo broker"), "{}", hint(address));
    }
}
