use proptest::prelude::*;

use super::*;
use crate::model::{CopyFormat, MethodPath};
use crate::session::State;
use crate::session::copying::written;

fn draft_of(text: &str) -> (Draft, Vec<PasteNote>) {
    let pasted = Pasted::of(read_grpcurl(text), &|_| true);
    let draft = pasted.draft.unwrap_or_else(|| panic!("{text}"));
    // Which draft it is, is no part of what was read.
    (Draft { id: DraftId(1), ..draft }, pasted.notes)
}

#[test]
fn a_command_line_becomes_a_draft() {
    let (draft, notes) = draft_of(
        "grpcurl -cacert ca.pem -servername inner -H 'Authorization: Bearer x' -max-time 2 -max-msg-sz 1048577 \
         -d '{\"a\": 1} {\"a\": 2}\n{}' -import-path protos -proto a/b.proto api.example.com:443 a.B/C",
    );
    assert_eq!(notes, []);
    assert_eq!(draft.target, "api.example.com:443");
    assert_eq!(draft.security_override, None);
    assert_eq!(draft.method, MethodPath::parse("a.B/C"));
    assert_eq!((draft.body.as_str(), draft.script.text.as_str()), ("{\"a\": 1}", "{\"a\": 2}\n{}"));
    assert!(draft.metadata.iter().all(MetadataRow::stays_in_memory));
    assert_eq!(draft.options.deadline_millis, Some(2000));
    assert_eq!(draft.options.max_message_mib, 2);
    assert_eq!(draft.options.ca_file, "ca.pem");
    assert_eq!(
        (draft.options.authority.as_str(), draft.options.server_name.as_str()),
        ("inner", "inner")
    );
    let saved =
        SavedSource::Paths { paths: vec!["a/b.proto".into()], roots: vec!["protos".into()] };
    assert_eq!(draft.source, Some(saved));

    let (draft, _) = draft_of("grpcurl localhost:1 A/B");
    assert_eq!(draft.security_override, Some(Security::Tls));
    let (draft, _) = draft_of("grpcurl -plaintext example.com:1 A/B");
    assert_eq!(draft.security_override, Some(Security::Plaintext));
    let (draft, _) = draft_of("grpcurl -plaintext -unix /run/a.sock A/B");
    assert_eq!((draft.target.as_str(), draft.security_override), ("unix:/run/a.sock", None));
}

#[test]
fn a_file_is_looked_for_as_it_is_named_and_below_the_roots() {
    let found = read_grpcurl(
        "grpcurl -import-path p -proto here.proto -proto below.proto -proto gone.proto a:1 A/B",
    );
    let is_there =
        |path: &Path| path == Path::new("here.proto") || path == Path::new("p/below.proto");
    let pasted = Pasted::of(found, &is_there);
    let paths = vec!["here.proto".into(), "p/below.proto".into(), "gone.proto".into()];
    let saved = SavedSource::Paths { paths, roots: vec!["p".into()] };
    assert_eq!(pasted.draft.unwrap().source, Some(saved));
    assert_eq!(pasted.notes, [PasteNote::NoFile("gone.proto".to_owned())]);
}

fn words() -> impl Strategy<Value = String> {
    let flag = prop_oneof![
        Just("-plaintext".to_owned()),
        Just("-insecure".to_owned()),
        Just("-unix".to_owned()),
        "-(H|rpc-header) '[a-zA-Z-]{1,8}: [^'\\p{C}]{0,12}'",
        "-(authority|servername|cacert|user-agent) '[!-&(-~]([^'\\p{C}]{0,10}[!-&(-~])?'",
        "-max-time [0-9]{1,4}(\\.[0-9]{1,3})?",
        "-max-msg-sz [0-9]{1,9}",
        "-keepalive-time [0-9]{1,3}",
        "-d '\\{\"a\": \"[^'\\p{C}\"\\\\]{0,12}\"\\} ?(\\{\\})?'",
        "-(proto|import-path) '[a-z]{1,5}(/[a-z ]{1,5})?\\.proto'",
        "-protoset '[a-z]{1,5}\\.pb'",
    ];
    (
        proptest::collection::vec(flag, 0..8),
        "[a-z]{1,8}(\\.com)?:[1-9][0-9]{0,3} [a-z]{1,5}\\.[A-Z]/[A-Z][a-z]{0,5}",
    )
        .prop_map(|(flags, end)| format!("grpcurl {} {end}", flags.join(" ")))
}

proptest! {
    /// What is copied of a pasted draft and pasted again gives the same draft, but for what grpcurl has no word for.
    #[test]
    fn what_is_pasted_copied_and_pasted_again_is_the_same(text in words()) {
        let (first, _) = draft_of(&text);
        let copied = written(&first, &State::default(), None, CopyFormat::Grpcurl);
        let Ok(copied) = copied else { return Ok(()) };
        let (second, notes) = draft_of(&copied.text);
        let (mut first, mut second) = (first, second);
        if copied.notes.iter().any(|note| matches!(note, crate::model::CopyNote::Variable { .. })) {
            // Its value stays at home.
            first.metadata.retain(|row| !row.stays_in_memory());
            second.metadata.retain(|row| !row.stays_in_memory());
        } else {
            prop_assert_eq!(notes, []);
        }
        if first.options.is_insecure {
            // What is not verified needs no authorities.
            first.options.ca_file.clear();
        }
        if let (Some(SavedSource::Paths { paths, .. }), true) = (&mut first.source, !copied.notes.is_empty()) {
            // Descriptor sets beside protos are left out, and said to be.
            paths.retain(|path| path.extension().is_some_and(|ending| ending == "proto"));
        }
        if let Some(SavedSource::Paths { paths, roots }) = &mut first.source
            && paths.iter().all(|path| path.extension().is_some_and(|ending| ending == "pb"))
        {
            // Roots serve protos alone.
            roots.clear();
        }
        prop_assert_eq!(first, second, "{}", copied.text);
    }
}
