//! A comparison as a picture: bytes by purpose, stacked, and how long calls took, on a logarithmic axis.

use std::time::Duration;

use super::{Comparison, Tally, WayFigures};
use crate::flow::{Bars, Chart, ChartBar, ChartLine, ChartPanel, ChartRow, Tone};
use crate::model::{BytePart, CompareName, CompareWord, Histogram};

/// The picture; `say` has the words.
pub fn comparison_chart(comparison: &Comparison, say: &dyn Fn(&CompareWord) -> String) -> Chart {
    Chart {
        title: comparison.method.clone(),
        subtitle: say(&CompareWord::Calls(comparison.n_wanted)),
        panels: vec![bytes_panel(comparison, say), time_panel(comparison, say)],
    }
}

fn bytes_panel(comparison: &Comparison, say: &dyn Fn(&CompareWord) -> String) -> ChartPanel {
    let tallies = comparison.ways.iter().flat_map(|way| [&way.opening, &way.kept]);
    let widest = tallies.map(|tally| BytePart::ALL.map(|part| bytes_of(tally, part)).iter().sum());
    let widest = widest.max().unwrap_or(0);
    let step = step(widest);
    let n_steps = widest.div_ceil(step).max(1);
    let end = step * n_steps;
    let line = |tally: &Tally, note| {
        let mut from = 0;
        let mut bars = Vec::new();
        for part in BytePart::ALL {
            let n = bytes_of(tally, part);
            if n > 0 {
                let place = |at: u64| at as f32 / end as f32;
                let words = say(&CompareWord::PartBytes(part, n));
                let (left, right) = (place(from), place(from + n));
                bars.push(ChartBar {
                    from: left,
                    to: right,
                    height: 0.75,
                    tone: tone(part),
                    words,
                });
                from += n;
            }
        }
        ChartLine { note: say(&note), figure: say(&CompareWord::Bytes(from)), bars }
    };
    let row = |way: &WayFigures| {
        let both = [
            (&way.opening, CompareWord::Name(CompareName::Opening)),
            (&way.kept, CompareWord::Name(CompareName::Kept)),
        ];
        let there = both.into_iter().filter(|(tally, _)| tally.n_calls > 0);
        let lines = there.map(|(tally, note)| line(tally, note)).collect();
        ChartRow { label: say(&CompareWord::Way(way.way)), lines }
    };
    let is_there =
        |part: &BytePart| comparison.ways.iter().any(|way| parts(&way.sums(), *part) > 0);
    let legend = BytePart::ALL.into_iter().filter(is_there);
    ChartPanel {
        title: say(&CompareWord::Name(CompareName::BytesOfCall)),
        legend: legend.map(|part| (say(&CompareWord::Part(part)), tone(part))).collect(),
        ticks: (0..=n_steps)
            .map(|n| (n as f32 / n_steps as f32, say(&CompareWord::Bytes(step * n))))
            .collect(),
        line_height: 14.0,
        rows: comparison.ways.iter().map(row).collect(),
    }
}

