//! Runs one call of any kind and emits its events.
