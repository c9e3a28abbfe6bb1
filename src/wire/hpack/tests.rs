use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn words(block: &Block) -> String {
    let field = |entry: &Entry| {
        let (name, value) = &entry.field;
        format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
    };
    block.entries.iter().map(field).collect::<Vec<_>>().join("\n")
}

/// Each block says this, and then the table counts so many octets.
fn check(hpack: &mut Hpack, block: &str, expected: &str, octets: usize) {
    let block = hex(block);
    let read = hpack.read(&block);
    assert_eq!((words(&read).as_str(), read.problem, hpack.table().size), (expected, None, octets));
    let mut at = 0;
    for entry in &read.entries {
        assert_eq!(entry.range.start, at);
        at = entry.range.end;
    }
    assert_eq!(at, block.len());
}

/// Appendix C.2.
#[test]
fn each_form_of_an_entry() {
    for (block, form, field) in [
        (
            "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
            EntryForm::Incremental,
            "custom-key: custom-header",
        ),
        ("040c2f73616d706c652f70617468", EntryForm::WithoutIndexing, ":path: /sample/path"),
        ("100870617373776f726406736563726574", EntryForm::NeverIndexed, "password: secret"),
        ("82", EntryForm::Indexed, ":method: GET"),
    ] {
        let read = Hpack::default().read(&hex(block));
        assert_eq!((words(&read).as_str(), read.entries[0].form), (field, form));
    }
}

/// Appendix C.3 and C.4.
#[test]
fn requests_on_one_connection() {
    let plain = [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ];
    let huffman = [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ];
    for [first, second, third] in [plain, huffman] {
        let mut hpack = Hpack::default();
        let usual = ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com";
        check(&mut hpack, first, usual, 57);
        check(&mut hpack, second, &format!("{usual}\ncache-control: no-cache"), 110);
        let other = ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\n\
                     custom-key: custom-value";
        check(&mut hpack, third, other, 164);
    }
}

/// Appendix C.5 and C.6, in a table of 256 octets.
#[test]
fn answers_that_push_each_other_out() {
    let plain = [
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54
         6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d
         4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b207665727369
         6f6e3d31",
    ];
    let huffman = [
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8
         e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b
         3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ];
    for [first, second, third] in [plain, huffman] {
        let mut hpack = Hpack::default();
        let resized = hpack.read(&hex("3fe101"));
        assert_eq!(resized.entries[0].form, EntryForm::TableSize(256));
        let rest = "cache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com";
        check(&mut hpack, first, &format!(":status: 302\n{rest}"), 222);
        check(&mut hpack, second, &format!(":status: 307\n{rest}"), 222);
        let last = ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\n\
                    location: https://www.example.com\ncontent-encoding: gzip\n\
                    set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
        check(&mut hpack, third, last, 215);
        let names: Vec<_> = hpack.table().entries.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["set-cookie", "content-encoding", "date"]);
    }
}

#[test]
fn what_is_wrong_is_named_at_its_byte_and_what_stood_before_it_stays() {
    let check = |block: &str, n_entries: usize, at: usize, problem: HpackFault| {
        let read = Hpack::default().read(&hex(block));
        assert_eq!((read.entries.len(), read.problem), (n_entries, Some((at, problem))), "{block}");
    };
    check("80", 0, 0, HpackFault::Index { index: 0, known: 61 });
    check("82be", 1, 1, HpackFault::Index { index: 62, known: 61 });
    check("8200", 1, 1, HpackFault::CutShort);
    check("8240056162", 1, 1, HpackFault::CutShort);
    check("ffffffffffffff", 0, 0, HpackFault::Number);
    check("4481ff", 0, 0, HpackFault::Huffman);
    check("3fe1ff03", 0, 0, HpackFault::TableSize(65_536));
    check("8220", 1, 1, HpackFault::LateTableSize);
    let mut wide = Hpack::default();
    wide.allow(65_536);
    assert_eq!(wide.read(&hex("3fe1ff03")).problem, None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_and_entries_follow_each_other(blocks: Vec<Vec<u8>>) {
        let mut hpack = Hpack::default();
        for block in blocks {
            let read = hpack.read(&block);
            let mut at = 0;
            for entry in &read.entries {
                prop_assert_eq!(entry.range.start, at);
                prop_assert!(entry.range.end > at && entry.range.end <= block.len());
                at = entry.range.end;
            }
            let stopped = read.problem.map_or(block.len(), |(at, _)| at);
            prop_assert!(stopped >= at && stopped <= block.len());
            prop_assert_eq!(read.problem.is_some(), at < block.len());
            prop_assert!(hpack.table().size <= 4096);
        }
    }
}

/// The responses of appendix C.5, whose third pushes out what came first.
#[test]
fn the_table_behind_any_block_is_known_afterwards() {
    let mut hpack = Hpack::default();
    hpack.table.resize(256).unwrap();
    let mut history = TableHistory::at(&hpack.table());
    let first = "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d";
    let blocks = [first, "4803333037c1c0bf"];
    for (block_idx, block) in blocks.into_iter().enumerate() {
        history.note(block_idx, &hpack.read(&hex(block)));
    }
    let names =
        |table: &TableAt| table.entries.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (one, two) = (history.after(0), history.after(1));
    assert_eq!(names(&one), ["location", "date", "cache-control", ":status"]);
    assert_eq!((one.size, one.max), (222, 256));
    assert_eq!(names(&two), [":status", "location", "date", "cache-control"]);
    assert_eq!((entry_size(&two.entries[0]), two.size), (42, 222));
}

/// Blocks that add fields, short and long, and blocks that change what the table may hold.
fn block_of(entries: &[(bool, u8)]) -> Vec<u8> {
    let sizes = entries.iter().filter(|(is_size, _)| *is_size);
    let sizes = sizes.flat_map(|(_, n)| match n {
        0..31 => vec![0x20 | n],
        _ => vec![0x3f, n - 31],
    });
    let fields = entries.iter().filter(|(is_size, _)| !is_size);
    let fields = fields
        .flat_map(|(_, n)| [&[0x40, 1, b'a', n % 100][..], &vec![b'v'; (n % 100).into()]].concat());
    sizes.chain(fields).collect()
}

proptest! {
    #[test]
    fn the_history_says_what_the_table_said(
        before in proptest::collection::vec((any::<bool>(), 0_u8..150), 0..6),
        blocks in proptest::collection::vec(proptest::collection::vec((any::<bool>(), 0_u8..150), 0..6), 1..20),
    ) {
        let mut hpack = Hpack::default();
        hpack.read(&block_of(&before));
        let mut history = TableHistory::at(&hpack.table());
        let mut wanted = Vec::new();
        for (block_idx, block) in blocks.iter().enumerate() {
            history.note(block_idx, &hpack.read(&block_of(block)));
            let HeaderTable { entries, size, max, .. } = hpack.table();
            wanted.push(TableAt { entries, size, max });
        }
        for (block_idx, wanted) in wanted.into_iter().enumerate() {
            prop_assert_eq!(history.after(block_idx), wanted, "block {}", block_idx);
        }
    }
}
