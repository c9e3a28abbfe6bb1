//! What is pasted where no other text is being written: a proto opens as a scratch schema, a `grpcurl` command as a
//! draft.

use egui::{Context, Event, Id, Ui, ViewportCommand};

use super::cx::PanelCx;
use super::panels::composer;
use super::panels::explorer::Explorer;
use super::tiles::Panels;
use crate::session::Command;
use crate::workspace::is_grpcurl;

/// For so long, in seconds, the next paste is the one that was asked for: the clipboard may belong to a slow program.
const PATIENCE: f64 = 3.0;

/// Takes a paste that is a proto, unless a field outside the explorer has the keyboard, and one that is a command, also
/// while a target is being written. Called before the panels.
pub(super) fn take(cx: &PanelCx<'_>, panels: &Panels, ui: &Ui) {
    let is_free = is_free(&panels.explorer, ui);
    let takes_command = is_free || composer::writes_target(ui.ctx());
    let is_asked = asked(ui.ctx()).is_some_and(|asked| cx.now - asked < PATIENCE);
    let pasted = ui.input_mut(|input| {
        let is_ours = |event: &Event| match event {
            Event::Paste(text) => {
                is_asked || takes_command && is_grpcurl(text) || is_free && looks_like_proto(text)
            }
            _ => false,
        };
        let at = input.events.iter().position(is_ours)?;
        Some(input.events.remove(at))
    });
    if let Some(Event::Paste(text)) = pasted {
        ui.data_mut(|data| data.remove::<f64>(asked_id()));
        cx.send(if is_asked || is_grpcurl(&text) {
            Command::PasteGrpcurl(text.into())
        } else {
            Command::NewScratch(text.into())
        });
    }
}

/// Asks for what is in the clipboard; it comes as a paste.
pub(super) fn ask(cx: &PanelCx<'_>, ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(asked_id(), cx.now));
    ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
}

fn asked(ctx: &Context) -> Option<f64> {
    ctx.data(|data| data.get_temp(asked_id()))
}

fn asked_id() -> Id {
    Id::unique("a command is to be pasted")
}

fn is_free(explorer: &Explorer, ui: &Ui) -> bool {
    if !ui.ctx().text_edit_focused() {
        return true;
    }
    let focused = ui.memory(egui::Memory::focused);
    let field = focused.and_then(|id| ui.ctx().read_response(id));
    field.is_some_and(|field| explorer.holds(field.rect.center()))
}

/// Whether a text is a proto: a line of it begins with a statement that nothing else begins with.
fn looks_like_proto(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let after = |word: &str| {
            let rest = line.strip_prefix(word)?;
            rest.starts_with(|c: char| c.is_whitespace() || c == '=').then(|| rest.trim_start())
        };
        let is_versioned = |rest: &str| {
            let value = rest.strip_prefix('=').map(str::trim_start);
            value.is_some_and(|value| value.starts_with(['"', '\'']))
        };
        let is_named = |rest: &str| {
            let name_end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let (name, behind) = rest.split_at(name_end.unwrap_or(rest.len()));
            let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
            let behind = behind.trim_start();
            is_name && (behind.is_empty() || behind.starts_with('{') || behind.starts_with("//"))
        };
        ["syntax", "edition"].into_iter().filter_map(after).any(is_versioned)
            || ["message", "service"].into_iter().filter_map(after).any(is_named)
                && text.contains('{')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proto_is_told_from_other_text() {
        let check = |text: &str, is_it: bool| assert_eq!(looks_like_proto(text), is_it, "{text}");
        check("syntax = \"proto3\";\n", true);
        check("// Licence\n\nsyntax='proto2';", true);
        check("edition = \"2023\";", true);
        check("message Order {\n  string id = 1;\n}", true);
        check("package a;\n\n  service Orders\n{\n}", true);
        check("message A { }", true);
        check("message from Ada: hello", false);
        check("message from\nAda", false);
        check("service", false);
        check("the syntax = \"x\" of it", false);
        check("syntax error in line 3", false);
        check("edition = 3", false);
        check("/srv/protos/shop.proto", false);
        check("{\"message\": \"Hello\"}", false);
        check("messages { }", false);
        check("localhost:50051", false);
        check("", false);
    }
}
