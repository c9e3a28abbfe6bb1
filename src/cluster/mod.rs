//! The demo services and their instances.
