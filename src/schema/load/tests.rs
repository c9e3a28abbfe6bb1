//! What loading makes of good and of bad input.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;
use crate::model::Severity;

/// Writes files into a fresh folder.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load_in(folder: &Path, paths: &[&str]) -> Loaded {
    let paths = paths.iter().map(|path| folder.join(path)).collect();
    load(&LoadRequest { paths, roots: Vec::new() })
}

fn kinds(loaded: &Loaded) -> Vec<&ProblemKind> {
    loaded.problems.iter().map(|problem| &problem.kind).collect()
}

const ORDERS: &str = "syntax = \"proto3\";\npackage shop;\nimport \"shop/money.proto\";\nimport \"google/api/annotations.proto\";\n\
    // Orders.\nservice Orders { rpc Place (Order) returns (Money) { option (google.api.http) = { get: \"/x\" }; } }\n\
    message Order { Money price = 1; }\n";
const MONEY: &str = "syntax = \"proto3\";\npackage shop;\nmessage Money { int64 units = 1; }\n";

#[test]
fn roots_are_found_from_imports() {
    let folder =
        folder(&[("src/proto/shop/orders.proto", ORDERS), ("src/proto/shop/money.proto", MONEY)]);
    for paths in [
        &["src/proto/shop/orders.proto"][..],
        &["src/proto/shop/orders.proto", "src/proto/shop/money.proto"],
        &["src/proto/shop"],
        &["src/proto"],
        &["src"],
        &["."],
    ] {
        let loaded = load_in(folder.path(), paths);
        assert_eq!(loaded.problems, [], "{paths:?}");
        assert_eq!(loaded.schema.n_methods(), 1, "{paths:?}");
        assert!(
            loaded.schema.files().contains(&"shop/orders.proto".to_owned()),
            "{paths:?} {:?}",
            loaded.schema.files()
        );
        assert!(loaded.roots.contains(&folder.path().join("src/proto")), "{:?}", loaded.roots);
        assert!(loaded.watched.iter().any(|path| path.ends_with("shop/money.proto")));
        assert_eq!(loaded.schema.services()[0].doc, "Orders.");
    }
}

#[test]
fn an_import_beside_and_one_in_a_side_folder_resolve() {
    let folder = folder(&[
        (
            "app/a.proto",
            "syntax = \"proto3\"; import \"b.proto\"; import \"deep/c.proto\"; message A { B b = 1; C c = 2; }",
        ),
        ("app/b.proto", "syntax = \"proto3\"; message B {}"),
        ("third_party/deep/c.proto", "syntax = \"proto3\"; message C {}"),
    ]);
    let loaded = load_in(folder.path(), &["app/a.proto"]);
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.schema.files(), ["a.proto", "b.proto", "deep/c.proto"]);
    assert_eq!(loaded.kind, LoadKind::File);
}

#[test]
fn a_missing_import_says_where_it_was_looked_for_and_a_root_fixes_it() {
    let main = folder(&[
        ("orders.proto", ORDERS),
        ("other.proto", "syntax = \"proto3\"; service Other {}"),
    ]);
    let elsewhere = folder(&[("shop/money.proto", MONEY)]);
    let loaded = load_in(main.path(), &["."]);
    let [problem] = loaded.problems.as_slice() else { panic!("{:?}", loaded.problems) };
    let ProblemKind::ImportNotFound { import, looked_in } = &problem.kind else {
        panic!("{problem:?}")
    };
    assert_eq!((import.as_str(), problem.severity), ("shop/money.proto", Severity::Error));
    assert!(looked_in.contains(&main.path().to_owned()), "{looked_in:?}");
    let place = problem.place.clone().unwrap();
    assert_eq!((place.line, place.column), (3, 1));
    assert_eq!(place.file, Some(main.path().join("orders.proto")));
    assert!(loaded.watched.contains(&main.path().join("shop/money.proto")));
    assert_eq!(loaded.schema.services()[0].full_name, "Other", "the rest loads");

    let request = LoadRequest {
        paths: vec![main.path().to_owned()],
        roots: vec![elsewhere.path().to_owned()],
    };
    let loaded = load(&request);
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.schema.n_methods(), 1);
    assert_eq!(loaded.roots[0], elsewhere.path());
}

