//! Controls that egui does not have in our look. Each one has an accessible name and a tooltip.

mod button;
mod card;
mod chip;
mod combo;
mod empty;
mod error;
pub mod icon;
mod long_list;
mod row;
mod tabs;

pub use button::{icon_button, link, primary_button, toggle_button, tool_button};
pub use card::card;
pub use chip::{Dot, badge, badge_in, chip, key_hint, labelled_dot};
pub use combo::combo_caret;
pub use empty::empty_state;
pub use error::{ErrorText, error_block};
pub use icon::Icon;
pub use long_list::{LongList, Seen};
pub use row::{RowKind, TreeRow};
pub use tabs::{Tab, TabEvent, TabPart, segmented, tab_strip, underlined_tab};
