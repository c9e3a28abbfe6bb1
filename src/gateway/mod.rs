//! The embedded API gateway.