#[test]
fn one_bad_file_does_not_lose_the_others() {
    type BadFile = (&'static str, &'static [u8], fn(&ProblemKind) -> bool);
    let bad: [BadFile; 5] = [
        ("syntax error", b"syntax = \"proto3\";\nmessage {", |kind| {
            matches!(kind, ProblemKind::Syntax { .. })
        }),
        ("unknown name", b"syntax = \"proto3\";\nmessage Bad { Nothing x = 1; }", |kind| {
            matches!(kind, ProblemKind::Definition { .. })
        }),
        (
            "number twice",
            b"syntax = \"proto3\";\nmessage Bad { int32 x = 1; int32 y = 1; }",
            |kind| matches!(kind, ProblemKind::Definition { .. }),
        ),
        ("binary", b"\x7fELF\0\xff", |kind| *kind == ProblemKind::NotText),
        ("edition", b"edition = \"2030\";\nmessage Bad {}", |kind| {
            *kind == ProblemKind::Edition { edition: "2030".to_owned() }
        }),
    ];
    for (name, bytes, is_right) in bad {
        let folder = folder(&[
            ("a.proto", "syntax = \"proto3\"; service A { rpc Go (M) returns (M); } message M {}"),
            ("user.proto", "syntax = \"proto3\"; import \"bad.proto\"; message User {}"),
            ("user2.proto", "syntax = \"proto3\"; import \"user.proto\"; message User2 {}"),
        ]);
        fs::write(folder.path().join("bad.proto"), bytes).unwrap();
        let loaded = load_in(folder.path(), &["."]);
        assert_eq!(loaded.schema.files(), ["a.proto"], "{name}");
        assert!(
            loaded.problems.iter().any(|problem| is_right(&problem.kind)),
            "{name}: {:?}",
            kinds(&loaded)
        );
        let n_dependents = kinds(&loaded)
            .iter()
            .filter(|kind| matches!(kind, ProblemKind::ImportBroken { .. }))
            .count();
        assert_eq!(n_dependents, 2, "{name}: {:?}", kinds(&loaded));
        for problem in &loaded.problems {
            let place = problem.place.as_ref().unwrap();
            assert!(place.file.as_ref().unwrap().starts_with(folder.path()), "{name}");
            assert!(place.line > 0 || problem.kind == ProblemKind::NotText, "{name} {problem:?}");
        }
    }
}

#[test]
fn definition_errors_carry_a_hint() {
    let loaded = load_virtual(&[
        ("a.proto", "syntax = \"proto3\"; package p; message A {}"),
        ("b.proto", "syntax = \"proto3\";\nmessage B {\n  p.A a = 1;\n}"),
    ]);
    let [
        Problem {
            kind: ProblemKind::Definition { help: Some(help), .. }, place: Some(place), ..
        },
    ] = loaded.problems.as_slice()
    else {
        panic!("{:?}", loaded.problems)
    };
    assert!(help.contains("a.proto"), "{help}");
    assert_eq!((place.line, place.column), (3, 3));
}

#[test]
fn a_missing_import_that_brings_options_only_is_a_warning() {
    let loaded = load_virtual(&[
        (
            "a.proto",
            "syntax = \"proto3\"; import public \"validate/validate.proto\"; import public \"google/api/annotations.proto\";\n\
             message A { option (validate.disabled) = true; string name = 1 [(validate.rules).string.min_len = 1, deprecated = true];\n\
               oneof o { option (validate.required) = true; int32 x = 2; } }\n\
             enum E { option (validate.e) = 1; Z = 0 [(validate.v) = 1]; }\n\
             service S { option (validate.s) = 1; rpc Go (A) returns (A) { option (google.api.http) = { get: \"/x\" }; } }",
        ),
        ("b.proto", "syntax = \"proto3\"; import \"a.proto\"; message B { A a = 1; }"),
    ]);
    let [problem] = loaded.problems.as_slice() else { panic!("{:?}", loaded.problems) };
    assert!(
        matches!(&problem.kind, ProblemKind::ImportNotFound { import, .. } if import == "validate/validate.proto")
    );
    assert_eq!(problem.severity, Severity::Warning);
    assert!(loaded.schema.message("A").unwrap().fields[0].is_deprecated);
    assert_eq!(loaded.schema.n_methods(), 1);
    assert!(loaded.schema.message("B").is_some());
}

