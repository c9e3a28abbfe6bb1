use std::time::Instant;

use emath::vec2;
use proptest::prelude::*;

use super::*;

fn node(name: &str) -> NodeBox {
    NodeBox { name: name.into(), size: vec2(130.0, 46.0) }
}

fn key(caller: &str, callee: &str) -> EdgeKey {
    EdgeKey { caller: caller.into(), callee: callee.into() }
}

fn shop() -> (Vec<NodeBox>, Vec<EdgeKey>) {
    let edges = [
        ("client", "gateway"),
        ("gateway", "storefront"),
        ("gateway", "orders"),
        ("gateway", "greeter"),
        ("gateway", "pricing"),
        ("storefront", "catalog"),
        ("storefront", "cart"),
        ("storefront", "orders"),
        ("orders", "pricing"),
        ("orders", "inventory"),
        ("orders", "payment"),
    ];
    let names: BTreeSet<&str> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
    (names.into_iter().map(node).collect(), edges.iter().map(|(a, b)| key(a, b)).collect())
}

fn well_placed(layout: &Layout) {
    let rects: Vec<_> = layout.nodes.values().collect();
    for (idx, a) in rects.iter().enumerate() {
        assert!(a.is_finite() && a.is_positive());
        assert!(rects.iter().skip(idx + 1).all(|b| !a.intersects(**b)), "{layout:#?}");
        assert!(layout.bounds.contains_rect(**a));
    }
    for path in layout.edges.values() {
        assert!(path.controls.len() % 3 == 1 && path.length() > 0.0);
        assert!(path.polyline.iter().all(|point| point.is_finite()));
    }
}

#[test]
fn the_shop_reads_from_left_to_right() {
    let (nodes, edges) = shop();
    let layout = layout(&nodes, &edges, None, &Pins::new(), Spacing::default());
    well_placed(&layout);
    let beside = key("storefront", "orders");
    for key in layout.edges.keys().filter(|key| **key != beside) {
        assert!(layout.nodes[&key.caller].right() < layout.nodes[&key.callee].left(), "{key:?}");
    }
    let column = |name: &str| layout.nodes[name].center().x.round() as i32;
    assert_eq!([column("storefront"), column("orders")], [column("greeter"); 2]);
    let last = ["catalog", "cart", "pricing", "inventory", "payment"];
    assert_eq!(last.map(column), [column("payment"); 5]);
    let down = &layout.edges[&beside];
    assert!(
        down.polyline.iter().all(|point| (point.x - down.polyline[0].x).abs() < 0.01),
        "straight down"
    );
    let long = &layout.edges[&key("gateway", "pricing")];
    assert_eq!(long.controls.len(), 10, "level through the column between");
    for path in layout.edges.values() {
        let cards = layout.nodes.values().map(|rect| rect.shrink(1.0));
        let mut inside =
            cards.flat_map(|rect| path.polyline.iter().filter(move |p| rect.contains(**p)));
        assert_eq!(inside.next(), None, "no line crosses a card");
    }
}

#[test]
fn lines_that_need_not_cross_do_not() {
    let nodes: Vec<_> = ["hub", "a", "b", "c", "x", "y", "z"].map(node).to_vec();
    let edges = ["a", "b", "c"].map(|name| key("hub", name)).into_iter();
    let edges = edges.chain([key("a", "z"), key("b", "y"), key("c", "x")]);
    let layout = layout(&nodes, &edges.collect::<Vec<_>>(), None, &Pins::new(), Spacing::default());
    let y = |name: &str| layout.nodes[name].center().y;
    for (callers, callees) in [(["a", "b"], ["z", "y"]), (["b", "c"], ["y", "x"])] {
        let is_above = |pair: [&str; 2]| y(pair[0]) < y(pair[1]);
        assert_eq!(is_above(callers), is_above(callees));
    }
    assert!((y("hub") - y("b")).abs() < 0.01, "a caller stands amid its callees");
}

