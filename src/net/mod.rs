//! Connections: dialling with a stamp per phase, TLS, the tee and its recording.