#[test]
fn a_text_finds_its_imports_in_its_roots_and_nowhere_else() {
    let root = folder(&[("shop/money.proto", MONEY), ("scratch-1.proto", "not this one")]);
    let text = ORDERS;
    let check = |text: &str, roots: &[PathBuf]| load_text("scratch-1.proto", text, roots);
    let loaded = check(text, &[root.path().to_owned()]);
    assert_eq!(loaded.problems, []);
    assert_eq!((loaded.schema.n_methods(), loaded.kind), (1, LoadKind::File));
    assert_eq!(loaded.watched, [root.path().join("shop/money.proto")]);
    assert!(loaded.schema.files().contains(&"scratch-1.proto".to_owned()));

    let loaded = check(text, &[]);
    let [Problem { kind: ProblemKind::ImportNotFound { looked_in, .. }, place, .. }] =
        loaded.problems.as_slice()
    else {
        panic!("{:?}", loaded.problems)
    };
    assert_eq!(looked_in, &Vec::<PathBuf>::new(), "not in the folder that we happen to run in");
    let place = place.as_ref().unwrap();
    assert_eq!((place.file.as_deref(), place.line), (Some(Path::new("scratch-1.proto")), 3));

    // Broken here, and broken where it imports.
    let broken = check(&text.replace("message Order {", "message {"), &[]);
    assert!(matches!(kinds(&broken)[..], [ProblemKind::Syntax { .. }]), "{:?}", broken.problems);
    fs::write(root.path().join("shop/money.proto"), "message {").unwrap();
    let loaded = check(text, &[root.path().to_owned()]);
    let places: Vec<_> = loaded.problems.iter().filter_map(|p| p.place.as_ref()).collect();
    assert_eq!(places.len(), 2, "{:?}", loaded.problems);
    assert_eq!(places[0].file, Some(root.path().join("shop/money.proto")));
    assert_eq!(loaded.schema.n_methods(), 0);
}

#[test]
fn rings_of_imports_are_reported() {
    let loaded = load_virtual(&[
        ("a.proto", "syntax = \"proto3\"; import \"b.proto\";"),
        ("b.proto", "syntax = \"proto3\"; import \"a.proto\";"),
        ("c.proto", "syntax = \"proto3\"; message C {}"),
    ]);
    assert_eq!(loaded.problems.len(), 2, "{:?}", loaded.problems);
    assert_eq!(loaded.schema.files(), ["c.proto"]);
}

#[test]
fn two_files_of_one_name_are_a_problem_and_copies_are_not() {
    let folder = folder(&[
        ("x/a.proto", "syntax = \"proto3\"; message A {}"),
        ("y/a.proto", "syntax = \"proto3\"; message Other {}"),
        ("z/a.proto", "syntax = \"proto3\"; message A {}"),
    ]);
    let loaded = load_in(folder.path(), &["x/a.proto", "y/a.proto"]);
    let [ProblemKind::DuplicateFile { name, kept, dropped }] = kinds(&loaded)[..] else {
        panic!("{:?}", loaded.problems)
    };
    assert_eq!(
        (name.as_str(), kept, dropped),
        ("a.proto", &folder.path().join("x/a.proto"), &folder.path().join("y/a.proto"))
    );
    assert_eq!(load_in(folder.path(), &["x/a.proto", "z/a.proto"]).problems, []);
    assert!(load_in(folder.path(), &["x", "y"]).schema.files().contains(&"a.proto".to_owned()));
}

#[test]
fn each_importer_gets_the_file_beside_it() {
    let import = "syntax = \"proto3\"; import \"common.proto\";";
    let folder = folder(&[
        ("x/a.proto", &format!("{import} message A {{ InX common = 1; }}")),
        ("x/common.proto", "syntax = \"proto3\"; message InX {}"),
        ("y/b.proto", &format!("{import} message B {{ InY common = 1; }}")),
        ("y/common.proto", "syntax = \"proto3\"; message InY {}"),
    ]);
    for paths in [&["."][..], &["x/a.proto", "y/b.proto"]] {
        let loaded = load_in(folder.path(), paths);
        assert_eq!(loaded.problems, [], "{paths:?}");
        assert_eq!(loaded.schema.message_names(), ["A", "B", "InX", "InY"], "{paths:?}");
    }
}

