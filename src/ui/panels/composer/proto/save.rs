//! The row that asks where a scratch is to be saved: a path, or the system's dialog.

use std::path::{Path, PathBuf};

use egui::{Align, Key, Layout, Ui};

use crate::session::{Command, Scratch};
use crate::text::{fill, t};
use crate::ui::cx::{PanelCx, Pick, Wish};
use crate::ui::panels::composer::parts::{self, FieldLook};
use crate::ui::theme::space;
use crate::ui::widgets::{icon, icon_button, link, primary_button, tool_button};
use crate::workspace::{Overwrite, proto_file};

/// View state of the row.
#[derive(Debug)]
pub(super) struct SaveRow {
    path: String,
    is_new: bool,
    /// The file that was there already when it was last tried.
    taken: Option<PathBuf>,
}

/// What the person wants of it.
pub(super) enum Said {
    /// Nothing yet.
    Nothing,
    /// Not to save after all.
    Cancel,
    /// This.
    Save(Command),
}

impl SaveRow {
    /// Proposes a file of this name at home.
    pub(super) fn new(name: &str) -> Self {
        let path = std::env::home_dir().map(|home| home.join(name));
        let path = path.map(|path| path.display().to_string()).unwrap_or_default();
        Self { path, is_new: true, taken: None }
    }

    /// Draws the row and, below it, why it cannot be done.
    pub(super) fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, scratch: &Scratch) -> Said {
        let source = scratch.source;
        // One that was chosen in the dialog, under a name that had to change.
        if self.taken != scratch.taken {
            self.taken.clone_from(&scratch.taken);
            if let Some(taken) = &scratch.taken {
                self.path = taken.display().to_string();
            }
        }
        let path = whole_path(&self.path, std::env::home_dir().as_deref());
        let (mut is_entered, mut is_cancelled) = (false, false);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                is_cancelled |=
                    icon_button(ui, icon::X, t("scratch.cancel"), Some("Esc")).clicked();
                let tip = t("scratch.save_tip");
                is_entered |= primary_button(ui, t("scratch.save_now"), tip).clicked();
                if tool_button(ui, t("scratch.choose"), t("scratch.choose_tip")).clicked() {
                    cx.wish(Wish::Pick(Pick::SaveScratch(source)));
                }
                let look = FieldLook {
                    name: t("scratch.path"),
                    hint: t("scratch.path_hint"),
                    width: ui.available_width().max(80.0),
                    is_wrong: path.is_none() && !self.path.trim().is_empty(),
                    ..FieldLook::default()
                };
                let field = parts::field(ui, &mut self.path, &look);
                if std::mem::take(&mut self.is_new) {
                    field.request_focus();
                }
                let is_pressed = |key| ui.input(|input| input.key_pressed(key));
                is_entered |= field.lost_focus() && is_pressed(Key::Enter);
                is_cancelled |= field.lost_focus() && is_pressed(Key::Escape);
            });
        });
        if let Some(taken) = scratch.taken.as_ref().filter(|taken| Some(*taken) == path.as_ref()) {
            let mut is_replaced = false;
            ui.horizontal(|ui| {
                let words = fill("scratch.taken", &[("path", &taken.display())]);
                parts::problem_line(ui, cx.theme, &words);
                is_replaced = link(ui, t("scratch.replace"), t("scratch.replace_tip")).clicked();
            });
            if is_replaced {
                let (path, overwrite) = (taken.clone(), Overwrite::Replace);
                return Said::Save(Command::SaveScratch { source, path, overwrite });
            }
        } else if path.is_none() && !self.path.trim().is_empty() {
            parts::problem_line(ui, cx.theme, t("scratch.not_whole"));
        }
        match (is_cancelled, path.filter(|_| is_entered)) {
            (true, _) => Said::Cancel,
            (false, Some(path)) => {
                let overwrite = Overwrite::Refuse;
                Said::Save(Command::SaveScratch { source, path, overwrite })
            }
            (false, None) => Said::Nothing,
        }
    }
}

/// What was typed as a whole path: `~/` is the home folder, and the file ends as a proto does.
fn whole_path(typed: &str, home: Option<&Path>) -> Option<PathBuf> {
    let typed = typed.trim().trim_matches(['"', '\'']);
    let path = match typed.strip_prefix("~/") {
        Some(below) => home?.join(below),
        None => PathBuf::from(typed),
    };
    (path.is_absolute() && path.file_name().is_some()).then(|| proto_file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_path_is_whole_or_none() {
        let check = |typed: &str, path: Option<&str>| {
            let found = whole_path(typed, Some(Path::new("/home/ada")));
            assert_eq!(found.as_deref(), path.map(Path::new), "{typed}");
        };
        check("/srv/shop.proto", Some("/srv/shop.proto"));
        check(" \"/srv/my shop.proto\" ", Some("/srv/my shop.proto"));
        check("~/shop", Some("/home/ada/shop.proto"));
        check("/srv/shop.txt", Some("/srv/shop.txt.proto"));
        check("~/shop.v1", Some("/home/ada/shop.v1.proto"));
        check("shop.proto", None);
        check("", None);
        check("/", None);
        assert_eq!(whole_path("~/shop", None), None);
    }
}
