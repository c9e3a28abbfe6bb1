//! Settings, drafts and layout in versioned files.
