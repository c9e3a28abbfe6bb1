//! Bars in rows: a picture of figures, laid out once and drawn by the window and by the exporter alike.

mod letters;
mod marks;
mod png;

#[cfg(feature = "window")]
pub(crate) use letters::INTER;
pub use marks::{Align, Mark, marks};
pub use png::png;

use super::{Palette, Rgb};

/// A picture of figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// Under which circumstances.
    pub subtitle: String,
    /// One below the other.
    pub panels: Vec<ChartPanel>,
}

/// Rows that share an axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartPanel {
    /// What its bars mean.
    pub title: String,
    /// What their colours mean.
    pub legend: Vec<(String, Tone)>,
    /// Places on the axis (0 to 1) and what they stand for.
    pub ticks: Vec<(f32, String)>,
    /// How high a line is, in points.
    pub line_height: f32,
    /// The rows.
    pub rows: Vec<ChartRow>,
}

/// A thing and its lines of bars.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartRow {
    /// The thing.
    pub label: String,
    /// Its lines.
    pub lines: Vec<ChartLine>,
}

/// One line of bars.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartLine {
    /// Which of the thing's lines.
    pub note: String,
    /// What the bars come to, in words.
    pub figure: String,
    /// The bars.
    pub bars: Vec<ChartBar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartBar {
    /// Left edge on the axis, 0 to 1.
    pub from: f32,
    /// Right edge.
    pub to: f32,
    /// Share of the line's height, 0 to 1.
    pub height: f32,
    /// Its colour.
    pub tone: Tone,
    /// What it says when it is pointed at.
    pub words: String,
}

/// A colour by its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// One of the four colours of data.
    Data(usize),
    /// What is not understood.
    Doubtful,
    /// What is read first.
    Text,
    /// What explains it.
    Muted,
    /// Lines of the axis.
    Line,
}

impl Tone {
    /// The colour in a theme.
    pub fn of(self, palette: &Palette) -> Rgb {
        match self {
            Self::Data(idx) => palette.data.get(idx).copied().unwrap_or(palette.text),
            Self::Doubtful => palette.slow,
            Self::Text => palette.text,
            Self::Muted => palette.muted,
            Self::Line => palette.hairline,
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Two stacked bars, the second three times as long, and one of next to nothing.
    pub(crate) fn sample() -> Chart {
        let bar = |from: f32, to: f32, tone| ChartBar {
            from,
            to,
            height: 1.0,
            tone,
            words: "bar".to_owned(),
        };
        let line = |bars| ChartLine { note: "first".into(), figure: "1.2 kB".into(), bars };
        let row = |label: &str, bars| ChartRow { label: label.to_owned(), lines: vec![line(bars)] };
        Chart {
            title: "Greeter/SayHello".into(),
            subtitle: "200 calls".into(),
            panels: vec![ChartPanel {
                title: "Bytes of a call".into(),
                legend: vec![("payload".into(), Tone::Data(2)), ("other".into(), Tone::Doubtful)],
                ticks: vec![(0.0, "0 B".into()), (1.0, "2 kB".into())],
                line_height: 13.0,
                rows: vec![
                    row("gRPC", vec![bar(0.0, 0.2, Tone::Data(0)), bar(0.2, 0.8, Tone::Data(1))]),
                    row("none", vec![bar(0.5, 0.5, Tone::Doubtful)]),
                ],
            }],
        }
    }
}
