//! Snapshot to graph, layout and packet positions, as pure functions of time.