#[test]
fn circles_loops_and_strangers_have_places() {
    let nodes: Vec<_> = ["a", "b", "c", "d"].map(node).to_vec();
    let edges = [key("a", "b"), key("b", "c"), key("c", "a"), key("b", "b"), key("a", "nobody")];
    let layout = layout(&nodes, &edges, None, &Pins::new(), Spacing::default());
    well_placed(&layout);
    assert_eq!((layout.nodes.len(), layout.edges.len()), (4, 4));
}

#[test]
fn nothing_at_all_is_a_layout_too() {
    assert_eq!(layout(&[], &[], None, &Pins::new(), Spacing::default()), Layout::default());
    let odd = [NodeBox { name: "a".into(), size: vec2(f32::NAN, -1.0) }];
    well_placed(&layout(&odd, &[], None, &Pins::new(), Spacing::default()));
}

#[test]
fn pinned_nodes_stand_where_they_were_put() {
    let (nodes, edges) = shop();
    let pins = Pins::from([("orders".into(), pos2(900.0, -300.0))]);
    let first = layout(&nodes, &edges, None, &Pins::new(), Spacing::default());
    let second = layout(&nodes, &edges, Some(&first), &pins, Spacing::default());
    assert_eq!(second.nodes["orders"].center(), pos2(900.0, -300.0));
    for (name, rect) in first.nodes.iter().filter(|(name, _)| &***name != "orders") {
        assert_eq!(second.nodes[name], *rect);
    }
}

#[test]
fn a_point_travels_along_the_path_evenly() {
    let (nodes, edges) = shop();
    let layout = layout(&nodes, &edges, None, &Pins::new(), Spacing::default());
    for path in layout.edges.values() {
        assert_eq!(path.at(0.0), path.controls[0]);
        assert!(path.at(1.0).distance(*path.controls.last().unwrap()) < 0.01);
        let steps: Vec<_> = (0..=20).map(|i| path.at(i as f32 / 20.0)).collect();
        for step in steps.windows(2) {
            assert!(step[0].distance(step[1]) <= path.length() / 20.0 + 0.1);
        }
        assert!(path.distance(path.at(0.37)) < 0.01);
    }
    assert_eq!(EdgePath::default().at(0.5), Pos2::ZERO);
}

/// Up to 14 nodes of any size and any edges among them.
fn any_graph() -> impl Strategy<Value = (Vec<NodeBox>, Vec<EdgeKey>)> {
    let sizes = proptest::collection::vec((20.0_f32..200.0, 20.0_f32..90.0), 1..14);
    let edges = proptest::collection::vec((0_usize..14, 0_usize..14), 0..30);
    (sizes, edges).prop_map(|(sizes, edges)| {
        let name = |idx: usize| format!("n{idx:02}");
        let boxes = sizes.iter().enumerate();
        let boxes = boxes.map(|(idx, (x, y))| NodeBox { size: vec2(*x, *y), ..node(&name(idx)) });
        (boxes.collect(), edges.iter().map(|(a, b)| key(&name(*a), &name(*b))).collect())
    })
}

