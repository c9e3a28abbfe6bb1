//! A comparison as a table for spreadsheets (RFC 4180): one row for each way and kind of call, names that never
//! change.

use std::time::Duration;

use super::{Comparison, Mishap, Tally, WayFigures};
use crate::model::{BytePart, Outcome, Way};
use crate::wire::{BothSums, Sums};

const COLUMNS: &str = "way,calls_of,address,http_version,n_calls,n_failed,n_connections,\
    sent_payload,sent_headers,sent_framing,sent_control,sent_tls,sent_other,sent_all,\
    received_payload,received_headers,received_framing,received_control,received_tls,received_other,received_all,\
    min_ms,p50_ms,p90_ms,p99_ms,max_ms,outcome";

/// The table. Bytes are those of all calls of a row; a way that does not exist has a row that says why.
pub fn comparison_csv(comparison: &Comparison) -> String {
    let mut rows = vec![COLUMNS.to_owned()];
    for way in &comparison.ways {
        rows.push(tally_row(way, "opening", &way.opening));
        rows.push(tally_row(way, "kept", &way.kept));
        rows.push(between_row(way));
        rows.push(mishap_row(way, "failed", &way.failing));
        rows.push(mishap_row(way, "refused", &way.refused));
    }
    for (way, why) in &comparison.missing {
        let row =
            Row { way: *way, calls_of: "missing", outcome: why.id().to_owned(), ..Row::of(*way) };
        rows.push(row.text());
    }
    rows.push(String::new());
    rows.join("\r\n")
}

struct Row<'a> {
    way: Way,
    calls_of: &'a str,
    figures: Option<&'a WayFigures>,
    n_calls: u64,
    bytes: Vec<String>,
    times: Vec<Duration>,
    outcome: String,
}

impl Row<'_> {
    fn of(way: Way) -> Self {
        Row {
            way,
            calls_of: "",
            figures: None,
            n_calls: 0,
            bytes: Vec::new(),
            times: Vec::new(),
            outcome: String::new(),
        }
    }

    fn text(&self) -> String {
        let of_way = |of: fn(&WayFigures) -> String| self.figures.map(of).unwrap_or_default();
        let is_first = matches!(self.calls_of, "opening");
        let once = |text: String| if is_first { text } else { String::new() };
        let mut cells = vec![
            self.way.id().to_owned(),
            self.calls_of.to_owned(),
            of_way(|way| way.address.clone()),
            of_way(|way| way.http_version.to_owned()),
            self.n_calls.to_string(),
            once(of_way(|way| way.n_failed.to_string())),
            once(of_way(|way| way.n_connections.to_string())),
        ];
        cells.extend((0..14).map(|idx| self.bytes.get(idx).cloned().unwrap_or_default()));
        let millis = |took: &Duration| format!("{:.3}", took.as_secs_f64() * 1e3);
        cells.extend((0..5).map(|idx| self.times.get(idx).map(millis).unwrap_or_default()));
        cells.push(self.outcome.clone());
        cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",")
    }
}

fn tally_row(way: &WayFigures, calls_of: &str, tally: &Tally) -> String {
    let times = if tally.n_calls == 0 {
        Vec::new()
    } else {
        let quantile = |q| tally.latency.quantile(q).unwrap_or_default();
        let quantiles = [0.5, 0.9, 0.99].map(quantile);
        [&[tally.shortest], &quantiles[..], &[tally.latency.max()]].concat()
    };
    let first_failure = way.first_failure.as_ref().filter(|_| calls_of == "opening");
    let outcome = first_failure.map(outcome_id).unwrap_or_default();
    let row = Row {
        calls_of,
        figures: Some(way),
        n_calls: tally.n_calls,
        bytes: bytes(&tally.sums),
        times,
        outcome,
        ..Row::of(way.way)
    };
    row.text()
}

/// What passed between calls, so that the rows of a way add up to what its connections carried.
fn between_row(way: &WayFigures) -> String {
    let between = way.between();
    let parts = |all: u64| Sums { control: all, ..Sums::default() };
    let sums = BothSums { sent: parts(between.sent), received: parts(between.received) };
    let row =
        Row { calls_of: "between", figures: Some(way), bytes: bytes(&sums), ..Row::of(way.way) };
    row.text()
}

fn mishap_row(way: &WayFigures, calls_of: &str, mishap: &Mishap) -> String {
    let row = Row {
        calls_of,
        figures: Some(way),
        n_calls: 1,
        bytes: bytes(&mishap.sums),
        times: vec![mishap.took; 5],
        outcome: outcome_id(&mishap.said.outcome),
        ..Row::of(way.way)
    };
    row.text()
}

fn bytes(sums: &BothSums) -> Vec<String> {
    let parts = |sums: &Sums| {
        let parts = BytePart::ALL.map(|part| sums.of(part).to_string());
        [&parts[..], &[sums.in_all().to_string()]].concat()
    };
    [parts(&sums.sent), parts(&sums.received)].concat()
}

/// `grpc 5 NOT_FOUND`, `http 404`, or what stood in the way.
fn outcome_id(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Grpc { code, number, .. } => format!("grpc {number} {}", code.name()),
        Outcome::Http { status, .. } => format!("http {status}"),
        Outcome::Failed(failure) => failure.to_string(),
        Outcome::Cancelled => "cancelled".to_owned(),
    }
}

/// A cell that may hold anything (RFC 4180 section 2).
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::testing::sample;
    use super::*;

    /// Splits a line without quoted cells.
    fn cells(line: &str) -> Vec<&str> {
        line.split(',').collect()
    }

    #[test]
    fn every_row_has_every_column_and_the_bytes_add_up() {
        let text = comparison_csv(&sample());
        let lines: Vec<_> = text.split("\r\n").collect();
        let head = cells(lines[0]);
        let rows: Vec<_> = lines[1..].iter().filter(|line| !line.is_empty()).collect();
        assert_eq!(rows.len(), 2 * 5 + 1, "{text}");
        let column = |name: &str| head.iter().position(|known| *known == name).unwrap();
        let mut sent = 0;
        for row in &rows {
            assert_eq!(cells(row).len(), head.len(), "{row}");
            let row = cells(row);
            if row[0] == "grpc_direct" && ["opening", "kept", "between"].contains(&row[1]) {
                sent += row[column("sent_all")].parse::<u64>().unwrap();
            }
        }
        assert_eq!(sent, 449, "what the connections carried");
        let kept = cells(rows.iter().find(|row| row.contains("http1_json_direct,kept")).unwrap());
        assert_eq!((kept[column("n_calls")], kept[column("min_ms")]), ("3", "0.900"));
        assert!(rows.last().unwrap().contains("http1_json_gateway,missing"), "{text}");
        assert!(text.contains("grpc 5 NOT_FOUND") && text.ends_with("\r\n"), "{text}");
    }

    #[test]
    fn a_cell_may_hold_anything() {
        assert_eq!(quoted("a"), "a");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
