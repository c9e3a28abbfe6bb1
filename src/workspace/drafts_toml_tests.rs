//! Whatever a draft holds comes back, but for its credentials, which never reach the text.

use proptest::prelude::*;

use super::*;
use crate::model::Security;
use crate::workspace::{SavedSource, Script};

const CREDENTIAL: &str = "hunter2-credential";

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ -~]{0,12}",
        Just("line 1\nline 2\r\n\ttab \u{0} \u{7f} \"\"\" ''' \\ é 漢 🦀".to_owned()),
        proptest::collection::vec(any::<char>(), 0..8).prop_map(|chars| chars.iter().collect()),
    ]
}

fn any_row() -> impl Strategy<Value = MetadataRow> {
    let name = prop_oneof![any_text(), Just("Authorization".to_owned()), Just("cookie".to_owned())];
    (name, any_text(), any::<bool>(), any::<bool>()).prop_map(
        |(name, value, is_enabled, is_secret)| {
            let row = MetadataRow { name, value, is_enabled, is_secret };
            let value = if row.stays_in_memory() { CREDENTIAL.to_owned() } else { row.value };
            MetadataRow { value, ..row }
        },
    )
}

fn any_auth() -> impl Strategy<Value = Auth> {
    let secret = || Secret::new(CREDENTIAL);
    prop_oneof![
        Just(Auth::None),
        any_text().prop_map(move |header| Auth::ApiKey { header, value: secret() }),
        Just(Auth::Bearer(secret())),
        any_text().prop_map(move |user| Auth::Basic { user, password: secret() }),
    ]
}

fn any_options() -> impl Strategy<Value = DraftOptions> {
    let deadline = proptest::option::of(1..=i64::MAX as u64);
    let texts = proptest::array::uniform6(any_text());
    let compression = proptest::option::of(proptest::sample::select(&Compression::ALL));
    let keepalive = proptest::option::of(Keepalive::SECONDS);
    let grpc_web = proptest::option::of(proptest::sample::select(&GrpcWeb::ALL));
    let of_grpc = (compression, keepalive, grpc_web);
    (deadline, texts, any::<bool>(), any::<u32>(), of_grpc).prop_map(
        |(deadline_millis, texts, is_insecure, max_message_mib, of_grpc)| {
            let (compression, keepalive_secs, grpc_web) = of_grpc;
            let [authority, user_agent, server_name, ca_file, cert_file, key_file] = texts;
            DraftOptions {
                deadline_millis,
                authority,
                user_agent,
                server_name,
                ca_file,
                cert_file,
                key_file,
                is_insecure,
                max_message_mib,
                compression,
                keepalive_secs,
                grpc_web,
            }
        },
    )
}

fn any_source() -> impl Strategy<Value = SavedSource> {
    let path = || any_text().prop_map(std::path::PathBuf::from);
    let paths = move || proptest::collection::vec(path(), 0..3);
    prop_oneof![
        (paths(), paths()).prop_map(|(paths, roots)| SavedSource::Paths { paths, roots }),
        (any_text(), any_security()).prop_map(|(target, security_override)| {
            SavedSource::Reflection { target, security_override }
        }),
        any_text().prop_map(SavedSource::BuiltIn),
        any_text().prop_map(SavedSource::Scratch),
    ]
}

fn any_security() -> impl Strategy<Value = Option<Security>> {
    prop_oneof![Just(None), Just(Some(Security::Plaintext)), Just(Some(Security::Tls))]
}

fn any_draft() -> impl Strategy<Value = Draft> {
    (
        proptest::array::uniform6(any_text()),
        any::<bool>(),
        any_security(),
        proptest::option::of((any_text(), any_text())),
        proptest::option::of(any_source()),
        proptest::collection::vec(any_row(), 0..4),
        any_auth(),
        any_options(),
    )
        .prop_map(
            |(texts, is_http, security_override, method, source, metadata, auth, options)| {
                let [title, target, http_method, http_path, body, script] = texts;
                Draft {
                    id: DraftId::next(),
                    revision: 0,
                    title,
                    protocol: if is_http { Protocol::Http } else { Protocol::Grpc },
                    target,
                    security_override,
                    method: method.map(|(service, method)| MethodPath { service, method }),
                    source,
                    http_method,
                    http_path,
                    body,
                    metadata,
                    auth,
                    script: Script { text: script, ..Script::default() },
                    options,
                }
            },
        )
}