proptest! {
    #[test]
    fn nothing_overlaps((nodes, edges) in any_graph()) {
        well_placed(&layout(&nodes, &edges, None, &Pins::new(), Spacing::default()));
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(
        ((nodes, edges), (more_nodes, more_edges)) in any_graph().prop_flat_map(|(nodes, edges)| {
            let shuffled = (Just(nodes.clone()).prop_shuffle(), Just(edges.clone()).prop_shuffle());
            (Just((nodes, edges)), shuffled)
        }),
    ) {
        let pins = Pins::new();
        let first = layout(&nodes, &edges, None, &pins, Spacing::default());
        prop_assert_eq!(&first, &layout(&more_nodes, &more_edges, None, &pins, Spacing::default()));
        let half = layout(&nodes[..nodes.len() / 2], &edges, None, &pins, Spacing::default());
        prop_assert_eq!(
            layout(&nodes, &edges, Some(&half), &pins, Spacing::default()),
            layout(&more_nodes, &more_edges, Some(&half), &pins, Spacing::default())
        );
    }

    #[test]
    fn adding_nodes_moves_nothing((nodes, edges) in any_graph(), n_known in 1_usize..14) {
        let n_known = n_known.min(nodes.len());
        // Known and new ones take turns in the alphabet.
        let is_known = |idx: usize| idx * 5 % nodes.len().max(1) < n_known;
        let known = nodes.iter().enumerate().filter(|(idx, _)| is_known(*idx));
        let known: Vec<_> = known.map(|(_, node)| node.clone()).collect();
        let first = layout(&known, &edges, None, &Pins::new(), Spacing::default());
        let second = layout(&nodes, &edges, Some(&first), &Pins::new(), Spacing::default());
        well_placed(&second);
        prop_assert_eq!(second.nodes.len(), nodes.len());
        for (name, rect) in &first.nodes {
            prop_assert_eq!(second.nodes[name], *rect);
        }
    }
}

/// Prints how long layouts take; nothing is asserted about time.
#[test]
fn time_of_layouts() {
    for n_nodes in [50, 500] {
        let mut random = fastrand::Rng::with_seed(7);
        let name = |idx: usize| format!("n{idx:04}");
        let nodes: Vec<_> = (0..n_nodes).map(|idx| node(&name(idx))).collect();
        let edges = (1..n_nodes).flat_map(|to| {
            let from = [random.usize(0..to), random.usize(to / 2..to)];
            from.map(|from| key(&name(from), &name(to)))
        });
        let edges: Vec<_> = edges.collect();
        let began = Instant::now();
        let layout = layout(&nodes, &edges, None, &Pins::new(), Spacing::default());
        println!("layout of {n_nodes} nodes, {} edges: {:?}", edges.len(), began.elapsed());
        assert_eq!(layout.nodes.len(), n_nodes);
    }
}

#[test]
fn a_new_node_stands_on_no_line_and_a_line_back_crosses_no_node() {
    let (mut nodes, mut edges) = shop();
    edges.push(key("client", "greeter"));
    edges.push(key("payment", "gateway"));
    let first = layout(&nodes, &edges, None, &Pins::new(), Spacing::default());
    nodes.push(node("127.0.0.1:7001"));
    edges.push(key("client", "127.0.0.1:7001"));
    let second = layout(&nodes, &edges, Some(&first), &Pins::new(), Spacing::default());
    well_placed(&second);
    let new = second.nodes["127.0.0.1:7001"];
    assert!((new.center().x - second.nodes["gateway"].center().x).abs() < 0.01);
    let past = &second.edges[&key("client", "greeter")];
    assert!(past.polyline.iter().all(|point| !new.contains(*point)), "{new:?}");
    let back = &second.edges[&key("payment", "gateway")];
    let inner = second.nodes.values().map(|rect| rect.shrink(1.0));
    assert!(
        inner
            .flat_map(|rect| back.polyline.iter().filter(move |p| rect.contains(**p)))
            .next()
            .is_none()
    );
}

#[test]
fn distances_are_what_is_asked_for() {
    let (nodes, edges) = shop();
    for (column_gap, node_gap) in [(24.0, 20.0), (90.0, 50.0)] {
        let spacing = Spacing { column_gap, node_gap };
        let layout = layout(&nodes, &edges, None, &Pins::new(), spacing);
        well_placed(&layout);
        let between = layout.nodes["gateway"].left() - layout.nodes["client"].right();
        assert!((between - column_gap).abs() < 0.01, "{between}");
        let mut tops: Vec<f32> = ["cart", "catalog", "inventory", "payment", "pricing"]
            .map(|name| layout.nodes[name].top())
            .to_vec();
        tops.sort_by(f32::total_cmp);
        assert!(tops.windows(2).all(|pair| pair[1] - pair[0] >= 46.0 + node_gap - 0.01));
    }
    let odd = Spacing { column_gap: f32::NAN, node_gap: -5.0 };
    well_placed(&layout(&nodes, &edges, None, &Pins::new(), odd));
}