fn time_panel(comparison: &Comparison, say: &dyn Fn(&CompareWord) -> String) -> ChartPanel {
    let shown = |way: &WayFigures| -> Histogram {
        let tally = if way.kept.n_calls > 0 { &way.kept } else { &way.opening };
        tally.latency.clone()
    };
    let mut all = Histogram::default();
    for way in &comparison.ways {
        all.merge(&shown(way));
    }
    let axis = Bars::of(&all);
    let row = |way: &WayFigures| {
        let histogram = shown(way);
        let bars = Bars::of(&histogram);
        let most = bars.max_count.max(1) as f32;
        let counted = bars.bars.iter().filter(|bar| bar.count > 0).map(|bar| ChartBar {
            from: axis.place(bar.from),
            to: axis.place(bar.to),
            height: (bar.count as f32 / most).max(0.06),
            tone: Tone::Data(0),
            words: say(&CompareWord::Took { n_calls: bar.count, from: bar.from, to: bar.to }),
        });
        let quantile = |q| histogram.quantile(q).unwrap_or_default();
        let (p50, p99) = (quantile(0.5), quantile(0.99));
        let mark = |at: Duration| {
            let at = axis.place(at);
            ChartBar { from: at, to: at, height: 1.0, tone: Tone::Text, words: String::new() }
        };
        let marks = [mark(p50), mark(p99)].into_iter().filter(|_| !histogram.is_empty());
        let bars = counted.chain(marks).collect();
        let note = if way.kept.n_calls > 0 {
            CompareWord::Name(CompareName::Kept)
        } else {
            CompareWord::Name(CompareName::Opening)
        };
        let figure = say(&CompareWord::Times { p50, p99 });
        let lines = vec![ChartLine { note: say(&note), figure, bars }];
        ChartRow { label: say(&CompareWord::Way(way.way)), lines }
    };
    ChartPanel {
        title: say(&CompareWord::Name(CompareName::TimeOfCall)),
        legend: Vec::new(),
        ticks: axis
            .ticks
            .iter()
            .map(|tick| (tick.at, say(&CompareWord::Tick(tick.value))))
            .collect(),
        line_height: 26.0,
        rows: comparison.ways.iter().map(row).collect(),
    }
}

/// Both ways, of one call of a tally.
fn bytes_of(tally: &Tally, part: BytePart) -> u64 {
    tally.each(parts(&tally.sums, part))
}

fn parts(sums: &crate::wire::BothSums, part: BytePart) -> u64 {
    sums.sent.of(part) + sums.received.of(part)
}

/// The colours that the overhead of a single call has too.
fn tone(part: BytePart) -> Tone {
    match part {
        BytePart::Payload => Tone::Data(2),
        BytePart::Headers => Tone::Data(0),
        BytePart::Framing => Tone::Data(1),
        BytePart::Control => Tone::Data(3),
        BytePart::Tls => Tone::Muted,
        BytePart::Other => Tone::Doubtful,
    }
}

/// Between two ticks of an axis that holds this much, at most five of them: 1, 2 or 5 times a power of ten.
fn step(most: u64) -> u64 {
    let least = most.div_ceil(5).max(1);
    let decade = 10_u64.pow(least.ilog10());
    let rounds = [1, 2, 5, 10].map(|times| decade.saturating_mul(times));
    rounds.into_iter().find(|step| *step >= least).unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::super::tally::testing::sample;
    use super::*;
    use crate::flow::{LIGHT, png};

    #[test]
    fn bars_are_as_long_as_their_bytes() {
        let chart = comparison_chart(&sample(), &|word| format!("{word:?}"));
        let [bytes, times] = chart.panels.as_slice() else { panic!("{chart:?}") };
        assert_eq!((bytes.rows.len(), times.rows.len()), (2, 2));
        // 30 bytes of payload and 150 of headers a call, on an axis of 200.
        let line = &bytes.rows[0].lines[1];
        let [payload, headers] = line.bars.as_slice() else { panic!("{line:?}") };
        assert!((payload.to - 0.15).abs() < 1e-6 && (headers.to - 0.9).abs() < 1e-6, "{line:?}");
        assert_eq!(bytes.legend.len(), 2, "what no call has is not in the legend");
        // The slower way lies further right.
        let first = |row: usize| times.rows[row].lines[0].bars[0].from;
        assert!(first(0) > first(1));
        assert!(png(&chart, &LIGHT).is_some_and(|bytes| bytes.starts_with(b"\x89PNG")));
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let check = |most: u64, expect: u64| assert_eq!(step(most), expect, "{most}");
        check(0, 1);
        check(5, 1);
        check(6, 2);
        check(420, 100);
        check(800, 200);
        check(2_100, 500);
        check(5_001, 2_000);
        assert!(step(u64::MAX) >= u64::MAX / 5);
    }
}
