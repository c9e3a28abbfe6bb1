//! What recording costs, and how fast recorded bytes are read, for `./bench`.
//!
//! `cargo bench --bench wire -- read`: a capture of 100 MB (frames of 16 KB with messages of 1 KB), and one of 100,000
//! small frames.
//! `cargo bench --bench wire -- record GREETER`: the bytes of a real call on a kept connection, passed through the
//! recorder again and again; and a download over loopback TCP with the recorder and without, in turn.
//! `cargo bench --bench wire -- tap HOPLENS GREETER`: small calls to the greeter and through `hoplens tap`, in turn.

mod replay;
mod tap;

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use bytes::Bytes;
use hoplens::model::{Direction, Recording, RecordingPart, Timestamp};
use hoplens::schema::Schema;
use hoplens::session::{ByteRows, WireLevel, WireReading};
use hoplens::wire::{Exchange, FrameHead, FrameType, PREFACE, grpc_prefix};

/// As the pane shows them in a large window.
const ROW_BYTES: usize = 16;
const ROWS_SHOWN: usize = 60;
/// Measured so often; the median counts.
const N_RUNS: usize = 5;

fn main() -> anyhow::Result<()> {
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["read"] => read(),
        ["record", greeter] => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(replay::record(greeter))
        }
        ["tap", binary, greeter] => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(tap::tap(binary, greeter))
        }
        // As `cargo bench` alone starts it: without a wish there is nothing to measure.
        _ => say(format_args!("usage: wire read | record GREETER | tap HOPLENS GREETER")),
    }
}

fn say(words: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout().lock(), "{words}").context("standard output")
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn read() -> anyhow::Result<()> {
    let large = capture(&data(16_000, 1_000), 100_000_000 / 16_009);
    let many = capture(&data(60, 55), 100_000);
    let (large_mb, large_ms) = measure(&large);
    let (_, many_ms) = measure(&many);
    let (open_ms, scroll_ms) = pane(&Arc::new(many));
    say(format_args!(
        "capture_mb={large_mb:.1} capture_ms={large_ms:.0} frames_ms={many_ms:.0} open_ms={open_ms:.0} scroll_ms={scroll_ms:.2}"
    ))
}

/// What the pane does to open a call, reading included, and for each frame while one scrolls through it, in
/// milliseconds; of the latter the 99th percentile. Painting is not in it.
fn pane(recording: &Arc<Recording>) -> (f64, f64) {
    let schema = Schema::default();
    let mut opened: Vec<f64> = Vec::new();
    let mut scrolled: Vec<f64> = Vec::new();
    for _run in 0..N_RUNS {
        let begun = Instant::now();
        let reading = Arc::new(WireReading::of_recording(Arc::clone(recording), &schema));
        let rows = ByteRows::of(&reading, WireLevel::Frames, ROW_BYTES);
        let first = rows.entries().first().and_then(|entry| reading.tree(*entry));
        assert!(first.is_some() && rows.n_rows() > 100_000, "{} rows", rows.n_rows());
        opened.push(begun.elapsed().as_secs_f64() * 1000.0);
        for at in (0..rows.n_rows()).step_by(rows.n_rows() / 500) {
            let begun = Instant::now();
            let shown = rows.rows(at..at + ROWS_SHOWN);
            let entry = shown.first().and_then(|row| rows.entries().get(row.entry_idx));
            std::hint::black_box(entry.and_then(|entry| reading.tree(*entry)));
            scrolled.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    scrolled.sort_by(f64::total_cmp);
    let worst = scrolled.get(scrolled.len() * 99 / 100).copied().unwrap_or_default();
    (median(&mut opened), worst)
}

/// The payload of a DATA frame that is full of messages.
fn data(len: usize, message_len: usize) -> Vec<u8> {
    let mut payload = Vec::new();
    let prefix = grpc_prefix(message_len).unwrap_or_default();
    while payload.len() + prefix.len() + message_len <= len {
        payload.extend_from_slice(&prefix);
        payload.resize(payload.len() + message_len, b'x');
    }
    payload
}

/// What came on a connection: preface, headers, and a frame in each read.
fn capture(payload: &[u8], n_frames: usize) -> Recording {
    let frame = |kind, flags, payload: &[u8]| {
        let head = FrameHead { len: payload.len() as u32, kind, flags, stream: 1 };
        Bytes::from([&head.write()[..], payload].concat())
    };
    // content-type: application/grpc, a literal without indexing.
    let fields = [&[0x0f, 0x10, 16][..], b"application/grpc"].concat();
    let begin = [
        (Direction::Sent, Bytes::from_static(PREFACE)),
        (Direction::Received, frame(FrameType::SETTINGS, 0, &[])),
        (Direction::Received, frame(FrameType::HEADERS, FrameHead::END_HEADERS, &fields)),
    ];
    let one = frame(FrameType::DATA, 0, payload);
    let frames = std::iter::repeat_n((Direction::Received, one), n_frames);
    let mut recording = Recording::default();
    let mut offsets = [0_u64; 2];
    for (idx, (direction, bytes)) in begin.into_iter().chain(frames).enumerate() {
        let [sent, received] = &mut offsets;
        let offset = if direction == Direction::Sent { sent } else { received };
        let len = bytes.len() as u64;
        let at = Timestamp(idx as u64);
        recording.parts.push(RecordingPart {
            at,
            direction,
            offset: *offset,
            len,
            bytes: Some(bytes),
        });
        *offset += len;
    }
    recording
}

/// Its size in MB, and the median time of reading it in milliseconds.
fn measure(recording: &Recording) -> (f64, f64) {
    let mut took: Vec<f64> = (0..N_RUNS)
        .map(|_run| {
            let begun = Instant::now();
            let exchange = Exchange::of(recording);
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            // Read means read: a capture without messages would be a lie.
            assert!(exchange.steps.len() > 1000, "{} steps", exchange.steps.len());
            took
        })
        .collect();
    took.sort_by(f64::total_cmp);
    let mb = recording.len_of(Direction::Received) as f64 / 1e6;
    (mb, took.get(N_RUNS / 2).copied().unwrap_or_default())
}
