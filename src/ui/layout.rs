//! Which pane stands where, and how that is written down.
//!
//! Two arrangements are kept: one for wide windows and one for narrow ones, where Flow and Latency are
//! tabs beside Response. The text form is versioned: `1 wide h(explorer:0.16,v(composer:1,response:1):0.4)`.

use std::fmt::Write as _;

use egui_tiles::{Container, LinearDir, Tile, TileId, Tiles, Tree};

use super::cx::Pane;

/// From this width on, in points, Flow stands beside the Composer.
pub(super) const WIDE_FROM: f32 = 1400.0;
/// The least width of the diagram, in points.
const FLOW_MIN: f32 = 480.0;
/// The first word of the text form.
const VERSION: &str = "1";

/// Both arrangements.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    wide: Tree<Pane>,
    narrow: Tree<Pane>,
}

impl Default for Layout {
    fn default() -> Self {
        let wide =
            "h(explorer:0.165,v(composer:0.42,response:0.58):0.35,v(flow:0.63,latency:0.37):0.485)";
        let narrow = "h(explorer:0.2,v(composer:0.42,t(response:1,flow:1,latency:1):0.58):0.8)";
        let built = |name: &str, text: &str| {
            read_tree(name, text).unwrap_or_else(|| Tree::empty(egui::Id::unique(name)))
        };
        Self { wide: built("wide", wide), narrow: built("narrow", narrow) }
    }
}

impl Layout {
    /// Reads the text form; what cannot be read, or lacks a pane, is as shipped.
    pub(super) fn read(text: &str) -> Self {
        let mut layout = Self::default();
        let mut words = text.split_whitespace();
        if words.next() != Some(VERSION) {
            return layout;
        }
        while let (Some(name), Some(tree)) = (words.next(), words.next()) {
            match (name, read_tree(name, tree)) {
                ("wide", Some(tree)) => layout.wide = tree,
                ("narrow", Some(tree)) => layout.narrow = tree,
                _ => {}
            }
        }
        layout
    }

    /// The text form.
    pub(super) fn write(&self) -> String {
        let mut text = VERSION.to_owned();
        for (name, tree) in [("wide", &self.wide), ("narrow", &self.narrow)] {
            text.extend([" ", name, " "]);
            if let Some(root) = tree.root() {
                write_tile(&tree.tiles, root, &mut text);
            }
        }
        text
    }

    /// The arrangement for a window of this width.
    pub(super) fn for_width(&mut self, width: f32) -> &mut Tree<Pane> {
        if width < WIDE_FROM { &mut self.narrow } else { &mut self.wide }
    }

    /// Brings a pane to the front where it is a tab.
    pub(super) fn show(&mut self, pane: Pane) {
        for tree in [&mut self.wide, &mut self.narrow] {
            make_active(tree, pane);
        }
    }
}

impl Layout {
    /// Brings the answer to the front, unless the diagram shares its tile: then the person chose.
    pub(super) fn show_answer(&mut self) {
        let is_beside_flow = |tree: &Tree<Pane>| {
            let parent_of =
                |pane| tree.tiles.find_pane(&pane).and_then(|id| tree.tiles.parent_of(id));
            parent_of(Pane::Response) == parent_of(Pane::Flow)
        };
        for tree in [&mut self.wide, &mut self.narrow] {
            if !is_beside_flow(tree) {
                make_active(tree, Pane::Response);
            }
        }
    }

    /// Flow beside others never gets narrower than it can be read.
    pub(super) fn keep_flow_wide(&mut self) {
        let tree = &mut self.wide;
        let Some(flow) = tree.tiles.find_pane(&Pane::Flow) else { return };
        let Some(width) = tree.tiles.rect(flow).map(|rect| rect.width()) else { return };
        if width >= FLOW_MIN || width <= 0.0 {
            return;
        }
        let mut child = flow;
        while let Some(parent) = tree.tiles.parent_of(child) {
            if let Some(Tile::Container(Container::Linear(linear))) = tree.tiles.get_mut(parent)
                && linear.dir == LinearDir::Horizontal
            {
                let share =
                    linear.shares.iter().find(|(id, _)| **id == child).map_or(1.0, |(_, s)| *s);
                linear.shares.set_share(child, share * FLOW_MIN / width * 1.02);
                return;
            }
            child = parent;
        }
    }
}

fn make_active(tree: &mut Tree<Pane>, pane: Pane) {
    tree.make_active(|_, tile| matches!(tile, Tile::Pane(found) if *found == pane));
}

fn name_of(pane: Pane) -> &'static str {
    match pane {
        Pane::Explorer => "explorer",
        Pane::Composer => "composer",
        Pane::Response => "response",
        Pane::Flow => "flow",
        Pane::Latency => "latency",
    }
}

fn pane_of(name: &str) -> Option<Pane> {
    ALL.into_iter().find(|pane| name_of(*pane) == name)
}

const ALL: [Pane; 5] = [Pane::Explorer, Pane::Composer, Pane::Response, Pane::Flow, Pane::Latency];