#[test]
fn nothing_there_is_a_problem() {
    let folder = folder(&[("empty/readme.md", "")]);
    assert_eq!(kinds(&load_in(folder.path(), &["empty"])), [&ProblemKind::NothingFound]);
    let missing = load_in(folder.path(), &["missing.proto"]);
    assert!(matches!(kinds(&missing)[..], [ProblemKind::Unreadable { .. }]));
    assert_eq!(missing.watched, [folder.path().join("missing.proto")]);
}

#[test]
fn a_descriptor_set_round_trips_and_a_cut_one_keeps_its_beginning() {
    let whole = load_virtual(&[("shop/orders.proto", ORDERS), ("shop/money.proto", MONEY)]);
    assert_eq!(whole.problems, []);
    let set = whole.schema.to_descriptor_set();
    let again = load_descriptor_set(&set, Path::new("shop.binpb"));
    assert_eq!(again.problems, []);
    assert_eq!(again.schema.services(), whole.schema.services());
    assert_eq!(again.schema.to_descriptor_set(), set, "custom options and comments survive");

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.binpb"), &set).unwrap();
    let from_disk = load_in(folder.path(), &["shop.binpb"]);
    assert_eq!((from_disk.kind, from_disk.problems.len()), (LoadKind::DescriptorSet, 0));

    let cut = load_descriptor_set(&set[..set.len() - 10], Path::new("shop.binpb"));
    assert!(matches!(kinds(&cut)[0], ProblemKind::BadDescriptorSet { .. }), "{:?}", cut.problems);
    assert!(!cut.schema.files().is_empty());
    for garbage in [&b""[..], b"hello", b"\xff\xff\xff"] {
        let loaded = load_descriptor_set(garbage, Path::new("x"));
        assert!(
            matches!(kinds(&loaded)[..], [ProblemKind::BadDescriptorSet { .. }]),
            "{:?}",
            loaded.problems
        );
    }
}

#[test]
fn the_online_boutique_loads_with_its_comments() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema/online-boutique/demo.proto");
    let loaded = load(&LoadRequest { paths: vec![path], roots: Vec::new() });
    assert!(
        loaded.problems.iter().all(|problem| problem.severity != Severity::Error),
        "{:?}",
        loaded.problems
    );
    let services: Vec<_> = loaded.schema.services().iter().map(|s| s.full_name.as_str()).collect();
    assert_eq!(services.len(), 9, "{services:?}");
    let path =
        crate::model::MethodPath::parse("hipstershop.ProductCatalogService/GetProduct").unwrap();
    assert_eq!(loaded.schema.method(&path).unwrap().input, "hipstershop.GetProductRequest");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bytes_make_the_set_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(load_descriptor_set(&bytes, Path::new("x")));
    }

    #[test]
    fn no_flipped_byte_makes_linking_panic(at in any::<prop::sample::Index>(), to in any::<u8>(), n in 1usize..4) {
        let schema = load_virtual(&[("shop/money.proto", MONEY), ("b.proto",
            "syntax = \"proto2\"; message B { optional group G = 1 { required int32 x = 1 [default = 5]; } oneof o { string s = 3; } \
             map<string, B> m = 4; enum E { X = 0; } optional E e = 5 [default = X]; extensions 100 to 200; } extend B { optional int32 y = 100; } \
             service S { rpc Go (B) returns (stream B); }")]).schema;
        let mut bytes = schema.to_descriptor_set();
        for step in 0..n {
            let len = bytes.len();
            bytes[(at.index(len) + step * 7) % len] = to;
        }
        let loaded = load_descriptor_set(&bytes, Path::new("x"));
        for service in loaded.schema.services() {
            for method in &service.methods {
                let sample = loaded.schema.sample(&method.input);
                drop(loaded.schema.encode_json(&method.input, &sample.to_string()));
                drop(loaded.schema.describe(&method.input));
            }
        }
    }
}
