//! The application without a face.