fn write_tile(tiles: &Tiles<Pane>, id: TileId, text: &mut String) {
    let (letter, children): (_, Vec<(TileId, f32)>) = match tiles.get(id) {
        None => return,
        Some(Tile::Pane(pane)) => return text.push_str(name_of(*pane)),
        Some(Tile::Container(Container::Linear(linear))) => {
            let letter = if linear.dir == LinearDir::Horizontal { 'h' } else { 'v' };
            let share = |child: &TileId| {
                linear.shares.iter().find(|(id, _)| *id == child).map_or(1.0, |(_, share)| *share)
            };
            (letter, linear.children.iter().map(|child| (*child, share(child))).collect())
        }
        // The tab that is in front carries 2, the others 1.
        Some(Tile::Container(Container::Tabs(tabs))) => {
            let share = |child: &TileId| if tabs.is_active(*child) { 2.0 } else { 1.0 };
            ('t', tabs.children.iter().map(|child| (*child, share(child))).collect())
        }
        Some(Tile::Container(grid @ Container::Grid(_))) => {
            ('t', grid.children().map(|child| (*child, 1.0)).collect())
        }
    };
    text.push(letter);
    text.push('(');
    for (child_idx, (child, share)) in children.into_iter().enumerate() {
        if child_idx > 0 {
            text.push(',');
        }
        write_tile(tiles, child, text);
        // Writing into a String cannot fail.
        let _written = write!(text, ":{share:.3}");
    }
    text.push(')');
}

/// Reads one arrangement; `None` unless every pane stands in it exactly once.
fn read_tree(name: &str, text: &str) -> Option<Tree<Pane>> {
    let mut reader = Reader { rest: text, tiles: Tiles::default(), depth: 0 };
    let root = reader.tile()?;
    let is_whole = reader.rest.is_empty()
        && reader.tiles.tiles().filter(|tile| tile.is_pane()).count() == ALL.len()
        && ALL.iter().all(|pane| reader.tiles.find_pane(pane).is_some());
    is_whole.then(|| Tree::new(egui::Id::unique(("panes", name)), root, reader.tiles))
}

struct Reader<'a> {
    rest: &'a str,
    tiles: Tiles<Pane>,
    depth: usize,
}

impl Reader<'_> {
    fn tile(&mut self) -> Option<TileId> {
        let end = self.rest.find(['(', ')', ':', ',']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let Some(inside) = rest.strip_prefix('(') else {
            return Some(self.tiles.insert_pane(pane_of(word)?));
        };
        self.rest = inside;
        self.depth += 1;
        // The text comes from a file: bound the recursion.
        if self.depth > 8 {
            return None;
        }
        let children = self.children()?;
        self.depth -= 1;
        let ids: Vec<TileId> = children.iter().map(|(id, _)| *id).collect();
        match word {
            "h" => Some(self.linear(LinearDir::Horizontal, &children)),
            "v" => Some(self.linear(LinearDir::Vertical, &children)),
            "t" => {
                let mut tabs = egui_tiles::Tabs::new(ids);
                if let Some((front, _)) = children.iter().find(|(_, share)| *share > 1.5) {
                    tabs.set_active(*front);
                }
                Some(self.tiles.insert_container(tabs))
            }
            _ => None,
        }
    }

    fn linear(&mut self, dir: LinearDir, children: &[(TileId, f32)]) -> TileId {
        let mut linear = egui_tiles::Linear::new(dir, children.iter().map(|(id, _)| *id).collect());
        for (id, share) in children {
            linear.shares.set_share(*id, *share);
        }
        self.tiles.insert_container(linear)
    }

    fn children(&mut self) -> Option<Vec<(TileId, f32)>> {
        let mut children = Vec::new();
        loop {
            let child = self.tile()?;
            self.rest = self.rest.strip_prefix(':')?;
            let end = self.rest.find([',', ')'])?;
            let (share, rest) = self.rest.split_at(end);
            let share: f32 = share.parse().ok().filter(|share| (0.001..1e6).contains(share))?;
            children.push((child, share));
            if let Some(rest) = rest.strip_prefix(',') {
                self.rest = rest;
            } else {
                self.rest = rest.strip_prefix(')')?;
                return Some(children);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let mut layout = Layout::default();
        layout.show(Pane::Latency);
        let text = layout.write();
        assert_eq!(Layout::read(&text).write(), text);
        assert!(text.starts_with("1 wide h(explorer:0.165,"), "{text}");
        assert!(text.contains("latency:2.000"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_is_as_shipped() {
        let shipped = Layout::default().write();
        let broken = [
            "",
            "2 wide h(explorer:1)",
            "1 wide h(explorer:1,flow:1)",
            "1 wide h(explorer:1,explorer:1,composer:1,response:1,flow:1,latency:1)",
            "1 wide h(explorer:NaN,composer:1,response:1,flow:1,latency:1)",
            "1 wide h(h(h(h(h(h(h(h(h(h(h(",
        ];
        for text in broken {
            assert_eq!(Layout::read(text).write(), shipped, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "(1 wide )?[hvt(explorflatncyms):,0-9. ]{0,80}") {
            Layout::read(&text);
        }
    }
}
