//! Where the bars and words of a chart stand.

use emath::{Pos2, Rect, pos2, vec2};

use super::{Chart, ChartLine, ChartPanel, ChartRow, Tone};

/// Sizes of type, in points.
const TITLE: f32 = 15.0;
const TEXT: f32 = 13.0;
const SMALL: f32 = 11.0;
/// Columns, in points.
const LABEL: f32 = 180.0;
const NOTE: f32 = 84.0;
const FIGURE: f32 = 190.0;
const GAP: f32 = 12.0;
/// Between the lines of a row, and between rows.
const ROW_GAP: f32 = 8.0;
/// A bar is never thinner: what is there is seen.
const THINNEST: f32 = 1.0;

/// On which side of its place a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Left,
    /// It ends there.
    Right,
    /// It stands around it.
    Center,
}

/// Something to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A filled rectangle.
    Bar {
        /// Where.
        rect: Rect,
        /// In which colour.
        tone: Tone,
        /// What it says when it is pointed at.
        words: String,
    },
    /// A word or more, on one line.
    Words {
        /// The vertical middle, and the horizontal place that `align` means.
        at: Pos2,
        /// On which side of it.
        align: Align,
        /// In points.
        size: f32,
        /// In which colour.
        tone: Tone,
        /// The text.
        text: String,
    },
}

/// All marks of a chart so wide (in points, at least 560), and how high it is.
pub fn marks(chart: &Chart, width: f32) -> (Vec<Mark>, f32) {
    let mut page = Page { width: width.max(560.0), y: 0.0, marks: Vec::new() };
    for (text, size, tone) in
        [(&chart.title, TITLE, Tone::Text), (&chart.subtitle, TEXT, Tone::Muted)]
    {
        if !text.is_empty() {
            page.words(0.0, Align::Left, size, tone, text);
            page.y += size + GAP;
        }
    }
    for panel in &chart.panels {
        page.panel(panel);
    }
    (page.marks, page.y)
}

struct Page {
    width: f32,
    y: f32,
    marks: Vec<Mark>,
}

impl Page {
    /// One line of text, its middle half a line below where the page has got to.
    fn words(&mut self, x: f32, align: Align, size: f32, tone: Tone, text: &str) {
        let at = pos2(x, self.y + TEXT / 2.0);
        self.marks.push(Mark::Words { at, align, size, tone, text: text.to_owned() });
    }

    fn panel(&mut self, panel: &ChartPanel) {
        self.words(0.0, Align::Left, TEXT, Tone::Text, &panel.title);
        self.legend(panel);
        self.y += TEXT + GAP;
        let (left, right) = (LABEL + NOTE, self.width - FIGURE - GAP);
        let top = self.y;
        let axis_idx = self.marks.len();
        for row in &panel.rows {
            self.row(row, panel.line_height, left, right);
        }
        let grid = panel.ticks.iter().map(|(at, _)| {
            let x = left + (right - left) * at;
            let rect = Rect::from_min_max(pos2(x, top), pos2(x + 1.0, self.y));
            Mark::Bar { rect, tone: Tone::Line, words: String::new() }
        });
        // Behind the bars.
        let grid: Vec<_> = grid.collect();
        self.marks.splice(axis_idx..axis_idx, grid);
        if !panel.ticks.is_empty() {
            for (at, text) in &panel.ticks {
                let x = left + (right - left) * at;
                self.words(x, Align::Center, SMALL, Tone::Muted, text);
            }
            self.y += TEXT + GAP;
        }
        self.y += GAP;
    }

    /// From the right edge leftwards, so that the title's length does not matter.
    fn legend(&mut self, panel: &ChartPanel) {
        let mut x = self.width;
        for (text, tone) in panel.legend.iter().rev() {
            self.words(x, Align::Right, SMALL, Tone::Muted, text);
            x -= roughly(text) + GAP;
            let rect = Rect::from_min_size(pos2(x, self.y + 3.0), vec2(8.0, 8.0));
            self.marks.push(Mark::Bar { rect, tone: *tone, words: String::new() });
            x -= GAP;
        }
    }

    fn row(&mut self, row: &ChartRow, line_height: f32, left: f32, right: f32) {
        let height = line_height.max(TEXT);
        for (idx, line) in row.lines.iter().enumerate() {
            let top = self.y;
            self.y = top + (height - TEXT) / 2.0;
            if idx == 0 {
                self.words(0.0, Align::Left, TEXT, Tone::Text, &row.label);
            }
            self.words(left - GAP, Align::Right, SMALL, Tone::Muted, &line.note);
            self.words(self.width, Align::Right, SMALL, Tone::Text, &line.figure);
            self.y = top;
            self.bars(line, height, left, right);
            self.y += height + 3.0;
        }
        self.y += ROW_GAP;
    }

    fn bars(&mut self, line: &ChartLine, height: f32, left: f32, right: f32) {
        let width = (right - left).max(0.0);
        for bar in &line.bars {
            let from = left + width * bar.from;
            let to = (left + width * bar.to).max(from + THINNEST);
            let bottom = self.y + height;
            let rect =
                Rect::from_min_max(pos2(from, bottom - height * bar.height), pos2(to, bottom));
            self.marks.push(Mark::Bar { rect, tone: bar.tone, words: bar.words.clone() });
        }
    }
}

/// About how wide a small text is, in points: enough to keep words of a legend apart.
fn roughly(text: &str) -> f32 {
    text.chars().map(|c| if c.is_ascii() { SMALL * 0.58 } else { SMALL }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::chart::testing::sample;

    #[test]
    fn bars_stand_in_their_columns_and_in_proportion() {
        let (marks, height) = marks(&sample(), 1000.0);
        let bars: Vec<Rect> = marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Bar { rect, words, .. } if !words.is_empty() => Some(*rect),
                _ => None,
            })
            .collect();
        assert_eq!(bars.len(), 3);
        assert!((bars[1].width() / bars[0].width() - 3.0).abs() < 1e-3, "{bars:?}");
        assert!((bars[0].right() - bars[1].left()).abs() < 1e-3, "stacked");
        for bar in &bars {
            assert!(bar.left() >= LABEL + NOTE && bar.right() <= 1000.0 - FIGURE, "{bar:?}");
            assert!(bar.bottom() <= height);
        }
        assert!(bars[2].width() >= THINNEST, "a share of nothing is seen");
        let ticks: Vec<f32> = marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Bar { rect, tone: Tone::Line, .. } => Some(rect.left()),
                _ => None,
            })
            .collect();
        let [start, end] = ticks.as_slice() else { panic!("{ticks:?}") };
        assert!((bars[0].left() - start).abs() < 1e-3, "bars and ticks share the axis");
        assert!((bars[1].right() - (start + (end - start) * 0.8)).abs() < 1e-3);
    }

    #[test]
    fn words_never_stand_below_the_end() {
        let (marks, height) = marks(&sample(), 0.0);
        for mark in marks {
            if let Mark::Words { at, text, .. } = mark {
                assert!(at.y <= height && at.x <= 560.0, "{text} at {at:?}");
            }
        }
    }
}