/// What a draft looks like after a restart.
fn without_credentials(mut draft: Draft) -> Draft {
    for row in &mut draft.metadata {
        if row.stays_in_memory() {
            row.value.clear();
        }
    }
    match &mut draft.auth {
        Auth::None => {}
        Auth::ApiKey { value, .. } | Auth::Bearer(value) | Auth::Basic { password: value, .. } => {
            *value = Secret::default();
        }
    }
    draft
}

proptest! {
    #[test]
    fn drafts_come_back_without_their_credentials(
        drafts in proptest::collection::vec(any_draft(), 0..3),
        front in any::<proptest::sample::Index>(),
    ) {
        let active = (!drafts.is_empty()).then(|| front.get(&drafts).id);
        let text = write(&drafts, active).unwrap();
        prop_assert!(!text.contains(CREDENTIAL), "{text}");
        let ReadDrafts { drafts: mut back, active: active_back, problems } = read(&text).unwrap();
        prop_assert_eq!(problems, []);
        let position = |drafts: &[Draft], id| drafts.iter().position(|draft| Some(draft.id) == id);
        prop_assert_eq!(position(&back, active_back), position(&drafts, active));
        for (draft, before) in back.iter_mut().zip(&drafts) {
            prop_assert_ne!(draft.id, before.id);
            draft.id = before.id;
        }
        let expected: Vec<_> = drafts.into_iter().map(without_credentials).collect();
        prop_assert_eq!(back, expected);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any_text()) {
        drop(read(&text));
        drop(read(&format!("[[draft]]\n{text}")));
    }
}

#[test]
fn a_withheld_value_leaves_a_mark() {
    let mut draft = Draft::new(DraftId::next(), Protocol::Grpc);
    draft.metadata.push(MetadataRow::new("authorization", CREDENTIAL));
    draft.auth = Auth::Bearer(Secret::new(CREDENTIAL));
    let text = write(&[draft], None).unwrap();
    assert_eq!(text.matches("is_withheld = true").count(), 2, "{text}");
}

#[test]
fn a_choice_that_is_none_is_a_problem_and_the_draft_stays() {
    let text = "[[draft]]\ntarget = \"h:1\"\n[draft.options]\ncompression = \"snappy\"\ngrpc_web = \"base64\"\n";
    let read = read(text).unwrap();
    assert_eq!(read.drafts[0].target, "h:1");
    assert_eq!(read.drafts[0].options, DraftOptions::default());
    let [problem, other] = &read.problems[..] else { panic!("{read:?}") };
    assert!(matches!(&other.kind, ProblemKind::WrongSetting { name, .. } if name == "grpc_web"));
    let ProblemKind::WrongSetting { name, expected, found } = &problem.kind else {
        panic!("{problem:?}")
    };
    assert_eq!((name.as_str(), found.as_str()), ("compression", "snappy"));
    assert_eq!(expected, "gzip | deflate | zstd");
}

#[test]
fn a_file_of_version_1_opens_for_ever() {
    let text = include_str!("../../tests/data/workspace/drafts-1.toml");
    let ReadDrafts { drafts, active, problems } = read(text).unwrap();
    assert_eq!(problems, []);
    assert_eq!(drafts.len(), 2);
    assert_eq!(active, Some(drafts[1].id));
    assert_eq!(drafts[0].operation(), "Greeter/SayHello");
    assert_eq!(drafts[0].body, "{\n  \"name\": \"Ada\"\n}\n");
    assert_eq!(drafts[1].operation(), "GET /products");
    assert_eq!(drafts[1].options.deadline_millis, None);
    assert_eq!(drafts[1].metadata, [MetadataRow::new("x-tenant", "blue")]);
}
